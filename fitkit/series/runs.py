"""Several decays as one dataset: all points of M(t, T), or the local rates dM/dt against M and T."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..data import Dataset, Note, StepRecord
from ..errors import FitkitError
from ..measured import Measured
from ..names import MOMENTS

_FEWEST = 6         # points of a piece in which a slope is fitted
_MOST = 6           # pieces of a decay
_SLOPE = 10.0       # standard deviations by which the slope of a typical piece must stand out, else the pieces are made longer
_SEEN = 3.0         # and below which a piece is left out: the logarithm of noise is biased


def join_runs(runs: Sequence[Dataset]) -> Dataset:
    """Decays at several temperatures as one dataset of M(t, T), for a joint fit such as ``fk.fit("creep_series", ...)``.

    Parameters
    ----------
    runs
        Decays with their clocks set, each with its temperature (metadata, or a column whose mean is taken).

    Returns
    -------
    Dataset
        Columns time, temperature (one value for each run) and the moment, with its errors where all runs have them.

    Raises
    ------
    FitkitError
        Fewer than two runs, runs with different quantities, times <= 0, a run without temperature.
    """
    name = _checked(runs, "join_runs", 2)
    ordered = sorted(runs, key=lambda run: run.si("temperature"))
    columns = {"time": np.concatenate([run["time"] for run in ordered]),
               "temperature": np.concatenate([np.full(len(run), run.si("temperature")) for run in ordered]),
               name: np.concatenate([run[name] for run in ordered])}
    if all(f"{name}_err" in run for run in ordered):
        columns[f"{name}_err"] = np.concatenate([run[f"{name}_err"] for run in ordered])
    notes = tuple(Note(None, None, f"{run.name}: {note.text}") for run in ordered for note in run.notes if note.row is None)
    units = {name: ordered[0].units[name]}
    return Dataset(name=f"{len(ordered)} temperatures", columns=columns, units=units, meta=_common(ordered), notes=notes,
                   history=(StepRecord("join_runs", {}, {"runs": [run.name for run in ordered], "rows": len(columns["time"])}, _parents(ordered)),))


def local_rates(runs: Sequence[Dataset], pieces: int | None = None) -> Dataset:
    """ln|dM/dt| against M and T, from straight lines in ln t fitted to pieces of each decay; never a difference of noisy points.

    Parameters
    ----------
    runs
        Decays with their clocks set, each with its temperature.
    pieces
        Pieces of equal length in ln t of each decay; None: up to 6, as many as the noise allows.

    Returns
    -------
    Dataset
        Columns temperature, moment (|M|) with its error, time (the middle of the piece), log_rate = ln(|dM/dt| / (SI unit per s)), log_rate_err. Pieces whose slope is
        below 3 standard deviations are left out and named in the notes.

    Raises
    ------
    FitkitError
        No runs, different quantities, times <= 0, or nothing left.
    """
    name = _checked(runs, "local_rates", 1)
    rows, notes = [], []
    for run in sorted(runs, key=lambda run: run.si("temperature")):
        found = _pieces(run, name, pieces)
        for time, moment, slope, error, level_error in found:
            if abs(slope) < _SEEN * error:
                notes.append(Note(None, None, f"{run.name}: the piece around {time:.3g} s left out, its slope is {abs(slope) / error:.1f} standard deviations"))
            else:
                rows.append((run.si("temperature"), abs(moment), time, math.log(abs(slope) / time), error / abs(slope), level_error))
        if not found:
            notes.append(Note(None, None, f"{run.name}: {len(run)} points, fewer than {_FEWEST}: left out"))
    if not rows:
        raise FitkitError("local_rates: no decay has a piece whose slope stands out of the noise: " + "; ".join(note.text for note in notes[:4]))
    table = np.array(rows).T
    columns = dict(zip(("temperature", name, "time", "log_rate", "log_rate_err", f"{name}_err"), table))
    return Dataset(name="local rates", columns=columns, units={name: runs[0].units[name], f"{name}_err": runs[0].units[name]}, meta=_common(runs), notes=tuple(notes),
                   history=(StepRecord("local_rates", {"pieces": pieces}, {"runs": [run.name for run in runs], "pieces": len(rows)}, _parents(runs)),))


def _pieces(run: Dataset, name: str, pieces: int | None) -> list[tuple[float, ...]]:
    """(time, M, dM/dlnt, its standard deviation, that of M) of the pieces; the noise is pooled over them."""
    most = _MOST if pieces is None else pieces
    for number in range(min(most, len(run) // _FEWEST), 0, -1):
        found = _slopes(run, name, number)
        if number == 1 or pieces is not None or np.median([abs(slope) / error for _, _, slope, error, _ in found]) >= _SLOPE:
            return found
    return []


def _slopes(run: Dataset, name: str, number: int) -> list[tuple[float, ...]]:
    x, y = np.log(run["time"]), run[name]
    errors = run[f"{name}_err"] if f"{name}_err" in run else None
    edges = np.linspace(x.min(), x.max(), number + 1)
    place = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, number - 1)
    groups = [np.flatnonzero(place == index) for index in range(number)]
    groups = [rows for rows in groups if len(rows) >= _FEWEST]
    lines, square, dof = [], 0.0, 0
    for rows in groups:
        weight = np.ones(len(rows)) if errors is None else 1 / errors[rows] ** 2
        middle = np.average(x[rows], weights=weight)
        spread = float(np.sum(weight * (x[rows] - middle) ** 2))
        if spread == 0:
            continue
        level = float(np.average(y[rows], weights=weight))
        slope = float(np.sum(weight * (x[rows] - middle) * y[rows])) / spread
        square += float(np.sum(weight * (y[rows] - level - slope * (x[rows] - middle)) ** 2))
        dof += len(rows) - 2
        lines.append((math.exp(middle), level, slope, 1 / math.sqrt(spread), 1 / math.sqrt(float(np.sum(weight)))))
    noise = max(math.sqrt(square / dof), 1e-12 * float(np.abs(y).max())) if errors is None and dof else 1.0
    return [(time, level, slope, error * noise, level_error * noise) for time, level, slope, error, level_error in lines]


def _checked(runs, function: str, fewest: int) -> str:
    if isinstance(runs, Dataset) or not all(isinstance(run, Dataset) for run in runs):
        raise FitkitError(f"fk.{function} wants a list of decays, fk.load_all(...) or fk.split_holds(data)")
    if len(runs) < fewest:
        raise FitkitError(f"fk.{function}: {len(runs)} decays, wanted {fewest} or more")
    name = next((name for name in reversed(MOMENTS) if all(name in run for run in runs)), None)
    if name is None:
        raise FitkitError("; ".join(f"{run.name} has {', '.join(one for one in MOMENTS if one in run) or 'no moment'}" for run in runs[:4]) + ": the decays must hold the same quantity")
    for run in runs:
        if np.any(run["time"] <= 0):
            raise FitkitError(f"{run.name}: {int(np.sum(run['time'] <= 0))} rows have time <= 0.\n    set the origin: fk.relaxation_segment(data)")
        run.si("temperature")  # says what is missing
    return name


def _common(runs: Sequence[Dataset]) -> dict[str, Measured | str]:
    """Metadata in which all runs agree."""
    return {name: value for name, value in runs[0].meta.items() if name not in ("temperature", "time_origin_err", "t_r")
            and all(str(run.meta.get(name)) == str(value) for run in runs)}


def _parents(runs: Sequence[Dataset]) -> tuple[dict, ...]:
    return tuple({"name": run.name, "source": None if run.source is None else vars(run.source), "history": [vars(record) for record in run.history]} for run in runs)

