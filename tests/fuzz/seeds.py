"""Files of at most 20 kB to start from: made here, and the measured ones where they are found."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MOST = 20_000


def seeds() -> list[tuple[str, bytes]]:
    """(name, bytes) of every seed, always in the same order."""
    return [*_written(), *_samples(), *_binary(), *_measured()]


def _shortened(path: Path) -> bytes:
    """A text as far as 20 kB of whole lines go; a binary file only if it is that small."""
    raw = path.read_bytes()
    if len(raw) <= MOST:
        return raw
    return b"" if b"\0" in raw[:1000] else raw[:raw.rfind(b"\n", 0, MOST) + 1]


def _written() -> list[tuple[str, bytes]]:
    from fitkit import simulate

    time = np.arange(30.0)
    field = np.concatenate([np.linspace(-1, 1, 15), np.linspace(1, -1, 15)])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        simulate.write_mpms_dat(place / "a.dc.dat", time=time, field=field, temperature=np.full(30, 4.2), moment=1e-6 / (1 + time))
        simulate.write_ppms_dat(place / "b.dat", time=time, field=field, temperature=np.full(30, 4.2), resistances=[100 + field**2, 5 * field])
        simulate.write_labelled_csv(place / "c.csv", {"field [mT]": field * 1e3, "resistance [ohm]": 100 + field**2}, {"temperature": "4.2 K", "sample": "film A"})
        made = [(path.name, path.read_bytes()) for path in sorted(place.iterdir())]
    sys.path.insert(0, str(ROOT / "tests" / "contracts"))
    try:
        from test_loaders import EXAMPLES
    finally:
        sys.path.pop(0)
    made += [(name, text.encode()) for name, text, _ in EXAMPLES.values() if isinstance(text, str)]
    return made + [("semicolon.csv", b"field [mT];resistance [ohm]\n1,5;2,25\n-2,5;3\n"), ("numbers.txt", b"1 2 3\n4 5 6\n7 8 9\n")]


def _samples() -> list[tuple[str, bytes]]:
    return [(path.name, _shortened(path)) for path in sorted((ROOT / "sample_data").rglob("*")) if path.suffix in (".csv", ".dat", ".txt") and path.name != "index.csv"]


def _binary() -> list[tuple[str, bytes]]:
    values = np.linspace(0, 1, 20)
    made = []
    archive, array = io.BytesIO(), io.BytesIO()
    np.savez(archive, field=values, resistance=values)
    np.save(array, np.ones((4, 5)))
    made += [("arrays.npz", archive.getvalue()), ("map.npy", array.getvalue())]
    sys.path.insert(0, str(ROOT / "tests" / "contracts"))
    try:
        from test_loaders import EXAMPLES
    finally:
        sys.path.pop(0)
    with tempfile.TemporaryDirectory() as folder:
        for name, write, _ in EXAMPLES.values():
            if callable(write) and not name.endswith("npz"):
                write(Path(folder) / name)
                made.append((name, (Path(folder) / name).read_bytes()))
    return made


def _measured() -> list[tuple[str, bytes]]:
    for place in (os.environ.get("FITKIT_REAL_DATA"), ROOT.parent / "shared" / "real"):
        if place and Path(place).is_dir():
            paths = sorted(path for path in Path(place).rglob("*") if path.is_file() and path.name not in ("README.md", "LICENSE", "ORIGIN_README.md"))
            return [(path.name, raw) for path in paths if (raw := _shortened(path))]
    return []
