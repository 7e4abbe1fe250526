"""Weak (anti)localization of one channel, Hikami-Larkin-Nagaoka in its short form.

    delta sigma(B) = alpha G0 [psi(1/2 + B_phi/|B|) - ln(B_phi/|B|)],   B_phi = hbar/(4 e L_phi^2),   G0 = e^2/(2 pi^2 hbar)

alpha = +1 is weak localization (orthogonal class, positive magnetoconductance; spin degeneracy 2 included), alpha = -1/2
weak antilocalization (symplectic class), 0 the unitary class. -1/2 per independent surface of a topological insulator.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left_of_one_channel
from ...cautions.localization import cusp_resolved, diffusive_regime, in_mT, straight_paths, swing_of_interference
from ...constants import G0, e, hbar
from ...errors import FitkitError
from ...measured import Measured
from ...model import Caution, Check, Column, Derived, Interference, Model, Param, words_only
from ...physics.coherence import TO_DIFFUSIVITY, coherence_length_scan, field_of_length, length_of_field, length_of_time, time_of_length
from ...physics.fluctuations import fluctuation_field, larkin_beta
from ...physics.special import F, F_and_slope

_QUARTER = 4 * e / hbar


def hln(field, alpha, L_phi):
    """Change of the sheet conductance [S] in a perpendicular field [T]; alpha dimensionless, L_phi [m]."""
    return alpha * G0 * F(np.abs(field) * _QUARTER * L_phi**2)


def hln_value_and_gradient(field, alpha, L_phi):
    """:func:`hln` with its derivatives d/d(alpha, L_phi)."""
    value, slope = F_and_slope(np.abs(field) * _QUARTER * L_phi**2)
    return alpha * G0 * value, (G0 * value, 2 * alpha * G0 * slope / L_phi)


def hln_gradient(field, alpha, L_phi):
    """d/d(alpha, L_phi) of :func:`hln`."""
    return hln_value_and_gradient(field, alpha, L_phi)[1]


def field_range(data, fit):
    """Below about 2 B_phi only alpha L_phi^4 is measured."""
    B_phi, reach = field_of_length(fit.value("L_phi")), np.abs(fit.x[0]).max()
    found = []
    error = fit.error("L_phi")
    if reach < 2 * B_phi and fit.free("alpha") and not fit.has("quadratic") and np.ptp(fit.model_part) > 0.5 * G0:
        found.append(Caution(f"the curve is a parabola of {np.ptp(fit.model_part) / G0:.2g} G0, more than interference makes below 2 B_phi: the classical magnetoresistance "
                             "-(mu B)^2 sigma was left out. Add it, background=['offset', 'quadratic'], or fit lower fields only", ("alpha", "L_phi"), "not determined"))
    elif reach < 0.1 * B_phi and fit.free("alpha"):
        found.append(Caution(f"the field reaches only {in_mT(reach)}, far below B_phi: the curve is a parabola, which holds one number, alpha L_phi^4. "
                             "Sweep much further, or fix alpha", ("alpha", "L_phi"), "not determined"))
    elif reach < 2 * B_phi and fit.free("alpha") and (error is None or error > (0.05 if reach < B_phi else 0.2) * fit.value("L_phi")):
        found.append(Caution(f"the field reaches {in_mT(reach)} and B_phi is about {in_mT(B_phi)}; below about 2 B_phi alpha and L_phi only enter as "
                             f"alpha L_phi^4. Sweep to {in_mT(8 * B_phi)} or fix alpha", ("alpha", "L_phi"), "not determined"))
    elif reach < 2 * B_phi and fit.free("alpha"):
        found.append(Caution(f"the field reaches only {reach / B_phi:.1f} B_phi: alpha and L_phi lean on each other. Sweep to {in_mT(8 * B_phi)}"))
    return found


def plausible_alpha(data, fit):
    """One channel has alpha between -1/2 and 1."""
    alpha = fit.value("alpha")
    if all(isinstance(data.meta.get(name), Measured) for name in ("Tc", "temperature")) and data.si("temperature") > data.si("Tc"):
        alpha += float(larkin_beta(data.si("temperature") / data.si("Tc")))
    margin = 3 * (fit.error("alpha") or 0.0)
    if not -1.3 - margin <= alpha <= 2.2 + margin:
        return Caution(f"alpha = {alpha:.3g} belongs to no single channel (+1 weak localization, -1/2 antilocalization per channel): the wrong law "
                       "(spin-orbit, several channels or valleys), a wrong prefactor or a background in the data", ("alpha", "L_phi"), "not determined")
    if fit.free("alpha") and abs(alpha) + margin < 0.05:
        return Caution(f"alpha = {alpha:.2g} is a small part of any channel (+1, -1/2): localization and antilocalization that cancel, a wrong number of squares, or another "
                       "magnetoresistance that bends like it", ("alpha", "L_phi"), "not determined")
    return None


@words_only
def mimicked_crossover(data, fit):
    """Antilocalization with a rising parabola is what a finite spin-orbit field looks like."""
    if fit.has("quadratic") and fit.value("alpha") < 0 and fit.value("quadratic") > 3 * (fit.error("quadratic") or math.inf):
        return Caution("alpha < 0 with a rising parabola: a finite spin-orbit field gives the same curve; fit a law with spin-orbit before "
                       "believing alpha")
    return None


def _second_order(sheet_resistance_normal):
    """1 - 2/(pi g) of G. M. Minkov et al., Phys. Rev. B 70, 245423 (2004), recalled; where it is 1 to a few per cent there is nothing to compare."""
    part = 2 * G0 * sheet_resistance_normal
    if part < 0.03:
        raise FitkitError(f"the film conducts so well that it is 1 to {part:.1%}")
    if part > 0.5:
        raise FitkitError(f"the film conducts so badly (sigma = {1 / sheet_resistance_normal / (np.pi * G0):.2g} e^2/h) that the next order is no small correction")
    return 1 - part


def _without_fluctuations(alpha, temperature, Tc):
    if not temperature > Tc:
        raise FitkitError("it is that of the normal state, T > Tc")
    return alpha + float(larkin_beta(temperature / Tc))


@words_only
def fluctuations_beyond_larkin(data, fit):
    """Larkin's beta multiplies the field dependence of weak localization only where B << B_SC."""
    if all(isinstance(data.meta.get(name), Measured) for name in ("Tc", "temperature", "diffusivity")) and data.si("temperature") > data.si("Tc"):
        limit = float(fluctuation_field(data.si("temperature"), data.si("Tc"), data.si("diffusivity")))
        if np.abs(fit.x[0]).max() > 0.3 * limit:
            return Caution(f"the field exceeds 0.3 B_SC = {in_mT(0.3 * limit)}: superconducting fluctuations no longer follow weak localization; alpha_wl is not its prefactor. "
                           "Fit superconducting_fluctuations, or less field")
    return None


def _grid(points, alpha, L_phi):
    reach = 20 * field_of_length(L_phi)
    return reach * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="hln",
    title="weak (anti)localization, one channel (Hikami-Larkin-Nagaoka)",
    equation="delta sigma = alpha G0 [psi(1/2 + B_phi/|B|) - ln(B_phi/|B|)],  B_phi = hbar/(4 e L_phi^2),  G0 = e^2/(2 pi^2 hbar)",
    validity="2D diffusive film, k_F l >> 1, |B| << B_e, thickness << L_phi, |delta sigma| << sigma; no Zeeman, one spin-orbit class over the whole range.",
    convention="alpha = +1 is weak localization, -1/2 an antilocalizing channel, in units of G0 = e^2/(2 pi^2 hbar) = e^2/(pi h); B_phi = "
               "hbar/(4 e L_phi^2).",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic")),
    function=hln,
    gradient=hln_gradient,
    value_and_gradient=hln_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, typical=(0.3, 1.5), symbol=r"\alpha", meaning="+1 weak localization, -1/2 per antilocalizing channel",
              source="Hikami, Larkin, Nagaoka 1980"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(20, 2000), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
    ),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)",
                inverse=("L_phi", length_of_field), positive=True),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi",
                meaning="dephasing time L_phi^2/D", via=TO_DIFFUSIVITY, inverse=("L_phi", length_of_time), positive=True),
        Derived("alpha_second_order", "", _second_order, symbol=r"1-2/\pi g",
                meaning="1 - 2/(pi g), g = h/(e^2 R_sq): alpha of weak localization to the next order in 1/g, to compare with (recalled)"),
        Derived("alpha_wl", "", _without_fluctuations, symbol=r"\alpha+\beta(T/T_\mathrm{c})",
                meaning="prefactor of localization alone above a superconducting transition: alpha + beta(T/Tc), as Maki-Thompson fluctuations make alpha - beta of it",
                remark=lambda values: "for B << 2 k_B T ln(T/Tc)/(pi e D); Larkin's beta recalled, checked in its limits"),
    ),
    cautions=(field_range, cusp_resolved, swing_of_interference, plausible_alpha, mimicked_crossover, fluctuations_beyond_larkin, diffusive_regime),
    data_cautions=(what_is_left_of_one_channel, straight_paths),
    grid=_grid,
    example={"temperature": "4.2 K"},
    checks=(
        Check(x=-0.00205232, params={"alpha": 1.0, "L_phi": 1.20582e-07}, y=1.6801486695714080e-8, source="mpmath, 40 digits"),
        Check(x=1e-6, params={"alpha": 1.0, "L_phi": 1e-7}, y=G0 / 24 * (1e-6 * _QUARTER * 1e-14) ** 2, rtol=1e-6, source="B << B_phi: alpha G0 (B/B_phi)^2/24"),
        Check(x=50.0, params={"alpha": -0.5, "L_phi": 1e-6}, y=-0.5 * G0 * (math.log(50 * _QUARTER * 1e-12) - 1.9635100260), rtol=1e-4,
              source="B >> B_phi: alpha G0 [ln(B/B_phi) - 1.96351]"),
    ),
    references=(
        "S. Hikami, A. I. Larkin, Y. Nagaoka, Prog. Theor. Phys. 63, 707 (1980)",
        "B. L. Altshuler, D. Khmel'nitzkii, A. I. Larkin, P. A. Lee, Phys. Rev. B 22, 5142 (1980)",
        "G. Bergmann, Phys. Rep. 107, 1 (1984)",
    ),
)
