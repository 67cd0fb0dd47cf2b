"""A small network drawn by chance, in which every field may be missing or wrong; and its sessions as the pure rules see them."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from webapp.domain.accreditation import StandingRecord, status_as_of
from webapp.domain.compliance import Criterion, SessionFacts, judge, lapses_of
from webapp.domain.vocabulary import Phase, Product, RecordEvent, Standing, Verdict

FIRST = date(2026, 1, 1)
RECORDED_AT = datetime(2026, 1, 1, tzinfo=UTC)
STATES = {"RIV": "NY", "NGT": "CA", "LAK": None}
LICENCES = ("medical_licence", "nursing_licence")
COUNTING = ("certified", "certified_too")
Records = dict[str, list[dict[str, Any]]]
ORDER = (
    Standing.ACCREDITED,
    Standing.CONDITIONAL,
    *(s for s in Standing if s not in (Standing.ACCREDITED, Standing.CONDITIONAL)),
)


@dataclass
class RandomClinic:
    """The records to be stored, by type, as `tests.making.store` takes them."""

    seed: int
    records: Records = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        people = [f"D{n}" for n in range(8)]
        self.records["sites"] = [
            {"key": code, "name": f"Site {code}", "zone": "America/New_York", "state": state}
            for code, state in STATES.items()
        ]
        self.records["practitioners"] = [
            {"key": key, "name": f"Dr {key}", "prescriber": chance.choice([True, True, False, None])} for key in people
        ]
        self.records["credentials"] = [
            {"practitioner": key, "kind": kind, "state": chance.choice(["NY", "CA", None]), **said}
            for key in people[:7]
            for kind in (*LICENCES, "acls")
            for said in _history(chance, f"{key}-{kind}")
            if chance.random() < 0.6
        ]
        self.records["accreditations"] = [
            {"site": code, "programme": programme, **said}
            for code in ("RIV", "NGT")
            for programme in (*COUNTING, "registered")
            for said in _history(chance, f"{code}-{programme}")
        ]
        self.records["sessions"] = [_session(chance, n, people) for n in range(260)]
        self.records["courses"] = [_course(chance, n, people, self.starts(f"C{n}")) for n in range(40)]

    def delivered(self) -> list[dict[str, Any]]:
        """The sessions that count."""
        return [s for s in self.records["sessions"] if s["status"] in ("completed", "stopped_early")]

    def starts(self, course: str) -> list[date]:
        """The days of a course's delivered induction sessions."""
        return [s["on_date"] for s in self.delivered() if s["course"] == course and s["phase"] == "induction"]

    def facts(self, session: Mapping[str, Any]) -> SessionFacts:
        """One session as `webapp.domain.compliance` takes it, put together from the plain records."""
        course = next(c for c in self.records["courses"] if c["key"] == session["course"])
        approver = next((p for p in self.records["practitioners"] if p["key"] == course["approved_by"]), {})
        on, site = session["on_date"], session["site"]
        return SessionFacts(
            on=on,
            product=Product(course["product"]),
            phase=Phase(session["phase"]),
            first_start_on=min(self.starts(course["key"]), default=None),
            site_standings=tuple(
                status_as_of(said, on).standing for said in self._subjects("accreditations", site=site) if said
            ),
            evaluated_on=course["evaluated_on"],
            approved_on=course["approved_on"],
            approver_prescribes=approver.get("prescriber"),
            administered=self._licences(session["administered_by"], STATES[site], on),
            supervised=self._licences(session["supervised_by"], STATES[site], on),
            escort_in=session["escort_in"],
            escort_out=session["escort_out"],
            substance_history=session["substance_history"],
            substance_decision=session["substance_decision"],
            started_at=session["started_at"],
            ended_at=session["ended_at"],
            discharged_at=session["discharged_at"],
            pressure_before=session["systolic_before"] is not None,
            pressure_during=session["systolic_during"] is not None,
            pressure_discharge=session["systolic_discharge"] is not None,
            enrolled=course["enrolled"],
            monitoring_form_on=session["monitoring_form_on"],
        )

    def verdicts(self) -> dict[str, dict[Criterion, Verdict]]:
        """By session key, what the pure function says."""
        return {s["key"]: self.verdicts_of(s) for s in self.delivered()}

    def verdicts_of(self, session: Mapping[str, Any]) -> dict[Criterion, Verdict]:
        """What the pure function says of one session."""
        return {c: j.verdict for c, j in judge(self.facts(session)).items()}

    def lapsed(self) -> dict[str, tuple[str, ...]]:
        """By key of each session under a lapse, whose."""
        found = {s["key"]: lapses_of(self.facts(s)) for s in self.delivered()}
        return {key: whose for key, whose in found.items() if whose}

    def _licences(self, person: str | None, state: str | None, on: date) -> tuple[Standing | None, ...] | None:
        """The one required credential: the best of the licences that hold for the state or everywhere."""
        if person is None:
            return None
        held = [
            status_as_of(said, on).standing
            for place in {state, None}
            for said in self._subjects("credentials", practitioner=person, state=place)
        ]
        return (min(held, key=ORDER.index) if held else None,)

    def _subjects(self, name: str, **whose: str | None) -> list[list[StandingRecord]]:
        subjects: dict[str, list[StandingRecord]] = {}
        for row in self.records[name]:
            kind = row.get("programme") or row.get("kind")
            if kind in (*COUNTING, *LICENCES) and all(row[key] == value for key, value in whose.items()):
                record_id = uuid5(UUID(int=1), row["key"])
                said = StandingRecord(
                    record_id, RecordEvent(row["event"]), row["effective_on"], row["until"], RECORDED_AT
                )
                subjects.setdefault(kind, []).append(said)
        return list(subjects.values())


def _history(chance: random.Random, prefix: str) -> Sequence[dict[str, Any]]:
    events = ("granted", "granted", "renewed", "suspended", "reinstated", "conditions_imposed", "revoked")
    said = []
    # Each day once, since which of two records of one instant acts later is decided by their random ids at the last.
    for n, start in enumerate(chance.sample(range(-60, 120), chance.randint(0, 4))):
        event = chance.choice(events)
        until = (
            None
            if event == "revoked" or chance.random() < 0.4
            else FIRST + timedelta(days=start + chance.randint(0, 80))
        )
        said.append(
            {"key": f"{prefix}-{n}", "event": event, "effective_on": FIRST + timedelta(days=start), "until": until}
        )
    return said


def _course(chance: random.Random, number: int, people: Sequence[str], starts: Sequence[date]) -> dict[str, Any]:
    def on(low: int, high: int) -> date | None:
        """Any day, or one at the very edge of what the settings allow."""
        if chance.random() < 0.15:
            return None
        if starts and chance.random() < 0.5:
            return min(starts) - timedelta(days=chance.choice([-1, 0, 90, 91]))
        return FIRST + timedelta(days=chance.randint(low, high))

    return {
        "key": f"C{number}",
        "site": chance.choice(list(STATES)),
        "patient": f"P{number}",
        "indication": "depression",
        "product": chance.choice(["ketamine_iv", "ketamine_im", "esketamine_nasal", "esketamine_nasal"]),
        "evaluated_on": on(-120, 30),
        "approved_on": on(-120, 30),
        "approved_by": chance.choice([*people, None]),
        "enrolled": chance.choice([True, True, True, False, None]),
    }


def _session(chance: random.Random, number: int, people: Sequence[str]) -> dict[str, Any]:
    on = FIRST + timedelta(days=chance.randrange(90))
    began = datetime(on.year, on.month, on.day, 15, tzinfo=UTC)
    ended = began + timedelta(minutes=chance.choice([0, 40]))
    flags = [True, True, True, False, None]
    pressures = {f"{which}_{when}": value for when in ("before", "during", "discharge") for value in [chance.choice([120] * 9 + [None])]
                 for which in ("systolic", "diastolic")}  # fmt: skip  # one value a reading
    return {
        "key": f"S{number}",
        "course": f"C{chance.randrange(40)}",
        "site": chance.choice(list(STATES)),
        "status": chance.choice(["completed"] * 5 + ["stopped_early", "cancelled", "no_show"]),
        "phase": chance.choice(["induction", "induction", "maintenance"]),
        "on_date": on,
        "started_on": on,
        "started_at": chance.choice([began] * 8 + [None]),
        "ended_on": on,
        "ended_at": chance.choice([ended] * 4 + [None]),
        "discharged_at": chance.choice([None, *(ended + timedelta(seconds=s) for s in (3599, 3600, 7199, 7200, 9000))]),
        "administered_by": chance.choice([*people, *people, None]),
        "supervised_by": chance.choice([*people, *people, None]),
        "escort_in": chance.choice(flags),
        "escort_out": chance.choice(flags),
        "substance_history": chance.choice(["none", "none", "positive", None]),
        "substance_decision": chance.choice(["Discussed.", " ", None]),
        "monitoring_form_on": chance.choice([None, *(on + timedelta(days=d) for d in (-1, 0, 7, 8))]),
        **pressures,
    }
