"""What every template may use: the frame around a page, fingerprinted addresses of static files, formats of cells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from flask_wtf.csrf import generate_csrf

from webapp.domain.doors import ROUTES
from webapp.presentation import formats
from webapp.presentation.addresses import own_address
from webapp.presentation.navigation import ROLE_LABELS, NavGroup, navigation_for
from webapp.presentation.viewer import Viewer

STYLESHEETS = ("css/tokens.css", "css/base.css", "css/shell.css", "css/filters.css", "css/parts.css")
FONT_SHEET = "css/fonts.css"
FONT_FILE = "vendor/inter/inter-latin-wght-normal.woff2"
"""Brought by the asset build; where it is missing the system's own font serves."""

CARRIED = ("period", "from", "to", "site", "indication", "phase", "product", "compare")
"""The filters that travel along when another page is opened."""

THEMES = ("light", "dark")
THEME_COOKIE = "theme"
ALONE = "frame_without_viewer"
"""Set in `g` where a page about trouble must not ask again who is looking."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one answer. `viewer` is None where nobody is signed in."""

    viewer: Viewer | None
    navigation: tuple[NavGroup, ...] = ()
    role_label: str = ""
    current: str = ""
    carried: str = ""
    theme: str = ""
    stylesheets: tuple[str, ...] = STYLESHEETS
    keeps_views: bool = False
    badges: Mapping[str, int] = field(default_factory=dict)
    csrf_token: Callable[[], str] = generate_csrf


def install(app: Flask, current_viewer: Callable[[], Viewer | None]) -> None:
    """Give all templates `frame`, `asset()` and the filters `cell`, `aligned_right` and `safe_href`.

    `current_viewer` is asked once per rendered page and must answer None for an anonymous request.
    """
    folder = Path(app.static_folder or "")
    sheets = (FONT_SHEET, *STYLESHEETS) if (folder / FONT_FILE).is_file() else STYLESHEETS
    prints = _fingerprints(folder)

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=prints.get(name, "0"))

    def context() -> dict[str, Any]:
        viewer = None if g.get(ALONE) else current_viewer()
        return {"frame": _frame(viewer, sheets), "asset": asset}

    app.context_processor(context)
    app.add_template_filter(formats.cell, "cell")
    app.add_template_filter(formats.aligned_right, "aligned_right")
    app.add_template_filter(own_address, "safe_href")


def _frame(viewer: Viewer | None, sheets: tuple[str, ...]) -> Frame:
    theme = request.cookies.get(THEME_COOKIE, "")
    theme = theme if theme in THEMES else ""
    if viewer is None:
        return Frame(None, theme=theme, stylesheets=sheets)
    navigation = navigation_for(viewer.role)
    return Frame(
        viewer=viewer,
        navigation=navigation,
        role_label=ROLE_LABELS[viewer.role],
        current=_current(navigation, request.path),
        carried=_carried(),
        theme=theme,
        stylesheets=sheets,
        keeps_views=ROUTES["saved_views.index"].admits(viewer.role),
        badges=viewer.badges,
    )


def _current(navigation: tuple[NavGroup, ...], path: str) -> str:
    """The key of the entry whose page, or a page under it, is shown: the longest that fits."""
    entries = [item for group in navigation for item in group.items]
    fitting = [item for item in entries if path == item.href or path.startswith(item.href + "/")]
    return max(fitting, key=lambda item: len(item.href)).key if fitting else ""


def _carried() -> str:
    kept = [(name, value) for name in CARRIED for value in request.args.getlist(name)]
    return f"?{urlencode(kept)}" if kept else ""


def _fingerprints(folder: Path) -> dict[str, str]:
    """By name, what changes when the file's content does: an address with it may be kept for ever."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()[:12] for path in files}
