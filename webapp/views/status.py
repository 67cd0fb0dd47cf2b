"""The operator's page: is every network served? It opens no clinical row."""

from flask import Blueprint, render_template

from webapp.presentation import formats
from webapp.presentation.tables import Column, Table
from webapp.queries.platform_status import count_unsent, fetch_network_services
from webapp.services.canary import heard_at, is_silent
from webapp.services.clock import now

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
    )
