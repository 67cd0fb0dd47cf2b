"""The image and the composition: both can be read, each service's command exists and starts, and none knows too much."""

import hashlib
import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import load
from webapp.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
OURS = ("web", "worker", "beat", "migrate")
INSTRUCTIONS = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"}
# What shows in a process's output (or its health page) that it started and reached its servers.
STARTED = {"worker": " ready.", "beat": "beat: Starting", "migrate": "has this version's tables"}
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def composition() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with its text on one line."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_everything_of_the_product_is_there(composition: dict[str, Any]) -> None:
    assert {*OURS, "postgres", "valkey", "mail"} == set(composition["services"])


def test_what_a_service_waits_for_and_keeps_exists(composition: dict[str, Any]) -> None:
    for service in composition["services"].values():
        assert set(service.get("depends_on", {})) <= set(composition["services"])
        assert {place.split(":")[0] for place in service.get("volumes", [])} <= set(composition["volumes"])
        for needed, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in composition["services"][needed]


def test_only_the_set_up_knows_the_account_that_may_change_tables(composition: dict[str, Any]) -> None:
    for name in OURS:
        environment = composition["services"][name]["environment"]
        assert ("DATABASE_URL" in environment) == (name == "migrate")
        assert "OWNER_DATABASE_URL" not in environment
        assert ("POSTGRES_PASSWORD" in json.dumps(environment)) == (name == "migrate")


def test_every_value_asked_for_is_explained(composition: dict[str, Any]) -> None:
    asked = set(re.findall(r"\$\{(\w+)", json.dumps(composition)))
    explained = {line.split("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line[:30]}
    assert asked <= explained


def test_no_port_is_open_beyond_this_machine(composition: dict[str, Any]) -> None:
    for service in composition["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_image_is_built_of_what_exists() -> None:
    steps = instructions()
    assert {name for name, _ in steps} <= INSTRUCTIONS
    stages = re.findall(r"(?m)^FROM \S+ AS (\w+)", (ROOT / "Dockerfile").read_text())
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for text in (text for name, text in steps if name == "COPY"):
        *sources, _target = [word for word in shlex.split(text) if not word.startswith("--")]
        if "--from=" in text:
            assert re.findall(r"--from=(\w+)", text)[0] in stages
            continue
        for source in sources:
            assert (ROOT / source).exists()
            assert source in let_in


def test_the_image_runs_the_command_and_not_as_root() -> None:
    steps = dict(instructions())
    assert json.loads(steps["ENTRYPOINT"]) == ["dripline"]
    assert json.loads(steps["CMD"])[0] in COMMANDS
    assert steps["USER"] != "root"


@pytest.mark.parametrize("service", OURS)
def test_each_services_command_exists(composition: dict[str, Any], service: str) -> None:
    command = composition["services"][service]["command"]
    assert command[0] in COMMANDS
    shown = subprocess.run(
        [sys.executable, "-m", "webapp.cli", *command, "--help"], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert shown.returncode == 0, shown.stderr
    assert "Usage" in shown.stdout


@pytest.mark.parametrize("service", OURS)
def test_each_services_command_starts_with_the_environment_it_gets(
    composition: dict[str, Any], settings: dict[str, object], tmp_path: Path, service: str
) -> None:
    stated = composition["services"][service]["environment"]
    environ = {name: _value(name, settings) for name in stated} | {"DRIPLINE_DATA": str(tmp_path / "data")}
    load(environ)
    port = _free_port()
    command = [str(port) if word == "8050" else word for word in composition["services"][service]["command"]]
    log = tmp_path / "log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.cli", *command], env=environ, cwd=ROOT, stdout=output, stderr=output
        )
    try:
        _wait_until_started(service, process, port, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def _value(name: str, settings: dict[str, object]) -> str:
    """What a filled-in .env would give; the servers are those of the tests."""
    if name == "DRIPLINE_ENVIRONMENT":
        return "production"
    if name.endswith("_KEY"):
        return hashlib.sha256(name.encode()).hexdigest()
    return {"BASE_URL": "http://localhost:8050", "MAIL_URL": "smtp://localhost:1025"}.get(name) or str(settings[name])


def _wait_until_started(service: str, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(PATIENCE_SECONDS * 10):
        ended = process.poll()
        if _has_started(service, port, log.read_text(errors="replace")):
            assert ended in (None, 0)
            return
        assert ended is None, log.read_text(errors="replace")
        time.sleep(0.1)
    pytest.fail(f"{service} did not start:\n{log.read_text(errors='replace')}")


def _has_started(service: str, port: int, said: str) -> bool:
    if service != "web":
        return STARTED[service] in said
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
