"""critical_current(): Ic of a fitted V(I) curve at any criterion, with its error, its n, and what an extrapolation is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import FitkitError
from ..fitting.result import FitResult
from ..measured import Measured, read_measured
from ..physics.creep import vortex_rate
from ..physics.criterion import convert_critical_current, glass_extrapolation
from ..units import parse_quantity, same_dimension
from .curve import Curve, curves_of, measured_meta

_FAR = 0.3      # of the criterion: a curve that stops below says nothing of it


@dataclass(frozen=True)
class CriticalCurrent:
    """A critical current with its criterion; printing shows both.

    Attributes
    ----------
    name, law
        Of the dataset and of the fit.
    criterion
        In words: ``"1 uV/cm (1 uV over 1 cm)"``.
    current, n
        Ic [A] and dlnV/dlnI there, as Measured.
    electric_field, vortex_rate
        E at Ic [V/m], and the flux quanta that cross between the taps there per second, V/Phi0 (per metre where the data hold the electric field).
    bracket
        Ic [A] by a power law and by a glass (mu = 1) from the edge of the data, where the criterion lies outside them; else None.
    cautions
        What the reader must know.
    """

    name: str
    law: str
    criterion: str
    current: Measured
    n: Measured
    electric_field: float
    vortex_rate: float
    bracket: tuple[float, float] | None = None
    cautions: tuple[str, ...] = ()

    def density(self, cross_section) -> Measured:
        """Jc = Ic/A as Measured [A/m2]; cross_section ``"1.2 mm2"``, with an error ``"1.2(1) mm2"``."""
        area = read_measured(cross_section, "m2", "cross_section")
        if not area.si > 0:
            raise FitkitError(f"cross_section = {area}: wanted an area above 0")
        value, share = self.current.si / area.si, (area.error or 0.0) / abs(area.value)
        error = None if self.current.error is None else value * math.hypot(self.current.error / self.current.value, share)
        return Measured(value, error, "A/m2", "fit", self.current.verdict, self.current.reason, self.current.dof)

    def __repr__(self) -> str:
        lines = [f"{self.name}: Ic = {self.current} at {self.criterion}, n = {self.n} there ({self.law})"]
        if self.current.reason:
            lines.append(f"    {self.current.reason}")
        return "\n".join([*lines, *(f"    caution: {text}" for text in self.cautions)])


def critical_current(result: FitResult, criterion: str = "1 uV/cm", *, cross_section: str | None = None, dataset: str | None = None):
    """Critical current of fitted V(I) curves at any criterion, without fitting again.

    Parameters
    ----------
    result
        A fit of a law of V(I).
    criterion
        An electric field ``"0.1 uV/cm"``, a resistivity ``"1e-13 ohm m"`` (with ``cross_section``), a voltage ``"10 uV"``, or ``"offset"``: where the tangent
        at the criterion of the fit meets V = 0, ``"offset 10 uV/cm"`` at another field [J. W. Ekin, Appl. Phys. Lett. 55, 905 (1989)].
    cross_section
        Of the conductor, ``"1.2 mm2"``; default width times thickness of the metadata.
    dataset
        Name of one dataset of a series.

    Returns
    -------
    CriticalCurrent, or a list of them for a series
        The error is that of the fit, carried along the law. Where the criterion lies outside the data (below the noise of a point, or above the last one)
        the verdict is ``"conditional"`` and ``bracket`` holds what a power law and a glass would give; above 3 times the data there is none.

    Raises
    ------
    FitkitError
        No fit of V(I), a criterion without unit, no cross-section or tap distance where one is needed.

    Examples
    --------
    >>> print(fk.critical_current(fk.fit("power_law", tape), "0.1 uV/cm"))
    """
    found = [_one(curve, criterion, cross_section) for curve in curves_of(result, dataset)]
    return found[0] if result.single or dataset is not None else found


def _one(curve: Curve, criterion: str, cross_section) -> CriticalCurrent:
    kind, number, words = read_criterion(criterion)
    d = curve.tap_distance
    area, area_words, share = _area(curve, cross_section) if kind == "resistivity" else (1.0, "", 0.0)
    if kind == "voltage" and curve.one.y_name == "electric_field":
        raise FitkitError(f"{curve.one.name}: the data hold the electric field, a voltage is not known: state the criterion as a field, '1 uV/cm'")
    wanted = curve.known["Ec"] if number is None else number  # the offset criterion without a field takes that of the fit
    if number is None:
        words = f"the offset criterion, tangent at {_field(wanted)}"

    def level(current: float) -> float:
        """The voltage wanted at a current."""
        return {"field": wanted * d, "offset": wanted * d, "voltage": wanted, "resistivity": wanted * d / area * current}[kind]

    def place(values) -> float:
        return curve.current_where(lambda current: curve.voltage(current, values) - level(current))

    def Ic_of(values) -> float:
        Ic = place(values)
        return Ic * (1 - 1 / curve.slope(Ic, values)) if kind == "offset" else Ic

    Ic, error = curve.with_error(Ic_of)
    at = place(curve.values)
    n, n_error = curve.with_error(lambda values: curve.slope(place(values), values))
    if error is not None and share:
        error = math.hypot(error, Ic * share / max(n - 1, 0.1))
    target = level(at)
    if kind == "field" and curve.one.y_name != "electric_field":
        words = f"{words} ({target * 1e6:.3g} uV over {d * 100:.4g} cm)"
    if kind == "voltage":
        words = f"{words} ({_field(target / d)})"
    if kind == "resistivity":
        words = f"{words} ({_field(target / d)}{area_words})"
    verdict, reason, bracket = _outside(curve, target, kind == "offset")
    slow = not any(curve.one.parameters[param.name].determined for param in curve.law.params)
    if slow or error is None or error > 0.5 * Ic:
        verdict, reason = "not determined", curve.one.parameters[curve.law.params[0].name].reason or "the fit does not determine it"
    dof = curve.one.statistics.dof if curve.one.statistics else math.inf
    cautions = []
    if curve.scatter > target:
        cautions.append(f"the noise of a point ({curve.scatter * 1e6:.2g} uV) is above the criterion ({target * 1e6:.2g} uV)")
    level_of_points = np.abs(curve.one.model_part) / target
    near = int(np.sum((level_of_points > 0.1) & (level_of_points < 10)))
    if near < 5:
        cautions.append(f"{near} points lie between 0.1 and 10 times the criterion: 5 are needed to say more than the law does")
    if n < 2:
        cautions.append(f"n = {n:.3g} < 2: nearly ohmic; the criterion decides what Ic is")
    if n > 100:
        cautions.append(f"n = {n:.3g} > 100: the sample ran away, or the current steps are too coarse")
    return CriticalCurrent(curve.one.name, curve.law.name, words, Measured(Ic, error, "A", "fit", verdict, reason, dof),
                           Measured(n, n_error, "", "fit", "not determined" if n_error is None or n_error > 0.5 * n else "ok", "", dof), target / d, float(vortex_rate(target)), bracket, tuple(cautions))


def read_criterion(criterion: str) -> tuple[str, float | None, str]:
    """(kind, number [SI], words) of what people write: kind is field, voltage, resistivity or offset."""
    if not isinstance(criterion, str):
        raise FitkitError(f"criterion = {criterion!r}: a text with its unit: '1 uV/cm', '1e-13 ohm m', '10 uV' or 'offset'")
    text = criterion.strip()
    if text == "offset":
        return "offset", None, ""
    offset, text = text.startswith("offset "), text.removeprefix("offset ")
    _, unit = parse_quantity(text)
    for kind, wanted in (("field", "V/m"), ("voltage", "V"), ("resistivity", "ohm m")):
        if unit and same_dimension(unit, wanted) and (kind == "field" or not offset):
            number = read_measured(text, wanted, "criterion").si
            if not number > 0:
                raise FitkitError(f"criterion = {criterion!r}: wanted a number above 0")
            return ("offset", number, f"the offset criterion, tangent at {text}") if offset else (kind, number, text)
    raise FitkitError(f"criterion = {criterion!r}: wanted an electric field ('1 uV/cm'), a voltage ('10 uV'), a resistivity ('1e-13 ohm m') or 'offset'")


def _field(E: float) -> str:
    return f"{E * 1e4:.3g} uV/cm"


def _area(curve: Curve, cross_section) -> tuple[float, str, float]:
    """Cross-section [m2], words, relative error."""
    data = curve.one.data
    if cross_section is not None:
        area = read_measured(cross_section, "m2", "cross_section")
        words, share = f", cross-section {area}", (area.error or 0.0) / abs(area.value)
        size = area.si
    else:
        width, thickness = measured_meta(data, "width"), measured_meta(data, "thickness")
        if width is None or thickness is None:
            raise FitkitError(f"{data.name}: a resistivity criterion needs the cross-section: cross_section='1.2 mm2', or width and thickness of the conductor in the metadata")
        size, words = width.si * thickness.si, f", {width} x {thickness}"
        share = math.hypot((width.error or 0.0) / width.value, (thickness.error or 0.0) / thickness.value)
    if not size > 0:
        raise FitkitError(f"cross_section = {size:g} m2: wanted an area above 0")
    return size, words, share


def _outside(curve: Curve, target: float, tangent: bool) -> tuple[str, str, tuple[float, float] | None]:
    """Verdict, reason and bracket of a criterion against the voltages that the data show."""
    low, high = min(curve.scatter, curve.top), curve.top
    if low <= target <= high:
        return "ok", "", None
    if target > high / _FAR:
        return "not determined", f"the data stop at {high / target:.2g} of the criterion: ramp further, or state a lower one", None
    edge = high if target > high else low
    start = curve.current_where(lambda current: curve.voltage(current) - edge)
    n = curve.slope(start)
    power, glass = float(convert_critical_current(start, n, edge, target)), float(glass_extrapolation(start, n, edge, target))
    where = f"the last voltage of the data ({edge * 1e6:.3g} uV)" if target > high else f"the noise of a point ({edge * 1e6:.2g} uV)"
    both = f"from there a power law gives {power:.5g} A, a glass (mu = 1) {glass:.5g} A" + (" at the tangent point" if tangent else "")
    return "conditional", f"extrapolated: the criterion ({target * 1e6:.3g} uV) lies {'above' if target > high else 'below'} {where}; {both}", (power, glass)
