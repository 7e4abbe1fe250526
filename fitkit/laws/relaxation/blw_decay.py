"""Decay over the barrier that vanishes as (1 - J/Jc)^(3/2) (Beasley, Labusch and Webb).

    M(t) = M_r {1 - (3/2) S L_r [(L/L_r)^(2/3) - 1]},   L = ln[1 + (t + t_shift)/t0],   L_r = L(t_r)

This is M_c {1 - [(kT/U0) L]^(2/3)} written with M_r and the rate S = -dlnM/dL at t_r, which is -dlnM/dlnt for t >> t0. The attempt time t0 is
assumed; it bends the curve so little that data do not hold it: a straight line in ln t comes out for every t0, and U0 = kT L_r (1 + 1/q)^(3/2) with
q = (3/2) S L_r follows from the assumption.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.relaxation import crosses_zero, jumps_in_moment, shift_beyond_window, short_window, temperature_drifts, unusable_times
from ...constants import k_B
from ...errors import FitkitError
from ...model import Check, Coefficients, Derived, Known, Model, Param
from ...physics.creep import apparent_energy, meV_for_attempt_times
from . import MOMENT, MOMENT_AT_REFERENCE, REFERENCE_TIME, TIME, TIME_SHIFT, late_grid


def blw_decay(time, M_r, S, t_shift, t_r, t0):
    """Moment or magnetization [unit of M_r] at time [s]; t_shift, t_r, t0 in [s]."""
    return M_r * (1 - S * _fall(time, t_shift, t_r, t0))


def _fall(time, t_shift, t_r, t0):
    """(3/2) L_r [(L/L_r)^(2/3) - 1], which is ln(t/t_r) near t_r."""
    L_r = np.log1p((t_r + t_shift) / t0)
    x = np.log1p((time - t_r) / (t_r + t_shift + t0))
    return 1.5 * L_r * np.expm1(2 / 3 * np.log1p(x / L_r))


def blw_decay_gradient(time, M_r, S, t_shift, t_r, t0):
    """d/d(M_r, S, t_shift) of :func:`blw_decay`."""
    fall = _fall(time, t_shift, t_r, t0)
    age, age_r = t_r + t_shift + t0, time + t_shift + t0
    L_r = np.log1p((t_r + t_shift) / t0)
    x = np.log1p((time - t_r) / age)
    root = (1 + x / L_r) ** (-1 / 3)
    # d fall/dL = root, d fall/dL_r = fall/L_r - (1 + x/L_r)^(2/3)
    by_shift = root / age_r + (fall / L_r - root * (1 + x / L_r)) / age
    return 1 - S * fall, -M_r * fall, -M_r * S * by_shift


def _columns(time, t_shift, t_r, t0):
    return np.ones_like(time), _fall(time, t_shift, t_r, t0)


def _parameters(c, time):
    return None if c[0] == 0 else {"M_r": c[0], "S": -c[1] / c[0]}


def barrier(S, temperature, t_r, t_shift, t0):
    """U0 = kT L_r (1 + 1/q)^(3/2) [J], q = (3/2) S L_r."""
    apparent_energy(S, temperature)
    L_r = math.log1p((t_r + t_shift) / t0)
    return k_B * temperature * L_r * (1 + 1 / (1.5 * S * L_r)) ** 1.5


def moment_without_barrier(M_r, S, t_r, t_shift, t0):
    """M_c = M_r (1 + q): the moment at which the barrier vanishes."""
    return M_r * (1 + 1.5 * S * math.log1p((t_r + t_shift) / t0))


def barrier_remark(values) -> str:
    """What U0 would be for other attempt times."""
    def energy(t0):
        try:
            return barrier(values["S"], values["temperature"], values["t_r"], values["t_shift"], t0)
        except FitkitError:
            return math.nan

    return f"ASSUMES t0 = {values['t0']:g} s. {meV_for_attempt_times(energy, values['t0'])}"


def moment_remark(values) -> str:
    """M_c is an extrapolation over many decades."""
    return f"ASSUMES t0 = {values['t0']:g} s: extrapolated from t_r = {values['t_r']:.3g} s to t0"


MODEL = Model(
    name="blw_decay",
    title="decay over a barrier (1 - J/Jc)^(3/2) (Beasley-Labusch-Webb)",
    equation="M = M_r {1 - (3/2) S L_r [(L/L_r)^(2/3) - 1]},  L = ln[1 + (t + t_shift)/t0]",
    validity="kT << U0, t >> t0, J near Jc. Within the noise of most data a straight line in ln t: it differs from log_decay in what U0 means. From J at "
             "the start near Jc the exact rate equation gives an S smaller by 2 to 3 %.",
    convention="S = -dlnM/dlnt at t_r; U0 is the barrier at J = 0 of U0 (1 - J/Jc)^(3/2), not that of the linear barrier.",
    function=blw_decay,
    gradient=blw_decay_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        MOMENT_AT_REFERENCE,
        Param("S", linear=True, typical=(0.004, 0.1), symbol="S", meaning="relaxation rate -dlnM/dlnt at t_r"),
        TIME_SHIFT,
    ),
    known=(REFERENCE_TIME, Known("t0", unit="s", default=1e-6, positive=True, symbol="t_0", meaning="attempt time")),
    coefficients=Coefficients(_columns, _parameters),
    signal=(1,),
    background=("drift",),
    derived=(
        Derived("U_star", "meV", apparent_energy, symbol="U^*", meaning="apparent pinning energy kT/S at t_r", positive=True),
        Derived("U0", "meV", barrier, symbol="U_0", meaning="barrier at J = 0 of U0 (1 - J/Jc)^(3/2)", remark=barrier_remark, positive=True),
        Derived("M_c", "y", moment_without_barrier, symbol=r"M_\mathrm{c}", meaning="moment at which the barrier vanishes", remark=moment_remark),
    ),
    cautions=(crosses_zero, shift_beyond_window, short_window, temperature_drifts, jumps_in_moment),
    invalid=unusable_times,
    grid=late_grid,
    example={"temperature": "10 K"},
    checks=(
        Check(x=math.expm1(8.0), params={"M_r": 0.75, "S": 2 / 3 * 0.25 / 0.75, "t_shift": 0.0}, known={"t_r": math.expm1(1.0), "t0": 1.0}, y=0.0, atol=1e-14,
              source="U0 = 8 kT: M_c {1 - (L/8)^(2/3)} is 3/4 at L = 1 and 0 at L = 8"),
        Check(x=np.array([99.0, 101.0]), params={"M_r": 1.0, "S": 0.03, "t_shift": 0.0}, known={"t_r": 1e2, "t0": 1e-6}, rtol=1e-6,
              y=np.array([1 - 0.03 * math.log(0.99), 1 - 0.03 * math.log(1.01)]), source="ln(t/t_r) << L_r: the logarithmic decay"),
    ),
    references=(
        "M. R. Beasley, R. Labusch, W. W. Webb, Phys. Rev. 181, 682 (1969)",
        "V. B. Geshkenbein, A. I. Larkin, Sov. Phys. JETP 68, 639 (1989) (U(J) = kT ln(1 + t/t0))",
    ),
)
