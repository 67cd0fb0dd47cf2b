"""The layout of every drawn page, as Dash wants it: places that the one answer fills."""

from dash import html
from dash.development.base_component import Component

from dashboards import shell
from dashboards.parts import Address, Place


def layout() -> Component:
    """Empty places. It holds nothing of anybody, so it may be asked for by nobody."""
    return html.Div(
        [
            Address(id=shell.URL),  # type: ignore[no-untyped-call]  # Dash annotates it in part
            html.Div(id=shell.TITLE, hidden=True),
            html.P(id=shell.CONTEXT, className="page-context", role="status"),
            _place(shell.CHIPS, "page-chips"),
            _place(shell.NOTICES, "page-notices notices"),
            _place(shell.BODY, "page-body drawn-body"),
            _place(shell.FOOT, "page-foot"),
        ],
        className="drawn",
    )


def _place(id_: str, class_name: str) -> Component:
    return Place(id=id_, className=class_name)  # type: ignore[no-untyped-call]  # Dash annotates it in part
