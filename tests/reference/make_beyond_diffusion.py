"""Make fitkit/physics/beyond_diffusion.npy: python make_beyond_diffusion.py [FILE]   (about three minutes)

Weak localization of short-range isotropic scatterers at any field, in units of the mean free path: b = B/B_tr, B_tr = hbar/(2 e l^2), g = tau/tau_phi, c = 1 + g.

    sigma(B)/G0 = -b sum_N P_N^3/(1 - P_N) + (1/2) sum_N K_N^2/(N + 1) [P_N/(1 - P_N) + P_(N+1)/(1 - P_(N+1))]
    P_N = int_0^inf dr exp(-c r - b r^2/4) L_N(b r^2/2),   K_N + K_(N-1) = sqrt(2) (1 - c P_N),   K_(-1) = 0
    sigma(0)/G0 = -ln(c/g) + {(2/(c + 1)) ln 2c - ln c - [(1 - c)/(1 + c)] ln(c - 1)}

first terms: backscattering; second terms: nonbackscattering. How it is summed:

* P_N of small N in strong fields: FFT of its generating function sum_N z^N P_N = sqrt(pi/(b w)) wofz(i c/sqrt(b w))/(1 - z), w = (1 + z)/(1 - z), on |z| < 1.
* P_N otherwise: Tricomi's expansion of Laguerre in Bessel functions, integrated term by term. With k = 2N + 1 and e = 1/(k + c^2/b) it reads
  P = sqrt(e/b) sum_n A_n (1/2)_n e^n, A_0 = 1, A_1 = 0, A_2 = 1/2, n A_n = (n - 1) A_(n-2) - k A_(n-3): good to all digits where e < 1/60 and the alternating rest,
  exp(-c sqrt(8 N/b)), is gone. It is analytic in N, so
* the tail of both sums is an integral over N with the corrections of Euler and Maclaurin, their derivatives from circles in the plane of N, and
* K of the tail is (1/2) sech(D/2) of h(N + 1/2), h = sqrt(2) (1 - c P), D = d/dN: the part of the recursion that does not alternate.

What is tabulated is [sigma(B) - sigma(0)]/G0 - F(b/g'), g' = g + g^2/2 where P has its pole, times sqrt((1 + b)/b): smooth, as the diffusive formula F(B/B_phi) holds
all that is singular in b and g. The table are its coefficients in Chebyshev polynomials of ln b and ln g.
"""

import sys
from math import factorial
from pathlib import Path

import numpy as np
from scipy.special import bernoulli, wofz

from fitkit.physics.beyond import B_RANGE, G_RANGE
from fitkit.physics.special import F

TARGET = Path(__file__).parents[2] / "fitkit" / "physics" / "beyond_diffusion.npy"
SHAPE = (116, 80)  # Chebyshev nodes in ln b and ln g
SMALLEST = 1e-12   # coefficients below it at the end are cut off
TERMS, CIRCLE = 44, 48
ANGLES = np.exp(2j * np.pi * (np.arange(CIRCLE) + 0.5) / CIRCLE)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
# coefficients of (1/2) sech(D/2) = sum_k S_k D^(2k)
SECH = np.zeros(15)
SECH[0] = 0.5
for k in range(1, 15):
    SECH[k] = -sum(SECH[k - j] / (4**j * factorial(2 * j)) for j in range(1, k + 1))


def missing(N, b, g):
    """1 - P at N, complex or real, by Tricomi's expansion, without a difference of equal numbers where b and g are small."""
    kappa = 2 * N + 1
    small = b / ((1 + g) ** 2 + b * kappa)
    A, power = [np.ones_like(small), np.zeros_like(small), 0.5 * np.ones_like(small)], np.ones_like(small)
    total = np.zeros_like(small)
    for n in range(1, TERMS):
        if n > 2:
            A.append(((n - 1) * A[n - 2] - kappa * A[n - 3]) / n)
        power = power * small * (n - 0.5)
        total = total + A[n] * power
    more = g * (2 + g) + b * kappa
    root = np.sqrt(1 + more)
    return more / (root * (1 + root)) - total / root


def first(count, b, c):
    """P_N for N < count by the FFT of the generating function."""
    size = 1 << int(np.ceil(np.log2(8 * count)))
    radius = 10 ** (-13 / size)
    z = radius * np.exp(2j * np.pi * np.arange(size) / size)
    w = (1 + z) / (1 - z)
    G = np.sqrt(np.pi / (b * w)) * wofz(1j * c / np.sqrt(b * w)) / (1 - z)
    return (np.fft.fft(G).real / size)[:count] / radius ** np.arange(count)


def smooth_K(N, b, g):
    """K at N, complex or real: (1/2) sech(D/2) of h at N + 1/2, the derivatives from a circle."""
    radius = np.minimum(0.3 * np.abs(N + 1 + (1 + g) ** 2 / (2 * b)), 1e4)
    circle = N[..., None] + 0.5 + radius[..., None] * ANGLES
    gap = missing(circle, b, g)
    h = np.sqrt(2) * (gap - g * (1 - gap))
    total = 0.0
    for k in range(12):
        total = total + SECH[k] * factorial(2 * k) * (h * ANGLES ** (-2 * k)).mean(axis=-1) / radius ** (2 * k)
    return total


def tail(term, start, b):
    """sum over N >= start of an analytic term that falls as N^(-3/2)."""
    edge = start - 0.5
    end = 1e5 * (1 + 1 / b) + edge
    panels = np.linspace(np.log(edge), np.log(end), int(1.5 * np.log(end / edge)) + 2)
    half, middle = np.diff(panels)[:, None] / 2, (panels[:-1, None] + panels[1:, None]) / 2
    N = np.exp(middle + half * NODES)
    total = float((term(N + 0j).real * N * half * WEIGHTS).sum())
    t = 0.5 + 0.5 * NODES  # N = end/t^2
    total += float((term(end / t**2 + 0j).real * 2 * end / t**3 * 0.5 * WEIGHTS).sum())
    radius = 0.5 * edge
    values = term(edge + radius * ANGLES)
    at_half = -(1 - 2.0 ** (1 - np.arange(25))) * bernoulli(24)  # Bernoulli polynomials at 1/2
    for k in range(1, 8):
        total -= at_half[2 * k] / (2 * k) * float((values * ANGLES ** -(2 * k - 1)).mean().real) / radius ** (2 * k - 1)
    return total


def conductivity(b, g):
    """sigma(B) - sigma(0) of backscattering alone and of both, in units of G0."""
    c = 1 + g
    start = max(80, int(150 * b))
    if b > 1 / 60:
        gap = 1 - first(start + 1, b, c)
        signs = (-1.0) ** np.arange(start + 1)
        K = signs * np.cumsum(signs * np.sqrt(2) * (gap - g * (1 - gap)))
    else:
        N = np.arange(start + 1) + 0j
        gap, K = missing(N, b, g).real, smooth_K(N, b, g).real

    def back(N):
        gap = missing(N, b, g)
        return -b * (1 - gap) ** 3 / gap

    def other(N):
        return 0.5 * smooth_K(N, b, g) ** 2 / (N + 1) * (1 / missing(N, b, g) + 1 / missing(N + 1, b, g) - 2)

    one = float((-b * (1 - gap[:-1]) ** 3 / gap[:-1]).sum()) + tail(back, start, b) + np.log(c / g)
    two = 0.5 * float((K[:-1] ** 2 / np.arange(1, start + 1) * (1 / gap[:-1] + 1 / gap[1:] - 2)).sum()) + tail(other, start, b)
    two -= 2 / (c + 1) * np.log(2 * c) - np.log(c) - (1 - c) / (1 + c) * np.log(g)
    return one, one + two


def chebyshev_nodes(count):
    return np.cos(np.pi * (np.arange(count) + 0.5) / count)


def in_range(u, edges):
    low, high = np.log(edges)
    return np.exp(low + (high - low) * (u + 1) / 2)


def main(path):
    b, g = in_range(chebyshev_nodes(SHAPE[0]), B_RANGE), in_range(chebyshev_nodes(SHAPE[1]), G_RANGE)
    table = np.empty((2, *SHAPE))
    for i, one in enumerate(b):
        for j, two in enumerate(g):
            table[:, i, j] = (np.array(conductivity(one, two)) - F(one / (two + two * two / 2))) * np.sqrt((1 + one) / one)
    for axis, count in ((1, SHAPE[0]), (2, SHAPE[1])):
        transform = np.cos(np.pi * np.outer(np.arange(count), np.arange(count) + 0.5) / count) * 2 / count
        transform[0] /= 2
        table = np.moveaxis(np.tensordot(transform, table, (1, axis)), 0, axis)
    size = np.abs(table)
    rows, columns = (int(np.max(np.flatnonzero(size.max(axis=axes) > SMALLEST))) + 1 for axes in ((0, 2), (0, 1)))
    print(f"{rows} x {columns} coefficients, the last {size[:, rows - 1].max():.1e} and {size[:, :, columns - 1].max():.1e}")
    np.save(path, table[:, :rows, :columns])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
