"""Every page of the product that can be looked at, taken from the register of doors and the routes behind them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

import webapp
from dashboards.mount import fetch_pages
from tests.browser.house import House
from webapp.domain.doors import PAGES, ROUTES, Door
from webapp.domain.vocabulary import Role
from webapp.presentation.navigation import DASHBOARDS
from webapp.views import install

LOOKERS = (Role.MANAGER, Role.COMPLIANCE, Role.SITE_LEAD, Role.OPERATOR, Role.SURVEYOR)
NOT_PAGES = {
    "static",
    "health.health",
    "sign_in.home",
    "report_calendar.download",
    "report_calendar.feed",
    "survey.download",
    "audit.export",
    "data.progress",
    "data.rejected",
    "evidence.download",
    "exports.table",
    "reports.download",
    "reports.progress",
    "reports.following",
    "tracer.download",
}
"""No pages of their own: files, an answer for machines, a way on."""
ELSEWHERE = {"report_issues.compare": "tests/browser/test_restatement.py, which makes the two issues that it needs"}
"""Pages that another test of the browser looks at."""


@dataclass(frozen=True)
class View:
    """One page as one person sees it; `who` is None for nobody signed in. Names in braces in its path stand for real things."""

    name: str
    path: str
    who: Role | None

    def at(self, house: House) -> str:
        """The path in that house."""
        return self.path.format(site=house.lead_site[0], **house.things)


def every_view() -> list[View]:
    """The drawn pages, the plain ones, and those that show something else for a single site or for trouble."""
    return [
        *_drawn(),
        *_plain(),
        View("site-one", f"{DASHBOARDS}/site", Role.SITE_LEAD),
        View("accreditation-one-site", f"{DASHBOARDS}/accreditation?site={{site}}", Role.COMPLIANCE),
        View("accreditation-correction", "/accreditation/record?site={site}&programme=state_facility", Role.COMPLIANCE),
        View("message", "/no-such-page", Role.MANAGER),
    ]


def _drawn() -> Iterator[View]:
    for key in sorted(PAGES.keys() & fetch_pages().keys()):
        yield View(key, f"{DASHBOARDS}/{key}", _looker(PAGES[key]))


def _plain() -> Iterator[View]:
    app = Flask("pages", static_folder=str(Path(webapp.__file__).parent / "static"))
    install(app)
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.endpoint):
        door = ROUTES.get(rule.endpoint)
        if door is None or "GET" not in (rule.methods or ()) or rule.endpoint in (*NOT_PAGES, *ELSEWHERE):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        yield View(_name(rule.endpoint, one=bool(rule.arguments)), path, _looker(door))


def _name(endpoint: str, *, one: bool) -> str:
    blueprint, _, view = endpoint.replace("_", "-").partition(".")
    if one and view == "show":
        return f"{blueprint}-one"
    return blueprint if view in ("index", "show") else f"{blueprint}-{view}"


def _looker(door: Door) -> Role | None:
    return None if door.policy == "public" else next(role for role in LOOKERS if door.admits(role))
