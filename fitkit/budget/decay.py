"""One fitted decay as the sources of error look at it: its numbers, and the same fit repeated on changed data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..background import BACKGROUNDS
from ..data import Dataset
from ..errors import FitkitError
from ..fitting.result import DatasetFit, FitResult
from ..fitting.run import fit
from ..measured import Measured
from ..model import Model, get_model
from ..physics.decay_residuals import followed, lag_one

PRIOR = "time_origin_err"


@dataclass(frozen=True)
class Decay:
    """A fit of one dataset, with the quantity whose error is wanted."""

    result: FitResult
    one: DatasetFit
    quantity: str
    other_branch: Dataset | None = None

    @cached_property
    def law(self) -> Model:
        """The law that was fitted."""
        return get_model(self.result.law)

    @property
    def data(self) -> Dataset:
        """The points of the decay."""
        return self.one.data

    @property
    def time(self) -> np.ndarray:
        """Times of the points [s]."""
        return self.one.x[0]

    @cached_property
    def value(self) -> float:
        """The quantity [SI]."""
        return self.one[self.quantity].si

    @cached_property
    def statistical(self) -> float:
        """Its standard deviation [SI] from the scatter alone: the clock taken as exact."""
        found = self.with_error(self.data)
        return abs(replace(found, value=found.value + (found.error or 0.0)).si - found.si)

    def with_error(self, data: Dataset, fitted: DatasetFit | None = None) -> Measured:
        """The quantity in a fit of other data (``fitted``, where it was made already), with an error also where it was refused for what the residuals look like: that is what the budget is about.

        Raises
        ------
        FitkitError
            There is none.
        """
        found = (fitted or self.refitted(data))[self.quantity]
        if found.error is None and self.one.y_err is None:
            found = self.refitted(data, errors="white")[self.quantity]
        if found.error is None or not math.isfinite(found.value):
            raise FitkitError(f"{self.one.name}: {self.quantity} = {found} has no error to split: {found.reason or found.verdict}")
        return found

    def statistical_of(self, left: np.ndarray) -> float:
        """The statistical error [SI] if only ``left`` (weighted residuals) is noise: what a cause explains is no scatter."""
        def spread(rest: np.ndarray, corrected: bool) -> float:
            rho = lag_one(rest) if corrected else 0.0
            return (float(rest @ rest) / len(rest) if self.one.y_err is None else 1.0) * (1 + rho) / (1 - rho)

        corrected = self.one.statistics is not None and self.one.statistics.corrected
        plain = spread(self.one.residuals * self.weight, corrected)
        return self.statistical * min(math.sqrt(spread(left, corrected) / plain), 1.0) if plain > 0 else self.statistical

    @cached_property
    def t_r(self) -> float:
        """The reference time [s] of the fit."""
        return self.one.known["t_r"].si if "t_r" in self.one.known else math.sqrt(float(self.time.min() * self.time.max()))

    @cached_property
    def size(self) -> float:
        """|M| in the middle of the window [SI]."""
        return float(abs(np.interp(math.log(self.t_r), np.log(self.time), self.one.fitted)))

    def refitted(self, data: Dataset, law: str | None = None, free: Sequence[str] = (), errors: str | None = None) -> DatasetFit:
        """The same fit of changed data or with another law, at the same reference time; the prior of the clock left out."""
        given = self.result.options
        meta = {name: value for name, value in data.meta.items() if name != PRIOR}
        assume = {**given["assume"], **({"t_r": f"{self.t_r!r} s"} if any(one.name == "t_r" for one in (get_model(law) if law else self.law).known) else {})}
        if law is not None:  # its parameters are others
            known = {one.name for one in get_model(law).known}
            options: dict[str, Any] = {"free": free, "assume": {name: value for name, value in assume.items() if name in known}}
        else:
            options = {"fix": given["fix"], "free": [*given["free"], *(name for name in free if name not in given["free"])],
                       "start": given["start"], "bounds": given["bounds"], "assume": assume}
        return fit(law or self.law, replace(data, meta=meta), background=given["background"], errors=errors or given["errors"], loss=given["loss"], **options).fits[0]

    def without_first(self, number: int) -> tuple[Dataset, DatasetFit]:
        """The data without their first points, and their fit: two sources of error look at the same ones.

        Raises
        ------
        FitkitError
            They cannot be fitted.
        """
        if number not in self._without:
            data = self.data.select(np.sort(np.argsort(self.time)[number:]))
            self._without[number] = (data, self.refitted(data))
        return self._without[number]

    @cached_property
    def _without(self) -> dict[int, tuple[Dataset, DatasetFit]]:
        return {}

    def si_of(self, one: DatasetFit) -> float:
        """The quantity [SI] in another fit; NaN where it has none."""
        return one.get(self.quantity).si

    def change(self, data: Dataset) -> float:
        """Change of the quantity [SI] if the fit had these data."""
        return self.si_of(self.refitted(data)) - self.value

    def with_moment(self, values: np.ndarray) -> Dataset:
        """The data with another moment [SI]."""
        return self.data.with_columns({self.one.y_name: values})

    @cached_property
    def weight(self) -> np.ndarray:
        """One over the error of each point, 1 where none are given."""
        return np.ones(len(self.one.y)) if self.one.y_err is None else 1 / self.one.y_err

    @cached_property
    def design(self) -> np.ndarray:
        """Weighted derivatives by the fitted parameters, shape (parameters, points)."""
        values = [self.one.parameters[param.name].si for param in self.law.params]
        known = {k.name: self.one.known[k.name].si for k in self.law.known if not k.for_derived and k.name in self.one.known}
        _, gradient = self.law.evaluate(self.one.x, values, known)
        rows = [np.broadcast_to(row, self.one.y.shape) for param, row in zip(self.law.params, gradient) if self.one.parameters[param.name].verdict != "fixed"]
        rows += [BACKGROUNDS[name].function(self.time, self.data) for name in self.one.parameters if name in BACKGROUNDS]
        return np.array(rows) * self.weight

    def regressed(self, columns: np.ndarray, prior: Sequence[float] | None = None):
        """Coefficients [SI per unit of the column] of columns in the residuals, their covariance, and chi^2 with them."""
        return followed(self.one.residuals * self.weight, self.design, np.atleast_2d(columns) * self.weight, prior)

    def apart(self, column: np.ndarray) -> float:
        """Part of a column (its mean left out) that neither the fitted parameters nor a parabola in ln t take over."""
        x = np.log(self.time)
        shapes = np.concatenate([self.design, np.array([np.ones_like(x), x - x.mean(), (x - x.mean()) ** 2]) * self.weight])
        basis = np.linalg.svd(shapes / np.linalg.norm(shapes, axis=1, keepdims=True), full_matrices=False)[2]
        weighted = (column - column.mean()) * self.weight
        left = weighted - (weighted @ basis.T) @ basis
        return float(np.linalg.norm(left)) / max(float(np.linalg.norm(weighted)), 1e-300)

    def response(self, column: np.ndarray) -> float:
        """Change of the quantity [SI] per unit of a column taken out of the moment."""
        step = 1e-3 * self.size / max(float(np.abs(column).max()), 1e-300)
        return (self.si_of(self.refitted(self.with_moment(self.one.y - step * column))) - self.value) / step

    @cached_property
    def chi2(self) -> float:
        """Weighted sum of squares of the fit."""
        rest = self.one.residuals * self.weight
        return float(rest @ rest)

    def score(self, chi2: float, added: int) -> float:
        """AICc beside the same number for the plain fit: how much better a fit with ``added`` parameters describes the points; negative is better."""
        points = len(self.one.y)

        def aicc(square: float, free: int) -> float:
            core = square if self.one.y_err is not None else points * math.log(max(square, 1e-300) / points)
            return core + 2 * free * points / max(points - free - 1, 1)

        return aicc(chi2, len(self.design) + added) - aicc(self.chi2, len(self.design))

    def meta(self, name: str) -> Measured | None:
        """A metadata number, or None."""
        found = self.data.meta.get(name)
        return found if isinstance(found, Measured) else None
