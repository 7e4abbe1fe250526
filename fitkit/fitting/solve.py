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
_FLAT = 1e-9     # cosine between residuals and every column at which an optimum is one: as many standard errors from it, times the root of the points


@np.errstate(over="ignore", invalid="ignore")  # a step may be absurd: what is not finite is not accepted
def levenberg(problem: Problem, theta: np.ndarray, most: int = 100, project: bool = False, damping: float = 1e-4,
              settled: float = 0.0) -> tuple[np.ndarray, float]:
    """Levenberg-Marquardt with the exact Jacobian inside the bounds. Returns (variables [SI], weighted sum of squares).

    The damping of a variable is scaled by the largest curvature met so far, so that one whose column fades is not sent far
    away (Moré 1978). ``project``: the linear variables are solved anew in every step and not damped (variable projection):
    slower, but it comes home from poor starts. ``settled``: the sum of squares need not be known better than to this.
    """
    problem.centre(theta)
    low, high = problem.bounds_u()
    u = np.clip(np.zeros(len(theta)), low, high)
    linear = np.flatnonzero([project and variable.param.linear and all(problem.curves[which].model.coefficients is None for which, _ in variable.members)
                             for variable in problem.variables])
    residuals, jacobian = problem.scaled(u)
    chi2 = float(residuals @ residuals)
    total = float(problem.targets @ problem.targets) / problem.noise**2
    if not math.isfinite(chi2):
        return problem.theta(u), math.inf
    largest = np.full(len(u), 1e-300)
    for _ in range(most):
        gradient = jacobian @ residuals
        gram = jacobian @ jacobian.T
        pinned = ((u <= low) & (gradient > 0)) | ((u >= high) & (gradient < 0))
        free = np.flatnonzero(~pinned)
        if not len(free):
            break
        largest = np.maximum(largest, np.diag(gram))
        weight = np.where(np.isin(np.arange(len(u)), linear), 1e-14, 1.0)[free]
        scale = np.sqrt(largest[free])
        inner, right = gram[np.ix_(free, free)] / np.outer(scale, scale), -gradient[free] / scale
        accepted = False
        while damping < 1e12:
            step = np.zeros(len(u))
            try:
                step[free] = np.linalg.solve(inner + np.diag(damping * weight + 1e-15), right) / scale
            except np.linalg.LinAlgError:
                step[free] = np.linalg.lstsq(inner + np.diag(damping * weight), right, rcond=1e-15)[0] / scale
            step[problem.log] = np.clip(step[problem.log], -2.0, 2.0)
            trial = np.clip(u + step, low, high)
            moved = trial - u
            predicted = -(2 * gradient @ moved + moved @ gram @ moved)
            new_residuals, new_jacobian = problem.scaled(trial)
            if len(linear) and np.all(np.isfinite(new_residuals)) and np.all(np.isfinite(new_jacobian)):
                trial = trial.copy()
                trial[linear] = np.clip(trial[linear] - np.linalg.lstsq(new_jacobian[linear].T, new_residuals, rcond=None)[0], low[linear], high[linear])
                new_residuals, new_jacobian = problem.scaled(trial)
            new = float(new_residuals @ new_residuals)
            if math.isfinite(new) and np.all(np.isfinite(new_jacobian)) and new <= chi2 + _SLACK * total:
                accepted = True
                break
            damping = max(damping * 8, 1e-8)
        if not accepted:
            break
        gain, u, residuals, jacobian, chi2 = chi2 - new, trial, new_residuals, new_jacobian, new
        if gain > 0.25 * predicted or abs(gain) <= 1e-13 * chi2 + _SLACK * total:
            damping = damping / 10 if damping > 1e-14 else 0.0
        else:
            damping *= 3
        rest = settled / problem.noise**2
        if abs(gain) <= max(1e-13 * chi2, rest) + _SLACK * total and predicted <= max(1e-12 * chi2, rest) + _SLACK * total:
            break
    return problem.theta(u), chi2 * problem.noise**2


def from_afar(problem: Problem, starts: list[np.ndarray], found: list[tuple[np.ndarray, float]]) -> list[tuple[np.ndarray, float]]:
    """Further solutions from a user's starts, which may be far away: with care, with the linear variables solved in every step, by MINPACK.

    It ends when two routes have met at the lowest point.
    """
    routes = [lambda theta, project=project, damping=damping: levenberg(problem, theta, 500, project, damping)
              for project, damping in ((True, 1.0), (True, 1e-4), (False, 1.0))]
    routes.append(lambda theta: polish(problem, theta, most=3000))
    added: list[tuple[np.ndarray, float]] = []
    for route in routes:
        for theta in starts:
            one = route(theta)
            if math.isfinite(one[1]):
                added.append(one)
            least = min((chi2 for _, chi2 in (*found, *added)), default=math.inf)
            if sum(_as_low(problem, chi2, least) for _, chi2 in (*found, *added)) > 1 and not _as_low(problem, 2 * least, least):
                return added
    return added


def nearest_first(problem: Problem, found: list[tuple[np.ndarray, float]], start: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Solutions by their sum of squares; of those as low as the lowest the first found, then the one nearest to a start."""
    def distance(one):
        theta = one[0]
        with np.errstate(invalid="ignore"):
            return -1.0 if one is found[0] else float(np.nansum(np.abs(theta - start) / (np.abs(theta) + np.abs(start))))

    least = min(chi2 for _, chi2 in found)
    equal = [one for one in found if _as_low(problem, one[1], least)]
    return sorted(equal, key=distance) + sorted((one for one in found if not _as_low(problem, one[1], least)), key=lambda one: one[1])


def _as_low(problem: Problem, chi2: float, least: float) -> bool:
    """Whether two sums of squares differ by no more than rounding and the last steps."""
    return chi2 <= least * (1 + 1e-6) + _SLACK * float(problem.targets @ problem.targets)


@np.errstate(over="ignore", invalid="ignore")
def _newton(problem: Problem, u: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, float]:
    """Undamped Gauss-Newton steps from an optimum, kept while they do no harm: what separates two routes to it is rounding."""
    residuals, jacobian = problem.scaled(u)
    chi2 = float(residuals @ residuals)
    for _ in range(4):
        inside = (u > low) & (u < high)
        norms = np.linalg.norm(jacobian, axis=1)
        free = np.flatnonzero(inside & (norms > 0))
        if not len(free):
            break
        step = np.zeros(len(u))
        step[free] = -np.linalg.lstsq((jacobian[free] / norms[free][:, None]).T, residuals, rcond=1e-12)[0] / norms[free]
        trial = np.clip(u + step, low, high)
        new_residuals, new_jacobian = problem.scaled(trial)
        new = float(new_residuals @ new_residuals)
        if not (np.all(np.isfinite(new_jacobian)) and new <= chi2 * (1 + 1e-13) + _rounding(problem, chi2)):
            break
        settled = np.all(np.abs(step) * norms <= _FLAT * math.sqrt(chi2))
        u, residuals, jacobian, chi2 = trial, new_residuals, new_jacobian, new
        if settled:
            break
    return u, chi2


def _rounding(problem: Problem, chi2: float) -> float:
    """What rounding of the residuals does to a scaled sum of squares: to take the lowest of several as low would be a bias."""
    return 8 * np.finfo(float).eps * float(np.linalg.norm(problem.targets)) / problem.noise * math.sqrt(chi2)


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
    """(class of a set of parameters, class of a parameter without bounds)."""
    import lmfit

    class Unbounded(lmfit.Parameter):
        """Without bounds there is nothing to compare, which is most of the time it takes to make one."""

        def _init_bounds(self):
            self.setup_bounds()

    class Once(lmfit.Parameters):
        """Parameters made for one call, named by us, without expressions.

        lmfit need not copy them nor look at their names, which
        takes longer than a small fit.
        """

        def __deepcopy__(self, memo):
            return self

        def __setitem__(self, name, parameter):
            dict.__setitem__(self, name, parameter)
            parameter.name = name
            parameter._expr_eval = self._asteval

    return Once, Unbounded


@np.errstate(over="ignore", invalid="ignore")
def polish(problem: Problem, theta: np.ndarray, method: str | None = None, most: int | None = None) -> tuple[np.ndarray, float]:
    """Hand the scaled problem to lmfit from ``theta``; the better of its point and the start is returned.

    leastsq without bounds first; if it leaves the bounds, goes non-finite or gets worse, bounded least_squares. A method
    that the caller names is used as it is, with the bounds.
    """
    import lmfit

    problem.centre(theta)
    low, high = problem.bounds_u()
    confirm = not (method or most) and isinstance(problem, Problem)  # the rows of a compressed one are those of its centre
    if confirm:
        problem.centre(problem.theta(_newton(problem, np.zeros(len(theta)), low, high)[0]))
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
        parameters, unbounded = _parameters()
        params = parameters()
        for index, name in enumerate(names):
            params[name] = lmfit.Parameter(name, value=0.0, min=low[index], max=high[index]) if bounded else unbounded(name, value=0.0)
        keywords = {}
        if how == "leastsq":
            keywords = {"Dfun": jacobian, "col_deriv": False, "ftol": 1e-14, "xtol": 1e-14, "gtol": 0.0 if method or most else _FLAT}
        elif how == "least_squares":
            keywords = {"jac": jacobian, "ftol": 1e-14, "xtol": 1e-14, "gtol": 1e-14}
        limit = most or (None if method else 100 * (len(names) + 1))  # the start is an optimum already: what runs away is not followed
        minimiser = lmfit.Minimizer(residual, params, calc_covar=False, nan_policy="raise", max_nfev=limit)
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
                if not confirm or chi2 < best - _rounding(problem, best):
                    best, best_u = min(best, chi2), u
                break
    if isinstance(problem, Problem) and (np.any(best_u) or not confirm):
        best_u, best = _newton(problem, best_u, low, high)
    return problem.theta(best_u), best * problem.noise**2
