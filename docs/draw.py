"""Pictures of the laws: the equation, and the law where people measure, one parameter at three values."""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from typeset import typeset

from fitkit.model import Model, Param
from fitkit.names import QUANTITIES
from fitkit.report import figure as figure_style
from fitkit.units import parse_unit

SHARES = (0.25, 0.5, 0.75)  # of the typical range, on a logarithmic scale where it is positive
MOST_GROUPS = 4             # curves of a law of two columns
SEEN = 0.05                 # of the swing, by which the curves should differ

Curve = tuple[float, tuple[np.ndarray, ...], np.ndarray]


def symbols_of(law: Model) -> dict[str, str]:
    """TeX of the names in the equation: what the law's own table says, but for symbols that are formulas themselves."""
    return {one.name: one.symbol for one in (*law.params, *law.known, *law.derived) if one.symbol and "/" not in one.symbol and r"\ln" not in one.symbol}


def draw_equation(law: Model, path: Path) -> None:
    """Write the equation as a picture that needs neither network nor script."""
    lines = typeset(law.equation, symbols_of(law))
    with matplotlib.rc_context({"mathtext.fontset": "cm", "svg.fonttype": "path", "svg.hashsalt": law.name}):
        figure = Figure(figsize=(0.1, 0.1))
        for number, line in enumerate(lines):
            figure.text(0, -4.2 * number, f"${line}$", fontsize=13)
        figure.savefig(path, bbox_inches="tight", pad_inches=0.05, transparent=True, metadata={"Date": None})


def _unit(param: Param):
    return parse_unit("" if param.unit.startswith("y") else param.unit)


def _between(param: Param, share: float) -> float:
    """A value [SI] in the typical range; the default of one that is off."""
    if param.default is not None:
        return _unit(param).to_si(param.default)
    low, high = param.typical
    return _unit(param).to_si(low * (high / low) ** share if low > 0 else low + share * (high - low))


def _curves(law: Model, varied: Param) -> list[Curve]:
    """Value [SI], x and y [SI] for three values; on a common x but for currents, where each curve ends at its own critical one."""
    curves = []
    for share in SHARES:
        values = {p.name: _between(p, share if p is varied else 0.5) for p in law.params}
        own = law.columns_x[0].name == "current"
        x = law.grid(200, **(values if own else {p.name: _between(p, 0.5) for p in law.params}))
        x = x if isinstance(x, tuple) else (x,)
        curves.append((values[varied.name], x, np.asarray(law.function(*x, *values.values(), **law.example_known(*x)), dtype=float)))
    return curves


def _spread(curves: list[Curve]) -> float:
    """How far the outer curves lie apart, in swings of the middle one."""
    first, middle, last = (y for _, _, y in curves)
    apart = np.abs(last - first)[np.isfinite(last - first)]
    swing = np.ptp(middle[np.isfinite(middle)])
    return float(apart.max() / swing) if apart.size and swing > 0 else 0.0


def curves_of(law: Model) -> tuple[Param, list[Curve]]:
    """The parameter that is varied and its three curves: the last nonlinear one whose effect is seen, else the one with the largest effect."""
    ranged = [p for p in law.params if p.default is None]
    tried = [(p, _curves(law, p)) for p in [p for p in ranged if not p.linear][::-1] or ranged[-1:]]
    return next((one for one in tried if _spread(one[1]) > SEEN), max(tried, key=lambda one: _spread(one[1])))


def _arranged(law: Model, x: tuple[np.ndarray, ...]) -> tuple[int, list[np.ndarray]]:
    """Which column is drawn across, and the rows of each curve: those of a few values of the other column."""
    if len(x) == 1:
        return 0, [np.arange(x[0].size)]
    different = [np.unique(one).size for one in x[:2]]
    across = 0 if different[1] < x[0].size / 2 else 1
    values = np.unique(x[1 - across])
    values = values[np.unique(np.linspace(0, values.size - 1, MOST_GROUPS).round().astype(int))]
    return across, [np.flatnonzero(x[1 - across] == value) for value in values]


def draw_law(law: Model, path: Path, width: float = 4.6, height: float = 2.9) -> None:
    """Write the plot of a law on the axes that its measurement wants."""
    varied, curves = curves_of(law)
    with figure_style.styled(), matplotlib.rc_context({"svg.hashsalt": law.name}):
        figure, (ax,) = figure_style.new_figure(width, height, rows=(1,))
        across = _arranged(law, curves[0][1])[0]
        x_name, y_name = law.columns_x[across].name, law.y.name
        x_unit, y_unit = QUANTITIES[x_name][1], QUANTITIES[y_name][1]
        unit = _unit(varied)
        symbol = f"${varied.symbol}$" if varied.symbol else varied.name
        for number, (value, x, y) in enumerate(curves):
            style = {"color": figure_style.COLOURS[number], "linestyle": ("-", "--", "-.")[number]}
            shown = unit.from_si(value)
            text = f"{symbol} = {shown:.{0 if shown >= 1000 else 3}{'f' if shown >= 1000 else 'g'}} {'' if varied.unit.startswith('y') else varied.unit}".strip()
            for rows in _arranged(law, x)[1]:
                rows = rows[np.isfinite(y[rows])]
                rows = rows[np.argsort(x[across][rows], kind="stable")]
                ax.plot(parse_unit(x_unit).from_si(x[across][rows]), parse_unit(y_unit).from_si(y[rows]), label=text, **style)
                text = None
        positive = all((y[np.isfinite(y)] > 0).all() for _, _, y in curves)
        spread = max(math.log10(np.nanmax(x[across]) / np.nanmin(x[across])) if np.nanmin(x[across]) > 0 else 0 for _, x, _ in curves)
        if (x_name in ("time", "current") and spread > 0.5) or y_name == "L_phi":
            ax.set_xscale("log")
        if (x_name == "current" or y_name == "L_phi") and positive:
            ax.set_yscale("log")
        for axis in (ax.xaxis, ax.yaxis) if y_name == "L_phi" else ():
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_locator(NullLocator())
        ax.set_xlabel(figure_style.label(x_name, x_unit))
        ax.set_ylabel(figure_style.label(y_name, y_unit))
        ax.legend()
        figure.savefig(path, metadata={"Date": None} if Path(path).suffix == ".svg" else None)
