"""The solution of a problem: our own Levenberg-Marquardt steps from every start, then lmfit from the best.

A better point once found is never given up. lmfit sees scaled variables that are 0 at its start and residuals of rms 1.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from functools import lru_cache

import numpy as np

from ..errors import FitkitError
from .problem import Problem

_SLACK = 3e-14   # relative to the sum of squares: comparing rounded sums stalls


def levenberg(problem: Problem, theta: np.ndarray, most: int = 100) -> tuple[np.ndarray, float]:
    """Levenberg-Marquardt with the exact Jacobian inside the bounds. Returns (variables [SI], weighted sum of squares)."""
    problem.centre(theta)
    low, high = problem.bounds_u()
    u = np.clip(np.zeros(len(theta)), low, high)
    residuals, jacobian = problem.scaled(u)
    chi2, damping = float(residuals @ residuals), 1e-4
    total = float(problem.targets @ problem.targets) / problem.noise**2
    if not math.isfinite(chi2):
        return problem.theta(u), math.inf
    for _ in range(most):
        gradient = jacobian @ residuals
        gram = jacobian @ jacobian.T
        pinned = ((u <= low) & (gradient > 0)) | ((u >= high) & (gradient < 0))
        free = np.flatnonzero(~pinned)
        if not len(free):
            break
        inner = gram[np.ix_(free, free)]
        diagonal = np.maximum(np.diag(inner), 1e-300)
        accepted = False
        while damping < 1e12:
            step = np.zeros(len(u))
            step[free] = np.linalg.lstsq(inner + damping * np.diag(diagonal), -gradient[free], rcond=1e-15)[0]
            step[problem.log] = np.clip(step[problem.log], -2.0, 2.0)
            trial = np.clip(u + step, low, high)
            moved = trial - u
            predicted = -(2 * gradient @ moved + moved @ gram @ moved)
            new_residuals, new_jacobian = problem.scaled(trial)
            new = float(new_residuals @ new_residuals)
            if math.isfinite(new) and np.all(np.isfinite(new_jacobian)) and new <= chi2 + _SLACK * total:
                accepted = True
                break
            damping = max(damping * 8, 1e-8)
        if not accepted:
            break
        gain, u, residuals, jacobian, chi2 = chi2 - new, trial, new_residuals, new_jacobian, new
        damping = damping / 10 if damping > 1e-14 else 0.0
        if abs(gain) <= 1e-13 * chi2 + _SLACK * total and predicted <= 1e-12 * chi2 + _SLACK * total:
            break
    return problem.theta(u), chi2 * problem.noise**2


def one_thread():
    """Context in which BLAS uses one thread: threads around small matrices cost many times what they save.

    It needs threadpoolctl; without it BLAS stays as it is.
    """
    import lmfit  # noqa: F401  (it loads what the controller must know: scipy has a BLAS of its own)

    return nullcontext() if _threads() is None else _threads().limit(limits=1, user_api="blas")


@lru_cache(maxsize=1)
def _threads():
    try:
        import threadpoolctl
    except ImportError:
        return None
    return threadpoolctl.ThreadpoolController()


@lru_cache(maxsize=1)
def _parameters():
    import lmfit

    class Once(lmfit.Parameters):
        """Parameters made for one call: lmfit need not copy them, which takes as long as making them."""

        def __deepcopy__(self, memo):
            return self

    return Once


def polish(problem: Problem, theta: np.ndarray, method: str | None = None) -> tuple[np.ndarray, float]:
    """Hand the scaled problem to lmfit from ``theta``; the better of its point and the start is returned.

    leastsq without bounds first; if it leaves the bounds, goes non-finite or gets worse, bounded least_squares. A method
    that the caller names is used as it is, with the bounds.
    """
    import lmfit

    problem.centre(theta)
    low, high = problem.bounds_u()
    names = [f"v{index}" for index in range(len(theta))]

    def values(params):
        return np.array([params[name].value for name in names])

    last: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}  # residuals and Jacobian share a kernel; lmfit asks for them one by one

    def at(u):
        if u.tobytes() not in last:
            last.clear()
            last[u.tobytes()] = problem.scaled(u)
        return last[u.tobytes()]

    def residual(params):
        return at(values(params))[0]

    def jacobian(params):
        return at(values(params))[1].T

    def minimise(how: str, bounded: bool):
        params = _parameters()()
        for index, name in enumerate(names):
            params.add(name, value=0.0, min=low[index] if bounded else -np.inf, max=high[index] if bounded else np.inf)
        keywords = {}
        if how == "leastsq":
            keywords = {"Dfun": jacobian, "col_deriv": False, "ftol": 1e-14, "xtol": 1e-14, "gtol": 0.0}
        elif how == "least_squares":
            keywords = {"jac": jacobian, "ftol": 1e-14, "xtol": 1e-14, "gtol": 1e-14}
        most = None if method else 100 * (len(names) + 1)  # the start is an optimum already: what runs away is not followed
        minimiser = lmfit.Minimizer(residual, params, calc_covar=False, nan_policy="raise", max_nfev=most)
        minimiser._calculate_uncertainties_correlations = lambda: None  # errors are ours; with many variables its loops over pairs are the most of its time
        with np.errstate(all="ignore"):  # its bound transforms take roots of negative numbers on the way
            return values(minimiser.minimize(method=how, params=params, **keywords).params)

    start = at(np.zeros(len(theta)))[0]
    best, best_u = float(start @ start), np.zeros(len(theta))
    attempts = [(method, True)] if method else [("leastsq", False), ("least_squares", True)]
    for how, bounded in attempts:
        try:
            u = minimise(how, bounded)
        except (ValueError, np.linalg.LinAlgError) as error:  # lmfit raises ValueError on the first non-finite residual
            if method:
                raise FitkitError(f"method='{method}': {error}") from error
            continue
        if np.all(np.isfinite(u)) and np.all(u >= low) and np.all(u <= high):
            rest = at(u)[0]
            chi2 = float(rest @ rest)
            if chi2 <= best * (1 + 1e-12):
                best, best_u = min(best, chi2), u
                break
    return problem.theta(best_u), best * problem.noise**2
