"""What a page is asked for, read from its address. All filters live in the address, so any view can be sent as a link.

Whatever an address says is a wish. It is checked here against closed lists and the sites that the person may see; what
cannot be read falls back to its default and is said in a sentence, so a damaged link still opens.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qs, quote_plus, urlencode
from uuid import UUID

from webapp.domain.periods import Period, parse_period, read_day
from webapp.domain.row_choice import ROWS_PAGE, Refused, RowChoice, RowList, parse_row_choice, row_fields
from webapp.domain.vocabulary import Indication, Phase, Product

LONGEST_QUERY = 6_000
MOST_FIELDS = 400

SITES_LEFT_OUT = "Some sites named in this link are not among the sites you can see; they were left out."
UNREADABLE_QUERY = "This link is too long to be read, so everything is shown as it stands without filters."


class Preset(StrEnum):
    """The periods that have a name; custom is the two days in `from` and `to`."""

    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    LAST_MONTH = "last_month"
    LAST_12_MONTHS = "last_12_months"
    CUSTOM = "custom"


class Compare(StrEnum):
    """What a number is compared with: the period of equal length before it, the same days a year before, or nothing."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    NONE = "none"


class Step(StrEnum):
    """How finely a course of time is drawn."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Known(StrEnum):
    """Which knowledge a state on a day rests on: all that is recorded now, what was recorded by the end of that day, or by an instant."""

    NOW = "now"
    THEN = "then"
    AT = "at"


@dataclass(frozen=True, slots=True)
class SiteChoice:
    """A site that the person may see, as the filter offers it. `region` may be empty."""

    id: UUID
    code: str
    name: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for, checked.

    site_codes: None = no site was named (all that may be seen); empty = sites were named and none may be seen.
    as_of: the day asked for where a page shows a state on a day; None = today. known_at: where `known` is an instant.
    step: None = as fits the period.
    sort: `(table, column, descending)`. rows: what the row list is asked for; its term is also the one that a page about
    side effects looks at.
    """

    period: Period
    preset: Preset = Preset.LAST_MONTH
    site_codes: tuple[str, ...] | None = None
    indication: Indication | None = None
    phase: Phase | None = None
    product: Product | None = None
    compare: Compare = Compare.PREVIOUS
    as_of: date | None = None
    known: Known = Known.NOW
    known_at: datetime | None = None
    step: Step | None = None
    sort: tuple[str, str, bool] | None = None
    rows: RowChoice = field(default_factory=RowChoice)

    @property
    def compared_period(self) -> Period | None:
        """The period that numbers are compared with, if any."""
        if self.compare is Compare.NONE:
            return None
        return self.period.year_before() if self.compare is Compare.LAST_YEAR else self.period.previous()

    def site_ids(self, choices: Iterable[SiteChoice]) -> frozenset[UUID] | None:
        """The ids to narrow the scope to; None when no site was named."""
        if self.site_codes is None:
            return None
        wanted = set(self.site_codes)
        return frozenset(choice.id for choice in choices if choice.code in wanted)


def parse_filters(
    search: str, known_codes: Iterable[str], today: date, default: Preset = Preset.LAST_MONTH, page: str = ROWS_PAGE
) -> tuple[Filters, tuple[str, ...]]:
    """The filters that an address asks for (`?period=last_month&site=RIV`), and a sentence for each that cannot be met.

    Unknown sites and sites of others read the same. `today` is the day at which a named period ends. page: its key; what a list of
    rows is asked for is judged by it (`parse_row_choice`).
    """
    asked, sentences = _fields(search)
    preset, period = _period(asked, today, default, sentences)
    codes = _sites(asked.get("site", []), frozenset(known_codes), sentences)
    known, known_at = _known(asked, sentences)
    rows, refused = parse_row_choice(asked, page)
    phase = _choice(asked, "phase", Phase, sentences)
    if phase and page == ROWS_PAGE and rows.list is RowList.COURSES:
        refused.append(Refused("phase", phase.value, list=RowList.SESSIONS))
        phase = None
    sentences += [_refused(one) for one in refused]
    filters = Filters(
        period=period,
        preset=preset,
        site_codes=codes,
        indication=_choice(asked, "indication", Indication, sentences),
        phase=phase,
        product=_choice(asked, "product", Product, sentences),
        compare=_choice(asked, "compare", Compare, sentences) or Compare.PREVIOUS,
        as_of=_day(asked, "as_of", sentences),
        known=known,
        known_at=known_at,
        step=_choice(asked, "step", Step, sentences),
        sort=_sort(asked, sentences),
        rows=rows,
    )
    return filters, tuple(dict.fromkeys(sentences))


def query_of(filters: Filters, default: Preset = Preset.LAST_MONTH, **changes: str | None) -> str:
    """The query of an address that asks for these filters: `?site=RIV`, or nothing for the defaults.

    `changes` adds or replaces single fields; None drops one.
    """
    return changed_query(query_parts(filters, default), changes)


def query_parts(filters: Filters, default: Preset = Preset.LAST_MONTH) -> Mapping[str, str]:
    """The fields of that query as they stand in it, by name; empty for what is not asked. For many addresses of one page."""
    fields: dict[str, Sequence[str]] = {}
    if filters.preset is Preset.CUSTOM:
        fields["from"] = [filters.period.start_on.isoformat()]
        fields["to"] = [filters.period.last_on.isoformat()]
    elif filters.preset is not default:
        fields["period"] = [filters.preset.value]
    fields["site"] = filters.site_codes or ()
    for name in ("indication", "phase", "product", "step"):
        value = getattr(filters, name)
        fields[name] = [value.value] if value else ()
    fields["compare"] = [filters.compare.value] if filters.compare is not Compare.PREVIOUS else ()
    fields["as_of"] = [filters.as_of.isoformat()] if filters.as_of else ()
    fields["known"] = [filters.known.value] if filters.known is not Known.NOW else ()
    fields["known_at"] = [written_instant(filters.known_at)] if filters.known_at else ()
    if filters.sort:
        table, column, descending = filters.sort
        fields["sort"] = [f"{table}.{column}.{'down' if descending else 'up'}"]
    fields |= {name: [value] for name, value in row_fields(filters.rows)}
    return {name: urlencode([(name, value) for value in values]) for name, values in fields.items()}


def changed_query(parts: Mapping[str, str], changes: Mapping[str, str | None]) -> str:
    """The query of these parts with single fields added, replaced or (None) dropped."""
    all_parts = dict(parts)
    for name, value in changes.items():
        all_parts[name] = "" if value is None else f"{name}={value if _PLAIN(value) else quote_plus(value)}"
    query = "&".join(part for part in all_parts.values() if part)
    return f"?{query}" if query else ""


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch
"""What stands in an address as it is. A page has a thousand addresses: quoting each value took a tenth of its answer."""


def _fields(search: str) -> tuple[Mapping[str, list[str]], list[str]]:
    if len(search) > LONGEST_QUERY:
        return {}, [UNREADABLE_QUERY]
    try:
        return parse_qs(search.removeprefix("?"), max_num_fields=MOST_FIELDS, errors="replace"), []
    except ValueError:
        return {}, [UNREADABLE_QUERY]


def _sites(asked: Sequence[str], known: frozenset[str], sentences: list[str]) -> tuple[str, ...] | None:
    if not asked:
        return None
    kept = tuple(code for code in dict.fromkeys(asked) if code in known)
    if len(kept) < len(set(asked)):
        sentences.append(SITES_LEFT_OUT)
    return kept


Choice = TypeVar("Choice", bound=StrEnum)


def _choice(asked: Mapping[str, list[str]], name: str, choices: type[Choice], sentences: list[str]) -> Choice | None:
    value = asked.get(name, [""])[0]
    if not value:
        return None
    try:
        return choices(value)
    except ValueError:
        sentences.append(_left_out(name, value, ", ".join(choice.value for choice in choices)))
        return None


def _left_out(name: str, value: str, known: str) -> str:
    return f"“{_short(value)}” is no {name} that can be asked for ({known}); that filter is left out."


def _refused(one: Refused) -> str:
    """Why a field of the row list is left out, and what to do."""
    asked = f"“{one.name}={_short(one.value)}”"
    if one.list is not None:
        other = "courses" if one.list == "sessions" else "sessions"
        said = f"{asked} can be asked of {one.list} only, and this is a list of {other}; that filter is left out."
        return f"{said} Ask for list={one.list} to use it."
    if one.beside:
        said = f"{asked} says something only beside a {one.beside}; that filter is left out."
        return f"{said} Name a {one.beside} too."
    if one.without:
        return f"{asked} is left out, since {one.without} names the page's other edge. Name one of the two."
    if one.known:
        return _left_out(one.name, one.value, one.known)
    return f"{asked} chooses among the rows behind a number, and this page has none; that filter is left out."


def _day(asked: Mapping[str, list[str]], name: str, sentences: list[str]) -> date | None:
    value = asked.get(name, [""])[0]
    day = read_day(value)
    if value and day is None:
        sentences.append(f"“{_short(value)}” is not a day that can be asked for; write it as 2026-10-31.")
    return day


KNOWN_WHEN = "Give the instant as which it should be known, in UTC; until then what is known now is shown."


def _known(asked: Mapping[str, list[str]], sentences: list[str]) -> tuple[Known, datetime | None]:
    known = _choice(asked, "known", Known, sentences) or Known.NOW
    if known is not Known.AT:
        return known, None
    at = read_instant(asked.get("known_at", [""])[0])
    if at is None:
        sentences.append(KNOWN_WHEN)
    return known, at


def read_instant(text: str) -> datetime | None:
    """An instant in UTC written as 2026-10-31T15:00; None for anything else, and for days outside 1990 .. 2200."""
    day, _, minute = text.strip().partition("T")
    on, parts = read_day(day), _MINUTE(minute)
    if on is None or parts is None or int(parts[1]) > 23 or int(parts[2]) > 59:
        return None
    return datetime.combine(on, time(int(parts[1]), int(parts[2])), UTC)


_MINUTE = re.compile(r"([0-9]{2}):([0-9]{2})(?::00)?").fullmatch


def written_instant(at: datetime) -> str:
    """The same, as an address and the browser's own control write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def _period(
    asked: Mapping[str, list[str]], today: date, default: Preset, sentences: list[str]
) -> tuple[Preset, Period]:
    raw = {name: asked[name][0] for name in ("period", "from", "to") if name in asked}
    period, refused = parse_period(raw, today, default.value)
    sentences += refused
    if refused or not any(value.strip() for value in raw.values()):
        return default, period
    return Preset(raw.get("period", "").strip() or Preset.CUSTOM), period


def _sort(asked: Mapping[str, list[str]], sentences: list[str]) -> tuple[str, str, bool] | None:
    value = asked.get("sort", [""])[0]
    parts = value.split(".")
    if len(parts) == 3 and parts[2] in ("up", "down") and all(parts):
        return parts[0], parts[1], parts[2] == "down"
    if value:
        sentences.append(unsorted_words(value))
    return None


def unsorted_words(asked: str) -> str:
    """What is said of an order that names no column of a table."""
    return f"No table here can be put in the order “{_short(asked)}”; it is left out, and each table stands in its own order."


def _short(value: str) -> str:
    """What was asked for, as far as it is worth repeating."""
    shown = "".join(character if character.isprintable() else " " for character in value).strip()
    return shown if len(shown) <= 40 else shown[:39] + "…"
