"""The benchmark table: ratios in one run against the plain way, from CPU time, medians of interleaved repeats.

    python3 run.py bench

Correctness is checked first. Writes benchmarks/results.json.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads around small problems only add noise

import numpy as np  # noqa: E402  (after the thread setting)

import fitkit as fk  # noqa: E402

from .kernel import bench_kernel  # noqa: E402
from .laws import bench_laws  # noqa: E402
from .resampling import bench_resampling  # noqa: E402

HERE = Path(__file__).resolve().parent


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


def child_seconds(command: list[str]) -> float:
    """CPU seconds of a child process (wall seconds where the system does not count them)."""
    try:
        import resource
    except ImportError:
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - begin
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def b1_start_up() -> dict[str, float]:
    """import fitkit, fitkit --help, the command on a file of 200 points, and the usual imports of a lab script."""
    rng = np.random.default_rng(1)
    field = np.linspace(-0.3, 0.3, 200)
    y = fk.get_model("hln").function(field, 1.0, 150e-9) + rng.normal(0, 1e-7, 200)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.csv"
        path.write_text("field [T], delta_conductance [S]\n" + "\n".join(f"{a!r}, {b!r}" for a, b in zip(field.tolist(), y.tolist())), encoding="utf-8")
        commands = {
            "python_alone": [sys.executable, "-c", "pass"],
            "import_fitkit": [sys.executable, "-c", "import fitkit"],
            "help": [sys.executable, "-m", "fitkit", "--help"],
            "fit_one_file": [sys.executable, "-m", "fitkit", "fit", "hln", str(path)],
            "import_lmfit_pandas_pyplot": [sys.executable, "-c", "import lmfit, pandas, matplotlib.pyplot"],
        }
        found: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(5):
            for name, command in commands.items():
                found[name].append(child_seconds(command))
    seconds = {name: statistics.median(values) for name, values in found.items()}
    return seconds | {"ratio_import": seconds["import_fitkit"] / seconds["import_lmfit_pandas_pyplot"], "ratio_help": seconds["help"] / seconds["import_lmfit_pandas_pyplot"]}


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


def b3_single_fits(draws: int = 40) -> dict[str, dict[str, float]]:
    """fk.fit with no start (start, covariance, autocorrelation and verdicts included) against lmfit.Model.fit from a good one."""
    found = {}
    for name in ("hln", "hln_quadratic", "power_law"):
        law = fk.get_model(name.split("_quadratic")[0])
        rng = np.random.default_rng(3)
        ratios, ours_s, theirs_s, optima = [], [], [], 0
        for _ in range(draws):
            params = law.typical_parameters(rng)
            x = law.grid(200, **params)
            known = {"tap_distance": 0.01, "Ec": 1e-4} if name == "power_law" else {}
            y = law.function(x, *params.values(), **known)
            y = y + rng.normal(0, rng.uniform(0.003, 0.05) * np.ptp(y), y.size)
            if name == "power_law":
                data = fk.dataset(current=(x, "A"), voltage=(y * 1e6, "uV"), tap_distance="1 cm")
                background = ["offset", "R"]
            else:
                data = fk.dataset(field=(x, "T"), delta_conductance=(y, "S"))
                background = ["offset", "quadratic"] if name == "hln_quadratic" else ["offset"]
            ours = lambda: fk.fit(law, data, background=background)  # noqa: E731
            theirs = _plain_way(name, x, y, params)
            a, b, ratio = interleaved(ours, theirs, repeats=3)
            result = ours()
            optima += int(result.statistics.chi2 <= _reference(law, x, y, params, known, background) * (1 + 1e-9))
            ratios.append(ratio), ours_s.append(a), theirs_s.append(b)
        found[name] = {"ratio": statistics.median(ratios), "fitkit_ms": 1e3 * statistics.median(ours_s), "lmfit_ms": 1e3 * statistics.median(theirs_s),
                       "optima_found": optima, "of": draws}
    return found


def _plain_way(name: str, x, y, params) -> Callable[[], object]:
    """The same fit by hand with lmfit: numeric Jacobian, sensible bounds, start within 25 %, units of order one."""
    import lmfit

    if name == "power_law":
        def curve(current, Ic, n, offset, R):
            return np.sign(current) * (np.abs(current) / Ic) ** n + offset + R * current

        model = lmfit.Model(curve)
        start = model.make_params(Ic={"value": params["Ic"] * 1.02, "min": 0}, n={"value": params["n"] * 1.2, "min": 1, "max": 300}, offset=0.0, R=0.0)
        return lambda: model.fit(y * 1e6, start, current=x)
    model = _lmfit_hln(name == "hln_quadratic")
    start = model.make_params(alpha=params["alpha"] * 1.2, L_phi={"value": params["L_phi"] * 1e9 * 1.2, "min": 1, "max": 1e5}, offset=0.0)
    if name == "hln_quadratic":
        start.add("q", value=0.0)
    return lambda: model.fit(y * 1e5, start, field=x)


def _reference(law, x, y, params, known, background) -> float:
    """Sum of squares at the global optimum: variable projection on a fine grid of the nonlinear parameter, then Brent's method."""
    from scipy.optimize import minimize_scalar

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


def main() -> None:
    print("B1 start-up: CPU seconds of whole processes", flush=True)
    start_up = b1_start_up()
    for name, value in start_up.items():
        print(f"  {name:28s} {value:8.3f}")
    print("B2 kernel F and its slope", flush=True)
    kernel = bench_kernel()
    for name, value in kernel.items():
        print(f"  {name:28s} {value:8.3g}")
    print("B3 single fits of 200 points, no start given, against lmfit from a good start", flush=True)
    single = b3_single_fits()
    for name, row in single.items():
        print(f"  {name:16s} ratio {row['ratio']:.2f}   fitkit {row['fitkit_ms']:.2f} ms   lmfit {row['lmfit_ms']:.2f} ms   "
              f"global optimum in {row['optima_found']} of {row['of']}")
    print("B8 1000-fold bootstrap of one curve, profile intervals of all its parameters", flush=True)
    resampled = bench_resampling()
    for name, value in resampled.items():
        print(f"  {name:28s} {value:8.3g}")
    print("B11 laws of 200 points: ilp against its series of 1000 terms, fits and curves against lmfit fits of HLN", flush=True)
    laws = bench_laws()
    for name, value in laws.items():
        print(f"  {name:38s} {value:8.3g}")
    target = HERE / "results.json"
    document = {"B1": start_up, "B2": kernel, "B3": single, "B8": resampled, "B11": laws, "python": platform.python_version(), "numpy": np.__version__}
    target.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {target.name}")


if __name__ == "__main__":
    main()
