"""The sum of squares of one dataset with one parameter held, the others at their best: what profile likelihood follows."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from . import solve, start
from .problem import Problem, Variable
from .rebound import Bound
from .uncertainty import autocorrelation


class Tracer:
    """The sum of squares of one dataset with one parameter held, the others at their best; ends are found to a ``tolerance`` of their distance."""

    def __init__(self, bound: Bound, name: str, level: float, tolerance: float = 1e-7):
        from scipy.special import ndtri, stdtrit

        self.bound, self.name, self.tolerance = bound, name, tolerance
        curve, one = bound.curve, bound.fit
        self.place = curve.names.index(name)
        self.row = bound.free.index(self.place)
        self.log = bool(bound.log[self.row])
        self.low, self.high = bound.limits[self.place]
        self.least = float(bound.residuals @ bound.residuals)
        dof = one.parameters[name].dof
        tail = 0.5 + level / 2
        self.quantile = float(ndtri(tail) if math.isinf(dof) else stdtrit(dof, tail))
        self.variance = self._variance()
        self._last: list[tuple[float, np.ndarray]] = []

    @property
    def threshold(self) -> float:
        """Sum of squares at the ends of the interval."""
        return self.least + self.quantile**2 * self.variance

    @cached_property
    def stiffness(self) -> float:
        """Curvature of the profile by the parameter [1/SI^2]: its column without what the others can take over."""
        column, others = self.bound.jacobian[self.row], np.delete(self.bound.jacobian, self.row, axis=0)
        if len(others):
            norms = np.linalg.norm(others, axis=1)
            unit = (others / np.where(norms > 0, norms, 1.0)[:, None]).T
            column = column - unit @ np.linalg.lstsq(unit, column, rcond=None)[0]
        return float(column @ column)

    def _variance(self) -> float:
        """Noise variance times the square of what the fit added to the error of this parameter."""
        bound, statistics = self.bound, self.bound.fit.statistics
        white = 1.0 if bound.given else self.least / max(len(bound.residuals) - len(bound.free), 1)
        prior = any(param.prior and param.prior in bound.curve.data.meta for param in bound.curve.params)
        if statistics is None or not (statistics.corrected or prior):
            return white
        index = [label.partition("[")[0] for label in statistics.variables].index(self.name)
        ratio = float(statistics.covariance[index, index]) * self.stiffness
        rho = max(autocorrelation(bound.residuals, bound.curve.groups, len(bound.free)).rho, 0.0)
        long = white * (1 + rho) / (1 - rho)  # of a column that varies slowly; where the curvature says nothing
        return ratio if math.isfinite(ratio) and 0.5 * white <= ratio <= 1e3 * long else long

    def walk(self) -> tuple[float | None, float | None, str]:
        """Walk out from the optimum with the others solved anew at every place; for flat, bounded and ambiguous cases."""
        one = self.bound.fit.parameters[self.name]
        self._last = [(self.scale(self.bound.theta[self.place]), self.bound.theta)]
        far = self._other_basins() if one.verdict == "ambiguous" else (None, None)
        low, below = self._end(-1, far[0])
        high, above = self._end(1, far[1])
        return low, high, "; ".join(filter(None, (below, above)))

    def scale(self, value: float) -> float:
        """Where a value [SI] lies on the axis of the walk: its logarithm where it enters as one."""
        return math.log(max(value, 1e-300)) if self.log else float(value)

    def value(self, place: float) -> float:
        """Back to SI, inside the bounds."""
        return min(max(math.exp(min(place, 700.0)) if self.log else place, self.low), self.high)

    def _end(self, side: int, outer: float | None) -> tuple[float | None, str]:
        """One end by growing steps, or None and why it is open."""
        begin = self.scale(self.bound.theta[self.place]) if outer is None else outer
        deviation = math.sqrt(self.quantile**2 * self.variance / self.stiffness) if self.stiffness > 0 else math.inf
        if self.log:
            deviation /= math.exp(self.scale(self.bound.theta[self.place]))
            step = min(max(deviation, 1e-9), 0.5)
        else:
            size = max(abs(begin), abs(self.bound.fit.parameters[self.name].error or 0.0) * self.bound.curve.units[self.place].factor, 1e-300)
            step = min(max(deviation, 1e-9 * size), size) if size > 1e-300 else deviation
        if not math.isfinite(step) or step <= 0:
            step = 1.0
        edge = self.high if side > 0 else self.low
        last_in, first = begin, step
        for _ in range(200):
            value = self.value(begin + side * step)
            if self.chi2(value) > self.threshold:
                return self.value(self._cross(last_in, self.scale(value))), ""
            last_in = self.scale(value)
            if value == edge:
                return None, f"{'above' if side > 0 else 'below'}: chi^2 stays below the threshold up to the bound {self._said(edge)}"
            if step > (45.0 if self.log else 1e9 * max(first, abs(begin))):
                break
            step = step + min(step * 0.7, 1.0) if self.log else 1.8 * step
        return None, f"{'above' if side > 0 else 'below'}: chi^2 levels off below the threshold"

    def _said(self, value: float) -> str:
        unit = self.bound.curve.units[self.place]
        return f"{unit.from_si(value):.4g} {unit.symbol}".strip()

    def _cross(self, inside: float, outside: float) -> float:
        """Where the profile crosses the threshold, by regula falsi on sqrt(excess), which is nearly straight."""
        goal = math.sqrt(self.threshold - self.least)

        def height(place):
            return math.sqrt(max(self.chi2(self.value(place)) - self.least, 0.0)) - goal

        a, b, fa, fb = inside, outside, height(inside), height(outside)
        kept = 0
        for _ in range(60):
            middle = b - fb * (b - a) / (fb - fa) if fb != fa else (a + b) / 2
            f = height(middle)
            if abs(f) < self.tolerance * goal or abs(b - a) < 1e-12 * max(abs(a), abs(b), 1e-300):
                return middle
            if f > 0:
                b, fb = middle, f
                fa, kept = (fa / 2, 1) if kept == 1 else (fa, 1)
            else:
                a, fa = middle, f
                fb, kept = (fb / 2, -1) if kept == -1 else (fb, -1)
        return (a + b) / 2

    def chi2(self, value: float) -> float:
        """The sum of squares with the parameter held at ``value`` [SI], best of the scan and of the solution next to it."""
        bound, curve = self.bound, self.bound.curve
        others = [index for index in self.bound.free if index != self.place]
        held = {**bound.fixed, self.name: value}
        base = bound.theta.copy()
        base[self.place] = value
        if not others:
            rest = curve.weigh(curve.y - curve.evaluate(base)[0])
            return float(rest @ rest)
        variables = [Variable(curve.names[index], [(0, index)], curve.params[index], curve.units[index], *bound.limits[index]) for index in others]
        problem = Problem([curve], variables, [base])
        near = min(self._last, key=lambda one: abs(one[0] - self.scale(value)))[1] if self._last else bound.theta
        low, high = (np.array([bound.limits[index][side] for index in others]) for side in (0, 1))
        best, where = math.inf, near
        for one in (near, *(one.theta for one in start.candidates(curve, held, most=2))):
            theta = np.clip(one[others], low, high)
            theta[problem.log & (theta <= 0)] = 1e-300
            found, chi2 = solve.levenberg(problem, theta, settled=0.03 * self.tolerance * (self.threshold - self.least))
            if chi2 < best:
                best, where = chi2, problem.locals_of(found)[0]
        self._last.append((self.scale(value), where))
        if best < self.least * (1 - 1e-12):
            self.least = best  # the threshold follows: a lower optimum than the one of the fit
        return best

    def _other_basins(self) -> tuple[float | None, float | None]:
        """Outermost places of the declared scan on either side that lie below the threshold."""
        if self.bound.curve.params[self.place].scan is None:
            return None, None
        here = self.scale(self.bound.theta[self.place])
        grid = [one for one in start.scan_grid(self.bound.curve, self.name) if self.low < one < self.high]
        inside = [self.scale(float(one)) for one in grid if self.chi2(float(one)) <= self.threshold]
        return min((one for one in inside if one < here), default=None), max((one for one in inside if one > here), default=None)
