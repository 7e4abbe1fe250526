"""The confidence band of a fitted curve, from the covariance of its parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..background import BACKGROUNDS
from ..errors import FitkitError
from ..measured import Measured
from ..model import get_model
from .result import DatasetFit


def curve_error(one: DatasetFit, *x: np.ndarray) -> np.ndarray:
    """Standard deviation [SI] of the fitted curve, background included, at places x [SI]: sqrt(g C g^T) with the gradient g and the covariance C.

    Raises
    ------
    FitkitError
        The law is not in the catalogue, a parameter is no number with an error, or a background needs the rows of the data.
    """
    if not one.determined or one.statistics is None:
        raise FitkitError(f"{one.name}: the curve has no band, not every parameter is a number with an error")
    law, statistics = get_model(one.law), one.statistics
    known: dict[str, Any] = {each.name: one.known[each.name].si if each.name in one.known else each.given_by.get(one.y_name, each.absent) for each in law.known if not each.for_derived}
    places = {name: place for place, label in enumerate(statistics.variables) if (name := _own(one, label)) is not None}
    _, gradient = law.evaluate(x, [one.parameters[param.name].si for param in law.params], known)
    columns = {param.name: np.broadcast_to(each, np.shape(x[0])) for param, each in zip(law.params, gradient)}
    for name in one.parameters:
        if name in BACKGROUNDS and name not in columns:
            if name == "drift" and not np.array_equal(x[0], one.x[0]):
                raise FitkitError(f"{one.name}: the drift in time belongs to the rows of the data")
            columns[name] = BACKGROUNDS[name].function(x[0], one.data)
    names = [name for name in places if name in columns]
    g, rows = np.stack([columns[name] for name in names]), [places[name] for name in names]
    variance = np.einsum("in,ij,jn->n", g, statistics.covariance[np.ix_(rows, rows)], g)
    if not np.all(np.isfinite(variance)):
        raise FitkitError(f"{one.name}: the covariance of the curve is not finite")
    return np.sqrt(np.maximum(variance, 0.0))


def confidence_band(one: DatasetFit, x: Sequence[np.ndarray], level: float = 0.95) -> np.ndarray:
    """Half the width [SI] of the band that holds the curve (not the points) with probability ``level`` at each place, linear in the parameters.

    Raises
    ------
    FitkitError
        As in :func:`curve_error`, or a level outside 0 to 1.
    """
    from scipy.special import ndtri, stdtrit

    if not 0 < level < 1:
        raise FitkitError(f"band={level!r}: wanted a probability between 0 and 1, for example 0.95")
    error, statistics = curve_error(one, *x), one.statistics
    assert statistics is not None   # curve_error asked for it
    tail = 0.5 + level / 2
    factor = ndtri(tail) if statistics.errors == "given" and not statistics.corrected or math.isinf(statistics.dof) else stdtrit(statistics.dof, tail)
    return float(factor) * error


def background_at(one: DatasetFit, x: np.ndarray) -> np.ndarray:
    """The fitted background columns [SI] at other places x [SI]."""
    own = {param.name for param in get_model(one.law).params}
    return sum((value.si * BACKGROUNDS[name].function(x, one.data) for name, value in one.parameters.items() if name in BACKGROUNDS and name not in own), np.zeros(len(x)))


def _own(one: DatasetFit, label: str) -> str | None:
    """The parameter of this dataset that a variable is: ``L_phi``, ``L_phi[film 2 K]``, ``Tc[sample=A]``."""
    name, bracket, inside = label.partition("[")
    inside = inside.removesuffix("]")
    if not bracket or inside == one.name:
        return name
    by, equals, value = inside.partition("=")
    found = one.data.meta.get(by)
    return name if equals and value == str(found.value if isinstance(found, Measured) else found) else None
