"""The picture of the README: three simulated measurements and what fitkit makes of them.   python docs/overview.py"""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import fitkit as fk
from fitkit.constants import G0, e
from fitkit.demo import sample_folder

HERE = Path(__file__).resolve().parent
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D", "#7F6AAB")
STYLE = {"font.size": 8, "axes.titlesize": 9, "axes.labelsize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7, "axes.linewidth": 0.7, "xtick.direction": "in", "ytick.direction": "in",
         "xtick.top": True, "ytick.right": True, "legend.frameon": False, "legend.fontsize": 7}


def draw_points(ax, x, y, colour):
    ax.plot(x, y, "o", color=colour, markersize=2.2, markeredgewidth=0, alpha=0.6)


def plain_ticks(ax, x=(), y=()):
    """Numbers rather than powers on logarithmic axes."""
    ax.minorticks_off()
    if x:
        ax.set_xticks(x, [f"{one:g}" for one in x])
    if y:
        ax.set_yticks(y, [f"{one:g}" for one in y])


def draw_decays(upper, lower, folder):
    result = fk.fit("log_decay", fk.load_all(str(folder / "relaxation" / "*.csv")))
    place = 1.013
    for colour, one in zip(COLOURS, result.fits):
        draw_points(upper, one.x[0], one.data["moment"] / one["M_r"].si, colour)
        upper.plot(one.x[0], one.fitted / one["M_r"].si, "k-", linewidth=0.9)
        place = min(one.fitted[-1] / one["M_r"].si, place - 0.0155)  # the labels of the flattest curves make room for each other
        upper.text(1.15e4, place, f"{one.data.si('temperature'):.0f} K", color=colour, va="center", fontsize=7)
    upper.set(title="magnetization decay", xscale="log", xlabel="time (s)", ylabel=r"$M/M_\mathrm{r}$", xlim=(25, 3.2e4))

    barrier = fk.fit("pinning_energy", result.series("temperature", "U_star"))
    lower.errorbar([one.data.si("temperature") for one in result.fits], result["U_star"].values, result["U_star"].errors, fmt="o", color=COLOURS[0], markersize=4, capsize=2)
    lower.plot([0, 28], barrier.fits[0].predict(np.array([1e-6, 28.0])) / (1e-3 * e), "k-", linewidth=0.9)
    lower.text(0.95, 0.93, f"$U_0$ = {barrier['U0_K']}", transform=lower.transAxes, ha="right", va="top")
    lower.set(xlabel="temperature (K)", ylabel=r"$U^*$ (meV)", xlim=(0, 28), ylim=(40, 110))


def draw_sweeps(upper, lower, folder):
    film = fk.load(folder / "magnetoresistance" / "film.dat", column={"resistance": "Bridge 1 Resistance (Ohms)"}, width="2 mm", length="4 mm")
    sweeps = [fk.magnetoconductance(one) for one in fk.split_sweeps(film)]
    result = fk.fit("hln", sweeps, share=["alpha"])
    unit = np.pi * G0  # e^2/h in S
    for colour, one in zip(COLOURS, result.fits):
        draw_points(upper, one.x[0], (one.y - one["offset"].si) / unit, colour)
        field = np.linspace(0, 0.4, 200)
        curve = (one.predict(field) - one["offset"].si) / unit
        upper.plot(field, curve, "k-", linewidth=0.9)
        upper.text(0.407, curve[-1], f"{one.data.si('temperature'):.3g} K", color=colour, va="center", fontsize=7)
    upper.set(title="weak localization", xlabel="field (T)", ylabel=r"$\Delta\sigma$ ($e^2/h$)", xlim=(-0.01, 0.48))

    power = fk.fit("coherence_length_power", result.series("temperature", "L_phi"))
    cut = fk.fit("hln", fk.window(sweeps[-1], over="field", high="20 mT"))["L_phi"]
    temperature = np.geomspace(1.7, 22, 50)
    lower.plot(temperature, power.fits[0].predict(temperature) * 1e9, "k-", linewidth=0.9)
    lower.errorbar([one.data.si("temperature") for one in result.fits], result["L_phi"].values, result["L_phi"].errors, fmt="o", color=COLOURS[0], markersize=4, capsize=2)
    lower.errorbar([19.3], [cut.value], [cut.error], fmt="o", color=COLOURS[1], mfc="white", markersize=4, capsize=2)
    lower.text(16.5, 64, "swept to 20 mT only:\nnot determined", color=COLOURS[1], ha="right", va="center", fontsize=7)
    lower.text(0.95, 0.93, rf"$\tau_\varphi \propto T^{{-p}}$, p = {power['p']}", transform=lower.transAxes, ha="right", va="top")
    lower.set(xscale="log", yscale="log", xlabel="temperature (K)", ylabel=r"$L_\varphi$ (nm)", xlim=(1.7, 23), ylim=(50, 420))
    plain_ticks(lower, (2, 5, 10, 20), (50, 100, 200, 400))


def draw_tapes(upper, lower, folder):
    tapes = [fk.drop_quench(one) for one in fk.load_all(str(folder / "voltage_current" / "*.csv"), tap_distance="1 cm")]
    tapes.sort(key=lambda one: -one.si("applied_field"))
    result = fk.fit("power_law", tapes)
    for colour, one in zip(COLOURS, result.fits):
        draw_points(upper, one.x[0], (one.y - one.background_part) * 1e6, colour)
        order = np.argsort(one.x[0])
        upper.plot(one.x[0][order], one.model_part[order] * 1e6, "k-", linewidth=0.9)
        upper.text(one.x[0].max() - (4 if one is result.fits[0] else 0), 5.4, f"{one.data.si('applied_field'):g} T", color=colour, ha="center", fontsize=7)
    upper.axhline(1, color="0.5", linewidth=0.7, linestyle=":")
    upper.text(87, 1.12, "1 µV/cm", color="0.4", ha="center", fontsize=7)
    upper.set(title="critical current", xlabel="current (A)", ylabel="voltage − baseline (µV)", ylim=(-0.8, 6.2), xlim=(-3, 112))

    table = fk.critical_table(result)
    kim = fk.fit("kim_critical_current", table, free=["beta"])
    field = np.linspace(0, 3.2, 200)
    lower.plot(field, kim.fits[0].predict(field), "k-", linewidth=0.9)
    lower.errorbar([one.data.si("applied_field") for one in result.fits], result["Ic"].values, result["Ic"].errors, fmt="o", color=COLOURS[0], markersize=4, capsize=2)
    lower.text(0.95, 0.93, f"Kim: $B_0$ = {kim['B_0']}", transform=lower.transAxes, ha="right", va="top")
    lower.set(xlabel="field (T)", ylabel=r"$I_\mathrm{c}$ (A)", ylim=(0, 110), xlim=(-0.1, 3.2))


def main() -> None:
    """Write overview.png beside this file."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 4.9), layout="constrained")
        FigureCanvasAgg(figure)
        for (upper, lower), draw in zip(figure.subplots(2, 3).T, (draw_decays, draw_sweeps, draw_tapes)):
            draw(upper, lower, sample_folder())
        figure.savefig(HERE / "overview.png", dpi=160)


if __name__ == "__main__":
    main()
