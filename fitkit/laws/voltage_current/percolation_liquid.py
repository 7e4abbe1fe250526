"""Voltage-current law of percolation (Weibull distribution of local critical currents) above the glass line: some flux moves at any current.

    V = Ec d G(I)/G(Ic),   G(I) = (1 + |I|/I_n)^(m+1) - 1     (+ offset)

From V = R_ff I_0/(m+1) {[(|I| + I_n)/I_0]^(m+1) - (I_n/I_0)^(m+1)}: the least local critical current is -I_n. Far below I_n the curve is ohmic, far above a power
m + 1. R_ff and the width I_0 enter as one number, taken up by Ic.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.voltage_current import criterion_in_reach, off_the_law_at_the_criterion, unusable
from ...model import Caution, Check, Coefficients, Derived, Model, Param
from . import CURRENT, KNOWN, VOLTAGE, VORTEX_RATE, critical_current


def _growth(current, I_n, m):
    """ln G at |I| > 0 (0 for the current 0), without overflow and without cancellation at small I."""
    size = np.abs(current)
    power = (m + 1) * np.log1p(np.where(size > 0, size, I_n) / I_n)
    return power + np.log(-np.expm1(-power))


def _slope_by_power(current, I_n, m):
    """d ln G/d[(m + 1) ln(1 + |I|/I_n)] = 1/(1 - exp(-power))."""
    size = np.abs(current)
    return -1 / np.expm1(-(m + 1) * np.log1p(np.where(size > 0, size, I_n) / I_n))


def percolation_liquid(current, Ic, I_n, m, tap_distance, Ec):
    """Voltage [V] at a current [A] of either sign; Ic, I_n [A], tap_distance [m], Ec [V/m]."""
    return np.sign(current) * Ec * tap_distance * np.exp(np.minimum(_growth(current, I_n, m) - _growth(Ic, I_n, m), 650.0))


def percolation_liquid_gradient(current, Ic, I_n, m, tap_distance, Ec):
    """d/d(Ic, I_n, m) of :func:`percolation_liquid`."""
    voltage = percolation_liquid(current, Ic, I_n, m, tap_distance, Ec)
    here, there = _slope_by_power(current, I_n, m), _slope_by_power(Ic, I_n, m)
    size = np.abs(current)
    by_I_n = -(m + 1) / I_n * (here * size / (I_n + size) - there * Ic / (I_n + Ic))
    return -voltage * (m + 1) * there / (I_n + Ic), voltage * by_I_n, voltage * (here * np.log1p(size / I_n) - there * np.log1p(Ic / I_n))


def _columns(current, I_n, m):
    return (np.sign(current) * np.exp(_growth(current, I_n, m) - _growth(float(np.abs(current).max()), I_n, m)),)


def _parameters(c, current, I_n, m, tap_distance, Ec):
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # a falling voltage has no critical current
        height = _growth(float(np.abs(current).max()), I_n, m) + math.log(Ec * tap_distance) - np.log(np.where(c[0] > 0, c[0], np.nan))
        return {"Ic": I_n * np.expm1(np.logaddexp(0.0, height) / (m + 1))}


def scale_scan(current):
    """Currents I_n from far below the data (a power law) to beyond them (ohmic)."""
    return float(np.abs(current).max()) * np.geomspace(0.01, 10.0, 24)


def shape_scan(current):
    """Shapes m of the distribution."""
    return np.geomspace(0.3, 60.0, 24)


def slope_at_criterion(Ic, I_n, m):
    """n = dlnV/dlnI at Ic."""
    return float((m + 1) * Ic / (I_n + Ic) * _slope_by_power(Ic, I_n, m))


def ohmic_resistance(Ic, I_n, m, tap_distance, Ec):
    """R = dV/dI [ohm] at zero current, (m + 1) Ec d/[I_n G(Ic)]."""
    return float((m + 1) * Ec * tap_distance / I_n * np.exp(-_growth(Ic, I_n, m)))


def bend_seen(data, fit):
    """Ohmic throughout, or a power law throughout: fewer numbers than parameters."""
    reach, I_n = float(np.abs(fit.x[0]).max()), fit.value("I_n")
    if (fit.value("m") + 1) * reach < I_n:
        return Caution(f"the current reaches only {reach / I_n:.2g} I_n: the curve is ohmic and holds one number, its resistance", ("I_n", "m"), "not determined")
    error = fit.error("I_n")
    if fit.free("I_n") and error is not None and error > 0.5 * I_n:
        return Caution("I_n is not told from 0: no ohmic foot is seen, a power law of m + 1 describes the curve as well")
    return None


def _grid(points, Ic, I_n, m):
    return np.linspace(-0.2, 1.5, points) * Ic


MODEL = Model(
    name="percolation_liquid",
    title="percolation of flux without a least current (Weibull, liquid side)",
    equation="V = Ec d [(1 + |I|/I_n)^(m+1) - 1]/[(1 + Ic/I_n)^(m+1) - 1] sign(I)  (+ offset)",
    validity="above the glass line; currents below the width I_0 of the distribution.",
    function=percolation_liquid,
    gradient=percolation_liquid_gradient,
    x=CURRENT,
    y=VOLTAGE,
    params=(
        critical_current(10, 50),
        Param("I_n", unit="A", scan=scale_scan, positive=True, typical=(3, 15), bounds=(0.0, math.inf), symbol=r"I_\mathrm{n}", meaning="current below which the curve is ohmic, minus the least local critical current"),
        Param("m", scan=shape_scan, positive=True, typical=(2, 8), bounds=(0.0, math.inf), symbol="m", meaning="shape of the distribution of local critical currents"),
    ),
    known=KNOWN,
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "drift"),
    background_default=("offset",),
    derived=(
        Derived("n", "", slope_at_criterion, symbol="n", meaning="n-value dlnV/dlnI at Ic"),
        Derived("R_0", "uohm", ohmic_resistance, symbol="R_0", meaning="resistance at zero current", positive=True),
        VORTEX_RATE,
    ),
    cautions=(criterion_in_reach, off_the_law_at_the_criterion, bend_seen),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        # the criterion at Ic = Jn: rho_ff J0/(m + 1) (Jn/J0)^(m+1) (2^(m+1) - 1)
        Check(x=1561038600.0, params={"Ic": 8364510000.0, "I_n": 8364510000.0, "m": 2.50318},
              known={"Ec": 2.42553e-08 * 6831350000.0 / 3.50318 * (8364510000.0 / 6831350000.0) ** 3.50318 * (2**3.50318 - 1), "tap_distance": 1.0}, y=78.940305976372788583, rtol=1e-13,
              source="rho_ff J0/(m + 1) {((J + Jn)/J0)^(m+1) - (Jn/J0)^(m+1)} by mpmath, 40 digits"),
        Check(x=1e-9, params={"Ic": 10.0, "I_n": 10.0, "m": 1.0}, known={"Ec": 1.0, "tap_distance": 1.0}, y=2e-10 / 3, rtol=1e-9, source="ohmic: 2 x/(2^2 - 1), x = I/I_n"),
    ),
    references=("T. Kiss et al., IEEE Trans. Appl. Supercond. 9, 1073 (1999) (recalled, not checked)",),
)
