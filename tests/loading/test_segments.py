"""Holds, sweeps, ramps: tolerances are local, noise is no sweep, a slow sweep is no hold."""

from itertools import pairwise

import numpy as np
import pytest

import fitkit as fk
from fitkit.segments import directions, groups, plateaus, segments


def made(**columns):
    units = {"time": "s", "temperature": "K", "field": "T", "gate": "V", "current": "A", "voltage": "V", "frequency": "Hz", "moment": "A m2"}
    return fk.dataset(**{name: (np.asarray(values, float), units[name]) for name, values in columns.items()})


def kinds(data):
    return [(one.kind, one.moving, one.direction, one.start, one.stop) for one in segments(data)]


def test_every_row_once():
    rng = np.random.default_rng(0)
    for _ in range(100):
        rows = int(rng.integers(1, 200))
        steps = rng.choice([0, 0, 0, 1, 5], (2, rows)) * rng.standard_normal((2, rows))
        data = made(temperature=50 + np.cumsum(steps[0]), field=np.cumsum(steps[1]), current=rng.standard_normal(rows))
        found = segments(data)
        assert found[0].start == 0 and found[-1].stop == rows
        assert all(one.stop == two.start for one, two in pairwise(found)) and all(len(one) > 0 for one in found)


def test_nothing_and_one_row():
    assert segments(made(field=[])) == []
    assert kinds(made(field=[1], temperature=[4])) == [("hold", None, 0, 0, 1)]
    assert kinds(made(time=[1, 2, 3], moment=[1, 1, 1])) == [("hold", None, 0, 0, 3)]


def test_ramp_and_hold():
    field = np.concatenate([np.linspace(3, 1.1, 20), np.full(60, 1.0)])
    data = made(time=np.arange(80) * 2, field=field, temperature=np.full(80, 12.0))
    sweep, hold = segments(data)
    assert (sweep.kind, sweep.moving, sweep.direction, sweep.stop, sweep.span) == ("sweep", "field", -1, 20, (3.0, 1.1)) and sweep.rate == pytest.approx(0.05)
    assert hold.kind == "hold" and hold.values == {"temperature": 12.0, "field": 1.0} and hold.duration == 118 and hold.rate is None


def test_temperature_that_settles_is_no_hold():
    temperature = 35 - 1.8 * np.exp(-np.arange(400) / 2)
    found = segments(made(temperature=temperature, field=np.zeros(400)))
    assert found[-1].kind == "hold" and 4 <= found[-1].start <= 12 and len(found) == 2


@pytest.mark.parametrize("low, high, rows", [(2, 9.6, 40), (2, 9.6, 4000), (2, 300, 150), (4.2, 4.6, 500), (0.025, 3, 200)])
def test_slow_sweep_is_no_hold_whatever_the_maximum(low, high, rows):
    temperature = np.concatenate([np.linspace(low, high, rows), np.full(5, 300.0)])
    found = segments(made(temperature=temperature, field=np.zeros(rows + 5)))
    assert found[0].kind == "sweep" and abs(found[0].stop - rows) <= 1


@pytest.mark.parametrize("step", [1e-5, 2e-4, 0.01, 0.5])
def test_field_loop(step):
    field = np.concatenate([np.arange(-100, 100), np.arange(100, -101, -1), np.arange(-100, 100)]) * step
    found = kinds(made(field=field, temperature=np.full(len(field), 2.0)))
    assert [one[1:3] for one in found] == [("field", 1), ("field", -1), ("field", 1)]
    assert directions(field).tolist() == [1] * 201 + [-1] * 200 + [1] * 200


def test_noise():
    rng = np.random.default_rng(1)
    field = np.concatenate([np.linspace(-1, 1, 1000), np.linspace(1, -1, 1000)]) + 3e-3 * rng.standard_normal(2000)
    sign = directions(field)
    assert np.count_nonzero(np.diff(sign)) == 1 and abs(np.flatnonzero(np.diff(sign))[0] - 1000) < 20
    noisy = made(temperature=4.2 + 0.02 * rng.standard_normal(3000), field=1 + 2e-4 * rng.standard_normal(3000))
    assert max(len(one) for one in segments(noisy) if one.kind == "hold") > 2950


def test_sawtooth():
    field = np.tile(np.linspace(-1, 1, 50), 3)
    assert kinds(made(field=field)) == [("sweep", "field", 1, 0, 50), ("sweep", "field", 1, 50, 100), ("sweep", "field", 1, 100, 150)]


def test_glitch_does_not_end_a_sweep():
    temperature = np.linspace(200, 5, 400)
    temperature[300] += 1.5
    assert len(segments(made(temperature=temperature))) == 1


def test_stray_row_does_not_end_a_hold():
    temperature = np.full(100, 4.2)
    temperature[40] = 4.6
    assert kinds(made(temperature=temperature, field=np.ones(100))) == [("hold", None, 0, 0, 100)]


def test_two_that_move_are_a_ramp():
    found = segments(made(temperature=np.r_[np.full(20, 2.0), np.linspace(2.5, 9, 10), np.full(20, 10.0)], field=np.r_[np.zeros(20), np.linspace(0.1, 0.9, 10), np.ones(20)]))
    assert [one.kind for one in found] == ["hold", "ramp", "hold"] and found[1].moving is None and found[1].direction == 0


def test_frequency_sweep_is_no_hold():
    assert [one[:2] for one in kinds(made(temperature=np.full(13, 4.0), field=np.zeros(13), frequency=np.geomspace(0.1, 10, 13)))] == [("sweep", "frequency")]


def test_current_counts_only_while_the_rest_rests():
    current = np.tile(np.linspace(0, 10, 50), 2)
    found = segments(made(temperature=np.repeat([4.2, 10.0], 50), field=np.zeros(100), current=current, voltage=current**3))
    assert [(one.kind, one.moving, one.values["temperature"]) for one in found] == [("sweep", "current", 4.2), ("sweep", "current", 10.0)]
    found = segments(made(field=np.linspace(-1, 1, 100), current=1e-6 + 1e-7 * np.sin(np.arange(100))))
    assert [(one.kind, one.moving) for one in found] == [("sweep", "field")] and "current" not in found[0].values


def test_dwell_before_the_current_ramp():
    rng = np.random.default_rng(0)
    current = np.r_[-0.024 + 0.001 * rng.integers(-1, 2, 30), np.linspace(0.5, 100, 200), 40.0]
    found = segments(made(current=current, voltage=np.zeros(231)))
    assert [(one.kind, one.direction) for one in found] == [("hold", 0), ("sweep", 1), ("ramp", -1)] and abs(found[0].stop - 30) <= 1


def test_missing_numbers_are_bridged():
    field = np.linspace(0, 1, 50)
    field[[0, 20, 49]] = np.nan
    assert [one[:3] for one in kinds(made(field=field, temperature=np.full(50, 4.0)))] == [("sweep", "field", 1)]


def test_plateaus():
    values = np.r_[np.full(10, 1.0), np.linspace(1.2, 4.8, 8), np.full(20, 5.0)]
    assert plateaus(values, 0.01) == [(0, 10, 1.0), (18, 38, 5.0)]
    assert plateaus([], 0.01) == [] and plateaus([3.0], 0.01) == [(0, 1, 3.0)]
    assert plateaus(np.linspace(0, 1, 1000), 0.01) == []


def test_groups_by_value():
    temperature = np.r_[np.full(40, 4.2), np.linspace(4.5, 9.5, 6), np.full(40, 10.0), np.linspace(9.5, 4.5, 6), np.full(40, 4.205)]
    (first, rows), (second, others) = groups(made(temperature=temperature), "temperature")
    assert first == pytest.approx(4.2, abs=0.01) and len(rows) == 80 and second == 10 and len(others) == 40
    assert rows.tolist() == [*range(40), *range(92, 132)]


def test_groups_of_a_map_written_either_way():
    gate, field = (axis.ravel() for axis in np.meshgrid(np.linspace(-2, -1, 11), np.linspace(-0.02, 0.02, 41), indexing="ij"))
    for order in (slice(None), np.argsort(field, kind="stable")):
        found = groups(made(gate=gate[order], field=field[order]), "gate")
        assert len(found) == 11 and all(len(rows) == 41 for _, rows in found)
        np.testing.assert_allclose([value for value, _ in found], np.linspace(-2, -1, 11), atol=1e-12)


def test_a_quantity_that_always_moves_has_no_groups():
    assert groups(made(temperature=np.linspace(2, 300, 500)), "temperature") == []
    with pytest.raises(fk.FitkitError, match="no column 'gate'"):
        groups(made(temperature=[1, 2]), "gate")


def test_interleaved_temperatures_are_no_noise():
    temperature = np.tile([4.2, 10.0], 50)
    assert not any(one.kind == "hold" for one in segments(made(temperature=temperature, field=np.ones(100))))
    assert [round(value, 3) for value, _ in groups(made(temperature=temperature), "temperature")] == [4.2, 10]


def test_order_of_magnitude_does_not_matter():
    """Nothing is measured against the largest value of the file."""
    field = np.r_[np.zeros(50), np.linspace(1e-3, 0.1, 30)]
    alone = kinds(made(field=field))
    with_more = kinds(made(field=np.r_[field, np.linspace(0.2, 9, 30)]))
    assert alone[0] == with_more[0] == ("hold", None, 0, 0, 50)
