"""Relaxation rate against temperature: barrier, creep exponent, and what is left at T = 0.

    S(T) = S_q + kT/(U0 g(T) + m kT),   m = mu ln(t_r/t0),   g(T) = (1 - (T/Tc)^2)^q

which is 1/S = U0 g/kT + mu ln(t_r/t0) for S_q = 0: linear in T at first, a plateau 1/m, a rise towards Tc. mu and ln(t_r/t0) enter only as their product.
Rates at one reference time. S_q, a rate that stays at T = 0 (quantum creep, or a temperature that is not the sample's), is 0 until freed; it is phenomenological.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.barrier_scale import above_Tc, stated_barrier_scale
from ...cautions.relaxation import one_reference_time
from ...constants import k_B
from ...model import Caution, Check, Column, Derived, Known, Model, Param
from ...physics.creep import least_rate
from ...physics.creep_series import barrier_scale


def creep_rate(temperature, U0, m, S_q, Tc, q):
    """S at a temperature [K]; U0 [J], Tc [K] (inf: g = 1). NaN where U0 g + m kT is not positive."""
    energy = U0 * barrier_scale(temperature, Tc, q) + m * k_B * temperature
    return S_q + np.where(energy > 0, k_B * temperature / np.where(energy > 0, energy, 1.0), np.nan)


def creep_rate_gradient(temperature, U0, m, S_q, Tc, q):
    """d/d(U0, m, S_q) of :func:`creep_rate`."""
    thermal = creep_rate(temperature, U0, m, 0.0, Tc, q)
    slope = -thermal**2 / (k_B * temperature)
    return slope * barrier_scale(temperature, Tc, q), slope * k_B * temperature, np.ones_like(thermal)


def energies(temperature):
    """Barriers from kT of the coldest point to ten thousand kT."""
    return k_B * float(np.min(temperature)) * np.geomspace(1, 1e4, 40)


def products(temperature):
    """mu ln(t/t0) from a linear barrier to collective creep."""
    return np.linspace(-40.0, 60.0, 41)


def rate_left_at_zero(data, fit):
    """Extrapolate S to T = 0: what stays there is no thermal activation."""
    if fit.free("S_q"):
        value, error = fit.value("S_q"), fit.error("S_q")
    else:
        if len(fit.y) < 5:
            return None
        weight = 1.0 if fit.y_err is None else 1 / fit.y_err
        design = np.concatenate([fit.gradient, [np.ones_like(fit.y)]]) * weight
        target = fit.residuals * weight
        try:
            inverse = np.linalg.inv(design @ design.T)
        except np.linalg.LinAlgError:
            return None
        shift = inverse @ design @ target
        left = target - shift @ design
        scatter = 1.0 if fit.y_err is not None else float(left @ left) / max(len(left) - len(design), 1)
        value, error = float(shift[-1]), math.sqrt(scatter * inverse[-1, -1])
    if not error or value < 3 * error:
        return None
    return Caution(f"S extrapolates to {value:.2g} +- {error:.1g} at T = 0, {value / error:.0f} standard deviations above zero: quantum creep, or a sample warmer than its thermometer. "
                   "U* = kT/S means nothing at the lowest temperatures; leave them out, or free it: fit(free=['S_q'])")


def below_the_bound(data, fit):
    """S against Gi^(1/2) T/Tc, an order of magnitude below which no superconductor has been found at low field."""
    Gi, Tc = fit.known["Gi"], fit.known["Tc"]
    if not math.isfinite(Gi) or math.isinf(Tc):
        return None
    bound = least_rate(fit.x[0], Tc, Gi)
    low = fit.y < bound
    if not low.any():
        return None
    return Caution(f"remark: S lies below Gi^(1/2) T/Tc = {bound[low][0]:.2g} at {fit.x[0][low][0]:.4g} K (S = {fit.y[low][0]:.2g}) and {int(low.sum())} of {len(low)} temperatures. The bound holds to "
                   "an order of magnitude, at low T and field: look at background, units and the definition of S")


def _grid(points, **params):
    return np.linspace(4.0, 30.0, points)


MODEL = Model(
    name="creep_rate",
    title="S(T): pinning energy, mu ln(t_r/t0) and the rate left at T = 0",
    equation="S = S_q + kT/(U0 g(T) + m kT),  m = mu ln(t_r/t0),  g = (1 - (T/Tc)^2)^q",
    validity="rates at one reference time; U0 and Jc follow g(T).",
    made_by='fk.fit("log_decay", runs).series("temperature", "S")',
    function=creep_rate,
    gradient=creep_rate_gradient,
    x=Column("temperature", "K"),
    y=Column("S", ""),
    params=(
        Param("U0", unit="meV", scan=energies, positive=True, typical=(20, 200), bounds=(0.0, math.inf), symbol="U_0", meaning="pinning energy at T = 0"),
        Param("m", scan=products, typical=(5, 30), symbol=r"\mu\ln(t_r/t_0)", meaning="mu ln(t_r/t0), one number: mu and t0 do not separate"),
        Param("S_q", default=0.0, typical=(1e-3, 5e-3), scan=lambda temperature: np.array([0.0, 1e-3, 5e-3, 2e-2]), symbol="S_q", meaning="rate that stays at T = 0"),
    ),
    known=(
        Known("Tc", unit="K", absent=math.inf, symbol=r"T_\mathrm{c}", meaning="critical temperature in g(T)"),
        Known("q", default=1.5, symbol="q", meaning="exponent of g(T)"),
        Known("Gi", absent=math.nan, for_derived=True, symbol="Gi", meaning="Ginzburg number, for the remark on the smallest S"),
    ),
    derived=(Derived("U0_K", "K", lambda U0: U0 / k_B, symbol=r"U_0/k_\mathrm{B}", meaning="pinning energy at T = 0 in kelvin"),),
    cautions=(stated_barrier_scale, rate_left_at_zero, below_the_bound, one_reference_time),
    invalid=above_Tc,
    grid=_grid,
    checks=(
        Check(x=10.0, params={"U0": 500 * k_B, "m": 0.0, "S_q": 0.0}, known={"Tc": math.inf, "q": 1.5}, y=0.02, rtol=1e-14, source="logarithmic barrier: S = kT/U0"),
        Check(x=20.0, params={"U0": 1e-6 * k_B, "m": 18.420680743952367, "S_q": 0.0}, known={"Tc": math.inf, "q": 1.5}, y=0.0543, rtol=5e-4,
              source="plateau 1/(mu ln(t/t0)) for mu = 1, t/t0 = 1e8"),
    ),
    references=(
        "A. P. Malozemoff, M. P. A. Fisher, Phys. Rev. B 42, 6784 (1990)",
        "Y. Yeshurun, A. P. Malozemoff, A. Shaulov, Rev. Mod. Phys. 68, 911 (1996)",
        "S. Eley, M. Miura, B. Maiorov, L. Civale, Nature Materials 16, 409 (2017)",
    ),
)
