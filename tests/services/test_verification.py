"""A network that an earlier version counted is counted anew when the database is brought to this one, and only then."""

from flask import Flask
from sqlalchemy import text

from tests.small_network import small_network
from webapp.extensions import metadata
from webapp.services.rollups import COUNTING
from webapp.services.verification import mend, mend_outdated, verify
from webapp.transactions import reading, unit_of_work

TIMEOUT_MS = 60_000
STRAY = """INSERT INTO completion_network_total (network_id, indication, product, quantity, value, followed, starts, many)
    VALUES (:network, 'depression', 'spravato', 'nonsense', 1, 90, ARRAY[DATE '1999-01-01'], ARRAY[3])"""
LATER_TABLES = ("spacing_month", "affected_month", "side_effect_day")


def test_a_mend_builds_on_nothing_that_is_stored(app: Flask) -> None:
    """Steps of a month in which nothing is touched any more, in a row of their own and ahead of another row's."""
    scope, _ = small_network()
    with unit_of_work(scope) as db:
        db.execute(text(STRAY), {"network": scope.network_id})
        changed = len(
            db.execute(
                text(
                    "UPDATE session_network_total SET starts = DATE '1999-01-01' || starts, sessions = 0 || sessions,"
                    " late_cancelled = 0 || late_cancelled, booked_minutes = 0 || booked_minutes"
                    " WHERE network_id = :network RETURNING indication"
                ),
                {"network": scope.network_id},
            ).all()
        )
    with reading(scope) as db:
        differing = {one.table: one.differing for one in verify(scope, db) if one.differing}
    assert differing == {"completion_network_total": 1, "session_network_total": 2 * changed}
    mend(scope, TIMEOUT_MS)
    with reading(scope) as db:
        assert sum(one.differing for one in verify(scope, db)) == 0


MOVED = {
    "session_day": "on_date",
    "compliance_day": "on_date",
    "completion_month": "on_date",
    "spacing_month": "on_date",
    "affected_month": "on_date",
    "term_month": "month",
    "response_month": "month",
    "network_month": "month",
}


def test_a_mend_leaves_no_row_of_a_month_without_sessions(app: Flask) -> None:
    """As after a session that stood alone in its month was taken out of the facts by hand: nothing touches that month any more."""
    scope, _ = small_network()
    stale = {}
    with unit_of_work(scope) as db:
        for table, day in MOVED.items():
            columns = [column.name for column in metadata.tables[table].columns]
            copied = ", ".join(f"{name} - 5844" if name == day else name for name in columns)
            statement = (
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} FROM {table} WHERE network_id = :network"
            )
            stale[table] = len(db.execute(text(f"{statement} RETURNING 1"), {"network": scope.network_id}).all())
    assert all(stale.values())
    with reading(scope) as db:
        differing = {one.table: one.differing for one in verify(scope, db)}
    assert {table: differing[table] for table in stale} == stale
    mend(scope, TIMEOUT_MS)
    with reading(scope) as db:
        assert {one.table: one.differing for one in verify(scope, db) if one.differing} == {}


def test_a_network_counted_by_an_older_definition_is_counted_anew_once(app: Flask) -> None:
    scope, _ = small_network()
    told: list[str] = []
    mend_outdated(scope, "Small", TIMEOUT_MS, told.append)
    assert told == [], "it was just counted by this version"

    with unit_of_work(scope) as db:
        for table in LATER_TABLES:
            db.execute(text(f"DELETE FROM {table} WHERE network_id = :network"), {"network": scope.network_id})
        older = {"older": COUNTING - 1, "network": scope.network_id}
        db.execute(text("UPDATE network SET counted_as = :older WHERE id = :network"), older)
    with reading(scope) as db:
        assert sum(one.differing for one in verify(scope, db)) > 0

    mend_outdated(scope, "Small", TIMEOUT_MS, told.append)
    assert told == ["Counting Small anew: this version counts what an earlier one did not ..."]
    with reading(scope) as db:
        assert sum(one.differing for one in verify(scope, db)) == 0
    mend_outdated(scope, "Small", TIMEOUT_MS, told.append)
    assert len(told) == 1
