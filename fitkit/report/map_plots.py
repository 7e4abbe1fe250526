"""Figures of maps: an image of a parameter over two axes, or lines; what the data do not determine is hatched."""

from __future__ import annotations

import numpy as np

from ..fitting.maps.result import MapResult
from .figure import COLOURS, MARKERS, SINGLE, hatched, label, log_norm, new_figure, plain_ticks, styled, whole_ticks


def plot_map(result: MapResult, name: str, ax=None, logarithmic: bool | None = None):
    """A parameter or derived quantity over a map: an image over two axes, else lines. Returns the Axes.

    Hatched: the data do not determine it. Dots (open symbols on lines): a caution of the law wants to see the single curve.
    """
    if ax is None:
        _, (ax,) = new_figure(SINGLE * 1.25 if len(result.shape) == 2 else SINGLE, rows=(1,))
    values, good = result.values[name], result.determined(name)
    shown = values[good & np.isfinite(values)]
    if logarithmic is None:
        logarithmic = bool(len(shown)) and shown.min() > 0 and shown.max() > 10 * shown.min()
    places = [(label(axis, unit), numbers) for axis, (numbers, unit) in result.axes.items()]
    places = places or [("curve" if len(result.shape) == 1 else f"axis {place}", np.arange(length)) for place, length in enumerate(result.shape)]
    with styled():
        if len(result.shape) == 2:
            _image(ax, result, name, places, good, logarithmic)
        else:
            _lines(ax, result, name, places, good, logarithmic)
        ax.tick_params(which="both", direction="in", top=True, right=True)
    return ax


def _title(result: MapResult, name: str) -> str:
    """The symbol that the law has for the quantity, with the unit."""
    law = getattr(result.work, "law", None)
    symbol = "" if law is None else next((one.symbol for one in (*law.params, *law.derived) if one.name == name), "")
    return label(name, result.unit(name), symbol)


def _image(ax, result: MapResult, name: str, places, good: np.ndarray, logarithmic: bool) -> None:
    (y_title, y), (x_title, x) = places
    edges_x, edges_y = _edges(x), _edges(y)
    values = np.ma.masked_where(~good | ~np.isfinite(result.values[name]), result.values[name])
    mesh = ax.pcolormesh(edges_x, edges_y, values, cmap="viridis", norm=log_norm() if logarithmic and values.count() else None, rasterized=True)
    bar = ax.figure.colorbar(mesh, ax=ax, label=_title(result, name))
    if logarithmic and values.count():
        plain_ticks(bar.ax.yaxis)
    handles: list = []
    if not good.all():
        lost = np.ma.masked_where(good, np.ones(good.shape))
        handles.append(hatched(ax, edges_x, edges_y, lost, "not determined"))
    rows, columns = np.nonzero(np.asarray(result.suspect))
    if len(rows):
        handles += ax.plot(np.asarray(x)[columns], np.asarray(y)[rows], ".", color="white", markeredgecolor="0.15", markeredgewidth=0.4, markersize=3, label="suspect")
    if handles:
        ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1.02, 0.99), ncols=len(handles))
    for axis, numbers in (("x", x), ("y", y)):
        if _logarithmic(numbers):
            getattr(ax, f"set_{axis}scale")("log")
            plain_ticks(getattr(ax, f"{axis}axis"))
    ax.set_xlabel(x_title)
    ax.set_ylabel(y_title)


def _lines(ax, result: MapResult, name: str, places, good: np.ndarray, logarithmic: bool) -> None:
    title, x = places[0]
    values, errors = (np.asarray(one).reshape(len(x), -1) for one in (result.values[name], result.errors[name]))
    good, suspect = good.reshape(values.shape), np.asarray(result.suspect).reshape(values.shape)
    for number in range(min(values.shape[1], len(COLOURS))):
        y, fine = values[:, number], good[:, number]
        for some, face in ((fine & ~suspect[:, number], COLOURS[number]), (fine & suspect[:, number], "white")):
            if not some.any():
                continue
            text = "suspect" if face == "white" and "suspect" not in ax.get_legend_handles_labels()[1] else None
            ax.errorbar(x[some], y[some], np.nan_to_num(errors[some, number]), fmt=MARKERS[number % len(MARKERS)], color=COLOURS[number], markerfacecolor=face, elinewidth=0.6,
                        markersize=2.5, label=text)
    lost = np.flatnonzero(~good[:, : len(COLOURS)].all(axis=1))
    edges = _edges(x)
    for place in lost:
        ax.axvspan(edges[place], edges[place + 1], facecolor="none", edgecolor="0.7", hatch="/////", linewidth=0, label="not determined" if place == lost[0] else None)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="lower right", bbox_to_anchor=(1.02, 0.99), ncols=2)
    if _logarithmic(x) and result.axes:
        ax.set_xscale("log")
        plain_ticks(ax.xaxis)
    elif not result.axes:
        whole_ticks(ax.xaxis)
    if logarithmic:
        ax.set_yscale("log")
        plain_ticks(ax.yaxis)
    ax.set_xlabel(title)
    ax.set_ylabel(_title(result, name))


def _logarithmic(numbers: np.ndarray) -> bool:
    """Whether places are spaced by a factor rather than by a step."""
    if len(numbers) < 4 or np.min(numbers) <= 0:
        return False
    steps, factors = np.diff(numbers), np.diff(np.log(numbers))
    return bool(np.std(factors) / abs(np.mean(factors)) < 0.5 * np.std(steps) / abs(np.mean(steps)))


def _edges(numbers: np.ndarray) -> np.ndarray:
    """Borders of the pixels around places."""
    if len(numbers) == 1:
        return np.array([numbers[0] - 0.5, numbers[0] + 0.5])
    points = np.log(numbers) if _logarithmic(numbers) else np.asarray(numbers, float)
    middle = (points[1:] + points[:-1]) / 2
    edges = np.concatenate([[2 * points[0] - middle[0]], middle, [2 * points[-1] - middle[-1]]])
    return np.exp(edges) if _logarithmic(numbers) else edges
