"""Laws of a user: without gradient, without scan, with several predictors, with what complex numbers break."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import fitkit as fk

x = np.linspace(0.1, 8, 120)
rng = np.random.default_rng(4)


def wave(x, size, rate, phase):
    return size * np.exp(-rate * x) * np.cos(phase * x)


WAVE = fk.Model(name="wave", function=wave, x=fk.Column("x", ""), y=fk.Column("y", ""),
                params=(fk.Param("size", linear=True), fk.Param("rate", typical=(0.05, 2)), fk.Param("phase", typical=(0.5, 8))))


def data(y, noise=1e-3):
    return fk.dataset(name="d", x=(x, ""), y=(y + rng.normal(0, noise, len(x)), ""))


def test_no_scan_and_no_gradient():
    """Ten lines: the typical ranges are scanned, the derivative is exact."""
    result = fk.fit(WAVE, data(wave(x, 2.0, 0.3, 3.0)))
    for name, value in (("size", 2.0), ("rate", 0.3), ("phase", 3.0)):
        assert abs(result[name].value - value) < 5 * result[name].error and result[name].verdict == "ok"
    for index, slope in enumerate(WAVE.evaluate((x,), [2.0, 0.3, 3.0], {})[1]):
        exact = (np.exp(-0.3 * x) * np.cos(3 * x), -x * wave(x, 2.0, 0.3, 3.0), -2 * np.exp(-0.3 * x) * x * np.sin(3 * x))[index]
        assert slope == pytest.approx(exact, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("function", [
    lambda x, size, rate, phase: np.abs(size) * np.exp(-rate * x) * np.cos(phase * x),
    lambda x, size, rate, phase: size * np.exp(-float(np.real(rate)) * x) * np.cos(phase * x) if np.isrealobj(rate) else size * np.exp(-np.real(rate) * x) * np.cos(phase * x),
    lambda x, size, rate, phase: size * np.exp(-rate * x) * np.cos(phase * x) if rate > 0 else np.nan * x,
    lambda x, size, rate, phase: np.array([size * np.exp(-rate * one) * np.cos(phase * one) for one in x], float),
])
def test_what_complex_steps_cannot_do_is_differenced(function):
    """abs, real parts, comparisons and casts lose the imaginary part: then central differences take over, without a warning."""
    law = replace(WAVE, function=function)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradient = law.evaluate((x,), [2.0, 0.3, 3.0], {})[1]
    assert gradient[1] == pytest.approx(-x * wave(x, 2.0, 0.3, 3.0), rel=1e-7, abs=1e-9)


def test_nothing_says_where_to_look():
    law = replace(WAVE, params=(WAVE.params[0], fk.Param("rate"), WAVE.params[2]))
    curve = data(wave(x, 2.0, 0.3, 3.0))
    with pytest.raises(fk.FitkitError, match=r"start=\{'rate': value\}.*typical=\(low, high\)"):
        fk.fit(law, curve)
    for known in (fk.fit(law, curve, start={"rate": 1.0}), fk.fit(law, curve, fix={"rate": 0.3})):
        assert known["phase"].value == pytest.approx(3.0, rel=1e-2)


def test_more_nonlinear_parameters_than_a_full_grid_could_hold():
    def pulse(x, *p):
        return p[0] * np.exp(-(((x - p[1]) / p[2]) ** 2)) + p[3] * np.exp(-(((x - p[4]) / p[5]) ** 2))

    def two(x, a1, c1, w1, a2, c2, w2):
        return pulse(x, a1, c1, w1, a2, c2, w2)

    law = fk.Model(name="two", function=two, x=fk.Column("x", ""), y=fk.Column("y", ""), params=tuple(
        fk.Param(name, linear=name[0] == "a", typical={"a": None, "c": (1.0, 7.0), "w": (0.3, 3.0)}[name[0]], positive=name[0] == "w")
        for name in ("a1", "c1", "w1", "a2", "c2", "w2")))
    result = fk.fit(law, data(two(x, 1.0, 2.0, 0.8, 0.5, 5.5, 1.0)), start={"c1": 1.5, "c2": 6.0})
    assert [result[f"c{k}"].value for k in (1, 2)] == pytest.approx([2.0, 5.5], rel=1e-2)
    free = fk.fit(law, data(two(x, 1.0, 2.0, 0.8, 0.5, 5.5, 1.0)))
    assert sorted(free[f"c{k}"].value for k in (1, 2)) == pytest.approx([2.0, 5.5], rel=1e-2)


def test_two_predictors():
    law = fk.Model(name="plane", function=lambda u, v, a, b, c: a * np.exp(-b * u) * v**c, x=(fk.Column("u", ""), fk.Column("v", "")), y=fk.Column("y", ""),
                   params=(fk.Param("a", linear=True), fk.Param("b", typical=(0.1, 3)), fk.Param("c", typical=(0.3, 3))))
    u, v = rng.uniform(0, 2, 200), rng.uniform(0.5, 3, 200)
    result = fk.fit(law, fk.dataset(name="d", u=(u, ""), v=(v, ""), y=(law.function(u, v, 1.5, 0.7, 1.2) + rng.normal(0, 1e-3, 200), "")))
    for name, value in (("a", 1.5), ("b", 0.7), ("c", 1.2)):
        assert abs(result[name].value - value) < 5 * result[name].error


def test_white_noise_on_request():
    """The lag is measured and said, the errors are those of independent points."""
    slow = np.convolve(rng.normal(size=len(x) + 20), np.ones(21) / 21, "valid") * 0.05
    curve = fk.dataset(name="d", x=(x, ""), y=(wave(x, 2.0, 0.3, 0.6) + slow, ""))
    usual, white = fk.fit(WAVE, curve), fk.fit(WAVE, curve, errors="white")
    assert usual.statistics.corrected and not white.statistics.corrected and white.statistics.errors == "estimated"
    assert white["size"].error < 0.7 * usual["size"].error and white["size"].value == pytest.approx(usual["size"].value, rel=1e-9)
    assert "as asked" in " ".join(white.statistics.remarks) and "take it into account" in " ".join(usual.statistics.remarks)


def test_a_caution_overrules_a_derived_quantity():
    """... and says which names there are where it speaks of none of them."""
    half_life = fk.Derived("half_life", "", lambda rate: np.log(2) / rate)
    def doubtful(name):
        return replace(WAVE, derived=(half_life,), cautions=(lambda data, fit: fk.Caution("the clock was not checked", (name,), "not determined"),))
    result = fk.fit(doubtful("half_life"), data(wave(x, 2.0, 0.3, 3.0)))
    assert result["half_life"].verdict == "not determined" and "the clock was not checked" in str(result) and result["rate"].verdict == "ok"
    with pytest.raises(fk.FitkitError, match="a caution of 'wave' speaks of 'life'.*size, rate, phase, half_life"):
        fk.fit(doubtful("life"), data(wave(x, 2.0, 0.3, 3.0)))
