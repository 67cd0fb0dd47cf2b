"""The house: every table, with its row-level security

Revision: 0001, the first
"""

from alembic import op

from webapp.domain.errors import SetupError
from webapp.migrations import row_security
from webapp.migrations.first import (
    accreditation,
    audit,
    findings,
    intake,
    people,
    ratings,
    reporting,
    rollups,
    staff,
    tenants,
    treatment,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STEPS = (
    audit.audit_event,
    audit.audit_seal,
    tenants.network,
    reporting.outbox,
    reporting.run_queue,
    people.sign_in_attempt,
    people.user_account,
    people.api_token,
    treatment.course,
    rollups.design_effect,
    intake.import_batch,
    people.invitation,
    people.login_session,
    people.membership,
    rollups.network_month,
    tenants.network_setting,
    treatment.patient,
    staff.practitioner,
    accreditation.programme,
    treatment.protocol,
    ratings.rating,
    tenants.saved_view,
    reporting.schedule,
    ratings.screen,
    treatment.session,
    ratings.side_effect,
    tenants.site,
    accreditation.accreditation_record,
    intake.batch_file,
    rollups.course_spell,
    rollups.course_transition_day,
    rollups.course_transition_month,
    treatment.course_version,
    staff.credential_record,
    accreditation.criterion,
    intake.data_finding,
    tenants.expected_sessions,
    people.membership_site,
    tenants.period_sign_off,
    staff.practitioner_version,
    treatment.protocol_version,
    ratings.rating_version,
    intake.rejected_row,
    reporting.report_run,
    ratings.screen_version,
    rollups.screening_day,
    rollups.screening_month,
    rollups.session_day,
    rollups.session_month,
    rollups.session_place,
    treatment.session_version,
    rollups.side_effect_day,
    rollups.side_effect_month,
    ratings.side_effect_version,
    tenants.site_clock,
    tenants.site_version,
    reporting.artifact,
    reporting.delivery,
    findings.finding,
    findings.corrective_action,
    findings.evidence,
)
"""Each makes a table, after those that it refers to."""

TABLES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("network", "self", "SIU", ("name", "data_version", "settings_version", "archived_at")),
    ("network_setting", "network", "SI", ()),
    ("site", "network", "SI", ()),
    ("site_version", "site", "SIU", ("superseded_by_batch_id",)),
    ("site_clock", "site", "SIUD", ()),
    ("expected_sessions", "site", "SIU", ()),
    ("period_sign_off", "site", "SI", ()),
    ("saved_view", "network", "SIUD", ()),
    ("patient", "network", "SI", ()),
    ("protocol", "network", "SI", ()),
    ("protocol_version", "network", "SIU", ("superseded_by_batch_id",)),
    ("practitioner", "network", "SI", ()),
    ("practitioner_version", "network", "SIU", ("superseded_by_batch_id",)),
    ("course", "network", "SI", ()),
    ("course_version", "site_or_session", "SIU", ("superseded_by_batch_id",)),
    ("session", "network", "SI", ()),
    ("session_version", "site", "SIU", ("superseded_by_batch_id",)),
    ("screen", "network", "SI", ()),
    ("screen_version", "through_session", "SIU", ("superseded_by_batch_id",)),
    ("side_effect", "network", "SI", ()),
    ("side_effect_version", "through_session", "SIU", ("superseded_by_batch_id",)),
    ("rating", "network", "SI", ()),
    ("rating_version", "through_course", "SIU", ("superseded_by_batch_id",)),
    ("credential_record", "network", "SI", ()),
    ("programme", "network", "SIU", ()),
    ("criterion", "network", "SI", ()),
    ("accreditation_record", "site", "SI", ()),
    ("finding", "site", "SI", ()),
    ("corrective_action", "site", "SI", ()),
    ("evidence", "site", "SI", ()),
    ("import_batch", "network", "SIU", ()),
    ("batch_file", "network", "SI", ()),
    ("rejected_row", "network", "SI", ()),
    ("data_finding", "site", "SIUD", ()),
    ("course_spell", "site", "SIUD", ()),
    ("session_place", "site", "SIUD", ()),
    ("session_day", "site", "SIUD", ()),
    ("session_month", "site", "SIUD", ()),
    ("screening_day", "site", "SIUD", ()),
    ("screening_month", "site", "SIUD", ()),
    ("side_effect_day", "site", "SIUD", ()),
    ("side_effect_month", "site", "SIUD", ()),
    ("course_transition_day", "site", "SIUD", ()),
    ("course_transition_month", "site", "SIUD", ()),
    ("network_month", "network", "SIUD", ()),
    ("design_effect", "network", "SIUD", ()),
    ("schedule", "network", "SIU", ()),
    ("report_run", "site", "SIU", ()),
    ("artifact", "site", "SI", ()),
    ("delivery", "site", "SIU", ()),
    ("run_queue", "none", "I", ()),
    ("outbox", "none", "I", ()),
    ("user_account", "none", "SIU", ()),
    ("login_session", "none", "SIU", ()),
    ("sign_in_attempt", "none", "SID", ()),
    ("membership", "person", "SIU", ()),
    ("membership_site", "person", "SID", ()),
    ("invitation", "network", "SIU", ()),
    ("api_token", "network", "SIU", ()),
    ("audit_event", "network", "SI", ()),
    ("audit_seal", "network", "SI", ()),
)


def upgrade() -> None:
    for function in row_security.FUNCTIONS:
        op.execute(function)
    op.execute("CREATE SEQUENCE lease_token")
    for make_table in STEPS:
        make_table()
    for table, reach, verbs, columns in TABLES:
        if reach != "none":
            for statement in row_security.tenant_policies(table, reach):
                op.execute(statement)
        for statement in row_security.app_grants(table, verbs, columns):
            op.execute(statement)
    for statement in row_security.ROLE_GRANTS:
        op.execute(statement)


def downgrade() -> None:
    raise SetupError("The first step has nothing to go back to: drop the database instead.")
