"""Settings: complete, bounded, and refused with a sentence when wrong."""

import json

import pytest

from webapp.domain.errors import BadInput
from webapp.domain.settings import DEFAULT_SETTINGS, all_settings, differing, settings_of


def test_every_setting_says_what_it_is_and_where_it_comes_from() -> None:
    for setting in all_settings():
        assert setting.meaning.endswith(".") and setting.source and setting.unit
        numbers = setting.default if isinstance(setting.default, tuple) else (setting.default,)
        for number in numbers:
            if isinstance(number, str):
                assert not setting.choices or number in setting.choices
            else:
                assert setting.low is not None and setting.high is not None
                assert setting.low <= number <= setting.high


def test_defaults_of_the_specification() -> None:
    assert DEFAULT_SETTINGS.min_cell == 11
    assert (DEFAULT_SETTINGS.min_screened, DEFAULT_SETTINGS.min_coverage) == (20, 0.80)
    assert (DEFAULT_SETTINGS.esketamine_minutes, DEFAULT_SETTINGS.esketamine_form_days) == (120, 7)


def test_a_network_stores_what_differs_and_reads_it_back() -> None:
    stored = {"min_cell": 20, "accreditation_notice_days": [60, 14], "attention_terms": ["nausea"], "min_coverage": 0.7}
    settings = settings_of(4, stored)
    assert (settings.version, settings.min_cell, settings.attention_terms) == (4, 20, ("nausea",))
    assert settings_of(4, json.loads(json.dumps(differing(settings)))) == settings
    assert differing(DEFAULT_SETTINGS) == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("min_cell", 1),
        ("min_cell", "11"),
        ("min_cell", True),
        ("min_cell", 11.5),
        ("min_coverage", float("nan")),
        ("min_coverage", 1.1),
        ("min_coverage", None),
        ("attention_terms", []),
        ("attention_terms", ["boredom"]),
        ("attention_terms", ["nausea", "nausea"]),
        ("attention_terms", "nausea"),
        ("licence_kinds", []),
        ("licence_kinds", [7]),
        ("licence_kinds", [" "]),
        ("accreditation_notice_days", [0]),
        ("no_such", 1),
    ],
)
def test_a_wrong_value_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(BadInput, match=key):
        settings_of(2, {key: value})
