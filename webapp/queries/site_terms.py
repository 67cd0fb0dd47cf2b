"""What is said of sites that measures are counted against: chairs, hours, and the days between opening and closing."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.intake.opening_hours import Week, read_week
from webapp.domain.intake.rules import RefusedError
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.fact_cells import FactView


@dataclass(frozen=True, slots=True)
class SiteTerms:
    """One site. chairs, week: None where not on record. opened_on, closed_on: the first and the last day of treatment."""

    site_id: UUID
    chairs: int | None
    week: Week | None
    opened_on: date | None
    closed_on: date | None

    def is_open(self, on: date) -> bool:
        """Whether the site treats in that time; it may have no hours on the day itself."""
        return (self.opened_on is None or self.opened_on <= on) and (self.closed_on is None or on <= self.closed_on)

    def open_days(self, period: Period, through: date | None = None) -> list[date]:
        """The days of the period from opening to closing, up to the day named."""
        first = max(period.start_on, self.opened_on or period.start_on)
        last = min(period.last_on, self.closed_on or period.last_on, through or period.last_on)
        return [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]

    @property
    def chair_minutes(self) -> tuple[int, ...] | None:
        """From Monday to Sunday the minutes for which chairs stand ready; None without chairs or hours on record."""
        if not self.chairs or self.week is None:
            return None
        return tuple(self.chairs * sum(end - start for start, end in spans) for spans in self.week)


def fetch_site_terms(scope: Scope, db: Session, view: FactView) -> list[SiteTerms]:
    """The sites of the scope as the view knows them."""
    rows = db.execute(
        text(
            "SELECT v.site_id, v.chairs, v.opening_hours, v.opened_on, v.closed_on FROM site_version v"
            f" WHERE {view.current('v')} AND v.site_id = ANY (:sites)"
        ),
        {**view.parameters, "sites": list(scope.site_ids)},
    )
    return [SiteTerms(site_id, chairs, _week(hours), *days) for site_id, chairs, hours, *days in rows]


def _week(hours: str | None) -> Week | None:
    """The opening hours; None where there are none, or none that can be read."""
    try:
        week = read_week(hours or "")
    except RefusedError:
        return None
    return week if any(week) else None
