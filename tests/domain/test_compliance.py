"""Each criterion at its edges; and that silence is never met."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.compliance import CRITERION_TITLES, Criterion, SessionFacts, judge, lapses_of
from webapp.domain.settings import DEFAULT_SETTINGS, settings_of
from webapp.domain.vocabulary import Phase, Product, Standing, Verdict

ON = date(2026, 6, 10)
END = datetime(2026, 6, 10, 15, tzinfo=UTC)
FULL = SessionFacts(
    on=ON,
    product=Product.ESKETAMINE_NASAL,
    phase=Phase.INDUCTION,
    first_start_on=date(2026, 6, 1),
    site_standings=(Standing.ACCREDITED,),
    evaluated_on=date(2026, 5, 20),
    approved_on=date(2026, 6, 1),
    approver_prescribes=True,
    administered=(Standing.ACCREDITED,),
    supervised=(Standing.ACCREDITED, Standing.ACCREDITED),
    escort_in=True,
    escort_out=True,
    substance_history="none",
    started_at=END - timedelta(minutes=10),
    ended_at=END,
    discharged_at=END + timedelta(minutes=120),
    pressure_before=True,
    pressure_during=True,
    pressure_discharge=True,
    enrolled=True,
    monitoring_form_on=ON + timedelta(days=7),
)
BARE = SessionFacts(on=ON, product=Product.ESKETAMINE_NASAL, phase=Phase.INDUCTION)


def verdict(criterion: Criterion, **changes: object) -> Verdict:
    return judge(replace(FULL, **changes))[criterion].verdict  # type: ignore[arg-type]  # keywords by name


def test_all_is_met_when_all_is_recorded_so() -> None:
    assert {j.verdict for j in judge(FULL).values()} == {Verdict.MET}
    assert set(judge(FULL)) == set(Criterion) == set(CRITERION_TITLES)


def test_nothing_recorded_is_nowhere_met() -> None:
    judged = judge(BARE)
    assert {j.verdict for j in judged.values()} == {Verdict.NOT_RECORDED}
    assert all(j.reason.endswith(".") and j.reason[0].isupper() for j in judged.values())


def test_the_esketamine_criterion_is_for_esketamine_only() -> None:
    assert Criterion.ESKETAMINE not in judge(replace(FULL, product=Product.KETAMINE_IV))


@pytest.mark.parametrize("name", [f.name for f in fields(SessionFacts) if f.name not in ("on", "product", "phase")])
def test_taking_a_record_away_never_makes_a_session_better(name: str) -> None:
    before, after = judge(FULL), judge(replace(FULL, **{name: getattr(BARE, name)}))
    assert all(after[c].verdict is Verdict.MET or after[c].verdict is Verdict.NOT_RECORDED for c in before)


def test_setting() -> None:
    assert verdict(Criterion.SETTING, site_standings=(Standing.EXPIRED, Standing.CONDITIONAL)) is Verdict.MET
    assert "conditional" in judge(replace(FULL, site_standings=(Standing.CONDITIONAL,)))[Criterion.SETTING].reason
    for standing in set(Standing) - {Standing.ACCREDITED, Standing.CONDITIONAL}:
        assert verdict(Criterion.SETTING, site_standings=(standing,)) is Verdict.NOT_MET


def test_evaluation_and_approval_at_the_first_start() -> None:
    start, age = date(2026, 6, 1), timedelta(days=DEFAULT_SETTINGS.evaluation_max_age_days)
    assert verdict(Criterion.APPROVAL, evaluated_on=start - age) is Verdict.MET
    assert verdict(Criterion.APPROVAL, evaluated_on=start - age - timedelta(days=1)) is Verdict.NOT_MET
    assert verdict(Criterion.APPROVAL, approved_on=start + timedelta(days=1)) is Verdict.NOT_MET
    assert verdict(Criterion.APPROVAL, approver_prescribes=False) is Verdict.NOT_MET
    assert verdict(Criterion.APPROVAL, approver_prescribes=False, evaluated_on=None) is Verdict.NOT_MET


def test_a_booster_needs_a_recent_evaluation() -> None:
    interval = timedelta(days=DEFAULT_SETTINGS.reevaluation_days)
    booster = {"phase": Phase.MAINTENANCE, "approved_on": date(2025, 1, 1)}
    assert verdict(Criterion.APPROVAL, **booster, evaluated_on=ON - interval) is Verdict.MET
    old = ON - interval - timedelta(days=1)
    assert verdict(Criterion.APPROVAL, **booster, evaluated_on=old) is Verdict.NOT_MET
    assert verdict(Criterion.APPROVAL, **booster, evaluated_on=old, reevaluated_on=ON) is Verdict.MET
    later = ON + timedelta(days=1)
    assert verdict(Criterion.APPROVAL, **booster, evaluated_on=old, reevaluated_on=later) is Verdict.NOT_MET
    assert verdict(Criterion.APPROVAL, **booster, evaluated_on=later) is Verdict.NOT_MET


def test_supervision_needs_both_people() -> None:
    assert verdict(Criterion.SUPERVISION, supervised=(Standing.ACCREDITED, Standing.EXPIRED)) is Verdict.NOT_MET
    assert verdict(Criterion.SUPERVISION, supervised=(Standing.ACCREDITED, None)) is Verdict.NOT_RECORDED
    assert verdict(Criterion.SUPERVISION, supervised=()) is Verdict.NOT_RECORDED
    assert verdict(Criterion.SUPERVISION, administered=None, supervised=(Standing.REVOKED,)) is Verdict.NOT_MET


def test_escort_and_substance_history() -> None:
    assert verdict(Criterion.ESCORT, escort_out=False) is Verdict.NOT_MET
    assert verdict(Criterion.SUBSTANCE, substance_history="positive") is Verdict.NOT_MET
    assert verdict(Criterion.SUBSTANCE, substance_history="positive", substance_decision="  ") is Verdict.NOT_MET
    assert verdict(Criterion.SUBSTANCE, substance_history="positive", substance_decision="go on") is Verdict.MET


def test_monitoring_minutes_are_the_networks_own() -> None:
    facts = replace(FULL, product=Product.KETAMINE_IV, discharged_at=END + timedelta(minutes=59))
    assert judge(facts)[Criterion.MONITORING].verdict is Verdict.NOT_MET
    own = settings_of(2, {"monitoring_minutes": 59})
    assert judge(facts, own)[Criterion.MONITORING].verdict is Verdict.MET
    assert verdict(Criterion.MONITORING, pressure_during=False) is Verdict.NOT_RECORDED


def test_esketamine_two_hours_and_seven_days() -> None:
    assert verdict(Criterion.ESKETAMINE, discharged_at=END + timedelta(minutes=119)) is Verdict.NOT_MET
    assert verdict(Criterion.ESKETAMINE, monitoring_form_on=ON + timedelta(days=8)) is Verdict.NOT_MET
    assert verdict(Criterion.ESKETAMINE, monitoring_form_on=ON - timedelta(days=1)) is Verdict.NOT_MET
    assert verdict(Criterion.ESKETAMINE, enrolled=False) is Verdict.NOT_MET
    assert verdict(Criterion.ESKETAMINE, ended_at=None) is Verdict.NOT_RECORDED
    too_early = {"ended_at": None, "discharged_at": END}
    assert verdict(Criterion.ESKETAMINE, **too_early) is Verdict.NOT_MET


STANDINGS = st.sampled_from(list(Standing))


@given(st.lists(STANDINGS, max_size=3), st.none() | st.lists(st.none() | STANDINGS, max_size=3))
def test_a_lapse_is_a_recorded_standing_that_is_not_valid(
    site: list[Standing], person: list[Standing | None] | None
) -> None:
    facts = replace(FULL, site_standings=tuple(site), supervised=None if person is None else tuple(person))
    judged = judge(facts)
    assert ("site" in lapses_of(facts)) == (judged[Criterion.SETTING].verdict is Verdict.NOT_MET)
    assert ("supervising person" in lapses_of(facts)) == (judged[Criterion.SUPERVISION].verdict is Verdict.NOT_MET)
