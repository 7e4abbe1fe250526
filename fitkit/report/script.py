"""The few lines of Python that make a result again: load, the recorded steps, the fit."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data import Dataset, StepRecord
from ..fitting.result import FitResult
from ..measured import Measured

_CHAIN = ("drop_nonfinite", "field_offset", "symmetrise", "sheet_conductance", "delta_conductance")     # what fk.magnetoconductance records
_GIVEN = ("share", "fix", "free", "start", "bounds", "assume", "errors", "loss", "method")


def script_of(result: FitResult, saved: str = "result.json") -> str:
    """Python that makes the result again from the files it came from.

    Parameters
    ----------
    saved
        Data that were made in memory, or by steps that no file leads to, are taken from this file, which ``result.save`` writes.
    """
    first = result.fits[0].data
    lines = ["import fitkit as fk"]
    if len(result.fits) == 1 and first.history and first.history[0].name == "series" and len(first.history) == 1:
        return "\n".join(lines + _second_stage(result, first.history[0], saved))
    histories = [_History.of(one.data) for one in result.fits]
    return "\n".join(lines + _from_files(histories, saved) + [_fit(result.law, "data[0]" if result.single else "data", result.options)])


def _second_stage(result: FitResult, record: StepRecord, saved: str) -> list[str]:
    """The first fit from its files, then the series and the fit of it."""
    histories = [_History(parent["name"], tuple(StepRecord(**step) for step in parent["history"]), {}) for parent in record.parents]
    if record.found.get("law") is None or not all(one.known for one in histories):
        return [f"data = [one.data for one in fk.read_result({saved!r})]", _fit(result.law, "data[0]", result.options)]
    given = [repr(record.arguments["x"]), repr(record.arguments["y"]), *([f"include={record.arguments['include']!r}"] if record.arguments["include"] != "determined" else [])]
    call = f"first.series({', '.join(given)})"
    return [*_from_files(histories, saved), _fit(record.found["law"], "data", record.found.get("options", {}), "first"), _fit(result.law, call, result.options)]


def _fit(law: str, data: str, options: Mapping[str, Any], variable: str = "result") -> str:
    from ..model import models

    if law.partition("+")[0] not in models():
        return f"# {law} is a law of your own: its Model belongs here\n" + _fit_call(law, data, options, variable)
    return _fit_call(repr(law), data, options, variable)


def _fit_call(law: str, data: str, options: Mapping[str, Any], variable: str) -> str:
    given: dict[str, Any] = {name: options[name] for name in _GIVEN if options.get(name)}
    if "share" in given and not any(given["share"].values()):
        given["share"] = list(given["share"])
    if options.get("background") is not None:
        given["background"] = options["background"]
    return f"{variable} = fk.fit({', '.join([law, data, *(f'{name}={value!r}' for name, value in given.items())])})"


# -- the data -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class _History:
    """What was done to one dataset: its name, the records, metadata that were added by hand."""

    name: str
    records: tuple[StepRecord, ...]
    added: Mapping[str, str]

    @classmethod
    def of(cls, data: Dataset) -> _History:
        given = {name for record in data.history for name in (*record.arguments, *(record.arguments.get("meta") or {}))}
        by_hand = {name: value for name, value in data.meta.items() if isinstance(value, Measured) and value.origin == "user" and name not in given and name.isidentifier()}
        added = {name: _as_text(value) for name, value in by_hand.items()} if data.history and data.history[0].name == "load" else {}
        return cls(data.name, data.history, added)

    @property
    def known(self) -> bool:
        """Whether a file and public steps lead here."""
        import fitkit

        return bool(self.records) and self.records[0].name == "load" and all(record.name in fitkit._HOME and not record.parents for record in self.records)

    @property
    def pieces(self) -> int | None:
        """Into how many the file was split; 1 if it was not, None if that was not recorded."""
        counts = [record.found.get("pieces") for record in self.records if _splits(record)]
        return None if None in counts else counts[0] if len(counts) == 1 else None if counts else 1

    @property
    def path(self) -> str:
        return str(self.records[0].arguments["path"])

    @property
    def steps(self) -> tuple[tuple[str, str, bool], ...]:
        """(name, arguments as Python, whether it splits) of the steps after loading; what fk.magnetoconductance did is one of them."""
        found = [(record.name, _arguments(record), _splits(record)) for record in self.records[1:]]
        names = tuple(name for name, _, _ in found)
        for chain in (_CHAIN, _CHAIN[1:]):
            if names[-len(chain):] == chain and all(text in ("", "column='resistance'") for _, text, _ in found[-4:]):
                return (*found[:-len(chain)], ("magnetoconductance", "", False))
        return tuple(found)


def _splits(record: StepRecord) -> bool:
    """Whether the step gives a list."""
    return "piece" in record.found or "pieces" in record.found


def _as_text(value: Measured) -> str:
    return f"{value.value!r}{'' if value.error is None else f' +- {value.error!r}'} {value.unit}".strip()


def _arguments(record: StepRecord) -> str:
    """The arguments of a step that are not its defaults, as Python."""
    import fitkit

    signature = inspect.signature(getattr(fitkit, record.name)).parameters
    defaults = {name: list(one.default) if isinstance(one.default, tuple) else one.default for name, one in signature.items()}
    return ", ".join(f"{name}={value!r}" for name, value in record.arguments.items() if name not in defaults or defaults[name] != value)


def _from_files(histories: Sequence[_History], saved: str) -> list[str]:
    """Lines that end in the list ``data``, in the order of the result."""
    if not all(one.known for one in histories) or not _names_follow(histories):
        return [f"data = [one.data for one in fk.read_result({saved!r})]"]
    groups: dict[str, list[_History]] = {}
    for one in histories:
        groups.setdefault(repr((_load_arguments(one), one.steps, one.added)), []).append(one)
    lines: list[str] = []
    for number, group in enumerate(groups.values()):
        lines += _lines_of(group, "more" if number else "data")
        lines += ["data += more"] if number else []
    order = [one.name for one in histories]
    if [one.name for group in groups.values() for one in group] != order:
        lines += [f"order = {order!r}", "data.sort(key=lambda one: order.index(one.name))"]
    return lines


def _names_follow(histories: Iterable[_History]) -> bool:
    """Whether loading and splitting give the names that the result has; a piece that was renamed cannot be found again."""
    return all(one.pieces == 1 or one.name.startswith(_stem(one)) for one in histories)


def _stem(one: _History) -> str:
    return Path(one.path).stem


def _load_arguments(one: _History) -> str:
    """The arguments of fk.load beside the path, as Python."""
    arguments = {name: value for name, value in one.records[0].arguments.items() if name not in ("path", "name")}
    line = StepRecord("load", {"path": "", **arguments}).line()
    return line.removeprefix("fk.load(''").removeprefix(", ").removesuffix(")")


def _lines_of(group: list[_History], variable: str) -> list[str]:
    """Load the files of a group and do the steps that they share."""
    one, names, paths = group[0], [history.name for history in group], list(dict.fromkeys(history.path for history in group))
    arguments = _load_arguments(one)
    rest = f", {arguments}" if arguments else ""
    if len(paths) == 1:
        lines = [f"{variable} = [fk.load({paths[0]!r}{rest})]"]
    else:
        lines = [f"{variable} = fk.load_all({paths!r}{rest})"]
    if one.pieces == 1 and [_stem(history) for history in group] != names:
        lines.append(f"{variable} = [one.renamed(name) for one, name in zip({variable}, {names!r})]")
    for name, arguments, splits in one.steps:
        call = f"fk.{name}({', '.join(filter(None, ('one', arguments)))})"
        lines.append(f"{variable} = [piece for one in {variable} for piece in {call}]" if splits else f"{variable} = [{call} for one in {variable}]")
        if splits and any(_some(group, path) for path in paths):
            lines.append(f"{variable} = [one for one in {variable} if one.name in {names!r}]")
    if one.added:
        lines.append(f"{variable} = [one.with_meta({', '.join(f'{name}={value!r}' for name, value in one.added.items())}) for one in {variable}]")
    return lines


def _some(group: Iterable[_History], path: str) -> bool:
    """Whether only some of the pieces of a file were fitted (or nobody knows how many there are)."""
    members = [history for history in group if history.path == path]
    return members[0].pieces != len(members)
