"""Magnetic viscosity of a magnet: a magnetization that creeps with the logarithm of time in a constant (reversed) field.

    M(t) = M_r - S_v ln((t + t_shift)/(t_r + t_shift))

S_v has the unit of M; it is no dimensionless rate, and M may pass through zero. The fluctuation field H_f = |S_v|/chi_irr, with the irreversible
susceptibility chi_irr = dM_irr/dH at this field, is what the thermal agitation is worth; kT/(mu0 M_s H_f) is the activation volume.
"""

from __future__ import annotations

import numpy as np

from ...cautions.relaxation import shift_beyond_window, short_window, unusable_times
from ...constants import k_B, mu0
from ...errors import FitkitError
from ...model import Check, Derived, Model, Param
from ...physics.creep import log_time, log_time_slope
from . import MOMENT, MOMENT_AT_REFERENCE, REFERENCE_TIME, TIME, TIME_SHIFT, late_grid


def magnetic_viscosity(time, M_r, S_v, t_shift, t_r):
    """Moment or magnetization [unit of M_r, S_v] at time [s]; t_shift, t_r in [s]."""
    return M_r - S_v * log_time(time, t_shift, t_r)


def magnetic_viscosity_gradient(time, M_r, S_v, t_shift, t_r):
    """d/d(M_r, S_v, t_shift) of :func:`magnetic_viscosity`."""
    x = log_time(time, t_shift, t_r)
    return np.ones_like(x), -x, -S_v * log_time_slope(time, t_shift, t_r)


def fluctuation_field(S_v, chi_irr):
    """H_f = |S_v|/chi_irr [A/m]; chi_irr in the unit of M over A/m (1 for a magnetization, m3 for a moment)."""
    if chi_irr <= 0:
        raise FitkitError(f"chi_irr = {chi_irr:g}: wanted a susceptibility above 0")
    return abs(S_v) / chi_irr


def activation_volume(S_v, chi_irr, temperature, M_s):
    """kT/(mu0 M_s H_f) [m3]; M_s [A/m]."""
    return k_B * temperature / (mu0 * M_s * fluctuation_field(S_v, chi_irr))


MODEL = Model(
    name="magnetic_viscosity",
    title="magnetic viscosity (logarithmic after-effect of magnets)",
    equation="M = M_r - S_v ln((t + t_shift)/(t_r + t_shift))",
    validity="a distribution of barriers that is flat over the window; constant internal field.",
    convention="S_v > 0 for a falling moment, in the unit of M (emu per e-fold of time); not the dimensionless rate S of flux creep.",
    function=magnetic_viscosity,
    gradient=magnetic_viscosity_gradient,
    x=TIME,
    y=MOMENT,
    params=(
        MOMENT_AT_REFERENCE,
        Param("S_v", unit="y", linear=True, typical=(0.004, 0.1), symbol=r"S_\mathrm{v}", meaning="viscosity -dM/dlnt"),
        TIME_SHIFT,
    ),
    known=(REFERENCE_TIME,),
    signal=(1,),
    background=("drift",),
    derived=(
        Derived("H_f", "A/m", fluctuation_field, symbol=r"H_\mathrm{f}", meaning="fluctuation field |S_v|/chi_irr"),
        Derived("V_act", "nm3", activation_volume, symbol=r"V_\mathrm{act}", meaning="activation volume kT/(mu0 M_s H_f)"),
    ),
    cautions=(shift_beyond_window, short_window),
    invalid=unusable_times,
    grid=late_grid,
    checks=(Check(x=1e4, params={"M_r": 0.05, "S_v": 0.02, "t_shift": 0.0}, known={"t_r": 1e2}, y=0.05 - 0.02 * 2 * 2.302585092994046, rtol=1e-13,
                  source="two decades lower the moment by 2 S_v ln 10, through zero"),),
    references=("R. Street, J. C. Woolley, Proc. Phys. Soc. A 62, 562 (1949)",),
)
