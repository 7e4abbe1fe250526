"""how_long(): is this window long enough for a parameter, and if not, how long must one measure?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import FitkitError
from ..fitting.advice import points_beyond
from ..fitting.result import FitResult
from ..measured import Measured, format_value, read_measured
from ..model import get_model
from ..units import parse_unit
from .budget import chosen_fit
from .decay import Decay

_WANTED = {"mu": 0.2}       # absolute errors that are of use; 10 % of the value for any other parameter
_LONGEST = 3e8              # [s] ten years: nobody waits longer
_DAY = 86400.0


@dataclass(frozen=True)
class Duration:
    """The answer of :func:`how_long`; it prints as a sentence.

    Attributes
    ----------
    parameter, value
        What is wanted, as fitted now.
    error, wanted
        Its standard deviation now and the one asked for, in the unit of ``value``.
    enough
        Whether this window gives it.
    until
        Time [s] to which to measure, points at the same density and noise; None where no time would do.
    noise, points
        Factor by which the noise would have to be lower, or the number of points larger, in the window as it is.
    """

    parameter: str
    value: Measured
    error: float
    wanted: float
    enough: bool
    until: float | None
    noise: float
    points: float
    sentence: str

    def __repr__(self) -> str:
        return self.sentence

    __str__ = __repr__


def how_long(result: FitResult, parameter: str = "mu", error: float | str | None = None, *, dataset: str | None = None) -> Duration:
    """Is this window long enough for a parameter, and how long must I measure?

    The answer comes from the Fisher information of the fitted law: points are added after the last one, at the density in which they stand (in ln t for
    logarithmic steps) and with the noise of the data.

    Parameters
    ----------
    result
        A fit of a relaxation law. ``"mu"`` of a law without it is asked of the interpolation formula.
    parameter
        A fitted parameter of the law.
    error
        The standard deviation that is wanted, in its unit; default 0.2 for mu, else 10 % of the value.
    dataset
        Name of the dataset, where the result holds several.

    Returns
    -------
    Duration

    Raises
    ------
    FitkitError
        No relaxation law, no such parameter, or one that was not fitted.

    Examples
    --------
    >>> print(fk.how_long(fk.fit("log_decay", hold), "mu"))
    """
    if not isinstance(result, FitResult):
        raise FitkitError(f"fk.how_long wants the result of a fit, found {type(result).__name__}: fk.how_long(fk.fit('log_decay', data), 'mu')")
    law = get_model(result.law)
    if tuple(column.name for column in law.columns_x) != ("time",):
        raise FitkitError(f"fk.how_long asks for the window of a decay M(t); '{law.name}' is fitted over {' and '.join(column.name for column in law.columns_x)}")
    one = chosen_fit(result, dataset)
    decay = Decay(result, one, parameter)
    if parameter == "mu" and not any(param.name == "mu" for param in law.params):
        one = decay.refitted(one.data, law="interpolation_decay")
        law = get_model("interpolation_decay")
    fitted = [name for name, value in one.parameters.items() if value.verdict != "fixed" and any(param.name == name for param in law.params)]
    if parameter not in fitted:
        raise FitkitError(f"'{parameter}' was not fitted by '{law.name}'. Fitted are {', '.join(fitted)}")
    value = one[parameter]
    now = _fisher(law, one, fitted, parameter, np.empty(0), 1.0)
    here = now if value.error is None else value.error * _factor(value)
    wanted = _wanted(parameter, value, error)
    scale = here / now if math.isfinite(now) and now > 0 else 1.0
    until = _until(law, one, fitted, parameter, wanted / scale)
    noise = here / wanted
    unit = _factor(value)
    return Duration(parameter, value, here / unit, wanted / unit, here <= wanted, until, noise, noise**2, _sentence(parameter, value, one.x[0], here, wanted, until, noise))


def _factor(value: Measured) -> float:
    return parse_unit(value.unit).factor


def _wanted(parameter: str, value: Measured, error: float | str | None) -> float:
    if error is None:
        wanted = _WANTED[parameter] * _factor(value) if parameter in _WANTED else 0.1 * abs(value.si)
    else:
        wanted = read_measured(error, value.unit, "error").si if isinstance(error, str) else float(error) * _factor(value)
    if not wanted > 0:
        raise FitkitError(f"error={error!r}: wanted a standard deviation above 0")
    return wanted


def _fisher(law, one, fitted: list[str], parameter: str, added: np.ndarray, share: float) -> float:
    """Standard deviation [SI] that the points, and those added, give in white noise."""
    noise = np.full(len(one.y), max(float(np.sqrt(np.mean(one.residuals**2))), 1e-300)) if one.y_err is None else one.y_err
    x = np.concatenate([one.x[0], added])
    noise = np.concatenate([noise, np.full(len(added), float(np.median(noise)) / math.sqrt(share))])
    known = {k.name: one.known[k.name].si for k in law.known if not k.for_derived and k.name in one.known}
    with np.errstate(all="ignore"):
        gradient = law.evaluate((x,), [one.parameters[param.name].si for param in law.params], known)[1]
    rows = {param.name: np.broadcast_to(row, x.shape) / noise for param, row in zip(law.params, gradient)}
    if not all(np.all(np.isfinite(rows[name])) for name in fitted):
        return math.inf
    wanted = rows.pop(parameter)
    others = np.array([rows[name] / np.linalg.norm(rows[name]) for name in fitted if name != parameter and np.linalg.norm(rows[name]) > 0])
    if len(others):
        basis = np.linalg.svd(others, full_matrices=False)[2]
        wanted = wanted - (wanted @ basis.T) @ basis
    left = float(np.linalg.norm(wanted))
    return 1 / left if left > 0 else math.inf


def _until(law, one, fitted: list[str], parameter: str, wanted: float) -> float | None:
    """The time [s] at which the error falls below ``wanted``; None beyond reason."""
    def error_at(log_factor: float) -> float:
        return _fisher(law, one, fitted, parameter, *points_beyond(one.x[0], math.exp(log_factor)))

    if error_at(0.0) <= wanted:
        return float(one.x[0].max())
    high = math.log(max(_LONGEST / float(one.x[0].max()), 10.0))
    steps = np.linspace(0.0, high, 40)
    reached = next((number for number, step in enumerate(steps) if error_at(step) <= wanted), None)
    if reached is None:
        return None
    low, high = steps[reached - 1], steps[reached]
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if error_at(middle) <= wanted else (middle, high)
    return float(one.x[0].max()) * math.exp(high)


def _sentence(parameter: str, value: Measured, time: np.ndarray, here: float, wanted: float, until: float | None, noise: float) -> str:
    unit = _factor(value)
    number = f"{parameter} = {format_value(value.value, here / unit)} {value.unit}".rstrip()
    decades = math.log10(time.max() / time.min())
    window = f"the window of {decades:.1f} decades ({time.min():.3g} s to {time.max():.3g} s)"
    aim = f"+-{wanted / unit:.2g} {value.unit}".rstrip()
    if here <= wanted:
        return f"Yes: {window} gives {number}, better than {aim}"
    ways = [] if until is None else [f"measure to {until:.2g} s ({_span(until)}, {math.log10(until / time.min()):.1f} decades)"]
    ways += [f"lower the noise {noise:.2g} times", f"take {noise**2:.2g} times as many points"]
    return f"No: {window} gives {number} only. For {aim}: {', or '.join(ways)}" + (", or fit several temperatures jointly (creep_series)" if parameter == "mu" else "") \
        + ("; no time would do alone" if until is None else "")


def _span(seconds: float) -> str:
    for length, name in ((365.25 * _DAY, "years"), (_DAY, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= length:
            return f"{seconds / length:.2g} {name}"
    return f"{seconds:.2g} s"
