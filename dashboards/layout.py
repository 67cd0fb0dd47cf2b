"""The layout of every drawn page, as Dash wants it: places that the one answer fills."""

from dash import html
from dash.development.base_component import Component

from dashboards import shell
from dashboards.parts import address


def layout() -> Component:
    """Empty places. It holds nothing of anybody, so it may be asked for by nobody."""
    return html.Div(
        [
            address(shell.URL),
            html.Div(id=shell.TITLE, hidden=True),
            html.P(id=shell.CONTEXT, className="page-context", role="status"),
            html.Div(id=shell.CHIPS, className="page-chips"),
            html.Div(id=shell.NOTICES, className="page-notices notices"),
            html.Div(id=shell.BODY, className="page-body drawn-body"),
            html.Div(id=shell.FOOT, className="page-foot"),
        ],
        className="drawn",
    )
