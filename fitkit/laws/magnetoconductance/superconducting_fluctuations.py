"""Film above its superconducting transition: weak localization with Maki-Thompson and Aslamazov-Larkin fluctuations.

    delta sigma(B) = alpha G0 F(B/B_phi) + a_MT dsigma_MT + a_AL dsigma_AL,   eps = ln(T/T_c),   B_SC = 2 k_B T eps/(pi e D)

    dsigma_MT = -(pi^2/4) G0 [F(B/B_phi) - F(B/B_SC)]/(eps - delta),   delta = eps B_phi/B_SC = pi hbar/(8 k_B T tau_phi)     (Lopes dos Santos and Abrahams)
    dsigma_AL = (e^2/16 hbar eps) {8 x^2 [psi(1/2 + x) - psi(1 + x) + 1/(2x)] - 1},   x = B_SC/|B|

Both lower the conductance in a field and look like antilocalization: alpha, B_phi and the fluctuations are told apart only if T_c and D are known from elsewhere.
a_MT = a_AL = 1 is the theory. It holds near T_c, eps << 1; far above, where B << B_SC, Larkin's beta(T/T_c) replaces the Maki-Thompson part: fit `hln` and read
alpha_wl = alpha + beta, which it gives where T_c is known. The density-of-states correction is left out.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import cusp_resolved, diffusive_regime, in_mT, straight_paths
from ...constants import G0
from ...errors import FitkitError
from ...measured import Measured
from ...model import Caution, Check, Column, Derived, Interference, Known, Model, Param
from ...physics.coherence import coherence_length_scan, field_of_length, length_of_field, length_of_time, time_of_length
from ...physics.fluctuations import aslamazov_larkin, fluctuation_field, larkin_beta
from ...physics.fluctuations import maki_thompson as _maki_thompson
from ...physics.special import F_and_slope


def superconducting_fluctuations(field, alpha, L_phi, maki_thompson, aslamazov_larkin, temperature, Tc, diffusivity):
    """Change of the sheet conductance [S] in a perpendicular field [T]; L_phi [m], temperature and Tc [K], diffusivity [m2/s], the rest dimensionless."""
    return superconducting_fluctuations_value_and_gradient(field, alpha, L_phi, maki_thompson, aslamazov_larkin, temperature, Tc, diffusivity)[0]


def superconducting_fluctuations_value_and_gradient(field, alpha, L_phi, maki_thompson, aslamazov_larkin, temperature, Tc, diffusivity):
    """:func:`superconducting_fluctuations` with its derivatives d/d(alpha, L_phi, maki_thompson, aslamazov_larkin)."""
    ratio, B_SC, B_phi = temperature / Tc, fluctuation_field(temperature, Tc, diffusivity), field_of_length(L_phi)
    b = np.abs(field) / B_SC
    wl, wl_slope = F_and_slope(np.abs(field) / B_phi)
    eps = np.log(ratio)
    mt, mt_slope = _maki_thompson(b * eps, ratio, eps * B_phi / B_SC)
    al = _al(b, ratio)
    value = alpha * G0 * wl + maki_thompson * G0 * mt + aslamazov_larkin * al
    return value, (G0 * wl, 2 * G0 / L_phi * (alpha * wl_slope - maki_thompson * mt_slope), G0 * mt, al + 0 * wl)


def superconducting_fluctuations_gradient(field, alpha, L_phi, maki_thompson, aslamazov_larkin, temperature, Tc, diffusivity):
    """d/d(alpha, L_phi, maki_thompson, aslamazov_larkin) of :func:`superconducting_fluctuations`."""
    return superconducting_fluctuations_value_and_gradient(field, alpha, L_phi, maki_thompson, aslamazov_larkin, temperature, Tc, diffusivity)[1]


def _al(b, ratio):
    return aslamazov_larkin(b, ratio)[0]


def _beta(temperature, Tc):
    if not temperature > Tc:
        raise FitkitError("it is that of the normal state, T > Tc")
    return float(larkin_beta(temperature / Tc))


def above_the_transition(data):
    """The law speaks of the normal state only."""
    Tc, T = data.meta.get("Tc"), data.meta.get("temperature")
    if isinstance(Tc, Measured) and isinstance(T, Measured) and not T.si > Tc.si:
        return f"temperature {T} is not above Tc = {Tc}: fluctuations of the normal state want T > Tc"
    return None


def near_the_transition(data, fit):
    """eps << 1, B_phi << B_SC, and what the numbers lean on."""
    eps, found = math.log(fit.known["temperature"] / fit.known["Tc"]), []
    if eps > 0.5:
        found.append(Caution(f"ln(T/Tc) = {eps:.2g}: the Maki-Thompson part is that of ln(T/Tc) << 1. Where B << B_SC fit hln, alpha_wl = alpha + beta(T/Tc)"))
    B_phi, B_SC = field_of_length(fit.value("L_phi")), fluctuation_field(fit.known["temperature"], fit.known["Tc"], fit.known["diffusivity"])
    if B_phi > 0.3 * B_SC:
        found.append(Caution(f"B_phi = {in_mT(B_phi)} is not far below B_SC = {in_mT(B_SC)}: pairs break as fast as they decay; the theory ends there"))
    for name in ("maki_thompson", "aslamazov_larkin"):
        if fit.free(name) and fit.free("alpha"):
            found.append(Caution(f"{name} and alpha are both free: their curves are alike. One of them from theory, Tc and D from elsewhere"))
    given = data.meta.get("Tc")
    if getattr(given, "error", None) and given.error > 0.2 * abs(fit.known["temperature"] - fit.known["Tc"]):
        found.append(Caution(f"the error of Tc is {given.error:.2g} K, T - Tc is {fit.known['temperature'] - fit.known['Tc']:.2g} K: the fluctuations are hardly known"))
    return found


def _grid(points, alpha, L_phi, maki_thompson, aslamazov_larkin):
    return 20 * field_of_length(L_phi) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="superconducting_fluctuations",
    title="weak (anti)localization with superconducting fluctuations above Tc (Maki-Thompson, Aslamazov-Larkin)",
    equation="delta sigma = alpha G0 F(B/B_phi) - a_MT (pi^2/4) G0 [F(B/B_phi) - F(B/B_SC)]/(eps - delta) + a_AL dsigma_AL(B/B_SC),  eps = ln(T/Tc)",
    validity="2D film above Tc, ln(T/Tc) << 1, diffusive, B_phi << B_SC = 2 k_B T eps/(pi e D); no density-of-states correction.",
    convention="alpha = +1 is weak localization, -1/2 an antilocalizing channel, in units of G0 = e^2/(2 pi^2 hbar), the fluctuations apart from it; "
               "B_SC = 2 k_B T ln(T/Tc)/(pi e D).",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic")),
    function=superconducting_fluctuations,
    gradient=superconducting_fluctuations_gradient,
    value_and_gradient=superconducting_fluctuations_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, typical=(0.3, 1.5), symbol=r"\alpha", meaning="+1 weak localization, -1/2 antilocalization, without the fluctuations"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(150, 1000), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("maki_thompson", linear=True, default=1.0, symbol=r"a_\mathrm{MT}", meaning="multiplies the Maki-Thompson part: 1 theory, 0 without"),
        Param("aslamazov_larkin", linear=True, default=1.0, symbol=r"a_\mathrm{AL}", meaning="multiplies the Aslamazov-Larkin part: 1 theory, 0 without"),
    ),
    known=(
        Known("temperature", unit="K", positive=True, symbol="T", meaning="temperature"),
        Known("Tc", unit="K", positive=True, symbol=r"T_\mathrm{c}", meaning="critical temperature"),
        Known("diffusivity", unit="cm2/s", positive=True, symbol="D", meaning="diffusion constant"),
    ),
    signal=(0, 1, 2),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field), positive=True),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D",
                inverse=("L_phi", length_of_time), positive=True),
        Derived("B_SC", "mT", lambda temperature, Tc, diffusivity: fluctuation_field(temperature, Tc, diffusivity), symbol=r"B_\mathrm{SC}",
                meaning="field 2 k_B T ln(T/Tc)/(pi e D) of the fluctuations"),
        Derived("larkin_beta", "", lambda temperature, Tc: _beta(temperature, Tc), symbol=r"\beta", meaning="Larkin's beta(T/Tc), to compare with the Maki-Thompson part"),
    ),
    invalid=above_the_transition,
    cautions=(cusp_resolved, near_the_transition, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "5 K", "Tc": "4 K", "diffusivity": "1 cm2/s"},
    checks=(
        Check(x=-0.194865, params={"alpha": 0.0, "L_phi": 1e-7, "maki_thompson": 0.0, "aslamazov_larkin": 1.0},
              known={"temperature": 5.88805, "Tc": 4.4144, "diffusivity": 1.38415e-05}, y=-5.5452397661859372e-9, source="mpmath, 40 digits"),
        Check(x=4.51786e-05, params={"alpha": 0.0, "L_phi": 5.65909e-07, "maki_thompson": 1.0, "aslamazov_larkin": 0.0},
              known={"temperature": 2.20944, "Tc": 2.10118, "diffusivity": 0.00082134}, y=-2.0832743371652676e-7, source="mpmath, 40 digits"),
        Check(x=1e4, params={"alpha": 0.0, "L_phi": 1e-7, "maki_thompson": 0.0, "aslamazov_larkin": 1.0}, known={"temperature": 5.0, "Tc": 4.0, "diffusivity": 1e-4},
              y=-1.52136e-5 / math.log(1.25), rtol=2e-3, source="high field: the whole Aslamazov-Larkin conductance e^2/(16 hbar eps) is gone"),
    ),
    references=(
        "L. G. Aslamazov, A. I. Larkin, Sov. Phys. Solid State 10, 875 (1968)",
        "A. I. Larkin, JETP Lett. 31, 219 (1980)",
        "J. M. B. Lopes dos Santos, E. Abrahams, Phys. Rev. B 31, 172 (1985)",
    ),
)
