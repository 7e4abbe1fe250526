"""Derived quantities of a map: from one fitted parameter of each curve, knowns and metadata, with their errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FitkitError
from ...model import Derived, required_arguments
from ...units import Unit
from ..derived import inputs_of, unit_of
from . import judge

if TYPE_CHECKING:
    from .result import MapResult


@dataclass(frozen=True)
class DerivedMap:
    """One derived quantity of G curves [SI], with codes and sides as in :class:`engine.Block`."""

    unit: Unit
    values: np.ndarray
    errors: np.ndarray
    codes: np.ndarray
    sides: np.ndarray


def derived_of(result: MapResult) -> tuple[dict[str, DerivedMap], dict[str, str]]:
    """Derived quantities by name, and what is missing for the others.

    A quantity of several parameters that are all fitted wants their correlation, which a map does not keep: ``curve(i)`` has it.
    """
    found: dict[str, DerivedMap] = {}
    absent: dict[str, str] = {}
    if result.work is None or not len(result):
        return found, absent
    for one in result.work.law.derived:
        try:
            found[one.name] = _derived(result, one)
        except FitkitError as words:
            absent[one.name] = str(words)
    return found, absent


def _derived(result: MapResult, one: Derived) -> DerivedMap:
    table, work = result.table, result.work
    size = len(table.values)
    values, errors = np.full(size, np.nan), np.full(size, np.nan)
    codes, sides = np.full(size, judge.FAILED, np.uint8), np.zeros(size, np.int8)
    for rows in _alike(result, one):
        curve = work.template(int(rows[0]))
        inputs = inputs_of(one, curve, dict(zip(result.names, map(float, table.values[rows[0]]))))
        if isinstance(inputs, str):
            raise FitkitError(inputs)
        names, numbers, deviations, function = inputs
        fitted = [name for name in names if name in result.names and name not in work.fixed]
        if len(fitted) > 1:
            raise FitkitError(f"{one.name} follows from {' and '.join(fitted)}, whose correlation a map does not keep: curve(i) has it")
        columns = [table.values[rows, result.names.index(name)] if name in result.names else np.full(len(rows), number) for name, number in zip(names, numbers)]
        spreads = [np.full(len(rows), deviation) for deviation in deviations]
        code, side = np.full(len(rows), judge.OK, np.uint8), np.zeros(len(rows), np.int8)
        if fitted:
            place = result.names.index(fitted[0])
            spreads[names.index(fitted[0])] = table.errors[rows, place]
            code, side = table.codes[rows, place], table.sides[rows, place]
            side = np.where(_falls(function, columns, names.index(fitted[0])), -side, side)
        values[rows], errors[rows] = _propagated(function, columns, spreads)
        codes[rows], sides[rows] = code, side
    failed = codes == judge.FAILED
    values[failed], errors[failed | (codes == judge.LIMIT)] = np.nan, np.nan
    if one.positive:
        codes[(codes <= judge.CONDITIONAL) & (errors > judge.RELATIVE * np.abs(values))] = judge.LOST
    codes[~np.isfinite(values) & ~failed] = judge.LOST
    return DerivedMap(unit_of(one, work.template(0)), values, errors, codes, sides)


def _alike(result: MapResult, one: Derived) -> Iterator[np.ndarray]:
    """Curves that have the same knowns and metadata for a quantity."""
    wanted = {*one.arguments, *(name for _, route in one.via for name in required_arguments(route))} | set(result.work.told)
    axes = [name for name in result.axes if name in wanted]
    if not axes:
        yield np.arange(len(result))
        return
    table = np.array([result.coordinates()[name] for name in axes])
    _, first = np.unique(table, axis=1, return_inverse=True)
    order = np.argsort(first.ravel(), kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(first.ravel()[order])) + 1)


def _at(function: Callable, columns: Sequence[np.ndarray]) -> np.ndarray:
    """A function of numbers for arrays of them: at once where it takes arrays and gives what it gives for numbers."""
    def alone(row: int) -> float:
        try:
            return float(function(*(float(one[row]) for one in columns)))
        except (FitkitError, ArithmeticError, ValueError):
            return np.nan

    with np.errstate(all="ignore"):
        try:
            found = np.asarray(function(*columns), float)
            if found.shape == columns[0].shape and np.allclose(found[[0, -1]], [alone(0), alone(len(found) - 1)], rtol=1e-12, atol=0, equal_nan=True):
                return found
        except (TypeError, ValueError, ArithmeticError, FitkitError):
            pass
        return np.array([alone(row) for row in range(len(columns[0]))])


def _propagated(function: Callable, columns: Sequence[np.ndarray], spreads: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Values and standard deviations with independent arguments (central differences, as ``uncertainty.propagate``)."""
    value, square = _at(function, columns), np.zeros(len(columns[0]))
    for place, (one, spread) in enumerate(zip(columns, spreads)):
        if not np.any(spread != 0):
            continue
        step = np.where(one != 0, np.maximum(np.minimum(1e-3 * np.nan_to_num(spread), 1e-5 * np.abs(one)), 1e-8 * np.abs(one)), 1e-3 * np.nan_to_num(spread) + 1e-300)
        ends = [_at(function, [*columns[:place], one + sign * step, *columns[place + 1:]]) for sign in (1, -1)]
        with np.errstate(all="ignore"):
            square = square + ((ends[0] - ends[1]) / (2 * step) * spread) ** 2
    return value, np.sqrt(square)


def _falls(function: Callable, columns: Sequence[np.ndarray], place: int) -> np.ndarray:
    one = columns[place]
    moved = [*columns[:place], np.where(one != 0, one * 1.001, 1e-9), *columns[place + 1:]]
    return _at(function, moved) < _at(function, columns)


def in_units(found: Mapping[str, DerivedMap], shape: tuple[int, ...]) -> dict[str, dict[str, np.ndarray]]:
    """``values``, ``errors``, ``verdicts``, ``limits`` by name in the shape of the map."""
    return {"values": {name: np.asarray(one.unit.from_si(one.values)).reshape(shape) for name, one in found.items()},
            "errors": {name: (one.errors / one.unit.factor).reshape(shape) for name, one in found.items()},
            "verdicts": {name: one.codes.reshape(shape) for name, one in found.items()},
            "limits": {name: one.sides.reshape(shape) for name, one in found.items()}}
