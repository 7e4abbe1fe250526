"""fit_many: the optimum, the errors and the verdicts of fk.fit for each curve of a map."""

import pickle

import numpy as np
import pytest

import fitkit as fk
from fitkit.fitting.maps.judge import VERDICTS

FIELD = np.linspace(-0.5, 0.5, 120)


def film(rng, count, low=40, high=600, noise=(0.003, 0.05)):
    """HLN curves with parameters drawn at random and noise in parts of the swing: (alpha, L_phi, Y)."""
    alpha, L_phi = rng.uniform(0.3, 1.5, count), np.exp(rng.uniform(np.log(low), np.log(high), count)) * 1e-9
    Y = fk.get_model("hln").function(FIELD, alpha[:, None], L_phi[:, None])
    return alpha, L_phi, Y + rng.normal(size=Y.shape) * np.exp(rng.uniform(*np.log(noise), count))[:, None] * np.ptp(Y, axis=1)[:, None]


def strip(rng, count):
    """Voltage-current curves, some of which do not reach the criterion."""
    current = np.linspace(0, 100, 120)
    Ic, n = rng.uniform(70, 115, count), np.exp(rng.uniform(np.log(5), np.log(60), count))
    Y = fk.get_model("power_law").function(current, Ic[:, None], n[:, None], 0.01, 1e-4)
    return current, Y + rng.normal(size=Y.shape) * np.exp(rng.uniform(np.log(0.003), np.log(0.05), count))[:, None] * np.ptp(Y, axis=1)[:, None] + 1e-7


def assert_as_fit(result, rows):
    """Values, errors, verdicts and chi^2 of some curves are those of fk.fit."""
    for row in rows:
        alone = result.curve(int(row))
        assert result.chi2[row] == pytest.approx(alone.statistics.chi2, rel=1e-8)
        assert not result.suspect[row] or alone.statistics.corrected
        for name in result.names:
            one, value, error = alone[name], result.values[name][row], result.errors[name][row]
            if not result.suspect[row]:   # there the single curve has more to say
                assert VERDICTS[result.verdicts[name][row]] == one.verdict, (row, name, one.reason)
                assert np.isnan(error) == (one.error is None), (row, name)
            if alone.determined and one.error:   # beside a parameter that the data leave open the others hold for where the fit has ended
                # fit() stops where the sum of squares is flat: some 1e-7 standard deviations from the optimum
                assert abs(value - one.value) <= 1e-8 * abs(one.value) + 1e-6 * one.error, (row, name)
                assert error == pytest.approx(one.error, rel=1e-5), (row, name)


@pytest.mark.parametrize("background, fix", [(["offset"], {}), (["offset", "quadratic"], {}), ([], {}), (["offset"], {"alpha": 0.9}), (["offset"], {"L_phi": 150})],
                         ids=str)
def test_a_film_as_one_curve_after_the_other(background, fix):
    rng = np.random.default_rng(11)
    _, _, Y = film(rng, 400)
    result = fk.fit_many("hln", FIELD, Y, background=background, fix=fix, correlation=True)
    odd = np.flatnonzero(np.any([result.verdicts[name] % 6 > 0 for name in result.names], axis=0))
    assert_as_fit(result, [*range(8), *odd[:6], *np.flatnonzero(result.autocorrelation > 0)[:4]])


def test_critical_currents_as_one_curve_after_the_other():
    rng = np.random.default_rng(3)
    current, Y = strip(rng, 400)
    result = fk.fit_many("power_law", (current, "A"), (Y * 1e6, "uV"), meta={"tap_distance": "1 cm"}, background=["offset", "R"], correlation=True)
    lost = np.flatnonzero(result.verdicts["Ic"] == 4)
    assert len(lost) > 10   # the voltage stops below a third of the criterion
    assert_as_fit(result, [*range(6), *lost[:6]])


def test_a_logarithm_needs_no_scan():
    rng = np.random.default_rng(5)
    time = np.geomspace(10, 1e4, 60)
    Y = rng.uniform(1, 3, (50, 1)) * (1 - rng.uniform(0.01, 0.04, (50, 1)) * np.log(time / 300)) + rng.normal(0, 0.003, (50, 60))
    result = fk.fit_many("log_decay", (time, "s"), (Y, "emu"), meta={"temperature": "10 K"}, correlation=True)
    assert_as_fit(result, range(8))


def test_known_values_come_back_with_honest_errors():
    """Of 3000 simulated curves the pulls of alpha and L_phi have mean 0 and width 1."""
    rng = np.random.default_rng(1)
    alpha, L_phi, Y = film(rng, 3000, low=80, high=250, noise=(0.01, 0.02))
    result = fk.fit_many("hln", FIELD, Y)
    for name, truth in (("alpha", alpha), ("L_phi", L_phi * 1e9)):
        assert np.mean(result.determined(name)) > 0.99
        pull = (result[name] - truth) / result.errors[name]
        assert abs(np.nanmean(pull)) < 4 / np.sqrt(3000) and np.nanstd(pull) == pytest.approx(1, abs=0.06)


def test_threads_and_pieces_do_not_matter():
    _, _, Y = film(np.random.default_rng(2), 5000)
    Y[100, 5], Y[4321] = np.nan, 0.0
    whole = fk.fit_many("hln", FIELD, Y, threads=1)
    for threads, chunk in ((2, None), (1, 700), (2, 1), (2, 3000)):
        other = fk.fit_many("hln", FIELD, Y, threads=threads, chunk=chunk)
        for name in whole.names:
            assert np.array_equal(whole.verdicts[name], other.verdicts[name])
            for a, b in ((whole.values[name], other.values[name]), (whole.errors[name], other.errors[name])):
                assert np.array_equal(np.isnan(a), np.isnan(b)) and np.nanmax(np.abs(a - b) / np.abs(a)) <= 1e-12


def test_a_map_has_axes_units_and_places(tmp_path):
    rng = np.random.default_rng(4)
    _, L_phi, Y = film(rng, 30)
    gate, temperature = np.linspace(-5, 5, 6), np.geomspace(2, 20, 5)
    Y = Y.reshape(6, 5, -1)
    Y[2, 3] = rng.normal(0, 1e-7, len(FIELD))
    Y[1, 1] = np.nan
    result = fk.fit_many("hln", (FIELD * 1e3, "mT"), (Y * 1e6, "uS"), axes={"gate_voltage": (gate, "V"), "temperature": (temperature, "K")})
    assert result.shape == (6, 5) and result.units["L_phi"] == "nm" and result.units["offset"] == "uS"
    assert np.nanmedian(np.abs(result["L_phi"].ravel() / (L_phi * 1e9) - 1)) < 0.05
    assert result.failed[1, 1] and result.failed.sum() == 1
    assert VERDICTS[result.verdicts["L_phi"][2, 3]] == "not determined" and np.isnan(result["L_phi"][2, 3]) and np.isnan(result.errors["L_phi"][2, 3])
    alone = result.curve((4, 2))
    assert alone["L_phi"].value == pytest.approx(result["L_phi"][4, 2], rel=1e-8) and alone.fits[0].data.meta["temperature"].value == temperature[2]
    assert str(result.value("L_phi", (4, 2))) == str(alone["L_phi"])
    table = result.to_dataframe()
    assert table.shape[0] == 30 and list(table)[:2] == ["gate_voltage", "temperature"] and table["L_phi_verdict"][2 * 5 + 3] == "not determined"
    assert "not determined 1" in repr(result) and "failed 1" in repr(result)
    for name in ("L_phi", "alpha"):
        path = tmp_path / f"{name}.png"
        result.plot(name).figure.savefig(path)
        assert path.stat().st_size > 5000
    assert "not determined" in [text.get_text() for text in result.plot("L_phi").get_legend().get_texts()]
    with pytest.raises(fk.FitkitError, match="there are 30"):
        result.curve(30)
    with pytest.raises(fk.FitkitError, match="no 'L'. There are|no 'L' in"):
        result.plot("L")


def test_bounds_and_fixed_parameters():
    _, _, Y = film(np.random.default_rng(6), 60, low=100, high=300, noise=(0.003, 0.01))
    result = fk.fit_many("hln", FIELD, Y, bounds={"L_phi": (10, 200)}, correlation=True)
    assert np.all(result.values["L_phi"] <= 200) and np.any(result.verdicts["L_phi"] == 2) and np.all(result.limits["L_phi"][result.verdicts["L_phi"] == 2] == 1)
    assert_as_fit(result, [*np.flatnonzero(result.verdicts["L_phi"] == 2)[:3], *np.flatnonzero(result.verdicts["L_phi"] == 0)[:3]])


@pytest.mark.parametrize("call, words", [
    (lambda Y: fk.fit_many("hln", FIELD[:-1], Y), "120 points a curve"),
    (lambda Y: fk.fit_many("hln", FIELD, Y[0]), "fk.fit"),
    (lambda Y: fk.fit_many("hln", FIELD, Y, axes={"gate": ([1, 2], "V")}), "shape"),
    (lambda Y: fk.fit_many("hln", FIELD, Y, axes={"gate": ([1, 2], "V"), "T": ([1], "K")}), "leading ax"),
    (lambda Y: fk.fit_many("hln", FIELD, Y, fix={"L": 3}), "has"),
    (lambda Y: fk.fit_many("hln", FIELD, {"moment": Y}), "delta_conductance"),
    (lambda Y: fk.fit_many("power_law", FIELD, Y), "tap_distance"),
    (lambda Y: fk.fit_many("hln", FIELD, Y, np.ones(3)), "errors have shape"),
    (lambda Y: fk.fit_many("hln", FIELD, Y, threads=0), "threads=0"),
    (lambda Y: fk.fit_many("hln", FIELD, "curves.txt"), ".npy"),
], ids=range(10))
def test_wrong_calls_say_what_was_wanted(call, words):
    with pytest.raises(fk.FitkitError, match=words):
        call(np.zeros((3, 120)))


# -- grids of their own, several nonlinear parameters, laws of the user ---------------------------------------------------

def test_gaps_errors_and_grids_of_their_own():
    rng = np.random.default_rng(8)
    count, law = 120, fk.get_model("hln")
    field = np.sort(FIELD * rng.uniform(0.9, 1.0, (count, 1)) + rng.normal(0, 4e-4, (count, 120)), axis=1)
    clean = law.function(field, rng.uniform(0.4, 1.2, (count, 1)), np.exp(rng.uniform(np.log(50e-9), np.log(250e-9), (count, 1))))
    errors = np.ptp(clean, axis=1)[:, None] * 0.01 * rng.uniform(0.5, 2, clean.shape)
    Y = clean + errors * rng.normal(size=clean.shape)
    Y[rng.uniform(size=Y.shape) < 0.05] = np.nan
    Y[7], Y[8, 3:] = np.nan, np.nan
    result = fk.fit_many("hln", field, Y, errors, correlation=True)
    assert result.failed.tolist() == [row in (7, 8) for row in range(count)] and result.table.hard.sum() < 5
    assert_as_fit(result, [0, 1, 2, 3, 50, 119])
    assert np.array_equal(result.points, np.isfinite(Y).sum(axis=1))
    shared = fk.fit_many("hln", FIELD, Y, correlation=True)   # one grid, gaps only
    assert_as_fit(shared, [0, 1, 60])
    ragged = fk.fit_many("hln", [x[np.isfinite(y)] for x, y in zip(field[10:40], Y[10:40])], [y[np.isfinite(y)] for y in Y[10:40]],
                         [e[np.isfinite(y)] for e, y in zip(errors[10:40], Y[10:40])], correlation=True)
    pieces = fk.fit_many("hln", field, Y, errors, correlation=True, chunk=1, threads=2)
    for name in result.names:
        assert np.array_equal(pieces.values[name], result.values[name], equal_nan=True)
        assert np.allclose(ragged.values[name], result.values[name][10:40], rtol=1e-8, atol=1e-6 * np.nanmedian(result.errors[name]))
        assert np.array_equal(ragged.verdicts[name], result.verdicts[name][10:40])


def test_reference_time_of_each_grid():
    """t_r is computed from the times of each curve; curves of different windows, as one after the other."""
    rng = np.random.default_rng(9)
    time = np.geomspace(10, 1e4, 60) * np.exp(rng.uniform(-1, 1, (20, 1)))
    Y = 1 - 0.03 * np.log(time / 300) + rng.normal(0, 0.001, time.shape)
    result = fk.fit_many("log_decay", (time, "s"), (Y, "emu"), meta={"temperature": "10 K"}, correlation=True)
    assert not result.table.hard.any()
    assert_as_fit(result, range(6))


@pytest.mark.parametrize("name, options", [("hln_spin_orbit", {"background": ["offset"]}), ("interpolation_decay", {}), ("anderson_kim_sinh", {"meta": {"tap_distance": "1 cm"}})])
def test_laws_with_more_parameters(name, options):
    law, rng = fk.get_model(name), np.random.default_rng(12)
    middle = law.typical_parameters(np.random.default_rng(5))
    x = law.grid(100, **middle)
    known = {"t_r": np.sqrt(x.min() * x.max())} if "decay" in name else {"tap_distance": 0.01, "Ec": 1e-4} if "sinh" in name else {}
    free = [param.name for param in law.params if param.default is None]
    Y = np.array([law.function(x, *(value * np.exp(rng.uniform(-0.3, 0.3)) if key in free else value for key, value in middle.items()), **known) for _ in range(60)])
    Y = Y + rng.normal(size=Y.shape) * 0.01 * np.ptp(Y, axis=1)[:, None]
    result = fk.fit_many(name, x, Y, **options, correlation=True)
    assert result.work.grid(()).way is not None and result.table.hard.mean() < 0.1
    assert_as_fit(result, range(5))


def sag(position, a, b, c):
    """A catenary-like line: two nonlinear parameters."""
    return a * np.cosh((position - b) / c)


def test_a_law_of_the_user():
    law = fk.Model(name="sag", function=sag, x=fk.Column("position", "m"), y=fk.Column("height", "m"),
                   params=(fk.Param("a", unit="m", linear=True), fk.Param("b", unit="m", typical=(-0.5, 0.5)), fk.Param("c", unit="m", positive=True, typical=(0.5, 2))))
    rng, position = np.random.default_rng(0), np.linspace(-1, 1, 50)
    b = rng.uniform(-0.3, 0.3, 40)
    Y = sag(position, 1.5, b[:, None], rng.uniform(0.8, 1.2, (40, 1))) + rng.normal(0, 0.002, (40, 50))
    result = fk.fit_many(law, (position, "m"), (Y, "m"), correlation=True)
    assert np.all(np.abs(result["b"] - b) < 6 * result.errors["b"])
    assert_as_fit(result, range(4))


def test_an_axis_that_the_law_knows():
    """Zeeman splitting wants the temperature of each curve: it comes from the axis of the map."""
    law, rng = fk.get_model("maekawa_fukuyama"), np.random.default_rng(1)
    known = [one.name for one in law.known if not one.for_derived]
    if not known:
        pytest.skip("no known of the law is an axis")
    assert all(name in ("diffusivity", "temperature") for name in known)
    values = np.array([1e-4, 5e-4, 2e-3])
    p = law.typical_parameters(np.random.default_rng(2))
    x = np.linspace(-1, 1, 80)
    Y = np.array([law.function(x, *p.values(), **{known[0]: value}) for value in values])
    Y = Y + rng.normal(size=Y.shape) * 0.002 * np.ptp(Y, axis=1)[:, None]
    result = fk.fit_many("maekawa_fukuyama", x, Y, axes={known[0]: (values, "m2/s")}, background=["offset"], correlation=True)
    assert_as_fit(result, range(3))


def test_to_xarray():
    pytest.importorskip("xarray", reason="xarray is not installed: pip install xarray")
    _, _, Y = film(np.random.default_rng(4), 6)
    result = fk.fit_many("hln", FIELD, Y.reshape(2, 3, -1), axes={"gate_voltage": ([0, 1], "V"), "temperature": ([2, 4, 8], "K")})
    table = result.to_xarray()
    assert table["L_phi"].sel(gate_voltage=1, temperature=4).item() == result.values["L_phi"][1, 1] and table["L_phi"].attrs["units"] == "nm"


def test_a_map_without_axes_counts_its_curves_and_shows_errors(tmp_path):
    _, _, Y = film(np.random.default_rng(5), 4)
    ax = fk.fit_many("hln", (FIELD, "T"), (Y, "S")).plot("L_phi", tmp_path / "map.png")
    assert (tmp_path / "map.png").stat().st_size > 5000
    ticks = ax.get_xticks()
    assert np.array_equal(ticks, np.round(ticks)) and len(ax.containers) == 1 and ax.containers[0].has_yerr


def test_a_map_goes_through_pickle():
    """To another process and back: the results are the same, the curves stay where they were."""
    _, _, Y = film(np.random.default_rng(6), 5)
    result = fk.fit_many("hln", (FIELD, "T"), (Y, "S"), axes={"gate": (np.arange(5.0), "V")})
    again = pickle.loads(pickle.dumps(result))
    assert repr(again) == repr(result) and all(np.array_equal(again.values[name], result.values[name]) for name in result.names)
    assert str(again.value("L_phi", 3)) == str(result.value("L_phi", 3)) and again.axes["gate"][1] == "V"
    with pytest.raises(fk.FitkitError, match="not at hand"):
        again.curve(3)


def test_masked_points_are_gaps():
    rng = np.random.default_rng(0)
    B = np.linspace(-0.3, 0.3, 121)
    Y = fk.get_model("hln").function(B, 1.0, 150e-9) + rng.normal(0, 1e-7, (6, 121))
    hidden = np.zeros(Y.shape, bool)
    hidden[2, 30:50] = True
    spoilt = np.where(hidden, 9.0, Y)
    masked, gaps = fk.fit_many("hln", (B, "T"), (np.ma.array(spoilt, mask=hidden), "S")), fk.fit_many("hln", (B, "T"), (np.where(hidden, np.nan, Y), "S"))
    assert np.array_equal(masked.values["L_phi"], gaps.values["L_phi"]) and abs(masked.values["L_phi"][2] - 150) < 5
