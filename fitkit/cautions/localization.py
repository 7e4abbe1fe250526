"""What every law of weak localization says of a curve and of its fit."""

from __future__ import annotations

import numpy as np

from ..constants import G0
from ..model import Caution
from ..physics.coherence import disorder_parameter, elastic_field


def in_mT(field: float) -> str:
    """A field [T] as people read it."""
    return f"{field * 1e3:.3g} mT"


def beyond_a_correction(data, fit):
    """A swing far above G0 is no interference correction."""
    swing = float(np.ptp(fit.fitted)) / G0
    if swing > 30:
        wrong = tuple(name for name in fit.values if fit.free(name) and name in ("alpha", "L_phi"))
        return Caution(f"the conductance swing is {swing:.3g} G0, no interference correction is: are the numbers in e^2/h while the column was "
                       "declared as S?", wrong, "not determined")
    return None


def diffusive_regime(data, fit):
    """k_F l >> 1, |B| << B_e, |delta sigma| << sigma."""
    found = []
    if "sheet_resistance_normal" in data.meta:
        conductance = 1 / data.si("sheet_resistance_normal")
        if disorder_parameter(conductance) < 3:
            found.append(Caution(f"k_F l = {disorder_parameter(conductance):.2g} < 3: weak localization is a perturbation in 1/(k_F l), questionable here"))
        if np.ptp(fit.fitted) > 0.2 * conductance:
            found.append(Caution(f"|delta sigma|/sigma = {np.ptp(fit.fitted) / conductance:.2f} > 0.2: no small correction any more"))
    if "mean_free_path" in data.meta:
        limit = elastic_field(data.si("mean_free_path"))
        if np.abs(fit.x[0]).max() > 0.3 * limit:
            found.append(Caution(f"the field exceeds 0.3 B_e = {in_mT(0.3 * limit)}: the diffusive formula ends there. "
                                 f"fk.where(data, 'abs(field) < {in_mT(0.3 * limit)}')"))
    return found
