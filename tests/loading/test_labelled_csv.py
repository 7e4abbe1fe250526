"""fitkit's own text format."""

import numpy as np
import pytest

import fitkit as fk


def write(folder, text, name="film.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def test_columns_metadata_notes(tmp_path):
    path = write(tmp_path, "# temperature = 4.2 K\n# width: 2 mm\n# sample = film A\n# grown on a Monday\n\nfield [mT], resistance [ohm], resistance_err [mohm]\n"
                           "-50, 1023.4, 5\n# paused here\n0, 1024, 6\n")
    data = fk.load(path)
    np.testing.assert_allclose(data["field"], [-0.05, 0])
    np.testing.assert_allclose(data["resistance_err"], [5e-3, 6e-3])
    assert data.units["field"] == "mT" and data.units["resistance_err"] == "mohm"
    assert data.meta["temperature"].value == 4.2 and data.meta["temperature"].origin == "file"
    assert data.si("width") == pytest.approx(2e-3) and data.meta["sample"] == "film A"
    assert [(note.line, note.text) for note in data.notes] == [(4, "grown on a Monday"), (8, "paused here")]
    assert data["field [mT]"].tolist() == [-50, 0] and data.vendor["field [mT]"][1] == "mT"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", ", "])
@pytest.mark.parametrize("title", ["field (mT)", "field [mT]", "B / mT", "Magnetic Field (mT)", "field[mT]"])
def test_delimiters_newlines_titles(tmp_path, newline, delimiter, title):
    lines = [delimiter.join((title, "R [ohm]")), delimiter.join(("1", "2")), delimiter.join(("3", "4.5e0"))]
    data = fk.load(write(tmp_path, newline.join(lines)))
    np.testing.assert_allclose(data["field"], [1e-3, 3e-3])
    np.testing.assert_allclose(data["resistance"], [2, 4.5])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path, encoding):
    data = fk.load(write(tmp_path, "current [A], voltage [µV]\n1, 2\n3, 4\n".encode(encoding)))
    np.testing.assert_allclose(data["voltage"], [2e-6, 4e-6])


def test_decimal_commas(tmp_path):
    data = fk.load(write(tmp_path, "field [mT];resistance [ohm]\n-0,5;1023,25\n1;1024\n"))
    np.testing.assert_allclose(data.values("field"), [-0.5, 1])
    np.testing.assert_allclose(data["resistance"], [1023.25, 1024])
    assert any("decimal commas" in note.text for note in data.notes)
    with pytest.raises(fk.FitkitError, match="line 2: expected 2 cells.*found 4[^$]*semicolons"):
        fk.load(write(tmp_path, "field [mT],resistance [ohm]\n-0,5,1023,25\n"))
    with pytest.raises(fk.FitkitError, match="found '0,5'"):
        fk.load(write(tmp_path, "field [mT];resistance [ohm]\n0,5;1023.25\n"))


def test_status_words_drop_a_row_with_a_note(tmp_path):
    data = fk.load(write(tmp_path, "I [A], V (uV)\n1, 2\n2, OVLD\n3, nan\n4, 5\n"))
    assert data["current"].tolist() == [1, 4]
    assert data.notes[0].text == "line 3: expected a number in column 'V (uV)', found 'OVLD'. 1 row dropped" and data.notes[0].line == 3


def test_other_text_is_an_error(tmp_path):
    with pytest.raises(fk.FitkitError, match=r"tape.csv line 3: expected a number in column 'V \(uV\)', found 'hello'.\n    correct"):
        fk.load(write(tmp_path, "I [A], V (uV)\n1, 2\n2, hello\n", "tape.csv"))
    with pytest.raises(fk.FitkitError, match="found '1_000'"):
        fk.load(write(tmp_path, "I [A], V (uV)\n1, 2\n2, 1_000\n"))


def test_empty_cells_are_left_out_and_counted(tmp_path):
    data = fk.load(write(tmp_path, "field [mT], resistance [ohm]\n1, 2\n2,\n3\n4, 5\n"))
    assert data["resistance"].tolist() == [2, 5]
    assert data.history[0].found["dropped"] == {"'resistance [ohm]'": 2} and data.history[0].found["rows"] == 2
    assert any("2 of 4 rows left out" in note.text for note in data.notes)


def test_own_columns_keep_their_name(tmp_path):
    data = fk.load(write(tmp_path, "time [s], moment [emu], pressure [kPa], remark\n1, 2, 3, 4\n2, 3, 4, 5\n"))
    np.testing.assert_allclose(data["pressure"], [3000, 4000])
    assert data.units["pressure"] == "kPa" and "remark" not in data and data["remark"].tolist() == [4, 5]


def test_two_candidates_are_a_choice(tmp_path):
    path = write(tmp_path, "field [mT], rxx [ohm], resistance [ohm]\n1, 2, 3\n2, 3, 4\n")
    data = fk.load(path)
    assert "resistance" not in data and data.choices["resistance"] == ("rxx [ohm]", "resistance [ohm]")
    with pytest.raises(fk.FitkitError, match="2 columns could be 'resistance'"):
        data["resistance"]
    assert fk.load(path, column={"resistance": "rxx"})["resistance"].tolist() == [2, 3]


@pytest.mark.parametrize("text, message", [
    ("field, resistance [ohm]\n1, 2\n", r"column 'field' in line 1 has no unit: write the title as 'field \[T\]'"),
    ("# a comment\nfield [mT], resistance\n1, 2\n", r"column 'resistance' in line 2 has no unit"),
    ("field [mTt], resistance [ohm]\n1, 2\n", "unknown unit 'mTt'"),
    ("field [K], resistance [ohm]\n1, 2\n", "is in 'K': a unit like 'T' is wanted"),
    ("# temperature = 4.2\nfield [mT], resistance [ohm]\n1, 2\n", "film.csv line 1: temperature = '4.2' has no unit: write temperature='4.2 K'"),
    ("# width = 4 K\nfield [mT], resistance [ohm]\n1, 2\n", "film.csv line 1: width: wanted a quantity in units of 'm', found 'K'"),
    ("x, y\n1, 2\n3, 4\n", "no format recognised.*say what they are[^$]*fk.load"),
])
def test_what_is_missing_is_said(tmp_path, text, message):
    with pytest.raises(fk.FitkitError, match=message):
        fk.load(write(tmp_path, text))


def test_no_rows(tmp_path):
    data = fk.load(write(tmp_path, "field [mT], resistance [ohm]\n"))
    assert len(data) == 0 and any("no rows" in note.text for note in data.notes)


def test_written_and_read_again(tmp_path):
    from fitkit.simulate import write_labelled_csv

    rng = np.random.default_rng(3)
    values = rng.standard_normal((2, 50)) * 1e-7
    path = write_labelled_csv(tmp_path / "run.csv", {"time [s]": values[0], "moment [emu]": values[1]}, {"temperature": "4.2 K"})
    data = fk.load(path)
    np.testing.assert_allclose(data.values("moment"), values[1], rtol=1e-8)
    assert str(data.meta["temperature"]) == "4.2 K"


def test_the_case_of_a_symbol_matters(tmp_path):
    path = tmp_path / "film.csv"
    path.write_text("T [K], H [Oe], R [ohm]\n2, -100, 5\n2, 0, 6\n2, 100, 5\n", encoding="utf-8")
    from fitkit.loading import load

    data = load(path)
    assert set(data.columns) == {"temperature", "field", "resistance"} and data["field"][0] == -0.01


_TWICE = {
    "bracketed.csv": "Current (A),Voltage (V),Voltage (V)\n1,2,3\n2,4,5\n3,5,6\n",
    "slashes.txt": "some header\n\nCurrent / A\tVoltage / V\tVoltage / V\n1\t2\t3\n2\t4\t5\n3\t5\t6\n",
    "units_below.txt": "Current\tVoltage\tVoltage\nA\tV\tV\n1\t2\t3\n2\t4\t5\n3\t5\t6\n",
}


@pytest.mark.parametrize("name", _TWICE)
def test_a_title_that_comes_twice_is_a_choice(tmp_path, name):
    data = fk.load(write(tmp_path, _TWICE[name], name))
    first, second = data.choices["voltage"]
    with pytest.raises(fk.FitkitError, match="2 columns could be 'voltage'"):
        data["voltage"]
    assert second == f"{first} (2)"
    assert fk.load(data.source.path, column={"voltage": first})["voltage"].tolist() == [2, 4, 5]
    assert fk.load(data.source.path, column={"voltage": second})["voltage"].tolist() == [3, 5, 6]


def test_the_same_numbers_twice_leave_nothing_to_choose(tmp_path):
    """Channels exported with the time before each of them."""
    data = fk.load(write(tmp_path, "time [s], moment [emu], time [s], temperature [K]\n1, 5, 1, 4\n2, 4, 2, 4\n"))
    assert data["time"].tolist() == [1, 2] and not data.choices


def test_a_moment_per_mass_is_called_by_its_name(tmp_path):
    path = write(tmp_path, "time [s], moment [emu/g]\n1, 2\n2, 3\n")
    with pytest.raises(fk.FitkitError, match=r"write the title as 'mass_magnetization \[emu/g\]'"):
        fk.load(path)
    with pytest.raises(fk.FitkitError, match="which is one of 'mass_magnetization'"):
        fk.dataset(time=([1, 2], "s"), moment=([2, 3], "emu/g"))
    data = fk.load(write(tmp_path, path.read_text().replace("moment", "mass_magnetization")))
    assert data["mass_magnetization"].tolist() == [2, 3]


# -- quotes -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("line, cells", [
    ('"a","b, c",d', ["a", "b, c", "d"]), (' "1" , 2 ,', ["1", " 2 ", ""]), ('"a ""b""",c', ['a "b"', "c"]), ('""', [""]), (',"",', ["", "", ""]),
    ('5" pipe,x', ['5" pipe', "x"]), ('"open,x', ['"open', "x"]), ('"a"x,y', ['"a"x', "y"]), ('a,"', ["a", '"'])])
def test_cells_in_quotes(line, cells):
    from fitkit.loaders.text import split_cells

    assert split_cells(line, ",") == cells
    assert split_cells(line.replace(",", "\t"), "\t") == [cell.replace(",", "\t") for cell in cells]


@pytest.mark.parametrize("text, moment", [
    ('"time [s]","moment [A m2]"\n"1","2"\n"2","3"\n', [2, 3]),
    ('"time [s]";"moment [A m2]"\n"1";"2,5"\n"2";"3,5"\n', [2.5, 3.5]),
    ('"time, of the run [s]"\t"time [s]"\t"moment [A m2]"\n9\t1\t2\n9\t"2"\t3\n', [2, 3]),
    ('time [s],moment [A m2],remark\n1,2,"a, b"\n2,3,"said ""stop"""\n', [2, 3])])
def test_tables_in_quotes(tmp_path, text, moment):
    """As spreadsheets and R write them."""
    data = fk.load(write(tmp_path, text))
    assert data["time"].tolist() == [1, 2] and data["moment"].tolist() == moment


def test_a_column_of_words_beside_the_numbers_is_left_out(samples):
    """The index of the samples is such a table, with commas inside its sentences."""
    data = fk.load(samples / "index.csv")
    assert len(data) > 10 and np.isfinite(data["value"]).all() and any("text, not read: file, quantity" in note.text for note in data.notes)


def test_a_word_among_numbers_is_still_an_error(tmp_path):
    with pytest.raises(fk.FitkitError, match="expected a number in column 'remark', found 'b'"):
        fk.load(write(tmp_path, "time [s],moment [emu],remark\n1,2,3\n2,3,b\n"))
