"""How tests are dealt out: file by file, but all that need a browser to one worker, which then opens it only once."""

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # xdist has no types

BROWSER_TESTS = "tests/browser/"


class OneBrowser(LoadFileScheduling):  # type: ignore[misc]  # as above
    """Keeps the tests of a file together, and those under tests/browser as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER_TESTS if nodeid.startswith(BROWSER_TESTS) else nodeid.split("::", 1)[0]
