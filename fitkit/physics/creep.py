"""Flux creep: barriers, rates and the interpolation formula.

With the barrier U(J) = (U0/mu) [(Jc/J)^mu - 1] one formula covers most of the field: mu = -1 is the linear barrier of
Anderson and Kim, mu -> 0 the logarithmic one, mu > 0 collective creep and the vortex glass, -1 < mu < 0 plastic creep.
U(J) = kT ln(1 + t/t0) makes relaxation laws of it.
"""

from __future__ import annotations

import math

import numpy as np

from ..constants import Phi0, e, k_B, mu0
from ..errors import FitkitError


def centre_of_window(time):
    """Geometric centre of the times [s]: where the moment and its slope in ln t are best determined."""
    return math.sqrt(float(np.min(time)) * float(np.max(time)))


def log_time(time, t_shift, t_r):
    """ln((t + t_shift)/(t_r + t_shift)), without loss of digits near t_r; times in [s]."""
    return np.log1p((time - t_r) / (t_r + t_shift))


def log_time_slope(time, t_shift, t_r):
    """d/dt_shift [1/s] of :func:`log_time`."""
    return 1 / (time + t_shift) - 1 / (t_r + t_shift)


def log1p_over(mu, z):
    """ln(1 + mu z)/mu, which is z at mu = 0. NaN where 1 + mu z is negative."""
    q = mu * z
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.log1p(q) / q
    near = q == 0
    return z * (np.where(near, 1.0, ratio) if np.any(near) else ratio)


def log1p_over_and_curvature(mu, z):
    """:func:`log1p_over`, and phi(mu z) of :func:`log1p_over_curvature` by the same logarithm."""
    q = np.asarray(mu * z, float)
    near = np.abs(q) < 0.03
    with np.errstate(invalid="ignore", divide="ignore"):
        logarithm = np.log1p(q)
        ratio = logarithm / q
        phi = np.asarray((logarithm - q / (1 + q)) / (q * q))
    if near.any():
        phi[near] = _small_curvature(q[near])
        ratio = np.where(q == 0, 1.0, ratio)
    return z * ratio, phi[()]


def log1p_over_curvature(q):
    """phi(q) = [ln(1 + q) - q/(1 + q)]/q^2, so that d/dmu of ln(1 + mu z)/mu is -z^2 phi(mu z); 1/2 at q = 0."""
    return log1p_over_and_curvature(1.0, q)[1]


def _small_curvature(q):
    """phi(q) as a series, 1/2 - 2q/3 + 3q^2/4 - ...; for |q| < 0.03."""
    series = np.full_like(q, _CURVATURE[-1])
    for coefficient in _CURVATURE[-2::-1]:
        series *= q
        series += coefficient
    return series


_CURVATURE = [(-1.0) ** k * (k + 1) / (k + 2) for k in range(11)]


def apparent_energy(S, temperature):
    """U* = kT/S [J] of a relaxation rate S = -dlnM/dlnt at a temperature [K].

    Raises
    ------
    FitkitError
        The moment grows: an acquisition has no pinning energy.
    """
    if S <= 0:
        raise FitkitError("the moment grows (S < 0): an acquisition has no pinning energy")
    return k_B * temperature / S


def barrier_of_rate(S, mu, temperature, time, t0):
    """U0 = kT (1/S - mu ln(t/t0)) [J], the barrier behind a rate S at a time t [s] for an attempt time t0 [s].

    mu = -1: linear barrier, U0 = U* + kT ln(t/t0). mu = 0: logarithmic barrier, U0 = U* whatever t0 is. The barrier is
    (U0/mu) [(Jc/J)^mu - 1]; in the convention without 1/mu it is U0/mu.

    Raises
    ------
    FitkitError
        U0 <= 0: this t0 and this mu do not fit the data.
    """
    energy = apparent_energy(S, temperature) - mu * k_B * temperature * math.log(time / t0)
    if energy <= 0:
        raise FitkitError(f"U0 <= 0 for t0 = {t0:g} s and mu = {mu:.3g}: this attempt time does not fit the data")
    return energy


def attempt_time_remark(values, mu: float = -1.0) -> str:
    """What U0 would be for other attempt times; ``values`` holds S, temperature, t_r, t_shift, t0 in SI."""
    energy = k_B * values["temperature"]
    u_star, t_r = energy / values["S"], values["t_r"] + values["t_shift"]
    start = (f"ASSUMES t0 = {values['t0']:g} s: a single curve with t >> t0 fixes only U* = {u_star / k_B:.4g} K at {t_r:.4g} s "
             f"(T = {values['temperature']:.4g} K). ")
    others = meV_for_attempt_times(lambda t0: u_star - mu * energy * math.log(t_r / t0), values["t0"])
    return f"{start}{others}; {abs(mu) * energy * math.log(10) / (1e-3 * e):.3g} meV per decade of t0"


def meV_for_attempt_times(barrier, t0: float) -> str:
    """``barrier(t0)`` [J] in words for the attempt times that people assume, but for the one taken."""
    energies = {other: barrier(other) / (1e-3 * e) for other in (1e-6, 1e-9, 1e-12) if other != t0}
    return "For t0 = " + ", ".join(f"{other:g} s: {U0:.1f} meV" if U0 > 0 else f"{other:g} s: none (U0 <= 0)" for other, U0 in energies.items())


def ramp_creep_time(magnetization, S, ramp_rate):
    """Time [s] by which creep during the field ramp puts the start of the decay before its end: 0.68 mu0 w J/(n dB/dt).

    Slab of half width w with the current density J, magnetization [A/m] M = J w/2 and n = 1/S, at a ramp rate [T/s]. The
    factor was found from simulated flux diffusion of a slab; for other shapes it gives the order of magnitude.
    """
    return 0.68 * 2 * mu0 * abs(magnetization) * abs(S) / abs(ramp_rate)


def vortex_rate(voltage):
    """Flux quanta that cross between the taps per second, dN/dt = V/Phi0; voltage [V]. 1 uV is 4.84e8 a second.

    B. D. Josephson, Phys. Lett. 16, 242 (1965); P. W. Anderson, Rev. Mod. Phys. 38, 298 (1966) (both recalled, not checked).
    """
    return voltage / Phi0


def ginzburg_number(Tc, penetration_depth, coherence_length, anisotropy=1.0):
    """Gi = (1/2) [2 pi gamma mu0 k_B Tc lambda^2/(Phi0^2 xi)]^2, the size of thermal fluctuations [dimensionless].

    Tc [K], penetration depth and coherence length [m] at T = 0 for fields along the axis of anisotropy gamma >= 1 (in-plane lambda and xi).

    Source: G. Blatter et al., Rev. Mod. Phys. 66, 1125 (1994); in SI units here.
    """
    return 0.5 * (2 * math.pi * anisotropy * mu0 * k_B * Tc * penetration_depth**2 / (Phi0**2 * coherence_length)) ** 2


def least_rate(temperature, Tc, Gi):
    """Gi^(1/2) T/Tc, an order of magnitude below which no superconductor relaxes at low field and temperature.

    Source: S. Eley, M. Miura, B. Maiorov, L. Civale, Nat. Mater. 16, 409 (2017).
    """
    return math.sqrt(Gi) * temperature / Tc
