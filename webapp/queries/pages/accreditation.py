"""The accreditation page: its answer in sentences, and its panels for the downloads."""

from dataclasses import replace
from datetime import date

from webapp.domain.vocabulary import VALID_STANDINGS, Standing
from webapp.presentation import formats
from webapp.presentation.report_document import Panel
from webapp.presentation.standings import STANDING_LABELS, credential_name
from webapp.presentation.tables import Table
from webapp.queries.accreditation import SiteStanding
from webapp.queries.credentials import fetch_credential_histories, restated_credentials
from webapp.queries.pages import accreditation_day, accreditation_history, session_criteria
from webapp.queries.pages.accreditation_day import Asked, Matrix, asked_of
from webapp.queries.pages.criteria_matrix import criteria_matrices, restated_criteria
from webapp.queries.pages.ground import Ground
from webapp.queries.sites import SiteFacts

MOST_NAMED = 4


def panels(ground: Ground) -> tuple[Panel, ...]:
    """Every table of the page that the scope may see, those with no rows too."""
    asked = asked_of(ground)
    found = [
        Panel(accreditation_day.matrix(ground, asked).table),
        Panel(restated(ground, asked)),
        *(Panel(each.table) for each in criteria_matrices(ground, asked)),
        Panel(accreditation_day.ending(ground, asked), "days_left"),
    ]
    if ground.scope.may_open_rows:
        found.append(Panel(session_criteria.lapse_counts(ground, asked)))
        found.append(Panel(session_criteria.criteria(ground, asked), "dots"))
        found.append(Panel(session_criteria.lapsed_sessions(ground, asked)))
        found.append(Panel(accreditation_day.people(ground, asked).table))
        found.append(Panel(accreditation_day.credentials(ground, asked)[0]))
    if len(ground.sites) == 1:
        timelines = accreditation_history.histories(ground, asked, ground.sites[0])
        found.append(Panel(accreditation_history.standings_table(ground.sites[0], timelines)))
        found.append(Panel(accreditation_history.history_table(ground.sites[0], timelines)))
    return tuple(found)


def restated(ground: Ground, asked: Asked) -> Table:
    """Everything that reads otherwise now than it was known then: programmes, criteria and, to staff, credentials."""
    table = accreditation_day.restated(ground, asked)
    criteria = restated_criteria(ground, asked)
    more = [(name, what, then, now) for _, name, what, then, now in criteria]
    keys = [code for code, *_ in criteria]
    if asked.known_at is not None and ground.scope.may_open_rows:
        now = fetch_credential_histories(ground.scope, ground.db)
        for before, after in restated_credentials(asked.credentials, now, asked.on, asked.known_at):
            was = before.held.standing if before else Standing.NONE
            what = f"{credential_name(after.kind)}{f', {after.state}' if after.state else ''}"
            more.append((after.practitioner.name, what, STANDING_LABELS[was], STANDING_LABELS[after.held.standing]))
            keys.append("")
    return replace(table, rows=(*table.rows, *more), row_keys=(*table.row_keys, *keys))


def sentences(asked: Asked, matrix: Matrix, ending: Table, lapse_counts: Table | None) -> tuple[str, ...]:
    """The answer: who held no certified setting, what ends soon, what was given under a lapse, for whoever may open those sessions.

    Strong words stand in stars.
    """
    found = [_settings(asked, matrix.cells)]
    if ending.rows:
        what, left, ends_on, *_ = ending.rows[0]
        first = (
            f"{what}, last valid day {formats.cell(ends_on, 'date')} (**{formats.cell(left, 'integer')} days** left)"
        )
        found.append(
            f"{ending.title.replace('What ends', 'Ending').rstrip('?')}: **{len(ending.rows)}**; first {first}."
        )
    if lapse_counts is None:
        return tuple(found)
    lapsed = sum(value for value in lapse_counts.column("lapsed") if isinstance(value, int))
    if lapsed:
        sites = formats.plural(len(set(lapse_counts.column("site"))), "site")
        found.append(f"**{formats.plural(lapsed, 'session')}** under a lapse at {sites}, from {asked.lapses}.")
    else:
        found.append(f"No session is recorded as given under a lapse from {asked.lapses}.")
    return tuple(found)


def _settings(asked: Asked, cells: tuple[SiteStanding, ...]) -> str:
    """Whether each site that treats on the day holds a programme that makes a certified setting."""
    held: dict[SiteFacts, list[SiteStanding]] = {}
    for cell in cells:
        if cell.programme.counts and _treats(cell.site, asked.on):
            held.setdefault(cell.site, []).append(cell)
    without = {
        site: counting
        for site, counting in held.items()
        if not any(cell.held.standing in VALID_STANDINGS for cell in counting)
    }
    if not held:
        return f"No site can be judged by a programme that makes a certified setting {asked.words}."
    if not without:
        return (
            f"**Every site** that treats held a certified setting {asked.words} ({formats.plural(len(held), 'site')})."
        )
    told = [f"**{site.name}** ({_standings(counting)})" for site, counting in list(without.items())[:MOST_NAMED]]
    more = f" and {len(without) - MOST_NAMED} more" if len(without) > MOST_NAMED else ""
    return f"No certified setting {asked.words}: {', '.join(told)}{more}; of {formats.plural(len(held), 'site')}."


def _standings(counting: list[SiteStanding]) -> str:
    return "; ".join(f"{cell.programme.name}: {STANDING_LABELS[cell.held.standing].lower()}" for cell in counting)


def _treats(site: SiteFacts, on: date) -> bool:
    return (site.opened_on is None or site.opened_on <= on) and (site.closed_on is None or on <= site.closed_on)
