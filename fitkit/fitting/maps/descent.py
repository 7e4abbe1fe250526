"""The lowest optimum of many curves at once: Levenberg-Marquardt steps from several starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..downhill import levenberg_many
from ..problem import Curve

_PART = 1e-6  # of the whole: a part that vanishes
_SEEN = 0.03  # of the whole: a part that is still seen, to start from
_UNSEEN = 1e-3   # of the variance of the noise


@dataclass(frozen=True)
class Parts:
    """A positive parameter and one that says how it is shared, both free: steps are straighter in the two parts, which enter as logarithms.

    ``whole``, ``share``: their places among all parameters and among the free ones. ``middle``: the share about which the two
    parts change their roles; an optimum on one side has a twin on the other.
    """

    whole: tuple[int, int]
    share: tuple[int, int]
    middle: float

    @classmethod
    def of(cls, curve: Curve, free: np.ndarray) -> Parts | None:
        """Those of a law, None where it has none."""
        places = {curve.names[index]: (int(index), place) for place, index in enumerate(free)}
        for name, (index, place) in places.items():
            if curve.params[index].share_of in places:
                return cls(places[curve.params[index].share_of], (index, place), curve.params[index].default or 0.5)
        return None

    def split(self, theta: np.ndarray, least: float = _PART) -> np.ndarray:
        """The parts (G, P) in the places of whole and share, none below ``least`` of the whole."""
        found, whole = theta.copy(), theta[:, self.whole[0]]
        share = np.clip(theta[:, self.share[0]], least, 1 - least)
        found[:, self.whole[0]], found[:, self.share[0]] = (1 - share) * whole, share * whole
        return found

    def joined(self, parts: np.ndarray) -> np.ndarray:
        """The parameters (G, P) of parts."""
        found, whole = parts.copy(), parts[:, self.whole[0]] + parts[:, self.share[0]]
        found[:, self.whole[0]], found[:, self.share[0]] = whole, parts[:, self.share[0]] / whole
        return found

    def twin(self, theta: np.ndarray) -> np.ndarray:
        """Parameters (G, P) on the other side of the middle."""
        found = theta.copy()
        found[:, self.share[0]] = np.clip(2 * self.middle - theta[:, self.share[0]], 0.05 * self.middle, 1 - 0.05 * self.middle)
        return found

    def seen(self, evaluate, theta: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Where the data see the share: looked at beside the middle, for there the parts may do the same."""
        aside = theta.copy()
        aside[:, self.share[0]] = self.middle * np.where(theta[:, self.share[0]] > self.middle, 0.5, 1.5)
        by_share = evaluate(aside)[1][:, self.share[1]]
        return ~(np.einsum("gn,gn->g", by_share, by_share) <= _UNSEEN * noise)

    def evaluate(self, evaluate, parts: np.ndarray):
        """Values and derivatives by the parts."""
        theta = self.joined(parts)
        value, rows = evaluate(theta)
        whole, share = theta[:, self.whole[0], None], theta[:, self.share[0], None]
        by_whole, by_share = rows[:, self.whole[1]].copy(), rows[:, self.share[1]] / whole
        rows[:, self.whole[1]], rows[:, self.share[1]] = by_whole - share * by_share, by_whole + (1 - share) * by_share
        return value, rows


def best_of(evaluate, target: np.ndarray, starts: Sequence[np.ndarray], free, low, high, log, by_row: bool = False, most: int = 200,
            noise: np.ndarray | None = None, parts: Parts | None = None, linear: Sequence[int] = ()):
    """The lowest optimum of each curve from several starts: parameters, sum of squares, and the rivals (rows, parameters, sums).

    ``noise``: variances of the weighted data, ``parts`` of a parameter of the law, for what does not depend on the row. With fewer than 200 steps the sum of squares of a curve that has not arrived by then is not a number.
    """

    def descended(start, rows, most, known=None):
        return _descended(evaluate, target, start, rows, free, low, high, log, by_row, most, noise, parts, linear, known)

    theta, chi2, unseen = descended(starts[0], np.arange(len(target)), most)
    late = np.zeros(len(theta), bool)
    if most < 200:
        _, further, _ = descended(theta, np.arange(len(target)), 1)
        late = ~(chi2 - further <= 1e-9 * chi2)
    bad = ~np.isfinite(chi2) if noise is None else ~(chi2 < 2 * noise * max(target.shape[1] - len(free), 1))   # there is a lower one
    found = [(np.empty(0, int), np.empty((0, theta.shape[1])), np.empty(0))]
    for place in range(1, len(starts) + (parts is not None)):
        if place < len(starts):
            start = starts[place]
            rows = np.flatnonzero(np.all([np.any(start != other, axis=1) for other in starts[:place]], axis=0))
        elif parts is not None and noise is not None:   # a share that is not seen has no twin
            start, rows = parts.twin(theta), np.flatnonzero(~unseen)
            if len(rows):
                rows = rows[parts.seen(evaluate, theta[rows], noise[rows])]
        else:
            break
        if not len(rows):
            continue
        worth = np.where(bad[rows] | ~np.isfinite(chi2[rows]), np.inf, 5 * chi2[rows])
        other, other_chi2, _ = descended(start[rows], rows, most, (theta[rows], chi2[rows], worth))
        arrived = np.isfinite(other_chi2)
        rows, other, other_chi2 = rows[arrived], other[arrived], other_chi2[arrived]
        if not len(rows):
            continue
        swap = other_chi2 < chi2[rows]
        here, there = rows[swap], np.flatnonzero(swap)
        theta[here], other[there] = other[there], theta[here].copy()
        chi2[here], other_chi2[there] = other_chi2[there], chi2[here].copy()
        found.append((rows, other, other_chi2))
    rows, other, other_chi2 = (np.concatenate(one) for one in zip(*found))
    lowest = np.lexsort((other_chi2, rows))
    lowest = lowest[np.unique(rows[lowest], return_index=True)[1]]   # one rival of a curve
    return theta, np.where(late, np.nan, chi2), (rows[lowest], other[lowest], other_chi2[lowest])


def _descended(evaluate, target, start, rows, free, low, high, log, by_row, most, noise, parts, linear, known=None):
    """Parameters and sums of squares below the starts (g, P) of some rows, and where a share is not seen: in the parts of a parameter where it has any, at their ends in itself."""
    noise = None if noise is None else noise[rows]
    theta, chi2, rest, unseen = start.copy(), np.full(len(rows), np.inf), np.arange(len(rows)), np.zeros(len(rows), bool)
    if parts is not None:
        split = start[:, parts.whole[0]] > 1e-200
        some = np.flatnonzero(split)
        theta[some], chi2[some], ended, unseen[some] = _in_parts(evaluate, target[rows[some]], start[some], free, low, high, log, most, noise[some], parts, linear,
                                                                         None if known is None else tuple(one[some] for one in known))
        split[some[ended]] = False
        rest = np.flatnonzero(~split)
    if len(rest):
        on = (lambda values, active: evaluate(values, rows[rest][active])) if by_row else evaluate
        theta[rest], chi2[rest] = levenberg_many(on, target[rows[rest]], theta[rest], free, low, high, log, by_row=by_row, most=most, linear=linear,
                                                 noise=None if noise is None else noise[rest], known=None if known is None else (known[0][rest][:, free], known[1][rest], known[2][rest]))
    return theta, chi2, unseen


def _in_parts(evaluate, target, start, free, low, high, log, most, noise, parts, linear, known):
    """Parameters and sums of squares below the starts, which of them stand at an end, where the parameters themselves say more, and of which the share is not seen."""
    whole, share = (np.arange(len(free)) == place for place in (parts.whole[1], parts.share[1]))
    found, chi2 = levenberg_many(lambda values: parts.evaluate(evaluate, values), target, parts.split(start, _SEEN), free, np.where(whole | share, 0.0, low),
                                 np.where(share, high[whole], high), log | share, most=most, noise=noise, linear=linear,
                                 known=None if known is None else (parts.split(known[0])[:, free], *known[1:]))
    found = parts.joined(found)
    theta = found.copy()
    theta[:, free] = np.clip(found[:, free], low, high)
    at_end = (theta[:, parts.share[0]] < _PART) | (theta[:, parts.share[0]] > 1 - _PART)
    ended = at_end | np.any((theta != found)[:, free], axis=1) | (theta[:, parts.whole[0]] >= high[parts.whole[1]])
    ended &= np.isfinite(chi2)
    theta[~np.isfinite(chi2)] = start[~np.isfinite(chi2)]
    some, unseen = np.flatnonzero(ended), np.zeros(len(theta), bool)
    if len(some):   # where the whole has gone beyond what is seen, its share is not seen either, and at no end
        moved = theta[some]
        moved[:, parts.share[0]] = start[some, parts.share[0]]
        left = target[some] - evaluate(moved)[0]
        moved_chi2 = np.einsum("gn,gn->g", left, left)
        gone = moved_chi2 <= chi2[some] + _UNSEEN * noise[some]
        theta[some[gone]] = moved[gone]
        unseen[some] = gone & (moved[:, parts.whole[0]] >= high[parts.whole[1]])
        arrived = unseen[some] & (moved_chi2 <= chi2[some] * (1 + 1e-8))
        chi2[some[arrived]] = moved_chi2[arrived]
        ended[some[arrived]] = False
    return theta, chi2, ended, unseen


def last_step(theta: np.ndarray, rest: np.ndarray, jacobian: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One undamped Gauss-Newton step, and what it leaves: the damped ones stop where the sum of squares is flat, some 1e-6 standard deviations from the optimum."""
    gram, size = jacobian @ jacobian.transpose(0, 2, 1), theta.shape[1]
    norms = np.sqrt(gram[:, range(size), range(size)])
    fine = np.all(np.isfinite(gram), axis=(1, 2)) & np.all((theta > low) & (theta < high) & (norms > 0), axis=1)
    norms = np.where(fine[:, None], norms, 1.0)
    gram = np.where(fine[:, None, None], gram / (norms[:, :, None] * norms[:, None, :]), np.eye(size)) + 1e-14 * np.eye(size)
    right = np.where(fine[:, None], (jacobian @ rest[:, :, None])[:, :, 0] / norms, 0.0)
    step = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
    small = np.einsum("gv,gv->g", step, step) < 1e-6 * np.einsum("gn,gn->g", rest, rest)   # else it is no last step
    moved = theta + step / norms
    taken = fine & small & np.all((moved > low) & (moved < high), axis=1)
    moved = np.where(taken[:, None], moved, theta)
    left = rest - (np.where(taken[:, None], step / norms, 0.0)[:, None, :] @ (jacobian if taken.all() else np.where(taken[:, None, None], jacobian, 0.0)))[:, 0]
    return moved, left
