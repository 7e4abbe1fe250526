"""fk.repeat: the recorded load, steps and fit on another file."""

import shutil

import numpy as np
import pytest

import fitkit as fk

BRIDGE = {"resistance": "Bridge 1 Resistance (Ohms)"}


def numbers(result):
    """Values and errors of all fits."""
    return [[(name, one.value, one.error) for name, one in fit.parameters.items()] for fit in result.fits]


@pytest.fixture(scope="module")
def two_sweeps(samples):
    film = fk.load(samples / "magnetoresistance" / "film.dat", column=BRIDGE, width="2 mm", length="4 mm")
    return fk.fit("hln", [fk.magnetoconductance(one) for one in fk.split_sweeps(film)[-2:]], share=["alpha"], start={"L_phi": {"film 18 K": "100 nm"}})


def test_same_file_elsewhere(two_sweeps, samples, tmp_path):
    """Same numbers, also from the result that was read back."""
    shutil.copy(samples / "magnetoresistance" / "film.dat", tmp_path / "next.dat")
    again = fk.repeat(two_sweeps, tmp_path / "next.dat")
    assert numbers(again) == numbers(two_sweeps) and [one.name for one in again.fits] == ["next 12 K", "next 18 K"]
    (tmp_path / "result.json").write_text(two_sweeps.to_json(), encoding="utf-8")
    assert numbers(fk.repeat(fk.read_result(tmp_path), str(tmp_path / "next.dat"))) == numbers(two_sweeps)


def test_other_noise(two_sweeps, samples, tmp_path):
    """Another measurement of the same film: other numbers, within their errors."""
    lines = (samples / "magnetoresistance" / "film.dat").read_text(encoding="utf-8").splitlines()
    start = lines.index("[Data]") + 1
    column = lines[start].split(",").index("Bridge 1 Resistance (Ohms)")
    rng = np.random.default_rng(3)
    for row in range(start + 1, len(lines)):
        cells = lines[row].split(",")
        if cells[column]:
            cells[column] = repr(float(cells[column]) * (1 + 3e-4 * rng.standard_normal()))
        lines[row] = ",".join(cells)
    (tmp_path / "next.dat").write_text("\n".join(lines) + "\n", encoding="utf-8")
    again = fk.repeat(two_sweeps, tmp_path / "next.dat")
    for old, new in zip(two_sweeps["L_phi"], again["L_phi"]):
        assert old.value != new.value and abs(old.value - new.value) < 6 * new.error


def test_next_relaxation_with_other_metadata(samples):
    first = fk.fit("log_decay", fk.load(samples / "relaxation" / "relaxation_05K.csv", t0="1e-8 s"), background=[], fix={"t_shift": 0})
    path = samples / "relaxation" / "relaxation_14K.csv"
    again = fk.repeat(first, path)
    assert again.single and numbers(again) == numbers(fk.fit("log_decay", fk.load(path, t0="1e-8 s"), background=[], fix={"t_shift": 0}))
    assert again["t0"].to("s").value == 1e-8 and fk.repeat(first, path, t0="1e-9 s")["t0"].to("s").value == 1e-9
    assert again.options["background"] == []


def test_an_empty_background_is_a_choice(samples):
    tape = fk.load(samples / "voltage_current" / "tape_77K.csv", tap_distance="1 cm")
    first = fk.fit("power_law", fk.window(tape, "current", low="90 A"), background=[])
    assert numbers(fk.repeat(first, samples / "voltage_current" / "tape_77K.csv")) == numbers(first) and "offset" not in first.parameters


def test_instrument_run(samples, tmp_path):
    first = fk.fit("log_decay", fk.relaxation_segment(fk.load(samples / "relaxation" / "ramp_and_hold_12K.dat")))
    shutil.copy(samples / "relaxation" / "ramp_and_hold_12K.dat", tmp_path / "other.dat")
    again = fk.repeat(first, tmp_path / "other.dat")
    assert numbers(again) == numbers(first) and [step.name for step in again.fits[0].data.history] == ["load", "relaxation_segment"]


def test_two_channels_of_one_file(samples):
    """Two loads of one file with different columns are two datasets."""
    path = samples / "magnetoresistance" / "film.dat"
    made = []
    for bridge, name in ((1, "film"), (2, "Hall")):
        film = fk.load(path, column={"resistance": f"Bridge {bridge} Resistance (Ohms)"}, width="2 mm", length="4 mm", name=name)
        cold = fk.window(film, "temperature", high="2.5 K")
        made.append(fk.with_column(cold, "sheet_conductance", 1e-3 * cold["resistance"], "S", "scaled"))
    first = fk.fit("hln", [fk.delta_conductance(one) for one in made])
    assert numbers(fk.repeat(first, path)) == numbers(first) and numbers(first)[0] != numbers(first)[1]


def test_series_needs_a_file_for_each(samples):
    paths = [samples / "relaxation" / f"relaxation_{kelvin}K.csv" for kelvin in ("05", "08", "11")]
    first = fk.fit("log_decay", fk.load_all(paths[:2]))
    with pytest.raises(fk.FitkitError, match="came from 2 files, fk.repeat was given 1 file: give one for each of .*05K.csv, .*08K.csv"):
        fk.repeat(first, paths[2])
    again = fk.repeat(first, [paths[2], paths[2]])
    assert [one.name for one in again.fits] == ["relaxation_11K", "relaxation_11K (2)"]


def test_a_fixed_measured_value(samples):
    data = fk.load(samples / "relaxation" / "relaxation_05K.csv")
    first = fk.fit("log_decay", data, fix={"M_r": fk.fit("log_decay", data)["M_r"]})
    assert numbers(fk.repeat(first, samples / "relaxation" / "relaxation_05K.csv")) == numbers(first)


def test_errors(two_sweeps, samples, tmp_path):
    data = fk.load(samples / "relaxation" / "relaxation_05K.csv")
    memory = fk.fit("log_decay", fk.dataset(time=(data["time"], "s"), moment=(data["moment"], "A m2"), temperature="5 K"))
    with pytest.raises(fk.FitkitError, match="made in memory.*\n.*fk.dataset"):
        fk.repeat(memory, samples / "relaxation" / "relaxation_08K.csv")
    with pytest.raises(fk.FitkitError, match="wants a result"):
        fk.repeat(data, "next.csv")
    with pytest.raises(fk.FitkitError, match="nowhere.dat: no such file"):
        fk.repeat(two_sweeps, tmp_path / "nowhere.dat")
    with pytest.raises(fk.FitkitError, match="relaxation_08K.csv"):
        fk.repeat(two_sweeps, samples / "relaxation" / "relaxation_08K.csv")
    cold = (samples / "magnetoresistance" / "film.dat").read_text(encoding="utf-8").splitlines()
    start = cold.index("[Data]") + 1
    place = cold[start].split(",").index("Temperature (K)")
    kept = cold[:start + 1] + [line for line in cold[start + 1:] if float(line.split(",")[place]) < 5]
    (tmp_path / "cold.dat").write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(fk.FitkitError, match="cold.dat: no piece at temperature 12 SI.*There are: temperature 2 SI"):
        fk.repeat(two_sweeps, tmp_path / "cold.dat")
