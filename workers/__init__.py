"""Celery: the doorbell that says there is work; the database says which."""
