"""The queue of exceptions: what did not meet a criterion, who answers for it, and the second person who closes it."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.answering import EXCEPTION_STEPS, State, Step, Taken, is_second
from webapp.domain.compliance import CRITERION_TITLES, Criterion
from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from webapp.domain.periods import LONGEST_DAYS, Period, read_day
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Verdict
from webapp.presentation import formats
from webapp.presentation.answering import STATE_LABELS, STATE_TONES, STEP_LABELS
from webapp.presentation.verdicts import VERDICT_LABELS
from webapp.queries.answers import fetch_colleagues
from webapp.queries.exceptions import (
    MOST_EXCEPTIONS,
    SessionException,
    count_exceptions,
    fetch_exceptions,
    get_exception,
)
from webapp.queries.findings import fetch_findings
from webapp.queries.sites import fetch_sites
from webapp.services import answers
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.typed import STATUS, Typed, read_uuid

blueprint = Blueprint("exceptions", __name__, url_prefix="/exceptions")

FIELDS = ("step", "wording", "owner", "due_on", "finding")
SHOWN_DAYS = 60


@blueprint.get("")
def index() -> str:
    """The exceptions of a period, open ones first unless all are asked for."""
    scope, today = current_scope(), now().date()
    start = read_day(request.args.get("from", "")) or today - timedelta(days=SHOWN_DAYS)
    last = read_day(request.args.get("to", "")) or today
    if not timedelta(0) <= last - start <= timedelta(days=LONGEST_DAYS):
        raise BadInput("The last day is before the first, or the period is longer than ten years. Choose other days.")
    period = Period(start, last + timedelta(days=1))
    verdict = Verdict.NOT_RECORDED if request.args.get("show") == "not_recorded" else Verdict.NOT_MET
    closed, site = request.args.get("closed") == "yes", request.args.get("site", "")
    with reading(scope) as db:
        sites = fetch_sites(scope, db)
        narrowed = scope.narrow([s.id for s in sites if s.code == site] if site else None)
        found = fetch_exceptions(narrowed, db, period, verdict)
        many = count_exceptions(narrowed, db, period, verdict)
    shown = [one for one in found if closed or one.standing.state is not State.CLOSED][:MOST_EXCEPTIONS]
    return render_template(
        "exceptions/index.html",
        heading="Exceptions",
        rows=shown,
        found=len(found),
        many=many,
        names={s.id: s.name for s in sites},
        sites=[("", "All sites"), *((s.code, s.name) for s in sites)],
        asked={"from": start.isoformat(), "to": last.isoformat(), "show": verdict.value, "site": site},
        closed=closed,
        today=today,
        **_words(),
    )


@blueprint.get("/<uuid:session_id>/<criterion>")
def show(session_id: UUID, criterion: str) -> str:
    """One exception, the steps taken and those that may be taken."""
    return _show(current_scope(), session_id, _criterion(criterion), Typed.of(request.args, FIELDS))


@blueprint.post("/<uuid:session_id>/<criterion>")
def step(session_id: UUID, criterion: str) -> tuple[str, int] | Response:
    """Take a step, or say what stands against it."""
    scope, typed, of = current_scope(), Typed.of(request.form, FIELDS), _criterion(criterion)
    due_on = typed.day("due_on", "the day")
    if typed["step"] not in EXCEPTION_STEPS:
        raise BadInput("Choose what to do.")
    wanted = Taken(Step(typed["step"]), scope.user_id, now(), typed["wording"], read_uuid(typed["owner"]), due_on)
    try:
        if typed.errors:
            raise BadInput(typed.errors["due_on"])
        answers.take_exception_step(scope, session_id, of, wanted, read_uuid(typed["finding"]))
    except (BadInput, Conflict, NotAllowed) as refused:
        return _show(scope, session_id, of, typed, str(refused)), STATUS[type(refused)]
    flash(f"{STEP_LABELS[wanted.step]}.", "ok")
    return redirect(url_for("exceptions.show", session_id=session_id, criterion=of.value), 303)


def _show(scope: Scope, session_id: UUID, criterion: Criterion, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        one: SessionException = get_exception(scope, db, session_id, criterion)
        site = next(s for s in fetch_sites(scope, db) if s.id == one.site_id)
        people = fetch_colleagues(scope, db)
        findings = [f for f in fetch_findings(scope, db) if f.site_id == one.site_id]
    allowed = {step.value for step in EXCEPTION_STEPS if scope.role in answers.MAY_TAKE[step]}
    return render_template(
        "exceptions/show.html",
        heading=f"{CRITERION_TITLES[criterion]}: {site.name}, {formats.day(one.on_date)}",
        one=one,
        site=site,
        people=[("", "Choose"), *((str(p.id), p.name) for p in people)],
        findings=[("", "None"), *((str(f.id), f.wording[:80]) for f in findings)],
        finding_words={f.id: f.wording for f in findings},
        allowed=allowed,
        is_second=is_second([line.taken for line in one.steps], Step.EXPLAINED, scope.user_id),
        typed=typed,
        refusal=refusal,
        today=now().date(),
        due=(now().date() + timedelta(days=14)).isoformat(),
        **_words(),
    )


def _criterion(text: str) -> Criterion:
    try:
        return Criterion(text)
    except ValueError:
        raise NotFound("There is no such criterion.") from None


def _words() -> dict[str, object]:
    return {
        "titles": CRITERION_TITLES,
        "verdicts": VERDICT_LABELS,
        "states": STATE_LABELS,
        "tones": STATE_TONES,
        "steps": STEP_LABELS,
        "formats": formats,
    }
