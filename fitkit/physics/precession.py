"""The triplet part of weak antilocalization with spin precession (Iordanskii, Lyanda-Geller, Pikus): its series over Landau levels in closed form.

    T(c, b, h) = 1/a_0 + (2 a_0 + 1 + b)/[a_1 (a_0 + b) - 2 h] + 3 C + ln[c^2 (c + b)] - 4 h I
                 - sum_{n>=1} {3/n - [3 a_n^2 + 2 a_n b - 1 - 2 (2n+1) h]/[(a_n + b) a_{n-1} a_{n+1} - 2 h ((2n+1) a_n - 1)]}
    a_n = n + 1/2 + c,  C = 0.5772...,  I = int_0^inf dx/[x^2 + (2 c + b - 4 h) x + c (c + b)]

The terms are rational in n with the cubic denominator D(a) = a^3 + (b - 4h) a^2 + (4hc - 1) a + 2h - b in a = a_n, so that the sum is
sum_i w_i psi(3/2 + c - a_i), w_i = 1 + 4 h a_i/D'(a_i), over its three roots: three real digammas, or a real one and the real part of a complex one.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .special import digamma_half, psi_half

_CIRCLE = np.exp(1j * np.pi * (np.arange(12) + 0.5) / 12)[:, None]  # half of 24 points; the other half is their mirror image
_THIRDS = np.exp(2j * np.pi / 3 * np.arange(3))[:, None, None]
_BLOCK = 4096
_LOW, _STEP = np.log(1e-7), np.log(1e12) / 135  # of the table: ln c
_CLOSE = 0.03  # distance of two roots, relative to the largest
_TURNS = 2 * np.pi / 3 * np.arange(3)[:, None]


def triplets(c: np.ndarray, b: np.ndarray, h: np.ndarray) -> np.ndarray:
    """T.

    Parameters
    ----------
    c, b, h : array (N,)
        (B_phi + B_so)/|B|, B_so/|B| and B_so1/|B| [dimensionless], of the same length.
    """
    return _in_blocks(_value, c, b, h)[0]


def triplets_and_slopes(c: np.ndarray, b: np.ndarray, h: np.ndarray) -> np.ndarray:
    """T and its derivatives by c, b and h: rows of an array (4, N); see :func:`triplets`."""
    return _in_blocks(_value_and_slopes, c, b, h)


def triplets_sketch(c: np.ndarray, b: np.ndarray, h: np.ndarray) -> np.ndarray:
    """T to about one per cent of its swing, from a table made at the first call: for looking over many parameters. Arguments broadcast; c >= b >= h."""
    table = _table()
    u = (np.log(c) - _LOW) / _STEP
    v, w = b / c * (table.shape[1] - 1), h / np.maximum(b, 1e-300) * (table.shape[2] - 1)
    places = [one.reshape(-1) for one in np.broadcast_arrays(u, v, w)]
    total = np.zeros(places[0].size)
    lower = [np.clip(one.astype(np.intp), 0, size - 2) for one, size in zip(places, table.shape)]
    up = [np.minimum(one - low, 1.0) for one, low in zip(places, lower)]
    start = (lower[0] * table.shape[1] + lower[1]) * table.shape[2] + lower[2]
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod([part if side else 1 - part for part, side in zip(up, corner)], axis=0)
        total += weight * table.reshape(-1)[start + (corner[0] * table.shape[1] + corner[1]) * table.shape[2] + corner[2]]
    c = np.broadcast_to(c, np.broadcast_shapes(np.shape(c), np.shape(b), np.shape(h)))
    return total.reshape(c.shape) / (1 + c * c)


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """(1 + c^2) T, linear in ln c on the left and constant on the right, over ln c, b/c and h/b."""
    c, ratio, share = np.meshgrid(np.exp(_LOW + _STEP * np.arange(136)), np.linspace(0, 1, 25), np.linspace(0, 1, 9), indexing="ij")
    b = np.minimum(ratio, 1 - 1e-9) * c
    return (1 + c * c) * triplets(c.reshape(-1), b.reshape(-1), (share * b).reshape(-1)).reshape(c.shape)


def _in_blocks(rows_of, c, b, h):
    """Long arrays in pieces that stay in the cache."""
    pieces = [rows_of(c[start:start + _BLOCK], b[start:start + _BLOCK], h[start:start + _BLOCK]) for start in range(0, max(c.size, 1), _BLOCK)]
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)


def _value(c, b, h):
    first = c + 0.5
    integral = _integral(2 * c + b - 4 * h, c * (c + b))[0]
    return (1 / first + (2 * c + 2 + b) / ((c + 1.5) * (first + b) - 2 * h) + np.log(c * c * (c + b)) - 4 * h * integral)[None] - _sums(c, b, h, slopes=False)


def _value_and_slopes(c, b, h):
    first, second = c + 0.5, c + 1.5
    below = second * (first + b) - 2 * h
    ratio = (2 * c + 2 + b) / below
    integral, by_q, by_r = _integral(2 * c + b - 4 * h, c * (c + b))
    return np.array([
        1 / first + ratio + np.log(c * c * (c + b)) - 4 * h * integral,
        -1 / first**2 + (2 - ratio * (2 * c + 2 + b)) / below + 2 / c + 1 / (c + b) - 4 * h * (2 * by_q + (2 * c + b) * by_r),
        (1 - ratio * second) / below + 1 / (c + b) - 4 * h * (by_q + c * by_r),
        2 * ratio / below - 4 * integral + 16 * h * by_q,
    ]) - _sums(c, b, h, slopes=True)


def _sums(c, b, h, slopes):
    """sum_i w_i psi(3/2 + c - a_i), with its derivatives by c, b, h where they are wanted: (1 or 4, N)."""
    p2, p1, p0 = b - 4 * h, 4 * h * c - 1, 2 * h - b
    shift = p2 / 3
    P = (p1 - p2 * shift) / 3  # roots are t - shift, t^3 + 3 P t + 2 half = 0
    half = (shift * (2 * shift * shift - p1) + p0) / 2
    gap = half * half + P * P * P
    triple = gap < 0
    all_of_it = np.array([c, b, h, p2, p1, p0, shift, P, half, gap])
    threes, ones = all_of_it[:, triple], all_of_it[:, ~triple]
    real, real_close = _three_real(*threes[3:9])
    single, pair, pair_close = _one_real(*ones[3:])
    # all real roots in one go
    count = real.shape[1]
    places = np.concatenate([np.tile(threes[:3], 3), ones[:3]], axis=1)
    terms = _terms(*places, np.concatenate([real.reshape(-1), single]), slopes)
    sums, close = np.empty((len(terms), c.size)), np.empty(c.size, bool)
    sums[:, triple] = terms[:, : 3 * count].reshape(len(terms), 3, count).sum(axis=1)
    sums[:, ~triple] = terms[:, 3 * count:] + 2 * _terms(*ones[:3], pair, slopes).real
    close[triple], close[~triple] = real_close, pair_close
    if close.any():  # two roots meet: the sum is smooth, its terms are not. It is analytic in b, so the mean over a circle about b is its value
        c1, b1, h1 = c[close], b[close] + 0.15 * (b[close] + 0.3) * _CIRCLE, h[close]
        sums[:, close] = _terms(c1, b1, h1, _complex_roots(c1, b1, h1), slopes).sum(axis=1).real.mean(axis=1)
    return sums


def _three_real(p2, p1, p0, shift, P, half):
    """The three real roots (3, N), and where two of them are close."""
    size = np.sqrt(-P)
    a = _newton(2 * size * np.cos(np.arccos(np.clip(-half / (size * size * size), -1, 1)) / 3 - _TURNS) - shift, p2, p1, p0)
    return a, np.abs(a - a[[1, 2, 0]]).min(axis=0) < _CLOSE * (1 + np.abs(a).max(axis=0))


def _one_real(p2, p1, p0, shift, P, half, gap):
    """The real root, the one above the real axis, and where two are close."""
    u = np.cbrt(-half - np.copysign(np.sqrt(gap), half))
    v = -P / np.where(u == 0, 1e-100, u)
    a = _newton(u + v - shift, p2, p1, p0)
    pair = _newton(-(u + v) / 2 - shift + 1j * np.sqrt(0.75) * np.abs(u - v), p2, p1, p0)
    return a, pair, np.minimum(2 * np.abs(pair.imag), np.abs(pair - a)) < _CLOSE * (1 + np.maximum(np.abs(pair), np.abs(a)))


def _terms(c, b, h, a, slopes):
    """w psi(3/2 + c - a) of roots a with its derivatives by c, b, h: rows of an array (1 or 4, *shape of a)."""
    x, p2 = 1 + c - a, b - 4 * h
    D1 = (3 * a + 2 * p2) * a + (4 * h * c - 1)
    D1 = np.where(D1 == 0, 1e-30, D1)
    step = 1 / D1
    weight = 4 * h * a * step
    if not slopes:
        return ((1 + weight) * psi_half(x))[None]
    psi, psi1 = digamma_half(x)
    D2, whole, psi_step = 6 * a + 2 * p2, 1 + weight, psi * step
    by_c, by_b, by_h = -weight, (1 - a * a) * step, (4 * a * (a - c) - 2) * step  # of the root a itself
    psi1, moved = whole * psi1, 4 * h - weight * D2
    return np.array([
        whole * psi,
        psi1 * (1 - by_c) + psi_step * (moved * by_c - 4 * h * weight),
        -psi1 * by_b + psi_step * (moved * by_b - 2 * a * weight),
        -psi1 * by_h + psi_step * (4 * a + moved * by_h - weight * (4 * c - 8 * a)),
    ])


def _newton(a, p2, p1, p0):
    slope = (3 * a + 2 * p2) * a + p1
    return a - (((a + p2) * a + p1) * a + p0) / np.where(slope == 0, np.inf, slope)


def _complex_roots(c, b, h):
    """Roots of D(a) for complex b of shape (M, N): (3, M, N), Cardano, then a Newton step."""
    p2, p1, p0 = b - 4 * h, 4 * h * c - 1, 2 * h - b
    P = p1 - p2 * p2 / 3
    half = (2 * p2**3 / 27 - p2 * p1 / 3 + p0) / 2
    root = np.sqrt(half * half + P**3 / 27)
    cube = -(half + np.where((half * root.conjugate()).real >= 0, root, -root))
    u = np.where(cube == 0, 1e-100, cube) ** (1 / 3) * _THIRDS
    a = u - P / (3 * u) - p2 / 3
    return _newton(a, p2, p1, p0)


def _integral(q, r):
    """I = int_0^inf dx/(x^2 + q x + r) and its derivatives by q and r; r > 0, smooth where the polynomial has a double zero."""
    gap = 4 * r - q * q
    near = (np.abs(gap) < 0.05 * q * q) & (q > 0)
    safe = np.where(near, 1.0, gap)
    d = np.sqrt(np.abs(safe))
    ratio = np.where((safe < 0) & ~near, d / np.where(q > 0, q, np.inf), 0.0)
    I = np.where(safe > 0, np.arctan2(d, q), np.arctanh(ratio)) * 2 / d
    by_r, by_q = -(2 * I - q / r) / safe, -(2 - q * I) / safe
    if near.any():  # atan(sqrt s)/sqrt s as a series
        q1 = q[near]
        s1 = gap[near] / (q1 * q1)
        A, A1 = np.zeros_like(s1), np.zeros_like(s1)
        for k in range(14, -1, -1):
            A = A * s1 + (-1) ** k / (2 * k + 1)
            A1 = A1 * s1 + (-1) ** (k + 1) * (k + 1) / (2 * k + 3)
        I[near] = 2 * A / q1
        by_r[near] = 8 * A1 / q1**3
        by_q[near] = -2 * A / q1**2 - 4 * A1 * (1 + s1) / q1**2
    return I, by_q, by_r
