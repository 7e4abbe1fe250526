"""B8: bootstrap and profile intervals of one HLN curve of 200 points against the plain way with lmfit, from CPU time."""

from __future__ import annotations

import statistics
import time
import warnings

import numpy as np

import fitkit as fk
from fitkit.fitting.profile import profiles

_NAMES = ("alpha", "L_phi", "offset")
_PLAIN_FITS = 30      # of the plain loop are timed and scaled to 1000
_SCALE = {"alpha": 1.0, "L_phi": 1e9, "offset": 1e5}   # SI to the units of order one of the plain way


def bench_resampling(repeats: int = 5) -> dict[str, float]:
    """Ratios of CPU time, medians of interleaved repeats; the numbers of both ways are compared first.

    Returns
    -------
    dict
        ``ratio_bootstrap`` and ``ratio_profiles`` (lmfit over fitkit), the milliseconds behind them, and how far errors and
        ends of intervals differ.
    """
    result, plain, start, field, y = _case()
    bootstrap = fk.bootstrap(result, 1000, seed=1)
    rng = np.random.default_rng(2)
    fitted, residuals = result.fits[0].fitted, result.fits[0].residuals
    residuals = (residuals - residuals.mean()) * np.sqrt(200 / 197)

    def plain_loop(fits=_PLAIN_FITS):
        found = [plain.fit((fitted + rng.choice(residuals, 200)) * 1e5, start, field=field).best_values for _ in range(fits)]
        return {name: np.array([one[name] for one in found]) / _SCALE[name] for name in _NAMES}

    differences = {}
    loop = plain_loop(400)
    for name in _NAMES:
        ours = bootstrap.error(name) * result[name].to(result[name].unit).si / result[name].value
        differences[name] = float(np.std(loop[name], ddof=1) / ours - 1)
    if max(map(abs, differences.values())) > 0.15:  # the plain error of 400 draws is known to 3.5 %
        raise AssertionError(f"bootstrap errors of fitkit and of the plain loop differ: {differences}")

    fit = plain.fit(y * 1e5, start, field=field)
    edges = {name: [value for _, value in rows] for name, rows in fit.conf_interval(sigmas=[0.95]).items()}
    apart = 0.0
    for name in _NAMES:
        one = fk.profile(result, name)
        for ours, theirs in zip((one.low.si, one.high.si), (edges[name][0] / _SCALE[name], edges[name][2] / _SCALE[name])):
            apart = max(apart, abs(ours - theirs) / (one.high.si - one.low.si))
    if apart > 0.01:
        raise AssertionError(f"profile intervals of fitkit and lmfit differ by {apart:.2%} of their width")

    def plain_profiles():
        plain.fit(y * 1e5, start, field=field).conf_interval(sigmas=[0.95])

    calls = {  # how often a timing calls each: all take about as long
        "bootstrap": (lambda: fk.bootstrap(result, 1000, seed=3), 10),
        "plain_loop": (plain_loop, 1),
        "profiles": (lambda: profiles(result), 50),
        "plain_profiles": (plain_profiles, 1),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, (call, times) in calls.items():
            begin = time.process_time()
            for _ in range(times):
                call()
            seconds[name].append((time.process_time() - begin) / times)
    plain_bootstrap = [one * 1000 / _PLAIN_FITS for one in seconds["plain_loop"]]
    return {
        "ratio_bootstrap": statistics.median(b / a for a, b in zip(seconds["bootstrap"], plain_bootstrap)),
        "ratio_profiles": statistics.median(b / a for a, b in zip(seconds["profiles"], seconds["plain_profiles"])),
        "bootstrap_ms": 1e3 * statistics.median(seconds["bootstrap"]),
        "plain_bootstrap_ms": 1e3 * statistics.median(plain_bootstrap),
        "profiles_ms": 1e3 * statistics.median(seconds["profiles"]),
        "plain_profiles_ms": 1e3 * statistics.median(seconds["plain_profiles"]),
        "largest_difference_of_bootstrap_errors": max(map(abs, differences.values())),
        "largest_difference_of_profile_ends": apart,
    }


def _case():
    """A film curve of 200 points with its fit, and the plain lmfit model with a start within 20 % and sensible bounds."""
    import lmfit
    from scipy.special import psi

    def curve(field, alpha, L_phi, offset):
        x = 1.6455e-16 / (L_phi * 1e-9) ** 2 / np.maximum(np.abs(field), 1e-12)
        return alpha * 1.2331471 * (psi(0.5 + x) - np.log(x)) + offset

    rng = np.random.default_rng(0)
    field = np.linspace(-0.3, 0.3, 200)
    y = fk.get_model("hln").function(field, 1.0, 150e-9) + 1e-7 + rng.normal(0, 1e-7, 200)
    data = fk.dataset(field=(field, "T"), delta_conductance=(y, "S"), name="film")
    model = lmfit.Model(curve)
    start = model.make_params(alpha=0.85, L_phi={"value": 170.0, "min": 1, "max": 1e5}, offset=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = fk.fit("hln", data)
    return result, model, start, field, y


if __name__ == "__main__":
    for key, value in bench_resampling().items():
        print(f"{key:42s} {value:10.4g}")
