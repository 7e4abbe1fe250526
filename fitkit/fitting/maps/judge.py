"""Verdicts of many curves at once, by the rules of :mod:`fitkit.fitting.verdict`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..uncertainty import SMOOTH, of_smooth_noise
from ..verdict import _LEANING, _NO_SIGNAL, _NULL, _UNSEEN, RELATIVE

VERDICTS = ("ok", "conditional", "limit", "ambiguous", "not determined", "failed", "fixed")   # by code
OK, CONDITIONAL, LIMIT, AMBIGUOUS, LOST, FAILED, FIXED = range(len(VERDICTS))


@dataclass(frozen=True)
class Rules:
    """What the verdicts of V free parameters need to know of them.

    Bounds [SI], which cannot be negative, which enter as
    logarithms, which belong to the signal, which are linear; whether errors were given.
    """

    low: np.ndarray
    high: np.ndarray
    positive: np.ndarray
    log: np.ndarray
    carries: np.ndarray
    linear: np.ndarray
    given: bool


def no_signal(chi2: np.ndarray, without: np.ndarray, columns: int, dof: np.ndarray | float, given: bool) -> np.ndarray:
    """Where the signal of a law improves on the rest of the fit by no more than chance (``verdict.missing_signal``)."""
    from scipy.special import chdtri, fdtri

    with np.errstate(divide="ignore", invalid="ignore"):
        if given:
            return without - chi2 < chdtri(columns, _NO_SIGNAL)
        limit = fdtri(columns, dof, 1 - _NO_SIGNAL)
        return ~((chi2 < 0.1 * without) | (without - chi2 >= limit * columns * chi2 / dof))


def plain(theta: np.ndarray, deviations: np.ndarray, silent: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """Codes (G, V) where nothing stands at a bound, and the rows for which more must be known of the partners."""
    codes, unknown = np.full(theta.shape[::-1], OK, np.uint8).T, np.zeros(len(theta), bool)
    if silent.any():
        codes[silent[:, None] & rules.carries] = LOST
    for place in np.flatnonzero(rules.positive):
        vague = ~(deviations[:, place] <= RELATIVE * np.abs(theta[:, place]))
        codes[vague, place] = LOST
        unknown |= vague
    return codes, unknown & ~silent


def sides(theta: np.ndarray, rules: Rules) -> np.ndarray:
    """-1 where a parameter stands at its lower bound, 1 at the upper one, shape (G, V)."""
    with np.errstate(invalid="ignore"):
        upper = np.isfinite(rules.high) & (theta >= rules.high - 1e-9 * np.abs(rules.high))
        lower = np.isfinite(rules.low) & np.where(rules.low == 0, theta <= 0, theta <= rules.low + 1e-9 * np.abs(rules.low))
    return np.where(upper, 1, np.where(lower, -1, 0)).astype(np.int8)


def ends_of(theta: np.ndarray, norms: np.ndarray, chi2: np.ndarray, variance: np.ndarray, rules: Rules, chi2_at) -> np.ndarray:
    """Sides (G, V) of parameters at a bound, and of positive ones that have run so far that the data no longer see them (``verdict.at_the_end``).

    ``norms`` (G, V) of the weighted derivatives, ``chi2_at(rows, theta)`` the sums of squares of some curves at other parameters.
    """
    ends = sides(theta, rules)
    seen = norms * theta
    rows, places = np.nonzero(rules.log & (ends == 0) & (seen > 0) & (seen < _UNSEEN * np.sqrt(variance)[:, None]))
    for factor in (10.0, 100.0, 1e3, 1e4, 1e6):
        if not len(rows):
            break
        gains = []
        for one in (factor, 1 / factor):
            moved = theta[rows]
            moved[np.arange(len(rows)), places] = np.clip(theta[rows, places] * one, rules.low[places], rules.high[places])
            gains.append(chi2_at(rows, moved) - chi2[rows])
        up, down = gains
        found = ~(np.where(down > up, down, up) < 9 * variance[rows])   # also where it is not finite
        ends[rows[found], places[found]] = np.where(up < down, 1, -1)[found]
        rows, places = rows[~found], places[~found]
    return ends


def judged(jacobian: np.ndarray, theta: np.ndarray, chi2: np.ndarray, points: np.ndarray | int, silent: np.ndarray, rules: Rules,
           rivals: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None, rho: np.ndarray | None = None, ends: np.ndarray | None = None):
    """Standard deviations, codes, sides (G, V), and the rows that want the ordinary path.

    Parameters
    ----------
    jacobian
        Weighted derivatives by the free parameters [SI], shape (G, V, N).
    points
        Of each curve.
    silent
        Curves in which nothing of the law is seen.
    rivals
        Rows, parameters and sums of squares of second optima.
    rho
        Lag-1 autocorrelation of the residuals, 0 where it is not significant.
    ends
        Sides (G, V) of parameters that ran to an end, where these were looked up; None: those at a bound, and the rows of which
        a parameter may have run so far that it is not seen want to be looked at.
    """
    count, size = theta.shape
    dof = np.maximum(points - size, 1)
    variance = np.ones(count) if rules.given else chi2 / dof
    products = jacobian @ jacobian.transpose(0, 2, 1)
    norms = np.sqrt(products[:, range(size), range(size)])
    looked_up = ends is not None
    ends = ends if looked_up else sides(theta, rules)
    with np.errstate(divide="ignore", invalid="ignore"):
        unseen = (not looked_up) & rules.log & (ends == 0) & (norms > 0) & (norms * np.abs(theta) < _UNSEEN * np.sqrt(variance)[:, None])
    lengths = np.where(norms > 0, norms, 1.0)
    cosines = products / (lengths[:, :, None] * lengths[:, None, :])
    held = ends != 0
    gram = np.where(held[:, :, None] | held[:, None, :], 0.0, cosines)
    gram[:, range(size), range(size)] = np.where(held, 1.0, gram[:, range(size), range(size)])
    broken = ~np.all(np.isfinite(gram), axis=(1, 2))
    gram[broken] = np.eye(size)
    values, vectors = np.linalg.eigh(gram)
    null = values < 1e-12 * values[:, -1:]
    inverse = 1 / np.maximum(values, 1e-16 * values[:, -1:])
    inner = np.einsum("gvk,gk,gwk->gvw", vectors, inverse, vectors)
    moving = np.ones(count) if rules.given else chi2 / np.maximum(points - size + held.sum(axis=1), 1)   # what is held costs no degree of freedom
    covariance = inner * moving[:, None, None]
    correlated = np.flatnonzero(rho > 0) if rho is not None else ()
    if len(correlated):
        covariance[correlated], moving[correlated] = _with_correlation(np.where(held[correlated][:, :, None], 0.0, jacobian[correlated] / lengths[correlated][:, :, None]), inner[correlated], rho[correlated],
                                                                         chi2[correlated], points[correlated] if np.ndim(points) else points, rules.given)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = np.sqrt(np.maximum(np.einsum("gvv->gv", covariance), 0.0)) / norms
    deviations[held] = 0.0
    enters = np.any(null[:, None, :] & (np.abs(vectors) > _NULL), axis=2) | (norms == 0)

    codes = np.zeros((count, size), np.uint8)
    partner = np.any(held[:, None, :] & (np.abs(cosines) > 0.3), axis=2)
    codes[partner] = CONDITIONAL
    codes[rules.positive & ~(deviations <= RELATIVE * np.abs(theta))] = LOST
    if rivals is not None and len(rivals[0]):
        rows, others, other_chi2 = rivals
        with np.errstate(divide="ignore", invalid="ignore"):
            excess = ((other_chi2 - chi2[rows]) / variance[rows])[:, None]
            away, width = np.abs(others - theta[rows]), deviations[rows]
            second = (excess < 9) & ((away > 3 * width) | (away > 1.5 * width) & (excess < (away / width) ** 2 / 4))
        here = codes[rows]
        here[second] = AMBIGUOUS
        codes[rows] = here
    codes[enters] = LOST
    codes[held] = LIMIT
    codes[silent[:, None] & rules.carries] = LOST
    lost = codes == LOST
    scale = np.sqrt(np.maximum(np.einsum("gvv->gv", covariance), 1e-300))
    with np.errstate(over="ignore"):
        leans = np.abs(covariance) > _LEANING * scale[:, :, None] * scale[:, None, :]
    leans[:, range(size), range(size)] = False
    codes[(codes == OK) & np.any(leans & lost[:, None, :], axis=2) & (deviations > 0.3 * np.abs(theta))] = LOST
    return deviations, codes, ends, (unseen & ~(silent[:, None] & rules.carries)).any(axis=1) | broken


def autocorrelations(residuals: np.ndarray, parameters: int, points) -> tuple[np.ndarray, np.ndarray]:
    """Lag-1 autocorrelation of the residuals of each curve where it is significant, else 0, and where it is (``uncertainty.autocorrelation``).

    ``points`` (a number or one for each curve) come first in each row, zeros after them.
    """
    square, lagged = np.einsum("gn,gn->g", residuals, residuals), np.einsum("gn,gn->g", residuals[:, 1:], residuals[:, :-1])
    return correlated(square, lagged, lambda rows: residuals[rows], parameters, points)


def correlated(square: np.ndarray, lagged: np.ndarray, residuals: Callable[[np.ndarray], np.ndarray], parameters: int, points) -> tuple[np.ndarray, np.ndarray]:
    """:func:`autocorrelations` from the sums of squares and of products of neighbours; ``residuals(rows)`` of some curves are asked for where noise is smooth."""
    size = np.broadcast_to(np.asarray(points, float), len(square))
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = lagged / square
        rho = np.minimum(np.where(size > 2 * (parameters + 2), (raw + parameters / size) / (1 - (parameters + 2) / size), raw), 1 - 2 / size)
        significant = ((raw + parameters / size) * np.sqrt(size) > 3.0) & (size >= 8)
    smooth = np.flatnonzero(significant & (rho > SMOOTH))
    if len(smooth):
        for row, left in zip(smooth, residuals(smooth)):
            rho[row] = of_smooth_noise(float(rho[row]), left[:int(size[row])])
    return np.where(significant, np.maximum(rho, 0.0), 0.0), significant


def _with_correlation(unit: np.ndarray, inner: np.ndarray, rho: np.ndarray, chi2: np.ndarray, points: int, given: bool):
    """Covariance with AR(1) residuals, and the variance of the noise (``uncertainty.covariance``)."""
    moved, back = np.empty_like(unit), np.empty_like(unit)
    factor = rho[:, None]
    moved[:, :, 0], back[:, :, -1] = unit[:, :, 0], unit[:, :, -1]
    for place in range(1, unit.shape[2]):   # R v by two recursive filters
        moved[:, :, place] = unit[:, :, place] + factor * moved[:, :, place - 1]
        back[:, :, -1 - place] = unit[:, :, -1 - place] + factor * back[:, :, -place]
    middle = np.einsum("gvn,gwn->gvw", unit, moved + back - unit)
    lost = np.einsum("gvw,gwv->g", inner, middle)
    variance = np.ones(len(rho)) if given else chi2 / np.maximum(points - lost, 0.05 * points)
    return np.einsum("gvw,gwx,gxy->gvy", inner, middle, inner, optimize=True) * variance[:, None, None], variance


def effective_columns(law, fixed) -> int:
    """Numbers that the signal of a law adds to a fit."""
    return max((0 if law.null else len(law.signal)) + sum(name not in fixed for name in law.nonlinear), 1)
