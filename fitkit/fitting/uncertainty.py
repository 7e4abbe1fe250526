"""Errors: covariance from our own Jacobian, correlated residuals, and propagation to derived quantities."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Correlation:
    """Autocorrelation of residuals at lag 1 (bias-corrected), its significance z and the effective number of points."""

    rho: float
    z: float
    effective_points: float

    @property
    def significant(self) -> bool:
        """Only neighbours that agree too often count: correcting for the opposite would make errors smaller."""
        return self.z > 3.0


def autocorrelation(residuals: np.ndarray, groups: Sequence[np.ndarray], parameters: int) -> Correlation:
    """Lag-1 autocorrelation of the residuals of one curve, row order = time order, per sweep.

    The bias of a fit with p parameters, E[r] = rho - (p + (p + 2) rho)/N to first order (Kendall, Biometrika 41, 403
    (1954) for p = 1), is removed. Noise that is smoother than an AR(1) process (a filter that is slower than the sampling)
    has neighbours that agree far beyond its correlation length: there the rho of an AR(1) process with this length counts.
    """
    square = sum(float(residuals[rows] @ residuals[rows]) for rows in groups)
    size = sum(len(rows) for rows in groups)
    if size < 8 or square == 0:
        return Correlation(0.0, 0.0, float(size))
    raw = sum(float(residuals[rows][1:] @ residuals[rows][:-1]) for rows in groups) / square
    rho = min((raw + parameters / size) / (1 - (parameters + 2) / size) if size > 2 * (parameters + 2) else raw, 1 - 2 / size)
    z = (raw + parameters / size) * math.sqrt(size)
    if rho > 0.9:
        length = correlation_length(residuals[max(groups, key=len)])
        if -1 / math.log(rho) > 3 * length:
            rho = math.exp(-1 / length)
    effective = size * (1 - rho) / (1 + rho) if rho > 0 else float(size)
    return Correlation(float(rho), float(z), max(effective, 1.0))


def correlation_length(residuals: np.ndarray) -> int:
    """Lag at which the autocorrelation has fallen to 1/e; the number of points where it does not."""
    size = len(residuals)
    power = np.abs(np.fft.rfft(residuals, 2 * size)) ** 2
    curve = np.fft.irfft(power)[:size]
    fallen = np.flatnonzero(curve < curve[0] / math.e)
    return int(fallen[0]) if len(fallen) else size


def correlate(rows: np.ndarray, rho: float, groups: Sequence[np.ndarray]) -> np.ndarray:
    """R v along the last axis for the AR(1) matrix R_ij = rho^|i-j| within each group: two recursive filters, no matrix."""
    if rho <= 0:
        return rows
    from scipy.signal import lfilter

    result = np.empty_like(rows)
    for group in groups:
        part = rows[..., group]
        forward = lfilter([1.0], [1.0, -rho], part, axis=-1)
        backward = lfilter([1.0], [1.0, -rho], part[..., ::-1], axis=-1)[..., ::-1]
        result[..., group] = forward + backward - part
    return result


@dataclass(frozen=True)
class Errors:
    """Covariance [SI] of the variables, degrees of freedom behind it, singular values and vectors of the scaled Jacobian."""

    covariance: np.ndarray
    dof: float
    singular_values: np.ndarray
    null_directions: tuple[np.ndarray, ...]
    norms: np.ndarray

    def deviation(self, index: int) -> float:
        """Standard deviation of a variable [SI]."""
        return math.sqrt(max(float(self.covariance[index, index]), 0.0))


def covariance(jacobian: np.ndarray, residuals: np.ndarray, pieces: Sequence[tuple[slice, float, Sequence[np.ndarray]]], *,
               given: bool, systematic: Sequence[tuple[np.ndarray, float]] = (), compressed: Sequence[tuple[slice, np.ndarray]] | None = None,
               held: Sequence[int] = ()) -> Errors:
    """Covariance J+ R J+^T s^2 from the SVD of the column-scaled Jacobian.

    Parameters
    ----------
    jacobian
        d f/d variable of the weighted problem, shape (variables, points).
    residuals
        Weighted residuals, shape (points,).
    pieces
        For each curve its slice of the points, its autocorrelation rho (0: white) and its groups of rows.
    given
        Errors are absolute (s^2 = 1), else s^2 comes from the scatter with the effective degrees of freedom.
    systematic
        (weighted column, standard deviation) of inputs that stayed fixed; their effect on every variable is added.
    compressed
        For each curve its slice of the columns of ``jacobian`` and the orthonormal combinations (rows, N) of its points that
        these are; None where they are the points themselves.
    held
        Variables at a limit: they have no error, and the errors of the others hold with them where they are.
    """
    if held:
        moving = np.setdiff1d(np.arange(len(jacobian)), held)
        inner = covariance(jacobian[moving], residuals, pieces, given=given, systematic=systematic, compressed=compressed)
        matrix = np.zeros((len(jacobian), len(jacobian)))
        matrix[np.ix_(moving, moving)] = inner.covariance
        spread = [np.zeros(len(jacobian)) for _ in inner.null_directions]
        for wide, narrow in zip(spread, inner.null_directions):
            wide[moving] = narrow
        return Errors(matrix, inner.dof, inner.singular_values, tuple(spread), np.sqrt(np.einsum("vn,vn->v", jacobian, jacobian)))
    size, points = len(jacobian), len(residuals)
    if not size:
        return Errors(np.empty((0, 0)), math.inf if given else max(float(points), 1.0), np.empty(0), (), np.empty(0))
    norms = np.sqrt(np.einsum("vn,vn->v", jacobian, jacobian))
    safe = np.where(norms > 0, norms, 1.0)
    u, singular, vt = np.linalg.svd((jacobian / safe[:, None]).T, full_matrices=False)
    seen = singular > max(points, size) * np.finfo(float).eps * (singular[0] if size else 1.0)
    inverse = np.where(seen, 1 / np.where(seen, singular, 1.0), 0.0)
    basis = u[:, seen].T
    correlated = basis.copy()
    trace_r, effective = float(points), 0.0
    for number, (part, rho, groups) in enumerate(pieces):
        length = part.stop - part.start
        if compressed is None:
            correlated[:, part] = correlate(basis[:, part], rho, groups)
        elif rho > 0:
            rows, combinations = compressed[number]
            correlated[:, rows] = basis[:, rows] @ (correlate(combinations, rho, groups) @ combinations.T)
        effective += length * (1 - rho**2) / (1 + rho**2) if rho > 0 else length
    middle = correlated @ basis.T
    lost = float(np.trace(middle))
    dof = max(effective - size, 1.0)
    variance = 1.0 if given else float(residuals @ residuals) / max(trace_r - lost, 0.05 * trace_r, 1e-300)
    outer = (vt[seen].T * inverse[seen]) / safe[:, None]
    matrix = outer @ middle @ outer.T * variance
    for column, deviation in systematic:
        if compressed is not None:
            column = combined(column, pieces, compressed, basis.shape[1])
        shift = outer @ (basis @ column) * deviation
        matrix = matrix + np.outer(shift, shift)
    null = tuple(vt[index] for index in range(size) if singular[index] < 1e-6 * singular[0])
    return Errors(matrix, math.inf if given else dof, singular, null, norms)


def combined(column: np.ndarray, pieces, compressed: Sequence[tuple[slice, np.ndarray]], rows: int) -> np.ndarray:
    """A column of all points in the combinations of a compressed problem."""
    found = np.zeros(rows)
    for (part, _, _), (where, combinations) in zip(pieces, compressed):
        found[where] = combinations @ column[part]
    return found


def propagate(function: Callable[..., float], values: Sequence[float], matrix: np.ndarray) -> tuple[float, float]:
    """Value and standard deviation of a function of numbers with a covariance matrix (central differences)."""
    value = float(function(*values))
    slopes = np.zeros(len(values))
    for index, one in enumerate(values):
        deviation = math.sqrt(max(matrix[index, index], 0.0))
        if deviation == 0:
            continue
        step = max(min(1e-3 * deviation, 1e-5 * abs(one)), 1e-8 * abs(one)) if one else 1e-3 * deviation
        up, down = list(values), list(values)
        up[index], down[index] = one + step, one - step
        slopes[index] = (float(function(*up)) - float(function(*down))) / (up[index] - down[index])
    return value, math.sqrt(max(float(slopes @ matrix @ slopes), 0.0))


def f_tail(ratio: float, first: float, second: float) -> float:
    """Probability that F with these degrees of freedom exceeds ``ratio``."""
    from scipy.special import chdtrc, fdtrc

    return float(chdtrc(first, ratio * first) if math.isinf(second) else fdtrc(first, second, ratio))
