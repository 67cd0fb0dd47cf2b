"""Rating scales and what becomes of a score on them, as people read them."""

from collections.abc import Mapping

from webapp.domain.response import SUICIDAL_ITEM
from webapp.domain.vocabulary import Instrument

SCALE_LABELS: Mapping[str, str] = {
    Instrument.PHQ9.value: "PHQ-9",
    Instrument.MADRS.value: "MADRS",
    Instrument.QIDS.value: "QIDS-SR",
    Instrument.GAD7.value: "GAD-7",
    Instrument.PCL5.value: "PCL-5",
    SUICIDAL_ITEM: "PHQ-9 item 9",
    Instrument.CSSRS.value: "C-SSRS",
}

OUTCOME_LABELS: Mapping[str, str] = {
    "baseline": "with a baseline",
    "entered": "with a baseline that counts",
    "rated": "rated",
    "met": "response, improved or told of",
    "remitted": "remission",
    "risen": "above the baseline",
    "missing": "no score",
}
