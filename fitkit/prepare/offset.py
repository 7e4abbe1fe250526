"""Steps for the zero of the field axis: field_offset from the cusp, shift_field by hand.

A magnet keeps 1 to 30 mT of trapped flux that changes with the sweep direction. An offset left in the data rounds the
cusp and makes the dephasing length come out short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured, read_measured
from .mirror import MirrorCurve
from .step import Found, step

# fewer points than this on a sweep say nothing about a cusp
FEWEST_POINTS = 16
# (F, misfit/swing of the even part): beyond both the two sides are different curves, not mirror images with noise
WRONG_MIRROR = (3.0, 0.01)
NAMES = {1: "up", -1: "down"}


class Undetermined(FitkitError):
    """The data do not say where the mirror of the curve is."""


def sweep_directions(data: Dataset) -> np.ndarray:
    """+1 where the field goes up, -1 where it goes down, shape (rows,): the column ``direction``, else from the field."""
    if "direction" in data:
        return np.where(data["direction"] < 0, -1, 1)
    from ..segments import directions

    return np.asarray(directions(data["field"]))


def longitudinal(data: Dataset, column: str | None) -> str:
    """The column that a step of the magnetoresistance chain works on: the one named, else resistance, else sheet_resistance."""
    if column is None:
        column = "sheet_resistance" if "sheet_resistance" in data and "resistance" not in data else "resistance"
    data[column]
    return column


@step
def field_offset(data: Dataset, column: str | None = None, max_offset: str = "50 mT", window: str | None = None,
                 pool: Sequence[Dataset] | None = None) -> Dataset:
    """Measure the field offset of each sweep direction from the mirror symmetry of the curve, and subtract it.

    For each trial offset the curve is described by a smooth even part plus a line and a cube (Hall admixture, drift);
    the offset is where that leaves the smallest residuals. Its error follows from the curvature of the misfit, widened
    where the residuals are correlated from point to point. Slow noise that imitates the curve itself is not seen: with
    AR(1) noise of 0.8 the error is too small by a factor 1.7.

    Parameters
    ----------
    column
        Column with the cusp; default ``resistance``, else ``sheet_resistance``.
    max_offset
        Half-width of the search [field]; shortened to a quarter of the range that has both polarities.
    window
        Use |field| below this only; default all.
    pool
        Further pieces of the same run, whose sweeps share the offset of their direction; their cusps are used together.

    Returns
    -------
    Dataset
        ``field`` without offset; metadata ``field_offset_up``, ``field_offset_down``, ``field_offset_err`` (the largest error).

    Raises
    ------
    FitkitError
        The offset is not determined (no cusp above the noise, several places equally good) or lies at the search limit.
    """
    column = longitudinal(data, column)
    limit = read_measured(max_offset, "T", "max_offset").si
    reach = np.inf if window is None else read_measured(window, "T", "window").si
    direction = sweep_directions(data)
    field = data["field"].copy()
    found: dict[str, float] = {}
    meta: dict[str, Measured] = {}
    for sign in (1, -1):
        rows = direction == sign
        if not rows.any():
            continue
        name = NAMES[sign]
        curves = [curve for one in (data, *(pool or ())) if (curve := _sweep(one, column, sign, limit, reach)) is not None]
        if not curves:
            raise Undetermined(f"{data.name}: no field offset of the sweep {name}: it wants {FEWEST_POINTS} points on both sides of B = 0, found "
                               f"{int(rows.sum())} from {field[rows].min() * 1e3:.4g} to {field[rows].max() * 1e3:.4g} mT.\n"
                               '    by hand: fk.shift_field(data, offset="3 mT")')
        offset, error = locate_mirror(curves, min(limit, *(curve.reach / 6 for curve in curves)), f"{data.name}, sweep {name}")
        field[rows] -= offset
        found |= {f"offset {name}": offset, f"error {name}": error}
        meta[f"field_offset_{name}"] = Measured(offset * 1e3, error * 1e3, "mT", "cusp")
    largest = max(value for key, value in found.items() if key.startswith("error"))
    meta["field_offset_err"] = Measured(largest * 1e3, None, "mT", "cusp")
    if pool:
        found["pooled pieces"] = 1 + len(pool)
    return Found(replace(data.with_columns({"field": field}), meta={**data.meta, **meta}), found)


@step
def shift_field(data: Dataset, offset: str = "0 mT", up: str | None = None, down: str | None = None) -> Dataset:
    """Subtract a known field offset.

    Parameters
    ----------
    offset
        Offset of every row [field], for example ``"3 mT"`` where zero field reads 3 mT.
    up, down
        Another offset for the rows of one sweep direction.

    Raises
    ------
    FitkitError
        A number without unit.
    """
    shift = np.full(len(data), read_measured(offset, "T", "offset").si)
    if up is not None or down is not None:
        direction = sweep_directions(data)
        for sign, given in ((1, up), (-1, down)):
            if given is not None:
                shift[direction == sign] = read_measured(given, "T", f"offset {NAMES[sign]}").si
    return data.with_columns({"field": data["field"] - shift})


def _sweep(data: Dataset, column: str, sign: int, limit: float, window: float) -> MirrorCurve | None:
    """One sweep direction, ascending, within the range that has both polarities; None where there is too little of it."""
    rows = (sweep_directions(data) == sign) & np.isfinite(data["field"]) & np.isfinite(data[column])
    field = data["field"][rows]
    if len(field) < FEWEST_POINTS:
        return None
    both = min(field.max(), -field.min(), window)
    if both <= 0:
        return None
    search = min(limit, both / 4)
    # the same points whatever the trial offset, so that the misfits compare
    rows[rows] = np.abs(field) <= both + search
    order = np.argsort(data["field"][rows], kind="stable")
    field, values = data["field"][rows][order], data[column][rows][order]
    if min((field > 0).sum(), (field < 0).sum()) < FEWEST_POINTS // 2:
        return None
    errors = data[f"{column}_err"][rows][order] if f"{column}_err" in data else np.ones(len(field))
    return MirrorCurve(field, values, 1 / errors, both + 2 * search)


def locate_mirror(curves: Sequence[MirrorCurve], limit: float, where: str) -> tuple[float, float]:
    """The field about which the curves are even, and its standard deviation [T].

    Raises
    ------
    Undetermined
        At the limit of the search, or not deeper than what noise makes.
    """
    from scipy.optimize import minimize_scalar

    step = min(float(np.quantile(np.diff(curve.field), 0.2)) for curve in curves)
    count = int(np.clip(np.ceil(limit / max(step, limit / 100)), 25, 100))
    trial = np.linspace(-limit, limit, 2 * count + 1)
    curves = [curve.adapted(_likely(curve, trial[::2])) for curve in curves]
    dof = [max(len(curve.field) - curve.freedom - 1, 1) for curve in curves]
    # the likelihood with the noise level of each curve as a free number: dof ln(misfit)
    misfit = np.array([[curve.cost(offset) for offset in trial] for curve in curves])
    floor = np.finfo(float).tiny
    def unlikelihood(offset, share):
        return float(share @ np.log(np.array([curve.cost(offset) for curve in curves]) + floor))

    def between(best, share):
        low, high = trial[max(best - 1, 0)], trial[min(best + 1, len(trial) - 1)]
        return minimize_scalar(unlikelihood, bounds=(low, high), args=(share,), method="bounded", options={"xatol": 1e-7 * limit})

    # correlated residuals carry less information, each curve counts for less: at the mirror itself, for beside it misfit looks like slow noise
    likely = float(between(int(np.argmin(np.asarray(dof) @ np.log(misfit + floor))), np.asarray(dof)).x)
    share = np.array([1 / _widening(curve, likely) for curve in curves]) * dof
    profile = share @ np.log(misfit + floor)
    best = int(np.argmin(profile))
    advice = '\n    by hand: fk.shift_field(data, offset="3 mT");  pieces of one run together: fk.field_offset(data, pool=pieces)'
    if best in (0, len(trial) - 1):
        raise Undetermined(f"{where}: no field offset from the cusp: the best mirror lies at the search limit {trial[best] * 1e3:+.4g} mT.{advice}")
    solution = between(best, share)
    offset, bottom = float(solution.x), float(solution.fun)
    error = _error(lambda offset: unlikelihood(offset, share), offset, bottom, trial[1] - trial[0])
    if abs(offset) > 0.9 * limit:
        raise Undetermined(f"{where}: no field offset from the cusp: the best mirror {offset * 1e3:+.4g} mT lies at the search limit {limit * 1e3:.4g} mT.{advice}")
    # by chance the misfit varies by about sqrt(4 x coefficients) from one trial to the next
    chance = 3 * np.sqrt(4 * sum(curve.freedom for curve in curves))
    far = np.abs(trial - offset) > max(5 * error, 2 * (trial[1] - trial[0]))
    inner = np.flatnonzero((profile[1:-1] < profile[:-2]) & (profile[1:-1] < profile[2:])) + 1
    rivals = [place for place in inner if far[place] and profile[place] - bottom < chance]
    if not far.any() or np.median(profile[far]) - bottom < chance:
        raise Undetermined(f"{where}: no field offset from the cusp: within +-{limit * 1e3:.3g} mT every mirror is as good as the one at "
                           f"{offset * 1e3:+.4g} mT; the cusp does not stand out of the noise.{advice}")
    if rivals:
        raise Undetermined(f"{where}: no field offset from the cusp: mirrors at {offset * 1e3:+.4g} and {trial[rivals[0]] * 1e3:+.4g} mT are equally good.{advice}")
    f_values, misfits = zip(*(curve.asymmetry(offset) for curve in curves))
    if np.mean(f_values) > WRONG_MIRROR[0] and np.median(misfits) > WRONG_MIRROR[1]:
        raise Undetermined(f"{where}: no field offset from the cusp: the curve is not symmetric about any field within +-{limit * 1e3:.3g} mT; "
                           f"at {offset * 1e3:+.4g} mT the asymmetry is {100 * np.median(misfits):.2g} % of the even part.{advice}")
    return offset, error


def _likely(curve: MirrorCurve, trial: np.ndarray) -> np.ndarray:
    """The few best of some trial offsets."""
    return trial[np.argsort([curve.cost(offset) for offset in trial], kind="stable")[:4]]


def _error(unlikelihood, offset: float, bottom: float, start: float) -> float:
    """Standard deviation from the curvature of the profile, taken where it has risen by about 1."""
    error = start
    for _ in range(6):
        rise = (unlikelihood(offset + error) + unlikelihood(offset - error)) / 2 - bottom
        if rise <= 0:
            error *= 2
            continue
        ratio = 1 / np.sqrt(rise)
        error *= ratio
        if 0.7 < ratio < 1.4:
            break
    return float(error)


def _widening(curve: MirrorCurve, offset: float) -> float:
    """(1 + rho)/(1 - rho) of the residuals' correlation from point to point where that is significant, else 1."""
    residuals = curve.solve(offset)[2]
    power = residuals @ residuals
    rho = float(residuals[1:] @ residuals[:-1] / power) if power > 0 else 0.0
    if rho * np.sqrt(len(residuals)) < 3:
        return 1.0
    rho = min(rho, 0.98)
    return (1 + rho) / (1 - rho)
