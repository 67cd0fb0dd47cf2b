"""Every door and every role, made from the register: whom a door does not admit gets the answer to a page that is not there."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from werkzeug.routing import Rule

from tests.conftest import NOW
from tests.isolation.asking import Answer, Somebody, form_token, question, read, sign_in
from tests.making import PASSWORD, make_network, make_user, store
from tests.reporting import site
from tests.rules.door_faults import address_of, is_drawn
from tests.whole_app import WholeApp, make_whole_app
from webapp.access import door_of_request
from webapp.domain.doors import PAGES, ROUTES, Door
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.csrf import CSRF_HEADER, csrf_cookie
from webapp.services import people
from webapp.transactions import of_nobody, reading

pytestmark = pytest.mark.xdist_group("roles")  # what is made once for all of them is made on one worker

PLATFORM = UUID(int=0)
ENDS_THE_SESSION = {"sign_in.sign_out"}
ROLES = tuple(Role)


@dataclass(frozen=True)
class Cast:
    """A network of one site and somebody of each role, signed in. The operator belongs to no network."""

    scope: Scope
    people: dict[Role, Somebody]
    ids: dict[Role, UUID]


@pytest.fixture(scope="module")
def whole(settings: dict[str, object]) -> WholeApp:
    return make_whole_app(settings)


@pytest.fixture(scope="module")
def cast(whole: WholeApp) -> Cast:
    with whole.app.app_context():
        scope = make_network(NOW)
        store(scope, {"sites": [site("RIV", "Riverside", "America/New_York")]}, NOW)
        emails: dict[Role, str] = {}
        for role in set(Role) - {Role.OPERATOR}:
            emails[role] = make_user(scope, role, NOW, ["RIV"])
        emails[Role.OPERATOR] = f"operator-{uuid4().hex[:8]}@example.org"
        people.add_user(emails[Role.OPERATOR], "Operator", PASSWORD, NOW, is_operator=True)
        with of_nobody() as db:
            found = db.execute(
                text("SELECT email, id FROM user_account WHERE email = ANY (:emails)"),
                {"emails": list(emails.values())},
            )
            by_email = {email: user_id for email, user_id in found}
    signed_in = {role: sign_in(whole, email) for role, email in emails.items()}
    return Cast(scope, signed_in, {role: by_email[email] for role, email in emails.items()})


def refusals(whole: WholeApp, cast: Cast, role: Role) -> int:
    """How many refusals of this person have been taken down."""
    network = PLATFORM if role is Role.OPERATOR else cast.scope.network_id
    scope = Scope(network, cast.ids[role], role, frozenset(), whole_network=True)
    statement = "SELECT count(*) FROM audit_event WHERE user_id = :user AND outcome = 'refused'"
    with whole.app.app_context(), reading(scope) as db:
        return int(db.execute(text(statement), {"user": cast.ids[role]}).scalar_one())


def doors(whole: WholeApp) -> list[tuple[Rule, str, Door]]:
    """Every rule with each of its methods and its door."""
    return [
        (rule, method, ROUTES[rule.endpoint])
        for rule in whole.app.url_map.iter_rules()
        if not is_drawn(rule) and rule.endpoint not in ENDS_THE_SESSION
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def unmarked(answer: Answer) -> Answer:
    """The answer without the mark of where one stands in the side bar, which only shows what the role may open."""
    return replace(answer, body=answer.body.replace(' aria-current="page"', ""))


@pytest.mark.parametrize("role", ROLES)
def test_every_route_admits_whom_it_says(whole: WholeApp, cast: Cast, role: Role) -> None:
    somebody = cast.people[role]
    missing = somebody.get("/nothing-here")
    token = form_token(somebody.client, "/nothing-here") if 'name="csrf_token"' in missing.body else ""
    for rule, method, door in doors(whole):
        before = refusals(whole, cast, role)
        headers = {"Accept": "text/html", CSRF_HEADER: token}
        answer = somebody.client.open(address_of(rule), method=method, headers=headers)
        noted = refusals(whole, cast, role) - before
        where = f"{role}: {method} {rule.rule}"
        if door.admits(role):
            # What the made-up ids lead to is refused like anybody else's; a form that was filled in wrongly may say so too.
            assert answer.status_code < 500, where
            is_refused = door.policy != "public" and answer.status_code in (403, 404)
            assert noted == is_refused or answer.status_code == 400, where
        else:
            assert noted == 1, where
            assert answer.status_code == 404, where
            assert unmarked(read(answer)) == unmarked(missing), where


@pytest.mark.parametrize("role", ROLES)
def test_every_drawn_page_admits_whom_it_says(whole: WholeApp, cast: Cast, role: Role) -> None:
    somebody = cast.people[role]
    missing_page, missing_data = somebody.get("/d/nothing-here"), somebody.ask("/d/nothing-here")
    for key, door in PAGES.items():
        before = refusals(whole, cast, role)
        page, between, data = somebody.get(f"/d/{key}"), refusals(whole, cast, role), somebody.ask(f"/d/{key}")
        noted = (between - before, refusals(whole, cast, role) - between)
        for_a_token = somebody.client.get_cookie(csrf_cookie(secure=False)) is None  # `ask` looks for one at a page
        assert noted == ((0, 0) if door.admits(role) else (1, 1 + for_a_token)), f"{role}: {key}"
        if door.admits(role):
            assert (page.status, data.status) == (200, 200), f"{role}: {key}"
        else:
            assert unmarked(page) == unmarked(missing_page), f"{role}: {key}"
            assert data == missing_data, f"{role}: {key}"
            assert (page.status, data.status) == (404, 404), f"{role}: {key}"


@pytest.mark.parametrize("role", ROLES)
def test_what_the_library_opens_is_behind_the_guard_too(whole: WholeApp, cast: Cast, role: Role) -> None:
    somebody = cast.people[role]
    admitted = any(door.admits(role) for door in PAGES.values())
    for path in ("/d/_dash-layout", "/d/_dash-dependencies"):
        assert somebody.client.get(path).status_code == (200 if admitted else 404), f"{role}: {path}"
        assert "RIV" not in somebody.client.get(path).text


NOT_THERE = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "address",
    [
        f"/data/{NOT_THERE}",
        f"/data/{NOT_THERE}/progress",
        f"/data/{NOT_THERE}/rejected.csv",
        f"/reports/{NOT_THERE}/progress",
        f"/reports/{NOT_THERE}/pdf",
        f"/reports/{NOT_THERE}/exe",
        "/download/sessions/nothing.csv",
        "/download/sessions/sessions_by_site.exe",
        "/download/nothing/nothing.csv",
        "/download/no%00thing/no%00thing.csv",
        "/download/accreditation/nothing.csv",
        "/accreditation/record?site=ZZZ&programme=ZZZ&replaces=1",
    ],
)
@pytest.mark.parametrize("role", [Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE])
def test_whatever_is_not_there_or_not_theirs_is_taken_down_once(
    whole: WholeApp, cast: Cast, role: Role, address: str
) -> None:
    before = refusals(whole, cast, role)
    status = cast.people[role].get(address).status
    assert refusals(whole, cast, role) - before == (status in (403, 404)), (role, address, status)
    assert status in (404, 200 if address.startswith("/accreditation") else 404)


def test_a_network_that_is_not_theirs_is_taken_down_too(whole: WholeApp, cast: Cast) -> None:
    somebody = cast.people[Role.MANAGER]
    before = refusals(whole, cast, Role.MANAGER)
    token = form_token(somebody.client, "/data")
    answer = somebody.client.post("/network", data={"network": NOT_THERE, "csrf_token": token})
    assert (answer.status_code, refusals(whole, cast, Role.MANAGER) - before) == (404, 1)


def test_an_address_that_is_no_door_is_not_taken_down(whole: WholeApp, cast: Cast) -> None:
    before = refusals(whole, cast, Role.MANAGER)
    for address in ("/nothing-here", "/d/nothing-here", "/data/not-an-id", "/static/nothing.css"):
        assert cast.people[Role.MANAGER].get(address).status == 404
    assert refusals(whole, cast, Role.MANAGER) == before


def test_nobody_gets_nothing(whole: WholeApp) -> None:
    client = whole.app.test_client()
    for rule, method, door in doors(whole):
        if door.policy != "public":
            assert client.open(address_of(rule), method=method).status_code == 401, rule.rule
    assert client.post("/d/_dash-update-component", json=question(whole, "/d/overview")).status_code == 401


def test_an_address_without_a_door_has_none(whole: WholeApp) -> None:
    with whole.app.test_request_context("/nothing-here"):
        assert door_of_request() is None
    with whole.app.test_request_context("/d/rows"):
        assert door_of_request() == PAGES["rows"]
    with whole.app.test_request_context("/d/_dash-layout"):
        found = door_of_request()
        assert found is not None
        assert found.roles == frozenset().union(*(door.roles for door in PAGES.values()))
