"""The export of synthetic health records, read plainly: ambulatory encounters, and the courses that follow from them."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.walks.recount.source import Begun, Given, Source, raw

ZONE = ZoneInfo("America/New_York")
PLANNED, WINDOW, LAPSE, HORIZON = 6, 21, 28, 60


class Visits:
    """The ambulatory encounters: patient, organization and local start, in order of time."""

    def __init__(self, folder: Path) -> None:
        self.all: list[tuple[str, str, datetime]] = sorted(
            (
                (row["PATIENT"], row["ORGANIZATION"], datetime.fromisoformat(row["START"]).astimezone(ZONE))
                for row in raw(folder / "encounters.csv")
                if row["ENCOUNTERCLASS"] == "ambulatory"
            ),
            key=lambda visit: visit[2],
        )

    def courses(self) -> dict[tuple[str, str], list[list[datetime]]]:
        """The courses by patient and site. A visit after six of them, after 28 days without one, or after 60 days begins another."""
        found: dict[tuple[str, str], list[list[datetime]]] = defaultdict(list)
        for patient, organization, at in self.all:
            own = found[patient, organization]
            days = [before.date() for before in own[-1]] if own else []
            done = len(days) >= PLANNED and at.date() > days[PLANNED - 1]
            if not own or done or (at.date() - days[-1]).days > LAPSE or (at.date() - days[0]).days > HORIZON:
                own.append([])
            own[-1].append(at)
        return found

    def starts(self) -> Counter[tuple[str, str]]:
        """Site and month of each course."""
        return Counter(
            (organization, f"{course[0]:%Y-%m}-01")
            for (_, organization), own in self.courses().items()
            for course in own
        )


def read(folder: Path) -> Source:
    """The visits as sessions and courses; nobody was screened, and every end follows from the days."""
    visits = Visits(folder)
    given: list[Given] = []
    begun: list[Begun] = []
    for (patient, organization), own in visits.courses().items():
        for course in own:
            days = tuple(at.date() for at in course)
            state, end = _ending(days)
            begun.append(Begun(organization, patient, days, end, state, None, PLANNED, WINDOW, HORIZON))
            given += [
                Given(organization, patient, at.date(), number, at=at) for number, at in enumerate(course, start=1)
            ]
    here = {organization for _, organization, _ in visits.all}
    sites = {row["Id"]: row["NAME"] for row in raw(folder / "organizations.csv") if row["Id"] in here}
    return Source(sites, date(2024, 2, 2), "Other", given, begun)


def _ending(days: tuple[date, ...]) -> tuple[str, date]:
    if len(days) >= PLANNED:
        in_window = (days[PLANNED - 1] - days[0]).days <= WINDOW
        return "completed_on_time" if in_window else "completed_late", days[PLANNED - 1]
    lapse, horizon = days[-1] + timedelta(days=LAPSE + 1), days[0] + timedelta(days=HORIZON)
    return ("lapsed", lapse) if lapse <= horizon else ("open_at_horizon", horizon)
