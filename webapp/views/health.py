"""Whether this installation answers: for the supervisor and a load balancer. It tells nothing about anybody."""

from flask import Blueprint, Response, current_app, jsonify
from redis import Redis
from redis.exceptions import RedisError

from webapp.transactions import answers
from webapp.views.messages import RETRY_AFTER_SECONDS

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> tuple[Response, int]:
    """200 when the database answers; the queue is named beside it, since pages are read without it too."""
    database = answers()
    try:
        Redis.from_url(current_app.config["REDIS_URL"], socket_timeout=2, socket_connect_timeout=2).ping()
        queue = "answers"
    except RedisError:
        queue = "does not answer"
    said = jsonify(database="answers" if database else "does not answer", queue=queue)
    if not database:
        said.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return said, 200 if database else 503
