"""Loads mutated files: only FitkitError may come out, within 5 s of CPU and 1 GB.

    python3 run.py fuzz                     100,000 files
    python3 run.py fuzz --count 1000        fewer
    python3 run.py fuzz --only 4711         one of them again, with its traceback; the file is kept

Every file is made from its number alone. The seeds are files of at most 20 kB: written by fitkit.simulate and here, and the
measured ones where they are found.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "fuzz")]

from mutations import mutated
from seeds import seeds

import fitkit as fk

SECONDS, GIGABYTE = 5, 1 << 30
CHUNK = 5000


class TooSlow(BaseException):
    """A file took more than its time."""


def one_file(number: int, sources: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Name and bytes of the file with this number."""
    rng = np.random.default_rng([20260, number])
    name, raw = sources[int(rng.integers(len(sources)))]
    return name, mutated(raw, rng)


def use(path: Path, number: int) -> str:
    """Load the file and look at it: "loaded", or "refused" with fitkit's own error."""
    try:
        data = fk.load(path)
    except fk.FitkitError as error:
        assert str(error) and "Traceback" not in str(error)
        if number % 7 == 0:
            try:
                fk.load(path, columns={"field": (0, "mT"), "resistance": (1, "ohm")})
            except fk.FitkitError:
                pass
        return "refused"
    if number % 3 == 0:
        str(fk.look(data))
    return "loaded"


def chunk(start: int, stop: int, folder: Path) -> dict:
    """Load the files with these numbers in this process."""
    sources = seeds()
    found = {"loaded": 0, "refused": 0, "slowest": 0.0, "failed": []}

    def alarm(*_):
        raise TooSlow

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, alarm)
    for number in range(start, stop):
        name, raw = one_file(number, sources)
        path = folder / name
        path.write_bytes(raw)
        begin = cpu_seconds()
        try:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 6 * SECONDS)  # by the clock: a process that only waits takes no CPU time
            found[use(path, number)] += 1
        except (Exception, TooSlow) as error:  # noqa: BLE001 - anything else than FitkitError is what is looked for
            found["failed"].append((number, name, f"{type(error).__name__}: {error}"[:300], traceback.format_exc()[-2000:]))
        finally:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
        seconds = cpu_seconds() - begin
        found["slowest"] = max(found["slowest"], seconds)
        if seconds > SECONDS:
            found["failed"].append((number, name, f"took {seconds:.1f} s", ""))
        path.unlink(missing_ok=True)
    try:
        import resource

        found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    except ImportError:
        found["memory"] = 0
    if found["memory"] > GIGABYTE:
        found["failed"].append((start, "", f"the process took {found['memory'] / GIGABYTE:.2f} GB", ""))
    return found


def cpu_seconds() -> float:
    """CPU time of this process and of those that it started; how busy the machine is does not matter."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def limited() -> None:
    """An address space of 4 GB: libraries map far more than they use. What is used is held against 1 GB at the end."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (4 * GIGABYTE, 4 * GIGABYTE))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--worker", nargs=2, type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(chunk(*given.worker, Path(folder))))
        return 0
    if given.only is not None:
        name, raw = one_file(given.only, seeds())
        path = Path(tempfile.mkdtemp()) / name
        path.write_bytes(raw)
        print(path)
        print(use(path, given.only))
        return 0
    total = {"loaded": 0, "refused": 0, "slowest": 0.0, "memory": 0, "failed": []}
    for start in range(given.first, given.first + given.count, CHUNK):
        stop = min(start + CHUNK, given.first + given.count)
        options = {"preexec_fn": limited} if os.name == "posix" else {}
        done = subprocess.run([sys.executable, __file__, "--worker", str(start), str(stop)], stdout=subprocess.PIPE, text=True, encoding="utf-8", **options)
        if done.returncode:
            total["failed"].append((start, "", f"the process ended with {done.returncode} somewhere in files {start} to {stop - 1}", ""))
        else:
            found = json.loads(done.stdout.splitlines()[-1])
            total |= {name: max(total[name], found[name]) for name in ("slowest", "memory")}
            total |= {name: total[name] + found[name] for name in ("loaded", "refused", "failed")}
        print(f"{stop - given.first} files: {total['loaded']} loaded, {total['refused']} refused, {len(total['failed'])} failed, "
              f"slowest {total['slowest']:.2f} s, memory {total['memory'] / GIGABYTE:.2f} GB", flush=True)
    kinds: dict[str, list] = {}
    for number, name, said, text in total["failed"]:
        kinds.setdefault(said.split(":")[0] + " " + (text.strip().splitlines()[-3].strip() if text.count("\n") > 3 else ""), []).append((number, name, said, text))
    for same in kinds.values():
        number, name, said, text = same[0]
        print(f"\n{len(same)} files such as {number} ({name}): {said}\n{text}")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
