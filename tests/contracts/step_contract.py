"""What every step keeps: its input, its record, its source and its notes. `check_step` raises AssertionError where one does not."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace

import numpy as np

from fitkit.data import Dataset, Note, Source


def traced(data: Dataset) -> Dataset:
    """The dataset as a loader would hand it over: with a source, a note on the file and a note on every row."""
    notes = (Note(3, None, "about the file"), *(Note(10 + row, row, f"row {row}") for row in range(len(data))))
    return replace(data, source=Source("run.dat", 1, "ab" * 32, "test"), notes=notes)


def frozen_copy(data: Dataset) -> dict:
    """Everything of a dataset that a step could spoil."""
    return {"columns": {name: values.copy() for name, values in data.columns.items()}, "units": dict(data.units), "meta": {k: str(v) for k, v in data.meta.items()},
            "vendor": {k: (v.copy(), u) for k, (v, u) in data.vendor.items()}, "history": data.history, "notes": data.notes, "source": data.source, "name": data.name}


def assert_same(first: Dataset, second: Dataset) -> None:
    assert first.name == second.name and list(first.columns) == list(second.columns)
    for name in first.columns:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def check_step(function, data: Dataset, arguments: dict, errors: tuple[str, ...] = ()) -> None:
    """Run a step and hold it to the contract.

    Parameters
    ----------
    errors
        Error columns that must be in the result, finite and not negative.
    """
    data = traced(data)
    before = frozen_copy(data)
    first = function(data, **arguments)
    after = frozen_copy(data)
    for key in ("columns", "vendor"):
        assert before[key].keys() == after[key].keys(), f"changed {key} of its input"
    for name, values in before["columns"].items():
        np.testing.assert_array_equal(values, after["columns"][name], err_msg=f"changed column {name} of its input")
    assert {k: v for k, v in before.items() if k not in ("columns", "vendor")} == {k: v for k, v in after.items() if k not in ("columns", "vendor")}

    made = first if isinstance(first, list) else [first]
    assert made
    for one in made:
        assert isinstance(one, Dataset)
        assert all(not values.flags.writeable for values in one.columns.values())
        assert one.source == data.source, "lost the source"
        assert one.history[:-1] == data.history, "not exactly one more record in the history"
        record = one.history[-1]
        assert record.name == function.__name__
        wanted = list(inspect.signature(function).parameters)[1:]
        assert list(record.arguments) == wanted, "arguments recorded without their defaults"
        json.dumps(record.arguments, allow_nan=False)
        json.dumps(record.found, allow_nan=False)
        for note in data.notes:
            if note.row is None:
                assert note in one.notes, "lost a note on the file"
        for note in one.notes:
            assert note.row is None or 0 <= note.row < len(one), "a note points to a row that is not there"
        if any(note.row is not None for note in one.notes) and len(one) <= len(data) and "time" in one and "time" in data:
            # the same row where its own numbers were kept
            shared = [note for note in one.notes if note.row is not None and note.line is not None]
            for note in shared:
                same = [name for name in one.columns if name in data and name not in ("time", "field") and name not in record.arguments.values()]
                for name in same:
                    assert one[name][note.row] == data[name][note.line - 10], f"the note of row {note.line - 10} is on another row"
        for name in errors:
            assert name in one and np.isfinite(one[name]).all() and (one[name] >= 0).all(), f"no {name}"

    # a replay of what was recorded; further datasets cannot be read back from a record and are handed over again
    record = made[0].history[-1]
    replayed = {name: arguments[name] if isinstance(arguments.get(name), (Dataset, list)) and not isinstance(value, list)
                or isinstance(value, list) and value and isinstance(value[0], dict) else value for name, value in record.arguments.items()}
    again = function(data, **replayed)
    again = again if isinstance(again, list) else [again]
    assert len(again) == len(made)
    for one, two in zip(made, again):
        assert_same(one, two)
        assert two.history[-1].arguments == one.history[-1].arguments
