"""Exponential decay towards M_inf: one rate, the null hypothesis that flux creep rejects.

    M(t) = M_inf + (M_0 - M_inf) exp[-(t + t_shift)/tau]

M_inf is 0 until freed.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.relaxation import shift_beyond_window, unusable_times
from ...model import Caution, Check, Model, Param
from . import MOMENT, TIME, TIME_SHIFT, late_grid


def exponential_decay(time, M_0, tau, M_inf, t_shift):
    """Moment or magnetization [unit of M_0, M_inf] at time [s]; tau, t_shift in [s]."""
    fall = (time + t_shift) / tau
    return M_0 * np.exp(-fall) - M_inf * np.expm1(-fall)


def exponential_decay_gradient(time, M_0, tau, M_inf, t_shift):
    """d/d(M_0, tau, M_inf, t_shift) of :func:`exponential_decay`."""
    fall = (time + t_shift) / tau
    rest = np.exp(-fall)
    return rest, (M_0 - M_inf) * rest * fall / tau, -np.expm1(-fall), -(M_0 - M_inf) * rest / tau


def tau_scan(time):
    """Times from a tenth of the first to a thousand times the last."""
    return np.geomspace(np.min(time) / 10, np.max(time) * 1e3, 60)


def time_constant_in_window(data, fit):
    """A decay that is over before the first point, or has not begun at the last, has no time constant."""
    tau, time = fit.value("tau"), fit.x[0]
    if tau > 10 * time.max():
        return Caution(f"tau = {tau:.2g} s is more than ten times the window: the data are a straight line in t, which holds M_0/tau only. "
                       f"Measure to {tau:.2g} s", ("tau",), "not determined" if fit.free("M_inf") else "")
    return None


MODEL = Model(
    name="exponential_decay",
    title="exponential decay (one rate)",
    equation="M = M_inf + (M_0 - M_inf) exp[-(t + t_shift)/tau]",
    validity="one barrier that does not depend on the current; a resistive joint; a null hypothesis for flux creep.",
    function=exponential_decay,
    gradient=exponential_decay_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        Param("M_0", unit="y", linear=True, typical=(0.1, 10), symbol="M_0", meaning="moment at the start of the decay"),
        Param("tau", unit="s", scan=tau_scan, positive=True, typical=(100, 3000), bounds=(0.0, math.inf), symbol=r"\tau", meaning="decay time"),
        Param("M_inf", unit="y", linear=True, default=0.0, typical=(0.01, 1), symbol=r"M_\infty", meaning="moment that stays"),
        TIME_SHIFT,
    ),
    null={"tau": math.inf},
    background=("drift",),
    cautions=(shift_beyond_window, time_constant_in_window,),
    invalid=unusable_times,
    grid=late_grid,
    checks=(
        Check(x=300.0, params={"M_0": 2.0, "tau": 300.0, "M_inf": 0.5, "t_shift": 0.0}, y=0.5 + 1.5 * 0.36787944117144233, rtol=1e-15,
              source="1/e of the way is left at t = tau"),
        Check(x=1e-3, params={"M_0": 2.0, "tau": 1e3, "M_inf": 0.0, "t_shift": 0.0}, y=2.0 * (1 - 1e-6), rtol=1e-11, source="t << tau: M_0 (1 - t/tau)"),
    ),
    references=("Y. Yeshurun, A. P. Malozemoff, A. Shaulov, Rev. Mod. Phys. 68, 911 (1996) (the logarithmic decay that replaces it)",),
)
