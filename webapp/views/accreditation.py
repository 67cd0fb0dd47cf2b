"""The form on which the compliance officer writes down what happened to a site's accreditation."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import EVENT_LABELS, Entry
from webapp.domain.vocabulary import RecordEvent
from webapp.presentation import formats
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.standings import event_words
from webapp.queries.accreditation import (
    Timeline,
    TimelineEntry,
    fetch_programmes,
    fetch_timeline,
    get_programme,
    get_site,
)
from webapp.queries.sites import fetch_sites
from webapp.services import accreditation
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.typed import Typed, read_uuid

blueprint = Blueprint("accreditation", __name__, url_prefix="/accreditation")

VOID = "should_not_exist"
EVENTS = tuple((event.value, label) for event, label in EVENT_LABELS.items() if event is not RecordEvent.CORRECTED)
FIELDS = ("site", "programme", "event", "effective_on", "until", "verified_on", "note", "replaces")
_STATUS: dict[type[Exception], int] = {BadInput: 400, NotFound: 404, Conflict: 409}


@blueprint.get("/record")
def new_record() -> str:
    """The empty form, or, with `replaces`, the form that corrects one record of the site's history."""
    return _form(current_scope(), Typed.of(request.args, FIELDS))


@blueprint.post("/record")
def record() -> tuple[str, int] | Response:
    """Store the record and go to the matrix, or show the form again with what was typed and what is wrong with it."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)
    entry = _entry(typed)
    if entry is None:
        return _form(scope, typed), 400
    site_code, programme_code = typed.values["site"], typed.values["programme"]
    try:
        accreditation.record(scope, site_code, programme_code, entry, now())
    except (BadInput, NotFound, Conflict) as refused:
        return _form(scope, typed, str(refused)), _STATUS[type(refused)]
    with reading(scope) as db:
        site, programme = get_site(scope, db, site_code), get_programme(scope, db, programme_code)
    what = event_words(entry.event, entry.corrected_event)
    flash(f"Recorded for {site.name}, {programme.name}: {what}, as of {formats.day(entry.effective_on)}.", "ok")
    if entry.replaces_id is not None:
        flash("What was sealed or sent before stays as it was; it said what was known then.", "info")
    query = {"site": site.code} | (
        {"as_of": entry.effective_on.isoformat()} if entry.effective_on > now().date() else {}
    )
    return redirect(f"{DASHBOARDS}/accreditation?{urlencode(query)}", 303)


def _entry(typed: Typed) -> Entry | None:
    """What was typed as an entry; None with the errors beside their fields."""
    event = typed.values["event"]
    correcting = bool(typed.values["replaces"])
    known = event in dict(EVENTS) or (correcting and event == VOID)
    if not known:
        typed.errors["event"] = "Choose what happened."
    for name, words in (("site", "Choose the site."), ("programme", "Choose the programme.")):
        if not typed.values[name]:
            typed.errors[name] = words
    replaces = read_uuid(typed.values["replaces"])
    if correcting and replaces is None:
        raise BadInput(
            "The record to correct is not named rightly. Open the site's history and choose “Correct” beside it."
        )
    effective_on = typed.day("effective_on", "the day it takes effect", required=True)
    until, verified_on = typed.day("until", "the last valid day"), typed.day("verified_on", "the day it was checked")
    if typed.errors or effective_on is None:
        return None
    said = None if event == VOID else RecordEvent(event)
    note = typed.values["note"]
    if correcting:
        return Entry(RecordEvent.CORRECTED, effective_on, until, note, verified_on, replaces, said)
    return Entry(RecordEvent(event), effective_on, until, note, verified_on)


def _form(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        sites, programmes = fetch_sites(scope, db), fetch_programmes(scope, db)
        corrects = read_uuid(typed.values["replaces"])
        history: Timeline | None = None
        if typed.values["site"] in {s.code for s in sites} and typed.values["programme"] in {
            p.code for p in programmes
        }:
            history = fetch_timeline(scope, db, typed.values["site"], typed.values["programme"])
    wrong = _named(history, corrects)
    values = _prefilled(typed, wrong)
    return render_template(
        "accreditation/record.html",
        heading="Correct a record" if corrects else "Record an accreditation",
        typed=values,
        errors=typed.errors,
        refusal=refusal,
        sites=[("", "Choose a site"), *((s.code, s.name) for s in sites)],
        programmes=[("", "Choose a programme"), *((p.code, p.name) for p in programmes)],
        events=[("", "Choose"), *EVENTS, *([(VOID, "It should not exist")] if corrects else [])],
        wrong=wrong,
        corrects=corrects,
        history=history,
        event_words=event_words,
        formats=formats,
    )


def _named(history: Timeline | None, record_id: UUID | None) -> TimelineEntry | None:
    return next((e for e in history.entries if e.id == record_id), None) if history and record_id else None


def _prefilled(typed: Typed, wrong: TimelineEntry | None) -> dict[str, str]:
    """A correction begins with what the wrong record says, unless something was typed already."""
    if wrong is None or typed.values["event"] or typed.values["effective_on"]:
        return typed.values
    said = wrong.corrected_event if wrong.event is RecordEvent.CORRECTED else wrong.event
    return {
        **typed.values,
        "event": said.value if said else VOID,
        "effective_on": wrong.effective_on.isoformat(),
        "until": wrong.until.isoformat() if wrong.until else "",
        "verified_on": wrong.verified_on.isoformat() if wrong.verified_on else "",
    }
