"""Weak (anti)localization of a narrow strip, quasi-one-dimensional, with spin-orbit scattering (Altshuler and Aronov).

    delta sigma(B) = -(e^2/(pi hbar W)) { (3/2) [k_T^(-1/2)]_0^B - (1/2) [k_S^(-1/2)]_0^B }

    k_S = 1/L_phi^2 + k_B,   k_T = k_S + 4/(3 L_so^2),   k_B = e^2 B^2 W^2/(3 hbar^2),   [f]_0^B = f(B) - f(0)

delta sigma is the change of the SHEET conductance, as everywhere: the conductance of one wire of length L changes by W/L of it. Free paths are shorter than the
width W (no flux cancellation), the field is perpendicular to the strip. L_so = sqrt(hbar/(4 e B_so)) with the total isotropic rate of Hikami, Larkin, Nagaoka.
Without spin-orbit scattering weak localization (+), with much of it antilocalization of half the size.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.localization import diffusive_regime, in_mT, straight_paths
from ...constants import G0, e, hbar
from ...model import Caution, Check, Column, Derived, Interference, Known, Model, Param
from ...physics.coherence import TO_DIFFUSIVITY, length_of_time, time_of_length


def wire(field, alpha, L_phi, L_so, width):
    """Change of the sheet conductance [S] in a perpendicular field [T]; L_phi, L_so, width [m]; alpha multiplies."""
    return wire_value_and_gradient(field, alpha, L_phi, L_so, width)[0]


def wire_value_and_gradient(field, alpha, L_phi, L_so, width):
    """:func:`wire` with its derivatives d/d(alpha, L_phi, L_so)."""
    k_B = np.square(e * width / hbar * field) / 3
    unit = 2 * math.pi * G0 / width
    singlet, relaxing = 1 / np.square(L_phi), 4 / (3 * np.square(L_so))
    value_T, slope_T = _difference(singlet + relaxing, k_B)
    value_S, slope_S = _difference(singlet, k_B)
    value = unit * (0.5 * value_S - 1.5 * value_T)
    by_S, by_T = alpha * unit * 0.5 * slope_S, -alpha * unit * 1.5 * slope_T
    return alpha * value, (value, -2 * singlet / L_phi * (by_S + by_T), -2 * relaxing / L_so * by_T)


def wire_gradient(field, alpha, L_phi, L_so, width):
    """d/d(alpha, L_phi, L_so) of :func:`wire`."""
    return wire_value_and_gradient(field, alpha, L_phi, L_so, width)[1]


def _difference(k, k_B):
    """(k + k_B)^(-1/2) - k^(-1/2) and its derivative by k, without the difference of equal numbers."""
    a, c = np.sqrt(k), np.sqrt(k + k_B)
    return -k_B / (a * c * (a + c)), k_B * (a * a + a * c + c * c) / (2 * (a * c) ** 3 * (a + c))


def narrow_and_dirty(data, fit):
    """W < 0.2 L_phi, W below the magnetic length, free path below W."""
    width, L_phi, found = fit.known["width"], fit.value("L_phi"), []
    if width > 0.2 * L_phi:
        found.append(Caution(f"the width is {width / L_phi:.2f} L_phi: quasi-one-dimensional below 0.2, off by 9 % at 0.5; above, a two-dimensional law",
                             ("L_phi",), "not determined" if width > 0.7 * L_phi else ""))
    crossing = hbar / (e * width**2)
    if np.abs(fit.x[0]).max() > crossing:
        found.append(Caution(f"above {in_mT(crossing)} the magnetic length is below the width: the wire is two-dimensional there. "
                             f"fk.where(data, 'abs(field) < {in_mT(crossing)}')"))
    if "mean_free_path" in data.meta and data.si("mean_free_path") > width:
        found.append(Caution("the free path exceeds the width: flux cancellation makes the field act less, this dirty-wire formula gives a wrong L_phi",
                             ("L_phi",), "not determined"))
    return found


def spin_orbit_length_in_window(data, fit):
    """L_so is a number only where it is not far from L_phi or below it, and above the width."""
    if not fit.free("L_so"):
        return None
    L_so, L_phi = fit.value("L_so"), fit.value("L_phi")
    if L_so > 5 * L_phi:
        return Caution("L_so is far above L_phi: no spin-orbit scattering is seen, the data give a lower limit of L_so", ("L_so",), "not determined")
    reach = math.sqrt(3) * hbar / (e * fit.known["width"] * np.abs(fit.x[0]).max())  # 1/sqrt(k_B) at the largest field
    if L_so < 0.2 * min(L_phi, reach):
        return Caution("L_so is so short that the triplets do not see the field: the data give an upper limit of L_so", ("L_so",), "not determined")
    return None


def _scan(field, width):
    """Lengths from a tenth of what the largest field resolves to a hundred times what the smallest does."""
    magnitude = np.abs(field)
    largest = float(magnitude.max())
    smallest = max(float(np.min(magnitude[magnitude > 0], initial=largest)), 1e-4 * largest)
    scale = hbar / (e * width)
    return np.geomspace(0.1 * scale / largest, 100 * scale / smallest, 40)


def _grid(points, alpha, L_phi, L_so):
    width = 100e-9
    scale = math.sqrt(3) * hbar / (e * width)
    return min(10 * scale / min(L_phi, L_so), 0.9 * hbar / (e * width**2)) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="wire",
    title="weak (anti)localization of a narrow dirty wire with spin-orbit scattering (Altshuler-Aronov)",
    equation="delta sigma = -(alpha e^2/(pi hbar W)) {(3/2) [k_T^(-1/2)] - (1/2) [k_S^(-1/2)]}, [.] = at B minus at 0,  k_S = 1/L_phi^2 + e^2 B^2 W^2/(3 hbar^2),  "
             "k_T = k_S + 4/(3 L_so^2)",
    validity="free path << W < 0.2 L_phi, W below the magnetic length sqrt(hbar/(e B)); sheet conductance (the conductance of one wire times L/W).",
    convention="alpha = 1 with L_so infinite is weak localization of the sheet conductance; L_so = sqrt(hbar/(4 e B_so)) with the total "
               "isotropic field of Hikami-Larkin-Nagaoka.",
    physics=Interference("1D", classes=("orthogonal", "symplectic"), holds=("spin-orbit",)),
    function=wire,
    gradient=wire_gradient,
    value_and_gradient=wire_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything (parallel wires, if the sheet conductance was made with the width of one)"),
        Param("L_phi", unit="nm", scan=_scan, positive=True, typical=(600, 3000), bounds=(0.0, math.inf), symbol=r"L_\varphi", meaning="phase coherence length"),
        Param("L_so", unit="nm", scan=_scan, positive=True, typical=(200, 500), bounds=(0.0, math.inf), symbol=r"L_\mathrm{so}", meaning="spin-orbit length"),
    ),
    known=(Known("width", unit="nm", positive=True, symbol="W", meaning="width of one wire"),),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("tau_phi", "ps", lambda L_phi, diffusivity: time_of_length(L_phi, diffusivity), symbol=r"\tau_\varphi", meaning="dephasing time L_phi^2/D", via=TO_DIFFUSIVITY,
                inverse=("L_phi", length_of_time)),
        Derived("tau_so", "ps", lambda L_so, diffusivity: time_of_length(L_so, diffusivity), symbol=r"\tau_\mathrm{so}", meaning="spin-orbit time L_so^2/D", via=TO_DIFFUSIVITY,
                inverse=("L_so", length_of_time)),
    ),
    cautions=(narrow_and_dirty, spin_orbit_length_in_window, diffusive_regime),
    data_cautions=(straight_paths,),
    grid=_grid,
    example={"temperature": "2 K", "width": "100 nm"},
    checks=(
        Check(x=2.41376, params={"alpha": 1.0, "L_phi": 1.22233e-05, "L_so": 1.55611e-08}, known={"width": 2.25084e-08},
              y=-0.00015417433280794171 * 3.06455e-06 / 2.25084e-08, source="mpmath, 40 digits; conductance of a wire 3.06455 um long times length/width"),
        Check(x=-1e-6, params={"alpha": 1.0, "L_phi": 1e-6, "L_so": 1e9}, known={"width": 1e-7}, y=2 * math.pi * G0 / 1e-7 * (1e-7 * e / hbar) ** 2 * 1e-12 / 6 * 1e-18,
              rtol=1e-6, source="B -> 0 without spin-orbit: (e^2/(pi hbar W)) (e W B/hbar)^2 L_phi^3/6"),
    ),
    references=(
        "B. L. Altshuler, A. G. Aronov, JETP Lett. 33, 499 (1981)",
        "C. W. J. Beenakker, H. van Houten, Phys. Rev. B 38, 3232 (1988)",
    ),
)
