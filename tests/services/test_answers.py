"""The queue of exceptions and the life of a finding: who may do what, who sees what, and what is overdue."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accredited import person
from tests.conftest import NOW
from tests.making import make_user
from tests.sending import send, site
from tests.services.test_verdict_cells import clinic, licence_of_the_doctor, practitioner
from webapp.domain.answering import State, Step, Taken
from webapp.domain.compliance import Criterion
from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from webapp.domain.filters import parse_filters
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role, Verdict
from webapp.queries.answers import fetch_colleagues, fetch_overdue
from webapp.queries.attention import fetch_attention
from webapp.queries.exceptions import SessionException, count_exceptions, fetch_exceptions, get_exception
from webapp.queries.findings import fetch_findings, get_finding
from webapp.queries.pages.ground import Ground
from webapp.services import accreditation, answers
from webapp.services.people import network_scope
from webapp.transactions import reading

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
TODAY = NOW.date()


@pytest.fixture
def scope(app: Flask) -> Scope:
    return clinic()


def lapse(scope: Scope) -> None:
    doctor = practitioner(scope, "D1")
    entry = licence_of_the_doctor(scope)
    accreditation.record_credential(scope, doctor, "medical_licence", "NY", entry, NOW)


def supervision(scope: Scope) -> list[SessionException]:
    with reading(scope) as db:
        return [one for one in fetch_exceptions(scope, db, MARCH) if one.criterion is Criterion.SUPERVISION]


def say(scope: Scope, one: SessionException, step: Step, wording: str = "", **more: object) -> None:
    wanted = Taken(step, scope.user_id, NOW, wording, **more)  # type: ignore[arg-type]  # its further parts
    answers.take_exception_step(scope, one.session_id, one.criterion, wanted)


def colleague(scope: Scope, role: Role = Role.MANAGER) -> UUID:
    make_user(scope, role, NOW)
    with reading(scope) as db:
        return fetch_colleagues(scope, db)[0].id


def test_a_lapse_found_later_brings_its_sessions_with_since_when_it_is_known(scope: Scope) -> None:
    assert supervision(scope) == []
    lapse(scope)
    found = supervision(scope)
    assert [(one.on_date.day, one.verdict, one.known_since) for one in found] == [
        (20, Verdict.NOT_MET, NOW),
        (11, Verdict.NOT_MET, NOW),
    ]
    with reading(scope) as db:
        every = fetch_exceptions(scope, db, MARCH)
        assert len(every) == count_exceptions(scope, db, MARCH)
        unrecorded = fetch_exceptions(scope, db, MARCH, Verdict.NOT_RECORDED)
        assert len(unrecorded) == count_exceptions(scope, db, MARCH, Verdict.NOT_RECORDED) > 0


def test_explained_by_one_and_closed_by_another(scope: Scope) -> None:
    lapse(scope)
    one = supervision(scope)[0]
    manager, lead = person(scope, Role.MANAGER), person(scope, Role.SITE_LEAD, ["RIV"])
    owner = colleague(scope)
    say(scope, one, Step.ASSIGNED, owner_id=owner, due_on=TODAY)
    say(lead, one, Step.EXPLAINED, "The renewal was late.")
    for other in (lead, person(scope, Role.VIEWER)):
        with pytest.raises(NotAllowed):
            say(other, one, Step.CLOSED)
    say(scope, one, Step.EXPLAINED, "Seen at the board.")
    with pytest.raises(Conflict, match="second person"):
        say(scope, one, Step.CLOSED)
    say(manager, one, Step.CLOSED)
    with reading(scope) as db:
        closed = get_exception(scope, db, one.session_id, Criterion.SUPERVISION)
    assert (closed.standing.state, len(closed.steps)) == (State.CLOSED, 4)
    with pytest.raises(Conflict):
        say(scope, one, Step.EXPLAINED, "Again.")
    say(manager, one, Step.REOPENED, "The board says otherwise.")
    assert supervision(scope)[0].standing.state is State.OPEN


def test_what_is_overdue_is_counted_by_site(scope: Scope) -> None:
    lapse(scope)
    one = supervision(scope)[0]
    owner = colleague(scope)
    say(scope, one, Step.ASSIGNED, owner_id=owner, due_on=TODAY)
    (finding_id,) = answers.raise_finding(scope, ["NGT"], None, "survey", "major", "Found.", TODAY, NOW)
    plan = Taken(Step.PLANNED, scope.user_id, NOW, "Mend it.", owner, TODAY + timedelta(days=3))
    answers.take_finding_step(scope, finding_id, plan)
    with reading(scope) as db:
        assert fetch_overdue(scope, db, TODAY) == []
        found = {(each.kind, each.many, each.oldest_due_on) for each in fetch_overdue(scope, db, date(2027, 1, 1))}
    assert found == {("finding", 1, TODAY + timedelta(days=3)), ("exception", 1, TODAY)}
    say(person(scope, Role.SITE_LEAD, ["RIV"]), one, Step.EXPLAINED, "Late.")
    say(scope, one, Step.CLOSED)
    with reading(scope) as db:
        assert [each.kind for each in fetch_overdue(scope, db, date(2027, 1, 1))] == ["finding"]
    lead = person(scope, Role.SITE_LEAD, ["RIV"])
    with reading(lead) as db:
        assert fetch_overdue(lead, db, date(2027, 1, 1)) == []


def test_what_is_overdue_is_told_to_whoever_may_open_it_and_to_nobody_else(scope: Scope) -> None:
    """A viewer sees both sites and the rest of the list, but neither findings nor exceptions nor how many there are."""
    answers.raise_finding(scope, ["NGT"], None, "survey", "major", "Found.", TODAY, NOW)
    lapse(scope)
    say(scope, supervision(scope)[0], Step.ASSIGNED, owner_id=colleague(scope), due_on=TODAY)
    later = date(2027, 1, 1)

    def told(who: Scope) -> tuple[set[str], str]:
        filters, _ = parse_filters("?period=last_12_months", (), later)
        with reading(who) as db:
            items = fetch_attention(Ground(who, db, filters, later)).items
        overdue = {item.site.code for item in items if item.kind == "Compliance"}
        return overdue, " ".join(item.sentence for item in items)

    manager, lead, viewer = (
        person(scope, Role.MANAGER),
        person(scope, Role.SITE_LEAD, ["RIV"]),
        person(scope, Role.VIEWER),
    )
    assert told(scope)[0] == told(manager)[0] == {"RIV"}
    assert told(lead)[0] == {"RIV"}
    overdue, words = told(viewer)
    assert overdue == set() and words and "overdue" not in words and "exception" not in words


def test_what_is_overdue_at_a_site_that_was_withdrawn_breaks_no_overview(scope: Scope) -> None:
    (finding_id,) = answers.raise_finding(scope, ["NGT"], None, "survey", "major", "Found.", TODAY, NOW)
    planned = Taken(Step.PLANNED, scope.user_id, NOW, "Mend it.", colleague(scope), TODAY)
    answers.take_finding_step(scope, finding_id, planned)
    gone = {**dict.fromkeys(site("NGT"), ""), "key": "NGT", "withdrawn": "yes"}
    assert send(network_scope(scope.network_id), {"sites.csv": [gone]}).message == "1 record was withdrawn."
    later = date(2027, 1, 1)
    filters, _ = parse_filters("", (), later)
    with reading(scope) as db:
        assert fetch_overdue(scope, db, later) != []
        items = fetch_attention(Ground(scope, db, filters, later)).items
    assert "NGT" not in {item.site.code for item in items}


def test_a_finding_of_two_sites_is_one_for_each(scope: Scope) -> None:
    made = answers.raise_finding(scope, ["RIV", "NGT", "RIV"], None, "incident", "critical", "Found.", TODAY, NOW)
    assert len(made) == 2
    lead = person(scope, Role.SITE_LEAD, ["NGT"])
    with reading(lead) as db:
        (own,) = fetch_findings(lead, db)
    with pytest.raises(NotFound), reading(lead) as db:
        get_finding(lead, db, next(one for one in made if one != own.id))
    owner = colleague(scope)
    with pytest.raises(Conflict, match="no plan"):
        answers.take_finding_step(lead, own.id, Taken(Step.DONE, lead.user_id, NOW, "Done."))
    answers.take_finding_step(scope, own.id, Taken(Step.PLANNED, scope.user_id, NOW, "Mend it.", owner, TODAY))
    answers.take_finding_step(lead, own.id, Taken(Step.DONE, lead.user_id, NOW, "Mended."))
    with pytest.raises(NotAllowed):
        answers.take_finding_step(lead, own.id, Taken(Step.VERIFIED, lead.user_id, NOW))
    answers.take_finding_step(scope, own.id, Taken(Step.VERIFIED, scope.user_id, NOW))
    with reading(scope) as db:
        assert get_finding(scope, db, own.id).standing.state is State.CLOSED


def test_a_finding_of_another_site_answers_for_no_session(scope: Scope) -> None:
    lapse(scope)
    one, two = supervision(scope)
    sites = ("RIV", "NGT")
    made = answers.raise_finding(scope, sites, None, "incident", "minor", "Found.", TODAY, NOW)
    with reading(scope) as db:
        found = {get_finding(scope, db, finding_id).site_id: finding_id for finding_id in made}
    elsewhere = next(finding_id for site_id, finding_id in found.items() if site_id != one.site_id)
    wanted = Taken(Step.EXPLAINED, scope.user_id, NOW, "A colleague stepped in.")
    with pytest.raises(BadInput, match="of another site"):
        answers.take_exception_step(scope, one.session_id, one.criterion, wanted, elsewhere)
    answers.take_exception_step(scope, one.session_id, one.criterion, wanted, found[one.site_id])
    assert [each.standing.state for each in supervision(scope)] == [State.EXPLAINED, State.OPEN]
    assert two.steps == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"site_codes": []}, "at least one site"),
        ({"origin": "rumour"}, "Choose how"),
        ({"wording": " "}, "what was found"),
        ({"found_on": date(2027, 1, 1)}, "a past day"),
        ({"wording": "Patient 123-45-6789"}, "identifiers"),
    ],
)
def test_what_a_finding_needs(scope: Scope, change: dict[str, object], words: str) -> None:
    told = {"site_codes": ["RIV"], "criterion": None, "origin": "survey", "severity": "minor", "wording": "Found."}
    with pytest.raises(BadInput, match=words):
        answers.raise_finding(scope, **{**told, "found_on": TODAY, "now": NOW, **change})  # type: ignore[arg-type]  # named


def test_what_a_role_does_not_see_is_not_there(scope: Scope) -> None:
    lapse(scope)
    one = supervision(scope)[0]
    lead, viewer = person(scope, Role.SITE_LEAD, ["NGT"]), person(scope, Role.VIEWER)
    with pytest.raises(NotFound):
        say(lead, one, Step.EXPLAINED, "Not mine.")
    with pytest.raises(NotAllowed), reading(viewer) as db:
        fetch_exceptions(viewer, db, MARCH)
    with pytest.raises(NotFound), reading(viewer) as db:
        get_exception(viewer, db, one.session_id, one.criterion)
    with reading(lead) as db:
        assert fetch_exceptions(lead, db, MARCH) == [] and count_exceptions(lead, db, MARCH) == 0
    with pytest.raises(BadInput, match="from the list"):
        say(scope, one, Step.ASSIGNED, owner_id=UUID(int=99), due_on=TODAY)
    with reading(scope) as db:
        assert db.execute(text("SELECT count(*) FROM exception_step")).scalar_one() == 0
