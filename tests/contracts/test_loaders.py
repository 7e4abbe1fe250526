"""The contract over every loader, and loaders that must fail it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from loader_contract import check_loaded, check_loader

import fitkit as fk
from fitkit.data import Dataset, StepRecord
from fitkit.loaders import NO, YES, Loader, Options, builtin_loaders

FIELD, RESISTANCE = np.array([-0.05, 0.0, 0.05]), np.array([1001.0, 1002.5, 1001.5])
LABELLED = "# temperature = 4.2 K\nfield [mT], resistance [ohm]\n-50, 1001\n0, 1002.5\n50, 1001.5\n"
QUANTUM = ("[Header]\nTITLE,test\nINFO,1,SAMPLE_MASS\n[Data]\nComment,Time Stamp (sec),Temperature (K),Magnetic Field (Oe),Bridge 1 Resistance (Ohms)\n"
           ",1,4.2,-500,1001\n,2,4.2,0,1002.5\n,3,4.2,500,1001.5\n")
PLAIN = "some program 1.2\nB\tR\n-50\t1001\n0\t1002.5\n50\t1001.5\n"
LAKE_SHORE = ("#RUN ON SOFTWARE VERSION:,,\n1.2,,\n#SAMPLE SETTINGS,,\nMass: 1.00000 g,,\n##DATA TABLE Moment (m) [emu] vs Field [Oe],,\n"
              "Step,Field [Oe],Resistance [ohm],Field Status\n1,-500,1001,GOOD\n1,0,1002.5,GOOD\n1,500,1001.5,GOOD\n")
LVM = ("LabVIEW Measurement\t\nSeparator\tTab\nDecimal_Separator\t.\nX_Columns\tOne\n***End_of_Header***\t\n\t\nChannels\t2\t\t\nX_Dimension\tTime\tTime\t\n"
       "Y_Unit_Label\tMillitesla\tOhms\t\n***End_of_Header***\t\t\t\nX_Value\tField (mT)\tResistance\tComment\n0\t-50\t1001\tOK\n1\t0\t1002.5\t\n2\t50\t1001.5\n")
LABVIEW_TEXT = '[Main]\nHeader length = 4\n[System]\nSystem = "PPMS"\nMagnetic Field (T)\tResistance 1 (Ohms)\n-0.05\t1001\n0\t1002.5\n0.05\t1001.5\n'
TDI = "TDI Format 1.5\tField (mT)\tResistance (ohm)\nSample ID{String}=film A\t-50\t1001\nUser{String}=x\t0\t1002.5\n \t50\t1001.5\nAutosave{Boolean}=True\t\n"
TITLED = "Sample\tfilm A\nTemperature (K)\t4.2\n\nB / mT\tR/ohm\n-50\t1001\n0\t1002.5\n50\t1001.5\n"
MILLITESLA, BY_NAME = FIELD * 1e3, Options(columns={"field": ("B", "mT"), "resistance": ("R", "ohm")})


def _tdms(path):
    from nptdms import ChannelObject, TdmsWriter
    with TdmsWriter(str(path)) as writer:
        writer.write_segment([ChannelObject("run", name, values, properties={"unit_string": unit})
                              for name, values, unit in (("Field", MILLITESLA, "mT"), ("Resistance", RESISTANCE, "ohm"))])


def _hdf5(path):
    import h5py
    with h5py.File(path, "w") as file:
        for name, values, unit in (("field", MILLITESLA, "mT"), ("resistance", RESISTANCE, "ohm")):
            file[name] = values
            file[name].attrs["units"] = unit


def _excel(path):
    import openpyxl
    book = openpyxl.Workbook()
    for row in (["Sample", "film A"], ["B", "R"], ["mT", "ohm"], *zip(MILLITESLA.tolist(), RESISTANCE.tolist())):
        book.active.append(list(row))
    book.save(path)


EXAMPLES = {
    "labelled_csv": ("film.csv", LABELLED, None),
    "quantum_design": ("film.dat", QUANTUM, None),
    "plain_columns": ("film.txt", PLAIN, Options(columns={"field": ("B", "mT"), "resistance": (1, "ohm")})),
    "titled_columns": ("film.txt", TITLED, None),
    "lake_shore": ("film.csv", LAKE_SHORE, None),
    "labview_lvm": ("film.lvm", LVM, None),
    "labview_text": ("film.txt", LABVIEW_TEXT, None),
    "leeds_tdi": ("film.txt", TDI, None),
    "ni_tdms": ("film.tdms", _tdms, None),
    "hdf5": ("film.h5", _hdf5, None),
    "excel": ("film.xlsx", _excel, None),
    "numpy_arrays": ("film.npz", lambda path: np.savez(path, B=MILLITESLA, R=RESISTANCE), BY_NAME),
}


def written(folder, name):
    file, text, options = EXAMPLES[name]
    path = folder / file
    if callable(text):
        text(path)
    else:
        path.write_bytes(text.encode())
    return path, options


def test_every_loader_has_an_example():
    assert {loader.name for loader in builtin_loaders()} == set(EXAMPLES)


@pytest.mark.parametrize("loader", builtin_loaders(), ids=lambda loader: loader.name)
def test_contract(loader, tmp_path):
    path, options = written(tmp_path, loader.name)
    check_loader(loader, path, {"field": FIELD, "resistance": RESISTANCE}, options)
    data = fk.load(path, columns=options.columns if options else None)
    check_loaded(data, path, loader.name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_only_one_recognises(name, tmp_path):
    path, options = written(tmp_path, name)
    from loader_contract import as_file
    answers = [loader.name for loader in builtin_loaders() if loader.recognise(as_file(path)).kind == "yes"]
    assert answers == ([] if name == "plain_columns" else [name])


def _changed(loader, **new):
    def read(file, options):
        data = loader.read(file, options)
        return new["read"](file, data)
    return replace(loader, read=read)


def _wrong_values(file, data):
    return data.with_columns({"field": data["field"] * 1.0001})


def _missing_column(file, data):
    return replace(data, columns={"field": data["field"]})


def _writes_beside(file, data):
    from pathlib import Path
    Path(file.path).with_suffix(".cache").write_text("x")
    return data


def _note_on_no_row(file, data):
    from fitkit.data import Note
    return replace(data, notes=(Note(1, 99, "where?"),))


def _changeable(file, data):
    return replace(data, vendor={"B": (np.zeros(len(data)), "")})


def _no_record(file, data):
    return replace(data, history=())


def _wrong_count(file, data):
    return replace(data, history=(StepRecord("load", {}, {"rows": 99}),))


def _random(file, data):
    return data.with_columns({"field": data["field"] * (1 + 1e-12 * np.random.default_rng().random(len(data)))})


@pytest.mark.parametrize("broken", [_wrong_values, _missing_column, _writes_beside, _note_on_no_row, _changeable, _no_record, _wrong_count, _random],
                         ids=lambda function: function.__name__)
def test_contract_catches(broken, tmp_path):
    loader = next(one for one in builtin_loaders() if one.name == "labelled_csv")
    path, _ = written(tmp_path, "labelled_csv")
    with pytest.raises(AssertionError):
        check_loader(_changed(loader, read=broken), path, {"field": FIELD, "resistance": RESISTANCE})


def test_contract_catches_a_loader_that_knows_everything_or_nothing(tmp_path):
    loader = next(one for one in builtin_loaders() if one.name == "labelled_csv")
    path, _ = written(tmp_path, "labelled_csv")
    for recognise in (lambda file: YES, lambda file: NO, lambda file: True):
        with pytest.raises(AssertionError):
            check_loader(replace(loader, recognise=recognise), path, {"field": FIELD, "resistance": RESISTANCE})


# -- loaders of other packages ----------------------------------------------------------------------------------------
def _entry(name, load):
    return SimpleNamespace(name=name, value=f"other:{name}", load=load)


def _other(monkeypatch, *entries):
    import importlib.metadata
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [entry for entry in entries if group == "fitkit.loaders"])


def _greedy(file, options):
    data = Dataset(file.name, {"field": [1.0]})
    return data.recorded(StepRecord("load", {}, {"rows": 1}))


GREEDY = Loader("greedy", "says yes to everything", lambda file: YES, _greedy)


def test_others_are_asked_after_our_own(monkeypatch, tmp_path):
    _other(monkeypatch, _entry("greedy", lambda: GREEDY))
    path, _ = written(tmp_path, "labelled_csv")
    assert fk.load(path).source.loader == "labelled_csv"
    strange = tmp_path / "strange.xyz"
    strange.write_text("hello\n")
    assert fk.load(strange).source.loader == "greedy"
    assert fk.load(path, format="greedy").source.loader == "greedy"


def test_a_broken_loader_of_another_package_is_named_and_breaks_nothing(monkeypatch, tmp_path):
    def fails():
        raise ImportError("no module named other")

    def shouts(file):
        raise RuntimeError("boom")

    _other(monkeypatch, _entry("absent", fails), _entry("nonsense", lambda: 42), _entry("loud", lambda: replace(GREEDY, name="loud", recognise=shouts)),
           _entry("greedy", lambda: GREEDY))
    path, _ = written(tmp_path, "labelled_csv")
    assert fk.load(path).notes == ()
    strange = tmp_path / "strange.xyz"
    strange.write_text("hello\n")
    text = " ".join(note.text for note in fk.load(strange).notes)
    assert "absent" in text and "nonsense" in text and "loud" in text and "boom" in text


def test_two_loaders_that_say_yes(monkeypatch, tmp_path):
    _other(monkeypatch, _entry("greedy", lambda: GREEDY), _entry("other", lambda: replace(GREEDY, name="other")))
    strange = tmp_path / "strange.xyz"
    strange.write_text("hello\n")
    with pytest.raises(fk.FitkitError, match="greedy.*other.*\n.*format="):
        fk.load(strange)
