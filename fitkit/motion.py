"""What one column does: plateaus, runs up and down, above its own noise. The ground that `segments` stands on.

A column is at rest over a stretch of rows that stays within a local tolerance: a floor, plus a fraction of the local
value, widened by the local noise. Nothing is measured against the largest value of the file. A slow sweep also stays
within a tolerance for a few rows; it is told from a plateau by its drift, which is as fast inside the stretch as beside it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

MIN_ROWS = 4
"""Fewer rows make no plateau, and a move of fewer rows is a ramp, not a sweep."""

_NOISE_WIDTH = 8.0     # a plateau of ten thousand rows of white noise spans about eight standard deviations
_MEDIAN_ROWS = 31      # over so many rows a column is smoothed where its noise is more than its tolerance
_NOISE_CAP = 30.0      # noise widens the tolerance at most so far: rows that alternate between 4.2 K and 10 K are no noise
_GLITCH = 0.25         # a step back in one row by a smaller part of the sweeps around it is a glitch, not their end
_NOISE_ROWS = 64       # rows over which the noise is taken as one


def plateaus(values, floor: float = 0.0, relative: float = 0.0) -> list[tuple[int, int, float]]:
    """Stretches in which a column is at rest.

    Parameters
    ----------
    values
        Shape (rows,), in row order.
    floor, relative
        At rest means within ``floor + relative * |value|`` [unit of the values], widened by the local noise.

    Returns
    -------
    list of (start, stop, value)
        First row, row after the last, median.
    """
    if len(values) == 0:
        return []
    values, tolerance = _quiet(values, floor, relative)
    if np.ptp(values) <= tolerance.min():
        return [(0, len(values), float(np.median(values)))]
    return [(start, stop, float(np.median(values[start:stop]))) for start, stop in _stretches(values, tolerance)]


def directions(values, floor: float = 0.0, relative: float = 0.0) -> np.ndarray:
    """Sweep direction of every row, +1 or -1, shape (rows,).

    A turn counts when the column comes back by more than ``floor + relative * |value|`` and more than its noise. Rows
    before the first move and at rest carry the direction of the move that they border on; a column that never moves is +1.
    """
    signs = np.ones(len(values), int)
    if len(values) < 2:
        return signs
    for start, stop, sign in _runs(*_quiet(values, floor, relative)):
        signs[start:stop] = sign
    return signs


def filled(values) -> np.ndarray:
    """Missing numbers replaced by the last one before (the first one after, at the start)."""
    values = np.asarray(values, float)
    finite = np.isfinite(values)
    if finite.all() or not finite.any():
        return values if finite.all() else np.zeros(len(values))
    place = np.maximum.accumulate(np.where(finite, np.arange(len(values)), -1))
    return values[np.where(place < 0, np.argmax(finite), place)]


def _noise(values: np.ndarray) -> np.ndarray:
    """Local standard deviation of the white noise, shape (rows,); zero for a monotone column.

    Neighbouring differences of noise have opposite signs, those of a sweep the same: the median of their product is
    -0.329 sigma^2 for noise at rest and positive for a sweep.
    """
    steps = np.diff(values)
    products = steps[1:] * steps[:-1]
    noise = np.zeros(len(values))
    for start in range(0, len(products), _NOISE_ROWS):
        median = np.median(products[start:start + _NOISE_ROWS])
        noise[start:start + _NOISE_ROWS + 2] = np.sqrt(max(-median, 0.0) / 0.329)
    return noise


def base_tolerance(values: np.ndarray, floor: float, relative: float) -> np.ndarray:
    """Tolerance without noise, shape (rows,)."""
    if floor == 0.0:
        # a reading cannot rest better than by its last digit, and what is less than half a usual step is no step
        steps = np.abs(np.diff(values))
        steps = steps[steps > 0]
        floor = max(2 * float(steps.min()), 0.5 * float(np.median(steps))) if len(steps) else 0.0
    return floor + relative * np.abs(values)


def _quiet(values, floor: float, relative: float) -> tuple[np.ndarray, np.ndarray]:
    """A column and its tolerance, both shape (rows,); where noise rules, the running median, which keeps steps and sweeps."""
    values = filled(values)
    base = base_tolerance(values, floor, relative)
    noise = _noise(values)
    rows = min(_MEDIAN_ROWS, len(values) // 10)
    # far beyond the tolerance it is no noise but values in turn
    if rows >= 3 and 1 < np.quantile(_NOISE_WIDTH * noise / np.where(base > 0, base, np.inf), 0.9) < _NOISE_CAP * _NOISE_WIDTH:
        from scipy.ndimage import median_filter

        rows -= 1 - rows % 2
        values = median_filter(values, rows, mode="nearest")
        noise = np.maximum(noise, np.median(noise)) * np.sqrt(np.pi / 2 / rows)
    return values, np.clip(_NOISE_WIDTH * noise, base, _NOISE_CAP * base)


def _stretches(values: np.ndarray, tolerance: np.ndarray) -> list[tuple[int, int]]:
    """Longest stretches within the tolerance that do not drift as their surroundings do, in row order."""
    starts = np.arange(len(values))
    stops = _reach(values, tolerance)
    longest = np.concatenate([[True], stops[1:] > stops[:-1]]) & (stops - starts >= MIN_ROWS)
    starts, stops = starts[longest], stops[longest]
    resting, alike = _rests(values, tolerance, starts, stops)
    starts, stops, alike = starts[resting], stops[resting], alike[resting]
    taken, found = np.zeros(len(values), bool), []
    for index in np.argsort(starts - stops, kind="stable"):
        start, stop = int(starts[index]), int(stops[index])
        if alike[index] and np.ptp(values[start:stop]) > 0.5 * tolerance[start]:
            continue
        start, stop = _trimmed(values, tolerance, start, stop)
        if stop - start >= MIN_ROWS and not taken[start:stop].any():
            taken[start:stop] = True
            found.append((start, stop))
    return sorted(found)


def _reach(values: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    """For each row, how far a stretch that starts there stays within its tolerance: the row after its last, shape (rows,)."""
    numbers, limits = values.tolist(), tolerance.tolist()
    count, stop = len(numbers), 0
    highest: deque[int] = deque()
    lowest: deque[int] = deque()
    reach = np.empty(count, int)
    for start in range(count):
        while highest and highest[0] < start:
            highest.popleft()
        while lowest and lowest[0] < start:
            lowest.popleft()
        stop = max(stop, start)
        while stop < count:
            value = numbers[stop]
            high = max(value, numbers[highest[0]]) if highest else value
            low = min(value, numbers[lowest[0]]) if lowest else value
            if high - low > limits[start]:
                break
            while highest and numbers[highest[-1]] <= value:
                highest.pop()
            while lowest and numbers[lowest[-1]] >= value:
                lowest.pop()
            highest.append(stop)
            lowest.append(stop)
            stop += 1
        reach[start] = stop
    return reach


def _rests(values: np.ndarray, tolerance: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which stretches drift by little, or at most a third as fast as the rows beside them; and beside which the rows go on alike.

    A sweep crosses the tolerance in each stretch of rows; the turn of a loop crosses it twice and comes back.
    """
    sums = np.concatenate([[0.0], np.cumsum(values - values[0])])
    lengths = stops - starts
    third = np.maximum(lengths // 3, 1)
    drift = np.abs((sums[stops] - sums[stops - third]) - (sums[starts + third] - sums[starts])) / third
    speed = drift / (lengths - third)
    before, after = np.maximum(starts - lengths, 0), np.minimum(stops + lengths, len(values)) - 1
    faster, alike = np.ones(len(starts), bool), np.ones(len(starts), bool)
    for inner, outer in ((starts, before), (stops - 1, after)):
        rows, travel = np.abs(inner - outer), np.abs(values[inner] - values[outer])
        faster &= (rows == 0) | (travel >= 3 * speed * rows)
        alike &= (rows > 0) & (travel > 0.3 * tolerance[starts]) & (travel < 3 * tolerance[starts])
    return faster | (drift <= 0.3 * tolerance[starts]), alike


def _trimmed(values: np.ndarray, tolerance: np.ndarray, start: int, stop: int) -> tuple[int, int]:
    """Without the rows at the ends that are still on their way to the plateau."""
    inside = values[start:stop]
    middle = np.median(inside)
    width = max(tolerance[start] / 2, 6 * 1.4826 * np.median(np.abs(inside - middle)))
    near = np.flatnonzero(np.abs(inside - middle) <= width)
    return (start + int(near[0]), start + int(near[-1]) + 1) if len(near) else (start, start)


def _runs(values: np.ndarray, tolerance: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs between turning points: (start, stop, direction); a turn is a return by more than the tolerance."""
    numbers, limits = values.tolist(), tolerance.tolist()
    turns, signs, high, low, sign = [0], [], 0, 0, 0
    for row, value in enumerate(numbers):
        if value > numbers[high]:
            high = row
        if value < numbers[low]:
            low = row
        if sign >= 0 and numbers[high] - value > limits[row]:
            if sign > 0:
                turns.append(high + 1)
            signs.append(-1)
            sign, low = -1, row
        elif sign <= 0 and value - numbers[low] > limits[row]:
            if sign < 0:
                turns.append(low + 1)
            signs.append(1)
            sign, high = 1, row
    runs: list[tuple[int, int, int]] = []
    for start, stop, sign in zip(turns, [*turns[1:], len(numbers)], signs or [1]):
        # one row "up" between two sweeps down is a glitch, or the fly-back: the first row of the second sweep
        if len(runs) > 1 and runs[-1][1] - runs[-1][0] == 1:
            start = runs.pop()[0]
            before = runs[-1][0]
            jump = abs(numbers[start] - numbers[start - 1])
            if jump < _GLITCH * min(abs(numbers[start - 1] - numbers[before]), abs(numbers[stop - 1] - numbers[start])):
                start = runs.pop()[0]
        runs.append((start, stop, sign))
    return runs


@dataclass(frozen=True)
class Motion:
    """What one column does: ``state`` 0 at rest, +1 up, -1 down; ``cuts`` the rows where that changes."""

    state: np.ndarray
    cuts: tuple[int, ...]


def motion_of(values, floor: float, relative: float) -> Motion:
    """What a column does, row by row: rest, rise or fall, and where that changes."""
    state, cuts = np.ones(len(values), int), set()
    for start, stop, sign in _runs(*_quiet(values, floor, relative)):
        state[start:stop] = sign
        cuts |= {start, stop}
    for start, stop, _ in plateaus(values, floor, relative):
        state[start:stop] = 0
        cuts = {cut for cut in cuts if not start < cut < stop} | {start, stop}
    return Motion(state, tuple(sorted(cuts - {0, len(values)})))
