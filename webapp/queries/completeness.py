"""How much of what a site should have sent has been received for a period."""

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.cells import SESSIONS, Selection, count_cells


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
        """Received over expected, at most 1; None where nothing is expected."""
        return min(1.0, self.received / self.expected) if self.expected else None


def get_completeness(scope: Scope, db: Session, site_id: UUID, period: Period, weeks: int) -> Completeness:
    """The completeness of one site of the scope. weeks: how many weeks before the period give the expectation."""
    one_site = scope.narrow([site_id])
    received = sum(n for n, *_ in count_cells(one_site, db, SESSIONS, Selection(period, period.last_on)).values())
    declared = db.execute(
        text(
            "SELECT sessions FROM expected_sessions WHERE network_id = :network AND site_id = :site AND starts_on = :start"
            " AND ends_on = :end"
        ),
        {"network": scope.network_id, "site": site_id, "start": period.start_on, "end": period.end_on},
    ).scalar()
    if declared is not None:
        return Completeness(received, declared, True)
    before = Period(period.start_on - timedelta(weeks=weeks), period.start_on)
    by_day = count_cells(one_site, db, SESSIONS, Selection(before, before.last_on), ("day",))
    weekly = [0] * weeks
    for (day,), (sessions, *_) in by_day.items():
        weekly[(day - before.start_on).days // 7] += sessions
    if not all(weekly):
        return Completeness(received, None, False)
    return Completeness(received, round(median(weekly) * period.days / 7), False)
