"""The slab against tables of another solver of the same equation, and against what creep theory says without solving it."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from fitkit.constants import k_B, mu0
from fitkit.errors import FitkitError
from fitkit.simulate import anderson_kim, macroscopic_time, power_law, slab_relaxation
from fitkit.simulate.samples import RELAXATION_TEMPERATURES, SLAB_VOLUME, relaxation_sample, relaxation_signal

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "flux_diffusion.json").read_text(encoding="utf-8"))["runs"]


def law_of(run):
    """The electric field of a reference run; Jc = w = Ec = 1, and the barrier in units of an arbitrary k_B T."""
    if "n" in run:
        return partial(power_law, Ec=1.0, Jc=1.0, n=run["n"])
    return partial(anderson_kim, E0=1.0, U0=run["a"] * k_B * 10.0, temperature=10.0, Jc=1.0)


def solve(run, cells):
    return slab_relaxation(law_of(run), mu0 * np.array(run["t"]), half_width=1.0, Jc=1.0, field_start=mu0 * run["h_start"],
                           field_stop=mu0 * run["h_stop"], ramp_rate=run["ramp_rate"], cells=cells).magnetization


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_reference_tables(name):
    run = REFERENCE[name]
    M = np.array(run["M"])
    error = np.max(np.abs(solve(run, 100) - M)) / M[0]
    # the tables state the difference between their 400 cells and the limit; the error goes as 1/cells^2, and 25 % is left for the solver
    assert error < 1.25 * 16 * run["grid_err_N400_rel_M0"]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_reference_tables_on_their_own_grid(name):
    """With as many cells as the tables were made of, the accuracy that they state for these."""
    run = REFERENCE[name]
    assert np.max(np.abs(solve(run, 400) - run["M"])) / run["M"][0] < 1.25 * run["grid_err_N400_rel_M0"]


def test_second_order_in_the_cell_width():
    run = REFERENCE["ak_a20"]
    coarse, fine = (np.max(np.abs(solve(run, cells) - run["M"])) for cells in (50, 100))
    assert 3.5 < coarse / fine < 4.5


@pytest.mark.parametrize("n", [5, 21])
def test_power_law_creep_rate_is_one_over_n_minus_one(n):
    time = np.array([1e6, 1.1e6]) * mu0
    M = slab_relaxation(partial(power_law, Ec=1.0, Jc=1.0, n=n), time, half_width=1.0, Jc=1.0, field_start=2.5 * mu0, field_stop=0.0,
                        ramp_rate=1.0).magnetization
    assert -np.log(M[1] / M[0]) / np.log(1.1) == pytest.approx(1 / (n - 1), rel=1e-4)


@pytest.mark.parametrize("a", [40, 80])
def test_macroscopic_time_gives_the_barrier_back(a):
    """M = (Jc w/2)(1 - ln(t/t0)/a) with t0 from the size and the flux-flow resistivity alone."""
    half_width, Jc, E0, temperature = 1e-4, 5e9, 10.0, 12.0
    law = dict(E0=E0, U0=a * k_B * temperature, temperature=temperature, Jc=Jc)
    time = np.array([1e3, 1e4])
    M = slab_relaxation(partial(anderson_kim, **law), time, half_width=half_width, Jc=Jc, field_start=3.0, field_stop=1.0, ramp_rate=0.1).magnetization
    slope = -np.log(time[1] / time[0]) / (M[1] - M[0])
    assert slope * Jc * half_width / 2 == pytest.approx(a, rel=2e-3)
    t0 = macroscopic_time(half_width, **law)
    assert M[0] / (Jc * half_width / 2) == pytest.approx(1 - np.log(time[0] / t0) / a, abs=1e-3)


def test_sign_and_ramp():
    """A falling field leaves flux behind: M > 0; a rising field, M < 0; a full ramp comes near the Bean value."""
    run = dict(half_width=1e-4, Jc=5e9, ramp_rate=0.1)
    law = partial(power_law, Ec=1e-4, Jc=5e9, n=30)
    down = slab_relaxation(law, [0, 1, 10], field_start=3.0, field_stop=1.0, ramp_time=[-20, -1, 0], **run)
    up = slab_relaxation(law, [0, 1, 10], field_start=1.0, field_stop=3.0, ramp_time=[-20, -1, 0], **run)
    np.testing.assert_allclose(up.magnetization, -down.magnetization, rtol=1e-6)
    np.testing.assert_allclose(down.ramp_field, [3.0, 1.1, 1.0], rtol=1e-12)
    assert down.ramp_magnetization[0] == pytest.approx(0, abs=1e-6)
    assert down.ramp_magnetization[-1] == down.magnetization[0]
    assert 0.85 < down.magnetization[0] / (5e9 * 1e-4 / 2) < 1
    assert np.all(np.diff(down.magnetization) < 0)


@pytest.mark.parametrize("law", [partial(anderson_kim, E0=3.0, U0=40 * k_B * 7.0, temperature=7.0, Jc=2.0), partial(power_law, Ec=3.0, Jc=2.0, n=7.5)])
def test_electric_fields_are_odd_with_the_right_slope(law):
    J = np.array([-2.2, -1.0, -1e-3, 0.0, 1e-3, 1.0, 1.9])
    E, slope = law(J)
    step = 1e-5
    np.testing.assert_allclose(E, -law(-J)[0], rtol=1e-14)
    np.testing.assert_allclose(slope, (law(J + step)[0] - law(J - step)[0]) / (2 * step), rtol=1e-6, atol=1e-15)
    assert E[3] == 0 and np.all(np.isfinite(law(np.array([-1e30, 1e30]))[0]))


def test_anderson_kim_is_its_formula():
    J, a = np.linspace(-1.1, 1.1, 12), 30.0
    E, _ = anderson_kim(J, 2.0, a * k_B * 5.0, 5.0, 1.0)
    np.testing.assert_allclose(E, 2 * 2.0 * np.exp(-a) * np.sinh(a * J), rtol=1e-13)


def test_wrong_calls():
    law = partial(power_law, Ec=1.0, Jc=1.0, n=5)
    good = dict(half_width=1.0, Jc=1.0, field_start=1.0, field_stop=0.0, ramp_rate=1.0)
    for wrong in (dict(field_stop=1.0), dict(ramp_rate=0.0), dict(cells=1), dict(ramp_time=[-2.0]), dict(ramp_time=[0.5])):
        with pytest.raises(FitkitError):
            slab_relaxation(law, [0.0, 1.0], **(good | wrong))
    with pytest.raises(FitkitError):
        slab_relaxation(law, [-1.0], **good)


@pytest.mark.parametrize("number", RELAXATION_TEMPERATURES)
def test_samples_hold_their_truth(number):
    """A chord of the noise-free curve in the middle of the window gives the U* that the index claims."""
    signal, t0 = relaxation_signal(number)
    truth = relaxation_sample(number).truth[0]
    assert t0 == pytest.approx(1e-8)
    slope, level = np.polyfit(np.log(signal.time / truth.reference_time), signal.magnetization, 1)
    assert truth.temperature * level / -slope == pytest.approx(truth.value, rel=5e-4)


def test_samples_repeat_and_differ():
    first, again, other, sibling = relaxation_sample(3), relaxation_sample(3), relaxation_sample(3, seed=99), relaxation_sample(4, seed=3)
    np.testing.assert_array_equal(first.columns["moment"], again.columns["moment"])
    noise = [s.columns["moment"] / SLAB_VOLUME - relaxation_signal(s.number)[0].magnetization for s in (first, other, sibling)]
    assert not np.allclose(noise[0], noise[1]) and not np.allclose(noise[0], noise[2])
    with pytest.raises(FitkitError, match="1, 2"):
        relaxation_sample(42)
