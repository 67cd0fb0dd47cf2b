"""ZIP: the three files as they are, and hashes that another tool can check."""

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

from tests.presentation.example_report import example_report, hostile_report
from webapp.presentation import zip_file
from webapp.presentation.renderers import DRAWN_KINDS, file_name, render
from webapp.presentation.report_document import content_hash


def opened() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(zip_file.render(example_report())))


def test_it_holds_the_three_files_and_what_proves_them() -> None:
    archive = opened()
    assert archive.testzip() is None
    assert archive.namelist() == sorted(archive.namelist())
    for kind in DRAWN_KINDS:
        assert archive.read(file_name(kind, example_report())) == render(kind, example_report())
    assert len(archive.namelist()) == 5
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["content_sha256"] == content_hash(example_report())
    assert manifest["measures"] == {"course_completion": 2, "side_effect_rate": 4}
    assert manifest["data_version"] == 1482
    for entry in manifest["files"]:
        content = archive.read(entry["name"])
        assert (entry["sha256"], entry["size"]) == (hashlib.sha256(content).hexdigest(), len(content))


def test_sha256sum_agrees(tmp_path: Path) -> None:
    opened().extractall(tmp_path)
    tool = shutil.which("sha256sum") or shutil.which("shasum")
    assert tool is not None
    command = [tool, *(["-a", "256"] if tool.endswith("shasum") else []), "-c", "SHA256SUMS"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == 4


def test_its_times_are_those_of_the_data() -> None:
    assert {entry.date_time for entry in opened().infolist()} == {(2026, 11, 22, 11, 40, 0)}


def test_no_name_in_it_can_leave_its_folder() -> None:
    names = zipfile.ZipFile(io.BytesIO(zip_file.render(hostile_report()))).namelist()
    assert all(name.isascii() and not {"/", "\\", ".."} & {name, *name} for name in names)
