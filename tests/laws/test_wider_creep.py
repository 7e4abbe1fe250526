"""Relatives of flux creep: magnets, recording media, molecules, pulsars. Numbers of 40 digits, simulations, and what the fits say."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import k_B, mu0

CREEP = json.loads((Path(__file__).parents[1] / "reference" / "flux_creep.json").read_text(encoding="utf-8"))["models"]
EPS = np.finfo(float).eps


def points(name):
    return [pytest.param(point, id=f"{name}-{number}") for number, point in enumerate(CREEP[name]["points"])]


def agrees(point, value, slopes, condition=0.0):
    wanted, condition = float(point["value"]), max(point["condition"], condition, 1)
    assert abs(value - wanted) <= 8 * condition * EPS * abs(wanted)
    for name, slope in slopes.items():
        reference = float(point["derivatives"][name])
        assert abs(slope - reference) <= max(1e-12, 8 * condition * EPS) * max(abs(reference), abs(wanted / point["inputs"][name])), name


@pytest.mark.parametrize("point", points("Hc_sharrock"))
def test_sharrock(point):
    """Hc in A/m is a field like any other; Delta = Ku V/kT."""
    x, law = point["inputs"], fk.get_model("sharrock")
    Delta = x["KuV"] / (k_B * x["T"])
    slopes = law.gradient(x["t"], x["H0"], Delta, x["f0"], x["p"])
    agrees(point, law.function(x["t"], x["H0"], Delta, x["f0"], x["p"]), {"H0": slopes[0], "KuV": slopes[1] / (k_B * x["T"]), "T": -slopes[1] * Delta / x["T"]})


@pytest.mark.parametrize("point", points("tau_smm"))
def test_relaxation_time(point):
    """tau is exp(ln tau)."""
    x, law = point["inputs"], fk.get_model("relaxation_time")
    values = (x["Ueff"], x["tau0"], x["C"], x["nR"], x["A_dir"], x["B_QTM"])
    tau = math.exp(law.function(x["T"], *values))
    slopes = dict(zip(("Ueff", "tau0", "C", "nR", "A_dir", "B_QTM"), (tau * one for one in law.gradient(x["T"], *values))))
    agrees(point, tau, slopes, abs(math.log(tau)) + x["nR"] * math.log(x["T"]))


@pytest.mark.parametrize("point", points("glitch_nl"))
def test_glitch_recovery(point):
    x, law = point["inputs"], fk.get_model("glitch_recovery")
    dA, dts, dtau = law.gradient(x["t"], x["A"], x["ts"], x["tau"])
    agrees(point, law.function(x["t"], x["A"], x["ts"], x["tau"]), {"A": dA, "ts": dts, "tau": dtau}, abs(x["ts"] - x["t"]) / x["tau"])


@pytest.mark.parametrize("point", points("M_linlog"))
def test_magnetic_viscosity(point):
    """a - b ln(t + ts) with t_r = 1 s: S_v = b, of either sign of M."""
    x, law = point["inputs"], fk.get_model("magnetic_viscosity")
    M_r = x["a"] - x["b"] * math.log(1 + x["ts"])
    size = abs(x["a"]) + abs(x["b"]) * (abs(math.log(x["t"] + x["ts"])) + math.log(1 + x["ts"]))
    assert law.function(x["t"], M_r, x["b"], x["ts"], 1.0) == pytest.approx(float(point["value"]), abs=8 * EPS * size)


def test_a_glitch_is_creep_over_a_linear_barrier():
    """y = exp[a (j - j_s)] of the driven rate equation: the change of the rate of hops against the sweep, started at j_s - t_s sweep."""
    from fitkit.physics.rate_equation import linear_driven

    a, tau_prefactor, sweep, t_s = 30.0, 1e-4, 2e-3, 100.0
    steady = 1 + math.log(sweep * tau_prefactor) / a
    time = np.linspace(0.0, 400.0, 41)
    j = linear_driven(time, a, tau_prefactor, steady - t_s * sweep, sweep)
    share = np.exp(a * (j - steady))      # the hops over the steady ones
    change = fk.get_model("glitch_recovery").function(time, 1.0, t_s, 1 / (a * sweep))
    np.testing.assert_allclose(1 + change, share, rtol=1e-9, atol=1e-12)


def test_half_of_the_magnets_have_turned():
    """The barrier Ku V (1 - B/B0)^2 at p = 1/2: at Bc(t) half survive the time t."""
    law, f0, Delta = fk.get_model("sharrock").function, 1e9, 80.0
    for t in (1e-6, 1.0, 1e4):
        Bc = law(t, 1.0, Delta, f0, 0.5)
        assert math.exp(-f0 * t * math.exp(-Delta * (1 - Bc) ** 2)) == pytest.approx(0.5, rel=1e-9)


def test_retention():
    rng, time = np.random.default_rng(0), np.geomspace(1e-6, 1e3, 40)
    B = fk.get_model("sharrock").function(time, 0.9, 43.3, 1e9, 0.5)
    result = fk.fit("sharrock", fk.dataset(time=(time, "s"), coercive_field=(B * (1 + rng.normal(0, 1e-3, 40)), "T"), name="disk", temperature="300 K"))
    # 5 % in ten years at Ku V = 43.3 kT
    assert abs(result["Delta"].value - 43.3) < 3 * result["Delta"].error and result["loss_10y"].value == pytest.approx(5, abs=1.5)
    assert "one size" in result["loss_10y"].reason and result["K_uV"].value == pytest.approx(43.3 * 300 * 8.617e-5, rel=0.01)
    short = fk.dataset(time=(time[:8], "s"), coercive_field=(B[:8], "T"), name="short", temperature="300 K")
    assert "lean on each other" in " ".join(fk.fit("sharrock", short).fits[0].cautions)


def test_fluctuation_field_and_activation_volume():
    time, rng = np.geomspace(5, 5e3, 50), np.random.default_rng(1)
    M = 1e3 - 400.0 * np.log(time) + rng.normal(0, 5, 50)            # passes through zero: no S, but a viscosity
    data = fk.dataset(time=(time, "s"), magnetization=(M, "A/m"), name="magnet", temperature="300 K", meta={"chi_irr": "0.4", "M_s": "1e6 A/m"})
    result = fk.fit("magnetic_viscosity", data)
    assert abs(result["S_v"].value - 400) < 3 * result["S_v"].error and result["H_f"].value == pytest.approx(1000, rel=0.02)
    assert result["V_act"].value == pytest.approx(k_B * 300 / (mu0 * 1e6 * 1000) * 1e27, rel=0.02) and result.determined
    assert fk.fit("log_decay", data)["S"].verdict == "not determined"


def test_molecule_with_tunnelling_and_a_barrier_that_is_not_reached():
    T, rng = np.linspace(2, 16, 40), np.random.default_rng(3)
    rate = np.exp(-60.0 / T) / 2e-9 + 8.0
    tau = 1 / rate * np.exp(rng.normal(0, 0.02, 40))
    molecule = fk.log_relaxation_time(fk.dataset(temperature=(T, "K"), tau=(tau, "s"), tau_err=(0.02 * tau, "s"), name="molecule"))
    result = fk.fit("relaxation_time", molecule, free=["B_qtm"])
    assert abs(result["U_eff_K"].value - 60) < 3 * result["U_eff_K"].error < 6 and abs(result["B_qtm"].value - 8) < 3 * result["B_qtm"].error
    assert abs(math.log(result["tau_0"].value / 2e-9)) < 3 * result["tau_0"].error / result["tau_0"].value
    both = fk.compare({"barrier": "relaxation_time", "with tunnelling": ("relaxation_time", {"free": ["B_qtm"]})}, molecule)
    assert both.best == "with tunnelling"
    T = np.linspace(2, 3, 15)
    tau = 1 / (np.exp(-60.0 / T) / 2e-9 + 8.0) * np.exp(rng.normal(0, 0.005, 15))
    cold = fk.fit("relaxation_time", fk.log_relaxation_time(fk.dataset(temperature=(T, "K"), tau=(tau, "s"), name="cold")), free=["B_qtm"])
    assert cold["U_eff"].verdict == "not determined" and "Measure warmer" in " ".join(cold.fits[0].cautions)
    with pytest.raises(fk.FitkitError, match="relaxation times are 0 or below"):
        fk.log_relaxation_time(fk.dataset(temperature=([2.0, 3.0], "K"), tau=([1.0, 0.0], "s"), name="molecule"))
    with pytest.raises(fk.FitkitError, match="fk.log_relaxation_time"):
        fk.fit("relaxation_time", fk.dataset(temperature=(T, "K"), tau=(tau, "s"), name="molecule"))


def test_a_short_waiting_time_is_an_exponential():
    time, rng = np.linspace(1, 300, 120) * 86400, np.random.default_rng(2)
    law = fk.get_model("glitch_recovery").function
    for t_s, said in ((120.0, False), (4.0, True)):
        y = law(time, 1e-13, t_s * 86400, 20 * 86400)
        data = fk.dataset(time=(time, "s"), spin_down_change=(y + rng.normal(0, 0.01 * np.ptp(y), 120), "1/s2"), name="pulsar")
        result = fk.fit("glitch_recovery", data)
        if said:
            assert not result["t_s"].determined
        else:
            assert abs(result["t_s"].value - t_s) < 3 * result["t_s"].error and not result.fits[0].cautions


@pytest.mark.real
@pytest.mark.parametrize("name, slope", [("TC04-12-01K_VRMac_53K_12000s", -3.950e-6), ("MFn1_VRMac_34K_12000s", -5.387e-6), ("MFn1_VRMac_35K_12000s_VRMde_35K", 4.074e-6)])
def test_viscosity_of_measured_rocks(real_data, name, slope):
    """Time from the first row, t > 100 s, no shift: dM/dlnt in emu; a remanence that passes through zero has a viscosity all the same."""
    run = fk.load(real_data / "relaxation" / "viscous_remanence" / f"{name}.dc.dat")
    late = fk.window(fk.relaxation_segment(run, origin="first row"), over="time", low="100 s")
    assert fk.fit("magnetic_viscosity", late)["S_v"].to("emu").value == pytest.approx(-slope, rel=0.01)
