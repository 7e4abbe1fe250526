"""Voltage-current law of percolation with the whole Weibull distribution of local critical currents, up to flux flow.

    V = R_ff I_0 F(x) sign(I),   F = integral from 0 to x of [1 - exp(-t^m)] dt,   x = (|I| - I_m)/I_0     (+ offset)

At x << 1 it is the power m + 1 above the least current I_m (percolation); at x >> 1 all flux flows and V = R_ff (|I| - I_m - I_0 Gamma(1 + 1/m)). R_ff and I_0
separate only where the data reach x of about 1.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ...cautions.voltage_current import unusable
from ...errors import FitkitError
from ...model import Caution, Check, Derived, Model, Param
from ...physics.weibull import weibull_integral, weibull_mean, weibull_share
from . import CURRENT, KNOWN, VOLTAGE, VORTEX_RATE


def percolation_flow(current, R_ff, I_m, I_0, m):
    """Voltage [V] at a current [A] of either sign; R_ff [ohm], I_m, I_0 [A]."""
    return np.sign(current) * R_ff * I_0 * weibull_integral((np.abs(current) - I_m) / I_0, m)[0]


def value_and_gradient(current, R_ff, I_m, I_0, m):
    """:func:`percolation_flow` and its d/d(R_ff, I_m, I_0, m)."""
    sign, x = np.sign(current), (np.abs(current) - I_m) / I_0
    F, by_m = weibull_integral(x, m)
    share = weibull_share(x, m)
    return sign * R_ff * I_0 * F, (sign * I_0 * F, -sign * R_ff * share, sign * R_ff * (F - x * share), sign * R_ff * I_0 * by_m)


def threshold_scan(current):
    """Least currents below the largest of the data."""
    return float(np.abs(current).max()) * np.linspace(0.02, 0.92, 11)


def width_scan(current):
    """Widths of the distribution, from a step to beyond the data."""
    return float(np.abs(current).max()) * np.geomspace(0.03, 3.0, 11)


def shape_scan(current):
    """Shapes m of the distribution."""
    return np.geomspace(0.7, 15.0, 11)


def critical_current(R_ff, I_m, I_0, m, tap_distance, Ec):
    """Ic [A] where V = Ec d, by bisection of F(x) = Ec d/(R_ff I_0)."""
    wanted = Ec * tap_distance / (R_ff * I_0)
    low, high = 0.0, wanted + weibull_mean(m) + 1.0     # F > x - mean
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if weibull_integral(middle, m)[0] < wanted else (low, middle)
        if high - low <= 1e-15 * high:
            break
    return I_m + I_0 * high


def slope_at_criterion(R_ff, I_m, I_0, m, tap_distance, Ec):
    """n = dlnV/dlnI = R_ff Ic (share depinned)/(Ec d) at Ic."""
    Ic = critical_current(R_ff, I_m, I_0, m, tap_distance, Ec)
    if not Ic > I_m:
        raise FitkitError("the criterion is below what the law resolves above I_m")
    return float(R_ff * Ic * weibull_share((Ic - I_m) / I_0, m) / (Ec * tap_distance))


def flow_seen(data, fit):
    """Below x of about 1 R_ff and I_0 are one number."""
    x = (float(np.abs(fit.x[0]).max()) - fit.value("I_m")) / fit.value("I_0")
    if x < 0.6:
        return Caution(f"the current reaches only I_m + {x:.2g} I_0: R_ff and I_0 enter as one number there. fk.fit('percolation', data)", ("R_ff", "I_0"), "not determined")
    return None


def _grid(points, R_ff, I_m, I_0, m):
    return np.linspace(-0.3, 1.0, points) * (I_m + 2 * I_0)


MODEL = Model(
    name="percolation_flow",
    title="percolation up to flux flow (Weibull, whole distribution)",
    equation="V = R_ff I_0 F(x) sign(I),  F = int_0^x [1 - exp(-t^m)] dt,  x = (|I| - I_m)/I_0  (+ offset)",
    validity="below the glass line; without heating or stabiliser, data that reach flux flow.",
    function=percolation_flow,
    value_and_gradient=value_and_gradient,
    x=CURRENT,
    y=VOLTAGE,
    params=(
        Param("R_ff", unit="uohm", linear=True, positive=True, typical=(1, 100), bounds=(0.0, math.inf), symbol=r"R_\mathrm{ff}", meaning="flux-flow resistance between the taps"),
        Param("I_m", unit="A", scan=threshold_scan, positive=True, typical=(10, 30), bounds=(0.0, math.inf), symbol=r"I_\mathrm{m}", meaning="least local critical current"),
        Param("I_0", unit="A", scan=width_scan, positive=True, typical=(20, 40), bounds=(0.0, math.inf), symbol="I_0", meaning="width of the distribution of local critical currents"),
        Param("m", scan=shape_scan, positive=True, typical=(2, 6), bounds=(0.0, math.inf), symbol="m", meaning="shape of the distribution"),
    ),
    known=tuple(replace(one, for_derived=True) for one in KNOWN),
    background=("offset", "R", "drift"),
    background_default=("offset",),
    derived=(
        Derived("Ic", "A", critical_current, symbol=r"I_\mathrm{c}", meaning="critical current at the criterion Ec"),
        Derived("n", "", slope_at_criterion, symbol="n", meaning="n-value dlnV/dlnI at Ic"),
        VORTEX_RATE,
    ),
    cautions=(flow_seen,),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        Check(x=1293858430.0, params={"R_ff": 3.55182e-10, "I_m": 895599700.0, "I_0": 905887000.0, "m": 2.53499}, y=0.0048072356941695383865, rtol=1e-13,
              source="rho_ff J0 (x - gamma(1/m, x^m)/m) by mpmath, 40 digits"),
        Check(x=391008079.0, params={"R_ff": 1.06106e-10, "I_m": 98026950.0, "I_0": 175645000.0, "m": 4.58779}, y=0.014060362180648623657, rtol=1e-13, source="the same beyond x = 1"),
    ),
    references=("K. Yamafuji, T. Kiss, Physica C 258, 197 (1996) (recalled, not checked)", "T. Kiss et al., IEEE Trans. Appl. Supercond. 9, 1073 (1999) (recalled, not checked)"),
)
