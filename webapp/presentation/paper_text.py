"""Names and notes that people typed, made fit for paper, and never more changed than paper needs."""

import unicodedata

from webapp.presentation import paper_fonts
from webapp.presentation.plain_text import DIRECTION_MARKS

JOINERS = frozenset("\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff")
"""Say only how their neighbours are joined."""

LONGEST_WORD = 24
PIECE = 8
ZERO_WIDTH_SPACE = "\u200b"


def for_paper(text: str) -> str:
    """For PDF: one line, no control or direction-changing characters.

    A character that no font of paper can show is spelled out as its code point, `[U+1F642]`: never a box, and never nothing.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = [_printable(character) for character in text if character not in DIRECTION_MARKS]
    return " ".join("".join(kept).split())


def breakable(text: str) -> str:
    """For narrow columns: a word longer than any real one may be broken anywhere."""
    return " ".join(_chopped(word) for word in text.split(" "))


def _chopped(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return ZERO_WIDTH_SPACE.join(word[start : start + PIECE] for start in range(0, len(word), PIECE))


def _printable(character: str) -> str:
    if character in "\t\n\r\v\f\x85\u2028\u2029":
        return " "
    category = unicodedata.category(character)
    if category in ("Cc", "Cn", "Co", "Cs") or not paper_fonts.covers(character):
        return "" if character in JOINERS else f"[U+{ord(character):04X}]"
    return character
