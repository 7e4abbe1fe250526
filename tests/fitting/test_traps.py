"""Data that cannot give a number: each trap of the physics yields "not determined", "ambiguous" or a limit, and says why."""

import math
from dataclasses import replace

import law_contract
import numpy as np
import pytest

import fitkit as fk

SPIN_ORBIT = fk.get_model("hln_spin_orbit")
LOST = ("not determined", "ambiguous", "limit")


def film(reach, noise=0.005, seed=0, points=200, L_phi=500e-9, B_so=20e-3, **extra):
    """Magnetoconductance with spin-orbit scattering up to a field [T]; noise in parts of the swing."""
    params = {"alpha": 1.0, "L_phi": L_phi, "B_so": B_so, "zeta": 1 / 3, "B_s": 0.0, "zeta_s": 1 / 3, "l_e": 0.0} | extra
    law = replace(SPIN_ORBIT, grid=lambda points, **_: reach * np.linspace(-1, 1, points))
    return law_contract.dataset_of(law, params, noise, np.random.default_rng(seed), points=points)


def decay(M, noise=1e-3, seed=0, first=10.0, last=1e4, points=80):
    time = np.geomspace(first, last, points)
    y = M(time)
    return fk.dataset(name="run", time=(time, "s"), moment=(y + np.random.default_rng(seed).normal(0, noise * abs(y[0]), points), "A m2"), temperature="10 K")


def said(result, *names):
    return " ".join(result[name].reason for name in names) + " ".join(text for one in result.fits for text in one.cautions)


# -- weak localization ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", range(5))
def test_parabola_holds_one_number(seed):
    """B_max < 2 B_phi: alpha L_phi^4 alone is measured, and its value is right."""
    law = replace(fk.get_model("hln"), grid=lambda points, **_: np.linspace(-0.006, 0.006, points))
    data = law_contract.dataset_of(law, {"alpha": 0.8, "L_phi": 100e-9}, 0.01, np.random.default_rng(seed), points=200)
    result = fk.fit("hln", data)
    assert result["alpha"].verdict in LOST and result["L_phi"].verdict in LOST
    assert "alpha L_phi^4 = " in result["L_phi"].reason and "Sweep to" in result["L_phi"].reason
    number, power = result["L_phi"].reason.split("alpha L_phi^4 = ")[1].split()[0].split("(")[0], result["L_phi"].reason.split("alpha L_phi^4 = ")[1]
    exponent = int(power.split("e")[1][:3]) if "e+" in power.split()[0] else 0
    assert float(number) * 10.0**exponent == pytest.approx(0.8 * 100**4, rel=0.15)


def test_parabola_and_quadratic_background_are_one_column():
    """beta B^2 beside a parabola: nothing of alpha or L_phi is left."""
    law = replace(fk.get_model("hln"), grid=lambda points, **_: np.linspace(-0.004, 0.004, points))
    result = fk.fit("hln", law_contract.dataset_of(law, {"alpha": 0.8, "L_phi": 100e-9}, 0.01, np.random.default_rng(1), points=200), background=["offset", "quadratic"])
    assert result["alpha"].verdict in LOST and result["L_phi"].verdict in LOST and result["quadratic"].verdict != "ok" or not result.determined


def test_spin_orbit_field_beyond_the_sweep_is_a_lower_limit():
    result = fk.fit(SPIN_ORBIT, film(0.1, B_so=1.0, noise=0.01))
    assert result["B_so"].verdict == "limit" and result["B_so"].limit == ">" and 50 < result["B_so"].bound < 1000
    assert result["L_so"].limit == "<" and str(result["B_so"]).startswith(">") and "beyond the field" in said(result, "B_so")
    assert result["L_phi"].verdict == "conditional" and result["L_phi"].value == pytest.approx(500, rel=0.05)


def test_spin_orbit_field_below_dephasing_is_an_upper_limit():
    result = fk.fit(SPIN_ORBIT, film(0.1, L_phi=200e-9, B_so=0.3e-3, noise=0.01))
    assert result["B_so"].verdict in LOST and "below B_phi" in said(result, "B_so")
    if result["B_so"].verdict == "limit":
        assert result["B_so"].limit == "<" and result["B_so"].bound > 0.3


def test_isotropic_spin_flip_and_dephasing_are_two_numbers():
    result = fk.fit(SPIN_ORBIT, film(0.5, B_s=0.3e-3), free=["B_s"])
    assert all(result[name].verdict == "not determined" for name in ("L_phi", "B_so", "B_s"))
    B_phi = fk.get_model("hln").derived[0].function(500e-9) * 1e3
    assert "B_S = B_phi + 2 B_s" in result["B_s"].reason
    assert float(result["B_s"].reason.split("B_S = B_phi + 2 B_s = ")[1].split()[0]) == pytest.approx(B_phi + 0.6, rel=0.05)
    assert fk.fit(SPIN_ORBIT, film(0.5, B_s=0.3e-3), fix={"B_s": "0.3 mT"})["L_phi"].value == pytest.approx(500, rel=0.05)


def test_strong_spin_orbit_leaves_the_singlet():
    """B_so far above the sweep: B_phi + 2 B_s is all, with any zeta."""
    result = fk.fit(SPIN_ORBIT, film(0.05, B_so=5.0, B_s=0.3e-3, noise=0.01), free=["B_s"], fix={"zeta": 0.2, "B_so": "5 T"})
    assert result["L_phi"].verdict in LOST and result["B_s"].verdict in LOST


def test_share_of_the_normal_axis_is_ambiguous():
    """Full HLN exchanges the roles of its two spin-orbit fields: about zeta = 1/3 both sides draw the same curve."""
    found = [fk.fit(SPIN_ORBIT, film(0.5, zeta=0.23, seed=seed), free=["zeta"]) for seed in range(6)]
    assert sum(one["zeta"].verdict in LOST for one in found) >= 4
    assert all(one["zeta"].verdict in LOST or abs(one["zeta"].value - 0.23) < 3 * one["zeta"].error for one in found)
    assert any("second optimum lies at zeta" in one["zeta"].reason for one in found)


def test_impurity_scattering_of_a_plane_hides_everything():
    """zeta = 1 and strong: singlet and m = 0 triplet cancel, the curve is flat: nothing is claimed of B_so."""
    result = fk.fit(SPIN_ORBIT, film(0.05, B_so=50.0, zeta=1.0, noise=0.05), fix={"zeta": 1})
    assert result["L_phi"].verdict in LOST or result["B_so"].verdict in LOST


# -- weak localization: the usual habit on data of another physics ------------------------------------------------------------

HLN = fk.get_model("hln").function
FULL = SPIN_ORBIT.function
SIGMA = 2e-3   # S


def sweep(field, y, noise, seed, **meta):
    return fk.dataset(name="film", field=(field, "T"), delta_conductance=(y + np.random.default_rng(seed).normal(0, noise * np.ptp(y), len(field)), "S"), **meta)


@pytest.mark.parametrize("mobility", [0.01, 0.03, 0.06])
@pytest.mark.parametrize("L_phi", [100e-9, 300e-9])
@pytest.mark.parametrize("noise", [1e-3, 1e-2])
def test_a_parabola_left_out_to_nine_tesla(mobility, L_phi, noise):
    """One band: sigma_xx falls by m/(1+m) with m = (mu B)^2. With the column that takes it the length comes back."""
    field = 9 * np.linspace(-1, 1, 361) ** 3
    m = (mobility * field) ** 2
    data = sweep(field, HLN(field, 1.0, L_phi) - SIGMA * m / (1 + m), noise, 1)
    result = fk.fit("hln", data, background=["offset"])
    assert "the classical magnetoresistance" in said(result, "alpha", "L_phi") and "quadratic" in said(result, "alpha", "L_phi")
    assert result["L_phi"].verdict in LOST
    if mobility < 0.02 and noise < 5e-3:
        added = fk.fit("hln", data, background=["offset", "quadratic"])
        assert "was left out" not in said(added, "L_phi") and added["L_phi"].value == pytest.approx(1e9 * L_phi, rel=0.1)


@pytest.mark.parametrize("B_so", [5e-3, 20e-3, 60e-3])
@pytest.mark.parametrize("noise", [3e-3, 2e-2])
def test_one_channel_on_spin_orbit_data(B_so, noise):
    field = 0.3 * np.linspace(-1, 1, 201) ** 3
    data = sweep(field, FULL(field, 1.0, 500e-9, B_so, 1 / 3, 0.0, 1 / 3, 0.0), noise, 2)
    result = fk.fit("hln", data)
    assert "spin-orbit scattering" in said(result, "alpha", "L_phi") and result["alpha"].verdict in LOST
    right = fk.fit(SPIN_ORBIT, data)
    assert "the residuals" not in said(right, "L_phi") and abs(right["L_phi"].value - 500) < 4 * right["L_phi"].error


@pytest.mark.parametrize("law, y", [("hln", lambda B: HLN(B, 1.0, 300e-9)), ("hln_spin_orbit", lambda B: FULL(B, 1.0, 500e-9, 20e-3, 1 / 3, 0.0, 1 / 3, 0.0))])
@pytest.mark.parametrize("noise", [3e-3, 2e-2])
def test_field_offset_left_in(law, y, noise):
    """Zero field reads 3 mT: said with its size; taken out by the step that is named the fit is clean."""
    field = np.linspace(-0.1, 0.1, 401)
    data = sweep(field, y(field - 3e-3), noise, 3)
    text = said(fk.fit(law, data), "L_phi")
    assert "a field offset do" in text and "fk.field_offset(data)" in text
    assert float(text.split("zero field reads about ")[1].split()[0]) == pytest.approx(3, rel=0.2)
    assert "field offset" not in said(fk.fit(law, fk.shift_field(data, "3 mT")), "L_phi")


def test_fields_beyond_the_elastic_one():
    """Diffusion ends at B_e: the curve levels off there (here as the elastic term of HLN does it)."""
    B_e, field = 1.054571817e-34 / (2 * 1.602176634e-19 * 60e-9**2), np.linspace(-1, 1, 401) ** 3
    data = sweep(field, FULL(field, 1.0, 500e-9, 1e-12, 1 / 3, 0.0, 1 / 3, 60e-9), 3e-3, 4)
    result = fk.fit("hln", data)
    assert "beyond B_e, where the diffusive formula ends" in said(result, "L_phi") and result["alpha"].verdict in LOST
    known = fk.fit("hln", data.with_meta(mean_free_path="60 nm"))
    assert f"exceeds 0.3 B_e = {300 * B_e:.3g} mT" in said(known, "L_phi")


def test_elastic_field_beyond_the_sweep():
    result = fk.fit(SPIN_ORBIT, film(0.1, l_e=10e-9), free=["l_e"])  # B_e = 3.3 T
    assert result["l_e"].verdict in LOST and "beyond the largest field" in said(result, "l_e") and result["L_phi"].value == pytest.approx(500, rel=0.1)


@pytest.mark.parametrize("name", ["hln", "hln_spin_orbit", "graphene", "kawabata"])
def test_no_false_alarm(name):
    """200 clean curves: the words on residuals fall in less than 2 %."""
    law, alarms = fk.get_model(name), 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        params = law.typical_parameters(rng)
        if name == "hln" and seed % 3 == 0:
            params["alpha"] *= -0.5
        data = law_contract.dataset_of(law, params, math.exp(rng.uniform(math.log(3e-3), math.log(5e-2))), rng, points=200)
        alarms += any("residuals" in text or "levels off" in text or "classical" in text for text in fk.fit(law, data).fits[0].cautions)
    assert alarms < 4


# -- relaxation -------------------------------------------------------------------------------------------------------------

def test_curvature_below_the_noise_is_no_mu():
    """B.5: over three decades at S = 0.02 the power law bends by 0.07 % rms: noise of 0.5 % on 80 points hides it."""
    result = fk.fit("interpolation_decay", decay(lambda t: 1e-6 * np.exp(-0.02 * np.log(t / 300)), noise=5e-3))
    assert result["mu"].verdict == "not determined" and "not measurable" in result["mu"].reason and "Measure to" in result["mu"].reason
    assert result["S"].verdict == "ok" and result["U0"].verdict == "not determined"
    clear = fk.fit("interpolation_decay", decay(lambda t: 1e-6 * (1 + 0.05 * np.log(t / 300)) ** -1.0, noise=2e-4))
    assert clear["mu"].verdict == "ok" and abs(clear["mu"].value - 1) < 4 * clear["mu"].error


def test_one_curve_holds_no_U0_without_t0():
    """U0 appears only with what it assumes, and moves as the notes say: |mu| kT ln 10 a decade of t0."""
    data = decay(lambda t: 1e-6 * (1 - 0.02 * np.log(t / 300)), noise=1e-4)
    result = fk.fit("log_decay", data)
    assert "ASSUMES t0" in result["U0"].reason and "per decade of t0" in result["U0"].reason
    other = fk.fit("log_decay", data, assume={"t0": "1e-12 s"})
    kT = 1.380649e-23 * 10 / 1.602176634e-22
    assert other["U0"].value - result["U0"].value == pytest.approx(13.8155 * kT, rel=1e-4) and other["U_star"].value == result["U_star"].value
    assert fk.fit("power_law_decay", data)["U0"].value == fk.fit("power_law_decay", data, assume={"t0": "1e-12 s"})["U0"].value


@pytest.mark.parametrize("seed", range(10))
def test_stretched_exponential_in_a_logarithm(seed):
    """B.7: beta < 0.1 is a logarithm in disguise; its S is determined all the same."""
    result = fk.fit("stretched_exponential", decay(lambda t: 1e-6 * (1 - np.log(t / 300) / 60), noise=2e-4, seed=seed))
    assert all(result[name].verdict in LOST for name in ("M_0", "tau", "beta")) and "indistinguishable from a logarithmic decay" in result["beta"].reason
    assert result["S"].verdict == "ok" and result["S"].value == pytest.approx(1 / 60, rel=0.03)


def test_time_constant_beyond_the_window():
    result = fk.fit("exponential_decay", decay(lambda t: 1e-6 * np.exp(-t / 1e6), noise=1e-3), free=["M_inf"])
    assert result["tau"].verdict in LOST
    alone = fk.fit("exponential_decay", decay(lambda t: 1e-6 * np.exp(-t / 1e6), noise=3e-2))
    assert alone["tau"].verdict in LOST


def test_start_before_the_window_and_S():
    """A free time origin far longer than the window leaves a straight line in t."""
    result = fk.fit("power_law_decay", decay(lambda t: 1e-6 * (1 + t / 1e5) ** -1.0, noise=2e-3), free=["t_shift"])
    assert result["S"].verdict in LOST and result["t_shift"].verdict in LOST
    assert "beyond the window" in said(result, "S") or "second optimum" in said(result, "S")


def test_nothing_decays():
    for law in ("log_decay", "power_law_decay", "interpolation_decay", "stretched_exponential", "exponential_decay"):
        result = fk.fit(law, decay(lambda t: np.full(len(t), 1e-6), noise=1e-3, seed=3))
        names = [name for name in ("S", "mu", "tau", "beta") if name in result.parameters]
        assert all(result[name].verdict in LOST for name in names) and not result.determined, law
        assert "U_star" not in result.derived or result["U_star"].verdict in LOST, law


# -- voltage against current ---------------------------------------------------------------------------------------------

def characteristic(reach, noise=1e-8, seed=0, points=150, low=-0.2):
    law = fk.get_model("anderson_kim_sinh")
    current = np.linspace(low, 1.0, points) * reach
    V = law.function(current, 20.0, 1.5, tap_distance=0.01, Ec=1e-4)
    return fk.dataset(name="tape", current=(current, "A"), voltage=(V + np.random.default_rng(seed).normal(0, noise, points), "V"), tap_distance="1 cm", temperature="77 K")


def test_anderson_kim_holds_two_numbers():
    """D.3: U0 and Ic0 need V0 or Ic0; then U0 = kT Ic0/I_1, and both ways agree."""
    result = fk.fit("anderson_kim_sinh", characteristic(22.0))
    assert result["Ic"].verdict == result["I_1"].verdict == "ok" and "needs Ic0 or" in result.fits[0].absent["U0"]
    V0 = 1e-6 / (2 * math.sinh(20.0 / 1.5)) * math.exp(40.0)  # U0 = 40 kT, Ic0 = 60 A
    for given in ({"Ic0": "60 A"}, {"V0": f"{V0} V"}):
        known = fk.fit("anderson_kim_sinh", characteristic(22.0).with_meta(**given))
        assert known["U0"].value == pytest.approx(40 * 1.380649e-23 * 77 / 1.602176634e-22, rel=0.02) and "ASSUMES" in known["U0"].reason
    assert "V0 = " in known["U0"].reason


def test_ohmic_foot_holds_one_number():
    """I < I_1: sinh is a straight line."""
    V = characteristic(0.15, noise=0.0)["voltage"]
    result = fk.fit("anderson_kim_sinh", characteristic(0.15, noise=0.02 * np.ptp(V)))
    assert result["Ic"].verdict in LOST and result["I_1"].verdict in LOST and "ohmic" in said(result, "Ic", "I_1")


def test_criterion_beyond_the_ramp():
    assert fk.fit("anderson_kim_sinh", characteristic(15.0, noise=1e-10))["Ic"].verdict in LOST


@pytest.mark.parametrize("points", [301, 501, 801, 901, 1201, 1801])
@pytest.mark.parametrize("reach, parabola", [(2.0, -1e-7), (9.0, -1e-8), (9.0, -3e-8)])
def test_parabola_left_out_whatever_the_sampling(reach, parabola, points):
    """B_phi = 5 mT lies below the step of the field or above it: the cause is the same."""
    field = np.linspace(-reach, reach, points)
    L_phi = (1.054571817e-34 / (4 * 1.602176634e-19 * 5e-3)) ** 0.5
    y = HLN(field, 1.0, L_phi) + parabola * field**2 + np.random.default_rng(points).normal(0, 2e-8, points)
    result = fk.fit("hln", fk.dataset(field=(field, "T"), delta_conductance=(y, "S")))
    text = said(result, "L_phi")
    assert "the classical magnetoresistance was left out" in text and result["L_phi"].verdict == result["alpha"].verdict == "not determined"
    assert float(text.split("of them, ")[1].split()[0]) == pytest.approx(parabola, rel=0.1)
