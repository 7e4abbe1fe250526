"""Weak (anti)localization of massive Dirac fermions, Lu, Shi and Shen: surface states of a topological insulator with a gap.

    delta sigma(B) = G0 [alpha_0 f((B_phi + B_0)/|B|) + alpha_1 f((B_phi + B_1)/|B|)],   f(x) = psi(1/2 + x) - ln x

alpha_0 in 0..1/2 is the localizing channel, alpha_1 in -1/2..0 the antilocalizing one; B_0 and B_1 are what the mass adds to their dephasing. With
m = Delta/(2 E_F), a^2 = (1 + m)/2, b^2 = (1 - m)/2, s = a^4 + b^4, t = s - a^2 b^2 and the free path l:

    alpha_0 = s (a^2 - b^2)^2/(2 t^2),            alpha_1 = -a^4 b^4/(s t),
    l^2/L_0^2 = 2 b^4 (a^2 - b^2)^2/(a^4 t),      l^2/L_1^2 = 2 a^2 b^2 (a^2 - b^2)^2/s^2

A small gap gives alpha_1 = -1/2, B_1 = 0 and a short localizing channel; E_F near the gap alpha_0 = 1/2, B_0 = 0 and a short antilocalizing one. alpha_1
between these limits is recalled from the paper and doubtful: a derivation gave -a^4 b^4/(2 t^2).

Only the two sums B_phi + B_0 and B_phi + B_1 are measurable. B_1 is therefore 0 until it is freed (small gap); for E_F near the gap fix B_0 = 0 and free B_1.
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
    TO_DIFFUSIVITY_DIRAC,
    coherence_field_scan,
    coherence_length_scan,
    field_of_length,
    length_of_field,
    length_of_time,
    time_of_length,
)


def dirac(field, alpha_0, alpha_1, L_phi, B_0, B_1):
    """Change of the sheet conductance [S] in a perpendicular field [T]; alpha_0, alpha_1 dimensionless, L_phi [m], B_0 and B_1 [T]."""
    return dirac_value_and_gradient(field, alpha_0, alpha_1, L_phi, B_0, B_1)[0]


def dirac_value_and_gradient(field, alpha_0, alpha_1, L_phi, B_0, B_1):
    """:func:`dirac` with its derivatives d/d(alpha_0, alpha_1, L_phi, B_0, B_1)."""
    phi = field_of_length(L_phi)
    first, (d_first,) = sum_of_channels(field, ((1.0, phi + B_0),))
    second, (d_second,) = sum_of_channels(field, ((1.0, phi + B_1),))
    by_0, by_1 = G0 * alpha_0 * d_first, G0 * alpha_1 * d_second
    return G0 * (alpha_0 * first + alpha_1 * second), (G0 * first, G0 * second, -2 * phi / L_phi * (by_0 + by_1), by_0, by_1)


def dirac_gradient(field, alpha_0, alpha_1, L_phi, B_0, B_1):
    """d/d(alpha_0, alpha_1, L_phi, B_0, B_1) of :func:`dirac`."""
    return dirac_value_and_gradient(field, alpha_0, alpha_1, L_phi, B_0, B_1)[1]


def plausible_channels(data, fit):
    """0 <= alpha_0 <= 1/2 and -1/2 <= alpha_1 <= 0; two sums hold no three fields."""
    found = []
    alpha_0, alpha_1 = fit.value("alpha_0"), fit.value("alpha_1")
    slack_0, slack_1 = 0.05 + 3 * (fit.error("alpha_0") or 0.0), 0.05 + 3 * (fit.error("alpha_1") or 0.0)
    if not (-slack_0 <= alpha_0 <= 0.5 + slack_0 and -0.5 - slack_1 <= alpha_1 <= slack_1):
        swapped = alpha_0 < 0 < alpha_1
        found.append(Caution(f"alpha_0 = {alpha_0:.3g}, alpha_1 = {alpha_1:.3g}: one surface has 0 <= alpha_0 <= 1/2 and -1/2 <= alpha_1 <= 0"
                             + ("; the longer channel localizes: fix B_0 = 0 and free B_1" if swapped else ": several surfaces, or another law"),
                             ("alpha_0", "alpha_1"), "not determined" if swapped or max(abs(alpha_0), abs(alpha_1)) > 10 else ""))
    if fit.free("L_phi") and fit.free("B_0") and fit.free("B_1"):
        found.append(Caution("only B_phi + B_0 and B_phi + B_1 enter the curve: fix B_0, B_1 or L_phi", ("L_phi", "B_0", "B_1"), "not determined"))
    return found


def channels_apart(data, fit):
    """Two channels whose lengths differ by less than 2 are one."""
    phi, reach = field_of_length(fit.value("L_phi")), np.abs(fit.x[0]).max()
    first, second = phi + fit.value("B_0"), phi + fit.value("B_1")
    names = tuple(name for name in ("alpha_0", "alpha_1") if fit.free(name))
    if max(first, second) < 4 * min(first, second):
        return Caution(f"the two channels have {in_mT(first)} and {in_mT(second)}: closer than a factor of 4 (2 in length) only the sum of their alpha is measured", names,
                       "not determined" if max(first, second) < 2 * min(first, second) else "")
    if max(first, second) > 3 * reach:
        return Caution(f"the shorter channel needs {in_mT(max(first, second))}, the field reaches {in_mT(reach)}: its alpha and its field are one number",
                       (names[0] if first > second and names else "alpha_1", "B_0" if first > second else "B_1"), "not determined")
    return None


def _grid(points, alpha_0, alpha_1, L_phi, B_0, B_1):
    return 20 * (field_of_length(L_phi) + B_0 + B_1) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="dirac",
    title="weak (anti)localization of massive Dirac fermions, topological insulators (Lu-Shi-Shen)",
    equation="delta sigma = G0 [alpha_0 f((B_phi + B_0)/|B|) + alpha_1 f((B_phi + B_1)/|B|)],  f(x) = psi(1/2 + x) - ln x",
    validity="one Dirac cone, diffusive, |B| << B_e, no intervalley or intersurface scattering. L_0 and L_1 are lengths with B = hbar/(4 e L^2).",
    convention="alpha_0 in [0, 1/2] and alpha_1 in [-1/2, 0] in units of G0 = e^2/(2 pi^2 hbar); B_i = hbar/(4 e L_i^2).",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic")),
    function=dirac,
    gradient=dirac_gradient,
    value_and_gradient=dirac_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha_0", linear=True, typical=(0.05, 0.3), symbol=r"\alpha_0", meaning="localizing channel, 0 to 1/2"),
        Param("alpha_1", linear=True, typical=(-0.5, -0.2), symbol=r"\alpha_1", meaning="antilocalizing channel, -1/2 to 0"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(100, 1000), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("B_0", unit="mT", scan=coherence_field_scan, positive=True, typical=(100, 1000), bounds=(0.0, math.inf), symbol="B_0",
              meaning="what the mass adds to B_phi in the localizing channel"),
        Param("B_1", unit="mT", default=0.0, scan=coherence_field_scan, bounds=(0.0, math.inf), symbol="B_1",
              meaning="what the mass adds to B_phi in the antilocalizing channel"),
    ),
    signal=(0, 1),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field)),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D", via=TO_DIFFUSIVITY_DIRAC,
                inverse=("L_phi", length_of_time)),
        Derived("L_0", "nm", lambda B_0: length_of_field(B_0), symbol="L_0", meaning="length of B_0", inverse=("B_0", field_of_length)),
    ),
    cautions=(cusp_resolved, swing_of_interference, plausible_channels, channels_apart, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "2 K"},
    checks=(
        Check(x=0.0913337, params={"alpha_0": 0.180282, "alpha_1": -0.32964, "L_phi": 1.10395e-07, "B_0": field_of_length(7.89601e-06),
                                   "B_1": field_of_length(7.56735e-08)}, y=6.5739635732910829e-7, source="mpmath, 40 digits"),
        Check(x=1e-6, params={"alpha_0": 0.0, "alpha_1": -0.5, "L_phi": 1e-7, "B_0": 0.1, "B_1": 0.0}, y=-G0 / 48 * (1e-6 / field_of_length(1e-7)) ** 2, rtol=1e-6,
              source="massless, B << B_phi: -(G0/2) (B/B_phi)^2/24"),
    ),
    references=("H.-Z. Lu, J. Shi, S.-Q. Shen, Phys. Rev. Lett. 107, 076801 (2011)",),
)
