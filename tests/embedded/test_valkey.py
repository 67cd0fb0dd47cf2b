"""The embedded Valkey: a password, a port of its own, kept messages, and gone after it was stopped."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.embedded import valkey
from webapp.embedded.data_folder import DataFolder, open_data_folder
from webapp.embedded.processes import is_alive, wait_until_gone


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    made = open_data_folder(tmp_path / "data")
    yield made
    valkey.stop(made)


def test_it_answers_only_to_its_password(folder: DataFolder) -> None:
    running = valkey.start(folder)
    with redis.Redis.from_url(running.url) as client:
        assert client.ping()
    once = Retry(NoBackoff(), 0)
    with redis.Redis(port=running.port, retry=once) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    assert stat.S_IMODE((folder.valkey / "server.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder.valkey / "valkey.conf").stat().st_mode) == 0o600


def test_it_never_evicts_and_keeps_an_append_only_file(folder: DataFolder) -> None:
    with redis.Redis.from_url(valkey.start(folder).url, decode_responses=True) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_a_message_survives_a_stop_and_a_start(folder: DataFolder) -> None:
    first = valkey.start(folder)
    with redis.Redis.from_url(first.url) as client:
        client.set("kept", "yes")
    valkey.stop(folder)
    assert not is_alive(first.pid, "valkey-server")
    assert valkey.find_running(folder) is None
    with redis.Redis.from_url(valkey.start(folder).url) as client:
        assert client.get("kept") == b"yes"


def test_a_killed_server_is_started_again(folder: DataFolder) -> None:
    killed = valkey.start(folder)
    os.kill(killed.pid, signal.SIGKILL)
    assert wait_until_gone(killed.pid, "valkey-server", 10)
    assert valkey.find_running(folder) is None
    assert valkey.start(folder).pid != killed.pid
