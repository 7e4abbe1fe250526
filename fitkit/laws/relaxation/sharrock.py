"""Coercive field of a recording medium or of small magnets against the time that the field is applied (Sharrock).

    Bc(t) = B_c0 {1 - [ln(f0 t/ln 2)/Delta]^p},   Delta = Ku V/kT

From the barrier Ku V (1 - B/B_c0)^(1/p) and half of the magnets turned after t: p = 1/2 for aligned ones, about 2/3 for axes at random. f0 and Delta lean on
each other as t0 and U0 of flux creep do: f0 is fixed.
"""

from __future__ import annotations

import math

import numpy as np

from ...constants import k_B
from ...model import Caution, Check, Column, Derived, Known, Model, Param

_TEN_YEARS = 10 * 365.25 * 86400.0


def sharrock(time, B_c0, Delta, f0, p):
    """Coercive field [unit of B_c0] for a time [s]; f0 [Hz]. NaN for times below ln 2/f0."""
    return B_c0 * (1 - _reduced(time, Delta, f0, p))


def _reduced(time, Delta, f0, p):
    with np.errstate(invalid="ignore", divide="ignore"):
        return (np.log(f0 * time / math.log(2)) / Delta) ** p


def sharrock_gradient(time, B_c0, Delta, f0, p):
    """d/d(B_c0, Delta) of :func:`sharrock`."""
    reduced = _reduced(time, Delta, f0, p)
    return 1 - reduced, B_c0 * p * reduced / Delta


def Delta_scan(time, f0, p):
    """From magnets that have turned within the first time to those that never do."""
    return np.geomspace(0.5 * math.log(f0 * float(np.max(time)) / math.log(2)), 3000.0, 60)


def energy(Delta, temperature):
    """Ku V [J]."""
    return Delta * k_B * temperature


def loss(Delta, f0):
    """Share of identical magnets that turn by themselves within ten years, in zero field."""
    return -math.expm1(-f0 * _TEN_YEARS * math.exp(-Delta))


def loss_remark(values) -> str:
    """What the number leaves out."""
    return f"ASSUMES f0 = {values['f0']:g} Hz and one size; a spread of sizes and demagnetising fields want Delta some 20 larger"


def unusable(data) -> str | None:
    """Times that have no logarithm."""
    return f"{int(np.sum(data['time'] <= 0))} rows have time <= 0" if np.any(data["time"] <= 0) else None


def reach(data, fit):
    """Delta is the curvature of little, B_c0 the extrapolation to f0 t = ln 2."""
    decades = math.log10(fit.x[0].max() / fit.x[0].min())
    if decades < 2:
        return Caution(f"the times span {decades:.1f} decades: B_c0 and Delta lean on each other. Add pulses of microseconds, or a slow loop")
    return None


def _grid(points, **params):
    return np.geomspace(1e-6, 1e3, points)


MODEL = Model(
    name="sharrock",
    title="coercive field against time (Sharrock), retention of data",
    equation="Bc = B_c0 {1 - [ln(f0 t/ln 2)/Delta]^p},  Delta = Ku V/kT",
    validity="coherent reversal over one barrier, f0 t >> 1, Bc > 0.",
    convention="p = 1/2 unless given (aligned axes; 2/3 at random); the field is mu0 H; half of the magnets have turned after t.",
    function=sharrock,
    gradient=sharrock_gradient,
    x=Column("time", "s"),
    y=Column("coercive_field", "T"),
    params=(
        Param("B_c0", unit="mT", linear=True, typical=(100, 2000), symbol=r"B_\mathrm{c0}", meaning="coercive field without thermal agitation"),
        Param("Delta", scan=Delta_scan, positive=True, typical=(50, 200), bounds=(0.0, math.inf), symbol=r"\Delta", meaning="energy barrier Ku V over kT"),
    ),
    known=(Known("f0", unit="Hz", default=1e9, positive=True, symbol="f_0", meaning="attempt frequency of magnets, 1e9 to 1e11 Hz"),
           Known("p", default=0.5, positive=True, symbol="p", meaning="exponent of the coercive field")),
    derived=(
        Derived("K_uV", "eV", energy, symbol=r"K_\mathrm{u}V", meaning="barrier of one magnet at zero field", positive=True),
        Derived("loss_10y", "%", loss, symbol="", meaning="share turned within ten years at zero field", remark=loss_remark),
    ),
    cautions=(reach,),
    invalid=unusable,
    grid=_grid,
    example={"temperature": "300 K"},
    checks=(Check(x=math.log(2) * math.exp(25.0) / 1e9, params={"B_c0": 2.0, "Delta": 100.0}, known={"f0": 1e9, "p": 0.5}, y=1.0, rtol=1e-13,
                  source="ln(f0 t/ln 2) = Delta/4: half the field at p = 1/2"),),
    references=("M. P. Sharrock, J. Appl. Phys. 76, 6413 (1994)",),
)
