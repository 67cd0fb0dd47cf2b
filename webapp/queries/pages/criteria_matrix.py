"""Every site by every criterion of a programme on a day: as somebody found it, else as the period's sessions meet it."""

from dataclasses import dataclass
from uuid import UUID

from webapp.domain.vocabulary import Verdict
from webapp.presentation import formats
from webapp.presentation.tables import Column, Table
from webapp.presentation.verdicts import VERDICT_LABELS
from webapp.queries.accreditation import ProgrammeFacts
from webapp.queries.criteria import SiteCriterion, fetch_criteria_matrix
from webapp.queries.pages.accreditation_day import Asked
from webapp.queries.pages.ground import Ground

Rates = dict[tuple[UUID, str], tuple[int, int]]
"""By site and criterion of a session: met, and delivered to which it applies."""


@dataclass(frozen=True, slots=True)
class CriteriaMatrix:
    """One programme's table, and the verdict of each cell by its row's and its column's key."""

    table: Table
    verdicts: dict[tuple[str, str], Verdict]


def criteria_matrices(ground: Ground, asked: Asked) -> list[CriteriaMatrix]:
    """One for each programme of which anything is recorded; sites by name, criteria in the order in which they are asked."""
    # Shares of a site rest on few patients: only whoever may open the sessions behind them is shown any.
    rates = _rates(asked) if asked.known_at is None and ground.scope.may_open_rows else {}
    found = [_matrix(ground, asked, programme, cells, rates) for programme, cells in asked.criteria.items()]
    return [each for each in found if each is not None]


def restated_criteria(ground: Ground, asked: Asked) -> list[tuple[str, str, str, str, str]]:
    """Cells that read otherwise now than then: site's code, its name, the criterion, then, now."""
    if asked.known_at is None:
        return []
    now = fetch_criteria_matrix(ground.scope, ground.db, asked.on, None, asked.accreditations)
    return [
        (
            after.site.code,
            after.site.name,
            f"{programme.name}: {after.asked.title}",
            VERDICT_LABELS[before.found.verdict],
            VERDICT_LABELS[after.found.verdict],
        )
        for programme, cells in now.items()
        for before, after in zip(asked.criteria[programme], cells, strict=True)
        if before.found.verdict is not after.found.verdict
    ]


def _rates(asked: Asked) -> Rates:
    return {(one.site_id, one.criterion): (one.met, one.delivered) for one in asked.met if one.site_id is not None}


def _matrix(
    ground: Ground, asked: Asked, programme: ProgrammeFacts, cells: list[SiteCriterion], rates: Rates
) -> CriteriaMatrix | None:
    criteria = list(dict.fromkeys(cell.asked for cell in cells))
    keys = {criterion.id: f"criterion_{place}" for place, criterion in enumerate(criteria)}
    rows: dict[str, list[str]] = {}
    for cell in cells:
        rows.setdefault(cell.site.code, [cell.site.name]).append(_words(cell, rates))
    if not any(word != VERDICT_LABELS[Verdict.NOT_RECORDED] for row in rows.values() for word in row[1:]):
        return None
    known = " Percentages: delivered sessions of the period recorded as meeting it, where nobody assessed the site."
    table = Table(
        f"criteria_{programme.code}",
        f"How does each site meet “{programme.name}”?",
        f"{formats.plural(len(rows), 'site')} by {formats.plural(len(criteria), 'criterion', 'criteria')}, {asked.words}",
        (Column("site", "Site"), *(Column(keys[criterion.id], criterion.title) for criterion in criteria)),
        tuple(tuple(row) for row in rows.values()),
        "criteria_met",
        (f"“Met” means recorded as met, not lawful.{known if rates else ''}",),
        tuple(rows),
    )
    verdicts = {(cell.site.code, keys[cell.asked.id]): cell.found.verdict for cell in cells if cell.found.deciding}
    return CriteriaMatrix(table, verdicts)


def _words(cell: SiteCriterion, rates: Rates) -> str:
    found = cell.found
    if found.deciding is not None:
        version = f", version {cell.of_earlier_version}" if cell.of_earlier_version else ""
        return f"{VERDICT_LABELS[found.verdict]} ({formats.day(found.deciding.assessed_on)}{version})"
    if found.ran_out_on is not None:
        return f"Not recorded since {formats.day(found.ran_out_on)}"
    met, delivered = rates.get((cell.site.id, cell.asked.judged_by.value), (0, 0)) if cell.asked.judged_by else (0, 0)
    if delivered:
        return f"{formats.percent(met / delivered, 0)} of {formats.plural(delivered, 'session')}"
    return VERDICT_LABELS[found.verdict]
