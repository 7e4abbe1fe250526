"""Ramps that follow a power law so closely that no end of the curve can hide in what the law leaves of them.

Of many fits V = criterion (I/Ic)^n + r only the sum of squares A^2 of the residuals r is at hand. A fall or a jump that ends a
curve needs residuals in two or three rows whose squares are already more than A^2. Where A is smaller, :func:`ramp.collapse`,
:func:`ramp.runaway` and :func:`ramp.mirrored` find nothing, and no row has to be looked at.
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

    ``current`` [A] (N,); ``last`` voltages [V] without the background (T, G), T from 3 on; ``noise`` as :func:`ramp.step_noise`
    and ``away``, the root A of the sum of squares of the residuals [V] (G,); ``Ic`` [A] and ``n`` (G,).
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
        """Where nothing falls, and where no leads are exchanged, shape (G,)."""
        with np.errstate(all="ignore"):
            end = self.last[-1] - self._at(self.current[-1])
            # two rows above all that follow, the last one among these
            fall = JUMPS * self.noise + end
            stays_up = (fall > 0) & (end**2 + 2 * fall**2 > self.away**2)
            # mirrored: the median of three rows up to two thirds of the ramp above that of the last three
            late = self._at(self.current[0] / 3 + self.current[-1] * 2 / 3)
            return (self.n >= 1) & stays_up & (late + self.away / np.sqrt(2) - self.last.min(axis=0) < 0.6 * JUMPS * self.noise)

    def cannot_jump(self) -> np.ndarray:
        """Where no row is threefold the one before, with that one well above the median of the first half, shape (G,)."""
        half, n, noise, away = max(len(self.current) // 2, 4), self.n, self.noise, self.away
        with np.errstate(all="ignore"):
            median = away / np.sqrt(half / 2)   # above the law: half of the rows of the half are not below it
            foot = np.minimum(self.high, np.log(_FOOT * noise))
            growth = np.exp(n * np.log1p(np.diff(self.current).max() / (self.current[-1] * np.exp((foot - self.high) / n))))   # of the law from row to row above its foot
            risen = (THREEFOLD - growth) * JUMPS * noise - (growth - 1) * (self._at(self.current[half - 1]) + median) > away * np.sqrt(1 + growth**2)
            from_foot = np.maximum((THREEFOLD * JUMPS - growth * _FOOT) * noise - median, 0) ** 2 + np.maximum(_FOOT * noise - median, 0) ** 2 > away**2
            return (n >= 1) & (growth < THREEFOLD) & risen & from_foot


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
