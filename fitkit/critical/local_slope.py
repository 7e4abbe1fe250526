"""local_n(): the slope dlnV/dlnI of a measured curve, window by window, with its error and a test whether it is constant."""

from __future__ import annotations

import math

import numpy as np

from ..background import BACKGROUNDS
from ..data import Dataset, Note, StepRecord
from ..errors import FitkitError
from ..fitting.result import FitResult
from .curve import Curve, curves_of

_FEWEST = 5         # points of a window
_STEPS = 30
_CHANGE = 0.003     # probability of so much change by chance, below which it is said


def local_n(result: FitResult, *, windows_per_decade: int = 3, low: float = 2.0, dataset: str | None = None) -> Dataset:
    """Local slope n(I) = dlnV/dlnI of one measured curve, without assuming the law that was fitted.

    The fitted baseline (offset, R...) is taken off, the voltages above ``low`` times the noise are cut into windows of equal ratio, and in each a power law of
    its own is fitted in linear space. Points are chosen by the fitted voltage, never by the measured one, which would select upward fluctuations.

    Parameters
    ----------
    result
        A fit of a law of V(I).
    windows_per_decade
        Windows for each decade of voltage; windows with fewer than 5 points are joined to the next.
    low
        In units of the noise of a point: voltages below carry no slope.
    dataset
        Name of the dataset, where the result holds several.

    Returns
    -------
    Dataset
        Columns ``current`` (centre of the window), ``voltage``, ``electric_field``, ``n``, ``n_err``. The error holds the scatter with its autocorrelation and
        the error of the baseline, whose covariance between windows is kept for the next fit. A note says it where n is not constant.

    Raises
    ------
    FitkitError
        No fit of V(I), several datasets, or fewer than two windows above the noise.

    Examples
    --------
    >>> slope = fk.local_n(fk.fit("power_law", tape))
    >>> print(slope["n"], *(note.text for note in slope.notes))
    """
    found = curves_of(result, dataset)
    if len(found) > 1:
        raise FitkitError(f"the result holds {len(found)} datasets: choose one, fk.local_n(result, dataset={found[0].one.name!r})")
    curve, one = found[0], found[0].one
    rise = np.sign(one.x[0]) * (one.y - one.background_part)
    level = np.abs(one.model_part)
    groups = _windows(level, low * curve.scatter, windows_per_decade)
    if len(groups) < 2:
        raise FitkitError(f"{one.name}: the voltage rises to {curve.top * 1e6:.3g} uV over a noise of {curve.scatter * 1e6:.2g} uV: fewer than two windows of {_FEWEST} points "
                          f"lie above {low:g} times the noise. Average more, ramp further, or take low={low / 2:g}")
    rho = max(one.autocorrelation, 0.0)
    inflation = math.sqrt((1 + rho) / (1 - rho))
    baseline = _baseline(curve)
    rows, slopes_by_baseline = [], []
    for rows_in in groups:
        current = np.abs(one.x[0][rows_in])
        centre = math.exp(float(np.average(np.log(current), weights=level[rows_in])))
        V, n, pseudo = _power_law(current / centre, rise[rows_in], level[rows_in].max(), curve.slope(centre))
        rows.append((centre, V, n, curve.scatter * inflation * float(np.linalg.norm(pseudo[1]))))
        slopes_by_baseline.append([-float(pseudo[1] @ (np.sign(one.x[0][rows_in]) * column[rows_in])) for column in baseline[0]])
    centres, V, n, statistical = (np.array(column) for column in zip(*rows))
    by = np.array(slopes_by_baseline).reshape(len(rows), -1)
    covariance = np.diag(statistical**2) + by @ baseline[1] @ by.T
    notes = _change(n, covariance, centres)
    d = curve.tap_distance
    columns = {"current": centres, "electric_field": V / d, "n": n, "n_err": np.sqrt(np.diag(covariance))}
    if one.y_name == "voltage":
        columns["voltage"] = V
    record = StepRecord("local_n", {"windows_per_decade": windows_per_decade, "low": low}, {"law of the baseline": one.law, "noise": curve.scatter, "notes": [note.text for note in notes]},
                        ({"name": one.name, "source": None if one.data.source is None else vars(one.data.source), "history": [vars(step) for step in one.data.history]},))
    return Dataset(name=f"n(I) of {one.name}", columns=columns, meta={name: value for name, value in one.data.meta.items()}, notes=tuple(notes), history=(record,), covariance={"n": covariance})


def _windows(level: np.ndarray, lowest: float, per_decade: int) -> list[np.ndarray]:
    """Rows of each window in voltage, the lowest first; a window with few points takes the next one in."""
    inside = np.flatnonzero(level > max(lowest, 0.0))
    if not len(inside):
        return []
    depth = np.floor((math.log10(level.max()) - np.log10(level[inside])) * per_decade).astype(int)
    groups, waiting = [], np.empty(0, int)
    for place in range(depth.max() + 1):
        waiting = np.concatenate([waiting, inside[depth == place]])
        if len(waiting) >= _FEWEST:
            groups.append(np.sort(waiting))
            waiting = np.empty(0, int)
    return groups[::-1]


def _power_law(ratio: np.ndarray, rise: np.ndarray, V: float, n: float):
    """(V, n, pseudo-inverse (2, points)) of rise = V ratio^n in linear space by Gauss-Newton."""
    log = np.log(ratio)
    for _ in range(_STEPS):
        shape = np.exp(n * log)
        jacobian = np.stack([shape, V * log * shape], axis=1)
        pseudo = np.linalg.pinv(jacobian)
        step = pseudo @ (rise - V * shape)
        V, n = V + float(step[0]), n + float(np.clip(step[1], -0.3 * abs(n) - 1, 0.3 * abs(n) + 1))
        if abs(step[1]) < 1e-9 * (abs(n) + 1):
            break
    return V, n, pseudo


def _baseline(curve: Curve):
    """Fitted background columns (K, N) and their covariance [SI]."""
    one, statistics = curve.one, curve.one.statistics
    assert statistics is not None  # what could not be fitted has no curve
    names, places = [], []
    for name in one.parameters:
        label = next((label for label in (f"{name}[{one.name}]", name) if label in statistics.variables), None)
        if name in BACKGROUNDS and label is not None:
            names.append(name)
            places.append(statistics.variables.index(label))
    return [np.broadcast_to(BACKGROUNDS[name].function(one.x[0], one.data), one.y.shape) for name in names], statistics.covariance[np.ix_(places, places)]


def _change(n: np.ndarray, covariance: np.ndarray, centre: np.ndarray) -> list[Note]:
    """A note where no constant describes n within its errors."""
    from scipy.special import chdtrc

    inverse = np.linalg.pinv(covariance)
    mean = float(inverse.sum(axis=0) @ n / inverse.sum())
    chi2 = float((n - mean) @ inverse @ (n - mean))
    if chdtrc(len(n) - 1, chi2) > _CHANGE:
        return []
    x = np.log(centre / centre.mean())
    design = np.stack([np.ones_like(x), x])
    slope = float((np.linalg.pinv(design @ inverse @ design.T) @ design @ inverse @ n)[1])
    meaning = ("it falls with the current, as in a glass (collective creep), with a stabiliser that takes over, or with a baseline that is off" if slope < 0 else
               "it grows with the current, as over a finite barrier (Anderson-Kim, plastic) or with heating")
    return [Note(None, None, f"n is not constant: {n[0]:.3g} at {centre[0]:.4g} A, {n[-1]:.3g} at {centre[-1]:.4g} A (chi^2 = {chi2:.3g} for {len(n)} windows): no power law; {meaning}. "
                             "One n belongs to its window; compare laws: fk.compare(['power_law', 'collective_creep', 'anderson_kim'], data)")]
