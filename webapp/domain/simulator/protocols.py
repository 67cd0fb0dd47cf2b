"""What a course is meant to be: six infusions in 21 days; eight doses in 35 for intranasal esketamine."""

from datetime import timedelta

import numpy as np

from webapp.domain.simulator.columns import Batch, make_batch, texts
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.vocabulary import Indication, Product

LAPSE_DAYS = 28


def protocol_records(settings: SimulationSettings) -> Batch:
    """The `protocols` records: six infusions in 21 days; eight in 35 for intranasal esketamine."""
    pairs = [(indication, Product.KETAMINE_IV) for indication in Indication]
    pairs += [(indication, Product.KETAMINE_IM) for indication in Indication if indication is not Indication.DEPRESSION]
    pairs.append((Indication.DEPRESSION, Product.ESKETAMINE_NASAL))
    nasal = np.array([product is Product.ESKETAMINE_NASAL for _, product in pairs])
    high = np.array([dose_range(indication, product)[1] for indication, product in pairs])
    low = np.array([dose_range(indication, product)[0] for indication, product in pairs])
    columns = {
        "key": texts(f"{indication}-{product}" for indication, product in pairs),
        "indication": texts(indication.value for indication, _ in pairs),
        "product": texts(product.value for _, product in pairs),
        "valid_from": np.full(len(pairs), np.datetime64(settings.starts_on - timedelta(days=1500), "D")),
        "planned_infusions": np.where(nasal, 8.0, 6.0),
        "window_days": np.where(nasal, 35.0, 21.0),
        "lapse_days": np.full(len(pairs), float(LAPSE_DAYS)),
        "horizon_days": np.where(nasal, 75.0, 60.0),
        "dose_low_mg_per_kg": low,
        "dose_high_mg_per_kg": high,
    }
    return make_batch("protocols", columns, np.zeros(len(pairs), dtype=np.int8))


def dose_range(indication: Indication, product: Product) -> tuple[float, float]:
    """The usual doses, mg/kg; NaN for a product that is dosed by the device."""
    if product is Product.ESKETAMINE_NASAL:
        return (float("nan"), float("nan"))
    if product is Product.KETAMINE_IM:
        return (0.5, 1.0)
    return (0.4, 1.0) if indication is Indication.CHRONIC_PAIN else (0.4, 0.8)
