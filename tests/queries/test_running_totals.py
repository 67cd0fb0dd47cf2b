"""Running totals: whichever stored rows answer a question, they say what the facts say; those of all sites answer no other."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import groupby
from itertools import product as product_of
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.queries.test_spacing_counts import some_sites
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.after_completion import fetch_after_completion
from webapp.queries.cells import (
    COMPLETIONS,
    RESOLUTIONS,
    SCREENINGS,
    SESSIONS,
    SIDE_EFFECTS,
    Selection,
    Stem,
    count_cells,
)
from webapp.queries.course_cells import CourseGroup, fetch_course_groups, is_closed
from webapp.queries.course_cohorts import fetch_cohorts, in_cells
from webapp.queries.course_counts import fetch_reached
from webapp.queries.course_days import fetch_progress
from webapp.queries.fact_cells import FactView
from webapp.queries.network_settings import get_settings
from webapp.queries.running_totals import TOTALS
from webapp.queries.verdict_counts import COMPLIANCE
from webapp.services import touched
from webapp.services.recording import lock_network
from webapp.services.running_totals import note_clocks, replace_totals
from webapp.services.verification import verify
from webapp.transactions import noting_statements, reading, unit_of_work

ON = date(2026, 11, 22)
WHOLE = Period(date(2026, 2, 1), date(2026, 9, 1))
PERIODS = (WHOLE, Period(date(2026, 1, 15), date(2026, 9, 10)), Period(date(2000, 1, 1), date(2009, 1, 1)))
ASKED: tuple[tuple[Stem, tuple[str, ...], str], ...] = (
    (SESSIONS, (), "true"),
    (SESSIONS, ("status",), "true"),
    (SESSIONS, ("site", "status"), "c.phase <> 'maintenance'"),
    (SESSIONS, ("week", "phase"), "c.status = 'completed'"),
    (SESSIONS, ("month", "status"), "true"),
    (SESSIONS, ("week", "month"), "true"),
    (SESSIONS, ("site", "month"), "true"),
    (SCREENINGS, ("month", "asked_how"), "true"),
    (SCREENINGS, ("site", "infusion"), "c.asked_how <> ''"),
    (SIDE_EFFECTS, ("term", "severity"), "c.asked_how <> ''"),
    (SIDE_EFFECTS, ("infusion",), "c.term = 'any'"),
    (SIDE_EFFECTS, ("site",), "c.term = 'any'"),
    (SIDE_EFFECTS, ("month",), "c.term = 'any'"),
    (SIDE_EFFECTS, ("site", "infusion"), "c.severity > 1"),
    (RESOLUTIONS, ("term", "lasted"), "true"),
    (COMPLETIONS, ("quantity", "value"), "true"),
)


@pytest.mark.parametrize("seen", ["all", "narrowed", "lead", "part", "none"])
def test_stored_rows_say_what_the_facts_say(app: Flask, simulated: Scope, seen: str) -> None:
    scope = some_sites(simulated)[seen]
    with reading(scope) as db, reading(simulated) as facts:
        view = FactView(scope.network_id, get_settings(simulated, facts).late_cancel_hours)
        for period in PERIODS:
            for stem, by, where in ASKED:
                for indication in (None, "depression"):
                    asked = Selection(period, ON, indication)
                    stored = count_cells(scope, db, stem, asked, by, where=where)
                    known = replace(asked, known=view)
                    assert stored == count_cells(scope, facts, stem, known, by, where=where), (stem.name, by, period)


def test_rows_of_all_sites_answer_only_who_asks_for_all(app: Flask, simulated: Scope) -> None:
    for seen, scope in some_sites(simulated).items():
        with reading(scope) as db, noting_statements(db) as texts:
            count_cells(scope, db, SIDE_EFFECTS, Selection(WHOLE, ON), ("severity",))
        assert any("severity_network_total" in statement for statement in texts) is (seen == "all")


def test_whole_months_and_weeks_read_no_day(app: Flask, simulated: Scope) -> None:
    weeks = Period(date(2026, 3, 2), date(2026, 8, 31))
    with reading(simulated) as db, noting_statements(db) as texts:
        for stem, by, where in ASKED:
            if {"week", "month"} <= {*by}:
                continue  # a week may lie in two months
            count_cells(simulated, db, stem, Selection(weeks if "week" in by else WHOLE, ON), by, where=where)
    assert not [statement for statement in texts if "_day " in statement]


def test_a_question_is_asked_once_and_its_answer_is_not_shared(app: Flask, simulated: Scope) -> None:
    with reading(simulated) as db, noting_statements(db) as texts:
        first = count_cells(simulated, db, SESSIONS, Selection(WHOLE, ON), ("status",))
        first.clear()
        one = simulated.narrow([min(simulated.site_ids, key=str)])
        narrower = count_cells(one, db, SESSIONS, Selection(WHOLE, ON), ("status",))
        asked = len(texts)
        again = count_cells(simulated, db, SESSIONS, Selection(WHOLE, ON), ("status",))
    assert again and narrower != again and len(texts) == asked


def test_cohorts_out_of_cells_are_those_of_the_courses(app: Flask, simulated: Scope) -> None:
    """By each state of a site's start month, with the clock and the last horizon that decide whether it is closed."""
    for scope in some_sites(simulated).values():
        with reading(scope) as db:
            for indication in (None, "depression"):
                asked = Selection(WHOLE, ON, indication)
                assert in_cells(scope, db, asked)
                assert not in_cells(scope, db, replace(asked, on=date(2026, 6, 15))) or not scope.site_ids
                found = fetch_cohorts(scope, db, asked)
                wanted = _folded(fetch_course_groups(scope, db, asked))
                assert _folded(found) == wanted and bool(wanted) == bool(scope.site_ids)


def _folded(groups: list[CourseGroup]) -> dict[tuple[object, ...], int]:
    many: Counter[tuple[object, ...]] = Counter()
    last: dict[tuple[object, ...], date] = {}
    for group in groups:
        part = (group.site_id, group.month)
        last[part] = max(group.last_horizon_on, last.get(part, date.min))
        many[*part, group.state, group.clock] += group.courses
    return {**many, **{(*part, day): 1 for part, day in last.items()}}


def test_a_touched_month_moves_every_total_after_it(app: Flask, simulated: Scope) -> None:
    """Months that come, grow and go: what stands is what a recount gives, and is put back again."""
    names = {total.name for total in TOTALS}
    month = "site_id = (SELECT min(site_id::text)::uuid FROM session_month) AND on_date = DATE '2026-03-01'"
    with unit_of_work(simulated) as db:
        lock_network(simulated, db)
        touched.begin(db)
        note_clocks(simulated, db)
        db.execute(text(f"INSERT INTO touched_day SELECT DISTINCT site_id, on_date FROM session_month WHERE {month}"))
        db.execute(text(f"UPDATE session_month SET sessions = sessions + 7 WHERE {month}"))
        db.execute(text(f"DELETE FROM screening_month WHERE {month}"))
        before = {one.table for one in verify(simulated, db) if one.differing}
        replace_totals(simulated, db)
        after = {one.table for one in verify(simulated, db) if one.differing}
        db.rollback()
    assert {"session_total", "session_network_total", "screening_total", "screening_network_total"} <= before
    assert not after & names


@pytest.mark.parametrize("anew", [False, True])
def test_sums_over_all_time_pass_four_bytes(app: Flask, simulated: Scope, anew: bool) -> None:
    """Two thousand million minutes in each month of a site, and scores as far, are added up, and added to."""
    names = {total.name for total in TOTALS}
    with unit_of_work(simulated) as db:
        lock_network(simulated, db)
        touched.begin(db)
        note_clocks(simulated, db)
        for table, minutes in (("session_month", 2_000_000_000), ("session_day", 30_000_000)):
            db.execute(text(f"UPDATE {table} SET booked_minutes = {minutes} WHERE booked_minutes > 0"))
        db.execute(text("UPDATE response_month SET fallen = 2000000000, fallen_squares = 2000000000 WHERE fallen > 0"))
        db.execute(text("INSERT INTO touched_day SELECT DISTINCT site_id, on_date FROM session_day"))
        db.execute(text("INSERT INTO touched_cohort SELECT DISTINCT site_id, month FROM response_month"))
        replace_totals(simulated, db, anew=anew)
        note_clocks(simulated, db)
        replace_totals(simulated, db)
        differing = {one.table for one in verify(simulated, db) if one.differing}
        whole = count_cells(simulated, db, SESSIONS, Selection(WHOLE, ON))[()]
        weeks = count_cells(simulated, db, SESSIONS, Selection(WHOLE, ON), ("week",))
        (fallen,) = db.execute(text("SELECT max(fallen[cardinality(fallen)]) FROM response_network_total")).one()
        db.rollback()
    assert whole[SESSIONS.counts.index("booked_minutes")] > 2**33 and fallen > 2**31
    assert max(counts[SESSIONS.counts.index("booked_minutes")] for counts in weeks.values()) > 2**30
    assert not differing & names


def test_closed_cohorts_and_the_others_are_told_apart_as_the_courses_tell_them(app: Flask, simulated: Scope) -> None:
    """However the filters cut the cohorts: how far the closed ones came, and how far the others have come on which day."""
    lead = Scope(
        simulated.network_id, simulated.user_id, Role.SITE_LEAD, simulated.site_ids
    )  # whoever leads every site is not known to see all of them
    products = {None, *_products(simulated)}
    for period in (WHOLE, Period(date(2026, 8, 1), date(2026, 11, 1))):
        for indication, product in product_of((None, "depression"), products):
            asked = Selection(period, ON, indication, None, product)
            found: list[tuple[object, ...]] = []
            for scope in (simulated, lead):
                with reading(scope) as db, noting_statements(db) as texts:
                    parts = [
                        list(group)
                        for _, group in groupby(sorted(fetch_cohorts(scope, db, asked), key=_part_of), key=_part_of)
                    ]
                    unclosed = [_part_of(part[0]) for part in parts if not is_closed(part)]
                    reached = {
                        (one.planned, one.reached): one.courses for one in fetch_reached(scope, db, asked, unclosed)
                    }
                    found.append((reached, fetch_progress(scope, db, asked, unclosed)))
                assert any("course_progress_total" in said for said in texts) is (scope is simulated and bool(unclosed))
            assert found[0] == found[1], (period, indication, product)


def _part_of(group: CourseGroup) -> tuple[UUID, date]:
    return group.site_id, group.month


def _products(scope: Scope) -> set[str]:
    with reading(scope) as db:
        return set(db.execute(text("SELECT DISTINCT product FROM course_spell")).scalars())


def test_what_follows_a_completion_is_counted_as_long_as_it_is_followed(app: Flask, simulated: Scope) -> None:
    lead = Scope(simulated.network_id, simulated.user_id, Role.SITE_LEAD, simulated.site_ids)
    for period in (WHOLE, Period(date(2026, 6, 1), date(2026, 12, 1))):
        for indication in (None, "depression"):
            found = []
            for scope in (simulated, lead):
                with reading(scope) as db:
                    found.append(fetch_after_completion(scope, db, Selection(period, ON, indication))[None])
            assert found[0] == found[1] and found[0].followed[30] > found[0].followed[90] > 0


def test_verdicts_of_months_are_those_of_their_days(app: Flask, simulated: Scope) -> None:
    with reading(simulated) as db:
        for by in (("site", "criterion", "verdict"), ("site", "month", "criterion", "verdict")):
            asked = Selection(WHOLE, ON)
            by_days = count_cells(simulated, db, COMPLIANCE, asked, by, by_day=True)
            assert by_days and count_cells(simulated, db, COMPLIANCE, asked, by) == by_days


def test_courses_completions_and_cohorts_move_when_their_sites_clock_moves(app: Flask, simulated: Scope) -> None:
    names = {"course_end_total", "completion_network_total", "course_reach_total", "course_progress_total"}
    with unit_of_work(simulated) as db:
        lock_network(simulated, db)
        touched.begin(db)
        note_clocks(simulated, db)
        db.execute(text("UPDATE site_clock SET data_through = data_through - 40"))
        before = {one.table for one in verify(simulated, db) if one.differing}
        replace_totals(simulated, db)
        after = {one.table for one in verify(simulated, db) if one.differing}
        db.rollback()
    assert names <= before and not names & after
