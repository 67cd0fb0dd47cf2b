"""Reminders: once a threshold whatever the outages, never for what was renewed, put off with a reason, escalated to the manager."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accredited import accredited_network, person
from tests.conftest import NOW
from tests.making import make_network
from tests.tracing import traced_network
from webapp.domain.criteria import AssessmentEntry, CriterionText
from webapp.domain.errors import BadInput, NotAllowed, NotFound
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent, Role, Verdict
from webapp.queries.reminders import fetch_reminding
from webapp.services import accreditation, programmes, reminders
from webapp.services.people import network_scope
from webapp.transactions import reading

TODAY = NOW.date()


@pytest.fixture
def scope(app: Flask) -> Scope:
    """RIV's programme ends in 100 days."""
    scope = accredited_network(NOW)
    accreditation.record(scope, "RIV", "certified", _entry(RecordEvent.GRANTED, 100), NOW)
    return scope


def _entry(event: RecordEvent, days: int) -> Entry:
    return Entry(event, date(2026, 1, 1), TODAY + timedelta(days=days), "")


def entered(scope: Scope) -> list[int]:
    with reading(scope) as db:
        return list(db.execute(text("SELECT threshold FROM reminder ORDER BY entered_at, threshold DESC")).scalars())


def run(scope: Scope, *days: int) -> int:
    return sum(reminders.remind_network(network_scope(scope.network_id), NOW + timedelta(days=day)) for day in days)


def test_each_threshold_is_entered_once_however_often_it_is_rung_for(scope: Scope) -> None:
    assert run(scope, 0, 9) == 0
    run(scope, *(day for day in range(10, 130) for _ in range(2)))
    assert entered(scope) == [90, 60, 30, 7, 0, -7, -14, -21, -28]


def test_an_outage_is_not_made_up_for(scope: Scope) -> None:
    assert run(scope, 75, 75) == 1
    assert run(scope, 112) == 1
    assert entered(scope) == [30, -7]


def test_what_is_renewed_is_left_alone_and_ends_anew(scope: Scope) -> None:
    run(scope, 10)
    accreditation.record(scope, "RIV", "certified", _entry(RecordEvent.RENEWED, 400), NOW)
    assert run(scope, 40, 93, 110) == 0
    assert run(scope, 310) == 1
    assert entered(scope) == [90, 90]


def test_a_credential_ends_too(scope: Scope) -> None:
    traced = traced_network("Other")
    run(traced, 0)
    with reading(traced) as db:
        (line,) = fetch_reminding(traced, db, TODAY)
    assert line.ending.label == "Nora Nurse: nursing licence, NY"
    assert (line.ending.ends_on, line.threshold, line.entered_at) == (date(2026, 10, 10), -42, NOW)
    assert entered(scope) == []


def test_an_assessment_ends_too_and_a_later_look_renews_it(scope: Scope) -> None:
    programmes.say_criterion(scope, "certified", "drill", CriterionText("Drill", "A drill each year."), None, NOW)
    looked = AssessmentEntry(Verdict.MET, TODAY, TODAY + timedelta(days=30))
    programmes.assess(scope, "NGT", "certified", "drill", looked, NOW)
    assert run(scope, 0, 0) == 1
    with reading(scope) as db:
        (line,) = fetch_reminding(scope, db, TODAY)
        (over,) = [
            one
            for one in fetch_reminding(scope, db, TODAY + timedelta(days=39))
            if one.ending.subject == line.ending.subject
        ]
    assert (line.ending.ends_on, line.threshold, line.entered_at) == (looked.until, 30, NOW)
    assert line.ending.label == "Site NGT: Certified setting, Drill"
    assert (over.days_left, over.threshold) == (-9, -7)
    again = NOW + timedelta(days=20)
    programmes.assess(scope, "NGT", "certified", "drill", AssessmentEntry(Verdict.MET, again.date()), again)
    with reading(scope) as db:
        days = (TODAY + timedelta(days=25), TODAY + timedelta(days=60))
        told = [
            one.ending.label for day in days for one in fetch_reminding(scope, db, day) if "Drill" in one.ending.label
        ]
    assert told == []


def test_the_manager_is_told_from_seven_days_on(scope: Scope) -> None:
    manager = person(network_scope(scope.network_id), Role.MANAGER)
    with reading(scope) as db:
        for days, of_officer, of_manager in ((0, 0, 0), (10, 1, 0), (92, 1, 0), (93, 1, 1), (101, 1, 1)):
            day = TODAY + timedelta(days=days)
            assert len(fetch_reminding(scope, db, day)) == of_officer, days
            assert len(fetch_reminding(manager, db, day)) == of_manager, days
        with pytest.raises(NotAllowed):
            fetch_reminding(person(network_scope(scope.network_id), Role.VIEWER), db, TODAY)


def test_one_that_was_put_off_is_entered_after_it(scope: Scope) -> None:
    at = NOW + timedelta(days=10)
    with reading(scope) as db:
        (line,) = fetch_reminding(scope, db, at.date())
    ending, until = line.ending, at.date() + timedelta(days=20)
    reminders.snooze(scope, ending.subject, ending.ends_on, until, "The renewal is on its way.", at)
    assert run(scope, 10, 29) == 0
    assert run(scope, 30) == 1
    with reading(scope) as db:
        (line,) = fetch_reminding(scope, db, at.date())
        assert (line.snoozed_until, line.reason) == (until, "The renewal is on its way.")
    with pytest.raises(NotFound):
        reminders.snooze(scope, "accreditation nothing", ending.ends_on, until, "Why", at)
    with pytest.raises(BadInput):
        reminders.snooze(scope, ending.subject, ending.ends_on, at.date(), "Why", at)
    with pytest.raises(NotAllowed):
        reminders.snooze(
            person(network_scope(scope.network_id), Role.MANAGER), ending.subject, ending.ends_on, until, "W", at
        )


def test_nobody_is_reminded_of_another_network(scope: Scope) -> None:
    other = make_network(NOW)
    run(scope, 10)
    assert run(other, 10) == 0 and entered(other) == []
