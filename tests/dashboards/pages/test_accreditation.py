"""The accreditation page: the same answer as the queries, and to each role no more than it may see."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from dashboards.pages.accreditation import PAGE, build
from dashboards.shell import PageRequest
from tests.accredited import accredited_network, person
from tests.conftest import NOW
from tests.making import make_network
from tests.queries.random_clinic import RECORDED_AT
from tests.queries.test_session_criteria import LATER, lapse_found_later
from tests.tracing import traced_network
from webapp.domain.filters import SiteChoice, parse_filters
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent, Role, Standing
from webapp.presentation.viewer import Viewer
from webapp.queries.credentials import fetch_practitioners
from webapp.queries.pages import accreditation_day
from webapp.queries.pages.accreditation import panels
from webapp.queries.pages.accreditation_day import asked_of
from webapp.queries.pages.ground import Ground
from webapp.queries.sites import fetch_sites
from webapp.services import accreditation
from webapp.transactions import reading

E = RecordEvent
TODAY = NOW.date()


def asking(scope: Scope, search: str = "") -> PageRequest:
    with reading(scope) as db:
        sites = tuple(SiteChoice(s.id, s.code, s.name) for s in fetch_sites(scope, db))
    filters, _ = parse_filters(search, [s.code for s in sites], TODAY, PAGE.period)
    viewer = Viewer("Ana", scope.role, "Tidewater", sites, len(sites), TODAY)
    return PageRequest(viewer, scope.narrow(filters.site_ids(sites)), filters, PAGE)


def shown(scope: Scope, search: str = "") -> str:
    """Everything that goes to the browser."""
    body = build(asking(scope, search))
    return json.dumps([body.context, body.children, body.foot], default=plain, ensure_ascii=False)


def plain(part: Any) -> Any:
    return part.to_plotly_json() if hasattr(part, "to_plotly_json") else str(part)


def table_of(scope: Scope, key: str, search: str = "") -> list[tuple[Any, ...]]:
    request = asking(scope, search)
    with reading(request.scope) as db:
        found = panels(Ground(request.scope, db, request.filters, TODAY))
    return next(list(panel.table.rows) for panel in found if panel.table.key == key)


@pytest.fixture
def scope(app: Flask) -> Scope:
    made = accredited_network(RECORDED_AT - timedelta(days=1))
    accreditation.record(
        made, "RIV", "certified", Entry(E.GRANTED, date(2026, 1, 1), TODAY + timedelta(days=23)), RECORDED_AT
    )
    accreditation.record(made, "NGT", "certified", Entry(E.GRANTED, date(2026, 1, 1)), RECORDED_AT)
    accreditation.record(
        made, "NGT", "certified", Entry(E.SUSPENDED, date(2026, 3, 1), note="No <b>oxygen</b>."), LATER
    )
    return made


def test_the_matrix_says_each_standing_in_words_and_tone(scope: Scope) -> None:
    assert table_of(scope, "matrix") == [
        ("Site NGT", "Suspended since 1 Mar 2026", "No record"),
        ("Site RIV", "Valid to 15 Dec 2026 (23 days)", "No record"),
    ]
    page = shown(scope)
    assert '"tones": [[null, "bad", null], [null, "ok", null]]' in page
    assert "**" not in page and "Site NGT" in page
    assert table_of(scope, "ending") == [("Site RIV: Certified setting", 23, date(2026, 12, 15), "Expired", "30 days")]
    assert "Ending within 90 days: " in page


def test_a_past_day_as_known_then_says_what_is_known_otherwise_now(scope: Scope) -> None:
    asked = "?as_of=2026-03-10&known=then"
    assert table_of(scope, "matrix", asked)[0] == ("Site NGT", "Valid, no end set", "No record")
    assert table_of(scope, "matrix", "?as_of=2026-03-10")[0] == ("Site NGT", "Suspended since 1 Mar 2026", "No record")
    assert table_of(scope, "restated", asked) == [("Site NGT", "Certified setting", "Valid", "Suspended")]
    page = shown(scope, asked)
    assert "1 cell reads otherwise by what is known now." in page
    assert "as known at the end of that day" in page
    assert "reads the same as what is known now" in shown(scope, "?as_of=2026-02-10&known=then")
    assert "That day is not over yet" in shown(scope, "?known=then")


def test_a_day_before_anything_was_known_and_a_future_day_are_said_to_be_such(scope: Scope) -> None:
    early = shown(scope, "?as_of=2025-06-01&known=then")
    assert "Nothing was on record about these sites by then; the first record is of 1 Jan 2026" in early
    assert table_of(scope, "matrix", "?as_of=2025-06-01&known=then")[1] == ("Site RIV", "No record", "No record")
    future = shown(scope, "?as_of=2026-12-20")
    assert "That day is still to come: this is how things stand by what is recorded today." in future
    assert table_of(scope, "matrix", "?as_of=2026-12-20")[1][1].startswith("Expired")
    assert "Nothing was on record" not in future


def test_records_that_contradict_each_other_stand_side_by_side_and_the_rule_beside_them(scope: Scope) -> None:
    """Recorded at one instant for one day: granted without an end, and revoked."""
    for event in (E.GRANTED, E.REVOKED):
        accreditation.record(scope, "RIV", "registered", Entry(event, date(2026, 4, 1), note="A letter."), NOW)
    history = table_of(scope, "history", "?site=RIV")
    assert [row[2] for row in history if row[1] == "Registration"] == ["Revoked", "Granted"]
    page = shown(scope, "?site=RIV")
    assert "of one day the one recorded later decides" in page
    assert table_of(scope, "matrix")[1][2].startswith("Revoked since 1 Apr 2026")


def test_one_site_shows_its_history_and_the_officer_may_correct(scope: Scope) -> None:
    page = shown(scope, "?site=NGT")
    assert "What was recorded about Site NGT?" in page and "No <b>oxygen</b>." in page
    assert "/accreditation/record?site=NGT&programme=certified&replaces=" in page
    assert [row[1:] for row in table_of(scope, "standings", "?site=NGT")] == [
        (date(2026, 3, 1), None, "Suspended"),
        (date(2026, 1, 1), date(2026, 2, 28), "Valid"),
    ]
    lead = person(scope, Role.SITE_LEAD, ["NGT"])
    page = shown(lead)
    assert "What was recorded about Site NGT?" in page and "Site RIV" not in page
    assert "/accreditation/record" not in page
    assert "Nothing was recorded about Site RIV by then" in shown(scope, "?site=RIV&as_of=2025-01-01&known=then")


def test_sessions_under_a_lapse_are_for_staff_alone(app: Flask) -> None:
    scope = lapse_found_later(RECORDED_AT)
    accreditation.record(scope, "RIV", "certified", Entry(E.GRANTED, date(2026, 1, 1)), RECORDED_AT)
    page = shown(scope)
    assert "2 sessions" in page and "Dr Alma" in page and "supervising person: expired" in page
    (row, _) = table_of(scope, "lapsed_sessions")
    assert row[:3] == (date(2026, 3, 20), "Site RIV", "supervising person: expired")
    assert row[3] == LATER and row[6] == "Qualified supervision"
    viewer = person(scope, Role.VIEWER)
    page = shown(viewer)
    assert "2 sessions" not in page and "Dr Alma" not in page and str(row[-1]) not in page
    keys = {"matrix", "restated", "ending"}
    with reading(viewer) as db:
        assert {p.table.key for p in panels(Ground(viewer, db, asking(viewer).filters, TODAY))} == keys


def test_criteria_carry_their_interval_and_their_caveat(app: Flask) -> None:
    scope = lapse_found_later(RECORDED_AT)
    rows = {row[0]: row for row in table_of(scope, "criteria")}
    _, rate, low, high, n, met, not_met, not_recorded = rows["Qualified supervision"]
    assert (rate, n, met, not_met, not_recorded) == (0.5, 4, 2, 2, 0) and low < rate < high
    assert "recorded as met, not lawful" in shown(scope)


def test_another_network_of_the_same_names_shows_nothing(scope: Scope) -> None:
    stranger = accredited_network(NOW)
    assert [row[1:] for row in table_of(stranger, "matrix")] == [("No record", "No record")] * 2
    assert "oxygen" not in shown(stranger, "?site=NGT")


def test_a_network_without_programmes_says_what_to_do(app: Flask) -> None:
    system = make_network(NOW)
    assert "No programme is known yet" in shown(person(system, Role.MANAGER))


def test_people_by_credential_stand_in_a_cross_table_on_any_day_and_as_known_then(app: Flask) -> None:
    """One row a person, one column a credential; of two states the cell names both, and is as bad as the worse."""
    scope = traced_network("Crossing")
    with reading(scope) as db:
        nora = next(one for one in fetch_practitioners(scope, db) if one.name == "Nora Nurse")
    granted = Entry(E.GRANTED, date(2026, 1, 1), date(2026, 12, 31))
    accreditation.record_credential(scope, nora.id, "nursing_licence", "NJ", granted, NOW)
    accreditation.record_credential(scope, nora.id, "acls", None, granted, NOW)
    rows = {row[0]: row[2:] for row in table_of(scope, "credential_matrix")}
    lines = table_of(scope, "credentials")
    assert set(rows) == {"Nora Nurse", "Dr Alma"} and len(lines) == 3
    said = {(line[0], line[3]): line[4] for line in lines if line[2] == "nursing licence"}
    (cell,) = (words for words in rows["Nora Nurse"] if words.startswith("NJ: "))
    assert cell == f"NJ: {said['Nora Nurse', 'NJ']}; NY: {said['Nora Nurse', 'NY']}"
    assert set(rows["Dr Alma"]) == {"No record"}
    request = asking(scope)
    with reading(request.scope) as db:
        ground = Ground(request.scope, db, request.filters, TODAY)
        people = accreditation_day.people(ground, asked_of(ground))
    column = next(c.key for c in people.table.columns if c.label.lower().startswith("nursing"))
    assert people.standings[str(nora.id), column] is Standing.EXPIRED
    before = {row[0]: row[2:] for row in table_of(scope, "credential_matrix", "?as_of=2026-11-20&known=then")}
    assert before["Nora Nurse"] == ("No record", "NJ: No record; NY: Expired since 11 Oct 2026")
    assert "Nora Nurse" in shown(scope) and "credential_matrix" in shown(scope)
