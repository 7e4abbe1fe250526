"""Quantum Design files, written here as the instruments (and spreadsheets) write them."""

import numpy as np
import pytest

import fitkit as fk

TITLES = "Comment,Time Stamp (sec),Temperature (K),Magnetic Field (Oe),Moment (emu),M. Std. Err. (emu)"
ROWS = [",1,4.2,100,1e-3,1e-6", ",2,4.2,200,2e-3,1e-6", ",3,4.2,300,3E-003,1e-6"]


def write(folder, lines, name="run.dat", newline="\r\n", encoding="utf-8"):
    path = folder / name
    path.write_bytes(newline.join([*lines, ""]).encode(encoding))
    return path


def file(rows=ROWS, header=("[Header]", "TITLE,x"), titles=TITLES):
    return [*header, "[Data]", titles, *rows]


def test_columns_in_si_and_vendor_numbers(tmp_path):
    data = fk.load(write(tmp_path, file()))
    np.testing.assert_allclose(data["field"], [0.01, 0.02, 0.03])
    np.testing.assert_allclose(data["moment"], [1e-6, 2e-6, 3e-6])
    assert data["Magnetic Field (Oe)"].tolist() == [100, 200, 300] and data.vendor["Magnetic Field (Oe)"][1] == "Oe"
    assert data.source.loader == "quantum_design" and "1 Oe = 0.1 mT" in " ".join(data.history[0].found["remarks"])


def test_comments(tmp_path):
    data = fk.load(write(tmp_path, file([ROWS[0], "cooling started,1.5,,,,", "bump,2,4.2,200,2e-3,1e-6", ROWS[2], '"warm, wet",4,4.2,400,4e-3,1e-6', "done, really,5,4.2,500,5e-3,1e-6"])))
    np.testing.assert_allclose(data["time"], [1, 2, 3, 4, 5])
    assert [(note.line, note.row, note.text) for note in data.notes] == [(6, None, "cooling started"), (7, 1, "bump"), (9, 3, "warm, wet"), (10, 4, "done, really")]
    assert [note.text for note in data.select([1]).notes if note.row is not None] == ["bump"]


def test_status_texts_and_other_words(tmp_path):
    data = fk.load(write(tmp_path, file([ROWS[0], ",2,4.2,200,exceeded compliance limit,1e-6", ",3,LOST COMMUNICATION,300,3e-3,1e-6", *ROWS[2:]])))
    assert data["time"].tolist() == [1, 3]
    text = "\n".join(note.text for note in data.notes)
    assert "exceeded compliance limit" in text and "LOST COMMUNICATION" in text and "line 6" in text
    assert data.history[0].found["dropped"] == {"'Moment (emu)'": 1, "'Temperature (K)'": 1}


def test_ragged_rows(tmp_path):
    data = fk.load(write(tmp_path, file([",1,4.2,100,1e-3", ",2,4.2,200,2e-3,1e-6,,,", ",3,4.2,300,3e-3,1e-6"])))
    assert len(data) == 3 and np.isnan(data["M. Std. Err. (emu)"][0])


def test_resaved_by_a_spreadsheet(tmp_path):
    lines = [line.replace(",", "\t") + "\t\t" for line in file()]
    data = fk.load(write(tmp_path, lines))
    np.testing.assert_allclose(data["moment"], [1e-6, 2e-6, 3e-6])


def test_cp1252_titles(tmp_path):
    data = fk.load(write(tmp_path, file(titles=TITLES + ",Bridge 1 Excitation (µA)", rows=[row + ",5" for row in ROWS]), encoding="cp1252"))
    assert data.vendor["Bridge 1 Excitation (µA)"][1] == "µA"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_without_header(tmp_path, newline):
    data = fk.load(write(tmp_path, [TITLES, *ROWS], newline=newline))
    assert data.source.loader == "quantum_design" and len(data) == 3


def test_zero_rows(tmp_path):
    data = fk.load(write(tmp_path, file([])))
    assert len(data) == 0 and set(data.columns) >= {"time", "field", "moment"} and any("no rows" in note.text for note in data.notes)


def test_cut_off_file(tmp_path):
    with pytest.raises(fk.FitkitError, match="without column titles after .Data.*copied completely"):
        fk.load(write(tmp_path, ["[Header]", "TITLE,x", "[Data]"]))


def test_header_geometry_is_a_note_never_metadata(tmp_path):
    header = ("[Header]", "INFO,1.0,SAMPLE_MASS", "INFO, LENGTH, 1.000", "INFO,YBCO 7,SAMPLE_MATERIAL", "INFO, 1, Sample1 Length", "INFO, NAME, other")
    data = fk.load(write(tmp_path, file(header=header)))
    assert set(data.meta) == {"sample"} and data.meta["sample"] == "YBCO 7"
    assert "SAMPLE_MASS 1.0" in data.notes[0].text and "LENGTH 1.000" in data.notes[0].text and "Sample1 Length 1" in data.notes[0].text
    with pytest.raises(fk.FitkitError):
        data.si("length")


BRIDGES = "Comment,Time Stamp (sec),Temperature (K),Magnetic Field (Oe),Bridge 1 Resistance (Ohms),Bridge 2 Resistance (Ohms),Bridge 3 Resistance (Ohms)"


def test_live_bridges_are_a_choice(tmp_path):
    path = write(tmp_path, file([",1,4,0,10,20,", ",2,4,0,,21,", ",3,4,0,12,22,"], titles=BRIDGES))
    data = fk.load(path)
    assert "resistance" not in data and len(data) == 3 and data.choices["resistance"] == ("Bridge 1 Resistance (Ohms)", "Bridge 2 Resistance (Ohms)")
    one = fk.load(path, column={"resistance": "Bridge 1 Resistance (Ohms)"})
    assert one["resistance"].tolist() == [10, 12] and one.units["resistance"] == "ohm"
    assert one.history[0].found["dropped"] == {"'Bridge 1 Resistance (Ohms)'": 1}
    assert fk.load(path, column={"resistance": "bridge 2 resistance"})["resistance"].tolist() == [20, 21, 22]
    both = fk.load(path, column={"resistance": "Bridge 2 Resistance (Ohms)", "hall_resistance": "Bridge 1 Resistance (Ohms)"})
    assert both["hall_resistance"].tolist() == [10, 12]
    left = fk.load(path, column={"hall_resistance": "Bridge 2 Resistance (Ohms)"})
    assert left["resistance"].tolist() == [10, 12] or np.isnan(left["resistance"][1])


@pytest.mark.parametrize("title, message", [
    ("Bridge 3 Resistance (Ohms)", "holds no numbers"), ("Bridge 4 Resistance", "no column 'Bridge 4 Resistance'. Did you mean"), ("Temperature (K)", "wants a unit like 'ohm', found 'K'"),
])
def test_wrong_choices(tmp_path, title, message):
    path = write(tmp_path, file([",1,4,0,10,20,", ",2,4,0,11,21,"], titles=BRIDGES))
    with pytest.raises(fk.FitkitError, match=message):
        fk.load(path, column={"resistance": title})


def test_errors_of_the_instrument(tmp_path):
    data = fk.load(write(tmp_path, file()), errors="file")
    np.testing.assert_allclose(data["moment_err"], 1e-9)
    assert "moment_err" not in fk.load(write(tmp_path, file()))
    with pytest.raises(fk.FitkitError, match=r"zero or empty in 1 of 3 rows \(rows 1; first in line 6\)"):
        fk.load(write(tmp_path, file([ROWS[0], ROWS[1].replace("1e-6", "0"), ROWS[2]])), errors="file")
    with pytest.raises(fk.FitkitError, match="no column with the instrument's standard deviation"):
        fk.load(write(tmp_path, file([",1,4,0,10,,", ",2,4,0,11,,"], titles=BRIDGES)), errors="file")


def test_mpms_xl_time_has_no_unit(tmp_path):
    data = fk.load(write(tmp_path, file(["1524152521.761,,0.000000e+000,3.318956e+001,-2.000759e-005"], titles="Time,Comment,Field (Oe),Temperature (K),Long Moment (emu)")))
    assert data["time"][0] == 1524152521.761 and data["moment"][0] == pytest.approx(-2.000759e-8, rel=1e-12)


def test_written_samples_load(samples):
    film = fk.load(samples / "magnetoresistance" / "film.dat", column={"resistance": "Bridge 1 Resistance (Ohms)"}, width="2 mm", length="4 mm")
    assert len(film) > 1000 and film.si("width") == pytest.approx(2e-3)
    runs = fk.load_all(str(samples / "relaxation" / "*.csv"))
    assert len(runs) > 3 and all("temperature" in run.meta and "moment" in run for run in runs)
    temperatures = [run.si("temperature") for run in runs]
    assert temperatures == sorted(temperatures)
    tape = fk.load(samples / "voltage_current" / "tape_77K.csv", tap_distance="1 cm")
    assert {"current", "voltage"} <= set(tape.columns)
