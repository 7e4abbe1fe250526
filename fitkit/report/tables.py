"""Tables for other programs and for papers: tidy CSV, Origin rows, LaTeX (booktabs, siunitx), Markdown.

Values are rounded by their errors where people read them, and in CSV if asked for. A verdict is never lost: a limit stands with its sign, what is
not determined stands in words.
"""

from __future__ import annotations

import csv
import io
import math
import re
from decimal import Decimal
from pathlib import Path

from ..errors import FitkitError
from ..fitting.result import FitResult
from ..measured import Measured, format_value
from .grid import Cell, Column, Grid, Symbol, Unit, grid_of
from .symbols import symbol_tex
from .text import header

FORMATS = ("csv", "origin", "latex", "markdown")
_ENDINGS = {".csv": "csv", ".tex": "latex", ".md": "markdown"}


def table_of(thing, form: str = "markdown", *, rounded: bool = False) -> str:
    """A table as text.

    Parameters
    ----------
    thing
        A result, a series (or any Dataset), a comparison, a window scan, an error budget.
    form
        ``"csv"``, ``"origin"`` (rows Long Name, Units, Comments), ``"latex"``, ``"markdown"``.
    rounded
        Of CSV and Origin: value and error to the digit that the error leaves; else in full precision. The others are always rounded.

    Raises
    ------
    FitkitError
        Another form, or something that has no table.
    """
    if form not in FORMATS:
        raise FitkitError(f"no table '{form}': wanted one of {', '.join(FORMATS)}")
    if form in ("latex", "markdown"):
        return (_latex if form == "latex" else _markdown)(grid_of(thing))
    return _csv(grid_of(thing, tall=False), form == "origin", rounded)


def write_table(path, thing, *, form: str | None = None, rounded: bool = False, overwrite: bool = False) -> Path:
    """Write a table: ``.csv``, ``.tex`` or ``.md`` by the ending. Returns the path.

    Parameters
    ----------
    thing, form, rounded
        As in :func:`table_of`; ``form="origin"`` for a .csv with Origin's title rows.
    overwrite
        Replace a file that exists.

    Raises
    ------
    FitkitError
        The file exists, another ending, or something that has no table.

    Examples
    --------
    >>> fk.write_table("parameters.tex", result)
    """
    from .save import free_folder, write_text

    path = Path(path)
    form = form or _ENDINGS.get(path.suffix.lower())
    if form is None:
        raise FitkitError(f"{path}: a table ends in {', '.join(_ENDINGS)}, or form= says what it is: {', '.join(FORMATS)}")
    text = table_of(thing, form, rounded=rounded)
    free_folder(path.parent, [path.name], overwrite)
    write_text(path, text)
    return path


def result_csv(result: FitResult, origin: bool = False, rounded: bool = False) -> str:
    """Tidy CSV with units in the titles (``L_phi (nm)``), a row for each dataset.

    Parameters
    ----------
    origin
        Three title rows instead: Long Name, Units, Comments, as Origin reads them.
    rounded
        Value and error to the digit that the error leaves.
    """
    return table_of(result, "origin" if origin else "csv", rounded=rounded)


def result_frame(result: FitResult):
    """A pandas DataFrame with the columns of the CSV."""
    import pandas

    grid = grid_of(result, tall=False)
    columns, rows = _flat(grid, rounded=False)
    return pandas.DataFrame(rows, columns=[header(one.name, one.unit) for one in columns])


# -- CSV ----------------------------------------------------------------------------------------------------------------

def _flat(grid: Grid, rounded: bool) -> tuple[list[Column], list[list]]:
    """Every measured column as value, error and verdict."""
    columns: list[Column] = []
    for one in grid.columns:
        columns.append(one)
        if one.measured:
            columns += [Column(f"{one.name}_err", one.unit, meaning=f"standard deviation of {one.name}"), Column(f"{one.name}_verdict")]
    rows = [[part for column, cell in zip(grid.columns, row) for part in (_triple(cell, rounded) if isinstance(cell, Measured) else (cell,))] for row in grid.rows]
    return columns, rows


def _triple(value: Measured, rounded: bool) -> tuple:
    number = value.value if value.bound is None else value.bound
    verdict = f"limit {value.limit}" if value.limit else value.verdict or "ok"
    if not math.isfinite(number):
        return None, None, verdict
    error = value.error if value.bound is None else None
    if not rounded:
        return number, error, verdict
    return (*round_by_error(number, error), verdict)


def round_by_error(value: float, error: float | None) -> tuple[str, str | None]:
    """Value and error to the same digit, two digits of an error below 2 and else one: ``("0.00468", "0.00014")``."""
    if error is None or not error > 0 or not math.isfinite(error):
        return format_value(value), None if error is None else repr(error)
    error = max(error, 1e-12 * abs(value))  # a double holds no more
    last = math.floor(math.log10(error))
    last -= error / 10.0**last < 1.95
    return _to_digit(value, last), _to_digit(error, last)


def _to_digit(value: float, last: int) -> str:
    """A number to the digit 10^last, in full."""
    if last < 0:
        return f"{Decimal(repr(float(value))).quantize(Decimal(1).scaleb(last)):f}"
    return f"{round(value / 10**last) * 10**last:d}"


def _csv(grid: Grid, origin: bool, rounded: bool) -> str:
    columns, rows = _flat(grid, rounded)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if origin:
        for titles in ([one.name for one in columns], [one.unit for one in columns], [one.meaning for one in columns]):
            writer.writerow(titles)
    else:
        writer.writerow([header(one.name, one.unit) for one in columns])
    writer.writerows([["" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in row] for row in rows])
    return out.getvalue()


# -- Markdown -----------------------------------------------------------------------------------------------------------

def _markdown(grid: Grid) -> str:
    titles = [header(symbol_tex(one.symbol) if one.symbol else one.name.replace("_", r"\_"), one.unit) for one in grid.columns]
    lines = [f"| {' | '.join(titles)} |", f"|{'|'.join(' --- ' for _ in titles)}|"]
    lines += [f"| {' | '.join(_plain(cell) for cell in row)} |" for row in grid.rows]
    return "\n".join([*lines, *("", *(_escaped_markdown(note) + "  " for note in grid.notes))]).rstrip() + "\n"


def _escaped_markdown(text: str) -> str:
    return re.sub(r"([\\*_|<>`])", r"\\\1", text)


def _plain(cell: Cell) -> str:
    if isinstance(cell, Measured):
        return _words(cell).replace("<", r"\<").replace(">", r"\>")
    if isinstance(cell, Symbol):
        return symbol_tex(cell)
    return _escaped_markdown("" if cell is None else f"{cell:.5g}" if isinstance(cell, float) else str(cell))


def _words(value: Measured) -> str:
    """The number, or why there is none; a verdict beside a number that cannot be relied upon."""
    if value.verdict == "failed":
        return "not fitted"
    if value.verdict == "not determined":
        return "not determined"
    if value.limit:
        return f"{value.limit} {format_value(value.value if value.bound is None else value.bound) if value.bound is None else f'{value.bound:.3g}'}"
    if not math.isfinite(value.value):
        return value.verdict or "–"
    return value.number + (f" ({value.verdict})" if value.verdict not in ("", "ok") else "")


# -- LaTeX --------------------------------------------------------------------------------------------------------------

_BASE = {"m": r"\metre", "s": r"\second", "A": r"\ampere", "K": r"\kelvin", "T": r"\tesla", "V": r"\volt", "J": r"\joule", "S": r"\siemens", "Hz": r"\hertz", "ohm": r"\ohm",
         "eV": r"\electronvolt", "N": r"\newton", "g": r"\gram", "W": r"\watt", "F": r"\farad", "H": r"\henry", "Wb": r"\weber", "Pa": r"\pascal", "rad": r"\radian",
         "deg": r"\degree", "d": r"\day", "mol": r"\mole", "%": r"\percent"}
_PREFIX = {"f": r"\femto", "p": r"\pico", "n": r"\nano", "u": r"\micro", "m": r"\milli", "c": r"\centi", "k": r"\kilo", "M": r"\mega", "G": r"\giga"}
_POWERS = {"2": r"\squared", "3": r"\cubed"}


def siunitx(unit: str) -> str:
    r"""A unit for siunitx: ``uV/cm`` -> ``\unit{\micro\volt\per\centi\metre}``; one that siunitx has no name for upright as it stands."""
    over, parts = False, []
    for token in re.findall(r"[/ ()]|[^/ ()]+", unit.removeprefix("1/") if unit.startswith("1/") else unit):
        if token in "() ":
            continue
        if token == "/":
            over = True
            continue
        found = re.fullmatch(r"([A-Za-z%]+?)\^?(\d?)", token)
        named = _named(found[1]) if found else ""
        if not found or not named or found[2] and found[2] not in _POWERS:
            upright = re.sub(r"([A-Za-z])\^?([0-9]+)", r"\1^{\2}", unit).replace(" ", r"\,")
            return rf"\ensuremath{{\mathrm{{{upright}}}}}"
        parts.append((r"\per" if over or unit.startswith("1/") else "") + named + _POWERS.get(found[2], ""))
    return rf"\unit{{{''.join(parts)}}}" if parts else ""


def _named(symbol: str) -> str:
    if symbol in _BASE:
        return _BASE[symbol]
    return _PREFIX[symbol[0]] + _BASE[symbol[1:]] if symbol[:1] in _PREFIX and symbol[1:] in _BASE else ""


def _latex(grid: Grid) -> str:
    titles = [(symbol_tex(one.symbol) if one.symbol else _escaped(one.name.replace("_", " "))) + (f" ({siunitx(one.unit)})" if one.unit else "") for one in grid.columns]
    lines = [r"% needs \usepackage{booktabs} and \usepackage{siunitx} (version 3); errors are one standard deviation in units of the last digits",
             rf"\begin{{tabular}}{{{'l' * len(titles)}}}", r"\toprule", " & ".join(titles) + r" \\", r"\midrule"]
    lines += [" & ".join(map(_tex, row)) + r" \\" for row in grid.rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", *(f"% {note}" for note in grid.notes), ""])


def _tex(cell: Cell) -> str:
    if isinstance(cell, Measured):
        text = _words(cell)
        found = re.fullmatch(r"([<>] ?)?(-?[0-9.]+(?:\(([0-9.]+)\))?(?:e[-+]?[0-9]+)?)( \(.*\))?", text)
        if not found:
            return text
        number = re.sub(r"\(([0-9.]+)\)", lambda error: f"({error[1].replace('.', '')})", found[2])     # 99.9(1.6) is 99.9(16) there
        return rf"\num{{{(found[1] or '').strip()}{number}}}{found[4] or ''}"
    if isinstance(cell, Unit):
        return siunitx(cell)
    if isinstance(cell, Symbol):
        return symbol_tex(cell)
    return _escaped("" if cell is None else f"{cell:.5g}" if isinstance(cell, float) else str(cell))


_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}"}


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, "\\" + letter if letter in "_%&#${}" else letter) for letter in text)
