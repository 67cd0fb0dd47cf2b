"""Sessions held against the criteria: how many meet each, and every session given under a lapse, also when found out later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.compliance import Criterion
from webapp.domain.errors import NotAllowed
from webapp.domain.intervals import Interval, design_effect_of_sums, effective_number, wilson
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.domain.vocabulary import Standing, Verdict
from webapp.queries.fact_cells import FactView
from webapp.queries.known_at import versions_known_at
from webapp.queries.network_settings import get_settings
from webapp.queries.session_standings import SessionStandings, fetch_session_standings
from webapp.queries.session_verdicts import ALL_SIX, VERDICTS, verdict_parameters, verdicts_sql

By = Literal["network", "site", "month", "site and month"]
Filters = Mapping[str, str]
"""What narrows the sessions: any of `indication`, `product` (of their course) and `phase`, with the value wanted."""
NO_FILTER: Filters = MappingProxyType({})
Lapsed = Literal["site", "administering person", "supervising person"]
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class CriterionCount:
    """Delivered sessions by how they meet one criterion (`all_six`: the six together), for one site, month, both or all.

    site_id, month: set where counted by it. Their sum is the denominator: all delivered sessions to which the criterion applies.
    deff: the design effect of `met`, clustered by patient.
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


@dataclass(frozen=True, slots=True)
class Lapse:
    """Whose standing was recorded and not valid on the session's day, and since when the records have said so."""

    whose: Lapsed
    standing: Standing
    known_since: datetime | None


@dataclass(frozen=True, slots=True)
class LapsedSession:
    """A delivered session given under a lapse. It never carries a pseudonym or a rating.

    setting, supervision: the verdicts of the two criteria. known_since: since when at least one lapse was on record.
    """

    session_id: UUID
    site_id: UUID
    on_date: date
    administered_by: str | None
    supervised_by: str | None
    setting: Verdict
    supervision: Verdict
    lapses: tuple[Lapse, ...]

    @property
    def known_since(self) -> datetime | None:
        """The earliest instant since which one of the lapses has been on record."""
        return min((lapse.known_since for lapse in self.lapses if lapse.known_since), default=None)


@dataclass(frozen=True, slots=True)
class SessionVerdicts:
    """How one delivered session meets each criterion; the esketamine one is left out for other products."""

    session_id: UUID
    site_id: UUID
    on_date: date
    verdicts: dict[Criterion, Verdict]


@dataclass(frozen=True, slots=True)
class _Question:
    """What all queries of this module are asked with."""

    settings: MeasureSettings
    view: FactView
    standings: SessionStandings
    parameters: dict[str, object]
    only: str


_ONLY = "AND s.site_id = ANY (:sites) AND s.on_date >= :start AND s.on_date < :end"
_LAPSED = "(coalesce(h.lapses @> s.on_date, false) OR coalesce(a.lapses @> s.on_date, false) OR coalesce(p.lapses @> s.on_date, false))"


def fetch_criteria_met(
    scope: Scope,
    db: Session,
    period: Period,
    by: By = "network",
    known_at: datetime | None = None,
    filters: Filters = NO_FILTER,
) -> list[CriterionCount]:
    """Delivered sessions of the period by criterion and verdict, for all sites of the scope together, by site or by month."""
    asked = _ask(scope, db, period, known_at, filters)
    names = (*(criterion.value for criterion in Criterion), ALL_SIX)
    rows = db.execute(
        text(_counts_sql(verdicts_sql(asked.view, asked.standings, asked.only), names, by)), asked.parameters
    )
    found = []
    for site_id, month, *cells in rows:
        for place, name in enumerate(names):
            met, not_recorded, not_met, *sums = cells[_CELLS * place : _CELLS * (place + 1)]
            m, xx, xn, nn = (float(value) for value in sums)
            deff = design_effect_of_sums(int(m), float(met + not_recorded + not_met), float(met), xx, xn, nn)
            found.append(CriterionCount(site_id, month, name, int(met), int(not_met), int(not_recorded), deff))
    return found


def fetch_session_verdicts(
    scope: Scope,
    db: Session,
    period: Period,
    known_at: datetime | None = None,
    limit: int = MOST_ROWS,
    of: Sequence[UUID] | None = None,
) -> list[SessionVerdicts]:
    """Each delivered session of the period with its verdicts, by day. Raises NotAllowed for a role that sees no rows.

    of: only these sessions; their verdicts are all given, whatever the limit.
    """
    _require_rows(scope)
    asked = _ask(scope, db, period, known_at)
    columns = ", ".join(criterion.value for criterion in Criterion)
    only = _ONLY if of is None else f"{_ONLY} AND s.session_id = ANY (:of)"
    rows = db.execute(
        text(
            f"SELECT session_id, site_id, on_date, {columns} FROM ({verdicts_sql(asked.view, asked.standings, only)}) f"
            " ORDER BY on_date, session_id LIMIT :limit"
        ),
        {**asked.parameters, "limit": limit if of is None else len(of), "of": list(of or ())},
    )
    return [
        SessionVerdicts(
            row[0],
            row[1],
            row[2],
            {c: VERDICTS[code] for c, code in zip(Criterion, row[3:], strict=True) if code is not None},
        )
        for row in rows
    ]


def count_lapsed_sessions(
    scope: Scope, db: Session, period: Period, known_at: datetime | None = None, filters: Filters = NO_FILTER
) -> list[LapseCount]:
    """Sessions given under a lapse by site and month; sites and months without a delivered session are left out."""
    asked = _ask(scope, db, period, known_at, filters)
    unjudged = "(h.lapses IS NULL OR a.lapses IS NULL OR p.lapses IS NULL)"
    rows = db.execute(
        text(
            "SELECT s.site_id, CAST(date_trunc('month', CAST(s.on_date AS timestamp)) AS date) AS month,"
            f" count(*) FILTER (WHERE {_LAPSED}), count(*) FILTER (WHERE {unjudged} AND NOT {_LAPSED}), count(*)"
            f" FROM session_version s {asked.standings.joins}"
            f" WHERE {asked.view.current('s')} AND s.status IN ('completed', 'stopped_early') {asked.only} GROUP BY 1, 2 ORDER BY 2, 1"
        ),
        asked.parameters,
    )
    return [LapseCount(*row) for row in rows]


def fetch_lapsed_sessions(
    scope: Scope, db: Session, period: Period, known_at: datetime | None = None, limit: int = MOST_ROWS
) -> list[LapsedSession]:
    """The sessions given under a lapse, latest first. Raises NotAllowed for a role that sees no rows."""
    _require_rows(scope)
    asked = _ask(scope, db, period, known_at)
    rows = db.execute(
        text(
            "SELECT s.session_id, s.site_id, s.on_date, s.administered_by_id, s.supervised_by_id, g.name, o.name,"
            " h.lapses @> s.on_date, a.lapses @> s.on_date, p.lapses @> s.on_date"
            f" FROM session_version s {asked.standings.joins}"
            f" LEFT JOIN practitioner_version g ON g.practitioner_id = s.administered_by_id AND {asked.view.current('g')}"
            f" LEFT JOIN practitioner_version o ON o.practitioner_id = s.supervised_by_id AND {asked.view.current('o')}"
            f" WHERE {asked.view.current('s')} AND s.status IN ('completed', 'stopped_early') {_ONLY} AND {_LAPSED}"
            " ORDER BY s.on_date DESC, s.site_id, s.session_id LIMIT :limit"
        ),
        {**asked.parameters, "limit": limit},
    )
    return [_lapsed(row, asked.standings) for row in rows]


_CELLS = 7
"""Numbers of one criterion: the three verdicts, then the sums of the design effect: clusters, x^2, x n, n^2."""


def _counts_sql(verdicts: str, names: Sequence[str], by: By) -> str:
    """First a row a patient, then a row a site, month or network: the counts and what the design effect needs."""
    site = "site_id" if by in ("site", "site and month") else "CAST(NULL AS uuid)"
    month = (
        "CAST(date_trunc('month', CAST(on_date AS timestamp)) AS date)"
        if by in ("month", "site and month")
        else "CAST(NULL AS date)"
    )
    each = ", ".join(
        f"count(*) FILTER (WHERE {name} = {code}) AS {name}_{code}" for name in names for code in VERDICTS
    ) + "".join(f", count({name}) AS {name}_n" for name in names)
    summed = ", ".join(
        f"sum({n}_0), sum({n}_1), sum({n}_2), count(*) FILTER (WHERE {n}_n > 0), sum({n}_0 * {n}_0), sum({n}_0 * {n}_n),"
        f" sum({n}_n * {n}_n)"
        for n in names
    )
    return (
        f"SELECT site_id, month, {summed} FROM (SELECT {site} AS site_id, {month} AS month, {each}"
        f" FROM ({verdicts}) f GROUP BY 1, 2, f.cluster_id) g GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _require_rows(scope: Scope) -> None:
    if not scope.may_open_rows:
        raise NotAllowed("Your role sees counts, not the sessions behind them.")


def _ask(
    scope: Scope, db: Session, period: Period, known_at: datetime | None, filters: Filters = NO_FILTER
) -> _Question:
    settings = get_settings(scope, db)
    current = FactView(scope.network_id, settings.late_cancel_hours)
    view = versions_known_at(scope, db, known_at) if known_at else current
    standings = fetch_session_standings(scope, db, settings, view, known_at)
    parameters = {
        **view.parameters,
        **verdict_parameters(settings, standings),
        **filters,
        "sites": list(scope.site_ids),
        "start": period.start_on,
        "end": period.end_on,
    }
    return _Question(settings, view, standings, parameters, _ONLY + _narrowed(view, filters))


def _narrowed(view: FactView, filters: Filters) -> str:
    """The filters as conditions over a session version `s`."""
    of_course = "".join(f" AND n.{name} = :{name}" for name in ("indication", "product") if name in filters)
    courses = f" AND s.course_id IN (SELECT n.course_id FROM course_version n WHERE {view.current('n')}{of_course})"
    return (" AND s.phase = :phase" if "phase" in filters else "") + (courses if of_course else "")


def _lapsed(row: Sequence[Any], standings: SessionStandings) -> LapsedSession:
    session_id, site_id, on, administered_id, supervised_id, administered, supervised, *lapsed = row
    histories = (
        standings.sites.get(site_id, ()),
        standings.of_person(administered_id, site_id),
        standings.of_person(supervised_id, site_id),
    )
    whose: tuple[Lapsed, ...] = ("site", "administering person", "supervising person")
    lapses = tuple(
        Lapse(who, standings.standing_of(held, on), standings.known_since(held, on))
        for who, held, is_lapsed in zip(whose, histories, lapsed, strict=True)
        if is_lapsed
    )
    setting, *people = (
        Verdict.NOT_RECORDED if one is None else Verdict.NOT_MET if one else Verdict.MET for one in lapsed
    )
    order = (Verdict.MET, Verdict.NOT_RECORDED, Verdict.NOT_MET)
    return LapsedSession(
        session_id, site_id, on, administered, supervised, setting, max(people, key=order.index), lapses
    )
