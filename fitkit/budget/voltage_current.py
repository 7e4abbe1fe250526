"""The error of a critical current (or n-value), split by cause: statistics, taps, baseline, temperature, criterion, law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..background import BACKGROUNDS
from ..errors import FitkitError
from ..fitting.result import DatasetFit, FitResult
from ..fitting.run import fit
from ..measured import Measured
from ..model import Model, get_model
from ..physics.criterion import convert_critical_current, glass_extrapolation
from ..units import parse_unit
from .term import STATISTICS, ErrorBudget, Term

_TAPS = 0.02            # relative error of the tap distance where nothing is said
_EXPONENT = 1.5         # Ic ~ (1 - T/Tc)^1.5 where only Tc is known
_ROUNDING = 1e-9
_SEEN = 3.0             # standard deviations above which a cause is seen at work


@dataclass(frozen=True)
class Transition:
    """A fit of one V(I) curve, with the quantity whose error is wanted."""

    result: FitResult
    one: DatasetFit
    quantity: str

    @cached_property
    def law(self) -> Model:
        """The law that was fitted."""
        return get_model(self.result.law)

    @cached_property
    def value(self) -> float:
        """The quantity [SI]."""
        return self.one[self.quantity].si

    @cached_property
    def statistical(self) -> float:
        """Its standard deviation [SI] in the fit."""
        found = self.one[self.quantity]
        if found.error is None or not math.isfinite(found.value):
            raise FitkitError(f"{self.one.name}: {self.quantity} = {found} has no error to split: {found.reason or found.verdict}")
        return found.error * parse_unit(found.unit).factor

    def known(self, name: str) -> float:
        """Tap distance [m] or criterion [V/m] as the fit used them."""
        known = next(one for one in self.law.known if one.name == name)
        implied = known.given_by.get(self.one.y_name)
        return implied if implied is not None else self.one.known[name].si

    @cached_property
    def criterion(self) -> float:
        """The criterion [V], or [V/m] where the data hold the electric field."""
        return self.known("Ec") * self.known("tap_distance")

    def refitted(self, law: str | None = None, background=None, criterion: float | None = None) -> tuple[float, float]:
        """The quantity [SI] and its standard deviation in another fit of the same data; NaN where there is none."""
        given = self.result.options
        assume = {**given["assume"], "Ec": f"{criterion or self.known('Ec')!r} V/m"}
        options = {} if law is not None else {"fix": given["fix"], "free": given["free"], "bounds": given["bounds"]}
        try:
            other = fit(law or self.law, self.one.data, background=given["background"] if background is None else background, errors=given["errors"], loss=given["loss"],
                        assume=assume, **options).fits[0]
        except FitkitError:
            return math.nan, math.nan
        found = other.get(self.quantity)
        if not found.determined:
            return math.nan, math.nan
        return found.si, math.nan if found.error is None else found.error * parse_unit(found.unit).factor

    def meta(self, name: str) -> Measured | None:
        """A metadata number, or None."""
        found = self.one.data.meta.get(name)
        return found if isinstance(found, Measured) else None

    @cached_property
    def per_logarithm(self) -> float:
        """Change of the quantity [SI] per unit of ln(criterion): Ic/n for Ic."""
        step = 0.02
        return (self.refitted(criterion=self.known("Ec") * math.exp(step))[0] - self.refitted(criterion=self.known("Ec") * math.exp(-step))[0]) / (2 * step)

    def clear(self, shift: float, error: float) -> float:
        """A change in standard deviations, of this fit or of the other one, whichever is smaller: a cause left out is part of the scatter here."""
        return abs(shift) / min(self.statistical, error if error > 0 else math.inf)


def voltage_current_budget(result: FitResult, one: DatasetFit, quantity: str) -> ErrorBudget:
    """The budget of one fitted V(I) curve; see :func:`fitkit.error_budget`."""
    transition = Transition(result, one, quantity)
    statistics = Term(STATISTICS, transition.statistical, _statistics_words(one))
    terms = [tap_distance(transition), baseline(transition), temperature(transition), criterion(transition), law(transition)]
    rest = sorted((term for term in terms if term is not None), key=lambda term: -1.0 if term.error is None else term.error, reverse=True)
    return ErrorBudget(one.name, transition.law.name, quantity, one[quantity], (statistics, *rest))


def _statistics_words(one: DatasetFit) -> str:
    if one.y_err is not None:
        return "given errors of the points"
    rho = one.autocorrelation
    if not (one.statistics and one.statistics.corrected and rho > 0):
        return "scatter of the points"
    return f"scatter of the points, times {math.sqrt((1 + rho) / (1 - rho)):.2g} for the autocorrelation of neighbours ({rho:.2g})"


def tap_distance(transition: Transition) -> Term | None:
    """dIc/Ic = (dd/d)/n: a wrong distance is a wrong criterion."""
    if transition.one.y_name == "electric_field":
        return Term("tap distance", None, "unknown: the data hold the electric field; its own calibration counts")
    given = transition.one.known["tap_distance"]
    per_share = abs(transition.per_logarithm)
    if per_share < _ROUNDING * abs(transition.value):  # n of a power law is the same at any criterion: what is left is that of two fits' last digits
        per_share = 0.0
    if given.error:
        return Term("tap distance", per_share * given.error / given.value, f"{given} ({given.origin})")
    return Term("tap distance", per_share * _TAPS, f"assumed: {_TAPS:.0%} of {given}; state it: tap_distance='{given.value:g} +- {given.value * _TAPS:.1g} {given.unit}'")


def baseline(transition: Transition) -> Term:
    """What the offset, its drift and a resistance do where they are not fitted; fitted ones are in the statistics."""
    one = transition.one
    fitted = [name for name in one.parameters if name in BACKGROUNDS]
    wanted = [name for name in ("offset", "R", *(("drift",) if "time" in one.data and np.ptp(one.data["time"]) > 0 else ())) if name not in fitted and name in transition.law.background]
    if "R" in fitted and "drift" in wanted:
        wanted.remove("drift")      # at a constant ramp rate they are one column
    if not wanted:
        return Term("baseline", 0.0, f"{', '.join(fitted)} {'was' if len(fitted) == 1 else 'were'} fitted: in the statistics")
    value, error = transition.refitted(background=[*fitted, *wanted])
    shift = value - transition.value
    if not math.isfinite(shift):
        return Term("baseline", None, f"unknown: with {', '.join(wanted)} there is no fit")
    caution = ""
    if transition.clear(shift, error) > _SEEN:
        caution = f"{transition.quantity} moves by {transition.clear(shift, error):.1f} standard deviations with {' and '.join(wanted)} in the baseline: fk.fit(..., background={[*fitted, *wanted]})"
    return Term("baseline", abs(shift), f"fitted again with {', '.join(wanted)}", shift, caution)


def temperature(transition: Transition) -> Term:
    """How far the temperature is known and how far it drifts along the ramp, times dlnIc/dT."""
    data = transition.one.data
    if transition.quantity != "Ic":
        return Term("temperature", None, f"unknown: no law for {transition.quantity} against temperature is assumed")
    given, slope = transition.meta("temperature"), transition.meta("dlnIc_dT")
    column = data["temperature"] if "temperature" in data else None
    T = given.si if given is not None else float(np.mean(column)) if column is not None else None
    if T is None:
        return Term("temperature", None, "unknown: give temperature='77.3(1) K' and dlnIc_dT='-0.05 1/K' (or Tc)")
    Tc = transition.meta("Tc")
    if slope is not None:
        per_kelvin, words = slope.si, f"dlnIc/dT = {slope}"
    elif Tc is not None and Tc.si > T:
        per_kelvin, words = -_EXPONENT / (Tc.si - T), f"Ic ~ (1 - T/Tc)^{_EXPONENT:g} assumed, Tc = {Tc}"
    else:
        return Term("temperature", None, "unknown: how Ic falls with temperature: give dlnIc_dT='-0.05 1/K' or Tc='92 K'")
    parts, said = [], []
    if given is not None and given.error:
        parts.append(given.error * parse_unit(given.unit).factor)
        said.append(f"T = {given}")
    if column is not None:
        parts.append(_temperature_at_the_transition(transition, column))
        said.append("column temperature along the ramp")
    if not parts:
        return Term("temperature", None, "unknown: how far the temperature is known: give temperature='77.3(1) K', or a column temperature")
    error = abs(transition.value * per_kelvin) * math.hypot(*parts)
    caution = ""
    if column is not None and abs(transition.value * per_kelvin) * parts[-1] > _SEEN * transition.statistical:
        caution = f"the temperature moves by {parts[-1] * 1e3:.2g} mK along the ramp: more than the scatter explains"
    return Term("temperature", error, f"{', '.join(said)}; {words}", caution=caution)


def _temperature_at_the_transition(transition: Transition, column: np.ndarray) -> float:
    """Difference [K] of the mean over the rows at the criterion from the mean of all, or the scatter of the mean where that is more."""
    level = np.abs(transition.one.model_part) / transition.criterion
    near = (level > 0.1) & (level < 10)
    if near.sum() < 2:
        return float(np.std(column))
    return max(abs(float(column[near].mean() - column.mean())), float(np.std(column[near])) / math.sqrt(near.sum()))


def criterion(transition: Transition) -> Term:
    """A criterion outside the data is reached along an assumed law: half of what lies between a power law and a glass."""
    top = float(np.abs(transition.one.model_part).max())
    words = f"{transition.known('Ec') * 1e4:.3g} uV/cm"
    if top >= transition.criterion:
        return Term("criterion", 0.0, f"{words} lies inside the data, which reach {top / transition.criterion:.3g} times it")
    if transition.quantity != "Ic":
        return Term("criterion", None, f"unknown: {words} lies above the data, {transition.quantity} there is that of the law")
    n = max(transition.value / transition.per_logarithm, 1.0)
    edge = float(convert_critical_current(transition.value, n, transition.criterion, top))
    glass = float(glass_extrapolation(edge, n, top, transition.criterion))
    if not math.isfinite(glass):
        return Term("criterion", None, f"unknown: the data stop at {top / transition.criterion:.2g} of {words}")
    return Term("criterion", abs(glass - transition.value) / 2, f"{words} lies above the data; half of what a glass (mu = 1) gives more", None,
                f"the data stop at {top / transition.criterion:.2g} of the criterion: ramp further")


def law(transition: Transition) -> Term | None:
    """The same data by a law with one bend more."""
    other = "collective_creep" if transition.law.name != "collective_creep" else "power_law"
    fitted = [name for name in transition.one.parameters if name in BACKGROUNDS and name in get_model(other).background]
    value, error = transition.refitted(law=other, background=fitted)
    if not math.isfinite(value):
        return Term("law", None, f"unknown: with {other} these data do not determine {transition.quantity}")
    shift = value - transition.value
    caution = ""
    if transition.clear(shift, error) > _SEEN:
        caution = f"{transition.quantity} moves by {transition.clear(shift, error):.1f} standard deviations with {other}: compare the laws, fk.compare(['{transition.law.name}', '{other}'], data)"
    return Term("law", abs(shift), f"{other} in its place", shift, caution)
