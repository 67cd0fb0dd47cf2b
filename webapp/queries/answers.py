"""The steps taken for exceptions and findings, what is overdue, and who may be asked to do something."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.answering import Step, Taken
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as it is shown, with the names of the people."""

    taken: Taken
    by: str | None
    owner: str | None
    finding_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be asked to do something."""

    id: UUID
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class OverdueCount:
    """How many of one kind are overdue at a site, and since when the oldest has been due."""

    kind: Literal["exception", "finding"]
    site_id: UUID
    many: int
    oldest_due_on: date


ExceptionKey = tuple[UUID, str]
"""A session's id and a criterion's code."""

_STEP = "x.step, x.recorded_by, x.recorded_at, x.wording, x.owner_id, x.due_on, u.name AS by_name, o.name AS owner_name"
_NAMES = "LEFT JOIN user_account u ON u.id = x.recorded_by LEFT JOIN user_account o ON o.id = x.owner_id"
_HERE = "x.network_id = :network AND x.site_id = ANY (:sites)"


def fetch_exception_steps(
    scope: Scope, db: Session, session_ids: Collection[UUID]
) -> Mapping[ExceptionKey, list[StepLine]]:
    """The steps of the exceptions of those sessions, in the order taken."""
    rows = db.execute(
        text(
            f"SELECT {_STEP}, x.finding_id, x.session_id, x.criterion FROM exception_step x {_NAMES} WHERE {_HERE}"
            " AND x.session_id = ANY (:sessions) ORDER BY x.recorded_at, x.id"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids), "sessions": list(session_ids)},
    )
    found: dict[ExceptionKey, list[StepLine]] = defaultdict(list)
    for row in rows:
        found[row.session_id, row.criterion].append(_line(row, row.finding_id))
    return found


def fetch_finding_steps(
    scope: Scope, db: Session, finding_ids: Collection[UUID] | None = None
) -> Mapping[UUID, list[StepLine]]:
    """The steps of findings, in the order taken; of those findings, or of all in the scope."""
    rows = db.execute(
        text(
            f"SELECT {_STEP}, x.finding_id FROM corrective_action x {_NAMES} WHERE {_HERE}"
            " AND (CAST(:findings AS uuid[]) IS NULL OR x.finding_id = ANY (:findings)) ORDER BY x.recorded_at, x.id"
        ),
        {
            "network": scope.network_id,
            "sites": list(scope.site_ids),
            "findings": None if finding_ids is None else list(finding_ids),
        },
    )
    found: dict[UUID, list[StepLine]] = defaultdict(list)
    for row in rows:
        found[row.finding_id].append(_line(row, None))
    return found


def fetch_overdue(scope: Scope, db: Session, today: date) -> list[OverdueCount]:
    """What is overdue by site: findings that are not verified, exceptions that are not closed."""
    found: list[OverdueCount] = []
    sources: tuple[tuple[Literal["exception", "finding"], str, str], ...] = (
        ("finding", "corrective_action", "x.finding_id"),
        ("exception", "exception_step", "x.session_id, x.criterion"),
    )
    for kind, table, key in sources:
        # Only what was ever given a day can be overdue; the last word on each decides.
        rows = db.execute(
            text(
                f"SELECT d.site_id, count(*), min(d.due_on) FROM (SELECT DISTINCT ON ({key}) x.site_id, x.step,"
                f" first_value(x.due_on) OVER (PARTITION BY {key} ORDER BY x.due_on IS NULL, x.recorded_at DESC) AS due_on"
                f" FROM {table} x WHERE {_HERE} ORDER BY {key}, x.recorded_at DESC, x.id DESC) d"
                " WHERE d.step NOT IN ('closed', 'verified') AND d.due_on < :today GROUP BY d.site_id"
            ),
            {"network": scope.network_id, "sites": list(scope.site_ids), "today": today},
        )
        found += [OverdueCount(kind, *row) for row in rows]
    return found


def fetch_colleagues(scope: Scope, db: Session) -> list[Colleague]:
    """Who may be asked: the network's managers, officers and site leads, by name; to a scope of some sites only oneself."""
    rows = db.execute(
        text(
            "SELECT u.id, u.name, m.role FROM membership m JOIN user_account u ON u.id = m.user_id WHERE m.network_id = :network"
            " AND u.is_active AND m.revoked_at IS NULL"
            " AND m.role IN ('manager', 'compliance', 'site_lead') AND (:whole OR u.id = :self) ORDER BY u.name, u.id"
        ),
        {"network": scope.network_id, "whole": scope.whole_network, "self": scope.user_id},
    )
    return [Colleague(user_id, name, Role(role)) for user_id, name, role in rows]


def _line(row: Sequence[Any], finding_id: UUID | None) -> StepLine:
    step, by, at, wording, owner, due, by_name, owner_name = row[:8]
    return StepLine(Taken(Step(step), by, at, wording, owner, due), by_name, owner_name, finding_id)
