"""What every panel of a page stands on: the scope, the filters, the thresholds, and the questions put to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.filters import Filters
from webapp.domain.periods import Period, add_months
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.queries.accreditation import Accreditations, fetch_accreditations
from webapp.queries.cells import Selection
from webapp.queries.design_effects import fetch_design_effects, span_of
from webapp.queries.measures import MeasureRow, fetch_measure
from webapp.queries.network_settings import get_settings
from webapp.queries.sites import SiteFacts, fetch_first_days, fetch_sites

TREND_MONTHS = 12
Made = TypeVar("Made")


@dataclass(frozen=True)
class Ground:
    """One question of one person: a scope already narrowed, what the address asked for, and one state of the database."""

    scope: Scope
    db: Session
    filters: Filters
    today: date

    @cached_property
    def _made(self) -> dict[Callable[["Ground"], Any], Any]:
        return {}

    def once(self, make: Callable[["Ground"], Made]) -> Made:
        """What is made of this ground: once, however many panels stand on it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    @cached_property
    def settings(self) -> MeasureSettings:
        """The network's thresholds."""
        return get_settings(self.scope, self.db)

    @cached_property
    def sites(self) -> tuple[SiteFacts, ...]:
        """The sites of the scope, by name."""
        return tuple(fetch_sites(self.scope, self.db))

    @cached_property
    def site_names(self) -> dict[str, str]:
        """Code to name."""
        return {site.code: site.name for site in self.sites}

    @property
    def data_through(self) -> date | None:
        """The newest day to which the data of any site reach."""
        return max((site.data_through for site in self.sites if site.data_through), default=None)

    @property
    def sites_in(self) -> int:
        """Of how many sites the data are not stale."""
        ends = (site.data_through for site in self.sites if site.data_through)
        return sum((self.on - end).days <= self.settings.stale_after_days for end in ends)

    @property
    def on(self) -> date:
        """The day for which states are told: the one asked for, else today."""
        return self.filters.as_of or self.today

    @property
    def period(self) -> Selection:
        """The period and filters asked for."""
        filters = self.filters
        return Selection(filters.period, self.on, filters.indication, filters.phase, filters.product)

    @property
    def is_narrowed(self) -> bool:
        """Whether only some of what is treated is asked for."""
        return any((self.filters.indication, self.filters.phase, self.filters.product))

    @property
    def before(self) -> Selection | None:
        """The period compared with, under the same filters."""
        compared = self.filters.compared_period
        return self.period.over(compared) if compared else None

    @property
    def trend(self) -> Selection:
        """The twelve months that end with the period's last month."""
        end = add_months(self.filters.period.last_on.replace(day=1), 1)
        return self.period.over(Period(add_months(end, -TREND_MONTHS), end))

    def rows(self, measure_id: str, selection: Selection, *by: str) -> tuple[MeasureRow, ...]:
        """The rows of a measure."""
        return fetch_measure(self.scope, self.db, measure_id, selection, by, self.settings).rows

    def one(self, measure_id: str, selection: Selection) -> MeasureRow:
        """A measure as one number; of nothing, where nothing was recorded."""
        rows = self.rows(measure_id, selection)
        return rows[0] if rows else MeasureRow({}, 0, 0)

    def over(self, period: Period) -> "Ground":
        """The same question about another period."""
        return replace(self, filters=replace(self.filters, period=period))

    @cached_property
    def data_version(self) -> int:
        """The network's data version in this state of the database."""
        statement = text("SELECT data_version FROM network WHERE id = :network")
        return int(self.db.execute(statement, {"network": self.scope.network_id}).scalar_one())

    @cached_property
    def recorded_at(self) -> datetime | None:
        """When the newest data of the network were recorded."""
        statement = text("SELECT max(recorded_at) FROM import_batch WHERE network_id = :network")
        return self.db.execute(statement, {"network": self.scope.network_id}).scalar()

    @cached_property
    def _design_effects(self) -> dict[tuple[str, str, str], float]:
        """The network's design effects by measure, stratum and span."""
        return fetch_design_effects(self.scope, self.db)

    def design_effect(self, measure_id: str, stratum: str = "", by: Sequence[str] = ()) -> float:
        """The network's design effect for a share of sessions of the period, or of its parts; 1 where none was estimated."""
        return self._design_effects.get((measure_id, stratum, span_of(self.filters.period, by)), 1.0)


def first_days_of(ground: Ground) -> dict[UUID, date]:
    """The day of the first recorded session of each site in view."""
    return fetch_first_days(ground.scope, ground.db)


def accreditations_of(ground: Ground) -> Accreditations:
    """Everything recorded of the accreditations of the sites in view."""
    return fetch_accreditations(ground.scope, ground.db, ground.sites)
