"""The packets of a network, and the one that a surveyor may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role

MOST = 200
WAITING, RUNNING, SEALED, FAILED = "waiting", "running", "sealed", "failed"


@dataclass(frozen=True, slots=True)
class PacketLine:
    """One packet. network_version: the network's data version now; where it is another than the packet's, data have come since."""

    id: UUID
    programme_code: str
    programme: str
    site_code: str | None
    period_start: date
    period_end: date
    size: int
    seed: str
    state: str
    reason: str | None
    requested_by: str | None
    created_at: datetime
    sealed_at: datetime | None
    data_version: int | None
    as_of: datetime | None
    population: int | None
    chain_head: str | None
    stored_name: str | None
    sha256: str | None
    file_size: int | None
    sample: Sequence[str]
    network_version: int

    @property
    def is_sealed(self) -> bool:
        """Whether there is a file."""
        return self.state == SEALED


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """A surveyor of a packet. until: their account ends by itself then. revoked_at: ended by hand before."""

    user_id: UUID
    name: str
    sign_in_name: str
    until: datetime
    admitted_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyLine:
    """Which session a packet's number stands for: for the officer, never in the file."""

    number: int
    session_id: UUID
    site: str
    on_date: date


_SELECT = (
    "SELECT t.id, p.code, p.name, t.site_code, t.period_start, t.period_end, t.size, t.seed, t.state, t.reason, u.name, t.created_at,"
    " t.sealed_at, t.data_version, t.as_of, t.population, t.chain_head, t.stored_name, t.sha256, t.file_size, coalesce(t.sample, '[]'),"
    " n.data_version FROM tracer_packet t JOIN network n ON n.id = t.network_id"
    " JOIN programme p ON p.network_id = t.network_id AND p.id = t.programme_id LEFT JOIN user_account u ON u.id = t.requested_by"
    " WHERE t.network_id = :network"
)
_MISSING = "There is no such packet in this network."


def fetch_packets(scope: Scope, db: Session) -> list[PacketLine]:
    """The newest packets, newest first."""
    _require_officer(scope)
    rows = db.execute(text(f"{_SELECT} ORDER BY t.created_at DESC, t.id LIMIT {MOST}"), {"network": scope.network_id})
    return [PacketLine(*row) for row in rows]


def get_packet(scope: Scope, db: Session, packet_id: UUID) -> PacketLine:
    """One packet. Raises NotFound; to a surveyor every packet but their own is not there."""
    if scope.role is Role.SURVEYOR:
        if find_readable(scope, db) != packet_id:
            raise NotFound(_MISSING)
    else:
        _require_officer(scope)
    row = db.execute(text(f"{_SELECT} AND t.id = :id"), {"network": scope.network_id, "id": packet_id}).one_or_none()
    if row is None:
        raise NotFound(_MISSING)
    return PacketLine(*row)


def find_readable(scope: Scope, db: Session) -> UUID | None:
    """The packet that a surveyor was admitted to."""
    return db.execute(
        text("SELECT packet_id FROM packet_reader WHERE network_id = :network AND user_id = :user"),
        {"network": scope.network_id, "user": scope.user_id},
    ).scalar()


def fetch_readers(scope: Scope, db: Session, packet_id: UUID) -> list[ReaderLine]:
    """Who was admitted to a packet, newest first."""
    _require_officer(scope)
    rows = db.execute(
        text(
            "SELECT r.user_id, u.name, u.email, m.valid_until, r.admitted_at, m.revoked_at FROM packet_reader r"
            " JOIN membership m ON m.network_id = r.network_id AND m.user_id = r.user_id JOIN user_account u ON u.id = r.user_id"
            " WHERE r.network_id = :network AND r.packet_id = :packet ORDER BY r.admitted_at DESC, u.email"
        ),
        {"network": scope.network_id, "packet": packet_id},
    )
    return [ReaderLine(*row) for row in rows]


def fetch_key(scope: Scope, db: Session, packet: PacketLine) -> list[KeyLine]:
    """Which sessions a packet's numbers stand for; those taken out of the data since are left out."""
    _require_officer(scope)
    rows = db.execute(
        text(
            "SELECT k.number, s.session_id, v.name, s.on_date"
            " FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS k(session_id, number)"
            " JOIN session_version s ON s.network_id = :network AND s.session_id = k.session_id AND s.superseded_by_batch_id IS NULL"
            " AND NOT s.withdrawn AND s.site_id = ANY (:sites)"
            " JOIN site_version v ON v.network_id = :network AND v.site_id = s.site_id AND v.superseded_by_batch_id IS NULL"
            " AND NOT v.withdrawn ORDER BY k.number"
        ),
        {"network": scope.network_id, "ids": list(packet.sample), "sites": list(scope.site_ids)},
    )
    return [KeyLine(*row) for row in rows]


def fetch_packet_files(scope: Scope, db: Session) -> set[str]:
    """The names of the files that packets name."""
    rows = db.execute(
        text("SELECT stored_name FROM tracer_packet WHERE network_id = :network AND stored_name IS NOT NULL"),
        {"network": scope.network_id},
    )
    return set(rows.scalars())


def _require_officer(scope: Scope) -> None:
    """To everybody else a packet is not there; the product's own work is the manager's role."""
    if scope.role not in (Role.COMPLIANCE, Role.MANAGER):
        raise NotFound(_MISSING)
