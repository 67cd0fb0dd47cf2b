"""Answers travel compressed. What never changes is compressed once; pages with a form's key are left as they are."""

import gzip
from collections.abc import Callable

import brotli
from flask import Flask, Response, request

WORTH_IT = 1_024
COMPRESSIBLE = frozenset(
    {
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/json",
        "image/svg+xml",
        "text/csv",
        "text/plain",
    }
)
"""Not text/html: a page repeats its address next to the form's key; compressed, their length tells of the key."""

MOST_KEPT = 128
ENCODERS: dict[str, Callable[[bytes, bool], bytes]] = {
    "br": lambda body, once: brotli.compress(body, quality=9 if once else 4),
    "gzip": lambda body, once: gzip.compress(body, compresslevel=9 if once else 5, mtime=0),
}


def install(app: Flask) -> None:
    """Compress what the browser accepts compressed, Brotli before gzip."""
    kept: dict[tuple[str, str, int], bytes] = {}

    @app.after_request
    def compress(response: Response) -> Response:
        if not _compressible(response):
            return response
        response.vary.add("Accept-Encoding")
        encoding = request.accept_encodings.best_match(ENCODERS)
        if encoding is None:
            return response
        unchanging = response.cache_control.immutable
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) < WORTH_IT:
            return response
        key = (request.path, encoding, len(body))
        shorter = kept.get(key) if unchanging else None
        if shorter is None:
            shorter = ENCODERS[encoding](body, bool(unchanging))
            if unchanging and len(kept) < MOST_KEPT:
                kept[key] = shorter
        response.set_data(shorter)
        response.headers["Content-Encoding"] = encoding
        response.headers.pop("ETag", None)
        return response


def _compressible(response: Response) -> bool:
    """A whole answer of text that is not a download: a download may be large, and is handed over as it is stored."""
    if response.status_code != 200 or response.mimetype not in COMPRESSIBLE or "Content-Encoding" in response.headers:
        return False
    return not response.headers.get("Content-Disposition", "").startswith("attachment")
