"""Moment during a steady sweep of the field, on its way to the value at which creep keeps up with the sweep.

    M(t) = M_s - M_1 ln{1 + [exp(g) - 1] exp(-t/tau)},   g = (M_s - M_0)/M_1

It solves dM/dt = (M_1/tau) {1 - exp[(M - M_s)/M_1]}, the rate equation of a linear barrier that is driven: far below M_s the moment grows as without creep,
with the slope M_1/tau; a moment above M_s (g < 0, the sweep has slowed down) decays to it. M_1 = M_c kT/U0 is the moment over which the rate grows e-fold.
The same equation describes the recovery of pulsars after a glitch.
"""

from __future__ import annotations

import math

import numpy as np

from ...constants import k_B
from ...errors import FitkitError
from ...model import Caution, Check, Derived, Model, Param
from ...physics.rate_equation import approach
from . import MOMENT, TIME


def steady_sweep(time, M_s, M_1, gap, tau):
    """Moment or magnetization [unit of M_s, M_1] at time [s] since the sweep has that rate; tau in [s]."""
    return M_s - M_1 * approach(gap, time / tau)[0]


def steady_sweep_value_and_gradient(time, M_s, M_1, gap, tau):
    """:func:`steady_sweep` with its derivatives d/d(M_s, M_1, gap, tau)."""
    value, by_gap, by_age = approach(gap, time / tau)
    return M_s - M_1 * value, (np.ones_like(value), -value, -M_1 * by_gap, M_1 * by_age * time / tau**2)


def steady_sweep_gradient(time, M_s, M_1, gap, tau):
    """d/d(M_s, M_1, gap, tau) of :func:`steady_sweep`."""
    return steady_sweep_value_and_gradient(time, M_s, M_1, gap, tau)[1]


def gap_scan(time):
    """Starts from far above the steady moment to far below it."""
    return np.array([-12.0, -6.0, -3.0, -1.5, -0.7, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 18.0, 27.0, 40.0, 80.0])


def tau_scan(time):
    """Times from a fraction of the sampling to beyond the window."""
    length = float(np.ptp(time))
    return length * np.geomspace(1e-3, 3.0, 24)


def start_moment(M_s, M_1, gap):
    """M_0 = M_s - g M_1."""
    return M_s - M_1 * gap


def rate(M_s, M_1):
    """M_1/M_s = kT/U* at the steady moment: the S that a relaxation would start with, were the sweep stopped."""
    return M_1 / M_s


def apparent_barrier(M_s, M_1, temperature):
    """U* = kT M_s/M_1 [J]."""
    if M_1 * M_s <= 0:
        raise FitkitError("M_1 and M_s have opposite signs: no creep")
    return k_B * temperature * M_s / M_1


def unusable(data) -> str | None:
    """Times before the start of the sweep."""
    if np.any(data["time"] < 0):
        return f"{int(np.sum(data['time'] < 0))} rows have time < 0, the sweep has its rate from t = 0 on.\n    cut them off: fk.window(data, over='time', low='0 s')"
    return None


def both_ends_are_seen(data, fit):
    """The steady moment must be reached, and the way there must be more than an exponential."""
    last, gap, tau = float(fit.x[0].max()), fit.value("gap"), fit.value("tau")
    if last < (max(gap, 0.0) + 1) * tau:
        return Caution(f"the steady moment is not reached: it takes {(max(gap, 0.0) + 3) * tau:.3g} s, the data end at {last:.3g} s. Sweep on", ("M_s", "M_1"), "not determined")
    if abs(gap) < 1:
        return Caution("the moment starts within M_1 of its steady value: the way there is an exponential, which holds tau and g M_1. Start further away", ("M_1", "gap"), "not determined")
    return None


def _grid(points, gap, tau, **params):
    return np.linspace(0.0, (max(gap, 0.0) + 6) * tau, points)


MODEL = Model(
    name="steady_sweep",
    title="approach to the steady moment of a field sweep (driven creep, linear barrier)",
    equation="M = M_s - M_1 ln{1 + [exp(gap) - 1] exp(-t/tau)}",
    validity="a constant sweep rate from t = 0 on, kT << U0, full penetration throughout; currents in one direction.",
    convention="gap = (M_s - M_0)/M_1, above 0 where the moment starts below its steady value; 1/tau = sweep of J/Jc times U0/kT.",
    function=steady_sweep,
    gradient=steady_sweep_gradient,
    value_and_gradient=steady_sweep_value_and_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        Param("M_s", unit="y", linear=True, typical=(0.1, 10), symbol=r"M_\mathrm{s}", meaning="steady moment of the sweep"),
        Param("M_1", unit="y", linear=True, typical=(0.01, 0.1), symbol="M_1", meaning="moment over which the hop rate grows e-fold, M_c kT/U0"),
        Param("gap", scan=gap_scan, typical=(2, 15), symbol="g", meaning="(M_s - M_0)/M_1, how far from its steady value the moment starts"),
        Param("tau", unit="s", scan=tau_scan, positive=True, typical=(5, 500), bounds=(0.0, math.inf), symbol=r"\tau", meaning="time in which the sweep adds M_1"),
    ),
    signal=(1,),
    background=("drift",),
    derived=(
        Derived("M_0", "y", start_moment, symbol="M_0", meaning="moment at t = 0"),
        Derived("S", "", rate, symbol="S", meaning="M_1/M_s, the relaxation rate with which a decay from the steady moment starts"),
        Derived("U_star", "meV", apparent_barrier, symbol="U^*", meaning="apparent pinning energy kT M_s/M_1 at the steady moment", positive=True),
    ),
    cautions=(both_ends_are_seen,),
    invalid=unusable,
    grid=_grid,
    example={"temperature": "10 K"},
    checks=(
        Check(x=np.array([0.0, 1e4]), params={"M_s": 2.0, "M_1": 0.1, "gap": 5.0, "tau": 10.0}, y=np.array([1.5, 2.0]), rtol=1e-14, source="from M_s - g M_1 to M_s"),
        Check(x=1.0, params={"M_s": 2.0, "M_1": 0.1, "gap": 15.0, "tau": 10.0}, y=0.5 + 0.01, rtol=1e-7, source="far below M_s: slope M_1/tau"),
        Check(x=300.0, params={"M_s": 2.0, "M_1": 0.1, "gap": math.log(2.0), "tau": 10.0}, y=2.0 - 0.1 * math.exp(-30.0), rtol=1e-14, source="late: an exponential"),
    ),
    references=("P. W. Anderson, Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964)", "M. A. Alpar, P. W. Anderson, D. Pines, J. Shaham, Astrophys. J. 276, 325 (1984) (pulsars)"),
)
