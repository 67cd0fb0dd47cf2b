"""One site on one page: what became of its sessions and courses, its side effects beside the network, its standing."""

from collections.abc import Iterator

from webapp.domain.vocabulary import ANY_TERM
from webapp.presentation.report_document import Panel
from webapp.presentation.standings import STANDING_LABELS
from webapp.presentation.tables import Column, Table
from webapp.queries.accreditation import fetch_matrix
from webapp.queries.network_lines import fetch_network_line
from webapp.queries.pages import response
from webapp.queries.pages.control_charts import control_panels
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.overview import course_states, sessions_by_week, what_lapses
from webapp.queries.pages.serious import serious_list
from webapp.queries.pages.shares import is_told, too_little_screening
from webapp.queries.pages.since import since_before
from webapp.queries.sites import SiteFacts


def find_site(ground: Ground) -> SiteFacts | None:
    """The one site that is asked for, or the only one that may be seen; None where there are several."""
    return ground.sites[0] if len(ground.sites) == 1 else None


def panels(ground: Ground) -> tuple[Panel, ...]:
    """The panels of the one site; of several sites, the list to choose from."""
    site = find_site(ground)
    if site is None:
        return (Panel(sites_table(ground)),)
    changed = since_before(ground)
    clinical = ground.scope.may_see_pseudonyms
    return (
        *((Panel(changed),) if changed else ()),
        Panel(sessions_by_week(ground), "line"),
        *(_of_patients(ground) if clinical else ()),
        Panel(what_lapses(ground), "days_left"),
        Panel(standings(ground)),
        *((Panel(serious_list(ground)),) if clinical else ()),
    )


def _of_patients(ground: Ground) -> Iterator[Panel]:
    yield Panel(side_effects_beside_network(ground), "line")
    yield from control_panels(ground, ground.filters.rows.term or ANY_TERM)
    yield Panel(response.response_by_infusion(response.Rated(ground.over(ground.trend.period))), "after_infusion")
    yield Panel(course_states(ground), "states")


def sites_table(ground: Ground) -> Table:
    """Every site of the scope by name, with what it reports; how many were screened for who may know it. Nothing is ranked."""
    clinical = ground.scope.may_see_pseudonyms
    sessions = {row.key["site"]: row.numerator for row in ground.rows("session_count", ground.period, "site")}
    rates = {
        row.key["site"]: row for row in (ground.rows("screening_coverage", ground.period, "site") if clinical else ())
    }
    return Table(
        "sites",
        "Which sites are there?",
        f"Delivered sessions of {ground.filters.period}; by name, nothing is ranked",
        (
            Column("site", "Site"),
            Column("region", "Region"),
            Column("code", "Code"),
            Column("data_through", "Data through", "date"),
            Column("sessions", "Sessions", "integer"),
            *((Column("screened", "Screened", "percent"),) if clinical else ()),
        ),
        tuple(
            (
                site.name,
                site.region,
                site.code,
                site.data_through,
                sessions.get(site.code, 0),
                *((rates[site.code].share if site.code in rates else None,) if clinical else ()),
            )
            for site in ground.sites
        ),
        "session_count",
        row_keys=tuple(site.code for site in ground.sites),
    )


def side_effects_beside_network(ground: Ground) -> Table:
    """Any side effect by month with its interval; the network's line only where it gives nobody away and nothing is filtered."""
    network = {}
    if not ground.is_narrowed:
        network = fetch_network_line(
            ground.scope, ground.db, ground.settings, "side_effect_rate", "any", ground.trend.period
        )
    columns = [
        Column("month", "Month", "month"),
        Column("any", "Any side effect", "percent"),
        Column("any_low", "95 % from", "percent"),
        Column("any_high", "95 % to", "percent"),
        Column("n", "Screened sessions", "integer"),
    ]
    if network:
        columns.append(Column("network", "Network", "percent"))
    found = {row.key["month"]: row for row in ground.rows("side_effect_rate", ground.trend, "month")}
    rows = []
    for month in ground.trend.period.months():
        row = found.get(month)
        enough = row is not None and is_told(row, ground.settings)
        ends = (row.interval.low, row.interval.high) if row and enough and row.interval else (None, None)
        line = (network.get(month),) if network else ()
        rows.append((month, row.share if row and enough else None, *ends, row.denominator if row else 0, *line))
    notes = [too_little_screening(ground.settings)]
    if not network:
        notes.append(
            "The network's line is not shown: filters are set, or too few other sites or patients stand behind it."
        )
    return Table(
        "side_effects_by_month",
        "Do side effects change?",
        "Screened sessions with at least one side effect, by month",
        tuple(columns),
        tuple(rows),
        "side_effect_rate",
        tuple(notes),
    )


def standings(ground: Ground) -> Table:
    """How each accreditation of the site stands on the day asked for."""
    return Table(
        "standings",
        "How does each accreditation stand?",
        "On the day asked for, as known now",
        (
            Column("programme", "Programme"),
            Column("standing", "Standing"),
            Column("since", "Since", "date"),
            Column("until", "Last valid day", "date"),
            Column("days_left", "Days left", "integer"),
        ),
        tuple(
            (
                cell.programme.name,
                STANDING_LABELS[cell.held.standing],
                cell.held.since,
                cell.held.until,
                cell.held.days_left,
            )
            for cell in fetch_matrix(ground.scope, ground.db, ground.on)
        ),
        "accreditation_standing",
    )
