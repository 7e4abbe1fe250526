"""The usual chain of steps that makes the columns a law needs out of what a file holds."""

from __future__ import annotations

from .data import Dataset
from .errors import FitkitError
from .model import Model


def prepared(law: Model, data: Dataset, *, where: str | None = None, which: int | None = None) -> list[Dataset]:
    """The datasets that a fit of ``law`` to one loaded file wants: one, or one for each sweep.

    Parameters
    ----------
    where
        Condition on the rows, applied as soon as its columns are there.
    which
        Index of the hold, where a file has several.

    Raises
    ------
    FitkitError
        A column is missing and no step makes it, or two ways are possible; the text lists them.
    """
    from .prepare import magnetoconductance, parse_where, relaxation_segment, split_sweeps
    from .prepare import where as select

    columns = {condition.column for condition in parse_where(where)} if where else set()
    early = bool(where) and columns <= set(data.columns) and "time" not in columns
    if early:
        data = select(data, where)
    wanted = [name for name, _ in law.y.choices]
    if law.columns_x[0].name == "time":
        raw = "field" in data or "temperature" in data  # a run of an instrument: the decay is a part of it
        made = [relaxation_segment(data, which=which)] if raw and any(name in data for name in wanted) else [data]
    elif "delta_conductance" in wanted and "delta_conductance" not in data:
        if "resistance" in data.choices:
            raise FitkitError(data.missing("resistance"))
        several = any(name in data for name in ("temperature", "gate"))
        pieces = split_sweeps(data) if several else [data]
        made = [magnetoconductance(piece) for piece in pieces]
    else:
        made = [data]
    if where and not early:
        made = [select(one, where) for one in made]
    return made
