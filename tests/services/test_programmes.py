"""Programmes and criteria: a change makes a new version, and what was judged before keeps its own."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from tests.accredited import accredited_network, person, site_ids
from tests.conftest import NOW
from tests.making import store
from webapp.domain.criteria import FROM_THE_BEGINNING, AssessmentEntry, CriterionText
from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from webapp.domain.programmes import EVERY_TEMPLATE
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role, Verdict
from webapp.queries.accreditation import fetch_programmes, get_programme
from webapp.queries.credentials import fetch_practitioners
from webapp.queries.criteria import (
    SiteCriterion,
    asked_on,
    fetch_assessment_lines,
    fetch_criteria,
    fetch_criteria_matrix,
    fetch_programme_versions,
)
from webapp.queries.standing_records import fetch_credential_records
from webapp.services import accreditation, programmes
from webapp.services.people import network_scope
from webapp.transactions import reading

OCTOBER, DECEMBER = date(2026, 10, 1), date(2026, 12, 1)
SAID = CriterionText("Escort", "Somebody brings each patient.", "A sample")


@pytest.fixture
def scope(app: Flask) -> Scope:
    return accredited_network(NOW)


def cell(scope: Scope, on: date, site: str = "RIV", known_at: datetime | None = None) -> SiteCriterion:
    with reading(scope) as db:
        matrix = fetch_criteria_matrix(scope, db, on, known_at)
    cells = next(cells for programme, cells in matrix.items() if programme.code == "certified")
    return next(each for each in cells if each.site.code == site)


def test_an_old_assessment_keeps_the_version_it_was_made_under(scope: Scope) -> None:
    assert programmes.say_criterion(scope, "certified", "escort", SAID, None, NOW) == 1
    programmes.assess(scope, "RIV", "certified", "escort", AssessmentEntry(Verdict.MET, OCTOBER), NOW)
    changed = CriterionText("Escort", "Somebody brings each patient, and is named.", "A sample")
    later = NOW + timedelta(hours=1)
    assert programmes.say_criterion(scope, "certified", "escort", changed, DECEMBER, later) == 2
    before, after = cell(scope, OCTOBER), cell(scope, DECEMBER)
    assert (before.asked.version, before.found.verdict, before.of_earlier_version) == (1, Verdict.MET, None)
    assert (after.asked.version, after.found.verdict, after.of_earlier_version) == (2, Verdict.MET, 1)
    with reading(scope) as db:
        line = fetch_assessment_lines(scope, db, site_ids(scope)["RIV"], get_programme(scope, db, "certified").id)[0]
    assert (line.criterion.version, line.criterion.wording) == (1, SAID.wording)


def test_a_correction_keeps_the_version_and_the_old_knowledge(scope: Scope) -> None:
    programmes.say_criterion(scope, "certified", "escort", SAID, None, NOW)
    first = programmes.assess(scope, "RIV", "certified", "escort", AssessmentEntry(Verdict.MET, OCTOBER), NOW)
    later = NOW + timedelta(hours=1)
    programmes.say_criterion(scope, "certified", "escort", CriterionText("Escort", "Anew."), OCTOBER, later)
    entry = AssessmentEntry(Verdict.NOT_MET, OCTOBER, note="The sample was read again.", replaces_id=first)
    programmes.assess(scope, "RIV", "certified", "escort", entry, later)
    found = cell(scope, OCTOBER).found
    assert found.verdict is Verdict.NOT_MET and found.deciding is not None and found.deciding.version == 1
    assert cell(scope, OCTOBER, known_at=NOW).found.verdict is Verdict.MET
    with pytest.raises(Conflict):
        programmes.assess(scope, "RIV", "certified", "escort", entry, later)
    with pytest.raises(BadInput, match="not one of this site"):
        programmes.assess(scope, "NGT", "certified", "escort", entry, later)


def test_nobody_looked_at_a_site_after_it_closed(scope: Scope) -> None:
    closed = {"key": "OLD", "name": "Old site", "zone": "America/New_York", "closed_on": date(2026, 5, 31)}
    store(network_scope(scope.network_id), {"sites": [closed]}, NOW)
    officer = person(network_scope(scope.network_id), Role.COMPLIANCE)
    programmes.say_criterion(officer, "certified", "escort", SAID, None, NOW)
    last_day = AssessmentEntry(Verdict.MET, date(2026, 5, 31))
    first = programmes.assess(officer, "OLD", "certified", "escort", last_day, NOW)
    with pytest.raises(BadInput, match="Old site closed on 31 May 2026, so nobody looked at it on 1 Jun 2026"):
        programmes.assess(officer, "OLD", "certified", "escort", AssessmentEntry(Verdict.MET, date(2026, 6, 1)), NOW)
    struck = AssessmentEntry(None, date(2026, 6, 1), note="The site had closed.", replaces_id=first)
    programmes.assess(officer, "OLD", "certified", "escort", struck, NOW)
    assert cell(officer, OCTOBER, "OLD").found.verdict is Verdict.NOT_RECORDED


def test_a_criterion_is_withdrawn_from_a_day_on(scope: Scope) -> None:
    programmes.say_criterion(scope, "certified", "escort", SAID, None, NOW)
    with pytest.raises(Conflict, match="exactly this"):
        programmes.say_criterion(scope, "certified", "escort", SAID, None, NOW)
    programmes.withdraw_criterion(scope, "certified", "escort", DECEMBER, NOW)
    with reading(scope) as db:
        versions = fetch_criteria(scope, db)
    assert [c.code for c in asked_on(versions, DECEMBER - timedelta(days=1))] == ["escort"]
    assert asked_on(versions, DECEMBER) == []
    with pytest.raises(Conflict, match="withdrawn already"):
        programmes.withdraw_criterion(scope, "certified", "escort", DECEMBER, NOW)
    with pytest.raises(BadInput, match="cannot begin before"):
        programmes.say_criterion(scope, "certified", "escort", SAID, OCTOBER, NOW)
    assert programmes.say_criterion(scope, "certified", "escort", SAID, DECEMBER, NOW) == 3
    with pytest.raises(NotFound):
        programmes.assess(scope, "RIV", "certified", "no_such", AssessmentEntry(Verdict.MET, OCTOBER), NOW)


def test_a_renamed_programme_keeps_its_code_and_its_earlier_names(scope: Scope) -> None:
    later = NOW + timedelta(hours=1)
    assert accreditation.change_programme(scope, "certified", "Renamed", "Another body", True, later) == 2
    with reading(scope) as db:
        programme = get_programme(scope, db, "certified")
        (before,) = fetch_programme_versions(scope, db, programme.id)
    assert (programme.name, programme.version, programme.is_template) == ("Renamed", 2, False)
    assert (before.version, before.name, before.counts, before.superseded_at) == (1, "Certified setting", True, later)


def test_templates_come_with_their_criteria_and_are_marked(scope: Scope) -> None:
    for template in EVERY_TEMPLATE:
        programmes.add_template(scope, template.code, NOW)
    with pytest.raises(Conflict):
        programmes.add_template(scope, "dea_registration", NOW)
    with pytest.raises(NotFound):
        programmes.add_template(scope, "none_such", NOW)
    with reading(scope) as db:
        found = {p.code: p for p in fetch_programmes(scope, db)}
        asked = asked_on(fetch_criteria(scope, db), FROM_THE_BEGINNING)
    for template in EVERY_TEMPLATE:
        own = [c for c in asked if c.programme_id == found[template.code].id]
        assert found[template.code].is_template
        assert [(c.code, c.judged_by) for c in own] == [(c.code, c.judged_by) for c in template.criteria]
    dea = {c.code for c in next(t for t in EVERY_TEMPLATE if t.code == "dea_registration").criteria}
    assert dea == {"registration", "inventory", "loss_reports"}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SITE_LEAD, Role.VIEWER])
def test_only_the_officer_writes(scope: Scope, role: Role) -> None:
    other = person(scope, role, ["RIV"])
    entry = AssessmentEntry(Verdict.MET, OCTOBER)
    for attempt in (
        lambda: programmes.say_criterion(other, "certified", "escort", SAID, None, NOW),
        lambda: programmes.add_template(other, "dea_registration", NOW),
        lambda: programmes.assess(other, "RIV", "certified", "escort", entry, NOW),
        lambda: accreditation.link_practitioners(other, other.user_id, scope.user_id, True, "Same.", NOW),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_two_entries_of_one_person_share_their_credentials_from_then_on(scope: Scope) -> None:
    system = network_scope(scope.network_id)
    licence = {"kind": "medical_licence", "event": "granted", "effective_on": date(2025, 1, 1)}
    people = [{"key": key, "name": f"Dr {key}"} for key in ("A", "B", "C")]
    store(system, {"practitioners": people, "credentials": [{"key": "L", "practitioner": "A", **licence}]}, NOW)
    with reading(scope) as db:
        a, b, c = (p.id for p in fetch_practitioners(scope, db))
    later = NOW + timedelta(hours=1)
    accreditation.link_practitioners(scope, b, a, True, "The same signature.", later)
    accreditation.link_practitioners(scope, c, b, True, "A third key.", later + timedelta(hours=1))

    def holders(known_at: datetime | None = None) -> set[object]:
        with reading(scope) as db:
            return {key[0] for key in fetch_credential_records(scope, db, known_at=known_at)}

    assert (holders(NOW), holders(later), holders()) == ({a}, {a, b}, {a, b, c})
    with pytest.raises(Conflict, match="already"):
        accreditation.link_practitioners(scope, a, c, True, "Again.", later)
    with pytest.raises(Conflict, match="never said"):
        accreditation.link_practitioners(scope, a, c, False, "Not so.", later)
    accreditation.link_practitioners(scope, a, b, False, "Two signatures after all.", later + timedelta(hours=2))
    assert holders() == {a}
    with pytest.raises(BadInput, match="two different"):
        accreditation.link_practitioners(scope, a, a, True, "Same.", later)
    with pytest.raises(NotFound):
        accreditation.link_practitioners(scope, a, scope.user_id, True, "Same.", later)
