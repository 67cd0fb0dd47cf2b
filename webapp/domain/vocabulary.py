"""The closed lists of the field: every choice that a record, a rollup, a filter or a screen may name.

One spelling everywhere: the values below are what the CSV format, the database, the API and the screens carry.
"""

from enum import StrEnum


class Status(StrEnum):
    """What became of a session. Delivered = completed or stopped early: drug was given."""

    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    STOPPED_EARLY = "stopped_early"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


DELIVERED = (Status.COMPLETED, Status.STOPPED_EARLY)


class Phase(StrEnum):
    """Induction is the acute course; maintenance is a booster after it."""

    INDUCTION = "induction"
    MAINTENANCE = "maintenance"


class Product(StrEnum):
    """What was given, and how."""

    KETAMINE_IV = "ketamine_iv"
    KETAMINE_IM = "ketamine_im"
    ESKETAMINE_NASAL = "esketamine_nasal"
    OTHER = "other"


class Route(StrEnum):
    """The way into the body, as recorded for one session."""

    INTRAVENOUS = "intravenous"
    INTRAMUSCULAR = "intramuscular"
    INTRANASAL = "intranasal"
    SUBCUTANEOUS = "subcutaneous"
    ORAL = "oral"
    TRANSDERMAL = "transdermal"


class Indication(StrEnum):
    """Why a course was begun."""

    DEPRESSION = "depression"
    PTSD = "ptsd"
    SUICIDAL_IDEATION = "suicidal_ideation"
    CHRONIC_PAIN = "chronic_pain"
    ANXIETY = "anxiety"
    OTHER = "other"


class CourseState(StrEnum):
    """The one state that a started course is in on a day; in the order that decides between events of one day."""

    COMPLETED_ON_TIME = "completed_on_time"
    COMPLETED_LATE = "completed_late"
    STOPPED_RESPONSE = "stopped_response"
    STOPPED_OTHER = "stopped_other"
    TRANSFERRED = "transferred"
    LAPSED = "lapsed"
    OPEN_AT_HORIZON = "open_at_horizon"
    OPEN = "open"


class StopReason(StrEnum):
    """Why a course was stopped before its planned infusions."""

    RESPONDED = "responded"
    SIDE_EFFECT = "side_effect"
    PATIENT_CHOICE = "patient_choice"
    COST = "cost"
    CONTRAINDICATION = "contraindication"
    MOVED_AWAY = "moved_away"
    DIED = "died"
    UNKNOWN = "unknown"


class AskedHow(StrEnum):
    """How side effects were asked for: rates differ two-fold by it."""

    SOLICITED = "solicited"
    SCALE = "scale"
    SPONTANEOUS = "spontaneous"


class Term(StrEnum):
    """The product's own list of side-effect terms (a network may map them to codes it has licensed)."""

    DISSOCIATION = "dissociation"
    FLOATING = "floating_sensation"
    HALLUCINATION = "hallucination"
    DIZZINESS = "dizziness"
    BLURRED_VISION = "blurred_vision"
    SEDATION = "sedation"
    NAUSEA = "nausea"
    VOMITING = "vomiting"
    HEADACHE = "headache"
    RAISED_BLOOD_PRESSURE = "raised_blood_pressure"
    ANXIETY = "anxiety"
    RESPIRATORY_DEPRESSION = "respiratory_depression"
    LOSS_OF_CONSCIOUSNESS = "loss_of_consciousness"
    URINARY = "urinary_symptoms"
    SUICIDAL_IDEATION = "suicidal_ideation"
    SUSPECTED_MISUSE = "suspected_misuse"
    EMERGENCY_TRANSFER = "emergency_transfer"
    OTHER = "other"


ANY_TERM = "any"
"""The rollup key that counts a screened session once if it had at least one side effect of any term."""


class Serious(StrEnum):
    """Why a side effect is serious (the definition of 21 CFR 312.32). Severe is not serious."""

    NO = "no"
    DEATH = "death"
    LIFE_THREATENING = "life_threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL_ANOMALY = "congenital_anomaly"
    MEDICALLY_IMPORTANT = "medically_important"


class Instrument(StrEnum):
    """Rating scales, with the names their authors gave them in lower case."""

    PHQ9 = "phq9"
    MADRS = "madrs"
    QIDS = "qids_sr16"
    GAD7 = "gad7"
    PCL5 = "pcl5"
    CADSS = "cadss"
    CSSRS = "cssrs"


SCORE_RANGE: dict[Instrument, tuple[int, int]] = {
    Instrument.PHQ9: (0, 27),
    Instrument.MADRS: (0, 60),
    Instrument.QIDS: (0, 27),
    Instrument.GAD7: (0, 21),
    Instrument.PCL5: (0, 80),
    Instrument.CADSS: (0, 92),
    Instrument.CSSRS: (0, 5),
}


class RecordEvent(StrEnum):
    """What an accreditation or credential record says happened on the day it takes effect."""

    APPLIED = "applied"
    GRANTED = "granted"
    RENEWED = "renewed"
    CONDITIONS = "conditions_imposed"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


class Standing(StrEnum):
    """How an accreditation or credential stands on a day, as known at an instant."""

    NONE = "none"
    PENDING = "pending"
    ACCREDITED = "accredited"
    CONDITIONAL = "conditional"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"


VALID_STANDINGS = (Standing.ACCREDITED, Standing.CONDITIONAL)


class Verdict(StrEnum):
    """How one session meets one criterion. No record is never counted as met."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_RECORDED = "not_recorded"


class Role(StrEnum):
    """What a person may do in a network."""

    MANAGER = "manager"
    SITE_LEAD = "site_lead"
    COMPLIANCE = "compliance"
    VIEWER = "viewer"
    SURVEYOR = "surveyor"
    OPERATOR = "operator"


class RunState(StrEnum):
    """Where a report run stands in the ledger."""

    DUE = "due"
    HELD = "held"
    QUEUED = "queued"
    RUNNING = "running"
    STORED = "stored"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class BatchState(StrEnum):
    """Where an import batch stands."""

    RECEIVED = "received"
    CHECKING = "checking"
    STORING = "storing"
    STORED = "stored"
    REFUSED = "refused"
    FAILED = "failed"


OPEN_BATCH_STATES = (BatchState.RECEIVED, BatchState.CHECKING, BatchState.STORING)
