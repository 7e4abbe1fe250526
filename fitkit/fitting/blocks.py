"""Joint fits of many curves: the Jacobian has the shape of an arrow, and is never written out.

Every curve has its own variables and a few that it shares. Curves of about the same length are evaluated in one call of
the law; the own variables are eliminated curve by curve (Schur complement), which leaves a small system for the shared
ones. At the solution the rows of each curve are compressed by QR to as many as it has variables: the same covariance,
singular values and null directions as all points have, and a small problem for lmfit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import solve
from .many import law_and_gradient
from .problem import Problem

_PADDED = 0.8    # curves at least this long in terms of the longest are padded to its length
_SAME = 0.01      # standard deviations between a point and the optimum it belongs to
_SLACK = 3e-14   # relative to the sum of squares: comparing rounded sums stalls


class Stack:
    """Curves with the same parameters in the same places, evaluated together; shorter ones are padded with rows of weight 0.

    ``own`` (G, L) and ``tied`` (G, S) are the variables of each curve that are its own and shared, ``positions`` (L + S,)
    their places among its local parameters.
    """

    def __init__(self, problem: Problem, numbers: Sequence[int], shared: np.ndarray):
        self.numbers, self.curves = list(numbers), [problem.curves[number] for number in numbers]
        self.sizes = np.array([len(curve.y) for curve in self.curves])
        local = [problem.local[number] for number in numbers]
        kinds = [[[pair for pair in pairs if shared[pair[1]] == kind] for pairs in local] for kind in (False, True)]
        self.own, self.tied = (np.array([[index for _, index in pairs] for pairs in kind], int).reshape(len(local), -1) for kind in kinds)
        self.variables = np.concatenate([self.own, self.tied], axis=1)
        self.positions = [position for kind in kinds for position, _ in kind[0]]
        self.base = np.array([problem.base[number] for number in numbers])
        first, self.length = self.curves[0], int(self.sizes.max())
        self.alone = len(self.curves) == 1
        self.last: tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]] | None = None   # solvers ask twice for the same place
        if self.alone:
            return
        self.x = tuple(_common([_padded(curve.x[axis], self.length) for curve in self.curves]) for axis in range(len(first.x)))
        self.y = np.array([_padded(curve.y, self.length) for curve in self.curves])
        self.known = {name: _common([np.array([curve.function_known[name]]) for curve in self.curves]) for name in first.function_known}
        self.known = {name: float(value[0]) if value.ndim == 1 else value for name, value in self.known.items()}
        self.background = np.array([_padded(curve.background, self.length) for curve in self.curves])
        self.weight = None
        if first.y_err is not None or np.any(self.sizes < self.length):
            self.weight = np.where(np.arange(self.length) < self.sizes[:, None], 1.0, 0.0)
            if first.y_err is not None:
                self.weight /= np.array([_padded(curve.y_err, self.length) for curve in self.curves])

    def locals_of(self, theta: np.ndarray) -> np.ndarray:
        """Local parameters (G, P) at SI values of the variables."""
        values = self.base.copy()
        values[:, self.positions] = theta[self.variables]
        return values

    def evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Curve values (G, N), weighted residuals (G, N) and weighted d f/d variable (G, L + S, N) at SI values of the variables."""
        if self.last is None or not np.array_equal(theta, self.last[0]):
            self.last = theta.copy(), self._evaluate(theta)
        return self.last[1]

    def _evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        values = self.locals_of(theta)
        with np.errstate(all="ignore"):  # a trial step may be absurd: what is not finite is not accepted
            if self.alone:
                curve = self.curves[0]
                value, gradient = curve.evaluate(values[0])
                return value[None], curve.weigh(curve.y - value)[None], curve.weigh(gradient[self.positions])[None]
            size = self.curves[0].model_size
            value, gradient = law_and_gradient(self.curves[0].model, self.x, list(values[:, :size].T[:, :, None]), self.known)
            rows = np.empty((len(values), len(self.positions), self.length))
            for place, position in enumerate(self.positions):
                rows[:, place] = gradient[position] if position < size else self.background[:, position - size]
            value = value + np.einsum("gb,gbn->gn", values[:, size:], self.background)
            residuals = self.y - value
            if self.weight is not None:
                residuals *= self.weight
                rows *= self.weight[:, None]
            return value, residuals, rows

    def agrees(self, theta: np.ndarray) -> bool:
        """Whether the law takes stacked arrays: the last curve evaluated alone gives the same."""
        try:
            value, _, rows = self.evaluate(theta)
        except (ValueError, TypeError, IndexError):
            return False
        curve = self.curves[-1]
        with np.errstate(all="ignore"):
            alone, gradient = curve.evaluate(self.locals_of(theta)[-1])
        return _alike(value[-1:, : len(alone)], alone[None]) and _alike(rows[-1, :, : len(alone)], curve.weigh(gradient[self.positions]))


def _alike(ours: np.ndarray, alone: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(ours - alone) <= 1e-7 * np.abs(alone).max(axis=-1, keepdims=True)))


def _padded(rows: np.ndarray, length: int) -> np.ndarray:
    """Repeat the last point up to ``length`` points."""
    missing = length - rows.shape[-1]
    return rows if not missing else np.concatenate([rows, np.repeat(rows[..., -1:], missing, axis=-1)], axis=-1)


def _common(rows: list[np.ndarray]) -> np.ndarray:
    """The one array that all are equal to, else all of them in rows."""
    return rows[0] if all(np.array_equal(rows[0], one) for one in rows[1:]) else np.array(rows)


class Blocks:
    """The joint problem in blocks. Same variables, scaling and bounds as ``problem``."""

    def __init__(self, problem: Problem, theta: np.ndarray):
        """``theta``: SI values of the variables where the law is tried on stacked arrays."""
        self.problem = problem
        self.shared = np.array([len({which for which, _ in variable.members}) > 1 for variable in problem.variables], bool)
        alike: dict[tuple, list[int]] = {}
        for number, curve in enumerate(problem.curves):
            places = [tuple(position for position, index in problem.local[number] if self.shared[index] == kind) for kind in (False, True)]
            key = (number,) if curve.whitener is not None or curve.weights is not None else (curve.names, curve.y_err is None, *places)
            alike.setdefault(key, []).append(number)
        self.stacks: list[Stack] = []
        for numbers in alike.values():
            numbers.sort(key=lambda number: -problem.sizes[number])
            while numbers:
                long = [number for number in numbers if problem.sizes[number] >= _PADDED * problem.sizes[numbers[0]]]
                numbers = numbers[len(long):]
                stack = Stack(problem, sorted(long), self.shared)
                self.stacks += [stack] if stack.alone or stack.agrees(theta) else [Stack(problem, [number], self.shared) for number in sorted(long)]
        self.ties = np.flatnonzero(self.shared)
        for stack in self.stacks:
            stack.tied_places = np.searchsorted(self.ties, stack.tied)

    # -- Levenberg-Marquardt -------------------------------------------------------------------------------------------
    def _moments(self, theta: np.ndarray):
        """Sum of squares, and for each stack J^T r (G, K) and J^T J (G, K, K) in SI, with J = d f/d variable."""
        chi2, found = 0.0, []
        with np.errstate(all="ignore"):
            for stack in self.stacks:
                _, residuals, rows = stack.evaluate(theta)
                chi2 += float(np.vdot(residuals, residuals))
                found.append(((rows @ residuals[:, :, None])[:, :, 0], rows @ rows.transpose(0, 2, 1)))
        return chi2, found

    def _summed(self, parts) -> np.ndarray:
        """Add up numbers (G, K) of each stack for each variable."""
        total = np.zeros(len(self.shared))
        for stack, part in zip(self.stacks, parts):
            np.add.at(total, stack.variables, part)
        return total

    def levenberg(self, theta: np.ndarray, known: Sequence[tuple[np.ndarray, float]] = (), most: int = 100) -> tuple[np.ndarray, float]:
        """As :func:`solve.levenberg`, by blocks. Returns (variables [SI], weighted sum of squares).

        ``known``: optima found before; a start that comes within a hundredth of a standard deviation of one leads to it.
        """
        problem = self.problem
        chi2, moments = self._moments(np.array(theta, float))
        problem.centre(theta, chi2, np.sqrt(self._summed([np.einsum("gkk->gk", gram) for _, gram in moments])))
        low, high = problem.bounds_u()
        u = np.clip(np.zeros(len(theta)), low, high)
        if np.any(u):
            chi2, moments = self._moments(problem.theta(u))
        if not math.isfinite(chi2):
            return problem.theta(u), math.inf
        square = problem.noise**2
        chi2, total, damping, still = chi2 / square, float(problem.targets @ problem.targets) / square, 1e-4, 0
        for _ in range(most):
            here = problem.theta(u)
            factor = np.where(problem.log, here, problem.scale) / problem.noise
            right = [one * factor[stack.variables] / problem.noise for stack, (one, _) in zip(self.stacks, moments)]
            gram = [one * factor[stack.variables][:, :, None] * factor[stack.variables][:, None, :] for stack, (_, one) in zip(self.stacks, moments)]
            downhill = self._summed(right)
            for other in known:
                away = np.where(problem.log, np.log(np.where(problem.log, np.maximum(other[0], 1e-300) / np.where(problem.log, here, 1.0), 1.0)), (other[0] - here) / problem.scale)
                if self._square(gram, away) < _SAME**2:
                    return other
            pinned = ((u <= low) & (downhill < 0)) | ((u >= high) & (downhill > 0))
            if pinned.all():
                break
            norms = np.sqrt(np.maximum(self._summed([np.einsum("gkk->gk", one) for one in gram]), 1e-300))
            accepted = False
            while damping < 1e12:
                step = self._step(right, gram, norms, pinned, damping)
                step[problem.log] = np.clip(step[problem.log], -2.0, 2.0)
                trial = np.clip(u + step, low, high)
                moved = trial - u
                predicted = 2 * downhill @ moved - self._square(gram, moved)
                if 0 <= predicted <= 1e-16 * chi2:  # nothing is left to see in the sum of squares
                    return problem.theta(trial), chi2 * square
                new, new_moments = self._moments(problem.theta(trial))
                new /= square
                if math.isfinite(new) and new <= chi2 + _SLACK * total and all(np.all(np.isfinite(one)) for _, one in new_moments):
                    accepted = True
                    break
                damping = max(damping * 8, 1e-8)
            if not accepted:
                break
            gain, u, chi2, moments = chi2 - new, trial, new, new_moments
            damping = damping / 10 if damping > 1e-14 else 0.0
            still += abs(gain) <= 1e-13 * chi2 + _SLACK * total and predicted <= 1e-12 * chi2 + _SLACK * total
            if still > 1:  # the sum of squares says no more; the steps, which are not compared, still shrink
                break
        return problem.theta(u), chi2 * square

    def _square(self, gram, moved: np.ndarray) -> float:
        """Change^2 of the residuals with a change of the variables."""
        return sum(float(np.sum((one @ moved[stack.variables][:, :, None])[:, :, 0] * moved[stack.variables])) for stack, one in zip(self.stacks, gram))

    def _step(self, right, gram, norms: np.ndarray, pinned: np.ndarray, damping: float) -> np.ndarray:
        """Damped normal equations with columns of norm 1: own variables out by curve, the shared ones, then back."""
        size = len(self.ties)
        matrix, vector, kept = np.zeros((size, size)), np.zeros(size), []
        more = np.where(pinned, 1.0, damping + 1e-15)
        for stack, r, m in zip(self.stacks, right, gram):
            scale, held, split = norms[stack.variables], pinned[stack.variables], stack.own.shape[1]
            m = m / scale[:, :, None] / scale[:, None, :]
            r = np.where(held, 0.0, r / scale)
            m[held[:, :, None] | held[:, None, :]] = 0.0
            own = m[:, :split, :split] + np.eye(split) * more[stack.own][:, None, :]
            solved = np.linalg.solve(own, np.concatenate([m[:, :split, split:], r[:, :split, None]], axis=2))
            left = m[:, split:, split:] - m[:, split:, :split] @ solved[:, :, :-1]
            rest = r[:, split:] - (m[:, split:, :split] @ solved[:, :, -1:])[:, :, 0]
            np.add.at(matrix, (stack.tied_places[:, :, None], stack.tied_places[:, None, :]), left)
            np.add.at(vector, stack.tied_places, rest)
            kept.append(solved)
        step = np.zeros(len(norms))
        step[self.ties] = np.linalg.lstsq(matrix + np.diag(more[self.ties]), vector, rcond=1e-15)[0]
        for stack, solved in zip(self.stacks, kept):
            step[stack.own] = solved[:, :, -1] - (solved[:, :, :-1] @ step[stack.tied][:, :, None])[:, :, 0]
        return step / norms

    # -- at the solution -----------------------------------------------------------------------------------------------
    def compressed(self, theta: np.ndarray) -> Compressed:
        """The problem with its rows compressed at ``theta``."""
        found = Compressed(self)
        found.centre(theta)
        return found

    def polish(self, theta: np.ndarray, chi2: float) -> tuple[np.ndarray, float, Compressed]:
        """Hand the compressed problem to lmfit; the better of its point and the start is returned, compressed there."""
        begun = Compressed(self)
        found, _ = solve.polish(begun, theta)
        if np.array_equal(found, theta):
            return theta, chi2, begun
        polished = self.compressed(found)
        if polished.chi2 <= chi2 * (1 + 1e-12):
            return polished.problem.theta0, min(polished.chi2, chi2), polished
        return theta, chi2, self.compressed(theta)


@dataclass(frozen=True)
class CompressedCurve:
    """One curve of a compressed problem: its slice of the rows, their combinations (rows, N) of its points, values and weighted residuals."""

    rows: slice
    combinations: np.ndarray
    value: np.ndarray
    residuals: np.ndarray


class Compressed:
    """The problem seen through fixed orthonormal combinations of the rows of each curve, for :func:`solve.polish`.

    The combinations span the Jacobian and the residuals at the place where it is centred. J^T r is the same there, so the
    optimum is; elsewhere it stays the nonlinear problem, and its optimum differs from that of all rows by the third power
    of the distance to the centre.
    """

    def __init__(self, blocks: Blocks):
        self.blocks, self.problem = blocks, blocks.problem

    def centre(self, theta: np.ndarray) -> None:
        """Put u = 0 at ``theta`` and choose the combinations there."""
        self.at, self.combinations, self.starts, norms, row, self.chi2 = [], [], [], [], 0, 0.0
        for stack in self.blocks.stacks:
            value, residuals, rows = stack.evaluate(theta)
            self.at.append((value, residuals, rows))
            sizes = np.sqrt(np.einsum("gkn,gkn->gk", rows, rows))
            norms.append(sizes**2)
            self.chi2 += float(np.vdot(residuals, residuals))
            together = np.concatenate([rows / np.where(sizes > 0, sizes, 1.0)[:, :, None], residuals[:, None]], axis=1)
            combined = np.linalg.qr(together.transpose(0, 2, 1))[0].transpose(0, 2, 1)
            self.combinations.append(np.ascontiguousarray(combined))
            self.starts.append(row)
            row += combined.shape[0] * combined.shape[1]
        self.rows = row
        self.problem.centre(theta, self.chi2, np.sqrt(self.blocks._summed(norms)))

    @property
    def noise(self) -> float:
        """As in the problem behind the blocks."""
        return self.problem.noise

    def theta(self, u: np.ndarray) -> np.ndarray:
        """As in the problem behind the blocks."""
        return self.problem.theta(u)

    def bounds_u(self) -> tuple[np.ndarray, np.ndarray]:
        """As in the problem behind the blocks."""
        return self.problem.bounds_u()

    def scaled(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Combined residuals over their rms and their Jacobian d r/d u."""
        theta = self.problem.theta(u)
        factor = np.where(self.problem.log, theta, self.problem.scale)
        residuals, jacobian = self._combine([stack.evaluate(theta)[1:] for stack in self.blocks.stacks])
        return residuals / self.noise, -jacobian * (factor / self.noise)[:, None]

    def _combine(self, parts) -> tuple[np.ndarray, np.ndarray]:
        """Combined residuals (rows,) and d f/d variable (variables, rows) of (residuals, derivatives) of each stack."""
        combined, jacobian = np.empty(self.rows), np.zeros((len(self.blocks.shared), self.rows))
        for stack, (residuals, rows), q, start in zip(self.blocks.stacks, parts, self.combinations, self.starts):
            curves, size = q.shape[:2]
            where = start + np.arange(curves * size).reshape(curves, size)
            combined[where] = (q @ residuals[:, :, None])[:, :, 0]
            jacobian[stack.variables[:, :, None], where[:, None, :]] = rows @ q.transpose(0, 2, 1)
        return combined, jacobian

    def of_curves(self) -> list[CompressedCurve]:
        """What belongs to each curve at the centre."""
        found: dict[int, CompressedCurve] = {}
        for stack, (value, residuals, _), q, start in zip(self.blocks.stacks, self.at, self.combinations, self.starts):
            for place, (number, size) in enumerate(zip(stack.numbers, stack.sizes)):
                row = start + place * q.shape[1]
                found[number] = CompressedCurve(slice(row, row + q.shape[1]), q[place][:, :size], value[place][:size], residuals[place][:size])
        return [found[number] for number in range(len(self.problem.curves))]

    def jacobian(self) -> np.ndarray:
        """d f/d variable (variables, rows) [SI] at the centre."""
        return self._combine([one[1:] for one in self.at])[1]
