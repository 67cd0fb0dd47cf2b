"""What every panel of a site's monthly report stands on: the site, the month, the thresholds, and the questions put to them."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from webapp.domain.periods import Period, add_months
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.queries.cells import Selection
from webapp.queries.measures import MeasureRow, fetch_measure
from webapp.queries.sites import SiteFacts

TREND_MONTHS = 12
TREND_WEEKS = 13


@dataclass(frozen=True, slots=True)
class Ground:
    """One site and month, within a scope of that site alone, in one state of the database."""

    scope: Scope
    db: Session
    site: SiteFacts
    period: Period
    settings: MeasureSettings
    _asked: dict[tuple[str, Selection, tuple[str, ...]], tuple[MeasureRow, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def on(self) -> date:
        """The day for which states are told: the period's last."""
        return self.period.last_on

    @property
    def span(self) -> str:
        """How long the period is, in a word."""
        return {1: "month", 3: "quarter"}.get(self.period.whole_months, "week" if self.period.days == 7 else "period")

    @property
    def month(self) -> Selection:
        """The period reported on, which mostly is a month."""
        return Selection(self.period, self.on)

    @property
    def trend(self) -> Selection:
        """The twelve months that end with it."""
        return Selection(Period(add_months(self.period.start_on, 1 - TREND_MONTHS), self.period.end_on), self.on)

    @property
    def weeks(self) -> Selection:
        """The weeks from Monday to Sunday that ended in or before the month, thirteen of them."""
        monday = self.period.end_on - timedelta(days=self.period.end_on.weekday())
        return Selection(Period(monday - timedelta(weeks=TREND_WEEKS), monday), self.on)

    def rows(self, measure_id: str, selection: Selection, *by: str) -> tuple[MeasureRow, ...]:
        """The rows of a measure. A question that was put before is not put again: the database stands still under a report."""
        question = (measure_id, selection, by)
        if question not in self._asked:
            self._asked[question] = fetch_measure(self.scope, self.db, measure_id, selection, by, self.settings).rows
        return self._asked[question]

    def one(self, measure_id: str, selection: Selection) -> MeasureRow:
        """A measure as one number; of nothing, where nothing was recorded."""
        rows = self.rows(measure_id, selection)
        return rows[0] if rows else MeasureRow({}, 0, 0)
