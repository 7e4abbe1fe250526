"""Superconducting fluctuations above T_c in two dimensions: what they add to the magnetoconductance of a film.

eps = ln(T/T_c), B_SC = 2 k_B T eps/(pi e D). All functions take T/T_c > 1.
"""

from __future__ import annotations

import numpy as np

from ..constants import e, hbar, k_B
from .special import F_and_slope, digamma_difference

_DIRECT = 60        # terms of the sums taken one by one; the rest is an integral with the corrections of Euler and Maclaurin


def fluctuation_field(temperature, Tc, diffusivity):
    """B_SC = 2 k_B T ln(T/T_c)/(pi e D) [T], the field that the Ginzburg-Landau time (pi hbar/8 k_B T eps) is; diffusivity [m2/s]."""
    return 2 * k_B * temperature * np.log(temperature / Tc) / (np.pi * e * diffusivity)


def larkin_beta(ratio):
    """Larkin's beta(T/T_c): the Maki-Thompson fluctuations add -beta to the prefactor alpha of weak localization.

    beta = (pi^2/4) sum_m (-1)^m Gamma(|m|) - sum_{n >= 0} Gamma''(2n + 1),  Gamma(m) = 1/[ln(T/T_c) + psi(1/2 + m/2) - psi(1/2)]

    Parameters
    ----------
    ratio
        T/T_c > 1, any shape.

    Returns
    -------
    numpy.ndarray or float
        Relative error below 1e-12. pi^2/(4 ln(T/T_c)) near T_c; towards pi^2/(6 ln^2(T/T_c)) far above; 1.8594 at 2 T_c. nan at and below T_c.

    Notes
    -----
    The sums were checked against direct partial sums; the definition itself was recalled, and checked in both limits.

    References
    ----------
    A. I. Larkin, JETP Lett. 31, 219 (1980).
    """
    ratio = np.asarray(ratio, float)
    normal = ratio > 1
    eps = np.log(np.where(normal, ratio, 2.0))[..., None]
    n = np.arange(_DIRECT)
    even, odd = _gamma(2 * n, eps), _gamma(2 * n + 1, eps)
    # sum_{m=-inf}^{inf} (-1)^m Gamma(|m|) = Gamma(0) + 2 sum_{n>=0} [Gamma(2n + 2) - Gamma(2n + 1)]
    alternating = even[0][..., 0] + 2 * (even[0][..., 1:] - odd[0][..., :-1]).sum(axis=-1)
    # what is left from m = 2 _DIRECT - 1 = M on, 2 sum_{j>=0} (-1)^(j+1) Gamma(M + j), by Euler's transformation in derivatives
    first, slope, third, fifth = _derivatives(2.0 * _DIRECT - 1, eps)
    alternating = alternating - (first - slope / 2 + third / 24 - fifth / 240)
    total = np.pi**2 / 4 * alternating - odd[1].sum(axis=-1)
    # sum_{n >= N} Gamma''(2n + 1) = -(1/2) Gamma'(2N) - (-1/24) 2 Gamma'''(2N) - ...
    _, slope, third, fifth = _derivatives(2.0 * _DIRECT, eps)
    return np.where(normal, total + slope / 2 - third / 12 + 7 / 720 * fifth, np.nan)[()]


def _psi_half(x):
    """psi(1/2 + x) - psi(1/2) for real or complex x >= 0."""
    x = np.asarray(x)
    safe = np.where(x == 0, 1.0, x)
    value = digamma_difference(safe)[0] + np.log(safe)
    return np.where(x == 0, 0.0, value + np.euler_gamma + 2 * np.log(2))


def _gamma(m, eps):
    """Gamma(m) and its second derivative at whole m."""
    from scipy.special import polygamma

    g = 1 / (eps + _psi_half(m / 2))
    first, second = polygamma(1, 0.5 + m / 2) / 2, polygamma(2, 0.5 + m / 2) / 4
    return g, 2 * first**2 * g**3 - second * g**2


def _derivatives(m, eps):
    """Gamma and its first, third and fifth derivatives at m, from a circle in the plane of m."""
    angles = np.exp(2j * np.pi * (np.arange(64) + 0.5) / 64)
    radius = m / 3
    values = 1 / (eps + _psi_half((m + radius * angles) / 2))

    def derivative(order, factorial):
        return factorial * (values * angles**-order).mean(axis=-1).real / radius**order

    return derivative(0, 1), derivative(1, 1), derivative(3, 6), derivative(5, 120)


def aslamazov_larkin(z, ratio):
    """Magnetoconductance of Aslamazov-Larkin fluctuations [S] and its derivative by ln z.

    delta sigma = e^2/(16 hbar eps) [8 x^2 {psi(1/2 + x) - psi(1 + x) + 1/(2x)} - 1],  x = B_SC/|B| = 1/z; negative: -z^2/8 in low field, -1 (all of it) in high.

    Parameters
    ----------
    z
        |B|/B_SC.
    ratio
        T/T_c > 1.

    References
    ----------
    L. G. Aslamazov, A. I. Larkin, Sov. Phys. Solid State 10, 875 (1968); the field dependence was recalled, and checked by a sum over Landau levels.
    """
    size = e**2 / (16 * hbar * np.log(ratio))
    z = np.abs(np.asarray(z, float))
    value, slope = _bracket(z)
    return size * value, size * slope


_BRACKET = np.array([-1 / 8, 1 / 16, -17 / 256, 31 / 256, -691 / 2048, 5461 / 4096, -929569 / 131072, 3202291 / 65536, -221930581 / 524288, 4722116521 / 1048576,
                     -968383680827 / 16777216, 14717667114151 / 16777216])  # of z^2, z^4, ... for small z


def _series(z):
    """The bracket and its derivative by ln z for small z."""
    square, value, slope = z * z, np.zeros_like(z), np.zeros_like(z)
    for k in range(len(_BRACKET), 0, -1):
        value, slope = value * square + _BRACKET[k - 1], slope * square + 2 * k * _BRACKET[k - 1]
    return value * square, slope * square


def _bracket(z):
    """8 x^2 [psi(1/2 + x) - psi(1 + x) + 1/(2x)] - 1 with x = 1/z, and its derivative by ln z: the series below z = 1/8, above it eight steps up to there."""
    small = z < 1 / 8
    value, slope = _series(np.where(small, z, 0.0))
    x = 1 / np.where(small, 1.0, np.minimum(z, 1e150))
    far = x + 8
    tail, tail_slope = _series(1 / far)
    a = x[..., None] + np.arange(8) + 0.5
    pair = 0.5 / (a * (a + 0.5))
    difference = (1 + tail) / (8 * far**2) - 0.5 / far - pair.sum(axis=-1)
    by_x = 0.5 / far**2 - (2 + 2 * tail + tail_slope) / (8 * far**3) + (pair * (1 / a + 1 / (a + 0.5))).sum(axis=-1)
    whole = 8 * x * x * (difference + 0.5 / x) - 1
    by_z = -2 * (whole + 1) - 8 * x * (x * x * by_x - 0.5)
    return np.where(small, value, whole)[()], np.where(small, slope, by_z)[()]


def maki_thompson(z, ratio, delta):
    """Maki-Thompson magnetoconductance near T_c in units of G0, with its derivative by ln delta.

    -(pi^2/4)/(eps - delta) [F(z/delta) - F(z/eps)] with z = B eps/B_SC: F(B/B_phi) - F(B/B_SC), the pair breaking delta = eps B_phi/B_SC = pi hbar/(8 k_B T tau_phi)

    Parameters
    ----------
    z
        eps |B|/B_SC.
    ratio, delta
        T/T_c > 1 and the pair-breaking parameter.

    References
    ----------
    J. M. B. Lopes dos Santos, E. Abrahams, Phys. Rev. B 31, 172 (1985).
    """
    eps = np.log(ratio)
    z = np.abs(np.asarray(z, float))
    gap = eps - delta
    close = np.abs(gap) < 1e-3 * eps
    safe = np.where(close, eps, gap)
    phi, phi_slope = F_and_slope(z / delta)
    sc, _ = F_and_slope(z / eps)
    value, by_delta = (phi - sc) / safe, (-phi_slope + delta * (phi - sc) / safe) / safe
    if np.any(close):  # [F(z/delta) - F(z/eps)]/(eps - delta) is the mean slope between: Gauss-Legendre over ln of the field
        nodes, weights = (one[:, *[None] * np.ndim(value)] for one in np.polynomial.legendre.leggauss(4))
        t = (nodes + 1) / 2
        between = delta + t * gap
        slope = F_and_slope(z / between)[1] / between
        step = 1e-4
        moved = [F_and_slope(z / (between * np.exp(side * step)))[1] / (between * np.exp(side * step)) for side in (1, -1)]
        mean = (weights / 2 * slope).sum(axis=0)
        mean_slope = (weights / 2 * (moved[0] - moved[1]) / (2 * step) * (1 - t) * delta / between).sum(axis=0)
        value, by_delta = np.where(close, mean, value), np.where(close, mean_slope, by_delta)
    return -np.pi**2 / 4 * value, -np.pi**2 / 4 * by_delta
