"""Rows of text -> columns of numbers -> Dataset: the second half of every loader."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..data import Dataset, Note, StepRecord, column_to_si
from ..errors import FitkitError
from ..names import DRIVEN, ERROR_COLUMNS, MEASURED, QUANTITIES
from ..units import parse_unit, same_dimension
from .loader import File, Options
from .text import is_status, numbers, readable_unit, split_title

MANY_NOTES = 20


@dataclass
class Table:
    """Columns of a file while it is read.

    Parameters
    ----------
    titles
        As written, made unique.
    values
        Raw numbers of each column, NaN where there is none.
    lines
        Line number of each row in the file.
    text
        Title -> {row: text} for cells that hold text.
    """

    titles: list[str]
    values: list[np.ndarray]
    lines: np.ndarray
    text: dict[str, dict[int, str]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def column(self, title: str) -> np.ndarray:
        """Raw numbers of a column."""
        return self.values[self.titles.index(title)]

    def without(self, rows: np.ndarray) -> Table:
        """The table without the rows of a mask."""
        kept = np.flatnonzero(~rows)
        place = {int(old): new for new, old in enumerate(kept)}
        return Table(
            self.titles, [values[kept] for values in self.values], self.lines[kept],
            {title: {place[row]: text for row, text in cells.items() if row in place} for title, cells in self.text.items()},
            [note if note.row is None else Note(note.line, place.get(note.row), note.text) for note in self.notes])


def read_cells(titles: list[str], rows: list[list[str]], lines: Sequence[int]) -> Table:
    """Rows of cells -> Table. Rows may be ragged: a missing cell is empty, cells beyond the titles are left to the caller."""
    width = len(titles)
    if any(len(row) != width for row in rows):
        rows = [row[:width] + [""] * (width - len(row)) for row in rows]
    columns = list(zip(*rows)) if rows else [()] * width
    table = Table(titles, [], np.array(lines, int))
    for title, cells in zip(titles, columns):
        values, text = numbers(cells)
        table.values.append(values)
        if text:
            table.text[title] = text
    return table


def refuse_text(file: File, table: Table, titles: Sequence[str]) -> Table:
    """The table without rows that hold a status word in one of the columns; each becomes a note.

    Raises
    ------
    FitkitError
        Any other text in one of the columns.
    """
    dropped = np.zeros(len(table), bool)
    notes = []
    for title in titles:
        for row, found in table.text.get(title, {}).items():
            line = int(table.lines[row])
            if not is_status(found):
                raise FitkitError(f"{file.path} line {line}: expected a number in column '{title}', found '{found}'.\n"
                                  f"    correct the line, or put # before it to leave it out")
            dropped[row] = True
            notes.append((line, f"line {line}: expected a number in column '{title}', found '{found}'. 1 row dropped"))
    if notes:
        table = table.without(dropped)
        table.notes += limited(sorted(notes))
    return table


def limited(notes: list[tuple[int, str]]) -> list[Note]:
    """Notes by line, the first few in words and the rest as a count."""
    made = [Note(line, None, text) for line, text in notes[:MANY_NOTES]]
    if len(notes) > MANY_NOTES:
        made.append(Note(None, None, f"and {len(notes) - MANY_NOTES} more of this kind, the last in line {notes[-1][0]}"))
    return made


def find_title(file: File, titles: Sequence[str], wanted) -> str:
    """The title that a person means: exact, without regard to case and blanks, without its unit, or by its number from 0.

    Raises
    ------
    FitkitError
        There is none, or more than one.
    """
    if isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool):
        if not -len(titles) <= wanted < len(titles):
            raise FitkitError(f"{file.path}: no column {wanted}: there are {len(titles)} columns, 0 to {len(titles) - 1}")
        return titles[int(wanted)]
    if wanted in titles:
        return wanted
    def plain(text):
        return " ".join(str(text).lower().split())

    for same in (lambda title: plain(title), lambda title: plain(split_title(title)[0])):
        hits = [title for title in titles if same(title) == plain(wanted)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise FitkitError(f"{file.path}: '{wanted}' is the name of {len(hits)} columns: {', '.join(hits)}. Give one with its unit")
    near = difflib.get_close_matches(str(wanted), titles, 3, 0.5)
    listed = f"Did you mean: {', '.join(map(repr, near))}?" if near else f"Columns: {', '.join(titles) or 'none'}"
    raise FitkitError(f"{file.path}: no column '{wanted}'. {listed}")


@dataclass(frozen=True)
class Candidate:
    """A column of the file that may be a quantity, with its unit."""

    title: str
    quantity: str
    unit: str


def chosen(file: File, table: Table, candidates: Sequence[Candidate], options: Options) -> tuple[dict[str, Candidate], dict[str, tuple[str, ...]]]:
    """Which column is which quantity: the caller's choice, else the only candidate with numbers; the rest are choices.

    Returns
    -------
    columns, choices
        Quantity -> Candidate; quantity -> titles among which the user has to choose.
    """
    columns: dict[str, Candidate] = {}
    for name, wanted in options.column.items():
        title, unit = wanted if isinstance(wanted, (tuple, list)) else (wanted, None)
        title = find_title(file, table.titles, title)
        if len(table) and not np.isfinite(table.column(title)).any():
            filled = [one for one in table.titles if np.isfinite(table.column(one)).any()]
            raise FitkitError(f"{file.path}: column '{title}' holds no numbers, so it cannot be '{name}'. With numbers: {', '.join(filled)}")
        known = next((one.unit for one in candidates if one.title == title), None)
        columns[name] = Candidate(title, name, unit or known or split_title(title)[1] or "")
    taken = {one.title for one in columns.values()}
    choices: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(one.quantity for one in candidates):
        if name in columns:
            continue
        live = [one for one in candidates if one.quantity == name and one.title not in taken
                and (len(table) == 0 or np.isfinite(table.column(one.title)).any())]
        if len(live) == 1 or live and all(_same(table, live[0], one) for one in live[1:]):
            columns[name] = live[0]
        elif live and len(table):
            choices[name] = tuple(one.title for one in live)
    return columns, choices


def _same(table: Table, one: Candidate, other: Candidate) -> bool:
    """Whether two columns of one title hold the same numbers, as the time does that is written before each channel."""
    return other.title.startswith(f"{one.title} (") and one.unit == other.unit and np.array_equal(table.column(one.title), table.column(other.title), equal_nan=True)


def to_dataset(file: File, table: Table, candidates: Sequence[Candidate], options: Options, *,
               meta: Mapping | None = None, units: Mapping[str, str] | None = None) -> Dataset:
    """The Dataset of a table.

    Rows are left out, and counted, where no measured quantity (``names.MEASURED``) that was set has a number, where one
    that the caller chose has none, and where time or a driven quantity has none although most rows have.

    Parameters
    ----------
    candidates
        Columns that may be a quantity.
    meta
        Metadata of the file.
    units
        Title -> unit of columns whose title does not hold it.

    Raises
    ------
    FitkitError
        A chosen column is not there or has a unit that does not fit; errors of the file were asked for and are not there.
    """
    if options.columns:  # the caller said which columns are what: no other is looked for
        candidates, options = (), replace(options, column={**options.columns, **options.column})
    columns, choices = chosen(file, table, candidates, options)
    error_titles = _error_columns(file, table, columns, choices) if options.errors else {}
    si, shown, remarks = {}, {}, []
    for name, one in columns.items():
        si[name], shown[name], remark = column_to_si(name, table.column(one.title), one.unit, f"{file.path}: column '{one.title}'")
        remarks += [remark] if remark else []
    for name, one in error_titles.items():
        si[f"{name}_err"], shown[f"{name}_err"], _ = column_to_si(f"{name}_err", table.column(one.title), one.unit, file.path)
    vendor = {title: (values, (units or {}).get(title, split_title(title)[1] or "")) for title, values in zip(table.titles, table.values)}
    shown = {name: _spelled(name, unit) for name, unit in shown.items()}
    left_out, dropped = _without_numbers(table, columns, options)
    notes = list(table.notes)
    for title, count in dropped.items():
        notes.append(Note(None, None, f"{count} of {len(table)} rows left out: no number in {title}"))
    if len(table) == 0:
        notes.append(Note(None, None, "the file has titles and no rows"))
    data = Dataset(file.name, si, shown, dict(meta or {}), tuple(notes), None, (), _frozen(vendor), choices)
    if left_out.any():
        data = data.select(~left_out)
    for name, one in error_titles.items():
        _refuse_zero_errors(file, data, name, one.title, table.lines[~left_out])
    found = {"rows": len(data), "columns": {name: one.title for name, one in columns.items()}}
    if dropped:
        found["dropped"] = dropped
    if remarks:
        found["remarks"] = remarks
    return data.recorded(StepRecord("load", {}, found))


def _spelled(name: str, unit: str) -> str:
    """The nomenclature's spelling where it is the same unit (Ohms -> ohm, sec -> s)."""
    for usual in QUANTITIES.get(name.removesuffix("_err"), ())[1::-1]:
        if parse_unit(unit) == replace(parse_unit(usual), symbol=unit.strip()):
            return usual
    return unit


def _frozen(vendor: dict[str, tuple[np.ndarray, str]]) -> dict[str, tuple[np.ndarray, str]]:
    for values, _ in vendor.values():
        values.setflags(write=False)
    return vendor


def _without_numbers(table: Table, columns: Mapping[str, Candidate], options: Options) -> tuple[np.ndarray, dict[str, int]]:
    missing = {name: ~np.isfinite(table.column(one.title)) for name, one in columns.items()}
    left_out, dropped = np.zeros(len(table), bool), {}

    def drop(rows: np.ndarray, what: str) -> None:
        nonlocal left_out
        count = int((rows & ~left_out).sum())
        if count:
            dropped[what] = count
            left_out = left_out | rows

    measured = [name for name in columns if name in MEASURED]
    for name in measured:
        if name in options.column:
            drop(missing[name], repr(columns[name].title))
    if measured:
        drop(np.logical_and.reduce([missing[name] for name in measured]), " or ".join(repr(columns[name].title) for name in measured))
    for name in ("time", *DRIVEN):
        if name in columns and 2 * missing[name].sum() < len(table):
            drop(missing[name], repr(columns[name].title))
    return left_out, dropped


def _error_columns(file: File, table: Table, columns: Mapping[str, Candidate], choices) -> dict[str, Candidate]:
    """The instrument's standard deviation of each measured quantity."""
    found = {}
    for name, one in columns.items():
        if name not in MEASURED:
            continue
        wanted = ERROR_COLUMNS.get(split_title(one.title)[0].lower(), ())
        titles = [title for title in table.titles if split_title(title)[0].lower() in wanted and np.isfinite(table.column(title)).any()]
        if len(titles) > 1:
            raise FitkitError(f"{file.path}: errors='file': {len(titles)} columns could be the error of '{one.title}': {', '.join(titles)}.\n"
                              f"    choose: column={{'{name}_err': {titles[0]!r}}} instead of errors='file'")
        if titles:
            unit = split_title(titles[0])[1]
            fits = unit and readable_unit(unit) and same_dimension(unit, one.unit)
            if unit and not fits:
                raise FitkitError(f"{file.path}: errors='file': column '{titles[0]}' is in '{unit}', '{one.title}' in '{one.unit}'")
            found[name] = Candidate(titles[0], f"{name}_err", unit if unit and fits else one.unit)
    if not found:
        reason = (f"choose the column first: {', '.join(f'{name}: ' + ', '.join(titles) for name, titles in choices.items())}"
                  if choices else f"Columns: {', '.join(table.titles)}")
        raise FitkitError(f"{file.path}: errors='file': no column with the instrument's standard deviation of "
                          f"{' or '.join(name for name in columns if name in MEASURED) or 'a measured quantity'}. {reason}")
    return found


def _refuse_zero_errors(file: File, data: Dataset, name: str, title: str, lines: np.ndarray) -> None:
    wrong = np.flatnonzero(~(data[f"{name}_err"] > 0) | ~np.isfinite(data[f"{name}_err"]))
    if len(wrong):
        some = ", ".join(str(row) for row in wrong[:5]) + (", ..." if len(wrong) > 5 else "")
        raise FitkitError(f"{file.path}: errors='file': column '{title}' is zero or empty in {len(wrong)} of {len(data)} rows "
                          f"(rows {some}; first in line {lines[wrong[0]]}). Leave errors='file' out, or drop these rows")
