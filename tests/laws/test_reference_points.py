"""Function and gradient against numbers computed with 40 digits (tests/reference), by the rules that their notes state."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import G0

REFERENCE = Path(__file__).parent.parent / "reference"
CREEP = json.loads((REFERENCE / "flux_creep.json").read_text(encoding="utf-8"))["models"]
LOCALIZATION = json.loads((REFERENCE / "weak_localization.json").read_text(encoding="utf-8"))["models"]
EPS = np.finfo(float).eps


def points(table, name):
    return [pytest.param(point, id=f"{name}-{number}") for number, point in enumerate(table[name]["points"])]


@pytest.mark.parametrize("point", points(LOCALIZATION, "hln"))
def test_hln(point):
    given, law = point["inputs"], fk.get_model("hln")
    value = law.function(given["B"], given["alpha"], given["L_phi"])
    assert math.isclose(value, float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * G0)
    for name, slope in zip(("alpha", "L_phi"), law.gradient(given["B"], given["alpha"], given["L_phi"])):
        if name in point["derivatives"]:
            wanted = float(point["derivatives"][name])
            assert math.isclose(slope, wanted, rel_tol=1e-11, abs_tol=1e-12 * G0 / abs(given[name]))


@pytest.mark.parametrize("point", points(LOCALIZATION, "hln_classical"))
def test_hln_with_background(point):
    given, law = point["inputs"], fk.get_model("hln")
    from fitkit.background import BACKGROUNDS

    field = np.array([given["B"]])
    value = law.function(field, given["alpha"], given["L_phi"]) + given["beta"] * BACKGROUNDS["quadratic"].function(field, None) \
        + given["c_lin"] * BACKGROUNDS["absolute"].function(field, None)
    assert math.isclose(value[0], float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * G0)


@pytest.mark.parametrize("point", points(CREEP, "V_power"))
def test_power_law(point):
    given, law = point["inputs"], fk.get_model("power_law")
    known = {"tap_distance": 1.0, "Ec": given["Vc"]}
    value, wanted = law.function(given["I"], given["Ic"], given["n"], **known), float(point["value"])
    assert abs(value - wanted) <= 8 * max(point["condition"], 1) * EPS * abs(wanted)
    for name, slope in zip(("Ic", "n"), law.gradient(given["I"], given["Ic"], given["n"], **known)):
        assert math.isclose(slope, float(point["derivatives"][name]), rel_tol=1e-12, abs_tol=1e-12 * abs(wanted / given[name]))


@pytest.mark.parametrize("point", points(CREEP, "M_linlog"))
def test_log_decay(point):
    """M = a - b ln(t + ts) is M_r [1 - S ln((t + ts)/(t_r + ts))] with M_r = a - b ln(t_r + ts), S = b/M_r."""
    given, law, t_r = point["inputs"], fk.get_model("log_decay"), 1.0
    logarithm = math.log(t_r + given["ts"])
    M_r = given["a"] - given["b"] * logarithm
    value, wanted = law.function(given["t"], M_r, given["b"] / M_r, given["ts"], t_r), float(point["value"])
    size = abs(given["a"]) + abs(given["b"] * (abs(math.log(given["t"] + given["ts"])) + abs(logarithm)))
    assert abs(value - wanted) <= 8 * EPS * size
    dM, dS, _ = law.gradient(given["t"], M_r, given["b"] / M_r, given["ts"], t_r)
    # chain rule back to a and b: S M_r = b
    assert math.isclose(dM - dS * given["b"] / M_r**2, float(point["derivatives"]["a"]), rel_tol=1e-11, abs_tol=1e-11 * size / abs(M_r))
    db = -logarithm * (dM - dS * given["b"] / M_r**2) + dS / M_r
    assert math.isclose(db, float(point["derivatives"]["b"]), rel_tol=1e-11, abs_tol=1e-11 * size / abs(M_r))


@pytest.mark.parametrize("point", points(CREEP, "Ustar"))
def test_pinning_energy(point):
    """U*(t) = U0 + mu kT ln(t/t0)."""
    given, law = point["inputs"], fk.get_model("pinning_energy")
    m = given["mu"] * math.log(given["t"] / given["t0"])
    value, wanted = law.function(given["T"], given["U0"], m, Tc=math.inf, q=1.5), float(point["value"])
    assert abs(value - wanted) <= 8 * max(point["condition"], 1) * EPS * abs(wanted)


@pytest.mark.parametrize("point", points(CREEP, "U_eff_t"))
def test_pinning_energy_of_a_linear_barrier(point):
    """From a fitted line: U0 = U* + kT ln(t_r/t0), the derived quantity of log_decay."""
    given = point["inputs"]
    from fitkit.constants import k_B

    U0 = next(one for one in fk.get_model("log_decay").derived if one.name == "U0").function
    S = k_B * given["T"] / float(point["value"])
    assert math.isclose(U0(S, given["T"], given["t"], 0.0, given["t0"]), given["U0"], rel_tol=1e-13)


def test_limits_of_hln():
    """B << B_phi: alpha G0 (B/B_phi)^2/24; B >> B_phi: alpha G0 [ln(B/B_phi) - 1.96351]; exactly 0 and even at B = 0."""
    law, L = fk.get_model("hln"), 100e-9
    B_phi = 16.455e-3
    assert law.function(0.0, 1.0, L) == 0.0 and law.gradient(0.0, 1.0, L) == (0.0, 0.0)
    assert law.function(1e-5, 1.0, L) == pytest.approx(G0 * (1e-5 / B_phi) ** 2 / 24, rel=2e-4)
    assert law.function(-30.0, -0.5, L) == pytest.approx(-0.5 * G0 * (math.log(30 / B_phi) - 1.9635100260), rel=1e-3)
    assert law.function(0.1, 1.0, L) > 0 > law.function(0.1, -0.5, L)
