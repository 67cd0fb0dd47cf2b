"""Programmes that a network may begin with: templates, to be changed to what its own accrediting bodies ask.

There is no single accreditation of ketamine clinics. Only what makes a certified setting counts when a session is judged; a
registration to keep or give the drug is followed beside it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProgrammeTemplate:
    """One programme. counts: whether holding it makes a certified setting."""

    code: str
    name: str
    body: str
    counts: bool


TEMPLATES: tuple[ProgrammeTemplate, ...] = (
    ProgrammeTemplate("certified_setting", "Certified clinical setting", "The network's accrediting body", counts=True),
    ProgrammeTemplate(
        "esketamine_rems", "Esketamine REMS site certification", "Template after the esketamine REMS", counts=False
    ),
    ProgrammeTemplate(
        "dea_registration", "DEA registration of this place", "Template after 21 CFR 1301.12", counts=False
    ),
)
