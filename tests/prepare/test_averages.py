"""average_over and subtract_background."""

import numpy as np
import pytest

from fitkit.data import dataset
from fitkit.errors import FitkitError
from fitkit.prepare import average_over, subtract_background


def maps(gates=25, fluctuation=0.5, seed=0, jitter=0.0):
    """Sheet conductance over gate and field: a common cusp of 1 e^2/h, fluctuations of each gate, and a level that rises with the gate."""
    rng = np.random.default_rng(seed)
    field = np.linspace(-0.05, 0.05, 101)
    rows = [(gate, field + jitter * rng.normal(0, 1e-4, 101), 40 + gate - np.abs(field) / 0.05 + fluctuation * np.sin(rng.uniform(0, 6.28) + field / 0.01 * rng.uniform(0.8, 1.2)))
            for gate in np.linspace(0, 1, gates)]
    return dataset(gate=(np.concatenate([np.full(101, one[0]) for one in rows]), "V"), field=(np.concatenate([one[1] for one in rows]), "T"),
                   sheet_conductance=(np.concatenate([one[2] for one in rows]), "e^2/h"),
                   sheet_conductance_err=(np.full(101 * gates, 0.1), "e^2/h"), name="map")


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_fluctuations_go_down_as_the_root_of_the_gates(jitter):
    made = average_over(maps(jitter=jitter))
    y = made.values("sheet_conductance", "e^2/h")
    wrong = y - 40.5 + np.abs(made["field"]) / 0.05
    assert len(made) >= 99 and np.all(np.diff(made["field"]) > 0) and wrong.std() < 1.6 * 0.5 / np.sqrt(2 * 25)
    np.testing.assert_allclose(made.values("sheet_conductance_err", "e^2/h"), 0.1 / 5, rtol=1e-12)
    found = made.history[-1].found
    assert found["sweeps"] == 25 and found["scatter"] / 3.874e-5 == pytest.approx(0.5 / np.sqrt(2), rel=0.1)  # of a sine, the levels of 0 to 1 taken out


def test_average_wants_two_plateaus_and_a_common_range():
    data = maps(gates=1)
    with pytest.raises(FitkitError, match="two plateaus of 'gate' or more, found 1"):
        average_over(data)
    two = dataset(gate=(np.repeat([0.0, 1], 10), "V"), field=(np.arange(20.0), "mT"), resistance=(np.ones(20), "ohm"))
    with pytest.raises(FitkitError, match="no range of field in common"):
        average_over(two)


def sweep(field, y, name="cold", err=None):
    errors = {} if err is None else {"delta_conductance_err": (np.full(len(field), err), "S")}
    return dataset(field=(field, "T"), delta_conductance=(y, "S"), name=name, **errors)


def test_what_both_have_in_common_goes_out():
    field, finer = np.linspace(-1, 1, 41), np.linspace(0, 1.005, 403)
    made = subtract_background(sweep(field, np.exp(-field**2) + 3 * np.abs(field)), sweep(finer, 3 * finer, "hot"))
    np.testing.assert_allclose(made["delta_conductance"], np.exp(-field**2), atol=1e-12)
    found = made.history[-1].found
    assert found["background"] == "hot" and found["swing after"] < found["swing before"] and made.history[-1].parents[0]["name"] == "hot"


def test_errors_of_sweep_and_background_add():
    field = np.linspace(0, 1, 11)
    assert subtract_background(sweep(field, field, err=3e-6), sweep(field, field, err=4e-6))["delta_conductance_err"] == pytest.approx(5e-6)
    assert subtract_background(sweep(field, field, err=3e-6), sweep(field, field))["delta_conductance_err"] == pytest.approx(3e-6)
    assert subtract_background(sweep(field, field), sweep(field, field, err=4e-6))["delta_conductance_err"] == pytest.approx(4e-6)
    assert "delta_conductance_err" not in subtract_background(sweep(field, field), sweep(field, field))


def test_a_background_reaches_as_far_and_is_of_a_difference():
    with pytest.raises(FitkitError, match="the background 'hot' reaches from 0 to 500 mT, wanted 0 to 1000 mT"):
        subtract_background(sweep(np.linspace(0, 1, 11), np.ones(11)), sweep(np.linspace(0, 0.5, 11), np.ones(11), "hot"))
    with pytest.raises(FitkitError, match="taken from delta_conductance or delta_conductivity, not from 'resistance'"):
        subtract_background(sweep(np.linspace(0, 1, 11), np.ones(11)), sweep(np.linspace(0, 1, 11), np.ones(11)), column="resistance")
