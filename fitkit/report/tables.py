"""Tables for other programs: tidy CSV, Origin rows, LaTeX."""

from __future__ import annotations

import csv
import io
import math

from ..fitting.result import FitResult
from ..measured import Measured, format_value
from .text import header, metadata_columns


def _rows(result: FitResult) -> tuple[list[tuple[str, str, str]], list[list]]:
    """Columns as (name, unit, meaning) and rows of cells: value, error and verdict of every quantity."""
    names: dict[str, str] = {}
    for one in result.fits:
        for name, value in {**one.parameters, **one.derived}.items():
            names.setdefault(name, value.unit)
    meta = metadata_columns(result)
    columns = [("dataset", "", "name of the dataset"), *((name, unit, "metadata") for name, unit in meta)]
    for name, unit in names.items():
        meaning = result.labels.get(name, ("", ""))[1]
        columns += [(name, unit, meaning), (f"{name}_err", unit, f"standard deviation of {name}"), (f"{name}_verdict", "", "")]
    rows = []
    for one in result.fits:
        row: list = [one.name]
        for name, unit in meta:
            value = one.data.meta.get(name)
            row.append(value.to(unit).value if isinstance(value, Measured) else value)
        for name, unit in names.items():
            value = one.get(name)
            number = value.to(unit) if value.verdict != "failed" and value.unit != unit and math.isfinite(value.value) else value
            row += [number.value if math.isfinite(number.value) else None, number.error, ("limit " + value.limit if value.limit else value.verdict)]
        rows.append(row)
    return columns, rows


def result_csv(result: FitResult, origin: bool = False) -> str:
    """Tidy CSV with units in the titles (``L_phi (nm)``).

    Parameters
    ----------
    origin
        Three title rows instead: Long Name, Units, Comments, as Origin reads them.
    """
    columns, rows = _rows(result)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if origin:
        for part in zip(*columns):
            writer.writerow(part)
    else:
        writer.writerow([header(name, unit) for name, unit, _ in columns])
    writer.writerows([["" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in row] for row in rows])
    return out.getvalue()


def result_frame(result: FitResult):
    """A pandas DataFrame with the same columns."""
    import pandas

    columns, rows = _rows(result)
    return pandas.DataFrame(rows, columns=[header(name, unit) for name, unit, _ in columns])


_SIUNITX = {"nm": r"\nano\metre", "mT": r"\milli\tesla", "ps": r"\pico\second", "K": r"\kelvin", "meV": r"\milli\electronvolt", "A": r"\ampere",
            "uV": r"\micro\volt", "T": r"\tesla", "s": r"\second", "J": r"\joule"}


def result_latex(result: FitResult) -> str:
    """A booktabs table with siunitx numbers; undetermined values as a dash."""
    names: dict[str, str] = {}
    for one in result.fits:
        for name, value in {**one.parameters, **one.derived}.items():
            names.setdefault(name, value.unit)
    meta = metadata_columns(result)
    titles = [*(header(name, unit) for name, unit in meta),
              *(f"${result.labels.get(name, (name, ''))[0]}$" + (f" (\\unit{{{_SIUNITX.get(unit, unit)}}})" if unit else "") for name, unit in names.items())]
    lines = [r"\begin{tabular}{" + "l" * (len(titles) + 1) + "}", r"\toprule", " & ".join(["dataset", *titles]) + r" \\", r"\midrule"]
    for one in result.fits:
        cells = [_escaped(one.name)]
        for name, unit in meta:
            value = one.data.meta.get(name)
            cells.append(f"{value.to(unit).value:.5g}" if isinstance(value, Measured) else _escaped(str(value or "")))
        for name in names:
            value = one.get(name)
            cells.append(f"\\num{{{format_value(value.value, value.error)}}}" if value.determined and value.error is not None and not one.failed
                         else f"${value.limit}${format_value(value.value if value.bound is None else value.bound)}" if value.limit else "--")
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _escaped(text: str) -> str:
    return "".join("\\" + letter if letter in "_%&#$" else letter for letter in text)
