"""n-value against temperature over a logarithmic barrier.

    n = n_0 + U0 g(T)/kT,   g(T) = (1 - (T/Tc)^2)^q

For U = U0 ln(Jc/J) only: E ~ J exp(-U/kT) gives n = 1 + U0/kT (n_0 = 1, hops whose length or viscosity brings a factor J), E ~ exp(-U/kT) gives n = U0/kT (n_0 = 0).
Over another barrier n is not U0/kT: n(Ec) = U0/kT + mu ln(E0/Ec), and n grows (mu < 0) or falls (mu > 0) along the curve. Without Tc the barrier is taken as
independent of temperature, g = 1.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.barrier_scale import above_Tc
from ...cautions.one_place import one_place
from ...constants import k_B
from ...model import Caution, Check, Column, Derived, Known, Model, Param
from ...physics.creep_series import barrier_scale


def n_value_barrier(temperature, U0, n_0, Tc, q):
    """n-value at a temperature [K]; U0 [J], Tc [K] (inf: g = 1). NaN from Tc on."""
    return n_0 + U0 * barrier_scale(temperature, Tc, q) / (k_B * temperature)


def n_value_barrier_gradient(temperature, U0, n_0, Tc, q):
    """d/dU0 of :func:`n_value_barrier`."""
    return (barrier_scale(temperature, Tc, q) / (k_B * temperature) + 0.0 * np.asarray(n_0),)


several_places = one_place("applied_field", "angle")


def unusable(data, known) -> str | None:
    """No barrier is left from Tc on, and each field has its own."""
    return above_Tc(data, known) or several_places(data)


def stated_barrier(data, fit):
    """The barrier and g(T) decide what U0 means: both are said."""
    g = "g(T) = 1" if math.isinf(fit.known["Tc"]) else f"g(T) = (1 - (T/{fit.known['Tc']:.4g} K)^2)^{fit.known['q']:g}"
    return Caution(f"ASSUMES a logarithmic barrier U = U0 ln(Jc/J), n = {fit.known['n_0']:g} + U0 g/kT, {g}; where n changes along a curve (fk.local_n) the barrier is another one")


def _grid(points, **params):
    return np.linspace(20.0, 85.0, points)


MODEL = Model(
    name="n_value_barrier",
    title="n(T) over a logarithmic barrier",
    equation="n = n_0 + U0 g(T)/kT,  g = (1 - (T/Tc)^2)^q,  n_0 = 1",
    validity="a logarithmic barrier: n constant along each curve; one field.",
    made_by='fk.critical_table(fk.fit("power_law", curves))',
    function=n_value_barrier,
    gradient=n_value_barrier_gradient,
    x=Column("temperature", "K"),
    y=Column("n", ""),
    params=(Param("U0", unit="meV", linear=True, positive=True, typical=(50, 400), bounds=(0.0, math.inf), symbol="U_0", meaning="strength of the logarithmic barrier at T = 0"),),
    known=(
        Known("n_0", default=1.0, symbol="n_0", meaning="1 for E ~ J exp(-U/kT), 0 for E ~ exp(-U/kT)"),
        Known("Tc", unit="K", absent=math.inf, symbol=r"T_\mathrm{c}", meaning="critical temperature in g(T)"),
        Known("q", default=1.5, symbol="q", meaning="exponent of g(T)"),
    ),
    derived=(Derived("U0_K", "K", lambda U0: U0 / k_B, symbol=r"U_0/k_\mathrm{B}", meaning="barrier at T = 0 in kelvin"),),
    cautions=(stated_barrier,),
    invalid=unusable,
    grid=_grid,
    checks=(
        Check(x=50.0, params={"U0": 1000 * k_B}, known={"n_0": 1.0, "Tc": math.inf, "q": 1.5}, y=21.0, rtol=1e-14, source="1 + 1000 K/50 K"),
        Check(x=46.0, params={"U0": 920 * k_B}, known={"n_0": 0.0, "Tc": 92.0, "q": 1.0}, y=15.0, rtol=1e-14, source="20 (1 - 1/4)"),
    ),
    references=("E. Zeldov et al., Appl. Phys. Lett. 56, 680 (1990)",),
)
