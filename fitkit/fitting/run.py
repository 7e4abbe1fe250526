"""fit(): from a law and datasets to a FitResult. One path: a single fit is a joint fit of one."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from ..background import BACKGROUNDS
from ..data import Dataset
from ..errors import FitkitError
from ..model import Model, get_model
from ..progress import advance
from . import joint, solve, start
from .assess import assessed
from .blocks import Blocks
from .limits import with_limits
from .many import evaluate_many, levenberg_many
from .problem import Curve, Problem, Variable, bind
from .result import DatasetFit, FitResult
from .reweigh import MOST, checked_loss, proportional_noise, robust_scale, robust_weights, settled, spread_by_x, with_spread, x_errors_of
from .settings import Settings, differently_named, fixed_values, limits_of, plain_table, share_value, shared_forms_agree, shared_parameters
from .together import Together

# the methods of lmfit that minimise; its samplers and grids are for its own models (Model.to_lmfit)
METHODS = ("leastsq", "least_squares", "nelder", "powell", "cg", "bfgs", "lbfgsb", "tnc", "cobyla", "slsqp", "trust-constr", "basinhopping", "ampgo",
           "dual_annealing", "shgo", "differential_evolution")


def fit(model: str | Model, data: Dataset | Sequence[Dataset], *, share: Sequence[str] | Mapping[str, str] = (), fix: Mapping[str, Any] | None = None,
        free: Sequence[str] = (), start: Mapping[str, Any] | None = None, bounds: Mapping[str, Any] | None = None,
        assume: Mapping[str, Any] | None = None, background: Sequence[str] | None = None, errors: str | None = None,
        loss: str | None = None, method: str | None = None, progress: bool | Callable[[int, int], None] | None = None) -> FitResult:
    """Fit a law to one dataset or to many.

    Parameters
    ----------
    model
        Name of a law (``fk.models()``) or a Model.
    data
        One Dataset -> Measured in the result; a list -> columns. No shared parameter: independent fits, a series.
    share
        Parameters with one value for all (``["alpha"]``) or one for each value of a metadata key (``{"Tc": "sample"}``):
        one joint fit. A derived quantity such as ``tau_so`` may be named in place of its parameter, here and below.
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
        ``"given"``: the column ``<y>_err`` is absolute; ``"scatter"``: estimate the noise from the fit; ``"white"``: the same
        with neighbouring residuals taken as independent; ``"proportional"``: the same with a variance sigma_0^2 + (f y)^2, y the
        law without its background, both by maximum likelihood; None: given if there.
    loss
        ``"huber"`` (outliers count less) or ``"bisquare"`` (far ones not at all) in place of least squares; the errors are
        approximate then, and the result says so.
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
    background = [background] if isinstance(background, str) else background
    single = isinstance(data, Dataset)
    datasets = [data] if isinstance(data, Dataset) else list(data)
    if not datasets:
        raise FitkitError(f"fit('{law.name}', []): no data. Did the file pattern match?")
    for one in datasets:
        if not isinstance(one, Dataset):
            raise FitkitError(f"fit('{law.name}', ...): wanted Datasets, found {type(one).__name__}. Read a file with fk.load(path) or wrap arrays with fk.dataset(...)")
    if method is not None and method not in METHODS:
        raise FitkitError(f"method='{method}': wanted one of {', '.join(METHODS)}")
    datasets = differently_named(datasets)
    settings = Settings(law, [one.name for one in datasets], shared_parameters(law, share, background), dict(fix or {}), tuple(free), dict(start or {}), dict(bounds or {}), background)
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
    settings.loss = checked_loss(loss, curves)
    if settings.loss and errors == "proportional":
        raise FitkitError("errors='proportional' weighs by the noise, loss= by the residuals: one of them. Spikes may go first: fk.drop_spikes(data)")
    shared_forms_agree(law, share, curves)
    given = {curve.y_err is not None or curve.whitener is not None for curve in curves}
    if len(given) > 1:
        without = [curve.data.name for curve in curves if curve.y_err is None]
        raise FitkitError(f"errors are given for some datasets and not for {', '.join(without)}: give all, or none (errors='scatter')")
    jobs = [curves] if settings.share else [[curve] for curve in curves]
    done: dict[str, DatasetFit] = {}
    for number, job in enumerate(jobs):
        try:
            with solve.one_thread() if len(job) > 1 else nullcontext():
                done |= {one.name: one for one in _fit_problem(settings, job, method)}
        except (FitkitError, np.linalg.LinAlgError) as error:
            if single or settings.share or len(jobs) == 1:
                raise
            done[job[0].data.name] = DatasetFit(job[0].data.name, job[0].data, failed=str(error))
        advance(progress, number + 1, len(jobs), "fitted")
    fits = tuple(done[one.name] if isinstance(curve, Curve) else DatasetFit(one.name, one, failed=curve) for one, curve in zip(datasets, bound))
    options = {"share": settings.share, "fix": plain_table(fix), "free": list(free), "start": plain_table(start), "bounds": plain_table(bounds), "assume": plain_table(assume),
               "background": None if background is None else list(background), "errors": errors, "loss": loss, "method": method}
    labels = {p.name: (p.symbol or p.name, p.meaning) for p in law.params} | {b.name: (b.symbol or b.name, b.meaning) for b in BACKGROUNDS.values()} \
        | {d.name: (d.symbol or d.name, d.meaning) for d in law.derived} | {k.name: (k.symbol or k.name, k.meaning) for k in law.known} | dict(law.diagnosed)
    result = FitResult(law=law.name, title=law.title, equation=law.equation, references=law.references, fits=fits, single=single,
                       options=options, versions=dict(_versions()), labels=labels, convention=law.convention)
    return result if settings.share and len(fits) > 1 else with_limits(result, law, settings.bounded)


def _fit_problem(settings: Settings, curves: list[Curve], method: str | None) -> list[DatasetFit]:
    fixed = [fixed_values(settings, curve) for curve in curves]
    begun = [settings.si(settings.start, curve) for curve in curves]
    together = Together(curves) if len(curves) > 1 else None
    problem = _problem(settings, curves, fixed)
    free = len(problem.variables)
    if problem.points <= free:
        names = ", ".join(variable.label for variable in problem.variables)
        raise FitkitError(f"{curves[0].data.source.path if curves[0].data.source else curves[0].data.name}: {problem.points} points for {free} free "
                          f"parameters ({names}): more points, or fix some")
    starts, admissible = _starts(settings, problem, together, fixed, begun)
    blocks = Blocks(problem, starts[0]) if len(curves) > 1 and free else None
    refined: list[tuple[np.ndarray, float]] = [] if blocks or len(starts) == 1 else _refined_together(problem, starts)
    for theta in starts if not refined else ():
        found = blocks.levenberg(theta, known=refined) if blocks else solve.levenberg(problem, theta)
        if math.isfinite(found[1]):
            refined.append(found)
    if any(begun) and not blocks:
        refined += solve.from_afar(problem, starts, refined)
    if not refined:
        raise FitkitError(f"{curves[0].data.name}: the law '{settings.law.name}' is not finite anywhere in the scanned range; look at the data and the units")
    if any(begun):  # of equal optima (exchanged terms of a sum) the one nearest to what was asked for
        refined = solve.nearest_first(problem, refined, starts[0])
    else:
        refined.sort(key=lambda one: one[1])
        if blocks:
            refined += joint.other_optima(problem, fixed, refined[0][0], blocks)
            refined.sort(key=lambda one: one[1])
    theta, chi2 = refined[0]
    x_errors = [x_errors_of(curve) for curve in curves]
    if free and (settings.loss or any(x_errors) or any(curve.relative is not None for curve in problem.curves)):
        problem, theta, chi2 = _reweighed(settings, problem, fixed, theta, x_errors)
        refined = [(theta, chi2)]
        blocks = Blocks(problem, theta) if len(curves) > 1 else None
    compressed = None
    if blocks and method is None:
        theta, chi2, compressed = blocks.polish(theta, chi2)
    elif free:
        theta, chi2 = solve.polish(problem, theta, method)
    if blocks and compressed is None:
        compressed = blocks.compressed(theta)
    return assessed(settings.law, problem, theta, chi2, refined, admissible, fixed, compressed, settings.loss)


def _refined_together(problem: Problem, starts: list[np.ndarray]) -> list[tuple[np.ndarray, float]]:
    """All starts of one curve refined in one go, by evaluations for many parameter sets at once; empty where the law takes no columns of parameters."""
    curve, local = problem.curves[0], problem.local[0]
    free, order = np.array([position for position, _ in local]), np.array([index for _, index in local])
    low, high = (np.array([getattr(problem.variables[index], side) for index in order]) for side in ("low", "high"))
    rows = np.tile(problem.base[0], (len(starts), 1))
    rows[:, free] = np.array(starts)[:, order]
    target = np.tile(curve.weigh(curve.y), (len(starts), 1))
    try:
        with np.errstate(all="ignore"):
            found, chi2 = levenberg_many(lambda theta: evaluate_many(curve, theta, free), target, rows, free, low, high, problem.log[order], most=60, rivals=True)
    except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):
        return []
    refined = []
    for values, square in zip(found, chi2):
        theta = np.empty(len(order))
        theta[order] = values[free]
        if math.isfinite(square):
            refined.append((theta, float(square)))
    if refined:  # a law that broadcasts wrongly would not say so
        best = min(refined, key=lambda one: one[1])
        rest = problem.residuals_and_jacobian(best[0])[0]
        if not abs(float(rest @ rest) - best[1]) <= 1e-9 * best[1] + 1e-12 * float(problem.targets @ problem.targets):
            return []
    return refined


def _reweighed(settings: Settings, problem: Problem, fixed, theta: np.ndarray, x_errors) -> tuple[Problem, np.ndarray, float]:
    """The problem with the weights that its own solution gives: effective variance of errors in x, robust weights, noise that grows."""
    plain = problem.curves
    stages = [None] if settings.loss is None else ["huber"] if settings.loss == "huber" else ["huber", "bisquare"]  # bisquare wants a good start
    for stage in stages:
        before = None
        for _ in range(MOST):
            curves = []
            for curve, errors, values in zip(plain, x_errors, problem.locals_of(theta)):
                curve = with_spread(curve, spread_by_x(curve, values, errors)) if errors else curve
                if curve.relative is not None:
                    value = curve.evaluate(values)[0]
                    signal = value - values[curve.model_size:] @ curve.background
                    ratio = proportional_noise(curve.y - value, signal)
                    curve = replace(curve, relative=ratio, weights=1 / (1 + (ratio * signal) ** 2))
                if stage:
                    residuals = curve.weigh(curve.y - curve.evaluate(values)[0])
                    scale = 1.0 if curve.y_err is not None else robust_scale(residuals)
                    curve = replace(curve, weights=robust_weights(residuals, stage, scale))
                curves.append(curve)
            now = np.concatenate([np.concatenate([np.ravel(curve.whitener if curve.whitener is not None else curve.y_err) if errors else np.empty(0),  # type: ignore[arg-type]  # errors in x stand beside given ones
                                                  np.empty(0) if curve.weights is None else curve.weights]) for curve, errors in zip(curves, x_errors)])
            problem = _problem(settings, curves, fixed)
            theta, chi2 = solve.levenberg(problem, theta)
            if before is not None and settled(before, now):
                break
            before = now
    return problem, theta, chi2


def _problem(settings: Settings, curves: list[Curve], fixed: list[dict[str, float]]) -> Problem:
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
                value = share_value(curve, by) if by else None
                key, label = (name, "shared", value), name if value is None else f"{name}[{by}={value}]"
            if key not in variables:
                variables[key] = Variable(name, [], param, unit, label=label, bounded=name in limits)
                variables[key].low, variables[key].high = limits_of(curve, param, unit, limits.get(name))
            variables[key].members.append((number, position))
    return Problem(curves, list(variables.values()), base)


def _starts(settings: Settings, problem: Problem, together: Together | None, fixed, begun) -> tuple[list[np.ndarray], bool]:
    """Starts of the whole problem from the scans of its curves; whether the best is admissible."""
    def assemble(chosen: Sequence[start.Candidate]) -> np.ndarray:
        theta = np.empty(len(problem.variables))
        for index, variable in enumerate(problem.variables):
            user = [begun[which][variable.name] for which, _ in variable.members if variable.name in begun[which]]
            values = [float(chosen[which].theta[position]) for which, position in variable.members]
            value = user[0] if user else values[0] if len(values) == 1 else float(np.median(values))
            theta[index] = min(max(value, variable.low), variable.high)
            if problem.log[index] and theta[index] <= 0:
                theta[index] = max(variable.low, 1e-3 * max(abs(v) for v in values) or 1e-300)
        return theta

    narrowed = [{n: v for n, v in user.items() if n in curve.model.nonlinear} for curve, user in zip(problem.curves, begun)]
    if together is None:
        found = start.candidates(problem.curves[0], fixed[0], narrowed[0])
        _require_start(settings, problem, found)
        starts = [assemble([one]) for one in found]
        if begun[0]:  # a user's start beside the one with the linear parameters solved
            solved = found[0].theta[[position for position, _ in problem.local[0]]]
            starts += [] if np.array_equal(solved, starts[0]) else [solved]
        return starts, found[0].admissible
    best = _require_start(settings, problem, together.best(fixed, narrowed))
    first = assemble(best)
    held = _with_shared_held(together, problem, fixed, narrowed, first, assemble)
    # with linear parameters shared the curves are best where they were scanned with these held: their own optima lead nowhere else
    linear = settings.law.coefficients is None and all(variable.param.linear for variable in problem.variables if len(variable.members) > 1)
    found_starts = [held] if linear and held is not None else [held, first]
    return [one for one in found_starts if one is not None], all(one.admissible for one in best)


def _require_start(settings: Settings, problem: Problem, found: Sequence[start.Candidate | None]) -> list[start.Candidate]:
    """The candidates, one for every curve, or an error that names the first without one."""
    missing = problem.curves[0].data.name if not found else next((curve.data.name for curve, one in zip(problem.curves, found) if one is None), "")
    if missing:
        raise FitkitError(f"{missing}: the law '{settings.law.name}' is not finite anywhere in the scanned range; look at the data and the units")
    return [one for one in found if one is not None]


def _with_shared_held(together: Together, problem: Problem, fixed, narrowed, theta: np.ndarray, assemble) -> np.ndarray | None:
    """Scan every shared nonlinear parameter, each curve solved with the shared ones held: independent optima need not agree."""
    shared = [index for index, variable in enumerate(problem.variables) if len(variable.members) > 1]
    trials = [{index: float(theta[index]) for index in shared}]
    for index in shared:
        variable = problem.variables[index]
        if variable.param.scan is not None:
            which = variable.members[0][0]
            grid = start.scan_grid(problem.curves[which], variable.name)
            trials += [{**trials[0], index: float(value)} for value in grid[:: max(1, len(grid) // 10)]]
    best: tuple[float, np.ndarray] | None = None
    for trial in trials:
        held = [dict(one) for one in fixed]
        for index, value in trial.items():
            for which, _ in problem.variables[index].members:
                held[which][problem.variables[index].name] = value
        found = together.best(held, [{n: v for n, v in user.items() if n not in one} for user, one in zip(narrowed, held)])
        chosen = [one for one in found if one is not None]
        if len(chosen) == len(found):
            total = sum(one.chi2 for one in chosen)
            if best is None or total < best[0]:
                best = (total, assemble(chosen))
    return None if best is None else best[1]


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
