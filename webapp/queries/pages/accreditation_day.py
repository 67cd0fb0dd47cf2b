"""The accreditation page's panels of a day: the matrix, what later records changed, what ends, people's credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from webapp.domain.filters import Known
from webapp.domain.periods import Period, day_bounds
from webapp.domain.validity import worst_standing
from webapp.domain.vocabulary import Standing
from webapp.presentation import formats
from webapp.presentation.standings import STANDING_LABELS, credential_name, held_words
from webapp.presentation.tables import Column, Table
from webapp.queries.accreditation import Accreditations, SiteEnding, SiteStanding, fetch_accreditations
from webapp.queries.credentials import (
    CredentialEnding,
    Credentials,
    CredentialStanding,
    PractitionerFacts,
    fetch_credential_histories,
)
from webapp.queries.criteria import CriteriaByProgramme, fetch_criteria_matrix
from webapp.queries.pages.ground import Ground
from webapp.queries.sites import SiteFacts
from webapp.queries.verdict_counts import CriterionCount, fetch_criteria_met


@dataclass(frozen=True)
class Asked:
    """The day and the knowledge asked for, with what several panels stand on, each read once.

    lapses: the days over which sessions under a lapse are looked for.
    """

    ground: Ground
    on: date
    known_at: datetime | None
    lapses: Period

    @cached_property
    def accreditations(self) -> Accreditations:
        """Everything recorded of the sites."""
        return fetch_accreditations(self.ground.scope, self.ground.db, self.ground.sites)

    @cached_property
    def credentials(self) -> Credentials:
        """Everything recorded of people. Raises NotAllowed for a role that sees no names."""
        return fetch_credential_histories(self.ground.scope, self.ground.db, self.known_at)

    @cached_property
    def criteria(self) -> CriteriaByProgramme:
        """Every site by the criteria of each programme."""
        ground = self.ground
        return fetch_criteria_matrix(ground.scope, ground.db, self.on, self.known_at, self.accreditations)

    @cached_property
    def met(self) -> list[CriterionCount]:
        """Delivered sessions of the period by how they meet each criterion, by site."""
        ground = self.ground
        return fetch_criteria_met(ground.scope, ground.db, ground.filters.period, "site", self.known_at)

    @property
    def words(self) -> str:
        """`on 1 Mar 2026, as known now`."""
        return f"on {formats.day(self.on)}, as known {self.knowledge}"

    @property
    def knowledge(self) -> str:
        """`now`, `at the end of that day`, or `at 1 Mar 2026 15:00 UTC`."""
        if self.known_at is None:
            return "now"
        is_instant = self.ground.filters.known is Known.AT
        return f"at {formats.instant(self.known_at)}" if is_instant else "at the end of that day"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix as a table, its cells, and the standing of each by its row's and its column's key."""

    table: Table
    cells: tuple[SiteStanding, ...]
    standings: dict[tuple[str, str], Standing]


def asked_of(ground: Ground) -> Asked:
    """What the address asks. A day has ended when it has ended at every site; a day not over yet is known as now."""
    on = ground.on
    known_at = ground.filters.known_at
    if ground.filters.known is Known.THEN and on < ground.today:
        known_at = max((day_bounds(on, ZoneInfo(site.zone))[1] for site in ground.sites), default=None)
    period = ground.filters.period
    return Asked(ground, on, known_at, Period(period.start_on, max(period.end_on, on + timedelta(days=1))))


def matrix(ground: Ground, asked: Asked) -> Matrix:
    """Every site by every programme."""
    cells = asked.accreditations.matrix(asked.on, asked.known_at)
    programmes = list(dict.fromkeys(cell.programme for cell in cells))
    keys = {programme: f"programme_{place}" for place, programme in enumerate(programmes)}
    rows: dict[SiteFacts, list[str]] = {}
    for cell in cells:
        held = cell.held
        rows.setdefault(cell.site, []).append(held_words(held.standing, held.since, held.until, held.days_left))
    counted = [programme.name for programme in programmes if programme.counts]
    note = f"{_listed(counted)} makes a certified setting; the rest is followed beside it." if counted else _NONE_COUNTS
    table = Table(
        "matrix",
        "Who was allowed to treat on that day?",
        f"{formats.plural(len(rows), 'site')} by {formats.plural(len(programmes), 'programme')}, {asked.words}",
        (Column("site", "Site"), *(Column(keys[programme], programme.name) for programme in programmes)),
        tuple((_site_words(site, asked.on), *words) for site, words in rows.items()),
        "accreditation_standing",
        (note,),
        tuple(site.code for site in rows),
    )
    return Matrix(table, tuple(cells), {(cell.site.code, keys[cell.programme]): cell.held.standing for cell in cells})


_NONE_COUNTS = "No programme is marked as making a certified setting, so no session can be judged by its site."


def restated(ground: Ground, asked: Asked) -> Table:
    """The cells that read otherwise now than they were known then; empty where that of now is asked for."""
    found = asked.accreditations.restated(asked.on, asked.known_at) if asked.known_at else []
    return Table(
        "restated",
        "What is known otherwise now?",
        f"Cells of {formats.day(asked.on)} that later records changed",
        (
            Column("site", "Site or person"),
            Column("programme", "What"),
            Column("then", "Known then"),
            Column("now", "Known now"),
        ),
        tuple(
            (each.site.name, each.programme.name, STANDING_LABELS[each.known_then], STANDING_LABELS[each.known_now])
            for each in found
        ),
        "accreditation_standing",
        row_keys=tuple(each.site.code for each in found),
    )


def ending(ground: Ground, asked: Asked) -> Table:
    """What is valid on the day and ends within the network's notice: accreditations, and to staff also credentials."""
    days = max(ground.settings.accreditation_notice_days)
    sites = asked.accreditations.ending(asked.on, days, asked.known_at)
    staff = ground.scope.may_open_rows
    people = asked.credentials.ending(asked.on, days, asked.known_at) if staff else []
    rows = [
        *(_ending_row(f"{each.site.name}: {each.programme.name}", each.site.code, each) for each in sites),
        *(_ending_row(_credential_words(each), "", each) for each in people),
    ]
    rows.sort(key=lambda row: (row[1], row[0]))
    return Table(
        "ending",
        f"What ends within {days} days?",
        f"Accreditations{' and credentials' if staff else ''} valid {asked.words}",
        (
            Column("what", "What"),
            Column("days_left", "Days left", "integer"),
            Column("ends_on", "Last valid day", "date"),
            Column("then", "Then"),
            Column("notice", "Within"),
        ),
        tuple((*row[:4], _notice(row[1], ground.settings.accreditation_notice_days)) for row in rows),
        "accreditation_standing",
        row_keys=tuple(f"{code}/{place}" for place, (*_, code) in enumerate(rows)),
    )


@dataclass(frozen=True, slots=True)
class People:
    """Practitioners by credential. standings: of each cell with anything on record, by its row's and its column's key."""

    table: Table
    standings: dict[tuple[str, str], Standing]


def people(ground: Ground, asked: Asked) -> People:
    """Every practitioner by every credential that anybody has on record; of several states the cell names each.

    A cell's standing is the least favourable that holds: who works in two states needs both. Raises NotAllowed for a role
    that sees no names.
    """
    found = asked.credentials.standings(asked.on, asked.known_at)
    kinds = {kind: f"credential_{place}" for place, kind in enumerate(sorted({each.kind for each in found}))}
    known = asked.credentials.people if found else ()
    rows: dict[PractitionerFacts, dict[str, list[CredentialStanding]]] = {person: {} for person in known}
    for each in found:
        rows[each.practitioner].setdefault(kinds[each.kind], []).append(each)
    table = Table(
        "credential_matrix",
        "Which licences and certificates did people hold?",
        f"{formats.plural(len(rows), 'person', 'people')} by {formats.plural(len(kinds), 'credential')}, {asked.words}",
        (
            Column("name", "Name"),
            Column("profession", "Profession"),
            *(Column(key, _capital(credential_name(kind))) for kind, key in kinds.items()),
        ),
        tuple(
            (person.name, person.profession, *(_held_in_states(cells.get(key, ())) for key in kinds.values()))
            for person, cells in rows.items()
        ),
        "accreditation_standing",
        ("“No record” is not “not needed”: what a person needs for a session is judged with the session.",),
        tuple(str(person.id) for person in rows),
    )
    standings = {
        (str(person.id), key): worst_standing(each.held.standing for each in held)
        for person, cells in rows.items()
        for key, held in cells.items()
    }
    return People(table, standings)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _held_in_states(held: Sequence[CredentialStanding]) -> str:
    words = [
        (each.state, held_words(each.held.standing, each.held.since, each.held.until, each.held.days_left))
        for each in held
    ]
    return "; ".join(f"{state}: {said}" if state else said for state, said in words) or STANDING_LABELS[Standing.NONE]


def credentials(ground: Ground, asked: Asked) -> tuple[Table, list[CredentialStanding]]:
    """Each credential on a line of its own, with the rows behind it. Raises NotAllowed for a role that sees no names."""
    found = asked.credentials.standings(asked.on, asked.known_at)
    table = Table(
        "credentials",
        "Every licence and certificate on a line of its own",
        f"{formats.plural(len({c.practitioner.id for c in found}), 'person', 'people')} by credential, {asked.words}",
        (
            Column("name", "Name"),
            Column("profession", "Profession"),
            Column("kind", "Credential"),
            Column("state", "Holds for"),
            Column("standing", "Standing"),
            Column("days_left", "Days left", "integer"),
        ),
        tuple(
            (
                each.practitioner.name,
                each.practitioner.profession,
                credential_name(each.kind),
                each.state or "everywhere",
                held_words(each.held.standing, each.held.since, each.held.until, each.held.days_left),
                each.held.days_left,
            )
            for each in found
        ),
        "accreditation_standing",
        row_keys=tuple(str(place) for place in range(len(found))),
    )
    return table, found


def _site_words(site: SiteFacts, on: date) -> str:
    if site.closed_on is not None and site.closed_on < on:
        return f"{site.name} (closed {formats.day(site.closed_on)})"
    if site.opened_on is not None and on < site.opened_on:
        return f"{site.name} (opens {formats.day(site.opened_on)})"
    return site.name


def _ending_row(what: str, site: str, each: SiteEnding | CredentialEnding) -> tuple[str, int, date, str, str]:
    return what, each.days_left, each.last_valid_on, STANDING_LABELS[each.then], site


def _notice(days_left: int, notices: Sequence[int]) -> str:
    """The shortest notice that it falls under: `7 days`."""
    return f"{min(days for days in notices if days_left <= days)} days"


def _credential_words(ending: CredentialEnding) -> str:
    state = f", {ending.state}" if ending.state else ""
    return f"{ending.practitioner.name}: {credential_name(ending.kind)}{state}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"Any of {', '.join(names[:-1])} and {names[-1]}"
