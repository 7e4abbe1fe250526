"""Weak (anti)localization of a thin film in a field in its plane: the flux through the thickness, Altshuler and Aronov.

    delta sigma(B) = alpha G0 ln(1 + B^2/B_par^2),   B_par = sqrt(3) hbar/(e d L_phi)   (dirty film: free path << thickness d << L_phi, magnetic length)

B_par is what is fitted. Only in a dirty film does it give L_phi; in a clean one (free path above d), and with rough surfaces, the flux cancels or adds in other
ways, B_par is then an empirical number. alpha as in `hln`: +1 weak localization, -1/2 antilocalization.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.localization import in_mT, swing_of_interference
from ...constants import G0, e, hbar
from ...model import Caution, Check, Column, Derived, Interference, Model, Param
from ...physics.coherence import coherence_field_scan


def in_plane(field, alpha, B_par):
    """Change of the sheet conductance [S] in a field in the plane [T]; alpha dimensionless, B_par [T]."""
    return alpha * G0 * np.log1p(np.square(field / B_par))


def in_plane_gradient(field, alpha, B_par):
    """d/d(alpha, B_par) of :func:`in_plane`."""
    square = np.square(field / B_par)
    return G0 * np.log1p(square), -2 * alpha * G0 / B_par * (square / (1 + square))


def field_range(data, fit):
    """Below about 2 B_par only alpha/B_par^2 is measured."""
    reach, B_par = np.abs(fit.x[0]).max(), fit.value("B_par")
    if fit.free("alpha") and reach < 2 * B_par:
        vague = reach < B_par or (fit.error("alpha") or math.inf) > 0.2 * abs(fit.value("alpha"))
        return Caution(f"the field reaches {in_mT(reach)} and B_par is about {in_mT(B_par)}: a parabola holds one number, alpha/B_par^2. Sweep to {in_mT(8 * B_par)} or fix alpha",
                       ("alpha", "B_par"), "not determined" if vague else "")
    return None


def dirty_film(data, fit):
    """L_phi of a known thickness: d < 0.1 L_phi, d below the magnetic length, free path below d."""
    if "thickness" not in data.meta:
        return None
    thickness, found = data.si("thickness"), []
    L_phi = math.sqrt(3) * hbar / (e * thickness * fit.value("B_par"))
    if thickness > 0.1 * L_phi:
        found.append(Caution(f"the thickness is {thickness / L_phi:.2f} of L_phi: off by 2 % at 0.1, by 26 % at 0.25; L_phi is not that of a thin film"))
    crossing = hbar / (e * thickness**2)
    if np.abs(fit.x[0]).max() > 0.3 * crossing:
        found.append(Caution(f"above {in_mT(0.3 * crossing)} the magnetic length is no longer far above the thickness"))
    if "mean_free_path" in data.meta and data.si("mean_free_path") > thickness:
        found.append(Caution("the free path exceeds the thickness: a clean film, where B_par does not give L_phi"))
    return found


def _grid(points, alpha, B_par):
    return 10 * B_par * np.linspace(-1, 1, points)


MODEL = Model(
    name="in_plane",
    title="weak (anti)localization of a thin film in a field in its plane, orbital (Altshuler-Aronov)",
    equation="delta sigma = alpha G0 ln(1 + B^2/B_par^2),  B_par = sqrt(3) hbar/(e d L_phi)",
    validity="field in the plane; free path << thickness d << L_phi and the magnetic length; no Zeeman energy. In a clean film B_par is empirical.",
    convention="alpha = +1 is weak localization, -1/2 antilocalization, in units of G0 = e^2/(2 pi^2 hbar).",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic")),
    function=in_plane,
    gradient=in_plane_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, typical=(0.3, 1.5), symbol=r"\alpha", meaning="+1 weak localization, -1/2 per antilocalizing channel"),
        Param("B_par", unit="mT", scan=coherence_field_scan, positive=True, typical=(20, 2000), bounds=(0.0, math.inf), symbol=r"B_\parallel",
              meaning="field in the plane that dephases as much as everything else"),
    ),
    background=("offset", "quadratic", "absolute"),
    background_default=offset_and_hall_parabola,
    derived=(Derived("L_phi", "nm", lambda B_par, thickness: math.sqrt(3) * hbar / (e * thickness * B_par), symbol=r"L_\varphi",
                     meaning="phase coherence length of a dirty film", remark=lambda values: "free path below the thickness assumed"),),
    cautions=(swing_of_interference, field_range, dirty_film),
    grid=_grid,
    example={"temperature": "2 K"},
    checks=(
        Check(x=-0.168914, params={"alpha": 0.0159872, "B_par": math.sqrt(3) * hbar / (e * 2.63481e-09 * 5.64666e-07)}, y=9.3541380251223844e-9, rtol=1e-11,
              source="mpmath, 40 digits"),
        Check(x=1e-4, params={"alpha": -0.5, "B_par": 1.0}, y=-0.5e-8 * G0, rtol=1e-7, source="B << B_par: alpha G0 (B/B_par)^2"),
    ),
    references=("B. L. Altshuler, A. G. Aronov, JETP Lett. 33, 499 (1981)",),
)
