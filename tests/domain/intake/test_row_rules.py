"""Every rule by which a row is refused, by an example; and what is odd at most, and taken."""

import pytest

from tests.domain.intake.good_rows import checked, rules_of
from webapp.domain.intake.rules import RULES

SIMPLE_REFUSALS = [
    ("sessions", "status", "", "missing_required"),
    ("sessions", "status", "Completed", "not_a_choice"),
    ("sessions", "route", "iv", "not_a_choice"),
    *(("sessions", "dose_mg", text, "not_a_number")
      for text in ("NaN", "Infinity", "-Infinity", "1e309", "1e2", "1,5", "1.234,5", "٤٠", "４０", "4 g", "0x28", "1_0",
                   "½", "+40")),
    *(("sessions", "booked_minutes", text, "not_a_number") for text in ("1.5", "sixty", "NaN", "٦٠")),
    ("sessions", "booked_minutes", "0", "out_of_range"),
    ("sessions", "booked_minutes", "-60", "out_of_range"),
    ("sessions", "dose_mg", "-1", "out_of_range"),
    ("sessions", "dose_mg", "40500", "out_of_range"),
    ("sessions", "weight_kg", "8", "out_of_range"),
    ("sessions", "weight_kg", "811", "out_of_range"),
    ("sessions", "escort_in", "maybe", "not_a_flag"),
    ("sessions", "pressure_before", "128", "not_a_pressure"),
    ("sessions", "pressure_before", "82/128", "not_a_pressure"),
    ("sessions", "pressure_before", "999/82", "not_a_pressure"),
    ("sessions", "started_at", "05.10.2026", "not_a_date"),
    ("sessions", "started_at", "05.10.2026 09:10", "not_an_instant"),
    ("sessions", "started_at", "2026-10-05T9:10", "not_an_instant"),
    ("sessions", "started_at", "2026-10-05T25:10", "impossible_date"),
    ("sessions", "started_at", "0023-10-05T09:10", "impossible_date"),
    ("sessions", "started_at", "2027-02-29", "impossible_date"),
    ("sessions", "started_at", "2026-02-29", "impossible_date"),
    ("sessions", "booked_at", "2026-10-05", "time_missing"),
    ("sessions", "booked_at", "2033-10-05T09:00", "future_date"),
    ("sessions", "booked_at", "2026-03-08T02:30", "time_does_not_exist"),
    ("sessions", "site", "XX", "unknown_site"),
    ("sessions", "course", "XX", "unknown_reference"),
    ("sessions", "administered_by", "XX", "unknown_reference"),
    ("sessions", "course", "C\u200b", "invisible_character"),
    ("sessions", "key", "s\u202e", "invisible_character"),
    ("sessions", "key", "s" * 201, "too_long"),
    ("sessions", "substance_decision", "x" * 2_001, "too_long"),
    ("sessions", "substance_decision", "ask jo.doe@example.org", "personal_identifier"),
    ("sessions", "monitoring_form_on", "2026-11-02", "future_date"),
    ("sessions", "monitoring_form_on", "0023-01-01", "impossible_date"),
    ("sessions", "monitoring_form_on", "2026-13-01", "impossible_date"),
    ("sessions", "monitoring_form_on", "20261001", "not_a_date"),
    ("sessions", "monitoring_form_on", "２０２６-10-01", "not_a_date"),
    ("courses", "patient", "999-17-5017", "personal_identifier"),
    ("courses", "stopped_on", "2026-11-02", "future_date"),
    ("sites", "key", "\u04101", "bad_key"),
    ("sites", "key", "A\n1", "bad_key"),
    ("sites", "name", "River\u202eside", "invisible_character"),
    ("sites", "name", "VÃ\xadctor", "garbled_text"),
    ("sites", "zone", "EST5", "unknown_zone"),
    ("sites", "opening_hours", "always", "not_opening_hours"),
    ("ratings", "rated_at", "2026-12-01", "future_date"),
    ("ratings", "score", "93", "out_of_range"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "field", "text", "rule"), SIMPLE_REFUSALS)
def test_a_field_by_itself(kind: str, field: str, text: str, rule: str) -> None:
    assert (rule, field) in rules_of(kind, **{field: text})


COMBINED_REFUSALS: list[tuple[str, dict[str, str], str, str]] = [
    ("sessions", {"started_at": "", "booked_at": "", "ended_at": "", "discharged_at": ""}, "no_day", "started_at"),
    ("sessions", {"started_at": "", "ended_at": "", "discharged_at": ""}, "delivered_without_start", "started_at"),
    ("sessions", {"status": "no_show", "dose_mg": ""}, "not_delivered_but_given", "started_at"),
    ("sessions", {"status": "scheduled"}, "not_delivered_but_given", "dose_mg"),
    ("sessions", {"ended_at": "2026-10-05T09:00"}, "end_before_start", "ended_at"),
    ("sessions", {"ended_at": "2026-10-04"}, "end_before_start", "ended_at"),
    ("sessions", {"discharged_at": "2026-10-05T09:40"}, "end_before_start", "discharged_at"),
    ("sessions", {"ended_at": "", "discharged_at": "2026-10-05T09:00"}, "end_before_start", "discharged_at"),
    ("sessions", {"started_at": "2026-10-06", "ended_at": ""}, "end_before_start", "discharged_at"),
    ("sessions", {"ended_at": "2026-10-07T01:10", "discharged_at": ""}, "too_long_session", "ended_at"),
    ("sessions", {"discharged_at": "2026-10-06T09:11"}, "too_long_session", "discharged_at"),
    ("sessions", {"dose_mg": "0"}, "dose_not_possible", "dose_mg"),
    ("sessions", {"dose_mg": "1999", "weight_kg": "50"}, "dose_not_possible", "dose_mg"),
    ("sessions", {"dose_mg": "0.0405"}, "dose_not_possible", "dose_mg"),
    ("courses", {"stopped_on": ""}, "reason_without_stop", "stopped_on"),
    ("side_effects", {"severity": "5"}, "death_mismatch", "severity"),
    ("side_effects", {"serious": "death"}, "death_mismatch", "severity"),
    ("side_effects", {"resolved_at": "2026-10-04"}, "end_before_start", "resolved_at"),
    ("ratings", {"score": "28"}, "score_out_of_range", "score"),
    ("ratings", {"suicidality": "4"}, "score_out_of_range", "suicidality"),
    ("ratings", {"instrument": "gad7"}, "score_out_of_range", "suicidality"),
    ("credentials", {"until": "2025-12-31"}, "end_before_start", "until"),
    ("credentials", {"replaces": "x"}, "replaces_mismatch", "replaces"),
    ("accreditations", {"replaces": ""}, "replaces_mismatch", "replaces"),
    ("accreditations", {"corrected_event": "corrected"}, "replaces_mismatch", "corrected_event"),
    ("credentials", {"corrected_event": "granted"}, "replaces_mismatch", "corrected_event"),
    ("sites", {"closed_on": "2023-01-01"}, "end_before_start", "closed_on"),
    ("protocols", {"horizon_days": "20"}, "limits_crossed", "horizon_days"),
    ("protocols", {"dose_high_mg_per_kg": "0.4"}, "limits_crossed", "dose_high_mg_per_kg"),
]


@pytest.mark.parametrize(("kind", "changes", "rule", "field"), COMBINED_REFUSALS)
def test_fields_together(kind: str, changes: dict[str, str], rule: str, field: str) -> None:
    assert (rule, field) in rules_of(kind, **changes)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("sessions", {"status": "scheduled", "dose_mg": "", "started_at": "2026-10-05T09:10"}),
        ("sessions", {"status": "stopped_early", "dose_mg": "0.0405"}),
        ("sessions", {"status": "stopped_early", "dose_mg": "0"}),
        ("sessions", {"dose_mg": "-0", "status": "stopped_early"}),
        ("sessions", {"dose_mg": "007"}),
        ("sessions", {"weight_kg": ""}),
        ("sessions", {"ended_at": "2026-10-05", "discharged_at": "2026-10-06T09:10"}),
        ("sessions", {"booked_at": "2029-10-05T09:00"}),
        ("sessions", {"substance_decision": "=HYPERLINK(1)\nsecond line"}),
        ("side_effects", {"severity": "5", "serious": "death"}),
        ("side_effects", {"severity": "5", "serious": ""}),
        ("side_effects", {"onset_at": "2026-10-05T12:00"}),
        ("courses", {"stop_reason": ""}),
        ("sites", {"name": "Zürich 東京 👩\u200d⚕\ufe0f"}),
    ],
)
def test_what_is_odd_at_most_is_taken(kind: str, changes: dict[str, str]) -> None:
    checked(kind, **changes)


def test_every_rule_has_its_example() -> None:
    shown = {rule for *_, rule in SIMPLE_REFUSALS} | {rule for _, _, rule, _ in COMBINED_REFUSALS}
    elsewhere = {"field_count", "duplicate_key", "control_character", "not_of_your_sites", "manager_only"}
    assert shown | elsewhere == set(RULES)
