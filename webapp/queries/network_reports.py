"""The scheduled reports beside a site's own: of the whole network, of its compliance, and of a site's courses that are due."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.compliance import CRITERION_TITLES, Criterion
from webapp.domain.periods import Period
from webapp.domain.report_kinds import CADENCE_WORDS, Cadence
from webapp.domain.scope import Scope
from webapp.domain.screening import is_enough
from webapp.presentation import formats
from webapp.presentation.report_document import LAYOUT, Headline, Panel, ReportDocument, Sentence
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.accreditation import SiteEnding, SiteStanding, fetch_ending, fetch_matrix
from webapp.queries.completeness import Completeness, fetch_completeness
from webapp.queries.course_rows import fetch_due_courses
from webapp.queries.measures import MeasureRow
from webapp.queries.network_settings import get_settings
from webapp.queries.report_ground import Ground
from webapp.queries.report_ledger import WHOLE_NETWORK
from webapp.queries.report_panels import (
    HIGH,
    LOW,
    NOT_ENOUGH,
    course_panels,
    session_panels,
    side_effect_panels,
    words,
)
from webapp.queries.report_sentences import headlines
from webapp.queries.reports import (
    Told,
    get_data_instant,
    get_network_line,
    get_site_facts,
    how_counted,
    nobody,
    thresholds,
)
from webapp.queries.sites import SiteFacts, fetch_sites
from webapp.queries.verdict_counts import count_lapsed_sessions, fetch_criteria_met

_THE_NETWORK = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report is wanted. zone: the clocks of a report of the whole network. told: hears the rows read so far.

    settings_at: under the thresholds in force at that instant instead of now's.
    """

    period: Period
    cadence: Cadence
    issue: int
    zone: str
    told: Told = nobody
    settings_at: datetime | None = None


def build_network_document(scope: Scope, db: Session, asked: Asked) -> ReportDocument:
    """All sites of the scope together and one beside the other. Call it inside one read-only transaction."""
    ground = _ground(scope, db, asked)
    sites = _open_sites(scope, db, asked.period)
    found = fetch_completeness(scope, db, asked.period, ground.settings.completeness_weeks)
    panels = [Panel(_sites_side_by_side(ground, sites, found)), *session_panels(ground)]
    asked.told(sum(len(panel.table.rows) for panel in panels))
    effects = [panel for panel in side_effect_panels(ground) if panel.table.key != "any_by_month"]
    panels += [*course_panels(ground), *effects, *_standings(ground)]
    asked.told(sum(len(panel.table.rows) for panel in panels))
    return _document(ground, asked, "network", tuple(panels), _short(ground, sites, found), headlines(ground))


def build_compliance_document(scope: Scope, db: Session, asked: Asked) -> ReportDocument:
    """Standings, what ends, sessions under a lapse, and the criteria, by site. Call it inside one read-only transaction."""
    ground = _ground(scope, db, asked)
    sites = {site.id: site for site in fetch_sites(scope, db)}
    lapsed: dict[UUID, list[int]] = {}
    for each in count_lapsed_sessions(scope, db, asked.period):
        counts = lapsed.setdefault(each.site_id, [0, 0, 0])
        for place, many in enumerate((each.lapsed, each.unjudged, each.delivered)):
            counts[place] += many
    panels = (*_standings(ground), Panel(_lapses(ground, sites, lapsed)), Panel(_criteria(ground)))
    asked.told(sum(len(panel.table.rows) for panel in panels))
    many = sum(counts[0] for counts in lapsed.values())
    said = tuple(
        Sentence("bad", "Lapse", sites[site_id].name, f"{formats.plural(counts[0], 'session')} given under a lapse.")
        for site_id, counts in sorted(lapsed.items(), key=lambda item: sites[item[0]].name)
        if counts[0]
    )
    heads = (
        Headline(
            "Sessions under a lapse",
            many,
            "integer",
            note=f"in {formats.period(asked.period.start_on, asked.period.end_on)}",
        ),
        Headline("Sites", len(sites), "integer"),
    )
    return _document(ground, asked, "compliance", panels, said, heads)


def build_courses_due_document(scope: Scope, db: Session, site_id: UUID, asked: Asked) -> ReportDocument:
    """Who is due at one site of the scope on the period's last day, by the days left. Call it inside one read-only transaction."""
    site = get_site_facts(scope, db, site_id)
    ground = Ground(scope.narrow([site_id]), db, site, asked.period, get_settings(scope, db, asked.settings_at))
    due = fetch_due_courses(ground.scope, db, ground.month).rows
    soon = [course for course in due if 0 <= course.days_left <= ground.settings.due_soon_days]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            course.pseudonym,
            course.infusion_due,
            course.planned,
            course.start_on,
            course.last_on,
            course.window_ends_on,
            course.days_left,
        )
        for course in due
    )
    table = Table(
        "due_list",
        "Who is due?",
        f"Open courses on {formats.day(ground.on)} whatever their first day, by the days left in their window",
        (
            Column("pseudonym", "Patient (pseudonym)"),
            Column("infusion_due", "Infusion due", "integer"),
            Column("planned", "Planned", "integer"),
            Column("start_on", "First session", "date"),
            Column("last_on", "Last session", "date"),
            Column("window_ends_on", "Window ends", "date"),
            Column("days_left", "Days left", "integer"),
        ),
        rows,
        "course_states",
        ("Days are counted from the day up to which the site has sent data, so that a silent feed makes nobody late.",),
    )
    asked.told(len(rows))
    past = sum(course.days_left < 0 for course in due)
    heads = (
        Headline("In their window", len(due) - past, "integer"),
        Headline("Window ends soon", len(soon), "integer"),
        Headline("Past their window", past, "integer"),
    )
    sentences = _courses_said(ground, len(soon), past)
    return _document(ground, asked, "list of courses due", (Panel(table),), sentences, heads)


def _courses_said(ground: Ground, soon: int, past: int) -> tuple[Sentence, ...]:
    """Who can still finish in time, and apart from them those whose window has passed: late is not the same as due."""
    days = formats.plural(ground.settings.due_soon_days, "day")
    told = []
    if soon:
        ends = "ends" if soon == 1 else "end"
        told.append(f"The window of {formats.plural(soon, 'course')} {ends} within {days}.")
    if past:
        what = "has passed its window; it" if past == 1 else "have passed their window; they"
        told.append(f"{formats.plural(past, 'open course')} {what} can only be completed late.")
    return tuple(Sentence("warn", "Courses", ground.site.name, each) for each in told)


def _ground(scope: Scope, db: Session, asked: Asked) -> Ground:
    """The sites of the scope as if they were one, by the clocks of the schedule."""
    through = [site.data_through for site in fetch_sites(scope, db) if site.data_through]
    whole = SiteFacts(_THE_NETWORK, "", WHOLE_NETWORK, None, asked.zone, None, None, min(through) if through else None)
    return Ground(scope, db, whole, asked.period, get_settings(scope, db, asked.settings_at))


def _document(
    ground: Ground,
    asked: Asked,
    what: str,
    panels: tuple[Panel, ...],
    said: tuple[Sentence, ...],
    heads: tuple[Headline, ...],
) -> ReportDocument:
    network, data_version = get_network_line(ground.scope, ground.db)
    what = what if what.startswith("list") else f"{what} report"
    return ReportDocument(
        title=f"{CADENCE_WORDS[asked.cadence]} {what}",
        network=network,
        site="" if ground.site.id == _THE_NETWORK else ground.site.name,
        period_start=asked.period.start_on,
        period_end=asked.period.end_on,
        zone=ground.site.zone,
        as_of=get_data_instant(ground.scope, ground.db, of_network=ground.site.id == _THE_NETWORK),
        data_version=data_version,
        panels=panels,
        issue=asked.issue,
        data_through_on=ground.site.data_through,
        sentences=said,
        headlines=heads,
        filters=(("Sites", formats.count(len(ground.scope.site_ids))),) if ground.site.id == _THE_NETWORK else (),
        settings_version=ground.settings.version,
        settings=thresholds(ground.settings, panels),
        counted=how_counted(ground.settings, panels),
        scope_fingerprint=ground.scope.fingerprint,
        layout=LAYOUT,
    )


def _open_sites(scope: Scope, db: Session, period: Period) -> list[SiteFacts]:
    return [
        site
        for site in fetch_sites(scope, db)
        if not (site.opened_on and site.opened_on >= period.end_on)
        and not (site.closed_on and site.closed_on < period.start_on)
    ]


def _short(ground: Ground, sites: list[SiteFacts], found: dict[UUID, Completeness]) -> tuple[Sentence, ...]:
    """The sites whose data are not complete: what stands here about them is too low."""
    said = []
    for site in sites:
        each = found[site.id]
        if each.share is not None and each.share < ground.settings.min_completeness:
            received = formats.rate(each.share, each.expected or 0, "expected sessions")
            said.append(Sentence("warn", "Incomplete", site.name, f"{received} received, so its counts are too low."))
    return tuple(said)


def _sites_side_by_side(ground: Ground, sites: list[SiteFacts], found: dict[UUID, Completeness]) -> Table:
    """One row a site, by name: no order of merit."""
    measures = ("session_count", "course_completion", "side_effect_rate", "screening_coverage")
    by_site: dict[str, dict[str, MeasureRow]] = {
        name: {
            row.key["site"]: row
            for row in ground.rows(name, ground.trend if name == "course_completion" else ground.month, "site")
        }
        for name in measures
    }
    nothing = MeasureRow({}, 0, 0)
    rows: list[tuple[Cell, ...]] = []
    for site in sites:
        delivered, completed, effects, screened = (by_site[name].get(site.code, nothing) for name in measures)
        enough = is_enough(screened.numerator, screened.denominator or 0, ground.settings)
        rate: Cell = effects.share if enough else NOT_ENOUGH
        rows.append(
            (
                site.name,
                delivered.numerator,
                found[site.id].share,
                completed.share,
                completed.denominator,
                rate,
                effects.denominator,
                screened.share,
                site.data_through,
            )
        )
    return Table(
        "sites",
        "How do the sites stand?",
        f"One row a site that was open in the {ground.span}, by name; differences may be chance",
        (
            Column("site", "Site"),
            Column("delivered", "Sessions delivered", "integer"),
            Column("received", "Received of expected", "percent"),
            Column("completion", "Courses completed", "percent"),
            Column("closed", "of closed courses", "integer"),
            Column("effects", "Any side effect", "percent"),
            Column("screened_n", "of screened sessions", "integer"),
            Column("screened", "Screened", "percent"),
            Column("through", "Data through", "date"),
        ),
        tuple(rows),
        "session_count",
    )


def _standings(ground: Ground) -> list[Panel]:
    matrix: list[SiteStanding] = fetch_matrix(ground.scope, ground.db, ground.on)
    ending: list[SiteEnding] = fetch_ending(
        ground.scope, ground.db, ground.on, max(ground.settings.accreditation_notice_days)
    )
    standing = Table(
        "accreditation_standing",
        "How do the accreditations stand?",
        f"On {formats.day(ground.on)}, as recorded by now",
        (
            Column("site", "Site"),
            Column("programme", "Programme"),
            Column("standing", "Standing"),
            Column("since", "Since", "date"),
            Column("until", "Last valid day", "date"),
        ),
        tuple(
            (cell.site.name, cell.programme.name, words(cell.held.standing.value), cell.held.since, cell.held.until)
            for cell in matrix
        ),
        "accreditation_standing",
    )
    ends = Table(
        "accreditation_ends",
        "What lapses next?",
        f"Accreditations that end within the notice period after {formats.day(ground.on)}",
        (
            Column("site", "Site"),
            Column("programme", "Programme"),
            Column("days_left", "Days left", "integer"),
            Column("ends_on", "Last valid day", "date"),
        ),
        tuple((each.site.name, each.programme.name, each.days_left, each.last_valid_on) for each in ending),
        "accreditation_standing",
    )
    return [Panel(standing), *([Panel(ends)] if ending else [])]


def _lapses(ground: Ground, sites: dict[UUID, SiteFacts], lapsed: dict[UUID, list[int]]) -> Table:
    return Table(
        "lapses",
        "Which sessions were given under a lapse?",
        f"Delivered sessions of the {ground.span} by site",
        (
            Column("site", "Site"),
            Column("lapsed", "Under a lapse", "integer"),
            Column("unjudged", "Without a record to judge by", "integer"),
            Column("delivered", "Delivered", "integer"),
        ),
        tuple(
            (site.name, *lapsed.get(site.id, (0, 0, 0))) for site in sorted(sites.values(), key=lambda each: each.name)
        ),
        "supervision_lapse",
    )


def _criteria(ground: Ground) -> Table:
    titles = {criterion.value: CRITERION_TITLES[criterion] for criterion in Criterion}
    counted = fetch_criteria_met(ground.scope, ground.db, ground.period)
    return Table(
        "criteria",
        "How many sessions are recorded as meeting each criterion?",
        f"Delivered sessions of the {ground.span}; no record never counts as met",
        (
            Column("criterion", "Criterion"),
            Column("met", "Met", "integer"),
            Column("not_met", "Not met", "integer"),
            Column("not_recorded", "Not recorded", "integer"),
            Column("rate", "Met", "percent"),
            LOW,
            HIGH,
        ),
        tuple(
            (
                titles.get(each.criterion, "All criteria"),
                each.met,
                each.not_met,
                each.not_recorded,
                each.met / each.delivered,
                each.interval.low if each.interval else None,
                each.interval.high if each.interval else None,
            )
            for each in counted
            if each.delivered
        ),
        "criteria_met",
    )
