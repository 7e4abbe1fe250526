"""Voltage-current law of thermally activated hops forward over a linear barrier (Anderson-Kim, exponential).

    V = Ec d exp((|I| - Ic)/I_1) sign(I)     (+ offset + R I)

This is V0 exp[-(U0/kT)(1 - |I|/Ic0)] in the two numbers that data hold: the current Ic at the criterion Ec and the current scale I_1 = Ic0 kT/U0. U0 and the
barrier-free current Ic0 need one more input, V0 (the voltage at Ic0) or Ic0, or several temperatures fitted together. Below about 3 I_1 hops back count:
anderson_kim_sinh.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.voltage_current import criterion_in_reach, off_the_law_at_the_criterion, unusable
from ...constants import k_B
from ...errors import FitkitError
from ...model import Caution, Check, Coefficients, Derived, Model, Param
from . import CURRENT, KNOWN, VOLTAGE, VORTEX_RATE, critical_current


def anderson_kim(current, Ic, I_1, tap_distance, Ec):
    """Voltage [V] at a current [A] of either sign; Ic, I_1 [A], tap_distance [m], Ec [V/m]."""
    return np.sign(current) * Ec * tap_distance * np.exp(np.minimum((np.abs(current) - Ic) / I_1, 650.0))


def anderson_kim_gradient(current, Ic, I_1, tap_distance, Ec):
    """d/d(Ic, I_1) of :func:`anderson_kim`."""
    voltage = anderson_kim(current, Ic, I_1, tap_distance, Ec)
    return -voltage / I_1, -voltage * (np.abs(current) - Ic) / I_1**2


def _columns(current, I_1):
    return (np.sign(current) * np.exp((np.abs(current) - float(np.abs(current).max())) / I_1),)


def _parameters(c, current, I_1, tap_distance, Ec):
    with np.errstate(invalid="ignore", divide="ignore"):  # a falling voltage has no critical current
        return {"Ic": float(np.abs(current).max()) - I_1 * (np.log(np.where(c[0] > 0, c[0], np.nan)) - math.log(Ec * tap_distance))}


def current_scale_scan(current):
    """Current scales I_1 [A] from a cliff to a straight line."""
    return float(np.abs(current).max()) * np.geomspace(3e-3, 3.0, 40)


def slope_at_criterion(Ic, I_1):
    """n = dlnV/dlnI = Ic/I_1 at Ic."""
    return Ic / I_1


def barrier(I_1, temperature, Ic0):
    """U0 = kT Ic0/I_1 [J]."""
    return k_B * temperature * Ic0 / I_1


def barrier_free_current(Ic, I_1, V0, tap_distance, Ec):
    """Ic0 = Ic + I_1 ln(V0/(Ec d)) [A] for a given voltage V0 [V] at Ic0."""
    Ic0 = Ic + I_1 * math.log(V0 / (Ec * tap_distance))
    if Ic0 <= 0:
        raise FitkitError(f"Ic0 <= 0 for V0 = {V0:g} V: this voltage at Ic0 lies below the data")
    return Ic0


def barrier_remark(values) -> str:
    """U0 is worth what was put in."""
    given = f"V0 = {values['V0']:g} V" if "V0" in values else f"Ic0 = {values['Ic0']:g} A"
    return f"ASSUMES {given}: the curve alone fixes only Ic and I_1; a decade of V0 changes U0 by {math.log(10):.3g} kT"


def hops_back(data, fit):
    """Where most of the curve lies below 3 I_1, hops back are part of it."""
    I_1, reach = fit.value("I_1"), float(np.abs(fit.x[0]).max())
    if reach < 3 * I_1:
        return Caution(f"the current reaches only {reach / I_1:.2g} I_1: hops back count there, the exponential is no law. fk.fit('anderson_kim_sinh', data)", ("Ic", "I_1"), "not determined")
    return None


def _grid(points, Ic, I_1):
    return np.linspace(-0.2, 1.0, points) * (Ic + 1.4 * I_1)  # up to four times the criterion


MODEL = Model(
    name="anderson_kim",
    title="thermally activated hops forward (linear barrier, Anderson-Kim)",
    equation="V = Ec d exp((|I| - Ic)/I_1) sign(I),  I_1 = Ic0 kT/U0  (+ offset + R I)",
    validity="kT << U0, currents from about 3 I_1 to Ic0, below flux flow. A curve holds two numbers; U0 and Ic0 need V0 or Ic0.",
    function=anderson_kim,
    gradient=anderson_kim_gradient,
    x=CURRENT,
    y=VOLTAGE,
    params=(
        critical_current(20, 100),
        Param("I_1", unit="A", scan=current_scale_scan, positive=True, typical=(1, 6), bounds=(0.0, math.inf), symbol="I_1", meaning="current over which V grows e-fold, Ic0 kT/U0"),
    ),
    known=KNOWN,
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "R", "drift"),
    background_default=("offset", "R"),
    derived=(
        Derived("n", "", slope_at_criterion, symbol="n", meaning="n-value dlnV/dlnI at Ic"),
        Derived("Ic0", "A", barrier_free_current, symbol=r"I_\mathrm{c0}", meaning="current at which the barrier vanishes, from V0", positive=True),
        Derived("U0", "meV", barrier, symbol="U_0", meaning="pinning energy kT Ic0/I_1", via=(("Ic0", barrier_free_current),), remark=barrier_remark, positive=True),
        VORTEX_RATE,
    ),
    cautions=(criterion_in_reach, off_the_law_at_the_criterion, off_the_law_at_the_criterion, hops_back),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        Check(x=0.20471565, params={"Ic": 0.284737, "I_1": 0.284737 * k_B * 78.4644 / 3.547465e-21}, known={"Ec": 0.00175009, "tap_distance": 1.0},
              y=0.00069724277996428669556, rtol=1e-13, source="V0 exp(-(U0/kT)(1 - I/Ic0)) by mpmath, 40 digits"),
        Check(x=-20.0, params={"Ic": 20.0, "I_1": 1.5}, known={"Ec": 1e-4, "tap_distance": 0.01}, y=-1e-6, rtol=1e-14, source="V(-Ic) = -Ec d by definition"),
    ),
    references=("P. W. Anderson, Phys. Rev. Lett. 9, 309 (1962)", "P. W. Anderson, Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964)"),
)
