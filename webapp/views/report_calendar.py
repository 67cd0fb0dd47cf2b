"""What falls due as a calendar: a file to take, and the secret address at which one's own calendar program asks for it.

Calendar programs cannot sign in. The address is all that they have, so it opens this one list and nothing else, within what its
holder may see at that moment; whatever is wrong with it, the answer is the same.
"""

import io
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, flash, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.access import current_scope, scope_of_calendar
from webapp.domain.scope import Scope
from webapp.presentation import calendar_file
from webapp.presentation.calendar_file import CalendarEvent
from webapp.queries.report_pages import Upcoming, fetch_upcoming
from webapp.services import attempts, calendar_feeds
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views import reports
from webapp.views.report_words import period_words

blueprint = Blueprint("report_calendar", __name__)

AHEAD = timedelta(days=92)
LONGEST_TOKEN = 100
NOTHING = "There is no calendar at this address. It was ended or replaced: make a new one in Dripline, under Reports.\n"
TOO_MANY = "Too many attempts. Wait 15 minutes and try again.\n"


@blueprint.get("/reports/calendar.ics")
def download() -> Response:
    """What falls due for whoever is asking in the next three months, to be put into a calendar."""
    scope, instant = current_scope(), now()
    return _answer(scope, instant, as_attachment=True)


@blueprint.post("/reports/calendar")
def subscribe() -> str:
    """Make an address for one's calendar program; it is shown in this answer and never again, and the one before is dead."""
    scope = current_scope()
    token = calendar_feeds.make(scope, now())
    return reports.page(scope, calendar_address=f"{current_app.config['BASE_URL']}/calendar/{token}.ics")


@blueprint.post("/reports/calendar/end")
def unsubscribe() -> AnyResponse:
    """End one's own address."""
    calendar_feeds.end(current_scope())
    flash("The address is ended. Take the calendar out of your calendar program too: it gets nothing any more.", "ok")
    return redirect(url_for("reports.index"), 303)


@blueprint.get("/calendar/<token>.ics")
def feed(token: str) -> Response:
    """What falls due within the reach of the address's holder, worked out anew. Nobody is signed in by it."""
    instant = now()
    scope = scope_of_calendar(token) if len(token) <= LONGEST_TOKEN else None
    # Asked first: calendar services and offices share network addresses, and nobody's tries may keep another's calendar out.
    return _nothing(instant) if scope is None else _answer(scope, instant, as_attachment=False)


def _nothing(instant: datetime) -> Response:
    """The one answer to whatever opens nothing, and the pause after many such."""
    key = attempts.key_of(f"calendar from {request.remote_addr or ''}", current_app.config["SECRET_KEY"])
    if attempts.are_too_many([(key, attempts.MOST_FROM_AN_ADDRESS)], instant):
        return Response(TOO_MANY, 429, {"Retry-After": f"{attempts.WINDOW.seconds}"}, "text/plain")
    attempts.note_failure([key], instant)
    return Response(NOTHING, 404, mimetype="text/plain")


def _answer(scope: Scope, instant: datetime, *, as_attachment: bool) -> Response:
    with reading(scope) as db:
        upcoming = fetch_upcoming(scope, db, instant, instant + AHEAD)
    return send_file(
        io.BytesIO(calendar_file.render("Reports due", map(_event, upcoming), instant)),
        "text/calendar; charset=utf-8",
        as_attachment=as_attachment,
        download_name="dripline-reports.ics",
        etag=False,
    )


def _event(each: Upcoming) -> CalendarEvent:
    """Kind, site, period and the instant: nothing clinical stands in what is due."""
    uid = f"{each.due.schedule_id}-{each.due.subject.replace(':', '-')}-{each.due.period.start_on}"
    return CalendarEvent(uid, each.due.due_at, f"{each.label}: {each.site_name}, {period_words(each.due.period)}")
