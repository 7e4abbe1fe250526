"""Where the curves of a map come from: arrays, files larger than the memory, lists of curves of different length."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...data import unmasked
from ...errors import FitkitError
from ...model import Model
from ...units import parse_unit


class Curves:
    """G curves of a law in SI, read in pieces.

    ``shape`` is that of the map, ``size`` its number of curves, ``points`` the (largest) number of points of a curve. ``shared``:
    one grid for all. ``x_names``, ``y_name``, ``units`` are those of the columns of each curve.

    Raises
    ------
    FitkitError
        Shapes that do not fit together, an unknown unit, a column that the law does not take.
    """

    def __init__(self, model: Model, x: Any, Y: Any, errors: Any = None):
        self.units: dict[str, str] = {}
        given = dict(x) if isinstance(x, Mapping) else {model.columns_x[0].name: x}
        self._x: dict[str, Any] = {}
        for column in model.columns_x:
            name = next((name for name, _ in column.choices if name in given), None)
            if name is None:
                raise FitkitError(f"fit_many('{model.name}', x, Y): the law wants {' and '.join(one.name for one in model.columns_x)}: "
                                  f"x={{'{column.name}': (values, unit), ...}}")
            self._x[name] = self._in_si(name, given.pop(name), dict(column.choices)[name])
        self.x_names = tuple(self._x)
        for name, value in given.items():   # columns for a background, as the time of each row
            self._x[name] = self._in_si(name, value, None)
        self.y_name, Y = next(iter(Y.items())) if isinstance(Y, Mapping) else (model.y.name, Y)
        if self.y_name not in dict(model.y.choices):
            raise FitkitError(f"fit_many('{model.name}', x, Y): Y is {' or '.join(dict(model.y.choices))}, found '{self.y_name}'")
        Y, unit = self._split(Y, dict(model.y.choices)[self.y_name])
        self.units[self.y_name], self._factor = unit, parse_unit(unit).factor
        self._Y = self._opened(Y)
        self._errors = self._split(errors, unit)[0] if errors is not None else None
        self._error_factor = parse_unit(self._split(errors, unit)[1]).factor if errors is not None else 1.0
        self._measure(model)

    # -- what was given --------------------------------------------------------------------------------------------------
    @staticmethod
    def _split(value: Any, unit: str | None) -> tuple[Any, str]:
        """(values, unit): a pair (values, "mT"), or values alone in SI."""
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str):
            return value
        return value, unit or ""

    def _in_si(self, name: str, value: Any, unit: str | None):
        values, self.units[name] = self._split(value, unit)
        factor = parse_unit(self.units[name])
        if _ragged(values):
            return [factor.to_si(np.asarray(one, float)) for one in values]
        return np.asarray(factor.to_si(np.asarray(values, float)))

    @staticmethod
    def _opened(Y: Any):
        """A file name becomes something with a shape that is read in slices."""
        if isinstance(Y, (str,)) or hasattr(Y, "__fspath__"):
            path = str(Y)
            if not path.endswith(".npy"):
                raise FitkitError(f"{path}: wanted a .npy file; of an HDF5 file hand over its dataset: h5py.File(path)['name']")
            try:
                return np.load(path, mmap_mode="r")
            except (OSError, ValueError) as error:
                raise FitkitError(f"{path}: {error}") from None
        Y = unmasked(Y)
        return Y if _ragged(Y) or hasattr(Y, "shape") else np.asarray(Y, float)

    def _measure(self, model: Model) -> None:
        Y = self._Y
        self.ragged = _ragged(Y)
        if self.ragged:
            self.shape, self.points = (len(Y),), max(map(len, Y), default=0)
            for name, x in self._x.items():
                if not _ragged(x) or [len(one) for one in x] != [len(one) for one in Y]:
                    raise FitkitError(f"fit_many('{model.name}', ...): Y is a list of curves, so {name} must be a list of arrays of the same lengths")
            if self._errors is not None and (not _ragged(self._errors) or [len(one) for one in self._errors] != [len(one) for one in Y]):
                raise FitkitError(f"fit_many('{model.name}', ...): Y is a list of curves, so errors must be a list of arrays of the same lengths")
            self.shared = False
        else:
            if len(Y.shape) < 2:
                raise FitkitError(f"fit_many('{model.name}', x, Y): Y has shape {tuple(Y.shape)}, wanted (curves, points) or (..., points). One curve: fk.fit")
            self.shape, self.points = tuple(Y.shape[:-1]), int(Y.shape[-1])
            for name, x in self._x.items():
                if _ragged(x) or x.shape not in ((self.points,), tuple(Y.shape)):
                    found = f"{len(x)} arrays" if _ragged(x) else f"shape {x.shape}"
                    raise FitkitError(f"fit_many('{model.name}', x, Y): Y has {self.points} points a curve, {name} has {found}; "
                                      f"wanted ({self.points},) or {tuple(Y.shape)}")
            self.shared = all(x.ndim == 1 for x in self._x.values()) and bool(np.all(np.isfinite(np.concatenate(list(self._x.values())))))
            if self._errors is not None:
                self._errors = unmasked(self._errors) if hasattr(self._errors, "shape") else np.asarray(self._errors, float)
                if tuple(self._errors.shape) not in ((), (self.points,), tuple(Y.shape)):
                    raise FitkitError(f"fit_many('{model.name}', ...): errors have shape {tuple(self._errors.shape)}, "
                                      f"wanted a number, ({self.points},) or {tuple(Y.shape)}")
        self.size = math.prod(self.shape)
        if not self.size or not self.points:
            raise FitkitError(f"fit_many('{model.name}', x, Y): Y has shape {self.shape + (self.points,)}: no data")

    @property
    def shared_errors(self) -> bool:
        """No errors, or one set for all curves."""
        return self._errors is None or not self.ragged and len(self._errors.shape) < 2

    @property
    def given(self) -> bool:
        """Whether the errors of the points are given."""
        return self._errors is not None

    # -- reading ---------------------------------------------------------------------------------------------------------
    def grid(self) -> dict[str, np.ndarray]:
        """The x columns that all curves share [SI]."""
        return {name: x for name, x in self._x.items()}

    def common_errors(self) -> np.ndarray | None:
        """Errors that all curves share [SI], shape (N,)."""
        if self._errors is None:
            return None
        return np.broadcast_to(np.asarray(self._errors, float) * self._error_factor, (self.points,)).copy()

    def Y(self, start: int, stop: int) -> np.ndarray:
        """Curves [SI] as floats, shape (G, N); short ones are filled up with NaN."""
        if self.ragged:
            return self._padded(self._Y, start, stop) * self._factor
        found = np.asarray(_rows(self._Y, self.shape, start, stop), dtype=float)
        return found if self._factor == 1.0 else found * self._factor

    def x(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """The x columns [SI] of some curves, each (G, N) or (N,)."""
        if self.ragged:
            return {name: self._padded(one, start, stop) for name, one in self._x.items()}
        return {name: one if one.ndim == 1 else one.reshape(-1, self.points)[start:stop] for name, one in self._x.items()}

    def errors(self, start: int, stop: int) -> np.ndarray | None:
        """Errors [SI] of some curves, (G, N), (N,), or None."""
        if self._errors is None:
            return None
        if self.ragged:
            return self._padded(self._errors, start, stop) * self._error_factor
        if self.shared_errors:
            return self.common_errors()
        return np.array(_rows(self._errors, self.shape, start, stop), dtype=float) * self._error_factor

    def _padded(self, curves: Sequence, start: int, stop: int) -> np.ndarray:
        found = np.full((stop - start, self.points), np.nan)
        for row, one in enumerate(curves[start:stop]):
            found[row, : len(one)] = one
        return found

    def one(self, number: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray | None]:
        """x columns, y and errors of one curve [SI], without its gaps."""
        y, x, errors = self.Y(number, number + 1)[0], self.x(number, number + 1), self.errors(number, number + 1)
        x = {name: one if one.ndim == 1 else one[0] for name, one in x.items()}
        errors = errors[0] if errors is not None and errors.ndim == 2 else errors
        kept = np.isfinite(y) & np.all([np.isfinite(one) for one in x.values()], axis=0) & (True if errors is None else np.isfinite(errors))
        return {name: one[kept] for name, one in x.items()}, y[kept], None if errors is None else errors[kept]

    def grid_fingerprint(self) -> str:
        """A hash of what all curves share: grid, errors, units."""
        digest = hashlib.sha256(repr((self.points, self.units)).encode())
        for name, x in self._x.items():
            for one in x if _ragged(x) else [x]:
                digest.update(name.encode() + np.ascontiguousarray(one).tobytes())
        if self._errors is not None and self.shared_errors:
            digest.update(self.common_errors().tobytes())
        return digest.hexdigest()

    def fingerprint(self) -> str:
        """A hash of the grid and of some of the curves: other data are noticed."""
        digest = hashlib.sha256(repr((self.grid_fingerprint(), self.shape)).encode())
        for row in sorted({0, self.size // 3, self.size // 2, self.size - 1}):
            digest.update(self.Y(row, row + 1).tobytes())
        return digest.hexdigest()


def _ragged(values: Any) -> bool:
    """A list of arrays of different length, or of NaN-free pieces: anything that is no rectangular array."""
    if not isinstance(values, (list, tuple)) or not len(values) or np.ndim(values[0]) != 1:
        return isinstance(values, np.ndarray) and values.dtype == object
    return len({len(one) for one in values}) > 1


def _rows(Y: Any, shape: tuple[int, ...], start: int, stop: int) -> np.ndarray:
    """Rows of something (..., N) by flat number. A memory map is opened anew, so that pages that were read are given back."""
    if isinstance(Y, np.memmap) and type(Y.base).__name__ == "mmap" and Y.flags.c_contiguous:
        fresh = np.memmap(Y.filename, dtype=Y.dtype, mode="r", offset=Y.offset, shape=Y.shape)
        return np.array(fresh.reshape(-1, Y.shape[-1])[start:stop])
    if len(shape) == 1:
        return Y[start:stop]
    if isinstance(Y, np.ndarray):
        return Y.reshape(-1, Y.shape[-1])[start:stop]
    inner = math.prod(shape[1:])   # an HDF5 dataset reads whole slices of its first axis
    first, last = start // inner, -(-stop // inner)
    return np.asarray(Y[first:last]).reshape(-1, Y.shape[-1])[start - first * inner: stop - first * inner]
