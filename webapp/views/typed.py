"""What was typed into a form: kept to be shown again, with what is wrong with it by field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from webapp.domain.periods import EARLIEST_ON, read_day

LONGEST_SHOWN = 4000
STATUS: dict[type[Exception], int] = {BadInput: 400, NotAllowed: 403, NotFound: 404, Conflict: 409}
"""With what a form is answered that is shown again beside what was refused."""


@dataclass(slots=True)
class Typed:
    """The fields of a form, or of the link that led to it."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, sent: Mapping[str, str], names: Iterable[str]) -> "Typed":
        """Those fields; each no longer than is worth showing again."""
        return cls({name: sent.get(name, "")[:LONGEST_SHOWN] for name in names})

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def text(self, name: str, words: str = "") -> str:
        """A text without blanks around it; with `words`, those stand beside the field where it is empty."""
        found = self.values[name].strip()
        if words and not found:
            self.errors[name] = words
        return found

    def day(self, name: str, label: str, *, required: bool = False) -> date | None:
        """A day, or an error beside its field."""
        text = self.values[name].strip()
        day = read_day(text)
        if text and day is None:
            self.errors[name] = f"Give a day of the calendar from {EARLIEST_ON.year} on, written as 2026-10-31."
        elif required and day is None:
            self.errors[name] = f"Give {label}."
        return day

    def choice(self, name: str, allowed: Iterable[str], words: str) -> str:
        """One of those, or an error beside its field."""
        if self.values[name] not in set(allowed):
            self.errors[name] = words
        return self.values[name]


def read_uuid(text: str) -> UUID | None:
    """The id that a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
