"""Thin strip and disc against what is known without solving them, and what fits make of decays in all shapes."""

import json
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import k_B, mu0
from fitkit.errors import FitkitError
from fitkit.physics.critical_state import Disc, Slab, Strip
from fitkit.simulate import anderson_kim, film_relaxation, macroscopic_time, power_law, slab_relaxation

W, D, JC, T = 1e-3, 1e-6, 2e10, 20.0     # half width, thickness of the films [m]; [A/m2], [K]


@pytest.mark.parametrize("shape, n, bean", [("strip", 11, 0.957), ("strip", 31, 0.984), ("strip", 81, 0.994), ("disc", 11, 0.911), ("disc", 31, 0.968), ("disc", 81, 0.988)])
def test_rate_and_ramp_in_natural_units(shape, n, bean):
    """Late S = 1/(n - 1), as in any cross-section (Brandt 1996); at the end of a ramp of unit rate that part of the Bean moment."""
    run = film_relaxation(partial(power_law, Ec=1.0, Jc=1.0, n=n), np.array([1e6, 1.1e6]) * mu0, shape=shape, half_width=1.0, thickness=1.0, Jc=1.0, field_start=4 * mu0,
                          field_stop=0.0, ramp_rate=1.0)
    assert -np.log(run.magnetization[1] / run.magnetization[0]) / np.log(1.1) == pytest.approx(1 / (n - 1), rel=1e-5)
    lever = 1 / 2 if shape == "strip" else 1 / 3
    assert run.ramp_magnetization[-1] / lever == pytest.approx(bean, abs=5e-4)


def law_of(barrier):
    """A power law of that n, or with a = -n the hops over a linear barrier; flux-flow resistivity E0/Jc."""
    return partial(power_law, Ec=1e-4, Jc=JC, n=barrier) if barrier > 0 else partial(anderson_kim, E0=200.0, U0=-barrier * k_B * T, temperature=T, Jc=JC)


@lru_cache
def relaxation(shape, barrier, rate=1.0):
    """(time, magnetization) of a decay of three decades in SI, without noise."""
    time = np.geomspace(100.0, 1e5, 120)
    if shape == "slab":
        run = slab_relaxation(law_of(barrier), time, half_width=1e-4, Jc=JC, field_start=12.0, field_stop=0.0, ramp_rate=rate, cells=60)
    else:
        run = film_relaxation(law_of(barrier), time, shape=shape, half_width=W, thickness=D, Jc=JC, field_start=1.0, field_stop=0.0, ramp_rate=0.01 * rate)
    return time, run.magnetization


def measured(shape, barrier, noise=0.0, seed=1, rate=1.0, **meta):
    time, M = relaxation(shape, barrier, rate)
    M = M * (1 + np.random.default_rng(seed).normal(0, noise, len(M)))
    sizes = {"slab": dict(thickness="0.2 mm", height="5 mm"), "strip": dict(width="2 mm", thickness="1 um"), "disc": dict(diameter="2 mm", thickness="1 um")}[shape]
    return fk.dataset(time=(time, "s"), magnetization=(M, "A/m"), name=f"{shape} {barrier}", temperature="20 K", **sizes, **meta)


@pytest.mark.parametrize("shape", ["slab", "strip", "disc"])
@pytest.mark.parametrize("n", [11, 31, 81])
def test_fitted_rate_is_one_over_n_minus_one(shape, n):
    """Within 1 % without noise; within its error with noise."""
    assert fk.fit("power_law_decay", measured(shape, n))["S"].value == pytest.approx(1 / (n - 1), rel=0.01)
    noisy = fk.fit("power_law_decay", measured(shape, n, noise=2e-4))
    assert abs(noisy["S"].value - 1 / (n - 1)) < 3 * noisy["S"].error and noisy["S"].error < 0.01 / (n - 1)
    assert noisy["n"].value == pytest.approx(n, rel=0.01)
    exact = fk.fit("rate_equation_decay", measured(shape, n), fix={"mu": 0})
    assert exact["n"].value == pytest.approx(n, rel=0.01) and exact["S"].value == pytest.approx(1 / (n - 1), rel=0.01)


def test_a_slow_ramp_is_a_shift_of_the_clock():
    """The decay began 0.68 mu0 w J/(n dB/dt) before the ramp stopped; freed, t_shift finds it, and S is right again."""
    n, rate = 21, 0.005
    run = measured("slab", n, noise=2e-5, rate=rate)
    wanted = 0.68 * mu0 * 1e-4 * JC * (rate * 1e-4 / 1e-4) ** (1 / n) / (n * rate)
    kept, freed = fk.fit("power_law_decay", run), fk.fit("power_law_decay", run, free=["t_shift"])
    assert kept["S"].value < (1 - 0.005) / (n - 1) and abs(freed["S"].value - 1 / (n - 1)) < 3 * freed["S"].error
    assert freed["t_shift"].value == pytest.approx(wanted, rel=0.2)


@pytest.mark.parametrize("shape", ["slab", "strip", "disc"])
@pytest.mark.parametrize("a", [40, 80])
def test_barrier_of_hops_from_the_geometry(shape, a):
    """U0/kT within 1 %: t0 from size and flux-flow resistivity, nothing assumed."""
    run = fk.creep_time(measured(shape, -a, noise=1e-4), shape=shape, flux_flow_resistivity="1 uohm cm")
    for law in ("log_decay", "rate_equation_decay"):
        result = fk.fit(law, run)
        assert result["U0"].to("K").value / T == pytest.approx(a, rel=0.01)
    assert run.meta["t0"].origin.startswith("geometry") and run.history[-1].found["U0/kT of a linear barrier"] == pytest.approx(a, rel=0.01)
    assumed = fk.fit("log_decay", measured(shape, -a, noise=1e-4))      # the default of 1 us
    assert assumed["U0"].to("K").value / T != pytest.approx(a, rel=0.01) or abs(np.log(run.si("t0") / 1e-6)) < 0.02 * a


@pytest.mark.parametrize("a", [10, 20, 40, 80])
def test_barrier_of_the_reference_runs(a):
    """The tables of the other solver, in SI: U0/kT within 1 % from the geometry, at U0/kT = 10 too, where hops back matter and the logarithm is 3 % off."""
    run = json.loads((Path(__file__).parents[1] / "reference" / "flux_diffusion.json").read_text(encoding="utf-8"))["runs"][f"ak_a{a}"]
    t, M, w, Jc, rho = np.array(run["t"]), np.array(run["M"]), 1e-4, 1e10, 1e-8
    seen = (t >= 100) & (t <= 1e6) & (M > 1e-3)
    data = fk.dataset(time=(t[seen] * mu0 * w**2 / rho, "s"), magnetization=(M[seen] * Jc * w, "A/m"), name=f"a = {a}", temperature="20 K", thickness="0.2 mm", height="5 mm")
    data = fk.creep_time(data, shape="slab", flux_flow_resistivity=f"{rho} ohm m")
    U0 = {law: fk.fit(law, data)["U0"].to("K").value / T for law in ("log_decay", "rate_equation_decay")}
    assert U0["rate_equation_decay"] == pytest.approx(a, rel=0.01)
    assert (U0["log_decay"] == pytest.approx(a, rel=0.01)) == (a > 10)


def test_time_of_creep_grows_with_the_size():
    slab = Slab(2e-4, height=1e-2)
    assert slab.creep_time(40.0, 1e-8) == pytest.approx(macroscopic_time(1e-4, 40 * k_B * T, T, 1e-8 * JC, JC), rel=1e-5)
    assert Slab(4e-4, height=1e-2).creep_time(40.0, 1e-8) == pytest.approx(4 * slab.creep_time(40.0, 1e-8))
    assert Strip(4e-3, 1e-6).creep_time(40.0, 1e-8) == pytest.approx(2 * Strip(2e-3, 1e-6).creep_time(40.0, 1e-8))
    assert Disc(2e-3, 1e-6).creep_time(40.0, 1e-8) < Strip(2e-3, 1e-6).creep_time(40.0, 1e-8)


@pytest.mark.parametrize("shape", ["strip", "disc"])
def test_electric_field_of_thin_samples(shape):
    """E and J of the decay are the power law that was put in; the formula of the slab is refused."""
    density = fk.bean_current_density(measured(shape, 31), shape=shape, measure="branch", field_step="1 T")
    curve = fk.electric_field_of_decay(density, shape=shape)
    np.testing.assert_allclose(curve["electric_field"] / (1e-4 * (curve["current_density"] / JC) ** 31), 1, atol=0.03)
    with pytest.raises(FitkitError, match="is not long.*\n.*shape='strip'"):
        fk.electric_field_of_decay(density, shape="slab", thickness="2 mm", height="1 um")


def test_sign_of_both_directions():
    law = partial(power_law, Ec=1e-4, Jc=JC, n=15)
    run = dict(shape="strip", half_width=W, thickness=D, Jc=JC, ramp_rate=0.01, ramp_time=[-1.0, 0.0], nodes=30)
    down, up = film_relaxation(law, [1.0], field_start=0.5, field_stop=0.0, **run), film_relaxation(law, [1.0], field_start=0.0, field_stop=0.5, **run)
    np.testing.assert_allclose(up.magnetization, -down.magnetization, rtol=1e-6)
    assert down.magnetization[0] > 0 and down.ramp_field == pytest.approx([0.01, 0.0])


def test_wrong_calls():
    law = partial(power_law, Ec=1.0, Jc=1.0, n=5)
    good = dict(shape="strip", half_width=1.0, thickness=1.0, Jc=1.0, field_start=1.0, field_stop=0.0, ramp_rate=1.0)
    for wrong in (dict(shape="ring"), dict(field_stop=1.0), dict(ramp_rate=0.0), dict(nodes=3), dict(ramp_time=[-2.0]), dict(ramp_time=[0.5])):
        with pytest.raises(FitkitError):
            film_relaxation(law, [0.0, 1.0], **(good | wrong))
    with pytest.raises(FitkitError, match="no 'flux_flow_resistivity': t0 is the time"):
        fk.creep_time(measured("slab", 31), shape="slab")
    with pytest.raises(FitkitError, match="not long"):
        fk.creep_time(measured("slab", 31), shape="slab", height="1 um", flux_flow_resistivity="1 uohm cm")
    growing = fk.dataset(time=([1.0, 2, 3], "s"), moment=([1.0, 2, 3], "emu"), name="growing", thickness="1 mm", height="1 cm")
    with pytest.raises(FitkitError, match="does not decay"):
        fk.creep_time(growing, shape="slab", flux_flow_resistivity="1 uohm cm")
