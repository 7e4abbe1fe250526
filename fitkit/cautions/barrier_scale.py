"""What laws with a barrier U0 g(T), g = (1 - (T/Tc)^2)^q, say of Tc and of the g that was chosen."""

from __future__ import annotations

import math

from ..model import Caution


def above_Tc(data, known) -> str | None:
    """There is no barrier from Tc on: either Tc is wrong or these rows are not of the superconductor."""
    Tc, temperature = known["Tc"], data["temperature"]
    if not (temperature >= Tc).any():
        return None
    return (f"{int((temperature >= Tc).sum())} of {len(temperature)} rows lie at or above Tc = {Tc:.4g} K (up to {temperature.max():.4g} K), where no barrier is left.\n"
            f"    correct Tc, or leave them out: fk.where(data, 'temperature < {Tc:.4g} K')")


def stated_barrier_scale(data, fit) -> Caution:
    """The chosen g(T) decides U0: it is said."""
    if math.isinf(fit.known["Tc"]):
        return Caution("g(T) = 1: U0 and Jc taken as independent of temperature (give Tc for g = (1 - (T/Tc)^2)^q)")
    return Caution(f"g(T) = (1 - (T/{fit.known['Tc']:.4g} K)^2)^{fit.known['q']:g} assumed")
