"""Ramps that follow a power law so closely that no end of the curve can hide in what the law leaves of them.

Of many fits V = criterion (I/Ic)^n + r only the sum of squares A^2 of the residuals r is at hand. A fall or a jump that ends a
curve needs residuals in two or three rows whose squares are already more than A^2. Where A is smaller, :func:`ramp.collapse`,
:func:`ramp.runaway` and :func:`ramp.mirrored` find nothing, and no row has to be looked at.
"""

from __future__ import annotations

import numpy as np

from .ramp import JUMPS, THREEFOLD

_SAFE = 1 + 1e-6       # times what roundings could hide
_FOOT = JUMPS / 2      # times the noise: below it the law may rise by any factor from row to row


def plain_ramp(current: np.ndarray) -> bool:
    """Whether a current [A] (N,) rises from zero or above in every row, and does not stand at the end."""
    return len(current) >= 10 and current[0] >= 0 and bool(np.all(np.diff(current) > 0)) and current[-4] < current[-1] * (1 - 2e-3)


def unbroken(current: np.ndarray, last: np.ndarray, noise: np.ndarray, away: np.ndarray, Ic: np.ndarray, n: np.ndarray, criterion: float) -> np.ndarray:
    """Which of G curves cannot fall, nor jump, nor have exchanged leads.

    Parameters
    ----------
    current
        [A], shape (N,), a :func:`plain_ramp`.
    last
        Last voltages [V] without the background, shape (T, G), T from 3 on.
    noise
        :func:`ramp.step_noise` [V], shape (G,).
    away
        Root A of the sum of squares of the residuals [V], shape (G,).
    Ic, n, criterion
        Of the fitted power law: Ic [A] and n of shape (G,), the voltage [V] at Ic.

    Returns
    -------
    bool, shape (G,).
    """
    half = max(len(current) // 2, 4)
    with np.errstate(all="ignore"):
        high = np.log(criterion) + n * (np.log(current[-1]) - np.log(Ic))
        top = np.exp(high)                       # the law at the last row, at two thirds of the ramp, in the middle
        late = np.exp(high + n * np.log((current[0] / 3 + current[-1] * 2 / 3) / current[-1]))
        middle = np.exp(high + n * np.log(current[half - 1] / current[-1]))
        end, lowest = last[-1] - top, last.min(axis=0)
        away, noise = away * _SAFE, noise / _SAFE

        # two rows above all that follow, the last one among these
        fall = JUMPS * noise + end
        stays_up = (fall > 0) & (end**2 + 2 * fall**2 > away**2)
        # mirrored: the median of three rows up to two thirds of the ramp above that of the last three
        not_mirrored = late + away / np.sqrt(2) - lowest < 0.6 * JUMPS * noise

        # a row and the next, threefold; the level is above the median of the first half, which half of its rows do not exceed
        median = away / np.sqrt(half / 2)
        foot = np.minimum(high, np.log(_FOOT * noise))
        growth = np.exp(n * np.log1p(np.diff(current).max() / (current[-1] * np.exp((foot - high) / n))))
        risen = (THREEFOLD - growth) * JUMPS * noise - (growth - 1) * (middle + median) > away * np.sqrt(1 + growth**2)
        from_foot = np.maximum((THREEFOLD * JUMPS - growth * _FOOT) * noise - median, 0) ** 2 + np.maximum(_FOOT * noise - median, 0) ** 2 > away**2
        return (n >= 1) & (growth < THREEFOLD) & stays_up & not_mirrored & risen & from_foot


def may_stand(current: np.ndarray, last: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Where :func:`ramp.plateau` could find one, shape (G,), by the last rows of the voltage [V] (T, G), T from 4 on, of a rising current [A] (N,)."""
    below = last < last.max(axis=0) - 4 * noise * _SAFE - 1e-8 * np.abs(last).max(axis=0)
    found = ~np.any(below[min(3, len(last) - 4):], axis=0)   # a plateau that begins where these rows do not tell the slope before it
    if len(last) > 7:
        ramp = current[-len(last):]
        ratio = (ramp[-1] - ramp[4:-3]) / (ramp[4:-3] - ramp[:-7])
        gain = (last[4:-3] - last[:-7]) * ratio[:, None]
        rows = np.arange(len(last))[:, None]
        start = np.max(np.where(below, rows, -1), axis=0) + 1
        found |= np.any((rows[4:-3] >= start) & (gain * _SAFE > JUMPS * noise + 0.05 * np.ptp(last, axis=0)), axis=0)
    return found
