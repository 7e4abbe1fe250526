"""Reads an HDF5 file in a process of its own, because a damaged one can hang or crash the library that reads it.

A script: it gets the bytes of the file on stdin and the name of a group (or nothing) as its argument, and writes an
archive of plain numpy arrays to stdout: ``listing`` (JSON) and the arrays ``0``, ``1``... of the one group that is read.
It imports nothing of fitkit.
"""

import io
import json
import sys
from typing import Any

UNITS = ("units", "unit", "Unit", "Units")
MOST_NUMBERS = 200_000_000
SECONDS = 2           # of CPU, and one more for every 30 MB
BYTES_A_SECOND = 30e6


def limit(size: int) -> None:
    """End this process when it takes more CPU time than such a file can."""
    try:
        import resource
    except ImportError:
        return
    seconds = int(SECONDS + size / BYTES_A_SECOND)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def text(value) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    return value if isinstance(value, str) else None


def unit(array) -> str:
    return next((found for key in UNITS if (found := text(array.attrs.get(key)))), "")


def found_in(h5py, opened) -> tuple[dict, list[str]]:
    """Group -> {name: array of numbers}, and the arrays that lie in other files; links are not followed."""
    groups: dict[str, dict] = {}
    elsewhere: list[str] = []

    def visit(path, one) -> None:
        if not isinstance(one, h5py.Dataset) or one.dtype.kind not in "fiubcV" or one.ndim not in (1, 2) or not one.size:
            return
        if one.is_virtual or one.external:
            elsewhere.append(path)
            return
        group, _, name = path.rpartition("/")
        groups.setdefault(group or "/", {})[name] = one

    opened.visititems(visit)
    return groups, elsewhere


def main() -> None:
    raw = sys.stdin.buffer.read()
    part = sys.argv[1] if len(sys.argv) > 1 else None
    limit(len(raw))
    import h5py
    import numpy as np

    arrays: dict[str, Any] = {}
    with h5py.File(io.BytesIO(raw), "r") as opened:
        groups, elsewhere = found_in(h5py, opened)
        listing: dict[str, Any] = {"groups": {group: [{"name": name, "shape": list(one.shape)} for name, one in found.items()] for group, found in groups.items()},
                   "elsewhere": elsewhere, "arrays": [], "settings": {}, "too many": 0}
        chosen = part if part is not None else next(iter(groups), None)
        if chosen in groups and (part is not None or len(groups) == 1):
            found = groups[chosen]
            listing["too many"] = count if (count := sum(one.size for one in found.values())) > MOST_NUMBERS else 0
            for name, one in () if listing["too many"] else found.items():
                if one.dtype.kind == "V" and not one.dtype.names:
                    continue
                values = one[()]
                for field in one.dtype.names or (None,):
                    column = values if field is None else values[field]
                    if column.dtype.kind in "fiubc":
                        arrays[str(len(arrays))] = np.ascontiguousarray(column)
                        listing["arrays"].append({"name": field or name, "unit": "" if field else unit(one)})
            for attributes in (opened.attrs, next(iter(found.values())).parent.attrs):
                listing["settings"].update({str(key): said for key in attributes if (said := text(attributes[key])) is not None})
    answer = io.BytesIO()
    np.savez(answer, listing=np.frombuffer(json.dumps(listing).encode(), np.uint8), **arrays)
    sys.stdout.buffer.write(answer.getvalue())


if __name__ == "__main__":
    main()
