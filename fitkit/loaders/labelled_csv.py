"""Labelled CSV, fitkit's own text format:

    # temperature = 4.2 K
    # sample = film A
    field [mT], resistance [ohm]
    -50, 1023.4

Lines ``# name = value unit`` are metadata, other ``#`` lines are notes. One line of titles, each with its unit in
brackets; the delimiter is a comma, a semicolon or a tab. Titles are names of the nomenclature, their ``_err``, or names
that instruments give; a column with another name and a known unit is kept under its own name.
"""

from __future__ import annotations

import re

import numpy as np

from ..data import Dataset, Note, kindred, read_meta
from ..errors import FitkitError
from ..names import FORMAT_MARKS, HEADER_KEYS, QUANTITIES
from ..units import parse_unit, same_dimension
from .loader import NO, YES, Answer, File, Loader, Options, nearly
from .quantum_design import is_title_line
from .rows import Layout, read_rows
from .table import Candidate, refuse_text, to_dataset
from .text import WHITESPACE, guess_delimiter, is_decimal_comma, is_number, is_status, quantity, readable_unit, split_row, split_title, unique

_SETTING = re.compile(r"#+\s*([A-Za-z][\w .()-]*?)\s*[=:]\s*(.+?)\s*$")

_LONGEST_SETTING = 1000


def recognise(file: File) -> Answer:
    """Yes for a line of titles of which at least one is a known quantity with its unit; nearly if only a unit is missing."""
    place = _title_place(file.head)
    if place is None or file.head[0].startswith(FORMAT_MARKS):
        return NO
    line = file.head[place]
    cells = split_row(line, _delimiter(file.head, place))
    commented = any(above.lstrip().startswith("#") for above in file.head[:place])
    if any(is_number(cell) or is_decimal_comma(cell) for cell in cells) or (is_title_line(line) and not commented):
        return NO
    parts = [split_title(cell) for cell in cells if cell]
    known = [(meaning, name, unit) for name, unit in parts if (meaning := quantity(name))]
    if not known or not _numbers_follow(file.head, place):
        return NO
    for name, written, unit in known:
        wanted, example = QUANTITIES[name.removesuffix("_err")][:2]
        if unit is None and parse_unit(wanted).dimension != parse_unit("").dimension:
            return nearly(f"column '{written}' in line {place + 1} has no unit: write the title as '{written} [{example}]', "
                          f"or say fk.load({file.path!r}, columns={{{name!r}: ({written!r}, {example!r})}})")
        if unit and not readable_unit(unit):
            return nearly(f"column '{written}' in line {place + 1} has the unknown unit '{unit}': a unit like '{example}' is wanted")
        if unit and not same_dimension(unit, wanted) and not (name.startswith("field") and same_dimension(unit, "A/m")):
            return nearly(f"column '{written}' in line {place + 1} is in '{unit}': a unit like '{example}' is wanted for {name}"
                          + (f". '{unit}' is one of '{other}': write the title as '{other} [{unit}]'" if (other := kindred(name, unit)) else ""))
    return YES


def read(file: File, options: Options) -> Dataset:
    """Read the file.

    Raises
    ------
    FitkitError
        No line of titles, a title without its unit, text where a number belongs, a row with too many cells, metadata
        without its unit.
    """
    place = _title_place(file.head)
    if place is None:
        raise FitkitError(f"{file.path}: no line of column titles such as 'field [mT], resistance [ohm]'")
    answer = recognise(file)
    if answer.kind == "nearly" and not options.column:
        raise FitkitError(f"{file.path}: {answer.reason}")
    delimiter = _delimiter(file.head, place)
    cells = split_row(file.head[place], delimiter)
    while cells and not cells[-1]:
        cells.pop()
    titles = unique(cells)
    meta, notes = _settings(file, place)

    def fitted(row: list[str], line: int) -> list[str]:
        if any(cell.strip() for cell in row[len(titles):]):
            found = ", ".join(cell.strip() for cell in row[:8])
            raise FitkitError(f"{file.path} line {line}: expected {len(titles)} cells ({', '.join(titles[:8])}), found {len(row)}: {found}.\n"
                              "    decimal commas? then put semicolons or tabs between the columns")
        return row[:len(titles)]

    table = read_rows(file, Layout(place + 1, titles, delimiter, comments=True, fitted=fitted))
    table.notes = notes + table.notes
    candidates = _candidates(titles)
    known = {one.title for one in candidates}
    words = [title for title in titles if title not in known and title in table.text and not np.isfinite(table.column(title)).any()
             and not all(is_status(word) for word in table.text[title].values())]
    if words:
        table.notes.append(Note(None, None, f"text, not read: {', '.join(words)}"))
    table = refuse_text(file, table, [title for title in titles if title not in words])
    return to_dataset(file, table, candidates, options, meta=meta)


def _title_place(lines: list[str]) -> int | None:
    """Index of the first line that is neither empty nor a comment."""
    return next((index for index, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), None)


def _delimiter(lines: list[str], place: int) -> str:
    found = guess_delimiter(lines[place])
    # titles hold blanks; a single title has no delimiter
    return "," if found == WHITESPACE else found


def _numbers_follow(lines: list[str], place: int) -> bool:
    """Whether the next line with text begins with a number or a status word (no next line: nothing speaks against it)."""
    for line in lines[place + 1:]:
        if line.strip() and not line.lstrip().startswith("#"):
            cells = [cell for cell in split_row(line, _delimiter(lines, place)) if cell]
            return any(is_number(cell) or is_decimal_comma(cell) or is_status(cell) for cell in cells)
    return True


def _settings(file: File, place: int) -> tuple[dict, list[Note]]:
    """Metadata and notes of the lines above the titles."""
    meta, notes = {}, []
    for number, line in enumerate(file.head[:place], 1):
        match = _SETTING.match(line.strip()) if len(line) < _LONGEST_SETTING else None
        if match:
            key = HEADER_KEYS.get(match[1].lower(), match[1].replace(" ", "_"))
            try:
                meta[key] = read_meta(key, match[2], "file")
            except FitkitError as error:
                raise FitkitError(f"{file.path} line {number}: {error}") from None
        elif line.strip("# \t"):
            notes.append(Note(number, None, line.strip("# \t")))
    return meta, notes


def _candidates(titles: list[str]) -> list[Candidate]:
    found = []
    for title in titles:
        name, unit = split_title(title)
        meaning = quantity(name)
        if meaning is None and unit and readable_unit(unit) and name.isidentifier():
            meaning = name
        if meaning is not None:
            found.append(Candidate(title, meaning, unit or ""))
    return found


LOADER = Loader("labelled_csv", "text with a line of titles such as 'field [mT], resistance [ohm]' and '# temperature = 4.2 K' lines", recognise, read)
