"""ZIP: a report's three files together with what proves them, so that a folder of reports can be checked years later.

`SHA256SUMS` is read by `sha256sum -c`; `manifest.json` says besides what the report is and from which data it was made. Entries
are sorted and stored as they are, their time is the document's as-of: the same document gives the same bytes.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC

from webapp.presentation import headings, renderers
from webapp.presentation.report_document import ReportDocument, content_hash

SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
ON_UNIX = 3
READABLE = 0o100644 << 16


def render(document: ReportDocument) -> bytes:
    """The whole ZIP, its files drawn for it."""
    return pack(document, {kind: renderers.render(kind, document) for kind in renderers.DRAWN_KINDS})


def pack(document: ReportDocument, drawn: Mapping[renderers.FileKind, bytes]) -> bytes:
    """The ZIP of files that are drawn already."""
    files = {renderers.file_name(kind, document): content for kind, content in drawn.items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = json.dumps(_manifest(document, files, hashes), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    files[MANIFEST] = manifest.encode("utf-8", "replace")
    hashes[MANIFEST] = hashlib.sha256(files[MANIFEST]).hexdigest()
    files[SUMS] = "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items())).encode()
    target = io.BytesIO()
    at = document.as_of.astimezone(UTC)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            entry.create_system, entry.external_attr = ON_UNIX, READABLE
            archive.writestr(entry, content)
    return target.getvalue()


def _manifest(document: ReportDocument, files: Mapping[str, bytes], hashes: Mapping[str, str]) -> dict[str, object]:
    return {
        "about": dict(headings.about(document)),
        "as_of": document.as_of.astimezone(UTC).isoformat(),
        "data_version": document.data_version,
        "issue": document.issue,
        "measures": {each.measure: each.version for each in document.counted},
        "content_sha256": content_hash(document),
        "files": [{"name": name, "sha256": digest, "size": len(files[name])} for name, digest in hashes.items()],
    }
