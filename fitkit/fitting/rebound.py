"""A dataset of a result bound to its law again, as the fit had it: what bootstrap and profile begin from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..errors import FitkitError
from ..model import Model, get_model
from .problem import Curve, bind
from .result import DatasetFit, FitResult
from .settings import Settings, limits_of


@dataclass(frozen=True)
class Bound:
    """A dataset of a result with its law: the curve, fixed values, bounds and optimum in SI, as the fit had them."""

    fit: DatasetFit
    curve: Curve
    fixed: Mapping[str, float]
    limits: list[tuple[float, float]]
    theta: np.ndarray

    @cached_property
    def free(self) -> list[int]:
        """Indices of the free parameters."""
        return [index for index, name in enumerate(self.curve.names) if name not in self.fixed]

    @property
    def given(self) -> bool:
        """Whether the data have errors of their own."""
        return self.curve.y_err is not None or self.curve.whitener is not None

    @cached_property
    def fitted(self) -> np.ndarray:
        """The fitted curve [SI]."""
        return self._evaluated[0]

    @cached_property
    def residuals(self) -> np.ndarray:
        """Weighted residuals, shape (N,)."""
        return self.curve.weigh(self.curve.y - self.fitted)

    @cached_property
    def jacobian(self) -> np.ndarray:
        """Weighted derivatives by the free parameters, shape (V, N)."""
        return self.curve.weigh(self._evaluated[1][self.free])

    @cached_property
    def _evaluated(self) -> tuple[np.ndarray, np.ndarray]:
        return self.curve.evaluate(self.theta)

    @cached_property
    def log(self) -> np.ndarray:
        """Which free parameters enter as logarithms."""
        return np.array([self.curve.params[index].positive and self.limits[index][0] >= 0 for index in self.free], bool)


def rebind(result: FitResult, dataset: str | None, model: Model | None, what: str) -> Bound:
    """The dataset of a result that ``what`` (bootstrap, profile) works on.

    Raises
    ------
    FitkitError
        Several datasets and none named, a joint or robust fit, a fit that failed, a law of the user's own that is not given, nothing free.
    """
    names = [one.name for one in result.fits]
    if result.options.get("share") and len(names) > 1:
        raise FitkitError(f"{what}: the datasets were fitted together (share={list(result.options['share'])}); {what} works on fits of one dataset. "
                          "Fit without share, or with fix= at the joint value")
    if dataset is None and len(names) > 1:
        raise FitkitError(f"{what}: the result holds {len(names)} datasets, name one with dataset=: {', '.join(names)}")
    if dataset is not None and dataset not in names:
        raise FitkitError(f"{what}: no dataset '{dataset}'. There are {', '.join(names)}")
    one = result.fits[0 if dataset is None else names.index(dataset)]
    if one.failed:
        raise FitkitError(f"{what}: {one.name} could not be fitted: {one.failed}")
    law = _law(result, model, what)
    options = result.options
    if options.get("loss"):
        raise FitkitError(f"{what}: the fit used loss='{options['loss']}', whose errors are approximate; leave the outliers out with fk.drop_rows and fit again")
    # the fitted parameters and knowns say what the options meant, also where those came from texts or other fits
    background = [name for name in one.parameters if name not in {param.name for param in law.params}]
    assume = {name: one.known[name] for name in options.get("assume") or {}}
    curve = bind(law, one.data, background=background, errors=options.get("errors"), assume=assume)
    if curve.y_err is not None and one.y_err is not None and len(one.y_err) == len(curve.y_err):
        curve = replace(curve, y_err=one.y_err)  # with the errors of x in it
    fixed = {name: value.si for name, value in one.parameters.items() if value.origin == "fixed"}
    settings = Settings(law, names, {}, {}, tuple(options.get("free") or ()), {}, dict(options.get("bounds") or {}), background)
    user = settings.si(settings.bounds, curve, pair=True)
    limits = [limits_of(curve, param, unit, user.get(name)) for name, param, unit in zip(curve.names, curve.params, curve.units)]
    theta = np.array([one.parameters[name].si for name in curve.names])
    for index, (low, high) in enumerate(limits):
        if curve.names[index] not in fixed:
            theta[index] = min(max(theta[index], low), high)  # a unit and back moves the last digit over a bound
    bound = Bound(one, curve, fixed, limits, theta)
    if not bound.free:
        raise FitkitError(f"{what}: all parameters of {one.name} are fixed")
    return bound


def _law(result: FitResult, model: Model | None, what: str) -> Model:
    if model is not None:
        law = get_model(model)
        if law.name != result.law:
            raise FitkitError(f"{what}: the result is of the law '{result.law}', model= is '{law.name}'")
        return law
    try:
        return get_model(result.law)
    except FitkitError:
        raise FitkitError(f"{what}: the law '{result.law}' is not in the catalogue; give it: fk.{what}(result, ..., model=your_model)") from None
