"""Steps for a V(I) curve as it was ramped: drop_quench, drop_dwell, drop_spikes, split_ramps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..physics.ramp import TURNS_BACK, end_of_curve, mirrored, settling, spikes, standing, step_noise, turns
from .rows import noted
from .step import Found, step

OTHER_SIGN = 0.02
DRAWN = 200


@step
def drop_quench(data: Dataset) -> Dataset:
    """Without the rows after a quench.

    The curve ends at the first row where

    * the current turns back by more than 2 % of its maximum and the voltage does not come back the way it went,
    * the voltage falls by more than 20 times its step noise and stays below while the current still rises,
    * the voltage jumps: at least threefold from one row to the next, d ln V/d ln I above 150, and stays up (thermal runaway),
    * the voltage stands while the current rises (the compliance of the source or the range of the meter),
    * the voltage rises while the current stands at its largest value (heating).

    A ramp that is taken down on purpose retraces its voltage and stays; so do the ramps of a loop. A transition that goes down (exchanged leads) is no quench: it
    stays, with a note that says what to type.

    Returns
    -------
    Dataset
        Found: ``quench``, the reason, the first row dropped, the number of rows dropped, and what was left out.

    Raises
    ------
    FitkitError
        No column ``current`` or ``voltage``, fewer than 4 rows, or gaps.
    """
    current, voltage = _complete(data, "a quench is looked for")
    noise = step_noise(voltage)
    if mirrored(current, voltage):
        words = "exchanged leads? The voltage falls where the transition is, nothing is left out: fk.with_column(data, 'voltage', -data['voltage'], 'V', 'exchanged leads')"
        return Found(noted(data, words), {"quench": False, "step noise": noise, "mirrored": True})
    end = end_of_curve(current, voltage)
    return Found(data, {"quench": False, "step noise": noise}) if end is None else _cut(data, *end, noise)


def _cut(data: Dataset, row: int, reason: str, noise: float) -> Found:
    rows = np.arange(len(data))
    return Found(data.select(rows[:row]), {"quench": True, "reason": reason, "first row dropped": int(row), "rows dropped": len(data) - int(row),
                                           "step noise": noise, "left out": [_left_out(data, reason, rows >= row)]})


@step
def drop_dwell(data: Dataset) -> Dataset:
    """Without the rows in which the current does not ramp yet, or no longer, and those in which the voltage still settles.

    * Rows before the ramp, and after it, in which the current stands within 0.5 % of its maximum.
    * Samples of the other sign below 2 % of the maximum (the zero of the current meter).
    * Switching on: the voltage falls while the current rises, more than half of it in the first quarter of the ramp down to
      the lowest voltage; until 10 % of that fall is left, at most a fifth of the ramp. A slow drift of the thermal voltage stays: background=("offset", "R", "drift").

    Returns
    -------
    Dataset
        Found: the number of rows for each reason, and what was left out.

    Raises
    ------
    FitkitError
        No column ``current`` or ``voltage``, fewer than 4 rows, or gaps.
    """
    current, voltage = _complete(data, "the ramp is looked for")
    top = np.abs(current).max()
    sign = np.sign(current[np.argmax(np.abs(current))])
    first, last = standing(current)
    rows = np.arange(len(data))
    dwell = (rows < first) | (rows >= last)
    other = np.zeros(len(data), bool)
    if np.all(np.abs(current[sign * current < 0]) < OTHER_SIGN * top):
        other = (sign * current < 0) & ~dwell
    kept = rows[~dwell & ~other]
    settles = np.zeros(len(data), bool)
    if len(kept) > 10:
        peak = int(np.argmax(np.abs(current[kept]))) + 1
        settles[kept[:settling(sign * current[kept[:peak]], sign * voltage[kept[:peak]], step_noise(voltage))]] = True
    causes = {"the current stands": dwell, "other sign than the ramp": other, "the voltage settles after switching on": settles}
    out = [_left_out(data, reason, mask) for reason, mask in causes.items() if mask.any()]
    return Found(data.select(~(dwell | other | settles)), {**{reason: int(mask.sum()) for reason, mask in causes.items()}, **({"left out": out} if out else {})})


@step
def drop_spikes(data: Dataset, least: float = 8.0) -> Dataset:
    """Without single rows (up to three neighbours) whose voltage stands out of the curve.

    The measure is the distance from the running median over seven rows, in units of its robust scatter. ``loss="bisquare"``
    in the fit is the other way: there the law itself says which rows stand out.

    Parameters
    ----------
    least
        Rows farther than this many standard deviations go.

    Raises
    ------
    FitkitError
        No column ``current`` or ``voltage``, fewer than 4 rows, or gaps; ``least`` below 3, where good rows would go.
    """
    if not least >= 3:
        raise FitkitError(f"{data.name}: drop_spikes(least={least!r}) would take good rows: wanted 3 or more standard deviations")
    _, voltage = _complete(data, "spikes are looked for")
    out = spikes(voltage, least)
    found = {"rows": np.flatnonzero(out).tolist(), "left out": [_left_out(data, "spike", out)]} if out.any() else {"rows": []}
    return Found(data.select(~out), found)


@step
def split_ramps(data: Dataset) -> list[Dataset]:
    """The ramps of a loop: +I up, +I down, -I up, -I down, each a Dataset of its own, in the order of time.

    The current turns by more than 2 % of its maximum, or goes through zero. Pieces of fewer than 5 rows are left out.
    Fitted as a series they say whether the branches agree: a conductor that heats has another Ic on the way down, one with
    a thermal voltage another offset, one with an inductive voltage another offset on each branch.

    Returns
    -------
    list of Dataset
        The metadata ``polarity`` (+ or -) and ``branch`` (up or down, of |I|) say which is which.

    Raises
    ------
    FitkitError
        No column ``current`` or ``voltage``, fewer than 4 rows, or gaps, or no ramp of 5 rows.
    """
    current, _ = _complete(data, "ramps are looked for")
    top = np.abs(current).max()
    sign = np.sign(current)
    last = np.maximum.accumulate(np.where(sign != 0, np.arange(len(sign)), 0))
    sign = np.where(sign[last] == 0, 1.0, sign[last])  # a zero belongs to the ramp before it
    if not (current.min() < -OTHER_SIGN * top and current.max() > OTHER_SIGN * top):  # one polarity; the zero of the current meter is no other
        sign[:] = np.sign(current[np.argmax(np.abs(current))])
    edges = turns(current, TURNS_BACK * top)
    # the turning row is the last of its ramp, the row after it the first of the next
    borders = sorted({0, len(data), *(row + 1 for row in edges[1:-1]), *(np.flatnonzero(np.diff(sign)) + 1).tolist()})
    pieces = [(start, stop) for start, stop in zip(borders[:-1], borders[1:]) if stop - start >= 5]
    if not pieces:
        raise FitkitError(f"{data.name}: no ramp of 5 rows or more among {len(data)} rows")
    out, names = [], []
    for start, stop in pieces:
        polarity, branch = "+" if sign[start] > 0 else "-", "up" if abs(current[stop - 1]) >= abs(current[start]) else "down"
        names.append(f"{data.name} {polarity}I {branch}")
        name = names[-1] if names.count(names[-1]) == 1 else f"{names[-1]} {names.count(names[-1])}"
        piece = replace(data.select(np.arange(start, stop)), name=name).with_meta(polarity=polarity, branch=branch)
        out.append(Found(piece, {"polarity": polarity, "branch": branch, "first row": int(start), "rows": int(stop - start), "ramps": len(pieces)}))
    return out


def _complete(data: Dataset, what: str) -> tuple[np.ndarray, np.ndarray]:
    current, voltage = data["current"], data["voltage"]
    missing = int((~(np.isfinite(current) & np.isfinite(voltage))).sum())
    if len(data) < 4 or missing:
        raise FitkitError(f"{data.name}: {what} in 4 rows or more without gaps, found {len(data)} rows, {missing} without number.\n"
                          "    first: fk.drop_nonfinite(data)")
    return current, voltage


def _left_out(data: Dataset, reason: str, rows: np.ndarray) -> dict:
    """What the figure shows of rows that were cut: at most 200 of them, with their number and reason."""
    chosen = np.flatnonzero(rows)
    thin = chosen[:: max(1, -(-len(chosen) // DRAWN))]
    return {"reason": reason, "rows": len(chosen), "first row": int(chosen[0]), "current": data["current"][thin].tolist(), "voltage": data["voltage"][thin].tolist()}
