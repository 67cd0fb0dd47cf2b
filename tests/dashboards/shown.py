"""A small application with the product's frame around two pages, and somebody who looks at them, without a database."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import UUID

import flask_wtf.csrf
from dash import Dash
from flask import Flask

import webapp
from dashboards import elements as html
from dashboards.answering import Asking
from dashboards.components import headline_card
from dashboards.mount import mount_dashboards
from dashboards.panels import chart_card, table_view
from dashboards.shell import Page, PageBody, PageRequest, foot_line, freshness_chip
from webapp import access
from webapp.domain.filters import SiteChoice
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.tables import Column, Table
from webapp.presentation.viewer import Viewer
from webapp.views import compression, frame, headers, messages

TODAY = date(2026, 11, 22)
SITES = tuple(
    SiteChoice(UUID(int=number), code, name, region)
    for number, (code, name, region) in enumerate(
        (("RIV", "Riverside", "Coast"), ("NOR", "Northgate", "North"), ("LAK", "Lakeside <b>&", "Coast")), start=1
    )
)
MANAGER = Viewer("Maya Okafor", Role.MANAGER, "Tidewater Infusion", SITES, 3, TODAY, {"reports": 1})
LEAD = Viewer("Sam Reyes", Role.SITE_LEAD, "Tidewater Infusion", SITES[:1], 3, TODAY)
PLAIN = Table(
    "sites",
    "Every site",
    "Delivered sessions",
    (Column("site", "Site"), Column("sessions", "Sessions", "integer"), Column("rate", "Rate", "percent")),
    (("Riverside", 412, 0.31), ("Northgate", 61, None), ("Lakeside <b>&", 1204, 0.2)),
    row_keys=("RIV", "NOR", "LAK"),
)
MONTHLY = Table(
    "monthly",
    "Are we treating more?",
    "Delivered sessions a month",
    (Column("month", "Month", "month"), Column("sessions", "Sessions", "integer")),
    tuple((date(2026, month, 1), 100 + month) for month in range(1, 11)),
)


@dataclass
class Somebody:
    """Who is looking; None is nobody."""

    viewer: Viewer | None = MANAGER
    trouble: Exception | None = None

    def look(self) -> Viewer | None:
        """Who it is, or the trouble met in finding out."""
        if self.trouble is not None:
            raise self.trouble
        return self.viewer

    def scope(self) -> Scope:
        """Their scope: the sites they may see."""
        viewer = self.viewer or replace(MANAGER, sites=())
        return Scope(UUID(int=99), UUID(int=7), viewer.role, frozenset(site.id for site in viewer.sites))


def build(request: PageRequest) -> PageBody:
    """A page with one of each part."""
    children = [
        headline_card("Sessions delivered", "1,677", series=(1.0, None, 3.0), href=request.href("sessions")),
        chart_card(MONTHLY, "line", request, links=lambda row, _column: request.href("sessions", site=row)),
        table_view(PLAIN, request, links=lambda row, _column: request.href(site=row)),
        html.P(f"{len(request.scope.site_ids)} sites", id="count"),
    ]
    chips = [freshness_chip(date(2026, 10, 31), 2, 3)]
    return PageBody(
        str(request.filters.period), children, chips, foot_line("Measures v4", 1482, "22 Nov 2026 06:40 (UTC)")
    )


def broken(_request: PageRequest) -> PageBody:
    """A page that fails."""
    raise RuntimeError("a word that nobody may read")


PAGES = {
    page.key: page
    for page in (
        Page("overview", "Overview", build),
        Page("sessions", "Sessions", broken),
        Page("rows", "Rows", build),
        Page("undeclared", "Undeclared", build),
    )
}


def make_app(somebody: Somebody, **settings: object) -> tuple[Flask, Dash]:
    """The application and its drawn pages. The guard in front lets everybody pass: these tests are of the rest."""
    folder = Path(webapp.__file__).parent
    app = Flask("shown", static_folder=str(folder / "static"), template_folder=str(folder / "templates"))
    app.config.update(SECRET_KEY="a key for tests only, of no worth", WTF_CSRF_TIME_LIMIT=None, **settings)
    flask_wtf.csrf.CSRFProtect(app)

    def open_guard() -> None:
        return None

    open_guard.__module__ = access.__name__
    app.before_request(open_guard)

    compression.install(app)
    headers.install(app)
    frame.install(app, somebody.look)
    messages.install(app, somebody.look)
    drawing = mount_dashboards(app, Asking(somebody.look, somebody.scope, access.note_read), PAGES)
    return app, drawing
