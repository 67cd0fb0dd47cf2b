"""What a canary network holds: two small clinics of made-up records, with a word in every text that stands nowhere else."""

import csv
import io
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from webapp.domain.answering import Step, Taken
from webapp.domain.compliance import Criterion
from webapp.domain.intake.shipped import shipped_mapping
from webapp.domain.periods import month_period
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.tracer import Chosen
from webapp.domain.vocabulary import RecordEvent, Role
from webapp.queries.sites import fetch_every_site_id
from webapp.services import (
    accreditation,
    answers,
    evidence,
    import_batches,
    people,
    report_runs,
    saved_views,
    tracer_packets,
)
from webapp.services.import_batches import SentFile
from webapp.transactions import of_nobody, reading

PLACES = ("home", "beside")
MONTH = date(2026, 1, 1)
"""The month of everything they hold: a past one, so that its reports can be made."""

OF_A_CLINIC = ("run_id", "batch_id", "finding_id", "evidence_id", "session_id")
"""What of an address belongs to one clinic, so that the site lead of the other must not find it."""

_IDS = (
    *("site", "patient", "practitioner", "course", "session", "screen", "side_effect", "rating", "import_batch"),
    *("schedule", "report_run", "accreditation_record", "credential_record", "finding", "evidence", "tracer_packet"),
)
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Clinic:
    """One clinic. things: by the name of an address's parameter or a form's placeholder. is_made: its report is stored."""

    word: str
    things: Mapping[str, str]
    is_made: bool


def code_of(word: str, place: str) -> str:
    """A clinic's code: not its word, since an address may name it and an answer may repeat it."""
    return f"{place[0]}{word[-8:]}".upper()


def programme_of(word: str) -> str:
    """The code of the network's own programme, which an address may name: not its word either."""
    return f"prog-{word[-8:]}"


def fill(network: Scope, word: str, mail_domain: str, now: datetime) -> None:
    """Enter everything; what a worker makes is asked for. The saved view comes last: it says that nothing is missing."""
    accreditation.add_template_programmes(network)
    accreditation.add_programme(network, programme_of(word), f"{word} programme", f"{word} body", counts=True)
    for place in PLACES:
        _send(network, f"{word}{place}", code_of(word, place), now)
    with reading(network) as db:
        scope = replace(network, site_ids=fetch_every_site_id(network, db))
    for place in PLACES:
        _answer_for(scope, f"{word}{place}", code_of(word, place), programme_of(word), now)
        report_runs.request(scope, code_of(word, place), MONTH, now)
    tracer_packets.request(scope, Chosen(programme_of(word), month_period(MONTH), 5, "1"), now)
    manager = _add_people(scope, word, mail_domain, now)
    saved_views.save_view(replace(scope, user_id=manager), f"{word} view", "/d/sessions")


def is_finished(scope: Scope) -> bool:
    """Whether it was filled to the end."""
    with reading(scope) as db:
        return bool(
            db.execute(text("SELECT count(*) FROM saved_view WHERE network_id = :network"), _of(scope)).scalar()
        )


def clinic_of(scope: Scope, word: str, place: str) -> Clinic:
    """What stands in one clinic."""
    code = code_of(word, place)
    statement = """
        SELECT s.id AS site_id, r.id AS run_id, b.batch_id, f.id AS finding_id, e.id AS evidence_id, x.session_id,
            a.id AS record_id, r.state
        FROM site s LEFT JOIN report_run r ON r.network_id = s.network_id AND r.site_id = s.id
        LEFT JOIN site_version b ON b.network_id = s.network_id AND b.site_id = s.id
        LEFT JOIN finding f ON f.network_id = s.network_id AND f.site_id = s.id
        LEFT JOIN evidence e ON e.network_id = s.network_id AND e.site_id = s.id
        LEFT JOIN exception_step x ON x.network_id = s.network_id AND x.site_id = s.id
        LEFT JOIN accreditation_record a ON a.network_id = s.network_id AND a.site_id = s.id
        WHERE s.network_id = :network AND s.code = :code ORDER BY r.issue, x.recorded_at LIMIT 1"""
    with reading(scope) as db:
        row = db.execute(text(statement), {**_of(scope), "code": code}).mappings().one()
    things = {name: str(value) for name, value in row.items() if name != "state"}
    made = row["state"] in ("stored", "delivered")
    return Clinic(f"{word}{place}", {**things, "site": code, "record": things["record_id"]}, made)


def shared_things(scope: Scope, word: str) -> dict[str, str]:
    """What stands in the network besides."""
    statement = """
        SELECT (SELECT id FROM practitioner WHERE network_id = :network ORDER BY source_key LIMIT 1) AS person,
            (SELECT id FROM tracer_packet WHERE network_id = :network ORDER BY created_at LIMIT 1) AS packet_id,
            (SELECT user_id FROM packet_reader WHERE network_id = :network ORDER BY admitted_at LIMIT 1) AS user_id,
            (SELECT id FROM schedule WHERE network_id = :network ORDER BY created_at LIMIT 1) AS schedule_id,
            (SELECT id FROM saved_view WHERE network_id = :network AND name = :view) AS view_id"""
    with reading(scope) as db:
        row = db.execute(text(statement), {**_of(scope), "view": f"{word} view"}).mappings().one()
    return {
        **{name: str(value) for name, value in row.items()},
        "network": str(scope.network_id),
        "code": programme_of(word),
    }


def find_surveyor(scope: Scope) -> UUID | None:
    """The person who was admitted to the packet."""
    with reading(scope) as db:
        statement = "SELECT user_id FROM packet_reader WHERE network_id = :network ORDER BY admitted_at LIMIT 1"
        return db.execute(text(statement), _of(scope)).scalar()


def accounts(scope: Scope) -> dict[Role, str]:
    """The sign-in name of each role."""
    with reading(scope) as db:
        statement = "SELECT user_id, role FROM membership WHERE network_id = :network ORDER BY created_at"
        members = {user_id: Role(role) for user_id, role in db.execute(text(statement), _of(scope))}
    with of_nobody() as db:
        rows = db.execute(text("SELECT id, email FROM user_account WHERE id = ANY (:ids)"), {"ids": list(members)})
        return {members[user_id]: email for user_id, email in rows}


def ids_of(scope: Scope) -> frozenset[str]:
    """Every id of what it holds."""
    with reading(scope) as db:
        found = [
            str(one)
            for table in _IDS
            for one in db.execute(text(f"SELECT id FROM {table} WHERE network_id = :network"), _of(scope)).scalars()
        ]
    return frozenset({*found, str(scope.network_id)})


def network_name(scope: Scope) -> str:
    """The name that its own pages show."""
    with reading(scope) as db:
        return str(db.execute(text("SELECT name FROM network WHERE id = :network"), _of(scope)).scalar_one())


def _of(scope: Scope) -> dict[str, Any]:
    return {"network": scope.network_id}


def _add_people(scope: Scope, word: str, mail_domain: str, now: datetime) -> UUID:
    """Somebody of each role, who cannot sign in until they are let in for a test; the manager's id."""
    made = {}
    for role in (Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER):
        email = f"{role.value.replace('_', '-')}-{word}@{mail_domain}"
        made[role] = people.add_user(email, f"Self-test {role.value}", secrets.token_urlsafe(24), now)
        people.add_member(scope, made[role], role, [code_of(word, "home")] if role is Role.SITE_LEAD else [], now)
        people.deactivate(made[role])
    return made[Role.MANAGER]


def _answer_for(scope: Scope, word: str, code: str, programme: str, now: datetime) -> None:
    """A valid accreditation, a finding with evidence, and a session that was explained."""
    entry = Entry(RecordEvent.GRANTED, MONTH.replace(year=2025), note=f"{word} record")
    accreditation.record(scope, code, programme, entry, now)
    (finding_id,) = answers.raise_finding(scope, [code], None, "survey", "minor", f"{word} finding", MONTH, now)
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
        parts.writestr("word/document.xml", f"<d>{word} evidence</d>")
    given = evidence.Given(code, finding_id=finding_id)
    evidence.keep(scope, f"{word}.docx", document, document.tell(), given, now)
    with reading(scope) as db:
        statement = "SELECT id FROM session WHERE network_id = :network AND source_key = :key"
        session_id = db.execute(text(statement), {**_of(scope), "key": f"{word}-s1"}).scalar_one()
    said = Taken(Step.EXPLAINED, scope.user_id, now, f"{word} explanation")
    answers.take_exception_step(scope, session_id, Criterion.ESCORT, said)


def _send(scope: Scope, word: str, code: str, now: datetime) -> None:
    """Import one clinic's files, with a row that is refused."""
    files = [SentFile(name, [_csv(rows)]) for name, rows in _records(word, code).items()]
    batch_id = import_batches.receive(scope, files, shipped_mapping("dripline"), True, now, queue=False)
    import_batches.work(scope.network_id, batch_id, lambda: now)


def _csv(rows: Sequence[Row]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode()


def _records(word: str, code: str) -> dict[str, list[Row]]:
    nurse, course = f"{word}-nurse", f"{word}-course"
    common: Row = {"course": course, "site": code, "status": "completed", "phase": "induction", "supervised_by": nurse}
    told: Row = {"administered_by": nurse, "dose_mg": 40, "weight_kg": 80, "substance_history": "positive"}
    sessions: list[Row] = [
        {
            "key": f"{word}-s{n}",
            **common,
            **told,
            "started_at": f"{MONTH:%Y-%m}-{5 + 3 * n:02d}T10:00",
            "substance_decision": f"{word} decision",
        }
        for n in range(6)
    ]
    refused: Row = {
        "key": f"{word}-bad",
        **common,
        "course": f"{word}-no-course",
        "started_at": f"{MONTH:%Y-%m}-20T10:00",
    }
    screens: list[Row] = [
        {"key": f"{word}-k{n}", "session": f"{word}-s{n}", "asked_how": "solicited"} for n in range(6)
    ]
    return {**_standing(word, code, nurse, course), "sessions.csv": [*sessions, refused], "screens.csv": screens}


def _standing(word: str, code: str, nurse: str, course: str) -> dict[str, list[Row]]:
    return {
        f"sites-{word}.csv": [
            {
                "key": code,
                "name": f"{word} clinic",
                "zone": "America/New_York",
                "region": f"{word} region",
                "state": "NY",
            }
        ],
        "practitioners.csv": [{"key": nurse, "name": f"{word} nurse", "profession": "nurse", "prescriber": "yes"}],
        "credentials.csv": [
            {
                "key": f"{word}-l",
                "practitioner": nurse,
                "kind": f"{word} licence",
                "state": "NY",
                "event": "granted",
                "effective_on": "2025-01-01",
            }
        ],
        "courses.csv": [
            {
                "key": course,
                "site": code,
                "patient": f"{word}-patient",
                "indication": "depression",
                "product": "ketamine_iv",
                "approved_by": nurse,
                "approved_on": f"{MONTH:%Y-%m}-01",
            }
        ],
        "side_effects.csv": [
            {
                "key": f"{word}-e",
                "session": f"{word}-s1",
                "term": "other",
                "source_term": f"{word} effect",
                "severity": 3,
                "serious": "no",
            }
        ],
        "ratings.csv": [
            {"key": f"{word}-r", "course": course, "instrument": "phq9", "rated_at": f"{MONTH:%Y-%m}-05", "score": 20}
        ],
    }
