"""The cautions of the decay laws themselves: a temperature that settles, a moment that jumps; silence without either."""

import numpy as np
import pytest

import fitkit as fk

TIME = np.geomspace(10, 1e4, 90)


def decay(seed=1, moment=0.0, temperature=0.0, noise=2e-4):
    rng = np.random.default_rng(seed)
    clean = 2.0 * (1 - 0.02 * np.log(TIME / 300))
    return fk.dataset(time=(TIME, "s"), moment=((clean + moment) * (1 + rng.normal(0, noise, 90)), "emu"),
                      temperature=(10 + temperature + rng.normal(0, 2e-4, 90), "K"), name="decay")


@pytest.mark.parametrize("law", ["log_decay", "power_law_decay", "interpolation_decay"])
def test_a_settling_temperature_is_named(law):
    off = 0.08 * np.exp(-TIME / 400)
    said = fk.fit(law, decay(moment=-0.1 * off * 2, temperature=off)).fits[0].cautions
    assert any("follow the temperature column" in text and "fk.error_budget(result)" in text for text in said), said


def test_a_jump_is_named_with_its_place():
    said = fk.fit("log_decay", decay(moment=np.where(TIME > 900, -0.02, 0.0))).fits[0].cautions
    assert any("the moment jumps: -" in text and "split_at_jumps" in text for text in said), said
    place = next(text for text in said if "jumps" in text).split(" at ")[1].split(" s")[0]
    assert 850 < float(place) < 1100


def test_no_false_alarms():
    """200 honest runs: neither caution in more than 2 %."""
    said = [text for seed in range(200) for text in fk.fit("log_decay", decay(seed)).fits[0].cautions if "temperature" in text or "jumps" in text]
    assert len(said) <= 4, said


def test_an_outlier_is_no_jump():
    spike = np.zeros(90)
    spike[40] = 0.05
    assert not any("jumps" in text for text in fk.fit("log_decay", decay(moment=spike)).fits[0].cautions)
