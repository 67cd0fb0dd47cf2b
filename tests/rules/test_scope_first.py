"""Every public query and service is told first who is asking; the few that are not stand here, each with its reason."""

from tests.rules.scope_faults import ROOMS, functions_without_scope, makers_of_scopes

WITHOUT_SCOPE: dict[str, tuple[str, ...]] = {
    "before anybody is known, or before they have chosen a network: reads and writes tables of no one network": (
        "webapp.queries.people.fetch_memberships",
        "webapp.queries.people.find_calendar_holder",
        "webapp.queries.people.find_signed_in",
        "webapp.services.attempts.are_too_many",
        "webapp.services.attempts.note_failure",
        "webapp.services.sign_in.choose_network",
        "webapp.services.sign_in.sign_in",
        "webapp.services.sign_in.sign_out",
        "webapp.services.sign_in.touch",
        "webapp.services.audit.platform_event",
        "webapp.services.audit.refused",
        "webapp.services.people.add_user",
        "webapp.services.people.deactivate",
        "webapp.services.people.find_user",
    ),
    "for the operator's command line: names of networks, and adding one": (
        "webapp.services.people.add_network",
        "webapp.services.people.fetch_network_ids",
        "webapp.services.people.fetch_networks",
        "webapp.services.people.find_network",
        "webapp.services.people.get_network",
        "webapp.services.demo.fill_demo",
    ),
    "the self-test of the isolation: its two networks are its own, its results of no one network": (
        "webapp.services.people.add_canary_network",
        "webapp.services.people.fetch_canary_networks",
        "webapp.services.self_test.canaries.close_accounts",
        "webapp.services.self_test.canaries.ensure",
        "webapp.services.self_test.canaries.open_operator",
        "webapp.services.self_test.running.carry_out",
        "webapp.services.self_test.running.file",
        "webapp.services.self_test.running.run",
        "webapp.services.self_test.running.run_if_due",
    ),
    "the queue and the outbox, of no one network, under the dispatcher role that sees nothing else": (
        "webapp.services.outbox.forget_sent",
        "webapp.services.outbox.relay",
        "webapp.services.run_queue.claim",
        "webapp.services.run_queue.claim_exhausted",
        "webapp.services.run_queue.fetch_unattended",
        "webapp.services.run_queue.finish",
        "webapp.services.run_queue.forget_done",
        "webapp.services.run_queue.give_up",
        "webapp.services.run_queue.kept_alive",
        "webapp.services.run_queue.put_back",
        "webapp.services.run_queue.renew",
        "webapp.services.run_queue.reopen",
        "webapp.services.queued_work.give_up_exhausted",
        "webapp.services.queued_work.work_once",
    ),
    "beat's bell, which goes through the networks one by one, setting each": (
        "webapp.services.audit_sealing.seal_every_network",
        "webapp.services.deliveries.distribute",
        "webapp.services.reminders.remind_every_network",
        "webapp.services.nightly.look_after",
        "webapp.services.report_runs.reconcile",
        "webapp.services.retention.remove_expired",
        "webapp.services.restatements.review",
        "webapp.services.ringing.clear_away",
        "webapp.services.ringing.ring",
        "webapp.services.report_making.sweep",
    ),
    "told of a stored run by the claim on it, which names its network: one of the places where a scope is made": (
        "webapp.services.import_batches.make",
        "webapp.services.import_batches.work",
        "webapp.services.mailing.make",
        "webapp.services.mailing.note_failure",
        "webapp.services.reminder_mails.make",
        "webapp.services.reminder_mails.note_failure",
        "webapp.services.report_making.make",
        "webapp.services.report_runs.note_failure",
        "webapp.services.report_runs.note_progress",
        "webapp.services.report_runs.store",
        "webapp.services.report_runs.take",
        "webapp.services.tracer_packets.make",
        "webapp.services.tracer_packets.note_failure",
    ),
    "a step of recording a batch, in the transaction that the recording's scope opened; the network is in the values": (
        "webapp.queries.course_facts.fetch_protocols",
        "webapp.queries.course_facts.judge_courses",
        "webapp.queries.course_progress.progress_rows",
        "webapp.queries.rated_courses.fetch_scores",
        "webapp.queries.rated_courses.fetch_spells",
        "webapp.services.progress.note_cohorts",
        "webapp.services.progress.rebuild_progress",
        "webapp.services.gathering.gather",
        "webapp.services.staging.copy_rows",
        "webapp.services.staging.count_anew",
        "webapp.services.staging.raw_cursor",
        "webapp.services.staging.stage",
        "webapp.services.touched.add_days_of_courses",
        "webapp.services.touched.add_days_of_completions",
        "webapp.services.touched.begin",
        "webapp.services.touched.everything",
        "webapp.services.touched.note",
    ),
    "makes the text of a statement or its values and asks nothing": (
        "webapp.queries.session_verdicts.compliance_cells",
        "webapp.queries.session_verdicts.verdict_parameters",
        "webapp.queries.session_verdicts.verdict_sums",
        "webapp.queries.session_verdicts.verdicts_sql",
    ),
}


def test_who_is_asking_comes_first() -> None:
    allowed = {name for names in WITHOUT_SCOPE.values() for name in names}
    assert sorted(set(functions_without_scope(*ROOMS)) - allowed) == []


def test_no_exception_outlives_its_function() -> None:
    allowed = {name for names in WITHOUT_SCOPE.values() for name in names}
    assert sorted(allowed - set(functions_without_scope(*ROOMS))) == []


MAKERS = {
    "webapp.access": "of a request: the cookie's person, their membership read anew",
    "webapp.queries.people": "of a request, its first half: to read by whom and where a membership holds",
    "webapp.services.import_batches": "of a stored run: the reach under which a batch was sent",
    "webapp.services.report_making": "of a stored run: the subject of a report",
    "webapp.queries.recipients": "of a stored run: each recipient's own reach, at sending and again at download",
    "webapp.services.people": "of the command line, and of the product's own work in one network",
    "webapp.domain.scope": "narrows one",
    "webapp.services.report_holds": "narrows the product's own to the sites whose reports wait",
    "webapp.services.audit": "of nobody: an event before a network is chosen, or of none; it reads nothing",
    "webapp.services.demo": "of the command line: the demo's manager, as a sign-in would make it",
    "webapp.presentation.doors_page": "of nobody, to ask of each role what it may open; it reaches no data",
}
"""Three places give a scope its meaning: a request, a stored run, the command line. These modules are where they stand."""


def test_a_scope_is_made_where_it_is_known_to_be() -> None:
    assert makers_of_scopes("webapp", "dashboards", "workers") == set(MAKERS)
