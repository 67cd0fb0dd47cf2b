"""The product's own parts: the address, a place for elements, a chart, a table. Their other half is static/js/parts.js.

A table of 1,200 cells is one part, whose cells are plain data.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from dash.development.base_component import Component as DashComponent

from dashboards.elements import Component

NAMESPACE = "dripline_parts"


class Address(DashComponent):
    """Where the browser stands: `pathname` and `search`, told anew whenever they change."""

    _namespace = NAMESPACE
    _type = "Address"
    _prop_names: list[str] = ["id", "pathname", "search"]
    _valid_wildcard_attributes: list[str] = []


class Place(DashComponent):
    """A block of the frame that shows a `Tree`. What is alike from one answer to the next stays as it stands."""

    _namespace = NAMESPACE
    _type = "Place"
    _prop_names: list[str] = ["id", "className", "children"]
    _valid_wildcard_attributes: list[str] = []


class Tree:
    """What an answer puts into a `Place`: plain data, which Dash hands on as they are.

    An address stands behind a mark and behind its cell in the table, on some pages a thousand times: it is sent once, in
    `addresses`, and cells and marks hold its place there.
    """

    def __init__(self, tree: Sequence[str | Component]) -> None:
        self.tree = list(tree)
        self.addresses: dict[str, int] = {}
        for part in _parts(self.tree):
            if isinstance(part, DataTable) and part.links is not None:
                part.links = self._numbered(part.links)
            elif isinstance(part, Chart):
                for trace in part.figure["data"]:
                    if "customdata" in trace:
                        trace["customdata"] = self._numbered(trace["customdata"])

    def to_plotly_json(self) -> dict[str, Any]:
        """As the answer holds it; the name is the one by which the encoder of Dash's answers asks."""
        return {"tree": self.tree, "addresses": list(self.addresses)}

    def _numbered(self, opened: Any) -> Any:
        if opened is None:
            return None
        if isinstance(opened, str):
            return self.addresses.setdefault(opened, len(self.addresses))
        return [self._numbered(one) for one in opened]


def _parts(children: Any) -> Iterator[Component]:
    """Every part within, each before what stands in it."""
    waiting = [children]
    while waiting:
        child = waiting.pop()
        if isinstance(child, Component):
            yield child
            waiting.append(child.children)
        elif isinstance(child, list | tuple):
            waiting.extend(reversed(child))


class Chart(Component):
    """A figure in the light theme's colours. label: what it shows, in words. height in pixels."""

    figure: Any


class Picture(Component):
    """A button that saves the chart of its card as a PNG file. name: the file's. about: what decided the numbers, in lines."""


class DataTable(Component):
    """A table: texts as shown and links or None, each a list of rows; values to sort by, a list of columns.

    Of a column whose texts tell the order (words, whole numbers) the values are None.
    columns: key, label, `right` (aligned so), `text` (sorted by letters). tones: by cell a tone to colour it in, or None.
    table: its key, under which the address keeps its order.
    """

    links: Any = None


class TableBehind(DataTable):
    """The same, folded away under a chart and built when it is opened."""


def tables_in(children: Any) -> Iterator[DataTable]:
    """Every table within, open or folded away."""
    return (part for part in _parts(children) if isinstance(part, DataTable))
