"""Figures: data, fit and residuals on the axes that the physics wants. The only module that knows matplotlib.

No function calls show(); each takes ``ax`` and returns the Axes. Figures are made without pyplot, so that they need no
screen and leave no state behind.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import FitkitError
from ..fitting.compare import Comparison
from ..fitting.maps.result import MapResult
from ..fitting.result import DatasetFit, FitResult
from ..fitting.window_scan import WindowScan
from ..measured import Measured
from ..names import QUANTITIES
from ..units import parse_unit

# colour-blind safe (Okabe and Ito), dark enough on white and distinct in grey through order and markers
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")   # one fewer than the colours, so that a ninth curve looks like none before
SINGLE, DOUBLE = 3.4, 7.0     # widths of a journal column [inch]

_STYLE = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7, "xtick.labelsize": 7, "ytick.labelsize": 7,
    "axes.linewidth": 0.7, "lines.linewidth": 1.1, "lines.markersize": 3.0, "xtick.direction": "in", "ytick.direction": "in",
    "xtick.top": True, "ytick.right": True, "legend.frameon": False, "axes.grid": False, "svg.fonttype": "path", "pdf.fonttype": 42,
    "ps.fonttype": 42, "font.family": "sans-serif", "mathtext.fontset": "dejavusans", "axes.formatter.use_mathtext": True,
}
_UNITS = {"uV": "µV", "uV/cm": "µV/cm", "uohm": "µΩ", "ohm": "Ω", "ohm/sq": "Ω/sq", "e^2/h": r"$e^2/h$", "emu/cm3": r"emu/cm$^3$", "A m2": r"A m$^2$",
          "A m2/kg": r"A m$^2$/kg", "cm2/s": r"cm$^2$/s"}
_TITLES = {"delta_conductance": r"$\Delta\sigma$", "moment": "moment", "L_phi": r"$L_\varphi$", "U_star": r"$U^*$", "temperature": "temperature"}


def _styled():
    import matplotlib

    return matplotlib.rc_context(_STYLE)


@lru_cache(maxsize=1)
def _figure_class():
    from matplotlib.figure import Figure

    class StyledFigure(Figure):
        """Draws and saves in fitkit's style whatever the user's settings are; shows itself in a notebook without pyplot."""

        def draw(self, renderer):
            with _styled():
                super().draw(renderer)

        def savefig(self, *args, **kwargs):
            with _styled():
                super().savefig(*args, **kwargs)

        def _repr_png_(self) -> bytes:
            out = io.BytesIO()
            self.savefig(out, format="png", dpi=160)
            return out.getvalue()

    return StyledFigure


def new_figure(width: float = SINGLE, height: float | None = None, rows: Sequence[float] = (3, 1)):
    """A figure with stacked axes that share x; heights in the given ratio."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with _styled():
        figure = _figure_class()(figsize=(width, height or 0.95 * width), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(len(rows), 1, sharex=True, gridspec_kw={"height_ratios": rows}, squeeze=False)[:, 0]
    return figure, axes


def label(name: str, unit: str) -> str:
    """Axis label: the quantity in words or symbols, its unit in brackets."""
    title = _TITLES.get(name, name.replace("_", " "))
    return f"{title} ({_UNITS.get(unit, unit)})" if unit else title


def _display(one: DatasetFit, name: str, values: np.ndarray) -> tuple[np.ndarray, str]:
    unit = one.data.units.get(name, QUANTITIES.get(name, ("", ""))[1])
    return parse_unit(unit).from_si(values), unit


def plot_fit(one: DatasetFit, ax=None, residuals_ax=None, colour: str = COLOURS[0], marker: str = "o", text: str | None = None):
    """Data as points, the fit as a line, on log time for decays; residuals below where an axis is given. Returns the Axes."""
    if ax is None:
        _, (ax, residuals_ax) = new_figure()
    if one.failed:
        ax.text(0.5, 0.5, one.failed, transform=ax.transAxes, ha="center", va="center", wrap=True, fontsize=7)
        return ax
    x, x_unit = _display(one, one.x_names[0], one.x[0])
    y, y_unit = _display(one, one.y_name, one.y)
    fitted, _ = _display(one, one.y_name, one.fitted)
    solid = one.determined
    few = len(x) <= 40
    with _styled():
        if one.y_err is not None:
            ax.errorbar(x, y, parse_unit(y_unit).from_si(one.y_err), fmt=marker, color=colour, markersize=3, elinewidth=0.7,
                        mfc=colour if solid else "none", label=text, zorder=2)
        else:
            ax.plot(x, y, marker, color=colour, markersize=3.5 if few else 2.2, mfc=colour if solid else "none", mew=0.6, alpha=1 if few else 0.6, label=text, zorder=2)
        ax.plot(*_line(one), "-" if solid else "--", color="black", zorder=3)
        if text is None:  # one curve; in a series the fitted rows are enough
            _draw_left_out(ax, one)
        log_time = one.x_names[0] == "time"
        for each in filter(None, (ax, residuals_ax)):
            if log_time:
                each.set_xscale("log")
            each.tick_params(which="both", direction="in", top=True, right=True)
        ax.set_ylabel(label(one.y_name, y_unit))
        if residuals_ax is not None:
            residuals_ax.plot(x, y - fitted, marker, color=colour, markersize=1.8, mew=0.5, mfc=colour if solid else "none")
            if len(residuals_ax.lines) == 1:
                residuals_ax.axhline(0, color="black", linewidth=0.7)
            residuals_ax.set_ylabel(f"residual ({_UNITS.get(y_unit, y_unit)})" if y_unit else "residual")
            residuals_ax.set_xlabel(label(one.x_names[0], x_unit))
        else:
            ax.set_xlabel(label(one.x_names[0], x_unit))
    return ax


def _draw_left_out(ax, one: DatasetFit) -> None:
    """Rows that a step cut away, as grey crosses with the reason; a quench does not set the scale of the voltage."""
    cut = [piece for record in one.data.history for piece in record.found.get("left out", ()) if {one.x_names[0], one.y_name} <= set(piece)]
    if not cut:
        return
    ax.set_ylim(ax.get_ylim())
    for piece, sign in zip(cut, "x+1234"):
        x, y = (_display(one, name, np.array(piece[name]))[0] for name in (one.x_names[0], one.y_name))
        ax.plot(x, y, sign, color="0.55", markersize=3, mew=0.6, zorder=1, label=f"{piece['rows']} left out: {piece['reason']}")
    ax.legend(fontsize=5, loc="center left", frameon=False)


def _line(one: DatasetFit) -> tuple[np.ndarray, np.ndarray]:
    """The fitted curve as people read it: smooth where the law can be evaluated between few points, else through the points."""
    x, y = one.x[0], one.fitted
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    if len(x) <= 40 and len(one.x) == 1:
        dense = np.geomspace(x[0], x[-1], 200) if x[0] > 0 else np.linspace(x[0], x[-1], 200)
        try:
            x, y = dense, one.predict(dense)
        except FitkitError:
            pass  # a law of the user's own: straight between the points
    return _display(one, one.x_names[0], x)[0], _display(one, one.y_name, y)[0]


def note_verdict(ax, one: DatasetFit) -> None:
    """Parameters and verdicts inside the axes, where the data leave room."""
    lines = []
    for name, value in one.parameters.items():
        if value.verdict == "fixed" and value.value == 0 or name in ("offset", "R", "quadratic", "absolute", "slope", "drift"):
            continue
        lines.append(f"{name} = {value}".replace("uV", "µV"))
    if not lines:
        return
    x, y = one.x[0], one.y
    falls = np.corrcoef(np.argsort(np.argsort(x)), y)[0, 1] < 0 if len(x) > 2 and np.ptp(y) > 0 else False
    symmetric = x.min() < -0.2 * x.max()
    left = not falls
    ax.text(0.5 if symmetric else (0.03 if left else 0.97), 0.97, "\n".join(lines), transform=ax.transAxes, va="top",
            ha="center" if symmetric else ("left" if left else "right"), fontsize=7, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5})


def figure_of(result: FitResult, width: float | None = None):
    """The figure of a result: one panel with residuals for a single fit; all curves and the fitted quantity for a series."""
    done = [one for one in result.fits if not one.failed]
    if not done:
        raise FitkitError("nothing to draw: no dataset could be fitted")
    if len(done) == 1:
        figure, axes = new_figure(width or SINGLE)
        plot_fit(done[0], axes[0], axes[1])
        note_verdict(axes[0], done[0])
        return figure
    figure, axes = new_figure(width or SINGLE, height=(width or SINGLE) * 1.15)
    for number, one in enumerate(done):
        plot_fit(one, axes[0], axes[1], COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)], text=curve_name(result, one))
    if len(done) <= 10:
        with _styled():
            axes[0].legend(ncols=2 if len(done) > 4 else 1, fontsize=6, handletextpad=0.3, columnspacing=0.8, borderaxespad=0.3)
    return figure


def curve_name(result: FitResult, one: DatasetFit) -> str:
    """What tells this curve from the others: ``4.2 K``, ``0.5 T``, else its name."""
    from .text import metadata_columns

    for name, _ in metadata_columns(result):
        value = one.data.meta.get(name)
        if isinstance(value, Measured):
            return f"{value.value:.4g} {value.unit}"
    return one.name


def plot_series(result: FitResult, x: str, y: str, ax=None, fitted: FitResult | None = None):
    """A fitted quantity against metadata of the datasets; undetermined values hollow. Returns the Axes.

    Parameters
    ----------
    x, y
        Metadata name and quantity.
    fitted
        A second-stage fit of the same series, drawn as a line.
    """
    if ax is None:
        _, (ax,) = new_figure(rows=(1,))
    with _styled():
        drawn = set()
        for one in result.fits:
            value, place = one.get(y), one.data.meta.get(x)
            if one.failed or not isinstance(place, Measured) or not math.isfinite(value.value):
                continue
            kind = "determined" if value.determined and value.error is not None else value.verdict
            height = value.value if value.bound is None else value.bound
            marker = {"<": "v", ">": "^"}.get(value.limit, "o")  # the arrow points to where the value may be
            ax.errorbar(place.value, height, value.error if kind == "determined" else None, fmt=marker, markersize=4, color=COLOURS[0],
                        mfc=COLOURS[0] if kind == "determined" else "none", elinewidth=0.8, capsize=1.5,
                        label=None if kind in drawn or kind == "determined" else kind)
            drawn.add(kind)
            units = place.unit, value.unit
        if drawn - {"determined"}:
            ax.legend()
        if fitted is not None and not fitted.fits[0].failed:
            ax.plot(*_line(fitted.fits[0]), "-", color="black", label=fitted.title)
        if drawn:
            ax.set_xlabel(label(x, units[0]))
            ax.set_ylabel(label(y, units[1]))
        ax.tick_params(which="both", direction="in", top=True, right=True)
    return ax


def plot_result(result: FitResult, path=None, *, ax=None, width: float | None = None, overwrite: bool = True):
    """Draw a result; with ``path`` save it. Returns the Axes (the upper one of a new figure).

    Raises
    ------
    FitkitError
        The ending of ``path`` is no figure format.
    """
    if ax is not None:
        for number, one in enumerate(result.fits):
            plot_fit(one, ax, None, COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)], None if result.single else curve_name(result, one))
        figure = ax.figure
    else:
        figure = figure_of(result, width)
        ax = figure.axes[0]
    if path is not None:
        save_figure(figure, path)
    return ax


def save_figure(figure, path) -> Path:
    """Save as png (300 dpi), pdf or svg by the ending, fonts embedded."""
    path = Path(path)
    try:
        figure.savefig(path, dpi=300, metadata={"Date": None} if path.suffix == ".svg" else None)
    except ValueError as error:
        raise FitkitError(f"{path}: {error}") from None
    except OSError as error:
        raise FitkitError(f"{path}: {error.strerror}") from None
    return path


def svg(figure) -> str:
    """The figure as an inline SVG element."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg"):]


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
        x, x_unit = _display(one, one.x_names[0], one.x[0])
        factor = parse_unit(one.data.units[one.y_name] or "").factor
        order = np.argsort(x, kind="stable")
        score = comparison.scores[name]
        text = name + (" (preferred)" if name == comparison.best else f", ΔAICc = {score.delta:.1f}" if math.isfinite(score.delta) else "")
        solid = not score.undetermined
        colour = COLOURS[number % len(COLOURS)]
        with _styled():
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
            unit = _display(one, one.y_name, one.y)[1]
            if together:
                each.set_ylabel(label("residual", unit))
            elif number == len(names) // 2:
                each.set_ylabel(label("residual", unit), y=0.5 if len(names) % 2 else 1.0)
            if each is axes[-1]:
                each.set_xlabel(label(one.x_names[0], x_unit))
    if together:
        with _styled():
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
    for name, each in zip(chosen, axes):
        column = scan[name]
        good = np.array([one.determined and one.error is not None and math.isfinite(one.value) for one in column])
        weak = ~good & np.isfinite(column.values)
        with _styled():
            if scan.plateau is not None:
                each.axvspan(scan.plateau.low, scan.plateau.high, facecolor="#D6E2EE", edgecolor="#8FA9C2", linewidth=0.7, zorder=0, label="plateau")
                value = scan.plateau.values.get(name)
                if value is not None:
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
            each.set_ylabel(label(name, column.unit))
            each.tick_params(which="both", direction="in", top=True, right=True)
            kept = [(handle, text) for handle, text in zip(*each.get_legend_handles_labels())
                    if text == "plateau" or text == "not determined" and shown.any() or text.endswith("range") and away.any()]
            if kept and each is axes[0]:
                each.legend(*zip(*kept), loc="best", handlelength=1.2)
    with _styled():
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


def plot_map(result: MapResult, name: str, ax=None, logarithmic: bool | None = None):
    """A parameter over a map: an image over two axes, else lines. Returns the Axes.

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
    with _styled():
        if len(result.shape) == 2:
            _image(ax, result, name, places, good, logarithmic)
        else:
            _lines(ax, result, name, places, good, logarithmic)
        ax.tick_params(which="both", direction="in", top=True, right=True)
    return ax


def _map_label(result: MapResult, name: str) -> str:
    """As :func:`label`, with the symbol that the law has for the quantity."""
    law = getattr(result.work, "law", None)
    symbol = next((one.symbol for one in (*law.params, *law.derived) if one.name == name), "") if law is not None else ""
    unit = result.unit(name)
    return label(name, unit) if name in _TITLES or not symbol else f"${symbol}$" + (f" ({_UNITS.get(unit, unit)})" if unit else "")


def _image(ax, result: MapResult, name: str, places, good: np.ndarray, logarithmic: bool) -> None:
    from matplotlib.colors import ListedColormap, LogNorm
    from matplotlib.patches import Patch

    (y_title, y), (x_title, x) = places
    edges_x, edges_y = _edges(x), _edges(y)
    values = np.ma.masked_where(~good | ~np.isfinite(result.values[name]), result.values[name])
    mesh = ax.pcolormesh(edges_x, edges_y, values, cmap="viridis", norm=LogNorm() if logarithmic and values.count() else None, rasterized=True)
    bar = ax.figure.colorbar(mesh, ax=ax, label=_map_label(result, name))
    if isinstance(mesh.norm, LogNorm):
        _plain_ticks(bar.ax.yaxis)
    handles: list = []
    if not good.all():
        lost, clear = np.ma.masked_where(good, np.ones(good.shape)), ListedColormap([(1.0, 1.0, 1.0, 0.0)])
        ax.pcolor(edges_x, edges_y, lost, hatch="/////", edgecolor="0.55", linewidth=0, cmap=clear)
        handles.append(Patch(facecolor="white", edgecolor="0.55", hatch="/////", label="not determined"))
    suspect = np.asarray(result.suspect)
    if suspect.any():
        rows, columns = np.nonzero(suspect)
        dots = ax.plot(np.asarray(x)[columns], np.asarray(y)[rows], ".", color="white", markeredgecolor="0.15", markeredgewidth=0.4, markersize=3, linestyle="", label="suspect")
        handles += dots
    if handles:
        ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1.02, 0.99), ncols=len(handles))
    for axis, numbers in (("x", x), ("y", y)):
        if _logarithmic(numbers):
            getattr(ax, f"set_{axis}scale")("log")
            _plain_ticks(getattr(ax, f"{axis}axis"))
    ax.set_xlabel(x_title)
    ax.set_ylabel(y_title)


def _plain_ticks(axis) -> None:
    """1, 2, 5, 10 on a logarithmic axis."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _lines(ax, result: MapResult, name: str, places, good: np.ndarray, logarithmic: bool) -> None:
    title, x = places[0]
    values, errors = (np.asarray(one).reshape(len(x), -1) for one in (result.values[name], result.errors[name]))
    good, suspect = good.reshape(values.shape), np.asarray(result.suspect).reshape(values.shape)
    for number in range(min(values.shape[1], len(COLOURS))):
        y, fine = values[:, number], good[:, number]
        style = {"fmt": MARKERS[number % len(MARKERS)], "color": COLOURS[number], "elinewidth": 0.6, "markersize": 2.5}
        for some, face in ((fine & ~suspect[:, number], None), (fine & suspect[:, number], "white")):
            ax.errorbar(x[some], y[some], np.nan_to_num(errors[some, number]), **style, **({} if face is None else {"markerfacecolor": face, "zorder": 3, "label": None if "suspect" in ax.get_legend_handles_labels()[1] or not some.any() else "suspect"}))
    lost = np.flatnonzero(~good[:, : len(COLOURS)].all(axis=1))
    edges = _edges(x)
    for place in lost:
        ax.axvspan(edges[place], edges[place + 1], facecolor="none", edgecolor="0.7", hatch="/////", linewidth=0, label="not determined" if place == lost[0] else None)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="lower right", bbox_to_anchor=(1.02, 0.99), ncols=2)
    if _logarithmic(x):
        ax.set_xscale("log")
        _plain_ticks(ax.xaxis)
    if logarithmic:
        ax.set_yscale("log")
        _plain_ticks(ax.yaxis)
    ax.set_xlabel(title)
    ax.set_ylabel(_map_label(result, name))


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
