"""Columns of numbers under a line of titles with units: what the text formats of many programs have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..data import Dataset, Note
from ..names import QUANTITIES
from ..units import parse_unit, same_dimension
from .header import header_settings
from .loader import NO, YES, Answer, File, Options, nearly
from .rows import Layout, read_rows
from .table import Candidate, Table, refuse_text, to_dataset
from .text import quantity, readable_unit, split_title


@dataclass(frozen=True)
class Titles:
    """Titles and units of the columns: ``start`` is the index of the first line of numbers."""

    start: int
    delimiter: str
    titles: tuple[str, ...]
    units: tuple[str | None, ...]

    @property
    def candidates(self) -> list[Candidate]:
        """The columns whose title is a quantity, with their unit."""
        return candidates(self.titles, self.units)


def candidates(titles: Sequence[str], units: Sequence[str | None]) -> list[Candidate]:
    """The columns whose title is a quantity and whose unit fits it."""
    found = []
    for title, unit in zip(titles, units):
        name = quantity(split_title(title)[0])
        if name is not None and unit is None and not needs_unit(name):
            unit = ""
        if name is not None and unit is not None and fits(name, unit):
            found.append(Candidate(title, name, unit))
    return found


def needs_unit(name: str) -> bool:
    """Whether a quantity has a dimension."""
    return parse_unit(QUANTITIES[name.removesuffix("_err")][0]).dimension != parse_unit("").dimension


def fits(name: str, unit: str) -> bool:
    """Whether a unit is one of the quantity."""
    wanted = QUANTITIES[name.removesuffix("_err")][0]
    return readable_unit(unit) and (same_dimension(unit, wanted) or (name.startswith("field") and same_dimension(unit, "A/m")))


def answer(file: File, titles: Sequence[str], units: Sequence[str | None], argument: str = "columns") -> Answer:
    """Yes where a quantity has its unit and none lacks it; nearly, with what to type, where units are missing; no without a quantity."""
    known = [(name, title, unit) for title, unit in zip(titles, units) if (name := _meant(title))]
    if not known:
        return NO
    bare = [(name, title) for name, title, unit in known if needs_unit(name) and (unit is None or not readable_unit(unit))]
    if bare:
        return nearly(f"{'the columns have' if len(bare) > 1 else 'a column has'} no unit that fitkit reads: {', '.join(title for _, title in bare)}.\n"
                      f"    say it: {call(file, bare, argument)}")
    return YES if candidates(titles, units) else NO


def _meant(title: str) -> str | None:
    """The quantity of a title, also of ``field / furlong``: what follows a slash is a unit only if it can be read."""
    return quantity(split_title(title)[0]) or quantity(title.partition("/")[0].strip())


def call(file: File, known: Sequence[tuple[str, str]], argument: str = "columns") -> str:
    """The call that gives units to (quantity, title), with an example of each unit."""
    given = {name: (title, "UNIT") for name, title in reversed(known)}
    examples = ", ".join(f"{name} in {QUANTITIES[name.removesuffix('_err')][1]}" for name in reversed(given))
    return f"fk.load({file.path!r}, {argument}={dict(reversed(given.items()))!r}) with the UNITs that the instrument wrote ({examples}, ...)"


def read_titled(file: File, titles: Titles, options: Options) -> Dataset:
    """The Dataset of a text with titles."""
    table = read_rows(file, Layout(titles.start, list(titles.titles), titles.delimiter, comments=True))
    found = titles.candidates
    table = refuse_text(file, table, [one.title for one in found])
    units = {title: unit for title, unit in zip(titles.titles, titles.units) if unit}
    return to_dataset(file, table, found, options, meta=header_settings(file.head[:titles.start]), units=units)


def status_notes(table: Table, title: str, silent: Sequence[str] = ("", "good", "ok")) -> None:
    """What a column of status words says becomes a note of each row; a status that says that all is well is none."""
    for row, word in sorted(table.text.pop(title, {}).items()):
        if word.casefold() not in silent:
            table.notes.append(Note(int(table.lines[row]), row, f"{title}: {word}" if title.casefold() != "comment" else word))
