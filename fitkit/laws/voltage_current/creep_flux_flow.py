"""Voltage-current power law with the ceiling of flux flow.

    1/V = 1/V_creep + 1/(R_ff I),   V_creep = Ec d |I/Ic|^n     (+ offset)

written as V = V_creep/(1 + |I/I_x|^(n-1)): below the current I_x hops decide, above it the flux flows with the resistance R_ff = Ec d I_x^(n-1)/Ic^n. Data that
do not reach I_x say nothing of R_ff and leave Ic and n as they are. R_ff is about R_n B/Bc2 (Bardeen-Stephen). Ic belongs to the creep alone.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.voltage_current import criterion_in_reach, off_the_law_at_the_criterion, unusable
from ...model import Caution, Check, Coefficients, Derived, Model, Param
from . import CURRENT, KNOWN, VOLTAGE, VORTEX_RATE, critical_current


def _powers(current, n, I_x):
    """ln|I/I_x|, 0 for the current 0, and the share of the voltage that creep leaves over, 1/(1 + |I/I_x|^(n-1))."""
    size = np.abs(current)
    log = np.log(np.where(size > 0, size, I_x) / I_x)
    with np.errstate(under="ignore"):
        return log, np.exp(-np.logaddexp(0.0, (n - 1) * log))


def creep_flux_flow(current, Ic, n, I_x, tap_distance, Ec):
    """Voltage [V] at a current [A] of either sign; Ic, I_x [A], tap_distance [m], Ec [V/m]."""
    log, _ = _powers(current, n, I_x)
    with np.errstate(under="ignore"):
        exponent = n * (log + np.log(I_x / Ic)) - np.logaddexp(0.0, (n - 1) * log)
        return np.sign(current) * Ec * tap_distance * np.exp(np.minimum(exponent, 650.0))


def creep_flux_flow_gradient(current, Ic, n, I_x, tap_distance, Ec):
    """d/d(Ic, n, I_x) of :func:`creep_flux_flow`."""
    voltage = creep_flux_flow(current, Ic, n, I_x, tap_distance, Ec)
    log, rest = _powers(current, n, I_x)
    return -voltage * n / Ic, voltage * (np.log(I_x / Ic) + log * rest), voltage * (n - 1) * (1 - rest) / I_x


def _columns(current, n, I_x):
    log, _ = _powers(current, n, I_x)
    top = np.log(float(np.abs(current).max()) / I_x)
    with np.errstate(under="ignore"):
        return (np.sign(current) * np.exp(n * (log - top) - np.logaddexp(0.0, (n - 1) * log) + np.logaddexp(0.0, (n - 1) * top)),)


def _parameters(c, current, n, I_x, tap_distance, Ec):
    reach = float(np.abs(current).max())
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # a falling voltage has no critical current
        height = np.log(np.where(c[0] > 0, c[0], np.nan)) + np.logaddexp(0.0, (n - 1) * np.log(reach / I_x)) - math.log(Ec * tap_distance)
        return {"Ic": reach * np.exp(-height / n)}


def n_scan(current):
    """n-values from nearly ohmic to a cliff."""
    return np.geomspace(2.0, 120.0, 30)


def crossover_scan(current):
    """Currents at which flux flow takes over, inside the data and beyond."""
    return float(np.abs(current).max()) * np.geomspace(0.1, 5.0, 24)


def flux_flow_resistance(Ic, n, I_x, tap_distance, Ec):
    """R_ff = Ec d I_x^(n-1)/Ic^n [ohm]."""
    return Ec * tap_distance / Ic * math.exp(min((n - 1) * math.log(I_x / Ic), 650.0))


def flow_seen(data, fit):
    """Data below the crossover hold no flux-flow resistance."""
    reach, I_x = float(np.abs(fit.x[0]).max()), fit.value("I_x")
    if reach < 0.7 * I_x:
        seen = fit.error("I_x") is not None and fit.error("I_x") < 0.1 * I_x
        return Caution(f"the current reaches only {reach / I_x:.2g} I_x: " + ("R_ff rests on a fall of n below it, which other causes have too (collective_creep)" if seen else
                       "flux flow is not seen, I_x and R_ff are not determined; Ic and n are those of the power law"), () if seen else ("I_x",), "" if seen else "not determined")
    return None


def _grid(points, Ic, n, I_x):
    return np.linspace(-0.1, 1.3, points) * I_x


MODEL = Model(
    name="creep_flux_flow",
    title="power law with the ceiling of flux flow",
    equation="V = Ec d |I/Ic|^n sign(I)/(1 + |I/I_x|^(n-1)),  R_ff = Ec d I_x^(n-1)/Ic^n  (+ offset)",
    validity="without heating: pulsed currents or thin bridges; no parallel stabiliser (shunted_power_law).",
    function=creep_flux_flow,
    gradient=creep_flux_flow_gradient,
    x=CURRENT,
    y=VOLTAGE,
    params=(
        critical_current(20, 30, "critical current of the creep alone at the criterion Ec"),
        Param("n", scan=n_scan, positive=True, typical=(5, 12), bounds=(1.0, math.inf), symbol="n", meaning="n-value of the creep"),
        Param("I_x", unit="A", scan=crossover_scan, positive=True, typical=(45, 70), bounds=(0.0, math.inf), symbol="I_x", meaning="current at which creep and flux flow take the same voltage"),
    ),
    known=KNOWN,
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "R", "drift"),
    background_default=("offset", "R"),
    derived=(Derived("R_ff", "uohm", flux_flow_resistance, symbol=r"R_\mathrm{ff}", meaning="flux-flow resistance between the taps", positive=True), VORTEX_RATE),
    cautions=(criterion_in_reach, off_the_law_at_the_criterion, off_the_law_at_the_criterion, flow_seen),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        Check(x=127961590000.0, params={"Ic": 26619400000.0, "n": 8.52029, "I_x": 26619400000.0 * (8.77958e-08 * 26619400000.0 / 1e-4) ** (1 / 7.52029)},
              known={"Ec": 1e-4, "tap_distance": 1.0}, y=64.171056819704169673, rtol=1e-13, source="1/(1/(Ec (J/Jc)^n) + 1/(rho_ff J)) by mpmath, 40 digits"),
        Check(x=1e6, params={"Ic": 20.0, "n": 11.0, "I_x": 40.0}, known={"Ec": 1e-4, "tap_distance": 0.01}, y=1e6 * 1e-6 / 20 * 2**10, rtol=1e-12, source="far above I_x: R_ff I"),
    ),
    references=("J. Bardeen, M. J. Stephen, Phys. Rev. 140, A1197 (1965)",),
)
