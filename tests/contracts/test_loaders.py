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
EXAMPLES = {
    "labelled_csv": ("film.csv", LABELLED, None),
    "quantum_design": ("film.dat", QUANTUM, None),
    "plain_columns": ("film.txt", PLAIN, Options(columns={"field": ("B", "mT"), "resistance": (1, "ohm")})),
}


def written(folder, name):
    file, text, options = EXAMPLES[name]
    path = folder / file
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
    assert answers == ([] if options else [name])


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
    return data.with_columns({"field": data["field"] * (1 + 1e-14 * np.random.default_rng().random())})


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
