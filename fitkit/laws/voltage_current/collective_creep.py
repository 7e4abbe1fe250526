"""Voltage-current law of collective creep and of the vortex glass: a barrier that diverges as an inverse power of the current.

    V = Ec d exp{-(n_r/mu) [(I_r/|I|)^mu - (I_r/Ic)^mu]} sign(I)     (+ offset + R I)

From E = E0 exp[-(U0/(mu kT)) ((Jc/J)^mu - 1)]. Of E0, U0, Jc and mu a curve holds three numbers: the current Ic at the criterion, the slope n_r = dlnV/dlnI
at the largest current I_r, and mu. The slope at another current is n(I) = n_r (I_r/I)^mu: with mu > 0 lnV against lnI bends down (glass), mu = 0 is the power
law, mu = -1 Anderson-Kim. n = U0/kT holds for mu = 0 only; else n(Ec) = U0/kT + mu ln(E0/Ec).
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.voltage_current import criterion_in_reach, off_the_law_at_the_criterion, unusable
from ...constants import k_B
from ...errors import FitkitError
from ...model import Caution, Check, Coefficients, Derived, Known, Model, Param
from ...physics.barriers import expm1_over, expm1_over_slope
from . import CURRENT, KNOWN, VOLTAGE, VORTEX_RATE, critical_current


def _log_ratio(current, I_r):
    """ln(I_r/|I|), and 0 for the current 0, whose voltage the sign makes 0."""
    size = np.abs(current)
    return np.log(I_r / np.where(size > 0, size, I_r))


def collective_creep(current, Ic, n_r, mu, tap_distance, Ec, I_r):
    """Voltage [V] at a current [A] of either sign; Ic, I_r [A], tap_distance [m], Ec [V/m]."""
    criterion = np.log(I_r / Ic)
    # the difference of the two barriers: exp(mu a) [exp(mu b) - 1]/mu with b = ln(Ic/|I|), without loss of digits near Ic
    barrier = n_r * np.exp(mu * criterion) * expm1_over(mu, _log_ratio(current, I_r) - criterion)
    with np.errstate(under="ignore"):
        return np.sign(current) * Ec * tap_distance * np.exp(-np.maximum(barrier, -650.0))


def collective_creep_gradient(current, Ic, n_r, mu, tap_distance, Ec, I_r):
    """d/d(Ic, n_r, mu) of :func:`collective_creep`."""
    voltage = collective_creep(current, Ic, n_r, mu, tap_distance, Ec, I_r)
    criterion = np.log(I_r / Ic)
    steep, gap = np.exp(mu * criterion), _log_ratio(current, I_r) - criterion
    rise = expm1_over(mu, gap)
    with np.errstate(invalid="ignore", over="ignore"):
        by_n, by_mu = voltage * steep * rise, voltage * steep * n_r * (criterion * rise + expm1_over_slope(mu, gap))
    return -voltage * n_r * steep / Ic, -np.where(voltage == 0, 0.0, by_n), -np.where(voltage == 0, 0.0, by_mu)


def _columns(current, n_r, mu, I_r):
    with np.errstate(under="ignore"):
        return (np.sign(current) * np.exp(-n_r * expm1_over(mu, _log_ratio(current, I_r))),)


def _parameters(c, current, n_r, mu, tap_distance, Ec, I_r):
    with np.errstate(invalid="ignore", divide="ignore"):  # a falling voltage has no critical current
        # (n_r/mu) [(I_r/Ic)^mu - 1] = ln c - ln(Ec d)
        height = (np.log(np.where(c[0] > 0, c[0], np.nan)) - math.log(Ec * tap_distance)) / n_r
        q = np.asarray(mu * height, float)
        return {"Ic": I_r * np.exp(-np.where(q == 0, height, np.log1p(q) * height / np.where(q == 0, 1.0, q)))}


def _largest(current):
    return float(np.abs(current).max())


def slope_scan(current):
    """Slopes from ohmic to a cliff."""
    return np.geomspace(1.5, 150.0, 24)


def exponent_scan(current):
    """Exponents from a linear barrier to a small bundle."""
    return np.linspace(-1.5, 3.0, 19)


def slope_at_criterion(Ic, n_r, mu, I_r):
    """n = dlnV/dlnI at Ic."""
    return n_r * math.exp(mu * math.log(I_r / Ic))


def barrier(Ic, n_r, mu, I_r, temperature, E0, Ec):
    """U0 = kT [n(Ec) - mu ln(E0/Ec)] [J], in the convention with 1/mu, for the field E0 [V/m] at which the barrier vanishes."""
    energy = k_B * temperature * (slope_at_criterion(Ic, n_r, mu, I_r) - mu * math.log(E0 / Ec))
    if energy <= 0:
        raise FitkitError(f"U0 <= 0 for E0 = {E0:g} V/m and mu = {mu:.3g}: this field does not go with the curve")
    return energy


def barrier_remark(values) -> str:
    """U0 is worth what was put in."""
    return (f"ASSUMES E0 = {values['E0']:g} V/m; U = (U0/mu) [(Jc/J)^mu - 1], without the 1/mu it is U0/mu. "
            f"A decade of E0 changes U0 by {abs(values['mu']) * math.log(10):.3g} kT")


def curvature_seen(data, fit):
    """Whether the exponent is told by the data, and which side it is on."""
    error = fit.error("mu")
    if not fit.free("mu") or error is None:
        return None
    mu = fit.value("mu")
    if abs(mu) > 3:
        return Caution(f"mu = {mu:.2g} is no exponent of any barrier: what bends the curve so is its end (stabiliser, heating, averaging) or the baseline; Ic and n are those of this window",
                       ("mu",), "not determined")
    if abs(mu) < 2 * error:
        return Caution(f"mu = {mu:.2g} +- {error:.2g}: the bend of lnV against lnI is not told from none, a power law describes the curve as well: fk.compare(['power_law', 'collective_creep'], data)")
    return Caution(f"mu < 0: lnV against lnI bends up, as with a finite barrier, heating or a wrong baseline, not as in a glass (mu = {mu:.2g} +- {error:.2g})") if mu < 0 else None


def _grid(points, Ic, n_r, mu):
    return np.linspace(-0.02, 10 ** (0.6 / n_r), points) * Ic


MODEL = Model(
    name="collective_creep",
    title="collective creep, vortex glass (barrier of an inverse power)",
    equation="V = Ec d exp{-(n_r/mu) [(I_r/|I|)^mu - (I_r/Ic)^mu]} sign(I),  n(I) = n_r (I_r/I)^mu  (+ offset + R I)",
    validity="below the glass line, kT << U0, below flux flow; mu wants two decades of voltage or more above the noise.",
    function=collective_creep,
    gradient=collective_creep_gradient,
    x=CURRENT,
    y=VOLTAGE,
    params=(
        critical_current(10, 100),
        Param("n_r", scan=slope_scan, positive=True, typical=(8, 40), bounds=(0.0, math.inf), symbol="n_r", meaning="dlnV/dlnI at the largest current I_r"),
        Param("mu", scan=exponent_scan, typical=(0.2, 1.0), symbol=r"\mu", meaning="creep exponent"),
    ),
    known=(*KNOWN, Known("I_r", unit="A", of_x=_largest, positive=True, symbol="I_r", meaning="reference current of the slope, the largest of the curve")),
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "R", "drift"),
    background_default=("offset", "R"),
    derived=(
        Derived("n", "", slope_at_criterion, symbol="n", meaning="n-value dlnV/dlnI at Ic"),
        Derived("U0", "meV", barrier, symbol="U_0", meaning="barrier scale, convention with 1/mu, from E0", remark=barrier_remark, positive=True),
        VORTEX_RATE,
    ),
    cautions=(criterion_in_reach, off_the_law_at_the_criterion, curvature_seen),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        Check(x=248805420.0, params={"Ic": 408522000.0, "n_r": 4.220484e-21 / (k_B * 69.0687), "mu": 1.11957},
              known={"Ec": 1.04585, "tap_distance": 1.0, "I_r": 408522000.0}, y=0.055612852953794787293, rtol=1e-13, source="E0 exp(-(U0/(mu kT))((Jc/J)^mu - 1)) by mpmath, 40 digits"),
        Check(x=60.0, params={"Ic": 50.0, "n_r": 20.0, "mu": 0.0}, known={"Ec": 1e-4, "tap_distance": 0.01, "I_r": 60.0}, y=1e-6 * 1.2**20, rtol=1e-13, source="mu = 0: power law"),
        Check(x=60.0, params={"Ic": 50.0, "n_r": 24.0, "mu": -1.0}, known={"Ec": 1e-4, "tap_distance": 0.01, "I_r": 60.0}, y=1e-6 * math.exp(4.0), rtol=1e-13,
              source="mu = -1: Anderson-Kim with I_1 = I_r/n_r = 2.5 A"),
    ),
    references=(
        "M. P. A. Fisher, Phys. Rev. Lett. 62, 1415 (1989)",
        "M. V. Feigel'man, V. B. Geshkenbein, A. I. Larkin, V. M. Vinokur, Phys. Rev. Lett. 63, 2303 (1989)",
    ),
)
