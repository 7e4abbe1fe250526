"""One fitted V(I) curve without its baseline: voltage, slope and inverse, with the covariance of the fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import FitkitError
from ..fitting.result import DatasetFit, FitResult
from ..measured import Measured
from ..model import Model, get_model


@dataclass(frozen=True)
class Curve:
    """The law of one fitted dataset, as a function of the current [A]."""

    one: DatasetFit

    @cached_property
    def law(self) -> Model:
        """The law that was fitted."""
        return get_model(self.one.law)

    @cached_property
    def known(self) -> dict[str, Any]:
        """What the law takes from the metadata, by name [SI]."""
        found = {}
        for one in self.law.known:
            value = one.given_by.get(self.one.y_name)
            found[one.name] = value if value is not None else self.one.known[one.name].si if one.name in self.one.known else one.absent
        return found

    @cached_property
    def values(self) -> np.ndarray:
        """Parameters of the law [SI]."""
        return np.array([self.one.parameters[param.name].si for param in self.law.params])

    def voltage(self, current: float, values: np.ndarray | None = None) -> float:
        """Voltage [V] (electric field [V/m] where the data hold it) of the law alone."""
        held = {k.name: self.known[k.name] for k in self.law.known if not k.for_derived}
        return float(self.law.function(current, *(self.values if values is None else values), **held))

    def slope(self, current: float, values: np.ndarray | None = None) -> float:
        """n = dlnV/dlnI."""
        h = 1e-4
        up, down = (self.voltage(current * math.exp(side), values) for side in (h, -h))
        return math.log(up / down) / (2 * h) if down > 0 else math.inf

    @cached_property
    def reach(self) -> float:
        """The largest current [A] of the data."""
        return float(np.abs(self.one.x[0]).max())

    @cached_property
    def scatter(self) -> float:
        """Noise of one point [V]."""
        free = self.one.statistics.free if self.one.statistics else 0
        return math.sqrt(float(np.sum(self.one.residuals**2)) / max(len(self.one.y) - free, 1))

    @cached_property
    def top(self) -> float:
        """The largest voltage [V] above the baseline that the data reach."""
        return float(np.abs(self.one.model_part).max())

    @cached_property
    def tap_distance(self) -> float:
        """Distance of the taps [m]; 1 where the data hold the electric field."""
        return float(self.known["tap_distance"])

    def current_where(self, excess: Callable[[float], float]) -> float:
        """Current [A] where a rising function of it passes 0, by bisection of ln I.

        Raises
        ------
        FitkitError
            It does not.
        """
        low, high = self.reach * 1e-6, self.reach
        while not excess(high) > 0:
            high *= 1.3
            if high > 1e4 * self.reach:
                raise FitkitError(f"{self.one.name}: the law {self.law.name} never reaches this criterion")
        if excess(low) > 0:
            raise FitkitError(f"{self.one.name}: the law {self.law.name} is above this criterion at any current: an ohmic foot, or a baseline that is off")
        for _ in range(200):
            middle = math.sqrt(low * high)
            low, high = (low, middle) if excess(middle) > 0 else (middle, high)
            if high - low <= 4e-16 * high:
                break
        return high

    def with_error(self, function: Callable[[np.ndarray], float]) -> tuple[float, float | None]:
        """Value and standard deviation of a function of the parameters [SI]; None where the fit has no covariance."""
        value, statistics = function(self.values), self.one.statistics
        if statistics is None or not np.size(statistics.covariance):
            return value, None
        slopes, places = [], []
        for index, param in enumerate(self.law.params):
            label = next((label for label in (f"{param.name}[{self.one.name}]", param.name) if label in statistics.variables), None)
            if label is None:
                continue
            row = statistics.variables.index(label)
            deviation = math.sqrt(max(statistics.covariance[row, row], 0.0))
            step = min(0.01 * deviation, 1e-3 * abs(self.values[index])) or 1e-6 * abs(self.values[index]) or 1e-9
            moved = [self.values.copy(), self.values.copy()]
            moved[0][index] += step
            moved[1][index] -= step
            slopes.append((function(moved[0]) - function(moved[1])) / (2 * step))
            places.append(row)
        variance = float(np.array(slopes) @ statistics.covariance[np.ix_(places, places)] @ np.array(slopes))
        return value, math.sqrt(variance) if variance >= 0 and math.isfinite(variance) else None


def curves_of(result: FitResult, dataset: str | None = None) -> list[Curve]:
    """The fitted V(I) curves of a result.

    Raises
    ------
    FitkitError
        No fit of a law of V(I), no such dataset, or nothing could be fitted.
    """
    if not isinstance(result, FitResult):
        raise FitkitError(f"wanted the result of a fit of V(I), fk.fit('power_law', curves), found {type(result).__name__}")
    law = get_model(result.law)
    if tuple(column.name for column in law.columns_x) != ("current",):
        raise FitkitError(f"wanted a fit of V(I); '{law.name}' is fitted over {' and '.join(column.name for column in law.columns_x)}")
    names = [one.name for one in result.fits]
    if dataset is not None and dataset not in names:
        raise FitkitError(f"no dataset '{dataset}' in the result. There are {', '.join(names)}")
    found = [one for one in result.fits if (dataset is None or one.name == dataset)]
    bad = [one for one in found if one.failed]
    if bad and len(bad) == len(found):
        raise FitkitError(f"{bad[0].name} was not fitted: {bad[0].failed}")
    return [Curve(one) for one in found if not one.failed]


def measured_meta(data, name: str) -> Measured | None:
    """A metadata number, or None."""
    found = data.meta.get(name)
    return found if isinstance(found, Measured) else None
