"""What every relaxation law says of a decay and of its fit."""

from __future__ import annotations

import math

import numpy as np

from ..model import Caution, words_only
from ..physics.decay_residuals import followed, jumps


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
    ends = fit.y[np.argsort(fit.x[0])]
    part = max(len(ends) // 10, 3)
    early, late = np.median(ends[:part]), np.median(ends[-part:])

    def clear() -> bool:
        steps = np.diff(ends)
        noise = 1.4826 * np.median(np.abs(steps - np.median(steps))) / math.sqrt(2 * part)  # of neighbours: a law that cannot cross does not follow
        return abs(early) > 5 * noise and abs(late) > 5 * noise

    if fit.fitted.min() < 0 < fit.fitted.max() or early * late < 0 and clear():
        return Caution("the moment crosses zero inside the window: S = -dlnM/dlnt and U* have no meaning here (the slope dM/dlnt has). "
                       "A background or a second decay is in the signal", tuple(name for name in ("S", "n") if fit.has(name)), "not determined")
    return None


def shift_beyond_window(data, fit):
    """A start of the decay long before the window leaves a straight line in t."""
    if not fit.free("t_shift"):
        return None
    shift, last = fit.value("t_shift"), float(fit.x[0].max())
    if shift + (fit.error("t_shift") or 0.0) > last:
        lost = tuple(name for name in ("t_shift", "S", "n", "S_v", "mu", "tau", "beta", "M_0") if fit.free(name))
        return Caution(f"t_shift = {shift:.3g} s with its error reaches beyond the window ({last:.3g} s): a decay that began so long ago is a straight line in t, "
                       "which holds no S. Take t_shift from the field ramp and fix it", lost, "not determined")
    return None


@words_only
def short_window(data, fit):
    """Half a decade of time holds no logarithm."""
    time = fit.x[0]
    decades = math.log10(time.max() / time.min())
    if decades < 0.5:
        return Caution(f"the window spans only {decades:.2f} decades of time: any smooth drift looks logarithmic. Measure to {10 * time.max():.3g} s")
    return None


@words_only
def temperature_drifts(data, fit):
    """Residuals that follow the temperature column: the sample had not settled."""
    if "temperature" not in data or len(fit.y) < 12 or not np.isfinite(data["temperature"]).all() or np.ptp(data["temperature"]) == 0:
        return None
    column = (data["temperature"] - np.median(data["temperature"])) * fit.fitted
    weight = 1.0 if fit.y_err is None else 1 / fit.y_err
    design = fit.gradient * weight
    x = np.log(fit.x[0])
    shapes = np.concatenate([design, [(x - x.mean()) ** 2 * weight]])  # a bend is no drift
    coefficient, covariance, left = followed(fit.residuals * weight, shapes, np.array([column * weight]))
    rest = fit.residuals * weight
    if abs(coefficient[0]) < 4 * math.sqrt(covariance[0, 0]) or left @ left > 0.8 * (rest @ rest):
        return None
    return Caution(f"the residuals follow the temperature column, which moves by {1e3 * np.ptp(data['temperature']):.3g} mK ({coefficient[0]:+.2g} of M per K): the temperature settles or "
                   "drifts. What it does to S: fk.error_budget(result); leave out the first rows with fk.window(data, over='time', low=...)")


@words_only
def jumps_in_moment(data, fit):
    """Steps that stay: flux avalanches, or an instrument that lost its lock."""
    order = np.argsort(fit.x[0])
    found = jumps(fit.residuals[order])
    if not found:
        return None
    size = float(np.abs(np.median(fit.fitted))) or 1.0
    places = ", ".join(f"{height / size:+.2%} of M at {fit.x[0][order][row]:.4g} s" for row, height in sorted(found)[:4])
    return Caution(f"the moment jumps: {places}. No smooth decay goes through a step; fit the pieces, fk.split_at_jumps(data)")


def curvature_is_seen(data, fit):
    """The bend of ln M that mu makes must stand out of the noise."""
    error = fit.error("mu")
    if not fit.free("mu") or error is None or error < 0.5:
        return None
    decades = math.log10(fit.x[0].max() / fit.x[0].min())
    S = abs(fit.value("S")) if fit.has("S") else 1 / fit.value("n")
    straight = (S * decades * math.log(10)) ** 2 / (12 * math.sqrt(5))
    needed = decades * np.sqrt(error / 0.2)
    # the bend grows as the square of the decades, and points at the same density per decade add a root
    more = f"Measure to {fit.x[0].min() * 10 ** needed:.2g} s ({needed:.1f} decades), lower" if needed < 12 else "Lower"
    return Caution(f"mu is not measurable here: over {decades:.1f} decades at S = {S:.3g} one unit of mu bends the curve by {straight:.1g} of M (rms), "
                   f"too little for this noise. {more} the noise {error / 0.2:.2g} times, fit several temperatures jointly, "
                   "or fix it: fix={'mu': 1}", ("mu",), "not determined")


def unusable_series_times(data) -> str | None:
    """Times and temperatures of which no series of decays can be fitted."""
    if np.any(data["time"] <= 0):
        return (f"{int(np.sum(data['time'] <= 0))} rows have time <= 0, ln t wants the time since the field stopped.\n"
                "    set the origin of each decay: fk.relaxation_segment(data)")
    if np.any(data["temperature"] <= 0):
        return "temperatures of 0 K or below"
    return None


@words_only
def one_reference_time(data, fit):
    """Rates of several decays at different ages do not belong to one curve."""
    said = next((note.text for note in data.notes if note.text.startswith("reference times differ")), None)
    return Caution(said) if said else None
