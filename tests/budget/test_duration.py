"""Is this window long enough for mu, and how long must I measure? The answer is kept by measuring so long."""

import math

import numpy as np
import pytest

import fitkit as fk


def decay(last=1e4, points=50, noise=1e-3, mu=1.0, S=0.03, seed=0):
    """Integrated collective creep: dlnM/dlnt = -S/(1 + mu S ln(t/1000 s)), by small steps in ln t."""
    x = np.linspace(math.log(10.0), math.log(last), points)
    fine = np.linspace(x[0], x[-1], 4001)
    rate = S / (1 + mu * S * (fine - math.log(1e3)))
    log_M = -np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(fine))])
    M = np.exp(np.interp(x, fine, log_M)) * (1 + np.random.default_rng(seed).normal(0, noise, points))
    return fk.dataset(time=(np.exp(x), "s"), moment=(M, "emu"), temperature="10 K", name="decay")


def test_too_short_for_mu_and_how_long_it_takes():
    """The error at the advised length is the one that was asked for."""
    answers = []
    for seed in range(6):
        answer = fk.how_long(fk.fit("log_decay", decay(seed=seed, noise=6e-3)), "mu", error=0.15)
        assert not answer.enough and str(answer).startswith("No: the window of 3.0 decades (10 s to 1e+04 s) gives mu = ")
        assert "For +-0.15: measure to" in str(answer) and "decades)" in str(answer) and "lower the noise" in str(answer)
        answers.append(answer)
    until = float(np.median([one.until for one in answers]))
    assert 3e4 < until < 1e9
    points = round(49 * math.log(until / 10) / math.log(1e3)) + 1
    errors = [fk.fit("interpolation_decay", decay(last=until, points=points, seed=seed, noise=6e-3))["mu"].error for seed in range(8)]
    assert np.median(errors) == pytest.approx(0.15, rel=0.3)
    # the other way out: as many points as it says, in the same window
    many = round(50 * float(np.median([one.points for one in answers])))
    errors = [fk.fit("interpolation_decay", decay(points=many, seed=seed, noise=6e-3))["mu"].error for seed in range(8)]
    assert np.median(errors) == pytest.approx(0.15, rel=0.3)


def test_long_enough():
    answer = fk.how_long(fk.fit("interpolation_decay", decay(last=1e7, points=200, noise=1e-4)), "mu")
    assert answer.enough and str(answer).startswith("Yes: the window of 6.0 decades") and answer.wanted == 0.2 and answer.until == pytest.approx(1e7)


def test_other_parameters_and_units():
    result = fk.fit("log_decay", decay(last=100.0, points=20, noise=2e-2))
    answer = fk.how_long(result, "S")
    assert answer.wanted == pytest.approx(0.1 * abs(answer.value.value)) and not answer.enough and answer.until > 100
    clock = fk.how_long(fk.fit("log_decay", decay(), free=["t_shift"]), "t_shift", error="0.1 s")
    assert clock.wanted == pytest.approx(0.1) and not clock.enough and clock.until is None and "no time would do alone" in str(clock)


def test_wrong_calls_say_what_to_type():
    result = fk.fit("log_decay", decay())
    with pytest.raises(fk.FitkitError, match="'tau' was not fitted by 'log_decay'. Fitted are M_r, S"):
        fk.how_long(result, "tau")
    with pytest.raises(fk.FitkitError, match="above 0"):
        fk.how_long(result, "S", error=0)
    with pytest.raises(fk.FitkitError, match="wants the result of a fit"):
        fk.how_long(decay())
    two = fk.fit("log_decay", [decay(), decay(seed=1).renamed("other")])
    with pytest.raises(fk.FitkitError, match="holds 2 datasets"):
        fk.how_long(two)
    assert fk.how_long(two, "S", dataset="other").enough in (True, False)
