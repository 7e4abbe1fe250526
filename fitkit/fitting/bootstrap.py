"""bootstrap(): errors that do not lean on the curvature at the optimum, from resampled data.

[1] B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (Chapman & Hall, 1993)
[2] D. N. Politis, H. White, Econometric Reviews 23, 53 (2004); 28, 372 (2009): circular blocks and their length
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import FitkitError
from ..measured import Measured, format_range, format_value
from ..model import Model
from . import start
from .derived import inputs_of, unit_of
from .many import fit_curves
from .rebound import Bound, rebind
from .result import FitResult
from .uncertainty import autocorrelation, correlate

_KINDS = ("auto", "residual", "block", "parametric")


@dataclass(frozen=True)
class Bootstrap:
    """Parameters and derived quantities of resampled data; prints beside the errors of the fit.

    Attributes
    ----------
    kind
        "residual", "block" or "parametric".
    block
        Length of the blocks in points; 1 where points were drawn one by one.
    draws
        Values of each quantity in its unit, shape (n - failed,).
    fitted
        The quantities of the fit itself.
    failed
        Resampled curves without an admissible optimum; they are left out.
    """

    name: str
    law: str
    kind: str
    n: int
    block: int
    draws: Mapping[str, np.ndarray]
    fitted: Mapping[str, Measured]
    failed: int = 0
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Fitted parameters, then derived quantities."""
        return tuple(self.draws)

    def values(self, name: str) -> np.ndarray:
        """Values of a quantity in its unit, one for each resampled curve."""
        if name not in self.draws:
            raise FitkitError(f"{self.name}: the bootstrap holds {', '.join(self.draws)}, not '{name}'")
        return self.draws[name]

    def error(self, name: str) -> float:
        """Standard deviation of the resampled values, in the unit of the quantity."""
        return float(np.std(self.values(name), ddof=1))

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Percentile interval in the unit of the quantity."""
        low, high = np.quantile(self.values(name), [0.5 - level / 2, 0.5 + level / 2])
        return float(low), float(high)

    def table(self) -> str:
        """Errors of the fit and of the bootstrap side by side, ASCII."""
        rows = [("", "fit", "error of the fit", "bootstrap error", "95 % interval", "", "")]
        for name in self.names:
            one, (low, high) = self.fitted[name], self.interval(name)
            rows.append((name, format_value(one.value, one.error), "none" if one.error is None else f"{one.error:.3g}", f"{self.error(name):.3g}",
                         format_range(low, high), one.unit, "" if one.verdict == "ok" else one.verdict.upper()))
        widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        how = {"residual": "residuals drawn one by one", "block": f"residuals drawn in blocks of {self.block} points", "parametric": "noise drawn from the given errors"}
        head = f"{self.name}: {self.law}, {self.n} resampled curves, {how[self.kind]}"
        return "\n".join([head, *lines, *self.notes])

    __repr__ = table


def bootstrap(result: FitResult, n: int = 1000, kind: str = "auto", seed: int = 0, dataset: str | None = None, model: Model | None = None) -> Bootstrap:
    """Errors of a fit from resampled data: fitted curve + resampled noise, fitted again n times.

    Parameters
    ----------
    result
        A fit of one dataset, or a series of such fits with ``dataset`` naming one.
    n
        Number of resampled curves.
    kind
        ``"residual"``: residuals drawn one by one with replacement, centred, enlarged by sqrt(N/(N - p)) [1].
        ``"block"``: circular blocks of residuals of each sweep in time order [2], for noise with a memory.
        ``"parametric"``: normal noise with the given errors (or covariance).
        ``"auto"``: blocks where the residuals are significantly correlated, else parametric where errors are given, else residual.
    seed
        Of the random numbers: the same seed, the same answer.
    dataset
        Name of the dataset in a series.
    model
        The law where it is not in the catalogue.

    Raises
    ------
    FitkitError
        A joint fit, a failed fit, a law that cannot be found, or an unknown kind.

    Notes
    -----
    The blocks have l = (3N/2)^(1/3) (2 rho/(1 - rho^2))^(2/3) points, the length of least mean square error for noise of
    lag-1 correlation rho [2], at most a third of a sweep. Neighbours of different blocks have lost their correlation: for
    AR(1) noise and slowly varying columns the variance is too small by a known factor, sum (1 - |k|/l) rho^|k| over
    sum rho^|k|; the residuals are enlarged to make up for it, and for the part of the noise that the fit has absorbed.
    With given errors blocks are scaled to rms 1 in units of the errors, as the fit takes them.
    Metadata with an error (the temperature in U*) are drawn too. The error of a parameter that was fixed is not.
    """
    if kind not in _KINDS:
        raise FitkitError(f"kind={kind!r}: one of {', '.join(_KINDS)}")
    if n < 2:
        raise FitkitError(f"n={n}: a bootstrap wants some hundred curves")
    bound = rebind(result, dataset, model, "bootstrap")
    curve, rng = bound.curve, np.random.default_rng(seed)
    if kind == "parametric" and not bound.given:
        raise FitkitError(f"{curve.data.name}: kind='parametric' wants given errors, these were estimated from the scatter: kind='residual'")
    residuals = bound.residuals
    memory = autocorrelation(residuals, curve.groups, len(bound.free))
    if kind == "auto":
        kind = "block" if memory.significant and curve.whitener is None else "parametric" if bound.given else "residual"
    block = 1
    if kind == "parametric":
        noise = rng.standard_normal((n, len(residuals)))
    elif kind == "residual":
        centred = (residuals - residuals.mean()) * math.sqrt(len(residuals) / max(len(residuals) - len(bound.free), 1))
        noise = centred.take(rng.integers(len(centred), size=(n, len(centred))))
    else:
        noise, block = _blocks(rng, n, residuals, bound.jacobian, curve.groups, max(memory.rho, 0.0), bound.given)
    if curve.whitener is not None:
        noise = np.linalg.solve(curve.whitener, noise.T).T
    elif curve.y_err is not None:
        noise = noise * curve.y_err
    noise += bound.fitted
    found = fit_curves(curve, noise, bound.fixed, limits=bound.limits, near=bound.theta)
    values = found.values[found.ok]
    if len(values) < 2:
        raise FitkitError(f"{curve.data.name}: no resampled curve has an admissible optimum of '{curve.model.name}'; the signal does not stand out of the noise")
    draws = {name: unit.from_si(values[:, index]) for index, (name, unit) in enumerate(zip(curve.names, curve.units)) if name not in bound.fixed}
    draws |= _derived_draws(bound, values, rng)
    failed = n - len(values)
    notes = [f"{failed} of {n} resampled curves have no admissible optimum and are left out"] if failed else []
    notes += _runaways(bound, values)
    if kind == "block":
        notes.append(f"residuals correlated, lag-1 {memory.rho:.2f}")
    return Bootstrap(name=bound.fit.name, law=curve.model.name, kind=kind, n=n, block=block, draws=draws,
                     fitted={name: bound.fit[name] for name in draws}, failed=failed, notes=tuple(notes))


def _runaways(bound: Bound, values: np.ndarray) -> list[str]:
    """Parameters that reach a bound or leave their scan in some curves: their percentiles say where the walk ended."""
    found = []
    for index in bound.free:
        name, (low, high) = bound.curve.names[index], bound.limits[index]
        if bound.curve.params[index].scan is not None:
            grid = start.scan_grid(bound.curve, name)
            low, high = max(low, float(grid.min())), min(high, float(grid.max()))
        margin = [1e-9 * abs(edge) if math.isfinite(edge) else 0.0 for edge in (low, high)]
        count = int(np.sum((values[:, index] <= low + margin[0]) | (values[:, index] >= high - margin[1])))
        if count:
            found.append(f"{name} reaches the end of its range in {count} of {len(values)} resampled curves: take the interval of fk.profile")
    return found


def _blocks(rng, n: int, residuals: np.ndarray, jacobian: np.ndarray, groups, rho: float, given: bool) -> tuple[np.ndarray, int]:
    """Residuals in circular blocks within each group of rows, shape (n, N), and the longest block."""
    noise, longest = np.empty((n, len(residuals))), 1
    size = len(residuals)
    basis = np.linalg.qr((jacobian / np.maximum(np.linalg.norm(jacobian, axis=1), 1e-300)[:, None]).T)[0].T
    absorbed = min(float(np.einsum("vn,vn->", basis, correlate(basis, rho, groups))) / size, 0.95)
    centred = residuals - residuals.mean()
    factor = 1 / math.sqrt(float(np.mean(centred**2))) if given else 1 / math.sqrt(1 - absorbed)
    for rows in groups:
        length = math.ceil((1.5 * size) ** (1 / 3) * (2 * rho / (1 - rho**2)) ** (2 / 3)) if rho > 0 else 1
        length = max(1, min(length, len(rows) // 3))
        lags = np.arange(1, length)
        kept = (1 + 2 * np.sum((1 - lags / length) * rho**lags)) / ((1 + rho) / (1 - rho))
        first = rng.integers(len(rows), size=(n, math.ceil(len(rows) / length)))
        places = ((first[:, :, None] + np.arange(length)) % len(rows)).reshape(n, -1)[:, : len(rows)]
        noise[:, rows] = centred[rows][places] * (factor / math.sqrt(kept))
        longest = max(longest, length)
    return noise, longest


def _derived_draws(bound: Bound, values: np.ndarray, rng) -> dict[str, np.ndarray]:
    """Derived quantities in their unit for every row of parameters; metadata with an error are drawn once for all quantities."""
    curve, found = bound.curve, {}
    table = dict(zip(curve.names, bound.theta))
    metadata: dict[str, np.ndarray] = {}
    for one in curve.model.derived:
        inputs = inputs_of(one, curve, table)
        if isinstance(inputs, str) or one.name not in bound.fit.derived:
            continue
        names, numbers, deviations, function = inputs
        columns = []
        for name, number, deviation in zip(names, numbers, deviations):
            if name in table:
                columns.append(number if name in bound.fixed else values[:, curve.names.index(name)])
            elif deviation > 0:
                if name not in metadata:
                    metadata[name] = rng.normal(number, deviation, len(values))
                columns.append(metadata[name])
            else:
                columns.append(number)
        found[one.name] = unit_of(one, curve).from_si(_mapped(function, columns, len(values)))
    return found


def _mapped(function: Callable, columns: list, size: int) -> np.ndarray:
    """A function of numbers for rows of numbers: at once where it takes arrays, else row by row; NaN where it has no value."""
    try:
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(function(*columns), float), (size,)).copy()
    except (TypeError, ValueError):
        pass
    result = np.full(size, np.nan)
    for row, numbers in enumerate(zip(*(np.broadcast_to(one, (size,)).tolist() for one in columns))):
        try:
            result[row] = function(*numbers)
        except (ValueError, ZeroDivisionError, OverflowError):
            pass
    return result
