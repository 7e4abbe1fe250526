"""B4: joint fit of 20 temperatures x 200 points, 20 L_phi + 20 offsets + one shared alpha, against lmfit by hand, from CPU time."""

from __future__ import annotations

import statistics
import time

import numpy as np

import fitkit as fk
from fitkit.fitting import run
from fitkit.fitting.blocks import Blocks
from fitkit.fitting.problem import bind
from fitkit.fitting.solve import one_thread
from fitkit.fitting.together import Together

_CURVES, _POINTS = 20, 200


def bench_joint(repeats: int = 15) -> dict[str, float]:
    """Ratios of CPU time (lmfit over fitkit), medians of interleaved repeats; optimum and errors are compared first.

    The plain way starts within 25 % and has no covariance corrections, verdicts or derived quantities. ``ratio_fit``: the whole
    fk.fit from the data, no start given, lmfit polishing. ``ratio_blocks``: scans of all curves and block solver, from bound
    curves to the optimum. ``ratio_blocks_from_start``: the block solver from the start that lmfit gets. ``ratio_fit_own_grids``:
    the whole fk.fit where every curve has a grid of its own, so that no scan is shared.
    """
    one_grid, own_grids = _data(), _data(own_grids=True)
    plain, plain_own = _plain_way(one_grid), _plain_way(own_grids)
    ours, ours_own = (lambda: fk.fit("hln", one_grid, share=["alpha"])), (lambda: fk.fit("hln", own_grids, share=["alpha"]))
    curves = [bind(fk.get_model("hln"), data) for data in one_grid]
    result, theta = ours(), _solved(curves)
    reference = _reference(one_grid, _variables(result))
    worst = {"largest_difference_of_parameters": _difference(result, _variables(result), reference), "largest_difference_of_blocks": _difference(result, theta, reference)}
    own = ours_own()
    worst["largest_difference_own_grids"] = _difference(own, _variables(own), _reference(own_grids, _variables(own)))
    if max(worst.values()) > 1e-8:
        raise AssertionError(f"joint fits of fitkit and of lmfit differ: {worst}")
    begin = _variables(result) * np.where(np.arange(2 * _CURVES + 1) % 2, 0.8, 1.2)
    calls = {"plain": plain, "fit": ours, "blocks": lambda: _solved(curves), "blocks_from_start": lambda: _solved(curves, begin), "plain_own_grids": plain_own,
             "fit_own_grids": ours_own}
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            begun = time.process_time()
            call()
            seconds[name].append(time.process_time() - begun)
    ratios = {f"ratio_{name}": statistics.median(a / b for a, b in zip(seconds["plain_own_grids" if "own" in name else "plain"], seconds[name]))
              for name in calls if not name.startswith("plain")}
    return ratios | {f"{name}_ms": 1e3 * statistics.median(values) for name, values in seconds.items()} | worst


def _data(own_grids: bool = False) -> list:
    rng, law, found = np.random.default_rng(4), fk.get_model("hln"), []
    for number, temperature in enumerate(np.geomspace(1.5, 30, _CURVES)):
        field = np.linspace(-0.3, 0.3, _POINTS) * (1 + 0.01 * number * own_grids)
        y = law.function(field, 0.9, 300e-9 * np.sqrt(1.5 / temperature)) + 1e-7 * rng.normal() + 1e-7 * rng.normal(size=_POINTS)
        found.append(fk.dataset(field=(field, "T"), delta_conductance=(y, "S"), temperature=f"{temperature} K", name=f"{temperature:.3f} K"))
    return found


def _plain_way(data):
    """lmfit.minimize with 41 Parameters, scipy's psi and a numeric Jacobian, start within 25 %, units of order one."""
    import lmfit
    from scipy.special import psi

    fields, y = [np.maximum(np.abs(one["field"]), 1e-12) for one in data], [one["delta_conductance"] * 1e5 for one in data]
    hbar_4e, G0 = 1.0545718176461565e-34 / (4 * 1.602176634e-19) * 1e18, 1.2331470983372712

    def residual(params):
        alpha, rest = params["alpha"].value, np.empty((len(data), _POINTS))
        for number, (field, values) in enumerate(zip(fields, y)):
            x = hbar_4e / params[f"L{number}"].value ** 2 / field
            rest[number] = values - alpha * G0 * (psi(0.5 + x) - np.log(x)) - params[f"offset{number}"].value
        return rest.ravel()

    start = lmfit.Parameters()
    start.add("alpha", 0.9 * 1.2)
    for number, one in enumerate(data):
        start.add(f"L{number}", 300 * np.sqrt(1.5 / float(one.si("temperature"))) * (0.8 if number % 2 else 1.2), min=1, max=1e5)
        start.add(f"offset{number}", 0.0)
    return lambda: lmfit.minimize(residual, start)


def _reference(data, theta: np.ndarray) -> np.ndarray:
    """The optimum by scipy's digamma, complex steps and Gauss-Newton steps on all points, from a point 1 % away."""
    from scipy.special import psi

    hbar_4e, G0 = 1.0545718176461565e-34 / (4 * 1.602176634e-19), 1.2331470983372712e-5

    def residual(v):
        rest = []
        for number, one in enumerate(data):
            x = hbar_4e / v[1 + 2 * number] ** 2 / np.maximum(np.abs(one["field"]), 1e-12)
            # (B = 0 is not on these grids; far from it the difference below keeps its digits)
            rest.append(one["delta_conductance"] - v[0] * G0 * (psi(0.5 + x) - np.log(x)) - v[2 + 2 * number])
        return np.concatenate(rest)

    v = theta * np.where(np.arange(len(theta)) % 2, 1.01, 0.99)
    for _ in range(12):
        jacobian = np.empty((len(v), len(data) * _POINTS))
        for index in range(len(v)):
            moved = v.astype(complex)
            moved[index] += 1e-30j
            jacobian[index] = residual(moved).imag / 1e-30
        scale = np.linalg.norm(jacobian, axis=1)
        v = v - np.linalg.lstsq((jacobian / scale[:, None]).T, residual(v), rcond=None)[0] / scale
    return v


def _difference(result, theta: np.ndarray, reference: np.ndarray) -> float:
    """Largest difference relative to the value, or to its error where that is larger (offsets about 0)."""
    errors = np.sqrt(np.diag(result.statistics.covariance))
    return float(np.max(np.abs(theta - reference) / np.maximum(np.abs(reference), errors)))


def _variables(result) -> np.ndarray:
    return np.array([result.fits[0]["alpha"].si, *(one[name].si for one in result.fits for name in ("L_phi", "offset"))])


def _solved(curves, begin: np.ndarray | None = None) -> np.ndarray:
    """The optimum by the block solver, from a start or from the scans of all curves."""
    law, nothing = curves[0].model, [{} for _ in curves]
    settings = run.Settings(law, [one.data.name for one in curves], {"alpha": ""}, {}, (), {}, {}, None)
    together = Together(curves) if begin is None else None
    problem = run._problem(settings, curves, nothing)
    with one_thread():
        start = run._starts(settings, problem, together, nothing, nothing)[0][0] if begin is None else begin
        return Blocks(problem, start).levenberg(start)[0]


if __name__ == "__main__":
    for key, value in bench_joint().items():
        print(f"{key:42s} {value:10.4g}")
