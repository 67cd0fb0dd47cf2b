"""What every answer says to the browser about itself: what may run, who may embed it, what may be kept."""

from collections.abc import Sequence

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import generate_csrf

from webapp.presentation.csrf import csrf_cookie
from webapp.presentation.navigation import DASHBOARDS

ONE_YEAR = 31_536_000
HSTS = f"max-age={ONE_YEAR}; includeSubDomains"


def content_security_policy(script_hashes: Sequence[str] = ()) -> str:
    """The policy of every answer. Styles may be inline (the charts' library sets them); scripts by file or hash."""
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
        if _secure():
            headers["Strict-Transport-Security"] = HSTS
        _keep(response)
        if (
            request.path.startswith(f"{DASHBOARDS}/")
            and response.mimetype == "text/html"
            and response.status_code == 200
        ):
            _hand_token(response)
        return response


def _hand_token(response: Response) -> None:
    """Give a drawn page its token in a cookie, for the questions that it asks later."""
    secure = _secure()
    response.set_cookie(csrf_cookie(secure), generate_csrf(), secure=secure, samesite="Strict", httponly=False)


def _secure() -> bool:
    """Whether the installation is served over https, whatever stands between it and the browser."""
    return request.is_secure or bool(current_app.config.get("SESSION_COOKIE_SECURE"))


def _keep(response: Response) -> None:
    """Files with a fingerprint in their address are kept for a year; whatever was made for a person is never kept."""
    fingerprinted = "v" in request.args or "m" in request.args or "_dash-component-suites" in request.path
    is_file = request.endpoint is not None and (
        request.endpoint.endswith("static") or "_dash-component-suites" in request.endpoint
    )
    if not is_file or response.status_code not in (200, 304):
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Cookie")
    elif fingerprinted and response.cache_control.max_age != 0:
        response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
