"""The registry: complete, and every threshold it names is a setting that it declares."""

import string
from dataclasses import replace

import pytest

from webapp.domain.measure import Measure
from webapp.domain.measures import MEASURES, explain
from webapp.domain.settings import DEFAULT_SETTINGS, all_settings

SETTING_KEYS = {setting.key for setting in all_settings()}
NEEDED = {
    "session_count",
    "no_show_rate",
    "course_completion",
    "course_starts",
    "drop_off",
    "side_effect_rate",
    "side_effect_events",
    "screening_coverage",
    "serious_side_effects",
    "response_rate",
    "remission_rate",
    "criteria_met",
    "accreditation_standing",
    "supervision_lapse",
    "data_completeness",
    "unresolved_sessions",
    "chair_use",
}


def named_in(measure: Measure) -> set[str]:
    texts = (measure.sentence, measure.numerator, measure.denominator, *measure.exclusions)
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_needed_measure_is_there_under_its_own_id() -> None:
    assert set(MEASURES) >= NEEDED
    assert all(key == measure.id for key, measure in MEASURES.items())


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda m: m.id)
def test_a_measure_is_whole(measure: Measure) -> None:
    assert measure.title and measure.numerator and measure.interval and measure.source and measure.version >= 1
    assert measure.sentence.endswith(".") and measure.sentence[0].isupper()
    assert set(measure.settings_keys) <= SETTING_KEYS
    assert named_in(measure) <= set(measure.settings_keys)
    text = explain(measure.id)
    assert "{" not in " ".join((text.sentence, text.numerator, text.denominator, *text.exclusions))


def test_an_explanation_speaks_of_the_networks_own_thresholds() -> None:
    own = replace(DEFAULT_SETTINGS, version=3, min_screened=50, min_coverage=0.9)
    said = explain("side_effect_rate", own)
    assert "50 screened sessions or less than 90 % coverage" in said.exclusions[1]
    assert said.version == "measure version 1, settings version 3"


def test_completion_claims_no_benefit() -> None:
    for name in ("course_completion", "drop_off"):
        assert "adherence, not benefit" in MEASURES[name].sentence
