"""Antilocalization destroyed by the Zeeman energy of a field in the plane, with spin-orbit scattering of Dyakonov-Perel kind; no orbital effect.

    delta sigma(B) = (alpha G0/2) { ln(B_+/B_-)/r - ln((B_phi + B_so)/B_phi) }

    B_+- = B_phi + (B_so/2)(1 +- r),  r = sqrt(1 - (2 Delta/B_so)^2),  Delta = g mu_B |B|/(4 e D)

The Zeeman energy mixes the singlet with the triplet along the field, which relaxes with B_so in the plane (not with 2 B_so as across it). The sign is negative:
antilocalization is lost. A weak field adds Delta^2/B_so to the dephasing field of the singlet. B_so as in `ilp` and `maekawa_fukuyama` (2 B_so^x of Hikami, Larkin,
Nagaoka). The formula was checked against the Cooperon of two spins; the text of the papers was not at hand.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.localization import in_mT, swing_of_interference
from ...constants import G0
from ...model import Caution, Check, Column, Derived, Interference, Known, Model, Param
from ...physics.coherence import coherence_field_scan, field_of_length, length_of_field, length_of_time, time_of_length, zeeman_ratio
from ...physics.special import split_difference


def in_plane_zeeman(field, alpha, L_phi, B_so, g, diffusivity):
    """Change of the sheet conductance [S] in a field in the plane [T]; L_phi [m], B_so [T], g-factor g, diffusivity [m2/s]; alpha multiplies."""
    return in_plane_zeeman_value_and_gradient(field, alpha, L_phi, B_so, g, diffusivity)[0]


def in_plane_zeeman_value_and_gradient(field, alpha, L_phi, B_so, g, diffusivity):
    """:func:`in_plane_zeeman` with its derivatives d/d(alpha, L_phi, B_so, g)."""
    zero, B_phi = np.equal(field, 0.0), field_of_length(L_phi)
    delta = zeeman_ratio(g, diffusivity) * np.abs(field)
    quotient, by_middle, by_product = split_difference(_logarithm, B_phi + B_so / 2, B_phi * (B_phi + B_so) + delta**2)
    value = 0.5 * (B_so * quotient - np.log1p(B_so / B_phi))
    d_phi = 0.5 * (B_so * (by_middle + by_product * (2 * B_phi + B_so)) + B_so / (B_phi * (B_phi + B_so)))
    d_so = 0.5 * (quotient + B_so * (by_middle / 2 + B_phi * by_product) - 1 / (B_phi + B_so))
    d_g = B_so * by_product * delta * zeeman_ratio(1.0, diffusivity) * np.abs(field)
    slopes = value, -2 * alpha * B_phi / L_phi * d_phi, alpha * d_so, alpha * d_g
    value, *slopes = (G0 * np.where(zero, 0.0, one)[()] for one in (alpha * value, *slopes))
    return value, tuple(slopes)


def in_plane_zeeman_gradient(field, alpha, L_phi, B_so, g, diffusivity):
    """d/d(alpha, L_phi, B_so, g) of :func:`in_plane_zeeman`."""
    return in_plane_zeeman_value_and_gradient(field, alpha, L_phi, B_so, g, diffusivity)[1]


def _logarithm(x):
    return np.log(x), 1 / x


def window_of_zeeman(data, fit):
    """Delta must reach B_so: below, only B_so B_phi is measured."""
    if not (fit.free("B_so") and fit.free("L_phi")):
        return None
    reach = zeeman_ratio(fit.value("g"), fit.known["diffusivity"]) * np.abs(fit.x[0]).max()
    B_so = fit.value("B_so")
    if reach < 0.3 * B_so:
        vague = (fit.error("B_so") or math.inf) > 0.2 * B_so
        return Caution(f"the Zeeman energy at the largest field is {in_mT(reach)} as a field, B_so = {in_mT(B_so)}: below it mainly B_so B_phi is measured. "
                       "Take L_phi or B_so from the perpendicular field and fix it", ("L_phi", "B_so"), "not determined" if vague else "")
    return None


def zeeman_seen(data, fit):
    """g sets the scale of the field: with L_phi and B_so free it is no number."""
    if fit.free("g") and fit.free("B_so") and fit.free("L_phi"):
        return Caution("g/D sets the scale of the field and L_phi and B_so are measured in it: only their ratios to it enter; fix one of the three",
                       ("L_phi", "B_so", "g"), "not determined")
    return None


def _scan(field, diffusivity):
    return coherence_field_scan(field * zeeman_ratio(2.0, diffusivity))


def _grid(points, alpha, L_phi, B_so, g):
    return 3 * (B_so + field_of_length(L_phi)) / zeeman_ratio(2.0, 1e-3) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="in_plane_zeeman",
    title="antilocalization ended by the Zeeman energy of a field in the plane",
    equation="delta sigma = (alpha G0/2) {ln(B_+/B_-)/r - ln(1 + B_so/B_phi)},  B_+- = B_phi + (B_so/2)(1 +- r),  r = sqrt(1 - (g mu_B B/(2 e D B_so))^2)",
    validity="field in the plane of a film so thin that no flux passes through its thickness, diffusive; B_so is twice B_so^x of Hikami-Larkin-Nagaoka.",
    convention="alpha multiplies G0 = e^2/(2 pi^2 hbar); B_so is that of Maekawa-Fukuyama and ILP (B_1 = B_phi + B_so, B_0 = B_phi + 2 B_so), "
               "2 B_so^x of Hikami-Larkin-Nagaoka.",
    physics=Interference("2D", classes=("unitary", "symplectic"), holds=("spin-orbit", "Zeeman")),
    function=in_plane_zeeman,
    gradient=in_plane_zeeman_gradient,
    value_and_gradient=in_plane_zeeman_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything (valleys)"),
        Param("L_phi", unit="nm", scan=lambda field, diffusivity: length_of_field(_scan(field, diffusivity)), positive=True, typical=(300, 1500), bounds=(0.0, math.inf),
              symbol=r"L_\varphi", meaning="phase coherence length"),
        Param("B_so", unit="mT", scan=_scan, positive=True, typical=(5, 50), bounds=(0.0, math.inf), symbol=r"B_\mathrm{so}",
              meaning="spin-orbit field of Dyakonov-Perel kind, 2 B_so^x"),
        Param("g", default=2.0, scan=lambda field: np.geomspace(0.1, 50.0, 28), bounds=(0.0, math.inf), symbol="g", meaning="g-factor; enters as g/D"),
    ),
    known=(Known("diffusivity", unit="cm2/s", positive=True, symbol="D", meaning="diffusion constant"),),
    background=("offset", "quadratic", "absolute"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field)),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D",
                inverse=("L_phi", length_of_time)),
        Derived("L_so", "nm", lambda B_so: length_of_field(B_so), symbol=r"L_\mathrm{so}", meaning="spin-orbit length sqrt(hbar/(4 e B_so))",
                inverse=("B_so", field_of_length)),
    ),
    cautions=(swing_of_interference, window_of_zeeman, zeeman_seen),
    grid=_grid,
    example={"temperature": "2 K", "diffusivity": "10 cm2/s"},
    checks=(
        Check(x=-0.759596, params={"alpha": 1.0, "L_phi": length_of_field(0.00183594), "B_so": 0.00504245, "g": 7.49982}, known={"diffusivity": 0.00594258},
              y=-5.2684814290786743e-6, source="mpmath, 40 digits"),
        Check(x=1e4, params={"alpha": 1.0, "L_phi": 1e-6, "B_so": 1e-3, "g": 2.0}, known={"diffusivity": 1e-3}, y=-0.5 * G0 * math.log1p(1e-3 / field_of_length(1e-6)),
              rtol=1e-4, source="large Zeeman energy: the singlet is gone, -(G0/2) ln(1 + B_so/B_phi)"),
    ),
    references=(
        "S. Maekawa, H. Fukuyama, J. Phys. Soc. Jpn. 50, 2516 (1981)",
        "A. G. Malshukov, K. A. Chao, M. Willander, Phys. Rev. B 56, 6436 (1997)",
    ),
)
