"""Weak antilocalization in three dimensions with isotropic spin-orbit scattering and Zeeman energy, Fukuyama and Hoshino.

    delta sigma(B) = alpha G0 sqrt(e|B|/hbar) { f3(B_2/B) + [f3(B_+/B) - f3(B_-/B)]/(2 r) + [sqrt(B_+/B) - sqrt(B_-/B)]/r - sqrt(B_2/B) + sqrt(B_phi/B) }   [S/m]

    B_2 = B_phi + (4/3) B_so,  B_+- = B_phi + (2/3) B_so (1 +- r),  r = sqrt(1 - [3 g mu_B B/(8 e D B_so)]^2),  f3(y) = -2 sqrt(y) - zeta(1/2, 1/2 + y)

This is sigma(B) - sigma(0): the square roots are what the Zeeman energy does without any orbital effect. Where the Zeeman energy is large r is imaginary and the
sum stays real. B_so is the TOTAL isotropic rate of Hikami, Larkin, Nagaoka (the triplets have B_phi + (4/3) B_so), another one than in `ilp` and
`maekawa_fukuyama`. The form is recalled from the literature and was checked against the Cooperon of two spins.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import cusp_resolved, spin_orbit_in_window, straight_paths, three_dimensional
from ...constants import G0, e, hbar
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
from ...physics.special import kawabata, split_difference

_TINY = 1e-40  # stands in for zero field, where the result is 0


def fukuyama_hoshino(field, alpha, L_phi, B_so, g, diffusivity):
    """Change of the conductivity [S/m] in a field [T]; L_phi [m], B_so [T], g-factor g, diffusivity [m2/s]; alpha multiplies."""
    return fukuyama_hoshino_value_and_gradient(field, alpha, L_phi, B_so, g, diffusivity)[0]


def fukuyama_hoshino_value_and_gradient(field, alpha, L_phi, B_so, g, diffusivity):
    """:func:`fukuyama_hoshino` with its derivatives d/d(alpha, L_phi, B_so, g)."""
    zero, magnitude = np.equal(field, 0.0), np.maximum(np.abs(field), _TINY)
    phi, so = field_of_length(L_phi) / magnitude, B_so / magnitude
    zeeman = zeeman_ratio(g, diffusivity)
    second = phi + 4 / 3 * so
    first, d_first = kawabata(second)
    # B_+ B_- = B_phi (B_phi + (4/3) B_so) + (g mu_B B/(4 e D))^2 has no r in it
    quotient, by_middle, by_product = split_difference(_with_root, phi + 2 / 3 * so, phi * second + zeeman**2)
    value = first + 2 / 3 * so * quotient - 4 / 3 * so / (np.sqrt(second) + np.sqrt(phi))
    d_phi = d_first + 2 / 3 * so * (by_middle + by_product * (phi + second)) + 0.5 * (1 / np.sqrt(phi) - 1 / np.sqrt(second))
    d_so = 4 / 3 * d_first + 2 / 3 * (quotient + so * (2 / 3 * by_middle + 4 / 3 * phi * by_product)) - 2 / 3 / np.sqrt(second)
    d_g = 4 / 3 * so * by_product * zeeman * zeeman_ratio(1.0, diffusivity)
    unit = np.where(zero, 0.0, G0 * np.sqrt(e / hbar * magnitude))[()]
    return alpha * unit * value, (unit * value, -2 * alpha * unit * phi / L_phi * d_phi, alpha * unit / magnitude * d_so, alpha * unit * d_g)


def fukuyama_hoshino_gradient(field, alpha, L_phi, B_so, g, diffusivity):
    """d/d(alpha, L_phi, B_so, g) of :func:`fukuyama_hoshino`."""
    return fukuyama_hoshino_value_and_gradient(field, alpha, L_phi, B_so, g, diffusivity)[1]


def _with_root(y):
    """f3(y) + 2 sqrt(y) = -zeta(1/2, 1/2 + y) and its derivative."""
    value, slope = kawabata(y)
    root = np.sqrt(y)
    return value + 2 * root, slope + 1 / root


def zeeman_seen(data, fit):
    """g enters as g/D."""
    if fit.free("g"):
        return Caution("g enters only as g/D and leans on B_so: its error does not hold the error of the diffusion constant")
    return None


def _grid(points, alpha, L_phi, B_so, g):
    return 4 * (B_so + 5 * field_of_length(L_phi)) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="fukuyama_hoshino",
    title="weak antilocalization in three dimensions with spin-orbit and Zeeman energy (Fukuyama-Hoshino)",
    equation="delta sigma = alpha G0 sqrt(eB/hbar) {f3(B_2/B) + [f3(B_+/B) - f3(B_-/B)]/(2 r) + [sqrt(B_+/B) - sqrt(B_-/B)]/r - sqrt(B_2/B) + sqrt(B_phi/B)},  "
             "B_2 = B_phi + (4/3) B_so,  B_+- = B_phi + (2/3) B_so (1 +- r),  r = sqrt(1 - [3 g mu_B B/(8 e D B_so)]^2)",
    validity="thickness >> L_phi and the magnetic length, diffusive, |B| << B_e; B_so is the total isotropic rate (4/3 of it in the triplets); interaction corrections, "
             "which also go as sqrt(B), left out.",
    convention="alpha multiplies G0 sqrt(e B/hbar), G0 = e^2/(2 pi^2 hbar); B_so is the total isotropic field of Hikami-Larkin-Nagaoka "
               "(triplets at B_phi + 4/3 B_so).",
    physics=Interference("3D", classes=("orthogonal", "unitary", "symplectic"), holds=("spin-orbit", "Zeeman")),
    function=fukuyama_hoshino,
    gradient=fukuyama_hoshino_gradient,
    value_and_gradient=fukuyama_hoshino_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductivity", "S/m"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything (valleys)"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(100, 500), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("B_so", unit="mT", scan=coherence_field_scan, positive=True, typical=(50, 500), bounds=(0.0, math.inf), symbol=r"B_\mathrm{so}",
              meaning="spin-orbit field, total isotropic rate"),
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
    cautions=(cusp_resolved, spin_orbit_in_window, zeeman_seen, three_dimensional),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "4.2 K", "diffusivity": "10 cm2/s"},
    checks=(
        Check(x=-0.136735, params={"alpha": 1.0, "L_phi": length_of_field(0.0523073), "B_so": 1.24631, "g": 1.54788}, known={"diffusivity": 1.00512e-05},
              y=-28.275703087664775, source="mpmath, 40 digits"),
        Check(x=1e-3, params={"alpha": 1.0, "L_phi": 1e-3, "B_so": 1e4, "g": 0.0}, known={"diffusivity": 1e-3}, y=-0.5 * 290.0 * math.sqrt(1e-3), rtol=1e-2,
              source="B_so >> B >> B_phi: -1/2 of 2.9 S/cm sqrt(B/T)"),
    ),
    references=(
        "H. Fukuyama, K. Hoshino, J. Phys. Soc. Jpn. 50, 2131 (1981)",
        "A. Kawabata, Solid State Commun. 34, 431 (1980)",
    ),
)
