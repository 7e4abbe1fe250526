"""Figures: widths, fonts, axes; every plot function takes ``ax`` and returns it, and cuts nothing."""

import importlib
import inspect
import pkgutil
import re
import zlib

import numpy as np
import pytest

import fitkit as fk
import fitkit.report
from fitkit.fitting.band import confidence_band, curve_error
from fitkit.report import plots
from fitkit.report.figure import COLOURS, figure_width, label, new_figure, save_figure, shown_unit

TIME = np.geomspace(10, 1e4, 60)


def decay(T, seed=0, S=0.02):
    moment = 1e-3 * (1 - S * np.log(TIME / 300)) + 2e-7 * np.random.default_rng(seed).normal(size=len(TIME))
    return fk.dataset(time=(TIME, "s"), moment=(moment, "A m2"), temperature=f"{T} K", name=f"run {T} K")


def sweep(T, L, reach=0.3, points=101, seed=0):
    field = np.linspace(-reach, reach, points)
    values = fk.get_model("hln").function(field, 0.9, L) + np.random.default_rng(seed).normal(0, 3e-8, points)
    return fk.dataset(field=(field, "T"), delta_conductance=(values, "S"), temperature=f"{T} K", name=f"film {T} K")


@pytest.fixture(scope="module")
def made(samples):
    """One of each thing that can be drawn."""
    decays = fk.fit("log_decay", [decay(T, T, 0.01 + 0.001 * T) for T in (4, 8, 16)])
    films = fk.fit("hln", [sweep(2, 300e-9), sweep(4, 200e-9), sweep(8, 120e-9), sweep(16, 120e-9, 0.003, 41)])
    tapes = [fk.drop_quench(one) for one in fk.load_all([str(samples / "voltage_current" / f"tape_77K{part}.csv") for part in ("", "_500mT", "_2T")],
                                                       tap_distance="1 cm", width="4 mm", thickness="1 um")]
    wires = fk.fit("power_law", tapes)
    B = np.linspace(-0.1, 0.1, 41)
    images = fk.get_model("hln").function(B, 1.0, np.geomspace(50e-9, 300e-9, 12).reshape(4, 3)[..., None]) + np.random.default_rng(0).normal(0, 1e-7, (4, 3, 41))
    run = fk.load(samples / "relaxation" / "relaxation_11K.csv", height="2 mm")
    timed = fk.creep_time(run, shape="slab", flux_flow_resistivity="0.46 uohm cm")
    bean = fk.bean_current_density(timed, shape="slab", measure="branch", field_step="2 T")
    return {
        "decays": decays, "films": films, "wires": wires, "one": fk.fit("log_decay", decay(4)),
        "comparison": fk.compare(["log_decay", "power_law_decay"], decay(4)), "scan": fk.scan_window("log_decay", decay(4), "time"),
        "map": fk.fit_many("hln", (B, "T"), (images, "S"), axes={"gate_voltage": (np.arange(4.0), "V"), "temperature": (np.arange(1.0, 4.0), "K")}),
        "table": fk.critical_table(wires), "budget": fk.error_budget(decays, dataset="run 4 K"),
        "maley": fk.maley([fk.load(samples / "relaxation" / f"relaxation_{T}K.csv") for T in ("14", "20", "26")]),
        "barrier": fk.pinning_barrier(bean),
        "picture": fk.ej_picture(fk.dataset(time=(TIME, "s"), current_density=(4e9 * (TIME / 10) ** -0.05, "A/m2"), electric_field=(1e-7 / TIME, "V/m"), temperature="77 K", name="decay"),
                                 fk.fit("power_law", tapes[0]), cross_section="4e-9 m2"),
    }


DRAW = {
    "plot_fit": lambda made, ax: plots.plot_fit(made["one"].fits[0], ax),
    "plot_result": lambda made, ax: made["decays"].plot(ax=ax),
    "plot_series": lambda made, ax: made["films"].plot_series("temperature", "L_phi", ax=ax),
    "plot_comparison": lambda made, ax: made["comparison"].plot(ax=ax),
    "plot_window_scan": lambda made, ax: made["scan"].plot(ax=ax),
    "plot_map": lambda made, ax: made["map"].plot("L_phi", ax=ax),
    "plot_critical_table": lambda made, ax: fk.plot_critical_table(made["table"], ax=ax),
    "plot_first_points": lambda made, ax: made["budget"].plot(ax=ax),
    "plot_maley": lambda made, ax: made["maley"].plot(ax=ax),
    "plot_barriers": lambda made, ax: fk.plot_barriers(made["barrier"], ax=ax),
    "plot_ej": lambda made, ax: made["picture"].plot(ax=ax),
}


def drawing_functions():
    """Every function of the package whose name begins with plot, and every public one."""
    found = {name for name in fk.__all__ if name.startswith("plot")}
    for module in pkgutil.iter_modules(fitkit.report.__path__):
        for name, function in inspect.getmembers(importlib.import_module(f"fitkit.report.{module.name}"), inspect.isfunction):
            if name.startswith("plot"):
                assert "ax" in inspect.signature(function).parameters, f"{name} takes no ax"
                found.add(name)
    return found


def test_every_drawing_function_is_looked_at():
    assert drawing_functions() == set(DRAW)


def uncut(drawn):
    """Whether everything drawn lies inside the figure (a line's width apart)."""
    drawn.canvas.draw()
    box = drawn.get_tightbbox(drawn.canvas.get_renderer())
    width, height = drawn.get_size_inches()
    return box.x0 > -0.02 and box.y0 > -0.02 and box.x1 < width + 0.02 and box.y1 < height + 0.02


@pytest.mark.parametrize("name", DRAW)
def test_takes_ax_and_returns_it(made, name):
    _, (ax,) = new_figure(rows=(1,))
    assert DRAW[name](made, ax) is ax
    assert ax.get_xlabel() and ax.get_ylabel() and (ax.lines or ax.collections or ax.images)
    assert uncut(ax.figure)


@pytest.mark.parametrize("name", DRAW)
def test_makes_a_figure_of_its_own_in_which_nothing_is_cut(made, name):
    ax = DRAW[name](made, None)
    assert uncut(ax.figure)
    millimetres = 25.4 * ax.figure.get_size_inches()[0]
    assert 80 < millimetres <= 178.01
    sizes = {text.get_fontsize() for one in ax.figure.axes for text in [*one.get_xticklabels(), *one.get_yticklabels(), one.xaxis.label, one.yaxis.label] if text.get_text()}
    assert 6 <= min(sizes) and max(sizes) <= 9


def test_every_plot_takes_a_path(made, tmp_path):
    """path first, ax by its name; a map wants the name of what is drawn before it."""
    for name in ("one", "comparison", "scan", "map", "budget", "maley", "picture"):
        arguments = ("L_phi",) if name == "map" else ()
        made[name].plot(*arguments, tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 5000
        parameters = inspect.signature(made[name].plot).parameters
        assert list(parameters)[len(arguments)] == "path" and parameters["ax"].kind is inspect.Parameter.KEYWORD_ONLY, name


# -- widths, formats, fonts ---------------------------------------------------------------------------------------------

def test_widths_of_columns():
    assert figure_width("single") * 25.4 == pytest.approx(86) and figure_width("double") * 25.4 == pytest.approx(178)
    assert figure_width("12 cm") * 2.54 == pytest.approx(12) and figure_width(5) == 5 and figure_width(None) == figure_width("single")
    for wrong in ("triple", "3 K", 0.1, "3 m"):
        with pytest.raises(fk.FitkitError, match="single"):
            figure_width(wrong)


@pytest.mark.parametrize("width, millimetres", [("single", 86), ("double", 178)])
def test_saved_vectors_have_the_width_and_embedded_fonts(made, tmp_path, width, millimetres):
    for thing in ("one", "films", "wires"):
        made[thing].plot(tmp_path / "figure.pdf", width=width)
        content = (tmp_path / "figure.pdf").read_bytes()
        streams = b"".join(_inflated(content))
        box = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+)", content)
        assert float(box[1]) * 25.4 / 72 == pytest.approx(millimetres, abs=0.2)
        assert b"/FontFile2" in content and b"/Subtype /Type3" not in content + streams     # TrueType, whole: fonttype 42
        assert b"/Subtype /Image" not in content                                            # nothing is a bitmap
        made[thing].plot(tmp_path / "figure.svg", width=width)
        text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
        assert "<text" not in text and "<image" not in text and "http" not in re.sub(r'(xmlns(:\w+)?|rdf:resource|content)="[^"]*"|<!DOCTYPE[^>]*>', "", text, flags=re.S).replace("https://matplotlib.org/", "")
        assert float(re.search(r'width="([0-9.]+)pt"', text)[1]) * 25.4 / 72 == pytest.approx(millimetres, abs=0.2)


def _inflated(content):
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", content, re.S):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            pass


def test_saving_keeps_files_that_are_there_if_asked(made, tmp_path):
    made["one"].plot(tmp_path / "a.svg")
    with pytest.raises(fk.FitkitError, match="overwrite=True"):
        made["one"].plot(tmp_path / "a.svg", overwrite=False)
    with pytest.raises(fk.FitkitError, match="a.doc"):
        made["one"].plot(tmp_path / "a.doc")
    with pytest.raises(fk.FitkitError, match="nowhere"):
        made["one"].plot(tmp_path / "nowhere" / "a.pdf")


def test_the_settings_of_the_user_do_not_matter(made, tmp_path):
    import matplotlib

    save_figure(made["one"].plot().figure, tmp_path / "a.svg")
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "none", "axes.linewidth": 5}):
        save_figure(made["one"].plot().figure, tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == (tmp_path / "b.svg").read_text(encoding="utf-8")


def test_colours_are_told_apart_without_red_or_green():
    """The palette through the matrices of Vienot, Brettel, Mollon, Color Res. Appl. 24, 243 (1999): neighbours stay apart."""
    linear = np.array([[int(one[place:place + 2], 16) / 255 for place in (1, 3, 5)] for one in COLOURS]) ** 2.2
    seen = np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]])      # protanopes, linear RGB
    seen_green = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])  # deuteranopes
    for matrix in (np.eye(3), seen, seen_green):
        shown = np.clip(linear @ matrix.T, 0, 1) ** (1 / 2.2)
        gaps = [np.linalg.norm(shown[i] - shown[j]) for i in range(len(shown)) for j in range(i)]
        assert min(gaps) > 0.1


def test_units_in_labels():
    assert label("Ic", "A", r"I_\mathrm{c}") == r"$I_\mathrm{c}$ (A)" and label("n", "", "n") == "$n$" and label("offset", "uV") == "offset (µV)"
    assert [shown_unit(one) for one in ("uV/cm", "A/cm2", "GN/m3", "uohm cm", "ohm/sq", "e^2/h")] == ["µV/cm", "A/cm²", "GN/m³", "µΩ cm", "Ω/sq", "$e^2/h$"]


# -- axes that the physics wants ----------------------------------------------------------------------------------------

def x_label(ax):
    """Of the lowest panel."""
    return ax.figure.axes[-1].get_xlabel()


def test_views(made):
    decayed, film, wire = made["one"], fk.fit("hln", sweep(4, 200e-9)), fk.fit("power_law", made["wires"].fits[0].data)
    assert decayed.plot().get_xscale() == "log" and decayed.plot(view="linear").get_xscale() == "linear"
    assert film.plot().get_xlim()[0] < 0 and x_label(film.plot()) == "field (T)"
    folded = film.plot(view="absolute")
    assert x_label(folded) == "|field| (T)" and folded.get_xlim()[0] > -0.05 and "field < 0" in [text.get_text() for text in folded.get_legend().get_texts()]
    assert film.plot(view="log").get_xscale() == "log" and film.plot(view="log").get_yscale() == "linear"
    ej = wire.plot(view="log")
    assert (ej.get_xscale(), ej.get_yscale()) == ("log", "log") and x_label(ej) == "$J$ (A/cm²)" and ej.get_ylabel() == "$E$ (µV/cm)"
    with pytest.raises(fk.FitkitError, match="view='polar': wanted one of auto"):
        film.plot(view="polar")
    assert made["films"].plot_series("temperature", "L_phi", view="log").get_yscale() == "log"


def test_e_j_goes_through_the_criterion(made):
    """At J = Ic/(width thickness) the drawn line is at 1 uV/cm."""
    wire = fk.fit("power_law", made["wires"].fits[0].data)
    line = next(one for one in wire.plot(view="log").lines if one.get_color() == "black" and one.get_linestyle() == "-")
    Jc = wire["Ic"].value / (0.4 * 1e-4)    # cm
    assert np.exp(np.interp(np.log(Jc), np.log(line.get_xdata()), np.log(line.get_ydata()))) == pytest.approx(1.0, rel=0.02)


def test_limits_and_lost_values_are_hollow_with_their_verdict(made):
    ax = made["films"].plot_series("temperature", "L_phi")
    hollow = [one for one in ax.lines if one.get_markerfacecolor() == "none" and len(one.get_xdata()) == 1]
    assert [float(one.get_xdata()[0]) for one in hollow] == [16.0]
    assert any("not determined" in text.get_text() for text in ax.get_legend().get_texts())
    curves = made["films"].plot()
    assert any("16 K (not determined" in text.get_text() for text in curves.get_legend().get_texts())
    alone = fk.fit("hln", made["films"].fits[3].data).plot()
    assert "NOT DETERMINED" in alone.get_legend().get_title().get_text() and not alone.collections     # and no band
    with pytest.raises(fk.FitkitError, match="no dataset has a number 'gate'"):
        made["films"].plot_series("gate", "L_phi")
    with pytest.raises(fk.FitkitError, match="no 'L_x'"):
        made["films"].plot_series("temperature", "L_x")


def test_series_over_two_things_has_a_colour_for_each_place(samples):
    rng = np.random.default_rng(5)
    runs = []
    for T in (4, 8, 16):
        for B in (0.5, 1.0):
            moment = 1e-3 * (1 - 0.001 * T * (1 + B) * np.log(TIME / 300)) + 2e-7 * rng.normal(size=len(TIME))
            runs.append(fk.dataset(time=(TIME, "s"), moment=(moment, "A m2"), temperature=f"{T} K", applied_field=f"{B} T", name=f"{T} {B}"))
    ax = fk.fit("log_decay", runs).plot_series("temperature", "S")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0.5 T", "1 T"]


def test_a_law_of_time_and_temperature_has_a_line_for_each_temperature():
    rng = np.random.default_rng(0)
    law = fk.get_model("creep_series")
    t, T = np.tile(TIME, 4), np.repeat([4.0, 8.0, 12.0, 16.0], len(TIME))
    moment = 1e-3 * (1 - 0.0008 * T * np.log(t / 1e-3)) + 1e-6 * rng.normal(size=len(t))
    shuffled = rng.permutation(len(t))
    ax = fk.fit(law, fk.dataset(time=(t[shuffled], "s"), temperature=(T[shuffled], "K"), moment=(moment[shuffled], "A m2")), fix={"mu": -1}).plot()
    line = next(one for one in ax.lines if one.get_color() == "black")
    runs = np.split(line.get_xdata(), np.flatnonzero(np.isnan(line.get_xdata())))
    assert len(runs) == 4 and all(np.all(np.diff(run[np.isfinite(run)]) > 0) for run in runs)


# -- the band -----------------------------------------------------------------------------------------------------------

def test_band_of_a_straight_line_is_the_textbook_one():
    """y = a + b u, u = ln t: s^2 [1/N + (u - mean)^2/S_uu], Student's t with N - 2 (any textbook of regression)."""
    from scipy.stats import t

    result = fk.fit("log_decay", decay(4, 3), errors="white")
    u, N = np.log(TIME), len(TIME)
    y = result.fits[0].y
    b, a = np.polyfit(u, y, 1)
    s = np.sqrt(np.sum((y - a - b * u) ** 2) / (N - 2))
    expected = s * np.sqrt(1 / N + (u - u.mean()) ** 2 / np.sum((u - u.mean()) ** 2))
    assert curve_error(result.fits[0], TIME) == pytest.approx(expected, rel=1e-6)
    assert confidence_band(result.fits[0], (TIME,), 0.95) == pytest.approx(t.ppf(0.975, N - 2) * expected, rel=1e-6)


def test_band_holds_the_true_curve_as_often_as_it_says():
    place, inside = np.array([0.02]), []
    truth = fk.get_model("hln").function(place, 0.9, 200e-9)
    for seed in range(200):
        one = fk.fit("hln", sweep(4, 200e-9, seed=seed), background=[]).fits[0]
        inside.append(abs(one.predict(place)[0] - truth[0]) < confidence_band(one, (place,), 0.9)[0])
    assert 0.9 - 3 * np.sqrt(0.09 / 200) < np.mean(inside) < 0.9 + 3 * np.sqrt(0.09 / 200)


def test_band_of_a_joint_fit_takes_its_own_variables():
    films = [sweep(2, 300e-9), sweep(4, 200e-9)]
    joint, alone = fk.fit("hln", films, share=["alpha"]), fk.fit("hln", films)
    for a, b in zip(joint.fits, alone.fits):
        ratio = curve_error(a, a.x[0]) / curve_error(b, b.x[0])
        assert np.all((ratio > 0.5) & (ratio < 1.2))


def test_band_is_named_for_what_it_is(made):
    ax = made["one"].plot(band=0.68)
    assert "68 % confidence band of the curve" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert not made["one"].plot(band=None).collections
    with pytest.raises(fk.FitkitError, match="between 0 and 1"):
        confidence_band(made["one"].fits[0], (TIME,), 95)


def test_a_series_of_which_one_dataset_lacks_the_quantity_is_drawn():
    """A moment that grows has no pinning energy; the others do, and the report draws them."""
    from fitkit.report.html import report_page

    result = fk.fit("log_decay", [decay(4, 1, -0.01), *(decay(T, T) for T in (8, 12, 16))])
    assert "U_star" not in result.fits[0].derived and "U_star" in result.fits[1].derived
    assert len(result.plot_series("temperature", "U_star").containers) == 3
    assert report_page([result]).count("<svg") >= 6
