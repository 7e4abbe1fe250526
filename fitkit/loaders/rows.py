"""The rows below a line of titles -> columns of numbers.

Short files are read row by row. Long ones are read by pandas in pieces of whole lines, and row by row only those pieces in
which pandas stumbles (comments, quotes, rows of the wrong length, words in columns of numbers): both ways give the same Table.
"""

from __future__ import annotations

import io
import mmap
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..data import Note
from .loader import File
from .table import Table, limited, read_cells
from .text import WHITESPACE, is_decimal_comma, is_status, numbers, split_cells, split_lines

LARGE = 4_000_000
"""Files of so many bytes are worth the import of pandas."""
_PIECE = 32_000_000
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
        elif line.strip(_EMPTY if '"' not in line else _EMPTY + '"'):
            row = split_cells(line, layout.delimiter)
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
    columns = _Columns(width)
    text: dict[str, dict[int, str]] = {}
    comments, line = [], layout.start + 1
    while offset < len(raw):
        stop = _end_of_line(raw, min(offset + _PIECE, len(raw)))
        found = _by_pandas(_Stretch(raw, offset, stop), file.encoding, layout, cells, commas)
        if found is None:
            table, count, said = _by_row(raw[offset:stop].decode(file.encoding, errors="replace"), line, layout, commas)
            comments += said
        else:
            table, count = found
            table.lines += line
        for title, words in table.text.items():
            text.setdefault(title, {}).update({row + columns.rows: word for row, word in words.items()} if columns.rows else words)
        columns.add(table, int(1.02 * len(table) * (len(raw) - offset) / (stop - offset)) + 100)
        line, offset = line + count, stop
    made = Table(layout.titles, columns.values(), columns.lines(), text)
    made.notes = limited(comments) + ([Note(None, None, COMMAS)] if commas else [])
    return made


class _Columns:
    """Columns that grow piece by piece, with room for all rows from the first on: nothing is there twice."""

    def __init__(self, width: int):
        self.rows = 0
        self._block = np.empty((width, 0))
        self._lines = np.empty(0, int)

    def add(self, table: Table, expected: int) -> None:
        """Append the rows of a piece; ``expected`` is how many rows there may be from here on."""
        stop = self.rows + len(table)
        if stop > len(self._lines):
            room = self.rows + max(expected, len(table))
            block, lines = _room(len(self._block), room), np.empty(room, int)
            block[:, :self.rows], lines[:self.rows] = self._block[:, :self.rows], self._lines[:self.rows]
            self._block, self._lines = block, lines
        self._lines[self.rows:stop] = table.lines
        for array, new in zip(self._block, table.values):
            array[self.rows:stop] = new
        self.rows = stop

    def values(self) -> list[np.ndarray]:
        return [array[:self.rows] for array in self._block]

    def lines(self) -> np.ndarray:
        return self._lines[:self.rows]


def _room(width: int, rows: int) -> np.ndarray:
    """Fresh memory for columns; where the system can, all its pages at once, which is several times faster than one by one."""
    if hasattr(mmap, "MAP_POPULATE") and width * rows:
        try:
            memory = mmap.mmap(-1, 8 * width * rows, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)
        except OSError as error:
            raise MemoryError(str(error)) from None
        return np.frombuffer(memory).reshape(width, rows)
    return np.empty((width, rows))


class _Stretch:
    """Bytes from start to stop as a file, without a copy of them."""

    def __init__(self, raw: bytes, start: int, stop: int):
        self.raw, self.start, self.stop, self.place = raw, start, stop, start

    def read(self, size: int = -1) -> bytes:
        end = self.stop if size is None or size < 0 else min(self.place + size, self.stop)
        some, self.place = self.raw[self.place:end], end
        return some

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration

    def holds(self, letters: bytes) -> bool:
        return self.raw.find(letters, self.start, self.stop) >= 0

    def again(self, encoding: str) -> _Stretch | io.BytesIO:
        """From its start on; pandas decodes only what it knows as bytes."""
        self.place = self.start
        return self if encoding.startswith("utf-8") else io.BytesIO(self.raw[self.start:self.stop])


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


def _by_pandas(piece: _Stretch, encoding: str, layout: Layout, cells: int, commas: bool) -> tuple[Table, int] | None:
    """A piece as pandas reads it (lines counted from 0) and the number of its lines; None where pandas stumbles."""
    import pandas

    if layout.comments and piece.holds(b"#") or piece.holds(b"\0") or piece.holds(b'"') and layout.delimiter != WHITESPACE:
        return None
    # pandas before 3.1 rounds its own way unless it is asked not to; a later one is exact and warns when asked
    exact = {} if _version(pandas) >= (3, 1) else {"float_precision": "round_trip"}
    frame = None
    for whole in (False, True):  # numbers here and words there in one column: pandas wants to see all of it at once
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                frame = pandas.read_csv(piece.again(encoding), sep=r"\s+" if layout.delimiter == WHITESPACE else layout.delimiter, header=None, names=range(cells + 1),
                                        index_col=False, engine="c", low_memory=not whole, na_values=[""], keep_default_na=False, quoting=3,
                                        skip_blank_lines=False, encoding=encoding, encoding_errors="replace", decimal="," if commas else ".", **exact)
            break
        except pandas.errors.DtypeWarning:
            continue
        except (ValueError, Warning, OverflowError):
            return None
    width, count = len(layout.titles), 0 if frame is None else len(frame)
    if frame is None or any(frame[place].notna().any() for place in range(width, cells + 1)):
        return None
    values, text = [], {}
    for place, title in enumerate(layout.titles):
        column = frame[place]
        if column.dtype.kind in "fiu":
            values.append(column.to_numpy(dtype=float))
            continue
        written = ["" if isinstance(cell, float) else cell for cell in column.to_list()]  # pandas writes an empty cell as nan
        if not all(isinstance(cell, str) for cell in written):
            return None
        if commas:
            written = [cell.replace(",", ".") if is_decimal_comma(cell.strip()) else cell for cell in written]
        made, words = numbers(written)
        values.append(made)
        if words:
            text[title] = words
    table = Table(layout.titles, values, np.arange(count), text)
    empty = np.logical_and.reduce([np.isnan(column) for column in values]) if values else np.zeros(count, bool)
    for words in text.values():
        empty[[row for row, word in words.items() if word.strip(_EMPTY)]] = False
    return (table.without(empty) if empty.any() else table), count


def _version(pandas) -> tuple[int, int]:
    major, minor = pandas.__version__.split(".")[:2]
    return int(major), int(minor)
