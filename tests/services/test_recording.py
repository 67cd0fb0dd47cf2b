"""Recording a batch: versions, touched cells, and a recount that finds no difference."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network, store
from webapp.domain.resolution import bucket_of
from webapp.domain.scope import Scope
from webapp.services.facts import StoredCount
from webapp.services.verification import verify
from webapp.transactions import reading, unit_of_work

START = date(2026, 3, 2)


def site(code: str = "RIV") -> dict[str, Any]:
    return {"key": code, "name": f"Site {code}", "zone": "America/New_York"}


def course(key: str, site: str = "RIV", patient: str = "P-1") -> dict[str, Any]:
    return {"key": key, "site": site, "patient": patient, "indication": "depression", "product": "ketamine_iv"}


def session(key: str, course: str, on: date, status: str = "completed", site: str = "RIV") -> dict[str, Any]:
    at = datetime(on.year, on.month, on.day, 15, tzinfo=UTC)
    return {
        "key": key,
        "course": course,
        "site": site,
        "status": status,
        "phase": "induction",
        "booked_at": at,
        "booked_minutes": 120,
        "started_on": on,
        "started_at": at,
        "on_date": on,
        "local_hour": 10,
    }


def six_sessions(course_key: str = "C1", first: date = START) -> list[dict[str, Any]]:
    return [session(f"{course_key}-{n}", course_key, first + timedelta(days=3 * n)) for n in range(6)]


@pytest.fixture
def scope(app: Flask) -> Scope:
    return make_network(NOW)


def assert_exact(scope: Scope) -> None:
    with reading(scope) as db:
        assert {c.table: c.differing for c in verify(scope, db) if c.differing} == {}


def count(scope: Scope, statement: str) -> Any:
    with reading(scope) as db:
        return db.execute(text(statement)).scalar_one()


def test_a_batch_is_stored_and_counted(scope: Scope) -> None:
    _, counts = store(scope, {"sites": [site()], "courses": [course("C1")], "sessions": six_sessions()}, NOW)
    assert counts == StoredCount(new=8)
    assert count(scope, "SELECT sum(sessions) FROM session_day WHERE status = 'completed'") == 6
    assert count(scope, "SELECT end_state FROM course_spell") == "completed_on_time"
    assert count(scope, "SELECT data_version FROM network") == 1
    assert_exact(scope)


def test_the_same_batch_again_changes_nothing(scope: Scope) -> None:
    records = {"sites": [site()], "courses": [course("C1")], "sessions": six_sessions()}
    store(scope, records, NOW)
    _, counts = store(scope, records, NOW)
    assert counts == StoredCount(unchanged=8)
    assert count(scope, "SELECT count(*) FROM session_version") == 6
    assert_exact(scope)


def test_a_changed_row_is_a_new_version_and_the_old_one_stays(scope: Scope) -> None:
    store(scope, {"sites": [site()], "courses": [course("C1")], "sessions": six_sessions()}, NOW)
    moved = session("C1-5", "C1", START + timedelta(days=30))
    _, counts = store(scope, {"sessions": [moved]}, NOW)
    assert counts == StoredCount(changed=1)
    assert count(scope, "SELECT count(*) FROM session_version") == 7
    assert count(scope, "SELECT count(*) FROM session_version WHERE superseded_by_batch_id IS NOT NULL") == 1
    assert count(scope, "SELECT end_state FROM course_spell") == "completed_late"
    assert_exact(scope)


def test_a_late_session_renumbers_later_ones_in_other_months(scope: Scope) -> None:
    late, *others = six_sessions(first=date(2026, 3, 24))
    store(scope, {"sites": [site()], "courses": [course("C1")], "sessions": others}, NOW)
    assert count(scope, "SELECT max(infusion) FROM session_place") == 5
    store(scope, {"sessions": [late]}, NOW)
    assert count(scope, "SELECT max(infusion) FROM session_place") == 6
    assert_exact(scope)


def test_a_session_that_moves_to_another_site_leaves_the_old_cells(scope: Scope) -> None:
    sites = [site("RIV"), site("NGT")]
    store(scope, {"sites": sites, "courses": [course("C1")], "sessions": six_sessions()}, NOW)
    store(scope, {"sessions": [session("C1-0", "C1", START, site="NGT")]}, NOW)
    assert (
        count(scope, "SELECT sum(sessions) FROM session_day d JOIN site s ON s.id = d.site_id WHERE s.code = 'NGT'")
        == 1
    )
    assert (
        count(scope, "SELECT sum(sessions) FROM session_day d JOIN site s ON s.id = d.site_id WHERE s.code = 'RIV'")
        == 5
    )
    assert_exact(scope)


def test_side_effects_are_counted_per_screened_session(scope: Scope) -> None:
    screens = [{"key": f"S{n}", "session": f"C1-{n}", "asked_how": "solicited"} for n in range(4)]
    effects = [
        {"key": "E1", "session": "C1-0", "term": "dizziness", "severity": 2, "serious": "no"},
        {"key": "E2", "session": "C1-0", "term": "dizziness", "severity": 1, "serious": "no"},
        {"key": "E3", "session": "C1-0", "term": "nausea", "severity": 1, "serious": "hospitalisation"},
        {"key": "E4", "session": "C1-1", "term": "nausea", "severity": 1},
    ]
    store(
        scope,
        {
            "sites": [site()],
            "courses": [course("C1")],
            "sessions": six_sessions(),
            "screens": screens,
            "side_effects": effects,
        },
        NOW,
    )
    assert count(scope, "SELECT sum(sessions) FROM screening_day WHERE asked_how = 'solicited'") == 4
    assert count(scope, "SELECT sum(sessions) FROM side_effect_day WHERE term = 'any'") == 2
    assert count(scope, "SELECT sum(events) FROM side_effect_day WHERE term = 'any'") == 4
    assert count(scope, "SELECT sum(sessions) FROM side_effect_day WHERE term = 'dizziness' AND severity = 2") == 1
    assert count(scope, "SELECT sum(serious) FROM side_effect_day WHERE term = 'any'") == 1
    assert_exact(scope)


def test_spells_counted_without_the_stated_reason_are_mended(scope: Scope) -> None:
    """What an older installation holds, put right by the migration's own statement."""
    said = {**course("C1"), "stated_outcome": "side_effect", "stated_on": START + timedelta(days=9)}
    recorded = {**course("C2"), "stopped_on": START + timedelta(days=9), "stop_reason": "cost"}
    given = [session(f"{key}-1", key, START) for key in ("C1", "C2")]
    store(scope, {"sites": [site()], "courses": [said, recorded], "sessions": given}, NOW)
    assert_exact(scope)
    with unit_of_work(scope) as db:
        db.execute(text("UPDATE course_spell SET stop_reason = NULL WHERE as_stated"))
    with reading(scope) as db:
        assert {c.table: c.differing for c in verify(scope, db) if c.differing} == {"course_spell": 2}
    with unit_of_work(scope) as db:
        db.execute(text(import_module("webapp.migrations.versions.0002_reasons_of_stated_stops").REASONS))
    assert_exact(scope)
    assert count(scope, "SELECT array_agg(stop_reason ORDER BY stop_reason) FROM course_spell") == [
        "cost",
        "side_effect",
    ]


def rating(key: str, on: date, score: int, item: int | None = None) -> dict[str, Any]:
    return {"key": key, "course": "C1", "instrument": "phq9", "rated_on": on, "score": score, "suicidality": item}


def test_a_rating_by_itself_is_counted_and_a_later_one_counted_again(scope: Scope) -> None:
    store(scope, {"sites": [site()], "courses": [course("C1")], "sessions": six_sessions()}, NOW)
    store(scope, {"ratings": [rating("R0", START, 20, 2), rating("R1", START + timedelta(days=1), 9, 0)]}, NOW)
    entered = "SELECT sum({}) FROM response_month WHERE scale = 'phq9' AND infusion = 1"
    assert [count(scope, entered.format(what)) for what in ("entered", "rated", "met")] == [1, 1, 1]
    told = "SELECT met FROM response_month WHERE scale = 'phq9_item9' AND infusion = {}"
    assert [count(scope, told.format(k)) for k in (0, 1)] == [1, 0]
    assert_exact(scope)
    store(scope, {"ratings": [rating("R1", START + timedelta(days=1), 19)]}, NOW)
    assert count(scope, entered.format("met")) == 0
    assert_exact(scope)


def test_a_course_that_begins_earlier_leaves_the_month_where_it_was_rated(scope: Scope) -> None:
    store(
        scope, {"sites": [site()], "courses": [course("C1")], "sessions": six_sessions(first=date(2026, 4, 1))[:5]}, NOW
    )
    store(scope, {"ratings": [rating("R0", date(2026, 3, 30), 20)]}, NOW)
    months = "SELECT min(month) FROM response_month WHERE scale = 'phq9'"
    assert count(scope, months) == date(2026, 4, 1)
    store(scope, {"sessions": [session("C1-early", "C1", date(2026, 3, 31))]}, NOW)
    assert count(scope, months) == date(2026, 3, 1)
    assert count(scope, "SELECT count(DISTINCT month) FROM response_month WHERE courses > 0") == 1
    assert_exact(scope)


@pytest.mark.parametrize(
    ("minutes", "lasted"),
    [(0, 15), (15, 15), (16, 30), (60, 60), (61, 120), (1440, 1440), (1441, 1_000_000), (None, 0)],
)
def test_how_long_a_side_effect_lasted(scope: Scope, minutes: int | None, lasted: int) -> None:
    began = datetime(2026, 3, 2, 15, tzinfo=UTC)
    ended = None if minutes is None else began + timedelta(minutes=minutes)
    days = {"onset_on": START, "resolved_on": None if ended is None else ended.date()}
    effect = {
        "key": "E1",
        "session": "C1-0",
        "term": "dizziness",
        "severity": 1,
        "onset_at": began,
        "resolved_at": ended,
    }
    store(
        scope,
        {
            "sites": [site()],
            "courses": [course("C1")],
            "sessions": six_sessions(),
            "screens": [{"key": "S0", "session": "C1-0", "asked_how": "solicited"}],
            "side_effects": [{**effect, **days}],
        },
        NOW,
    )
    assert count(scope, "SELECT lasted FROM resolution_day") == lasted
    assert bucket_of(START, began, days["resolved_on"], ended) == lasted
    assert_exact(scope)
