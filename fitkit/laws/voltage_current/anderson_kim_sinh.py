"""Voltage-current law of thermally activated hops over a linear barrier, in both directions (Anderson-Kim).

    V = Ec d sinh(I/I_1)/sinh(Ic/I_1)     (+ offset + R I)

This is 2 V0 exp(-U0/kT) sinh((U0/kT) I/Ic0) in the two numbers that data hold: the current Ic at the criterion Ec and the
current scale I_1 = Ic0 kT/U0 over which V grows e-fold. Far below I_1 it is ohmic (thermally assisted flux flow). U0 and
the barrier-free current Ic0 need one more input: the voltage V0 at Ic0 (for example Ic0 times the flux-flow resistance),
or Ic0 itself.
"""

from __future__ import annotations

import math

import numpy as np

from ...constants import k_B
from ...errors import FitkitError
from ...model import Caution, Check, Coefficients, Column, Derived, Known, Model, Param
from . import VORTEX_RATE


def anderson_kim_sinh(current, Ic, I_1, tap_distance, Ec):
    """Voltage [V] at a current [A] of either sign; Ic, I_1 [A], tap_distance [m], Ec [V/m]."""
    return Ec * tap_distance * _sinh_ratio(current, Ic, I_1)


def _sinh_ratio(current, Ic, I_1):
    """sinh(I/I_1)/sinh(Ic/I_1) without overflow and without cancellation at small I."""
    size = np.abs(current)
    with np.errstate(over="ignore", under="ignore"):
        rise = np.exp(np.minimum((size - Ic) / I_1, 650.0))
        return np.sign(current) * rise * np.expm1(-2 * size / I_1) / np.expm1(-2 * Ic / I_1)


def _coth(x):
    """coth x for x > 0."""
    return 1 / np.tanh(x)


def _x_coth_x(x):
    """x coth x, 1 at x = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(x) < 1e-4, 1 + x**2 / 3, x / np.tanh(x))


def anderson_kim_sinh_gradient(current, Ic, I_1, tap_distance, Ec):
    """d/d(Ic, I_1) of :func:`anderson_kim_sinh`."""
    voltage = anderson_kim_sinh(current, Ic, I_1, tap_distance, Ec)
    return -voltage * _coth(Ic / I_1) / I_1, voltage * (_x_coth_x(Ic / I_1) - _x_coth_x(current / I_1)) / I_1


def _columns(current, I_1):
    return (_sinh_ratio(current, float(np.abs(current).max()), I_1),)


def _parameters(c, current, I_1, tap_distance, Ec):
    largest = float(np.abs(current).max()) / I_1
    # sinh(Ic/I_1) = (Ec d/c) sinh(I_max/I_1), in logarithms; a falling voltage has no critical current
    y = math.log(Ec * tap_distance) - np.log(np.where(c[0] > 0, c[0], np.nan)) + largest + np.log(-np.expm1(-2 * largest)) - math.log(2)
    return {"Ic": I_1 * np.where(y > 0, y + np.log1p(np.hypot(1.0, np.exp(-np.maximum(y, 0.0)))), np.arcsinh(np.exp(np.minimum(y, 0.0))))}


def current_scale_scan(current):
    """Current scales I_1 [A] from a cliff to a straight line."""
    return float(np.abs(current).max()) * np.geomspace(3e-3, 30.0, 48)


def unusable(data) -> str | None:
    """A current that never changes has no characteristic."""
    return "the current is zero in every row" if not np.any(data["current"]) else None


def slope_at_criterion(Ic, I_1):
    """n = dlnV/dlnI at Ic, x coth x with x = Ic/I_1."""
    return float(_x_coth_x(Ic / I_1))


def ohmic_resistance(Ic, I_1, tap_distance, Ec):
    """R = dV/dI [ohm] at zero current: thermally assisted flux flow."""
    return Ec * tap_distance / I_1 / math.sinh(min(Ic / I_1, 700.0))


def barrier(I_1, temperature, Ic0):
    """U0 = kT Ic0/I_1 [J]."""
    return k_B * temperature * Ic0 / I_1


def barrier_free_current(Ic, I_1, V0, tap_distance, Ec):
    """Ic0 = I_1 U0/kT [A] for a given V0 [V]: V0 exp(-U0/kT) = Ec d/(2 sinh(Ic/I_1))."""
    ratio = Ic / I_1 + math.log(-math.expm1(-2 * Ic / I_1)) + math.log(V0 / (Ec * tap_distance))
    if ratio <= 0:
        raise FitkitError(f"U0/kT <= 0 for V0 = {V0:g} V: this voltage at Ic0 lies below the data")
    return I_1 * ratio


def barrier_remark(values) -> str:
    """U0 is worth what was put in."""
    given = f"V0 = {values['V0']:g} V" if "V0" in values else f"Ic0 = {values['Ic0']:g} A"
    return f"ASSUMES {given}: the curve alone fixes only Ic and I_1; a decade of V0 changes U0 by {math.log(10):.3g} kT"


def reach_of_the_data(data, fit):
    """Below I_1 the law is a straight line, and Ic outside the data is an extrapolation."""
    reach, I_1 = np.abs(fit.x[0]).max(), fit.value("I_1")
    criterion = fit.known["Ec"] * fit.known["tap_distance"]
    rise = np.abs(fit.model_part).max()
    found = []
    if reach < 2 * I_1:
        found.append(Caution(f"the current reaches only {reach / I_1:.2g} I_1: the curve is ohmic there and holds one number, its resistance. Ramp to "
                             f"{5 * I_1:.3g} A", ("I_1",), "not determined" if fit.error("I_1") is None or fit.error("I_1") > 0.2 * I_1 else ""))
    if rise < 0.3 * criterion:
        found.append(Caution(f"the voltage rises to {rise * 1e6:.3g} uV above the baseline, {rise / criterion:.2g} of the criterion {criterion * 1e6:.3g} uV: "
                             "Ic is an extrapolation. Ramp further, or state a lower criterion with Ec", ("Ic",), "not determined"))
    elif rise < criterion:
        found.append(Caution(f"the voltage stops at {rise / criterion:.2g} of the criterion: Ic is extrapolated along the law"))
    return found


def _grid(points, Ic, I_1):
    return np.linspace(-0.2, 1.0, points) * (Ic + 1.4 * I_1)  # up to four times the criterion


MODEL = Model(
    name="anderson_kim_sinh",
    title="thermally activated hops both ways (linear barrier, Anderson-Kim)",
    equation="V = Ec d sinh(I/I_1)/sinh(Ic/I_1),  I_1 = Ic0 kT/U0  (+ offset + R I)",
    validity="kT << U0, below Ic0 and below flux flow; with the ohmic foot. A curve holds two numbers; U0 and Ic0 need V0 or Ic0.",
    function=anderson_kim_sinh,
    gradient=anderson_kim_sinh_gradient,
    x=Column("current", "A"),
    y=Column("voltage", "V", alternatives=(("electric_field", "V/m"),)),
    params=(
        Param("Ic", unit="A", linear=True, positive=True, typical=(10, 100), bounds=(0.0, math.inf), symbol=r"I_\mathrm{c}", meaning="critical current at the criterion Ec"),
        Param("I_1", unit="A", scan=current_scale_scan, positive=True, typical=(1, 8), bounds=(0.0, math.inf), symbol="I_1", meaning="current over which V grows e-fold, Ic0 kT/U0"),
    ),
    known=(
        Known("tap_distance", unit="cm", positive=True, given_by={"electric_field": 1.0}, symbol="d", meaning="distance of the voltage taps"),
        Known("Ec", unit="uV/cm", default=1.0, positive=True, symbol=r"E_\mathrm{c}", meaning="electric-field criterion"),
    ),
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "R", "drift"),
    background_default=("offset",),
    derived=(
        Derived("n", "", slope_at_criterion, symbol="n", meaning="n-value dlnV/dlnI at Ic"),
        Derived("R_0", "uohm", ohmic_resistance, symbol="R_0", meaning="resistance at zero current (thermally assisted flux flow)", positive=True),
        Derived("Ic0", "A", barrier_free_current, symbol=r"I_\mathrm{c0}", meaning="current at which the barrier vanishes, from V0", positive=True),
        Derived("U0", "meV", barrier, symbol="U_0", meaning="pinning energy kT Ic0/I_1", via=(("Ic0", barrier_free_current),), remark=barrier_remark, positive=True),
        VORTEX_RATE,
    ),
    cautions=(reach_of_the_data,),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        Check(x=-20.0, params={"Ic": 20.0, "I_1": 1.5}, known={"Ec": 1e-4, "tap_distance": 0.01}, y=-1e-6, rtol=1e-14, source="V(-Ic) = -Ec d by definition"),
        Check(x=1.0, params={"Ic": 2.0, "I_1": 1.0}, known={"Ec": 1.0, "tap_distance": 1.0}, y=1.1752011936438014 / 3.626860407847019, rtol=1e-14,
              source="sinh 1 / sinh 2"),
        Check(x=1e-6, params={"Ic": 50.0, "I_1": 1.0}, known={"Ec": 1.0, "tap_distance": 1.0}, y=2e-6 * math.exp(-50.0), rtol=1e-11,
              source="I << I_1: ohmic, 2 (I/I_1) exp(-Ic/I_1)"),
    ),
    references=(
        "P. W. Anderson, Phys. Rev. Lett. 9, 309 (1962)",
        "P. W. Anderson, Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964)",
    ),
)
