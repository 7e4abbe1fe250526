"""Weak localization of a narrow strip with Nyquist dephasing, quasi-one-dimensional (Altshuler, Aronov, Khmelnitsky), without spin-orbit scattering.

    delta sigma(B) = (e^2/(pi hbar W)) L_N [Ai(z)/Ai'(z)]_0^B,   z = L_N^2 (1/L_phi^2 + k_B),   k_B = e^2 B^2 W^2/(3 hbar^2),   [f]_0^B = f(B) - f(0)

Electrons dephase by the electric noise of the others: not exponentially in time, so not with a single L_phi. L_N = (hbar^2 D sigma_1/(e^2 k_B T))^(1/3) with
sigma_1 = length/resistance of the wire (this prefactor is derived, not taken from the paper), so that L_N goes as T^(-1/3). L_phi stands for all other dephasing
and enters as the field B_phi = hbar/(4 e L_phi^2), 0 until it is freed.

delta sigma is the change of the SHEET conductance, as everywhere: the conductance of one wire of length L changes by W/L of it.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.localization import diffusive_regime, in_mT, straight_paths
from ...constants import G0, e, hbar
from ...model import Caution, Check, Column, Derived, Interference, Known, Model, Param
from ...physics.coherence import TO_DIFFUSIVITY, coherence_field_scan, field_of_length, length_of_time, time_of_length
from ...physics.special import airy_ratio_change


def wire_nyquist(field, alpha, L_N, B_phi, width):
    """Change of the sheet conductance [S] in a perpendicular field [T]; L_N [m], B_phi [T], width [m]; alpha multiplies."""
    return wire_nyquist_value_and_gradient(field, alpha, L_N, B_phi, width)[0]


def wire_nyquist_value_and_gradient(field, alpha, L_N, B_phi, width):
    """:func:`wire_nyquist` with its derivatives d/d(alpha, L_N, B_phi)."""
    k_B, rate = np.square(e * width / hbar * field) / 3, 4 * e / hbar * B_phi
    unit = 2 * math.pi * G0 / width
    square = np.square(L_N)
    change, slope_change, slope = airy_ratio_change(square * rate, square * k_B)
    value = unit * L_N * change
    by_L = unit * (change + 2 * square * (rate * slope_change + k_B * slope))
    return alpha * value, (value, alpha * by_L, alpha * unit * L_N * square * slope_change * 4 * e / hbar)


def wire_nyquist_gradient(field, alpha, L_N, B_phi, width):
    """d/d(alpha, L_N, B_phi) of :func:`wire_nyquist`."""
    return wire_nyquist_value_and_gradient(field, alpha, L_N, B_phi, width)[1]


def narrow_and_dirty(data, fit):
    """W < 0.2 L_N, W below the magnetic length, free path below W."""
    width, L_N, found = fit.known["width"], fit.value("L_N"), []
    if width > 0.2 * L_N:
        found.append(Caution(f"the width is {width / L_N:.2f} L_N: quasi-one-dimensional below 0.2; above, a two-dimensional law", ("L_N",),
                             "not determined" if width > 0.7 * L_N else ""))
    crossing = hbar / (e * width**2)
    if np.abs(fit.x[0]).max() > crossing:
        found.append(Caution(f"above {in_mT(crossing)} the magnetic length is below the width: the wire is two-dimensional there. "
                             f"fk.where(data, 'abs(field) < {in_mT(crossing)}')"))
    if "mean_free_path" in data.meta and data.si("mean_free_path") > width:
        found.append(Caution("the free path exceeds the width: flux cancellation makes the field act less, this dirty-wire formula gives a wrong L_N",
                             ("L_N",), "not determined"))
    return found


def two_dephasings(data, fit):
    """Both together rest on a difference of shape of 4 %."""
    if fit.free("B_phi") and fit.free("L_N"):
        return Caution("Nyquist and other dephasing differ by a few percent in the shape of the curve: calculate L_N from the temperature and the resistance and fix it")
    return None


def _scan(field, width):
    """Lengths from a tenth of what the largest field resolves to a hundred times what the smallest does."""
    magnitude = np.abs(field)
    largest = float(magnitude.max())
    smallest = max(float(np.min(magnitude[magnitude > 0], initial=largest)), 1e-4 * largest)
    scale = hbar / (e * width)
    return np.geomspace(0.1 * scale / largest, 100 * scale / smallest, 40)


def _grid(points, alpha, L_N, B_phi):
    width = 100e-9
    return min(10 * math.sqrt(3) * hbar / (e * width) / L_N, 0.9 * hbar / (e * width**2)) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="wire_nyquist",
    title="weak localization of a narrow dirty wire with Nyquist dephasing (Altshuler-Aronov-Khmelnitsky)",
    equation="delta sigma = (alpha e^2/(pi hbar W)) L_N [Ai(z)/Ai'(z)], [.] = at B minus at 0,  z = L_N^2 (4 e B_phi/hbar + e^2 B^2 W^2/(3 hbar^2))",
    validity="free path << W < 0.2 L_N, W below the magnetic length sqrt(hbar/(e B)), no spin-orbit; sheet conductance (the conductance of one wire times L/W).",
    convention="alpha = 1 is weak localization of the sheet conductance; L_N and L_phi are sqrt(D tau).",
    physics=Interference("1D", classes=("orthogonal",)),
    function=wire_nyquist,
    gradient=wire_nyquist_gradient,
    value_and_gradient=wire_nyquist_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, default=1.0, symbol=r"\alpha", meaning="multiplies everything (parallel wires, if the sheet conductance was made with the width of one)"),
        Param("L_N", unit="nm", scan=_scan, positive=True, typical=(600, 3000), bounds=(0.0, math.inf), symbol="L_N", meaning="Nyquist length"),
        Param("B_phi", unit="mT", default=0.0, scan=coherence_field_scan, bounds=(0.0, math.inf), symbol=r"B_\varphi",
              meaning="field hbar/(4 e L_phi^2) of all other dephasing"),
    ),
    known=(Known("width", unit="nm", positive=True, symbol="W", meaning="width of one wire"),),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(Derived("tau_N", "ps", lambda L_N, diffusivity: time_of_length(L_N, diffusivity), symbol=r"\tau_N", meaning="Nyquist time L_N^2/D", via=TO_DIFFUSIVITY,
                inverse=("L_N", length_of_time)),),
    cautions=(narrow_and_dirty, two_dephasings, diffusive_regime),
    data_cautions=(straight_paths,),
    grid=_grid,
    example={"temperature": "2 K", "width": "100 nm"},
    checks=(
        Check(x=11.2355, params={"alpha": 1.0, "L_N": 1.9369e-06, "B_phi": field_of_length(1.19267e-07)}, known={"width": 1.44346e-08},
              y=9.3284007109196990e-9 * 0.000932278 / 1.44346e-08, source="mpmath, 40 digits; conductance of a wire 932.278 um long times length/width"),
        Check(x=0.01, params={"alpha": 1.0, "L_N": 1e-6, "B_phi": field_of_length(1e-8)}, known={"width": 1e-7}, rtol=1e-3, source="L_N >> L_phi: one exponential dephasing",
              y=-2 * math.pi * G0 / 1e-7 * ((1e16 + (1e-9 * e / hbar) ** 2 / 3) ** -0.5 - 1e-8)),
    ),
    references=(
        "B. L. Altshuler, A. G. Aronov, D. E. Khmelnitsky, J. Phys. C 15, 7367 (1982)",
        "B. L. Altshuler, A. G. Aronov, JETP Lett. 33, 499 (1981)",
    ),
)
