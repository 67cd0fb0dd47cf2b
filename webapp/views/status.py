"""The operator's page: is every network served? It opens no clinical row."""

from flask import Blueprint, render_template

from webapp.presentation import formats
from webapp.presentation.tables import Column, Table
from webapp.queries.platform_status import count_unsent, fetch_network_services
from webapp.queries.self_tests import find_newest, trouble_with_isolation
from webapp.services.audit import PLATFORM
from webapp.services.canary import heard_at, is_silent
from webapp.services.clock import now
from webapp.services.people import network_scope
from webapp.transactions import reading

blueprint = Blueprint("status", __name__)


@blueprint.get("/status")
def index() -> str:
    """Workers, queue and each network's waiting work."""
    heard = heard_at()
    services = fetch_network_services()
    networks = Table(
        "networks",
        "Is every network served?",
        "Reports and imports in the queue of each network",
        (
            Column("network", "Network"),
            Column("waiting", "Waiting", "integer"),
            Column("oldest", "Waiting since", "instant"),
            Column("running", "Running", "integer"),
            Column("failed", "Failed", "integer"),
        ),
        tuple((each.name, each.waiting, each.oldest_at, each.running, each.failed) for each in services),
    )
    return render_template(
        "status.html",
        networks=networks,
        silent=is_silent(now()),
        heard=formats.instant(heard) if heard else "not since the queue's server started",
        unsent=count_unsent(),
        failed=sum(each.failed for each in services),
        **_isolation(),
    )


def _isolation() -> dict[str, object]:
    """The newest self-test of the isolation: what is wrong with it, and how and when it went."""
    platform = network_scope(PLATFORM)
    with reading(platform) as db:
        newest = find_newest(platform, db)
    said = "The isolation self-test has not been made yet; its first night sets up two networks to test with."
    if newest is not None:
        tried = f"{newest.tried} of {newest.declared} doors"
        said = f"The isolation self-test of {formats.instant(newest.started_at)} passed: {tried} were tried."
    return {
        "isolation": said,
        "isolation_trouble": trouble_with_isolation(newest, now().date()),
        "tested": newest is not None,
    }
