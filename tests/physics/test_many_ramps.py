"""The quick look at many ramps against the look at one: it may ask too often, never too seldom."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitkit.physics.many_ramps import may_end
from fitkit.physics.ramp import end_of_curve, mirrored

COURSES = ("flat", "power", "collapse", "runaway", "compliance", "heating", "exchanged leads")


def drawn(rng, points: int, course: str, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """A ramp to 100 A with an end of some kind, or none."""
    low = rng.choice([0, 20, -20, -90])
    current = np.sort(rng.uniform(low, 100, points)) if rng.uniform() < 0.5 else np.linspace(low, 100, points)
    voltage = 0.0 * current if course == "flat" else np.sign(current) * np.abs(current / 90) ** rng.uniform(2, 60)
    row = int(rng.integers(points // 2, points - 3))
    if course == "collapse":
        voltage[row:] -= rng.uniform(0, 0.5)
    if course == "runaway":
        voltage[row:] = voltage[row] * rng.uniform(2, 30)
    if course == "compliance":
        voltage = np.minimum(voltage, voltage[row])
    if course == "exchanged leads":
        voltage = -voltage
    if course == "heating":
        current[row:], voltage[row:] = current[row], voltage[row] + np.arange(points - row) * 0.1
    return current, voltage + noise * rng.normal(size=points)


def says_nothing(current: np.ndarray, voltage: np.ndarray) -> bool:
    return end_of_curve(current, voltage) is None and not mirrored(current, voltage)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), points=st.integers(9, 120), noise=st.sampled_from([0.0, 1e-4, 3e-3, 0.05]), sign=st.sampled_from([1.0, -1.0]),
       digits=st.sampled_from([3, 15]))
def test_no_end_is_overlooked(seed, points, noise, sign, digits):
    rng = np.random.default_rng(seed)
    ramps = [tuple(np.round(sign * one, digits) for one in drawn(rng, points, course, noise)) for course in COURSES]
    lengths = rng.integers(8, points + 1, len(ramps))
    currents, voltages = (np.array([np.where(np.arange(points) < length, ramp[side], np.nan) for ramp, length in zip(ramps, lengths)]) for side in (0, 1))
    asked = may_end(np.where(np.isfinite(currents), currents, 0.0), voltages)
    for row, (length, (current, voltage)) in enumerate(zip(lengths, ramps)):
        assert asked[row] or says_nothing(current[:length], voltage[:length]), COURSES[row]
        assert may_end(current, voltage[None])[0] or says_nothing(current, voltage), COURSES[row]


def test_most_whole_curves_are_not_asked_about():
    """Power laws with n from 5 to 60 and 0.3 to 5 % of noise: fewer than one in twenty, and every one that falls by three swings."""
    rng = np.random.default_rng(2)
    current = np.linspace(0, 100, 200)
    clean = (current / rng.uniform(70, 95, (500, 1))) ** rng.uniform(5, 60, (500, 1))
    voltages = clean + rng.normal(size=clean.shape) * np.ptp(clean, axis=1)[:, None] * np.exp(rng.uniform(np.log(0.003), np.log(0.05), (500, 1)))
    assert may_end(current, voltages).mean() < 0.05
    fallen = voltages - np.where(np.arange(200) >= 190, 3.0, 0.0) * np.ptp(clean, axis=1)[:, None]
    quiet = np.flatnonzero([end_of_curve(current, one) is not None for one in fallen])
    assert len(quiet) > 50 and np.all(may_end(current, fallen)[quiet])


@pytest.mark.parametrize("course", ["up and down", "both signs", "seven rows"])
def test_other_courses_are_left_to_the_look_at_one(course):
    up = np.linspace(0, 100, 50)
    current = {"up and down": np.concatenate([up, up[::-1]]), "both signs": np.concatenate([up, -up]), "seven rows": up[:7]}[course]
    assert np.all(may_end(current, np.zeros((3, len(current)))))
