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

from ...constants import e, k_B
from ...errors import FitkitError
from ...model import Caution, Check, Coefficients, Column, Derived, Known, Model, Param


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
    return None if c[0] == 0 else {"M_r": c[0], "S": -c[1] / c[0]}


def _shift_scan(time, t_r):
    first = float(np.min(time))
    return np.concatenate([-first * np.array([0.9, 0.5, 0.2]), [0.0], first * np.geomspace(0.1, 1000.0, 17)])


def apparent_energy(S, temperature):
    """U* = kT/S [J]; a moment that grows has none."""
    if S <= 0:
        raise FitkitError("the moment grows (S < 0): an acquisition has no pinning energy")
    return k_B * temperature / S


def linear_barrier(S, temperature, t_r, t_shift, t0):
    """U0 = U* + kT ln(t_r/t0) [J] of a linear barrier."""
    energy = apparent_energy(S, temperature) + k_B * temperature * math.log((t_r + t_shift) / t0)
    if energy <= 0:
        raise FitkitError(f"U0 <= 0 for t0 = {t0:g} s: this attempt time does not fit the data")
    return energy


def centre_of_window(time):
    """Geometric centre of the times [s]."""
    return math.sqrt(float(np.min(time)) * float(np.max(time)))


def attempt_time_remark(values) -> str:
    """What the barrier would be for other attempt times (linear barrier)."""
    energy = k_B * values["temperature"]
    meV = 1e-3 * e
    u_star, t_r = energy / values["S"], values["t_r"] + values["t_shift"]
    others = ", ".join(f"{t0:g} s: {(u_star + energy * math.log(t_r / t0)) / meV:.1f} meV" for t0 in (1e-6, 1e-9, 1e-12) if t0 != values["t0"])
    return (f"ASSUMES t0 = {values['t0']:g} s: a single curve with t >> t0 fixes only U* = {u_star / k_B:.4g} K at {t_r:.4g} s "
            f"(T = {values['temperature']:.4g} K). For t0 = {others}; {energy * math.log(10) / meV:.3g} meV per decade of t0")


def unusable(data) -> str | None:
    """Times or moments of which no logarithmic decay can be fitted."""
    time = data["time"]
    if np.any(time <= 0):
        return (f"{int(np.sum(time <= 0))} rows have time <= 0, ln t wants the time since the field stopped.\n"
                "    set the origin: fk.relaxation_segment(data)   or   fk.window(data, over='time', low='1 s')")
    repeated = len(time) - len(np.unique(time))
    if repeated:
        return (f"{repeated} rows repeat the time of another row: two channels in one column, or a stuck clock.\n"
                "    leave them out: fk.drop_rows(data, rows, reason='repeated time')")
    if np.ptp(time) < 0.1 * time.min():
        return ("the times look like an absolute clock (they span less than a tenth of the first one).\n"
                "    set the origin: fk.relaxation_segment(data)")
    return None


def crosses_zero(data, fit):
    """S = -dlnM/dlnt has no meaning where M changes sign."""
    if fit.fitted.min() < 0 < fit.fitted.max():
        return Caution("the moment crosses zero inside the window: S = -dlnM/dlnt and U* have no meaning here (the slope dM/dlnt has). "
                       "A background or a second decay is in the signal", ("S",), "not determined")
    return None


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
    early, late = c[1] + c[2] * u.min(), c[1] + c[2] * u.max()
    if abs(c[2]) < 4 * error or abs(early - late) < 0.03 * abs(c[1]):
        return None
    first, last = fit.x[0].min(), fit.x[0].max()
    unit, scale = data.units[fit.y_name], fit.y_unit.factor
    return Caution(f"the slope depends on the window: dM/dlnt runs from {early / scale:.3g} {unit} at {first:.3g} s to {late / scale:.3g} {unit} at "
                   f"{last:.3g} s: no single logarithm. Leave out the first points, free t_shift, or compare with a curved law; S and U* hold for "
                   "this window only")


def short_window(data, fit):
    """Half a decade of time holds no logarithm."""
    time = fit.x[0]
    decades = math.log10(time.max() / time.min())
    if decades < 0.5:
        return Caution(f"the window spans only {decades:.2f} decades of time: any smooth drift looks logarithmic. Measure to {10 * time.max():.3g} s")
    return None



def _grid(points, **params):
    return np.geomspace(10.0, 1e4, points)


MODEL = Model(
    name="log_decay",
    title="logarithmic decay (linear barrier, Anderson-Kim)",
    equation="M = M_r [1 - S ln((t + t_shift)/(t_r + t_shift))]",
    validity="kT << U0 and t >> t_shift, t0; straight in ln t over 1 to 3 decades. A flat distribution of barriers gives the same line.",
    function=log_decay,
    gradient=log_decay_gradient,
    x=Column("time", "s"),
    y=Column("moment", "A m2", alternatives=(("magnetization", "A/m"), ("mass_magnetization", "A m2/kg"), ("relative_moment", ""))),
    params=(
        Param("M_r", unit="y", linear=True, typical=(0.1, 10), symbol="M_r", meaning="moment at the reference time t_r"),
        Param("S", linear=True, typical=(0.004, 0.1), symbol="S", meaning="relaxation rate -dlnM/dlnt at t_r"),
        Param("t_shift", unit="s", default=0.0, scan=_shift_scan, typical=(0.1, 10), prior="time_origin_err", symbol=r"t_\mathrm{s}",
              meaning="time from the start of the decay to the zero of the clock"),
    ),
    known=(
        Known("t_r", unit="s", of_x=centre_of_window, symbol="t_r", meaning="reference time, geometric centre of the window"),
        Known("t0", unit="s", default=1e-6, for_derived=True, positive=True, symbol="t_0", meaning="attempt time"),
    ),
    coefficients=Coefficients(_columns, _parameters),
    signal=(1,),
    background=("drift",),
    derived=(
        Derived("U_star", "meV", apparent_energy, symbol="U^*", meaning="apparent pinning energy kT/S at t_r"),
        Derived("U0", "meV", linear_barrier, symbol="U_0",
                meaning="pinning energy U* + kT ln(t_r/t0) of a linear barrier", remark=attempt_time_remark),
        Derived("dM_dlnt", "y", lambda M_r, S: -M_r * S, symbol=r"dM/d\ln t", meaning="slope per e-fold of time"),
        Derived("decrement", "y", lambda M_r, S: M_r * S * math.log(10), symbol=r"-dM/d\log_{10}t", meaning="decrement per decade of time"),
        Derived("S_0", "", lambda M_r, S, M0: M_r * S / M0, symbol="S_0", meaning="-(1/M0) dM/dlnt, normalised by the initial moment M0"),
    ),
    cautions=(crosses_zero, depends_on_window, short_window),
    invalid=unusable,
    grid=_grid,
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
