"""Fits whose weights depend on the fit: a robust loss, errors in x, and noise that grows with the signal.

All repeat a fit from its own solution with new weights until these settle (iteratively reweighted least squares). They
change the curves, not the solver.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..background import BACKGROUNDS
from ..errors import FitkitError
from .problem import Curve

LOSSES = ("huber", "bisquare")
MOST = 60           # repetitions
_TUNING = {"huber": 1.345, "bisquare": 4.685}  # standard deviations at which a point begins to, or ceases to count: 95 % efficiency for normal noise
_SETTLED = 1e-6     # relative change of the weights


def checked_loss(loss: str | None, curves: Sequence[Curve]) -> str | None:
    """The name of a robust loss.

    Raises
    ------
    FitkitError
        There is no such loss, or the errors of the data are correlated.
    """
    if loss is None or loss == "least_squares":
        return None
    if loss not in LOSSES:
        raise FitkitError(f"loss={loss!r}: wanted 'huber' or 'bisquare' (robust), or None for least squares")
    for curve in curves:
        if curve.whitener is not None:
            raise FitkitError(f"{curve.data.name}: loss='{loss}' wants independent points, the errors of '{curve.y_name}' are correlated")
    return loss


# -- errors in x ----------------------------------------------------------------------------------------------------------

def x_errors_of(curve: Curve) -> list[tuple[int, np.ndarray]]:
    """(axis, standard deviations [SI]) of the x columns with a column ``<x>_err``; they count beside given errors of y."""
    if curve.y_err is None and curve.whitener is None:
        return []
    found = []
    for axis, values in enumerate(curve.x):
        name = next(name for name, column in curve.data.columns.items() if column is values)
        errors = curve.data.columns.get(f"{name}_err")
        if errors is not None and np.all(np.isfinite(errors)) and np.any(errors > 0):
            found.append((axis, errors))
    return found


def spread_by_x(curve: Curve, theta: np.ndarray, x_errors: Sequence[tuple[int, np.ndarray]]) -> np.ndarray:
    """Standard deviation of y [SI] that the errors of x make: the curve half an error to either side, local parameters ``theta``."""
    size, square = curve.model_size, np.zeros(len(curve.y))
    for axis, errors in x_errors:
        sides = []
        for shift in (errors / 2, -errors / 2):
            x = tuple(values + shift if place == axis else values for place, values in enumerate(curve.x))
            with np.errstate(all="ignore"):
                value = curve.model.function(*x, *map(float, theta[:size]), **curve.function_known)
            if axis == 0:
                value = value + sum((coefficient * BACKGROUNDS[name].function(x[0], curve.data) for name, coefficient in zip(curve.names[size:], theta[size:])), 0.0)
            sides.append(value)
        square += np.nan_to_num(sides[0] - sides[1]) ** 2
    return np.sqrt(square)


def with_spread(curve: Curve, spread: np.ndarray) -> Curve:
    """The curve with the effective variance sigma_y^2 + (df/dx sigma_x)^2 (J. Orear, Am. J. Phys. 50, 912 (1982))."""
    if curve.whitener is not None:
        return replace(curve, whitener=np.linalg.inv(np.linalg.cholesky(curve.data.covariance[curve.y_name] + np.diag(spread**2))))
    return replace(curve, y_err=np.hypot(curve.y_err, spread))


# -- noise that grows with the signal -------------------------------------------------------------------------------------

def proportional_noise(residuals: np.ndarray, signal: np.ndarray) -> float:
    """Ratio q = f/sigma_0 [1/SI] of the variance sigma_0^2 + (f signal)^2 that makes normal residuals most likely; 0 where it does not grow.

    sigma_0 is taken out: ln L = -N/2 ln mean(r^2/w) - sum ln(w)/2 with w = 1 + (q signal)^2. The signal is that of the law: points
    weighed by their measured value would be biased to the low ones.
    """
    size = float(np.abs(signal).max())
    if size == 0:
        return 0.0
    shape, square = (signal / size) ** 2, residuals**2

    def cost(logarithm: float) -> float:
        spread = 1 + math.exp(2 * logarithm) * shape
        return len(square) * math.log(float(np.mean(square / spread)) or math.ulp(0.0)) + float(np.sum(np.log(spread)))

    grid = np.linspace(math.log(0.1), math.log(1e4), 47)
    costs = [cost(one) for one in grid]
    best = int(np.argmin(costs))
    if costs[best] > len(square) * math.log(float(square.mean()) or math.ulp(0.0)) - 4:  # less than two standard deviations
        return 0.0
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(cost, bounds=(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]), method="bounded", options={"xatol": 1e-6})
    return math.exp(float(found.x)) / size


# -- robust loss ----------------------------------------------------------------------------------------------------------

def robust_scale(residuals: np.ndarray) -> float:
    """Standard deviation of normal noise with this median of absolute residuals."""
    return float(np.median(np.abs(residuals))) / 0.6745 or float(np.abs(residuals).max()) or 1.0


def robust_weights(residuals: np.ndarray, loss: str, scale: float) -> np.ndarray:
    """Weight of each square (P. J. Huber, Ann. Math. Stat. 35, 73 (1964); bisquare of A. E. Beaton, J. W. Tukey, Technometrics 16, 147 (1974))."""
    u = np.abs(residuals) / (scale * _TUNING[loss])
    return 1 / np.maximum(u, 1.0) if loss == "huber" else np.where(u < 1, (1 - np.minimum(u, 1.0) ** 2) ** 2, 0.0)


def robust_inflation(residuals: np.ndarray, loss: str, scale: float, free: int, given: bool) -> float:
    """Factor on the covariance of the weighted least squares that makes it that of an M-estimate; approximate.

    The variance is [sum psi^2/(N - p)]/[mean psi']^2 (P. J. Huber, Ann. Stat. 1, 799 (1973)), psi the weighted residual.
    """
    weights = robust_weights(residuals, loss, scale)
    u = np.abs(residuals) / (scale * _TUNING[loss])
    slope = np.where(u < 1, 1.0, 0.0) if loss == "huber" else np.where(u < 1, (1 - u**2) * (1 - 5 * u**2), 0.0)
    free_points = max(len(residuals) - free, 1)
    variance = float(weights**2 @ residuals**2) / free_points / max(float(slope.mean()), 0.05) ** 2 * float(weights.mean())
    return variance / (1.0 if given else max(float(weights @ residuals**2) / free_points, math.ulp(0.0)))


def settled(old: np.ndarray, new: np.ndarray) -> bool:
    """Whether no weight has changed by more than a millionth of the largest."""
    return float(np.max(np.abs(old - new))) <= _SETTLED * float(np.max(np.abs(new), initial=0.0))
