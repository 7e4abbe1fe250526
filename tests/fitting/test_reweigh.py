"""Robust losses and errors in x."""

import numpy as np
import pytest

import fitkit as fk

LOG = fk.get_model("log_decay")


def tape(seed=0, spikes=0, points=150, noise=1e-7, given=False):
    rng = np.random.default_rng(seed)
    current = np.linspace(60, 104, points)
    V = 1e-6 * (current / 100) ** 30 + 2e-7 + rng.normal(0, noise, points)
    hit = rng.choice(points, spikes, replace=False)
    V[hit] += rng.choice([-1, 1], spikes) * rng.uniform(2e-6, 5e-6, spikes)
    columns = {"voltage_err": (np.full(points, noise), "V")} if given else {}
    return fk.dataset(name=f"tape {seed}", current=(current, "A"), voltage=(V, "V"), tap_distance="1 cm", **columns)


@pytest.mark.parametrize("loss", ["huber", "bisquare"])
def test_spikes_count_little(loss):
    """Ten spikes of 20 to 50 standard deviations: least squares is thrown off, the robust fits are not."""
    plain, robust = (np.array([fk.fit("power_law", tape(seed, 10), loss=one, background=["offset"])["Ic"].value for seed in range(25)]) - 100 for one in (None, loss))
    clean = np.array([fk.fit("power_law", tape(seed), background=["offset"])["Ic"].value for seed in range(25)]) - 100
    assert np.std(robust) < 0.5 * np.std(plain) and np.std(robust) < 2 * np.std(clean) and abs(np.mean(robust)) < 3 * np.std(robust) / 5
    result = fk.fit("power_law", tape(0, 10), loss=loss, background=["offset"])
    assert f"robust loss '{loss}': " in result.statistics.remarks[0] and "approximate" in repr(result)
    count = int(result.statistics.remarks[0].split(": ")[1].split()[0])
    assert 8 <= count <= 16


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("loss", ["huber", "bisquare"])
def test_errors_of_a_robust_fit(loss, given):
    """On clean data pulls of width 1 (200 sets know it to 0.05), and nearly the values of least squares."""
    pulls = []
    for seed in range(200):
        result = fk.fit("power_law", tape(seed, given=given), loss=loss, background=["offset"])
        pulls.append((result["Ic"].value - 100) / result["Ic"].error)
    assert abs(np.mean(pulls)) < 0.25 and 0.85 < np.std(pulls) < 1.15
    plain = fk.fit("power_law", tape(3, given=given), background=["offset"])["Ic"]
    robust = fk.fit("power_law", tape(3, given=given), loss=loss, background=["offset"])["Ic"]
    assert abs(robust.value - plain.value) < plain.error and robust.error == pytest.approx(plain.error, rel=0.25)


def test_robust_joint_fit():
    data = [tape(seed, 5) for seed in range(4)]
    joint = fk.fit("power_law", data, share=["n"], loss="bisquare", background=["offset"])
    assert abs(joint["n"].values[0] - 30) < 5 * joint["n"].errors[0] and np.all(np.abs(joint["Ic"].values - 100) < 5 * joint["Ic"].errors)


def test_wrong_loss():
    with pytest.raises(fk.FitkitError, match="'huber' or 'bisquare'"):
        fk.fit("power_law", tape(), loss="cauchy")
    robust = fk.fit("power_law", tape(0, 5), loss="huber", background=["offset"])
    with pytest.raises(fk.FitkitError, match="loss='huber'"):
        fk.bootstrap(robust, n=20)
    correlated = fk.fit("hln", films(), share=["alpha"]).series("temperature", "L_phi")
    with pytest.raises(fk.FitkitError, match="independent points"):
        fk.fit("coherence_length_power", correlated, loss="huber")


def films():
    law, rng = fk.get_model("hln"), np.random.default_rng(0)
    field = np.linspace(-0.3, 0.3, 101)
    return [fk.dataset(name=f"{T} K", field=(field, "T"), delta_conductance=(law.function(field, 1.0, 354e-9 * np.sqrt(2 / T)) + rng.normal(0, 2e-8, 101), "S"),
                       temperature=f"{T} K") for T in (2.0, 4.0, 8.0, 16.0)]


# -- errors in x ----------------------------------------------------------------------------------------------------------

def line(seed, x_noise, y_noise=0.02, declared=True, points=30):
    """A straight line in ln t through the law of log decay needs x > 0; here a user's line y = a + b x."""
    rng = np.random.default_rng(seed)
    x = np.linspace(1, 9, points)
    y = 2.0 + 0.5 * x + rng.normal(0, y_noise, points)
    seen = x + rng.normal(0, x_noise, points)
    extra = {"x_err": (np.full(points, x_noise), "")} if declared else {}
    return fk.dataset(name="d", x=(seen, ""), y=(y, ""), y_err=(np.full(points, y_noise), ""), **extra)


LINE = fk.Model(name="line", function=lambda x, a, b: a + b * x, x=fk.Column("x", ""), y=fk.Column("y", ""),
                params=(fk.Param("a", linear=True), fk.Param("b", linear=True)), signal=(1,))
CURVE = fk.Model(name="curve", function=lambda x, a, b: a * np.exp(b * x), x=fk.Column("x", ""), y=fk.Column("y", ""),
                 params=(fk.Param("a", linear=True), fk.Param("b", typical=(0.05, 1))))


def test_effective_variance_of_a_line():
    """For a line it is sigma_y^2 + b^2 sigma_x^2: chi^2 as it should be, pulls of width 1; without it the errors are five times too small."""
    pulls, chi2, naive = [], [], []
    for seed in range(200):
        result = fk.fit(LINE, line(seed, 0.2))
        pulls.append((result["b"].value - 0.5) / result["b"].error)
        chi2.append(result.statistics.reduced_chi2)
        bare = fk.fit(LINE, line(seed, 0.2, declared=False))
        naive.append((bare["b"].value - 0.5) / bare["b"].error)
    assert np.mean(chi2) == pytest.approx(1, abs=0.1) and 0.85 < np.std(pulls) < 1.2 and np.std(naive) > 3
    assert "errors of x" in result.statistics.remarks[0]
    assert result.fits[0].y_err == pytest.approx(np.hypot(0.02, 0.2 * result["b"].value), rel=1e-4)


def test_effective_variance_follows_the_curve():
    rng = np.random.default_rng(1)
    x = np.linspace(0, 8, 60)
    data = fk.dataset(name="d", x=(x + rng.normal(0, 0.05, 60), ""), x_err=(np.full(60, 0.05), ""), y=(CURVE.function(x, 1.0, 0.5) + rng.normal(0, 0.05, 60), ""),
                      y_err=(np.full(60, 0.05), ""))
    result = fk.fit(CURVE, data)
    assert abs(result["b"].value - 0.5) < 4 * result["b"].error and 0.6 < result.statistics.reduced_chi2 < 1.5
    slope = 0.05 * result["b"].value * result.fits[0].fitted
    assert result.fits[0].y_err == pytest.approx(np.hypot(0.05, slope), rel=1e-3)
    assert fk.profile(result, "b", model=CURVE).low.value == pytest.approx(result["b"].interval(0.95)[0], abs=0.3 * result["b"].error)


def test_errors_of_x_beside_a_covariance():
    """The second stage: correlated L_phi against temperatures that have errors."""
    data = [one.with_meta(temperature=fk.Measured(one.si("temperature"), 0.2, "K")) for one in films()]
    series = fk.fit("hln", data, share=["alpha"]).series("temperature", "L_phi")
    assert series.covariance and "temperature_err" in series
    with_x = fk.fit("coherence_length_power", series)
    without = fk.fit("coherence_length_power", fk.fit("hln", films(), share=["alpha"]).series("temperature", "L_phi"))
    assert with_x["p"].error > 1.5 * without["p"].error and abs(with_x["p"].value - 1) < 4 * with_x["p"].error
