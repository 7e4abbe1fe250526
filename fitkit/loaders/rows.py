"""The rows below a line of titles -> columns of numbers.

Short files are read row by row. Long ones are read by pandas in pieces of whole lines, and row by row only those pieces in
which pandas stumbles (comments, rows of the wrong length, words in columns of numbers): both ways give the same Table.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..data import Note
from .loader import File
from .table import Table, limited, read_cells
from .text import WHITESPACE, is_decimal_comma, is_status, numbers, split_lines

LARGE = 4_000_000
"""Files of so many bytes are worth the import of pandas."""
_PIECE = 16_000_000
_EMPTY = "\t,; "


@dataclass(frozen=True)
class Layout:
    """How the rows of a file are written.

    Parameters
    ----------
    start
        Index of the first line of rows.
    titles
        Unique titles of the columns.
    delimiter
        What stands between the cells.
    comments
        Whether lines that begin with # are notes.
    fitted
        ``fitted(row, line) -> row`` for a row with more cells than titles; cells that are left over are cut.
    stop
        ``stop(line) -> bool``: the rows end before this line. Only for files that are read row by row.
    """

    start: int
    titles: list[str]
    delimiter: str
    comments: bool = False
    fitted: Callable[[list[str], int], list[str]] | None = None
    stop: Callable[[str], bool] | None = None


def read_rows(file: File, layout: Layout) -> Table:
    """The Table of the rows; what comments say and what was read otherwise than written is in its notes."""
    if len(file.raw) >= LARGE and layout.stop is None and (offset := file.offset(layout.start)) is not None:
        return _in_pieces(file, layout, offset)
    lines = file.lines[layout.start:]
    if layout.stop is not None:
        end = next((place for place, line in enumerate(lines) if layout.stop(line)), len(lines))
        lines = lines[:end]
    rows, numbers_of_lines, comments = _rows(lines, layout.start + 1, layout)
    rows, commas = with_points(rows) if layout.delimiter != "," else (rows, False)
    table = read_cells(layout.titles, rows, numbers_of_lines)
    table.notes = limited(comments) + ([Note(None, None, COMMAS)] if commas else [])
    return table


COMMAS = "decimal commas read as points"


def with_points(rows: list[list[str]]) -> tuple[list[list[str]], bool]:
    """Decimal commas -> points, only where no number of the file has a point."""
    cells = [cell.strip() for row in rows for cell in row if "," in cell or "." in cell]
    if not cells or not all(is_decimal_comma(cell) or is_status(cell) for cell in cells):
        return rows, False
    return [[cell.replace(",", ".") for cell in row] for row in rows], True


def _rows(lines: list[str], first: int, layout: Layout) -> tuple[list[list[str]], list[int], list[tuple[int, str]]]:
    """Cells of the lines that hold any, their line numbers, and the comments with theirs."""
    rows, places, comments = [], [], []
    width = len(layout.titles)
    for number, line in enumerate(lines, first):
        if layout.comments and line.lstrip().startswith("#"):
            if text := line.strip("# \t"):
                comments.append((number, text))
        elif line.strip(_EMPTY):
            row = line.split() if layout.delimiter == WHITESPACE else line.split(layout.delimiter)
            if len(row) > width and layout.fitted is not None:
                row = layout.fitted(row, number)
            rows.append(row)
            places.append(number)
    return rows, places, comments


# -- long files -------------------------------------------------------------------------------------------------------
def _in_pieces(file: File, layout: Layout, offset: int) -> Table:
    raw, width = file.raw, len(layout.titles)
    # as in with_points: commas are decimal only where no number of the file has a point
    commas = layout.delimiter not in (",", WHITESPACE) and raw.find(b",", offset) >= 0 and raw.find(b".", offset) < 0
    cells = max([width, *(len(line.split(layout.delimiter)) for line in file.head[-20:])]) if layout.delimiter != WHITESPACE else width
    values: list[list[np.ndarray]] = [[] for _ in range(width)]
    text: dict[str, dict[int, str]] = {}
    lines, comments, rows, line = [], [], 0, layout.start + 1
    while offset < len(raw):
        stop = _end_of_line(raw, min(offset + _PIECE, len(raw)))
        piece = raw[offset:stop]
        found = _by_pandas(piece, file.encoding, layout, cells, commas)
        if found is None:
            table, count, said = _by_row(piece.decode(file.encoding, errors="replace"), line, layout, commas)
            comments += said
        else:
            table, count = found
            table.lines += line
        for title, cells_of_text in table.text.items():
            text.setdefault(title, {}).update({row + rows: cell for row, cell in cells_of_text.items()} if rows else cells_of_text)
        for column, new in zip(values, table.values):
            column.append(new)
        lines.append(table.lines)
        rows, line, offset = rows + len(table), line + count, stop
    made = Table(layout.titles, [], np.concatenate(lines) if lines else np.array([], int), text)
    made.notes = limited(comments) + ([Note(None, None, COMMAS)] if commas else [])
    for column in values:
        made.values.append(np.concatenate(column) if column else np.array([]))
        column.clear()  # column by column, so that not everything is there twice
    return made


def _end_of_line(raw: bytes, place: int) -> int:
    if place >= len(raw):
        return len(raw)
    end = raw.find(b"\n", place)
    return len(raw) if end < 0 else end + 1


def _by_row(text: str, first: int, layout: Layout, commas: bool) -> tuple[Table, int, list[tuple[int, str]]]:
    lines = split_lines(text)
    rows, places, comments = _rows(lines, first, layout)
    if commas:
        rows = [[cell.replace(",", ".") if is_decimal_comma(cell.strip()) else cell for cell in row] for row in rows]
    return read_cells(layout.titles, rows, places), len(lines), comments


def _by_pandas(piece: bytes, encoding: str, layout: Layout, cells: int, commas: bool) -> tuple[Table, int] | None:
    """A piece as pandas reads it (lines counted from 0) and the number of its lines; None where pandas stumbles."""
    import pandas

    if layout.comments and b"#" in piece or b"\0" in piece:
        return None
    count = piece.count(b"\n") + (not piece.endswith(b"\n"))
    # pandas before 3.1 rounds its own way unless it is asked not to; a later one is exact and warns when asked
    exact = {} if _version(pandas) >= (3, 1) else {"float_precision": "round_trip"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pandas.read_csv(io.BytesIO(piece), sep=r"\s+" if layout.delimiter == WHITESPACE else layout.delimiter, header=None, names=range(cells + 1),
                                    index_col=False, engine="c", low_memory=False, na_values=[""], keep_default_na=False, quoting=3, skip_blank_lines=False,
                                    encoding=encoding, encoding_errors="replace", decimal="," if commas else ".", **exact)
    except (ValueError, Warning, OverflowError):
        return None
    width = len(layout.titles)
    if len(frame) != count or any(frame[place].notna().any() for place in range(width, cells + 1)):
        return None
    values, text = [], {}
    for place, title in enumerate(layout.titles):
        column = frame[place]
        if column.dtype.kind in "fiu":
            values.append(column.to_numpy(dtype=float))
            continue
        if column.dtype.kind == "b":
            return None
        made, words = numbers(["" if cell != cell else cell for cell in column.to_list()])
        values.append(made)
        if words:
            text[title] = words
    table = Table(layout.titles, values, np.arange(count), text)
    empty = np.logical_and.reduce([np.isnan(column) for column in values]) if values else np.zeros(count, bool)
    for words in text.values():
        empty[list(words)] = False
    return (table.without(empty) if empty.any() else table), count


def _version(pandas) -> tuple[int, int]:
    major, minor = pandas.__version__.split(".")[:2]
    return int(major), int(minor)
