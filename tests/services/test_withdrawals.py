"""Withdrawal is a version: by key, along with what a record belongs to, or by absence from a declared snapshot, and never else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network
from tests.sending import Row, clinic, course, lead_of, reasons, send, session, site
from webapp.domain.errors import BadInput
from webapp.domain.filters import parse_filters
from webapp.domain.intake.mapping_reading import read_mapping
from webapp.domain.intake.snapshot import Snapshot
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import BatchState
from webapp.queries.attention import fetch_attention
from webapp.queries.cells import SESSIONS, Selection, count_cells
from webapp.queries.known_at import view_known_at
from webapp.queries.pages.ground import Ground
from webapp.queries.sites import count_network_sites, fetch_every_site_id, fetch_sites
from webapp.services import schedules
from webapp.services.verification import verify
from webapp.transactions import reading, unit_of_work

MARCH = Snapshot(date(2026, 3, 1), date(2026, 3, 31))
LATER = NOW + timedelta(days=1)
Files = dict[str, bytes | Sequence[Row]]


@pytest.fixture
def scope(app: Flask) -> Scope:
    return make_network(NOW)


def rich(code: str = "RIV") -> Files:
    """A site with a course of six sessions, each screened, two with a side effect, and a rating."""
    files = clinic(code)
    keys = [f"{code}-{n}" for n in range(6)]
    return files | {
        "screens.csv": [{"key": key, "session": key, "asked_how": "solicited"} for key in keys],
        "side_effects.csv": [{"key": key, "session": key, "term": "nausea", "severity": "2"} for key in keys[:2]],
        "ratings.csv": [
            {"key": f"{code}-R", "course": f"{code}-C", "instrument": "madrs", "rated_at": "2026-03-01", "score": "31"}
        ],
    }


def without(files: Files, name: str, *keys: str) -> Files:
    """The same files without some rows."""
    rows = files[name]
    assert not isinstance(rows, bytes)
    return {**files, name: [row for row in rows if row["key"] not in keys] or f"{','.join(rows[0])}\n".encode()}


def gone(key: str, like: Row) -> Row:
    """The row by which a record is withdrawn: of the others' columns nothing is filled."""
    return {**dict.fromkeys(like, ""), "key": key, "withdrawn": "yes"}


def ask(scope: Scope, statement: str, **values: object) -> Any:
    with reading(scope) as db:
        return db.execute(text(statement), values).scalar_one()


def standing(scope: Scope, record: str) -> int:
    return int(
        ask(scope, f"SELECT count(*) FROM {record}_version WHERE superseded_by_batch_id IS NULL AND NOT withdrawn")
    )


def all_standing(scope: Scope) -> dict[str, int]:
    return {name: standing(scope, name) for name in ("course", "session", "screen", "side_effect", "rating")}


def versions(scope: Scope) -> int:
    return sum(
        int(ask(scope, f"SELECT count(*) FROM {name}_version"))
        for name in ("course", "session", "screen", "side_effect", "rating", "site", "practitioner", "protocol")
    )


def assert_exact(scope: Scope) -> None:
    with reading(scope) as db:
        assert {c.table: c.differing for c in verify(scope, db) if c.differing} == {}


def seeing_all(scope: Scope) -> Scope:
    """The same, with every site listed, as a manager at a browser has them."""
    with reading(scope) as db:
        return replace(scope, site_ids=fetch_every_site_id(scope, db))


def sessions_of(scope: Scope, known_at: Any = None) -> Mapping[Any, Any]:
    """Sessions by day and status: as counted now, or from the facts as known then."""
    with reading(scope) as db:
        known = view_known_at(scope, db, known_at) if known_at else None
        period = Period(date(2026, 1, 1), date(2026, 12, 31))
        return count_cells(
            seeing_all(scope), db, SESSIONS, Selection(period, period.last_on, known=known), ("day", "status")
        )


FULL = {"course": 1, "session": 6, "screen": 6, "side_effect": 2, "rating": 1}


def test_a_withdrawn_session_takes_its_screens_along_and_renumbers_the_later_ones(scope: Scope) -> None:
    send(scope, rich())
    before = sessions_of(scope)
    batch = send(scope, {"sessions.csv": [gone("RIV-1", session("x"))]}, now=LATER)
    assert (batch.state, batch.message) == (BatchState.STORED, "3 records were withdrawn.")
    assert batch.data_version == 2
    assert all_standing(scope) == {"course": 1, "session": 5, "screen": 5, "side_effect": 1, "rating": 1}
    assert ask(scope, "SELECT max(infusion) FROM session_place") == 5
    third = "SELECT p.infusion FROM session_place p JOIN session s ON s.id = p.session_id WHERE s.source_key = 'RIV-2'"
    assert ask(scope, third) == 2
    assert ask(scope, "SELECT sum(sessions) FROM session_day") == 5
    assert ask(scope, "SELECT end_state FROM course_spell") != "completed_on_time"
    assert_exact(scope)
    assert sessions_of(scope, NOW) == before != sessions_of(scope)
    assert sessions_of(scope, LATER) == sessions_of(scope)


def test_a_withdrawn_record_that_is_sent_again_comes_back_as_a_version(scope: Scope) -> None:
    send(scope, rich())
    before = sessions_of(scope)
    for _ in range(2):
        send(scope, {"sessions.csv": [gone("RIV-1", session("x"))]})
        batch = send(scope, rich())
        assert "Stored 3 changed rows" in batch.message
        assert all_standing(scope) == FULL
        assert sessions_of(scope) == before
        assert_exact(scope)
    assert ask(scope, "SELECT count(*) FROM session_version v JOIN session s ON s.id = v.session_id"
                      " WHERE s.source_key = 'RIV-1'") == 5  # fmt: skip


def test_withdrawing_twice_or_what_is_not_held_changes_nothing(scope: Scope) -> None:
    send(scope, rich())
    withdrawing: Files = {"sessions.csv": [gone("RIV-1", session("x")), gone("never", session("x"))]}
    assert "3 records were withdrawn." in send(scope, withdrawing).message
    held = versions(scope)
    again = send(scope, withdrawing)
    assert (again.message, again.data_version) == ("Nothing changed: all 2 rows are known already.", None)
    assert versions(scope) == held


def test_a_withdrawn_course_takes_all_of_it_along(scope: Scope) -> None:
    send(scope, rich())
    send(scope, {"courses.csv": [gone("RIV-C", course())]})
    assert all_standing(scope) == dict.fromkeys(FULL, 0)
    for table in ("session_day", "session_month", "course_spell", "session_place", "side_effect_day", "network_month"):
        assert ask(scope, f"SELECT count(*) FROM {table}") == 0, table
    assert_exact(scope)


def test_what_is_withdrawn_cannot_be_referred_to_in_the_same_batch(scope: Scope) -> None:
    send(scope, rich())
    batch = send(scope, {"courses.csv": [gone("RIV-C", course())], "sessions.csv": [session("RIV-0", "RIV-C")]})
    assert batch.state is BatchState.REFUSED
    assert [reason.rule for reason in reasons(scope, batch)] == ["unknown_reference"]
    later = send(scope, {"courses.csv": [gone("RIV-C", course())]})
    assert later.state is BatchState.STORED
    refused = send(scope, {"sessions.csv": [session("RIV-0", "RIV-C")]})
    assert [reason.rule for reason in reasons(scope, refused)] == ["unknown_reference"]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([{**session("S1", "RIV-C"), "withdrawn": "perhaps"}], "not_a_flag"),
        ([gone("", session("x"))], "missing_required"),
        ([gone("RIV-1\u202e", session("x"))], "invisible_character"),
        ([gone("RIV-1", session("x")), {**session("RIV-1", "RIV-C"), "withdrawn": ""}], "duplicate_key"),
        ([{**session("RIV-1", "RIV-C"), "withdrawn": "no"}, gone("RIV-1", session("x"))], "duplicate_key"),
    ],
)
def test_a_withdrawal_that_cannot_be_read_is_refused_by_its_rule(scope: Scope, rows: list[Row], rule: str) -> None:
    send(scope, rich())
    batch = send(scope, {"sessions.csv": rows})
    assert batch.state is BatchState.REFUSED
    assert rule in [reason.rule for reason in reasons(scope, batch)]
    assert all_standing(scope) == FULL


def test_standing_records_are_struck_out_and_said_anew(scope: Scope) -> None:
    granted = {"key": "A1", "site": "RIV", "programme": "state", "event": "granted", "effective_on": "2026-01-01"}
    send(scope, {"sites.csv": [site()], "accreditations.csv": [granted]})
    assert "1 record was withdrawn." in send(scope, {"accreditations.csv": [gone("A1", granted)]}).message
    last = "SELECT event || coalesce(corrected_event, '') FROM accreditation_record WHERE replaces_id IS NOT NULL"
    assert ask(scope, last) == "corrected"
    assert send(scope, {"accreditations.csv": [gone("A1", granted)]}).data_version is None
    assert "Stored 1 new row." in send(scope, {"accreditations.csv": [granted]}).message
    assert send(scope, {"accreditations.csv": [granted]}).data_version is None
    assert ask(scope, "SELECT count(*) FROM accreditation_record") == 3


def test_a_site_goes_only_with_all_that_names_it_and_its_ledger_does_no_harm(scope: Scope) -> None:
    send(scope, rich())
    send(scope, clinic("NGT"))
    refused = send(scope, {"sites.csv": [gone("RIV", site())]})
    assert refused.state is BatchState.REFUSED
    assert "The site RIV cannot be withdrawn: 7 courses or sessions still name it." in refused.message
    assert all_standing(scope)["session"] == 12
    schedules.ensure_monthly(scope, date(2040, 1, 1), NOW)
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "INSERT INTO report_run (network_id, id, schedule_id, site_id, subject, period_start, period_end, issue, due_at,"
                " state, attempts, created_at) SELECT :network, gen_random_uuid(), s.id, h.id, h.id, '2026-02-01', '2026-03-01', 1,"
                " :now, 'failed', 5, :now"
                " FROM schedule s, site h WHERE h.code = 'RIV' LIMIT 1"
            ),
            {"network": scope.network_id, "now": NOW},
        )
    assert ask(scope, "SELECT count(*) FROM report_run") == 1
    assert send(scope, {"sites.csv": [gone("RIV", site())], "courses.csv": [gone("RIV-C", course())]}).data_version
    assert_exact(scope)
    with reading(scope) as db:
        wide = seeing_all(scope)
        assert [each.code for each in fetch_sites(wide, db)] == ["NGT"]
        assert count_network_sites(scope, db) == 1
        filters, _ = parse_filters("period=2026-03", ["NGT"], NOW.date())
        items = fetch_attention(Ground(wide, db, filters, NOW.date())).items
    assert {item.site.code for item in items} <= {"NGT"}


def test_a_practitioner_whom_a_session_names_stays(scope: Scope) -> None:
    people = [{"key": "P1", "name": "Dr. One"}, {"key": "P2", "name": "Dr. Two"}]
    files = clinic()
    send(scope, {**files, "practitioners.csv": people, "sessions.csv": [session("S1", "RIV-C", supervised_by="P1")]})
    refused = send(scope, {"practitioners.csv": [gone("P1", people[0])]})
    assert "The practitioner P1 cannot be withdrawn: 1 course or session still names it." in refused.message
    assert "1 record was withdrawn." in send(scope, {"practitioners.csv": [gone("P2", people[1])]}).message


def test_absence_from_an_ordinary_batch_withdraws_nothing(scope: Scope) -> None:
    send(scope, rich())
    held = versions(scope)
    assert send(scope, without(rich(), "sessions.csv", "RIV-4", "RIV-5")).data_version is None
    assert (versions(scope), all_standing(scope)) == (held, FULL)


def test_what_a_snapshot_lacks_is_withdrawn_and_sending_it_twice_changes_nothing(scope: Scope) -> None:
    send(scope, rich())
    send(scope, rich("NGT"))
    before = sessions_of(scope)
    april = {"sessions.csv": [session("RIV-A", "RIV-C", started_at="2026-04-02T10:00")]}
    send(scope, april)
    sent = without(without(rich(), "sessions.csv", "RIV-5"), "screens.csv", "RIV-5", "RIV-4")
    only_riv = Snapshot(MARCH.first_on, MARCH.last_on, ("RIV",))
    batch = send(scope, sent, snapshot=only_riv, now=LATER)
    # the session with its screen, and the screen of another session; the one in April and the other site's stand
    assert "3 records were withdrawn." in batch.message
    assert batch.snapshot == only_riv
    assert all_standing(scope) == {"course": 2, "session": 12, "screen": 10, "side_effect": 4, "rating": 2}
    assert_exact(scope)
    assert sum(cell[0] for cell in sessions_of(scope, NOW).values()) == sum(c[0] for c in before.values()) + 1
    held = versions(scope)
    again = send(scope, sent, snapshot=only_riv, now=LATER)
    assert (again.data_version, versions(scope)) == (None, held)


def test_an_empty_snapshot_withdraws_the_courses_that_lie_in_it_and_no_other(scope: Scope) -> None:
    send(scope, rich())
    send(
        scope,
        {
            "courses.csv": [course("C2")],
            "sessions.csv": [session("S1", "C2"), session("S2", "C2", started_at="2026-04-02")],
        },
    )
    send(scope, {"courses.csv": [course("C3")]})
    empty: Files = {
        name: (",".join(dict(rows[0])) + "\n").encode()
        for name, rows in rich().items()
        if name != "sites.csv" and not isinstance(rows, bytes)
    }
    send(scope, empty, snapshot=MARCH)
    # C2 reaches beyond March, and of C3 no day is known
    assert all_standing(scope) == {"course": 2, "session": 1, "screen": 0, "side_effect": 0, "rating": 0}
    assert ask(scope, "SELECT count(*) FROM site_version WHERE withdrawn") == 0
    assert_exact(scope)


def test_a_snapshot_speaks_only_of_the_kinds_that_it_brings_files_of_and_of_its_source(scope: Scope) -> None:
    send(scope, rich())
    batch = send(scope, {"sessions.csv": clinic()["sessions.csv"]}, snapshot=MARCH)
    assert (batch.data_version, all_standing(scope)) == (None, FULL)
    other = "source: other\ntables:\n  sessions:\n    - file: sessions.csv\n      columns: same\n"
    batch = send(
        scope, {"sessions.csv": b"key,course,site,status,phase\n"}, read_mapping(other, "other"), snapshot=MARCH
    )
    assert (batch.data_version, all_standing(scope)) == (None, FULL)


def test_a_snapshot_with_one_bad_row_withdraws_nothing(scope: Scope) -> None:
    send(scope, rich())
    files = without(rich(), "sessions.csv", "RIV-5")
    batch = send(
        scope, files | {"screens.csv": [{"key": "x", "session": "RIV-0", "asked_how": "shouted"}]}, snapshot=MARCH
    )
    assert (batch.state, all_standing(scope)) == (BatchState.REFUSED, FULL)
    with pytest.raises(BadInput, match="whole or not at all"):
        send(scope, files, snapshot=MARCH, accept_good_rows=True)


def test_a_lead_withdraws_nothing_of_another_site(scope: Scope) -> None:
    send(scope, rich())
    send(scope, rich("NGT"))
    lead = lead_of(scope, "RIV")
    for name, row in (("courses.csv", gone("NGT-C", course())), ("sessions.csv", gone("NGT-1", session("x")))):
        batch = send(lead, {name: [row]})
        assert [reason.rule for reason in reasons(lead, batch)] == ["not_of_your_sites"], name
    for codes in (("NGT",), ("nowhere",)):
        with pytest.raises(BadInput, match=f"names the site “{codes[0]}”, but no site of that code is known"):
            send(lead, rich(), snapshot=Snapshot(MARCH.first_on, MARCH.last_on, codes))
    left_out = send(lead, {"sites.csv": [gone("RIV", site())]})
    assert left_out.data_version is None
    header = b"key,course,site,status,phase\n"
    # six sessions, their six screens and two side effects; no courses, of which no file was sent
    assert send(lead, {"sessions.csv": header}, snapshot=MARCH).message == "14 records were withdrawn."
    assert (
        ask(scope, "SELECT count(*) FROM session_version v JOIN site s ON s.id = v.site_id WHERE s.code = 'NGT'") == 6
    )
    assert all_standing(scope)["session"] == 6
    assert_exact(scope)


def test_a_leads_course_does_not_take_another_sites_sessions_along(scope: Scope) -> None:
    send(scope, clinic())
    send(scope, {"sites.csv": [site("NGT")], "sessions.csv": [session("N1", "RIV-C", "NGT", "2026-03-30T10:00")]})
    for code, course_key in (("RIV", "RIV-C"), ("NGT", "RIV-C")):
        lead = lead_of(scope, code)
        batch = send(lead, {"courses.csv": [gone(course_key, course())]})
        assert batch.state is BatchState.REFUSED, code
    assert (
        "not all of its records are of your sites"
        in send(lead_of(scope, "RIV"), {"courses.csv": [gone("RIV-C", course())]}).message
    )
    assert (standing(scope, "course"), standing(scope, "session")) == (1, 7)
    moved = send(lead_of(scope, "NGT"), {"courses.csv": [course("RIV-C", "NGT")]})
    assert [reason.rule for reason in reasons(scope, moved)] == ["not_of_your_sites"]
