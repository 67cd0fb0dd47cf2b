"""What every answer says to the browser about itself: what may run, who may embed it, what may be kept."""

from collections.abc import Sequence

from flask import Flask, Response, request
from flask_wtf.csrf import generate_csrf

ONE_YEAR = 31_536_000
HSTS = f"max-age={ONE_YEAR}; includeSubDomains"
CSRF_COOKIE = "dripline_csrf"
"""Holds the token that a drawn page sends back with each question; readable by scripts on purpose, of no use without the session."""


def content_security_policy(script_hashes: Sequence[str] = ()) -> str:
    """The policy of every answer. Styles may be inline (the drawing library sets them); scripts only by file or by hash."""
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def install(app: Flask) -> None:
    """Put the headers on every answer of the application, errors and static files too."""

    @app.after_request
    def say(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", content_security_policy(app.config.get("CSP_SCRIPT_HASHES", ())))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        headers.pop("Server-Timing", None)
        if request.is_secure:
            headers["Strict-Transport-Security"] = HSTS
        _keep(response)
        return response


def set_csrf_cookie(response: Response) -> Response:
    """Hand the page its token in a cookie, for the questions that it asks later."""
    response.set_cookie(CSRF_COOKIE, generate_csrf(), secure=request.is_secure, samesite="Strict", httponly=False)
    return response


def _keep(response: Response) -> None:
    """Files with a fingerprint in their address are kept for a year; whatever was made for a person is never kept."""
    fingerprinted = "v" in request.args or "m" in request.args or "_dash-component-suites" in request.path
    is_file = request.endpoint is not None and (
        request.endpoint.endswith("static") or "_dash-component-suites" in request.endpoint
    )
    if not is_file or response.status_code not in (200, 304):
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Cookie"
    elif fingerprinted and response.cache_control.max_age != 0:
        response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
