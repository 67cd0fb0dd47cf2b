"""Signing in and out, and choosing a network."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from webapp.access import Person, current_viewer, load_person
from webapp.domain.doors import PAGES
from webapp.domain.errors import NotAllowed
from webapp.presentation.addresses import own_address
from webapp.presentation.navigation import DASHBOARDS, landing_for
from webapp.queries.people import fetch_memberships
from webapp.services import sign_in as signing
from webapp.services.clock import now

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
def show() -> str | Response:
    """The form."""
    if current_user.is_authenticated:
        return redirect(url_for("sign_in.home"))
    return render_template("sign_in.html", next=own_address(request.args.get("next")))


@blueprint.post("/sign-in")
def submit() -> tuple[str, int] | Response:
    """Open a session, under a new token, and go where the person was going."""
    email = request.form.get("email", "")[:254]
    wished = own_address(request.form.get("next"))
    try:
        opened = signing.sign_in(
            email,
            request.form.get("password", "")[:1024],
            request.remote_addr or "",
            now(),
            current_app.config["SECRET_KEY"],
        )
    except NotAllowed as error:
        status = 429 if str(error) == signing.TOO_MANY else 401
        return render_template("sign_in.html", email=email, next=wished, error=str(error)), status
    session.clear()
    person = load_person(opened.token)
    if person is None:
        abort(401)
    login_user(person)
    return redirect(wished or url_for("sign_in.home"))


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session on the server and in the browser."""
    person: Person = current_user._get_current_object()
    signing.sign_out(person.token_hash, person.user_id, now())
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.show"))


@blueprint.get("/")
def home() -> str | Response:
    """The page on which this person starts; those of several networks choose one first."""
    person: Person = current_user._get_current_object()
    landing = landing_for(person.role) if person.role else None
    if landing:
        return redirect(_chosen_start(person) or landing)
    memberships = fetch_memberships(person.user_id, now())
    return render_template("choose_network.html", memberships=memberships)


def _chosen_start(person: Person) -> str | None:
    """The saved view that the person starts with, as long as their role may open its page."""
    viewer = current_viewer() if person.membership else None
    chosen = next((view for view in viewer.saved if view.is_default), None) if viewer else None
    if viewer is None or chosen is None:
        return None
    door = PAGES.get(urlsplit(chosen.path).path.removeprefix(f"{DASHBOARDS}/"))
    return own_address(chosen.path) if door is not None and door.admits(viewer.role) else None


@blueprint.post("/network")
def choose_network() -> Response:
    """Work in another of one's own networks."""
    person: Person = current_user._get_current_object()
    chosen = {str(m.network_id): m for m in fetch_memberships(person.user_id, now())}.get(
        request.form.get("network", "")
    )
    if chosen is None:
        abort(404)
    signing.choose_network(person.token_hash, UUID(str(chosen.network_id)))
    return redirect(url_for("sign_in.home"))
