"""The verdict of every criterion on every delivered session, as SQL: the rules of `webapp.domain.compliance`, set-based.

A verdict is a number, so that the one that decides is the greatest: 0 met, 1 not recorded, 2 not met. A test holds this text and the
pure function against each other on random sessions.
"""

from collections.abc import Mapping

from webapp.domain.compliance import Criterion
from webapp.domain.settings import MeasureSettings
from webapp.domain.vocabulary import Verdict
from webapp.queries.fact_cells import FactView
from webapp.queries.session_standings import SessionStandings

VERDICTS: Mapping[int, Verdict] = {0: Verdict.MET, 1: Verdict.NOT_RECORDED, 2: Verdict.NOT_MET}
ALL_SIX = "all_six"
"""The column of the six criteria together; the esketamine one stands apart."""
LAPSE = "lapse"
"""The column of a session under a lapse: not met where site or either person was not valid, not recorded where one cannot be judged."""
SIX = tuple(criterion for criterion in Criterion if criterion is not Criterion.ESKETAMINE)
JUDGED = (*(criterion.value for criterion in Criterion), ALL_SIX)
"""What a share is told of."""

COMPLIANCE_KEY = ("site_id", "on_date", "criterion", "verdict")
COMPLIANCE_COUNTS = ("sessions",)
_SETTINGS = (
    "evaluation_max_age_days",
    "approval_max_age_days",
    "reevaluation_days",
    "monitoring_minutes",
    "esketamine_minutes",
    "esketamine_form_days",
)


def verdict_parameters(settings: MeasureSettings, standings: SessionStandings) -> dict[str, object]:
    """The bound values of `verdicts_sql`, besides those of the view and of `only`."""
    return {**standings.parameters, **{key: getattr(settings, key) for key in _SETTINGS}}


def verdicts_sql(view: FactView, standings: SessionStandings, only: str = "") -> str:
    """Every delivered session with a column for each criterion, `all_six` and `lapse`. `only` narrows, over alias `s`.

    cluster_id: the patient, of whom sessions are alike; for counting only, it is never handed on.

    A session whose course began at a site outside the scope keeps its row; what its course says is then not recorded.
    """
    # OFFSET 0 keeps the planner from writing each verdict out again wherever it is counted.
    columns = ", ".join(f"{_VERDICT_OF[criterion]} AS {criterion.value}" for criterion in Criterion)
    six = ", ".join(criterion.value for criterion in SIX)
    lapse = f"greatest({Criterion.SETTING.value}, {Criterion.SUPERVISION.value}) AS {LAPSE}"
    return f"""
        SELECT v.*, greatest({six}) AS {ALL_SIX}, {lapse} FROM (
            SELECT s.session_id, s.site_id, s.on_date, coalesce(c.patient_id, s.session_id) AS cluster_id, {columns}
            FROM session_version s
            LEFT JOIN course_version c ON c.course_id = s.course_id AND {view.current("c")}
            LEFT JOIN practitioner_version w ON w.practitioner_id = c.approved_by_id AND {view.current("w")}
            LEFT JOIN {_first_starts(view)} i ON i.course_id = s.course_id
            {standings.joins}
            WHERE {view.current("s")} AND s.status IN ('completed', 'stopped_early') {only} OFFSET 0) v"""


def compliance_cells(view: FactView, standings: SessionStandings, only: str = "") -> str:
    """Cells of delivered sessions by criterion (or `all_six`, `lapse`) and verdict; one that does not apply to any has none."""
    names = (*JUDGED, LAPSE)
    counted = ", ".join(
        f"count(*) FILTER (WHERE {name} = {code}) AS {name}_{code}" for name in names for code in VERDICTS
    )
    told = ", ".join(f"('{name}', {code}, {name}_{code})" for name in names for code in VERDICTS)
    return f"""
        SELECT g.site_id, g.on_date, x.criterion COLLATE "C" AS criterion, x.verdict::smallint AS verdict, x.sessions::integer AS sessions
        FROM (SELECT site_id, on_date, {counted} FROM ({verdicts_sql(view, standings, only)}) f GROUP BY site_id, on_date) g
        CROSS JOIN LATERAL (VALUES {told}) AS x(criterion, verdict, sessions) WHERE x.sessions > 0"""


def verdict_sums(view: FactView, standings: SessionStandings, only: str = "") -> str:
    """What the design effect of each criterion needs, clustered by patient: a row a span and criterion.

    span, criterion, then m, n, x, xx, xn, nn of `webapp.domain.intervals.design_effect_of_sums`. A criterion that applies to none of the
    sessions has no row. `month`: a patient's sessions of one month are a cluster; `year`: all of them.
    """
    counted = ", ".join(f"count({name}) AS {name}_n, count(*) FILTER (WHERE {name} = 0) AS {name}_x" for name in JUDGED)
    told = ", ".join(f"('{name}', {name}_n, {name}_x)" for name in JUDGED)
    return f"""
        SELECT g.span, x.criterion, count(*) AS m, sum(x.n) AS n, sum(x.x) AS x, sum(x.x * x.x) AS xx, sum(x.x * x.n) AS xn,
            sum(x.n * x.n) AS nn
        FROM (SELECT CASE grouping(month) WHEN 0 THEN 'month' ELSE 'year' END AS span, {counted}
            FROM (SELECT v.*, on_date - (extract(day FROM on_date)::integer - 1) AS month FROM ({verdicts_sql(view, standings, only)}) v) f
            GROUP BY GROUPING SETS ((cluster_id, month), (cluster_id))) g
        CROSS JOIN LATERAL (VALUES {told}) AS x(criterion, n, x) WHERE x.n > 0 GROUP BY g.span, x.criterion"""


def _first_starts(view: FactView) -> str:
    """A table expression of (course_id, start_on): the course's first delivered induction session."""
    if view.data_version is None:
        return "(SELECT course_id, start_on FROM course_spell WHERE network_id = :network AND ordinal = 1)"
    return (
        "(SELECT f.course_id, min(f.on_date) AS start_on FROM session_version f"
        f" WHERE {view.current('f')} AND f.status IN ('completed', 'stopped_early') AND f.phase = 'induction' GROUP BY f.course_id)"
    )


def _flag(column: str) -> str:
    return f"CASE {column} WHEN true THEN 0 WHEN false THEN 2 ELSE 1 END"


def _dated(day: str, reference: str, max_age: str | None) -> str:
    too_old = f"WHEN {reference} - {day} > {max_age} THEN 2 " if max_age else ""
    return f"CASE WHEN {day} IS NULL THEN 1 WHEN {reference} < {day} THEN 2 {too_old}ELSE 0 END"


def _held(alias: str) -> str:
    """No record: not recorded; otherwise by the days on which it was not valid."""
    return f"CASE WHEN {alias}.lapses IS NULL THEN 1 WHEN {alias}.lapses @> s.on_date THEN 2 ELSE 0 END"


def _watched(since: str, minutes: str) -> str:
    short = f"s.discharged_at - {since} < make_interval(mins => {minutes})"
    return f"CASE WHEN {since} IS NULL OR s.discharged_at IS NULL THEN 1 WHEN {short} THEN 2 ELSE 0 END"


_START = "coalesce(i.start_on, s.on_date)"
_APPROVAL = f"""greatest({_flag("w.prescriber")}, CASE WHEN s.phase = 'maintenance' THEN greatest(
    {_dated("c.evaluated_on", "s.on_date", ":reevaluation_days")}, {_dated("c.approved_on", "s.on_date", None)})
    ELSE greatest({_dated("c.evaluated_on", _START, ":evaluation_max_age_days")},
    {_dated("c.approved_on", _START, ":approval_max_age_days")}) END)"""
_SUBSTANCE = """CASE WHEN coalesce(s.substance_history, '') = '' THEN 1
    WHEN s.substance_history = 'positive' AND coalesce(s.substance_decision, '') !~ '[^[:space:]]' THEN 2 ELSE 0 END"""
_PRESSURES = """CASE WHEN (s.systolic_before + s.diastolic_before + s.systolic_during + s.diastolic_during + s.systolic_discharge
    + s.diastolic_discharge) IS NULL THEN 1 ELSE 0 END"""
# Counted from the start alone, long enough proves nothing about the time after the last spray.
_AFTER_DOSE = f"""CASE WHEN s.ended_at IS NOT NULL THEN {_watched("s.ended_at", ":esketamine_minutes")}
    ELSE greatest(1, {_watched("s.started_at", ":esketamine_minutes")}) END"""
_FORM = """CASE WHEN s.monitoring_form_on IS NULL THEN 1
    WHEN s.monitoring_form_on - s.on_date NOT BETWEEN 0 AND :esketamine_form_days THEN 2 ELSE 0 END"""

_VERDICT_OF: Mapping[Criterion, str] = {
    Criterion.SETTING: _held("h"),
    Criterion.APPROVAL: _APPROVAL,
    Criterion.SUPERVISION: f"greatest({_held('a')}, {_held('p')})",
    Criterion.ESCORT: f"greatest({_flag('s.escort_in')}, {_flag('s.escort_out')})",
    Criterion.SUBSTANCE: _SUBSTANCE,
    Criterion.MONITORING: f"greatest({_watched('s.ended_at', ':monitoring_minutes')}, {_PRESSURES})",
    Criterion.ESKETAMINE: f"""CASE WHEN c.product = 'esketamine_nasal' THEN
        greatest({_flag("c.enrolled")}, {_FORM}, {_AFTER_DOSE}) END""",
}
