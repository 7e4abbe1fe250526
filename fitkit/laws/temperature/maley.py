"""Maley's method as a law: the rate of relaxation against M and T, one constant C and one barrier for all temperatures.

    ln|dM/dt| = C + q_J ln(1 - (T/Tc)^2) + p ln(T/T_m) - (g/kT) {U_m + (W/mu) [(M_m g_J/M)^mu - 1]},   C = ln(M_c/tau)

The barrier U(M) = (U0/mu) [(M_c/M)^mu - 1] is written about the middle M_m of the data: U_m = U(M_m), W = -dU/dlnM there, so that C, U_m and W are linear and well
determined. U0 = W - mu U_m. The slope of ln U against ln(1/M) is mu/(1 - (M/M_c)^mu), not mu: three parameters are needed. C belongs to the SI unit of M.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.barrier_scale import above_Tc
from ...constants import k_B
from ...errors import FitkitError
from ...model import Caution, Check, Column, Derived, Known, Model, Param
from ...physics.creep import log1p_over_curvature
from ...physics.creep_series import barrier_scale, log_barrier_scale

MAGNITUDE = Column("moment", "A m2", alternatives=(("magnetization", "A/m"), ("mass_magnetization", "A m2/kg"), ("relative_moment", "")))


def maley(temperature, moment, C, U_m, W, mu, Tc, q, q_J, p, M_m, T_m):
    """ln(|dM/dt| / (SI unit of M per s)) at temperature [K] and |M| [SI]; U_m, W [J], Tc [K], M_m [SI]."""
    beta, y, shift = _scaled(temperature, moment, Tc, q, q_J, M_m)
    return C + shift + p * np.log(temperature / T_m) - beta * (U_m + W * _power(mu, y))


def maley_gradient(temperature, moment, C, U_m, W, mu, Tc, q, q_J, p, M_m, T_m):
    """d/d(C, U_m, W, mu) of :func:`maley`."""
    beta, y, _ = _scaled(temperature, moment, Tc, q, q_J, M_m)
    return np.ones_like(beta), -beta, -beta * _power(mu, y), -beta * W * _power_slope(mu, y)


def _scaled(temperature, moment, Tc, q, q_J, M_m):
    """g/kT, ln(M_m g_J/M), q_J ln(1 - (T/Tc)^2)."""
    shift = q_J * log_barrier_scale(temperature, Tc)
    return barrier_scale(temperature, Tc, q) / (k_B * temperature), np.log(M_m / moment) + shift, shift


def _power(mu, y):
    """(exp(mu y) - 1)/mu, y at mu = 0."""
    near = mu == 0
    safe = np.where(near, 1.0, mu)
    return np.where(near, y, np.expm1(safe * y) / safe)


def _power_slope(mu, y):
    """d/dmu of (exp(mu y) - 1)/mu."""
    # with 1 + w = exp(mu y) it is exp(mu y) [(exp(mu y) - 1)/mu]^2 phi(w), phi = [ln(1 + w) - w/(1 + w)]/w^2
    return _power(mu, y) ** 2 * log1p_over_curvature(np.expm1(mu * y)) * np.exp(mu * y)


def middle(temperature, moment):
    """Geometric centre of |M| [SI]."""
    return math.sqrt(float(np.min(moment)) * float(np.max(moment)))


def middle_temperature(temperature, moment):
    """Geometric centre of the temperatures [K]."""
    return math.sqrt(float(np.min(temperature)) * float(np.max(temperature)))


def exponents(temperature, moment):
    """Exponents from a linear barrier to beyond collective creep."""
    return np.linspace(-1.5, 4.0, 23)


def pinning_energy_of(U_m, W, mu):
    """U0 = W - mu U_m [J] of (U0/mu) [(Mc/M)^mu - 1]."""
    U0 = W - mu * U_m
    if U0 <= 0:
        raise FitkitError(f"U0 <= 0 for mu = {mu:.3g}: U(M) would not vanish at any M, the barrier is another one")
    return U0


def critical_moment(U_m, W, mu, M_m):
    """|M| at which the barrier vanishes [SI]: M_m (1 - mu U_m/W)^(-1/mu)."""
    rest = 1 - mu * U_m / W
    if rest <= 0 or W <= 0:
        raise FitkitError(f"the barrier vanishes at no M for mu = {mu:.3g}")
    return M_m * (math.exp(-math.log(rest) / mu) if mu else math.exp(U_m / W))


def stated_g(data, fit):
    """The chosen g(T) decides the collapse: it is said."""
    if math.isinf(fit.known["Tc"]):
        return Caution("g(T) = 1: U0 and Jc taken as independent of temperature (give Tc for g = (1 - (T/Tc)^2)^q)")
    return Caution(f"g(T) = (1 - (T/{fit.known['Tc']:.4g} K)^2)^{fit.known['q']:g} assumed for U, exponent {fit.known['q_J']:g} for Jc")


def _grid(points, **params):
    number = np.arange(points)
    temperature = 5.0 + 2.5 * (number // 10)
    return temperature, 10.0 * np.exp(-0.05 * temperature) * (1 - 0.02 * (number % 10))


MODEL = Model(
    name="maley",
    title="Maley's method: one barrier U(M) from the rates at all temperatures",
    equation="ln|dM/dt| = C - (g(T)/kT) {U_m + (W/mu) [(M_m/M)^mu - 1]}",
    validity="one creep regime; U0 and Jc follow g(T); dM/dt from local fits in ln t.",
    made_by="fk.local_rates(runs), of decays at several temperatures; or all at once: fk.maley(runs)",
    convention="with 1/mu: U = (U0/mu) [(Mc/M)^mu - 1]. C = ln(Mc/tau) in SI units of M and s.",
    function=maley,
    gradient=maley_gradient,
    x=(Column("temperature", "K"), MAGNITUDE),
    y=Column("log_rate", ""),
    params=(
        Param("C", linear=True, typical=(5, 30), symbol="C", meaning="Maley's constant ln(Mc/tau), SI"),
        Param("U_m", unit="meV", linear=True, typical=(5, 40), symbol="U_m", meaning="barrier at the middle M_m of the data"),
        Param("W", unit="meV", linear=True, typical=(20, 100), symbol="W", meaning="-dU/dlnM at M_m"),
        Param("mu", scan=exponents, typical=(0.2, 1.2), symbol=r"\mu", meaning="exponent of the barrier"),
    ),
    known=(
        Known("Tc", unit="K", absent=math.inf, symbol=r"T_\mathrm{c}", meaning="critical temperature in g(T)"),
        Known("q", default=1.5, symbol="q", meaning="exponent of g(T)"),
        Known("q_J", default=0.0, symbol="q_J", meaning="exponent of g_J(T), Jc against temperature"),
        Known("p", default=0.0, symbol="p", meaning="exponent of the hop rate without barrier, 1/tau ~ T^p"),
        Known("M_m", of_x=middle, symbol="M_m", meaning="middle of |M|, SI"),
        Known("T_m", unit="K", of_x=middle_temperature, symbol="T_m", meaning="geometric mean of the temperatures, where C holds"),
    ),
    signal=(1, 2),
    derived=(
        Derived("U0", "meV", pinning_energy_of, symbol="U_0", meaning="pinning energy at T = 0, convention with 1/mu", positive=True),
        Derived("U0_K", "K", lambda U_m, W, mu: pinning_energy_of(U_m, W, mu) / k_B, symbol=r"U_0/k_\mathrm{B}", meaning="pinning energy at T = 0 in kelvin", positive=True),
        Derived("M_c", "", critical_moment, symbol="M_c", meaning="|M| without creep, SI", positive=True),
    ),
    cautions=(stated_g,),
    invalid=above_Tc,
    grid=_grid,
    checks=(
        Check(x=(10.0, 0.5), params={"C": 20.0, "U_m": 200 * k_B, "W": 400 * k_B, "mu": -1.0}, known={"Tc": math.inf, "q": 1.5, "q_J": 0.0, "p": 0.0, "M_m": 1.0, "T_m": 10.0},
              y=20.0 - 20.0 - 40 * 0.5, rtol=1e-14, source="mu = -1: U = U_m + W (1 - M/M_m)"),
        Check(x=(10.0, 0.5), params={"C": 20.0, "U_m": 200 * k_B, "W": 100 * k_B, "mu": 2.0}, known={"Tc": math.inf, "q": 1.5, "q_J": 0.0, "p": 0.0, "M_m": 1.0, "T_m": 10.0},
              y=20.0 - 20.0 - 10 * 1.5, rtol=1e-14, source="mu = 2: (2^2 - 1)/2 = 1.5"),
    ),
    references=(
        "M. P. Maley, J. O. Willis, H. Lessure, M. E. McHenry, Phys. Rev. B 42, 2639 (1990)",
        "M. E. McHenry et al., Phys. Rev. B 44, 7614 (1991)",
    ),
)
