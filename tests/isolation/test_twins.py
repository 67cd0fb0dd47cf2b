"""Two networks with the same names and keys, asked through every door: nobody finds anything of the other, or even that it is there."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest
from sqlalchemy import text
from werkzeug.routing import Rule

from tests.isolation.asking import Answer, Somebody, crawl, form_token, links, question
from tests.isolation.twins import Twin, make_twin
from tests.rules.door_faults import is_drawn
from tests.whole_app import WholeApp, make_whole_app
from webapp.domain.doors import PAGES, ROUTES
from webapp.domain.vocabulary import Role
from webapp.models.security import TABLE_RULES
from webapp.presentation.csrf import CSRF_HEADER, csrf_cookie
from webapp.services.self_test.forms import FORMS
from webapp.transactions import reading

pytestmark = pytest.mark.xdist_group("twins")  # what is made once for all of them is made on one worker

Answers = dict[Role, dict[str, Answer]]
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Asked:
    """What was answered to the first network's people before there was a second, to them again, and to two of the second's."""

    ours: Twin
    theirs: Twin
    ours_in: dict[Role, Somebody]
    theirs_in: dict[Role, Somebody]
    before: Answers
    after: Answers
    elsewhere: Answers
    logged: str


class Kept(logging.Handler):
    """Keeps every line that was logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def whole(settings: dict[str, object]) -> WholeApp:
    return make_whole_app(settings)


@pytest.fixture(scope="module")
def asked(whole: WholeApp) -> Asked:
    kept = Kept()
    with whole.app.app_context():
        ours = make_twin(whole)
    ours_in = ours.signed_in(whole)
    logging.getLogger().addHandler(kept)
    before = everything(whole, ours, ours_in)
    logging.getLogger().removeHandler(kept)
    with whole.app.app_context():
        theirs = make_twin(whole)
    theirs_in = theirs.signed_in(whole)
    logging.getLogger().addHandler(kept)
    elsewhere = everything(whole, theirs, {role: theirs_in[role] for role in (Role.MANAGER, Role.SITE_LEAD)})
    after = {role: again(ours_in[role], answers) for role, answers in before.items()}
    logging.getLogger().removeHandler(kept)
    return Asked(ours, theirs, ours_in, theirs_in, before, after, elsewhere, "\n".join(kept.lines))


def getting(whole: WholeApp) -> list[Rule]:
    """Every plain address that can be got."""
    return [
        rule
        for rule in whole.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not is_drawn(rule) and rule.endpoint != "static"
    ]


def everything(whole: WholeApp, twin: Twin, people: Mapping[Role, Somebody]) -> Answers:
    """All that its people can reach: every route, every drawn page and its data, and what these lead to."""
    start = [address for rule in getting(whole) if rule.endpoint != "sign_in.show" for address in twin.addresses(rule)]
    start += [f"/d/{key}" for key in whole.drawing.registered]
    further = {Role.MANAGER: 25, Role.SITE_LEAD: 10}
    return {role: crawl(somebody, start, most=len(start) + further.get(role, 0)) for role, somebody in people.items()}


def again(somebody: Somebody, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The same questions once more."""
    return {
        address: somebody.ask(address.removesuffix(" data")) if address.endswith(" data") else somebody.get(address)
        for address in answers
    }


def flat(answers: Answers) -> Iterator[tuple[str, Answer]]:
    return ((f"{role}: {address}", answer) for role, found in answers.items() for address, answer in found.items())


def test_every_door_was_asked(asked: Asked, whole: WholeApp) -> None:
    """And no answer is an error of ours."""
    for answers in (asked.before, asked.elsewhere):
        addresses = {address for found in answers.values() for address in found}
        assert {f"/d/{key}" for key in PAGES} <= addresses
        assert {f"/d/{key} data" for key in PAGES} <= addresses
        for rule in getting(whole):
            assert (
                rule.endpoint == "sign_in.show"
                or {*asked.ours.addresses(rule), *asked.theirs.addresses(rule)} & addresses
            )
        assert [where for where, answer in flat(answers) if answer.status >= 500] == []


def test_each_finds_its_own(asked: Asked) -> None:
    """Else the tests below would find nothing because there is nothing."""
    for twin, answers in ((asked.ours, asked.before), (asked.theirs, asked.elsewhere)):
        finding = {where for where, answer in flat(answers) if twin.word in answer.whole.lower()}
        assert {where.split(":")[0] for where in finding} == answers.keys() - {Role.SITE_LEAD}
        assert any("/reports/" in where for where in finding)
        assert any("rejected.csv" in where for where in finding)
        shown = set().union(*(answer.ids for _, answer in flat(answers)))
        assert len(shown & twin.ids) >= 3


def test_nobody_finds_a_word_of_the_other(asked: Asked) -> None:
    for answers, other in ((asked.after, asked.theirs), (asked.elsewhere, asked.ours)):
        assert [where for where, answer in flat(answers) if other.word in answer.whole.lower()] == []


def test_nobody_finds_an_id_of_the_other(asked: Asked) -> None:
    for answers, other in ((asked.after, asked.theirs), (asked.elsewhere, asked.ours)):
        assert [where for where, answer in flat(answers) if answer.ids & other.ids] == []


def test_nobody_finds_a_pseudonym_of_the_other(asked: Asked) -> None:
    assert not asked.ours.pseudonyms & asked.theirs.pseudonyms
    for answers, other in ((asked.after, asked.theirs), (asked.elsewhere, asked.ours)):
        assert [
            where for where, answer in flat(answers) if any(name in answer.whole for name in other.pseudonyms)
        ] == []


def test_every_answer_is_the_same_with_and_without_the_other(asked: Asked) -> None:
    differing = [
        f"{role}: {address}"
        for role, answers in asked.before.items()
        for address, answer in answers.items()
        if asked.after[role][address] != answer
        and not address.startswith("/audit")  # the trail of one's own asking grows
    ]
    assert differing == []


def test_logs_hold_no_data(asked: Asked) -> None:
    for twin in (asked.ours, asked.theirs):
        assert twin.word not in asked.logged.lower()
        assert not [name for name in twin.pseudonyms if name in asked.logged]


def test_a_site_lead_finds_nothing_of_another_site(asked: Asked) -> None:
    for twin, answers in ((asked.ours, asked.before), (asked.theirs, asked.elsewhere)):
        assert [
            address for address, answer in answers[Role.SITE_LEAD].items() if twin.word in answer.whole.lower()
        ] == []


def test_pseudonyms_are_shown_to_managers_and_site_leads_only(asked: Asked) -> None:
    for twin, answers in ((asked.ours, asked.before), (asked.theirs, asked.elsewhere)):
        finding = {
            role
            for role, found in answers.items()
            for answer in found.values()
            if any(name in answer.whole for name in twin.pseudonyms)
        }
        assert finding <= {Role.MANAGER, Role.SITE_LEAD}


def test_ids_of_the_other_are_ids_of_nothing(asked: Asked, whole: WholeApp) -> None:
    """Offered to every door, wherever an id may stand: the same answer as to an id that nobody has."""
    tried = 0
    for role, somebody in asked.ours_in.items():
        for address in foreign_addresses(asked, whole, role):
            missing = with_made_up_ids(address)
            answer, reference = _both(somebody, address), _both(somebody, missing)
            assert _as_of(answer, address) == _as_of(reference, missing), f"{role}: {address}"
            tried += 1
    assert tried > 10


def with_made_up_ids(address: str) -> str:
    """The address with other ids, the same one wherever the same one stood."""
    made_up: dict[str, str] = {}
    return _ID.sub(lambda found: made_up.setdefault(found[0], str(uuid4())), address)


def foreign_addresses(asked: Asked, whole: WholeApp, role: Role) -> list[str]:
    """Every address with an id in it that the other's people of that role have come to, and every route with one."""
    routes = [address for rule in getting(whole) if rule.arguments for address in asked.theirs.addresses(rule)]
    answers = asked.elsewhere.get(role, {})
    reached = [address for address in answers if _ID.search(address)]
    led_to = [address for answer in answers.values() for address in links(answer) if _ID.search(address)]
    return list(dict.fromkeys(address for address in [*routes, *reached, *led_to[:10]] if _ID.search(address)))


def _both(somebody: Somebody, address: str) -> Answer:
    return somebody.ask(address.removesuffix(" data")) if address.endswith(" data") else somebody.get(address)


def _as_of(answer: Answer, address: str) -> Answer:
    """The answer without the address's own ids, which it may repeat."""
    body, headers = answer.body, answer.headers
    for found in _ID.findall(address):
        body, headers = body.replace(found, "*"), headers.replace(found, "*")
    return replace(answer, body=body, headers=headers)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_others_site_in_the_address_reads_like_an_unknown_one(asked: Asked, page: str) -> None:
    foreign, unknown = asked.theirs.code, "C" * len(asked.theirs.code)
    for somebody in asked.ours_in.values():
        for ask in (somebody.ask, somebody.get):
            answers = [ask(f"/d/{page}?site={code}") for code in (foreign, unknown)]
            said = [answer.body.replace(code, "*") for answer, code in zip(answers, (foreign, unknown), strict=True)]
            assert said[0] == said[1]
            assert answers[0].status == answers[1].status


def test_the_others_site_in_a_downloads_address_refuses_like_an_unknown_one(asked: Asked) -> None:
    foreign, unknown = asked.theirs.code, "C" * len(asked.theirs.code)
    somebody = asked.ours_in[Role.MANAGER]
    answers = [somebody.get(f"/download/overview/sessions_by_week.csv?site={code}") for code in (foreign, unknown)]
    assert answers[0].status == answers[1].status == 400
    assert answers[0].body.replace(foreign, "*") == answers[1].body.replace(unknown, "*")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER])
def test_a_forged_question_tells_nothing(asked: Asked, whole: WholeApp, role: Role) -> None:
    somebody, theirs = asked.ours_in[role], asked.theirs
    network, site = str(theirs.scope.network_id), theirs.code
    named = [{"id": "url", "property": "pathname", "value": "/d/accreditation"}, {"id": "url", "property": "search"}]
    forged = [
        question(whole, "/d/accreditation", state=[{"id": "network", "property": "data", "value": network}]),
        question(whole, "/d/accreditation", inputs=[*named, {"id": "site", "property": "value", "value": site}]),
        question(whole, "/d/accreditation", network_id=network),
        question(whole, "/d/accreditation", outputs=[{"id": "secret", "property": "children"}]),
        question(whole, "/d/accreditation", output="secret.children"),
        question(whole, f"/d/accreditation?network={network}&network_id={network}&user_id={uuid4()}&role=manager"),
        question(whole, f"/d/rows?site={site}&network={network}"),
        question(whole, f"/d/../d/accreditation?site={site}"),
        question(whole, f"/d/accreditation/{network}"),
    ]
    for body in forged:
        answer = somebody.post(body)
        assert answer.status_code in (200, 400, 404)
        assert theirs.word not in answer.text.lower()
        assert not set(_ID.findall(answer.text)) & theirs.ids - {network}


def test_nothing_is_changed_in_the_other(asked: Asked, whole: WholeApp) -> None:
    posting = {r.endpoint for r in whole.app.url_map.iter_rules() if "POST" in (r.methods or ()) and not is_drawn(r)}
    assert posting == set(FORMS), "say in FORMS what is posted to the new door"
    rows = counted(whole, asked.theirs)
    for somebody in asked.ours_in.values():
        for rule in (
            rule
            for rule in whole.app.url_map.iter_rules()
            if rule.endpoint in posting and "POST" in (rule.methods or ())
        ):
            for form in FORMS[rule.endpoint]:
                for paths in _paths(asked, rule):
                    both = zip(paths, _names(asked), strict=True)
                    answers = [_post(somebody, path, form, names, paths) for path, names in both]
                    assert answers[0] == answers[1], f"{rule.rule}: {form}"
    assert counted(whole, asked.theirs) == rows


def _paths(asked: Asked, rule: Rule) -> list[tuple[str, str]]:
    """The address with each of the other's ids in it, beside the same with ids that nobody has."""
    if not rule.arguments:
        return [(rule.rule, rule.rule)]
    found = [path for path in asked.theirs.addresses(rule) if _ID.search(path)]
    return [(path, with_made_up_ids(path)) for path in found] or [(rule.rule, rule.rule)]


def _names(asked: Asked) -> list[dict[str, str]]:
    """The other's, and some that nobody has, of the same length."""
    theirs = {"network": str(asked.theirs.scope.network_id), "site": asked.theirs.code}
    theirs["record"] = asked.theirs.objects["record_id"][0]
    for place, name in (("person", "person"), ("run_id", "run_id"), ("schedule_id", "schedule_id")):
        theirs[place] = asked.theirs.objects[name][0]
    made_up = {name: str(uuid4()) for name in theirs}
    return [theirs, made_up | {"site": "C" * len(asked.theirs.code)}]


def _post(
    somebody: Somebody, path: str, form: dict[str, str], names: dict[str, str], paths: tuple[str, str]
) -> tuple[int, str]:
    filled = {key: value.format(**names) for key, value in form.items()}
    filled["csrf_token"] = form_token(somebody.client, "/reports")
    answer = somebody.client.post(path, data=filled)
    body = re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", answer.text)
    body = re.sub(r"/calendar/[\w-]{43}\.ics", "/calendar/*.ics", body)  # one's own new address is another each time
    for value in [*names.values(), *paths, *(found for address in paths for found in _ID.findall(address))]:
        body = body.replace(value, "*")
    return answer.status_code, body


def counted(whole: WholeApp, twin: Twin) -> dict[str, int]:
    """How many rows of each table a network has."""
    guarded = [
        name for name, rule in TABLE_RULES.items() if rule.reach not in ("none", "person") and name != "audit_event"
    ]
    with whole.app.app_context(), reading(twin.scope) as db:
        return {name: db.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in guarded}


def test_getting_changes_nothing(asked: Asked, whole: WholeApp) -> None:
    rows = counted(whole, asked.ours)
    for somebody in asked.ours_in.values():
        crawl(somebody, ["/", "/reports", "/data", "/accreditation/record", "/d/rows", "/d/site"], most=8)
    assert counted(whole, asked.ours) == rows


def test_a_question_without_the_token_or_from_elsewhere_is_refused(asked: Asked, whole: WholeApp) -> None:
    somebody = asked.ours_in[Role.MANAGER]
    body = question(whole, "/d/accreditation")
    somebody.get("/d/accreditation")
    token = somebody.client.get_cookie(csrf_cookie(secure=False))
    assert token is not None
    assert somebody.client.post("/d/_dash-update-component", json=body).status_code == 400
    assert (
        somebody.client.post(
            "/d/_dash-update-component", json=body, headers={CSRF_HEADER: token.value[::-1]}
        ).status_code
        == 400
    )
    plain = somebody.client.post(
        "/d/_dash-update-component", data="{}", content_type="text/plain", headers={CSRF_HEADER: token.value}
    )
    assert plain.status_code in (400, 415)


def test_every_answer_carries_the_headers(asked: Asked) -> None:
    for where, answer in flat(asked.before):
        headers = dict(line.split(": ", 1) for line in answer.headers.splitlines())
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert headers["Cache-Control"] == "no-store", where
        assert (
            "object-src 'none'" in headers["Content-Security-Policy"] or headers["Content-Security-Policy"] == "sandbox"
        ), where
        assert headers["Referrer-Policy"] == "same-origin", where
        assert headers["X-Frame-Options"] == "DENY", where
        assert "Access-Control-Allow-Origin" not in headers, where
        assert "Server-Timing" not in headers, where


def test_every_endpoint_is_declared_here_too(whole: WholeApp) -> None:
    assert {rule.endpoint for rule in getting(whole)} <= set(ROUTES)
