"""Site-local time and UTC for whole arrays, exact across changes of the clock."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from webapp.domain.intake.local_time import zone_named

Instants = NDArray[np.datetime64]
"""datetime64[s]; naive, in UTC or in local time as the name says; NaT where there is none."""


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


class ZoneClock:
    """One zone's offsets from `first` to `last`, found once, then looked up by bisection."""

    def __init__(self, name: str, first: date, last: date) -> None:
        zone = zone_named(name)
        begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) - 2 * 86_400
        end = int((datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=3)).timestamp())
        changes: list[int] = []
        offsets = [_offset(zone, begin)]
        for day in range(begin, end, 86_400):
            after = _offset(zone, day + 86_400)
            if after != offsets[-1]:
                low, high = day, day + 86_400
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (low, middle) if _offset(zone, middle) == after else (middle, high)
                changes.append(high)
                offsets.append(after)
        self._offsets = np.array(offsets, dtype=np.int64)
        self._changes = np.array(changes, dtype=np.int64)
        # A time that occurs twice means the first; one that never occurs keeps the offset before (PEP 495, fold 0).
        self._local_changes = self._changes + np.maximum(self._offsets[:-1], self._offsets[1:])

    def offsets_at(self, utc: Instants) -> NDArray[np.int64]:
        """Seconds to add to each UTC instant to have local time."""
        return self._offsets[np.searchsorted(self._changes, utc.astype(np.int64), side="right")]

    def to_utc(self, local: Instants) -> Instants:
        """The UTC instants of local times."""
        offsets = self._offsets[np.searchsorted(self._local_changes, local.astype(np.int64), side="right")]
        utc: Instants = local - offsets.astype("timedelta64[s]")
        return utc


class Clocks:
    """The clocks of several zones; rows name theirs by index into `zones`."""

    def __init__(self, zones: Sequence[str], first: date, last: date) -> None:
        self.zones = tuple(zones)
        self._clocks = [ZoneClock(name, first, last) for name in self.zones]

    def offsets_at(self, zone: NDArray[np.int8], utc: Instants) -> NDArray[np.int64]:
        """Seconds to add to each UTC instant to have the local time of its row's zone."""
        offsets = np.zeros(len(utc), dtype=np.int64)
        for index in np.unique(zone):
            rows = zone == index
            offsets[rows] = self._clocks[index].offsets_at(utc[rows])
        return offsets

    def to_local(self, zone: NDArray[np.int8], utc: Instants) -> Instants:
        """Local times of UTC instants."""
        local: Instants = utc + self.offsets_at(zone, utc).astype("timedelta64[s]")
        return local

    def to_utc(self, zone: NDArray[np.int8], local: Instants) -> Instants:
        """UTC instants of local times."""
        utc = np.empty(len(local), dtype="datetime64[s]")
        for index in np.unique(zone):
            rows = zone == index
            utc[rows] = self._clocks[index].to_utc(local[rows])
        return utc
