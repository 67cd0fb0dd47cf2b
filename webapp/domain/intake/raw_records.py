"""What stands between files and facts: records as text, in our fields, with the place they came from."""

from collections.abc import Mapping
from typing import NamedTuple

from webapp.domain.intake.rules import Rejection


class RawRecord(NamedTuple):
    """One record of one type as text, from one line of one file; an absent field and an empty one mean the same."""

    record_type: str
    file: str
    line: int
    raw: Mapping[str, str]


class LeftOut(NamedTuple):
    """A row that the mapping, by its own stated rule, makes no record of; `reason` is one of few, for counting."""

    record_type: str
    file: str
    line: int
    reason: str


Item = RawRecord | LeftOut | Rejection
"""What translating files gives, in order of reference."""
