"""Curves each with a grid, errors and gaps of its own, all at once by Levenberg-Marquardt steps on their own points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...background import BACKGROUNDS
from ..many import _lowest_two, _Plan, law_and_gradient
from ..problem import Curve
from .batch import Optima
from .descent import best_of, last_step
from .projected import Projected
from .scan import columns_at, left_over, mesh_of, quiet_columns, started, vertices

_MOST = 25    # steps; a curve that wants more lies in a bent valley and takes the ordinary path
_CELLS = 4096 # of equal size in which the bins are looked up
_BINS = 48    # common bins on whose averages the starts are scanned for


class Scattered:
    """The fits of curves with grids of their own.

    Parameters
    ----------
    curve
        The law bound to any one of the curves.
    fixed, limits
        Parameters that stay, and (low, high) of every parameter [SI].
    """

    def __init__(self, curve: Curve, fixed: Mapping[str, float], limits: Sequence[tuple[float, float]]):
        self.curve, self.fixed, self.limits = curve, dict(fixed), list(limits)
        self.free = np.array([index for index, name in enumerate(curve.names) if name not in fixed], int)

    def fit(self, x: Sequence[np.ndarray], Y: np.ndarray, weights: np.ndarray, extra: Mapping[str, np.ndarray]) -> Optima:
        """Optima of curves.

        Parameters
        ----------
        x, Y, weights
            Shape (G, N); the points of a curve come first in its row, then finite numbers of weight 0. ``weights`` are 1/error.
        extra
            Further columns by name, for a background.
        """
        rows = Points(self.curve, x, Y, weights, extra)
        starts, admissible, plan = self._starts(rows)
        low, high = (np.array([pair[side] for pair in self.limits]) for side in (0, 1))
        free = self.free
        log = np.array([self.curve.params[index].positive and low[index] >= 0 for index in free], bool)
        way = Projected.of(plan, rows, [index for index, name in enumerate(self.curve.names[self.curve.model_size:]) if name not in self.fixed])
        theta, chi2, rivals, late = self._projected(way, plan, starts)
        if len(late):
            found = best_of(lambda values, active: rows.evaluate(values, late[active], free), (Y * weights)[late], [one[late] for one in starts],
                            free, low[free], high[free], log, by_row=True, most=_MOST)
            theta[late], chi2[late] = found[:2]
            rivals = tuple(np.concatenate([old, new]) for old, new in zip(rivals, (late[found[2][0]], *found[2][1:])))
        value, jacobian = rows.evaluate(theta, np.arange(len(Y)), free)
        rest = Y * weights - value
        outside = [place for place, index in enumerate(free) if index >= self.curve.model_size]
        loose = np.isfinite(chi2) & np.isfinite(rest).all(axis=1)
        loose[late] = False
        if outside and loose.any():   # the projection has left the background to be solved; the other rows have theirs, within its bounds
            some = np.flatnonzero(loose)
            change, rest[some] = _solved_for(jacobian[some][:, outside], rest[some])
            theta[some[:, None], free[outside]] += change
        theta[:, free], left = last_step(theta[:, free], rest, jacobian, low[free], high[free])
        chi2 = np.where(np.isfinite(chi2), np.einsum("gn,gn->g", left, left), chi2)
        return Optima(theta, chi2, rows.without(theta, self.fixed, way), admissible, jacobian, rivals, left)

    def _projected(self, way: Projected | None, plan: _Plan, starts: Sequence[np.ndarray]):
        """Optima, their sums of squares and rivals by variable projection, and the rows for which it is no way."""
        every = np.arange(len(starts[0]))
        nothing = np.empty(0, int), np.empty((0, starts[0].shape[1])), np.empty(0)
        if way is None:
            return starts[0].copy(), np.full(len(every), np.inf), nothing, every
        theta, chi2, settled = way.descend(starts[0], every)
        if len(starts) > 1:
            other = np.flatnonzero(starts[1][:, way.place] != starts[0][:, way.place])
            second, second_chi2, arrived = way.descend(starts[1], other, theta[other, way.place])
            apart = np.abs(second[:, way.place] - theta[other, way.place]) > 1e-3 * (np.abs(second[:, way.place]) + np.abs(theta[other, way.place]))
            kept = arrived & apart & settled[other]
            other, second, second_chi2 = other[kept], second[kept], second_chi2[kept]
            swap = second_chi2 < chi2[other]
            here = other[swap]
            theta[here], second[swap] = second[swap], theta[here].copy()
            chi2[here], second_chi2[swap] = second_chi2[swap], chi2[here].copy()
            nothing = other, second, second_chi2
        inside = np.all((theta[:, self.free] >= plan.low[self.free]) & (theta[:, self.free] <= plan.high[self.free]), axis=1)
        return theta, chi2, nothing, np.flatnonzero(~(settled & inside))

    def _starts(self, rows: Points):
        """Parameters (G, P) at the two lowest minima of a scan of averages over common bins, and whether one of them is admissible."""
        few, weights, sums = rows.binned()
        plan = _Plan.__new__(_Plan)   # its tables are not wanted, only its way from coefficients to parameters
        plan.curve, plan.model, plan.fixed, plan.free = few, few.model, self.fixed, self.free
        plan.low, plan.high = (np.array([pair[side] for pair in self.limits], float) for side in (0, 1))
        plan.scanned, shape, places = mesh_of(few, self.fixed)
        columns = columns_at(few, self.fixed, plan.scanned, places)   # (S, K, bins), not weighted
        outside = ~np.all(np.isfinite(columns), axis=(1, 2))
        columns[outside] = 0.0
        names = few.names[few.model_size:]
        held = few.model.held_coefficients(self.fixed)
        kept = [index for index in range(columns.shape[1]) if index not in held]
        loose = [index for index, name in enumerate(names) if name not in self.fixed]
        background = rows.binned_background()
        rest = sum((value * columns[:, index] for index, value in held.items()), np.zeros((len(columns), columns.shape[2])))
        shift = sum((self.fixed[name] * background[index] for index, name in enumerate(names) if name in self.fixed), np.zeros(columns.shape[2]))
        sums = sums - weights * shift
        wide = [columns[:, index] for index in kept] + [np.broadcast_to(background[index], rest.shape) for index in loose]
        scale = [np.maximum(np.abs(one).max(axis=1, keepdims=True), 1e-300) for one in wide]
        wide = [one / size for one, size in zip(wide, scale)]
        gram = [[weights @ (a * b).T for b in wide[: place + 1]] for place, a in enumerate(wide)]
        right = [sums @ a.T - weights @ (a * rest).T for a in wide]
        gain, solution = _solved(gram, right)
        chi2 = weights @ (rest**2).T - 2 * sums @ rest.T - gain
        chi2[:, outside] = np.inf
        every, found, admissible = np.arange(len(sums)), [], np.zeros(len(sums), bool)
        for rank in _lowest_two(chi2.reshape(len(sums), *shape)):
            coefficients = np.zeros((columns.shape[1], len(sums)))
            for place, index in enumerate(kept):
                coefficients[index] = solution[place][every, rank] / scale[place][rank, 0]
            for index, value in held.items():
                coefficients[index] = value
            nonlinear = dict(zip(plan.scanned, vertices(chi2, rank, shape, [np.unique(one) for one in places]))) if places else {}
            theta, fine = started(plan, coefficients, nonlinear, len(sums))
            for place, index in enumerate(loose):
                theta[:, few.model_size + index] = solution[len(kept) + place][every, rank] / scale[len(kept) + place][rank, 0]
            admissible |= fine
            found.append(theta)
        return found, admissible, plan


def _solved_for(columns: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (G, K) of columns (G, K, N), and what these leave of ``rest`` (G, N), twice for the last digits."""
    found = np.zeros(columns.shape[:2])
    norms = np.sqrt(np.einsum("gkn,gkn->gk", columns, columns))
    unit = columns / np.where(norms > 0, norms, 1.0)[:, :, None]
    inverse = np.linalg.inv(unit @ unit.transpose(0, 2, 1) + 1e-15 * np.eye(columns.shape[1]))
    for _ in range(2):
        part = np.einsum("gkl,gl->gk", inverse, np.einsum("gkn,gn->gk", unit, rest))
        rest = rest - np.einsum("gk,gkn->gn", part, unit)
        found += part
    return found / np.where(norms > 0, norms, 1.0), rest


class Points:
    """The points of many curves."""

    def __init__(self, curve: Curve, x, Y, weights, extra):
        self.curve, self.x, self.Y, self.weights = curve, tuple(x), Y, weights
        self.counts = (weights > 0).sum(axis=1)
        self.known: dict[str, Any] = dict(curve.function_known)
        for known in curve.model.known:   # what the law computes from x is a number of each curve
            if known.of_x is not None and not known.for_derived and curve.known_measured.get(known.name) is not None and curve.known_measured[known.name].origin == "data":
                self.known[known.name] = np.array([known.of_x(*(one[row, :count] for one in self.x)) for row, count in enumerate(self.counts)])[:, None]
        self.background = [BACKGROUNDS[name].function(self.x[0], None) if name != "drift" else extra["time"] - extra["time"][:, :1]
                           for name in curve.names[curve.model_size:]]

    def evaluate(self, theta: np.ndarray, rows: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted values (g, N) and derivatives (g, V, N) of some curves at their parameters (g, P)."""
        part = slice(None) if len(rows) == len(self.Y) else rows   # no copies where it is all of them
        size, weights = self.curve.model_size, self.weights[part]
        known = {name: one[part] if np.ndim(one) == 2 else one for name, one in self.known.items()}
        found = np.empty((len(theta), len(free), self.Y.shape[1]))
        with np.errstate(all="ignore"):
            value, gradient = law_and_gradient(self.curve.model, [one[part] for one in self.x], list(theta[:, :size].T[:, :, None]), known)
            value = np.array(np.broadcast_to(value, weights.shape))
            for place, column in enumerate(self.background):
                value += theta[:, size + place, None] * column[part]
            value *= weights
            for place, index in enumerate(free):
                np.multiply(gradient[index] if index < size else self.background[index - size][part], weights, out=found[:, place])
        if not np.isfinite(value.sum() + found.sum()):   # where the law ends to be defined only beyond the points of a curve
            value[weights == 0] = 0.0
            found[np.broadcast_to((weights == 0)[:, None], found.shape)] = 0.0
        return value, found

    def parts(self, theta: np.ndarray, residuals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The fitted curves and the part of the law (G, N), of weighted residuals; after the points of a curve they repeat the first."""
        with np.errstate(divide="ignore", invalid="ignore"):
            fitted = self.Y - residuals / self.weights
        if not np.all(self.weights[:, -1] > 0):
            fitted = np.where(self.weights > 0, fitted, fitted[:, :1])
        law = fitted
        for place, column in enumerate(self.background):
            law = law - theta[:, self.curve.model_size + place, None] * column
        return fitted, law

    def without(self, theta: np.ndarray, fixed: Mapping[str, float], way: Projected | None) -> np.ndarray:
        """Sums of squares without the signal of the law; ``way`` has already taken the background out."""
        columns = quiet_columns(replace(self.curve, x=self.x), theta, fixed)
        if way is not None:
            return left_over([self._weighted(one) for one in columns], way.target, way.basis)
        names = self.curve.names[self.curve.model_size:]
        target = self.Y - sum((fixed[name] * column for name, column in zip(names, self.background) if name in fixed), np.zeros(self.Y.shape))
        columns = [column for name, column in zip(names, self.background) if name not in fixed] + columns
        return left_over([self._weighted(one) for one in columns], self._weighted(target))

    def _weighted(self, column: np.ndarray) -> np.ndarray:
        return np.where(self.weights > 0, np.broadcast_to(column, self.weights.shape) * self.weights, 0.0)

    def binned(self) -> tuple[Curve, np.ndarray, np.ndarray]:
        """The law on common bins of x, and for each curve the weights (G, bins) and weighted sums of y in them."""
        used = self.weights > 0
        first = self.x[0]
        edges = np.unique(np.quantile(first[used][:: max(1, used.sum() // 1000)], np.linspace(0, 1, _BINS + 1)[1:-1]))
        place = _places(edges, first) + (len(edges) + 1) * np.arange(len(first))[:, None]
        square = self.weights**2
        size = len(first) * (len(edges) + 1)
        weights, sums, centres = (np.bincount(place.ravel(), one.ravel(), size).reshape(len(first), -1) for one in (square, square * self.Y, square * first))
        whole = weights.sum(axis=0)
        kept = whole > 0
        others = [np.bincount((place % (len(edges) + 1)).ravel(), (square * one).ravel(), len(edges) + 1)[kept] / whole[kept] for one in self.x[1:]]
        middle = centres.sum(axis=0)[kept] / whole[kept]
        known = {name: float(np.median(one)) if np.ndim(one) == 2 else one for name, one in self.known.items()}
        self._middle, self._kept, self._edges = middle, kept, edges
        few = replace(self.curve, x=(middle, *others), y=np.zeros(len(middle)), y_err=None, background=np.zeros((len(self.background), len(middle))),
                      known={**self.curve.known, **known})
        return few, weights[:, kept], sums[:, kept]

    def binned_background(self) -> list[np.ndarray]:
        """Background columns at the common bins."""
        if not self.background:
            return []
        names = self.curve.names[self.curve.model_size:]
        return [BACKGROUNDS[name].function(self._middle, None) if name != "drift" else self._drift() for name in names]

    def _drift(self) -> np.ndarray:
        place = np.searchsorted(self._edges, self.x[0])
        column = self.background[self.curve.names[self.curve.model_size:].index("drift")]
        used = self.weights > 0
        whole = np.bincount(place[used], minlength=len(self._kept))
        return (np.bincount(place[used], column[used], len(self._kept)) / np.maximum(whole, 1))[self._kept]


def _places(edges: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Number of edges below each x, to within a small cell: where the edges lie in cells of their own this is looked up, not sought."""
    low, high = float(x.min()), float(x.max())
    scale = (_CELLS - 1) / (high - low) if high > low else 0.0
    cells = ((edges - low) * scale).astype(np.int64)
    if np.any(np.diff(cells) == 0) or not np.isfinite(scale):
        return np.searchsorted(edges, x)
    return np.searchsorted(cells, np.arange(_CELLS)).take(((x - low) * scale).astype(np.int64))


def _solved(gram, right) -> tuple[np.ndarray | float, list[np.ndarray]]:
    """Least squares with a few unknowns for arrays of normal equations (lower triangles): the fall of the sum of squares, the unknowns."""
    size = len(right)
    if not size:
        return 0.0, []
    factor: list[list[np.ndarray]] = []
    forward: list[np.ndarray] = []
    for row in range(size):   # Cholesky
        line: list[np.ndarray] = []
        for column in range(row):
            line.append((gram[row][column] - sum((line[k] * factor[column][k] for k in range(column)), 0.0)) / factor[column][column])
        left = gram[row][row] - sum((one * one for one in line), 0.0)
        line.append(np.sqrt(np.maximum(left, 1e-13 * gram[row][row] + 1e-300)))
        factor.append(line)
        forward.append((right[row] - sum((line[k] * forward[k] for k in range(row)), 0.0)) / line[row])
    unknowns = [np.empty(0)] * size
    for row in reversed(range(size)):
        unknowns[row] = (forward[row] - sum((factor[k][row] * unknowns[k] for k in range(row + 1, size)), 0.0)) / factor[row][row]
    return sum(one * one for one in forward), unknowns
