"""Interpolation formula of collective creep, curved in ln t by the exponent mu.

    M(t) = M_r [1 + mu S ln((t + t_shift)/(t_r + t_shift))]^(-1/mu)

The barrier is U = (U0/mu) [(Jc/J)^mu - 1]: mu = -1 is the logarithmic decay (linear barrier), mu -> 0 the power law
(logarithmic barrier), mu > 0 collective creep and the vortex glass. M_r, S and mu are all that a curve with t >> t0 holds:
S is the rate at t_r, mu the curvature. U0 = kT [1/S - mu ln(t_r/t0)] needs the attempt time.

In the convention without 1/mu, U = U0' [(Jc/J)^mu - 1], the barrier is U0' = U0/mu: at mu = 1/7 seven times larger. Both are reported.

mu may be free, fixed (``fix={"mu": 1}``), or tried at each value of the theory:
``fk.compare({name: ("interpolation_decay", {"fix": {"mu": mu}}) for name, mu in fk.creep_exponents().items()}, run)``.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.relaxation import crosses_zero, curvature_is_seen, jumps_in_moment, shift_beyond_window, short_window, temperature_drifts, unusable_times
from ...errors import FitkitError
from ...model import Caution, Check, Derived, Model, Param, words_only
from ...physics.barriers import CREEP_EXPONENTS
from ...physics.creep import apparent_energy, attempt_time_remark, barrier_of_rate, log1p_over, log1p_over_and_curvature, log_time, log_time_slope
from . import ATTEMPT_TIME, MOMENT, MOMENT_AT_REFERENCE, REFERENCE_TIME, TIME, TIME_SHIFT, late_grid, rate_scan


def interpolation_decay(time, M_r, S, mu, t_shift, t_r):
    """Moment or magnetization [unit of M_r] at time [s]; t_shift, t_r in [s]. NaN where 1 + mu S ln(...) is negative."""
    return M_r * np.exp(-log1p_over(mu, S * log_time(time, t_shift, t_r)))


def interpolation_decay_value_and_gradient(time, M_r, S, mu, t_shift, t_r):
    """:func:`interpolation_decay` with its derivatives d/d(M_r, S, mu, t_shift)."""
    x = log_time(time, t_shift, t_r)
    z = S * x
    logarithm, curvature = log1p_over_and_curvature(mu, z)
    fall = np.exp(-logarithm)
    M = M_r * fall
    slope = M / (1 + mu * z)  # -dM/dz
    return M, (fall, -slope * x, M * z**2 * curvature, -slope * S * log_time_slope(time, t_shift, t_r))


def interpolation_decay_gradient(time, M_r, S, mu, t_shift, t_r):
    """d/d(M_r, S, mu, t_shift) of :func:`interpolation_decay`."""
    return interpolation_decay_value_and_gradient(time, M_r, S, mu, t_shift, t_r)[1]


def mu_scan(time):
    """Exponents from a linear barrier to beyond the large ones of collective creep."""
    return np.concatenate([np.linspace(-2.0, 4.0, 13), [6.0, 10.0, 20.0]])


def barrier(S, mu, temperature, t_r, t_shift, t0):
    """U0 = kT [1/S - mu ln(t_r/t0)] [J]."""
    return barrier_of_rate(S, mu, temperature, t_r + t_shift, t0)


def barrier_remark(values) -> str:
    """What U0 assumes, and for which convention it holds."""
    return attempt_time_remark(values, values["mu"]) + "; with the 1/mu convention U = (U0/mu) [(Jc/J)^mu - 1]"


def barrier_without_inverse(S, mu, temperature, t_r, t_shift, t0):
    """U0' = U0/mu [J] of the convention U = U0' [(Jc/J)^mu - 1]."""
    if mu <= 0:
        raise FitkitError("the convention U0' [(Jc/J)^mu - 1] is one of mu > 0")
    return barrier(S, mu, temperature, t_r, t_shift, t0) / mu


def convention_remark(values) -> str:
    """Which of the two numbers this is."""
    return f"without 1/mu: U = U0' [(Jc/J)^mu - 1], U0' = U0/mu; ASSUMES t0 = {values['t0']:g} s"


def moment_without_barrier(M_r, S, mu, t_r, t_shift, t0):
    """M_c = M_r [1 - mu S ln(t_r/t0)]^(-1/mu): the moment at which the barrier vanishes."""
    fall = float(log1p_over(mu, -S * math.log((t_r + t_shift) / t0)))
    if not math.isfinite(fall):
        raise FitkitError(f"none: mu S ln(t_r/t0) exceeds 1 for t0 = {t0:g} s")
    return M_r * math.exp(-fall)


def moment_remark(values) -> str:
    """M_c is an extrapolation over many decades."""
    return f"ASSUMES t0 = {values['t0']:g} s: extrapolated from t_r = {values['t_r']:.3g} s to t0"


@words_only
def beside_theory(data, fit):
    """Where a fitted mu lies among the values of the theory; between them is a crossover, not an error."""
    error = fit.error("mu")
    if not fit.free("mu") or not error or error >= 0.5:
        return None
    mu = fit.value("mu")
    near = [f"{name} ({value:.3g})" for name, value in CREEP_EXPONENTS.items() if abs(value - mu) < 2 * error]
    return Caution(f"mu = {mu:.2g} +- {error:.1g}: " + (f"within two errors of {', '.join(near)}" if near else
                   "two errors or more from every value of the theory, as in a crossover; do not round it to one"))


MODEL = Model(
    name="interpolation_decay",
    title="interpolation formula (collective creep)",
    equation="M = M_r [1 + mu S ln((t + t_shift)/(t_r + t_shift))]^(-1/mu)",
    validity="t >> t_shift, t0; one barrier family over the window. From J at the start near Jc the exact rate equation gives an S smaller by 1 to 5 % "
             "at U0/kT below 50.",
    convention="S = -dlnM/dlnt at t_r. U0 with 1/mu, U = (U0/mu) [(Jc/J)^mu - 1]; U0_prime without, U = U0' [(Jc/J)^mu - 1].",
    function=interpolation_decay,
    gradient=interpolation_decay_gradient,
    value_and_gradient=interpolation_decay_value_and_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        MOMENT_AT_REFERENCE,
        Param("S", scan=rate_scan, typical=(0.01, 0.1), symbol="S", meaning="relaxation rate -dlnM/dlnt at t_r"),
        Param("mu", scan=mu_scan, typical=(0.1, 1.5), symbol=r"\mu", meaning="exponent of the barrier; -1 linear, 0 logarithmic, 1/7, 3/2, 7/9 collective creep"),
        TIME_SHIFT,
    ),
    known=(REFERENCE_TIME, ATTEMPT_TIME),
    null={"S": 0.0, "mu": 0.0},
    background=("drift",),
    derived=(
        Derived("U_star", "meV", apparent_energy, symbol="U^*", meaning="apparent pinning energy kT/S at t_r", positive=True),
        Derived("U0", "meV", barrier, symbol="U_0", meaning="pinning energy kT [1/S - mu ln(t_r/t0)], convention with 1/mu", remark=barrier_remark, positive=True),
        Derived("U0_prime", "meV", barrier_without_inverse, symbol="U_0'", meaning="the same in the convention without 1/mu, U0/mu", remark=convention_remark, positive=True),
        Derived("M_c", "y", moment_without_barrier, symbol=r"M_\mathrm{c}", meaning="moment at which the barrier vanishes", remark=moment_remark),
    ),
    cautions=(crosses_zero, shift_beyond_window, curvature_is_seen, beside_theory, short_window, temperature_drifts, jumps_in_moment),
    invalid=unusable_times,
    grid=late_grid,
    example={"temperature": "10 K"},
    checks=(
        Check(x=1e4, params={"M_r": 2.0, "S": 0.02, "mu": -1.0, "t_shift": 0.0}, known={"t_r": 1e2}, y=2.0 * (1 - 0.02 * 2 * 2.302585092994046), rtol=1e-14,
              source="mu = -1: the logarithmic decay"),
        Check(x=1e4, params={"M_r": 2.0, "S": 0.5, "mu": 0.0, "t_shift": 0.0}, known={"t_r": 1e2}, y=0.2, rtol=1e-14, source="mu = 0: the power law"),
        Check(x=1e4, params={"M_r": 3.0, "S": 0.5, "mu": 1.0, "t_shift": 0.0}, known={"t_r": 1e2}, y=3.0 / (1 + 2.302585092994046), rtol=1e-14,
              source="mu = 1: M_r/(1 + S ln(t/t_r))"),
    ),
    references=(
        "M. V. Feigel'man, V. B. Geshkenbein, A. I. Larkin, V. M. Vinokur, Phys. Rev. Lett. 63, 2303 (1989)",
        "A. P. Malozemoff, M. P. A. Fisher, Phys. Rev. B 42, 6784 (1990)",
        "Y. Yeshurun, A. P. Malozemoff, A. Shaulov, Rev. Mod. Phys. 68, 911 (1996)",
    ),
)
