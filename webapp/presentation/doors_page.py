"""The tables of docs/security.md: who may open what, and read what there, made from the doors and the scope themselves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from webapp.domain.doors import PAGES, ROUTES, TASKS, Door
from webapp.domain.scope import WHOLE_NETWORK_ROLES, Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.navigation import DASHBOARDS, ROLE_LABELS

BEGIN = "<!-- From here: made by python -m webapp.presentation.doors_page docs/security.md -->"
END = "<!-- Until here. -->"

WORDS: Mapping[str, str] = {
    "static": "styles, scripts, the drop",
    "health.health": "whether the installation answers",
    "sign_in.show": "the sign-in form",
    "sign_in.submit": "signing in",
    "sign_in.sign_out": "signing out",
    "sign_in.home": "the start page, which leads on to one's own",
    "sign_in.choose_network": "choosing one of one's own networks",
    "saved_views.index": "the list of one's own saved views",
    "saved_views.save": "saving a page as a view",
    "saved_views.start": "having a view opened after signing in",
    "saved_views.usual_start": "having the usual page opened again",
    "saved_views.remove": "removing a view",
    "reports.index": "the list of reports",
    "reports.run_now": "having a report made",
    "reports.progress": "how far a report is",
    "reports.following": "how far a month's reports are",
    "reports.show": "one report, as a page",
    "report_issues.compare": "two issues of a report side by side",
    "reports.download": "a report's files",
    "reports.seen": "taking one's own unread mark away",
    "reports.told": "taking the notices of unsent reports away",
    "reports.release": "releasing a held report",
    "reports.cancel": "stopping a report that was asked for",
    "reports.try_again": "having a report that failed tried again",
    "reports.legal_hold": "a report's legal hold",
    "report_calendar.download": "what is due, as a calendar file",
    "report_calendar.subscribe": "making an address for one's own calendar program",
    "report_calendar.unsubscribe": "ending it",
    "report_calendar.feed": "what is due for the holder of such an address, for whoever knows it",
    "schedules.index": "the list of schedules",
    "schedules.new": "the form for a schedule",
    "schedules.set_up": "setting a schedule up",
    "schedules.show": "one schedule",
    "schedules.change": "changing a schedule",
    "schedules.end": "ending a schedule",
    "data.index": "the list of imports",
    "data.upload": "sending data",
    "data.batch": "one import",
    "data.progress": "how far an import is",
    "data.rejected": "the rows that were not taken",
    "accreditation.record": "recording an accreditation",
    "accreditation.new_record": "the form for it",
    "credentials.new_record": "the form for a practitioner's credential",
    "credentials.record": "recording a credential",
    "credentials.people": "which practitioners are one person",
    "credentials.link": "saying so",
    "assessments.new_record": "the form for how a site meets a criterion",
    "assessments.record": "recording it",
    "programmes.index": "programmes and templates",
    "programmes.add": "adding a programme",
    "programmes.show": "one programme and its criteria",
    "programmes.change": "changing a programme",
    "programmes.criterion": "a new version of a criterion",
    "tracer.index": "the list of tracer packets",
    "tracer.ask": "asking for one",
    "tracer.show": "one packet, its surveyors and the sessions behind its numbers",
    "tracer.download": "the sealed file",
    "tracer.admit": "admitting a surveyor until a day",
    "tracer.dismiss": "ending that before",
    "survey.index": "the one packet that one was admitted to, and its matrix",
    "survey.download": "its sealed file",
    "reminders.index": "what ends, and who was reminded of it when",
    "reminders.snooze": "putting one off",
    "reminders.responsible": "saying who answers for it",
    "audit.index": "the audit trail",
    "audit.export": "it as a file",
    "isolation.index": "the filed self-tests of the isolation",
    "isolation.show": "one of them, door by door",
    "exceptions.index": "the sessions that do not meet a criterion",
    "exceptions.show": "one of them",
    "exceptions.step": "assigning, explaining, closing it",
    "findings.index": "findings",
    "findings.add": "raising a finding",
    "findings.show": "one finding",
    "findings.step": "planning, mending, verifying it",
    "evidence.index": "the list of evidence",
    "evidence.add": "sending evidence",
    "evidence.download": "a piece of evidence",
    "evidence.keeping": "legal hold, and disposal after its time",
    "exports.table": "a table of a page as a file",
    "status.index": "the state of the platform",
    "overview": "Overview",
    "sessions": "Sessions",
    "courses": "Courses",
    "side-effects": "Side effects",
    "response": "Response",
    "site": "Site",
    "accreditation": "Accreditation",
    "rows": "the rows behind a number",
}
"""What is behind each door, in words."""

COLUMNS: tuple[tuple[str, Callable[[Scope], bool]], ...] = (
    ("every site of the network, also future ones", lambda scope: scope.role in WHOLE_NETWORK_ROLES),
    ("counts of sessions and of criteria, accreditations", lambda scope: PAGES["sessions"].admits(scope.role)),
    ("counts of side effects, courses and indications with small cells", lambda scope: scope.may_see_pseudonyms),
    ("a session's row: id, site, day, supervisor", lambda scope: scope.may_open_rows),
    ("the names and licences of practitioners", lambda scope: scope.may_open_rows),
    ("pseudonym, indication, product, dose, side effects of a row", lambda scope: scope.may_see_pseudonyms),
    ("a course's row", lambda scope: scope.may_see_pseudonyms),
    ("the value that a refused row held", lambda scope: scope.may_see_pseudonyms),
)
"""What can be read behind the doors, and whether a scope of a role may."""

_NOBODY = UUID(int=0)


def doors_section() -> str:
    """The tables, between their two marks, as Markdown."""
    parts = [BEGIN, "", *_matrix("Page", PAGES, f"`{DASHBOARDS}/{{}}`"), "", *_matrix("Door", ROUTES, "`{}`")]
    parts += ["", *_readings(), "", *_tasks(), "", END]
    return "\n".join(parts)


def with_doors(page: str) -> str:
    """The page with its tables made anew. ValueError where the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("The page lacks the marks between which the tables stand.")
    return before + doors_section() + after


def _matrix(heading: str, doors: Mapping[str, Door], address: str) -> Iterator[str]:
    yield _line([heading, "what it is", "anybody", *ROLE_LABELS.values()])
    yield _line(["---"] * (len(ROLE_LABELS) + 3))
    for name, door in doors.items():
        public = door.policy == "public"
        admitted = ["" if public else _mark(door.admits(role)) for role in ROLE_LABELS]
        yield _line([address.format(name), WORDS[name], _mark(public), *admitted])


def _readings() -> Iterator[str]:
    yield _line(["What can be read there", *ROLE_LABELS.values()])
    yield _line(["---"] * (len(ROLE_LABELS) + 1))
    for words, may in COLUMNS:
        yield _line([words, *(_mark(_opens(role) and may(_scope(role))) for role in ROLE_LABELS)])


def _opens(role: Role) -> bool:
    """Whether the role has any page of a network to read on."""
    return any(door.admits(role) for door in PAGES.values())


def _scope(role: Role) -> Scope:
    return Scope(_NOBODY, _NOBODY, role, frozenset(), whole_network=role in WHOLE_NETWORK_ROLES)


def _tasks() -> Iterator[str]:
    yield "| Task of the workers | what it does |"
    yield "|---|---|"
    for name, words in TASKS.items():
        yield f"| `{name}` | {words} |"


def _mark(admitted: bool) -> str:
    return "yes" if admitted else ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    import sys

    target = Path(sys.argv[1])
    target.write_text(with_doors(target.read_text("utf-8")), "utf-8")
