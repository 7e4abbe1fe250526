"""Weak antilocalization of graphene with spin-orbit coupling from a substrate, McCann and Fal'ko.

    delta sigma(B) = -(alpha G0/2) [f(B_phi) - f(B_phi + 2 B_asy) - 2 f(B_phi + B_asy + B_sym)],   f(B_x) = psi(1/2 + B_x/|B|) - ln(B_x/|B|)

G0/2 = e^2/(2 pi h). B_asy: spin-orbit coupling that breaks the mirror symmetry z -> -z (Bychkov-Rashba); B_sym: that which keeps it (Kane-Mele,
valley-Zeeman). B_x = hbar/(4 e D tau_x). For fast intervalley scattering (tau_i much below tau_phi, tau_asy, tau_sym): its own channels are left out.
Spin-orbit of the symmetric kind alone suppresses weak localization, of the asymmetric kind turns it into antilocalization.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import cusp_resolved, diffusive_regime, in_mT, straight_paths, swing_of_interference
from ...constants import G0
from ...model import Caution, Check, Column, Derived, Interference, Model, Param
from ...physics.channels import sum_of_channels
from ...physics.coherence import (
    TO_DIFFUSIVITY_GRAPHENE,
    coherence_field_scan,
    coherence_length_scan,
    field_of_length,
    field_of_time,
    length_of_field,
    length_of_time,
    time_of_length,
)


def graphene_spin_orbit(field, alpha, L_phi, B_asy, B_sym):
    """Change of the sheet conductance [S] in a perpendicular field [T]; L_phi [m], B_asy and B_sym [T]; alpha multiplies."""
    return graphene_spin_orbit_value_and_gradient(field, alpha, L_phi, B_asy, B_sym)[0]


def graphene_spin_orbit_value_and_gradient(field, alpha, L_phi, B_asy, B_sym):
    """:func:`graphene_spin_orbit` with its derivatives d/d(alpha, L_phi, B_asy, B_sym)."""
    phi = field_of_length(L_phi)
    value, (first, second, third) = sum_of_channels(field, ((-0.5, phi), (0.5, phi + 2 * B_asy), (1.0, phi + B_asy + B_sym)))
    return alpha * G0 * value, (G0 * value, -2 * alpha * G0 * (first + second + third) * phi / L_phi, alpha * G0 * (2 * second + third), alpha * G0 * third)


def graphene_spin_orbit_gradient(field, alpha, L_phi, B_asy, B_sym):
    """d/d(alpha, L_phi, B_asy, B_sym) of :func:`graphene_spin_orbit`."""
    return graphene_spin_orbit_value_and_gradient(field, alpha, L_phi, B_asy, B_sym)[1]


def spin_orbit_fields_in_window(data, fit):
    """B_asy and B_sym are seen between B_phi and the largest field."""
    B_phi, reach, found = field_of_length(fit.value("L_phi")), np.abs(fit.x[0]).max(), []
    for name in ("B_asy", "B_sym"):
        if fit.free(name) and fit.value(name) > 3 * reach:
            found.append(Caution(f"{name} = {in_mT(fit.value(name))} lies beyond the largest field, {in_mT(reach)}: the data give a lower limit of it", (name,),
                                 "not determined"))
    if fit.free("L_phi") and fit.value("B_asy") + fit.value("B_sym") < 0.3 * B_phi:
        found.append(Caution(f"B_asy + B_sym = {in_mT(fit.value('B_asy') + fit.value('B_sym'))} is smaller than B_phi = {in_mT(B_phi)}: spin relaxes no faster than "
                             "phase, only combinations of them enter"))
    return found


def _grid(points, alpha, L_phi, B_asy, B_sym):
    return 4 * (B_asy + B_sym + 2 * field_of_length(L_phi)) * np.linspace(-1, 1, points) ** 3


def _time(field, diffusivity):
    return time_of_length(length_of_field(field), diffusivity)


MODEL = Model(
    name="graphene_spin_orbit",
    title="weak antilocalization of graphene with spin-orbit coupling (McCann and Fal'ko)",
    equation="delta sigma = -(alpha G0/2) {f(B_phi) - f(B_phi + 2 B_asy) - 2 f(B_phi + B_asy + B_sym)},  f(B_x) = psi(1/2 + B_x/|B|) - ln(B_x/|B|)",
    validity="diffusive, intervalley scattering faster than dephasing and spin relaxation, |B| << B_e, no Zeeman energy.",
    convention="the prefactor is G0/2 = e^2/(2 pi h), alpha multiplies it; B_asy and B_sym are hbar/(4 e D tau), not total fields of "
               "Hikami-Larkin-Nagaoka.",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic"), holds=("spin-orbit",)),
    function=graphene_spin_orbit,
    gradient=graphene_spin_orbit_gradient,
    value_and_gradient=graphene_spin_orbit_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(300, 1500), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("B_asy", unit="mT", scan=coherence_field_scan, positive=True, typical=(3, 15), bounds=(0.0, math.inf), symbol=r"B_\mathrm{asy}",
              meaning="spin-orbit field of the coupling that breaks z -> -z (Bychkov-Rashba)"),
        Param("B_sym", unit="mT", scan=coherence_field_scan, positive=True, typical=(20, 100), bounds=(0.0, math.inf), symbol=r"B_\mathrm{sym}",
              meaning="spin-orbit field of the coupling that keeps z -> -z (Kane-Mele, valley-Zeeman)"),
    ),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field)),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D", via=TO_DIFFUSIVITY_GRAPHENE,
                inverse=("L_phi", length_of_time)),
        Derived("tau_asy", "ps", lambda B_asy, diffusivity: _time(B_asy, diffusivity), symbol=r"\tau_\mathrm{asy}", meaning="time hbar/(4 e D B_asy)", via=TO_DIFFUSIVITY_GRAPHENE,
                inverse=("B_asy", field_of_time)),
        Derived("tau_sym", "ps", lambda B_sym, diffusivity: _time(B_sym, diffusivity), symbol=r"\tau_\mathrm{sym}", meaning="time hbar/(4 e D B_sym)", via=TO_DIFFUSIVITY_GRAPHENE,
                inverse=("B_sym", field_of_time)),
    ),
    cautions=(cusp_resolved, swing_of_interference, spin_orbit_fields_in_window, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "0.5 K"},
    checks=(
        Check(x=1e-7, params={"alpha": 1.0, "L_phi": 1e-6, "B_asy": 1.0, "B_sym": 1.0}, y=-G0 / 48 * (1e-7 / field_of_length(1e-6)) ** 2, rtol=1e-4,
              source="B << B_phi << spin-orbit: -(G0/2) (B/B_phi)^2/24, antilocalization"),
        Check(x=-1e-7, params={"alpha": 1.0, "L_phi": 1e-6, "B_asy": 0.0, "B_sym": 0.0}, y=G0 / 24 * (1e-7 / field_of_length(1e-6)) ** 2, rtol=1e-4,
              source="no spin-orbit, fast intervalley scattering: +G0 (B/B_phi)^2/24"),
    ),
    references=("E. McCann, V. I. Fal'ko (2012)",),
)
