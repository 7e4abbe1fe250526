"""Relaxation time of a molecular magnet against temperature: over the barrier, by Raman and direct processes, by tunnelling.

    ln(tau/1 s) = -ln[exp(-U_eff/kT)/tau_0 + C_raman T^n_raman + A_direct T + B_qtm]

The logarithm is fitted, since tau runs over many decades and its relative error is what the ac susceptibility or the decay gives: fk.log_relaxation_time(data)
makes the column ``ln_tau`` of ``tau``. Alone the barrier is on; free the other terms one by one and compare. C_raman leans on n_raman, tau_0 on U_eff.
"""

from __future__ import annotations

import math

import numpy as np

from ...constants import k_B
from ...model import Caution, Check, Column, Derived, Model, Param


def relaxation_time(temperature, U_eff, tau_0, C_raman, n_raman, A_direct, B_qtm):
    """ln(tau/1 s) at a temperature [K]; U_eff [J], tau_0 [s], C_raman [1/(s K^n)], A_direct [1/(s K)], B_qtm [1/s]."""
    return -np.log(_rates(temperature, U_eff, tau_0, C_raman, n_raman, A_direct, B_qtm)[0])


def _rates(temperature, U_eff, tau_0, C_raman, n_raman, A_direct, B_qtm):
    """Sum of the rates, that over the barrier, that of Raman processes over C_raman."""
    with np.errstate(under="ignore"):
        over = np.exp(-U_eff / (k_B * temperature)) / tau_0
    raman = temperature**n_raman
    return over + C_raman * raman + A_direct * temperature + B_qtm, over, raman


def relaxation_time_gradient(temperature, U_eff, tau_0, C_raman, n_raman, A_direct, B_qtm):
    """d/d(U_eff, tau_0, C_raman, n_raman, A_direct, B_qtm) of :func:`relaxation_time`."""
    total, over, raman = _rates(temperature, U_eff, tau_0, C_raman, n_raman, A_direct, B_qtm)
    return (over / (k_B * temperature) / total, over / tau_0 / total, -raman / total, -C_raman * raman * np.log(temperature) / total, -temperature / total, -1 / total)


def U_scan(temperature):
    """Barriers from a fraction of the largest kT to forty times the smallest."""
    return k_B * np.geomspace(0.3 * float(np.max(temperature)), 60 * float(np.max(temperature)), 40)


def tau_0_scan(temperature):
    """Attempt times that molecules show."""
    return np.geomspace(1e-14, 1e-3, 34)


def barrier_is_reached(data, fit):
    """A flank of the Arrhenius law must be in the data, and it must not be a power law instead."""
    T = fit.x[0]
    _, over, _ = _rates(T, *(fit.value(name) for name in ("U_eff", "tau_0", "C_raman", "n_raman", "A_direct", "B_qtm")))
    share = over * np.exp(fit.fitted)
    found = []
    if share.max() < 0.5:
        found.append(Caution(f"at the highest temperature, {T.max():.3g} K, only {share.max():.0%} of the rate goes over the barrier: U_eff and tau_0 are those of a minor part. "
                             "Measure warmer", ("U_eff", "tau_0"), "not determined"))
    elif fit.value("tau_0") > 1e-6:
        found.append(Caution(f"tau_0 = {fit.value('tau_0'):.1e} s is far above the 1e-12 to 1e-7 s of molecules: another process in the disguise of a barrier. Free C_raman"))
    return found


def _grid(points, **params):
    return np.linspace(2.0, 25.0, points)


MODEL = Model(
    name="relaxation_time",
    title="relaxation time of a molecular magnet (barrier, Raman, direct, tunnelling)",
    equation="1/tau = exp(-U_eff/kT)/tau_0 + C_raman T^n_raman + A_direct T + B_qtm",
    validity="one relaxing species at constant field; n_raman = 9 (Kramers ions) until freed, 2 to 9 are found.",
    made_by='fk.log_relaxation_time(fk.fit("stretched_exponential", runs).series("temperature", "tau"))',
    convention="the fitted column is ln(tau/1 s); U_eff.to('K'), 1 1/cm = 1.4388 K.",
    function=relaxation_time,
    gradient=relaxation_time_gradient,
    x=Column("temperature", "K"),
    y=Column("ln_tau", ""),
    params=(
        Param("U_eff", unit="meV", scan=U_scan, positive=True, typical=(4, 20), bounds=(0.0, math.inf), symbol=r"U_\mathrm{eff}", meaning="effective barrier"),
        Param("tau_0", unit="s", scan=tau_0_scan, positive=True, typical=(1e-10, 1e-7), bounds=(0.0, math.inf), symbol=r"\tau_0", meaning="attempt time over the barrier"),
        Param("C_raman", unit="1/s", default=0.0, typical=(1e-6, 1e-4), bounds=(0.0, math.inf), symbol="C", meaning="rate of Raman processes at 1 K"),
        Param("n_raman", default=9.0, typical=(3, 9), bounds=(1.0, 15.0), symbol="n", meaning="exponent of Raman processes"),
        Param("A_direct", unit="1/s", default=0.0, typical=(1e-3, 1.0), bounds=(0.0, math.inf), symbol="A", meaning="rate of direct processes at 1 K"),
        Param("B_qtm", unit="1/s", default=0.0, typical=(1e-2, 10), bounds=(0.0, math.inf), symbol="B", meaning="rate of tunnelling"),
    ),
    derived=(Derived("U_eff_K", "K", lambda U_eff: U_eff / k_B, symbol=r"U_\mathrm{eff}/k_\mathrm{B}", meaning="effective barrier in kelvin"),),
    cautions=(barrier_is_reached,),
    grid=_grid,
    checks=(
        Check(x=10.0, params={"U_eff": 30 * k_B, "tau_0": 1e-8, "C_raman": 0.0, "n_raman": 9.0, "A_direct": 0.0, "B_qtm": 0.0}, y=math.log(1e-8) + 3.0, rtol=1e-14,
              source="Arrhenius: U/kT = 3"),
        Check(x=2.0, params={"U_eff": 3e5 * k_B, "tau_0": 1e-8, "C_raman": 0.5, "n_raman": 5.0, "A_direct": 1.0, "B_qtm": 2.0}, y=-math.log(0.5 * 32 + 2 + 2), rtol=1e-14,
              source="kT << U: the other three rates add"),
    ),
    references=("D. Gatteschi, R. Sessoli, J. Villain, Molecular Nanomagnets, Oxford (2006)",),
)
