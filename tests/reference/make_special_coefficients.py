"""Make fitkit/physics/special_coefficients.py: python make_special_coefficients.py [FILE]

q(x) = exp(2 psi(1/2 + x)) - x^2 and D(x) = q - (x/2) dq/dx on 0 <= x <= infinity become 12 q = VALUE/DENOMINATOR and 12 D = SLOPE/DENOMINATOR, three
polynomials of degree 16 in t = 1/(1 + 2 x), all with the constant term 1, as q = D = 1/12 at t = 0.

Multiplied by the denominator the fit is linear: least squares on Chebyshev nodes, of relative errors, weighted with the denominator of the round
before. Being nearly minimax and far below the rounding of double precision, it needs no exchange of nodes.
"""

import sys
from pathlib import Path

import mpmath as mp

DEGREE = 16
DIGITS = 110  # 70 give the same doubles: the normal equations are badly conditioned, and harmless at this price
NODES = 100
ROUNDS = 3
TARGET = Path(__file__).parents[2] / "fitkit" / "physics" / "special_coefficients.py"
HEADER = '''"""Rational approximation of q and D of `fitkit.physics.special`: 12 q = VALUE/DENOMINATOR, 12 D = SLOPE/DENOMINATOR.

Polynomials in t = z/(z + 2), highest power first. Made by tests/reference/make_special_coefficients.py: do not edit.
"""
'''


def exact(t):
    """12 q and 12 D at t, the Chebyshev nodes keeping x = (1/t - 1)/2 below 1e5 and so the loss in the differences below 20 digits."""
    x = (1 / t - 1) / 2
    square = mp.exp(2 * mp.digamma(x + mp.mpf(1) / 2))
    return 12 * (square - x**2), 12 * square * (1 - x * mp.psi(1, x + mp.mpf(1) / 2))


def chebyshev(count):
    return [(1 - mp.cos(mp.pi * (2 * k + 1) / (2 * count))) / 2 for k in range(count)]


def polynomial(coefficients, t):
    return sum(c * t**k for k, c in enumerate(coefficients))


def fit():
    """The three polynomials, lowest power first."""
    size = 3 * DEGREE
    points = [(t, *exact(t)) for t in chebyshev(NODES)]
    weights = [mp.mpf(1)] * NODES
    for _ in range(ROUNDS):
        matrix, right = mp.zeros(size), mp.zeros(size, 1)
        for (t, q, D), weight in zip(points, weights):
            powers = [weight * t**k for k in range(1, DEGREE + 1)]
            for first, wanted in ((0, q), (DEGREE, D)):
                # polynomial/wanted - denominator = 0, where each is 1 + coefficients * powers
                row = {first + k: power / wanted for k, power in enumerate(powers)}
                row |= {2 * DEGREE + k: -power for k, power in enumerate(powers)}
                for i, left in row.items():
                    right[i] += left * weight * (1 - 1 / wanted)
                    for j, other in row.items():
                        matrix[i, j] += left * other
        solution = [mp.mpf(c) for c in mp.lu_solve(matrix, right)]
        value, slope, denominator = ([mp.mpf(1), *solution[k : k + DEGREE]] for k in (0, DEGREE, 2 * DEGREE))
        weights = [1 / polynomial(denominator, t) for t, _, _ in points]
    return value, denominator, slope


def worst_error(value, denominator, slope):
    """Largest relative error of q and of D between the nodes; coefficients lowest power first."""
    worst = [mp.mpf(0), mp.mpf(0)]
    for t in chebyshev(2 * NODES + 11):
        below = polynomial(denominator, t)
        for k, (above, wanted) in enumerate(zip((value, slope), exact(t))):
            worst[k] = max(worst[k], abs(polynomial(above, t) / below / wanted - 1))
    return [float(error) for error in worst]


def make():
    """The three tuples of doubles, highest power first, after checking them against q and D before and after the rounding."""
    with mp.workdps(DIGITS):
        fitted = fit()
        rounded = [[float(c) for c in coefficients] for coefficients in fitted]
        before, after = worst_error(*fitted), worst_error(*rounded)
    if max(before) > 1e-16 or max(after) > 3e-16:
        raise ArithmeticError(f"relative errors of q and D: {before}, with coefficients rounded to double: {after}; wanted 1e-16 and 3e-16")
    return [tuple(coefficients[::-1]) for coefficients in rounded]


def text(tables):
    lines = [HEADER]
    for name, table in zip(("VALUE", "DENOMINATOR", "SLOPE"), tables):
        lines += [f"{name} = (", *(f"    {c!r}," for c in table), ")"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_text(text(make()), encoding="utf-8")
    print(f"wrote {target}")
