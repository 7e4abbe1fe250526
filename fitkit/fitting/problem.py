"""One problem for single, series and joint fits: whose variable is which, scaled residuals and their exact Jacobian.

Units and scaling are dealt with here and nowhere else. A variable u of the minimiser is 0 at the start; a parameter is
theta = theta_0 + s u, with s = |y|/|column of the Jacobian|, or theta_0 exp(u) where it is positive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ..background import BACKGROUNDS
from ..data import Dataset, Note
from ..errors import FitkitError
from ..measured import Measured, read_measured
from ..model import Model, Param, required_arguments
from ..names import QUANTITIES
from ..units import Unit, parse_unit

_OHMS = {1e-9: "nohm", 1e-6: "uohm", 1e-3: "mohm", 1.0: "ohm", 1e3: "kohm"}


@dataclass(frozen=True)
class Curve:
    """A dataset bound to a law: arrays in SI, knowns in SI, background columns, and the names and units of its parameters."""

    data: Dataset
    model: Model
    x: tuple[np.ndarray, ...]
    y: np.ndarray
    y_err: np.ndarray | None
    y_name: str
    known: Mapping[str, float]
    known_measured: Mapping[str, Measured]
    background: np.ndarray
    names: tuple[str, ...]
    params: tuple[Param, ...]
    units: tuple[Unit, ...]
    groups: tuple[np.ndarray, ...]
    whitener: np.ndarray | None = None
    weights: np.ndarray | None = None   # of a robust fit, on top of the errors
    relative: float | None = None       # f/sigma_0 [1/SI] of noise that grows with the signal; None: not asked for
    white: bool = False         # by the caller: neighbouring residuals are independent whatever they look like

    @property
    def model_size(self) -> int:
        """How many parameters belong to the law; those of the background follow."""
        return len(self.model.params)

    def weigh(self, rows: np.ndarray) -> np.ndarray:
        """Divide by the errors (or whiten with the covariance); the last axis runs over the points."""
        if self.whitener is not None:
            return rows @ self.whitener.T
        rows = rows if self.y_err is None else rows / self.y_err
        return rows if self.weights is None else rows * np.sqrt(self.weights)

    def evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values (N,) and derivatives (parameters, N) at local SI parameters, background included."""
        place = theta.tobytes()
        if place not in self._latest:
            self._latest.clear()
            self._latest[place] = self._evaluated(theta)
        return self._latest[place]

    def _evaluated(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        size = self.model_size
        value, gradient = self.model.evaluate(self.x, [float(v) for v in theta[:size]], self.function_known)
        rows = np.empty((len(theta), len(self.y)))
        for index, one in enumerate(gradient):
            rows[index] = one
        rows[size:] = self.background
        return value + theta[size:] @ self.background, rows

    @cached_property
    def function_known(self) -> dict[str, float]:
        """Knowns [SI] that the function of the law takes."""
        return {k.name: self.known[k.name] for k in self.model.known if not k.for_derived}

    @cached_property
    def _latest(self) -> dict[bytes, tuple[np.ndarray, np.ndarray]]:
        """The last evaluation: scaling, minimiser and errors ask for the same place one after another."""
        return {}

    @cached_property
    def scans(self) -> dict[str, np.ndarray]:
        """Scan grids of nonlinear parameters that were asked for already (:func:`start.scan_grid`)."""
        return {}


def bind(model: Model, data: Dataset, *, background: Sequence[str] | None = None, errors: str | None = None,
         assume: Mapping | None = None) -> Curve:
    """Bind a dataset to a law.

    Raises
    ------
    FitkitError
        A column or a known is missing, values are not finite, errors are zero, or there are too few points; the text names
        the file and what to type.
    """
    where = data.source.path if data.source else data.name
    x_names, y_name = [_choose(data, column.choices, model.made_by) for column in model.columns_x], _choose(data, model.y.choices, model.made_by)
    data = _without_void(model, data)
    x, y = tuple(data[name] for name in x_names), data[y_name]
    for name in (*x_names, y_name):
        finite = np.isfinite(data[name])
        if not finite.all():
            bad = int(np.sum(~finite))
            raise FitkitError(f"{where}: {bad} of {len(data)} rows have no finite number in '{name}'.\n    leave them out: fk.drop_nonfinite(data)")
    if len(y) < 2:
        raise FitkitError(f"{where}: {len(y)} point{'s' if len(y) != 1 else ''}, a fit of '{model.name}' wants more than it has parameters")
    if y.max() == y.min():
        raise FitkitError(f"{where}: all {len(y)} values of '{y_name}' are equal ({y[0]:g} SI): nothing to fit. Was the range of the instrument exceeded?")
    for name, values in zip(x_names, x):
        if values.max() == values.min():
            raise FitkitError(f"{where}: all {len(y)} values of '{name}' are equal: '{model.name}' wants a curve against it")
    y_err = _errors(data, y_name, errors, where)
    known, known_measured = _known(model, data, x, y_name, assume or {}, where)
    complaint = None
    if model.invalid:
        complaint = model.invalid(data, known) if len(required_arguments(model.invalid)) > 1 else model.invalid(data)
    if complaint:
        raise FitkitError(f"{where}: {complaint}")

    chosen = background
    if chosen is None:
        chosen = model.background_default(data) if callable(model.background_default) else model.background_default
    for name in chosen:
        if name not in model.background:
            raise FitkitError(f"law '{model.name}' offers the backgrounds {', '.join(model.background) or 'none'}; found '{name}'")
    columns = np.array([BACKGROUNDS[name].function(x[0], data) for name in chosen]).reshape(len(chosen), len(y))
    params = (*model.params, *(Param(name, BACKGROUNDS[name].unit, linear=True, symbol=BACKGROUNDS[name].symbol, meaning=BACKGROUNDS[name].meaning)
                               for name in chosen))
    y_unit, x_unit = data.units[y_name] or "", data.units[x_names[0]] or ""
    covariance = data.covariance.get(y_name)
    return Curve(data=data, model=model, x=x, y=y, y_err=y_err, y_name=y_name, known=known, known_measured=known_measured, background=columns,
                 names=tuple(p.name for p in params), params=params, units=tuple(_unit_of(p.unit, y_unit, x_unit) for p in params),
                 groups=_groups(data, len(y)), whitener=None if covariance is None else np.linalg.inv(np.linalg.cholesky(covariance)), white=errors == "white",
                 relative=0.0 if errors == "proportional" else None)


def _without_void(model: Model, data: Dataset) -> Dataset:
    """The data without rows that hold nothing of the law by construction; a note says how many."""
    rows, reason = model.void(data) if model.void else (np.zeros(len(data), bool), "")
    if not rows.any():
        return data
    kept = data.select(~rows)
    return replace(kept, notes=(*kept.notes, Note(None, None, f"{int(rows.sum())} of {len(rows)} rows left out: {reason}")))


def _choose(data: Dataset, choices: Sequence[tuple[str, str]], made_by: str) -> str:
    for name, _ in reversed(choices):  # the alternatives are made from the first: who made one wants it fitted
        if name in data:
            return name
    for name, _ in choices:
        if name in data.choices:
            raise FitkitError(data.missing(name))
    raise FitkitError(data.missing(choices[0][0], made_by))


def _errors(data: Dataset, y_name: str, errors: str | None, where: str) -> np.ndarray | None:
    name = y_name + "_err"
    if errors in ("scatter", "white", "proportional") or (name not in data and errors is None):
        return None
    if errors not in (None, "given", "file"):
        raise FitkitError(f"errors={errors!r}: 'given' uses the column '{name}', 'scatter' estimates the noise from the fit, 'white' too and takes neighbouring "
                          "residuals as independent, 'proportional' lets it grow with the signal, None decides by the data")
    if name not in data:
        raise FitkitError(f"{where}: no column '{name}'. Give it ({name}=(values, unit)), take the instrument's (fk.load(..., errors='file')), or errors='scatter'")
    values = data[name]
    bad = np.flatnonzero(~(values > 0) | ~np.isfinite(values))
    if len(bad) == len(values) or len(bad):
        rows = ", ".join(map(str, bad[:8])) + (" ..." if len(bad) > 8 else "")
        raise FitkitError(f"{where}: {len(bad)} of {len(values)} errors in '{name}' are zero, negative or missing (rows {rows}).\n"
                          "    leave these rows out: fk.drop_rows(data, rows, reason)   or   errors='scatter'")
    return values


def _known(model: Model, data: Dataset, x, y_name: str, assume: Mapping, where: str) -> tuple[dict[str, float], dict[str, Measured]]:
    values, measured = {}, {}
    for name in assume:
        if name not in [k.name for k in model.known]:
            raise FitkitError(f"assume: law '{model.name}' knows {', '.join(k.name for k in model.known) or 'nothing'}, not '{name}'")
    for known in model.known:
        unit = parse_unit(known.unit)
        if y_name in known.given_by:  # the column has it in already, whatever the metadata say
            values[known.name] = known.given_by[y_name]
            continue
        if known.name in assume:
            one = read_measured(assume[known.name], known.unit, known.name, bare=True)
        elif known.name in data.meta and isinstance(data.meta[known.name], Measured):
            one = data.meta[known.name]
        elif known.of_x is not None:
            one = Measured(unit.from_si(known.of_x(*x)), None, known.unit, "data")
        elif known.name in data and known.name in QUANTITIES:
            column = data[known.name]
            one = Measured(unit.from_si(float(column.mean())), float(column.std()) / unit.factor, known.unit, "column")
        elif known.default is not None:
            one = Measured(known.default, None, known.unit, "default")
        elif known.absent is not None:
            values[known.name] = known.absent
            continue
        else:
            raise FitkitError(data.missing_meta((known.name,), known.meaning))
        if known.positive and not one.si > 0:
            raise FitkitError(f"{where}: {known.name} = {one} ({one.origin}): the {known.meaning} must be above 0")
        values[known.name], measured[known.name] = one.si, one
    return values, measured


def _unit_of(unit: str, y_unit: str, x_unit: str) -> Unit:
    if not unit.startswith("y"):
        return parse_unit(unit)
    wrapped_y, wrapped_x = (f"({one})" if "/" in one or " " in one else one or "1" for one in (y_unit, x_unit))
    text = {"y": y_unit, "y/x": f"{wrapped_y}/{wrapped_x}", "y/x^2": f"{wrapped_y}/{wrapped_x}^2", "y/s": f"{wrapped_y}/s", "y s/x": f"{wrapped_y} s/{wrapped_x}"}[unit]
    if unit != "y" and x_unit == "":
        text = y_unit
    parsed = parse_unit(text)
    if parsed.dimension == parse_unit("ohm").dimension and parsed.factor in _OHMS:
        parsed = parse_unit(_OHMS[parsed.factor])
    return parsed


def _groups(data: Dataset, size: int) -> tuple[np.ndarray, ...]:
    """Rows of each sweep in time order: neighbours of different sweeps are no neighbours."""
    if "direction" not in data:
        return (np.arange(size),)
    direction = data["direction"]
    return tuple(np.flatnonzero(direction == value) for value in np.unique(direction))


@dataclass
class Variable:
    """One free number of the problem: a parameter of one curve, or shared by several. Values and bounds in SI."""

    name: str
    members: list[tuple[int, int]]
    param: Param
    unit: Unit
    low: float = -math.inf
    high: float = math.inf
    bounded: bool = False       # by the caller, not by the range that the data could show
    label: str = ""


@dataclass
class Problem:
    """Curves with their variables; ``base`` holds the local parameters of each curve (fixed ones at their value)."""

    curves: list[Curve]
    variables: list[Variable]
    base: list[np.ndarray]
    theta0: np.ndarray = field(default_factory=lambda: np.empty(0))
    scale: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self):
        self.sizes = [len(curve.y) for curve in self.curves]
        self.points = sum(self.sizes)
        self.local: list[list[tuple[int, int]]] = [[] for _ in self.curves]   # (position among the local parameters, variable) of each curve
        for index, variable in enumerate(self.variables):
            for which, position in variable.members:
                self.local[which].append((position, index))
        self.log = np.array([variable.param.positive and variable.low >= 0 for variable in self.variables], bool)
        self.targets = np.concatenate([curve.weigh(curve.y) for curve in self.curves])

    def locals_of(self, theta: np.ndarray) -> list[np.ndarray]:
        """Local parameters of each curve at SI values of the variables."""
        result = []
        for base, local in zip(self.base, self.local):
            values = base.copy()
            for position, index in local:
                values[position] = theta[index]
            result.append(values)
        return result

    def residuals_and_jacobian(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted residuals y - f (points,) and d f/d theta (variables, points), SI."""
        residuals, jacobian, row = np.empty(self.points), np.zeros((len(self.variables), self.points)), 0
        for curve, local, values, size in zip(self.curves, self.local, self.locals_of(theta), self.sizes):
            with np.errstate(all="ignore"):  # a trial step may be absurd: what is not finite is not accepted
                value, gradient = curve.evaluate(values)
            part = slice(row, row + size)
            residuals[part] = curve.weigh(curve.y - value)
            weighted = curve.weigh(gradient)
            for position, index in local:
                jacobian[index, part] += weighted[position]
            row += size
        return residuals, jacobian

    # -- the scaled problem of the minimiser ---------------------------------------------------------------------------
    def centre(self, theta: np.ndarray, chi2: float | None = None, norms: np.ndarray | None = None) -> None:
        """Put u = 0 at ``theta`` and scale every variable by |y|/|its column|; ``chi2`` and ``norms`` [SI] there if they are known."""
        self.theta0 = np.array(theta, float)
        if norms is None:
            residuals, jacobian = self.residuals_and_jacobian(self.theta0)
            chi2, norms = float(residuals @ residuals), np.sqrt(np.sum(jacobian**2, axis=1))
        self.noise = math.sqrt(chi2 / self.points) or float(np.abs(self.targets).max()) or 1.0
        size = math.sqrt(float(np.sum((self.targets - self.targets.mean()) ** 2))) or 1.0
        with np.errstate(divide="ignore"):
            self.scale = np.where(norms > 0, size / norms, np.maximum(np.abs(self.theta0), 1.0))
        self.scale[self.log] = self.theta0[self.log]

    def theta(self, u: np.ndarray) -> np.ndarray:
        """SI values of the variables at u."""
        with np.errstate(over="ignore"):
            return np.where(self.log, self.theta0 * np.exp(np.clip(np.where(self.log, u, 0.0), -300.0, 300.0)), self.theta0 + self.scale * u)

    def scaled(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residuals over their rms and their Jacobian d r/d u, for the minimiser."""
        theta = self.theta(u)
        residuals, jacobian = self.residuals_and_jacobian(theta)
        factor = np.where(self.log, theta, self.scale)
        with np.errstate(over="ignore", invalid="ignore"):  # far from anything: what is not finite is not accepted
            return residuals / self.noise, -jacobian * (factor / self.noise)[:, None]

    def bounds_u(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of u."""
        low, high = (np.array([getattr(variable, side) for variable in self.variables]) for side in ("low", "high"))
        with np.errstate(divide="ignore", invalid="ignore"):
            low_u = np.where(self.log, np.log(np.maximum(low, 0.0) / self.theta0), (low - self.theta0) / self.scale)
            high_u = np.where(self.log, np.log(high / self.theta0), (high - self.theta0) / self.scale)
        return np.where(np.isnan(low_u), -np.inf, low_u), np.where(np.isnan(high_u), np.inf, high_u)
