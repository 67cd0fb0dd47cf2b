"""Processes kept together: all answer, one that ends is named, and nothing is left after a stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from webapp.domain.errors import SetupError
from webapp.embedded.data_folder import DataFolder, open_data_folder
from webapp.embedded.supervisor import Part, Supervisor

WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("here", flush=True)
time.sleep(600)
"""
ENDS = "import sys; print('the reason', flush=True); sys.exit(3)"
KILLED_SUPERVISOR = """
import sys, time
from pathlib import Path
from webapp.embedded.data_folder import open_data_folder
from webapp.embedded.supervisor import Part, Supervisor
supervisor = Supervisor(open_data_folder(Path(sys.argv[1])))
supervisor.take_over()
supervisor.start(Part("left", [sys.executable, "-c", "import time; time.sleep(600)"], {}, lambda said: True))
print("started", flush=True)
time.sleep(600)
"""


def part(name: str, script: str, awaited: str, patience: float = 10.0) -> Part:
    return Part(name, [sys.executable, "-c", script], {}, lambda said: awaited in said, patience)


def lives(pid: int) -> bool:
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def wait_until_dead(pid: int) -> bool:
    for _ in range(500):
        if not lives(pid):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return open_data_folder(tmp_path)


@pytest.fixture
def supervisor(folder: DataFolder) -> Iterator[Supervisor]:
    made = Supervisor(folder)
    yield made
    made.stop(("web", "beat", "worker"))


def test_a_part_and_all_that_it_started_are_ended(folder: DataFolder, supervisor: Supervisor) -> None:
    said: list[str] = []
    supervisor.start(part("web", WITH_CHILD, "child"))
    supervisor.start(part("worker", STUBBORN, "here", patience=0.2))
    supervisor.wait_until_all_answer(30, said.append)
    supervisor.check()
    child = int((folder.logs / "web.log").read_text().split()[1])
    assert lives(child)
    supervisor.stop(("web", "worker"))
    assert wait_until_dead(child)
    assert said == ["  web answers", "  worker answers"]
    assert not (folder.run / "processes.json").exists()


def test_a_part_that_ends_is_named_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.start(part("beat", ENDS, "never said"))
    with pytest.raises(SetupError, match=r"beat process ended by itself \(exit code 3\)(.|\n)*the reason"):
        supervisor.wait_until_all_answer(30, print)


def test_a_part_that_is_killed_is_named(folder: DataFolder, supervisor: Supervisor) -> None:
    supervisor.start(part("worker", STUBBORN, "here"))
    supervisor.wait_until_all_answer(30, print)
    pid, _ = json.loads((folder.run / "processes.json").read_text())["worker"]
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(SetupError, match="signal SIGKILL"):
        supervisor.watch()


def test_a_silent_part_is_named(supervisor: Supervisor) -> None:
    supervisor.start(part("web", STUBBORN, "never said", patience=0.1))
    with pytest.raises(SetupError, match="web process did not answer"):
        supervisor.wait_until_all_answer(0.2, print)


def test_old_words_in_the_log_are_not_taken_for_new_ones(folder: DataFolder, supervisor: Supervisor) -> None:
    (folder.logs / "web.log").write_text("here\n")
    supervisor.start(part("web", "import time; time.sleep(600)", "here", patience=0.1))
    with pytest.raises(SetupError, match="did not answer"):
        supervisor.wait_until_all_answer(0.2, print)


def test_a_second_supervisor_is_refused_and_a_killed_ones_processes_are_ended(folder: DataFolder) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", KILLED_SUPERVISOR, str(folder.root)], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "started\n"
    (left,) = psutil.Process(first.pid).children()
    with pytest.raises(SetupError, match=r"running in .* already"):
        Supervisor(folder).take_over()
    first.kill()
    first.communicate()
    assert lives(left.pid)
    assert Supervisor(folder).take_over() == 1
    assert wait_until_dead(left.pid)
    assert Supervisor(folder).take_over() == 0
