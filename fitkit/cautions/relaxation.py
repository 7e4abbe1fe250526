"""What every relaxation law says of a decay and of its fit."""

from __future__ import annotations

import math

import numpy as np

from ..model import Caution


def unusable_times(data) -> str | None:
    """Times of which no decay in ln t can be fitted."""
    time = data["time"]
    if np.any(time <= 0):
        return (f"{int(np.sum(time <= 0))} rows have time <= 0, ln t wants the time since the field stopped.\n"
                "    set the origin: fk.relaxation_segment(data)   or   fk.window(data, over='time', low='1 s')")
    repeated = len(time) - len(np.unique(time))
    if repeated:
        return (f"{repeated} rows repeat the time of another row: two channels in one column, or a stuck clock.\n"
                "    leave them out: fk.drop_rows(data, rows, reason='repeated time')")
    if np.ptp(time) < 0.1 * time.min():
        return ("the times look like an absolute clock (they span less than a tenth of the first one).\n"
                "    set the origin: fk.relaxation_segment(data)")
    return None


def crosses_zero(data, fit):
    """S = -dlnM/dlnt has no meaning where M changes sign."""
    if fit.fitted.min() < 0 < fit.fitted.max():
        return Caution("the moment crosses zero inside the window: S = -dlnM/dlnt and U* have no meaning here (the slope dM/dlnt has). "
                       "A background or a second decay is in the signal", tuple(name for name in ("S", "n") if fit.has(name)), "not determined")
    return None


def shift_beyond_window(data, fit):
    """A start of the decay long before the window leaves a straight line in t."""
    if not fit.free("t_shift"):
        return None
    shift, last = fit.value("t_shift"), float(fit.x[0].max())
    if shift + (fit.error("t_shift") or 0.0) > last:
        lost = tuple(name for name in ("t_shift", "S", "n", "mu", "tau", "beta", "M_0") if fit.free(name))
        return Caution(f"t_shift = {shift:.3g} s with its error reaches beyond the window ({last:.3g} s): a decay that began so long ago is a straight line in t, "
                       "which holds no S. Take t_shift from the field ramp and fix it", lost, "not determined")
    return None


def short_window(data, fit):
    """Half a decade of time holds no logarithm."""
    time = fit.x[0]
    decades = math.log10(time.max() / time.min())
    if decades < 0.5:
        return Caution(f"the window spans only {decades:.2f} decades of time: any smooth drift looks logarithmic. Measure to {10 * time.max():.3g} s")
    return None
