"""A site that has told nothing has no clock: its courses are started and open as of nothing, whoever is asked."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.making import make_network
from tests.queries import recount
from tests.queries.conftest import with_sites
from tests.queries.pages.recounted import page_tables, plain_of, spells_of, stated_days
from tests.sending import course, send, session, site
from webapp.domain.periods import Period
from webapp.domain.row_choice import RowChoice, RowList
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import CourseState
from webapp.queries.cells import Selection, sees_all
from webapp.queries.course_cells import CourseGroup, fetch_course_groups
from webapp.queries.course_cohorts import fetch_cohorts, in_cells
from webapp.queries.course_counts import fetch_course_counts
from webapp.queries.course_days import Endings, fetch_endings, fetch_progress
from webapp.queries.course_rows import CourseRow, fetch_course_rows, fetch_due_courses
from webapp.queries.known_at import view_known_at
from webapp.services.verification import verify
from webapp.transactions import reading

ON = date(2026, 11, 22)
JANUARY = Selection(Period(date(2026, 1, 1), date(2026, 2, 1)), ON)
DAYS = ("01-05", "01-08", "01-12", "01-15", "01-19", "02-02")
OWN = session("OWN", "C2", "AAA", "2026-03-10T10:00")
GONE = {**dict.fromkeys(OWN, ""), "key": "OWN", "withdrawn": "yes"}
Reading = tuple[CourseState, date | None]
OPEN: Reading = (CourseState.OPEN, None)
COMPLETED: Reading = (CourseState.COMPLETED_LATE, date(2026, 3, 10))


@pytest.fixture
def scope(app: Flask) -> Scope:
    """A course registered at a site without sessions, all of it given at another from 5 January to 2 February."""
    scope = make_network(NOW)
    send(
        scope,
        {
            "sites.csv": [site("AAA"), site("BBB")],
            "courses.csv": [course("C1", "AAA"), course("C2", "AAA")],
            "sessions.csv": [session(day, "C1", "BBB", f"2026-{day}T10:00") for day in DAYS],
        },
    )
    return with_sites(scope)


def readings(scope: Scope, sites: Scope) -> dict[str, list[Reading]]:
    """By reader, the state of January's course and the clock that it stands by."""
    with reading(sites) as db:
        assert in_cells(sites, db, JANUARY) and sees_all(sites, db) is (sites == scope)
        direct = replace(JANUARY, period=Period(date(2026, 1, 2), date(2026, 2, 1)))
    # What was known then is judged from the sessions, which only who sees the other site can read.
    with reading(scope) as every, reading(sites) as db:
        known = replace(JANUARY, known=view_known_at(scope, every, NOW + timedelta(days=1)))
        return {
            "cohorts": _of(fetch_cohorts(sites, db, JANUARY)),
            "groups": _of(fetch_course_groups(sites, db, JANUARY)),
            "known": _of(fetch_course_groups(scope, every, known)),
            "counts": _of(fetch_course_counts(sites, db, JANUARY).parts),
            "counts of days": _of(fetch_course_counts(sites, db, direct).parts),
        }


def _of(groups: list[CourseGroup]) -> list[Reading]:
    return [(group.state, group.clock) for group in groups for _ in range(group.courses)]


def followed(scope: Scope, sites: Scope) -> dict[str, tuple[int, dict[int, dict[str, int]], int]]:
    """By reader of days: courses followed, what ended them on which day, and how many were still open."""
    with reading(scope) as every, reading(sites) as db:
        direct = replace(JANUARY, period=Period(date(2026, 1, 2), date(2026, 2, 1)))
        known = replace(JANUARY, known=view_known_at(scope, every, NOW + timedelta(days=1)))
        found = {
            "counts": fetch_course_counts(sites, db, JANUARY).endings,
            "counts of days": fetch_course_counts(sites, db, direct).endings,
            "endings": fetch_endings(sites, db, JANUARY)[None],
            "known": fetch_endings(scope, every, known)[None],
        }
        return {name: _days(endings) for name, endings in found.items()}


def _days(endings: Endings) -> tuple[int, dict[int, dict[str, int]], int]:
    return (
        endings.started,
        {day: dict(causes) for day, causes in endings.events.items()},
        sum(endings.censored.values()),
    )


def assert_all_read(scope: Scope, wanted: Reading) -> None:
    """Whether all sites are asked for or the one, by cells and by courses, behind the number and in the plain recount."""
    ended = wanted != OPEN
    own = scope.narrow([found for found, code in recount.facts_of(scope).sites.items() if code == "AAA"])
    for sites in (scope, own):
        for reader, found in readings(scope, sites).items():
            assert found == [wanted], reader
        days = (1, {28: {"completed": 1}}, 0) if ended else (0, {}, 0)
        for reader, counted in followed(scope, sites).items():
            assert counted == days, reader
        with reading(sites) as db:
            rows = fetch_course_rows(sites, db, JANUARY, RowChoice(list=RowList.COURSES)).rows
            assert [(row.state, row.ended_on) for row in rows if isinstance(row, CourseRow)] == [
                (wanted[0].value, date(2026, 2, 2) if ended else None)
            ]
            assert [due.start_on for due in fetch_due_courses(sites, db, JANUARY).rows] == [date(2026, 3, 10)] * ended
            parts = [(site_id, date(2026, 1, 1)) for site_id in sites.site_ids]
            direct = replace(JANUARY, period=Period(date(2026, 1, 2), date(2026, 2, 1)))  # not out of what was added up
            assert bool(fetch_progress(sites, db, direct, parts)) is ended
    _assert_recounted(scope, wanted)
    with reading(scope) as db:
        assert [one for one in verify(scope, db) if one.differing] == []


def _assert_recounted(scope: Scope, wanted: Reading) -> None:
    facts = recount.facts_of(scope)
    search = "?from=2026-01-01&to=2026-01-31"
    plain = plain_of(facts, search, spells_of(scope, facts), stated_days(scope))
    (spell,) = (one for one in spells_of(scope, facts) if one.start < date(2026, 2, 1))
    clock = plain.clock(spell.course["site_id"])
    assert (spell.state if spell.end <= clock else "open") == wanted[0].value
    shown = page_tables(scope, "courses", search)["course_states"]
    assert {state for state in CourseState if 1 in shown.column(state.value)} == {wanted[0]}, shown.rows


def test_every_reader_agrees_before_a_site_tells_and_after_it_takes_back(scope: Scope) -> None:
    assert_all_read(scope, OPEN)
    send(scope, {"sessions.csv": [OWN]})
    assert_all_read(scope, COMPLETED)
    send(scope, {"sessions.csv": [GONE]})
    assert_all_read(scope, OPEN)
