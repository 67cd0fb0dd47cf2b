"""The lines that every file of a report carries at its head, in one order and one wording."""

from webapp.presentation import formats
from webapp.presentation.report_document import ReportDocument, content_hash


def about(document: ReportDocument) -> list[tuple[str, str]]:
    """Label and value: whose report, over which period, as known when, under which settings."""
    lines = [
        ("Report", document.title),
        ("Network", document.network),
        *([("Site", document.site)] if document.site else []),
        ("Period", formats.period(document.period_start, document.period_end)),
        ("As of", formats.instant(document.as_of, document.zone)),
        ("Data through", formats.day(document.data_through_on)),
        ("Data version", formats.count(document.data_version)),
        ("Issue", str(document.issue)),
    ]
    lines += document.filters
    if document.settings_version:
        lines.append(("Settings version", str(document.settings_version)))
    if document.query_fingerprint:
        lines.append(("Queries (SHA-256)", document.query_fingerprint))
    lines.append(("Fingerprint (SHA-256)", content_hash(document)))
    return lines


def file_stem(document: ReportDocument) -> str:
    """A file name without its ending, in plain letters: `riverside-monthly-report-2026-10`."""
    words = f"{document.site or document.network} {document.title}"
    plain = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in words.lower())
    stem = "-".join(plain.split())[:80].strip("-") or "report"
    issue = f"-issue-{document.issue}" if document.issue > 1 else ""
    return f"{stem}-{document.period_start:%Y-%m}{issue}"
