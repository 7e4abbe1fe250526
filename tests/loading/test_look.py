"""look(): what is in a file, what could be fitted, what is missing."""

import json

import numpy as np
import pytest

import fitkit as fk


def test_film(samples):
    found = fk.look(samples / "magnetoresistance" / "film.dat")
    text = str(found)
    assert "choose a column" in text and "--column resistance='Bridge 1 Resistance (Ohms)'" in text
    assert "delta_conductance over field: " in text and "hln" in text and "fk.split_sweeps(data)" in text and "--set width=" in text
    assert "shown and not used" in text and "Magnetic Field (Oe)" in text
    whole = fk.load(samples / "magnetoresistance" / "film.dat", column={"resistance": "Bridge 1 Resistance (Ohms)"}, width="2 mm", length="4 mm")
    possible = {one.y: one for one in fk.look(whole).possibilities}
    assert possible["delta_conductance"].missing == ()


def test_relaxation_and_tape(samples):
    run = fk.look(samples / "relaxation" / "ramp_and_hold_12K.dat")
    assert [one.kind for one in run.segments] == ["sweep", "hold"]
    assert any("log_decay" in one.laws and one.steps == ("data = fk.relaxation_segment(data)",) for one in run.possibilities)
    tape = str(fk.look(samples / "voltage_current" / "tape_77K.csv"))
    assert "power_law" in tape and "missing: tap_distance" in tape and "77 K" in tape
    assert "missing" not in str(fk.look(fk.load(samples / "voltage_current" / "tape_77K.csv", tap_distance="1 cm")))


def test_json_and_memory(samples):
    data = fk.dataset(field=(np.linspace(-50, 50, 101), "mT"), delta_conductance=(np.zeros(101), "e^2/h"), temperature="4.2 K")
    found = fk.look(data)
    assert "hln" in str(found) and "101 rows" in str(found) and found._repr_html_().startswith("<pre>")
    for one in (found, fk.look(samples / "magnetoresistance" / "film.dat")):
        assert json.loads(json.dumps(one.to_dict(), allow_nan=False))["rows"] == len(one.data)


def test_not_enough():
    assert "nothing: no law finds its columns" in str(fk.look(fk.dataset(voltage=([1, 2], "V"))))
    with pytest.raises(fk.FitkitError, match="wants a Dataset or the path"):
        fk.look(3)
