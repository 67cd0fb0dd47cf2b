"""What is said of an import of which more was refused than is listed."""

import pytest

from webapp.services.facts import StoredCount
from webapp.services.import_check import MOST_KEPT, Checked
from webapp.services.import_words import refused_words, stored_words

LISTED = "The first 100,000 reasons are listed."


@pytest.mark.parametrize(("more", "told"), [(0, False), (1, True)])
def test_reasons_that_are_not_listed_are_told_of(more: int, told: bool) -> None:
    many = MOST_KEPT + more
    checked = Checked(read=many + 1, accepted=1, rejected=many, reason_count=many)
    assert (LISTED in refused_words(checked)) is told
    assert (LISTED in stored_words(StoredCount(new=1), checked)) is told
