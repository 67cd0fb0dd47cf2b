"""What a good row becomes; references, repetition, the clocks of sites, and what is told of a refused row."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.intake.good_rows import GOOD, Stored, check, checked, rules_of
from webapp.domain.intake.local_time import Moment
from webapp.domain.intake.raw_records import LeftOut
from webapp.domain.intake.row_checks import CheckedRow
from webapp.domain.intake.rules import Rejection
from webapp.domain.records import BY_NAME, RECORD_TYPES


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_row_of_each_type_is_taken_with_all_its_fields(kind: str) -> None:
    (outcome,) = check((kind, GOOD[kind]))
    assert isinstance(outcome, CheckedRow)
    assert (outcome.record_type, outcome.file, outcome.line, outcome.key) == (kind, f"{kind}.csv", 2, GOOD[kind]["key"])
    names = [field.name for field in BY_NAME[kind].fields]
    assert list(outcome.values)[: len(names)] == names


def test_values_of_a_session() -> None:
    values = checked("sessions")
    assert values["booked_at"] == datetime(2026, 10, 5, 13, tzinfo=UTC)
    assert values["started_at"] == Moment(date(2026, 10, 5), datetime(2026, 10, 5, 13, 10, tzinfo=UTC))
    assert values["discharged_at"] == datetime(2026, 10, 5, 16, tzinfo=UTC)
    assert (values["dose_mg"], str(values["dose_mg"])) == (Decimal("40.5"), "40.5")
    assert str(values["weight_kg"]) == "81"
    assert (values["escort_in"], values["escort_out"], values["supervised_by"]) == (True, False, None)
    assert values["pressure_before"] == (128, 82)
    assert values["stated_infusion"] == 1
    assert (values["on_date"], values["local_hour"]) == (date(2026, 10, 5), 9)


def test_a_sessions_day_is_that_of_its_start_else_of_its_booking() -> None:
    day_only = checked("sessions", started_at="2026-10-06", ended_at="", discharged_at="")
    assert (day_only["on_date"], day_only["local_hour"]) == (date(2026, 10, 6), None)
    booked = checked("sessions", status="no_show", started_at="", ended_at="", discharged_at="", dose_mg="")
    assert (booked["on_date"], booked["local_hour"]) == (date(2026, 10, 5), 9)


def test_offsets_and_the_mappings_zone_decide_the_instant_and_the_site_the_day() -> None:
    late = {"ended_at": "", "discharged_at": "", "booked_at": ""}
    for text, zone in (("2026-10-06T02:30Z", ""), ("2026-10-05T22:30-04:00", ""), ("2026-10-06 02:30", "UTC")):
        values = checked("sessions", times_zone=zone, started_at=text, **late)
        assert values["started_at"] == Moment(date(2026, 10, 5), datetime(2026, 10, 6, 2, 30, tzinfo=UTC))
        assert (values["on_date"], values["local_hour"]) == (date(2026, 10, 5), 22)


def test_a_row_that_breaks_several_rules_is_told_them_all() -> None:
    broken = rules_of("sessions", status="done", dose_mg="NaN", site="XX", ended_at="soon")
    wanted = {
        ("not_a_choice", "status"),
        ("not_a_number", "dose_mg"),
        ("unknown_site", "site"),
        ("not_an_instant", "ended_at"),
    }
    assert wanted <= set(broken)


def test_a_field_refused_by_itself_is_not_called_missing_too() -> None:
    assert rules_of("sessions", started_at="soon") == [("not_an_instant", "started_at")]
    assert rules_of("courses", stopped_on="soon") == [("not_a_date", "stopped_on")]


def test_a_sentence_names_field_value_and_what_would_be_right() -> None:
    (refused,) = check(("sessions", GOOD["sessions"] | {"route": "iv drip"}))
    assert isinstance(refused, Rejection)
    assert refused.sentence.startswith("route is “iv drip”; it must be one of: intravenous")
    assert (refused.value, refused.file, refused.line, refused.record_type) == (
        "iv drip",
        "sessions.csv",
        2,
        "sessions",
    )


def test_identifiers_and_patient_keys_are_never_kept() -> None:
    for kind, field, text in [
        ("sessions", "substance_decision", "SSN 999-17-5017, jo.doe@example.org"),
        ("courses", "patient", "Jo Doe 1984\u202e"),
    ]:
        (refused,) = check((kind, GOOD[kind] | {field: text}))
        assert isinstance(refused, Rejection)
        for part in ("999", "5017", "jo.doe", "Doe", "1984"):
            assert part not in refused.value
            assert part not in refused.sentence


def test_a_long_value_is_kept_short() -> None:
    (refused,) = check(("sessions", GOOD["sessions"] | {"key": "k" * 5_000}))
    assert isinstance(refused, Rejection)
    assert len(refused.value) == 200


def test_records_of_the_batch_may_be_referred_to_once_they_are_accepted() -> None:
    outcomes = check(
        ("sites", GOOD["sites"]),
        ("courses", GOOD["courses"] | {"key": "new", "site": "A1"}),
        ("courses", GOOD["courses"] | {"key": "bad", "site": "nowhere"}),
        ("sessions", GOOD["sessions"] | {"key": "s1", "course": "new", "site": "A1"}),
        ("sessions", GOOD["sessions"] | {"key": "s2", "course": "bad"}),
        ("screens", GOOD["screens"] | {"session": "s1"}),
    )
    assert [type(outcome) for outcome in outcomes] == [
        CheckedRow,
        CheckedRow,
        Rejection,
        CheckedRow,
        Rejection,
        CheckedRow,
    ]
    session, screen = outcomes[3], outcomes[5]
    assert isinstance(session, CheckedRow)
    assert isinstance(screen, CheckedRow)
    chicago = datetime(2026, 10, 5, 14, 10, tzinfo=UTC)
    assert session.values["started_at"] == Moment(date(2026, 10, 5), chicago)
    assert screen.values["finished_at"] == Moment(date(2026, 10, 5), datetime(2026, 10, 5, 17, tzinfo=UTC))


def test_a_site_sent_with_a_new_zone_keeps_its_old_one_before_that_day() -> None:
    moved = {"key": "NY", "name": "N", "zone": "America/Chicago", "zone_from": "2026-10-05"}
    old = GOOD["sessions"] | {
        "key": "old",
        "booked_at": "",
        "started_at": "2026-10-04T09:00",
        "ended_at": "",
        "discharged_at": "",
    }
    outcomes = check(
        ("sites", moved), ("sessions", old), ("sessions", old | {"key": "new", "started_at": "2026-10-05T09:00"})
    )
    starts = [outcome.values["started_at"] for outcome in outcomes[1:] if isinstance(outcome, CheckedRow)]
    assert [start.at.hour for start in starts if isinstance(start, Moment) and start.at] == [13, 14]


def test_a_key_twice_in_a_batch() -> None:
    same = check(("ratings", GOOD["ratings"]), ("ratings", GOOD["ratings"]))
    assert isinstance(same[1], LeftOut)
    other = check(("ratings", GOOD["ratings"]), ("ratings", GOOD["ratings"] | {"score": "3"}))
    assert isinstance(other[1], Rejection)
    assert (other[1].rule, other[1].value) == ("duplicate_key", "r")
    assert all(
        isinstance(o, CheckedRow)
        for o in check(("screens", GOOD["screens"]), ("ratings", GOOD["ratings"] | {"key": "n"}))
    )


def test_the_store_is_asked_once_per_chunk_and_type() -> None:
    stored = Stored()
    check(*[("sessions", GOOD["sessions"] | {"key": str(n)}) for n in range(50)], stored=stored)
    assert sorted(stored.asked) == [("courses", ["C"]), ("practitioners", ["P"]), ("sites", ["NY"])]


TEXTS = st.text(max_size=30) | st.sampled_from(
    [text for good in GOOD.values() for text in good.values()]
    + ["-1", "1e5", "2026-02-30", "9" * 30, "A/B", "0000-00-00", "T", "5"]
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(RECORD_TYPES), st.data())
def test_no_row_is_ever_an_error(record_type: object, data: st.DataObject) -> None:
    kind = getattr(record_type, "name")  # noqa: B009  # hypothesis draws objects
    names = [field.name for field in BY_NAME[kind].fields]
    raw = GOOD[kind] | data.draw(st.dictionaries(st.sampled_from(names), TEXTS, max_size=6))
    outcomes = check((kind, raw))
    assert outcomes
    assert len({type(outcome) for outcome in outcomes}) == 1
