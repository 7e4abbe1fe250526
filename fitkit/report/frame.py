"""On which axes one fit is drawn: logarithmic time, signed or absolute field, E against J."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import FitkitError
from ..fitting.band import background_at
from ..fitting.result import DatasetFit
from ..measured import Measured
from ..names import QUANTITIES
from ..units import parse_unit
from .figure import label

VIEWS = ("auto", "linear", "log", "absolute")


@dataclass(frozen=True)
class Frame:
    """The axes of one fit: scales, labels, and what the numbers [SI] are there.

    ``folded``: |x|. ``clean``: y without its background and with the sign of x, as a logarithm wants it. ``x_over``, ``y_over`` [SI] divide (the
    cross-section, the distance of the taps) before the numbers are shown in ``x_unit``, ``y_unit``.
    """

    x_label: str
    y_label: str
    x_unit: str
    y_unit: str
    x_log: bool = False
    y_log: bool = False
    folded: bool = False
    clean: bool = False
    x_over: float = 1.0
    y_over: float = 1.0

    def x(self, values: np.ndarray) -> np.ndarray:
        """Places [SI] as they are drawn."""
        return parse_unit(self.x_unit).from_si((np.abs(values) if self.folded else values) / self.x_over)

    def y(self, values: np.ndarray, background: np.ndarray | float = 0.0, x: np.ndarray | float = 1.0) -> np.ndarray:
        """Values [SI] at places ``x`` as they are drawn."""
        return parse_unit(self.y_unit).from_si(((values - background) * np.sign(x) if self.clean else values) / self.y_over)


def frame_of(one: DatasetFit, view: str = "auto") -> Frame:
    """The axes of a fit.

    Parameters
    ----------
    view
        ``"auto"``: logarithmic time for decays, else linear with the sign of x. ``"linear"``. ``"absolute"``: against |x|. ``"log"``: what the
        physics reads on logarithms: M against ln t, E-J (or V-I) with both logarithmic and the fitted background taken off, Delta sigma against ln |B|,
        and both logarithmic over temperature.

    Raises
    ------
    FitkitError
        Another word, or no positive numbers for a logarithm.
    """
    if view not in VIEWS:
        raise FitkitError(f"view={view!r}: wanted one of {', '.join(VIEWS)}")
    x, y = one.x_names[0], one.y_name
    x_unit, y_unit = (one.data.units.get(name, QUANTITIES.get(name, ("", ""))[1]) for name in (x, y))
    plain: dict[str, Any] = {"x_label": label(x, x_unit), "y_label": label(y, y_unit), "x_unit": x_unit, "y_unit": y_unit}
    folded: dict[str, Any] = {**plain, "x_label": label(f"|{x}|", x_unit), "folded": True}
    if view == "absolute":
        return Frame(**folded)
    if x == "time":
        return Frame(**plain, x_log=view != "linear")
    if view != "log":
        return Frame(**plain)
    if x == "current" and y in ("voltage", "electric_field"):
        return _field_against_density(one, folded)
    if x == "field":
        return Frame(**folded, x_log=True)
    if not (np.all(one.x[0] > 0) and np.all(one.y > 0)):
        raise FitkitError(f"{one.name}: view='log' wants positive numbers, {x} or {y} is not: view='linear'")
    return Frame(**plain, x_log=True, y_log=True)


def _field_against_density(one: DatasetFit, plain: dict) -> Frame:
    """E against J where the distance of the taps and the cross-section are known, else V against I."""
    distance = one.known.get("tap_distance", one.data.meta.get("tap_distance"))
    sizes = [size.si for name in ("width", "thickness") if isinstance(size := one.data.meta.get(name), Measured)]
    found = dict(plain)
    if one.y_name == "electric_field":
        found |= {"y_label": label("E", "uV/cm", "E"), "y_unit": "uV/cm"}
    elif isinstance(distance, Measured):
        found |= {"y_label": label("E", "uV/cm", "E"), "y_unit": "uV/cm", "y_over": distance.si}
    else:
        found |= {"y_label": label("|voltage|", plain["y_unit"])}
    if len(sizes) == 2:
        found |= {"x_label": label("J", "A/cm2", "J"), "x_unit": "A/cm2", "x_over": sizes[0] * sizes[1]}
    return Frame(**found, x_log=True, y_log=True, clean=True)


def curve_of(one: DatasetFit, frame: Frame) -> tuple[tuple[np.ndarray, ...], np.ndarray, np.ndarray]:
    """(places, curve, its background) [SI] of the line through the data: dense where the law can be evaluated between few points, else at the points."""
    x, order = one.x[0], np.argsort(one.x[0], kind="stable")
    if len(x) <= 40 and len(one.x) == 1:
        low, high = x[order[0]], x[order[-1]]
        dense = np.geomspace(low, high, 200) if low > 0 else np.linspace(low, high, 400)
        try:
            return (dense,), one.predict(dense), background_at(one, dense)
        except FitkitError:
            pass  # a law of the user's own: straight between the points
    if len(one.x) > 1:
        order = _by_the_others(one)
    elif frame.folded:
        order = np.argsort(np.abs(x), kind="stable")
    return tuple(values[order] for values in one.x), one.fitted[order], one.background_part[order]


def _by_the_others(one: DatasetFit) -> np.ndarray:
    """Rows of a law of several x: one line for each level of the others (a temperature, a branch), else one for each value of the first."""
    levels = [values for values in one.x[1:] if len(np.unique(values)) <= max(len(values) // 3, 2)]
    return np.lexsort((one.x[0], *levels)) if levels else np.lexsort((*one.x[1:], one.x[0]))


def breaks_of(places: tuple[np.ndarray, ...]) -> np.ndarray:
    """Where the line of a law of several x starts anew."""
    if len(places) < 2:
        return np.empty(0, int)
    levels = [values for values in places[1:] if len(np.unique(values)) <= max(len(values) // 3, 2)] or [places[0]]
    return np.flatnonzero(np.any([np.diff(values) != 0 for values in levels], axis=0)) + 1
