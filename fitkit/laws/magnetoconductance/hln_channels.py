"""Weak (anti)localization of two independent channels, or three, Hikami-Larkin-Nagaoka in its short form for each.

    delta sigma(B) = G0 sum_j alpha_j f(B_phi_j/|B|),   f(x) = psi(1/2 + x) - ln x,   L_phi_2 = ratio L_phi_1,  L_phi_3 = ratio_3 L_phi_2

Two surfaces, two subbands, a surface beside the bulk. The channel of the longer coherence is the first: without an order they would be exchanged at will. A third
one is off until alpha_3 (and ratio_3) are freed; N channels of equal length are one with N times the alpha, and more lengths than three no curve tells apart.
Channels that mix faster than they dephase are one channel with an averaged B_phi, and the sum of alpha changes (two surfaces: -1 becomes -1/2).
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import diffusive_regime, in_mT, straight_paths, swing_of_interference
from ...constants import G0
from ...errors import FitkitError
from ...model import Caution, Check, Column, Derived, Interference, Model, Param
from ...physics.channels import sum_of_channels
from ...physics.coherence import (
    TO_DIFFUSIVITY,
    coherence_length_scan,
    field_of_length,
    length_of_field,
    length_of_time,
    time_of_length,
)


def hln_channels(field, alpha_1, alpha_2, L_phi_1, ratio, alpha_3=0.0, ratio_3=0.3):
    """Change of the sheet conductance [S] in a perpendicular field [T]; alpha dimensionless, L_phi_1 [m], ratio = L_phi_2/L_phi_1, ratio_3 = L_phi_3/L_phi_2."""
    return hln_channels_value_and_gradient(field, alpha_1, alpha_2, L_phi_1, ratio, alpha_3, ratio_3)[0]


def hln_channels_value_and_gradient(field, alpha_1, alpha_2, L_phi_1, ratio, alpha_3=0.0, ratio_3=0.3):
    """:func:`hln_channels` with its derivatives d/d(alpha_1, alpha_2, L_phi_1, ratio, alpha_3, ratio_3)."""
    fields = [field_of_length(length) for length in (L_phi_1, ratio * L_phi_1, ratio_3 * ratio * L_phi_1)]
    values, slopes = zip(*((value, slope) for value, (slope,) in (sum_of_channels(field, ((1.0, one),)) for one in fields)))
    first, second, third = (-2 * G0 * alpha * slope * one for alpha, slope, one in zip((alpha_1, alpha_2, alpha_3), slopes, fields))  # d/dln L of each
    value = G0 * (alpha_1 * values[0] + alpha_2 * values[1] + alpha_3 * values[2])
    return value, (G0 * values[0], G0 * values[1], (first + second + third) / L_phi_1, (second + third) / ratio, G0 * values[2], third / ratio_3)


def hln_channels_gradient(field, alpha_1, alpha_2, L_phi_1, ratio, alpha_3=0.0, ratio_3=0.3):
    """d/d(alpha_1, alpha_2, L_phi_1, ratio, alpha_3, ratio_3) of :func:`hln_channels`."""
    return hln_channels_value_and_gradient(field, alpha_1, alpha_2, L_phi_1, ratio, alpha_3, ratio_3)[1]


def channels_apart(data, fit):
    """Lengths closer than a factor of 2 are not separable; the shorter channel needs the field to pass its B_phi, the longer one fine steps."""
    ratio, reach = fit.value("ratio"), np.abs(fit.x[0]).max()
    one, two = field_of_length(fit.value("L_phi_1")), field_of_length(ratio * fit.value("L_phi_1"))
    found = []
    if ratio > 0.5:
        found.append(Caution(f"L_phi_2/L_phi_1 = {ratio:.2f}: closer than a factor of 2 two channels are not separable; only the sum of alpha is measured",
                             ("alpha_1", "alpha_2", "ratio"), "not determined" if ratio > 0.7 or (fit.error("ratio") or 0.0) > 0.1 else ""))
    if fit.free("alpha_3") and fit.free("ratio_3") and fit.value("ratio_3") > 0.5:
        found.append(Caution(f"L_phi_3/L_phi_2 = {fit.value('ratio_3'):.2f}: closer than a factor of 2 two channels are not separable; leave the third out",
                             ("alpha_2", "alpha_3", "ratio_3"), "not determined" if fit.value("ratio_3") > 0.7 else ""))
    if two > 2 * reach:
        found.append(Caution(f"the field reaches {in_mT(reach)} and B_phi_2 is about {in_mT(two)}: alpha_2 and the ratio only enter as one number. "
                             f"Sweep to {in_mT(8 * two)}", ("alpha_2", "ratio"), "not determined"))
    magnitude = np.unique(np.abs(fit.x[0]))
    steps = np.diff(magnitude)[np.diff(magnitude) > 1e-6 * magnitude[-1]]
    if fit.free("L_phi_1") and len(steps) and steps.min() > one:
        found.append(Caution(f"the smallest step of field, {in_mT(steps.min())}, is larger than B_phi_1 = {in_mT(one)}: the longer channel is not resolved. "
                             f"Step by {in_mT(one / 3)} near zero", ("alpha_1", "L_phi_1"), "not determined" if steps.min() > 10 * one else ""))
    return found


def _third_length(L_phi_1, ratio, alpha_3, ratio_3):
    if not alpha_3:
        raise FitkitError("there is no third channel: free=['alpha_3', 'ratio_3']")
    return ratio_3 * ratio * L_phi_1


def _grid(points, alpha_1, alpha_2, L_phi_1, ratio, alpha_3=0.0, ratio_3=0.3):
    return 20 * field_of_length(ratio * L_phi_1 * (ratio_3 if alpha_3 else 1.0)) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="hln_channels",
    title="weak (anti)localization of two or three independent channels (Hikami-Larkin-Nagaoka)",
    equation="delta sigma = G0 sum_j alpha_j f(B_phi_j/|B|),  f(x) = psi(1/2 + x) - ln x,  L_phi_2 = ratio L_phi_1,  L_phi_3 = ratio_3 L_phi_2",
    validity="as hln for each channel; channels that do not mix within the dephasing time; lengths a factor of 2 or more apart.",
    convention="alpha = +1 is weak localization, -1/2 an antilocalizing channel, in units of G0 = e^2/(2 pi^2 hbar) = e^2/(pi h) each; B_phi "
               "= hbar/(4 e L_phi^2).",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic")),
    function=hln_channels,
    gradient=hln_channels_gradient,
    value_and_gradient=hln_channels_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha_1", linear=True, typical=(0.3, 1.5), symbol=r"\alpha_1", meaning="prefactor of the channel with the longer coherence"),
        Param("alpha_2", linear=True, typical=(0.3, 1.5), symbol=r"\alpha_2", meaning="prefactor of the channel with the shorter coherence"),
        Param("L_phi_1", unit="nm", scan=coherence_length_scan, positive=True, typical=(200, 2000), bounds=(0.0, math.inf), symbol=r"L_{\varphi 1}",
              meaning="phase coherence length of the first channel"),
        Param("ratio", scan=lambda field: np.geomspace(0.005, 0.9, 24), positive=True, typical=(0.1, 0.4), bounds=(0.0, 1.0), symbol=r"L_{\varphi 2}/L_{\varphi 1}",
              meaning="L_phi_2/L_phi_1, below 1"),
        Param("alpha_3", linear=True, default=0.0, typical=(0.3, 1.5), symbol=r"\alpha_3", meaning="prefactor of a third channel, of the shortest coherence"),
        Param("ratio_3", scan=lambda field: np.geomspace(0.02, 0.9, 12), default=0.3, positive=True, typical=(0.1, 0.4), bounds=(0.0, 1.0),
              symbol=r"L_{\varphi 3}/L_{\varphi 2}", meaning="L_phi_3/L_phi_2, below 1"),
    ),
    signal=(0, 1),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("L_phi_2", "nm", lambda L_phi_1, ratio: ratio * L_phi_1, symbol=r"L_{\varphi 2}", meaning="phase coherence length of the second channel"),
        Derived("L_phi_3", "nm", _third_length, symbol=r"L_{\varphi 3}", meaning="phase coherence length of the third channel"),
        Derived("B_phi_1", "mT", lambda L_phi_1: field_of_length(L_phi_1), symbol=r"B_{\varphi 1}", meaning="dephasing field of the first channel",
                inverse=("L_phi_1", length_of_field)),
        Derived("tau_phi_1", "ps", lambda L_phi_1, diffusivity: time_of_length(L_phi_1, diffusivity), symbol=r"\tau_{\varphi 1}",
                meaning="dephasing time of the first channel, with D of that channel", via=TO_DIFFUSIVITY, inverse=("L_phi_1", length_of_time)),
    ),
    cautions=(swing_of_interference, channels_apart, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "2 K"},
    checks=(
        Check(x=2.63727e-07, params={"alpha_1": -0.5, "alpha_2": -0.0293869, "L_phi_1": 2.38095e-06, "ratio": 3.98996e-07 / 2.38095e-06, "alpha_3": 0.0, "ratio_3": 0.3}, y=-2.1207342118033460e-11,
              source="mpmath, 40 digits"),
        Check(x=50.0, params={"alpha_1": -0.5, "alpha_2": -0.5, "L_phi_1": 1e-6, "ratio": 0.5, "alpha_3": 0.0, "ratio_3": 0.3}, rtol=1e-4, source="B >> B_phi: (alpha_1 + alpha_2) G0 ln B + ...",
              y=-G0 * (math.log(50 / field_of_length(1e-6)) - math.log(2) - 1.9635100260)),
    ),
    references=(
        "S. Hikami, A. I. Larkin, Y. Nagaoka, Prog. Theor. Phys. 63, 707 (1980)",
        "B. L. Altshuler, D. Khmel'nitzkii, A. I. Larkin, P. A. Lee, Phys. Rev. B 22, 5142 (1980)",
    ),
)
