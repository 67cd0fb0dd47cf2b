"""The check at every start that nobody who serves people can see past the policies."""

from sqlalchemy import Engine, text

from webapp.domain.errors import SetupError
from webapp.domain.role_urls import APP_ROLE
from webapp.models.security import TABLE_RULES

_ROLE_FAULTS = """
SELECT CASE
    WHEN r.rolsuper THEN 'is a superuser'
    WHEN r.rolbypassrls THEN 'may bypass row-level security'
    WHEN r.rolcreaterole THEN 'may give itself other roles'
    WHEN r.rolreplication THEN 'may copy the whole server'
    WHEN EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm')) THEN 'owns tables'
    WHEN EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) THEN 'is a member of another role'
    WHEN has_schema_privilege(r.oid, 'public', 'CREATE') THEN 'may create tables'
END FROM pg_roles r WHERE r.rolname = current_user
"""
_TABLE_FAULTS = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname = ANY (:guarded)
AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1
"""
_TRUNCATABLE = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'TRUNCATE') ORDER BY 1
"""


def check_role(engine: Engine) -> None:
    """Refuse to start with a role that could see past the policies, or with a table that lacks them.

    Raises SetupError, naming the role and why.
    """
    guarded = [table for table, rule in TABLE_RULES.items() if rule.reach != "none"]
    with engine.connect() as connection:
        role = connection.execute(text("SELECT current_user")).scalar_one()
        fault = connection.execute(text(_ROLE_FAULTS)).scalar()
        open_tables = connection.execute(text(_TABLE_FAULTS), {"guarded": guarded}).scalars().all()
        truncatable = connection.execute(text(_TRUNCATABLE)).scalars().all()
    if fault:
        raise SetupError(
            f"The database role {role} {fault}, so it could see past the networks' policies. Use {APP_ROLE}."
        )
    if open_tables:
        raise SetupError(f"Row-level security is not forced on: {', '.join(open_tables)}. Run `dripline migrate`.")
    if truncatable:
        raise SetupError(f"The database role {role} may truncate {', '.join(truncatable)}. Use {APP_ROLE}.")
