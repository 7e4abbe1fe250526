"""Apparent pinning energy against temperature: barrier and creep exponent.

    U*(T) = U0 g(T) + m kT,   m = mu ln(t_r/t0),   g(T) = (1 - (T/Tc)^2)^q

U* = kT/S of relaxation curves with one reference time. mu and ln(t_r/t0) enter only as their product m: negative for a
linear barrier (mu = -1), 0 for a logarithmic one, positive for collective creep. Without Tc the barrier is taken as
independent of temperature, g = 1.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.barrier_scale import above_Tc, stated_barrier_scale
from ...cautions.relaxation import one_reference_time
from ...constants import k_B
from ...model import Check, Column, Derived, Known, Model, Param
from ...physics.creep_series import barrier_scale


def pinning_energy(temperature, U0, m, Tc, q):
    """Apparent pinning energy [J] at a temperature [K]; U0 [J], Tc [K] (inf: g = 1). NaN from Tc on."""
    return U0 * barrier_scale(temperature, Tc, q) + m * k_B * temperature


def pinning_energy_gradient(temperature, U0, m, Tc, q):
    """d/d(U0, m) of :func:`pinning_energy`."""
    return barrier_scale(temperature, Tc, q), k_B * temperature


def _grid(points, **params):
    return np.linspace(4.0, 30.0, points)


MODEL = Model(
    name="pinning_energy",
    title="U*(T): pinning energy and mu ln(t_r/t0)",
    equation="U* = U0 g(T) + m kT,  m = mu ln(t_r/t0),  g = (1 - (T/Tc)^2)^q",
    validity="curves with the same reference time; U0 and Jc follow g(T); no quantum creep.",
    made_by='fk.fit("log_decay", runs).series("temperature", "U_star")',
    function=pinning_energy,
    gradient=pinning_energy_gradient,
    x=Column("temperature", "K"),
    y=Column("U_star", "J"),
    params=(
        Param("U0", unit="meV", linear=True, typical=(5, 200), symbol="U_0", meaning="pinning energy at T = 0"),
        Param("m", linear=True, typical=(5, 30), symbol=r"\mu\ln(t_r/t_0)", meaning="mu ln(t_r/t0), one number: mu and t0 do not separate"),
    ),
    known=(
        Known("Tc", unit="K", absent=math.inf, symbol=r"T_\mathrm{c}", meaning="critical temperature in g(T)"),
        Known("q", default=1.5, symbol="q", meaning="exponent of g(T)"),
    ),
    signal=(0, 1),
    derived=(Derived("U0_K", "K", lambda U0: U0 / k_B, symbol=r"U_0/k_\mathrm{B}", meaning="pinning energy at T = 0 in kelvin"),),
    cautions=(stated_barrier_scale, one_reference_time),
    invalid=above_Tc,
    grid=_grid,
    checks=(Check(x=10.0, params={"U0": 1e-20, "m": -20.0}, known={"Tc": math.inf, "q": 1.5}, y=1e-20 - 200 * k_B, rtol=1e-14,
                  source="linear barrier: U* = U0 - kT ln(t_r/t0)"),),
    references=("Y. Yeshurun, A. P. Malozemoff, A. Shaulov, Rev. Mod. Phys. 68, 911 (1996)",),
)
