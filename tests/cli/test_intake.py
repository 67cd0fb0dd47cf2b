"""The commands around data: each says what it did, refuses in a sentence, and answers programs with an exit code."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from tests.commanding import dripline, measured
from tests.sending import clinic, csv_text, site
from webapp.cli import main
from webapp.domain.vocabulary import Role
from webapp.queries.people import fetch_memberships
from webapp.services import people
from webapp.services.clock import now
from webapp.services.sign_in import sign_in
from webapp.transactions import reading, unit_of_work

SMALL = ("--sessions", "400", "--sites", "3", "--from", "2026-01-05", "--to", "2026-06-30")


@pytest.fixture(scope="module")
def ready(environ: dict[str, str], session_app: Flask) -> dict[str, str]:
    """The servers' addresses, with the database set up."""
    return environ


@pytest.fixture(scope="module")
def simulated(ready: dict[str, str]) -> str:
    """A network with a simulation straight in."""
    name = f"sim-{uuid4().hex[:8]}"
    dripline(ready, "add-network", name)
    said = dripline(ready, "simulate", "--network", name, "--seed", "5", *SMALL).stdout
    assert said.startswith("Stored ")
    return name


def test_mappings_are_listed_without_any_server() -> None:
    shown = CliRunner().invoke(main, ["mappings"])
    assert shown.exit_code == 0
    for name in ("dripline", "esketamine_madrs", "sdtm_pilot", "synthea_27"):
        assert f"\n{name} " in f"\n{shown.output}"


def test_a_simulation_into_files_is_the_same_network_as_one_straight_in(
    ready: dict[str, str], simulated: str, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    shown = CliRunner().invoke(main, ["simulate", "--seed", "5", *SMALL, "--out", str(folder)])
    assert shown.exit_code == 0, shown.output
    name = f"files-{uuid4().hex[:8]}"
    dripline(ready, "add-network", name)
    dripline(ready, "import", "--network", name, str(folder))
    for measure in ("session_count", "course_states", "side_effect_events", "screening_coverage"):
        assert measured(ready, name, measure, "--by", "site,month") == measured(
            ready, simulated, measure, "--by", "site,month"
        )
    assert ", 0 differing cells." in dripline(ready, "verify", "--network", simulated).stdout


def test_a_simulation_must_be_told_where_to() -> None:
    shown = CliRunner().invoke(main, ["simulate", "--sessions", "400"])
    assert shown.exit_code == 2
    assert "--network" in shown.output


def test_a_recount_that_differs_is_told_by_the_exit_code(app: Flask, ready: dict[str, str]) -> None:
    name = f"off-{uuid4().hex[:8]}"
    dripline(ready, "add-network", name)
    dripline(ready, "simulate", "--network", name, "--seed", "6", *SMALL)
    with unit_of_work(people.network_scope(people.get_network(name))) as db:
        db.execute(text("UPDATE session_month SET sessions = sessions + 1 WHERE phase = 'maintenance'"))
    said = dripline(ready, "verify", "--network", name, exit_code=1).stdout
    assert ", 0 differing cells." not in said
    assert ", 0 differing cells." in dripline(ready, "verify", "--network", name, "--mend").stdout
    assert ", 0 differing cells." in dripline(ready, "verify", "--network", name).stdout


def test_measures_as_json_have_what_programs_need(ready: dict[str, str], simulated: str) -> None:
    rows = measured(ready, simulated, "side_effect_rate", "--by", "site", "--by", "term")
    assert rows
    for row in rows:
        assert set(row) >= {
            "measure", "site", "term", "numerator", "denominator", "share", "interval", "bounds", "exclusions"
        }  # fmt: skip
        low, high = row["interval"]
        assert 0 <= low <= row["share"] <= high <= 1
    [whole] = measured(ready, simulated, "course_completion")
    assert whole["site"] is None
    assert [row["infusion"] for row in measured(ready, simulated, "drop_off", "--by", "infusion")] == [1, 2, 3, 4, 5, 6]
    months = measured(ready, simulated, "session_count", "--by", "month", "--from", "2026-02-01", "--to", "2026-03-31")
    assert [row["month"] for row in months] == ["2026-02-01", "2026-03-01"]


def test_all_measures_are_printed_by_default_and_as_a_table(ready: dict[str, str], simulated: str) -> None:
    rows = json.loads(dripline(ready, "measures", "--network", simulated, "--json").stdout)
    assert {"session_count", "course_completion", "side_effect_rate"} <= {row["measure"] for row in rows}
    table = dripline(ready, "measures", "--network", simulated, "--by", "site").stdout
    assert "numerator" in table
    assert " %" in table


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--measure", "cheerfulness"), "There is no measure 'cheerfulness'"),
        (("--measure", "course_starts", "--by", "term"), "cannot be shown by 'term'"),
        (("--by", "mood"), "No measure can be shown by mood"),
        (("--from", "2026-05-01", "--to", "2026-04-01"), "holds no day"),
    ],
)
def test_a_question_that_cannot_be_answered_is_a_sentence(
    ready: dict[str, str], simulated: str, words: tuple[str, ...], sentence: str
) -> None:
    said = dripline(ready, "measures", "--network", simulated, *words, exit_code=1).output
    assert sentence in said


def test_a_network_without_data_has_no_numbers(ready: dict[str, str]) -> None:
    name = f"empty-{uuid4().hex[:8]}"
    dripline(ready, "add-network", name)
    rows = json.loads(dripline(ready, "measures", "--network", name, "--json").stdout)
    assert all(row["numerator"] == 0 for row in rows)


def test_people_are_added_with_a_role_and_their_sites(app: Flask, ready: dict[str, str], tmp_path: Path) -> None:
    name = f"people-{uuid4().hex[:8]}"
    dripline(ready, "add-network", name)
    assert "There already is a network" in dripline(ready, "add-network", name, exit_code=1).output
    sites = tmp_path / "sites.csv"
    sites.write_bytes(csv_text([site("RIV"), site("NGT")]))
    dripline(ready, "import", "--network", name, str(sites))
    email, password = f"{uuid4().hex}@example.org", "quite a long password"
    words = ("add-user", email, "--name", "Lee", "--network", name, "--password", password)
    assert "at least one --site" in dripline(ready, *words, "--role", "site_lead", exit_code=2).output
    assert "sees every site" in dripline(ready, *words, "--role", "manager", "--site", "RIV", exit_code=2).output
    dripline(ready, *words, "--role", "site_lead", "--site", "RIV")
    opened = sign_in(email, password, "127.0.0.1", now(), str(app.config["SECRET_KEY"]))
    [membership] = fetch_memberships(opened.user_id, now())
    scope = people.network_scope(membership.network_id)
    with reading(scope) as db:
        riv = db.execute(text("SELECT id FROM site WHERE code = 'RIV'")).scalar_one()
    assert (membership.role, membership.site_ids) == (Role.SITE_LEAD, frozenset([riv]))


def test_an_unknown_site_adds_nobody(ready: dict[str, str]) -> None:
    name = f"nobody-{uuid4().hex[:8]}"
    dripline(ready, "add-network", name)
    words = (
        "add-user",
        f"{uuid4().hex}@example.org",
        "--name",
        "Lee",
        "--network",
        name,
        "--password",
        "quite a long password",
    )
    for _ in range(2):
        said = dripline(ready, *words, "--role", "site_lead", "--site", "ZZZ", exit_code=1).output
        assert "There is no site 'ZZZ'" in said


def test_a_snapshot_is_declared_by_the_command(ready: dict[str, str], tmp_path: Path) -> None:
    name = f"snapshot-{uuid4().hex[:8]}"
    dripline(ready, "add-network", name)
    for file, rows in clinic().items():
        (tmp_path / file).write_bytes(rows if isinstance(rows, bytes) else csv_text(rows))
    words = ("import", "--network", name)
    dripline(ready, *words, str(tmp_path))
    sessions = (tmp_path / "sessions.csv").read_text().splitlines()
    (tmp_path / "sessions.csv").write_text("\n".join(sessions[:-1]) + "\n")
    days = ("--snapshot-from", "2026-03-01", "--snapshot-to", "2026-03-31")
    assert "needs its last day" in dripline(ready, *words, *days[:2], str(tmp_path), exit_code=1).output
    unknown = dripline(ready, *words, *days, "--snapshot-site", "ZZZ", str(tmp_path), exit_code=1).output
    assert "names the site “ZZZ”" in unknown
    said = dripline(ready, *words, *days, "--snapshot-site", "RIV", str(tmp_path)).stdout
    assert "1 record was withdrawn." in said
    assert ", 0 differing cells." in dripline(ready, "verify", "--network", name).stdout
    assert "Nothing changed" in dripline(ready, *words, *days, str(tmp_path)).stdout
