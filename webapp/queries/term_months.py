"""Months of a side effect at each site since data began, and the control charts that they give."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.control_chart import Chart, ChartPeriod, ChartPoint, p_chart
from webapp.domain.intervals import effective_number
from webapp.domain.periods import add_months, months_between
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings

NOT_SCREENED = ""
SESSIONS = ""
"""In `term_month`: the sessions themselves, in the place of a term."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one site. way: the way of asking under which most sessions were screened; empty where none was."""

    month: date
    k: int
    screened: int
    delivered: int
    way: str


@dataclass(frozen=True, slots=True)
class TermChart:
    """The chart of one term at one site, month by month."""

    site_id: UUID
    term: str
    months: tuple[Month, ...]
    chart: Chart
    rebased: tuple[date, ...] = field(default=())

    @property
    def last(self) -> tuple[Month, ChartPoint] | None:
        """The newest month that is compared."""
        pairs = zip(self.months, self.chart.points, strict=True)
        return next(((m, p) for m, p in reversed(list(pairs)) if p.limits is not None), None)

    @property
    def run(self) -> int:
        """How many compared months in a row, up to the newest, lie on the newest one's side of the centre."""
        centre, many = self.chart.centre, 0
        shares = [p.share for p in reversed(self.chart.points) if p.limits is not None and p.share is not None]
        if centre is None or not shares:
            return 0
        above = shares[0] > centre
        for share in shares:
            if share == centre or (share > centre) != above:
                break
            many += 1
        return many


def fetch_term_charts(
    scope: Scope,
    db: Session,
    terms: Sequence[str],
    through: Mapping[UUID, date],
    deffs: Mapping[str, float],
    settings: MeasureSettings,
) -> list[TermChart]:
    """A chart for each term at each site of the scope that delivered anything.

    through: by site the last day that counts; a month is charted when it ends by then. deffs: by term, of a month's sessions. A month
    re-bases the chart when another way of asking prevails in it, or a further version of a protocol in use there takes effect.
    """
    cells = _fetch_cells(scope, db, terms)
    protocols = _fetch_protocol_days(scope, db)
    charts = []
    for site_id in sorted({site for site, _ in cells}, key=str):
        sessions = cells.get((site_id, SESSIONS), {})
        months = _whole_months(sessions, through.get(site_id))
        for term in terms:
            hits = cells.get((site_id, term), {})
            listed = [_month(month, sessions.get(month, {}), hits.get(month, {})) for month in months]
            rebased = _rebased(listed, protocols.get(site_id, ()))
            periods = [_period(one, one.month in rebased, deffs.get(term, 1.0), settings) for one in listed]
            charts.append(TermChart(site_id, term, tuple(listed), p_chart(periods, settings), tuple(sorted(rebased))))
    return charts


_Ways = dict[str, int]
_Cells = dict[tuple[UUID, str], dict[date, _Ways]]


def _fetch_cells(scope: Scope, db: Session, terms: Sequence[str]) -> _Cells:
    rows = db.execute(
        text(
            "SELECT site_id, term, month, asked_how, sessions FROM term_month"
            " WHERE network_id = :network AND site_id = ANY (:sites) AND term = ANY (:terms)"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids), "terms": [SESSIONS, *terms]},
    )
    found: _Cells = defaultdict(lambda: defaultdict(dict))
    for site_id, term, month, way, sessions in rows:
        found[site_id, term][month][way] = sessions
    return found


def _fetch_protocol_days(scope: Scope, db: Session) -> dict[UUID, tuple[date, ...]]:
    """By site, when a further version of a protocol that it treats by took effect; the first one of each is no change."""
    rows = db.execute(
        text(
            """SELECT s.site_id, p.valid_from FROM protocol_version p CROSS JOIN unnest(CAST(:sites AS uuid[])) AS s(site_id)
            WHERE p.network_id = :network AND p.superseded_by_batch_id IS NULL AND NOT p.withdrawn
                AND EXISTS (SELECT 1 FROM protocol_version q WHERE q.network_id = :network AND q.superseded_by_batch_id IS NULL
                    AND NOT q.withdrawn AND q.indication = p.indication AND q.product = p.product AND q.valid_from < p.valid_from)
                AND EXISTS (SELECT 1 FROM course_spell x WHERE x.network_id = :network AND x.site_id = s.site_id
                    AND x.indication = p.indication AND x.product = p.product)"""
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids)},
    )
    found: dict[UUID, list[date]] = defaultdict(list)
    for site_id, day in rows:
        found[site_id].append(day)
    return {site_id: tuple(sorted(days)) for site_id, days in found.items()}


def _whole_months(sessions: Mapping[date, _Ways], through: date | None) -> list[date]:
    """Every month from the first with a session to the last that has ended."""
    if not sessions or through is None:
        return []
    first = min(sessions)
    end = (through + timedelta(days=1)).replace(day=1)
    return [add_months(first, step) for step in range(max(0, months_between(first, end)))]


def _month(month: date, sessions: _Ways, hits: _Ways) -> Month:
    screened = {way: many for way, many in sessions.items() if way != NOT_SCREENED}
    way = max(sorted(screened), key=lambda name: screened[name], default="")
    return Month(month, sum(hits.values()), sum(screened.values()), sum(sessions.values()), way)


def _rebased(months: Sequence[Month], protocol_days: Sequence[date]) -> set[date]:
    """The months from which on the chart begins anew. A protocol counts from the first whole month under it."""
    found = set()
    before = ""
    for one in months:
        if one.way and before and one.way != before:
            found.add(one.month)
        before = one.way or before
    for day in protocol_days:
        found.add(day if day.day == 1 else add_months(day.replace(day=1), 1))
    return found & {one.month for one in months}


def _period(one: Month, rebased: bool, deff: float, settings: MeasureSettings) -> ChartPeriod:
    enough = one.screened >= settings.min_screened and one.screened >= settings.min_coverage * one.delivered
    return ChartPeriod(one.k, one.screened, effective_number(one.screened, deff), enough, rebased)
