"""B1, start-up: CPU seconds of whole processes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import fitkit as fk


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


def bench_start_up() -> dict[str, float]:
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
