"""Colours reach the contrast that they promise, in both themes, and the stylesheet carries them all."""

import re

import pytest

from webapp.domain.vocabulary import CourseState
from webapp.presentation.tokens import DARK, LIGHT, STATE_LABELS, THEMES, Theme, css_custom_properties

TEXT_ROLES = ("ink", "secondary", "muted", "accent", "bad", "warn", "ok", "info", "second", "third")
TONES = ("accent", "bad", "warn", "ok", "info")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("role", TEXT_ROLES)
def test_text_is_readable_on_page_and_card(theme: Theme, role: str) -> None:
    for ground in (theme.page, theme.card):
        assert contrast(theme.roles()[role], ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("tone", TONES)
def test_chips_are_readable_on_their_own_ground(theme: Theme, tone: str) -> None:
    roles = theme.roles()
    for role in (tone, "ink", "secondary"):
        assert contrast(roles[role], roles[f"{tone}_soft"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_controls_marks_and_buttons_stand_out(theme: Theme) -> None:
    for role in ("control", "other", "focus", "near", "accent", "bad"):
        assert contrast(theme.roles()[role], theme.card) >= 3
    assert contrast(theme.on_accent, theme.accent) >= 4.5


def test_every_course_state_has_one_colour_of_its_own() -> None:
    for theme in (LIGHT, DARK):
        assert len({theme.state(state) for state in CourseState}) == len(CourseState)
    assert set(STATE_LABELS) == set(CourseState)


def test_the_agreed_light_colours_stay() -> None:
    assert LIGHT.state(CourseState.COMPLETED_ON_TIME) == "#0b6e75"
    assert LIGHT.state(CourseState.LAPSED) == "#c9594c"
    assert (LIGHT.ink, LIGHT.accent, LIGHT.page) == ("#16202e", "#0b6e75", "#f5f7f9")


def test_the_stylesheet_has_each_role_once_in_each_theme() -> None:
    css = css_custom_properties()
    light, dark = re.findall(r"(?:^:root|^\[data-theme=dark\]) \{(.*?)\n\}", css, re.DOTALL | re.MULTILINE)
    for role, colour in LIGHT.roles().items():
        assert f"--{role.replace('_', '-')}: {colour};" in light
    for role, colour in DARK.roles().items():
        assert f"--{role.replace('_', '-')}: {colour};" in dark
    assert "@media (prefers-color-scheme: dark)" in css
