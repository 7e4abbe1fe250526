"""scan_window(): plateaus where the law holds, none where it does not, and honest values in between."""

import json
import math

import numpy as np
import pytest

import fitkit as fk

HLN = fk.get_model("hln").function


def film(quadratic=0.0, seed=0, noise=5e-8, points=201, reach=1.0, given=False):
    rng, field = np.random.default_rng(seed), np.linspace(-reach, reach, points)
    y = HLN(field, 1.0, 150e-9) + quadratic * field**2 + rng.normal(0, noise, points)
    errors = {"delta_conductance_err": (np.full(points, noise), "S")} if given else {}
    return fk.dataset(field=(field * 1e3, "mT"), delta_conductance=(y, "S"), temperature="4.2 K", name="film", **errors)


def decay(seed=0, S=0.03, early=0.0, noise=5e-4, points=80):
    rng, time = np.random.default_rng(seed), np.geomspace(10, 1e4, points)
    y = 1e-6 * (1 - S * np.log(time / 316) + early * np.exp(-time / 40) + noise * rng.normal(size=points))
    return fk.dataset(time=(time, "s"), moment=(y, "A m2"), temperature="10 K", name="run")


def test_hln_data_show_a_plateau():
    """60 films: every window agrees in 95 % or more of them; nested errors make no smaller window look alike by construction."""
    complete, pulls = 0, []
    for seed in range(60):
        scan = fk.scan_window("hln", film(seed=seed), "field")
        if scan.plateau is not None and scan.plateau.complete:
            complete += 1
            value = scan.plateau.values["L_phi"]
            pulls.append((value.value - 150) / value.error)
    assert complete >= 57
    assert abs(np.mean(pulls)) < 0.4 and 0.75 < np.std(pulls) < 1.3


def test_difference_of_nested_estimates_has_the_variance_of_the_difference():
    """400 films: L_phi(small window) - L_phi(all data) scatters by sqrt(var small - var all), not by the sum."""
    inner, outer = [], []
    for seed in range(400):
        data = film(seed=seed, reach=0.3, given=True)
        inner.append(fk.fit("hln", fk.where(data, "abs(field) <= 60 mT"))["L_phi"])
        outer.append(fk.fit("hln", data)["L_phi"])
    scatter = np.std([a.value - b.value for a, b in zip(inner, outer)])
    expected = math.sqrt(np.mean([a.error**2 - b.error**2 for a, b in zip(inner, outer)]))
    assert scatter == pytest.approx(expected, rel=0.15)

    from fitkit.fitting.problem import bind
    from fitkit.fitting.window_scan import _map

    data, law = film(reach=0.3, given=True), fk.get_model("hln")
    full = bind(law, data)
    mask = np.abs(data["field"]) <= 0.060001
    small = _map(full, fk.fit("hln", data.select(mask)).fits[0], mask)
    large = _map(full, fk.fit("hln", data).fits[0], np.ones(len(data), bool))
    difference = (small[1][small[0]["L_phi"]] - large[1][large[0]["L_phi"]]) * 5e-8
    assert math.sqrt(difference @ difference) * 1e9 == pytest.approx(expected, rel=0.15)


def test_an_ignored_background_leaves_no_plateau():
    for seed in range(2):
        scan = fk.scan_window("hln", film(quadratic=-2e-4, seed=seed, points=401), "field", steps=8)
        assert scan.plateau is None and scan.sentence.startswith("no plateau") and "background" in scan.sentence
        with_it = fk.scan_window("hln", film(quadratic=-2e-4, seed=seed, points=401), "field", steps=8, background=["offset", "quadratic"])
        assert with_it.plateau is not None and with_it.plateau.complete


def test_a_plateau_that_ends_has_an_honest_value():
    """40 films with a parabola that matters above 0.1 T only: the full window is off by 100 errors, the plateau by about one."""
    pulls, ends = [], []
    for seed in range(40):
        scan = fk.scan_window("hln", film(quadratic=-2e-6, seed=seed, points=401), "field")
        assert scan.plateau is not None and not scan.plateau.complete
        value = scan.plateau.values["alpha"]
        pulls.append((value.value - 1) / value.error)
        ends.append(scan.plateau.high)
        assert "drift" in scan.sentence and "drift" in value.reason
    assert np.sqrt(np.mean(np.square(pulls))) < 1.6 and max(ends) < 1000
    line = scan.plateau.select
    again = fk.fit("hln", eval(line, {"fk": fk, "data": film(quadratic=-2e-6, seed=39, points=401)}))
    assert again["alpha"].value == pytest.approx(scan["alpha"].values[scan.plateau.window], rel=1e-9)


def test_first_points_of_a_decay():
    clean = fk.scan_window("log_decay", decay(), "time")
    assert clean.side == "smallest" and clean.plateau.complete and clean.points[0] == 80
    early = fk.scan_window("log_decay", decay(early=0.05), "time")
    assert early.plateau is not None and 40 < early.plateau.low < 1000 and early.plateau.last == len(early) - 1
    value = early.plateau.values["S"]
    assert abs(value.value - 0.03) < 3 * value.error
    # the reference time stays, so S and M_r mean the same in every window
    assert len({one.fits[0].known["t_r"].value for one in early.results}) == 1


def test_undetermined_windows_are_no_plateau():
    scan = fk.scan_window("hln", film(noise=4e-6, points=121, reach=0.03), "field")
    assert scan.plateau is None and "windows determine" in scan.sentence and "not determined" in scan.table()


def test_a_current_far_below_the_critical_one_holds_nothing(samples):
    """Two windows in three end below the rise: the scan moves to where the power law is seen, and survives what it finds below."""
    tape = fk.load(samples / "voltage_current" / "tape_77K.csv", tap_distance="1 cm")
    scan = fk.scan_window("power_law", tape, "current")
    assert sum(one == "ok" for one in scan["n"].verdicts) >= 3 and scan.edges[0] > 30 and len(scan.sentence) > 50


def test_wrong_calls():
    for wrong, text in [
        (lambda: fk.scan_window("hln", film(), "current"), "no column 'current'"),
        (lambda: fk.scan_window("hln", [film()], "field"), "for d in sweeps"),
        (lambda: fk.scan_window("hln", film(), "field", side="left"), "largest"),
        (lambda: fk.scan_window("hln", film(), "field", steps=2), "3 windows"),
        (lambda: fk.scan_window("hln", film(points=13), "field"), "too few"),
        (lambda: fk.scan_window("hln", film(), "field", fix={"alpha": 1, "L_phi": 100}), "fixed"),
    ]:
        with pytest.raises(fk.FitkitError, match=text):
            wrong()


def test_showing(tmp_path):
    from fitkit.report.figure import new_figure, save_figure

    for scan in (fk.scan_window("hln", film(), "field"), fk.scan_window("hln", film(quadratic=-2e-5), "field", steps=8), fk.scan_window("log_decay", decay(), "time")):
        assert repr(scan).isascii() and scan.sentence in repr(scan) and "<table>" in scan._repr_html_()
        document = json.loads(json.dumps(scan.to_dict(), allow_nan=False))
        assert len(document["edges"]) == len(document["points"]) == len(scan) == len(document["parameters"][scan.names[0]])
        ax = scan.plot()
        assert len(ax.figure.axes) == len(scan.names) and ax.get_xscale() == "log"
        save_figure(ax.figure, tmp_path / "scan.svg")
        _, (one,) = new_figure(rows=(1,))
        assert scan.plot(ax=one, names=["U_star" if scan.law == "log_decay" else "B_phi"]) is one
        with pytest.raises(fk.FitkitError, match="one Axes"):
            scan.plot(ax=one, names=list(scan.names))
