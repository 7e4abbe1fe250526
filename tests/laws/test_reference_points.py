"""Function and gradient against numbers computed with 40 digits (tests/reference), by the rules that their notes state."""

import importlib
import json
import math
import sys
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import G0, e, hbar
from fitkit.physics import beyond, coherence, fluctuations
from fitkit.physics.coherence import field_of_length, length_of_field

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
            assert math.isclose(slope, wanted, rel_tol=1e-12, abs_tol=1e-12 * G0 / abs(given[name]))


@pytest.mark.parametrize("point", points(LOCALIZATION, "hln_classical"))
def test_hln_with_background(point):
    given, law = point["inputs"], fk.get_model("hln")
    from fitkit.background import BACKGROUNDS

    field = np.array([given["B"]])
    value = law.function(field, given["alpha"], given["L_phi"]) + given["beta"] * BACKGROUNDS["quadratic"].function(field, None) \
        + given["c_lin"] * BACKGROUNDS["absolute"].function(field, None)
    assert math.isclose(value[0], float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * G0)


@pytest.mark.parametrize("point", points(LOCALIZATION, "hln_drude"))
def test_hln_with_the_classical_conductance_of_one_band(point):
    given, law, field = point["inputs"], fk.get_model("hln"), np.array([point["inputs"]["B"], 1.0])
    data = fk.dataset(field=(field, "T"), delta_conductance=([0.0, 1.0], "S"), mobility=f"{given['mu']!r} m2/(V s)")
    from fitkit.background import BACKGROUNDS

    value = law.function(field, given["alpha"], given["L_phi"]) + given["sigma_0"] * BACKGROUNDS["drude"].function(field, data)
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


def agrees(name, point, params, factors, known=None, scale=1.0, unit=G0):
    """Value and derivatives of a law against a point. ``factors``: name in the file -> (our parameter, d ours/d theirs); ``scale``: their y over ours."""
    given, law = point["inputs"], fk.get_model(name)
    value, gradient = law.evaluate((given["B"],), list(params.values()), known or {})
    assert list(params) == [p.name for p in law.params]
    assert math.isclose(scale * value, float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * unit)
    for theirs, (ours, factor) in factors.items():
        if theirs in point["derivatives"]:
            slope, wanted = scale * factor * gradient[list(params).index(ours)], float(point["derivatives"][theirs])
            size = abs(given[theirs]) or abs(given["B"])
            assert math.isclose(slope, wanted, rel_tol=1e-12, abs_tol=1e-12 * unit / size), theirs


def length_and_slope(B_phi):
    """L_phi and dL_phi/dB_phi."""
    L_phi = length_of_field(B_phi)
    return L_phi, -L_phi / (2 * B_phi)


def hln_sum(field, *weights_and_fields):
    """sum of w f(B_i/|B|) in units of G0, by the law of one channel."""
    law = fk.get_model("hln").function
    return sum(law(field, weight, length_of_field(one)) for weight, one in weights_and_fields)


@pytest.mark.parametrize("name, point", [pytest.param(law, *one.values, id=one.id) for law, table in (
    ("maekawa_fukuyama", "mf_full"), ("maekawa_fukuyama_printed", "mf_printed")) for one in points(LOCALIZATION, table)])
def test_maekawa_fukuyama(name, point):
    given = point["inputs"]
    L_phi, slope = length_and_slope(given["B_phi"])
    agrees(name, point, {"alpha": 1.0, "L_phi": L_phi, "B_so": given["B_so"], "g": given["g"]},
           {"B_phi": ("L_phi", slope), "B_so": ("B_so", 1.0), "g": ("g", 1.0)}, {"diffusivity": given["D"]})


@pytest.mark.parametrize("point", points(LOCALIZATION, "ilp"))
def test_ilp(point):
    given = point["inputs"]
    L_phi, slope = length_and_slope(given["B_phi"])
    agrees("ilp", point, {"alpha": 1.0, "L_phi": L_phi, "B_so1": given["B_so1"], "B_so3": given["B_so3"]},
           {"B_phi": ("L_phi", slope), "B_so1": ("B_so1", 1.0), "B_so3": ("B_so3", 1.0)})


@pytest.mark.parametrize("name, point", [pytest.param(law, *one.values, id=one.id) for law, table in (("graphene", "graphene_mono"), ("bilayer_graphene", "graphene_bi"))
                                         for one in points(LOCALIZATION, table)])
def test_graphene(name, point):
    """B_star of the file is B_star of the law: without B_i."""
    given, params, factors = point["inputs"], {"alpha": 1.0}, {}
    for ours, theirs in (("L_phi", "B_phi"), ("L_i", "B_i"), ("L_star", "B_star")):
        params[ours], slope = length_and_slope(given[theirs])
        factors[theirs] = (ours, slope)
    agrees(name, point, params, factors)


@pytest.mark.parametrize("point", points(LOCALIZATION, "dirac"))
def test_dirac(point):
    given = point["inputs"]
    fields = {name: float(field_of_length(given[theirs])) for name, theirs in (("B_0", "L_0"), ("B_1", "L_1"))}
    agrees("dirac", point, {"alpha_0": given["alpha0"], "alpha_1": given["alpha1"], "L_phi": given["L_phi"], **fields},
           {"alpha0": ("alpha_0", 1.0), "alpha1": ("alpha_1", 1.0), "L_phi": ("L_phi", 1.0), "L_0": ("B_0", -2 * fields["B_0"] / given["L_0"]),
            "L_1": ("B_1", -2 * fields["B_1"] / given["L_1"])})


@pytest.mark.parametrize("point", points(LOCALIZATION, "hln_multi"))
def test_hln_channels(point):
    """The longest coherence is channel 1."""
    given, law = point["inputs"], fk.get_model("hln_channels")
    (first, L_1), (second, L_2), *more = sorted(zip(given["alphas"], given["L_phis"]), key=lambda one: -one[1])
    third = (more[0][0], more[0][1] / L_2) if more else (0.0, 0.3)
    value = law.function(given["B"], first, second, L_1, L_2 / L_1, *third)
    assert len(more) < 2 and math.isclose(value, float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * G0)


@pytest.mark.parametrize("point", points(LOCALIZATION, "wire"))
def test_wire(point):
    """The file has the conductance of one wire: sheet conductance times width/length."""
    given = point["inputs"]
    agrees("wire", point, {"alpha": 1.0, "L_phi": given["L_phi"], "L_so": given["L_so"]}, {"L_phi": ("L_phi", 1.0), "L_so": ("L_so", 1.0)},
           {"width": given["W"]}, given["W"] / given["length"])


@pytest.mark.parametrize("point", points(LOCALIZATION, "wire_nyquist"))
def test_wire_nyquist(point):
    given = point["inputs"]
    B_phi = float(field_of_length(given["L_phi0"]))
    agrees("wire_nyquist", point, {"alpha": 1.0, "L_N": given["L_N"], "B_phi": B_phi},
           {"L_N": ("L_N", 1.0), "L_phi0": ("B_phi", -2 * B_phi / given["L_phi0"])}, {"width": given["W"]}, given["W"] / given["length"])


@pytest.mark.parametrize("point", points(LOCALIZATION, "kawabata3d"))
def test_kawabata(point):
    given = point["inputs"]
    agrees("kawabata", point, {"alpha": given["alpha"], "L_phi": given["L_phi"]}, {"L_phi": ("L_phi", 1.0)}, unit=G0 * math.sqrt(e * abs(given["B"]) / hbar))


@pytest.mark.parametrize("point", points(LOCALIZATION, "fukuyama_hoshino"))
def test_fukuyama_hoshino(point):
    given = point["inputs"]
    L_phi, slope = length_and_slope(given["B_phi"])
    agrees("fukuyama_hoshino", point, {"alpha": 1.0, "L_phi": L_phi, "B_so": given["B_so"], "g": given["g"]},
           {"B_phi": ("L_phi", slope), "B_so": ("B_so", 1.0), "g": ("g", 1.0)}, {"diffusivity": given["D"]}, unit=G0 * math.sqrt(e * given["B_so"] / hbar))


@pytest.mark.parametrize("point", points(LOCALIZATION, "inplane_orbital"))
def test_in_plane(point):
    given = point["inputs"]
    agrees("in_plane", point, {"alpha": given["alpha"], "B_par": math.sqrt(3) * hbar / (e * given["d"] * given["L_phi"])}, {})


@pytest.mark.parametrize("point", points(LOCALIZATION, "inplane_zeeman_so"))
def test_in_plane_zeeman(point):
    given = point["inputs"]
    L_phi, slope = length_and_slope(given["B_phi"])
    agrees("in_plane_zeeman", point, {"alpha": 1.0, "L_phi": L_phi, "B_so": given["B_so"], "g": given["g"]},
           {"B_phi": ("L_phi", slope), "B_so": ("B_so", 1.0), "g": ("g", 1.0)}, {"diffusivity": given["D"]})


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
            size = abs(point["inputs"][name]) or abs(point["inputs"]["B"])  # G0 per what the parameter is compared with
            assert abs(combine(slopes) - reference) <= max(1e-12 * abs(reference), 1e-12 * G0 / size), f"d/d{name} at {wanted}"


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
FIELDS = np.concatenate([[0.0, -1e-5], np.geomspace(1e-5, 10, 60)])
B_PHI, B_SO = 1.3e-3, 40e-3
L_PHI = float(length_of_field(B_PHI))


@pytest.mark.parametrize("name", ["maekawa_fukuyama", "maekawa_fukuyama_printed"])
def test_limits_of_maekawa_fukuyama(name):
    """Without Zeeman energy Hikami-Larkin-Nagaoka with B_1 = B_phi + B_so, B_0 = B_phi + 2 B_so; without spin-orbit weak localization; smooth through gamma = 1."""
    law = fk.get_model(name)
    wanted = hln_sum(FIELDS, (1, B_PHI + B_SO), (0.5, B_PHI + 2 * B_SO), (-0.5, B_PHI))
    assert law.function(FIELDS, 1.0, L_PHI, B_SO, 0.0, 1e-3) == pytest.approx(wanted, rel=1e-10, abs=1e-14 * G0)
    assert law.function(FIELDS, 1.0, L_PHI, 0.0, 2.0, 1e-3) == pytest.approx(hln_sum(FIELDS, (1, B_PHI)), rel=1e-12)
    assert law.function(0.0, 1.0, L_PHI, B_SO, 2.0, 1e-3) == 0.0 and not any(law.gradient(0.0, 1.0, L_PHI, B_SO, 2.0, 1e-3))
    turn = B_SO / coherence.zeeman_ratio(2.0, 1e-3)  # the field of gamma = 1
    near = turn * (1 + np.array([-2e-3, -1e-3, 0.0, 1e-3, 2e-3]))
    for curve in (law.function(near, 1.0, L_PHI, B_SO, 2.0, 1e-3), *law.gradient(near, 1.0, L_PHI, B_SO, 2.0, 1e-3)):
        assert np.abs(np.diff(curve, 4)).max() < 1e-9 * np.abs(curve).max()


def test_the_two_forms_of_maekawa_fukuyama_differ_by_the_zeeman_energy_alone():
    """sigma(B) - sigma(0) has ln(B_+/B_-)/(2 r) - ln(1 + 2 B_so/B_phi)/2 more, which is negative: the Zeeman energy ends antilocalization."""
    printed, full = (fk.get_model(name).function(FIELDS[2:], 1.0, L_PHI, B_SO, 2.0, 1e-3) for name in ("maekawa_fukuyama_printed", "maekawa_fukuyama"))
    r = np.sqrt(1 - (coherence.zeeman_ratio(2.0, 1e-3) * FIELDS[2:] / B_SO) ** 2 + 0j)
    wanted = (np.log((B_PHI + B_SO * (1 + r)) / (B_PHI + B_SO * (1 - r))) / (2 * r)).real - 0.5 * np.log1p(2 * B_SO / B_PHI)
    assert (full - printed) / G0 == pytest.approx(wanted, abs=1e-11) and np.all(np.diff(wanted) < 0)


def test_limits_of_ilp():
    """Without a linear term Hikami-Larkin-Nagaoka; without any weak localization; precession differs much from relaxation; signs."""
    law = fk.get_model("ilp")
    relaxing = hln_sum(FIELDS, (1, B_PHI + B_SO), (0.5, B_PHI + 2 * B_SO), (-0.5, B_PHI))
    assert law.function(FIELDS, 1.0, L_PHI, 0.0, B_SO) == pytest.approx(relaxing, rel=1e-10, abs=2e-14 * G0)
    assert law.function(FIELDS, 1.0, L_PHI, 0.0, 0.0) == pytest.approx(hln_sum(FIELDS, (1, B_PHI)), rel=1e-10, abs=2e-14 * G0)
    assert law.function(FIELDS, 2.0, L_PHI, B_SO, 0.0) == pytest.approx(2 * law.function(-FIELDS, 1.0, L_PHI, B_SO, 0.0), rel=1e-14)
    assert law.function(0.0, 1.0, L_PHI, B_SO, 0.0) == 0.0 and not any(law.gradient(0.0, 1.0, L_PHI, B_SO, 0.0))
    assert law.function(1e-3, 1.0, L_PHI, B_SO, 0.0) < 0 < law.function(10.0, 1.0, L_PHI, B_SO, 0.0)
    quadratic = law.function(1e-5, 1.0, length_of_field(0.01), 0.05, 0.0) / (G0 / 24 * (1e-5 / 0.01) ** 2)
    assert quadratic == pytest.approx(-0.431, abs=5e-4)


@pytest.mark.parametrize("share", [0.0428932188, 0.0429, 0.05, 1e-4, 1.0])
@pytest.mark.parametrize("b", [0.3, 1.0, 1.0001, 30.0, 3000.0])
def test_ilp_where_two_roots_meet(share, b):
    """B_so1/B_so near (3 - 2 sqrt 2)/4 has two roots together at every small field, B_so = B where B_so1 is small: against mpmath with 60 digits."""
    B_phi, B_so = 1e-3 * b, b
    found = fk.get_model("ilp").function(1.0, 1.0, length_of_field(B_phi), share * B_so, (1 - share) * B_so)
    with mp.workdps(60):
        b, h, c = mp.mpf(b), mp.mpf(share) * mp.mpf(b), mp.mpf(B_phi) + mp.mpf(b)
        weighted = sum((1 + 4 * h * a / (3 * a * a + 2 * (b - 4 * h) * a + 4 * h * c - 1)) * mp.digamma(mp.mpf(3) / 2 + c - a)
                       for a in mp.polyroots([2 * h - b, 4 * h * c - 1, b - 4 * h, 1], maxsteps=1000, extraprec=600, asc=True))
        integral = mp.quad(lambda x: 1 / (x * x + (2 * c + b - 4 * h) * x + c * (c + b)), [0, c, 10 * c, mp.inf])
        whole = 1 / (c + 0.5) + (2 * c + 2 + b) / ((c + 1.5) * (c + 0.5 + b) - 2 * h) + mp.digamma(c - b + 0.5) - mp.log(c - b) - weighted \
            + mp.log(c * c * (c + b)) - 4 * h * integral
        assert abs(found / G0 + float(mp.re(whole)) / 2) < 1e-12


def test_ilp_is_the_series():
    """The sum over n as the papers print it, with its tail, at one field."""
    phi, b, h, n = 0.04, 2.0, 1.3, np.arange(1, 200_001)
    a = n + 0.5 + phi + b
    terms = 3 / n - (3 * a**2 + 2 * a * b - 1 - 2 * (2 * n + 1) * h) / ((a + b) * (a - 1) * (a + 1) - 2 * h * ((2 * n + 1) * a - 1))
    tail = n[-1] * terms[-1] * (1 - 0.5 / n[-1])  # the terms fall as 1/n^2
    a0, c = 0.5 + phi + b, phi + b
    series = 1 / a0 + (2 * a0 + 1 + b) / ((a0 + 1) * (a0 + b) - 2 * h) + float(mp.digamma(0.5 + phi)) + 3 * np.euler_gamma - terms.sum() - tail
    x = np.linspace(0, 1, 200_001)  # x/(1 - x) maps the integral onto 0..1
    integrand = 1 / (x**2 + (2 * c + b - 4 * h) * x * (1 - x) + c * (c + b) * (1 - x) ** 2)
    whole = series + math.log(c**2 * (c + b) / phi) - 4 * h * np.trapezoid(integrand, x)
    assert fk.get_model("ilp").function(1.0, 1.0, length_of_field(phi), h, b - h) == pytest.approx(-0.5 * G0 * whole, rel=1e-7)


def test_limits_of_graphene():
    """Fast intervalley scattering: +f. Neither: -2 f for one layer, +2 f for two. Chirality broken in full without intervalley scattering: nothing."""
    one, two = fk.get_model("graphene").function, fk.get_model("bilayer_graphene").function
    f = hln_sum(FIELDS, (1, B_PHI))
    for law, sign in ((one, -2), (two, 2)):
        assert law(FIELDS, 1.0, L_PHI, 1e-12, 1e-12) == pytest.approx(f, rel=1e-9)
        assert law(FIELDS, 1.0, L_PHI, 1.0, 1.0) == pytest.approx(sign * f, rel=1e-9)
        assert np.abs(law(FIELDS, 1.0, L_PHI, 1.0, 1e-12)).max() < 1e-9 * G0
        assert law(0.0, 1.0, L_PHI, 2e-7, 5e-8) == 0.0 and not any(fk.get_model("graphene").gradient(0.0, 1.0, L_PHI, 2e-7, 5e-8))
    assert one(FIELDS, 1.0, L_PHI, 2e-7, 5e-8) + two(FIELDS, 1.0, L_PHI, 2e-7, 5e-8) == pytest.approx(
        hln_sum(FIELDS, (2, B_PHI), (-2, B_PHI + 2 * field_of_length(2e-7))), rel=1e-12)


def test_limits_of_graphene_with_spin_orbit():
    """+f without spin-orbit coupling, nothing with much of the symmetric kind, -f/2 with much of the asymmetric kind: the unitary and the symplectic class."""
    law, f = fk.get_model("graphene_spin_orbit"), hln_sum(FIELDS, (1, B_PHI))
    assert law.function(FIELDS, 1.0, L_PHI, 0.0, 0.0) == pytest.approx(f, rel=1e-12)
    assert np.abs(law.function(FIELDS, 1.0, L_PHI, 0.0, 1e9)).max() < 1e-9 * G0
    assert law.function(FIELDS, 1.0, L_PHI, 1e9, 0.0) == pytest.approx(-0.5 * f, rel=1e-9)
    assert law.function(0.0, 1.0, L_PHI, B_SO, B_SO) == 0.0 and not any(law.gradient(0.0, 1.0, L_PHI, B_SO, B_SO))


def test_limits_of_two_channels():
    """Equal channels are one with the sum of alpha; a channel of weight 0 is not there."""
    law, dirac = fk.get_model("hln_channels"), fk.get_model("dirac")
    assert law.function(FIELDS, 0.3, 0.4, L_PHI, 1.0) == pytest.approx(hln_sum(FIELDS, (0.7, B_PHI)), rel=1e-13)
    assert law.function(FIELDS, -0.5, 0.0, L_PHI, 0.2) == pytest.approx(hln_sum(FIELDS, (-0.5, B_PHI)), rel=1e-13)
    assert dirac.function(FIELDS, 0.0, -0.5, L_PHI, 0.3, 0.0) == pytest.approx(hln_sum(FIELDS, (-0.5, B_PHI)), rel=1e-13)
    assert dirac.function(FIELDS, 0.2, -0.4, L_PHI, 0.3, 0.0) == pytest.approx(law.function(FIELDS, -0.4, 0.2, L_PHI, math.sqrt(B_PHI / (B_PHI + 0.3))), rel=1e-12)
    for one, params in ((law, (-0.5, 0.4, L_PHI, 0.2)), (dirac, (0.2, -0.4, L_PHI, 0.3, 0.0))):
        assert one.function(0.0, *params) == 0.0 and not any(one.gradient(0.0, *params))


def test_limits_of_wires():
    """Much spin-orbit scattering: -1/2 of weak localization. L_N far above L_phi: one exponential dephasing."""
    law, nyquist, W = fk.get_model("wire"), fk.get_model("wire_nyquist"), 1e-7
    field = np.concatenate([[0.0, -1e-4], np.geomspace(1e-5, 0.05, 30)])
    plain = law.function(field, 1.0, 1e-6, 1e9, W)
    assert law.function(field, 1.0, 1e-6, 1e-12, W) == pytest.approx(-0.5 * plain, rel=1e-6) and np.all(plain[1:] > 0)
    assert nyquist.function(field, 1.0, 1e-3, field_of_length(1e-6), W) == pytest.approx(plain, rel=1e-6)
    k_B = (e * W / hbar * field) ** 2 / 3
    low = 2 * np.pi * G0 / W * 1e-18 * k_B[:3]  # Nyquist dephasing alone, B -> 0: y'(0) = 1
    assert nyquist.function(field, 1.0, 1e-6, 0.0, W)[:3] == pytest.approx(low, rel=1e-2)
    for one, params in ((law, (1.0, 1e-6, 3e-7, W)), (nyquist, (1.0, 1e-6, 1e-3, W))):
        assert one.function(0.0, *params) == 0.0 and not any(one.gradient(0.0, *params))


def test_limits_in_three_dimensions():
    """2.9 S/cm sqrt(B/T) in high field, B^2 in low, with the sign of alpha; Fukuyama-Hoshino without Zeeman energy (3/2) f3(B_2) - (1/2) f3(B_phi), without
    spin-orbit scattering Kawabata."""
    law, spin = fk.get_model("kawabata"), fk.get_model("fukuyama_hoshino")
    assert law.function(1.0, 1.0, 1.0) == pytest.approx(290.8, rel=1e-3) and law.function(-4.0, -0.5, 1.0) == pytest.approx(-290.8, rel=1e-3)
    low = 1e-4 * B_PHI
    assert law.function(low, -0.5, L_PHI) == pytest.approx(-0.5 * G0 * math.sqrt(e * low / hbar) * 1e-6 / 48, rel=1e-6)
    relaxed = 1.5 * law.function(FIELDS, 1.0, length_of_field(B_PHI + 4 / 3 * B_SO)) - 0.5 * law.function(FIELDS, 1.0, L_PHI)
    assert spin.function(FIELDS, 1.0, L_PHI, B_SO, 0.0, 1e-3) == pytest.approx(relaxed, rel=1e-9, abs=1e-9)
    assert spin.function(FIELDS, 1.0, L_PHI, 0.0, 2.0, 1e-3) == pytest.approx(law.function(FIELDS, 1.0, L_PHI), rel=1e-10)
    for one, params in ((law, (1.0, L_PHI)), (spin, (1.0, L_PHI, B_SO, 2.0, 1e-3))):
        assert one.function(0.0, *params) == 0.0 and not any(one.gradient(0.0, *params))


def test_limits_in_the_plane():
    """The Zeeman energy ends antilocalization: negative, -Delta^2 in low field, -(1/2) ln(1 + B_so/B_phi) at most; without spin-orbit scattering nothing happens."""
    law, D = fk.get_model("in_plane_zeeman"), 1e-3
    assert law.function(1e5, 1.0, L_PHI, B_SO, 2.0, D) == pytest.approx(-0.5 * G0 * math.log1p(B_SO / B_PHI), rel=1e-3)
    assert np.all(law.function(FIELDS, 1.0, L_PHI, 0.0, 2.0, D) == 0) and np.all(np.diff(law.function(FIELDS[2:], 1.0, L_PHI, B_SO, 2.0, D)) < 0)
    weak = 1e-2 / coherence.zeeman_ratio(2.0, D) * B_PHI
    singlet = 0.5 * G0 * -math.log1p((1e-2 * B_PHI) ** 2 / 4.0 / B_PHI)
    assert law.function(weak, 1.0, L_PHI, 4.0, 2.0, D) == pytest.approx(singlet, rel=0.01)
    assert law.function(0.0, 1.0, L_PHI, B_SO, 2.0, D) == 0.0 and not any(law.gradient(0.0, 1.0, L_PHI, B_SO, 2.0, D))
    orbital = fk.get_model("in_plane")
    assert orbital.function(1e-4, -0.5, 0.1) == pytest.approx(-0.5e-6 * G0, rel=1e-5) and orbital.function(0.0, 1.0, 0.1) == 0.0


# -- beyond the diffusive regime ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("part, point", [pytest.param(name == "beyond_back", *one.values, id=one.id) for name in ("beyond_back", "beyond_nonback") for one in points(LOCALIZATION, name)])
def test_beyond_diffusion(part, point):
    """The points are good to 6e-12 G0, the table to 2e-11 G0. ``beyond_nonback`` holds both parts."""
    given, wanted = point["inputs"], float(point["value"])
    b = abs(given["B"]) * 2 * e * given["l"] ** 2 / hbar
    assert abs(G0 * beyond.beyond_diffusion(b, given["tau_over_tauphi"], backscattering_only=part)[0] - wanted) < 2e-11 * G0
    if not part:
        law = fk.get_model("beyond_diffusion")
        assert abs(law.function(-given["B"], 1.0, given["l"] / math.sqrt(2 * given["tau_over_tauphi"]), given["l"]) - wanted) < 2e-11 * G0


def test_limits_beyond_diffusion():
    """B << B_tr: the diffusive formula. B >> B_tr: sigma(B) tends, slowly, to -4.974 G0 sqrt(B_tr/B), to -7.758 without nonbackscattering. sigma(0) -> -ln(tau_phi/2 tau)."""
    b = np.geomspace(1e-9, 1e-5, 9)
    assert beyond.beyond_diffusion(b, 1e-3)[0] * G0 == pytest.approx(hln_sum(b, (1.0, 1e-3)), rel=3e-3)
    g = 1e-6
    for only, limit, zero in ((False, 4.974, math.log(1 / (2 * g))), (True, 7.758, math.log(1 / g))):
        at_1, at_10, at_100, beyond_it = (math.sqrt(min(one, 100.0)) * (zero - beyond.beyond_diffusion(one, g, only)[0]) for one in (1.0, 10.0, 100.0, 1e4))
        assert at_1 < at_10 < at_100 < limit and at_100 > 0.7 * limit and beyond_it == pytest.approx(at_100 / 10, rel=1e-3)
    assert beyond.beyond_diffusion(0.1, 0.01)[0] < hln_sum(np.array([0.1]), (1.0, 0.01))[0] / G0
    law = fk.get_model("beyond_diffusion")
    assert law.function(0.0, 1.0, 1e-6, 1e-8) == 0.0 and not any(law.gradient(0.0, 1.0, 1e-6, 1e-8))


@pytest.mark.parametrize("ratio", [1.0 + 1e-3, 1.2, 3.0, 300.0])
def test_table_beyond_diffusion_is_the_sum(ratio):
    """The table against the sums it was made of, between its nodes."""
    sys.path.insert(0, str(REFERENCE))
    make = importlib.import_module("make_beyond_diffusion")
    for b in (2e-6, 3e-4, 0.02, 0.7, 60.0):
        g = min(2e-6 * ratio**2, 2.5)
        for part, wanted in zip((True, False), make.conductivity(b, g)):
            assert abs(beyond.beyond_diffusion(b, g, backscattering_only=part)[0] - wanted) < 2e-11


def test_beyond_diffusion_is_smooth_at_the_edges_of_its_table():
    for edge in (1e-6, 100.0):
        for g in (1e-4, 0.03):
            (low, low_b, low_g), (high, high_b, high_g) = (beyond.beyond_diffusion(edge * one, g) for one in (1 - 1e-9, 1 + 1e-9))
            assert high == pytest.approx(low, rel=1e-6, abs=1e-12) and high_b == pytest.approx(low_b, rel=0.3, abs=1e-9) and high_g == pytest.approx(low_g, rel=1e-3, abs=1e-9)


# -- superconducting fluctuations --------------------------------------------------------------------------------------
@pytest.mark.parametrize("point", points(LOCALIZATION, "larkin_beta"))
def test_larkin_beta(point):
    assert math.isclose(fluctuations.larkin_beta(point["inputs"]["T_over_Tc"]), float(point["value"]), rel_tol=1e-12)


def test_limits_of_larkin_beta():
    """pi^2/(4 ln(T/Tc)) near Tc, pi^2/(6 ln^2) far above, the printed table between, nothing at and below Tc."""
    ratio = np.array([1.01, 1.1, 2.0, 10.0, 100.0])
    assert fluctuations.larkin_beta(ratio) == pytest.approx([244.94, 23.121, 1.8594, 0.25437, 0.070418], rel=3e-5)
    assert fluctuations.larkin_beta(1.001) * 4 * math.log(1.001) / math.pi**2 == pytest.approx(0.99876, abs=2e-5)
    assert fluctuations.larkin_beta(1000.0) * 6 * math.log(1000) ** 2 / math.pi**2 == pytest.approx(0.94, abs=0.01)
    assert np.isnan(fluctuations.larkin_beta(1.0)) and np.isnan(fluctuations.larkin_beta(0.5))


def fluctuating(given):
    return {"temperature": given["T"], "Tc": given["Tc"], "diffusivity": given["D"]}


@pytest.mark.parametrize("point", points(LOCALIZATION, "al"))
def test_aslamazov_larkin(point):
    """The law without its Maki-Thompson part."""
    given, law = point["inputs"], fk.get_model("superconducting_fluctuations")
    value = law.function(given["B"], 0.0, 1e-7, 0.0, 1.0, **fluctuating(given))
    assert math.isclose(value, float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * G0)


@pytest.mark.parametrize("point", points(LOCALIZATION, "mt_lsa"))
def test_maki_thompson(point):
    """The law without its Aslamazov-Larkin part."""
    given, law = point["inputs"], fk.get_model("superconducting_fluctuations")
    params = {"alpha": 0.0, "L_phi": given["L_phi"], "maki_thompson": 1.0, "aslamazov_larkin": 0.0}
    value, gradient = law.evaluate((given["B"],), list(params.values()), fluctuating(given))
    assert math.isclose(value, float(point["value"]), rel_tol=1e-12, abs_tol=1e-12 * G0)
    if "L_phi" in point["derivatives"]:
        assert math.isclose(gradient[1], float(point["derivatives"]["L_phi"]), rel_tol=1e-12, abs_tol=1e-12 * G0 / given["L_phi"])


def test_maki_thompson_where_both_fields_are_one():
    """B_phi = B_SC is a removable 0/0: -(pi^2/4 eps) z dF/dz."""
    from fitkit.physics.special import F_and_slope

    ratio, z = 1.2, np.geomspace(1e-3, 1e2, 9)
    eps = math.log(ratio)
    at = fluctuations.maki_thompson(z * eps, ratio, eps)[0]
    assert at == pytest.approx(-math.pi**2 / (4 * eps) * F_and_slope(z)[1], rel=1e-9)
    sides = [fluctuations.maki_thompson(z * eps, ratio, eps * (1 + side))[0] for side in (-1.001e-3, -0.999e-3, 0.999e-3, 1.001e-3)]
    assert sides[0] == pytest.approx(sides[1], rel=1e-5) and sides[2] == pytest.approx(sides[3], rel=1e-5) and (sides[1] + sides[2]) / 2 == pytest.approx(at, rel=1e-5)
