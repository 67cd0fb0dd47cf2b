"""An event is sealed once, and whether it is can be looked up

Revision: 0004, after 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it."""
    op.create_unique_constraint(
        op.f("uq_audit_seal_network_id_event_number"), "audit_seal", ["network_id", "event_number"]
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_constraint(op.f("uq_audit_seal_network_id_event_number"), "audit_seal")
