"""Steps from resistance to the change of the sheet conductance: sheet_conductance, delta_conductance, magnetoconductance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data import Dataset, column_to_si
from ..errors import FitkitError
from ..measured import Measured
from .offset import Undetermined, field_offset, longitudinal, shift_field
from .rows import drop_nonfinite, noted, with_column
from .step import Found, step
from .symmetry import symmetrise


@step
def sheet_conductance(data: Dataset, length: str | None = None, width: str | None = None, hall: Dataset | str | None = None) -> Dataset:
    """Sheet conductance sigma_xx = rho_xx/(rho_xx^2 + rho_xy^2) from R_xx, rho_xx = R_xx width/length.

    Parameters
    ----------
    length, width
        Distance of the voltage contacts and width of the current path, ``"4 mm"``; default the metadata. Not needed for
        a column ``sheet_resistance``.
    hall
        Where rho_xy comes from: a dataset with ``hall_resistance`` over ``field``, or the title of a column of the file
        in ohm. Default the column ``hall_resistance``; without it rho_xy = 0.

    Returns
    -------
    Dataset
        Column ``sheet_conductance`` [S]; metadata ``hall_part_used`` "yes" or "no", and with it ``hall_angle``, the largest ratio rho_xy/rho_xx. With the Hall part a single band falls
        as -(mu B)^2 sigma_0: laws then take a quadratic background.

    Raises
    ------
    FitkitError
        No length or width, a resistance that is not positive, a Hall dataset that does not reach over the field.
    """
    given = {name: value for name, value in (("length", length), ("width", width)) if value is not None}
    data = data.with_meta("user", **given) if given else data
    column = longitudinal(data, None)
    squares = _squares(data) if column == "resistance" else 1.0
    rho, rho_err = data[column] / squares, _errors(data, column) / squares
    finite = rho[np.isfinite(rho)]
    if not len(finite) or finite.min() <= 0:
        raise FitkitError(f"{data.name}: '{column}' wants positive numbers, found {data.values(column).min():.4g} to {data.values(column).max():.4g} "
                          f"{data.units[column]}.\n    negative ones: the sign of the leads, or the Hall channel: fk.load(path, column={{'resistance': 'TITLE'}})")
    xy, xy_err = _hall(data, hall)
    square = rho**2 + xy**2
    sigma = rho / square
    sigma_err = np.hypot((xy**2 - rho**2) * rho_err, 2 * rho * xy * xy_err) / square**2
    columns = {"sheet_conductance": sigma}
    if f"{column}_err" in data:
        columns["sheet_conductance_err"] = sigma_err
    used = hall is not None or "hall_resistance" in data
    meta = {**data.meta, "hall_part_used": "yes" if used else "no"}
    found = {"squares": squares}
    if used:
        found["largest Hall angle"] = float(np.nanmax(np.abs(xy / rho)))
        meta["hall_angle"] = Measured(found["largest Hall angle"], None, "", "column")
    return Found(replace(data.with_columns(columns), meta=meta), found)


@step
def delta_conductance(data: Dataset) -> Dataset:
    """Change of the sheet conductance with field, sigma(B) minus a rough sigma(0): the row at the smallest |field|.

    The reference carries the noise of one point; laws of magnetoconductance have a free ``offset`` column that takes it.

    Returns
    -------
    Dataset
        Column ``delta_conductance`` [S]; metadata ``sheet_resistance_normal`` = 1/sigma(0).

    Raises
    ------
    FitkitError
        No column ``sheet_conductance`` or ``field``.
    """
    sigma, field = data["sheet_conductance"], np.abs(data["field"])
    usable = np.isfinite(sigma) & np.isfinite(field)
    if not usable.any():
        raise FitkitError(f"{data.name}: 'sheet_conductance' and 'field' hold no row with both numbers")
    nearest = int(np.argmin(np.where(usable, field, np.inf)))
    reference = float(sigma[nearest])
    columns = {"delta_conductance": sigma - reference}
    if "sheet_conductance_err" in data:
        columns["delta_conductance_err"] = data["sheet_conductance_err"]
    meta = {**data.meta, "sheet_resistance_normal": Measured(1 / reference, None, "ohm/sq", "column")}
    return Found(replace(data.with_columns(columns), meta=meta),
                 {"reference": reference, "reference field": float(data["field"][nearest]),
                  "remark": "the reference is one noisy point: fit with the offset column"})


def magnetoconductance(data: Dataset, length: str | None = None, width: str | None = None, hall: Dataset | str | None = None,
                       offset: str = "cusp", symmetrised: bool = True, column: str | None = None) -> Dataset:
    """The usual chain from R(B) to the change of the sheet conductance; each part is recorded as its own step.

    drop_nonfinite, field_offset, symmetrise, sheet_conductance, delta_conductance. An offset that the cusp does not
    determine is left in, and sweeps of one polarity stay as they are; the notes say so.

    Parameters
    ----------
    length, width, hall
        As in sheet_conductance.
    offset
        ``"cusp"`` measures it, ``"none"`` leaves it, ``"3 mT"`` subtracts that.
    symmetrised
        Keep the part that is even in field.
    column
        Column to symmetrise; default ``resistance``, else ``sheet_resistance``.

    Raises
    ------
    FitkitError
        No resistance or field, no geometry.
    """
    if not isinstance(data, Dataset):
        raise FitkitError("fk.magnetoconductance wants one Dataset, found a list: [fk.magnetoconductance(piece) for piece in fk.split_sweeps(data)]"
                          if isinstance(data, (list, tuple)) else f"fk.magnetoconductance wants one Dataset, found {type(data).__name__}")
    if "sheet_conductance" in data and "resistance" not in data and "sheet_resistance" not in data:
        return delta_conductance(data)
    column = longitudinal(data, column)
    if column == "resistance":
        # asked for before the work, so that a missing width shows at once
        _squares(data.with_meta("user", **{name: value for name, value in (("length", length), ("width", width)) if value is not None}))
    if isinstance(hall, str) and hall not in data:
        # raw columns of the file end at symmetrise, and rho_xy has to become its odd part with the rest
        values, unit = _raw(data, hall)
        data, hall = with_column(data, "hall_resistance", values, unit, f"column '{hall}' of the file"), None
    wanted = ["field", column, *(["hall_resistance"] if "hall_resistance" in data else [])]
    if not all(np.isfinite(data[name]).all() for name in wanted):
        data = drop_nonfinite(data, wanted)
    both = data["field"].min() < 0 < data["field"].max()
    if offset == "cusp" and both:
        try:
            data = field_offset(data, column=column)
        except Undetermined as reason:
            data = noted(data, f"field offset left in: {str(reason).splitlines()[0]}")
    elif offset == "cusp":
        data = noted(data, "field offset left in: the field has one polarity only")
    elif offset != "none":
        data = shift_field(data, offset)
    if symmetrised and both:
        data = symmetrise(data, column=column)
    elif symmetrised:
        data = noted(data, "not symmetrised: the field has one polarity only")
    return delta_conductance(sheet_conductance(data, length, width, hall))


def _squares(data: Dataset) -> float:
    """length/width of the current path."""
    missing = [name for name in ("length", "width") if not isinstance(data.meta.get(name), Measured)]
    if missing:
        raise FitkitError(data.missing_meta(missing, "sheet conductance needs the distance of the voltage contacts and the width"))
    return data.si("length") / data.si("width")


def _raw(data: Dataset, title: str) -> tuple[np.ndarray, str]:
    """Numbers and unit of a column of the file."""
    return data[title], data.vendor[title][1]


def _errors(data: Dataset, column: str) -> np.ndarray:
    return data[f"{column}_err"] if f"{column}_err" in data else np.zeros(len(data))


def _hall(data: Dataset, hall: Dataset | str | None) -> tuple[np.ndarray, np.ndarray]:
    """rho_xy [ohm] and its error at each row."""
    if hall is None:
        return (data["hall_resistance"], _errors(data, "hall_resistance")) if "hall_resistance" in data else (np.zeros(len(data)),) * 2
    if isinstance(hall, str):
        return (data[hall] if hall in data else column_to_si("hall_resistance", *_raw(data, hall), data.name)[0]), _errors(data, hall)
    order = np.argsort(hall["field"], kind="stable")
    at, values, errors = hall["field"][order], hall["hall_resistance"][order], _errors(hall, "hall_resistance")[order]
    here = data["field"]
    sign = np.ones(len(data))
    if at[0] >= 0:
        # one polarity: the Hall resistance is odd, and zero at B = 0
        sign, here = np.sign(here), np.abs(here)
        if at[0] > 0:
            at, values, errors = np.append(0.0, at), np.append(0.0, values), np.append(0.0, errors)
    reach = 1e-9 + 0.01 * (at[-1] - at[0])
    if here.min() < at[0] - reach or here.max() > at[-1] + reach:
        raise FitkitError(f"{data.name}: the Hall data '{hall.name}' reach from {at[0] * 1e3:.4g} to {at[-1] * 1e3:.4g} mT, "
                          f"wanted {here.min() * 1e3:.4g} to {here.max() * 1e3:.4g} mT.\n    shorten: fk.window(data, 'field', low='...', high='...')")
    return sign * np.interp(here, at, values), np.interp(here, at, errors)
