"""The one place for colours, sizes and fonts: the stylesheet, the figures, XLSX and PDF all read it.

Text roles reach a contrast of 4.5 to 1 on every surface they are used on, lines of controls and marks 3 to 1
(WCAG 2.2 AA); `tests/presentation/test_tokens.py` computes it. Course-state colours keep their meaning everywhere
and never stand alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from webapp.domain.vocabulary import CourseState

ThemeName = Literal["light", "dark"]
Tone = Literal["bad", "warn", "ok", "info", "accent"]
"""What a chip or a sentence is about; each tone has a text colour and a soft ground of the same name."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The same roles in two themes. Every value is `#rrggbb`.

    `other` marks what is not in question (the other sites), `second` and `third` are for further lines of one chart,
    `control` outlines inputs, `line` divides surfaces, `on_accent` is text on the accent, `band` fills an interval,
    `near` is a bar that deserves a look.
    """

    name: ThemeName
    ink: str
    secondary: str
    muted: str
    line: str
    page: str
    card: str
    accent: str
    accent_soft: str
    on_accent: str
    bad: str
    bad_soft: str
    warn: str
    warn_soft: str
    ok: str
    ok_soft: str
    info: str
    info_soft: str
    control: str
    other: str
    second: str
    third: str
    focus: str
    band: str
    near: str
    state_completed_on_time: str
    state_completed_late: str
    state_stopped_response: str
    state_stopped_other: str
    state_transferred: str
    state_lapsed: str
    state_open_at_horizon: str
    state_open: str

    def state(self, state: CourseState) -> str:
        """The colour of a course state (open is the colour of its hatching)."""
        return str(getattr(self, f"state_{state.value}"))

    def roles(self) -> dict[str, str]:
        """Role to colour, without the theme's name."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self) if field.name != "name"}


LIGHT = Theme(
    name="light",
    ink="#16202e",
    secondary="#51606f",
    muted="#5f6d7b",
    line="#e3e8ed",
    page="#f5f7f9",
    card="#ffffff",
    accent="#0b6e75",
    accent_soft="#e3f1f1",
    on_accent="#ffffff",
    bad="#b42318",
    bad_soft="#fdecea",
    warn="#a15c00",
    warn_soft="#fff3dd",
    ok="#187947",
    ok_soft="#e6f4ec",
    info="#3b5bdb",
    info_soft="#eaeffd",
    control="#7d8b99",
    other="#7d92a5",
    second="#a8590a",
    third="#3b5bdb",
    focus="#3b5bdb",
    band="#d9e9ea",
    near="#c97f0a",
    state_completed_on_time="#0b6e75",
    state_completed_late="#5fb3b3",
    state_stopped_response="#7aa65a",
    state_stopped_other="#d9a441",
    state_transferred="#9a86c2",
    state_lapsed="#c9594c",
    state_open_at_horizon="#b3bec8",
    state_open="#8b99a6",
)

DARK = Theme(
    name="dark",
    ink="#e8eef4",
    secondary="#b3c0cc",
    muted="#94a3b1",
    line="#2a3743",
    page="#0e151c",
    card="#16202b",
    accent="#56bfc4",
    accent_soft="#123539",
    on_accent="#08262a",
    bad="#ff9a8f",
    bad_soft="#40201e",
    warn="#f0b75f",
    warn_soft="#3b2c12",
    ok="#74cd97",
    ok_soft="#153524",
    info="#a3b5ff",
    info_soft="#1e2a54",
    control="#6f8091",
    other="#7890a5",
    second="#e8a45c",
    third="#a3b5ff",
    focus="#a3b5ff",
    band="#1f4146",
    near="#d9952c",
    state_completed_on_time="#2a9aa2",
    state_completed_late="#8fd3d3",
    state_stopped_response="#9cc77c",
    state_stopped_other="#e0b45c",
    state_transferred="#b6a4dc",
    state_lapsed="#e07a6c",
    state_open_at_horizon="#566574",
    state_open="#8494a4",
)

THEMES: Mapping[ThemeName, Theme] = {"light": LIGHT, "dark": DARK}

FONT_SCREEN = '"Inter Variable", Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
FONT_SPREADSHEET = "Calibri"
FONT_PAPER = "DejaVu Sans"
FONTS_EAST_ASIAN = ("Noto Sans SC", "Noto Sans JP", "Noto Sans KR", "Noto Sans TC")
"""For what the main font lacks, in this order. They ship inside the product and a pinned package, so the same report gives the
same bytes on every machine; what none of them has is spelled out as its code point."""

SIZES: Mapping[str, int] = {
    "size-small": 12,
    "size-body": 14,
    "size-card-title": 15,
    "size-page-title": 22,
    "size-headline": 28,
    "space": 8,
    "radius": 12,
}
"""Pixels."""

STATE_LABELS: Mapping[CourseState, str] = {
    CourseState.COMPLETED_ON_TIME: "Completed on time",
    CourseState.COMPLETED_LATE: "Completed late",
    CourseState.STOPPED_RESPONSE: "Stopped, response",
    CourseState.STOPPED_OTHER: "Stopped, other",
    CourseState.TRANSFERRED: "Transferred",
    CourseState.LAPSED: "Lapsed",
    CourseState.OPEN_AT_HORIZON: "Open at horizon",
    CourseState.OPEN: "Open",
}


def css_custom_properties() -> str:
    """The themes as CSS: `:root` is light, `[data-theme=dark]` dark; unchosen, the system's preference decides."""
    sizes = [f"  --{name}: {pixels}px;" for name, pixels in SIZES.items()]
    light = ["  color-scheme: light;", f"  --font: {FONT_SCREEN};", *sizes, *_declarations(LIGHT)]
    dark = ["  color-scheme: dark;", *_declarations(DARK)]
    system = "@media (prefers-color-scheme: dark) {\n" + _rule(":root:not([data-theme=light])", dark) + "}\n"
    return _rule(":root", light) + _rule("[data-theme=dark]", dark) + system


def _declarations(theme: Theme) -> list[str]:
    return [f"  --{role.replace('_', '-')}: {colour};" for role, colour in theme.roles().items()]


def _rule(selector: str, declarations: list[str]) -> str:
    return f"{selector} {{\n" + "\n".join(declarations) + "\n}\n"
