"""What the lines above the numbers say: settings with their units, and the name of the sample."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..data import read_meta
from ..errors import FitkitError
from ..measured import Measured
from ..names import HEADER_KEYS, HEADER_SETTINGS
from .text import split_title

# name (unit) <tab> number,  name / unit = number,  name: number unit
_SETTING = re.compile(r"[#;\s]*(?P<name>[A-Za-z][^=:\t]*?)\s*(?:=|:|\t)\s*(?P<value>[-+\d.][^;\t]*?)\s*$")
_LONGEST_LINE, _LONGEST_SETTING = 2000, 200
_TEXT = re.compile(r"[#;\s]*(?P<name>[A-Za-z][^=:\t]*?)\s*(?:=|:|\t)\s*(?P<value>\S.*?)\s*$")


def header_settings(lines: Iterable[str]) -> dict[str, Measured | str]:
    """Temperature, field, angle, gate and the sample's name, where a line says them with a unit.

    Sizes and masses are left alone: such headers hold placeholders as often as measured numbers.
    """
    found: dict[str, Measured | str] = {}
    for line in lines:
        for piece in _pieces(line):
            setting = _setting(piece)
            if setting is not None:
                found.setdefault(*setting)
    return found


def _pieces(line: str) -> list[str]:
    """The line, or the parts of a long one; what is longer than a setting can be is none."""
    pieces = [line] if len(line) < 80 else re.split(r"[;,]", line[:_LONGEST_LINE])
    return [piece.strip() for piece in pieces if len(piece) <= _LONGEST_SETTING]


def _setting(text: str) -> tuple[str, Measured | str] | None:
    match = _SETTING.match(text)
    if match is None:
        match = _TEXT.match(text)
        if match and HEADER_KEYS.get(match["name"].lower()) == "sample":
            return "sample", match["value"].strip("\"'")
        return None
    # the last word before the value: "Sonstiges:Temperature: 77.5 K"
    name, unit = split_title(match["name"].strip())
    key = HEADER_KEYS.get(name.lower())
    if key == "sample":
        return "sample", match["value"].strip("\"'")
    if key not in HEADER_SETTINGS:
        return None
    value = match["value"] if unit is None else f"{match['value']} {unit.rstrip('.')}"
    try:
        return key, read_meta(key, value, "file")
    except FitkitError:
        return None
