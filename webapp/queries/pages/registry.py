"""Every drawn page that has panels: what builds them, and the period that it shows when its address names none.

The screen and the download of a table both ask here, so they hold the same.
"""

from collections.abc import Callable, Mapping

from webapp.domain.filters import Preset
from webapp.presentation.report_document import Panel
from webapp.queries.pages import accreditation, courses, overview, response, rows, sessions, side_effects, site
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shareable import without_rows

_BUILT: Mapping[str, Callable[[Ground], tuple[Panel, ...]]] = {
    "overview": overview.panels,
    "sessions": sessions.panels,
    "courses": courses.panels,
    "side-effects": side_effects.panels,
    "response": response.panels,
    "site": site.panels,
    "accreditation": accreditation.panels,
    "rows": rows.panels,
}
PANELS: Mapping[str, Callable[[Ground], tuple[Panel, ...]]] = {
    page: without_rows(page, build) for page, build in _BUILT.items()
}
"""By the page's key in `webapp.domain.doors`. Whoever may open no rows gets sums with small cells hidden, here and nowhere else."""

IN_A_FILE: Mapping[str, Callable[[Ground], tuple[Panel, ...]]] = {
    **PANELS,
    "rows": without_rows("rows", rows.whole_list),
}
"""What a download is made from: the screen's own panels; of a paged list, all of it."""

DEFAULT_PERIODS: Mapping[str, Preset] = {
    "courses": Preset.LAST_12_MONTHS,
    "response": Preset.LAST_12_MONTHS,
    "accreditation": Preset.LAST_12_MONTHS,
}
"""Where it is not last month."""


def default_period(page: str) -> Preset:
    """What the page shows when its address names no period."""
    return DEFAULT_PERIODS.get(page, Preset.LAST_MONTH)
