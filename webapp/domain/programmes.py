"""Programmes that a network may begin with: templates, to be changed to what its own accrediting bodies ask.

There is no single accreditation of ketamine clinics. Only what makes a certified setting counts when a session is judged; a
registration to keep or give the drug is followed beside it.
"""

from dataclasses import dataclass

from webapp.domain import compliance


@dataclass(frozen=True, slots=True)
class CriterionTemplate:
    """One criterion. judged_by: the criterion of a session that speaks of the same; None where a person looks and says."""

    code: str
    title: str
    wording: str
    evidence_asked: str
    judged_by: compliance.Criterion | None = None


@dataclass(frozen=True, slots=True)
class ProgrammeTemplate:
    """One programme. counts: whether holding it makes a certified setting. source: what it was written after."""

    code: str
    name: str
    body: str
    counts: bool
    source: str
    criteria: tuple[CriterionTemplate, ...]


_ARTICLE = (
    CriterionTemplate(
        "setting",
        "Certified clinical setting",
        "Ketamine is given only in a certified clinical setting.",
        "The certificate, with its first and last valid day",
        compliance.Criterion.SETTING,
    ),
    CriterionTemplate(
        "evaluation",
        "Evaluation and approval",
        "Each patient is evaluated comprehensively, and a prescriber approves, before the first infusion.",
        "The days of evaluation and approval of a sample of courses",
        compliance.Criterion.APPROVAL,
    ),
    CriterionTemplate(
        "supervision",
        "Experienced supervision",
        "Experienced medical personnel give and supervise each infusion.",
        "Licences and certificates of everybody who gives or supervises",
        compliance.Criterion.SUPERVISION,
    ),
    CriterionTemplate(
        "escort",
        "Escort",
        "Somebody brings each patient and accompanies them home.",
        "The escort fields of a sample of sessions",
        compliance.Criterion.ESCORT,
    ),
)
_ESKETAMINE = (
    CriterionTemplate(
        "enrolment",
        "Site and patient enrolled",
        "The site is certified, and the patient enrolled, before the first dose.",
        "The site's certificate and the patients' enrolment forms",
        compliance.Criterion.ESKETAMINE,
    ),
    CriterionTemplate(
        "observation",
        "Two hours of observation",
        "A patient is watched for at least two hours after the dose, with blood pressure before and after.",
        "Times and readings of a sample of sessions",
        compliance.Criterion.MONITORING,
    ),
    CriterionTemplate(
        "form",
        "Monitoring form within seven days",
        "A monitoring form is sent for each session within seven days.",
        "The forms sent, with their days",
    ),
    CriterionTemplate(
        "storage",
        "Dispensed to the site only",
        "The drug is dispensed to the certified site, never to the patient.",
        "Receipts and the dispensing log",
    ),
)
_AMBULATORY = (
    CriterionTemplate(
        "governance", "Governance", "Somebody answers for quality and safety, and meets to look at both.", "Minutes"
    ),
    CriterionTemplate(
        "emergency",
        "Emergency equipment and drills",
        "Resuscitation equipment is complete and checked, and drills are held.",
        "Checklists of the equipment and records of the drills",
    ),
    CriterionTemplate(
        "medication",
        "Controlled drugs",
        "Controlled drugs are locked away, counted by two people, and waste is witnessed.",
        "Counts of the last quarter",
    ),
    CriterionTemplate(
        "monitoring",
        "Monitoring",
        "Vital signs are taken before, during and before discharge.",
        "The readings of a sample of sessions",
        compliance.Criterion.MONITORING,
    ),
    CriterionTemplate(
        "substance_history",
        "History of substance use",
        "Each patient is asked, and a positive answer brings a documented decision.",
        "The answers and decisions of a sample of sessions",
        compliance.Criterion.SUBSTANCE,
    ),
    CriterionTemplate(
        "infection", "Infection control", "Rooms, lines and hands are kept clean by a written plan.", "The plan; audits"
    ),
    CriterionTemplate(
        "records", "Records", "A session's record is complete on the day it was given.", "A sample of records"
    ),
    CriterionTemplate(
        "incidents",
        "Incidents",
        "Serious side effects and near misses are reported and learnt from.",
        "The register of incidents",
    ),
)
_DEA = (
    CriterionTemplate(
        "registration",
        "Registered at this place",
        "Each place where the drug is kept or given holds its own registration.",
        "The registration of this address",
    ),
    CriterionTemplate(
        "inventory",
        "Biennial inventory",
        "All stocks are counted at least every two years, and the count is kept for two.",
        "The last inventory, signed and dated",
    ),
    CriterionTemplate(
        "loss_reports",
        "Theft and loss reported",
        "Theft and significant loss are reported in writing within one business day, and on the agency's form.",
        "Copies of the reports, or a statement that there was none",
    ),
)

TEMPLATES: tuple[ProgrammeTemplate, ...] = (
    ProgrammeTemplate(
        "certified_setting",
        "Certified clinical setting",
        "The network's accrediting body",
        counts=True,
        source="The three criteria before ketamine is used, and the escort",
        criteria=_ARTICLE,
    ),
    ProgrammeTemplate(
        "esketamine_rems",
        "Esketamine REMS site certification",
        "Template after the esketamine REMS",
        counts=False,
        source="The fields of the esketamine REMS monitoring form; for intravenous ketamine no such form is required",
        criteria=_ESKETAMINE,
    ),
    ProgrammeTemplate(
        "dea_registration",
        "DEA registration of this place",
        "Template after 21 CFR 1301.12",
        counts=False,
        source="21 CFR 1301.12, 1304.11 (inventory) and 1301.76 (theft and loss)",
        criteria=_DEA,
    ),
)
FURTHER_TEMPLATES: tuple[ProgrammeTemplate, ...] = (
    ProgrammeTemplate(
        "ambulatory_generic",
        "Generic ambulatory accreditation",
        "Template, of no particular body",
        counts=False,
        source="What accrediting bodies of ambulatory care commonly ask; no body's own wording",
        criteria=_AMBULATORY,
    ),
)
"""Offered on the page of programmes; a new network does not begin with them."""
EVERY_TEMPLATE = TEMPLATES + FURTHER_TEMPLATES
