"""Many ramps at once: which of them :func:`ramp.end_of_curve` must be asked about."""

from __future__ import annotations

import numpy as np

from .ramp import JUMPS, STEEPEST, THREEFOLD, TURNS_BACK, steps_of

_TOGETHER = 2048   # curves that are looked at together: what the caches hold
_FEW = 128         # curves for which a loop over their rows would be all overhead


def may_end(current: np.ndarray, voltages: np.ndarray) -> np.ndarray:
    """For which of many curves :func:`ramp.end_of_curve` could find an end: nowhere else does it find one.

    A single ramp is looked at with the same thresholds for all curves at once; other courses of the current are left to it.

    Parameters
    ----------
    current
        [A], shape (N,) for all curves or (G, N).
    voltages
        [V], shape (G, N). With a current for each curve NaN follows on its last point.

    Returns
    -------
    bool, shape (G,).
    """
    found = np.ones(len(voltages), bool)
    for row in range(0, len(voltages), _TOGETHER):
        part = slice(row, row + _TOGETHER)
        found[part] = _may_end(current if current.ndim == 1 else current[part], voltages[part])
    return found


def _may_end(current: np.ndarray, voltages: np.ndarray) -> np.ndarray:
    curves, every = len(voltages), np.arange(len(voltages))
    if current.ndim == 1:
        counts, ramps = np.full(curves, len(current)), current[:, None]
        last = current[-4:, None]
    else:
        counts = np.count_nonzero(np.isfinite(voltages), axis=1)
        ramps = np.where(np.isfinite(voltages), current, np.nan).T
        last = ramps[np.maximum(counts - 4 + np.arange(4)[:, None], 0), every]
    if len(ramps) < 8 or counts.min() < 8:
        return np.ones(curves, bool)
    largest = np.fmax.reduce(np.abs(ramps), axis=0)
    back, forth = _fall(ramps), _fall(-ramps)
    outwards = np.abs(last[3]) >= np.abs(ramps[0])
    sign = np.sign(last[3] - ramps[0])
    steady = sign * last > np.fmax.reduce(sign * ramps, axis=0) * (1 - 1e-3)   # at the end the current stands

    noise = _step_noises(voltages, counts)
    rows = np.ascontiguousarray(voltages.T if np.all(sign >= 0) else voltages.T * sign)
    top, bottom = np.fmax.reduce(rows, axis=0), np.fmin.reduce(rows, axis=0)
    swing, end = top - bottom, rows[counts - 4 + np.arange(4)[:, None], every]
    falls = may_fall(sign * ramps, rows, counts, noise)
    stands = np.all(end >= top - (1 + 1e-9) * 4 * noise - 1e-9 * swing, axis=0)
    jumps, level = np.fmax.reduce(rows[1:] - rows[:-1], axis=0) > (THREEFOLD - 1) * JUMPS * noise, np.flatnonzero(stands)
    some = np.flatnonzero(jumps)
    jumps[some] = may_jump(_of(ramps * sign, some), rows[:, some], counts[some], noise[some])
    stands[level] = _flattens(_of(ramps * sign, level), rows[:, level], counts[level], noise[level], swing[level])
    whole = (back > TURNS_BACK * largest) & (forth > TURNS_BACK * largest)
    return whole | outwards & (np.all(steady, axis=0) | falls | jumps | stands)


def _step_noises(voltages: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """:func:`ramp.step_noise` of the first ``counts`` (G,) voltages of each row of (G, N), shape (G,)."""
    noise = np.empty(len(voltages))
    for count in np.unique(counts):
        some = slice(None) if np.all(counts == count) else np.flatnonzero(counts == count)
        noise[some] = noise_of_steps(steps_of(voltages[some, :count]))
    return noise


def noise_of_steps(steps: np.ndarray) -> np.ndarray:
    """Standard deviation of the noise [V], shape (G,), from differences of neighbours (G, S)."""
    steps = np.ascontiguousarray(np.sort(steps, axis=1).T)
    size = len(steps)
    middle = (steps[(size - 1) // 2] + steps[size // 2]) / 2
    steps -= middle
    # the k smallest deviations from the middle are those of neighbours in the order
    kth = [np.min(np.maximum(steps[k - 1:], -steps[: size - k + 1]), axis=0) for k in {(size + 1) // 2, size // 2 + 1}]
    return 1.4826 / np.sqrt(2) * sum(kth) / len(kth)


def _of(ramps: np.ndarray, some: np.ndarray) -> np.ndarray:
    return ramps if ramps.shape[1] == 1 else ramps[:, some]


def _fall(rows: np.ndarray) -> np.ndarray:
    """How far each curve (N, G) falls below what it has reached before, shape (G,)."""
    if rows.shape[1] < _FEW:
        return np.fmax.reduce(np.fmax.accumulate(rows, axis=0) - rows, axis=0)
    top, fall = rows[0].copy(), np.zeros(rows.shape[1])
    for row in rows[1:]:
        np.fmax(top, row, out=top)
        np.fmax(fall, top - row, out=fall)
    return fall


def _middle(ordered: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Medians of ordered rows, of which the first ``counts`` are numbers."""
    every = np.arange(len(ordered))
    return (ordered[every, (counts - 1) // 2] + ordered[every, counts // 2]) / 2


def may_fall(ramps: np.ndarray, rows: np.ndarray, counts: np.ndarray | int, noise: np.ndarray) -> np.ndarray:
    """Whether the last row lies far below another, or the transition may go down, as with exchanged leads, shape (G,); see :func:`may_jump`."""
    top, bottom = np.fmax.reduce(rows, axis=0), np.fmin.reduce(rows, axis=0)
    last = rows[np.broadcast_to(counts, rows.shape[1:]) - 1, np.arange(rows.shape[1])]
    # in exchanged leads the first quarter, of what lies beyond zero if the ramp goes through it, is almost as high as any row
    beyond = np.max(np.count_nonzero(ramps < 0, axis=0))
    early = np.fmax.reduce(rows[: beyond + max((len(rows) - beyond) // 4, 3)], axis=0)
    least = (1 - 1e-9) * JUMPS * noise
    return (top - last > least) | (top - bottom > least) & (early - bottom > 0.9 * (top - bottom))


def may_jump(ramps: np.ndarray, rows: np.ndarray, counts: np.ndarray | int, noise: np.ndarray) -> np.ndarray:
    """Whether a row is threefold and more of the one before, steeper than I^150, shape (G,).

    Rising currents [A] (N, 1) or (N, G), voltages [V] (N, G) of which the first ``counts`` are numbers, and their noise [V] (G,).
    """
    counts = np.broadcast_to(counts, rows.shape[1:])
    half = np.maximum(counts // 2, 4)
    first = np.where(np.arange(len(rows))[:, None] < half, rows, np.nan)
    level = rows - _middle(np.sort(first.T, axis=1), half)
    with np.errstate(all="ignore"):
        steep = np.fmax(THREEFOLD, (ramps[1:] / ramps[:-1]) ** STEEPEST)
        return np.any(level[1:] > (1 - 1e-9) * steep * np.maximum(level[:-1], JUMPS * noise), axis=0)


def _flattens(ramps: np.ndarray, rows: np.ndarray, counts: np.ndarray, noise: np.ndarray, swing: np.ndarray) -> np.ndarray:
    """Whether the last rows stand at the largest voltage, where the slope before would have made much more."""
    every, ramps = np.arange(rows.shape[1]), np.broadcast_to(ramps, rows.shape)
    below = rows < np.fmax.reduce(rows, axis=0) - 4 * noise - 1e-9 * swing
    start = np.where(below.any(axis=0), len(rows) - np.argmax(below[::-1], axis=0), 0)
    before = np.maximum(start - 4, 0)
    ahead, back = ramps[counts - 1, every] - ramps[start, every], ramps[start, every] - ramps[before, every]
    with np.errstate(all="ignore"):
        gain = np.where(back > 0, (rows[start, every] - rows[before, every]) / back * ahead, 0.0)
    return (start >= 4) & (gain > (1 - 1e-9) * (JUMPS * noise + 0.05 * swing))
