"""Step that puts the relaxations of both branches of the loop into one dataset: two_branches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..names import MOMENTS
from .alike import require_alike
from .step import Found, step


@step
def two_branches(data: Dataset, falling: Dataset) -> Dataset:
    """The relaxations after a rising and after a falling field in one dataset, for the law ``two_branch_decay``.

    The reversible moment and every background of the holder are the same on both branches; half the distance between them is the pinned flux alone.

    Parameters
    ----------
    data
        The relaxation after the field has risen to its value: the lower branch of a superconductor.
    falling
        The one after the field has fallen to the same value. Both with ``time`` from the end of their ramp; the times need not agree.

    Returns
    -------
    Dataset
        Columns ``time``, ``direction`` (+1 after a rising field, -1 after a falling one) and the moment with its error.

    Raises
    ------
    FitkitError
        No moment that both have, other field or temperature, branches the wrong way round.

    Examples
    --------
    >>> both = fk.two_branches(fk.relaxation_segment(up), fk.relaxation_segment(down))
    >>> print(fk.fit("two_branch_decay", both)["S"])
    """
    name = next((one for one in MOMENTS if one in data and one in falling), None)
    if name is None:
        raise FitkitError(f"{data.name} and {falling.name} have no moment in common: {', '.join(data.columns)} and {', '.join(falling.columns)}")
    require_alike(data, falling)
    if np.median(data[name]) > np.median(falling[name]):
        raise FitkitError(f"the {name} of {data.name} lies above that of {falling.name}: after a rising field a superconductor's is the lower one.\n"
                          f"    exchange them: fk.two_branches({falling.name!r}, {data.name!r}); or the sign of the moment is reversed")
    columns = {key: np.concatenate([data[key], falling[key]]) for key in ("time", name)}
    columns["direction"] = np.repeat([1.0, -1.0], [len(data), len(falling)])
    with_errors = [f"{name}_err" in one for one in (data, falling)]
    if all(with_errors):
        columns[f"{name}_err"] = np.concatenate([data[f"{name}_err"], falling[f"{name}_err"]])
    elif any(with_errors):
        raise FitkitError(f"only {(data if with_errors[0] else falling).name} has '{name}_err': give errors to both branches, or to none")
    units = {key: data.units[key] for key in columns if key in data.units}
    made = replace(data, columns=columns, units=units, vendor={}, covariance={}, notes=tuple(note for note in data.notes if note.row is None))
    middle = (np.median(data[name]) + np.median(falling[name])) / 2
    return Found(made, {"rows after rising field": len(data), "rows after falling field": len(falling), "midway [SI]": float(middle)})
