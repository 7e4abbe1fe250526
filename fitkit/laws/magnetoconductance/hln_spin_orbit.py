"""Weak (anti)localization with spin-orbit and spin-flip scattering, the full formula of Hikami, Larkin and Nagaoka.

    delta sigma = alpha G0 [F(B/B_1) + F(B/B_0)/2 - F(B/B_S)/2 - F(B/B_e)]      F(B/B_i) = psi(1/2 + B_i/|B|) - ln(B_i/|B|)

    B_1 = B_phi + (1 + zeta) B_so + (1 - zeta_s) B_s        triplet, m = +-1
    B_0 = B_phi + 2 (1 - zeta) B_so + 2 zeta_s B_s          triplet, m = 0
    B_S = B_phi + 2 B_s                                     singlet

B_so = 2 B_so^x + B_so^z is the total spin-orbit field hbar/(4 e D tau_so), zeta = B_so^z/B_so its share along the normal:
1/3 is isotropic (then B_1 = B_0 = B_phi + 4/3 B_so), 1 spin-orbit scattering by impurities of a strictly two-dimensional
film, 0 precession about axes in the plane (D'yakonov-Perel, Rashba). B_s and zeta_s are the same for magnetic impurities. Without
spin-orbit and spin-flip it is weak localization, +F(B/B_phi); B_so far above all fields makes -F(B/B_phi)/2 of it.

Other papers write B_1 = B_phi + B_so, B_0 = B_phi + 2 B_so: their B_so is 2 B_so^x = (1 - zeta) B_so with zeta = 0. The
elastic term F(B/B_e), B_e = hbar/(2 e l_e^2), lies beyond the accuracy of the theory and is left out at l_e = 0.
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
    field_of_time,
    length_of_field,
    length_of_time,
    time_of_length,
)
from ...physics.special import F, F_and_slope


def _fields(L_phi, B_so, zeta, B_s, zeta_s):
    """B_1, B_0, B_S [T]."""
    B_phi = field_of_length(L_phi)
    return B_phi + (1 + zeta) * B_so + (1 - zeta_s) * B_s, B_phi + 2 * (1 - zeta) * B_so + 2 * zeta_s * B_s, B_phi + 2 * B_s


def _isotropic(zeta, zeta_s) -> bool:
    """Then B_0 = B_1: one function less."""
    same = (zeta == 1 / 3) & (zeta_s == 1 / 3)
    return same if isinstance(same, bool) else bool(same.all())


def hln_spin_orbit(field, alpha, L_phi, B_so, zeta, B_s, zeta_s, l_e):
    """Change of the sheet conductance [S] in a perpendicular field [T]; L_phi, l_e [m], B_so, B_s [T], the rest dimensionless."""
    B = np.abs(field)
    B_1, B_0, B_S = _fields(L_phi, B_so, zeta, B_s, zeta_s)
    elastic = F(2 * e / hbar * B * l_e**2) if np.any(l_e) else 0.0
    triplet = F(B / B_1)
    return alpha * (G0 * (triplet + ((triplet if _isotropic(zeta, zeta_s) else F(B / B_0)) - F(B / B_S)) / 2 - elastic))


def hln_spin_orbit_value_and_gradient(field, alpha, L_phi, B_so, zeta, B_s, zeta_s, l_e):
    """:func:`hln_spin_orbit` with its derivatives d/d(alpha, L_phi, B_so, zeta, B_s, zeta_s, l_e)."""
    B = np.abs(field)
    B_1, B_0, B_S = _fields(L_phi, B_so, zeta, B_s, zeta_s)
    fields = (B_S, B_1) if _isotropic(zeta, zeta_s) else (B_S, B_1, B_0)
    values, slopes = F_and_slope(np.stack(np.broadcast_arrays(*(B / field for field in fields))))   # all terms in one go
    (value_S, value_1), (slope_S, slope_1), value_0, slope_0 = values[:2], slopes[:2], values[-1], slopes[-1]
    value_e, slope_e = F_and_slope(2 * e / hbar * B * l_e**2) if np.any(l_e) else (0.0, 0.0)
    shape = G0 * (value_1 + (value_0 - value_S) / 2 - value_e)
    # d/dB_i of each term: F falls with its field
    size = alpha * G0
    by_1, by_0, by_S = (-size / B_1) * slope_1, (-size / (2 * B_0)) * slope_0, (size / (2 * B_S)) * slope_S
    return alpha * shape, (
        shape,
        (-2 * field_of_length(L_phi) / L_phi) * (by_1 + by_0 + by_S),
        (1 + zeta) * by_1 + (2 * (1 - zeta)) * by_0,
        B_so * (by_1 - 2 * by_0),
        (1 - zeta_s) * by_1 + (2 * zeta_s) * by_0 + 2 * by_S,
        B_s * (2 * by_0 - by_1),
        (-2 * size / np.where(l_e == 0, 1.0, l_e)) * slope_e if np.any(l_e) else np.zeros_like(B),
    )


def hln_spin_orbit_gradient(field, alpha, L_phi, B_so, zeta, B_s, zeta_s, l_e):
    """d/d(alpha, L_phi, B_so, zeta, B_s, zeta_s, l_e) of :func:`hln_spin_orbit`."""
    return hln_spin_orbit_value_and_gradient(field, alpha, L_phi, B_so, zeta, B_s, zeta_s, l_e)[1]


def _rate_scan(field):
    """A rate that may vanish: nothing, or fields that the curve could show."""
    return np.concatenate([[0.0], coherence_field_scan(field)[::2]])


def _share_scan(field):
    return np.linspace(0.0, 1.0, 6)


def _elastic_scan(field):
    return np.concatenate([[0.0], coherence_length_scan(field)[::2]])


def field_range(data, fit):
    """The fields reached must bracket B_phi and B_so."""
    reach = np.abs(fit.x[0]).max()
    B_phi, B_so = field_of_length(fit.value("L_phi")), fit.value("B_so")
    error = fit.error("B_so")
    found = []
    if fit.free("B_so") and B_so > reach and (fit.verdict("B_so") == "limit" or error > 0.2 * B_so):
        found.append(Caution(f"B_so lies beyond the field reached ({in_mT(reach)}): the curve holds a lower limit of it only. Sweep further"))
    elif fit.free("B_so") and B_phi > B_so:
        found.append(Caution(f"B_so is below B_phi = {in_mT(B_phi)}: spin-orbit scattering is slower than dephasing, and the curve is that of the short formula "
                             "with a prefactor below 1. Cool until B_phi is a few times smaller", ("B_so",),
                             "not determined" if fit.verdict("B_so") == "ok" and error > 0.3 * B_so else ""))
    if reach < 2 * B_phi:
        bad = fit.verdict("L_phi") != "limit" and fit.error("L_phi") is not None and fit.error("L_phi") > 0.2 * fit.value("L_phi")
        found.append(Caution(f"the field reaches {in_mT(reach)} and B_phi is about {in_mT(B_phi)}: a parabola, in which B_phi, B_so and alpha are one number. "
                             f"Sweep to {in_mT(8 * B_phi)}", ("L_phi",), "not determined" if bad else ""))
    return found


def spin_flip_or_dephasing(data, fit):
    """Isotropic fields are two numbers, B_1 = B_0 and B_S; and under strong spin-orbit scattering only B_S is seen."""
    if not fit.free("B_s"):
        return None
    free = tuple(name for name in ("L_phi", "B_so", "B_s") if fit.free(name))
    if len(free) == 3 and not fit.free("zeta") and not fit.free("zeta_s") and abs(fit.value("zeta") - 1 / 3) + abs(fit.value("zeta_s") - 1 / 3) < 1e-3:
        B_1, _, B_S = _fields(*(fit.value(name) for name in ("L_phi", "B_so", "zeta", "B_s", "zeta_s")))
        return Caution(f"isotropic B_phi, B_so and B_s enter as two numbers, B_1 = B_0 = {in_mT(B_1)} and B_S = B_phi + 2 B_s = {in_mT(B_S)}: no sweep tells them "
                       "apart. Fix B_s, or take B_phi from another temperature", free, "not determined")
    B_phi, B_s = field_of_length(fit.value("L_phi")), fit.value("B_s")
    settled = all(fit.verdict(name) in ("ok", "fixed", "conditional") for name in ("L_phi", "B_s"))
    if not settled and B_s > 0 or (fit.error("B_s") or 0.0) > 0.3 * (B_phi + 2 * B_s):
        return Caution(f"B_s and B_phi are not told apart; the data fix B_phi + 2 B_s = {in_mT(B_phi + 2 * B_s)}, the dephasing of the singlet. Fix B_s, or "
                       "take B_phi from another temperature", ("L_phi", "B_s"), "not determined")
    return None


def elastic_term_cancels(data, fit):
    """Where F(B/B_e) takes back nearly all of the rest, the difference of two large terms is measured, not the two lengths."""
    if not fit.free("l_e"):
        return None
    reach, l_e = np.abs(fit.x[0]).max(), fit.value("l_e")
    unseen = fit.verdict("l_e") == "limit" or fit.error("l_e") > 0.2 * l_e
    if 3 * reach * l_e**2 < hbar / (2 * e) and unseen:
        return Caution(f"B_e of the elastic term lies beyond the largest field, {in_mT(reach)}: these data do not hold l_e. Leave the term out", ("l_e",),
                       "" if fit.verdict("l_e") == "limit" else "not determined")
    if not l_e > 0:
        return None
    names = ("alpha", "L_phi", "B_so", "zeta", "B_s", "zeta_s")
    values = {name: fit.value(name) for name in names}
    coherent, both = (float(np.ptp(hln_spin_orbit(fit.x[0], **values, l_e=l_e))) / G0 for l_e in (0.0, l_e))
    B_phi, B_e = field_of_length(fit.value("L_phi")), hbar / (2 * e * l_e**2)
    if both < 0.2 * coherent:
        return Caution(f"the elastic term takes back all but {both / coherent:.2g} of the coherent ones (a swing of {both:.2g} G0 is left of {coherent:.2g} G0): the data hold "
                       f"the small difference of B_e = {in_mT(B_e)} and B_phi = {in_mT(B_phi)}, that is L_phi/l_e, and not the two lengths. Leave the elastic term out, or take l_e "
                       "from the resistivity", ("L_phi", "l_e"), "not determined")
    if fit.free("L_phi") and fit.value("L_phi") < fit.value("l_e"):
        return Caution("L_phi comes out below l_e: phase is then lost before the first collision, and there is no diffusion. Leave the elastic term out", ("L_phi", "l_e"),
                       "not determined")
    return None


def _grid(points, L_phi, B_so, **params):
    reach = 20 * (field_of_length(L_phi) + B_so)
    return reach * np.linspace(-1, 1, points) ** 5


MODEL = Model(
    name="hln_spin_orbit",
    title="weak (anti)localization with spin-orbit and spin-flip (full Hikami-Larkin-Nagaoka)",
    equation="delta sigma = alpha G0 [F(B/B_1) + F(B/B_0)/2 - F(B/B_S)/2 - F(B/B_e)],  B_1 = B_phi + (1+zeta) B_so + (1-zeta_s) B_s,  "
             "B_0 = B_phi + 2(1-zeta) B_so + 2 zeta_s B_s,  B_S = B_phi + 2 B_s",
    validity="2D diffusive film, k_F l >> 1, |B| << B_e, thickness << L_phi, |delta sigma| << sigma; no Zeeman. B_so is the total field of HLN; the B_so of "
             "Maekawa-Fukuyama and ILP is (1 - zeta) B_so.",
    convention="alpha counts channels in units of G0 = e^2/(2 pi^2 hbar); B_so is the total field 2 B_so^x + B_so^z of Hikami-Larkin-Nagaoka, "
               "that of Maekawa-Fukuyama and ILP is (1 - zeta) times it; B_i = hbar/(4 e L_i^2), but B_e = hbar/(2 e l_e^2).",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic"), holds=("spin-orbit", "magnetic impurities")),
    function=hln_spin_orbit,
    gradient=hln_spin_orbit_gradient,
    value_and_gradient=hln_spin_orbit_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, typical=(0.5, 4), symbol=r"\alpha", meaning="number of channels (valleys, spin-degenerate bands)"),
        Param("L_phi", unit="nm", scan=coherence_length_scan, positive=True, typical=(200, 2000), bounds=(0.0, math.inf), symbol=r"L_\varphi",
              meaning="phase coherence length"),
        Param("B_so", unit="mT", scan=coherence_field_scan, positive=True, typical=(5, 300), bounds=(0.0, math.inf), symbol=r"B_\mathrm{so}",
              meaning="total spin-orbit field hbar/(4 e D tau_so), 2 B_so^x + B_so^z"),
        Param("zeta", default=1 / 3, scan=_share_scan, share_of="B_so", typical=(0.02, 0.9), bounds=(0.0, 1.0), symbol=r"\zeta", meaning="share B_so^z/B_so along the normal: 1/3 isotropic, 1 strictly 2D, 0 Rashba"),
        Param("B_s", unit="mT", default=0.0, scan=_rate_scan, typical=(0.1, 3), bounds=(0.0, math.inf), symbol=r"B_\mathrm{s}", meaning="total spin-flip field hbar/(4 e D tau_s)"),
        Param("zeta_s", default=1 / 3, scan=_share_scan, share_of="B_s", typical=(0.02, 0.9), bounds=(0.0, 1.0), symbol=r"\zeta_\mathrm{s}", meaning="share of spin-flip scattering along the normal"),
        Param("l_e", unit="nm", default=0.0, scan=_elastic_scan, typical=(5, 50), bounds=(0.0, math.inf), symbol=r"\ell_\mathrm{e}",
              meaning="elastic mean free path of the term F(B/B_e), B_e = hbar/(2 e l_e^2); 0 leaves it out"),
    ),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("B_phi", "mT", lambda L_phi: field_of_length(L_phi), symbol=r"B_\varphi", meaning="dephasing field hbar/(4 e L_phi^2)",
                inverse=("L_phi", length_of_field), positive=True),
        Derived("L_so", "nm", lambda B_so: length_of_field(B_so), symbol=r"L_\mathrm{so}", meaning="spin-orbit length sqrt(hbar/(4 e B_so))",
                inverse=("B_so", field_of_length), positive=True),
        Derived("B_so_x", "mT", lambda B_so, zeta: B_so * (1 - zeta) / 2, symbol=r"B_\mathrm{so}^x", meaning="spin-orbit field along x, and along y"),
        Derived("B_so_z", "mT", lambda B_so, zeta: B_so * zeta, symbol=r"B_\mathrm{so}^z", meaning="spin-orbit field along the normal"),
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D",
                via=TO_DIFFUSIVITY,
                inverse=("L_phi", length_of_time), positive=True),
        Derived("tau_so", "ps", lambda B_so, diffusivity: time_of_length(length_of_field(B_so), diffusivity), symbol=r"\tau_\mathrm{so}",
                meaning="spin-orbit time L_so^2/D", via=TO_DIFFUSIVITY,
                inverse=("B_so", field_of_time), positive=True),
    ),
    cautions=(swing_of_interference, elastic_term_cancels, field_range, cusp_resolved, spin_flip_or_dephasing, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "4.2 K"},
    checks=(
        Check(x=-50.0, params={"alpha": 1.0, "L_phi": 1e-6, "B_so": 1e-12, "zeta": 1 / 3, "B_s": 0.0, "zeta_s": 1 / 3, "l_e": 0.0},
              y=G0 * (math.log(50 * 4 * e / hbar * 1e-12) - 1.9635100260), rtol=1e-4, source="no spin-orbit: weak localization, +G0 [ln(B/B_phi) - 1.96351]"),
        Check(x=1.0, params={"alpha": 1.0, "L_phi": 1e-6, "B_so": 1e12, "zeta": 1 / 3, "B_s": 0.0, "zeta_s": 1 / 3, "l_e": 0.0},
              y=-0.5 * G0 * (math.log(4 * e / hbar * 1e-12) - 1.9635100260), rtol=1e-3, source="strong spin-orbit: antilocalization, -G0/2 [ln(B/B_phi) - 1.96351]"),
        Check(x=1e-6, params={"alpha": 1.0, "L_phi": length_of_field(0.01), "B_so": 0.03, "zeta": 0.2, "B_s": 0.005, "zeta_s": 0.6, "l_e": 0.0},
              y=G0 * 1e-12 / 24 * (1 / 0.048**2 + 1 / (2 * 0.064**2) - 1 / (2 * 0.02**2)), rtol=1e-6,
              source="low field: (G0 B^2/24) [1/B_1^2 + 1/(2 B_0^2) - 1/(2 B_S^2)]"),
    ),
    references=(
        "S. Hikami, A. I. Larkin, Y. Nagaoka, Prog. Theor. Phys. 63, 707 (1980)",
        "G. Bergmann, Phys. Rep. 107, 1 (1984)",
    ),
)
