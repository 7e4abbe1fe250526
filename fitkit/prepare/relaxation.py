"""Steps that cut relaxations out of a file and set their clocks: relaxation_segment, split_holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured, read_measured
from .rows import noted
from .step import Found, step

FEWEST_ROWS = 8
# (floor [T], fraction of the value): a persistent magnet reads its final field no better than this
FIELD_RESOLUTION = (2e-5, 1e-4)


@dataclass(frozen=True)
class Hold:
    """Rows start to stop (exclusive) at constant temperature and field."""

    start: int
    stop: int


@step
def relaxation_segment(data: Dataset, which: int | None = None, origin: str | None = None) -> Dataset:
    """The rows at constant temperature and field, with ``time`` counted from the end of the field ramp.

    The origin is the first row whose field is within resolution of the final field, to within one sampling step. A file
    that starts after the ramp has no origin: the first row is taken, and the notes say so. Rows at t <= 0 have no place on
    a logarithmic axis and are dropped.

    Parameters
    ----------
    which
        Which hold (0 first, -1 last), where the file has several.
    origin
        ``"first row"`` of the hold, or a time of the file's clock such as ``"1200 s"``.

    Returns
    -------
    Dataset
        Metadata ``temperature`` (mean and spread), ``applied_field``, ``time_origin_err``, ``ramp_rate`` and ``field_step`` of the ramp before.

    Raises
    ------
    FitkitError
        No hold, or several and ``which`` does not say which; a clock that runs backwards.
    """
    from ..segments import TOLERANCES

    time = data["time"]
    holds = _holds(data)
    where = data.source.path if data.source else data.name
    if not holds:
        raise FitkitError(f"{where}: no rows at constant temperature and field, at least {FEWEST_ROWS} are wanted.\n    look at the segments: fitkit look FILE")
    if which is None and len(holds) > 1:
        raise FitkitError(f"{where}: {len(holds)} holds at constant temperature and field:\n{_listing(data, holds)}\n"
                          "    all of them: fk.split_holds(data)\n    choose: fk.relaxation_segment(data, which=0)")
    if which is not None and not -len(holds) <= which < len(holds):
        raise FitkitError(f"{where}: no hold {which}, found {len(holds)}:\n{_listing(data, holds)}")
    hold = holds[0 if which is None else which]
    notes: list[str] = []
    found: dict[str, Any] = {}
    stop = hold.stop
    settled = _settled(data, "field", hold, FIELD_RESOLUTION)
    first = settled if settled is not None else hold.start
    warm = _settled(data, "temperature", hold, TOLERANCES["temperature"])
    start = max(first, hold.start, warm if warm is not None else 0)
    ramp = settled is not None and settled > 0
    if origin == "first row":
        zero, error, how = time[start], None, "first row of the hold, as asked"
    elif origin is not None:
        zero, error, how = read_measured(origin, "s", "origin").si, None, "given"
    elif ramp:
        zero, error, how = time[first], float(time[first] - time[first - 1]), "end of the field ramp"
    else:
        zero, error, how = time[start], float(time[start + 1] - time[start]), "first row"
        notes.append("time origin: the first row of the hold; the file has no field ramp, so the age at its first row is not known")
    if start > first:
        notes.append(f"the temperature settled {time[start] - time[first]:.4g} s after row {first}: the hold starts there, at row {start}")
        found["rows before the temperature settled"] = int(start - first)
    rows = np.arange(start, stop)
    if np.any(np.diff(time[rows]) < 0):
        raise FitkitError(f"{where}: the time runs backwards within rows {start} to {stop - 1}.\n    sort or drop them: fk.drop_rows(data, rows, reason)")
    kept = rows[time[rows] > zero]
    if len(kept) < 3:
        raise FitkitError(f"{where}: {len(kept)} rows after the time origin {zero:.6g} s, the hold lasts from {time[start]:.6g} to {time[stop - 1]:.6g} s")
    piece = data.select(kept)
    meta = dict(piece.meta)
    for column, name in (("temperature", "temperature"), ("field", "applied_field")):
        if column in piece:
            values = piece.values(column)
            meta[name] = Measured(float(values.mean()), float(values.std()), piece.units[column], "column")
    rate = _ramp_rate(data, first) if ramp else None
    if rate is not None:
        meta["ramp_rate"] = Measured(1e3 * rate, None, "mT/s", "column")
        meta.setdefault("field_step", Measured(_field_step(data, first), None, "T", "column"))
    if error is not None:
        meta["time_origin_err"] = Measured(error, None, "s", "column")
    piece = replace(piece.with_columns({"time": piece["time"] - zero}), meta=meta)
    for text in notes:
        piece = noted(piece, text)
    found |= {"origin": float(zero), "origin error": error, "origin is": how, "first row": int(start), "rows": len(kept),
              "rows at t <= 0 dropped": int(len(rows) - len(kept))}
    return Found(piece, found)


@step
def split_holds(data: Dataset, at_least: str | None = None, origin: str | None = None) -> list[Dataset]:
    """The decays of a file with several holds at constant temperature and field, each cut out with its own clock.

    Where the field moves, a hold counts that follows a move of the field: the others wait for a temperature. What was left out
    stands in the notes.

    Parameters
    ----------
    at_least
        Shortest hold that counts, such as ``"10 min"``; None: a tenth of the longest.
    origin
        As in ``fk.relaxation_segment``.

    Returns
    -------
    list of Dataset
        In the order of the file, named after it and the temperature and field that tell them apart.

    Raises
    ------
    FitkitError
        No hold.
    """
    holds = _holds(data)
    where = data.source.path if data.source else data.name
    if not holds:
        raise FitkitError(f"{where}: no rows at constant temperature and field, at least {FEWEST_ROWS} are wanted.\n    look at the segments: fitkit look FILE")
    time = data["time"]
    lasts = [float(time[hold.stop - 1] - time[hold.start]) for hold in holds]
    shortest = 0.1 * max(lasts) if at_least is None else read_measured(at_least, "s", "at_least").si
    driven = [_driven(data, holds, number) for number in range(len(holds))]
    made, refused = [], []
    for number in range(len(holds)):
        why = f"it lasts {lasts[number]:.4g} s" if lasts[number] < shortest else "no move of the field before it" if any(driven) and not driven[number] else ""
        if not why:
            try:
                made.append((number, relaxation_segment(data, which=number, origin=origin)))
            except FitkitError as error:
                why = str(error).splitlines()[0]
        if why:
            refused.append(f"hold {number} was left out: {why}")
    if not made:
        raise FitkitError(f"{where}: none of the {len(holds)} holds can be used: {refused[0]}")
    labels = _labels([piece for _, piece in made])
    return [Found(_noted_all(replace(piece, name=f"{data.name} {label}" if label else data.name, history=data.history), refused),
                  {**piece.history[-1].found, "piece": place, "hold": number, "holds": len(holds)})
            for (number, piece), label, place in zip(made, labels, _places([piece for _, piece in made]))]


def _driven(data: Dataset, holds: list[Hold], number: int) -> bool:
    """Whether the field moved between the hold before and this one."""
    if "field" not in data:
        return False
    hold = holds[number]
    before = data["field"][holds[number - 1].start if number else 0:hold.start]
    here = float(np.median(data["field"][hold.start:hold.stop]))
    return bool(len(before)) and float(np.max(np.abs(before - here))) > max(10 * FIELD_RESOLUTION[0], 10 * FIELD_RESOLUTION[1] * abs(here))


def _noted_all(data: Dataset, texts: list[str]) -> Dataset:
    for text in texts:
        data = noted(data, text)
    return data


def _places(pieces: list[Dataset]) -> list[dict[str, float]]:
    """By what a hold is found again in another file: temperature and field [SI], and which visit it is."""
    places: list[dict[str, float]] = []
    for piece in pieces:
        place = {name: float(f"{piece.si(name):.3g}") if name == "temperature" else round(piece.si(name), 4) for name in ("temperature", "applied_field") if name in piece.meta}
        places.append({**place, "visit": float(sum(place.items() <= other.items() for other in places))})
    return places


def _labels(pieces: list[Dataset]) -> list[str]:
    """What tells the pieces apart: temperature, field, else a number."""
    if len(pieces) == 1:
        return [""]
    words: list[list[str]] = [[] for _ in pieces]
    for name in ("temperature", "applied_field"):
        texts = [f"{one.meta[name].value:.4g} {one.meta[name].unit}" if name in one.meta else "" for one in pieces]
        if len(set(texts)) > 1:
            for word, text in zip(words, texts):
                word.append(text)
    labels = [" ".join(filter(None, word)) for word in words]
    return [f"{label} hold {number}".strip() if labels.count(label) > 1 else label for number, label in enumerate(labels)]


def _ramp_rate(data: Dataset, first: int) -> float | None:
    """|dB/dt| [T/s] of the last rows of the ramp that ends at row ``first``."""
    rows = np.arange(max(first - 4, 0), first)
    time, field = data["time"][rows], data["field"][rows]
    if len(rows) < 2 or not np.all(np.isfinite(field)) or time[-1] <= time[0]:
        return None
    rate = abs(float(np.polyfit(time - time[0], field, 1)[0]))
    return rate if rate > 0 else None


def _field_step(data: Dataset, first: int) -> float:
    """How far the field moved in one direction before row ``first`` [T]: back to where it turned, or to the start of the file."""
    back = data["field"][first::-1]
    back = back[np.isfinite(back)]
    way = (back[0] - back) * np.sign(back[0] - back[np.argmax(np.abs(back[:5] - back[0]))])
    furthest = np.maximum.accumulate(way)
    turned = np.flatnonzero(furthest - way > max(FIELD_RESOLUTION[0], 0.01 * furthest[-1]))
    return float(furthest[turned[0]] if len(turned) else furthest[-1])


def _holds(data: Dataset) -> list[Hold]:
    """The holds of the file in which nothing that is driven moves."""
    from ..segments import segments

    return [Hold(one.start, one.stop) for one in segments(data) if one.kind == "hold" and one.stop - one.start >= FEWEST_ROWS]


def _listing(data: Dataset, holds: list[Hold]) -> str:
    lines = []
    for index, hold in enumerate(holds):
        rows = slice(hold.start, hold.stop)
        words = [f"{np.median(data.values(name)[rows]):.5g} {data.units[name]}" for name in ("temperature", "field") if name in data]
        lines.append(f"    {index}: rows {hold.start} to {hold.stop - 1}, {', '.join(words)}, {data['time'][hold.stop - 1] - data['time'][hold.start]:.4g} s")
    return "\n".join(lines)


def _settled(data: Dataset, column: str, hold: Hold, floor: tuple[float, float]) -> int | None:
    """First row from which a column stays within resolution of its final value; from the unsmoothed column.

    May lie before the hold (up to row 0) or inside it; None without the column.
    """
    if column not in data:
        return None
    values = data[column]
    end = values[(hold.start + hold.stop) // 2:hold.stop]
    final = float(np.median(end))
    scatter = 1.4826 * float(np.median(np.abs(end - final)))
    drift = abs(float(end[: max(len(end) // 4, 1)].mean() - end[-max(len(end) // 4, 1):].mean()))
    tolerance = max(floor[0], floor[1] * abs(final), 6 * scatter, 3 * drift)
    away = np.flatnonzero(np.abs(values[:(hold.start + hold.stop) // 2] - final) > tolerance)
    earliest = int(away[-1]) + 1 if len(away) else 0
    return earliest if column == "field" else max(earliest, hold.start)
