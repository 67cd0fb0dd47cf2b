"""Sending one queued mail: claimed before it is sent, marked after it, and at most once more when nobody knows whether it went.

Between the moment at which the mail server takes a mail and the moment at which that is written down, a process can die. Such a
mail is doubtful: it is sent one further time, with the same Message-ID, and never again.
"""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

from flask import current_app
from sqlalchemy import text

from webapp import faults
from webapp.domain.errors import BadInput, DriplineError
from webapp.domain.report_kinds import KIND_LABELS, ReportKind
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.presentation.mail_message import ready_message
from webapp.queries.recipients import Recipient, fetch_recipients
from webapp.services import people
from webapp.services.run_queue import Claim, LeaseLost
from webapp.transactions import reading, unit_of_work

TIMEOUT_SECONDS = 20.0
TWICE_DOUBTFUL = (
    "It was handed to the mail server twice without an answer, so it may have arrived; it is not sent again."
)
NOT_SENT = "Nothing was sent to it. The next mail goes out once the address of the account is mended."
MailTable = Literal["delivery", "reminder_mail"]
"""Where mails stand: one row each, with its state, its claim, and whether it is doubtful."""
TABLE: MailTable = "delivery"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class MailRefused(DriplineError):
    """The mail server did not take a mail; it may be tried again. uncertain: it may have been taken all the same."""

    def __init__(self, words: str, *, uncertain: bool) -> None:
        super().__init__(words)
        self.uncertain = uncertain


@dataclass(frozen=True, slots=True)
class _Mail:
    """One mail as its worker takes it."""

    id: UUID
    run_id: UUID
    site_id: UUID | None
    user_id: UUID
    kind: ReportKind
    period_start: date
    period_end: date
    was_sending: bool
    doubtful: bool


def make(held: Claim, clock: Callable[[], datetime]) -> bool:
    """Send the claimed mail; False when nothing was left to send. Raises MailRefused, or LeaseLost as all queued work does."""
    scope = people.network_scope(held.network_id)
    mail = _take(scope, held)
    if mail is None:
        return False
    faults.reached("mail.1.claimed")
    if mail.was_sending and mail.doubtful:
        mark(scope, held, TABLE, "failed", clock(), TWICE_DOUBTFUL)
        return True
    with reading(scope) as db:
        person = next((each for each in fetch_recipients(scope, db, clock()) if each.user_id == mail.user_id), None)
    if person is None or not person.may_read(mail.kind, mail.site_id):
        mark(scope, held, TABLE, "not_sent", clock(), "May no longer see this report.")
        return True
    try:
        message = _message(mail, person, clock())
    except BadInput as unwritable:
        mark(scope, held, TABLE, "failed", clock(), f"{unwritable} {NOT_SENT}")
        return True
    send_and_mark(scope, held, TABLE, message, clock)
    return True


def note_failure(held: Claim, reason: str, final: bool) -> None:
    """Keep why a mail was not sent; after the last attempt it has failed. The report itself stays to be read in the list."""
    keep_failure(people.network_scope(held.network_id), held, TABLE, reason, final)


def send_and_mark(
    scope: Scope, held: Claim, table: MailTable, message: EmailMessage, clock: Callable[[], datetime]
) -> None:
    """Send the mail of a claimed row of `table`, and mark what became of it. Raises MailRefused, or LeaseLost.

    Where the server may have taken it all the same, the row stays as it is: doubtful for whoever claims it next.
    """
    try:
        send(message)
    except MailRefused as refused:
        if not refused.uncertain:
            mark(scope, held, table, "waiting", clock(), str(refused))
        raise
    faults.reached("mail.2.sent")
    mark(scope, held, table, "delivered", clock(), None)
    faults.reached("mail.3.noted")


def mark(scope: Scope, held: Claim, table: MailTable, state: str, now: datetime, reason: str | None) -> None:
    """Say what became of a claimed row that is being sent. Raises LeaseLost when somebody else holds it by now."""
    statement = text(
        f"UPDATE {table} SET state = :state, reason = :reason, at = :now WHERE network_id = :network AND id = :id"
        " AND lease_token = :token AND state = 'sending' RETURNING id"
    )
    with unit_of_work(scope) as db:
        marked = db.execute(statement, {**row_of(held), "state": state, "reason": reason, "now": now}).scalar()
    if marked is None:
        raise LeaseLost


def keep_failure(scope: Scope, held: Claim, table: MailTable, reason: str, final: bool) -> None:
    """Keep beside a row that is not sent yet why it was not; after the last attempt it has failed."""
    statement = text(
        f"UPDATE {table} SET reason = :reason, attempts = :attempts, state = CASE WHEN :final THEN 'failed' ELSE state END"
        " WHERE network_id = :network AND id = :id AND (lease_token IS NULL OR lease_token <= :token)"
        " AND state IN ('waiting', 'sending')"
    )
    with unit_of_work(scope) as db:
        db.execute(statement, {**row_of(held), "reason": reason, "attempts": held.attempts, "final": final})


def row_of(held: Claim) -> dict[str, object]:
    """The bound values that name a claimed row."""
    return {"network": held.network_id, "id": held.run_id, "token": held.token}


def send(message: EmailMessage) -> None:
    """Hand a mail to the server that MAIL_URL names, in a connection of its own. Raises MailRefused with what went wrong."""
    url = urlsplit(str(current_app.config["MAIL_URL"]))
    handed_over = False
    try:
        server = _connected(url)
        try:
            _sign_in(server, url)
            handed_over = True
            server.send_message(message)
        finally:
            # Once the mail is taken, a farewell that goes wrong must not make it look refused.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
        raise MailRefused(f"The mail server refused it ({_code(error)}).", uncertain=False) from error
    except (smtplib.SMTPException, OSError) as error:
        words = f"The mail server did not answer in time or broke off ({type(error).__name__})."
        raise MailRefused(words, uncertain=handed_over) from error


def _connected(url: SplitResult) -> smtplib.SMTP:
    host, port = url.hostname or "localhost", url.port
    timeout = float(current_app.config.get("MAIL_TIMEOUT_SECONDS", TIMEOUT_SECONDS))
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(host, port or 25, timeout=timeout)


def _sign_in(server: smtplib.SMTP, url: SplitResult) -> None:
    """Encrypt where the server can, and give the name and password of MAIL_URL, never in the clear to another machine."""
    server.ehlo()
    if url.scheme == "smtp" and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if not url.username:
        return
    if not isinstance(server.sock, ssl.SSLSocket) and url.hostname not in LOOPBACK:
        raise MailRefused("The mail server offers no encryption, so it is not told the password.", uncertain=False)
    server.login(unquote(url.username), unquote(url.password or ""))


def _code(error: Exception) -> str:
    """The server's number only: what it writes beside it may repeat an address."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"answer {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the recipient's address"
    return "the address cannot be written in a way that it reads"


def _take(scope: Scope, held: Claim) -> _Mail | None:
    """Put the claim's token on the mail. One that was being sent when its worker vanished becomes doubtful."""
    with unit_of_work(scope) as db:
        before = db.execute(
            text(
                "SELECT state, doubtful FROM delivery WHERE network_id = :network AND id = :id AND channel = 'mail'"
                " AND (lease_token IS NULL OR lease_token < :token) FOR UPDATE"
            ),
            {"network": held.network_id, "id": held.run_id, "token": held.token},
        ).one_or_none()
        if before is None or before.state not in ("waiting", "sending"):
            return None
        row = db.execute(
            text(
                "UPDATE delivery d SET state = 'sending', lease_token = :token, attempts = :attempts, reason = NULL,"
                " doubtful = d.doubtful OR d.state = 'sending' FROM report_run r, schedule c WHERE d.network_id = :network"
                " AND d.id = :id AND r.network_id = d.network_id AND r.id = d.run_id AND c.network_id = r.network_id"
                " AND c.id = r.schedule_id"
                " RETURNING d.id, d.run_id, d.site_id, d.user_id, c.kind, r.period_start, r.period_end"
            ),
            {"network": held.network_id, "id": held.run_id, "token": held.token, "attempts": held.attempts},
        ).one()
    id_, run_id, site_id, user_id, kind, start, end = row
    return _Mail(
        id_, run_id, site_id, user_id, ReportKind(kind), start, end, before.state == "sending", before.doubtful
    )


def _message(mail: _Mail, person: Recipient, now: datetime) -> EmailMessage:
    what = f"{KIND_LABELS[mail.kind]}, {formats.period(mail.period_start, mail.period_end)}"
    link = f"{current_app.config['BASE_URL']}/reports/{mail.run_id}"
    sender = str(current_app.config["MAIL_FROM"])
    return ready_message(mail.id, sender, person.name, person.email, what, link, now)
