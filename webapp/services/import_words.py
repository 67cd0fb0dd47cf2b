"""What became of an import, in sentences."""

from collections import Counter

from webapp.presentation.formats import count, plural
from webapp.services.facts import StoredCount
from webapp.services.import_check import MOST_KEPT, Checked


def stored_words(counts: StoredCount, checked: Checked) -> str:
    """What a batch that was stored brought."""
    if not checked.accepted and not counts.withdrawn:
        first = "The files hold no row, so nothing was stored."
    elif not counts.versions:
        first = f"Nothing changed: {_all_known(counts.unchanged)}."
    else:
        first = " ".join(filter(None, (_stored(counts), _withdrawn(counts))))
    refused = (
        f"{plural(checked.rejected, 'row was', 'rows were')} not taken.{_kept(checked)}" if checked.rejected else ""
    )
    return " ".join(filter(None, (first, refused, left_out_words(checked.left_out))))


def refused_words(checked: Checked) -> str:
    """Why nothing of a batch was stored."""
    accepted = checked.accepted
    rows = f"{plural(checked.rejected, 'row')} of {count(checked.read)}"
    first = f"Nothing was stored: {rows} cannot be taken.{_kept(checked)}"
    way_on = (
        "Correct them and send the files again, or choose to accept the good rows."
        if accepted
        else "Correct them and send again."
    )
    return f"{first} {way_on}"


def _kept(checked: Checked) -> str:
    """That there are more reasons than are listed and can be downloaded."""
    return f" The first {count(MOST_KEPT)} reasons are listed." if checked.reason_count > MOST_KEPT else ""


def left_out_words(left_out: Counter[str]) -> str:
    """What the mapping, by its own stated rules, made no record of."""
    if not left_out:
        return ""
    listed = "; ".join(f"{count(many)} of the {reason}" for reason, many in sorted(left_out.items()))
    return f"Left out by rule: {listed}."


def _all_known(rows: int) -> str:
    return "its one row is known already" if rows == 1 else f"all {count(rows)} rows are known already"


def _stored(counts: StoredCount) -> str:
    if counts.new + counts.changed:
        return f"Stored {_kinds(counts)}."
    return f"{plural(counts.unchanged, 'row was', 'rows were')} known already." if counts.unchanged else ""


def _withdrawn(counts: StoredCount) -> str:
    return f"{plural(counts.withdrawn, 'record was', 'records were')} withdrawn." if counts.withdrawn else ""


def _kinds(counts: StoredCount) -> str:
    parts = [f"{count(many)} {word}" for many, word in ((counts.new, "new"), (counts.changed, "changed")) if many]
    known = f"; {plural(counts.unchanged, 'was', 'were')} known already" if counts.unchanged else ""
    return f"{' and '.join(parts)} {'row' if counts.new + counts.changed == 1 else 'rows'}{known}"
