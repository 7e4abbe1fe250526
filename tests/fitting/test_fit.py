"""fit(): options, joint fits, series, honest errors, verdicts."""

import json
import math

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import k_B

HLN, DECAY, POWER = (fk.get_model(name) for name in ("hln", "log_decay", "power_law"))


def film(L_phi=150e-9, alpha=1.0, seed=0, noise=2e-8, temperature=4.2, points=201, reach=0.3, name=None, offset=1e-7):
    rng = np.random.default_rng(seed)
    field = np.linspace(-reach, reach, points)
    y = HLN.function(field, alpha, L_phi) + offset + rng.normal(0, noise, points)
    return fk.dataset(field=(field, "T"), delta_conductance=(y, "S"), temperature=f"{temperature} K", name=name or f"film {temperature} K")


def decay(M_r=1e-6, S=0.02, t_shift=0.0, seed=0, noise=2e-3, first=30.0, last=1e4, points=60, temperature="10 K", **meta):
    rng = np.random.default_rng(seed)
    time = np.geomspace(first, last, points)
    y = M_r * (1 - S * np.log((time + t_shift) / math.sqrt(first * last))) + abs(M_r) * noise * rng.normal(size=points)
    return fk.dataset(time=(time, "s"), moment=(y, "A m2"), temperature=temperature, **meta)


def tape(Ic=100.0, n=30.0, seed=0, noise=0.1e-6, top=1.05, points=200, offset=0.3e-6, R=2e-9, rng=None):
    rng = rng or np.random.default_rng(seed)
    current = np.linspace(-0.02, top, points) * Ic
    y = POWER.function(current, Ic, n, 0.01, 1e-4) + offset + R * current + rng.normal(0, noise, points)
    return fk.dataset(current=(current, "A"), voltage=(y * 1e6, "uV"), tap_distance="1 cm", name="tape")


# -- shapes of the answer ---------------------------------------------------------------------------------------------

def test_one_dataset_gives_measured_a_list_gives_columns():
    single, listed = fk.fit("hln", film()), fk.fit("hln", [film()])
    assert isinstance(single["L_phi"], fk.Measured) and isinstance(listed["L_phi"], fk.MeasuredColumn)
    assert listed["L_phi"].values[0] == single["L_phi"].value
    assert single["L_phi"].unit == "nm" and single["L_phi"].to("m").value == pytest.approx(150e-9, rel=0.02)
    assert set(single.parameters) == {"alpha", "L_phi", "offset"}
    low, high = single["L_phi"].interval(0.95)
    assert low < single["L_phi"].value < high and (high - low) / 2 == pytest.approx(1.972 * single["L_phi"].error, rel=1e-3)


def test_derived_and_what_would_bring_them():
    plain = fk.fit("hln", film())
    assert plain.derived["B_phi"].to("mT").value == pytest.approx(7.31, rel=0.03)
    assert str(plain.derived["tau_phi"]).startswith("no tau_phi: needs diffusivity or carrier_density, mobility, effective_mass")
    for use in (lambda: plain["tau_phi"], lambda: plain.derived["tau_phi"].value):
        with pytest.raises(fk.FitkitError, match="diffusivity or carrier_density, mobility, effective_mass"):
            use()
    data = film().with_meta(diffusivity="10 cm2/s")
    assert fk.fit("hln", data)["tau_phi"].value == pytest.approx(22.5, rel=0.03)
    drude = film().with_meta(carrier_density="1e12 1/cm2", mobility="5000 cm2/(V s)", effective_mass="0.067 m_e")
    # D = pi hbar^2 n mu/(e m) = 179 cm2/s by hand
    assert fk.fit("hln", drude)["tau_phi"].value == pytest.approx(22500 / 17.87 / 1000, rel=0.04)
    path = film().with_meta(fermi_velocity="1e6 m/s", mean_free_path="2 nm")
    assert fk.fit("hln", path)["tau_phi"].value == pytest.approx(22.5, rel=0.03)


def test_errors_of_metadata_enter_derived_quantities():
    exact = fk.fit("log_decay", decay(noise=1e-4))
    vague = fk.fit("log_decay", decay(noise=1e-4, temperature=fk.Measured(10, 0.5, "K")))
    assert vague["U_star"].error == pytest.approx(math.hypot(exact["U_star"].error, 0.05 * exact["U_star"].value), rel=1e-3)


def test_pinning_energy_of_a_decay():
    result = fk.fit("log_decay", decay(noise=1e-5))
    assert result["S"].value == pytest.approx(0.02, rel=1e-3)
    assert result["U_star"].to("K").value == pytest.approx(10 / 0.02, rel=1e-3)
    t_r = math.sqrt(30 * 1e4)
    assert result["U0"].to("J").value == pytest.approx(k_B * 10 * (1 / 0.02 + math.log(t_r / 1e-6)), rel=1e-3)
    assert "t0 = 1e-06 s" in result["U0"].reason and "1e-09 s" in result["U0"].reason and "per decade of t0" in result["U0"].reason
    shorter = fk.fit("log_decay", decay(noise=1e-5), assume={"t0": "1 ns"})
    assert shorter["U0"].to("K").value - result["U0"].to("K").value == pytest.approx(10 * math.log(1e3), rel=1e-9)
    by_meta = fk.fit("log_decay", decay(noise=1e-5, t0="1e-9 s"))
    assert by_meta["U0"].value == shorter["U0"].value and by_meta["t0"].origin == "user" and result["t0"].origin == "default"
    assert result["decrement"].to("A m2").value == pytest.approx(1e-6 * 0.02 * math.log(10), rel=1e-3)


@pytest.mark.parametrize("M_r, S", [(1e-6, 0.02), (-1e-6, 0.02), (1e-6, -0.03), (-1e-6, -0.03)])
def test_negative_and_increasing_moments(M_r, S):
    result = fk.fit("log_decay", decay(M_r, S, noise=1e-5))
    assert result["M_r"].si == pytest.approx(M_r, rel=1e-3) and result["S"].value == pytest.approx(S, rel=1e-3)


def test_initial_moment_gives_the_other_normalisation():
    result = fk.fit("log_decay", decay(noise=1e-5, M0="1.5e-6 A m2"))
    assert result["S_0"].value == pytest.approx(0.02 / 1.5, rel=1e-3)


def test_free_time_shift():
    data = decay(t_shift=40.0, S=0.05, noise=1e-4)
    free, stuck = fk.fit("log_decay", data, free=["t_shift"]), fk.fit("log_decay", data)
    assert abs(free["t_shift"].value - 40) < 4 * free["t_shift"].error and free["S"].value == pytest.approx(0.05, rel=0.02)
    assert free.statistics.chi2 < 0.5 * stuck.statistics.chi2
    also = fk.fit("log_decay", data, fix={"t_shift": None})
    assert also["t_shift"].value == pytest.approx(free["t_shift"].value, rel=1e-6)


def test_error_of_the_time_origin_enters_S():
    exact, vague = fk.fit("log_decay", decay(S=0.05)), fk.fit("log_decay", decay(S=0.05, time_origin_err=fk.Measured(5, None, "s")))
    assert vague["S"].value == exact["S"].value
    shifted = fk.fit("log_decay", decay(S=0.05), fix={"t_shift": 5})
    shift = shifted["S"].value - exact["S"].value
    assert vague["S"].error == pytest.approx(math.hypot(exact["S"].error, shift), rel=0.15)


# -- fix, free, share, bounds, start ----------------------------------------------------------------------------------

def test_fix_in_its_unit_with_a_unit_and_for_some_datasets():
    data = [film(150e-9, name="a"), film(250e-9, name="b", seed=1)]
    assert fk.fit("hln", data[0], fix={"L_phi": 140})["L_phi"].si == pytest.approx(140e-9)
    assert fk.fit("hln", data[0], fix={"L_phi": "0.14 um"})["L_phi"].si == pytest.approx(140e-9)
    assert fk.fit("hln", data[0], fix={"B_phi": "8.3954 mT"})["L_phi"].value == pytest.approx(140, rel=1e-4)
    some = fk.fit("hln", data, fix={"L_phi": {"a": 140}})
    assert some["L_phi"].verdicts[0] == "fixed" and some["L_phi"][1].value == pytest.approx(250, rel=0.03)
    assert fk.fit("power_law", tape(), fix={"Ic": 99})["n"].verdict == "ok"


def test_wrong_calls_raise_before_minimising():
    for wrong, text in [
        (lambda: fk.fit("hlm", film()), "Did you mean hln"),
        (lambda: fk.fit("hln", film(), fix={"L_fi": 1}), "L_fi"),
        (lambda: fk.fit("hln", [film(name="a")], fix={"L_phi": {"b": 1}}), "no dataset 'b'"),
        (lambda: fk.fit("hln", [film(), film()]), "two datasets"),
        (lambda: fk.fit("hln", film(), share=["beta"]), "share"),
        (lambda: fk.fit("hln", film(), free=["alpha"]), "fitted anyway"),
        (lambda: fk.fit("hln", film(), bounds={"L_phi": 3}), "pair"),
        (lambda: fk.fit("hln", film(), background=["cubic"]), "cubic"),
        (lambda: fk.fit("hln", film(), fix={"L_phi": "3 mT"}), "nm"),
        (lambda: fk.fit("hln", film(), fix={"L_phi": 100, "B_phi": 16}), "form of"),
        (lambda: fk.fit("hln", film(), errors="given"), "delta_conductance_err"),
        (lambda: fk.fit("hln", []), "no data"),
        (lambda: fk.fit("hln", film(), method="bogus"), "wanted one of leastsq"),
        (lambda: fk.fit("hln", [np.zeros(3)]), "wanted Datasets"),
        (lambda: fk.fit("power_law", fk.dataset(current=([1, 2, 3.0], "A"), voltage=([1, 2, 4.0], "uV"))), "tap_distance"),
        (lambda: fk.fit("log_decay", decay(), assume={"tau": 1}), "assume"),
    ]:
        with pytest.raises(fk.FitkitError, match=text):
            wrong()


def test_bounds_and_start_are_honoured():
    result = fk.fit("hln", film(), bounds={"L_phi": (None, "120 nm")})
    assert result["L_phi"].value == pytest.approx(120) and result["L_phi"].verdict == "limit" and result["L_phi"].error is None
    assert result["alpha"].verdict == "conditional" and "LIMIT" in str(result["L_phi"])
    free, started = fk.fit("hln", film()), fk.fit("hln", film(), start={"L_phi": 60, "alpha": 2})
    assert started["L_phi"].value == pytest.approx(free["L_phi"].value, rel=1e-7)


@pytest.mark.parametrize("method", ["leastsq", "least_squares", "nelder"])
def test_methods_of_lmfit(method):
    default, other = fk.fit("hln", film()), fk.fit("hln", film(), method=method)
    assert other["L_phi"].value == pytest.approx(default["L_phi"].value, rel=1e-6)


def test_joint_fit_shares_alpha():
    data = [film(L, 0.8, seed, temperature=T) for seed, (L, T) in enumerate([(300e-9, 2), (200e-9, 4), (120e-9, 8)])]
    joint, apart = fk.fit("hln", data, share=["alpha"]), fk.fit("hln", data)
    assert len(set(joint["alpha"].values)) == 1 and len(set(apart["alpha"].values)) == 3
    assert joint["alpha"].errors[0] < min(apart["alpha"].errors)
    assert joint["L_phi"].values == pytest.approx([300, 200, 120], rel=0.02)
    assert joint.statistics.free == 7 and len(apart.statistics) == 3


def test_share_by_a_key():
    data = [film(L, alpha, seed, temperature=T, name=f"{sample}{T}").with_meta(sample=sample)
            for seed, (L, alpha, T, sample) in enumerate([(300e-9, 0.7, 2, "A"), (200e-9, 0.7, 4, "A"), (300e-9, 1.1, 2, "B"), (150e-9, 1.1, 4, "B")])]
    result = fk.fit("hln", data, share={"alpha": "sample"})
    values = result["alpha"].values
    assert values[0] == values[1] != values[2] == values[3] and values == pytest.approx([0.7, 0.7, 1.1, 1.1], rel=0.02)


def test_two_identical_files_with_everything_shared():
    one = film(name="a")
    two = [one, film(name="b")]
    single, joint = fk.fit("hln", one), fk.fit("hln", two, share=["alpha", "L_phi", "offset"])
    dof = (2 * 201 - 3) / (201 - 3)
    for name in ("alpha", "L_phi", "offset"):
        assert joint[name].values[0] == pytest.approx(single[name].value, rel=1e-7)
        # sqrt 2 from twice the points, and the noise is estimated with other degrees of freedom
        assert single[name].error / joint[name].errors[0] == pytest.approx(math.sqrt(dof), rel=1e-5)


def test_row_order_changes_nothing_but_time_order():
    data = tape()
    mixed = data.select(np.random.default_rng(5).permutation(len(data)))
    first, second = fk.fit("power_law", data), fk.fit("power_law", mixed)
    for name in ("Ic", "n", "offset", "R"):
        assert second[name].value == pytest.approx(first[name].value, rel=1e-6)
        assert second[name].error == pytest.approx(first[name].error, rel=1e-4)


def test_series_feeds_the_next_fit():
    data = [film(354e-9 * math.sqrt(2 / T), 1.0, seed, temperature=T) for seed, T in enumerate([2.0, 4.0, 8.0, 16.0])]
    first = fk.fit("hln", data, share=["alpha"])
    series = first.series("temperature", "L_phi")
    assert series.covariance["L_phi"].shape == (4, 4)
    assert np.sqrt(np.diag(series.covariance["L_phi"])) == pytest.approx(series["L_phi_err"])
    second = fk.fit("coherence_length_power", series)
    assert abs(second["p"].value - 1) < 4 * second["p"].error and second.statistics.errors == "given"
    barrier = fk.fit("log_decay", [decay(S=T / (1200 - 25 * T), temperature=f"{T} K", seed=T, noise=1e-3, name=f"{T} K") for T in (5, 10, 15, 20, 25)])
    stage = fk.fit("pinning_energy", barrier.series("temperature", "U_star"))
    assert abs(stage["U0_K"].value - 1200) < 4 * stage["U0_K"].error and abs(stage["m"].value + 25) < 4 * stage["m"].error


def test_series_leaves_out_what_is_not_determined():
    poor = film(60e-9, reach=0.004, seed=3, temperature=20, noise=1e-7)
    result = fk.fit("hln", [film(200e-9, temperature=4), film(150e-9, temperature=8), poor])
    series = result.series("temperature", "L_phi")
    assert len(series) == 2 and "film 20 K left out" in series.notes[0].text


# -- honest errors ------------------------------------------------------------------------------------------------------

def test_given_errors_are_absolute():
    data = film()
    for factor in (1.0, 3.0):
        known = data.with_columns({"delta_conductance_err": np.full(len(data), factor * 2e-8)})
        result = fk.fit("hln", known)
        assert result.statistics.errors == "given"
        if factor == 1.0:
            first = result["L_phi"].error
        else:
            assert result["L_phi"].error == pytest.approx(3 * first, rel=1e-6)
            assert "reduced chi^2" in result.statistics.remarks[0] and "too large" in result.statistics.remarks[0]


def test_mixed_and_zero_errors_are_refused():
    data = film(name="a")
    given = film(name="b").with_columns({"delta_conductance_err": np.full(201, 1e-8)})
    with pytest.raises(fk.FitkitError, match="given for some datasets"):
        fk.fit("hln", [data, given])
    holes = np.full(201, 1e-8)
    holes[[3, 7]] = 0
    with pytest.raises(fk.FitkitError, match="rows 3, 7"):
        fk.fit("hln", data.with_columns({"delta_conductance_err": holes}))
    assert fk.fit("hln", given, errors="scatter").statistics.errors == "estimated"


@pytest.mark.parametrize("make, law, truth", [
    (lambda seed: film(seed=seed, points=81), "hln", {"L_phi": 150.0, "alpha": 1.0, "B_phi": 7.3134}),
    (lambda seed: decay(seed=seed), "log_decay", {"S": 0.02, "U_star": 43.0867}),
    (lambda seed: tape(seed=seed, points=120), "power_law", {"Ic": 100.0, "n": 30.0}),
])
def test_pulls(make, law, truth):
    """300 data sets: the mean pull is known to 0.06, its width to 0.04."""
    found = {name: [] for name in truth}
    for seed in range(300):
        result = fk.fit(law, make(seed))
        for name, value in truth.items():
            found[name].append((result[name].value - value) / result[name].error)
    for name, pulls in found.items():
        assert abs(np.mean(pulls)) < 0.25, f"{name}: mean pull {np.mean(pulls):.2f}"
        assert 0.85 < np.std(pulls) < 1.15, f"{name}: width {np.std(pulls):.2f}"


def test_correlated_noise_is_seen_and_corrected():
    rng, covered, total = np.random.default_rng(11), 0, 0
    naive = []
    for _ in range(120):
        white = rng.normal(size=400)
        noise = np.empty(400)
        noise[0] = white[0]
        for i in range(1, 400):
            noise[i] = 0.9 * noise[i - 1] + math.sqrt(1 - 0.81) * white[i]
        data = tape(points=400, noise=0.0, top=1.08)
        data = data.with_columns({"voltage": data["voltage"] + 0.1e-6 * noise})
        result = fk.fit("power_law", data)
        assert result.statistics.corrected and "residuals correlated" in result.statistics.remarks[0]
        low, high = result["Ic"].interval(0.95)
        covered, total = covered + (low < 100 < high), total + 1
        naive.append(result["Ic"].error)
    assert covered / total > 0.87
    assert result.fits[0].autocorrelation == pytest.approx(0.9, abs=0.07)


# -- verdicts -----------------------------------------------------------------------------------------------------------

def test_no_signal():
    rng = np.random.default_rng(2)
    field = np.linspace(-0.3, 0.3, 200)
    flat = fk.dataset(field=(field, "T"), delta_conductance=(rng.normal(0, 1e-7, 200), "S"))
    result = fk.fit("hln", flat)
    assert result["alpha"].verdict == result["L_phi"].verdict == "not determined" and "no signal" in str(result)
    assert not result.determined and "NOT DETERMINED" in str(result["L_phi"])
    still = fk.fit("log_decay", decay(S=0.0))
    assert still["S"].verdict == "not determined" and still["U_star"].verdict == "not determined"
    down = fk.fit("power_law", fk.dataset(current=(np.linspace(0, 10, 50), "A"), voltage=(rng.normal(0, 1, 50), "uV"), tap_distance="1 cm"))
    assert down["Ic"].verdict == "not determined"


def test_short_field_range_is_said():
    """Below about 2 B_phi only alpha L_phi^4 is measured."""
    result = fk.fit("hln", film(150e-9, reach=0.006, noise=2e-8, points=101))
    assert result["L_phi"].verdict == "not determined" and "alpha L_phi^4" in result["L_phi"].reason
    fixed = fk.fit("hln", film(150e-9, reach=0.006, noise=2e-8, points=101), fix={"alpha": 1})
    assert fixed["L_phi"].verdict == "ok" and fixed["L_phi"].value == pytest.approx(150, rel=0.05)


def test_wrong_unit_is_guessed_at():
    data = film()
    wrong = fk.dataset(field=(data["field"], "T"), delta_conductance=(data["delta_conductance"] / 3.874e-5, "S"))
    result = fk.fit("hln", wrong)
    assert result["alpha"].verdict == "not determined" and "were the" not in result["alpha"].reason and "e^2/h" in result["alpha"].reason


def test_nonsense_alpha_is_said():
    result = fk.fit("hln", film(alpha=6.0))
    assert result["alpha"].verdict == "not determined" and "no single channel" in result["alpha"].reason


def test_criterion_not_reached():
    result = fk.fit("power_law", tape(top=0.94, noise=5e-9))
    assert result["Ic"].verdict == "not determined" and "extrapolation" in result["Ic"].reason


def test_zero_crossing_refuses_S():
    result = fk.fit("log_decay", decay(1e-6, 0.5, noise=1e-3))
    assert result["S"].verdict == "not determined" and "crosses zero" in result["S"].reason
    assert result["dM_dlnt"].value < 0


def test_window_dependence_is_said():
    time = np.geomspace(10, 1e4, 200)
    bent = 1e-6 * np.exp(-((time / 1e3) ** 0.3))
    rng = np.random.default_rng(3)
    data = fk.dataset(time=(time, "s"), moment=(bent + rng.normal(0, 1e-9, 200), "A m2"), temperature="10 K")
    assert any("depends on the window" in text for text in fk.fit("log_decay", data).fits[0].cautions)
    assert not any("depends on the window" in text for seed in range(40) for text in fk.fit("log_decay", decay(seed=seed)).fits[0].cautions)


def test_degenerate_parameters():
    """R and offset cannot be told apart from a law column that is the same."""
    current = np.linspace(1, 10, 50)
    rng = np.random.default_rng(1)
    data = fk.dataset(current=(current, "A"), voltage=(3 * current + rng.normal(0, 0.1, 50), "uV"), tap_distance="1 cm")
    result = fk.fit("power_law", data)
    assert result["Ic"].verdict != "ok"


# -- data that are no data ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("columns, text", [
    ({"time": ([1.0], "s"), "moment": ([1.0], "emu")}, "1 point"),
    ({"time": ([1, 2, 3.0], "s"), "moment": ([2, 2, 2.0], "emu")}, "are equal"),
    ({"time": ([1, 2, np.nan], "s"), "moment": ([1, 2, 3.0], "emu")}, "no finite number in 'time'"),
    ({"time": ([1, 2, 3.0], "s"), "moment": ([1, np.inf, 3.0], "emu")}, "drop_nonfinite"),
    ({"time": ([1, 1, 2, 3.0], "s"), "moment": ([1, 2, 3, 4.0], "emu")}, "repeat the time"),
    ({"time": ([0, 1, 2, 3.0], "s"), "moment": ([1, 2, 3, 4.0], "emu")}, "time <= 0"),
    ({"time": ([1.7e9, 1.7e9 + 1, 1.7e9 + 2], "s"), "moment": ([1, 2, 3.0], "emu")}, "absolute clock"),
    ({"time": ([2, 2, 2.0], "s"), "moment": ([1, 2, 3.0], "emu")}, "'time' are equal"),
    ({"time": ([1, 2.0], "s"), "moment": ([1, 2.0], "emu")}, "2 points for 2 free"),
])
def test_unusable_data(columns, text):
    with pytest.raises(fk.FitkitError, match=text):
        fk.fit("log_decay", fk.dataset(temperature="4 K", **columns))


def test_a_list_keeps_the_place_of_what_failed():
    result = fk.fit("log_decay", [decay(name="good"), fk.dataset(time=([1.0], "s"), moment=([1.0], "emu"), name="bad")])
    assert result.fits[1].failed and not result.determined
    assert "failed" in result.table() and math.isnan(result["S"].values[1]) and result["S"][0].verdict == "ok"


@pytest.mark.parametrize("size", [1e-15, 1.0, 1e15])
def test_size_of_numbers_does_not_matter(size):
    data = decay(noise=1e-3)
    scaled = data.with_columns({"moment": data["moment"] * size})
    assert fk.fit("log_decay", scaled)["S"].value == pytest.approx(fk.fit("log_decay", data)["S"].value, rel=1e-9)


def test_a_law_of_the_user():
    """Ten lines: function, table, and everything else works."""
    def arrhenius(temperature, rate, barrier):
        return rate * np.exp(-barrier / (k_B * temperature))

    law = fk.Model(name="arrhenius", function=arrhenius, x=fk.Column("temperature", "K"), y=fk.Column("rate", "1/s"),
                   params=(fk.Param("rate", "1/s", linear=True), fk.Param("barrier", "meV", positive=True, scan=lambda T: np.geomspace(0.1, 100, 40) * k_B * T.mean())))
    T = np.linspace(5, 20, 30)
    rng = np.random.default_rng(0)
    y = arrhenius(T, 1e3, 5e-3 * 1.602176634e-19) * (1 + 0.01 * rng.normal(size=30))
    result = fk.fit(law, fk.dataset(temperature=(T, "K"), rate=(y, "1/s")))
    assert abs(result["barrier"].value - 5) < 5 * result["barrier"].error and result["barrier"].verdict == "ok"


def test_to_lmfit():
    """Hints, a guess by the global start, derived quantities with lmfit's own errors; a background is a model to be added."""
    import lmfit

    data = film()
    model = HLN.to_lmfit(diffusivity=1e-3) + lmfit.models.ConstantModel()
    y = data["delta_conductance"] * 1e6
    law = HLN.to_lmfit(diffusivity=1e-3)
    guessed = law.guess(data["delta_conductance"], field=data["field"])
    assert guessed["L_phi"].value == pytest.approx(150e-9, rel=0.2) and guessed["L_phi"].min == 0
    scaled = lmfit.Model(lambda field, alpha, L_phi, offset: 1e6 * HLN.function(field, alpha, L_phi) + offset)
    assert scaled.fit(y, alpha=1, L_phi=2e-7, offset=0, field=data["field"], method="nelder").best_values["L_phi"] == pytest.approx(150e-9, rel=0.1)
    params = model.make_params(**{name: one.value for name, one in guessed.items() if not one.expr}, c=1e-7)
    fitted = law.fit(data["delta_conductance"] - 1e-7, guessed, field=data["field"], method="nelder")
    assert fitted.params["tau_phi"].value == pytest.approx(fitted.params["L_phi"].value ** 2 / 1e-3, rel=1e-12)
    assert fitted.params["B_phi"].value == pytest.approx(7.3e-3, rel=0.2) and params["L_phi"].value == guessed["L_phi"].value
    decay_law = fk.get_model("interpolation_decay").to_lmfit(t_r=100.0, temperature=10.0)
    run = decay(noise=1e-4)
    found = decay_law.guess(run["moment"], time=run["time"])
    assert found["U_star"].value > 0 and "U0" in found and not found["t_shift"].vary
    with pytest.raises(fk.FitkitError, match="tap_distance"):
        POWER.to_lmfit()
    with pytest.raises(fk.FitkitError, match="guess wants field="):
        law.guess(y)


def test_posterior_sampling():
    """The how-to of the README: emcee through lmfit agrees with the errors of the fit."""
    data = film(points=61, reach=0.2)
    y = data["delta_conductance"] - 1e-7
    result = fk.fit("hln", data, fix={"offset": "1e-7 S"})
    law = HLN.to_lmfit()
    chain = law.fit(y, law.guess(y, field=data["field"]), field=data["field"], weights=1 / 2e-8, method="emcee",
                    fit_kws={"steps": 600, "burn": 200, "thin": 5, "nwalkers": 24, "seed": 1, "progress": False})
    for name, unit in (("alpha", 1.0), ("L_phi", 1e-9)):
        assert chain.params[name].value == pytest.approx(result[name].value * unit, abs=2 * result[name].error * unit)
        assert chain.params[name].stderr == pytest.approx(result[name].error * unit, rel=0.4)


def test_saved_and_read_back(tmp_path):
    result = fk.fit("hln", [film(temperature=2, name="a"), film(200e-9, temperature=4, name="b")], share=["alpha"])
    folder = result.save(tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == {"report.html", "parameters.csv", "result.json", "figure.pdf"}
    text = (folder / "result.json").read_text(encoding="utf-8")
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no strict JSON"))
    back = fk.read_result(folder)
    assert back.table() == result.table() and back.to_json() == result.to_json() and str(back["L_phi"]) == str(result["L_phi"])
    with pytest.raises(fk.FitkitError, match="already holds"):
        result.save(tmp_path / "out")
    result.save(tmp_path / "out", overwrite=True)
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    for wrong, words in [("no.json", "No such file"), ("other.json", "no result of fitkit")]:
        with pytest.raises(fk.FitkitError, match=words):
            fk.read_result(tmp_path / wrong)
    assert "L_phi (nm)" in (folder / "parameters.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "https://" not in (folder / "report.html").read_text(encoding="utf-8").replace("http://www.w3.org", "")


def test_a_column_that_a_step_made_is_the_one_fitted():
    moment = decay(volume="2 mm3")
    made = fk.fit("log_decay", fk.magnetization(moment))
    assert made["M_r"].unit == "A/m" and made["M_r"].si == pytest.approx(fk.fit("log_decay", moment)["M_r"].si / 2e-9)
    field = fk.fit("power_law", fk.electric_field(tape()))
    assert field["offset"].unit == "uV/cm" and field["Ic"].value == pytest.approx(fk.fit("power_law", tape())["Ic"].value, rel=1e-6)


def test_one_sided_bounds_of_a_falling_form():
    """B_phi falls with L_phi: its lower edge is the upper edge of L_phi."""
    for edges, limit in [((1, None), ""), ((None, 10), ""), ((5, 9), ""), ((10, None), "<"), ((None, 1), ">")]:
        assert fk.fit("hln", film(), bounds={"B_phi": edges})["B_phi"].limit == limit


@pytest.mark.parametrize("make", [
    lambda: decay(temperature="-4 K"), lambda: film().with_meta(diffusivity="0 cm2/s"), lambda: film().with_meta(width="-2 mm"),
    lambda: fk.fit("hln", film(), fix={"L_phi": -5}), lambda: fk.fit("hln", film(), start={"L_phi": float("nan")}),
])
def test_sizes_are_positive(make):
    with pytest.raises(fk.FitkitError, match="above 0|finite number"):
        make()


def test_an_acquisition_has_no_pinning_energy():
    result = fk.fit("log_decay", decay(1e-6, -0.03))
    assert result["S"].value == pytest.approx(-0.03, rel=0.05)
    with pytest.raises(fk.FitkitError, match="the moment grows"):
        result["U_star"]


def test_exchanged_leads_and_a_runaway_row():
    data = tape()
    assert "exchanged leads" in fk.fit("power_law", data.with_columns({"voltage": -data["voltage"]}))["Ic"].reason
    voltage = data["voltage"].copy()
    voltage[-1] += 1e-4
    away = fk.fit("power_law", data.with_columns({"voltage": voltage}))
    assert away["Ic"].verdict == away["n"].verdict == "not determined" and "runaway" in away["n"].reason
