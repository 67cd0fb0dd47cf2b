"""Working off the queue: one claim, one making, and a mark of how it went that only the claim's holder can set."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from webapp.domain.errors import DriplineError
from webapp.services import run_queue
from webapp.services.run_queue import MOST_ATTEMPTS, Claim, LeaseLost

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of queued run.

    make: does the work of a claim; False when nothing was left to do, LeaseLost when another worker has it.
    note_failure(claim, reason, final): tells the run's own network why an attempt went wrong; `final` for the last one.
    """

    make: Callable[[Claim, Clock], bool]
    note_failure: Callable[[Claim, str, bool], None]


STOPPED = f"The worker stopped {MOST_ATTEMPTS} times while making this; it is not tried again by itself."


def work_once(kinds: Mapping[str, Kind], run_id: UUID | None, clock: Clock) -> bool:
    """Do that run, or else whichever waits longest; False when nothing waits."""
    held = run_queue.claim(run_id)
    if held is None:
        return False
    try:
        with run_queue.kept_alive(held):
            kinds[held.kind].make(held, clock)
    except LeaseLost:
        log.warning("run %s was taken over or cancelled; what was made of it here does not count", held.run_id)
        run_queue.finish(held)  # of one that another worker has by now it changes nothing: its token is newer
        return True
    except Exception as error:  # noqa: BLE001  # one run that goes wrong must not take its worker along
        _failed(kinds, held, error)
        return True
    run_queue.finish(held)
    return True


def give_up_exhausted(kinds: Mapping[str, Kind], *, kind: str | None = None) -> int:
    """Mark as failed what has killed its worker at every attempt; returns how many. kind: only runs of that kind."""
    given_up = 0
    while (held := run_queue.claim_exhausted(kind)) is not None:
        _tell(kinds, held, STOPPED, final=True)
        run_queue.give_up(held, STOPPED)
        given_up += 1
    return given_up


def _failed(kinds: Mapping[str, Kind], held: Claim, error: Exception) -> None:
    """Let it wait for the next attempt, or give up after the last; the ledger says why in words."""
    reference = uuid4().hex[:12]
    log.exception("run %s went wrong, attempt %d, reference %s", held.run_id, held.attempts, reference)
    said = str(error) if isinstance(error, DriplineError) else "An error of ours."
    final = held.attempts >= MOST_ATTEMPTS
    reason = f"{said} Attempt {held.attempts} of {MOST_ATTEMPTS}; reference {reference}."
    _tell(kinds, held, reason, final=final)
    if final:
        run_queue.give_up(held, reason)
    else:
        run_queue.put_back(held, reason)


def _tell(kinds: Mapping[str, Kind], held: Claim, reason: str, *, final: bool) -> None:
    if held.kind in kinds:
        kinds[held.kind].note_failure(held, reason, final)
