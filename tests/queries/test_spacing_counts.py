"""What is counted by its size: whichever of the stored rows answer a question, they say what the facts say."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.cells import SPACINGS, Selection, count_cells
from webapp.queries.fact_cells import FactView
from webapp.queries.network_settings import get_settings
from webapp.queries.spacing_cells import DOSES, Quantity
from webapp.queries.spacing_counts import count_spacing
from webapp.transactions import noting_statements, reading

ON = date(2026, 11, 22)
PERIODS = {
    "edges": Period(date(2026, 1, 15), date(2026, 9, 10)),
    "days": Period(date(2026, 3, 5), date(2026, 3, 25)),
}
ASKED: tuple[tuple[str, ...], ...] = (
    ("quantity", "value"),
    ("site", "quantity", "value"),
    ("week", "quantity", "value"),
    ("indication", "phase", "quantity", "value"),
)


def some_sites(scope: Scope) -> dict[str, Scope]:
    """The same network as it is seen by whoever sees all of it, looks at a part, leads two sites (the first by code), or sees none."""
    with reading(scope) as db:
        first = text("SELECT id FROM site WHERE network_id = :network ORDER BY code LIMIT 2")
        two = frozenset(db.execute(first, {"network": scope.network_id}).scalars())
    lead = Scope(scope.network_id, scope.user_id, Role.SITE_LEAD, two)
    part = replace(scope, site_ids=two)
    return {"all": scope, "narrowed": scope.narrow(two), "lead": lead, "part": part, "none": scope.narrow([])}


@pytest.mark.parametrize("by", ASKED, ids="-".join)
@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("seen", ["all", "narrowed", "lead", "part", "none"])
def test_stored_rows_say_what_the_facts_say(
    app: Flask, simulated: Scope, seen: str, period: str, by: tuple[str, ...]
) -> None:
    scope = some_sites(simulated)[seen]
    for indication, phase in ((None, None), ("depression", None), (None, "maintenance")):
        selection = Selection(PERIODS[period], ON, indication, phase)
        kind = indication or phase
        for quantities in ((), DOSES) if kind else ((Quantity.GAP,), ()):
            with reading(scope) as db:
                stored = count_spacing(scope, db, selection, by, quantities)
            # Read by who sees them all: the session before may have been at another site.
            with reading(simulated) as db:
                view = FactView(scope.network_id, get_settings(simulated, db).late_cancel_hours)
                wanted = {"wanted": [quantity.value for quantity in quantities or Quantity]}
                known, where = replace(selection, known=view), "c.quantity = ANY (:wanted)"
                facts = count_cells(scope, db, SPACINGS, known, by, where=where, values=wanted)
            assert stored == {key: many for key, (many,) in facts.items()}
            assert bool(stored) == (seen != "none") or kind or quantities


@pytest.mark.parametrize(("seen", "together"), [("all", True), ("narrowed", False), ("lead", False), ("part", False)])
def test_rows_of_all_sites_answer_only_who_asks_for_all(
    app: Flask, simulated: Scope, seen: str, together: bool
) -> None:
    scope = some_sites(simulated)[seen]
    with reading(scope) as db, noting_statements(db) as texts:
        count_spacing(scope, db, Selection(PERIODS["edges"], ON), ("quantity", "value"))
    assert any("spacing_network_month" in statement for statement in texts) is together
    assert any("FROM spacing_month" in statement for statement in texts) is not together


def test_few_rows_hold_many_values(app: Flask, simulated: Scope) -> None:
    """So that the shape is worth its trouble: a row a value would be several times as many."""
    with reading(simulated) as db:
        rows, values = db.execute(
            text("SELECT count(*), sum(cardinality(sizes)) FROM spacing_day WHERE network_id = :network"),
            {"network": simulated.network_id},
        ).one()
    assert values > 3 * rows
