"""The scan for the starts of many curves, and what is left without the signal of a law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .. import start
from ..many import _Plan
from ..problem import Curve

_MESH = {1: 40, 2: 18, 3: 11}    # places of the scan a nonlinear parameter


def mesh_of(curve: Curve, fixed: Mapping[str, float]) -> tuple[list[str], tuple[int, ...], list[np.ndarray]]:
    """Scanned parameters, shape of their mesh, and for each its values at all places (S,)."""
    scanned = [name for name in curve.model.nonlinear if name not in fixed]
    grids = [start.thin(np.unique(start.scan_grid(curve, name)), _MESH.get(len(scanned), 6)) for name in scanned]
    return scanned, tuple(map(len, grids)), [axis.ravel() for axis in np.meshgrid(*grids, indexing="ij")]


def columns_at(curve: Curve, fixed: Mapping[str, float], scanned: Sequence[str], places: Sequence[np.ndarray]) -> np.ndarray:
    """Weighted columns of the law (S, K, N) at places of its nonlinear parameters; NaN where it is not finite."""
    nonlinear = {name: one[:, None] for name, one in zip(scanned, places)} | {name: fixed[name] for name in curve.model.nonlinear if name in fixed}
    with np.errstate(all="ignore"):
        found = curve.model.coefficient_columns(curve.x, nonlinear, curve.function_known)
    size = len(places[0]) if places else 1
    return np.stack([curve.weigh(np.broadcast_to(one, (size, len(curve.y)))) for one in found], axis=1)


def vertices(chi2: np.ndarray, rank: np.ndarray, shape: Sequence[int], grids: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The places (G,) of the vertices of parabolas through a place of a scan, chi2 (G, *shape), and its neighbours along each axis."""
    found, every, table = [], np.arange(len(rank)), chi2.reshape(len(rank), *shape)
    index = list(np.unravel_index(rank, shape))
    for axis, grid in enumerate(grids):
        here = index[axis]
        inner = (here > 0) & (here < len(grid) - 1)
        around = [table[(every, *index[:axis], np.clip(here + step, 0, len(grid) - 1), *index[axis + 1:])] for step in (-1, 0, 1)]
        with np.errstate(all="ignore"):
            move = 0.5 * (around[0] - around[2]) / (around[0] - 2 * around[1] + around[2])
        move = np.where(inner & np.isfinite(move), np.clip(move, -0.5, 0.5), 0.0)
        points = np.log(grid) if grid[0] > 0 else grid
        place = np.interp(here + move, np.arange(len(grid)), points)
        found.append(np.exp(place) if grid[0] > 0 else place)
    return found


def started(plan: _Plan, coefficients: np.ndarray, nonlinear: Mapping[str, np.ndarray], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Parameters (G, P) of coefficients inside the bounds, and where these are admissible; elsewhere from the size of the column."""
    values, size = plan._values(coefficients, nonlinear, count), plan.curve.model_size
    fine = np.all(np.isfinite(values[:, :size]), axis=1)
    if not fine.all():
        values[~fine] = plan._values(np.abs(coefficients[:, ~fine]) + 1e-300, {name: one[~fine] for name, one in nonlinear.items()}, int(np.sum(~fine)))
    values[:, size:] = np.where(np.isnan(values[:, size:]), 0.0, values[:, size:])
    free = np.isin(np.arange(values.shape[1]), plan.free)
    return np.clip(values, np.where(free, plan.low, -np.inf), np.where(free, plan.high, np.inf)), fine


def quiet_columns(curve: Curve, values: np.ndarray, fixed: Mapping[str, float]) -> list[np.ndarray]:
    """Free columns of the law that are no signal, at the fitted nonlinear parameters, each (G, N) or (N,)."""
    law = curve.model
    others = law.coefficients is not None or len(law.signal) < len(law.linear)
    if not (others or law.null):
        return []
    nonlinear = {name: fixed.get(name, values[:, curve.names.index(name), None]) for name in law.nonlinear} | dict(law.null)
    with np.errstate(all="ignore"):
        columns = law.coefficient_columns(curve.x, nonlinear, curve.function_known)
    return [np.asarray(one) for place, one in enumerate(columns) if law.null or place not in law.signal]


def left_over(columns: Sequence[np.ndarray], target: np.ndarray, known: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Sums of squares of what columns (G, N) leave of targets (G, N), Gram-Schmidt twice for all rows.

    ``known``: orthonormal columns (G, N) of which nothing is left in the target.
    """
    basis = list(known)
    for column in columns:
        size = np.einsum("gn,gn->g", column, column)
        for one in (*basis, *basis):
            column = column - np.einsum("gn,gn->g", one, column)[:, None] * one
        left = np.einsum("gn,gn->g", column, column)
        with np.errstate(divide="ignore", invalid="ignore"):
            column = np.where((left > 1e-20 * size)[:, None], column / np.sqrt(left)[:, None], 0.0)
        basis.append(column)
        target = target - np.einsum("gn,gn->g", column, target)[:, None] * column
    return np.einsum("gn,gn->g", target, target)
