"""How much of what a site should have sent has been received for a period."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.cells import SESSIONS, Selection, count_cells
from webapp.queries.fact_cells import FactView


@dataclass(frozen=True, slots=True)
class Completeness:
    """Sessions of any status received for a period, and how many were expected; None where neither was declared nor known.

    declared: whether the site itself said how many, else it is the median of its weeks before.
    """

    received: int
    expected: int | None
    declared: bool

    @property
    def share(self) -> float | None:
        """Received over expected, above 1 where more came; None where nothing is expected."""
        return self.received / self.expected if self.expected else None


def get_completeness(scope: Scope, db: Session, site_id: UUID, period: Period, weeks: int) -> Completeness:
    """The completeness of one site of the scope. weeks: how many weeks before the period give the expectation."""
    return fetch_completeness(scope.narrow([site_id]), db, period, weeks).get(site_id, Completeness(0, None, False))


def fetch_completeness(
    scope: Scope, db: Session, period: Period, weeks: int, known: FactView | None = None
) -> dict[UUID, Completeness]:
    """The completeness of every site of the scope. known: as it was known at another data version."""
    selection = Selection(period, period.last_on, known=known)
    received = count_cells(scope, db, SESSIONS, selection, ("site",))
    declared = _fetch_declared(scope, db, period, known.known_at if known else None)
    usual = _usual_weeks(scope, db, selection, weeks)
    open_days = _count_open_days(scope, db, period, known)
    found = {}
    for site_id in scope.site_ids:
        weekly = usual.get(site_id)
        expected = declared.get(
            site_id, None if weekly is None else round(weekly * open_days.get(site_id, period.days) / 7)
        )
        found[site_id] = Completeness(received.get((site_id,), (0,))[0], expected, site_id in declared)
    return found


def _fetch_declared(scope: Scope, db: Session, period: Period, known_at: datetime | None) -> dict[UUID, int]:
    """How many sessions the sites themselves say they held in the period."""
    rows = db.execute(
        text(
            "SELECT site_id, sessions FROM expected_sessions WHERE network_id = :network AND site_id = ANY (:sites)"
            " AND starts_on = :start AND ends_on = :end"
            " AND (CAST(:known_at AS timestamptz) IS NULL OR declared_at <= :known_at)"
        ),
        {
            "network": scope.network_id,
            "sites": list(scope.site_ids),
            "start": period.start_on,
            "end": period.end_on,
            "known_at": known_at,
        },
    )
    return {site_id: sessions for site_id, sessions in rows}


def _count_open_days(scope: Scope, db: Session, period: Period, known: FactView | None) -> dict[UUID, int]:
    """On how many days of the period the sites treated, as far as their opening and their last day are known."""
    view = known or FactView(scope.network_id, 0.0)
    rows = db.execute(
        text(
            "SELECT v.site_id, least(v.closed_on + 1, CAST(:end AS date)) - greatest(v.opened_on, CAST(:start AS date))"
            f" FROM site_version v WHERE {view.current('v')} AND v.site_id = ANY (:sites)"
        ),
        {
            **view.parameters,
            "sites": list(scope.site_ids),
            "start": period.start_on,
            "end": period.end_on,
        },
    )
    return {site_id: max(days, 0) for site_id, days in rows}


def _usual_weeks(scope: Scope, db: Session, selection: Selection, weeks: int) -> dict[UUID, float]:
    """The median of the weeks before the period, for sites with sessions in each of them."""
    start = selection.period.start_on
    before = Period(start - timedelta(weeks=weeks), start)
    weekly: dict[UUID, list[int]] = defaultdict(lambda: [0] * weeks)
    for (site_id, day), (sessions, *_) in count_cells(
        scope, db, SESSIONS, selection.over(before), ("site", "day")
    ).items():
        weekly[site_id][(day - before.start_on).days // 7] += sessions
    return {site_id: median(counts) for site_id, counts in weekly.items() if all(counts)}
