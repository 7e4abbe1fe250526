"""Voltage-current power law of a superconductor with a stabiliser beside it.

    I = I_s + V/R_s,   V = Ec d |I_s/Ic|^n     (+ offset)

The superconductor carries I_s, the stabiliser (copper, silver, substrate) the rest. I_x is the current that both carry where they carry the same, the crossover at
I = 2 I_x; R_s = Ec d I_x^(n-1)/Ic^n. Above it the voltage is (I - Ic) R_s and the apparent n collapses: a power law must not be fitted there. Below it
the data say nothing of R_s and leave Ic and n as they are.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.voltage_current import criterion_in_reach, off_the_law_at_the_criterion, unusable
from ...model import Caution, Check, Coefficients, Derived, Model, Param
from . import CURRENT, KNOWN, VOLTAGE, VORTEX_RATE, critical_current


def _log_voltage(current, n, I_x):
    """y = ln(V/(R_s I_x)) at |I| > 0, the root of exp(y/n) + exp(y) = |I|/I_x by Newton in ln; and the share exp(y/n) I_x/|I| of the superconductor."""
    size = np.abs(current)
    ratio = np.log(np.where(size > 0, size, I_x) / I_x)
    # one of both carries at least half: y is at most the smaller of the two, and short of it by less than n ln 2
    y = np.minimum(n * ratio, ratio)
    for _ in range(60):
        left = np.logaddexp(y / n, y)
        step = (left - ratio) / ((np.exp(y / n - left) / n) + np.exp(y - left))
        y = y - step
        if np.all(np.abs(step) <= 2e-16 * (1 + np.abs(y))):
            break
    return y, np.exp(y / n - ratio)


def shunted_power_law(current, Ic, n, I_x, tap_distance, Ec):
    """Voltage [V] at a current [A] of either sign; Ic, I_x [A], tap_distance [m], Ec [V/m]."""
    y, _ = _log_voltage(current, n, I_x)
    with np.errstate(under="ignore"):
        return np.sign(current) * Ec * tap_distance * np.exp(np.minimum(n * np.log(I_x / Ic) + y, 650.0))


def shunted_power_law_gradient(current, Ic, n, I_x, tap_distance, Ec):
    """d/d(Ic, n, I_x) of :func:`shunted_power_law`."""
    voltage = shunted_power_law(current, Ic, n, I_x, tap_distance, Ec)
    y, share = _log_voltage(current, n, I_x)
    slope = 1 / (share / n + (1 - share))    # dy/dln(I/I_x)
    return -voltage * n / Ic, voltage * (np.log(I_x / Ic) + slope * share * y / n**2), voltage * (n - slope) / I_x


def _columns(current, n, I_x):
    y, _ = _log_voltage(current, n, I_x)
    return (np.sign(current) * np.exp(y - _top(current, n, I_x)),)


def _top(current, n, I_x):
    """y at the largest current."""
    return _log_voltage(float(np.abs(current).max()), n, I_x)[0]


def _parameters(c, current, n, I_x, tap_distance, Ec):
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # a falling voltage has no critical current
        height = np.log(np.where(c[0] > 0, c[0], np.nan)) - _top(current, n, I_x) - math.log(Ec * tap_distance)
        return {"Ic": I_x * np.exp(-height / n)}


def n_scan(current):
    """n-values from nearly ohmic to a cliff."""
    return np.geomspace(1.5, 150.0, 30)


def crossover_scan(current):
    """Currents at which the stabiliser carries as much, inside the data and beyond."""
    return float(np.abs(current).max()) * np.geomspace(0.1, 4.0, 28)


def shunt_resistance(Ic, n, I_x, tap_distance, Ec):
    """R_s = Ec d I_x^(n-1)/Ic^n [ohm]."""
    return Ec * tap_distance / Ic * math.exp(min((n - 1) * math.log(I_x / Ic), 650.0))


def shared_current(data, fit):
    """Both regimes must be there for n and R_s."""
    reach, crossover = float(np.abs(fit.x[0]).max()), 2 * fit.value("I_x")
    if reach < 0.7 * crossover:
        seen = fit.error("I_x") is not None and fit.error("I_x") < 0.1 * fit.value("I_x")
        return Caution(f"the current reaches only {reach / crossover:.2g} of where the stabiliser carries half: " + ("R_s rests on a fall of n below it, which other causes have too (collective_creep)"
                       if seen else "I_x and R_s are not determined; Ic and n are those of the power law"), () if seen else ("I_x",), "" if seen else "not determined")
    below = int(np.sum((np.abs(fit.x[0]) < crossover) & (np.abs(fit.model_part) > 3 * fit.scatter)))
    if below < 5:
        return Caution(f"{below} points show a voltage before the stabiliser takes over: n and R_s cannot be told from each other", ("n",), "not determined")
    return None


def _grid(points, Ic, n, I_x):
    return np.linspace(-0.1, 3.0, points) * I_x


MODEL = Model(
    name="shunted_power_law",
    title="power law with a stabiliser in parallel (current sharing)",
    equation="I = Ic (V/(Ec d))^(1/n) + V/R_s,  R_s = Ec d I_x^(n-1)/Ic^n  (+ offset)",
    validity="isothermal; the current passes between superconductor and stabiliser outside the taps or evenly between them.",
    function=shunted_power_law,
    gradient=shunted_power_law_gradient,
    x=CURRENT,
    y=VOLTAGE,
    params=(
        critical_current(20, 24, "critical current of the superconductor alone at the criterion Ec"),
        Param("n", scan=n_scan, positive=True, typical=(8, 20), bounds=(1.0, math.inf), symbol="n", meaning="n-value of the superconductor"),
        Param("I_x", unit="A", scan=crossover_scan, positive=True, typical=(26, 32), bounds=(0.0, math.inf), symbol="I_x", meaning="current of each where superconductor and stabiliser carry the same"),
    ),
    known=KNOWN,
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "R", "drift"),
    background_default=("offset", "R"),
    derived=(Derived("R_s", "uohm", shunt_resistance, symbol="R_s", meaning="resistance of the stabiliser between the taps", positive=True), VORTEX_RATE),
    cautions=(criterion_in_reach, off_the_law_at_the_criterion, shared_current),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        Check(x=68.993206, params={"Ic": 27.1963, "n": 15.146, "I_x": 27.1963 * (4.60735e-08 * 27.1963 / 3.49931e-08) ** (1 / 14.146)}, known={"Ec": 3.49931e-08, "tap_distance": 1.0},
              y=1.5681379218857355012e-6, rtol=1e-12, source="root of I = Ic (V/Vc)^(1/n) + V/Rs by mpmath, 40 digits"),
        Check(x=50.0, params={"Ic": 20.0, "n": 11.0, "I_x": 25.0}, known={"Ec": 1e-4, "tap_distance": 0.01}, y=1e-6 * 1.25**11, rtol=1e-12, source="I = 2 I_x: each carries I_x"),
    ),
    references=("J. W. Ekin, Experimental Techniques for Low-Temperature Measurements (Oxford University Press, 2006)",),
)
