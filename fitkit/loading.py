"""load() and load_all(): a file becomes one Dataset. Exactly one loader must recognise it."""

from __future__ import annotations

import difflib
import glob
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .data import Dataset, Note, Source, StepRecord
from .errors import FitkitError
from .loaders import File, Loader, Options
from .loaders.choice import chosen_loader
from .loaders.text import looks_binary
from .measured import Measured, read_measured
from .names import HEADER_KEYS, QUANTITIES
from .progress import advance

_LONGEST_LINE = 32_000_000
_PLACE = re.compile(r"\{(\w+)(?::([^{}]*))?\}")

# 0point15_90deg, T4.2K_0.5T: a number with its unit between separators
_IN_NAMES = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:(?:\.|p|point)\d+)?) ?(mT|T|mK|K|deg)(?![A-Za-z0-9])")
_SETTING_OF = {"mT": "applied_field", "T": "applied_field", "mK": "temperature", "K": "temperature", "deg": "angle"}


def load(path, *, format: str | None = None, column: Mapping[str, Any] | None = None, columns: Mapping[str, Any] | None = None,
         array: tuple | None = None, axes: Mapping[str, Any] | None = None, transpose: bool = False, errors: str | None = None, part: str | None = None,
         name: str | None = None, name_pattern: str | None = None, meta: Mapping[str, Any] | None = None, **metadata) -> Dataset:
    """Load one file.

    Parameters
    ----------
    path
        The file.
    format
        Name of the loader, where the file does not say it.
    column
        Which column is a quantity: ``{"resistance": "Bridge 2 Resistance (Ohms)"}``, or ``(title, unit)`` for a title
        without unit. Rows without a number there are left out and counted.
    columns
        Columns of a plain text file with their units, by title or by number from 0:
        ``{"current": ("Current / A", "A"), "voltage": (1, "uV")}``.
    array, axes
        A map of numbers: ``array=("resistance", "ohm")``, or ``("resistance", "ohm", factor)`` where the numbers are to be
        multiplied, with the axis of the lines first: ``axes={"gate": (-1.74, -0.02, "V"), "field": (-25, 0.2, "mT")}``
        (start, step, unit) or (values, unit). One row for each point.
    transpose
        The lines of the file are the columns.
    errors
        ``"file"``: the instrument's standard deviations become ``<column>_err``.
    part
        Which table of a file that holds several: a sheet of a workbook, a group of a .tdms or HDF5 file, an array of an .npz.
    name
        Name of the dataset; default the name of the file without its ending.
    name_pattern
        What the name of the file says: ``"{sample}_{temperature:K}_{field:T}.dat"``. A number with its unit or with
        another prefix of it (300mK), written with a point, ``p`` or ``point`` (0p15T); ``{name}`` alone is text.
    meta, **metadata
        Metadata with units: ``temperature="4.2 K"``; ``meta={...}`` for a name that is an argument here.

    Notes
    -----
    Precedence of metadata: header of the file < column of the file < name of the file < what the caller gives. What was
    overruled stays as ``temperature (file)``, and :func:`fitkit.look` shows both.

    Returns
    -------
    Dataset
        With its source (size, sha256, loader) and the first line of its history.

    Raises
    ------
    FitkitError
        No such file, a folder, an empty file, a format that is not read, columns or units that are missing.
    """
    _check_arguments(column, columns, array, axes, errors, metadata)
    file = _read(path)
    options = Options(dict(column or {}), columns, array, axes, transpose, errors, part)
    loader, broken = chosen_loader(file, format, options)
    try:
        data = loader.read(file, options)
    except MemoryError:
        raise FitkitError(f"{path}: its numbers are more than the memory holds ({len(file.raw) / 1e6:.3g} MB of file). Cut the file into parts") from None
    found = dict(data.history[0].found) if data.history else {"rows": len(data)}
    given = {**(meta or {}), **metadata}
    arguments = {"path": str(path), "format": format, "column": column, "columns": columns, "array": array, "axes": axes,
                 "transpose": transpose or None, "errors": errors, "part": part, "name": name, "name_pattern": name_pattern, "meta": given or None}
    record = StepRecord("load", {key: _plain(value) for key, value in arguments.items() if value is not None}, _plain(found))
    data = replace(data, name=name or _stem(file.name), source=Source(str(path), len(file.raw), file.sha256, loader.name, _version(loader)), history=(record,),
                   notes=(*data.notes, *(Note(None, None, text) for text in broken)))
    try:
        data = _below_columns(data)
        if name_pattern:
            said = _from_name(file.name, name_pattern)
            # what has no unit is text: sample 01 is no number
            text = {key: value for key, (value, unit) in said.items() if unit is None}
            data = data.with_meta("file name", **{key: f"{value} {unit}" for key, (value, unit) in said.items() if unit is not None})
            kept = {f"{key} (file)": data.meta[key] for key in text if data.meta.get(key, text[key]) != text[key]}
            data = replace(data, meta={**data.meta, **kept, **text})
        data = data.with_meta("user", **given)
    except FitkitError as error:
        raise FitkitError(f"{file.path}: {error}") from None
    return replace(data, notes=(*data.notes, *(Note(None, None, text) for text in _stale_settings(data, file.name))))


def _stale_settings(data: Dataset, name: str) -> list[str]:
    """Where the header has another temperature, field or angle than the file name: headers are copied, and some are stale."""
    said: dict[str, list[str]] = {}
    for number, unit in _IN_NAMES.findall(name):
        said.setdefault(_SETTING_OF[unit], []).append(f"{number.replace('point', '.').replace('p', '.')} {unit}")
    found = []
    for setting, values in said.items():
        header = data.meta.get(setting)
        if not isinstance(header, Measured) or header.origin != "file" or setting in data.columns:
            continue
        sizes = [read_measured(value, header.unit, setting).si for value in values]
        if all(abs(header.si - size) > 0.02 * abs(size) + 1e-9 for size in sizes):
            found.append(f"the header says {setting} = {header}, the file name {', '.join(values)}: is the header stale? Give it: fk.load(..., {setting}=\"{values[0]}\")")
    return found


def load_all(paths, *, format: str | None = None, column: Mapping[str, Any] | None = None, columns: Mapping[str, Any] | None = None,
             array: tuple | None = None, axes: Mapping[str, Any] | None = None, transpose: bool = False, errors: str | None = None, part: str | None = None,
             name_pattern: str | None = None, meta: Mapping[str, Any] | None = None, skip: bool = False,
             progress: bool | Callable[[int, int], None] | None = None, **metadata) -> list[Dataset]:
    """Load many files in the order of the numbers in their names; one Dataset each.

    The other arguments are those of :func:`load` and hold for every file. Files of one name in different folders are named
    with their folder.

    Parameters
    ----------
    paths
        A pattern such as ``"runs/*.csv"`` or a list of files (kept in its order).
    skip
        Leave out files that cannot be loaded; what was left out is a note of every dataset.
    progress
        True counts on stderr; a function is called with (done, all) after each file.

    Raises
    ------
    FitkitError
        No file fits the pattern, or some cannot be loaded; all of them are tried, and each failure is listed with its reason.
        To go on with the others: ``skip=True``.
    """
    found = _expanded(paths)
    made: list[Dataset] = []
    failed: list[str] = []
    loaded: list[str] = []
    given = {**(meta or {}), **metadata}
    for number, path in enumerate(found, 1):
        try:
            made.append(load(path, format=format, column=column, columns=columns, array=array, axes=axes, transpose=transpose, errors=errors, part=part,
                             name_pattern=name_pattern, meta=given))
            loaded.append(path)
        except FitkitError as error:
            failed.append(str(error))
        advance(progress, number, len(found), "loaded")
    if failed and not (skip and made):
        raise FitkitError(failed[0] if len(found) == 1 else failures(failed, len(found), "skip=True"))
    said = tuple(Note(None, None, f"load_all left out a file: {text.splitlines()[0]}") for text in failed[:_MOST_FAILURES])
    return [replace(data, name=name, notes=(*data.notes, *said)) for data, name in zip(made, _unique_names(loaded))]


_MOST_FAILURES = 20


def failures(failed: list[str], count: int, way_on: str) -> str:
    """All failures of a folder, one line each; the first in full."""
    if len(failed) == 1:
        return f"1 of {count} files cannot be used; to go on without it: {way_on}\n  {failed[0]}"
    lines = [f"  {text.splitlines()[0]}" for text in failed[1:_MOST_FAILURES]]
    lines += [f"  and {len(failed) - _MOST_FAILURES} more"] if len(failed) > _MOST_FAILURES else []
    return "\n".join([f"{len(failed)} of {count} files cannot be used; to go on with the others: {way_on}", f"  {failed[0]}", *lines])


# -- finding the file -------------------------------------------------------------------------------------------------
def _read(path) -> File:
    if not isinstance(path, (str, os.PathLike)):
        raise FitkitError(f"fk.load wants the path of one file, found {type(path).__name__}. Several files: fk.load_all([...])")
    place = Path(path).expanduser()
    if place.is_dir():
        raise FitkitError(f"{path} is a folder. Its files: fk.load_all({str(Path(path) / '*.dat')!r})")
    try:
        with place.open("rb") as stream:
            _refuse_endless(path, stream)
            raw = stream.read()
    except FileNotFoundError:
        near = difflib.get_close_matches(place.name, [one.name for one in place.parent.iterdir()], 3) if place.parent.is_dir() else []
        hint = f"Did you mean {', '.join(near)}?" if near else f"Its folder {'is there' if place.parent.is_dir() else 'is not there either'}"
        raise FitkitError(f"{path}: no such file. {hint}") from None
    except MemoryError:
        raise FitkitError(f"{path}: {place.stat().st_size / 1e9:.3g} GB are more than the memory holds. Cut the file into parts") from None
    except (OSError, ValueError) as error:
        raise FitkitError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not (raw[:4096].strip() or raw.strip()):
        raise FitkitError(f"{path}: the file is empty ({len(raw)} bytes)")
    return File(str(path), place.name, raw)


def _refuse_endless(path, stream) -> None:
    """Refuse a text without an end of line in its first 32 MB before all of it is read."""
    raw = stream.read(65536)
    endless = len(raw) == 65536 and not looks_binary(raw) and not _ends(raw)
    if endless:
        raw += stream.read(_LONGEST_LINE)
    stream.seek(0)
    if endless and len(raw) > _LONGEST_LINE and not _ends(raw):
        raise FitkitError(f"{path}: the first {len(raw) / 1e6:.3g} MB are one line. A table of numbers has lines. Was it written by another program than you think?")


def _ends(raw: bytes) -> bool:
    return b"\n" in raw or b"\r" in raw


def _expanded(paths) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        text = os.path.expanduser(os.fspath(paths))
        if os.path.isfile(text):
            return [text]
        if os.path.isdir(text):
            raise FitkitError(f"{paths} is a folder. Say which of its files: fk.load_all({os.path.join(str(paths), '*.dat')!r})")
        found = sorted((one for one in glob.glob(text, recursive=True) if os.path.isfile(one)), key=_natural)
        if not found:
            raise FitkitError(f"no file fits {str(paths)!r}, looked for from {os.getcwd()}")
        return found
    if not isinstance(paths, Iterable):
        raise FitkitError(f"fk.load_all wants a pattern or a list of files, found {type(paths).__name__}")
    found = [os.fspath(one) if isinstance(one, (str, os.PathLike)) else one for one in paths]
    if not found:
        raise FitkitError("fk.load_all was given an empty list of files")
    return found


def _natural(text: str) -> list:
    """Sorts 2 K before 10 K."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text)]


def _stem(name: str) -> str:
    return Path(name).stem


def _unique_names(paths: list[str]) -> list[str]:
    """File stems; where two are alike as many folders before them as make them different, then their ending, then a number."""
    parts = [[*Path(path).parent.parts, _stem(Path(path).name)] for path in paths]
    names = [part[-1] for part in parts]
    for depth in range(2, max(map(len, parts)) + 1):
        twice = {name for name in names if names.count(name) > 1}
        names = ["/".join(part[-depth:]) if name in twice else name for name, part in zip(names, parts)]
    twice = {name for name in names if names.count(name) > 1}
    names = [name + Path(path).suffix if name in twice else name for name, path in zip(names, paths)]
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            names[place] = f"{name} ({seen[name]})"
    return names


def _version(loader: Loader) -> str:
    """Of fitkit, and of the package that read the format."""
    from . import __version__

    if not loader.package:
        return f"fitkit {__version__}"
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"fitkit {__version__}, {loader.package} {version(loader.package)}"
    except PackageNotFoundError:
        return f"fitkit {__version__}, {loader.package}"


# -- arguments --------------------------------------------------------------------------------------------------------
def _check_arguments(column, columns, array, axes, errors, metadata: Mapping[str, Any]) -> None:
    if errors not in (None, "file"):
        raise FitkitError(f"errors={errors!r}: wanted 'file' (the instrument's standard deviations) or nothing")
    if columns is not None and array is not None:
        raise FitkitError("columns= and array= exclude each other: columns of numbers, or one map with axes=")
    if axes is not None and array is None:
        raise FitkitError("axes= belongs to array=: array=('resistance', 'ohm'), axes={'gate': (start, step, 'V'), 'field': (start, step, 'mT')}")
    for label, given in (("column", column), ("columns", columns), ("axes", axes)):
        if given is not None and not isinstance(given, Mapping):
            raise FitkitError(f"{label}= wants a dict such as {{'resistance': 'Bridge 2 Resistance (Ohms)'}}, found {given!r}")
    names = ("format", "column", "columns", "array", "axes", "transpose", "errors", "part", "name", "name_pattern", "meta", "skip", "progress")
    for key, value in metadata.items():
        near = difflib.get_close_matches(key, names, 1, 0.75) or difflib.get_close_matches(key, QUANTITIES, 1, 0.85)
        if key not in QUANTITIES and (near or isinstance(value, (dict, list, set))):
            meant = f" Did you mean {near[0]}=?" if near else ""
            raise FitkitError(f"fk.load: '{key}' is no argument.{meant} Metadata are text or a quantity with its unit; one of that name: meta={{{key!r}: ...}}")


def _below_columns(data: Dataset) -> Dataset:
    """A header's constant stands back where the file has a column of the same name."""
    from_header = {name for name, value in data.meta.items() if name in data and np.isfinite(data[name]).any() and isinstance(value, Measured)}
    if not from_header:
        return data
    return replace(data, meta={f"{name} (file)" if name in from_header else name: value for name, value in data.meta.items()})


_DECIMAL = r"[-+]?\d+(?:(?:\.|p|point)\d+)?"


def _from_name(name: str, pattern: str) -> dict[str, tuple[str, str | None]]:
    """Metadata that the name of a file holds: (text, unit or None); ``field`` in a name is the constant applied field."""
    written, position = "", 0
    for match in _PLACE.finditer(pattern):
        written += re.escape(pattern[position:match.start()])
        if match[2] is None:
            written += f"(?P<{match[1]}>.+?)"
        else:
            written += f"(?P<{match[1]}>{_DECIMAL})(?P<unit_of_{match[1]}>[fpnumkMG]?{re.escape(match[2])})"
        position = match.end()
    try:
        found = re.fullmatch(written + re.escape(pattern[position:]), name)
    except re.error:
        raise FitkitError(f"name_pattern {pattern!r}: each name once, like '{{sample}}_{{temperature:K}}.dat'") from None
    if found is None:
        raise FitkitError(f"the name '{name}' does not fit name_pattern {pattern!r}")
    said = {}
    for match in _PLACE.finditer(pattern):
        key, value = HEADER_KEYS.get(match[1], match[1]), found[match[1]]
        said[key] = (value, None) if match[2] is None else (re.sub("point|p", ".", value), found[f"unit_of_{match[1]}"])
    return said


def _plain(value):
    """As JSON holds it."""
    if isinstance(value, Measured):
        return f"{value.value!r} {value.unit}".strip()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, os.PathLike) else value
