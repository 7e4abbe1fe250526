"""Steps that take out of a decay what does not belong to it: irreversible_moment, split_at_jumps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..names import MOMENTS
from ..physics.decay_residuals import jumps
from .alike import require_alike
from .step import Found, step


@step
def irreversible_moment(data: Dataset, other: Dataset) -> Dataset:
    """The moment without what both branches share: M_irr = (M - M_other)/2.

    Holder, substrate and the reversible magnetization are the same after the field was raised or lowered to the same
    value; the current, and what it decays by, changes sign. Where the times differ, the rows are those of the sparser
    branch; the points of the other that lie nearest in ln t are averaged.

    Parameters
    ----------
    other
        The decay after the field was swept the other way to the same field, at the same temperature, its clock set alike.

    Returns
    -------
    Dataset
        The moment column replaced; ``found`` holds the reversible moment with its drift per decade. Times outside the other
        branch are left out. Errors are added in squares.

    Raises
    ------
    FitkitError
        No moment, other temperature or field, the same sign, or no common times.

    Notes
    -----
    A real decay has |M_irr| falling in both branches; a field that drifts after the ramp moves M_rev.
    """
    name = next((name for name in MOMENTS if name in data), None)
    if name is None:
        raise FitkitError(data.missing("moment"))
    if name not in other:
        raise FitkitError(other.missing(name))
    require_alike(data, other)
    inside, around = _within(data["time"], other["time"]), _within(other["time"], data["time"])
    if min(inside.sum(), around.sum()) < 5:
        raise FitkitError(f"{data.name} and {other.name} share {inside.sum()} of {len(data)} times: measure both branches over the same window after the ramp")
    if np.any(data["time"] <= 0) or np.any(other["time"] <= 0):
        raise FitkitError(f"{data.name}: times <= 0, the branches are compared in ln t.\n    set the origin of both: fk.relaxation_segment(data)")
    piece, there, there_err = _paired(_in_time(data.select(inside)), _in_time(other.select(around)), name)
    logarithm = np.log(piece["time"])
    if np.mean(there) * np.mean(piece[name]) > 0:
        raise FitkitError(f"{data.name} and {other.name} have moments of the same sign: the other branch carries the opposite current. Is it the same branch measured twice?")
    reversible = (piece[name] + there) / 2
    slope, level = np.polyfit(logarithm - logarithm.mean(), reversible, 1)
    columns = {name: (piece[name] - there) / 2}
    if f"{name}_err" in piece:
        columns[f"{name}_err"] = piece[f"{name}_err"] / np.sqrt(2) if there_err is None else np.hypot(piece[f"{name}_err"], there_err) / 2
    scatter = float(np.std(reversible - level - slope * (logarithm - logarithm.mean())))
    # a row is now made of two files: notes on rows of one of them would mislead
    piece = replace(piece.with_columns(columns), notes=tuple(note for note in piece.notes if note.row is None))
    return Found(piece, {"reversible moment (SI)": float(level), "reversible moment error (SI)": scatter / np.sqrt(len(piece)),
                                               "reversible part": float(level / np.mean(columns[name])), "its drift per decade (SI)": float(slope * np.log(10)),
                                               "rows": len(piece), "rows outside the other branch": int((~inside).sum())})


def _within(time: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (time >= other.min() * (1 - 1e-9)) & (time <= other.max() * (1 + 1e-9))


def _in_time(data: Dataset) -> Dataset:
    return data.select(np.argsort(data["time"], kind="stable"))


def _paired(data: Dataset, other: Dataset, name: str) -> tuple[Dataset, np.ndarray, np.ndarray | None]:
    """Both moments at the times of the sparser curve: the dataset there, the other's moment and its error.

    The points of the denser curve that lie nearest to a time are averaged, moved along a parabola in ln t: each measured point enters one row, so that the
    noise of neighbouring rows stays independent. Interpolation would use a point for many rows.
    """
    if len(data) <= len(other):
        means = _at(np.log(data["time"]), other, (name, f"{name}_err"))
        kept = np.isfinite(means[name])
        return data.select(kept), means[name][kept], means[f"{name}_err"][kept] if f"{name}_err" in means else None
    means = _at(np.log(other["time"]), data, data.columns)
    kept = np.isfinite(means[name])
    columns = {key: values[kept] for key, values in means.items()} | {"time": other["time"][kept]}
    return replace(data, columns=columns, vendor={}, covariance={}), other[name][kept], other[f"{name}_err"][kept] if f"{name}_err" in other else None


def _at(x: np.ndarray, dense: Dataset, names) -> dict[str, np.ndarray]:
    """Means of the columns over the points nearest to each ln t, NaN where there is none; errors of the mean for columns of errors."""
    own = np.log(dense["time"])
    nearest = np.searchsorted((x[1:] + x[:-1]) / 2, own)
    count = np.bincount(nearest, minlength=len(x)).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        def mean(values):
            return np.bincount(nearest, values, len(x)) / count

        away, found = mean(own) - x, {}
        for name in (one for one in names if one in dense):
            values = dense[name]
            if name.endswith("_err"):
                found[name] = np.sqrt(mean(values**2) / count)
            else:
                slope = np.polyval(np.polyder(np.polyfit(own - x.mean(), values, min(2, len(own) - 1))), x - x.mean())
                found[name] = mean(values) - slope * away
    return found


@step
def split_at_jumps(data: Dataset) -> list[Dataset]:
    """The pieces of a decay between its jumps (flux avalanches, a lost lock of the SQUID), in the order of time.

    A jump is a step between neighbours beyond 6 robust standard deviations, after a parabola in ln t was taken out, that
    stays. Without one there is one piece. Pieces of fewer than 8 rows are left out.

    Raises
    ------
    FitkitError
        No moment, times <= 0, or no piece of 8 rows.
    """
    name = next((name for name in MOMENTS if name in data), None)
    if name is None:
        raise FitkitError(data.missing("moment"))
    if np.any(data["time"] <= 0):
        raise FitkitError(f"{data.name}: times <= 0.\n    set the origin: fk.relaxation_segment(data)")
    order = np.argsort(data["time"])
    x = np.log(data["time"][order])
    rest = data[name][order] - np.polyval(np.polyfit(x - x.mean(), data[name][order], min(2, len(x) - 1)), x - x.mean())
    edges = [0, *sorted(row for row, _ in jumps(rest)), len(order)]
    pieces = [order[start:stop] for start, stop in zip(edges[:-1], edges[1:]) if stop - start >= 8]
    if not pieces:
        raise FitkitError(f"{data.name}: {len(edges) - 2} jumps leave no piece of 8 rows")
    times = [float(data["time"][order[edge]]) for edge in edges[1:-1]]
    several = len(pieces) > 1
    return [Found(replace(data.select(np.sort(rows)), name=f"{data.name} piece {number}" if several else data.name),
                  {"jumps": times, "piece": {"piece": float(number)}, "rows": len(rows)}) for number, rows in enumerate(pieces)]
