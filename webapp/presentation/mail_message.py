"""The mail that says a report is ready: a link and no clinical content, in plain text, with nothing of anybody's data in it."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from uuid import UUID

from webapp.domain.errors import BadInput

LONGEST_NAME = 100


def ready_message(
    delivery_id: UUID, sender: str, name: str, address: str, what: str, link: str, at: datetime
) -> EmailMessage:
    """The mail for one delivery.

    Its Message-ID follows from the delivery alone, so that a mail sent twice is known for the same one. what: the kind and
    the period (`Site report, 1–31 Oct 2026`), never a site, a count or a name of the network. A name can add no header: whatever
    is not a printing character is left out of it. Raises BadInput for an address that is none.
    """
    return _message(
        delivery_id,
        sender,
        (name, address),
        "A report is ready for you in Dripline",
        f"{what}: it is ready.\n\nSign in to read or download it:\n{link}\n\n"
        "This mail holds no data. Whether you may open the report is decided when you open it.\n",
        at,
    )


def reminder_message(
    mail_id: UUID, sender: str, name: str, address: str, threshold: int, link: str, at: datetime
) -> EmailMessage:
    """The mail that something ends or has ended: in how many days at most, never what or whose. Raises as `ready_message`."""
    said = f"ends within {threshold} days" if threshold > 0 else "has ended and was not renewed"
    return _message(
        mail_id,
        sender,
        (name, address),
        "Something ends soon in Dripline" if threshold > 0 else "Something has ended in Dripline",
        f"An accreditation, a credential or an assessment that you are reminded of {said}.\n\nSign in to see which:\n{link}\n\n"
        "This mail holds no data. You are written to once for each of these days; there you can also put it off.\n",
        at,
    )


def _message(
    mail_id: UUID, sender: str, recipient: tuple[str, str], subject: str, words: str, at: datetime
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = address_of(*parseaddr(sender))
    message["To"] = address_of(*recipient)
    message["Subject"] = subject
    message["Message-ID"] = f"<{mail_id.hex}@{_domain(sender)}>"
    message["Date"] = format_datetime(at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words)
    return message


def address_of(name: str, address: str) -> Address:
    """A person's name and address as a header holds them. Raises BadInput for what is no address."""
    local, at, domain = address.strip().rpartition("@")
    if not (at and local and domain) or any(not each.isprintable() or each.isspace() for each in address.strip()):
        raise BadInput("This person's e-mail address cannot be written to.")
    try:
        return Address(_plain(name), local, domain)
    except (ValueError, IndexError):
        raise BadInput("This person's e-mail address cannot be written to.") from None


def _plain(name: str) -> str:
    """A name on one line, of characters that print, and with nothing that reads as an encoded word.

    Python's own generator decodes such words in a name and writes what they hold, line ends and all, into the header.
    """
    printing = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(printing.replace("=?", " ").replace("?=", " ").split())[:LONGEST_NAME]


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
