"""One's own views: keeping the page at hand, choosing where to start, removing."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.access import current_scope, current_viewer
from webapp.domain.doors import PAGES
from webapp.domain.errors import BadInput, Conflict
from webapp.domain.filters import parse_filters, query_of
from webapp.presentation.addresses import own_address
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.viewer import Viewer
from webapp.queries.pages.registry import default_period
from webapp.services import saved_views

blueprint = Blueprint("saved_views", __name__, url_prefix="/views")

NO_PAGE = "Only a page of numbers can be kept as a view. Open one, choose its filters, and save it there."


@blueprint.get("")
def index() -> str:
    """Every view of one's own."""
    return render_template("saved_views.html", views=_viewer().saved)


@blueprint.post("")
def save() -> Response:
    """Keep the page at the address that was sent, and go back to it."""
    viewer = _viewer()
    try:
        path = kept_path(viewer, request.form.get("path", ""))
        name = request.form.get("name", "")[:400]
        saved_views.save_view(current_scope(), name, path, is_default=request.form.get("default") == "yes")
    except (BadInput, Conflict) as refused:
        flash(f"The view was not saved. {refused}", "bad")
        return redirect(own_address(request.form.get("path")) or url_for("saved_views.index"))
    flash("The view is saved. It stands under “Saved views” in the menu.", "ok")
    return redirect(path)


@blueprint.post("/<uuid:view_id>/start")
def start(view_id: UUID) -> Response:
    """Open this view after signing in."""
    saved_views.start_with(current_scope(), view_id)
    flash("This view opens when you sign in.", "ok")
    return redirect(url_for("saved_views.index"))


@blueprint.post("/usual-start")
def usual_start() -> Response:
    """Open the usual page after signing in."""
    saved_views.start_with(current_scope(), None)
    flash("The usual page opens when you sign in.", "ok")
    return redirect(url_for("saved_views.index"))


@blueprint.post("/<uuid:view_id>/remove")
def remove(view_id: UUID) -> Response:
    """Remove it."""
    saved_views.remove_view(current_scope(), view_id)
    flash("The view is removed.", "ok")
    return redirect(url_for("saved_views.index"))


def kept_path(viewer: Viewer, address: str) -> str:
    """The address of a drawn page as it is kept: its filters in their usual order. Raises BadInput with a sentence for any other."""
    parts = urlsplit(own_address(address) or "")
    key = parts.path.removeprefix(f"{DASHBOARDS}/")
    door = PAGES.get(key)
    if parts.path == key or door is None or not door.admits(viewer.role):
        raise BadInput(NO_PAGE)
    default = default_period(key)
    filters, sentences = parse_filters(parts.query, (site.code for site in viewer.sites), viewer.today, default, key)
    if sentences:
        raise BadInput(" ".join(sentences))
    return f"{DASHBOARDS}/{key}{query_of(filters, default)}"


def _viewer() -> Viewer:
    viewer = current_viewer()
    if viewer is None:
        abort(401)
    return viewer
