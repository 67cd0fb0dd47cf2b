"""The frame of a drawn page: what a page is, what it is built from, and the one layout that all share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from dashboards import elements as html
from dashboards.components import ChipTone, chip, chip_with_panel
from dashboards.elements import Component
from webapp.domain.filters import Filters, Preset, changed_query, query_of, query_parts
from webapp.domain.row_choice import RowChoice
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.presentation.filter_bar import Action, Control
from webapp.presentation.navigation import DASHBOARDS, ROLE_LABELS
from webapp.presentation.viewer import Viewer
from webapp.queries.pages.ground import Ground

URL = "url"
TITLE = "page-title"
CONTEXT = "page-context"
CHIPS = "page-chips"
NOTICES = "page-notices"
BODY = "page-body"
FOOT = "page-foot"

Shape = Literal["rows", "cards", "charts", "table"]
FileFormat = Literal["csv", "xlsx"]
EVERY_NUMBER_OPENS = "Every number opens to the rows behind it."


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a page is built from. `scope` is already narrowed to the sites asked for."""

    viewer: Viewer
    scope: Scope
    filters: Filters
    page: "Page"
    _parts: dict[bool, Mapping[str, str]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What all addresses of one kind share, on this page and on another: a page has some thousand."""

    def href(self, key: str | None = None, **changes: str | None) -> str:
        """The address of a page with these filters; `changes` replaces single ones (None drops). No key: this page.

        The order of a table and the choice of rows stay on their own page.
        """
        here = key in (None, self.page.key)
        if here not in self._parts:
            filters = self.filters if here else replace(self.filters, sort=None, rows=RowChoice())
            self._parts[here] = query_parts(filters, self.page.period)
        return f"{DASHBOARDS}/{key or self.page.key}{changed_query(self._parts[here], changes)}"

    def download(self, table_key: str, format_name: FileFormat) -> str:
        """The address of the file that holds exactly what a table of this page shows."""
        return f"/download/{self.page.key}/{table_key}.{format_name}{query_of(self.filters, self.page.period)}"


@dataclass(frozen=True, slots=True)
class PageBody:
    """What a page shows. context: the line under the title. foot: sentences at the end (measures, data version, as of).

    title: replaces the page's own, for a page about one thing.
    """

    context: str
    children: Sequence[Component]
    chips: Sequence[Component] = ()
    foot: Sequence[str] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A drawn page under `/d/<key>`. Who may open it stands in `webapp.domain.doors` under its key.

    build: from a request to what is shown; it reads, and never changes anything. controls: the filters that it has.
    period: what it shows when the address names none. skeleton: shapes of the right size while it is counted.
    shows_rows: single sessions or courses stand on it, so that each look by a role that may open rows is taken down.
    """

    key: str
    title: str
    build: Callable[[PageRequest], PageBody]
    controls: Sequence[Control] = ("period", "sites", "indication", "phase")
    period: Preset = Preset.LAST_MONTH
    skeleton: Sequence[tuple[Shape, int]] = (("cards", 4), ("charts", 4))
    actions: Callable[[Viewer], Sequence[Action]] = lambda _viewer: ()
    shows_rows: bool = False

    @property
    def path(self) -> str:
        """Where the page is."""
        return f"{DASHBOARDS}/{self.key}"


def scope_chip(viewer: Viewer) -> Component:
    """What the person sees of the network, and why."""
    role = ROLE_LABELS[viewer.role].lower()
    named = ", ".join(site.name for site in viewer.sites[:6]) + (" and others" if len(viewer.sites) > 6 else "")
    sentences = [f"You are signed in to {viewer.network_name} as {role}."]
    if not viewer.network_sites:
        sentences.append("The network has no site yet: its sites come with the first file of sites that is imported.")
    elif not viewer.sites:
        sentences.append("No site has been given to you yet; the manager of your network can do that.")
    elif len(viewer.sites) < viewer.network_sites:
        sentences.append(f"Your role was given {named}. Other sites, their rows and their names stay hidden.")
    else:
        sentences.append(
            "Your role sees every site of the network. A link you send shows its receiver only their own sites."
        )
    return chip_with_panel(["You see ", html.B(viewer.scope_words), " · why?"], [html.P(s) for s in sentences])


def freshness_chip(data_through: date | None, sites_in: int, sites_expected: int) -> Component:
    """How far the data reach, and how many sites are in: `Data through 31 Oct 2026 · 23 of 24 sites in`."""
    if data_through is None:
        return chip(["No session held yet"], "bad")
    many = html.B(f"{sites_in} of {sites_expected}")
    tone: ChipTone = "ok" if sites_in >= sites_expected else "warn"
    return chip(["Data through ", html.B(formats.day(data_through)), " · ", many, " sites in"], tone)


def frame_of(ground: Ground) -> tuple[Component, tuple[str, str]]:
    """What stands around a page's numbers: the chip with how far the data reach, and the last line. While the ground can be asked."""
    chip_ = freshness_chip(ground.data_through, ground.sites_in, len(ground.sites))
    settings = f"Settings v{ground.settings.version}"
    return chip_, foot_line(settings, ground.data_version, formats.instant(ground.recorded_at))


def foot_line(measures: str, data_version: int, as_of: str) -> tuple[str, str]:
    """The last line of a page: what counted it, on which data, as of when."""
    return f"{measures} · data version {formats.count(data_version)} · as of {as_of}", EVERY_NUMBER_OPENS
