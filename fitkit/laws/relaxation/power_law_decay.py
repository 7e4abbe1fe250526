"""Power-law decay of the magnetization, a straight line in ln M against ln t.

    M(t) = M_r [(t + t_shift)/(t_r + t_shift)]^(-S)

A logarithmic barrier U = U0 ln(Jc/J) gives it, with S = kT/U0 whatever the attempt time is; so does E = Ec (J/Jc)^n, with
S = 1/(n - 1). M_r and t_r replace M0 and t0 of M0 (t/t0)^-S, which only enter as M0 t0^S.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.relaxation import crosses_zero, jumps_in_moment, shift_beyond_window, short_window, temperature_drifts, unusable_times
from ...model import Check, Derived, Model, Param
from ...physics.creep import apparent_energy, log_time, log_time_slope
from . import ATTEMPT_TIME, MOMENT, MOMENT_AT_REFERENCE, REFERENCE_TIME, TIME, TIME_SHIFT, late_grid, rate_scan


def power_law_decay(time, M_r, S, t_shift, t_r):
    """Moment or magnetization [unit of M_r] at time [s]; t_shift, t_r in [s]."""
    return M_r * np.exp(-S * log_time(time, t_shift, t_r))


def power_law_decay_gradient(time, M_r, S, t_shift, t_r):
    """d/d(M_r, S, t_shift) of :func:`power_law_decay`."""
    x = log_time(time, t_shift, t_r)
    fall = np.exp(-S * x)
    return fall, -M_r * fall * x, -M_r * fall * S * log_time_slope(time, t_shift, t_r)


def logarithmic_barrier(S, temperature):
    """U0 = kT/S [J] of U = U0 ln(Jc/J): the attempt time does not enter."""
    return apparent_energy(S, temperature)


MODEL = Model(
    name="power_law_decay",
    title="power-law decay (logarithmic barrier)",
    equation="M = M_r [(t + t_shift)/(t_r + t_shift)]^(-S)",
    validity="t >> t_shift, t0; a barrier that grows as ln(Jc/J), or any barrier over a short stretch of J.",
    convention="S = -dlnM/dlnt, the same at all times; U0 of the logarithmic barrier U0 ln(Jc/J). S = 1/(n - 1), not 1/n.",
    function=power_law_decay,
    gradient=power_law_decay_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        MOMENT_AT_REFERENCE,
        Param("S", scan=rate_scan, typical=(0.004, 0.1), symbol="S", meaning="relaxation rate -dlnM/dlnt"),
        TIME_SHIFT,
    ),
    known=(REFERENCE_TIME, ATTEMPT_TIME),
    null={"S": 0.0},
    background=("drift",),
    derived=(
        Derived("U_star", "meV", apparent_energy, symbol="U^*", meaning="apparent pinning energy kT/S", positive=True),
        Derived("U0", "meV", logarithmic_barrier, symbol="U_0", meaning="pinning energy of a logarithmic barrier U0 ln(Jc/J), equal to U*", positive=True),
        Derived("n", "", lambda S: 1 + 1 / S, symbol="n", meaning="exponent of E ~ J^n behind the decay, 1 + 1/S"),
    ),
    cautions=(crosses_zero, shift_beyond_window, short_window, temperature_drifts, jumps_in_moment),
    invalid=unusable_times,
    grid=late_grid,
    example={"temperature": "10 K"},
    checks=(
        Check(x=1e4, params={"M_r": 2.0, "S": 0.5, "t_shift": 0.0}, known={"t_r": 1e2}, y=0.2, rtol=1e-14, source="two decades at S = 1/2 lower the moment tenfold"),
        Check(x=np.array([99.0, 101.0]), params={"M_r": 1.0, "S": 0.03, "t_shift": 0.0}, known={"t_r": 1e2}, rtol=1e-6,
              y=np.array([1 - 0.03 * math.log(0.99), 1 - 0.03 * math.log(1.01)]), source="S ln(t/t_r) << 1: the logarithmic decay"),
    ),
    references=(
        "V. M. Vinokur, M. V. Feigel'man, V. B. Geshkenbein, Phys. Rev. Lett. 67, 915 (1991)",
        "E. H. Brandt, Phys. Rev. Lett. 76, 4030 (1996)",
    ),
)
