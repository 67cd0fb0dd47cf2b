"""The application, put together: settings, database, guard, views."""

from collections.abc import Mapping

from flask import Flask

from webapp import access
from webapp.extensions import csrf, db
from webapp.services.role_check import check_role
from webapp.transactions import STATEMENT_TIMEOUT_MS
from webapp.views import install as install_views

_SESSION_SETTINGS = (
    "-c timezone=UTC -c datestyle=ISO -c idle_in_transaction_session_timeout=60000"
    # Compiling a statement costs a served database more than it saves: each takes milliseconds, whatever the planner thinks.
    f" -c statement_timeout={STATEMENT_TIMEOUT_MS} -c jit=off"
)
_NEVER = 1_000_000_000
# The driver would prepare any statement after a few uses, and planned without its values (how many sites, which days, how
# long the arrays) one that takes 0.2 s ran into the 30 s timeout. Only what `webapp.transactions.ask` puts is prepared.
_PREPARING = {"prepare_threshold": _NEVER}
_CONNECT_SECONDS = 5
"""A database that does not answer is said within this time, instead of keeping the asker waiting."""


def create_app(settings: Mapping[str, object]) -> Flask:
    """The Flask application under these settings (see config.py). Raises SetupError when the database role may see too much."""
    app = Flask("webapp", static_folder="static", template_folder="templates")
    app.config.from_mapping(settings)
    _bind_database(app)
    access.install(app)  # first, so that nothing at all is answered to somebody whom no door admits
    csrf.init_app(app)
    install_views(app)
    return app


def _bind_database(app: Flask) -> None:
    options = dict(app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {}))
    options.setdefault(
        "connect_args", {"options": _SESSION_SETTINGS, "connect_timeout": _CONNECT_SECONDS, **_PREPARING}
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    # Flask-SQLAlchemy gives its engine options to the app role's engine alone: the named ones must heal as well.
    named = app.config.get("SQLALCHEMY_BINDS", {})
    app.config["SQLALCHEMY_BINDS"] = {name: {"url": url, **options} for name, url in named.items()}
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            check_role(engine)
            engine.dispose()  # a look at the start keeps no connection, nor hands one down to the processes that serve
