"""What an import finds stored: since when a site keeps which zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.making import make_network
from tests.sending import lead_of, send, site
from webapp.domain.intake.local_time import ZoneSpell
from webapp.queries.freshness import fetch_freshness
from webapp.queries.stored_keys import fetch_zone_spells
from webapp.services.import_check import latest_day
from webapp.transactions import reading


def test_a_zone_holds_from_its_day_on_and_a_new_word_replaces_later_ones(app: Flask) -> None:
    scope = make_network(NOW)
    send(scope, {"sites.csv": [site("A"), site("B", zone="America/Chicago")]})
    send(scope, {"sites.csv": [site("A", zone="America/Denver", zone_from="2026-06-01")]})
    send(scope, {"sites.csv": [site("A", zone="America/Phoenix", zone_from="2026-05-01")]})
    with reading(scope) as db:
        found = fetch_zone_spells(scope, db)
    assert found == {
        "A": (ZoneSpell(date.min, "America/New_York"), ZoneSpell(date(2026, 5, 1), "America/Phoenix")),
        "B": (ZoneSpell(date.min, "America/Chicago"),),
    }
    lead = lead_of(scope, "B")
    with reading(lead) as db:
        assert set(fetch_zone_spells(lead, db)) == {"B"}


@pytest.mark.parametrize(
    ("zones", "day"), [(("America/Los_Angeles",), 21), (("America/Los_Angeles", "Asia/Tokyo"), 22), ((), 22)]
)
def test_the_latest_day_is_that_of_the_sites_calendars(zones: tuple[str, ...], day: int) -> None:
    spells = {zone: (ZoneSpell(date.min, zone),) for zone in zones}
    assert latest_day(spells, datetime(2026, 11, 22, 3, 0, tzinfo=UTC)) == date(2026, 11, day)


def test_freshness_says_how_much_of_what_was_to_be_expected_has_come(app: Flask) -> None:
    scope = make_network(NOW)
    today = NOW.date()
    days = [today - timedelta(days=1 + 7 * week) for week in range(16)]
    rows = [
        {
            "key": f"S{day}-{n}",
            "course": "C",
            "site": "A",
            "status": "completed",
            "phase": "induction",
            "started_at": day,
        }
        for place, day in enumerate(days)
        for n in range(1 if place < 4 else 2)
    ]
    course = {"key": "C", "site": "A", "patient": "P", "indication": "ptsd", "product": "ketamine_iv"}
    send(scope, {"sites.csv": [site("A"), site("B")], "courses.csv": [course], "sessions.csv": rows})
    lead = lead_of(scope, "A", "B")
    with reading(lead) as db:
        fresh = fetch_freshness(lead, db, today)
    assert [(f.site.code, f.received, f.expected, f.share, f.days_behind, f.is_stale) for f in fresh] == [
        ("A", 4, 8, 0.5, 1, False),
        ("B", 0, None, None, None, True),
    ]
