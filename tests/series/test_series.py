"""Twelve temperatures with known U0, mu, g(T): the rate equation is integrated step by step, no relaxation formula is used."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import fitkit as fk

U0, MU, TAU, M0, TC, Q = 400.0, 0.5, 1e-9, 5e-3, 60.0, 1.5      # [K], 1, [s], [A m2], [K]
TEMPERATURES = np.linspace(4, 26, 12)
TIME = np.geomspace(20, 1e4, 60)
TRUE_C = np.log(M0 / TAU)


@lru_cache(maxsize=64)
def relaxed(temperature, mu=MU, Tc=TC):
    """J/Jc at TIME of dJ/dt = -(Jc/tau) exp(-U/kT) from J = Jc on."""
    a = U0 * (1 - (temperature / Tc) ** 2) ** Q / temperature
    x = np.log(TIME / TAU)
    found = solve_ivp(lambda s, y: [-np.exp(s - y[0] - a * np.expm1(-mu * y[0]) / mu)], (np.log(1e-9), x[-1] + 1e-9), [0.0], method="Radau", t_eval=x, rtol=1e-9, atol=1e-11)
    return np.exp(found.y[0])


def runs(seed=0, noise=1e-3, offset=0.0, name="moment", temperatures=TEMPERATURES):
    made = []
    for T in temperatures:
        M = M0 * relaxed(T) * (1 + np.random.default_rng((seed, int(1000 * T))).normal(0, noise, len(TIME))) + offset
        made.append(fk.dataset(time=(TIME, "s"), **{name: (M, "A m2")}, temperature=f"{T} K", name=f"{T:g} K"))
    return made


@lru_cache(maxsize=8)
def joint(seed=0, **choices):
    return fk.fit("creep_series", fk.join_runs(runs(seed)), assume={"Tc": f"{TC} K"}, **{name: list(value) for name, value in choices.items()})


@pytest.mark.parametrize("seed", range(3))
def test_joint_fit_and_maley_find_what_was_put_in(seed):
    fit, collapse = joint(seed), fk.maley(runs(seed), Tc=f"{TC} K")
    for name, true in (("U0_K", U0), ("mu", MU), ("M_0", M0), ("tau", TAU)):
        found = fit[name]
        error = found.error * found.si / found.value
        assert abs(found.si - true) < 3 * error, f"{name} = {found}"
        assert found.verdict == "ok"
    assert collapse.collapses and "fall on one curve" in collapse.sentence
    assert abs(collapse.C.value - TRUE_C) < 3 * collapse.C.error and collapse.C.error < 0.3
    barrier = collapse.barrier
    assert abs(barrier["C"].value - TRUE_C) < 3 * barrier["C"].error
    # both agree: the joint fit's own errors are far smaller, those of Maley's method decide
    C = np.log(fit["M_0"].si / fit["tau"].si)
    assert abs(collapse.C.value - C) < 3 * collapse.C.error
    assert abs(collapse.mu.value - fit["mu"].value) < 3 * np.hypot(collapse.mu.error, fit["mu"].error)
    assert abs(collapse.U0.to("K").value - fit["U0_K"].value) < 3 * np.hypot(collapse.U0.to("K").error, fit["U0_K"].error)


def test_ignored_U0_of_T_is_said():
    collapse = fk.maley(runs())
    assert not collapse.collapses and "THE COLLAPSE FAILS: with g(T) = 1" in collapse.sentence and "give Tc" in collapse.sentence
    assert "THE COLLAPSE FAILS" in repr(collapse) and collapse.reduced_chi2 > 20
    fit = fk.fit("creep_series", fk.join_runs(runs()))
    assert not fit.determined and fit["U0"].verdict == fit["mu"].verdict == "not determined"
    assert "the temperatures do not follow one law" in fit["U0"].reason and "give Tc, or free q and q_J" in fit["U0"].reason


def test_a_free_g_is_found():
    """q and q_J free: the exponents put in come back, and the rest stays within its (larger) errors."""
    fit = joint(0, free=("q", "q_J"))
    for name, true in (("q", Q), ("q_J", 0.0), ("mu", MU), ("U0_K", U0)):
        assert abs(fit[name].value - true) < 3 * fit[name].error, f"{name} = {fit[name]}"
    assert fit["mu"].error > 1.5 * joint(0)["mu"].error


def test_a_hop_rate_that_grows_with_T():
    """The slab of sample_data: simulated flux diffusion, linear barrier of 1200 K, flux-flow resistivity ~ T. With p = 1 the numbers come back; with p = 0 mu takes it over."""
    from fitkit.simulate import relaxation_sample

    made = []
    for number in range(1, 9):
        sample = relaxation_sample(number)
        made.append(fk.dataset(time=(sample.columns["time"], "s"), moment=(sample.columns["moment"], "A m2"), temperature=sample.metadata["temperature"], name=f"run {number}"))
    right, wrong = (fk.fit("creep_series", fk.join_runs(made), fix={"p": value}) for value in (1.0, 0.0))
    assert abs(right["U0_K"].value - 1200) < 3 * right["U0_K"].error + 6 and abs(right["mu"].value + 1) < 3 * right["mu"].error + 0.005  # hops back are left out
    assert wrong["mu"].value < -1.05 and right.statistics.chi2 < 1.02 * wrong.statistics.chi2
    C = fk.maley(made, p=1.0).barrier
    assert abs(C["U0_K"].value - 1200) < 3 * C["U0_K"].error and abs(C["mu"].value + 1) < 3 * C["mu"].error


def test_errors_of_the_joint_fit_are_honest():
    """12 noise realisations of four temperatures: the pulls have unit spread."""
    pulls = []
    for seed in range(12):
        fit = fk.fit("creep_series", fk.join_runs(runs(seed, temperatures=TEMPERATURES[::3])), assume={"Tc": f"{TC} K"}, start={"U0": "34 meV", "mu": 0.5, "tau": "1e-9 s"})
        pulls += [(fit["U0_K"].value - U0) / fit["U0_K"].error, (fit["mu"].value - MU) / fit["mu"].error]
    assert 0.5 < np.std(pulls) < 1.6 and abs(np.mean(pulls)) < 0.8


def test_errors_of_maley_are_honest():
    """20 noise realisations: the pulls of C, mu and U0 have unit spread."""
    found = [fk.maley(runs(seed), Tc=TC) for seed in range(20)]
    for pulls in ([(one.C.value - TRUE_C) / one.C.error for one in found], [(one.mu.value - MU) / one.mu.error for one in found],
                  [(one.barrier["U0_K"].value - U0) / one.barrier["U0_K"].error for one in found]):
        assert 0.55 < np.std(pulls) < 1.5 and abs(np.mean(pulls)) < 0.7


def test_a_wide_range_of_U_collapses_too():
    """mu = 1 over a factor of ten in U: a stiff curve would not follow and call it no collapse."""
    made = []
    for T in (5.0, 10.0, 15.0, 20.0, 28.0, 36.0, 45.0):
        M = M0 * relaxed(T, 1.0, 90.0) * (1 + np.random.default_rng(int(T)).normal(0, 5e-4, len(TIME)))
        made.append(fk.dataset(time=(TIME, "s"), moment=(M, "A m2"), temperature=f"{T} K", name=f"{T:g} K"))
    collapse = fk.maley(made, Tc="90 K")
    assert collapse.collapses and abs(collapse.C.value - TRUE_C) < 3 * collapse.C.error and abs(collapse.mu.value - 1) < 3 * collapse.mu.error
    assert not fk.maley(made).collapses


def test_slope_of_the_logarithms_is_not_mu():
    """dlnU/dln(1/M) = mu/(1 - (M/Mc)^mu): twice mu here; the three-parameter barrier gives mu."""
    collapse = fk.maley(runs(), Tc=TC)
    slope = -np.polyfit(np.log(collapse.points["moment"]), np.log(collapse.points["U"]), 1)[0]
    assert slope > 1.5 * MU and abs(collapse.mu.value - MU) < 0.02


def test_C_follows_the_unit_of_M():
    """C is ln of a rate in SI units: M in A/m of a 2 mm3 sample adds ln(5e8)."""
    plain, dense = runs(), [fk.magnetization(run, volume="2 mm3") for run in runs()]
    assert fk.maley(dense, Tc=TC).C.value - fk.maley(plain, Tc=TC).C.value == pytest.approx(np.log(1 / 2e-9), abs=1e-6)
    assert fk.maley(dense, Tc=TC).mu.value == pytest.approx(fk.maley(plain, Tc=TC).mu.value, rel=1e-6)


def test_local_rates_are_fits_in_ln_t():
    """At 14 K: -dM/dt of the integrated curve within the errors; noise makes fewer pieces, not wild points."""
    clean = np.log(-np.gradient(M0 * relaxed(TEMPERATURES[5]), TIME))
    for noise, most in ((1e-3, 6), (1e-2, 3)):
        rates = fk.local_rates(runs(noise=noise, temperatures=TEMPERATURES[5:6]))
        assert 1 <= len(rates) <= most
        pulls = (rates["log_rate"] - np.interp(np.log(rates["time"]), np.log(TIME), clean)) / rates["log_rate_err"]
        assert np.abs(pulls).max() < 3.5
    flat = runs(noise=0.5, temperatures=TEMPERATURES[:1])
    with pytest.raises(fk.FitkitError, match="stands out of the noise"):
        fk.local_rates(flat)


def test_rates_against_temperature():
    """1/S = U0 g/kT + mu ln(t_r/t0): a first look that knows neither mu nor t0 alone; its U0 carries the error of the leading logarithm."""
    rates = fk.fit("interpolation_decay", runs(), fix={"mu": MU}).series("temperature", "S")
    fit = fk.fit("creep_rate", rates, assume={"Tc": f"{TC} K"})
    assert fit["U0_K"].value == pytest.approx(U0, rel=0.05)
    t_r = np.sqrt(TIME[0] * TIME[-1])
    assert fit["m"].value == pytest.approx(MU * np.log(t_r / (TAU * 12 / U0)), rel=0.15)
    energies = fk.fit("pinning_energy", fk.fit("interpolation_decay", runs(), fix={"mu": MU}).series("temperature", "U_star"), assume={"Tc": f"{TC} K"})
    assert energies["U0_K"].value == pytest.approx(fit["U0_K"].value, rel=0.02) and energies["m"].value == pytest.approx(fit["m"].value, rel=0.05)


def test_rates_of_different_ages_are_told():
    """Holds of different length: the product mu ln(t_r/t0) is not one number; one t_r for all puts it right."""
    uneven = [run.select(run["time"] < 1500) if number % 2 else run for number, run in enumerate(runs())]
    apart = fk.fit("interpolation_decay", uneven, fix={"mu": MU}).series("temperature", "S")
    assert any("reference times differ, 164 to 447 s" in text and "assume={'t_r': '" in text for text in fk.fit("creep_rate", apart, assume={"Tc": f"{TC} K"}).fits[0].cautions)
    together = fk.fit("interpolation_decay", uneven, fix={"mu": MU}, assume={"t_r": "300 s"}).series("temperature", "S")
    fit = fk.fit("creep_rate", together, assume={"Tc": f"{TC} K"})
    assert not any("reference times" in text for text in fit.fits[0].cautions)
    energies = fk.fit("interpolation_decay", uneven, fix={"mu": MU}).series("temperature", "U_star")
    assert any("reference times differ" in text for text in fk.fit("pinning_energy", energies, assume={"Tc": f"{TC} K"}).fits[0].cautions)


def test_a_rate_left_at_zero_temperature_is_flagged():
    T = np.linspace(2, 20, 10)
    thermal = T / (400 + 12 * T)
    noise = np.random.default_rng(1).normal(0, 1e-4, 10)
    said = fk.fit("creep_rate", fk.dataset(temperature=(T, "K"), S=thermal + noise, S_err=np.full(10, 1e-4))).fits[0].cautions
    assert not any("T = 0" in text for text in said)
    with_quantum = fk.dataset(temperature=(T, "K"), S=thermal + noise + 2e-3, S_err=np.full(10, 1e-4))
    plain, freed = fk.fit("creep_rate", with_quantum), fk.fit("creep_rate", with_quantum, free=["S_q"])
    assert any("quantum creep" in text and "free=['S_q']" in text for text in plain.fits[0].cautions)
    assert abs(freed["S_q"].value - 2e-3) < 3 * freed["S_q"].error and abs(freed["U0_K"].value - 400) < 3 * freed["U0_K"].error


def test_the_lower_bound_is_a_remark():
    """Gi = 0.01, Tc = 92 K: 0.1 T/Tc; S = T/5000 K lies below it everywhere and is not refused."""
    T = np.linspace(5, 30, 8)
    data = fk.dataset(temperature=(T, "K"), S=T / 5000, S_err=np.full(8, 1e-5), meta={"Tc": "92 K"})
    fit = fk.fit("creep_rate", data, assume={"Gi": 0.01})
    assert any(text.startswith("remark: S lies below Gi^(1/2) T/Tc") for text in fit.fits[0].cautions) and fit.determined
    assert not any("remark" in text for text in fk.fit("creep_rate", data, assume={"Gi": 1e-6}).fits[0].cautions)


def test_what_is_printed_and_drawn(tmp_path):
    collapse = fk.maley(runs(), Tc="60 K")
    text = repr(collapse)
    assert text.isascii() and "C = 15.4" in text and "mu = 0.49" in text or "mu = 0.50" in text
    assert "(U0/mu) [(Mc/M)^mu - 1]" in text and text.count("\n") > 12
    assert collapse.to_dict()["collapses"] is True and len(collapse.to_dict()["points"]["U"]) == len(collapse.points)
    ax = collapse.plot(tmp_path / "maley.png")
    assert "K)" in ax.get_ylabel() and (tmp_path / "maley.png").stat().st_size > 10_000
    assert len(collapse.points.history[0].parents) == 12


def test_wrong_calls_say_what_to_type():
    with pytest.raises(fk.FitkitError, match="wants a list of decays"):
        fk.join_runs(runs()[0])
    with pytest.raises(fk.FitkitError, match="three temperatures or more, found 2"):
        fk.maley(runs(temperatures=TEMPERATURES[:2]))
    with pytest.raises(fk.FitkitError, match="at or above Tc"):
        fk.maley(runs(), Tc="20 K")
    with pytest.raises(fk.FitkitError, match="no 'temperature'"):
        fk.join_runs([fk.dataset(time=(TIME, "s"), moment=(relaxed(4.0), "emu"), name=name) for name in "ab"])
    with pytest.raises(fk.FitkitError, match="same quantity"):
        fk.join_runs([runs()[0], fk.dataset(time=(TIME, "s"), relative_moment=relaxed(6.0), temperature="6 K", name="other")])
    with pytest.raises(fk.FitkitError, match="time <= 0"):
        fk.join_runs([runs()[0], fk.dataset(time=(TIME - 30, "s"), moment=(relaxed(6.0), "A m2"), temperature="6 K", name="other")])
