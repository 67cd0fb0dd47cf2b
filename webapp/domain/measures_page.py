"""docs/measures.md, made from the registry of measures and the settings, so that it says nothing but what the code does."""

from collections.abc import Iterator, Mapping

from webapp.domain.compliance import CRITERION_TITLES, Criterion
from webapp.domain.courses import DEFAULT_PLAN
from webapp.domain.measure import Measure
from webapp.domain.measures import MEASURES, explain
from webapp.domain.settings import Setting, all_settings
from webapp.domain.vocabulary import CourseState

_PLANNED, _WINDOW, _LAPSE, _HORIZON = DEFAULT_PLAN

STATE_RULES: Mapping[CourseState, str] = {
    CourseState.COMPLETED_ON_TIME: f"the planned infusion ({_PLANNED}th) came at most {_WINDOW} days after the first",
    CourseState.COMPLETED_LATE: f"it came later, at most {_HORIZON} days after the first",
    CourseState.STOPPED_RESPONSE: "a stop is recorded with the reason “responded”",
    CourseState.STOPPED_OTHER: "a stop is recorded with any other reason",
    CourseState.TRANSFERRED: "the patient left for a clinic outside the network",
    CourseState.LAPSED: f"no session for {_LAPSE} days; dated the day after",
    CourseState.OPEN_AT_HORIZON: f"none of these within {_HORIZON} days of the first: not completed",
    CourseState.OPEN: "none of these yet, and the horizon is not reached",
}

CRITERION_RULES: Mapping[Criterion, str] = {
    Criterion.SETTING: "the site held a valid accreditation of a programme that counts, on that day",
    Criterion.APPROVAL: "an evaluation and a prescriber's approval stand before the course's first session and are not too old",
    Criterion.SUPERVISION: "the administering and the supervising person each held a required licence for the site's state",
    Criterion.ESCORT: "somebody brought the patient in and somebody accompanied them out, both recorded",
    Criterion.SUBSTANCE: "the question was asked, and a positive answer has a documented decision",
    Criterion.MONITORING: "the least time to discharge was kept, with blood pressure before, during and before discharge",
    Criterion.ESKETAMINE: "esketamine only: enrolled, at least the stated time watched, and the form sent in time",
}

_OPENING = """# Measures

Made from `webapp/domain/measures.py` and `webapp/domain/settings.py` by `python -m webapp.domain.measures_page`.

Every number on a page, in a report and from `dripline measures` names one of the measures below. The same words stand
behind “How is this counted?” beside the number, there with the network's own thresholds; here with the usual ones.

## What holds for all of them

- **A session belongs to the day of its start in the site's own time zone.** A month is each site's own month.
- **Delivered** means that the drug was given: the session was completed or stopped early.
- **A site's clock stops where its data end** (“data through”). A site that sends nothing reads “no data since”; its courses
  do not lapse, and nothing is counted as missed. See [what “data through” is](decisions/0008-data-through.md).
- **Not recorded is never counted as met**, as free of side effects, or as zero. It is shown beside the number.
- **Sessions of one patient are alike**, so intervals of shares of sessions rest on an effective number of sessions, smaller
  than the number shown. Courses are counted as they are.
- **Nothing is ranked.** A difference inside its limits is no difference, and a change that chance explains reads “no clear change”.
- **Completion is adherence, not benefit.**
"""


def measures_page() -> str:
    """The whole page, as Markdown."""
    parts = [_OPENING, "\n".join(_states()), "\n".join(_criteria()), "## The measures\n"]
    parts.extend(_measure_section(measure) for measure in MEASURES.values())
    parts.append("\n".join(_settings_section()))
    return "\n".join(parts)


def _states() -> Iterator[str]:
    yield "## The states of a course\n"
    yield "On a day, every started course is in exactly one state. The earliest event decides and is final; on one day, the order"
    yield (
        f"below. The numbers are those of the usual plan ({_PLANNED} infusions); a network states its own for each indication"
        " and product.\n"
    )
    yield "| state | when |"
    yield "|---|---|"
    for state in CourseState:
        yield f"| `{state.value}` | {STATE_RULES[state]} |"
    yield ""
    yield "A course that the sending system gives an outcome for takes that outcome, and is marked “as stated”. An induction session"
    yield "after the end of a course opens a further one. The fine print stands at the head of `webapp/domain/courses.py`."
    yield ""


def _criteria() -> Iterator[str]:
    yield "## The criteria of a session\n"
    yield "Each delivered session meets a criterion, does not meet it, or nothing is recorded. “Met” means recorded as met, not lawful.\n"
    yield "| criterion | met when |"
    yield "|---|---|"
    for criterion in Criterion:
        yield f"| {CRITERION_TITLES[criterion]} | {CRITERION_RULES[criterion]} |"
    yield ""


def _measure_section(measure: Measure) -> str:
    told = explain(measure.id)
    lines = [
        f"### {told.title}",
        "",
        f"`{measure.id}`, version {measure.version}. {told.sentence}",
        "",
        "| | |",
        "|---|---|",
    ]
    lines += [f"| {name} | {value} |" for name, value in _facts(measure) if value]
    return "\n".join([*lines, ""])


def _facts(measure: Measure) -> tuple[tuple[str, str], ...]:
    told = explain(measure.id)
    return (
        ("Counted", told.numerator),
        ("Out of", told.denominator),
        ("Left out", "; ".join(told.exclusions)),
        ("Interval", told.interval),
        ("Thresholds", ", ".join(f"`{key}`" for key in measure.settings_keys)),
        ("Source", told.source),
    )


def _settings_section() -> Iterator[str]:
    yield "## Thresholds\n"
    yield "Each is a setting with a version, which is printed beside what was computed under it. A network may have its own within"
    yield "the bounds; no page or command changes it yet.\n"
    yield "| setting | usual value | bounds | what it decides | source |"
    yield "|---|---|---|---|---|"
    for setting in all_settings():
        yield f"| `{setting.key}` | {_value(setting)} | {_bounds(setting)} | {setting.meaning} | {setting.source} |"
    yield ""


def _value(setting: Setting) -> str:
    if isinstance(setting.default, tuple):
        return f"{', '.join(map(str, setting.default))} ({setting.unit})"
    return _number(setting.default, setting) if setting.unit == "share" else f"{setting.default:g} {setting.unit}"


def _bounds(setting: Setting) -> str:
    if setting.low is None or setting.high is None:
        return ""
    return f"{_number(setting.low, setting)} to {_number(setting.high, setting)}"


def _number(value: float, setting: Setting) -> str:
    return f"{100 * value:g} %" if setting.unit == "share" else f"{value:g}"


if __name__ == "__main__":
    print(measures_page(), end="")  # noqa: T201  # this is what the command is for
