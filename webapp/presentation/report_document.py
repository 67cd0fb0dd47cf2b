"""ReportDocument: a report as values, before anyone decides whether it becomes CSV, XLSX or PDF.

Its canonical JSON is what is kept of each stored report. The same JSON, drawn by the same renderer versions, gives the
same bytes again: a document holds no clock, no random value and nothing that depends on a machine.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from webapp.domain.errors import BadInput
from webapp.presentation.figures import ChartKind
from webapp.presentation.tables import Cell, Kind, Table
from webapp.presentation.tokens import Tone

FORMAT = 1
"""Raised when the JSON's shape changes; an older number must stay readable."""

LAYOUT = 1
"""How the files of a report made now are laid out; those kept without a number are drawn as they were.

1: a CSV ends with how its measures are counted, and the file names of weeks are told apart by their first day.
"""

ADDED = frozenset({"query_fingerprint", "layout"})
"""Fields that came later: left out of the JSON where they are empty, so that reports kept before keep their hash."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the attention list: what it is about (`Accreditation`), whom it names, and what it says."""

    tone: Tone
    tag: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Headline:
    """A number that stands above the charts, typed like a cell; `low` and `high` are its 95 % interval, as shares."""

    label: str
    value: Cell
    kind: Kind
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A table, and the kind of chart drawn from it, or None."""

    table: Table
    chart: ChartKind | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How one measure is counted, in the words of the registry: an entry of the report's appendix."""

    measure: str
    version: int
    label: str
    sentence: str
    numerator: str = ""
    denominator: str = ""
    exclusions: str = ""
    interval: str = ""
    source: str = ""


@dataclass(frozen=True)
class ReportDocument:
    """Everything a report says.

    period_start, period_end: half-open, site-local days. zone: the IANA zone in which instants are shown. as_of: what
    had been recorded by then, an aware instant, and the time that files carry as their own. issue: 1, or higher after a
    restatement, whose `changes` say what changed and why. filters and settings: label and value, as shown.
    scope_fingerprint: what decided who may see it. query_fingerprint: SHA-256 of the SQL texts that its numbers were read with.
    layout: as LAYOUT was when it was made.
    """

    title: str
    network: str
    site: str
    period_start: date
    period_end: date
    zone: str
    as_of: datetime
    data_version: int
    panels: tuple[Panel, ...]
    issue: int = 1
    data_through_on: date | None = None
    sentences: tuple[Sentence, ...] = ()
    headlines: tuple[Headline, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    changes: tuple[str, ...] = ()
    settings_version: int = 0
    settings: tuple[tuple[str, str], ...] = ()
    counted: tuple[Counted, ...] = ()
    scope_fingerprint: str = ""
    language: str = "en"
    query_fingerprint: str = ""
    layout: int = 0

    def __post_init__(self) -> None:
        """Refuse what could not be drawn the same twice."""
        if self.as_of.tzinfo is None:
            raise ValueError("as_of has no time zone, so it names no instant")
        for panel in self.panels:
            if any(len(row) != len(panel.table.columns) for row in panel.table.rows):
                raise ValueError(f"a row of the table {panel.table.key!r} is not as long as its columns")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON, in hex; every file of the report carries it."""
        return hashlib.sha256(to_json(self)).hexdigest()


def to_json(document: ReportDocument) -> bytes:
    """The canonical JSON: keys sorted, no spaces, UTF-8, instants in UTC. Equal documents give equal bytes.

    Raises ValueError for NaN and infinity, which are no answers.
    """
    tree = {"format": FORMAT, "document": _encoded(document)}
    text = json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def from_json(data: bytes) -> ReportDocument:
    """The document back from its canonical JSON. Raises BadInput when it is none of ours."""
    try:
        tree = json.loads(data.decode("utf-8", "surrogatepass"))
        if tree["format"] != FORMAT:
            raise BadInput(f"This report is kept in format {tree['format']}; Dripline reads format {FORMAT} here.")
        document = _decoded(ReportDocument, tree["document"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("This is not a kept report of Dripline.") from error
    if not isinstance(document, ReportDocument):
        raise BadInput("This is not a kept report of Dripline.")
    return document


def content_hash(document: ReportDocument) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return document.fingerprint


def _encoded(value: object) -> Any:
    """Days and instants are tagged objects, so that a text that looks like a day stays a text."""
    if is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: _encoded(each) for name, each in named.items() if each or name not in ADDED}
    if isinstance(value, tuple | list):
        return [_encoded(each) for each in value]
    if isinstance(value, datetime):
        return {"at": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    return value


def _decoded(kind: Any, value: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _decoded(hints[name], each) for name, each in value.items()})
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            return tuple(_decoded(inner[0], each) for each in value)
        return tuple(_decoded(one, each) for one, each in zip(inner, value, strict=True))
    if isinstance(value, Mapping):
        return _moment(value)
    if get_origin(kind) in (Union, UnionType, Literal) or isinstance(value, kind):
        return value
    raise TypeError(f"{value!r} is no {kind}")


def _moment(value: Mapping[str, str]) -> date | datetime:
    return datetime.fromisoformat(value["at"]) if "at" in value else date.fromisoformat(value["on"])
