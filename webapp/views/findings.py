"""Findings: raised, planned, mended, and verified by a second person."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.answering import FINDING_STEPS, State, Step, Taken, is_second
from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.presentation.answering import (
    ORIGIN_LABELS,
    SEVERITY_LABELS,
    SEVERITY_TONES,
    STATE_LABELS,
    STATE_TONES,
    STEP_LABELS,
)
from webapp.queries.accreditation import fetch_programmes
from webapp.queries.answers import fetch_colleagues
from webapp.queries.criteria import asked_on, fetch_criteria
from webapp.queries.findings import fetch_evidence, fetch_findings, get_finding
from webapp.queries.sites import fetch_sites
from webapp.services import answers
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.typed import STATUS, Typed, read_uuid

blueprint = Blueprint("findings", __name__, url_prefix="/findings")

FIELDS = ("criterion", "origin", "severity", "wording", "found_on")
STEP_FIELDS = ("step", "wording", "owner", "due_on")


@blueprint.get("")
def index() -> str:
    """The findings of one's sites, and to the officer and the manager the form for a new one."""
    return _index(current_scope(), Typed.of(request.args, FIELDS), request.args.getlist("site"))


@blueprint.post("")
def add() -> tuple[str, int] | Response:
    """Raise a finding at one or more sites."""
    scope, typed, sites = current_scope(), Typed.of(request.form, FIELDS), request.form.getlist("site")[:500]
    found_on = typed.day("found_on", "the day on which it was found", required=True)
    if found_on is None:
        return _index(scope, typed, sites, typed.errors["found_on"]), 400
    programme, _, code = typed["criterion"].partition("/")
    try:
        made = answers.raise_finding(
            scope,
            sites,
            (programme, code) if typed["criterion"] else None,
            typed["origin"],
            typed["severity"],
            typed["wording"],
            found_on,
            now(),
        )
    except (BadInput, Conflict, NotAllowed, NotFound) as refused:
        return _index(scope, typed, sites, str(refused)), STATUS[type(refused)]
    flash(f"Raised at {formats.plural(len(made), 'site')}. Say now who does what, and until when.", "ok")
    if len(made) == 1:
        return redirect(url_for("findings.show", finding_id=made[0]), 303)
    return redirect(url_for("findings.index"), 303)


@blueprint.get("/<uuid:finding_id>")
def show(finding_id: UUID) -> str:
    """One finding: its steps, its evidence, and what may be done next."""
    return _show(current_scope(), finding_id, Typed.of(request.args, STEP_FIELDS))


@blueprint.post("/<uuid:finding_id>")
def step(finding_id: UUID) -> tuple[str, int] | Response:
    """Take a step, or say what stands against it."""
    scope, typed = current_scope(), Typed.of(request.form, STEP_FIELDS)
    due_on = typed.day("due_on", "the day")
    if typed["step"] not in FINDING_STEPS:
        raise BadInput("Choose what to do.")
    wanted = Taken(Step(typed["step"]), scope.user_id, now(), typed["wording"], read_uuid(typed["owner"]), due_on)
    try:
        if typed.errors:
            raise BadInput(typed.errors["due_on"])
        answers.take_finding_step(scope, finding_id, wanted)
    except (BadInput, Conflict, NotAllowed) as refused:
        return _show(scope, finding_id, typed, str(refused)), STATUS[type(refused)]
    flash(f"{STEP_LABELS[wanted.step]}.", "ok")
    return redirect(url_for("findings.show", finding_id=finding_id), 303)


def _index(scope: Scope, typed: Typed, chosen: list[str], refusal: str = "") -> str:
    with reading(scope) as db:
        found, sites, own = fetch_findings(scope, db), fetch_sites(scope, db), fetch_programmes(scope, db)
        criteria = asked_on(fetch_criteria(scope, db), now().date())
    names = {p.id: p for p in own}
    return render_template(
        "findings/index.html",
        heading="Findings",
        rows=sorted(found, key=lambda f: f.standing.state is State.CLOSED),
        sites=sites,
        chosen=chosen,
        criteria=[
            ("", "None in particular"),
            *((f"{names[c.programme_id].code}/{c.code}", f"{names[c.programme_id].name}: {c.title}") for c in criteria),
        ],
        may_raise=scope.role in answers.MAY_TAKE[Step.PLANNED],
        typed=typed,
        refusal=refusal,
        today=now().date(),
        **_words(),
    )


def _show(scope: Scope, finding_id: UUID, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        one = get_finding(scope, db, finding_id)
        evidence = fetch_evidence(scope, db, finding_id=finding_id)
        people = fetch_colleagues(scope, db)
        code = next(s.code for s in fetch_sites(scope, db) if s.id == one.site_id)
    return render_template(
        "findings/show.html",
        heading=f"Finding: {one.site}",
        one=one,
        site_code=code,
        evidence=evidence,
        people=[("", "Choose"), *((str(p.id), p.name) for p in people)],
        allowed={step.value for step in FINDING_STEPS if scope.role in answers.MAY_TAKE[step]},
        is_second=is_second([line.taken for line in one.steps], Step.DONE, scope.user_id),
        typed=typed,
        refusal=refusal,
        today=now().date(),
        due=(now().date() + timedelta(days=30)).isoformat(),
        **_words(),
    )


def _words() -> dict[str, object]:
    return {
        "origins": ORIGIN_LABELS,
        "severities": SEVERITY_LABELS,
        "severity_tones": SEVERITY_TONES,
        "states": STATE_LABELS,
        "tones": STATE_TONES,
        "steps": STEP_LABELS,
        "formats": formats,
    }
