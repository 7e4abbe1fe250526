"""Refit against the end of the window: does a parameter depend on how much of the data is used?

Windows are nested, so their estimates share data and their errors do not add. For two fits of the same law, linearised as
theta_w = theta + A_w noise, the difference has the variance (A_s - A_l) C (A_s - A_l)^T with the noise covariance C of the
points; for white noise this is var(small) - var(large), Hausman's result [1]. The noise is that of the smaller window,
where a law that fails further out still holds.

[1] J. A. Hausman, Econometrica 46, 1251 (1978)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured, MeasuredColumn
from ..model import Model, get_model
from ..units import parse_unit
from .problem import Curve, bind
from .result import DatasetFit, FitResult
from .run import fit
from .uncertainty import correlate

_TAIL = 0.00135     # one-sided: two windows disagree beyond 3 standard deviations
_WINDOWS = 3        # that a plateau has at least
_GAIN = 4.0         # by which the error of a parameter falls along it: neighbours with hardly more data always agree
_LOST = 1 / 3       # part of the windows without a determined parameter above which the scan starts closer
_SIDES = ("auto", "largest", "smallest")


@dataclass(frozen=True)
class Plateau:
    """Windows whose parameters agree: from ``low`` to ``high`` [``unit``] of the scanned end.

    ``window`` is the index of the one whose ``values`` are to be reported and ``select`` the line of Python that makes it:
    the full window if it belongs to the plateau. Else a drift begins at its end, long before it is seen there: then it is the
    middle one, its errors widened by its distance from the one with the most data.
    """

    first: int
    last: int
    low: float
    high: float
    unit: str
    window: int
    complete: bool
    values: Mapping[str, Measured]
    select: str


@dataclass(frozen=True)
class WindowScan:
    """One law refitted in nested windows of one dataset.

    Attributes
    ----------
    over, side
        The column, and which end of the window moves: ``"largest"`` or ``"smallest"`` |x|.
    edges, unit
        Where the window ends, ascending.
    points
        Points in each window.
    results
        One FitResult for each window, None where it could not be fitted (``failed`` says why).
    names
        The fitted parameters of the law; background columns are in the results.
    plateau
        The longest run of consecutive windows that agree; None if there is none.
    sentence
        The answer in words.
    """

    law: str
    data: Dataset
    over: str
    side: str
    edges: np.ndarray
    unit: str
    points: tuple[int, ...]
    results: tuple[FitResult | None, ...]
    failed: Mapping[int, str]
    names: tuple[str, ...]
    plateau: Plateau | None
    sentence: str

    def __len__(self) -> int:
        return len(self.edges)

    def __getitem__(self, name: str) -> MeasuredColumn:
        """A parameter or derived quantity in every window, with its verdict."""
        done = [one for one in self.results if one is not None]
        unit = done[0][name].unit if done else ""
        return MeasuredColumn([Measured(math.nan, None, unit, "fit", "failed", self.failed[number]) if one is None else one.fits[0].get(name)
                               for number, one in enumerate(self.results)], [f"{edge:.4g} {self.unit}".strip() for edge in self.edges])

    def table(self) -> str:
        """A text table, one row for each window; ``*`` marks the plateau."""
        from ..report.text import window_table

        return window_table(self)

    def __repr__(self) -> str:
        from ..report.text import window_summary

        return window_summary(self)

    def _repr_html_(self) -> str:
        from ..report.text import window_html

        return window_html(self)

    def plot(self, path=None, *, ax=None, names: Sequence[str] | None = None):
        """Draw each parameter against the end of the window, one panel each; a single one in ``ax``; with ``path`` save the figure. Returns the (upper) Axes."""
        from ..report.comparison_plots import plot_window_scan
        from ..report.figure import saved

        return saved(plot_window_scan(self, ax=ax, names=names), path)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for strict JSON: no NaN, no infinity (these are None)."""
        columns = {name: [{"value": _finite(one.value), "error": one.error, "unit": one.unit, "verdict": one.verdict, "limit": one.limit, "reason": one.reason}
                          for one in self[name]] for name in self.names}
        plateau = None if self.plateau is None else {**vars(self.plateau), "values": {name: str(one) for name, one in self.plateau.values.items()}}
        return {"law": self.law, "data": self.data.name, "over": self.over, "side": self.side, "unit": self.unit, "edges": [float(edge) for edge in self.edges],
                "points": list(self.points), "parameters": columns, "failed": {str(key): text for key, text in self.failed.items()}, "plateau": plateau,
                "sentence": self.sentence}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def scan_window(model: str | Model, data: Dataset, over: str, *, side: str = "auto", steps: int = 12, fix: Mapping[str, Any] | None = None,
                free: Sequence[str] = (), start: Mapping[str, Any] | None = None, bounds: Mapping[str, Any] | None = None,
                assume: Mapping[str, Any] | None = None, background: Sequence[str] | None = None, errors: str | None = None) -> WindowScan:
    """Refit a law in windows that end at different places, and look for a plateau of its parameters.

    Parameters
    ----------
    over
        The column that ends the window.
    side
        ``"largest"``: |x| <= edge (field, current: where does the law break down?); ``"smallest"``: |x| >= edge (time: when
        does it set in?). ``"auto"`` takes ``"smallest"`` for time, else ``"largest"``.
    steps
        Number of windows, spaced by a constant factor where the data allow, from the smallest that can be fitted; if more than
        a third of them hold nothing of the law, from the last of these.
    fix, free, start, bounds, assume, background, errors
        As in ``fk.fit``.

    Returns
    -------
    WindowScan

    Raises
    ------
    FitkitError
        A wrong call, no such column, or too few points for three windows.

    Notes
    -----
    A plateau is the longest run of three or more consecutive windows in which every parameter of the law is determined and
    agrees within 3 standard deviations with the one of the window that has the most data; along it the error of a parameter
    must fall by a factor of 4 or more, or the agreement would say nothing. What the law computes from x (a reference
    time) stays as it is in the full window, so that a parameter means the same everywhere.

    Examples
    --------
    >>> fk.scan_window("hln", sweep, "field").plot()
    """
    law = get_model(model)
    if not isinstance(data, Dataset):
        raise FitkitError("scan_window wants one Dataset" + (": [fk.scan_window(model, d, over) for d in sweeps]" if isinstance(data, (list, tuple))
                                                             else f", found {type(data).__name__}"))
    if side not in _SIDES:
        raise FitkitError(f"side={side!r}: one of {', '.join(_SIDES)}")
    if not isinstance(steps, int) or steps < _WINDOWS:
        raise FitkitError(f"steps={steps!r}: a plateau wants {_WINDOWS} windows or more")
    side = side if side != "auto" else "smallest" if over == "time" else "largest"
    if over not in data.columns:
        raise FitkitError(data.missing(over))
    given = dict(assume or {})
    full = bind(law, data, background=background, errors=errors, assume=given)
    given = {one.name: full.known_measured[one.name] for one in law.known if one.of_x is not None and one.name in full.known_measured} | given
    options: dict[str, Any] = {"fix": fix, "free": free, "start": start, "bounds": bounds, "background": background, "errors": errors, "assume": given}
    whole = fit(law, data, **options)
    names = tuple(one.name for one in law.params if whole.fits[0].parameters[one.name].verdict != "fixed")
    if not names:
        raise FitkitError(f"scan_window('{law.name}', ...): every parameter of the law is fixed, there is nothing to scan")
    statistics = whole.fits[0].statistics
    least = 3 * (len(names) if statistics is None else statistics.free) + 5
    for _ in range(3):
        texts, masks = _windows(data, over, side, steps, least)
        results: list[FitResult | None] = []
        failed: dict[int, str] = {}
        for number, mask in enumerate(masks):
            try:
                with np.errstate(all="ignore"):  # a window below the onset may hold nothing of the law: anything may overflow there
                    results.append(whole if mask.all() else fit(law, _selected(data, texts[number]), **options))
            except (FitkitError, ArithmeticError, np.linalg.LinAlgError) as error:
                results.append(None)
                failed[number] = str(error)
        fits = [None if one is None else one.fits[0] for one in results]
        # windows that hold nothing of the law (far below a critical current) tell nothing: begin at the last of them
        lost = [number for number, one in enumerate(fits) if not _sound(one, names)]
        if not _sound(whole.fits[0], names) or len(lost) <= _LOST * len(masks):
            break
        begin = int(masks[max(lost) if side == "largest" else min(lost)].sum())
        if begin <= least or not _enough(data, over, begin, side):
            break
        least = begin
    unit = parse_unit(data.units[over] or "")
    edges = np.array([_edge(data[over], mask, side) for mask in masks])
    span = _plateau(full, fits, masks, names, side)
    shown = unit.from_si(edges)
    plateau = None
    if span is not None:
        first, last = span
        most = last if side == "largest" else first
        complete = bool(masks[most].all())
        chosen = most if complete else (first + last) // 2
        inner, outer = _parameters(fits[chosen]), _parameters(fits[most])
        values = {name: outer[name] if complete else _widened(inner[name], outer[name]) for name in names}
        plateau = Plateau(first, last, float(shown[first]), float(shown[last]), unit.symbol, chosen, complete, values,
                          "data" if complete else f"fk.where(data, {texts[chosen]!r})")
    return WindowScan(law.name, data, over, side, shown, unit.symbol, tuple(int(mask.sum()) for mask in masks), tuple(results), failed, names, plateau,
                      _sentence(law.name, over, side, shown, unit.symbol, fits, names, plateau))


def _sound(one: DatasetFit | None, names: Sequence[str]) -> bool:
    return one is not None and all(one.parameters[name].determined and one.parameters[name].error for name in names)


# -- windows ------------------------------------------------------------------------------------------------------------

def _selected(data: Dataset, text: str) -> Dataset:
    from ..prepare import where  # a recorded step, so that the history of each fit says which rows it used

    return where(data, text)


def _edge(x: np.ndarray, mask: np.ndarray, side: str) -> float:
    used = np.abs(x[mask])
    return float(used.max() if side == "largest" else used.min())


def _windows(data: Dataset, over: str, side: str, steps: int, least: int) -> tuple[list[str], list[np.ndarray]]:
    """Conditions and row masks of the windows, their end ascending; the largest holds every row."""
    x = np.abs(data[over])
    if not np.all(np.isfinite(x)):
        raise FitkitError(f"{data.name}: '{over}' has missing numbers.\n    leave them out: fk.drop_nonfinite(data)")
    ranked = np.sort(x) if side == "largest" else np.sort(x)[::-1]
    if len(x) < least + 2:
        raise FitkitError(f"{data.name}: {len(x)} points are too few to scan a window: the smallest wants {least}, and there should be {_WINDOWS}")
    near, far = float(ranked[least - 1]), float(ranked[-1])
    lowest = float(x[x > 0].min()) if np.any(x > 0) else 0.0
    far = max(far, lowest)  # a window may begin at zero, a geometric series does not
    unit = parse_unit(data.units[over] or "")
    sign, column = ("<=", over) if side == "largest" else (">=", over)
    column = f"abs({column})" if data[over].min() < 0 else column
    texts: list[str] = []
    masks: list[np.ndarray] = []
    for number, place in enumerate(np.geomspace(near, far, steps)):
        number_shown = float(unit.from_si(place)) * (1 + 1e-12 if side == "largest" else 1 - 1e-12)
        text = f"{column} {sign} {_rounded(number_shown, up=side == 'largest')} {unit.symbol}".rstrip()
        shown = unit.to_si(float(_rounded(number_shown, up=side == "largest")))
        mask = np.ones(len(x), bool) if number == steps - 1 else (x <= shown if side == "largest" else x >= shown)
        if not masks or mask.sum() > masks[-1].sum():
            texts.append(text)
            masks.append(mask)
    if len(masks) < _WINDOWS:
        raise FitkitError(f"{data.name}: '{over}' allows {len(masks)} different windows with {least} points or more, a plateau wants {_WINDOWS}")
    return (texts, masks) if side == "largest" else (texts[::-1], masks[::-1])


def _enough(data: Dataset, over: str, least: int, side: str) -> bool:
    try:
        return len(_windows(data, over, side, _WINDOWS, least)[0]) >= _WINDOWS
    except FitkitError:
        return False


def _rounded(value: float, up: bool) -> str:
    """Four digits, rounded so that the point at the edge stays inside."""
    scale = 10.0 ** (math.floor(math.log10(value)) - 3) if value > 0 else 1.0
    return f"{(math.ceil if up else math.floor)(value / scale) * scale:.4g}"


# -- agreement ----------------------------------------------------------------------------------------------------------

def _plateau(full: Curve, fits: Sequence[DatasetFit | None], masks, names: Sequence[str], side: str) -> tuple[int, int] | None:
    """(first, last) of the longest run of windows that agree with the one of the run that has the most data."""
    sound = [_sound(one, names) for one in fits]
    maps = [_map(full, one, mask) if good and one is not None else None for one, mask, good in zip(fits, masks, sound)]
    agree: dict[tuple[int, int], bool] = {}
    order = range(len(fits)) if side == "largest" else range(len(fits) - 1, -1, -1)  # from the least data to the most
    best: list[int] = []
    for place, most in enumerate(order):
        run: list[int] = []
        for small in list(order)[place::-1]:
            if not sound[small] or small != most and not agree.setdefault((small, most), _agree(full, fits, maps, small, most, names)):
                break
            run.append(small)
        if len(run) < max(len(best), _WINDOWS):
            continue
        before, after = _parameters(fits[run[-1]]), _parameters(fits[run[0]])
        if max((before[name].error or 0.0) / (after[name].to(before[name].unit).error or math.inf) for name in names) >= _GAIN:
            best = run  # of equal runs the one with more data
    return (min(best), max(best)) if best else None


def _parameters(one: DatasetFit | None) -> Mapping[str, Measured]:
    return {} if one is None else one.parameters


def _widened(value: Measured, other: Measured) -> Measured:
    drift = abs(value.value - other.to(value.unit).value)
    return replace(value, error=math.hypot(value.error or 0.0, drift), reason=f"the error includes the drift within the plateau, {drift:.2g} {value.unit}".rstrip())


def _map(full: Curve, one: DatasetFit, mask: np.ndarray) -> tuple[dict[str, int], np.ndarray]:
    """A of theta = A y for the free parameters of one window, as rows over all points."""
    theta = np.array([one.parameters[name].si for name in full.names])
    free = [index for index, name in enumerate(full.names) if one.parameters[name].verdict != "fixed"]
    jacobian = full.evaluate(theta)[1][free][:, mask]
    weights = np.ones(int(mask.sum())) if full.y_err is None else 1 / full.y_err[mask]
    weighted = jacobian * weights
    norms = np.sqrt(np.einsum("pn,pn->p", weighted, weighted))
    norms[norms == 0] = 1.0
    rows = np.zeros((len(free), len(mask)))
    rows[:, mask] = np.linalg.pinv((weighted / norms[:, None]).T) / norms[:, None] * weights
    return {full.names[index]: place for place, index in enumerate(free)}, rows


def _agree(full: Curve, fits, maps, small: int, large: int, names: Sequence[str]) -> bool:
    from scipy.special import ndtri, stdtrit

    one, other = fits[small], fits[large]
    statistics = one.statistics
    noise = full.y_err if full.y_err is not None else math.sqrt(statistics.chi2 / max(statistics.points - statistics.free, 1))
    dof = one.parameters[names[0]].dof
    limit = float(-ndtri(_TAIL) if math.isinf(dof) else -stdtrit(dof, _TAIL))
    places, rows = maps[small]
    for name in names:
        difference = rows[places[name]] - maps[large][1][maps[large][0][name]]
        if full.whitener is not None:
            variance = float(difference @ np.linalg.inv(full.whitener.T @ full.whitener) @ difference)
        else:
            scaled = difference * noise
            variance = float(correlate(scaled, one.autocorrelation if statistics.corrected else 0.0, full.groups) @ scaled)
        if abs(one.parameters[name].si - other.parameters[name].si) > limit * math.sqrt(variance):
            return False
    return True


# -- words --------------------------------------------------------------------------------------------------------------

def _sentence(law: str, over: str, side: str, edges: np.ndarray, unit: str, fits, names: Sequence[str], plateau: Plateau | None) -> str:
    end = f"{side} |{over}|" if over != "time" else f"{side} {over}"
    unit = f" {unit}" if unit else ""
    sound = [number for number, one in enumerate(fits) if _sound(one, names)]
    if plateau is not None:
        values = ", ".join(f"{name} = {value}" for name, value in plateau.values.items())
        text = f"plateau for {end} from {plateau.low:.4g} to {plateau.high:.4g}{unit}: {values}."
        if plateau.complete:
            text += " It includes all data."
        else:
            way, edge = ("above", plateau.high) if side == "largest" else ("below", plateau.low)
            text += (f" {way.capitalize()} {edge:.4g}{unit} the parameters drift; the values are those of the middle window, {plateau.select}, their errors "
                     "include the drift within the plateau.")
        least = plateau.first - 1 if side == "largest" else plateau.last + 1
        if least in sound:
            text += f" With the window ending at {edges[least]:.4g}{unit} the values are others."
        return text
    if len(sound) < _WINDOWS:
        return (f"no plateau: {len(sound)} of {len(edges)} windows determine {' and '.join(names)}, {_WINDOWS} in a row are needed. The law is measured nowhere, or fails "
                "beside something else that the data show (a background, another mechanism): see the verdicts.")
    first, last = sound[0], sound[-1]

    def change(name):
        a, b = fits[first].parameters[name], fits[last].parameters[name]
        return abs(a.si - b.si) / max(abs(a.si), abs(b.si), 1e-300)

    told = [f"{name} runs from {fits[first].parameters[name]} at {edges[first]:.4g}{unit} to {fits[last].parameters[name]} at {edges[last]:.4g}{unit}"
            for name in sorted(names, key=change, reverse=True)]
    return (f"no plateau against the {end}: {'; '.join(told)}. The values belong to the window, not to the sample: '{law}' lacks something that "
            "these data show (a background, another mechanism), or its range of validity is left.")
