"""Text of a measurement program: any header, then a line of titles with units (or titles, and units in the line below), then numbers.

    Sample      2mm tape
    Angle (deg.)    0.0

    Current / A     V1  -sample/ uV     time/s
    -0.0184         -0.636              0.000

Temperature, field, angle and gate of the header are metadata where they have a unit.
"""

from __future__ import annotations

from ..data import Dataset
from ..errors import FitkitError
from ..names import FORMAT_MARKS
from . import labelled_csv, labview_text, quantum_design
from .loader import NO, Answer, File, Loader, Options
from .plain_columns import find_block
from .text import readable_unit, split_title
from .titled import Titles, answer, read_titled

_HEAD_LINES = 600   # the titles stand in the first so many lines


def recognise(file: File) -> Answer:
    """Yes for titles of which at least one is a quantity with its unit, below a header or above a line of units."""
    if not file.head or file.head[0].startswith(FORMAT_MARKS) or any(one.recognise(file).kind != "no" for one in (quantum_design, labview_text)):
        return NO
    labelled = labelled_csv.recognise(file).kind
    titles = None if labelled == "yes" else find_titles(file)
    # titles without a unit may have theirs in the line below
    if titles is None or labelled == "nearly" and any(split_title(title)[1] for title in titles.titles):
        return NO
    return answer(file, titles.titles, titles.units)


def find_titles(file: File) -> Titles | None:
    """The titles above the numbers, or None where the head of the file has none."""
    try:
        block = find_block(file.beginning(_HEAD_LINES))
    except FitkitError:
        return None
    if not block.titles:
        return None
    units = []
    for place, title in enumerate(block.titles):
        own = split_title(title)[1]
        below = block.units[place] if place < len(block.units) else None
        units.append(own if own is not None and readable_unit(own) else below if below and readable_unit(below) else own)
    return Titles(block.start, block.delimiter, block.titles, tuple(units))


def read(file: File, options: Options) -> Dataset:
    """Read the file.

    Raises
    ------
    FitkitError
        No titles above numbers, or text where a number belongs.
    """
    titles = find_titles(file)
    if titles is None:
        raise FitkitError(f"{file.path}: no line of titles above columns of numbers")
    return read_titled(file, titles, options)


LOADER = Loader("titled_columns", "any header, a line of titles with units such as 'Current / A', columns of numbers", recognise, read)
