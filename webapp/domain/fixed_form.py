"""The fixed form for readers without rows: whole months of the whole network, so that no two views can be subtracted."""

from dataclasses import replace
from datetime import date

from webapp.domain.filters import Filters, Preset
from webapp.domain.periods import Period, add_months

FIXED_FORM = "Your role sees whole months of the whole network, without further filters; what else this link asks for was left out."


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
