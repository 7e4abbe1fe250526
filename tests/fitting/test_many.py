"""Many curves on one grid: the optimum of fk.fit, whatever the way and the size of the chunks."""

import math

import numpy as np
import pytest

import fitkit as fk
from fitkit.fitting.many import _Plan, fit_curves
from fitkit.fitting.problem import bind


def drawn(name, rng, points=80, **extra):
    """A dataset of a law at typical parameters, noise 0.3 to 5 % of the swing, and the clean curve."""
    law = fk.get_model(name)
    params = law.typical_parameters(rng) | extra
    x = law.grid(points, **{key: value for key, value in params.items()})
    known = {"tap_distance": 0.01, "Ec": 1e-4} if name == "power_law" else {"t_r": math.sqrt(x.min() * x.max())} if name == "log_decay" else {}
    clean = law.function(x, *params.values(), **known)
    noise = rng.uniform(0.003, 0.05) * np.ptp(clean)
    data = fk.dataset(**{law.columns_x[0].name: (x, law.columns_x[0].unit), law.y.name: (clean + rng.normal(0, noise, points), law.y.unit)},
                      **law.example, name="drawn")
    return law, data, clean, noise


def newton_distance(curve, theta, free):
    """How far the optimum is by one exact Gauss-Newton step, in standard deviations."""
    value, gradient = curve.evaluate(theta)
    rest, jacobian = curve.weigh(curve.y - value), curve.weigh(gradient[free])
    norms = np.linalg.norm(jacobian, axis=1)
    unit = (jacobian / norms[:, None]).T
    step = np.linalg.lstsq(unit, rest, rcond=None)[0]
    deviation = math.sqrt(rest @ rest / len(rest)) * np.sqrt(np.diag(np.linalg.inv(unit.T @ unit)))
    return float(np.abs(step / deviation).max())


CASES = [
    ("hln", ["offset"], {}), ("hln", ["offset", "quadratic"], {}), ("hln", [], {}),
    ("power_law", ["offset", "R"], {}), ("power_law", [], {}),
    ("log_decay", [], {}), ("log_decay", ["drift"], {}), ("log_decay", [], {"free": ["t_shift"]}),
    ("hln", ["offset"], {"fix": {"alpha": 1}}), ("hln", ["offset", "quadratic"], {"fix": {"offset": 0}}), ("hln", ["offset"], {"fix": {"L_phi": 150}}),
    ("log_decay", [], {"fix": {"M_r": 1.0}}), ("power_law", ["offset"], {"fix": {"n": 25}}),
]


@pytest.mark.parametrize("name, background, options", CASES, ids=lambda one: str(one))
def test_same_optimum_as_fit(name, background, options):
    rng = np.random.default_rng(7)
    for _ in range(8):
        extra = {"t_shift": rng.uniform(0.5, 20)} if "free" in options else {}
        _, data, *_ = drawn(name, rng, **extra)
        result = fk.fit(name, data, background=background, **options)
        curve = bind(fk.get_model(name), data, background=background)
        fixed = {key: value.si for key, value in result.parameters.items() if value.origin == "fixed"}
        free = [index for index, key in enumerate(curve.names) if key not in fixed]
        found = fit_curves(curve, curve.y[None, :], fixed)
        assert found.ok[0] and found.names == curve.names
        if any(result[curve.names[index]].error is None for index in free):
            continue
        for index in free:
            one = result[curve.names[index]]
            error = one.error * curve.units[index].factor
            # fit() stops where the sum of squares is flat: some 1e-7 standard deviations from the optimum
            assert abs(found.values[0, index] - one.si) <= max(1e-8 * abs(one.si), 3e-6 * error), (one, found.values[0, index])
        assert found.chi2[0] == pytest.approx(result.statistics.chi2, rel=1e-9)
        assert newton_distance(curve, found.values[0], free) < (1e-8 if "M_r" not in fixed else 1e-4)  # M_r is no coefficient: the general way


def test_many_curves_with_a_spread_of_parameters():
    """Lengths over a decade and a half in one call: each is found as if alone."""
    law, rng = fk.get_model("hln"), np.random.default_rng(1)
    field = np.linspace(-0.5, 0.5, 101)
    alpha, L_phi = rng.uniform(-0.6, 1.2, 200), np.exp(rng.uniform(math.log(50e-9), math.log(1500e-9), 200))
    alpha = np.where(np.abs(alpha) < 0.2, 0.5, alpha)
    Y = law.function(field, alpha[:, None], L_phi[:, None]) + rng.normal(0, 2e-8, (200, 101)) + 1e-3  # the offset is 100 times the swing
    curve = bind(law, fk.dataset(field=(field, "T"), delta_conductance=(Y[0], "S")))
    found = fit_curves(curve, Y)
    assert found.ok.all()
    assert np.median(np.abs(found.values[:, 0] / alpha - 1)) < 0.01 and np.max(np.abs(np.log(found.values[:, 1] / L_phi))) < 0.3
    for row in range(0, 200, 20):
        one = fk.fit("hln", fk.dataset(field=(field, "T"), delta_conductance=(Y[row], "S")))
        for index, name in enumerate(curve.names):
            assert found.values[row, index] == pytest.approx(one[name].si, rel=1e-8, abs=3e-6 * one[name].error * curve.units[index].factor)


@pytest.mark.parametrize("name", ["hln", "power_law", "log_decay"])
def test_chunks_do_not_matter(name):
    rng = np.random.default_rng(3)
    law, data, clean, noise = drawn(name, rng)
    curve = bind(law, data)
    fixed = {"t_shift": 0.0} if name == "log_decay" else {}
    Y = clean + rng.normal(0, noise, (60, len(clean)))
    whole = fit_curves(curve, Y, fixed)
    assert whole.ok.all()
    spread = whole.values.std(axis=0) + 1e-300
    for memory in (1.0, 1e4, 1e5):
        part = fit_curves(curve, Y, fixed, memory=memory)
        assert np.all(np.abs(part.values - whole.values) <= 1e-8 * np.abs(whole.values) + 1e-8 * spread)
    assert fit_curves(curve, Y[:0], fixed).values.shape == (0, len(curve.names))


def test_weights_and_covariance_of_the_points():
    rng = np.random.default_rng(5)
    law, data, clean, noise = drawn("hln", rng)
    deviations = noise * rng.uniform(0.3, 3, len(clean))
    given = fk.dataset(field=(data["field"], "T"), delta_conductance=(data["delta_conductance"], "S"), delta_conductance_err=(deviations, "S"))
    result, curve = fk.fit("hln", given), bind(law, given)
    found = fit_curves(curve, curve.y[None, :])
    assert found.chi2[0] == pytest.approx(result.statistics.chi2, rel=1e-9)
    assert found.values[0, 1] == pytest.approx(result["L_phi"].si, rel=1e-7)


def three(x, a, tau, beta):
    return a * np.exp(-((x / tau) ** beta))


def stretched():
    """A law with two nonlinear parameters and no gradient: it is differenced."""
    return fk.Model(name="stretched", function=three, x=fk.Column("time", "s"), y=fk.Column("moment", "A m2"), background=("drift",),
                    params=(fk.Param("a", unit="y", linear=True), fk.Param("tau", unit="s", positive=True, scan=lambda time: np.geomspace(time.min() / 3, time.max() * 3, 30)),
                            fk.Param("beta", positive=True, scan=lambda time: np.geomspace(0.2, 3, 16))))


def test_two_nonlinear_parameters_all_at_once():
    law, rng = stretched(), np.random.default_rng(0)
    time = np.geomspace(1, 1000, 60)
    tau, beta = np.exp(rng.uniform(math.log(20), math.log(200), 40)), rng.uniform(0.4, 1.5, 40)
    Y = three(time, 2.0, tau[:, None], beta[:, None]) + rng.normal(0, 0.01, (40, 60))
    data = fk.dataset(time=(time, "s"), moment=(Y[0], "A m2"))
    curve = bind(law, data)
    plan = _Plan(curve, {}, None, None)
    assert plan.way.__name__ == "_general"
    assert plan.way(Y)[2].all()  # none of them needed the ordinary path
    found = fit_curves(curve, Y)
    for row in range(0, 40, 8):
        one = fk.fit(law, fk.dataset(time=(time, "s"), moment=(Y[row], "A m2")))
        for index, name in enumerate(curve.names):
            assert abs(found.values[row, index] - one[name].si) <= 3e-6 * one[name].error * curve.units[index].factor + 1e-8 * abs(one[name].si)


def test_a_law_that_takes_only_numbers_still_works():
    def scalar(time, a, tau):
        return a * np.exp(-time / float(np.squeeze(tau))) if np.size(tau) == 1 else _refuse()

    def _refuse():
        raise ValueError("numbers only")

    law = fk.Model(name="scalar", function=scalar, x=fk.Column("time", "s"), y=fk.Column("moment", "A m2"),
                   params=(fk.Param("a", unit="y", linear=True), fk.Param("tau", unit="s", positive=True, scan=lambda time: np.array([30.0]))))
    time, rng = np.linspace(0, 100, 50), np.random.default_rng(0)
    Y = 2 * np.exp(-time / 30) + rng.normal(0, 0.01, (3, 50))
    curve = bind(law, fk.dataset(time=(time, "s"), moment=(Y[0], "A m2")))
    found = fit_curves(curve, Y)
    assert found.ok.all() and np.allclose(found.values[:, 1], 30, rtol=0.05)


def test_bounds_are_honoured():
    law, rng = fk.get_model("hln"), np.random.default_rng(2)
    field = np.linspace(-0.3, 0.3, 61)
    Y = law.function(field, 1.0, 150e-9) + rng.normal(0, 1e-7, (5, 61))
    data = fk.dataset(field=(field, "T"), delta_conductance=(Y[0], "S"))
    curve = bind(law, data, background=[])
    limits = [(-math.inf, math.inf), (10e-9, 140e-9)]
    found = fit_curves(curve, Y, limits=limits)
    bounded = fk.fit("hln", data, background=[], bounds={"L_phi": (10, 140)})
    assert np.all(found.values[:, 1] <= 140e-9) and found.chi2[0] == pytest.approx(bounded.statistics.chi2, rel=1e-6)
    limits = [(-math.inf, 0.9), (10e-9, 1e-6)]
    found = fit_curves(curve, Y, limits=limits)
    assert found.values[0] == pytest.approx([fk.fit("hln", data, background=[], bounds={"alpha": (None, 0.9)})[name].si for name in curve.names], rel=1e-6)


def test_inadmissible_curves_are_marked():
    """A falling voltage has no critical current."""
    law, rng = fk.get_model("power_law"), np.random.default_rng(4)
    current = np.linspace(0.1, 1.05, 80)
    rise = law.function(current, 1.0, 20.0, 0.01, 1e-4)
    Y = np.array([rise, -rise]) + rng.normal(0, 1e-9, (2, 80))
    curve = bind(law, fk.dataset(current=(current, "A"), voltage=(Y[0], "V"), tap_distance="1 cm"), background=["offset"])
    found = fit_curves(curve, Y)
    assert found.ok.tolist() == [True, False]


@pytest.mark.parametrize("wrong", [np.zeros(5), np.zeros((2, 5)), np.full((2, 81), np.nan)])
def test_wrong_curves_raise(wrong):
    field = np.linspace(-0.3, 0.3, 81)
    curve = bind(fk.get_model("hln"), fk.dataset(field=(field, "T"), delta_conductance=(field**2, "S")))
    with pytest.raises(fk.FitkitError):
        fit_curves(curve, wrong)
