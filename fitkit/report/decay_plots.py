"""Figures of relaxation: what the first points do to a fitted quantity, and Maley's collapse."""

from __future__ import annotations

from ..budget.term import ErrorBudget
from ..errors import FitkitError
from .plots import COLOURS, _styled, label, new_figure, save_figure


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
    with _styled():
        chosen, total = float(value[ladder.stable]), budget.total.error
        ax.axhspan(budget.value.value - total, budget.value.value + total, color=COLOURS[0], alpha=0.12, linewidth=0, label="all points, whole error")
        for rows, filled, text in ((slice(0, ladder.stable), False, "first points still change it"), (slice(ladder.stable, None), True, "stable")):
            if len(value[rows]):
                ax.errorbar(ladder.time[rows], value[rows], error[rows], fmt="o", color=COLOURS[0] if filled else COLOURS[1], mfc=None if filled else "none", elinewidth=0.8,
                            capsize=1.5, markersize=3.5, label=text)
        ax.axhline(chosen, color="black", linewidth=0.8, linestyle=":")
        ax.set_xscale("log")
        ax.set_xlabel("first time used (s)")
        ax.set_ylabel(label(budget.quantity, budget.value.unit))
        ax.tick_params(which="both", direction="in", top=True, right=True)
        ax.legend()
        if path is not None:
            save_figure(ax.figure, path)
    return ax
