"""The power law of V(I): simulated ramps of a tape, the table of biased and unbiased ways to fit, and what is said of data that cannot tell."""

import math

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import k_B
from fitkit.simulate.voltage_current import ramp_of_tape, tape_segments


def simulated(rng, low, high, correlation=0.0, sizes=(60, 200, 1000, 5000, 20_000)):
    """A ramp with offset, drift and 20 nV that stops at ``low`` to ``high`` times 1 uV; with its true Ic [A] and n = U/k_B T."""
    n, Ic = math.exp(rng.uniform(math.log(4), math.log(80))), math.exp(rng.uniform(0, math.log(200)))
    level = math.exp(rng.uniform(math.log(low), math.log(high)))
    tape = tape_segments(Ic, n * k_B * 77, 77.0, nodes=1)
    time, current, voltage = ramp_of_tape(tape, rng, top=Ic * level ** (1 / n), points=int(rng.choice(sizes)), offset=rng.normal(0, 2e-6),
                                          drift=rng.normal(0, 1e-8), correlation=correlation)
    return fk.dataset(time=(time, "s"), current=(current, "A"), voltage=(voltage, "V"), tap_distance="1 cm"), Ic, n


def pulls(seed, count, *arguments, **keywords):
    """(value - truth)/error of Ic and n where both are determined, and the part of the curves where they are."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(count):
        data, Ic, n = simulated(rng, *arguments, **keywords)
        result = fk.fit("power_law", data, background=["offset", "drift"])
        if result["Ic"].verdict == result["n"].verdict == "ok":
            found.append([(result["Ic"].value - Ic) / result["Ic"].error, (result["n"].value - n) / result["n"].error])
    return np.array(found), len(found) / count


def test_ramps_beyond_the_criterion():
    values, determined = pulls(1, 60, 1, 100, sizes=(60, 200, 1000))
    assert determined >= 0.9
    assert np.all(np.abs(values.std(axis=0) - 1) < 0.3) and np.all(np.abs(values.mean(axis=0)) < 0.4)  # three errors of 60 draws


@pytest.mark.slow
def test_ramps_beyond_the_criterion_have_honest_errors():
    """Stopped at 1 to 100 times the criterion, 60 to 20,000 points: determined, pulls of width 1, no bias."""
    values, determined = pulls(2, 1200, 1, 100)
    assert determined >= 0.9
    assert np.all(np.abs(values.std(axis=0) - 1) < 0.1)
    assert abs(values[:, 0].mean()) < 0.1 and abs(values[:, 1].mean()) < 0.2


@pytest.mark.slow
def test_ramps_below_the_criterion_are_determined_or_say_that_they_are_not():
    values, determined = pulls(3, 400, 0.1, 1)
    assert 0.2 < determined < 0.9
    assert np.mean(np.abs(values) < 1.96) >= 0.9 and np.all(np.abs(values.mean(axis=0)) < 0.2)


@pytest.mark.slow
@pytest.mark.parametrize("correlation", (0.3, 0.6, 0.9))
@pytest.mark.parametrize("points", (200, 1000, 5000))
def test_correlated_noise_is_covered(correlation, points):
    """AR(1) noise: the 95 % intervals hold the truth at least 90 times in 100."""
    values, determined = pulls(points, 300, 1, 100, correlation=correlation, sizes=(points,))
    assert determined >= 0.9 and np.all(np.mean(np.abs(values) < 1.96, axis=0) >= 0.9)


TRIALS = 1500


def strip(offset=0.0):
    """Ic = 100 A, n = 30 at 1 uV; noise 0.1 uV, 85 to 104 A, 60 points."""
    current = np.linspace(85, 104, 60)
    return current, 1e-6 * (current / 100) ** 30 + offset + np.random.default_rng(30).normal(0, 1e-7, (TRIALS, 60))


@pytest.mark.parametrize("background, offset, Ic, Ic_spread, n, n_spread", [
    ([], 0.0, 100.00, 0.08, 30.0, 0.8), (["offset"], 0.0, 100.00, 0.13, 30.0, 1.1), (["offset"], 1e-7, 100.00, 0.13, 30.0, 1.1), ([], 1e-7, 99.50, 0.08, 26.7, 0.7)])
def test_every_point_in_linear_space(background, offset, Ic, Ic_spread, n, n_spread):
    """Unbiased with the offset as a column; an offset of a tenth of the criterion left out costs a tenth of n."""
    current, voltage = strip(offset)
    found = fk.fit_many("power_law", current, voltage, background=background, meta={"tap_distance": "1 cm"}, correlation=False, threads=1)
    for name, value, spread, last_digit in (("Ic", Ic, Ic_spread, 0.005), ("n", n, n_spread, 0.05)):
        assert found.values[name].mean() == pytest.approx(value, abs=last_digit + 4 * spread / math.sqrt(TRIALS))
        assert found.values[name].std() == pytest.approx(spread, rel=0.12)


@pytest.mark.parametrize("least, weighted, Ic, n", [(0.0, False, 100.47, 23.2), (1.0, False, 100.20, 19.8), (3.0, False, 99.86, 26.6), (1.0, True, 99.67, 26.8)])
def test_lines_through_ln_V_are_biased(least, weighted, Ic, n):
    """Straight lines through ln V of the points above some multiples of the noise: why the law is fitted to V."""
    current, voltage = strip()
    found = []
    for row in voltage:
        used = row > least * 1e-7
        slope, value = np.polyfit(np.log(current[used] / 100), np.log(row[used] / 1e-6), 1, w=row[used] if weighted else None)
        found.append((100 * math.exp(-value / slope), slope))
    assert np.mean(np.array(found)[:, 0]) == pytest.approx(Ic, abs=0.1) and np.mean(np.array(found)[:, 1]) == pytest.approx(n, abs=0.4)


# -- words ------------------------------------------------------------------------------------------------------------------
def curve(n=20.0, top=110.0, noise=2e-8, count=300, seed=0, scale=1.0):
    current = np.linspace(0, top, count)
    return fk.dataset(current=(current, "A"), voltage=(scale * (1e-6 * (current / 100) ** n + np.random.default_rng(seed).normal(0, noise, count)), "V"),
                      tap_distance="1 cm", name="strip")


@pytest.mark.parametrize("data, said, verdict", [
    (curve(noise=2e-6, top=125.0), "is above the criterion", "ok"),
    (curve(top=85.0), "of the criterion 1 uV: Ic is an extrapolation", "not determined"),
    (curve(top=97.0), "the voltage stops at", "ok"),
    (curve(n=1.5, top=500.0), "< 2: nearly ohmic", "ok"),
    (curve(n=180.0, top=102.0, count=3000), "> 100", "ok"),
    (curve(n=180.0, top=101.6, count=60), "fewer than 5 points", "not determined"),
    (curve(scale=1e6), "Is the unit of the voltage right", "not determined"),
    (curve(scale=1e-3, noise=2e-9), "Ic is an extrapolation", "not determined")])
def test_words(data, said, verdict):
    result = fk.fit("power_law", data)
    assert any(said in text for text in (*result.fits[0].cautions, result["Ic"].reason)), (result.fits[0].cautions, result["Ic"].reason)
    assert result["Ic"].verdict == verdict
    assert said in result.summary()


def test_few_points_in_the_window_of_n():
    result = fk.fit("power_law", curve(n=40.0, count=60))
    assert result["n"].verdict == "ok" and result["n_window"].verdict == "not determined" and "5 are needed" in result["n_window"].reason


def test_an_ordinary_curve_has_no_cautions():
    assert fk.fit("power_law", curve()).fits[0].cautions == ()


def test_a_spike_a_quench_and_heating_are_named():
    data = curve()
    current, voltage = data["current"], data["voltage"].copy()
    voltage[200] += 2e-6
    result = fk.fit("power_law", fk.dataset(current=(current, "A"), voltage=(voltage, "V"), tap_distance="1 cm"))
    assert any("row 200 of 300 stand" in text for text in result.fits[0].cautions)
    robust = fk.fit("power_law", fk.dataset(current=(current, "A"), voltage=(voltage, "V"), tap_distance="1 cm"), loss="bisquare")
    assert robust["n"].value == pytest.approx(20, abs=3 * robust["n"].error) and robust["Ic"].value == pytest.approx(100, abs=3 * robust["Ic"].error)
    back = np.linspace(108, 0, 100)
    warm = 1e-6 * (back / 95) ** 20
    loop = fk.dataset(current=(np.append(current, back), "A"), voltage=(np.append(data["voltage"], warm), "V"), tap_distance="1 cm")
    assert any("does not come back the way it went" in text for text in fk.fit("power_law", loop).fits[0].cautions)
    ways = fk.fit("power_law", fk.split_ramps(loop))
    assert [one.value for one in ways["Ic"]] == pytest.approx([100, 95], abs=0.3)


def test_a_quench_at_the_foot_of_the_transition():
    data = curve(top=103.0)
    quenched = fk.dataset(current=(np.append(data["current"], [90.0, 0.0]), "A"), voltage=(np.append(data["voltage"], [-1e-4, 0.0]), "V"), tap_distance="1 cm", name="wire")
    assert "fk.drop_quench(data)" in fk.fit("power_law", quenched)["Ic"].reason
    result = fk.fit("power_law", fk.drop_quench(quenched))
    assert result["Ic"].verdict == "not determined" and "it quenched at 103 A" in result["Ic"].reason
    lower = fk.fit("power_law", fk.drop_quench(quenched), assume={"Ec": "0.1 uV/cm"})
    assert lower["Ic"].verdict == "ok" and lower["Ic"].value == pytest.approx(100 * 10 ** (-1 / 20), rel=0.01)


def noisy_gain(rng, count=400):
    """n = 25, 20 nV and 2 % of the voltage: what a meter whose gain flickers gives."""
    current = np.linspace(0, 118, count)
    voltage = 1e-6 * (current / 100) ** 25
    voltage = voltage + 1e-6 + rng.normal(size=count) * np.hypot(2e-8, 0.02 * voltage)
    return fk.dataset(current=(current, "A"), voltage=(1e6 * voltage, "uV"), tap_distance="1 cm", name="strip")


def test_noise_that_grows_with_the_voltage():
    rng, found = np.random.default_rng(4), {None: [], "proportional": []}
    for _ in range(40):
        data = noisy_gain(rng)
        for errors in found:
            result = fk.fit("power_law", data, errors=errors, background=["offset"])
            found[errors].append([(result["Ic"].value - 100) / result["Ic"].error, (result["n"].value - 25) / result["n"].error])
    assert np.all(np.std(found[None], axis=0) > 2)  # the few noisy points at the end rule an unweighted fit
    assert np.all(np.abs(np.std(found["proportional"], axis=0) - 1) < 0.35) and np.all(np.abs(np.mean(found["proportional"], axis=0)) < 0.5)
    said = result.statistics.remarks[0]
    assert said.startswith("strip: noise of 0.0") and float(said.split(" and ")[1].split(" %")[0]) == pytest.approx(2, rel=0.3)
    with pytest.raises(fk.FitkitError, match="one of them"):
        fk.fit("power_law", data, errors="proportional", loss="huber")


def test_noise_that_does_not_grow_is_left_alone():
    plain, grown = (fk.fit("power_law", curve(), errors=errors) for errors in (None, "proportional"))
    assert "does not grow with the signal" in grown.statistics.remarks[0]
    assert grown["n"].value == pytest.approx(plain["n"].value, rel=1e-9) and grown["n"].error == pytest.approx(plain["n"].error, rel=1e-6)


def test_an_inductive_voltage_is_told_from_the_offset_by_both_branches():
    """0.5 uH at 1.1 A/s beside an offset of 1 uV: up and down together tell them, one rate alone does not."""
    time = np.linspace(0, 200, 801)
    current, rate = np.where(time < 100, 1.1 * time, 1.1 * (200 - time)), np.where(time <= 100, 1.1, -1.1)
    voltage = 1e-6 * (current / 100) ** 20 + 0.5e-6 * rate + 1e-6 + np.random.default_rng(5).normal(0, 2e-8, 801)
    loop = fk.dataset(time=(time, "s"), current=(current, "A"), voltage=(1e6 * voltage, "uV"), tap_distance="1 cm", name="loop")
    assert fk.drop_quench(loop).history[-1].found["quench"] is False
    result = fk.fit("power_law", loop, background=["offset", "L"])
    for name, truth in (("Ic", 100), ("n", 20), ("L", 0.5), ("offset", 1)):
        assert result[name].verdict == "ok" and result[name].value == pytest.approx(truth, abs=3.5 * result[name].error)
    assert result["L"].to("uH").value == pytest.approx(0.5, abs=0.01) and result.fits[0].cautions == ()
    without = fk.fit("power_law", loop)
    assert any("does not come back the way it went" in text for text in without.fits[0].cautions)
    up = fk.fit("power_law", fk.split_ramps(loop)[0], background=["offset", "L"])
    assert up["L"].verdict == up["offset"].verdict == "not determined" and "at one ramp rate" in up["L"].reason
    assert up["Ic"].verdict == "ok" and up["Ic"].value == pytest.approx(100, abs=3.5 * up["Ic"].error)
    many = fk.fit_many("power_law", {"current": (current, "A"), "time": (time, "s")}, np.array([voltage, voltage[::-1]]), background=["offset", "L"], meta={"tap_distance": "1 cm"})
    assert many.values["n"][0] == pytest.approx(result["n"].value, rel=1e-6) and many.values["L"][:] * 1e6 == pytest.approx([0.5, -0.5], abs=0.01)
