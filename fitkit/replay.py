"""Replay the recorded steps and the fit of a result on another file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .data import Dataset, StepRecord
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
    What a step measured (a field offset, a time origin) is measured again. Rows that were dropped by hand are dropped again
    by their numbers.
    """
    from .fitting.run import fit

    if not isinstance(result, FitResult):
        raise FitkitError(f"fk.repeat wants a result of fk.fit, found {type(result).__name__}")
    sources = list(dict.fromkeys(_source(one.data) for one in result.fits))
    paths = [path] if isinstance(path, str) or hasattr(path, "__fspath__") else list(path)
    if len(paths) != len(sources):
        raise FitkitError(f"the result came from {_files(len(sources))}, fk.repeat was given {_files(len(paths))}: give one for each of {', '.join(sources)}")
    new_path = dict(zip(sources, paths))
    made: dict[str, Any] = {}
    datasets = _told_apart([_replay(one.data, new_path[_source(one.data)], metadata, made) for one in result.fits])
    names = {one.name: new.name for one, new in zip(result.fits, datasets)}
    # an empty background is a choice, other empty options were not given
    options = {name: value for name, value in result.options.items() if value is not None and (name == "background" or value not in ({}, []))}
    for name in ("fix", "start", "bounds"):
        if name in options:
            options[name] = {parameter: {names.get(key, key): item for key, item in value.items()} if isinstance(value, Mapping) else value
                             for parameter, value in options[name].items()}
    return fit(result.law, datasets[0] if result.single else datasets, **options)


def _files(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"


def _source(data: Dataset) -> str:
    if data.source is None or not data.history or data.history[0].name != "load":
        raise FitkitError(f"{data.name}: its data were made in memory, there is no file to load again.\n"
                          "    build the next ones the same way (fk.dataset(...), result.series(...)) and call fk.fit")
    return data.source.path


def _told_apart(datasets: list[Dataset]) -> list[Dataset]:
    """With a number behind names that occur twice: one file in the place of several, or files of one name."""
    seen: dict[str, int] = {}
    named = []
    for one in datasets:
        seen[one.name] = seen.get(one.name, 0) + 1
        named.append(one if seen[one.name] == 1 else replace(one, name=f"{one.name} ({seen[one.name]})"))
    return named


def _replay(data: Dataset, path, metadata: Mapping[str, Any], made: dict[str, Any]) -> Dataset:
    """The history of a dataset on another file; ``made`` remembers what several datasets have in common."""
    from .loading import load
    from .prepare import STEPS

    first, *steps = data.history
    arguments = {name: value for name, value in first.arguments.items() if name not in ("path", "name") and value is not None}
    arguments["meta"] = {**(arguments.get("meta") or {}), **metadata}
    key = repr((str(path), arguments))
    if key not in made:
        made[key] = load(path, **_tuples(arguments))
    current: Dataset = made[key]
    for record in steps:
        if record.name not in STEPS:
            raise FitkitError(f"{data.name}: the step '{record.name}' of its history is not known here")
        key = repr((key, record.name, record.arguments, record.parents))
        if key not in made:
            given = {name: _with_parents(value, record.parents) for name, value in record.arguments.items()}
            try:
                made[key] = STEPS[record.name](current, **given)
            except FitkitError as error:
                raise FitkitError(str(error) if str(path) in str(error) else f"{path}: {error}") from None
        current = made[key]
        if isinstance(current, list):
            key = repr((key, record.found["piece"]))
            current = _same_piece(current, record, path)
    return current


def _same_piece(pieces: Sequence[Dataset], record: StepRecord, path) -> Dataset:
    """The piece at the same value (within a hundredth), not at the same place."""
    wanted = record.found["piece"]
    for piece in pieces:
        found = piece.history[-1].found["piece"]
        if found.keys() == wanted.keys() and all(abs(found[name] - value) <= 0.01 * abs(value) + 1e-12 for name, value in wanted.items()):
            return piece
    values = "; ".join(_values(piece.history[-1].found["piece"]) for piece in pieces)
    raise FitkitError(f"{path}: no piece at {_values(wanted)}, where the first file had one. There are: {values}")


def _values(piece: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g} SI" for name, value in piece.items()) or "the whole file"


def _with_parents(value, parents):
    """Datasets among the arguments were recorded by their name: make them again."""
    if isinstance(value, Mapping) and set(value) == {"dataset"}:
        return _parent(parents, value["dataset"])
    return [_with_parents(item, parents) for item in value] if isinstance(value, list) else value


def _parent(parents: Sequence[Mapping[str, Any]], name: str) -> Dataset:
    parent = next(one for one in parents if one["name"] == name)
    if not parent["source"]:
        raise FitkitError(f"the step took '{name}', made in memory: it cannot be loaded again")
    records = tuple(StepRecord(**{key: record[key] for key in ("name", "arguments", "found", "parents")}) for record in parent["history"])
    return _replay(Dataset(name=name, columns={}, history=records), parent["source"]["path"], {}, {})


def _tuples(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """JSON made lists of the pairs that load takes as tuples."""
    def deep(value):
        if isinstance(value, list):
            return tuple(deep(item) for item in value)
        return {key: deep(item) for key, item in value.items()} if isinstance(value, Mapping) else value

    return {name: deep(value) for name, value in arguments.items()}
