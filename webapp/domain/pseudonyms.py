"""Patients are known by a keyed pseudonym; the key stands outside the database. Pseudonymised is not de-identified."""

import base64
import hashlib
import hmac
from uuid import UUID


def pseudonym(key: bytes, network_id: UUID, source: str, patient_key: str) -> str:
    """The pseudonym of one patient of one sending system inside one network: `P-` and 16 letters or digits (80 bits).

    The same patient key in two networks gives two pseudonyms that nobody without the key can tie together.
    """
    message = b"\x00".join((network_id.bytes, source.encode(), patient_key.encode()))
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return "P-" + base64.b32encode(digest[:10]).decode()
