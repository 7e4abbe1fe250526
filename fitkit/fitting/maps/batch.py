"""Curves with several nonlinear parameters, or each with a grid, errors and gaps of its own: all at once by Levenberg-Marquardt steps.

:class:`Compressed` is for one grid. The columns of the law span some tens of dimensions there, so that a column is known from
its values at as many points: the law is evaluated at these alone, and the steps are made in the small space, exactly.
:class:`Scattered` evaluates the law on the grid of each curve; its scan for the starts is made on averages over common bins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..many import _lowest_two, _Plan, law_and_gradient
from .descent import Parts, best_of, last_step
from .panels import directions
from .scan import columns_at, left_over, mesh_of, quiet_columns, started, vertices

_SAMPLES = 300                   # random places at which the columns of a law are looked at besides
_HELD = 1e-9                     # what a column may differ from the one made of its values at few points


@dataclass
class Optima:
    """Optima of G curves.

    All P parameters [SI], weighted sums of squares, these without the signal, whether admissible,
    derivatives (G, V, n) of the free parameters in any orthonormal frame, second optima (rows, parameters, sums of squares),
    and the weighted residuals (G, N) where they are at hand. ``chi2_at(rows, values (g, P))``: sums of squares elsewhere.
    """

    values: np.ndarray
    chi2: np.ndarray
    without: np.ndarray
    admissible: np.ndarray
    jacobian: np.ndarray
    rivals: tuple[np.ndarray, np.ndarray, np.ndarray]
    residuals: np.ndarray | None = None
    chi2_at: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


class Compressed:
    """Tables for curves on one grid.

    Raises
    ------
    ValueError
        The law takes no columns of parameters, or its columns span too many dimensions.
    """

    def __init__(self, plan: _Plan):
        self.plan, curve = plan, plan.curve
        self.curve, self.fixed = curve, plan.fixed
        names = curve.names[curve.model_size:]
        self.loose = [index for index, name in enumerate(names) if name not in self.fixed]
        weighted = curve.weigh(curve.background) if len(names) else curve.background
        self.shift = sum((self.fixed[name] * weighted[index] for index, name in enumerate(names) if name in self.fixed), np.zeros(len(curve.y)))
        self.norms = np.sqrt(np.sum(weighted[self.loose] ** 2, axis=1))
        self.Q: np.ndarray = np.empty((len(curve.y), 0))
        self.R: np.ndarray = np.empty((0, 0))
        if self.loose:
            self.Q, self.R = np.linalg.qr((weighted[self.loose] / self.norms[:, None]).T)
        self.scanned, self.shape, self.places = mesh_of(curve, self.fixed)
        self.held = curve.model.held_coefficients(self.fixed)
        self.law_free = np.array([index for index in plan.free if index < curve.model_size], int)
        self._look_at_family()
        self._prepare_scan()

    def _look_at_family(self) -> None:
        curve, rng = self.curve, np.random.default_rng(0)
        drawn = []
        for place in self.places:   # between the places of the scan, as densely as these lie
            grid = np.unique(place)
            drawn.append(np.interp(rng.uniform(0, len(grid) - 1, _SAMPLES), np.arange(len(grid)), grid))
        mesh = columns_at(curve, self.fixed, self.scanned, self.places)
        thin = max(1, len(mesh) // 700)
        family = np.concatenate([mesh[::thin], columns_at(curve, self.fixed, self.scanned, drawn)] if self.places else [mesh]).reshape(-1, len(curve.y))
        size = np.sqrt(np.einsum("sn,sn->s", family, family))
        kept = np.isfinite(size) & (size > 1e-14 * np.nanmax(size))
        V = directions(family[kept] / size[kept, None], np.full(int(kept.sum()), 2e-12))
        self.points = _telling_points(V)
        inverse = np.linalg.inv(V[self.points])
        projected = V - self.Q @ (self.Q.T @ V)
        u, singular, _ = np.linalg.svd(projected, full_matrices=False)
        U = u[:, singular > 1e-13]
        self.U = np.linalg.qr(U - self.Q @ (self.Q.T @ U))[0]   # a direction that lies nearly in Q has a part in it of rounding / singular value
        self.to_small, self.to_background = self.U.T @ V @ inverse, self.Q.T @ V @ inverse
        self.few = replace(curve, x=tuple(x[self.points] for x in curve.x), y=curve.y[self.points], background=curve.background[:, self.points],
                           y_err=None if curve.y_err is None else curve.y_err[self.points])
        self._check(V, inverse, drawn)

    def _check(self, V: np.ndarray, inverse: np.ndarray, drawn: Sequence[np.ndarray]) -> None:
        """The law at few points says what it is at all of them."""
        model, count = self.curve.model, 25
        nonlinear = {name: one[:count] for name, one in zip(self.scanned, drawn)}
        columns = columns_at(self.curve, self.fixed, self.scanned, [one[:1] for one in drawn]).shape[1]
        theta = self.plan._values(np.ones((columns, count)), nonlinear, count)[:, : len(model.params)]
        theta = theta[np.all(np.isfinite(theta), axis=1)]
        with np.errstate(all="ignore"):
            parameters = list(theta.T[:, :, None])
            known = self.curve.function_known
            value, gradient = law_and_gradient(model, self.curve.x, parameters, known)
            few, few_gradient = law_and_gradient(model, self.few.x, parameters, known)
        scale = np.linalg.norm(self.curve.weigh(np.broadcast_to(value, (len(theta), len(self.curve.y)))), axis=1)
        with np.errstate(divide="ignore"):
            floors = [np.zeros(len(theta))] + [1e-11 * scale / np.abs(theta[:, index]) for index in self.law_free]   # a derivative may be small beside the law
        pairs = [(value, few)] + [(gradient[index], few_gradient[index]) for index in self.law_free]
        for (whole, part), floor in zip(pairs, floors):
            whole = self.curve.weigh(np.broadcast_to(whole, (len(theta), len(self.curve.y))))
            part = self.few.weigh(np.broadcast_to(part, (len(theta), len(self.points))))
            size = np.sqrt(np.einsum("gn,gn->g", whole, whole))
            good = np.isfinite(size)
            rest = whole - part @ (V @ inverse).T
            if not good.any() or not np.all(np.sqrt(np.einsum("gn,gn->g", rest, rest))[good] <= (_HELD * size + floor)[good] + 1e-300):
                raise ValueError("not known from few points")

    def _prepare_scan(self) -> None:
        wide = columns_at(self.curve, self.fixed, self.scanned, self.places) @ self.U
        self.outside = ~np.all(np.isfinite(wide), axis=(1, 2))
        wide[self.outside] = 0.0
        kept = [index for index in range(wide.shape[1]) if index not in self.held]
        self.rest = sum((value * wide[:, index] for index, value in self.held.items()), np.zeros((len(wide), wide.shape[2])))
        self.column_norms = np.sqrt(np.einsum("skn,skn->sk", wide, wide))
        self.column_norms[self.column_norms == 0] = 1.0
        self.unit = (wide / self.column_norms[:, :, None])[:, kept]
        self.inverse = np.linalg.inv(np.einsum("skn,sln->skl", self.unit, self.unit) + 1e-14 * np.eye(len(kept)))
        self.kept, self.count = kept, wide.shape[1]

    @property
    def width(self) -> int:
        """Numbers that one curve takes in the widest array of its fit."""
        return max(len(self.curve.y), len(self.unit) * max(len(self.kept), 1))

    def fit(self, Y: np.ndarray) -> Optima:
        """Optima of the rows of ``Y`` [SI], shape (G, N), finite."""
        curve, plan, free = self.curve, self.plan, self.law_free
        target = curve.weigh(Y) - self.shift if np.any(self.shift) else curve.weigh(Y)
        inside, small = target @ self.Q, target @ self.U
        loose = target - inside @ self.Q.T
        rest = np.einsum("gn,gn->g", loose, loose)
        starts, admissible = self._starts(small)
        limits = plan.low[free], plan.high[free]
        log = np.array([curve.params[index].positive and plan.low[index] >= 0 for index in free], bool)
        outer = np.maximum(rest - np.einsum("gn,gn->g", small, small), 0.0)
        noise = np.ones(len(Y)) if curve.y_err is not None else outer / max(len(curve.y) - self.Q.shape[1] - self.U.shape[1], 1)
        parts = Parts.of(curve, free)
        if parts is not None:
            del starts[1]   # the twins of the optima are better ones
        theta, chi2, rivals = best_of(lambda values: self._evaluate(values, free), small, starts, free, *limits, log, noise=noise, parts=parts, linear=self._linear(log))
        theta, chi2, few, rows_few = self._sharpened(theta, chi2, small)
        values = np.empty((len(Y), len(curve.names)))
        values[:, : curve.model_size] = theta
        for index, name in enumerate(curve.names):
            if name in self.fixed:
                values[:, index] = self.fixed[name]
        if self.loose:
            values[:, [curve.model_size + index for index in self.loose]] = np.linalg.solve(self.R, (inside - few @ self.to_background.T).T).T / self.norms
        rows, others, other_chi2 = rivals
        second = np.full((len(rows), len(curve.names)), np.nan)
        if len(rows):
            second[:, : curve.model_size] = others
            if self.loose:
                second[:, [curve.model_size + index for index in self.loose]] = np.linalg.solve(self.R, (inside[rows] - self._few_values(others) @ self.to_background.T).T).T / self.norms

        def chi2_at(rows: np.ndarray, moved: np.ndarray) -> np.ndarray:
            few = self._few_values(moved[:, : curve.model_size])
            column, left = few @ self.to_small.T - small[rows], few @ self.to_background.T - inside[rows]
            if self.loose:
                left += (moved[:, [curve.model_size + index for index in self.loose]] * self.norms) @ self.R.T
            return np.einsum("gn,gn->g", column, column) + np.einsum("gn,gn->g", left, left) + outer[rows]

        return Optima(values, chi2 + outer, self._without(values, target, rest), admissible, self._jacobian(rows_few), (rows, second, other_chi2 + outer[rows]), chi2_at=chi2_at)

    def _linear(self, log: np.ndarray) -> list[int]:
        """Places among the free parameters of the law of those in which it is linear, where they are several."""
        law = self.curve.model
        found = [place for place, index in enumerate(self.law_free) if self.curve.names[index] in law.linear and not log[place]]
        return found if law.coefficients is None and len(found) > 1 else []   # one alone follows well enough in the steps

    def _few_values(self, theta: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            value = self.curve.model.function(*self.few.x, *theta.T[:, :, None], **self.curve.function_known)
        return self.few.weigh(np.broadcast_to(value, (len(theta), len(self.points))))

    def _raw(self, theta: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted law (g, m) and its derivatives (g, V, m) at the few points."""
        rows = np.empty((len(theta), len(free), len(self.points)))
        with np.errstate(all="ignore"):
            value, gradient = law_and_gradient(self.curve.model, self.few.x, list(theta.T[:, :, None]), self.curve.function_known)
        for place, index in enumerate(free):
            rows[:, place] = gradient[index]
        return self.few.weigh(np.broadcast_to(value, (len(theta), len(self.points)))), self.few.weigh(rows)

    def _evaluate(self, theta: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, rows = self._raw(theta, free)
        with np.errstate(invalid="ignore", over="ignore"):
            return value @ self.to_small.T, rows @ self.to_small.T

    def _sharpened(self, theta: np.ndarray, chi2: np.ndarray, small: np.ndarray):
        """Parameters and sums of squares after a last step; the law and its derivatives at the few points there, to first order in the step."""
        free = self.law_free
        value, rows = self._raw(theta, free)
        rest, jacobian = small - value @ self.to_small.T, rows @ self.to_small.T
        if not len(free):
            return theta, chi2, value, rows
        fine = np.isfinite(rest).all(axis=1) & np.isfinite(chi2)
        moved, left = last_step(theta[:, free], np.where(fine[:, None], rest, 0.0), np.where(fine[:, None, None], jacobian, np.nan), self.plan.low[free], self.plan.high[free])
        step = moved - theta[:, free]
        value = value + np.einsum("gv,gvn->gn", step, np.where(fine[:, None, None], rows, 0.0))
        theta = theta.copy()
        theta[:, free] = moved
        return theta, np.where(fine, np.einsum("gn,gn->g", left, left), chi2), value, rows

    def _jacobian(self, rows: np.ndarray) -> np.ndarray:
        """Derivatives by all free parameters in the frame of Q and U, from those of the law at the few points."""
        frame = np.concatenate([self.to_background, self.to_small])
        found = np.zeros((len(rows), len(self.plan.free), len(frame)))
        found[:, : len(self.law_free)] = rows @ frame.T
        for place in range(len(self.loose)):
            found[:, len(self.law_free) + place, : len(self.loose)] = self.R[:, place] * self.norms[place]
        return found

    def _without(self, values: np.ndarray, target: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """Sum of squares without the signal of the law."""
        columns = quiet_columns(self.curve, values, self.fixed)
        if not columns:
            return rest
        background = self.curve.weigh(self.curve.background)[self.loose]
        wide = [np.broadcast_to(self.curve.weigh(one), target.shape) for one in (*background, *columns)]
        return left_over(wide, target)

    def _vertices(self, chi2: np.ndarray, rank: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(self.scanned, vertices(chi2, rank, self.shape, [np.unique(place) for place in self.places])))

    def _starts(self, small: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Parameters (G, P) of the law at the two lowest minima of the scan and at places far from them, and whether one of them is admissible."""
        count = len(small)
        chi2 = (-2 * self.rest) @ small.T   # (S, G): neighbours in the mesh are compared for all curves at once
        chi2 += np.einsum("sn,sn->s", self.rest, self.rest)[:, None]
        right = [self.unit[:, place] @ small.T - np.einsum("sn,sn->s", self.unit[:, place], self.rest)[:, None] for place in range(len(self.kept))]
        for place, one in enumerate(right):
            chi2 -= one * (self.inverse[:, place, place, None] * one + 2 * sum(self.inverse[:, place, other, None] * right[other] for other in range(place)))
        chi2[self.outside] = np.inf
        starts, admissible = [], np.zeros(count, bool)
        every = np.arange(count)
        table = np.moveaxis(chi2.reshape(*self.shape, count), -1, 0)
        ranks = _lowest_two(table)
        for rank in [*ranks, *self._apart(chi2, right, ranks[0])]:
            coefficients = np.zeros((self.count, count))
            for place, index in enumerate(self.kept):
                coefficients[index] = sum(self.inverse[rank, place, other] * one[rank, every] for other, one in enumerate(right)) / self.column_norms[rank, index]
            for index, value in self.held.items():
                coefficients[index] = value
            nonlinear = self._vertices(table, rank)
            theta, fine = started(self.plan, coefficients, nonlinear, count)
            admissible |= fine
            starts.append(theta[:, : self.curve.model_size])
        return starts, admissible


    def _apart(self, chi2: np.ndarray, right: Sequence[np.ndarray], first: np.ndarray) -> list[np.ndarray]:
        """Further places (G,) of the scan, chi2 (S, G), from which minima far from the ``first`` one are reached.

        An amplitude that may have both signs has minima of both kinds; where several amplitudes cancel, the lowest places of all lie in one
        corner of the scan, and each third of each parameter has one of its own.
        """
        names, law, every = self.curve.names, self.curve.model, np.arange(chi2.shape[1])
        if law.coefficients is not None:
            return []
        if len(self.kept) > 1:
            numbers = np.arange(len(chi2)).reshape(self.shape)
            thirds = [part.ravel() for axis in range(numbers.ndim) for part in np.array_split(np.moveaxis(numbers, axis, 0), 3) if part.size]
            found = [part[np.argmin(chi2[part], axis=0)] for part in thirds]
            return [np.where(np.isfinite(chi2[one, every]), one, first) for one in found]
        places = [names.index(law.linear[index]) for index in self.kept]
        if self.held or not places or not self.plan.low[places[0]] < 0 < self.plan.high[places[0]]:
            return []
        signs = np.sign(right[0])
        other = signs == -signs[first, every]
        other[self.outside] = False
        if not other.any():
            return []
        lowest = np.argmin(np.where(other, chi2, np.inf), axis=0)
        return [np.where(other[lowest, every], lowest, first)]


def _telling_points(V: np.ndarray) -> np.ndarray:
    """Rows of orthonormal columns V (N, r) from which every combination of the columns is known: pivoted Gram-Schmidt."""
    rest, found = V.copy(), []
    for _ in range(V.shape[1]):
        best = int(np.argmax(np.einsum("nr,nr->n", rest, rest)))
        row = rest[best] / np.linalg.norm(rest[best])
        rest = rest - np.outer(rest @ row, row)
        found.append(best)
    return np.sort(np.array(found))
