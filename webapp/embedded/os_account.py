"""The operating system's account that PostgreSQL runs under: one's own, or an unprivileged one when started by root.

PostgreSQL refuses to run as root. The account is then ``nobody``, which every system has; it is let through the
folders above the program and the data one by one, by an access entry for it alone, so that no folder is opened to
other users. Who may connect is decided by the peer's account, which stays root.
"""

import os
import pwd
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

from webapp.domain.errors import SetupError

_UNPRIVILEGED = "nobody"
_ACL = "system.posix_acl_access"
_ACL_VERSION = 2
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NO_ID = 0xFFFFFFFF
_SEARCH = 1


@dataclass(frozen=True)
class OsAccount:
    """An account of the operating system; ``switch`` says that processes must be started under it explicitly."""

    name: str
    uid: int
    gid: int
    switch: bool

    @property
    def user(self) -> int | None:
        """What subprocess takes as ``user``: None to stay who one is."""
        return self.uid if self.switch else None

    @property
    def group(self) -> int | None:
        """What subprocess takes as ``group``."""
        return self.gid if self.switch else None

    @property
    def extra_groups(self) -> tuple[int, ...] | None:
        """What subprocess takes as ``extra_groups``: none of root's."""
        return () if self.switch else None


def own_account_name() -> str:
    """The name of the account this process runs under. Raises SetupError where it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise SetupError(
            f"The user number {os.geteuid()} has no name on this machine, which the embedded PostgreSQL needs: "
            "run as a named user, or give DATABASE_URL."
        ) from None


def server_account() -> OsAccount:
    """The account under which PostgreSQL is to run."""
    own = own_account_name()
    if os.geteuid() != 0:
        return OsAccount(own, os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise SetupError(
            "The embedded PostgreSQL cannot run as root, and there is no user 'nobody' to run it as: "
            "start Dripline as an ordinary user, or give DATABASE_URL."
        ) from None
    return OsAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def let_through(account: OsAccount, path: Path) -> None:
    """Let ``account`` pass through every folder above ``path`` (pass, not list). Does nothing for one's own account.

    Raises SetupError naming the folder where that cannot be done.
    """
    if not account.switch:
        return
    for folder in path.resolve().parents:
        if not _may_pass(account, folder):
            try:
                _grant_search(account, folder)
            except (OSError, AttributeError):  # AttributeError: a system without access entries (macOS)
                raise SetupError(
                    f"The folder {folder} is closed to the user '{account.name}', which the embedded PostgreSQL runs "
                    f"as when root starts it: allow it with 'chmod o+x {folder}', or work in another folder."
                ) from None


def _may_pass(account: OsAccount, folder: Path) -> bool:
    status = folder.stat()
    entries = _read_entries(folder)
    own = [permission for tag, permission, who in entries if tag == _USER and who == account.uid]
    if own:
        mask = next((permission for tag, permission, _ in entries if tag == _MASK), 7)
        return bool(own[0] & mask & _SEARCH)
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _read_entries(folder: Path) -> list[tuple[int, int, int]]:
    try:
        raw = os.getxattr(folder, _ACL)
    except (OSError, AttributeError):
        return []
    return [(tag, permission, who) for tag, permission, who in struct.iter_unpack("<HHI", raw[4:])]


def _grant_search(account: OsAccount, folder: Path) -> None:
    mode = folder.stat().st_mode
    entries = _read_entries(folder) or [
        (_USER_OBJ, mode >> 6 & 7, _NO_ID),
        (_GROUP_OBJ, mode >> 3 & 7, _NO_ID),
        (_OTHER, mode & 7, _NO_ID),
    ]
    kept = [entry for entry in entries if entry[0] != _MASK and not (entry[0] == _USER and entry[2] == account.uid)]
    kept.append((_USER, _SEARCH, account.uid))
    mask = 0
    for tag, permission, _ in kept:
        mask |= permission if tag not in (_USER_OBJ, _OTHER) else 0
    kept.append((_MASK, mask, _NO_ID))
    packed = b"".join(struct.pack("<HHI", *entry) for entry in sorted(kept))
    os.setxattr(folder, _ACL, struct.pack("<I", _ACL_VERSION) + packed)
