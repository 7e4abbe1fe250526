"""Critical current against temperature: a power of the distance from Tc.

    Ic = I_0 (1 - T/Tc)^s     for T < Tc, else 0

s = 3/2 is that of depairing near Tc (Ginzburg-Landau), 1 is common in films at 77 K, 2 that of junctions with normal metal between; a fit over a wide range is a
description. Tc is the temperature where Ic vanishes at that field and criterion, not the transition.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.one_place import one_place
from ...model import Caution, Check, Column, Model, Param


def critical_current_temperature(temperature, I_0, Tc, s):
    """Critical current [A] at a temperature [K]; I_0 [A], Tc [K]."""
    return I_0 * np.maximum((Tc - temperature) / Tc, 0.0) ** s


def critical_current_temperature_gradient(temperature, I_0, Tc, s):
    """d/d(I_0, Tc, s) of :func:`critical_current_temperature`."""
    u = (Tc - temperature) / Tc
    below = u > 0
    safe = np.where(below, u, 1.0)
    power = np.where(below, safe**s, 0.0)
    return power, I_0 * s * power / safe * temperature / Tc**2, I_0 * power * np.log(safe)


def Tc_scan(temperature):
    """Temperatures above the data."""
    return float(np.max(temperature)) * (1 + np.geomspace(2e-3, 3.0, 24))


def Tc_limits(temperature, **known):
    """Above the highest temperature at which there was a critical current."""
    return float(np.max(temperature)) * (1 + 1e-9), math.inf


def s_scan(temperature):
    """Exponents."""
    return np.geomspace(0.3, 6.0, 16)


def reaches_Tc(data, fit):
    """Far below Tc the law is a straight line: Tc and s are then one number."""
    T, Tc = float(np.max(fit.x[0])), fit.value("Tc")
    if fit.free("Tc") and fit.free("s") and T < 0.7 * Tc:
        return Caution(f"the highest temperature is {T / Tc:.2g} Tc: Tc and s bend the curve alike there. Fix one: fix={{'Tc': '...'}}")
    return None


def _grid(points, I_0, Tc, s):
    return np.linspace(0.2, 0.96, points) * Tc


MODEL = Model(
    name="critical_current_temperature",
    title="Ic(T): power of the distance from Tc",
    equation="Ic = I_0 (1 - T/Tc)^s",
    validity="one field, one criterion, one n-value or a criterion that does not matter; a description over a wide range.",
    made_by='fk.critical_table(fk.fit("power_law", curves))',
    function=critical_current_temperature,
    gradient=critical_current_temperature_gradient,
    x=Column("temperature", "K"),
    y=Column("Ic", "A", (("current_density", "A/m2"),)),
    params=(
        Param("I_0", unit="y", linear=True, positive=True, typical=(100, 1000), bounds=(0.0, math.inf), symbol="I_0", meaning="critical current extrapolated to T = 0"),
        Param("Tc", unit="K", scan=Tc_scan, positive=True, typical=(85, 95), bounds=(0.0, math.inf), limits=Tc_limits, symbol=r"T_\mathrm{c}", meaning="temperature at which Ic vanishes"),
        Param("s", scan=s_scan, positive=True, typical=(1, 2), bounds=(0.0, math.inf), symbol="s", meaning="exponent of 1 - T/Tc"),
    ),
    cautions=(reaches_Tc,),
    invalid=one_place("applied_field", "angle"),
    grid=_grid,
    checks=(
        Check(x=69.0, params={"I_0": 800.0, "Tc": 92.0, "s": 1.5}, y=100.0, rtol=1e-14, source="800 (1/4)^(3/2)"),
        Check(x=95.0, params={"I_0": 800.0, "Tc": 92.0, "s": 1.5}, y=0.0, source="none above Tc"),
    ),
    references=("M. Tinkham, Introduction to Superconductivity (McGraw-Hill, 2nd ed. 1996), ch. 4",),
)
