"""What the columns beside the moment say: temperature, centring and fit quality of the magnetometer, steps in M(t).

A column c that the instrument wrote may be in the moment as a c. Its coefficient a is found beside the parameters of the
law, from the data and from what is known of it before (a stated prior): the effect and what stays open of it both count.
``blameless``: another cause explains the residuals better, the column keeps what its prior allows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from ..errors import FitkitError
from ..measured import Measured
from ..names import CENTRING, FIT_QUALITY
from ..physics.decay_residuals import jumps
from .decay import Decay
from .term import Term

_SEEN = 3.0             # standard deviations from which a coefficient counts as seen
_PART = 0.2             # of the statistical error from which an effect is worth a caution
_APART = 0.1            # part of a column that the law and its curvature cannot take over; below it the data do not know its coefficient
_CENTRING_PRIOR = 0.01  # relative change of the reading per mm off centre, order of magnitude for a second-order gradiometer (recalled, not checked)
_POOR = 6.0             # robust standard deviations below the median from which a fit of the response is poor


def temperature(decay: Decay, blameless: bool = False) -> Term | None:
    """M follows a temperature that drifts or settles: dM/dT from the data, from a stated value, or of the order M/T."""
    stated = decay.meta("dlnM_dT")
    if "temperature" not in decay.data or not np.isfinite(decay.data["temperature"]).all():
        return Term("temperature drift", None, "no temperature column: nothing can be said")
    column = decay.data["temperature"] - float(np.median(decay.data["temperature"][-max(len(decay.data) // 4, 1):]))
    if np.ptp(column) == 0:
        return Term("temperature drift", 0.0, "the temperature column is constant to its last digit")
    if stated is not None:
        prior, centre, how = (stated.error or 0.1 * abs(stated.value)) * decay.size, stated.si * decay.size, f"dlnM/dT = {stated} ({stated.origin})"
    elif (slope := _slope_of_series(decay)) is not None:
        prior, centre, how = 0.3 * abs(slope) * decay.size, slope * decay.size, f"dlnM/dT = {slope:.2g}/K from the neighbouring temperatures of the result"
    else:
        kelvin = float(np.mean(decay.data["temperature"]))
        prior, centre, how = decay.size / kelvin, 0.0, f"assumed: |dlnM/dT| of the order 1/T = {1 / kelvin:.2g}/K; state it: dlnM_dT='-0.05 1/K'"
    error, shift, seen, coefficient, left = _effect(decay, column, prior, centre, blameless)
    drift = np.ptp(_smoothed(column, decay.time)) * 1e3
    how = f"T drifts by {drift:.3g} mK over the window; {how}"
    caution = ""
    if seen and abs(shift) > _PART * decay.statistical:
        caution = (f"the moment follows the temperature column ({coefficient / decay.size:+.2g} of M per K, T drifts by {drift:.3g} mK): the temperature settles or drifts. "
                   "Leave out the rows before it has settled: fk.window(data, over='time', low=...)")
    elif error > decay.statistical:
        caution = f"the temperature drifts by {drift:.3g} mK over the window and could change {decay.quantity} by more than its statistical error: state dlnM_dT, or wait for it to settle"
    return Term("temperature drift", error, how, shift if seen else None, caution, left if seen else None)


def _slope_of_series(decay: Decay) -> float | None:
    """dlnM_r/dT [1/K] from the other decays of the same result, at the same field: a straight line through the three nearest temperatures."""
    def field(one) -> float | None:
        found = one.data.meta.get("applied_field")
        return round(found.si, 3) if isinstance(found, Measured) else None

    here = float(np.mean(decay.data["temperature"]))
    near = [(one.data.si("temperature"), abs(one["M_r"].si)) for one in decay.result.fits if not one.failed and one.y_name == decay.one.y_name and "M_r" in one.parameters
            and ("temperature" in one.data.meta or "temperature" in one.data) and field(one) == field(decay.one)]
    near = sorted(near, key=lambda pair: abs(pair[0] - here))[:3]
    temperatures, moments = np.array(near).T if near else (np.empty(0), np.empty(0))
    if len(near) < 3 or np.ptp(temperatures) < 1e-3 * here or not np.all(moments > 0):
        return None
    return float(np.polyfit(temperatures - here, np.log(moments), 1)[0])


def centring(decay: Decay, blameless: bool = False) -> Term | None:
    """The sample moves in the pick-up coils: the reading follows the centre position that the instrument wrote."""
    title = _title(decay, CENTRING)
    if title is None:
        return None
    values = decay.data.vendor[title][0]
    if not np.isfinite(values).all():
        return Term("centring", None, f"'{title}' has missing numbers")
    column = values - float(np.median(values))
    if np.ptp(column) == 0:
        return Term("centring", 0.0, f"'{title}' does not change")
    per_mm = 10.0 if "(cm)" in title.lower() else 1.0
    error, shift, seen, coefficient, left = _effect(decay, column, _CENTRING_PRIOR * per_mm * decay.size, blameless=blameless)
    drift = float(np.ptp(_smoothed(column, decay.time)))
    how = f"'{title}' drifts by {drift:.2g}; assumed: of the order of {_CENTRING_PRIOR:.0%} of M per mm"
    caution = ""
    if seen and abs(shift) > _PART * decay.statistical:
        caution = (f"the moment follows '{title}' ({coefficient / decay.size:+.2g} of M per unit, drift {drift:.2g}): the sample is off centre and moves in the coils. "
                   "Centre it again, or use the free-centre moment")
    elif error > decay.statistical:
        caution = f"'{title}' drifts by {drift:.2g}: the centring could change {decay.quantity} by more than its statistical error"
    return Term("centring", error, how, shift if seen else None, caution, left if seen else None)


def fit_quality(decay: Decay) -> Term | None:
    """Points at which the instrument's own fit of its response was poor."""
    title = _title(decay, FIT_QUALITY)
    if title is None:
        return None
    values = decay.data.vendor[title][0]
    if not np.isfinite(values).all():
        return None
    middle = float(np.median(values))
    scatter = max(1.4826 * float(np.median(np.abs(values - middle))), 1e-4 * abs(middle))
    poor = np.flatnonzero(values < middle - _POOR * scatter)
    if not len(poor) or len(poor) > len(values) // 3:
        return Term("fit quality", 0.0, f"'{title}' is {middle:.4g} throughout" if not len(poor) else f"'{title}' changes over a third of the points: nothing to compare with")
    kept = np.setdiff1d(np.arange(len(values)), poor)
    try:
        one = decay.refitted(decay.data.select(kept))
    except FitkitError:
        return None
    shift = decay.si_of(one) - decay.value
    rows = ", ".join(map(str, poor[:6])) + ("..." if len(poor) > 6 else "")
    caution = f"'{title}' drops to {values[poor].min():.3g} (else {middle:.4g}) in rows {rows}: fk.where(data, '{title} > {middle - _POOR * scatter:.3g}')" \
        if abs(shift) > _PART * decay.statistical else ""
    return Term("fit quality", abs(shift), f"'{title}' is poor in {len(poor)} of {len(values)} rows; refitted without them", shift, caution, one.residuals * decay.weight[kept])


def flux_jumps(decay: Decay, blameless: bool = False) -> Term:
    """Steps in M(t): avalanches of flux, or a SQUID that lost its lock."""
    order = np.argsort(decay.time)
    found = jumps(decay.one.residuals[order])[:5]
    if found and blameless:
        return Term("jumps", 0.0, "the steps belong to another cause")
    if not found:
        return Term("jumps", 0.0, "no step in the residuals beyond 6 robust standard deviations")
    columns = np.zeros((len(found), len(order)))
    for column, (row, _) in zip(columns, found):
        column[order[row:]] = 1.0
    coefficients, _, left = decay.regressed(columns)
    try:
        shift = decay.change(decay.with_moment(decay.one.y - coefficients @ columns))
    except FitkitError:
        return Term("jumps", None, "the fit fails without them")
    time = decay.time[order]
    places = ", ".join(f"{step / decay.size:+.2%} of M at {time[row]:.4g} s" for (row, _), step in zip(found, coefficients))
    return Term("jumps", abs(shift), "refitted with a free step at each", shift,
                f"the moment jumps ({places}): flux avalanches, or the instrument lost its lock. Fit the piece before or after: fk.split_at_jumps(data)", left, 2 * len(found))


def _title(decay: Decay, wanted: Sequence[str]) -> str | None:
    """A column of the file that has one of these titles (lower case, unit removed) and holds numbers."""
    for title, (values, _) in decay.data.vendor.items():
        if re.sub(r"\s*[(\[].*", "", title).strip().lower() in wanted and np.isfinite(values).any():
            return title
    return None


def _effect(decay: Decay, column: np.ndarray, prior: float, centre: float = 0.0, blameless: bool = False) -> tuple[float, float, bool, float, np.ndarray]:
    """(error, shift [SI], whether the coefficient is seen, coefficient, residuals left) of a column that may be in the moment."""
    column = column * decay.one.fitted / decay.size  # it multiplies the moment
    residual = decay.regressed(column, None)
    hidden = decay.apart(column) < _APART
    seen = abs(residual[0][0]) > _SEEN * math.sqrt(residual[1][0, 0]) and not hidden
    measured, known = (0.0 if hidden else 1 / residual[1][0, 0]), 1 / prior**2
    if seen:  # the data know it better than any guess
        known = 0.0
    coefficient = (measured * residual[0][0] + known * centre) / (measured + known)
    deviation = 1 / math.sqrt(measured + known)
    slope = decay.response(column)
    if blameless:
        coefficient, deviation, seen, centre = 0.0, 1 / math.sqrt(measured + 1 / prior**2), False, 0.0
    return math.hypot(coefficient, deviation) * abs(slope), coefficient * slope, bool(seen or centre), coefficient, residual[2]


def _smoothed(column: np.ndarray, time: np.ndarray) -> np.ndarray:
    """A parabola in ln t through a column: its drift without its noise."""
    x = np.log(time)
    return np.polyval(np.polyfit(x - x.mean(), column, min(2, len(x) - 1)), x - x.mean())
