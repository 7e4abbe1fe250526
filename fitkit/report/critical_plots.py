"""Figures of critical currents: the E-J picture, and Jc and n against field."""

from __future__ import annotations

import math

import numpy as np

from ..critical.ej import EJPart, EJPicture
from ..data import Dataset
from ..errors import FitkitError
from .figure import COLOURS, MARKERS, label, new_figure, save_figure, styled


def plot_ej(picture: EJPicture, path=None, ax=None):
    """E against J on logarithmic axes: decays as circles, transport as squares, one colour for each temperature and field. Returns the Axes."""
    if ax is None:
        _, (ax,) = new_figure(width="double" if len(picture.parts) > 3 else "120 mm", height=3.4, rows=(1,))
    places = list(dict.fromkeys(_place(one) for one in picture.parts))
    with styled():
        for one in picture.parts:
            colour = COLOURS[places.index(_place(one)) % len(COLOURS)]
            ax.errorbar(one.J, one.E, one.E_err, fmt="o" if one.kind == "decay" else "s", color=colour, mfc=colour if one.kind == "decay" else "none", markersize=3.2, elinewidth=0.7,
                        label=_words(one, len(places) > 1))
        for decay, transport in _pairs(picture):
            (J_d, E_d), (J_t, E_t) = decay.centre, transport.centre
            ax.plot([J_d, J_t], [E_d, E_t], color=COLOURS[places.index(_place(decay)) % len(COLOURS)], linewidth=0.6, linestyle="--", zorder=0)
        ax.axhline(1e-4, color="0.5", linewidth=0.7, linestyle=":")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.annotate("1 µV/cm", (0, 1e-4), xycoords=("axes fraction", "data"), xytext=(8, 2), textcoords="offset points", fontsize=7, color="0.4")
        ax.set_xlabel(r"$J$ (A/m$^2$)")
        ax.set_ylabel(r"$E$ (V/m)")
        _few_ticks(ax, np.concatenate([one.J for one in picture.parts]))
        ax.tick_params(which="both", direction="in", top=True, right=True)
        if len(picture.parts) > 3:
            ax.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.02, 1.0))
        else:
            ax.legend(fontsize=7, loc="lower right")
        if path is not None:
            save_figure(ax.figure, path)
    return ax


def _pairs(picture: EJPicture):
    """Decay and transport of one place, whose chord is drawn."""
    for decay in picture.parts:
        yield from ((decay, one) for one in picture.parts if decay.kind == "decay" and one.kind == "transport" and _place(one) == _place(decay))


def _few_ticks(ax, J: np.ndarray) -> None:
    """Under a decade of J the powers of ten are too few: 1, 2, 5 are written out."""
    low, high = float(J.min()), float(J.max())
    if high / low < 30:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        ticks = [digit * 10.0**power for power in decades for digit in ((1, 2, 3, 5, 7) if high / low < 6 else (1, 2, 5))]
        ticks = [one for one in ticks if 0.9 * low <= one <= 1.1 * high]
        ax.set_xticks(ticks, [rf"${one / 10**math.floor(math.log10(one * 1.0001)):.0f}\times10^{{{math.floor(math.log10(one * 1.0001))}}}$" for one in ticks])
        ax.set_xticks([], minor=True)


def _place(one: EJPart) -> tuple:
    return one.temperature, None if one.field is None else round(one.field, 6)


def _words(one: EJPart, several: bool) -> str:
    where = ", ".join(text for value, text in ((one.temperature, f"{one.temperature or 0:.4g} K"), (one.field, f"{one.field or 0:.3g} T")) if value is not None) if several else ""
    slope = f"1 + 1/S = {one.one_plus.number}" if one.one_plus is not None else f"n = {one.n.number}"
    return f"{'decay' if one.kind == 'decay' else 'transport'}{' ' + where if where else ''}: {slope}"


def plot_critical_table(table: Dataset, path=None, *, over: str = "applied_field", ax=None, quantity: str | None = None):
    """Draw Jc (or Ic) and n of :func:`fitkit.critical_table` against field, temperature or angle, a line for each of the other places. Returns the (upper) Axes.

    Parameters
    ----------
    over
        Column of the x axis.
    ax
        Axes for one quantity.
    quantity
        ``"current_density"``, ``"Ic"``, ``"n"`` or another column with an error: one panel; default the current above n (with ``ax`` the current).

    Raises
    ------
    FitkitError
        No such column, or no table of critical currents.
    """
    if not isinstance(table, Dataset) or "Ic" not in table or "n" not in table:
        raise FitkitError("wanted the table of fk.critical_table: fk.plot_critical_table(fk.critical_table(result))")
    places = [name for name in ("temperature", "applied_field", "angle") if name in table]
    if over not in places:
        raise FitkitError(f"over={over!r}: the table has {', '.join(places)}")
    if quantity is not None and f"{quantity}_err" not in table:
        raise FitkitError(f"quantity={quantity!r}: the table has {', '.join(name for name in table.columns if f'{name}_err' in table)}")
    current = "current_density" if "current_density" in table else "Ic"
    quantities = [quantity] if quantity is not None else [current] if ax is not None else [current, "n"]
    axes = [ax] if ax is not None else list(new_figure(rows=(1,) * len(quantities), height=2.1 * len(quantities))[1])
    with styled():
        for each, name in zip(axes, quantities):
            _draw_table(each, table, over, places, name)
        axes[-1].set_xlabel(label(over, _read(table, over)[1]))
        if quantities[0] != "n":
            axes[0].set_title(f"at {table.meta.get('criterion', '')}".replace("uV", "µV"), fontsize=8)
        if axes[0].get_legend_handles_labels()[0]:
            axes[0].legend(fontsize=7)
        if path is not None:
            save_figure(axes[0].figure, path)
    return axes[0]


_SYMBOLS = {"Ic": r"I_\mathrm{c}", "current_density": r"J_\mathrm{c}", "n": "n", "pinning_force": r"F_\mathrm{p}"}


def _draw_table(ax, table: Dataset, over: str, places: list[str], name: str) -> None:
    """One quantity of the table: a line for each of the other places."""
    others = [one for one in places if one != over and len(np.unique(table[one])) > 1]
    groups, member = np.unique(np.stack([table[one] for one in others], axis=1), axis=0, return_inverse=True) if others else (np.zeros((1, 0)), np.zeros(len(table), int))
    for number, group in enumerate(groups):
        rows = np.flatnonzero(np.ravel(member) == number)
        rows = rows[np.argsort(table[over][rows])]
        ax.errorbar(_read(table, over)[0][rows], _read(table, name)[0][rows], _read(table, f"{name}_err")[0][rows], fmt=MARKERS[number % len(MARKERS)] + "-",
                    color=COLOURS[number % len(COLOURS)], linewidth=0.8, markersize=3.5, elinewidth=0.8, label=", ".join(_value(one, value) for one, value in zip(others, group)) or None)
    ax.set_ylabel(label(name, _read(table, name)[1], _SYMBOLS.get(name, "")))
    if name != "n":
        ax.set_ylim(bottom=0)
    ax.tick_params(which="both", direction="in", top=True, right=True)


def _read(table: Dataset, name: str) -> tuple[np.ndarray, str]:
    from ..names import QUANTITIES

    unit = table.units.get(name) or QUANTITIES[name.removesuffix("_err")][1]
    return table.values(name, unit) if unit else table[name], unit


def _value(name: str, value: float) -> str:
    return f"{math.degrees(value):.4g}°" if name == "angle" else f"{value:.4g} {'K' if name == 'temperature' else 'T'}"
