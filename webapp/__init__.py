"""Dripline: the admin dashboard for networks of ketamine-infusion clinics."""

import gc

# What a start imports stays: looking through it again and again for what could be freed took a tenth of its time.
gc.set_threshold(50_000, 20, 20)
