"""Figures of relaxation: what the first points do to a fitted quantity, and Maley's collapse."""

from __future__ import annotations

import numpy as np

from ..budget.term import ErrorBudget
from ..constants import k_B
from ..errors import FitkitError
from ..physics.creep_series import log_barrier_scale
from ..series.maley import MaleyCollapse
from ..units import parse_unit
from .figure import COLOURS, MARKERS, label, new_figure, save_figure, styled


def plot_first_points(budget: ErrorBudget, path=None, ax=None):
    """The fitted quantity against the first time that is used; what was chosen as stable is filled. Returns the Axes.

    Raises
    ------
    FitkitError
        The budget has no refits to draw.
    """
    ladder = budget.first_points
    if ladder is None:
        raise FitkitError(f"{budget.name}: no refits without the first points: too few points, or no decay. The table holds the budget: print(budget)")
    if ax is None:
        _, (ax,) = new_figure(rows=(1,), height=2.4)
    value, error = budget.in_unit(1.0) * ladder.value, budget.in_unit(1.0) * ladder.error
    with styled():
        total, split = budget.total.error or 0.0, ladder.stable if ladder.found else len(value)
        ax.axhspan(budget.value.value - total, budget.value.value + total, color=COLOURS[0], alpha=0.12, linewidth=0, label="all points, whole error")
        for rows, filled, text in ((slice(0, split), False, "first points still change it"), (slice(split, None), True, "stable")):
            if len(value[rows]):
                ax.errorbar(ladder.time[rows], value[rows], error[rows], fmt="o", color=COLOURS[0] if filled else COLOURS[1], mfc=None if filled else "none", elinewidth=0.8,
                            capsize=1.5, markersize=3.5, label=text)
        if ladder.found:
            ax.axhline(float(value[ladder.stable]), color="black", linewidth=0.8, linestyle=":")
        ax.set_xscale("log")
        _decade_ticks(ax, float(ladder.time.min()), float(ladder.time.max()))
        ax.set_xlabel("first time used (s)")
        ax.set_ylabel(label(budget.quantity, budget.value.unit))
        ax.tick_params(which="both", direction="in", top=True, right=True)
        ax.legend()
        if path is not None:
            save_figure(ax.figure, path)
    return ax


def plot_maley(collapse: MaleyCollapse, path=None, ax=None):
    """U/g in kelvin against M/g_J, one marker for each temperature, with the three-parameter barrier as a line. Returns the Axes."""
    if ax is None:
        _, (ax,) = new_figure(rows=(1,), height=2.9)
    points, one = collapse.points, collapse.barrier.fits[0]
    unit = parse_unit(points.units[collapse.quantity] or "")
    Tc = one.known["Tc"].si if "Tc" in one.known else np.inf
    q_J = one.known["q_J"].value
    moment = points[collapse.quantity] * np.exp(-q_J * log_barrier_scale(points["temperature"], Tc))
    with styled():
        levels = np.unique(points["temperature"])
        for number, level in enumerate(levels):
            here = points["temperature"] == level
            shade = number / max(len(levels) - 1, 1)
            ax.errorbar(unit.from_si(moment[here]), points["U"][here] / k_B, points["U_err"][here] / k_B, fmt=MARKERS[number % len(MARKERS)], markersize=3.2, elinewidth=0.7,
                        color=(0.85 * shade, 0.45 - 0.1 * shade, 0.7 * (1 - shade)), label=f"{level:.4g} K")
        if collapse.collapses and all(one.parameters[name].determined for name in ("C", "U_m", "W", "mu")):
            m = np.geomspace(moment.min(), moment.max(), 200)
            mu, y = one["mu"].value, np.log(one.known["M_m"].value / m)
            U = one["U_m"].si + one["W"].si * (np.expm1(mu * y) / mu if mu else y)
            ax.plot(unit.from_si(m), U / k_B, "-", color="black", zorder=1, label=rf"$\mu$ = {one['mu'].number}")
        ax.set_xscale("log")
        _decade_ticks(ax, unit.from_si(moment.min()), unit.from_si(moment.max()))
        title = label("|m|" if collapse.quantity == "moment" else "|M|", unit.symbol)
        ax.set_xlabel(title.replace("|m|", r"$|m|/g_J$").replace("|M|", r"$|M|/g_J$") if q_J and np.isfinite(Tc) else title)
        ax.set_ylabel(r"$U/g\,k_\mathrm{B}$ (K)" if np.isfinite(Tc) else r"$U/k_\mathrm{B}$ (K)")
        ax.tick_params(which="both", direction="in", top=True, right=True)
        ax.legend(fontsize=6, ncols=2 if len(levels) > 5 else 1, handletextpad=0.3, columnspacing=0.8)
        if not collapse.collapses:
            ax.set_title("no collapse", fontsize=7, color=COLOURS[1])
        if path is not None:
            save_figure(ax.figure, path)
    return ax


def _decade_ticks(ax, low: float, high: float) -> None:
    """Plain numbers on a short logarithmic axis; a long one keeps its powers of ten."""
    if high > 100 * low:
        return
    steps = (1, 1.5, 2, 3, 5, 7) if high < 5 * low else (1, 2, 5)
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    ticks = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    ticks = [tick for tick in ticks if 0.9 * low <= tick <= 1.1 * high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
