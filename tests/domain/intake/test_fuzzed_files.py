"""Good files after small accidents to their bytes: read or refused, never an error. FUZZED_FILES sets how many."""

import os
import random
from collections import Counter

from tests.domain.intake.nothing_stored import empty_network
from webapp.domain.errors import BadInput
from webapp.domain.intake.csv_reading import SourceFile
from webapp.domain.intake.row_checks import check_rows
from webapp.domain.intake.shipped import shipped_mapping
from webapp.domain.intake.translation import translate

SITES = (
    b"key,name,zone,opening_hours\n"
    b"NY,Riverside,America/New_York,Mon-Fri 08:00-18:00\n"
    b"LA,Caf\xc3\xa9,America/Los_Angeles,\n"
)
COURSES = b"key,site,patient,indication,product\nC1,NY,p1,ptsd,ketamine_iv\nC2,LA,p2,depression,esketamine_nasal\n"
SESSIONS = (
    b"key,course,site,status,phase,booked_at,started_at,ended_at,dose_mg,weight_kg,pressure_before,escort_in\r\n"
    b"V1,C1,NY,completed,induction,2026-03-07T09:00,2026-03-07T09:05,2026-03-07T09:45,40.5,81,128/82,yes\r\n"
    b'V2,C1,NY,no_show,induction,2026-03-08T09:00,,,,,,"no"\r\n'
    b"V3,C2,LA,stopped_early,maintenance,,2026-03-09,,10,60.5,,\r\n"
)
EFFECTS = (
    b"key,session,term,severity,serious,onset_at\nE1,V1,nausea,1,no,2026-03-07T09:30\nE2,V3,other,5,death,2026-03-09\n"
)
INSERTS = (
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff",
    b"\xe2\x80\xae",
    b"-",
    b"9" * 12,
    b"=cmd|' /C calc'!A0",
    b"\xef\xbb\xbf",
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes after one to six small accidents."""
    for _ in range(chance.randint(1, 6)):
        at, until = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        match chance.randrange(5):
            case 0:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[min(until, at + 40) :]
            case 2:
                data = data[:at] + chance.choice(INSERTS) + data[at:]
            case 3:
                data = data[:until] + data[at:until] + data[until:]
            case _:
                data = data[at:until] + data[:at] + data[until:]
    return data


def test_mutated_files_are_read_or_refused() -> None:
    chance = random.Random(20_261_101)
    mapping = shipped_mapping("dripline")
    context = empty_network()
    seen: Counter[str] = Counter()
    for _ in range(int(os.environ.get("FUZZED_FILES", "600"))):
        files = {"sites.csv": SITES, "courses.csv": COURSES, "sessions.csv": SESSIONS, "side_effects.csv": EFFECTS}
        chosen = chance.choice(sorted(files))
        files[chosen] = mutated(files[chosen], chance)
        sources = [SourceFile.of_bytes(name, data) for name, data in files.items()]
        try:
            seen.update(type(outcome).__name__ for outcome in check_rows(translate(mapping, sources), context))
        except BadInput:
            seen["refused"] += 1
    assert set(seen) >= {"CheckedRow", "Rejection", "refused"}
