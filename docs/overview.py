"""The picture of the README: three simulated measurements and what fitkit makes of them.   python docs/overview.py"""

from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fitkit.demo import analyse, sample_folder
from fitkit.report import figure as figure_style
from fitkit.report import plots, series_plots

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Write overview.png beside this file."""
    results = analyse(sample_folder())
    with matplotlib.rc_context(figure_style._STYLE):
        figure = Figure(figsize=(9.6, 4.9), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(2, 3)
        rows = (("relaxation", "temperature", "U_star", results["pinning energy"], "magnetization decay"),
                ("magnetoresistance", "temperature", "L_phi", results["coherence length"], "weak localization"),
                ("voltage_current", "applied_field", "Ic", None, "critical current"))
        for (upper, lower), (name, x, y, second, title) in zip(axes.T, rows):
            fits = [one for one in results[name].fits if not one.name.startswith("ramp")]
            for number, one in enumerate(fits):
                if one.y_name == "moment":  # each decay over its reference value, so that the slopes can be compared
                    values = one.data["moment"] / one["M_r"].si
                    upper.semilogx(one.x[0], values, figure_style.MARKERS[number], color=figure_style.COLOURS[number], markersize=2.2, alpha=0.6)
                    upper.semilogx(one.x[0], one.fitted / one["M_r"].si, "k-")
                    upper.set_xlabel("time (s)")
                    upper.set_ylabel(r"$M/M_r$")
                else:
                    plots.plot_fit(one, upper, None, figure_style.COLOURS[number], figure_style.MARKERS[number], text=plots.curve_name(results[name], one))
                    upper.legend(fontsize=6, ncols=2)
            upper.set_title(title)
            series_plots.plot_series(results[name], x, y, ax=lower, fitted=second)
        figure.savefig(HERE / "overview.png", dpi=160)


if __name__ == "__main__":
    main()
