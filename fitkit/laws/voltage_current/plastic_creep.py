"""Voltage-current law of plastic creep: dislocations of the flux lattice move over a barrier that stays finite without current.

    V = Ec d exp[(|I|/I_1)^p - (Ic/I_1)^p] sign(I),   p = 1/2     (+ offset + R I)

From U = U_pl [1 - (J/Jc0)^p]: lnV is a straight line against I^p. A curve holds two numbers, Ic and the current scale I_1 = Ic0 (kT/U_pl)^(1/p); U_pl and Ic0
need Ic0 or the voltage V0 at Ic0. p = 1 is Anderson-Kim. The slope is n(I) = p (I/I_1)^p and grows with the current.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.voltage_current import criterion_in_reach, off_the_law_at_the_criterion, unusable
from ...constants import k_B
from ...errors import FitkitError
from ...model import Check, Coefficients, Derived, Known, Model, Param
from . import CURRENT, KNOWN, VOLTAGE, VORTEX_RATE, critical_current


def plastic_creep(current, Ic, I_1, tap_distance, Ec, p):
    """Voltage [V] at a current [A] of either sign; Ic, I_1 [A], tap_distance [m], Ec [V/m], exponent p."""
    return np.sign(current) * Ec * tap_distance * np.exp(np.minimum((np.abs(current) / I_1) ** p - (Ic / I_1) ** p, 650.0))


def plastic_creep_gradient(current, Ic, I_1, tap_distance, Ec, p):
    """d/d(Ic, I_1) of :func:`plastic_creep`."""
    voltage = plastic_creep(current, Ic, I_1, tap_distance, Ec, p)
    here, there = (np.abs(current) / I_1) ** p, (Ic / I_1) ** p
    return -voltage * p * there / Ic, -voltage * p * (here - there) / I_1


def _columns(current, I_1, p):
    return (np.sign(current) * np.exp((np.abs(current) / I_1) ** p - (float(np.abs(current).max()) / I_1) ** p),)


def _parameters(c, current, I_1, tap_distance, Ec, p):
    with np.errstate(invalid="ignore", divide="ignore"):  # a falling voltage has no critical current, nor one too high at zero current
        height = (float(np.abs(current).max()) / I_1) ** p - np.log(np.where(c[0] > 0, c[0], np.nan)) + math.log(Ec * tap_distance)
        return {"Ic": I_1 * np.where(height > 0, height, np.nan) ** (1 / p)}


def current_scale_scan(current, p):
    """Current scales I_1 [A] for slopes p (I_max/I_1)^p from ohmic to a cliff."""
    return float(np.abs(current).max()) * (np.geomspace(1.0, 150.0, 40)[::-1] / p) ** (-1 / p)


def slope_at_criterion(Ic, I_1, p):
    """n = dlnV/dlnI = p (Ic/I_1)^p at Ic."""
    return p * (Ic / I_1) ** p


def barrier(I_1, temperature, Ic0, p):
    """U_pl = kT (Ic0/I_1)^p [J]."""
    return k_B * temperature * (Ic0 / I_1) ** p


def barrier_free_current(Ic, I_1, V0, tap_distance, Ec, p):
    """Ic0 [A] with (Ic0/I_1)^p = (Ic/I_1)^p + ln(V0/(Ec d)) for a given voltage V0 [V] at Ic0."""
    height = (Ic / I_1) ** p + math.log(V0 / (Ec * tap_distance))
    if height <= 0:
        raise FitkitError(f"U_pl <= 0 for V0 = {V0:g} V: this voltage at Ic0 lies below the data")
    return I_1 * height ** (1 / p)


def barrier_remark(values) -> str:
    """U_pl is worth what was put in."""
    given = f"V0 = {values['V0']:g} V" if "V0" in values else f"Ic0 = {values['Ic0']:g} A"
    return f"ASSUMES {given} and p = {values['p']:g}: the curve alone fixes only Ic and I_1; a decade of V0 changes U_pl by {math.log(10):.3g} kT"


def _grid(points, Ic, I_1):
    return np.linspace(-0.1, 1.3, points) * Ic


MODEL = Model(
    name="plastic_creep",
    title="plastic creep (barrier finite at zero current, U_pl [1 - (J/Jc0)^1/2])",
    equation="V = Ec d exp[(|I|/I_1)^p - (Ic/I_1)^p] sign(I),  p = 1/2  (+ offset + R I)",
    validity="kT << U_pl, far above the currents where hops back count, below flux flow. A curve holds two numbers; U_pl and Ic0 need V0 or Ic0.",
    function=plastic_creep,
    gradient=plastic_creep_gradient,
    x=CURRENT,
    y=VOLTAGE,
    params=(
        critical_current(10, 100),
        Param("I_1", unit="A", scan=current_scale_scan, positive=True, typical=(0.02, 0.08), bounds=(0.0, math.inf), symbol="I_1", meaning="current scale Ic0 (kT/U_pl)^(1/p)"),
    ),
    known=(*KNOWN, Known("p", default=0.5, positive=True, symbol="p", meaning="exponent of the current in the barrier")),
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "R", "drift"),
    background_default=("offset", "R"),
    derived=(
        Derived("n", "", slope_at_criterion, symbol="n", meaning="n-value dlnV/dlnI at Ic"),
        Derived("Ic0", "A", barrier_free_current, symbol=r"I_\mathrm{c0}", meaning="current at which the barrier vanishes, from V0", positive=True),
        Derived("U_pl", "meV", barrier, symbol=r"U_\mathrm{pl}", meaning="plastic barrier at zero current", via=(("Ic0", barrier_free_current),), remark=barrier_remark, positive=True),
        VORTEX_RATE,
    ),
    cautions=(criterion_in_reach, off_the_law_at_the_criterion, off_the_law_at_the_criterion),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        Check(x=36.0, params={"Ic": 25.0, "I_1": 0.01}, known={"Ec": 1e-4, "tap_distance": 0.01, "p": 0.5}, y=1e-6 * math.exp(10.0), rtol=1e-12, source="sqrt(3600) - sqrt(2500) = 10"),
        Check(x=0.20471565, params={"Ic": 0.284737, "I_1": 0.284737 * k_B * 78.4644 / 3.547465e-21}, known={"Ec": 0.00175009, "tap_distance": 1.0, "p": 1.0},
              y=0.00069724277996428669556, rtol=1e-13, source="p = 1: V0 exp(-(U0/kT)(1 - I/Ic0)) by mpmath, 40 digits"),
    ),
    references=("Y. Abulafia et al., Phys. Rev. Lett. 77, 1596 (1996)",),
)
