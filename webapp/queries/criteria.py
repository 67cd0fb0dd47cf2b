"""Programmes with their criteria in versions, and the matrix of sites by criteria on a day, as known at an instant."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain import compliance
from webapp.domain.criteria import NOTHING_FOUND, Assessment, Deciding, FoundAs, found_by, found_on
from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Verdict
from webapp.queries.accreditation import Accreditations, ProgrammeFacts, fetch_programmes
from webapp.queries.sites import SiteFacts, fetch_sites
from webapp.transactions import ask


@dataclass(frozen=True, slots=True)
class CriterionVersion:
    """One version of one criterion. judged_by: the criterion of a session that speaks of the same. withdrawn: asked no more."""

    id: UUID
    programme_id: UUID
    code: str
    version: int
    title: str
    wording: str
    evidence_asked: str | None
    judged_by: compliance.Criterion | None
    valid_from: date
    withdrawn: bool
    recorded_at: datetime
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class ProgrammeBefore:
    """What a programme was until an instant."""

    version: int
    name: str
    body: str | None
    counts: bool
    superseded_at: datetime
    superseded_by: str | None


class SiteCriterion(NamedTuple):
    """One cell of the matrix. asked: the version asked on the day. found: by the version that its assessment speaks of.

    A tuple, and `found` shared between the cells that were found alike: a matrix has thousands, and each is looked at once.
    """

    site: SiteFacts
    asked: CriterionVersion
    found: FoundAs

    @property
    def of_earlier_version(self) -> int | None:
        """The earlier version that was assessed, where it is not the one asked on the day."""
        deciding = self.found.deciding
        return deciding.version if deciding is not None and deciding.version != self.asked.version else None


CriteriaByProgramme = dict[ProgrammeFacts, list[SiteCriterion]]
"""By programme: its cells, site by site."""


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """One assessment as it was taken down."""

    id: UUID
    criterion: CriterionVersion
    verdict: Verdict | None
    assessed_on: date
    until: date | None
    note: str | None
    recorded_at: datetime
    recorded_by: str | None
    replaces_id: UUID | None
    replaced: bool


_NAMED = "LEFT JOIN user_account u ON u.id = {}"


def fetch_criteria(scope: Scope, db: Session, programme_id: UUID | None = None) -> list[CriterionVersion]:
    """Every version of the criteria, by code and version; of one programme, or of all."""
    rows = ask(
        db,
        "SELECT c.id, c.programme_id, c.code, c.version, c.title, c.wording, c.evidence_asked, c.judged_by, c.valid_from,"
        f" c.withdrawn, c.recorded_at, u.name AS recorded_by_name FROM criterion c {_NAMED.format('c.recorded_by')}"
        " WHERE c.network_id = :network AND (CAST(:programme AS uuid) IS NULL OR c.programme_id = :programme)"
        " ORDER BY c.programme_id, c.code, c.version",
        {"network": scope.network_id, "programme": programme_id},
    )
    return [
        CriterionVersion(
            row.id,
            row.programme_id,
            row.code,
            row.version,
            row.title,
            row.wording,
            row.evidence_asked,
            compliance.Criterion(row.judged_by) if row.judged_by else None,
            row.valid_from,
            row.withdrawn,
            row.recorded_at,
            row.recorded_by_name,
        )
        for row in rows
    ]


def asked_on(criteria: Sequence[CriterionVersion], on: date) -> list[CriterionVersion]:
    """The version of each criterion that is asked on a day, in the order they were first recorded; withdrawn ones are not."""
    newest: dict[tuple[UUID, str], CriterionVersion] = {}
    first: dict[tuple[UUID, str], tuple[datetime, str]] = {}
    for one in criteria:
        key = (one.programme_id, one.code)
        first.setdefault(key, (one.recorded_at, one.code))
        if one.valid_from <= on and (key not in newest or one.version > newest[key].version):
            newest[key] = one
    return sorted((one for one in newest.values() if not one.withdrawn), key=lambda c: first[c.programme_id, c.code])


def get_criterion(scope: Scope, db: Session, programme_id: UUID, code: str, on: date) -> CriterionVersion:
    """The version of that criterion asked on a day. Raises NotFound."""
    found = [one for one in asked_on(fetch_criteria(scope, db, programme_id), on) if one.code == code]
    if not found:
        raise NotFound(f"There is no criterion “{code[:60]}” asked on that day in this programme.")
    return found[0]


def fetch_programme_versions(scope: Scope, db: Session, programme_id: UUID) -> list[ProgrammeBefore]:
    """What a programme was before each change, the latest first."""
    rows = db.execute(
        text(
            "SELECT v.version, v.name, v.body, v.counts, v.superseded_at, u.name FROM programme_version v"
            f" {_NAMED.format('v.superseded_by')} WHERE v.network_id = :network AND v.programme_id = :programme ORDER BY v.version DESC"
        ),
        {"network": scope.network_id, "programme": programme_id},
    )
    return [ProgrammeBefore(*row) for row in rows]


def fetch_criteria_matrix(
    scope: Scope, db: Session, on: date, known_at: datetime | None = None, read: Accreditations | None = None
) -> CriteriaByProgramme:
    """Every site of the scope by every criterion asked on that day, programme by programme; programmes without criteria are left out.

    read: the scope's sites and programmes, where they have been read already.
    """
    criteria = fetch_criteria(scope, db)
    programmes = read.programmes if read else fetch_programmes(scope, db)
    by_programme = _asked_by_programme(programmes, criteria, on)
    places = {(one.programme_id, one.code): place for place, one in enumerate(chain(*by_programme.values()))}
    found = _found(scope, db, criteria, places, on, known_at)
    sites = read.sites if read else fetch_sites(scope, db)
    matrix = {}
    for programme, asked in by_programme.items():
        placed = [(one, places[one.programme_id, one.code]) for one in asked]
        matrix[programme] = [
            SiteCriterion(site, one, own.get(place, NOTHING_FOUND))
            for site in sites
            for own in (found.get(site.id, _NONE_FOUND),)
            for one, place in placed
        ]
    return matrix


def fetch_assessment_lines(scope: Scope, db: Session, site_id: UUID, programme_id: UUID) -> list[AssessmentLine]:
    """What was recorded of one site and programme, the latest first."""
    criteria = {one.id: one for one in fetch_criteria(scope, db, programme_id)}
    rows = db.execute(
        text(
            "SELECT a.id, a.criterion_id, a.verdict, a.assessed_on, a.until, a.note, a.recorded_at, u.name, a.replaces_id,"
            " EXISTS (SELECT 1 FROM criterion_assessment n WHERE n.network_id = :network AND n.replaces_id = a.id) AS replaced"
            f" FROM criterion_assessment a {_NAMED.format('a.recorded_by')} WHERE a.network_id = :network AND a.site_id = :site"
            " AND a.site_id = ANY (:sites) AND a.criterion_id = ANY (:criteria) ORDER BY a.recorded_at DESC, a.id"
        ),
        {
            "network": scope.network_id,
            "site": site_id,
            "sites": list(scope.site_ids),
            "criteria": list(criteria),
        },
    )
    return [AssessmentLine(row[0], criteria[row[1]], Verdict(row[2]) if row[2] else None, *row[3:]) for row in rows]


def _asked_by_programme(
    programmes: Sequence[ProgrammeFacts], criteria: Sequence[CriterionVersion], on: date
) -> dict[ProgrammeFacts, list[CriterionVersion]]:
    asked = asked_on(criteria, on)
    found: dict[ProgrammeFacts, list[CriterionVersion]] = {}
    for programme in programmes:
        own = [one for one in asked if one.programme_id == programme.id]
        if own:
            found[programme] = own
    return found


_VERDICTS = {verdict.value: verdict for verdict in Verdict}
_NONE_FOUND: Mapping[int, FoundAs] = MappingProxyType({})
# Of a site and a criterion that was never corrected the last word alone is read, and all of a site's as one text: a place in the list of
# criteria, the verdict, the day and the last day. What was corrected is read whole and replayed.
_LAST_WORDS = """
    WITH asked AS MATERIALIZED (SELECT * FROM unnest(CAST(:criteria AS uuid[]), CAST(:places AS integer[]))
        WITH ORDINALITY AS k(criterion_id, place, number)),
    said AS MATERIALIZED (SELECT a.site_id, k.place, k.number, a.id, a.verdict, a.assessed_on, a.until, a.recorded_at, a.replaces_id
        FROM criterion_assessment a JOIN asked k ON k.criterion_id = a.criterion_id
        WHERE a.network_id = :network AND a.site_id = ANY (:sites)
        AND (CAST(:known_at AS timestamptz) IS NULL OR a.recorded_at <= :known_at)),
    correcting AS MATERIALIZED (SELECT site_id, place, replaces_id FROM said WHERE replaces_id IS NOT NULL),
    corrected AS MATERIALIZED (SELECT site_id, place FROM correcting
        UNION SELECT r.site_id, r.place FROM correcting c JOIN said r ON r.id = c.replaces_id),
    plain AS (SELECT DISTINCT ON (s.site_id, s.place) s.* FROM said s
        WHERE s.assessed_on <= :on AND (s.until IS NULL OR s.until >= s.assessed_on)
        ORDER BY s.site_id, s.place, s.assessed_on DESC, s.recorded_at DESC, s.verdict = 'not_met' DESC,
            s.verdict = 'not_recorded' DESC, s.id DESC)
    SELECT p.site_id, string_agg(concat_ws(' ', p.number, p.verdict, p.assessed_on, p.until), ',') AS told,
        NULL AS number, NULL AS id, NULL AS verdict, NULL AS assessed_on, NULL AS until, NULL AS recorded_at, NULL AS replaces_id
    FROM plain p WHERE NOT EXISTS (SELECT 1 FROM corrected c WHERE c.site_id = p.site_id AND c.place = p.place) GROUP BY p.site_id
    UNION ALL SELECT s.site_id, NULL, s.number, s.id, s.verdict, s.assessed_on, s.until, s.recorded_at, s.replaces_id
    FROM said s JOIN corrected c ON c.site_id = s.site_id AND c.place = s.place"""


def _found(
    scope: Scope,
    db: Session,
    criteria: Sequence[CriterionVersion],
    places: Mapping[tuple[UUID, str], int],
    on: date,
    known_at: datetime | None,
) -> dict[UUID, dict[int, FoundAs]]:
    """What every site was found to be like, by the place of the criterion; what nobody looked at is left out."""
    known = [(one, places[one.programme_id, one.code]) for one in criteria if (one.programme_id, one.code) in places]
    values = {
        "network": scope.network_id,
        "sites": list(scope.site_ids),
        "criteria": [one.id for one, _ in known],
        "places": [place for _, place in known],
        "on": on,
        "known_at": known_at,
    }
    found: dict[UUID, dict[int, FoundAs]] = defaultdict(dict)
    replayed: dict[tuple[UUID, int], list[Assessment]] = defaultdict(list)
    words: dict[str, tuple[int, FoundAs]] = {}
    for site_id, told, number, record_id, verdict, day, until, recorded_at, replaces in db.execute(
        text(_LAST_WORDS), values
    ):
        if told is None:
            one, place = known[number - 1]
            said = _VERDICTS[verdict] if verdict else None
            replayed[site_id, place].append(Assessment(record_id, one.version, said, day, until, recorded_at, replaces))
            continue
        own = found[site_id]
        for word in told.split(","):
            if word not in words:
                words[word] = _read(word, known, on)
            place, as_found = words[word]
            own[place] = as_found
    for (site_id, place), assessments in replayed.items():
        found[site_id][place] = found_on(assessments, on, known_at)
    return found


def _read(word: str, known: Sequence[tuple[CriterionVersion, int]], on: date) -> tuple[int, FoundAs]:
    """One of the words of `_LAST_WORDS`: the place of its criterion, and what it says of the day."""
    number, verdict, *days = word.split(" ")
    one, place = known[int(number) - 1]
    return place, found_by(_VERDICTS[verdict], Deciding(one.version, *map(date.fromisoformat, days)), on)
