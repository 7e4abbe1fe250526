"""Step that ends a V(I) curve where the conductor quenches: drop_quench."""

from __future__ import annotations

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from .step import Found, step

TURNS_BACK = 0.02
FALLS = 20.0


@step
def drop_quench(data: Dataset) -> Dataset:
    """Without the rows after a quench.

    The curve ends where the current turns back by more than 2 % of its maximum, or where the voltage falls by more than
    20 times its step noise and does not come back while the current still rises, whichever comes first. A ramp that is
    taken down on purpose retraces its voltage and stays; so do the ramps of a loop.

    Returns
    -------
    Dataset
        Found: ``quench``, the reason, the first row dropped, the number of rows dropped.

    Raises
    ------
    FitkitError
        No column ``current`` or ``voltage``.
    """
    current, voltage = data["current"], data["voltage"]
    if len(data) < 4 or not (np.isfinite(current).all() and np.isfinite(voltage).all()):
        missing = int((~(np.isfinite(current) & np.isfinite(voltage))).sum())
        raise FitkitError(f"{data.name}: a quench is looked for in 4 rows or more without gaps, found {len(data)} rows, {missing} without number.\n"
                          "    first: fk.drop_nonfinite(data)")
    steps = np.diff(voltage)
    noise = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)
    turns = _turns(current, TURNS_BACK * np.abs(current).max())
    for place, (start, stop) in enumerate(zip(turns[:-1], turns[1:])):
        sign = np.sign(current[stop] - current[start])
        if abs(current[stop]) >= abs(current[start]):
            row = _collapse(sign * voltage[start:stop + 1], FALLS * noise)
            if row is not None:
                return _cut(data, start + row, "the voltage falls", noise)
        elif place and not _retraces(current, voltage, turns[place - 1], start, stop, FALLS * noise):
            return _cut(data, start + 1, "the current turns back", noise)
    return Found(data, {"quench": False, "step noise": noise})


def _cut(data: Dataset, row: int, reason: str, noise: float) -> Found:
    return Found(data.select(np.arange(row)), {"quench": True, "reason": reason, "first row dropped": int(row),
                                               "rows dropped": len(data) - int(row), "step noise": noise})


def _turns(current: np.ndarray, least: float) -> list[int]:
    """Rows where the current turns round by more than ``least``, with the first and last row."""
    turns, extreme, sense = [0], 0, 0
    for row, value in enumerate(current):
        if sense == 0:
            if abs(value - current[0]) > least:
                sense, extreme = (1 if value > current[0] else -1), row
        elif sense * (value - current[extreme]) >= 0:
            extreme = row
        elif sense * (current[extreme] - value) > least:
            turns.append(extreme)
            sense, extreme = -sense, row
    return [*turns, len(current) - 1] if turns[-1] != len(current) - 1 else turns


def _collapse(voltage: np.ndarray, least: float) -> int | None:
    """First row of a rising ramp after which the voltage stays below by more than ``least``; a spike comes back and is none."""
    # the largest voltage from each row on, from behind
    ahead = np.maximum.accumulate(voltage[::-1])[::-1]
    before = np.minimum(voltage[:-2], voltage[1:-1]) if len(voltage) > 2 else voltage[:0]
    fallen = np.flatnonzero(before - ahead[2:] > least)
    return int(fallen[0]) + 2 if len(fallen) else None


def _retraces(current: np.ndarray, voltage: np.ndarray, start: int, peak: int, stop: int, noise: float) -> bool:
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
