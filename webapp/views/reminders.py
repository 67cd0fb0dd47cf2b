"""The list of what ends, for the compliance officer and, where it is escalated, for the manager; putting one off with a reason."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.errors import BadInput, NotFound
from webapp.domain.reminders import READERS, Reminding
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation import formats
from webapp.queries.recipients import fetch_recipients
from webapp.queries.reminders import fetch_reminding
from webapp.services import reminders
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.typed import Typed, read_uuid

blueprint = Blueprint("reminders", __name__, url_prefix="/reminders")

FIELDS = ("subject", "ends_on", "until", "reason")


@blueprint.get("")
def index() -> str:
    """What ends, soonest first."""
    return _index(current_scope(), Typed.of({}, FIELDS))


@blueprint.post("")
def snooze() -> tuple[str, int] | Response:
    """Put one off, or show what is wrong with it."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)
    ends_on = typed.day("ends_on", "the day it ends", required=True)
    until = typed.day("until", "the day until which nobody is reminded", required=True)
    if ends_on is None or until is None:
        return _index(scope, typed, "Give the day until which nobody is reminded."), 400
    try:
        reminders.snooze(scope, typed["subject"], ends_on, until, typed["reason"], now())
    except (BadInput, NotFound) as refused:
        return _index(scope, typed, str(refused)), 400 if isinstance(refused, BadInput) else 404
    flash(f"Nobody is reminded of it until {formats.day(until)}.", "ok")
    return redirect(url_for("reminders.index"), 303)


@blueprint.post("/responsible")
def responsible() -> tuple[str, int] | Response:
    """Say who answers for one, or show what is wrong with it."""
    scope, typed = current_scope(), Typed.of(request.form, ("subject", "person"))
    person = read_uuid(typed["person"])
    try:
        if person is None:
            raise BadInput("Choose who answers for it.")
        reminders.make_responsible(scope, typed["subject"], person, now())
    except (BadInput, NotFound) as refused:
        return _index(scope, Typed.of({}, FIELDS), str(refused)), 400 if isinstance(refused, BadInput) else 404
    flash("Said who answers for it: they are reminded from now on.", "ok")
    return redirect(url_for("reminders.index"), 303)


def _index(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        lines = fetch_reminding(scope, db, now().date())
        members = fetch_recipients(scope, db, now())
    return render_template(
        "reminders.html",
        heading="Reminders",
        lines=lines,
        typed=typed,
        answerable=[(one.user_id, one.name) for one in members if one.role in READERS],
        mails=bool(current_app.config.get("MAIL_URL")),
        refusal=refusal,
        may_snooze=scope.role is Role.COMPLIANCE,
        words=_words,
        tone=_tone,
        formats=formats,
    )


def _words(line: Reminding) -> str:
    if line.days_left < 0:
        return f"ended {formats.plural(-line.days_left, 'day')} ago"
    return "ends today" if line.days_left == 0 else f"ends in {formats.plural(line.days_left, 'day')}"


def _tone(line: Reminding) -> str:
    return "bad" if line.days_left < 0 else "warn" if line.is_escalated else "info"
