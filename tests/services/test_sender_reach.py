"""A site lead sends the treatment of their own sites, and finds out nothing of the others."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.making import make_network
from tests.sending import Row, batch_of, clinic, course, lead_of, reasons, send, session, site
from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import BatchState
from webapp.queries.imports import NO_LONGER_YOURS, fetch_batches
from webapp.transactions import reading


@pytest.fixture
def scope(app: Flask) -> Scope:
    """A network of two sites with a course each."""
    made = make_network(NOW)
    send(made, clinic("RIV"))
    send(made, clinic("NGT"))
    send(made, {"practitioners.csv": [{"key": "P1", "name": "Dr. One"}]})
    return made


@pytest.fixture
def lead(scope: Scope) -> Scope:
    return lead_of(scope, "RIV")


def test_a_lead_sends_sessions_of_their_own_site(scope: Scope, lead: Scope) -> None:
    batch = send(
        lead, {"courses.csv": [course("new")], "sessions.csv": [session("new-1", "new"), session("S9", "RIV-C")]}
    )
    assert (batch.state, batch.rows_stored) == (BatchState.STORED, 3)


@pytest.mark.parametrize("foreign", ["course", "session"])
def test_another_site_reads_like_one_that_does_not_exist(scope: Scope, lead: Scope, foreign: str) -> None:
    other_network = make_network(NOW, "Prairie")
    send(other_network, clinic("PRA"))
    found = []
    for code in ("NGT", "PRA", "ZZZ"):
        row = course("new", code) if foreign == "course" else session("new", "RIV-C", code)
        batch = send(lead, {f"{foreign}s.csv": [row]})
        assert batch.state is BatchState.REFUSED
        found.append([(r.rule, r.field, r.sentence.replace(code, "?")) for r in reasons(lead, batch)])
    assert found[0] == found[1] == found[2]
    assert [rule for rule, *_ in found[0]] == ["unknown_site"]


def test_the_manager_too_finds_a_foreign_networks_site_unknown(scope: Scope) -> None:
    send(make_network(NOW, "Prairie"), clinic("PRA"))
    found = []
    for code in ("PRA", "ZZZ"):
        batch = send(scope, {"courses.csv": [course("new", code)]})
        found.append([(r.rule, r.sentence.replace(code, "?")) for r in reasons(scope, batch)])
    assert found[0] == found[1]


def test_a_course_or_session_of_another_site_cannot_be_referred_to(scope: Scope, lead: Scope) -> None:
    batch = send(lead, {"sessions.csv": [session("new", "NGT-C")]})
    assert [r.rule for r in reasons(lead, batch)] == ["unknown_reference"]
    batch = send(lead, {"screens.csv": [{"key": "S", "session": "NGT-0", "asked_how": "solicited"}]})
    assert [r.rule for r in reasons(lead, batch)] == ["unknown_reference"]


def test_a_record_of_another_site_cannot_be_taken_over(scope: Scope, lead: Scope) -> None:
    """Nor through a side effect that refers to the taken-over session in the same batch."""
    batch = send(
        lead,
        {
            "courses.csv": [course("NGT-C")],
            "sessions.csv": [session("NGT-0", "RIV-C")],
            "side_effects.csv": [{"key": "E", "session": "NGT-0", "term": "nausea", "severity": "1"}],
        },
        accept_good_rows=True,
    )
    assert [(r.record_type, r.rule) for r in reasons(lead, batch)] == [
        ("courses", "not_of_your_sites"),
        ("sessions", "not_of_your_sites"),
        ("side_effects", "unknown_reference"),
    ]
    assert batch.state is BatchState.REFUSED


def test_what_only_the_manager_changes_is_left_out_or_refused(scope: Scope, lead: Scope) -> None:
    files: dict[str, bytes | Sequence[Row]] = {
        "sites.csv": [site("RIV", name="Renamed")],
        "practitioners.csv": [{"key": "P1", "name": "Renamed"}],
        "sessions.csv": [session("S9", "RIV-C", administered_by="P1")],
    }
    batch = send(lead, files)
    assert (batch.state, batch.rows_stored, batch.rows_changed) == (BatchState.STORED, 1, 0)
    assert "only the network's manager changes it" in batch.message
    batch = send(lead, {"sites.csv": [site("NGT"), site("NEW")], "practitioners.csv": [{"key": "P2", "name": "Two"}]})
    assert [(r.record_type, r.rule) for r in reasons(lead, batch)] == [
        ("sites", "unknown_site"),
        ("sites", "unknown_site"),
        ("practitioners", "manager_only"),
    ]


def test_a_lead_sees_only_batches_of_their_sites(scope: Scope, lead: Scope) -> None:
    own = send(lead, {"sessions.csv": [session("S9", "RIV-C")]})
    with reading(lead) as db:
        assert [batch.id for batch in fetch_batches(lead, db, 50)] == [own.id]
    colleague = lead_of(scope, "RIV", user_id=UUID(int=8))
    with reading(colleague) as db:
        assert [batch.id for batch in fetch_batches(colleague, db, 50)] == [own.id]
    elsewhere = lead_of(scope, "NGT", user_id=UUID(int=9))
    with reading(elsewhere) as db:
        assert fetch_batches(elsewhere, db, 50) == []
    with reading(scope) as db:
        assert len(fetch_batches(scope, db, 50)) == 4


@pytest.mark.parametrize("today", [("NGT",), ()])
def test_whoever_lost_a_site_reads_counts_of_what_they_sent_for_it_and_no_value(
    scope: Scope, lead: Scope, today: Sequence[str]
) -> None:
    sent = send(lead, {"sessions.csv": [session("SECRET-9", "RIV-C", status="SECRET status")]})
    assert any("SECRET status" in reason.value + reason.sentence for reason in reasons(lead, sent))
    moved = lead_of(scope, *today, user_id=lead.user_id)
    found = batch_of(moved, sent.id)
    assert (found.rows_read, found.rows_rejected) == (sent.rows_read, sent.rows_rejected)
    assert found.message == NO_LONGER_YOURS
    told = reasons(moved, found)
    assert [(r.line, r.field, r.rule) for r in told] == [(r.line, r.field, r.rule) for r in reasons(lead, sent)]
    assert "SECRET" not in str(told)
    wider = lead_of(scope, "RIV", "NGT", user_id=lead.user_id)
    assert reasons(wider, batch_of(wider, sent.id)) == reasons(lead, sent)


def test_what_a_manager_sent_stays_the_networks_when_they_become_a_lead(scope: Scope) -> None:
    sent = send(scope, {"courses.csv": [course("new", "SECRET")]})
    assert "SECRET" in str(reasons(scope, sent))
    lead = lead_of(scope, "RIV", "NGT", user_id=scope.user_id)
    assert "SECRET" not in str(reasons(lead, sent))
    with pytest.raises(NotFound):
        batch_of(lead_of(scope, "RIV", "NGT"), sent.id)


def test_a_lead_of_no_site_sends_nothing(scope: Scope) -> None:
    nobody = lead_of(scope)
    batch = send(nobody, {"sessions.csv": [session("S9", "RIV-C")]})
    assert {r.rule for r in reasons(nobody, batch)} == {"unknown_site", "unknown_reference"}
    assert "RIV" not in str(reasons(nobody, batch))
    with pytest.raises(NotFound):
        batch_of(lead_of(scope, "RIV", user_id=UUID(int=8)), batch.id)
