"""The shipped mappings on the real files, against a second count of the raw CSV by nothing but the csv module."""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.domain.intake.nothing_stored import empty_network
from webapp.domain.errors import BadInput
from webapp.domain.intake.csv_reading import SourceFile
from webapp.domain.intake.local_time import Moment
from webapp.domain.intake.raw_records import LeftOut
from webapp.domain.intake.row_checks import CheckedRow, check_rows
from webapp.domain.intake.shipped import shipped_mapping
from webapp.domain.intake.translation import translate

Raw = list[dict[str, str]]


@dataclass(frozen=True)
class Loaded:
    """What a mapping makes of a folder."""

    rows: dict[str, list[CheckedRow]]
    left_out: Counter[tuple[str, str]]

    def site_of_session(self) -> dict[object, object]:
        """Session key -> site's code."""
        return {row.key: row.values["site"] for row in self.rows["sessions"]}


def path_opener(path: Path) -> Callable[[], BinaryIO]:
    """How to read that file from the start."""
    return lambda: path.open("rb")


def load(folder: Path) -> Loaded:
    """Every file of the folder through the mapping of its name; nothing may be rejected."""
    mapping = shipped_mapping(folder.name)
    files = [SourceFile(path.name, path_opener(path)) for path in sorted(folder.glob("*.csv"))]
    rows: dict[str, list[CheckedRow]] = {}
    left_out: Counter[tuple[str, str]] = Counter()
    context = empty_network(mapping.time_zone)
    for outcome in check_rows(translate(mapping, files), context):
        if isinstance(outcome, LeftOut):
            left_out[outcome.record_type, outcome.reason] += 1
        else:
            assert isinstance(outcome, CheckedRow), outcome
            rows.setdefault(outcome.record_type, []).append(outcome)
    return Loaded(rows, left_out)


def raw(path: Path, encoding: str = "utf-8") -> Raw:
    """The file as the csv module reads it."""
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def sdtm(shared_data: Path) -> Path:
    """The trial's folder."""
    return shared_data / "sdtm_pilot"


@pytest.fixture(scope="module")
def trial(sdtm: Path) -> Loaded:
    """The trial, loaded."""
    return load(sdtm)


def test_courses_of_the_trial_are_the_subjects_that_had_a_dose(sdtm: Path, trial: Loaded) -> None:
    dosed = {row["USUBJID"] for row in raw(sdtm / "ex.csv")}
    wanted = Counter(row["SITEID"] for row in raw(sdtm / "dm.csv") if row["USUBJID"] in dosed)
    assert Counter(row.values["site"] for row in trial.rows["courses"]) == wanted
    assert (wanted.total(), len(wanted)) == (254, 17)
    assert {row.key for row in trial.rows["sites"]} == {row["SITEID"] for row in raw(sdtm / "dm.csv")}
    assert trial.left_out["courses", "the subject had no dose (screen failure)"] == 52


def test_sessions_of_the_trial_are_its_dosing_records(sdtm: Path, trial: Loaded) -> None:
    site = {row["USUBJID"]: row["SITEID"] for row in raw(sdtm / "dm.csv")}
    doses = raw(sdtm / "ex.csv")
    wanted = Counter((site[row["USUBJID"]], row["EXSTDTC"]) for row in doses)
    found = Counter((row.values["site"], str(row.values["on_date"])) for row in trial.rows["sessions"])
    assert found == wanted
    assert Counter(row.values["session"] for row in trial.rows["screens"]) == Counter(trial.site_of_session().keys())
    amounts = Counter(float(row["EXDOSE"]) for row in doses if float(row["EXDOSE"]))
    assert (
        Counter(float(str(row.values["dose_mg"])) for row in trial.rows["sessions"] if row.values["dose_mg"]) == amounts
    )


def days_of(text: str) -> tuple[str, str]:
    """First and last day that a date, a month or a year can mean."""
    return (
        (text, text)
        if len(text) == 10
        else (text + "-01-01"[-(10 - len(text)) :], text + "-12-31"[-(10 - len(text)) :])
    )


def placed_events(sdtm: Path) -> tuple[list[tuple[dict[str, str], str]], Counter[str]]:
    """Each event with the session in whose interval it began, and how many began in none."""
    doses = raw(sdtm / "ex.csv")
    placed: list[tuple[dict[str, str], str]] = []
    outside: Counter[str] = Counter()
    for event in raw(sdtm / "ae.csv"):
        own = sorted((d["EXSTDTC"], d["EXENDTC"], d["EXSEQ"]) for d in doses if d["USUBJID"] == event["USUBJID"])
        first, last = days_of(event["AESTDTC"])
        hits = []
        for place, (start, end, number) in enumerate(own):
            until = end or (own[place + 1][0] if place + 1 < len(own) else "9999-12-31")
            if start <= first and last <= until:
                hits.append(number)
        if hits:
            placed.append((event, f"{event['USUBJID']}/{hits[-1]}"))
        else:
            outside["before the first" if last < own[0][0] else "after the last"] += 1
    return placed, outside


TERMS = {
    "DIZZINESS": "dizziness", "HEADACHE": "headache", "NAUSEA": "nausea", "VOMITING": "vomiting", "ANXIETY": "anxiety",
    "SOMNOLENCE": "sedation", "LETHARGY": "sedation", "HYPERSOMNIA": "sedation", "VISION BLURRED": "blurred_vision",
    "HALLUCINATION": "hallucination", "HALLUCINATION, VISUAL": "hallucination", "HYPERTENSION": "raised_blood_pressure",
    "SYNCOPE": "loss_of_consciousness", "SYNCOPE VASOVAGAL": "loss_of_consciousness", "DYSURIA": "urinary_symptoms",
    "MICTURITION URGENCY": "urinary_symptoms", "POLLAKIURIA": "urinary_symptoms", "CYSTITIS": "urinary_symptoms",
    "INCONTINENCE": "urinary_symptoms", "ENURESIS": "urinary_symptoms",
}  # fmt: skip


def test_side_effects_of_the_trial_by_site_and_term_as_events_and_as_subjects(sdtm: Path, trial: Loaded) -> None:
    site = {row["USUBJID"]: row["SITEID"] for row in raw(sdtm / "dm.csv")}
    placed, outside = placed_events(sdtm)
    cells = [(site[e["USUBJID"]], TERMS.get(e["AEDECOD"], "other"), session) for e, session in placed]
    places = trial.site_of_session()
    found = [(places[r.values["session"]], r.values["term"], r.values["session"]) for r in trial.rows["side_effects"]]
    assert Counter(found) == Counter(cells)
    assert len(found) == 1091
    subjects = {(s, term, session.rpartition("/")[0]) for s, term, session in cells}
    assert Counter((s, t) for s, t, _ in {(s, t, str(v).rpartition("/")[0]) for s, t, v in found}) == Counter(
        (s, t) for s, t, _ in subjects
    )
    reason = "the event began in no dosing interval"
    assert {where: trial.left_out["side_effects", f"{reason} ({where})"] for where in outside} == dict(outside)
    assert outside == {"before the first": 65, "after the last": 35}


def test_severity_seriousness_and_days_of_the_trials_side_effects(sdtm: Path, trial: Loaded) -> None:
    placed, _ = placed_events(sdtm)
    events = [event for event, _ in placed]
    grades = Counter({"MILD": 1, "MODERATE": 2, "SEVERE": 3}[e["AESEV"]] if e["AESDTH"] != "Y" else 5 for e in events)
    assert Counter(row.values["severity"] for row in trial.rows["side_effects"]) == grades
    flags = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESCAN", "AESOD", "AESER")
    serious = sum(any(e[flag] == "Y" for flag in flags) for e in events)
    assert sum(row.values["serious"] != "no" for row in trial.rows["side_effects"]) == serious
    onsets = Counter(e["AESTDTC"] if len(e["AESTDTC"]) == 10 else "" for e in events)
    found = [row.values["onset_at"] for row in trial.rows["side_effects"]]
    assert Counter(str(onset.on) if isinstance(onset, Moment) else "" for onset in found) == onsets


def test_outcomes_of_the_trial_are_taken_as_stated(sdtm: Path, trial: Loaded) -> None:
    stated = {
        "COMPLETED": "completed", "ADVERSE EVENT": "side_effect", "DEATH": "died", "LOST TO FOLLOW-UP": "lapsed",
        "WITHDRAWAL BY SUBJECT": "patient_choice",
    }  # fmt: skip
    dosed = {row["USUBJID"] for row in raw(sdtm / "ex.csv")}
    wanted = Counter(
        (row["USUBJID"], stated.get(row["DSDECOD"], "unknown"), row["DSSTDTC"])
        for row in raw(sdtm / "ds.csv")
        if row["DSCAT"] == "DISPOSITION EVENT" and row["USUBJID"] in dosed
    )
    found = [(row.key, row.values["stated_outcome"], str(row.values["stated_on"])) for row in trial.rows["courses"]]
    assert Counter(found) == wanted
    assert Counter(outcome for _, outcome, _ in found)["completed"] == 110


def test_the_case_series(shared_data: Path) -> None:
    loaded = load(shared_data / "esketamine_madrs")
    cases = raw(shared_data / "esketamine_madrs" / "Dataset.csv", "latin-1")
    assert {kind: len(rows) for kind, rows in loaded.rows.items()} == {
        "protocols": 1, "sites": 1, "courses": 10, "sessions": 10, "screens": 10, "side_effects": 5, "ratings": 20,
    }  # fmt: skip
    assert {r.values["session"] for r in loaded.rows["side_effects"]} == {
        c["Id"] for c in cases if c["Dissociation"] == "1"
    }
    wanted = {
        (case["Id"], day, int(case[f"MADRS_{when}"]), int(case[f"MADRS_Suicide_{when}"]))
        for case in cases
        for when, day in (("Baseline", date(2022, 1, 10)), ("Post", date(2022, 1, 12)))
    }
    found = set()
    for row in loaded.rows["ratings"]:
        rated = row.values["rated_at"]
        assert isinstance(rated, Moment)
        found.add((row.values["course"], rated.on, row.values["score"], row.values["suicidality"]))
    assert found == wanted


def test_the_health_records_export(shared_data: Path) -> None:
    folder = shared_data / "synthea_27"
    loaded = load(folder)
    visits = [row for row in raw(folder / "encounters.csv") if row["ENCOUNTERCLASS"] == "ambulatory"]
    sessions = loaded.rows["sessions"]
    assert Counter(row.values["site"] for row in sessions) == Counter(visit["ORGANIZATION"] for visit in visits)
    assert {row.key for row in loaded.rows["sites"]} == {visit["ORGANIZATION"] for visit in visits}
    assert {row.key for row in loaded.rows["practitioners"]} == {visit["PROVIDER"] for visit in visits}
    assert len(loaded.rows["courses"]) == len({(visit["PATIENT"], visit["ORGANIZATION"]) for visit in visits})
    starts = {row.key: row.values["started_at"] for row in sessions}
    for visit in visits:
        start = starts[visit["Id"]]
        assert isinstance(start, Moment)
        assert start.at is not None
        assert start.at.strftime("%Y-%m-%dT%H:%M:%SZ") == visit["START"]
    named = [row["DESCRIPTION"] for row in raw(folder / "observations.csv")]
    scores = sum("(PHQ-9) total" in name or "(GAD-7) total" in name for name in named)
    assert len(loaded.rows["ratings"]) + loaded.left_out["ratings", "the patient has no course"] == scores


def test_the_patients_file_of_the_export_is_never_opened(shared_data: Path) -> None:
    folder = shared_data / "synthea_27"

    def never() -> BinaryIO:
        raise AssertionError("opened")

    mapping = shipped_mapping("synthea_27")
    files = [
        SourceFile(path.name, path_opener(path)) for path in sorted(folder.glob("*.csv")) if path.name != "patients.csv"
    ]
    assert list(translate(mapping, [*files, SourceFile("patients.csv", never)])) == list(translate(mapping, files))


def test_sending_part_of_an_export_says_what_is_missing(sdtm: Path) -> None:
    mapping = shipped_mapping("sdtm_pilot")
    only_events = [SourceFile("ae.csv", lambda: (sdtm / "ae.csv").open("rb"))]
    with pytest.raises(BadInput, match=r"The side_effects need the file ex\.csv as well"):
        translate(mapping, only_events)
