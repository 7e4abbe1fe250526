"""Replay the recorded steps and the fit of a result on another file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .data import Dataset
from .errors import FitkitError
from .fitting.result import FitResult


def repeat(result: FitResult, path, **metadata) -> FitResult:
    """Do again on another file what was done for a result: load, every step with its arguments, the fit.

    Parameters
    ----------
    result
        A result of data that were loaded from files.
    path
        The next file; a list of files where the result had several, in the same order.
    **metadata
        Metadata that differ from those of the first time (``temperature="7 K"``).

    Raises
    ------
    FitkitError
        The data were made in memory, the number of files differs, or a step fails on the new file.

    Notes
    -----
    What a step measured (a field offset, a time origin) is measured again.
    """
    from .fitting.run import fit

    sources = list(dict.fromkeys(_source(one.data) for one in result.fits))
    paths = [path] if isinstance(path, str) or hasattr(path, "__fspath__") else list(path)
    if len(paths) != len(sources):
        raise FitkitError(f"the result came from {len(sources)} files, repeat was given {len(paths)}: give one for each of {', '.join(sources)}")
    new_path = dict(zip(sources, paths))
    loaded: dict[str, Any] = {}
    datasets = [_replay(one.data, new_path[_source(one.data)], metadata, loaded) for one in result.fits]
    options = {name: value for name, value in result.options.items() if value not in (None, {}, [])}
    options = {name: _renamed(value, {one.name: new.name for one, new in zip(result.fits, datasets)}) for name, value in options.items()}
    if "bounds" in options:
        options["bounds"] = {name: pair if isinstance(pair, Mapping) else tuple(pair) for name, pair in options["bounds"].items()}
    return fit(result.law, datasets[0] if result.single else datasets, **options)


def _source(data: Dataset) -> str:
    if data.source is None or not data.history or data.history[0].name != "load":
        raise FitkitError(f"{data.name}: its data were made in memory, there is no file to load again. Build it with fk.dataset(...) and call fk.fit")
    return data.source.path


def _replay(data: Dataset, path, metadata: Mapping[str, Any], loaded: dict[str, Any]) -> Dataset:
    from .loading import load
    from .prepare import STEPS

    first, *steps = data.history
    arguments = {name: value for name, value in first.arguments.items() if name not in ("path", "name") and value is not None}
    arguments["meta"] = {**(arguments.get("meta") or {}), **metadata}
    key = str(path)
    if key not in loaded:
        loaded[key] = load(path, **_tuples(arguments))
    current: Dataset = loaded[key]
    for record in steps:
        if record.name not in STEPS:
            raise FitkitError(f"{data.name}: the step '{record.name}' of its history is not known here")
        given = dict(record.arguments)
        for name, value in given.items():
            given[name] = _with_parents(value, record.parents)
        made = STEPS[record.name](current, **given)
        current = _same_piece(made, record, path) if isinstance(made, list) else made
    return current


def _same_piece(pieces: Sequence[Dataset], record, path) -> Dataset:
    """The piece at the same value (within a hundredth), not at the same place."""
    wanted = record.found["piece"]
    for piece in pieces:
        found = piece.history[-1].found["piece"]
        if all(abs(found.get(name, float("inf")) - value) <= 0.01 * abs(value) + 1e-12 for name, value in wanted.items()):
            return piece
    values = "; ".join(str(dict(piece.history[-1].found["piece"])) for piece in pieces)
    raise FitkitError(f"{path}: no piece at {dict(wanted)}; there are {values}")


def _with_parents(value, parents):
    """Datasets among the arguments were recorded by their name: make them again."""
    if isinstance(value, Mapping) and set(value) == {"dataset"}:
        return _parent(parents, value["dataset"])
    return [_with_parents(item, parents) for item in value] if isinstance(value, list) else value


def _parent(parents: Sequence[Mapping[str, Any]], name: str) -> Dataset:
    from .data import StepRecord

    parent = next(one for one in parents if one["name"] == name)
    if not parent["source"]:
        raise FitkitError(f"the step took '{name}', made in memory: it cannot be loaded again")
    records = tuple(StepRecord(**{key: record[key] for key in ("name", "arguments", "found", "parents")}) for record in parent["history"])
    return _replay(Dataset(name=name, columns={}, history=records), parent["source"]["path"], {}, {})


def _renamed(value, names: Mapping[str, str]):
    if isinstance(value, Mapping):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
    return value


def _tuples(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """JSON made lists of the pairs that load takes as tuples."""
    def deep(value):
        if isinstance(value, list):
            return tuple(deep(item) for item in value)
        return {key: deep(item) for key, item in value.items()} if isinstance(value, Mapping) else value

    return {name: deep(value) for name, value in arguments.items()}
