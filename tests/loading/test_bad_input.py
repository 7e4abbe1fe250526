"""Bad input: each gets an error that says which file, what was wanted, what was found, what to type."""

import gzip
import zipfile

import numpy as np
import pytest

import fitkit as fk

GOOD = "field [mT], resistance [ohm]\n1, 2\n2, 3\n"


def test_missing_folder_empty(tmp_path):
    (tmp_path / "film.csv").write_text(GOOD)
    with pytest.raises(fk.FitkitError, match="no such file. Did you mean film.csv"):
        fk.load(tmp_path / "filn.csv")
    with pytest.raises(fk.FitkitError, match="is a folder.*load_all"):
        fk.load(tmp_path)
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(fk.FitkitError, match="the file is empty"):
        fk.load(tmp_path / "empty.csv")
    (tmp_path / "blank.csv").write_text("\n \n\n")
    with pytest.raises(fk.FitkitError, match="the file is empty"):
        fk.load(tmp_path / "blank.csv")
    with pytest.raises(fk.FitkitError, match="path of one file"):
        fk.load([tmp_path / "film.csv"])
    with pytest.raises(fk.FitkitError):
        fk.load("nul\0name.csv")


@pytest.mark.parametrize("raw, name", [
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG picture"), (b"\xff\xd8\xff\xe0" + bytes(100), "a JPEG picture"), (b"%PDF-1.7\n", "a PDF document"),
    (gzip.compress(GOOD.encode(), mtime=0), "a gzip archive"), (b"\xd0\xcf\x11\xe0" + bytes(30), "an old Excel"), (bytes(range(256)) * 4, "is not text"),
])
def test_binary_files_are_refused_by_name(tmp_path, raw, name):
    path = tmp_path / "run.dat"
    path.write_bytes(raw)
    for options in ({}, {"columns": {"field": (0, "mT")}}, {"format": "labelled_csv"}):
        with pytest.raises(fk.FitkitError, match=name):
            fk.load(path, **options)


def test_pictures_and_documents_of_other_programs(tmp_path):
    """Each in one sentence that is right."""
    from matplotlib.figure import Figure

    figure = Figure((1, 1))
    figure.add_subplot().plot([1, 2])
    for ending, name in (("png", "a PNG picture"), ("pdf", "a PDF document"), ("jpg", "a JPEG picture"), ("tif", "a TIFF picture"), ("svg", "an SVG picture")):
        path = tmp_path / f"film.{ending}.dat"
        figure.savefig(path, format=ending)
        with pytest.raises(fk.FitkitError) as error:
            fk.load(path)
        first, _, rest = str(error.value).partition("\n")
        assert first.startswith(f"{path} is {name}, which fitkit does not read") and (ending == "svg" or not rest), error.value


def test_random_bytes(tmp_path):
    path = tmp_path / "noise.bin"
    rng = np.random.default_rng(1)
    for _ in range(50):
        path.write_bytes(rng.bytes(int(rng.integers(100, 3000))))
        with pytest.raises(fk.FitkitError, match="is not text: its first bytes are (.. ){7}..\\. fitkit reads") as error:
            fk.load(path)
        assert "\n" not in str(error.value)


def test_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as archive:
        archive.writestr("film.csv", "x")
    with pytest.raises(fk.FitkitError, match="a zip archive"):
        fk.load(tmp_path / "book.zip")


@pytest.mark.parametrize("raw, name", [(b"TDSm" + bytes(30), "a National Instruments .tdms file"), (b"\x89HDF\r\n\x1a\n" + bytes(30), "an HDF5 file"),
                                       (b"\x93NUMPY\x01\x00" + bytes(30), "a NumPy file"), (b"PK\x03\x04 xl/workbook.xml" + bytes(30), "an Excel workbook")])
def test_damaged_binary_files_are_named(tmp_path, raw, name):
    path = tmp_path / "run.dat"
    path.write_bytes(raw)
    for options in ({}, {"columns": {"field": (0, "mT")}}):
        with pytest.raises(fk.FitkitError, match=name):
            fk.load(path, **options)
    with pytest.raises(fk.FitkitError, match="is not text|is a zip archive"):
        fk.load(path, format="labelled_csv")


@pytest.mark.parametrize("text, message", [
    ("LabVIEW Measurement\t\nWriter_Version\t2\n", "a LabVIEW measurement file without a line of titles"),
    ("TDI Format 1.5\tVoltage\n x\t1\n", r"Voltage.\n[^$]*columns=\{'voltage': \('Voltage', 'UNIT'\)\}"),
    ("#RUN ON SOFTWARE VERSION:,,\n1.2,,\n", "a Lake Shore VSM file without a line '##DATA TABLE'"), ("<!DOCTYPE html>\n<html>", "a web page")])
def test_text_formats_say_what_is_missing(tmp_path, text, message):
    path = tmp_path / "run.txt"
    path.write_text(text)
    with pytest.raises(fk.FitkitError, match=message):
        fk.load(path)


def test_a_missing_package_says_what_to_install(tmp_path, monkeypatch):
    import sys
    monkeypatch.setitem(sys.modules, "h5py", None)
    path = tmp_path / "run.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(30))
    with pytest.raises(fk.FitkitError, match=r"takes h5py, which is not installed[^$]*pip install h5py [^$]*fitkit-lab\[formats\]"):
        fk.load(path)


@pytest.mark.parametrize("options, message", [
    ({"format": "spreadsheet"}, "no format 'spreadsheet'. Formats: excel, hdf5"), ({"format": "excel"}, "no file of the format 'excel'"),
    ({"part": "Sheet1"}, "part='Sheet1' is for files that hold several tables"), ({"errors": "scatter"}, "wanted 'file'"),
    ({"colums": {"a": 1}}, "'colums' is no argument. Did you mean columns="), ({"temperature": 4.2}, "temperature = 4.2 has no unit"),
    ({"temperature": "4.2"}, "has no unit"), ({"width": "4 K"}, "wanted a quantity in units of 'm'"), ({"axes": {"a": 1}}, "axes= belongs to array="),
    ({"columns": {"field": (0, "mT")}, "array": ("resistance", "ohm")}, "exclude each other"), ({"column": "resistance"}, "wants a dict"),
])
def test_wrong_arguments(tmp_path, options, message):
    path = tmp_path / "film.csv"
    path.write_text(GOOD)
    with pytest.raises(fk.FitkitError, match=message):
        fk.load(path, **options)


def test_one_point_all_equal_and_doubled_times_load(tmp_path):
    for rows in ("1, 2\n", "1, 2\n1, 2\n1, 2\n"):
        path = tmp_path / "run.csv"
        path.write_text("time [s], moment [emu]\n" + rows)
        data = fk.load(path)
        assert len(data) == rows.count("\n")
        str(fk.look(data))


# -- metadata, names, many files --------------------------------------------------------------------------------------
def test_precedence_and_conflicts(tmp_path):
    path = tmp_path / "A7_4.2K_300mT.csv"
    path.write_text("# temperature = 4.0 K\n# angle = 0 deg\n" + GOOD)
    data = fk.load(path, name_pattern="{sample}_{temperature:K}_{applied_field:mT}.csv", angle="90 deg", meta={"name": "x"})
    assert data.meta["temperature"].value == 4.2 and data.meta["temperature"].origin == "file name" and data.meta["temperature (file)"].value == 4.0
    assert data.meta["angle"].origin == "user" and data.meta["angle (file)"].value == 0
    assert data.meta["sample"] == "A7" and data.si("applied_field") == pytest.approx(0.3) and data.meta["name"] == "x"
    with pytest.raises(fk.FitkitError, match="does not fit name_pattern"):
        fk.load(path, name_pattern="{sample}.dat")


def test_load_all(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for number in (2, 10, 1):
            (tmp_path / folder / f"run_{number}.csv").write_text(GOOD)
    done = []
    runs = fk.load_all(str(tmp_path / "a" / "*.csv"), progress=lambda number, count: done.append((number, count)), temperature="4 K")
    assert [run.name for run in runs] == ["run_1", "run_2", "run_10"] and done == [(1, 3), (2, 3), (3, 3)] and runs[0].si("temperature") == 4
    both = fk.load_all(sorted(str(path) for path in tmp_path.glob("*/run_1.csv")))
    assert [run.name for run in both] == ["a/run_1", "b/run_1"]
    twice = fk.load_all([tmp_path / "a" / "run_1.csv"] * 2)
    assert len({run.name for run in twice}) == 2
    with pytest.raises(fk.FitkitError, match="no file fits"):
        fk.load_all(str(tmp_path / "*.xyz"))
    with pytest.raises(fk.FitkitError, match="is a folder"):
        fk.load_all(tmp_path)


def test_brackets_in_a_file_name(tmp_path):
    path = tmp_path / "run[1] (2).csv"
    path.write_text(GOOD)
    assert len(fk.load_all(str(path))) == 1 and fk.load(str(path)).name == "run[1] (2)"
