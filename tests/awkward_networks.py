"""Networks whose numbers are easy to get wrong: nothing below a line, hardly anything above it, or more sites than a screen holds."""

from collections.abc import Mapping, Sequence

from tests.sending import Row, course, session, site

Files = Mapping[str, Sequence[Row]]
BERLIN = "Europe/Berlin"


def _clinic(starts: Sequence[str], code: str = "RIV", zone: str = "America/New_York", **more: object) -> Files:
    """One site, a course for each delivered session; `more` is of every session."""
    keys = [f"{code}-{number}" for number in range(len(starts))]
    return {
        "sites.csv": [site(code, zone=zone)],
        "courses.csv": [course(key, code) for key in keys],
        "sessions.csv": [session(key, key, code, start, **more) for key, start in zip(keys, starts, strict=True)],
    }


def _cancelled() -> Files:
    files = _clinic([f"2026-10-{day:02d}T10:00" for day in range(5, 11)])
    undone = {"status": "cancelled", "started_at": "", "cancelled_at": "2026-10-01T09:00"}
    booked = [{**row, **undone, "booked_at": row["started_at"]} for row in files["sessions.csv"]]
    return {**files, "sessions.csv": booked}


def _many_sites(many: int) -> Files:
    clinics = [_clinic(["2026-10-14T10:00"], f"S{number:03d}") for number in range(many)]
    return {name: [row for files in clinics for row in files[name]] for name in clinics[0]}


AWKWARD: Mapping[str, Files] = {
    "no site": {},
    "one session": _clinic(["2026-10-14T10:00"]),
    "all cancelled": _cancelled(),
    "one site, nothing screened": _clinic([f"2026-{month:02d}-14T10:00" for month in range(1, 11) for _ in range(3)]),
    # The hour from two to three came twice in the night of 25 Oct 2026 and never in that of 29 Mar.
    "clocks that change": _clinic(
        ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-03-29T01:59", "2026-03-29T03:00"], zone=BERLIN
    ),
    "200 sites": _many_sites(200),
}
"""Files to send to a new network, by what is awkward about it. Last month is October 2026."""
