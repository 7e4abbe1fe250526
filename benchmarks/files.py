"""Loading: a long .dat against pandas' own time for its numbers, and a folder of many files."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

TITLES = ("Comment,Time Stamp (sec),Temperature (K),Magnetic Field (Oe),Moment (emu),M. Std. Err. (emu),Transport Action,Averaging Time (sec),Frequency (Hz),"
          "Peak Amplitude (mm),Center Position (mm),Coil Signal' (mV),Coil Signal\" (mV),Range (mV),M. Quad. Signal (emu),Min. Temperature (K),Max. Temperature (K),"
          "Min. Field (Oe),Max. Field (Oe),Mass (grams),Motor Lag (deg),Pressure (Torr)")
FOLDER_FILES = 1000

# CPU seconds, and peak memory [bytes], of one way to load one file in a process of its own
_CHILD = """
import time
import pandas
{setup}
{warm}
begin = time.process_time()
rows = len({call})
took = time.process_time() - begin
# ru_maxrss would begin with that of the parent
print(rows, took, 1024 * next(int(line.split()[1]) for line in open("/proc/self/status", encoding="utf-8") if line.startswith("VmHWM")))
"""


def write_long_file(path: Path, megabytes: int) -> int:
    """A VSM file of that size; returns its number of rows."""
    rng, rows = np.random.default_rng(0), []
    for row in range(2000):
        v = rng.normal(size=14)
        rows.append(f",{3540392694.757 + row:.3f},{4.2 + v[0] * 1e-3:.12f},{v[1] * 1e4:.13f},{v[2] * 1e-5:.15g},{abs(v[3]) * 1e-8:.15g},1,1,{40 + v[4] * 1e-3:.13f},"
                    f"{7.97 + v[5] * 1e-3:.14f},32.5,{v[6]:.15g},{v[7]:.15g},1,{v[8] * 1e-8:.15g},4.200123,4.200321,{v[9]:.15g},{v[10]:.15g},52.4,{v[11]:.6g},{v[12]:.6g}")
    block = ("\r\n".join(rows) + "\r\n").encode()
    repeats = max(int(megabytes * 1e6 / len(block)), 1)
    with path.open("wb") as stream:
        stream.write(f"[Header]\r\nTITLE,long\r\n[Data]\r\n{TITLES}\r\n".encode())
        for _ in range(repeats):
            stream.write(block)
    return 2000 * repeats


def _child(setup: str, call: str, path: Path, small: Path) -> tuple[int, float, float]:
    """Rows, CPU seconds and memory; a small file is loaded before, so that no import is counted."""
    text = _CHILD.format(setup=setup, warm=call.format(str(small)), call=call.format(str(path)))
    done = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True, encoding="utf-8")
    rows, seconds, memory = done.stdout.split()
    return int(rows), float(seconds), float(memory)


def bench_files(megabytes: int = 300, repeats: int = 5) -> dict[str, float]:
    """A file of 300 MB: CPU time against pandas.read_csv of the same numbers, memory against the size; 1000 small files."""
    import time

    import fitkit as fk

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.dat"
        rows = write_long_file(path, megabytes)
        short = Path(folder) / "short.dat"
        write_long_file(short, 1)
        size = path.stat().st_size
        pairs = []
        for _ in range(repeats):
            ours = _child("import fitkit as fk", "fk.load({!r})", path, short)
            theirs = _child("", "pandas.read_csv({!r}, skiprows=3)", path, short)
            assert ours[0] == theirs[0] == rows
            pairs.append((ours[1], theirs[1], ours[2]))
        path.unlink()
        small = Path(folder) / "many"
        small.mkdir()
        for number in range(FOLDER_FILES):
            fk.simulate.write_mpms_dat(small / f"run_{number}.dat", time=np.arange(50.0), field=np.ones(50), temperature=np.full(50, 4.2), moment=np.linspace(1e-6, 2e-6, 50))
        begin = time.process_time()
        assert len(fk.load_all(str(small / "*.dat"))) == FOLDER_FILES
        each = (time.process_time() - begin) / FOLDER_FILES
    return {"MB": size / 1e6, "fitkit_s": statistics.median(a for a, _, _ in pairs), "pandas_s": statistics.median(b for _, b, _ in pairs),
            "ratio": statistics.median(a / b for a, b, _ in pairs), "memory_over_size": max(memory for *_, memory in pairs) / size, "small_file_ms": 1e3 * each}
