"""Curves on one grid with at most one nonlinear parameter q: fitted in the small space that the law can reach.

With the linear columns projected out and the varying column g(q) made a unit vector u(q), the sum of squares is
|y|^2 - (y.u(q))^2. All over its scan u(q) spans some twenty dimensions to twelve digits, so that the data are projected
once, in one matrix product; between neighbours of a place of the scan y.u(q) is a polynomial whose coefficients follow from a
dozen products in the small space. The price does not depend on the price of the law.

a = y.u and q are independent: var(a) = s^2, var(q) = s^2/|a u'|^2; the errors of the parameters follow from these.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...model import accepted
from .climb import Climb, Tops, by_place, horner, powers_of

_SMALL = 1e6        # multiplications of a matrix product up to which the BLAS multiplies in place, without copies of its own
_STEP = 3e-8        # of a coefficient, relative


@dataclass
class Found:
    """Optima of G curves; V free parameters in the order of the plan [SI].

    The V parameters follow from E independent amplitudes: ``spread[v][e]`` is the derivative, ``widths[e]`` the standard
    deviation of the amplitude in units of the noise. ``without`` is the sum of squares without the signal of the law.
    ``admissible`` is False where the law goes the other way, ``outside`` True where a linear parameter lies beyond another bound than that.
    ``pinned`` is -1 or 1 where q stands at its lower or upper bound, 2 where the law has faded into the background, ``settled``
    False where the optimum was not found here,
    ``seen`` the change of the weighted curve by a factor e in q, ``column`` the size of the one column of
    the law and the panel it lies in, None where there are several.
    ``rivals``: rows, parameters and sums of squares of second optima. ``residuals`` are weighted.
    """

    theta: np.ndarray
    chi2: np.ndarray
    without: np.ndarray
    admissible: np.ndarray
    outside: np.ndarray
    settled: np.ndarray
    pinned: np.ndarray
    spread: list[list]
    widths: list
    seen: np.ndarray
    column: tuple[np.ndarray, np.ndarray] | None
    rivals: tuple[np.ndarray, np.ndarray, np.ndarray]
    residuals: _Residuals

    @property
    def deviations(self) -> np.ndarray:
        """Standard deviations of the parameters in units of the noise, shape (G, V)."""
        found = np.empty_like(self.theta)   # a column is contiguous in both
        for v, row in enumerate(self.spread):
            square = 0.0
            for one, width in zip(row, self.widths):
                if not (np.isscalar(one) and one == 0.0):
                    part = one if np.isscalar(width) and width == 1.0 else one * width
                    square = square + part * part
            found[:, v] = np.sqrt(square)
        return found


@dataclass
class _Residuals:
    """Targets (G, N) less combinations ``fitted(rows)`` (G, r) of columns (N, r)."""

    target: np.ndarray
    fitted: Callable[[np.ndarray | slice], np.ndarray]
    columns: np.ndarray

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Residuals of some curves."""
        return self.target[rows] - self.fitted(rows) @ self.columns.T

    def sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Sums of squares and of products of neighbours, shape (G,) each."""
        fitted, columns = self.fitted(slice(None)), np.ascontiguousarray(self.columns.T)
        square, lagged = np.empty((2, len(fitted), 1, 1))
        step = max(8, int(_SMALL / columns.size))
        for row in range(0, len(fitted), step):   # in the cache
            piece = slice(row, row + step)
            rest = fitted[piece] @ columns
            np.subtract(self.target[piece], rest, out=rest)
            np.matmul(rest[:, None], rest[:, :, None], out=square[piece])
            np.matmul(rest[:, None, 1:], rest[:, :-1, None], out=lagged[piece])
        return square[:, 0, 0], lagged[:, 0, 0]


class NotFinite(Exception):
    """Curves with gaps where none were expected."""


class Reduced(Climb):
    """The fits of a plan with at most one varying column."""

    @property
    def width(self) -> int:
        """Numbers of one curve in the largest work array."""
        return self.table[0].size if self.plan.scanned else self.points

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
        parts, total = np.empty((len(target), self.basis.shape[1])), np.empty((len(target), 1, 1))
        product = np.empty((len(target), self.thin.unit.shape[1]))
        step = max(8, int(_SMALL / self.basis.size))
        for row in range(0, len(target), step):   # read from the memory once
            piece = slice(row, row + step)
            np.matmul(target[piece], self.basis, out=parts[piece])
            np.matmul(target[piece, None], target[piece, :, None], out=total[piece])
            np.matmul(parts[piece, self.size:], self.thin.unit, out=product[piece])
        total = total[:, 0, 0]
        if not np.all(np.isfinite(total)):
            raise NotFinite
        inside = parts[:, : self.size]
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
            theta, admissible, outside, change = self._physical(inside @ self.back.T, None, None)
            spread = [[sum(factor * self.back[row, base] for row, factor in one.items()) for base in range(self.size)] for one in change]
            return Found(theta, rest, without, admissible, outside, np.ones(count, bool), np.zeros(count, np.int8), spread, [1.0] * self.size, np.full(count, np.inf), None,
                         (np.empty(0, int), np.empty((0, len(self.free))), np.empty(0)), _Residuals(target, lambda rows: inside[rows], plan.Q))
        tops, rows, others = self._optima(parts, product, rest)
        theta, admissible, outside, spread, widths, seen, c = self._solution(tops, inside)
        chi2 = rest - tops.gain

        def fitted(rows):
            near = tops.take(rows)
            size = near.amplitude if plan.held is None else c[rows] * np.exp(horner(self.others[near.place, :, 0].T, near.s)[0])
            return np.concatenate([inside[rows], size[:, None] * self._unit(near.place, near.s)], axis=1)

        residuals = _Residuals(target, fitted, self.basis)
        close = np.flatnonzero(chi2 < 1e-7 * rest)   # next to no noise: the difference of squares has lost its digits
        if len(close):
            left = residuals.of(close)
            chi2[close] = np.einsum("gn,gn->g", left, left)
        second = self._solution(others, inside[rows])[0] if len(rows) else np.empty((0, len(self.free)))
        return Found(theta, chi2, without, admissible, outside, tops.arrived, tops.pinned, spread, widths, seen,
                     (np.abs(c), tops.place) if plan.count == 1 else None, (rows, second, rest[rows] - others.gain), residuals)

    def bounds(self, name: str, size: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(low, high) of the "model swing" or the "model size" [SI] of columns of a size in a panel."""
        low, high = {"model swing": self.swing, "model size": self.largest}[name]
        return size * low[place], size * high[place]

    def _solution(self, tops: Tops, inside: np.ndarray):
        """Parameters of optima, whether they are admissible and whether outside their bounds, and how they move with the independent amplitudes."""
        plan, place, s = self.plan, tops.place, tops.s
        found = by_place(place, lambda order: powers_of(s[order], self.others.shape[1]), self.sloped)
        count = 3 + self.size
        n, bend, whole, linear = found[0], np.maximum(found[1], 0.0), np.maximum(found[2], 0.0), found[3:count]
        n1, linear1 = found[count], found[count + 1:]
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
        theta, admissible, outside, change = self._physical(solved, c, q)
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
        return theta, admissible, outside, spread, widths, seen, c

    def _physical(self, solved: np.ndarray, c: np.ndarray | None, q: np.ndarray | None):
        """Free parameters (G, V) of coefficients, whether they are admissible and whether outside their bounds, and for each the derivatives by the coefficients.

        The coefficients count as: linear columns, the varying one, q.
        """
        plan, model = self.plan, self.plan.model
        names = [plan.curve.names[index] for index in self.free]
        theta, change = np.empty((len(names), len(solved))).T, []
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
        outside = np.zeros(len(solved), bool)
        for v in self_bound:   # a linear parameter outside its bounds is no optimum
            beyond = (theta[:, v] < low[v]) | (theta[:, v] > high[v])
            if self.free[v] < plan.curve.model_size and (low[v], high[v]) == (0.0, np.inf):
                admissible &= ~beyond   # the law goes the other way
            else:
                outside |= beyond
        return theta, admissible, outside, change

    def _converted(self, coefficients: np.ndarray, q: np.ndarray | None):
        """The law's own parameters of its coefficients, with their derivatives: forward differences, of which seven digits are right."""
        plan = self.plan
        slots = {column: row for row, column in enumerate(plan.moves)} | ({plan.place: self.size} if q is not None else {})
        values = self._to_parameters(coefficients, q)
        slopes: dict[str, dict[int, np.ndarray]] = {name: {} for name in values}
        for column, slot in slots.items():
            up = coefficients.copy()
            up[column] += _STEP * np.where(up[column] != 0, up[column], 1.0)
            above = self._to_parameters(up, q)
            for name in values:
                slopes[name][slot] = (above[name] - values[name]) / (up[column] - coefficients[column])
        if q is not None:
            above = self._to_parameters(coefficients, q * (1 + _STEP))
            for name in values:
                slopes[name][self.size + 1] = (above[name] - values[name]) / (q * (1 + _STEP) - q)
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
