"""The file store: a file is there whole, or not at all."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from webapp.artifacts import DamagedFile, FileStore

NETWORK, OWNER = UUID(int=7), UUID(int=9)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def names(store: FileStore) -> list[str]:
    return sorted(path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file())


def test_what_is_written_is_read_back(store: FileStore) -> None:
    kept = store.write("reports", NETWORK, OWNER, 3, "csv", [b"one,", b"two"])
    assert kept.size == 7
    assert store.read(kept.stored_name, kept.sha256) == b"one,two"
    assert names(store) == [kept.stored_name]


def test_two_makers_of_one_file_never_share_a_name(store: FileStore) -> None:
    first = store.write("reports", NETWORK, OWNER, 3, "csv", [b"one"])
    second = store.write("reports", NETWORK, OWNER, 4, "csv", [b"one"])
    assert first.stored_name != second.stored_name
    assert first.sha256 == second.sha256


def test_a_write_that_breaks_off_leaves_nothing(store: FileStore) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"half"
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        store.write("reports", NETWORK, OWNER, 3, "csv", breaking())
    assert names(store) == []


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "longer"])
def test_a_damaged_file_is_refused(store: FileStore, damage: str) -> None:
    kept = store.write("reports", NETWORK, OWNER, 3, "csv", [b"one,two"])
    path = store.path(kept.stored_name)
    match damage:
        case "cut":
            os.truncate(path, 3)
        case "changed":
            path.write_bytes(b"one,tvo")
        case "longer":
            path.write_bytes(b"one,two,three")
        case _:
            path.unlink()
    with pytest.raises(DamagedFile):
        store.read(kept.stored_name, kept.sha256)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../x",
        "reports/../../etc/passwd",
        "/etc/passwd",
        f"reports/{NETWORK.hex}/00/../../x",
        "reports/x/y/z\n",
    ],
)
def test_no_other_path_can_be_named(store: FileStore, name: str) -> None:
    with pytest.raises(DamagedFile):
        store.path(name)


def test_only_old_files_without_a_row_are_swept_and_only_of_that_network(store: FileStore) -> None:
    kept = store.write("reports", NETWORK, OWNER, 3, "csv", [b"kept"])
    orphan = store.write("reports", NETWORK, OWNER, 4, "csv", [b"orphan"])
    foreign = store.write("reports", UUID(int=8), OWNER, 4, "csv", [b"foreign"])
    assert store.sweep("reports", NETWORK, {kept.stored_name}, datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert store.sweep("reports", NETWORK, {kept.stored_name}, LATER) == 1
    assert orphan.stored_name not in names(store)
    assert names(store) == sorted([kept.stored_name, foreign.stored_name])
