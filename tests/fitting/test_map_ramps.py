"""Ramps that end before their last row: a map says so of the same curves as fk.fit."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.fitting.maps.judge import VERDICTS

POINTS = 150


def some_ended(rng, current: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Power laws [V] of 1 uV at Ic, each of six ways to end, or none, in turn; (ways, Y)."""
    Ic, n = rng.uniform(75, 95, (count, 1)), np.exp(rng.uniform(np.log(8), np.log(50), (count, 1)))
    clean = 1e-6 * (current / Ic) ** n
    noise = np.ptp(clean, axis=1, keepdims=True) * np.exp(rng.uniform(np.log(0.003), np.log(0.03), (count, 1)))
    Y, ways, places = clean + noise * rng.normal(size=clean.shape), np.arange(count) % 6, np.arange(current.size)
    row = rng.integers(POINTS - 20, POINTS - 4, (count, 1))
    Y = np.where((ways == 1)[:, None] & (places >= row), Y - 60 * noise, Y)                                      # falls
    Y = np.where((ways == 2)[:, None] & (places >= row), Y + 20 * np.take_along_axis(clean, row, 1) + 100 * noise, Y)   # runs away
    Y = np.where((ways == 3)[:, None] & (places >= row), np.take_along_axis(Y, row, 1) + 0.3 * noise * rng.normal(size=Y.shape), Y)   # compliance
    Y = np.where((ways == 4)[:, None], -Y, Y)                                                                    # exchanged leads
    Y = np.where((ways == 5)[:, None] & (places >= POINTS - 2), Y - 60 * noise, Y)                               # only the last two rows
    return ways, Y


@pytest.mark.parametrize("kind", ["one grid", "through zero", "grids of their own"])
def test_ends_are_found_as_in_single_curves(kind):
    rng = np.random.default_rng(7)
    current = np.linspace(-20 if kind == "through zero" else 0, 100, POINTS)
    ways, Y = some_ended(rng, np.maximum(current, 0), 120)
    x = np.tile(current, (len(Y), 1)) if kind == "grids of their own" else current
    result = fk.fit_many("power_law", x, Y, background=["offset", "R"], meta={"tap_distance": "1 cm"}, correlation=False)
    ended = 0
    for row in range(len(Y)):
        alone = result.curve(row)
        if not result.suspect[row]:
            for name in ("Ic", "n"):
                assert VERDICTS[result.verdicts[name][row]] == alone[name].verdict or alone.statistics.corrected, (row, ways[row], name)
        ended += alone["Ic"].verdict == "not determined"
    assert ended > 60 and np.mean(result.verdicts["Ic"][ways == 0] == 0) > 0.8


def test_noise_alone_is_no_warning():
    """Curves of which next to nothing is seen: their numbers may be anything, and none of them is called determined."""
    rng = np.random.default_rng(4)
    current = np.linspace(0, 100, POINTS)
    Y = 1e-6 * (current / rng.uniform(60, 120, (300, 1))) ** np.exp(rng.uniform(np.log(2), np.log(150), (300, 1)))
    Y += rng.normal(size=Y.shape) * np.ptp(Y, axis=1, keepdims=True) * 1.5
    result = fk.fit_many("power_law", current, Y, background=["offset", "R"], meta={"tap_distance": "1 cm"})
    assert np.mean(result.verdicts["n"] == VERDICTS.index("not determined")) > 0.8


@pytest.mark.parametrize("points", [12, 40])
def test_short_ramps_are_no_ordinary_fits(points):
    rng = np.random.default_rng(points)
    current = np.linspace(0, 100, points)
    Y = 1e-6 * (current / rng.uniform(70, 95, (200, 1))) ** rng.uniform(5, 40, (200, 1))
    Y += rng.normal(size=Y.shape) * np.ptp(Y, axis=1, keepdims=True) * 0.01
    result = fk.fit_many("power_law", current, Y, background=["offset", "R"], meta={"tap_distance": "1 cm"}, correlation=False)
    assert not result.table.hard.any()
    for row in range(0, 200, 20):
        alone = result.curve(row)
        assert result.chi2[row] == pytest.approx(alone.statistics.chi2, rel=1e-8)
        assert all(VERDICTS[result.verdicts[name][row]] == alone[name].verdict or alone.statistics.corrected for name in result.names)
