"""Dataset: named columns in SI, metadata with origin, notes, and the history of what was done to them."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

import numpy as np

from .constants import k_B, mu0
from .errors import FitkitError
from .measured import Measured, read_measured
from .names import POSITIVE, QUANTITIES
from .units import parse_unit, same_dimension

# what to type when a column is missing
_MADE_BY = {
    "delta_conductance": "fk.magnetoconductance(data), from resistance and field with length and width",
    "delta_conductivity": "fk.delta_conductivity(data), from delta_conductance with thickness",
    "sheet_resistance": "fk.van_der_pauw(data, second) from two resistances, or fk.absolute_resistance(data, '600 ohm/sq') from relative_resistance",
    "sheet_conductance": "fk.sheet_conductance(data), from resistance with length and width",
    "electric_field": "fk.electric_field(data), from voltage with tap_distance",
    "magnetization": "fk.magnetization(data), from moment with volume",
    "mass_magnetization": "fk.magnetization(data), from moment with mass",
    "direction": "fk.split_sweeps(data)",
    "ln_tau": "fk.log_relaxation_time(data), from tau",
    "current_density": "fk.bean_current_density(data, shape='rectangle'), from a loop or a decay of the magnetization",
}

# a plausible number for the example in a message, where 4 of the unit is none
_EXAMPLES = {"width": 2, "tap_distance": 1, "temperature": 4.2, "thickness": 300, "height": 1, "volume": 1}
_SIZES = ("length", "width", "thickness", "height", "diameter", "inner_diameter")


@dataclass(frozen=True)
class Note:
    """Something a file says beside its numbers: ``line`` of the file, ``row`` of the dataset or None, ``text``."""

    line: int | None
    row: int | None
    text: str


@dataclass(frozen=True)
class Source:
    """Where the data come from: the file with its size [bytes] and hash, the loader, and the versions of what read it."""

    path: str
    size: int = 0
    sha256: str = ""
    loader: str = ""
    version: str = ""


@dataclass(frozen=True)
class StepRecord:
    """One step of the history: its name, JSON-able arguments, what it found, and the parents it took besides the data."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)
    parents: tuple[Mapping[str, Any], ...] = ()

    def line(self) -> str:
        """The line of Python that repeats the step; another dataset among its arguments stands there under its name."""
        given = {key: value for key, value in self.arguments.items() if value is not None}
        words: list[str] = []
        if self.name == "load":
            words.append(repr(given.pop("path", "")))
            meta = given.pop("meta", {})
            plain = {key: value for key, value in meta.items() if key.isidentifier() and not iskeyword(key) and key not in _OF_LOAD}
            given = {key: _pairs_as_tuples(value) for key, value in given.items()} | plain
            if len(plain) < len(meta):
                given["meta"] = {key: value for key, value in meta.items() if key not in plain}
        elif self.name not in ("dataset", "series"):
            words.append("data")
        # the record of fk.dataset holds its columns as Python: (..., 'mT')
        words += [f"{key}={value if self.name == 'dataset' else _written(value)}" for key, value in given.items()]
        return f"{'result' if self.name == 'series' else 'fk'}.{self.name}({', '.join(words)})"


# arguments of fk.load: metadata of these names are given as meta={...}
_OF_LOAD = frozenset({"path", "format", "column", "columns", "array", "axes", "transpose", "errors", "part", "name", "name_pattern", "meta", "paths", "skip", "progress"})


def _written(value) -> str:
    """A recorded argument as Python."""
    if isinstance(value, Mapping) and set(value) == {"dataset"}:
        return re.sub(r"\W", "_", value["dataset"])
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return f"[{', '.join(map(_written, value))}]"
    return repr(value)


def _pairs_as_tuples(value):
    """JSON knows no tuples: what load takes as (title, unit) was recorded as a list."""
    if isinstance(value, Mapping):
        return {key: _pairs_as_tuples(one) for key, one in value.items()}
    return tuple(value) if isinstance(value, (list, tuple)) else value


def unmasked(values):
    """A masked array with NaN where it is masked; anything else as it is."""
    return values.astype(float).filled(np.nan) if np.ma.isMaskedArray(values) and values.dtype.kind in "fiub" else values


def _frozen(array) -> np.ndarray:
    if isinstance(array, np.ndarray) and array.dtype == np.float64 and array.base is None and not array.flags.writeable and type(array) is np.ndarray:
        return array  # made here before: nobody can write into it
    array = np.array(unmasked(array), dtype=float)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Dataset:
    """Columns of one measurement in SI with everything that is known about them.

    Parameters
    ----------
    name
        Short name, unique within one fit.
    columns
        Quantity name -> array [SI], all of one length, read-only. ``<name>_err`` is the standard deviation of ``<name>``.
    units
        Quantity name -> the unit people read.
    meta
        Metadata name -> Measured or text, each with its origin.
    vendor
        Title in the file -> (raw numbers, unit as written).
    choices
        Quantity -> titles in the file that could be it, where the user has to choose.
    covariance
        Quantity -> covariance matrix [SI] of its values, where they come from one joint fit.
    """

    name: str
    columns: Mapping[str, np.ndarray]
    units: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)  # Measured or text; whoever asks for a name knows which
    notes: tuple[Note, ...] = ()
    source: Source | None = None
    history: tuple[StepRecord, ...] = ()
    vendor: Mapping[str, tuple[np.ndarray, str]] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    covariance: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        columns = {name: _frozen(values) for name, values in self.columns.items()}
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            raise FitkitError(f"{self.name}: columns of different length: {lengths}")
        freeze = object.__setattr__
        freeze(self, "columns", MappingProxyType(columns))
        freeze(self, "units", MappingProxyType({name: self.units.get(name, _display_unit(name)) for name in columns}))
        for key in ("meta", "vendor", "choices", "covariance"):
            freeze(self, key, MappingProxyType(dict(getattr(self, key))))

    def __getstate__(self):
        state = dict(self.__dict__)
        for key in ("columns", "units", "meta", "vendor", "choices", "covariance"):
            state[key] = dict(state[key])
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__post_init__()

    # -- looking ------------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        """Number of rows."""
        for values in self.columns.values():
            return len(values)
        for values, _ in self.vendor.values():
            return len(values)
        return 0

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> np.ndarray:
        """A quantity in SI, or a column of the file by its title with its raw numbers."""
        if name in self.columns:
            return self.columns[name]
        if name in self.vendor:
            return self.vendor[name][0]
        raise FitkitError(self.missing(name))

    def missing(self, name: str, made_by: str = "") -> str:
        """The message for a column that is not there: the choices, the columns present, ``made_by`` or the step that makes it."""
        where = self.source.path if self.source else self.name
        if name in self.choices:
            titles = self.choices[name]
            return (f"{where}: {len(titles)} columns could be '{name}': {', '.join(titles)}.\n"
                    f"    choose: fk.load({where!r}, column={{{name!r}: {titles[0]!r}}})   or   --column {name}='{titles[0]}'")
        text = f"{where}: no column '{name}'. Columns: {', '.join(self.columns) or 'none'}."
        if made_by or name in _MADE_BY:
            text += f"\n    make it: {made_by or _MADE_BY[name]}"
        elif self.vendor and not self.columns:
            text += f"\n    titles in the file: {', '.join(self.vendor)}; name it: column={{{name!r}: 'TITLE'}}"
        return text

    def values(self, name: str, unit: str | None = None) -> np.ndarray:
        """A quantity in ``unit`` (default: the unit people read)."""
        return parse_unit(unit or self.units[name]).from_si(self[name])

    def si(self, name: str) -> float:
        """A metadata number in SI.

        Raises
        ------
        FitkitError
            It is not there; the text says how to give it.
        """
        value = self.meta.get(name)
        if value is None and name in self.columns:
            return float(np.mean(self.columns[name]))
        if not isinstance(value, Measured):
            raise FitkitError(self.missing_meta((name,)))
        return value.si

    def missing_meta(self, names: Sequence[str], purpose: str = "") -> str:
        """The message for metadata that are not there: what for, and how to give them."""
        where = self.source.path if self.source else self.name
        example = {name: f"{_EXAMPLES.get(name, 4)} {QUANTITIES[name][1]}" if name in QUANTITIES else "..." for name in names}
        listed = " and ".join(f"'{name}'" for name in names)
        keywords = ", ".join(f'{name}="{text}"' for name, text in example.items())
        flags = " ".join(f"--set {name}={text.replace(' ', '')}" for name, text in example.items())
        if self.source:
            ways = f"fk.load({where!r}, {keywords})   or   {flags}"
        else:
            ways = f"data.with_meta({keywords})   or, of fk.dataset and fk.fit_many,   meta={{{', '.join(f'{json.dumps(name)}: {json.dumps(text)}' for name, text in example.items())}}}"
        return f"{where}: no {listed}{': ' + purpose if purpose else ''}.\n    give it: {ways}"

    def describe(self) -> str:
        """Text with columns, ranges, metadata and notes."""
        lines = [f"{self.name}: {len(self)} rows"]
        for name, values in self.columns.items():
            unit = parse_unit(self.units[name])
            finite = values[np.isfinite(values)]
            span = f"{unit.from_si(finite.min()):.6g} to {unit.from_si(finite.max()):.6g}" if len(finite) else "no numbers"
            lines.append(f"  {name} [{unit.symbol}]  {span}")
        lines += [f"  {name} = {value}" + (f"  ({value.origin})" if isinstance(value, Measured) and value.origin else "")
                  for name, value in self.meta.items()]
        lines += [f"  note{'' if note.line is None else f' line {note.line}'}: {note.text}" for note in self.notes[:5]]
        if len(self.notes) > 5:
            lines.append(f"  ... and {len(self.notes) - 5} more notes")
        return "\n".join(lines)

    __repr__ = describe

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.describe())}</pre>"

    def steps(self) -> str:
        """What was done, a line of Python for each step with what it found."""
        lines = []
        for record in self.history:
            lines.append(record.line())
            lines += [f"    {name}: {value}" for name, value in record.found.items()]
        return "\n".join(lines)

    def renamed(self, name: str) -> Dataset:
        """The same under another name (the datasets of one fit want different ones)."""
        return replace(self, name=name)

    def to_dataframe(self):
        """A pandas DataFrame with columns ``name (unit)`` in the units people read."""
        import pandas

        return pandas.DataFrame({f"{name} ({self.units[name]})" if self.units[name] else name: self.values(name) for name in self.columns})

    def to_csv(self, path, *, units: Mapping[str, str] | str | None = None, overwrite: bool = False):
        """Write columns and metadata as labelled CSV in full precision; see :func:`fitkit.writing.write_csv`."""
        from .writing import write_csv

        return write_csv(self, path, units=units, overwrite=overwrite)

    # -- new ones -----------------------------------------------------------------------------------------------------
    def select(self, rows) -> Dataset:
        """The rows of a boolean mask or index array, with their notes."""
        kept = np.arange(len(self))[rows]
        noted = [note for note in self.notes if note.row is not None]
        place = {int(old): new for new, old in enumerate(kept)} if noted else {}
        return replace(
            self,
            columns={name: values[kept] for name, values in self.columns.items()},
            vendor={name: (values[kept], unit) for name, (values, unit) in self.vendor.items()},
            covariance={name: matrix[np.ix_(kept, kept)] for name, matrix in self.covariance.items()},
            notes=tuple(replace(note, row=place[note.row]) if note.row is not None else note
                        for note in self.notes if note.row is None or note.row in place))

    def with_columns(self, columns: Mapping[str, Any], units: Mapping[str, str] | None = None) -> Dataset:
        """With columns [SI] added or replaced."""
        return replace(self, columns={**self.columns, **columns}, units={**self.units, **(units or {})})

    def with_meta(self, origin: str = "user", /, **values) -> Dataset:
        """With metadata added; a value of the file that differs stays as ``<name> (file)``."""
        meta = dict(self.meta)
        for name, value in values.items():
            name = setting_of(name)
            new = read_meta(name, value, origin)
            old = meta.get(name)
            if isinstance(old, Measured) and isinstance(new, Measured) and old.origin != new.origin \
                    and not math.isclose(old.si, new.si, rel_tol=1e-9):
                meta[f"{name} ({old.origin})"] = old
            meta[name] = new
        return replace(self, meta=meta)

    def recorded(self, record: StepRecord) -> Dataset:
        """With one more step in the history."""
        return replace(self, history=(*self.history, record))


def _display_unit(name: str) -> str:
    base = name.removesuffix("_err")
    return QUANTITIES[base][1] if base in QUANTITIES else ""


def setting_of(name: str) -> str:
    """The name of a quantity that stays constant: a field that is one number is the applied field."""
    return "applied_field" if name == "field" else name


def read_meta(name: str, value, origin: str = "user") -> Measured | str:
    """Metadata from what a person gives: known quantities must fit their unit, others keep theirs, the rest is text.

    Raises
    ------
    FitkitError
        A bare number for a quantity with a dimension, or a unit that does not fit.
    """
    if isinstance(value, Measured):
        return value
    known = QUANTITIES.get(name)
    if known is None:
        try:
            return read_measured(value, "", name, origin)
        except FitkitError:
            pass
        if isinstance(value, str):
            try:
                from .units import parse_quantity

                number, unit = parse_quantity(value)
                return Measured(number, None, unit, origin)
            except FitkitError:
                return value
        return str(value)
    unit = known[0]
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and parse_unit(unit).dimension != parse_unit("").dimension:
        raise FitkitError(f"{name} = {value} has no unit: write {_with_unit(name, value)}")
    if unit == "T" and isinstance(value, str) and value.strip().endswith("A/m"):
        measured = read_measured(value, "A/m", name, origin)
        return Measured(measured.value * mu0, None, "T", origin)
    if isinstance(value, str) and parse_unit(unit).dimension != parse_unit("").dimension and _is_number(value):
        raise FitkitError(f"{name} = {value!r} has no unit: write {_with_unit(name, value.strip())}")
    measured = read_measured(value, unit, name, origin)
    if name in POSITIVE and not measured.si > 0:
        raise FitkitError(f"{name} = {value}: wanted a number above 0")
    return measured


def _with_unit(name: str, number) -> str:
    """What to type for a bare number; a size of the sample may be that of a film or of a crystal."""
    if name in _SIZES:
        return f"{name}='{number} mm' (or um, nm, as it is meant)"
    return f"{name}='{number} {QUANTITIES[name][1]}'"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def column_to_si(name: str, values, unit: str, where: str) -> tuple[np.ndarray, str, str]:
    """A column as given -> (SI array, unit people read, remark for the history or '').

    Raises
    ------
    FitkitError
        The unit is unknown or does not fit the quantity; the values are no one-dimensional real numbers.
    """
    try:
        array = np.asarray(unmasked(values))
        if array.dtype == object or array.dtype.kind not in "fiub":
            raise ValueError
        array = array.astype(float)
    except (ValueError, TypeError):
        raise FitkitError(f"{where}: column '{name}' wants real numbers, found {type(values).__name__} with {np.asarray(values).dtype}") from None
    if array.ndim != 1:
        raise FitkitError(f"{where}: column '{name}' wants one dimension, found shape {array.shape}. "
                          "For a map give the axes: axes={'gate': (start, step, 'V'), 'field': (B, 'mT')}")
    base = name.removesuffix("_err")
    parsed = parse_unit(unit)
    if base not in QUANTITIES:
        return parsed.to_si(array), unit, ""
    wanted = QUANTITIES[base][0]
    if base == "field" and same_dimension(unit, "A/m"):
        return parsed.to_si(array) * mu0, "mT", f"{name} given in {unit}: taken as mu0 H"
    if same_dimension(wanted, "J") and same_dimension(unit, "K"):
        return parsed.to_si(array) * k_B, "meV", f"{name} given in {unit}: an energy over k_B, 1 K = 0.08617 meV"
    if not same_dimension(unit, wanted):
        if not unit:
            raise FitkitError(f"{where}: column '{name}' has no unit. Wanted a unit of '{wanted}', "
                              f"for example {name}=(values, \"{QUANTITIES[base][1]}\") or a header '{name} [{QUANTITIES[base][1]}]'")
        other = kindred(name, unit)
        raise FitkitError(f"{where}: column '{name}' wants a unit like '{wanted}', found '{unit}'" + (f", which is one of '{other}': call it so" if other else ""))
    if base == "field" and "Oe" in unit:
        return parsed.to_si(array), "T", f"{name} given in {unit}: applied flux density, 1 Oe = 0.1 mT"
    return parsed.to_si(array), unit, ""


# one quantity per sample, per volume, per mass, per length...: the unit says which
_KINDRED = (("moment", "magnetization", "mass_magnetization", "relative_moment"), ("resistance", "sheet_resistance"), ("voltage", "electric_field"), ("current", "current_density"),
            ("sheet_conductance", "conductivity"), ("delta_conductance", "delta_conductivity"))


def kindred(name: str, unit: str) -> str:
    """Which neighbour of a quantity has that unit: the moment per mass where a moment is in emu/g; empty where none has."""
    base = name.removesuffix("_err")
    for family in _KINDRED:
        for other in family if base in family and unit else ():
            if other != base and parse_unit(unit).dimension == parse_unit(QUANTITIES[other][0]).dimension:
                return other
    return ""


def dataset(table=None, *, columns: Mapping[str, tuple[str, str]] | None = None, name: str = "data",
            meta: Mapping[str, Any] | None = None, axes: Mapping[str, tuple] | None = None, **quantities) -> Dataset:
    """A Dataset from arrays or a DataFrame.

    Parameters
    ----------
    table, columns
        A DataFrame (or mapping of arrays) and ``{quantity: (its column, unit)}``.
    name
        Name of the dataset.
    meta
        Metadata whose name collides with an argument of this function.
    axes
        Of one quantity with two dimensions, a map: ``{"gate": (-1.74, -0.02, "V"), "field": (B, "mT")}``, (start, step, unit)
        or (values, unit), that of the lines first. The dataset has one row for each point.
    **quantities
        ``field=(B, "mT")`` is a column, ``temperature="4.2 K"`` is metadata; ``delta_conductance_err=(s, "e^2/h")`` errors.

    Raises
    ------
    FitkitError
        A missing or wrong unit, columns of different length.

    Examples
    --------
    >>> fk.dataset(field=(B, "mT"), delta_conductance=(y, "e^2/h"), temperature="4.2 K")
    """
    given: dict[str, tuple[Any, str]] = {}
    metadata = dict(meta or {})
    if axes is not None:
        return _map_in_memory(name, axes, quantities, metadata)
    if table is not None:
        if not columns:
            raise FitkitError(f"{name}: say what the columns are: fk.dataset(table, columns={{'field': ('B (mT)', 'mT')}})")
        for quantity, (title, unit) in columns.items():
            try:
                values = table[title]
            except KeyError:
                raise FitkitError(f"{name}: no column '{title}' in the table. Columns: {', '.join(map(str, table))}") from None
            given[quantity] = (np.asarray(unmasked(values)), unit)
    for quantity, value in quantities.items():
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and np.ndim(value[1]) > 0:
            raise FitkitError(f"{name}: the values come first and then the unit: {quantity}=(values, {value[0]!r})")
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str) and np.ndim(value[0]) > 0:
            given[quantity] = value
        elif isinstance(value, (list, np.ndarray)) or hasattr(value, "__array__") and np.ndim(value) > 0:
            given[quantity] = (value, "")
        elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str):
            metadata[quantity] = f"{value[0]} {value[1]}"
        else:
            metadata[quantity] = value
    si, units, remarks = {}, {}, []
    for quantity, (values, unit) in given.items():
        si[quantity], units[quantity], remark = column_to_si(quantity, values, unit, name)
        remarks += [remark] if remark else []
    made = Dataset(name=name, columns=si, units=units, meta={setting_of(key): read_meta(setting_of(key), value) for key, value in metadata.items()})
    arguments = {quantity: f"(..., {unit!r})" for quantity, (_, unit) in given.items()}
    return made.recorded(StepRecord("dataset", arguments, {"remarks": remarks} if remarks else {}))


def _map_in_memory(name: str, axes: Mapping[str, tuple], quantities: Mapping[str, Any], metadata: Mapping[str, Any]) -> Dataset:
    """A map of numbers and its axes in long form; what is no map is metadata."""
    from .grid import long_form

    maps = {key: value for key, value in quantities.items() if isinstance(value, tuple) and len(value) == 2 and np.ndim(value[0]) == 2}
    if len(maps) != 1:
        raise FitkitError(f"{name}: axes= wants one quantity with two dimensions, for example resistance=(R, 'ohm'), found {', '.join(maps) or 'none'}")
    (quantity, (numbers, unit)), = maps.items()
    numbers = np.asarray(unmasked(numbers))
    if numbers.dtype.kind not in "fiub":
        raise FitkitError(f"{name}: column '{quantity}' wants real numbers, found {numbers.dtype}")
    made = long_form(numbers.astype(float), (quantity, unit), axes, name, name)
    given = {**metadata, **{key: value for key, value in quantities.items() if key not in maps}}
    record = StepRecord("dataset", {quantity: f"(..., {unit!r})", "axes": repr({key: ("...", value[-1]) for key, value in axes.items()})}, made.history[0].found)
    return replace(made, history=(record,), meta={setting_of(key): read_meta(setting_of(key), value) for key, value in given.items()})
