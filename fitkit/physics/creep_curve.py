"""A decay that obeys the rate equation of flux creep, in the numbers that a measured window holds.

With the moment M in units of M_r, its value at the reference time, the rate equation of the barrier (U0/mu) [(Jc/J)^mu - 1] is

    d ln(M/M_r)/d ln(age) = -F(y)/f(y),   f(y) = exp{y + (n/mu) [exp(-mu y) - 1]}/B(y),   F(y) = int_y^top f,   y = ln(M/M_r)

with n = |dU/dlnJ|/kT at M_r, the slope dlnE/dlnJ of hops forward; B = [1 - exp(-2 b e^y)]/[1 - exp(-2 b)] counts the hops back, b = a J/Jc at M_r. Age is
counted from a start far above M_r ("top"); where the barrier stays finite for J -> infinity (mu > 0), from where E(J) is ohmic, n(J) = 1. Then
ln(age/age_r) = ln F(y) - ln F(0): a table of F over y, once for each set of parameters, gives y for all times.
"""

from __future__ import annotations

import math

import numpy as np

from ..errors import FitkitError
from .barriers import expm1_over, expm1_over_slope
from .creep import log1p_over

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_TAIL = 38.0        # e-folds above the first point after which nothing is left
_PANEL = 1.5        # e-folds of f in one panel
_MOST = 600         # panels


def creep_curve(x, n, mu, b):
    """y = ln(M/M_r) at x = ln(age/age_r), with its derivatives.

    Parameters
    ----------
    x : array
        Logarithm of the age over that at the reference time.
    n, mu, b : float or arrays that broadcast
        Steepness, exponent, and a J/Jc at M_r (infinite: hops forward only).

    Returns
    -------
    tuple of arrays
        y and dy/dx, dy/dn, dy/dmu, dy/dln b. NaN where mu >= 0 and n <= 1: no such decay exists.
    """
    x, rows, shape = _rows(x, n, mu, b)
    n, mu, b = rows
    possible, flat = (mu < 0) | (n > 1), n > 1e12
    usable = possible & ~flat
    found = _solve(x, np.where(usable, n, 2.0), np.where(usable, mu, 0.0), np.where(usable, b, np.inf))
    return tuple(np.where(usable, one, np.where(flat, 0.0, np.nan)).reshape(shape)[()] for one in found)


def relaxation_rate(n, mu, b) -> float:
    """S = -dlnM/dln(age) at the reference time: 1/(n - 1) at mu = 0, 1/n at mu = -1 without back hops."""
    return float(-creep_curve(0.0, n, mu, b)[1])


def barrier_over_kT(n, mu, b, age: float, t0: float) -> float:
    """a = U0/kT for an attempt time t0 = tau/a [s], from the steepness n at an age [s] since J = Jc: the exact relation behind U = kT ln(t/t0).

    Raises
    ------
    FitkitError
        No barrier and t0 give this decay.
    """
    forward = -math.expm1(-2 * b) if math.isfinite(b) else 1.0
    aim = math.log(age * forward / (relaxation_rate(n, mu, b) * t0 * n))
    largest = (n - 1 - mu) / mu if mu > 0 else math.inf      # beyond it E(J) at Jc is less than ohmic

    def excess(u):
        return u + (1 + mu) * float(log1p_over(mu, -u / n)) - aim

    low, high = 0.0, min(largest, 2 * abs(aim) + 10 * (1 + abs(1 + mu)))
    while mu <= 0 and excess(high) < 0:
        high *= 2
    if aim <= 0 or excess(high) < 0:
        raise FitkitError(f"U0 <= 0 for t0 = {t0:g} s and mu = {mu:.3g}: this attempt time does not fit the data")
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return n - mu * (low + high) / 2


def _rows(x, *parameters):
    """x as (rows, points), each parameter as (rows, 1), and the shape of the result."""
    x = np.asarray(x, float)
    parameters = np.broadcast_arrays(*(np.asarray(one, float) for one in parameters))
    shape = np.broadcast_shapes(x.shape, parameters[0].shape)
    if parameters[0].size == 1:
        return x.reshape(1, -1), [one.reshape(1, 1) for one in parameters], shape
    if parameters[0].shape[-1] != 1:
        return np.broadcast_to(x, shape).reshape(-1, 1), [np.broadcast_to(one, shape).reshape(-1, 1) for one in parameters], shape
    return np.broadcast_to(x, shape).reshape(-1, shape[-1]), [np.broadcast_to(one, (*shape[:-1], 1)).reshape(-1, 1) for one in parameters], shape


def _integrands(y, n, mu, b):
    """ln f and its derivatives in n, mu, ln b at y."""
    grow, slope = expm1_over(mu, -y), n * expm1_over_slope(mu, -y)
    back = np.isfinite(b)
    width = np.where(back, 2 * b, 1.0)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        inside = width * np.exp(y)
        log_back = np.log(-np.expm1(-inside)) - np.log(-np.expm1(-width))
        by_b = np.where(inside > 600, 0.0, inside / np.expm1(np.minimum(inside, 600.0))) - np.where(width > 600, 0.0, width / np.expm1(np.minimum(width, 600.0)))
    # below the least number of exp(y) the ratio is that of its argument
    return y + n * grow - np.where(back, log_back, 0.0), grow, slope, np.where(back, -by_b, 0.0)


def _place(xi, n, mu):
    """y of xi(y) = y - (n/mu) [exp(-mu y) - 1], which rises by about one while f falls e-fold; Newton from the side where it cannot overshoot."""
    y = xi / (n + 1)
    for _ in range(100):
        with np.errstate(over="ignore"):
            step = (y - n * expm1_over(mu, -y) - xi) / (1 + n * np.exp(-mu * y))
        y = y - step
        if np.all(np.abs(step) <= 1e-12 * (1 + np.abs(y))):
            break
    return y


def _table(x, n, mu, b):
    """Edges of the panels, descending from the top, and the share of them above y = 0."""
    early, late = max(-float(x.min()), 0.0), max(float(x.max()), 0.0)
    ratio = (n + 1) / np.maximum(n - 1, 0.3)
    up = (_TAIL + early) * np.where((mu < 0) & (n < 4), 2.5, ratio)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        top = np.where(mu > 0, np.log(n) / np.where(mu > 0, mu, 1.0), np.inf)
        up = np.minimum(up, np.where(np.isfinite(top), top - n * expm1_over(mu, -np.where(np.isfinite(top), top, 0.0)), np.inf))
        size = np.where(mu < 0, -mu, 1.0)
        lowest = np.minimum(np.minimum(np.log(1e-9 / np.where(np.isfinite(b), b, 1.0)), np.where(mu < 0, -(21 + np.log(n / size)) / size, -1.0)), -1.0)
        all_down = lowest - n * expm1_over(mu, -lowest)
    down = np.where(mu < 0, np.where(n < late + 6, all_down, -1.5 * (late + 3)), -(late + 2) * (n + 1) / np.maximum(n - 1, 0.05))
    above, below = (min(max(int(math.ceil(float(np.max(np.abs(one))) / _PANEL)), 8), _MOST) for one in (up, down))
    xi = np.concatenate([up * np.linspace(1, 0, above + 1), down * np.linspace(0, 1, below + 1)[1:]], axis=1)
    return _place(xi, n, mu), above


def _pieces(low, high, n, mu, b):
    """Integrals of f, f dlnf/dn, f dlnf/dmu, f dlnf/dln b from low to high."""
    half = (high - low) / 2
    y = (high + low)[..., None] / 2 + half[..., None] * _NODES
    log_f, *slopes = _integrands(y, n[..., None], mu[..., None], b[..., None])
    with np.errstate(over="ignore", under="ignore"):
        f = np.exp(np.minimum(log_f, 700.0)) * _WEIGHTS
    return (half * f.sum(axis=-1), *(half * (f * one).sum(axis=-1) for one in slopes))


def _solve(x, n, mu, b):
    edges, above = _table(x, n, mu, b)
    parts = _pieces(edges[:, 1:], edges[:, :-1], n, mu, b)
    sums = [np.concatenate([np.zeros_like(n), np.cumsum(one, axis=1)], axis=1) for one in parts]
    _count_the_top(sums, edges, n, mu, b)
    F0 = [one[:, above: above + 1] for one in sums]
    with np.errstate(divide="ignore"):
        levels = np.log(sums[0])
    aim = np.log(F0[0]) + x
    panel = np.clip(np.sum(levels[:, None, :] <= aim[:, :, None], axis=2) - 1, 0, edges.shape[1] - 2)
    take = np.take_along_axis
    high, low = take(edges, panel, 1), take(edges, panel + 1, 1)
    before = [take(one, panel, 1) for one in sums]
    first, last = take(levels, panel, 1), take(levels, panel + 1, 1)
    with np.errstate(invalid="ignore"):
        y = high - (high - low) * np.where(np.isfinite(first), np.clip((aim - first) / (last - first), 0, 1), 0.5)
    for _ in range(30):
        F = before[0] + _pieces(y, high, n, mu, b)[0]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = (np.log(F) - aim) * F * np.exp(-_integrands(y, n, mu, b)[0])
        moved = np.clip(y + np.where(np.isfinite(step), step, 0.0), low, y + 0.9 * (high - y))   # at the top itself F is 0
        done = np.all(np.abs(moved - y) <= 1e-10 * (1 + np.abs(y)))   # the next step would be its square
        y = moved
        if done:
            break
    inside = _pieces(y, high, n, mu, b)
    total = [one + more for one, more in zip(before, inside)]
    log_f, *slopes = _integrands(y, n, mu, b)
    y, total = _beyond(y, total, aim, levels[:, -1:], edges[:, -1:], sums, log_f, slopes)
    with np.errstate(over="ignore", under="ignore"):
        per_f = total[0] * np.exp(-log_f)
    return (y, -per_f, *(per_f * (one / total[0] - start / F0[0]) for one, start in zip(total[1:], F0[1:])))


def _beyond(y, total, aim, last, bottom, sums, log_f, slopes):
    """Below the table f is constant: F grows linearly as y falls, the exponential end of the decay."""
    late = aim > last
    if not late.any():
        return y, total
    with np.errstate(over="ignore"):
        F = np.exp(np.minimum(aim, 700.0))
        f = np.exp(log_f)
    further = np.where(late, (F - sums[0][:, -1:]) / f, 0.0)
    y = np.where(late, bottom - further, y)
    return y, [np.where(late, F, total[0]), *(np.where(late, one[:, -1:] + further * f * slope, more) for one, more, slope in zip(sums[1:], total[1:], slopes))]


def _count_the_top(sums, edges, n, mu, b):
    """The top moves with n and mu where it lies at n(J) = 1: what that adds to the derivatives of F."""
    with np.errstate(divide="ignore", invalid="ignore"):
        top = np.log(n) / mu
    at_top = (mu > 0) & np.isclose(edges[:, :1], top, rtol=1e-9)
    if not at_top.any():
        return
    f = np.exp(_integrands(edges[:, :1], n, mu, b)[0])
    safe = np.where(at_top, mu, 1.0)
    sums[1] += np.where(at_top, f / (n * safe), 0.0)
    sums[2] += np.where(at_top, -f * np.log(n) / safe**2, 0.0)
