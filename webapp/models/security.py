"""Who may see which rows of which table, declared for every table; a test compares this list with the live database."""

from dataclasses import dataclass
from typing import Literal

Reach = Literal[
    "network",
    "every_site",
    "site",
    "site_or_session",
    "through_session",
    "through_course",
    "person",
    "holder",
    "self",
    "none",
]
"""How rows are kept apart.

network: the network's. every_site: the network's, for whoever sees all of its sites. site: the network's, and the person's
sites by `site_id`. site_or_session: a course that began at one of the person's sites or has a session there. through_session,
through_course: by the site of the current version of the session or course they speak of. person: the network's, or one's own
before a network is chosen. holder: the network's, or before one is chosen the single row whose secret is held. self: the network
table itself. none: a table of no one network.
"""


@dataclass(frozen=True, slots=True)
class TableRule:
    """The reach of a table and what the app role may do with it (S, I, U, D; U may name columns)."""

    reach: Reach
    app: str
    update_columns: tuple[str, ...] = ()


_IDENTITY = TableRule("network", "SI")
_CELLS = TableRule("site", "SIUD")
_SUPERSEDED = ("superseded_by_batch_id",)

TABLE_RULES: dict[str, TableRule] = {
    "network": TableRule("self", "SIU", ("name", "data_version", "settings_version", "archived_at", "counted_as")),
    "network_setting": TableRule("network", "SI"),
    "site": _IDENTITY,
    "site_version": TableRule("site", "SIU", _SUPERSEDED),
    "site_clock": _CELLS,
    "expected_sessions": TableRule("site", "SIU"),
    "period_sign_off": TableRule("site", "SI"),
    "saved_view": TableRule("network", "SIUD"),
    "patient": _IDENTITY,
    "protocol": _IDENTITY,
    "protocol_version": TableRule("network", "SIU", _SUPERSEDED),
    "practitioner": _IDENTITY,
    "practitioner_version": TableRule("network", "SIU", _SUPERSEDED),
    "course": _IDENTITY,
    "course_version": TableRule("site_or_session", "SIU", _SUPERSEDED),
    "session": _IDENTITY,
    "session_version": TableRule("site", "SIU", _SUPERSEDED),
    "screen": _IDENTITY,
    "screen_version": TableRule("through_session", "SIU", _SUPERSEDED),
    "side_effect": _IDENTITY,
    "side_effect_version": TableRule("through_session", "SIU", _SUPERSEDED),
    "rating": _IDENTITY,
    "rating_version": TableRule("through_course", "SIU", _SUPERSEDED),
    "credential_record": TableRule("network", "SI"),
    "programme": TableRule("network", "SIU"),
    "programme_version": TableRule("network", "SI"),
    "criterion": TableRule("network", "SI"),
    "criterion_assessment": TableRule("site", "SI"),
    "practitioner_link": TableRule("network", "SI"),
    "accreditation_record": TableRule("site", "SI"),
    "finding": TableRule("site", "SI"),
    "corrective_action": TableRule("site", "SI"),
    "exception_step": TableRule("site", "SI"),
    "evidence": TableRule("site", "SI"),
    "evidence_event": TableRule("site", "SI"),
    "evidence_check": TableRule("site", "SIU", ("outcome", "checked_at", "since")),
    "tracer_packet": TableRule(
        "network",
        "SIU",
        (
            *(
                "state",
                "reason",
                "lease_token",
                "sealed_at",
                "data_version",
                "as_of",
                "population",
                "sample",
                "chain_head",
            ),
            *("stored_name", "sha256", "file_size"),
        ),
    ),
    "packet_reader": TableRule("network", "SI"),
    "reminder": TableRule("network", "SI"),
    "reminder_snooze": TableRule("network", "SI"),
    "reminder_owner": TableRule("network", "SI"),
    "reminder_mail": TableRule("network", "SIU"),
    "import_batch": TableRule("network", "SIU"),
    "batch_file": TableRule("network", "SI"),
    "rejected_row": TableRule("network", "SI"),
    "data_finding": _CELLS,
    "course_spell": _CELLS,
    "session_place": _CELLS,
    "session_day": _CELLS,
    "session_month": _CELLS,
    "screening_day": _CELLS,
    "screening_month": _CELLS,
    "side_effect_day": _CELLS,
    "side_effect_month": _CELLS,
    "compliance_day": _CELLS,
    "compliance_month": _CELLS,
    "resolution_day": _CELLS,
    "resolution_month": _CELLS,
    "term_month": _CELLS,
    "affected_month": _CELLS,
    "affected_step": TableRule("every_site", "SIUD"),
    "course_progress": _CELLS,
    "response_month": _CELLS,
    "spacing_day": _CELLS,
    "spacing_month": _CELLS,
    "spacing_network_day": TableRule("every_site", "SIUD"),
    "spacing_network_month": TableRule("every_site", "SIUD"),
    "completion_day": _CELLS,
    "completion_month": _CELLS,
    "course_cohort": _CELLS,
    "dose_total": _CELLS,
    "course_end_total": TableRule("every_site", "SIUD"),
    "course_reach_total": TableRule("every_site", "SIUD"),
    "course_progress_total": TableRule("every_site", "SIUD"),
    "compliance_total": _CELLS,
    "session_total": _CELLS,
    "screening_total": _CELLS,
    "term_total": _CELLS,
    "session_network_total": TableRule("every_site", "SIUD"),
    "session_week_total": TableRule("every_site", "SIUD"),
    "session_phase_week_total": TableRule("every_site", "SIUD"),
    "screening_network_total": TableRule("every_site", "SIUD"),
    "severity_network_total": TableRule("every_site", "SIUD"),
    "term_network_total": TableRule("every_site", "SIUD"),
    "resolution_network_total": TableRule("every_site", "SIUD"),
    "completion_network_total": TableRule("every_site", "SIUD"),
    "response_network_total": TableRule("every_site", "SIUD"),
    "network_month": TableRule("network", "SIUD"),
    "design_effect": TableRule("network", "SIUD"),
    "schedule": TableRule("network", "SIU"),
    "schedule_recipient": TableRule("network", "SID"),
    "report_run": TableRule("site", "SIU"),
    "report_touch": _CELLS,
    "artifact": TableRule("site", "SI"),
    "delivery": TableRule("site", "SIU"),
    "run_queue": TableRule("none", "I"),
    "outbox": TableRule("none", "I"),
    "user_account": TableRule("none", "SIU"),
    "login_session": TableRule("none", "SIU"),
    "sign_in_attempt": TableRule("none", "SID"),
    "membership": TableRule("person", "SIU"),
    "membership_site": TableRule("person", "SID"),
    "calendar_feed": TableRule("holder", "SIUD"),
    "invitation": TableRule("network", "SIU"),
    "api_token": TableRule("network", "SIU"),
    "audit_event": TableRule("network", "SI"),
    "audit_seal": TableRule("network", "SI"),
    "self_test": TableRule("none", "SI"),
}
"""`import_batch` and its rejected rows are the network's: who may read them is decided in `webapp.queries.imports`."""

OPERATOR_READS: dict[str, tuple[str, ...]] = {
    "network": ("id", "slug", "name", "archived_at", "created_at"),
    "run_queue": (),
    "outbox": (),
}
"""All that the operator's role may read, and of which table only some columns. It changes nothing."""
