"""All curves that share a grid, errors, knowns and settings: their fits, errors and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...measured import Measured
from ..many import _Plan, evaluate_many
from ..problem import Curve
from . import judge
from .batch import Compressed, Optima
from .lanes import Group, asked
from .reduced import NotFinite, Reduced
from .scattered import Points, Scattered

_ROWS = 5120   # curves of one pass, at most


@dataclass
class Block:
    """Fits of G curves: numbers [SI] of all P parameters, errors NaN where there is none, codes of :data:`judge.VERDICTS`.

    ``sides``: -1, 1 for an upper, a lower limit. ``hard``: curves that want the ordinary path. ``correlation``: lag-1
    autocorrelation of the residuals where it is significant, else 0. ``unasked``: a caution could not be asked.
    """

    values: np.ndarray
    errors: np.ndarray
    chi2: np.ndarray
    points: np.ndarray
    codes: np.ndarray
    sides: np.ndarray
    hard: np.ndarray
    correlation: np.ndarray
    unasked: np.ndarray

    @classmethod
    def empty(cls, count: int, parameters: int) -> Block:
        """Nothing known: every curve is hard."""
        table = np.full((count, parameters), np.nan)
        return cls(table, table.copy(), np.full(count, np.nan), np.zeros(count, np.int32), np.full((count, parameters), judge.FAILED, np.uint8),
                   np.zeros((count, parameters), np.int8), np.ones(count, bool), np.zeros(count), np.zeros(count, bool))

    def part(self, rows: slice) -> Block:
        """Some rows, to be written into."""
        return Block(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def put(self, rows: np.ndarray, other: Block) -> None:
        """Write the rows of another block into this one."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(other, name)


def rules_of(curve: Curve, free: Sequence[int], limits: Sequence[tuple[float, float]]) -> judge.Rules:
    """What the verdicts need to know of the free parameters of a curve."""
    model = curve.model
    low, high = (np.array([limits[index][side] for index in free], float) for side in (0, 1))
    params = [curve.params[index] for index in free]
    carries = [index < curve.model_size and (not param.linear or not model.null and model.linear.index(param.name) in model.signal) for index, param in zip(free, params)]
    positive = np.array([param.positive for param in params], bool)
    return judge.Rules(low, high, positive, positive & (low >= 0), np.array(carries, bool), np.array([param.linear for param in params], bool),
                       curve.y_err is not None)


def has_signal_test(curve: Curve, fixed: Mapping[str, float]) -> bool:
    """Whether "no signal" can be said of a fit with these fixed parameters (as ``assess`` has it)."""
    law = curve.model
    held = [place for place, name in enumerate(law.linear) if name in fixed]
    if not law.linear and not law.null:
        return False
    return not (held and (law.coefficients is not None or not law.null and any(place in law.signal for place in held)))


def _way(plan: _Plan) -> Reduced | Compressed | None:
    """The quickest way that the law allows; None: each curve alone."""
    for way in (Reduced, Compressed):
        try:
            return way(plan)
        except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):   # not of the form, or a law that takes no columns of parameters
            continue
    return None


class Grid:
    """The fits of curves (G, N) on one grid.

    Parameters
    ----------
    curve
        The law bound to the grid with its errors, knowns and background; its own data do not matter.
    fixed
        Parameters that stay [SI].
    limits
        (low, high) [SI] of every parameter.
    """

    def __init__(self, curve: Curve, fixed: Mapping[str, float], limits: Sequence[tuple[float, float]]):
        self.curve, self.fixed, self.limits = curve, dict(fixed), list(limits)
        plan = _Plan(curve, self.fixed, self.limits, None)
        self.free = plan.free
        self.rules = rules_of(curve, self.free, self.limits)
        self.tested = has_signal_test(curve, self.fixed)
        self.columns = judge.effective_columns(curve.model, self.fixed)
        self.systematic = self._systematic()
        self.verified: set = set()
        self.way: Reduced | Compressed | None = _way(plan)
        width = len(curve.y) if self.way is None else max(len(curve.y), self.way.width)
        self.rows = int(np.clip(6e6 / width, 32, _ROWS)) // 32 * 32   # of one pass: what the caches hold

    def _systematic(self) -> bool:
        """Whether a parameter that stays fixed is known only to within metadata."""
        return any(param.prior and isinstance(self.curve.data.meta.get(param.prior), Measured) and param.name in self.fixed for param in self.curve.params)

    def fit(self, Y: np.ndarray, correlation: bool = False) -> Block:
        """Fit the rows of ``Y`` [SI]; NotFinite where one of their numbers is not finite.

        Passes have a fixed number of rows, so that a curve gets the same numbers however the curves are handed in, as long
        as the first row of each call is a multiple of that number.
        """
        with np.errstate(all="ignore"):   # what the data do not tell may be anywhere
            return self._fit(Y, correlation)

    def _fit(self, Y: np.ndarray, correlation: bool) -> Block:
        if self.way is None or self.systematic:
            return Block.empty(len(Y), len(self.curve.names))
        if not isinstance(self.way, Reduced) and not np.all(np.isfinite(np.einsum("gn,gn->g", Y, Y))):
            raise NotFinite
        whole, silent, columns = Block.empty(len(Y), len(self.curve.names)), np.empty(len(Y), bool), []
        whole.codes[:], whole.points[:] = judge.FIXED, Y.shape[1]
        for row in range(0, len(Y), self.rows):
            part = slice(row, row + self.rows)
            one = self._pass if isinstance(self.way, Reduced) else self._batch_pass
            silent[part], column = one(Y[part], correlation, whole.part(part))
            columns.append(column)
        self._cautions(whole, Y, silent, None if columns[0] is None else tuple(map(np.concatenate, zip(*columns))), correlation)
        return whole

    def _pass(self, Y: np.ndarray, correlation: bool, block: Block):
        found, size, free, rules = self.way.fit(Y), len(self.free), self.free, self.rules
        count, points = len(Y), Y.shape[1]
        dof = max(points - size, 1)
        lost = judge.no_signal(found.chi2, found.without, self.columns, dof, rules.given) if self.tested else np.zeros(count, bool)
        silent = lost | ~found.admissible
        noise = np.ones(count) if rules.given else np.sqrt(np.maximum(found.chi2, 0.0) / dof)
        deviations = found.deviations * noise[:, None]
        codes, vague = judge.plain(found.theta, deviations, silent, rules)
        ends = np.zeros((count, size), np.int8)
        values = block.values
        values[:, free] = found.theta
        for index, name in enumerate(self.curve.names):
            if name in self.fixed:
                values[:, index] = self.fixed[name]
        unseen = found.seen < judge._UNSEEN * noise
        if not found.settled.all():
            unknown = np.any(rules.log & ~rules.linear & ~(deviations <= judge.RELATIVE * np.abs(found.theta)), axis=1)   # then it does not matter where the optimum is
            unseen |= ~found.settled & ~(unknown & (found.pinned == 2))
        hard = ~silent & unseen | found.outside | ~found.admissible & ~lost   # what is seen goes the other way: the best that the law can do is another optimum
        special = vague | (np.abs(found.pinned) == 1) | (silent & ~rules.carries.all())   # a background may lean on what is not seen
        rho = np.zeros(count)
        if correlation:
            rho, significant = judge.correlated(*found.residuals.sums(), found.residuals.of, size, points)
            special |= significant
        rows, others, other_chi2 = found.rivals
        if len(rows):
            near = other_chi2 - found.chi2[rows] < 9 * noise[rows] ** 2
            rows, others, other_chi2 = rows[near], others[near], other_chi2[near]
            special[rows] = True
        chosen = np.flatnonzero(special & ~hard)
        chosen = chosen[np.all(np.isfinite(found.theta[chosen]), axis=1)]
        if len(chosen):
            _, jacobian = evaluate_many(self.curve, values[chosen], free)
            where = np.full(count, -1)
            where[chosen] = np.arange(len(chosen))
            kept = where[rows] >= 0
            deviations[chosen], codes[chosen], ends[chosen], unclear = judge.judged(
                jacobian, found.theta[chosen], found.chi2[chosen], points, silent[chosen], rules, (where[rows[kept]], others[kept], other_chi2[kept]), rho[chosen])
            hard[chosen] |= unclear
        block.chi2[:], block.hard[:], block.correlation[:] = np.maximum(found.chi2, 0.0), hard, rho
        block.codes[:, free], block.sides[:, free], block.errors[:, free] = codes, ends, deviations
        return silent, found.column

    def _bounds(self, values: np.ndarray, column: tuple[np.ndarray, np.ndarray], name: str, rows) -> tuple[np.ndarray, np.ndarray]:
        """For some rows (low, high) of the "model swing", the "model size" or the "fitted swing" [SI]; see :class:`lanes.Group`."""
        assert isinstance(self.way, Reduced)
        size, place = (one[rows] for one in column)
        if name != "fitted swing":
            return self.way.bounds(name, size, place)
        low, high = self.way.bounds("model swing", size, place)
        background = self.curve.background
        extra = np.abs(values[rows, self.curve.model_size:]) @ np.ptp(background, axis=1) if len(background) else 0.0
        return np.maximum(low - extra, 0.0), high + extra

    def _batch_pass(self, Y: np.ndarray, correlation: bool, block: Block):
        found = self.way.fit(Y)
        residuals = None
        if correlation:
            with np.errstate(all="ignore"):
                value = self.curve.model.function(*self.curve.x, *found.values[:, : self.curve.model_size].T[:, :, None], **self.curve.function_known)
            residuals = self.curve.weigh(Y - value - found.values[:, self.curve.model_size:] @ self.curve.background)
        if residuals is not None:
            rho, significant = judge.autocorrelations(residuals, len(self.free), Y.shape[1])
            if significant.any():   # these want the neighbours, not a frame
                return settle(block, found, self, rho, Y.shape[1], lambda rows: evaluate_many(self.curve, found.values[rows], self.free)[1]), None
        return settle(block, found, self, np.zeros(len(Y)), Y.shape[1], None), None

    def _cautions(self, block: Block, Y: np.ndarray, silent: np.ndarray, column: tuple | None, correlation: bool) -> None:
        """Ask the cautions of the law, then take away the errors of what has none."""
        limits = block.codes == judge.LIMIT
        fixed = frozenset(self.fixed)
        dof = float("inf") if self.rules.given else float(max(Y.shape[1] - len(self.free), 1))
        group = Group(self.curve, fixed, Y, block.values, block.errors, block.codes, dof, np.sqrt(block.chi2 / max(Y.shape[1] - len(self.free), 1)),
                      block.correlation if correlation else None, None if column is None else partial(self._bounds, block.values, column),
                      away=np.sqrt(np.maximum(block.chi2, 0.0)) * (1.0 if self.curve.y_err is None else float(np.max(self.curve.y_err))) * (1 + 1e-9), verified=self.verified)
        quiet = silent | block.hard
        block.codes, block.unasked = asked(self.curve.model, group, quiet)
        block.errors[limits | (silent[:, None] & (block.codes == judge.LOST))] = np.nan


class Own:
    """The fits of curves each with a grid, errors and gaps of its own; see :class:`Grid`."""

    def __init__(self, curve: Curve, fixed: Mapping[str, float], limits: Sequence[tuple[float, float]], x_names: Sequence[str], verified: set | None = None):
        self.curve, self.fixed, self.x_names, self.verified = curve, dict(fixed), tuple(x_names), verified
        self.way = Scattered(curve, fixed, limits)
        self.free = self.way.free
        self.rules = rules_of(curve, self.free, limits)
        self.tested, self.columns = has_signal_test(curve, self.fixed), judge.effective_columns(curve.model, self.fixed)

    def fit(self, x: Mapping[str, np.ndarray], Y: np.ndarray, errors: np.ndarray | None, correlation: bool, numbers: np.ndarray) -> tuple[np.ndarray, Block]:
        """Fits of the curves that have points enough: which of ``numbers`` these are, and their block."""
        with np.errstate(all="ignore"):
            return self._fit(x, Y, errors, correlation, numbers)

    def _fit(self, x: Mapping[str, np.ndarray], Y: np.ndarray, errors: np.ndarray | None, correlation: bool, numbers: np.ndarray) -> tuple[np.ndarray, Block]:
        x = {name: np.broadcast_to(one, Y.shape) for name, one in x.items()}
        used = np.isfinite(Y) & np.all([np.isfinite(one) for one in x.values()], axis=0)
        if errors is not None:
            used &= np.isfinite(errors) & (errors > 0)
        if errors is not None and np.any(np.isfinite(errors) & (errors <= 0)):
            raise ValueError("errors that are not positive")
        counts = used.sum(axis=1)
        rows = np.flatnonzero(counts > len(self.free))
        order = np.argsort(~used[rows], axis=1, kind="stable")   # points first, in their order
        counts, used = counts[rows], np.take_along_axis(used[rows], order, axis=1)

        def ordered(table):
            table = np.take_along_axis(np.broadcast_to(table, whole)[rows], order, axis=1)
            return np.where(used, table, table[:, :1])

        whole = Y.shape
        x, Y = {name: ordered(one) for name, one in x.items()}, ordered(Y)
        weights = used.astype(float) if errors is None else np.where(used, 1 / np.where(used, ordered(errors), 1.0), 0.0)
        varied = np.ptp(Y, axis=1) > 0
        if not varied.all():
            rows, counts, Y, weights, used = (one[varied] for one in (rows, counts, Y, weights, used))
            x = {name: one[varied] for name, one in x.items()}
        main = [x[name] for name in self.x_names]
        found = self.way.fit(main, Y, weights, x)
        block = Block.empty(len(rows), len(self.curve.names))
        block.codes[:], block.points[:] = judge.FIXED, counts
        rho = np.zeros(len(rows))
        value, model_part = Points(self.curve, main, Y, weights, x).parts(found.values, found.residuals)
        if correlation:
            rho = judge.autocorrelations(found.residuals, len(self.free), counts)[0]
        silent = settle(block, found, self, rho, counts, lambda some: found.jacobian[some])
        dof = np.inf if self.rules.given else np.maximum(counts - len(self.free), 1)
        rest = np.where(used, Y - value, 0.0)
        scatter = np.sqrt(np.einsum("gn,gn->g", rest, rest) / np.maximum(counts - len(self.free), 1))
        limits = block.codes == judge.LIMIT
        group = Group(self.curve, frozenset(self.fixed), Y, block.values, block.errors, block.codes, dof, scatter, rho if correlation else None, None, main, counts, value, model_part, weights,
                      verified=self.verified)
        block.codes, block.unasked = asked(self.curve.model, group, silent | block.hard)
        block.errors[limits | (silent[:, None] & (block.codes == judge.LOST))] = np.nan
        return numbers[rows], block


def settle(block: Block, found: Optima, rules_of_grid, rho: np.ndarray, points, neighbours) -> np.ndarray:
    """Write optima with their errors and verdicts into a block; where the law is silent.

    ``neighbours(rows)`` gives derivatives point by point, for curves whose residuals are correlated.
    """
    grid, free, rules = rules_of_grid, rules_of_grid.free, rules_of_grid.rules
    theta = found.values[:, free]
    silent = ~found.admissible
    if grid.tested:
        silent |= judge.no_signal(found.chi2, found.without, grid.columns, np.maximum(points - len(free), 1), rules.given)
    fine = np.isfinite(found.chi2) & np.all(np.isfinite(theta), axis=1) & np.all(np.isfinite(found.jacobian), axis=(1, 2))
    jacobian = np.where(fine[:, None, None], found.jacobian, 1.0)
    rows, others, other_chi2 = found.rivals
    rivals = rows, others[:, free], other_chi2
    deviations, codes, ends, unclear = judge.judged(jacobian, theta, found.chi2, points, silent, rules, rivals)
    correlated = np.flatnonzero((rho > 0) & fine)
    if len(correlated):
        where = np.full(len(rho), -1)
        where[correlated] = np.arange(len(correlated))
        kept = where[rows] >= 0
        some = points[correlated] if np.ndim(points) else points
        deviations[correlated], codes[correlated], ends[correlated], unclear[correlated] = judge.judged(
            neighbours(correlated), theta[correlated], found.chi2[correlated], some, silent[correlated], rules, (where[rows[kept]], rivals[1][kept], other_chi2[kept]), rho[correlated])
    far = np.flatnonzero(unclear & fine & ~silent & (rho <= 0)) if found.chi2_at is not None else ()
    if len(far):   # a parameter may have run so far that the data no longer see it
        some = points[far] if np.ndim(points) else points
        variance = np.ones(len(far)) if rules.given else found.chi2[far] / np.maximum(some - len(free), 1)

        def chi2_at(rows, moved):
            values = found.values[far[rows]]
            values[:, free] = moved
            return found.chi2_at(far[rows], values)

        norms = np.sqrt(np.einsum("gvn,gvn->gv", jacobian[far], jacobian[far]))
        looked_up = judge.ends_of(theta[far], norms, found.chi2[far], variance, rules, chi2_at)
        deviations[far], codes[far], ends[far], unclear[far] = judge.judged(jacobian[far], theta[far], found.chi2[far], some, silent[far], rules, ends=looked_up)
    block.values[:], block.chi2[:], block.correlation[:] = found.values, found.chi2, rho
    outside = np.any((theta < rules.low) | (theta > rules.high), axis=1)   # a background that follows the law knows no bounds
    block.hard[:] = ~silent & unclear | ~fine | outside
    block.codes[:, free], block.sides[:, free], block.errors[:, free] = codes, ends, deviations
    return silent
