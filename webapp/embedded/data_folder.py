"""The data folder: where things lie in it, which layout it has, and who is using it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp.domain.errors import SetupError

POSTGRES_MAJOR = 18
LAYOUT = 1


@dataclass(frozen=True)
class DataFolder:
    """The paths inside one data folder; all absolute."""

    root: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's own folder."""
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's data, and in private files its address and settings."""
        return self.root / "valkey"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Who is running; worthless when nothing runs."""
        return self.root / "run"


def open_data_folder(path: Path) -> DataFolder:
    """Make the folder if it is missing, check that it can be written and is of this version.

    Raises SetupError with one sentence when it cannot be used.
    """
    folder = DataFolder(path.expanduser().absolute())
    try:
        for each in (folder.root, folder.logs, folder.run):
            each.mkdir(parents=True, exist_ok=True)
        _prove_writable(folder.run)
        _check_version(folder)
    except OSError as error:
        raise SetupError(
            f"The data folder {folder.root} cannot be written ({error.strerror}): "
            "make it writable, or name another with --data."
        ) from None
    return folder


def _prove_writable(folder: Path) -> None:
    probe = folder / f".write-{os.getpid()}"
    probe.write_bytes(b"")
    probe.unlink()


def _check_version(folder: DataFolder) -> None:
    wanted = {"postgres": POSTGRES_MAJOR, "layout": LAYOUT}
    version_file = folder.root / "VERSION"
    found = _read_version(version_file, wanted)
    made_by = folder.postgres / "PG_VERSION"
    if made_by.exists():
        found = {**found, "postgres": int(made_by.read_text().strip() or 0)}
    if found != wanted:
        raise SetupError(
            f"The data folder {folder.root} is of another version (PostgreSQL {found.get('postgres')}, "
            f"layout {found.get('layout')}; this Dripline needs PostgreSQL {POSTGRES_MAJOR}, layout {LAYOUT}): "
            "name another with --data, or use the Dripline that made it."
        )
    if not version_file.exists():
        version_file.write_text(json.dumps(wanted) + "\n")


def _read_version(version_file: Path, if_missing: dict[str, int]) -> dict[str, int]:
    if not version_file.exists():
        return dict(if_missing)
    try:
        content = json.loads(version_file.read_text())
        return {"postgres": int(content["postgres"]), "layout": int(content["layout"])}
    except (ValueError, KeyError, TypeError):
        return {"postgres": 0, "layout": 0}


class UseOfFolder:
    """This process's claim on the servers of a data folder, so that whoever leaves last stops them.

    Every user holds a shared lock for as long as it works. The kernel drops the locks of a process that dies, so
    nothing stale can be left behind.
    """

    def __init__(self, folder: DataFolder) -> None:
        self._claim = open(folder.run / "users.lock", "w")  # noqa: SIM115  # held until `leave`, closed there
        fcntl.flock(self._claim, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Give up the claim. True when nobody else holds one, that is, when the servers should be stopped."""
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            self._claim.close()
        return True


@contextmanager
def starting_or_stopping(folder: DataFolder) -> Iterator[None]:
    """Only one process at a time starts or stops the servers of a data folder; others wait here."""
    with open(folder.run / "turn.lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
