"""What went wrong, said in words: one page for every refusal, with the next step and never a trace."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from webapp.domain.errors import BadInput, Conflict, DriplineError, NotAllowed, NotFound
from webapp.presentation.viewer import Viewer
from webapp.transactions import outage_of
from webapp.views.frame import ALONE

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What a page of trouble says."""

    heading: str
    sentence: str
    advice: str = ""


MESSAGES = {
    400: Message(
        "This could not be read",
        "Something in the address or the form is not as it must be.",
        "Go back, load the page again and repeat what you did: a form that was open for long may have lost its key.",
    ),
    401: Message(
        "Please sign in",
        "This page is shown to people who are signed in.",
        "After signing in you are brought back to it.",
    ),
    403: Message(
        "Not for your role",
        "You are signed in, but your role does not open this page.",
        "The manager of your network can change what your role may do.",
    ),
    404: Message(
        "There is no such page",
        "Nothing is found at this address, or nothing that you can see.",
        "The address may be mistyped, or the page may have moved.",
    ),
    405: Message(
        "This address does something else", "This page cannot be asked for in that way.", "Open it from the navigation."
    ),
    413: Message(
        "The file is too large",
        "The upload is larger than this installation accepts, so it was not read.",
        "Send the sessions of a shorter period in each file, or ask the operator to raise the limit.",
    ),
    415: Message(
        "This kind of content is not read here", "What was sent is of a kind that this address does not read."
    ),
    429: Message("Too many tries", "There were too many tries in a short time.", "Wait a few minutes, then try again."),
    500: Message(
        "This could not be done",
        "The page met an error of ours. Nothing was changed.",
        "Try again in a moment. If it happens again, tell your operator the reference below.",
    ),
    503: Message(
        "Busy at the moment",
        "The answer took too long and was stopped, so that others are served.",
        "Try again in a minute.",
    ),
}

UNREACHABLE = Message("Not available at the moment", "Dripline cannot reach its database; try again in a minute.")
RETRY_AFTER_SECONDS = 60

STATUS_OF: tuple[tuple[type[DriplineError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (BadInput, 400),
    (Conflict, 409),
)


def install(app: Flask, current_viewer: Callable[[], Viewer | None]) -> None:
    """Answer every refusal and every error of the application with a page (or, to scripts, a short JSON) in words."""

    def refused(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.response)
        return _answer(error.code or 500, current_viewer)

    def said(error: DriplineError) -> Response:
        status = next((code for kind, code in STATUS_OF if isinstance(error, kind)), 500)
        return _answer(status, current_viewer, str(error))

    def failed(error: Exception) -> Response:
        outage = outage_of(error)
        if outage is not None:
            log.warning("the database is %s: %s", outage, type(error).__name__)
            return _answer(503, current_viewer) if outage == "busy" else _unreachable()
        reference = uuid4().hex[:12]
        log.exception("unexpected error, reference %s", reference, exc_info=error)
        return _answer(500, current_viewer, reference=reference)

    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(DriplineError, said)
    app.register_error_handler(Exception, failed)


def _unreachable() -> Response:
    """Without the frame, which the database would have to be asked for."""
    g.setdefault(ALONE, True)
    return _answer(503, lambda: None, UNREACHABLE.sentence, heading=UNREACHABLE.heading)


def _answer(
    status: int,
    current_viewer: Callable[[], Viewer | None],
    sentence: str = "",
    reference: str = "",
    heading: str = "",
) -> Response:
    known = MESSAGES.get(status) or Message("This could not be done", HTTPStatus(status).phrase + ".")
    shown = Message(heading or known.heading, sentence or known.sentence, "" if sentence else known.advice)
    answer = make_response(_body(shown, status, current_viewer, reference), status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _body(shown: Message, status: int, current_viewer: Callable[[], Viewer | None], reference: str) -> Response | str:
    if _wants_json():
        return jsonify({"error": shown.heading, "message": shown.sentence, "reference": reference or None})
    framed = status != 401 and _viewer_or_none(current_viewer) is not None
    g.setdefault(ALONE, not framed)
    return render_template(
        "message.html",
        framed=framed,
        heading=shown.heading,
        sentence=shown.sentence,
        advice=shown.advice,
        reference=reference,
        ways_on=[("To the start page", "/")] if status != 401 else [("Sign in", "/sign-in")],
    )


def _viewer_or_none(current_viewer: Callable[[], Viewer | None]) -> Viewer | None:
    """Who is asking, if that can be found out: a page about trouble must not fail for the same trouble."""
    try:
        return current_viewer()
    except Exception:
        log.exception("the viewer could not be read for a message page")
        return None


def _wants_json() -> bool:
    return request.is_json or request.accept_mimetypes.best == "application/json" or request.path.startswith("/api/")
