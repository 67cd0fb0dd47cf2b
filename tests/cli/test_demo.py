"""The demo's refusals: one sentence, exit code 1, and nothing left running."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


def dripline(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environ},
    )


def test_a_busy_port_is_one_sentence(tmp_path: Path, taken_port: int) -> None:
    refused = dripline("--data", str(tmp_path / "data"), "demo", "--port", str(taken_port))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Error: Port {taken_port} cannot be used (Address already in use): "
        "stop what uses it, or choose another with --port (make demo PORT=8051).\n"
    )
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_folder_of_another_version_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text('{"postgres": 17, "layout": 1}')
    refused = dripline("--data", str(tmp_path), "demo")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "of another version (PostgreSQL 17" in refused.stderr


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands here")
    refused = dripline("--data", str(tmp_path / "data"), "demo")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "cannot be written" in refused.stderr


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    served = {"DATABASE_URL": "sqlite:///x.db", "REDIS_URL": "redis://localhost/0"}
    refused = dripline("--data", str(tmp_path), "migrate", **served)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("Error: The database's address must start with postgresql://")
