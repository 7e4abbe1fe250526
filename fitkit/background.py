"""Linear background columns that any law may name; each becomes an ordinary linear parameter of the fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .errors import FitkitError


@dataclass(frozen=True)
class Background:
    """A column ``function(x, data) -> array`` with the unit of its coefficient (in terms of y and x)."""

    name: str
    unit: str
    function: Callable[..., np.ndarray]
    meaning: str
    symbol: str = ""


def _time(x, data):
    time = data["time"]
    return time - time[0]


def _drude(x, data):
    """-(mu B)^2/(1 + (mu B)^2): sigma_xx of one band over its value at B = 0, less 1."""
    if data.meta.get("mobility") is None:
        raise FitkitError(data.missing_meta(("mobility",), "the background 'drude' is that of one band of known mobility"))
    square = (data.si("mobility") * x) ** 2
    return -square / (1 + square)


def _rate(x, data):
    """dx/dt over some rows before or after, whichever is faster: neither the noise of x nor the turn of a ramp blurs it."""
    if data is None:  # a map
        raise FitkitError("the background 'L' follows the time of each curve: fk.fit('power_law', list of datasets, background=['offset', 'L'])")
    time, rows = data["time"], np.arange(len(x))
    reach = max(2, len(x) // 200)
    slopes = []
    for low, high in ((np.maximum(rows - reach, 0), rows), (rows, np.minimum(rows + reach, len(x) - 1))):
        span = time[high] - time[low]
        slopes.append(np.divide(x[high] - x[low], span, out=np.zeros(len(x)), where=span > 0))
    return np.where(np.abs(slopes[0]) >= np.abs(slopes[1]), *slopes)


BACKGROUNDS = {
    one.name: one
    for one in (
        Background("offset", "y", lambda x, data: np.ones_like(x), "constant offset", "y_0"),
        Background("slope", "y/x", lambda x, data: x, "slope in x"),
        Background("R", "y/x", lambda x, data: x, "series resistance (current transfer, contacts)", "R"),
        Background("quadratic", "y/x^2", lambda x, data: x**2, "x^2 background (classical magnetoresistance)"),
        Background("absolute", "y/x", lambda x, data: np.abs(x), "|x| background (empirical linear magnetoresistance)"),
        Background("drude", "y", _drude, "classical sigma_xx of one band of known mobility, sigma_0 [1/(1 + (mu B)^2) - 1]", r"\sigma_0"),
        Background("drift", "y/s", _time, "drift in time (thermal voltage)"),
        Background("L", "y s/x", _rate, "inductive voltage L dI/dt", "L"),
    )
}


def offset_and_hall_parabola(data) -> tuple[str, ...]:
    """Default columns of magnetoconductance: a measured Hall part leaves the single-band parabola -(mu B)^2 sigma_0 in sigma_xx."""
    return ("offset", "quadratic") if data.meta.get("hall_part_used") == "yes" else ("offset",)
