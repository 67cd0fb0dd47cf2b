"""What the files of a report carry alike, in one order and one wording: the lines at the head, how it is counted, their name."""

from webapp.domain.periods import Period
from webapp.presentation import formats
from webapp.presentation.report_document import ReportDocument, content_hash

COUNTED_LABELS = (
    "Measure",
    "Version",
    "Name",
    "Sentence",
    "Numerator",
    "Denominator",
    "Left out",
    "Interval",
    "Thresholds",
)


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


def counted(document: ReportDocument) -> list[tuple[str | int, ...]]:
    """How each measure is counted, a row each under COUNTED_LABELS."""
    return [
        (
            each.measure,
            each.version,
            each.label,
            each.sentence,
            each.numerator,
            each.denominator,
            each.exclusions,
            each.interval,
            each.source,
        )
        for each in document.counted
    ]


def file_stem(document: ReportDocument) -> str:
    """A file name without its ending, in plain letters: `riverside-monthly-report-2026-10`, of a week `...-2026-10-05`."""
    words = f"{document.site or document.network} {document.title}"
    plain = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in words.lower())
    stem = "-".join(plain.split())[:80].strip("-") or "report"
    issue = f"-issue-{document.issue}" if document.issue > 1 else ""
    by_month = Period(document.period_start, document.period_end).whole_months or document.layout < 1
    return f"{stem}-{document.period_start:{'%Y-%m' if by_month else '%Y-%m-%d'}}{issue}"
