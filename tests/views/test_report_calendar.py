"""What falls due as a calendar: within one's own reach as it is now, at an address that opens nothing else and dies with its ground."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.conftest import NOW
from tests.making import make_user
from tests.reporting import audited, reporting_network, site_ids
from tests.signing_in import sign_in, signed_in, token_of
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.people import calendar_token_hash
from webapp.services import attempts, calendar_feeds, nightly, people
from webapp.services.calendar_feeds import ENDED, MADE
from webapp.transactions import of_holder, reading, unit_of_work

ADDRESS = re.compile(r"<code>http://127\.0\.0\.1:8050(/calendar/([\w-]{43})\.ics)</code>")


@pytest.fixture(scope="module")
def scope(session_app: Flask) -> Scope:
    with session_app.app_context():
        return reporting_network(NOW)


def member(app: Flask, scope: Scope, role: Role, *sites: str) -> tuple[FlaskClient, UUID]:
    """A new member's browser, and who they are."""
    with app.app_context():
        email = make_user(scope, role, NOW, sites)
        user_id = people.find_user(email)
    assert user_id is not None
    return sign_in(app, email), user_id


def posted(client: FlaskClient, path: str) -> str:
    answer = client.post(path, data={"csrf_token": token_of(client.get("/reports").text)}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def address_of(client: FlaskClient) -> str:
    """A new address, as the page shows it."""
    found = ADDRESS.search(posted(client, "/reports/calendar"))
    assert found is not None
    return found[1]


def read(app: Flask, address: str, asker: str = "127.0.0.1") -> tuple[int, str, str]:
    """What a calendar program, which has no cookie, gets: status, headers and body."""
    answer = app.test_client().get(address, environ_base={"REMOTE_ADDR": asker})
    return answer.status_code, str(answer.headers), answer.text


def change(app: Flask, scope: Scope, statement: str, user_id: UUID) -> None:
    """Alter somebody's rights as whoever keeps the network's people would."""
    with app.app_context(), unit_of_work(scope) as db:
        db.execute(text(statement), {"network": scope.network_id, "user": user_id, "now": NOW})


def test_the_file_holds_what_is_due_within_ones_own_reach(app: Flask, scope: Scope) -> None:
    lead = signed_in(app, scope, Role.SITE_LEAD, "RIV").get("/reports/calendar.ics")
    assert lead.status_code == 200
    assert lead.mimetype == "text/calendar"
    assert "Riverside" in lead.text
    assert "Northgate" not in lead.text
    assert "DTSTART:20261201T110000Z" in lead.text
    assert lead.data.count(b"BEGIN:VEVENT") == lead.data.count(b"UID:") >= 3
    assert all(len(line.encode()) <= 75 for line in lead.data.decode().split("\r\n"))
    assert app.test_client().get("/reports/calendar.ics").status_code == 401


def test_an_address_gives_the_same_to_a_program_that_cannot_sign_in(app: Flask, scope: Scope) -> None:
    client, user_id = member(app, scope, Role.SITE_LEAD, "RIV")
    assert "Subscribe in your calendar" in client.get("/reports").text
    address = address_of(client)
    token = address.split("/")[2].removesuffix(".ics")
    status, headers, body = read(app, address)
    assert (status, body) == (200, client.get("/reports/calendar.ics").text)
    assert "Cache-Control: no-store" in headers
    assert "text/calendar" in headers
    assert "Set-Cookie" not in headers
    assert "attachment" not in headers
    page = client.get("/reports").text
    assert token not in page, "it is shown once"
    assert "Make a new address" in page
    with app.app_context(), reading(scope) as db:
        [kept] = db.execute(text("SELECT token_hash FROM calendar_feed WHERE user_id = :user"), {"user": user_id})
        assert kept.token_hash == calendar_token_hash(token)
        assert token not in str(db.execute(text("SELECT to_jsonb(a) FROM audit_event a")).all())
    before = len(audited(app, scope, ""))
    read(app, address)
    assert len(audited(app, scope, "")) == before, "a program asks each hour: that is no event"


def test_a_new_address_ends_the_one_before_and_the_last_is_ended_by_its_owner(app: Flask, scope: Scope) -> None:
    client, _ = member(app, scope, Role.COMPLIANCE)
    first, second = address_of(client), address_of(client)
    assert first != second
    assert [read(app, each)[0] for each in (first, second)] == [404, 200]
    other, _ = member(app, scope, Role.MANAGER)
    posted(other, "/reports/calendar/end")
    assert read(app, second)[0] == 200, "somebody else's end is none of it"
    assert "The address is ended" in posted(client, "/reports/calendar/end")
    assert read(app, second)[0] == 404
    posted(client, "/reports/calendar/end")
    told = [action for action, _ in audited(app, scope, "reports due") if action in (MADE, ENDED)][-3:]
    assert told == [MADE, MADE, ENDED]


REVOKED = "UPDATE membership SET revoked_at = :now WHERE network_id = :network AND user_id = :user"
LOST = {
    "a membership that was revoked": REVOKED,
    "a membership that is over": REVOKED.replace("revoked_at", "valid_until"),
    "an account that cannot sign in": "UPDATE user_account SET is_active = false WHERE id = :user",
    "an account whose rights were withdrawn": "UPDATE user_account SET authz_version = authz_version + 1 WHERE id = :user",
    "a role without the door": "UPDATE membership SET role = 'viewer' WHERE network_id = :network AND user_id = :user",
    "a role of one packet": "UPDATE membership SET role = 'surveyor' WHERE network_id = :network AND user_id = :user",
}


def test_whatever_is_wrong_with_an_address_the_answer_is_the_same(app: Flask, scope: Scope) -> None:
    guessed = {
        read(app, f"/calendar/{each}.ics")
        for each in ("A" * 43, "A" * 101, "nothing", "%00", "%ff%f0", "'; --", "é", "..", "*")
    }
    assert len(guessed) == 1
    [(status, _, body)] = guessed
    assert status == 404
    assert body.count(".") == 2
    for words, statement in LOST.items():
        client, user_id = member(app, scope, Role.SITE_LEAD, "RIV")
        address = address_of(client)
        assert read(app, address)[0] == 200, words
        change(app, scope, statement, user_id)
        assert {read(app, address)} == guessed, words


def test_whoever_loses_a_site_is_told_of_it_no_more(app: Flask, scope: Scope) -> None:
    client, user_id = member(app, scope, Role.SITE_LEAD, "RIV", "NGT")
    address = address_of(client)
    assert "Northgate" in read(app, address)[2]
    losing = "DELETE FROM membership_site WHERE network_id = :network AND user_id = :user AND site_id = "
    change(app, scope, f"{losing} (SELECT id FROM site WHERE code = 'NGT')", user_id)
    status, _, body = read(app, address)
    assert status == 200
    assert "Riverside" in body
    assert "Northgate" not in body
    assert str(site_ids_in(app, scope)["NGT"]) not in body
    change(app, scope, f"{losing} (SELECT id FROM site WHERE code = 'RIV')", user_id)
    assert "VEVENT" not in read(app, address)[2], "no site is nothing, never everything"


def site_ids_in(app: Flask, scope: Scope) -> dict[str, UUID]:
    with app.app_context():
        return site_ids(scope)


def test_an_address_belongs_to_one_network_of_a_person_of_two(app: Flask, scope: Scope) -> None:
    sites = (("BAY", "Bayview", "America/New_York"), ("DAL", "Dale", "America/New_York"))
    client, user_id = member(app, scope, Role.SITE_LEAD, "RIV")
    address = address_of(client)
    with app.app_context():
        other = reporting_network(NOW, sites=sites)
        people.add_member(other, user_id, Role.MANAGER, (), NOW)
    assert "Bayview" not in read(app, address)[2]
    assert "Riverside" in read(app, address)[2]
    change(app, other, REVOKED, user_id)
    assert read(app, address)[0] == 200
    change(app, other, REVOKED.replace(":now", "NULL"), user_id)
    change(app, scope, REVOKED, user_id)
    assert read(app, address)[0] == 404, "a place in another network opens nothing in this one"
    hashed = calendar_token_hash(address.split("/")[2].removesuffix(".ics"))
    with app.app_context():
        with of_holder(hashed) as db:
            assert db.execute(text("SELECT user_id FROM calendar_feed")).scalars().all() == [user_id]
        with of_holder(calendar_token_hash("")) as db:
            assert db.execute(text("SELECT 1 FROM calendar_feed")).all() == []
            with pytest.raises(ProgrammingError, match="is set for this transaction"):
                db.execute(text("DELETE FROM calendar_feed"))
        with reading(other) as db:
            assert db.execute(text("SELECT 1 FROM calendar_feed")).all() == []


def test_an_address_that_lapsed_stays_dead_when_its_holder_comes_back(app: Flask, scope: Scope) -> None:
    client, user_id = member(app, scope, Role.SITE_LEAD, "RIV")
    kept, _ = member(app, scope, Role.SITE_LEAD, "RIV")
    address, others = address_of(client), address_of(kept)
    change(app, scope, REVOKED, user_id)
    with app.app_context():
        nightly.look_after(NOW)
        assert calendar_feeds.end_lapsed(scope, NOW) == 0
    change(app, scope, REVOKED.replace(":now", "NULL"), user_id)
    assert [read(app, each)[0] for each in (address, others)] == [404, 200]
    assert "Subscribe in your calendar" in client.get("/reports").text


def test_whoever_tries_many_addresses_is_stopped_for_a_while(app: Flask, scope: Scope) -> None:
    client, _ = member(app, scope, Role.SITE_LEAD, "RIV")
    address = address_of(client)
    asker = "192.0.2.7"
    key = attempts.key_of(f"calendar from {asker}", app.config["SECRET_KEY"])
    with app.app_context():
        attempts.note_failure([key] * (attempts.MOST_FROM_AN_ADDRESS - 1), NOW)
    assert read(app, "/calendar/guessed.ics", asker)[0] == 404
    assert [read(app, f"/calendar/{each}.ics", asker)[0] for each in ("guessed", "A" * 43)] == [429, 429]
    assert read(app, "/calendar/guessed.ics")[0] == 404, "nobody else is stopped"
    assert read(app, address, asker)[0] == 200, "nor is whoever holds an address and shares the network with them"
    with app.app_context():
        assert attempts.are_too_many([(key, attempts.MOST_FROM_AN_ADDRESS)], NOW)
        assert not attempts.are_too_many([(key, attempts.MOST_FROM_AN_ADDRESS)], NOW + timedelta(minutes=15))
