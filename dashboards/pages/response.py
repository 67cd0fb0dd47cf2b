"""Response: what rating scales say after each infusion, who was not rated, and suicidality apart."""

from collections.abc import Mapping, Sequence

from dashboards.behind import Behind
from dashboards.counted_page import Tables, counted_page
from dashboards.panels import Links
from dashboards.shell import Page, PageBody, PageRequest
from webapp.presentation import formats
from webapp.presentation.tables import Table
from webapp.queries.pages.registry import default_period

KEY = "response"
OUTCOMES = {"entered": "entered", "n": "rated", "met": "met", "missing": "missing", "risen": "risen"}
"""Column -> what became of its courses."""
BASELINES = {"courses": None, "baselines": "baseline", "entered": "entered"}


def build(request: PageRequest) -> PageBody:
    """The answer in sentences, the charts, the tables."""
    return counted_page(request, told, links)


def told(tables: Tables) -> Sequence[str]:
    """The share after the last infusion that most plans hold; how many have no score."""
    table = tables["response_by_infusion"]
    named = _named(table)
    usual = max((row["entered"] for row in named), default=0) / 2
    rated = [row for row in named if row["n"] and row["entered"] >= usual]  # a few longer plans do not speak for all
    if not rated:
        return ["No course of this choice has both a baseline that counts and a later score."]
    last = rated[-1]
    scale = table.subtitle.partition(",")[0]
    word = table.columns[1].label
    share = f"{word} in **{formats.percent(last['rate'])}** ({formats.interval(last['low'], last['high'])})"
    said = f"{scale}: {share} of {formats.count(last['n'])} courses rated after infusion {round(last['infusion'])}."
    bounds = formats.interval(last["lowest"], last["highest"])
    missing = f"{formats.plural(round(last['missing']), 'course')} with a baseline that counts"
    return [said, f"Another **{missing}** had no score then; with them the share lies somewhere in {bounds}."]


def _named(table: Table) -> list[dict[str, float]]:
    """The rows by column; a missing value is left out."""
    return [
        {
            column.key: float(value)
            for column, value in zip(table.columns, row, strict=True)
            if isinstance(value, int | float)
        }
        for row in table.rows
    ]


def links(request: PageRequest) -> Mapping[str, Links]:
    """What opens behind each table's cells: the courses with their scores, for the roles that may see them."""
    behind = Behind(request)

    def courses(scale: str, infusion: str, outcome: str | None, **more: str) -> str | None:
        asked = {"list": "courses", "scale": scale, "infusion": infusion, **more}
        return behind.rows(None, **asked, **({"outcome": outcome} if outcome else {}))

    def after(met: str = "met") -> Links:
        outcomes = {**OUTCOMES, "met": met}

        def opened(key: str, column: str) -> str | None:
            scale, _, infusion = key.rpartition("-")
            if column == "scale":
                return behind.here(None, scale=scale)
            return courses(scale, infusion, outcomes[column]) if column in outcomes else None

        return opened

    def by_indication(key: str, column: str) -> str | None:
        indication, scale, infusion = key.split("-")
        if column == "indication":
            return behind.here(None, indication=indication)
        return courses(scale, infusion, OUTCOMES[column], indication=indication) if column in OUTCOMES else None

    def baselines(scale: str, column: str) -> str | None:
        if column == "scale":
            return behind.here(None, scale=scale)
        return courses(scale, "0", BASELINES[column]) if column in BASELINES else None

    return {
        "response_by_infusion": after(),
        "remission_by_infusion": after("remitted"),
        "change_by_infusion": after(),
        "response_by_scale": after(),
        "response_by_indication": by_indication,
        "baselines": baselines,
        "suicidality": after(),
    }


PAGE = Page(KEY, "Response", build, period=default_period(KEY), skeleton=(("rows", 2), ("charts", 2), ("table", 3)))
