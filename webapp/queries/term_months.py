"""Months of a side effect at each site since data began, and the control charts that they give."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.control_chart import Chart, ChartPeriod, ChartPoint, p_chart
from webapp.domain.intervals import effective_number
from webapp.domain.periods import Period, add_months, months_between
from webapp.domain.scope import Scope
from webapp.domain.screening import is_enough
from webapp.domain.settings import MeasureSettings
from webapp.transactions import ask

NOT_SCREENED = ""
SESSIONS = ""
"""In `term_month`: the sessions themselves, in the place of a term."""


class Month(NamedTuple):
    """One month of one site. way: the way of asking under which most sessions were screened; empty where none was."""

    month: date
    screened: int
    delivered: int
    way: str


class TermMonth(NamedTuple):
    """A month of all sites in view: screened sessions with a term, screened ones, delivered ones."""

    month: date
    k: int
    screened: int
    delivered: int


@dataclass(frozen=True, slots=True)
class TermChart:
    """The chart of one term at one site, month by month. months: the same for all terms of the site."""

    site_id: UUID
    term: str
    months: Sequence[Month]
    chart: Chart
    rebased: tuple[date, ...] = field(default=())

    @property
    def last(self) -> tuple[Month, ChartPoint] | None:
        """The newest month that is compared."""
        newest = self.chart.newest
        return (self.months[newest[0]], newest[1]) if newest else None

    @property
    def run(self) -> int:
        """How many compared months in a row, up to the newest, lie on the newest one's side of the centre."""
        centre, many = self.chart.centre, 0
        compared = [self.chart.periods[place] for place in reversed(self.chart.compared)]
        if centre is None or not compared:
            return 0
        above = compared[0].k / compared[0].n > centre
        for period in compared:
            share = period.k / period.n
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
    screened, hits = _fetch_cells(scope, db, terms)
    protocols = _fetch_protocol_days(scope, db)
    charts = []
    for site_id in sorted({*screened, *hits}, key=str):
        ways = screened.get(site_id, {})
        months = [_month(month, ways.get(month, {})) for month in _whole_months(ways, through.get(site_id))]
        enough = [is_enough(one.screened, one.delivered, settings) for one in months]
        rebased = _rebased(months, protocols.get(site_id, ()))
        for term in terms:
            deff, of_term = deffs.get(term, 1.0), hits.get(site_id, {}).get(term, {})
            periods = [
                ChartPeriod(
                    of_term.get(one.month, 0),
                    one.screened,
                    effective_number(one.screened, deff),
                    compared,
                    one.month in rebased,
                )
                for one, compared in zip(months, enough, strict=True)
            ]
            charts.append(TermChart(site_id, term, months, p_chart(periods, settings), tuple(sorted(rebased))))
    return charts


_Ways = dict[str, int]
_Screened = dict[UUID, dict[date, _Ways]]
_Hits = dict[UUID, dict[str, dict[date, int]]]


def add_up_months(scope: Scope, db: Session, term: str, period: Period) -> list[TermMonth]:
    """The term in every month of a period of whole months, over all sites of the scope; none where nothing was delivered."""
    ways, hits = _fetch_cells(scope, db, (term,))
    k, screened, delivered = (dict.fromkeys(period.months(), 0) for _ in range(3))
    for month, sessions in (found for of_site in hits.values() for found in of_site[term].items()):
        if month in k:
            k[month] += sessions
    for month, by_way in (found for of_site in ways.values() for found in of_site.items()):
        if month in delivered:
            delivered[month] += sum(by_way.values())
            screened[month] += sum(sessions for way, sessions in by_way.items() if way != NOT_SCREENED)
    listed = period.months() if any(delivered.values()) else ()
    return [TermMonth(month, k[month], screened[month], delivered[month]) for month in listed]


def _fetch_cells(scope: Scope, db: Session, terms: Sequence[str]) -> tuple[_Screened, _Hits]:
    """By site: the sessions of each month by the way of asking, and those with a term in a month."""
    rows = ask(
        db,
        "SELECT site_id, term, asked_how, array_agg(month), array_agg(sessions) FROM term_month"
        " WHERE network_id = :network AND site_id = ANY (:sites) AND term = ANY (:terms) GROUP BY site_id, term, asked_how",
        {"network": scope.network_id, "sites": list(scope.site_ids), "terms": [SESSIONS, *terms]},
    )
    screened: _Screened = defaultdict(lambda: defaultdict(dict))
    hits: _Hits = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for site_id, term, way, months, sessions in rows:
        by_month = zip(months, sessions, strict=True)
        if term == SESSIONS:
            of_site = screened[site_id]
            for month, many in by_month:
                of_site[month][way] = many
        else:
            of_term = hits[site_id][term]
            for month, many in by_month:
                of_term[month] += many
    return screened, hits


def _fetch_protocol_days(scope: Scope, db: Session) -> dict[UUID, tuple[date, ...]]:
    """By site, when a further version of a protocol that it treats by took effect; the first one of each is no change."""
    rows = ask(
        db,
        """SELECT s.site_id, p.valid_from FROM protocol_version p CROSS JOIN unnest(CAST(:sites AS uuid[])) AS s(site_id)
            WHERE p.network_id = :network AND p.superseded_by_batch_id IS NULL AND NOT p.withdrawn
                AND EXISTS (SELECT 1 FROM protocol_version q WHERE q.network_id = :network AND q.superseded_by_batch_id IS NULL
                    AND NOT q.withdrawn AND q.indication = p.indication AND q.product = p.product AND q.valid_from < p.valid_from)
                AND EXISTS (SELECT 1 FROM course_spell x WHERE x.network_id = :network AND x.site_id = s.site_id
                    AND x.indication = p.indication AND x.product = p.product)""",
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


def _month(month: date, sessions: _Ways) -> Month:
    screened = {way: many for way, many in sessions.items() if way != NOT_SCREENED}
    way = max(sorted(screened), key=lambda name: screened[name], default="")
    return Month(month, sum(screened.values()), sum(sessions.values()), way)


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
