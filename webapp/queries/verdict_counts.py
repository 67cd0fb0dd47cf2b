"""How many sessions meet each criterion, and how many were given under a lapse: out of the counted cells.

As known at another instant, or narrowed to some courses, which the cells do not tell apart, they are counted from the facts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.intervals import Interval, effective_number, wilson
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.cells import Selection, Stem, count_cells
from webapp.queries.design_effects import fetch_design_effects, span_of
from webapp.queries.judging import NO_FILTER, Filters, fetch_judging
from webapp.queries.session_verdicts import COMPLIANCE_COUNTS, COMPLIANCE_KEY, JUDGED, LAPSE, VERDICTS, verdicts_sql

By = Literal["network", "site", "month", "site and month"]
_GROUPS: Mapping[By, tuple[str, ...]] = {
    "network": (),
    "site": ("site",),
    "month": ("month",),
    "site and month": ("site", "month"),
}
Place = tuple[UUID | None, date | None]
"""A site and a month, each None where not asked by."""
Counts = dict[Place, dict[str, tuple[int, int, int]]]
"""By place and name of what is judged: met, not recorded, not met."""


def _no_facts(_view: object, _only: str) -> str:
    raise NotImplementedError("as known at another instant, verdicts are counted by fetch_criteria_met")


COMPLIANCE = Stem("compliance", COMPLIANCE_KEY, COMPLIANCE_COUNTS, _no_facts)


@dataclass(frozen=True, slots=True)
class CriterionCount:
    """Delivered sessions by how they meet one criterion (`all_six`: the six together), for one site, month, both or all.

    site_id, month: set where counted by it. Their sum is the denominator: all delivered sessions to which the criterion applies.
    deff: the network's design effect of `met`, clustered by patient.
    """

    site_id: UUID | None
    month: date | None
    criterion: str
    met: int
    not_met: int
    not_recorded: int
    deff: float = 1.0

    @property
    def delivered(self) -> int:
        """The denominator."""
        return self.met + self.not_met + self.not_recorded

    @property
    def n_eff(self) -> float:
        """How many independent sessions the denominator is worth."""
        return effective_number(self.delivered, self.deff)

    @property
    def interval(self) -> Interval | None:
        """The Wilson interval of the share met, on `n_eff`."""
        return wilson(self.met, self.delivered, n_eff=self.n_eff)


@dataclass(frozen=True, slots=True)
class LapseCount:
    """Sessions given under a lapse in one site and month, of those delivered.

    unjudged: sessions whose site, administering or supervising person has no record to judge by, and none that lapsed.
    """

    site_id: UUID
    month: date
    lapsed: int
    unjudged: int
    delivered: int


def fetch_criteria_met(
    scope: Scope,
    db: Session,
    period: Period,
    by: By = "network",
    known_at: datetime | None = None,
    filters: Filters = NO_FILTER,
) -> list[CriterionCount]:
    """Delivered sessions of the period by criterion and verdict, for all sites of the scope together, by site or by month."""
    counts = _count(_Question(scope, period, by, known_at, filters, JUDGED), db)
    effects, span = fetch_design_effects(scope, db), span_of(period, _GROUPS[by])
    return [
        CriterionCount(site_id, month, name, met, not_met, not_recorded, effects.get(("criteria_met", name, span), 1.0))
        for (site_id, month), found in sorted(counts.items(), key=lambda one: (str(one[0][0]), one[0][1] or date.min))
        for name in JUDGED
        for met, not_recorded, not_met in (found.get(name, _NOTHING),)
    ]


def added_up(counts: Iterable[CriterionCount]) -> list[CriterionCount]:
    """Counts of sites as those of all of them together."""
    found: dict[str, CriterionCount] = {}
    for one in counts:
        before = found.get(one.criterion, CriterionCount(None, None, one.criterion, 0, 0, 0, one.deff))
        found[one.criterion] = replace(
            before,
            met=before.met + one.met,
            not_met=before.not_met + one.not_met,
            not_recorded=before.not_recorded + one.not_recorded,
        )
    return list(found.values())


def count_lapsed_sessions(
    scope: Scope, db: Session, period: Period, known_at: datetime | None = None, filters: Filters = NO_FILTER
) -> list[LapseCount]:
    """Sessions given under a lapse by site and month; sites and months without a delivered session are left out."""
    counts = _count(_Question(scope, period, "site and month", known_at, filters, (LAPSE,)), db)
    found = [
        LapseCount(site_id, month, lapsed, unjudged, judged + unjudged + lapsed)
        for (site_id, month), said in counts.items()
        for judged, unjudged, lapsed in (said.get(LAPSE, _NOTHING),)
        if site_id is not None and month is not None
    ]
    return sorted(found, key=lambda one: (one.month, one.site_id))


_NOTHING = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Question:
    """names: of what is judged."""

    scope: Scope
    period: Period
    by: By
    known_at: datetime | None
    filters: Filters
    names: tuple[str, ...]


def _count(asked: _Question, db: Session) -> Counts:
    if asked.known_at is not None or asked.filters:
        return _count_facts(asked, db)
    cells = count_cells(
        asked.scope,
        db,
        COMPLIANCE,
        Selection(asked.period, asked.period.last_on),
        (*_GROUPS[asked.by], "criterion", "verdict"),
        where="c.criterion = ANY (:names)",
        values={"names": list(asked.names)},
    )
    found: dict[Place, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * len(VERDICTS)))
    for (*place, name, code), (sessions,) in cells.items():
        found[_place(asked.by, place)][name][code] += sessions
    return {place: {name: (n[0], n[1], n[2]) for name, n in told.items()} for place, told in found.items()}


def _count_facts(asked: _Question, db: Session) -> Counts:
    judging = fetch_judging(asked.scope, db, asked.period, asked.known_at, asked.filters)
    month = "CAST(date_trunc('month', CAST(on_date AS timestamp)) AS date)"
    places = [{"site": "site_id", "month": month}[name] for name in _GROUPS[asked.by]]
    counts = [f"count(*) FILTER (WHERE {name} = {code})" for name in asked.names for code in VERDICTS]
    grouped = f" GROUP BY {', '.join(places)}" if places else " HAVING count(*) > 0"
    facts = verdicts_sql(judging.view, judging.standings, judging.only)
    rows = db.execute(text(f"SELECT {', '.join((*places, *counts))} FROM ({facts}) f{grouped}"), judging.parameters)
    width = len(VERDICTS)
    return {
        _place(asked.by, row[: len(places)]): {
            name: tuple(row[len(places) + width * at : len(places) + width * (at + 1)])
            for at, name in enumerate(asked.names)
        }
        for row in rows
    }


def _place(by: By, values: Any) -> Place:
    said = dict(zip(_GROUPS[by], values, strict=True))
    return said.get("site"), said.get("month")
