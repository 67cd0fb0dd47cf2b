"""By which definition a network's cells were counted: 0 stands for an older one, after which they are counted anew

Revision: 0019
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it."""
    op.add_column("network", sa.Column("counted_as", sa.SmallInteger(), server_default="0", nullable=False))
    for statement in row_security.app_grants("network", "U", ("counted_as",)):
        op.execute(statement)


downgrade = one_way.refuse
