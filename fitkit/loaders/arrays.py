"""Arrays of a binary file -> Dataset: what the loaders of .tdms, HDF5, Excel and numpy files share."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import numpy as np

from ..data import Dataset, Note
from ..errors import FitkitError
from .loader import File, Options
from .table import Table, to_dataset
from .text import quantity, split_title, unique
from .titled import answer, candidates

MOST_NUMBERS = 200_000_000
"""More numbers than this (1.6 GB) are not read into memory."""


def needed(module: str, package: str, file: File, what: str):
    """The module that reads a format.

    Raises
    ------
    FitkitError
        It is not installed; the text says what to type.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise FitkitError(f"{file.path} is {what}: reading it takes {package}, which is not installed.\n"
                          f"    install it: python -m pip install {package}   or all formats: python -m pip install 'fitkit-lab[formats]'") from None


def damaged(file: File, what: str, error: Exception) -> FitkitError:
    """The error for a file that its reader cannot read."""
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return FitkitError(f"{file.path} looks like {what} and cannot be read as one: {said}. Was it copied completely?")


def too_large(file: File, count: float) -> FitkitError:
    """The error for more numbers than fit into memory."""
    return FitkitError(f"{file.path} says that it holds {count:.3g} numbers; at most {MOST_NUMBERS:.3g} are read. Cut it into parts with the program that wrote it")


def real_column(file: File, title: str, values) -> np.ndarray | None:
    """An array as one column of floats; None where it holds no real numbers."""
    values = np.asarray(values)
    if values.dtype.kind == "c":
        raise FitkitError(f"{file.path}: '{title}' holds complex numbers. Write its real and imaginary parts as two arrays")
    if values.dtype.kind not in "fiub" or values.ndim != 1:
        return None
    return values.astype(float)


def dataset_of(file: File, columns: Mapping[str, np.ndarray], units: Mapping[str, str], options: Options, *, meta: Mapping | None = None,
               notes: list[Note] | None = None) -> Dataset:
    """The Dataset of named columns; shorter ones are filled with gaps.

    Raises
    ------
    FitkitError
        There are no columns, or a quantity has no unit and the caller gives none.
    """
    if not columns:
        raise FitkitError(f"{file.path}: no column of numbers in it")
    titles = unique(list(columns))
    given = [units.get(title) or split_title(title)[1] for title in columns]
    if not (options.columns or options.column):
        said = answer(file, titles, given)
        if said.kind == "nearly":
            raise FitkitError(f"{file.path}: {said.reason}")
        if said.kind == "no":
            raise FitkitError(f"{file.path}: no column has the name of a quantity: {', '.join(titles[:30])}.\n"
                              f"    say what they are: fk.load({file.path!r}, columns={{'field': ({titles[0]!r}, 'mT'), ...}})")
    rows = max(len(values) for values in columns.values())
    filled = [values if len(values) == rows else np.concatenate([values, np.full(rows - len(values), np.nan)]) for values in columns.values()]
    table = Table(titles, filled, np.arange(1, rows + 1))
    table.notes = list(notes or [])
    short = [f"{title}: {len(values)}" for title, values in columns.items() if len(values) < rows]
    if short:
        table.notes.append(Note(None, None, f"columns shorter than {rows} rows, their ends are empty: {', '.join(short)}"))
    found = [one for one in candidates(titles, given) if quantity(split_title(one.title)[0])]
    return to_dataset(file, table, found, options, meta=meta, units={title: unit for title, unit in zip(titles, given) if unit})


def one_part(file: File, parts: list[str], options: Options, what: str) -> str:
    """The part that is read: the caller's, or the only one.

    Raises
    ------
    FitkitError
        There are several and the caller names none, or one that is not there.
    """
    if options.part is not None:
        if options.part not in parts:
            raise FitkitError(f"{file.path}: no {what} '{options.part}'. There: {', '.join(parts)}")
        return options.part
    if len(parts) > 1:
        raise FitkitError(f"{file.path}: {len(parts)} {what}s hold numbers: {', '.join(parts[:30])}.\n    choose: fk.load({file.path!r}, part={parts[0]!r})")
    return parts[0]
