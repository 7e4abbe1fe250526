"""Decays at several temperatures, fitted jointly: one barrier, one current density, one time, one exponent.

    M(t, T) = M_0 g_J(T) j(t),   dj/dt = -(1/tau) exp(-U/kT),   U = (U0 g(T)/mu) [(1/j)^mu - 1]
    g = (1 - (T/Tc)^2)^q,        g_J = (1 - (T/Tc)^2)^q_J,        1/tau = (1/tau_m) (T/T_m)^p

The rate equation is solved, not its leading logarithm. A single temperature holds the moment, its rate S and, barely, mu; together they hold M_0 (the moment
of a critical state without creep), U0, mu and tau as well, provided that g(T) is the right one. For mu = 1 the plateau of S(T) is 1/ln(t/t0).
All times count from the end of the field ramp and lie far above the creep during it.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.barrier_scale import above_Tc
from ...cautions.relaxation import unusable_series_times
from ...constants import k_B
from ...model import Caution, Check, Column, Derived, Known, Model, Param
from ...physics.creep_series import barrier_scale, log_barrier_scale, log_current

MOMENT = Column("moment", "A m2", alternatives=(("magnetization", "A/m"), ("mass_magnetization", "A m2/kg"), ("relative_moment", "")))


def creep_series(time, temperature, M_0, U0, mu, tau, q, q_J, p, Tc, T_m):
    """Moment or magnetization [unit of M_0] at time [s] and temperature [K]; U0 [J], tau [s] at T_m [K], Tc [K]."""
    return creep_series_value_and_gradient(time, temperature, M_0, U0, mu, tau, q, q_J, p, Tc, T_m)[0]


def creep_series_value_and_gradient(time, temperature, M_0, U0, mu, tau, q, q_J, p, Tc, T_m):
    """:func:`creep_series` with its derivatives d/d(M_0, U0, mu, tau, q, q_J, p)."""
    logarithm = log_barrier_scale(temperature, Tc)
    log_j, by_time, by_a, by_mu = log_current(np.log(time / tau) + p * np.log(temperature / T_m), U0 * barrier_scale(temperature, Tc, q) / (k_B * temperature), mu)
    fall = np.exp(log_j + q_J * logarithm)
    M = M_0 * fall
    return M, (fall, M * by_a / U0, M * by_mu, -M * by_time / tau, M * by_a * logarithm, M * logarithm, M * by_time * np.log(temperature / T_m))


def creep_series_gradient(time, temperature, M_0, U0, mu, tau, q, q_J, p, Tc, T_m):
    """d/d(M_0, U0, mu, tau, q, q_J, p) of :func:`creep_series`."""
    return creep_series_value_and_gradient(time, temperature, M_0, U0, mu, tau, q, q_J, p, Tc, T_m)[1]


def energy_scan(time, temperature):
    """Barriers from a few kT to a thousand."""
    return k_B * float(np.max(temperature)) * np.geomspace(3, 1000, 16)


def exponent_scan(time, temperature):
    """Exponents of the barrier, linear to beyond collective creep."""
    return np.array([-1.0, -0.5, 0.01, 0.15, 0.35, 0.6, 0.9, 1.3, 1.8, 2.5])


def tau_scan(time, temperature):
    """Times from a microscopic attempt to the macroscopic time of a large sample."""
    return np.geomspace(1e-14, 1e-3, 8)


def middle_temperature(time, temperature):
    """Geometric centre of the temperatures [K]."""
    return math.sqrt(float(np.min(temperature)) * float(np.max(temperature)))


def unusable(data, known) -> str | None:
    """Times of which no decay in ln t can be fitted, or temperatures without a barrier."""
    return unusable_series_times(data) or above_Tc(data, known)


def stated_g(data, fit):
    """The chosen g(T) decides every number: it is said."""
    if math.isinf(fit.known["Tc"]):
        return Caution("g(T) = 1: U0, Jc and tau taken as independent of temperature (give Tc for g = (1 - (T/Tc)^2)^q; free p for 1/tau ~ T^p)")
    how = "fitted" if fit.free("q") else "assumed"
    return Caution(f"g(T) = (1 - (T/{fit.known['Tc']:.4g} K)^2)^{fit.value('q'):.3g} {how} for U0, exponent {fit.value('q_J'):.3g} for Jc")


def temperatures_agree(data, fit):
    """One law for all temperatures: each must lie on it within the scatter of its own points."""
    T = data["temperature"]
    weight = np.ones(len(fit.y)) if fit.y_err is None else 1 / fit.y_err
    rest = fit.residuals * weight / (1.0 if fit.y_err is not None else np.abs(fit.fitted))
    levels = np.unique(np.round(T, 6))
    pieces = [rest[np.abs(T - level) < 1e-6 * max(level, 1.0) + 1e-6] for level in levels]
    pieces = [piece for piece in pieces if len(piece) >= 5]
    if len(pieces) < 3:
        return None
    # scatter of neighbours, which no smooth misfit enters
    noise = np.sqrt(np.mean([np.mean(np.diff(piece) ** 2) / 2 for piece in pieces]))
    away = np.sqrt(np.mean([piece.mean() ** 2 * len(piece) for piece in pieces]))
    if noise == 0 or away < 4 * noise:
        return None
    lost = tuple(name for name in ("M_0", "U0", "mu", "tau") if fit.free(name))
    return Caution(f"the temperatures do not follow one law: their means lie {away / noise:.0f} standard deviations off it (rms). "
                   + ("U0 and Jc depend on temperature: give Tc, or free q and q_J" if math.isinf(fit.known["Tc"]) else
                      "another g(T) (free=['q', 'q_J']), another creep regime at some temperatures, or a background"), lost, "not determined")


def _grid(points, **params):
    number = np.arange(points)
    return 30.0 * 300.0 ** ((number % 10) / 9.0), 5.0 + 2.5 * (number // 10)


MODEL = Model(
    name="creep_series",
    title="creep at several temperatures: one barrier (joint fit of M(t, T))",
    equation="M = M_0 g_J(T) j(t),  dj/dt = -(1/tau) exp[-(U0 g(T)/(mu kT)) (j^-mu - 1)]",
    validity="t >> tau/(U0/kT) and the creep time of the ramp; one creep regime over all temperatures; hops back are left out (irrelevant for mu >= 0).",
    made_by="fk.join_runs(runs), of decays at several temperatures",
    convention="with 1/mu: U = (U0/mu) [(Jc/J)^mu - 1]; without it U0' = U0/mu.",
    function=creep_series,
    gradient=creep_series_gradient,
    value_and_gradient=creep_series_value_and_gradient,
    x=(Column("time", "s"), Column("temperature", "K")),
    y=MOMENT,
    params=(
        Param("M_0", unit="y", linear=True, typical=(0.1, 10), symbol="M_0", meaning="moment without creep (J = Jc at T = 0)"),
        Param("U0", unit="meV", scan=energy_scan, positive=True, typical=(15, 60), bounds=(0.0, math.inf), symbol="U_0", meaning="pinning energy at T = 0, convention with 1/mu"),
        Param("mu", scan=exponent_scan, typical=(0.2, 1.2), symbol=r"\mu", meaning="exponent of the barrier"),
        Param("tau", unit="s", scan=tau_scan, positive=True, typical=(1e-10, 1e-8), bounds=(0.0, math.inf), symbol=r"\tau", meaning="time in which J would fall by Jc without barrier"),
        Param("q", default=1.5, typical=(1.0, 2.0), symbol="q", meaning="exponent of g(T)"),
        Param("q_J", default=0.0, typical=(0.5, 2.0), symbol="q_J", meaning="exponent of g_J(T), Jc against temperature"),
        Param("p", default=0.0, typical=(0.5, 2.0), symbol="p", meaning="exponent of the hop rate without barrier, 1/tau ~ T^p"),
    ),
    known=(Known("Tc", unit="K", absent=math.inf, symbol=r"T_\mathrm{c}", meaning="critical temperature in g(T)"),
           Known("T_m", unit="K", of_x=middle_temperature, symbol="T_m", meaning="geometric mean of the temperatures, where tau holds")),
    derived=(
        Derived("U0_K", "K", lambda U0: U0 / k_B, symbol=r"U_0/k_\mathrm{B}", meaning="pinning energy at T = 0 in kelvin"),
    ),
    cautions=(stated_g, temperatures_agree),
    invalid=unusable,
    grid=_grid,
    example={"Tc": "90 K"},
    checks=(
        Check(x=(100.0, 10.0), params={"M_0": 2.0, "U0": 400 * k_B, "mu": -1.0, "tau": 1e-8, "q": 1.5, "q_J": 0.0, "p": 0.0}, known={"Tc": math.inf, "T_m": 10.0},
              y=2.0 * (1 - math.log(40 * 100 / 1e-8) / 40), rtol=1e-14, source="mu = -1: closed form of the linear barrier, 1 - (1/a) ln(a t/tau)"),
        Check(x=(100.0, 10.0), params={"M_0": 2.0, "U0": 400 * k_B, "mu": 0.0, "tau": 1e-8, "q": 1.5, "q_J": 0.0, "p": 0.0}, known={"Tc": math.inf, "T_m": 10.0},
              y=2.0 * math.exp(-math.log(39 * 100 / 1e-8) / 39), rtol=1e-9, source="mu = 0: closed form of the logarithmic barrier, [(a - 1) t/tau]^(-1/(a-1))"),
    ),
    references=(
        "M. V. Feigel'man, V. B. Geshkenbein, A. I. Larkin, V. M. Vinokur, Phys. Rev. Lett. 63, 2303 (1989)",
        "A. P. Malozemoff, M. P. A. Fisher, Phys. Rev. B 42, 6784 (1990)",
        "Y. Yeshurun, A. P. Malozemoff, A. Shaulov, Rev. Mod. Phys. 68, 911 (1996)",
    ),
)
