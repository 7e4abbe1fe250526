"""fit(): from a law and datasets to a FitResult. One path: a single fit is a joint fit of one."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from ..background import BACKGROUNDS
from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured, read_measured
from ..model import Derived, Model, Param, get_model
from ..progress import advance
from ..units import Unit, parse_unit
from . import solve, start, verdict
from .problem import Curve, Problem, Variable, bind
from .result import CurveFit, DatasetFit, FitResult, Statistics
from .uncertainty import Correlation, autocorrelation, covariance, propagate

# the methods of lmfit that minimise; its samplers and grids are for its own models (Model.to_lmfit)
METHODS = ("leastsq", "least_squares", "nelder", "powell", "cg", "bfgs", "lbfgsb", "tnc", "cobyla", "slsqp", "trust-constr", "basinhopping", "ampgo",
           "dual_annealing", "shgo", "differential_evolution")
_RUNAWAY = 1000.0   # a scanned parameter stops at this many times its scan range


def fit(model: str | Model, data: Dataset | Sequence[Dataset], *, share: Sequence[str] | Mapping[str, str] = (), fix: Mapping[str, Any] | None = None,
        free: Sequence[str] = (), start: Mapping[str, Any] | None = None, bounds: Mapping[str, Any] | None = None,
        assume: Mapping[str, Any] | None = None, background: Sequence[str] | None = None, errors: str | None = None,
        method: str | None = None, progress: bool | Callable[[int, int], None] | None = None) -> FitResult:
    """Fit a law to one dataset or to many.

    Parameters
    ----------
    model
        Name of a law (``fk.models()``) or a Model.
    data
        One Dataset -> Measured in the result; a list -> columns. No shared parameter: independent fits, a series.
    share
        Parameters with one value for all (``["alpha"]``) or one for each value of a metadata key (``{"Tc": "sample"}``):
        one joint fit.
    fix, start
        ``{"alpha": -0.5}``: a number in the unit of the parameter, a text with its unit, or ``{dataset name: value}``.
        ``fix={"t_shift": None}`` frees an optional parameter.
    free
        Optional parameters to fit (``["t_shift"]``).
    bounds
        ``{"L_phi": (10, "2 um")}``; None leaves a side open.
    assume
        Knowns of the law (``{"t0": "1e-9 s"}``).
    background
        Linear columns (``["offset", "quadratic"]``) in place of the default of the law; ``[]`` for none.
    errors
        ``"given"``: the column ``<y>_err`` is absolute; ``"scatter"``: estimate the noise from the fit; None: given if there.
    method
        A method of lmfit in place of the default (leastsq, then bounded least_squares).
    progress
        True for a bar, or a function called with (done, total).

    Returns
    -------
    FitResult

    Raises
    ------
    FitkitError
        A wrong call or unusable data, before anything is minimised. In a list, data that cannot be fitted keep their place
        with the reason; if none can, the first reason is raised. A bad fit is a value with its verdict, not an error.
    """
    law = get_model(model)
    single = isinstance(data, Dataset)
    datasets = [data] if single else list(data)
    if not datasets:
        raise FitkitError(f"fit('{law.name}', []): no data. Did the file pattern match?")
    for one in datasets:
        if not isinstance(one, Dataset):
            raise FitkitError(f"fit('{law.name}', ...): wanted Datasets, found {type(one).__name__}. Read a file with fk.load(path) or wrap arrays with fk.dataset(...)")
    if method is not None and method not in METHODS:
        raise FitkitError(f"method='{method}': wanted one of {', '.join(METHODS)}")
    datasets = _named(datasets)
    settings = _Settings(law, [one.name for one in datasets], _shared(law, share, background), dict(fix or {}), tuple(free), dict(start or {}), dict(bounds or {}), background)
    bound: list[Curve | str] = []
    for one in datasets:
        try:
            bound.append(bind(law, one, background=background, errors=errors, assume=assume))
        except FitkitError as error:
            if single or settings.share or len(datasets) == 1:
                raise
            bound.append(str(error))
    curves = [one for one in bound if isinstance(one, Curve)]
    if not curves:
        raise FitkitError(bound[0])
    given = {curve.y_err is not None or curve.whitener is not None for curve in curves}
    if len(given) > 1:
        without = [curve.data.name for curve in curves if curve.y_err is None]
        raise FitkitError(f"errors are given for some datasets and not for {', '.join(without)}: give all, or none (errors='scatter')")
    jobs = [curves] if settings.share else [[curve] for curve in curves]
    done: dict[str, DatasetFit] = {}
    for number, job in enumerate(jobs):
        try:
            done |= {one.name: one for one in _fit_problem(settings, job, method)}
        except (FitkitError, np.linalg.LinAlgError) as error:
            if single or settings.share or len(jobs) == 1:
                raise
            done[job[0].data.name] = DatasetFit(job[0].data.name, job[0].data, failed=str(error))
        advance(progress, number + 1, len(jobs), "fitted")
    fits = tuple(done[one.name] if isinstance(curve, Curve) else DatasetFit(one.name, one, failed=curve) for one, curve in zip(datasets, bound))
    options = {"share": settings.share, "fix": _plain(fix), "free": list(free), "start": _plain(start), "bounds": _plain(bounds), "assume": _plain(assume),
               "background": None if background is None else list(background), "errors": errors, "method": method}
    labels = {p.name: (p.symbol or p.name, p.meaning) for p in law.params} | {b.name: (b.symbol or b.name, b.meaning) for b in BACKGROUNDS.values()} \
        | {d.name: (d.symbol or d.name, d.meaning) for d in law.derived} | {k.name: (k.symbol or k.name, k.meaning) for k in law.known} | dict(law.diagnosed)
    return FitResult(law=law.name, title=law.title, equation=law.equation, references=law.references, fits=fits, single=single,
                     options=options, versions=dict(_versions()), labels=labels)


# -- the call ---------------------------------------------------------------------------------------------------------

class _Settings:
    """The caller's choices, checked against the law and turned into SI."""

    def __init__(self, law: Model, names: list[str], share: dict[str, str], fix: dict, free: tuple[str, ...], start: dict, bounds: dict, background):
        self.law, self.names, self.share = law, names, share
        for name in free:
            if law.param(name).default is None:
                raise FitkitError(f"free=['{name}']: it is fitted anyway; optional parameters of '{law.name}': "
                                  f"{', '.join(p.name for p in law.params if p.default is not None) or 'none'}")
        self.freed = set(free) | {name for name, value in fix.items() if value is None}
        fix = {name: value for name, value in fix.items() if value is not None}
        for table, what in ((fix, "fix"), (start, "start"), (bounds, "bounds")):
            self._no_pairs(table, what)
        self.fix, self.start, self.bounds = fix, start, bounds
        both = set(self.freed) & set(fix)
        if both:
            raise FitkitError(f"{', '.join(both)} is both fixed and freed")

    def _no_pairs(self, table: dict, what: str) -> None:
        known = {p.name for p in self.law.params} | set(self.law.background) | {d.name for d in self.law.derived if d.inverse}
        for name, value in table.items():
            if name not in known:
                raise FitkitError(f"{what}={{'{name}': ...}}: law '{self.law.name}' has {', '.join(sorted(known))}")
            if isinstance(value, Mapping):
                strange = [one for one in value if one not in self.names]
                if strange:
                    raise FitkitError(f"{what}={{'{name}': ...}}: no dataset '{strange[0]}'. Datasets: {', '.join(self.names)}")
        for derived in self.law.derived:
            if derived.inverse and derived.name in table and derived.inverse[0] in table:
                raise FitkitError(f"{what}: '{derived.name}' is a form of '{derived.inverse[0]}': name one of them")

    def si(self, table: Mapping, curve: Curve, pair: bool = False) -> dict[str, Any]:
        """The entries of a table for one curve, in SI of the law's own parameters."""
        result: dict[str, Any] = {}
        for name, value in table.items():
            if isinstance(value, Mapping):
                if curve.data.name not in value:
                    continue
                value = value[curve.data.name]
            derived = next((d for d in self.law.derived if d.name == name), None)
            if derived is not None and derived.inverse:
                parameter, inverse = derived.inverse
                edges = [None if one is None else inverse(_number(one, parse_unit(derived.unit), name)) for one in (value if pair else (value,))]
                result[parameter] = tuple(sorted(edges, key=lambda e: math.inf if e is None else e)) if pair else edges[0]
                continue
            if name not in curve.names:
                if name in self.law.background:
                    raise FitkitError(f"'{name}' is not in this fit: background=['{name}', ...] adds it")
                continue
            unit = curve.units[curve.names.index(name)]
            if pair:
                if not isinstance(value, (tuple, list)) or len(value) != 2:
                    raise FitkitError(f"bounds of '{name}' want a pair (low, high), found {value!r}")
                result[name] = tuple(None if one is None else _number(one, unit, name) for one in value)
            else:
                result[name] = _number(value, unit, name)
        return result


def _number(value, unit: Unit, name: str) -> float:
    if isinstance(value, str):
        return read_measured(value, unit.symbol, name).si
    if isinstance(value, Measured):
        return value.si
    return unit.to_si(float(value))


def _shared(law: Model, share, background) -> dict[str, str]:
    table = dict(share) if isinstance(share, Mapping) else {name: "" for name in ([share] if isinstance(share, str) else share)}
    offered = [p.name for p in law.params] + list(law.background)
    for name in table:
        if name not in offered:
            raise FitkitError(f"share=['{name}']: law '{law.name}' has {', '.join(offered)}")
    return table


def _named(datasets: list[Dataset]) -> list[Dataset]:
    names = [one.name for one in datasets]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise FitkitError(f"two datasets are named '{sorted(twice)[0]}': give each its own, data.renamed('...')")
    return datasets


def _plain(table: Mapping | None) -> dict:
    def one(value):
        if isinstance(value, Mapping):
            return {str(key): one(item) for key, item in value.items()}
        if isinstance(value, (tuple, list)):
            return [one(item) for item in value]
        return f"{value.value!r} {value.unit}".strip() if isinstance(value, Measured) else value
    return one(table or {})


# -- the problem --------------------------------------------------------------------------------------------------------

def _fit_problem(settings: _Settings, curves: list[Curve], method: str | None) -> list[DatasetFit]:
    fixed = [_fixed_values(settings, curve) for curve in curves]
    begun = [settings.si(settings.start, curve) for curve in curves]
    problem = _problem(settings, curves, fixed)
    free = len(problem.variables)
    if problem.points <= free:
        names = ", ".join(variable.label for variable in problem.variables)
        raise FitkitError(f"{curves[0].data.source.path if curves[0].data.source else curves[0].data.name}: {problem.points} points for {free} free "
                          f"parameters ({names}): more points, or fix some")
    starts, admissible = _starts(settings, problem, fixed, begun)
    refined: list[tuple[np.ndarray, float]] = []
    for theta in starts:
        found = solve.levenberg(problem, theta)
        if math.isfinite(found[1]):
            refined.append(found)
    if not refined:
        raise FitkitError(f"{curves[0].data.name}: the law '{settings.law.name}' is not finite anywhere in the scanned range; look at the data and the units")
    refined.sort(key=lambda one: one[1])
    theta, chi2 = (refined[0][0], refined[0][1]) if not free else solve.polish(problem, refined[0][0], method)
    return _judged(settings, problem, theta, chi2, refined, admissible, fixed)


def _fixed_values(settings: _Settings, curve: Curve) -> dict[str, float]:
    values = settings.si(settings.fix, curve)
    for param, unit in zip(curve.params, curve.units):
        if param.default is not None and param.name not in settings.freed and param.name not in values and param.name not in settings.share:
            values[param.name] = unit.to_si(param.default)
    return values


def _problem(settings: _Settings, curves: list[Curve], fixed: list[dict[str, float]]) -> Problem:
    variables: dict[tuple, Variable] = {}
    base = []
    for number, curve in enumerate(curves):
        limits = settings.si(settings.bounds, curve, pair=True)
        base.append(np.array([fixed[number].get(name, 0.0) for name in curve.names]))
        for position, (name, param, unit) in enumerate(zip(curve.names, curve.params, curve.units)):
            if name in fixed[number]:
                continue
            key: tuple = (name, number)
            label = name if len(curves) == 1 else f"{name}[{curve.data.name}]"
            if name in settings.share:
                by = settings.share[name]
                value = _share_value(curve, by) if by else None
                key, label = (name, "shared", value), name if value is None else f"{name}[{by}={value}]"
            if key not in variables:
                variables[key] = Variable(name, [], param, unit, label=label, bounded=name in limits)
                variables[key].low, variables[key].high = _limits(curve, param, unit, limits.get(name))
            variables[key].members.append((number, position))
    return Problem(curves, list(variables.values()), base)


def _share_value(curve: Curve, key: str):
    value = curve.data.meta.get(key)
    if value is None:
        raise FitkitError(f"{curve.data.name}: share by '{key}' wants this metadata in every dataset")
    if isinstance(value, Measured) and value.error:
        raise FitkitError(f"{curve.data.name}: share by '{key}' = {value}: it has an error, so no two datasets agree in it; share by a name or a set value")
    return value.value if isinstance(value, Measured) else value


def _limits(curve: Curve, param: Param, unit: Unit, user) -> tuple[float, float]:
    low, high = (unit.to_si(edge) if math.isfinite(edge) else edge for edge in param.bounds)
    if param.scan is not None:
        grid = start.scan_grid(curve, param.name)
        if param.positive:
            low, high = max(low, float(grid.min()) / _RUNAWAY), min(high, float(grid.max()) * _RUNAWAY)
    if user is not None:
        low = low if user[0] is None else max(low, user[0])
        high = high if user[1] is None else min(high, user[1])
        if not low < high:
            raise FitkitError(f"bounds of '{param.name}': {low:g} to {high:g} (SI) leave no room inside those of the law, {param.bounds}")
    return low, high


def _starts(settings: _Settings, problem: Problem, fixed, begun) -> tuple[list[np.ndarray], bool]:
    """Starts of the whole problem from the scans of its curves; whether the best is admissible."""
    def assemble(chosen: list[start.Candidate]) -> np.ndarray:
        theta = np.empty(len(problem.variables))
        for index, variable in enumerate(problem.variables):
            user = [begun[which][variable.name] for which, _ in variable.members if variable.name in begun[which]]
            values = [chosen[which].theta[position] for which, position in variable.members]
            theta[index] = np.clip(user[0] if user else np.median(values), variable.low, variable.high)
            if problem.log[index] and theta[index] <= 0:
                theta[index] = max(variable.low, 1e-3 * max(abs(v) for v in values) or 1e-300)
        return theta

    found = [start.candidates(curve, held, {n: v for n, v in user.items() if n in curve.model.nonlinear})
             for curve, held, user in zip(problem.curves, fixed, begun)]
    if not all(found):
        name = problem.curves[[bool(one) for one in found].index(False)].data.name
        raise FitkitError(f"{name}: the law '{settings.law.name}' is not finite anywhere in the scanned range; look at the data and the units")
    admissible = all(one[0].admissible for one in found)
    if len(problem.curves) == 1:
        return [assemble([one]) for one in found[0]], admissible
    first = assemble([one[0] for one in found])
    starts = [first, _with_shared_held(settings, problem, fixed, begun, first, assemble)]
    return [one for one in starts if one is not None], admissible


def _with_shared_held(settings, problem: Problem, fixed, begun, theta: np.ndarray, assemble) -> np.ndarray | None:
    """Scan every shared nonlinear parameter, each curve solved with the shared ones held: independent optima need not agree."""
    shared = [index for index, variable in enumerate(problem.variables) if len(variable.members) > 1]
    trials = [{index: theta[index] for index in shared}]
    for index in shared:
        variable = problem.variables[index]
        if variable.param.scan is not None:
            which = variable.members[0][0]
            grid = start.scan_grid(problem.curves[which], variable.name)
            trials += [{**trials[0], index: float(value)} for value in grid[:: max(1, len(grid) // 10)]]
    best: tuple[float, np.ndarray] | None = None
    for trial in trials:
        chosen, total = [], 0.0
        for number, curve in enumerate(problem.curves):
            held = dict(fixed[number])
            for index, value in trial.items():
                held |= {problem.variables[index].name: value for which, _ in problem.variables[index].members if which == number}
            found = start.candidates(curve, held, {n: v for n, v in begun[number].items() if n in curve.model.nonlinear and n not in held}, most=1)
            if not found:
                break
            chosen.append(found[0])
            total += found[0].chi2
        else:
            if best is None or total < best[0]:
                best = (total, assemble(chosen))
    return None if best is None else best[1]


# -- errors, verdicts, derived quantities ----------------------------------------------------------------------------

def _judged(settings: _Settings, problem: Problem, theta: np.ndarray, chi2: float, refined, admissible: bool, fixed) -> list[DatasetFit]:
    given = problem.curves[0].y_err is not None or problem.curves[0].whitener is not None
    residuals, jacobian = problem.residuals_and_jacobian(theta)
    free = len(theta)
    pieces, correlations, systematic, row = [], [], [], 0
    for curve, size, values, local in zip(problem.curves, problem.sizes, problem.locals_of(theta), problem.local):
        part = slice(row, row + size)
        one = autocorrelation(residuals[part], curve.groups, len(local)) if curve.whitener is None else Correlation(0.0, 0.0, size)
        correlations.append(one)
        pieces.append((part, one.rho if one.significant else 0.0, curve.groups))
        systematic += _systematic(curve, values, local, part, problem.points)
        row += size
    errors = covariance(jacobian, residuals, pieces, given=given, systematic=systematic)
    no_signal = _missing_signal(settings.law, problem, theta, chi2, errors.dof, given, fixed) if admissible else \
        f"no signal: the data go the other way than '{settings.law.name}' can"
    variance = 1.0 if given else chi2 / max(problem.points - free, 1)
    others = [(other, (other_chi2 - chi2) / variance) for other, other_chi2 in refined[1:] if variance > 0]
    judgement = verdict.judge(problem, theta, errors, no_signal, others)
    names = [f"{curve.data.name}: " if len(problem.curves) > 1 else "" for curve in problem.curves]
    spoken = verdict.remarks(problem, theta, errors, chi2, free, given, list(zip(names, correlations)))
    if no_signal:
        spoken = (no_signal, *spoken)
    statistics = Statistics(chi2=chi2, points=problem.points, free=free, dof=float(problem.points - free) if math.isinf(errors.dof) else errors.dof,
                            errors="given" if given else "estimated", corrected=any(one.significant for one in correlations),
                            aicc=_aicc(chi2, problem.points, free, given), variables=tuple(v.label for v in problem.variables),
                            covariance=errors.covariance, remarks=spoken)
    return [_dataset_fit(settings.law, problem, number, theta, errors, judgement, correlations[number], statistics, bool(no_signal)) for number in range(len(problem.curves))]


def _systematic(curve: Curve, values: np.ndarray, local, part: slice, points: int) -> list[tuple[np.ndarray, float]]:
    """The effect of optional parameters that stay fixed but are known only to within metadata (the time origin)."""
    found = []
    fitted = {position for position, _ in local}
    for position, param in enumerate(curve.params):
        deviation = curve.data.meta.get(param.prior) if param.prior else None
        if isinstance(deviation, Measured) and position not in fitted and deviation.si > 0:
            column = np.zeros(points)
            column[part] = curve.weigh(curve.evaluate(values)[1][position])
            found.append((column, deviation.si))
    return found


def _missing_signal(law: Model, problem: Problem, theta: np.ndarray, chi2: float, dof: float, given: bool, fixed) -> str:
    """Why the law's signal columns do not improve on what is left without them; empty if they do."""
    without, count = 0.0, 0
    for curve, values, held in zip(problem.curves, problem.locals_of(theta), fixed):
        if any(law.params[index].name in held for index in range(len(law.params)) if law.params[index].linear):
            return ""
        nonlinear = {name: values[curve.names.index(name)] for name in law.nonlinear}
        columns = law.coefficient_columns(curve.x, nonlinear, curve.function_known)
        rest = [np.broadcast_to(column, curve.y.shape) for index, column in enumerate(columns) if index not in law.signal]
        rest += [column for name, column in zip(curve.names[curve.model_size:], curve.background) if name not in held]
        target = curve.weigh(curve.y - sum((held[name] * column for name, column in zip(curve.names[curve.model_size:], curve.background) if name in held),
                                           np.zeros(len(curve.y))))
        if rest:
            matrix = curve.weigh(np.array(rest)).T
            target = target - matrix @ np.linalg.lstsq(matrix, target, rcond=None)[0]
        without += float(target @ target)
        count += len(law.signal) + sum(name not in held for name in law.nonlinear)
    return verdict.missing_signal(chi2, without, max(count, 1), max(problem.points - len(theta), 1), max(dof, 1.0), given)


def _aicc(chi2: float, points: int, free: int, given: bool) -> float:
    """Akaike's criterion with the small-sample term; with estimated errors the variance counts as a parameter."""
    k = free + (not given)
    base = chi2 if given else points * math.log(max(chi2, 1e-300) / points)
    return base + 2 * k + (2 * k * (k + 1) / (points - k - 1) if points > k + 1 else math.inf)


def _dataset_fit(law: Model, problem: Problem, number: int, theta, errors, judgement, correlation: Correlation, statistics: Statistics,
                 silent: bool) -> DatasetFit:
    curve, local = problem.curves[number], dict(problem.local[number])
    values = problem.locals_of(theta)[number]
    fitted, _ = curve.evaluate(values)
    background_part = values[curve.model_size:] @ curve.background
    deviation = np.sqrt(np.maximum(np.diag(errors.covariance), 0.0))
    by_name = dict(zip(curve.names, map(float, values)))
    error_of = {name: float(deviation[local[position]]) if position in local else None for position, name in enumerate(curve.names)}
    rho = correlation.rho if correlation.significant else 0.0
    scatter = math.sqrt(float(np.mean((curve.y - fitted) ** 2)) * len(fitted) / max(len(fitted) - len(local), 1))
    seen = CurveFit(x=curve.x, y=curve.y, y_err=curve.y_err, y_name=curve.y_name, y_unit=parse_unit(curve.data.units[curve.y_name]), fitted=fitted,
                    background_part=background_part, values=by_name, errors=error_of,
                    fixed=frozenset(name for position, name in enumerate(curve.names) if position not in local), known=dict(curve.known),
                    autocorrelation=rho, scatter=scatter, dof=errors.dof)
    verdicts = {name: judgement[local[position]] if position in local else ("fixed", "", "") for position, name in enumerate(curve.names)}
    cautions: list[str] = []
    said: set[str] = set()
    for caution in (*law.data_cautions, *(() if silent else law.cautions)):  # without a signal the numbers mean nothing anyway
        answer = caution(curve.data, seen)
        for one in answer if isinstance(answer, (list, tuple)) else [answer]:
            if one is None:
                continue
            cautions.append(one.text)
            for name in one.parameters if one.verdict else ():
                if verdicts[name][0] != "fixed" and name not in said and verdict.ORDER.index(one.verdict) <= verdict.ORDER.index(verdicts[name][0]):
                    verdicts[name] = (one.verdict, one.text, "")
                    said.add(name)  # the first caution has the word
    parameters = {}
    for position, (name, unit) in enumerate(zip(curve.names, curve.units)):
        word, reason, side = verdicts[name]
        unseen = silent and word == "not determined"  # an error of what is not there would be as wild as its value
        error = None if position not in local or word == "limit" or unseen else error_of[name] / unit.factor
        parameters[name] = Measured(unit.from_si(by_name[name]), error, unit.symbol, "fit" if position in local else "fixed", word, reason, errors.dof, side)
    derived, absent = _derived(law, curve, by_name, local, errors, verdicts, silent)
    for diagnostic in law.diagnostics:
        derived |= diagnostic(curve.data, seen)
    return DatasetFit(name=curve.data.name, data=curve.data, law=law.name, x_names=tuple(_name_of(curve.data, x) for x in curve.x), y_name=curve.y_name, x=curve.x, y=curve.y,
                      y_err=curve.y_err, fitted=fitted, background_part=background_part, parameters=parameters, derived=derived,
                      known=dict(curve.known_measured), absent=absent, cautions=tuple(cautions), autocorrelation=correlation.rho,
                      effective_points=correlation.effective_points, statistics=statistics)


def _name_of(data: Dataset, values: np.ndarray) -> str:
    return next(name for name, column in data.columns.items() if column is values)


def _derived(law: Model, curve: Curve, values: Mapping[str, float], local: Mapping[int, int], errors, verdicts,
             silent: bool) -> tuple[dict[str, Measured], dict[str, str]]:
    found, absent = {}, {}
    for one in law.derived:
        inputs = _inputs(one, curve, values)
        if isinstance(inputs, str):
            absent[one.name] = inputs
            continue
        names, numbers, deviations, function = inputs
        matrix = np.diag(np.square(deviations))
        where = [local.get(curve.names.index(name)) if name in values else None for name in names]
        for row, first in enumerate(where):
            for column, second in enumerate(where):
                if first is not None and second is not None:
                    matrix[row, column] = errors.covariance[first, second]
        try:
            with np.errstate(all="ignore"):
                value, error = propagate(function, numbers, matrix)
        except (ZeroDivisionError, ValueError, OverflowError):
            value, error = math.nan, math.nan
        if not (math.isfinite(value) and math.isfinite(error)):
            absent[one.name] = "cannot be computed from these values"
            continue
        unit = _derived_unit(one, curve)
        said = verdict.worst([verdicts[name][0] for name in names if name in values and verdicts[name][0] != "fixed"] or ["ok"])
        reason = next((verdicts[name][1] for name in names if name in values and verdicts[name][0] == said), "")
        # zero for a quantity without error: nothing that is fitted or measured enters it
        note = one.remark(_named_values(one, curve, values)) if one.remark and said not in ("not determined",) else ""
        found[one.name] = Measured(unit.from_si(value), None if said == "limit" or (silent and said == "not determined") else error / unit.factor, unit.symbol, "fit", said,
                                   "; ".join(filter(None, (note, reason))), errors.dof, next((verdicts[n][2] for n in names if n in values), "") if said == "limit" else "")
    return found, absent


def _inputs(one: Derived, curve: Curve, values: Mapping[str, float]):
    """(names, values, standard deviations, function) of a derived quantity in SI, or the text that says what is missing."""
    names, function = list(one.arguments), one.function
    for argument, route in one.via:
        if argument in names and not _available(argument, curve, values):
            import inspect

            needed = [p.name for p in inspect.signature(route).parameters.values() if p.default is p.empty]
            if all(_available(name, curve, values) for name in needed):
                others = [name for name in names if name != argument]
                inner = one.function

                def function(*given, inner=inner, route=route, others=tuple(others), needed=tuple(needed), argument=argument):
                    table = dict(zip((*others, *needed), given))
                    return inner(**{name: table[name] for name in others}, **{argument: route(*(table[name] for name in needed))})

                names = others + needed
                break
    missing = [name for name in names if not _available(name, curve, values)]
    if missing:
        ways = [", ".join(missing)]
        import inspect

        ways += [", ".join(p.name for p in inspect.signature(route).parameters.values() if p.default is p.empty) for argument, route in one.via if argument in missing]
        return f"needs {' or '.join(ways)}: --set {missing[0]}=... or metadata of the dataset"
    numbers, deviations = [], []
    for name in names:
        if name in values:
            numbers.append(values[name])
            deviations.append(0.0)
        else:
            given = curve.known_measured.get(name) or curve.data.meta.get(name)
            if isinstance(given, Measured):
                numbers.append(given.si)
                deviations.append((given.error or 0.0) * parse_unit(given.unit).factor)
            elif name in curve.known:
                numbers.append(curve.known[name])
                deviations.append(0.0)
            else:
                numbers.append(float(curve.data[name].mean()))
                deviations.append(float(curve.data[name].std()))
    return names, numbers, deviations, function


def _available(name: str, curve: Curve, values: Mapping[str, float]) -> bool:
    return name in values or name in curve.known or isinstance(curve.data.meta.get(name), Measured) or (name == "temperature" and name in curve.data)


def _named_values(one: Derived, curve: Curve, values: Mapping[str, float]) -> dict[str, float]:
    names, numbers, _, _ = _inputs(one, curve, values)
    return dict(zip(names, numbers))


def _derived_unit(one: Derived, curve: Curve) -> Unit:
    return parse_unit(curve.data.units[curve.y_name]) if one.unit == "y" else parse_unit(one.unit)


@lru_cache(maxsize=1)
def _versions() -> Mapping[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in ("fitkit-lab", "numpy", "scipy", "lmfit"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            from .. import __version__

            found[name] = __version__
    return MappingProxyType(found)
