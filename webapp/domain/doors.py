"""The register of doors: every route, drawn page and task, with who may use it. What is not here is refused.

The guard in `webapp.access` and the tests under tests/rules read this one list.
"""

from dataclasses import dataclass
from typing import Literal

from webapp.domain.vocabulary import Role

Policy = Literal["public", "signed_in", "roles"]

AGGREGATES = frozenset({Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER})
STAFF = frozenset({Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE})
OFFICER = frozenset({Role.COMPLIANCE})
AUDITORS = frozenset({Role.MANAGER, Role.COMPLIANCE})
SURVEYOR = frozenset({Role.SURVEYOR})
LEADING = frozenset({Role.COMPLIANCE, Role.MANAGER})
SENDERS = frozenset({Role.MANAGER, Role.SITE_LEAD})
SCHEDULERS = frozenset({Role.MANAGER, Role.COMPLIANCE})


@dataclass(frozen=True, slots=True)
class Door:
    """One way in. public: anyone. signed_in: anyone with a session. roles: those roles, in the network they chose."""

    policy: Policy
    roles: frozenset[Role] = frozenset()
    polls: bool = False
    """A page calls it by itself: such a call does not count as activity."""

    def admits(self, role: Role | None) -> bool:
        """Whether somebody of this role may pass; `None` is somebody who is not signed in or has chosen no network."""
        if self.policy == "public":
            return True
        return self.policy == "signed_in" or (role is not None and role in self.roles)


PUBLIC = Door("public")
SIGNED_IN = Door("signed_in")


def for_roles(roles: frozenset[Role], *, polls: bool = False) -> Door:
    """A door for some roles."""
    return Door("roles", roles, polls)


ROUTES: dict[str, Door] = {
    "static": PUBLIC,
    "health.health": PUBLIC,
    "sign_in.show": PUBLIC,
    "sign_in.submit": PUBLIC,
    "sign_in.sign_out": SIGNED_IN,
    "sign_in.home": SIGNED_IN,
    "sign_in.choose_network": SIGNED_IN,
    "saved_views.index": for_roles(AGGREGATES),
    "saved_views.save": for_roles(AGGREGATES),
    "saved_views.start": for_roles(AGGREGATES),
    "saved_views.usual_start": for_roles(AGGREGATES),
    "saved_views.remove": for_roles(AGGREGATES),
    "reports.index": for_roles(STAFF),
    "reports.run_now": for_roles(SENDERS),
    "reports.progress": for_roles(STAFF, polls=True),
    "reports.following": for_roles(STAFF, polls=True),
    "reports.show": for_roles(STAFF),
    "reports.download": for_roles(STAFF),
    "reports.seen": for_roles(STAFF),
    "reports.told": for_roles(SCHEDULERS),
    "reports.release": for_roles(SENDERS),
    "reports.cancel": for_roles(SENDERS),
    "reports.try_again": for_roles(SENDERS),
    "reports.legal_hold": for_roles(SCHEDULERS),
    "report_calendar.download": for_roles(STAFF),
    "report_calendar.subscribe": for_roles(STAFF),
    "report_calendar.unsubscribe": for_roles(STAFF),
    "report_calendar.feed": PUBLIC,
    "schedules.index": for_roles(SCHEDULERS),
    "schedules.new": for_roles(SCHEDULERS),
    "schedules.set_up": for_roles(SCHEDULERS),
    "schedules.show": for_roles(SCHEDULERS),
    "schedules.change": for_roles(SCHEDULERS),
    "schedules.end": for_roles(SCHEDULERS),
    "report_issues.compare": for_roles(STAFF),
    "data.index": for_roles(STAFF),
    "data.upload": for_roles(SENDERS),
    "data.batch": for_roles(STAFF),
    "data.progress": for_roles(STAFF, polls=True),
    "data.rejected": for_roles(STAFF),
    "accreditation.record": for_roles(frozenset({Role.COMPLIANCE})),
    "accreditation.new_record": for_roles(frozenset({Role.COMPLIANCE})),
    "credentials.new_record": for_roles(OFFICER),
    "credentials.record": for_roles(OFFICER),
    "credentials.people": for_roles(OFFICER),
    "credentials.link": for_roles(OFFICER),
    "assessments.new_record": for_roles(OFFICER),
    "assessments.record": for_roles(OFFICER),
    "programmes.index": for_roles(OFFICER),
    "programmes.add": for_roles(OFFICER),
    "programmes.show": for_roles(OFFICER),
    "programmes.change": for_roles(OFFICER),
    "programmes.criterion": for_roles(OFFICER),
    "tracer.index": for_roles(OFFICER),
    "tracer.ask": for_roles(OFFICER),
    "tracer.show": for_roles(OFFICER),
    "tracer.download": for_roles(OFFICER),
    "tracer.admit": for_roles(OFFICER),
    "tracer.dismiss": for_roles(OFFICER),
    "survey.index": for_roles(SURVEYOR),
    "survey.download": for_roles(SURVEYOR),
    "reminders.index": for_roles(AUDITORS),
    "reminders.snooze": for_roles(OFFICER),
    "reminders.responsible": for_roles(OFFICER),
    "audit.index": for_roles(AUDITORS),
    "audit.export": for_roles(AUDITORS),
    "isolation.index": for_roles(AUDITORS),
    "isolation.show": for_roles(AUDITORS),
    "exceptions.index": for_roles(STAFF),
    "exceptions.show": for_roles(STAFF),
    "exceptions.step": for_roles(STAFF),
    "findings.index": for_roles(STAFF),
    "findings.add": for_roles(LEADING),
    "findings.show": for_roles(STAFF),
    "findings.step": for_roles(STAFF),
    "evidence.index": for_roles(STAFF),
    "evidence.add": for_roles(STAFF),
    "evidence.download": for_roles(STAFF),
    "evidence.keeping": for_roles(OFFICER),
    "exports.table": for_roles(AGGREGATES),
    "status.index": for_roles(frozenset({Role.OPERATOR})),
}
"""Flask endpoint -> door."""

PAGES: dict[str, Door] = {
    "overview": for_roles(AGGREGATES),
    "sessions": for_roles(AGGREGATES),
    "courses": for_roles(AGGREGATES),
    "side-effects": for_roles(AGGREGATES),
    "response": for_roles(SENDERS),
    "site": for_roles(AGGREGATES),
    "accreditation": for_roles(AGGREGATES),
    "rows": for_roles(STAFF),
}
"""Drawn page -> door: its layout and its callback both stand behind it."""

TASKS: dict[str, str] = {
    "dripline.tick": "beat's bell: every network's missing runs are entered and waiting work is rung for",
    "dripline.work": "one queued run: a report, an import or a mail",
    "dripline.seal": "every new event of the audit trail becomes a link of its network's chain",
    "dripline.remind": "what ends in a network: each reminder that its thresholds ask for is entered, once",
    "dripline.nightly": "stored evidence is checked against its hashes, each file once a night",
    "dripline.self_test": "two canary networks before every door: the night's dated line of how the isolation held",
    "dripline.canary": "shows that workers consume",
}
"""Task name -> what it does. Tasks are queued by name; a message carries a run id and nothing else."""
