"""Measures of time: how soon courses end, and what comes between one session and the next."""

from webapp.domain.measure import Measure

_OWN = "The product's own definition."

COURSE_SPACING = (
    Measure(
        id="completion_incidence",
        title="Completion by day",
        version=1,
        sentence=(
            "The probability that a started course has been completed by a day since its first session, with being"
            " stopped, transferred or lapsed as what may come first. It is adherence, not benefit."
        ),
        numerator="courses that ended so (completed on time or late; stopped for any reason; transferred; lapsed)",
        denominator=(
            "all courses started in the period; open ones count up to the day that their site's data reach, those open"
            " at their horizon to the end"
        ),
        exclusions=(
            "courses of booster sessions alone, which never started an induction",
            "courses that start after the day up to which their site has sent data",
        ),
        interval="Aalen-Johansen estimate, pointwise 95 % on the log(-log) scale",
        source=(
            "Aalen OO, Johansen S. Scand J Stat 1978;5:141-150. Choudhury JB. Stat Med 2002;21:1129-1144."
            " Kaplan-Meier overstates where events compete, so it is not used."
        ),
    ),
)
