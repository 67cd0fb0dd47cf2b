"""A data folder that cannot be used is refused in one sentence; who uses it is known."""

import json
import os
from pathlib import Path

import pytest

from webapp.domain.errors import SetupError
from webapp.embedded.data_folder import DataFolder, UseOfFolder, open_data_folder


def test_a_new_folder_is_made_and_marked(tmp_path: Path) -> None:
    folder = open_data_folder(tmp_path / "a" / "b")
    assert json.loads((folder.root / "VERSION").read_text()) == {"postgres": 18, "layout": 1}
    assert open_data_folder(tmp_path / "a" / "b") == folder


@pytest.mark.parametrize(
    "content", ['{"postgres": 17, "layout": 1}', '{"postgres": 18, "layout": 2}', "nonsense", "{}"]
)
def test_a_folder_of_another_version_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "VERSION").write_text(content)
    with pytest.raises(SetupError, match="of another version"):
        open_data_folder(tmp_path)
    assert (tmp_path / "VERSION").read_text() == content


def test_a_cluster_of_another_postgresql_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(SetupError, match="PostgreSQL 15"):
        open_data_folder(tmp_path)


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SetupError, match="cannot be written"):
        open_data_folder(tmp_path / "data")


def read_only_folder(tmp_path: Path) -> Path:
    """A folder that this process cannot write. Root may write whatever its mode says: there, one the kernel keeps."""
    if os.geteuid() != 0:
        folder = tmp_path / "read-only"
        folder.mkdir(mode=0o500)
        return folder
    return Path("/proc/self")


def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot be written .*--data"):
        open_data_folder(read_only_folder(tmp_path) / "data")


def test_the_last_user_is_told_so(tmp_path: Path) -> None:
    folder = open_data_folder(tmp_path)
    first, second = UseOfFolder(folder), UseOfFolder(folder)
    assert not first.leave()
    assert second.leave()


def test_the_paths_lie_in_the_folder(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    for path in (folder.postgres, folder.valkey, folder.logs, folder.run):
        assert path.parent == tmp_path
