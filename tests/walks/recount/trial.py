"""The trial in SDTM's files (dm, ex, ae, ds), read plainly."""

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.walks.recount.source import Begun, Effect, Given, Raw, Source, raw

SERIOUS = {
    "AESDTH": "death",
    "AESLIFE": "life_threatening",
    "AESHOSP": "hospitalisation",
    "AESDISAB": "disability",
    "AESCONG": "congenital_anomaly",
    "AESCAN": "medically_important",
    "AESOD": "medically_important",
    "AESER": "medically_important",
}
SEVERITIES = {"MILD": 1, "MODERATE": 2, "SEVERE": 3}
REASONS = {"ADVERSE EVENT": "side_effect", "DEATH": "died", "WITHDRAWAL BY SUBJECT": "patient_choice"}
"""All other stops are for reasons that the product's list does not know."""
TERMS = {
    "DIZZINESS": "dizziness", "HEADACHE": "headache", "NAUSEA": "nausea", "VOMITING": "vomiting", "ANXIETY": "anxiety",
    "SOMNOLENCE": "sedation", "LETHARGY": "sedation", "HYPERSOMNIA": "sedation", "VISION BLURRED": "blurred_vision",
    "HALLUCINATION": "hallucination", "HALLUCINATION, VISUAL": "hallucination", "HYPERTENSION": "raised_blood_pressure",
    "SYNCOPE": "loss_of_consciousness", "SYNCOPE VASOVAGAL": "loss_of_consciousness", "DYSURIA": "urinary_symptoms",
    "MICTURITION URGENCY": "urinary_symptoms", "POLLAKIURIA": "urinary_symptoms", "CYSTITIS": "urinary_symptoms",
    "INCONTINENCE": "urinary_symptoms", "ENURESIS": "urinary_symptoms",
}  # fmt: skip


class Event(NamedTuple):
    """One event of the trial, at the dose in whose interval it began."""

    site: str
    term: str
    subject: str
    dose: str
    why: str
    severity: int
    days: int | None

    @property
    def serious(self) -> bool:
        return self.why != "no"


class Trial:
    """The trial's raw files, recounted plainly."""

    def __init__(self, folder: Path) -> None:
        self.doses = raw(folder / "ex.csv")
        self.site = {row["USUBJID"]: row["SITEID"] for row in raw(folder / "dm.csv")}
        self.first = {
            subject: min(dose["EXSTDTC"] for dose in self.doses if dose["USUBJID"] == subject)
            for subject in {dose["USUBJID"] for dose in self.doses}
        }
        self.ends = {
            row["USUBJID"]: (row["DSDECOD"], row["DSSTDTC"])
            for row in raw(folder / "ds.csv")
            if row["DSCAT"] == "DISPOSITION EVENT"
        }
        self.events = self._placed(raw(folder / "ae.csv"))

    def _placed(self, events: Raw) -> list[Event]:
        """Each event that began in a dosing interval."""
        placed = []
        for event in events:
            subject, began = event["USUBJID"], event["AESTDTC"]
            own = sorted((d["EXSTDTC"], d["EXENDTC"], d["EXSEQ"]) for d in self.doses if d["USUBJID"] == subject)
            first = began + "-01-01"[-(10 - len(began)) :] if len(began) < 10 else began
            last = began + "-12-31"[-(10 - len(began)) :] if len(began) < 10 else began
            hits = [
                number
                for place, (start, end, number) in enumerate(own)
                if start <= first and last <= (end or (own[place + 1][0] if place + 1 < len(own) else "9999"))
            ]
            if hits:
                why = next((reason for flag, reason in SERIOUS.items() if event[flag] == "Y"), "no")
                severity = 5 if event["AESDTH"] == "Y" else SEVERITIES[event["AESEV"]]
                term = TERMS.get(event["AEDECOD"], "other")
                placed.append(
                    Event(self.site[subject], term, subject, hits[-1], why, severity, _days(began, event["AEENDTC"]))
                )
        return placed

    def state(self, subject: str) -> str:
        """How the subject's course ended, as stated."""
        outcome, day = self.ends[subject]
        days = (date.fromisoformat(day) - date.fromisoformat(self.first[subject])).days
        if outcome == "COMPLETED":
            return "completed_on_time" if days <= 182 else "completed_late"
        return "lapsed" if outcome == "LOST TO FOLLOW-UP" else "stopped_other"

    def reason(self, subject: str) -> str | None:
        """Why the subject stopped, as stated; nothing for an end that is no stop."""
        return REASONS.get(self.ends[subject][0], "unknown") if self.state(subject) == "stopped_other" else None


def _days(began: str, ended: str) -> int | None:
    """Between two days; a month or a year alone is no day."""
    whole = len(began) == len(ended) == len("2013-01-01")
    return (date.fromisoformat(ended) - date.fromisoformat(began)).days if whole else None


def read(folder: Path) -> Source:
    """The trial as sessions and courses; its outcomes are taken as stated, and all lie within the horizon of 240 days."""
    trial = Trial(folder)
    given: list[Given] = []
    begun: list[Begun] = []
    for subject in trial.first:
        own = sorted((dose["EXSTDTC"], dose["EXSEQ"]) for dose in trial.doses if dose["USUBJID"] == subject)
        days = tuple(date.fromisoformat(day) for day, _ in own)
        end = date.fromisoformat(trial.ends[subject][1])
        assert days[-1] <= end <= days[0] + timedelta(days=240)
        site = trial.site[subject]
        begun.append(Begun(site, subject, days, end, trial.state(subject), trial.reason(subject), 3, 182, 240))
        for number, (day, dose) in enumerate(own, start=1):
            effects = tuple(
                Effect(event.term, event.severity, event.why, event.days)
                for event in trial.events
                if (event.subject, event.dose) == (subject, dose)
            )
            given.append(Given(site, subject, date.fromisoformat(day), number, "spontaneous", None, effects))
    sites = {code: f"Site {code}" for code in trial.site.values()}
    return Source(sites, date(2015, 4, 30), "Other", given, begun)
