"""The forms on which the compliance officer writes down what happened to a person's credential, and who is one person."""

from collections.abc import Sequence

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
    Offered,
    fetch_credential_timeline,
    fetch_links,
    fetch_offered,
)
from webapp.queries.credentials import PractitionerFacts, fetch_practitioners
from webapp.services import accreditation
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views import standing_form
from webapp.views.typed import STATUS, Typed, read_uuid

blueprint = Blueprint("credentials", __name__, url_prefix="/accreditation")

FIELDS = ("person", "kind", "new_kind", "state", "new_state", *standing_form.FIELDS)
REQUIRED = {"person": "Choose the person."}
OTHER, EVERYWHERE = "another", "everywhere"
"""Chosen in place of a kind or a state that is in the list, and in place of any one state."""
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
    with reading(scope) as db:
        offered = fetch_offered(scope, db)
    kind, state = _kind(typed, offered.kinds), _state(typed, (*offered.states, *offered.further_states))
    entry = standing_form.read_entry(typed, REQUIRED)
    if entry is None or person_id is None or not kind:
        return _form(scope, typed), 400
    try:
        record_id = accreditation.record_credential(scope, person_id, kind, state, entry, now())
    except (BadInput, NotFound, Conflict) as refused:
        return _form(scope, typed, str(refused)), STATUS[type(refused)]
    with reading(scope) as db:
        history = fetch_credential_timeline(scope, db, person_id, kind, state)
    what = event_words(entry.event, entry.corrected_event)
    flash(
        f"Recorded for {history.practitioner.name}, {credential_name(kind)}: {what}, as of {formats.day(entry.effective_on)}."
        f" {_counts(kind, state, offered)}",
        "ok",
    )
    for sentence in standing_form.contradictions(history.entries, record_id):
        flash(sentence, "warn")
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
        known, offered = fetch_practitioners(scope, db), fetch_offered(scope, db)
        history: CredentialTimeline | None = None
        person_id = read_uuid(typed["person"])
        if person_id in {person.id for person in known} and typed["kind"]:
            state = None if typed["state"] == EVERYWHERE else typed["state"] or None
            history = fetch_credential_timeline(scope, db, person_id, typed["kind"], state)
    corrects = read_uuid(typed["replaces"])
    wrong = standing_form.named(history.entries if history else (), corrects)
    return render_template(
        "accreditation/credential.html",
        heading="Correct a credential's record" if corrects else "Record a credential",
        typed=standing_form.prefilled(typed, wrong),
        errors=typed.errors,
        refusal=refusal,
        people=_choices(known),
        kinds=_kind_choices(offered.kinds, typed["kind"]),
        states=_state_choices(offered),
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


def _kind_choices(kinds: Sequence[str], chosen: str) -> list[tuple[str, str]]:
    more = [chosen] if chosen and chosen not in (*kinds, OTHER) else []
    named = sorted((credential_name(kind)[:1].upper() + credential_name(kind)[1:], kind) for kind in [*kinds, *more])
    return [("", "Choose the credential"), *((kind, name) for name, kind in named), (OTHER, "Another one, named below")]


def _state_choices(offered: Offered) -> list[tuple[str, str]]:
    return [
        ("", "Choose where it holds"),
        *((state, state) for state in offered.states),
        *((state, f"{state} (no site there)") for state in offered.further_states),
        (OTHER, "Another state, named below"),
        (EVERYWHERE, "Everywhere, whatever the state"),
    ]


def _kind(typed: Typed, known: Sequence[str]) -> str:
    """The kind that was chosen, or named anew; empty with what to say beside its field."""
    if typed["replaces"] or typed["kind"] not in ("", OTHER):
        return typed.text("kind", "Choose the credential.")
    if typed["kind"] == "":
        typed.errors["kind"] = "Choose the credential."
        return ""
    named = " ".join(typed.text("new_kind", "Name the credential.").split())
    if named.casefold() == OTHER:
        typed.errors["new_kind"] = "Name the credential."
        return ""
    return next(
        (kind for kind in known if named.casefold() in (kind.casefold(), credential_name(kind).casefold())), named
    )


def _state(typed: Typed, known: Sequence[str]) -> str | None:
    """The state that was chosen, or named anew; None where it holds everywhere, or with what to say beside its field."""
    if typed["replaces"]:
        return typed["state"] or None
    if typed["state"] == OTHER:
        named = " ".join(typed.text("new_state", "Name the state.").split())
        return next((state for state in known if state.casefold() == named.casefold()), named or None)
    if typed["state"] not in (*known, EVERYWHERE):
        typed.errors["state"] = "Choose where it holds."
    return None if typed["state"] == EVERYWHERE else typed["state"]


def _counts(kind: str, state: str | None, offered: Offered) -> str:
    """What the record does to sessions."""
    if kind not in offered.licences:
        asked = ", ".join(credential_name(one) for one in offered.licences)
        return f"It is kept and reminded of; who may treat is judged by other credentials ({asked}), so no session reads otherwise."
    if state is not None and state not in offered.states:
        return f"No site of yours stands in {state}, so it counts nowhere yet."
    where = "every site" if state is None else "every site of that state"
    return f"It counts at {where}, and the sessions it touches were judged again."


def _choices(known: list[PractitionerFacts]) -> list[tuple[str, str]]:
    return [("", "Choose a person"), *((str(person.id), f"{person.name} ({person.key})") for person in known)]
