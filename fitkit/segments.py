"""Plateaus, sweeps, holds and ramps of a file: one way of finding them, used by `look`, `split_sweeps` and `relaxation_segment`.

Driven quantities are those of ``names.DRIVEN``, also frequency and amplitude; what is rest and what is motion of one column
says `motion`. Current and voltage count only while everything else rests. A temperature that moves by a tenth while the
field, gate or angle is swept drifts: the sweep stays one sweep, and the drift is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from .data import Dataset
from .motion import MIN_ROWS, Motion, base_tolerance, directions, filled, motion_of, plateaus
from .names import DRIVEN, DRIVEN_BESIDE

__all__ = ["Segment", "TOLERANCES", "directions", "groups", "plateaus", "segments"]

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
_DRIFT = 0.1           # a temperature that stays within so much of its value while something else is swept drifts
_NEAR = 0.25           # values visited in turn: their noise is less than this part of the distance between them
_PAUSE = 0.05          # a rest of so small a part of the sweep around it is a pause of the sweep
_TRANSPORT = ("current", "voltage")


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
    motions = {name: motion_of(data[name], *TOLERANCES[name]) for name in driven}
    drifts = _without_drift(data, motions)
    pieces = _pieces(motions, 0, rows)
    transport = next((name for name in _TRANSPORT if _has_numbers(data, name)), None)
    if transport:
        pieces = [finer for piece in pieces for finer in _with_transport(data, transport, piece)]
        driven.append(transport)
    columns = {name: filled(data[name]) for name in driven}
    return [_segment(data, columns, *piece, drifts) for piece in _without_fragments(columns, pieces, drifts)]


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
    values = filled(column)
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


def _has_numbers(data: Dataset, name: str) -> bool:
    return name in data.columns and bool(np.isfinite(data.columns[name]).any())


def _without_drift(data: Dataset, motions: dict[str, Motion]) -> np.ndarray:
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
    temperature, motion = filled(data["temperature"]), motions["temperature"]
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
        motions["temperature"] = Motion(state, tuple(sorted({cut for cut in motion.cuts if not drifts[cut - 1] or not drifts[cut]} | edges)))
    return drifts


# -- all columns together ---------------------------------------------------------------------------------------------
_Piece = tuple[int, int, dict[str, int]]   # start, stop, {moving quantity: direction}


def _pieces(motions: Mapping[str, Motion], start: int, stop: int) -> list[_Piece]:
    cuts = sorted({start, stop} | {cut for motion in motions.values() for cut in motion.cuts})
    return [(first, last, {name: int(motion.state[first]) for name, motion in motions.items() if motion.state[first]})
            for first, last in pairwise(cuts)]


def _with_transport(data: Dataset, name: str, piece: _Piece) -> list[_Piece]:
    start, stop, moving = piece
    if moving:
        return [piece]
    motion = motion_of(data[name][start:stop], *TOLERANCES[name])
    return [(start + first, start + last, found) for first, last, found in _pieces({name: motion}, 0, stop - start)]


def _without_fragments(columns: Mapping[str, np.ndarray], pieces: list[_Piece], drifts: np.ndarray) -> list[_Piece]:
    """Pieces joined where a file says one thing: stray rows, holds at the same values, a short rest within a sweep."""
    floors = {name: float(base_tolerance(values, *TOLERANCES[name]).min()) for name, values in columns.items()}
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
        time = filled(data["time"][start:stop])
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
    for sweep in sweeps:
        inside, quarter = values[sweep.rows], max(len(sweep) // 4, 1)
        moved = abs(float(np.median(inside[-quarter:]) - np.median(inside[:quarter])))
        found.append((float(np.median(inside)), moved, np.arange(sweep.start, sweep.stop)))
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
