"""The product's own components for Dash: the address, a chart, a table. Their other half is static/js/parts.js.

Dash's renderer spends time on every component of an answer, more than in proportion: tables as trees of 1,200 cells
held the browser for seconds. A table is therefore one component, whose cells are plain data.
"""

from typing import Any

from dash.development.base_component import Component

NAMESPACE = "dripline_parts"


class _Part(Component):
    """What Dash asks of a component class; `names` are its properties."""

    _namespace = NAMESPACE
    _children_props: list[str] = []
    _base_nodes: list[str] = ["children"]
    _valid_wildcard_attributes: list[str] = []
    available_wildcard_properties: list[str] = []
    names: list[str] = []

    def __init__(self, **properties: Any) -> None:
        self._type = type(self).__name__
        self._prop_names = self.names
        self.available_properties = self.names
        super().__init__(**properties)  # type: ignore[no-untyped-call]  # Dash annotates it in part


class Address(_Part):
    """Where the browser stands: `pathname` and `search`, told anew whenever they change."""

    names: list[str] = ["id", "pathname", "search"]


class Chart(_Part):
    """A figure in the light theme's colours. label: what it shows, in words. height in pixels."""

    names: list[str] = ["id", "figure", "label", "height"]


class Picture(_Part):
    """A button that saves the chart of its card as a PNG file. name: the file's. about: what decided the numbers, in lines."""

    names: list[str] = ["id", "label", "name", "title", "subtitle", "notes", "about"]


class DataTable(_Part):
    """A table: texts as shown, values to sort by, links or None; each a list of rows.

    columns: key, label, `right` (aligned so), `text` (sorted by letters). tones: by cell a tone to colour it in, or None.
    table: its key, under which the address keeps its order.
    """

    names: list[str] = ["id", "table", "caption", "columns", "texts", "values", "links", "tones"]


class TableBehind(DataTable):
    """The same, folded away under a chart and built when it is opened."""
