"""What happens to a voltage while the current is ramped: turns, quench, runaway, plateau, dwell, switching on, spikes. Plain numbers, no law.

A ramp here has a rising current: the caller turns the sign of a negative one.
"""

from __future__ import annotations

import numpy as np

STEPS = 24          # from which the noise is taken, at least
JUMPS = 20.0        # times the step noise: a change between rows that no noise makes
THREEFOLD = 3.0     # of a jump, with
STEEPEST = 150.0    # the largest d ln V/d ln I of a conductor that does not run away
STANDS = 5e-3       # of the largest current
TURNS_BACK = 0.02   # of the largest current


def steps_of(voltage: np.ndarray) -> np.ndarray:
    """Differences of neighbours (..., S) that tell the noise: of long curves every third, fifth, ... (odd: readings that alternate show in them)."""
    apart = max((voltage.shape[-1] - 1) // STEPS - 1, 0) | 1
    return voltage[..., 1::apart] - voltage[..., :-1:apart]


def step_noise(voltage: np.ndarray) -> float:
    """Standard deviation of the noise [V] from differences of neighbours all along the curve, blind to its course and to spikes."""
    steps = steps_of(voltage)
    return 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)


def turns(current: np.ndarray, least: float) -> list[int]:
    """Rows where the current turns round by more than ``least`` [A], with the first and last row."""
    for ramp in (current, -current):
        if np.all(np.maximum.accumulate(ramp) - ramp <= least):  # one ramp: no loop
            return [0, len(current) - 1]
    found, extreme, sense = [0], 0, 0
    for row, value in enumerate(current.tolist()):
        if sense == 0:
            if abs(value - current[0]) > least:
                sense, extreme = (1 if value > current[0] else -1), row
        elif sense * (value - current[extreme]) >= 0:
            extreme = row
        elif sense * (current[extreme] - value) > least:
            found.append(extreme)
            sense, extreme = -sense, row
    return [*found, len(current) - 1] if found[-1] != len(current) - 1 else found


def end_of_curve(current: np.ndarray, voltage: np.ndarray) -> tuple[int, str] | None:
    """First row after the last that belongs to the V(I) of the conductor, and the reason; None where all do.

    Ramps of either sign, up and down, in the order in which they were taken.
    """
    noise = step_noise(voltage)
    edges = turns(current, TURNS_BACK * np.abs(current).max())
    for place, (start, stop) in enumerate(zip(edges[:-1], edges[1:])):
        if abs(current[stop]) >= abs(current[start]):
            sign = np.sign(current[stop] - current[start])
            found = _ends(sign * current[start:stop + 1], sign * voltage[start:stop + 1], noise)
            if found:
                row, reason = min(found)
                # an inductive voltage changes its sign where the ramp turns: then the way back runs beside the way up
                turned = start + row == stop and place + 2 < len(edges) and retraces(current, voltage, start, stop, edges[place + 2], JUMPS * noise)
                if not turned:
                    return start + row, reason
        elif place and not retraces(current, voltage, edges[place - 1], start, stop, JUMPS * noise):
            return start + 1, "the current turns back"
    return None


def mirrored(current: np.ndarray, voltage: np.ndarray) -> bool:
    """Whether the transition goes down where the current goes up: the leads of the voltage, or of the current, are exchanged.

    On every rising ramp that shows anything the voltage falls below its level by more than it ever rises above it, most of it in the last third of the current. A
    conductor that quenches has risen before; a voltage that settles after switching on, or drifts, falls early or evenly.
    """
    noise, top, seen = step_noise(voltage), np.abs(current).max(), False
    edges = turns(current, TURNS_BACK * top)
    for start, stop in zip(edges[:-1], edges[1:]):
        if abs(current[stop]) < abs(current[start]) or stop - start < 10:
            continue
        sign = np.sign(current[stop] - current[start])
        ramp, level = sign * current[start:stop + 1], sign * voltage[start:stop + 1]
        if sign * (current[start] + current[stop]) < 0.2 * top:  # through zero: the half beyond it
            level, ramp = level[ramp >= 0], ramp[ramp >= 0]
        if len(level) < 10:
            continue
        base = float(np.median(level[: max(len(level) // 4, 3)]))
        above, below = float(level.max()) - base, base - float(level.min())
        if max(above, below) < JUMPS * noise:
            continue
        late = float(np.median(level[ramp <= ramp[0] + (ramp[-1] - ramp[0]) * 2 / 3][-3:])) - float(np.median(level[-3:]))
        if not (below > 10 * above and late > 0.6 * below):
            return False
        seen = True
    return seen


def _ends(current: np.ndarray, voltage: np.ndarray, noise: float) -> list[tuple[int, str]]:
    found = ((collapse(voltage, JUMPS * noise), "the voltage falls"), (runaway(current, voltage, noise), "the voltage jumps: thermal runaway"),
             (plateau(current, voltage, noise), "the voltage stands: compliance of the source or range of the meter"),
             (heated(current, voltage, noise), "the voltage rises at constant current: heating"))
    return [(row, reason) for row, reason in found if row is not None]


def collapse(voltage: np.ndarray, least: float) -> int | None:
    """First row of a rising ramp after which the voltage stays below by more than ``least``; a spike comes back and is none."""
    # the largest voltage from each row on, from behind
    ahead = np.maximum.accumulate(voltage[::-1])[::-1]
    before = np.minimum(voltage[:-2], voltage[1:-1]) if len(voltage) > 2 else voltage[:0]
    fallen = np.flatnonzero(before - ahead[2:] > least)
    return int(fallen[0]) + 2 if len(fallen) else None


def runaway(current: np.ndarray, voltage: np.ndarray, noise: float) -> int | None:
    """First row of a rising ramp to which the voltage jumps: threefold, steeper than I^150, and it does not come back."""
    if len(voltage) < 8:
        return None
    level = voltage - np.median(voltage[: max(len(voltage) // 2, 4)])
    stays = np.minimum.accumulate(level[::-1])[::-1]
    before = level[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        jump = (before > JUMPS * noise) & (stays[1:] > THREEFOLD * before) & (before >= 0.9 * np.maximum.accumulate(level)[:-1])
        ratio = np.log(current[1:] / current[:-1])
        steep = np.log(level[1:] / before) > STEEPEST * np.maximum(ratio, 0.0)
    rows = np.flatnonzero(jump & steep)
    return int(rows[0]) + 1 if len(rows) else None


def plateau(current: np.ndarray, voltage: np.ndarray, noise: float) -> int | None:
    """First row of the plateau at the end of a rising ramp: 4 rows or more at the largest voltage, where the slope before would have made much more."""
    below = np.flatnonzero(voltage < voltage.max() - 4 * noise - 1e-9 * np.ptp(voltage))
    start = int(below[-1]) + 1 if len(below) else 0
    if len(voltage) - start < 4 or start < 4:
        return None
    # two rows are left to the bend: the first of the plateau belongs to the curve
    ahead, back = current[-1] - current[start], current[start] - current[start - 4]
    gain = (voltage[start] - voltage[start - 4]) / back * ahead if back > 0 else 0.0
    return start + 1 if gain > JUMPS * noise + 0.05 * np.ptp(voltage) else None


def heated(current: np.ndarray, voltage: np.ndarray, noise: float) -> int | None:
    """Second row of those at the end of a ramp in which the current stands at its largest value and the voltage rises."""
    top = current.max()
    away = np.flatnonzero(current < top * (1 - 1e-3))
    start = int(away[-1]) + 1 if len(away) else len(current)
    if len(current) - start < 4:
        return None
    rise = np.median(voltage[-3:]) - voltage[start]
    steepest = STEEPEST * np.ptp(current[start:]) / top * abs(voltage[start] - np.median(voltage))  # what a power law would make of the creeping current
    return start + 1 if rise > JUMPS * noise + steepest else None


def retraces(current: np.ndarray, voltage: np.ndarray, start: int, peak: int, stop: int, noise: float) -> bool:
    """Whether the ramp back from ``peak`` follows the ramp up to it: many rows, and the same voltage at the same current."""
    back = slice(peak + 1, stop + 1)
    up = np.argsort(current[start:peak + 1], kind="stable")
    shared = np.sign(current[peak]) * current[back] > 0
    fall = np.abs(current[peak] - current[back][0])
    if shared.sum() < 3 or fall > 0.5 * abs(current[peak]):
        return False
    expected = np.interp(current[back][shared], current[start:peak + 1][up], voltage[start:peak + 1][up])
    swing = np.ptp(voltage[start:peak + 1])
    return bool(np.median(np.abs(voltage[back][shared] - expected)) < max(noise, 0.3 * swing))


def standing(current: np.ndarray) -> tuple[int, int]:
    """Rows [first, last) between a dwell before the ramp and one after it; 0 and the number of rows where there is none.

    A dwell has 5 rows or more near its first (last) current, at least four times as many as the ramp itself would have there.
    """
    near = STANDS * np.abs(current).max()
    size = np.abs(np.diff(current))
    moving = size[size > 0.02 * near]
    passing = near / np.median(moving) if len(moving) else 0.0

    def count(values: np.ndarray) -> int:
        away = np.flatnonzero(np.abs(values - values[0]) > near)
        rows = int(away[0]) if len(away) else 0
        return rows if rows >= 5 and rows > 4 * passing and abs(values[0]) < 0.1 * np.abs(current).max() else 0

    return count(current), len(current) - count(current[::-1])


def settling(current: np.ndarray, voltage: np.ndarray, noise: float) -> int:
    """Rows at the beginning of a rising ramp in which the voltage falls after switching on, within a fifth of it: the fit needs a baseline."""
    if len(voltage) < 10:
        return 0
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(voltage, 2, mode="edge"), 5), axis=1)
    lowest = int(np.argmin(smooth))
    peak = int(np.argmax(voltage[: lowest + 1]))
    fall = voltage[peak] - smooth[lowest]
    if lowest < 3 or fall < JUMPS * noise:
        return 0
    reached = current[0] + 0.25 * (current[lowest] - current[0])
    half = np.flatnonzero(smooth[peak: lowest + 1] < smooth[lowest] + 0.5 * fall)
    if current[peak + int(half[0])] > reached:
        return 0
    left = np.flatnonzero(smooth[peak: lowest + 1] < smooth[lowest] + max(0.1 * fall, 2 * noise))
    return min(peak + int(left[0]), int(np.searchsorted(current, 0.2 * current[-1])))


def spikes(voltage: np.ndarray, least: float) -> np.ndarray:
    """Rows farther than ``least`` robust standard deviations from the running median over seven rows; the three rows at either end are not judged."""
    out = np.zeros(len(voltage), bool)
    if len(voltage) < 15:
        return out
    rest = voltage[3:-3] - median_of_seven(voltage)
    scatter = max(1.4826 * float(np.median(np.abs(rest))), step_noise(voltage)) or float(np.abs(rest).max()) * 1e-3
    far = np.flatnonzero(np.abs(rest) > least * scatter)
    # on a steep flank, and at the peak between two, the rows of the window themselves are far apart
    apart = np.sort(np.abs(np.diff(np.lib.stride_tricks.sliding_window_view(voltage, 7)[far], axis=1)), axis=1)[:, 2]  # a spike of two rows makes three large steps
    slope = np.maximum(apart - scatter, 0.0)
    out[far[np.abs(rest[far]) > least * scatter + 3 * slope] + 3] = True
    return out


def median_of_seven(values: np.ndarray) -> np.ndarray:
    """Running median over seven rows, six shorter than ``values``."""
    return np.sort(np.lib.stride_tricks.sliding_window_view(values, 7), axis=1)[:, 3]
