"""The rate equation of flux creep, solved without the leading-logarithm approximation.

    dj/dt = -(1/tau) exp[-U(j)/kT] {1 - exp(-2 a j)},    j = J/Jc,  a = U0/kT

tau is the time in which j would fall by one without a barrier. The bracket counts the hops back; the work 2 a j kT that goes into it is exact for the
linear barrier and a convention for any other. Where U diverges at J = 0 the hops back never matter in practice; where it is finite they turn the decay into
an exponential one in the end (thermally assisted flux flow).

The usual shortcut U(j) = kT ln(1 + t/t0), t0 = tau/a, is exact for the linear barrier alone; for others it makes U0 wrong by 1 to 5 % where a < 50.

Sources: P. W. Anderson, Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964); V. B. Geshkenbein, A. I. Larkin, Sov. Phys. JETP 68, 639 (1989). The closed forms are
derived by separating the variables.
"""

from __future__ import annotations

import math

import numpy as np

from ..errors import FitkitError
from .barriers import Barrier

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_SMALL = 1e-9       # of a j: below it the decay is a plain exponential


def linear_forward(time, a, tau, start):
    """j(t) over the linear barrier, hops forward only: j = start - (1/a) ln{1 + (a t/tau) exp[-a (1 - start)]}; times in [s].

    Any start gives the same form with another time constant: a measurement does not know where the decay began. Negative where back hops would matter.
    """
    return start - np.logaddexp(0.0, np.log(a * time / tau) - a * (1 - start)) / a


def linear_forward_gradient(time, a, tau, start):
    """d/d(time, a, tau, start) of :func:`linear_forward`."""
    x = np.log(a * time / tau) - a * (1 - start)
    share = _expit(x)
    return -share / (a * time), np.logaddexp(0.0, x) / a**2 - share / a * (1 / a - (1 - start)), share / (a * tau), 1 - share


def linear_two_way(time, a, tau, start):
    """j(t) over the linear barrier with back hops, dj/dt = -(2/tau) exp(-a) sinh(a j): never negative, exponential in the end.

    a j = G(G(a start) + 2 a exp(-a) t/tau) with G(x) = -ln tanh(x/2), its own inverse.
    """
    return _self_inverse(_log_age(time, a, tau, start)) / a


def linear_two_way_gradient(time, a, tau, start):
    """d/d(time, a, tau, start) of :func:`linear_two_way`."""
    y, y_start = a * linear_two_way(time, a, tau, start), a * start
    with np.errstate(over="ignore", under="ignore"):
        steep = -np.exp(y - a) * np.expm1(-2 * y)                      # 2 exp(-a) sinh(a j)
        ratio = np.exp(y - y_start) * np.expm1(-2 * y) / np.expm1(-2 * y_start)
    return -steep / tau, -y / a**2 + (ratio * start - steep * time / tau * (1 - a)) / a, steep * time / tau**2, ratio


def _log_age(time, a, tau, start):
    """ln of G(a start) + 2 a exp(-a) t/tau."""
    x = a * start
    small = np.minimum(x, 30.0)
    with np.errstate(under="ignore"):
        first = np.where(x > 30.0, math.log(2) - x, np.log(_G(small)))
    with np.errstate(divide="ignore"):
        return np.logaddexp(first, np.log(2 * a * time / tau) - a)


def _G(x):
    """-ln tanh(x/2) without loss of digits on either side."""
    with np.errstate(under="ignore"):
        return np.where(x > 0.5, 2 * np.arctanh(np.exp(-np.maximum(x, 0.5))), -np.log(np.tanh(np.minimum(x, 0.5) / 2)))


def _self_inverse(log_s):
    """G(exp(log_s))."""
    tiny = log_s < -30.0
    with np.errstate(over="ignore"):
        return np.where(tiny, math.log(2) - log_s, _G(np.exp(np.where(tiny, 0.0, log_s))))


def logarithmic_forward(time, a, tau, start):
    """j(t) over the logarithmic barrier a ln(1/j): [start^(1-a) + (a - 1) t/tau]^(-1/(a-1)). The exponent is 1/(a - 1), not 1/a."""
    p = a - 1
    return np.exp(-np.logaddexp(-p * np.log(start), np.log(p * time / tau)) / p)


def logarithmic_forward_gradient(time, a, tau, start):
    """d/d(time, a, tau, start) of :func:`logarithmic_forward`."""
    p = a - 1
    early, late = -p * np.log(start), np.log(p * time / tau)
    total, share = np.logaddexp(early, late), _expit(late - early)
    j = np.exp(-total / p)
    return -j * share / (p * time), j * (total / p - (1 - share) * early / p - share / p) / p, j * share / (p * tau), j * (1 - share) / start


def linear_driven(time, a, tau, start, sweep):
    """j(t) over the linear barrier while a steady sweep of the field drives it, dj/dt = sweep - (1/tau) exp[-a (1 - j)]; sweep in [1/s].

    It ends at j_s = 1 + ln(sweep tau)/a within the time 1/(a sweep). The same equation is that of the spin-up of pulsars after a glitch.
    """
    steady = 1 + np.log(sweep * tau) / a
    return steady - approach(a * (steady - start), a * sweep * time)[0] / a


def linear_driven_gradient(time, a, tau, start, sweep):
    """d/d(time, a, tau, start, sweep) of :func:`linear_driven`."""
    gap = a * (1 - start) + np.log(sweep * tau)
    value, by_gap, by_age = approach(gap, a * sweep * time)
    by_steady = (1 - by_gap) / a
    return (-by_age * sweep, (-np.log(sweep * tau) + value) / a**2 - (by_gap * (1 - start) + by_age * sweep * time) / a, by_steady / tau, by_gap,
            by_steady / sweep - by_age * time)


def approach(gap, age):
    """ln[1 + (exp(gap) - 1) exp(-age)], which leads from ``gap`` at age 0 to 0, and its derivatives in both.

    A gap above 0: the current density starts below its steady value and first grows in proportion to the sweep.
    """
    gap, age = np.broadcast_arrays(np.asarray(gap, float), np.asarray(age, float))
    with np.errstate(over="ignore", divide="ignore", under="ignore"):
        far = np.logaddexp(np.log(-np.expm1(-age)), gap - age)
        excess = np.expm1(np.minimum(gap, 700.0)) * np.exp(-age)
    near = (np.abs(excess) < 0.5) & (gap < 700.0)
    value = np.where(near, np.log1p(np.where(near, excess, 0.0)), far)
    with np.errstate(under="ignore"):
        return value[()], np.exp(gap - age - value)[()], np.expm1(-value)[()]


def _expit(x):
    """1/(1 + exp(-x)) without overflow."""
    return np.exp(-np.logaddexp(0.0, -x))


def relaxed_current(time, barrier: Barrier, a: float, tau: float, start: float = 1.0, back_hops: bool = True) -> np.ndarray:
    """j(t) of any barrier, by quadrature of t = tau int exp(U/kT) dj over a graded grid, to about 1e-13.

    Parameters
    ----------
    time : array of any shape
        Times since the start [s], >= 0.
    barrier
        One of ``fitkit.physics.barriers.BARRIERS``, or ``barrier_of_exponent(mu)``.
    a
        U0/kT.
    tau
        Time in which j falls by one without barrier [s].
    start
        j at t = 0, at most 1.
    back_hops
        Whether hops against the current are counted.

    Returns
    -------
    array of the shape of `time`
        J/Jc; 0 where hops forward alone have used up a barrier that is finite at J = 0.

    Raises
    ------
    FitkitError
        A start outside 0 to 1, negative times.
    """
    time = np.asarray(time, float)
    if not 0 < start <= 1 or np.any(time < 0) or not (a > 0 and tau > 0):
        raise FitkitError("relaxed_current: wanted 0 < start <= 1, times >= 0, a > 0 and tau > 0, "
                          f"found start = {start}, a = {a}, tau = {tau}, times from {np.min(time, initial=0.0):g} s")
    u_start = a * float(barrier.height(start))

    def slowness(j):
        """tau^-1 dt/d(-j), over that of the start without back hops."""
        with np.errstate(over="ignore", under="ignore"):
            rest = np.exp(a * barrier.height(j) - u_start)
            return rest / -np.expm1(-2 * a * j) if back_hops else rest

    aim = time.ravel() / tau * math.exp(-u_start)
    edges = _edges(barrier, a, start, float(aim.max(initial=0.0)))
    pieces = _integral(slowness, edges[1:], edges[:-1])
    total = np.concatenate([[0.0], np.cumsum(pieces)])
    panel = np.clip(np.searchsorted(total, aim, side="right") - 1, 0, len(pieces) - 1)
    low, high, before = edges[panel + 1], edges[panel], total[panel]
    j = high - (high - low) * np.clip((aim - before) / np.where(pieces[panel] > 0, pieces[panel], 1.0), 0.0, 1.0)
    for _ in range(60):
        miss = before + _integral(slowness, j, high) - aim
        low, top = np.where(miss > 0, j, low), np.where(miss > 0, high, j)
        better = j + miss / slowness(j)
        # outside the bracket, or where the slowness has gone to infinity: the middle
        better = np.where((better >= low) & (better <= np.where(miss > 0, edges[panel], top)), better, (low + top) / 2)
        if np.all(np.abs(better - j) <= 2e-16 * better):
            j = better
            break
        j = better
    late = aim > total[-1]
    if late.any():
        with np.errstate(under="ignore"):
            rate = 2 * a * math.exp(-a * barrier.at_zero + u_start) if back_hops and math.isfinite(barrier.at_zero) else math.inf
            j = np.where(late, edges[-1] * np.exp(-rate * np.where(late, aim - total[-1], 0.0)) if math.isfinite(rate) else 0.0, j)
    return np.where(aim == 0, start, j).reshape(time.shape)[()]


def _edges(barrier: Barrier, a: float, start: float, aim: float) -> np.ndarray:
    """Current densities from ``start`` down, between which the slowness changes by about e-fold; the first ones shrink towards the start."""
    lowest = min(_SMALL / a, start / 2)
    grid = np.unique(np.concatenate([start * (1 - np.geomspace(1e-16, 0.5, 300)), np.geomspace(lowest, start, 400)]))[::-1]
    grid = grid[grid < start]
    steps = a * (barrier.height(grid) - barrier.height(start)) + np.log(start / grid)
    enough = math.log1p(aim) + 45.0 + math.log(a)
    last = min(steps[-1], enough)
    wanted = np.concatenate([np.geomspace(1e-12, 0.5, 30), np.arange(1.0, last, 0.5), [last]])
    edges = np.interp(wanted, steps, np.log(grid))
    return np.concatenate([[start], np.unique(np.exp(edges))[::-1]])


def _integral(function, low, high):
    """Gauss-Legendre integral over each interval."""
    middle, half = (low + high) / 2, (high - low) / 2
    return half * (function(middle[..., None] + half[..., None] * _NODES) @ _WEIGHTS)
