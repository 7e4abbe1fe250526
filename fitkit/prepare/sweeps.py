"""Step that takes a run apart: split_sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured
from ..names import STEPPED
from ..units import parse_unit
from .offset import NAMES
from .rows import noted
from .step import Found, step

# a sweep of fewer rows is a remainder, not a measurement
FEWEST_ROWS = 8


@step
def split_sweeps(data: Dataset, by: Sequence[str] | None = None) -> list[Dataset]:
    """Pieces of one temperature, gate and angle; both sweep directions stay in one dataset.

    Pieces are chosen by value: interleaved visits of one plateau belong together. Rows taken between plateaus are
    dropped and counted; a plateau without a field sweep is left out and named.

    Parameters
    ----------
    by
        Columns to split by, default those of temperature, gate and angle that take several plateau values.
        ``"direction"`` among them makes one piece of each sweep direction.

    Returns
    -------
    list of Dataset
        Each with a column ``direction`` (+1 field up, -1 down) and metadata of the resting columns: mean, and spread as
        error. Named ``"film 4.2 K"``.

    Raises
    ------
    FitkitError
        No column ``field``, a column to split by is missing, or no piece holds a field sweep.
    """
    from ..segments import directions, groups

    field = data["field"]
    if isinstance(by, str):
        by = (by,)
    resting = [name for name in STEPPED if name in data]
    wanted = [name for name in by if name != "direction"] if by is not None else [name for name in resting if len(groups(data, name)) > 1]
    pieces: list[tuple[dict[str, float], np.ndarray]] = [({}, np.arange(len(data)))]
    for name in wanted:
        data[name]
        pieces = [({**values, name: float(value)}, rows[chosen]) for values, rows in pieces for value, chosen in groups(data.select(rows), name)]
    belong = sum(len(rows) for _, rows in pieces)
    kept, left = [], []
    for values, rows in pieces:
        label = _label(data, values)
        if len(rows) < FEWEST_ROWS or not np.ptp(field[rows]) > 0:
            left.append(f"{label or data.name}: {len(rows)} rows without a field sweep")
            continue
        direction = np.asarray(directions(field[rows]), float)
        if by is not None and "direction" in by:
            kept += [({**values, "direction": sign}, rows[direction == sign], direction[direction == sign])
                     for sign in (1.0, -1.0) if (direction == sign).sum() >= FEWEST_ROWS]
        else:
            kept.append((values, rows, direction))
    if not kept:
        raise FitkitError(f"{data.name}: no field sweep in {len(data)} rows: {'; '.join(left) or 'no plateau of ' + ', '.join(wanted)}.\n"
                          "    look at the segments: fitkit look FILE")
    made = []
    for values, rows, direction in kept:
        piece = data.select(rows).with_columns({"direction": direction}, {"direction": ""})
        meta = {**piece.meta, **{name: _rest(piece, name) for name in dict.fromkeys((*resting, *wanted))}}
        piece = replace(piece, name=" ".join(filter(None, (data.name, _label(data, values)))), meta=meta)
        for text in left:
            piece = noted(piece, f"split_sweeps left out {text}")
        made.append(Found(piece, {"piece": values, "rows": len(rows), "rows between plateaus": len(data) - belong, "left out": left}))
    return made


def _rest(piece: Dataset, name: str) -> Measured:
    """Mean of a resting column with its spread, in the unit people read."""
    values = piece.values(name)[np.isfinite(piece[name])]
    return Measured(float(values.mean()), float(values.std()), piece.units[name], "column") if len(values) else Measured(np.nan, None, piece.units[name], "column")


def _label(data: Dataset, values: dict[str, float]) -> str:
    words = []
    for name, value in values.items():
        if name == "direction":
            words.append(NAMES[int(value)])
        else:
            unit = data.units[name]
            words.append(f"{parse_unit(unit).from_si(value):.4g} {unit}".strip())
    return " ".join(words)
