"""What an import may refer to: the keys that a network holds, as far as their sender sees them, and its sites' clocks."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.intake.local_time import ZoneSpell
from webapp.domain.scope import Scope

_CURRENT = "v.superseded_by_batch_id IS NULL"
_PLACES = {
    "sites": (
        "SELECT i.code, i.code FROM site i JOIN site_version v ON v.network_id = i.network_id AND v.site_id = i.id"
        f" AND {_CURRENT} AND NOT v.withdrawn WHERE i.network_id = :network AND i.code = ANY (:keys)"
    ),
    "practitioners": (
        "SELECT i.source_key, '' FROM practitioner i JOIN practitioner_version v ON v.network_id = i.network_id"
        f" AND v.practitioner_id = i.id AND {_CURRENT} AND NOT v.withdrawn"
        " WHERE i.network_id = :network AND i.source = :source AND i.source_key = ANY (:keys)"
    ),
    **{
        f"{record}s": (
            f"SELECT i.source_key, h.code FROM {record} i JOIN {record}_version v ON v.network_id = i.network_id"
            f" AND v.{record}_id = i.id AND {_CURRENT} AND NOT v.withdrawn"
            " JOIN site h ON h.network_id = v.network_id AND h.id = v.site_id"
            " WHERE i.network_id = :network AND i.source = :source AND i.source_key = ANY (:keys)"
        )
        for record in ("course", "session")
    },
}
"""Record type -> key and site of those that stand. The policies leave out what is not of the scope's sites."""

_TAKEN = {
    f"{record}s": (
        f"SELECT i.source_key FROM {record} i LEFT JOIN {record}_version v ON v.network_id = i.network_id"
        f" AND v.{record}_id = i.id AND {_CURRENT} WHERE i.network_id = :network AND i.source = :source"
        f" AND i.source_key = ANY (:keys) AND (v.{record}_id IS NULL{elsewhere})"
    )
    for record, elsewhere in (
        ("course", " OR v.site_id <> ALL (:sites)"),
        ("session", " OR v.site_id <> ALL (:sites)"),
        ("screen", ""),
        ("side_effect", ""),
        ("rating", ""),
    )
}
"""Record type -> keys of which there is a record that the policies do not show, or show only because a session of one's own site
belongs to it."""

_HELD = {
    "protocols": "SELECT source_key FROM protocol WHERE network_id = :network AND source = :source AND source_key = ANY (:keys)",
    "credentials": (
        "SELECT source_key FROM credential_record WHERE network_id = :network AND source = :source AND source_key = ANY (:keys)"
    ),
    "accreditations": (
        "SELECT source_key FROM accreditation_record WHERE network_id = :network AND source = :source AND source_key = ANY (:keys)"
    ),
}


def fetch_places(scope: Scope, db: Session, source: str, record_type: str, keys: Collection[str]) -> Mapping[str, str]:
    """Of these keys, the stored ones that the scope sees, with their site's code ('' for practitioners)."""
    rows = db.execute(text(_PLACES[record_type]), {"network": scope.network_id, "source": source, "keys": list(keys)})
    return {key: site for key, site in rows}


def fetch_site_ids(scope: Scope, db: Session, codes: Collection[str]) -> dict[str, UUID]:
    """Of these codes, the sites that stand and that the scope sees, with their ids."""
    rows = db.execute(
        text(
            "SELECT i.code, i.id FROM site i JOIN site_version v ON v.network_id = i.network_id AND v.site_id = i.id"
            f" AND {_CURRENT} AND NOT v.withdrawn WHERE i.network_id = :network AND i.code = ANY (:codes)"
            " AND (:whole OR i.id = ANY (:sites))"
        ),
        {
            "network": scope.network_id,
            "codes": list(codes),
            "whole": scope.whole_network,
            "sites": list(scope.site_ids),
        },
    )
    return {code: site_id for code, site_id in rows}


def fetch_held(scope: Scope, db: Session, source: str, record_type: str, keys: Collection[str]) -> set[str]:
    """Of these keys of a kind that belongs to the network as a whole, or of sites, those that are stored and seen."""
    if record_type in _PLACES:
        return set(fetch_places(scope, db, source, record_type, keys))
    rows = db.execute(text(_HELD[record_type]), {"network": scope.network_id, "source": source, "keys": list(keys)})
    return set(rows.scalars())


def fetch_taken(scope: Scope, db: Session, source: str, record_type: str, keys: Collection[str]) -> set[str]:
    """Of these keys those whose record stands at a site outside the scope."""
    values = {"network": scope.network_id, "source": source, "keys": list(keys), "sites": list(scope.site_ids)}
    rows = db.execute(text(_TAKEN[record_type]), values)
    return set(rows.scalars())


def fetch_zone_spells(scope: Scope, db: Session) -> dict[str, tuple[ZoneSpell, ...]]:
    """Since when each site that the scope sees keeps which zone, by code, from all that was ever said of it."""
    rows = db.execute(
        text(
            "SELECT s.code, s.id, v.zone, v.zone_from FROM site s JOIN site_version v ON v.network_id = s.network_id"
            " AND v.site_id = s.id JOIN import_batch b ON b.network_id = v.network_id AND b.id = v.batch_id"
            " WHERE s.network_id = :network AND NOT v.withdrawn ORDER BY b.data_version"
        ),
        {"network": scope.network_id},
    )
    said: dict[tuple[str, UUID], list[tuple[str, date | None]]] = defaultdict(list)
    for code, site_id, zone, zone_from in rows:
        said[code, site_id].append((zone, zone_from))
    return {code: _spells(spoken) for (code, _), spoken in said.items()}


def _spells(said: Collection[tuple[str, date | None]]) -> tuple[ZoneSpell, ...]:
    """What is said last holds from its first day on; without one, for always."""
    spells: list[ZoneSpell] = []
    for zone, zone_from in said:
        spells = [spell for spell in spells if zone_from is not None and spell.valid_from < zone_from]
        spells.append(ZoneSpell(zone_from or date.min, zone))
    return tuple(spells)
