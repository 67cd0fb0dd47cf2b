"""The forms on which the compliance officer writes down what happened to a person's credential, and who is one person."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.standings import credential_name, event_words
from webapp.queries.credential_history import (
    CredentialTimeline,
    fetch_credential_kinds,
    fetch_credential_timeline,
    fetch_links,
    get_practitioner,
)
from webapp.queries.credentials import PractitionerFacts, fetch_practitioners
from webapp.queries.network_settings import get_settings
from webapp.services import accreditation
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views import standing_form
from webapp.views.typed import STATUS, Typed, read_uuid

blueprint = Blueprint("credentials", __name__, url_prefix="/accreditation")

FIELDS = ("person", "kind", "state", *standing_form.FIELDS)
REQUIRED = {"person": "Choose the person.", "kind": "Name the kind of credential, such as medical_licence."}
LINK_FIELDS = ("one", "other", "same", "note")


@blueprint.get("/credential")
def new_record() -> str:
    """The empty form, or, with `replaces`, the form that corrects one record of the credential's history."""
    return _form(current_scope(), Typed.of(request.args, FIELDS))


@blueprint.post("/credential")
def record() -> tuple[str, int] | Response:
    """Store the record, or show the form again with what was typed and what is wrong with it."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)
    person_id = read_uuid(typed["person"])
    if person_id is None:
        typed.errors["person"] = REQUIRED["person"]
    entry = standing_form.read_entry(typed, REQUIRED)
    if entry is None or person_id is None:
        return _form(scope, typed), 400
    try:
        accreditation.record_credential(scope, person_id, typed["kind"], typed["state"] or None, entry, now())
    except (BadInput, NotFound, Conflict) as refused:
        return _form(scope, typed, str(refused)), STATUS[type(refused)]
    with reading(scope) as db:
        person = get_practitioner(scope, db, person_id)
    what = event_words(entry.event, entry.corrected_event)
    flash(
        f"Recorded for {person.name}, {credential_name(typed['kind'])}: {what}, as of {formats.day(entry.effective_on)}."
        " It counts at every site of that state, and the sessions it touches were judged again.",
        "ok",
    )
    if entry.replaces_id is not None:
        flash(standing_form.SEALED_STAYS, "info")
    return redirect(f"{DASHBOARDS}/accreditation", 303)


@blueprint.get("/people")
def people() -> str:
    """Which practitioners are one person, and the form to say so."""
    return _people(current_scope(), Typed.of(request.args, LINK_FIELDS))


@blueprint.post("/people")
def link() -> tuple[str, int] | Response:
    """Say that two practitioners are one person, or that they are not after all."""
    scope, typed = current_scope(), Typed.of(request.form, LINK_FIELDS)
    one, other = read_uuid(typed["one"]), read_uuid(typed["other"])
    for name, found in (("one", one), ("other", other)):
        if found is None:
            typed.errors[name] = "Choose a person."
    if one is None or other is None:
        return _people(scope, typed), 400
    same = typed["same"] != "no"
    try:
        accreditation.link_practitioners(scope, one, other, same, typed["note"], now())
    except (BadInput, NotFound, Conflict) as refused:
        return _people(scope, typed, str(refused)), STATUS[type(refused)]
    flash("Recorded. The credentials of each count for both." if same else "Recorded. Each has their own again.", "ok")
    return redirect(url_for("credentials.people"), 303)


def _form(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        known = fetch_practitioners(scope, db)
        kinds = sorted({*fetch_credential_kinds(scope, db), *get_settings(scope, db).licence_kinds})
        history: CredentialTimeline | None = None
        person_id = read_uuid(typed["person"])
        if person_id in {person.id for person in known} and typed["kind"]:
            history = fetch_credential_timeline(scope, db, person_id, typed["kind"], typed["state"] or None)
    corrects = read_uuid(typed["replaces"])
    wrong = standing_form.named(history.entries if history else (), corrects)
    return render_template(
        "accreditation/credential.html",
        heading="Correct a credential's record" if corrects else "Record a credential",
        typed=standing_form.prefilled(typed, wrong),
        errors=typed.errors,
        refusal=refusal,
        people=_choices(known),
        kinds=kinds,
        events=standing_form.offered_events(corrects),
        wrong=wrong,
        corrects=corrects,
        history=history,
        event_words=event_words,
        credential_name=credential_name,
        formats=formats,
    )


def _people(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        known, lines = fetch_practitioners(scope, db), fetch_links(scope, db)
    return render_template(
        "accreditation/people.html",
        heading="One person, two entries",
        typed=typed,
        errors=typed.errors,
        refusal=refusal,
        people=_choices(known),
        lines=lines,
        formats=formats,
    )


def _choices(known: list[PractitionerFacts]) -> list[tuple[str, str]]:
    return [("", "Choose a person"), *((str(person.id), f"{person.name} ({person.key})") for person in known)]
