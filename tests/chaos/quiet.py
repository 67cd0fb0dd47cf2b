"""The same story without any fault, in one process and one step after the other: what every faulty run of it must come to."""

from tests.chaos.house import House
from tests.chaos.stories import Quiet, Story
from tests.reporting import KINDS, with_its_sites
from webapp.domain.scope import Scope
from webapp.presentation.report_document import from_json
from webapp.queries.report_ledger import fetch_runs, get_kept_document
from webapp.services import queued_work, report_runs, restatements
from webapp.transactions import reading


def quiet_run(house: House, story: Story) -> Quiet:
    """What each report and issue says, in a network of its own."""
    with house.network(story) as scope:
        return go_through(house, scope, story)


def go_through(house: House, scope: Scope, story: Story) -> Quiet:
    """Let the story happen to that network, where it has begun; returns what each report and issue says at the end."""
    _ring_and_work(house, scope)
    story.comes(scope, house.now)
    _ring_and_work(house, scope)
    whole = with_its_sites(scope)
    with reading(whole) as db:
        return {
            (run.site_code, run.period_start, run.issue): from_json(get_kept_document(whole, db, run.id))
            for run in fetch_runs(whole, db)
            if run.is_made
        }


def _ring_and_work(house: House, scope: Scope) -> None:
    report_runs.reconcile_network(scope, house.now)
    restatements.review_network(scope, house.now)
    while queued_work.work_once(KINDS, None, lambda: house.now):
        pass
