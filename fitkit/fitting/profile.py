"""profile(): intervals of a parameter or derived quantity by the profile likelihood; one-sided and open ones are answers.

[1] D. J. Venzon, S. H. Moolgavkar, Appl. Statist. 37, 87 (1988): ends of profile intervals by Newton's method
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..errors import FitkitError
from ..measured import Measured, format_range
from ..model import Derived, Model
from ..units import Unit
from .derived import inputs_of, unit_of
from .many import evaluate_many
from .rebound import Bound, rebind
from .result import FitResult
from .tracer import Tracer


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
        if self.low is None:
            if self.high is None:
                return f"{self.name}: open below and above {level}, these data do not limit it"
            return f"{self.name} < {self.high.value:.3g}{unit} {level}, open below"
        if self.high is None:
            return f"{self.name} > {self.low.value:.3g}{unit} {level}, open above"
        return f"{self.name} = {format_range(self.low.value, self.high.value)}{unit} {level}"

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
    return profile_of(rebind(result, dataset, model, "profile"), name, level)


def profile_of(bound: Bound, name: str, level: float, tolerance: float = 1e-7, known: dict[str, tuple] | None = None) -> Profile:
    """:func:`profile` of a dataset bound again; ends to a ``tolerance`` of their distance. ``known``: intervals of parameters found so far, which it adds to."""
    curve, known = bound.curve, {} if known is None else known
    derived = next((one for one in curve.model.derived if one.name == name), None)
    parameter, function = (name, None) if derived is None else _one_parameter(derived, bound)
    if parameter not in curve.names:
        raise FitkitError(f"profile: '{curve.model.name}' has {', '.join([*curve.names, *(one.name for one in curve.model.derived)])}, not '{name}'")
    if parameter in bound.fixed:
        raise FitkitError(f"profile: '{parameter}' is fixed in this fit")
    tracer = Tracer(bound, parameter, level, tolerance)
    if parameter not in known:
        known[parameter] = _intervals(bound, [tracer])[0]
    low, high, reason = known[parameter]
    if derived is None or function is None:
        return _as_profile(tracer, level, low, high, reason)
    if not _monotone(function, *(bound.theta[tracer.place] if end is None else end for end in (low, high))):
        raise FitkitError(f"profile: '{name}' is no one-to-one function of {parameter} over its interval; profile '{parameter}'")
    return _as_profile(tracer, level, low, high, reason, name, function, unit_of(derived, curve))


def profiles(result: FitResult, level: float = 0.95, dataset: str | None = None, model: Model | None = None) -> dict[str, Profile]:
    """:func:`profile` of every fitted parameter in one pass."""
    if not 0 < level < 1:
        raise FitkitError(f"level={level!r}: a probability between 0 and 1, for example 0.95")
    bound = rebind(result, dataset, model, "profile")
    tracers = [Tracer(bound, bound.curve.names[index], level) for index in bound.free]
    return {tracer.name: _as_profile(tracer, level, *found) for tracer, found in zip(tracers, _intervals(bound, tracers))}


def _as_profile(tracer: Tracer, level: float, low: float | None, high: float | None, reason: str, name: str = "",
                function: Callable[[float], float] | None = None, unit: Unit | None = None) -> Profile:
    bound, centre = tracer.bound, float(tracer.bound.theta[tracer.place])
    name, unit, shown = name or tracer.name, unit or bound.curve.units[tracer.place], function or float
    ends = [None if end is None else Measured(float(unit.from_si(shown(end))), None, unit.symbol, "profile") for end in (low, high)]
    if function is not None and _falls(function, centre, low, high):
        ends.reverse()
    return Profile(name, level, bound.fit[name], ends[0], ends[1], reason, lambda points: _drawn(tracer, shown, unit, centre, low, high, points))


def _one_parameter(derived: Derived, bound: Bound) -> tuple[str, Callable[[float], float]]:
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


def _drawn(tracer: Tracer, function, unit: Unit, centre: float, low: float | None, high: float | None, points: int):
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


def _intervals(bound: Bound, tracers: list[Tracer]) -> list[tuple[float | None, float | None, str]]:
    """(low, high) [SI], None where open, and the reason, of each parameter."""
    parameters = bound.fit.parameters
    easy = [one for one in tracers if parameters[one.name].verdict in ("ok", "conditional") and one.variance > 0]
    found = dict(zip((one.name for one in easy), _newton(bound, easy)))
    return [(*ends, "") if (ends := found.get(one.name)) else one.walk() for one in tracers]


def _newton(bound: Bound, tracers: list[Tracer]) -> list[tuple[float, float] | None]:
    """Both ends for all parameters at once by Newton's method on {chi^2 = threshold, the others at their best} [1].

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
