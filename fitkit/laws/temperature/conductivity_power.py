"""Conductivity against temperature without a field, three dimensions or one: a power, and the logarithm between them.

    sigma(T) = sigma_0 + C [(T/T_r)^q - 1]/q          C = d sigma/d ln T at T_r, the geometric centre of the temperatures

Weak localization with 1/tau_phi ~ T^p, alpha = +1: three dimensions sigma = const + G0/L_phi, so q = p/2 and C/q = G0/L_phi(T_r); one dimension G Len = const -
(e^2/(pi hbar)) L_phi, so q = -p/2 and C/|q| = 2 pi G0 L_phi(T_r) (divided by the width for a sheet conductance); q = 0 is the logarithm of two dimensions. C > 0
is localization in all of them. The interaction of the electrons goes as T^(1/2) in three dimensions and as -T^(-1/2) in one, with amplitudes that the
literature states in several conventions: where q is about 1/2 (or -1/2) C holds both, and nothing in sigma(T) separates them.
"""

from __future__ import annotations

import math

import numpy as np

from ...constants import G0
from ...errors import FitkitError
from ...model import Caution, Check, Column, Derived, Known, Model, Param

_NEAR = 1e-3  # below this |q ln(T/T_r)| the derivative by q is its series


def _power(temperature, q, T_r):
    """[(T/T_r)^q - 1]/q, the logarithm for q = 0, and its derivative by q."""
    log = np.log(temperature / T_r)
    u = q * log
    near = np.abs(u) < _NEAR
    safe = np.where(near, 1.0, u)
    growth = np.expm1(safe)
    value = np.where(near, log * (1 + u / 2 * (1 + u / 3 * (1 + u / 4 * (1 + u / 5)))), log * growth / safe)
    slope = log**2 * np.where(near, 0.5 + u / 3 + u**2 / 8 + u**3 / 30 + u**4 / 144, (safe * (growth + 1) - growth) / safe**2)
    return value[()], slope[()]


def conductivity_power(temperature, sigma_0, C, q, T_r):
    """Conductivity [S/m] (or sheet conductance [S]) at a temperature [K]; sigma_0 and C in its unit, T_r [K]."""
    return sigma_0 + C * _power(temperature, q, T_r)[0]


def conductivity_power_gradient(temperature, sigma_0, C, q, T_r):
    """d/d(sigma_0, C, q) of :func:`conductivity_power`."""
    value, slope = _power(temperature, q, T_r)
    return np.ones_like(value), value, C * slope


def _centre(temperature):
    return math.sqrt(float(np.min(temperature)) * float(np.max(temperature)))


def _q_scan(temperature):
    return np.linspace(-2.0, 2.5, 37)


def one_amplitude(data, fit):
    """Where the exponent is that of the interaction, the amplitude is a sum."""
    q = fit.value("q")
    if abs(abs(q) - 0.5) < 0.15 + 2 * (fit.error("q") or 0.0):
        return Caution(f"q = {q:.2g} is also the exponent of the interaction correction: C holds localization and interaction, NOT SEPARABLE in sigma(T); L_r "
                       "takes all of it for localization")
    return None


def enough_range(data, fit):
    """The exponent wants a range, and temperatures."""
    temperature, found = fit.x[0], []
    span = float(np.max(temperature) / np.min(temperature))
    if span < 3 and fit.free("q"):
        found.append(Caution(f"the temperatures span a factor {span:.2g}: below about 3 no exponent is seen; fix q (0.5, 0.75, 1 for p = 1, 3/2, 2 in 3D)", ("q",),
                             "not determined" if (fit.error("q") or math.inf) > 0.2 else ""))
    if len(temperature) < 6:
        found.append(Caution(f"{len(temperature)} temperatures for three parameters: too few to test the law"))
    return found


def _length_3d(C, q):
    if not (q > 0 and C > 0):
        raise FitkitError("it is that of three dimensions: q > 0 and C > 0")
    return G0 * q / C


def _length_1d(C, q, width):
    if not (q < 0 < C):
        raise FitkitError("it is that of a wire: q < 0 and C > 0")
    return C * width / (-q * 2 * math.pi * G0)


def _all_localization(values):
    return "alpha = 1 and no interaction assumed"


def _grid(points, **params):
    return np.geomspace(0.3, 20.0, points)


MODEL = Model(
    name="conductivity_power",
    title="sigma(T) in three dimensions or one: T^(p/2), -T^(-p/2) of localization and interaction",
    equation="sigma = sigma_0 + C [(T/T_r)^q - 1]/q;  q = p/2 in 3D, -p/2 in 1D, 0 is the logarithm of 2D",
    validity="k_F l >> 1, one power over the whole range, no phonon resistance; localization and interaction are not separable where |q| is about 1/2.",
    function=conductivity_power,
    gradient=conductivity_power_gradient,
    x=Column("temperature", "K"),
    y=Column("conductivity", "S/m", (("sheet_conductance", "S"),)),
    params=(
        Param("sigma_0", unit="y", linear=True, typical=(1e4, 1e6), symbol=r"\sigma_0", meaning="conductivity at T_r"),
        Param("C", unit="y", linear=True, typical=(50, 2000), symbol="C", meaning="d sigma/d ln T at T_r: localization and interaction together"),
        Param("q", scan=_q_scan, typical=(0.4, 1.5), symbol="q", meaning="exponent, p/2 in three dimensions, -p/2 in one, with 1/tau_phi ~ T^p"),
    ),
    known=(Known("T_r", unit="K", of_x=_centre, symbol="T_r", meaning="reference temperature, geometric centre"),),
    signal=(1,),
    derived=(
        Derived("p", "", lambda q: 2 * abs(q), symbol="p", meaning="dephasing exponent 2|q|, where localization alone is seen"),
        Derived("L_r", "nm", _length_3d, symbol="L_r", meaning="phase coherence length at T_r in three dimensions", remark=_all_localization),
        Derived("L_r_wire", "nm", _length_1d, symbol="L_r", meaning="phase coherence length at T_r of a wire (column sheet_conductance)", remark=_all_localization),
    ),
    cautions=(one_amplitude, enough_range),
    grid=_grid,
    checks=(
        Check(x=4.0, params={"sigma_0": 1e5, "C": 0.5 * G0 / 1e-7, "q": 0.5}, known={"T_r": 1.0}, y=1e5 + G0 / 1e-7, rtol=1e-14,
              source="3D, p = 1: sigma grows by G0 (1/L_phi(4 K) - 1/L_phi(1 K)), L_phi = 100 nm at 1 K and 50 nm at 4 K"),
        Check(x=4.0, params={"sigma_0": 1e-3, "C": 1e-5, "q": -0.5}, known={"T_r": 1.0}, y=1e-3 + 1e-5, rtol=1e-14, source="1D, p = 1: -2 C (T^(-1/2) - 1)"),
        Check(x=10.0, params={"sigma_0": 1e-3, "C": G0, "q": 0.0}, known={"T_r": 1.0}, y=1e-3 + 2.83942e-5, rtol=1e-7, source="q = 0: the logarithm, G0 ln 10"),
    ),
    references=("P. A. Lee, T. V. Ramakrishnan, Rev. Mod. Phys. 57, 287 (1985)",),
)
