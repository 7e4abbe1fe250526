"""Relaxation at several temperatures: one barrier, one current density, one time for all of them.

The rate equation dJ/dt = -(Jc/tau) exp(-U/kT) with U = (U0 g/mu) [(Jc/J)^mu - 1], started at J = Jc, gives with u = U/kT and a = U0 g/kT

    t = (tau/a) int_0^u exp(u') (1 + mu u'/a)^(-1-1/mu) du'

For t >> tau/a partial integration turns it into a rapidly falling series in e = 1/(a + mu u), which is the relaxation rate:

    ln(t/tau) = u - ln a - (1 + 1/mu) ln(1 + mu u/a) + ln[1 + (1+mu) e + (1+mu)(1+2mu) e^2 + ...]

The usual U = kT ln(t/t0) with a constant t0 drops all but the first two terms; that makes U0 wrong by 1 to 5 %. Hops back are left out: they do not matter
for mu >= 0. Derived here; for mu = -1 and 0 it reproduces the closed forms J/Jc = 1 - (1/a) ln(a t/tau) and [(a - 1) t/tau]^(-1/(a-1)).
"""

from __future__ import annotations

import numpy as np

from .creep import log1p_over, log1p_over_and_curvature

_TERMS = 6
_STEPS = 7


def barrier_scale(temperature, Tc, q):
    """g(T) = (1 - (T/Tc)^2)^q, 1 for an infinite Tc, NaN from Tc on."""
    rest = 1 - (temperature / Tc) ** 2
    return np.where(rest > 0, np.where(rest > 0, rest, 1.0) ** q, np.nan)


def log_barrier_scale(temperature, Tc):
    """ln(1 - (T/Tc)^2), the derivative of ln g by q."""
    rest = 1 - (temperature / Tc) ** 2
    return np.where(rest > 0, np.log(np.where(rest > 0, rest, 1.0)), np.nan)


def _series(e, mu):
    """ln of 1 + (1+mu) e + (1+mu)(1+2mu) e^2 + ... and its derivatives by e and mu."""
    total, by_e, by_mu, product, slope = 1.0, 0.0, 0.0, 1.0, 0.0
    for k in range(1, _TERMS):
        product, slope = product * (1 + k * mu), slope * (1 + k * mu) + product * k
        total = total + product * e**k
        by_e = by_e + k * product * e ** (k - 1)
        by_mu = by_mu + slope * e**k
    return np.log(total), by_e / total, by_mu / total


def log_current(log_time, a, mu):
    """ln(J/Jc) at ln(t/tau), with its derivatives by ln(t/tau), ln a and mu.

    Parameters
    ----------
    log_time
        ln(t/tau), well above 0.
    a
        U0 g/kT.
    mu
        Exponent of the barrier; -1 linear, 0 logarithmic.

    Returns
    -------
    tuple of four arrays
        NaN where the barrier is used up (mu < 0) or t is not well above tau/a.
    """
    with np.errstate(all="ignore"):
        u = log_time + np.log(a)
        for _ in range(_STEPS):
            e = 1 / (a + mu * u)
            value, by_e, _ = _series(e, mu)
            miss = u - np.log(a) - np.log1p(mu * u / a) - log1p_over(mu, u / a) + value - log_time
            slope = 1 - (1 + mu) * e - by_e * mu * e**2
            u = u - miss / slope
        u = np.where((u > 3) & (a + mu * u > 0), u, np.nan)
        z, e = u / a, 1 / (a + mu * u)
        logarithm, phi = log1p_over_and_curvature(mu, z)
        _, by_e, by_mu = _series(e, mu)
        by_u = 1 - (1 + mu) * e - by_e * mu * e**2
        by_a = -1 / a + z * mu * e + z * e - by_e * e**2                    # at fixed u
        by_mu = -u * e + z**2 * phi - by_e * u * e**2 + by_mu
        u_time, u_a, u_mu = 1 / by_u, -by_a / by_u, -by_mu / by_u
        # ln j = -ln(1 + mu z)/mu: d/dz = -1/(1 + mu z) = -a e
        return -logarithm, -e * u_time, -e * (u_a - z) * a, -e * u_mu + z**2 * phi
