"""How Alembic reaches the database: through the connection that `webapp.services.installation` hands it."""

from alembic import context

import webapp.models  # noqa: F401  # registers every table in the metadata
from webapp.extensions import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
