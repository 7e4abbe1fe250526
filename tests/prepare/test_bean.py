"""bean_current_density, electric_field_of_decay, dynamic_rate on simulated flux diffusion, which knows none of their formulas."""

from functools import lru_cache, partial

import numpy as np
import pytest

from fitkit.constants import mu0
from fitkit.data import dataset
from fitkit.errors import FitkitError
from fitkit.prepare import bean_current_density, dynamic_rate, electric_field_of_decay
from fitkit.simulate import power_law, slab_relaxation

JC, W, N = 5e9, 1e-4, 21      # [A/m2] at 1 uV/cm, half thickness [m], exponent
LAW = partial(power_law, Ec=1e-4, Jc=JC, n=N)


@lru_cache
def rising(rate, top=4.0):
    """Rising branch of a loop between -top and +top [T] in the simulated slab."""
    time = np.linspace(-2 * top / rate, 0.0, 161)
    run = slab_relaxation(LAW, [1.0], half_width=W, Jc=JC, field_start=-top, field_stop=top, ramp_rate=rate, ramp_time=time, cells=60)
    return run.ramp_time, run.ramp_field, run.ramp_magnetization


def loop(rate=0.01, reversible=0.0, **more):
    time, field, M = rising(rate)
    return dataset(time=(np.concatenate([time, time + time[-1] - time[0] + 1]), "s"), field=(np.concatenate([field, -field]), "T"),
                   magnetization=(np.concatenate([M, -M]) + reversible * np.concatenate([field, -field]), "A/m"), name=f"loop {rate}", temperature="20 K", **more)


@lru_cache
def decay(noise=0.0, points=200):
    time = np.geomspace(1.0, 1e5, points)
    M = slab_relaxation(LAW, time, half_width=W, Jc=JC, field_start=4.0, field_stop=0.0, ramp_rate=0.1, cells=60).magnetization
    M = M * (1 + np.random.default_rng(1).normal(0, noise, points))
    return dataset(time=(time, "s"), magnetization=(M, "A/m"), name="decay", temperature="20 K")


def expected(rate):
    """J at half the flux density rate: E = (dB/dt) x; matched to the mean over the slab, weighted as M is."""
    x = (np.arange(4000) + 0.5) / 4000
    return JC * np.mean((rate * W * x / 1e-4) ** (1 / N) * 2 * x)


@pytest.mark.parametrize("rate", [0.01, 0.3])
def test_loop_of_a_slab(rate):
    made = bean_current_density(loop(rate, reversible=500.0), shape="slab", thickness="0.2 mm")
    assert made["current_density"] == pytest.approx(expected(rate), rel=1e-3)
    assert made["reversible_magnetization"] == pytest.approx(500 * made["field"], abs=0.5)
    # both currents must have turned: 2 Bp after each end of the loop
    needed = 2 * mu0 * expected(rate) * W
    assert made["field"].min() >= -4 + needed - 1e-9 and made["field"].max() <= 4 - needed + 1e-9
    assert made.history[-1].found["fields not fully penetrated"] > 0 and made.si("sweep_rate") == pytest.approx(rate, rel=1e-6)
    assert made.units["current_density"] == "A/cm2"


def test_a_loop_in_cgs_is_the_same():
    """emu, Oe and mm: J in A/cm2 = 20 dM/d."""
    si = loop(0.01)
    volume = 2 * W * 3e-3 * 4e-3
    cgs = dataset(time=(si["time"], "s"), field=(si["field"] * 1e4, "Oe"), moment=(si["magnetization"] * volume * 1e3, "emu"), name="cgs",
                  thickness="0.2 mm", height="3 mm", length="0.4 cm")
    made, same = bean_current_density(cgs, shape="slab"), bean_current_density(si, shape="slab", thickness="200 um")
    np.testing.assert_allclose(made.values("current_density"), same["current_density"] / 1e4, rtol=1e-9)
    width = 2 * made["irreversible_magnetization"] / 1e3     # emu/cm3
    np.testing.assert_allclose(made.values("current_density"), 20 * width / 0.02, rtol=1e-12)


def test_a_small_loop_is_not_penetrated():
    time, field, M = rising(0.01)
    inner = np.abs(field) < 0.5
    small = dataset(field=(np.concatenate([field[inner], field[inner][::-1]]), "T"), magnetization=(np.concatenate([M[inner], -M[inner][::-1]]), "A/m"), name="small")
    with pytest.raises(FitkitError, match="small: not fully penetrated.*Sweep further"):
        bean_current_density(small, shape="slab", thickness="0.2 mm")


def test_branch_or_width_is_stated():
    with pytest.raises(FitkitError, match="one branch or the width.*\n.*measure='branch'"):
        bean_current_density(decay(), shape="slab", thickness="0.2 mm")
    branch = bean_current_density(decay(), shape="slab", thickness="0.2 mm", measure="branch", field_step="4 T")
    twice = dataset(time=(decay()["time"], "s"), magnetization=(2 * decay()["magnetization"], "A/m"), name="width")
    width = bean_current_density(twice, shape="slab", thickness="0.2 mm", measure="width", field_step="4 T")
    np.testing.assert_allclose(width["current_density"], branch["current_density"], rtol=1e-14)
    assert branch["current_density"][0] == pytest.approx(JC, rel=0.5) and np.all(np.diff(branch["current_density"]) < 0)


def test_reversible_magnetization_and_sign_of_a_branch():
    shifted = dataset(time=(decay()["time"], "s"), magnetization=(-decay()["magnetization"] + 3e3, "A/m"), magnetization_err=(np.full(200, 50.0), "A/m"), name="up")
    made = bean_current_density(shifted, shape="slab", thickness="0.2 mm", measure="branch", reversible="3 emu/cm3")
    plain = bean_current_density(decay(), shape="slab", thickness="0.2 mm", measure="branch")
    np.testing.assert_allclose(made["current_density"], plain["current_density"], rtol=1e-12)
    assert made["current_density_err"][0] == pytest.approx(50 * 4 / 0.2e-3)
    assert "full penetration not checked" in made.notes[-1].text
    with pytest.raises(FitkitError, match="crosses zero in .* rows: a background"):
        bean_current_density(shifted, shape="slab", thickness="0.2 mm", measure="branch", reversible=f"{3e3 - decay()['magnetization'][100]} A/m")


def test_penetration_of_a_relaxation():
    with pytest.raises(FitkitError, match="full penetration wants"):
        bean_current_density(decay(), shape="slab", thickness="0.2 mm", measure="branch", field_step="0.3 T")


def test_volume_of_the_superconductor_alone():
    film = dataset(time=([1.0, 2, 3], "s"), moment=([1.0, 0.9, 0.8], "emu"), name="film", width="4 mm", length="5 mm", thickness="300 nm", volume="10 mm3")
    with pytest.raises(FitkitError, match="not its substrate"):
        bean_current_density(film, shape="rectangle", measure="branch")
    with pytest.raises(FitkitError, match="no 'volume'"):
        bean_current_density(dataset(time=([1.0, 2, 3], "s"), moment=([1.0, 0.9, 0.8], "emu"), name="plate", thickness="1 mm"), shape="slab", measure="branch")
    with pytest.raises(FitkitError, match="film: rectangle wants length"):
        bean_current_density(dataset(time=([1.0, 2], "s"), magnetization=([1.0, 0.9], "A/m"), name="film", width="4 mm"), shape="rectangle", measure="branch")


def test_electric_field_and_current_density_are_the_law_that_was_put_in():
    """E matched to the J of the whole slab: the power law comes back over four decades of E."""
    density = bean_current_density(decay(), shape="slab", thickness="0.2 mm", measure="branch", field_step="4 T")
    curve = electric_field_of_decay(density, shape="slab", height="5 mm")
    late = curve["time"] > 30          # the end of the ramp is forgotten
    want = 1e-4 * (curve["current_density"] / JC) ** N
    np.testing.assert_allclose(curve["electric_field"][late] / want[late], 1, atol=5e-3)
    assert curve["electric_field"].min() < 1e-9 < 1e-8 < curve["electric_field"].max() and curve.units["electric_field"] == "V/m"
    edge = electric_field_of_decay(density, shape="slab", height="5 mm", at="edge")
    assert edge["electric_field"] / curve["electric_field"] == pytest.approx(1 / 0.796593, rel=1e-9)


def test_errors_of_the_electric_field_are_the_scatter():
    pulls = []
    exact = electric_field_of_decay(bean_current_density(decay(), shape="slab", thickness="0.2 mm", measure="branch"), shape="slab", height="5 mm")
    clean = decay()["magnetization"]
    for seed in range(60):
        noisy = clean * (1 + np.random.default_rng(seed).normal(0, 1e-4, len(clean)))
        data = dataset(time=(decay()["time"], "s"), magnetization=(noisy, "A/m"), name="noisy")
        made = electric_field_of_decay(bean_current_density(data, shape="slab", thickness="0.2 mm", measure="branch"), shape="slab", height="5 mm")
        pulls.append((made["electric_field"] - exact["electric_field"]) / made["electric_field_err"])
    pulls = np.concatenate(pulls)
    assert abs(pulls.mean()) < 0.15 and 0.9 < np.sqrt(np.mean(np.clip(pulls, -5, 5) ** 2)) < 1.35     # Student's t of seven degrees of freedom: 1.18


def test_refusals_of_the_electric_field():
    density = bean_current_density(decay(), shape="slab", thickness="0.2 mm", measure="branch")
    with pytest.raises(FitkitError, match="decay: slab.*is not long.*\n.*shape='strip'"):
        electric_field_of_decay(density, shape="slab", height="300 nm")
    with pytest.raises(FitkitError, match="no column 'irreversible_magnetization'"):
        electric_field_of_decay(decay(), shape="slab", thickness="0.2 mm", height="5 mm")
    with pytest.raises(FitkitError, match="take at='edge'"):
        electric_field_of_decay(density, shape="rectangle", width="1 mm", length="2 mm", thickness="5 mm")
    with pytest.raises(FitkitError, match="wanted 'edge' or 'matched'"):
        electric_field_of_decay(density, shape="slab", height="5 mm", at="middle")
    with pytest.raises(FitkitError, match="holds 6 points"):
        electric_field_of_decay(density.select(slice(0, None, 20)), shape="slab", height="5 mm", window=0.1)


def test_dynamic_rate_of_a_power_law():
    """J ~ E^(1/n): Q = 1/n, and S = 1/(n - 1) is Q/(1 - Q)."""
    from fitkit.physics.critical_state import rate_from_dynamic_rate

    loops = [bean_current_density(loop(rate), shape="slab", thickness="0.2 mm") for rate in (0.01, 0.05, 0.3)]
    made = dynamic_rate(loops[0], loops[1:], mu=0.0)
    assert made["S"] == pytest.approx(1 / (N - 1), rel=2e-3) and made["S_err"] == pytest.approx(made["Q_err"] / (1 - made["Q"]) ** 2)
    assert made["Q"] == pytest.approx(1 / N, rel=2e-3) and np.all(made["Q_err"] < 1e-3 / N)
    assert rate_from_dynamic_rate(made["Q"].mean(), 0.0) == pytest.approx(1 / (N - 1), rel=2e-3)
    assert made.history[-1].parents[0]["name"] == "loop 0.05"


def test_refusals_of_the_dynamic_rate():
    slow, fast = (bean_current_density(loop(rate), shape="slab", thickness="0.2 mm") for rate in (0.01, 0.05))
    with pytest.raises(FitkitError, match="two sweep rates or more"):
        dynamic_rate(slow, [])
    with pytest.raises(FitkitError, match="too close for a slope"):
        dynamic_rate(slow, [slow])
    with pytest.raises(FitkitError, match="differ in temperature"):
        dynamic_rate(slow, fast.with_meta(temperature="22 K"))
    with pytest.raises(FitkitError, match="no 'sweep_rate'"):
        dynamic_rate(slow, dataset(field=(slow["field"], "T"), current_density=(slow["current_density"], "A/m2"), name="bare"))


@pytest.mark.parametrize("shape, sizes, volume, density", [
    # a loop 10 emu/cm3 wide: J [A/cm2] by the textbook formulas in cgs, sizes in cm
    ("slab", dict(thickness="0.5 mm", height="4 mm", length="6 mm"), 0.05 * 0.4 * 0.6, 20 * 10 / 0.05),
    ("cylinder", dict(diameter="2 mm", height="8 mm"), np.pi / 4 * 0.2**2 * 0.8, 30 * 10 / 0.2),
    ("rectangle", dict(width="4 mm", length="2 mm", thickness="1 um"), 0.4 * 0.2 * 1e-4, 20 * 10 / (0.2 * (1 - 0.2 / 1.2))),
    ("strip", dict(width="1 mm", length="9 mm", thickness="1 um"), 0.1 * 0.9 * 1e-4, 20 * 10 / 0.1),
    ("disc", dict(diameter="3 mm", thickness="300 nm"), np.pi / 4 * 0.3**2 * 3e-5, 30 * 10 / 0.3),
    # 3 dm/[2 pi h (Ro^3 - Ri^3)], dm = 10 emu/cm3 times the volume; 1 emu = 10 A cm2
    ("ring", dict(diameter="4 mm", inner_diameter="2 mm", height="12 mm"), np.pi / 4 * (0.4**2 - 0.2**2) * 1.2,
     3 * 10 * 10 * (np.pi / 4 * (0.4**2 - 0.2**2) * 1.2) / (2 * np.pi * 1.2 * (0.2**3 - 0.1**3)))])
def test_all_shapes_in_cgs_from_moment_loop_and_branch(shape, sizes, volume, density):
    field = np.concatenate([np.linspace(-6e4, 6e4, 61), np.linspace(6e4, -6e4, 61)])
    moment = 5.0 * volume * np.repeat([-1.0, 1.0], 61)
    loop = dataset(field=(field, "Oe"), moment=(moment, "emu"), name=shape, **sizes)
    made = bean_current_density(loop, shape=shape)
    assert made.values("current_density", "A/cm2") == pytest.approx(density, rel=1e-9)
    branch = dataset(time=([1.0, 2.0], "s"), moment=([5 * volume, 4 * volume], "emu"), name=shape, **sizes)
    assert bean_current_density(branch, shape=shape, measure="branch", field_step="12 T").values("current_density")[0] == pytest.approx(density, rel=1e-9)


def test_a_thin_ring_has_a_current_density():
    """M/J holds for any height; only the field of full penetration is not known, which is said."""
    sizes = dict(diameter="4 mm", inner_diameter="2 mm", height="300 nm")
    volume = np.pi / 4 * (0.4**2 - 0.2**2) * 3e-5
    branch = dataset(time=([1.0, 2.0], "s"), moment=([5 * volume, 4 * volume], "emu"), name="thin ring", **sizes)
    made = bean_current_density(branch, shape="ring", measure="branch")
    density = 3 * 10 * 5 * 2 * volume / (2 * np.pi * 3e-5 * (0.2**3 - 0.1**3))
    assert made.values("current_density", "A/cm2")[0] == pytest.approx(density, rel=1e-9)
    assert any("full penetration not checked" in note.text and "ring that is not long" in note.text for note in made.notes)


def test_an_implausible_current_density_is_noted():
    """emu declared as A m2: a thousand times too large is still plausible for a film, a million of a thick sample is not."""
    wrong = dataset(time=([1.0, 2.0], "s"), moment=([5.0, 4.0], "A m2"), name="wrong", width="1 mm", length="9 mm", thickness="1 um")
    made = bean_current_density(wrong, shape="strip", measure="branch", field_step="1000000 T")
    assert "check the unit of the moment" in made.notes[-1].text
    right = dataset(time=([1.0, 2.0], "s"), moment=([5e-6, 4e-6], "emu"), name="right", width="1 mm", length="9 mm", thickness="1 um")
    assert not bean_current_density(right, shape="strip", measure="branch", field_step="12 T").notes


@pytest.mark.parametrize("top, enough", [(3.0, True), (0.6, False)])
def test_the_ramp_in_the_file_is_the_field_step(top, enough):
    """Up, down to 0.5 T below the top and more, then held: the step counts from the turn."""
    from fitkit.prepare import relaxation_segment

    ramp = np.concatenate([np.linspace(0, top, 40), np.linspace(top, 0.1, 60)[1:]])
    field = np.concatenate([ramp, np.full(200, 0.1)])
    time = np.arange(len(field), dtype=float)
    held = np.maximum(time - time[len(ramp) - 1], 0.5)
    file = dataset(time=(time, "s"), field=(field + np.random.default_rng(0).normal(0, 1e-6, len(field)), "T"), temperature=(np.full(len(field), 20.0), "K"),
                   magnetization=(2.5e5 * (1 - 0.02 * np.log(held)), "A/m"), name="file")
    run = relaxation_segment(file)
    assert run.si("field_step") == pytest.approx(top - 0.1, abs=1e-4)
    made = bean_current_density(run, shape="slab", thickness="0.2 mm", measure="branch")      # 2 Bp = 1.3 T
    assert bool(made.notes) != enough
    if not enough:
        assert "as far as the file shows, the field moved by 0.5" in made.notes[-1].text
