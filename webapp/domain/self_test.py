"""The self-test of the isolation: what is asked as one canary network about another, and what of an answer is a fault.

Two networks of the installation's own, without anybody's data, hold words and ids that stand nowhere else. Whatever one of them is
answered must hold none of the other's; what is the other's must be answered like what nobody has; and a door that was not
tried has not passed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CANARY_SLUG = "self-test-"
"""What the short names of canary networks begin with, and those of no other network."""

NIGHT_FROM = timedelta(hours=2)
"""A night's test is due from 02:00 UTC on."""
AGAIN_AFTER = timedelta(minutes=55)
"""After a test that failed, the next ring of the hour tests again: that it passes now is worth a line as well."""
OVERDUE_DAYS = 2
"""Whoever looks is told when no test has been filed for more days than these."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class About(StrEnum):
    """Whose things a question names."""

    OWN = "own"
    OTHERS = "the other's"
    NOBODYS = "nobody's"


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands in one place's data and nowhere else: words in small letters, and ids."""

    words: frozenset[str]
    ids: frozenset[str]

    def found_in(self, text: str, said: Iterable[str] = ()) -> bool:
        """Whether a text holds any of them, besides what the question itself said."""
        text = text.lower()
        for words in said:
            text = text.replace(words.lower(), "*")
        return any(word in text for word in self.words) or not self.ids.isdisjoint(_ID.findall(text))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, files unpacked. status 0: nothing did."""

    status: int
    headers: str
    body: str

    @property
    def whole(self) -> str:
        """Headers and body."""
        return f"{self.headers}\n{self.body}"


@dataclass(frozen=True, slots=True)
class Question:
    """One question at one door. form: what is posted; None for one that only reads. said: the ids and words that it names."""

    door: str
    about: About
    method: str
    address: str
    form: Mapping[str, str] | None
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong. door: its declared name, or a table's. who: the role that asked."""

    door: str
    who: str
    wording: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one self-test found. asked: door -> questions, for every declared door."""

    started_at: datetime
    asked: Mapping[str, int]
    tables: int
    faults: tuple[Fault, ...]

    @property
    def declared(self) -> int:
        """How many doors there are."""
        return len(self.asked)

    @property
    def tried(self) -> int:
        """How many of them were tried at all."""
        return sum(many > 0 for many in self.asked.values())

    @property
    def passed(self) -> bool:
        """Only where every declared door was tried and nothing was found."""
        return not self.faults and self.tried == self.declared > 0 and self.tables > 0


def faults_of(question: Question, who: str, admitted: bool, answer: Answer, foreign: Iterable[Marks]) -> list[Fault]:
    """What is wrong with one answer. foreign: the marks that it must not hold."""
    found = []
    if answer.status == 0 or answer.status >= 500:
        found.append(f"answered {answer.status or 'nothing'} to a question about {question.about.value} things")
    elif not admitted and answer.status != 404:
        found.append(f"answered {answer.status} to a role that may not enter, instead of 404")
    if any(marks.found_in(answer.whole, question.said) for marks in foreign):
        found.append(f"showed something of the other's, asked about {question.about.value} things")
    return [Fault(question.door, who, words) for words in found]


def unlike_nobodys(question: Question, who: str, answer: Answer, nobodys: Answer) -> list[Fault]:
    """A fault where the answer about the other's things differs from the one about things that nobody has."""
    if answer.status == nobodys.status:
        return []
    told = f"answered {answer.status} about the other's things and {nobodys.status} about nobody's"
    return [Fault(question.door, who, told)]


def night_of(at: datetime) -> str:
    """The night that an instant belongs to, by the day on which it is tested (UTC)."""
    return (at - NIGHT_FROM).date().isoformat()


def is_due(now: datetime, last_at: datetime | None, last_passed: bool) -> bool:
    """Whether a test is to be made: once a night, and again in the next hour after one that failed."""
    if last_at is None or night_of(last_at) != night_of(now):
        return True
    return not last_passed and now - last_at >= AGAIN_AFTER
