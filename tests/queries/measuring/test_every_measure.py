"""Every measure of the registry is answered, by each of its groups, with data and without; and the command line prints it."""

import json
from dataclasses import replace

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.making import make_network
from tests.queries.test_measures import PERIODS, TODAY, ask
from webapp.cli.measures import Line, as_record
from webapp.domain.measures import MEASURES
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Indication
from webapp.queries.cells import Selection, site_codes
from webapp.queries.known_at import view_known_at
from webapp.queries.measures import fetch_measure, groups_of, measure_ids
from webapp.transactions import reading

NOT_ALWAYS = {"infusion", "instrument"}
"""Groups that a row of some measures has unasked: their sum would mean nothing."""


def test_the_registry_is_what_can_be_asked_for() -> None:
    assert measure_ids() == tuple(MEASURES)


@pytest.mark.parametrize("measure", MEASURES)
def test_each_group_of_each_measure_is_answered(app: Flask, simulated: Scope, measure: str) -> None:
    selection = Selection(PERIODS[1], TODAY)
    for by in ((), *((name,) for name in groups_of(measure)), groups_of(measure)):
        rows = ask(simulated, measure, selection, *by).rows
        assert rows, by
        assert all(set(by) <= set(row.key) <= {*by, *NOT_ALWAYS} for row in rows)
        assert len({tuple(row.key.values()) for row in rows}) == len(rows)
        for row in rows:
            assert row.numerator >= 0 and (row.denominator or 0) >= 0
            assert all(many >= 0 for many in (*row.excluded.values(), *row.beside.values()))
            said = json.loads(json.dumps(as_record(Line(measure, row))))
            assert (said["site"] is not None) == ("site" in by)
            assert (said["numerator"], said["denominator"]) == (row.numerator, row.denominator)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("everywhere", [True, False], ids=["whole network", "no site"])
def test_an_empty_network_is_answered(app: Flask, measure: str, everywhere: bool) -> None:
    empty = make_network(NOW, "Empty")
    scope = empty if everywhere else empty.narrow([])
    for by in ((), *((name,) for name in groups_of(measure))):
        rows = ask(scope, measure, Selection(PERIODS[0], TODAY), *by).rows
        assert sum(row.numerator for row in rows) == 0


@pytest.mark.parametrize(
    ("measure", "by"),
    [
        ("unresolved_sessions", ("site",)),
        ("chair_use", ("site", "month")),
        ("data_completeness", ("site",)),
        ("criteria_met", ("criterion", "site")),
        ("accreditation_standing", ("programme",)),
        ("supervision_lapse", ("site", "month")),
        ("response_rate", ("site", "month")),
        ("remission_rate", ("indication",)),
        ("improvement_rate", ()),
        ("score_change", ("site", "indication")),
        ("suicidality", ("month",)),
        ("time_to_resolution", ("term", "site")),
        ("return_rate", ("site", "within")),
        ("boosters_in_90_days", ("site",)),
        ("completion_incidence", ("site", "cause")),
    ],
)
def test_the_facts_give_what_is_stored(app: Flask, simulated: Scope, measure: str, by: tuple[str, ...]) -> None:
    with reading(simulated) as db:
        known = view_known_at(simulated, db, NOW)
        then = fetch_measure(simulated, db, measure, Selection(PERIODS[1], TODAY, known=known), by).rows
        now = fetch_measure(simulated, db, measure, Selection(PERIODS[1], TODAY), by).rows
    assert then == now
    assert now


@pytest.mark.parametrize("measure", ["return_rate", "boosters_in_90_days", "completion_incidence"])
def test_a_sites_row_is_what_the_site_alone_gives(app: Flask, simulated: Scope, measure: str) -> None:
    found = 0
    by_site = ask(simulated, measure, Selection(PERIODS[1], TODAY), "site").rows
    with reading(simulated) as db:
        codes = site_codes(simulated, db)
    rows = {row.key["site"]: row for row in by_site}
    for site_id, code in codes.items():
        alone = ask(simulated.narrow([site_id]), measure, Selection(PERIODS[1], TODAY)).rows[0]
        if code in rows:
            assert replace(rows[code], key={}) == alone
        else:
            assert not alone.denominator and not alone.numerator and not any(alone.excluded.values())
        found += alone.denominator or 0
    whole = ask(simulated, measure, Selection(PERIODS[1], TODAY)).rows[0]
    assert found == whole.denominator and found > 0


@pytest.mark.parametrize("measure", ["criteria_met", "supervision_lapse", "unresolved_sessions", "chair_use"])
def test_filters_part_the_whole(app: Flask, simulated: Scope, measure: str) -> None:
    whole = ask(simulated, measure, Selection(PERIODS[1], TODAY)).rows[0]
    parts = [
        row
        for indication in Indication
        for row in ask(simulated, measure, Selection(PERIODS[1], TODAY, indication.value)).rows
    ]
    assert (whole.denominator or whole.numerator) > 0
    if measure == "chair_use":  # the chairs are there for all of them, and an hour used by others is not free
        assert {(part.numerator, part.denominator) for part in parts} == {(whole.numerator, whole.denominator)}
        return
    assert sum(part.numerator for part in parts) == whole.numerator
    if whole.denominator is not None:
        assert sum(part.denominator or 0 for part in parts) == whole.denominator
