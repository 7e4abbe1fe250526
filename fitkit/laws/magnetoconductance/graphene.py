"""Weak (anti)localization of monolayer graphene.

    delta sigma(B) = alpha G0 [f(B_phi) - f(B_phi + 2 B_i) - 2 f(B_phi + B_i + B_star)],   f(B_x) = psi(1/2 + B_x/|B|) - ln(B_x/|B|)

B_x = hbar/(4 e L_x^2). B_i: intervalley scattering; B_star: what breaks the chirality within a valley (tau_z) and trigonal warping (tau_w). Spin and valley
degeneracy are included with alpha = 1. Intervalley scattering much faster than dephasing gives weak localization, none of both weak antilocalization (-2 f).

Convention: McCann et al. put the intervalley rate into tau_*, so that their B_* is B_i + B_star of this law.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import cusp_resolved, diffusive_regime, straight_paths, swing_of_interference
from ...constants import G0
from ...model import Caution, Check, Column, Derived, Interference, Model, Param
from ...physics.channels import sum_of_channels
from ...physics.coherence import TO_DIFFUSIVITY_GRAPHENE, coherence_length_scan, field_of_length, length_of_field, length_of_time, time_of_length


def graphene(field, alpha, L_phi, L_i, L_star):
    """Change of the sheet conductance [S] in a perpendicular field [T]; lengths [m]; alpha multiplies."""
    return graphene_value_and_gradient(field, alpha, L_phi, L_i, L_star)[0]


def graphene_value_and_gradient(field, alpha, L_phi, L_i, L_star):
    """:func:`graphene` with its derivatives d/d(alpha, L_phi, L_i, L_star)."""
    phi, valley, chiral = field_of_length(L_phi), field_of_length(L_i), field_of_length(L_star)
    value, (first, second, third) = sum_of_channels(field, ((1.0, phi), (-1.0, phi + 2 * valley), (-2.0, phi + valley + chiral)))
    slopes = (first + second + third) * phi / L_phi, (2 * second + third) * valley / L_i, third * chiral / L_star
    return alpha * G0 * value, (G0 * value, *(-2 * alpha * G0 * one for one in slopes))


def graphene_gradient(field, alpha, L_phi, L_i, L_star):
    """d/d(alpha, L_phi, L_i, L_star) of :func:`graphene`."""
    return graphene_value_and_gradient(field, alpha, L_phi, L_i, L_star)[1]


def scattering_in_window(data, fit):
    """L_i and L_star are seen apart only where the field passes B_i and B_star."""
    reach, found = np.abs(fit.x[0]).max(), []
    for name, what in (("L_i", "B_i"), ("L_star", "B_star")):
        one = field_of_length(fit.value(name))
        if fit.free(name) and one > 3 * reach:
            found.append(Caution(f"{what} = {one * 1e3:.3g} mT lies beyond the largest field, {reach * 1e3:.3g} mT: the data give an upper limit of {name}"
                                 + (", and it looks like a parabolic background" if name == "L_star" else ""), (name,), "not determined"))
    if fit.free("L_i") and fit.value("L_i") > 3 * fit.value("L_phi"):
        found.append(Caution("L_i is far above L_phi: intervalley scattering plays no part, the data give a lower limit of L_i", ("L_i",), "not determined"))
    return found


def _grid(points, alpha, L_phi, L_i, L_star):
    return 4 * (field_of_length(L_star) + field_of_length(L_i) + field_of_length(L_phi)) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="graphene",
    title="weak (anti)localization of monolayer graphene (McCann et al.)",
    equation="delta sigma = alpha G0 {f(B_phi) - f(B_phi + 2 B_i) - 2 f(B_phi + B_i + B_star)},  f(B_x) = psi(1/2 + B_x/|B|) - ln(B_x/|B|)",
    validity="diffusive, L_phi > L_i, |B| << B_e, no spin-orbit. B_star here does not hold B_i: in the notation of McCann et al. B_* is B_i + B_star of this law.",
    convention="alpha multiplies G0 = e^2/(2 pi^2 hbar); B_star does not hold B_i: that of McCann et al. is B_i + B_star.",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic")),
    function=graphene,
    gradient=graphene_gradient,
    value_and_gradient=graphene_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(500, 2000), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("L_i", unit="nm", scan=coherence_length_scan, positive=True, typical=(150, 400), bounds=(0.0, math.inf), symbol="L_i",
              meaning="intervalley scattering length"),
        Param("L_star", unit="nm", scan=coherence_length_scan, positive=True, typical=(30, 100), bounds=(0.0, math.inf), symbol=r"L_\ast",
              meaning="length of intravalley scattering that breaks chirality (and of warping)"),
    ),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field)),
        Derived("B_i", "mT", lambda L_i: field_of_length(L_i), symbol="B_i", meaning="intervalley field hbar/(4 e L_i^2)", inverse=("L_i", length_of_field)),
        Derived("B_star", "mT", lambda L_star: field_of_length(L_star), symbol=r"B_\ast", meaning="intravalley field hbar/(4 e L_star^2)",
                inverse=("L_star", length_of_field)),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D", via=TO_DIFFUSIVITY_GRAPHENE,
                inverse=("L_phi", length_of_time)),
        Derived("tau_i", "ps", lambda L_i, diffusivity: time_of_length(L_i, diffusivity), symbol=r"\tau_i", meaning="intervalley time L_i^2/D", via=TO_DIFFUSIVITY_GRAPHENE,
                inverse=("L_i", length_of_time)),
        Derived("tau_star", "ps", lambda L_star, diffusivity: time_of_length(L_star, diffusivity), symbol=r"\tau_\ast", meaning="intravalley time L_star^2/D",
                via=TO_DIFFUSIVITY_GRAPHENE, inverse=("L_star", length_of_time)),
    ),
    cautions=(cusp_resolved, swing_of_interference, scattering_in_window, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "4.2 K"},
    checks=(
        Check(x=-0.0151571, params={"alpha": 1.0, "L_phi": length_of_field(0.00185561), "L_i": length_of_field(0.00622726), "L_star": length_of_field(0.170659)},
              y=7.3710440174344474e-6, source="mpmath, 40 digits"),
        Check(x=1e-6, params={"alpha": 1.0, "L_phi": 1e-7, "L_i": 1e9, "L_star": 1e9}, y=-2 * G0 / 24 * (1e-6 / field_of_length(1e-7)) ** 2, rtol=1e-6,
              source="no intervalley and no chirality-breaking scattering, B << B_phi: -2 G0 (B/B_phi)^2/24"),
    ),
    references=(
        "E. McCann et al., Phys. Rev. Lett. 97, 146805 (2006)",
        "F. V. Tikhonenko et al., Phys. Rev. Lett. 100, 056802 (2008)",
    ),
)
