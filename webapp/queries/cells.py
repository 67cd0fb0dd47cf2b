"""Counting cells: whole months from running totals or the month tier, the edges from the day tier; as known then, from the facts."""

import re
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
from webapp.queries.running_totals import Step, Total, totals_for
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

    def bound(self, scope: Scope) -> dict[str, Any]:
        """What every statement about it is bound with: `network`, `sites`, `start`, `end` and `on`."""
        period = self.period
        whose = {"network": scope.network_id, "sites": list(scope.site_ids)}
        return {**whose, "start": period.start_on, "end": period.end_on, "on": self.on}

    def of_courses(self, scope: Scope, alias: str = "x") -> tuple[str, dict[str, Any]]:
        """Of a question about courses, which have no phase: its further conditions over that alias, and what it is bound with."""
        filters = {name: value for name, value in self.filters.items() if name != "phase"}
        return "".join(f" AND {alias}.{name} = :{name}" for name in filters), {**self.bound(scope), **filters}

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
"""Groups that no month can tell."""
COLUMNS = {"site": "site_id", "day": "on_date", "week": "on_date", "month": "on_date"}
"""The column that a group is made of, where it has another name."""
_COLUMN = re.compile(r"\bc\.([a-z_]+)")
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
    counts: Sequence[str] | None = None,
) -> dict[Key, tuple[int, ...]]:
    """Sums of the stem's counts over the selection: group values in the order of `by` -> counts in the order of the stem.

    counts: those asked for, if not all of the stem; they come in the order named.

    `where`: a further condition of the caller's own making over the cells' columns, each named as `c.column`, with `values` bound.
    Days read the day tier alone; so does everything with `by_day`, for a condition that speaks of single days, and weeks by month:
    a week may lie in two.
    A scope without sites counts nothing.
    """
    groups = [GROUPS[name] for name in by]
    filters = selection.filters
    columns = sorted({COLUMNS.get(name, name) for name in by})
    conditions = ["c.site_id = ANY (:sites)", f"({where})", *(f"c.{name} = :{name}" for name in filters)]
    told = {*columns, *filters, *_COLUMN.findall(where)} - set(stem.counts)
    by_day = by_day or "day" in by or {"week", "month"} <= set(by)
    wanted = stem.counts if counts is None else tuple(counts)
    asked = _Asked(stem, wanted, columns, told, conditions, by_day, _step_of(by), sees_all(scope, db))
    cells, bound = _cells_of(asked, selection)
    sums = ", ".join(f"coalesce(sum(c.{count}), 0)::bigint" for count in wanted)
    statement = f"SELECT {', '.join([*groups, sums])} FROM ({cells}) c"
    if groups:
        statement += f" GROUP BY {', '.join(groups)}"
    bound |= {**filters, **(values or {}), "network": scope.network_id, "sites": list(scope.site_ids)}
    rows = ask(db, statement, bound)
    return {tuple(row[: len(groups)]): tuple(row[len(groups) :]) for row in rows}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question for cells. columns: what is grouped by; told: every column that it speaks of; step: the dates that it groups by."""

    stem: Stem
    counts: Sequence[str]
    columns: Sequence[str]
    told: set[str]
    conditions: Sequence[str]
    by_day: bool
    step: Step | None
    every_site: bool

    @property
    def total(self) -> Total | None:
        """The running totals that answer it over whole months, or whole weeks."""
        if self.by_day or ("on_date" in self.told and self.step is None):
            return None
        step: Step = "week" if self.step == "week" else "month"
        found = totals_for(self.stem.name, self.told, step=step, every_site=self.every_site)
        # Of each site month by month, most months themselves are as short.
        return next((one for one in found if self.step is None or one.of_network or one.each_step), None)


def _step_of(by: Sequence[str]) -> Step | None:
    return "week" if "week" in by else "month" if "month" in by else None


def _cells_of(asked: _Asked, selection: Selection) -> tuple[str, dict[str, Any]]:
    """The cells of a period as a statement of the columns grouped by and the counts, with its bound values."""
    period, stem, total = selection.period, asked.stem, asked.total
    listed = ", ".join(f"c.{column}" for column in (*asked.columns, *asked.counts))
    conditions = " AND ".join(asked.conditions)
    if selection.known is not None:
        facts = stem.from_facts(selection.known, "AND s.on_date >= :start AND s.on_date < :end")
        bound = {**selection.known.parameters, "start": period.start_on, "end": period.end_on}
        return f"SELECT {listed} FROM ({facts}) c WHERE {conditions}", bound
    whole, edges = period.tiers()
    if asked.step == "week":
        whole, edges = period.weeks() if total else (None, (period,))
    elif asked.by_day:
        whole, edges = None, (period,)
    parts, bound = [], {}
    for place, piece in enumerate([*((whole,) if whole else ()), *edges]):
        bound |= {f"start{place}": piece.start_on, f"end{place}": piece.end_on}
        if piece is whole and total is not None:
            narrowed = [one for one in asked.conditions if not (total.of_network and "site_id" in one)]
            stepwise = asked.step is not None
            parts.append(total.read(asked.columns, narrowed, place, stepwise=stepwise, counts=asked.counts))
            continue
        tier = "month" if piece is whole else "day"
        parts.append(
            f"SELECT {listed} FROM {stem.name}_{tier} c WHERE c.network_id = :network"
            f" AND c.on_date >= :start{place} AND c.on_date < :end{place} AND {conditions}"
        )
    return " UNION ALL ".join(parts), bound


def sees_all(scope: Scope, db: Session) -> bool:
    """Whether the scope's sites are all that the network has: only then do the rows of all sites together answer."""
    if not scope.whole_network:
        return False
    ((many,),) = ask(db, "SELECT count(*) FROM site WHERE network_id = :network", {"network": scope.network_id})
    return bool(len(scope.site_ids) == many)


def site_codes(scope: Scope, db: Session) -> dict[UUID, str]:
    """The codes of the sites within the scope."""
    values = {"network": scope.network_id, "sites": list(scope.site_ids)}
    rows = ask(db, "SELECT id, code FROM site WHERE network_id = :network AND id = ANY (:sites)", values)
    return {site_id: code for site_id, code in rows}
