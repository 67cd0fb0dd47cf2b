"""Who is asking: from a cookie to a person, from a person to a Scope; and the guard in front of every door.

A request is one of the three things that a Scope is made for (the others: a stored run, the command line).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import UserMixin, current_user
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.doors import PAGES, ROUTES, Door
from webapp.domain.filters import SiteChoice
from webapp.domain.scope import WHOLE_NETWORK_ROLES, Scope
from webapp.domain.vocabulary import Role
from webapp.extensions import login_manager
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.viewer import Viewer
from webapp.queries.people import Membership, find_calendar_holder, find_signed_in
from webapp.queries.report_notices import count_unread
from webapp.queries.saved_views import fetch_saved_views
from webapp.queries.sites import count_network_sites, fetch_sites
from webapp.services import audit
from webapp.services.clock import now
from webapp.services.sign_in import touch
from webapp.transactions import reading

CALENDAR_DOOR = "report_calendar.download"
"""Whoever may fetch what is due while signed in may have their calendar program ask for it, and nobody else."""


@dataclass(frozen=True, slots=True)
class Person(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Somebody signed in. `token_hash` names their session on the server; `membership` is of the network they chose."""

    user_id: UUID
    name: str
    email: str
    token: str
    token_hash: bytes
    is_operator: bool
    last_seen_at: datetime
    membership: Membership | None

    def get_id(self) -> str:
        """What the signed cookie keeps: the session's random token, never a user id."""
        return self.token

    @property
    def role(self) -> Role | None:
        """Their role in the network they chose; an operator has a role without a network."""
        if self.membership is not None:
            return self.membership.role
        return Role.OPERATOR if self.is_operator else None


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
def load_person(token: str) -> Person | None:
    """The person behind a cookie's token, read anew on each request, so that a change of rights acts on the next one."""
    found = find_signed_in(token, now(), current_app.config["SECRET_KEY"])
    if found is None:
        return None
    memberships = {m.network_id: m for m in found.memberships}
    membership = memberships.get(found.network_id) if found.network_id else None
    if membership is None and len(memberships) == 1:
        membership = next(iter(memberships.values()))
    return Person(
        found.user_id,
        found.name,
        found.email,
        token,
        found.token_hash,
        found.is_operator,
        found.last_seen_at,
        membership,
    )


def scope_of(person: Person) -> Scope:
    """The reach of a person in the network they chose. Raises 403 when they have none."""
    if person.membership is None:
        abort(403)
    return _reach(person.user_id, person.membership)


def scope_of_calendar(token: str) -> Scope | None:
    """The reach of whoever's calendar address holds the token, as it is now; None for a token that opens nothing (any more)."""
    holder = find_calendar_holder(token, now())
    if holder is None or not ROUTES[CALENDAR_DOOR].admits(holder.membership.role):
        return None
    return _reach(holder.user_id, holder.membership)


def _reach(user_id: UUID, membership: Membership) -> Scope:
    return Scope(
        membership.network_id,
        user_id,
        membership.role,
        membership.site_ids,
        whole_network=membership.role in WHOLE_NETWORK_ROLES,
    )


def current_scope() -> Scope:
    """The scope of whoever sent this request, worked out once a request."""
    if not current_user.is_authenticated:
        abort(401)
    if "scope" not in g:
        g.scope = scope_of(current_user._get_current_object())
    scope: Scope = g.scope
    return scope


def door_of_request() -> Door | None:
    """The declared door of the request; None when nobody declared it."""
    if request.path.startswith(f"{DASHBOARDS}/"):
        page = request.path.removeprefix(f"{DASHBOARDS}/").split("/")[0]
        return PAGES.get(page) or Door("roles", frozenset().union(*(door.roles for door in PAGES.values())))
    return ROUTES.get(request.endpoint or "")


def _refuse() -> AnyResponse:
    """Send a browser to the sign-in page, and tell a program 401."""
    wants_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    if not wants_page or request.path.startswith(f"{DASHBOARDS}/_"):
        return Response("Sign in first.\n", status=401, mimetype="text/plain")
    wished = request.full_path.rstrip("?")
    return redirect(url_for("sign_in.show", next=wished if wished != "/" else None))


def guard() -> AnyResponse | None:
    """Let nothing through that is not declared, and nobody whom the declaration does not admit."""
    if request.endpoint is None and not request.path.startswith(f"{DASHBOARDS}/"):
        if not current_user.is_authenticated:
            return _refuse()
        abort(404)
    door = door_of_request()
    if door is not None and door.policy == "public":
        return None
    if not current_user.is_authenticated:
        return _refuse()
    person: Person = current_user._get_current_object()
    if door is None or not door.admits(person.role):
        _note_refusal(person, request.path)
        # A page that this role may not open reads the same as one that does not exist.
        abort(404)
    if not door.polls:
        touch(person.token_hash, person.last_seen_at, now())
    return None


def asking_for(page: str) -> None:
    """Say which drawn page a question of a page's own script is about: all of them come to one address."""
    g.asked_page = page


def note_read(scope: Scope, page: str, filters: str, site_codes: Sequence[str] | None) -> None:
    """Take down that rows of single sessions or courses were shown: which were asked for, never what they held.

    On a connection of its own, before the answer goes out: what cannot be taken down is not shown.
    """
    narrowed = {"sites": list(site_codes)} if site_codes is not None else {}
    audit.record(scope, "read", f"rows of the page {page}", details={"filters": filters, **narrowed})


def note_refused(answer: Response) -> Response:
    """Take down every 403 and 404 that somebody signed in gets at a declared door, whoever gave it, unless it stands already."""
    if answer.status_code in (403, 404) and current_user.is_authenticated and not audit.refusal_is_noted():
        path = g.get("asked_page", request.path)
        drawn = path.removeprefix(f"{DASHBOARDS}/").split("/")[0] if path.startswith(f"{DASHBOARDS}/") else None
        door = PAGES.get(drawn) if drawn is not None else ROUTES.get(request.endpoint or "")
        if door is not None and door.policy != "public":
            _note_refusal(current_user._get_current_object(), path)
    return answer


def _note_refusal(person: Person, path: str) -> None:
    network_id = person.membership.network_id if person.membership else None
    audit.refused(person.user_id, network_id, person.role, path)


def install(app: Flask) -> None:
    """Put the guard in front of the whole application, also of routes that are added later, and the note of refusals behind it."""
    # Without its own template variable: a page about trouble must not ask again who is looking.
    login_manager.init_app(app, add_context_processor=False)
    app.before_request(guard)
    app.after_request(note_refused)


def current_viewer() -> Viewer | None:
    """Who looks at the page, for its frame; None for somebody not signed in or without a role."""
    if "viewer" not in g:
        g.viewer = _viewer()
    viewer: Viewer | None = g.viewer
    return viewer


def _viewer() -> Viewer | None:
    if not current_user.is_authenticated or current_user.role is None:
        return None
    person: Person = current_user._get_current_object()
    if person.membership is None:
        return Viewer(person.name, Role.OPERATOR, "", (), 0, now().date())
    scope = current_scope()
    with reading(scope) as db:
        choices = tuple(SiteChoice(s.id, s.code, s.name, s.region or "") for s in fetch_sites(scope, db))
        total = count_network_sites(scope, db)
        framed = "asked_page" not in g  # the data of a drawn page go into a frame that stands already
        saved = fetch_saved_views(scope, db) if framed else ()
        waiting = {"reports": count_unread(scope, db, now())} if framed else {}
    own = person.membership
    return Viewer(person.name, own.role, own.network_name, choices, total, now().date(), waiting, saved=saved)
