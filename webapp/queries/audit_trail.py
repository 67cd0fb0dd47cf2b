"""Searching one network's audit trail: who did, read or was refused what, newest first, a page at a time by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotAllowed
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role

A_PAGE = 50
MOST_IN_A_FILE = 50_000
READERS = frozenset({Role.COMPLIANCE, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What is looked for; an empty text narrows nothing. first, last: days in UTC, both included.

    person: part of a name or sign-in address. subject: part of what the event is about. site: a site's code, as the event names it.
    """

    person: str = ""
    subject: str = ""
    site: str = ""
    action: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One event. person: None for the product's own work, and for somebody who is no longer known."""

    number: int
    at: datetime
    person: str | None
    role: str | None
    action: str
    subject: str
    outcome: str
    details: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Events with the number before which the next page begins; None on the last."""

    lines: tuple[AuditLine, ...]
    older: int | None


def fetch_events(
    scope: Scope, db: Session, search: AuditSearch, before: int | None = None, limit: int = A_PAGE
) -> AuditPage:
    """The newest events that fit, with a number smaller than `before`. Raises NotAllowed for a role that may not look."""
    _require_reader(scope)
    conditions, values = _conditions(search)
    rows = db.execute(
        text(
            "SELECT e.number, e.at, u.name, e.role, e.action, e.object, e.outcome, e.details FROM audit_event e"
            f" LEFT JOIN user_account u ON u.id = e.user_id WHERE e.network_id = :network AND e.number < :before{conditions}"
            " ORDER BY e.number DESC LIMIT :limit"
        ),
        {**values, "network": scope.network_id, "before": before or 2**62, "limit": limit + 1},
    ).all()
    lines = tuple(AuditLine(*row) for row in rows[:limit])
    return AuditPage(lines, lines[-1].number if len(rows) > limit else None)


def fetch_actions(scope: Scope, db: Session) -> list[str]:
    """The actions that stand in the trail, by name."""
    _require_reader(scope)
    rows = db.execute(
        text("SELECT DISTINCT action FROM audit_event WHERE network_id = :network ORDER BY action"),
        {"network": scope.network_id},
    )
    return list(rows.scalars())


def _conditions(search: AuditSearch) -> tuple[str, dict[str, object]]:
    asked = {
        "person": " AND (u.name ILIKE :person OR u.email ILIKE :person)",
        "subject": " AND e.object ILIKE :subject",
        "action": " AND e.action = :action",
    }
    values: dict[str, object] = {
        "person": _anywhere(search.person),
        "subject": _anywhere(search.subject),
        "action": search.action,
    }
    found = "".join(condition for name, condition in asked.items() if getattr(search, name))
    if search.site:
        found += (
            " AND (' ' || e.object || ' ' ILIKE :site OR e.details -> 'sites' @> to_jsonb(CAST(:code AS text))"
            " OR e.details ->> 'site' = :code)"
        )
        values |= {"site": f"% {_escaped(search.site)} %", "code": search.site}
    if search.first is not None:
        found, values["first"] = found + " AND e.at >= :first", datetime.combine(search.first, time.min, UTC)
    if search.last is not None:
        end = datetime.combine(search.last + timedelta(days=1), time.min, UTC)
        found, values["end"] = found + " AND e.at < :end", end
    return found, values


def _anywhere(part: str) -> str:
    return f"%{_escaped(part)}%"


def _escaped(part: str) -> str:
    """Without a meaning of its own inside a pattern."""
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _require_reader(scope: Scope) -> None:
    if scope.role not in READERS:
        raise NotAllowed("The audit trail is open to the compliance officer and to the manager of the network.")
