"""The measures of response: what is counted on rating scales."""

from webapp.domain.measure import WILSON, WILSON_SOURCE, Measure

_RATED = (
    "courses with a baseline at or above the entry cut and a rating after infusion k and at or before the next, at most "
    "{rating_days} days after k"
)
_RATED_EXCLUSIONS = (
    "courses without a baseline of at most {baseline_days} days, or with one below the entry cut",
    "courses without a rating after infusion k are shown as missing, with bounds over all that had a baseline",
)

RATED_MEASURES = (
    Measure(
        id="response_rate",
        title="Response",
        version=1,
        sentence=(
            "The share of rated courses whose score fell by at least {response_fall} from baseline after infusion k."
        ),
        numerator=(
            "courses whose last rating after infusion k is at least {response_fall} below baseline (PHQ-9, "
            "MADRS, QIDS-SR)"
        ),
        denominator=_RATED,
        exclusions=_RATED_EXCLUSIONS,
        interval=WILSON,
        source=WILSON_SOURCE,
        settings_keys=("response_fall", "baseline_days", "rating_days", "entry_phq9", "entry_madrs"),
    ),
    Measure(
        id="remission_rate",
        title="Remission",
        version=1,
        sentence="The share of rated courses whose score after infusion k is at most the remission cut of its scale.",
        numerator=(
            "courses with PHQ-9 at most {remission_phq9}, MADRS at most {remission_madrs}, QIDS-SR at most "
            "{remission_qids}"
        ),
        denominator=_RATED,
        exclusions=_RATED_EXCLUSIONS,
        interval=WILSON,
        source=WILSON_SOURCE,
        settings_keys=(
            "remission_phq9",
            "remission_madrs",
            "remission_qids",
            "baseline_days",
            "rating_days",
            "entry_phq9",
            "entry_madrs",
        ),
    ),
    Measure(
        id="improvement_rate",
        title="Improved",
        version=1,
        sentence=(
            "The share of rated courses whose score fell by so many points from baseline after infusion k. On these "
            "scales it is called improved, not response."
        ),
        numerator="courses with GAD-7 at least {improved_gad7} or PCL-5 at least {improved_pcl5} points below baseline",
        denominator=_RATED,
        exclusions=_RATED_EXCLUSIONS,
        interval=WILSON,
        source=WILSON_SOURCE,
        settings_keys=("improved_gad7", "improved_pcl5", "baseline_days", "rating_days", "entry_gad7", "entry_pcl5"),
    ),
    Measure(
        id="score_change",
        title="Change of score",
        version=1,
        sentence=(
            "How the score after infusion k stands to its baseline: the mean fall with its standard deviation, and the share"
            " of rated courses that stand above their baseline."
        ),
        numerator="courses whose last rating after infusion k is above their baseline",
        denominator=_RATED,
        exclusions=_RATED_EXCLUSIONS,
        interval=WILSON,
        source=WILSON_SOURCE,
        settings_keys=("baseline_days", "rating_days", "entry_phq9", "entry_madrs", "entry_gad7", "entry_pcl5"),
    ),
    Measure(
        id="suicidality",
        title="Suicidality",
        version=1,
        sentence=(
            "The share of rated courses that told of any suicidal thought or act, at baseline and after infusion k; apart"
            " from response."
        ),
        numerator="courses with 1 or more on item 9 of PHQ-9, or on the C-SSRS",
        denominator=(
            "courses with a baseline on the item and a rating of it after infusion k and at or before the next, at most"
            " {rating_days} days after k"
        ),
        exclusions=(
            "courses without a baseline of at most {baseline_days} days",
            "courses without a rating after infusion k are shown as missing, with bounds over all that had a baseline",
        ),
        interval=WILSON,
        source=WILSON_SOURCE,
        settings_keys=("baseline_days", "rating_days"),
    ),
)
"""Response, remission, improvement, change of score; suicidality apart."""
