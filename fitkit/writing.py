"""A Dataset as labelled CSV, fitkit's own text format, in full precision: what is written is read back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .data import Dataset
from .errors import FitkitError
from .measured import Measured
from .names import QUANTITIES
from .units import parse_unit, same_dimension


def write_csv(data: Dataset, path, *, units: Mapping[str, str] | str | None = None, overwrite: bool = False) -> Path:
    """Write the columns and the metadata of a dataset; :func:`fitkit.load` reads them back.

    Parameters
    ----------
    path
        The file; it appears complete or not at all.
    units
        ``"SI"``, or {column: unit}; default the units of the dataset. In SI the numbers come back exactly, in another
        unit within one unit in the last place.
    overwrite
        Replace a file that exists.

    Raises
    ------
    FitkitError
        The file exists, a unit does not fit, or a column has a name that no title can hold.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise FitkitError(f"{path} exists; to replace it: overwrite=True")
    written = {name: _unit(data, name, units) for name in data.columns}
    lines = [f"# {_one_line(name)} = {_setting(value)}" for name, value in data.meta.items()]
    lines.append(", ".join(_title(name, unit) for name, unit in written.items()))
    columns = [parse_unit(unit).from_si(data[name]) for name, unit in written.items()]
    lines += [", ".join(map(_number, row)) for row in zip(*columns)]
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        os.replace(unfinished, path)
    except OSError as error:
        raise FitkitError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _unit(data: Dataset, name: str, units) -> str:
    base = name.removesuffix("_err")
    if units == "SI":
        if base in QUANTITIES:
            return QUANTITIES[base][0]
        parsed = parse_unit(data.units[name])
        if parsed.factor == 1.0 and not parsed.offset:
            return data.units[name]
        raise FitkitError(f"{data.name}: column '{name}' is in '{data.units[name]}'; its SI unit is not known here: units={{{name!r}: '...'}}")
    if isinstance(units, str):
        raise FitkitError(f"units={units!r}: wanted 'SI' or {{column: unit}}")
    unit = (units or {}).get(name, data.units[name])
    if not same_dimension(unit, data.units[name]):
        raise FitkitError(f"{data.name}: column '{name}' is in '{data.units[name]}', it cannot be written in '{unit}'")
    return unit


def _title(name: str, unit: str) -> str:
    if not name.isidentifier():
        raise FitkitError(f"a column named {name!r} cannot be a title; rename it")
    base = name.removesuffix("_err")
    return name if not unit and base in QUANTITIES else f"{name} [{unit or '1'}]"


def _setting(value: Measured | str) -> str:
    if not isinstance(value, Measured):
        return _one_line(value)
    error = "" if value.error is None or not np.isfinite(value.error) else f" +- {float(value.error)!r}"
    return f"{float(value.value)!r}{error} {value.unit}".strip()


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def _number(value: float) -> str:
    return repr(float(value)) if np.isfinite(value) else ""
