"""Who is asking: from a cookie to a person, anew at each request; and the guard in front of every door."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.conftest import NOW, STORED_AS
from tests.isolation.asking import Somebody, form_token, question, sign_in, without_token
from tests.making import PASSWORD, make_network, make_user, store
from tests.reporting import site
from tests.whole_app import WholeApp, make_whole_app
from webapp import access
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.navigation import landing_for
from webapp.services import people
from webapp.services import sign_in as signing_in
from webapp.transactions import of_nobody, reading, unit_of_work

pytestmark = pytest.mark.xdist_group("access")  # what is made once for all of them is made on one worker

ZONE = "America/New_York"


@pytest.fixture(scope="module")
def whole(settings: dict[str, object]) -> WholeApp:
    return make_whole_app(settings)


@pytest.fixture
def app(whole: WholeApp) -> Iterator[Flask]:
    """The application outside any context; its clock is put back afterwards."""
    whole.clock.instant = NOW
    yield whole.app
    whole.clock.instant = NOW


@pytest.fixture(scope="module")
def scope(whole: WholeApp) -> Scope:
    """A network of three sites."""
    with whole.app.app_context():
        made = make_network(NOW)
        store(made, {"sites": [site(code, f"Site {code}", ZONE) for code in ("NGT", "RIV", "SEA")]}, NOW)
    return made


def person(whole: WholeApp, scope: Scope, role: Role, *sites: str) -> tuple[Somebody, UUID]:
    """A new person, signed in, and their id."""
    with whole.app.app_context():
        email = make_user(scope, role, NOW, sites)
    return sign_in(whole, email), id_of(whole, email)


def id_of(whole: WholeApp, email: str) -> UUID:
    with whole.app.app_context(), of_nobody() as db:
        found: UUID = db.execute(
            text("SELECT id FROM user_account WHERE email = :email"), {"email": email}
        ).scalar_one()
        return found


def copied(whole: WholeApp, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookie."""
    cookie = client.get_cookie("dripline")
    assert cookie is not None
    other = whole.app.test_client()
    other.set_cookie("dripline", cookie.value)
    return other


def refused_events(whole: WholeApp, scope: Scope, user_id: UUID) -> list[str]:
    with whole.app.app_context(), reading(scope) as db:
        statement = text("SELECT object FROM audit_event WHERE user_id = :user AND outcome = 'refused' ORDER BY number")
        return list(db.execute(statement, {"user": user_id}).scalars())


def test_a_guess_at_a_password_is_dear() -> None:
    """scrypt with 32 MiB, as Werkzeug's own default; not what the tests make of it for themselves."""
    method, rounds, block, _ = STORED_AS.split(":")
    assert (method, int(rounds) * int(block) * 128) >= ("scrypt", 32 * 2**20)
    assert signing_in._NOBODY.startswith(f"{STORED_AS}$")  # else who has an account could be told by the time it takes


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER])
def test_everybody_starts_on_their_own_page(app: Flask, whole: WholeApp, scope: Scope, role: Role) -> None:
    somebody, _ = person(whole, scope, role, *(["RIV"] if role is Role.SITE_LEAD else []))
    answer = somebody.client.get("/")
    assert answer.status_code == 302
    assert answer.location == landing_for(role)
    assert somebody.client.get(answer.location).status_code == 200


def test_the_scope_holds_the_sites_of_the_membership(app: Flask, whole: WholeApp, scope: Scope) -> None:
    with app.app_context():
        ids = {code: found for code, found in _sites(scope)}
    for role, codes, seen in (
        (Role.SITE_LEAD, ["RIV", "SEA"], {ids["RIV"], ids["SEA"]}),
        (Role.SITE_LEAD, [], set()),
        (Role.MANAGER, [], set(ids.values())),
        (Role.VIEWER, ["RIV"], set(ids.values())),
    ):
        somebody, user_id = person(whole, scope, role, *codes)
        with somebody.client as client:
            client.get("/sign-in")
            found = access.current_scope()
        assert found == Scope(
            scope.network_id, user_id, role, frozenset(seen), whole_network=role is not Role.SITE_LEAD
        )


def _sites(scope: Scope) -> list[tuple[str, UUID]]:
    with reading(scope) as db:
        return [(code, found) for code, found in db.execute(text("SELECT code, id FROM site"))]


def test_a_browser_is_sent_to_the_form_and_a_program_is_told(app: Flask) -> None:
    client = app.test_client()
    browser = client.get("/reports?month=2026-10", headers={"Accept": "text/html"})
    assert browser.status_code == 302
    assert browser.location == "/sign-in?next=/reports?month%3D2026-10"
    for path in (
        "/reports",
        "/nothing-here",
        "/d/overview",
        "/d/_dash-layout",
        "/d/_dash-dependencies",
        "/d/_reload-hash",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.text) == (401, "Sign in first.\n")
    assert client.get("/d/_dash-layout", headers={"Accept": "text/html"}).status_code == 401


def test_the_pages_data_are_refused_without_a_session(app: Flask, whole: WholeApp) -> None:
    answer = app.test_client().post("/d/_dash-update-component", json=question(whole, "/d/overview"))
    assert answer.status_code == 401
    assert "page-body" not in answer.text


def test_a_copied_cookie_dies_with_the_sign_out(app: Flask, whole: WholeApp, scope: Scope) -> None:
    somebody, _ = person(whole, scope, Role.MANAGER)
    thief = copied(whole, somebody.client)
    assert thief.get("/reports").status_code == 200
    form = {"csrf_token": form_token(somebody.client, "/reports")}
    assert somebody.client.post("/sign-out", data=form).status_code == 302
    assert thief.get("/reports").status_code == 401
    assert Somebody(whole, thief).post(question(whole, "/d/overview")).status_code == 401
    assert somebody.client.get("/reports").status_code == 401


def test_signing_out_needs_the_token(app: Flask, whole: WholeApp, scope: Scope) -> None:
    somebody, _ = person(whole, scope, Role.MANAGER)
    assert somebody.client.post("/sign-out").status_code == 400
    assert somebody.client.get("/sign-out").status_code in (404, 405)
    assert somebody.client.get("/reports").status_code == 200


def test_signing_in_makes_a_new_session(app: Flask, whole: WholeApp, scope: Scope) -> None:
    with app.app_context():
        email = make_user(scope, Role.MANAGER, NOW)
    client = app.test_client()
    token = form_token(client, "/sign-in")
    before = client.get_cookie("dripline")
    assert before is not None
    client.post("/sign-in", data={"email": email, "password": PASSWORD, "csrf_token": token})
    after = client.get_cookie("dripline")
    assert after is not None
    assert after.value != before.value
    other = app.test_client()
    other.set_cookie("dripline", before.value)
    assert other.get("/reports").status_code == 401


def test_a_person_who_was_deactivated_is_out_at_the_next_call(app: Flask, whole: WholeApp, scope: Scope) -> None:
    somebody, user_id = person(whole, scope, Role.MANAGER)
    assert somebody.ask("/d/accreditation").status == 200
    with app.app_context():
        people.deactivate(user_id)
    assert somebody.client.get("/reports").status_code == 401
    assert somebody.ask("/d/accreditation").status == 401


def test_rights_that_change_act_at_the_next_call(app: Flask, whole: WholeApp, scope: Scope) -> None:
    somebody, user_id = person(whole, scope, Role.MANAGER)
    assert somebody.get("/d/rows").status == 200
    _change_membership(app, scope, user_id, "role = 'viewer'")
    assert somebody.get("/d/rows").status == 404
    assert somebody.get("/reports").status == 404
    assert somebody.get("/d/sessions").status == 200
    _change_membership(app, scope, user_id, "revoked_at = now()")
    assert somebody.client.get("/d/sessions").status_code in (401, 403, 404)
    assert somebody.ask("/d/accreditation").status in (401, 403, 404)


def _change_membership(app: Flask, scope: Scope, user_id: UUID, change: str) -> None:
    with app.app_context(), unit_of_work(scope) as db:
        db.execute(
            text(f"UPDATE membership SET {change} WHERE network_id = :network AND user_id = :user"),
            {"network": scope.network_id, "user": user_id},
        )


def test_a_session_ends_when_it_is_idle_and_polling_does_not_prolong_it(
    app: Flask, whole: WholeApp, scope: Scope
) -> None:
    somebody, _ = person(whole, scope, Role.MANAGER)
    whole.clock.instant = NOW + timedelta(minutes=14)
    assert somebody.client.get("/reports").status_code == 200
    whole.clock.instant = NOW + timedelta(minutes=28)
    polls = {
        f"/reports/{uuid4()}/progress": 404,
        f"/data/{uuid4()}/progress": 404,
        "/reports/progress?month=2026-10": 200,
    }
    assert {path: somebody.client.get(path).status_code for path in polls} == polls
    whole.clock.instant = NOW + timedelta(minutes=30)
    assert somebody.client.get("/reports").status_code == 401


def test_a_session_ends_after_twelve_hours_however_busy(app: Flask, whole: WholeApp, scope: Scope) -> None:
    somebody, _ = person(whole, scope, Role.MANAGER)
    with app.app_context(), of_nobody() as db:
        db.execute(text("UPDATE login_session SET last_seen_at = :at"), {"at": NOW + timedelta(hours=12, minutes=-1)})
    whole.clock.instant = NOW + timedelta(hours=11, minutes=59)
    assert somebody.client.get("/reports").status_code == 200
    whole.clock.instant = NOW + timedelta(hours=12, minutes=1)
    assert somebody.client.get("/reports").status_code == 401


def test_a_forged_cookie_is_nobody(app: Flask, whole: WholeApp, scope: Scope) -> None:
    somebody, _ = person(whole, scope, Role.MANAGER)
    cookie = somebody.client.get_cookie("dripline")
    assert cookie is not None
    body, _, signature = cookie.value.rpartition(".")
    for value in ("", "nothing", body, f"{body}.{signature[::-1]}", cookie.value[:-2]):
        client = app.test_client()
        client.set_cookie("dripline", value)
        assert client.get("/reports").status_code == 401


def test_a_refusal_is_a_page_that_is_not_there_and_leaves_one_line(app: Flask, whole: WholeApp, scope: Scope) -> None:
    somebody, user_id = person(whole, scope, Role.VIEWER)
    refused, missing = somebody.get("/accreditation/record"), somebody.get("/nothing-here")
    assert refused == missing
    assert refused.status == 404
    assert refused_events(whole, scope, user_id) == ["/accreditation/record"]


def test_somebody_of_two_networks_chooses_and_stays_in_one(app: Flask, whole: WholeApp, scope: Scope) -> None:
    with app.app_context():
        other = make_network(NOW, "Prairie")
        store(other, {"sites": [site("PRA", "Prairie", ZONE)]}, NOW)
        email = make_user(scope, Role.MANAGER, NOW)
        people.add_member(other, id_of(whole, email), Role.VIEWER, [], NOW)
    somebody = sign_in(whole, email)
    chosen = somebody.client.get("/")
    assert chosen.status_code == 200
    assert "Prairie" in chosen.text
    assert somebody.get("/reports").status == 404
    _choose(somebody, other.network_id)
    assert "Prairie" in somebody.get("/d/overview").body
    assert somebody.get("/data").status == 404  # a viewer there
    _choose(somebody, scope.network_id)
    assert somebody.get("/data").status == 200
    with app.app_context():
        foreign = make_network(NOW)
    token = form_token(somebody.client, "/reports")
    refusals = [
        somebody.client.post("/network", data={"network": str(network), "csrf_token": token})
        for network in (foreign.network_id, uuid4(), "nothing")
    ]
    assert [answer.status_code for answer in refusals] == [404, 404, 404]
    assert len({without_token(answer.text) for answer in refusals}) == 1


def _choose(somebody: Somebody, network_id: UUID) -> None:
    page = somebody.client.get("/", follow_redirects=True).request.path
    form = {"network": str(network_id), "csrf_token": form_token(somebody.client, page)}
    assert somebody.client.post("/network", data=form).status_code == 302


def test_an_operator_has_no_network(app: Flask, whole: WholeApp) -> None:
    email = f"operator-{uuid4().hex[:8]}@example.org"
    with app.app_context():
        people.add_user(email, "Operator", PASSWORD, NOW, is_operator=True)
    somebody = sign_in(whole, email)
    for path in ("/reports", "/data", "/d/overview", "/d/rows", "/accreditation/record"):
        assert somebody.get(path).status == 404
    assert somebody.ask("/d/overview").status == 404


def test_somebody_of_no_network_sees_no_page(app: Flask, whole: WholeApp) -> None:
    email = f"nobody-{uuid4().hex[:8]}@example.org"
    with app.app_context():
        people.add_user(email, "Nobody", PASSWORD, NOW)
    somebody = sign_in(whole, email)
    assert somebody.client.get("/").status_code == 200
    for path in ("/reports", "/data", "/d/overview"):
        assert somebody.get(path).status == 404


def test_guessing_is_slowed_and_says_nothing(app: Flask, whole: WholeApp, scope: Scope) -> None:
    with app.app_context():
        email = make_user(scope, Role.MANAGER, NOW)
    client = app.test_client()
    token = form_token(client, "/sign-in")
    address = {"REMOTE_ADDR": f"192.0.2.{uuid4().int % 200}"}

    def attempt(who: str, password: str, at: dict[str, str]) -> tuple[int, str]:
        form = {"email": who, "password": password, "csrf_token": token}
        answer = client.post("/sign-in", data=form, environ_overrides=at)
        return answer.status_code, answer.text.replace(who, "").replace(token, "")

    unknown, wrong = attempt("who@example.org", "wrong password", address), attempt(email, "wrong password", address)
    assert unknown[0] == wrong[0] == 401
    assert without_token(unknown[1]) == without_token(wrong[1])
    for _ in range(4):
        assert attempt(email, "wrong password", address)[0] == 401
    assert attempt(email, PASSWORD, address)[0] == 429
    assert attempt(email, PASSWORD, {"REMOTE_ADDR": "198.51.100.7"})[0] == 302  # its owner, elsewhere, still gets in


def test_the_cookie_is_for_the_server_only(app: Flask, whole: WholeApp, scope: Scope) -> None:
    with app.app_context():
        email = make_user(scope, Role.MANAGER, NOW)
    client = app.test_client()
    form = {"email": email, "password": PASSWORD, "csrf_token": form_token(client, "/sign-in")}
    answer = client.post("/sign-in", data=form)
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("dripline="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "wished", ["//evil.example", "/\\evil.example", "https:evil.example", "%2f%2fevil.example", "/\r\nX: y"]
)
def test_after_signing_in_nobody_is_sent_elsewhere(app: Flask, whole: WholeApp, scope: Scope, wished: str) -> None:
    with app.app_context():
        email = make_user(scope, Role.MANAGER, NOW)
    client = app.test_client()
    form = {"email": email, "password": PASSWORD, "csrf_token": form_token(client, "/sign-in"), "next": wished}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 302
    assert answer.location == "/"
