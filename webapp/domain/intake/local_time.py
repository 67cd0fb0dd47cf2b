"""A site's local time to instants, with the zone data that ship with the product rather than the machine's."""

import importlib.resources
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from webapp.domain.intake.rules import RefusedError

_DAYS_KEPT = 20_000
_UNKNOWN = timedelta.max
_QUARTERS = tuple(time(hour) for hour in (0, 6, 12, 18))


@dataclass(frozen=True, slots=True)
class ZoneSpell:
    """The IANA zone that a site keeps from a site-local day on, until the next spell begins."""

    valid_from: date
    zone: str


class Moment(NamedTuple):
    """A site-local day and, where the time is known, the instant (UTC)."""

    on: date
    at: datetime | None


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every zone of the IANA list that ships, such as America/New_York."""
    listed = importlib.resources.files("tzdata").joinpath("zones").read_text("utf-8").split()
    return frozenset(listed)


@lru_cache(maxsize=600)
def zone_named(name: str) -> ZoneInfo:
    """The zone of that name, from the shipped data. Raises KeyError for a name that is not in the list."""
    if name not in zone_names():
        raise KeyError(name)
    with importlib.resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


class LocalTime:
    """Local times of many sites to UTC. Remembers the offset of whole days, since most days have only one."""

    def __init__(self, sites: Mapping[str, Sequence[ZoneSpell]]) -> None:
        self._spells = {
            site: tuple(sorted(spells, key=lambda spell: spell.valid_from)) for site, spells in sites.items()
        }
        self._offsets: dict[tuple[str, date], timedelta | None] = {}

    def learn(self, site: str, zone: str, valid_from: date | None) -> None:
        """From that day on the site keeps `zone`; without a day, it always has."""
        kept = () if valid_from is None else tuple(s for s in self._spells.get(site, ()) if s.valid_from < valid_from)
        self._spells[site] = (*kept, ZoneSpell(valid_from or date.min, zone))
        self._offsets.clear()

    def zone_of(self, site: str, on: date) -> ZoneInfo:
        """The zone that the site keeps on that day: the earliest known one for days before it."""
        spells = self._spells[site]
        name = spells[0].zone
        for spell in spells:
            if spell.valid_from <= on:
                name = spell.zone
        return zone_named(name)

    def moment(self, text_time: datetime, site: str, sent_zone: str = "") -> Moment:
        """A read time as instant and site-local day.

        A time with an offset is that instant. One without is in `sent_zone`, or in the site's own time where that is
        ''; where the clocks show a time twice, the first is meant. Raises RefusedError where the clocks skipped it.
        """
        if text_time.tzinfo is None and not sent_zone:
            return Moment(text_time.date(), self._to_utc(text_time, site))
        instant = (
            _through_zone(text_time, zone_named(sent_zone)) if text_time.tzinfo is None else text_time.astimezone(UTC)
        )
        on = instant.astimezone(self.zone_of(site, instant.date())).date()
        return Moment(on, instant)

    def local_hour(self, instant: datetime, on: date, site: str) -> int:
        """The hour, 0 to 23, that the site's clocks showed."""
        offset = self._offset(site, on)
        return (instant + offset).hour if offset is not None else instant.astimezone(self.zone_of(site, on)).hour

    def _to_utc(self, local: datetime, site: str) -> datetime:
        on = local.date()
        offset = self._offset(site, on)
        if offset is None:
            return _through_zone(local, self.zone_of(site, on))
        return local.replace(tzinfo=UTC) - offset

    def _offset(self, site: str, on: date) -> timedelta | None:
        """The offset from UTC of the whole day, or None where it changes within."""
        place = (site, on)
        known = self._offsets.get(place, _UNKNOWN)
        if known is not _UNKNOWN:
            return known
        if len(self._offsets) > _DAYS_KEPT:
            self._offsets.clear()
        zone = self.zone_of(site, on)
        points = [datetime.combine(on, quarter) for quarter in _QUARTERS] + [datetime.combine(on, time.max)]
        offsets = {zone.utcoffset(point) for point in points} | {
            zone.utcoffset(point.replace(fold=1)) for point in points
        }
        found = offsets.pop() if len(offsets) == 1 else None
        self._offsets[place] = found
        return found


def _through_zone(local: datetime, zone: ZoneInfo) -> datetime:
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local:
        raise RefusedError("time_does_not_exist", str(zone))
    return instant
