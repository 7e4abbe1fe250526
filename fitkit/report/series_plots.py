"""Figures of a fitted quantity against temperature, field, gate or angle."""

from __future__ import annotations

import math

from ..errors import FitkitError
from ..fitting.result import DatasetFit, FitResult
from ..measured import Measured
from .figure import COLOURS, MARKERS, label, new_figure, short_log_ticks, styled
from .frame import curve_of, frame_of
from .text import metadata_columns

_ARROWS = {"<": "v", ">": "^"}      # points to where the value may be


def plot_series(result: FitResult, x: str, y: str, ax=None, fitted: FitResult | None = None, *, view: str = "linear"):
    """A fitted quantity against metadata of the datasets; what is no number with an error is hollow, its verdict in the legend. Returns the Axes.

    Parameters
    ----------
    x, y
        Metadata name and quantity. Where other metadata differ too, each of their values is a colour.
    fitted
        A second-stage fit of the same series, drawn as a line.
    view
        ``"linear"`` or ``"log"`` (both axes).

    Raises
    ------
    FitkitError
        No dataset has this metadata or quantity, or another view.
    """
    if view not in ("linear", "log"):
        raise FitkitError(f"view={view!r}: wanted 'linear' or 'log'")
    points = [(one, place, one.get(y)) for one in result.fits if not one.failed and isinstance(place := one.data.meta.get(x), Measured)]
    if not points:
        raise FitkitError(f"no dataset has a number '{x}' among its metadata: {', '.join(sorted({name for one in result.fits for name in one.data.meta})) or 'there are none'}")
    if not any(y in {*one.parameters, *one.derived, *one.known} for one, _, _ in points):
        points[0][0][y]     # says what there is instead
    if ax is None:
        _, (ax,) = new_figure(rows=(1,))
    x_unit, y_unit = points[0][1].unit, next((value.unit for _, _, value in points if value.unit), "")
    points = [(one, place.to(x_unit), value) for one, place, value in points if math.isfinite(value.value) or value.bound is not None]
    groups = _groups(result, x, [one for one, _, _ in points])
    with styled():
        if view == "log":
            ax.set_xscale("log")
            ax.set_yscale("log")
        solid = [(one, place, value) for one, place, value in points if value.determined and value.error is not None]
        for one, place, value in solid:
            number = list(groups).index(_group(groups, one))
            ax.errorbar(place.value, value.value, value.error, fmt=MARKERS[number % len(MARKERS)], markersize=4, color=COLOURS[number % len(COLOURS)], elinewidth=0.8, capsize=1.5,
                        label=_once(ax, _group(groups, one)))
        if fitted is not None and not fitted.fits[0].failed:
            frame = frame_of(fitted.fits[0], view)
            places, curve, _ = curve_of(fitted.fits[0], frame)
            ax.plot(frame.x(places[0]), frame.y(curve), "-" if fitted.determined else "--", color="black", label=fitted.title, zorder=1)
        if solid:
            ax.set_ylim(*_limits(ax, [value for _, _, value in solid]))
        for one, place, value in points:
            if not (value.determined and value.error is not None):
                _draw_weak(ax, place.value, value, COLOURS[list(groups).index(_group(groups, one)) % len(COLOURS)], bool(solid))
        short_log_ticks(ax)
        if ax.get_legend_handles_labels()[0]:
            ax.legend(fontsize=6.5, handlelength=1.4)
        ax.set_xlabel(label(x, x_unit))
        ax.set_ylabel(label(y, y_unit, result.labels.get(y, ("", ""))[0]))
        ax.tick_params(which="both", direction="in", top=True, right=True)
    return ax


def _draw_weak(ax, place: float, value: Measured, colour: str, framed: bool) -> None:
    """A value that is no number with an error: hollow, and at the frame where it lies outside of what is determined."""
    height = value.value if value.bound is None else value.bound
    marker, words = _ARROWS.get(value.limit, "o"), value.verdict
    low, high = ax.get_ylim()
    if framed and not low <= height <= high:
        inside = 0.96 if height > high else 0.04
        height = math.exp(math.log(low) + inside * math.log(high / low)) if ax.get_yscale() == "log" else low + inside * (high - low)
        marker, words = "^" if inside > 0.5 else "v", f"{value.verdict}, out of range"
    ax.plot(place, height, marker, markersize=4.5, color=colour, mfc="none", mew=0.8, label=_once(ax, words))


def _limits(ax, values: list[Measured]) -> tuple[float, float]:
    """Limits of y: all values that are determined with their errors, and room for the others."""
    low, high = ax.get_ylim()
    bottom, top = min(one.value - (one.error or 0.0) for one in values), max(one.value + (one.error or 0.0) for one in values)
    if ax.get_yscale() == "log":
        return min(low, min(one.value for one in values) / 1.5), max(high, 1.2 * top)
    room = 0.15 * ((top - bottom) or abs(top) or 1.0)
    return min(low, bottom - room), max(high, top + room)


def _once(ax, text: str) -> str | None:
    """A label that the legend does not hold yet."""
    return text if text and text not in ax.get_legend_handles_labels()[1] else None


def _groups(result: FitResult, x: str, fits: list[DatasetFit]) -> dict[str, list[str]]:
    """{what the other metadata say: names of the datasets}; one without a name where nothing else differs."""
    others = []
    for name, unit in metadata_columns(result):
        levels = {f"{value.si:.3g}" for one in fits if isinstance(value := one.data.meta.get(name), Measured)}
        if name != x and 1 < len(levels) <= len(COLOURS) and len(levels) < len(fits):
            others.append((name, unit))
    found: dict[str, list[str]] = {}
    for one in fits:
        text = ", ".join(f"{value.to(unit).value:.3g} {unit}" for name, unit in others if isinstance(value := one.data.meta.get(name), Measured))
        found.setdefault(text, []).append(one.name)
    return found


def _group(groups: dict[str, list[str]], one: DatasetFit) -> str:
    """The group of a dataset."""
    return next(text for text, names in groups.items() if one.name in names)
