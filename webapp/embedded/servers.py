"""The servers a command needs: those named in the environment, and embedded ones for the rest."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp.embedded import postgres, valkey
from webapp.embedded.data_folder import DataFolder, UseOfFolder, open_data_folder, starting_or_stopping


@dataclass(frozen=True)
class ServerUrls:
    """The addresses of both servers, and which of them this call started.

    ``database_url`` is that of the set-up account, and None where the environment names only the app role's.
    """

    database_url: str | None
    redis_url: str
    started: tuple[str, ...] = ()

    def environ(self) -> dict[str, str]:
        """The same as environment variables."""
        both = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        return {name: value for name, value in both.items() if value}


def _quiet(line: str) -> None:
    """Says nothing."""


@contextmanager
def running_servers(
    data_dir: Path,
    environ: Mapping[str, str],
    *,
    throwaway: bool = False,
    say: Callable[[str], None] = _quiet,
) -> Iterator[ServerUrls]:
    """Have PostgreSQL and Valkey running for as long as the block runs.

    A server with an address in ``environ`` (DATABASE_URL or APP_DATABASE_URL; REDIS_URL) is taken as it is. The others
    run in ``data_dir``: one that runs there already is shared, else it is started. Whoever leaves last stops them, so
    no user of a server loses it under way. ``throwaway`` is for tests (see postgres.start); ``say`` gets a line of
    progress. Raises SetupError.
    """
    served_database = environ.get("DATABASE_URL") or environ.get("APP_DATABASE_URL")
    served_redis = environ.get("REDIS_URL")
    if served_database and served_redis:
        yield ServerUrls(environ.get("DATABASE_URL") or None, served_redis)
        return
    folder = open_data_folder(data_dir)
    with starting_or_stopping(folder):
        use = UseOfFolder(folder)
        try:
            urls = _ensure(folder, environ, throwaway, say)
        except BaseException:
            _leave(folder, use)
            raise
    try:
        yield urls
    finally:
        with starting_or_stopping(folder):
            _leave(folder, use)


def _ensure(folder: DataFolder, environ: Mapping[str, str], throwaway: bool, say: Callable[[str], None]) -> ServerUrls:
    started: list[str] = []
    database_url = environ.get("DATABASE_URL") or None
    if not (database_url or environ.get("APP_DATABASE_URL")):
        database = postgres.find_running(folder)
        if database is None:
            if not folder.postgres.exists():
                say(f"Making a database in {folder.root} ...")
            database = postgres.start(folder, throwaway=throwaway)
            started.append("postgres")
        database_url = database.url
    redis_url = environ.get("REDIS_URL")
    if not redis_url:
        broker = valkey.find_running(folder)
        if broker is None:
            broker = valkey.start(folder)
            started.append("valkey")
        redis_url = broker.url
    return ServerUrls(database_url, redis_url, tuple(started))


def _leave(folder: DataFolder, use: UseOfFolder) -> None:
    if use.leave():
        valkey.stop(folder)
        postgres.stop(folder)
