"""What can be queued, and who makes it."""

from collections.abc import Mapping

from webapp.services import (
    import_batches,
    import_here,
    mailing,
    reminder_mails,
    report_making,
    report_runs,
    tracer_packets,
)
from webapp.services.deliveries import MAIL
from webapp.services.queued_work import Kind
from webapp.services.reminder_mails import REMINDER
from webapp.services.run_queue import IMPORT, REPORT
from webapp.services.tracer_packets import TRACER

KINDS: Mapping[str, Kind] = {
    REPORT: Kind(report_making.make, report_runs.note_failure),
    IMPORT: Kind(import_batches.make, import_batches.note_failure),
    MAIL: Kind(mailing.make, mailing.note_failure),
    TRACER: Kind(tracer_packets.make, tracer_packets.note_failure),
    REMINDER: Kind(reminder_mails.make, reminder_mails.note_failure),
    **import_here.KINDS,
}
