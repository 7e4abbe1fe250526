"""Figures of several laws and of several windows on one dataset."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..errors import FitkitError
from ..fitting.compare import Comparison
from ..fitting.window_scan import WindowScan
from ..units import parse_unit
from .figure import COLOURS, MARKERS, SINGLE, label, new_figure, styled
from .plots import displayed


def plot_comparison(comparison: Comparison, ax=None):
    """Residuals of each law, the lowest AICc above: a panel each, or all in ``ax``. Returns the (upper) Axes.

    Parameters
    ----------
    comparison
        From ``fk.compare``.
    ax
        Axes for all laws in one; then the points of each law are joined.
    """
    names = list(comparison.results)
    together = ax is not None
    if together:
        axes = [ax] * len(names)
    else:
        _, axes = new_figure(SINGLE, height=0.5 + 0.85 * len(names), rows=(1,) * len(names))
    for number, (name, each) in enumerate(zip(names, axes)):
        one = comparison.results[name].fits[0]
        x, x_unit = displayed(one, one.x_names[0], one.x[0])
        factor = parse_unit(one.data.units[one.y_name] or "").factor
        order = np.argsort(x, kind="stable")
        score = comparison.scores[name]
        text = name + (" (preferred)" if name == comparison.best else f", ΔAICc = {score.delta:.1f}" if math.isfinite(score.delta) else "")
        solid = not score.undetermined
        colour = COLOURS[number % len(COLOURS)]
        with styled():
            each.axhline(0, color="black", linewidth=0.7, zorder=1)
            each.plot(x[order], one.residuals[order] / factor, MARKERS[number % len(MARKERS)] + ("-" if together else ""), color=colour, markersize=2.2, mew=0.6,
                      linewidth=0.6, mfc=colour if solid else "none", label=text, zorder=2)
            if not together:
                largest = float(np.abs(one.residuals).max()) / factor or 1.0
                each.set_ylim(-1.25 * largest, 1.9 * largest)  # room for the name above the points
                each.text(0.02, 0.93, text + ("" if solid else ", not determined"), transform=each.transAxes, va="top", fontsize=7)
            if one.x_names[0] == "time":
                each.set_xscale("log")
            each.tick_params(which="both", direction="in", top=True, right=True)
            unit = displayed(one, one.y_name, one.y)[1]
            if together:
                each.set_ylabel(label("residual", unit))
            elif number == len(names) // 2:
                each.set_ylabel(label("residual", unit), y=0.5 if len(names) % 2 else 1.0)
            if each is axes[-1]:
                each.set_xlabel(label(one.x_names[0], x_unit))
    if together:
        with styled():
            ax.legend()
    return axes[0]


def plot_window_scan(scan: WindowScan, ax=None, names: Sequence[str] | None = None):
    """Each parameter against the end of the window, undetermined ones hollow, the plateau shaded. Returns the (upper) Axes.

    Parameters
    ----------
    scan
        From ``fk.scan_window``.
    ax
        Axes for a single parameter.
    names
        Parameters or derived quantities; default the fitted parameters of the law (with ``ax`` the first).

    Raises
    ------
    FitkitError
        Several names for one Axes.
    """
    chosen = list(scan.names if names is None else [names] if isinstance(names, str) else names)
    if ax is not None:
        chosen = chosen[:1] if names is None else chosen
        if len(chosen) != 1:
            raise FitkitError(f"one Axes holds one parameter, found {', '.join(chosen)}: plot(ax=ax, names=['{chosen[0]}']), or leave ax out")
        axes = [ax]
    else:
        _, axes = new_figure(SINGLE, height=0.5 + 1.25 * len(chosen), rows=(1,) * len(chosen))
    symbols = next((one.labels for one in scan.results if one is not None), {})
    for name, each in zip(chosen, axes):
        column = scan[name]
        good = np.array([one.determined and one.error is not None and math.isfinite(one.value) for one in column])
        weak = ~good & np.isfinite(column.values)
        with styled():
            if scan.plateau is not None:
                each.axvspan(scan.plateau.low, scan.plateau.high, facecolor="#D6E2EE", edgecolor="#8FA9C2", linewidth=0.7, zorder=0, label="plateau")
                value = scan.plateau.values.get(name)
                if value is not None and value.error is not None:
                    for edge, style in ((value.value, "-"), (value.value - value.error, ":"), (value.value + value.error, ":")):
                        each.plot([scan.plateau.low, scan.plateau.high], [edge, edge], style, color="black", linewidth=0.8, zorder=1)
            each.errorbar(scan.edges[good], column.values[good], column.errors[good], fmt="o", color=COLOURS[0], markersize=3.2, elinewidth=0.8, capsize=1.5, zorder=3)
            if scan.edges[0] > 0 and scan.edges[-1] > 3 * scan.edges[0]:
                each.set_xscale("log")
            _between_determined(each, column, good)
            low, high = each.get_ylim()
            shown = weak & (column.values >= low) & (column.values <= high)
            each.plot(scan.edges[shown], column.values[shown], "o", color=COLOURS[1], mfc="none", markersize=3.2, mew=0.7, zorder=2, label="not determined")
            away = weak & ~shown  # values that are no numbers do not set the scale; they are marked at the frame
            margin = 0.04 * (high - low)
            for side, marker, place in ((column.values > high, "^", high - margin), (column.values < low, "v", low + margin)):
                there = away & side
                each.plot(scan.edges[there], np.full(int(there.sum()), place), marker, color=COLOURS[1], mfc="none", markersize=3.2, mew=0.7, zorder=2)
            each.plot([], [], "^", color=COLOURS[1], mfc="none", markersize=3.2, mew=0.7, label="not determined, out of range")
            each.set_ylim(low, high)
            each.set_ylabel(label(name, column.unit, symbols.get(name, ("", ""))[0]))
            each.tick_params(which="both", direction="in", top=True, right=True)
            kept = [(handle, text) for handle, text in zip(*each.get_legend_handles_labels())
                    if text == "plateau" or text == "not determined" and shown.any() or text.endswith("range") and away.any()]
            if kept and each is axes[0]:
                each.legend(*zip(*kept), loc="best", handlelength=1.2)
    with styled():
        sign = "largest" if scan.side == "largest" else "smallest"
        axes[-1].set_xlabel(f"{sign} " + label(scan.over, scan.unit))
    return axes[0]


def _between_determined(ax, column, good: np.ndarray) -> None:
    """Limits of y from the determined values; the error bars of vague ones may run out of the frame."""
    if not good.any():
        return
    values, errors = column.values[good], column.errors[good]
    narrow = errors <= 5 * np.median(errors)
    low, high = float((values - errors)[narrow].min()), float((values + errors)[narrow].max())
    low, high = min(low, float(values.min())), max(high, float(values.max()))
    ax.set_ylim(low - 0.12 * (high - low or abs(high) or 1.0), high + 0.12 * (high - low or abs(high) or 1.0))
