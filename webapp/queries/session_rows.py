"""The sessions behind a number: pseudonymous rows, paged by day and id, newest first. What a row may say depends on the role."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.row_choice import (
    DELIVERED_ROWS,
    HELD_READY,
    LATE_CANCELLED,
    NOT_SCREENED,
    SCREENED,
    RowChoice,
    RowPlace,
)
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import ANY_TERM
from webapp.queries.cells import Selection
from webapp.queries.fact_cells import FactView
from webapp.queries.row_counts import count_counted
from webapp.queries.spacing_cells import delivered_values_sql

ROWS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session. infusion: 0 is a booster, None was not delivered. Compliance has neither pseudonym nor clinical values.

    What the course says is None where the course began at a site outside the scope. side_effects: term and severity.
    """

    session_id: UUID
    site_id: UUID
    on: date
    status: str
    phase: str
    infusion: int | None
    indication: str | None
    product: str | None
    dose_mg_per_kg: float | None
    pseudonym: str | None
    supervisor: str | None
    side_effects: tuple[tuple[str, int], ...]

    @property
    def place(self) -> RowPlace:
        """Where the row stands in the list."""
        return RowPlace(self.on, self.session_id)


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of rows. newer, older: the edges from which the pages beside it go on; None at the list's ends."""

    rows: tuple[Any, ...]
    newer: RowPlace | None
    older: RowPlace | None


_IN_FORCE = "{0}.network_id = :network AND {0}.superseded_by_batch_id IS NULL AND NOT {0}.withdrawn"
_LATE = "s.status = 'cancelled' AND coalesce(s.cancelled_at > s.booked_at - make_interval(secs => :notice_hours * 3600), false)"
_DELIVERED = "s.status IN ('completed', 'stopped_early')"
_ASKED = f"""coalesce((SELECT min(w.asked_how) FROM screen_version w
    WHERE w.session_id = s.session_id AND {_IN_FORCE.format("w")}), '')"""
_EFFECT = f"e.session_id = s.session_id AND {_IN_FORCE.format('e')}"

_STATUS = {
    DELIVERED_ROWS: _DELIVERED,
    HELD_READY: f"({_DELIVERED} OR s.status = 'no_show' OR ({_LATE}))",
    LATE_CANCELLED: f"({_LATE})",
}
_ASKED_FOR = "AND s.site_id = ANY (:sites) AND s.on_date >= :start AND s.on_date < :end"
_OF_VALUE = """s.session_id IN (SELECT q.session_id FROM ({values}) q WHERE q.quantity = :quantity
    AND q.value >= coalesce(CAST(:least AS integer), q.value) AND q.value <= coalesce(CAST(:most AS integer), q.value))"""
_SCREENING = {SCREENED: f"{_ASKED} <> ''", NOT_SCREENED: f"{_ASKED} = ''"}


def fetch_session_rows(
    scope: Scope, db: Session, selection: Selection, choice: RowChoice, notice_hours: float, limit: int = ROWS_A_PAGE
) -> RowPage:
    """One page of the sessions behind a number. Raises nothing for a page beyond the list's end: it is empty.

    notice_hours: from which notice on a cancellation is in time.
    """
    tables, conditions, values = _chosen(scope, selection, choice, notice_hours)
    backward = choice.before is not None
    edge = choice.before or choice.after
    if edge is not None:
        conditions.append(f"(s.on_date, s.session_id) {'>' if backward else '<'} (:edge_on, :edge_id)")
        values |= {"edge_on": edge.on, "edge_id": edge.id}
    way = "ASC" if backward else "DESC"
    found = db.execute(
        text(
            f"""SELECT s.session_id, s.site_id, s.on_date, s.status, s.phase, p.infusion, c.indication, c.product,
                CASE WHEN s.weight_kg > 0 THEN s.dose_mg / s.weight_kg END, h.pseudonym, u.name
            FROM {tables}
            LEFT JOIN patient h ON h.network_id = c.network_id AND h.id = c.patient_id
            LEFT JOIN practitioner_version u ON u.practitioner_id = s.supervised_by_id AND {_IN_FORCE.format("u")}
            WHERE {" AND ".join(conditions)} ORDER BY s.on_date {way}, s.session_id {way} LIMIT :limit"""
        ),
        {**values, "limit": limit + 1},
    ).all()
    more = len(found) > limit
    kept = found[:limit][::-1] if backward else found[:limit]
    effects = _fetch_effects(scope, db, [row[0] for row in kept]) if scope.may_see_pseudonyms else {}
    rows = tuple(_row(scope, row, effects.get(row[0], ())) for row in kept)
    return page_of(rows, more, backward, edge is not None)


def count_session_rows(scope: Scope, db: Session, selection: Selection, choice: RowChoice, notice_hours: float) -> int:
    """How many sessions stand behind a number: of the counted cells, where they tell the choice apart."""
    counted = count_counted(scope, db, selection, choice)
    if counted is not None:
        return counted
    tables, conditions, values = _chosen(scope, selection, choice, notice_hours)
    statement = f"SELECT count(*) FROM {tables} WHERE {' AND '.join(conditions)}"
    return int(db.execute(text(statement), values).scalar_one())


def count_unseen_courses(
    scope: Scope, db: Session, selection: Selection, choice: RowChoice, notice_hours: float
) -> int:
    """Sessions that might belong to the choice, if what their courses say could be seen: they began outside the scope."""
    if scope.whole_network or (selection.indication is None and selection.product is None):
        return 0
    open_choice = replace(selection, indication=None, product=None)
    tables, conditions, values = _chosen(scope, open_choice, choice, notice_hours)
    statement = f"SELECT count(*) FROM {tables} WHERE {' AND '.join(conditions)} AND c.course_id IS NULL"
    return int(db.execute(text(statement), values).scalar_one())


def page_of(rows: tuple[Any, ...], more: bool, backward: bool, edged: bool) -> RowPage:
    """A page with its edges. more: whether the list goes on in the way that was read. edged: whether it began at an edge."""
    if not rows:
        return RowPage((), None, None)
    newer = edged if not backward else more
    older = more if not backward else edged
    return RowPage(rows, rows[0].place if newer else None, rows[-1].place if older else None)


def _chosen(
    scope: Scope, selection: Selection, choice: RowChoice, notice_hours: float
) -> tuple[str, list[str], dict[str, Any]]:
    """Tables, conditions and bound values of the sessions of the choice.

    Whoever sees every site sees every course; for others a session keeps its row when its course began elsewhere.
    """
    join = "JOIN" if scope.whole_network else "LEFT JOIN"
    tables = f"""session_version s {join} course_version c ON c.course_id = s.course_id AND {_IN_FORCE.format("c")}
        LEFT JOIN session_place p ON p.network_id = s.network_id AND p.session_id = s.session_id"""
    conditions = [
        _IN_FORCE.format("s"),
        "s.site_id = ANY (:sites)",
        "s.on_date >= :start",
        "s.on_date < :end",
    ]
    values: dict[str, Any] = {
        **selection.bound(scope),
        "notice_hours": notice_hours,
        "term": choice.term,
    }
    for name, column in (("indication", "c.indication"), ("product", "c.product"), ("phase", "s.phase")):
        if (wanted := getattr(selection, name)) is not None:
            conditions.append(f"{column} = :{name}")
            values[name] = str(wanted)
    if choice.quantity is not None:
        conditions.append(
            _OF_VALUE.format(values=delivered_values_sql(FactView(scope.network_id, notice_hours), _ASKED_FOR))
        )
        values |= {"quantity": choice.quantity, "least": choice.least, "most": choice.most}
    for name, condition in _conditions_of(choice):
        conditions.append(condition)
        values[name] = getattr(choice, name)
    return tables, conditions, values


def _conditions_of(choice: RowChoice) -> list[tuple[str, str]]:
    """What each field of the choice asks of a session."""
    of_term = f"{_EFFECT}{_of_term(choice)}"
    asks = {
        "status": _STATUS.get(choice.status or "", "s.status = :status"),
        "asked": f"{_DELIVERED} AND {_SCREENING.get(choice.asked or '', f'{_ASKED} = :asked')}",
        "term": f"{_DELIVERED} AND EXISTS (SELECT 1 FROM side_effect_version e WHERE {of_term})",
        "severity": f"{_DELIVERED} AND (SELECT max(e.severity) FROM side_effect_version e WHERE {of_term}) = :severity",
        "serious": f"{_DELIVERED} AND EXISTS (SELECT 1 FROM side_effect_version e WHERE {of_term} AND e.serious <> 'no')",
        "infusion": f"{_DELIVERED} AND coalesce(p.infusion, 0) = :infusion",
        "weekday": "extract(isodow FROM s.on_date) = :weekday",
        "hour": "s.local_hour = :hour",
    }
    return [(name, condition) for name, condition in asks.items() if getattr(choice, name) is not None]


def _of_term(choice: RowChoice) -> str:
    return " AND e.term = :term" if choice.term not in (None, ANY_TERM) else ""


def _fetch_effects(scope: Scope, db: Session, sessions: Sequence[UUID]) -> dict[UUID, tuple[tuple[str, int], ...]]:
    rows = db.execute(
        text(
            f"SELECT e.session_id, e.term, max(e.severity) FROM side_effect_version e WHERE {_IN_FORCE.format('e')}"
            " AND e.session_id = ANY (:sessions) GROUP BY e.session_id, e.term ORDER BY e.session_id, e.term"
        ),
        {"network": scope.network_id, "sessions": sessions},
    )
    found: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    for session_id, term, severity in rows:
        found[session_id].append((term, severity))
    return {session_id: tuple(effects) for session_id, effects in found.items()}


def _row(scope: Scope, row: Any, effects: tuple[tuple[str, int], ...]) -> SessionRow:
    session_id, site_id, on, status, phase, infusion, indication, product, dose, pseudonym, supervisor = row
    if not scope.may_see_pseudonyms:
        return SessionRow(session_id, site_id, on, status, phase, None, None, None, None, None, supervisor, ())
    per_kg = float(dose) if dose is not None else None
    return SessionRow(
        session_id, site_id, on, status, phase, infusion, indication, product, per_kg, pseudonym, supervisor, effects
    )
