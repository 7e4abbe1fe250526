"""Further optima of a joint fit: the shared nonlinear parameters are scanned together, each curve solved at every combination."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from . import start
from .blocks import Blocks
from .problem import Problem

_SHARED = {1: 48, 2: 16, 3: 8}      # grid points a shared parameter; more than three shared ones are not scanned
_LOCAL = {0: 1, 1: 16, 2: 7, 3: 4}  # of each curve's own nonlinear parameters
_CURVES = 8                         # curves that are scanned, evenly chosen
_STARTS = 5                         # local minima of the scan that are followed


def other_optima(problem: Problem, fixed: Sequence[Mapping[str, float]], theta: np.ndarray, blocks: Blocks) -> list[tuple[np.ndarray, float]]:
    """Optima of a joint problem (variables [SI], weighted sum of squares) that the local minima of a scan over the shared ones lead to.

    Parameters
    ----------
    fixed
        Fixed parameters [SI] of each curve.
    theta
        The best solution so far [SI]: it stands in for what is not scanned.
    blocks
        The solver of the problem.
    """
    found = []
    for shared in _combinations(problem, fixed)[:_STARTS]:
        one = blocks.levenberg(_with_shared(problem, fixed, theta, shared))
        if math.isfinite(one[1]):
            found.append(one)
    return found


def _combinations(problem: Problem, fixed: Sequence[Mapping[str, float]]) -> list[dict[int, float]]:
    """Values [SI] of the shared nonlinear variables at the local minima of the scanned sum of squares, the lowest first."""
    law = problem.curves[0].model
    shared = [index for index, variable in enumerate(problem.variables) if len(variable.members) > 1 and variable.name in law.nonlinear]
    if not 1 <= len(shared) <= max(_SHARED):
        return []
    grids = {index: _grid(problem, index, _SHARED[len(shared)]) for index in shared}
    total = np.zeros([len(grids[index]) for index in shared])
    for number in np.unique(np.linspace(0, len(problem.curves) - 1, _CURVES).round().astype(int)):
        curve = problem.curves[number]
        mine = {problem.variables[index].name: index for index in shared if any(which == number for which, _ in problem.variables[index].members)}
        own = [name for name in law.nonlinear if name not in fixed[number] and name not in mine]
        if not mine or len(own) > max(_LOCAL):
            continue
        scanned = {name: grids[index] for name, index in mine.items()}
        scanned |= {name: start.thin(start.scan_grid(curve, name), _LOCAL[len(own)]) for name in own}
        chi2 = start.scan(curve, fixed[number], scanned)[1].reshape([len(one) for one in scanned.values()]).min(axis=tuple(range(len(mine), len(scanned))))
        order = list(mine.values())
        chi2 = chi2.transpose([order.index(index) for index in shared if index in order])
        total += chi2.reshape([len(grids[index]) if index in order else 1 for index in shared])
    axes = np.meshgrid(*(grids[index] for index in shared), indexing="ij")
    return [{index: float(axis.flat[place]) for index, axis in zip(shared, axes)} for place in start.minima(total)]


def _grid(problem: Problem, index: int, most: int) -> np.ndarray:
    """Values [SI] of a shared variable that any of its curves could show, inside its bounds."""
    variable = problem.variables[index]
    edges = [start.scan_grid(problem.curves[which], variable.name) for which, _ in variable.members]
    low, high = min(one.min() for one in edges), max(one.max() for one in edges)
    grid = np.geomspace(low, high, most) if low > 0 else np.linspace(low, high, most)
    return np.unique(np.clip(grid, variable.low, variable.high))


def _with_shared(problem: Problem, fixed: Sequence[Mapping[str, float]], theta: np.ndarray, shared: Mapping[int, float]) -> np.ndarray:
    """A start with the shared variables at these values and each curve solved there."""
    begun = theta.copy()
    for index, value in shared.items():
        begun[index] = value
    sums: dict[int, list[float]] = {}
    for number, curve in enumerate(problem.curves):
        held = dict(fixed[number]) | {problem.variables[index].name: value for index, value in shared.items()
                                      if any(which == number for which, _ in problem.variables[index].members)}
        best = start.candidates(curve, held, most=1)
        for position, index in problem.local[number] if best else ():
            if index not in shared:
                sums.setdefault(index, []).append(best[0].theta[position])
    for index, values in sums.items():
        begun[index] = np.clip(np.median(values), problem.variables[index].low, problem.variables[index].high)
    return np.where(problem.log & ~(begun > 0), theta, begun)
