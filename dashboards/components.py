"""The parts that pages are made of. All text is people's text: none is read as HTML, and no link leaves the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboards import elements as html
from dashboards.elements import Component
from dashboards.sparklines import sparkline
from webapp.domain.measures import Explanation
from webapp.presentation.addresses import own_address
from webapp.presentation.tokens import Tone

Children = str | Component | Sequence[str | Component]
Sign = Literal["better", "worse", "moved", "none", "unjudged"]
ChipTone = Literal["ok", "warn", "bad", ""]
SHOWN_ITEMS = 12
"""Of the attention list, at once."""
ARROWS = {"up": "▲ ", "down": "▼ ", "": ""}


@dataclass(frozen=True, slots=True)
class Change:
    """How a number moved against the period it is compared with.

    sign: better or worse only where chance does not explain it and the direction has a meaning; moved where it has
    none; none reads as "no clear change"; unjudged is told by its words alone. amount: `4.2 %`, `1.4 pts`.
    """

    sign: Sign
    amount: str = ""
    direction: Literal["up", "down", ""] = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that somebody should look at. `text` may set words strong with **two stars**."""

    kind: str
    tone: Tone
    site: str
    text: str
    next_step: str
    href: str


def link(label: Children, href: str | None, **attributes: Any) -> Component:
    """A link inside the product; an address of any other kind gives the label alone."""
    address = own_address(href)
    return html.A(label, href=address, **attributes) if address else html.Span(label, **attributes)


def strong_parts(text: str) -> list[str | Component]:
    """Text with **strong** words as parts. A percentage is not torn from its sign."""
    parts = text.replace(" %", "\u00a0%").replace("n = ", "n\u00a0=\u00a0").split("**")
    return [html.B(part) if place % 2 else part for place, part in enumerate(parts) if part]


def card(
    title: str,
    *children: Component,
    subtitle: str = "",
    tools: Sequence[Component] = (),
    counted: Explanation | None = None,
    class_name: str = "",
    key: str | None = None,
) -> Component:
    """A card: title, denominator under it, tools at its right. key: by which it is the same card in the next answer."""
    head = [html.H2(title), html.P(subtitle, className="subtitle") if subtitle else None]
    aside = [*tools, how_counted(counted) if counted else None]
    return html.Section(
        [
            html.Div(
                [html.Div(_present(head)), html.Div(_present(aside), className="card-tools") if any(aside) else None],
                className="card-head",
            ),
            *children,
        ],
        className=f"card {class_name}".strip(),
        **({"key": key} if key else {}),
    )


def headline_card(
    title: str,
    value: str,
    *,
    interval: str = "",
    change: Change | None = None,
    note: str = "",
    series: Sequence[float | None] = (),
    href: str | None = None,
    counted: Explanation | None = None,
) -> Component:
    """A headline number with its interval, its change in words and its trend. The number opens what it counts."""
    return html.Section(
        [
            html.Div([html.H2(title), how_counted(counted) if counted else None], className="card-head"),
            html.Div(
                [
                    link(value, href, className="number" if is_number(value) else "number in-words"),
                    html.Span(interval, className="interval") if interval else None,
                ]
            ),
            html.P(_change(change, note), className="change"),
            sparkline(series) if any(point is not None for point in series) else None,
        ],
        className="card headline",
    )


def is_number(value: str) -> bool:
    """Whether it is one, or the dash that stands for none; else words say why there is none, and take a line's size."""
    return not any(letter.isalpha() for letter in value)


def how_counted(measure: Explanation) -> Component:
    """The sentences of a measure, opened in place beside its number."""
    sentences = (
        ("Counted", measure.numerator),
        ("Out of", measure.denominator),
        ("Left out", "; ".join(measure.exclusions)),
        ("Interval", measure.interval),
        ("Source", measure.source),
        ("Version", measure.version),
    )
    rows = [html.Div([html.Dt(heading), html.Dd(sentence)]) for heading, sentence in sentences if sentence]
    return html.Details(
        [
            html.Summary(html.Span(f"How is this counted? {measure.title}", className="visually-hidden")),
            html.Div([html.H3(measure.title), html.P(measure.sentence), html.Dl(rows)], className="panel"),
        ],
        className="pop counted",
    )


def attention_list(title: str, subtitle: str, items: Sequence[Attention], nothing: str) -> Component:
    """What needs somebody today, worst first, each with its next step; `nothing` is said when the list is empty.

    Of a long list the rest is opened in place.
    """
    rows = [
        html.Li(
            [
                html.Div(html.Span(item.kind, className=f"tag {item.tone}")),
                html.Div(item.site, className="site"),
                html.Div(strong_parts(item.text), className="text"),
                link(
                    [item.next_step, html.Span(f" ({item.site})", className="visually-hidden"), " →"],
                    item.href,
                    className="next",
                ),
            ]
        )
        for item in items
    ]
    shown, rest = rows[:SHOWN_ITEMS], rows[SHOWN_ITEMS:]
    parts: list[Component] = [html.Ul(shown or [html.Li(nothing, className="none")])]
    if rest:
        parts.append(html.Details([html.Summary(f"Show the other {len(rest)}"), html.Ul(rest)], className="rest"))
    return card(title, *parts, subtitle=subtitle, class_name="attention")


def sentence_list(sentences: Sequence[str]) -> Component:
    """The answer in plain sentences, above any chart. Strong words as in `Attention`."""
    return html.Div([html.P(strong_parts(sentence)) for sentence in sentences], className="sentences")


def notice(sentence: str, tone: Literal["info", "warn", "bad", "ok"] = "info") -> Component:
    """One sentence that says what is different from what was asked."""
    return html.P(sentence, className=f"notice {tone}", role="alert" if tone == "bad" else "status")


def chip(children: Children, tone: ChipTone = "") -> Component:
    """A short fact in the page's head; a tone puts a dot before it."""
    dot = [html.Span(className="dot")] if tone else []
    return html.Span([*dot, html.Span(children)], className=f"chip {tone}".strip())


def chip_with_panel(children: Children, panel: Sequence[Component]) -> Component:
    """A chip that opens an explanation."""
    return html.Details(
        [html.Summary(html.Span(children), className="chip"), html.Div(panel, className="panel stack")], className="pop"
    )


def empty_state(title: str, sentence: str, label: str = "", href: str | None = None) -> Component:
    """Nothing to show: why, and what to do."""
    way = link(label, href, className="button") if label and own_address(href) else None
    return html.Section(_present([html.H2(title), html.P(sentence), way]), className="card empty")


def columns(*children: Component, wide: bool = False) -> Component:
    """Parts side by side as far as the width allows; `wide` for charts, else for headline numbers."""
    return html.Div(list(children), className="columns two" if wide else "columns")


def facts(pairs: Sequence[tuple[str, Children]]) -> Component:
    """Names and values under one another."""
    return html.Dl([part for name, value in pairs for part in (html.Dt(name), html.Dd(value))], className="facts")


def _change(change: Change | None, note: str) -> list[str | Component]:
    """`▲ 4.2 % 248 more than September`, `no clear change · 93.0 % screened`: sign, amount and words in one line."""
    parts: list[str | Component] = []
    if change is not None and change.sign != "unjudged":
        text = "no clear change" if change.sign == "none" else f"{ARROWS[change.direction]}{change.amount}"
        parts.append(html.Span(text.replace(" %", "\u00a0%"), className=change.sign))
    for words in (change.words if change else "", note):
        if words:
            between = " · " if change is not None and change.sign in ("none", "unjudged") else " "
            parts += [between, *strong_parts(words)] if parts else strong_parts(words)
    return parts


def _present(parts: Sequence[Component | None]) -> list[Component]:
    return [part for part in parts if part is not None]
