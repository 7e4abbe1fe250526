"""Barriers against numbers of 40 digits, their limits, and what they become near the critical current."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from fitkit.constants import k_B
from fitkit.physics import barriers

CREEP = json.loads((Path(__file__).parents[1] / "reference" / "flux_creep.json").read_text(encoding="utf-8"))["models"]
EPS = np.finfo(float).eps


def points(name):
    return [pytest.param(name, point, id=f"{name}-{number}") for number, point in enumerate(CREEP[name]["points"])]


def computed(name, given):
    """(value, {input: derivative}) of the function behind a table."""
    J, Jc = given["J"], given["Jc"]
    if name in ("U_linear", "U_log", "U_mu"):
        mu = {"U_linear": -1.0, "U_log": 0.0}.get(name, given.get("mu"))
        slopes = dict(zip(("J", "U0", "Jc", "mu"), barriers.power_barrier_gradient(J, given["U0"], Jc, mu)))
        return barriers.power_barrier(J, given["U0"], Jc, mu), slopes
    if name == "U_mu_noinv":
        return barriers.power_barrier_without_inverse(J, given["U0"], Jc, given["mu"]), {}
    if name == "U_plastic":
        return barriers.plastic_barrier(J, given["U0"], Jc, given["p"]), {}
    function = {"U_blw": "critical_barrier", "U_washboard": "washboard_barrier"}[name]
    slopes = dict(zip(("J", "U0", "Jc"), getattr(barriers, function + "_gradient")(J, given["U0"], Jc)))
    return getattr(barriers, function)(J, given["U0"], Jc), slopes


@pytest.mark.parametrize("name, point", sum((points(name) for name in CREEP if name.startswith("U_") and name != "U_eff_t"), []))
def test_reference_points(name, point):
    value, slopes = computed(name, point["inputs"])
    wanted = float(point["value"])
    assert abs(value - wanted) <= 8 * max(point["condition"], 1) * EPS * abs(wanted)
    for key, slope in slopes.items():
        if key in point["derivatives"]:
            reference = float(point["derivatives"][key])
            room = max(1e-12, 8 * point["condition"] * EPS) * max(abs(reference), abs(wanted / (point["inputs"][key] or 1.0)))
            assert abs(slope - reference) <= room, key


def test_conventions_of_the_inverse_power():
    """U0 with 1/mu is mu times U0' without: a factor of seven at mu = 1/7; plastic p = 1/2 is mu = -1/2 with U_pl = 2 U0."""
    j = np.linspace(0.05, 1.0, 9)
    np.testing.assert_allclose(barriers.power_barrier(j, 1.0, 1.0, 1 / 7), barriers.power_barrier_without_inverse(j, 7.0, 1.0, 1 / 7), rtol=1e-14)
    np.testing.assert_allclose(barriers.power_barrier(j, 1.0, 1.0, -0.5), barriers.plastic_barrier(j, 2.0, 1.0), rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(barriers.power_barrier(j, 1.0, 1.0, 1e-12), np.log(1 / j), rtol=1e-10)
    # U(Jc) = Uc of the pure inverse power, U0'/... of the family at J << Jc
    assert barriers.pure_power_barrier(1.0, 3.0, 1.0, 0.5) == 3.0
    assert barriers.power_barrier(1e-12, 3.0, 1.0, 1.0) == pytest.approx(barriers.pure_power_barrier(1e-12, 3.0, 1.0, 1.0), rel=1e-11)


@pytest.mark.parametrize("j, ratio", [(0.999, 1.0001), (0.9, 1.005), (0.5, 1.027), (0.1, 1.053)])
def test_three_halves_is_the_washboard_near_jc(j, ratio):
    near = 2 * math.sqrt(2) / 3 * barriers.critical_barrier(j, 1.0, 1.0)
    assert barriers.washboard_barrier(j, 1.0, 1.0) / near == pytest.approx(ratio, abs=6e-4)


@pytest.mark.parametrize("name", sorted(barriers.BARRIERS))
def test_barriers_vanish_at_jc_rise_as_j_falls_and_have_their_slope(name):
    barrier = barriers.BARRIERS[name]
    j = np.linspace(0.02, 0.98, 25)
    h = 1e-5
    assert barrier.height(1.0) == pytest.approx(0.0, abs=1e-15)
    np.testing.assert_allclose(barrier.slope(j), (barrier.height(j - h) - barrier.height(j + h)) / (2 * h), rtol=1e-5)
    assert np.all(barrier.slope(j) > 0)
    if math.isfinite(barrier.at_zero):
        assert barrier.height(1e-14) == pytest.approx(barrier.at_zero, rel=1e-5)
    else:
        assert barrier.height(1e-14) > 4


def test_hops():
    """One e-fold per kT; without work no net hop; attempt frequency of a typical high-Tc crystal as published orders of magnitude go."""
    T = 20.0
    assert barriers.hop_rate(3 * k_B * T, T, 1e9) == pytest.approx(1e9 * math.exp(-3))
    assert barriers.net_hop_rate(3 * k_B * T, T, 1e9, 0.0) == 0
    # linear barrier: nu0 e^-a (e^aj - e^-aj)
    a, j = 12.0, 0.3
    assert barriers.net_hop_rate(a * (1 - j) * k_B * T, T, 1.0, 2 * a * j * k_B * T) == pytest.approx(2 * math.exp(-a) * math.sinh(a * j), rel=1e-13)
    assert barriers.attempt_frequency(1e10, 1e-6, 2e-9, 100.0) == pytest.approx(8e9, rel=0.01)
