"""Another distribution on the path brings a loader and a law by entry points; broken ones are named and break nothing."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import fitkit as fk

ROOT = Path(fk.__file__).parents[1]

PACKAGE = '''
    import numpy as np
    import fitkit as fk
    from fitkit.data import Dataset, StepRecord
    from fitkit.loaders import NO, YES, Loader

    def read(file, options):
        numbers = [float(line) for line in file.lines[1:]]
        return Dataset(file.name, {"field": numbers}).recorded(StepRecord("load", {}, {"rows": len(numbers)}))

    LOADER = Loader("their_format", "one number a line", lambda file: YES if file.head[:1] == ["THEIRS"] else NO, read)

    def line(x, height):
        return height * x

    LAW = fk.Model(name="their_law", function=line, x=fk.Column("field", "T"), y=fk.Column("signal", ""), params=(fk.Param("height", linear=True),))
    NOT_A_LAW = 42
    HLN = fk.Model(name="hln", function=line, x=fk.Column("field", "T"), y=fk.Column("signal", ""), params=(fk.Param("height", linear=True),))
'''
ENTRIES = '''
    [fitkit.loaders]
    theirs = their_package:LOADER
    gone = their_package:NO_SUCH_LOADER
    absent = no_such_package:LOADER

    [fitkit.models]
    law = their_package:LAW
    number = their_package:NOT_A_LAW
    twice = their_package:HLN
    absent = no_such_package.laws
'''
USE = '''
    import fitkit as fk
    data = fk.load("film.theirs")
    assert data.source.loader == "their_format" and data["field"].tolist() == [1, 2, 3], data
    notes = " ".join(note.text for note in data.notes)
    assert "loader 'gone' of another package is broken: AttributeError" in notes and "loader 'absent' of another package is broken: ModuleNotFoundError" in notes, notes
    assert fk.load("film.csv").source.loader == "labelled_csv"
    assert fk.load("film.theirs", format="their_format").source.loader == "their_format"
    law = fk.get_model("their_law")
    fit = fk.fit("their_law", fk.dataset(field=([1.0, 2.0, 3.0, 4.0], "T"), signal=([2.0, 4.1, 5.9, 8.0], "")))
    assert abs(fit["height"].value - 2) < 0.05
    assert "their_law" in fk.models() and fk.get_model("hln").title != "" and len(fk.get_model("hln").params) > 1
    text = repr(fk.models())
    assert "of other packages\\n  their_law" in text and "'number' of another package is broken: TypeError" in text
    assert "'absent' of another package is broken" in text and "'hln' of another package bears a name that is taken" in text, text
    try:
        fk.get_model("their_lawn")
    except fk.FitkitError as error:
        assert "Did you mean their_law" in str(error) and "'number' of another package is broken" in str(error)
    else:
        raise AssertionError
'''


def test_a_distribution_beside_fitkit(tmp_path):
    site = tmp_path / "site"
    info = site / "their_package-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "their_package.py").write_text(textwrap.dedent(PACKAGE), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(textwrap.dedent(ENTRIES), encoding="utf-8")
    (tmp_path / "film.theirs").write_text("THEIRS\n1\n2\n3\n", encoding="utf-8")
    (tmp_path / "film.csv").write_text("field [mT], resistance [ohm]\n1, 2\n", encoding="utf-8")
    code = f"import sys\nsys.path[:0] = [{str(site)!r}, {str(ROOT)!r}]\n" + textwrap.dedent(USE)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr


def test_two_formats_that_fit_one_file_are_named(monkeypatch, tmp_path):
    """Also among our own: an error that names both and format=."""
    from dataclasses import replace

    from fitkit.loaders import builtin_loaders, choice

    one = next(loader for loader in builtin_loaders() if loader.name == "labelled_csv")
    monkeypatch.setattr(choice, "builtin_loaders", lambda: (*builtin_loaders(), replace(one, name="twin", meaning="the same again")))
    path = tmp_path / "film.csv"
    path.write_text("field [mT], resistance [ohm]\n1, 2\n")
    with pytest.raises(fk.FitkitError, match=r"2 formats fit: labelled_csv [^$]*; twin \(the same again\).\n    choose: fk.load\([^$]*format='labelled_csv'\)"):
        fk.load(path)
    assert fk.load(path, format="twin").source.loader == "twin"
