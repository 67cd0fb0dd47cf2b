"""From a number to what it counts: the rows behind it, or the same page with one thing chosen."""

from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.shell import PageRequest
from webapp.domain.periods import Period
from webapp.domain.row_choice import CLINICAL_FIELDS, RowList


@dataclass(frozen=True, slots=True)
class Behind:
    """The links of one page. A role that may not open the rows gets none, nor one whose columns would not show the choice."""

    request: PageRequest

    def rows(self, period: Period | None, /, **asked: str) -> str | None:
        """The list of the sessions (or, with `list="courses"`, the courses) that the choice leaves.

        period: None is that of the page.
        """
        scope = self.request.scope
        clinical = CLINICAL_FIELDS.intersection(asked) or self.request.filters.indication is not None
        if not scope.may_open_rows or (clinical and not scope.may_see_pseudonyms):
            return None
        of_courses = {"phase": None} if asked.get("list") == RowList.COURSES else {}  # a course has sessions of both
        return self.request.href("rows", **_days(period or self.request.filters.period), **of_courses, **asked)

    def serious(self, key: str, column: str) -> str | None:
        """From a serious side effect to the sessions of its day that have one of its kind. key: the row's in `serious_list`."""
        day, term, _ = key.split(".")
        on = date.fromisoformat(day)
        asked = {"term": term, "serious": "yes"}
        return self.rows(Period(on, on + timedelta(days=1)), **asked) if column in ("session", "on", "term") else None

    def with_serious(self, term: str, column: str) -> str | None:
        """From a term to the sessions that have a serious one; a session may have several, so their number opens none."""
        return self.rows(None, term=term, serious="yes") if column == "term" else None

    def here(self, period: Period | None, /, **asked: str) -> str:
        """This page for one site, term or period."""
        return self.request.href(**(_days(period) if period else {}), sort=None, **asked)

    def site(self, code: str) -> str:
        """The page about one site."""
        return self.request.href("site", site=code)


def _days(period: Period) -> dict[str, str | None]:
    """The fields of an address that name these days, whatever the page shows when none are named."""
    return {"period": None, "from": period.start_on.isoformat(), "to": period.last_on.isoformat()}


def whole_of(period: Period) -> dict[str, str | None]:
    """The fields of an address that ask for everything of these days, whatever the page is narrowed to."""
    return {**_days(period), "indication": None, "phase": None, "product": None}
