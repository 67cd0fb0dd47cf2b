"""The sites of a network, as the scope may see them."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.transactions import ask


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site as it stands now. `data_through` is None where nothing has been received yet."""

    id: UUID
    code: str
    name: str
    region: str | None
    zone: str
    opened_on: date | None
    closed_on: date | None
    data_through: date | None


def fetch_sites(scope: Scope, db: Session) -> list[SiteFacts]:
    """The sites within the scope, by name."""
    rows = ask(
        db,
        "SELECT s.id, s.code, v.name, v.region, v.zone, v.opened_on, v.closed_on, k.data_through FROM site s"
        " JOIN site_version v ON v.network_id = s.network_id AND v.site_id = s.id AND v.superseded_by_batch_id IS NULL"
        " AND NOT v.withdrawn LEFT JOIN site_clock k ON k.network_id = s.network_id AND k.site_id = s.id"
        " WHERE s.network_id = :network AND s.id = ANY (:sites) ORDER BY v.name, s.code",
        {"network": scope.network_id, "sites": list(scope.site_ids)},
    )
    return [SiteFacts(*row) for row in rows]


def fetch_first_days(scope: Scope, db: Session) -> dict[UUID, date]:
    """By site, the day of its first recorded session, whatever became of it; sites without one are left out."""
    rows = ask(
        db,
        "SELECT s.site_id, (SELECT min(c.on_date) FROM session_day c WHERE c.network_id = :network AND c.site_id = s.site_id)"
        " FROM unnest(CAST(:sites AS uuid[])) AS s(site_id)",
        {"network": scope.network_id, "sites": list(scope.site_ids)},
    )
    return {site_id: first for site_id, first in rows if first}


def count_network_sites(scope: Scope, db: Session) -> int:
    """How many sites the whole network has. Whether a site was withdrawn is seen by whoever sees the site."""
    return int(
        db.execute(
            text(
                "SELECT count(*) FROM site s WHERE s.network_id = :network AND NOT EXISTS (SELECT 1 FROM site_version v"
                " WHERE v.network_id = s.network_id AND v.site_id = s.id AND v.superseded_by_batch_id IS NULL AND v.withdrawn)"
            ),
            {"network": scope.network_id},
        ).scalar_one()
    )


def fetch_every_site_id(scope: Scope, db: Session) -> frozenset[UUID]:
    """Every site of the network, for the product's own work in all of it; a scope of some sites gets those."""
    rows = db.execute(text("SELECT id FROM site WHERE network_id = :network"), {"network": scope.network_id}).scalars()
    return frozenset(rows) if scope.whole_network else frozenset(rows) & scope.site_ids


def find_extent(scope: Scope, db: Session) -> Period | None:
    """From the first to the last day of any session of the scope's sites, whatever became of it; None without a session."""
    first, last = db.execute(
        text(
            "SELECT min(on_date), max(on_date) FROM session_version WHERE network_id = :network AND site_id = ANY (:sites)"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids)},
    ).one()
    return Period(first, last + timedelta(days=1)) if first else None
