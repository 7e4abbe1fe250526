"""What makes a plain function a step: it records itself, its arguments and what it found in the history of the data."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..data import Dataset, StepRecord
from ..errors import FitkitError
from ..measured import Measured

STEPS: dict[str, Callable] = {}


@dataclass(frozen=True)
class Found:
    """What the body of a step may return: the new dataset and what the step measured (JSON-able)."""

    data: Dataset
    found: Mapping[str, Any] = field(default_factory=dict)


def step(function: Callable) -> Callable:
    """Make ``function(data, ...) -> Dataset | Found | list of them`` a recorded step.

    Arguments are recorded with their defaults as JSON-able values; a further Dataset among them is recorded as a parent
    with its source and history.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def run(data: Dataset, *args, **kwargs):
        if not isinstance(data, Dataset):
            found = f"a list: take its items, {_of_items(signature, function.__name__)}" if isinstance(data, (list, tuple)) else type(data).__name__
            raise FitkitError(f"fk.{function.__name__} wants one Dataset, found {found}")
        bound = signature.bind(data, *args, **kwargs)
        bound.apply_defaults()
        for name, value in list(bound.arguments.items())[1:]:
            _check_dataset(function.__name__, name, str(signature.parameters[name].annotation), value)
        result = function(*bound.args, **bound.kwargs)
        given = dict(list(bound.arguments.items())[1:])
        further = [one for value in given.values() for one in (value if isinstance(value, (list, tuple)) else (value,))]
        parents = tuple(_parent(one) for one in further if isinstance(one, Dataset))
        arguments = {name: plain(value) for name, value in given.items()}

        def record(one: Dataset | Found, **beside) -> Dataset:
            one = one if isinstance(one, Found) else Found(one)
            return one.data.recorded(StepRecord(function.__name__, arguments, plain({**one.found, **beside}), parents))

        return [record(one, pieces=len(result)) for one in result] if isinstance(result, list) else record(result)

    STEPS[function.__name__] = run
    return run


def _of_items(signature: inspect.Signature, name: str) -> str:
    """The call for a list of datasets: one by one, or the first with the others."""
    further = [one for one in list(signature.parameters.values())[1:] if "Dataset" in str(one.annotation) and one.default is one.empty]
    if not further:
        return f"[fk.{name}(d) for d in ...]"
    return f"fk.{name}(items[0], {'items[1:]' if 'Sequence[Dataset]' in str(further[0].annotation) else 'items[1]'})"


def _check_dataset(step: str, name: str, annotation: str, value) -> None:
    """What is written as a Dataset in the signature must be one."""
    if "Dataset" not in annotation or isinstance(value, Dataset) or value is None and "None" in annotation or isinstance(value, str) and "str" in annotation:
        return
    several = "Sequence[Dataset]" in annotation
    if not (several and isinstance(value, (list, tuple)) and all(isinstance(one, Dataset) for one in value)):
        found = f"a {type(value).__name__} of {', '.join(sorted({type(one).__name__ for one in value})) or 'nothing'}" if isinstance(value, (list, tuple)) else f"{type(value).__name__} {value!r:.60}"
        raise FitkitError(f"fk.{step}: {name} wants {'Datasets' if several else 'a Dataset'}{', or a text' if 'str' in annotation else ''}; found {found}")


def _parent(data: Dataset) -> dict[str, Any]:
    return {"name": data.name, "source": None if data.source is None else vars(data.source),
            "history": [plain(vars(record)) for record in data.history]}


def plain(value):
    """A value as JSON holds it: Measured as text, arrays as lists, a Dataset as its name."""
    if isinstance(value, Measured):
        return f"{value.value!r} {value.unit}".strip()
    if isinstance(value, Dataset):
        return {"dataset": value.name}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def described(name: str | None = None) -> str:
    """All steps, a line each; with a name the docstring of that step and how it is called.

    Raises
    ------
    FitkitError
        No such step.
    """
    if name is None:
        width = max(map(len, STEPS))
        lines = [f"  {one:{width}s}  {next(iter(_doc(one).splitlines()), '')}" for one in sorted(STEPS)]
        return "\n".join([*lines, "fk.magnetoconductance(data) runs drop_nonfinite, field_offset, symmetrise, sheet_conductance and delta_conductance"])
    if name not in STEPS:
        raise FitkitError(f"no step '{name}'. There are: {', '.join(sorted(STEPS))}")
    return f"fk.{name}{inspect.signature(STEPS[name])}\n\n{_doc(name)}"


def _doc(name: str) -> str:
    return inspect.getdoc(STEPS[name]) or ""
