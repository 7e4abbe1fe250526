"""Decay on both branches of the loop at once, with the reversible moment that neither shows alone.

    M(t) = M_rev - d M_r [1 + mu S ln((t + t_shift)/(t_r + t_shift))]^(-1/mu)

d = +1 after a rising field, -1 after a falling one (column ``direction``). What both branches have in common is M_rev and the background; what falls from both
sides towards it is the pinned flux. A background of 20 % of the signal on a single branch makes S wrong by 20 %; here it drops out. A drift of the
magnetometer or of the field moves both branches the same way (``background=["drift"]``), creep moves them towards each other.

    both = fk.two_branches(after_rising_field, after_falling_field)
    print(fk.fit("two_branch_decay", both))
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ...cautions.relaxation import curvature_is_seen, shift_beyond_window, short_window, unusable_times
from ...model import Caution, Check, Column, Derived, Model, Param
from ...physics.creep import apparent_energy, attempt_time_remark, barrier_of_rate, centre_of_window, log1p_over, log1p_over_and_curvature, log_time, log_time_slope
from . import ATTEMPT_TIME, MOMENT, REFERENCE_TIME, TIME, TIME_SHIFT, rate_scan, shift_limits, shift_scan


def two_branch_decay(time, direction, M_rev, M_r, S, mu, t_shift, t_r):
    """Moment or magnetization [unit of M_rev, M_r] at time [s] on the branch of that direction; t_shift, t_r in [s]."""
    return M_rev - direction * M_r * np.exp(-log1p_over(mu, S * log_time(time, t_shift, t_r)))


def two_branch_decay_value_and_gradient(time, direction, M_rev, M_r, S, mu, t_shift, t_r):
    """:func:`two_branch_decay` with its derivatives d/d(M_rev, M_r, S, mu, t_shift)."""
    x = log_time(time, t_shift, t_r)
    z = S * x
    logarithm, curvature = log1p_over_and_curvature(mu, z)
    fall = -direction * np.exp(-logarithm)
    irreversible = M_r * fall
    slope = irreversible / (1 + mu * z)
    return M_rev + irreversible, (np.ones_like(fall), fall, -slope * x, irreversible * z**2 * curvature, -slope * S * log_time_slope(time, t_shift, t_r))


def two_branch_decay_gradient(time, direction, M_rev, M_r, S, mu, t_shift, t_r):
    """d/d(M_rev, M_r, S, mu, t_shift) of :func:`two_branch_decay`."""
    return two_branch_decay_value_and_gradient(time, direction, M_rev, M_r, S, mu, t_shift, t_r)[1]


def mu_scan(time, direction):
    """Exponents from a linear barrier to the large ones of collective creep."""
    return np.concatenate([np.linspace(-2.0, 4.0, 13), [6.0, 10.0]])


def unusable(data) -> str | None:
    """One branch alone, or times of which no decay can be fitted."""
    signs = set(np.unique(data["direction"]))
    if not signs <= {-1.0, 1.0} or len(signs) < 2:
        return (f"'direction' holds {', '.join(f'{one:g}' for one in sorted(signs))}: wanted +1 (after a rising field) and -1 (after a falling one).\n"
                "    join them: fk.two_branches(after_rising_field, after_falling_field)   or fit one branch: fk.fit('log_decay', ...)")
    said = (unusable_times(data.select(data["direction"] == sign)) for sign in (1.0, -1.0) if np.sum(data["direction"] == sign) > 2)
    return next(filter(None, said), None)


def drift_in_common(data, fit):
    """Creep brings the branches together; what moves both the same way is a drift."""
    if fit.has("drift"):
        return None
    u = np.log(fit.x[0] / fit.x[0].min())
    # the common slope is orthogonal to the creep, which has the sign of the direction
    columns = np.stack([np.ones_like(u), u, fit.x[1], fit.x[1] * u], axis=1)
    rest = fit.y - fit.fitted
    c, *_ = np.linalg.lstsq(columns, rest, rcond=None)
    left = rest - columns @ c
    error = math.sqrt(left @ left / max(len(u) - 4, 1) * np.linalg.inv(columns.T @ columns)[1, 1])
    creep = abs(fit.value("S") * fit.value("M_r"))
    if abs(c[1]) < 5 * error or abs(c[1]) < 0.02 * creep:
        return None
    return Caution(f"both branches drift the same way by {abs(c[1]) / creep:.2g} of the creep of one: not creep, but the field, the temperature or the magnetometer. "
                   "Add background=['drift'], or look at the temperature column")


def barrier(S, mu, temperature, t_r, t_shift, t0):
    """U0 = kT [1/S - mu ln(t_r/t0)] [J]."""
    return barrier_of_rate(S, mu, temperature, t_r + t_shift, t0)


def barrier_remark(values) -> str:
    """What U0 assumes."""
    return attempt_time_remark(values, values["mu"])


def _grid(points, **params):
    time = np.geomspace(10.0, 1e4, points - points // 2)
    return np.concatenate([time, time[: points // 2]]), np.repeat([1.0, -1.0], [points - points // 2, points // 2])


MODEL = Model(
    name="two_branch_decay",
    title="decay on both branches, with the reversible moment",
    equation="M = M_rev - d M_r [1 + mu S ln((t + t_shift)/(t_r + t_shift))]^(-1/mu),  d = +1 after a rising field, -1 after a falling one",
    validity="the same temperature and field on both branches, full penetration on both, t >> t_shift, t0. mu = -1 (logarithmic decay) until freed.",
    made_by="fk.two_branches(up, down), of the decay after rising and the one after falling field",
    convention="M_r > 0 is half the distance between the branches at t_r; S its rate, free of the reversible moment.",
    function=two_branch_decay,
    gradient=two_branch_decay_gradient,
    value_and_gradient=two_branch_decay_value_and_gradient,
    x=(TIME, Column("direction", "")),
    y=MOMENT,
    params=(
        Param("M_rev", unit="y", linear=True, typical=(0.01, 1), symbol=r"M_\mathrm{rev}", meaning="reversible moment, the same on both branches"),
        Param("M_r", unit="y", linear=True, typical=(0.1, 10), symbol="M_r", meaning="irreversible moment of one branch at the reference time t_r"),
        Param("S", scan=lambda time, direction: rate_scan(time), typical=(0.004, 0.1), symbol="S", meaning="relaxation rate -dlnM/dlnt of the irreversible moment at t_r"),
        Param("mu", default=-1.0, scan=mu_scan, typical=(0.1, 1.5), symbol=r"\mu", meaning="exponent of the barrier; -1 linear, 0 logarithmic"),
        replace(TIME_SHIFT, scan=lambda time, direction: shift_scan(time), limits=lambda time, direction: shift_limits(time)),
    ),
    known=(replace(REFERENCE_TIME, of_x=lambda time, direction: centre_of_window(time)), ATTEMPT_TIME),
    signal=(1,),
    null={"S": 0.0, "mu": 0.0},
    background=("drift",),
    derived=(
        Derived("U_star", "meV", apparent_energy, symbol="U^*", meaning="apparent pinning energy kT/S at t_r", positive=True),
        Derived("U0", "meV", barrier, symbol="U_0", meaning="pinning energy kT [1/S - mu ln(t_r/t0)], convention with 1/mu", remark=barrier_remark, positive=True),
        Derived("dM_dlnt", "y", lambda M_r, S: -M_r * S, symbol=r"dM/d\ln t", meaning="slope of the irreversible moment per e-fold of time"),
    ),
    cautions=(shift_beyond_window, drift_in_common, curvature_is_seen, short_window),
    invalid=unusable,
    grid=_grid,
    example={"temperature": "10 K"},
    checks=(
        Check(x=(np.array([1e4, 1e4]), np.array([1.0, -1.0])), params={"M_rev": 0.3, "M_r": 2.0, "S": 0.02, "mu": -1.0, "t_shift": 0.0}, known={"t_r": 1e2}, rtol=1e-14,
              y=np.array([0.3 - 2.0 * (1 - 0.02 * 2 * 2.302585092994046), 0.3 + 2.0 * (1 - 0.02 * 2 * 2.302585092994046)]),
              source="diamagnetic after a rising field; both branches approach M_rev"),
        Check(x=(1e4, -1.0), params={"M_rev": 0.0, "M_r": 2.0, "S": 0.5, "mu": 0.0, "t_shift": 0.0}, known={"t_r": 1e2}, y=0.2, rtol=1e-14, source="mu = 0: the power law"),
    ),
    references=(
        "A. P. Malozemoff, M. P. A. Fisher, Phys. Rev. B 42, 6784 (1990)",
        "Y. Yeshurun, A. P. Malozemoff, A. Shaulov, Rev. Mod. Phys. 68, 911 (1996)",
    ),
)
