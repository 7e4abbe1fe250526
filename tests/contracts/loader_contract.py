"""What every loader keeps. `check_loader` raises AssertionError where one does not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

import fitkit as fk
from fitkit.loaders import Answer, File, Loader, Options

FOREIGN = b"once upon a time\nthere was a text without numbers\n"


def as_file(path: Path) -> File:
    return File(str(path), path.name, path.read_bytes())


def check_loader(loader: Loader, path: Path, columns: dict[str, np.ndarray], options: Options | None = None) -> None:
    """Hold a loader to the contract.

    Parameters
    ----------
    path
        A file of its format.
    columns
        What the file holds: quantity -> values [SI].
    options
        For a format that says nothing about itself; without them the loader must recognise the file.
    """
    before = path.read_bytes(), path.stat().st_mtime_ns, sorted(path.parent.iterdir())
    file = as_file(path)
    answer = loader.recognise(file)
    assert isinstance(answer, Answer) and answer.kind in ("yes", "no", "nearly"), "recognise answers YES, NO or nearly(reason)"
    assert options is not None or answer.kind == "yes", "does not recognise its own file"
    foreign = loader.recognise(replace(file, path="story.txt", name="story.txt", raw=FOREIGN))
    assert foreign.kind == "no", "says yes to a file that is not its own"

    data = loader.read(file, options or Options())
    again = loader.read(as_file(path), options or Options())
    assert isinstance(data, fk.Dataset)
    assert set(columns) <= set(data.columns), f"columns {sorted(columns)} wanted, found {sorted(data.columns)}"
    for name, values in columns.items():
        np.testing.assert_allclose(data[name], values, rtol=1e-12, atol=0, err_msg=name)
        np.testing.assert_array_equal(data[name], again[name], err_msg=f"{name} differs from one reading to the next")
        assert data[name].dtype == np.float64
    for name, values in data.columns.items():
        assert not values.flags.writeable, f"column {name} can be changed"
    for title, (values, unit) in data.vendor.items():
        assert len(values) == len(data) and isinstance(unit, str), f"column '{title}' of the file"
        assert not values.flags.writeable, f"column '{title}' of the file can be changed"
    assert all(note.row is None or 0 <= note.row < len(data) for note in data.notes), "a note on a row that is not there"
    assert len(data.history) == 1 and data.history[0].name == "load", "no record of what was found"
    assert data.history[0].found["rows"] == len(data)
    json.dumps(dict(data.history[0].found), allow_nan=False)
    assert (path.read_bytes(), path.stat().st_mtime_ns, sorted(path.parent.iterdir())) == before, "touched the file or its folder"


def check_loaded(data: fk.Dataset, path: Path, loader: str) -> None:
    """What `fk.load` adds: source and history."""
    raw = path.read_bytes()
    assert data.source.path == str(path) and data.source.size == len(raw) and data.source.loader == loader
    assert data.source.sha256 == hashlib.sha256(raw).hexdigest()
    assert data.source.version.startswith(f"fitkit {fk.__version__}"), "no version of what read it"
    assert data.name == path.stem
    record, = data.history
    assert record.name == "load" and record.arguments["path"] == str(path)
    json.dumps(dict(record.arguments), allow_nan=False)
