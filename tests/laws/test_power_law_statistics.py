"""Why V(I) is fitted in linear space: Ic = 100 A, n = 30, noise 0.1 of the criterion, 60 points from 85 to 104 A, many times over."""

import numpy as np
import pytest

import fitkit as fk

TRIALS = 300
CURRENT = np.linspace(85, 104, 60)


def curves(offset=0.0):
    """Voltages [uV] of all trials."""
    return (CURRENT / 100) ** 30 + offset + np.random.default_rng(12).normal(0, 0.1, (TRIALS, len(CURRENT)))


def fitted(voltages, background):
    """Ic, n and their errors, shape (trials,) each."""
    data = [fk.dataset(current=(CURRENT, "A"), voltage=(one, "uV"), tap_distance="1 cm", name=str(number)) for number, one in enumerate(voltages)]
    fits = fk.fit("power_law", data, background=background, errors="white").fits
    return [np.array([getattr(one[name], what) for one in fits]) for name in ("Ic", "n") for what in ("value", "error")]


@pytest.mark.parametrize("background, Ic_error, n_error", [([], 0.08, 0.8), (["offset"], 0.13, 1.1)])
def test_linear_fit_has_no_bias_and_the_known_scatter(background, Ic_error, n_error):
    Ic, Ic_err, n, n_err = fitted(curves(), background)
    assert abs(Ic.mean() - 100) < 4 * Ic.std() / np.sqrt(TRIALS) and abs(Ic.mean() - 100) < 0.2 * Ic_error
    assert abs(n.mean() - 30) < 0.2 * n_error
    assert Ic.std() == pytest.approx(Ic_error, rel=0.15) and n.std() == pytest.approx(n_error, rel=0.15)
    assert np.std((Ic - 100) / Ic_err) == pytest.approx(1, abs=0.1) and np.std((n - 30) / n_err) == pytest.approx(1, abs=0.1)


def test_an_offset_left_out_shifts_both():
    Ic, _, n, _ = fitted(curves(offset=0.1), [])
    assert Ic.mean() == pytest.approx(99.50, abs=0.05) and n.mean() == pytest.approx(26.7, abs=0.3)
    Ic, _, n, _ = fitted(curves(offset=0.1), ["offset"])
    assert Ic.mean() == pytest.approx(100, abs=0.03) and n.mean() == pytest.approx(30, abs=0.25)


@pytest.mark.parametrize("least, Ic, n", [(0.0, 100.47, 23.2), (0.1, 100.20, 19.8), (0.3, 99.86, 26.6)])
def test_a_straight_line_through_the_logarithm_is_biased(least, Ic, n):
    """The bias that the linear fit avoids, on the same curves: points chosen by their measured voltage."""
    found = []
    for voltage in curves():
        seen = voltage > least
        slope, height = np.polyfit(np.log(CURRENT[seen]), np.log(voltage[seen]), 1)
        found.append((np.exp(-height / slope), slope))
    mean = np.mean(found, axis=0)
    assert mean[0] == pytest.approx(Ic, abs=0.1) and mean[1] == pytest.approx(n, abs=0.6)
