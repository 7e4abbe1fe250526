"""Many curves on one grid with the same law, knowns, weights and background, in numpy alone.

Three ways, chosen by the law and by what is fixed:

* no nonlinear parameter: one matrix product;
* one, entering through one column g(q): variable projection in a reduced basis. Background and constant columns are
  projected out once; the declared scan of q is one matrix product; around a scan point g(q) is a Chebyshev series whose
  coefficients are tabulated columns, so that sum of squares and derivatives of every curve follow from a dozen products
  with its data, independent of the length of the curve and of the price of the law;
* otherwise Levenberg-Marquardt steps for all curves at once, the parameters as (G, 1) columns.

A curve whose optimum lies at a bound, outside the scan or with an inadmissible coefficient takes the ordinary path.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import FitkitError
from ..model import Model, accepted
from . import solve, start
from .downhill import SLACK, levenberg_many
from .problem import Curve, Problem, Variable
from .settings import limits_of

_NODES = (12, 24, 48)     # of the Chebyshev series around a scan point; the next one where the tail is not gone
_TAIL = 1e-12             # of the series, relative to its largest coefficient
_NEAR = 0.01              # part of chi^2 within which a minimum at the end of the scan could be the lowest further out
_MESH = {1: 64, 2: 24, 3: 12}   # scan points a nonlinear parameter in the general way


@dataclass(frozen=True)
class ManyFits:
    """Fits of G curves: ``values`` (G, P) [SI] in the order of ``names``, weighted ``chi2`` (G,), ``ok`` (G,).

    ``ok`` is False where no admissible finite optimum was found; ``values`` are NaN there.
    """

    names: tuple[str, ...]
    values: np.ndarray
    chi2: np.ndarray
    ok: np.ndarray


def fit_curves(curve: Curve, Y: np.ndarray, fixed: Mapping[str, float] | None = None, *, limits: Sequence[tuple[float, float]] | None = None,
               near: np.ndarray | None = None, memory: float = 64e6) -> ManyFits:
    """Fit every row of ``Y`` as ``curve`` would be fitted.

    Parameters
    ----------
    curve
        The law bound to the grid, weights, knowns and background that all rows share.
    Y
        Data [SI], shape (G, N), finite.
    fixed
        Parameters of the law or the background that stay, with their values [SI].
    limits
        (low, high) [SI] of every parameter in the order of ``curve.names``; None: those of the law.
    near
        Parameters [SI], shape (P,), that all curves are expected to lie near: a further start where starts are needed.
    memory
        Bytes that the work arrays of one chunk of curves may take.

    Raises
    ------
    FitkitError
        ``Y`` has the wrong shape or holds numbers that are not finite.
    """
    Y = np.asarray(Y, float)
    if Y.ndim != 2 or Y.shape[1] != len(curve.y):
        raise FitkitError(f"{curve.data.name}: curves of shape {Y.shape}, wanted (curves, {len(curve.y)})")
    if not np.all(np.isfinite(Y)):
        raise FitkitError(f"{curve.data.name}: {int(np.sum(~np.isfinite(Y)))} numbers of the curves are not finite")
    plan = _Plan(curve, dict(fixed or {}), limits, near)
    step = max(1, int(memory / (8 * len(curve.y) * plan.copies)))
    parts = [plan.fit(Y[row: row + step]) for row in range(0, len(Y), step)] or [plan.fit(Y)]
    values, chi2, ok = (np.concatenate(one) for one in zip(*parts))
    return ManyFits(curve.names, values, chi2, ok)


class _Plan:
    """What all curves share: projected columns, tables, bounds."""

    def __init__(self, curve: Curve, fixed: dict[str, float], limits, near):
        if limits is None:
            limits = [limits_of(curve, param, unit, None) for param, unit in zip(curve.params, curve.units)]
        self.curve, self.model, self.fixed, self.near = curve, curve.model, fixed, near
        self.free = np.array([index for index, name in enumerate(curve.names) if name not in fixed], int)
        self.limits = list(limits)
        self.low, self.high = (np.array([pair[side] for pair in limits], float) for side in (0, 1))
        self.scanned = [name for name in self.model.nonlinear if name not in fixed]
        self.panels: dict[int, _Panel | None] = {}
        held = [name for name in self.model.linear if name in fixed]
        self.way = self._general
        self.copies = 2 * len(curve.names) + 6
        if len(self.scanned) <= 1 and (self.model.linear or self.model.coefficients) and (self.model.coefficients is None or not held):
            self._try_projection()

    def fit(self, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not len(Y):
            return np.empty((0, len(self.curve.names))), np.empty(0), np.empty(0, bool)
        values, chi2, ok = self.way(Y)
        if self.way == self._reduced and not ok.all():  # at a bound, or beyond the scan
            bad = np.flatnonzero(~ok)
            values[bad], chi2[bad], ok[bad] = self._general(Y[bad])
        for row in np.flatnonzero(~ok):
            values[row], chi2[row], ok[row] = self._alone(Y[row])
        return values, chi2, ok

    # -- linear columns ------------------------------------------------------------------------------------------------
    def _columns(self, grid: np.ndarray) -> list[np.ndarray]:
        """Coefficient columns of the law, weighted; (N,) where they do not depend on the scanned parameter, else (S, N)."""
        nonlinear = {name: self.fixed[name] for name in self.model.nonlinear if name in self.fixed}
        nonlinear |= {name: grid[:, None] for name in self.scanned}
        with np.errstate(all="ignore"):
            found = self.model.coefficient_columns(self.curve.x, nonlinear, self.curve.function_known)
        return [self.curve.weigh(np.broadcast_to(one, np.broadcast_shapes(np.shape(one), self.curve.y.shape))) for one in found]

    def _try_projection(self) -> None:
        curve, model = self.curve, self.model
        grid = np.unique(start.scan_grid(curve, self.scanned[0])) if self.scanned else np.empty(0)
        columns = self._columns(grid)
        if not all(np.all(np.isfinite(one)) for one in columns) or (self.scanned and len(grid) < 3):
            return
        columns = [one[0] if one.ndim == 2 and np.all(one == one[0]) else one for one in columns]
        varying = [index for index, one in enumerate(columns) if one.ndim == 2]
        if len(varying) != len(self.scanned):
            return
        constant = [index for index in range(len(columns)) if index not in varying]
        direct = model.coefficients is None  # then a linear parameter is a coefficient, and may be held
        stays = [index for index in constant if direct and model.linear[index] in self.fixed]
        moves = [index for index in constant if index not in stays]
        names = curve.names[curve.model_size:]
        weighted = curve.weigh(curve.background) if len(names) else curve.background
        self.background_free = [index for index, name in enumerate(names) if name not in self.fixed]
        self.shift = sum((self.fixed[model.linear[index]] * columns[index] for index in stays), np.zeros(len(curve.y))) \
            + sum((self.fixed[name] * weighted[index] for index, name in enumerate(names) if name in self.fixed), np.zeros(len(curve.y)))
        linear = np.array([columns[index] for index in moves] + [weighted[index] for index in self.background_free]).reshape(-1, len(curve.y))
        self.norms = np.sqrt(np.sum(linear**2, axis=1))
        if np.any(self.norms == 0):
            return
        self.Q, self.R = np.linalg.qr((linear / self.norms[:, None]).T)
        if len(linear) and np.abs(np.diag(self.R)).min() < 1e-10:
            return
        self.moves, self.stays, self.count = moves, stays, len(columns)
        if not self.scanned:
            self.way = self._linear
            return
        self.place, self.param = varying[0], model.param(self.scanned[0])
        self.held = self.fixed.get(model.linear[self.place]) if direct else None
        wide = columns[self.place] - (columns[self.place] @ self.Q) @ self.Q.T
        size = np.einsum("sn,sn->s", wide, wide)
        seen = size > 1e-24 * np.einsum("sn,sn->s", columns[self.place], columns[self.place])
        if seen.sum() < 3:
            return
        self.grid, self.scan, self.size = grid[seen], wide[seen], size[seen]
        self.log = bool(self.param.positive and self.grid[0] > 0)
        self.way = self._reduced

    def _target(self, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weighted data (G, N) whose products with projected columns count, their part in Q, and the square of the rest (G,)."""
        target = self.curve.weigh(Y)
        if np.any(self.shift):
            target = target - self.shift
        inside = target @ self.Q
        within, whole = np.einsum("gq,gq->g", inside, inside), np.einsum("gn,gn->g", target, target)
        if np.all(whole > 1.01 * within):
            return target, inside, whole - within
        target = target - inside @ self.Q.T  # a large background: the difference of squares would lose digits
        return target, inside, np.einsum("gn,gn->g", target, target)

    def _linear(self, Y):
        _, inside, rest = self._target(Y)
        return self._finished(rest, inside, None, None, None)

    def _finished(self, chi2, inside, c, inner, q):
        """Parameters from what is left of the projected columns once c g(q) is taken off: ``inner`` is its part in Q."""
        solved = np.linalg.solve(self.R, (inside if c is None else inside - c[:, None] * inner).T) / self.norms[:, None] if len(self.norms) else np.empty((0, len(chi2)))
        coefficients = np.empty((self.count, len(chi2)))
        coefficients[self.moves] = solved[: len(self.moves)]
        for index in self.stays:
            coefficients[index] = self.fixed[self.model.linear[index]]
        if c is not None:
            coefficients[self.place] = c
        values = self._values(coefficients, {} if q is None else {self.scanned[0]: q}, len(chi2))
        for row, index in enumerate(self.background_free):
            values[:, self.curve.model_size + index] = solved[len(self.moves) + row]
        ok = np.isfinite(chi2) & np.all(np.isfinite(values), axis=1) & self._inside(values)
        return values, np.maximum(chi2, 0.0), ok

    def _inside(self, values: np.ndarray) -> np.ndarray:
        return np.all((values[:, self.free] >= self.low[self.free]) & (values[:, self.free] <= self.high[self.free]), axis=1)

    def _values(self, c: np.ndarray, nonlinear: Mapping[str, np.ndarray], size: int) -> np.ndarray:
        """Parameters (G, P) of coefficients (K, G) and free nonlinear parameters (G,); NaN where inadmissible."""
        model, curve = self.model, self.curve
        values = np.full((size, len(curve.names)), np.nan)
        for position, name in enumerate(curve.names):
            if name in self.fixed:
                values[:, position] = self.fixed[name]
        for name, one in nonlinear.items():
            values[:, curve.names.index(name)] = one
        linear = dict(zip(model.linear, c)) if model.coefficients is None else self._of_coefficients(c, nonlinear, size)
        for name, one in linear.items():
            if name not in self.fixed:
                values[:, curve.names.index(name)] = one
        return values

    def _of_coefficients(self, c, nonlinear, size) -> dict[str, np.ndarray]:
        """to_parameters for all curves: at once where the law takes arrays, else one by one."""
        change, x = self.model.coefficients.to_parameters, self.curve.x
        others = {name: self.fixed[name] for name in self.model.nonlinear if name in self.fixed} | self.curve.function_known
        given = accepted(change, others | nonlinear)
        moving = [name for name in nonlinear if name in given]
        try:
            with np.errstate(all="ignore"):
                at_once = change(c, *x, **given)
            if all(np.shape(one) == (size,) for one in at_once.values()):
                return at_once
        except (TypeError, ValueError, AttributeError):   # not made for arrays
            pass
        found = {name: np.full(size, np.nan) for name in self.model.linear}
        for row in range(size):
            given |= {name: float(nonlinear[name][row]) for name in moving}
            one = change(c[:, row], *x, **given)
            if one is not None:
                for name, value in one.items():
                    found[name][row] = value
        return found

    # -- one nonlinear parameter ---------------------------------------------------------------------------------------
    def _reduced(self, Y):
        target, inside, total = self._target(Y)
        product = target @ self.scan.T
        fall = -product**2 / self.size if self.held is None else self.held * (self.held * self.size - 2 * product)
        padded = np.pad(fall, ((0, 0), (1, 1)), constant_values=np.inf)
        rows, places = np.nonzero((fall <= padded[:, :-2]) & (fall < padded[:, 2:]))
        best = np.full(len(Y), np.inf)
        c, q, inner = np.zeros(len(Y)), np.full(len(Y), np.nan), np.zeros((len(Y), self.Q.shape[1]))
        unsettled = np.full(len(Y), np.inf)  # the lowest value found at an edge: the minimum lies further out
        for place in np.unique(places):
            which = rows[places == place]
            panel = self._panel(int(place))
            if panel is None:
                unsettled[which] = -np.inf
                continue
            s, lower, coefficient, converged = panel.descend(target if len(which) == len(target) else target[which], self.held, self._begin(padded, which, place))
            unsettled[which] = np.where(converged, unsettled[which], np.minimum(unsettled[which], lower))
            better = converged & (lower < best[which])
            where = which[better]
            best[where], c[where], q[where] = lower[better], coefficient[better], panel.value(s[better])
            inner[where] = panel.inner(s[better])
        values, chi2, ok = self._finished(total + best, inside, c, inner, q)
        return values, chi2, ok & (unsettled > best + _NEAR * (total + best))

    @staticmethod
    def _begin(padded: np.ndarray, which: np.ndarray, place: int) -> np.ndarray:
        """Vertex of the parabola through three neighbours of the scan, in the coordinate of the panel."""
        before, here, after = (padded[which, place + offset] for offset in (0, 1, 2))
        with np.errstate(invalid="ignore", divide="ignore"):
            vertex = 0.5 * (before - after) / (before - 2 * here + after)
        return np.clip(np.where(np.isfinite(vertex), vertex, 0.0), -0.5, 0.5)

    def _panel(self, place: int) -> _Panel | None:
        """The series of the column from the scan point before to the one after; None where no series is exact enough."""
        if place not in self.panels:
            points = np.log(self.grid) if self.log else self.grid
            low = points[place - 1] if place else 2 * points[0] - points[1]
            high = points[place + 1] if place + 1 < len(points) else 2 * points[-1] - points[-2]
            self.panels[place] = _Panel.of(self, low, high)
        return self.panels[place]

    # -- any number of nonlinear parameters ----------------------------------------------------------------------------
    def _general(self, Y):
        empty = np.full((len(Y), len(self.curve.names)), np.nan), np.full(len(Y), np.inf), np.zeros(len(Y), bool)
        try:
            starts = self._starts(Y)
            found = [self._levenberg(Y, theta) for theta in starts]
        except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):
            return empty  # a law that takes no arrays of parameters: each curve alone
        if not found:
            return empty
        chi2 = np.array([one[1] for one in found])
        first = np.argmin(chi2, axis=0)
        values = np.array([one[0] for one in found])[first, np.arange(len(Y))]
        chi2 = chi2[first, np.arange(len(Y))]
        return values, chi2, np.isfinite(chi2) & np.all(np.isfinite(values), axis=1)

    def _starts(self, Y: np.ndarray) -> list[np.ndarray]:
        """Starts (G, P): the two best local minima of the scan for each curve, and ``near``."""
        curve, model = self.curve, self.model
        starts = [] if self.near is None else [np.tile(self.near, (len(Y), 1))]
        grids = [start.thin(np.unique(start.scan_grid(curve, name)), _MESH.get(len(self.scanned), 8)) for name in self.scanned]
        shape = tuple(map(len, grids))
        mesh = [axis.reshape(-1, 1) for axis in np.meshgrid(*grids, indexing="ij")]
        nonlinear = dict(zip(self.scanned, mesh)) | {name: self.fixed[name] for name in model.nonlinear if name in self.fixed}
        y, basis = self._loose(Y)
        with np.errstate(all="ignore"):
            columns = model.coefficient_columns(curve.x, nonlinear, curve.function_known)
        size = math.prod(shape)
        wide = np.stack([curve.weigh(np.broadcast_to(one, (size, len(curve.y)))) for one in columns], axis=1)
        held = model.held_coefficients(self.fixed)
        kept = [index for index in range(len(columns)) if index not in held]
        wide = wide - (wide @ basis) @ basis.T
        wide[~np.isfinite(wide)] = 0.0
        rest = sum((value * wide[:, index] for index, value in held.items()), np.zeros((size, len(curve.y))))  # (S, N)
        norms = np.sqrt(np.einsum("skn,skn->sk", wide, wide))
        norms[norms == 0] = 1.0
        unit = (wide / norms[:, :, None])[:, kept]
        gram = np.einsum("skn,sln->skl", unit, unit) + 1e-14 * np.eye(len(kept))
        inverse = np.linalg.inv(gram)
        right = (y @ unit.reshape(size * len(kept), -1).T).reshape(len(Y), size, len(kept)) - np.einsum("skn,sn->sk", unit, rest)
        c = np.einsum("skl,gsl->gsk", inverse, right)
        chi2 = np.einsum("gn,gn->g", y, y)[:, None] - 2 * y @ rest.T + np.einsum("sn,sn->s", rest, rest) - np.einsum("gsk,gsk->gs", c, right)
        for rank in _lowest_two(chi2.reshape(len(Y), *shape)):
            chosen = np.zeros((len(columns), len(Y)))
            chosen[kept] = (c[np.arange(len(Y)), rank] / norms[rank][:, kept]).T
            for index, value in held.items():
                chosen[index] = value
            values = self._values(chosen, {name: axis[rank, 0] for name, axis in zip(self.scanned, mesh)}, len(Y))
            starts.append(self._with_background(Y, values))
        return starts

    def _loose(self, Y):
        """Weighted data without fixed and projected background, and the orthonormal basis of the free columns."""
        curve, names = self.curve, self.curve.names[self.curve.model_size:]
        y = Y - sum((self.fixed[name] * row for name, row in zip(names, curve.background) if name in self.fixed), np.zeros(len(curve.y)))
        free = [index for index, name in enumerate(names) if name not in self.fixed]
        if not free:
            return curve.weigh(y), np.empty((len(curve.y), 0))
        basis, _ = np.linalg.qr(curve.weigh(curve.background[free]).T)
        y = curve.weigh(y)
        return y - (y @ basis) @ basis.T, basis

    def _with_background(self, Y: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Fill in the free background columns by least squares, and take the start inside the bounds."""
        curve, size = self.curve, self.curve.model_size
        free = [size + index for index, name in enumerate(curve.names[size:]) if name not in self.fixed]
        if free:
            values[:, free] = 0.0
            rest = curve.weigh(Y - self._value(values))
            columns = curve.weigh(curve.background[[index - size for index in free]])
            values[:, free] = np.linalg.lstsq(columns.T, rest.T, rcond=None)[0].T
        return np.clip(values, np.where(np.isin(np.arange(len(self.low)), self.free), self.low, -np.inf),
                       np.where(np.isin(np.arange(len(self.low)), self.free), self.high, np.inf))

    def _value(self, theta: np.ndarray) -> np.ndarray:
        size = self.curve.model_size
        with np.errstate(all="ignore"):
            return self.model.function(*self.curve.x, *theta[:, :size].T[:, :, None], **self.curve.function_known) + theta[:, size:] @ self.curve.background

    def _levenberg(self, Y: np.ndarray, theta: np.ndarray, most: int = 200) -> tuple[np.ndarray, np.ndarray]:
        """Levenberg-Marquardt for all curves at once inside the bounds: (values (G, P), chi2 (G,)); every curve its own damping."""
        return levenberg_many(lambda theta: evaluate_many(self.curve, theta, self.free), self.curve.weigh(Y), theta, self.free, self.low[self.free], self.high[self.free],
                              np.array([self.curve.params[index].positive and self.low[index] >= 0 for index in self.free], bool), most)

    # -- one curve on the ordinary path --------------------------------------------------------------------------------
    def _alone(self, y: np.ndarray) -> tuple[np.ndarray, float, bool]:
        """Scan and Levenberg-Marquardt of one curve, as fit() does it."""
        curve = replace(self.curve, y=y)
        base = np.array([self.fixed.get(name, 0.0) for name in curve.names])
        variables = [Variable(curve.names[index], [(0, int(index))], curve.params[index], curve.units[index], *self.limits[index]) for index in self.free]
        problem = Problem([curve], variables, [base])
        best, admissible = (np.full(len(curve.names), np.nan), math.inf), False
        for one in start.candidates(curve, self.fixed):
            theta = np.clip(one.theta[self.free], self.low[self.free], self.high[self.free])
            below = problem.log & (theta <= 0)
            theta[below] = np.maximum(self.low[self.free][below], 1e-3 * np.abs(one.theta[self.free][below]))
            theta[problem.log & (theta <= 0)] = 1e-300
            found, chi2 = solve.levenberg(problem, theta)
            if chi2 < best[1]:
                best, admissible = (problem.locals_of(found)[0], chi2), one.admissible
        return *best, bool(admissible and math.isfinite(best[1]))


def _lowest_two(chi2: np.ndarray) -> list[np.ndarray]:
    """Flat index of the lowest and of the second lowest local minimum of each curve, chi2 (G, *shape); quickest where the curves come last in memory."""
    size = len(chi2)
    if chi2.ndim == 1 or chi2[0].size == 1:
        return [np.zeros(size, int)]
    lowest = np.isfinite(chi2)
    for axis in range(1, chi2.ndim):
        before, after = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
        lowest[before] &= chi2[before] <= chi2[after]
        lowest[after] &= chi2[after] <= chi2[before]
    *place, rows = np.nonzero(np.moveaxis(lowest, 0, -1))
    flat, order = np.ravel_multi_index(tuple(place), chi2.shape[1:]), np.argsort(chi2[(rows, *place)], kind="stable")[::-1]   # the lowest is written last
    rows, flat = rows[order], flat[order]
    first = np.zeros(size, int)
    first[rows] = flat
    second, others = first.copy(), flat != first[rows]
    second[rows[others]] = flat[others]
    return [first, second]


def evaluate_many(curve: Curve, theta: np.ndarray, free: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted values (G, N) and derivatives by the free parameters (G, V, N) at rows of parameters [SI], theta (G, P)."""
    model, size, known = curve.model, curve.model_size, curve.function_known
    parameters = list(theta[:, :size].T[:, :, None])
    rows = np.empty((len(theta), len(free), len(curve.y)))
    with np.errstate(all="ignore"):
        value, gradient = law_and_gradient(model, curve.x, parameters, known)
    for place, index in enumerate(free):
        rows[:, place] = gradient[index] if index < size else curve.background[index - size]
    return curve.weigh(value + theta[:, size:] @ curve.background), curve.weigh(rows)


def law_and_gradient(model: Model, x: Sequence[np.ndarray], parameters: Sequence[np.ndarray], known: Mapping[str, Any]):
    """(y, gradient) as Model.evaluate gives them for one curve, for columns (G, 1) of parameters [SI]."""
    if model.value_and_gradient is not None:
        return model.value_and_gradient(*x, *parameters, **known)
    value = model.function(*x, *parameters, **known)
    return value, model.numeric_gradient(x, parameters, known) if model.gradient is None else model.gradient(*x, *parameters, **known)


class _Panel:
    """A column g(q) of the law between two places of its scan as a Chebyshev series in s = -1..1."""

    def __init__(self, low: float, high: float, log: bool, projected: np.ndarray, inside: np.ndarray):
        self.middle, self.half, self.log = (low + high) / 2, (high - low) / 2, log
        self.columns, self.inside = projected, inside
        size = len(projected)
        gram = projected @ projected.T
        # g.g as a series of its own: T_m T_k = (T_{m+k} + T_{|m-k|})/2
        m, k = np.indices((size, size))
        square = np.bincount(np.concatenate([(m + k).ravel(), np.abs(m - k).ravel()]), np.tile(gram.ravel() / 2, 2), 2 * size - 1)
        slope = _derivative(2 * size - 1)
        self.square = np.stack([square, slope @ square, slope @ (slope @ square)])
        self.slope = slope[:size, :size]

    @classmethod
    def of(cls, plan: _Plan, low: float, high: float) -> _Panel | None:
        for size in _NODES:
            angle = np.pi * (np.arange(size) + 0.5) / size
            places = (low + high) / 2 + (high - low) / 2 * np.cos(angle)
            columns = plan._columns(np.exp(places) if plan.log else places)[plan.place]
            if columns.ndim != 2 or not np.all(np.isfinite(columns)):
                return None
            series = np.cos(np.outer(np.arange(size), angle)) @ columns * (2 / size)
            series[0] /= 2
            inside = series @ plan.Q
            projected = series - inside @ plan.Q.T
            sizes = np.sqrt(np.einsum("mn,mn->m", projected, projected))
            if sizes[-2:].max() <= _TAIL * sizes.max():
                return cls(low, high, plan.log, projected, inside)
        return None

    def value(self, s: np.ndarray) -> np.ndarray:
        """The nonlinear parameter [SI] at s."""
        place = self.middle + self.half * s
        return np.exp(place) if self.log else place

    def inner(self, s: np.ndarray) -> np.ndarray:
        """Part of g in the projected columns, shape (G, columns)."""
        return _chebyshev(s, len(self.columns)).T @ self.inside

    def descend(self, target: np.ndarray, held: float | None, s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Newton's method for f(s) = -2 c y.g + c^2 g.g, c the best (or the held) coefficient: s, f, c, whether it converged inside."""
        product = self.columns @ target.T
        products = np.stack([product, self.slope @ product, self.slope @ (self.slope @ product)])
        f, c, slope, curvature = self._look(products, held, s)
        step = _newton(slope, curvature)
        settled = np.zeros(len(s), bool)
        for _ in range(60):
            trial = np.clip(s + step, -1.0, 1.0)
            new, new_c, new_slope, new_curvature = self._look(products, held, trial)
            better = new <= f + SLACK * np.abs(f)
            small = np.abs(trial - s) < 1e-6  # Newton: the next one would be its square
            settled |= small
            s, f, c = np.where(better, trial, s), np.where(better, new, f), np.where(better, new_c, c)
            step = np.where(better, _newton(new_slope, new_curvature), step / 4)
            slope, curvature = np.where(better, new_slope, slope), np.where(better, new_curvature, curvature)
            if np.all(settled):
                break
        return s, f, c, settled & (np.abs(s) < 1 - 1e-9) & (curvature > 0)

    def _look(self, products: np.ndarray, held: float | None, s: np.ndarray):
        """f, c, f', f'' at s; ``products`` (3, M, G) are the series of y.g and its derivatives."""
        table = _chebyshev(s, self.square.shape[1])
        b, b1, b2 = np.einsum("dmg,mg->dg", products, table[: products.shape[1]])
        g, g1, g2 = self.square @ table
        if held is None:
            c = b / g
            c1 = (b1 - c * g1) / g
        else:
            c, c1 = np.full(len(s), float(held)), 0.0
        return c * (c * g - 2 * b), c, c * (c * g1 - 2 * b1), c * (c * g2 - 2 * b2) - 2 * g * c1**2


def _newton(slope: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """Newton's step where the curvature is positive, else downhill; never further than half the panel."""
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(curvature > 0, -slope / curvature, -0.5 * np.sign(slope))
    return np.clip(np.nan_to_num(step), -0.5, 0.5)


def _chebyshev(s: np.ndarray, size: int) -> np.ndarray:
    """T_0 .. T_{size-1} at s, shape (size, G)."""
    table = np.empty((size, len(s)))
    table[0] = 1.0
    if size > 1:
        table[1] = s
    twice = 2 * s
    for index in range(2, size):
        np.multiply(twice, table[index - 1], out=table[index])
        table[index] -= table[index - 2]
    return table


def _derivative(size: int) -> np.ndarray:
    """Matrix that turns Chebyshev coefficients into those of the derivative."""
    row, column = np.indices((size, size))
    matrix = np.where((column > row) & ((column - row) % 2 == 1), 2.0 * column, 0.0)
    matrix[0] /= 2
    return matrix
