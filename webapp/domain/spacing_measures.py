"""Measures of time: how soon courses end, and what comes between one session and the next."""

from webapp.domain.measure import NO_INTERVAL, Measure

_OWN = "The product's own definition."

_QUARTILES = "none: a full count; a quarter and three quarters of all stand beside the median"
_DEFINITION_1 = "Definition 1 of Hyndman RJ, Fan Y. Am Stat 1996;50:361-365."
_SAME_COURSE = "what the same patient had in another course"

SESSION_SPACING = (
    Measure(
        id="approval_wait",
        title="Approval to first infusion",
        version=1,
        sentence="The median number of days from a course's approval to its first delivered infusion.",
        numerator="the number of days that at least half of the courses did not exceed",
        denominator="",
        exclusions=(
            "courses approved after their first infusion, counted beside it",
            "courses without a day of approval, counted beside it",
            "re-inductions: the approval is of the first",
        ),
        interval=_QUARTILES,
        source=_DEFINITION_1,
    ),
    Measure(
        id="infusion_gap",
        title="Days between infusions",
        version=1,
        sentence="The median number of days between an infusion after the first and the delivered session before it.",
        numerator="the number of days that at least half of the infusions did not exceed",
        denominator="",
        exclusions=("first infusions", _SAME_COURSE),
        interval=_QUARTILES,
        source=_DEFINITION_1,
    ),
    Measure(
        id="booster_gap",
        title="Days to the next booster",
        version=1,
        sentence="The median number of days between a booster and the delivered session before it in its course.",
        numerator="the number of days that at least half of the boosters did not exceed",
        denominator="",
        exclusions=("boosters without a session before them in the course", _SAME_COURSE),
        interval=_QUARTILES,
        source=_DEFINITION_1,
    ),
    Measure(
        id="return_rate",
        title="Return after completion",
        version=1,
        sentence="The share of completed courses with a further delivered session within so many days of completion.",
        numerator="courses with a delivered session on a later day within 30 or 90 days of their completion",
        denominator="courses completed in the period, followed for as many days by their site's data",
        exclusions=("courses completed too recently, counted beside it", _SAME_COURSE),
        interval="Wilson score, 95 %",
        source="Wilson EB. J Am Stat Assoc 1927;22:209-212.",
    ),
    Measure(
        id="boosters_in_90_days",
        title="Boosters in 90 days",
        version=1,
        sentence="Boosters in the 90 days after completion, for each completed course. A course is one patient's.",
        numerator="delivered boosters within 90 days of a course's completion",
        denominator="courses completed in the period, followed for 90 days by their site's data",
        exclusions=("courses completed too recently, counted beside it", _SAME_COURSE),
        interval=NO_INTERVAL,
        source=_OWN,
    ),
    Measure(
        id="dose_range",
        title="Dose by weight",
        version=1,
        sentence="Doses in mg per kg of body weight, against the range of the protocol in force on the session's day.",
        numerator="delivered sessions whose dose by weight lies within the range, its ends included",
        denominator="delivered sessions with a dose, a weight and a range on record",
        exclusions=(
            "sessions without a dose or a weight, counted beside it",
            "sessions whose protocol states no range, counted beside it",
        ),
        interval=NO_INTERVAL,
        source=f"{_OWN} Medians in steps of 0.05 mg/kg: {_DEFINITION_1}",
    ),
)
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
