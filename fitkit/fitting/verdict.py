"""What this data can and cannot tell, in words. Verdicts of a parameter, the worst first:

not determined | ambiguous | limit | conditional | ok   (and ``fixed`` for what was not fitted)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..model import Model
from .problem import Problem
from .uncertainty import Errors, f_tail

ORDER = ("not determined", "ambiguous", "limit", "conditional", "ok", "fixed", "")
RELATIVE = 0.5     # a positive parameter whose standard deviation exceeds this part of it is no number
_LEANING = 0.9     # correlation with an undetermined partner that makes a vague parameter undetermined too
_UNSEEN = 0.5       # standard deviations by which a factor e in a variable must change the data for it to be seen at all
_NULL = 1e-3        # part of a parameter in a null direction of the scaled Jacobian
_NO_SIGNAL = 1e-3   # probability by chance that the law improves on the background alone as much as it does


def worst(verdicts: Sequence[str]) -> str:
    """The worst of several verdicts."""
    return min(verdicts, key=ORDER.index, default="ok")


@np.errstate(over="ignore", invalid="ignore")
def at_the_end(problem: Problem, theta: np.ndarray, jacobian: np.ndarray, chi2: float, variance: float) -> dict[int, str]:
    """Variables at a bound, and positive ones that have run so far that the data no longer see them: their side, "<" or ">".

    A factor e in such a variable changes the data by less than half a standard deviation in all; its side is the one
    towards which it would be seen again.
    """
    found = {}
    noise = math.sqrt(variance)
    for index, variable in enumerate(problem.variables):
        side = _side(theta[index], variable.low, variable.high)
        if side:
            found[index] = side
        elif problem.log[index] and 0 < np.linalg.norm(jacobian[index]) * theta[index] < _UNSEEN * noise:
            for factor in (10.0, 100.0, 1e3, 1e4, 1e6):
                gains = []
                for one in (factor, 1 / factor):
                    moved = theta.copy()
                    moved[index] = min(max(theta[index] * one, variable.low), variable.high)
                    rest = problem.residuals_and_jacobian(moved)[0]
                    gains.append(float(rest @ rest) - chi2)
                if not max(gains) < 9 * variance:  # also where it is not finite
                    found[index] = "<" if not gains[0] < gains[1] else ">"
                    break
    return found


def judge(problem: Problem, theta: np.ndarray, errors: Errors, no_signal: str, rivals: Mapping[int, tuple[np.ndarray, float]],
          ends: Mapping[int, str], jacobian: np.ndarray) -> dict[int, tuple[str, str, str]]:
    """Verdict, reason and limit sign ("", "<", ">") of each variable.

    Parameters
    ----------
    no_signal
        Why nothing of the law is seen in the data; empty where it is.
    rivals
        The second optimum of each variable that has one (:func:`second_optima`).
    ends
        Side of the variables that ran to an end (:func:`at_the_end`).
    """
    deviation = np.sqrt(np.maximum(np.diag(errors.covariance), 0.0))
    found: dict[int, tuple[str, str, str]] = {}
    for index, variable in enumerate(problem.variables):
        if no_signal and any(_carries_signal(problem.curves[which].model, position) for which, position in variable.members):
            found[index] = ("not determined", no_signal, "")
        elif index in ends:
            side = ends[index]
            end = "upper" if side == ">" else "lower"
            where = f"it runs to the {end} bound that was given" if variable.bounded else f"it runs to the {end} end of what these data can show"
            found[index] = ("limit", f"{where}: no symmetric error", side)
        elif (null := [vector for vector in errors.null_directions if abs(vector[index]) > _NULL]) or errors.norms[index] == 0:
            partners = sorted({problem.variables[other].name for vector in null for other in range(len(theta)) if abs(vector[other]) > _NULL} - {variable.name})
            found[index] = ("not determined", f"only a combination with {' and '.join(partners)} enters the data; fix one of them" if partners
                            else "it does not enter these data", "")
        elif index in rivals:
            other, excess = rivals[index]
            found[index] = ("ambiguous", second_optimum(variable.name, variable.unit.from_si(other[index]), variable.unit.symbol, excess), "")
        elif variable.param.positive and deviation[index] > RELATIVE * abs(theta[index]):
            times = deviation[index] / abs(theta[index]) if theta[index] else math.inf
            found[index] = ("not determined", f"the error is {times:.0%} of the value" if times < 10 else "the error is many times the value", "")
        elif leaning := [other for other in ends if _overlap(jacobian, index, other) > 0.3]:
            names = ", ".join(problem.variables[other].name for other in leaning)
            found[index] = ("conditional", f"holds with {names} at its limit", "")
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
    return not param.linear or not model.null and model.linear.index(param.name) in model.signal


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


def _overlap(jacobian: np.ndarray, first: int, second: int) -> float:
    """Cosine between two columns of the Jacobian."""
    size = float(np.linalg.norm(jacobian[first]) * np.linalg.norm(jacobian[second]))
    return abs(float(jacobian[first] @ jacobian[second])) / size if size > 0 else 0.0


def second_optima(theta: np.ndarray, errors: Errors, white: Errors, others: Sequence[tuple[np.ndarray, float]]) -> dict[int, tuple[np.ndarray, float]]:
    """For each variable the other optimum (variables [SI], excess chi^2) that fits as well.

    It lies more than three errors away, or nearer with a ridge between them (chi^2 does not rise with the distance).

    Parameters
    ----------
    errors, white
        With the correlation of the residuals, and without it: chi^2 of counted points rises by the square of the distance in white errors.
    others
        (variables [SI], excess chi^2 in units of the noise variance) of the other optima found.
    """
    deviation, narrow = (np.sqrt(np.maximum(np.diag(one.covariance), 0.0)) for one in (errors, white))
    found: dict[int, tuple[np.ndarray, float]] = {}
    for index in range(len(theta)):
        for other, excess in others:
            away = abs(other[index] - theta[index])
            if excess < 9 and (away > 3 * deviation[index] or away > 1.5 * narrow[index] and excess < (away / narrow[index]) ** 2 / 4):
                found[index] = other, excess
                break
    return found


def second_optimum(name: str, value: float, unit: str, excess: float) -> str:
    """The words for another place that fits as well."""
    return f"a second optimum lies at {f'{name} = {value:.4g} {unit}'.strip()}, chi^2 higher by {excess:.2g}: these data do not distinguish the two"


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
                         f"(lag-1 {one.rho:.2f}): slow noise or the wrong law; the errors {'leave it out, as asked (white)' if problem.curves[0].white else 'take it into account'}")
    deviation = np.sqrt(np.maximum(np.diag(errors.covariance), 0.0))
    scale = np.outer(deviation, deviation)
    for first, second in np.argwhere(np.tril((scale > 0) & (np.abs(errors.covariance) > 0.97 * scale), -1)):
        a, b = problem.variables[second], problem.variables[first]
        found.append(f"{a.label or a.name} and {b.label or b.name} are correlated ({errors.covariance[first, second] / scale[first, second]:+.3f})")
    return tuple(found[:6])


