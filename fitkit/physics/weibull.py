"""Integral of the Weibull distribution: the voltage of a conductor whose parts depin one after the other."""

from __future__ import annotations

import math

import numpy as np

_TERMS = 40         # of the series up to x^m = 1.5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_END = 45.0         # exp(-45) is nothing beside 1


def weibull_integral(x, m):
    """(F, dF/dm) of F = integral from 0 to x of [1 - exp(-t^m)] dt = x - gamma(1/m, x^m)/m, for x >= 0, m > 0; 0 below.

    Series where x^m < 1.5: x - gamma/m loses all digits at small x.
    """
    x, m = np.broadcast_arrays(np.asarray(x, float), np.asarray(m, float))
    log_x = np.log(np.where(x > 0, x, 1.0))
    with np.errstate(over="ignore", under="ignore"):
        v = np.where(x > 0, np.exp(np.minimum(m * log_x, 700.0)), 0.0)
    near = v < 1.5
    value, slope = _series(np.where(near, v, 0.0), m, np.where(near, log_x, 0.0))
    first, first_slope = _series(np.ones_like(m), m, np.zeros_like(m))
    more, more_slope = _beyond(np.where(near, 1.0, v), m)
    # above x = 1: what is left of the first piece and the rest, x - 1 less the integral of exp(-t^m)
    value = np.where(near, x * value, first + (x - 1) - more)
    slope = np.where(near, x * slope, first_slope + more_slope)
    return np.where(x > 0, value, 0.0)[()], np.where(x > 0, slope, 0.0)[()]


def _series(v, m, log_x):
    """F/x and (dF/dm)/x as sums over (-1)^(k+1) v^k/(k! (k m + 1))."""
    value, slope, power = np.zeros_like(v), np.zeros_like(v), np.ones_like(v)
    with np.errstate(under="ignore"):
        for k in range(1, _TERMS):
            power = power * v / k
            term = -((-1) ** k) * power / (k * m + 1)
            value = value + term
            slope = slope + term * (k * log_x - k / (k * m + 1))
    return value, slope


def _beyond(v, m):
    """Integrals from 1 to x of exp(-t^m) and of exp(-t^m) t^m ln t, over v = t^m up to v."""
    half = (np.minimum(v, _END) - 1) / 2
    at = 1 + half[..., None] * (1 + _NODES)
    log = np.log(at)
    with np.errstate(under="ignore"):
        f = np.exp(-at + (1 / m[..., None] - 1) * log) * _WEIGHTS
    return half * f.sum(axis=-1) / m, half * (f * at * log).sum(axis=-1) / m**2


def weibull_share(x, m):
    """1 - exp(-x^m), the share of the conductor that is depinned; 0 for x <= 0."""
    with np.errstate(under="ignore", over="ignore"):
        v = np.where(x > 0, np.exp(np.minimum(m * np.log(np.where(x > 0, x, 1.0)), 700.0)), 0.0)
    return -np.expm1(-v)


def weibull_mean(m):
    """Mean of t over the distribution, Gamma(1 + 1/m): far above, F = x - mean."""
    return math.gamma(1 + 1 / m)
