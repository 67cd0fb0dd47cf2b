"""A whole report with plausible values, and the same with hostile names in every place that people can type into."""

from dataclasses import replace
from datetime import date

from tests.presentation.examples import AS_OF, HOSTILE_NAMES, TABLES, rate_table
from webapp.presentation.report_document import LAYOUT, Counted, Headline, Panel, ReportDocument, Sentence

SENTENCES = (
    Sentence("bad", "Accreditation", "Northgate", "Certified-setting accreditation ends in 23 days (15 Dec 2026)."),
    Sentence(
        "bad",
        "Side effects",
        "Riverside",
        "Dizziness in 31.0 % of 412 screened sessions (95 % 26.9–35.6 %), outside the 99.8 % limit around 22.0 %.",
    ),
    Sentence(
        "warn", "Data", "Lakeside", "No sessions received since 14 Oct 2026; 61 expected. October report is held."
    ),
    Sentence("info", "Supervision", "Elm Park", "4 sessions on 8 Oct 2026 were supervised under a lapsed licence."),
)
HEADLINES = (
    Headline("Sessions delivered", 6214, "integer", note="248 more than September"),
    Headline("Courses completed", 0.581, "percent", 0.553, 0.608, "no clear change; August starts"),
    Headline("Any side effect", 0.437, "percent", 0.424, 0.45, "no clear change; 93.0 % screened"),
    Headline("All six criteria met", 0.962, "percent", 0.957, 0.967, "57 sessions to look at"),
)
COUNTED = (
    Counted(
        "course_completion",
        2,
        "Course completion",
        "Of all courses started in a closed cohort, the share that received all planned infusions.",
        "Courses completed on time or late.",
        "All courses started (intention to treat).",
        "Cohorts that are not closed.",
        "Wilson score, 95 %.",
        "Window 21 days, lapse 28 days, horizon 60 days: network settings, version 3.",
    ),
    Counted(
        "side_effect_rate",
        4,
        "Side-effect rate",
        "Of all screened sessions, the share with at least one such side effect.",
        "Screened sessions with the side effect.",
        "Screened sessions.",
        "Sessions whose screen was not finished.",
        "Wilson score, 95 %, on the effective n.",
    ),
)


def example_report() -> ReportDocument:
    """October of a site."""
    return ReportDocument(
        title="monthly report",
        network="Tidewater Infusion",
        site="Riverside",
        period_start=date(2026, 10, 1),
        period_end=date(2026, 11, 1),
        zone="America/New_York",
        as_of=AS_OF,
        data_version=1482,
        data_through_on=date(2026, 10, 31),
        sentences=SENTENCES,
        headlines=HEADLINES,
        panels=(
            Panel(TABLES["line"], "line"),
            Panel(TABLES["funnel"], "funnel"),
            Panel(TABLES["states"], "states"),
            Panel(TABLES["days_left"], "days_left"),
            Panel(TABLES["drop_off"], "drop_off"),
            Panel(TABLES["dots"], "dots"),
            Panel(TABLES["heat_map"], "heat_map"),
            Panel(TABLES["bars"]),
            Panel(rate_table(), "line"),
        ),
        filters=(("Indication", "All"), ("Phase", "All")),
        settings_version=3,
        settings=(("Planned infusions", "6"), ("Window", "21 days")),
        counted=COUNTED,
        scope_fingerprint="demo",
        layout=LAYOUT,
    )


def hostile_report() -> ReportDocument:
    """Every text that comes from people is one of the hostile names, in tables too."""
    base = example_report()
    funnel = TABLES["funnel"]
    rows = tuple((name, *row[1:]) for name, row in zip(HOSTILE_NAMES, funnel.rows, strict=False))
    hostile = replace(funnel, rows=rows, notes=HOSTILE_NAMES, row_keys=())
    left = replace(
        TABLES["days_left"],
        rows=tuple((name, 9 * place, date(2026, 12, 1)) for place, name in enumerate(HOSTILE_NAMES)),
    )
    return replace(
        base,
        network=HOSTILE_NAMES[0],
        site=HOSTILE_NAMES[8],
        sentences=tuple(Sentence("bad", name, name, name) for name in HOSTILE_NAMES),
        headlines=(Headline(HOSTILE_NAMES[0], HOSTILE_NAMES[1], "text", note=HOSTILE_NAMES[13]),),
        panels=(Panel(hostile, "funnel"), Panel(left, "days_left"), Panel(replace(hostile, key="dots"), "dots")),
        filters=((HOSTILE_NAMES[1], HOSTILE_NAMES[0]),),
        changes=HOSTILE_NAMES,
    )
