"""The core function of weak localization, exact at B = 0 and at any field above.

Written with x = B_i/B it is f(x) = psi(1/2 + x) - ln x, the difference of two numbers that agree to ever more digits as the field goes to zero: at
x = 1e7 double precision leaves none. Here it is written with z = 1/x = B/B_i, without that difference:

    F(z) = ln(1 + q z^2)/2               q = exp(2 psi(1/2 + x)) - x^2
    z dF/dz = D z^2/(1 + q z^2)          D = q - (x/2) dq/dx

q and D are smooth and positive, from exp(2 psi(1/2)) = 0.0197 in infinite field to 1/12 in zero field. In t = z/(z + 2), which maps all fields to
0..1, both are rational functions of degree 16 with one common denominator, correct to 6e-17 (`special_coefficients`).
"""

import numpy as np
from numpy.typing import ArrayLike

from fitkit.physics.special_coefficients import DENOMINATOR, SLOPE, VALUE

_VALUE_ONLY = np.array([VALUE, DENOMINATOR])
_VALUE_AND_SLOPE = np.array([VALUE, DENOMINATOR, SLOPE])
_BLOCK = 4096  # points at a time: the powers of t stay in the cache, and the cost of the numpy calls is spread
_FAR = 1e150  # above this z^2 would overflow, and ln z + psi(1/2) has long been exact
_PSI_HALF = -np.euler_gamma - 2 * np.log(2)


def F(z: ArrayLike) -> np.ndarray | np.float64:
    """F(z) = ln z + psi(1/2 + 1/z), the field dependence of weak localization.

    Parameters
    ----------
    z : array_like of any shape
        Field over characteristic field, |B|/B_i [dimensionless]. The sign is ignored: the effect is even in B.

    Returns
    -------
    numpy.ndarray or numpy.float64
        F [dimensionless] in the shape of z, a scalar for a scalar. F(0) = 0, F(inf) = inf, nan stays nan.

    Notes
    -----
    Relative error below 2e-15 wherever z^2 is a normal number. Limits:

    * z -> 0: z^2/24 - 7 z^4/960
    * z -> inf: ln z + psi(1/2) + (pi^2/2)/z, with psi(1/2) = -1.96351

    The digamma function enters with S. Hikami, A. I. Larkin, Y. Nagaoka, Prog. Theor. Phys. 63, 707 (1980); this form of it is the F(z) of
    E. McCann et al., Phys. Rev. Lett. 97, 146805 (2006).
    """
    (value,) = _in_blocks(z, _VALUE_ONLY)
    return value


def F_and_slope(z: ArrayLike) -> tuple[np.ndarray | np.float64, np.ndarray | np.float64]:
    """F(z) and its logarithmic slope z dF/dz, for little more than the price of one.

    Parameters
    ----------
    z : array_like of any shape
        Field over characteristic field, |B|/B_i [dimensionless]. The sign is ignored: the effect is even in B.

    Returns
    -------
    value, slope : numpy.ndarray or numpy.float64
        F and z dF/dz [dimensionless], each in the shape of z. With z = |B|/B_i and B_i = hbar/(4 e L_i^2) the derivatives that a law needs are
        dF/dln B_i = -slope and dF/dln L_i = +2 slope.

    Notes
    -----
    z dF/dz = 1 - (1/z) psi'(1/2 + 1/z) rises from 0 to 1. Relative error below 2e-15 wherever z^2 is a normal number. Limits:

    * z -> 0: z^2/12 - 7 z^4/240
    * z -> inf: 1 - (pi^2/2)/z

    Sources as for `F`.
    """
    value, slope = _in_blocks(z, _VALUE_AND_SLOPE)
    return value, slope


def _in_blocks(z: ArrayLike, table: np.ndarray) -> list[np.ndarray | np.float64]:
    z = np.asarray(z, dtype=float)
    flat = z.reshape(-1)
    results = [np.empty(flat.size) for _ in table[1:]]
    for start in range(0, flat.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        _fill(flat[part], table, *(result[part] for result in results))
    return [result.reshape(z.shape)[()] for result in results]  # [()] turns a 0-d array into a number


def _fill(z: np.ndarray, table: np.ndarray, value: np.ndarray, slope: np.ndarray | None = None) -> None:
    z = np.abs(z)
    squared = np.minimum(z, _FAR)

    # Highest power first, so that each sum adds its largest terms last and rounds least.
    powers = np.empty((table.shape[1], z.size))
    powers[-1] = 1.0
    np.divide(squared, squared + 2.0, out=powers[-2])
    for k in (1, 2, 4, 8):  # t^(k+1) ... t^2k from t ... t^k
        np.multiply(powers[-1 - k : -1], powers[-1 - k], out=powers[-1 - 2 * k : -1 - k])
    sums = np.einsum("ij,jk->ik", table, powers)  # not @: its last digits depend on the BLAS installed

    squared *= squared
    squared *= 1 / 12  # VALUE and SLOPE hold 12 q and 12 D: all three sums are 1 at t = 0
    numerator, denominator = sums[:2]
    numerator *= squared
    np.divide(numerator, denominator, out=value)
    np.log1p(value, out=value)
    value *= 0.5
    if slope is not None:
        denominator += numerator
        squared *= sums[2]
        np.divide(squared, denominator, out=slope)

    far = z > _FAR
    if far.any():
        value[far] = np.log(z[far]) + _PSI_HALF
