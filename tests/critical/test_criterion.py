"""Critical currents at any criterion, their conversion, and the local slope: against numbers from outside, on simulated curves."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk
from fitkit.physics.criterion import convert_critical_current, critical_density_at_resistivity, glass_extrapolation, offset_critical_current

CREEP = json.loads((Path(__file__).parent.parent / "reference" / "flux_creep.json").read_text(encoding="utf-8"))["models"]


def curve(law=lambda I: (I / 100) ** 30, top=106.0, noise=1e-8, offset=3e-7, seed=1, points=400, name="tape", **meta):
    """V [V] over 1 cm; ``law`` is 1 at 100 A, where E = 1 uV/cm."""
    current = np.linspace(60, top, points)
    voltage = 1e-6 * law(current) + offset + noise * np.random.default_rng(seed).normal(size=points)
    return fk.dataset(current=(current, "A"), voltage=(voltage, "V"), name=name, meta={"tap_distance": "1 cm", **meta})


@pytest.mark.parametrize("point", CREEP["Jc_resistivity"]["points"])
def test_resistivity_criterion_at_reference_points(point):
    given = point["inputs"]
    assert math.isclose(critical_density_at_resistivity(given["Jc"], given["n"], given["Ec"], given["rho_c"]), float(point["value"]), rel_tol=8 * point["condition"] * 2.3e-16)


@pytest.mark.parametrize("law, name", [("anderson_kim", "Ic_ak"), ("anderson_kim_sinh", "Ic_sinh")])
def test_critical_currents_of_the_linear_barrier(law, name):
    """The law of V0, U0, Ic0 equals the one of Ic, I_1 with Ic from the reference."""
    from fitkit.constants import k_B

    for point in CREEP[name]["points"]:
        given, Ic = point["inputs"], float(point["value"])
        I_1 = given["Ic0"] * k_B * given["T"] / given["U0"]
        if Ic <= 0:
            continue
        voltage = fk.get_model(law).function(given["Ic0"], Ic=Ic, I_1=I_1, tap_distance=given["ell"], Ec=given["Ec"])
        expected = given["V0"] * (1 if law == "anderson_kim" else -math.expm1(-2 * given["U0"] / (k_B * given["T"])))
        assert math.isclose(voltage, expected, rel_tol=1e-14 * max(given["Ic0"] / I_1, point["condition"], 10))


def test_every_criterion_of_a_power_law():
    """Ic(E2) = Ic(E1) (E2/E1)^(1/n), J = Jc (rho Jc/Ec)^(1/(n-1)), Ic (1 - 1/n); printed with the number."""
    result = fk.fit("power_law", curve())
    Ic, n = result["Ic"].value, result["n"].value
    found = {text: fk.critical_current(result, text) for text in ("1 uV/cm", "0.1 uV/cm", "30 uV/m", "3 uV", "offset", "offset 2 uV/cm")}
    assert all(str(one).count(text.removeprefix("offset ")) for text, one in found.items())
    assert found["1 uV/cm"].current.value == pytest.approx(Ic, rel=1e-12) and found["1 uV/cm"].current.error == pytest.approx(result["Ic"].error, rel=1e-3)
    assert found["0.1 uV/cm"].current.value == pytest.approx(convert_critical_current(Ic, n, 1e-4, 1e-5), rel=1e-12)
    assert found["30 uV/m"].current.value == pytest.approx(Ic * 0.3 ** (1 / n), rel=1e-12)
    assert found["3 uV"].current.value == pytest.approx(Ic * 3 ** (1 / n), rel=1e-12)
    assert found["offset"].current.value == pytest.approx(offset_critical_current(Ic, n), rel=1e-7)
    assert found["offset 2 uV/cm"].current.value == pytest.approx(offset_critical_current(Ic * 2 ** (1 / n), n), rel=1e-7)
    area = 0.4e-6
    wanted = area * critical_density_at_resistivity(Ic / area, n, 1e-4, 1e-13)
    one = fk.critical_current(result, "1e-13 ohm m", cross_section="0.40(2) mm2")
    assert one.current.value == pytest.approx(wanted, rel=1e-10) and "0.40(2) mm2" in str(one)
    assert one.current.error > wanted * 0.05 / n
    assert one.density("0.4 mm2").value == pytest.approx(wanted / area, rel=1e-10)


def test_the_error_is_that_of_a_fit_at_the_criterion():
    """Carried along the law or fitted there: the same number, the covariance included."""
    data = curve(noise=3e-8)
    carried = fk.critical_current(fk.fit("power_law", data), "0.2 uV/cm").current
    fitted = fk.fit("power_law", data, assume={"Ec": "0.2 uV/cm"})["Ic"]
    assert carried.value == pytest.approx(fitted.value, rel=1e-8) and carried.error == pytest.approx(fitted.error, rel=1e-3)


def test_outside_the_data_the_bracket_holds_the_truth():
    """A power law and a glass (mu = 1) stopped at a third of a decade below, read at 1 uV/cm: each is one end of the bracket."""
    power = fk.critical_current(fk.fit("power_law", curve(top=100 * 0.5 ** (1 / 30))))
    assert power.current.verdict == "conditional" and "extrapolated" in str(power) and "glass" in str(power)
    assert abs(power.bracket[0] - 100) < 3 * power.current.error
    glass = curve(lambda I: np.exp(-30 * (100 / I - 1)), top=97.8, noise=1e-9, points=2000)
    found = fk.critical_current(fk.fit("collective_creep", glass, fix={"mu": 1.0}))
    assert found.current.verdict == "conditional" and abs(found.bracket[1] - 100) < 0.02 and found.bracket[0] < found.bracket[1]
    assert glass_extrapolation(100.0, 30.0, 1.0, math.exp(15.0)) == pytest.approx(200.0) and math.isinf(glass_extrapolation(100.0, 30.0, 1.0, math.exp(31.0)))


def test_what_a_curve_cannot_tell_is_said():
    result = fk.fit("power_law", curve())
    far = fk.critical_current(result, "100 uV/cm")
    assert far.current.verdict == "not determined" and "ramp further" in str(far)
    noisy = fk.critical_current(fk.fit("power_law", curve(noise=4e-7)), "0.1 uV/cm")
    assert "noise of a point" in str(noisy) and noisy.bracket is not None
    few = fk.critical_current(fk.fit("power_law", curve(points=14)))
    assert "points lie between" in str(few)
    with pytest.raises(fk.FitkitError, match="with its unit"):
        fk.critical_current(result, 1e-4)
    with pytest.raises(fk.FitkitError, match="wanted an electric field"):
        fk.critical_current(result, "1")
    with pytest.raises(fk.FitkitError, match="cross_section='1.2 mm2'"):
        fk.critical_current(result, "1e-13 ohm m")
    with pytest.raises(fk.FitkitError, match="above 0"):
        fk.critical_current(result, "-1 uV/cm")
    with pytest.raises(fk.FitkitError, match="result of a fit"):
        fk.critical_current(curve())


def test_a_series_gives_a_list():
    result = fk.fit("power_law", [curve(name="a"), curve(name="b", seed=2)])
    assert [one.name for one in fk.critical_current(result)] == ["a", "b"] and fk.critical_current(result, dataset="b").name == "b"
    field = fk.fit("power_law", fk.dataset(current=(np.linspace(60, 106, 300), "A"), electric_field=((np.linspace(60, 106, 300) / 100) ** 30, "uV/cm")))
    assert fk.critical_current(field, "1 uV/cm").current.value == pytest.approx(100, rel=1e-6)
    with pytest.raises(fk.FitkitError, match="electric field"):
        fk.critical_current(field, "1 uV")


def test_local_slope_covers_and_is_silent_on_a_power_law():
    pulls, said = [], 0
    for seed in range(120):
        slope = fk.local_n(fk.fit("power_law", curve(seed=seed)))
        pulls.append((slope["n"] - 30) / slope["n_err"])
        said += bool(slope.notes)
    pulls = np.concatenate(pulls)
    assert abs(pulls.mean()) < 0.15 and 0.85 < pulls.std() < 1.15 and said <= 3


@pytest.mark.parametrize("law, exact, words", [
    (lambda I: np.exp(-30 * (100 / I - 1)), lambda I: 3000 / I, "falls with the current"),
    (lambda I: np.exp(40 * (I / 100 - 1)), lambda I: 0.4 * I, "grows with the current"),
], ids=["glass", "Anderson-Kim"])
def test_local_slope_sees_a_law_that_is_no_power_law(law, exact, words):
    """The baseline from a law that fits: n(I) against its exact slope, and the change is said."""
    slope = fk.local_n(fk.fit("collective_creep", curve(law, noise=3e-9, points=1500)))
    assert np.all(np.abs(slope["n"] - exact(slope["current"])) < 4 * slope["n_err"] + 0.01 * slope["n"])
    assert any(words in note.text for note in slope.notes), slope.notes


def test_local_slope_without_a_transition_is_refused():
    with pytest.raises(fk.FitkitError, match="fewer than two windows"):
        fk.local_n(fk.fit("power_law", curve(top=90.0, noise=1e-6)))
