"""The whole application as wsgi.py puts it together, under the tests' settings and clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from dash import Dash
from flask import Flask

from dashboards.mount import mount_dashboards
from tests.conftest import NOW
from tests.connections import noted
from tests.making import Clock
from webapp.factory import create_app


@dataclass(frozen=True, slots=True)
class WholeApp:
    """The Flask application, the drawn pages in it, and its clock."""

    app: Flask
    drawing: Dash
    clock: Clock


def make_whole_app(settings: Mapping[str, object]) -> WholeApp:
    """A new application, pages mounted."""
    clock = Clock(NOW)
    app = noted(create_app({**settings, "CLOCK": clock}))
    return WholeApp(app, mount_dashboards(app), clock)
