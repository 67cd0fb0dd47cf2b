"""The form on which the compliance officer writes down how a site was found to meet a criterion."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.criteria import AssessmentEntry
from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Verdict
from webapp.presentation import formats
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.verdicts import VERDICT_LABELS
from webapp.queries.accreditation import fetch_programmes
from webapp.queries.criteria import (
    AssessmentLine,
    CriterionVersion,
    asked_on,
    fetch_assessment_lines,
    fetch_criteria,
)
from webapp.queries.sites import fetch_sites
from webapp.services import programmes
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.typed import STATUS, Typed, read_uuid

blueprint = Blueprint("assessments", __name__, url_prefix="/accreditation/assessment")

VOID = "should_not_exist"
FIELDS = ("site", "criterion", "verdict", "assessed_on", "until", "note", "replaces")


@blueprint.get("")
def new_record() -> str:
    """The empty form, or, with `replaces`, the form that corrects one assessment."""
    return _form(current_scope(), Typed.of(request.args, FIELDS))


@blueprint.post("")
def record() -> tuple[str, int] | Response:
    """Store it and go to the matrix, or show the form again with what was typed and what is wrong with it."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)
    entry = _entry(typed)
    if entry is None:
        return _form(scope, typed), 400
    programme, _, criterion = typed["criterion"].partition("/")
    try:
        programmes.assess(scope, typed["site"], programme, criterion, entry, now())
    except (BadInput, NotFound, Conflict) as refused:
        return _form(scope, typed, str(refused)), STATUS[type(refused)]
    flash(f"Recorded, as of {formats.day(entry.assessed_on)}.", "ok")
    return redirect(f"{DASHBOARDS}/accreditation", 303)


def _entry(typed: Typed) -> AssessmentEntry | None:
    typed.text("site", "Choose the site.")
    typed.text("criterion", "Choose the criterion.")
    allowed = [verdict.value for verdict in Verdict] + ([VOID] if typed["replaces"] else [])
    said = typed.choice("verdict", allowed, "Choose how the site met it.")
    on, until = typed.day("assessed_on", "the day somebody looked", required=True), typed.day("until", "the last day")
    replaces = read_uuid(typed["replaces"])
    if typed["replaces"] and replaces is None:
        raise BadInput("The assessment to correct is not named rightly. Choose it from the list of what is recorded.")
    if typed.errors or on is None:
        return None
    return AssessmentEntry(None if said == VOID else Verdict(said), on, until, typed["note"], replaces)


def _form(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        sites, own = fetch_sites(scope, db), fetch_programmes(scope, db)
        criteria = asked_on(fetch_criteria(scope, db), _day(typed))
        names = {p.id: p for p in own}
        lines: list[AssessmentLine] = []
        site = next((s for s in sites if s.code == typed["site"]), None)
        programme = next((p for p in own if p.code == typed["criterion"].partition("/")[0]), None)
        if site and programme:
            lines = fetch_assessment_lines(scope, db, site.id, programme.id)
    wrong = next((line for line in lines if line.id == read_uuid(typed["replaces"])), None)
    return render_template(
        "accreditation/assessment.html",
        heading="Correct an assessment" if typed["replaces"] else "Record how a site meets a criterion",
        typed=_prefilled(typed, wrong),
        errors=typed.errors,
        refusal=refusal,
        sites=[("", "Choose a site"), *((s.code, s.name) for s in sites)],
        criteria=[
            ("", "Choose a criterion"),
            *((_key(c, names[c.programme_id].code), _words(c, names[c.programme_id].name)) for c in criteria),
        ],
        verdicts=[
            ("", "Choose"),
            *((v.value, VERDICT_LABELS[v]) for v in Verdict),
            *([(VOID, "It should not exist")] if typed["replaces"] else []),
        ],
        corrects=typed["replaces"],
        lines=lines,
        programme=programme,
        site=site,
        labels=VERDICT_LABELS,
        formats=formats,
    )


def _key(criterion: CriterionVersion, programme_code: str) -> str:
    return f"{programme_code}/{criterion.code}"


def _words(criterion: CriterionVersion, programme: str) -> str:
    return f"{programme}: {criterion.title}"


def _day(typed: Typed) -> date:
    return Typed(dict(typed.values)).day("assessed_on", "") or now().date()


def _prefilled(typed: Typed, wrong: AssessmentLine | None) -> dict[str, str]:
    if wrong is None or typed["verdict"] or typed["assessed_on"]:
        return typed.values
    return {
        **typed.values,
        "verdict": wrong.verdict.value if wrong.verdict else VOID,
        "assessed_on": wrong.assessed_on.isoformat(),
        "until": wrong.until.isoformat() if wrong.until else "",
    }
