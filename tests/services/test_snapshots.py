"""What a snapshot may withdraw: never beyond the sites that its sender may send for."""

from datetime import date
from uuid import UUID

import pytest

from webapp.domain.intake.mapping import ColumnMapping
from webapp.domain.intake.snapshot import Snapshot
from webapp.queries.imports import ReceivedBatch
from webapp.services.snapshots import withdrawals_of

ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("may_send_for", "declared", "reached"),
    [
        (None, None, None),
        (None, {OTHER}, {OTHER}),
        ({ONE}, None, {ONE}),
        ({ONE}, {ONE, OTHER}, {ONE}),
        ({ONE}, {OTHER}, set()),
    ],
)
def test_a_snapshot_reaches_no_further_than_its_sender(
    may_send_for: set[UUID] | None, declared: set[UUID] | None, reached: set[UUID] | None
) -> None:
    own, named = (None if sites is None else frozenset(sites) for sites in (may_send_for, declared))
    days = Snapshot(date(2026, 10, 1), date(2026, 10, 31))
    batch = ReceivedBatch(UUID(int=9), "m", "", "s", False, UUID(int=7), "site_lead", own, days, named, ())
    found = withdrawals_of(batch, ColumnMapping("m", "s"), {})
    assert found.sender_sites == own
    assert found.snapshot is not None and found.snapshot.site_ids == reached
