"""What kinds of scheduled report there are, over which periods, and whose eyes each is for."""

from datetime import date, timedelta
from enum import StrEnum

from webapp.domain.periods import Period, add_months
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role


class ReportKind(StrEnum):
    """What a scheduled report is about."""

    SITE = "site_month"
    NETWORK = "network_month"
    COMPLIANCE = "compliance_month"
    COURSES_DUE = "course_due"


class Cadence(StrEnum):
    """How long the periods of a schedule are."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


KIND_LABELS: dict[ReportKind, str] = {
    ReportKind.SITE: "Site report",
    ReportKind.NETWORK: "Network report",
    ReportKind.COMPLIANCE: "Compliance report",
    ReportKind.COURSES_DUE: "Courses due",
}
CADENCE_LABELS: dict[Cadence, str] = {
    Cadence.WEEKLY: "Every week",
    Cadence.MONTHLY: "Every month",
    Cadence.QUARTERLY: "Every quarter",
}
CADENCE_WORDS: dict[Cadence, str] = {
    Cadence.WEEKLY: "weekly",
    Cadence.MONTHLY: "monthly",
    Cadence.QUARTERLY: "quarterly",
}

SITE_KINDS = frozenset({ReportKind.SITE, ReportKind.COURSES_DUE})
"""One report a site; the other kinds are one report of the whole network, for those who see the whole of it."""

READERS: dict[ReportKind, frozenset[Role]] = {
    ReportKind.SITE: frozenset({Role.MANAGER, Role.SITE_LEAD}),
    ReportKind.NETWORK: frozenset({Role.MANAGER}),
    ReportKind.COMPLIANCE: frozenset({Role.MANAGER, Role.COMPLIANCE}),
    ReportKind.COURSES_DUE: frozenset({Role.MANAGER, Role.SITE_LEAD}),
}
"""Who may receive, open and download a report of each kind.

All but the compliance report count what is recorded of patients, however few, or name them: they are for those who may see a pseudonym.
"""

KEEPERS: dict[ReportKind, frozenset[Role]] = {
    ReportKind.SITE: frozenset({Role.MANAGER}),
    ReportKind.NETWORK: frozenset({Role.MANAGER}),
    ReportKind.COMPLIANCE: frozenset({Role.MANAGER, Role.COMPLIANCE}),
    ReportKind.COURSES_DUE: frozenset({Role.MANAGER}),
}
"""Who may set up, change and end schedules of each kind."""


def kinds_read_by(role: Role) -> list[ReportKind]:
    """The kinds that somebody of this role may read."""
    return [kind for kind, roles in READERS.items() if role in roles]


def kinds_kept_by(role: Role) -> list[ReportKind]:
    """The kinds whose schedules somebody of this role may set up."""
    return [kind for kind, roles in KEEPERS.items() if role in roles]


def may_read(reach: Scope, kind: ReportKind, site_id: object) -> bool:
    """Whether a report's whole contents lie within somebody's reach. site_id: None for a report of the whole network."""
    if reach.role not in READERS[kind]:
        return False
    return site_id in reach.site_ids if kind in SITE_KINDS else reach.whole_network


def cadence_period(cadence: Cadence, day: date) -> Period:
    """The period of that length which holds the day: Monday to Sunday, a calendar month, or a calendar quarter."""
    if cadence is Cadence.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(weeks=1))
    months = 1 if cadence is Cadence.MONTHLY else 3
    first = date(day.year, day.month - (day.month - 1) % months, 1)
    return Period(first, add_months(first, months))
