"""Weak antilocalization with spin precession, Iordanskii, Lyanda-Geller and Pikus (Dyakonov-Perel with linear and cubic terms).

    delta sigma(B) = -(alpha G0/2) { S(B) + ln[c r/(B^2 B_phi)] - 4 B_so1 I }

    S = 1/a_0 + (2 a_0 + 1 + b)/[a_1 (a_0 + b) - 2 h] + psi(1/2 + B_phi/B) + 3 C
        - sum_{n>=1} {3/n - [3 a_n^2 + 2 a_n b - 1 - 2 (2n+1) h]/[(a_n + b) a_{n-1} a_{n+1} - 2 h ((2n+1) a_n - 1)]}
    a_n = n + 1/2 + (B_phi + B_so)/B,  b = B_so/B,  h = B_so1/B,  B_so = B_so1 + B_so3,  C = 0.5772...
    c = B_phi + B_so,  r = c (c + B_so),  I = int_0^inf dx/[x^2 + (2 c + B_so - 4 B_so1) x + r]

B_so1 belongs to ONE k-linear term (Rashba, or linear Dresselhaus: the same formula), B_so3 to the third harmonic of the cubic Dresselhaus term:
1/tau_soj = 2 Omega_j^2 tau_j with H = hbar sigma.Omega, B_soj = hbar/(4 e D tau_soj). With both linear terms together the formula does not hold. Spin
precession keeps the phase of the linear terms, so the curve differs much from Hikami-Larkin-Nagaoka with the same B_so.

The series is not summed: its terms are rational in n with a cubic denominator, so that it is a sum of three digammas (fitkit/physics/precession.py). The closed
sigma(0) (the logarithm and I) follows from the same series in the limit B -> 0.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import cusp_resolved, diffusive_regime, in_mT, straight_paths, swing_of_interference
from ...constants import G0, e, hbar
from ...model import Caution, Check, Column, Derived, Interference, Model, Param
from ...physics.coherence import (
    TO_DIFFUSIVITY,
    coherence_field_scan,
    coherence_length_scan,
    field_of_length,
    length_of_field,
    length_of_time,
    time_of_length,
)
from ...physics.precession import triplets, triplets_and_slopes, triplets_sketch
from ...physics.special import F, F_and_slope

_TINY = 1e-40   # stands in for zero field, where the result is 0


def ilp(field, alpha, L_phi, B_so1, B_so3):
    """Change of the sheet conductance [S] in a perpendicular field [T]; L_phi [m], B_so1 and B_so3 [T]; alpha multiplies."""
    magnitude, phi, h, b = _in_units_of_the_field(field, L_phi, B_so1, B_so3)
    value = F(1 / phi) + triplets((phi + b).reshape(-1), b.reshape(-1), h.reshape(-1)).reshape(phi.shape)
    return (-0.5 * G0 * alpha * np.where(magnitude > _TINY, value, 0.0))[()]


def ilp_value_and_gradient(field, alpha, L_phi, B_so1, B_so3):
    """:func:`ilp` with its derivatives d/d(alpha, L_phi, B_so1, B_so3)."""
    magnitude, phi, h, b = _in_units_of_the_field(field, L_phi, B_so1, B_so3)
    singlet, slope = F_and_slope(1 / phi)
    triplet, by_c, by_b, by_h = triplets_and_slopes((phi + b).reshape(-1), b.reshape(-1), h.reshape(-1)).reshape(4, *phi.shape)
    value = -0.5 * (singlet + triplet)
    d_phi = -0.5 * (by_c - slope / phi)
    d_cubic = -0.5 * (by_c + by_b)
    slopes = value, -2 * alpha * phi / L_phi * d_phi, alpha / magnitude * (d_cubic - 0.5 * by_h), alpha / magnitude * d_cubic
    value, *slopes = (G0 * np.where(magnitude > _TINY, one, 0.0)[()] for one in (alpha * value, *slopes))
    return value, tuple(slopes)


def ilp_sketch(field, alpha, L_phi, B_so1, B_so3):
    """:func:`ilp` to about one per cent of its swing."""
    magnitude = np.maximum(np.abs(field), _TINY)
    phi, h, b = field_of_length(L_phi) / magnitude, B_so1 / magnitude, (B_so1 + B_so3) / magnitude
    return -0.5 * G0 * alpha * np.where(magnitude > _TINY, F(1 / phi) + triplets_sketch(phi + b, b, h), 0.0)


def _in_units_of_the_field(field, L_phi, B_so1, B_so3):
    magnitude = np.maximum(np.abs(field), _TINY)
    return np.broadcast_arrays(magnitude, field_of_length(L_phi) / magnitude, B_so1 / magnitude, (B_so1 + B_so3) / magnitude)


def ilp_gradient(field, alpha, L_phi, B_so1, B_so3):
    """d/d(alpha, L_phi, B_so1, B_so3) of :func:`ilp`."""
    return ilp_value_and_gradient(field, alpha, L_phi, B_so1, B_so3)[1]


def spin_orbit_of_precession(data, fit):
    """B_so1 and B_so3 between B_phi and the largest field; the third harmonic is seen beside a first one that is not far larger."""
    B_phi, reach, found = field_of_length(fit.value("L_phi")), np.abs(fit.x[0]).max(), []
    total = fit.value("B_so1") + fit.value("B_so3")
    if total > 3 * reach:
        names = tuple(name for name in ("B_so1", "B_so3") if fit.free(name))
        found.append(Caution(f"B_so1 + B_so3 = {in_mT(total)} lies beyond the largest field, {in_mT(reach)}: the data give a lower limit of it", names, "not determined"))
    elif total < 0.3 * B_phi:
        found.append(Caution(f"B_so1 + B_so3 = {in_mT(total)} is smaller than B_phi = {in_mT(B_phi)}: spin relaxes no faster than phase, only combinations of them "
                             "enter; one channel (hln) with a free alpha fits as well"))
    return found


def precession_within_a_free_path(data, fit):
    """Omega tau << 1: the spin-orbit field is far below the elastic one."""
    if "mean_free_path" in data.meta:
        elastic = hbar / (2 * e * data.si("mean_free_path") ** 2)
        total = fit.value("B_so1") + fit.value("B_so3")
        if total > 0.1 * elastic:
            return Caution(f"B_so = {in_mT(total)} is {total / elastic:.2g} of the elastic field: spins turn within a free path, outside this formula")
    return None


def _grid(points, alpha, L_phi, B_so1, B_so3):
    return 4 * (B_so1 + B_so3 + 5 * field_of_length(L_phi)) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="ilp",
    title="weak antilocalization with Rashba or Dresselhaus precession (Iordanskii-Lyanda-Geller-Pikus)",
    equation="delta sigma = -(alpha G0/2) {1/a_0 + (2 a_0 + 1 + b)/[a_1 (a_0 + b) - 2 h] + psi(1/2 + B_phi/B) - sum_i w_i psi(3/2 + (B_phi + B_so)/B - a_i) "
             "- its limit B -> 0},  a_i roots of the cubic denominator of the series over n",
    validity="2D diffusive film, Omega tau << 1, |B| << B_e, no Zeeman energy, one k-linear term only (Rashba or linear Dresselhaus). B_so is twice B_so^x of "
             "Hikami-Larkin-Nagaoka: convert before comparing.",
    convention="alpha counts channels in units of G0 = e^2/(2 pi^2 hbar); B_so1 and B_so3 as in Maekawa-Fukuyama and ILP: 1/tau_so = 2 "
               "Omega^2 tau, B_so = 2 B_so^x of Hikami-Larkin-Nagaoka.",
    physics=Interference("2D", classes=("orthogonal", "symplectic"), holds=("spin-orbit",)),
    function=ilp,
    gradient=ilp_gradient,
    value_and_gradient=ilp_value_and_gradient,
    sketch=ilp_sketch,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything (valleys)"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(200, 1500), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("B_so1", unit="mT", scan=coherence_field_scan, positive=True, typical=(10, 300), bounds=(0.0, math.inf), symbol=r"B_\mathrm{so1}",
              meaning="spin-orbit field of the k-linear term (Rashba or linear Dresselhaus)"),
        Param("B_so3", unit="mT", default=0.0, scan=coherence_field_scan, bounds=(0.0, math.inf), symbol=r"B_\mathrm{so3}",
              meaning="spin-orbit field of the third harmonic (cubic Dresselhaus)"),
    ),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field)),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi",
                meaning="dephasing time L_phi^2/D", via=TO_DIFFUSIVITY,
                inverse=("L_phi", length_of_time)),
        Derived("L_so1", "nm", lambda B_so1: length_of_field(B_so1), symbol=r"L_\mathrm{so1}",
                meaning="hbar^2/(2 m alpha_R) for Rashba; the precession length is 2 pi of it", inverse=("B_so1", field_of_length)),
        Derived("alpha_R", "meV nm", lambda B_so1, effective_mass: math.sqrt(e * hbar**3 * B_so1) / effective_mass, symbol=r"\alpha_\mathrm{R}",
                meaning="Rashba coefficient (or linear Dresselhaus) of B_so1"),
    ),
    cautions=(cusp_resolved, swing_of_interference, spin_orbit_of_precession, precession_within_a_free_path, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "2 K"},
    checks=(
        Check(x=0.721364, params={"alpha": 1.0, "L_phi": length_of_field(0.000112996), "B_so1": 0.0746045, "B_so3": 0.0121741}, y=-1.5384217178547708e-5,
              atol=1e-12 * G0, source="mpmath, 40 digits"),
        Check(x=0.1, params={"alpha": 1.0, "L_phi": length_of_field(0.01), "B_so1": 0.05, "B_so3": 0.0}, y=-0.0012 * G0, rtol=0.0, atol=1e-4 * G0,
              source="numerical diagonalisation of oscillator times spin 1"),
        Check(x=0.1, params={"alpha": 1.0, "L_phi": length_of_field(0.01), "B_so1": 0.0, "B_so3": 0.05}, y=-0.279 * G0, rtol=0.0, atol=1e-3 * G0,
              source="Hikami-Larkin-Nagaoka with B_1 = B_phi + B_so, B_0 = B_phi + 2 B_so"),
    ),
    references=(
        "S. V. Iordanskii, Yu. B. Lyanda-Geller, G. E. Pikus, JETP Lett. 60, 206 (1994)",
        "W. Knap et al., Phys. Rev. B 53, 3912 (1996)",
        "G. E. Pikus, F. G. Pikus, Phys. Rev. B 51, 16928 (1995)",
    ),
)
