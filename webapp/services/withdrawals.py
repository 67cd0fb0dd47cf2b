"""Withdrawal is a version: what a batch takes back gets a version that says so, and what was said before stays.

A record is withdrawn by its key, along with the record that it belongs to, or by being absent from a snapshot
(docs/decisions/0015-withdrawal-and-snapshots.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import BadInput
from webapp.domain.records import BY_NAME
from webapp.domain.scope import Scope
from webapp.presentation.formats import plural
from webapp.services import touched
from webapp.services.facts import Batch, StoredCount, store_versions
from webapp.services.staging import IDENTITY_TABLES, copy_rows, staged_columns
from webapp.services.standing_facts import STANDING_TYPES, strike_out


@dataclass(frozen=True, slots=True)
class SnapshotReach:
    """What a snapshot speaks of. Both days are included. site_ids: None for all. kinds: the record types that it brings files of."""

    first_on: date
    last_on: date
    site_ids: frozenset[UUID] | None
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """What a batch takes back. keys: by record type. sender_sites: None for a sender who may withdraw at every site."""

    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    snapshot: SnapshotReach | None = None
    sender_sites: frozenset[UUID] | None = None


NOTHING_WITHDRAWN = Withdrawals()

_OF_COURSE = "v.course_id IN (SELECT record_id FROM withdrawn_record WHERE identity = 'course')"
_OF_SESSION = "v.session_id IN (SELECT record_id FROM withdrawn_record WHERE identity = 'session')"
_NOT_SENT = "NOT EXISTS (SELECT 1 FROM staged_{kind} g WHERE g.source_key = i.source_key)"
_THERE_AND_THEN = "{0}.on_date BETWEEN :first AND :last AND (:all_sites OR {0}.site_id = ANY (:sites))"
_AT_A_SESSION = (
    "EXISTS (SELECT 1 FROM session_version s WHERE s.network_id = :network AND s.session_id = v.session_id"
    f" AND s.superseded_by_batch_id IS NULL AND {_THERE_AND_THEN.format('s')})"
)

_LAST_SESSION_WENT = (
    "(:all_sites OR v.site_id = ANY (:sites)) AND EXISTS (SELECT 1 FROM session_version s JOIN withdrawn_record w"
    " ON w.record_id = s.session_id AND w.identity = 'session' WHERE s.network_id = :network AND s.course_id = v.course_id"
    " AND s.batch_id = :batch) AND NOT EXISTS (SELECT 1 FROM session_version s WHERE s.network_id = :network"
    " AND s.course_id = v.course_id AND s.superseded_by_batch_id IS NULL AND NOT s.withdrawn)"
)
"""A course that reaches beyond the snapshot's days, or to other sites, keeps sessions that stand, and so stays."""
_RATED_THERE_AND_THEN = (
    "v.rated_on BETWEEN :first AND :last AND (:all_sites OR EXISTS (SELECT 1 FROM course_version c"
    " WHERE c.network_id = :network AND c.course_id = v.course_id AND c.superseded_by_batch_id IS NULL"
    " AND c.site_id = ANY (:sites)))"
)

_STEPS: tuple[tuple[str, bool, str, str], ...] = (
    ("protocols", True, "", ""),
    ("practitioners", True, "", ""),
    ("courses", True, "", ""),
    ("sessions", True, _OF_COURSE, _THERE_AND_THEN.format("v")),
    ("courses", False, "", _LAST_SESSION_WENT),
    ("screens", True, _OF_SESSION, _AT_A_SESSION),
    ("side_effects", True, _OF_SESSION, _AT_A_SESSION),
    ("ratings", True, _OF_COURSE, _RATED_THERE_AND_THEN),
    ("sites", True, "", ""),
)
"""Record type; whether it goes by its key; with which record that was withdrawn before; and where absence from a snapshot counts."""


def withdraw(scope: Scope, db: Session, batch: Batch, asked: Withdrawals, now: datetime) -> StoredCount:
    """Give every record that the batch takes back a withdrawing version, and note what that touches; once its rows are stored.

    unchanged counts the keys that are not held. Raises BadInput where something that stands still needs what would go.
    """
    if not asked.keys and asked.snapshot is None:
        return StoredCount()
    _begin(db, asked)
    values = _values(scope, batch, asked.snapshot)
    total = StoredCount()
    for kind, by_key, along_with, when_absent in _STEPS:
        absent = asked.snapshot is not None and when_absent and kind in asked.snapshot.kinds
        conditions = [along_with] if along_with else []
        if absent:
            _require_staged(db, kind)
            conditions.append(f"{when_absent} AND {_NOT_SENT.format(kind=kind)}")
        total += _withdraw_kind(scope, db, batch, kind, by_key and kind in asked.keys, conditions, values)
    for kind in sorted(STANDING_TYPES & asked.keys.keys()):
        total += strike_out(scope, db, batch, BY_NAME[kind], asked.keys[kind], now)
    _require_nothing_left(db, asked, values)
    return total


def _begin(db: Session, asked: Withdrawals) -> None:
    for statement in (
        "DROP TABLE IF EXISTS pg_temp.withdrawn_key, pg_temp.withdrawn_record",
        'CREATE TEMPORARY TABLE withdrawn_key (kind text, source_key text COLLATE "C") ON COMMIT DROP',
        "CREATE TEMPORARY TABLE withdrawn_record (identity text, record_id uuid) ON COMMIT DROP",
    ):
        db.execute(text(statement))
    rows = ((kind, key) for kind, keys in asked.keys.items() for key in keys)
    copy_rows(db, "withdrawn_key", ("kind", "source_key"), rows)
    db.execute(text("ANALYZE withdrawn_key"))


def _values(scope: Scope, batch: Batch, snapshot: SnapshotReach | None) -> dict[str, object]:
    values: dict[str, object] = {"network": scope.network_id, "batch": batch.id, "source": batch.source}
    if snapshot is not None:
        values |= {
            "first": snapshot.first_on,
            "last": snapshot.last_on,
            "all_sites": snapshot.site_ids is None,
            "sites": sorted(snapshot.site_ids or ()),
        }
    return values


def _require_staged(db: Session, kind: str) -> None:
    """A type of which the snapshot's files hold no row was not staged: nothing of it was sent."""
    db.execute(text(f'CREATE TEMPORARY TABLE IF NOT EXISTS staged_{kind} (source_key text COLLATE "C") ON COMMIT DROP'))


def _withdraw_kind(
    scope: Scope,
    db: Session,
    batch: Batch,
    kind: str,
    by_key: bool,
    conditions: Sequence[str],
    given: Mapping[str, object],
) -> StoredCount:
    """Withdraw the records of one type that are named or meet a condition."""
    if not by_key and not conditions:
        return StoredCount()
    identity = IDENTITY_TABLES[kind]
    columns = staged_columns(BY_NAME[kind])
    values = {**given, "kind": kind, "identity": identity}
    own = "i.code" if identity == "site" else "i.source_key"
    of_source = "" if identity == "site" else " AND i.source = :source"
    named = f"{own} IN (SELECT source_key FROM withdrawn_key WHERE kind = :kind)" if by_key else "false"
    chosen = " OR ".join(f"({condition})" for condition in (named, *conditions))
    stored = ", ".join(f"v.{column.stored}" for column in columns)
    db.execute(text("DROP TABLE IF EXISTS pg_temp.resolved"))
    db.execute(
        text(
            f"CREATE TEMPORARY TABLE resolved ON COMMIT DROP AS SELECT v.{identity}_id, {stored}, false AS is_new, true AS is_changed,"
            f" {named} AS is_named FROM {identity} i JOIN {identity}_version v ON v.network_id = i.network_id"
            f" AND v.{identity}_id = i.id AND v.superseded_by_batch_id IS NULL AND NOT v.withdrawn AND v.batch_id <> :batch"
            f" WHERE i.network_id = :network{of_source} AND ({chosen})"
        ),
        values,
    )
    db.execute(text("ANALYZE resolved"))
    going, found = db.execute(text("SELECT count(*), count(*) FILTER (WHERE is_named) FROM resolved")).one()
    store_versions(scope, db, batch, identity, columns, withdrawn=True)
    touched.note(db, identity, values)
    db.execute(text(f"INSERT INTO withdrawn_record SELECT :identity, {identity}_id FROM resolved"), values)
    db.execute(text("ANALYZE withdrawn_record"))
    count = "SELECT count(*) FROM withdrawn_key WHERE kind = :kind"
    sent = db.execute(text(count), values).scalar_one() if by_key else 0
    return StoredCount(withdrawn=going, unchanged=sent - found)


_STANDS = "v.network_id = :network AND v.superseded_by_batch_id IS NULL AND NOT v.withdrawn"
_STILL_NAMED = {
    "site": (
        "SELECT i.code, (SELECT count(*) FROM course_version v WHERE {stands} AND v.site_id = i.id)"
        " + (SELECT count(*) FROM session_version v WHERE {stands} AND v.site_id = i.id) AS many"
    ),
    "practitioner": (
        "SELECT i.source_key, (SELECT count(*) FROM course_version v WHERE {stands} AND v.approved_by_id = i.id)"
        " + (SELECT count(*) FROM session_version v WHERE {stands}"
        " AND i.id IN (v.administered_by_id, v.supervised_by_id, v.wasted_witness_id)) AS many"
    ),
}


def _require_nothing_left(db: Session, asked: Withdrawals, values: dict[str, object]) -> None:
    """Raise BadInput where a site or practitioner would go that something names, or a lead's course reaches to another site."""
    for identity, statement in _STILL_NAMED.items():
        if f"{identity}s" not in asked.keys:
            continue
        found = db.execute(
            text(
                f"SELECT * FROM ({statement.format(stands=_STANDS)} FROM {identity} i JOIN withdrawn_record w"
                f" ON w.record_id = i.id AND w.identity = :identity WHERE i.network_id = :network) n"
                " WHERE many > 0 ORDER BY 1 LIMIT 1"
            ),
            {**values, "identity": identity},
        ).one_or_none()
        if found is not None:
            raise BadInput(
                f"The {identity} {found[0]} cannot be withdrawn: {plural(found[1], 'course or session', 'courses or sessions')}"
                f" still {'names' if found[1] == 1 else 'name'} it. Withdraw these first, or in the same import."
            )
    if asked.sender_sites is not None:
        _require_own(db, asked.sender_sites, values)


def _require_own(db: Session, sites: frozenset[UUID], values: dict[str, object]) -> None:
    """Nothing of another site goes along with a course of a lead's own."""
    foreign = db.execute(
        text(
            "SELECT c.source_key FROM session_version v JOIN withdrawn_record w ON w.record_id = v.session_id"
            " AND w.identity = 'session' JOIN course c ON c.network_id = :network AND c.id = v.course_id"
            " WHERE v.network_id = :network AND v.batch_id = :batch AND v.withdrawn AND v.site_id <> ALL (:own)"
            " ORDER BY 1 LIMIT 1"
        ),
        {**values, "own": sorted(sites)},
    ).scalar()
    if foreign is not None:
        raise BadInput(
            f"The course {foreign} cannot be withdrawn by you: not all of its records are of your sites. "
            "Only the network's manager can withdraw it."
        )
