"""Bootstrap and profile likelihood: honest errors, open intervals, refusals."""

import math
import pickle

import numpy as np
import pytest

import fitkit as fk
from fitkit.fitting.profile import _newton, profiles
from fitkit.fitting.rebound import rebind
from fitkit.fitting.tracer import Tracer
from fitkit.fitting.uncertainty import autocorrelation

HLN, POWER = fk.get_model("hln"), fk.get_model("power_law")


def film(L_phi=150e-9, alpha=1.0, seed=0, noise=1e-7, points=100, reach=0.3, errors=False, **meta):
    rng = np.random.default_rng(seed)
    field = np.linspace(-reach, reach, points)
    y = HLN.function(field, alpha, L_phi) + 1e-7 + rng.normal(0, noise, points)
    more = {"delta_conductance_err": (np.full(points, noise), "S")} if errors else {}
    return fk.dataset(field=(field, "T"), delta_conductance=(y, "S"), temperature="4.2 K", name="film", **more, **meta)


def slow_noise(rng, points, rho):
    """Stationary AR(1) noise of standard deviation 1."""
    fresh, result = rng.normal(size=points), np.empty(points)
    result[0] = fresh[0]
    for index in range(1, points):
        result[index] = rho * result[index - 1] + math.sqrt(1 - rho**2) * fresh[index]
    return result


def tape(seed=0, noise=0.1e-6, points=120):
    rng = np.random.default_rng(seed)
    current = np.linspace(-2, 105, points)
    y = POWER.function(current, 100.0, 30.0, 0.01, 1e-4) + 3e-7 + 2e-9 * current + rng.normal(0, noise, points)
    return fk.dataset(current=(current, "A"), voltage=(y * 1e6, "uV"), tap_distance="1 cm", name="tape")


def decay(seed=0, noise=2e-3, points=60, **meta):
    rng = np.random.default_rng(seed)
    time = np.geomspace(30.0, 1e4, points)
    y = 1e-6 * (1 - 0.02 * np.log(time / math.sqrt(3e5))) + 1e-6 * noise * rng.normal(size=points)
    return fk.dataset(time=(time, "s"), moment=(y, "A m2"), temperature="10 K", name="decay", **meta)


# -- bootstrap ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, data, options", [("hln", film(), {}), ("hln", film(errors=True), {}), ("power_law", tape(), {}), ("log_decay", decay(), {}),
                                                 ("hln", film(), {"fix": {"alpha": 1}}), ("hln", film(), {"background": ["offset", "quadratic"]})],
                         ids=["hln", "hln given errors", "power_law", "log_decay", "hln alpha fixed", "hln quadratic"])
def test_white_noise_gives_the_errors_of_the_fit(name, data, options):
    """2000 curves know a standard deviation to 1.6 %."""
    result = fk.fit(name, data, **options)
    assert result.fits[0].statistics.corrected is False
    found = fk.bootstrap(result, 2000, seed=1)
    assert found.kind == ("parametric" if "delta_conductance_err" in data else "residual") and found.block == 1 and found.failed == 0
    for quantity in found.names:
        one = result[quantity]
        # residuals of a hundred points scatter by themselves: their leverage is not even
        assert found.error(quantity) == pytest.approx(one.error, rel=0.06), quantity
        assert abs(np.mean(found.values(quantity)) - one.value) < 0.2 * one.error
        low, high = found.interval(quantity)
        assert (high - low) / 2 == pytest.approx(1.96 * one.error, rel=0.1)
    assert not {key for key, value in result.parameters.items() if value.verdict == "fixed"} & set(found.names)


def test_derived_quantities_and_errors_of_metadata():
    result = fk.fit("log_decay", decay(noise=1e-4).with_meta(temperature=fk.Measured(10, 0.5, "K")))
    found = fk.bootstrap(result, 2000)
    assert found.error("U_star") == pytest.approx(result["U_star"].error, rel=0.06) and result["U_star"].error > 0.04 * result["U_star"].value
    assert np.corrcoef(found.values("U_star"), found.values("U0"))[0, 1] > 0.99  # one temperature for both
    assert "tau_phi" not in fk.bootstrap(fk.fit("hln", film()), 50).names
    assert fk.bootstrap(fk.fit("hln", film(diffusivity="10 cm2/s")), 50).values("tau_phi").shape == (50,)


def test_the_table_and_the_seed():
    result = fk.fit("hln", film())
    found = fk.bootstrap(result, 200, seed=3)
    text = repr(found)
    assert "L_phi" in text and "bootstrap error" in text and "200 resampled curves" in text and text.isascii()
    assert np.array_equal(found.values("L_phi"), fk.bootstrap(result, 200, seed=3).values("L_phi"))
    assert not np.array_equal(found.values("L_phi"), fk.bootstrap(result, 200, seed=4).values("L_phi"))
    with pytest.raises(fk.FitkitError, match="not 'Lphi'"):
        found.values("Lphi")


def test_blocks_keep_the_memory_of_the_noise():
    """AR(1) 0.9, 400 points, 150 data sets: the 95 % interval of the blocks covers 85 % and more (measured over 400: 91 %)."""
    rng = np.random.default_rng(11)
    field, hits, kinds = np.linspace(-0.3, 0.3, 400), {"alpha": 0, "L_phi": 0, "offset": 0}, set()
    true = {"alpha": 1.0, "L_phi": 150.0, "offset": 1e-7}
    for seed in range(150):
        y = HLN.function(field, 1.0, 150e-9) + 1e-7 + 1e-7 * slow_noise(rng, 400, 0.9)
        found = fk.bootstrap(fk.fit("hln", fk.dataset(field=(field, "T"), delta_conductance=(y, "S"))), 300, seed=seed)
        kinds.add(found.kind)
        for name in hits:
            low, high = found.interval(name)
            hits[name] += low <= true[name] <= high
    assert kinds == {"block"} and 20 <= found.block <= 80
    assert min(hits.values()) >= 0.85 * 150, hits


def test_blocks_stay_inside_a_sweep_and_agree_with_the_corrected_errors():
    rng = np.random.default_rng(5)
    field = np.tile(np.linspace(-0.3, 0.3, 300), 2)
    noise = np.concatenate([slow_noise(rng, 300, 0.85), slow_noise(rng, 300, 0.85)])
    data = fk.dataset(field=(field, "T"), delta_conductance=(HLN.function(field, 1.0, 150e-9) + 1e-7 * noise, "S"), direction=(np.repeat([1.0, -1.0], 300), ""))
    result = fk.fit("hln", data)
    assert result.statistics.corrected
    found = fk.bootstrap(result, 500)
    for name in ("alpha", "L_phi", "offset"):
        assert found.error(name) == pytest.approx(result[name].error, rel=0.35)
    white = fk.bootstrap(result, 500, kind="residual")
    assert white.error("L_phi") < 0.6 * found.error("L_phi")


def test_what_a_bootstrap_refuses():
    joint = fk.fit("hln", [film(), _other()], share=["alpha"])
    for call in (lambda: fk.bootstrap(joint), lambda: fk.profile(joint, "L_phi")):
        with pytest.raises(fk.FitkitError, match="fitted together"):
            call()
    series = fk.fit("hln", [film(), _other()])
    with pytest.raises(fk.FitkitError, match="name one with dataset="):
        fk.bootstrap(series)
    assert fk.bootstrap(series, 50, dataset="other").name == "other"
    assert fk.profile(series, "L_phi", dataset="other").low is not None
    with pytest.raises(fk.FitkitError, match="no dataset 'x'"):
        fk.bootstrap(series, dataset="x")
    single = fk.fit("hln", film())
    for arguments, text in (({"kind": "jackknife"}, "one of auto"), ({"kind": "parametric"}, "wants given errors"), ({"n": 1}, "n=1")):
        with pytest.raises(fk.FitkitError, match=text):
            fk.bootstrap(single, **arguments)
    with pytest.raises(fk.FitkitError, match="all parameters of film are fixed"):
        fk.bootstrap(fk.fit("hln", film(), fix={"alpha": 1, "L_phi": 150, "offset": 0}))


def _other():
    field = np.linspace(-0.3, 0.3, 90)
    y = HLN.function(field, 1.0, 200e-9) + np.random.default_rng(8).normal(0, 1e-7, 90)
    return fk.dataset(field=(field, "T"), delta_conductance=(y, "S"), name="other")


def line(x, a, b):
    return a + b * x


LINE = fk.Model(name="my_line", function=line, x=fk.Column("current", "A"), y=fk.Column("voltage", "V"), signal=(0, 1),
                params=(fk.Param("a", unit="y", linear=True), fk.Param("b", unit="y/x", linear=True)))


def line_data(errors=True, seed=0):
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, 30)
    more = {"voltage_err": (np.full(30, 0.1), "V")} if errors else {}
    return fk.dataset(current=(x, "A"), voltage=(1 + 2 * x + rng.normal(0, 0.1, 30), "V"), name="line", **more)


def test_your_own_law():
    result = fk.fit(LINE, line_data())
    with pytest.raises(fk.FitkitError, match="not in the catalogue; give it: fk.bootstrap"):
        fk.bootstrap(result)
    assert fk.bootstrap(result, 2000, model=LINE).error("b") == pytest.approx(result["b"].error, rel=0.05)
    with pytest.raises(fk.FitkitError, match="the result is of the law 'my_line'"):
        fk.profile(result, "b", model=HLN)


def test_a_result_read_back_from_json_can_be_resampled(tmp_path):
    result = fk.fit("hln", film(), fix={"offset": fk.Measured(1e-7, 1e-8, "S")}, bounds={"L_phi": (10, "2 um")}, background=["offset", "quadratic"])
    path = tmp_path / "result.json"
    path.write_text(result.to_json(), encoding="utf-8")
    again = fk.read_result(path)
    assert np.allclose(fk.bootstrap(again, 50).values("L_phi"), fk.bootstrap(result, 50).values("L_phi"), rtol=1e-9)
    assert fk.profile(again, "L_phi").text == fk.profile(result, "L_phi").text


# -- profile --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("errors", [True, False])
def test_a_linear_law_has_the_interval_of_the_fit(errors):
    result = fk.fit(LINE, line_data(errors))
    for name in ("a", "b"):
        for level in (0.68, 0.95):
            one = fk.profile(result, name, level, model=LINE)
            assert (one.low.value, one.high.value) == pytest.approx(result[name].interval(level), rel=1e-6)
            assert one.low.unit == result[name].unit


def test_correlated_residuals_widen_the_profile_as_the_errors():
    x, rng = np.linspace(0, 1, 300), np.random.default_rng(3)
    result = fk.fit(LINE, fk.dataset(current=(x, "A"), voltage=(1 + 2 * x + 0.1 * slow_noise(rng, 300, 0.8), "V"), name="line"))
    assert result.statistics.corrected
    one = fk.profile(result, "b", model=LINE)
    assert (one.low.value, one.high.value) == pytest.approx(result["b"].interval(0.95), rel=1e-5)


@pytest.mark.parametrize("L_phi, noise", [(150e-9, 1e-7), (60e-9, 1e-6)])
def test_coverage_of_profile_intervals(L_phi, noise):
    """300 data sets; 95 % covers 95 +- 1.3 %. The second case is so noisy that the errors of the fit cover 88 % (alpha)."""
    true = {"alpha": 1.0, "L_phi": L_phi, "offset": 1e-7}
    hits = dict.fromkeys(true, 0)
    for seed in range(300 if noise < 5e-7 else 100):
        for name, one in profiles(fk.fit("hln", film(L_phi, seed=seed, noise=noise, points=60))).items():
            hits[name] += (one.low is None or one.low.si <= true[name]) and (one.high is None or one.high.si >= true[name])
    for name, count in hits.items():
        assert count >= (0.95 - 3 * math.sqrt(0.95 * 0.05 / (seed + 1))) * (seed + 1), (name, count)


@pytest.mark.parametrize("name, data", [("hln", film(noise=6e-7)), ("power_law", tape(noise=1e-6)), ("log_decay", decay(noise=0.02))])
def test_both_ways_find_the_same_ends(name, data):
    """Newton's method on the ends, and the walk with the others solved anew at each place."""
    bound = rebind(fk.fit(name, data), None, None, "profile")
    tracers = [Tracer(bound, bound.curve.names[index], 0.95) for index in bound.free]
    for tracer, quick in zip(tracers, _newton(bound, tracers)):
        slow = tracer.walk()
        assert quick is not None and slow[2] == ""
        width = quick[1] - quick[0]
        assert abs(quick[0] - slow[0]) < 1e-4 * width and abs(quick[1] - slow[1]) < 1e-4 * width, tracer.name
    one = fk.profile(fk.fit(name, data), tracers[1].name)
    values, excess = one.curve(21)
    assert np.all(np.diff(values) > 0) and values[0] < one.low.value < one.high.value < values[-1]
    assert np.interp(one.high.value, values, excess) == pytest.approx(tracers[1].quantile**2, rel=0.1)


def test_an_undetermined_length_is_open():
    """L_phi so long that the noise hides where the cusp rounds off: a lower limit; so short that nothing is seen: an upper one."""
    long = fk.profile(fk.fit("hln", film(1e-6, noise=5e-6)), "L_phi")
    assert long.high is None and long.low.unit == "nm" and 100 < long.low.value < 3000
    assert long.text.startswith("L_phi > ") and long.text.endswith("nm (95 %), open above") and "bound" in long.reason
    assert fk.profile(fk.fit("hln", film(1e-6, noise=5e-6)), "B_phi").low is None  # B_phi falls with L_phi
    short = fk.profile(fk.fit("hln", film(20e-9, noise=3e-6), fix={"alpha": 1}), "L_phi")
    assert short.low is None and short.high.value > 20 and short.text.startswith("L_phi < ") and short.text.endswith("open below")
    nothing = fk.profile(fk.fit("hln", film(5e-9, noise=3e-6)), "L_phi")
    assert nothing.low is None and nothing.high is None and "do not limit it" in nothing.text
    values, excess = nothing.curve(9)
    assert len(values) == len(excess) and np.all(np.isfinite(excess))


def test_derived_quantities_that_follow_one_parameter():
    result = fk.fit("hln", film(diffusivity="10 cm2/s"))
    L, B, tau = (fk.profile(result, name) for name in ("L_phi", "B_phi", "tau_phi"))
    factor = result["B_phi"].value * result["L_phi"].value ** 2
    assert B.low.value == pytest.approx(factor / L.high.value**2, rel=1e-9) and B.high.value == pytest.approx(factor / L.low.value**2, rel=1e-9)
    assert tau.low.value < result["tau_phi"].value < tau.high.value and tau.low.unit == "ps"
    energy = fk.profile(fk.fit("log_decay", decay()), "U_star")
    assert energy.low.value < energy.value.value < energy.high.value
    for name, text in (("decrement", "depends on M_r, S"), ("t_shift", "is fixed"), ("nothing", "not 'nothing'"), ("S_0", "needs M0")):
        with pytest.raises(fk.FitkitError, match=text):
            fk.profile(fk.fit("log_decay", decay()), name)
    with pytest.raises(fk.FitkitError, match="level=95"):
        fk.profile(result, "L_phi", 95)


def test_bounds_of_the_caller_open_the_interval():
    result = fk.fit("hln", film(noise=5e-7), bounds={"L_phi": (100, 151)})
    one = fk.profile(result, "L_phi")
    assert one.high is None and 100 < one.low.value < 151 and "the bound 151 nm" in one.reason


def test_both_survive_pickling():
    result = fk.fit("hln", film())
    found, one = (pickle.loads(pickle.dumps(made)) for made in (fk.bootstrap(result, 20), fk.profile(result, "L_phi")))
    assert found.error("L_phi") > 0 and one.text == fk.profile(result, "L_phi").text
    with pytest.raises(fk.FitkitError, match="fk.profile\\(result, 'L_phi'\\) again"):
        one.curve()


def test_measured_autocorrelation_sets_the_kind():
    result = fk.fit("hln", film(points=200))
    rest = result.fits[0].residuals
    assert not autocorrelation(rest, (np.arange(200),), 3).significant and fk.bootstrap(result, 20).kind == "residual"
    assert fk.bootstrap(result, 20, kind="block").block >= 1


def test_the_verdict_stays_beside_the_number():
    """Where the data do not hold a parameter, the bootstrap says so too."""
    result = fk.fit("hln", film(1e-6, noise=5e-6))
    assert result["L_phi"].verdict == "not determined"
    text = repr(fk.bootstrap(result, 100))
    assert "NOT DETERMINED" in text and "L_phi reaches the end of its range in" in text and "fk.profile" in text


def test_points_with_a_covariance_are_resampled_with_it():
    """The second stage of a joint fit: L_phi(T) with the covariance that the shared alpha brings."""
    runs = [fk.dataset(field=(np.linspace(-0.3, 0.3, 80), "T"), temperature=f"{T} K", name=f"{T} K", delta_conductance=(
        HLN.function(np.linspace(-0.3, 0.3, 80), 1.0, 400e-9 / math.sqrt(T)) + np.random.default_rng(T).normal(0, 4e-7, 80), "S")) for T in (2, 3, 5, 8, 12)]
    second = fk.fit("coherence_length_power", fk.fit("hln", runs, share=["alpha"]).series("temperature", "L_phi"))
    found = fk.bootstrap(second, 2000)
    assert found.kind == "parametric" and found.error("p") == pytest.approx(second["p"].error, rel=0.08)
    assert found.error("L_r") == pytest.approx(second["L_r"].error, rel=0.08)
    one = fk.profile(second, "p")
    assert one.low.value < second["p"].value < one.high.value and (one.high.value - one.low.value) / 2 == pytest.approx(1.96 * second["p"].error, rel=0.05)
