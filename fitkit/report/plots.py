"""Figures of fits: data, fit and residuals on the axes that the physics wants.

Each function takes ``ax`` and returns the Axes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import FitkitError
from ..fitting.band import confidence_band
from ..fitting.result import DatasetFit, FitResult
from ..measured import Measured
from ..names import QUANTITIES
from ..units import parse_unit
from .figure import COLOURS, MARKERS, figure_width, new_figure, save_figure, short_log_ticks, shown_unit, styled
from .frame import Frame, breaks_of, curve_of, frame_of
from .symbols import symbol_tex
from .text import metadata_columns

_DULL = ("offset", "R", "quadratic", "absolute", "slope", "drift")      # background columns: not in the figure
_FEW = 40       # points, above which they are drawn smaller
_ROWS = 4       # of names above a figure


def displayed(one: DatasetFit, name: str, values: np.ndarray) -> tuple[np.ndarray, str]:
    """A quantity [SI] in the unit people read, and that unit."""
    unit = one.data.units.get(name, QUANTITIES.get(name, ("", ""))[1])
    return parse_unit(unit).from_si(values), unit


def plot_fit(one: DatasetFit, ax=None, residuals_ax=None, colour: str = COLOURS[0], marker: str = "o", text: str | None = None, *,
             view: str = "auto", band: float | None = 0.95, note: str = ""):
    """Data as points, the fit as a line with its confidence band; residuals below where an axis is given. Returns the Axes.

    Parameters
    ----------
    text
        Name of this curve among several; then neither band nor rows that were left out are drawn.
    view
        ``"auto"``, ``"linear"``, ``"log"`` or ``"absolute"``: see :func:`fitkit.report.frame.frame_of`.
    band
        Probability of the confidence band of the curve; None for none. A fit with a parameter that is not determined has none, its points are hollow.
    note
        What the legend says above: :func:`note_of`.

    Raises
    ------
    FitkitError
        An unknown view, or one that these data do not allow.
    """
    if ax is None:
        _, (ax, residuals_ax) = new_figure()
    if one.failed:
        ax.text(0.5, 0.5, one.failed, transform=ax.transAxes, ha="center", va="center", wrap=True, fontsize=7)
        return ax
    frame = frame_of(one, view)
    with styled():
        _draw_points(ax, one, frame, colour, marker, text)
        _draw_curve(ax, one, frame, colour if text is None else "", band if text is None else None)
        if text is None and not frame.clean and not frame.folded:   # one curve; in a series the fitted rows are enough
            _draw_left_out(ax, one)
        for each in filter(None, (ax, residuals_ax)):
            if frame.x_log:
                each.set_xscale("log")
            each.tick_params(which="both", direction="in", top=True, right=True)
        if frame.y_log:
            ax.set_yscale("log")
        if frame.clean:
            _above_the_noise(ax, one, frame, text is None)
        short_log_ticks(ax)
        ax.set_ylabel(frame.y_label)
        if residuals_ax is not None:
            _draw_residuals(residuals_ax, one, frame, colour, marker)
        (residuals_ax or ax).set_xlabel(frame.x_label)
        if text is None and (note or ax.get_legend_handles_labels()[0]):
            ax.legend(*ax.get_legend_handles_labels(), fontsize=6, handlelength=1.4, borderaxespad=0.4, labelspacing=0.3, title=note or None, title_fontsize=7, alignment="left")
    return ax


def _draw_points(ax, one: DatasetFit, frame: Frame, colour: str, marker: str, text: str | None) -> None:
    """Filled where everything is determined; on |x| the negative side as crosses; what a logarithm cannot show is counted."""
    x, y = one.x[0], frame.y(one.y, one.background_part, one.x[0])
    seen = (y > 0 if frame.y_log else np.full(len(x), True)) & (np.abs(x) > 0 if frame.x_log else True)
    few, face = len(x) <= _FEW, colour if one.determined else "none"
    sides = ((seen & (x >= 0), marker, text), (seen & (x < 0), "x", None if text else f"{one.x_names[0]} < 0")) if frame.folded and text is None else ((seen, marker, text),)
    for rows, shape, name in sides:
        if not rows.any():
            continue
        if one.y_err is not None:
            error = np.abs(frame.y(one.y_err[rows]) - frame.y(np.zeros(rows.sum()))) if not frame.clean else parse_unit(frame.y_unit).from_si(one.y_err[rows] / frame.y_over)
            if frame.y_log:
                error = np.stack([np.minimum(error, 0.99 * y[rows]), error])
            ax.errorbar(frame.x(x[rows]), y[rows], error, fmt=shape, color=colour, markersize=3, elinewidth=0.7, mfc=face, label=name, zorder=2)
        else:
            ax.plot(frame.x(x[rows]), y[rows], shape, color=colour, markersize=3.5 if few else 2.2, mfc=face, mew=0.6, alpha=1 if few else 0.6, label=name, zorder=2)


def _draw_curve(ax, one: DatasetFit, frame: Frame, band_colour: str, band: float | None) -> None:
    places, curve, background = curve_of(one, frame)
    x, y = frame.x(places[0]), frame.y(curve, background, places[0])
    seen = (y > 0 if frame.y_log else np.full(len(x), True)) & (np.abs(places[0]) > 0 if frame.x_log else True)
    line_x, line_y = (np.insert(np.where(seen, values, np.nan), breaks_of(places), np.nan) for values in (x, y))
    ax.plot(line_x, line_y, "-" if one.determined else "--", color="black", zorder=3, label=f"fit: {_kinds(one)}" if band_colour and not one.determined else None)
    if not band or len(places) > 1:
        return
    try:
        half = confidence_band(one, places, band)
    except FitkitError:
        return  # a parameter that is not determined, a law of the user's own: the verdict says it
    low, high = (frame.y(curve + sign * half, background, places[0]) for sign in (-1, 1))
    low, high = np.minimum(low, high), np.maximum(low, high)
    if frame.y_log:
        low = np.maximum(low, 1e-3 * y[seen].min(initial=np.inf)) if seen.any() else low
    ax.fill_between(x[seen], low[seen], high[seen], color=band_colour, alpha=0.25, linewidth=0, zorder=1, label=f"{100 * band:g} % confidence band of the curve")


def _above_the_noise(ax, one: DatasetFit, frame: Frame, alone: bool) -> None:
    """Limits of logarithmic axes: below a fifth of the noise a logarithm shows nothing but its sign; with the criterion as a dotted line."""
    scatter = float(np.sqrt(np.mean(one.residuals**2)))
    x, y = np.abs(one.x[0]), np.abs(one.model_part)
    seen = y > 0.2 * scatter
    if not seen.any() or not scatter > 0:
        return
    x_low, x_high = 0.8 * frame.x(x[seen].min()), 1.1 * frame.x(x.max())
    y_low, y_high = parse_unit(frame.y_unit).from_si(0.2 * scatter / frame.y_over), 2.0 * parse_unit(frame.y_unit).from_si(np.abs(one.y).max() / frame.y_over)
    if not ax.get_autoscaley_on():      # other curves are there
        (a, b), (c, d) = ax.get_xlim(), ax.get_ylim()
        x_low, x_high, y_low, y_high = min(a, x_low), max(b, x_high), min(c, y_low), max(d, y_high)
    else:
        lost = int(np.sum((frame.y(one.y, one.background_part, one.x[0]) <= y_low) & (frame.x(x) >= x_low)))
        if lost and alone:
            ax.text(0.02, 0.02, f"{lost} points below the frame", transform=ax.transAxes, va="bottom", fontsize=6, color="0.35")
    if ax.get_autoscaley_on() and "Ec" in one.known and frame.y_unit == "uV/cm":
        level = one.known["Ec"].to("uV/cm").value
        if y_low < level < y_high:
            ax.axhline(level, color="0.4", linewidth=0.7, linestyle=":")
            ax.annotate(f"{level:g} µV/cm", (0, level), xycoords=("axes fraction", "data"), xytext=(4, 2), textcoords="offset points", fontsize=6, color="0.35")
    ax.set_xlim(x_low, x_high)
    ax.set_ylim(y_low, y_high)


def _draw_residuals(ax, one: DatasetFit, frame: Frame, colour: str, marker: str) -> None:
    residuals, unit = displayed(one, one.y_name, one.residuals)
    rows = np.abs(one.x[0]) > 0 if frame.x_log else np.full(len(residuals), True)
    ax.plot(frame.x(one.x[0][rows]), residuals[rows], marker, color=colour, markersize=1.8, mew=0.5, mfc=colour if one.determined else "none")
    if len(ax.lines) == 1:
        ax.axhline(0, color="black", linewidth=0.7)
    ax.set_ylabel(f"residual ({shown_unit(unit)})" if unit else "residual")


def _draw_left_out(ax, one: DatasetFit) -> None:
    """Rows that a step cut away, as grey crosses with the reason; a quench does not set the scale of the voltage."""
    cut = [piece for record in one.data.history for piece in record.found.get("left out", ()) if {one.x_names[0], one.y_name} <= set(piece)]
    if not cut:
        return
    ax.set_ylim(ax.get_ylim())
    for piece, sign in zip(cut, "x+1234"):
        x, y = (displayed(one, name, np.array(piece[name]))[0] for name in (one.x_names[0], one.y_name))
        ax.plot(x, y, sign, color="0.55", markersize=3, mew=0.6, zorder=1, label=f"{piece['rows']} left out: {piece['reason']}")


def note_of(one: DatasetFit, labels: Mapping[str, tuple[str, str]]) -> str:
    """The fitted parameters with their verdicts, a line each; ``labels`` as in FitResult."""
    return "\n".join(f"{symbol_tex(labels.get(name, (name, ''))[0])} = {value}".replace("uV", "µV").replace("= <", "< ").replace("= >", "> ") for name, value in one.parameters.items()
                     if not (value.verdict == "fixed" and value.value == 0 or name in _DULL))


def figure_of(result: FitResult, width: str | float | None = None, view: str = "auto", band: float | None = 0.95):
    """The figure of a result: data, fit and residuals; all curves of a series in one."""
    done = [one for one in result.fits if not one.failed]
    if not done:
        raise FitkitError("nothing to draw: no dataset could be fitted")
    inches = figure_width(width)
    height = min(1.15 * inches, 4.6)
    if len(done) == 1:
        figure, axes = new_figure(inches, height=min(0.95 * inches, 4.2))
        plot_fit(done[0], axes[0], axes[1], view=view, band=band, note=note_of(done[0], result.labels))
        return figure
    figure, axes = new_figure(inches, height=height)
    for number, one in enumerate(done):
        plot_fit(one, axes[0], axes[1], COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)], text=curve_name(result, one), view=view)
    across = max(int(18 * inches / (max(len(curve_name(result, one)) for one in done) + 5)), 1)
    rows = -(-len(done) // across)
    if len(done) <= 4 or rows <= _ROWS:   # many names find no free place among the curves
        above = {} if len(done) <= 4 else {"ncols": -(-len(done) // rows), "loc": "lower center", "bbox_to_anchor": (0.5, 1.01)}
        with styled():
            axes[0].legend(fontsize=6, handletextpad=0.3, columnspacing=0.8, borderaxespad=0.3, **above)
    return figure


def _kinds(one: DatasetFit) -> str:
    """The verdicts of a fit that is not determined, each once."""
    return ", ".join(dict.fromkeys(value.verdict for value in one.parameters.values() if not value.determined))


def curve_name(result: FitResult, one: DatasetFit) -> str:
    """What tells this curve from the others: ``4.2 K``, ``0.5 T``, else its name; with its verdict where it is not determined."""
    weak = "" if one.determined else f" ({_kinds(one)})"
    for name, _ in metadata_columns(result):
        value = one.data.meta.get(name)
        if isinstance(value, Measured):
            return f"{value.value:.4g} {value.unit}{weak}"
    return one.name + weak


def plot_result(result: FitResult, path=None, *, ax=None, width: str | float | None = None, view: str = "auto", band: float | None = 0.95, overwrite: bool = True):
    """Draw a result; with ``path`` save it. Returns the Axes (the upper one of a new figure).

    Parameters
    ----------
    width
        ``"single"`` (86 mm, the default), ``"double"`` (178 mm), ``"120 mm"``, or a number in inch.
    view, band
        As in :func:`plot_fit`.

    Raises
    ------
    FitkitError
        The ending of ``path`` is no figure format, the file exists and ``overwrite`` is off, no such width or view.
    """
    if ax is not None:
        for number, one in enumerate(result.fits):
            text = None if len(result.fits) == 1 else curve_name(result, one)
            plot_fit(one, ax, None, COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)], text, view=view, band=band)
        figure = ax.figure
    else:
        figure = figure_of(result, width, view, band)
        ax = figure.axes[0]
    if path is not None:
        save_figure(figure, path, overwrite)
    return ax
