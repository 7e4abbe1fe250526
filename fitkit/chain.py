"""The usual chain of steps that makes the columns a law needs out of what a file holds, and its lines of Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from .data import Dataset, StepRecord
from .errors import FitkitError
from .model import Model
from .names import STEPPED

# files in which a person wrote the time: it may count from an event outside the file
_WRITTEN_BY_HAND = ("labelled_csv", "plain_columns", "titled_columns", "excel", "hdf5", "numpy_arrays")


@dataclass(frozen=True)
class Call:
    """One function of fitkit called in the chain; ``splits``: it gives a list."""

    name: str
    arguments: Mapping[str, Any]
    splits: bool = False

    def line(self, over: str) -> str:
        """The call as Python, applied to the variable ``over``."""
        return f"fk.{self.name}({', '.join([over, *(f'{key}={value!r}' for key, value in self.arguments.items())])})"


@dataclass(frozen=True)
class Chain:
    """What the chain made of one loaded file: the datasets to fit and the calls that led there."""

    loaded: Dataset
    datasets: tuple[Dataset, ...]
    calls: tuple[Call, ...] = ()

    def then(self, step, **arguments) -> Chain:
        """With one more step, applied to every dataset."""
        made = [step(one, **arguments) for one in self.datasets]
        splits = any(isinstance(one, list) for one in made)
        datasets = tuple(piece for one in made for piece in one) if splits else tuple(made)
        return Chain(self.loaded, datasets, (*self.calls, Call(step.__name__, arguments, splits)))

    @property
    def split(self) -> bool:
        """Whether the file was taken apart."""
        return any(call.splits for call in self.calls)


def prepared(law: Model, data: Dataset, *, where: str | None = None, which: int | str | None = None) -> Chain:
    """The datasets that a fit of ``law`` to one loaded file wants: one, or one for each sweep.

    Parameters
    ----------
    where
        Condition on the rows, applied as soon as its columns are there.
    which
        Index of the hold, where a file has several; ``"all"`` for each of them.

    Raises
    ------
    FitkitError
        A column is missing and no step makes it, or two ways are possible; the text lists them.
    """
    from .prepare import delta_conductivity, drop_dwell, drop_quench, electric_field, magnetoconductance, parse_where, relaxation_segment, split_holds, split_sweeps
    from .prepare import where as select
    from .segments import groups

    chain = Chain(data, (data,))
    columns = {condition.column for condition in parse_where(where)} if where else set()
    early = bool(where) and columns <= {*data.columns, *data.vendor} and "time" not in columns
    if early:
        chain = chain.then(select, text=where)
        data = chain.datasets[0]
    wanted = {name for name, _ in law.y.choices}
    there = any(name in data for name in wanted)
    driver = law.columns_x[0].name
    if driver == "time" and there and "time" in data and _has_holds(data, which):
        chain = chain.then(split_holds) if which == "all" else chain.then(relaxation_segment, **({} if which is None else {"which": which}))
    elif which is not None:
        raise FitkitError(f"{data.source.path if data.source else data.name}: which={which} chooses a hold of a relaxation run; here is none to choose")
    elif wanted & {"delta_conductance", "delta_conductivity"}:
        made = there or "delta_conductance" in data
        for name in ("field", *(() if made else _resistance(data))):
            data[name]  # says what is missing
        moving = any(param.name == "field_offset" for param in law.params)  # then the fit finds the zero, of each direction its own
        if len(data) and (not made or _several(data)) and any(name in data for name in STEPPED):
            chain = chain.then(split_sweeps, by=(*(name for name in STEPPED if name in data and len(groups(data, name)) > 1), "direction")) if moving else chain.then(split_sweeps)
        if not made:
            chain = chain.then(magnetoconductance, offset="none", symmetrised=False) if moving else chain.then(magnetoconductance)
        if not there and "delta_conductance" not in wanted:
            chain = chain.then(delta_conductivity)
    elif driver == "current" and "current" in data and "voltage" in data:
        if len(data) >= 4 and all(np.isfinite(data[name]).all() for name in ("current", "voltage")):
            chain = chain.then(drop_quench).then(drop_dwell)
        if not there and "electric_field" in wanted:
            chain = chain.then(electric_field)
    if where and not early:
        chain = chain.then(select, text=where)
    return chain


def _has_holds(data: Dataset, which: int | str | None) -> bool:
    """Whether a relaxation has to be cut out: a run of an instrument, not a decay with its own clock."""
    if "field" not in data and "temperature" not in data:
        return False
    if which is not None or data.source is None or data.source.loader not in _WRITTEN_BY_HAND:
        return True
    from .segments import segments

    found = segments(data)
    return not (len(found) == 1 and found[0].kind == "hold" and len(data) and data["time"].min() > 0)


def _resistance(data: Dataset) -> tuple[str, ...]:
    """The column that the change of the conductance is made from; where there is none, the one whose absence says most."""
    if "resistance" in data.choices:
        return ("resistance",)
    found = [name for name in ("resistance", "sheet_resistance", "sheet_conductance") if name in data]
    return tuple(found[:1]) or ("delta_conductance",)


def _several(data: Dataset) -> bool:
    """Whether the file holds sweeps at several temperatures, gate voltages or angles."""
    from .segments import groups

    return any(name in data and len(groups(data, name)) > 1 for name in STEPPED)


# -- the lines of Python ----------------------------------------------------------------------------------------------
def script(chains: Sequence[Chain]) -> tuple[list[str], str]:
    """The lines of Python that lead to the datasets, and the variable that holds them.

    One file that stays whole is ``data``; everything else a list, ``pieces``. Files that are read and prepared alike share
    their lines.
    """
    if len(chains) == 1:
        return _lines_of_one(chains[0])
    lines: list[str] = []
    for number, (_, group) in enumerate(groupby(chains, _alike)):
        lines += _lines_of_many(list(group), "more" if number else "pieces")
        lines += ["pieces += more"] if number else []
    return lines, "pieces"


def _lines_of_one(chain: Chain) -> tuple[list[str], str]:
    lines, variable = [f"data = {chain.loaded.history[0].line()}"], "data"
    for call in chain.calls:
        if variable == "data":
            variable = "pieces" if call.splits else "data"
            lines.append(f"{variable} = {call.line('data')}")
        else:
            lines.append(f"pieces = [{call.line('data')} for data in pieces]")
    return lines, variable


def _lines_of_many(chains: list[Chain], variable: str) -> list[str]:
    records = [chain.loaded.history[0] for chain in chains]
    if len(records) == 1 or any("name" in record.arguments for record in records):
        lines = [f"{variable} = [{', '.join(record.line() for record in records)}]"]
    else:
        one = StepRecord("load", {**records[0].arguments, "path": [record.arguments["path"] for record in records]}).line()
        lines = [f"{variable} = {one.replace('fk.load(', 'fk.load_all(', 1)}"]
    for call in chains[0].calls:
        made = f"piece for data in {variable} for piece in {call.line('data')}" if call.splits else f"{call.line('data')} for data in {variable}"
        lines.append(f"{variable} = [{made}]")
    return lines


def _alike(chain: Chain) -> str:
    arguments = {key: value for key, value in chain.loaded.history[0].arguments.items() if key not in ("path", "name")}
    return repr((arguments, chain.calls))
