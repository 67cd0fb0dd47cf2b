"""What a tracer packet is made of: one state of the data, the sessions to draw from, and the trail of those drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain import tracer
from webapp.domain.accreditation import StandingRecord, status_as_of
from webapp.domain.audit_chain import START, Head
from webapp.domain.compliance import Criterion
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.domain.tracer import Chosen, Effect, Ground, Held, MatrixCell, Packet, Traced
from webapp.domain.validity import known_lapsed_since
from webapp.domain.vocabulary import VALID_STANDINGS
from webapp.presentation.standings import credential_name, held_words
from webapp.presentation.verdicts import VERDICT_LABELS
from webapp.queries.accreditation import ProgrammeFacts, fetch_matrix, fetch_programmes, get_programme, get_site
from webapp.queries.criteria import asked_on, fetch_criteria, fetch_criteria_matrix
from webapp.queries.fact_cells import FactView
from webapp.queries.network_settings import get_settings
from webapp.queries.session_standings import fetch_session_standings
from webapp.queries.session_verdicts import VERDICTS, verdict_parameters, verdicts_sql
from webapp.queries.sites import fetch_sites
from webapp.queries.standing_records import fetch_credential_records, fetch_site_records

_RECORDED = (
    ("import_batch", "recorded_at"),
    ("accreditation_record", "recorded_at"),
    ("credential_record", "recorded_at"),
    ("practitioner_link", "recorded_at"),
    ("criterion", "recorded_at"),
    ("criterion_assessment", "recorded_at"),
    ("programme_version", "superseded_at"),
)
"""Everything that raises the data version, with the column of its instant."""
_DELIVERED = "s.status IN ('completed', 'stopped_early')"
_PEOPLE = (("Administered by", "administered_by_id"), ("Supervised by", "supervised_by_id"))


@dataclass(frozen=True, slots=True)
class _Histories:
    """What standings are asked of: by site and programme, and by person, kind and state."""

    programmes: Mapping[UUID, ProgrammeFacts]
    sites: Mapping[tuple[UUID, UUID], Sequence[StandingRecord]]
    people: Mapping[tuple[UUID, str, str | None], Sequence[StandingRecord]]
    wanted: frozenset[UUID]


def build_packet(scope: Scope, db: Session, chosen: Chosen) -> tuple[Packet, list[UUID]]:
    """The packet, and the ids of its sessions in the order of their numbers. Raises NotFound for a programme or site that is not there.

    `db` must be one state of the database; `scope` is of the sites to draw from.
    """
    ground = _ground(scope, db, chosen)
    settings = get_settings(scope, db)
    view = FactView(scope.network_id, settings.late_cancel_hours)
    population = _fetch_population(scope, db, view, chosen)
    drawn = tracer.sample(scope.network_id, chosen, ground.data_version, population)
    ids = [session_id for _, session_id in drawn]
    programme = get_programme(scope, db, chosen.programme)
    asked = {
        one.judged_by: one.title
        for one in asked_on(fetch_criteria(scope, db, programme.id), chosen.period.last_on)
        if one.judged_by
    }
    sessions = _trace(scope, db, view, settings, drawn, programme)
    return Packet(chosen, ground, len(population), sessions, _matrix(scope, db, chosen, programme), asked), ids


def count_population(scope: Scope, db: Session, chosen: Chosen) -> int:
    """How many delivered sessions there are to draw from."""
    view = FactView(scope.network_id, get_settings(scope, db).late_cancel_hours)
    return len(_fetch_population(scope, db, view, chosen))


def find_as_of(scope: Scope, db: Session) -> datetime:
    """When the newest thing that decides an answer was recorded: the instant of the data version. Without any, of the network itself."""
    newest = " UNION ALL ".join(
        f"SELECT max({column}) AS at FROM {table} WHERE network_id = :network" for table, column in _RECORDED
    )
    found: datetime = db.execute(
        text(f"SELECT coalesce((SELECT max(at) FROM ({newest}) n), created_at) FROM network WHERE id = :network"),
        {"network": scope.network_id},
    ).scalar_one()
    return found


def find_head_before(scope: Scope, db: Session, at: datetime) -> Head:
    """Where the audit chain ended before that instant."""
    row = db.execute(
        text(
            "SELECT place, hash FROM audit_seal WHERE network_id = :network AND sealed_at < :at ORDER BY place DESC LIMIT 1"
        ),
        {"network": scope.network_id, "at": at},
    ).one_or_none()
    return Head(row[0], bytes(row[1])) if row else START


def _ground(scope: Scope, db: Session, chosen: Chosen) -> Ground:
    programme = get_programme(scope, db, chosen.programme)
    site = get_site(scope, db, chosen.site).name if chosen.site else None
    name, version, settings = db.execute(
        text("SELECT name, data_version, settings_version FROM network WHERE id = :network"),
        {"network": scope.network_id},
    ).one()
    as_of = find_as_of(scope, db)
    head = str(find_head_before(scope, db, as_of))
    return Ground(name, programme.name, programme.body, site, version, settings, as_of, head)


def _fetch_population(scope: Scope, db: Session, view: FactView, chosen: Chosen) -> list[UUID]:
    rows = db.execute(
        text(
            f"SELECT s.session_id FROM session_version s WHERE {view.current('s')} AND {_DELIVERED}"
            " AND s.site_id = ANY (:sites) AND s.on_date >= :start AND s.on_date < :end"
        ),
        {
            **view.parameters,
            "sites": list(scope.site_ids),
            "start": chosen.period.start_on,
            "end": chosen.period.end_on,
        },
    )
    return list(rows.scalars())


def _trace(
    scope: Scope,
    db: Session,
    view: FactView,
    settings: MeasureSettings,
    drawn: Sequence[tuple[str, UUID]],
    programme: ProgrammeFacts,
) -> tuple[Traced, ...]:
    ids = [session_id for _, session_id in drawn]
    rows = {row.session_id: row for row in _fetch_rows(scope, db, view, ids)}
    verdicts = _fetch_verdicts(scope, db, view, settings, ids)
    effects = _fetch_effects(scope, db, view, ids)
    people = {row[column] for row in (r._mapping for r in rows.values()) for _, column in _PEOPLE if row[column]}
    histories = _Histories(
        {one.id: one for one in fetch_programmes(scope, db)},
        fetch_site_records(scope, db),
        fetch_credential_records(scope, db, practitioner_ids=people),
        frozenset({programme.id}),
    )
    numbers = tracer.packet_numbers("S", ids)
    patients = tracer.packet_numbers("P", (rows[one].patient_id or one for one in ids))
    return tuple(
        _traced(
            rows[one],
            numbers[one],
            patients[rows[one].patient_id or one],
            draw,
            effects.get(one, ()),
            verdicts[one],
            _held(rows[one], histories, settings),
        )
        for draw, one in drawn
    )


def _fetch_rows(scope: Scope, db: Session, view: FactView, ids: Sequence[UUID]) -> Sequence[Any]:
    people = "".join(
        f" LEFT JOIN practitioner_version {alias} ON {alias}.practitioner_id = {column} AND {view.current(alias)}"
        for alias, column in (("w", "c.approved_by_id"), ("a", "s.administered_by_id"), ("p", "s.supervised_by_id"))
    )
    return db.execute(
        text(
            "SELECT s.session_id, s.site_id, v.name AS site, v.zone, v.state, s.on_date, s.status, s.phase, s.ended_at, s.discharged_at,"
            " s.escort_in, s.escort_out, s.substance_history, s.substance_decision, s.monitoring_form_on, s.administered_by_id,"
            " s.supervised_by_id, c.patient_id, c.product, c.evaluated_on, c.approved_on, w.name AS approved_by, w.prescriber,"
            " a.name AS administered_by, p.name AS supervised_by, k.asked_how,"
            + ", ".join(
                f"CASE WHEN s.systolic_{when} + s.diastolic_{when} IS NULL THEN 0 ELSE 1 END AS pressure_{when}"
                for when in ("before", "during", "discharge")
            )
            + " FROM session_version s"
            f" JOIN site_version v ON v.site_id = s.site_id AND {view.current('v')}"
            f" LEFT JOIN course_version c ON c.course_id = s.course_id AND {view.current('c')}{people}"
            f" LEFT JOIN LATERAL (SELECT min(z.asked_how) AS asked_how FROM screen_version z"
            f" WHERE z.session_id = s.session_id AND {view.current('z')}) k ON true"
            f" WHERE {view.current('s')} AND s.session_id = ANY (:ids) AND s.site_id = ANY (:sites)"
        ),
        {**view.parameters, "ids": list(ids), "sites": list(scope.site_ids)},
    ).all()


def _fetch_verdicts(
    scope: Scope, db: Session, view: FactView, settings: MeasureSettings, ids: Sequence[UUID]
) -> dict[UUID, dict[Criterion, Any]]:
    standings = fetch_session_standings(scope, db, settings, view, None)
    columns = ", ".join(criterion.value for criterion in Criterion)
    rows = db.execute(
        text(f"SELECT session_id, {columns} FROM ({verdicts_sql(view, standings, 'AND s.session_id = ANY (:ids)')}) f"),
        {**view.parameters, **verdict_parameters(settings, standings), "ids": list(ids)},
    )
    return {
        row[0]: {c: VERDICTS[code] for c, code in zip(Criterion, row[1:], strict=True) if code is not None}
        for row in rows
    }


def _fetch_effects(scope: Scope, db: Session, view: FactView, ids: Sequence[UUID]) -> dict[UUID, tuple[Effect, ...]]:
    rows = db.execute(
        text(
            f"SELECT e.session_id, e.term, e.severity, e.serious FROM side_effect_version e WHERE {view.current('e')}"
            " AND e.network_id = :network AND e.session_id = ANY (:ids) ORDER BY e.session_id, e.term, e.severity, e.serious"
        ),
        {**view.parameters, "network": scope.network_id, "ids": list(ids)},
    )
    found: dict[UUID, tuple[Effect, ...]] = {}
    for session_id, *said in rows:
        found[session_id] = (*found.get(session_id, ()), Effect(*said))
    return found


def _held(row: Any, histories: _Histories, settings: MeasureSettings) -> tuple[Held, ...]:
    """The permissions of the site (the programme, and those that make a certified setting) and of whoever gave and supervised."""
    on, then = row.on_date, _end_of_day(row.on_date, row.zone)
    found = [
        _stood("Site", row.site, programme.name, histories.sites.get((row.site_id, programme.id), ()), on, then)
        for programme in histories.programmes.values()
        if programme.counts or programme.id in histories.wanted
    ]
    for whose, column in _PEOPLE:
        person, name = getattr(row, column), getattr(row, column.removesuffix("_id"))
        own = [
            _stood(whose, name or "", f"{credential_name(kind)}{f', {state}' if state else ''}", records, on, then)
            for (one, kind, state), records in sorted(
                histories.people.items(), key=lambda item: (item[0][1], item[0][2] or "")
            )
            if one == person and kind in settings.licence_kinds and state in (None, row.state)
        ]
        found += own or [_stood(whose, name or "not recorded", "licence", (), on, then)]
    return tuple(found)


def _stood(whose: str, name: str, what: str, records: Sequence[StandingRecord], on: date, then: datetime) -> Held:
    known, now = status_as_of(records, on, then), status_as_of(records, on)
    since = None if now.standing in VALID_STANDINGS else known_lapsed_since([records], on)
    return Held(whose, name, what, known.standing, now.standing, now.until, since)


def _end_of_day(on: date, zone: str) -> datetime:
    return datetime.combine(on + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)


def _traced(
    row: Any,
    number: str,
    patient: str,
    draw: str,
    effects: tuple[Effect, ...],
    verdicts: Mapping[Criterion, Any],
    held: tuple[Held, ...],
) -> Traced:
    watched = None
    if row.ended_at is not None and row.discharged_at is not None:
        watched = int((row.discharged_at - row.ended_at).total_seconds() // 60)
    return Traced(
        number=number,
        patient=patient,
        draw=draw,
        site=row.site,
        on=row.on_date,
        status=row.status,
        phase=row.phase,
        product=row.product,
        evaluated_on=row.evaluated_on,
        approved_on=row.approved_on,
        approved_by=row.approved_by,
        prescriber=row.prescriber,
        administered_by=row.administered_by,
        supervised_by=row.supervised_by,
        escort_in=row.escort_in,
        escort_out=row.escort_out,
        substance_history=row.substance_history,
        substance_decided=bool((row.substance_decision or "").strip()),
        monitored_minutes=watched,
        pressures=row.pressure_before + row.pressure_during + row.pressure_discharge,
        form_on=row.monitoring_form_on,
        asked_how=row.asked_how,
        effects=effects,
        verdicts=verdicts,
        held=held,
    )


def _matrix(scope: Scope, db: Session, chosen: Chosen, programme: ProgrammeFacts) -> tuple[MatrixCell, ...]:
    """The sites by the programme itself and by each of its criteria, on the period's last day, as recorded in this data version."""
    on = chosen.period.last_on
    judged = {one: cells for one, cells in fetch_criteria_matrix(scope, db, on).items() if one.id == programme.id}
    by_site: dict[UUID, list[MatrixCell]] = {site.id: [] for site in fetch_sites(scope, db)}
    for cell in fetch_matrix(scope, db, on):
        if cell.programme.id == programme.id:
            held = cell.held
            words = held_words(held.standing, held.since, held.until, held.days_left)
            by_site[cell.site.id].append(MatrixCell(cell.site.name, "The programme", words))
    for cells in judged.values():
        for one in cells:
            words = VERDICT_LABELS[one.found.verdict]
            earlier = f" (by version {one.of_earlier_version})" if one.of_earlier_version else ""
            by_site[one.site.id].append(MatrixCell(one.site.name, one.asked.title, words + earlier))
    return tuple(cell for cells in by_site.values() for cell in cells)
