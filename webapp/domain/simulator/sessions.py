"""The session records: what was given, by whom, how it was watched over and what was written down."""

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.chairs import CHAIR_MINUTES
from webapp.domain.simulator.columns import (
    NOT_RECORDED,
    Batch,
    Columns,
    column_names,
    flags,
    make_batch,
    numbered,
    pick,
    where_known,
)
from webapp.domain.simulator.courses import IM, INDICATIONS, IV, NASAL, PRODUCTS
from webapp.domain.simulator.local_time import Clocks
from webapp.domain.simulator.people import Staff
from webapp.domain.simulator.protocols import dose_range
from webapp.domain.simulator.schedule import CANCELLED, NO_SHOW
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import Sites
from webapp.domain.simulator.visits import NO_DATE, Visits, hour_columns
from webapp.domain.vocabulary import Phase, Route, Status

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STATUSES = tuple(Status)
ROUTES = (Route.INTRAVENOUS, Route.INTRAMUSCULAR, Route.INTRANASAL)
VIAL_MG = 50.0
DECISIONS = (
    "Reviewed with the prescriber; treatment goes on with closer follow-up.",
    "Use long past; agreed plan in the chart.",
    "Addiction service informed; take-home doses excluded.",
)
DOSE_LOW = np.array([[dose_range(i, p)[0] for p in PRODUCTS] for i in INDICATIONS])
DOSE_HIGH = np.array([[dose_range(i, p)[1] for p in PRODUCTS] for i in INDICATIONS])


def session_records(
    settings: SimulationSettings,
    sites: Sites,
    staff: Staff,
    clocks: Clocks,
    visits: Visits,
    course_keys: NDArray[np.object_],
    raised: NDArray[np.bool_],
    home: str,
    rng: np.random.Generator,
) -> Batch:
    """The `sessions` records of a chunk. `course_keys` are per visit; `raised` marks raised blood pressure."""
    count, given = len(visits), visits.delivered
    status = np.select(
        [visits.ahead, given & visits.stopped_early, given, visits.fate == CANCELLED, visits.fate == NO_SHOW],
        [
            STATUSES.index(s)
            for s in (Status.SCHEDULED, Status.STOPPED_EARLY, Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW)
        ],
        STATUSES.index(Status.SCHEDULED),
    )
    wrong = rng.random(count) < settings.visits.stated_infusion_wrong
    drug = _drug(settings, visits, rng)
    columns: Columns = {
        "key": numbered(f"{home}-", count),
        "course": course_keys,
        "site": sites.code[visits.site],
        "status": pick([value.value for value in STATUSES], status),
        "phase": pick([Phase.INDUCTION.value, Phase.MAINTENANCE.value], visits.booster.astype(np.int64)),
        "booked_minutes": np.asarray(CHAIR_MINUTES[visits.product], dtype=float),
        "stated_infusion": np.where(visits.infusion > 0, visits.infusion + wrong, np.nan),
        **hour_columns(settings, clocks, visits, rng),
        **drug,
        **_people(settings, staff, visits, drug["wasted_mg"] > 0, rng),
        **_care(settings, visits, rng),
        **_pressures(settings, visits, raised, rng),
    }
    return make_batch("sessions", _only_delivered(columns, given), visits.zone)


def _only_delivered(columns: Columns, given: NDArray[np.bool_]) -> Columns:
    """Blank what only a delivered session can carry, and put the columns in the order of the format."""
    always = {
        "key",
        "course",
        "site",
        "status",
        "phase",
        "booked_at",
        "booked_minutes",
        "cancelled_at",
        "on_date",
        "local_hour",
    }
    ordered: Columns = {}
    for name in column_names("sessions"):
        values = columns[name]
        if name in always or values.dtype.kind == "M":
            ordered[name] = values
        elif values.dtype == np.int8:
            ordered[name] = np.where(given, values, NOT_RECORDED).astype(np.int8)
        elif values.dtype == object:
            ordered[name] = where_known(given, values)
        elif values.ndim == 2:
            ordered[name] = values * given[:, None]
        else:
            ordered[name] = np.where(given, values, np.nan)
    return ordered


def _drug(settings: SimulationSettings, visits: Visits, rng: np.random.Generator) -> Columns:
    rates, count, product = settings.visits, len(visits), visits.product
    people = int(visits.patient.max(initial=-1)) + 1
    weight = rng.normal(82.0, 17.0, people).clip(45.0, 160.0)[visits.patient] + rng.normal(0.0, 0.5, count)
    low, high = DOSE_LOW[visits.indication, product], DOSE_HIGH[visits.indication, product]
    base = np.where(product == IM, 0.70, 0.50) + rng.normal(0.0, 0.02, people)[visits.patient]
    climbs = (rng.random(people) < 0.4)[visits.patient]
    steps = np.where(visits.booster, 4, np.maximum(visits.infusion - 2, 0)) * climbs
    per_kg = np.clip(base + 0.05 * steps, low + 0.02, high - 0.02)
    chance = rng.random(count)
    per_kg = np.select([chance < rates.dose_outside / 2, chance < rates.dose_outside], [low * 0.8, high * 1.12], per_kg)
    device = np.where((visits.infusion == 1) | ~climbs, 56.0, 84.0)
    full = np.where(product == NASAL, device, np.round(per_kg * weight))
    dose = np.where(visits.stopped_early, np.round(full * rng.uniform(0.2, 0.8, count)), full)
    dose = np.where(rng.random(count) < rates.dose_missing, np.nan, dose)
    waste = np.where(product == NASAL, np.nan, np.ceil(full / VIAL_MG) * VIAL_MG - dose)
    return {
        "dose_mg": dose,
        "wasted_mg": np.where(rng.random(count) < rates.waste_recorded, waste, np.nan),
        "weight_kg": np.round(weight, 1),
        "route": pick([value.value for value in ROUTES], np.select([product == IV, product == IM], [0, 1], 2)),
    }


def _people(
    settings: SimulationSettings, staff: Staff, visits: Visits, wasted: NDArray[np.bool_], rng: np.random.Generator
) -> Columns:
    rates, count = settings.visits, len(visits)
    day = (visits.on_date - np.datetime64(settings.starts_on, "D")).astype(np.int64)
    giver = staff.administering(visits.site, rng)
    supervisor = staff.key[staff.supervisors(visits.site, day)]
    witness = staff.key[staff.witnesses(visits.site, giver)]
    return {
        "administered_by": staff.key[giver],
        "supervised_by": where_known(rng.random(count) >= rates.supervisor_missing, supervisor),
        "wasted_witness": where_known(wasted & (rng.random(count) >= rates.witness_missing), witness),
    }


def _care(settings: SimulationSettings, visits: Visits, rng: np.random.Generator) -> Columns:
    rates, count = settings.visits, len(visits)
    people = int(visits.patient.max(initial=-1)) + 1
    positive = (rng.random(people) < rates.substance_positive)[visits.patient]
    asked = rng.random(count) >= rates.substance_missing
    decision = (rng.integers(len(DECISIONS), size=people))[visits.patient]
    decided = positive & asked & (rng.random(count) >= rates.decision_missing)
    sent = rng.random(count)
    days = np.where(sent < rates.form_late, rng.integers(8, 13, count), rng.integers(0, 6, count))
    form_on = visits.on_date + days.astype("timedelta64[D]")
    due = (
        visits.delivered
        & (visits.product == NASAL)
        & (sent < 1.0 - rates.form_missing)
        & (form_on <= np.datetime64(settings.ends_on, "D"))
    )
    return {
        "escort_in": flags(rng, count, rates.escort_absent, rates.escort_missing / 2),
        "escort_out": flags(rng, count, rates.escort_absent, rates.escort_missing),
        "substance_history": where_known(asked, pick(["none", "positive"], positive.astype(np.int64))),
        "substance_decision": where_known(decided, pick(DECISIONS, decision)),
        "monitoring_form_on": np.where(due, form_on, NO_DATE),
    }


def _pressures(
    settings: SimulationSettings, visits: Visits, raised: NDArray[np.bool_], rng: np.random.Generator
) -> Columns:
    count = len(visits)
    people = int(visits.patient.max(initial=-1)) + 1
    own = np.stack([rng.normal(125.0, 11.0, people), rng.normal(78.0, 7.0, people)], axis=1)[visits.patient]
    before = own + rng.normal(0.0, (7.0, 5.0), (count, 2))
    during = before + rng.normal((15.0, 9.0), (6.0, 4.0), (count, 2)) + raised[:, None] * np.array([30.0, 16.0])
    after = before + rng.normal((3.0, 2.0), (6.0, 4.0), (count, 2))
    missing = np.where(rng.random(count) < settings.visits.vitals_missing, rng.integers(0, 3, count), 3)
    readings = {"pressure_before": before, "pressure_during": during, "pressure_discharge": after}
    kept: Columns = {}
    for place, (name, values) in enumerate(readings.items()):
        systolic = values[:, 0].clip(85, 235)
        diastolic = np.minimum(values[:, 1].clip(45, 135), systolic - 15)
        kept[name] = (np.stack([systolic, diastolic], axis=1) * (missing != place)[:, None]).astype(np.int16)
    return kept
