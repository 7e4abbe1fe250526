"""Thermally activated hops in numbers with units: how often a vortex tries, and how often it gets away."""

from __future__ import annotations

import math

from .constants import k_B
from .errors import FitkitError
from .measured import Measured, read_measured
from .physics import barriers, creep


def attempt_frequency(*, Jc, normal_resistivity, pin_range, upper_critical_field) -> Measured:
    """Attempt frequency of a pinned vortex, an order of magnitude: Jc rho_n/(2 pi r_p Bc2).

    The stiffness of its well, Jc Phi0/r_p, over the viscosity of Bardeen and Stephen, Phi0 Bc2/rho_n, over 2 pi. Its inverse is a microscopic time, neither the
    t0 of a whole sample (``fk.creep_time``, which grows with the size squared) nor the seconds in which a field sweep is forgotten.

    Parameters
    ----------
    Jc, normal_resistivity, pin_range, upper_critical_field
        Text with a unit (``"1 MA/cm2"``, ``"100 uohm cm"``, ``"2 nm"``, ``"100 T"``), a Measured, or a number in SI. The range of the pins is about the
        coherence length.

    Returns
    -------
    Measured
        [Hz], without an error; ``reason`` says how far it may be trusted.

    Raises
    ------
    FitkitError
        A unit that does not fit, or a number that is not above zero.

    Examples
    --------
    >>> import fitkit as fk
    >>> fk.attempt_frequency(Jc="1 MA/cm2", normal_resistivity="100 uohm cm", pin_range="2 nm", upper_critical_field="100 T").value
    7957747154.594768
    """
    found = barriers.attempt_frequency(*(_positive(value, unit, name) for name, unit, value in (
        ("Jc", "A/m2", Jc), ("normal_resistivity", "ohm m", normal_resistivity), ("pin_range", "m", pin_range), ("upper_critical_field", "T", upper_critical_field))))
    return Measured(found, None, "Hz", "Jc rho_n/(2 pi r_p Bc2)", reason="an order of magnitude: between 1e6 and 1e12 Hz is the honest range; no t0 of a sample")


def hop_rate(barrier, temperature, attempt_frequency="1e9 Hz") -> Measured:
    """Arrhenius rate of hops over a barrier, nu0 exp(-U/kT), with what the errors of barrier and temperature make of it.

    Parameters
    ----------
    barrier
        ``"40(1) meV"``, ``"460 K"`` (energies in kelvin through k_B), a Measured such as ``result["U_star"]``.
    temperature
        ``"10 K"``.
    attempt_frequency
        ``"1e9 Hz"``; the rate is proportional to it.

    Returns
    -------
    Measured
        [Hz]. The error is that of the exponent times the rate, and means a factor where it is not small.

    Raises
    ------
    FitkitError
        No unit or one that does not fit, a temperature or frequency that is not above zero.

    Examples
    --------
    >>> import fitkit as fk
    >>> print(fk.hop_rate("300 K", "10 K"))
    9.35762e-05 Hz
    """
    if isinstance(barrier, Measured):
        U = barrier.to("J")
    else:
        kelvin = isinstance(barrier, str) and barrier.rstrip().endswith("K")
        U = read_measured(barrier, "K" if kelvin else "J", "barrier")
        U = Measured(U.si * k_B, None if U.error is None else U.error * k_B, "J") if kelvin else U.to("J")
    T, nu0 = read_measured(temperature, "K", "temperature"), _positive(attempt_frequency, "Hz", "attempt_frequency", bare=False)
    if not T.si > 0:
        raise FitkitError(f"temperature = {temperature}: wanted a number above 0")
    rate = float(barriers.hop_rate(U.si, T.si, nu0))
    exponent = U.si / (k_B * T.si)
    parts = [abs(part) for part in (U.error and U.error / (k_B * T.si), T.error and exponent * T.error / T.value) if part]
    return Measured(rate, rate * math.hypot(*parts) if parts else None, "Hz", f"nu0 exp(-U/kT), U/kT = {exponent:.4g}")


def ginzburg_number(*, Tc, penetration_depth, coherence_length, anisotropy=1.0) -> Measured:
    """Ginzburg number Gi, which bounds how slowly a superconductor can relax: S is not below about Gi^(1/2) T/Tc.

    Parameters
    ----------
    Tc, penetration_depth, coherence_length
        Text with a unit (``"92 K"``, ``"140 nm"``, ``"1.6 nm"``), a Measured, or a number in SI; both lengths in the planes at T = 0.
    anisotropy
        gamma >= 1 of a layered superconductor.

    Returns
    -------
    Measured
        [dimensionless], without an error.

    Raises
    ------
    FitkitError
        A unit that does not fit, a number that is not above zero, an anisotropy below 1.

    Examples
    --------
    >>> import fitkit as fk
    >>> Gi = fk.ginzburg_number(Tc="92 K", penetration_depth="140 nm", coherence_length="1.6 nm", anisotropy=7)
    >>> print(f"{Gi.value:.2g}")
    0.02

    to be given to the law of S(T): ``fk.fit("creep_rate", result.series("temperature", "S"), assume={"Gi": Gi})``
    """
    gamma = _positive(anisotropy, "", "anisotropy")
    if gamma < 1:
        raise FitkitError(f"anisotropy = {anisotropy}: gamma is 1 or above (lambda_c/lambda_ab, about 7 for YBa2Cu3O7); its inverse, {1 / gamma:.3g}?")
    found = creep.ginzburg_number(_positive(Tc, "K", "Tc"), _positive(penetration_depth, "m", "penetration_depth"), _positive(coherence_length, "m", "coherence_length"), gamma)
    return Measured(found, None, "", "(1/2) [2 pi gamma mu0 k_B Tc lambda^2/(Phi0^2 xi)]^2", reason="an order of magnitude")


def _positive(value, unit: str, name: str, bare: bool = True) -> float:
    found = read_measured(value, unit, name, bare=bare).si
    if not found > 0:
        raise FitkitError(f"{name} = {value}: wanted a number above 0")
    return found
