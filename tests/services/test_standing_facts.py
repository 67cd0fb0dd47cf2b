"""Accreditation records out of a batch: a changed row corrects, a moved row is struck out there and said anew here."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.making import make_network, store
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Standing
from webapp.queries.accreditation import fetch_matrix
from webapp.queries.sites import fetch_every_site_id
from webapp.services.facts import StoredCount
from webapp.transactions import reading

ON = date(2026, 6, 1)


def granted(key: str, site: str = "RIV", **said: Any) -> dict[str, Any]:
    return {
        "key": key,
        "site": site,
        "programme": "certified_setting",
        "event": "granted",
        "effective_on": date(2026, 1, 1),
        "until": date(2026, 12, 31),
        **said,
    }


@pytest.fixture
def scope(app: Flask) -> Scope:
    scope = make_network(NOW)
    sites = [{"key": code, "name": f"Site {code}", "zone": "America/New_York"} for code in ("RIV", "NGT")]
    store(scope, {"sites": sites}, NOW)
    return scope


def standings(scope: Scope, known_at: datetime | None = None) -> dict[str, Standing]:
    with reading(scope) as db:
        every = Scope(scope.network_id, scope.user_id, scope.role, fetch_every_site_id(scope, db), whole_network=True)
        return {cell.site.code: cell.held.standing for cell in fetch_matrix(every, db, ON, known_at)}


def test_a_record_is_appended_once(scope: Scope) -> None:
    _, first = store(scope, {"accreditations": [granted("A1")]}, NOW)
    _, again = store(scope, {"accreditations": [granted("A1")]}, NOW + timedelta(days=1))
    assert (first, again) == (StoredCount(new=1), StoredCount(unchanged=1))
    assert standings(scope) == {"RIV": Standing.ACCREDITED, "NGT": Standing.NONE}


def test_a_changed_row_is_a_correction_and_the_past_knowledge_stays(scope: Scope) -> None:
    store(scope, {"accreditations": [granted("A1")]}, NOW)
    later = NOW + timedelta(days=3)
    _, counts = store(scope, {"accreditations": [granted("A1", until=date(2026, 5, 31))]}, later)
    assert counts == StoredCount(changed=1)
    assert standings(scope)["RIV"] is Standing.EXPIRED
    assert standings(scope, NOW + timedelta(days=1))["RIV"] is Standing.ACCREDITED


def test_a_record_that_moves_to_another_site_leaves_the_first(scope: Scope) -> None:
    store(scope, {"accreditations": [granted("A1")]}, NOW)
    _, counts = store(scope, {"accreditations": [granted("A1", site="NGT")]}, NOW + timedelta(days=1))
    assert counts == StoredCount(changed=1)
    assert standings(scope) == {"RIV": Standing.NONE, "NGT": Standing.ACCREDITED}
    _, again = store(scope, {"accreditations": [granted("A1", site="NGT")]}, NOW + timedelta(days=2))
    assert again == StoredCount(unchanged=1)


def test_a_batch_may_bring_a_record_and_its_correction(scope: Scope) -> None:
    correction = granted("A2", event="corrected", replaces="A1", corrected_event="granted", until=date(2026, 3, 31))
    store(scope, {"accreditations": [granted("A1"), correction]}, datetime(2026, 11, 22, tzinfo=UTC))
    assert standings(scope)["RIV"] is Standing.EXPIRED
