"""Seven habits that spoil a relaxation rate: the budget's systematic error covers the truth, and its caution names the cause.

The decay is simulated flux diffusion of a slab (no relaxation formula), ramp included; the truth is the logarithmic
derivative of the noise-free curve.
"""

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import k_B
from fitkit.simulate import anderson_kim, slab_relaxation

TEMPERATURE, BARRIER, NOISE = 12.0, 600 * k_B, 2e-4
TIME = np.concatenate([np.arange(2.0, 30.0, 2.0), np.geomspace(30, 2e4, 70)])
RAMP = -np.arange(20.0, 0.0, -2.0)


@lru_cache(maxsize=1)
def slab():
    """Times since the end of the ramp [s], moment in units of 1e-3 A m2 there and in the ramp, field of the ramp [T]."""
    law = partial(anderson_kim, E0=1e-2, U0=BARRIER, temperature=TEMPERATURE, Jc=5e9)
    found = slab_relaxation(law, TIME, half_width=100e-6, Jc=5e9, field_start=3.0, field_stop=1.0, ramp_rate=0.1, ramp_time=np.append(RAMP, 0.0))
    scale = found.magnetization[0]
    return found.magnetization / scale, found.ramp_magnetization[:-1] / scale, found.ramp_field[:-1]


def true_rate(t_r):
    """-dlnM/dlnt of the noise-free curve."""
    clean, x = np.log(slab()[0]), np.log(TIME)
    near = np.abs(x - np.log(t_r)) < 1.0
    return -np.polyval(np.polyder(np.polyfit(x[near] - np.log(t_r), clean[near], 3)), 0.0)


def run(moment, time=TIME, seed=3, vendor=None, first=10.0, **columns):
    """The dataset as it would be handed to a fit, from ``first`` seconds of its clock on."""
    noisy = moment * (1 + np.random.default_rng(seed).normal(0, NOISE, len(moment)))
    columns = {"temperature": (np.full(len(time), TEMPERATURE), "K"), **columns}
    data = fk.dataset(time=(time, "s"), moment=(1e-3 * noisy, "A m2"), name="decay", meta={"time_origin_err": "0.1 s"}, **columns)
    data = replace(data, vendor={title: (np.asarray(values, float), "") for title, values in (vendor or {}).items()})
    return data.select(data["time"] >= first)


def judged(data, quantity="S", hurt=3.0, **choices):
    """The budget, after the checks that hold for every habit."""
    result = fk.fit("log_decay", data)
    budget = fk.error_budget(result, quantity, **choices)
    truth = true_rate(result.fits[0]["t_r"].si)
    off = abs(budget.value.value - truth)
    assert off > hurt * budget.statistical, "the habit does no harm here: nothing is tested"
    assert off < 1.05 * budget.systematic + 2 * budget.statistical, f"S = {budget.value.value}, truth {truth}, budget\n{budget}"
    assert off < 2 * budget.total.error
    assert budget.systematic < 3 * off, "covers the truth by being useless"
    return budget


def test_an_honest_run_has_a_small_budget_and_no_caution():
    moment = slab()[0]
    result = fk.fit("log_decay", run(moment))
    budget = fk.error_budget(result)
    assert not budget.cautions, budget
    assert abs(budget.value.value - true_rate(result.fits[0]["t_r"].si)) < 3 * budget.total.error
    assert budget.systematic < 3 * budget.statistical
    assert budget["background"].error is None and "1 % of M" in budget["background"].how  # unknown is not zero


@pytest.mark.parametrize("seconds, side", [(15.0, "late"), (-6.0, "early")])
def test_the_clock_started_early_or_late(seconds, side):
    """The instrument's clock lags (late) or runs ahead (early) of the end of the ramp."""
    moment = slab()[0]
    data = run(moment, time=TIME - seconds, first=max(4.0, 4.0 - seconds))
    budget = judged(data)
    assert any("the clock started about" in text and f"too {side}" in text for text in budget.cautions), budget
    assert budget["time origin"].error > 0.9 * max(term.error or 0 for term in budget.terms)


@pytest.mark.parametrize("with_field", [True, False])
def test_ramp_points_kept(with_field):
    """The clock starts with the ramp, its points are fitted as if they were the decay."""
    moment, ramp, field = slab()
    time = np.concatenate([RAMP, TIME]) + 21.0
    columns = {"field": (np.concatenate([field, np.full(len(TIME), 1.0)]), "T")} if with_field else {}
    budget = judged(run(np.concatenate([ramp, moment]), time=time, first=0.0, **columns))
    words = "field still moves in the first 10 points" if with_field else "clock started about"
    assert any(words in text or "first" in text and "points of the ramp" in text for text in budget.cautions), budget


def test_background_in_the_moment():
    moment = slab()[0]
    up, down = run(moment + 0.08), run(-moment + 0.08, seed=4)
    budget = judged(up, other_branch=down)
    assert any("background of +8.5%" in text and "does not decay" in text and "lowered" in text for text in budget.cautions), budget
    stated = judged(up.with_meta(background_moment="8(1)e-5 A m2"))
    assert any("background" in text for text in stated.cautions)
    uncertain = fk.error_budget(fk.fit("log_decay", up.with_meta(background_moment="0(8)e-5 A m2")))["background"]
    assert uncertain.error / fk.fit("log_decay", up)["S"].value == pytest.approx(0.08, rel=0.2) and not uncertain.caution
    # the step takes it out
    clean = fk.fit("log_decay", fk.irreversible_moment(up, down))
    assert abs(clean["S"].value - true_rate(clean.fits[0]["t_r"].si)) < 3 * clean["S"].error
    assert fk.irreversible_moment(up, down).history[-1].found["reversible part"] == pytest.approx(0.08 / moment.mean(), rel=0.1)


def test_temperature_settling():
    """The sample cools by 60 mK with a time constant of 300 s; the moment falls by 6 % per kelvin."""
    off = 0.06 * np.exp(-TIME / 300)
    moment = slab()[0] * (1 - 0.06 * off)
    noise = np.random.default_rng(8).normal(0, 5e-4, len(TIME))
    budget = judged(run(moment, temperature=(TEMPERATURE + off + noise, "K")), hurt=2.0)
    assert any("the moment follows the temperature column" in text for text in budget.cautions), budget


def test_centring_drift():
    """The sample rod contracts: the centre moves by 1 mm, the reading falls by 1.5 % per mm."""
    centre = 20 + 1.0 * (1 - np.exp(-TIME / 2000))
    moment = slab()[0] * (1 - 0.015 * (centre - 20))
    measured = centre + np.random.default_rng(9).normal(0, 0.01, len(TIME))
    budget = judged(run(moment, vendor={"Center Position (mm)": measured}))
    assert any("the moment follows 'Center Position (mm)'" in text and "off centre" in text for text in budget.cautions), budget


def test_normalisation():
    """The slope divided by the first moment is taken for S."""
    data = run(slab()[0])
    budget = judged(data.with_meta(M0=f"{1e-3 * slab()[0][0] * 1.25} A m2"), "S_0")
    assert any("normalisation" in text and "-dlnM/dlnt" in text for text in budget.cautions), budget
    relative = fk.dataset(time=(data["time"], "s"), relative_moment=data["moment"] / (1.25 * data["moment"][0]), name="relative")
    result = fk.fit("log_decay", relative)
    term = fk.error_budget(result, "dM_dlnt")["normalisation"]
    assert abs(-result["dM_dlnt"].value - true_rate(result.fits[0]["t_r"].si)) < 1.1 * term.error and "normalisation" in term.caution


def test_with_given_errors_too():
    """The instrument's error column in place of the scatter: the same causes are found, the statistical error is the given one."""
    def given(data):
        return data.with_columns({"moment_err": NOISE * np.abs(data["moment"])}, {"moment_err": "A m2"})

    late = judged(given(run(slab()[0], time=TIME - 15.0, first=4.0)))
    assert any("clock started about" in text and "too late" in text for text in late.cautions) and "given errors" in late["statistics"].how
    scattered = fk.error_budget(fk.fit("log_decay", run(slab()[0], time=TIME - 15.0, first=4.0)))
    assert late.statistical == pytest.approx(scattered.statistical, rel=0.35)
    honest = fk.error_budget(fk.fit("log_decay", given(run(slab()[0]))))
    assert not honest.cautions and honest.systematic < 3 * honest.statistical


def test_other_laws_and_quantities():
    """A power law and a stretched exponential have their budgets, and dM/dlnt has one."""
    data = run(slab()[0], time=TIME - 15.0, first=4.0)
    for law, quantity in (("power_law_decay", "S"), ("interpolation_decay", "S"), ("log_decay", "dM_dlnt"), ("stretched_exponential", "S")):
        budget = fk.error_budget(fk.fit(law, data), quantity)
        assert budget.law == law and budget.total.error > 0 and np.isfinite(budget.total.error), budget
        assert budget["time origin"].error is not None
    free = fk.error_budget(fk.fit("log_decay", data, free=["t_shift"]))
    assert free["time origin"].how == "t_shift was fitted: it is in the statistics" and free["time origin"].error == 0
    assert abs(free.value.value - true_rate(fk.fit("log_decay", data, free=["t_shift"]).fits[0]["t_r"].si)) < 4 * free.total.error + 1e-4


# -- causes that the instrument shows, and what is printed ---------------------------------------------------------------
def test_a_flux_jump_is_found_and_split():
    moment = slab()[0] - np.where(TIME > 500, 0.02, 0.0)
    data = run(moment)
    budget = judged(data)
    assert any("the moment jumps" in text and "split_at_jumps" in text for text in budget.cautions), budget
    pieces = fk.split_at_jumps(data)
    assert len(pieces) == 2 and pieces[0]["time"].max() < 500 < pieces[1]["time"].min()
    assert fk.error_budget(fk.fit("log_decay", pieces[0]))["jumps"].error == 0
    assert [one.name for one in fk.split_at_jumps(run(slab()[0]))] == ["decay"]


def test_poor_fits_of_the_response_are_named():
    quality = np.full(len(TIME), 0.99) + np.random.default_rng(2).normal(0, 1e-3, len(TIME))
    moment = slab()[0].copy()
    quality[[20, 21]], moment[[20, 21]] = 0.7, moment[[20, 21]] * 0.97
    budget = fk.error_budget(fk.fit("log_decay", run(moment, vendor={"Long Reg Fit": quality})))
    assert "drops to 0.7" in budget["fit quality"].caution and "fk.where(data, 'Long Reg Fit > 0.9" in budget["fit quality"].caution


def test_a_drift_along_ln_t_leans_on_the_stated_sensitivity():
    """A temperature that drifts as ln t hides in S: no fit sees it, its possible effect counts."""
    drift = 12.0 + 0.02 * np.log(TIME)
    data = run(slab()[0], temperature=(drift, "K"))
    guessed = fk.error_budget(fk.fit("log_decay", data))["temperature drift"]
    assert "assumed: |dlnM/dT| of the order 1/T" in guessed.how and guessed.error == pytest.approx(0.02 / 12.2, rel=0.2)
    stated = fk.error_budget(fk.fit("log_decay", data.with_meta(dlnM_dT="-0.05(1) 1/K")))["temperature drift"]
    assert stated.error == pytest.approx(0.05 * 0.02, rel=0.2) and stated.shift == pytest.approx(-0.05 * 0.02, rel=0.3)


def test_the_sensitivity_to_temperature_comes_from_a_series():
    """dlnM/dT = -0.05/K from the decays at the neighbouring temperatures."""
    made = []
    for T in (10.0, 12.0, 14.0):
        column = T + (0.02 * np.log(TIME / 200) if T == 12 else 0.0)
        data = run(slab()[0] * np.exp(-0.05 * (T - 12)), seed=int(T), temperature=(np.broadcast_to(column, TIME.shape).copy(), "K"))
        made.append(data.renamed(f"{T:g} K"))
    term = fk.error_budget(fk.fit("log_decay", made), dataset="12 K")["temperature drift"]
    assert "dlnM/dT = -0.05/K from the neighbouring temperatures" in term.how
    assert term.error == pytest.approx(0.05 * 0.02, rel=0.2) and term.shift == pytest.approx(-0.05 * 0.02, rel=0.2)


def test_creep_during_the_ramp_enters_the_time_origin():
    """A slab ramped at 0.1 T/s: the decay runs as ln(t + t_s) with t_s = 0.68 mu0 w J/(n dB/dt), seen when the first seconds are resolved."""
    law = partial(anderson_kim, E0=1e-2, U0=BARRIER, temperature=TEMPERATURE, Jc=5e9)
    time = np.geomspace(0.01, 100, 120)
    found = slab_relaxation(law, time, half_width=100e-6, Jc=5e9, field_start=3.0, field_stop=1.0, ramp_rate=0.1)
    data = fk.dataset(time=(time, "s"), magnetization=(found.magnetization, "A/m"), temperature=f"{TEMPERATURE} K", name="slab")
    t_s = fk.fit("log_decay", data, free=["t_shift"])["t_shift"].value
    from fitkit.physics.creep import ramp_creep_time

    late = data.select(time > 1.0).with_meta(ramp_rate="100 mT/s", time_origin_err="0.01 s")
    result = fk.fit("log_decay", late)
    assert ramp_creep_time(result["M_r"].si, result["S"].value, 0.1) == pytest.approx(t_s, rel=0.2)
    with_ramp = fk.error_budget(result)["time origin"]
    without = fk.error_budget(fk.fit("log_decay", data.select(time > 1.0).with_meta(time_origin_err="0.01 s")))["time origin"]
    assert "of creep during the ramp (100 mT/s, slab)" in with_ramp.how and "creep" not in without.how
    assert with_ramp.error > without.error


def test_what_is_printed():
    budget = fk.error_budget(fk.fit("log_decay", run(slab()[0], time=TIME - 15.0, first=4.0)))
    text = str(budget)
    assert "S = 0.0" in text and "(statistics) +- " in text and "(time origin)" in text and "caution: the clock started" in text
    assert text.isascii()
    plain = budget.to_dict()
    assert plain["total"] == pytest.approx(np.hypot(plain["statistical"], plain["systematic"])) and plain["terms"][0]["source"] == "statistics"
    assert "<table>" in budget._repr_html_() and "±" in budget._repr_html_()
    ax = budget.plot()
    assert ax.get_xlabel() == "first time used (s)"
    honest = fk.error_budget(fk.fit("log_decay", run(slab()[0])))
    assert not budget.first_points.found and honest.first_points.found and honest.first_points.time[honest.first_points.stable] < 30
    energy = fk.error_budget(fk.fit("log_decay", run(slab()[0], time=TIME - 15.0, first=4.0)), "U_star")
    assert energy.value.unit == "meV" and energy.systematic / energy.value.value == pytest.approx(budget.systematic / budget.value.value, rel=0.2)


def test_wrong_calls_say_what_to_type():
    result = fk.fit("log_decay", run(slab()[0]))
    with pytest.raises(fk.FitkitError, match="wants the result of a fit"):
        fk.error_budget(run(slab()[0]))
    with pytest.raises(fk.FitkitError, match="no term 'moon'"):
        fk.error_budget(result)["moon"]
    with pytest.raises(fk.FitkitError, match="no 'Ic'"):
        fk.error_budget(result, "Ic")
    two = fk.fit("log_decay", [run(slab()[0]), run(slab()[0], seed=5).renamed("other")])
    with pytest.raises(fk.FitkitError, match="holds 2 datasets: decay, other"):
        fk.error_budget(two)
    assert fk.error_budget(two, dataset="other").name == "other"
    with pytest.raises(fk.FitkitError, match="moments of the same sign"):
        fk.error_budget(result, other_branch=run(slab()[0], seed=5))
    temperature = np.array([2.0, 3.0, 4.5, 7.0, 10.0])
    lengths = fk.dataset(temperature=(temperature, "K"), L_phi=(900 * temperature**-0.5 * np.array([1.01, 0.99, 1.0, 1.01, 0.99]), "nm"), name="film")
    with pytest.raises(fk.FitkitError, match="splits the error of a decay M\\(t\\) or a curve V\\(I\\); 'coherence_length_power' is fitted over temperature"):
        fk.error_budget(fk.fit("coherence_length_power", lengths), "p")
