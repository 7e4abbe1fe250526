"""LabVIEW measurement files (.lvm): a header, then segments with a header of their own, one column for each channel.

Where the file holds no x values they are ``X0 + row * Delta_X`` of its header. The dimension Time is in seconds, as
LabVIEW writes it. Comments become notes of their row. Written for fitkit, because readers of this format evaluate header
cells as Python or read a pickle that lies beside the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..data import Dataset, Note
from ..errors import FitkitError
from .loader import NO, YES, Answer, File, Loader, Options
from .table import Candidate, Table, read_cells, refuse_text, to_dataset
from .text import number, split_title, unique
from .titled import candidates, status_notes

_MARK = "LabVIEW Measurement"
_END = "***End_of_Header***"
_SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";"}
_X = "X_Value"


@dataclass
class _Segment:
    """One segment: the cells of each line of its header, titles, and its rows with their line numbers."""

    settings: dict[str, list[str]] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def setting(self, name: str, place: int) -> str:
        """A cell of the header; its cells stand in the places of the columns."""
        cells = self.settings.get(name, [])
        return cells[place].strip() if place < len(cells) else ""


def recognise(file: File) -> Answer:
    """Yes for the first line of such a file."""
    return YES if file.head and file.head[0].startswith(_MARK) else NO


def read(file: File, options: Options) -> Dataset:
    """Read the file; segments with the same channels follow each other.

    Raises
    ------
    FitkitError
        There is no segment with titles, or text where a number belongs.
    """
    settings, segments = _parsed(file)
    if not segments:
        raise FitkitError(f"{file.path}: a LabVIEW measurement file without a line of titles ('{_X} ...'): it ends with line {len(file.lines)}. "
                          "Was it copied completely?")
    comma = settings.get("Decimal_Separator", ".") == ","
    tables = [_table(segment, settings.get("X_Columns", "One").lower(), comma) for segment in segments]
    alike = [index for index, one in enumerate(tables) if one.titles == tables[0].titles]
    table = _joined([tables[index] for index in alike])
    for index in range(1, len(tables)):
        said = "follows the one before" if index in alike else f"has other channels and is not read: {', '.join(tables[index].titles)}"
        table.notes.append(Note(segments[index].lines[0] if segments[index].lines else None, None, f"segment {index + 1} of the file {said}"))
    for title in [one for one in table.titles if one.lower() == "comment"]:
        status_notes(table, title)
    if settings.get("Date"):
        table.notes.append(Note(None, None, f"started {settings['Date']} {settings.get('Time', '')[:8]}".rstrip()))
    units = _units(segments[0], table.titles)
    x = [Candidate(title, "time", "s") for title in table.titles if title.startswith(_X) and units[title] == "s"]
    found = x + [one for one in candidates(table.titles, list(units.values())) if not one.title.startswith(_X)]
    table = refuse_text(file, table, [one.title for one in found])
    return to_dataset(file, table, found, options, units=units)


def _parsed(file: File) -> tuple[dict[str, str], list[_Segment]]:
    """Settings of the file, and its segments that have titles."""
    top = [line.split("\t")[:2] for line in file.head[:60]]
    name = next((cells[1].strip().lower() for cells in top if cells[0].strip() == "Separator" and len(cells) > 1), "tab")
    separator = _SEPARATORS.get(name, "\t")
    settings: dict[str, str] = {}
    segments: list[_Segment] = []
    segment: _Segment | None = None
    for place, line in enumerate(file.lines[1:], 2):
        cells = line.split(separator)
        first = cells[0].strip()
        if first == _END:
            segment = segment or _Segment()
        elif segment is None:
            if len(cells) > 1 and first:
                settings[first] = cells[1].strip()
        elif first == _X and not segment.titles:
            segment.titles = [cell.strip() for cell in cells]
            while not segment.titles[-1]:
                segment.titles.pop()
            segments.append(segment)
        elif segment.titles and any(cell.strip() for cell in cells) and first != "Channels":
            segment.rows.append(cells)
            segment.lines.append(place)
        elif segment.titles:
            # an empty line ends the rows, and so does the header of the next segment
            segment = _Segment({first: cells} if first else {})
        elif first:
            segment.settings[first] = cells
    return settings, segments


def _table(segment: _Segment, x_columns: str, comma: bool) -> Table:
    """The rows of a segment as numbers; the x values made from X0 and Delta_X where the file has none, written once where they are the same."""
    titles = unique(segment.titles)
    rows = segment.rows
    if comma:
        rows = [[cell.replace(",", ".") for cell in row] for row in rows]
    table = read_cells(titles, rows, segment.lines)
    if x_columns == "no" and len(titles) > 1:
        start, step = (number(segment.setting(name, 1).replace(",", ".")) for name in ("X0", "Delta_X"))
        table.values[0] = start + step * np.arange(len(rows))
        table.text.pop(titles[0], None)
    for title in [title for title in titles[1:] if title.startswith(_X)]:
        if np.array_equal(table.column(title), table.values[0], equal_nan=True):
            del table.values[table.titles.index(title)]
            table.titles.remove(title)
    return table


def _joined(tables: list[Table]) -> Table:
    if len(tables) == 1:
        return tables[0]
    text: dict[str, dict[int, str]] = {}
    rows = 0
    for table in tables:
        for title, cells in table.text.items():
            text.setdefault(title, {}).update({row + rows: cell for row, cell in cells.items()})
        rows += len(table)
    values = [np.concatenate(columns) for columns in zip(*(table.values for table in tables))]
    return Table(tables[0].titles, values, np.concatenate([table.lines for table in tables]), text)


def _units(segment: _Segment, titles: list[str]) -> dict[str, str]:
    """The unit of each column: that of its title, else its Y_Unit_Label; seconds for x values of the dimension Time."""
    units = {}
    for title in titles:
        place = unique(segment.titles).index(title)
        if title.startswith(_X):
            units[title] = "s" if segment.setting("X_Dimension", place + 1) == "Time" else segment.setting("X_Unit_Label", place + 1)
        else:
            units[title] = split_title(title)[1] or segment.setting("Y_Unit_Label", place)
    return units


LOADER = Loader("labview_lvm", "LabVIEW measurement file .lvm", recognise, read, takes_columns=True)
