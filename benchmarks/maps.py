"""B5 to B9: maps against a plain loop of lmfit, from CPU time of one core; correctness is checked first."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def bench_own_grids(count: int = 2000, repeats: int = 3) -> dict[str, dict[str, float]]:
    """B6: a grid for each curve, errors for each point, gaps."""
    rng, found = np.random.default_rng(3), {}
    for name, x, _, truth, keywords, _ in cases(np.random.default_rng(8)):
        law = fk.get_model(keywords["model"])
        grids = np.abs(x[-1]) * np.sort(rng.uniform(-1 if x[0] < 0 else 0, 1, (count, _POINTS)), axis=1)
        params = [truth[one][:count, None] * (1e-9 if one == "L_phi" else 1.0) for one in truth]
        clean = law.function(grids, *params, *((0.01, 1e-4) if name == "power_law" else ()))
        errors = np.ptp(clean, axis=1)[:, None] * np.exp(rng.uniform(math.log(0.003), math.log(0.05), (count, 1))) * rng.uniform(0.5, 2, clean.shape)
        Y = clean + errors * rng.normal(size=clean.shape)
        Y[rng.uniform(size=Y.shape) < 0.05] = np.nan
        options = {key: value for key, value in keywords.items() if key != "model"} | {"threads": 1}
        result = fk.fit_many(keywords["model"], grids, Y, errors, correlation=True, **options)
        worst = 0.0
        for row in range(0, count, 50):
            alone = result.curve(row)
            if alone.determined and not result.suspect[row]:
                worst = max(worst, *(max(abs(result.values[one][row] - alone[one].value) - 3e-7 * (alone[one].error or 0.0), 0.0) / abs(alone[one].value) for one in result.names))
        rows = np.linspace(0, count - 1, _PLAIN).astype(int)

        def plain():
            for row in rows:
                fine = np.isfinite(Y[row])
                fit = _plain_power(grids[row, fine]) if name == "power_law" else _plain_hln(grids[row, fine], "B^2" in name)
                fit(Y[row, fine], {key: value[row] for key, value in truth.items()}, 1 / errors[row, fine] / (1e6 if name == "power_law" else 1e5))

        ours, theirs = _seconds(repeats, (lambda: fk.fit_many(keywords["model"], grids, Y, errors, correlation=False, **options), count), (plain, _PLAIN))
        found[name] = {"ratio": statistics.median(b / a for a, b in zip(ours, theirs)), "fitkit_us": 1e6 * statistics.median(ours), "lmfit_ms": 1e3 * statistics.median(theirs),
                       "largest_deviation": worst, "on_the_ordinary_path": int(result.table.hard.sum()), "of": count}
    return found


def _seconds(repeats: int, *calls) -> list[list[float]]:
    """CPU seconds of each (call, curves) a curve, interleaved."""
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for seconds, (call, count) in zip(found, calls):
            begin = time.process_time()
            call()
            seconds.append((time.process_time() - begin) / count)
    return found


_STREAM = """
import sys, time, numpy as np, fitkit as fk
began, cpu = time.perf_counter(), time.process_time()
result = fk.fit_many("hln", np.linspace(-0.5, 0.5, 200), sys.argv[1], out=sys.argv[2], threads=2)
peak = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.perf_counter() - began, time.process_time() - cpu, peak, len(result))
"""


def bench_stream(curves: int = 1_000_000) -> dict[str, float]:
    """B7: a million curves of 200 points from disk, results appended to a file: wall and CPU seconds, peak memory [MB]."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "curves.npy"
        table = np.lib.format.open_memmap(path, mode="w+", dtype=float, shape=(curves, _POINTS))
        rng, field = np.random.default_rng(0), np.linspace(-0.5, 0.5, _POINTS)
        part = min(20_000, curves)
        for row in range(0, curves, part):
            table[row: row + part] = _film(rng, part, field, False)[1][: curves - row]
        table.flush()
        del table
        done = subprocess.run([sys.executable, "-c", _STREAM, str(path), str(Path(folder) / "map.fit")], check=True, capture_output=True, text=True)
        wall, cpu, peak, size = map(float, done.stdout.split())
        return {"wall_s": wall, "cpu_s": cpu, "peak_MB": peak, "curves": size}


def bench_several(count: int = 2000, repeats: int = 3) -> dict[str, dict[str, float]]:
    """B9: two and three nonlinear parameters on one grid; how often each finds the lowest sum of squares that any of them finds."""
    from .single import _plain_way

    found = {}
    for name, free in (("hln_spin_orbit", ()), ("interpolation_decay", ()), ("hln_spin_orbit", ("zeta",))):
        law, rng = fk.get_model(name), np.random.default_rng(4)
        middle = law.typical_parameters(np.random.default_rng(5), optional=True)
        drawn = []
        for _ in range(count):
            params, full = law.typical_parameters(rng), law.typical_parameters(rng, optional=True)
            params |= {one: full[one] for one in free} | {one: middle[one] * np.exp(rng.uniform(-1, 1)) for one in ("L_phi", "B_so") if one in params}
            drawn.append(params)
        x = np.linspace(-1, 1, _POINTS) * 20 * 1.6455e-16 / middle["L_phi"] ** 2 if "L_phi" in middle else law.grid(_POINTS, **law.typical_parameters(rng))
        known = {"t_r": math.sqrt(x.min() * x.max())} if "decay" in name else {}
        Y = _noisy(rng, np.array([law.function(x, *params.values(), **known) for params in drawn]))
        options = {"background": [] if "decay" in name else ["offset"], "free": free, "meta": {"temperature": "10 K"}, "threads": 1}
        rows = np.linspace(0, count - 1, _PLAIN).astype(int)
        plain = [_plain_way(name + "".join(f"+{one}" for one in free), x, Y[row], drawn[row]) for row in rows]
        result = fk.fit_many(name, x, Y, correlation=False, **options)
        alone = np.array([result.curve(int(row)).statistics.chi2 for row in rows])
        theirs_chi2 = np.array([one().chisqr for one in plain]) * (1.0 if "decay" in name else 1e-10)
        lowest = np.minimum(np.minimum(alone, theirs_chi2), result.chi2[rows]) * (1 + 1e-3)   # the constants of the plain way have five digits
        ours, theirs = _seconds(repeats, (lambda: fk.fit_many(name, x, Y, correlation=False, **options), count), (lambda: [one() for one in plain], _PLAIN))
        found[name + "".join(f"+{one}" for one in free)] = {
            "ratio": statistics.median(b / a for a, b in zip(ours, theirs)), "fitkit_us": 1e6 * statistics.median(ours), "lmfit_ms": 1e3 * statistics.median(theirs),
            "optimum_found": int(np.sum(result.chi2[rows] <= lowest)), "lmfit_finds": int(np.sum(theirs_chi2 <= lowest)), "of": _PLAIN}
    return found


def show(table: dict[str, dict[str, float]]) -> None:
    """A line for each case."""
    for name, row in table.items():
        print(f"  {name:28s} " + "   ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    show(bench_shared_grid())
    show(bench_own_grids())
    show({"stream": bench_stream()})
    show(bench_several())
