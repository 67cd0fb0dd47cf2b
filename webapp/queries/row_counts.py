"""How many sessions stand behind a number, out of the counted cells: a list that is long need not be read to be counted."""

from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.row_choice import (
    DELIVERED_ROWS,
    HELD_READY,
    LATE_CANCELLED,
    NOT_SCREENED,
    SCREENED,
    RowChoice,
    row_fields,
)
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import ANY_TERM
from webapp.queries.cells import SCREENINGS, SESSIONS, SIDE_EFFECTS, Selection, Stem, count_cells

_PLACES = frozenset({"after", "before"})
_ASKED = {SCREENED: "c.asked_how <> ''", NOT_SCREENED: "c.asked_how = ''"}


def count_counted(scope: Scope, db: Session, selection: Selection, choice: RowChoice) -> int | None:
    """The sessions of a choice as the cells count them; None for a choice that no cell tells apart.

    A person who sees some sites only does not see what courses begun elsewhere say, and the cells do: under such a filter
    the rows are counted themselves.
    """
    asked = {name for name, _ in row_fields(choice)} - _PLACES
    if not scope.whole_network and (selection.indication is not None or selection.product is not None):
        return None
    if asked <= {"status"}:
        return _of_status(scope, db, selection, choice.status)
    if choice.status not in (None, DELIVERED_ROWS):
        return None
    asked -= {"status"}
    if asked <= {"asked", "infusion"}:
        return _delivered(scope, db, SCREENINGS, selection, choice)
    if asked <= {"asked", "infusion", "term", "severity"}:
        return _delivered(scope, db, SIDE_EFFECTS, selection, choice)
    return None


def _of_status(scope: Scope, db: Session, selection: Selection, status: str | None) -> int:
    found = count_cells(scope, db, SESSIONS, selection, ("status",))
    late = sum(counts[1] for counts in found.values())
    if status == LATE_CANCELLED:
        return late
    wanted = {
        None: {name for (name,) in found},
        DELIVERED_ROWS: {"completed", "stopped_early"},
        HELD_READY: {"completed", "stopped_early", "no_show"},
    }.get(status, {status})
    many = sum(counts[0] for (name,), counts in found.items() if name in wanted)
    return many + (late if status == HELD_READY else 0)


def _delivered(scope: Scope, db: Session, stem: Stem, selection: Selection, choice: RowChoice) -> int:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if choice.asked is not None:
        conditions.append(_ASKED.get(choice.asked, "c.asked_how = :asked"))
        values["asked"] = choice.asked
    if choice.infusion is not None:
        conditions.append("c.infusion = :infusion")
        values["infusion"] = choice.infusion
    if stem is SIDE_EFFECTS:
        conditions.append("c.term = :term")
        values["term"] = choice.term or ANY_TERM
        if choice.severity is not None:
            conditions.append("c.severity = :severity")
            values["severity"] = choice.severity
    where = " AND ".join(conditions) or "true"
    found = count_cells(scope, db, stem, selection, where=where, values=values)
    return found.get((), (0,))[0]
