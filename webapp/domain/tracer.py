"""The tracer packet: a random sample of delivered sessions that anybody can draw again, each with its trail to every criterion.

The draw: of every delivered session of the period, the SHA-256 of network, programme, place, period, data version, seed and the session's
own id; those with the smallest are drawn, in that order. The same choice from the same data version gives the same sample; nobody
can steer it who does not know every id, and none can be taken out without a gap that the numbers show. A packet names sessions,
patients and nobody else by numbers that hold inside it only.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from webapp.domain.compliance import Criterion
from webapp.domain.errors import BadInput
from webapp.domain.periods import EARLIEST_ON, Period, day_text
from webapp.domain.vocabulary import Standing, Verdict

MOST_SESSIONS = 500
LONGEST_DAYS = 366
_SEED = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a packet was asked for. site: the code of the one site, None for all."""

    programme: str
    period: Period
    size: int
    seed: str
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """The state of the data that a packet speaks of. as_of: when that data version was recorded. head: of the audit chain by then."""

    network: str
    programme: str
    body: str | None
    site: str | None
    data_version: int
    settings_version: int
    as_of: datetime
    head: str


@dataclass(frozen=True, slots=True)
class Held:
    """Whose permission, as it stood on the session's day.

    then: by what was on record when the day ended. now: by what is on record in this data version. until: by the same.
    lapse_known_since: since when the records have said that it was not valid on that day.
    """

    whose: str
    name: str
    what: str
    then: Standing
    now: Standing
    until: date | None
    lapse_known_since: datetime | None


@dataclass(frozen=True, slots=True)
class Effect:
    """One side effect of a session. severity: 1 to 3, as recorded."""

    term: str
    severity: int
    serious: str


@dataclass(frozen=True, slots=True)
class Traced:
    """One sampled session with its trail. number, patient: of this packet only. draw: the hash by which it was drawn.

    monitored_minutes: from its end to the discharge. pressures: how many of the three blood pressures are recorded whole.
    effects: None where nobody asked.
    """

    number: str
    patient: str
    draw: str
    site: str
    on: date
    status: str
    phase: str
    product: str | None
    evaluated_on: date | None
    approved_on: date | None
    approved_by: str | None
    prescriber: bool | None
    administered_by: str | None
    supervised_by: str | None
    escort_in: bool | None
    escort_out: bool | None
    substance_history: str | None
    substance_decided: bool
    monitored_minutes: int | None
    pressures: int
    form_on: date | None
    asked_how: str | None
    effects: tuple[Effect, ...]
    verdicts: Mapping[Criterion, Verdict]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """How a site met one criterion of the programme, or held the programme itself, on the packet's day."""

    site: str
    asked: str
    found: str


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet before it is sealed. population: delivered sessions to draw from. asked: the programme's criteria by session criterion."""

    chosen: Chosen
    ground: Ground
    population: int
    sessions: tuple[Traced, ...]
    matrix: tuple[MatrixCell, ...]
    asked: Mapping[Criterion, str]

    @property
    def matrix_on(self) -> date:
        """The day of the matrix: the last of the period."""
        return self.chosen.period.last_on


def checked(chosen: Chosen, today: date) -> Chosen:
    """The same, if it can be sampled. Raises BadInput with the first rule that it breaks."""
    period = chosen.period
    if period.start_on < EARLIEST_ON or period.last_on > today:
        raise BadInput(f"Sessions are sampled from past days: end the period on {day_text(today)} or before.")
    if period.days > LONGEST_DAYS:
        raise BadInput(f"A packet covers at most {LONGEST_DAYS} days; choose a shorter period.")
    if not 1 <= chosen.size <= MOST_SESSIONS:
        raise BadInput(f"Sample between 1 and {MOST_SESSIONS} sessions.")
    if not _SEED.fullmatch(chosen.seed):
        raise BadInput("The seed is 1 to 40 letters, digits, dots, dashes or underscores, such as 4711.")
    return chosen


def draw_of(network_id: UUID, chosen: Chosen, data_version: int, session_id: UUID) -> str:
    """The hash by which one session is drawn, in hex."""
    period = f"{chosen.period.start_on}/{chosen.period.last_on}"
    said = (
        str(network_id),
        chosen.programme,
        chosen.site or "*",
        period,
        str(data_version),
        chosen.seed,
        str(session_id),
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def sample(network_id: UUID, chosen: Chosen, data_version: int, session_ids: Iterable[UUID]) -> list[tuple[str, UUID]]:
    """The drawn sessions with their hashes, in the order of the draw: all of them where there are no more than were asked for."""
    drawn = sorted((draw_of(network_id, chosen, data_version, one), one) for one in session_ids)
    return drawn[: chosen.size]


def packet_numbers(letter: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    """`S001`, `S002` ... for ids in the order in which they first appear."""
    found: dict[UUID, str] = {}
    for one in ids:
        found.setdefault(one, f"{letter}{len(found) + 1:03d}")
    return found
