"""Plateaus, sweeps, holds and ramps of a file: one way of finding them, used by `look`, `split_sweeps` and `relaxation_segment`.

A driven quantity (``names.DRIVEN``, also frequency and amplitude) is at rest over a stretch of rows that stays within a
local tolerance: a floor, plus a fraction of the local value, widened by the local noise. Nothing is measured against the
largest value of the file. A slow sweep also stays within a tolerance for a few rows; it is told from a plateau by its
drift, which is as fast inside the stretch as beside it. Current and voltage count only while everything else rests.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from .data import Dataset
from .names import DRIVEN, DRIVEN_BESIDE

MIN_ROWS = 4
"""Fewer rows make no plateau, and a move of fewer rows is a ramp, not a sweep."""

# floor [SI] and fraction of the local value within which a quantity is at rest
TOLERANCES = {
    "temperature": (5e-3, 4e-3),
    "field": (3e-5, 1e-3),
    "gate": (1e-3, 1e-3),
    "angle": (2e-3, 0.0),
    "frequency": (1e-3, 1e-2),
    "amplitude": (1e-6, 1e-2),
    "current": (0.0, 5e-3),
    "voltage": (0.0, 5e-3),
}
_NOISE_WIDTH = 8.0     # a plateau of ten thousand rows of white noise spans about eight standard deviations
_MEDIAN_ROWS = 31      # over so many rows a column is smoothed where its noise is more than its tolerance
_NOISE_CAP = 30.0      # noise widens the tolerance at most so far: rows that alternate between 4.2 K and 10 K are no noise
_DRIFT = 0.1           # a temperature that stays within so much of its value while something else is swept drifts
_NEAR = 0.25           # values visited in turn: their noise is less than this part of the distance between them
_PAUSE = 0.05          # a rest of so small a part of the sweep around it is a pause of the sweep
_GLITCH = 0.25         # a step back in one row by a smaller part of the sweeps around it is a glitch, not their end
_TRANSPORT = ("current", "voltage")
_NOISE_ROWS = 64       # rows over which the noise is taken as one


@dataclass(frozen=True)
class Segment:
    """A stretch of rows in which the driven quantities do one thing.

    Parameters
    ----------
    kind
        ``"hold"``: all driven quantities at rest; ``"sweep"``: exactly one moves, over at least ``MIN_ROWS`` rows;
        ``"ramp"``: anything else that moves, such as the rows between two holds.
    start, stop
        First row, and the row after the last.
    moving
        The quantity that moves; None in a hold and where several move at once.
    direction
        +1 up, -1 down, 0 in a hold and where several move at once.
    values
        Driven quantity at rest -> its median [SI].
    span
        First and last value of the moving quantity [SI].
    duration
        From the first to the last row [s]; None without a column ``time``.
    rate
        Speed of the moving quantity [SI/s].
    drift
        Driven quantity that only drifts while another is swept -> its first and last value [SI]; its median is in ``values``.
    """

    kind: str
    start: int
    stop: int
    moving: str | None = None
    direction: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    span: tuple[float, float] | None = None
    duration: float | None = None
    rate: float | None = None
    drift: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of rows."""
        return self.stop - self.start

    @property
    def rows(self) -> slice:
        """The rows as a slice."""
        return slice(self.start, self.stop)


def segments(data: Dataset) -> list[Segment]:
    """The file cut into holds, sweeps and ramps, in row order; together they hold every row once.

    Current (or voltage, where there is no current) is looked at only inside holds of everything else.
    """
    rows = len(data)
    if rows == 0:
        return []
    driven = [name for name in (*DRIVEN, *DRIVEN_BESIDE) if _has_numbers(data, name)]
    motions = {name: _motion(data[name], *TOLERANCES[name]) for name in driven}
    drifts = _without_drift(data, motions)
    pieces = _pieces(motions, 0, rows)
    transport = next((name for name in _TRANSPORT if _has_numbers(data, name)), None)
    if transport:
        pieces = [finer for piece in pieces for finer in _with_transport(data, transport, piece)]
        driven.append(transport)
    columns = {name: _filled(data[name]) for name in driven}
    return [_segment(data, columns, *piece, drifts) for piece in _without_fragments(columns, pieces, drifts)]


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


def groups(data: Dataset, by: str) -> list[tuple[float, np.ndarray]]:
    """The distinct values at which a driven quantity rests.

    A temperature visited twice, or in turn with others, is one group; both directions of a sweep are in it.

    Parameters
    ----------
    by
        Name of the column.

    Returns
    -------
    list of (value, rows)
        Median [SI] and row numbers, by ascending value. Rows on the way between plateaus are in none; a quantity that
        moves all the time has no groups.

    Raises
    ------
    FitkitError
        No such column.
    """
    column = data[by]
    values = _filled(column)
    floor, relative = TOLERANCES.get(by, (0.0, 1e-3))
    if by == "temperature" and any(by in one.drift for one in segments(data)):
        # the turns of a drift look like plateaus; whole sweeps tell values apart
        if found := _by_sweep(data, by, values, floor, relative):
            return found
    at_rest = plateaus(values, floor, relative)
    held = sum(stop - start for start, stop, _ in at_rest)
    if held >= 0.5 * len(values):
        rows = [np.arange(start, stop) for start, stop, _ in at_rest]
        return _clustered(values, rows, floor, relative)
    return _by_value(values, floor, relative) or _by_sweep(data, by, values, floor, relative)


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


# -- one column -------------------------------------------------------------------------------------------------------
def _has_numbers(data: Dataset, name: str) -> bool:
    return name in data.columns and bool(np.isfinite(data.columns[name]).any())


def _filled(values) -> np.ndarray:
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


def _base(values: np.ndarray, floor: float, relative: float) -> np.ndarray:
    """Tolerance without noise, shape (rows,)."""
    if floor == 0.0:
        # a reading cannot rest better than by its last digit, and what is less than half a usual step is no step
        steps = np.abs(np.diff(values))
        steps = steps[steps > 0]
        floor = max(2 * float(steps.min()), 0.5 * float(np.median(steps))) if len(steps) else 0.0
    return floor + relative * np.abs(values)


def _quiet(values, floor: float, relative: float) -> tuple[np.ndarray, np.ndarray]:
    """A column and its tolerance, both shape (rows,); where noise rules, the running median, which keeps steps and sweeps."""
    values = _filled(values)
    base = _base(values, floor, relative)
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
    highest, lowest = deque(), deque()
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
class _Motion:
    """What one column does: ``state`` 0 at rest, +1 up, -1 down; ``cuts`` the rows where that changes."""

    state: np.ndarray
    cuts: tuple[int, ...]


def _motion(values, floor: float, relative: float) -> _Motion:
    state, cuts = np.ones(len(values), int), set()
    for start, stop, sign in _runs(*_quiet(values, floor, relative)):
        state[start:stop] = sign
        cuts |= {start, stop}
    for start, stop, _ in plateaus(values, floor, relative):
        state[start:stop] = 0
        cuts = {cut for cut in cuts if not start < cut < stop} | {start, stop}
    return _Motion(state, tuple(sorted(cuts - {0, len(values)})))


def _without_drift(data: Dataset, motions: dict[str, _Motion]) -> np.ndarray:
    """Takes the drift of the temperature out of the motions: rows in which it moves a little while something else is swept.

    Returns
    -------
    mask, shape (rows,)
        Where the temperature drifts.
    """
    drifts = np.zeros(len(data), bool)
    swept = [motion for name, motion in motions.items() if name in ("field", "gate", "angle")]
    if "temperature" not in motions or not swept:
        return drifts
    temperature, motion = _filled(data["temperature"]), motions["temperature"]
    cuts = sorted({0, len(data)} | {cut for other in swept for cut in other.cuts})
    for start, stop in pairwise(cuts):
        if stop - start < MIN_ROWS or not any(other.state[start] for other in swept) or not motion.state[start:stop].any():
            continue
        low, middle, high = np.quantile(temperature[start:stop], (0.02, 0.5, 0.98))
        if high - low <= _DRIFT * abs(middle):
            drifts[start:stop] = True
    if drifts.any():
        state = np.where(drifts, 0, motion.state)
        edges = {int(place) for place in np.flatnonzero(np.diff(state != 0)) + 1}
        motions["temperature"] = _Motion(state, tuple(sorted({cut for cut in motion.cuts if not drifts[cut - 1] or not drifts[cut]} | edges)))
    return drifts


# -- all columns together ---------------------------------------------------------------------------------------------
_Piece = tuple[int, int, dict[str, int]]   # start, stop, {moving quantity: direction}


def _pieces(motions: Mapping[str, _Motion], start: int, stop: int) -> list[_Piece]:
    cuts = sorted({start, stop} | {cut for motion in motions.values() for cut in motion.cuts})
    return [(first, last, {name: int(motion.state[first]) for name, motion in motions.items() if motion.state[first]})
            for first, last in pairwise(cuts)]


def _with_transport(data: Dataset, name: str, piece: _Piece) -> list[_Piece]:
    start, stop, moving = piece
    if moving:
        return [piece]
    motion = _motion(data[name][start:stop], *TOLERANCES[name])
    return [(start + first, start + last, found) for first, last, found in _pieces({name: motion}, 0, stop - start)]


def _without_fragments(columns: Mapping[str, np.ndarray], pieces: list[_Piece], drifts: np.ndarray) -> list[_Piece]:
    """Pieces joined where a file says one thing: stray rows, holds at the same values, a short rest within a sweep."""
    floors = {name: float(_base(values, *TOLERANCES[name]).min()) for name, values in columns.items()}
    medians: dict[tuple[int, int], dict[str, float]] = {}

    def resting(piece: _Piece) -> dict[str, float]:
        start, stop, moving = piece
        if (start, stop) not in medians:
            medians[start, stop] = {name: float(np.median(values[start:stop])) for name, values in columns.items() if name not in moving}
        return medians[start, stop]

    def alike(first: _Piece, second: _Piece) -> bool:
        """The same moves the same way, and everything at rest rests at the same values."""
        if first[2] != second[2]:
            return False
        # in a sweep of something else the current is measured, not held
        names = resting(first) if not first[2] else [name for name in resting(first) if name not in _TRANSPORT]
        if drifts[first[0]:first[1]].any() or drifts[second[0]:second[1]].any():
            names = [name for name in names if name != "temperature"]
        pairs = [(name, resting(first)[name], resting(second)[name]) for name in names]
        return all(abs(one - other) <= floors[name] + TOLERANCES[name][1] * max(abs(one), abs(other)) for name, one, other in pairs)

    joined: list[_Piece] = []
    for piece in pieces:
        if len(joined) >= 2 and alike(joined[-2], piece):
            before, between = joined[-2], joined[-1]
            rows = between[1] - between[0]
            pause = not between[2] and piece[2] and rows <= _PAUSE * (before[1] - before[0] + piece[1] - piece[0])
            if rows < MIN_ROWS - 1 or pause:
                joined[-2:] = [(before[0], piece[1], before[2])]
                continue
        single = piece[1] - piece[0] == 1
        if joined and joined[-1][2] == piece[2] and (single or not piece[2] and alike(joined[-1], piece)):
            joined[-1] = (joined[-1][0], piece[1], piece[2])
            continue
        joined.append(piece)
    return joined


def _segment(data: Dataset, columns: Mapping[str, np.ndarray], start: int, stop: int, moving: dict[str, int],
             drifts: np.ndarray) -> Segment:
    measured = _TRANSPORT if moving and not set(moving) & set(_TRANSPORT) else ()
    values = {name: float(np.median(column[start:stop])) for name, column in columns.items() if name not in moving and name not in measured}
    name = next(iter(moving)) if len(moving) == 1 else None
    kind = "hold" if not moving else "sweep" if name and stop - start >= MIN_ROWS else "ramp"
    duration = None
    if _has_numbers(data, "time"):
        time = _filled(data["time"][start:stop])
        duration = float(time[-1] - time[0])
    span = rate = None
    if name:
        span = float(columns[name][start]), float(columns[name][stop - 1])
        rate = abs(span[1] - span[0]) / duration if duration else None
    drift = {}
    if "temperature" in values and drifts[start:stop].mean() > 0.5:
        ends = max((stop - start) // 10, 1)
        column = columns["temperature"]
        drift["temperature"] = float(np.median(column[start:start + ends])), float(np.median(column[stop - ends:stop]))
    return Segment(kind, start, stop, name, moving[name] if name else 0, values, span, duration, rate, drift)


# -- groups -----------------------------------------------------------------------------------------------------------
def _clustered(values: np.ndarray, rows: list[np.ndarray], floor: float, relative: float) -> list[tuple[float, np.ndarray]]:
    """Plateaus of one value put together."""
    medians = np.array([np.median(values[one]) for one in rows])
    found: list[list[int]] = []
    for index in np.argsort(medians, kind="stable"):
        near = found and medians[index] - np.mean(medians[found[-1]]) <= _between(floor, relative, medians[index])
        if near:
            found[-1].append(index)
        else:
            found.append([index])
    together = [np.sort(np.concatenate([rows[index] for index in cluster])) for cluster in found]
    return [(float(np.median(values[cluster])), cluster) for cluster in together]


def _by_value(values: np.ndarray, floor: float, relative: float) -> list[tuple[float, np.ndarray]]:
    """Values visited again and again without resting (a map written with the other axis first)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    width = _between(floor, relative, ordered)
    cuts = np.flatnonzero(np.diff(ordered) > width[1:]) + 1
    clusters = [np.sort(cluster) for cluster in np.split(order, cuts)]
    gaps = np.diff(ordered)[np.flatnonzero(np.diff(ordered) > width[1:])]
    room = np.minimum(np.r_[np.inf, gaps], np.r_[gaps, np.inf]) if len(gaps) else np.zeros(1)
    # noise widens a value, but not to a good part of its distance from the next one
    tight = [cluster for cluster, gap in zip(clusters, room)
             if len(cluster) >= MIN_ROWS and np.ptp(values[cluster]) <= max(_between(floor, relative, values[cluster[0]]), _NEAR * gap)]
    if sum(map(len, tight)) < 0.5 * len(values):
        return []
    return [(float(np.median(values[cluster])), cluster) for cluster in tight]


def _by_sweep(data: Dataset, by: str, values: np.ndarray, floor: float, relative: float) -> list[tuple[float, np.ndarray]]:
    """Values of which each holds over whole sweeps of another quantity, so that their medians tell them apart below the noise."""
    sweeps = [one for one in segments(data) if one.kind == "sweep" and one.moving in DRIVEN and one.moving != by and len(one) >= 2 * MIN_ROWS]
    if sum(map(len, sweeps)) < 0.5 * len(values):
        return []
    found: list[tuple[float, float, np.ndarray]] = []
    for one in sweeps:
        inside, quarter = values[one.rows], max(len(one) // 4, 1)
        moved = abs(float(np.median(inside[-quarter:]) - np.median(inside[:quarter])))
        found.append((float(np.median(inside)), moved, np.arange(one.start, one.stop)))
    found.sort(key=lambda one: one[0])
    clusters = [[found[0]]]
    for one in found[1:]:
        last = clusters[-1][-1]
        # what drifts from one sweep to the next as it does within them is one value
        near = one[0] - last[0] <= max(_between(floor, relative, one[0]), 1.5 * max(one[1], last[1]))
        if near:
            clusters[-1].append(one)
        else:
            clusters.append([one])
    rows = [np.sort(np.concatenate([one[2] for one in cluster])) for cluster in clusters]
    return [(float(np.median(values[cluster])), cluster) for cluster in rows]


def _between(floor: float, relative: float, value):
    """How far two plateaus of the same value may lie apart."""
    return floor + relative * np.abs(value)
