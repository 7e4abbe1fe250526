"""The instrument: what it does to a signal, the tape of segments, the files."""

import csv
from pathlib import Path

import numpy as np
import pytest

from fitkit import simulate
from fitkit.constants import e, k_B
from fitkit.errors import FitkitError
from fitkit.simulate import samples

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"


# ---- signals ----------------------------------------------------------------------------------------------------------------------------------

def test_noise_comes_from_the_generator_handed_over():
    noisy = simulate.add_noise(np.full(10_000, 3.0), 0.1, np.random.default_rng(0))
    assert noisy.mean() == pytest.approx(3, abs=0.005) and noisy.std() == pytest.approx(0.1, rel=0.03)
    np.testing.assert_array_equal(noisy, simulate.add_noise(np.full(10_000, 3.0), 0.1, np.random.default_rng(0)))


def test_drift_and_trapped_field():
    np.testing.assert_allclose(simulate.add_drift([1.0, 1.0, 1.0], [5.0, 6.0, 9.0], drift=0.4, offset=-1.0), [0.0, 0.1, 0.4], atol=1e-15)
    np.testing.assert_allclose(simulate.with_trapped_field([0.003, -0.003], [1, -1], 0.003), 0, atol=1e-18)


def test_single_band_has_no_magnetoresistance_and_a_hall_constant():
    B = np.linspace(-5, 5, 11)
    rho_xx, rho_xy = simulate.film_resistivity(1 / 300, 0.0, B, 1e18)
    np.testing.assert_allclose(rho_xx, 300, rtol=1e-13)
    np.testing.assert_allclose(rho_xy, B / (1e18 * e), rtol=1e-12, atol=1e-15)


def test_quench_turns_current_and_voltage_round():
    time = np.arange(6.0)
    current, voltage = simulate.quench(time, time, np.zeros(6), start=3.5, resistance=2.0, decay_time=1.0)
    np.testing.assert_allclose(current[:4], time[:4])
    np.testing.assert_allclose(current[4:], 3.5 * np.exp([-0.5, -1.5]))
    np.testing.assert_allclose(voltage, [0, 0, 0, 0, *2 * current[4:]])


# ---- the tape ----------------------------------------------------------------------------------------------------------------------------------

def test_equal_segments_are_a_power_law():
    tape = simulate.tape_segments(80.0, 25 * k_B * 77, 77.0)
    assert simulate.tape_current(1e-4, tape) == pytest.approx(80, rel=1e-10)
    assert simulate.tape_n_value(tape) == pytest.approx(25, rel=1e-9)
    assert simulate.tape_electric_field(-40.0, tape) == pytest.approx(-1e-4 * 0.5**25)


def test_spread_barriers_curve_upwards():
    """A sum of power laws is convex in log-log: the steepest barrier wins at high fields, the flattest at low ones."""
    tape = simulate.tape_segments(80.0, 25 * k_B * 77, 77.0, barrier_spread=0.1, critical_current_spread=0.02)
    assert tape.share.sum() == pytest.approx(1)
    low, middle, high = (simulate.tape_n_value(tape, E, 10 * E) for E in (1e-6, 1e-5, 1e-4))
    assert low < middle < high
    assert simulate.tape_electric_field(simulate.tape_current(3e-5, tape), tape) == pytest.approx(3e-5)
    with pytest.raises(FitkitError, match="barrier_spread"):
        simulate.tape_segments(80.0, 1e-20, 77.0, barrier_spread=0.3)


@pytest.mark.parametrize("number", samples.TAPE_CONDITIONS)
def test_tape_samples(number):
    sample = simulate.tape_sample(number)
    current, voltage = sample.columns["current"], sample.columns["voltage"]
    Ic, n = (truth.value for truth in sample.truth)
    assert current[0] < 0 and current.max() > 1.03 * Ic and 14 < n < 35
    assert (current[-1] < 0.2 * Ic and voltage.max() > 1e-4) == (number == samples.QUENCHING_TAPE)
    _, signal_current, signal = samples.tape_signal(number)
    assert np.interp(1e-6, signal, signal_current) == pytest.approx(Ic, rel=1e-3)       # 1 uV over 1 cm


# ---- files ------------------------------------------------------------------------------------------------------------------------------------

def test_labelled_csv(tmp_path):
    path = simulate.write_labelled_csv(tmp_path / "new" / "run.csv", {"time [s]": [1, 2], "moment [emu]": [1.5e-7, -1 / 3]},
                                       {"temperature": "4.2 K", "sample": "Ü"})
    assert path.read_bytes().decode("utf-8") == ("# temperature = 4.2 K\n# sample = Ü\ntime [s], moment [emu]\n1, 1.5e-07\n2, -0.333333333\n")


def test_files_are_not_overwritten_and_leave_nothing_behind(tmp_path):
    path = tmp_path / "run.csv"
    simulate.write_labelled_csv(path, {"a [s]": [1]})
    with pytest.raises(FitkitError, match="overwrite=True"):
        simulate.write_labelled_csv(path, {"a [s]": [2]})
    assert path.read_text(encoding="utf-8").endswith("1\n")
    simulate.write_labelled_csv(path, {"a [s]": [2]}, overwrite=True)
    with pytest.raises(FitkitError, match="one length"):
        simulate.write_labelled_csv(tmp_path / "other.csv", {"a [s]": [1], "b [s]": [1, 2]})
    assert [p.name for p in tmp_path.iterdir()] == ["run.csv"]
    assert path.read_text(encoding="utf-8").endswith("2\n")


def test_mpms_file(tmp_path):
    path = simulate.write_mpms_dat(tmp_path / "m.dat", time=[0, 1.5], field=[1.0, 1.0], temperature=[5, 5], moment=[-2e-5, 1e-120], start_time=1e9)
    text = path.read_bytes().decode("utf-8")
    assert text.startswith("[Header]\r\n") and text.count("\n") == text.count("\r\n")
    labels, *rows = [line.split(",") for line in text.split("[Data]\r\n")[1].splitlines()]
    assert all(len(row) == len(labels) for row in rows)
    first = dict(zip(labels, rows[0]))
    assert (first["Time"], first["Field (Oe)"], first["Long Moment (emu)"]) == ("1000000000.000", "1.000000e+004", "-2.000000e-002")
    assert rows[1][0] == "1000000001.500" and rows[1][4] == "1.000000e-117"


def test_ppms_file(tmp_path):
    path = simulate.write_ppms_dat(tmp_path / "r.dat", time=[0, 1], field=[0.5, -0.5], temperature=[2, 2], resistances=[[600, 601], [0.5, -0.5]])
    text = path.read_bytes().decode("utf-8")
    labels, *rows = [line.split(",") for line in text.split("[Data]\r\n")[1].splitlines()]
    assert all(len(row) == len(labels) for row in rows)
    last = dict(zip(labels, rows[1]))
    assert last["Magnetic Field (Oe)"] == "-5000.0000"
    assert [last[f"Bridge {bridge} Resistance (Ohms)"] for bridge in range(1, 5)] == ["601", "-0.5", "", ""]
    with pytest.raises(FitkitError, match="bridges"):
        simulate.write_ppms_dat(tmp_path / "x.dat", time=[0], field=[0], temperature=[2], resistances=[])


# ---- sample_data -------------------------------------------------------------------------------------------------------------------------------

def read_columns(path, start):
    lines = path.read_text(encoding="utf-8").splitlines()
    return np.array([[float(cell) for cell in line.split(",")] for line in lines[start:] if not line.startswith("#")])


def test_every_file_is_in_the_index_and_small():
    with open(SAMPLE_DATA / "index.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    files = {p.relative_to(SAMPLE_DATA).as_posix(): p.stat().st_size for folder in ("relaxation", "magnetoresistance", "voltage_current")
             for p in (SAMPLE_DATA / folder).iterdir()}
    assert {row["file"] for row in rows} == set(files)
    assert len([name for name in files if name.startswith("relaxation/") and name.endswith(".csv")]) == 8
    assert max(files.values()) < 700_000 and sum(files.values()) < 1_500_000
    assert all(float(row["floor"]) < 0.01 * abs(float(row["value"])) for row in rows)


@pytest.mark.parametrize("number", range(1, 9))
def test_relaxation_files_are_what_the_simulation_gives(number):
    sample = simulate.relaxation_sample(number)
    path = SAMPLE_DATA / "relaxation" / f"relaxation_{samples.RELAXATION_TEMPERATURES[number]:02.0f}K.csv"
    time, moment = read_columns(path, len(sample.metadata) + 1).T
    np.testing.assert_allclose(time, sample.columns["time"], rtol=1e-8)
    np.testing.assert_allclose(moment * 1e-3, sample.columns["moment"], rtol=1e-6)


def test_tape_file_is_what_the_simulation_gives():
    sample = simulate.tape_sample(11)
    time, current, voltage = read_columns(SAMPLE_DATA / "voltage_current" / "tape_77K.csv", len(sample.metadata) + 1).T
    np.testing.assert_allclose(current, sample.columns["current"], rtol=1e-8)
    np.testing.assert_allclose(voltage * 1e-6, sample.columns["voltage"], rtol=1e-6)


@pytest.mark.slow
def test_film_file_is_what_the_simulation_gives():
    sample = simulate.film_sample()
    text = (SAMPLE_DATA / "magnetoresistance" / "film.dat").read_text(encoding="utf-8")
    labels, *rows = [line.split(",") for line in text.split("[Data]\n")[1].splitlines()]
    for label, column, factor in (("Bridge 1 Resistance (Ohms)", "resistance", 1), ("Bridge 2 Resistance (Ohms)", "hall_resistance", 1),
                                  ("Magnetic Field (Oe)", "field", 1e-4)):
        values = factor * np.array([float(row[labels.index(label)]) for row in rows])
        np.testing.assert_allclose(values, sample.columns[column], rtol=1e-6, atol=1e-8)
