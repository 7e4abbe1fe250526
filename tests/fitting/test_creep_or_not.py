"""Logarithm, exponential or stretched exponential: what decays of flux creep are told to be, and what the others are."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.fitting.many import fit_curves
from fitkit.fitting.problem import bind

TIME = np.geomspace(10.0, 1e4, 60)      # three decades
LAWS = {"log": "log_decay", "exponential": "exponential_decay", "exponential + constant": ("exponential_decay", {"free": ["M_inf"]}), "stretched": "stretched_exponential"}


def flat_barriers(rng):
    """A sample whose barriers are spread evenly (Street and Woolley): what is left at t is the share above kT ln(t/t0); S from 0.4 to 10 %, noise 0.3 to 5 % of the swing."""
    S = np.exp(rng.uniform(np.log(0.004), np.log(0.1)))
    width = 1 / S + 3.45                                 # barriers up to (1/S + ln(t_r/t_1)) kT above the first that have gone
    barriers = np.linspace(0.0, width, 20001)
    # attempts of rate 1/t_1 with t_1 = 10 s: a barrier u is passed at the time 10 s exp(u); the sharp edge of double exponentials is averaged over
    left = np.array([np.mean(np.exp(-t / 10.0 * np.exp(-barriers))) for t in TIME])
    return S, left + rng.normal(0, np.exp(rng.uniform(np.log(0.003), np.log(0.05))) * np.ptp(left), len(TIME))


def as_dataset(M, name="decay"):
    return fk.dataset(time=(TIME, "s"), moment=(M, "emu"), name=name, temperature="10 K")


def log_decays(count, seed=0):
    """M_r [1 - S ln(t/t_r)] with noise of 0.3 to 5 % of the swing, (count, points) with S."""
    rng = np.random.default_rng(seed)
    S = np.exp(rng.uniform(np.log(0.004), np.log(0.1), count))
    clean = 1 - S[:, None] * np.log(TIME / np.sqrt(1e5))
    noise = np.exp(rng.uniform(np.log(0.003), np.log(0.05), count)) * np.ptp(clean, axis=1)
    return S, clean + rng.normal(size=clean.shape) * noise[:, None]


def aicc(chi2, free):
    n, k = len(TIME), free + 1
    return n * np.log(chi2 / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def test_an_exponential_is_rejected_in_a_thousand_log_decays():
    """Without and with a constant, by more than an AICc of 20 each (6 is asked for)."""
    _, M = log_decays(1000)
    line = fit_curves(bind(fk.get_model("log_decay"), as_dataset(M[0])), M, {"t_shift": 0.0})
    for fixed in ({"t_shift": 0.0, "M_inf": 0.0}, {"t_shift": 0.0}):
        other = fit_curves(bind(fk.get_model("exponential_decay"), as_dataset(M[0])), M, fixed)
        done = other.ok & line.ok
        assert done.all()
        apart = aicc(other.chi2, 4 - len(fixed)) - aicc(line.chi2, 2)
        assert np.all(apart[done] > 20), f"{np.sum(apart[done] <= 20)} of {done.sum()}, lowest {apart[done].min():.1f}"


def judged(M, name):
    """(AICc of the exponential laws above the best, the comparison)."""
    compared = fk.compare(LAWS, as_dataset(M, name))
    return min(compared.scores[key].delta for key in ("exponential", "exponential + constant")), compared


def check_log_decays(count):
    called = preferred = 0
    _, decays = log_decays(count, seed=1)
    for number, M in enumerate(decays):
        apart, compared = judged(M, f"decay {number}")
        assert apart > 6 and not {"exponential", "exponential + constant"} & {compared.best, *compared.rivals}, compared.sentence
        beta = compared["stretched"]["beta"]
        assert compared.best in ("log", None) and compared.best != "stretched"
        if beta.value < 0.1:
            called += 1
            assert beta.verdict == "not determined" and "indistinguishable from a logarithmic decay" in beta.reason
            preferred += compared.best == "log"
    # one more parameter gains an AICc of 6 by chance in one of two hundred: then no law is preferred
    assert called > 0.9 * count and preferred > 0.98 * called


def test_compared_log_decays():
    check_log_decays(25)


@pytest.mark.slow
def test_a_thousand_compared_log_decays():
    check_log_decays(1000)


def test_hops_over_a_flat_distribution_of_barriers():
    """Another origin of the logarithm, its first decade rounded off by the attempts: an exponential is rejected there as well."""
    rng = np.random.default_rng(4)
    for number in range(6):
        _, M = flat_barriers(rng)
        apart, compared = judged(M, f"barriers {number}")
        assert apart > 6 and compared.best not in ("exponential", "exponential + constant")


def test_an_exponential_is_not_called_creep():
    """And the other way round."""
    rng = np.random.default_rng(2)
    M = np.exp(-TIME / 800.0) + rng.normal(0, 0.01, len(TIME))
    assert fk.compare(LAWS, as_dataset(M)).best == "exponential"
    M = np.exp(-((TIME / 400.0) ** 0.6)) + rng.normal(0, 0.005, len(TIME))
    compared = fk.compare(LAWS, as_dataset(M))
    assert compared.best == "stretched" and compared["stretched"]["beta"].value == pytest.approx(0.6, abs=0.05)
