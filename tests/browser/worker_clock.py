"""The product's worker under the tests' clock: the simulated network's days are the same whenever the tests run."""

import os

from config import load
from tests.conftest import NOW
from tests.making import Clock
from workers.celery_app import make_celery

app = make_celery({**load(os.environ), "CLOCK": Clock(NOW)})
