"""Steps that separate what is even in field from what is odd: symmetrise, antisymmetrise."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..data import Dataset, Note
from ..errors import FitkitError
from .mirror import MirrorCurve, pair
from .offset import longitudinal, sweep_directions
from .step import Found, step

ODD = ("hall_resistance",)
PAIRINGS = ("direction", "branch")
_NEIGHBOURS = 12  # rows whose mean is compared between the directions


@step
def symmetrise(data: Dataset, column: str | None = None, pairing: str = "direction") -> Dataset:
    """The part of a column that is even in field, (R(B) + R(-B))/2, on rows with field >= 0.

    Every measured point enters one row only, so the rows are independent: points of the two sides that lie next to each
    other are moved along a smooth curve, by less than a step of the field, to their common |B|. A column
    ``hall_resistance`` becomes its odd part in the same rows, other columns their mean. Take the offset out first
    (field_offset): mirrors at the wrong place round the cusp.

    Parameters
    ----------
    column
        Default ``resistance``, else ``sheet_resistance``.
    pairing
        ``"direction"``: each sweep direction has its own mirror. ``"branch"``: R of the up sweep at B with the down sweep
        at -B, for hysteresis; rows then carry the direction of their B > 0 side.

    Returns
    -------
    Dataset
        Rows in ascending |B| for each direction, column ``direction``. Column ``time`` and the raw columns of the file
        end here: a row holds points of different times.

    Raises
    ------
    FitkitError
        One polarity only, an unknown pairing.
    """
    return _parts(data, longitudinal(data, column), pairing, odd=False)


@step
def antisymmetrise(data: Dataset, column: str = "hall_resistance", pairing: str = "direction") -> Dataset:
    """The part of a column that is odd in field, (R(B) - R(-B))/2, on rows with field >= 0, as column ``hall_resistance``.

    Parameters
    ----------
    column
        Default ``hall_resistance``; ``"resistance"`` where the file calls the Hall channel so (that column ends here).
    pairing
        As in symmetrise.

    Raises
    ------
    FitkitError
        One polarity only, an unknown pairing.
    """
    data[column]
    return _parts(data, column, pairing, odd=True)


def _parts(data: Dataset, column: str, pairing: str, odd: bool) -> Found:
    if pairing not in PAIRINGS:
        raise FitkitError(f"{data.name}: pairing is 'direction' or 'branch', found {pairing!r}")
    parity = {name: -1 if name in ODD or odd and name == column else 1
              for name in data.columns if name not in ("time", "field", "direction") and not name.endswith("_err")}
    moving = {column, *(name for name in ODD if name in data)}
    usable = np.isfinite(data["field"])
    for name in moving:
        usable &= np.isfinite(data[name])
    blocks = {sign: groups for sign in (1, -1) if (groups := _groups(data, usable, sign, sign if pairing == "direction" else -sign, odd))}
    if not blocks:
        field = data["field"] * 1e3
        raise FitkitError(f"{data.name}: {'antisymmetrise' if odd else 'symmetrise'} wants both polarities of the field in one sweep"
                          f"{'' if pairing == 'direction' else ' (up sweep on one side, down sweep on the other)'}, "
                          f"found {np.nanmin(field):.4g} to {np.nanmax(field):.4g} mT.\n"
                          "    without: fk.magnetoconductance(data, symmetrised=False)")
    parts = []
    for sign, groups in blocks.items():
        distance = _half_sum(np.abs(data["field"]), groups, 1)
        part = {"field": distance, "direction": np.full(len(groups), float(sign))}
        for name, sense in parity.items():
            part[name] = _half_sum(data[name], groups, sense)
            if name in moving:
                part[name] = part[name] + _moved(data, name, groups, distance, sense)
            if f"{name}_err" in data:
                part[f"{name}_err"] = _half_error(data[f"{name}_err"], groups)
        parts.append(part)
    new = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if odd and column not in ODD:
        new |= {"hall_resistance" + tail: new.pop(column + tail) for tail in ("", "_err") if column + tail in new}
    groups = [group for made in blocks.values() for group in made]
    home = {int(row): place for place, (first, second) in enumerate(groups) for row in (*first, *second)}
    notes = tuple(note if note.row is None else replace(note, row=home[note.row]) for note in data.notes if note.row is None or note.row in home)
    between = _hysteresis(parts, "hall_resistance" if odd else column)
    if between.get("hysteresis", 0.0) > 3 * between.get("hysteresis of noise", np.inf) and between["hysteresis"] > 0.01:
        notes = (*notes, Note(None, None, f"the two sweep directions differ by {between['hysteresis']:.1%} of the swing, their noise makes {between['hysteresis of noise']:.1%}: "
                                          "hysteresis, heating or drift. One at a time: fk.where(data, 'direction > 0'), or pairing='branch'"))
    units = {name: unit for name, unit in data.units.items() if name in new}
    return Found(replace(data, columns=new, units=units, vendor={}, notes=notes),
                 {"rows": len(groups), "points used": len(home), "points without mirror": int(usable.sum()) - len(home),
                  "points without number": int((~usable).sum())} | between)


def _hysteresis(parts: list[dict[str, np.ndarray]], column: str) -> dict[str, float]:
    """Rms difference of the two sweep directions on their common range over the swing, and what the noise alone makes of it; empty for one direction.

    Both are taken between means of a dozen neighbours, so that white noise of the points counts little; the noise of one mean is read off the rows themselves
    (second differences along the field).
    """
    if len(parts) < 2:
        return {}
    name = column if column in parts[0] else "resistance"
    (up, one), (down, other) = ((part["field"], part[name]) for part in parts)
    low, high = max(up.min(), down.min()), min(up.max(), down.max())
    swing = max(np.ptp(one), np.ptp(other))
    inside = (up >= low) & (up <= high)
    if inside.sum() < 3 * _NEIGHBOURS or len(down) < 3 * _NEIGHBOURS or not swing > 0:
        return {}
    difference = one[inside] - np.interp(up[inside], down, other)
    edges = np.arange(0, len(difference) - _NEIGHBOURS + 1, _NEIGHBOURS)
    means = np.add.reduceat(difference, edges) / np.diff(np.append(edges, len(difference)))
    noise = [float(np.sqrt(np.median(np.diff(values, 2) ** 2) / 0.455 / 6)) for values in (one, other)]  # 0.455: the median of chi^2 of one degree of freedom
    return {"hysteresis": float(np.sqrt(np.mean(means**2)) / swing), "hysteresis of noise": float(math.hypot(*noise) / math.sqrt(_NEIGHBOURS) / swing)}


def _groups(data: Dataset, usable: np.ndarray, sign: int, other: int, odd: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows at +B of one sweep direction with their mirror rows at -B; a point at B = 0 is its own mirror."""
    field, direction = data["field"], sweep_directions(data)
    positive = np.flatnonzero(usable & (direction == sign) & (field > 0))
    negative = np.flatnonzero(usable & (direction == other) & (field < 0))
    positive = positive[np.argsort(field[positive], kind="stable")]
    negative = negative[np.argsort(-field[negative], kind="stable")]
    groups = [(positive[first], negative[second]) for first, second in pair(field[positive], -field[negative])]
    zero = np.flatnonzero(usable & (direction == sign) & (field == 0))
    return [(zero, zero), *groups] if groups and len(zero) and not odd else groups


def _half_sum(values: np.ndarray, groups, parity: int) -> np.ndarray:
    """(mean at +B + parity x mean at -B)/2 of each group, shape (groups,)."""
    return np.array([(values[first].mean() + parity * values[second].mean()) / 2 for first, second in groups])


def _half_error(errors: np.ndarray, groups) -> np.ndarray:
    """Standard deviation of :func:`_half_sum` of independent points, shape (groups,)."""
    variance = errors**2
    return np.array([np.sqrt(variance[first].sum()) / len(first) if first is second
                     else np.hypot(np.sqrt(variance[first].sum()) / len(first), np.sqrt(variance[second].sum()) / len(second)) / 2
                     for first, second in groups])


def _moved(data: Dataset, name: str, groups, distance: np.ndarray, parity: int) -> np.ndarray:
    """What to add to each half sum because its points lie beside their common |B|, shape (groups,).

    The smooth curve itself drops out: only its change over less than a step of the field remains.
    """
    rows = np.unique(np.concatenate([np.concatenate(group) for group in groups]))
    rows = rows[np.argsort(data["field"][rows], kind="stable")]
    errors = data[f"{name}_err"][rows] if f"{name}_err" in data else np.ones(len(rows))
    weights = 1 / errors if (errors > 0).all() else np.ones(len(rows))
    field = data["field"][rows]
    curve = MirrorCurve(field, data[name][rows], weights, float(np.abs(field).max())).adapted()
    smooth = np.zeros(len(data))
    smooth[rows] = curve.model(field)
    wanted = (curve.model(distance) + parity * curve.model(-distance)) / 2
    return wanted - _half_sum(smooth, groups, parity)
