"""What every law of V(I) says of its data: a current that never changes, a criterion out of reach."""

from __future__ import annotations

import numpy as np

from ..model import Caution


def unusable(data) -> str | None:
    """A current that never changes has no characteristic."""
    return "the current is zero in every row" if not np.any(data["current"]) else None


def criterion_in_reach(data, fit):
    """Ic outside the data is an extrapolation, and a criterion under the noise asks for more averaging."""
    criterion = fit.known["Ec"] * fit.known["tap_distance"]
    rise, found = float(np.abs(fit.model_part).max()), []
    if rise < 0.3 * criterion:
        found.append(Caution(f"the voltage rises to {rise * 1e6:.3g} uV above the baseline, {rise / criterion:.2g} of the criterion {criterion * 1e6:.3g} uV: "
                             "Ic is an extrapolation. Ramp further, or state a lower criterion with Ec", ("Ic",), "not determined"))
    elif rise < criterion:
        found.append(Caution(f"the voltage stops at {rise / criterion:.2g} of the criterion: Ic is extrapolated along the law"))
    if fit.scatter > criterion:
        found.append(Caution(f"the noise ({fit.scatter * 1e6:.2g} uV) is above the criterion ({criterion * 1e6:.2g} uV)"))
    return found
