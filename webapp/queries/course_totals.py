"""Reading the running totals of courses: whole start months of all sites together, as of the end of each site's data."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.cells import Selection
from webapp.queries.running_totals import Total
from webapp.queries.unclosed_courses import ANY
from webapp.transactions import ask


def of_kind(selection: Selection) -> dict[str, str]:
    """The row of the selection's indication and product, where any of them is counted by itself."""
    return {"indication": selection.indication or ANY, "product": selection.product or ANY}


def read_courses(
    scope: Scope, db: Session, period: Period, total: Total, columns: Sequence[str], filters: Mapping[str, str]
) -> Sequence[Sequence[Any]]:
    """Rows of the columns and how many courses began in the period, under filters by column. For whoever sees all sites."""
    cells = total.read(columns, [f"c.{name} = :{name}" for name in filters], 0, stepwise=False)
    named = ", ".join(columns)
    values = {**filters, "network": scope.network_id, "start0": period.start_on, "end0": period.end_on}
    return ask(db, f"SELECT {named}, sum(courses)::integer FROM ({cells}) t GROUP BY {named}", values)
