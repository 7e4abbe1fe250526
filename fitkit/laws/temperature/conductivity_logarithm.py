"""Sheet conductance against temperature without a field, two dimensions: the logarithm.

    sigma(T) = sigma_0 + (A/q) G0 ln[(T^q + T_s^q)/(T_r^q + T_s^q)]          A = alpha p + K_ee,   G0 = e^2/(2 pi^2 hbar)

which is sigma_0 + A G0 ln(T/T_r) where T_s = 0; T_r is the geometric centre of the temperatures. Weak localization gives -alpha G0 ln(tau_phi/tau) and so
alpha p with 1/tau_phi ~ T^p; alpha = +1 is localization (the conductance falls on cooling), -1/2 antilocalization. The interaction of the electrons gives
K_ee, about 1 - (3/4) F (recalled, not verified). The slope holds the sum of both and nothing in sigma(T) separates them.

T_s rounds the logarithm off: the temperature below which dephasing saturates, or L_phi is cut by the size L of the sample, 1/L_eff^2 = 1/L_phi^2 + 1/L^2 (a
customary interpolation, not a theory). The interaction is not cut at the same place. q is the exponent of 1/tau_phi ~ T^q in the rounding.
"""

from __future__ import annotations

import math

import numpy as np

from ...constants import G0
from ...model import Caution, Check, Column, Derived, Known, Model, Param


def _logarithm(temperature, T_s, T_r, q):
    """(1/q) ln[(T^q + T_s^q)/(T_r^q + T_s^q)] and its derivative by T_s [1/K]."""
    cut, own, reference = T_s**q, temperature**q, T_r**q
    value = np.log1p((own - reference) / (reference + cut)) / q
    return value, np.maximum(T_s, 1e-12) ** (q - 1) * (reference - own) / ((own + cut) * (reference + cut))


def conductivity_logarithm(temperature, sigma_0, A, T_s, T_r, q):
    """Sheet conductance [S] at a temperature [K]; sigma_0 [S], A dimensionless, T_s and T_r [K]."""
    return sigma_0 + A * G0 * _logarithm(temperature, T_s, T_r, q)[0]


def conductivity_logarithm_gradient(temperature, sigma_0, A, T_s, T_r, q):
    """d/d(sigma_0, A, T_s) of :func:`conductivity_logarithm`."""
    value, slope = _logarithm(temperature, T_s, T_r, q)
    return np.ones_like(value), G0 * value, A * G0 * slope


def _centre(temperature):
    return math.sqrt(float(np.min(temperature)) * float(np.max(temperature)))


def _saturation_scan(temperature):
    low, high = float(np.min(temperature)), float(np.max(temperature))
    return np.concatenate([[0.0], np.geomspace(low / 10, high * 3, 24)])


def one_slope(data, fit):
    """The slope is a sum: it is said with every fit."""
    return Caution(f"A = {fit.value('A'):.3g} is alpha p + K_ee: localization (alpha p) and interaction (K_ee) are NOT SEPARABLE in sigma(T). Weak localization dies in a field "
                   "far above B_phi and what is left is K_ee; or in the Hall resistance, dR_H/R_H = 2 dR/R for interaction, 0 for localization")


def enough_range(data, fit):
    """A logarithm over less than a factor of three is a straight line."""
    temperature, found = fit.x[0], []
    span = float(np.max(temperature) / np.min(temperature))
    if span < 3:
        found.append(Caution(f"the temperatures span a factor {span:.2g}: below about 3 a logarithm, a power and a straight line look alike"))
    if len(temperature) < 5:
        found.append(Caution(f"{len(temperature)} temperatures: too few to see whether it is a logarithm"))
    if fit.free("T_s") and fit.value("T_s") < float(np.min(temperature)):
        found.append(Caution("T_s lies below the lowest temperature: saturation is not seen, T_s is an upper limit", ("T_s",), "not determined"
                             if (fit.error("T_s") or 0.0) > 0.3 * fit.value("T_s") and fit.verdict("T_s") != "limit" else ""))
    return found


def perturbation(data, fit):
    """The correction is small against the conductance."""
    change, found = float(np.ptp(fit.fitted)), []
    if change > 0.2 * abs(fit.value("sigma_0")):
        found.append(Caution(f"the conductance changes by {change / abs(fit.value('sigma_0')):.0%}: no small correction any more, strong localization or a phonon resistance"))
    if fit.value("sigma_0") < 3 * np.pi * G0:
        found.append(Caution("sigma_0 < 3 e^2/h, k_F l < 3: weak localization is a perturbation in 1/(k_F l), questionable here"))
    return found


def _grid(points, **params):
    return np.geomspace(0.3, 20.0, points)


MODEL = Model(
    name="conductivity_logarithm",
    title="sigma(T) in two dimensions: ln T of localization and interaction",
    equation="sigma = sigma_0 + (A/q) G0 ln[(T^q + T_s^q)/(T_r^q + T_s^q)],  A = alpha p + K_ee;  T_s = 0: sigma_0 + A G0 ln(T/T_r)",
    validity="film thinner than L_phi and the thermal length, k_F l >> 1, no phonon resistance, no superconducting fluctuations; alpha p and K_ee are not separable.",
    function=conductivity_logarithm,
    gradient=conductivity_logarithm_gradient,
    x=Column("temperature", "K"),
    y=Column("sheet_conductance", "S"),
    params=(
        Param("sigma_0", unit="y", linear=True, typical=(1e-4, 1e-2), symbol=r"\sigma_0", meaning="sheet conductance at T_r"),
        Param("A", linear=True, typical=(0.3, 2), symbol="A", meaning="slope in G0 per e-fold of temperature, alpha p + K_ee: localization and interaction together"),
        Param("T_s", unit="K", default=0.0, scan=_saturation_scan, typical=(0.3, 2), bounds=(0.0, math.inf), symbol=r"T_\mathrm{s}",
              meaning="below it the logarithm is rounded off: saturating dephasing, or L_phi of the size of the sample"),
    ),
    known=(
        Known("T_r", unit="K", of_x=_centre, symbol="T_r", meaning="reference temperature, geometric centre"),
        Known("q", default=1.0, positive=True, symbol="q", meaning="exponent of 1/tau_phi ~ T^q in the rounding by T_s"),
    ),
    signal=(1,),
    derived=(Derived("A_decade", "e^2/h", lambda A: A * G0 * math.log(10), symbol=r"d\sigma/d\log_{10}T", meaning="slope per decade of temperature"),),
    cautions=(one_slope, enough_range, perturbation),
    grid=_grid,
    checks=(
        Check(x=10.0, params={"sigma_0": 1e-3, "A": 1.0, "T_s": 0.0}, known={"T_r": 1.0, "q": 1.0}, y=1e-3 + 2.83942e-5, rtol=1e-7, source="G0 ln 10 = 28.394 uS a decade"),
        Check(x=4.0, params={"sigma_0": 1e-3, "A": -0.5, "T_s": 0.0}, known={"T_r": 8.0, "q": 2.0}, y=1e-3 + 0.5 * 1.233147098337e-5 * 0.6931471805599453, rtol=1e-12,
              source="antilocalization, p = 1: the conductance rises on cooling"),
        Check(x=1e-9, params={"sigma_0": 1e-3, "A": 1.0, "T_s": 1.0}, known={"T_r": 3.0, "q": 2.0}, y=1e-3 - 0.5 * 1.233147098337e-5 * 2.302585092994046, rtol=1e-12,
              source="T -> 0: saturates at (A/2) G0 ln[1/(9 + 1)]"),
    ),
    references=(
        "P. A. Lee, T. V. Ramakrishnan, Rev. Mod. Phys. 57, 287 (1985)",
        "B. L. Altshuler, D. Khmel'nitzkii, A. I. Larkin, P. A. Lee, Phys. Rev. B 22, 5142 (1980)",
    ),
)
