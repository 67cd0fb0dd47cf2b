"""Counting cells: whole months from the month tier, the edges from the day tier; or, as known at another instant, from the facts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.fact_cells import (
    RESOLUTION_COUNTS,
    RESOLUTION_KEY,
    SCREENING_COUNTS,
    SCREENING_KEY,
    SESSION_COUNTS,
    SESSION_KEY,
    SIDE_EFFECT_COUNTS,
    SIDE_EFFECT_KEY,
    FactView,
    resolution_cells,
    screening_cells,
    session_cells,
    side_effect_cells,
)
from webapp.queries.spacing_cells import (
    COMPLETION_COUNTS,
    COMPLETION_KEY,
    SPACING_COUNTS,
    SPACING_KEY,
    completion_cells,
    spacing_cells,
)
from webapp.transactions import ask


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked about: a period and filters. `on`: the day a state is asked for. `known`: facts as of another data version."""

    period: Period
    on: date
    indication: str | None = None
    phase: str | None = None
    product: str | None = None
    known: FactView | None = None

    @property
    def filters(self) -> dict[str, str]:
        """What narrows the question, by the name of its column."""
        said = {"indication": self.indication, "phase": self.phase, "product": self.product}
        return {name: value for name, value in said.items() if value is not None}

    def over(self, period: Period) -> "Selection":
        """The same question about another period."""
        return replace(self, period=period)


@dataclass(frozen=True, slots=True)
class Stem:
    """One kind of cell: its columns, and its definition over the facts."""

    name: str
    key: tuple[str, ...]
    counts: tuple[str, ...]
    from_facts: Callable[[FactView, str], str]


SESSIONS = Stem("session", SESSION_KEY, SESSION_COUNTS, session_cells)
SCREENINGS = Stem("screening", SCREENING_KEY, SCREENING_COUNTS, screening_cells)
SIDE_EFFECTS = Stem("side_effect", SIDE_EFFECT_KEY, SIDE_EFFECT_COUNTS, side_effect_cells)
RESOLUTIONS = Stem("resolution", RESOLUTION_KEY, RESOLUTION_COUNTS, resolution_cells)

SPACINGS = Stem("spacing", SPACING_KEY, SPACING_COUNTS, spacing_cells)
"""Stored in a form of its own: ask `webapp.queries.spacing_counts`, which reads it."""
COMPLETIONS = Stem("completion", COMPLETION_KEY, COMPLETION_COUNTS, completion_cells)

GROUPS = {
    "site": "site_id",
    "day": "on_date",
    "week": "(on_date - (extract(isodow FROM on_date)::integer - 1))",
    "month": "(on_date - (extract(day FROM on_date)::integer - 1))",
    "indication": "indication",
    "product": "product",
    "phase": "phase",
    "status": "status",
    "infusion": "infusion",
    "asked_how": "asked_how",
    "term": "term",
    "severity": "severity",
    "criterion": "criterion",
    "verdict": "verdict",
    "lasted": "lasted",
    "quantity": "quantity",
    "value": "value",
}
"""What cells can be grouped by; weeks begin on Monday."""
BY_DAY = frozenset({"day", "week"})
"""Groups that the day tier alone can tell."""
Key = tuple[Any, ...]


def count_cells(
    scope: Scope,
    db: Session,
    stem: Stem,
    selection: Selection,
    by: Sequence[str] = (),
    *,
    where: str = "true",
    values: Mapping[str, Any] | None = None,
    by_day: bool = False,
) -> dict[Key, tuple[int, ...]]:
    """Sums of the stem's counts over the selection: group values in the order of `by` -> counts in the order of the stem.

    `where`: a further condition of the caller's own making over the cells' columns, with `values` bound. Weeks and days read the day
    tier alone; so does everything with `by_day`, for a condition that speaks of single days. A scope without sites counts nothing.
    """
    cells, bound = _cells_of(stem, selection, by_day=by_day or bool(BY_DAY.intersection(by)))
    groups = [GROUPS[name] for name in by]
    filters = selection.filters
    conditions = ["c.site_id = ANY (:sites)", f"({where})", *(f"c.{name} = :{name}" for name in filters)]
    bound |= filters
    sums = ", ".join(f"coalesce(sum(c.{count}), 0)::bigint" for count in stem.counts)
    statement = f"SELECT {', '.join([*groups, sums])} FROM ({cells}) c WHERE {' AND '.join(conditions)}"
    if groups:
        statement += f" GROUP BY {', '.join(groups)}"
    bound |= {**(values or {}), "network": scope.network_id, "sites": list(scope.site_ids)}
    rows = ask(db, statement, bound)
    return {tuple(row[: len(groups)]): tuple(row[len(groups) :]) for row in rows}


def _cells_of(stem: Stem, selection: Selection, *, by_day: bool) -> tuple[str, dict[str, Any]]:
    """The cells of a period as a statement, with its bound values."""
    period = selection.period
    if selection.known is not None:
        only = "AND s.on_date >= :start AND s.on_date < :end"
        bound = {**selection.known.parameters, "start": period.start_on, "end": period.end_on}
        return stem.from_facts(selection.known, only), bound
    months, edges = (None, (period,)) if by_day else period.tiers()
    columns = ", ".join(stem.key + stem.counts)
    parts, bound = [], {}
    pieces = [*(("month", piece) for piece in (months,) if piece), *(("day", piece) for piece in edges)]
    for place, (tier, piece) in enumerate(pieces):
        parts.append(
            f"SELECT {columns} FROM {stem.name}_{tier} WHERE network_id = :network"
            f" AND on_date >= :start{place} AND on_date < :end{place}"
        )
        bound |= {f"start{place}": piece.start_on, f"end{place}": piece.end_on}
    return " UNION ALL ".join(parts), bound


def site_codes(scope: Scope, db: Session) -> dict[UUID, str]:
    """The codes of the sites within the scope."""
    values = {"network": scope.network_id, "sites": list(scope.site_ids)}
    rows = ask(db, "SELECT id, code FROM site WHERE network_id = :network AND id = ANY (:sites)", values)
    return {site_id: code for site_id, code in rows}
