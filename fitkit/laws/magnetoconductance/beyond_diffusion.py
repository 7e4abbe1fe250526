"""Weak localization beyond the diffusive regime: any field against the elastic one, ballistic loops included; no spin-orbit coupling.

    delta sigma(B) = alpha G0 s(B/B_tr, tau/tau_phi),   B_tr = hbar/(2 e l_e^2),   tau/tau_phi = l_e^2/(2 L_phi^2) = B_phi/B_tr

s is the sum over Landau levels of a particle and its time-reversed partner scattered by short-range isotropic impurities, with back- and nonbackscattering
(fitkit/physics/beyond.py). For B << B_tr and tau << tau_phi it is F(B/B_phi), the law `hln`; already at B = B_tr/10 that is 15 % too large (tau/tau_phi = 0.01). In
strong fields sigma(B) tends to zero as -4.97 G0 sqrt(B_tr/B), so that delta sigma saturates at -sigma(0) = G0 ln(tau_phi/2 tau).

The coefficient of the nonbackscattering part was recalled and agrees with its limits and with random walks; some papers print a further factor 1/(1 + tau/tau_phi)^2,
which is not settled and not taken here: it matters where tau/tau_phi is not small. The table of s is good to 2e-11 G0.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import cusp_resolved, in_mT, straight_paths, swing_of_interference
from ...constants import G0, e, hbar
from ...model import Caution, Check, Column, Derived, Interference, Model, Param
from ...physics.beyond import beyond_diffusion as s
from ...physics.coherence import TO_DIFFUSIVITY, coherence_length_scan, elastic_field, field_of_length, length_of_field, length_of_time, time_of_length

_TINY = 1e-40  # stands in for zero field, where the result is 0


def beyond_diffusion(field, alpha, L_phi, l_e):
    """Change of the sheet conductance [S] in a perpendicular field [T]; L_phi and the mean free path l_e [m], alpha multiplies."""
    return beyond_diffusion_value_and_gradient(field, alpha, L_phi, l_e)[0]


def beyond_diffusion_value_and_gradient(field, alpha, L_phi, l_e):
    """:func:`beyond_diffusion` with its derivatives d/d(alpha, L_phi, l_e)."""
    zero, magnitude = np.equal(field, 0.0), np.maximum(np.abs(field), _TINY)
    value, by_b, by_g = (np.where(zero, 0.0, G0 * one)[()] for one in s(magnitude / elastic_field(l_e), l_e**2 / (2 * L_phi**2)))
    return alpha * value, (value, -2 * alpha * by_g / L_phi, 2 * alpha * (by_b + by_g) / l_e)


def beyond_diffusion_gradient(field, alpha, L_phi, l_e):
    """d/d(alpha, L_phi, l_e) of :func:`beyond_diffusion`."""
    return beyond_diffusion_value_and_gradient(field, alpha, L_phi, l_e)[1]


def _path_scan(field):
    """Free paths whose elastic field lies between a hundredth of the largest field and a hundred times it."""
    return np.sqrt(hbar / (2 * e * np.geomspace(1e-2, 1e2, 24) * float(np.abs(field).max())))


def elastic_field_in_window(data, fit):
    """The free path is seen between a hundredth of B_tr and its tenfold."""
    reach, B_tr, found = float(np.abs(fit.x[0]).max()), float(elastic_field(fit.value("l_e"))), []
    ratio = fit.value("l_e") ** 2 / (2 * fit.value("L_phi") ** 2)
    if fit.free("l_e") and reach < 0.03 * B_tr:
        vague = (fit.error("l_e") or 0.0) > 0.3 * fit.value("l_e")
        found.append(Caution(f"the field reaches {in_mT(reach)}, {reach / B_tr:.2g} of the elastic field: this is the diffusive regime, fit hln; l_e is an upper limit",
                             ("l_e",), "not determined" if vague else ""))
    if reach > 100 * B_tr:
        found.append(Caution(f"the field reaches {reach / B_tr:.3g} B_tr: beyond 100 the curve is continued by its asymptotic law"))
    if ratio > 0.3:
        found.append(Caution(f"tau/tau_phi = {ratio:.2g}: phase is lost within a few collisions; published forms of the theory differ there"))
    elif 0 < ratio < 1e-6:
        found.append(Caution(f"tau/tau_phi = {ratio:.2g} lies below the table (1e-6): the remainder beyond the diffusive formula is taken at its edge"))
    if "mean_free_path" in data.meta and fit.free("l_e") and abs(math.log(fit.value("l_e") / data.si("mean_free_path"))) > math.log(2):
        found.append(Caution(f"l_e = {fit.value('l_e') * 1e9:.3g} nm, transport says {data.si('mean_free_path') * 1e9:.3g} nm: small-angle scattering, spin-orbit coupling or a "
                             "background; the theory is one of isotropic scatterers"))
    return found


def _grid(points, alpha, L_phi, l_e):
    reach = max(float(elastic_field(l_e)), 20 * float(field_of_length(L_phi)))
    return reach * np.linspace(-1, 1, points) ** 5


MODEL = Model(
    name="beyond_diffusion",
    title="weak localization in any field, beyond the diffusive regime (back- and nonbackscattering)",
    equation="delta sigma = alpha G0 s(B/B_tr, tau/tau_phi),  B_tr = hbar/(2 e l_e^2),  tau/tau_phi = l_e^2/(2 L_phi^2);  -> G0 F(B/B_phi) for B << B_tr",
    validity="2D, short-range isotropic scatterers, omega_c tau << 1, k_F l >> 1, no spin-orbit coupling, no Zeeman energy; any B/B_tr up to 100.",
    convention="alpha multiplies G0 = e^2/(2 pi^2 hbar); B_tr = hbar/(2 e l_e^2) is hbar/(4 e D tau), half of hbar/(e l_e^2); no factor 1/(1 + tau/tau_phi)^2.",
    physics=Interference("2D", classes=("orthogonal",)),
    function=beyond_diffusion,
    gradient=beyond_diffusion_gradient,
    value_and_gradient=beyond_diffusion_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything (valleys)"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(300, 2000), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("l_e", unit="nm", scan=_path_scan, positive=True, typical=(20, 150), bounds=(0.0, math.inf), symbol=r"\ell_\mathrm{e}", meaning="elastic mean free path"),
    ),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)", inverse=("L_phi", length_of_field), positive=True),
        Derived("B_tr", "mT", lambda l_e: elastic_field(l_e), symbol=r"B_\mathrm{tr}", meaning="elastic field hbar/(2 e l_e^2)",
                inverse=("l_e", lambda field: math.sqrt(hbar / (2 * e * field))), positive=True),
        Derived("tau_ratio", "", lambda L_phi, l_e: l_e**2 / (2 * L_phi**2), symbol=r"\tau/\tau_\varphi", meaning="elastic over dephasing time", positive=True),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D", via=TO_DIFFUSIVITY,
                inverse=("L_phi", length_of_time), positive=True),
    ),
    cautions=(cusp_resolved, swing_of_interference, elastic_field_in_window),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "2 K"},
    checks=(
        Check(x=-2.9409e-05, params={"alpha": 1.0, "L_phi": 8.83646e-07 / math.sqrt(2 * 0.00252938), "l_e": 8.83646e-07}, y=1.7654132027939137e-5, rtol=0.0, atol=2e-11 * G0,
              source="sum over Landau levels in arbitrary precision, good to 6e-12 G0"),
        Check(x=10 * float(elastic_field(1e-7)), params={"alpha": 1.0, "L_phi": 1e-7 / math.sqrt(0.1), "l_e": 1e-7}, y=(1.770 - 0.1755) * G0, rtol=0.0, atol=0.006 * G0,
              source="random walks of Poisson flights, tau/tau_phi = 0.05, B = 10 B_tr: 1.770(4) from back-, -0.1755(33) from nonbackscattering"),
        Check(x=1e-6, params={"alpha": 1.0, "L_phi": 1e-6, "l_e": 1e-9}, y=G0 / 24 * (4 * e / hbar * 1e-18) ** 2, rtol=1e-4, source="B << B_phi << B_tr: G0 (B/B_phi)^2/24"),
    ),
    references=(
        "A. Kawabata, J. Phys. Soc. Jpn. 53, 3540 (1984)",
        "H.-P. Wittmann, A. Schmid, J. Low Temp. Phys. 69, 131 (1987)",
        "A. Zduniak, M. I. Dyakonov, W. Knap, Phys. Rev. B 56, 1996 (1997)",
        "A. P. Dmitriev, V. Yu. Kachorovskii, I. V. Gornyi, Phys. Rev. B 56, 9910 (1997)",
    ),
)
