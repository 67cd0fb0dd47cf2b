"""`dripline measures`: every measure of the registry, as a table and as JSON rows."""

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.commanding import dripline, measured
from tests.conftest import NOW
from tests.making import make_network, store
from webapp.domain.measures import MEASURES

DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def network(session_app: Flask) -> str:
    name = f"Printed {uuid4().hex[:8]}"
    with session_app.app_context():
        scope = make_network(NOW, name)
        zone, hours = "America/New_York", "Mon-Fri 08:00-18:00"
        course = {"patient": "P", "indication": "depression", "product": "ketamine_iv"}
        visit = {"course": "C", "site": "RIV", "phase": "induction", "on_date": DAY, "booked_minutes": 60}
        records: dict[str, list[dict[str, Any]]] = {
            "sites": [{"key": "RIV", "name": "R", "zone": zone, "chairs": 1, "opening_hours": hours}],
            "courses": [{"key": "C", "site": "RIV", **course}],
            "sessions": [{"key": "S", "status": "completed", **visit}],
        }
        store(scope, records, NOW)
    return name


def test_every_measure_is_printed_without_being_named(environ: dict[str, str], network: str) -> None:
    shown = dripline(environ, "measures", "--network", network).output
    for measure in ("session_count", "chair_use", "criteria_met", "data_completeness", "unresolved_sessions"):
        assert f"\n{measure} " in shown


@pytest.mark.parametrize("words", [(), ("--by", "site")], ids=["of the network", "by site"])
def test_every_measure_is_printed_as_known_then(environ: dict[str, str], network: str, words: tuple[str, ...]) -> None:
    """On a day before anything was recorded too: nothing was known, and that is no failure."""
    delivered = {}
    for day in ("2026-11-23", "2020-01-01"):
        result = dripline(environ, "measures", "--network", network, *words, "--as-of", day, "--json")
        rows = json.loads(result.output)
        delivered[day] = sum(row["numerator"] for row in rows if row["measure"] == "session_count")
        if not words:
            assert {"return_rate", "boosters_in_90_days", "completion_incidence"} <= {row["measure"] for row in rows}
    assert delivered == {"2026-11-23": 1, "2020-01-01": 0}


@pytest.mark.parametrize("measure", MEASURES)
def test_rows_have_the_site_only_where_asked_for(environ: dict[str, str], network: str, measure: str) -> None:
    for row in measured(environ, network, measure):
        assert row["site"] is None
        assert {"numerator", "denominator", "share", "interval", "bounds", "exclusions", "beside"} <= set(row)
    by_site = measured(environ, network, measure, "--by", "site", "--as-of", "2026-11-23")
    assert {row["site"] for row in by_site} <= {"RIV"}


def test_chair_use_in_minutes(environ: dict[str, str], network: str) -> None:
    rows = measured(environ, network, "chair_use", "--from", "2026-03-02", "--to", "2026-03-08", "--by", "site")
    assert [(row["site"], row["numerator"], row["denominator"]) for row in rows] == [
        ("RIV", 60, 600)
    ]  # up to the last told day
