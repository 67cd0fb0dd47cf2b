"""What is asked at each door: about one's own things, about the other's in their place, and about things that nobody has."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import product
from urllib.parse import urlencode
from uuid import uuid4

from werkzeug.routing import Map, Rule

from webapp.domain.doors import PAGES, ROUTES
from webapp.domain.self_test import About, Question
from webapp.presentation.navigation import DASHBOARDS
from webapp.services.self_test.contents import MONTH
from webapp.services.self_test.forms import FORMS

ANSWERS = f"{DASHBOARDS}/ "
"""Before a page's key: the door behind which its script is answered."""

OF_EVERYBODY = {
    "criterion": "escort",
    "page": "rows",
    "filename": "nothing.css",
    "token": "nothing",
    "test_id": "00000000-0000-4000-8000-000000000000",
}
"""Parameters of addresses that name nothing of any network, and what stands there."""

OF_FILES = {"file_kind": ("csv", "xlsx", "pdf"), "name": ("rows.csv", "rows.xlsx")}
"""Parameters that choose a kind of file: each kind is asked for, since each is drawn by another hand."""

BY_ITSELF = ("sign_in.show", "sign_in.submit", "sign_in.sign_out")
"""Doors that the test goes through when it signs in and out."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
Things = Mapping[str, str]
Both = tuple[Things, Things]
"""The other's things, and such as nobody has."""
Pair = tuple[Question, Question | None]
"""A question, and beside one about the other's things the same one about things that nobody has."""


def declared_doors() -> tuple[str, ...]:
    """Every door by its name: routes, drawn pages, and what answers their scripts."""
    return (*ROUTES, *(f"{DASHBOARDS}/{key}" for key in PAGES), *(f"{ANSWERS}{key}" for key in PAGES))


def routes_of(url_map: Map) -> list[tuple[Rule, str]]:
    """Every plain address with each of its methods, besides those that the test goes through by itself."""
    return [
        (rule, method)
        for rule in url_map.iter_rules()
        if rule.endpoint in ROUTES and rule.endpoint not in BY_ITSELF
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def refused_at(rule: Rule, method: str, own: Mapping[str, str]) -> Iterator[Question]:
    """The one question of a role that the door does not admit."""
    address = _address(rule, own, _files_at(rule)[0])
    if address is not None:
        form: dict[str, str] | None = {} if method != "GET" else None
        yield Question(rule.endpoint, About.OWN, method, address, form, _said(own, address))


def asked_at(
    rule: Rule, method: str, own: Mapping[str, str], others: Mapping[str, str], only: Collection[str] = ()
) -> Iterator[Pair]:
    """The questions of a role that the door admits. only: parameters; a door with none of them is not asked."""
    places = set(rule.arguments) - OF_EVERYBODY.keys() - OF_FILES.keys()
    if only and not places & set(only):
        return
    for file in _files_at(rule):
        yield from _asked_of_file(rule, method, (own, others, nobodys_things(others)), file, bool(places), not only)


def _asked_of_file(
    rule: Rule, method: str, things: tuple[Things, Things, Things], file: Things, has_places: bool, of_own: bool
) -> Iterator[Pair]:
    own, others, _ = things
    names = things[1:]
    mine, theirs, nobodys = (_address(rule, each, file) for each in things)
    if mine is None or theirs is None or nobodys is None:
        return
    if method != "GET":
        yield from _posts(rule, method, (theirs, nobodys), names)
        return
    if of_own:
        yield Question(rule.endpoint, About.OWN, method, mine, None, _said(own, mine)), None
    if has_places:
        yield _pair(rule.endpoint, method, (theirs, nobodys), (None, None), names)
    else:
        wished = urlencode({"site": others["site"], "network": others["network"]})
        said = _said(others, wished)
        yield Question(rule.endpoint, About.OTHERS, method, f"{mine}?{wished}", None, said), None


def pages_asked(key: str, own: Mapping[str, str], others: Mapping[str, str], *, admitted: bool) -> Iterator[Question]:
    """A drawn page and what answers its script, for one's own network and for the other's clinic; of one not admitted, once."""
    days = {"period": "custom", "from": f"{MONTH:%Y-%m}-01", "to": f"{MONTH:%Y-%m}-31"}
    wished = {"site": others["site"], "network": others["network"]}
    for about, more in ((About.OWN, {}), (About.OTHERS, wished))[: 2 if admitted else 1]:
        address = f"{DASHBOARDS}/{key}?{urlencode({**days, **more})}"
        said = _said(more, address)
        yield Question(f"{DASHBOARDS}/{key}", about, "GET", address, None, said)
        yield Question(f"{ANSWERS}{key}", about, "ASK", address, None, said)


def nobodys_things(things: Mapping[str, str]) -> dict[str, str]:
    """The same places, with ids and words that nobody has."""
    return {
        name: value if name in OF_EVERYBODY else str(uuid4()) if _ID.fullmatch(value) else "C" * len(value)
        for name, value in things.items()
    }


def _posts(rule: Rule, method: str, addresses: tuple[str, str], names: Both) -> Iterator[Pair]:
    for form in FORMS.get(rule.endpoint) or ({},):
        theirs, nobodys = ({key: value.format_map(each) for key, value in form.items()} for each in names)
        yield _pair(rule.endpoint, method, addresses, (theirs, nobodys), names)


def _pair(
    door: str,
    method: str,
    addresses: tuple[str, str],
    forms: tuple[Mapping[str, str] | None, Mapping[str, str] | None],
    things: Both,
) -> Pair:
    said = [
        _said(named, address, *(form or {}).values())
        for named, address, form in zip(things, addresses, forms, strict=True)
    ]
    first = Question(door, About.OTHERS, method, addresses[0], forms[0], said[0])
    return first, Question(door, About.NOBODYS, method, addresses[1], forms[1], said[1])


def _said(things: Mapping[str, str], *where: str) -> tuple[str, ...]:
    """The ids and codes that a question itself names, and an answer may repeat; the longest first."""
    return tuple(sorted((value for value in set(things.values()) if value in " ".join(where)), key=len, reverse=True))


def _files_at(rule: Rule) -> list[dict[str, str]]:
    """Each kind of file that the address can name; nothing to choose is one choice."""
    chosen = [name for name in OF_FILES if name in rule.arguments]
    return [dict(zip(chosen, kinds, strict=True)) for kinds in product(*(OF_FILES[name] for name in chosen))]


def _address(rule: Rule, things: Things, file: Things) -> str | None:
    """The address for these things; None for a parameter of which nobody said what may stand there."""
    values = {**things, **OF_EVERYBODY, **file}
    if not rule.arguments <= values.keys():
        return None
    built = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
    return built[1] if built else None
