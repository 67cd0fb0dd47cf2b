"""What an import touches is counted again: also what a record no longer speaks of."""

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network
from tests.sending import Row, clinic, send
from webapp.domain.vocabulary import BatchState
from webapp.services.verification import verify
from webapp.transactions import reading

PROTOCOL: Row = {
    "key": "P1",
    "indication": "depression",
    "product": "ketamine_iv",
    "valid_from": "2026-01-01",
    "planned_infusions": "3",
    "window_days": "28",
    "lapse_days": "60",
    "horizon_days": "90",
}


@pytest.mark.parametrize("moved", [{"indication": "ptsd"}, {"product": "ketamine_im"}], ids=["indication", "product"])
def test_a_protocol_moved_away_judges_the_courses_it_leaves_again(app: Flask, moved: Row) -> None:
    scope = make_network(NOW)
    send(scope, {**clinic(), "protocols.csv": [PROTOCOL]})
    batch = send(scope, {"protocols.csv": [{**PROTOCOL, **moved}]})
    assert batch.state is BatchState.STORED, batch.message
    with reading(scope) as db:
        assert set(db.execute(text("SELECT planned FROM course_spell")).scalars()) == {6}
        assert [one for one in verify(scope, db) if one.differing] == []
