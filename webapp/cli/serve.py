"""Commands that run one process of the product each, and the one that sets the database up."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import click

from webapp.cli.running import Place, say, set_up_database

WEB_PROCESSES = 2
WEB_THREADS = 4
WORKER_PROCESSES = 2
SERVING_URLS = ("APP_DATABASE_URL", "DISPATCHER_DATABASE_URL", "OPERATOR_DATABASE_URL")


def web_command(host: str, port: int) -> list[str]:
    """The web server: two processes of four threads."""
    return [
        sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"{host}:{port}",
        "--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS),
        "--timeout", "60", "--graceful-timeout", "8", "--keep-alive", "30", "--no-control-socket",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The Celery worker, which makes reports and loads imports."""
    return [
        sys.executable, "-m", "celery", "-A", "workers.celery_app", "worker", "--loglevel", "INFO",
        "--concurrency", str(WORKER_PROCESSES), "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def beat_command(data_dir: Path) -> list[str]:
    """Celery's beat, which rings every minute. Its own notes may be lost without harm."""
    schedule = data_dir / "run" / "beat-schedule"
    return [
        sys.executable, "-m", "celery", "-A", "workers.celery_app", "beat", "--loglevel", "INFO",
        "--schedule", str(schedule), "--pidfile", "",
    ]  # fmt: skip


def mail_catcher_command(host: str, port: int, folder: Path) -> list[str]:
    """A mail server that delivers nothing: it keeps every mail as a file in the folder `new` of that one."""
    return [
        sys.executable, "-m", "aiosmtpd", "--nosetuid", "--listen", f"{host}:{port}",
        "--class", "aiosmtpd.handlers.Mailbox", str(folder),
    ]  # fmt: skip


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8050, show_default=True)
@click.pass_obj
def serve(place: Place, host: str, port: int) -> None:
    """Serve the web pages."""
    with place.environment() as (environ, settings):
        stay_with(web_command(host, port), environment_of_processes(environ, settings))


@click.command()
@click.pass_obj
def worker(place: Place) -> None:
    """Run the worker that makes reports and loads imports."""
    with place.environment() as (environ, settings):
        stay_with(worker_command(), environment_of_processes(environ, settings))


@click.command()
@click.pass_obj
def beat(place: Place) -> None:
    """Run beat, which rings every minute for what is due."""
    (place.data_dir / "run").mkdir(parents=True, exist_ok=True)
    with place.environment() as (environ, settings):
        stay_with(beat_command(place.data_dir), environment_of_processes(environ, settings))


@click.command()
@click.pass_obj
def migrate(place: Place) -> None:
    """Bring the database to this version's roles and tables (needs DATABASE_URL on a served database)."""
    with place.settings() as settings:
        set_up_database(settings)
    say("The database has this version's tables.")


def stay_with(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run one process until it ends, hand on the signals that end it, and end with its exit code."""
    process = subprocess.Popen(list(command), env=dict(environ), start_new_session=True)

    def hand_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hand_on)
    code = process.wait()
    if code:
        sys.exit(code if code > 0 else 128 - code)


def environment_of_processes(environ: Mapping[str, str], settings: Mapping[str, object]) -> dict[str, str]:
    """What the web server, the worker and beat get: never an account that could change tables or see past a policy."""
    withheld = ("DATABASE_URL", "OWNER_DATABASE_URL")
    kept = {name: value for name, value in environ.items() if name not in withheld}
    given = {name: str(settings[name]) for name in (*SERVING_URLS, "REDIS_URL") if settings[name]}
    return {**kept, **given}
