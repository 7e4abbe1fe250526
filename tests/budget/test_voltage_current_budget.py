"""The budget of a critical current: each term against what happens when the cause is really there."""

import math

import numpy as np
import pytest

import fitkit as fk


def tape(seed=1, noise=2e-8, offset=0.0, drift=0.0, temperature=None, top=105.0, taps="1.00(3) cm", rho=0.0, **meta):
    current = np.linspace(70, top, 500)
    white = np.random.default_rng(seed).normal(size=500)
    coloured = np.empty(500)
    state = white[0]
    for place, one in enumerate(white):
        state = rho * state + math.sqrt(1 - rho**2) * one if place else one
        coloured[place] = state
    time = np.linspace(0, 100, 500)
    voltage = 1e-6 * (current / 100) ** 25 + noise * coloured + offset + drift * time
    columns = {"temperature": (temperature(time), "K")} if temperature else {}
    return fk.dataset(current=(current, "A"), voltage=(voltage, "V"), time=(time, "s"), **columns, name="tape", meta={"tap_distance": taps, **meta})


def test_statistics_hold_the_autocorrelation():
    """Neighbours correlated by 0.8: the error is the spread of repeated measurements, and the words name the correlation."""
    budgets = [fk.error_budget(fk.fit("power_law", tape(seed, rho=0.8))) for seed in range(40)]
    spread = np.std([one.value.value for one in budgets])
    assert 0.7 < np.mean([one.statistical for one in budgets]) / spread < 1.4
    assert sum("autocorrelation of neighbours" in one["statistics"].how for one in budgets) >= 38
    assert sum("autocorrelation" in fk.error_budget(fk.fit("power_law", tape(seed)))["statistics"].how for seed in range(10)) <= 2


def test_tap_distance():
    """A distance that is 3 % longer lowers the field by as much: Ic moves by Ic 0.03/n."""
    budget = fk.error_budget(fk.fit("power_law", tape()))
    moved = fk.fit("power_law", tape(taps="1.03 cm"))["Ic"].value - fk.fit("power_law", tape(taps="1 cm"))["Ic"].value
    assert budget["tap distance"].error == pytest.approx(moved, rel=0.03) and "1.00(3) cm" in budget["tap distance"].how
    assert "assumed: 2%" in fk.error_budget(fk.fit("power_law", tape(taps="1 cm")))["tap distance"].how


def test_what_is_left_of_rounding_is_no_error():
    """n of a power law is the same at any criterion, so at any tap distance."""
    assert fk.error_budget(fk.fit("power_law", tape()), "n")["tap distance"].error == 0.0


def test_baseline_left_out_is_seen():
    """A thermal voltage of a fifth of the criterion, fitted without an offset: the term covers what it does, and is named."""
    spoilt = fk.error_budget(fk.fit("power_law", tape(offset=2e-7), background=[]))
    assert abs(spoilt.value.value - 100) > 1
    assert abs(spoilt.value.value - 100) < 2 * spoilt.total.error and any("baseline" in text for text in spoilt.cautions)
    good = fk.error_budget(fk.fit("power_law", tape(offset=2e-7)))
    assert good["baseline"].error == 0.0 and not good.cautions


def test_temperature():
    """dIc/Ic = dlnIc/dT dT; from Tc by (1 - T/Tc)^1.5; unknown says what to give."""
    stated = fk.error_budget(fk.fit("power_law", tape(temperature=None, dlnIc_dT="-0.08 1/K") .with_meta(temperature="77.0(1) K")))
    assert stated["temperature"].error == pytest.approx(100 * 0.08 * 0.1, rel=0.01)
    of_Tc = fk.error_budget(fk.fit("power_law", tape(Tc="92 K").with_meta(temperature="77.0(1) K")))
    assert of_Tc["temperature"].error == pytest.approx(100 * 1.5 / 15 * 0.1, rel=0.01) and "assumed" in of_Tc["temperature"].how
    assert "dlnIc_dT" in fk.error_budget(fk.fit("power_law", tape()))["temperature"].how
    ramp = fk.error_budget(fk.fit("power_law", tape(temperature=lambda t: 77 + 0.005 * t, dlnIc_dT="-0.08 1/K")))
    assert ramp["temperature"].error > 0.5 and any("along the ramp" in text for text in ramp.cautions)


def test_criterion_outside_the_data_and_law():
    stopped = fk.error_budget(fk.fit("power_law", tape(top=97.5, noise=2e-9)))
    assert stopped["criterion"].error > 0 and "ramp further" in stopped.cautions[0]
    assert fk.error_budget(fk.fit("power_law", tape()))["criterion"].error == 0.0
    current = np.linspace(60, 110, 800)
    glass = 1e-6 * np.exp(-25 * (100 / current - 1)) + 5e-9 * np.random.default_rng(3).normal(size=800)
    bent = fk.error_budget(fk.fit("power_law", fk.dataset(current=(current, "A"), voltage=(glass, "V"), tap_distance="1.00(1) cm"), errors="white"))
    assert any("collective_creep" in text for text in bent.cautions) and abs(bent.value.value - 100) < 2 * bent.total.error


def test_shown_and_refused():
    result = fk.fit("power_law", tape())
    budget = fk.error_budget(result)
    assert "Ic = " in repr(budget) and budget.total.error >= budget.statistical and budget.to_dict()["law"] == "power_law"
    assert fk.error_budget(result, "n").quantity == "n"
    with pytest.raises(fk.FitkitError, match="without the first points"):
        budget.plot()
    with pytest.raises(fk.FitkitError, match="There are"):
        fk.error_budget(result, "S")
