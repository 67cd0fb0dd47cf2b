"""Everything that is written passes the checks of the import, and the records agree with one another."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from csv import DictReader
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from webapp.domain.intake.opening_hours import read_week, written_week
from webapp.domain.intake.raw_records import RawRecord
from webapp.domain.intake.row_checks import CheckContext, CheckedRow, check_rows
from webapp.domain.records import RECORD_TYPES
from webapp.domain.simulator.csv_out import write_csv
from webapp.domain.simulator.network import SimulatedNetwork
from webapp.domain.simulator.settings import SimulationSettings

TWELVE_SITES = SimulationSettings(starts_on=date(2025, 1, 6), ends_on=date(2026, 3, 31), sites=12, sessions=4_000)


class NothingStored:
    """A network without records."""

    def places(self, record_type: str, keys: Collection[str]) -> Mapping[str, str]:
        return {}


def raw_records(folder: Path) -> Iterator[RawRecord]:
    for record in RECORD_TYPES:
        with (folder / f"{record.name}.csv").open(newline="", encoding="utf-8") as file:
            for line, row in enumerate(DictReader(file), start=2):
                yield RawRecord(record.name, f"{record.name}.csv", line, row)


def test_the_import_accepts_every_row(tmp_path: Path) -> None:
    counts = write_csv(TWELVE_SITES, 5, tmp_path)
    today = TWELVE_SITES.ends_on + timedelta(days=1)
    outcomes = list(check_rows(raw_records(tmp_path), CheckContext(today, {}, NothingStored())))
    assert [outcome for outcome in outcomes if not isinstance(outcome, CheckedRow)] == []
    assert Counter(outcome.record_type for outcome in outcomes) == Counter(counts)


def test_references_resolve(network: SimulatedNetwork) -> None:
    keys = {name: set(batch.columns["key"]) for name, batch in network.batches.items()}
    for record in RECORD_TYPES:
        columns = network.batches[record.name].columns
        assert len(keys[record.name]) == len(columns["key"]), record.name
        for field in record.fields:
            if field.kind == "ref":
                assert set(columns[field.name]) - {None} <= keys[field.refers_to], (record.name, field.name)


def test_every_delivered_day_is_the_day_on_the_sites_own_clock(network: SimulatedNetwork) -> None:
    sites, sessions = network.batches["sites"].columns, network.batches["sessions"].columns
    zones = {key: ZoneInfo(zone) for key, zone in zip(sites["key"], sites["zone"], strict=True)}
    for row in range(0, len(sessions["key"]), 17):
        instant = (
            sessions["started_at"][row] if not np.isnat(sessions["started_at"][row]) else sessions["booked_at"][row]
        )
        if np.isnat(instant) or np.isnan(sessions["local_hour"][row]):
            continue
        local = instant.item().replace(tzinfo=ZoneInfo("UTC")).astimezone(zones[sessions["site"][row]])
        assert (local.date(), local.hour) == (sessions["on_date"][row].item(), sessions["local_hour"][row])


def test_days_on_which_the_clock_changes_hold_sessions_around_them(network: SimulatedNetwork) -> None:
    """Sundays are closed; the Mondays after both changes of 2025 keep the hours of the Fridays before."""
    sessions = network.batches["sessions"].columns
    for friday, monday in (("2025-03-07", "2025-03-10"), ("2025-10-31", "2025-11-03")):
        hours = [sessions["local_hour"][sessions["on_date"] == np.datetime64(day)] for day in (friday, monday)]
        assert all(len(found) > 10 and found.min() >= 7 and found.max() <= 18 for found in hours)


def test_nothing_ends_before_it_begins_or_lies_in_the_future(network: SimulatedNetwork) -> None:
    sessions, effects = network.batches["sessions"].columns, network.batches["side_effects"].columns
    for earlier, later in (("started_at", "ended_at"), ("ended_at", "discharged_at"), ("cancelled_at", "booked_at")):
        known = ~np.isnat(sessions[earlier]) & ~np.isnat(sessions[later])
        assert (sessions[earlier] <= sessions[later])[known].all(), (earlier, later)
    known = ~np.isnat(effects["onset_at"]) & ~np.isnat(effects["resolved_at"])
    assert (effects["onset_at"] <= effects["resolved_at"])[known].all()
    end = np.datetime64(network.settings.ends_on)
    for name, field in (
        ("sessions", "started_on"),
        ("side_effects", "resolved_on"),
        ("ratings", "rated_on"),
        ("courses", "stopped_on"),
    ):
        days = network.batches[name].columns[field]
        assert (days[~np.isnat(days)] <= end).all(), field


def test_bookings_lie_in_opening_hours_and_nearly_always_find_a_chair(network: SimulatedNetwork) -> None:
    sites, sessions = network.batches["sites"].columns, network.batches["sessions"].columns
    weeks = {key: read_week(text) for key, text in zip(sites["key"], sites["opening_hours"], strict=True)}
    assert all(written_week(weeks[key]) == text for key, text in zip(sites["key"], sites["opening_hours"], strict=True))
    chairs = dict(zip(sites["key"], sites["chairs"], strict=True))
    booked = ~np.isnat(sessions["booked_at"]) & (sessions["status"] != "cancelled")
    full = Counter[tuple[str, date]]()
    days = set()
    for site in sites["key"]:
        rows = np.flatnonzero(booked & (sessions["site"] == site))
        starts = sessions["booked_at"][rows].astype(np.int64)
        ends = starts + (sessions["booked_minutes"][rows] * 60).astype(np.int64)
        taken = np.searchsorted(np.sort(starts), starts, side="right") - np.searchsorted(
            np.sort(ends), starts, side="right"
        )
        days |= {(site, day) for day in sessions["on_date"][rows].tolist()}
        full.update({(site, day) for day in sessions["on_date"][rows[taken > chairs[site]]].tolist()})
    assert len(full) < 0.06 * len(days)
    assert set((np.unique(sessions["on_date"]).astype("datetime64[D]").astype(np.int64) + 3) % 7) <= {0, 1, 2, 3, 4, 5}
