"""Columns of numbers under any header, and maps."""

import numpy as np
import pytest

import fitkit as fk

COLUMNS = {"current": ("Current / A", "A"), "voltage": (1, "uV")}


def write(folder, text, name="tape.txt"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_header_is_skipped(tmp_path, newline, delimiter):
    lines = ["Sample\t2mm tape", "date\t07/01/2025", "Temperature (K)\t77.00", "", delimiter.join(("Current / A", "V1  -sample/ uV", "time/s")),
             delimiter.join(("1", "2", "0.1")), delimiter.join(("3", "4", "0.2"))]
    data = fk.load(write(tmp_path, newline.join(lines)), columns={**COLUMNS, "time": ("time/s", "s")})
    np.testing.assert_allclose(data["voltage"], [2e-6, 4e-6])
    assert data["time"].tolist() == [0.1, 0.2] and data.source.loader == "plain_columns"


def test_header_lines_ended_by_a_lone_cr(tmp_path):
    path = write(tmp_path, b"Current\tVoltage\rA (50mV/1000A)\tuV\r-0.024\t-0.846\r\n-0.024\t-0.835\r\n0.5\t1\r\n")
    data = fk.load(path, columns={"current": ("Current", "A"), "voltage": ("Voltage", "uV")})
    assert data["current"].tolist() == [-0.024, -0.024, 0.5]
    by_itself = fk.load(path)  # the line below the titles holds the units
    assert by_itself.source.loader == "titled_columns" and by_itself["voltage"].tolist() == data["voltage"].tolist()


def test_blanks_and_several_y(tmp_path):
    data = fk.load(write(tmp_path, "# made by hand\n 1   2 3\n 4 5   6\n"), columns={"current": (0, "A"), "voltage": (1, "uV"), "voltage_2": (2, "uV")})
    np.testing.assert_allclose(data["voltage_2"], [3e-6, 6e-6])


def test_decimal_commas(tmp_path):
    data = fk.load(write(tmp_path, "I\tV\n1,5\t-2,25\n2,5\t1\n"), columns={"current": ("I", "A"), "voltage": ("V", "V")})
    assert data["current"].tolist() == [1.5, 2.5] and data["voltage"].tolist() == [-2.25, 1]


def test_transposed(tmp_path):
    data = fk.load(write(tmp_path, "# first line field\n1 2 3 4\n5 6 7 8\n"), columns={"field": (0, "mT"), "resistance": (1, "ohm")}, transpose=True)
    assert data["resistance"].tolist() == [5, 6, 7, 8]


def test_map_in_long_form(tmp_path):
    rows = np.arange(60.0).reshape(3, 20)
    rows[1, 5:] = 7.0
    text = "# volts, axes in the prose\n" + "\n".join(" ".join(f"{value}" for value in row) for row in rows)
    path = write(tmp_path, text)
    axes = {"gate": (-1.74, -0.02, "V"), "field": (-25, 0.2, "mT")}
    data = fk.load(path, array=("resistance", "ohm", 1e3), axes=axes)
    assert len(data) == 60
    np.testing.assert_allclose(data["gate"][:21], [-1.74] * 20 + [-1.76])
    np.testing.assert_allclose(data["field"][:3], [-0.025, -0.0248, -0.0246])
    np.testing.assert_allclose(data["resistance"], rows.ravel() * 1e3)
    assert any("gate = -1.76 V" in note.text and "15 times" in note.text for note in data.notes)
    turned = fk.load(path, array=("resistance", "ohm"), axes={"field": (0, 1, "mT"), "gate": ([1.0, 2.0, 3.0], "V")}, transpose=True)
    np.testing.assert_allclose(turned["gate"][:4], [1, 2, 3, 1])
    with pytest.raises(fk.FitkitError, match="axis 'gate' has 2 values, the map 3 lines"):
        fk.load(path, array=("resistance", "ohm"), axes={"gate": ([1.0, 2.0], "V"), "field": (0, 1, "mT")})
    with pytest.raises(fk.FitkitError, match="array wants two axes"):
        fk.load(path, array=("resistance", "ohm"))


def test_loads_again_from_its_own_record(tmp_path):
    path = write(tmp_path, "1 2\n3 4\n")
    data = fk.load(path, columns={"current": (0, "A"), "voltage": (1, "uV")}, temperature="77 K")
    again = fk.load(**dict(data.history[0].arguments))
    assert again["voltage"].tolist() == data["voltage"].tolist() and again.si("temperature") == 77
    assert again.history == data.history


@pytest.mark.parametrize("columns, message", [
    ({"current": ("Strom", "A")}, "no column 'Strom'"),
    ({"current": (5, "A")}, "no column 5"),
    ({"current": 0}, r"'current' wants a title or number with its unit, 'current': \(0, 'A'\)"),
    ({"current": (0, "K")}, "wants a unit like 'A', found 'K'"),
    ({"current": (0, "Ampx")}, "unknown unit"),
])
def test_wrong_columns(tmp_path, columns, message):
    with pytest.raises(fk.FitkitError, match=message):
        fk.load(write(tmp_path, "I\tV\n1\t2\n3\t4\n"), columns=columns)


def test_text_among_the_numbers(tmp_path):
    path = write(tmp_path, "I,V\n1,2\n2,3\n3,hello\n4,5\n5,OVLD\n")
    with pytest.raises(fk.FitkitError, match="tape.txt line 4: expected a number in column 'V', found 'hello'"):
        fk.load(path, columns={"current": ("I", "A"), "voltage": ("V", "uV")})
    path = write(tmp_path, "I,V\n1,2\n2,3\n4,5\n5,OVLD\n")
    data = fk.load(path, columns={"current": ("I", "A"), "voltage": ("V", "uV")})
    assert len(data) == 3 and "1 row dropped" in data.notes[0].text
