"""The caller's choices of a fit, checked against the law and turned into SI."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured, read_measured
from ..model import Model, Param, accepted
from ..units import Unit, parse_unit
from . import start
from .derived import inverse_inputs
from .problem import Curve

_RUNAWAY = 1000.0   # a scanned parameter stops at this many times its scan range


class Settings:
    """The caller's choices, checked against the law and turned into SI."""

    def __init__(self, law: Model, names: list[str], share: dict[str, str], fix: dict, free: tuple[str, ...], start: dict, bounds: dict, background):
        self.law, self.names, self.share = law, names, share
        self.loss: str | None = None
        for name in free:
            if law.param(name).default is None:
                raise FitkitError(f"free=['{name}']: it is fitted anyway; optional parameters of '{law.name}': "
                                  f"{', '.join(p.name for p in law.params if p.default is not None) or 'none'}")
        self.freed = set(free) | {name for name, value in fix.items() if value is None}
        fix = {name: value for name, value in fix.items() if value is not None}
        for table, what in ((fix, "fix"), (start, "start"), (bounds, "bounds")):
            self._no_pairs(table, what)
        self.fix, self.start, self.bounds = fix, start, bounds
        self.bounded = set(bounds) | {derived.inverse[0] for derived in law.derived if derived.inverse and derived.name in bounds}
        both = set(self.freed) & set(fix)
        if both:
            raise FitkitError(f"{', '.join(both)} is both fixed and freed")

    def _no_pairs(self, table: dict, what: str) -> None:
        known = {p.name for p in self.law.params} | set(self.law.background) | {d.name for d in self.law.derived if d.inverse}
        for name, value in table.items():
            if name not in known:
                raise FitkitError(f"{what}={{'{name}': ...}}: law '{self.law.name}' has {', '.join(sorted(known))}")
            if isinstance(value, Mapping):
                strange = [one for one in value if one not in self.names]
                if strange:
                    raise FitkitError(f"{what}={{'{name}': ...}}: no dataset '{strange[0]}'. Datasets: {', '.join(self.names)}")
        _one_form(self.law, table, what)

    def si(self, table: Mapping, curve: Curve, pair: bool = False) -> dict[str, Any]:
        """The entries of a table for one curve, in SI of the law's own parameters."""
        result: dict[str, Any] = {}
        for name, value in table.items():
            if isinstance(value, Mapping):
                if curve.data.name not in value:
                    continue
                value = value[curve.data.name]
            derived = next((d for d in self.law.derived if d.name == name), None)
            if derived is not None and derived.inverse:
                parameter, function = derived.inverse
                inverse = partial(function, **inverse_inputs(derived, curve))
                with np.errstate(all="ignore"):
                    edges = [None if one is None else inverse(number_in_si(one, parse_unit(derived.unit), name)) for one in (value if pair else (value,))]
                low = 0.0 if self.law.param(parameter).positive else -math.inf
                if not all(one is None or low <= one < math.inf and (pair or one > low) for one in edges):
                    raise FitkitError(f"{name} = {value}: wanted a finite number{' above 0' if low == 0 else ''}")
                falls = inverse(2.0) < inverse(1.0)  # then the lower edge of one is the upper edge of the other
                result[parameter] = tuple(edges[::-1] if falls else edges) if pair else edges[0]
                continue
            if name not in curve.names:
                if name in self.law.background:
                    raise FitkitError(f"'{name}' is not in this fit: background=['{name}', ...] adds it")
                continue
            unit = curve.units[curve.names.index(name)]
            if pair:
                if not isinstance(value, (tuple, list)) or len(value) != 2:
                    raise FitkitError(f"bounds of '{name}' want a pair (low, high), found {value!r}")
                result[name] = tuple(None if one is None else number_in_si(one, unit, name) for one in value)
            else:
                result[name] = number_in_si(value, unit, name)
                if not math.isfinite(result[name]) or curve.params[curve.names.index(name)].positive and result[name] <= 0:
                    raise FitkitError(f"{name} = {value}: wanted a finite number{' above 0' if math.isfinite(result[name]) else ''}")
        return result


def number_in_si(value, unit: Unit, name: str) -> float:
    """A number, text or Measured that the user gave for ``name``, in SI; a bare number is in ``unit``."""
    if isinstance(value, str):
        return read_measured(value, unit.symbol, name).si
    if isinstance(value, Measured):
        return value.si
    return unit.to_si(float(value))


def shared_parameters(law: Model, share, background) -> dict[str, str]:
    """Parameter -> metadata key ("" for all); a derived quantity with an inverse stands for its parameter."""
    table = dict(share) if isinstance(share, Mapping) else {name: "" for name in ([share] if isinstance(share, str) else share)}
    offered = [p.name for p in law.params] + list(law.background) + [d.name for d in law.derived if d.inverse]
    for name in table:
        if name not in offered:
            raise FitkitError(f"share=['{name}']: law '{law.name}' has {', '.join(offered)}")
    _one_form(law, table, "share")
    forms = {d.name: d.inverse[0] for d in law.derived if d.inverse}
    return {forms.get(name, name): by for name, by in table.items()}


def _one_form(law: Model, table: Mapping, what: str) -> None:
    """A parameter and its derived quantity, or two derived quantities of it, are not named both."""
    forms: dict[str, str] = {}
    for name in table:
        parameter = next((d.inverse[0] for d in law.derived if d.inverse and d.name == name), name)
        if parameter in forms:
            raise FitkitError(f"{what}: '{forms[parameter]}' and '{name}' are each a form of '{parameter}': name one of them")
        forms[parameter] = name


def shared_forms_agree(law: Model, share, curves: list[Curve]) -> None:
    """One derived quantity for all is one parameter for all only where the metadata between them agree.

    Raises
    ------
    FitkitError
        They differ, or are missing.
    """
    by = share if isinstance(share, Mapping) else {}
    for derived in law.derived:
        if not derived.inverse or derived.name not in ([share] if isinstance(share, str) else share):
            continue
        first: dict[Any, tuple[Curve, dict[str, float]]] = {}
        for curve in curves:
            other, there = first.setdefault(share_value(curve, by[derived.name]) if by.get(derived.name) else None, (curve, inverse_inputs(derived, curve)))
            for name, value in inverse_inputs(derived, curve).items():
                if not math.isclose(value, there[name], rel_tol=1e-9):
                    raise FitkitError(f"share=['{derived.name}']: {name} is {there[name]:.6g} in {other.data.name} and {value:.6g} in {curve.data.name} (SI), so one "
                                      f"{derived.name} is not one {derived.inverse[0]}. Share '{derived.inverse[0]}', or give all the same {name}")


def differently_named(datasets: list[Dataset]) -> list[Dataset]:
    """The datasets, if no two share a name; an error that names it otherwise."""
    names = [one.name for one in datasets]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise FitkitError(f"two datasets are named '{sorted(twice)[0]}': give each its own, data.renamed('...')")
    return datasets


def plain_table(table: Mapping | None) -> dict:
    """A table of the user's with plain keys and lists, as a result can keep it."""
    def one(value):
        if isinstance(value, Mapping):
            return {str(key): one(item) for key, item in value.items()}
        if isinstance(value, (tuple, list)):
            return [one(item) for item in value]
        if isinstance(value, Measured):
            return f"{value.value!r}{'' if value.error is None else f' +- {value.error!r}'} {value.unit}".strip()
        return value
    return one(table or {})


def fixed_values(settings: Settings, curve: Curve) -> dict[str, float]:
    """Parameters of a curve that are not fitted, by name [SI]: fixed by the user, or off by default."""
    values = settings.si(settings.fix, curve)
    for param, unit in zip(curve.params, curve.units):
        if param.default is not None and param.name not in settings.freed and param.name not in values and param.name not in settings.share:
            values[param.name] = unit.to_si(param.default)
    return values


def share_value(curve: Curve, key: str):
    """What a curve's metadata say of the key by which a parameter is shared."""
    value = curve.data.meta.get(key)
    if value is None:
        raise FitkitError(f"{curve.data.name}: share by '{key}' wants this metadata in every dataset")
    if isinstance(value, Measured) and value.error:
        raise FitkitError(f"{curve.data.name}: share by '{key}' = {value}: it has an error, so no two datasets agree in it; share by a name or a set value")
    return value.value if isinstance(value, Measured) else value


def limits_of(curve: Curve, param: Param, unit: Unit, user) -> tuple[float, float]:
    """Lower and upper bound [SI] of a parameter of a curve: of its table, of its scan and of the user."""
    low, high = (unit.to_si(edge) if math.isfinite(edge) else edge for edge in param.bounds)
    low = max(low, 0.0) if param.positive else low
    if param.scan is not None:
        grid = start.scan_grid(curve, param.name)
        if param.positive:
            low, high = max(low, float(grid.min()) / _RUNAWAY), min(high, float(grid.max()) * _RUNAWAY)
    if param.limits is not None:
        here = param.limits(*curve.x, **accepted(param.limits, curve.function_known))
        low, high = max(low, here[0]), min(high, here[1])
    if user is not None:
        low = low if user[0] is None else max(low, user[0])
        high = high if user[1] is None else min(high, user[1])
        if not low < high:
            raise FitkitError(f"bounds of '{param.name}': {low:g} to {high:g} (SI) leave no room inside those of the law, {param.bounds}")
    return low, high
