"""Programmes and their criteria: to see, to add from a template or of one's own, and to say anew, version by version."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain import compliance
from webapp.domain.compliance import CRITERION_TITLES
from webapp.domain.criteria import FROM_THE_BEGINNING, CriterionText
from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.programmes import EVERY_TEMPLATE
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.queries.accreditation import fetch_programmes, get_programme
from webapp.queries.criteria import CriterionVersion, asked_on, fetch_criteria, fetch_programme_versions
from webapp.services import accreditation, programmes
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.typed import STATUS, Typed

blueprint = Blueprint("programmes", __name__, url_prefix="/programmes")

FIELDS = ("code", "name", "body", "counts")
CRITERION_FIELDS = ("code", "title", "wording", "evidence_asked", "judged_by", "valid_from", "doing")
JUDGED = [
    ("", "A person looks and says"),
    *((c.value, f"Sessions: {CRITERION_TITLES[c]}") for c in compliance.Criterion),
]
Answer = tuple[str, int] | Response


@blueprint.get("")
def index() -> str:
    """The network's programmes, the templates that it does not have, and the form for one of its own."""
    return _index(current_scope(), Typed.of({}, FIELDS))


@blueprint.post("")
def add() -> Answer:
    """Add a programme of one's own, or a template."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)
    template = request.form.get("template", "")[:60]
    code = template or typed.text("code", "Give a short code, such as joint_body.")
    if not template:
        typed.text("name", "Give the programme's name.")
    if typed.errors:
        return _index(scope, typed), 400
    try:
        if template:
            programmes.add_template(scope, template, now())
        else:
            accreditation.add_programme(scope, code, typed["name"], typed["body"], bool(typed["counts"]))
    except (BadInput, NotFound, Conflict) as refused:
        return _index(scope, typed, str(refused)), STATUS[type(refused)]
    flash(
        "Added. Say below what it asks." if not template else "Added, marked as a template until you change it.", "ok"
    )
    return redirect(url_for("programmes.show", code=code), 303)


@blueprint.get("/<code>")
def show(code: str) -> str:
    """One programme: what it is, what it asks today, and each earlier version."""
    typed = Typed.of(request.args, CRITERION_FIELDS)
    return _show(current_scope(), code, typed)


@blueprint.post("/<code>")
def change(code: str) -> Answer:
    """Say anew what the programme is called and whether it counts."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)

    def doing() -> str:
        version = accreditation.change_programme(
            scope, code, typed["name"], typed["body"], bool(typed["counts"]), now()
        )
        return f"Version {version} of the programme stands. What was judged before is kept as it was known then."

    return _done(scope, code, doing, Typed.of({}, CRITERION_FIELDS))


@blueprint.post("/<code>/criteria")
def criterion(code: str) -> Answer:
    """A new version of a criterion, a new criterion, or that one is asked no more."""
    scope, typed = current_scope(), Typed.of(request.form, CRITERION_FIELDS)
    starts = typed.day("valid_from", "the day")
    name = typed.text("code", "Give a short code, such as escort.")
    if typed.errors:
        return _show(scope, code, typed, "Nothing was recorded yet: please look at the fields marked below."), 400

    def doing() -> str:
        if typed["doing"] == "withdraw":
            programmes.withdraw_criterion(scope, code, name, starts or now().date(), now())
            return "From that day on it is asked no more. What was assessed before stays."
        version = programmes.say_criterion(scope, code, name, _said(typed), starts, now())
        return f"Version {version} of the criterion stands. What was assessed before keeps the version it was assessed under."

    return _done(scope, code, doing, typed)


def _said(typed: Typed) -> CriterionText:
    if typed["judged_by"] not in dict(JUDGED):
        raise BadInput("Choose from the list by what the criterion is judged.")
    by = compliance.Criterion(typed["judged_by"]) if typed["judged_by"] else None
    return CriterionText(typed["title"], typed["wording"], typed["evidence_asked"], by)


def _done(scope: Scope, code: str, doing: Callable[[], str], typed: Typed) -> Answer:
    try:
        said = doing()
    except (BadInput, NotFound, Conflict) as refused:
        with reading(scope) as db:
            get_programme(scope, db, code)
        return _show(scope, code, typed, str(refused)), STATUS[type(refused)]
    flash(said, "ok")
    return redirect(url_for("programmes.show", code=code), 303)


def _index(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        found = fetch_programmes(scope, db)
        asked = asked_on(fetch_criteria(scope, db), now().date())
    known = {programme.code for programme in found}
    return render_template(
        "programmes/index.html",
        heading="Programmes",
        typed=typed,
        refusal=refusal,
        programmes=[(p, sum(c.programme_id == p.id for c in asked)) for p in found],
        templates=[template for template in EVERY_TEMPLATE if template.code not in known],
        formats=formats,
    )


def _show(scope: Scope, code: str, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        programme = get_programme(scope, db, code)
        versions = fetch_criteria(scope, db, programme.id)
        before = fetch_programme_versions(scope, db, programme.id)
    today = now().date()
    return render_template(
        "programmes/show.html",
        heading=programme.name,
        programme=programme,
        source=next((t.source for t in EVERY_TEMPLATE if t.code == code), ""),
        asked=asked_on(versions, today),
        versions=sorted(versions, key=lambda v: (v.code, -v.version)),
        before=before,
        typed=_prefilled(typed, versions),
        refusal=refusal,
        judged=JUDGED,
        judged_words=dict(JUDGED),
        from_words=_from_words,
        formats=formats,
    )


def _prefilled(typed: Typed, versions: list[CriterionVersion]) -> Typed:
    """The form for a new version begins with what the newest says, unless something was typed."""
    newest = next((v for v in reversed(versions) if v.code == typed["code"]), None)
    if newest is None or typed["title"] or typed["wording"]:
        return typed
    said = {
        "code": newest.code,
        "title": newest.title,
        "wording": newest.wording,
        "evidence_asked": newest.evidence_asked or "",
        "judged_by": newest.judged_by.value if newest.judged_by else "",
        "valid_from": now().date().isoformat(),
    }
    return Typed({**typed.values, **said}, typed.errors)


def _from_words(on: date) -> str:
    return "the beginning" if on == FROM_THE_BEGINNING else formats.day(on)
