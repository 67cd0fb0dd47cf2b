"""What a sender may send: a manager everything, a site lead the treatment of their own sites.

A site lead's files often hold more, since a system exports whole. What they may not change is left out where it is stored already,
and refused where it is new; a row of another site reads like one of a site that does not exist.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice

from webapp.domain.intake.raw_records import Item, LeftOut, RawRecord
from webapp.domain.intake.row_checks import CHUNK
from webapp.domain.intake.rules import rejection
from webapp.domain.scope import Scope
from webapp.queries.stored_keys import fetch_held, fetch_places, fetch_taken
from webapp.transactions import reading

MANAGERS_OWN = frozenset({"protocols", "sites", "practitioners", "credentials", "accreditations"})
LEFT_OUT = "only the network's manager changes it"


class SeenRecords:
    """The stored records of one source that the sender sees (`row_checks.StoredRecords`)."""

    def __init__(self, sender: Scope, source: str) -> None:
        self._sender, self._source = sender, source

    def places(self, record_type: str, keys: Collection[str]) -> Mapping[str, str]:
        """Of these keys, the stored ones with their site's code."""
        with reading(self._sender) as db:
            return fetch_places(self._sender, db, self._source, record_type, keys)

    def held(self, record_type: str, keys: Collection[str]) -> set[str]:
        """Of these keys of the manager's own kinds, those that are stored."""
        with reading(self._sender) as db:
            return fetch_held(self._sender, db, self._source, record_type, keys)

    def taken(self, record_type: str, keys: Collection[str]) -> set[str]:
        """Of these keys, those of records outside the sender's sites."""
        with reading(self._sender) as db:
            return fetch_taken(self._sender, db, self._source, record_type, keys)


def within_reach(items: Iterable[Item], sender: Scope, seen: SeenRecords) -> Iterator[Item]:
    """The items of a batch, with what the sender may not send left out or refused. A manager's pass as they are."""
    if sender.whole_network:
        yield from items
        return
    stream = iter(items)
    while piece := list(islice(stream, CHUNK)):
        asked: dict[str, set[str]] = {}
        for item in piece:
            if isinstance(item, RawRecord) and (key := item.raw.get("key")):
                asked.setdefault(item.record_type, set()).add(key)
        known = {
            kind: seen.held(kind, keys) if kind in MANAGERS_OWN else seen.taken(kind, keys)
            for kind, keys in asked.items()
        }
        for item in piece:
            yield _judged(item, known) if isinstance(item, RawRecord) else item


def _judged(record: RawRecord, known: Mapping[str, set[str]]) -> Item:
    kind, file, line, raw = record
    key = raw.get("key", "")
    is_known = key in known.get(kind, ())
    if kind not in MANAGERS_OWN:
        return rejection("not_of_your_sites", kind, file, line, "key", key) if is_known else record
    if is_known:
        return LeftOut(kind, file, line, LEFT_OUT)
    if kind == "sites":
        return rejection("unknown_site", kind, file, line, "key", key)
    return rejection("manager_only", kind, file, line, "key", key, kind)
