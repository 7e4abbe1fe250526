"""Magnetoconductance of one channel at all temperatures at once, straight to the rates of dephasing.

    delta sigma(B, T) = alpha G0 f(B_phi/|B|),   B_phi = [A_sat + A_ee (T/1 K)^p_ee + A_ep (T/1 K)^p] hbar/(4 e D),   f(x) = psi(1/2 + x) - ln x

The law `hln` with the length of `dephasing_rate`: a series of sweeps is fitted with all parameters shared, ``share=["alpha", "A_sat", "A_ee", "A_ep"]``. Sweeps too
noisy or too narrow for a length of their own then count with the rest; whether the law of T holds is seen in the series of lengths, so look at that first. One
sweep alone measures the whole rate and none of its terms.
"""

from __future__ import annotations

import math

import numpy as np

from ...background import offset_and_hall_parabola
from ...cautions.leftover import what_is_left
from ...cautions.localization import diffusive_regime, straight_paths, swing_of_interference
from ...constants import G0, e, hbar
from ...model import Caution, Check, Column, Derived, Interference, Known, Model, Param
from ...physics.special import F_and_slope


def hln_dephasing(field, alpha, A_sat, A_ee, A_ep, p_ee, p, temperature, diffusivity):
    """Change of the sheet conductance [S] in a perpendicular field [T]; rates at 1 K [1/s], temperature [K], diffusivity [m2/s]."""
    return hln_dephasing_value_and_gradient(field, alpha, A_sat, A_ee, A_ep, p_ee, p, temperature, diffusivity)[0]


def hln_dephasing_value_and_gradient(field, alpha, A_sat, A_ee, A_ep, p_ee, p, temperature, diffusivity):
    """:func:`hln_dephasing` with its derivatives d/d(alpha, A_sat, A_ee, A_ep, p_ee, p)."""
    electrons, phonons = temperature**p_ee, temperature**p
    rate = np.maximum(A_sat + A_ee * electrons + A_ep * phonons, 1.0)  # 1/s: no rate at all has no width
    value, slope = F_and_slope(np.abs(field) * (4 * e / hbar) * diffusivity / rate)
    by_rate = -alpha * G0 * slope / rate
    log = np.log(temperature)
    return alpha * G0 * value, (G0 * value, by_rate, by_rate * electrons, by_rate * phonons, by_rate * A_ee * electrons * log, by_rate * A_ep * phonons * log)


def hln_dephasing_gradient(field, alpha, A_sat, A_ee, A_ep, p_ee, p, temperature, diffusivity):
    """d/d(alpha, A_sat, A_ee, A_ep, p_ee, p) of :func:`hln_dephasing`."""
    return hln_dephasing_value_and_gradient(field, alpha, A_sat, A_ee, A_ep, p_ee, p, temperature, diffusivity)[1]


def _rates(field, power, temperature, diffusivity):
    """Nothing, or amplitudes that make B_phi a thousandth to three times the largest field at this temperature."""
    magnitude = np.abs(field)
    return np.concatenate([[0.0], np.geomspace(1e-3, 3, 12) * float(magnitude.max()) * 4 * e * diffusivity / hbar / temperature**power])


def one_sweep(data, fit):
    """A single rate has no terms; the error of D is in all of them."""
    free = [name for name in ("A_sat", "A_ee", "A_ep") if fit.free(name)]
    found = []
    if fit.known["temperature"] and len(free) > 1 and all(fit.error(name) is None or fit.error(name) > fit.value(name) for name in free):
        found.append(Caution(f"one temperature measures one rate: {', '.join(free)} are told apart by a series of sweeps with share=['alpha', {', '.join(map(repr, free))}]"))
    given = data.meta.get("diffusivity")
    if getattr(given, "error", None):
        found.append(Caution(f"the rates are proportional to D: its error of {given.error / given.value:.1%} is common to all of them and not in their errors"))
    return found


def _grid(points, alpha, A_sat, A_ee, A_ep, p_ee, p):
    return 20 * (A_sat + 4 * A_ee + 64 * A_ep) * hbar / (4 * e * 1e-3) * np.linspace(-1, 1, points) ** 3


MODEL = Model(
    name="hln_dephasing",
    title="weak (anti)localization at all temperatures, straight to the dephasing rates",
    equation="delta sigma = alpha G0 f(B_phi/|B|),  B_phi = [A_sat + A_ee (T/1 K)^p_ee + A_ep (T/1 K)^p] hbar/(4 e D),  f(x) = psi(1/2 + x) - ln x",
    validity="as hln and dephasing_rate; sweeps at three temperatures or more, all parameters shared.",
    convention="alpha = +1 is weak localization, -1/2 an antilocalizing channel, in units of G0 = e^2/(2 pi^2 hbar); every rate is that at 1 K.",
    physics=Interference("2D", classes=("orthogonal", "unitary", "symplectic")),
    function=hln_dephasing,
    gradient=hln_dephasing_gradient,
    value_and_gradient=hln_dephasing_value_and_gradient,
    x=Column("field", "T"),
    y=Column("delta_conductance", "S"),
    params=(
        Param("alpha", linear=True, typical=(0.3, 1.5), symbol=r"\alpha", meaning="+1 weak localization, -1/2 per antilocalizing channel"),
        Param("A_sat", unit="1/ns", scan=lambda field, temperature, diffusivity: _rates(field, 0, temperature, diffusivity), default=0.0, typical=(0.5, 10),
              bounds=(0.0, math.inf), symbol=r"A_\mathrm{sat}", meaning="rate that is left at T = 0"),
        Param("A_ee", unit="1/ns", scan=lambda field, temperature, diffusivity: _rates(field, 1, temperature, diffusivity), typical=(5, 100), bounds=(0.0, math.inf),
              symbol=r"A_\mathrm{ee}", meaning="electron-electron rate at 1 K"),
        Param("A_ep", unit="1/ns", scan=lambda field, temperature, diffusivity: _rates(field, 3, temperature, diffusivity), default=0.0, typical=(0.02, 0.2),
              bounds=(0.0, math.inf), symbol=r"A_\mathrm{ep}", meaning="electron-phonon rate at 1 K"),
        Param("p_ee", default=1.0, scan=lambda field: np.linspace(0.5, 1.75, 6), typical=(0.67, 1.5), symbol=r"p_\mathrm{ee}",
              meaning="electron-electron exponent: 1 in 2D, 3/2 in 3D"),
        Param("p", default=3.0, scan=lambda field: np.linspace(1.5, 5.0, 8), typical=(2, 4), symbol="p", meaning="electron-phonon exponent"),
    ),
    known=(
        Known("temperature", unit="K", positive=True, symbol="T", meaning="temperature"),
        Known("diffusivity", unit="cm2/s", positive=True, symbol="D", meaning="diffusion constant"),
    ),
    background=("offset", "quadratic", "absolute", "drude"),
    background_default=offset_and_hall_parabola,
    derived=(
        Derived("L_phi", "nm", lambda A_sat, A_ee, A_ep, p_ee, p, temperature, diffusivity:
                math.sqrt(diffusivity / (A_sat + A_ee * temperature**p_ee + A_ep * temperature**p)), symbol=r"L_\varphi", meaning="phase coherence length at the temperature of the sweep"),
        Derived("tau_phi", "ps", lambda A_sat, A_ee, A_ep, p_ee, p, temperature: 1 / (A_sat + A_ee * temperature**p_ee + A_ep * temperature**p), symbol=r"\tau_\varphi",
                meaning="dephasing time at the temperature of the sweep"),
    ),
    cautions=(swing_of_interference, one_sweep, diffusive_regime),
    data_cautions=(what_is_left, straight_paths),
    grid=_grid,
    example={"temperature": "4 K", "diffusivity": "10 cm2/s"},
    checks=(
        Check(x=-0.00205232, params={"alpha": 1.0, "A_sat": 0.0, "A_ee": 1e-3 / 1.20582e-07**2, "A_ep": 0.0, "p_ee": 1.0, "p": 3.0}, known={"temperature": 1.0, "diffusivity": 1e-3},
              y=1.6801486695714080e-8, source="mpmath, 40 digits: hln with L_phi = 120.582 nm"),
        Check(x=-0.00205232, params={"alpha": 1.0, "A_sat": 0.0, "A_ee": 0.0, "A_ep": 1e-3 / 1.20582e-07**2 / 8, "p_ee": 1.0, "p": 3.0},
              known={"temperature": 2.0, "diffusivity": 1e-3}, y=1.6801486695714080e-8, source="the same length from phonons at 2 K, T^3"),
    ),
    references=(
        "S. Hikami, A. I. Larkin, Y. Nagaoka, Prog. Theor. Phys. 63, 707 (1980)",
        "B. L. Altshuler, A. G. Aronov, D. E. Khmelnitsky, J. Phys. C 15, 7367 (1982)",
    ),
)
