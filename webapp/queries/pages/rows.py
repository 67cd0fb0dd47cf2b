"""The rows behind a number: sessions or courses, by pseudonym where the role may see it, a page at a time or all in a file."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from webapp.domain.compliance import CRITERION_TITLES, Criterion
from webapp.domain.errors import NotAllowed
from webapp.domain.row_choice import COMPLETED, DELIVERED_ROWS, HELD_READY, LATE_CANCELLED, STOPPED, RowChoice, RowList
from webapp.domain.vocabulary import ANY_TERM, CourseState, Indication, Phase, Product, Status, Verdict
from webapp.presentation import formats
from webapp.presentation.filter_bar import INDICATION_LABELS, PHASE_LABELS, PRODUCT_LABELS
from webapp.presentation.report_document import Panel
from webapp.presentation.scales import OUTCOME_LABELS, SCALE_LABELS
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import STATE_LABELS
from webapp.presentation.verdicts import VERDICT_LABELS
from webapp.queries.after_completion import fetch_after_completion
from webapp.queries.course_rows import CourseRow, count_course_rows, fetch_course_rows
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.sessions import STATUS_LABELS
from webapp.queries.pages.shares import words
from webapp.queries.session_criteria import fetch_session_verdicts
from webapp.queries.session_rows import (
    ROWS_A_PAGE,
    RowPage,
    SessionRow,
    count_session_rows,
    count_unseen_courses,
    fetch_session_rows,
)
from webapp.queries.spacing_cells import DOSE_STEPS_PER_MG_KG, NOT_RECORDED, NOT_YET, Quantity

MOST_IN_A_FILE = 50_000
SHORT_ID = 8
NOT_FOR_ROLE = (
    "Your role lists sessions by site, day, status, phase and product only; ask for the rows without the other filters."
)


def panels(ground: Ground) -> tuple[Panel, ...]:
    """The page of rows that is asked for."""
    return (Panel(rows_table(ground, fetch_page(ground))),)


def whole_list(ground: Ground) -> tuple[Panel, ...]:
    """All rows of the choice, wherever the page stood; for a file."""
    start = RowChoice(**{name: getattr(_choice(ground), name) for name in _KEPT})
    return (Panel(rows_table(ground, _fetch(ground, start, MOST_IN_A_FILE), MOST_IN_A_FILE)),)


def fetch_page(ground: Ground) -> RowPage:
    """The page of rows that is asked for, with the edges of the pages beside it."""
    return _fetch(ground, _choice(ground), ROWS_A_PAGE)


def count_rows(ground: Ground) -> int:
    """How many rows stand behind the number."""
    choice = _choice(ground)
    if choice.list is RowList.COURSES:
        return count_course_rows(ground.scope, ground.db, ground.period, choice)
    return count_session_rows(ground.scope, ground.db, ground.period, choice, ground.settings.late_cancel_hours)


def count_unseen(ground: Ground) -> int:
    """How many more there may be: sessions of courses that began outside the choice; courses that came back outside one's reach."""
    choice = _choice(ground)
    if choice.list is RowList.COURSES:
        return _count_returned_elsewhere(ground, choice)
    return count_unseen_courses(ground.scope, ground.db, ground.period, choice, ground.settings.late_cancel_hours)


def _count_returned_elsewhere(ground: Ground, choice: RowChoice) -> int:
    """How many completed courses came back to a site that the person may not see: they are counted, and no row here can show them."""
    if choice != RowChoice(
        RowList.COURSES, followed=choice.followed, quantity=Quantity.RETURN, least=0, most=choice.followed
    ):
        return 0
    counted = fetch_after_completion(ground.scope, ground.db, ground.period)[None].returned[choice.followed or 0]
    return max(0, counted - count_course_rows(ground.scope, ground.db, ground.period, choice))


def rows_table(ground: Ground, page: RowPage, limit: int = ROWS_A_PAGE) -> Table:
    """A page of rows as a table, with the columns that the role may see."""
    names = {site.id: site.name for site in ground.sites}
    courses = _choice(ground).list is RowList.COURSES
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    if courses:
        scale = _choice(ground).scale
        columns = (*_COURSE_COLUMNS, *_SCORE_COLUMNS) if scale else _COURSE_COLUMNS
        rows = [_course_cells(row, names[row.site_id], bool(scale)) for row in page.rows]
    elif ground.scope.may_see_pseudonyms:
        columns, rows = _SESSION_COLUMNS, [_session_cells(row, names[row.site_id]) for row in page.rows]
    else:
        columns, rows = _COMPLIANCE_COLUMNS, _evidence_cells(ground, page, names)
    cut = page.older is not None and limit == MOST_IN_A_FILE
    return Table(
        "course_rows" if courses else "session_rows",
        "Which courses are they?" if courses else "Which sessions are they?",
        "; ".join([str(ground.filters.period), *choice_words(_choice(ground))]),
        columns,
        tuple(rows),
        "course_starts" if courses else "",
        (f"The newest {formats.count(MOST_IN_A_FILE)} rows are in this file; ask for a shorter period for the others.",)
        if cut
        else (),
        row_keys=tuple(str(row.place) for row in page.rows),
    )


def choice_words(choice: RowChoice) -> list[str]:
    """What the rows have in common, in words."""
    found = []
    if choice.status:
        found.append(_STATUS_WORDS[choice.status])
    if choice.state:
        found.append(_STATE_WORDS[choice.state])
    if choice.asked:
        found.append(
            {"screened": "screened", "not_screened": "not screened"}.get(choice.asked, f"asked: {choice.asked}")
        )
    if choice.term:
        found.append("with any side effect" if choice.term == ANY_TERM else f"with {words(choice.term).lower()}")
    if choice.scale:
        found.append(_outcome_words(choice))
    elif choice.infusion is not None:
        found.append(f"infusion {choice.infusion}" if choice.infusion else "boosters")
    if when := _time_words(choice):
        found.append(when)
    if choice.followed:
        found.append(f"completed in the period and followed for {formats.plural(choice.followed, 'day')}")
    more: Iterable[tuple[str, object]] = (
        ("worst grade", choice.severity),
        ("stopped because", words(choice.reason).lower() if choice.reason else None),
        ("infusions reached, at least", choice.reached),
        ("infusions planned, at least", choice.planned),
        ("ended by day", choice.within),
        ("cohorts", choice.cohort),
        (_QUANTITY_WORDS.get(choice.quantity or "", ""), _sizes(choice)),
    )
    found += [f"{name} {value}" for name, value in more if value is not None]
    return found + (["serious"] if choice.serious else [])


def _time_words(choice: RowChoice) -> str:
    """`Monday 08:00 to 09:00, site time`, or the part of it that is asked for."""
    day = formats.WEEKDAYS[choice.weekday - 1] if choice.weekday else ""
    if choice.hour is None:
        return day
    return f"{day} {choice.hour:02d}:00 to {choice.hour + 1:02d}:00, site time".strip()


def _outcome_words(choice: RowChoice) -> str:
    """`PHQ-9: response in the score after infusion 3`."""
    scale = SCALE_LABELS[choice.scale or ""]
    if choice.outcome in ("baseline", "entered"):
        planned = f", infusion {choice.infusion} planned" if choice.outcome == "entered" and choice.infusion else ""
        return f"{scale}: {OUTCOME_LABELS[choice.outcome]}{planned}"
    if choice.outcome is None:
        return f"rated on {scale}"
    after = f"after infusion {choice.infusion}" if choice.infusion else "at baseline"
    return f"{scale}: {OUTCOME_LABELS[choice.outcome]} {after}"


_KEPT = (
    "list",
    "status",
    "asked",
    "term",
    "severity",
    "serious",
    "infusion",
    "weekday",
    "hour",
    "state",
    "reason",
    "reached",
    "planned",
    "within",
    "cohort",
    "followed",
    "scale",
    "outcome",
    "quantity",
    "least",
    "most",
)
_STATUS_WORDS = {
    **{status.value: label.lower() for status, label in STATUS_LABELS.items()},
    DELIVERED_ROWS: "delivered",
    HELD_READY: "held ready (delivered, missed or cancelled late)",
    LATE_CANCELLED: "cancelled late",
}
_QUANTITY_WORDS = {
    "approval": "days from approval to the first infusion:",
    "gap": "days since the session before the infusion:",
    "booster": "days since the session before the booster:",
    "dose_below": "dose below the protocol's range,",
    "dose_within": "dose within the protocol's range,",
    "dose_above": "dose above the protocol's range,",
    "dose_no_range": "dose without a range in the protocol,",
    "dose_unknown": "without a dose or weight,",
    "return": "days from completion to the next session:",
    "boosters": "boosters in the 90 days after completion:",
}


def _sizes(choice: RowChoice) -> str | None:
    """The sizes asked for, in the quantity's own unit. What has no size stands below every size."""
    if choice.quantity is None:
        return None
    least, most = choice.least, choice.most
    if choice.quantity.startswith("dose_"):
        return _dose_sizes(least, most)
    lowest, word = _WITHOUT_SIZE.get(choice.quantity, (None, ""))
    if lowest is None or (least is not None and least > lowest):
        return _span(choice.quantity, least, most)
    if most is None:
        return f"any, or {word}"
    if most <= lowest:
        return word if most == lowest else "none"
    return f"{_span(choice.quantity, None, most)}, or {word}"


def _span(quantity: str, least: int | None, most: int | None) -> str:
    if quantity == "approval" and (least, most) == (NOT_RECORDED + 1, -1):
        return "approved after it"
    if least == most:
        return "any" if least is None else str(least)
    if least is None:
        return f"up to {most}"
    return f"{least} or more" if most is None else f"{least} to {most}"


def _dose_sizes(least: int | None, most: int | None) -> str:
    """Doses stand in steps; the last one asked for is wanted whole."""
    from_mg = None if least is None else f"from {least / DOSE_STEPS_PER_MG_KG:.2f}"
    to_mg = None if most is None else f"below {(most + 1) / DOSE_STEPS_PER_MG_KG:.2f}"
    said = " to ".join(part for part in (from_mg, to_mg) if part)
    return f"{said} mg/kg" if said else "any weight"


_WITHOUT_SIZE = {"approval": (NOT_RECORDED, "not recorded"), "return": (NOT_YET, "none yet")}
_STATE_WORDS = {
    **{state.value: label.lower() for state, label in STATE_LABELS.items()},
    COMPLETED: "completed",
    STOPPED: "stopped",
}
_COMPLIANCE_COLUMNS = (
    Column("session", "Session"),
    Column("site", "Site"),
    Column("on", "Day", "date"),
    Column("supervisor", "Supervising person"),
    *(Column(criterion.value, CRITERION_TITLES[criterion]) for criterion in Criterion),
)
_SESSION_COLUMNS = (
    Column("session", "Session"),
    Column("site", "Site"),
    Column("on", "Day", "date"),
    Column("status", "Outcome"),
    Column("phase", "Phase"),
    Column("infusion", "Infusion", "integer"),
    Column("indication", "Indication"),
    Column("product", "Product"),
    Column("dose", "mg/kg", "number"),
    Column("pseudonym", "Patient (pseudonym)"),
    Column("side_effects", "Side effects (worst grade)"),
)
_COURSE_COLUMNS = (
    Column("course", "Course"),
    Column("site", "Site"),
    Column("start_on", "First session", "date"),
    Column("state", "State"),
    Column("ended_on", "Ended on", "date"),
    Column("stop_reason", "Reason"),
    Column("reached", "Infusions reached", "integer"),
    Column("planned", "Planned", "integer"),
    Column("indication", "Indication"),
    Column("product", "Product"),
    Column("pseudonym", "Patient (pseudonym)"),
)

_SCORE_COLUMNS = (Column("baseline", "Baseline", "integer"), Column("score", "Score after it", "integer"))


def _choice(ground: Ground) -> RowChoice:
    """What is asked for. Raises NotAllowed where the filters alone would tell a role what its columns do not."""
    choice = ground.filters.rows
    clinical = choice.is_clinical or ground.filters.indication is not None
    if clinical and not ground.scope.may_see_pseudonyms:
        raise NotAllowed(NOT_FOR_ROLE)
    return choice


def _fetch(ground: Ground, choice: RowChoice, limit: int) -> RowPage:
    if choice.list is RowList.COURSES:
        return fetch_course_rows(ground.scope, ground.db, ground.period, choice, limit)
    return fetch_session_rows(ground.scope, ground.db, ground.period, choice, ground.settings.late_cancel_hours, limit)


def _session_cells(row: SessionRow, site: str) -> tuple[Cell, ...]:
    effects = ", ".join(f"{words(term).lower()} {grade}" for term, grade in row.side_effects)
    return (
        _short(row.session_id.hex),
        site,
        row.on,
        STATUS_LABELS[Status(row.status)],
        PHASE_LABELS[Phase(row.phase)],
        row.infusion or None,
        INDICATION_LABELS[Indication(row.indication)] if row.indication else None,
        PRODUCT_LABELS[Product(row.product)] if row.product else None,
        round(row.dose_mg_per_kg, 2) if row.dose_mg_per_kg is not None else None,
        row.pseudonym,
        effects or None,
    )


def _evidence_cells(ground: Ground, page: RowPage, names: Mapping[UUID, str]) -> list[tuple[Cell, ...]]:
    """Each session by site, day and supervising person, with its verdicts; a session that was not delivered has none."""
    asked = [row.session_id for row in page.rows]
    judged = fetch_session_verdicts(ground.scope, ground.db, ground.period.period, of=asked) if asked else []
    verdicts = {each.session_id: each.verdicts for each in judged}
    return [
        (
            _short(row.session_id.hex),
            names[row.site_id],
            row.on,
            row.supervisor,
            *_told(verdicts.get(row.session_id, {})),
        )
        for row in page.rows
    ]


def _told(verdicts: Mapping[Criterion, Verdict]) -> tuple[Cell, ...]:
    return tuple(VERDICT_LABELS[verdicts[each]] if each in verdicts else None for each in Criterion)


def _course_cells(row: CourseRow, site: str, with_scores: bool) -> tuple[Cell, ...]:
    scores = (row.baseline, row.score) if with_scores else ()
    return (
        _short(row.course_id.hex),
        site,
        row.start_on,
        STATE_LABELS[CourseState(row.state)],
        row.ended_on,
        words(row.stop_reason) if row.stop_reason else None,
        row.reached,
        row.planned,
        INDICATION_LABELS[Indication(row.indication)],
        PRODUCT_LABELS[Product(row.product)],
        row.pseudonym,
        *scores,
    )


def _short(number: str) -> str:
    return number[:SHORT_ID]
