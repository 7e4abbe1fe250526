"""Phase coherence length against temperature, a power law.

    L_phi(T) = L_r (T/T_r)^(-p/2),   that is   1/tau_phi ~ T^p

T_r is the geometric centre of the temperatures. p = 1: electron-electron scattering in 2D; 2/3: in 1D; 2 to 4: phonons.
"""

from __future__ import annotations

import math

import numpy as np

from ...model import Caution, Check, Column, Derived, Known, Model, Param


def coherence_length_power(temperature, L_r, p, T_r):
    """Phase coherence length [m] at a temperature [K]; L_r [m], T_r [K]."""
    return L_r * np.exp(-0.5 * p * np.log(temperature / T_r))


def coherence_length_power_gradient(temperature, L_r, p, T_r):
    """d/d(L_r, p) of :func:`coherence_length_power`."""
    length = coherence_length_power(temperature, L_r, p, T_r)
    return length / L_r, -0.5 * np.log(temperature / T_r) * length


def _p_scan(temperature, T_r):
    return np.linspace(-2.0, 8.0, 41)


def _centre(temperature):
    return math.sqrt(float(np.min(temperature)) * float(np.max(temperature)))


def saturation(data, fit):
    """A length that stops growing on cooling is no power law."""
    order = np.argsort(fit.x[0])
    low, residual = order[:2], fit.y - fit.fitted
    if len(order) > 4 and fit.y_err is not None and np.all(residual[low] < -3 * fit.y_err[low]):
        return Caution("the lowest temperatures lie below the power law: L_phi saturates (spin flips, heating, rf noise, size); p is biased low")
    return None



def _grid(points, **params):
    return np.geomspace(1.5, 20.0, points)


MODEL = Model(
    name="coherence_length_power",
    title="L_phi(T) power law",
    equation="L_phi = L_r (T/T_r)^(-p/2)",
    validity="one dephasing mechanism over the whole range, no saturation.",
    made_by='fk.fit("hln", sweeps).series("temperature", "L_phi")',
    function=coherence_length_power,
    gradient=coherence_length_power_gradient,
    x=Column("temperature", "K"),
    y=Column("L_phi", "m"),
    params=(
        Param("L_r", unit="nm", linear=True, typical=(20, 2000), symbol="L_r", meaning="phase coherence length at T_r"),
        Param("p", scan=_p_scan, typical=(0.5, 4), symbol="p", meaning="dephasing exponent, 1/tau_phi ~ T^p"),
    ),
    known=(Known("T_r", unit="K", of_x=_centre, symbol="T_r", meaning="reference temperature, geometric centre"),),
    derived=(Derived("L_1K", "nm", lambda L_r, p, T_r: L_r * T_r ** (p / 2), symbol=r"L_\varphi(1\,\mathrm{K})", meaning="phase coherence length at 1 K"),),
    cautions=(saturation,),
    grid=_grid,
    checks=(Check(x=16.0, params={"L_r": 3e-7, "p": 1.0}, known={"T_r": 4.0}, y=1.5e-7, rtol=1e-14, source="p = 1: four times T halves L_phi"),),
    references=("B. L. Altshuler, A. G. Aronov, D. E. Khmelnitsky, J. Phys. C 15, 7367 (1982)",),
)
