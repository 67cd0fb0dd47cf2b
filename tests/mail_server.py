"""A real SMTP server for tests: it takes mails, refuses them, hangs, or breaks off, as a test wants it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Postbox:
    """What the server was given. answer: what it says to each mail; kept: whether it keeps the mail all the same."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answer: str = "250 Taken"
    kept: bool = True
    times: int = 1
    hangs: bool = False
    breaks_off: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # the library's name
        """Take one mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        if self.kept:
            parsed: Any = message_from_bytes(content, policy=policy.default)
            self.mails += [parsed] * self.times
            self.recipients += envelope.rcpt_tos
        if self.hangs:
            await server.loop.run_in_executor(None, self.released.wait, 30)
        if self.breaks_off and server.transport is not None:
            server.transport.close()
        return self.answer


@contextmanager
def mail_server(postbox: Postbox) -> Iterator[str]:
    """The server on a free port of this machine; gives its address as MAIL_URL states it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        postbox.released.set()
        controller.stop()
