"""The highest tops of the gain of many curves between the places of a scan: Newton's method on polynomials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .panels import Panels, Scan

_CLEAR = 15.0       # standard deviations of the amplitude from which on a thin scan tells the tops apart
_STEPS = 5          # of Newton's method from the vertex of three places of the scan,
_BLIND = 2          # of which the first are made by all curves, on
_ROUGH = 8          # terms of the polynomials
_CLOSE = 3e-6       # a step after which there is none


@dataclass
class Tops:
    """Tops of the gain: panel, place in it, gain, y.u, whether it was reached, the side of a bound (-1, 0, 1; 2 where the law fades)."""

    place: np.ndarray
    s: np.ndarray
    gain: np.ndarray
    amplitude: np.ndarray
    arrived: np.ndarray
    pinned: np.ndarray

    def take(self, rows: np.ndarray) -> Tops:
        """Some of them."""
        return Tops(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def put(self, rows: np.ndarray, others: Tops) -> None:
        """Write others into some rows."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(others, name)

    def joined(self, others: Tops) -> Tops:
        """These, and others after them."""
        return Tops(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in self.__dataclass_fields__))


class Climb(Panels):
    """Tops for the tables of a plan."""

    def _optima(self, parts: np.ndarray, product: np.ndarray, rest: np.ndarray) -> tuple[Tops, np.ndarray, Tops]:
        """The highest top of each curve; the rows that have a second one near it, and these.

        ``parts``: the data in Q and in the small space, ``product``: y.u at the places of the thin scan.
        """
        tops, rows, others = self._highest(parts, product, rest, self.thin)
        noisy = np.flatnonzero(tops.gain < _CLEAR**2 * self._noise(rest, tops.gain))
        if self.thin is not self.all and len(noisy):   # two tops of these may lie between places of the thin scan
            again, some, rivals = self._highest(parts[noisy], parts[noisy, self.size:] @ self.all.unit, rest[noisy], self.all)
            tops.put(noisy, again)
            kept = ~np.isin(rows, noisy)
            rows, others = np.concatenate([rows[kept], noisy[some]]), others.take(kept).joined(rivals)
        return tops, rows, others

    def _noise(self, rest: np.ndarray, gain: np.ndarray) -> np.ndarray:
        return (rest - gain) / max(self.points - len(self.free), 1)

    def _highest(self, parts: np.ndarray, product: np.ndarray, rest: np.ndarray, scan: Scan) -> tuple[Tops, np.ndarray, Tops]:
        """:meth:`_optima` by one scan."""
        held = self.plan.held
        score = np.abs(product) if held is None else held * scan.size * (2 * product - held * scan.size)
        best = np.argmax(score, axis=1)
        every = np.arange(len(best))
        highest = score[every, best]
        gain = highest * highest if held is None else highest
        least = gain - scan.near * np.abs(gain) - 9 * self._noise(rest, gain)
        least = np.sqrt(np.maximum(least, 0.0)) if held is None else least
        peak = score >= least[:, None]
        peak &= _summits(score)
        peak[every, best] = False
        tops = self._climb(parts, every, best, score, product, scan)
        rows, places = np.divmod(np.flatnonzero(peak), peak.shape[1])
        if not len(rows):
            return tops, rows, tops.take(rows)
        others = self._climb(parts, rows, places, score, product, scan)
        first = np.lexsort((-others.gain, rows))
        first = first[np.unique(rows[first], return_index=True)[1]]   # the highest of the others
        rows, others = rows[first], others.take(first)
        swap = others.gain > tops.gain[rows]   # rare: the best place of the scan is not beside the best optimum
        lower = tops.take(rows[swap])
        tops.put(rows[swap], others.take(swap))
        others.put(np.flatnonzero(swap), lower)
        return tops, rows, others

    def _climb(self, parts: np.ndarray, rows: np.ndarray, best: np.ndarray, score: np.ndarray, product: np.ndarray, scan: Scan) -> Tops:
        """Newton's method from places of the scan to the top of the gain; from an end of the scan that is no bound it leads out: they stay there."""
        last = score.shape[1] - 1
        end = ((best == 0) & (not self.hard[0])) | ((best == last) & (not self.hard[1]))
        if end.any():
            faded = (best == 0) & self.faded[0] | (best == last) & self.faded[1]
            amplitude, places = product[rows, best], scan.places[best]
            gain = amplitude * amplitude if self.plan.held is None else score[rows, best]
            tops = Tops(places, self.begin[places], gain, amplitude, np.zeros(len(rows), bool), np.where(faded, 2, 0).astype(np.int8))
            inner = np.flatnonzero(~end)
            if len(inner):
                tops.put(inner, self._climb(parts, rows[inner], best[inner], score, product, scan))
            return tops
        s = scan.vertex(best, score, rows)
        places = np.rint(s).astype(np.intp)
        s += self.begin[places] - places
        powers = by_place(places, lambda order: np.take(parts, order if len(rows) == len(parts) else rows[order], axis=0)[:, self.size:].T, self.table)
        sizes = None if self.plan.held is None else np.ascontiguousarray(self.others[places, :, 0].T)
        with np.errstate(all="ignore"):
            for _ in range(_BLIND):
                s += self._look(powers[:_ROUGH], None if sizes is None else sizes[:_ROUGH], s)[1]
            s, gain, amplitude, arrived = self._last_steps(powers, sizes, s)
            for _ in range(_STEPS - _BLIND):
                moving = np.flatnonzero(~arrived & np.isfinite(s))
                if not len(moving):
                    break
                s[moving], gain[moving], amplitude[moving], arrived[moving] = self._last_steps(powers[:, moving], None if sizes is None else sizes[:, moving], s[moving])
        pinned = np.zeros(len(rows), np.int8)
        slow = np.flatnonzero(~arrived)
        if len(slow):
            some = None if sizes is None else sizes[:, slow]
            s[slow], gain[slow], amplitude[slow], arrived[slow], pinned[slow] = self._carefully(powers[:, slow], some, places[slow], len(self.begin) - 1)
        arrived &= self.smooth[places]
        return Tops(places, s, gain, amplitude, arrived, pinned)

    def _last_steps(self, powers: np.ndarray, sizes: np.ndarray | None, s: np.ndarray):
        """Places after a step, gain and y.u there to third order in it, and where it was the last: the next would be its square."""
        value, step, curvature, amplitude, slope = self._look(powers, sizes, s)
        amplitude = amplitude + step * slope / 2
        gain = amplitude * amplitude if sizes is None else value - curvature * step * step / 2
        s = s + step
        return s, gain, amplitude, (np.abs(step) < _CLOSE) & (curvature < 0) & (np.abs(s) <= 1)

    def _carefully(self, powers, sizes, places, last):
        """The highest point of a panel by a fine scan and bracketed Newton steps."""
        mesh = np.linspace(-1.0, 1.0, 33)
        value = np.vander(mesh, len(powers), increasing=True) @ powers
        size = 0.0 if sizes is None else self.plan.held * np.exp(np.vander(mesh, len(sizes), increasing=True) @ sizes)
        top = np.argmax(value**2 if sizes is None else size * (2 * value - size), axis=0)
        sides = np.where((places == 0) & self.hard[0] & (top == 0), -1, np.where((places == last) & self.hard[1] & (top == 32), 1, 0))
        s, low, high = mesh[top], mesh[np.maximum(top - 1, 0)], mesh[np.minimum(top + 1, 32)]
        for _ in range(40):
            with np.errstate(all="ignore"):
                _, step, curvature, *_ = self._look(powers, sizes, s)
            uphill = np.where(curvature < 0, step, -step) > 0
            low, high = np.where(uphill, s, low), np.where(uphill, high, s)
            newton = (curvature < 0) & (s + step >= low) & (s + step <= high)
            new = np.where(newton, s + step, (low + high) / 2)
            moved, s = np.abs(new - s), new
            if np.all((moved < np.where(newton, 1e-6, 1e-9)) | (np.abs(s) > 1 - 1e-3) & (moved < 1e-4)):   # the next step of Newton would be its square; what creeps to an end of its panel ends there
                break
        pinned = np.where((sides != 0) & (np.abs(s - sides) < 1e-3), sides, 0).astype(np.int8)
        s = np.where(pinned != 0, pinned.astype(float), s)
        gain, _, _, amplitude, _ = self._look(powers, sizes, s)
        return s, gain, amplitude, (np.abs(s) < 1 - 1e-3) | (pinned != 0), pinned

    def _look(self, powers: np.ndarray, sizes: np.ndarray | None, s: np.ndarray):
        """Fall of the sum of squares at s, Newton's step, the sign of its curvature, y.u and its slope."""
        value, slope, curvature = horner(powers, s)
        if sizes is None:   # at the top of (y.u)^2 its slope vanishes with that of y.u
            return value * value, -slope / curvature, curvature * value, value, slope
        n, n1, n2 = horner(sizes, s)
        size = self.plan.held * np.exp(n)   # 2 c g.y - c^2 g.g with g = exp(n) u
        first = 2 * size * (n1 * value + slope - size * n1)
        second = 2 * size * (n1 * (n1 * value + slope) + n2 * value + n1 * slope + curvature - size * (2 * n1 * n1 + n2))
        return size * (2 * value - size), -first / second, second, value, slope

    def _unit(self, place: np.ndarray, s: np.ndarray) -> np.ndarray:
        """u(q) in the small space, shape (G, r)."""
        return by_place(place, lambda order: powers_of(s[order], self.table.shape[1]), self.table.transpose(0, 2, 1)).T


def _summits(score: np.ndarray) -> np.ndarray:
    """Where a row (G, S) is higher than its neighbours, its ends included; as one long row, which is quicker."""
    rising, flat = np.empty(score.shape, bool), score.ravel()
    np.greater(flat[1:], flat[:-1], out=rising.ravel()[1:])
    rising[:, 0] = False
    found = np.ones(score.shape, bool)
    np.logical_not(rising.ravel()[1:], out=found.ravel()[:-1])   # no rise to the next
    rising[:, 0] = True
    found &= rising
    return found


def by_place(places: np.ndarray, columns: Callable[[np.ndarray], np.ndarray], tables: np.ndarray) -> np.ndarray:
    """The table (C, R) of its place times the column of each curve, shape (C, G): one product for all curves of a place. ``columns(order)`` gives (R, G)."""
    order = np.argsort(places.astype(np.int16), kind="stable")
    ends = np.searchsorted(places[order], np.arange(len(tables) + 1))
    ordered, products = columns(order), np.empty((tables.shape[1], len(order)))
    for place in np.flatnonzero(np.diff(ends)):
        part = slice(ends[place], ends[place + 1])
        np.matmul(tables[place], ordered[:, part], out=products[:, part])
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return np.take(products, back, axis=1)


def powers_of(s: np.ndarray, count: int) -> np.ndarray:
    """1, s, s^2, ... shape (count, G)."""
    found = np.ones((count, len(s)))
    for row in range(1, count):
        np.multiply(found[row - 1], s, out=found[row])
    return found


def horner(coefficients: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value and two derivatives of polynomials, coefficients (K, G), at s (G,)."""
    if len(s) < 256:   # the loop would be all overhead
        powers, order = np.vander(s, len(coefficients), increasing=True).T, np.arange(len(coefficients))[:, None]
        return (np.einsum("kg,kg->g", coefficients, powers), np.einsum("kg,kg->g", coefficients[1:] * order[1:], powers[:-1]),
                np.einsum("kg,kg->g", coefficients[2:] * (order[2:] * (order[2:] - 1)), powers[:-2]))
    value, slope, half = coefficients[-1] * s, coefficients[-1].copy(), np.zeros_like(s)
    value += coefficients[-2]
    for row in coefficients[-3::-1]:
        half *= s
        half += slope
        slope *= s
        slope += value
        value *= s
        value += row
    return value, slope, 2 * half
