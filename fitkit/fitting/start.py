"""The global start by variable projection: scan the few nonlinear parameters, solve the linear ones and the background.

No user start is needed; a user's start narrows the scan to its value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import FitkitError
from ..model import accepted
from ..units import parse_unit
from .problem import Curve

_BLOCK = 2_000_000          # numbers in one block of the scan
_WORK = 13_000              # grid points times data points of a scan; beyond it neighbouring data points are averaged
_WALKERS = {2: 28}          # places from which basins are looked for where the grid is too coarse to tell them, 14 from three nonlinear parameters on
_STEPS = 8                  # that they take
_FEWEST = 40                # but never to fewer points than this
_HOPELESS = {2: 20.0}      # times the lowest sum of squares of the scan: a place so far above leads to no rival optimum; 300 where more are scanned
_POINTS = {1: 64, 2: 16, 3: 11}  # grid points a dimension at most; beyond three as many as give _GRID in all
_GRID = 3000


@dataclass(frozen=True)
class Candidate:
    """A start: weighted sum of squares and local parameters [SI] of one curve."""

    chi2: float
    theta: np.ndarray
    admissible: bool = True


def scan_grid(curve: Curve, name: str) -> np.ndarray:
    """The declared scan of a nonlinear parameter [SI] on the x of this curve, or its typical range.

    Raises
    ------
    FitkitError
        It has neither.
    """
    if name not in curve.scans:
        curve.scans[name] = _scanned(curve, name)
    return curve.scans[name]


def _scanned(curve: Curve, name: str) -> np.ndarray:
    param = curve.model.param(name)
    if param.scan is not None:
        return np.asarray(param.scan(*curve.x, **accepted(param.scan, curve.function_known)), float)
    if param.typical is None:
        raise FitkitError(f"law '{curve.model.name}': nothing says where '{name}' may lie: fk.fit(..., start={{'{name}': value}}), or give the law "
                          f"Param('{name}', typical=(low, high)) or Param('{name}', scan=...)")
    low, high = (parse_unit(param.unit).to_si(edge) for edge in param.typical)
    return np.geomspace(low / 10, high * 10, 49) if low > 0 else np.linspace(low - (high - low), high + (high - low), 49)


def candidates(curve: Curve, fixed: Mapping[str, float], narrowed: Mapping[str, float] | None = None, most: int = 4) -> list[Candidate]:
    """Local minima of the scanned sum of squares, the best first.

    Parameters
    ----------
    fixed
        Parameters (of the law or the background) with their SI values that stay.
    narrowed
        Nonlinear parameters with the one SI value to start from.
    """
    model, narrowed = curve.model, narrowed or {}
    free, shape, grids = _grids(curve, fixed, narrowed)
    mesh, chi2, coefficients, averaged = scan(curve, fixed, grids)
    table = chi2.reshape(shape) if free else chi2
    shares = [axis for axis, name in enumerate(free) if shape[axis] > 1 and all(map(math.isfinite, model.param(name).bounds))]
    scanned = sum(length > 1 for length in shape)
    many = scanned > 2 or scanned == 2 and len(coefficients) > 1  # then the grid is too coarse to tell the basins: walk a few steps from more places
    slices = [index for axis in (range(len(shape)) if many else shares) for index in _best_of_each(table, axis)]
    rows, admissible, places = [], [], []
    for index in dict.fromkeys([*minima(table)[: 4 * most], *slices]):
        nonlinear = {name: float(axis[index, 0]) for name, axis in zip(free, mesh)} | {n: fixed[n] for n in model.nonlinear if n in fixed}
        values = model.parameters_of(coefficients[:, index], curve.x, nonlinear, curve.function_known)
        seen = values is not None
        if values is None:  # the sign is wrong: start from the size of the column, the verdict will say that nothing is seen
            values = model.parameters_of(np.abs(coefficients[:, index]) + 1e-300, curve.x, nonlinear, curve.function_known)
        if values is not None:
            rows.append([fixed.get(name, values.get(name, 0.0)) for name in curve.names])
            admissible.append(seen)
            places.append(index)
    found = _with_background(curve, np.array(rows), fixed, admissible) if rows else []
    finite = [index for index, one in zip(places, found) if math.isfinite(one.chi2)]
    near = {index for index in finite if chi2[index] <= _HOPELESS.get(scanned, 300.0) * chi2[finite].min()}
    found = sorted((one for index, one in zip(places, found) if index in near), key=lambda one: (not one.admissible, one.chi2))
    if many:
        return _walked(averaged, found[:_WALKERS.get(scanned, 14)], fixed)[: most + len(shares)] + found[:1]
    return found[:most + len(slices)]


def scan(curve: Curve, fixed: Mapping[str, float], grids: Mapping[str, np.ndarray]) -> tuple[list[np.ndarray], np.ndarray, np.ndarray, Curve]:
    """The sum of squares on a grid of nonlinear parameters, linear ones and background solved.

    Parameters
    ----------
    grids
        SI values of each nonlinear parameter that is not fixed.

    Returns
    -------
    list of array (G, 1), array (G,), array (K, G), Curve
        The parameters at the grid points (the first varies slowest), weighted sums of squares, coefficients of the law, and
        the curve with neighbours averaged for which they hold.
    """
    model = curve.model
    mesh = _places(grids)
    size = math.prod(map(len, grids.values()))
    curve = _averaged(curve, max(_WORK // size, _FEWEST))
    target, basis = _without_background(curve, fixed)
    held = model.held_coefficients(fixed)
    affine = model.coefficients is None and bool(model.linear) and _has_constant_part(curve, list(grids), mesh, fixed)
    chi2, coefficients = np.empty(size), None
    block = max(1, _BLOCK // (len(curve.y) * max(len(model.params), 1)))
    for start in range(0, size, block):
        part = slice(start, start + block)
        held_at = {name: fixed[name] for name in model.nonlinear if name in fixed}
        with np.errstate(all="ignore"):  # the scan may leave the domain of the law: what is not finite there is no start
            columns = _on_open_grid(curve, grids, held_at) if size <= block and not affine else None
            constant = 0.0
            if columns is None:
                nonlinear = {name: axis[part] for name, axis in zip(grids, mesh)} | held_at
                columns = model.coefficient_columns(curve.x, nonlinear, curve.function_known, sketch=True)
                constant = _constant_part(curve, nonlinear) if affine else 0.0
        wide = np.empty((len(columns), chi2[part].size, len(curve.y)))
        for index, column in enumerate(columns):
            wide[index] = column - constant
        constant = np.broadcast_to(constant, (chi2[part].size, len(curve.y)))
        outside = ~np.all(np.isfinite(wide), axis=(0, 2)) | ~np.all(np.isfinite(constant), axis=1)
        wide[:, outside] = 0.0
        wide = _project(curve.weigh(wide), basis)
        rest = target if not affine else target - _project(curve.weigh(np.where(outside[:, None], 0.0, constant)), basis)
        if held:
            kept = [index for index in range(len(columns)) if index not in held]
            rest, wide = rest - sum(value * wide[index] for index, value in held.items()), wide[kept]
        found_chi2, c = _solve(wide, rest)
        chi2[part] = np.where(outside, np.inf, found_chi2)
        if held:
            full = np.empty((len(columns), found_chi2.size))
            full[kept] = c
            for index, value in held.items():
                full[index] = value
            c = full
        coefficients = c if coefficients is None else np.concatenate([coefficients, c], axis=1)
    return mesh, chi2, coefficients, curve


def _on_open_grid(curve: Curve, grids: Mapping[str, np.ndarray], fixed: Mapping[str, float]) -> list[np.ndarray] | None:
    """Coefficient columns (G, N) from one axis for each parameter: a term that holds one of them is evaluated only along its axis.

    None for one parameter, and for a law that takes no more than columns of them.
    """
    shape = tuple(map(len, grids.values()))
    if len(shape) < 2:
        return None
    axes = {name: values.reshape([-1 if place == axis else 1 for place in range(len(shape))] + [1]) for axis, (name, values) in enumerate(grids.items())}
    try:
        columns = curve.model.coefficient_columns(curve.x, axes | fixed, curve.function_known, sketch=True)
        return [np.broadcast_to(column, (*shape, len(curve.y))).reshape(-1, len(curve.y)) for column in columns]
    except (ValueError, TypeError, IndexError):
        return None


def _walked(curve: Curve, found: list[Candidate], fixed: Mapping[str, float]) -> list[Candidate]:
    """Candidates after a few Levenberg-Marquardt steps on the averaged curve, those that meet counted once; the best first."""
    from .many import evaluate_many, levenberg_many  # which imports this module

    free = np.array([index for index, name in enumerate(curve.names) if name not in fixed])
    positive = np.array([curve.params[index].positive for index in free])
    low = np.where(positive, 0.0, -np.inf)
    target = np.tile(curve.weigh(curve.y), (len(found), 1))
    try:
        with np.errstate(all="ignore"):
            theta, chi2 = levenberg_many(lambda rows: evaluate_many(curve, rows, free), target, np.array([one.theta for one in found]), free, low,
                                         np.full(len(free), np.inf), positive, most=_STEPS)
    except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):  # a law that takes no columns of parameters
        return found
    kept: list[Candidate] = []
    for index in np.argsort(chi2):
        near = (np.all(np.abs(one.theta[free] - theta[index, free]) <= 0.02 * (np.abs(one.theta[free]) + np.abs(theta[index, free])) + 1e-300) for one in kept)
        if np.isfinite(chi2[index]) and not any(near):
            kept.append(Candidate(float(chi2[index]), theta[index], found[index].admissible))
    return kept or found


def _constant_part(curve: Curve, nonlinear: Mapping[str, np.ndarray | float]) -> np.ndarray:
    """What is left of a law where its linear parameters are zero: nothing of most."""
    model = curve.model
    return model.function(*curve.x, *(0.0 if p.linear else nonlinear[p.name] for p in model.params), **curve.function_known)


def _has_constant_part(curve: Curve, free, mesh, fixed: Mapping[str, float]) -> bool:
    """Looked up in the middle of the scan."""
    middle = {name: float(axis[len(axis) // 2, 0]) for name, axis in zip(free, mesh)} | {name: fixed[name] for name in curve.model.nonlinear if name in fixed}
    with np.errstate(all="ignore"):
        return bool(np.any(_constant_part(curve, middle)))


def _averaged(curve: Curve, most: int) -> Curve:
    """The curve with runs of neighbours in x averaged to about ``most`` points, the ends as they are: enough to find the basins."""
    size = len(curve.y)
    if size <= most or len(curve.x) > 1 or curve.whitener is not None:
        return curve
    order, edges = np.argsort(curve.x[0], kind="stable"), np.unique([0, 1, *np.linspace(1, size - 1, most - 1).astype(int), size])
    counts = np.diff(edges)

    def mean(rows):
        return np.add.reduceat(rows[..., order], edges[:-1], axis=-1) / counts

    y_err = 1 / np.sqrt(counts) if curve.y_err is None else np.sqrt(mean(curve.y_err**2) / counts)
    return replace(curve, x=(mean(curve.x[0]),), y=mean(curve.y), y_err=y_err, background=mean(curve.background))


def _grids(curve: Curve, fixed: Mapping[str, float], narrowed: Mapping[str, float]) -> tuple[list[str], tuple[int, ...], dict[str, np.ndarray]]:
    """Names of the scanned parameters, shape of their grid, and for each its values."""
    free = [name for name in curve.model.nonlinear if name not in fixed]
    scanned = sum(name not in narrowed for name in free)
    most = _POINTS.get(scanned) or max(int(_GRID ** (1 / max(scanned, 1))), 2)
    grids = {name: np.array([narrowed[name]]) if name in narrowed else thin(scan_grid(curve, name), most) for name in free}
    return free, tuple(map(len, grids.values())), grids


def _mesh(curve: Curve, fixed: Mapping[str, float], narrowed: Mapping[str, float]) -> tuple[list[str], tuple[int, ...], list[np.ndarray]]:
    """Names of the scanned parameters, shape of their grid, and for each its values (places, 1)."""
    free, shape, grids = _grids(curve, fixed, narrowed)
    return free, shape, _places(grids)


def _places(grids: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The values (places, 1) of each parameter at all places of a grid, the first varying slowest."""
    return [axis.reshape(-1, 1) for axis in np.meshgrid(*grids.values(), indexing="ij")] if grids else []


def thin(grid: np.ndarray, most: int) -> np.ndarray:
    """At most ``most`` places of a grid, its ends among them."""
    return grid if len(grid) <= most else grid[np.unique(np.linspace(0, len(grid) - 1, most).round().astype(int))]


def _without_background(curve: Curve, fixed: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    names = curve.names[curve.model_size:]
    y = curve.y - sum((fixed[name] * column for name, column in zip(names, curve.background) if name in fixed), np.zeros(len(curve.y)))
    free = [index for index, name in enumerate(names) if name not in fixed]
    if not free:
        return curve.weigh(y), np.empty((len(y), 0))
    basis, _ = np.linalg.qr(curve.weigh(curve.background[free]).T)
    return _project(curve.weigh(y), basis), basis


def _project(rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
    return rows - (rows @ basis) @ basis.T if basis.shape[1] else rows


def _solve(columns: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares for every grid point: columns (K, G, N), target (N,) or (G, N) -> chi2 (G,), coefficients (K, G)."""
    norms = np.sqrt(np.einsum("kgn,kgn->kg", columns, columns))
    norms[norms == 0] = 1.0
    unit = columns / norms[:, :, None]
    target = np.broadcast_to(target, columns.shape[1:] if len(columns) else target.shape)
    size = np.einsum("gn,gn->g", target, target) if target.ndim == 2 else np.array([target @ target])
    if not len(columns):
        return size, np.empty((0, len(size)))
    right = np.einsum("kgn,gn->gk", unit, target)
    if len(columns) == 1:
        c = right
    else:
        gram = np.einsum("kgn,lgn->gkl", unit, unit) + 1e-14 * np.eye(len(columns))
        c = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
    chi2 = np.maximum(size - np.einsum("gk,gk->g", c, right), 0.0)
    return np.where(np.isfinite(chi2), chi2, np.inf), c.T / norms


def minima(chi2: np.ndarray) -> list[int]:
    """Flat indices of the local minima of a grid, the lowest first."""
    lowest = np.ones(chi2.shape, bool)
    for axis in range(chi2.ndim if chi2.size > 1 else 0):
        values, low = np.moveaxis(chi2, axis, 0), np.moveaxis(lowest, axis, 0)
        low[1:] &= values[1:] <= values[:-1]
        low[:-1] &= values[:-1] <= values[1:]
    found = np.flatnonzero(lowest & np.isfinite(chi2))
    flat = chi2.ravel()
    return sorted(map(int, found), key=lambda index: flat[index])


def _best_of_each(chi2: np.ndarray, axis: int) -> list[int]:
    """Flat indices of the lowest point at each value of one parameter.

    A share between 0 and 1 often enters squared about a middle value: both sides then draw nearly the same curve, and the
    grid of the others is too coarse to show the ridge between them.
    """
    flat = np.arange(chi2.size).reshape(chi2.shape)
    rows, places = (np.moveaxis(one, axis, 0).reshape(chi2.shape[axis], -1) for one in (chi2, flat))
    return [int(place[np.argmin(row)]) for row, place in zip(rows, places) if np.isfinite(row).any()]


def _with_background(curve: Curve, theta: np.ndarray, fixed: Mapping[str, float], admissible: list[bool]) -> list[Candidate]:
    """Local parameters (G, P) with the free background columns solved, as candidates."""
    size = curve.model_size
    with np.errstate(all="ignore"):  # what is finite on the averaged curve need not be on all points
        value = curve.model.function(*curve.x, *theta.T[:size, :, None], **curve.function_known)
    rest = curve.weigh(curve.y - value - theta[:, size:] @ curve.background)
    free = [size + index for index, name in enumerate(curve.names[size:]) if name not in fixed]
    if free:
        columns = curve.weigh(curve.background[[index - size for index in free]])
        finite = np.isfinite(rest).all(axis=1)
        c = np.linalg.lstsq(columns.T, np.where(finite[:, None], rest, 0.0).T, rcond=None)[0].T
        theta[:, free] = c
        rest = rest - c @ columns
    chi2 = np.einsum("gn,gn->g", rest, rest)
    return [Candidate(float(one) if np.isfinite(one) else math.inf, row, seen) for one, row, seen in zip(chi2, theta, admissible)]
