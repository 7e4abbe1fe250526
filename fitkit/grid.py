"""A map of numbers with two axes -> long form: one row for each point."""

from __future__ import annotations

import numpy as np

from .data import Dataset, Note, StepRecord, column_to_si
from .errors import FitkitError

FROZEN_ROWS = 10      # so many equal numbers in a row are a stopped measurement


def long_form(numbers, array, axes, where: str, name: str, named=None) -> Dataset:
    """A Dataset of a map, one row for each point, the second axis running fastest.

    Parameters
    ----------
    numbers
        Shape (lines, numbers in a line).
    array
        (quantity, unit) or (quantity, unit, factor).
    axes
        ``{first: (start, step, unit), second: (values, unit)}``, that of the lines first.
    where
        The file, for messages.
    named
        ``named(title) -> values`` for an axis that is another array of the file, ``("B", "mT")``.

    Raises
    ------
    FitkitError
        No two axes, or axes that do not have the length of the map.
    """
    if not isinstance(array, (tuple, list)) or not 2 <= len(array) <= 3 or not all(isinstance(one, str) for one in array[:2]):
        raise FitkitError(f"{where}: array wants (quantity, unit) or (quantity, unit, factor), found {array!r}")
    if not axes or len(axes) != 2:
        raise FitkitError(f"{where}: array wants two axes, that of the lines first: axes={{'gate': (-1.74, -0.02, 'V'), 'field': (-25, 0.2, 'mT')}} "
                          "(start, step, unit) or (values, unit)")
    quantity, unit, factor = (*array, 1.0)[:3]
    (first, down), (second, along) = axes.items()
    lines = axis(where, first, down, numbers.shape[0], "lines", named)
    across = axis(where, second, along, numbers.shape[1], "numbers in a line", named)
    values = {first: (np.repeat(lines[0], numbers.shape[1]), lines[1]), second: (np.tile(across[0], numbers.shape[0]), across[1]),
              quantity: (numbers.ravel() * float(factor), unit)}
    notes = []
    for index, row in enumerate(numbers):
        longest = _longest_constant(row)
        if longest >= max(FROZEN_ROWS, len(row) // 20):
            place = f"{first} = {lines[0][index]:.6g} {lines[1]} (line {index} of the map)"
            notes.append(Note(None, None, f"{place}: the same number {longest} times in a row, a frozen reading"))
    return from_arrays(values, where, name, notes)


def axis(where: str, name: str, given, count: int, what: str, named=None) -> tuple[np.ndarray, str]:
    """The values of an axis and their unit, from (start, step, unit) or (values, unit)."""
    if isinstance(given, (tuple, list)) and len(given) == 3 and isinstance(given[2], str):
        return float(given[0]) + float(given[1]) * np.arange(count), given[2]
    if isinstance(given, (tuple, list)) and len(given) == 2 and isinstance(given[1], str):
        values = given[0]
        if isinstance(values, str) and named is not None:
            values = named(values)
        if np.ndim(values) == 1 and not isinstance(values, str):
            values = np.asarray(values, float)
            if len(values) != count:
                raise FitkitError(f"{where}: axis '{name}' has {len(values)} values, the map {count} {what}. Swap the axes with transpose=True?")
            return values, given[1]
    raise FitkitError(f"{where}: axis '{name}' wants (start, step, unit) or (values, unit), found {given!r}")


def from_arrays(values, where: str, name: str, notes=()) -> Dataset:
    """A Dataset of ``{quantity: (numbers, unit)}``; rows with a number missing are left out and counted."""
    columns, units, remarks = {}, {}, []
    for quantity, (numbers, unit) in values.items():
        columns[quantity], units[quantity], remark = column_to_si(quantity, numbers, unit, where)
        remarks += [remark] if remark else []
    data = Dataset(name, columns, units, notes=tuple(notes))
    finite = np.all([np.isfinite(column) for column in data.columns.values()], axis=0)
    found: dict[str, object] = {"rows": int(finite.sum())} | ({"remarks": remarks} if remarks else {})
    if not finite.all():
        data, found["dropped"] = data.select(finite), {"not a number": int((~finite).sum())}
    return data.recorded(StepRecord("load", {}, found))


def _longest_constant(row: np.ndarray) -> int:
    changes = np.flatnonzero(np.diff(row) != 0)
    return int(np.diff(np.concatenate([[-1], changes, [len(row) - 1]])).max())
