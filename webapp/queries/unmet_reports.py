"""What schedules expect and do not have yet: reports of which there is nothing, and those that were only asked for by hand."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.due_reports import DueReport, due_reports
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.queries.schedules import fetch_reported_sites, fetch_schedules


@dataclass(frozen=True, slots=True)
class AskedFor:
    """The newest issue of a report that is due by its schedule, while all its issues were asked for by hand or made of such.

    is_given: whether it was given out, which for such an issue is to those who asked.
    """

    run_id: UUID
    state: RunState
    is_given: bool


@dataclass(frozen=True, slots=True)
class Unmet:
    """What a network's schedules expect by an instant and do not have, oldest first."""

    missing: list[DueReport] = field(default_factory=list)
    asked_for: list[AskedFor] = field(default_factory=list)


def fetch_unmet(scope: Scope, db: Session, now: datetime) -> Unmet:
    """The anti-join: every report that should exist by now and of which no issue is the schedule's own.

    An issue is the schedule's own if nobody asked for it: what somebody asked for is theirs until the schedule takes it over.
    """
    own, asked_for = set(), {}
    rows = db.execute(
        text(
            "SELECT schedule_id, site_id, period_start, id, state, requested_by IS NULL, distributed_at IS NOT NULL"
            " FROM report_run WHERE network_id = :network ORDER BY issue"
        ),
        {"network": scope.network_id},
    )
    for schedule_id, site_id, start, run_id, state, is_own, is_given in rows:
        key = (schedule_id, site_id, start)
        if is_own:
            own.add(key)
        else:
            asked_for[key] = AskedFor(run_id, RunState(state), is_given)
    found = Unmet()
    expected = due_reports(fetch_schedules(scope, db), fetch_reported_sites(scope, db), now)
    for due in sorted(expected, key=lambda due: (due.due_at, due.period.start_on, due.subject)):
        key = (due.schedule_id, due.site_id, due.period.start_on)
        if key in own:
            continue
        if key in asked_for:
            found.asked_for.append(asked_for[key])
        else:
            found.missing.append(due)
    return found
