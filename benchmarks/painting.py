"""How soon a changed filter is painted: the click, the answer, every chart in the window, in headless Chromium."""

from statistics import median

from benchmarks.limits import Held, at_most
from benchmarks.visiting import Client
from tests.browser.driving import HOW_TO_GET_ONE, find_chromium, started_browser
from tests.browser.looking import AT_REST, READY

PAINT_LIMIT_MS = 300
CLICKS = 9
PAGE, PERIODS = "/d/sessions", ("last_12_months", "last_30_days")
WHAT = "A changed filter painted, sessions page, in headless Chromium"

WAITING = """() => [...document.querySelectorAll(".graph[data-pending]")].some((place) => {
    const box = place.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
})"""
"""Whether a chart that can be seen still shows what was asked before; those below the window follow."""

_CLICK = f"""(label) => new Promise((painted) => {{
    const waiting = {WAITING};
    const context = () => document.querySelector(".page-context").textContent;
    const before = context();
    const began = performance.now();
    [...document.querySelectorAll("label")].find((one) => one.textContent.trim() === label).click();
    const look = (stood) => {{
        const stands = context() !== before && !waiting();
        if (stands && stood) painted(performance.now() - began);
        else requestAnimationFrame(() => look(stands)); // two frames alike: nothing is half done
    }};
    requestAnimationFrame(() => look(false));
}})"""


def limits(client: Client, email: str, password: str) -> list[Held]:
    """The median of some clicks between two periods, after both were seen once."""
    path = find_chromium()
    if path is None:
        return [Held(WHAT, f"at most {PAINT_LIMIT_MS} ms", f"no Chromium here: {HOW_TO_GET_ONE}", None)]
    with started_browser(str(path)) as browser:
        page = browser.new_context(base_url=client.address, viewport={"width": 1440, "height": 900}).new_page()
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for(state="attached")
        page.goto(PAGE)
        page.wait_for_selector(READY)
        page.wait_for_function(AT_REST)
        labels = ("12 months", "30 days")
        took = []
        for place in range(CLICKS + 2):
            took.append(float(page.evaluate(_CLICK, labels[place % 2])))
            page.wait_for_function(AT_REST)
    answers = [client.ask(f"{PAGE}?period={period}")[0] * 1000 for period in PERIODS * CLICKS]
    seen = f"the answer alone, over HTTP, takes {median(answers):.0f} ms"
    return [at_most(WHAT, PAINT_LIMIT_MS, median(took[2:]), "ms", seen)]
