"""Metadata: header < column < name of the file < caller, each with its origin; what was overruled stays. Folders of files."""

import json
import locale
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk

GOOD = "field [mT], resistance [ohm]\n1, 2\n2, 3\n"
WITH_COLUMN = "# temperature = 5 K\n# angle = 0 deg\nfield [mT], temperature [K], resistance [ohm]\n1, 4.2, 2\n2, 4.4, 3\n"


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_each_origin_gives_way_to_the_next(tmp_path):
    path = write(tmp_path, "film A_300mK_0p15T_90deg.csv", WITH_COLUMN)
    column = fk.load(path)
    assert "temperature" not in column.meta and column.si("temperature") == pytest.approx(4.3) and column.meta["temperature (file)"].value == 5
    assert column.meta["angle"].origin == "file"
    pattern = "{sample}_{temperature:K}_{field:T}_{angle:deg}deg.csv".replace("deg}deg", "deg}")
    named = fk.load(path, name_pattern=pattern)
    assert named.si("temperature") == pytest.approx(0.3) and named.meta["temperature"].unit == "mK" and named.meta["temperature"].origin == "file name"
    assert named.si("applied_field") == pytest.approx(0.15) and named.meta["sample"] == "film A"
    assert named.meta["angle"].value == 90 and named.meta["angle (file)"].value == 0
    given = fk.load(path, name_pattern=pattern, temperature="1.2 K", sample="film B")
    assert given.si("temperature") == 1.2 and given.meta["temperature"].origin == "user" and given.meta["temperature (file name)"].value == 300
    assert given.meta["sample"] == "film B"
    text = str(fk.look(given))
    for said in ("1.2 K", "given", "300 mK", "from the file name", "5 K", "from the header", "given > file name > column > header"):
        assert said in text, said
    assert {"user", "file name"} <= set(fk.look(given).to_dict()["origins"].values())


def test_the_fit_takes_what_precedes_and_says_where_from(tmp_path):
    t = np.geomspace(10, 1e4, 60)
    rows = "\n".join(f"{a!r}, 10, {1e-3 * (1 - 0.02 * float(np.log(a)))!r}" for a in t.tolist())
    path = write(tmp_path, "run_12K.csv", f"# temperature = 5 K\ntime [s], temperature [K], moment [emu]\n{rows}\n")
    for options, kelvin, origin in (({}, 10, "column"), ({"name_pattern": "run_{temperature:K}.csv"}, 12, "file name"), ({"temperature": "11 K"}, 11, "user")):
        data = fk.load(path, **options)
        fit = fk.fit("log_decay", data)
        assert fit.derived["U_star"].to("K").value == pytest.approx(kelvin / fit["S"].value, rel=1e-6)
        assert origin in ("column",) or data.meta["temperature"].origin == origin


@pytest.mark.parametrize("name, pattern, wanted", [
    ("A7_4.2K_1T.dat", "{sample}_{temperature:K}_{field:T}.dat", {"sample": "A7", "temperature": 4.2, "applied_field": 1.0}),
    ("x_-0point3T.dat", "{sample}_{field:T}.dat", {"sample": "x", "applied_field": -0.3}),
    ("gate-2V_run003.dat", "gate{gate:V}_run{run}.dat", {"gate": -2.0, "run": "003"}),
    ("45deg 20mT.dat", "{angle:deg} {field:T}.dat", {"angle": np.pi / 4, "applied_field": 0.02}),
])
def test_patterns(tmp_path, name, pattern, wanted):
    data = fk.load(write(tmp_path, name, GOOD), name_pattern=pattern)
    for key, value in wanted.items():
        assert data.meta[key] == value if isinstance(value, str) else data.si(key) == pytest.approx(value)


def test_a_pattern_that_does_not_fit_says_so(tmp_path):
    path = write(tmp_path, "A7_4.2K.csv", GOOD)
    with pytest.raises(fk.FitkitError, match="the name 'A7_4.2K.csv' does not fit name_pattern '{sample}_{temperature:mT}.csv'"):
        fk.load(path, name_pattern="{sample}_{temperature:mT}.csv")
    with pytest.raises(fk.FitkitError, match="each name once"):
        fk.load(path, name_pattern="{sample}_{sample}.csv")


def test_header_of_any_text(tmp_path):
    data = fk.load(write(tmp_path, "run.txt", "Sample: film A\nTemperature: 77.5 K\nfield / T\t0.15\nAngle (deg.)\t30\nLength (mm)\t1\nNote = Temperature rises\n\n"
                                              "current / A\tvoltage / uV\n1\t2\n2\t3\n"))
    assert data.meta["sample"] == "film A" and data.si("temperature") == 77.5 and data.si("applied_field") == 0.15 and data.meta["angle"].value == 30
    assert "length" not in data.meta and {value.origin for value in data.meta.values() if not isinstance(value, str)} == {"file"}


# -- folders ----------------------------------------------------------------------------------------------------------
def test_failures_of_a_folder_are_listed_at_the_end(tmp_path, capsys):
    for number in range(30):
        write(tmp_path, f"run_{number}.csv", GOOD if number % 10 else "field [mT], resistance\n1, 2\n")
    with pytest.raises(fk.FitkitError) as error:
        fk.load_all(str(tmp_path / "*.csv"), progress=True)
    text = str(error.value)
    assert "3 of 30 files cannot be used" in text and "run_0.csv" in text and "run_10.csv" in text and "run_20.csv" in text and "skip=True" in text
    assert "30 of 30" in capsys.readouterr().err  # all were tried
    runs = fk.load_all(str(tmp_path / "*.csv"), skip=True)
    assert len(runs) == 27 and sum("left out a file" in note.text for note in runs[0].notes) == 3
    with pytest.raises(fk.FitkitError, match="2 of 2 files cannot be used"):
        fk.load_all([tmp_path / "run_0.csv", tmp_path / "run_10.csv"], skip=True)


def test_look_at_many_lists_failures_at_the_end(tmp_path):
    write(tmp_path, "good.csv", GOOD)
    write(tmp_path, "bad.csv", "field [mT], resistance\n1, 2\n")
    for arguments in ([], ["--json"]):
        done = subprocess.run([sys.executable, "-m", "fitkit", "look", str(tmp_path / "bad.csv"), str(tmp_path / "good.csv"), *arguments],
                              capture_output=True, text=True, encoding="utf-8", cwd=Path(fk.__file__).parents[1])
        assert done.returncode == 2 and "1 of 2 files cannot be loaded" in done.stderr and "good" in done.stdout
    assert json.loads(done.stdout)["files"][0]["rows"] == 2


# -- numbers are exact ------------------------------------------------------------------------------------------------
def _decimal_comma(folder) -> dict[str, str] | None:
    """Environment of a locale with a decimal comma: one of the system, or one that its tool makes."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "German_Germany.1252"):
            try:
                locale.setlocale(locale.LC_ALL, name)
                return {"LC_ALL": name}
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_ALL, before)
    if shutil.which("localedef") is None or subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], capture_output=True).returncode:
        return None
    return {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}


USE = """
import locale, sys
import numpy as np
if sys.argv[3] == "set":
    locale.setlocale(locale.LC_ALL, "")
    assert locale.localeconv()["decimal_point"] == ",", locale.localeconv()
import fitkit as fk
from fitkit.loaders import rows
if sys.argv[2] == "pieces":
    rows.LARGE = 0
data = fk.load(sys.argv[1])
print([value.hex() for value in data["field"].tolist()], data.to_csv(sys.argv[1] + ".again", overwrite=True).read_text(encoding="utf-8"), fk.look(data))
"""


def test_numbers_do_not_depend_on_the_locale(tmp_path):
    path = write(tmp_path, "run.csv", "# temperature = 4.2 K\nfield [T], resistance [ohm]\n0.1, 1234.5\n0.30000000000000004, 2\n1e-3, 3\n")
    comma = _decimal_comma(tmp_path)
    if comma is None:
        pytest.skip("no locale with a decimal comma on this system, and no localedef that makes one")

    def shown(way, how, **environment):
        done = subprocess.run([sys.executable, "-c", USE, str(path), way, how], capture_output=True, text=True, encoding="utf-8",
                              env={**os.environ, "PYTHONPATH": str(Path(fk.__file__).parents[1]), "PYTHONIOENCODING": "utf-8", **environment})
        assert done.returncode == 0, done.stderr
        return done.stdout

    plain = shown("rows", "plain", LC_ALL="C")
    assert (0.1).hex() in plain and (0.30000000000000004).hex() in plain
    for way in ("rows", "pieces"):
        assert shown(way, "set", **comma) == plain


def test_no_float32_comes_out(tmp_path):
    """Numbers of four bytes become eight at once, with the value that they have."""
    values = np.array([0.1, 1e-30, 3e30], np.float32)
    np.savez(tmp_path / "run.npz", field=values, resistance=np.arange(3, dtype=np.int16))
    data = fk.load(tmp_path / "run.npz", columns={"field": ("field", "T"), "resistance": ("resistance", "ohm")})
    assert all(column.dtype == np.float64 for column in data.columns.values()) and all(column.dtype == np.float64 for column, _ in data.vendor.values())
    assert data["field"].tolist() == [float(value) for value in values]
    assert fk.dataset(field=(values, "T"))["field"].dtype == np.float64
    for path in (Path(fk.__file__).parent / "loaders").glob("*.py"):
        assert "float32" not in path.read_text(encoding="utf-8"), path.name


def test_maps_in_memory():
    numbers = np.arange(6.0).reshape(2, 3)
    data = fk.dataset(resistance=(numbers, "ohm"), axes={"gate": (-1.0, 0.5, "V"), "field": (np.array([0.0, 1.0, 2.0]), "mT")}, temperature="4.2 K", name="map")
    assert data["resistance"].tolist() == [0, 1, 2, 3, 4, 5] and data["gate"].tolist() == [-1, -1, -1, -0.5, -0.5, -0.5]
    assert data["field"].tolist() == [0, 1e-3, 2e-3] * 2 and data.si("temperature") == 4.2
    with pytest.raises(fk.FitkitError, match="axis 'gate' has 3 values, the map 2 lines"):
        fk.dataset(resistance=(numbers, "ohm"), axes={"gate": ([0, 1, 2], "V"), "field": (0, 1, "mT")})
    with pytest.raises(fk.FitkitError, match="axes= wants one quantity with two dimensions"):
        fk.dataset(resistance=(numbers[0], "ohm"), axes={"gate": (0, 1, "V"), "field": (0, 1, "mT")})
    with pytest.raises(fk.FitkitError, match="For a map give the axes"):
        fk.dataset(resistance=(numbers, "ohm"))
