"""Steps between the forms in which people keep a magnetoresistance: van_der_pauw, absolute_resistance, delta_conductivity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data import Dataset, column_to_si
from ..errors import FitkitError
from ..measured import Measured, read_measured
from .alike import require_alike
from .step import Found, step


@step
def van_der_pauw(data: Dataset, second: Dataset | str, column: str = "resistance") -> Dataset:
    """Sheet resistance of a film of any shape from two resistances (van der Pauw 1958): exp(-pi R_a/rho) + exp(-pi R_b/rho) = 1.

    Parameters
    ----------
    second
        The resistance R_b with the contacts turned by one: a dataset over ``field`` (or of one row), or the title of a column of the file in ohm.
    column
        The resistance R_a.

    Returns
    -------
    Dataset
        Column ``sheet_resistance`` [ohm/sq]; the history says the ratio of the two.

    Raises
    ------
    FitkitError
        A resistance that is not positive (exchanged leads), a second dataset at another temperature, or that does not reach over the field.
    """
    first, first_err = data[column], data[f"{column}_err"] if f"{column}_err" in data else None
    if isinstance(second, Dataset):
        require_alike(data, second, ("temperature",))
    other, other_err = _second(data, second, column)
    usable = np.isfinite(first) & np.isfinite(other)
    if not usable.any() or min(first[usable].min(), other[usable].min()) <= 0:
        raise FitkitError(f"{data.name}: van der Pauw wants two positive resistances, found down to {min(np.nanmin(first), np.nanmin(other)):.4g} ohm: exchanged leads?")
    rho = np.pi / np.log(2) * (first + other) / 2  # exact for equal ones, above the root for others
    for _ in range(60):
        a, b = np.exp(-np.pi * first / rho), np.exp(-np.pi * other / rho)
        step_ = (1 - a - b) * rho**2 / (np.pi * (first * a + other * b))
        rho = rho + np.clip(step_, -0.5 * rho, 0.5 * rho)
        if np.all(np.abs(step_[usable]) < 1e-14 * rho[usable]):
            break
    columns = {"sheet_resistance": rho}
    if first_err is not None or other_err is not None:
        size = first * a + other * b
        columns["sheet_resistance_err"] = np.hypot(rho * a / size * (0.0 if first_err is None else first_err), rho * b / size * (0.0 if other_err is None else other_err))
    return Found(data.with_columns(columns), {"ratio": float(np.median((np.maximum(first, other) / np.minimum(first, other))[usable]))})


def _second(data: Dataset, second: Dataset | str, column: str) -> tuple[np.ndarray, np.ndarray | None]:
    """R_b [ohm] and its error at each row."""
    if isinstance(second, str):
        if second in data.columns:
            return data[second], data[f"{second}_err"] if f"{second}_err" in data else None
        values, unit = data[second], data.vendor[second][1]
        return column_to_si("resistance", values, unit, data.name)[0], None
    values, errors = second[column], second[f"{column}_err"] if f"{column}_err" in second else None
    if len(second) == 1:
        return np.full(len(data), values[0]), None if errors is None else np.full(len(data), errors[0])
    order = np.argsort(second["field"], kind="stable")
    at, here = second["field"][order], data["field"]
    reach = 0.01 * (at[-1] - at[0])
    if np.nanmin(here) < at[0] - reach or np.nanmax(here) > at[-1] + reach:
        raise FitkitError(f"{data.name}: '{second.name}' reaches from {at[0] * 1e3:.4g} to {at[-1] * 1e3:.4g} mT, wanted {np.nanmin(here) * 1e3:.4g} to {np.nanmax(here) * 1e3:.4g} mT")
    return np.interp(here, at, values[order]), None if errors is None else np.interp(here, at, errors[order])


@step
def absolute_resistance(data: Dataset, sheet_resistance: str) -> Dataset:
    """Sheet resistance from a relative one, (R - R_0)/R_0 in parts or per cent: R_0 [1 + (R - R_0)/R_0].

    Weak localization changes the conductance by a part of e^2/h, whatever the resistance is: the relative change alone does not hold its size.

    Parameters
    ----------
    sheet_resistance
        R_0 at zero field, ``"600 ohm/sq"``.

    Returns
    -------
    Dataset
        Column ``sheet_resistance``, made of ``relative_resistance``.

    Raises
    ------
    FitkitError
        No column ``relative_resistance``, changes of -100 % or below (per cent given as parts?), a resistance that is not positive.
    """
    change = data["relative_resistance"]
    reference = read_measured(sheet_resistance, "ohm/sq", "sheet_resistance")
    if not reference.si > 0:
        raise FitkitError(f"{data.name}: sheet_resistance = {sheet_resistance}: wanted a number above 0")
    finite = change[np.isfinite(change)]
    if len(finite) and finite.min() <= -1:
        raise FitkitError(f"{data.name}: 'relative_resistance' goes down to {finite.min():.4g}, below -100 %: are the numbers per cent? "
                          'relative_resistance=(values, "%")')
    columns = {"sheet_resistance": reference.si * (1 + change)}
    if "relative_resistance_err" in data:
        columns["sheet_resistance_err"] = reference.si * data["relative_resistance_err"]
    meta = {**data.meta, "sheet_resistance_normal": Measured(reference.si, None, "ohm/sq", "user")}
    return Found(replace(data.with_columns(columns), meta=meta), {"at zero field": reference.si})


@step
def delta_conductivity(data: Dataset, thickness: str | None = None) -> Dataset:
    """Change of the conductivity of a thick film or a crystal [S/m]: delta_conductance over the thickness, for the laws of three dimensions.

    Parameters
    ----------
    thickness
        ``"200 nm"``; default the metadata.

    Returns
    -------
    Dataset
        Column ``delta_conductivity``; the one of the sheet stays.

    Raises
    ------
    FitkitError
        No column ``delta_conductance``, no thickness.
    """
    change = data["delta_conductance"]
    data = data.with_meta("user", thickness=thickness) if thickness is not None else data
    if not isinstance(data.meta.get("thickness"), Measured):
        raise FitkitError(data.missing_meta(("thickness",), "the conductivity is the sheet conductance over the thickness"))
    depth = data.si("thickness")
    columns = {"delta_conductivity": change / depth}
    if "delta_conductance_err" in data:
        columns["delta_conductivity_err"] = data["delta_conductance_err"] / depth
    return Found(data.with_columns(columns), {"divided by": depth})
