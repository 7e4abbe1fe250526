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


def test_ramp_before_a_hold_and_the_header_against_the_name(tmp_path):
    path = tmp_path / "tape_0point15T_90deg.txt"
    rows = [f"{0.4 * step if step < 20 else 8}\t{0.05 * min(step, 20)}\t{step}" for step in range(80)]
    path.write_text("Temperature (K)\t77\nAngle (deg.)\t0\nfield / T\t0.15\n\ncurrent / A\tfield / T\ttime / s\n" + "\n".join(rows) + "\n")
    found = fk.look(path)
    assert "after field 0 to 0.95 T at 0.05 T/s" in str(found)
    assert 'angle: header 0 deg, name 90deg. As in the name: angle="90 deg"   or   --set angle=90deg' in str(found)
    assert "applied_field: header" not in str(found)  # 0.15 T is what the name says
    given = fk.look(fk.load(path, angle="90 deg"))
    assert "file name says otherwise" not in str(given) and "angle (file)" in str(given) and "given > file name > column > header" in str(given)
    assert found.to_dict()["origins"]["angle"] == "file" and given.to_dict()["origins"]["angle"] == "user"


FIELD = np.r_[np.linspace(-1, 1, 101), np.linspace(1, -1, 101)]


def sweeps(temperature, field=FIELD, **more):
    return fk.dataset(field=(field, "T"), temperature=(temperature, "K"), resistance=(100 + field**2, "ohm"), time=(5.0 * np.arange(len(field)), "s"), **more)


@pytest.mark.parametrize("drift", [lambda t: 4.2 + 0.1 * t, lambda t: 4.2 + 0.3 * np.exp(-8 * t), lambda t: 4.2 + 0.05 * np.sin(40 * t)])
def test_a_drifting_temperature_is_no_ramp(drift):
    """Both sweeps stay sweeps of the field, in one piece, and the drift is said."""
    data = sweeps(drift(np.linspace(0, 1, len(FIELD))))
    found = fk.look(data)
    assert [(one.kind, one.moving, one.start, one.stop) for one in found.segments] == [("sweep", "field", 0, 101), ("sweep", "field", 101, 202)]
    assert "temperature drifts 4." in str(found) and found.segments[0].drift["temperature"][0] == pytest.approx(drift(0.02), abs=0.03)
    assert "hln" in str(found) and [len(piece) for piece in fk.split_sweeps(data)] == [202]


@pytest.mark.parametrize("noise, levels", [(0.0, (4.2, 4.25)), (0.01, (4.2, 4.25)), (0.02, (4.2, 4.3)), (0.05, (4.2, 4.6))])
def test_plateaus_are_not_merged_by_noise(noise, levels):
    rng = np.random.default_rng(3)
    data = sweeps(np.repeat(levels, 202) + noise * rng.standard_normal(404), np.r_[FIELD, FIELD])
    pieces = fk.split_sweeps(data)
    assert len(pieces) == 2 and all(196 <= len(piece) <= 202 for piece in pieces)
    np.testing.assert_allclose([piece.meta["temperature"].value for piece in pieces], levels, atol=4 * noise / np.sqrt(202) + 1e-9)
    assert f"2 values: {levels[0]:.2g}" in str(fk.look(data)) or noise > 0


def test_values_in_turn():
    """Two temperatures row by row, with noise; two angles row by row."""
    rng = np.random.default_rng(0)
    field = np.repeat(FIELD, 2)
    data = sweeps(np.tile([4.2, 10.0], 202) + 0.01 * rng.standard_normal(404), field)
    found = fk.look(data)
    assert "temperature  2 values: 4." in str(found) and "hln" in str(found) and "pieces = fk.split_sweeps(data)" in str(found)
    assert [len(piece) for piece in fk.split_sweeps(data)] == [202, 202]
    data = sweeps(np.full(404, 4.2), field, angle=(np.tile([0.0, 90.0], 202), "deg"))
    assert "angle  2 values: 0 deg, 90 deg  202 rows each" in str(fk.look(data))
    assert [piece.meta["angle"].value for piece in fk.split_sweeps(data)] == [0, 90]


def test_partial_sweeps_and_gate_steps():
    field = np.r_[np.linspace(-1, 1, 81), np.linspace(-1, 0.3, 81), np.linspace(-0.2, 1, 81)]
    data = sweeps(np.repeat([2.0, 5.0, 8.0], 81), field, gate=(np.repeat([-1.0, 0.0, 1.0], 81), "V"))
    found = fk.look(data)
    assert [one.span for one in found.segments] == [(-1, 1), (-1, 0.3), (-0.2, 1)]
    assert "gate         3 values: -1 V, 0 V, 1 V  81 rows each" in str(found)
    assert [len(piece) for piece in fk.split_sweeps(data)] == [81, 81, 81]
    cooling = sweeps(np.tile(np.linspace(200, 5, 100), 3), np.repeat([1.0, 2.0, 3.0], 100))
    assert "field  3 values: 1 T, 2 T, 3 T  100 rows each" in str(fk.look(cooling))
    assert [one.moving for one in fk.look(cooling).segments] == ["temperature"] * 3


def test_current_ramps(samples):
    text = str(fk.look(samples / "voltage_current" / "tape_77K.csv"))
    assert "sweep" in text and "current" in text


def test_holds_are_numbered_as_the_step_counts_them(tmp_path):
    """Three temperatures with a hold each, gate steps between: which= of the listing is which= of relaxation_segment."""
    time = np.arange(90.0) * 10
    data = fk.dataset(time=(time, "s"), temperature=(np.repeat([4.2, 6.0, 8.0], 30), "K"), field=(np.ones(90), "T"), moment=(1 - 0.01 * np.log1p(time % 300), "A m2"))
    text = str(fk.look(data))
    for index, kelvin in enumerate((4.2, 6.0, 8.0)):
        assert f"temperature {kelvin:g} K, field 1 T; which={index}" in text
        assert fk.relaxation_segment(data, which=index, origin="first row").si("temperature") == pytest.approx(kelvin)
    steps = fk.look(fk.dataset(gate=(np.repeat([-1.0, 0.0, 1.0], 20), "V"), resistance=(np.arange(60.0), "ohm")))
    assert [(one.kind, one.values["gate"]) for one in steps.segments] == [("hold", -1), ("hold", 0), ("hold", 1)] and "3 values: -1 V, 0 V, 1 V" in str(steps)


def test_the_chain_splits_by_angle():
    """Two angles row by row, no temperature column: the fit of one law gets two datasets."""
    from fitkit.chain import prepared

    field = np.repeat(FIELD, 2)
    data = fk.dataset(field=(field, "T"), sheet_conductance=(1e-3 + 1e-6 * field**2, "S"), angle=(np.tile([0.0, 90.0], 202), "deg"), time=(np.arange(404.0), "s"))
    chain = prepared(fk.get_model("hln"), data)
    assert [one.meta["angle"].value for one in chain.datasets] == [0, 90]
