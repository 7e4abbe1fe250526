"""Lake Shore VSM (IDEAS VSM) .csv: blocks of settings that begin with #, then ``##DATA TABLE``, titles with units, numbers and status words.

Volume, area and mass of the settings are placeholders as often as not: they are notes, never metadata.
"""

from __future__ import annotations

from ..data import Dataset, Note
from ..errors import FitkitError
from ..names import HEADER_GEOMETRY
from .loader import NO, YES, Answer, File, Loader, Options
from .rows import Layout, read_rows
from .table import refuse_text, to_dataset
from .text import guess_delimiter, split_row, split_title, unique
from .titled import candidates, status_notes

_MARK = "#run on software version"
_TABLE = "##data table"


def recognise(file: File) -> Answer:
    """Yes for the first line of such a file."""
    return YES if file.head and file.head[0].strip().lower().startswith(_MARK) else NO


def read(file: File, options: Options) -> Dataset:
    """Read the first data table; a second one is a note.

    Raises
    ------
    FitkitError
        There is no data table, or text where a number belongs.
    """
    places = [index for index, line in enumerate(file.lines) if line.strip().lower().startswith(_TABLE)]
    if not places or places[0] + 1 >= len(file.lines):
        raise FitkitError(f"{file.path}: a Lake Shore VSM file without a line '##DATA TABLE' and titles below it. Was it copied completely?")
    place = places[0] + 1
    delimiter = guess_delimiter(file.lines[place])
    cells = split_row(file.lines[place], delimiter)
    while cells and not cells[-1]:
        cells.pop()
    titles = unique(cells)
    units = [split_title(title)[1] for title in titles]
    table = read_rows(file, Layout(place + 1, titles, delimiter, stop=lambda line: line.lstrip().startswith("#")))
    for title in titles:
        if title.lower().endswith("status"):
            status_notes(table, title)
    found = candidates(titles, units)
    table = refuse_text(file, table, [one.title for one in found])
    table.notes += [Note(line + 1, None, f"a further data table, not read: {file.lines[line].strip('#, ')}") for line in places[1:]]
    table.notes += _placeholders(file.lines[:place])
    meta = {"sample": line.split(":", 1)[1].strip(", ") for line in file.lines[:place] if line.startswith("ID:") and line.strip(", ") != "ID:"}
    return to_dataset(file, table, found, options, meta=meta)


def _placeholders(lines: list[str]) -> list[Note]:
    said = [(number, line.strip(", ")) for number, line in enumerate(lines, 1)
            if ":" in line and line.split(":")[0].strip().lower() in HEADER_GEOMETRY and line.split(":", 1)[1].strip(", ")]
    return [Note(said[0][0], None, f"header, shown and not used: {', '.join(text for _, text in said)}")] if said else []


LOADER = Loader("lake_shore", "Lake Shore VSM .csv", recognise, read, takes_columns=True)
