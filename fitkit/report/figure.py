"""Style, widths, labels and saving of figures. The only module that knows matplotlib.

Figures are made without pyplot, so that they need no screen and leave no state behind; no function calls show().
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from ..errors import FitkitError
from ..units import convert, parse_quantity
from .symbols import symbol_tex

# colour-blind safe (Okabe and Ito; the last one of Tol, their grey is too near their green), dark enough on white and distinct in grey through order and markers
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#882255")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")   # one fewer than the colours, so that a ninth curve looks like none before
SINGLE, DOUBLE = 86 / 25.4, 178 / 25.4     # widths of a journal column [inch]
COLUMNS = {"single": SINGLE, "double": DOUBLE}
_ON_SCREEN = 1.2    # print is read from nearer

_STYLE = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7, "xtick.labelsize": 7, "ytick.labelsize": 7,
    "axes.linewidth": 0.7, "lines.linewidth": 1.1, "lines.markersize": 3.0, "xtick.direction": "in", "ytick.direction": "in",
    "xtick.top": True, "ytick.right": True, "legend.frameon": False, "axes.grid": False, "svg.fonttype": "path", "svg.hashsalt": "fitkit", "pdf.fonttype": 42,
    "ps.fonttype": 42, "font.family": "sans-serif", "mathtext.fontset": "dejavusans", "axes.formatter.use_mathtext": True, "figure.autolayout": False, "figure.constrained_layout.use": False,
}
_TITLES = {"delta_conductance": r"$\Delta\sigma$", "delta_conductivity": r"$\Delta\sigma$", "L_phi": r"$L_\varphi$", "U_star": r"$U^*$", "Ic": r"$I_\mathrm{c}$"}


def styled():
    """The settings of every figure, as a context."""
    import matplotlib

    return matplotlib.rc_context(_STYLE)


@lru_cache(maxsize=1)
def _figure_class():
    from matplotlib.figure import Figure

    class StyledFigure(Figure):
        """Draws and saves in fitkit's style whatever the user's settings are; shows itself in a notebook without pyplot."""

        def draw(self, renderer):
            with styled():
                super().draw(renderer)

        def savefig(self, *args, **kwargs):
            engine = self.get_layout_engine()
            with styled():
                if engine is not None:      # once by hand: else all is drawn twice, once only to measure it
                    engine.execute(self)
                    self.set_layout_engine(None)
                try:
                    super().savefig(*args, **kwargs)
                finally:
                    if engine is not None:
                        self.set_layout_engine(engine)

        def _repr_png_(self) -> bytes:
            out = io.BytesIO()
            self.savefig(out, format="png", dpi=160)
            return out.getvalue()

    return StyledFigure


@lru_cache(maxsize=1)
def _tick_formatter_class():
    from matplotlib.ticker import ScalarFormatter

    class PlainTicks(ScalarFormatter):
        """Plain digits, the power of ten set as a formula once: setting each tick as a formula costs most of the time of a figure."""

        def __init__(self):
            super().__init__(useMathText=False)
            self.set_powerlimits((-3, 5))

        def get_offset(self) -> str:
            found = re.fullmatch(r"(.*?)1e([-+\u2212]?\d+)(.*)", super().get_offset())
            return super().get_offset() if found is None else rf"{found[1]}$\times10^{{{int(found[2].replace(chr(0x2212), '-'))}}}${found[3]}"

    return PlainTicks


def figure_width(width: str | float | None) -> float:
    """A width in inch from ``"single"`` (86 mm), ``"double"`` (178 mm), ``"120 mm"`` or a number in inch; None is single.

    Raises
    ------
    FitkitError
        Another word, no length, or a width that is no figure's.
    """
    if width is None:
        return SINGLE
    if isinstance(width, str):
        if width in COLUMNS:
            return COLUMNS[width]
        try:
            number, unit = parse_quantity(width)
            inches = convert(number, unit, "m") / 0.0254
        except FitkitError:
            raise FitkitError(f"width={width!r}: wanted 'single' (86 mm), 'double' (178 mm) or a length such as '120 mm'") from None
    else:
        inches = float(width)
    if not 1.0 <= inches <= 40.0:
        raise FitkitError(f"width: {25.4 * inches:.4g} mm is no width of a figure (25 mm to 1 m); a bare number is in inch: 'single', 'double' or '120 mm'")
    return inches


def new_figure(width: str | float | None = None, height: float | None = None, rows: Sequence[float] = (2.7, 1)):
    """A figure with stacked axes that share x; heights in the given ratio, widths of :func:`figure_width`, the height [inch]."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    width = figure_width(width)
    with styled():
        figure = _figure_class()(figsize=(width, height or 0.95 * width), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(len(rows), 1, sharex=True, gridspec_kw={"height_ratios": rows}, squeeze=False)[:, 0]
        for ax in axes:
            ax.locator_params(axis="x", nbins=max(int(1.6 * width), 4))
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_major_formatter(_tick_formatter_class()())
    return figure, axes


def shown_unit(unit: str) -> str:
    """A unit as it stands on an axis: ``uV/cm`` -> µV/cm, ``A/cm2`` -> A/cm²."""
    if unit == "e^2/h":
        return "$e^2/h$"
    text = re.sub(r"(?<=[A-Za-z])([23])(?![0-9])", lambda found: "²³"[int(found[1]) - 2], unit)
    return re.sub(r"\bu(?=[A-Za-z])", "µ", re.sub(r"\b(m|u|k|M)?ohm\b", lambda found: f"{found[1] or ''}Ω", text)).replace("uΩ", "µΩ")


def label(name: str, unit: str, symbol: str = "") -> str:
    """Axis label: the quantity by its symbol (TeX) or in words, its unit in brackets."""
    title = symbol_tex(symbol) if symbol else _TITLES.get(name, name.replace("_", " "))
    return f"{title} ({shown_unit(unit)})" if unit else title


def save_figure(figure, path, overwrite: bool = True) -> Path:
    """Save as pdf or svg (vectors, fonts embedded) or png (300 dots per inch) by the ending.

    Raises
    ------
    FitkitError
        The ending is no figure format, the folder is not there, or the file exists and ``overwrite`` is off.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise FitkitError(f"{path} exists; to replace it: overwrite=True")
    try:
        figure.savefig(path, dpi=300, metadata={"Date": None} if path.suffix == ".svg" else None)
    except ValueError as error:
        raise FitkitError(f"{path}: {error}") from None
    except OSError as error:
        raise FitkitError(f"{path}: {error.strerror}") from None
    return path


def saved(ax, path=None):
    """The Axes; with ``path`` its figure is saved there."""
    if path is not None:
        save_figure(ax.figure, path)
    return ax


def svg(figure) -> str:
    """The figure as an inline SVG element."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg"):]
    return re.sub(r'(width|height)="([0-9.]+)pt"', lambda found: f'{found[1]}="{_ON_SCREEN * float(found[2]):.1f}pt"', text, count=2)


# -- what else of matplotlib the figures use ----------------------------------------------------------------------------

def plain_ticks(axis) -> None:
    """1, 2, 5, 10 on a logarithmic axis."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def whole_ticks(axis) -> None:
    """Whole numbers: there is no curve 0.25."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True))


def short_log_ticks(ax) -> None:
    """Plain numbers on logarithmic axes that span little; powers of ten alone would be too few."""
    from matplotlib.ticker import MaxNLocator, NullLocator

    for axis in (ax.xaxis, ax.yaxis):
        low, high = axis.get_view_interval()
        if axis.get_scale() != "log" or high > 200 * low:
            continue
        if high < 6 * low:
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(_tick_formatter_class()())
            axis.set_minor_locator(NullLocator())
        elif 1e-3 <= low and high <= 2e4:
            plain_ticks(axis)


def log_norm():
    """Colours by the logarithm."""
    from matplotlib.colors import LogNorm

    return LogNorm()


def hatched(ax, edges_x, edges_y, lost, text: str):
    """Hatch the pixels that are not masked; returns the patch for a legend."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    ax.pcolor(edges_x, edges_y, lost, hatch="/////", edgecolor="0.55", linewidth=0, cmap=ListedColormap([(1.0, 1.0, 1.0, 0.0)]))
    return Patch(facecolor="white", edgecolor="0.55", hatch="/////", label=text)
