"""What this data can and cannot tell, in words. Verdicts of a parameter, the worst first:

not determined | ambiguous | limit | conditional | ok   (and ``fixed`` for what was not fitted)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..model import Model
from .problem import Problem
from .uncertainty import Errors, f_tail

ORDER = ("not determined", "ambiguous", "limit", "conditional", "ok", "fixed", "")
_RELATIVE = 0.5     # a positive parameter whose standard deviation exceeds this part of it is no number
_LEANING = 0.9     # correlation with an undetermined partner that makes a vague parameter undetermined too
_NULL = 0.1         # part of a parameter in a null direction of the scaled Jacobian
_NO_SIGNAL = 1e-3   # probability by chance that the law improves on the background alone as much as it does


def worst(verdicts: Sequence[str]) -> str:
    """The worst of several verdicts."""
    return min(verdicts, key=ORDER.index, default="ok")


def judge(problem: Problem, theta: np.ndarray, errors: Errors, no_signal: str, others: Sequence[tuple[np.ndarray, float]]) -> dict[int, tuple[str, str, str]]:
    """Verdict, reason and limit sign ("", "<", ">") of each variable.

    Parameters
    ----------
    no_signal
        Why nothing of the law is seen in the data; empty where it is.
    others
        (variables [SI], excess chi^2 in units of the noise variance) of the other optima found.
    """
    deviation = np.sqrt(np.maximum(np.diag(errors.covariance), 0.0))
    found: dict[int, tuple[str, str, str]] = {}
    at_bound = [index for index, variable in enumerate(problem.variables) if _side(theta[index], variable.low, variable.high)]
    for index, variable in enumerate(problem.variables):
        if no_signal and any(_carries_signal(problem.curves[which].model, position) for which, position in variable.members):
            found[index] = ("not determined", no_signal, "")
        elif index in at_bound:
            side = _side(theta[index], variable.low, variable.high)
            end = "upper" if side == ">" else "lower"
            where = f"it runs to the {end} bound that was given" if variable.bounded else f"it runs to the {end} end of what these data can show"
            found[index] = ("limit", f"{where}: no symmetric error", side)
        elif (null := [vector for vector in errors.null_directions if abs(vector[index]) > _NULL]) or errors.norms[index] == 0:
            partners = sorted({problem.variables[other].name for vector in null for other in range(len(theta)) if abs(vector[other]) > _NULL} - {variable.name})
            found[index] = ("not determined", f"only a combination with {' and '.join(partners)} enters the data; fix one of them" if partners
                            else "it does not enter these data", "")
        elif variable.param.positive and deviation[index] > _RELATIVE * abs(theta[index]):
            times = deviation[index] / abs(theta[index]) if theta[index] else math.inf
            found[index] = ("not determined", f"the error is {times:.0%} of the value" if times < 10 else "the error is many times the value", "")
        elif (other := _elsewhere(index, theta, deviation, others)) is not None:
            value = variable.unit.from_si(other[0][index])
            found[index] = ("ambiguous", f"a second optimum lies at {variable.name} = {value:.4g} {variable.unit.symbol}, chi^2 higher by {other[1]:.2g}", "")
        elif at_bound and any(_correlation(errors, index, other) > 0.3 for other in at_bound):
            names = ", ".join(problem.variables[other].name for other in at_bound)
            found[index] = ("conditional", f"holds with {names} at its bound", "")
        else:
            found[index] = ("ok", "", "")
    lost = [index for index, one in found.items() if one[0] == "not determined"]
    for index, one in found.items():
        partners = [other for other in lost if other != index and _correlation(errors, index, other) > _LEANING]
        if one[0] == "ok" and partners and deviation[index] > 0.3 * abs(theta[index]):
            found[index] = ("not determined", f"it leans on {problem.variables[partners[0]].name}, which is not determined", "")
    return found


def _carries_signal(model: Model, position: int) -> bool:
    """Whether a local parameter belongs to the columns whose absence means no signal (linear parameters in their order)."""
    if position >= len(model.params):
        return False
    param = model.params[position]
    return not param.linear or model.linear.index(param.name) in model.signal


def _side(value: float, low: float, high: float) -> str:
    """ ">" at the upper bound (a lower limit), "<" at the lower one, "" inside."""
    if math.isfinite(high) and value >= high - 1e-9 * abs(high):
        return ">"
    if math.isfinite(low) and low != 0 and value <= low + 1e-9 * abs(low):
        return "<"
    return "<" if low == 0 and value <= 0 else ""


def _correlation(errors: Errors, first: int, second: int) -> float:
    scale = math.sqrt(errors.covariance[first, first] * errors.covariance[second, second])
    return abs(errors.covariance[first, second]) / scale if scale > 0 else 0.0


def _elsewhere(index, theta, deviation, others):
    for other, excess in others:
        if excess < 9 and abs(other[index] - theta[index]) > 3 * deviation[index]:
            return other, excess
    return None


def missing_signal(chi2: float, chi2_without: float, columns: int, white_dof: float, dof: float, given: bool) -> str:
    """Why the columns of the law do not count as seen: they improve on the rest by no more than chance; empty if they do.

    ``dof`` are the effective degrees of freedom of correlated residuals, ``white_dof`` those of the counted points.
    """
    nothing = "no signal: beyond a constant, the background and the noise the data show nothing of this law"
    if chi2_without <= chi2:
        return nothing
    gain = (chi2_without - chi2) / columns
    if given:
        return "" if f_tail(gain, columns, math.inf) < _NO_SIGNAL else nothing
    if chi2 < 0.1 * chi2_without or f_tail(gain / (chi2 / dof), columns, dof) < _NO_SIGNAL:
        return ""
    if f_tail(gain / (chi2 / white_dof), columns, white_dof) < _NO_SIGNAL:
        return "what the law leaves behind is smooth and as large as what it explains: the wrong law, or slow noise"
    return nothing


def remarks(problem: Problem, theta: np.ndarray, errors: Errors, chi2: float, free: int, given: bool, correlations: Sequence) -> tuple[str, ...]:
    """What belongs to the fit as a whole: misfit with given errors, correlated residuals, strong correlations."""
    found = []
    dof = problem.points - free
    if given and dof > 0:
        from scipy.special import chdtri

        low, high = (float(chdtri(dof, p)) / dof for p in (0.9995, 0.0005))
        if not low <= chi2 / dof <= high:
            what = "the law does not describe the data, or the errors are too small" if chi2 / dof > high else "the given errors are too large"
            found.append(f"reduced chi^2 = {chi2 / dof:.3g} lies outside its 99.9 % range {low:.2f} to {high:.2f}: {what}")
    for name, one in correlations:
        if one.significant:
            found.append(f"{name}residuals correlated over {max(problem.points / max(one.effective_points * len(correlations), 1), 1):.0f} points "
                         f"(lag-1 {one.rho:.2f}): slow noise or the wrong law; the errors take it into account")
    deviation = np.sqrt(np.maximum(np.diag(errors.covariance), 0.0))
    scale = np.outer(deviation, deviation)
    for first, second in np.argwhere(np.tril((scale > 0) & (np.abs(errors.covariance) > 0.97 * scale), -1)):
        a, b = problem.variables[second], problem.variables[first]
        found.append(f"{a.label or a.name} and {b.label or b.name} are correlated ({errors.covariance[first, second] / scale[first, second]:+.3f})")
    return tuple(found[:6])


