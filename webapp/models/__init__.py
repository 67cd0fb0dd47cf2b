"""Tables only, one file a subject. Importing this package registers them all."""

from webapp.models import (
    accreditation,
    audit,
    findings,
    intake,
    people,
    ratings,
    reminders,
    reporting,
    rollups,
    self_test,
    spacing,
    staff,
    tenants,
    totals,
    tracer,
    treatment,
)

__all__ = [
    "accreditation",
    "audit",
    "findings",
    "intake",
    "people",
    "ratings",
    "reminders",
    "reporting",
    "rollups",
    "self_test",
    "spacing",
    "staff",
    "tenants",
    "totals",
    "tracer",
    "treatment",
]
