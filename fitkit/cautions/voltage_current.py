"""What every law of V(I) says of its data: a current that never changes, a criterion out of reach, a law that misses the data at it."""

from __future__ import annotations

import numpy as np

from ..model import Caution

_MISSED = 1.0      # criteria by which the data may miss the law there: slow noise reaches 0.8 in good tapes
_TOGETHER = 5      # neighbouring rows whose mean is looked at


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


def off_the_law_at_the_criterion(data, fit):
    """Where the critical current is read the law must pass through the data: smooth residuals there are not noise."""
    if not fit.autocorrelation > 0:
        return None
    criterion = fit.known["Ec"] * fit.known["tap_distance"]
    order = np.argsort(np.abs(fit.x[0]), kind="stable")
    level, rest = np.abs(fit.model_part)[order] / criterion, fit.residuals[order]
    near = (level > 0.3) & (level < 3)
    if near.sum() < _TOGETHER:
        return None
    means = np.convolve(rest, np.full(_TOGETHER, 1 / _TOGETHER), "same")[near]
    worst = float(means[np.argmax(np.abs(means))])
    noise = float(np.median(np.abs(np.diff(rest)))) / 0.954 / np.sqrt(_TOGETHER)
    if abs(worst) < max(_MISSED * criterion, 5 * noise):
        return None
    return Caution(f"near the criterion the data lie {abs(worst) * 1e6:.2g} uV {'above' if worst > 0 else 'below'} the law, and the criterion is {criterion * 1e6:.2g} uV: Ic and n are not those of "
                   "the conductor. A runaway that begins, heating or another law: leave out the end, fk.window(data, over='current', high='...'), or fk.compare the laws", ("Ic", "n"),
                   "not determined")
