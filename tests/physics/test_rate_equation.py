"""The rate equation: closed forms and quadrature against 40 digits, against a step-by-step integration, and the table behind the law against both."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from fitkit.constants import k_B
from fitkit.errors import FitkitError
from fitkit.physics import rate_equation as rate
from fitkit.physics.barriers import BARRIERS, barrier_of_exponent
from fitkit.physics.creep_curve import barrier_over_kT, creep_curve, relaxation_rate
from fitkit.simulate import current_relaxation

CREEP = json.loads((Path(__file__).parents[1] / "reference" / "flux_creep.json").read_text(encoding="utf-8"))["models"]
EPS = np.finfo(float).eps
CLOSED = {"j_ode_linear_fwd": "linear_forward", "j_ode_linear_sinh": "linear_two_way", "j_ode_log_fwd": "logarithmic_forward", "j_ode_driven_linear": "linear_driven"}
BY_QUADRATURE = {"j_ode_linear_fwd": "linear", "j_ode_linear_sinh": "linear", "j_ode_log_fwd": "logarithmic barrier", "j_ode_log_rev": "logarithmic barrier",
                 "j_ode_plastic_fwd": "plastic", "j_ode_blw_fwd": "three halves", "j_ode_blw_rev": "three halves", "j_ode_mu_fwd": None, "j_ode_mu_rev": None}


def points(names):
    return [pytest.param(name, point, id=f"{name}-{number}") for name in names for number, point in enumerate(CREEP[name]["points"])]


@pytest.mark.parametrize("name, point", points(CLOSED))
def test_closed_forms(name, point):
    given = point["inputs"]
    a = given["U0"] / (k_B * given["T"])
    arguments = (given["t"], a, given["tau"], given["ji"], *([given["r"]] if "r" in given else []))
    value, wanted = getattr(rate, CLOSED[name])(*arguments), float(point["value"])
    if abs(wanted) < 1e-300:
        assert 0 <= value < 1e-300
        return
    # a t/tau over many decades: the rounding of its logarithm counts where j is what is left of it
    condition = max(point["condition"], math.log(max(given["t"] / given["tau"], 2)) / a / abs(wanted))
    assert abs(value - wanted) <= 8 * max(condition, 1) * EPS * abs(wanted)
    dt, da, dtau, dstart, *dsweep = getattr(rate, CLOSED[name] + "_gradient")(*arguments)
    slopes = {"t": dt, "tau": dtau, "ji": dstart, "U0": da * a / given["U0"], "T": -da * a / given["T"]} | ({"r": dsweep[0]} if dsweep else {})
    for key, slope in slopes.items():
        reference = float(point["derivatives"][key])
        room = max(1e-12, 40 * condition * EPS) * max(abs(reference), abs(wanted / given[key]))
        assert abs(slope - reference) <= room, key


@pytest.mark.parametrize("name, point", points(BY_QUADRATURE))
def test_quadrature(name, point):
    given, wanted = point["inputs"], float(point["value"])
    barrier = BARRIERS[BY_QUADRATURE[name]] if BY_QUADRATURE[name] else barrier_of_exponent(given["mu"])
    back = name.endswith("rev") or name.endswith("sinh")
    value = rate.relaxed_current(given["t"], barrier, given["U0"] / (k_B * given["T"]), given["tau"], given["ji"], back_hops=back)
    if wanted < 1e-300:
        assert 0 <= value < 1e-300 or wanted < 0
    else:
        assert abs(value - wanted) <= 8 * max(point["condition"] or 1, 1) * EPS * wanted


@pytest.mark.parametrize("barrier, a", [("linear", 25.0), ("three halves", 30.0), ("washboard", 30.0), ("plastic", 15.0), ("logarithmic barrier", 12.0), ("small bundle", 20.0)])
@pytest.mark.parametrize("back", [True, False])
def test_quadrature_is_the_step_by_step_integration(barrier, a, back):
    time = np.geomspace(1e-3, 1e7, 12)
    stepped = current_relaxation(time, barrier, U0=a * k_B * 10, temperature=10.0, Jc=1.0, tau=1e-2, start=0.9, back_hops=back)
    np.testing.assert_allclose(rate.relaxed_current(time, BARRIERS[barrier], a, 1e-2, 0.9, back), stepped, rtol=2e-7)


def test_ohmic_end_and_its_absence():
    """A finite barrier ends in an exponential of rate 2 a exp(-a U(0)/U0)/tau, which forward hops alone cannot give."""
    a, tau = 8.0, 1.0
    time = np.array([3e3, 4e3])
    j = rate.relaxed_current(time, BARRIERS["three halves"], a, tau)
    assert np.log(j[0] / j[1]) / 1e3 == pytest.approx(2 * a * math.exp(-a) / tau, rel=1e-3)
    assert np.all(rate.relaxed_current(time, BARRIERS["three halves"], a, tau, back_hops=False) == 0.0)
    assert rate.relaxed_current(0.0, BARRIERS["linear"], a, tau, 0.7) == 0.7


def test_steady_sweep():
    """j ends where the hops keep up with the sweep; the time to get there is 1/(a sweep)."""
    a, tau, sweep = 40.0, 1e-6, 1e-3
    steady = 1 + math.log(sweep * tau) / a
    assert rate.linear_driven(1e4, a, tau, 0.2, sweep) == pytest.approx(steady, rel=1e-12)
    assert rate.linear_driven(10.0, a, tau, 0.2, sweep) == pytest.approx(0.21, rel=1e-6)      # far below: dj/dt = sweep
    stepped = current_relaxation(np.array([1.0, 100.0, 400.0]), "linear", U0=a * k_B, temperature=1.0, Jc=2.0, tau=tau, start=0.6, sweep=2 * sweep, back_hops=False)
    np.testing.assert_allclose(stepped / 2, rate.linear_driven(np.array([1.0, 100.0, 400.0]), a, tau, 0.6, sweep), rtol=1e-8)


@pytest.mark.parametrize("mu, a", [(-1.0, 30.0), (-1.0, 27.0), (-1.0, 28.5), (-0.5, 20.0), (0.0, 25.0), (1 / 7, 25.0), (1.0, 30.0), (1.5, 40.0)])
def test_table_of_the_law_is_the_rate_equation(mu, a):
    """From a start at Jc long ago; the steepness at t_r gives U0 back exactly with t0 = tau/a."""
    tau, t_r = 1e-9, 100.0
    time = np.geomspace(1.0, 1e4, 9)
    j = rate.relaxed_current(np.append(time, t_r), barrier_of_exponent(mu), a, tau, 1.0, back_hops=mu < 0)
    n = a * j[-1] ** -mu
    b = a * j[-1] if mu < 0 else np.inf
    y, *slopes = creep_curve(np.log(time / t_r), n, mu, b)
    np.testing.assert_allclose(np.exp(y) * j[-1], j[:-1], rtol=2e-8)
    assert barrier_over_kT(n, mu, b, t_r, tau / a) == pytest.approx(a, rel=1e-7)


def test_limits_of_the_table():
    x = np.linspace(-8, 8, 17)
    np.testing.assert_allclose(creep_curve(x, 20.0, 0.0, np.inf)[0], -x / 19, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(np.exp(creep_curve(x, 30.0, -1.0, np.inf)[0]), 1 - x / 30, rtol=1e-13)
    assert relaxation_rate(20.0, 0.0, np.inf) == pytest.approx(1 / 19, rel=1e-13) and relaxation_rate(30.0, -1.0, 30.0) == pytest.approx(1 / 30, rel=1e-12)
    # hops back, closed form: G(n m) ~ age, G(x) = -ln tanh(x/2)
    n = 3.0
    m = np.exp(creep_curve(x, n, -1.0, n)[0])
    np.testing.assert_allclose(np.log(np.tanh(n * m / 2)) / math.log(math.tanh(n / 2)), np.exp(x), rtol=1e-9)
    assert np.isnan(creep_curve(1.0, 0.9, 0.5, np.inf)[0])


def test_derivatives_of_the_table():
    x = np.linspace(-5, 6, 12)
    for mu, n, b in ((-1.0, 4.0, 4.0), (-0.5, 8.0, 3.0), (-0.1, 10.0, 2.0), (0.0, 12.0, np.inf), (0.5, 14.0, np.inf), (1.2, 8.0, np.inf)):
        base = {"x": x, "n": n, "mu": mu, "b": b}
        for key, column in zip(("x", "n", "mu", "b"), creep_curve(**base)[1:]):
            if key == "b" and not math.isfinite(b):
                continue
            h = 1e-4
            at = [creep_curve(**(base | {key: base[key] + shift * h}))[0] for shift in (1, -1, 2, -2)]
            numeric = (8 * (at[0] - at[1]) - (at[2] - at[3])) / (12 * h)
            np.testing.assert_allclose(column / (b if key == "b" else 1), numeric, rtol=1e-7, atol=1e-8 * np.abs(numeric).max(), err_msg=f"{key} at mu = {mu}")


def test_wrong_calls():
    with pytest.raises(FitkitError, match="0 < start <= 1"):
        rate.relaxed_current(1.0, BARRIERS["linear"], 20.0, 1.0, start=1.2)
    with pytest.raises(FitkitError, match="no barrier 'cubic'"):
        current_relaxation([1.0], "cubic", U0=1.0, temperature=1.0, Jc=1.0, tau=1.0)
    with pytest.raises(FitkitError, match="rising times"):
        current_relaxation([2.0, 1.0], 0.5, U0=1e-21, temperature=1.0, Jc=1.0, tau=1.0)
    with pytest.raises(FitkitError, match="U0 <= 0 for t0"):
        barrier_over_kT(12.0, 1.0, np.inf, 100.0, 1e-12)
