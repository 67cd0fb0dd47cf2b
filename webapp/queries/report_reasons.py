"""Why one state of a report may say other numbers than an earlier one: what was recorded, set, named or defined in between."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.measures import MEASURES
from webapp.domain.scope import Scope
from webapp.domain.settings import all_settings
from webapp.presentation import formats
from webapp.presentation.report_document import ReportDocument
from webapp.queries.network_settings import get_settings
from webapp.queries.reports import label_of_setting, shown_setting

MOST_IMPORTS = 20
BESIDE_MEASURES = frozenset(
    {
        "accreditation_notice_days",
        "completeness_weeks",
        "due_soon_days",
        "min_completeness",
        "min_coverage",
        "min_screened",
        "stale_after_days",
    }
)
"""Thresholds that a report's sentences and its title rest on, besides those of its measures."""
_TAKEN_AWAY = (
    "SELECT o.superseded_by_batch_id FROM {record}_version o WHERE o.network_id = :network AND o.site_id = ANY (:sites)"
    " AND NOT EXISTS (SELECT FROM {record}_version n WHERE n.network_id = o.network_id AND n.{record}_id = o.{record}_id"
    " AND n.batch_id = o.superseded_by_batch_id AND n.site_id = ANY (:sites))"
)
"""The batches that took a record of these sites to another one; none of another site is named. (Of what nobody superseded: null.)"""


def reasons_between(scope: Scope, db: Session, earlier: ReportDocument, later: ReportDocument) -> tuple[str, ...]:
    """What was recorded of the scope's sites between two states of one report, and what is counted or called otherwise since."""
    found = (
        *_imports(scope, db, earlier.data_version, later.data_version, later.zone),
        *_standing_records(scope, db, earlier, later),
    )
    if not earlier.site:
        found = (*found, *_credential_records(scope, db, earlier.as_of, later.as_of))
    found = (
        *found,
        *_names(earlier, later, fetch_former_names(scope, db, earlier, later)),
        *_thresholds(scope, db, earlier, later),
        *_definitions(earlier, later),
    )
    return found or ("No import, record or setting said anything about this since.",)


def fetch_former_names(scope: Scope, db: Session, earlier: ReportDocument, later: ReportDocument) -> dict[str, str]:
    """What sites of the scope were called in the earlier state, by what they are called in the later one; only those renamed since."""
    then = (
        "SELECT v.site_id, v.name FROM site_version v JOIN import_batch b ON b.network_id = v.network_id AND b.id = v.batch_id"
        " LEFT JOIN import_batch e ON e.network_id = v.network_id AND e.id = v.superseded_by_batch_id"
        " WHERE v.network_id = :network AND v.site_id = ANY (:sites)"
        " AND b.data_version <= {at} AND (e.id IS NULL OR e.data_version > {at})"
    )
    rows = db.execute(
        text(
            f"SELECT l.name, e.name FROM ({then.format(at=':after')}) e JOIN ({then.format(at=':until')}) l USING (site_id)"
            " WHERE l.name <> e.name ORDER BY l.name, e.name"
        ),
        {
            "network": scope.network_id,
            "sites": list(scope.site_ids),
            "after": earlier.data_version,
            "until": later.data_version,
        },
    )
    return {now: before for now, before in rows}


def _names(earlier: ReportDocument, later: ReportDocument, former: dict[str, str]) -> tuple[str, ...]:
    renamed = {**former, later.network: earlier.network}
    return tuple(f"{before} is called {now} now." for now, before in renamed.items() if now != before)


def reads_otherwise(scope: Scope, db: Session, stored: ReportDocument, site: str) -> bool:
    """Whether a stored report would be counted under other thresholds or definitions today, or its site is called otherwise.

    site: the name of the report's site today.
    """
    versions = any(
        MEASURES[each.measure].version != each.version for each in stored.counted if each.measure in MEASURES
    )
    return versions or stored.site != site or bool(_thresholds(scope, db, stored, None))


def _thresholds(scope: Scope, db: Session, earlier: ReportDocument, later: ReportDocument | None) -> tuple[str, ...]:
    """Each threshold of this report that the network set otherwise in between; None: until now."""
    then, now = (get_settings(scope, db, each.as_of if each else None) for each in (earlier, later))
    measures = {each.measure for document in (earlier, later) if document for each in document.counted}
    used = {key for each in measures & set(MEASURES) for key in MEASURES[each].settings_keys} | BESIDE_MEASURES
    found = []
    for setting in all_settings():
        before, after = (getattr(each, setting.key) for each in (then, now))
        if setting.key in used and before != after:
            told = " before, ".join(shown_setting(each, setting.unit) for each in (before, after))
            found.append(f"The network's threshold “{label_of_setting(setting.key)}”: {told} now.")
    return tuple(found)


def _definitions(earlier: ReportDocument, later: ReportDocument) -> tuple[str, ...]:
    """Each measure that a newer version of Dripline counts otherwise."""
    then = {each.measure: each.version for each in earlier.counted}
    return tuple(
        f"{each.label} is counted by version {each.version} of its definition now, by version {then[each.measure]} before."
        for each in later.counted
        if then.get(each.measure, each.version) != each.version
    )


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
            f" UNION ALL {_TAKEN_AWAY.format(record='session')}"
            " UNION ALL SELECT batch_id FROM course_version WHERE network_id = :network AND site_id = ANY (:sites)"
            f" UNION ALL {_TAKEN_AWAY.format(record='course')}"
            " UNION ALL SELECT batch_id FROM site_version WHERE network_id = :network AND site_id = ANY (:sites)"
            " UNION ALL SELECT p.batch_id FROM protocol_version p WHERE p.network_id = :network AND EXISTS (SELECT FROM course_version c"
            " WHERE c.network_id = p.network_id AND c.indication = p.indication AND c.product = p.product"
            " AND c.site_id = ANY (:sites) AND c.superseded_by_batch_id IS NULL)"
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
