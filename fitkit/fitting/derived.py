"""Derived quantities of a fit: from parameters, knowns and metadata, with all their errors."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping

import numpy as np

from ..errors import FitkitError
from ..measured import Measured
from ..model import Derived, Model, required_arguments
from ..units import Unit, parse_unit
from . import verdict
from .problem import Curve
from .uncertainty import propagate


def derive(law: Model, curve: Curve, values: Mapping[str, float], local: Mapping[int, int], errors, verdicts,
           silent: bool, places: Mapping[str, tuple[Mapping[str, float], float]],
           overruled: Mapping[str, tuple[str, str]]) -> tuple[dict[str, Measured], dict[str, str]]:
    """Derived quantities, and what is missing for the others.

    ``places``: all parameters [SI] and the excess chi^2 at the second optimum of a parameter. ``overruled``: verdict and reason that a caution gives a quantity.
    """
    unknown = [name for name in overruled if name not in {one.name for one in law.derived}]
    if unknown:
        raise FitkitError(f"a caution of '{law.name}' speaks of {', '.join(map(repr, unknown))}: wanted a parameter or a derived quantity: "
                          f"{', '.join([*curve.names, *(one.name for one in law.derived)])}")
    found, absent = {}, {}
    for one in law.derived:
        inputs = inputs_of(one, curve, values)
        if isinstance(inputs, str):
            absent[one.name] = inputs
            continue
        names, numbers, deviations, function = inputs
        matrix = np.diag(np.square(deviations))
        where = [local.get(curve.names.index(name)) if name in values else None for name in names]
        fitted = [(place, variable) for place, variable in enumerate(where) if variable is not None]
        for place, variable in fitted:
            for other, partner in fitted:
                matrix[place, other] = errors.covariance[variable, partner]
        unit = unit_of(one, curve)
        said = verdict.worst([verdicts[name][0] for name in names if name in values and verdicts[name][0] != "fixed"] or ["ok"])
        reason = next((verdicts[name][1] for name in names if name in values and verdicts[name][0] == said), "")
        side = _side(function, names, numbers, verdicts) if said == "limit" else ""
        refusal = "cannot be computed from these values"
        try:
            with np.errstate(all="ignore"):
                value, error = propagate(function, numbers, matrix)
        except FitkitError as words:  # the law says why there is none
            value, error, refusal = math.nan, math.nan, str(words)
        except (ZeroDivisionError, ValueError, OverflowError):
            value, error = math.nan, math.nan
        finite = math.isfinite(value) and math.isfinite(error)
        if one.positive and finite and said in ("ok", "conditional") and error > verdict.RELATIVE * abs(value):
            said, reason = "not determined", f"the error is {error / abs(value):.0%} of the value" if error < 10 * abs(value) else "the error is many times the value"
        if said == "not determined" and finite and not silent and _combination_is_determined(value, error, names, values, where, errors, verdicts):
            said, reason = "ok", "determined, although its parts are not"
        if said == "ambiguous" and (place := next((places[name] for name in names if name in places), None)):
            there, excess = place
            reason = _second_optimum(one, unit, [there.get(name, number) for name, number in zip(names, numbers)], function, excess)
        if one.name in overruled and verdict.ORDER.index(overruled[one.name][0]) <= verdict.ORDER.index(said):
            said, reason = overruled[one.name]
        if not finite and said != "not determined":
            absent[one.name] = refusal
            continue
        note = one.remark(_named_values(one, curve, values)) if one.remark and said != "not determined" else ""
        known_error = finite and (error > 0 or said != "not determined") and said != "limit" and not (silent and said == "not determined")
        found[one.name] = Measured(unit.from_si(value) if finite else math.nan, error / unit.factor if known_error else None, unit.symbol, "fit", said,
                                   "; ".join(filter(None, (note, reason))), errors.dof, side)
    return found, absent


def _second_optimum(one: Derived, unit: Unit, numbers, function, excess: float) -> str:
    try:
        return verdict.second_optimum(one.name, unit.from_si(float(function(*numbers))), unit.symbol, excess)
    except (FitkitError, ZeroDivisionError, ValueError, OverflowError):
        return f"chi^2 at a second optimum is higher by {excess:.2g} only"


def _side(function, names, numbers, verdicts) -> str:
    """The side of a limit, seen through a function that may fall with the parameter that is one."""
    place = next(index for index, name in enumerate(names) if verdicts.get(name, ("",))[0] == "limit")
    side = verdicts[names[place]][2]
    moved = list(numbers)
    moved[place] = numbers[place] * 1.001 if numbers[place] else 1e-9
    try:
        with np.errstate(all="ignore"):
            falls = function(*moved) < function(*numbers)
    except (FitkitError, ZeroDivisionError, ValueError, OverflowError):
        return ""
    return {"<": ">", ">": "<"}.get(side, side) if falls else side


def _combination_is_determined(value: float, error: float, names, values: Mapping[str, float], where, errors, verdicts) -> bool:
    """Whether a quantity of several parameters that are not determined is known ten times better than any of them."""
    parts = [math.sqrt(max(errors.covariance[place, place], 0.0)) / abs(values[name]) if values[name] else math.inf
             for name, place in zip(names, where) if place is not None and verdicts[name][0] == "not determined"]
    return len(parts) > 1 and value != 0 and error < 0.1 * min(parts) * abs(value) and error < 0.2 * abs(value)


def inputs_of(one: Derived, curve: Curve, values: Mapping[str, float]):
    """(names, values, standard deviations, function) of a derived quantity in SI, or the text that says what is missing."""
    names, function = list(one.arguments), one.function
    for argument, route in one.via:
        if argument in names and not _available(argument, curve, values):
            needed = required_arguments(route)
            if all(_available(name, curve, values) for name in needed):
                others = [name for name in names if name != argument]
                added = [name for name in needed if name not in others]
                inner = one.function

                def function(*given, inner=inner, route=route, others=tuple(others), added=tuple(added), needed=tuple(needed), argument=argument):
                    table = dict(zip((*others, *added), given))
                    return inner(**{name: table[name] for name in others}, **{argument: route(*(table[name] for name in needed))})

                names = others + added
                break
    missing = [name for name in names if not _available(name, curve, values)]
    if missing:
        ways = [", ".join(missing)]
        ways += [", ".join(required_arguments(route)) for argument, route in one.via if argument in missing]
        return f"needs {' or '.join(ways)}: --set {missing[0]}=... or metadata of the dataset"
    numbers, deviations = [], []
    for name in names:
        number, deviation = (values[name], 0.0) if name in values else _given(name, curve)
        numbers.append(number)
        deviations.append(deviation)
    return names, numbers, deviations, function


def _given(name: str, curve: Curve) -> tuple[float, float]:
    """A known or a metadata value of a curve with its standard deviation [SI]."""
    given = curve.known_measured.get(name) or curve.data.meta.get(name)
    if isinstance(given, Measured):
        return given.si, (given.error or 0.0) * parse_unit(given.unit).factor
    if name in curve.known:
        return curve.known[name], 0.0
    return float(curve.data[name].mean()), float(curve.data[name].std())


def inverse_inputs(one: Derived, curve: Curve) -> dict[str, float]:
    """The metadata and knowns [SI] that the inverse of a derived quantity takes besides the value itself.

    Raises
    ------
    FitkitError
        One of them is missing; the text says how to give it.
    """
    found = {}
    for name in list(inspect.signature(one.inverse[1]).parameters)[1:]:
        if _available(name, curve, {}):
            found[name] = _given(name, curve)[0]
            continue
        routes = [(route, tuple(inspect.signature(route).parameters.values())) for argument, route in one.via if argument == name]
        for route, arguments in routes:
            needed = [p.name for p in arguments if p.default is p.empty]
            if all(_available(each, curve, {}) for each in needed):
                found[name] = route(*(_given(each, curve)[0] for each in needed))
                break
        else:
            ways = [name, *(", ".join(p.name for p in arguments if p.default is p.empty) for _, arguments in routes)]
            raise FitkitError(curve.data.missing_meta((name,), f"'{one.name}' is '{one.inverse[0]}' together with {' or '.join(ways)}"))
    return found


def _available(name: str, curve: Curve, values: Mapping[str, float]) -> bool:
    return name in values or name in curve.known or isinstance(curve.data.meta.get(name), Measured) or (name == "temperature" and name in curve.data)


def _named_values(one: Derived, curve: Curve, values: Mapping[str, float]) -> dict[str, float]:
    names, numbers, _, _ = inputs_of(one, curve, values)
    return dict(zip(names, numbers))


def unit_of(one: Derived, curve: Curve) -> Unit:
    """Unit of a derived quantity; that of the measured column where it says "y"."""
    return parse_unit(curve.data.units[curve.y_name]) if one.unit == "y" else parse_unit(one.unit)
