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
from webapp.presentation.report_document import LAYOUT, Counted, Panel, ReportDocument
from webapp.presentation.tables import Column, Table
from webapp.queries.accreditation import fetch_ending, fetch_matrix
from webapp.queries.completeness import Completeness, get_completeness
from webapp.queries.network_settings import get_settings
from webapp.queries.report_ground import Ground
from webapp.queries.report_panels import course_panels, session_panels, side_effect_panels, standing_panels
from webapp.queries.report_sentences import headlines, sentences
from webapp.queries.sites import SiteFacts, fetch_sites

INCOMPLETE = "incomplete"

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
    settings_at: datetime | None = None,
) -> ReportDocument:
    """The report of one site of the scope over one period. Call it inside one read-only transaction.

    It holds nothing of the clock: its time is that of the newest data it was made from. A period less complete than the network
    wants it says so in its title, at its head and first among its sentences. told: is called with the rows read so far.
    settings_at: under the thresholds in force at that instant instead of now's. Raises NotFound for a site that the scope does not
    hold.
    """
    site = get_site_facts(scope, db, site_id)
    settings = get_settings(scope, db, settings_at)
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
        layout=LAYOUT,
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
            found.append((label_of_setting(setting.key), shown_setting(value, setting.unit)))
    return tuple(found)


def label_of_setting(key: str) -> str:
    """A threshold's name as a report says it: `Min screened`."""
    return key.replace("_", " ").capitalize()


def shown_setting(value: object, unit: str) -> str:
    """A threshold's value with its unit."""
    if unit == "share" and isinstance(value, float):
        return formats.percent(value)
    return f"{', '.join(map(str, value)) if isinstance(value, tuple) else value} {unit}"
