"""Power-law fits of simulated sweeps with offset, drift and 20 nV of noise: how often they are determined, and what their errors are worth."""

import numpy as np
import pytest

import fitkit as fk


def sweep(rng, number, points, reach, correlation=0.0):
    """A trace up to ``reach`` times the criterion of 1 uV, with its true Ic [A] and n."""
    Ic, n = rng.uniform(5, 200), np.exp(rng.uniform(np.log(4), np.log(80)))
    current = np.linspace(0, Ic * reach ** (1 / n), points)
    time = np.linspace(0, 100, points)
    noise = rng.normal(0, 0.02, points)
    for row in range(1, points):
        noise[row] = correlation * noise[row - 1] + np.sqrt(1 - correlation**2) * noise[row]
    voltage = (current / Ic) ** n + rng.normal(0, 1) + rng.normal(0, 2e-3) * time + noise
    return fk.dataset(time=(time, "s"), current=(current, "A"), voltage=(voltage, "uV"), tap_distance="1 cm", name=str(number)), Ic, n


def results(trials, points, top, correlation=0.0, seed=1):
    """Share that is determined, and the pulls of Ic and n of these, shape (2, determined)."""
    rng = np.random.default_rng(seed)
    drawn = [sweep(rng, number, points, np.exp(rng.uniform(0, np.log(top))), correlation) for number in range(trials)]
    fits = fk.fit("power_law", [one[0] for one in drawn], background=["offset", "drift"]).fits
    determined = [(one, Ic, n) for one, (_, Ic, n) in zip(fits, drawn) if one["Ic"].verdict == one["n"].verdict == "ok"]
    pulls = np.array([[(one["Ic"].value - Ic) / one["Ic"].error, (one["n"].value - n) / one["n"].error] for one, Ic, n in determined]).T
    return len(determined) / trials, pulls


@pytest.mark.parametrize("points, trials", [(60, 200), (400, 200), pytest.param(60, 2000, marks=pytest.mark.slow), pytest.param(400, 2000, marks=pytest.mark.slow),
                                            pytest.param(2000, 500, marks=pytest.mark.slow), pytest.param(20000, 150, marks=pytest.mark.slow)])
def test_sweeps_beyond_the_criterion(points, trials):
    """Stopped at 1 to 100 times the criterion: determined, with errors that are neither too small nor too large, and no bias."""
    share, pulls = results(trials, points, 100)
    chance = 2.5 / np.sqrt(2 * trials)
    assert share >= 0.9
    for name, one, bias in (("Ic", pulls[0], 0.1), ("n", pulls[1], 0.2)):
        assert np.std(one) == pytest.approx(1, abs=0.1 + chance if trials < 1000 else 0.1), name
        assert abs(np.mean(one)) < bias + 2.5 / np.sqrt(trials), name


@pytest.mark.parametrize("points, trials", [(200, 150), pytest.param(200, 1000, marks=pytest.mark.slow), pytest.param(1000, 500, marks=pytest.mark.slow)])
def test_correlated_noise_is_covered(points, trials):
    """Noise with a memory of a few points: 95 % intervals hold the truth in at least 90 %."""
    share, pulls = results(trials, points, 100, correlation=0.7, seed=2)
    assert share >= 0.9
    for name, one in zip(("Ic", "n"), pulls):
        assert np.mean(np.abs(one) < 1.96) >= 0.9, name
