"""Data that are no data, and data in odd shapes: the right answer or a clear error, for every law; never a silent start value."""

import law_contract
import numpy as np
import pytest

import fitkit as fk

LAWS = list(fk.models())


def drawn(name, seed=0, points=60):
    law = fk.get_model(name)
    rng = np.random.default_rng(seed)
    params = law.typical_parameters(rng)
    return law, params, law_contract.dataset_of(law, params, 0.01, rng, points=points)


def changed(law, data, **columns):
    """The dataset with columns replaced, read anew: fk.dataset(field=..., ...)."""
    arrays = {name: columns.get(name, data[name]) for name in (*(column.name for column in law.columns_x), law.y.name)}
    units = {column.name: column.unit for column in (*law.columns_x, law.y)}
    extra = {name: (values, units[law.y.name]) for name, values in columns.items() if name.endswith("_err")}
    return fk.dataset(name=data.name, **{name: (values, units[name]) for name, values in arrays.items()}, **extra, meta=dict(data.meta))


def fitted(law, data, **options):
    """Values [SI] of the fitted parameters."""
    return {name: value.si for name, value in fk.fit(law, data, **options).fits[0].parameters.items()}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(name, bad):
    law, _, data = drawn(name)
    for column in (law.columns_x[0].name, law.y.name):
        values = np.array(data[column])
        values[7] = bad
        with pytest.raises(fk.FitkitError, match=f"no finite number in '{column}'"):
            fk.fit(law, changed(law, data, **{column: values}))


@pytest.mark.parametrize("name", LAWS)
def test_constant_one_point_and_no_point(name):
    law, _, data = drawn(name)
    with pytest.raises(fk.FitkitError, match="are equal"):
        fk.fit(law, changed(law, data, **{law.y.name: np.full(len(data), 3.0)}))
    with pytest.raises(fk.FitkitError, match="1 point"):
        fk.fit(law, data.select(np.array([4])))
    if len(law.params) + len(law.background) == 1:
        return  # two points are enough for one number
    with pytest.raises(fk.FitkitError, match="2 points for|0 points|2 points"):
        fk.fit(law, data.select(np.array([4, len(data) - 5])), **({"background": list(law.background[:1])} if law.background else {}))


@pytest.mark.parametrize("name", LAWS)
def test_errors_that_are_zero(name):
    law, _, data = drawn(name)
    with pytest.raises(fk.FitkitError, match="zero, negative or missing"):
        fk.fit(law, changed(law, data, **{f"{law.y.name}_err": np.zeros(len(data))}))


@pytest.mark.parametrize("name", LAWS)
def test_float32_is_the_same_data(name):
    """Single precision costs digits of the data, not of the fit: the answer of the same numbers in double precision."""
    law, _, data = drawn(name)
    single = {column: np.asarray(data[column], np.float32) for column in (law.columns_x[0].name, law.y.name)}
    double = {column: values.astype(float) for column, values in single.items()}
    assert fitted(law, changed(law, data, **single)) == fitted(law, changed(law, data, **double))


def test_integers():
    """Counts of an ADC."""
    time = np.arange(10, 2000, 20)
    moment = np.round(10000 * (1 - 0.02 * np.log(time / 100)) + np.random.default_rng(0).normal(0, 5, len(time))).astype(int)
    whole = fk.dataset(time=(time, "s"), moment=(moment, "emu"), temperature="10 K")
    assert fk.fit("log_decay", whole)["S"].value == fk.fit("log_decay", fk.dataset(time=(time.astype(float), "s"), moment=(moment.astype(float), "emu"), temperature="10 K"))["S"].value
    assert abs(fk.fit("log_decay", whole)["S"].value - 0.02) < 5 * fk.fit("log_decay", whole)["S"].error


@pytest.mark.parametrize("name", LAWS)
def test_order_of_rows(name):
    law, _, data = drawn(name)
    mixed = data.select(np.random.default_rng(9).permutation(len(data)))
    first, second = (fk.fit(law, one, errors="white").fits[0] for one in (data, mixed))
    for key, value in first.parameters.items():
        room = 1e-6 * (abs(value.value) + (value.error or 0.0))
        assert abs(second.parameters[key].value - value.value) <= room, key
        assert second.parameters[key].verdict == value.verdict, key


@pytest.mark.parametrize("name", [name for name in LAWS if fk.get_model(name).columns_x[0].name != "time"])
def test_repeated_x(name):
    """Every point measured twice with the same result: the same values, errors smaller by sqrt 2."""
    law, _, data = drawn(name)
    twice = data.select(np.repeat(np.arange(len(data)), 2))
    first, second = (fk.fit(law, one, errors="white").fits[0] for one in (data, twice))
    free = sum(value.verdict != "fixed" for value in first.parameters.values())
    ratio = np.sqrt((2 * len(data) - free) / (len(data) - free))
    for key, value in first.parameters.items():
        if value.verdict == "ok" and second.parameters[key].verdict == "ok":
            assert second.parameters[key].value == pytest.approx(value.value, abs=1e-4 * value.error), key
            assert value.error / second.parameters[key].error == pytest.approx(ratio, rel=1e-3), key


@pytest.mark.parametrize("size", [1e-15, 1e15])
@pytest.mark.parametrize("name", ["log_decay", "power_law_decay", "interpolation_decay", "stretched_exponential", "exponential_decay"])
def test_size_of_y(name, size):
    law, _, data = drawn(name)
    plain, scaled = fk.fit(law, data).fits[0], fk.fit(law, changed(law, data, **{law.y.name: data[law.y.name] * size})).fits[0]
    for key, value in plain.parameters.items():
        factor = size if law.param(key).unit == "y" else 1.0
        assert scaled.parameters[key].value == pytest.approx(value.value * factor, rel=1e-6) and scaled.parameters[key].verdict == value.verdict, key


@pytest.mark.parametrize("size", [1e-15, 1e15])
def test_size_of_x(size):
    """The time in other units: S and mu stay, tau and t_shift follow."""
    for name in ("power_law_decay", "interpolation_decay", "stretched_exponential", "exponential_decay"):
        law, _, data = drawn(name)
        plain, scaled = fk.fit(law, data).fits[0], fk.fit(law, changed(law, data, time=data["time"] * size)).fits[0]
        for key, value in plain.parameters.items():
            factor = size if key == "tau" else 1.0
            assert scaled.parameters[key].value == pytest.approx(value.value * factor, rel=1e-5), (name, key)
