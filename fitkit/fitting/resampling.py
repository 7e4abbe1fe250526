"""Errors that do not lean on the curvature at the optimum: bootstrap and profile likelihood of a fitted dataset.

[1] B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (Chapman & Hall, 1993)
[2] D. N. Politis, H. White, Econometric Reviews 23, 53 (2004); 28, 372 (2009): circular blocks and their length
[3] D. J. Venzon, S. H. Moolgavkar, Appl. Statist. 37, 87 (1988): ends of profile intervals by Newton's method
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ..errors import FitkitError
from ..measured import Measured, format_value
from ..model import Derived, Model, get_model
from ..units import Unit
from . import solve, start
from .derived import inputs_of, unit_of
from .many import evaluate_many, fit_curves
from .problem import Curve, Problem, Variable, bind
from .result import DatasetFit, FitResult
from .settings import Settings, limits_of
from .uncertainty import autocorrelation, correlate

_KINDS = ("auto", "residual", "block", "parametric")


# -- a result bound again ---------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class _Bound:
    """A dataset of a result with its law: the curve, fixed values, bounds and optimum in SI, as the fit had them."""

    fit: DatasetFit
    curve: Curve
    fixed: Mapping[str, float]
    limits: list[tuple[float, float]]
    theta: np.ndarray

    @cached_property
    def free(self) -> list[int]:
        return [index for index, name in enumerate(self.curve.names) if name not in self.fixed]

    @property
    def given(self) -> bool:
        return self.curve.y_err is not None or self.curve.whitener is not None

    @cached_property
    def fitted(self) -> np.ndarray:
        """The fitted curve [SI]."""
        return self._evaluated[0]

    @cached_property
    def residuals(self) -> np.ndarray:
        """Weighted residuals, shape (N,)."""
        return self.curve.weigh(self.curve.y - self.fitted)

    @cached_property
    def jacobian(self) -> np.ndarray:
        """Weighted derivatives by the free parameters, shape (V, N)."""
        return self.curve.weigh(self._evaluated[1][self.free])

    @cached_property
    def _evaluated(self) -> tuple[np.ndarray, np.ndarray]:
        return self.curve.evaluate(self.theta)

    @cached_property
    def log(self) -> np.ndarray:
        """Which free parameters enter as logarithms."""
        return np.array([self.curve.params[index].positive and self.limits[index][0] >= 0 for index in self.free], bool)


def _rebind(result: FitResult, dataset: str | None, model: Model | None, what: str) -> _Bound:
    names = [one.name for one in result.fits]
    if result.options.get("share") and len(names) > 1:
        raise FitkitError(f"{what}: the datasets were fitted together (share={list(result.options['share'])}); {what} works on fits of one dataset. "
                          "Fit without share, or with fix= at the joint value")
    if dataset is None and len(names) > 1:
        raise FitkitError(f"{what}: the result holds {len(names)} datasets, name one with dataset=: {', '.join(names)}")
    if dataset is not None and dataset not in names:
        raise FitkitError(f"{what}: no dataset '{dataset}'. There are {', '.join(names)}")
    one = result.fits[0 if dataset is None else names.index(dataset)]
    if one.failed:
        raise FitkitError(f"{what}: {one.name} could not be fitted: {one.failed}")
    law = _law(result, model, what)
    options = result.options
    if options.get("loss"):
        raise FitkitError(f"{what}: the fit used loss='{options['loss']}', whose errors are approximate; leave the outliers out with fk.drop_rows and fit again")
    # the fitted parameters and knowns say what the options meant, also where those came from texts or other fits
    background = [name for name in one.parameters if name not in {param.name for param in law.params}]
    assume = {name: one.known[name] for name in options.get("assume") or {}}
    curve = bind(law, one.data, background=background, errors=options.get("errors"), assume=assume)
    if curve.y_err is not None and one.y_err is not None and len(one.y_err) == len(curve.y_err):
        curve = replace(curve, y_err=one.y_err)  # with the errors of x in it
    fixed = {name: value.si for name, value in one.parameters.items() if value.origin == "fixed"}
    settings = Settings(law, names, {}, {}, tuple(options.get("free") or ()), {}, dict(options.get("bounds") or {}), background)
    user = settings.si(settings.bounds, curve, pair=True)
    limits = [limits_of(curve, param, unit, user.get(name)) for name, param, unit in zip(curve.names, curve.params, curve.units)]
    theta = np.array([one.parameters[name].si for name in curve.names])
    for index, (low, high) in enumerate(limits):
        if curve.names[index] not in fixed:
            theta[index] = min(max(theta[index], low), high)  # a unit and back moves the last digit over a bound
    bound = _Bound(one, curve, fixed, limits, theta)
    if not bound.free:
        raise FitkitError(f"{what}: all parameters of {one.name} are fixed")
    return bound


def _law(result: FitResult, model: Model | None, what: str) -> Model:
    if model is not None:
        law = get_model(model)
        if law.name != result.law:
            raise FitkitError(f"{what}: the result is of the law '{result.law}', model= is '{law.name}'")
        return law
    try:
        return get_model(result.law)
    except FitkitError:
        raise FitkitError(f"{what}: the law '{result.law}' is not in the catalogue; give it: fk.{what}(result, ..., model=your_model)") from None


# -- bootstrap ------------------------------------------------------------------------------------------------------------

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
                         _range(low, high), one.unit, "" if one.verdict == "ok" else one.verdict.upper()))
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
    bound = _rebind(result, dataset, model, "bootstrap")
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


def _runaways(bound: _Bound, values: np.ndarray) -> list[str]:
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


def _derived_draws(bound: _Bound, values: np.ndarray, rng) -> dict[str, np.ndarray]:
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


# -- profile likelihood ---------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Profile:
    """Profile-likelihood interval of one quantity.

    Attributes
    ----------
    value
        The quantity of the fit.
    low, high
        Ends of the interval; None where it is open on that side.
    reason
        Why a side is open.
    """

    name: str
    level: float
    value: Measured
    low: Measured | None
    high: Measured | None
    reason: str = ""
    _curve: Callable[[int], tuple[np.ndarray, np.ndarray]] | None = field(default=None, repr=False, compare=False)

    @property
    def text(self) -> str:
        """``L_phi = 148.2 to 151.9 nm (95 %)``, ``L_phi > 300 nm (95 %), open above``."""
        level, unit = f"({100 * self.level:.4g} %)", f" {self.value.unit}" if self.value.unit else ""
        if self.low is None and self.high is None:
            return f"{self.name}: open below and above {level}, these data do not limit it"
        if self.low is None:
            return f"{self.name} < {_one_end(self.high.value)}{unit} {level}, open below"
        if self.high is None:
            return f"{self.name} > {_one_end(self.low.value)}{unit} {level}, open above"
        return f"{self.name} = {_range(self.low.value, self.high.value)}{unit} {level}"

    def curve(self, points: int = 41) -> tuple[np.ndarray, np.ndarray]:
        """Values in the unit and the excess of chi^2 over its minimum in units of the noise variance, for plotting.

        The excess is t^2 at the ends, t the quantile of Student's (or the normal) distribution at the level.
        """
        if self._curve is None:
            raise FitkitError(f"{self.name}: a stored profile holds the interval, not the data; call fk.profile(result, '{self.name}') again")
        return self._curve(points)

    def __getstate__(self):
        return {**vars(self), "_curve": None}  # it holds the law, whose functions do not pickle

    def __repr__(self) -> str:
        return self.text + (f"\n    {self.reason}" if self.reason else "")


def profile(result: FitResult, name: str, level: float = 0.95, dataset: str | None = None, model: Model | None = None) -> Profile:
    """Interval of a parameter from the profile likelihood: all values at which the best of the other parameters still fits.

    Parameters
    ----------
    result
        A fit of one dataset, or a series of such fits with ``dataset`` naming one.
    name
        A fitted parameter, or a derived quantity that is a one-to-one function of one fitted parameter (errors of its
        metadata do not enter).
    level
        Confidence level.
    dataset
        Name of the dataset in a series.
    model
        The law where it is not in the catalogue.

    Raises
    ------
    FitkitError
        A joint fit, a failed fit, an unknown or fixed parameter, a derived quantity of several parameters.

    Notes
    -----
    The threshold is chi^2_min + t^2 v with t from Student's distribution (degrees of freedom of the fit) or, for given
    errors, the normal one; v is the variance of the noise, multiplied by the square of what correlated residuals (and the
    prior of a fixed parameter) add to the error of this parameter. So a linear law gives exactly the interval of the fit.
    An interval that reaches a bound, or where chi^2 levels off, is open there.
    """
    if not 0 < level < 1:
        raise FitkitError(f"level={level!r}: a probability between 0 and 1, for example 0.95")
    bound = _rebind(result, dataset, model, "profile")
    curve = bound.curve
    derived = next((one for one in curve.model.derived if one.name == name), None)
    parameter, function = (name, None) if derived is None else _one_parameter(derived, bound)
    if parameter not in curve.names:
        raise FitkitError(f"profile: '{curve.model.name}' has {', '.join([*curve.names, *(one.name for one in curve.model.derived)])}, not '{name}'")
    if parameter in bound.fixed:
        raise FitkitError(f"profile: '{parameter}' is fixed in this fit")
    tracer = _Tracer(bound, parameter, level)
    low, high, reason = _intervals(bound, [tracer])[0]
    if derived is None:
        return _as_profile(tracer, level, low, high, reason)
    if not _monotone(function, *(bound.theta[tracer.place] if end is None else end for end in (low, high))):
        raise FitkitError(f"profile: '{name}' is no one-to-one function of {parameter} over its interval; profile '{parameter}'")
    return _as_profile(tracer, level, low, high, reason, name, function, unit_of(derived, curve))


def profiles(result: FitResult, level: float = 0.95, dataset: str | None = None, model: Model | None = None) -> dict[str, Profile]:
    """:func:`profile` of every fitted parameter in one pass."""
    if not 0 < level < 1:
        raise FitkitError(f"level={level!r}: a probability between 0 and 1, for example 0.95")
    bound = _rebind(result, dataset, model, "profile")
    tracers = [_Tracer(bound, bound.curve.names[index], level) for index in bound.free]
    return {tracer.name: _as_profile(tracer, level, *found) for tracer, found in zip(tracers, _intervals(bound, tracers))}


def _as_profile(tracer: _Tracer, level: float, low: float | None, high: float | None, reason: str, name: str = "",
                function: Callable[[float], float] | None = None, unit: Unit | None = None) -> Profile:
    bound, centre = tracer.bound, float(tracer.bound.theta[tracer.place])
    name, unit, shown = name or tracer.name, unit or bound.curve.units[tracer.place], function or float
    ends = [None if end is None else Measured(float(unit.from_si(shown(end))), None, unit.symbol, "profile") for end in (low, high)]
    if function is not None and _falls(function, centre, low, high):
        ends.reverse()
    return Profile(name, level, bound.fit[name], *ends, reason, lambda points: _drawn(tracer, shown, unit, centre, low, high, points))


def _one_parameter(derived: Derived, bound: _Bound) -> tuple[str, Callable[[float], float]]:
    """The one fitted parameter behind a derived quantity, and the quantity [SI] as a function of it [SI]."""
    inputs = inputs_of(derived, bound.curve, dict(zip(bound.curve.names, map(float, bound.theta))))
    if isinstance(inputs, str):
        raise FitkitError(f"{bound.fit.name}: no '{derived.name}': {inputs}")
    names, numbers, _, function = inputs
    fitted = [name for name in names if name in bound.curve.names and name not in bound.fixed]
    if len(fitted) != 1:
        raise FitkitError(f"profile: '{derived.name}' depends on {', '.join(fitted) or 'no fitted parameter'}; a profile follows one parameter, fk.bootstrap gives all")
    index = names.index(fitted[0])
    return fitted[0], lambda value: function(*numbers[:index], value, *numbers[index + 1:])


def _monotone(function: Callable[[float], float], low: float, high: float) -> bool:
    values = []
    for one in np.linspace(low, high, 33):
        try:
            values.append(float(function(float(one))))
        except (ValueError, ZeroDivisionError, OverflowError):
            return False
    steps = np.diff(values)
    return bool(np.all(np.isfinite(values)) and (np.all(steps >= 0) or np.all(steps <= 0)))


def _falls(function: Callable[[float], float], centre: float, low: float | None, high: float | None) -> bool:
    ends = [one for one in (low, centre, high) if one is not None]
    return function(float(ends[-1])) < function(float(ends[0]))


def _drawn(tracer: _Tracer, function, unit: Unit, centre: float, low: float | None, high: float | None, points: int):
    """Values in the unit, rising, and the excess of chi^2 over its minimum in units of the noise variance."""
    middle = tracer.scale(centre)
    ends = [None if end is None else tracer.scale(end) for end in (low, high)]
    reach = max((abs(end - middle) for end in ends if end is not None), default=1.0 if tracer.log else abs(middle) or 1.0)
    first, last = (middle + side * reach if end is None else end for side, end in zip((-1, 1), ends))
    margin = 0.15 * (last - first)
    places = [tracer.value(float(place)) for place in np.linspace(first - margin, last + margin, points)]
    excess = np.array([tracer.chi2(place) - tracer.least for place in places]) / tracer.variance
    values = np.array([unit.from_si(function(place)) for place in places])
    order = np.argsort(values, kind="stable")
    return values[order], np.maximum(excess[order], 0.0)


def _intervals(bound: _Bound, tracers: list[_Tracer]) -> list[tuple[float | None, float | None, str]]:
    """(low, high) [SI], None where open, and the reason, of each parameter."""
    parameters = bound.fit.parameters
    easy = [one for one in tracers if parameters[one.name].verdict in ("ok", "conditional") and one.variance > 0]
    found = dict(zip((one.name for one in easy), _newton(bound, easy)))
    return [(*found[one.name], "") if found.get(one.name) else one.walk() for one in tracers]


def _newton(bound: _Bound, tracers: list[_Tracer]) -> list[tuple[float, float] | None]:
    """Both ends for all parameters at once by Newton's method on {chi^2 = threshold, the others at their best} [3].

    With the gradient b and the curvature H of chi^2/2, M = H^-1, the minimum of the parabola is M b away and the place where
    the best of the others reaches the threshold T is M b +- M e_j sqrt((T - chi^2_min)/M_jj). None where that does not settle.
    """
    free = bound.free
    size = len(tracers)
    if not size:
        return []
    column = np.repeat([one.row for one in tracers], 2)
    side, pick = np.tile([-1.0, 1.0], size), np.arange(2 * size)
    threshold = np.repeat([one.threshold for one in tracers], 2)
    target = bound.curve.weigh(bound.curve.y)
    low, high = (np.array([bound.limits[index][edge] for index in free]) for edge in (0, 1))
    theta = np.tile(bound.theta, (2 * size, 1))
    rest, jacobian = np.tile(bound.residuals, (2 * size, 1)), np.tile(bound.jacobian, (2 * size, 1, 1))
    settled = np.zeros(2 * size, bool)
    try:
        with np.errstate(all="ignore"):  # a row that has gone wrong turns into NaN and never settles
            for turn in range(20):
                if turn:
                    value, jacobian = evaluate_many(bound.curve, theta, free)
                    rest = target - value
                jacobian = jacobian * np.where(bound.log, theta[:, free], 1.0)[:, :, None]
                norm = np.sqrt(np.einsum("gvn,gvn->gv", jacobian, jacobian))
                jacobian /= norm[:, :, None]
                inverse = np.linalg.inv(jacobian @ jacobian.transpose(0, 2, 1))
                right = np.einsum("gvn,gn->gv", jacobian, rest)
                full = np.einsum("gvw,gw->gv", inverse, right)
                left = threshold - np.einsum("gn,gn->g", rest, rest) + np.einsum("gv,gv->g", full, right)
                step = full + inverse[pick, column] * (side * np.sqrt(left / inverse[pick, column, column]))[:, None]
                moved = step / norm
                here = theta[:, free]
                new = np.where(bound.log, here * np.exp(np.clip(np.where(bound.log, moved, 0.0), -1.0, 1.0)), here + moved)
                inside = np.all((new > low) & (new < high), axis=1)
                settled = inside & np.all(np.abs(step) <= 1e-5 * np.sqrt(np.abs(left))[:, None], axis=1)
                theta[:, free] = np.where(inside[:, None], new, here)
                if np.all(settled) or not np.any(inside):
                    break
    except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):  # a law that takes no arrays of parameters
        return [None] * size
    found: list[tuple[float, float] | None] = []
    for number, place in enumerate(one.place for one in tracers):
        ends = float(theta[2 * number, place]), float(theta[2 * number + 1, place])
        found.append(ends if settled[2 * number: 2 * number + 2].all() and ends[0] < bound.theta[place] < ends[1] else None)
    return found


class _Tracer:
    """The sum of squares of one dataset with one parameter held, the others at their best."""

    def __init__(self, bound: _Bound, name: str, level: float):
        from scipy.special import ndtri, stdtrit

        self.bound, self.name = bound, name
        curve, one = bound.curve, bound.fit
        self.place = curve.names.index(name)
        self.row = bound.free.index(self.place)
        self.log = bool(bound.log[self.row])
        self.low, self.high = bound.limits[self.place]
        self.least = float(bound.residuals @ bound.residuals)
        dof = one.parameters[name].dof
        tail = 0.5 + level / 2
        self.quantile = float(ndtri(tail) if math.isinf(dof) else stdtrit(dof, tail))
        self.variance = self._variance()
        self._last: list[tuple[float, np.ndarray]] = []

    @property
    def threshold(self) -> float:
        return self.least + self.quantile**2 * self.variance

    @cached_property
    def stiffness(self) -> float:
        """Curvature of the profile by the parameter [1/SI^2]: its column without what the others can take over."""
        column, others = self.bound.jacobian[self.row], np.delete(self.bound.jacobian, self.row, axis=0)
        if len(others):
            norms = np.linalg.norm(others, axis=1)
            unit = (others / np.where(norms > 0, norms, 1.0)[:, None]).T
            column = column - unit @ np.linalg.lstsq(unit, column, rcond=None)[0]
        return float(column @ column)

    def _variance(self) -> float:
        """Noise variance times the square of what the fit added to the error of this parameter."""
        bound, statistics = self.bound, self.bound.fit.statistics
        white = 1.0 if bound.given else self.least / max(len(bound.residuals) - len(bound.free), 1)
        prior = any(param.prior and param.prior in bound.curve.data.meta for param in bound.curve.params)
        if not (statistics.corrected or prior):
            return white
        index = [label.partition("[")[0] for label in statistics.variables].index(self.name)
        ratio = float(statistics.covariance[index, index]) * self.stiffness
        rho = max(autocorrelation(bound.residuals, bound.curve.groups, len(bound.free)).rho, 0.0)
        long = white * (1 + rho) / (1 - rho)  # of a column that varies slowly; where the curvature says nothing
        return ratio if math.isfinite(ratio) and 0.5 * white <= ratio <= 1e3 * long else long

    def walk(self) -> tuple[float | None, float | None, str]:
        """Walk out from the optimum with the others solved anew at every place; for flat, bounded and ambiguous cases."""
        one = self.bound.fit.parameters[self.name]
        self._last = [(self.scale(self.bound.theta[self.place]), self.bound.theta)]
        far = self._other_basins() if one.verdict == "ambiguous" else (None, None)
        low, below = self._end(-1, far[0])
        high, above = self._end(1, far[1])
        return low, high, "; ".join(filter(None, (below, above)))

    def scale(self, value: float) -> float:
        """Where a value [SI] lies on the axis of the walk: its logarithm where it enters as one."""
        return math.log(max(value, 1e-300)) if self.log else float(value)

    def value(self, place: float) -> float:
        """Back to SI, inside the bounds."""
        return min(max(math.exp(min(place, 700.0)) if self.log else place, self.low), self.high)

    def _end(self, side: int, outer: float | None) -> tuple[float | None, str]:
        """One end by growing steps, or None and why it is open."""
        begin = self.scale(self.bound.theta[self.place]) if outer is None else outer
        deviation = math.sqrt(self.quantile**2 * self.variance / self.stiffness) if self.stiffness > 0 else math.inf
        if self.log:
            deviation /= math.exp(self.scale(self.bound.theta[self.place]))
            step = min(max(deviation, 1e-9), 0.5)
        else:
            size = max(abs(begin), abs(self.bound.fit.parameters[self.name].error or 0.0) * self.bound.curve.units[self.place].factor, 1e-300)
            step = min(max(deviation, 1e-9 * size), size) if size > 1e-300 else deviation
        if not math.isfinite(step) or step <= 0:
            step = 1.0
        edge = self.high if side > 0 else self.low
        last_in, first = begin, step
        for _ in range(200):
            value = self.value(begin + side * step)
            if self.chi2(value) > self.threshold:
                return self.value(self._cross(last_in, self.scale(value))), ""
            last_in = self.scale(value)
            if value == edge:
                return None, f"{'above' if side > 0 else 'below'}: chi^2 stays below the threshold up to the bound {self._said(edge)}"
            if step > (45.0 if self.log else 1e9 * max(first, abs(begin))):
                break
            step = step + min(step * 0.7, 1.0) if self.log else 1.8 * step
        return None, f"{'above' if side > 0 else 'below'}: chi^2 levels off below the threshold"

    def _said(self, value: float) -> str:
        unit = self.bound.curve.units[self.place]
        return f"{unit.from_si(value):.4g} {unit.symbol}".strip()

    def _cross(self, inside: float, outside: float) -> float:
        """Where the profile crosses the threshold, by regula falsi on sqrt(excess), which is nearly straight."""
        goal = math.sqrt(self.threshold - self.least)

        def height(place):
            return math.sqrt(max(self.chi2(self.value(place)) - self.least, 0.0)) - goal

        a, b, fa, fb = inside, outside, height(inside), height(outside)
        kept = 0
        for _ in range(60):
            middle = b - fb * (b - a) / (fb - fa) if fb != fa else (a + b) / 2
            f = height(middle)
            if abs(f) < 1e-7 * goal or abs(b - a) < 1e-12 * max(abs(a), abs(b), 1e-300):
                return middle
            if f > 0:
                b, fb = middle, f
                fa, kept = (fa / 2, 1) if kept == 1 else (fa, 1)
            else:
                a, fa = middle, f
                fb, kept = (fb / 2, -1) if kept == -1 else (fb, -1)
        return (a + b) / 2

    def chi2(self, value: float) -> float:
        """The sum of squares with the parameter held at ``value`` [SI], best of the scan and of the solution next to it."""
        bound, curve = self.bound, self.bound.curve
        others = [index for index in self.bound.free if index != self.place]
        held = {**bound.fixed, self.name: value}
        base = bound.theta.copy()
        base[self.place] = value
        if not others:
            rest = curve.weigh(curve.y - curve.evaluate(base)[0])
            return float(rest @ rest)
        variables = [Variable(curve.names[index], [(0, index)], curve.params[index], curve.units[index], *bound.limits[index]) for index in others]
        problem = Problem([curve], variables, [base])
        near = min(self._last, key=lambda one: abs(one[0] - self.scale(value)))[1] if self._last else bound.theta
        low, high = (np.array([bound.limits[index][side] for index in others]) for side in (0, 1))
        best, where = math.inf, near
        for one in (near, *(one.theta for one in start.candidates(curve, held, most=2))):
            theta = np.clip(one[others], low, high)
            theta[problem.log & (theta <= 0)] = 1e-300
            found, chi2 = solve.levenberg(problem, theta)
            if chi2 < best:
                best, where = chi2, problem.locals_of(found)[0]
        self._last.append((self.scale(value), where))
        if best < self.least * (1 - 1e-12):
            self.least = best  # the threshold follows: a lower optimum than the one of the fit
        return best

    def _other_basins(self) -> tuple[float | None, float | None]:
        """Outermost places of the declared scan on either side that lie below the threshold."""
        if self.bound.curve.params[self.place].scan is None:
            return None, None
        here = self.scale(self.bound.theta[self.place])
        grid = [one for one in start.scan_grid(self.bound.curve, self.name) if self.low < one < self.high]
        inside = [self.scale(float(one)) for one in grid if self.chi2(float(one)) <= self.threshold]
        return min((one for one in inside if one < here), default=None), max((one for one in inside if one > here), default=None)


def _range(low: float, high: float) -> str:
    """Both ends to two digits of their distance."""
    width = high - low
    if not (math.isfinite(width) and width > 0):
        return f"{low:.6g} to {high:.6g}"
    digits = max(4, math.ceil(math.log10(max(abs(low), abs(high)) / width)) + 3)
    return f"{low:.{digits}g} to {high:.{digits}g}"


def _one_end(value: float) -> str:
    return f"{value:.3g}"
