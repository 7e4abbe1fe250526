"""Tables of a law with one nonlinear parameter on one grid: the column of the law between the places of its scan as polynomials in a small space."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..many import _derivative, _Plan

_NODES = 16         # of a panel, which reaches from the place before to the one after a place of the scan
_TAIL = 1e-12       # of its polynomials, relative to their largest coefficient
_RANK = 1e-12       # singular values, relative to the largest, that count as directions of the family
_LEFT = 2e-12       # what the small space may leave of a unit column
_SEEN = 1e-5        # of a column that must be left once the linear ones are taken out, or must change to the next place
_MOST = 0.6         # of the points; a family that spans more is not worth projecting, but for
_FEW = 64           # dimensions, which cost little
_NUMBERS = 4e6      # in the tabulated family
_EXTRA = 30         # places added on each side of the scan, at most
_APART = 3, 2       # places of the whole scan from one of the thin scan to the next, at most so many
_NEARBY = 0.5       # of the distance of two places, within which the vertex of three must lie at a top
_NEAR = 0.1         # part of the gain of the best place of the scan within which others are looked at


@dataclass(frozen=True)
class Scan:
    """Places of a scan, by number, that are looked at: unit columns (r, S), their sizes, and the part of the gain within which a second top may hide."""

    places: np.ndarray
    unit: np.ndarray
    size: np.ndarray
    near: float

    @classmethod
    def of(cls, unit: np.ndarray, size: np.ndarray, places: np.ndarray, held: bool) -> Scan:
        """Some places of unit columns (S, r) with their sizes."""
        unit = unit[places]
        change = 1 - np.abs(np.einsum("sr,sr->s", unit[1:], unit[:-1])).min()
        return cls(places, np.ascontiguousarray(unit.T), size[places], _NEAR if held else min(_NEAR, 0.75 * float(change)))

    def vertex(self, best: np.ndarray, score: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Where, in numbers of places, the parabola through the best scores of some rows of (G, S) and their neighbours has its vertex."""
        at = rows * len(self.places) + best
        before, here, after = (np.take(score, at + offset, mode="clip") for offset in (-1, 0, 1))
        apart = np.concatenate([[np.nan], np.diff(self.places), [np.nan]])   # at the ends there is no vertex
        back, ahead = apart[best], apart[best + 1]
        with np.errstate(all="ignore"):
            rise, fall = (here - before) / back, (after - here) / ahead
            move = np.clip(0.5 * (rise * ahead + fall * back) / (rise - fall), -back, ahead)
        return self.places[best] + np.where(np.isfinite(move), move, 0.0)


class Panels:
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
        self.basis, self.thin = plan.Q, Scan(np.empty(0, int), np.empty((0, 0)), np.empty(0), 0.0)
        self.quiet = self._quiet()
        if plan.scanned:
            self._tabulate()

    def _quiet(self) -> np.ndarray:
        """Orthonormal columns (N, k) of a fit without the signal of the law."""
        plan, model = self.plan, self.plan.model
        kept = [row for row, column in enumerate(plan.moves) if model.null or column not in model.signal]
        kept += range(len(plan.moves), self.size)
        if len(kept) == self.size:
            return plan.Q
        return np.linalg.qr((plan.Q @ plan.R)[:, kept])[0] if kept else np.empty((self.points, 0))

    def _tabulate(self) -> None:
        plan = self.plan
        points = self._places()
        ends = np.concatenate([[points[0] if self.hard[0] else 2 * points[0] - points[1]], points,
                               [points[-1] if self.hard[1] else 2 * points[-1] - points[-2]]])
        self.middle, self.half = (ends[2:] + ends[:-2]) / 2, (ends[2:] - ends[:-2]) / 2
        self.begin = (points - self.middle) / self.half
        angle = np.pi * (np.arange(_NODES) + 0.5) / _NODES
        columns, inside, size = self._projected((self.middle[:, None] + self.half[:, None] * np.cos(angle)).ravel())
        scanned, _, size_of_scan = self._projected(points)
        unit = columns / size[:, None]
        lost = np.sqrt(size**2 + np.einsum("sq,sq->s", inside, inside)) / size   # digits that the projection has cost
        U = directions(unit, np.maximum(_LEFT, 1e-15 * lost))
        self.U = np.linalg.qr(U - plan.Q @ (plan.Q.T @ U))[0]   # weak directions carry the rounding of what lay in Q
        self.basis = np.concatenate([plan.Q, self.U], axis=1)
        scan = scanned / size_of_scan[:, None] @ self.U

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
        self._scans(scan, size_of_scan)
        rest = series @ rest
        tails = np.abs(rest[self.smooth]).max(axis=0) > 3e-14 * np.abs(rest[self.smooth]).max(axis=(0, 1))
        order = int(np.flatnonzero(tails.any(axis=1))[-1]) + 1
        self.others = np.ascontiguousarray(_powers_of_chebyshev(order) @ rest[:, :order])
        changing = np.delete(self.others, (1, 2), axis=2)   # of ln|g| and the linear parts the slopes are wanted as well
        slopes = np.zeros_like(changing)
        slopes[:, :-1] = changing[:, 1:] * np.arange(1, order)[:, None]
        self.sloped = np.ascontiguousarray(np.concatenate([self.others, slopes], axis=2).transpose(0, 2, 1))
        raw = plan.curve.model.coefficient_columns(plan.curve.x, self._nonlinear(points), plan.curve.function_known)[plan.place]
        self.swing, self.largest = _range(np.ptp(raw, axis=1)), _range(np.abs(raw).max(axis=1))

    def _scans(self, unit: np.ndarray, size: np.ndarray) -> None:
        """The whole scan, unit columns (S, r) with their sizes, and a thin one for clear curves: the vertex of three of its places still lies near a top."""
        last, held = len(unit) - 1, self.plan.held is not None
        self.all = self.thin = Scan.of(unit, size, np.arange(last + 1), held)
        if held:
            return
        missed = {step: self._missed(Scan.of(unit, size, np.unique(np.append(np.arange(0, last, step), last)), held)) for step in _APART}
        kept = [0]
        while kept[-1] < last:
            here = kept[-1]
            kept.append(here + next((step for step in _APART if here + step <= last and missed[step][here: here + step + 1].max() < _NEARBY), 1))
        self.thin = Scan.of(unit, size, np.array(kept), held)

    def _missed(self, scan: Scan) -> np.ndarray:
        """By how much, in numbers of places, the vertex of three places of a scan misses a top in a panel (S,)."""
        missed, places = np.where(self.smooth, 0.0, np.inf), np.arange(len(self.begin))
        for s in (-0.45, -0.2, 0.2, 0.45):
            tops = np.einsum("k,skr->sr", s ** np.arange(self.table.shape[1]), self.table)
            score = np.abs(tops @ scan.unit)
            at = scan.vertex(np.argmax(score, axis=1), score, places)
            missed = np.fmax(missed, np.abs(at - self.begin - places - s))   # begin is where a place stands in its panel
        return missed

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
        scale = np.ones(1) if plan.held is None else size / size[:1]
        moves = np.sqrt(np.sum(np.diff(unit * np.reshape(scale, (-1, 1)), axis=0) ** 2, axis=1)) / (np.minimum(scale[1:], scale[:-1]) if plan.held is not None else 1.0)
        clear = np.flatnonzero(size**2 > _SEEN**2 * (size**2 + np.einsum("sq,sq->s", inside, inside)))
        turns = np.flatnonzero(moves > _SEEN)
        if len(clear) < 3 or len(turns) < 3:
            raise ValueError("too few places to scan")
        first, last = max(int(clear[0]), int(turns[0])), min(int(clear[-1]), int(turns[-1]) + 1)
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


def directions(unit: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
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
        if len(basis) > max(_MOST * unit.shape[1], _FEW):
            raise ValueError("the family of columns spans too many dimensions")
    else:
        raise ValueError("the family of columns is not held by a small space")
    return np.ascontiguousarray(basis.T)


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
