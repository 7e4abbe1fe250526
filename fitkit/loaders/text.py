"""Text of instrument files: decoding, lines, delimiters, numbers, titles with units. Shared by all loaders."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

import numpy as np

from ..errors import FitkitError
from ..names import QUANTITIES, STATUS_WORDS, SYMBOLS, VENDOR
from ..units import parse_unit

_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eEdD][-+]?\d+)?$")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?$")
_IN_QUOTES = re.compile(r'"[^"]*"')
_QUOTED = {delimiter: re.compile(rf'[^\S{delimiter}]*+"((?:[^"]|"")*+)"[^\S{delimiter}]*+(?={delimiter}|$)') for delimiter in ("\t", ";", ",")}
_STATUS = frozenset(word.casefold() for word in STATUS_WORDS)
_AGAIN = re.compile(r"(.+) \(\d+\)$", re.S)
_MEGABYTE = 1 << 20
_LONGEST = 1000         # no number and no unit is longer
WHITESPACE = " "
"""The delimiter "any run of blanks"."""


def encoding_of(raw: bytes) -> str:
    """The encoding of a text: by the byte order mark, else UTF-8, else code page 1252 (what Windows instruments write)."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return encoding
    if raw.isascii():
        return "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(raw), _MEGABYTE):
            decoder.decode(raw[start:start + _MEGABYTE], start + _MEGABYTE >= len(raw))
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def decode(raw: bytes) -> str:
    """Bytes -> text, see :func:`encoding_of`."""
    return raw.decode(encoding_of(raw), errors="replace")


def looks_binary(head: bytes) -> bool:
    """Whether bytes cannot be text: a zero byte (outside UTF-16) or more than 2 % control characters."""
    if not head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    control = sum(head.count(bytes([code])) for code in range(32) if code not in (9, 10, 11, 12, 13, 26, 27))
    return b"\0" in head or control > 0.02 * len(head)


def split_lines(text: str) -> list[str]:
    """Lines ended by CR, LF or CRLF, also mixed within one file."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def split_row(line: str, delimiter: str) -> list[str]:
    """The cells of a line without blanks around them."""
    return [cell.strip() for cell in split_cells(line, delimiter)]


def split_cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line with the blanks around them; of a cell in quotes what stands inside, delimiters and doubled quotes included.

    A quote that is not closed before a delimiter or the end of the line is a letter like any other.
    """
    if delimiter == WHITESPACE:
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    quoted, cells, place = _QUOTED[delimiter], [], 0
    while True:
        if match := quoted.match(line, place):
            cells.append(match[1].replace('""', '"'))
            place = match.end()
        else:
            stop = line.find(delimiter, place)
            stop = len(line) if stop < 0 else stop
            cells.append(line[place:stop])
            place = stop
        if place >= len(line):
            return cells
        place += 1


def split_table(lines: list[str], delimiter: str) -> list[list[str]]:
    """The cells of many lines, with the blanks around them."""
    return [split_cells(line, delimiter) for line in lines]


def is_number(cell: str) -> bool:
    """Whether a cell is a finite number as instruments write it (1.2, -3e+005, .5)."""
    return len(cell) <= _LONGEST and _NUMBER.match(cell) is not None


def is_decimal_comma(cell: str) -> bool:
    """Whether a cell is a number with a decimal comma (1,5)."""
    return len(cell) <= _LONGEST and _DECIMAL_COMMA.match(cell) is not None


def is_status(cell: str) -> bool:
    """Whether a cell is a word that instruments write where a number belongs."""
    return cell.casefold() in _STATUS


def number(cell: str) -> float:
    """A cell -> float; NaN where it is none."""
    if is_number(cell):
        return float(cell.replace("d", "e").replace("D", "e"))
    return float(cell) if cell.lower().lstrip("+-") in ("inf", "infinity") else float("nan")


def numbers(cells: Sequence[str]) -> tuple[np.ndarray, dict[int, str]]:
    """A column of cells -> (floats, {row: text} of the cells that hold text). Empty cells are NaN."""
    try:
        values = np.fromiter(map(float, cells), float, len(cells))
        # float() also takes nan and 1_000, which are no readings
        if np.isfinite(values).all() and not any("_" in cell for cell in cells):
            return values, {}
    except ValueError:
        pass
    values, text = np.full(len(cells), np.nan), {}
    for row, cell in enumerate(cells):
        cell = cell.strip()
        if not cell:
            continue
        values[row] = number(cell)
        if np.isnan(values[row]):
            text[row] = cell
    return values, text


def guess_delimiter(line: str) -> str:
    """The delimiter of a line of titles: tab, semicolon, comma, else blanks."""
    bare = _IN_QUOTES.sub("", line) if '"' in line else line
    for delimiter in ("\t", ";", ","):
        if delimiter in bare:
            return delimiter
    return WHITESPACE


def split_title(title: str) -> tuple[str, str | None]:
    """A column title -> (name, unit as written or None).

    ``Magnetic Field (Oe)``, ``field [mT]``, ``Current / A``, ``V1  -sample/ uV``. What follows a slash is a unit only if
    it parses. ``Voltage (V) (2)``, a title that comes for the second time, is split as the first.
    """
    title = " ".join(title.strip().strip('"').split())
    if (again := _AGAIN.match(title)) and (first := split_title(again[1]))[1] is not None:  # as unique() writes it
        return first
    for opening, closing in ("[]", "()"):
        if title.endswith(closing):
            start = _opening(title, opening, closing)
            if start > 0:
                return title[:start].strip(), title[start + 1:-1].strip()
    name, slash, unit = title.partition("/")
    if slash and name.strip() and unit.strip() and readable_unit(unit):
        return name.strip(), unit.strip()
    return title, None


def _opening(title: str, opening: str, closing: str) -> int:
    depth = 0
    for place in range(len(title) - 1, -1, -1):
        depth += (title[place] == closing) - (title[place] == opening)
        if depth == 0:
            return place
    return -1


def readable_unit(unit: str) -> bool:
    """Whether :func:`fitkit.units.parse_unit` knows the unit."""
    if len(unit) > _LONGEST:
        return False
    try:
        parse_unit(unit)
    except FitkitError:
        return False
    return True


def vendor_quantity(name: str) -> str | None:
    """The quantity that an instrument's column name means, or None."""
    lower = name.lower()
    return SYMBOLS.get(name.strip()) or VENDOR.get(lower) or VENDOR.get(lower.replace("_", " "))


def quantity(name: str) -> str | None:
    """The quantity that a person's column name means: a name of the nomenclature (also with ``_err``) or a vendor's."""
    base, error = (name[:-4], "_err") if name.endswith("_err") else (name, "")
    if base in QUANTITIES:
        return base + error
    if len(base) > 2 and base.lower() in QUANTITIES:
        return base.lower() + error
    found = vendor_quantity(base)
    return found + error if found else None


def unique(titles: list[str]) -> list[str]:
    """Titles made different: the second ``Voltage`` becomes ``Voltage (2)``, one without text ``column 5`` (counted from 1)."""
    seen: dict[str, int] = {}
    result = []
    for place, title in enumerate(titles, 1):
        title = title.strip().strip('"').strip() or f"column {place}"
        seen[title] = seen.get(title, 0) + 1
        result.append(title if seen[title] == 1 else f"{title} ({seen[title]})")
    return result
