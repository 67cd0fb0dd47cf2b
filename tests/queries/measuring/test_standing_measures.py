"""Criteria, lapses and accreditations as measures, against the pure rules on a network drawn by chance."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from flask import Flask

from tests.making import make_network, store
from tests.queries.conftest import with_sites
from tests.queries.random_clinic import COUNTING, FIRST, RECORDED_AT, STATES, RandomClinic
from tests.queries.test_measures import ask
from webapp.domain.accreditation import StandingRecord, status_as_of
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RecordEvent, Standing, Verdict
from webapp.queries.cells import Selection
from webapp.queries.known_at import view_known_at
from webapp.queries.measures import MeasureRow, fetch_measure
from webapp.services import accreditation
from webapp.transactions import reading

ALL = Period(FIRST, FIRST + timedelta(days=120))
DAYS = [FIRST + timedelta(days=n) for n in (-30, 0, 33, 71, 130)]
PROGRAMMES = (*COUNTING, "registered")


pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(scope="module", params=range(3))
def drawn(session_app: Flask, request: pytest.FixtureRequest) -> tuple[RandomClinic, Scope]:
    """A network that the tests only read."""
    clinic = RandomClinic(request.param)
    with session_app.app_context():
        system = make_network(RECORDED_AT)
        for code in PROGRAMMES:
            accreditation.add_programme(system, code, code, "", counts=code in COUNTING)
        store(system, clinic.records, RECORDED_AT)
        return clinic, with_sites(system)


def month_of(session: dict[str, Any]) -> date:
    return session["on_date"].replace(day=1)  # type: ignore[no-any-return]  # a day


def test_criteria_equal_the_recount(drawn: tuple[RandomClinic, Scope]) -> None:
    clinic, scope = drawn
    plain: Counter[tuple[object, ...]] = Counter()
    for session in clinic.delivered():
        for criterion, verdict in clinic.verdicts_of(session).items():
            plain[criterion.value, session["site"], month_of(session), verdict] += 1
    rows = ask(scope, "criteria_met", Selection(ALL, ALL.last_on), "criterion", "site", "month").rows
    found: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        key = (row.key["criterion"], row.key["site"], row.key["month"])
        found[*key, Verdict.MET] = row.numerator
        found[*key, Verdict.NOT_MET] = row.beside["not met"]
        found[*key, Verdict.NOT_RECORDED] = row.beside["not recorded"]
        assert row.denominator == row.numerator + sum(row.beside.values())
    assert +found == plain
    for by in ((), ("site",), ("month",), ("site", "month")):
        six = ask(scope, "criteria_met", Selection(ALL, ALL.last_on), *by).rows
        assert sum(row.denominator or 0 for row in six) == len(clinic.delivered())
        assert sum(sum(row.excluded.values()) for row in six) == 0


@pytest.mark.parametrize("name", ["phase", "product"])
def test_criteria_and_lapses_of_a_part_equal_the_recount(drawn: tuple[RandomClinic, Scope], name: str) -> None:
    clinic, scope = drawn
    courses = {course["key"]: course for course in clinic.records["courses"]}
    value = {"phase": "maintenance", "product": "esketamine_nasal"}[name]
    chosen = [s for s in clinic.delivered() if {**courses[s["course"]], **s}[name] == value]
    met: Counter[str] = Counter()
    for session in chosen:
        met.update(
            criterion.value for criterion, verdict in clinic.verdicts_of(session).items() if verdict is Verdict.MET
        )
    selection = Selection(ALL, ALL.last_on, **{name: value})  # type: ignore[arg-type]  # one of its filters
    rows = ask(scope, "criteria_met", selection, "criterion").rows
    assert +Counter({row.key["criterion"]: row.numerator for row in rows}) == met
    lapses, under = ask(scope, "supervision_lapse", selection).rows[0], clinic.lapsed()
    assert lapses.denominator == len(chosen)
    assert lapses.numerator == sum(session["key"] in under for session in chosen)


def test_sessions_under_a_lapse_equal_the_recount(drawn: tuple[RandomClinic, Scope]) -> None:
    clinic, scope = drawn
    under = clinic.lapsed()
    delivered = Counter((s["site"], month_of(s)) for s in clinic.delivered())
    lapsed = Counter((s["site"], month_of(s)) for s in clinic.delivered() if s["key"] in under)
    rows = ask(scope, "supervision_lapse", Selection(ALL, ALL.last_on), "site", "month").rows
    assert {(row.key["site"], row.key["month"]): row.denominator for row in rows} == delivered
    assert +Counter({(row.key["site"], row.key["month"]): row.numerator for row in rows}) == lapsed


def plain_standing(clinic: RandomClinic, site: str, programme: str, on: date) -> Standing:
    records = [
        StandingRecord(
            uuid5(UUID(int=1), said["key"]),
            RecordEvent(said["event"]),
            said["effective_on"],
            said["until"],
            RECORDED_AT,
        )
        for said in clinic.records["accreditations"]
        if (said["site"], said["programme"]) == (site, programme)
    ]
    return status_as_of(records, on).standing if records else Standing.NONE


def valid(row: MeasureRow) -> tuple[int, int | None, int]:
    return row.numerator, row.denominator, row.beside["of these conditional"]


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_accreditations_equal_the_recount(drawn: tuple[RandomClinic, Scope], on: date) -> None:
    clinic, scope = drawn
    held = {(s, p): plain_standing(clinic, s, p, on) for s in STATES for p in PROGRAMMES}
    rows = ask(scope, "accreditation_standing", Selection(ALL, on), "programme").rows
    for row in rows:
        standings = [held[site, row.key["programme"]] for site in STATES]
        full, conditional = standings.count(Standing.ACCREDITED), standings.count(Standing.CONDITIONAL)
        assert valid(row) == (full + conditional, len(STATES), conditional)
    assert [row.key["programme"] for row in rows] == sorted(PROGRAMMES)
    any_of = {site: {held[site, programme] for programme in COUNTING} for site in STATES}
    by_site = ask(scope, "accreditation_standing", Selection(ALL, on), "site").rows
    assert {row.key["site"]: row.numerator for row in by_site} == {
        site: int(bool(found & {Standing.ACCREDITED, Standing.CONDITIONAL})) for site, found in any_of.items()
    }
    whole = ask(scope, "accreditation_standing", Selection(ALL, on)).rows
    assert [(row.numerator, row.denominator) for row in whole] == [(sum(row.numerator for row in by_site), len(STATES))]


def test_what_was_recorded_later_was_not_known_then(drawn: tuple[RandomClinic, Scope]) -> None:
    _, scope = drawn
    with reading(scope) as db:
        known = view_known_at(scope, db, RECORDED_AT - timedelta(seconds=1))
        for measure in ("accreditation_standing", "criteria_met", "supervision_lapse"):
            assert (
                sum(
                    row.numerator
                    for row in fetch_measure(scope, db, measure, Selection(ALL, DAYS[2], known=known)).rows
                )
                == 0
            )


def test_closed_sites_are_no_part_of_the_denominator(app: Flask) -> None:
    scope = make_network(RECORDED_AT)
    zone = {"zone": "America/New_York"}
    last = FIRST + timedelta(days=9)
    sites: list[dict[str, Any]] = [
        {"key": "OPN", "name": "O", **zone},
        {"key": "CLD", "name": "C", "closed_on": last, **zone},
    ]
    store(scope, {"sites": sites}, RECORDED_AT)
    scope = with_sites(scope)
    accreditation.add_programme(scope, "p", "P", "", counts=True)
    for on, many, left_out in ((last, 2, 0), (last + timedelta(days=1), 1, 1)):
        for by in ((), ("programme",)):
            row = ask(scope, "accreditation_standing", Selection(ALL, on), *by).rows[0]
            assert (row.numerator, row.denominator, sum(row.excluded.values())) == (0, many, left_out)
