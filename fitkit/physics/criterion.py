"""Critical-current criteria: electric field, resistivity and offset, and how they convert along V = Vc (I/Ic)^n."""

from __future__ import annotations

import numpy as np


def criterion_voltage(criterion, tap_distance):
    """Voltage Vc = Ec d [V] of an electric-field criterion [V/m] between taps at a distance [m] (1 uV/cm over 1 cm: 1 uV)."""
    return criterion * tap_distance


def convert_critical_current(Ic, n, criterion, to):
    """Critical current at another electric-field criterion, Ic(E2) = Ic(E1) (E2/E1)^(1/n).

    Parameters
    ----------
    Ic
        Critical current [A] (or current density) at ``criterion``.
    n
        The n-value d ln V/d ln I; the power law must hold between the two criteria.
    criterion, to
        Electric fields E1, E2 [V/m], or voltages over the same taps.

    Returns
    -------
    array or float
        In the unit of ``Ic``.
    """
    return Ic * np.exp(np.log(np.asarray(to) / criterion) / n)


def critical_density_at_resistivity(Jc, n, criterion, resistivity):
    """Critical current density at a resistivity criterion, J = Jc (rho Jc/Ec)^(1/(n-1)).

    Parameters
    ----------
    Jc
        Critical current density [A/m2] at ``criterion`` Ec [V/m].
    n
        The n-value, above 1.
    resistivity
        Criterion rho = E/J [ohm m]. 1e-13 ohm m equals 1 uV/cm at Jc = 1e9 A/m2.
    """
    return Jc * np.exp(np.log(resistivity * np.asarray(Jc) / criterion) / (n - 1))


def offset_critical_current(Ic, n):
    """Offset criterion Ic (1 - 1/n) [A]: where the tangent of V(I) at (Ic, Vc) meets V = 0 (Ekin, Appl. Phys. Lett. 55, 905 (1989))."""
    return Ic * (1 - 1 / np.asarray(n))


def glass_extrapolation(Ic, n, criterion, to, mu=1.0):
    """Critical current at another criterion where lnE bends as in a glass: ln(E2/E1) = (n/mu) [1 - (I1/I2)^mu].

    Parameters
    ----------
    Ic, n
        Critical current and n-value at ``criterion``.
    criterion, to
        Electric fields E1, E2 [V/m].
    mu
        Exponent of the barrier; 0 is the power law.

    Returns
    -------
    float
        In the unit of ``Ic``; infinite where the barrier has vanished before, ln(E2/E1) >= n/mu.
    """
    step = np.log(to / criterion) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        return Ic * np.where(mu * step < 1, np.exp(-np.log1p(-mu * step) / mu) if mu else np.exp(step), np.inf)[()]
