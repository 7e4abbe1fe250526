"""Logarithmic decay of the magnetization, a straight line in ln t.

    M(t) = M_r [1 - S ln((t + t_shift)/(t_r + t_shift))]

t_r is the geometric centre of the window, where M_r and S are best determined. S = -d ln M/d ln t at t_r. A linear
barrier U = U0 (1 - J/Jc) gives it; U* = kT/S is the apparent barrier at t_r, and U0 = U* + kT ln(t_r/t0) needs the
attempt time t0, which a curve with t >> t0 does not contain. t_shift is the time between the start of the decay and the
first reading of the clock (the end of a field sweep is no instant); it is 0 until freed.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.relaxation import crosses_zero, jumps_in_moment, shift_beyond_window, short_window, temperature_drifts, unusable_times
from ...model import Caution, Check, Coefficients, Derived, Model, Param
from ...physics.creep import apparent_energy, attempt_time_remark, barrier_of_rate
from . import ATTEMPT_TIME, MOMENT, MOMENT_AT_REFERENCE, REFERENCE_TIME, TIME, TIME_SHIFT, late_grid


def log_decay(time, M_r, S, t_shift, t_r):
    """Moment or magnetization [unit of M_r] at time [s]; time constants t_shift, t_r in [s]."""
    return M_r * (1 - S * np.log((time + t_shift) / (t_r + t_shift)))


def log_decay_gradient(time, M_r, S, t_shift, t_r):
    """d/d(M_r, S, t_shift) of :func:`log_decay`."""
    logarithm = np.log((time + t_shift) / (t_r + t_shift))
    return 1 - S * logarithm, -M_r * logarithm, -M_r * S * (1 / (time + t_shift) - 1 / (t_r + t_shift))


def _columns(time, t_shift, t_r):
    return np.ones_like(time), np.log((time + t_shift) / (t_r + t_shift))


def _parameters(c, time):
    return {"M_r": c[0], "S": -c[1] / np.where(c[0] == 0, np.nan, c[0])}


def linear_barrier(S, temperature, t_r, t_shift, t0):
    """U0 = U* + kT ln(t_r/t0) [J] of a linear barrier."""
    return barrier_of_rate(S, -1.0, temperature, t_r + t_shift, t0)


def depends_on_window(data, fit):
    """Curvature in ln t: then the slope is a matter of the window."""
    u = np.log(fit.x[0] + fit.value("t_shift"))
    if len(u) < 8:
        return None
    u = u - (u.min() + u.max()) / 2
    columns = np.stack([np.ones_like(u), u, u**2], axis=1)
    c = np.linalg.lstsq(columns, fit.y, rcond=None)[0]
    rest = fit.y - columns @ c
    rho = min(max(float(rest[1:] @ rest[:-1]) / float(rest @ rest), 0.0), 0.98) if rest @ rest > 0 else 0.0
    error = math.sqrt(rest @ rest / (len(u) - 3) * np.linalg.inv(columns.T @ columns)[2, 2] * (1 + rho) / (1 - rho))
    early, late = c[1] + 2 * c[2] * u.min(), c[1] + 2 * c[2] * u.max()
    if abs(c[2]) < 4 * error or abs(early - late) < 0.06 * abs(c[1]):
        return None
    first, last = fit.x[0].min(), fit.x[0].max()
    unit, scale = data.units[fit.y_name], fit.y_unit.factor
    return Caution(f"the slope depends on the window: dM/dlnt runs from {early / scale:.3g} {unit} at {first:.3g} s to {late / scale:.3g} {unit} at "
                   f"{last:.3g} s: no single logarithm. Leave out the first points, free t_shift, or compare with a curved law; S and U* hold for "
                   "this window only")


MODEL = Model(
    name="log_decay",
    title="logarithmic decay (linear barrier, Anderson-Kim)",
    equation="M = M_r [1 - S ln((t + t_shift)/(t_r + t_shift))]",
    validity="kT << U0 and t >> t_shift, t0; straight in ln t over 1 to 3 decades. A flat distribution of barriers gives the same line.",
    function=log_decay,
    gradient=log_decay_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        MOMENT_AT_REFERENCE,
        Param("S", linear=True, typical=(0.004, 0.1), symbol="S", meaning="relaxation rate -dlnM/dlnt at t_r"),
        TIME_SHIFT,
    ),
    known=(REFERENCE_TIME, ATTEMPT_TIME),
    coefficients=Coefficients(_columns, _parameters),
    signal=(1,),
    background=("drift",),
    derived=(
        Derived("U_star", "meV", apparent_energy, symbol="U^*", meaning="apparent pinning energy kT/S at t_r", positive=True),
        Derived("U0", "meV", linear_barrier, symbol="U_0",
                meaning="pinning energy U* + kT ln(t_r/t0) of a linear barrier", remark=attempt_time_remark, positive=True),
        Derived("dM_dlnt", "y", lambda M_r, S: -M_r * S, symbol=r"dM/d\ln t", meaning="slope per e-fold of time"),
        Derived("decrement", "y", lambda M_r, S: M_r * S * math.log(10), symbol=r"-dM/d\log_{10}t", meaning="decrement per decade of time"),
        Derived("S_0", "", lambda M_r, S, M0: M_r * S / M0, symbol="S_0", meaning="-(1/M0) dM/dlnt, normalised by the initial moment M0"),
    ),
    cautions=(crosses_zero, shift_beyond_window, depends_on_window, short_window, temperature_drifts, jumps_in_moment),
    invalid=unusable_times,
    grid=late_grid,
    example={"temperature": "10 K"},
    checks=(
        Check(x=43298.3, params={"M_r": 25.7404 - 41.6068 * math.log(100.0), "S": 41.6068 / (25.7404 - 41.6068 * math.log(100.0)), "t_shift": 0.0},
              known={"t_r": 100.0}, y=-418.44833184042998435, rtol=1e-13, source="A - B ln t, 40 digits"),
        Check(x=1e4, params={"M_r": 2.0, "S": 0.02, "t_shift": 0.0}, known={"t_r": 1e2}, y=2.0 * (1 - 0.02 * 2 * 2.302585092994046),
              rtol=1e-14, source="two decades lower the moment by 2 S ln 10"),
    ),
    references=(
        "P. W. Anderson, Phys. Rev. Lett. 9, 309 (1962)",
        "M. R. Beasley, R. Labusch, W. W. Webb, Phys. Rev. 181, 682 (1969)",
        "Y. Yeshurun, A. P. Malozemoff, A. Shaulov, Rev. Mod. Phys. 68, 911 (1996)",
    ),
)
