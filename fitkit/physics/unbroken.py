"""Ramps that follow a power law so closely that no end of the curve can hide in what the law leaves of them.

Of many fits V = criterion (I/Ic)^n + r only the sum of squares A^2 of the residuals r is at hand. A fall or a jump that ends a
curve needs residuals in two or three rows whose squares are already more than A^2. Where A is smaller, :func:`ramp.collapse`
and :func:`ramp.runaway` find nothing, and no row has to be looked at; :func:`ramp.mirrored` and :func:`ramp.plateau` want a few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .ramp import JUMPS, THREEFOLD

_SAFE = 1 + 1e-6       # times what roundings could hide
_FOOT = JUMPS / 2      # times the noise: below it the law may rise by any factor from row to row


def plain_ramp(current: np.ndarray) -> bool:
    """Whether a current [A] (N,) rises from zero or above in every row, and does not stand at the end."""
    return len(current) >= 10 and current[0] >= 0 and bool(np.all(np.diff(current) > 0)) and current[-4] < current[-1] * (1 - 2e-3)


@dataclass
class PowerLaw:
    """Fits V = criterion (I/Ic)^n of G curves on one :func:`plain_ramp`, with what they leave.

    ``current`` [A] (N,); ``last`` voltage [V] of each without the background, ``noise`` as :func:`ramp.step_noise`, and ``away``,
    the root A of the sum of squares of the residuals [V], (G,) each; ``Ic`` [A] and ``n`` (G,).
    """

    current: np.ndarray
    last: np.ndarray
    noise: np.ndarray
    away: np.ndarray
    Ic: np.ndarray
    n: np.ndarray
    criterion: float

    def __post_init__(self):
        with np.errstate(all="ignore"):
            self.high = np.log(self.criterion) + self.n * (np.log(self.current[-1]) - np.log(self.Ic))   # ln V of the law at the last row
        self.away, self.noise = self.away * _SAFE, self.noise / _SAFE

    def _at(self, current: float) -> np.ndarray:
        return np.exp(self.high + self.n * np.log(current / self.current[-1]))

    def cannot_fall(self) -> np.ndarray:
        """Where nothing falls, shape (G,).

        A fall: two rows lie more than 20 noise above all that follow, the last one among these, whose residual is known; the law does not fall.
        """
        with np.errstate(all="ignore"):
            end = self.last - self._at(self.current[-1])
            above = JUMPS * self.noise + end
            return (self.n >= 1) & (above > 0) & (end**2 + 2 * above**2 > self.away**2)

    def cannot_jump(self) -> np.ndarray:
        """Where no row is threefold the one before, with that one 20 noise above the median m of the first half, shape (G,).

        At these rows the law is p and at most g p, the residuals are q and t: p + q - m > 20 noise and g p + t - m > 3 (p + q - m). Together
        t - g q > (3 - g) 20 noise - (g - 1) m, which t^2 + q^2 = A^2 does not reach where A sqrt(1 + g^2) is less. Half of the rows of the half are
        not below m: m is at most the law there and A / sqrt(half / 2). g belongs to p = 10 noise; for a smaller p
        q > 10 noise + m and t > (60 - 10 g) noise + m, with m at least - A / sqrt(half / 2).
        """
        half, n, noise, away = max(len(self.current) // 2, 4), self.n, self.noise, self.away
        with np.errstate(all="ignore"):
            foot = np.minimum(np.log(_FOOT * noise), self.high)
            current = self.current[-1] * np.exp((foot - self.high) / n)   # where the law leaves its foot
            g = np.exp(n * np.log1p(np.diff(self.current).max() / current))
            apart = away / np.sqrt(half / 2)
            m = self._at(self.current[half - 1]) + apart
            on_the_rise = (THREEFOLD - g) * JUMPS * noise - (g - 1) * m > away * np.sqrt(1 + g**2)
            q, t = _FOOT * noise - apart, (THREEFOLD * JUMPS - g * _FOOT) * noise - apart
            at_the_foot = np.maximum(q, 0) ** 2 + np.maximum(t, 0) ** 2 > away**2
            return (n >= 1) & (g < THREEFOLD) & on_the_rise & at_the_foot


def may_go_down(current: np.ndarray, voltages: np.ndarray) -> np.ndarray:
    """Where :func:`ramp.mirrored` could be true, shape (G,), of voltages [V] (G, N) on one :func:`plain_ramp` (N,), with their background."""
    late = np.flatnonzero(current <= current[0] + (current[-1] - current[0]) * 2 / 3)[-3:]
    return _middle(voltages[:, late].T) > _middle(voltages[:, -3:].T)


def each_may_go_down(current: np.ndarray, voltages: np.ndarray) -> np.ndarray:
    """:func:`may_go_down` with a current for each curve (G, N); NaN follows on the last voltage of each."""
    every, places = np.arange(len(voltages)), np.arange(voltages.shape[1])
    counts = np.count_nonzero(np.isfinite(voltages), axis=1)
    last = counts - 1
    plain = (counts >= 10) & (current[:, 0] >= 0) & np.all((np.diff(current, axis=1) > 0) | (places[1:] > last[:, None]), axis=1)
    reach = current[:, 0] + (current[every, last] - current[:, 0]) * 2 / 3
    late = np.count_nonzero((current <= reach[:, None]) & (places <= last[:, None]), axis=1) - 1
    plain &= late >= 2
    before, end = (_middle(np.stack([voltages[every, np.maximum(row - back, 0)] for back in range(3)])) for row in (late, last))
    return ~plain | (before > end)


def _middle(rows: np.ndarray) -> np.ndarray:
    """Medians (G,) of up to three rows (T, G)."""
    if len(rows) < 3:
        return rows.mean(axis=0)
    first, second, third = rows
    return np.maximum(np.minimum(first, second), np.minimum(np.maximum(first, second), third))


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
