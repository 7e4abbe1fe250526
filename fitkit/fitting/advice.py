"""What an undetermined fit still holds, and which measurement would settle it: both from the Fisher information J^T J.

Logarithms of the parameters are combined: a weak direction of ln p is a product of powers, as in alpha L_phi^4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..background import BACKGROUNDS
from ..errors import FitkitError
from ..measured import format_value
from ..units import parse_unit
from .problem import Curve, Problem
from .uncertainty import Errors

_ENOUGH = 0.2       # relative error at which a parameter counts as measured
_FACTORS = (1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_POINTS = 4000      # added points of an extended window; more are thinned out and weighted


def determined_combination(problem: Problem, theta: np.ndarray, jacobian: np.ndarray, errors: Errors, lost: Sequence[int]) -> str:
    """The product of powers of undetermined variables that the data do fix, with its value; empty where there is none.

    Parameters
    ----------
    jacobian
        d f/d variable [SI] of the weighted problem, shape (variables, points).
    lost
        The undetermined variables.
    """
    lost = [index for index in lost if theta[index] != 0 and errors.norms[index] > 0]
    if len(lost) < 2:
        return ""
    others = np.delete(jacobian, lost, axis=0)
    rows = jacobian[lost] * theta[lost][:, None]
    if len(others):  # what the other parameters can take over says nothing of these
        basis, _ = np.linalg.qr((others / np.maximum(np.linalg.norm(others, axis=1), 1e-300)[:, None]).T)
        rows = rows - (rows @ basis) @ basis.T
    stiff = np.linalg.svd(rows, full_matrices=False)[0][:, 0]
    powers = _simple(stiff)
    if np.count_nonzero(powers) < 2:
        return ""
    spread = np.zeros(len(theta))
    spread[lost] = powers / theta[lost]
    error = math.sqrt(max(float(spread @ errors.covariance @ spread), 0.0))
    alone = min(math.sqrt(max(errors.covariance[index, index], 0.0)) / abs(theta[index]) for index in lost)
    turned = float(stiff @ powers) ** 2 < 0.98 * float(powers @ powers)  # by rounding the exponents
    if turned or error > _ENOUGH or error > 0.3 * alone:
        return ""
    value = 1.0
    units: dict[str, float] = {}
    for index, power in zip(lost, powers):
        unit = problem.variables[index].unit
        value *= abs(unit.from_si(theta[index])) ** power
        if unit.symbol:
            units[unit.symbol] = units.get(unit.symbol, 0.0) + power
    names = _product({problem.variables[index].name: power for index, power in zip(lost, powers)})
    return f"the data fix {names} = {format_value(value, error * value)} {_product(units)}".rstrip()


def _product(powers: Mapping[str, float]) -> str:
    """``alpha L_phi^4``, ``L_phi/l_e``: a product of powers as people write it."""
    def power_of(name: str, power: float) -> str:
        bracketed = f"({name})" if power != 1 and (" " in name or "/" in name) else name
        return bracketed if power == 1 else f"{bracketed}^{power:g}"

    above = " ".join(power_of(name, power) for name, power in powers.items() if power > 0)
    below = [power_of(name, -power) for name, power in powers.items() if power < 0]
    if not above and not below:
        return ""
    return "/".join([above or "1", *below])


def _simple(direction: np.ndarray) -> np.ndarray:
    """Exponents in halves, the smallest that counts set to one, the first of them positive."""
    counts = np.abs(direction) > 0.1 * np.abs(direction).max()
    powers = np.round(2 * direction / np.abs(direction[counts]).min()) / 2 * counts
    return powers * np.sign(powers[np.argmax(powers != 0)])


def helpful_measurement(problem: Problem, number: int, theta: np.ndarray, errors: Errors, index: int) -> str:
    """How much further, or how much quieter, would measure a variable to 20 %; empty where it cannot be said.

    Only for a curve of its own (one problem, one curve) with one x.
    """
    curve = problem.curves[number]
    if len(problem.curves) > 1 or len(curve.x) > 1 or curve.whitener is not None or theta[index] == 0:
        return ""
    here = math.sqrt(max(errors.covariance[index, index], 0.0)) / abs(theta[index])
    now = _relative_error(problem, curve, theta, index)
    if now is None or now == 0:
        return ""
    scale = here / now if math.isfinite(here) and here > 0 and math.isfinite(now) else 1.0
    x_name = next(name for name, column in curve.data.columns.items() if column is curve.x[0])
    found = None
    for factor in _FACTORS:
        added, share = points_beyond(curve.x[0], factor)
        reached = _relative_error(problem, curve, theta, index, added, share)
        if reached is not None and reached * scale < _ENOUGH:
            found = factor
            break
    ways = []
    if found:
        unit = parse_unit(curve.data.units[x_name] or "")
        ways.append(f"measure to {x_name} = {f'{unit.from_si(found * np.abs(curve.x[0]).max()):.3g} {unit.symbol}'.strip()}")
    if math.isfinite(now) and _ENOUGH < now * scale < 30 * _ENOUGH:
        ways.append(f"lower the noise {now * scale / _ENOUGH:.2g} times")
    return " or ".join(ways)


def _relative_error(problem: Problem, curve: Curve, theta: np.ndarray, index: int, added: np.ndarray | None = None, share: float = 1.0) -> float | None:
    """Relative error of a variable from the Fisher information of the curve, with points added at the same noise."""
    values = problem.locals_of(theta)[0]
    noise = np.broadcast_to(np.sqrt(np.mean((curve.y - curve.evaluate(values)[0]) ** 2)) if curve.y_err is None else curve.y_err, curve.y.shape)
    if not np.all(noise > 0):
        return None
    if added is not None:
        x = np.concatenate([curve.x[0], added])
        try:
            background = np.array([BACKGROUNDS[name].function(x, curve.data) for name in curve.names[curve.model_size:]]).reshape(-1, len(x))
        except (ValueError, TypeError, FitkitError):  # a column of the dataset: it has no value at other places
            return None
        noise = np.concatenate([noise, np.full(len(added), float(np.median(noise)) / math.sqrt(share))])
        curve = replace(curve, x=(x,), y=np.zeros(len(x)), y_err=noise, background=background)
    with np.errstate(all="ignore"):
        gradient = curve.evaluate(values)[1] / noise
    rows = np.zeros((len(theta), len(noise)))
    for position, variable in problem.local[0]:
        rows[variable] += gradient[position]
    norms = np.linalg.norm(rows, axis=1)
    if not np.all(np.isfinite(norms)) or norms[index] == 0:
        return None
    unit = rows / np.where(norms > 0, norms, 1.0)[:, None]
    others = np.delete(unit, index, axis=0)
    rest = unit[index] - others.T @ np.linalg.lstsq(others.T, unit[index], rcond=None)[0] if len(others) else unit[index]
    left = float(np.linalg.norm(rest))
    return 1 / (norms[index] * left * abs(theta[index])) if left > 1e-12 else math.inf


def points_beyond(x: np.ndarray, factor: float) -> tuple[np.ndarray, float]:
    """Points that continue x to ``factor`` times its reach with its density, and the part of them that is kept."""
    if factor == 1.0:
        return np.empty(0), 1.0
    low, high, steps = float(x.min()), float(x.max()), len(x) - 1
    spread = np.diff(np.sort(x))
    logarithmic = low > 0 and np.std(np.diff(np.log(np.sort(x)))) / np.log(high / low) < np.std(spread) / (high - low)
    if logarithmic:
        count = max(math.ceil(math.log(factor) / (math.log(high / low) / steps)), 1)
        kept = min(count, _POINTS)
        return np.geomspace(high, factor * high, kept + 1)[1:], kept / count
    edges = [edge for edge in (low, high) if edge < 0 or edge == high]
    count = max(math.ceil((factor - 1) * max(map(abs, edges)) / ((high - low) / steps)), 1)
    kept = min(count, _POINTS)
    return np.concatenate([np.linspace(edge, factor * edge, kept + 1)[1:] for edge in edges]), kept / count
