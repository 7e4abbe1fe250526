"""Maekawa-Fukuyama magnetoconductance in the form that most papers print. It is NOT sigma(B) - sigma(0).

    delta sigma(B) = alpha G0 { f(B_1/B) + [f(B_+/B) - f(B_-/B)]/(2 r) }

    f(x) = psi(1/2 + x) - ln x,  B_1 = B_phi + B_so,  B_+- = B_phi + B_so (1 +- r),  r = sqrt(1 - gamma^2),  gamma = g mu_B |B|/(4 e D B_so)

Every mode is referred to zero orbital field at the SAME Zeeman energy, sigma(B) - sigma(no flux, but the Zeeman energy of B). What a measurement gives,
sigma(B) - sigma(0), has in addition ln(B_+/B_-)/(2 r) - ln(1 + 2 B_so/B_phi)/2, the effect of a field in the plane: law `maekawa_fukuyama`. This form is here
to repeat published fits; without Zeeman energy (g = 0) the two are one.

Conventions of B_so as in `maekawa_fukuyama`: B_so = 2 B_so^x of the Hikami-Larkin-Nagaoka notation. The form is recalled from the papers that use it; the text
of the original was not at hand.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import cusp_resolved, diffusive_regime, spin_orbit_in_window, straight_paths, swing_of_interference
from ...constants import G0
from ...model import Caution, Check, Column, Derived, Interference, Known, Model, Param
from ...physics.coherence import (
    coherence_field_scan,
    coherence_length_scan,
    field_of_length,
    field_of_time,
    length_of_field,
    length_of_time,
    time_of_length,
    zeeman_ratio,
)
from ...physics.special import digamma_difference, split_difference

_TINY = 1e-60  # stands in for zero field, where the result is 0


def maekawa_fukuyama_printed(field, alpha, L_phi, B_so, g, diffusivity):
    """Change of the sheet conductance [S] in a perpendicular field [T]; L_phi [m], B_so [T], g-factor g, diffusivity [m2/s]; alpha multiplies."""
    return _value_and_slopes(field, alpha, L_phi, B_so, g, diffusivity)[0]


def maekawa_fukuyama_printed_value_and_gradient(field, alpha, L_phi, B_so, g, diffusivity):
    """:func:`maekawa_fukuyama_printed` with its derivatives d/d(alpha, L_phi, B_so, g)."""
    value, *slopes = _value_and_slopes(field, alpha, L_phi, B_so, g, diffusivity)
    return value, tuple(slopes)


def maekawa_fukuyama_printed_gradient(field, alpha, L_phi, B_so, g, diffusivity):
    """d/d(alpha, L_phi, B_so, g) of :func:`maekawa_fukuyama_printed`."""
    return maekawa_fukuyama_printed_value_and_gradient(field, alpha, L_phi, B_so, g, diffusivity)[1]


def _value_and_slopes(field, alpha, L_phi, B_so, g, diffusivity):
    zero = np.equal(field, 0.0)
    magnitude = np.maximum(np.abs(field), _TINY)
    phi, so = field_of_length(L_phi) / magnitude, B_so / magnitude
    zeeman = zeeman_ratio(g, diffusivity)
    # B_+ B_- = B_phi (B_phi + 2 B_so) + (g mu_B B/(4 e D))^2 has no r in it
    first, d_first = digamma_difference(phi + so)
    second, by_middle, by_product = split_difference(digamma_difference, phi + so, phi * (phi + 2 * so) + zeeman**2)
    value = first + so * second
    d_phi = d_first + so * (by_middle + 2 * (phi + so) * by_product)
    d_so = d_first + second + so * (by_middle + 2 * phi * by_product)
    d_g = so * by_product * 2 * zeeman * zeeman_ratio(1.0, diffusivity)
    slopes = value, -2 * alpha * phi / L_phi * d_phi, alpha / magnitude * d_so, alpha * d_g
    return tuple(G0 * np.where(zero, 0.0, one)[()] for one in (alpha * value, *slopes))


def reference_of_zeeman(data, fit):
    """What the printed form leaves out, as a number."""
    B_phi, B_so = field_of_length(fit.value("L_phi")), fit.value("B_so")
    zeeman = zeeman_ratio(fit.value("g"), fit.known["diffusivity"]) * np.abs(fit.x[0]).max()
    quotient = split_difference(lambda x: (np.log(x), 1 / x), B_phi + B_so, B_phi * (B_phi + 2 * B_so) + zeeman**2)[0]
    missing = float(B_so * quotient - 0.5 * math.log1p(2 * B_so / B_phi))
    swing = float(np.ptp(fit.model_part)) / G0
    if abs(missing) > 0.02 * swing:
        return Caution(f"this printed form is not sigma(B) - sigma(0): at the largest field it leaves out {missing:.2g} G0 of the Zeeman energy, "
                       f"the curve swings by {swing:.2g} G0. maekawa_fukuyama has it")
    return None


def _grid(points, alpha, L_phi, B_so, g):
    return 4 * (B_so + 5 * field_of_length(L_phi)) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="maekawa_fukuyama_printed",
    title="Maekawa-Fukuyama as most papers print it; with Zeeman energy NOT sigma(B) - sigma(0)",
    equation="delta sigma = alpha G0 {f(B_1/B) + [f(B_+/B) - f(B_-/B)]/(2 r)},  B_1 = B_phi + B_so,  "
             "B_+- = B_phi + B_so (1 +- r),  r = sqrt(1 - (g mu_B B/(4 e D B_so))^2),  f(x) = psi(1/2 + x) - ln x",
    validity="2D diffusive film, k_F l >> 1, |B| << B_e, thickness << L_phi; spin-orbit of the Dyakonov-Perel kind (B_so of this law is twice B_so^x of Hikami-Larkin-Nagaoka: convert before comparing). "
             "The Zeeman energy must be weak, or delta sigma must have been referred to the same Zeeman energy.",
    convention="alpha counts channels in units of G0 = e^2/(2 pi^2 hbar); B_so is that of Maekawa-Fukuyama and ILP (B_1 = B_phi + B_so, B_0 = "
               "B_phi + 2 B_so), 2 B_so^x of Hikami-Larkin-Nagaoka; every mode relative to zero orbital field at the same Zeeman energy, as "
               "printed.",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic"), holds=("spin-orbit", "Zeeman")),
    function=maekawa_fukuyama_printed,
    gradient=maekawa_fukuyama_printed_gradient,
    value_and_gradient=maekawa_fukuyama_printed_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything (valleys)"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(200, 1500), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("B_so", unit="mT", scan=coherence_field_scan, positive=True, typical=(10, 300), bounds=(0.0, math.inf), symbol=r"B_\mathrm{so}",
              meaning="spin-orbit field of Dyakonov-Perel kind, 2 B_so^x"),
        Param("g", default=2.0, scan=lambda field: np.geomspace(0.1, 50.0, 28), bounds=(0.0, math.inf), symbol="g", meaning="g-factor; enters as g/D"),
    ),
    known=(Known("diffusivity", unit="cm2/s", positive=True, symbol="D", meaning="diffusion constant"),),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field)),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D",
                inverse=("L_phi", length_of_time)),
        Derived("L_so", "nm", lambda B_so: length_of_field(B_so), symbol=r"L_\mathrm{so}", meaning="spin-orbit length sqrt(hbar/(4 e B_so))",
                inverse=("B_so", field_of_length)),
        Derived("tau_so", "ps", lambda B_so, diffusivity: time_of_length(length_of_field(B_so), diffusivity), symbol=r"\tau_\mathrm{so}",
                meaning="spin-orbit time hbar/(4 e D B_so)", inverse=("B_so", field_of_time)),
    ),
    cautions=(cusp_resolved, swing_of_interference, spin_orbit_in_window, reference_of_zeeman, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "2 K", "diffusivity": "10 cm2/s"},
    checks=(
        Check(x=-0.0099163, params={"alpha": 1.0, "L_phi": length_of_field(0.0127724), "B_so": 0.0506523, "g": 0.144832}, known={"diffusivity": 0.00053998},
              y=-1.2748021950028350e-7, atol=1e-12 * G0, source="mpmath, 40 digits"),
        Check(x=-20.0, params={"alpha": 1.0, "L_phi": 1e-6, "B_so": 1e-3, "g": 0.0}, known={"diffusivity": 1e-3}, y=G0 * (math.log(20) - 1.9635100260
              + 0.5 * math.log(field_of_length(1e-6)) - 0.5 * math.log(field_of_length(1e-6) + 2e-3) - math.log(field_of_length(1e-6) + 1e-3)), rtol=1e-3,
              source="B >> B_so without Zeeman: G0 [ln B - 1.96351 - ln B_1 - ln(B_0/B_phi)/2]"),
    ),
    references=(
        "S. Maekawa, H. Fukuyama, J. Phys. Soc. Jpn. 50, 2516 (1981)",
        "S. Hikami, A. I. Larkin, Y. Nagaoka, Prog. Theor. Phys. 63, 707 (1980)",
    ),
)
