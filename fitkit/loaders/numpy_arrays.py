"""NumPy .npy and .npz: columns, or a map with axes that the caller gives. Pickled objects are never loaded.

    fk.load("map.npy", array=("resistance", "ohm"), axes={"gate": (-1.74, -0.02, "V"), "field": (-25, 0.2, "mT")})
    fk.load("map.npz", part="R", array=("resistance", "ohm"), axes={"gate": ("Vg", "V"), "field": ("B", "mT")})
    fk.load("sweep.npz", columns={"field": ("B", "mT"), "resistance": ("R", "ohm")})
"""

from __future__ import annotations

import io
import zipfile

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..grid import long_form
from .arrays import MOST_NUMBERS, damaged, dataset_of, one_part, real_column, too_large
from .loader import NO, YES, Answer, File, Loader, Options

_WHAT = "a NumPy file"
_MAGIC = b"\x93NUMPY"


def recognise(file: File) -> Answer:
    """Yes for the first bytes of a .npy, and for an archive of such files."""
    return YES if file.raw[:6] == _MAGIC or (file.raw[:4] == b"PK\x03\x04" and b".npy" in file.raw[:200]) else NO


def read(file: File, options: Options) -> Dataset:
    """Read the file.

    Raises
    ------
    FitkitError
        It is damaged, holds objects, or the caller does not say what the numbers are.
    """
    try:
        arrays = _arrays(file)
    except FitkitError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes numpy and zipfile raise
        raise damaged(file, _WHAT, error) from None
    if not arrays:
        raise FitkitError(f"{file.path} is {_WHAT} without an array. Was it copied completely?")
    if options.part is not None and options.array is None:
        arrays = {options.part: arrays[one_part(file, list(arrays), options, "array")]}
    if options.array is not None:
        return _map(file, arrays, options)
    columns = _columns(file, arrays, options)
    if not columns:
        name, one = next(iter(arrays.items()))
        raise FitkitError(f"{file.path}: '{name}' has the shape {one.shape} and numbers of the kind {one.dtype}. For a map say its quantity and axes:\n"
                          f"    fk.load({file.path!r}, array=('resistance', 'ohm'), axes={{'gate': (START, STEP, 'V'), 'field': (START, STEP, 'mT')}})\n"
                          f"    and for columns of numbers: fk.load({file.path!r}, columns={{'field': (0, 'mT'), 'resistance': (1, 'ohm')}})")
    return dataset_of(file, columns, {}, options)


def _arrays(file: File) -> dict[str, np.ndarray]:
    if file.raw[:6] == _MAGIC:
        return {"array": _array(file, io.BytesIO(file.raw), len(file.raw))}
    with zipfile.ZipFile(io.BytesIO(file.raw)) as archive:
        members = [one for one in archive.infolist() if one.filename.endswith(".npy")]
        count = sum(one.file_size for one in members) / 8
        if count > MOST_NUMBERS:
            raise too_large(file, count)
        return {one.filename.removesuffix(".npy"): _array(file, io.BytesIO(archive.read(one)), one.file_size) for one in members}


def _array(file: File, stream: io.BytesIO, size: int) -> np.ndarray:
    """An array whose header asks for no more numbers than the bytes hold."""
    version = np.lib.format.read_magic(stream)
    shape, _, dtype = (np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0)(stream)
    count = 1
    for length in shape:
        count *= length
    if dtype.hasobject:
        raise FitkitError(f"{file.path} holds Python objects (a pickle), which fitkit never loads. Save the numbers as plain arrays")
    if count * dtype.itemsize > size or dtype.itemsize == 0:
        raise FitkitError(f"{file.path} says that it holds {count} numbers of {dtype}, more than its {size} bytes. Was it copied completely?")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _columns(file: File, arrays: dict[str, np.ndarray], options: Options) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray | None] = {}
    for name, one in arrays.items():
        if one.dtype.names and one.ndim == 1:
            columns |= {field: real_column(file, field, one[field]) for field in one.dtype.names}
        elif one.ndim == 2 and options.columns and len(arrays) == 1:
            table = one.T if not options.transpose else one
            columns |= {f"column {index}": real_column(file, name, values) for index, values in enumerate(table[:1000])}
        elif one.ndim == 1:
            columns[name] = real_column(file, name, one)
    return {name: values for name, values in columns.items() if values is not None}


def _map(file: File, arrays: dict[str, np.ndarray], options: Options) -> Dataset:
    maps = [name for name, one in arrays.items() if one.ndim == 2 and one.dtype.kind in "fiub"]
    if not maps:
        raise FitkitError(f"{file.path}: no two-dimensional array of numbers for array={options.array!r}. "
                          f"There: {', '.join(f'{name} {one.shape}' for name, one in arrays.items())}")
    numbers = arrays[one_part(file, maps, options, "array")].astype(float)

    def named(title: str):
        if title not in arrays:
            raise FitkitError(f"{file.path}: no array '{title}' for an axis. There: {', '.join(arrays)}")
        return arrays[title]

    return long_form(numbers.T if options.transpose else numbers, options.array, options.axes, file.path, file.name, named)


LOADER = Loader("numpy_arrays", "NumPy .npy and .npz, columns= or array= with axes= given by the caller", recognise, read, binary=True, takes_columns=True, parts=True,
                package="numpy")
