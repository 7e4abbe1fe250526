"""Pinning force against reduced field, Fp = Jc B.

    Fp = F_max (b/b_m)^p [(1 - b)/(1 - b_m)]^q,   b = B/B_irr,   b_m = p/(p + q)

The usual b^p (1 - b)^q, normalised to its maximum F_max at b_m. In the theory for low-temperature superconductors p = 1/2, q = 2 belongs to surfaces (grain
boundaries) with b_m = 0.2, p = 1, q = 2 to points with b_m = 0.33, b being B/Bc2; in high-temperature superconductors b = B/B_irr and creep shifts both exponents.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.one_place import one_place
from ...model import Caution, Check, Column, Derived, Model, Param


def _logs(field, B_irr, p, q):
    """ln(b/b_m), ln[(1 - b)/(1 - b_m)] inside 0 < b < 1, and where that is."""
    b, b_m = np.abs(field) / B_irr, p / (p + q)
    inside = (b > 0) & (b < 1)
    safe = np.where(inside, b, b_m)
    return np.log(safe / b_m), np.log((1 - safe) / (1 - b_m)), inside


def pinning_force_scaling(applied_field, F_max, B_irr, p, q):
    """Pinning force [N/m3] at a field [T]; 0 at zero field and above B_irr [T]."""
    rising, falling, inside = _logs(applied_field, B_irr, p, q)
    return F_max * np.where(inside, np.exp(p * rising + q * falling), 0.0)


def pinning_force_scaling_gradient(applied_field, F_max, B_irr, p, q):
    """d/d(F_max, B_irr, p, q) of :func:`pinning_force_scaling`."""
    rising, falling, inside = _logs(applied_field, B_irr, p, q)
    shape = np.where(inside, np.exp(p * rising + q * falling), 0.0)
    b = np.where(inside, np.abs(applied_field) / B_irr, p / (p + q))
    # at b_m the exponents change nothing but the two factors themselves: p/b_m = q/(1 - b_m)
    return shape, F_max * shape * (q * b / (1 - b) - p) / B_irr, F_max * shape * rising, F_max * shape * falling


def B_irr_scan(applied_field):
    """Fields above the data."""
    return float(np.max(np.abs(applied_field))) * (1 + np.geomspace(5e-3, 10.0, 20))


def B_irr_limits(applied_field, **known):
    """Above the largest field at which there was a critical current."""
    return float(np.max(np.abs(applied_field))) * (1 + 1e-9), math.inf


def exponent_scan(applied_field):
    """Exponents p and q."""
    return np.geomspace(0.2, 5.0, 11)


def reduced_maximum(p, q):
    """b_m = p/(p + q)."""
    return p / (p + q)


def field_of_maximum(B_irr, p, q):
    """B_irr p/(p + q) [T]."""
    return B_irr * p / (p + q)


def at_zero_field(data):
    """Jc B is 0 at B = 0 whatever the pins are, without an error: such a row is no measurement."""
    return data["applied_field"] == 0, "the pinning force is 0 there by definition"


def both_flanks(data, fit):
    """q and B_irr want fields above the maximum, p below it."""
    b, b_m = np.abs(fit.x[0]) / fit.value("B_irr"), fit.value("p") / (fit.value("p") + fit.value("q"))
    if b.max() < b_m:
        return Caution("all fields lie below the maximum of Fp: B_irr and q are not seen. Measure to higher fields, or fix B_irr", ("B_irr", "q"), "not determined")
    if b.max() < 0.5 and fit.free("B_irr") and fit.free("q"):
        return Caution(f"the largest field is {b.max():.2g} B_irr: B_irr and q bend the curve alike there; fix one of them: fix={{'q': 2}}")
    if b.min() > b_m:
        return Caution("all fields lie above the maximum of Fp: p is not seen", ("p",), "not determined")
    return None


def _grid(points, F_max, B_irr, p, q):
    return np.linspace(0.02, 0.95, points) * B_irr


MODEL = Model(
    name="pinning_force_scaling",
    title="Fp(B): b^p (1 - b)^q",
    equation="Fp = F_max (b/b_m)^p [(1 - b)/(1 - b_m)]^q,  b = B/B_irr,  b_m = p/(p + q)",
    validity="one kind of pins, one temperature; self-field far below the applied field.",
    made_by='fk.critical_table(fk.fit("power_law", curves), cross_section="0.4 mm2")',
    function=pinning_force_scaling,
    gradient=pinning_force_scaling_gradient,
    x=Column("applied_field", "T"),
    y=Column("pinning_force", "N/m3"),
    params=(
        Param("F_max", unit="GN/m3", linear=True, positive=True, typical=(1, 30), bounds=(0.0, math.inf), symbol=r"F_\mathrm{max}", meaning="largest pinning force"),
        Param("B_irr", unit="T", scan=B_irr_scan, positive=True, typical=(6, 12), bounds=(0.0, math.inf), limits=B_irr_limits, symbol=r"B_\mathrm{irr}", meaning="field at which the pinning force vanishes"),
        Param("p", scan=exponent_scan, positive=True, typical=(0.5, 1.2), bounds=(0.0, math.inf), symbol="p", meaning="exponent of b"),
        Param("q", scan=exponent_scan, positive=True, typical=(1.2, 2.5), bounds=(0.0, math.inf), symbol="q", meaning="exponent of 1 - b"),
    ),
    derived=(
        Derived("b_m", "", reduced_maximum, symbol=r"b_\mathrm{m}", meaning="reduced field of the maximum"),
        Derived("B_m", "T", field_of_maximum, symbol=r"B_\mathrm{m}", meaning="field of the maximum"),
    ),
    cautions=(both_flanks,),
    invalid=one_place("temperature", "angle"),
    void=at_zero_field,
    grid=_grid,
    checks=(
        Check(x=2.0, params={"F_max": 5e9, "B_irr": 10.0, "p": 0.5, "q": 2.0}, y=5e9, rtol=1e-14, source="p = 1/2, q = 2: the maximum lies at b = 0.2"),
        Check(x=5.0, params={"F_max": 27 / 4 * 1e9, "B_irr": 10.0, "p": 1.0, "q": 2.0}, y=27 / 4 * 1e9 * 0.125 * 27 / 4, rtol=1e-13, source="b (1 - b)^2 = 1/8 at 1/2, 4/27 at the maximum 1/3"),
        Check(x=11.0, params={"F_max": 5e9, "B_irr": 10.0, "p": 0.5, "q": 2.0}, y=0.0, source="none above B_irr"),
    ),
    references=("W. A. Fietz, W. W. Webb, Phys. Rev. 178, 657 (1969)", "D. Dew-Hughes, Philos. Mag. 30, 293 (1974)"),
)
