"""Only addresses of this product pass."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.presentation.addresses import own_address

FOREIGN = """//evil.example|/\\evil.example|/\\/evil|https://evil|https:evil|http:/evil|javascript:alert(1)|data:text/html,x|\
\\evil|evil|#x|/a b|/a"b|/a<b|/a\nb|/\t/evil|\t/evil| /evil|/%0d\u2028|/é||?x\ny|\
/.//evil.example|/..//evil.example|/a/..//evil.example|/%2e//evil|/a/b/%2E./.%2e//evil|/.//|/.//.|/.//?page=2"""


@pytest.mark.parametrize("address", FOREIGN.split("|"))
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    assert own_address(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/d/overview?site=RIV&from=2026-10-01",
        "?page=2",
        "/reports/1#a",
        "/a%2F%2Fb",
        "/a//b",
        "/./a",
        "/.",
        "/?to=/.//b",
    ],
)
def test_an_own_address_passes_unchanged(address: str) -> None:
    assert own_address(address) == address


@given(st.text(alphabet=st.sampled_from("/\\?:#@.%ab\t\n j"), max_size=12))
def test_whatever_passes_stays_on_this_host(address: str) -> None:
    if own_address(address) is not None:
        joined = urlsplit(urljoin("https://here.example/d/overview", address))
        assert joined.netloc == "here.example" and not joined.path.startswith("//")
