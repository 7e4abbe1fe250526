"""Results of a map in a file that grows: a line of JSON, then a record for each curve, in the order of the curves."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import FitkitError
from .engine import Block

_FORMAT = "fitkit map 1"


def record(parameters: int) -> np.dtype:
    """The record of one curve."""
    return np.dtype([("values", "<f8", (parameters,)), ("errors", "<f8", (parameters,)), ("chi2", "<f8"), ("points", "<i4"), ("codes", "u1", (parameters,)),
                     ("sides", "i1", (parameters,)), ("hard", "?"), ("correlation", "<f8"), ("unasked", "?")])


class Store:
    """A file of results, open for writing at its end.

    Raises
    ------
    FitkitError
        The file exists and holds something else, or cannot be written.
    """

    def __init__(self, path: Path, header: dict[str, Any], size: int, parameters: int):
        self.path, self.size, self.dtype = path, size, record(parameters)
        self.line = json.dumps({"format": _FORMAT, **header}, ensure_ascii=True).encode() + b"\n"
        try:
            if path.exists() and path.stat().st_size:
                with open(path, "rb") as file:
                    first = file.readline()
                if first != self.line and (first.endswith(b"\n") or not self.line.startswith(first)):
                    raise FitkitError(f"{path}: {_difference(first, self.line)}. Nothing was fitted; name another file for out, or remove this one")
            self.file = open(path, "r+b") if path.exists() else open(path, "w+b")
        except OSError as error:
            raise FitkitError(f"{path}: cannot be written ({error.strerror})") from None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception) -> None:
        self.file.close()

    def resume(self, rows: int) -> int:
        """The curve to go on with; what an interruption has left of a pass of ``rows`` curves is taken off."""
        self.file.seek(0, os.SEEK_END)
        end = self.file.tell()
        if end < len(self.line):
            self.file.seek(0)
            self.file.write(self.line)
            end = len(self.line)
        done = (end - len(self.line)) // self.dtype.itemsize
        done = done if done >= self.size else done // rows * rows
        self.file.truncate(len(self.line) + done * self.dtype.itemsize)
        self.file.seek(0, os.SEEK_END)
        self.file.flush()
        return done

    def append(self, block: Block) -> None:
        """Write the fits of the next curves, and see that they are on the disk."""
        rows = np.empty(len(block.chi2), self.dtype)
        for name in self.dtype.names:
            rows[name] = getattr(block, name)
        self.file.write(rows.tobytes())
        self.file.flush()
        os.fsync(self.file.fileno())

    def read(self) -> Block:
        """All results."""
        return read(self.path)[1]


def read(path: Path) -> tuple[dict[str, Any], Block]:
    """Header and results of a file; curves that were not fitted yet have the verdict "failed".

    Raises
    ------
    FitkitError
        No such file, or another kind of file.
    """
    try:
        with open(path, "rb") as file:
            header = json.loads(file.readline())
            if header.get("format") != _FORMAT:
                raise ValueError
            begin, kind, size = file.tell(), record(len(header["names"])), int(np.prod(header["shape"]))
            done = min((path.stat().st_size - begin) // kind.itemsize, size)
            rows = np.fromfile(file, kind, count=done) if done < size else np.memmap(path, kind, "r", begin, (size,))
    except OSError as error:
        raise FitkitError(f"{path}: {error.strerror}") from None
    except (ValueError, AttributeError, KeyError):
        raise FitkitError(f"{path}: no results of fit_many") from None
    if done == size:   # stays on the disk until it is looked at
        return header, Block(*(rows[name] for name in Block.__dataclass_fields__))
    block = Block.empty(size, len(header["names"]))
    for name in rows.dtype.names:
        getattr(block, name)[:done] = rows[name]
    return header, block


def _difference(first: bytes, line: bytes) -> str:
    """What the file holds that is not wanted, in words."""
    try:
        found, wanted = json.loads(first), json.loads(line)
        if found.get("format") != _FORMAT:
            raise ValueError
    except (ValueError, AttributeError):
        return "holds no results of fit_many"
    name = next((name for name in wanted if found.get(name) != wanted[name]), "format")
    return "holds the results of other curves" if name == "data" else f"holds results with {name} = {found.get(name)}, wanted {wanted[name]}"
