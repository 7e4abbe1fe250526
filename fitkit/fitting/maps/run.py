"""fit_many(): one law on thousands to millions of curves."""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ...data import Dataset, dataset
from ...errors import FitkitError
from ...model import Model, get_model
from ...progress import advance
from ...units import parse_unit
from ..problem import Curve, bind
from ..result import FitResult
from ..run import fit
from ..settings import Settings, fixed_values, limits_of, plain_table
from . import judge
from .engine import Block, Grid, Own
from .reduced import NotFinite
from .result import MapResult
from .source import Curves
from .store import Store

_ROWS = 16384         # curves of one piece of work, where the memory allows
_BYTES = 16e6         # of the curves of one piece
_OWN = 512            # curves with grids of their own that are fitted at once
_SAMPLE = 64          # curves whose residuals are looked at before all
_OFTEN = 0.05         # part of them with correlated residuals from which on all are looked at


def fit_many(model: str | Model, x: Any, Y: Any, errors: Any = None, *, axes: Mapping[str, Any] | None = None, meta: Mapping[str, Any] | None = None,
             background: Sequence[str] | None = None, fix: Mapping[str, Any] | None = None, free: Sequence[str] = (), bounds: Mapping[str, Any] | None = None,
             assume: Mapping[str, Any] | None = None, correlation: bool | str = "auto", threads: int | None = None, chunk: int | None = None,
             out: str | os.PathLike | None = None, progress: bool | Callable[[int, int], None] | None = None) -> MapResult:
    """Fit a law to many curves: a map of gate voltage and temperature, a wafer, an angle scan.

    Parameters
    ----------
    model
        Name of a law (``fk.models()``) or a Model.
    x
        The column of the law that all curves share, shape (N,): values in SI, or ``(values, "mT")``. A grid for each curve has
        the shape of Y, curves of different length are a list of arrays. Several columns, or another one that the law takes:
        ``{"current": (I, "mA"), "time": (t, "s")}``.
    Y
        Curves, shape (..., N); NaN is a gap. Values in SI or ``(values, "uV")``, ``{"electric_field": (E, "uV/cm")}`` for
        another column that the law takes. Arrays, a list of arrays, an array on disk (``"curves.npy"``, numpy.memmap, an
        h5py.Dataset): these are read piece by piece.
    errors
        Standard deviations in the unit of Y or ``(values, unit)``: a number, (N,) or the shape of Y. None: from the scatter.
    axes
        What the leading axes of Y are: ``{"gate_voltage": (V, "V"), "temperature": (T, "K")}``. An axis that the law knows
        (``temperature``) is used for each curve.
    meta
        Metadata that all curves share: ``{"tap_distance": "1 cm"}``.
    background, fix, free, bounds, assume
        As in ``fk.fit``, one value for all curves.
    correlation
        Whether residuals of neighbouring points are looked at, and errors corrected where they agree too often, as ``fk.fit``
        does: True, False, or ``"auto"``: where a sample of the curves asks for it.
    threads
        Number of threads; None: all cores. The result does not depend on it.
    chunk
        Curves of one piece of work; None: chosen so that a piece has at most 16 MB. The result does not depend on it.
    out
        A file that the results are appended to as they come. Called again after an interruption, the fit goes on where it ended.
    progress
        True for a bar, or a function called with (done, total).

    Returns
    -------
    MapResult

    Raises
    ------
    FitkitError
        A wrong call, before anything is fitted. A curve that cannot be fitted keeps its place with the verdict "failed".

    Notes
    -----
    The optimum is that of ``fk.fit``: a scan of the nonlinear parameters finds the lowest of all minima. Curves on one grid
    with one nonlinear parameter are fitted in the space of some twenty dimensions that the law can reach on that grid; others
    all at once by Levenberg-Marquardt steps; those at the edge of what the data show by ``fk.fit`` itself.

    Examples
    --------
    >>> gates = fk.fit_many("hln", (B, "T"), (sigma, "e^2/h"), axes={"gate_voltage": (V, "V"), "temperature": (T, "K")})
    >>> gates.plot("L_phi")
    """
    work = Work(get_model(model), Curves(get_model(model), x, Y, errors), axes=axes, meta=meta, background=background, fix=fix, free=free, bounds=bounds, assume=assume)
    threads = os.cpu_count() or 1 if threads is None else threads
    for name, value in (("threads", threads), ("chunk", chunk)):
        if value is not None and (not isinstance(value, int) or value < 1):
            raise FitkitError(f"{name}={value!r}: wanted a number from 1 on, or None")
    if correlation not in (True, False, "auto"):
        raise FitkitError(f"correlation={correlation!r}: wanted True, False or 'auto'")
    with _one_blas_thread():
        correlated = work.looks_correlated() if correlation == "auto" else bool(correlation)
        step = work.step(chunk, threads)
        if out is None:
            blocks = list(_fitted(work, 0, step, threads, correlated, progress))
            table = blocks[0] if len(blocks) == 1 else Block(*(np.concatenate([getattr(one, name) for one in blocks]) for name in Block.__dataclass_fields__))
        else:
            store = Store(Path(out), work.header(correlated), work.curves.size, len(work.names))
            with store:
                for block in _fitted(work, store.resume(work.rows), step, threads, correlated, progress):
                    store.append(block)
            table = store.read()
    work.options["correlation"] = correlation
    return work.result(table, correlated)


def _fitted(work: Work, begin: int, step: int, threads: int, correlated: bool, progress) -> Iterator[Block]:
    """Blocks in the order of the curves, computed by threads; no more than one for each thread waits."""
    size = work.curves.size
    starts = iter(range(begin, size, step))
    if threads == 1:
        for start in starts:
            yield work.fit(start, min(start + step, size), correlated)
            advance(progress, min(start + step, size), size, "fitted")
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque = deque()
        try:
            for start in starts:
                waiting.append((min(start + step, size), pool.submit(work.fit, start, min(start + step, size), correlated)))
                if len(waiting) > threads:
                    done, one = waiting.popleft()
                    yield one.result()
                    advance(progress, done, size, "fitted")
            while waiting:
                done, one = waiting.popleft()
                yield one.result()
                advance(progress, done, size, "fitted")
        finally:
            for _, one in waiting:
                one.cancel()


class Work:
    """One law with its settings and the curves that it is fitted to."""

    def __init__(self, law: Model, curves: Curves, *, axes, meta, background, fix, free, bounds, assume):
        self.law, self.curves = law, curves
        self.background = [background] if isinstance(background, str) else None if background is None else list(background)
        self.meta, self.assume = dict(meta or {}), dict(assume or {})
        self.options = {"fix": plain_table(fix), "free": list(free), "bounds": plain_table(bounds), "assume": plain_table(assume), "background": self.background}
        self.axes = _axes(axes, curves.shape)
        self.settings = Settings(law, ["map"], {}, dict(fix or {}), tuple(free), {}, dict(bounds or {}), self.background)
        self._choices = {"fix": dict(fix or {}), "free": tuple(free), "bounds": dict(bounds or {}), "assume": self.assume or None, "background": self.background}
        known = [one.name for one in law.known if not one.for_derived]
        self.told = [name for name in self.axes if name in known and name not in self.assume]   # axes that the law takes
        self._grids: dict[tuple, Grid] = {}
        self._lock = Lock()
        self.verified: set = set()   # paths through cautions of curves with grids of their own
        alike = curves.shared and curves.shared_errors
        first = self.grid(self._key(0)).curve if alike else self.template(0)
        self.names, self.units, self.params = first.names, first.units, first.params
        self.fixed = fixed_values(self.settings, first)
        self.rows = max(self.grid(self._key(0)).rows if alike else 1, _OWN)

    # -- one curve -------------------------------------------------------------------------------------------------------
    def data(self, number: int) -> Dataset:
        """A curve as a Dataset, in the units that were given."""
        x, y, errors = self.curves.one(number)
        return self._dataset(x, y, errors, number, self.name(number))

    def _dataset(self, x, y, errors, number: int, name: str) -> Dataset:
        units, y_name = self.curves.units, self.curves.y_name
        columns = {one: (_shown(values, units[one]), units[one]) for one, values in x.items()} | {y_name: (_shown(y, units[y_name]), units[y_name])}
        if errors is not None:
            columns[f"{y_name}_err"] = (errors / parse_unit(units[y_name]).factor, units[y_name])
        here = {axis: f"{float(values[place])!r} {unit}".strip() for (axis, (values, unit)), place in zip(self.axes.items(), np.unravel_index(number, self.curves.shape))
                if axis not in self.meta}
        return dataset(**columns, meta={**here, **self.meta}, name=name)

    def name(self, number: int) -> str:
        """``V = 2 V, temperature = 4.2 K``, or ``curve 17``."""
        places = np.unravel_index(number, self.curves.shape)
        if self.axes:
            return ", ".join(f"{axis} = {values[place]:.6g} {unit}".strip() for (axis, (values, unit)), place in zip(self.axes.items(), places))
        return "curve " + (str(number) if len(places) == 1 else str(tuple(map(int, places))))

    def curve(self, number: int) -> FitResult:
        """The ordinary fit of one curve."""
        return fit(self.law, self.data(number), **{name: value for name, value in self._choices.items() if value is not None})

    def template(self, number: int):
        """The law bound to the grid of a curve; its data do not matter."""
        curves = self.curves
        if curves.shared:
            x, errors = curves.grid(), curves.common_errors() if curves.shared_errors else None
        else:
            x, _, errors = curves.one(number)
        y = np.linspace(0.0, 1.0, len(next(iter(x.values()))))
        if len(y) < 2:
            raise FitkitError(f"{self.name(number)}: {len(y)} points, a fit of '{self.law.name}' wants more than it has parameters")
        return bind(self.law, self._dataset(x, y, errors, number, self.name(number)), background=self.background, assume=self.assume or None)

    # -- many ------------------------------------------------------------------------------------------------------------
    def _key(self, number: int) -> tuple:
        places = np.unravel_index(number, self.curves.shape)
        return tuple(float(values[place]) for (axis, (values, _)), place in zip(self.axes.items(), places) if axis in self.told)

    def grid(self, key: tuple, number: int = 0) -> Grid:
        """The tables for all curves of one value of the axes that the law knows; ``number`` is one of them."""
        with self._lock:
            if key not in self._grids:
                told = [(axis, self.axes[axis][1]) for axis in self.told]   # without their units the numbers in the key say nothing
                problem = id(self.law), self.curves.grid_fingerprint(), key, repr(told), repr(self.options), repr(self.meta)
                self._grids[key] = _cached_grid(problem, self.law, lambda: self._new_grid(number))
            return self._grids[key]

    def _new_grid(self, number: int) -> Grid:
        curve = self.template(number)
        return Grid(curve, fixed_values(self.settings, curve), self._limits(curve))

    def _limits(self, curve: Curve) -> list[tuple[float, float]]:
        """(low, high) [SI] of every parameter of a curve."""
        limits = self.settings.si(self.settings.bounds, curve, pair=True)
        return [limits_of(curve, param, unit, limits.get(name)) for name, param, unit in zip(curve.names, curve.params, curve.units)]

    def step(self, chunk: int | None, threads: int = 1) -> int:
        """Curves of one piece of work: a multiple of the rows of one pass."""
        wanted = chunk or max(1, min(_ROWS, -(-self.curves.size // threads), int(_BYTES / (8 * self.curves.points))))
        upwards = chunk or wanted == self.curves.size
        return max(self.rows, -(-wanted // self.rows) * self.rows if upwards else wanted // self.rows * self.rows)

    def fit(self, start: int, stop: int, correlated: bool) -> Block:
        """Fits of the curves from ``start`` to ``stop``; where they are not all alike, so many at once that a curve has the same company whatever the pieces are."""
        Y = self.curves.Y(start, stop)
        block = self._alike(Y, correlated)
        if block is None:
            block = Block.empty(len(Y), len(self.names))
            for row in range(0, len(Y), self.rows):
                some = np.arange(row, min(row + self.rows, len(Y)))
                found = self._alike(Y[some], correlated) if len(some) < len(Y) else None
                block.put(some, self._mixed(Y[some], start + row, correlated) if found is None else found)
        for row in np.flatnonzero(block.hard):
            self._alone(block, row, start + int(row))
        return block

    def _alike(self, Y: np.ndarray, correlated: bool) -> Block | None:
        """Fits of curves on one grid without gaps; None where they are not that."""
        if not (self.curves.shared and self.curves.shared_errors) or self.told or len(_constant(Y)):
            return None
        with suppress(NotFinite):
            return self.grid(()).fit(Y, correlated)
        return None

    def _mixed(self, Y: np.ndarray, start: int, correlated: bool) -> Block:
        """Fits of curves some of which have gaps, a grid or a value of an axis of their own."""
        alike, whole = self.curves.shared and self.curves.shared_errors, _whole(Y)
        block = Block.empty(len(Y), len(self.names))
        block.points[:] = np.isfinite(Y).sum(axis=1)
        if alike:
            keys = [self._key(number) if self.told else () for number in range(start, start + len(Y))]
            for key in dict.fromkeys(keys):
                rows = np.flatnonzero(whole & np.array([one == key for one in keys]))
                if len(rows):
                    block.put(rows, self.grid(key, start + int(rows[0])).fit(Y[rows], correlated))
        if not (alike and whole.all()):
            self._scattered(block, np.flatnonzero(block.hard & (block.points > 0)), Y, start, correlated)
        return block

    def _scattered(self, block: Block, rows: np.ndarray, Y: np.ndarray, start: int, correlated: bool) -> None:
        """Curves with grids, errors or gaps of their own; what does not go stays hard."""
        if not len(rows):
            return
        x, errors = self.curves.x(start, start + len(Y)), self.curves.errors(start, start + len(Y))
        if any(param.prior and param.prior in self.meta for param in self.params):
            return
        keys = [self._key(start + int(row)) for row in rows] if self.told else [()]
        for key in dict.fromkeys(keys):
            some = rows[np.array([one == key for one in keys])] if self.told else rows
            for part in np.split(some, np.flatnonzero(np.diff((start + some) // _OWN)) + 1):   # the same company however the curves are handed in
                try:
                    own = self._own(key, start + int(part[0]))
                    part, found = own.fit({name: one[part] if one.ndim == 2 else one for name, one in x.items()}, Y[part],
                                          errors[part] if errors is not None and errors.ndim == 2 else errors, correlated, part)
                except (FitkitError, ValueError, TypeError, IndexError, KeyError, np.linalg.LinAlgError):
                    continue
                block.put(part, found)

    def _own(self, key: tuple, number: int) -> Own:
        curve = self.template(number)
        return Own(curve, fixed_values(self.settings, curve), self._limits(curve), self.curves.x_names, self.verified)

    def _alone(self, block: Block, row: int, number: int) -> None:
        """The ordinary path for one curve."""
        try:
            one = self.curve(number).fits[0]
        except (FitkitError, ArithmeticError, ValueError, np.linalg.LinAlgError):
            block.codes[row], block.values[row], block.errors[row], block.chi2[row] = judge.FAILED, np.nan, np.nan, np.nan
            return
        block.chi2[row], block.points[row] = one.statistics.chi2, one.statistics.points
        block.correlation[row] = one.autocorrelation if one.statistics.corrected else 0.0
        for place, (name, unit) in enumerate(zip(self.names, self.units)):
            value = one.parameters[name]
            block.values[row, place] = value.si
            block.errors[row, place] = np.nan if value.error is None else value.error * unit.factor
            block.codes[row, place] = judge.VERDICTS.index(value.verdict)
            block.sides[row, place] = {"<": -1, ">": 1}.get(value.limit, 0)
        block.hard[row] = True

    def looks_correlated(self) -> bool:
        """Whether a sample of the curves has correlated residuals often enough to look at all of them."""
        if not (self.curves.shared and self.curves.shared_errors):
            return True
        numbers = np.unique(np.linspace(0, self.curves.size - 1, _SAMPLE).astype(int))
        key = self._key(0)
        Y = np.concatenate([self.curves.Y(number, number + 1) for number in numbers if self._key(number) == key])
        Y = Y[np.all(np.isfinite(Y), axis=1) & (np.ptp(Y, axis=1) > 0)]
        if not len(Y):
            return False
        return float(np.mean(self.grid(key).fit(Y, True).correlation > 0)) > _OFTEN

    def header(self, correlated: bool) -> dict[str, Any]:
        """What the results in a file belong to."""
        return {"law": self.law.name, "names": list(self.names), "units": [one.symbol for one in self.units], "factors": [one.to_si(1.0) for one in self.units],
                "shape": list(self.curves.shape), "axes": {name: [list(map(float, values)), unit] for name, (values, unit) in self.axes.items()},
                "options": self.options, "meta": {name: str(value) for name, value in self.meta.items()}, "correlation": correlated, "data": self.curves.fingerprint()}

    def result(self, table: Block, correlated: bool) -> MapResult:
        return MapResult(law=self.law.name, names=self.names, units={name: unit.symbol for name, unit in zip(self.names, self.units)},
                         factors={name: unit for name, unit in zip(self.names, self.units)}, shape=self.curves.shape, axes=self.axes, table=table, correlation=correlated,
                         options=self.options, work=self)


_GRIDS: OrderedDict[tuple, Grid] = OrderedDict()
_KEPT = 16


def _cached_grid(key: tuple, law: Model, make: Callable[[], Grid]) -> Grid:
    """Tables are made once for each law, grid and settings: the last ones are kept."""
    if key in _GRIDS and _GRIDS[key].curve.model is law:
        _GRIDS.move_to_end(key)
        return _GRIDS[key]
    _GRIDS[key] = make()
    while len(_GRIDS) > _KEPT:
        _GRIDS.popitem(last=False)
    return _GRIDS[key]


def _axes(axes: Mapping[str, Any] | None, shape: tuple[int, ...]) -> dict[str, tuple[np.ndarray, str]]:
    """Values and unit of each leading axis of the curves.

    Raises
    ------
    FitkitError
        Another number of axes than Y has, or of values.
    """
    if not axes:
        return {}
    if len(axes) != len(shape):
        raise FitkitError(f"axes={list(axes)}: Y has {len(shape)} leading ax{'is' if len(shape) == 1 else 'es'}, {shape}")
    found = {}
    for (name, given), length in zip(axes.items(), shape):
        values, unit = given if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], str) else (given, "")
        parse_unit(unit)
        values = np.asarray(values, float)
        if values.shape != (length,):
            raise FitkitError(f"axes: '{name}' has shape {values.shape}, wanted ({length},)")
        found[name] = (values, unit)
    return found


def _whole(Y: np.ndarray) -> np.ndarray:
    """Rows without a gap that are not constant."""
    whole = np.isfinite(np.einsum("gn,gn->g", Y, Y))
    whole[_constant(Y)] = False
    return whole


def _constant(Y: np.ndarray) -> np.ndarray:
    """Numbers of the rows that are constant."""
    same = np.flatnonzero(Y[:, 0] == Y[:, 1])
    same = same[Y[same, 0] == Y[same, -1]]
    return same[np.ptp(Y[same], axis=1) == 0] if len(same) else same


def _shown(values: np.ndarray, unit: str) -> np.ndarray:
    return np.asarray(parse_unit(unit).from_si(values))


def _one_blas_thread():
    """Threads of ours share the work: those of the BLAS would only disturb each other, and round differently."""
    return nullcontext() if _blas() is None else _blas().limit(limits=1, user_api="blas")


@lru_cache(maxsize=1)
def _blas():
    try:
        import threadpoolctl
    except ImportError:
        return None
    return threadpoolctl.ThreadpoolController()
