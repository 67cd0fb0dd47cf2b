"""Two networks that look the same from outside: same name, sites, staff, source keys; and a word in each that is nowhere else."""

import io
import zipfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from uuid import UUID, uuid4

from sqlalchemy import text
from werkzeug.routing import Rule

from tests.conftest import NOW
from tests.isolation.asking import Somebody, sign_in
from tests.making import make_network, make_user
from tests.reporting import KINDS
from tests.sending import Row, course, send, session, site
from tests.whole_app import WholeApp
from webapp.domain.answering import Step, Taken
from webapp.domain.compliance import Criterion
from webapp.domain.doors import AGGREGATES
from webapp.domain.periods import month_period
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.tracer import Chosen
from webapp.domain.vocabulary import Role
from webapp.queries.sites import fetch_every_site_id
from webapp.services import (
    answers,
    calendar_feeds,
    evidence,
    people,
    queued_work,
    report_runs,
    schedules,
    tracer_packets,
)
from webapp.services.accreditation import add_template_programmes
from webapp.services.simulation import fill_with_simulation
from webapp.services.tracer_packets import TRACER
from webapp.transactions import reading
from workers.tasks.kinds import KINDS as EVERY_KIND

SETTINGS = SimulationSettings(starts_on=date(2026, 5, 1), ends_on=date(2026, 11, 20), sites=2, sessions=2_000)
SEED = 7
KEY = b"the same key, and other pseudonyms in each network"
OCTOBER = date(2026, 10, 1)
_ID_TABLES = (
    *(
        "site",
        "patient",
        "practitioner",
        "protocol",
        "course",
        "session",
        "screen",
        "side_effect",
        "rating",
        "import_batch",
    ),
    *("schedule", "report_run", "accreditation_record", "credential_record", "finding", "evidence"),
)


@dataclass(frozen=True)
class Twin:
    """One of the two. word: stands in its own texts only; ids: of everything it has; own_site: the site lead's."""

    scope: Scope
    word: str
    own_site: str
    code: str
    """The code of the site that only this network has."""
    people: dict[Role, str]
    ids: frozenset[str]
    pseudonyms: frozenset[str]
    objects: dict[str, tuple[str, ...]]
    """By the name of an address's parameter, what of this network may stand there."""

    def signed_in(self, whole: WholeApp) -> dict[Role, Somebody]:
        """A browser for each role."""
        return {role: sign_in(whole, email) for role, email in self.people.items()}

    def addresses(self, rule: Rule) -> list[str]:
        """The addresses of one rule for this network's own things. A parameter that is new must be named in `objects`."""
        places = sorted(rule.arguments)
        unknown = [name for name in places if name not in self.objects]
        assert not unknown, f"{rule.rule}: say in tests/isolation/twins.py what may stand for {unknown}"
        choices = product(*(self.objects[name] for name in places))
        built = [rule.build(dict(zip(places, chosen, strict=True)), append_unknown=False) for chosen in choices]
        return [address[1] for address in built if address is not None]


def make_twin(whole: WholeApp) -> Twin:
    """Simulate it, send it a clinic of its own, have one report made, and give it one person of each role."""
    word = f"canary{uuid4().hex[:8]}"
    scope = make_network(NOW)
    add_template_programmes(scope)
    fill_with_simulation(scope, SETTINGS, SEED, KEY, NOW, lambda _words: None)
    code = word.upper()
    send(scope, _clinic(word, code), accept_good_rows=True)
    own_site = next(name for name in people.fetch_site_codes(scope) if name != code)
    schedules.ensure_monthly(scope, OCTOBER, NOW)
    for wanted in (own_site, code):
        run_id = report_runs.request(scope, wanted, OCTOBER, NOW)
        assert queued_work.work_once(KINDS, run_id, lambda: NOW)
    packet_id, surveyor_id = _sealed_packet(scope)
    finding_id, evidence_id, session_id = _answered_for(scope, word, code)
    emails = {
        role: make_user(
            scope, role, NOW, [own_site] if role is Role.SITE_LEAD else [], f"{role.value}-{word}@example.org"
        )
        for role in sorted(AGGREGATES)
    }
    with reading(scope) as db:
        ids = {str(found) for table in _ID_TABLES for found in db.execute(text(f"SELECT id FROM {table}")).scalars()}
        pseudonyms = frozenset(db.execute(text("SELECT pseudonym FROM patient")).scalars())
        runs, batches, records, persons, schedule_ids = (
            tuple(str(found) for found in db.execute(text(statement)).scalars())
            for statement in (
                "SELECT r.id FROM report_run r JOIN site s ON s.id = r.site_id ORDER BY s.code",
                "SELECT id FROM import_batch ORDER BY data_version DESC",
                "SELECT id FROM accreditation_record ORDER BY id",
                "SELECT id FROM practitioner ORDER BY source_key",
                "SELECT id FROM schedule ORDER BY id",
            )
        )
    objects = {
        "run_id": runs,
        "file_kind": ("pdf", "xlsx", "csv"),
        "batch_id": batches,
        "record_id": records[:1],
        "person": persons[:1],
        "packet_id": (str(packet_id),),
        "user_id": (str(surveyor_id),),
        "finding_id": (str(finding_id),),
        "evidence_id": (str(evidence_id),),
        "session_id": (str(session_id),),
        "criterion": ("escort",),
        "code": ("certified_setting", "dea_registration"),
        "schedule_id": schedule_ids,
        "test_id": ("00000000-0000-4000-8000-000000000000",),
        "page": ("overview", "rows"),
        "token": (_calendar_token(scope, emails[Role.SITE_LEAD]),),
        "name": ("sessions_by_week.csv", "sessions.xlsx"),
    }
    known = frozenset({*ids, str(scope.network_id)})
    return Twin(scope, word, own_site, code, emails, known, pseudonyms, objects)


def _calendar_token(scope: Scope, email: str) -> str:
    """Of the address that a site lead's calendar program asks."""
    user_id = people.find_user(email)
    assert user_id is not None
    return calendar_feeds.make(replace(scope, user_id=user_id, role=Role.SITE_LEAD), NOW)


def _sealed_packet(scope: Scope) -> tuple[UUID, UUID]:
    """A tracer packet of October, with a surveyor admitted to it."""
    with reading(scope) as db:
        officer = replace(scope, site_ids=fetch_every_site_id(scope, db))
    chosen = Chosen("certified_setting", month_period(OCTOBER), 20, "4711")
    packet_id = tracer_packets.request(officer, chosen, NOW)
    assert queued_work.work_once({TRACER: EVERY_KIND[TRACER]}, packet_id, lambda: NOW)
    tracer_packets.admit(officer, packet_id, "Sam Surveyor", NOW + timedelta(days=7), NOW)
    with reading(scope) as db:
        return packet_id, db.execute(text("SELECT user_id FROM packet_reader")).scalar_one()


def _answered_for(scope: Scope, word: str, code: str) -> tuple[UUID, UUID, UUID]:
    """A finding with evidence at the network's own clinic, and a session of it that was explained."""
    with reading(scope) as db:
        session_id = db.execute(
            text("SELECT id FROM session WHERE source_key = :key"), {"key": f"{word}-s1"}
        ).scalar_one()
        whole = replace(scope, site_ids=fetch_every_site_id(scope, db))
    (finding_id,) = answers.raise_finding(whole, [code], None, "survey", "minor", f"{word} finding", OCTOBER, NOW)
    given = evidence.Given(code, finding_id=finding_id)
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
        parts.writestr("word/document.xml", f"<d>{word} evidence</d>")
    evidence_id = evidence.keep(whole, f"{word}.docx", document, document.tell(), given, NOW)
    said = Taken(Step.EXPLAINED, scope.user_id, NOW, f"{word} explanation")
    answers.take_exception_step(whole, session_id, Criterion.ESCORT, said)
    return finding_id, evidence_id, session_id


def _clinic(word: str, code: str) -> dict[str, bytes | list[Row]]:
    """A clinic whose every free text holds the word, and a file with rows that are refused."""
    nurse, crs = f"{word}-nurse", f"{word}-course"
    sessions: list[Row] = [
        session(
            f"{word}-s{n}",
            crs,
            code,
            f"2026-10-{5 + 3 * n:02d}T10:00",
            supervised_by=nurse,
            administered_by=nurse,
            dose_mg=40,
            weight_kg=80,
            substance_history="positive",
            substance_decision=f"{word} decision",
        )
        for n in range(6)
    ]
    record: Row = {"event": "granted", "effective_on": "2026-01-01", "until": "2026-12-20", "note": f"{word} note"}
    return {
        f"sites-{word}.csv": [site(code, name=f"{word} clinic", region=f"{word} region", state="NY", chairs=2)],
        "practitioners.csv": [{"key": nurse, "name": f"{word} nurse", "profession": "nurse", "prescriber": "yes"}],
        "credentials.csv": [
            {"key": f"{word}-l", "practitioner": nurse, "kind": f"{word} licence", "state": "NY", **record}
        ],
        "courses.csv": [course(crs, code, patient=f"{word}-patient", approved_by=nurse, approved_on="2026-10-01")],
        "sessions.csv": [*sessions, session(f"{word}-bad", f"{word}-no-course", code)],
        "screens.csv": [{"key": f"{word}-k{n}", "session": f"{word}-s{n}", "asked_how": "solicited"} for n in range(6)],
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
            {"key": f"{word}-r", "course": crs, "instrument": "phq9", "rated_at": "2026-10-05", "score": 20}
        ],
    }
