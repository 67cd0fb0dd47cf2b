"""The drawn pages on the Flask application: one prefix, behind its guard, in its frame, under its content policy."""

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output
from flask import Flask, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from dashboards import pages as page_modules
from dashboards import shell
from dashboards.answering import Asking, answer, filters_of, find_page
from dashboards.layout import layout
from dashboards.shell import Page
from webapp import access
from webapp.domain.errors import SetupError
from webapp.domain.fixed_form import is_fixed, offered_to
from webapp.presentation import figures
from webapp.presentation.csrf import CSRF_HEADER, csrf_cookie
from webapp.presentation.filter_bar import filter_bar
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.tokens import THEMES

PREFIX = f"{DASHBOARDS}/"
CHART_BUNDLE = "vendor/plotly-cartesian.min.js"
UPDATE = f"{PREFIX}_dash-update-component"
OUTPUTS = (shell.TITLE, shell.CONTEXT, shell.CHIPS, shell.NOTICES, shell.BODY, shell.FOOT)
INPUTS = (("pathname", 600), ("search", 8_000))
"""What a question holds, and how long each part may be."""

QUESTION = frozenset({"output", "outputs", "inputs", "state", "changedPropIds", "parsedChangedPropsIds"})


class Drawing(Dash):
    """Dash inside the product's own frame: our template, and a page only where one is registered."""

    def __init__(self, server: Any, registered: Mapping[str, Page], asking: Asking) -> None:
        self.registered = registered
        self.asking = asking
        super().__init__(
            "dashboards",
            server=server,
            routes_pathname_prefix=PREFIX,
            requests_pathname_prefix=PREFIX,
            serve_locally=True,
            compress=False,
            title="Dripline",
            update_title="",
            enable_mcp=False,
            add_log_handler=False,
            include_pages_meta=False,
            suppress_callback_exceptions=True,
            csrf_token_name=csrf_cookie(bool(server.config.get("SESSION_COOKIE_SECURE"))),
            csrf_header_name=CSRF_HEADER,
        )

    def _chart_library(self) -> str:
        """Where the charts' script is: the small bundle if the asset build brought it, else the one inside Plotly."""
        bundle = Path(self.config.assets_folder) / CHART_BUNDLE
        if bundle.is_file():
            return f"{self.get_asset_url(CHART_BUNDLE)}?m={int(bundle.stat().st_mtime)}"
        packaged = {"relative_package_path": "package_data/plotly.min.js", "namespace": "plotly"}
        return str(self._collect_and_register_resources([packaged])[0])  # type: ignore[no-untyped-call]  # as below

    def _config(self) -> dict[str, Any]:
        """What the browser is told of this server: not which Python it runs."""
        config: dict[str, Any] = super()._config()  # type: ignore[no-untyped-call]  # Dash annotates it in part
        return config | {"python_version": ""}

    def index(self, *_args: Any, **_kwargs: Any) -> ResponseReturnValue:
        """The frame of the page at this address; 404 where there is none for whoever asks."""
        viewer = self.asking.viewer()
        page = find_page(request.path, self.registered, viewer)
        if viewer is None:
            abort(401)
        filters, _ = filters_of(page, request.query_string.decode(errors="replace"), viewer)
        bar = filter_bar(
            page.path,
            filters,
            viewer.sites,
            offered_to(viewer.role, page.key, page.controls),
            viewer.today,
            default=page.period,
            actions=page.actions(viewer),
            whole_months=is_fixed(viewer.role, page.key),
        )
        drawing = {
            "charts": {"themes": _themes(), "library": self._chart_library()},
            "draws": any(shape == "charts" for shape, _ in page.skeleton),
            "scripts": Markup(_needed(self._generate_scripts_html())),  # noqa: S704  # Dash's own markup, made without anybody's words
            "config": Markup(self._generate_config_html()),  # noqa: S704  # Dash's own markup, made without anybody's words
            "renderer": Markup(self._generate_renderer()),  # noqa: S704  # Dash's own markup, made without anybody's words
        }
        answer_page = render_template(
            "drawn.html", heading=page.title, filters=bar, skeleton=page.skeleton, drawing=drawing
        )
        return make_response(answer_page)


def mount_dashboards(app: Flask, asking: Asking | None = None, registered: Mapping[str, Page] | None = None) -> Dash:
    """Put the drawn pages under their prefix. Raises SetupError where no guard stands before them.

    `asking` and `registered` stand in for the signed-in person and the pages under dashboards/pages.
    """
    _require_guard(app)
    known = fetch_pages() if registered is None else registered
    who = asking or Asking(access.current_viewer, access.current_scope, access.note_read)
    drawing = Drawing(app, known, who)
    drawing.layout = layout
    _require_closed(drawing)

    @drawing.callback(
        *(Output(part, "children") for part in OUTPUTS),
        *(Input(shell.URL, name) for name, _ in INPUTS),
        prevent_initial_call=True,  # the address announces itself once it stands
    )
    def show(path: str | None, search: str | None) -> tuple[Any, ...]:
        access.asking_for(path or "")
        return answer(path or "", search or "", known, who)

    (output,) = drawing.callback_map

    @app.before_request
    def well_formed() -> None:
        if request.path == UPDATE and not _is_question(request.get_json(), output):
            abort(400)

    app.config["CSP_SCRIPT_HASHES"] = tuple(drawing.csp_hashes())
    return drawing


def fetch_pages() -> dict[str, Page]:
    """Every page under dashboards/pages, by key: each module there names its own as PAGE."""
    names = sorted(module.name for module in pkgutil.iter_modules(page_modules.__path__))
    found = [importlib.import_module(f"{page_modules.__name__}.{name}").PAGE for name in names]
    return {page.key: page for page in found}


def _require_guard(app: Flask) -> None:
    guards = app.before_request_funcs.get(None, [])
    if not any(getattr(guard, "__module__", "") == access.__name__ for guard in guards):
        raise SetupError("The drawn pages need the guard of webapp.access before them; install it first.")


def _require_closed(drawing: Drawing) -> None:
    """No debugging, no doors besides the page, its data and its files, nothing from another host."""
    if drawing._dev_tools.ui or drawing._dev_tools.props_check or not drawing.config.serve_locally:
        raise SetupError("The drawn pages must run without developer tools and serve their own files.")
    if drawing._enable_mcp or any("_mcp" in route for route in drawing.routes):
        raise SetupError("The drawn pages must not open a machine interface of their own; unset DASH_MCP_ENABLED.")
    if drawing._background_manager is not None or drawing._websocket_callbacks:
        raise SetupError("The drawn pages answer at once: no background callbacks and no sockets.")


def _needed(scripts: str) -> str:
    """The scripts that our pages use: not Dash's own controls and tables, and charts only when a page draws one."""
    left_out = ("/dash/dash_table/", "/dash/dcc/", "/assets/vendor/")
    return "\n".join(line for line in scripts.splitlines() if not any(part in line for part in left_out))


def _is_question(body: Any, output: str) -> bool:
    """Whether a posted question has the shape that the page itself sends; anything else is refused unread."""
    if not isinstance(body, dict) or not body.keys() <= QUESTION or body.get("output") != output or body.get("state"):
        return False
    if body.get("outputs") != [{"id": part, "property": "children"} for part in OUTPUTS]:
        return False
    changed = [body.get(name, []) for name in ("changedPropIds", "parsedChangedPropsIds")]
    if not all(isinstance(names, list) and set(map(type, names)) <= {str} for names in changed):
        return False
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != len(INPUTS):
        return False
    return all(_is_part(part, name, longest) for part, (name, longest) in zip(inputs, INPUTS, strict=True))


def _is_part(part: Any, name: str, longest: int) -> bool:
    if not isinstance(part, dict) or part.get("id") != shell.URL or part.get("property") != name:
        return False
    value = part.get("value")
    return value is None or (isinstance(value, str) and len(value) <= longest)


def _themes() -> dict[str, Any]:
    """What the charts need to follow the theme: each theme's colours by role, and the layout that all figures share."""
    return {name: {"roles": theme.roles(), "layout": figures.layout(theme)} for name, theme in THEMES.items()}
