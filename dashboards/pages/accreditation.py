"""Accreditation: was this site, and this clinician, allowed to treat on that day?"""

from dataclasses import replace
from urllib.parse import urlencode

from dashboards.components import empty_state, notice, sentence_list
from dashboards.elements import Component
from dashboards.panels import Links, Tones, chart_card, table_view
from dashboards.shell import Page, PageBody, PageRequest, foot_line
from webapp.domain.filters import Known
from webapp.domain.measures import explain
from webapp.domain.vocabulary import Role
from webapp.presentation import formats
from webapp.presentation.addresses import own_address
from webapp.presentation.filter_bar import Action
from webapp.presentation.standings import STANDING_TONES
from webapp.presentation.tokens import Tone
from webapp.presentation.verdicts import VERDICT_TONES
from webapp.presentation.viewer import Viewer
from webapp.queries.accreditation import first_recorded_at
from webapp.queries.pages import accreditation, accreditation_day, accreditation_history, session_criteria
from webapp.queries.pages.accreditation_day import Asked, Matrix, asked_of
from webapp.queries.pages.criteria_matrix import CriteriaMatrix, criteria_matrices
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.registry import default_period
from webapp.transactions import reading

RECORD = "/accreditation/record"
ACTIONS = (
    Action("Record an accreditation", RECORD),
    Action("Record a credential", "/accreditation/credential"),
    Action("Assess a criterion", "/accreditation/assessment"),
)


def build(request: PageRequest) -> PageBody:
    """The answer in sentences, the matrix of the day, what ends, sessions under a lapse, the criteria, one site's history."""
    with reading(request.scope) as db:
        ground = Ground(request.scope, db, request.filters, request.viewer.today)
        asked = asked_of(ground)
        matrix = accreditation_day.matrix(ground, asked)
        nothing = [empty_state("No programme is known yet", NO_PROGRAMME)]
        children = _day(request, ground, asked, matrix) if matrix.standings else nothing
        as_of = formats.instant(asked.known_at or ground.recorded_at)
        foot = foot_line(f"Settings v{ground.settings.version}", ground.data_version, as_of)
    return PageBody(f"{request.viewer.network_name} · {asked.words}", children, foot=foot)


NO_PROGRAMME = "Programmes come with imported accreditations, or the compliance officer adds them."


def _day(request: PageRequest, ground: Ground, asked: Asked, matrix: Matrix) -> list[Component]:
    ending = accreditation_day.ending(ground, asked)
    lapses = session_criteria.lapse_counts(ground, asked) if request.scope.may_open_rows else None
    soon = (
        chart_card(ending, "days_left", request, links=_to_site(request))
        if ending.rows
        else empty_state(ending.title, f"Nothing that was valid {asked.words}, ends within that time.")
    )
    return [
        sentence_list(accreditation.sentences(asked, matrix, ending, lapses)),
        *_restated(request, ground, asked),
        table_view(matrix.table, request, links=_to_site(request), tones=_tones(matrix)),
        *_criteria(request, ground, asked),
        *_history(request, ground, asked),
        soon,
        *([table_view(lapses, request, links=_to_site(request))] if lapses else []),
        *_sessions(request, ground, asked),
        *_people(request, ground, asked),
    ]


def _criteria(request: PageRequest, ground: Ground, asked: Asked) -> list[Component]:
    """Every site by the criteria of each programme of which anything is recorded."""

    def tones(each: CriteriaMatrix) -> Tones:
        def tone(key: str, column: str) -> Tone | None:
            verdict = each.verdicts.get((key, column))
            return VERDICT_TONES[verdict] if verdict else None

        return tone

    return [
        table_view(each.table, request, links=_to_site(request), tones=tones(each))
        for each in criteria_matrices(ground, asked)
    ]


def _restated(request: PageRequest, ground: Ground, asked: Asked) -> list[Component]:
    """What is said of the two knowledges: that they agree, or where they differ."""
    if asked.known_at is None:
        over = request.filters.known is Known.THEN
        if over:
            return [notice("That day is not over yet, so what is known now is shown.")]
        ahead = asked.on > ground.today
        return (
            [notice("That day is still to come: this is how things stand by what is recorded today.")] if ahead else []
        )
    first = first_recorded_at(request.scope, ground.db)
    early = []
    if first is None or first > asked.known_at:
        words = "Nothing was on record about these sites by then"
        early = [notice(f"{words}; the first record is of {formats.instant(first)}." if first else f"{words}.", "warn")]
    table = accreditation.restated(ground, asked)
    if not table.rows:
        return early or [notice(f"What was known {asked.knowledge} reads the same as what is known now.", "ok")]
    sentence = f"{formats.plural(len(table.rows), 'cell reads', 'cells read')} otherwise by what is known now."
    return [*early, notice(sentence, "warn"), table_view(table, request, links=_to_site(request))]


def _sessions(request: PageRequest, ground: Ground, asked: Asked) -> list[Component]:
    if not request.scope.may_open_rows:
        return []
    rows = session_criteria.lapsed_sessions(ground, asked)
    parts = [table_view(rows, request)] if rows.rows else []
    table = session_criteria.criteria(ground, asked)
    if table.rows:
        parts.append(chart_card(table, "dots", request, counted=explain("criteria_met", ground.settings)))
    return parts


def _people(request: PageRequest, ground: Ground, asked: Asked) -> list[Component]:
    if not request.scope.may_open_rows:
        return []
    people = accreditation_day.people(ground, asked)

    def tones(key: str, column: str) -> Tone | None:
        standing = people.standings.get((key, column))
        return STANDING_TONES[standing] if standing else None

    return [table_view(people.table, request, tones=tones)] if people.table.rows else []


def _history(request: PageRequest, ground: Ground, asked: Asked) -> list[Component]:
    """Of a single site, chosen or the only one."""
    if len(ground.sites) != 1:
        return []
    site = ground.sites[0]
    timelines = accreditation_history.histories(ground, asked, site)
    if not timelines:
        by_then = " by then" if asked.known_at else ""
        sentence = "Its records appear here once they are entered or imported."
        return [empty_state(f"Nothing was recorded about {site.name}{by_then}", sentence)]

    def correct(key: str, column: str) -> str | None:
        programme, _, record_id = key.rpartition("/")
        query = urlencode({"site": site.code, "programme": programme, "replaces": record_id})
        return own_address(f"{RECORD}?{query}") if column == "event" else None

    history, links = accreditation_history.history_table(site, timelines), None
    if request.viewer.role is Role.COMPLIANCE:
        history, links = replace(history, notes=("Choose an event to correct its record.", *history.notes)), correct
    return [
        table_view(accreditation_history.standings_table(site, timelines), request),
        table_view(history, request, links=links),
    ]


def _to_site(request: PageRequest) -> Links:
    """A row leads to its site alone; a row of no site leads nowhere."""

    def lead(key: str, _column: str) -> str | None:
        code = key.rpartition("/")[0] if "/" in key else key
        return request.href(site=code) if code else None

    return lead


def _tones(matrix: Matrix) -> Tones:
    def tone(key: str, column: str) -> Tone | None:
        standing = matrix.standings.get((key, column))
        return STANDING_TONES[standing] if standing else None

    return tone


def _actions(viewer: Viewer) -> tuple[Action, ...]:
    return ACTIONS if viewer.role is Role.COMPLIANCE else ()


PAGE = Page(
    "accreditation",
    "Accreditation",
    build,
    controls=("period", "sites", "as_of", "known"),
    period=default_period("accreditation"),
    skeleton=(("table", 1), ("charts", 2)),
    actions=_actions,
    shows_rows=True,
)
