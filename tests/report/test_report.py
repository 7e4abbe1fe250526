"""Tables, report and figures of a result."""

import csv
import io
import re

import numpy as np
import pytest

import fitkit as fk
from fitkit.report.figure import new_figure
from fitkit.report.html import report_page, result_fragment
from fitkit.report.series_plots import plot_series
from fitkit.report.tables import result_csv


@pytest.fixture(scope="module")
def series():
    rng = np.random.default_rng(1)
    field = np.linspace(-0.3, 0.3, 101)
    law = fk.get_model("hln").function
    data = [fk.dataset(field=(field, "T"), delta_conductance=(law(field, 0.9, L) + rng.normal(0, 3e-8, 101), "S"), temperature=f"{T} K", name=f"film {T} K")
            for T, L in ((2, 300e-9), (4, 200e-9), (8, 120e-9))]
    short = np.linspace(-0.003, 0.003, 41)
    data.append(fk.dataset(field=(short, "T"), delta_conductance=(law(short, 0.9, 120e-9) + rng.normal(0, 3e-8, 41), "S"), temperature="16 K", name="film <16 K>"))
    return fk.fit("hln", data)


def test_csv(series):
    rows = list(csv.DictReader(io.StringIO(result_csv(series))))
    assert len(rows) == 4 and float(rows[0]["L_phi (nm)"]) == series["L_phi"].values[0] and rows[3]["L_phi_verdict"] == "not determined"
    assert float(rows[1]["temperature (K)"]) == 4
    titles = list(csv.reader(io.StringIO(result_csv(series, origin=True))))
    assert titles[0][0] == "dataset" and "nm" in titles[1] and "phase coherence length" in titles[2]


def test_dataframe(series):
    frame = series.to_dataframe()
    assert list(frame["temperature (K)"]) == [2, 4, 8, 16] and frame["L_phi (nm)"].iloc[0] == series["L_phi"].values[0]


def test_no_parameter_without_its_verdict(series):
    for text in (series.table(), series.summary(), report_page([series]), result_fragment(series)):
        assert "not determined" in text
    assert "NOT DETERMINED" in str(series["L_phi"])


def test_page_is_one_offline_file(series):
    page = report_page([series], title="a <title>")
    assert page.count("<svg") == 5 and "<script" not in page and "film &lt;16 K&gt;" in page and "a &lt;title&gt;" in page
    links = set(re.findall(r"(?:href|src)=\"([^\"#][^\"]*)\"", page))
    assert not links, links
    for part in ("references", "What was done", "temperature", "chi²", "phase coherence length"):
        assert part.lower() in page.lower(), part
    assert "/tmp" not in page


def test_figures(series, tmp_path):
    for name in ("all.png", "all.pdf", "all.svg"):
        ax = series.plot(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    assert "Delta" in ax.get_ylabel() and "(S)" in ax.get_ylabel()
    with pytest.raises(fk.FitkitError, match="all.xyz"):
        series.plot(tmp_path / "all.xyz")
    figure, axes = new_figure(rows=(1,))
    assert series.plot(ax=axes[0]) is axes[0] and len(axes[0].lines) == 8
    lower = plot_series(series, "temperature", "L_phi", ax=new_figure(rows=(1,))[1][0])
    assert lower.get_xlabel() == "temperature (K)" and lower.get_legend() is not None


def test_decays_on_log_time():
    time = np.geomspace(10, 1e4, 50)
    data = fk.dataset(time=(time, "s"), moment=(1 - 0.02 * np.log(time), "emu"), temperature="4 K")
    noisy = data.with_columns({"moment": data["moment"] * (1 + 1e-4 * np.random.default_rng(0).normal(size=50))})
    assert fk.fit("log_decay", noisy).plot().get_xscale() == "log"
