"""A snapshot's declaration, from what a sender wishes to what it may withdraw: never beyond the sender's own sites."""

import json
from collections.abc import Mapping, Sequence

from webapp.domain.errors import BadInput
from webapp.domain.intake.mapping import ColumnMapping, fits
from webapp.domain.intake.snapshot import Snapshot
from webapp.domain.scope import Scope
from webapp.queries.imports import ReceivedBatch
from webapp.queries.stored_keys import fetch_site_ids
from webapp.services.withdrawals import SnapshotReach, Withdrawals
from webapp.transactions import reading


def declare(scope: Scope, snapshot: Snapshot, accept_good_rows: bool) -> str:
    """The declaration as the batch keeps it. Raises BadInput for a site that the sender does not see, missing or foreign alike."""
    if accept_good_rows:
        raise BadInput(
            "A snapshot is stored whole or not at all: a row that cannot be taken would read as withdrawn. "
            "Do not accept the good rows only, or do not declare a snapshot."
        )
    with reading(scope) as db:
        found = fetch_site_ids(scope, db, snapshot.sites)
    missing = [code for code in snapshot.sites if code not in found]
    if missing:
        raise BadInput(
            f"The snapshot names the site “{missing[0][:64]}”, but no site of that code is known. Correct it."
        )
    ids = found.values() if snapshot.sites else None if scope.whole_network else scope.site_ids
    return json.dumps(
        {
            "first_on": snapshot.first_on.isoformat(),
            "last_on": snapshot.last_on.isoformat(),
            "codes": sorted(found) or None,
            "site_ids": None if ids is None else sorted(map(str, ids)),
        }
    )


def withdrawals_of(batch: ReceivedBatch, mapping: ColumnMapping, keys: Mapping[str, Sequence[str]]) -> Withdrawals:
    """What a received batch takes back: the withdrawn keys of its rows, and whatever its snapshot finds absent."""
    return Withdrawals(keys, _reach(batch, mapping), batch.site_ids)


def _reach(batch: ReceivedBatch, mapping: ColumnMapping) -> SnapshotReach | None:
    declared = batch.snapshot
    if declared is None:
        return None
    sites = batch.snapshot_site_ids
    if batch.site_ids is not None:
        sites = batch.site_ids if sites is None else sites & batch.site_ids
    names = [file.given_name for file in batch.files]
    kinds = frozenset(
        table.record_type
        for table in mapping.tables
        if table.rows or any(table.file and fits(name, table.file) for name in names)
    )
    return SnapshotReach(declared.first_on, declared.last_on, sites, kinds)
