"""The fixed form for readers who may not see single patients: whole months of the whole network, so that no two views can be
subtracted.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from webapp.domain.filters import Filters, Preset
from webapp.domain.periods import Period, add_months
from webapp.domain.row_choice import ROWS_PAGE
from webapp.domain.scope import PATIENT_ROLES, ROW_ROLES
from webapp.domain.vocabulary import Role

Control = TypeVar("Control", bound=str)

FIXED_FORM = "Your role sees whole months of the whole network, without further filters; what else this link asks for was left out."
NO_INDICATION = "Your role is not told what a session was for, so the choice of an indication was left out."
STANDING_PAGES = frozenset({"accreditation"})
"""Pages that tell of sites and people, not of patients."""
COUNTING_PAGES = frozenset({"sessions", "courses", "side-effects", "response"})
"""Pages that count what is recorded of patients and nothing else."""


def is_fixed(role: Role, page: str) -> bool:
    """Whether the role gets the page in the fixed form: all of them without rows, those that count patients without pseudonyms."""
    return role not in ROW_ROLES or (role not in PATIENT_ROLES and page in COUNTING_PAGES)


def offered_to(role: Role, page: str, controls: Sequence[Control]) -> tuple[Control, ...]:
    """Which of a page's controls change what the role is shown there; the others would only be answered with a refusal."""
    if is_fixed(role, page):
        kept = {"period", "sites", "as_of", "known"} if page in STANDING_PAGES else {"period"}
        return tuple(control for control in controls if control in kept)
    return tuple(control for control in controls if control != "indication" or role in PATIENT_ROLES)


def told_to(role: Role, page: str, filters: Filters, today: date, default: Preset) -> tuple[Filters, tuple[str, ...]]:
    """What of the filters the role is answered on that page, and a sentence for what is left out."""
    if is_fixed(role, page):
        return in_fixed_form(filters, today, default, of_standings=page in STANDING_PAGES)
    if role in PATIENT_ROLES or page == ROWS_PAGE or filters.indication is None:
        return filters, ()  # the list of rows refuses by itself
    return replace(filters, indication=None), (NO_INDICATION,)


def in_fixed_form(
    filters: Filters, today: date, default: Preset, *, of_standings: bool = False
) -> tuple[Filters, tuple[str, ...]]:
    """The month in which the period ends, or the last whole one, with nothing else; and a sentence where more was asked for.

    of_standings: a page that tells of no patient keeps the day and the sites asked for.
    """
    this_month = today.replace(day=1)
    start = min(filters.period.last_on.replace(day=1), add_months(this_month, -1))
    month = Period(start, add_months(start, 1))
    preset = Preset.LAST_MONTH if month.end_on == this_month else Preset.CUSTOM
    fixed = Filters(period=month, preset=preset, sort=filters.sort)
    if of_standings:
        fixed = replace(
            fixed, as_of=filters.as_of, known=filters.known, known_at=filters.known_at, site_codes=filters.site_codes
        )
    as_wanted = replace(fixed, period=filters.period, preset=filters.preset, compare=filters.compare)
    more = filters != as_wanted or (filters.period != month and filters.preset is not default)
    return fixed, (FIXED_FORM,) if more else ()
