"""What an import touches: the courses to judge again and the days whose cells to count again.

A session that comes late renumbers the later ones of its course, perhaps in other months: every session of a touched course
touches its day.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

_NEW = "FROM resolved r WHERE r.is_new OR r.is_changed"
_OLD = "v.network_id = :network AND v.superseded_by_batch_id = :batch"

_COURSES = {
    "course": (f"SELECT r.course_id {_NEW}",),
    "session": (
        f"SELECT r.course_id {_NEW}",
        f"SELECT v.course_id FROM session_version v JOIN resolved r ON r.session_id = v.session_id AND r.is_changed WHERE {_OLD}",
    ),
    "practitioner": (
        (
            "SELECT c.course_id FROM course_version c JOIN resolved r ON r.practitioner_id = c.approved_by_id AND r.is_changed"
            " WHERE c.network_id = :network AND c.superseded_by_batch_id IS NULL"
        ),
    ),
    "protocol": (
        (
            "SELECT c.course_id FROM course_version c JOIN resolved r ON r.indication = c.indication AND r.product = c.product"
            " AND (r.is_new OR r.is_changed) WHERE c.network_id = :network AND c.superseded_by_batch_id IS NULL"
        ),
        (
            "SELECT c.course_id FROM course_version c JOIN protocol_version v ON v.indication = c.indication AND v.product = c.product"
            f" AND {_OLD} JOIN resolved r ON r.protocol_id = v.protocol_id AND r.is_changed"
            " WHERE c.network_id = :network AND c.superseded_by_batch_id IS NULL"
        ),
    ),
}
_RATED = (
    f"SELECT r.course_id {_NEW}",
    f"SELECT v.course_id FROM rating_version v JOIN resolved r ON r.rating_id = v.rating_id AND r.is_changed WHERE {_OLD}",
)
_DAYS = {
    "session": (
        f"SELECT r.site_id, r.on_date {_NEW}",
        (
            "SELECT v.site_id, v.on_date FROM session_version v JOIN resolved r ON r.session_id = v.session_id AND r.is_changed"
            f" WHERE {_OLD}"
        ),
    ),
    **{
        said: (
            (
                "SELECT s.site_id, s.on_date FROM session_version s JOIN resolved r ON r.session_id = s.session_id"
                " AND (r.is_new OR r.is_changed) WHERE s.network_id = :network AND s.superseded_by_batch_id IS NULL"
            ),
            (
                f"SELECT s.site_id, s.on_date FROM session_version s JOIN {said}_version v ON v.session_id = s.session_id AND {_OLD}"
                f" JOIN resolved r ON r.{said}_id = v.{said}_id AND r.is_changed"
                " WHERE s.network_id = :network AND s.superseded_by_batch_id IS NULL"
            ),
        )
        for said in ("screen", "side_effect")
    },
}


def begin(db: Session) -> None:
    """Start with nothing touched."""
    for statement in (
        (
            "DROP TABLE IF EXISTS pg_temp.touched_course, pg_temp.touched_day, pg_temp.touched_site, pg_temp.touched_rated,"
            " pg_temp.touched_cohort"
        ),
        "CREATE TEMPORARY TABLE touched_rated (course_id uuid PRIMARY KEY) ON COMMIT DROP",
        "CREATE TEMPORARY TABLE touched_cohort (site_id uuid, month date, PRIMARY KEY (site_id, month)) ON COMMIT DROP",
        "CREATE TEMPORARY TABLE touched_site (site_id uuid PRIMARY KEY) ON COMMIT DROP",
        "CREATE TEMPORARY TABLE touched_course (course_id uuid PRIMARY KEY) ON COMMIT DROP",
        "CREATE TEMPORARY TABLE touched_day (site_id uuid, on_date date, PRIMARY KEY (site_id, on_date)) ON COMMIT DROP",
    ):
        db.execute(text(statement))


def note(db: Session, identity: str, values: dict[str, object]) -> None:
    """Take down what the rows in `resolved` touch, after their versions have been stored."""
    for chosen in _COURSES.get(identity, ()):
        db.execute(text(f"INSERT INTO touched_course {chosen} ON CONFLICT DO NOTHING"), values)
    for chosen in _RATED if identity == "rating" else ():
        db.execute(text(f"INSERT INTO touched_rated {chosen} ON CONFLICT DO NOTHING"), values)
    if identity == "site":
        db.execute(text(f"INSERT INTO touched_site SELECT r.site_id {_NEW} ON CONFLICT DO NOTHING"), values)
    for chosen in _DAYS.get(identity, ()):
        db.execute(text(f"INSERT INTO touched_day {chosen} ON CONFLICT DO NOTHING"), values)


def everything(db: Session, values: dict[str, object]) -> None:
    """Touch all there is: for a rebuild after a change of definition or settings."""
    db.execute(text("INSERT INTO touched_course SELECT id FROM course WHERE network_id = :network"), values)
    db.execute(
        text(
            "INSERT INTO touched_day SELECT DISTINCT site_id, on_date FROM session_version WHERE network_id = :network"
        ),
        values,
    )
    db.execute(text("INSERT INTO touched_site SELECT id FROM site WHERE network_id = :network"), values)


def add_days_of_courses(db: Session, values: dict[str, object]) -> None:
    """Every session of a touched course touches its day."""
    db.execute(
        text(
            "INSERT INTO touched_day SELECT DISTINCT s.site_id, s.on_date FROM session_version s"
            " JOIN touched_course t ON t.course_id = s.course_id"
            " WHERE s.network_id = :network AND s.superseded_by_batch_id IS NULL ON CONFLICT DO NOTHING"
        ),
        values,
    )


def add_days_of_completions(db: Session, values: dict[str, object]) -> None:
    """The day on which a touched course was completed, as it stands now: a stated one need not be the day of a session."""
    db.execute(
        text(
            "INSERT INTO touched_day SELECT DISTINCT x.site_id, x.end_on FROM course_spell x"
            " JOIN touched_course t ON t.course_id = x.course_id"
            " WHERE x.network_id = :network"
            " AND x.end_state IN ('completed_on_time', 'completed_late') ON CONFLICT DO NOTHING"
        ),
        values,
    )
