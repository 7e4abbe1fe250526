"""Formats of other programs, written here: LabVIEW, Lake Shore, Leeds TDI, titles and units of any text, .tdms, HDF5, Excel, numpy."""

import datetime

import numpy as np
import pytest

import fitkit as fk

B, R = np.array([-50.0, 0.0, 50.0]), np.array([1001.0, 1002.5, 1001.5])


def write(folder, text, name="run.txt", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


# -- LabVIEW ----------------------------------------------------------------------------------------------------------
def lvm(x_columns, titles, rows, *, comma=False, separator="Tab", extra="", cells=("X0\t0\t0", "Delta_X\t0.5\t0.5")):
    top = f"LabVIEW Measurement\t\nSeparator\t{separator}\nDecimal_Separator\t{',' if comma else '.'}\nX_Columns\t{x_columns}\nDate\t2026/01/02\nTime\t10:11:12,5\n***End_of_Header***\t\n\t\n"
    block = "Channels\t2\nX_Dimension\tTime\tTime\tTime\nY_Unit_Label\tmT\tOhms\tOhms\n" + "\n".join(cells) + f"\n***End_of_Header***\n{titles}\n{rows}"
    return (top + block + extra).replace("\t", {"Tab": "\t", "Comma": ",", "Semicolon": ";"}[separator])


def test_lvm_with_one_x_column_and_comments(tmp_path):
    data = fk.load(write(tmp_path, lvm("One", "X_Value\tField (mT)\tResistance\tComment", "0\t-50\t1001\tOK\n0.5\t0\t1002.5\tLOST COMMUNICATION\n1\t50\t1001.5\n"), "run.lvm"))
    assert data["time"].tolist() == [0, 0.5, 1] and data["field"].tolist() == [-0.05, 0, 0.05] and data["resistance"].tolist() == R.tolist()
    assert [(note.row, note.text) for note in data.notes if note.row is not None] == [(1, "LOST COMMUNICATION")] and any("2026/01/02" in note.text for note in data.notes)


def test_lvm_without_x_column_with_decimal_commas(tmp_path):
    rows = "\t-50,5\t1001\n\t0\t1002,5\n"
    data = fk.load(write(tmp_path, lvm("No", "X_Value\tField (mT)\tResistance", rows, comma=True, cells=("X0\t1,5\t1,5", "Delta_X\t0,25\t0,25")), "run.lvm"))
    assert data["time"].tolist() == [1.5, 1.75] and data["field"].tolist() == [-0.0505, 0] and data["resistance"].tolist() == [1001, 1002.5]


def test_lvm_with_an_x_column_for_each_channel(tmp_path):
    titles = "X_Value\tField (mT)\tX_Value\tResistance"
    data = fk.load(write(tmp_path, lvm("Multi", titles, "0\t-50\t0\t1001\n1\t0\t1\t1002.5\n"), "run.lvm"))
    assert data["time"].tolist() == [0, 1] and "X_Value (2)" not in data.vendor
    other = fk.load(write(tmp_path, lvm("Multi", titles, "0\t-50\t0.1\t1001\n1\t0\t1.1\t1002.5\n"), "other.lvm"))
    assert other.choices["time"] == ("X_Value", "X_Value (2)") and "time" not in other
    assert fk.load(tmp_path / "other.lvm", column={"time": "X_Value (2)"})["time"].tolist() == [0.1, 1.1]


@pytest.mark.parametrize("separator", ["Comma", "Semicolon"])
def test_lvm_separators_and_segments(tmp_path, separator):
    again = "\n\t\nChannels\t2\nX_Dimension\tTime\tTime\n***End_of_Header***\nX_Value\tField (mT)\tResistance\n2\t50\t1001.5\n"
    text = lvm("One", "X_Value\tField (mT)\tResistance", "0\t-50\t1001\n1\t0\t1002.5\n", extra=again, separator=separator)
    text = text.replace("Separator" + {"Comma": ",", "Semicolon": ";"}[separator], "Separator\t", 1)
    data = fk.load(write(tmp_path, text, "run.lvm"))
    assert data["time"].tolist() == [0, 1, 2] and any("segment 2 of the file follows" in note.text for note in data.notes)
    other = fk.load(write(tmp_path, text.replace("Resistance", "Voltage", 1), "other.lvm"))
    assert len(other) == 2 and any("segment 2 of the file has other channels and is not read" in note.text for note in other.notes)


def test_labview_text(tmp_path):
    text = '[Main]\nExperiment = "RvsB"\nHeader length = 6\n[System]\nMagnet mode = "Persistent"\nTime (s)\tMagnetic Field (T)\tVoltage 1 (V)\tResistance 1 (Ohms)\tGate Voltage (V)\n'
    data = fk.load(write(tmp_path, text + "921.3E+0\t-8.9E+0\t50.0E-3\t67.9E+3\t75.0\n960.2E+0\t-8.8E+0\t50.0E-3\t67.6E+3\tNaN\n999.0\t-8.7\t0.05\t67.5E3\t75\n"))
    assert data.source.loader == "labview_text" and data["resistance"].tolist() == [67900, 67500] and any("line 8" in note.text and "'NaN'" in note.text for note in data.notes)
    with pytest.raises(fk.FitkitError, match=r"'Header length = 60', but no titles above numbers in line 60 or 61"):
        fk.load(write(tmp_path, text.replace("= 6", "= 60") + "1\t2\t3\t4\t5\n"), format="labview_text")


# -- others -----------------------------------------------------------------------------------------------------------
def test_lake_shore(tmp_path):
    text = ("#RUN ON SOFTWARE VERSION:,,\n1.2,,\n#SAMPLE SETTINGS,,\nID: film A,,\nMass: 1.00000 g,,\n#DATA: 2,,\n##DATA TABLE Moment,,\nStep,Field [Oe],Moment (m) [emu],Moment (m) Status\n"
            "1,-500,1e-5,GOOD\n1,0,2e-5,BAD\n##DATA TABLE Angle,,\nStep,Angle [deg]\n1,2\n")
    data = fk.load(write(tmp_path, text, "run.csv"))
    assert data["field"].tolist() == [-0.05, 0] and data["moment"].tolist() == [1e-8, 2e-8] and data.meta == {"sample": "film A"}
    texts = [note.text for note in data.notes]
    assert "Moment (m) Status: BAD" in texts and any("Mass: 1.00000 g" in text for text in texts) and any("a further data table, not read: DATA TABLE Angle" in text for text in texts)


def test_tdi_with_units_and_a_third_column_without_title(tmp_path):
    text = "TDI Format 1.5\tTemperature (K)\tResistance (ohm)\nSample ID{String}=film A\t291.6\t4.7\t0.1\nUser{String}=x\t291.5\t4.8\t0.2\nSaved{Boolean}=True\t\n"
    data = fk.load(write(tmp_path, text))
    assert data["temperature"].tolist() == [291.6, 291.5] and data.meta["sample"] == "film A" and len(data.vendor) == 3


@pytest.mark.parametrize("text", [
    "field,resistance\nmT,ohm\n-50,1001\n0,1002.5\n50,1001.5\n",
    "field;resistance\nmT;ohm\n-50,0;1001,0\n0,0;1002,5\n50,0;1001,5\n",
    "measured by hand\n\nfield / mT\tresistance / ohm\n-50\t1001\n0\t1002.5\n50\t1001.5\n",
    "field resistance\rmT ohm\r-50 1001\n0 1002.5\n50 1001.5\n",
    "Fri Dec 02 2011\n\n  Field,  Resistance\n   mT,   ohm\n\n  6:0   6:0 \n-50 1001\n0 1002.5\n50 1001.5\n",
    "# temperature = 4.2 K\nfield [mT];resistance [ohm]\n-50;1001\n0;1002,5\n50;1001,5\n",
])
def test_units_wherever_they_stand(tmp_path, text):
    data = fk.load(write(tmp_path, text))
    assert data["field"].tolist() == [-0.05, 0, 0.05] and data["resistance"].tolist() == R.tolist() and data.units["field"] == "mT"


def test_dates_and_remarks_beside_the_numbers(tmp_path):
    data = fk.load(write(tmp_path, "logger 2\n\nwhen\tfield / mT\tresistance / ohm\tremark\n2026-01-02 10:11:12\t-50\t1001\n02.01.2026 10:11:13.5\t0\t1002.5\tbump\n10:11:14\t50\t1001.5\n"))
    assert data["field"].tolist() == [-0.05, 0, 0.05] and data["resistance"].tolist() == R.tolist() and np.isnan(data["when"]).all()


@pytest.mark.parametrize("text, said", [
    ("programme\nfield\tresistance / ohm\n1\t2\n3\t4\n", r"no unit that fitkit reads: field.\n    say it: fk.load\([^$]*columns=\{'field': \('field', 'UNIT'\)\}\)"),
    ("programme\n\nfield / furlong\tresistance / ohm\n1\t2\n3\t4\n", "no unit that fitkit reads: field / furlong"),
])
def test_a_missing_unit_is_asked_for(tmp_path, text, said):
    with pytest.raises(fk.FitkitError, match=said):
        fk.load(write(tmp_path, text))


# -- binary -----------------------------------------------------------------------------------------------------------
def test_tdms_groups_waveforms_and_lengths(tmp_path):
    nptdms = pytest.importorskip("nptdms")
    path = tmp_path / "run.tdms"
    wave = {"unit_string": "mT", "wf_increment": 0.5, "wf_start_offset": 1.0, "wf_xname": "Time"}
    with nptdms.TdmsWriter(str(path)) as writer:
        writer.write_segment([nptdms.ChannelObject("up", "Field", B, properties=wave), nptdms.ChannelObject("up", "Resistance", R[:2], properties={"unit_string": "ohm"}),
                              nptdms.ChannelObject("down", "Field", B, properties=wave)])
    with pytest.raises(fk.FitkitError, match=r"2 groups hold numbers: down, up.\n    choose: fk.load\([^$]*part='down'\)"):
        fk.load(path)
    data = fk.load(path, part="up")
    assert data["time"].tolist() == [1.0, 1.5] and data["resistance"].tolist() == R[:2].tolist()
    assert any("shorter than 3 rows" in note.text for note in data.notes) and data.source.version.startswith("fitkit") and "npTDMS" in data.source.version
    with pytest.raises(fk.FitkitError, match="no group 'left'. There: down, up"):
        fk.load(path, part="left")


def test_hdf5_columns_compound_and_maps(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "run.h5"
    with h5py.File(path, "w") as file:
        file.attrs["temperature"], file.attrs["Sample"] = "4.2 K", "film A"
        for name, values, unit in (("B", B, "mT"), ("R", R, b"ohm")):
            file[f"sweep/{name}"] = values.astype(np.float32)
            file[f"sweep/{name}"].attrs["units"] = unit
        file["map/R"], file["map/Vg"], file["map/B"] = np.arange(6.0).reshape(2, 3), [0.0, 1.0], B
        file["table/rows"] = np.array(list(zip(B, R)), dtype=[("field [mT]", "f8"), ("resistance [ohm]", "f4")])
        file["bad/z"] = np.array([1 + 2j])
    data = fk.load(path, part="sweep")
    assert data["field"].tolist() == (B * 1e-3).tolist() and data.si("temperature") == 4.2 and data.meta["sample"] == "film A" and data["resistance"].dtype == np.float64
    assert fk.load(path, part="table")["resistance"].tolist() == R.tolist()
    axes = {"gate": ("Vg", "V"), "field": ("B", "mT")}
    chart = fk.load(path, part="map", array=("resistance", "ohm"), axes=axes)
    assert chart["resistance"].tolist() == [0, 1, 2, 3, 4, 5] and chart["gate"].tolist() == [0, 0, 0, 1, 1, 1]
    turned = fk.load(path, part="map", array=("resistance", "kohm"), axes={"field": ("B", "mT"), "gate": ("Vg", "V")}, transpose=True)
    assert turned["resistance"].tolist() == [0, 3000, 1000, 4000, 2000, 5000]
    for options, said in (({"part": "map"}, "no unit that fitkit reads: B"), ({"part": "bad"}, "complex numbers"), ({"part": "map", "array": ("resistance", "ohm"), "axes": {"gate": ("W", "V"), "field": ("B", "mT")}}, "no array 'W'"),
                          ({"part": "sweep", "array": ("resistance", "ohm"), "axes": axes}, "no two-dimensional array")):
        with pytest.raises(fk.FitkitError, match=said):
            fk.load(path, **options)


def test_hdf5_without_a_python_to_start(tmp_path, monkeypatch):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "run.h5", "w") as file:
        file["field [mT]"] = B
    monkeypatch.setattr("sys.executable", str(tmp_path / "no_python"))
    with pytest.raises(fk.FitkitError, match="cannot be started[^$]*fk.dataset"):
        fk.load(tmp_path / "run.h5")


def test_excel_sheets_dates_and_words(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Sample", "film A"], ["Temperature (K)", 4.2], [], ["when", "B", "R", "remark"], ["", "mT", "ohm", ""],
                [datetime.datetime(2026, 1, 2), -50, 1001, None], [datetime.datetime(2026, 1, 3), 0, 1002.5, "bump"], [None, 50, 1001.5, True]):
        book.active.append(row)
    path = tmp_path / "run.xlsx"
    book.save(path)
    data = fk.load(path)
    assert data["field"].tolist() == [-0.05, 0, 0.05] and data["resistance"].tolist() == R.tolist()
    assert data.si("temperature") == 4.2 and data.meta["sample"] == "film A" and "openpyxl" in data.source.version
    second = book.create_sheet("second")
    for row in (["B [mT]", "R [ohm]"], [1, 2], [2, 3]):
        second.append(row)
    book.save(path)
    with pytest.raises(fk.FitkitError, match="2 sheets hold numbers: Sheet, second"):
        fk.load(path)
    assert fk.load(path, part="second")["field"].tolist() == [1e-3, 2e-3]
    with pytest.raises(fk.FitkitError, match="no sheet 'third'. There: Sheet, second"):
        fk.load(path, part="third")
    plain = openpyxl.Workbook()
    for row in ([1, 2], [2, 3]):
        plain.active.append(row)
    plain.save(path)
    with pytest.raises(fk.FitkitError, match="no line of titles above the numbers. Say what the columns are"):
        fk.load(path)
    assert fk.load(path, columns={"field": (0, "mT"), "resistance": (1, "ohm")})["resistance"].tolist() == [2, 3]


def test_numpy_columns_and_maps(tmp_path):
    np.savez(tmp_path / "run.npz", B=B, R=R, chart=np.arange(6.0).reshape(2, 3), Vg=[0.0, 1.0], z=[1 + 1j])
    np.save(tmp_path / "table.npy", np.column_stack([B, R]))
    np.save(tmp_path / "named.npy", np.array(list(zip(B, R)), dtype=[("field [mT]", "f8"), ("resistance [ohm]", "f8")]))
    columns = {"field": (0, "mT"), "resistance": (1, "ohm")}
    assert fk.load(tmp_path / "table.npy", columns=columns)["resistance"].tolist() == R.tolist()
    assert fk.load(tmp_path / "named.npy")["field"].tolist() == [-0.05, 0, 0.05]
    chart = fk.load(tmp_path / "run.npz", array=("resistance", "ohm"), axes={"gate": ("Vg", "V"), "field": ("B", "mT")})
    assert len(chart) == 6 and chart["field"].tolist() == [-0.05, 0, 0.05] * 2
    with pytest.raises(fk.FitkitError, match=r"the shape \(3, 2\)[^$]*array=\('resistance', 'ohm'\)[^$]*columns=\{'field': \(0, 'mT'\)"):
        fk.load(tmp_path / "table.npy")
    with pytest.raises(fk.FitkitError, match="complex numbers"):
        fk.load(tmp_path / "run.npz", columns={"field": ("B", "mT")})
