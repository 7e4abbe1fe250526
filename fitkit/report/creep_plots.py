"""Figures of flux creep: the barrier U(J) with the forms of the theory over it, and E(J) of magnetization and transport together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..constants import e
from ..data import Dataset
from ..errors import FitkitError
from ..physics.barriers import BARRIERS, overlay
from .figure import COLOURS, MARKERS, label, new_figure, styled

SHOWN = ("linear", "plastic", "logarithmic barrier", "single vortex", "half loop", "small bundle")


def plot_barriers(data: Dataset | Sequence[Dataset], ax=None, barriers: Sequence[str] = SHOWN):
    """U against J, and over it the nearest barrier of each form (two numbers each, U0 and Jc). Returns the Axes.

    The nearest form is solid where the scatter tells it from the others (these dotted); where it does not, as in most single decays, all that are as near are
    dashed and the figure says so.

    Parameters
    ----------
    data
        One or several results of ``fk.pinning_barrier``; the forms are laid over all of them together.
    barriers
        Names in ``fitkit.physics.barriers.BARRIERS``.

    Raises
    ------
    FitkitError
        No column ``pinning_barrier``, or an unknown form.
    """
    curves = [data] if isinstance(data, Dataset) else list(data)
    for name in barriers:
        if name not in BARRIERS or name == "washboard":
            raise FitkitError(f"no barrier '{name}' to lay over data. There are {', '.join(one for one in BARRIERS if one != 'washboard')}")
    if ax is None:
        _, (ax,) = new_figure(rows=(1,))
    J, U = (np.concatenate([one[name] for one in curves]) for name in ("current_density", "pinning_barrier"))
    fitted = sorted(filter(None, (overlay(J, U, name) for name in barriers)), key=lambda one: one.rms)
    alike = [one for one in fitted if len(J) * np.log(max(one.rms, 1e-9 * U.max()) / max(fitted[0].rms, 1e-9 * U.max())) < 3]      # an evidence ratio of 20
    told = len(alike) == 1
    dense = np.geomspace(J.min() * 0.93, J.max() * 1.07, 200)
    paints = [colour for colour in COLOURS[::-1] if colour != "#000000"]    # black is the nearest form; the points take theirs from the other end
    with styled():
        for number, one in enumerate(curves):
            errors = one["pinning_barrier_err"] / (1e-3 * e) if "pinning_barrier_err" in one else None
            ax.errorbar(one.values("current_density", "A/cm2"), one["pinning_barrier"] / (1e-3 * e), errors, fmt=MARKERS[number % len(MARKERS)], color=COLOURS[number % len(COLOURS)],
                        markersize=3, mfc="none", mew=0.7, elinewidth=0.7, zorder=2, label=one.name if len(curves) > 1 else None)
        for number, form in enumerate(fitted):
            U_there = form(np.minimum(dense, form.Jc))
            inside = (dense <= form.Jc) & (U_there <= U.max() + 0.05 * np.ptp(U))       # not into the legend
            mantissa, power = f"{form.Jc / 1e4:.1e}".split("e")
            text = rf"{form.name}: $U_0$ = {form.U0 / (1e-3 * e):.3g} meV, $J_c = {mantissa}\times10^{{{int(power)}}}$ A/cm²"
            ax.plot(dense[inside] / 1e4, form(dense[inside]) / (1e-3 * e), "-" if form in alike and told else "--" if form in alike else ":", color="black" if number == 0 else paints[number % len(paints)],
                    linewidth=1.1 if number == 0 else 0.8, zorder=3 if number == 0 else 1, label=text)
        if len(alike) > 1:
            ax.text(0.03, 0.03, "dashed: not told apart\nby these data", transform=ax.transAxes, va="bottom", fontsize=6)
        _current_axis(ax, J)
        ax.set_ylabel(label("U", "meV"))
        low, high = U.min() / (1e-3 * e), U.max() / (1e-3 * e)
        ax.set_ylim(low - 0.08 * (high - low), high + (0.1 + 0.085 * (len(fitted) + (len(curves) if len(curves) > 1 else 0))) * (high - low))
        handles, texts = ax.get_legend_handles_labels()
        order = sorted(range(len(texts)), key=lambda place: texts[place] not in {one.name for one in curves})
        ax.legend([handles[place] for place in order], [texts[place] for place in order], loc="upper right", fontsize=5.5, handlelength=1.6, borderaxespad=0.3, labelspacing=0.25)
        ax.tick_params(which="both", direction="in", top=True, right=True)
    return ax


def _current_axis(ax, J) -> None:
    """Logarithmic where J spans more than a factor of two: within it the labels of a logarithmic axis run into one another."""
    if J.max() > 2 * J.min():
        ax.set_xscale("log")
    else:
        ax.ticklabel_format(axis="x", style="sci", scilimits=(-2, 3), useMathText=True)
    ax.set_xlabel(label("J", "A/cm²"))
