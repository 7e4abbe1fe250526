"""B3, single fits of 200 points with no start given, against lmfit from a good one."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable

import numpy as np

import fitkit as fk

SINGLE = ("hln", "hln+B^2", "power_law", "hln_spin_orbit", "interpolation_decay", "hln_spin_orbit+zeta", "interpolation_decay+t_shift")   # the last two: three nonlinear


def interleaved(ours: Callable[[], object], theirs: Callable[[], object], repeats: int = 15) -> tuple[float, float, float]:
    """Median CPU seconds of both, and the median of the ratios ours/theirs pair by pair."""
    ours(), theirs()
    times = []
    for _ in range(repeats):
        pair = []
        for call in (ours, theirs):
            begin = time.process_time()
            call()
            pair.append(time.process_time() - begin)
        times.append(pair)
    first, second = zip(*times)
    return statistics.median(first), statistics.median(second), statistics.median(a / b for a, b in times if b > 0)


def _lmfit_hln(quadratic: bool):
    import lmfit
    from scipy.special import psi

    def curve(field, alpha, L_phi, offset, q=0.0):
        x = 1.6455e-16 / (L_phi * 1e-9) ** 2 / np.maximum(np.abs(field), 1e-12)
        return alpha * 1.2331 * (psi(0.5 + x) - np.log(x)) + offset + q * field**2

    model = lmfit.Model(curve)
    if not quadratic:
        model.set_param_hint("q", value=0.0, vary=False)
    return model


def bench_single_fits(draws: int = 40) -> dict[str, dict[str, float]]:
    """fk.fit with no start (start, covariance, autocorrelation and verdicts included) against lmfit.Model.fit from a good one."""
    found = {}
    for name in SINGLE:
        law = fk.get_model(name.split("+")[0])
        free = name.split("+")[1:] if "+" in name and "B^2" not in name else []
        rng = np.random.default_rng(3)
        ratios, ours_s, theirs_s, optima = [], [], [], 0
        for _ in range(draws):
            params, full = law.typical_parameters(rng), law.typical_parameters(rng, optional=True)
            params |= {one: full[one] for one in free}
            x = law.grid(200, **params)
            known = {"tap_distance": 0.01, "Ec": 1e-4} if name == "power_law" else {"t_r": math.sqrt(x.min() * x.max())} if "decay" in name else {}
            y = law.function(x, *params.values(), **known)
            y = y + rng.normal(0, rng.uniform(0.003, 0.05) * np.ptp(y), y.size)
            if name == "power_law":
                data = fk.dataset(current=(x, "A"), voltage=(y * 1e6, "uV"), tap_distance="1 cm")
                background = ["offset", "R"]
            elif "decay" in name:
                data = fk.dataset(time=(x, "s"), moment=(y, "A m2"), temperature="10 K")
                background = []
            else:
                data = fk.dataset(field=(x, "T"), delta_conductance=(y, "S"))
                background = ["offset", "quadratic"] if "B^2" in name else ["offset"]
            ours = lambda: fk.fit(law, data, background=background, free=free)  # noqa: E731  (timed beside `theirs`, a function too)
            theirs = _plain_way(name, x, y, params)
            a, b, ratio = interleaved(ours, theirs, repeats=3)
            result = ours()
            optima += int(result.statistics.chi2 <= _reference(law, x, y, params, known, background, free) * (1 + 1e-9))
            ratios.append(ratio), ours_s.append(a), theirs_s.append(b)
        found[name] = {"ratio": statistics.median(ratios), "fitkit_ms": 1e3 * statistics.median(ours_s), "lmfit_ms": 1e3 * statistics.median(theirs_s),
                       "optima_found": optima, "of": draws}
    return found


def _plain_way(name: str, x, y, params) -> Callable[[], object]:
    """The same fit by hand with lmfit: numeric Jacobian, sensible bounds, start within 25 %, units of order one."""
    import lmfit

    if "decay" in name:
        def decay(t, M_r, S, mu, t_shift=0.0):
            u = np.log((t + t_shift) / (t_r + t_shift))
            return M_r * (1 + mu * S * u) ** (-1 / mu)

        t_r = math.sqrt(x.min() * x.max())
        model = lmfit.Model(decay)
        start = model.make_params(M_r=params["M_r"] * 1.2, S={"value": params["S"] * 1.2, "min": 1e-5, "max": 1}, mu={"value": params["mu"] * 1.2, "min": 0.01, "max": 10},
                                  t_shift={"value": params["t_shift"] * 1.2, "vary": "t_shift" in name, "min": -9, "max": 1e4})
        return lambda: model.fit(y, start, t=x)
    if "spin_orbit" in name:
        from scipy.special import psi

        def spin_orbit(field, L_phi, B_so, zeta, offset):
            B, phi = np.maximum(np.abs(field), 1e-12), 1.6455e-16 / (L_phi * 1e-9) ** 2

            def f(one):
                return psi(0.5 + one / B) - np.log(one / B)

            return 1.2331 * (f(phi + (1 + zeta) * B_so) + f(phi + 2 * (1 - zeta) * B_so) / 2 - f(phi) / 2) + offset

        model = lmfit.Model(spin_orbit)
        start = model.make_params(L_phi={"value": params["L_phi"] * 1e9 * 1.2, "min": 1, "max": 1e5}, B_so={"value": params["B_so"] * 1.2, "min": 1e-6, "max": 100},
                                  zeta={"value": params["zeta"], "vary": "zeta" in name, "min": 0, "max": 1}, offset=0.0)
        return lambda: model.fit(y * 1e5, start, field=x)
    if name == "power_law":
        def curve(current, Ic, n, offset, R):
            return np.sign(current) * (np.abs(current) / Ic) ** n + offset + R * current

        model = lmfit.Model(curve)
        start = model.make_params(Ic={"value": params["Ic"] * 1.02, "min": 0}, n={"value": params["n"] * 1.2, "min": 1, "max": 300}, offset=0.0, R=0.0)
        return lambda: model.fit(y * 1e6, start, current=x)
    model = _lmfit_hln("B^2" in name)
    start = model.make_params(alpha=params["alpha"] * 1.2, L_phi={"value": params["L_phi"] * 1e9 * 1.2, "min": 1, "max": 1e5}, offset=0.0)
    if "B^2" in name:
        start.add("q", value=0.0)
    return lambda: model.fit(y * 1e5, start, field=x)


def _reference(law, x, y, params, known, background, free) -> float:
    """Sum of squares at the global optimum: variable projection on a fine grid of the nonlinear parameter, then Brent's method.

    With several nonlinear parameters: scipy's least_squares from the truth and from 20 points around it, the lowest.
    """
    from scipy.optimize import minimize_scalar

    scanned = [one for one in law.nonlinear if law.param(one).default is None or one in free]
    if len(scanned) > 1:
        return _reference_of_several(law, x, y, params, known, background, scanned)
    name = "n" if law.name == "power_law" else "L_phi"
    rows = {"offset": np.ones_like(x), "R": x, "quadratic": x**2}

    def cost(log_value):
        column = law.function(x, *[math.exp(log_value) if key == name else 1.0 if key == "alpha" else value for key, value in params.items()], **known)
        matrix = np.stack([column / np.abs(column).max(), *(rows[one] / np.abs(rows[one]).max() for one in background)], axis=1)
        rest = y - matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]
        return float(rest @ rest)

    grid = np.linspace(math.log(params[name]) - 3, math.log(params[name]) + 3, 301)
    lowest = int(np.argmin([cost(value) for value in grid]))
    edges = grid[max(lowest - 1, 0)], grid[min(lowest + 1, 300)]
    return minimize_scalar(cost, bounds=edges, method="bounded", options={"xatol": 1e-10}).fun


def _reference_of_several(law, x, y, params, known, background, scanned) -> float:
    from scipy.optimize import least_squares

    rng, columns = np.random.default_rng(0), [np.ones_like(x) for _ in background]
    edges = {one: law.param(one).bounds for one in scanned}

    def rest(v):
        values = {**params, **{one: math.exp(u) if law.param(one).positive else u * size for one, u, size in zip(scanned, v, sizes)}}
        linear = [law.function(x, **{**values, **{other: float(other == one) for other in law.linear}}, **known) for one in law.linear if law.param(one).default is None]
        fixed = 0.0 if linear else law.function(x, **values, **known)
        matrix = np.stack([*linear, *columns], axis=1) if linear or columns else np.empty((len(x), 0))
        with np.errstate(all="ignore"):
            if not np.all(np.isfinite(matrix)):
                return np.full(len(x), 1e3 * np.abs(y).max())
            target = y - fixed
            return target - matrix @ np.linalg.lstsq(matrix, target, rcond=None)[0]

    sizes = [abs(params[one]) or 1.0 for one in scanned]
    begin = np.array([math.log(params[one]) if law.param(one).positive else params[one] / size for one, size in zip(scanned, sizes)])
    low = [-np.inf if law.param(one).positive or not math.isfinite(edges[one][0]) else edges[one][0] / size for one, size in zip(scanned, sizes)]
    high = [np.inf if law.param(one).positive or not math.isfinite(edges[one][1]) else edges[one][1] / size for one, size in zip(scanned, sizes)]
    if "t_shift" in scanned:
        low[scanned.index("t_shift")] = -0.99 * x.min() / sizes[scanned.index("t_shift")]
    scale = float(np.linalg.norm(rest(begin))) or 1.0
    best = math.inf
    for turn in range(21):
        start = begin if turn == 0 else np.clip(begin + rng.normal(0, 0.7, len(begin)), np.add(low, 1e-6), np.subtract(high, 1e-6))
        best = min(best, 2 * least_squares(lambda v: rest(v) / scale, start, bounds=(low, high), xtol=1e-12, ftol=1e-14, gtol=1e-14, max_nfev=200).cost * scale**2)
    return best
