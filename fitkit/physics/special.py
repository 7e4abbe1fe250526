"""The core function of weak localization, exact at B = 0 and at any field above.

Written with x = B_i/B it is f(x) = psi(1/2 + x) - ln x, the difference of two numbers that agree to ever more digits as the field goes to zero: at
x = 1e7 double precision leaves none. Here it is written with z = 1/x = B/B_i, without that difference:

    F(z) = ln(1 + q z^2)/2               q = exp(2 psi(1/2 + x)) - x^2
    z dF/dz = D z^2/(1 + q z^2)          D = q - (x/2) dq/dx

q and D are smooth and positive, from exp(2 psi(1/2)) = 0.0197 in infinite field to 1/12 in zero field. In t = z/(z + 2), which maps all fields to
0..1, both are rational functions of degree 16 with one common denominator, correct to 6e-17 (`special_coefficients`).
"""

from collections.abc import Callable

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


# -- the same function where its argument is complex (Zeeman energy, Rashba precession) -----------------------------------
# psi(1/2 + x) - ln x = sum_k c_k x^(-2k), c_k = (1 - 2^(1-2k)) B_2k/(2k) with the Bernoulli numbers B_2k
_ASYMPTOTIC = np.array([1 / 24, -7 / 960, 31 / 8064, -127 / 30720, 511 / 67584, -1414477 / 67092480, 8191 / 98304, -118518239 / 267386880,
                        5749691557 / 1882718208, -91546277357 / 3460300800])
_SHIFT = 10


def digamma_difference(x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """f(x) = psi(1/2 + x) - ln x and its derivative psi'(1/2 + x) - 1/x, for real or complex x.

    Parameters
    ----------
    x : array_like of any shape
        Characteristic field over field, B_i/|B| [dimensionless]: the reciprocal of the argument of `F`. Away from the negative axis, |arg x| < 3 pi/4.

    Returns
    -------
    value, derivative : numpy.ndarray
        In the shape and kind of x; real x takes the same way as complex x does.

    Notes
    -----
    |x| >= 10: asymptotic series of ten terms. Below: ten steps of the recurrence psi(s + 1) = psi(s) + 1/s up to there. Relative error below 1e-12.
    """
    x = np.asarray(x)
    x = x.astype(np.result_type(x, float), copy=False)
    near = np.abs(x) < _SHIFT
    value, derivative = _asymptotic(np.where(near, x + _SHIFT, x))
    if near.any():
        low = x[near][..., None]
        inverse = 1 / (low + (0.5 + np.arange(_SHIFT)))
        low = low[..., 0]
        value[near] += np.log((low + _SHIFT) / low) - inverse.sum(axis=-1)
        derivative[near] += (inverse * inverse).sum(axis=-1) - _SHIFT / (low * (low + _SHIFT))
    return value, derivative


def _asymptotic(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inverse = 1 / x
    square = inverse * inverse
    value, slope = np.zeros_like(x), np.zeros_like(x)
    for k in range(len(_ASYMPTOTIC), 0, -1):
        value = value * square + _ASYMPTOTIC[k - 1]
        slope = slope * square - 2 * k * _ASYMPTOTIC[k - 1]
    return np.asarray(value * square), np.asarray(slope * square * inverse)


def digamma_half(x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """psi(1/2 + x) and psi'(1/2 + x) for real or complex x with Re x > 0; see `digamma_difference`."""
    value, derivative = digamma_difference(x)
    return value + np.log(x), derivative + 1 / np.asarray(x)


_CIRCLE = np.exp(1j * np.pi * (np.arange(10) + 0.5) / 10)  # the upper half of twenty points: the lower half is its mirror image


def split_difference(kernel: Callable, middle: ArrayLike, product: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Q = [k(x_+) - k(x_-)]/(x_+ - x_-) of two modes x_+- = m +- d that mix, with its derivatives.

    Parameters
    ----------
    kernel
        ``kernel(x) -> (k, dk/dx)`` for real and complex x with Re x > 0, real on the real axis.
    middle, product : array_like
        m = (x_+ + x_-)/2 and p = x_+ x_- > 0. The modes are real for p < m^2 and complex conjugates above; only the product gives the small one of two
        very different modes without rounding.

    Returns
    -------
    Q, dQ/dm, dQ/dp : numpy.ndarray
        Real. At p = m^2 both modes are one and Q = k'(m).

    Notes
    -----
    Q depends on d^2 = m^2 - p alone and is analytic in it, also where the difference quotient is 0/0. There (|d^2| < m^2/20) it is the mean over a circle of
    radius 0.15 m^2 about d^2: with 20 points exact to 1e-16.
    """
    middle, product = np.broadcast_arrays(np.asarray(middle, float), np.asarray(product, float))
    m, p = middle.reshape(-1), product.reshape(-1)
    square = m * m
    u = square - p
    results = np.empty((3, m.size))
    close = np.abs(u) < 0.05 * square
    real, conjugate = (u > 0) & ~close, (u <= 0) & ~close
    if real.any():
        root = np.sqrt(u[real])
        plus = m[real] + root
        results[:, real] = _quotient(kernel, plus, p[real] / plus, m[real], root, u[real])
    if conjugate.any():
        root = np.sqrt(-u[conjugate])
        one = m[conjugate] + 1j * root
        k, s = kernel(one)
        value = k.imag / root
        results[:, conjugate] = value, ((one * s).real - m[conjugate] * value) / u[conjugate], (value - s.real) / (2 * u[conjugate])
    if close.any():
        around = u[close] + 0.15 * square[close] * _CIRCLE[:, None]
        root = np.sqrt(around)
        results[:, close] = [one.real.mean(axis=0) for one in _quotient(kernel, m[close] + root, m[close] - root, m[close], root, around)]
    return tuple(one.reshape(middle.shape)[()] for one in results)


def _quotient(kernel, plus, minus, middle, root, square):
    """Q with its derivatives by m and p, from the derivatives of x_+- : dx_+-/dm = +-x_+-/d, dx_+-/dp = -+1/(2 d)."""
    (k_plus, k_minus), (s_plus, s_minus) = kernel(np.stack([plus, minus]))
    value = (k_plus - k_minus) / (2 * root)
    return value, (plus * s_plus + minus * s_minus - 2 * middle * value) / (2 * square), (2 * value - s_plus - s_minus) / (4 * square)
