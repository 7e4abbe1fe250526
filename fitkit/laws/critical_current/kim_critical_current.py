"""Critical current against field (Kim): constant at low field, falling above a field B_0.

    Ic = I_0/(1 + |B|/B_0)^beta

beta = 1 is the law of Kim, Hempstead and Strnad; free it for data over more than a decade of field. B_0 also holds the self-field of the current: a fit through
B = 0 is no property of the pinning alone.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.one_place import one_place
from ...model import Caution, Check, Column, Model, Param


def kim_critical_current(applied_field, I_0, B_0, beta):
    """Critical current [A] at a field [T]; I_0 [A], B_0 [T]."""
    return I_0 * np.exp(-beta * np.log1p(np.abs(applied_field) / B_0))


def kim_critical_current_gradient(applied_field, I_0, B_0, beta):
    """d/d(I_0, B_0, beta) of :func:`kim_critical_current`."""
    B = np.abs(applied_field)
    log = np.log1p(B / B_0)
    power = np.exp(-beta * log)
    return power, I_0 * beta * power * B / (B_0 * (B_0 + B)), -I_0 * power * log


def B_0_scan(applied_field):
    """Fields from below the smallest to above the largest of the data."""
    B = np.abs(applied_field)
    low = float(np.min(np.where(B > 0, B, np.max(B))))
    return np.geomspace(low / 100, 30 * float(np.max(B)), 48)


def beta_scan(applied_field):
    """Exponents."""
    return np.geomspace(0.2, 5.0, 16)


several_places = one_place("temperature", "angle")


def unusable(data) -> str | None:
    """One field says nothing of the dependence, and each temperature has its own."""
    return "the field is zero in every row" if not np.any(data["applied_field"]) else several_places(data)


def field_range(data, fit):
    """Fields all above, or all below B_0."""
    B, B_0 = np.abs(fit.x[0]), fit.value("B_0")
    if B.max() < B_0 / 3:
        return Caution(f"the largest field is {B.max() / B_0:.2g} B_0: only the slope I_0 beta/B_0 is seen", ("B_0",), "not determined")
    if B.min() > 3 * B_0:
        return Caution(f"the smallest field is {B.min() / B_0:.2g} B_0: a power of the field, I_0 B_0^beta, is seen only. Measure at lower fields", ("I_0", "B_0"), "not determined")
    return None


def _grid(points, I_0, B_0, beta):
    return np.concatenate([[0.0], np.geomspace(0.03, 30.0, points - 1)]) * B_0


MODEL = Model(
    name="kim_critical_current",
    title="Ic(B): Kim",
    equation="Ic = I_0/(1 + |B|/B_0)^beta,  beta = 1 unless freed",
    validity="far below the irreversibility field; one temperature and field angle.",
    made_by='fk.critical_table(fk.fit("power_law", curves))',
    function=kim_critical_current,
    gradient=kim_critical_current_gradient,
    x=Column("applied_field", "T"),
    y=Column("Ic", "A", (("current_density", "A/m2"),)),
    params=(
        Param("I_0", unit="y", linear=True, positive=True, typical=(50, 500), bounds=(0.0, math.inf), symbol="I_0", meaning="critical current at zero field"),
        Param("B_0", unit="T", scan=B_0_scan, positive=True, typical=(0.05, 1.0), bounds=(0.0, math.inf), symbol="B_0", meaning="field at which Ic begins to fall"),
        Param("beta", scan=beta_scan, default=1.0, positive=True, typical=(0.5, 1.5), bounds=(0.0, math.inf), symbol=r"\beta", meaning="exponent, 1 of Kim unless freed"),
    ),
    cautions=(field_range,),
    invalid=unusable,
    grid=_grid,
    checks=(
        Check(x=-0.3, params={"I_0": 100.0, "B_0": 0.1, "beta": 1.0}, y=25.0, rtol=1e-14, source="100/(1 + 3)"),
        Check(x=0.3, params={"I_0": 100.0, "B_0": 0.1, "beta": 0.5}, y=50.0, rtol=1e-14, source="100/sqrt(4)"),
    ),
    references=("Y. B. Kim, C. F. Hempstead, A. R. Strnad, Phys. Rev. Lett. 9, 306 (1962)",),
)
