"""HDF5, read by h5py: the arrays of one group, each with its attribute ``units`` (or ``unit``).

One-dimensional arrays are columns, a compound array is a table, one two-dimensional array is a map
(``array=("resistance", "ohm"), axes={"gate": ("Vg", "V"), "field": ("B", "mT")}``, where an axis may name another array).
The library reads in a process of its own: on a damaged file it can hang or break down. Links into other files, virtual
arrays and arrays stored elsewhere are never followed: a file is not a way to other files.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from ..data import Dataset, Note, read_meta
from ..errors import FitkitError
from ..grid import long_form
from ..measured import Measured
from ..names import HEADER_KEYS
from . import _hdf5_process
from .arrays import damaged, dataset_of, needed, one_part, real_column, too_large
from .loader import NO, YES, Answer, File, Loader, Options

_WHAT = "an HDF5 file"
_MAGIC = b"\x89HDF\r\n\x1a\n"
_SECONDS = 30     # of waiting; the process ends itself after less CPU time


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
    needed("h5py", "h5py", file, _WHAT)
    listing, arrays = _in_own_process(file, options.part)
    groups = listing["groups"]
    if not groups:
        raise FitkitError(f"{file.path}: {_WHAT} without an array of numbers")
    part = one_part(file, list(groups), options, "group")
    if listing["too many"]:
        raise too_large(file, listing["too many"])
    notes = [Note(None, None, f"array '{path}' lies in another file and was left") for path in listing["elsewhere"]]
    maps = {name: values for name, (values, _) in arrays.items() if values.ndim == 2}
    if options.array is not None:
        return _map(file, {name: values for name, (values, _) in arrays.items()}, options)
    columns = {name: column for name, (values, _) in arrays.items() if values.ndim == 1 and (column := real_column(file, name, values)) is not None}
    if not columns and maps:
        name, values = next(iter(maps.items()))
        raise FitkitError(f"{file.path}: '{name}' of group '{part}' is a map of {values.shape[0]} x {values.shape[1]} numbers. Say its quantity and axes:\n"
                          f"    fk.load({file.path!r}, array=('resistance', 'ohm'), axes={{'gate': (START, STEP, 'V'), 'field': (START, STEP, 'mT')}})")
    notes += [Note(None, None, f"array '{name}' of {values.shape[0]} x {values.shape[1]} numbers is no column and was left") for name, values in maps.items()]
    return dataset_of(file, columns, {name: unit for name, (_, unit) in arrays.items()}, options, meta=_settings(listing["settings"]), notes=notes)


def _in_own_process(file: File, part: str | None) -> tuple[dict, dict[str, tuple[np.ndarray, str]]]:
    """What the reader says of the file, and {name: (array, unit)} of the group that it read."""
    command = [sys.executable, str(Path(_hdf5_process.__file__)), *([] if part is None else [part])]
    seconds = _SECONDS + len(file.raw) / _hdf5_process.BYTES_A_SECOND
    try:
        done = subprocess.run(command, input=file.raw, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise damaged(file, _WHAT, RuntimeError(f"it took more than {seconds:.0f} s")) from None
    except OSError as error:
        raise FitkitError(f"{file.path} is {_WHAT}: the Python that reads it, {sys.executable!r}, cannot be started: {error}.\n"
                          "    read it with h5py and give the arrays to fk.dataset(...)") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        raise damaged(file, _WHAT, RuntimeError(said[-1] if said else "the library that reads it broke down on it"))
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as answer:
        listing = json.loads(answer["listing"].tobytes())
        return listing, {one["name"]: (answer[str(place)], one["unit"]) for place, one in enumerate(listing["arrays"])}


def _settings(said: dict[str, str]) -> dict[str, Measured | str]:
    """Attributes of the file and of the group that are written as text with a unit: temperature = "4.2 K"."""
    meta: dict[str, Measured | str] = {}
    for key, value in said.items():
        name = HEADER_KEYS.get(key.lower().replace("_", " "))
        try:
            meta |= {} if name is None else {name: read_meta(name, value, "file")}
        except FitkitError:
            continue
    return meta


def _map(file: File, found: dict[str, np.ndarray], options: Options) -> Dataset:
    maps = [name for name, values in found.items() if values.ndim == 2]
    wanted = "" if options.array is None else options.array[0]
    if not maps:
        raise FitkitError(f"{file.path}: no two-dimensional array for array={options.array!r}. There: {', '.join(found)}")
    if len(maps) > 1 and wanted not in maps:
        raise FitkitError(f"{file.path}: {len(maps)} maps in it: {', '.join(maps)}. Name the quantity as one of them, or load the array with h5py and use fk.dataset")
    name = wanted if wanted in maps else maps[0]
    numbers = np.asarray(found[name], float)

    def named(title: str):
        if title not in found:
            raise FitkitError(f"{file.path}: no array '{title}' for an axis. There: {', '.join(found)}")
        return found[title]

    return long_form(numbers.T if options.transpose else numbers, options.array, options.axes, file.path, file.name, named)


LOADER = Loader("hdf5", "HDF5 with arrays that carry an attribute units", recognise, read, binary=True, takes_columns=True, parts=True, package="h5py")
