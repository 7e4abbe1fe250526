"""What a table holds before it is CSV, LaTeX or Markdown: columns, cells, remarks. One grid for results, series, comparisons and scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..budget.term import ErrorBudget
from ..data import Dataset
from ..errors import FitkitError
from ..fitting.compare import Comparison
from ..fitting.result import FitResult
from ..fitting.window_scan import WindowScan
from ..measured import Measured
from ..names import QUANTITIES
from ..units import parse_unit
from .budgets import budget_rows
from .text import comparison_footer, comparison_rows, footer, metadata_columns, shown, verdict_words, window_rows


class Unit(str):
    """A cell that is a unit."""


class Symbol(str):
    """A cell that is a symbol in TeX."""


Cell = Measured | Unit | Symbol | str | float | int | None


@dataclass(frozen=True)
class Column:
    """A column with its name, unit, symbol (TeX) and meaning; ``measured``: its cells are values with errors and verdicts."""

    name: str
    unit: str = ""
    symbol: str = ""
    meaning: str = ""
    measured: bool = False


@dataclass(frozen=True)
class Grid:
    """Columns, rows of cells and what stands below."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


def grid_of(thing, tall: bool = True) -> Grid:
    """The table of a result, a series, a comparison, a window scan or an error budget.

    Parameters
    ----------
    tall
        A single fit with a row for each quantity, as people read it; off: a row for each dataset, as programs do.

    Raises
    ------
    FitkitError
        Something that has no table.
    """
    if isinstance(thing, FitResult):
        return _single(thing) if tall and thing.single and not thing.fits[0].failed else _datasets(thing, tall)
    if isinstance(thing, Dataset):
        return _series(thing)
    if isinstance(thing, Comparison):
        return _text(comparison_rows(thing), [thing.sentence, *map(str, thing.nested), *comparison_footer(thing).splitlines()])
    if isinstance(thing, WindowScan):
        return _windows(thing)
    if isinstance(thing, ErrorBudget):
        return _text(budget_rows(thing), [*thing.cautions, *thing.remarks])
    raise FitkitError(f"no table of {type(thing).__name__}: wanted a result, a series, a comparison, a window scan or an error budget")


def _text(rows: Sequence[Sequence[str]], notes: Sequence[str]) -> Grid:
    head, *body = rows
    return Grid(tuple(Column(title) for title in head), tuple(tuple(row) for row in body), tuple(notes))


def _single(result: FitResult) -> Grid:
    """A row for each quantity of one fit."""
    one = result.fits[0]
    columns = (Column("quantity"), Column("symbol"), Column("value", measured=True), Column("unit"), Column("meaning"))
    rows = tuple((name, Symbol(result.labels.get(name, (name, ""))[0]), one.get(name), Unit(unit), result.labels.get(name, ("", ""))[1]) for name, unit in shown(result))
    return Grid(columns, rows, tuple(_remarks(result)))


def _datasets(result: FitResult, tall: bool) -> Grid:
    """A row for each dataset; for programs with every quantity, fixed ones too."""
    units: dict[str, str] = {}
    for one in result.fits:
        for name, value in {**one.parameters, **one.derived}.items():
            units.setdefault(name, value.unit)
    names = [name for name, _ in shown(result)] if tall else list(units)
    meta = metadata_columns(result)
    columns = (Column("dataset", meaning="name of the dataset"), *(Column(name, unit, meaning="metadata") for name, unit in meta),
               *(Column(name, units[name], result.labels.get(name, (name, ""))[0], result.labels.get(name, ("", ""))[1], True) for name in names),
               Column("remark", meaning="what is not determined, or why there is no fit"))
    rows = []
    for one in result.fits:
        found = [(one.data.meta.get(name), unit) for name, unit in meta]
        places = [value.to(unit).value if isinstance(value, Measured) else value for value, unit in found]
        words = verdict_words(one)
        rows.append((one.name, *places, *(_in_unit(one.get(name), units[name]) for name in names), "" if words == "ok" else words))
    if tall and all(row[-1] == "" for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Grid(columns, tuple(rows), tuple(_remarks(result)))


def _in_unit(value: Measured, unit: str) -> Measured:
    return value.to(unit) if value.verdict != "failed" and value.unit and value.unit != unit and np.isfinite(value.value) else value


def _remarks(result: FitResult) -> list[str]:
    """What was assumed, how the errors were made; marks of the text table mean nothing here."""
    return [line for line in footer(result).splitlines() if not line.startswith("?")]


def _series(data: Dataset) -> Grid:
    """The rows of a dataset, a quantity and its error in one column; what a series left out below."""
    names = [name for name in data.columns if not (name.endswith("_err") and name.removesuffix("_err") in data)]
    columns, cells = [], []
    for name in names:
        unit = data.units[name]
        values = data.values(name)
        errors = data[f"{name}_err"] / parse_unit(unit).factor if f"{name}_err" in data else None
        columns.append(Column(name, unit, meaning=QUANTITIES.get(name, ("", "", ""))[2], measured=errors is not None))
        cells.append([float(value) for value in values] if errors is None else [Measured(float(v), float(e), unit) for v, e in zip(values, errors)])
    left = [text for record in data.history for text in record.found.get("left_out", ())]
    said = [f"{name} = {value}" for name, value in data.meta.items() if isinstance(value, Measured)]
    return Grid(tuple(columns), tuple(zip(*cells)), (*said, *left))


def _windows(scan: WindowScan) -> Grid:
    """A row for each window."""
    labels = next((one.labels for one in scan.results if one is not None), {})
    text = window_rows(scan)
    columns = (Column(text[0][1]), Column("points"), *(Column(name, scan[name].unit, labels.get(name, (name, ""))[0], labels.get(name, ("", ""))[1], True) for name in scan.names),
               Column("verdict"), Column("plateau"))
    rows = tuple((row[1], row[2], *(scan[name][number] for name in scan.names), row[-1], "yes" if row[0] else "") for number, row in enumerate(text[1:]))
    return Grid(columns, rows, (scan.sentence,))
