"""The application that a web server serves: the one place that joins the Flask back end and the Dash views."""

import os

from config import load
from dashboards.mount import mount_dashboards
from webapp.factory import create_app

app = create_app(load(os.environ))
mount_dashboards(app)
