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


# -- relaxation: M0, U0, t0, T of the notes are M_r, S = kT/U0, t_shift = t0 with t_r = 0 --------------------------------

def _creep_rate(given):
    from fitkit.constants import k_B

    return k_B * given["T"] / given["U0"]


def _close(found, wanted, condition):
    """The rule of the notes: 8 cond eps."""
    return abs(found - wanted) <= 8 * max(condition, 1) * EPS * abs(wanted)


def _slopes_agree(point, slopes):
    """1e-12 relative to |value/parameter|, more where the value itself is ill-conditioned."""
    wanted = float(point["value"])
    for name, slope in slopes.items():
        reference = float(point["derivatives"][name])
        room = max(1e-12, 8 * point["condition"] * EPS) * max(abs(reference), abs(wanted / (point["inputs"][name] or 1.0)))
        assert abs(slope - reference) <= room, f"d/d{name}: {slope} instead of {reference}"


@pytest.mark.parametrize("point", points(CREEP, "M_power1p"))
def test_power_law_decay(point):
    given, law = point["inputs"], fk.get_model("power_law_decay")
    S = _creep_rate(given)
    wanted = float(point["value"])
    # S ln(t/t0) may be large: its rounding is that of the exponent
    condition = max(point["condition"], S * math.log1p(given["t"] / given["t0"]))
    assert _close(law.function(given["t"], given["M0"], S, given["t0"], 0.0), wanted, condition)
    dM, dS, dt = law.gradient(given["t"], given["M0"], S, given["t0"], 0.0)
    _slopes_agree(point, {"M0": dM, "U0": -dS * S / given["U0"]})
    # t_r = 0: a longer t_shift raises (t + t_shift)/(t_r + t_shift) towards 1
    _slopes_agree(point, {"t0": dt})


@pytest.mark.parametrize("point", points(CREEP, "M_power"))
def test_power_law_decay_without_shift(point):
    given, law = point["inputs"], fk.get_model("power_law_decay")
    value, wanted = law.function(given["t"], given["M0"], _creep_rate(given), 0.0, given["t0"]), float(point["value"])
    assert _close(value, wanted, max(point["condition"], abs(_creep_rate(given) * math.log(given["t"] / given["t0"]))))


@pytest.mark.parametrize("point", points(CREEP, "M_interp"))
def test_interpolation_decay(point):
    given, law = point["inputs"], fk.get_model("interpolation_decay")
    S = _creep_rate(given)
    arguments = (given["t"], given["M0"], S, given["mu"], given["t0"], 0.0)
    wanted = float(point["value"])
    assert _close(law.function(*arguments), wanted, max(point["condition"], S * math.log1p(given["t"] / given["t0"])))
    dM, dS, dmu, dt = law.gradient(*arguments)
    _slopes_agree(point, {"M0": dM, "U0": -dS * S / given["U0"], "mu": dmu, "t0": dt})


@pytest.mark.parametrize("point", points(CREEP, "M_interp_noinv"))
def test_interpolation_decay_in_the_other_convention(point):
    """U0' = U0/mu: M0 [1 + (kT/U0') ln(1 + t/t0)]^(-1/mu) has S = kT/(mu U0')."""
    given, law = point["inputs"], fk.get_model("interpolation_decay")
    S = _creep_rate(given) / given["mu"]
    wanted = float(point["value"])
    assert _close(law.function(given["t"], given["M0"], S, given["mu"], given["t0"], 0.0), wanted, max(point["condition"], S * math.log1p(given["t"] / given["t0"])))


def test_interpolation_decay_goes_over_into_its_neighbours():
    """mu -> -1 the logarithmic decay, mu -> 0 the power law, continuously and with their derivatives."""
    law, time = fk.get_model("interpolation_decay"), np.geomspace(1.0, 1e5, 40)
    log_decay, power = fk.get_model("log_decay"), fk.get_model("power_law_decay")
    straight = law.function(time, 2.0, 0.03, -1.0, 0.5, 300.0)
    assert straight == pytest.approx(log_decay.function(time, 2.0, 0.03, 0.5, 300.0), rel=1e-13)
    for mu in (0.0, 1e-14, -1e-14, 1e-9):
        assert law.function(time, 2.0, 0.03, mu, 0.5, 300.0) == pytest.approx(power.function(time, 2.0, 0.03, 0.5, 300.0), rel=1e-9)
    for mu in (0.0, 1e-12, 1e-7, 1e-3):
        z = 0.03 * np.log((time + 0.5) / 300.5)
        slope = law.gradient(time, 1.0, 0.03, mu, 0.5, 300.0)[2]
        assert slope == pytest.approx(law.function(time, 1.0, 0.03, mu, 0.5, 300.0) * (z**2 / 2 - 2 * mu * z**3 / 3), rel=1e-4, abs=1e-12)
    assert np.isnan(law.function(1e9, 1.0, 0.5, -1.0, 0.0, 1.0) * 0.0 + law.function(1e9, 1.0, 0.5, -0.5, 0.0, 1.0))


@pytest.mark.parametrize("point", points(CREEP, "S_interp"))
def test_rate_of_the_interpolation_formula(point):
    """S(t) = -dlnM/dlnt of our formula, by its own derivative in t_shift (dM/dt = dM/dt_shift + what t_r = 0 adds)."""
    given, law = point["inputs"], fk.get_model("interpolation_decay")
    arguments = (given["t"], 1.0, _creep_rate(given), given["mu"], given["t0"], 0.0)
    M, slopes = law.evaluate((arguments[0],), arguments[1:5], {"t_r": 0.0})
    # dM/dt_shift = -dM/dx-part (1/(t+t0) - 1/t0); dM/dt has 1/(t+t0) alone
    by_t = slopes[3] / (1 / (given["t"] + given["t0"]) - 1 / given["t0"]) / (given["t"] + given["t0"])
    assert -by_t * given["t"] / M == pytest.approx(float(point["value"]), rel=1e-11)


@pytest.mark.parametrize("point", points(CREEP, "M_stretched"))
def test_stretched_exponential(point):
    given, law = point["inputs"], fk.get_model("stretched_exponential")
    arguments = (given["t"], given["M0"], given["tau"], given["beta"], given["Minf"], 0.0)
    exponent = (given["t"] / given["tau"]) ** given["beta"]
    wanted = float(point["value"])
    condition = max(point["condition"], exponent * abs(given["beta"] * math.log(given["t"] / given["tau"])))
    assert _close(law.function(*arguments), wanted, condition)
    dM, dtau, dbeta, dinf, _ = law.gradient(*arguments)
    _slopes_agree(point, {"M0": dM, "tau": dtau, "beta": dbeta, "Minf": dinf})


@pytest.mark.parametrize("point", points(CREEP, "M_exp"))
def test_exponential_decay(point):
    given, law = point["inputs"], fk.get_model("exponential_decay")
    arguments = (given["t"], given["M0"], given["tau"], given["Minf"], 0.0)
    assert _close(law.function(*arguments), float(point["value"]), point["condition"])
    dM, dtau, dinf, _ = law.gradient(*arguments)
    _slopes_agree(point, {"M0": dM, "tau": dtau, "Minf": dinf})


@pytest.mark.parametrize("point", points(CREEP, "tau_mean_stretched"))
def test_mean_time(point):
    from fitkit.laws.relaxation.stretched_exponential import mean_time

    given = point["inputs"]
    assert mean_time(given["tau"], given["beta"]) == pytest.approx(float(point["value"]), rel=1e-12)


# -- voltage against current ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("point", points(CREEP, "V_sinh"))
def test_anderson_kim_sinh(point):
    """V0, U0, Ic0, T: with Ic = Ic0 the criterion is V(Ic0) = V0 (1 - exp(-2 U0/kT)), and I_1 = Ic0 kT/U0."""
    from fitkit.constants import k_B

    given, law = point["inputs"], fk.get_model("anderson_kim_sinh")
    a = given["U0"] / (k_B * given["T"])
    known = {"tap_distance": 1.0, "Ec": given["V0"] * -math.expm1(-2 * a)}
    I_1 = given["Ic0"] / a
    value, wanted = law.function(given["I"], given["Ic0"], I_1, **known), float(point["value"])
    if abs(wanted) < 1e-300:
        assert abs(value) < 1e-300
        return
    assert _close(value, wanted, max(point["condition"], a))
    # chain rule to U0 and Ic0 at fixed V0: V = V(Ic = Ic0, I_1 = Ic0/a; Ec(a))
    dIc, dI = law.gradient(given["I"], given["Ic0"], I_1, **known)
    by_a = dI * -I_1 / a + wanted * 2 * math.exp(-2 * a) / -math.expm1(-2 * a)
    _slopes_agree(point, {"U0": by_a * a / given["U0"], "Ic0": dIc + dI / a, "V0": wanted / given["V0"]})


@pytest.mark.parametrize("point", points(CREEP, "n_sinh"))
def test_slope_of_the_sinh(point):
    from fitkit.constants import k_B
    from fitkit.laws.voltage_current.anderson_kim_sinh import slope_at_criterion

    given = point["inputs"]
    I_1 = given["Ic0"] * k_B * given["T"] / given["U0"]
    assert slope_at_criterion(abs(given["I"]), I_1) == pytest.approx(float(point["value"]), rel=1e-12)


@pytest.mark.parametrize("point", points(CREEP, "Ic_sinh"))
def test_critical_current_of_the_sinh(point):
    """From (V0, U0, Ic0) to Ic at a criterion, through the coefficient that the fit finds; and back to U0 from V0."""
    from fitkit.constants import k_B
    from fitkit.laws.voltage_current import anderson_kim_sinh as law

    given = point["inputs"]
    a = given["U0"] / (k_B * given["T"])
    I_1 = given["Ic0"] / a
    current = np.array([0.0, given["Ic0"]])
    # V at the largest current Ic0 is V0 (1 - exp(-2a)): the coefficient of the normalised column
    found = law._parameters([given["V0"] * -math.expm1(-2 * a)], current, I_1, given["ell"], given["Ec"])["Ic"]
    wanted = float(point["value"])
    assert found == pytest.approx(wanted, rel=max(1e-12, 8 * point["condition"] * EPS))
    if wanted > I_1:
        assert law.barrier_free_current(wanted, I_1, given["V0"], given["ell"], given["Ec"]) == pytest.approx(given["Ic0"], rel=1e-9)


# -- localization with spin-orbit --------------------------------------------------------------------------------------

def _slopes_at_fields(point, law, arguments, chain):
    wanted, slopes = float(point["value"]), law.gradient(*arguments)
    for name, combine in chain.items():
        if name in point["derivatives"]:
            reference = float(point["derivatives"][name])
            size = abs(point["inputs"][name]) or 1.0
            assert abs(combine(slopes) - reference) <= max(1e-11 * abs(reference), 2e-12 * G0 / size), f"d/d{name} at {wanted}"


@pytest.mark.parametrize("point", points(LOCALIZATION, "hln_iso"))
def test_hln_spin_orbit_isotropic(point):
    from fitkit.constants import e, hbar
    from fitkit.physics.coherence import length_of_field

    given, law = point["inputs"], fk.get_model("hln_spin_orbit")
    L = length_of_field(given["B_phi"])
    l_e = math.sqrt(hbar / (2 * e * given["B_e"])) if given["B_e"] else 0.0
    arguments = (given["B"], 1.0, L, given["B_so"], 1 / 3, given["B_s"], 1 / 3, l_e)
    assert math.isclose(law.function(*arguments), float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * G0)
    _slopes_at_fields(point, law, arguments, {"B_phi": lambda d: -d[1] * L / (2 * given["B_phi"]), "B_so": lambda d: d[2], "B_s": lambda d: d[4],
                                              "B_e": lambda d: -d[6] * l_e / (2 * given["B_e"])})


@pytest.mark.parametrize("point", points(LOCALIZATION, "hln_full"))
def test_hln_spin_orbit(point):
    """B^x and B^z of the notes are B (1 - zeta)/2 and zeta B."""
    from fitkit.constants import e, hbar
    from fitkit.physics.coherence import length_of_field

    given, law = point["inputs"], fk.get_model("hln_spin_orbit")
    L, B_so, B_s = length_of_field(given["B_phi"]), 2 * given["B_so_x"] + given["B_so_z"], 2 * given["B_s_x"] + given["B_s_z"]
    zeta, zeta_s = (part / whole if whole else 1 / 3 for part, whole in ((given["B_so_z"], B_so), (given["B_s_z"], B_s)))
    l_e = math.sqrt(hbar / (2 * e * given["B_e"])) if given["B_e"] else 0.0
    arguments = (given["B"], 1.0, L, B_so, zeta, B_s, zeta_s, l_e)
    assert math.isclose(law.function(*arguments), float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * G0)

    def share(by_field, by_share, whole, part, moved):
        return lambda d: d[by_field] * moved + (d[by_share] * ((1.0 if moved == 1.0 else 0.0) - moved * part / whole) / whole if whole else 0.0)

    _slopes_at_fields(point, law, arguments, {"B_phi": lambda d: -d[1] * L / (2 * given["B_phi"]),
                                              "B_so_x": share(2, 3, B_so, given["B_so_z"], 2.0), "B_so_z": share(2, 3, B_so, given["B_so_z"], 1.0)})


def test_limits_of_hln_spin_orbit():
    """No spin-orbit: the short formula with alpha = 1; strong: alpha = -1/2; strong spin-flip, or strictly 2D spin-orbit: nothing; even, 0 at B = 0."""
    law, hln, L, field = fk.get_model("hln_spin_orbit"), fk.get_model("hln"), 500e-9, np.linspace(-0.2, 0.2, 41)

    def curve(B_so=0.0, zeta=1 / 3, B_s=0.0):
        return law.function(field, 1.0, L, B_so, zeta, B_s, 1 / 3, 0.0)

    assert curve() == pytest.approx(hln.function(field, 1.0, L), rel=1e-13)
    assert curve(B_so=1e9) == pytest.approx(hln.function(field, -0.5, L), rel=1e-6)
    assert np.abs(curve(B_s=1e9)).max() < 1e-8 * G0
    assert np.abs(curve(B_so=1e9, zeta=1.0)).max() < 1e-8 * G0
    assert curve()[20] == 0.0 and curve(0.01) == pytest.approx(curve(0.01)[::-1], rel=1e-12)
    dip = law.function(np.geomspace(1e-5, 20, 200), 1.0, 2e-6, 0.01, 1 / 3, 0.0, 1 / 3, 0.0)
    lowest = np.geomspace(1e-5, 20, 200)[np.argmin(dip)]
    assert dip.min() < 0 < dip[-1] and 0.01 < lowest < 0.1, "antilocalization up to a few B_so, localization above"
