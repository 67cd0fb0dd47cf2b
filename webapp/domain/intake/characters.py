"""Which characters a cell may hold, and what must never stand in it."""

import re
import unicodedata

from webapp.domain.intake.rules import RefusedError

_JOINERS = "\u200c\u200d"
"""Zero-width joiners belong to emoji and to several scripts: free text keeps them."""

_VARIATION = frozenset(chr(code) for code in range(0xFE00, 0xFE10))

_SSN = r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"
_PHONE = r"(?<![\w-])(?:\+?1[ .-]?)?(?:\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
_FOREIGN_PHONE = r"(?<![\w-])\+\d{1,3}[ .-]?\d(?:[ .-]?\d){6,12}(?![\w-])"
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
_PERSONAL = re.compile(rf"(?P<ssn>{_SSN})|(?P<phone>{_PHONE}|{_FOREIGN_PHONE})|(?P<email>{_EMAIL})", re.ASCII)
_SPOKEN = {"ssn": "a social security number", "phone": "a telephone number", "email": "an e-mail address"}


def check_characters(text: str, free: bool) -> None:
    """Refuse control, direction-changing and invisible characters; in free text line breaks, tabs and joiners may
    stand.

    `text` is NFC already. Raises RefusedError naming the first such character.
    """
    if text.isascii() and text.isprintable():
        return
    check_not_garbled(text)
    for character in text:
        if character.isprintable() or character == " ":
            continue
        category = unicodedata.category(character)
        if category == "Cc":
            if not (free and character in "\n\r\t"):
                raise RefusedError("control_character", f"U+{ord(character):04X}")
        elif category in ("Cf", "Zl", "Zp"):
            if not (free and character in _JOINERS):
                raise RefusedError("invisible_character", _named(character))
        elif category in ("Cs", "Cn"):
            raise RefusedError("control_character", f"U+{ord(character):04X}")
        elif category == "Zs" and not free:
            raise RefusedError("invisible_character", _named(character))
    if not free and any(character in _VARIATION for character in text):
        raise RefusedError("invisible_character", "a variation selector")


def check_not_garbled(text: str) -> None:
    """Refuse text that carries the signs of UTF-8 read as Windows-1252, or replacement characters."""
    if text.isascii():
        return
    if "\ufffd" in text:
        raise RefusedError("garbled_text", "")
    try:
        meant = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return
    raise RefusedError("garbled_text", f" and may mean “{meant[:60]}”")


def check_no_identifier(text: str) -> None:
    """Refuse what looks like a social security number, a telephone number or an e-mail address."""
    found = _PERSONAL.search(text)
    if found is not None:
        raise RefusedError("personal_identifier", _SPOKEN[str(found.lastgroup)])


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'of no name')}"
