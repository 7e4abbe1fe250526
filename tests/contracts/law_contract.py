"""What every law must fulfil. Each check takes a Model and fails with an AssertionError that names the law."""

import math

import numpy as np

import fitkit as fk
from fitkit.fitting.many import law_and_gradient
from fitkit.model import accepted
from fitkit.units import parse_unit

OTHER_UNIT = {"S": "G0", "S/m": "S/cm", "A m2": "emu", "V": "nV", "m": "nm", "J": "meV", "s": "ps", "": "%", "T": "mT", "1/s2": "Hz/s", "A": "mA", "N/m3": "GN/m3"}  # others: micro


def grid_of(model, params, points=80):
    """x [SI] on which the law is met, as a tuple."""
    x = model.grid(points, **params)
    return x if isinstance(x, tuple) else (x,)


def dataset_of(model, params, noise=0.0, rng=None, points=80, name="drawn", unit=None):
    """A dataset of the law at SI parameters, noise in units of the swing."""
    x = grid_of(model, params, points)
    y = model.function(*x, *params.values(), **model.example_known(*x))
    if noise:
        y = y + rng.normal(0, noise * np.ptp(y), y.size)
    columns = {column.name: (values, column.unit) for column, values in zip(model.columns_x, x)}
    y_unit = unit or model.y.unit
    return fk.dataset(name=name, **columns, **{model.y.name: (parse_unit(y_unit).from_si(y), y_unit)}, meta=dict(model.example))


def meets_its_reference_points(model):
    assert model.checks, f"{model.name} has no reference point from outside the code"
    for check in model.checks:
        x = check.x if isinstance(check.x, tuple) else (check.x,)
        y = model.function(*x, **check.params, **check.known)
        assert np.allclose(y, check.y, rtol=check.rtol, atol=check.atol), f"{model.name}: {y} instead of {check.y} ({check.source})"


def size_of(param, x, known):
    """What is small, but not lost in rounding, for a parameter that is 0: a quarter of its scan."""
    if param.scan is None:
        return 1.0
    grid = param.scan(*x, **accepted(param.scan, known))
    return math.exp(np.quantile(np.log(grid), 0.25)) if np.min(grid) > 0 else 1.0


def gradient_is_the_derivative(model):
    """Against fourth-order differences, at random typical parameters, the optional ones too."""
    rng = np.random.default_rng(7)
    for _ in range(5):
        params = model.typical_parameters(rng, optional=True)
        x = grid_of(model, params)
        known = model.example_known(*x)
        value, gradient = model.evaluate(x, list(params.values()), known)
        assert np.array_equal(value, model.function(*x, **params, **known)), f"{model.name}: value_and_gradient gives another value"
        assert len(gradient) == len(params), f"{model.name}: {len(gradient)} derivatives for {len(params)} parameters"
        for (name, centre), column in zip(params.items(), gradient):
            h = 1e-3 * (abs(centre) or size_of(model.param(name), x, known))

            def at(shift):
                return model.function(*x, **{**params, name: centre + shift}, **known)

            numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
            scale = np.abs(numeric).max()
            assert np.allclose(np.broadcast_to(column, numeric.shape), numeric, rtol=1e-6, atol=1e-7 * scale), f"{model.name}: wrong derivative for {name}"


def is_finite_at_zero_and_below(model):
    """x = 0 by its limit, negative x where the column has them, no warning."""
    params = model.typical_parameters(np.random.default_rng(3))
    x = grid_of(model, params)
    if x[0].min() < 0:
        with_zero = (np.concatenate([x[0], [0.0, -0.0]]), *(np.concatenate([more, more[:2]]) for more in x[1:]))
        known = model.example_known(*x)
        value, gradient = model.evaluate(with_zero, list(params.values()), known)
        assert np.all(np.isfinite(value)) and all(np.all(np.isfinite(column)) for column in gradient), f"{model.name}: not finite at 0 or below"


def broadcasts(model):
    """Any shape; parameters as a column (G, 1) against x (N,), as the scan passes them; scalars."""
    rng = np.random.default_rng(5)
    first, second = model.typical_parameters(rng), model.typical_parameters(rng)
    x = grid_of(model, first)
    known = model.example_known(*x)
    stacked = model.function(*x, **{name: np.array([[first[name]], [second[name]]]) for name in first}, **known)
    assert stacked.shape == (2, len(x[0])), f"{model.name}: parameters do not broadcast"
    for row, params in zip(stacked, (first, second)):
        assert np.allclose(row, model.function(*x, **params, **known), rtol=1e-13, atol=0), f"{model.name}: broadcasting changes the value"
    shaped = model.function(*(values.reshape(4, -1) for values in x), **first, **known)
    assert np.array_equal(shaped.ravel(), stacked[0]) or np.allclose(shaped.ravel(), stacked[0], rtol=1e-13), f"{model.name}: shape matters"
    assert np.ndim(model.function(*(float(values[3]) for values in x), **first, **known)) == 0, f"{model.name}: no scalar for a scalar"


def stacks(model):
    """Curves in rows: x (G, N), parameters and knowns (G, 1), as a joint fit passes them."""
    rng = np.random.default_rng(7)
    drawn = [model.typical_parameters(rng) for _ in range(3)]
    x = [grid_of(model, params) for params in drawn]
    known = [{name: value * factor for name, value in model.example_known(*one).items()} for one, factor in zip(x, (1.0, 1.1, 0.9))]
    value, gradient = law_and_gradient(model, tuple(np.array(axis) for axis in zip(*x)), [np.array([[params[name]] for params in drawn]) for name in drawn[0]],
                                       {name: np.array([[one[name]] for one in known]) for name in known[0]})
    assert value.shape == (3, len(x[0][0])), f"{model.name}: curves do not stack"
    for row, (one, params, inputs) in enumerate(zip(x, drawn, known)):
        alone, slopes = model.evaluate(one, list(params.values()), inputs)
        assert np.allclose(value[row], alone, rtol=1e-12, atol=0), f"{model.name}: stacking changes the value"
        for name, column, slope in zip(params, gradient, slopes):
            column = np.broadcast_to(column, value.shape)[row]
            assert np.allclose(column, slope, rtol=1e-9, atol=1e-9 * np.abs(slope).max()), f"{model.name}: stacking changes the derivative for {name}"


def leaves_inputs_untouched(model):
    params = model.typical_parameters(np.random.default_rng(11))
    x = grid_of(model, params)
    kept = [values.copy() for values in x]
    for values in x:
        values.setflags(write=False)
    try:
        model.evaluate(x, list(params.values()), model.example_known(*kept))
    except ValueError as error:
        raise AssertionError(f"{model.name} writes into its input: {error}") from error
    assert all(np.array_equal(a, b) for a, b in zip(x, kept)), f"{model.name} changes its input"


def recovers_noise_free_data_without_a_start(model, trials=15):
    rng = np.random.default_rng(13)
    for _ in range(trials):
        params = model.typical_parameters(rng)
        result = fk.fit(model, dataset_of(model, params))
        for name, value in params.items():
            found = result[name]
            assert np.isclose(found.si if found.unit else found.value, value, rtol=1e-6), f"{model.name}: {name} = {found} instead of {value} SI"


def does_not_depend_on_units(model):
    """The same data with y in another unit give the same numbers."""
    rng = np.random.default_rng(17)
    params = model.typical_parameters(rng)
    other = OTHER_UNIT.get(model.y.unit) or f"u{model.y.unit}"
    noisy = [fk.fit(model, dataset_of(model, params, 0.01, np.random.default_rng(19), unit=unit)) for unit in (model.y.unit, other)]
    for name in params:
        first, second = (one[name] for one in noisy)
        assert np.isclose(first.si, second.si, rtol=1e-7), f"{model.name}: {name} depends on the unit of y"
        if first.error:
            assert np.isclose(first.error * parse_unit(first.unit).factor, second.error * parse_unit(second.unit).factor, rtol=1e-5), f"{model.name}: error of {name}"


CONTRACT = (meets_its_reference_points, gradient_is_the_derivative, is_finite_at_zero_and_below, broadcasts, stacks, leaves_inputs_untouched,
            recovers_noise_free_data_without_a_start, does_not_depend_on_units)
