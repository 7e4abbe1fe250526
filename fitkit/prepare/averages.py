"""Steps that combine sweeps: average_over (conductance fluctuations out), subtract_background (a sweep at high temperature)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from .rows import noted
from .step import Found, step

_SPARSE = 0.6     # of the points of the sweep: from there on interpolation repeats the noise of the background
# columns that a measured background may be taken from: what is left of them is of the same kind
DIFFERENCES = ("delta_conductance", "delta_conductivity")


@step
def average_over(data: Dataset, over: str = "gate", column: str | None = None) -> Dataset:
    """One sweep of the field: the mean of the sweeps at each plateau of another column, field by field.

    Conductance fluctuations of a small sample are as large as weak localization and change with the gate; their mean over many gates goes down as
    1/sqrt(gates). Take the mean of the conductance, not of the resistance: that of 1/R is not 1 over that of R.

    Parameters
    ----------
    over
        The column with the plateaus.
    column
        What is averaged; default ``sheet_conductance``, else ``delta_conductance``, else ``sheet_resistance`` or ``resistance``.

    Returns
    -------
    Dataset
        Rows at the fields of the longest sweep, as far as all reach, ascending. Errors are those of the mean of independent points; ``scatter`` in the
        history is the standard deviation between the sweeps, their levels taken out. Other columns but the field end here.

    Raises
    ------
    FitkitError
        Fewer than two plateaus, no common range of field.
    """
    from ..segments import groups

    field, values = data["field"], data[over]
    if column is None:
        column = next((name for name in ("sheet_conductance", "delta_conductance", "sheet_resistance") if name in data), "resistance")
    y, y_err = data[column], data[f"{column}_err"] if f"{column}_err" in data else None
    usable = np.isfinite(field) & np.isfinite(y) & np.isfinite(values)
    sweeps = [rows[usable[rows]] for _, rows in groups(data, over)]
    sweeps = [rows[np.argsort(field[rows], kind="stable")] for rows in sweeps if len(rows) > 2]
    if len(sweeps) < 2:
        raise FitkitError(f"{data.name}: average_over(data, '{over}') wants two plateaus of '{over}' or more, found {len(sweeps)}")
    low, high = max(field[rows[0]] for rows in sweeps), min(field[rows[-1]] for rows in sweeps)
    grid = field[max(sweeps, key=len)]
    slack = 1e-6 * max(high - low, 0.0)
    grid = np.unique(grid[(grid >= low - slack) & (grid <= high + slack)])
    if len(grid) < 3:
        raise FitkitError(f"{data.name}: the sweeps at the plateaus of '{over}' have no range of field in common")
    curves = np.array([np.interp(grid, field[rows], y[rows]) for rows in sweeps])
    columns = {"field": grid, column: curves.mean(axis=0)}
    if y_err is not None:
        columns[f"{column}_err"] = np.sqrt(np.mean([np.interp(grid, field[rows], y_err[rows]) ** 2 for rows in sweeps], axis=0) / len(sweeps))
    scatter = float(np.sqrt(np.mean((curves - curves.mean(axis=1, keepdims=True) - columns[column] + columns[column].mean()) ** 2) * len(sweeps) / (len(sweeps) - 1)))
    notes = tuple(note for note in data.notes if note.row is None)
    units = {name: unit for name, unit in data.units.items() if name in columns}
    return Found(replace(data, columns=columns, units=units, vendor={}, notes=notes), {"sweeps": len(sweeps), "fields": len(grid), "scatter": scatter})


@step
def subtract_background(data: Dataset, background: Dataset, column: str | None = None) -> Dataset:
    """Less the same quantity of another sweep, at which the interference is gone (high temperature): what both have in common goes out.

    Both are even in field or both are not: a background of B >= 0 only serves either side. What is left of the interference at the temperature of the
    background is taken away too, so that lengths of a sweep close to it in temperature come out wrong.

    Parameters
    ----------
    background
        A sweep with the same column, prepared in the same way (the same field offset, symmetrised or not).
    column
        Default ``delta_conductance``, else ``delta_conductivity``.

    Raises
    ------
    FitkitError
        Another column, or a background that does not reach as far in field.
    """
    column = column or next((name for name in DIFFERENCES if name in data), DIFFERENCES[0])
    if column not in DIFFERENCES:
        raise FitkitError(f"{data.name}: a measured background is taken from {' or '.join(DIFFERENCES)}, not from '{column}'")
    y, there = data[column], background["field"]
    order = np.argsort(there, kind="stable")
    there, values = there[order], background[column][order]
    errors = background[f"{column}_err"][order] if f"{column}_err" in background else None
    here = np.abs(data["field"]) if there[0] >= 0 else data["field"]
    reach = 0.01 * (there[-1] - there[0])
    if np.nanmin(here) < there[0] - reach or np.nanmax(here) > there[-1] + reach:
        raise FitkitError(f"{data.name}: the background '{background.name}' reaches from {there[0] * 1e3:.4g} to {there[-1] * 1e3:.4g} mT, wanted "
                          f"{np.nanmin(here) * 1e3:.4g} to {np.nanmax(here) * 1e3:.4g} mT.\n    shorten: fk.window(data, 'field', low='...', high='...')")
    columns = {column: y - np.interp(here, there, values)}
    if f"{column}_err" in data:
        columns[f"{column}_err"] = data[f"{column}_err"] if errors is None else np.hypot(data[f"{column}_err"], np.interp(here, there, errors))
    elif errors is not None:
        columns[f"{column}_err"] = np.interp(here, there, errors)
    usable = np.isfinite(columns[column])
    made = data.with_columns(columns)
    points, sparser = int(usable.sum()), int(((there >= np.nanmin(here)) & (there <= np.nanmax(here))).sum())
    if sparser < _SPARSE * len(np.unique(here)):
        made = noted(made, f"the background '{background.name}' has {sparser} points beside {points}: neighbouring rows share its noise, and errors from the scatter come out too "
                           f"small by up to a factor {np.sqrt(max(points / max(sparser, 1), 1)):.2g}. Measure it as densely, or with more averaging")
    return Found(made, {"background": background.name, "swing before": float(np.ptp(y[usable])), "swing after": float(np.ptp(columns[column][usable]))})
