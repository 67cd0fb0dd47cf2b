"""What decided the numbers of a page, in words: the same lines at the head of a file and under a picture."""

from webapp.domain.filters import Filters
from webapp.presentation import formats
from webapp.presentation.filter_bar import INDICATION_LABELS, PHASE_LABELS, PRODUCT_LABELS
from webapp.presentation.viewer import Viewer

ALL = "All"


def filter_words(filters: Filters, viewer: Viewer) -> list[tuple[str, str]]:
    """Label and value of network, period, sites and each filter."""
    named = [site.name for site in viewer.sites if filters.site_codes and site.code in filters.site_codes]
    return [
        ("Network", viewer.network_name),
        ("Period", formats.period(filters.period.start_on, filters.period.end_on)),
        ("Sites", ", ".join(named) or viewer.scope_words),
        ("Indication", INDICATION_LABELS[filters.indication] if filters.indication else ALL),
        ("Phase", PHASE_LABELS[filters.phase] if filters.phase else ALL),
        ("Product", PRODUCT_LABELS[filters.product] if filters.product else ALL),
    ]
