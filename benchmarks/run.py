"""The benchmark table: ratios in one run against the plain way, from CPU time, medians of interleaved repeats.

    python3 run.py bench            everything
    python3 run.py bench B3 B4      these rows; the others of results.json stay

Correctness is checked first. Writes benchmarks/results.json.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads around small problems only add noise

import numpy as np

from .files import bench_files
from .joint import bench_joint
from .kernel import bench_kernel
from .laws import bench_laws
from .maps import bench_own_grids, bench_several, bench_shared_grid, bench_stream
from .nist import bench_nist
from .resampling import bench_resampling
from .single import bench_single_fits
from .start_up import bench_start_up
from .voltage_current import bench_voltage_current

RESULTS = Path(__file__).resolve().parent / "results.json"
TABLE = {
    "B1": ("start-up: CPU seconds of whole processes", bench_start_up),
    "B2": ("kernel F and its slope", bench_kernel),
    "B3": ("single fits of 200 points, no start given, against lmfit from a good start", bench_single_fits),
    "B4": ("joint fit of 20 temperatures x 200 points, one alpha, against lmfit by hand", bench_joint),
    "B5": ("map of 10,000 curves x 200 points on one grid: values, errors, chi^2, verdict codes; one core, against a loop of lmfit", bench_shared_grid),
    "B6": ("map of 2000 curves with a grid, errors and gaps of their own, against a loop of lmfit", bench_own_grids),
    "B7": ("1,000,000 curves x 200 points from disk to disk, two threads", bench_stream),
    "B8": ("1000-fold bootstrap of one curve, profile intervals of all its parameters", bench_resampling),
    "B9": ("two and three nonlinear parameters, 2000 curves, against a loop of lmfit", bench_several),
    "B10": ("NIST's 27 certified problems: correct digits of parameters (and standard errors) from start 1 and 2", bench_nist),
    "B11": ("laws of 200 points: ilp against its series of 1000 terms, fits and curves against lmfit fits of HLN", bench_laws),
    "VI": ("V-I curves: single fits, and 100 traces of 2000 points in one call, against lmfit", bench_voltage_current),
    "files": ("a .dat of 300 MB against pandas' own time for its numbers, 1000 small files", bench_files),
}


def show(name: str, value: object) -> None:
    """One row of a table, or a table of its own."""
    if isinstance(value, dict):
        print(f"  {name:28s} " + "   ".join(f"{key} {one:.3g}" if isinstance(one, float) else f"{key} {one}" for key, one in value.items()))
    else:
        print(f"  {name:38s} {value:8.3g}" if isinstance(value, float) else f"  {name:38s} {value}")


def main(wanted: list[str]) -> int:
    unknown = [one for one in wanted if one not in TABLE]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}: wanted {', '.join(TABLE)}")
        return 2
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if wanted and RESULTS.exists() else {}
    for key in wanted or TABLE:
        title, bench = TABLE[key]
        print(f"{key} {title}", flush=True)
        results[key] = bench()
        for name, value in results[key].items():
            show(name, value)
        document = {one: results[one] for one in TABLE if one in results} | {"python": platform.python_version(), "numpy": np.__version__}
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {RESULTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
