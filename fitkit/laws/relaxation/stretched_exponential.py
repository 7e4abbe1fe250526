"""Stretched exponential decay towards M_inf, relaxation with a spread of rates.

    M(t) = M_inf + (M_0 - M_inf) exp[-((t + t_shift)/tau)^beta]

Glasses and molecular magnets, not flux creep: at small beta it draws any logarithmic decay, with a tau far outside the
window and an M_0 to match. M_inf is 0 until freed.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ...cautions.relaxation import shift_beyond_window, unusable_times
from ...model import Caution, Check, Derived, Model, Param
from . import MOMENT, REFERENCE_TIME, TIME, TIME_SHIFT, late_grid


def stretched_exponential(time, M_0, tau, beta, M_inf, t_shift):
    """Moment or magnetization [unit of M_0, M_inf] at time [s]; tau, t_shift in [s]."""
    fall = _exponent(time, tau, beta, t_shift)
    return M_0 * np.exp(-fall) - M_inf * np.expm1(-fall)


def _exponent(time, tau, beta, t_shift):
    with np.errstate(divide="ignore", over="ignore"):
        return np.exp(beta * np.log((time + t_shift) / tau))


def stretched_exponential_gradient(time, M_0, tau, beta, M_inf, t_shift):
    """d/d(M_0, tau, beta, M_inf, t_shift) of :func:`stretched_exponential`."""
    fall = _exponent(time, tau, beta, t_shift)
    rest = np.exp(-fall)
    steep = (M_0 - M_inf) * rest * fall
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.where(fall > 0, np.log((time + t_shift) / tau), 0.0)
    return rest, steep * beta / tau, -steep * logarithm, -np.expm1(-fall), -steep * beta / (time + t_shift)


def tau_scan(time):
    """Times inside the window, densely, and far before and beyond it: a logarithm wants them far away."""
    first, last = float(np.min(time)), float(np.max(time))
    return np.concatenate([np.geomspace(first / 1e6, first / 10, 6), np.geomspace(first / 2, 3 * last, 13), np.geomspace(10 * last, last * 1e12, 5)])


def beta_scan(time):
    """Exponents from a logarithm in disguise to a little above the plain exponential."""
    return np.concatenate([np.geomspace(0.005, 0.2, 7), np.linspace(0.3, 1.1, 9), [1.5, 2.0]])


def rate_at(M_0, tau, beta, M_inf, t_shift, t_r):
    """S = -dlnM/dlnt at t_r; beta (t_r/tau)^beta for M_inf = 0."""
    fall = ((t_r + t_shift) / tau) ** beta
    rest = math.exp(-fall)
    return (M_0 - M_inf) * rest * beta * fall / (M_0 * rest - M_inf * math.expm1(-fall))


def mean_time(tau, beta):
    """Mean time (tau/beta) Gamma(1/beta) [s] of a stretched exponential."""
    return math.exp(math.log(tau / beta) + math.lgamma(1 / beta))


def logarithm_in_disguise(data, fit):
    """beta << 1 or a tau outside the window: nothing but a logarithm is in the data."""
    beta, tau, time = fit.value("beta"), fit.value("tau"), fit.x[0]
    said = ("tau", "beta", "M_0") if fit.free("M_0") else ("tau", "beta")
    if beta < 0.1:
        return Caution(f"beta = {beta:.2g} < 0.1: indistinguishable from a logarithmic decay in this window; tau = {tau:.2g} s and M_0 lean on beta and "
                       "mean nothing. Fit log_decay or interpolation_decay", said, "not determined")
    if not time.min() / 10 <= tau <= 10 * time.max():
        reach = f"measure to {tau:.2g} s" if tau > time.max() else f"start at {tau:.2g} s"
        return Caution(f"tau = {tau:.2g} s lies outside the window of {time.min():.2g} to {time.max():.2g} s: tau and M_0 are extrapolated ({reach})")
    return None


def peak_of_the_slope(data, fit):
    """Where a stretched exponential is more than a logarithm in disguise: |dM/dlnt| has its maximum at tau, inside the window."""
    beta, tau, time = fit.value("beta"), fit.value("tau") - fit.value("t_shift"), fit.x[0]
    if beta < 0.1 or not 3 * time.min() <= tau <= time.max() / 3 or not fit.free("tau") or fit.verdict("tau") != "ok":
        return None
    return Caution(f"remark: |dM/dlnt| has its maximum inside the window, at tau = {tau:.3g} s, and falls on either side: rates distributed about one time. No logarithm or power law bends so")


MODEL = Model(
    name="stretched_exponential",
    title="stretched exponential decay (distributed rates)",
    equation="M = M_inf + (M_0 - M_inf) exp[-((t + t_shift)/tau)^beta]",
    validity="glasses, molecular magnets; the window must contain tau. Not a law of flux creep: beta < 0.1 is a logarithm in disguise.",
    function=stretched_exponential,
    gradient=stretched_exponential_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        Param("M_0", unit="y", linear=True, typical=(0.1, 10), symbol="M_0", meaning="moment at the start of the decay"),
        Param("tau", unit="s", scan=tau_scan, positive=True, typical=(100, 3000), bounds=(0.0, math.inf), symbol=r"\tau", meaning="decay time"),
        Param("beta", scan=beta_scan, positive=True, typical=(0.3, 1.0), bounds=(0.0, math.inf), symbol=r"\beta", meaning="stretching exponent, 1 for one rate"),
        Param("M_inf", unit="y", linear=True, default=0.0, typical=(0.01, 1), symbol=r"M_\infty", meaning="moment that stays"),
        TIME_SHIFT,
    ),
    known=(replace(REFERENCE_TIME, for_derived=True),),
    null={"tau": math.inf, "beta": 1.0},
    background=("drift",),
    derived=(
        Derived("S", "", rate_at, symbol="S", meaning="relaxation rate -dlnM/dlnt at t_r"),
        Derived("tau_mean", "s", mean_time, symbol=r"\langle\tau\rangle", meaning="mean decay time (tau/beta) Gamma(1/beta)", positive=True),
    ),
    cautions=(shift_beyond_window, logarithm_in_disguise, peak_of_the_slope),
    invalid=unusable_times,
    grid=late_grid,
    checks=(
        Check(x=300.0, params={"M_0": 2.0, "tau": 300.0, "beta": 0.4, "M_inf": 0.5, "t_shift": 0.0}, y=0.5 + 1.5 * 0.36787944117144233,
              rtol=1e-15, source="1/e of the way is left at t = tau"),
        Check(x=np.array([10.0, 1000.0]), params={"M_0": math.e, "tau": 100.0, "beta": 1e-3, "M_inf": 0.0, "t_shift": 0.0}, rtol=1e-5,
              y=np.array([1 + 1e-3 * math.log(10), 1 - 1e-3 * math.log(10)]), source="beta -> 0: M_0/e [1 - beta ln(t/tau)], a logarithm"),
    ),
    references=(
        "R. Kohlrausch, Pogg. Ann. Phys. Chem. 91, 179 (1854)",
        "G. Williams, D. C. Watts, Trans. Faraday Soc. 66, 80 (1970)",
    ),
)
