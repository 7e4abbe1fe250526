"""Decay after a sweep of the field that stops at t = 0, from its first moment on.

    M(t) = M_0 - B ln(1 + t/t_s)

The clock starts with the stop, t = 0 is a legal time, and t_s says how long the sweep is remembered. For a slab t_s = 0.68 mu0 w J/(n dB/dt): seconds to
minutes, set by the sweep rate and by nothing microscopic. A fit of M_0 [1 - (kT/U0) ln(1 + t/t0)] with everything free finds this time, not an attempt time,
and its "U0" is kT M_0/B, the apparent barrier at the stop.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.relaxation import crosses_zero, jumps_in_moment
from ...model import Caution, Check, Derived, Known, Model, Param
from ...physics.creep import apparent_energy, attempt_time_remark, barrier_of_rate
from . import ATTEMPT_TIME, MOMENT, TIME


def stopped_sweep_decay(time, M_0, B, t_s):
    """Moment or magnetization [unit of M_0, B] at time [s] since the stop; t_s in [s]."""
    return M_0 - B * np.log1p(time / t_s)


def stopped_sweep_decay_gradient(time, M_0, B, t_s):
    """d/d(M_0, B, t_s) of :func:`stopped_sweep_decay`."""
    logarithm = np.log1p(time / t_s)
    return np.ones_like(logarithm), -logarithm, B * time / (t_s * (t_s + time))


def t_s_scan(time):
    """Times of the sweep from well before the first point to beyond the last."""
    later = time[time > 0]
    return np.geomspace(float(later.min()) / 100, float(later.max()) * 10, 50)


def last_time(time):
    """Where the rate is stated: the geometric mean of first and last time after zero."""
    later = time[time > 0]
    return math.sqrt(float(later.min()) * float(later.max()))


def unusable(data) -> str | None:
    """Times before the stop."""
    if np.any(data["time"] < 0):
        return (f"{int(np.sum(data['time'] < 0))} rows have time < 0, the sweep stops at t = 0.\n"
                "    cut them off: fk.window(data, over='time', low='0 s')")
    if not np.any(data["time"] > 0):
        return "no row has a time above 0"
    return None


def rate(M_0, B, t_s, t_r):
    """S = -dlnM/dln(t + t_s) at t_r."""
    return B / (M_0 - B * math.log1p(t_r / t_s))


def apparent_barrier(M_0, B, t_s, temperature, t_r):
    """U* = kT/S [J] at t_r."""
    return apparent_energy(rate(M_0, B, t_s, t_r), temperature)


def barrier(M_0, B, t_s, temperature, t_r, t0):
    """U0 = U* + kT ln[(t_r + t_s)/t0] [J]."""
    return barrier_of_rate(rate(M_0, B, t_s, t_r), -1.0, temperature, t_r + t_s, t0)


def barrier_remark(values) -> str:
    """What U0 assumes: t_s is no attempt time."""
    S = rate(values["M_0"], values["B"], values["t_s"], values["t_r"])
    return attempt_time_remark({**values, "S": S, "t_shift": values["t_s"]}) + "; t_s is the time of the sweep, not t0"


def start_is_seen(data, fit):
    """t_s needs points at about t_s."""
    time, t_s = fit.x[0], fit.value("t_s")
    later = time[time > 0]
    if later.min() > 3 * t_s and not np.any(time == 0):
        return Caution(f"the first point, at {later.min():.3g} s, is {later.min() / t_s:.2g} t_s after the stop: M_0 and t_s lean on each other, M - B ln t is what the data hold. "
                       "Fit log_decay, or record the moment of the stop", ("M_0", "t_s"), "not determined" if later.min() > 30 * t_s else "")
    if later.max() < 3 * t_s:
        return Caution(f"the last point, at {later.max():.3g} s, is {later.max() / t_s:.2g} t_s after the stop: the decay is still a straight line in t, which holds B/t_s. "
                       f"Measure to {10 * t_s:.3g} s", ("B", "t_s"), "not determined")
    return None


def _grid(points, t_s, **params):
    return np.concatenate([[0.0], np.geomspace(0.1 * t_s, 300 * t_s, points - 1)])


MODEL = Model(
    name="stopped_sweep_decay",
    title="decay after a sweep that stops at t = 0",
    equation="M = M_0 - B ln(1 + t/t_s)",
    validity="linear barrier, or any barrier over a short stretch of J; the sweep was steady before it stopped, the stop is sudden on the scale of t_s.",
    convention="B = -dM/dln(t + t_s). t_s belongs to the sweep; the attempt time enters only U0, as an assumption.",
    function=stopped_sweep_decay,
    gradient=stopped_sweep_decay_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        Param("M_0", unit="y", linear=True, typical=(0.1, 10), symbol="M_0", meaning="moment when the sweep stops"),
        Param("B", unit="y", linear=True, typical=(0.01, 0.1), symbol="B", meaning="slope -dM/dln(t + t_s)"),
        Param("t_s", unit="s", scan=t_s_scan, positive=True, typical=(0.3, 30), bounds=(0.0, math.inf), symbol=r"t_\mathrm{s}", meaning="time in which the sweep is forgotten"),
    ),
    known=(Known("t_r", unit="s", of_x=last_time, for_derived=True, symbol="t_r", meaning="reference time"), ATTEMPT_TIME),
    signal=(1,),
    background=("drift",),
    derived=(
        Derived("S", "", rate, symbol="S", meaning="relaxation rate -dlnM/dln(t + t_s) at t_r"),
        Derived("U_star", "meV", apparent_barrier, symbol="U^*", meaning="apparent pinning energy kT/S at t_r", positive=True),
        Derived("U0", "meV", barrier, symbol="U_0", meaning="pinning energy U* + kT ln[(t_r + t_s)/t0] of a linear barrier", remark=barrier_remark, positive=True),
    ),
    cautions=(crosses_zero, start_is_seen, jumps_in_moment),
    invalid=unusable,
    grid=_grid,
    example={"temperature": "10 K"},
    checks=(
        Check(x=np.array([0.0, math.e - 1]), params={"M_0": 3.0, "B": 0.5, "t_s": 1.0}, y=np.array([3.0, 2.5]), rtol=1e-15, source="B for an e-fold"),
        Check(x=1e-6, params={"M_0": 3.0, "B": 0.5, "t_s": 2.0}, y=3.0 - 0.25e-6, rtol=1e-13, source="t << t_s: the slope of the sweep, B/t_s"),
    ),
    references=(
        "A. Gurevich, H. Kuepfer, Phys. Rev. B 48, 6477 (1993) (recalled, not checked)",
        "Y. Yeshurun, A. P. Malozemoff, A. Shaulov, Rev. Mod. Phys. 68, 911 (1996)",
    ),
)
