"""Which records may be referred to: those accepted in the batch so far, and those that are stored."""

from collections.abc import Callable, Collection, Mapping
from typing import Literal

Places = Callable[[str, Collection[str]], Mapping[str, str]]

NEVER_REFERRED_TO = frozenset({"protocols", "credentials", "accreditations", "screens", "side_effects", "ratings"})


class KnownRecords:
    """Keys of a batch with the site's code of each, and the stored ones that the current chunk asks for."""

    def __init__(self, stored: Places) -> None:
        self._ask = stored
        self._places: dict[str, dict[str, str]] = {}
        self._contents: dict[str, dict[str, int]] = {}
        self._stored: dict[str, Mapping[str, str]] = {}
        self._withdrawn: set[tuple[str, str]] = set()

    def look_up(self, wanted: Mapping[str, Collection[str]]) -> None:
        """Ask for the wanted keys that this batch has not accepted; forgets those of the chunk before."""
        self._stored = {}
        for record_type, keys in wanted.items():
            accepted = self._places.get(record_type, {})
            missing = [key for key in keys if key not in accepted]
            if missing:
                self._stored[record_type] = self._ask(record_type, missing)

    def place(self, record_type: str, key: str) -> str | None:
        """The site's code of that record, '' where its type has none; None where it is not known, or withdrawn here."""
        if self._withdrawn and (record_type, key) in self._withdrawn:
            return None
        accepted = self._places.get(record_type)
        if accepted is not None and key in accepted:
            return accepted[key]
        stored = self._stored.get(record_type)
        return None if stored is None else stored.get(key)

    def accept(self, record_type: str, key: str, site: str, digest: int) -> Literal["new", "repeated", "differs"]:
        """Take the record in, unless its key is taken: then say whether by the same contents, told by their hash."""
        contents = self._contents.setdefault(record_type, {})
        if key in contents:
            same = contents[key] == digest and (record_type, key) not in self._withdrawn
            return "repeated" if same else "differs"
        contents[key] = digest
        if record_type not in NEVER_REFERRED_TO:
            self._places.setdefault(record_type, {})[key] = site
        return "new"

    def withdraw(self, record_type: str, key: str) -> Literal["new", "repeated", "differs"]:
        """Take a withdrawal in: what is withdrawn here cannot be referred to in this batch. The answer is as for `accept`."""
        contents = self._contents.setdefault(record_type, {})
        if key in contents:
            return "repeated" if (record_type, key) in self._withdrawn else "differs"
        contents[key] = 0
        self._withdrawn.add((record_type, key))
        return "new"
