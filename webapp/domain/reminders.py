"""When somebody is reminded that an accreditation, a credential or an assessment ends: at 90, 60, 30 and 7 days before, and weekly
after it ended.

A threshold that was passed during an outage is not made up for: the one reached on the day is entered, once. From the last before the end
on a reminder goes to the manager as well.
"""

from dataclasses import dataclass
from datetime import date, datetime

from webapp.domain.errors import BadInput
from webapp.domain.periods import day_text
from webapp.domain.vocabulary import Role

THRESHOLDS = (90, 60, 30, 7)
ESCALATED_FROM = 7
READERS = frozenset({Role.COMPLIANCE, Role.MANAGER})
"""Who may be reminded, and so who may answer for something that ends."""
MOST_WEEKS_AFTER = 52
LONGEST_SNOOZE_DAYS = 90


@dataclass(frozen=True, slots=True)
class EndingSubject:
    """Something that ends or has ended, and was not renewed. subject: its key. label: in words. ends_on: the last valid day."""

    subject: str
    label: str
    ends_on: date


@dataclass(frozen=True, slots=True)
class Reminding:
    """One line of the list. threshold: the one reached; None while none is. entered_at: when that reminder was entered.

    responsible: who answers for it by name; None for every officer. mailed: how many were written to about that reminder.
    """

    ending: EndingSubject
    days_left: int
    threshold: int | None
    entered_at: datetime | None
    snoozed_until: date | None
    reason: str | None
    responsible: str | None = None
    mailed: int = 0

    @property
    def is_escalated(self) -> bool:
        """Whether it is the manager's matter too."""
        return self.threshold is not None and self.threshold <= ESCALATED_FROM


def threshold_on(ends_on: date, today: date) -> int | None:
    """The threshold reached on a day: 90, 60, 30 or 7 before the end; after it 0, and -7 for each further week. None beyond both."""
    left = (ends_on - today).days
    if left >= 0:
        return min((one for one in THRESHOLDS if left <= one), default=None)
    weeks = (-left - 1) // 7
    return -7 * weeks if weeks <= MOST_WEEKS_AFTER else None


def checked_snooze(until: date, reason: str, today: date) -> None:
    """Raise BadInput with the first rule that a snooze breaks."""
    if until <= today:
        raise BadInput(f"Choose a day after {day_text(today)} until which nobody is reminded.")
    if (until - today).days > LONGEST_SNOOZE_DAYS:
        raise BadInput(f"Choose a day within the next {LONGEST_SNOOZE_DAYS}: what is put off for longer is forgotten.")
    if not reason:
        raise BadInput("Say in a sentence why nobody needs to be reminded until then.")
