"""split_sweeps: pieces by value, both directions together."""

import numpy as np
import pytest

from fitkit.data import dataset
from fitkit.errors import FitkitError
from fitkit.prepare import split_sweeps


def loop(temperature, gate=0.0, points=60, drift=40):
    """One field loop at a temperature, and rows in which the temperature moves on."""
    field = np.concatenate((np.linspace(-1, 1, points), np.linspace(1, -1, points), np.full(drift, -1.0)))
    ramp = np.concatenate((np.full(2 * points, temperature), np.linspace(temperature, temperature + 3, drift + 2)[1:-1]))
    return field, ramp, np.full(len(field), gate)


def run(loops):
    field, temperature, gate = (np.concatenate(parts) for parts in zip(*loops))
    noise = np.random.default_rng(0).normal(0, 2e-3, len(field))
    columns = {"gate": (gate, "V")} if np.ptp(gate) else {}
    return dataset(field=(field, "T"), temperature=(temperature + noise, "K"), resistance=(300 + field**2, "ohm"), name="film", **columns)


def test_pieces_by_temperature():
    pieces = split_sweeps(run([loop(2.0), loop(5.0), loop(8.0, drift=0)]))
    assert [piece.name for piece in pieces] == ["film 2 K", "film 5 K", "film 8 K"]
    for piece, temperature in zip(pieces, (2, 5, 8)):
        assert piece.meta["temperature"].value == pytest.approx(temperature, abs=2e-3)
        assert piece.meta["temperature"].error == pytest.approx(2e-3, rel=0.3)
        assert piece.meta["temperature"].origin == "column"
        assert set(piece["direction"]) == {1.0, -1.0}
        assert (piece["direction"] > 0).sum() == pytest.approx(60, abs=2)
        found = piece.history[-1].found
        assert found["piece"]["temperature"] == pytest.approx(temperature, abs=2e-3)
        assert 60 <= found["rows between plateaus"] <= 82


def test_pieces_by_temperature_and_gate():
    pieces = split_sweeps(run([loop(t, g, drift=0) for t in (2.0, 5.0) for g in (-1.74, -1.0)]))
    assert sorted(piece.name for piece in pieces) == ["film 2 K -1 V", "film 2 K -1.74 V", "film 5 K -1 V", "film 5 K -1.74 V"]


def test_interleaved_visits_are_one_piece():
    pieces = split_sweeps(run([loop(2.0, drift=0), loop(5.0, drift=0), loop(2.0, drift=0)]))
    assert [len(piece) for piece in pieces] == [240, 120]


def test_directions_on_request():
    pieces = split_sweeps(run([loop(2.0, drift=0)]), by=("direction",))
    assert [piece.name for piece in pieces] == ["film up", "film down"]
    assert all(len(set(piece["direction"])) == 1 for piece in pieces)


def test_one_temperature_is_one_piece():
    data = run([loop(2.0, drift=0)])
    pieces = split_sweeps(data)
    assert len(pieces) == 1 and pieces[0].name == "film" and len(pieces[0]) == len(data)


def test_a_plateau_without_sweep_is_left_out_and_named():
    still = (np.full(30, -1.0), np.full(30, 20.0), np.zeros(30))
    pieces = split_sweeps(run([loop(2.0), loop(5.0, drift=0), still]))
    assert [piece.name for piece in pieces] == ["film 2 K", "film 5 K"]
    assert "20 K: 30 rows without a field sweep" in pieces[0].history[-1].found["left out"][0]
    assert "left out" in pieces[0].notes[-1].text


def test_nothing_to_split():
    with pytest.raises(FitkitError, match="no column 'field'"):
        split_sweeps(dataset(temperature=(np.ones(9), "K")))
    with pytest.raises(FitkitError, match="no field sweep"):
        split_sweeps(dataset(temperature=(np.ones(9), "K"), field=(np.ones(9), "T")))
    with pytest.raises(FitkitError, match="no column 'gate'"):
        split_sweeps(run([loop(2.0)]), by=["gate"])
