"""Leeds TDI text (``TDI Format 1.5``): the worked example of adding a loader to fitkit.

The first line holds ``TDI Format 1.5`` and the titles; every further line begins with a setting ``name{type}=value`` (or
a blank) and goes on with the numbers of one row. A loader is one file: two functions and ``LOADER`` at the end.

    TDI Format 1.5 <tab> Temperature (K) <tab> Resistance (ohm)
    Sample ID{String}=film A <tab> 291.6 <tab> 4.788
     <tab> 291.5 <tab> 4.787
"""

from __future__ import annotations

import re

from ..data import Dataset
from ..errors import FitkitError
from .loader import NO, Answer, File, Loader, Options
from .rows import Layout, read_rows
from .table import refuse_text, to_dataset
from .text import split_title, unique
from .titled import answer, candidates

_SETTING = re.compile(r"(?P<name>[^{}=]+)\{[^{}]*\}=(?P<value>.*)")
_SAMPLE = ("sample id", "sample")


def recognise(file: File) -> Answer:
    """Look at the head of the file and say yes, no, or nearly with what is missing: these files often have no units."""
    if not (file.head and file.head[0].startswith("TDI Format")):
        return NO
    titles = _titles(file)
    return answer(file, titles, [split_title(title)[1] for title in titles])


def read(file: File, options: Options) -> Dataset:
    """Parse and label; the shared `read_rows` makes numbers of the cells, `to_dataset` picks the quantities.

    Raises
    ------
    FitkitError
        A quantity has no unit and the caller gives none, or text where a number belongs.
    """
    names = _titles(file)
    units = [split_title(title)[1] for title in names]
    said = answer(file, names, units)
    if said.kind == "nearly" and not (options.columns or options.column):
        raise FitkitError(f"{file.path}: {said.reason}")
    # rows may hold more numbers than there are titles: the columns stay, under their number
    width = max([len(names) + 1, *(len(line.split("\t")) for line in file.head[1:50])])
    titles = unique(["setting", *names, *[""] * (width - 1 - len(names))])
    table = read_rows(file, Layout(1, titles, "\t"))
    meta = _sample(table.text.pop("setting", {}).values())
    for values in (table.titles, table.values):
        del values[0]
    empty = ~_any_number(table)
    table = table.without(empty) if empty.any() else table
    found = candidates(names, units)
    table = refuse_text(file, table, [one.title for one in found])
    return to_dataset(file, table, found, options, meta=meta)


def _titles(file: File) -> list[str]:
    cells = file.head[0].rstrip().split("\t")[1:]
    return unique(cells)


def _sample(settings) -> dict[str, str]:
    for match in filter(None, map(_SETTING.match, settings)):
        if match["name"].strip().lower() in _SAMPLE and match["value"].strip():
            return {"sample": match["value"].strip()}
    return {}


def _any_number(table):
    import numpy as np

    return np.any([np.isfinite(values) for values in table.values], axis=0) if table.values and len(table) else np.ones(len(table), bool)


LOADER = Loader("leeds_tdi", "Leeds TDI text ('TDI Format 1.5')", recognise, read, takes_columns=True)
