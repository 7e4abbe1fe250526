"""Steps that choose rows or add a column by hand: window, where, drop_nonfinite, drop_rows, with_column."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data import Dataset, Note, column_to_si
from ..errors import FitkitError
from ..measured import read_measured
from ..units import parse_unit
from .step import Found, step

_OPERATORS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
_COMPARISON = re.compile(r"\s*(?P<left>[^<>=]+?)\s*(?P<sign><=|>=|<|>)\s*(?P<right>[^<>=]+?)\s*$")
_ABSOLUTE = re.compile(r"abs\s*\((?P<column>.*)\)$|\|(?P<bars>.*)\|$", re.S)


@dataclass(frozen=True)
class Condition:
    """One comparison: ``column`` (its absolute value) ``sign`` ``bound``, the bound as text such as ``"0.5 T"``."""

    column: str
    sign: str
    bound: str
    absolute: bool = False

    def rows(self, data: Dataset) -> np.ndarray:
        """The rows of the dataset for which it holds, shape (rows,), bool; a missing number never does."""
        bound = bound_of(data, self.column, self.bound)
        unit = data.units.get(self.column, "")
        if unit and re.fullmatch(r"[-+.\deE\s]+", self.bound):
            raise FitkitError(f"'{self.column} {self.sign} {self.bound}' has no unit: write {self.column} {self.sign} {self.bound.strip()} {unit}")
        values = np.abs(data[self.column]) if self.absolute else data[self.column]
        return _OPERATORS[self.sign](values, bound)


def parse_where(text: str) -> tuple[Condition, ...]:
    """Read ``"abs(field) < 0.5 T and temperature > 2 K"``; it is parsed, never evaluated.

    Raises
    ------
    FitkitError
        A part is no comparison of one column with a number and a unit.
    """
    conditions = []
    for part in re.split(r"\band\b", text):
        match = _COMPARISON.match(part)
        if match is None:
            raise FitkitError(f"cannot read '{part.strip()}' in '{text}': expected one column, one of < <= > >=, a number with its unit.\n"
                              '    like this: "abs(field) < 0.5 T and temperature > 2 K"')
        absolute = _ABSOLUTE.match(match["left"])
        column = (absolute["column"] or absolute["bars"]).strip() if absolute else match["left"]
        conditions.append(Condition(column, match["sign"], match["right"], bool(absolute)))
    return tuple(conditions)


def bound_of(data: Dataset, column: str, bound) -> float:
    """A bound for a column: a bare number in the unit people read, or text with its unit -> the unit of ``data[column]``.

    Raises
    ------
    FitkitError
        The unit does not fit, or there is no number.
    """
    data[column]
    unit = data.units[column] if column in data.columns else data.vendor[column][1]
    text = str(bound).strip()
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text):
        bound = float(text)
    if column not in data.columns:
        # a column of the file keeps its raw numbers, and its unit may be unknown
        return float(bound) if not isinstance(bound, str) else read_measured(bound, unit, column).to(unit).value
    return read_measured(bound, unit, column).si if isinstance(bound, str) else parse_unit(unit).to_si(float(bound))


def keep(data: Dataset, rows: np.ndarray, what: str) -> Found:
    """The rows of a mask with their count; an empty choice is an error that says what was asked for."""
    if not rows.any():
        raise FitkitError(f"{data.name}: no row left of {len(data)} after {what}.\n    look at the ranges: print(data)   or   fitkit look FILE")
    return Found(data.select(rows), {"rows": int(rows.sum()), "dropped": int((~rows).sum())})


@step
def window(data: Dataset, over: str, low: float | str | None = None, high: float | str | None = None) -> Dataset:
    """Rows with low <= column <= high.

    Parameters
    ----------
    over
        Name of the column.
    low, high
        Bounds: a number in the unit people read, or text with its unit such as ``"100 s"``. None leaves that side open.

    Raises
    ------
    FitkitError
        No such column, a unit that does not fit, or no row left.
    """
    values = data[over]
    rows = np.isfinite(values)
    if low is not None:
        rows &= values >= bound_of(data, over, low)
    if high is not None:
        rows &= values <= bound_of(data, over, high)
    return keep(data, rows, f"window('{over}', low={low!r}, high={high!r})")


@step
def where(data: Dataset, text: str) -> Dataset:
    """Rows for which comparisons hold, for example ``"abs(field) < 0.5 T and temperature > 2 K"``.

    A bare number is in the unit people read. The text is parsed, never evaluated.

    Raises
    ------
    FitkitError
        The text cannot be read, a column or unit does not fit, or no row is left.
    """
    rows = np.ones(len(data), bool)
    for condition in parse_where(text):
        rows &= condition.rows(data)
    return keep(data, rows, f"where({text!r})")


@step
def drop_nonfinite(data: Dataset, columns: Sequence[str] | None = None) -> Dataset:
    """Without the rows in which a number is missing or infinite.

    Parameters
    ----------
    columns
        Columns to look at; default all that hold any number.

    Raises
    ------
    FitkitError
        No row is left.
    """
    if isinstance(columns, str):
        columns = (columns,)
    looked = columns if columns is not None else [name for name, values in data.columns.items() if np.isfinite(values).any()]
    rows = np.ones(len(data), bool)
    for name in looked:
        rows &= np.isfinite(data[name])
    return keep(data, rows, f"drop_nonfinite({', '.join(looked)})")


@step
def drop_rows(data: Dataset, rows: Sequence[int], reason: str) -> Dataset:
    """Without some rows, by hand.

    Parameters
    ----------
    rows
        Row numbers from 0; negative ones count from the end.
    reason
        Why; it stands in the history and in the report.

    Raises
    ------
    FitkitError
        No reason, a row that does not exist, or no row left.
    """
    if not isinstance(reason, str) or not reason.strip():
        raise FitkitError(f'{data.name}: say why the rows go: fk.drop_rows(data, {list(rows)!r}, "spike when the pump started")')
    indices = np.atleast_1d(np.asarray(rows))
    if indices.dtype == bool and len(indices) == len(data):
        indices = np.flatnonzero(indices)
    if len(indices) and (indices.dtype.kind not in "iu" or indices.min() < -len(data) or indices.max() >= len(data)):
        raise FitkitError(f"{data.name}: rows are whole numbers from 0 to {len(data) - 1} (from the end: -1 to {-len(data)}), found {indices.tolist()}")
    kept = np.ones(len(data), bool)
    kept[indices.astype(int)] = False
    return keep(data, kept, f"drop_rows ({reason})")


@step
def with_column(data: Dataset, name: str, values: Sequence[float], unit: str, note: str) -> Dataset:
    """With a column made by hand.

    Parameters
    ----------
    name
        Name of the quantity; a known one must have its unit.
    values
        Numbers in ``unit``, one per row.
    unit
        As people write it, ``"mT"``.
    note
        How it was made; it stands in the history and in the report.

    Raises
    ------
    FitkitError
        No note, a unit that does not fit, or another number of rows.
    """
    if not isinstance(note, str) or not note.strip():
        raise FitkitError(f'{data.name}: say how the column was made: fk.with_column(data, {name!r}, values, {unit!r}, "background subtracted")')
    si, shown, remark = column_to_si(name, values, unit, data.name)
    if len(si) != len(data):
        raise FitkitError(f"{data.name}: column '{name}' wants {len(data)} numbers, one per row, found {len(si)}")
    return Found(data.with_columns({name: si}, {name: shown}), {"remark": remark} if remark else {})


def noted(data: Dataset, text: str) -> Dataset:
    """With one more note that belongs to no row."""
    from dataclasses import replace

    return replace(data, notes=(*data.notes, Note(None, None, text)))
