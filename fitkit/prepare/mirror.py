"""Mirror symmetry of a curve in field: a smooth even part and a smooth odd part, fitted together.

R(B) = even(B - B0) + odd(B - B0). The even part is a cubic spline with its knots at +-quantiles of the measured |B|, so
that it bends where the points are dense, as many as the noise allows (AICc); the odd part (Hall admixture, drift) is a line and a cube, far too stiff to
imitate a cusp. Used by field_offset, which moves B0, and by symmetrise, which moves points by less than a step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

# numbers of spline intervals on one side that are tried
INTERVALS = (3, 5, 8, 12, 18, 27, 40, 60)


@dataclass(frozen=True)
class MirrorCurve:
    """Points of one sweep in ascending field and the basis of their even and odd part.

    Parameters
    ----------
    field, values, weights
        Arrays of one shape: [T], any unit, 1/error (or ones).
    reach
        Half the range [T] over which the basis reaches: the largest |field - offset| that will be asked for.
    intervals
        Number of spline intervals on one side.
    """

    field: np.ndarray
    values: np.ndarray
    weights: np.ndarray
    reach: float
    intervals: int = 12

    def adapted(self, offsets=(0.0,)) -> MirrorCurve:
        """With the number of intervals that describes the points best at the best of some offsets (corrected Akaike criterion)."""
        count = len(self.field)
        best, least = self, np.inf
        for intervals in INTERVALS:
            curve = replace(self, intervals=intervals)
            spare = count - curve.freedom - 2
            if spare < count // 2 and intervals > INTERVALS[0]:
                break
            misfit = min(curve.cost(offset) for offset in offsets)
            score = count * np.log(misfit + np.finfo(float).tiny) + 2 * curve.freedom * count / max(spare, 1)
            if score < least:
                best, least = curve, score
        return best

    @cached_property
    def knots(self) -> np.ndarray:
        """Knots of the cubic spline, symmetric about 0."""
        inner = np.unique(np.quantile(np.abs(self.field), np.arange(1, self.intervals) / self.intervals))
        inner = inner[(inner > 0) & (inner < self.reach)]
        end = np.full(4, self.reach)
        return np.concatenate((-end, -inner[::-1], inner, end))

    @property
    def freedom(self) -> int:
        """Number of coefficients."""
        return (len(self.knots) - 3) // 2 + 2

    def basis(self, field: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """At some fields: the first of the four splines that are not zero there, these four (4, n), and the odd columns (2, n)."""
        inside = np.clip(field, -self.reach, self.reach)
        first = np.clip(np.searchsorted(self.knots, inside, side="right") - 1, 3, len(self.knots) - 5)
        # the recursion of Cox and de Boor, all points at once
        right = [self.knots[first + 1 + k] - inside for k in range(3)]
        left = [inside - self.knots[first - k] for k in range(3)]
        splines = [np.ones_like(inside)]
        for degree in range(1, 4):
            carried = 0.0
            for k in range(degree):
                part = splines[k] / (right[k] + left[degree - 1 - k])
                splines[k] = carried + right[k] * part
                carried = left[degree - 1 - k] * part
            splines.append(carried)
        scaled = inside / self.reach
        return first - 3, np.array(splines), np.array((scaled, scaled**3))

    @cached_property
    def fold(self) -> np.ndarray:
        """Matrix that ties each spline coefficient to that of its mirror image."""
        count = len(self.knots) - 4
        half = self.freedom - 2
        matrix = np.zeros((count, half))
        matrix[np.arange(half), np.arange(half)] = 1
        matrix[count - 1 - np.arange(half), np.arange(half)] = 1
        return matrix

    def solve(self, offset: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Coefficients of the splines and of the odd part for one mirror position, and the weighted residuals."""
        first, splines, odd = self.basis(self.field - offset)
        splines, odd, target = splines * self.weights, odd * self.weights, self.weights * (self.values - self.centre)
        matrix, beside = self._normal(first, splines, np.vstack((odd, target)))
        across = self.fold.T @ beside[:, :2]
        normal = np.block([[self.fold.T @ matrix @ self.fold, across], [across.T, odd @ odd.T]])
        # an interval without points leaves its coefficient free: a tiny ridge keeps the matrix invertible
        normal[np.diag_indices_from(normal)] += 1e-11 * np.trace(normal) / len(normal)
        solution = np.linalg.solve(normal, np.concatenate((self.fold.T @ beside[:, 2], odd @ target)))
        even = self.fold @ solution[:-2]
        return even, solution[-2:], target - _sum(first, splines, even) - solution[-2:] @ odd

    def _normal(self, first, splines, others) -> tuple[np.ndarray, np.ndarray]:
        """Products of the splines with each other (m, m) and with other columns (m, len(others)), by sums over each interval."""
        count = len(self.knots) - 4
        intervals = count - 3
        matrix, beside = np.zeros((count, count)), np.zeros((count, len(others)))
        place = np.arange(intervals)
        for k in range(4):
            for m in range(k, 4):
                matrix[place + k, place + m] += np.bincount(first, splines[k] * splines[m], intervals)
            for column, values in enumerate(others):
                beside[place + k, column] += np.bincount(first, splines[k] * values, intervals)
        return matrix + np.triu(matrix, 1).T, beside

    @cached_property
    def centre(self) -> float:
        """Subtracted before solving, so that a small swing on a large resistance keeps its digits."""
        return float(np.average(self.values, weights=self.weights**2))

    def cost(self, offset: float) -> float:
        """Sum of squared weighted residuals for one mirror position."""
        residuals = self.solve(offset)[2]
        return float(residuals @ residuals)

    def asymmetry(self, offset: float) -> tuple[float, float]:
        """How the best mirror fails: F of a spline that is free to differ on the two sides, and misfit/swing of the even part."""
        even, _, residuals = self.solve(offset)
        first, splines, _ = self.basis(self.field - offset)
        target = self.weights * (self.values - self.centre)
        matrix, beside = self._normal(first, splines * self.weights, target[None])
        matrix[np.diag_indices_from(matrix)] += 1e-11 * np.trace(matrix) / len(matrix)
        free = target - _sum(first, splines * self.weights, np.linalg.solve(matrix, beside[:, 0]))
        more, left = len(even) - self.freedom, max(len(target) - len(even), 1)
        tiny = np.finfo(float).tiny
        f_value = (residuals @ residuals - free @ free) / max(more, 1) / max(free @ free / left, tiny)
        swing = np.ptp(_sum(first, splines, even)) * np.median(self.weights)
        return float(f_value), float(np.sqrt(residuals @ residuals / len(target)) / max(swing, tiny))

    def model(self, field: np.ndarray) -> np.ndarray:
        """The fitted curve about the mirror at 0, at any field within reach, shape of ``field``."""
        first, splines, odd = self.basis(field)
        even, slope, _ = self._at_zero
        return self.centre + _sum(first, splines, even) + slope @ odd

    @cached_property
    def _at_zero(self):
        return self.solve(0.0)


def _sum(first: np.ndarray, splines: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Sum of the four splines at each point times their coefficients."""
    return sum(splines[k] * coefficients[first + k] for k in range(4))


def local_step(positions: np.ndarray, width: int = 10) -> np.ndarray:
    """Distance to the neighbours, averaged over about ``width`` of them; ascending positions, same shape out."""
    count = len(positions)
    index = np.arange(count)
    left, right = np.maximum(index - width // 2, 0), np.minimum(index + width // 2, count - 1)
    return (positions[right] - positions[left]) / np.maximum(right - left, 1)


def pair(positive: np.ndarray, negative: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Group the points of both sides of a mirror so that every point is in one group only.

    Rows made of such groups are independent of each other; interpolating the mirror side would use its points twice
    and make the errors of a fit too small by about 10 %.

    Parameters
    ----------
    positive, negative
        Distances |B| from the mirror of the points on either side, ascending.

    Returns
    -------
    list of (positive indices, negative indices)
        The smallest groups, from the mirror outwards, that hold a point of both sides. Points without a partner within
        the step of the other side are in no group.
    """
    if not len(positive) or not len(negative):
        return []
    span = max(positive[-1], negative[-1]) - min(positive[0], negative[0])
    tie = 2e-3 * span / max(len(positive), len(negative))
    waiting = [(positive[members].mean(), 0, members) for members in _set_points(positive, negative, tie)]
    waiting += [(negative[members].mean(), 1, members) for members in _set_points(negative, positive, tie)]
    groups: list[tuple[list[int], list[int]]] = []
    current: tuple[list[int], list[int]] = ([], [])
    for _, side, members in sorted(waiting, key=lambda item: item[:2]):
        current[side].extend(members)
        if current[0] and current[1]:
            groups.append(current)
            current = ([], [])
    if groups:
        groups[-1][0].extend(current[0])
        groups[-1][1].extend(current[1])
    return [(np.array(first), np.array(second)) for first, second in groups]


def _set_points(own: np.ndarray, other: np.ndarray, tie: float) -> list[np.ndarray]:
    """The points that have a partner on the other side, readings closer than ``tie`` [T] together (one set point)."""
    place = np.clip(np.searchsorted(other, own), 1, len(other) - 1) if len(other) > 1 else np.zeros(len(own), int)
    nearest = np.minimum(np.abs(own - other[place]), np.abs(own - other[place - 1]))
    kept = np.flatnonzero(nearest <= np.maximum(local_step(other)[place], tie))
    return np.split(kept, np.flatnonzero(np.diff(own[kept]) > tie) + 1) if len(kept) else []
