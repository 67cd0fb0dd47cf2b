"""What can be wrong with the doors: each function looks at one application and names the faults it finds."""

from uuid import uuid4

from dash import Dash
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Rule

from webapp import access
from webapp.domain.doors import PAGES, ROUTES, Door
from webapp.extensions import csrf
from webapp.presentation.navigation import DASHBOARDS, NAVIGATION, landing_for

OPEN_TO_ALL = {"static", "health.health", "sign_in.show", "sign_in.submit", "report_calendar.feed"}
"""The only doors without a guard. A longer list is a decision, so it stands here too. The feed asks for the secret in its address."""

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
OF_DASH = {
    f"{DASHBOARDS}/",
    f"{DASHBOARDS}/<path:path>",
    f"{DASHBOARDS}/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
    f"{DASHBOARDS}/_dash-dependencies",
    f"{DASHBOARDS}/_dash-layout",
    f"{DASHBOARDS}/_dash-update-component",
    f"{DASHBOARDS}/_favicon.ico",
    f"{DASHBOARDS}/_reload-hash",
    f"{DASHBOARDS}/assets/<path:filename>",
}
"""Every address that Dash opens. A new version that opens another must be looked at before it is let in."""


def route_faults(app: Flask) -> list[str]:
    """Routes that no door declares, doors without a route, and public doors besides the known ones."""
    rules = list(app.url_map.iter_rules())
    ours = {rule.endpoint for rule in rules if not is_drawn(rule)}
    faults = [f"{endpoint}: a route that no door declares" for endpoint in ours - ROUTES.keys()]
    faults += [f"{endpoint}: a door without a route" for endpoint in ROUTES.keys() - ours]
    faults += [
        f"{rule.rule}: an address under the drawn pages that is not known"
        for rule in rules
        if is_drawn(rule) and rule.rule not in OF_DASH
    ]
    public = {name for name, door in {**ROUTES, **PAGES}.items() if door.policy == "public"}
    faults += [f"{name}: open to all" for name in public - OPEN_TO_ALL]
    return sorted(faults)


def is_drawn(rule: Rule) -> bool:
    """Whether the address is Dash's."""
    return rule.rule.startswith(f"{DASHBOARDS}/")


def page_faults(drawing: Dash) -> list[str]:
    """Pages that no door declares, doors without a page, and callbacks besides the one that all pages share."""
    pages = set(getattr(drawing, "registered", {}))
    faults = [f"{key}: a page that no door declares" for key in pages - PAGES.keys()]
    faults += [f"{key}: a door without a page" for key in PAGES.keys() - pages]
    outputs = list(drawing.callback_map)
    faults += [f"{output}: a callback besides the pages' own" for output in outputs[1:]]
    if not outputs:
        faults.append("no callback answers the pages")
    faults += [
        f"{output}: a background callback" for output, one in drawing.callback_map.items() if one.get("background")
    ]
    return sorted(faults)


def guard_faults(app: Flask) -> list[str]:
    """Doors behind which somebody not signed in gets anything but a refusal, and a guard that is not the first to be asked."""
    faults = []
    asked = app.before_request_funcs.get(None, [])
    if not asked or asked[0] is not access.guard:
        faults.append("the guard is not the first thing that every request meets")
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        door = ROUTES.get(rule.endpoint)
        if rule.endpoint in OPEN_TO_ALL and door is not None and door.policy == "public":
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            answer = client.open(address_of(rule), method=method)
            if answer.status_code != 401:
                faults.append(f"{method} {rule.rule}: {answer.status_code} for somebody not signed in")
    return sorted(faults)


def address_of(rule: Rule, **values: object) -> str:
    """An address that the rule fits; what is not given is made up."""
    kinds = {name: type(converter).__name__ for name, converter in rule._converters.items()}
    made_up = {
        name: {"UUIDConverter": uuid4(), "IntegerConverter": 1}.get(kinds.get(name, ""), "nothing")
        for name in rule.arguments
    }
    built = rule.build({**made_up, **values}, append_unknown=False)
    assert built is not None, rule.rule
    return built[1]


def csrf_faults(app: Flask) -> list[str]:
    """Doors that change something by GET alone, or that are exempt from the token against forged requests."""
    faults = [f"{view}: exempt from the token" for view in (*csrf._exempt_views, *map(str, csrf._exempt_blueprints))]
    if not app.config.get("WTF_CSRF_ENABLED", True) or not app.config.get("WTF_CSRF_CHECK_DEFAULT", True):
        faults.append("tokens are not asked for")
    return faults + sorted(set(app.config.get("WTF_CSRF_METHODS", CHANGING)) ^ CHANGING)


def navigation_faults(app: Flask) -> list[str]:
    """Entries of the side bar that lead nowhere, or to a door that does not admit the role to which they are shown."""
    faults = []
    for item in (item for group in NAVIGATION for item in group.items):
        door = door_at(app, item.href)
        if door is None:
            faults.append(f"{item.href}: in the side bar, and no door")
            continue
        faults += [f"{item.href}: shown to {role}, who may not open it" for role in item.roles if not door.admits(role)]
    return sorted(faults)


def landing_faults(app: Flask) -> list[str]:
    """Roles that land on a page which they may not open."""
    faults = []
    for role in {role for group in NAVIGATION for item in group.items for role in item.roles}:
        landing = landing_for(role)
        door = door_at(app, landing) if landing else None
        if door is None or not door.admits(role):
            faults.append(f"{role}: lands on {landing}")
    return sorted(faults)


def door_at(app: Flask, address: str) -> Door | None:
    """The declared door behind an address."""
    path = address.split("?", 1)[0]
    if path.startswith(f"{DASHBOARDS}/"):
        return PAGES.get(path.removeprefix(f"{DASHBOARDS}/"))
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path, method="GET")
    except (NotFound, MethodNotAllowed):
        return None
    return ROUTES.get(endpoint)
