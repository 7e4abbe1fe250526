"""Voltage-current law of percolation (Weibull distribution of local critical currents) below the glass line: depinning starts at a least current I_m.

    V = Ec d [(|I| - I_m)/(Ic - I_m)]^(m+1) sign(I) for |I| > I_m, else 0     (+ offset + R I)

From V = R_ff I_0/(m+1) [(|I| - I_m)/I_0]^(m+1), the first order in (I - I_m)/I_0 of the whole distribution (percolation_flow). R_ff and the width I_0 enter as
one number, taken up by Ic at the criterion; I_0 follows from a stated R_ff. At I - I_m = I_0/2 the first order is 4 % high, at I_0 30 % (m = 3).
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.voltage_current import criterion_in_reach, off_the_law_at_the_criterion, unusable
from ...errors import FitkitError
from ...model import Caution, Check, Coefficients, Derived, Model, Param
from . import CURRENT, KNOWN, VOLTAGE, VORTEX_RATE, critical_current


def _log_excess(current, I_m, scale):
    """ln[(|I| - I_m)/(scale - I_m)] above I_m, and where that is."""
    excess = np.abs(current) - I_m
    above = excess > 0
    return np.log(np.where(above, excess, 1.0) / (scale - I_m)), above


def percolation(current, Ic, I_m, m, tap_distance, Ec):
    """Voltage [V] at a current [A] of either sign; Ic, I_m [A], tap_distance [m], Ec [V/m]; NaN where Ic is not above I_m."""
    with np.errstate(under="ignore", invalid="ignore", divide="ignore"):
        log, above = _log_excess(current, I_m, Ic)
        return (np.where(above, np.sign(current) * Ec * tap_distance, 0.0) * np.exp(np.where(above, np.minimum((m + 1) * log, 650.0), 0.0)))[()]


def percolation_gradient(current, Ic, I_m, m, tap_distance, Ec):
    """d/d(Ic, I_m, m) of :func:`percolation`."""
    voltage = percolation(current, Ic, I_m, m, tap_distance, Ec)
    with np.errstate(invalid="ignore", divide="ignore"):
        log, above = _log_excess(current, I_m, Ic)
        excess = np.where(above, np.abs(current) - I_m, np.inf)
        return -voltage * (m + 1) / (Ic - I_m), voltage * (m + 1) * (1 / (Ic - I_m) - 1 / excess), np.where(above, voltage * np.where(above, log, 0.0), 0.0)


def _columns(current, I_m, m):
    log, above = _log_excess(current, I_m, float(np.abs(current).max()))
    return (np.where(above, np.sign(current), 0.0) * np.exp(np.where(above, (m + 1) * log, 0.0)),)


def _parameters(c, current, I_m, m, tap_distance, Ec):
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # a falling voltage has no critical current
        height = math.log(Ec * tap_distance) - np.log(np.where(c[0] > 0, c[0], np.nan))
        return {"Ic": I_m + (float(np.abs(current).max()) - I_m) * np.exp(height / (m + 1))}


def threshold_scan(current):
    """Least currents below the largest of the data."""
    return float(np.abs(current).max()) * np.concatenate([np.linspace(0.02, 0.8, 14), np.linspace(0.83, 0.97, 6)])


def threshold_limits(current, **known):
    """0 to the largest current."""
    return 0.0, float(np.abs(current).max())


def shape_scan(current):
    """Shapes m of the distribution."""
    return np.geomspace(0.5, 40.0, 20)


def slope_at_criterion(Ic, I_m, m):
    """n = dlnV/dlnI = (m + 1) Ic/(Ic - I_m) at Ic."""
    return (m + 1) * Ic / (Ic - I_m)


def width_of_distribution(Ic, I_m, m, tap_distance, Ec, R_ff):
    """I_0 [A] for a stated flux-flow resistance R_ff [ohm] between the taps: I_0^m = R_ff (Ic - I_m)^(m+1)/[(m + 1) Ec d]."""
    if not R_ff > 0:
        raise FitkitError(f"R_ff = {R_ff:g} ohm: wanted a resistance above 0")
    return math.exp((math.log(R_ff / (Ec * tap_distance * (m + 1))) + (m + 1) * math.log(Ic - I_m)) / m)


def width_remark(values) -> str:
    """What it assumes, and where the first order ends."""
    return f"ASSUMES R_ff = {values['R_ff']:g} ohm; the law is the first order, good to 4 % up to {values['I_m'] + 0.5 * width_of_distribution(**values):.4g} A (m = 3)"


def threshold_seen(data, fit):
    """I_m and m bend the curve nearly alike."""
    error = fit.error("I_m")
    if fit.free("I_m") and error is not None and fit.value("I_m") < 2 * error:
        return Caution("I_m is zero within its error: the threshold is not seen (on the liquid side there is none: fk.compare(['percolation', 'percolation_liquid', 'power_law'], data))")
    return None


def _grid(points, Ic, I_m, m):
    return np.linspace(-0.1, 1.2, points) * Ic


MODEL = Model(
    name="percolation",
    title="percolation of depinned flux above a least current (Weibull, first order)",
    equation="V = Ec d [(|I| - I_m)/(Ic - I_m)]^(m+1) sign(I) for |I| > I_m  (+ offset + R I)",
    validity="below the glass line; I - I_m below half the width I_0 of the distribution (beyond: percolation_flow).",
    function=percolation,
    gradient=percolation_gradient,
    x=CURRENT,
    y=VOLTAGE,
    params=(
        critical_current(40, 60),
        Param("I_m", unit="A", scan=threshold_scan, positive=True, typical=(10, 30), bounds=(0.0, math.inf), limits=threshold_limits, symbol=r"I_\mathrm{m}", meaning="least local critical current"),
        Param("m", scan=shape_scan, positive=True, typical=(2, 6), bounds=(0.0, math.inf), symbol="m", meaning="shape of the distribution of local critical currents"),
    ),
    known=KNOWN,
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "R", "drift"),
    background_default=("offset", "R"),
    derived=(
        Derived("n", "", slope_at_criterion, symbol="n", meaning="n-value dlnV/dlnI at Ic"),
        Derived("I_0", "A", width_of_distribution, symbol="I_0", meaning="width of the distribution, from R_ff", remark=width_remark, positive=True),
        VORTEX_RATE,
    ),
    cautions=(criterion_in_reach, off_the_law_at_the_criterion, threshold_seen),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        # Ic set to I_m + I_0, where V = R_ff I_0/(m + 1)
        Check(x=6013973410.0, params={"Ic": 2960518000.0 + 2248660000.0, "I_m": 2960518000.0, "m": 8.14851}, known={"Ec": 1.49923e-08 * 2248660000.0 / 9.14851, "tap_distance": 1.0},
              y=60.531854059432808415, rtol=1e-13, source="rho_ff J0/(m + 1) ((J - Jcm)/J0)^(m+1) by mpmath, 40 digits"),
        Check(x=10.0, params={"Ic": 20.0, "I_m": 12.0, "m": 2.0}, known={"Ec": 1e-4, "tap_distance": 0.01}, y=0.0, source="below I_m nothing moves"),
    ),
    references=("K. Yamafuji, T. Kiss, Physica C 258, 197 (1996) (recalled, not checked)",),
)
