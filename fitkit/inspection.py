"""look(): what is in a file, what could be fitted and what is missing for it."""

from __future__ import annotations

import html
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .data import Dataset
from .errors import FitkitError
from .measured import Measured
from .model import get_model, models
from .names import QUANTITIES
from .segments import Segment, groups, segments
from .units import parse_unit

MOST_SEGMENTS = 24
MOST_NOTES = 8
MOST_VALUES = 8
STEPPED = ("temperature", "gate", "angle")
FEWEST_ROWS = 8    # a hold of fewer rows holds no relaxation

# column that a law wants -> ways to make it: (columns needed, metadata needed, step)
MADE_FROM = {
    "delta_conductance": (
        (("sheet_conductance", "field"), (), "fk.magnetoconductance(data)"),
        (("sheet_resistance", "field"), (), "fk.magnetoconductance(data)"),
        (("resistance", "field"), ("length", "width"), "fk.magnetoconductance(data)"),
    ),
    "electric_field": ((("voltage",), ("tap_distance",), "fk.electric_field(data)"),),
}
# metadata without which the answer of a law stays incomplete
WANTED_META = {"time": ("temperature",), "current": ("tap_distance",)}


@dataclass(frozen=True)
class Possibility:
    """Laws that the data could be fitted with.

    Parameters
    ----------
    laws
        Their names.
    x, y
        The columns that they bind.
    steps
        Lines of Python before the fit.
    missing
        What is missing, each with what to type.
    """

    laws: tuple[str, ...]
    x: str
    y: str
    steps: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inspection:
    """What `look` found; ``str()`` is the text for people, ``to_dict()`` what JSON holds."""

    data: Dataset
    segments: tuple[Segment, ...]
    possibilities: tuple[Possibility, ...] = field(default=())
    plateaus: Mapping[str, list] = field(default_factory=dict)

    def __str__(self) -> str:
        blocks = [self._title(), self._columns(), self._choices(), self._others(), self._segments(), self._plateaus(), self._metadata(), self._name(), self._notes(), self._fits()]
        return "\n".join(block for block in blocks if block)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def to_dict(self) -> dict[str, Any]:
        """Plain values: name, source, rows, columns, choices, segments, metadata, notes, possibilities."""
        data = self.data
        return {
            "name": data.name, "rows": len(data), "source": None if data.source is None else vars(data.source).copy(),
            "columns": {name: {"unit": data.units[name], "title": _titles(data).get(name), "numbers": int(np.isfinite(data[name]).sum()),
                               "range": _range(data.values(name))} for name in data.columns},
            "choices": {name: list(titles) for name, titles in data.choices.items()},
            "other columns": list(_other_columns(data)),
            "segments": [{"kind": one.kind, "start": one.start, "stop": one.stop, "moving": one.moving, "direction": one.direction, "values": dict(one.values),
                          "span": list(one.span) if one.span else None, "duration": one.duration, "rate": one.rate,
                          "drift": {name: list(ends) for name, ends in one.drift.items()}} for one in self.segments],
            "plateaus": {name: [{"value": float(value), "rows": len(rows)} for value, rows in values] for name, values in self.plateaus.items()},
            "metadata": {name: str(value) for name, value in data.meta.items()},
            "origins": {name: _origin(value) for name, value in data.meta.items()},
            "file name": list(_name_against(data)),
            "notes": [{"line": note.line, "row": note.row, "text": note.text} for note in data.notes],
            "possibilities": [{"laws": list(one.laws), "x": one.x, "y": one.y, "steps": list(one.steps), "missing": list(one.missing)}
                              for one in self.possibilities],
        }

    def _title(self) -> str:
        source = self.data.source
        origin = f"   read as {source.loader}, {source.size} bytes, sha256 {source.sha256[:12]}{', ' + source.version if source.version else ''}" if source else ""
        return f"{source.path if source else self.data.name}   {len(self.data)} rows{origin}"

    def _columns(self) -> str:
        data, titles = self.data, _titles(self.data)
        rows = []
        for name in data.columns:
            values = data.values(name)
            span, missing = _range(values), int((~np.isfinite(values)).sum())
            text = f"{_short(span[0])} to {_short(span[1])}" if span else "no numbers"
            if missing and span:
                text += f", {missing} missing"
            rows.append((name, data.units[name], text, f"'{titles[name]}'" if titles.get(name, name) != name else ""))
        return _block("columns", rows) or "columns\n  none has the name of a quantity"

    def _choices(self) -> str:
        where = self.data.source.path if self.data.source else self.data.name
        lines = []
        for name, titles in self.data.choices.items():
            lines.append(f"  {name}: {', '.join(repr(title) for title in titles)}\n"
                         f"    fk.load({where!r}, column={{{name!r}: {titles[0]!r}}})   or   --column {name}='{titles[0]}'")
        return "choose a column\n" + "\n".join(lines) if lines else ""

    def _others(self) -> str:
        others = _other_columns(self.data)
        if not others:
            return ""
        return _block(f"other columns with numbers ({len(others)})", [(title, text) for title, text in others.items()])

    def _segments(self) -> str:
        if not self.segments:
            return ""
        units = self.data.units
        rows: list[tuple[str, ...]] = []
        relaxations = [number for number, one in enumerate(self.segments) if one.kind == "hold" and len(one) >= FEWEST_ROWS]
        which = {number: f"which={index}" for index, number in enumerate(relaxations)} if "time" in self.data and len(relaxations) > 1 else {}
        for number, one in enumerate(self.segments[:MOST_SEGMENTS]):
            resting = ", ".join(f"{name} {_in_unit(value, units[name])}" for name, value in one.values.items())
            moving = ""
            if one.moving and one.span:
                unit = parse_unit(units[one.moving])
                first, last = (_short(unit.from_si(value)) for value in one.span)
                moving = f"{one.moving} {first} to {last} {unit.symbol}".rstrip()
            elif one.kind == "ramp":
                moving = "several move"
            duration = "" if one.duration is None else f"{_short(one.duration)} s"
            drift = ", ".join(f"{name} drifts {_in_unit(first, units[name])} to {_in_unit(last, units[name])}" for name, (first, last) in one.drift.items())
            rows.append((str(number), one.kind, f"rows {one.start} to {one.stop - 1}", duration, "; ".join(filter(None, (moving, resting, drift, self._before(number), which.get(number, ""))))))
        if len(self.segments) > MOST_SEGMENTS:
            rows.append(("...", f"and {len(self.segments) - MOST_SEGMENTS} more"))
        return _block("segments", rows)

    def _before(self, number: int) -> str:
        """How fast the quantity moved that came to rest in a hold."""
        one, before = self.segments[number], self.segments[number - 1] if number else None
        if one.kind != "hold" or before is None or before.moving is None or before.span is None:
            return ""
        unit = parse_unit(self.data.units[before.moving])
        first, last = (_short(unit.from_si(value)) for value in before.span)
        rate = f" at {before.rate / unit.factor:.3g} {unit.symbol}/s" if before.rate else ""
        return f"after {before.moving} {first} to {last} {unit.symbol}{rate}"

    def _plateaus(self) -> str:
        """The values between which a driven quantity steps, or that are visited in turn."""
        rows = []
        for name, values in self.plateaus.items():
            unit = self.data.units[name]
            numbers = [_in_unit(value, unit) for value, _ in values]
            listed = ", ".join(numbers) if len(numbers) <= MOST_VALUES else f"{', '.join(numbers[:3])}, ... {numbers[-1]}"
            counts = sorted({len(rows) for _, rows in values})
            each = f"{counts[0]} rows each" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} rows each"
            rows.append((name, f"{len(values)} values: {listed}", each))
        return _block("plateaus", rows)

    def _metadata(self) -> str:
        origins = {"file": "from the header", "file name": "from the file name", "user": "given", "column": "from its column"}
        rows = [(name, str(value), origins.get(_origin(value), "")) for name, value in self.data.meta.items()]
        if any(name.endswith(" (file)") or name.endswith(" (file name)") for name in self.data.meta):
            rows.append(("", "two values: given > file name > column > header", ""))
        return _block("metadata", rows)

    def _name(self) -> str:
        lines = _name_against(self.data)
        return "the file name says otherwise, you decide\n" + "\n".join(f"  {line}" for line in lines) if lines else ""

    def _notes(self) -> str:
        notes = self.data.notes
        lines = [f"  {note.text}" if note.line is None or f"line {note.line}" in note.text else f"  line {note.line}: {note.text}" for note in notes[:MOST_NOTES]]
        if len(notes) > MOST_NOTES:
            lines.append(f"  and {len(notes) - MOST_NOTES} more: data.notes")
        return "notes\n" + "\n".join(lines) if lines else ""

    def _fits(self) -> str:
        if not self.possibilities:
            return "could be fitted\n  nothing: no law finds its columns. A column can be named: column={'QUANTITY': 'TITLE'}"
        lines = []
        for one in self.possibilities:
            lines.append(f"  {one.y} over {one.x}: {', '.join(one.laws)}")
            lines += [f"    {step}" for step in one.steps]
            lines += [f"    missing: {text}" for text in one.missing]
        return "could be fitted\n" + "\n".join(lines)


def look(data) -> Inspection:
    """Columns, units, segments, metadata; what could be fitted and what is missing.

    Parameters
    ----------
    data
        A Dataset, or the path of a file.

    Raises
    ------
    FitkitError
        The file cannot be loaded.
    """
    if isinstance(data, (str, os.PathLike)):
        from .loading import load

        data = load(data)
    if not isinstance(data, Dataset):
        raise FitkitError(f"fk.look wants a Dataset or the path of a file, found {type(data).__name__}")
    found = tuple(segments(data))
    cooled = sum(len(one) for one in found if one.kind == "sweep" and one.moving == "temperature") > 0.5 * len(data)
    stepped = (*STEPPED, "field") if cooled else STEPPED
    steps = {name: values for name in stepped if name in data and len(data) and len(values := groups(data, name)) > 1}
    return Inspection(data, found, _possibilities(data, found, steps), steps)


# -- what could be fitted ---------------------------------------------------------------------------------------------
def _possibilities(data: Dataset, found: tuple[Segment, ...], steps: Mapping[str, list]) -> tuple[Possibility, ...]:
    kinds: dict[tuple, list[str]] = {}
    for name in models():
        law = get_model(name)
        kinds.setdefault((tuple(column.name for column in law.columns_x), tuple(choice for choice, _ in law.y.choices)), []).append(name)
    if len(data) == 0:
        return ()
    possible = []
    for (xs, ys), laws in kinds.items():
        if all(x in data for x in xs):
            one = _possibility(data, found, steps, xs, ys, laws)
            if one is not None:
                possible.append(one)
    return tuple(possible)


def _possibility(data: Dataset, found: tuple[Segment, ...], plateaus: Mapping[str, list], xs: tuple[str, ...], ys: tuple[str, ...],
                 laws: list[str]) -> Possibility | None:
    steps: list[str] = []
    missing: list[str] = []
    y = next((name for name in ys if name in data), None) or next((name for name in ys if name in data.choices), None)
    if y is None:
        for wanted in ys:
            for columns, meta, line in MADE_FROM.get(wanted, ()):
                if all(column in data or column in data.choices for column in columns):
                    y = wanted
                    missing += [f"{column}: choose its column" for column in columns if column not in data]
                    missing += [_give(name) for name in meta if name not in data.meta]
                    steps.append(line)
                    break
            if y:
                break
    elif y not in data:
        missing.append(f"{y}: choose its column")
    if y is None:
        return None
    if xs == ("time", "temperature") and len({round(one.values["temperature"], 1) for one in found if one.kind == "hold" and "temperature" in one.values}) < 3:
        return None
    if "time" in xs and not _relaxation(data, found, steps, missing):
        return None
    if xs == ("time", "temperature"):
        steps[:] = ["data = fk.join_runs(fk.split_holds(data))"]
    if "field" in xs:
        in_turn = "field" not in plateaus and any(np.ptp(data["field"][rows]) > 0 for values in plateaus.values() for _, rows in values)
        if not in_turn and not any(one.moving == "field" for one in found):
            return None
        if plateaus:
            steps.insert(0, "pieces = fk.split_sweeps(data), then for each piece:")
    if "current" in xs and not any(one.moving == "current" for one in found) and not np.ptp(data["current"]) > 0:
        return None
    for name in WANTED_META.get(xs[0], ()):
        if name not in data.meta and name not in data and not (name == "tap_distance" and y == "electric_field"):
            missing.append(_give(name))
    return Possibility(tuple(laws), " and ".join(xs), y, tuple(steps), tuple(dict.fromkeys(missing)))


def _relaxation(data: Dataset, found: tuple[Segment, ...], steps: list[str], missing: list[str]) -> bool:
    """Whether there is a hold to fit; adds the step that cuts it out."""
    holds = [one for one in found if one.kind == "hold" and len(one) >= FEWEST_ROWS]
    if not holds:
        return False
    if "field" in data or "temperature" in data:
        which = "" if len(holds) == 1 else ", which=0"
        steps.append(f"data = fk.relaxation_segment(data{which})" + (f"   ({len(holds)} holds: 0 to {len(holds) - 1})   or all of them: runs = fk.split_holds(data)" if which else ""))
    return True


def _give(name: str) -> str:
    example = f"4 {QUANTITIES[name][1]}"
    return f"{name} ({QUANTITIES[name][2]}): {name}=\"{example}\"   or   --set {name}={example.replace(' ', '')}"


# -- the name of the file -----------------------------------------------------------------------------------------------
_IN_NAME = re.compile(r"(?<![A-Za-z0-9.])(-?\d+(?:(?:\.|p|point)\d+)?)\s?(mK|K|mT|kOe|Oe|T|deg|mV|V)(?![A-Za-z0-9])")
_OF_UNIT = {"K": ("temperature",), "T": ("applied_field", "field"), "rad": ("angle",), "V": ("gate",)}


def _name_against(data: Dataset) -> tuple[str, ...]:
    """Numbers with a unit in the name of the file that the header contradicts, each with what to type."""
    if data.source is None:
        return ()
    found = []
    for match in _IN_NAME.finditer(Path(data.source.path).stem.replace("_", " ")):
        number, unit = float(re.sub("point|p", ".", match[1])), parse_unit(match[2])
        names = next((names for si, names in _OF_UNIT.items() if parse_unit(si).dimension == unit.dimension and (si == "rad") == (match[2] == "deg")), ())
        for name in names:
            said = data.meta.get(name)
            if isinstance(said, Measured) and said.origin == "file" and not math.isclose(said.si, unit.to_si(number), rel_tol=1e-2, abs_tol=1e-9):
                found.append(f"{name}: header {said}, name {match[0]}. As in the name: {name}=\"{number:g} {match[2]}\"   or   --set {name}={number:g}{match[2]}")
    return tuple(dict.fromkeys(found))


# -- text -------------------------------------------------------------------------------------------------------------
def _titles(data: Dataset) -> Mapping[str, str]:
    """Quantity -> title in the file."""
    return data.history[0].found.get("columns", {}) if data.history else {}


def _other_columns(data: Dataset) -> dict[str, str]:
    """Columns of the file that no quantity came from and that hold numbers: title -> range, or the one value."""
    used = set(_titles(data).values())
    others = {}
    for title, (values, _) in data.vendor.items():
        span = _range(values)
        if title not in used and span:
            others[title] = _short(span[0]) if span[0] == span[1] else f"{_short(span[0])} to {_short(span[1])}"
    return others


def _range(values) -> list[float] | None:
    finite = values[np.isfinite(values)]
    return [float(finite.min()), float(finite.max())] if len(finite) else None


def _origin(value) -> str:
    return value.origin if isinstance(value, Measured) else ""


def _short(value: float) -> str:
    return f"{value:.10g}" if abs(value) >= 1e6 else f"{value:.6g}"


def _in_unit(value: float, unit: str) -> str:
    return f"{parse_unit(unit).from_si(value):.5g} {unit}".strip()


def _block(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    widths = [max(len(row[place]) for row in rows if len(row) > place) for place in range(max(map(len, rows)))]
    return title + "\n" + "\n".join("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
