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
_BLOCK = 6000  # points at a time: the powers of t stay in the cache, the cost of the numpy calls is spread, and no two rows lie a power of two apart in memory
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
_BOTH = np.stack([_ASYMPTOTIC, -2 * np.arange(1, 11) * _ASYMPTOTIC], axis=1)  # of the derivative times x
_SHIFT = 10
_SQUARES = (np.arange(_SHIFT // 2) + 0.5)[:, None] ** 2


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
    value, derivative, far = _beyond_the_shift(x)
    near = far != x
    if near.any():
        value[near] += np.log(far[near] / x[near])
        derivative[near] -= _SHIFT / (x[near] * far[near])
    return value, derivative


def digamma_half(x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """psi(1/2 + x) and psi'(1/2 + x) for real or complex x with Re x > 0; see `digamma_difference`."""
    x = np.asarray(x)
    value, derivative, far = _beyond_the_shift(x.astype(np.result_type(x, float), copy=False))
    return value + np.log(far), derivative + 1 / far


def psi_half(x: ArrayLike) -> np.ndarray:
    """psi(1/2 + x) alone; see `digamma_half`."""
    x = np.asarray(x)
    value, _, far = _beyond_the_shift(x.astype(np.result_type(x, float), copy=False), derivative=False)
    return value + np.log(far)


def _beyond_the_shift(x: np.ndarray, derivative: bool = True) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """psi(1/2 + x) - ln(far), psi'(1/2 + x) - 1/far (or None) and far: x itself, or x + 10 where |x| < 10."""
    near = np.abs(x) < _SHIFT
    far = np.where(near, x + _SHIFT, x)
    inverse = 1 / far
    square = inverse * inverse
    wanted = (_BOTH if derivative else _BOTH[:, :1])[(..., *(None,) * x.ndim)]
    total = wanted[-1] * square
    for coefficient in wanted[-2::-1]:
        total += coefficient
        total *= square
    value, slope = np.asarray(total[0]), total[1] * inverse if derivative else None
    if near.any():  # 1/(x + 1/2 + k), k = 0..9, in pairs about the middle y = x + 5: 1/(y - m) + 1/(y + m) = 2 y/(y^2 - m^2)
        middle = x[near] + _SHIFT / 2
        pairs = 1 / (middle * middle - _SQUARES)
        value[near] -= 2 * middle * pairs.sum(axis=0)
        if derivative:
            slope = np.asarray(slope)
            slope[near] += 2 * (pairs * (1 + 2 * _SQUARES * pairs)).sum(axis=0)
    return value, slope, far


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


# -- Airy functions of a wire with Nyquist dephasing ------------------------------------------------------------------------
_AIRY_FAR = 20.0  # from here the asymptotic series is exact in twenty terms


def _airy_series(terms: int = 20) -> list[float]:
    """c_k of Ai/Ai' = -z^(-1/2) sum_k c_k z^(-3k/2), from y' = 1 - z y^2 order by order."""
    c = [1.0]
    for k in range(1, terms):
        # z y^2 = sum_k s^k sum_j c_j c_(k-j) with s = z^(-3/2); y' = sum_k (1 + 3 k)/2 c_k s^(k+1)
        c.append((-(3 * k - 2) / 2 * c[k - 1] - sum(c[j] * c[k - j] for j in range(1, k))) / 2)
    return c


_AIRY = np.array(_airy_series())


def airy_ratio(z: ArrayLike) -> np.ndarray:
    """y(z) = Ai(z)/Ai'(z) for z >= 0; y' = 1 - z y^2. Falls from -1.3717 at 0 to -z^(-1/2), where the Airy functions themselves underflow."""
    from scipy.special import airy

    z = np.asarray(z, float)
    Ai, slope, _, _ = airy(np.minimum(z, _AIRY_FAR))
    root = np.sqrt(np.maximum(z, _AIRY_FAR))
    s = root**-3
    series = np.zeros_like(s)
    for one in _AIRY[::-1]:
        series = series * s + one
    return np.where(z < _AIRY_FAR, Ai / slope, -series / root)


def airy_ratio_change(start: ArrayLike, step: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y(start + step) - y(start), y'(start + step) - y'(start) and y'(start + step) of `airy_ratio`; start, step >= 0.

    Without differences of equal numbers: small steps by the Taylor series about the start, whose coefficients follow from y' = 1 - z y^2, large starts
    by the asymptotic series power for power.
    """
    start, step = np.broadcast_arrays(np.asarray(start, float), np.asarray(step, float))
    z0 = np.minimum(start, _AIRY_FAR)
    c = [airy_ratio(z0)]
    for n in range(14):
        square = sum(c[j] * c[n - j] for j in range(n + 1))
        before = sum(c[j] * c[n - 1 - j] for j in range(n)) if n else 0.0
        c.append(((n == 0) - z0 * square - before) / (n + 1))
    small, far = step < 0.03 * (1 + start), start >= _AIRY_FAR
    short = np.where(small, step, 0.0)
    change, slope_change = 0.0, 0.0
    for n in range(len(c) - 1, 0, -1):
        change = (change + c[n]) * short
        slope_change = (slope_change + (n * c[n] if n > 1 else 0.0)) * (short if n > 1 else 1.0)
    end = airy_ratio(start + step)
    slope = np.where(start + step < _AIRY_FAR, 1 - (start + step) * end**2, 0.0)
    change = np.where(small, change, end - c[0])
    z1 = np.maximum(start + step, _AIRY_FAR)
    z2, growth = np.maximum(start, _AIRY_FAR), np.log1p(np.where(far, step, 0.0) / np.maximum(start, _AIRY_FAR))
    series, powers, slope_powers = 0.0, 0.0, 0.0
    for k in range(len(_AIRY) - 1, -1, -1):
        p = (3 * k + 1) / 2
        series = series + p * _AIRY[k] * z1 ** -(p + 1)
        powers = powers - _AIRY[k] * z2**-p * np.expm1(-p * growth)
        slope_powers = slope_powers + p * _AIRY[k] * z2 ** -(p + 1) * np.expm1(-(p + 1) * growth)
    slope = np.where(start + step < _AIRY_FAR, slope, series)
    slope_change = np.where(small, slope_change, slope - c[1])
    return np.where(far, powers, change), np.where(far, slope_powers, slope_change), slope


# -- three dimensions --------------------------------------------------------------------------------------------------------
# Euler-Maclaurin tail of the sum over Landau levels: sum_k c_k Y^(1/2 - 2k)
_KAWABATA = np.array([0.020833333333333333, -0.0022786458333333333, 0.000946044921875, -0.00086598396301269531, 0.0014023358623186747,
                      -0.0035458249893660347, 0.012913508210961785])
_DIRECT = 8


def kawabata(y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """f3(y) = sum_n {2 [sqrt(n+1+y) - sqrt(n+y)] - 1/sqrt(n+1/2+y)} = -2 sqrt(y) - zeta(1/2, 1/2 + y) and its derivative.

    Parameters
    ----------
    y : array_like of any shape
        Characteristic field over field, B_i/|B| [dimensionless], real or complex, Re y > 0.

    Returns
    -------
    value, derivative : numpy.ndarray
        0.604898643 at y = 0; y^(-3/2)/48 for large y.

    Notes
    -----
    Eight terms of the sum in a form without differences, then seven of its tail: relative error of the value below 1e-13.

    References
    ----------
    A. Kawabata, Solid State Commun. 34, 431 (1980).
    """
    y = np.asarray(y)
    y = y.astype(np.result_type(y, float), copy=False)
    n = y[..., None] + np.arange(_DIRECT)
    b, h, a = np.sqrt(n), np.sqrt(n + 0.5), np.sqrt(n + 1)
    value = (0.5 / ((a + b) ** 2 * h * (h + b) * (a + h))).sum(axis=-1)
    # the derivative of a term, 1/a - 1/b + 1/(2 h^3), in the same way; what is left of the last difference is of the order of the terms / y
    derivative = (((2 * h + a) / (a * (a + h) ** 2) - (2 * h + b) / (b * (b + h) ** 2)) / (8 * h**3)).sum(axis=-1)
    far = y + _DIRECT
    inverse = 1 / (far * far)
    tail, slope = np.zeros_like(far), np.zeros_like(far)
    for k in range(len(_KAWABATA), 0, -1):
        tail = tail * inverse + _KAWABATA[k - 1]
        slope = slope * inverse + (0.5 - 2 * k) * _KAWABATA[k - 1]
    root = np.sqrt(far)
    return value + tail * inverse * root, derivative + slope * inverse * root / far
