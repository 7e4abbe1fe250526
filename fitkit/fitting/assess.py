"""What a solution is worth: errors, correlated residuals, verdicts, cautions, derived quantities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..measured import Measured
from ..model import Model
from ..units import parse_unit
from . import advice, reweigh, verdict
from .blocks import Compressed
from .derived import derive
from .problem import Curve, Problem
from .result import CurveFit, DatasetFit, Statistics
from .uncertainty import Correlation, autocorrelation, covariance


def assessed(law: Model, problem: Problem, theta: np.ndarray, chi2: float, refined, admissible: bool, fixed, compressed: Compressed | None = None,
             loss: str | None = None) -> list[DatasetFit]:
    """The fit of each curve. ``compressed``: the rows of a joint problem at ``theta``; ``loss``: the robust loss behind the weights."""
    given = problem.curves[0].y_err is not None or problem.curves[0].whitener is not None
    if compressed is None:
        residuals, jacobian = problem.residuals_and_jacobian(theta)
        parts, fitted = None, [curve.evaluate(values)[0] for curve, values in zip(problem.curves, problem.locals_of(theta))]
    else:
        each = compressed.of_curves()
        residuals, jacobian = np.concatenate([one.residuals for one in each]), compressed.jacobian()
        parts, fitted = [(one.rows, one.combinations) for one in each], [one.value for one in each]
    free = len(theta)
    pieces, correlations, systematic, row = [], [], [], 0
    for curve, size, values, local in zip(problem.curves, problem.sizes, problem.locals_of(theta), problem.local):
        part = slice(row, row + size)
        one = autocorrelation(residuals[part], curve.groups, len(local)) if curve.whitener is None else Correlation(0.0, 0.0, size)
        correlations.append(one)
        pieces.append((part, one.rho if one.significant and not curve.white else 0.0, curve.groups))
        systematic += _systematic(curve, values, local, part, problem.points)
        row += size
    variance = 1.0 if given else chi2 / max(problem.points - free, 1)
    ends = verdict.at_the_end(problem, theta, jacobian, chi2, variance)
    errors = covariance(jacobian, residuals, pieces, given=given, systematic=systematic, compressed=parts, held=list(ends))
    if loss:
        errors = replace(errors, covariance=errors.covariance * _inflation(problem, fitted, loss, free, given))
    no_signal = _missing_signal(law, problem, theta, chi2, errors.dof, given, fixed) if admissible else \
        f"no signal: the data go the other way than '{law.name}' can (exchanged leads, a wrong sign?)"
    others = [(other, (other_chi2 - chi2) / variance) for other, other_chi2 in refined[1:] if variance > 0]
    white = errors
    if others and any(rho for _, rho, _ in pieces):
        white = covariance(jacobian, residuals, [(part, 0.0, groups) for part, _, groups in pieces], given=given, held=list(ends))
    rivals = verdict.second_optima(theta, errors, white, others)
    judgement = verdict.judge(problem, theta, errors, no_signal, rivals, ends, jacobian)
    names = [f"{curve.data.name}: " if len(problem.curves) > 1 else "" for curve in problem.curves]
    spoken = verdict.remarks(problem, theta, errors, chi2, free, given, list(zip(names, correlations)))
    spoken = (*_reweighing(problem, loss, variance), *spoken)
    if no_signal:
        spoken = (no_signal, *spoken)
    statistics = Statistics(chi2=chi2, points=problem.points, free=free, dof=float(problem.points - free) if math.isinf(errors.dof) else errors.dof,
                            errors="given" if given else "estimated", corrected=any(one.significant and not curve.white for one, curve in zip(correlations, problem.curves)),
                            aicc=_aicc(chi2, problem.points, free, given), variables=tuple(v.label for v in problem.variables),
                            covariance=errors.covariance, remarks=spoken)
    fits = [_dataset_fit(law, problem, number, theta, values, fitted[number], jacobian, errors, judgement, correlations[number], statistics, bool(no_signal), rivals)
            for number, values in enumerate(problem.locals_of(theta))]
    return fits if len(fits) == 1 else _shared_alike(problem, fits)


def _shared_alike(problem: Problem, fits: list[DatasetFit]) -> list[DatasetFit]:
    """A parameter that several datasets share is one number: what a caution of one of them says of it holds for all."""
    places: dict[int, list[tuple[int, str]]] = {}
    for number, local in enumerate(problem.local):
        for position, index in local:
            places.setdefault(index, []).append((number, problem.curves[number].names[position]))
    for shared in (found for found in places.values() if len(found) > 1):
        number, name = min(shared, key=lambda place: verdict.ORDER.index(fits[place[0]].parameters[place[1]].verdict))
        worst = fits[number].parameters[name]
        for other, there in shared:
            if fits[other].parameters[there].verdict != worst.verdict:
                value = replace(fits[other].parameters[there], verdict=worst.verdict, reason=f"shared with {fits[number].name}: {worst.reason}")
                fits[other] = replace(fits[other], parameters={**fits[other].parameters, there: value})
    return fits


def _inflation(problem: Problem, fitted, loss: str, free: int, given: bool) -> float:
    """What a robust loss adds to the covariance of weighted least squares."""
    rest = np.concatenate([replace(curve, weights=None).weigh(curve.y - one) for curve, one in zip(problem.curves, fitted)])
    return reweigh.robust_inflation(rest, loss, 1.0 if given else reweigh.robust_scale(rest), free, given)


def _reweighing(problem: Problem, loss: str | None, variance: float) -> tuple[str, ...]:
    """What was done to the weights, in words."""
    found = []
    if loss:
        weights = np.concatenate([curve.weights for curve in problem.curves])
        found.append(f"robust loss '{loss}': {int(np.sum(weights < 0.5))} of {len(weights)} points count less than half; the errors are approximate")
    for curve in problem.curves:
        if curve.relative is not None:
            unit = curve.data.units[curve.y_name]
            floor, growth = parse_unit(unit).from_si(math.sqrt(variance)), curve.relative * math.sqrt(variance)
            found.append(f"{curve.data.name}: noise of {floor:.3g} {unit}" + (f" and {100 * growth:.2g} % of the law, by maximum likelihood" if growth else "; it does not grow with the signal"))
    if any(reweigh.x_errors_of(curve) for curve in problem.curves):
        found.append("errors of x are in the weights (effective variance)")
    return tuple(found)


def _systematic(curve: Curve, values: np.ndarray, local, part: slice, points: int) -> list[tuple[np.ndarray, float]]:
    """The effect of what stays fixed but is known only to within an error: optional parameters (the time origin), knowns that the law says are carried."""
    found = []
    fitted = {position for position, _ in local}
    for position, param in enumerate(curve.params):
        deviation = curve.data.meta.get(param.prior) if param.prior else None
        if isinstance(deviation, Measured) and position not in fitted and deviation.si > 0:
            column = np.zeros(points)
            column[part] = curve.weigh(curve.evaluate(values)[1][position])
            found.append((column, deviation.si))
    for known in curve.model.known:
        given = curve.known_measured.get(known.name)
        if known.carried and given is not None and given.error and curve.known[known.name]:
            size, step = curve.model_size, 1e-5 * curve.known[known.name]
            up, down = (curve.model.function(*curve.x, *values[:size], **{**curve.function_known, known.name: curve.known[known.name] + side}) for side in (step, -step))
            column = np.zeros(points)
            column[part] = curve.weigh((up - down) / (2 * step))
            found.append((column, parse_unit(given.unit).factor * given.error))
    return found


def _missing_signal(law: Model, problem: Problem, theta: np.ndarray, chi2: float, dof: float, given: bool, fixed) -> str:
    """Why the law's signal columns do not improve on what is left without them; empty if they do."""
    without, count = 0.0, 0
    others = law.coefficients is not None or len(law.signal) < len(law.linear)  # columns of the law that are no signal
    for curve, values, held in zip(problem.curves, problem.locals_of(theta), fixed):
        stays = {index: held[name] for index, name in enumerate(law.linear) if name in held}
        if not law.linear and not law.null:
            return ""
        if stays and (law.coefficients is not None or not law.null and any(index in stays for index in law.signal)):
            return ""
        nonlinear = {name: values[curve.names.index(name)] for name in law.nonlinear} | dict(law.null)
        columns = [np.broadcast_to(column, curve.y.shape) for column in law.coefficient_columns(curve.x, nonlinear, curve.function_known)] if others or law.null or stays else ()
        rest = [column for index, column in enumerate(columns) if index not in stays and (law.null or index not in law.signal)]
        rest += [column for name, column in zip(curve.names[curve.model_size:], curve.background) if name not in held]
        target = curve.y - sum((held[name] * column for name, column in zip(curve.names[curve.model_size:], curve.background) if name in held),
                               np.zeros(len(curve.y)))
        target = curve.weigh(target - sum((value * columns[index] for index, value in stays.items()), np.zeros(len(curve.y))))
        without += _left_over(curve.weigh(np.array(rest)), target) if rest else float(target @ target)
        count += (0 if law.null else len(law.signal)) + sum(name not in held for name in law.nonlinear)
    return verdict.missing_signal(chi2, without, max(count, 1), max(problem.points - len(theta), 1), max(dof, 1.0), given)


def _left_over(columns: np.ndarray, target: np.ndarray) -> float:
    """Sum of squares of what a few columns leave of a target (Gram-Schmidt: quicker than lstsq for every curve of many)."""
    basis: list[np.ndarray] = []
    for column in columns:
        size = float(column @ column)
        for one in (*basis, *basis):  # twice is enough (Kahan, Parlett)
            column = column - (one @ column) * one
        left = float(column @ column)
        if left > 1e-20 * size > 0:
            basis.append(column / math.sqrt(left))
            target = target - (basis[-1] @ target) * basis[-1]
    return float(target @ target)


def _aicc(chi2: float, points: int, free: int, given: bool) -> float:
    """Akaike's criterion with the small-sample term; with estimated errors the variance counts as a parameter."""
    k = free + (not given)
    base = chi2 if given else points * math.log(max(chi2, 1e-300) / points)
    return base + 2 * k + (2 * k * (k + 1) / (points - k - 1) if points > k + 1 else math.inf)


def _dataset_fit(law: Model, problem: Problem, number: int, theta, values: np.ndarray, fitted: np.ndarray, jacobian, errors, judgement,
                 correlation: Correlation, statistics: Statistics, silent: bool, rivals: Mapping[int, tuple[np.ndarray, float]]) -> DatasetFit:
    curve, local = problem.curves[number], dict(problem.local[number])
    background_part = values[curve.model_size:] @ curve.background
    by_name = dict(zip(curve.names, map(float, values)))
    error_of = {name: errors.deviation(local[position]) if position in local else None for position, name in enumerate(curve.names)}
    rho = correlation.rho if correlation.significant and not curve.white else 0.0
    verdicts = {name: judgement[local[position]] if position in local else ("fixed", "", "") for position, name in enumerate(curve.names)}
    rest = curve.y - fitted
    scatter = math.sqrt(float(rest @ rest) / max(len(rest) - len(local), 1))
    seen = CurveFit(x=curve.x, y=curve.y, y_err=curve.y_err, y_name=curve.y_name, y_unit=parse_unit(curve.data.units[curve.y_name]), fitted=fitted,
                    background_part=background_part, values=by_name, errors=error_of,
                    fixed=frozenset(name for position, name in enumerate(curve.names) if position not in local), known=dict(curve.known),
                    autocorrelation=rho, scatter=scatter, dof=errors.dof, verdicts={name: one[0] for name, one in verdicts.items()},
                    slopes=lambda: curve.evaluate(values)[1][sorted(local)])
    cautions: list[str] = []
    said: set[str] = set()
    overruled: dict[str, tuple[str, str]] = {}
    for caution in (*law.data_cautions, *(() if silent else law.cautions)):  # without a signal the numbers mean nothing anyway
        answer = caution(curve.data, seen)
        for one in answer if isinstance(answer, (list, tuple)) else [answer]:
            if one is None:
                continue
            cautions.append(one.text)
            for name in one.parameters if one.verdict else ():
                if name not in verdicts:
                    overruled.setdefault(name, (one.verdict, one.text))
                elif verdicts[name][0] != "fixed" and name not in said and verdict.ORDER.index(one.verdict) <= verdict.ORDER.index(verdicts[name][0]):
                    verdicts[name] = (one.verdict, one.text, "")
                    said.add(name)  # the first caution has the word
    if not silent:
        verdicts |= _with_advice(problem, number, theta, jacobian, errors, local, verdicts, said)
    parameters = {}
    for position, (name, unit) in enumerate(zip(curve.names, curve.units)):
        word, reason, side = verdicts[name]
        unseen = silent and word == "not determined"  # an error of what is not there would be as wild as its value
        at_end = seen.verdict(name) == "limit"
        error = None if position not in local or at_end or word == "limit" or unseen else error_of[name] / unit.factor
        parameters[name] = Measured(unit.from_si(by_name[name]), error, unit.symbol, "fit" if position in local else "fixed", word, reason, errors.dof, side)
    derived, absent = derive(law, curve, by_name, local, errors, verdicts, silent, _places_of(problem, number, local, rivals), overruled)
    for diagnostic in law.diagnostics:
        derived |= diagnostic(curve.data, seen)
    return DatasetFit(name=curve.data.name, data=curve.data, law=law.name, x_names=tuple(_name_of(curve.data, x) for x in curve.x), y_name=curve.y_name, x=curve.x, y=curve.y,
                      y_err=curve.y_err, fitted=fitted, background_part=background_part, parameters=parameters, derived=derived,
                      known=dict(curve.known_measured), absent=absent, cautions=tuple(cautions), autocorrelation=correlation.rho,
                      effective_points=correlation.effective_points, statistics=statistics)


def _places_of(problem: Problem, number: int, local: Mapping[int, int], rivals) -> dict[str, tuple[dict[str, float], float]]:
    """For each parameter of a curve with a second optimum all parameters [SI] there and the excess chi^2."""
    names = problem.curves[number].names
    return {names[position]: (dict(zip(names, map(float, problem.locals_of(rivals[index][0])[number]))), rivals[index][1])
            for position, index in local.items() if index in rivals}


def _with_advice(problem: Problem, number: int, theta, jacobian, errors, local: Mapping[int, int], verdicts, said: set[str]) -> dict[str, tuple[str, str, str]]:
    """Verdicts of undetermined parameters with the combination that is determined, and what would measure them where no caution says it."""
    names = problem.curves[number].names
    lost = {names[position]: index for position, index in local.items() if verdicts[names[position]][0] == "not determined"}
    if not lost:
        return {}
    combination = advice.determined_combination(problem, theta, jacobian, errors, list(lost.values()))
    found = {}
    for name, index in lost.items():
        word, reason, side = verdicts[name]
        way_out = "" if name in said else advice.helpful_measurement(problem, number, theta, errors, index)
        found[name] = (word, "; ".join(filter(None, (reason, combination, way_out))), side)
    return found


def _name_of(data: Dataset, values: np.ndarray) -> str:
    return next(name for name, column in data.columns.items() if column is values)
