"""How fresh each site's data are: through which day they reach, and how much of what was to be expected has come."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.cells import SESSIONS, Selection, count_cells
from webapp.queries.network_settings import get_settings
from webapp.queries.sites import SiteFacts, fetch_sites

RECENT_WEEKS = 4
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """One site. received: sessions of any status of the four weeks before `today`; expected: None where not known.

    days_behind: days since its data ended; None where nothing was received yet. is_stale: more of them than the network allows.
    """

    site: SiteFacts
    received: int
    expected: int | None
    days_behind: int | None
    is_stale: bool

    @property
    def share(self) -> float | None:
        """Received over expected, at most 1; None where nothing is expected."""
        return min(1.0, self.received / self.expected) if self.expected else None


def fetch_freshness(scope: Scope, db: Session, today: date) -> list[Freshness]:
    """The sites within the scope that treat now, by name."""
    settings = get_settings(scope, db)
    weeks = RECENT_WEEKS + settings.completeness_weeks
    period = Period(today - weeks * WEEK, today)
    by_day = count_cells(scope, db, SESSIONS, Selection(period, period.last_on), ("site", "day"))
    per_week: dict[UUID, list[int]] = defaultdict(lambda: [0] * weeks)
    for (site_id, day), (sessions, *_) in by_day.items():
        per_week[site_id][(day - period.start_on).days // 7] += sessions
    sites = [site for site in fetch_sites(scope, db) if site.closed_on is None or site.closed_on >= today]
    return [_freshness(site, per_week[site.id], today, settings.stale_after_days) for site in sites]


def _freshness(site: SiteFacts, per_week: list[int], today: date, stale_after_days: int) -> Freshness:
    before, recent = per_week[:-RECENT_WEEKS], per_week[-RECENT_WEEKS:]
    expected = round(median(before) * RECENT_WEEKS) if all(before) else None
    behind = (today - site.data_through).days if site.data_through else None
    return Freshness(site, sum(recent), expected, behind, behind is None or behind > stale_after_days)
