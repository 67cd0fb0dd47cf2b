"""The SQL that keeps networks and sites apart: the functions, the policies and the grants, as migrations apply them."""

from collections.abc import Iterator, Sequence

from webapp.domain.role_urls import APP_ROLE, DISPATCHER_ROLE, OPERATOR_ROLE

FUNCTIONS = (
    "CREATE SCHEMA app",
    # An unset setting reads '' on a reused connection and NULL on a new one: both raise, so a lost tenant is an error
    # and never an empty answer.
    """CREATE FUNCTION app.required(setting text) RETURNS text LANGUAGE plpgsql STABLE AS $$
    DECLARE value text := current_setting(setting, true);
    BEGIN
        IF value IS NULL OR value = '' THEN
            RAISE EXCEPTION 'no % is set for this transaction', setting USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN value;
    END $$""",
    "CREATE FUNCTION app.network_id() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT app.required('app.network_id')::uuid $$",
    "CREATE FUNCTION app.every_site() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT app.required('app.sites') = '*' $$",
    """CREATE FUNCTION app.sites() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN app.required('app.sites') = '*' THEN '{}'::uuid[] ELSE app.required('app.sites')::uuid[] END $$""",
    # Before a network is chosen a person may see their own memberships; with neither set it raises like the others.
    """CREATE FUNCTION app.person() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT app.required('app.user_id')::uuid $$""",
    # The planner's numbers must not lag behind a large import inside its own transaction: with stale ones each of its
    # reference checks reads a whole network. Only a table's owner may count it anew, so this runs as the owner; if another
    # import is at it, that one's numbers serve.
    """CREATE FUNCTION app.count_anew(table_name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public SET lock_timeout = '100ms' AS $$
    BEGIN
        EXECUTE format('ANALYZE public.%I', table_name);
    EXCEPTION WHEN lock_not_available THEN NULL;
    END $$""",
    "REVOKE EXECUTE ON FUNCTION app.count_anew(text) FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION app.count_anew(text) TO {APP_ROLE}",
    """CREATE FUNCTION app.chosen_network() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('app.network_id', true), '')::uuid $$""",
)

_OF_NETWORK = "network_id = (SELECT app.network_id())"
_OF_SITE = "(SELECT app.every_site()) OR site_id = ANY (CAST((SELECT app.sites()) AS uuid[]))"


def _through(version_table: str, column: str, table: str) -> str:
    """Rows that speak of a record are seen by whoever sees the record's current version: a record that moves takes them along."""
    return (
        f"(SELECT app.every_site()) OR EXISTS (SELECT 1 FROM {version_table} v WHERE v.network_id = {table}.network_id"
        f" AND v.{column} = {table}.{column} AND v.superseded_by_batch_id IS NULL)"
    )


def enable(table: str) -> Iterator[str]:
    """Row-level security for the table's owner too."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"


def tenant_policies(table: str, reach: str) -> Iterator[str]:
    """The policies of one table of the given reach (see `webapp.models.security.Reach`)."""
    yield from enable(table)
    if reach == "self":
        own = "id = (SELECT app.network_id())"
        yield f"CREATE POLICY tenant ON {table} TO {APP_ROLE} USING ({own}) WITH CHECK ({own})"
        yield f"CREATE POLICY served ON {table} FOR SELECT TO {DISPATCHER_ROLE}, {OPERATOR_ROLE} USING (true)"
        return
    if reach in ("person", "holder"):
        own = "network_id = (SELECT app.chosen_network()) OR user_id = (SELECT app.person())"
        if reach == "holder":
            # By its secret alone a row is seen, and only as long as no network is chosen: with neither set it raises.
            held = "encode(token_hash, 'hex') = (SELECT app.required('app.held_token'))"
            own = f"CASE WHEN (SELECT app.chosen_network()) IS NULL THEN {held} ELSE {_OF_NETWORK} END"
        yield f"CREATE POLICY own ON {table} FOR SELECT USING ({own})"
        yield f"CREATE POLICY tenant_insert ON {table} FOR INSERT WITH CHECK ({_OF_NETWORK})"
        yield f"CREATE POLICY tenant_update ON {table} FOR UPDATE USING ({_OF_NETWORK}) WITH CHECK ({_OF_NETWORK})"
        yield f"CREATE POLICY tenant_delete ON {table} FOR DELETE USING ({_OF_NETWORK})"
        return
    yield f"CREATE POLICY tenant ON {table} USING ({_OF_NETWORK}) WITH CHECK ({_OF_NETWORK})"
    narrowing = {
        "site": _OF_SITE,
        "every_site": "(SELECT app.every_site())",
        "site_or_session": f"{_OF_SITE} OR {_through('session_version', 'course_id', table)}",
        "through_session": _through("session_version", "session_id", table),
        "through_course": _through("course_version", "course_id", table),
    }.get(reach)
    if narrowing:
        yield f"CREATE POLICY site ON {table} AS RESTRICTIVE USING ({narrowing}) WITH CHECK ({narrowing})"


_VERBS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}


def app_grants(table: str, verbs: str, update_columns: Sequence[str]) -> Iterator[str]:
    """What the app role may do with one table."""
    for verb in verbs:
        columns = f" ({', '.join(update_columns)})" if verb == "U" and update_columns else ""
        yield f"GRANT {_VERBS[verb]}{columns} ON {table} TO {APP_ROLE}"


ROLE_GRANTS = (
    f"GRANT USAGE ON SCHEMA app TO {APP_ROLE}, {DISPATCHER_ROLE}, {OPERATOR_ROLE}",
    f"GRANT SELECT (id, slug, name, archived_at) ON network TO {DISPATCHER_ROLE}",
    f"GRANT SELECT (id, slug, name, archived_at, created_at) ON network TO {OPERATOR_ROLE}",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON run_queue TO {DISPATCHER_ROLE}",
    f"GRANT SELECT, UPDATE (sent_at) ON outbox TO {DISPATCHER_ROLE}",
    f"GRANT DELETE ON outbox TO {DISPATCHER_ROLE}",
    f"GRANT USAGE ON SEQUENCE lease_token TO {DISPATCHER_ROLE}",
    f"GRANT SELECT ON run_queue, outbox TO {OPERATOR_ROLE}",
)
