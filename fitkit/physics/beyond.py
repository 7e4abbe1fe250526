"""Weak localization at any field, also where the magnetic length is no longer far above the mean free path.

Scalar theory of short-range isotropic scatterers, both kinds of interference: backscattering alone is A. Kawabata, J. Phys. Soc. Jpn. 53, 3540 (1984), with the rest
V. M. Gasparyan, A. Yu. Zyuzin (1985), A. P. Dmitriev, V. Yu. Kachorovskii, I. V. Gornyi, Phys. Rev. B 56, 9910 (1997). The sums over Landau levels are tabulated by
tests/reference/make_beyond_diffusion.py (their form and how they are summed stand there): what is left of them after the diffusive formula, in Chebyshev polynomials
of ln b and ln g, b = B/B_tr, g = tau/tau_phi.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from .special import F_and_slope

B_RANGE = (1e-6, 100.0)   # of the table; below by B^2, above by B^(-1/2)
G_RANGE = (1e-6, 3.0)     # beyond it the edge is taken


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Coefficients (2, b, g) of backscattering alone and of both."""
    return np.load(Path(__file__).with_name("beyond_diffusion.npy"))


def beyond_diffusion(b, g, backscattering_only: bool = False):
    """[sigma(B) - sigma(0)]/G0 and its derivatives by ln b and ln g.

    Parameters
    ----------
    b
        |B|/B_tr with B_tr = hbar/(2 e l^2), l the mean free path [dimensionless].
    g
        tau/tau_phi = l^2/(2 L_phi^2) [dimensionless], > 0. Arrays broadcast.
    backscattering_only
        Without the nonbackscattering part, as the earlier papers have it.

    Notes
    -----
    Absolute error below 2e-11 for b <= 100 and 1e-6 <= g <= 3 (the reference points are good to 6e-12). For b, g << 1 it is the diffusive formula F(b/g).
    """
    b, g = np.asarray(b, float), np.asarray(g, float)
    inside, inside_g = np.clip(b, *B_RANGE), np.clip(g, *G_RANGE)
    pole = g + g * g / 2
    smooth, slope = F_and_slope(inside / pole)
    rest, rest_b, rest_g = _chebyshev(inside, inside_g, 0 if backscattering_only else 1)
    weight = np.sqrt(inside / (1 + inside))
    value = smooth + weight * rest
    by_b = slope + weight * (rest_b + rest / (2 * (1 + inside)))
    by_g = weight * np.where((g > G_RANGE[0]) & (g < G_RANGE[1]), rest_g, 0.0) - slope * (g + g * g) / pole
    # below the table B^2, exactly the diffusive formula and a remainder; above it sigma(B) = sigma(0) + value falls as B^(-1/2)
    low, high = b < B_RANGE[0], b > B_RANGE[1]
    if np.any(low):
        plain, plain_slope = F_and_slope(b / pole)
        square = np.square(b / B_RANGE[0])
        value = np.where(low, plain + square * (value - smooth), value)
        by_b = np.where(low, plain_slope + 2 * square * weight * rest, by_b)
        by_g = np.where(low, square * (by_g + slope * (g + g * g) / pole) - plain_slope * (g + g * g) / pole, by_g)
    if np.any(high):
        zero, zero_g = _zero_field(inside_g, backscattering_only)
        root = np.sqrt(B_RANGE[1] / np.where(high, b, 1.0))
        value, by_b, by_g = (np.where(high, new, old) for new, old in ((-zero + (value + zero) * root, value), (-0.5 * (value + zero) * root, by_b),
                                                                     (-zero_g + (by_g + zero_g) * root, by_g)))
    return value[()], by_b[()], by_g[()]


def _zero_field(g, backscattering_only):
    """sigma(0)/G0 and its derivative by ln g."""
    c = 1 + g
    value, slope = -np.log(c / g), 1 / c
    if not backscattering_only:
        value = value + 2 / (c + 1) * np.log(2 * c) - np.log(c) + g / (2 + g) * np.log(g)
        slope = slope + g * (-2 / (c + 1) ** 2 * np.log(2 * c) + 2 / (c * (c + 1)) - 1 / c + 2 / (2 + g) ** 2 * np.log(g)) + g / (2 + g)
    return value, slope


def _chebyshev(b, g, which):
    """The tabulated remainder and its derivatives by ln b and ln g."""
    table = _table()[which]
    rows, columns = table.shape
    (u, u_scale), (v, v_scale) = (_argument(one, edges) for one, edges in ((b, B_RANGE), (g, G_RANGE)))
    # first the polynomials of g, of which there are few values, then Clenshaw's sum over those of b
    angles = np.arccos(np.clip(v, -1, 1))[..., None] * np.arange(columns)
    sines = np.sqrt(np.maximum(1 - v * v, 1e-30))[..., None]
    in_g = np.moveaxis(np.cos(angles) @ table.T, -1, 0)
    slope_g = np.moveaxis((np.arange(columns) * np.sin(angles) / sines) @ table.T, -1, 0)
    value, first = (np.zeros(np.broadcast_shapes(u.shape, v.shape)) for _ in range(2))
    slope, slope_first, by_g, by_g_first = (np.zeros_like(value) for _ in range(4))
    for k in range(rows - 1, 0, -1):
        slope, slope_first = 2 * u * slope - slope_first + 2 * value, slope
        value, first = 2 * u * value - first + in_g[k], value
        by_g, by_g_first = 2 * u * by_g - by_g_first + slope_g[k], by_g
    return u * value - first + in_g[0], (u * slope - slope_first + value) * u_scale, (u * by_g - by_g_first + slope_g[0]) * v_scale


def _argument(x, edges):
    low, high = np.log(edges)
    return np.clip((2 * np.log(x) - low - high) / (high - low), -1, 1), 2 / (high - low)
