"""`dripline demo`: the whole product on one machine, with two demo networks, until Ctrl-C."""

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
from celery import Celery

from config import load
from webapp.cli.running import Place, application, say, set_up_database
from webapp.cli.serve import (
    beat_command,
    environment_of_processes,
    mail_catcher_command,
    web_command,
    worker_command,
)
from webapp.domain.errors import SetupError
from webapp.embedded.data_folder import open_data_folder
from webapp.embedded.servers import running_servers
from webapp.embedded.supervisor import Part, Supervisor

HOST = "127.0.0.1"
ANSWER_SECONDS = 90.0
CAUGHT = f"smtp://{HOST}"
"""Where a demo's mails go: to a catcher on this machine, unless MAIL_URL names a server."""
STOP_ORDER = ("web", "beat", "worker", "mail")  # then Valkey, then PostgreSQL
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8050, show_default=True, help="Where the pages are served."
)
@click.pass_obj
def demo(place: Place, port: int) -> None:
    """Run the whole product here, with two demo networks; Ctrl-C stops it and keeps the data."""
    began = time.monotonic()
    environ = {
        **os.environ,
        "DRIPLINE_DATA": str(place.data_dir),
        "DRIPLINE_ENVIRONMENT": "demo",
        "BASE_URL": f"http://{HOST}:{port}",
    }
    environ.setdefault("MAIL_URL", f"{CAUGHT}:{_free_port()}")
    with stopping_on_signals():
        supervisor = Supervisor(open_data_folder(place.data_dir))
        left = supervisor.take_over()
        if left:
            say(f"Ended {left} processes that an earlier demo had left.")
        _require_free(port)
        with running_servers(place.data_dir, environ, say=say) as urls:
            try:
                _run(supervisor, place, port, {**environ, **urls.environ()}, began)
            finally:
                _ignore_signals()
                say("Stopping ...")
                supervisor.stop(STOP_ORDER)
    say(f"Stopped. The data is kept in {place.data_dir}.")


def _run(supervisor: Supervisor, place: Place, port: int, environ: Mapping[str, str], began: float) -> None:
    settings = load(environ)
    say("Bringing the database up to date ...")
    set_up_database(settings)
    parts = _parts(place, port, environment_of_processes(environ, settings), environ["MAIL_URL"])
    say("Starting the web server, the worker and beat ...")
    # They come up while the networks are filled; only beat, which would ring for half of one, waits.
    *early, beat = parts
    for part in early:
        supervisor.start(part)
    sign_ins = fill_demo_networks(settings)
    supervisor.start(beat)
    supervisor.wait_until_all_answer(ANSWER_SECONDS, say)
    _greet(f"http://{HOST}:{port}", sign_ins, time.monotonic() - began)
    if environ["MAIL_URL"].startswith(CAUGHT):
        say(f"No mail leaves this machine: what is sent lies in {_mails(place) / 'new'}.")
    supervisor.watch()


def fill_demo_networks(settings: Mapping[str, object]) -> Sequence[tuple[str, str, str, str]]:
    """Fill the two demo networks if there are none yet; returns role, network, e-mail and password of each sign-in."""
    from webapp.services.demo import fill_demo

    with application(settings) as app, app.app_context():
        return fill_demo(say)


def _greet(address: str, sign_ins: Sequence[tuple[str, str, str, str]], seconds: float) -> None:
    click.echo(f"\nDripline is ready after {seconds:.0f} s: {address}\n")
    for role, network, email, password in sign_ins:
        click.echo(f"  {role:<16} {email:<40} {password:<24} {network}")
    click.echo("\nCtrl-C stops it.")
    sys.stdout.flush()


def _parts(place: Place, port: int, environ: Mapping[str, str], mail_url: str) -> list[Part]:
    parts = []
    if mail_url.startswith(CAUGHT):
        mail_port = int(mail_url.rpartition(":")[2])
        command = mail_catcher_command(HOST, mail_port, _mails(place))
        parts.append(Part("mail", command, environ, _port_answers(mail_port)))
    return [
        *parts,
        Part("web", web_command(HOST, port), environ, _web_answers(port)),
        Part("worker", worker_command(), environ, _worker_answers(environ)),
        Part("beat", beat_command(place.data_dir), environ, lambda said: "beat: Starting" in said),
    ]


def _mails(place: Place) -> Path:
    return place.data_dir / "mails"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _port_answers(port: int) -> Callable[[str], bool]:
    def answers(_said: str) -> bool:
        try:
            with socket.create_connection((HOST, port), timeout=5):
                return True
        except OSError:
            return False

    return answers


def _web_answers(port: int) -> Callable[[str], bool]:
    def answers(_said: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=10) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return answers


def _worker_answers(environ: Mapping[str, str]) -> Callable[[str], bool]:
    def answers(said: str) -> bool:
        if " ready." not in said:
            return False
        asking = Celery(broker=environ["REDIS_URL"], set_as_current=False)
        return bool(asking.control.broadcast("ping", reply=True, limit=1, timeout=5))

    return answers


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SetupError(
                f"Port {port} cannot be used ({error.strerror}): "
                "stop what uses it, or choose another with --port (make demo PORT=8051)."
            ) from None


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Let each signal that asks to end leave the block in the orderly way; it does not raise."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in _STOP_SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    # A second Ctrl-C must not leave half of the processes behind.
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
