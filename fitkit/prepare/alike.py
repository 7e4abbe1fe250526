"""Whether two measurements belong to one temperature and one field, as steps that put them together want."""

from __future__ import annotations

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured
from ..units import parse_unit

# quantity -> its column, unit, and the differences that pass: absolute [SI] and relative
_SAME = {"temperature": ("temperature", "K", 0.03, 0.005), "applied_field": ("field", "T", 1e-3, 0.005)}


def require_alike(data: Dataset, other: Dataset, quantities=("temperature", "applied_field")) -> None:
    """Compare what the metadata or the columns of two measurements say.

    Raises
    ------
    FitkitError
        They differ.
    """
    for name in quantities:
        column, unit, floor, part = _SAME[name]
        here, there = _value(data, name, column), _value(other, name, column)
        if here is not None and there is not None and abs(here - there) > floor + part * abs(here):
            shown = parse_unit(unit)
            raise FitkitError(f"{data.name} and {other.name} differ in {name.replace('_', ' ')}: {shown.from_si(here):.5g} and {shown.from_si(there):.5g} {unit}. "
                              "What is put together wants one temperature and one field")


def _value(data: Dataset, name: str, column: str) -> float | None:
    if isinstance(data.meta.get(name), Measured):
        return data.si(name)
    return float(np.median(data[column])) if column in data and len(data) else None
