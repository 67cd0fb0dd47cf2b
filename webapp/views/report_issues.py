"""Two issues of one report side by side: each number that changed, before and after, and the imports between them."""

from uuid import UUID

from flask import Blueprint, render_template, request

from webapp.access import current_scope
from webapp.domain.errors import NotFound
from webapp.presentation import formats
from webapp.presentation.report_changes import NOTHING, changes_table, removed_before, under_names
from webapp.presentation.report_document import ReportDocument, from_json
from webapp.queries.report_ledger import NO_SUCH_REPORT, find_removed_issue, get_kept_document, get_run
from webapp.queries.report_reasons import fetch_former_names, reasons_between
from webapp.queries.report_reviews import fetch_issue_ids
from webapp.services import audit
from webapp.transactions import reading

blueprint = Blueprint("report_issues", __name__, url_prefix="/reports")


@blueprint.get("/<uuid:run_id>/changes")
def compare(run_id: UUID) -> str:
    """One issue beside another of the same report: `?with=2` names the other by its number, else it is the one before."""
    scope = current_scope()
    with reading(scope) as db:
        run = get_run(scope, db, run_id)
        issues = {issue: id_ for id_, issue in fetch_issue_ids(scope, db, run_id)}
        if run.issue not in issues:
            raise NotFound(NO_SUCH_REPORT)
        other = _other(run.issue, sorted(issues), request.args.get("with", ""))
        later = from_json(get_kept_document(scope, db, issues[max(run.issue, other)]))
        earlier = from_json(get_kept_document(scope, db, issues[min(run.issue, other)]))
        reach = scope.narrow([run.site_id]) if run.site_id else scope
        why = reasons_between(reach, db, earlier, later)
        former = fetch_former_names(reach, db, earlier, later)
        removed = find_removed_issue(scope, db, run_id)
    audit.record(scope, "compare issues", f"report run {run_id}", details={"with": other})
    return render_template(
        "reports/changes.html",
        heading=f"{run.site_name}: what changed",
        run=run,
        table=changes_table(earlier, under_names(later, former)),
        why=why,
        chosen=other,
        issues=sorted(issues),
        about=_about(later),
        nothing=NOTHING,
        gone=removed_before(*removed) if removed else "",
    )


def _other(issue: int, issues: list[int], wished: str) -> int:
    """The issue asked for, else the one before, else the next one there is, else the same."""
    if wished.isdecimal() and int(wished) in issues:
        return int(wished)
    before = [each for each in issues if each < issue]
    after = [each for each in issues if each > issue]
    return before[-1] if before else after[0] if after else issue


def _about(document: ReportDocument) -> str:
    return f"{document.title}, {formats.period(document.period_start, document.period_end)}"
