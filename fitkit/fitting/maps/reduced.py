"""Curves on one grid with at most one nonlinear parameter q: fitted in the small space that the law can reach.

With the linear columns projected out and the varying column g(q) made a unit vector u(q), the sum of squares is
|y|^2 - (y.u(q))^2. All over its scan u(q) spans some twenty dimensions to twelve digits, so that the data are projected
once, in one matrix product; between neighbours of a place of the scan y.u(q) is a polynomial whose coefficients follow from a
dozen products in the small space. The price does not depend on the price of the law.

a = y.u and q are independent: var(a) = s^2, var(q) = s^2/|a u'|^2; the errors of the parameters follow from these.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...model import accepted
from ..many import _derivative, _Plan

_NODES = 16         # of a panel, which reaches from the place before to the one after a place of the scan
_TAIL = 1e-12       # of its polynomials, relative to their largest coefficient
_RANK = 1e-12       # singular values, relative to the largest, that count as directions of the family
_LEFT = 2e-12       # what the small space may leave of a unit column
_SEEN = 1e-5        # of a column that must be left once the linear ones are taken out, or must change to the next place
_MOST = 0.6         # of the points; a family that spans more is not worth projecting
_NUMBERS = 4e6      # in the tabulated family
_EXTRA = 30         # places added on each side of the scan, at most
_CACHED = 256       # rows that are projected at once
_STEPS = 3          # of Newton's method from the vertex of three places of the scan
_NEAR = 0.1         # part of the gain of the best place of the scan within which others are looked at


@dataclass
class Found:
    """Optima of G curves; V free parameters in the order of the plan [SI].

    The V parameters follow from E independent amplitudes: ``spread[v][e]`` is the derivative, ``widths[e]`` the standard
    deviation of the amplitude in units of the noise. ``without`` is the sum of squares without the signal of the law.
    ``pinned`` is -1 or 1 where q stands at its lower or upper bound, 2 where the law has faded into the background, ``settled``
    False where the optimum was not found here,
    ``seen`` the change of the weighted curve by a factor e in q, ``bounds`` what cautions look at (:class:`lanes.Group`).
    ``rivals``: rows, parameters and sums of squares of second optima. ``residuals()`` are weighted.
    """

    theta: np.ndarray
    chi2: np.ndarray
    without: np.ndarray
    admissible: np.ndarray
    settled: np.ndarray
    pinned: np.ndarray
    spread: list[list]
    widths: list
    seen: np.ndarray
    bounds: dict[str, tuple[np.ndarray, np.ndarray]]
    rivals: tuple[np.ndarray, np.ndarray, np.ndarray]
    residuals: Callable[[], np.ndarray]

    @property
    def deviations(self) -> np.ndarray:
        """Standard deviations of the parameters in units of the noise, shape (G, V)."""
        found = np.zeros_like(self.theta)
        for v, row in enumerate(self.spread):
            square = 0.0
            for one, width in zip(row, self.widths):
                if not (np.isscalar(one) and one == 0.0):
                    part = one * width
                    square = square + part * part
            found[:, v] = np.sqrt(square)
        return found


@dataclass
class _Tops:
    """Tops of the gain: panel, place in it, gain, y.u, whether it was reached, the side of a bound (-1, 0, 1; 2 where the law fades)."""

    place: np.ndarray
    s: np.ndarray
    gain: np.ndarray
    amplitude: np.ndarray
    arrived: np.ndarray
    pinned: np.ndarray

    def take(self, rows: np.ndarray) -> _Tops:
        return _Tops(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


class NotFinite(Exception):
    """Curves with gaps where none were expected."""


class Reduced:
    """The tables of a plan with at most one varying column.

    Raises
    ------
    ValueError
        The plan has another form, or the family of columns spans too many dimensions or is not smooth.
    """

    def __init__(self, plan: _Plan):
        if plan.way not in (plan._reduced, plan._linear):
            raise ValueError("several nonlinear parameters or varying columns")
        self.plan, self.free = plan, plan.free
        self.size, self.points = len(plan.norms), len(plan.curve.y)
        self.back = np.linalg.solve(plan.R, np.eye(self.size)) / plan.norms[:, None] if self.size else np.empty((0, 0))  # from parts in Q to coefficients
        self.basis = plan.Q
        self.quiet = self._quiet()
        if plan.scanned:
            self._tabulate()
        self.padded = np.pad(self.basis, ((0, 0), (0, -self.basis.shape[1] % 8)))   # products of whole registers are quicker

    @property
    def width(self) -> int:
        """Numbers of one curve in the largest work array."""
        return self.table[0].size if self.plan.scanned else self.points

    def _quiet(self) -> np.ndarray:
        """Orthonormal columns (N, k) of a fit without the signal of the law."""
        plan, model = self.plan, self.plan.model
        kept = [row for row, column in enumerate(plan.moves) if model.null or column not in model.signal]
        kept += range(len(plan.moves), self.size)
        if len(kept) == self.size:
            return plan.Q
        return np.linalg.qr((plan.Q @ plan.R)[:, kept])[0] if kept else np.empty((self.points, 0))

    # -- tables ----------------------------------------------------------------------------------------------------------
    def _tabulate(self) -> None:
        plan = self.plan
        points = self._places()
        ends = np.concatenate([[points[0] if self.hard[0] else 2 * points[0] - points[1]], points,
                               [points[-1] if self.hard[1] else 2 * points[-1] - points[-2]]])
        self.middle, self.half = (ends[2:] + ends[:-2]) / 2, (ends[2:] - ends[:-2]) / 2
        self.begin = (points - self.middle) / self.half
        angle = np.pi * (np.arange(_NODES) + 0.5) / _NODES
        columns, inside, size = self._projected((self.middle[:, None] + self.half[:, None] * np.cos(angle)).ravel())
        scanned, _, self.scan_size = self._projected(points)
        unit = columns / size[:, None]
        lost = np.sqrt(size**2 + np.einsum("sq,sq->s", inside, inside)) / size   # digits that the projection has cost
        self.U = _directions(unit, np.maximum(_LEFT, 1e-15 * lost))
        self.basis = np.concatenate([plan.Q, self.U], axis=1)
        self.scan = np.ascontiguousarray((scanned / self.scan_size[:, None] @ self.U).T)

        shape = (len(points), _NODES)
        small, size, inside = (unit @ self.U).reshape(*shape, -1), size.reshape(shape), inside.reshape(*shape, -1)
        series = np.cos(np.outer(np.arange(_NODES), angle)) * (2 / _NODES)
        series[0] /= 2
        slope = np.cos(np.outer(angle, np.arange(_NODES))) @ _derivative(_NODES) @ series   # values at the nodes -> derivatives there
        log_size = np.log(size)
        bend = np.sum((slope @ small) ** 2, axis=2)
        whole = np.sum((slope @ inside) ** 2, axis=2) / size**2 + (log_size @ slope.T) ** 2 + bend
        rest = np.concatenate([log_size[:, :, None], bend[:, :, None], whole[:, :, None], inside @ self.back.T / size[:, :, None]], axis=2)
        coefficients = series @ small
        largest = np.abs(coefficients).max(axis=(1, 2))
        self.smooth = np.abs(coefficients[:, -2:]).max(axis=(1, 2)) <= _TAIL * largest
        if not np.any(self.smooth):
            raise ValueError("not smooth enough in its parameter")
        order = int(np.flatnonzero(np.abs(coefficients[self.smooth]).max(axis=(0, 2)) > 3e-14)[-1]) + 1
        self.table = np.ascontiguousarray(_powers_of_chebyshev(order) @ coefficients[:, :order])
        self.turned = np.ascontiguousarray(self.table.transpose(0, 2, 1))
        rest = series @ rest
        tails = np.abs(rest[self.smooth]).max(axis=0) > 3e-14 * np.abs(rest[self.smooth]).max(axis=(0, 1))
        order = int(np.flatnonzero(tails.any(axis=1))[-1]) + 1
        self.others = np.ascontiguousarray(_powers_of_chebyshev(order) @ rest[:, :order])
        slopes = np.zeros_like(self.others)
        slopes[:, :-1] = self.others[:, 1:] * np.arange(1, order)[:, None]
        self.sloped = np.concatenate([self.others, slopes], axis=2)
        raw = plan.curve.model.coefficient_columns(plan.curve.x, self._nonlinear(points), plan.curve.function_known)[plan.place]
        self.swing, self.largest = _range(np.ptp(raw, axis=1)), _range(np.abs(raw).max(axis=1))

    def _places(self) -> np.ndarray:
        """Places of the scan in the coordinate of the panels, out to the bounds where these can be reached; cut where the law fades or changes no more."""
        plan = self.plan
        index = plan.curve.names.index(plan.scanned[0])
        low, high = plan.low[index], plan.high[index]
        if plan.log:
            low, high = math.log(low) if low > 0 else -math.inf, math.log(high)
        points = np.log(plan.grid) if plan.log else plan.grid
        margin = 1e-6 * (points[-1] - points[0])
        points = points[(points > low + margin) & (points < high - margin)]
        if len(points) < 3:
            raise ValueError("too few places to scan")
        before, after = (_outward(points[0], low, points[1] - points[0]), _outward(points[-1], high, points[-1] - points[-2]))
        self.hard = before is not None, after is not None
        points = np.concatenate([[] if before is None else before[::-1], points, [] if after is None else after])
        columns, inside, size = self._projected(points)
        unit = columns / size[:, None]
        scale = 1.0 if plan.held is None else size / size[:1]
        moves = np.sqrt(np.sum(np.diff(unit * np.reshape(scale, (-1, 1)), axis=0) ** 2, axis=1)) / (np.minimum(scale[1:], scale[:-1]) if plan.held is not None else 1.0)
        clear = np.flatnonzero(size**2 > _SEEN**2 * (size**2 + np.einsum("sq,sq->s", inside, inside)))
        turns = np.flatnonzero(moves > _SEEN)
        if len(clear) < 3 or len(turns) < 3:
            raise ValueError("too few places to scan")
        first, last = max(int(clear[0]), int(turns[0])), min(int(clear[-1]), int(turns[-1]) + 1)
        self.near = _NEAR if plan.held is not None else min(_NEAR, 0.75 * float(1 - np.einsum("sn,sn->s", unit[first:last], unit[first + 1: last + 1]).min()))
        self.faded = first > 0, last < len(points) - 1
        self.hard = self.hard[0] and not self.faded[0], self.hard[1] and not self.faded[1]
        return points[first: last + 1]

    def _nonlinear(self, places: np.ndarray) -> dict:
        plan = self.plan
        held = {name: plan.fixed[name] for name in plan.model.nonlinear if name in plan.fixed}
        return held | {plan.scanned[0]: (np.exp(places) if plan.log else places)[:, None]}

    def _projected(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Columns without their part in Q, this part, and the length of what is left."""
        plan = self.plan
        if len(places) * self.points > _NUMBERS:
            raise ValueError("too many points to tabulate")
        columns = plan._columns(np.exp(places) if plan.log else places)[plan.place]
        if columns.ndim != 2 or not np.all(np.isfinite(columns)):
            raise ValueError("not finite all over its scan")
        inside = columns @ plan.Q
        columns = columns - inside @ plan.Q.T
        again = columns @ plan.Q   # twice is enough
        columns, inside = columns - again @ plan.Q.T, inside + again
        size = np.sqrt(np.einsum("sn,sn->s", columns, columns))
        if not np.all(size > 0):
            raise ValueError("vanishes in its scan")
        return columns, inside, size

    # -- fits ------------------------------------------------------------------------------------------------------------
    def fit(self, Y: np.ndarray) -> Found:
        """Optima of the rows of ``Y`` [SI], shape (G, N).

        Raises
        ------
        NotFinite
            A number of ``Y`` is not finite.
        """
        plan = self.plan
        target = plan.curve.weigh(Y)
        if np.any(plan.shift):
            target = target - plan.shift
        parts, total = np.empty((len(target), self.padded.shape[1])), np.empty(len(target))
        for row in range(0, len(target), _CACHED):   # read twice from the cache, not from the memory
            piece = target[row: row + _CACHED]
            np.matmul(piece, self.padded, out=parts[row: row + _CACHED])
            np.einsum("gn,gn->g", piece, piece, out=total[row: row + _CACHED])
        if not np.all(np.isfinite(total)):
            raise NotFinite
        inside, small = parts[:, : self.size], parts[:, self.size: self.basis.shape[1]]
        rest = total - np.einsum("gq,gq->g", inside, inside)
        large = np.flatnonzero(~(rest > 0.01 * total))
        if len(large):   # a large background: the difference of squares would lose digits
            loose = target[large] - inside[large] @ plan.Q.T
            rest[large] = np.einsum("gn,gn->g", loose, loose)
        without = rest
        if self.quiet is not plan.Q:
            loose = target - (target @ self.quiet) @ self.quiet.T
            without = np.einsum("gn,gn->g", loose, loose)
        count = len(rest)
        if not plan.scanned:
            theta, admissible, change = self._physical(inside @ self.back.T, None, None)
            spread = [[sum(factor * self.back[row, base] for row, factor in one.items()) for base in range(self.size)] for one in change]
            return Found(theta, rest, without, admissible, np.ones(count, bool), np.zeros(count, np.int8), spread, [1.0] * self.size, np.full(count, np.inf), {},
                         (np.empty(0, int), np.empty((0, len(self.free))), np.empty(0)), lambda: target - inside @ plan.Q.T)
        tops, rows, others = self._optima(small, rest)
        theta, admissible, spread, widths, seen, c = self._solution(tops, inside)
        chi2 = rest - tops.gain

        def residuals(rows=slice(None)):
            near = tops.take(rows)
            size = near.amplitude if plan.held is None else c[rows] * np.exp(_horner(self.others[near.place, :, 0].T, near.s)[0])
            return target[rows] - np.concatenate([inside[rows], size[:, None] * self._unit(near.place, near.s)], axis=1) @ self.basis.T

        close = np.flatnonzero(chi2 < 1e-7 * rest)   # next to no noise: the difference of squares has lost its digits
        if len(close):
            left = residuals(close)
            chi2[close] = np.einsum("gn,gn->g", left, left)
        second = self._solution(others, inside[rows])[0] if len(rows) else np.empty((0, len(self.free)))
        return Found(theta, chi2, without, admissible, tops.arrived, tops.pinned, spread, widths, seen,
                     self._bounds(np.abs(c), tops.place), (rows, second, rest[rows] - others.gain), residuals)

    def _bounds(self, c: np.ndarray, place: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Bounds of the swing and the size of the part of the law, where it is one column alone."""
        if self.plan.count > 1:
            return {}
        return {name: (c * low[place], c * high[place]) for name, (low, high) in (("model swing", self.swing), ("model size", self.largest))}

    def _optima(self, small: np.ndarray, rest: np.ndarray) -> tuple[_Tops, np.ndarray, _Tops]:
        """The highest top of each curve; the rows that have a second one near it, and these."""
        held = self.plan.held
        product = small @ self.scan
        score = product * product if held is None else held * self.scan_size * (2 * product - held * self.scan_size)
        best = np.argmax(score, axis=1)
        every = np.arange(len(best))
        highest = score[every, best]
        rising = score[:, 1:] > score[:, :-1]
        peak = np.ones(score.shape, bool)
        peak[:, 1:] = rising
        peak[:, :-1] &= ~rising
        noise = (rest - highest) / max(self.points - len(self.free), 1)
        peak &= score >= (highest - self.near * np.abs(highest) - 9 * noise)[:, None]
        peak[every, best] = False
        tops = self._climb(small, every, best, score, product)
        rows, places = np.divmod(np.flatnonzero(peak), peak.shape[1])
        if not len(rows):
            return tops, rows, tops.take(rows)
        others = self._climb(small, rows, places, score, product)
        first = np.lexsort((-others.gain, rows))
        first = first[np.unique(rows[first], return_index=True)[1]]   # the highest of the others
        rows, others = rows[first], others.take(first)
        swap = others.gain > tops.gain[rows]   # rare: the best place of the scan is not beside the best optimum
        for name in _Tops.__dataclass_fields__:
            here, there = getattr(tops, name), getattr(others, name)
            here[rows[swap]], there[swap] = there[swap], here[rows[swap]].copy()
        return tops, rows, others

    def _climb(self, small: np.ndarray, rows: np.ndarray, places: np.ndarray, score: np.ndarray, product: np.ndarray) -> _Tops:
        """Newton's method from places of the scan to the top of the gain; from an end of the scan that is no bound it leads out: they stay there."""
        last = score.shape[1] - 1
        end = ((places == 0) & (not self.hard[0])) | ((places == last) & (not self.hard[1]))
        if end.any():
            faded = (places == 0) & self.faded[0] | (places == last) & self.faded[1]
            tops = _Tops(places.copy(), self.begin[places], score[rows, places], product[rows, places], np.zeros(len(rows), bool), np.where(faded, 2, 0).astype(np.int8))
            inner = np.flatnonzero(~end)
            if len(inner):
                found = self._climb(small, rows[inner], places[inner], score, product)
                for name in _Tops.__dataclass_fields__:
                    getattr(tops, name)[inner] = getattr(found, name)
            return tops
        before, here, after = (score[rows, np.clip(places + offset, 0, last)] for offset in (-1, 0, 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            vertex = 0.5 * (before - after) / (before - 2 * here + after)
        s = np.where((places > 0) & (places < last) & np.isfinite(vertex), 0.5 * np.clip(vertex, -1, 1), 0.0) + self.begin[places]
        powers = np.ascontiguousarray(_by_place(places, small if len(rows) == len(small) else small[rows], self.turned).T)
        sizes = None if self.plan.held is None else np.ascontiguousarray(self.others[places, :, 0].T)
        with np.errstate(all="ignore"):
            for _ in range(_STEPS):
                s = s + self._look(powers, sizes, s)[1]
            gain, step, curvature, amplitude, slope = self._look(powers, sizes, s)
            s = s + step
            amplitude = amplitude + step * slope / 2   # to third order in the last step
            gain = amplitude * amplitude if sizes is None else gain - curvature * step * step / 2
        arrived = (np.abs(step) < 1e-4) & (curvature < 0) & (np.abs(s) <= 1)   # the next step would be its square
        pinned = np.zeros(len(rows), np.int8)
        slow = np.flatnonzero(~arrived)
        if len(slow):
            some = None if sizes is None else sizes[:, slow]
            s[slow], gain[slow], amplitude[slow], arrived[slow], pinned[slow] = self._carefully(powers[:, slow], some, places[slow], last)
        arrived &= self.smooth[places]
        return _Tops(places.copy(), s, gain, amplitude, arrived, pinned)

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
        value, slope, curvature = _horner(powers, s)
        if sizes is None:   # at the top of (y.u)^2 its slope vanishes with that of y.u
            return value * value, -slope / curvature, curvature * value, value, slope
        n, n1, n2 = _horner(sizes, s)
        size = self.plan.held * np.exp(n)   # 2 c g.y - c^2 g.g with g = exp(n) u
        first = 2 * size * (n1 * value + slope - size * n1)
        second = 2 * size * (n1 * (n1 * value + slope) + n2 * value + n1 * slope + curvature - size * (2 * n1 * n1 + n2))
        return size * (2 * value - size), -first / second, second, value, slope

    def _unit(self, place: np.ndarray, s: np.ndarray) -> np.ndarray:
        """u(q) in the small space, shape (G, r)."""
        return np.einsum("gk,gkr->gr", np.vander(s, self.table.shape[1], increasing=True), self.table[place])

    def _solution(self, tops: _Tops, inside: np.ndarray):
        """Parameters of optima, whether they are admissible, and how they move with the independent amplitudes."""
        plan, place, s = self.plan, tops.place, tops.s
        found = np.ascontiguousarray(_by_place(place, np.vander(s, self.others.shape[1], increasing=True), self.sloped).T)
        rest, slopes = found[: len(found) // 2], found[len(found) // 2:]
        n, bend, whole, linear = rest[0], np.maximum(rest[1], 0.0), np.maximum(rest[2], 0.0), rest[3:]
        n1, linear1 = slopes[0], slopes[3:]
        size = np.exp(n)
        if plan.held is None:
            a = tops.amplitude
            c = a / size
        else:
            c = np.full(len(s), float(plan.held))
            a = c * size
        at = self.middle[place] + self.half[place] * s
        q = np.exp(at) if plan.log else at
        solved = inside @ self.back.T - (a * linear).T
        theta, admissible, change = self._physical(solved, c, q)
        by_s = self.half[place] * q if plan.log else self.half[place]
        with np.errstate(divide="ignore"):
            if plan.held is None:
                by_a = [*(-linear), 1 / size, 0.0]
                by_s = [*(-a * linear1), -c * n1, by_s]
                widths = [1.0] * self.size + [1.0, 1 / (np.abs(a) * np.sqrt(bend))]
            else:
                by_a = None
                by_s = [*(-a * (linear1 + n1 * linear)), 0.0, by_s]
                widths = [1.0] * self.size + [1 / (np.abs(a) * np.sqrt(bend + n1**2))]
        spread = []
        for one in change:
            row = [sum(factor * self.back[base, e] for base, factor in one.items() if base < self.size) for e in range(self.size)]
            row += [] if by_a is None else [sum(factor * by_a[base] for base, factor in one.items())]
            spread.append([*row, sum(factor * by_s[base] for base, factor in one.items())])
        seen = np.abs(a) * np.sqrt(whole) / self.half[place] * (1.0 if plan.log else np.abs(q))
        return theta, admissible, spread, widths, seen, c

    def _physical(self, solved: np.ndarray, c: np.ndarray | None, q: np.ndarray | None):
        """Free parameters (G, V) of coefficients, whether they are admissible, and for each the derivatives by the coefficients.

        The coefficients count as: linear columns, the varying one, q.
        """
        plan, model = self.plan, self.plan.model
        names = [plan.curve.names[index] for index in self.free]
        theta, change = np.empty((len(solved), len(names))), []
        values, slopes = {}, {}
        if model.coefficients is None:
            for row, column in enumerate(plan.moves):
                values[model.linear[column]], slopes[model.linear[column]] = solved[:, row], {row: 1.0}
            if c is not None and plan.held is None:
                values[model.linear[plan.place]], slopes[model.linear[plan.place]] = c, {self.size: 1.0}
            admissible = np.ones(len(solved), bool)
        else:
            coefficients = np.empty((plan.count, len(solved)))
            for row, column in enumerate(plan.moves):
                coefficients[column] = solved[:, row]
            if c is not None:
                coefficients[plan.place] = c
            values, slopes = self._converted(coefficients, q)
            admissible = np.all([np.isfinite(one) for one in values.values()], axis=0)
        if q is not None:
            values[plan.scanned[0]], slopes[plan.scanned[0]] = q, {self.size + 1: 1.0}
        background = plan.curve.names[plan.curve.model_size:]
        for row, index in enumerate(plan.background_free):
            values[background[index]], slopes[background[index]] = solved[:, len(plan.moves) + row], {len(plan.moves) + row: 1.0}
        for v, name in enumerate(names):
            theta[:, v] = values[name]
            change.append(slopes[name])
        low, high = plan.low[self.free], plan.high[self.free]
        open_ = np.isinf(low) & np.isinf(high)
        self_bound = [v for v in range(len(names)) if not open_[v] and (q is None or names[v] != plan.scanned[0])]
        for v in self_bound:   # a linear parameter outside its bounds is no optimum
            admissible &= (theta[:, v] >= low[v]) & (theta[:, v] <= high[v]) | ~np.isfinite(theta[:, v])
        return theta, admissible, change

    def _converted(self, coefficients: np.ndarray, q: np.ndarray | None):
        """The law's own parameters of its coefficients, with their derivatives (central differences)."""
        plan = self.plan
        slots = {column: row for row, column in enumerate(plan.moves)} | ({plan.place: self.size} if q is not None else {})
        values = self._to_parameters(coefficients, q)
        slopes: dict[str, dict[int, np.ndarray]] = {name: {} for name in values}
        for column, slot in slots.items():
            step = 6e-6 * np.where(coefficients[column] != 0, np.abs(coefficients[column]), 1.0)
            up, down = coefficients.copy(), coefficients.copy()
            up[column], down[column] = coefficients[column] + step, coefficients[column] - step
            above, below = self._to_parameters(up, q), self._to_parameters(down, q)
            for name in values:
                slopes[name][slot] = (above[name] - below[name]) / (up[column] - down[column])
        if q is not None:
            up, down = q * (1 + 6e-6), q * (1 - 6e-6)
            above, below = self._to_parameters(coefficients, up), self._to_parameters(coefficients, down)
            for name in values:
                slopes[name][self.size + 1] = (above[name] - below[name]) / (up - down)
        return values, slopes

    def _to_parameters(self, coefficients: np.ndarray, q: np.ndarray | None) -> dict[str, np.ndarray]:
        """to_parameters of the law for all curves, NaN where inadmissible: at once where it takes arrays, else one by one."""
        plan, model = self.plan, self.plan.model
        nonlinear = {} if q is None else {plan.scanned[0]: q}
        change = model.coefficients.to_parameters
        others = {name: plan.fixed[name] for name in model.nonlinear if name in plan.fixed} | plan.curve.function_known
        try:
            with np.errstate(all="ignore"):
                found = change(coefficients, *plan.curve.x, **accepted(change, others | nonlinear))
            if all(np.shape(one) == (coefficients.shape[1],) for one in found.values()):
                return {name: one for name, one in found.items() if name not in plan.fixed}
        except (TypeError, ValueError, AttributeError):
            pass
        return {name: one for name, one in plan._of_coefficients(coefficients, nonlinear, coefficients.shape[1]).items() if name not in plan.fixed}


def _directions(unit: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    """Orthonormal directions (N, r) that hold each unit column to its tolerance.

    Raises
    ------
    ValueError
        They are too many to be worth it.
    """
    weighted = unit * (tolerance.min() / tolerance)[:, None]
    basis = np.empty((0, unit.shape[1]))
    for _ in range(4):
        rest = weighted - (weighted @ basis.T) @ basis
        left = np.sqrt(np.einsum("sn,sn->s", rest, rest))
        if left.max() <= tolerance.min():
            break
        worst = rest[left > tolerance.min()]
        _, singular, vt = np.linalg.svd(worst[:: max(1, len(worst) // 300)], full_matrices=False)
        added = vt[singular > max(_RANK * singular[0], 0.1 * tolerance.min())]
        added = added - (added @ basis.T) @ basis
        basis = np.concatenate([basis, np.linalg.qr(added.T)[0].T])
        if len(basis) > _MOST * unit.shape[1]:
            raise ValueError("the family of columns spans too many dimensions")
    else:
        raise ValueError("the family of columns is not held by a small space")
    return np.ascontiguousarray(basis.T)


def _by_place(places: np.ndarray, rows: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Each of the rows (G, R) times the table (R, C) of its place, shape (G, C): one product for all rows of a place."""
    order = np.argsort(places.astype(np.int16), kind="stable")
    ends = np.searchsorted(places[order], np.arange(len(tables) + 1))
    ordered, products, found = rows[order], np.empty((len(rows), tables.shape[2])), np.empty((len(rows), tables.shape[2]))
    for place in np.flatnonzero(np.diff(ends)):
        part = slice(ends[place], ends[place + 1])
        np.matmul(ordered[part], tables[place], out=products[part])
    found[order] = products
    return found


def _outward(end: float, bound: float, step: float) -> np.ndarray | None:
    """Places from the end of a scan out to a bound, the bound included; None where it is too far."""
    if not math.isfinite(bound):
        return None
    count = math.ceil(abs(bound - end) / step)
    count = math.ceil(count / math.ceil(count / _EXTRA))
    return np.linspace(end, bound, count + 1)[1:] if abs(bound - end) < 2 * _EXTRA * step else None


def _range(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds within the panels of what was looked up at the places of the scan."""
    around = np.stack([values, np.roll(values, 1), np.roll(values, -1)])
    around[1, 0] = around[2, -1] = np.nan
    return np.nanmin(around, axis=0) / 1.02, np.nanmax(around, axis=0) * 1.02


def _powers_of_chebyshev(size: int) -> np.ndarray:
    """Matrix from coefficients of T_k to those of s^k."""
    return np.stack([np.pad(np.polynomial.chebyshev.cheb2poly(np.eye(size)[k]), (0, size))[:size] for k in range(size)], axis=1)


def _horner(coefficients: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value and two derivatives of polynomials, coefficients (K, G), at s (G,)."""
    if len(s) < 256:   # the loop would be all overhead
        powers, order = np.vander(s, len(coefficients), increasing=True).T, np.arange(len(coefficients))[:, None]
        return (np.einsum("kg,kg->g", coefficients, powers), np.einsum("kg,kg->g", coefficients[1:] * order[1:], powers[:-1]),
                np.einsum("kg,kg->g", coefficients[2:] * (order[2:] * (order[2:] - 1)), powers[:-2]))
    value, slope, half = coefficients[-1].copy(), np.zeros_like(s), np.zeros_like(s)
    for row in coefficients[-2::-1]:
        half *= s
        half += slope
        slope *= s
        slope += value
        value *= s
        value += row
    return value, slope, 2 * half
