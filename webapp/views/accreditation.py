"""The form on which the compliance officer writes down what happened to a site's accreditation."""

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.standings import event_words
from webapp.queries.accreditation import (
    Timeline,
    fetch_programmes,
    fetch_timeline,
)
from webapp.queries.sites import fetch_sites
from webapp.services import accreditation
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views import standing_form
from webapp.views.typed import STATUS, Typed, read_uuid

blueprint = Blueprint("accreditation", __name__, url_prefix="/accreditation")

FIELDS = ("site", "programme", *standing_form.FIELDS)
REQUIRED = {"site": "Choose the site.", "programme": "Choose the programme."}


@blueprint.get("/record")
def new_record() -> str:
    """The empty form, or, with `replaces`, the form that corrects one record of the site's history."""
    return _form(current_scope(), Typed.of(request.args, FIELDS))


@blueprint.post("/record")
def record() -> tuple[str, int] | Response:
    """Store the record and go to the matrix, or show the form again with what was typed and what is wrong with it."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)
    entry = standing_form.read_entry(typed, REQUIRED)
    if entry is None:
        return _form(scope, typed), 400
    site_code, programme_code = typed["site"], typed["programme"]
    try:
        record_id = accreditation.record(scope, site_code, programme_code, entry, now())
    except (BadInput, NotFound, Conflict) as refused:
        return _form(scope, typed, str(refused)), STATUS[type(refused)]
    with reading(scope) as db:
        history = fetch_timeline(scope, db, site_code, programme_code)
    site, programme = history.site, history.programme
    what = event_words(entry.event, entry.corrected_event)
    flash(f"Recorded for {site.name}, {programme.name}: {what}, as of {formats.day(entry.effective_on)}.", "ok")
    for sentence in standing_form.contradictions(history.entries, record_id):
        flash(sentence, "warn")
    if entry.replaces_id is not None:
        flash(standing_form.SEALED_STAYS, "info")
    query = {"site": site.code} | (
        {"as_of": entry.effective_on.isoformat()} if entry.effective_on > now().date() else {}
    )
    return redirect(f"{DASHBOARDS}/accreditation?{urlencode(query)}", 303)


def _form(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        sites, programmes = fetch_sites(scope, db), fetch_programmes(scope, db)
        corrects = read_uuid(typed["replaces"])
        history: Timeline | None = None
        if typed["site"] in {s.code for s in sites} and typed["programme"] in {p.code for p in programmes}:
            history = fetch_timeline(scope, db, typed["site"], typed["programme"])
    wrong = standing_form.named(history.entries if history else (), corrects)
    return render_template(
        "accreditation/record.html",
        heading="Correct a record" if corrects else "Record an accreditation",
        typed=standing_form.prefilled(typed, wrong),
        errors=typed.errors,
        refusal=refusal,
        sites=[("", "Choose a site"), *((s.code, s.name) for s in sites)],
        programmes=[("", "Choose a programme"), *((p.code, p.name) for p in programmes)],
        events=standing_form.offered_events(corrects),
        wrong=wrong,
        corrects=corrects,
        history=history,
        event_words=event_words,
        formats=formats,
    )
