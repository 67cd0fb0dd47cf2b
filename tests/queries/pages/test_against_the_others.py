"""Sites held against the network and against their own months: the recount that real sources pass, asked of a made network."""

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.queries import recount
from tests.queries.pages.network import Network
from tests.queries.pages.recounted import TODAY, page_tables
from tests.walks.recount.control import control_by_site
from tests.walks.recount.funnel import funnel
from tests.walks.recount.registry import assert_recounted
from tests.walks.recount.source import Asked, Effect, Given, Source

PERIODS = ((date(2025, 11, 1), date(2026, 10, 31)), (date(2026, 8, 1), date(2026, 10, 15)))
LARGEST_TODAY = TODAY + timedelta(days=400)


def source_of(network: Network) -> Source:
    """The network's delivered sessions as the raw files of a source would be read."""
    plain = network.plain_of(f"?from=2020-01-01&to={LARGEST_TODAY}")
    facts = network.facts
    given = [
        Given(
            facts.sites[session["site_id"]],
            str(session["course"]["patient_id"]),
            session["on_date"],
            session["infusion"],
            facts.screens.get(session["session_id"], ""),
            None,
            tuple(Effect(e["term"], e["severity"]) for e in facts.effects.get(session["session_id"], ())),
            (session["course"]["product"], session["course"]["indication"]),
        )
        for session in plain.delivered()
    ]
    through = {code: plain.clock(site) for site, code in facts.sites.items()}
    names = recount.names_of(network.scope)
    return Source(names, max(through.values()), "", given, [], through)


@pytest.mark.parametrize("period", PERIODS, ids=["a year", "two months and a half"])
def test_sites_against_the_network_and_against_themselves(
    app: Flask, network: Network, period: tuple[date, date]
) -> None:
    assert_against_the_others(network, period)


def assert_against_the_others(network: Network, period: tuple[date, date]) -> None:
    """The funnel of the overview and of the side effects, and what each site's control chart says."""
    asked = Asked(source_of(network), *period, TODAY)
    search = f"?from={period[0]}&to={period[1]}"
    for page, keys in (("overview", ("funnel",)), ("side-effects", ("funnel", "control_by_site"))):
        tables = page_tables(network.scope, page, search)
        for key in keys:
            assert_recounted(tables[key], asked)
    assert funnel(asked) and list(control_by_site(asked))
