"""The laws of V(I) at every point of tests/reference: |y - ref| <= 8 max(cond, 1) eps |ref|, derivatives to 1e-12 of |ref/parameter|.

A law in reduced parameters is reached by the exact relation between both; derivatives are carried back by the chain rule.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk
from fitkit.background import BACKGROUNDS
from fitkit.constants import k_B
from fitkit.laws.voltage_current.anderson_kim_sinh import ohmic_resistance
from fitkit.physics.weibull import weibull_integral

CREEP = json.loads((Path(__file__).parent.parent / "reference" / "flux_creep.json").read_text(encoding="utf-8"))["models"]
EPS = np.finfo(float).eps


def points(name):
    return [pytest.param(point, id=f"{name}-{number}") for number, point in enumerate(CREEP[name]["points"])]


def agrees(point, value, back, own=1.0):
    """``back``: their name -> our derivative by it; ``own``: condition in the parameters of the law, where it is larger. A condition above 1e4 wants no more than its rounding."""
    wanted, rounding = float(point["value"]), max(point["condition"], own, 1) * EPS
    assert abs(value - wanted) <= max(8 * rounding * abs(wanted), 1e-300)
    for name, slope in back.items():
        exact, size = float(point["derivatives"][name]), abs(wanted / point["inputs"][name])
        # what is large beside value/parameter has the rounding of its own magnitude
        assert math.isclose(slope, exact, rel_tol=max(1e-12, 16 * rounding), abs_tol=1e-12 * size), name


@pytest.mark.parametrize("point", points("V_ak"))
def test_anderson_kim(point):
    given, law = point["inputs"], fk.get_model("anderson_kim")
    a = given["U0"] / (k_B * given["T"])
    params, known = {"Ic": given["Ic0"], "I_1": given["Ic0"] / a}, {"tap_distance": 1.0, "Ec": given["V0"]}
    by_Ic, by_I_1 = law.gradient(given["I"], **params, **known)
    agrees(point, law.function(given["I"], **params, **known),
           {"Ic0": by_Ic + by_I_1 / a, "U0": -by_I_1 * params["I_1"] / given["U0"], "T": by_I_1 * params["I_1"] / given["T"]})


def sinh_law(given):
    """2 V0 exp(-a) sinh(a I/Ic0) and its slopes: the criterion is the voltage at Ic0, Ec d = V0 (1 - exp(-2a))."""
    law, a, V0 = fk.get_model("anderson_kim_sinh"), given["U0"] / (k_B * given["T"]), given["V0"]
    criterion = -V0 * math.expm1(-2 * a)
    values = {"Ic": given["Ic0"], "I_1": given["Ic0"] / a, "tap_distance": 1.0, "Ec": criterion}
    voltage, (by_Ic, by_I_1) = law.function(given["I"], **values), law.gradient(given["I"], **values)
    by_a = -by_I_1 * given["Ic0"] / a**2 + voltage * 2 * V0 * math.exp(-2 * a) / criterion
    return voltage, {"V0": voltage / V0, "Ic0": by_Ic + by_I_1 / a, "U0": by_a * a / given["U0"], "T": -by_a * a / given["T"]}


@pytest.mark.parametrize("point", points("V_sinh"))
def test_anderson_kim_sinh(point):
    agrees(point, *sinh_law(point["inputs"]))


@pytest.mark.parametrize("point", points("lnV_sinh"))
def test_logarithm_of_anderson_kim_sinh(point):
    voltage, slopes = sinh_law(point["inputs"])
    agrees(point, math.log(abs(voltage)), {name: slope / voltage for name, slope in slopes.items()})


@pytest.mark.parametrize("point", points("rho_taff"))
def test_thermally_assisted_flow(point):
    """The ohmic foot of the sinh law, 2 rho_c a exp(-a) with rho_c the field over the current density at the end of the barrier."""
    given = point["inputs"]
    a = given["U0"] / (k_B * given["T"])
    resistance = ohmic_resistance(1.0, 1 / a, 1.0, -given["rho_c"] * math.expm1(-2 * a))
    agrees(point, resistance, {"rho_c": resistance / given["rho_c"], "U0": resistance * (1 - a) / given["U0"], "T": -resistance * (1 - a) / given["T"]})


@pytest.mark.parametrize("point", points("V_full"))
def test_power_law_with_its_background(point):
    """Offset + R I + L dI/dt + power law, as the fit puts them together; the ramp is given by its times."""
    given = point["inputs"]
    current = given["I"] * np.array([1 - 1e-3, 1.0, 1 + 1e-3])
    ramp = fk.dataset(time=((current - current[0]) / given["dIdt"], "s"), current=(current, "A"))
    terms = {"offset": given["Voff"], "R": given["R"], "L": given["L"]}
    columns = {name: BACKGROUNDS[name].function(current, ramp)[1] for name in terms}
    law = fk.get_model("power_law")
    values = {"Ic": given["Ic"], "n": given["n"], "tap_distance": 1.0, "Ec": given["Vc"]}
    voltage = law.function(given["I"], **values)
    by_Ic, by_n = law.gradient(given["I"], **values)
    assert columns["L"] == pytest.approx(given["dIdt"], rel=1e-12)
    agrees(point, voltage + sum(value * columns[name] for name, value in terms.items()),
           {"Vc": voltage / given["Vc"], "Ic": by_Ic, "n": by_n, "R": columns["R"], "Voff": columns["offset"], "L": given["dIdt"]})


@pytest.mark.parametrize("point", points("E_glass"))
def test_collective_creep(point):
    given, law = point["inputs"], fk.get_model("collective_creep")
    a = given["U0"] / (k_B * given["T"])
    params, known = {"Ic": given["Jc"], "n_r": a, "mu": given["mu"]}, {"tap_distance": 1.0, "Ec": given["E0"], "I_r": given["Jc"]}
    _, by_n, by_mu = law.gradient(given["J"], **params, **known)
    agrees(point, law.function(given["J"], **params, **known), {"U0": by_n * a / given["U0"], "T": -by_n * a / given["T"], "mu": by_mu})


@pytest.mark.parametrize("point", points("E_creep_ff"))
def test_creep_flux_flow(point):
    given, law = point["inputs"], fk.get_model("creep_flux_flow")
    Jc, n, Ec, rho = (given[name] for name in ("Jc", "n", "Ec", "rho_ff"))
    J_x = Jc * (rho * Jc / Ec) ** (1 / (n - 1))     # Ec (J_x/Jc)^n = rho_ff J_x
    params, known = {"Ic": Jc, "n": n, "I_x": J_x}, {"tap_distance": 1.0, "Ec": Ec}
    by_Jc, by_n, by_x = law.gradient(given["J"], **params, **known)
    agrees(point, law.function(given["J"], **params, **known),
           {"rho_ff": by_x * J_x / ((n - 1) * rho), "Jc": by_Jc + by_x * J_x / Jc * n / (n - 1), "n": by_n - by_x * J_x * math.log(J_x / Jc) / (n - 1)}, own=n)


@pytest.mark.parametrize("point", points("V_shunt"))
def test_shunted_power_law(point):
    given, law = point["inputs"], fk.get_model("shunted_power_law")
    Ic, n, Vc, Rs = (given[name] for name in ("Ic", "n", "Vc", "Rs"))
    I_x = Ic * (Rs * Ic / Vc) ** (1 / (n - 1))
    params, known = {"Ic": Ic, "n": n, "I_x": I_x}, {"tap_distance": 1.0, "Ec": Vc}
    by_Ic, by_n, by_x = law.gradient(given["I"], **params, **known)
    agrees(point, law.function(given["I"], **params, **known),
           {"Rs": by_x * I_x / ((n - 1) * Rs), "Ic": by_Ic + by_x * I_x / Ic * n / (n - 1), "n": by_n - by_x * I_x * math.log(I_x / Ic) / (n - 1)})


@pytest.mark.parametrize("point", points("E_weibull_power"))
def test_percolation(point):
    """The criterion at Jcm + J0, where E = rho_ff J0/(m + 1)."""
    given, law = point["inputs"], fk.get_model("percolation")
    J0, m, Jcm = given["J0"], given["m"], given["Jcm"]
    params, known = {"Ic": Jcm + J0, "I_m": Jcm, "m": m}, {"tap_distance": 1.0, "Ec": given["rho_ff"] * J0 / (m + 1)}
    value = law.function(given["J"], **params, **known)
    by_Jc, by_Jm, by_m = law.gradient(given["J"], **params, **known)
    agrees(point, value, {"Jcm": by_Jm + by_Jc, "J0": by_Jc + value / J0, "m": by_m - value / (m + 1)})


@pytest.mark.parametrize("point", points("E_weibull_neg"))
def test_percolation_liquid(point):
    """The criterion at Jn, where the bracket is (Jn/J0)^(m+1) (2^(m+1) - 1)."""
    given, law = point["inputs"], fk.get_model("percolation_liquid")
    J0, m, Jn = given["J0"], given["m"], given["Jn"]
    Ec = given["rho_ff"] * J0 / (m + 1) * (Jn / J0) ** (m + 1) * math.expm1((m + 1) * math.log(2))
    params, known = {"Ic": Jn, "I_n": Jn, "m": m}, {"tap_distance": 1.0, "Ec": Ec}
    value = law.function(given["J"], **params, **known)
    by_Jc, by_Jn, by_m = law.gradient(given["J"], **params, **known)
    grow = 2 ** (m + 1)
    dlnEc_dm = math.log(Jn / J0) - 1 / (m + 1) + grow * math.log(2) / (grow - 1)
    agrees(point, value, {"Jn": by_Jc + by_Jn + value * (m + 1) / Jn, "m": by_m + value * dlnEc_dm})


@pytest.mark.parametrize("point", points("E_weibull_full"))
def test_percolation_flow(point):
    given, law = point["inputs"], fk.get_model("percolation_flow")
    names = ("rho_ff", "Jcm", "J0", "m")
    value, gradient = law.value_and_gradient(given["J"], *(given[name] for name in names))
    agrees(point, value, dict(zip(names, gradient)))


def test_weibull_integral_where_series_and_quadrature_meet():
    """x^m = 1.5 is where one takes over; far above, F = x - Gamma(1 + 1/m)."""
    for m in (0.6, 1.0, 3.0, 9.0):
        edge = 1.5 ** (1 / m)
        below, above = (weibull_integral(edge * (1 + side), m) for side in (-1e-12, 1e-12))
        assert np.allclose(below, above, rtol=1e-10)
        assert math.isclose(weibull_integral(300.0 ** (1 / min(m, 1)), m)[0], 300.0 ** (1 / min(m, 1)) - math.gamma(1 + 1 / m), rel_tol=1e-13)
    assert math.isclose(weibull_integral(2.0, 1.0)[0], 2 + math.expm1(-2.0), rel_tol=1e-15)    # m = 1: x - 1 + exp(-x)


@pytest.mark.parametrize("name", ["anderson_kim", "anderson_kim_sinh", "collective_creep", "plastic_creep", "creep_flux_flow", "shunted_power_law", "percolation", "percolation_liquid"])
def test_finite_where_doubles_end(name):
    """No overflow, no 0 times infinity, no warning, from 1e-9 of Ic to many times it; the slope lnV against lnI is positive."""
    law = fk.get_model(name)
    current = np.geomspace(1e-9, 30, 200)
    params = {"Ic": 1.0, "I_1": 1e-3, "n_r": 60.0, "mu": 1.0, "n": 900.0, "I_x": 2.0, "I_m": 0.5, "I_n": 0.2, "m": 300.0}
    known = {"tap_distance": 0.01, "Ec": 1e-4, "I_r": 30.0, "p": 0.5}
    names = [p.name for p in law.params] + [k.name for k in law.known]
    with np.errstate(all="raise", under="ignore"):
        values = {one: {**params, **known}[one] for one in names}
        voltage, gradient = law.function(current, **values), law.gradient(current, **values)
    assert np.all(np.isfinite(voltage)) and np.all(np.diff(voltage) >= 0) and all(np.all(np.isfinite(column)) for column in gradient)


@pytest.mark.parametrize("point", points("vortex_rate"))
def test_vortex_rate(point):
    """Josephson-Anderson: the derived quantity of a fit whose criterion is that voltage."""
    volts = point["inputs"]["V"]
    current = np.linspace(0.5, 1.2, 60)
    curve = fk.dataset(current=(current, "A"), voltage=(volts * current**20, "V"), tap_distance="1 m", Ec=f"{volts!r} V/m")
    assert math.isclose(fk.critical_current(fk.fit("power_law", curve), f"{volts!r} V").vortex_rate, float(point["value"]), rel_tol=1e-14)
    for law in ("collective_creep", "anderson_kim"):
        assert math.isclose(fk.fit(law, curve)["vortex_rate"].value, float(point["value"]), rel_tol=1e-14)
