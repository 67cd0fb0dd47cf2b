"""All that a surveyor sees: the one packet they were admitted to, with its matrix, as it was sealed."""

from uuid import UUID

from flask import Blueprint, Response

from webapp.access import current_scope
from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.queries.tracer_packets import find_readable
from webapp.transactions import reading
from webapp.views.tracer import packet_page, sealed_file

blueprint = Blueprint("survey", __name__, url_prefix="/survey")


@blueprint.get("")
def index() -> str:
    """The packet."""
    scope = current_scope()
    return packet_page(scope, _own(scope), "tracer/survey.html")


@blueprint.get("/packet.zip")
def download() -> Response:
    """Its sealed file."""
    scope = current_scope()
    return sealed_file(scope, _own(scope))


def _own(scope: Scope) -> UUID:
    with reading(scope) as db:
        packet_id = find_readable(scope, db)
    if packet_id is None:
        raise NotFound("No packet has been opened to you. Ask the compliance officer who invited you.")
    return packet_id
