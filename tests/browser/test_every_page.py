"""Every page in a real browser: no barrier, nothing wider than the window, nothing asked of another host, no trouble."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.house import House
from tests.browser.views import View, every_view

COLOURS = ["color-contrast"]
"""What a change of theme can change: shapes and words stay as they are."""
FRAMES = {"overview", "reports", "status", "survey", "sign-in", "message"}
"""One view of each frame: its navigation is all that stands in a wide window only."""


@pytest.mark.parametrize("view", every_view(), ids=lambda view: view.name)
def test_no_barrier_on_any_page_wide_or_narrow_light_or_dark(visit: Visits, house: House, view: View) -> None:
    """Every rule wide and light, and narrow and dark: the other two pairs have no shape of their own, and colours in the frame only."""
    looker = visit(view.who)
    looker.page.emulate_media(color_scheme="light")
    looker.open(view.at(house))
    looker.settle()
    if view.name == "message":
        looker.trouble.clear()  # the browser itself notes that the page was not found
    assert looker.barriers() == []
    looker.page.emulate_media(color_scheme="dark")
    if view.name in FRAMES:
        assert looker.barriers(COLOURS) == []
    looker.page.set_viewport_size({"width": 390, "height": 844})
    looker.settle()
    assert looker.overflow() == 0
    assert looker.barriers() == []
