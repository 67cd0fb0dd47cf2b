"""Measures against the plain recount, and the two paths (rollups for now, facts for another instant) against each other."""

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.queries import recount
from webapp.domain.errors import BadInput
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.cells import Selection
from webapp.queries.known_at import view_known_at
from webapp.queries.measures import MeasureResult, fetch_measure
from webapp.transactions import reading

PERIODS = [
    Period(date(2026, 10, 1), date(2026, 11, 1)),
    Period(date(2026, 3, 9), date(2026, 10, 17)),
    Period(date(2026, 5, 5), date(2026, 5, 6)),
]
TODAY = date(2026, 11, 22)


def ask(scope: Scope, measure: str, selection: Selection, *by: str) -> MeasureResult:
    with reading(scope) as db:
        return fetch_measure(scope, db, measure, selection, by)


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("indication", [None, "depression"])
def test_sessions_by_site_equal_the_recount(
    app: Flask, simulated: Scope, period: Period, indication: str | None
) -> None:
    plain = recount.sessions_by_site(recount.facts_of(simulated), period.start_on, period.end_on, indication)
    rows = ask(simulated, "session_count", Selection(period, TODAY, indication), "site").rows
    assert {row.key["site"]: row.numerator for row in rows if row.numerator} == dict(plain)


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_side_effects_by_term_equal_the_recount(app: Flask, simulated: Scope, period: Period) -> None:
    facts = recount.facts_of(simulated)
    plain = recount.side_effects_by_term(facts, period.start_on, period.end_on)
    selection = Selection(period, TODAY)
    rates = ask(simulated, "side_effect_rate", selection, "term").rows
    events = ask(simulated, "side_effect_events", selection, "term").rows
    assert {row.key["term"]: row.numerator for row in rates} == {term: n for term, (n, _) in plain.items()}
    assert {row.key["term"]: row.numerator for row in events} == {term: n for term, (_, n) in plain.items()}
    screened = recount.screened(facts, period.start_on, period.end_on)
    assert {row.denominator for row in rates} <= {screened}


def test_infusion_numbers_equal_the_recount(app: Flask, simulated: Scope) -> None:
    facts = recount.facts_of(simulated)
    period = PERIODS[1]
    numbers = recount.infusion_numbers(facts)
    first = sum(numbers.get(s["session_id"]) == 1 for s in recount.delivered(facts, period.start_on, period.end_on))
    rows = ask(simulated, "screening_coverage", Selection(period, TODAY), "infusion").rows
    counted = {row.key["infusion"]: row.denominator for row in rows}
    # A re-induction begins again at 1, so there are at least as many firsts as courses that began here.
    assert (counted[1] or 0) >= first > 0
    assert sum(n or 0 for n in counted.values()) == sum(
        1 for _ in recount.delivered(facts, period.start_on, period.end_on)
    )


@pytest.mark.parametrize(
    ("measure", "by"),
    [
        ("session_count", ("site", "month")),
        ("no_show_rate", ("site",)),
        ("side_effect_rate", ("term", "infusion")),
        ("screening_coverage", ("site", "indication")),
        ("course_states", ("month", "state")),
        ("course_completion", ("site",)),
        ("drop_off", ()),
    ],
)
def test_the_facts_give_what_the_rollups_give(app: Flask, simulated: Scope, measure: str, by: tuple[str, ...]) -> None:
    period = PERIODS[1]
    with reading(simulated) as db:
        known = view_known_at(simulated, db, NOW + timedelta(days=1))
        from_facts = fetch_measure(simulated, db, measure, Selection(period, TODAY, known=known), by).rows
        from_rollups = fetch_measure(simulated, db, measure, Selection(period, TODAY), by).rows
    assert from_facts == from_rollups
    assert from_facts


def test_before_anything_was_known_there_is_nothing(app: Flask, simulated: Scope) -> None:
    with reading(simulated) as db:
        known = view_known_at(simulated, db, NOW - timedelta(days=1))
        rows = fetch_measure(simulated, db, "session_count", Selection(PERIODS[1], TODAY, known=known), ()).rows
    assert [row.numerator for row in rows] == [0]


def test_every_course_is_in_one_state(app: Flask, simulated: Scope) -> None:
    selection = Selection(PERIODS[1], TODAY)
    started = ask(simulated, "course_starts", selection).rows[0].numerator
    states = ask(simulated, "course_states", selection, "state").rows
    assert sum(row.numerator for row in states) == started
    assert {row.denominator for row in states} == {started}


def test_a_scope_of_one_site_counts_that_site_only(app: Flask, simulated: Scope) -> None:
    one = next(iter(sorted(simulated.site_ids)))
    lead = Scope(simulated.network_id, simulated.user_id, Role.SITE_LEAD, frozenset({one}))
    facts = recount.facts_of(simulated)
    plain = recount.sessions_by_site(facts, PERIODS[1].start_on, PERIODS[1].end_on)
    rows = ask(lead, "session_count", Selection(PERIODS[1], TODAY), "site").rows
    assert {row.key["site"]: row.numerator for row in rows} == {facts.sites[one]: plain[facts.sites[one]]}
    assert ask(lead.narrow([]), "session_count", Selection(PERIODS[1], TODAY), "site").rows == ()


def test_an_unknown_measure_or_group_is_named(app: Flask, simulated: Scope) -> None:
    with pytest.raises(BadInput, match="There is no measure 'sessions'"):
        ask(simulated, "sessions", Selection(PERIODS[0], TODAY))
    with pytest.raises(BadInput, match="cannot be shown by 'term'"):
        ask(simulated, "session_count", Selection(PERIODS[0], TODAY), "term")
