"""Curves with grids of their own and one nonlinear parameter q: variable projection for all curves at once.

Background and the amplitude of the one column of the law follow from q in closed form, so that the sum of squares is a
function of q alone: phi = |r|^2, r = y - a v, with y and the column v(q) outside the background. Its slope is exact,
phi' = -2 a r.v', its curvature that of Gauss and Newton at the first place and that of the cubic through the last two places after.
A bent valley of q, amplitude and a background that looks like v is no hindrance.
"""

from __future__ import annotations

import numpy as np

from ..many import _Plan, law_and_gradient
from ..start import scan_grid

_MOST = 25        # evaluations of the law
_REACH = 1.0      # longest step in q, of its logarithm where it is positive
_CLOSE = 3e-8     # step times the square of the one before: the error that is left, for the undamped step that follows
_SEEN = 1e-6      # part of the column that lies outside the background; of less no digits are left
_FLAT = 2.0       # standard deviations of q, in the same measure, from which on it does not matter where in a valley it stands


class Projected:
    """Newton's method in q for the rows of ``points``.

    Raises
    ------
    ValueError
        The law has another form than one column with one free nonlinear parameter.
    """

    def __init__(self, plan: _Plan, points, loose: list[int]):
        model, curve = plan.model, points.curve
        if len(plan.scanned) != 1 or len(model.linear) != 1 or model.linear[0] in plan.fixed:
            raise ValueError("not one column with one free nonlinear parameter")
        self.plan, self.points = plan, points
        grid = scan_grid(curve, plan.scanned[0])
        ends = float(np.min(grid)), float(np.max(grid))
        self.linear, self.place = curve.names.index(model.linear[0]), curve.names.index(plan.scanned[0])
        self.log = bool(curve.params[self.place].positive and ends[0] > 0)
        low, high = max(plan.low[self.place], ends[0]), min(plan.high[self.place], ends[1])
        self.low, self.high = (np.log(low), np.log(high)) if self.log else (low, high)
        weights = points.weights
        self.basis: list[np.ndarray] = []
        for index in loose:
            self.basis.append(self._unit(points.background[index] * weights))
        names = curve.names[curve.model_size:]
        held = sum((plan.fixed[name] * column for name, column in zip(names, points.background) if name in plan.fixed), np.zeros(()))
        self.target = self._bare((points.Y - held) * weights, slice(None))

    @classmethod
    def of(cls, plan: _Plan, points, loose: list[int]) -> Projected | None:
        """None where it is no way."""
        try:
            return cls(plan, points, loose)
        except ValueError:
            return None

    def _unit(self, column: np.ndarray) -> np.ndarray:
        column = self._bare(self._bare(column, slice(None)), slice(None))
        size = np.sqrt(np.einsum("gn,gn->g", column, column))
        return column / np.where(size > 0, size, 1.0)[:, None]

    def _bare(self, column: np.ndarray, rows) -> np.ndarray:
        """What a column (g, N) has outside the background; written into the column."""
        for one in self.basis:
            one = one[rows]
            column -= np.einsum("gn,gn->g", one, column)[:, None] * one
        return column

    def _look(self, theta: np.ndarray, s: np.ndarray, rows: np.ndarray):
        """phi, its slope, the curvature without that of the law, the amplitude at s and its slope."""
        points, size = self.points, self.plan.curve.model_size
        theta = theta[rows]
        q = np.exp(s) if self.log else s
        theta[:, self.place] = q
        every = len(rows) == len(points.Y)
        part = slice(None) if every else rows
        known = {name: one[part] if np.ndim(one) == 2 else one for name, one in points.known.items()}
        value, gradient = law_and_gradient(points.curve.model, [one[part] for one in points.x], list(theta[:, :size].T[:, :, None]), known)
        weights = points.weights[part]
        slope = gradient[self.place] * weights
        value = value * weights
        whole = np.einsum("gn,gn->g", value, value)
        if not np.isfinite(whole.sum() + slope.sum()):   # the law may end to be defined beyond the points of a curve
            value[weights == 0] = slope[weights == 0] = 0.0
            whole = np.einsum("gn,gn->g", value, value)
        value, slope, y = self._bare(value, part), self._bare(slope, part), self.target[part]
        vv, vd, dd, vy, dy, yy = (np.einsum("gn,gn->g", one, other) for one, other in ((value, value), (value, slope), (slope, slope), (value, y), (slope, y), (y, y)))
        vv[vv < _SEEN**2 * whole] = np.nan
        a = vy / vv
        if self.log:
            vd, dd, dy = vd * q, dd * q**2, dy * q
        phi = yy - a * vy
        close = np.flatnonzero(phi < 1e-6 * yy)   # the difference has lost its digits
        if len(close):
            rest = y[close] - a[close, None] * value[close]
            phi[close] = np.einsum("gn,gn->g", rest, rest)
        return phi, -2 * a * (dy - a * vd), 2 * a * a * np.maximum(dd - vd * vd / vv, 0.0), a, (dy - 2 * a * vd) / vv

    def descend(self, theta: np.ndarray, rows: np.ndarray, first: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Parameters (g, P) of the law and sums of squares (g,) at the minima below the starts ``theta`` (G, P) of some rows, and which have arrived.

        ``first``: q (g,) of an optimum that is known: a start from which a whole step leads towards it belongs to no other, and is given up.
        """
        known = None if first is None else np.log(np.maximum(first, 1e-300)) if self.log else first
        start = theta[rows][:, self.place]
        s = np.clip(np.log(np.maximum(start, 1e-300)) if self.log else start, self.low, self.high)
        best = np.full(len(rows), np.inf)
        settled, amplitude = np.zeros(len(rows), bool), np.full(len(rows), np.nan)
        moving = np.arange(len(rows))
        here, step = s.copy(), np.zeros(len(rows))
        before = None   # place, phi and slope of the last place
        with np.errstate(all="ignore"):
            for turn in range(_MOST):
                phi, slope, curvature, a, tilt = self._look(theta, here, rows[moving])
                fine = np.isfinite(phi) & np.isfinite(slope)
                better = fine & (phi <= best[moving] * (1 + 3e-14))
                if before is None:
                    bend, h = curvature, np.full(len(here), 0.1)
                else:
                    h = here - before[0]
                    cubic = 6 * (before[1] - phi) / h**2 + (2 * before[2] + 4 * slope) / h
                    bend = np.where(np.abs(h) > 1e-4, cubic, (slope - before[2]) / h)
                    bend = np.where(np.isfinite(bend) & (bend > 0.2 * curvature) & (bend < 5 * curvature), bend, np.where(curvature > 0, curvature, 1.0))
                best[moving[better]], s[moving[better]], amplitude[moving[better]] = phi[better], here[better], a[better]
                wanted = np.where(better, np.clip(-slope / bend, -_REACH, _REACH), -h / 2 if before is not None else 0.0)
                target = np.clip(here + wanted, self.low, self.high)
                step = target - here
                noise = phi / np.maximum(self.points.counts[rows[moving]] - len(self.plan.free), 1) if self.points.curve.y_err is None else 1.0
                flat = bend * _FLAT**2 < 2 * noise
                close = (np.abs(step) * np.maximum(h * h, np.abs(step)) < _CLOSE) & (np.abs(step) < 3e-4) & (turn > 0) | (np.abs(step) < 1e-10)
                last = better & close & ~flat
                s[moving[last]], amplitude[moving[last]] = target[last], (a + step * tilt)[last]
                done = better & (close | flat & (slope * step >= -1e-4 * noise) & (turn > 0))
                settled[moving[done]] = True
                if known is not None:
                    fine &= ~((np.abs(step) >= 0.999 * _REACH) & (step * (known[moving] - here) > 0))
                going = ~done & np.isfinite(target) & (fine if before is None or known is not None else True)
                if not going.any():
                    break
                before = tuple(np.where(better, new, old)[going] for new, old in zip((here, phi, slope), (here, phi, slope) if before is None else before))
                here, moving = target[going], moving[going]
        found = theta[rows].copy()
        q = np.exp(s) if self.log else s
        found[:, self.place] = q
        found[:, self.linear] = self._amplitude(found, amplitude, q)
        return found, best, settled & np.isfinite(best) & np.isfinite(found[:, self.linear])

    def _amplitude(self, theta: np.ndarray, a: np.ndarray, q: np.ndarray) -> np.ndarray:
        """The linear parameter that makes the law ``a`` times what it is at theta; NaN where there is none."""
        plan = self.plan
        if plan.model.coefficients is None:
            return theta[:, self.linear] * a
        curve = plan.curve
        far = int(np.argmax(np.abs(curve.x[0])))
        with np.errstate(all="ignore"):
            column = plan.model.coefficient_columns(curve.x, {plan.scanned[0]: q[:, None]} | {name: plan.fixed[name] for name in plan.model.nonlinear if name in plan.fixed},
                                                    curve.function_known)[0]
            value = curve.model.function(*(one[far: far + 1] for one in curve.x), *theta[:, : curve.model_size].T[:, :, None], **curve.function_known)[:, 0]
            c = a * value / np.broadcast_to(column, (len(q), len(curve.y)))[:, far]
        return plan._values(c[None], {plan.scanned[0]: q}, len(q))[:, self.linear]
