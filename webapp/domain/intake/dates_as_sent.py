"""Days and times as another system writes them, brought to our form; what does not fit is left for the row checks."""

import re
from collections.abc import Sequence
from datetime import datetime

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PART_OF_DAY = re.compile(r"\d{4}(-\d\d)?", re.ASCII)
_TIME_CODES = ("%H", "%I", "%c", "%X")


class DateReader:
    """Reads a text by the first of `formats` (strptime) that fits it; ISO texts are always understood.

    drop_parts: a day of which only the year or the month is given, such as 2014-03, becomes ''.
    """

    def __init__(self, formats: Sequence[str], drop_parts: bool) -> None:
        self._formats = tuple((pattern, any(code in pattern for code in _TIME_CODES)) for pattern in formats)
        self._drop_parts = drop_parts

    @property
    def changes_anything(self) -> bool:
        """Whether a text can come out other than it went in."""
        return bool(self._formats) or self._drop_parts

    def in_our_form(self, text: str) -> str:
        """2026-10-31 or 2026-10-31T09:30:00 (with its offset where the text has one), else the text as it is."""
        if not text or _ISO_DAY.match(text):
            return text
        if self._drop_parts and _PART_OF_DAY.fullmatch(text):
            return ""
        for pattern, timed in self._formats:
            try:
                found = datetime.strptime(text, pattern)  # noqa: DTZ007  # read on the sender's wall; its zone is put to it later
            except ValueError:
                continue
            return found.isoformat() if timed else found.date().isoformat()
        return text
