"""Weak (anti)localization in three dimensions, Kawabata.

    delta sigma(B) = alpha G0 sqrt(e|B|/hbar) f3(B_phi/|B|)   [S/m],   B_phi = hbar/(4 e L_phi^2)

    f3(y) = sum_n {2 [sqrt(n+1+y) - sqrt(n+y)] - 1/sqrt(n+1/2+y)} = -2 sqrt(y) - zeta(1/2, 1/2 + y)

alpha = +1 is weak localization, -1/2 antilocalization by strong spin-orbit scattering. For B >> B_phi delta sigma = 0.605 alpha G0 sqrt(e|B|/hbar), 2.9 S/cm at 1 T
whatever L_phi is; for B << B_phi it goes as B^2. f3 is computed to 1e-13, not by one of the closed approximations.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import cusp_resolved, in_mT, straight_paths, three_dimensional
from ...constants import G0, e, hbar
from ...model import Caution, Check, Column, Derived, Interference, Model, Param
from ...physics.coherence import TO_DIFFUSIVITY_3D, coherence_length_scan, field_of_length, length_of_field, length_of_time, time_of_length
from ...physics.special import kawabata as f3

_TINY = 1e-40  # stands in for zero field, where the result is 0


def kawabata(field, alpha, L_phi):
    """Change of the conductivity [S/m] in a field [T]; alpha dimensionless, L_phi [m]."""
    return kawabata_value_and_gradient(field, alpha, L_phi)[0]


def kawabata_value_and_gradient(field, alpha, L_phi):
    """:func:`kawabata` with its derivatives d/d(alpha, L_phi)."""
    zero, magnitude = np.equal(field, 0.0), np.maximum(np.abs(field), _TINY)
    y = field_of_length(L_phi) / magnitude
    value, slope = f3(y)
    unit = np.where(zero, 0.0, G0 * np.sqrt(e / hbar * magnitude))[()]
    return alpha * unit * value, (unit * value, -2 * alpha * unit * y * slope / L_phi)


def kawabata_gradient(field, alpha, L_phi):
    """d/d(alpha, L_phi) of :func:`kawabata`."""
    return kawabata_value_and_gradient(field, alpha, L_phi)[1]


def field_range(data, fit):
    """Below B_phi only alpha L_phi^3 is measured; far above it only alpha."""
    B_phi, magnitude = field_of_length(fit.value("L_phi")), np.abs(fit.x[0])
    reach = float(magnitude.max())
    if reach < B_phi and fit.free("alpha"):
        return Caution(f"the field reaches {in_mT(reach)} and B_phi is about {in_mT(B_phi)}: alpha and L_phi enter as alpha L_phi^3. Sweep to {in_mT(8 * B_phi)} or fix alpha",
                       ("alpha", "L_phi"), "not determined")
    return None


def plausible_alpha(data, fit):
    """alpha between -1/2 and 1 (times the valleys)."""
    alpha, margin = fit.value("alpha"), 3 * (fit.error("alpha") or 0.0)
    if not -1.3 - margin <= alpha <= 2.2 + margin:
        return Caution(f"alpha = {alpha:.3g} belongs to no weak localization (+1, -1/2 with strong spin-orbit scattering): interaction corrections go as sqrt(B) too, or the "
                       "numbers are not in the unit that was declared", ("alpha", "L_phi"), "not determined")
    return None


def _grid(points, alpha, L_phi):
    return 20 * field_of_length(L_phi) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="kawabata",
    title="weak (anti)localization in three dimensions (Kawabata)",
    equation="delta sigma = alpha G0 sqrt(e|B|/hbar) f3(B_phi/|B|),  f3(y) = -2 sqrt(y) - zeta(1/2, 1/2 + y),  B_phi = hbar/(4 e L_phi^2)",
    validity="thickness >> L_phi and the magnetic length, diffusive, |B| << B_e, no Zeeman energy; interaction corrections, which also go as sqrt(B), left out.",
    convention="alpha = +1 is weak localization, -1/2 antilocalization, in units of G0 sqrt(e B/hbar), G0 = e^2/(2 pi^2 hbar); B_phi = "
               "hbar/(4 e L_phi^2).",
    physics=Interference("3D", classes=("orthogonal", "unitary", "symplectic")),
    function=kawabata,
    gradient=kawabata_gradient,
    value_and_gradient=kawabata_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductivity", "S/m"),
    params=(
        Param("alpha", linear=True, typical=(0.3, 1.5), symbol=r"\alpha", meaning="+1 weak localization, -1/2 strong spin-orbit scattering"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(20, 1000), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
    ),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field)),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D", via=TO_DIFFUSIVITY_3D,
                inverse=("L_phi", length_of_time)),
    ),
    cautions=(cusp_resolved, field_range, plausible_alpha, three_dimensional),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "4.2 K"},
    checks=(
        Check(x=-0.0109342, params={"alpha": 1.0, "L_phi": 6.52991e-06}, y=28.556308872998353, source="mpmath, 40 digits"),
        Check(x=1.0, params={"alpha": 1.0, "L_phi": 1e-3}, y=290.0, rtol=5e-3, source="B >> B_phi: 2.9 S/cm at 1 T"),
        Check(x=1e-4, params={"alpha": -0.5, "L_phi": 1e-7}, y=-0.5 * G0 * math.sqrt(e * 1e-4 / hbar) / 48 * (1e-4 / field_of_length(1e-7)) ** 1.5, rtol=1e-3,
              source="B << B_phi: alpha G0 sqrt(eB/hbar) (B/B_phi)^(3/2)/48"),
    ),
    references=(
        "A. Kawabata, Solid State Commun. 34, 431 (1980)",
        "A. Kawabata, J. Phys. Soc. Jpn. 49, 628 (1980)",
    ),
)
