"""Excel .xlsx, read by openpyxl: one sheet with a line of titles with units (or units in the line below), then rows of numbers.

Formulas are never computed: the numbers that the program stored count. A workbook that unpacks to far more than it
weighs, or that defines XML entities, is refused.
"""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile

from ..data import Dataset
from ..errors import FitkitError
from .arrays import damaged, needed, one_part
from .header import header_settings
from .labelled_csv import recognise as labelled
from .loader import NO, YES, Answer, File, Loader, Options
from .table import read_cells, refuse_text, to_dataset
from .text import is_number, unique
from .titled import answer
from .titled_columns import find_titles

_WHAT = "an Excel workbook"
MOST_BYTES = 400_000_000      # unpacked
MOST_CELLS = 20_000_000
_TAB = "\t"


def recognise(file: File) -> Answer:
    """Yes for a zip archive that holds a workbook."""
    return YES if file.raw[:4] == b"PK\x03\x04" and b"xl/workbook" in file.raw else NO


def read(file: File, options: Options) -> Dataset:
    """Read one sheet.

    Raises
    ------
    FitkitError
        openpyxl is not installed, the workbook is damaged or too large, several sheets hold numbers, or units are missing.
    """
    openpyxl = needed("openpyxl", "openpyxl", file, _WHAT)
    try:
        _check(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(file.raw), read_only=True, data_only=True, keep_links=False)
        sheets = {sheet.title: _rows(file, sheet) for sheet in book.worksheets if options.part in (None, sheet.title)}
        names = [sheet.title for sheet in book.worksheets]
    except FitkitError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes the reader raise
        raise damaged(file, _WHAT, error) from None
    if options.part is not None and options.part not in names:
        raise FitkitError(f"{file.path}: no sheet '{options.part}'. There: {', '.join(names)}")
    filled = [name for name, rows in sheets.items() if sum(any(map(is_number, row)) for row in rows) > 1]
    if not filled:
        raise FitkitError(f"{file.path}: {_WHAT} without rows of numbers in {', '.join(names)}")
    return _dataset(file, sheets[one_part(file, filled, options, "sheet")], options)


def _check(file: File) -> None:
    with zipfile.ZipFile(io.BytesIO(file.raw)) as archive:
        size = sum(one.file_size for one in archive.infolist())
        if size > MOST_BYTES or size > 200 * len(file.raw) + 10_000_000:
            raise FitkitError(f"{file.path} is {_WHAT} of {len(file.raw)} bytes that unpacks to {size:.3g}: it is not read. Save the sheet as CSV")
        for one in archive.infolist():
            with archive.open(one) as stream:
                start = stream.read(4096)
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                raise FitkitError(f"{file.path} is {_WHAT} that defines XML entities in {one.filename}: it is not read. Save the sheet as CSV")


def _rows(file: File, sheet) -> list[list[str]]:
    """The rows as text; a number as the shortest text that is the same number."""
    sheet.reset_dimensions()
    rows, cells = [], 0
    for row in sheet.iter_rows(values_only=True):
        cells += len(row) + 1
        if cells > MOST_CELLS:
            raise FitkitError(f"{file.path}: sheet '{sheet.title}' has more than {MOST_CELLS} cells: it is not read. Save it as CSV")
        rows.append([_text(cell) for cell in row])
    return rows


def _text(cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, (int, float)):
        return repr(float(cell)) if isinstance(cell, float) else str(cell)
    if isinstance(cell, (datetime.datetime, datetime.date, datetime.time)):
        return cell.isoformat()
    return str(cell).replace("\t", " ").replace("\r", " ").replace("\n", " ")


def _dataset(file: File, rows: list[list[str]], options: Options) -> Dataset:
    lines = [_TAB.join(row) for row in rows]
    sheet = File(file.path, file.name, b"")
    sheet.__dict__["lines"] = sheet.__dict__["head"] = lines
    titles = find_titles(sheet)
    if titles is None:
        if not options.columns:
            raise FitkitError(f"{file.path}: no line of titles above the numbers. Say what the columns are: fk.load({file.path!r}, columns={{'field': (0, 'mT'), ...}})")
        start = next(place for place, row in enumerate(rows) if any(map(is_number, row)))
        names, found = unique([""] * max(map(len, rows))), []
        units: tuple[str | None, ...] = ()
    else:
        start, names, units, found = titles.start, list(titles.titles), titles.units, titles.candidates
        said = answer(file, names, units)
        if said.kind != "yes" and not (options.columns or options.column):
            reason = said.reason or labelled(sheet).reason or f"no column has the name of a quantity: {', '.join(names[:30])}"
            raise FitkitError(f"{file.path}: {reason}")
    kept = [(place + 1, row) for place, row in enumerate(rows) if place >= start and any(row)]
    table = read_cells(names, [row for _, row in kept], [place for place, _ in kept])
    table = refuse_text(file, table, [one.title for one in found])
    return to_dataset(file, table, found, options, meta=header_settings(lines[:start]), units={name: unit for name, unit in zip(names, units) if unit})


LOADER = Loader("excel", "Excel .xlsx with a line of titles with units", recognise, read, binary=True, takes_columns=True, parts=True, package="openpyxl")
