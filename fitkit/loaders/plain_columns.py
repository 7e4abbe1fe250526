"""Plain columns of numbers under any header: read when the caller says what the columns are (``columns=`` or ``array=``)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from ..data import Dataset, Note
from ..errors import FitkitError
from ..grid import from_arrays, long_form
from ..names import QUANTITIES
from ..units import parse_unit
from .header import header_settings
from .loader import NO, Answer, File, Loader, Options
from .rows import LARGE, Layout, read_rows
from .table import find_title, read_cells, refuse_text, to_dataset
from .text import WHITESPACE, is_decimal_comma, is_number, is_status, quantity, readable_unit, split_row, split_table, split_title, unique

_DATE = re.compile(r"\d{1,4}([-/.:])\d{1,2}\1\d{1,4}(\.\d+)?([T ,]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?)?$")
_DELIMITERS = ("\t", ";", ",", WHITESPACE)
_HEADER_LINES = 6     # how far above the numbers the titles may stand
_LONGEST_TITLE = 40
_MOST_COLUMNS = 20     # more of them without titles are a map


@dataclass(frozen=True)
class Block:
    """Where the numbers of a text file are: first line (index), delimiter, number of columns; titles and units above them, or ()."""

    start: int
    delimiter: str
    width: int
    titles: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


def recognise(file: File) -> Answer:
    """Never by itself: nothing in such a file says what its columns are."""
    return NO


def read(file: File, options: Options) -> Dataset:
    """Read the file as the caller says.

    Raises
    ------
    FitkitError
        Neither ``columns`` nor ``array`` was given, a title or column number is not there, text where a number belongs,
        or the numbers do not have the shape of the axes.
    """
    if options.array is not None:
        return _read_array(file, options)
    if not options.columns:
        raise FitkitError(f"{file.path}: say what the columns are.\n{typing_help(file)}")
    if options.transpose:
        return _read_transposed(file, options)
    wanted = {name: _column_and_unit(file, name, value) for name, value in options.columns.items()}
    words = [title for title, _ in wanted.values() if isinstance(title, str)]
    looked_at = file.beginning() if len(file.raw) >= LARGE else file
    block = (_below_titles(looked_at, words) if words else None) or find_block(looked_at)
    titles = list(block.titles) or [f"column {index}" for index in range(block.width)]
    titles += [f"column {index}" for index in range(len(titles), block.width)]
    named = {name: (find_title(file, titles, title), unit) for name, (title, unit) in wanted.items()}
    table = read_rows(file, Layout(block.start, titles, block.delimiter, comments=True))
    table = refuse_text(file, table, [title for title, _ in named.values()])
    # every column was chosen by the caller: a row that lacks one is left out
    data = to_dataset(file, table, (), replace(options, columns=named), meta=header_settings(file.head[:block.start]), units={title: unit for title, unit in named.values()})
    return replace(data, notes=(*data.notes, *(Note(None, None, text) for text in _other_units(named))))


def _other_units(named: dict[str, tuple[str, str]]) -> list[str]:
    """Where the title of a column has another unit than the caller gives."""
    found = []
    for name, (title, unit) in named.items():
        said = split_title(title)[1]
        if not (said and readable_unit(said) and readable_unit(unit)):
            continue
        theirs, ours = parse_unit(said), parse_unit(unit)
        if (theirs.dimension, theirs.factor) != (ours.dimension, ours.factor):
            found.append(f"'{name}' was asked for in {unit}; its title '{title}' says {said}")
    return found


def find_block(file: File) -> Block:
    """The block of numbers: the lines of numbers that go on longest, by the delimiter that makes most of them.

    Raises
    ------
    FitkitError
        There are no numbers.
    """
    best: tuple[int, int, str, int] | None = None
    for delimiter in _DELIMITERS:
        start, width, length = _numeric_run(file.lines, delimiter)
        if delimiter == WHITESPACE and best is not None and best[3] > 1 and length <= best[0] // best[3]:
            continue  # blanks within the cells of another delimiter: 2026-01-02 10:11
        if width and (best is None or (length * width > best[0])):
            best = (length * width, start, delimiter, width)
    if best is None:
        raise FitkitError(f"{file.path}: no lines of numbers found in {len(file.lines)} lines")
    _, start, delimiter, width = best
    block = Block(start, delimiter, width)
    for index in range(start - 1, max(start - 1 - _HEADER_LINES, -1), -1):
        for cells in _as_titles(file.lines[index], delimiter):
            # the last columns may be empty where the numbers begin
            longer = len(cells) > width and delimiter != WHITESPACE and any(quantity(split_title(cell)[0]) for cell in cells[:width])
            if block.titles or len(cells) != width and not longer:
                continue
            units = tuple(cell.split()[0] if cell else "" for cell in cells)
            if not block.units and all(map(readable_unit, units)) and not any(quantity(cell) for cell in cells if len(cell) > 1):
                block = replace(block, units=units)
            else:
                block = replace(block, titles=tuple(unique(cells)), width=len(cells))
            break
    return block


def _as_titles(line: str, first: str = WHITESPACE) -> list[list[str]]:
    """The ways to read a line as titles: cells that are short words, not numbers.

    The delimiter of the numbers, if the line holds it, is the only way; blanks come last.
    """
    found: list[list[str]] = []
    for delimiter in ((first,) if first != WHITESPACE and first in line else _DELIMITERS):
        if delimiter == WHITESPACE and found:
            break
        cells = split_row(line.lstrip("#"), delimiter)
        while cells and not cells[-1]:
            cells.pop()
        words = [cell for cell in cells if any(map(str.isalpha, cell)) and not _numeric(cell) and len(cell) <= _LONGEST_TITLE]
        if len(cells) > 1 and len(words) > len(cells) / 2:
            found.append(cells)
    return found


def _below_titles(file: File, wanted: list[str]) -> Block | None:
    """The numbers below the line that holds all titles wanted, or None."""
    for index, line in enumerate(file.lines):
        if not all(split_title(str(title))[0].split(" ")[0].lower() in line.lower() for title in wanted):
            continue
        for cells in [*_as_titles(line), [line.strip()]]:
            titles = tuple(unique(cells))
            if not all(_holds(file, titles, title) for title in wanted):
                continue
            places = [titles.index(find_title(file, titles, title)) for title in wanted]
            for start in range(index + 1, min(index + 1 + _HEADER_LINES, len(file.lines))):
                for delimiter in _DELIMITERS:
                    row = split_row(file.lines[start], delimiter)
                    if len(row) > max(places) and all(_numeric(row[place]) for place in places) and abs(len(row) - len(titles)) <= 1:
                        return Block(start, delimiter, len(titles), titles)
    return None


def _holds(file: File, titles: tuple[str, ...], word: str) -> bool:
    try:
        find_title(file, titles, word)
    except FitkitError:
        return False
    return True


def _numeric_run(lines: list[str], delimiter: str) -> tuple[int, int, int]:
    """(first line, columns, rows) of the longest run of lines of numbers with one number of cells."""
    best, start, width = (0, 0, 0), 0, 0
    for index, line in enumerate([*lines, "end"]):
        if width and (not line.strip() or line.lstrip().startswith("#")):
            continue
        cells = split_row(line, delimiter)
        while cells and not cells[-1]:
            cells.pop()
        # a stray word inside the block must not end it: that is an error to report, not a new header
        numeric = bool(cells) and (all(_numeric(cell) for cell in cells if cell) and any(cells))
        stray = width and len(cells) >= width and any(_numeric(cell) for cell in cells)
        if not (numeric and (not width or len(cells) <= width + 1) or stray):
            if width and index - start > best[2]:
                best = (start, width, index - start)
            width = 0
        if numeric and not width:
            start, width = index, len(cells)
    return best


def _numeric(cell: str) -> bool:
    """Whether a cell may stand among numbers: a number, a status word, a date or a time of day."""
    return is_number(cell) or is_decimal_comma(cell) or is_status(cell) or (len(cell) < 40 and _DATE.match(cell) is not None)


def _column_and_unit(file: File, name: str, value) -> tuple[str | int, str]:
    if isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[1], str) and not isinstance(value[0], (tuple, list)):
        return value[0], value[1]
    example = QUANTITIES.get(name.removesuffix("_err"), ("", "mT"))[1]
    if isinstance(value, str):
        unit = split_title(value)[1]
        if unit and readable_unit(unit):
            return value, unit
    raise FitkitError(f"{file.path}: columns: '{name}' wants a title or number with its unit, {name!r}: ({value if isinstance(value, int) else 0!r}, {example!r}), found {value!r}")


def _read_transposed(file: File, options: Options) -> Dataset:
    """Each line of the file is one column."""
    numbers = _matrix(file)
    wanted = {name: _column_and_unit(file, name, value) for name, value in (options.columns or {}).items()}
    titles = [f"column {index}" for index in range(len(numbers))]
    values = {name: (numbers[titles.index(find_title(file, titles, index))], unit) for name, (index, unit) in wanted.items()}
    return from_arrays(values, file.path, file.name)


def _read_array(file: File, options: Options) -> Dataset:
    """A map in long form: one row for each point."""
    numbers = _matrix(file)
    return long_form(numbers.T if options.transpose else numbers, options.array, options.axes, file.path, file.name)


def _matrix(file: File) -> np.ndarray:
    """All numbers of the file, shape (lines, numbers in a line)."""
    block = find_block(file)
    rows, lines = [], []
    for number, line in enumerate(file.lines[block.start:], block.start + 1):
        if line.strip() and not line.lstrip().startswith("#"):
            rows.append(split_table([line], block.delimiter)[0])
            lines.append(number)
    while block.delimiter != WHITESPACE and all(not row[-1].strip() for row in rows):
        rows = [row[:-1] for row in rows]
    for row, number in zip(rows, lines):
        if len(row) != len(rows[0]):
            raise FitkitError(f"{file.path} line {number}: a map wants lines of one length, expected {len(rows[0])} numbers, found {len(row)}")
    table = refuse_text(file, read_cells([f"column {index}" for index in range(len(rows[0]))], rows, lines), [f"column {index}" for index in range(len(rows[0]))])
    return np.column_stack(table.values)


def typing_help(file: File) -> str:
    """The call that would load a text file as plain columns, as far as its titles say."""
    try:
        block = find_block(file.beginning() if len(file.raw) >= LARGE else file)
    except FitkitError:
        return f"    fk.load({file.path!r}, columns={{'field': (0, 'mT'), 'resistance': (1, 'ohm')}})"
    found: dict[str, tuple[str | int, str]] = {}
    for index, title in enumerate(block.titles):
        name, unit = split_title(title)
        unit = unit or (block.units[index] if block.units else None)
        meaning = quantity(name)
        if meaning and meaning not in found:
            found[meaning] = (title, unit if unit and readable_unit(unit) else "UNIT")
    if not any(unit != "UNIT" for _, unit in found.values()):
        found = {}
    where = f"\n    found: {block.width} columns of numbers from line {block.start + 1} on"
    if not found and not block.titles and block.width > _MOST_COLUMNS:
        return f"{_map_help(file, block)}{where}"
    found = found or {f"QUANTITY {index}": (index, "UNIT") for index in range(min(block.width, 3))}
    titles = f": {', '.join(block.titles[:12])}{', ...' if len(block.titles) > 12 else ''}" if block.titles else ""
    return f"    fk.load({file.path!r}, columns={found!r}){where}{titles}"


def _map_help(file: File, block: Block) -> str:
    """A wide block without titles is a map, or a few lines of which each is a column."""
    lines = sum(1 for line in file.lines[block.start:] if line.strip() and not line.lstrip().startswith("#"))
    if lines <= 4:
        return f"    fk.load({file.path!r}, columns={{'QUANTITY 0': (0, 'UNIT'), 'QUANTITY 1': (1, 'UNIT')}}, transpose=True)   each of the {lines} lines is a column"
    return (f"    fk.load({file.path!r}, array=('resistance', 'ohm'), axes={{'gate': (START, STEP, 'V'), 'field': (START, STEP, 'mT')}})\n"
            f"    a map: the first axis goes down the {lines} lines, the second along the {block.width} numbers of a line")


LOADER = Loader("plain_columns", "columns of numbers under any header; the caller gives columns={'field': (0, 'mT'), ...} or array= with axes=", recognise, read)
