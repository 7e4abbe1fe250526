"""What the fit alone says of the end of a ramp, against the look at its rows: where no row need be looked at, nothing is found in them."""

import numpy as np
import pytest

from fitkit.physics.many_ramps import may_end, may_fall, may_jump, noise_of_steps
from fitkit.physics.ramp import end_of_curve, mirrored, step_noise, steps_of
from fitkit.physics.unbroken import PowerLaw, each_may_go_down, may_go_down, may_stand, plain_ramp


def noise_of_some_kind(rng, kind: str, shape: tuple[int, int]) -> np.ndarray:
    """Noise of unit size."""
    if kind == "heavy tails":
        return rng.standard_t(2, size=shape)
    if kind == "two ranges":   # a meter that changes its range
        return rng.normal(size=shape) * np.where(np.arange(shape[1]) < rng.uniform(0.3, 0.9, (shape[0], 1)) * shape[1], 0.02, 1.0)
    if kind == "steps":        # a meter with few digits
        return np.round(rng.normal(size=shape) * rng.uniform(0.1, 1.0, (shape[0], 1)))
    return rng.normal(size=shape)


def ended(rng, voltages: np.ndarray, size: np.ndarray, event: str) -> np.ndarray:
    """Curves that end in some way by a size [in units of the noise] (G, 1)."""
    places, points = np.arange(voltages.shape[1]), voltages.shape[1]
    row = points - rng.integers(1, rng.choice([4, 12, points // 2]), (len(voltages), 1))
    if event == "fall":
        return voltages - np.where(places >= row, size, 0.0)
    if event == "two high rows":
        return voltages + np.where((places == row - 2) | (places == row - 3), size, 0.0)
    if event == "jump":
        return voltages + np.where(places >= row, size, 0.0)
    if event == "plateau":
        return np.minimum(voltages, np.take_along_axis(voltages, row - 1, axis=1) + np.abs(rng.normal(size=voltages.shape)) * 0.5)
    if event == "exchanged leads":
        return -voltages
    return voltages


@pytest.mark.parametrize("event", ["none", "fall", "two high rows", "jump", "plateau", "exchanged leads"])
@pytest.mark.parametrize("kind", ["normal", "heavy tails", "two ranges", "steps"])
def test_nothing_is_found_where_nothing_can_hide(kind, event):
    rng, cleared = np.random.default_rng([len(kind), len(event)]), 0
    for points in (12, 40, 200):
        for current in (np.linspace(0, 100, points), np.sort(rng.uniform(0, 100, points)), np.linspace(55, 100, points)):
            if not plain_ramp(current):
                continue
            Ic, n = rng.uniform(40, 110, 300), np.exp(rng.uniform(0, np.log(150), 300))
            clean = (current / Ic[:, None]) ** n[:, None]
            scale = 10 ** rng.uniform(0, 4, (300, 1)) / clean.max(axis=1, keepdims=True)   # the rise in units of the noise
            voltages = ended(rng, scale * clean + noise_of_some_kind(rng, kind, clean.shape), 10 ** rng.uniform(0.7, 2.5, (300, 1)), event)
            law, away = scale[:, 0], np.linalg.norm(voltages - scale * clean, axis=1)
            noise = noise_of_steps(steps_of(voltages))
            assert noise == pytest.approx([step_noise(one) for one in voltages], rel=1e-12)
            Ic = Ic * law ** (-1 / n)   # the criterion is one unit of noise
            fits = PowerLaw(current, voltages[:, -1], noise, away, Ic, n, 1.0)
            whole = (fits.cannot_fall() | ~may_fall(current[:, None], voltages.T, points, noise)) & (fits.cannot_jump() | ~may_jump(current[:, None], voltages.T, points, noise))
            for rows in (4, 10, points):
                said = whole & ~may_stand(current, voltages[:, -rows:].T, noise)
                for row in np.flatnonzero(said):
                    assert end_of_curve(current, voltages[row]) is None, (points, rows, row)
                cleared += said.sum()
    assert event in ("exchanged leads", "two high rows", "jump") or cleared > 100


def test_most_clean_curves_are_settled_without_a_look_at_their_rows():
    rng = np.random.default_rng(3)
    current = np.linspace(0, 100, 200)
    Ic, n = rng.uniform(70, 95, 1000), np.exp(rng.uniform(np.log(5), np.log(60), 1000))
    clean = (current / Ic[:, None]) ** n[:, None]
    left = rng.normal(size=clean.shape) * np.ptp(clean, axis=1)[:, None] * np.exp(rng.uniform(np.log(0.003), np.log(0.05), (1000, 1)))
    noise = noise_of_steps(steps_of(clean + left))
    last = (clean + left)[:, -32:].T
    fits = PowerLaw(current, last[-1], noise, np.linalg.norm(left, axis=1), Ic, n, 1.0)
    settled = fits.cannot_fall() & fits.cannot_jump() & ~may_stand(current, last, noise)
    assert settled.mean() > 0.95 and not may_end(current, clean + left)[settled].any()


@pytest.mark.parametrize("current", [np.linspace(-50, 100, 60), np.linspace(100, 0, 60), np.r_[np.linspace(0, 99, 55), np.full(5, 100.0)], np.linspace(0, 9, 9)])
def test_other_courses_of_the_current_are_no_plain_ramps(current):
    assert not plain_ramp(current)


def test_no_leads_are_exchanged_where_the_voltage_does_not_go_down():
    rng, found = np.random.default_rng(5), 0
    for points in (12, 24, 60):
        for current in (np.linspace(0, 100, points), np.sort(rng.uniform(0, 100, points)), np.r_[0, np.linspace(70, 100, points - 1)]):
            law = rng.normal(size=(300, 1)) * 30 * (current / 100) ** rng.uniform(1, 30, (300, 1)) - rng.uniform(0, 60, (300, 1)) * current / 100
            voltages = law + rng.normal(size=law.shape)
            down = may_go_down(current, voltages)
            mirror = np.array([mirrored(current, one) for one in voltages])
            assert not np.any(mirror & ~down)
            found += mirror.sum()
    assert found > 20


def test_currents_of_their_own_are_looked_at_alike():
    rng = np.random.default_rng(9)
    current = np.sort(rng.uniform(0, 100, 60))
    voltages = (current / 80) ** rng.uniform(1, 30, (400, 1)) * rng.choice([-1, 1], (400, 1)) + 0.3 * rng.normal(size=(400, 60))
    wanted = may_go_down(current, voltages)
    padded = np.concatenate([voltages, np.full((400, 5), np.nan)], axis=1)
    own = np.tile(np.concatenate([current, np.full(5, current[0])]), (400, 1))
    assert np.array_equal(each_may_go_down(own, padded), wanted) and 0.3 < wanted.mean() < 0.7
    assert all(each_may_go_down(own[:, ::-1], padded))   # no plain ramps
