"""Real input through the pages: every number of every table equals a recount of the raw CSV with nothing but the csv module."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from tests.queries.conftest import with_sites
from tests.queries.pages.recounted import TODAY, page_tables
from tests.walks.recount import (
    case_series,
    control,
    courses,
    funnel,
    health_records,
    incidence,
    sessions,
    side_effects,
    spacing,
    trial,
)
from tests.walks.recount.registry import RECOUNTS, assert_recounted
from tests.walks.recount.source import Asked, Source
from tests.walks.test_real_input import network_of
from webapp.domain.scope import Scope
from webapp.services import people

assert all((control, courses, funnel, incidence, sessions, side_effects, spacing)), (
    "importing them registers their recounts"
)

NEVER_FILLED = {"doses", "control_chart"}
"""No source tells a weight, and none has a site with twelve months of enough screening: made networks alone fill these tables."""

PAGES = ("sessions", "courses", "side-effects")
READERS = {"sdtm_pilot": trial.read, "esketamine_madrs": case_series.read, "synthea_27": health_records.read}
NINETIES, NOUGHTIES, TENS = ("1990-01-01", "1999-12-31"), ("2000-01-01", "2009-12-31"), ("2010-01-01", "2019-12-31")
SEARCHES = [
    ("sdtm_pilot", ("2012-01-01", "2015-12-31"), ""),
    ("sdtm_pilot", ("2013-01-01", "2013-12-31"), ""),
    ("sdtm_pilot", ("2013-01-01", "2013-12-31"), "2013-10-15"),
    ("esketamine_madrs", ("2021-06-01", "2022-12-31"), ""),
    ("esketamine_madrs", ("2022-01-01", "2022-12-31"), "2022-02-01"),
    ("synthea_27", NINETIES, ""),
    ("synthea_27", NOUGHTIES, ""),
    ("synthea_27", TENS, ""),
    ("synthea_27", ("2020-01-01", "2024-12-31"), ""),
    ("synthea_27", ("2023-01-01", "2023-12-31"), "2023-11-15"),
]
"""All data of each source, one year, and a day within the data; a page shows ten years at most."""


@dataclass(frozen=True)
class Sent:
    """A folder as the product holds it, and as it was read plainly."""

    scope: Scope
    source: Source


@pytest.fixture(scope="module")
def sent(environ: dict[str, str], session_app: Flask, shared_data: Path) -> dict[str, Sent]:
    """Each folder, imported once."""
    names = {folder: network_of(environ, shared_data / folder) for folder in READERS}
    with session_app.app_context():
        return {
            folder: Sent(
                with_sites(people.network_scope(people.get_network(name))), READERS[folder](shared_data / folder)
            )
            for folder, name in names.items()
        }


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("folder", "period", "as_of"), SEARCHES)
def test_every_table_equals_its_recount(
    app: Flask, sent: dict[str, Sent], folder: str, period: tuple[str, str], as_of: str, page: str
) -> None:
    first, last = (date.fromisoformat(day) for day in period)
    asked = Asked(sent[folder].source, first, last, date.fromisoformat(as_of) if as_of else TODAY)
    search = f"?from={first}&to={last}" + (f"&as_of={as_of}" if as_of else "")
    tables = page_tables(sent[folder].scope, page, search)
    assert tables
    for table in tables.values():
        assert_recounted(table, asked)


def test_a_table_without_a_recount_is_told(app: Flask, sent: dict[str, Sent], monkeypatch: pytest.MonkeyPatch) -> None:
    tables = page_tables(sent["sdtm_pilot"].scope, "courses", "?from=2013-01-01&to=2013-12-31")
    asked = Asked(sent["sdtm_pilot"].source, date(2013, 1, 1), date(2013, 12, 31), TODAY)
    monkeypatch.delitem(RECOUNTS, "drop_off")
    with pytest.raises(AssertionError, match="drop_off has no recount"):
        assert_recounted(tables["drop_off"], asked)


def test_every_recount_was_asked_for_a_table_with_rows(app: Flask, sent: dict[str, Sent]) -> None:
    """So that none is true of nothing only."""
    filled: set[str] = set()
    for folder, (first, last), as_of in SEARCHES:
        for page in PAGES:
            search = f"?from={first}&to={last}" + (f"&as_of={as_of}" if as_of else "")
            filled |= {key for key, table in page_tables(sent[folder].scope, page, search).items() if table.rows}
    assert set(RECOUNTS) - NEVER_FILLED == filled


def test_the_trial_as_its_files_tell_it(sent: dict[str, Sent]) -> None:
    """What the plain reading gives, held against figures counted by hand in the raw files."""
    source = sent["sdtm_pilot"].source
    reasons = [course.reason for course in source.begun if course.reason]
    assert (len(source.begun), len(source.given), len(reasons)) == (254, 591, 142)
    assert (reasons.count("side_effect"), reasons.count("died")) == (92, 3)
