"""The schedules of a network: which there are, and the form on which one is set up, changed or ended."""

from dataclasses import dataclass, field
from datetime import time
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.errors import BadInput, Conflict, NotAllowed
from webapp.domain.periods import add_months, read_day
from webapp.domain.report_kinds import (
    CADENCE_LABELS,
    KIND_LABELS,
    SITE_KINDS,
    Cadence,
    ReportKind,
    kinds_kept_by,
    kinds_read_by,
)
from webapp.domain.schedule_entry import LONGEST_HOLD_DAYS, WEEKDAYS, ScheduleEntry
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.presentation.navigation import ROLE_LABELS
from webapp.queries.recipients import fetch_recipients
from webapp.queries.schedules import KeptSchedule, fetch_kept_schedules, fetch_reported_sites, get_schedule
from webapp.queries.sites import fetch_sites
from webapp.services import schedules
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.typed import STATUS

blueprint = Blueprint("schedules", __name__, url_prefix="/reports/schedules")

MOST_CHOSEN = 5_000
WHOLE, SITES, REGIONS = "network", "sites", "regions"


@dataclass(slots=True)
class Typed:
    """The form as it stands: what was typed or is stored, shown again with what is wrong."""

    name: str = ""
    kind: str = ReportKind.SITE.value
    cadence: str = Cadence.MONTHLY.value
    due_day: str = "1"
    due_time: str = "06:00"
    starts_on: str = ""
    covers: str = WHOLE
    zone: str = ""
    mail: bool = False
    hold_days: str = str(schedules.HOLD_DAYS)
    sites: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    @classmethod
    def of_form(cls, sent: "MultiDict[str, str]") -> "Typed":
        """What was sent; each text no longer than is worth showing again."""

        def said(name: str) -> str:
            return sent.get(name, "")[:200]

        return cls(
            name=said("name"),
            kind=said("kind"),
            cadence=said("cadence"),
            due_day=said("due_day"),
            due_time=said("due_time"),
            starts_on=said("starts_on"),
            covers=said("covers"),
            zone=said("zone"),
            mail=said("mail") == "yes",
            hold_days=said("hold_days"),
            sites=sent.getlist("sites")[:MOST_CHOSEN],
            regions=sent.getlist("regions")[:MOST_CHOSEN],
            recipients=sent.getlist("recipients")[:MOST_CHOSEN],
        )

    @classmethod
    def of_kept(cls, kept: KeptSchedule) -> "Typed":
        """What is stored."""
        due = kept.due
        return cls(
            kept.name,
            due.kind.value,
            due.cadence.value,
            str(due.due_day),
            f"{due.due_time:%H:%M}",
            due.starts_on.isoformat(),
            SITES if due.site_ids is not None else REGIONS if due.regions is not None else WHOLE,
            due.zone,
            kept.mail,
            str(kept.hold_days),
            [str(site) for site in due.site_ids or ()],
            sorted(due.regions or ()),
            [str(user) for user in kept.recipients],
        )

    def entry(self) -> ScheduleEntry:
        """What was typed as an entry. Raises BadInput with what cannot be read."""
        if self.kind not in set(ReportKind) or self.cadence not in set(Cadence):
            raise BadInput("Choose what is reported, and how often.")
        starts_on = read_day(self.starts_on)
        if starts_on is None:
            raise BadInput("Give a day of the first period, written as 2026-10-31.")
        return ScheduleEntry(
            self.name,
            ReportKind(self.kind),
            Cadence(self.cadence),
            _number(self.due_day, "the day on which it is due"),
            _time(self.due_time),
            starts_on,
            frozenset(map(_id, self.sites)) if self.covers == SITES else None,
            frozenset(self.regions) if self.covers == REGIONS else None,
            self.zone or "UTC",
            frozenset(map(_id, self.recipients)),
            self.mail,
            _number(self.hold_days, "how many days an incomplete report waits"),
        )


@blueprint.get("")
def index() -> str:
    """The schedules that run, and those that have ended."""
    scope = current_scope()
    with reading(scope) as db:
        kept = fetch_kept_schedules(scope, db)
        names = {site.id: site.name for site in fetch_sites(scope, db)}
        people = {each.user_id: each.name for each in fetch_recipients(scope, db, now())}
    today = now().date()
    return render_template(
        "reports/schedules.html",
        heading="Report schedules",
        running=[each for each in kept if not each.is_over(today) and each.ended_at is None],
        ended=[each for each in reversed(kept) if each.is_over(today) or each.ended_at is not None],
        kinds=KIND_LABELS,
        cadences=CADENCE_LABELS,
        due=due_words,
        covers=lambda each: covers_words(each, names),
        named=lambda each: sorted(people[user] for user in each.recipients if user in people),
        formats=formats,
        may_keep=kinds_kept_by(scope.role),
    )


@blueprint.get("/new")
def new() -> str:
    """The form for a new schedule, filled with what most networks want."""
    scope = current_scope()
    kinds = kinds_kept_by(scope.role)
    proposed = Typed(
        "Monthly report", kinds[0].value, starts_on=add_months(now().date().replace(day=1), -1).isoformat()
    )
    return _form(scope, proposed)


@blueprint.post("")
def set_up() -> tuple[str, int] | Response:
    """Set the schedule up, or show the form again with what was typed and what is wrong with it."""
    scope, typed = current_scope(), Typed.of_form(request.form)
    try:
        schedules.set_up(scope, typed.entry(), now())
    except (BadInput, NotAllowed) as refused:
        return _form(scope, typed, str(refused)), STATUS[type(refused)]
    flash("The schedule is set up. What is due by now is made within a minute.", "ok")
    return redirect(url_for("schedules.index"), 303)


@blueprint.get("/<uuid:schedule_id>")
def show(schedule_id: UUID) -> str:
    """One schedule, in the form on which it is changed."""
    scope = current_scope()
    with reading(scope) as db:
        kept = get_schedule(scope, db, schedule_id)
    return _form(scope, Typed.of_kept(kept), kept=kept)


@blueprint.post("/<uuid:schedule_id>")
def change(schedule_id: UUID) -> tuple[str, int] | Response:
    """Change the schedule, or show the form again."""
    scope, typed = current_scope(), Typed.of_form(request.form)
    with reading(scope) as db:
        kept = get_schedule(scope, db, schedule_id)
    typed.kind, typed.cadence, typed.starts_on = (
        kept.due.kind.value,
        kept.due.cadence.value,
        kept.due.starts_on.isoformat(),
    )
    try:
        changed = schedules.change(scope, schedule_id, typed.entry(), now())
    except (BadInput, NotAllowed, Conflict) as refused:
        return _form(scope, typed, str(refused), kept), STATUS[type(refused)]
    later = " What is due changes from the period that is under way; earlier reports stay as they are."
    flash(f"The schedule is changed.{later if changed != schedule_id else ''}", "ok")
    return redirect(url_for("schedules.index"), 303)


@blueprint.post("/<uuid:schedule_id>/end")
def end(schedule_id: UUID) -> Response:
    """End the schedule."""
    schedules.end(current_scope(), schedule_id, now())
    flash("The schedule has ended. Its reports stay to be read.", "ok")
    return redirect(url_for("schedules.index"), 303)


def due_words(kept: KeptSchedule) -> str:
    """When its reports are due, in words."""
    due = kept.due
    clocks = "each site's own clocks" if due.kind in SITE_KINDS else due.zone
    if due.cadence is Cadence.WEEKLY:
        return f"{WEEKDAYS[due.due_day - 1]} of the week after, {due.due_time:%H:%M}, {clocks}"
    span = "month" if due.cadence is Cadence.MONTHLY else "quarter"
    return f"Day {due.due_day} after the {span}, {due.due_time:%H:%M}, {clocks}"


def covers_words(kept: KeptSchedule, names: dict[UUID, str]) -> str:
    """Which sites it is about, in words."""
    due = kept.due
    if due.site_ids is not None:
        return ", ".join(sorted(names.get(site, "a site that is gone") for site in due.site_ids))
    return "The whole network" if due.regions is None else f"Regions: {', '.join(sorted(due.regions))}"


def _form(scope: Scope, typed: Typed, refusal: str = "", kept: KeptSchedule | None = None) -> str:
    instant = now()
    with reading(scope) as db:
        sites = fetch_sites(scope, db)
        people = fetch_recipients(scope, db, instant)
        zones = sorted({change.zone for site in fetch_reported_sites(scope, db) for change in site.zones})
    kinds = [(kind.value, KIND_LABELS[kind]) for kind in kinds_kept_by(scope.role)]
    may_change = (kept is None or (kept.ended_at is None and kept.due.kind in kinds_kept_by(scope.role))) and kinds
    return render_template(
        "reports/schedule.html",
        heading=kept.name if kept else "A new schedule",
        typed=typed,
        refusal=refusal,
        kept=kept,
        kinds=kinds,
        kind_label=KIND_LABELS.get(ReportKind(typed.kind), "") if typed.kind in set(ReportKind) else "",
        cadences=[(each.value, CADENCE_LABELS[each]) for each in Cadence],
        sites=[(str(site.id), site.name) for site in sites],
        regions=sorted({site.region for site in sites if site.region}),
        people=[each for each in people if kinds_read_by(each.role) or str(each.user_id) in typed.recipients],
        roles=ROLE_LABELS,
        zones=[(zone, zone) for zone in sorted({*zones, "UTC", *([typed.zone] if typed.zone else [])})],
        may_change=may_change,
        mails=bool(current_app.config.get("MAIL_URL")),
        longest_hold=LONGEST_HOLD_DAYS,
        formats=formats,
    )


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise BadInput(f"Give {what} as a whole number.")
    return int(text)


def _time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        raise BadInput("Give the time of day as 06:00.") from None
    if found.tzinfo is not None or found.second or found.microsecond:
        raise BadInput("Give the time of day as 06:00.")
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput("What was chosen is not there any more; choose again.") from None
