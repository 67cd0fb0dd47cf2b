"""Whether this installation answers: for the supervisor and a load balancer. It tells nothing about anybody."""

from flask import Blueprint, Response, current_app, jsonify
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.transactions import ping

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> tuple[Response, int]:
    """200 when the database answers; the queue is named beside it, since pages are read without it too."""
    try:
        ping()
        database = "answers"
    except SQLAlchemyError:
        database = "does not answer"
    try:
        Redis.from_url(current_app.config["REDIS_URL"], socket_timeout=2).ping()
        queue = "answers"
    except RedisError:
        queue = "does not answer"
    return jsonify(database=database, queue=queue), 200 if database == "answers" else 503
