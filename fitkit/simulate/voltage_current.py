"""Voltage of a superconducting tape made of many segments in series, each with its own pinning barrier.

Every segment creeps over a logarithmic barrier U_i ln(Ic_i/I), so that its electric field is Ec (I/Ic_i)^(U_i/k_B T). The segments differ, and the
sum of different power laws is not a power law: Ic and the n-value of the tape are read off the summed curve, as off a measured one, never put in.

Sources: E. Zeldov et al., Appl. Phys. Lett. 56, 680 (1990) (logarithmic barrier); J. W. Ekin, Experimental Techniques for Low-Temperature
Measurements (Oxford, 2006), ch. 10 (criterion, n-value).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.signal import lfilter

from fitkit.constants import k_B
from fitkit.errors import FitkitError


@dataclass(frozen=True)
class TapeSegments:
    """The segments of a tape; one entry each.

    Attributes
    ----------
    share : array (m,)
        Part of the length that the segment takes; the shares add to 1.
    critical_current : array (m,)
        Ic_i at the electric field criterion [A].
    barrier : array (m,)
        Strength U_i of the logarithmic barrier [J].
    temperature : float
        Temperature [K].
    criterion : float
        Electric field at Ic_i [V/m].
    """

    share: np.ndarray
    critical_current: np.ndarray
    barrier: np.ndarray
    temperature: float
    criterion: float = 1e-4


def tape_segments(critical_current: float, barrier: float, temperature: float, *, critical_current_spread: float = 0.0, barrier_spread: float = 0.0,
                  nodes: int = 9) -> TapeSegments:
    """Segments with normally distributed barriers and, independently, log-normally distributed critical currents.

    Parameters
    ----------
    critical_current : float
        Median of Ic_i [A].
    barrier : float
        Mean of U_i [J].
    temperature : float
        Temperature [K].
    critical_current_spread, barrier_spread : float
        Standard deviations, relative.
    nodes : int
        Gauss-Hermite nodes of each of the two distributions: nodes^2 segments stand for the continuous spread.

    Returns
    -------
    TapeSegments

    Raises
    ------
    FitkitError
        If the spread reaches down to barriers below zero.
    """
    deviation, weight = np.polynomial.hermite_e.hermegauss(nodes)
    weight = weight / weight.sum()
    barriers, currents = np.meshgrid(barrier * (1 + barrier_spread * deviation), critical_current * np.exp(critical_current_spread * deviation))
    if barriers.min() <= 0:
        raise FitkitError(f"tape_segments: barrier_spread {barrier_spread:g} is so wide that some barriers are below zero")
    return TapeSegments(np.outer(weight, weight).ravel(), currents.ravel(), barriers.ravel(), temperature)


def tape_electric_field(current: ArrayLike, tape: TapeSegments) -> np.ndarray:
    """Mean electric field along the tape, odd in the current.

    Parameters
    ----------
    current : array of any shape
        Current [A].
    tape : TapeSegments

    Returns
    -------
    array of the shape of `current`
        E [V/m].
    """
    current = np.asarray(current, float)
    reduced = np.abs(current)[..., None] / tape.critical_current
    exponent = tape.barrier / (k_B * tape.temperature)
    return np.sign(current) * tape.criterion * np.sum(tape.share * reduced**exponent, axis=-1)


def tape_current(electric_field: float, tape: TapeSegments) -> float:
    """Current at which the mean electric field of the tape reaches a value: its Ic for that criterion.

    Parameters
    ----------
    electric_field : float
        Criterion [V/m], > 0.
    tape : TapeSegments

    Returns
    -------
    float
        Current [A].
    """
    low, high = tape.critical_current.min(), tape.critical_current.max()
    while tape_electric_field(low, tape) > electric_field:
        low /= 2
    while tape_electric_field(high, tape) < electric_field:
        high *= 2
    return float(brentq(lambda current: np.log(tape_electric_field(current, tape) / electric_field), low, high, xtol=1e-12 * high))


def tape_n_value(tape: TapeSegments, low: float = 1e-5, high: float = 1e-4) -> float:
    """n-value of the tape: slope of the chord of ln E against ln I between two electric fields.

    Parameters
    ----------
    tape : TapeSegments
    low, high : float
        Electric fields [V/m]; by default the usual window of 0.1 to 1 uV/cm.

    Returns
    -------
    float
        ln(high/low)/ln(I(high)/I(low)).
    """
    return float(np.log(high / low) / np.log(tape_current(high, tape) / tape_current(low, tape)))


def ramp_of_tape(tape: TapeSegments, rng: np.random.Generator, *, top: float, points: int, duration: float = 100.0, tap_distance: float = 0.01,
                 offset: float = 0.0, drift: float = 0.0, resistance: float = 0.0, noise: float = 2e-8, correlation: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A ramp of the current from zero as a nanovoltmeter records it.

    Parameters
    ----------
    tape : TapeSegments
    rng : numpy.random.Generator
    top : float
        Largest current [A].
    points : int
        Rows, evenly spaced in time.
    duration : float
        Of the ramp [s].
    tap_distance : float
        Distance of the voltage taps [m].
    offset, drift : float
        Thermal voltage at the beginning [V], and its change in time [V/s].
    resistance : float
        Of a contact between the taps [ohm].
    noise : float
        Standard deviation of the voltage noise between taps 1 cm apart [V]; it grows with the distance as a field does (20 nV/cm).
    correlation : float
        Autocorrelation of the noise from row to row: an AR(1) process of the same standard deviation.

    Returns
    -------
    time [s], current [A], voltage [V] : arrays (points,)
    """
    time = np.linspace(0.0, duration, points)
    current = top * time / duration
    white = rng.normal(size=points)
    error = white if correlation == 0 else lfilter([np.sqrt(1 - correlation**2)], [1.0, -correlation], white[1:], zi=[correlation * white[0]])[0]
    error = error if correlation == 0 else np.concatenate((white[:1], error))
    voltage = tape_electric_field(current, tape) * tap_distance + offset + drift * time + resistance * current
    return time, current, voltage + noise * tap_distance / 0.01 * error
