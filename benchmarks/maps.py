"""B5 to B9: maps against a plain loop of lmfit, from CPU time of one core; correctness is checked first."""

from __future__ import annotations

import math
import statistics
import time

import numpy as np

import fitkit as fk

_CURVES, _POINTS, _PLAIN = 10_000, 200, 60     # of a map; of these the plain loop fits some, spread evenly


def _noisy(rng, Y: np.ndarray) -> np.ndarray:
    """0.3 to 5 % of the swing."""
    return Y + rng.normal(size=Y.shape) * np.exp(rng.uniform(math.log(0.003), math.log(0.05), len(Y)))[:, None] * np.ptp(Y, axis=1)[:, None]


def _film(rng, count: int, field: np.ndarray, quadratic: bool):
    """HLN curves whose largest field is 1 to 100 characteristic fields."""
    alpha, L_phi = rng.uniform(0.3, 1.5, count), np.exp(rng.uniform(math.log(20e-9), math.log(200e-9), count))
    Y = fk.get_model("hln").function(field, alpha[:, None], L_phi[:, None])
    if quadratic:
        Y = Y - rng.uniform(0, 5e-6, (count, 1)) * field**2
    return {"alpha": alpha, "L_phi": L_phi * 1e9}, _noisy(rng, Y)


def _strip(rng, count: int, current: np.ndarray):
    """Voltage-current curves that reach the criterion."""
    Ic, n = rng.uniform(70, 95, count), np.exp(rng.uniform(math.log(5), math.log(60), count))
    return {"Ic": Ic, "n": n}, _noisy(rng, fk.get_model("power_law").function(current, Ic[:, None], n[:, None], 0.01, 1e-4))


def _plain_hln(field, quadratic: bool):
    import lmfit
    from scipy.special import psi

    def curve(field, alpha, L_phi, offset, q=0.0):
        x = 1.6455e-16 / (L_phi * 1e-9) ** 2 / np.maximum(np.abs(field), 1e-12)
        return alpha * 1.2331 * (psi(0.5 + x) - np.log(x)) + offset + q * field**2

    model = lmfit.Model(curve)

    def fit(y, truth, weights=None):
        start = model.make_params(alpha=truth["alpha"] * 1.2, L_phi={"value": truth["L_phi"] * 1.2, "min": 1, "max": 1e5}, offset=0.0)
        start.add("q", value=0.0, vary=quadratic)
        return model.fit(y * 1e5, start, field=field, weights=weights)

    return fit


def _plain_power(current):
    import lmfit

    def curve(current, Ic, n, offset, R):
        return (np.abs(current) / Ic) ** n + offset + R * current

    model = lmfit.Model(curve)

    def fit(y, truth, weights=None):
        start = model.make_params(Ic={"value": truth["Ic"] * 1.02, "min": 0}, n={"value": truth["n"] * 1.2, "min": 1, "max": 300}, offset=0.0, R=0.0)
        return model.fit(y * 1e6, start, current=current, weights=weights)

    return fit


def cases(rng):
    """Name, x, Y, true values, keywords of fit_many, and the plain fit of one curve from a start within 20 %."""
    field, current = np.linspace(-0.5, 0.5, _POINTS), np.linspace(0, 100, _POINTS)
    for name, quadratic in (("hln", False), ("hln+B^2", True)):
        truth, Y = _film(rng, _CURVES, field, quadratic)
        yield name, field, Y, truth, {"model": "hln", "background": ["offset", "quadratic"] if quadratic else ["offset"]}, _plain_hln(field, quadratic)
    truth, Y = _strip(rng, _CURVES, current)
    yield "power_law", current, Y, truth, {"model": "power_law", "background": ["offset", "R"], "meta": {"tap_distance": "1 cm"}}, _plain_power(current)


def _check(x, Y, keywords, rows) -> dict[str, float]:
    """Deviation from fk.fit [relative, of what is determined], and how often chi^2 is that of the global optimum."""
    result = fk.fit_many(keywords["model"], x, Y, **{name: value for name, value in keywords.items() if name != "model"}, correlation=True)
    worst, optima, verdicts, of = 0.0, 0, 0, 0
    for row in rows:
        alone = result.curve(int(row))
        of += 1
        # where a parameter is not determined the sum of squares is flat, and both stop somewhere on it
        optima += int(result.chi2[row] <= alone.statistics.chi2 * (1 + (1e-9 if alone.determined else 1e-5)))
        verdicts += int(bool(result.suspect[row]) or all(result.codes[result.verdicts[name][row]] == alone[name].verdict for name in result.names))
        if alone.determined and not result.suspect[row]:
            for name in result.names:
                one = alone[name]
                # fk.fit itself stops some 1e-7 standard deviations from the optimum
                worst = max(worst, max(abs(result.values[name][row] - one.value) - 3e-7 * (one.error or 0.0), 0.0) / abs(one.value))
    if worst > 1e-8 or optima < of or verdicts < of:
        raise AssertionError(f"maps: deviation {worst:.1e}, optimum in {optima}, verdicts in {verdicts} of {of}")
    return {"largest_deviation": worst, "optimum_found": optima, "verdicts_as_fit": verdicts, "of": of}


def bench_shared_grid(repeats: int = 7) -> dict[str, dict[str, float]]:
    """B5: one grid; values, errors, chi^2 and verdict codes."""
    found = {}
    for name, x, Y, truth, keywords, plain in cases(np.random.default_rng(8)):
        options = {key: value for key, value in keywords.items() if key != "model"} | {"threads": 1}
        checked = _check(x, Y, keywords, np.linspace(0, _CURVES - 1, 150).astype(int))
        rows = np.linspace(0, _CURVES - 1, _PLAIN).astype(int)
        ours, theirs, correlated = [], [], []
        for _ in range(repeats):
            for seconds, call, count in ((ours, lambda: fk.fit_many(keywords["model"], x, Y, correlation=False, **options), _CURVES),
                                         (correlated, lambda: fk.fit_many(keywords["model"], x, Y, correlation=True, **options), _CURVES),
                                         (theirs, lambda: [plain(Y[row], {key: value[row] for key, value in truth.items()}) for row in rows], _PLAIN)):
                begin = time.process_time()
                call()
                seconds.append((time.process_time() - begin) / count)
        found[name] = {"ratio": statistics.median(b / a for a, b in zip(ours, theirs)), "fitkit_us": 1e6 * statistics.median(ours),
                       "fitkit_with_autocorrelation_us": 1e6 * statistics.median(correlated), "lmfit_ms": 1e3 * statistics.median(theirs), **checked}
    return found


if __name__ == "__main__":
    for key, row in bench_shared_grid().items():
        print(f"{key:20s}", "  ".join(f"{name} {value:.4g}" for name, value in row.items()))
