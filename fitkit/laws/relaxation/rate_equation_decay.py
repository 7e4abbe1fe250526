"""Decay that solves the rate equation of flux creep, without the approximation U(J) = kT ln(1 + t/t0).

    dM/dt ~ exp[-U(M)/kT] {1 - exp(-2 a J/Jc)},   U = (U0/mu) [(Jc/J)^mu - 1],   a = U0/kT

in what a curve holds: M_r at t_r, the steepness n = |dU/dlnJ|/kT there, mu, and the start of the decay. For a linear barrier (mu = -1, taken until mu is
freed) hops back are exact: the decay becomes exponential where a J/Jc falls below one, and never crosses zero. For other finite barriers (mu < 0) the work
2 a J/Jc of a hop is a convention, and needs t0; for mu >= 0 the barrier diverges at J = 0 and hops back play no part. The logarithmic decay and the
interpolation formula are this law to leading order in 1/n; what they say of U0 is off by 1 to 5 % below U0/kT = 50, here it is exact for a start at Jc.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.relaxation import crosses_zero, curvature_is_seen, jumps_in_moment, shift_beyond_window, short_window, temperature_drifts, unusable_times
from ...constants import k_B
from ...errors import FitkitError
from ...model import Caution, Check, Derived, Known, Model, Param
from ...physics.barriers import net_hop_rate
from ...physics.creep import apparent_energy, log_time, log_time_slope, meV_for_attempt_times
from ...physics.creep_curve import barrier_over_kT, creep_curve, relaxation_rate
from . import MOMENT, MOMENT_AT_REFERENCE, REFERENCE_TIME, TIME, TIME_SHIFT, late_grid


def rate_equation_decay(time, M_r, n, mu, t_shift, t_r, t0):
    """Moment or magnetization [unit of M_r] at time [s]; t_shift, t_r, t0 in [s]. NaN for mu >= 0 and n <= 1."""
    return rate_equation_decay_value_and_gradient(time, M_r, n, mu, t_shift, t_r, t0)[0]


def rate_equation_decay_value_and_gradient(time, M_r, n, mu, t_shift, t_r, t0):
    """:func:`rate_equation_decay` with its derivatives d/d(M_r, n, mu, t_shift)."""
    x = log_time(time, t_shift, t_r)
    b, by_n, by_mu, by_shift = back_hops(n, mu, t_r + t_shift, t0)
    y, dy_x, dy_n, dy_mu, dy_b = creep_curve(x, n, mu, b)
    fall = np.exp(y)
    M = M_r * fall
    return M, (fall, M * (dy_n + dy_b * by_n), M * (dy_mu + dy_b * by_mu), M * (dy_x * log_time_slope(time, t_shift, t_r) + dy_b * by_shift))


def rate_equation_decay_gradient(time, M_r, n, mu, t_shift, t_r, t0):
    """d/d(M_r, n, mu, t_shift) of :func:`rate_equation_decay`."""
    return rate_equation_decay_value_and_gradient(time, M_r, n, mu, t_shift, t_r, t0)[1]


def back_hops(n, mu, age, t0):
    """b = a J/Jc at an age [s] and the derivatives of ln b in n, mu and age; infinite, without derivatives, where mu >= 0.

    b = n for a linear barrier. Else b = n (J/Jc)^(1 + mu) with J/Jc = [1 - (mu/n) ln(age/t0)]^(1/mu).
    """
    n, mu, age, t0 = np.broadcast_arrays(*(np.asarray(one, float) for one in (n, mu, age, t0)))
    finite = mu < 0
    m, L = np.where(finite, mu, -1.0), np.log(age / t0)
    with np.errstate(invalid="ignore"):
        q = np.where(finite, 1 - m * L / n, 1.0)
        b = np.where(finite, n * q ** ((1 + m) / m), np.inf)
        slopes = 1 / n + (1 + m) * L / (n**2 * q), -np.log(q) / m**2 - (1 + m) * L / (m * n * q), -(1 + m) / (n * q * age)
    return b, *(np.where(finite, one, 0.0) for one in slopes)


def n_scan(time):
    """Steepnesses from a decay that is gone within the window to nothing seen."""
    return np.geomspace(3.0, 3000.0, 26)


def mu_scan(time):
    """Exponents from a linear barrier to beyond the large ones of collective creep."""
    return np.concatenate([np.linspace(-1.5, 3.0, 10), [5.0]])


def rate(n, mu, t_r, t_shift, t0):
    """S = -dlnM/dln(age) at t_r."""
    return relaxation_rate(n, mu, float(back_hops(n, mu, t_r + t_shift, t0)[0]))


def apparent_barrier(n, mu, temperature, t_r, t_shift, t0):
    """U* = kT/S [J]."""
    return apparent_energy(rate(n, mu, t_r, t_shift, t0), temperature)


def barrier(n, mu, temperature, t_r, t_shift, t0):
    """U0 [J] of the exact equation, with t0 = tau kT/U0."""
    return k_B * temperature * barrier_over_kT(n, mu, float(back_hops(n, mu, t_r + t_shift, t0)[0]), t_r + t_shift, t0)


def moment_without_barrier(M_r, n, mu, t_r, t_shift, t0):
    """M_c = M_r (a/n)^(-1/mu), from n = a (J/Jc)^-mu; M_r exp(U/kT n) at mu = 0."""
    a = barrier_over_kT(n, mu, float(back_hops(n, mu, t_r + t_shift, t0)[0]), t_r + t_shift, t0)
    if mu == 0:
        return M_r * math.exp(math.log((t_r + t_shift) / (t0 * relaxation_rate(n, 0.0, math.inf) * n)) / (n - 1))
    return M_r * math.exp(-math.log(a / n) / mu)


def barrier_remark(values) -> str:
    """What U0 would be for other attempt times."""
    def energy(t0):
        try:
            return barrier(values["n"], values["mu"], values["temperature"], values["t_r"], values["t_shift"], t0)
        except FitkitError:
            return math.nan

    return f"ASSUMES t0 = tau kT/U0 = {values['t0']:g} s and a start at Jc; convention with 1/mu. {meV_for_attempt_times(energy, values['t0'])}"


def moment_remark(values) -> str:
    """M_c is an extrapolation over many decades."""
    return f"ASSUMES t0 = {values['t0']:g} s: extrapolated from t_r = {values['t_r']:.3g} s to t0"


def hops_back(data, fit):
    """Where the hops back are seen, and where their work is a convention."""
    mu, n = fit.value("mu"), fit.value("n")
    if mu >= 0:
        return None
    smallest = float(np.abs(fit.model_part).min() / abs(fit.value("M_r")))
    b = smallest * float(back_hops(n, mu, fit.known["t_r"] + fit.value("t_shift"), fit.known["t0"])[0])
    if b > 3:
        return None
    share = 1 / float(net_hop_rate(0.0, 1.0, 1.0, 2 * b * k_B)) - 1
    return Caution(f"hops back are {100 * share / (1 + share):.2g} % of the hops forward at the end of the window: thermally assisted flux flow sets in, and S changes along it"
                   + ("" if mu == -1 else "; the work of a hop, 2 U0 J/Jc, is a convention for a barrier that is not linear, and depends on t0"))


MODEL = Model(
    name="rate_equation_decay",
    title="rate equation of flux creep, solved exactly, with hops back",
    equation="dM/dt ~ exp{-(U0/mu kT) [(Jc/J)^mu - 1]} {1 - exp(-2 U0 J/(Jc kT))},  M = M_r and n = |dU/dlnJ|/kT at t_r",
    validity="one barrier of the family U = (U0/mu) [(Jc/J)^mu - 1]; current density uniform, as in the volume average. mu = -1 until freed.",
    convention="n is the slope dlnE/dlnJ of hops forward at M_r: S = 1/n for a linear barrier, 1/(n - 1) for a logarithmic one. U0 with 1/mu.",
    function=rate_equation_decay,
    gradient=rate_equation_decay_gradient,
    value_and_gradient=rate_equation_decay_value_and_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        MOMENT_AT_REFERENCE,
        Param("n", scan=n_scan, positive=True, typical=(10, 100), bounds=(0.0, math.inf), symbol="n", meaning="steepness |dU/dlnJ|/kT of the barrier at t_r"),
        Param("mu", default=-1.0, scan=mu_scan, typical=(0.1, 1.5), symbol=r"\mu", meaning="exponent of the barrier; -1 linear, 0 logarithmic"),
        TIME_SHIFT,
    ),
    known=(REFERENCE_TIME, Known("t0", unit="s", default=1e-6, positive=True, symbol="t_0", meaning="attempt time")),
    null={"n": math.inf},
    background=("drift",),
    derived=(
        Derived("S", "", rate, symbol="S", meaning="relaxation rate -dlnM/dlnt at t_r"),
        Derived("U_star", "meV", apparent_barrier, symbol="U^*", meaning="apparent pinning energy kT/S at t_r", positive=True),
        Derived("U0", "meV", barrier, symbol="U_0", meaning="pinning energy of the exact equation", remark=barrier_remark, positive=True),
        Derived("M_c", "y", moment_without_barrier, symbol=r"M_\mathrm{c}", meaning="moment at which the barrier vanishes", remark=moment_remark),
    ),
    cautions=(crosses_zero, shift_beyond_window, hops_back, curvature_is_seen, short_window, temperature_drifts, jumps_in_moment),
    invalid=unusable_times,
    grid=late_grid,
    example={"temperature": "10 K"},
    checks=(
        Check(x=1e4, params={"M_r": 2.0, "n": 21.0, "mu": 0.0, "t_shift": 0.0}, known={"t_r": 1e2, "t0": 1e-6}, y=2.0 * 10 ** (-2 / 20), rtol=1e-13,
              source="mu = 0: the power law with S = 1/(n - 1)"),
        Check(x=1e4, params={"M_r": 2.0, "n": 50.0, "mu": -1.0, "t_shift": 0.0}, known={"t_r": 1e2, "t0": 1e-6}, y=2.0 * (1 - 2 * 2.302585092994046 / 50), rtol=1e-13,
              source="mu = -1, a J/Jc >> 1: the logarithmic decay with S = 1/n"),
        Check(x=1e3, params={"M_r": 1.0, "n": 5.0, "mu": -1.0, "t_shift": 0.0}, known={"t_r": 1e2, "t0": 1e-6}, y=0.539782309804532455, rtol=1e-13,
              source="-ln tanh(n M/2) ~ t, 30 digits"),
    ),
    references=(
        "P. W. Anderson, Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964)",
        "V. B. Geshkenbein, A. I. Larkin, Sov. Phys. JETP 68, 639 (1989) (the leading-logarithm approximation that this law does without)",
        "M. V. Feigel'man, V. B. Geshkenbein, A. I. Larkin, V. M. Vinokur, Phys. Rev. Lett. 63, 2303 (1989)",
    ),
)
