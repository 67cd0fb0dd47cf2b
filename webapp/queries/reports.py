"""A site's report as one document, read from one state of the database."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotFound
from webapp.domain.measures import MEASURES, explain
from webapp.domain.periods import Period
from webapp.domain.report_kinds import CADENCE_WORDS, Cadence
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings, all_settings
from webapp.presentation import formats
from webapp.presentation.report_document import Counted, Panel, ReportDocument
from webapp.presentation.tables import Column, Table
from webapp.queries.accreditation import fetch_ending, fetch_matrix
from webapp.queries.completeness import Completeness, get_completeness
from webapp.queries.network_settings import get_settings
from webapp.queries.report_ground import Ground
from webapp.queries.report_panels import course_panels, session_panels, side_effect_panels, standing_panels
from webapp.queries.report_sentences import headlines, sentences
from webapp.queries.sites import SiteFacts, fetch_sites

INCOMPLETE = "incomplete"
MOST_IMPORTS = 20

Told = Callable[[int], None]
"""Is told how many rows have been read so far."""


def nobody(_rows: int) -> None:
    """Tells nobody."""


def build_document(
    scope: Scope,
    db: Session,
    site_id: UUID,
    period: Period,
    issue: int = 1,
    cadence: Cadence = Cadence.MONTHLY,
    told: Told = nobody,
) -> ReportDocument:
    """The report of one site of the scope over one period. Call it inside one read-only transaction.

    It holds nothing of the clock: its time is that of the newest data it was made from. A period less complete than the network
    wants it says so in its title, at its head and first among its sentences. told: is called with the rows read so far. Raises
    NotFound for a site that the scope does not hold.
    """
    site = get_site_facts(scope, db, site_id)
    settings = get_settings(scope, db)
    ground = Ground(scope, db, site, period, settings)
    network, data_version = get_network_line(scope, db)
    standings = fetch_matrix(scope, db, ground.on)
    ending = fetch_ending(scope, db, ground.on, max(settings.accreditation_notice_days))
    completeness = get_completeness(scope, db, site_id, period, settings.completeness_weeks)
    panels: tuple[Panel, ...] = ()
    for make in (session_panels, course_panels, side_effect_panels):
        panels = (*panels, *make(ground))
        told(sum(len(panel.table.rows) for panel in panels))
    panels = (*panels, *standing_panels(ground.span, standings, ending), _received(ground.span, completeness))
    title = f"{CADENCE_WORDS[cadence]} report"
    share = completeness.share
    short = share is not None and share < settings.min_completeness
    received = formats.rate(share, completeness.expected or 0, "expected sessions")
    return ReportDocument(
        title=f"{title}, {INCOMPLETE}" if short else title,
        network=network,
        site=site.name,
        period_start=period.start_on,
        period_end=period.end_on,
        zone=site.zone,
        as_of=get_data_instant(scope, db, of_network=False),
        data_version=data_version,
        panels=panels,
        issue=issue,
        data_through_on=site.data_through,
        sentences=sentences(ground, completeness, standings, ending),
        headlines=headlines(ground),
        filters=(("Received", f"{INCOMPLETE}: {received}"),) if short else (),
        settings_version=settings.version,
        settings=thresholds(settings, panels),
        counted=how_counted(settings, panels),
        scope_fingerprint=scope.fingerprint,
    )


def get_data_instant(scope: Scope, db: Session, *, of_network: bool) -> datetime:
    """When what a report of these sites rests on was last added to: the as-of of everything read in this transaction.

    of_network: whether it is a report of the network, which rests on people's credentials too.
    """
    credentials = "(SELECT max(recorded_at) FROM credential_record c WHERE c.network_id = n.id)"
    newest: datetime = db.execute(
        text(
            "SELECT coalesce(greatest("
            " (SELECT max(recorded_at) FROM import_batch b WHERE b.network_id = n.id AND b.data_version <= n.data_version),"
            " (SELECT max(recorded_at) FROM accreditation_record a WHERE a.network_id = n.id AND a.site_id = ANY (:sites)),"
            f" {credentials if of_network else 'NULL'},"
            " (SELECT max(changed_at) FROM network_setting s WHERE s.network_id = n.id)), n.created_at)"
            " FROM network n WHERE n.id = :network"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids)},
    ).scalar_one()
    return newest


def reasons_between(scope: Scope, db: Session, earlier: ReportDocument, later: ReportDocument) -> tuple[str, ...]:
    """What was recorded of the scope's sites between two states of one report: what may have changed it."""
    zone = later.zone
    found = (
        *_imports(scope, db, earlier.data_version, later.data_version, zone),
        *_standing_records(scope, db, earlier, later),
    )
    if not earlier.site:
        found = (*found, *_credential_records(scope, db, earlier.as_of, later.as_of))
    return found or ("No import or record said anything about this since; settings may have changed.",)


def _standing_records(scope: Scope, db: Session, earlier: ReportDocument, later: ReportDocument) -> tuple[str, ...]:
    """The accreditations of these sites that were recorded in between; none of another site is counted."""
    rows = db.execute(
        text(
            "SELECT v.name, p.name, a.event, a.effective_on, a.recorded_at FROM accreditation_record a"
            " JOIN programme p ON p.network_id = a.network_id AND p.id = a.programme_id"
            " JOIN site_version v ON v.network_id = a.network_id AND v.site_id = a.site_id AND v.superseded_by_batch_id IS NULL"
            " WHERE a.network_id = :network AND a.site_id = ANY (:sites) AND a.recorded_at > :after AND a.recorded_at <= :until"
            " ORDER BY a.recorded_at, v.name, p.name, a.id"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids), "after": earlier.as_of, "until": later.as_of},
    ).all()
    shown = tuple(
        f"{programme if earlier.site else f'{site}, {programme}'}: {event.replace('_', ' ')} as of {formats.day(on)},"
        f" recorded {formats.instant(at, later.zone)}."
        for site, programme, event, on, at in rows[:MOST_IMPORTS]
    )
    left = len(rows) - len(shown)
    return (*shown, f"{formats.plural(left, 'more accreditation record')} since.") if left else shown


def _credential_records(scope: Scope, db: Session, after: datetime, until: datetime) -> tuple[str, ...]:
    """How many records of people's credentials came in between, for a report of the whole network."""
    many = db.execute(
        text(
            "SELECT count(*) FROM credential_record WHERE network_id = :network AND recorded_at > :after AND recorded_at <= :until"
        ),
        {"network": scope.network_id, "after": after, "until": until},
    ).scalar_one()
    return (f"{formats.plural(many, 'credential record')} of practitioners new or corrected.",) if many else ()


def _imports(scope: Scope, db: Session, after: int, until: int, zone: str) -> tuple[str, ...]:
    """Which imports said something of the scope's sites after one data version and up to another.

    Counted are the rows about these sites only: what an import held of others is nobody's business here.
    """
    rows = db.execute(
        text(
            "SELECT b.source, b.recorded_at, v.many FROM import_batch b JOIN (SELECT batch_id, count(*) AS many FROM ("
            " SELECT batch_id FROM session_version WHERE network_id = :network AND site_id = ANY (:sites)"
            " UNION ALL SELECT r.batch_id FROM screen_version r JOIN session_version s ON s.network_id = r.network_id"
            " AND s.session_id = r.session_id AND s.superseded_by_batch_id IS NULL"
            " WHERE r.network_id = :network AND s.site_id = ANY (:sites)"
            " UNION ALL SELECT r.batch_id FROM side_effect_version r JOIN session_version s ON s.network_id = r.network_id"
            " AND s.session_id = r.session_id AND s.superseded_by_batch_id IS NULL"
            " WHERE r.network_id = :network AND s.site_id = ANY (:sites)) said GROUP BY batch_id) v ON v.batch_id = b.id"
            " WHERE b.network_id = :network AND b.data_version > :after AND b.data_version <= :until ORDER BY b.data_version"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids), "after": after, "until": until},
    ).all()
    shown = [
        f"Import from {source}, recorded {formats.instant(at, zone)}: {formats.plural(many, 'row')} new or changed."
        for source, at, many in rows[:MOST_IMPORTS]
    ]
    left = len(rows) - len(shown)
    return (*shown, f"{formats.plural(left, 'more import')} since.") if left else tuple(shown)


def get_network_line(scope: Scope, db: Session) -> tuple[str, int]:
    """The network's name and data version."""
    name, data_version = db.execute(
        text("SELECT name, data_version FROM network WHERE id = :network"), {"network": scope.network_id}
    ).one()
    return str(name), int(data_version)


def get_site_facts(scope: Scope, db: Session, site_id: UUID) -> SiteFacts:
    """One site of the scope. Raises NotFound."""
    found = next((site for site in fetch_sites(scope, db) if site.id == site_id), None)
    if found is None:
        raise NotFound("There is no such site, or none that you can see.")
    return found


def _received(span: str, completeness: Completeness) -> Panel:
    how = "declared by the site" if completeness.declared else "the median of the weeks before"
    expected = "not known" if completeness.expected is None else how
    return Panel(
        Table(
            "data_completeness",
            f"Is the {span} complete?",
            "Sessions of any status received, over those expected",
            (
                Column("received", "Received", "integer"),
                Column("expected", "Expected", "integer"),
                Column("share", "Received of expected", "percent"),
                Column("source", "Expected by"),
            ),
            ((completeness.received, completeness.expected, completeness.share, expected),),
            "data_completeness",
        )
    )


def _measures_of(panels: tuple[Panel, ...]) -> list[str]:
    used = {panel.table.measure for panel in panels}
    return [measure_id for measure_id in MEASURES if measure_id in used]


def how_counted(settings: MeasureSettings, panels: tuple[Panel, ...]) -> tuple[Counted, ...]:
    """How each measure of the report is counted, under the network's own thresholds."""
    found = []
    for measure_id in _measures_of(panels):
        told = explain(measure_id, settings)
        found.append(
            Counted(
                measure_id,
                MEASURES[measure_id].version,
                told.title,
                told.sentence,
                told.numerator,
                told.denominator,
                "; ".join(told.exclusions),
                told.interval,
                told.source,
            )
        )
    return tuple(found)


def thresholds(settings: MeasureSettings, panels: tuple[Panel, ...]) -> tuple[tuple[str, str], ...]:
    """The thresholds that the report's measures rest on, in words and with their unit."""
    used = {key for measure_id in _measures_of(panels) for key in MEASURES[measure_id].settings_keys}
    found = []
    for setting in all_settings():
        if setting.key in used:
            value = getattr(settings, setting.key)
            found.append((setting.key.replace("_", " ").capitalize(), _shown(value, setting.unit)))
    return tuple(found)


def _shown(value: object, unit: str) -> str:
    if unit == "share" and isinstance(value, float):
        return formats.percent(value)
    return f"{', '.join(map(str, value)) if isinstance(value, tuple) else value} {unit}"
