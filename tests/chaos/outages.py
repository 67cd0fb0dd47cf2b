"""Faults of what stands around the workers: beat away for days and months, a store that cannot be written, a mail server in trouble."""

import os
import shelve
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.chaos.house import MADE, House, NotThere, count, time_passes
from tests.chaos.tally import expected_runs
from tests.delivering import person
from tests.mail_server import Postbox, mail_server
from tests.reporting import end_schedules
from webapp.artifacts import REPORTS
from webapp.domain.periods import add_months
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.transactions import reading, unit_of_work

AWAY = timedelta(days=3)
OBEYING_MODES = ("setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override")
"""Before a worker's command: what root runs with it may not write where a folder's mode forbids it, as any other account may not."""


def all_made(scope: Scope) -> bool:
    """Whether every report that should exist by now is made."""
    return count(scope, MADE) == len(expected_runs(scope, datetime.now(UTC))) > 0


def beat_away_for_three_months(house: House, scope: Scope) -> None:
    """Beat has never rung since the schedule began, and has no notes: the first that starts makes up for it, with no other ring."""
    with house.worker(), house.beat(f"never-{scope.network_id}"):
        house.wait_for(lambda: all_made(scope), "all reports after three months", ringing=False)


def beat_away_for_three_days(house: House, scope: Scope) -> None:
    """Beat rang until three days ago, then a due day passed without it; it comes back with the notes that it kept."""
    gone = (datetime.now(UTC) - AWAY / 2).date()
    newest = add_months(gone.replace(day=1), -1)
    with unit_of_work(scope) as db:
        values = {"network": scope.network_id, "day": gone.day}
        db.execute(text("UPDATE schedule SET due_day = :day WHERE network_id = :network"), values)
    end_schedules(scope, newest)
    notes = f"away-{scope.network_id}"
    with house.worker(), house.beat(notes):
        house.wait_for(lambda: all_made(scope), "the reports before beat went away", ringing=False)
    _age(house.folder / notes)
    before = count(scope, "true")
    end_schedules(scope, datetime.now(UTC).date().replace(day=1))
    if len(expected_runs(scope, datetime.now(UTC))) == before:
        raise NotThere("nothing fell due while beat was away, so nothing is shown")
    with house.worker(), house.beat(notes):
        house.wait_for(lambda: all_made(scope), "what fell due while beat was away", ringing=False)


def _age(notes: Path) -> None:
    """Beat's own notes as they were when it went away."""
    with shelve.open(str(notes), writeback=True) as kept:  # noqa: S301  # written by our own beat a moment ago
        for entry in kept["entries"].values():
            entry.last_run_at -= AWAY


def store_read_only(house: House, scope: Scope) -> None:
    """The store's folder may be read and not written. Afterwards it may."""
    folder = Path(str(house.app.config["ARTIFACT_DIR"])) / REPORTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    for socket in house.folder.rglob(".s.PGSQL.*"):
        if socket.is_socket():
            socket.chmod(0o777)  # the database's own account made it, and the worker is to reach it all the same
    folder.chmod(0o500)
    try:
        with house.worker(*(() if os.geteuid() else OBEYING_MODES)):
            house.wait_for(lambda: count(scope, "reason IS NOT NULL") > 0, "a refusal of the store")
            if count(scope, MADE):
                raise NotThere("a report was stored in a folder that cannot be written")
    finally:
        folder.chmod(mode)
    with house.worker():
        time_passes(scope)
        house.wait_for(lambda: all_made(scope), "all reports")


def mail_server_in_trouble(house: House, scope: Scope) -> None:
    """The mail server refuses, then hangs with a mail in its hands, then takes everything and gives it on twice."""
    _mail_to_a_manager(scope)
    box = Postbox(answer="451 Later", kept=False)
    with ExitStack() as running:
        url = running.enter_context(mail_server(box))
        running.enter_context(house.worker(MAIL_URL=url))
        house.wait_for(lambda: all_made(scope), "all reports, whatever the mail server does")
        house.wait_for(lambda: _mails(scope, "state = 'waiting' AND reason LIKE '%451%'") > 0, "a refused mail")
        box.answer, box.kept, box.times, box.hangs = "250 Taken", True, 2, True
        time_passes(scope)
        house.wait_for(
            lambda: _mails(scope, "state = 'sending' AND reason IS NOT NULL") > 0, "a mail without an answer"
        )
        box.hangs = False
        box.released.set()
        time_passes(scope)
        house.wait_for(lambda: _mails(scope, "state NOT IN ('delivered', 'failed')") == 0, "the end of all mails")
    _require_each_mail_once(scope, box)


def _mail_to_a_manager(scope: Scope) -> None:
    """Let the schedule write to somebody."""
    reader = person(scope, Role.MANAGER)
    values = {"network": scope.network_id, "user": reader.user_id}
    with unit_of_work(scope) as db:
        db.execute(text("UPDATE schedule SET mail = true WHERE network_id = :network"), values)
        db.execute(
            text(
                "INSERT INTO schedule_recipient (network_id, schedule_id, user_id)"
                " SELECT network_id, id, :user FROM schedule WHERE network_id = :network"
            ),
            values,
        )


def _mails(scope: Scope, condition: str) -> int:
    with reading(scope) as db:
        statement = "SELECT count(*) FROM delivery WHERE channel = 'mail' AND " + condition  # our own words
        return int(db.execute(text(statement)).scalar_one())


def _require_each_mail_once(scope: Scope, box: Postbox) -> None:
    """One mail a report; handed over a second time only where the first had no answer; never more. Raises NotThere."""
    with reading(scope) as db:
        rows = db.execute(text("SELECT id, run_id, state, doubtful FROM delivery WHERE channel = 'mail'")).all()
    handed_over = Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in box.mails)
    wrong: list[Any] = [row for row in rows if row.state != "delivered"]
    wrong += [row for row in rows if handed_over[row.id.hex] not in ((2, 4) if row.doubtful else (2,))]
    runs: set[UUID] = {row.run_id for row in rows}
    if wrong or len(runs) != len(rows) or len(rows) != len(expected_runs(scope, datetime.now(UTC))):
        raise NotThere(f"each report's mail once: {len(rows)} mails of {len(runs)} reports, not so: {wrong}")
