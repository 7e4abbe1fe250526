"""Quantum Design .dat files: MPMS-XL, MPMS3, SQUID VSM, PPMS (resistivity, VSM, ACMS, ETO), DynaCool; also re-saved by a spreadsheet.

A file is known by its ``[Header]`` or ``[Data]`` line, or by three of the column titles these instruments write. Text in
a number column does not stop the reading: the cell is empty and a note says so. Mass, length and area of the header are
placeholders as often as not: they are notes, never metadata.
"""

from __future__ import annotations

import csv

import numpy as np

from ..data import Dataset, Note
from ..errors import FitkitError
from ..names import HEADER_GEOMETRY, HEADER_SAMPLE, QUANTITIES, QUANTUM_DESIGN_TITLES, VENDOR_UNITS
from ..units import same_dimension
from .loader import NO, YES, Answer, File, Loader, Options
from .rows import Layout, read_rows
from .table import Candidate, Table, limited, to_dataset
from .text import guess_delimiter, readable_unit, split_row, split_title, unique, vendor_quantity

_KNOWN = frozenset(title.lower() for title in QUANTUM_DESIGN_TITLES)


def recognise(file: File) -> Answer:
    """Yes for ``[Header]`` first, a ``[Data]`` line, or at least three known titles in the first line with text."""
    filled = [line for line in file.head if line.strip("\t,; ")]
    if not filled:
        return NO
    marked = _section(filled[0]) == "[header]" or any(_section(line) == "[data]" for line in filled)
    return YES if marked or is_title_line(filled[0]) else NO


def is_title_line(line: str) -> bool:
    """Whether a line holds at least three titles that Quantum Design instruments write."""
    return sum(cell.lower() in _KNOWN for cell in split_row(line, guess_delimiter(line))) >= 3


def read(file: File, options: Options) -> Dataset:
    """Read the file.

    Raises
    ------
    FitkitError
        There is no line of column titles, or the options do not fit the file.
    """
    place, line = _title_line(file)
    delimiter = guess_delimiter(line)
    titles = unique(_trimmed(split_row(line, delimiter)))
    notes, meta = _header((file.head if place < len(file.head) else file.lines)[:place], delimiter)
    comments = [index for index, title in enumerate(titles) if _is_comment(title)]

    def fitted(row: list[str], line: int) -> list[str]:
        return _fitted(row, len(titles), delimiter, comments)

    table = read_rows(file, Layout(place + 1, titles, delimiter, fitted=fitted))
    table.notes = notes + table.notes
    table = _comments(table, [titles[index] for index in comments])
    _text_becomes_notes(table)
    candidates = [one for one in map(_candidate, table.titles) if one]
    return to_dataset(file, table, candidates, options, meta=meta, units={title: VENDOR_UNITS[title.lower()] for title in titles if title.lower() in VENDOR_UNITS})


def _is_comment(title: str) -> bool:
    return title.lower() in ("comment", "comment()", "comment ()")


def _section(line: str) -> str:
    return line.strip("\t,; ").lower()


def _title_line(file: File) -> tuple[int, str]:
    """Index of the line of titles, and the line. It is looked for in the whole file only where its head has none."""
    marked = False
    for whole in (False, True):
        lines = file.lines if whole else file.head
        marks = [index for index, line in enumerate(lines) if _section(line) == "[data]"]
        marked = bool(marks)
        for index in range(marks[0] + 1 if marks else 0, len(lines)):
            if lines[index].strip("\t,; ") and (marks or is_title_line(lines[index])):
                return index, lines[index]
    wanted = "column titles after [Data]" if marked else "[Data] and column titles"
    raise FitkitError(f"{file.path}: a Quantum Design file without {wanted}: it ends with line {len(file.lines)}. Was it copied completely?")


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells that a trailing delimiter or a spreadsheet leaves."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _header(lines: list[str], delimiter: str) -> tuple[list[Note], dict[str, str]]:
    """Geometry as one note; the sample's name as metadata. INFO lines come as INFO,value,KEY and as INFO,KEY,value."""
    geometry: list[tuple[int, str]] = []
    meta: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        first, *rest = _trimmed(split_row(line, delimiter)) or [""]
        if first.upper() != "INFO" or len(rest) < 2:
            continue
        value, key = ", ".join(rest[:-1]), rest[-1]
        if _is_key(rest[0]) and not _is_key(key):
            key, value = rest[0], ", ".join(rest[1:])
        lower = key.lower()
        if any(word in lower for word in HEADER_GEOMETRY) and value.strip():
            geometry.append((number, f"{key} {value}"))
        elif lower in HEADER_SAMPLE and value.strip():
            meta.setdefault("sample", value.strip())
    listed = ", ".join(text for _, text in geometry)
    return [Note(geometry[0][0], None, f"header, shown and not used: {listed}")] if geometry else [], meta


def _is_key(text: str) -> bool:
    """Whether an INFO cell is the key: capitals with underscores, or a word such as NAME, WEIGHT, Sample1 Length."""
    lower = text.lower()
    return lower in HEADER_SAMPLE or (text.isupper() and "_" in text) or (text.isupper() and lower in HEADER_GEOMETRY) \
        or (lower.startswith("sample") and any(lower.endswith(word) for word in (*HEADER_GEOMETRY, "name", "units")))


def _fitted(row: list[str], width: int, delimiter: str, comments: list[int]) -> list[str]:
    """A row with more cells than titles: empty cells at its end, or a comment that holds the delimiter."""
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    if len(row) > width and any('"' in cell for cell in row):
        quoted = next(csv.reader([delimiter.join(row)], delimiter=delimiter))
        row = quoted if len(quoted) <= width else row
    if len(row) > width and comments:
        start, more = comments[0], len(row) - width
        row = [*row[:start], delimiter.join(row[start:start + more + 1]), *row[start + more + 1:]]
    return row


def _comments(table: Table, titles: list[str]) -> Table:
    """Comment cells become notes of their row; a row with a comment and no number but its time becomes a note and goes."""
    for title in titles:
        cells = table.text.pop(title, {})
        column = table.column(title)
        cells |= {int(row): f"{column[row]:g}" for row in np.flatnonzero(np.isfinite(column))}
        column[:] = np.nan
        if not cells:
            continue
        others = [values for name, values in zip(table.titles, table.values) if name not in titles and vendor_quantity(split_title(name)[0]) != "time"]
        empty = ~np.any([np.isfinite(values) for values in others], axis=0) if others else np.zeros(len(table), bool)
        for row, text in sorted(cells.items()):
            table.notes.append(Note(int(table.lines[row]), None if empty[row] else row, text.strip('"')))
        gone = empty & np.isin(np.arange(len(table)), list(cells))
        if gone.any():
            table = table.without(gone)
    return table


def _text_becomes_notes(table: Table) -> None:
    """Text in number columns: the cell stays empty, a note says what stood there."""
    found = []
    for title, cells in table.text.items():
        # a column of nothing but text is no number column
        if np.isfinite(table.column(title)).any() or vendor_quantity(split_title(title)[0]):
            found += [(int(table.lines[row]), f"line {table.lines[row]}: expected a number in column '{title}', found '{text}'. Cell left empty")
                      for row, text in cells.items()]
    table.notes += limited(sorted(found))


def _candidate(title: str) -> Candidate | None:
    name, unit = split_title(title)
    quantity = vendor_quantity(name)
    if quantity is None:
        return None
    unit = VENDOR_UNITS.get(title.lower()) if unit is None else unit
    if unit is None or not readable_unit(unit) or not same_dimension(unit, QUANTITIES[quantity][0]):
        return None
    return Candidate(title, quantity, unit)


LOADER = Loader("quantum_design", "Quantum Design .dat: MPMS-XL, MPMS3, SQUID VSM, PPMS, DynaCool", recognise, read)
