"""The people who approve, administer and supervise: who they are, where they work, and who is on duty when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.columns import Batch, make_batch, pick, texts
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import Sites

Ints = NDArray[np.int64]

_GIVEN = """
    Alma Bruno Celia Darius Edith Felix Greta Hugo Ines Jonas Karla Leon Maren Nadia Oscar Petra Quentin Rosa Stefan
    Tilda Umar Vera Walter Xenia Yusuf Zora
"""
_FAMILY = """
    Abbott Birch Corwin Dale Easton Farrow Grant Hollis Irving Jessop Keller Lowell Marsh Norwood Okafor Prescott Quill
    Ramsey Sutter Thorne Underhill Vance Whitfield Yates Zeller
"""
GIVEN, FAMILY = tuple(_GIVEN.split()), tuple(_FAMILY.split())
NURSES = ("registered nurse", "registered nurse", "nurse practitioner", "nurse anaesthetist")


@dataclass(frozen=True, slots=True)
class Staff:
    """People as arrays; those of one site stand together, doctors before nurses."""

    key: NDArray[np.object_]
    name: NDArray[np.object_]
    profession: NDArray[np.object_]
    site: Ints
    doctor: NDArray[np.bool_]
    first: Ints  # by site: position of its first doctor
    doctors: Ints  # by site: how many doctors
    nurses: Ints
    lapsed: int  # the doctor whose licence lapsed unnoticed, or -1
    lapse: tuple[int, int, int]  # last valid day, day on which it was found, the one day of duty in between

    def __len__(self) -> int:
        return len(self.key)

    def supervisors(self, site: Ints, day: Ints) -> Ints:
        """The doctor on duty at each site and day."""
        turn = (day * 5 + day // 7 + site * 3) % self.doctors[site]
        person = self.first[site] + turn
        if self.lapsed >= 0:
            here = site == self.site[self.lapsed]
            until, found, duty = self.lapse
            person = np.where(here & (day > until) & (day <= found + 4), self.lapsed + 1, person)
            person = np.where(here & (day == duty), self.lapsed, person)
        return person

    def administering(self, site: Ints, rng: np.random.Generator) -> Ints:
        """A nurse of each site."""
        return self.first[site] + self.doctors[site] + _any_of(rng, self.nurses[site])

    def witnesses(self, site: Ints, giver: Ints) -> Ints:
        """Another nurse of each site than the one who gave."""
        base = self.first[site] + self.doctors[site]
        following: Ints = np.remainder(giver - base + 1, self.nurses[site])
        return base + following

    def approvers(self, site: Ints, rng: np.random.Generator) -> Ints:
        """A prescriber of each site."""
        return self.first[site] + _any_of(rng, self.doctors[site])


def _any_of(rng: np.random.Generator, counts: Ints) -> Ints:
    """A number from 0 up to each count, not reaching it."""
    drawn: Ints = np.floor(rng.random(len(counts)) * counts).astype(np.int64)
    return drawn


def plan_staff(settings: SimulationSettings, sites: Sites, chairs: Ints, rng: np.random.Generator) -> Staff:
    """Draw the people of every site: at least two doctors and two nurses each."""
    doctors = np.maximum(2, 1 + chairs // 4)
    nurses = np.maximum(2, 1 + (chairs * 2) // 3)
    total = doctors + nurses
    first = np.concatenate(([0], np.cumsum(total)[:-1]))
    site = np.repeat(np.arange(len(sites)), total)
    place = np.arange(len(site)) - first[site]
    doctor = place < doctors[site]
    letter = np.where(doctor, "D", "N")
    number = np.where(doctor, place, place - doctors[site]) + 1
    names = rng.permutation(len(GIVEN) * len(FAMILY))[np.arange(len(site)) % (len(GIVEN) * len(FAMILY))]
    title = np.where(doctor, "Dr ", "")
    lapsed, lapse = -1, (0, 0, 0)
    story = settings.told.licence_lapsed
    if story is not None and settings.days > 90:
        until = settings.days - 47
        lapsed = int(first[story])
        lapse = (until, until + settings.standing.lapse_found_days, int(sites.next_open[story, until + 2]))
    return Staff(
        key=texts(f"{sites.code[s]}-{kind}{n}" for s, kind, n in zip(site, letter, number, strict=True)),
        name=texts(f"{t}{GIVEN[n % len(GIVEN)]} {FAMILY[n // len(GIVEN)]}" for t, n in zip(title, names, strict=True)),
        profession=np.where(doctor, "physician", pick(NURSES, rng.integers(len(NURSES), size=len(site)))).astype(
            object
        ),
        site=site,
        doctor=doctor,
        first=first,
        doctors=doctors,
        nurses=nurses,
        lapsed=lapsed,
        lapse=lapse,
    )


def practitioner_records(staff: Staff, sites: Sites) -> Batch:
    """The `practitioners` records."""
    columns = {
        "key": staff.key,
        "name": staff.name,
        "profession": staff.profession,
        "prescriber": staff.doctor.astype(np.int8),
    }
    return make_batch("practitioners", columns, sites.zone[staff.site])
