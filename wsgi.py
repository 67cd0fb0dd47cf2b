"""The application that a web server serves: the one place that joins the Flask back end and the Dash views."""

import gc
import os

from config import load
from dashboards.mount import mount_dashboards
from webapp.factory import create_app

app = create_app(load(os.environ))
mount_dashboards(app)

# Modules, tables and routes live as long as the process. Looked through by each full collection, they made a page wait 0.13 s for it.
gc.collect()
gc.freeze()
