"""Names and notes that people typed, made safe for one kind of file, and never more changed than that file needs."""

import re
import unicodedata

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the start of a formula, the full-width forms of some languages among them."""

REPLACEMENT = "\ufffd"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def without_formula(text: str) -> str:
    """For CSV: an apostrophe before what a spreadsheet would calculate."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def for_xml(text: str) -> str:
    """For XLSX: characters that XML cannot carry become the replacement character."""
    return _NOT_IN_XML.sub(REPLACEMENT, text)


def one_line(text: str) -> str:
    """For a page: one line, no control or direction-changing characters, nothing that no font can show."""
    kept = [_printable(character) for character in text if character not in DIRECTION_MARKS]
    return " ".join("".join(kept).split())


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " " if character in "\t\n\r\v\f\x85" else REPLACEMENT
    return REPLACEMENT if category in ("Cn", "Co", "Cs") else character
