"""The one navigation of the product: what stands in the side bar, for whom, and where each role lands."""

from dataclasses import dataclass

from webapp.domain.vocabulary import Role

DASHBOARDS = "/d"
"""Where the drawn pages are mounted; every other address is a plain page."""

_AGGREGATES = frozenset({Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER})
_NETWORK_WIDE = frozenset({Role.MANAGER, Role.COMPLIANCE, Role.VIEWER})
_OFFICER = frozenset({Role.COMPLIANCE})
_TREATING = frozenset({Role.MANAGER, Role.SITE_LEAD})
_STAFF = frozenset({Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE})

ROLE_LABELS: dict[Role, str] = {
    Role.MANAGER: "Network manager",
    Role.SITE_LEAD: "Site lead",
    Role.COMPLIANCE: "Compliance officer",
    Role.VIEWER: "Viewer",
    Role.SURVEYOR: "Surveyor",
    Role.OPERATOR: "Operator",
}


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry. `carries_filters`: the period and sites chosen on the page before travel along in the link."""

    key: str
    label: str
    href: str
    roles: frozenset[Role]
    carries_filters: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries under one heading; the first group has none."""

    label: str
    items: tuple[NavItem, ...]


def _drawn(key: str, label: str, roles: frozenset[Role]) -> NavItem:
    return NavItem(key, label, f"{DASHBOARDS}/{key}", roles, carries_filters=True)


NAVIGATION: tuple[NavGroup, ...] = (
    NavGroup(
        "",
        (
            _drawn("overview", "Overview", _NETWORK_WIDE),
            _drawn("site", "My site", frozenset({Role.SITE_LEAD})),
            _drawn("sessions", "Sessions", _AGGREGATES),
            _drawn("courses", "Courses", _AGGREGATES),
            _drawn("side-effects", "Side effects", _AGGREGATES),
            _drawn("response", "Response", _TREATING),
        ),
    ),
    NavGroup(
        "Compliance",
        (
            _drawn("accreditation", "Accreditation", _AGGREGATES),
            NavItem("reminders", "Reminders", "/reminders", frozenset({Role.MANAGER, Role.COMPLIANCE})),
            NavItem("exceptions", "Exceptions", "/exceptions", _STAFF),
            NavItem("findings", "Findings", "/findings", _STAFF),
            NavItem("evidence", "Evidence", "/evidence", _STAFF),
            NavItem("programmes", "Programmes", "/programmes", _OFFICER),
            NavItem("tracer", "Tracer packets", "/packets", _OFFICER),
            NavItem("audit", "Audit trail", "/audit", frozenset({Role.MANAGER, Role.COMPLIANCE})),
            NavItem("isolation", "Isolation test", "/isolation", frozenset({Role.MANAGER, Role.COMPLIANCE})),
            NavItem("survey", "Tracer packet", "/survey", frozenset({Role.SURVEYOR})),
        ),
    ),
    NavGroup(
        "Output",
        (
            NavItem("reports", "Reports", "/reports", _STAFF),
            NavItem("data", "Data", "/data", _STAFF),
        ),
    ),
    NavGroup("Network", (_drawn("site", "Sites", _NETWORK_WIDE),)),
    NavGroup("Platform", (NavItem("status", "Status", "/status", frozenset({Role.OPERATOR})),)),
)


def navigation_for(role: Role) -> tuple[NavGroup, ...]:
    """The groups and entries that this role may open; groups left empty are dropped."""
    groups = (NavGroup(group.label, tuple(i for i in group.items if role in i.roles)) for group in NAVIGATION)
    return tuple(group for group in groups if group.items)


def landing_for(role: Role) -> str | None:
    """Where a person of this role starts: the first entry of their navigation. None if they have no page."""
    groups = navigation_for(role)
    return groups[0].items[0].href if groups else None
