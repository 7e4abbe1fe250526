"""Text with an ini-like header of LabVIEW programs: sections ``[Main]``, lines ``Name (unit) = value``, and ``Header length = N``.

The titles with their units stand in line N, or right below it.
"""

from __future__ import annotations

import re

from ..data import Dataset
from ..errors import FitkitError
from .loader import NO, Answer, File, Loader, Options
from .text import guess_delimiter, is_number, split_row, split_title, unique
from .titled import Titles, answer, read_titled

_LENGTH = re.compile(r"\s*header length\s*=\s*(\d{1,6})\s*$", re.IGNORECASE)
_TOP = 40


def recognise(file: File) -> Answer:
    """Yes where ``Header length = N`` is followed, at line N, by titles with units."""
    if _length(file.head) is None:
        return NO
    titles = find_titles(file)
    return NO if titles is None else answer(file, titles.titles, titles.units)


def find_titles(file: File) -> Titles | None:
    """The titles at the end of the header."""
    length = _length(file.head)
    lines = file.head
    if length is None:
        return None
    for place in (length - 1, length):
        if not 0 <= place < len(lines) - 1:
            continue
        delimiter = guess_delimiter(lines[place])
        cells, below = split_row(lines[place], delimiter), split_row(lines[place + 1], delimiter)
        if len(cells) > 1 and len(below) >= len(cells) and sum(map(is_number, below)) > len(below) / 2 and not any(map(is_number, cells)):
            titles = tuple(unique(cells))
            return Titles(place + 1, delimiter, titles, tuple(split_title(title)[1] for title in titles))
    return None


def _length(lines: list[str]) -> int | None:
    return next((int(match[1]) for match in map(_LENGTH.match, lines[:_TOP]) if match), None)


def read(file: File, options: Options) -> Dataset:
    """Read the file.

    Raises
    ------
    FitkitError
        The header says a length at which no titles stand, or text where a number belongs.
    """
    titles = find_titles(file)
    if titles is None:
        length = _length(file.head)
        said = "no line 'Header length = N'" if length is None else f"'Header length = {length}', but no titles above numbers in line {length} or {length + 1}"
        raise FitkitError(f"{file.path}: {said}. Was it copied completely?")
    return read_titled(file, titles, options)


LOADER = Loader("labview_text", "LabVIEW text with 'Header length = N' and titles with units", recognise, read)
