"""HDF5, read by h5py: the arrays of one group, each with its attribute ``units`` (or ``unit``).

One-dimensional arrays are columns, a compound array is a table, one two-dimensional array is a map
(``array=("resistance", "ohm"), axes={"gate": ("Vg", "V"), "field": ("B", "mT")}``, where an axis may name another array).
Links into other files, virtual arrays and arrays stored elsewhere are never followed: a file is not a way to other files.
"""

from __future__ import annotations

import io

import numpy as np

from ..data import Dataset, Note, read_meta
from ..errors import FitkitError
from ..grid import long_form
from ..measured import Measured
from ..names import HEADER_KEYS
from .arrays import MOST_NUMBERS, damaged, dataset_of, needed, one_part, real_column, too_large
from .loader import NO, YES, Answer, File, Loader, Options

_WHAT = "an HDF5 file"
_MAGIC = b"\x89HDF\r\n\x1a\n"
_UNITS = ("units", "unit", "Unit", "Units")


def recognise(file: File) -> Answer:
    """Yes for the first eight bytes of such a file."""
    return YES if file.raw[:8] == _MAGIC else NO


def read(file: File, options: Options) -> Dataset:
    """Read the file.

    Raises
    ------
    FitkitError
        h5py is not installed, the file is damaged, several groups hold arrays, units are missing, or a map has no axes.
    """
    h5py = needed("h5py", "h5py", file, _WHAT)
    try:
        with h5py.File(io.BytesIO(file.raw), "r") as opened:
            groups, notes = _groups(h5py, opened)
            if not groups:
                raise FitkitError(f"{file.path}: {_WHAT} without an array of numbers")
            part = one_part(file, list(groups), options, "group")
            found = groups[part]
            count = sum(one.size for one in found.values())
            if count > MOST_NUMBERS:
                raise too_large(file, count)
            maps = [name for name, one in found.items() if one.ndim == 2]
            if options.array is not None:
                return _map(file, found, maps, options)
            columns, units = _columns(file, found)
            if not columns and maps:
                raise FitkitError(f"{file.path}: '{maps[0]}' is a map of {' x '.join(map(str, found[maps[0]].shape))} numbers. Say its quantity and axes:\n"
                                  f"    fk.load({file.path!r}, array=('resistance', 'ohm'), axes={{'gate': (START, STEP, 'V'), 'field': (START, STEP, 'mT')}})")
            notes += [Note(None, None, f"array '{name}' of {' x '.join(map(str, found[name].shape))} numbers is no column and was left") for name in maps]
            meta = _settings(opened, found)
    except FitkitError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes the library raise
        raise damaged(file, _WHAT, error) from None
    return dataset_of(file, columns, units, options, meta=meta, notes=notes)


def _groups(h5py, opened) -> tuple[dict[str, dict], list[Note]]:
    """Group -> {name: array of numbers}; links are not followed."""
    groups: dict[str, dict] = {}
    notes: list[Note] = []

    def visit(path, one) -> None:
        if not isinstance(one, h5py.Dataset) or one.dtype.kind not in "fiubcV" or one.ndim > 2 or not one.size:
            return
        if one.is_virtual or one.external:
            notes.append(Note(None, None, f"array '{path}' lies in another file and was left"))
            return
        group, _, name = path.rpartition("/")
        if one.ndim:
            groups.setdefault(group or "/", {})[name] = one

    opened.visititems(visit)
    return groups, notes


def _columns(file: File, found: dict) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    columns, units = {}, {}
    for name, one in found.items():
        if one.ndim != 1:
            continue
        if one.dtype.names:
            table = one[:]
            for field in one.dtype.names:
                values = real_column(file, field, table[field])
                if values is not None:
                    columns[field] = values
            continue
        values = real_column(file, name, one[:])
        if values is not None:
            columns[name], units[name] = values, _unit(one)
    return columns, units


def _unit(one) -> str:
    for key in _UNITS:
        value = one.attrs.get(key)
        if isinstance(value, bytes):
            value = value.decode("utf-8", errors="replace")
        if isinstance(value, str):
            return value
    return ""


def _settings(opened, found: dict) -> dict[str, Measured | str]:
    """Attributes of the file and of the group that are written as text with a unit: temperature = "4.2 K"."""
    group = next(iter(found.values())).parent
    meta: dict[str, Measured | str] = {}
    for attributes in (opened.attrs, group.attrs):
        for key, value in attributes.items():
            name = HEADER_KEYS.get(str(key).lower().replace("_", " "))
            value = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
            if name is None or not isinstance(value, str):
                continue
            try:
                meta[name] = read_meta(name, value, "file")
            except FitkitError:
                continue
    return meta


def _map(file: File, found: dict, maps: list[str], options: Options) -> Dataset:
    if not maps:
        raise FitkitError(f"{file.path}: no two-dimensional array for array={options.array!r}. There: {', '.join(found)}")
    if len(maps) > 1 and options.array[0] not in maps:
        raise FitkitError(f"{file.path}: {len(maps)} maps in it: {', '.join(maps)}. Name the quantity as one of them, or load the array with h5py and use fk.dataset")
    name = options.array[0] if options.array[0] in maps else maps[0]
    numbers = np.asarray(found[name][:], float)

    def named(title: str):
        if title not in found:
            raise FitkitError(f"{file.path}: no array '{title}' for an axis. There: {', '.join(found)}")
        return found[title][:]

    return long_form(numbers.T if options.transpose else numbers, options.array, options.axes, file.path, file.name, named)


LOADER = Loader("hdf5", "HDF5 with arrays that carry an attribute units", recognise, read, binary=True, takes_columns=True, parts=True)
