"""PDF by Typst: US Letter, tagged to PDF/UA-1, charts as vectors, the words and order of the screen.

The template `report.typ` receives one JSON text; whatever people typed is a value there, never markup. The time inside
the file is the document's as-of, the only fonts are those of a pinned package: the same document gives the same bytes.
"""

import json
import re
from datetime import UTC
from pathlib import Path
from typing import Any

import typst

from webapp.presentation import charts_svg, formats, headings, paper_fonts
from webapp.presentation.figures import alternative_text, draw, why_nothing
from webapp.presentation.paper_text import breakable, for_paper
from webapp.presentation.report_document import Counted, Headline, Panel, ReportDocument
from webapp.presentation.tables import Column
from webapp.presentation.tokens import FONT_PAPER, FONTS_EAST_ASIAN, LIGHT

TEMPLATE = Path(__file__).with_name("report.typ")
_FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paper_fonts.folders())
CHART_POINTS = 488.0
ROWS_BESIDE_CHART = 14
ROWS_TOGETHER = 14
"""Rows of a table up to which no page may end within it."""
MOST_ROWS = 400
WORDS: dict[str, Any] = {
    "page": "Page",
    "of": "of",
    "changed": "What changed since the issue before, and why",
    "attention": "Needs attention",
    "attention_columns": ["About", "Site", "What"],
    "nothing": "Nothing needs attention in this period.",
    "empty": "Nothing was recorded in this period.",
    "tables": "Tables behind the charts",
    "counted": "How it is counted",
    "about": "About this report",
    "about_columns": ["Entry", "Value"],
}


def render(document: ReportDocument) -> bytes:
    """The report as PDF/UA-1. Raises typst.TypstError if the template cannot be set, which no content should cause."""
    return typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=_FONTS,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"report": json.dumps(_content(document), ensure_ascii=False, sort_keys=True, allow_nan=False)},
        pdf_standards="ua-1",
        timestamp=int(document.as_of.astimezone(UTC).timestamp()),
    )


def _content(document: ReportDocument) -> dict[str, Any]:
    subject = document.site or document.network
    period = formats.period(document.period_start, document.period_end)
    heading = _text(f"{subject}: {document.title}")
    about = [*headings.about(document), *document.settings]
    return {
        "brand": "Dripline",
        "heading": heading,
        "subheading": _text(f"{document.network} · {period}"),
        "description": _text(f"{document.title} of {subject}, {period}"),
        "network": _text(document.network),
        "footer": _text(f"{document.network} · {subject} · {document.title} · {period} · issue {document.issue}"),
        "language": document.language,
        "theme": LIGHT.roles(),
        "fonts": [FONT_PAPER, *FONTS_EAST_ASIAN],
        "words": WORDS,
        "chips": _chips(document),
        "changes": [_text(change) for change in document.changes],
        "sentences": [
            {"tone": each.tone, "tag": _text(each.tag), "subject": _text(each.subject), "text": _text(each.text)}
            for each in document.sentences
        ],
        "headlines": [_headline(each) for each in document.headlines],
        "panels": [_panel(each, document.zone) for each in document.panels],
        "counted": [_counted(each) for each in document.counted],
        "about": [{"label": _text(label), "value": _text(value)} for label, value in about],
    }


def _chips(document: ReportDocument) -> list[dict[str, str]]:
    shown = {"Data through", "As of", "Data version", "Issue", *(label for label, _ in document.filters)}
    return [
        {"label": _text(label), "value": _text(value)} for label, value in headings.about(document) if label in shown
    ]


def _headline(headline: Headline) -> dict[str, str]:
    known = headline.low is not None and headline.high is not None
    return {
        "label": _text(headline.label),
        "value": _text(formats.cell(headline.value, headline.kind)),
        "interval": _text(formats.interval(headline.low, headline.high)) if known else "",
        "note": _text(headline.note),
    }


def _panel(panel: Panel, zone: str) -> dict[str, Any]:
    table = panel.table
    rows = [[_text(cell) for cell in row] for row in formats.row_texts(table, zone)[:MOST_ROWS]]
    svg = _chart(panel)
    later = svg is not None and len(rows) > ROWS_BESIDE_CHART
    cut = len(table.rows) - len(rows)
    return {
        "title": _text(table.title),
        "subtitle": _text(table.subtitle),
        "svg": svg,
        "alternative": _text(alternative_text(panel.chart, table)) if panel.chart and svg else "",
        "columns": [_column(column, place) for place, column in enumerate(table.columns)],
        "rows": rows,
        "notes": [_text(note) for note in table.notes],
        "later": later,
        "short": len(rows) <= ROWS_TOGETHER,
        "elsewhere": f"The {len(table.rows)} rows behind this chart stand at the end of this report.",
        "cut": f"{formats.plural(cut, 'more row')} are in the XLSX and CSV files of this report." if cut else "",
    }


def _chart(panel: Panel) -> str | None:
    if panel.chart is None or why_nothing(panel.chart, panel.table):
        return None  # of nothing there is no picture: the sentence or the table says it
    return charts_svg.render(draw(panel.chart, panel.table, LIGHT), CHART_POINTS).decode("utf-8")


def _column(column: Column, place: int) -> dict[str, Any]:
    right = place > 0 and formats.aligned_right(column)
    return {"label": _text(column.label), "right": right, "wide": place == 0 or column.kind == "text"}


def _counted(counted: Counted) -> dict[str, Any]:
    lines = {
        "Numerator": counted.numerator,
        "Denominator": counted.denominator,
        "Left out": counted.exclusions,
        "Interval": counted.interval,
        "Thresholds": counted.source,
        "Measure": f"{counted.measure}, version {counted.version}",
    }
    return {
        "label": _text(counted.label),
        "sentence": _text(counted.sentence),
        "lines": [{"label": label, "value": _text(value)} for label, value in lines.items() if value],
    }


def _text(text: str) -> str:
    """Fit for paper: no line ends between a number and its percent sign, or in the middle of nothing."""
    return breakable(re.sub(r"(?<=\d) (?=%|pts\b)", "\u00a0", for_paper(text)))
