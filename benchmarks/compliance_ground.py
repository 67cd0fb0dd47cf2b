"""What the measurements of compliance stand on: assessments of every site, sessions by the million, and a long audit trail."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import uuid4

from sqlalchemy import Connection, create_engine, text

from webapp.domain.audit_chain import START, Event, seal
from webapp.domain.criteria import CriterionText
from webapp.domain.role_urls import driver_url
from webapp.domain.scope import Scope
from webapp.extensions import metadata
from webapp.queries.criteria import fetch_criteria
from webapp.services import accreditation, programmes
from webapp.transactions import reading, unit_of_work

CRITERIA, LOOKS = 20, 3
FOUR_YEARS = 1_461
LARGE = "large"
"""The code of the programme with so many criteria."""
TIMEOUT_MS = 600_000


def assess(scope: Scope, now: datetime) -> None:
    """Each site looked at several times for each criterion."""
    accreditation.add_programme(scope, LARGE, "A large programme", "", counts=False)
    for place in range(CRITERIA):
        programmes.say_criterion(scope, LARGE, f"criterion_{place}", CriterionText("T", "W"), None, now)
    with reading(scope) as db:
        criteria = [one.id for one in fetch_criteria(scope, db) if one.code.startswith("criterion_")]
    rows = [
        {
            "network": scope.network_id,
            "id": uuid4(),
            "site": site,
            "criterion": criterion,
            "verdict": "met",
            "on": date(2026, 1, 1) + timedelta(days=60 * look),
            "at": now,
            "by": scope.user_id,
        }
        for site, criterion, look in product(scope.site_ids, criteria, range(LOOKS))
    ]
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "INSERT INTO criterion_assessment (network_id, id, site_id, criterion_id, verdict, assessed_on, recorded_at, recorded_by)"
                " VALUES (:network, :id, :site, :criterion, :verdict, :on, :at, :by)"
            ),
            rows,
        )


COPIED = ("session", "session_version", "compliance_day", "compliance_month")
_AGAIN = " again "


def multiply(scope: Scope, setup_url: str, made: int, copies: int) -> int:
    """Each session and each counted verdict again, four years before each other; returns how many sessions there are.

    made: how many times they are there again already; copies: how many times they are to be. They keep their sites, courses and
    people, under ids of their own: facts that a change of today has to find its own sessions among. Done as the set-up account,
    without asking each reference again, and with the indexes built afterwards: row by row it takes ten times as long.
    """
    engine = create_engine(driver_url(setup_url))
    with engine.begin() as db:
        values = {"network": scope.network_id, "made": made, "copies": copies}
        key = f"SELECT min(v.on_date) FROM session_version v JOIN session s ON s.id = v.session_id WHERE s.source_key NOT LIKE '%{_AGAIN}%'"
        values["first"] = db.execute(text(f"{key} AND s.network_id = :network"), values).scalar_one()
        db.execute(text("SET LOCAL session_replication_role = replica"))
        for table in COPIED:
            indexes = db.execute(text(_INDEXES), {"table": table}).all()
            for name, _ in indexes:
                db.execute(text(f"DROP INDEX {name}"))
            _copy(db, table, values)
            for _, definition in indexes:
                db.execute(text(definition))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        for table in COPIED:
            db.execute(text(f"VACUUM (ANALYZE) {table}"))
        return int(db.execute(text("SELECT count(*) FROM session")).scalar_one())


_INDEXES = """
    SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = :table AND i.schemaname = 'public'
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = CAST(i.indexname AS regclass))"""


def _copy(db: Connection, name: str, values: Mapping[str, object]) -> None:
    columns = [column for column in metadata.tables[name].columns if column.identity is None]
    names = ", ".join(column.name for column in columns)
    said = ", ".join(_copied(column.name, name, str(column.type)) for column in columns)
    own = (
        f"source_key NOT LIKE '%{_AGAIN}%'"
        if name == "session"
        else "on_date >= date_trunc('month', CAST(:first AS date))"
    )
    db.execute(
        text(
            f"INSERT INTO {name} ({names}) SELECT {said} FROM {name}, generate_series(:made + 1, :copies) AS copy"
            f" WHERE network_id = :network AND {own}"
        ),
        values,
    )


def _copied(column: str, table: str, kind: str) -> str:
    if column == {"session": "id", "session_version": "session_id"}.get(table):
        return f"CAST(md5({column}::text || copy) AS uuid)"
    if column == "source_key":
        return f"source_key || '{_AGAIN}' || copy"
    if kind == "DATE":
        months = f"CAST({column} - make_interval(years => 4 * copy) AS date)"
        return months if table.endswith("_month") else f"{column} - {FOUR_YEARS} * copy"
    if kind.startswith(("DATETIME", "TIMESTAMP")) and column != "recorded_at":
        return f"{column} - make_interval(days => {FOUR_YEARS} * copy)"
    return column


_EVENTS = """
    INSERT INTO audit_event (network_id, at, user_id, role, action, object, outcome, details)
    SELECT :network, CAST(:now AS timestamptz) - make_interval(secs => :events - n), CAST(:user AS uuid), 'compliance',
        (ARRAY['read', 'download', 'record', 'open'])[1 + n % 4], 'rows of the page rows, number ' || n, 'done',
        jsonb_build_object('filters', 'period=last_month', 'sites', jsonb_build_array('S' || n % 200))
    FROM generate_series(1, :events) AS n"""
_AFTER = (
    "SELECT number, at, CAST(user_id AS text), role, action, object, outcome, CAST(details AS text) FROM audit_event"
    " WHERE network_id = :network AND number > :last ORDER BY number LIMIT 50000"
)
_SEALS = (
    "INSERT INTO audit_seal (network_id, place, event_number, hash, sealed_at) SELECT :network, one.place, one.number, one.hash, :now"
    " FROM unnest(CAST(:places AS bigint[]), CAST(:numbers AS bigint[]), CAST(:hashes AS bytea[])) AS one(place, number, hash)"
)


def write_trail(scope: Scope, events: int) -> None:
    """That many events, sealed as the task seals, in larger portions and without looking for what came late."""
    now, head, last = datetime.now(UTC), START, 0
    with unit_of_work(scope, timeout_ms=TIMEOUT_MS) as db:
        values = {"network": scope.network_id, "now": now, "user": scope.user_id, "events": events}
        db.execute(text(_EVENTS), values)
    while True:
        with unit_of_work(scope, timeout_ms=TIMEOUT_MS) as db:
            portion = [Event(*row) for row in db.execute(text(_AFTER), {"network": scope.network_id, "last": last})]
            heads = []
            for event in portion:
                head = seal(head, event)
                heads.append(head)
            if not portion:
                return
            last = portion[-1].number
            found = {"places": [one.place for one in heads], "hashes": [one.hash for one in heads]}
            numbers = [event.number for event in portion]
            db.execute(text(_SEALS), {"network": scope.network_id, "now": now, "numbers": numbers, **found})
