"""Bad input by command and by Python: a FitkitError that names the file, exit code 2, nothing on stdout, nothing written, input untouched."""

import struct
import zlib

import numpy as np
import pytest
from command import fitkit

import fitkit as fk

HEAD = "# temperature = 5 K\ntime [s], moment [emu]\n"
ROWS = [f"{30 * 1.1**row:.6g}, {2 - 0.01 * row:.6g}" for row in range(40)]
GOOD = HEAD + "\n".join(ROWS) + "\n"


def png():
    """A picture of one pixel."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


FILES = {
    "missing unit": (GOOD.replace("moment [emu]", "moment"), ["'moment'", "no unit", "moment [emu]"]),
    "no titles": ("1, 2\n2, 3\n3, 5\n", ["columns="]),
    "text in a number column": (GOOD.replace(ROWS[20], "200, broken"), ["line 23", "expected a number", "'moment [emu]'", "'broken'"]),
    "empty": ("", ["is empty"]),
    "header only": (HEAD, ["0 points", "log_decay"]),
    "one point": (HEAD + ROWS[0] + "\n", ["1 point"]),
    "two points": (HEAD + "\n".join(ROWS[:2]) + "\n", ["2 points for 2 free parameters (M_r, S)"]),
    "all equal": (HEAD + "".join(f"{row}, 2\n" for row in range(1, 30)), ["all 29 values of 'moment' are equal"]),
    "one time": (HEAD + "".join(f"7, {row}\n" for row in range(1, 30)), ["all 29 values of 'time' are equal"]),
    "duplicated times": (HEAD + "".join(f"{row // 2 + 1}, {2 - 0.01 * row}\n" for row in range(30)), ["repeat the time", "fk.drop_rows"]),
    "no numbers": (HEAD + "nan, nan\n" * 30, ["points"]),
    "unknown unit": (GOOD.replace("[emu]", "[furlong]"), ["unknown unit 'furlong'", "'emu'"]),
    "wrong dimension": (GOOD.replace("[emu]", "[mT]"), ["'mT'", "'emu'"]),
    "another measurement": (GOOD.replace("moment [emu]", "voltage [uV]"), ["no column 'moment'", "time, voltage"]),
    "random bytes": (np.random.default_rng(7).bytes(3000), ["is not text"]),
    "a picture": (png(), ["a PNG picture"]),
}


@pytest.mark.parametrize("case", FILES)
def test_file(case, tmp_path):
    content, said = FILES[case]
    path = tmp_path / "run.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    done = fitkit("fit", "log_decay", path, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 2 and done.stdout == ""
    message = done.stderr[done.stderr.index("fitkit: "):]
    assert "run.csv" in message and "Traceback" not in done.stderr
    with pytest.raises(fk.FitkitError) as raised:
        fk.fit("log_decay", fk.load(path))
    assert "run.csv" in str(raised.value)
    for word in said:
        assert word in message and word in str(raised.value)
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["run.csv"]


def test_a_row_without_number_is_dropped_and_told(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text(GOOD.replace(ROWS[20], "200, nan"), encoding="utf-8")
    done = fitkit("fit", "log_decay", path)
    assert done.exit_code == 0 and "line 23" in done.stderr and "1 row dropped" in done.stderr


def test_missing_file_folder_pattern(tmp_path):
    (tmp_path / "run.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for command in (["look"], ["fit", "log_decay"]):
        for name, said in (("rum.csv", "no such file. Did you mean run.csv"), ("empty", "no data file"), ("*.dat", "no file fits")):
            done = fitkit(*command, tmp_path / name)
            assert done.exit_code == 2 and done.stdout == "" and said in done.stderr and str(tmp_path) in done.stderr


def test_one_bad_file_among_good_ones_stops_before_the_fit(tmp_path):
    (tmp_path / "a.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.csv").write_text(HEAD, encoding="utf-8")
    done = fitkit("fit", "log_decay", tmp_path / "a.csv", tmp_path / "missing.csv")
    assert done.exit_code == 2 and "missing.csv" in done.stderr and done.stdout == ""
    # a series keeps the place of what cannot be fitted, with the reason
    done = fitkit("fit", "log_decay", tmp_path / "a.csv", tmp_path / "b.csv")
    assert done.exit_code == 10 and "b.csv: 0 points" in done.stdout


def test_missing_metadata(samples):
    tape, film = samples / "voltage_current" / "tape_77K.csv", samples / "magnetoresistance" / "film.dat"
    done = fitkit("fit", "power_law", tape)
    assert done.exit_code == 2 and "no 'tap_distance'" in done.stderr and "--set tap_distance=" in done.stderr and "tape_77K.csv" in done.stderr
    with pytest.raises(fk.FitkitError, match=r"tape_77K.csv.*no 'tap_distance'[^$]*fk.load\(.*tap_distance=\""):
        fk.fit("power_law", fk.load(tape))
    with pytest.raises(fk.FitkitError, match="film.dat: no 'length' and 'width'"):
        fk.magnetoconductance(fk.split_sweeps(fk.load(film, column={"resistance": "Bridge 1 Resistance (Ohms)"}))[0])


@pytest.mark.parametrize("options, said", [
    (["--fix", "alpha=1"], "law 'log_decay' has M_r, S"),
    (["--share", "alpha"], "law 'log_decay' has M_r, S"),
    (["--start", "alpha=1"], "law 'log_decay' has M_r, S"),
    (["--bounds", "alpha=1:2"], "law 'log_decay' has M_r, S"),
    (["--free", "alpha"], "It has: M_r, S"),
    (["--free", "S"], "it is fitted anyway"),
    (["--background", "offset"], "offers the backgrounds drift"),
    (["--fix", "S"], "--fix S: wanted NAME=VALUE"),
    (["--fix", "S=1", "--fix", "S=2"], "S is given twice"),
    (["--fix", "S=nan"], "--fix S=nan: expected a number"),
    (["--fix", "S=1e999"], "wanted a finite number"),
    (["--fix", "M_r=3 furlong"], "--fix M_r=3 furlong: expected a number with a unit"),
    (["--fix", "M_r=3 K"], "M_r: wanted a quantity in units of 'emu', found 'K'"),
    (["--bounds", "S=1"], "wanted LOW:HIGH"),
    (["--bounds", "S=2:1"], "leave no room"),
    (["--set", "temperature=4"], "has no unit: write temperature='4 K'"),
    (["--set", "temperature=4mT"], "temperature: wanted a quantity in units of 'K', found 'mT'"),
    (["--set", "temperature=warm"], "expected a number with a unit such as '4.2 K', found 'warm'"),
    (["--set", "temprature=4K"], "Did you mean --set temperature=4K?"),
    (["--set", "t0=1K"], "t0: wanted a quantity in units of 's'"),
    (["--set", "temperature"], "--set temperature: wanted NAME=VALUE"),
    (["--where", "time < 3 T"], "time: wanted a quantity in units of 's', found 'T'"),
    (["--where", "tme < 3 s"], "no column 'tme'"),
    (["--where", "time < 1 s"], "no row left"),
    (["--where", "__import__('os').remove('run.csv')"], "cannot read"),
    (["--column", "moment=Long Moment (emu)"], "no column 'Long Moment (emu)'"),
    (["--read", "moment=1"], "wanted TITLE,UNIT or NUMBER,UNIT"),
    (["--read", "time=0,s", "--read", "moment=9,emu"], "no column 9"),
    (["--which", "1"], "which=1 chooses a hold"),
    (["--errors", "given"], "no column 'moment_err'"),
])
def test_option(options, said, tmp_path):
    path = tmp_path / "run.csv"
    path.write_text(GOOD, encoding="utf-8")
    done = fitkit("fit", "log_decay", path, *options, "--out", tmp_path / "out")
    assert done.exit_code == 2 and done.stdout == "" and said in done.stderr, done.stderr
    assert not (tmp_path / "out").exists() and path.read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize("command", [["fit", "log_decya", "x.csv"], ["models", "log_decya"], ["cite", "log_decya"]])
def test_unknown_law_names_the_nearest(command):
    done = fitkit(*command)
    assert done.exit_code == 2 and done.stdout == "" and "Did you mean log_decay" in done.stderr
    with pytest.raises(fk.FitkitError, match="Did you mean log_decay"):
        fk.get_model("log_decya")


def test_python_refuses_alike(samples):
    data = fk.load(samples / "relaxation" / "relaxation_05K.csv")
    for wrong in ({"fix": {"alpha": 1}}, {"share": ["alpha"]}, {"start": {"alpha": 1}}, {"bounds": {"alpha": (1, 2)}}, {"free": ["alpha"]}, {"background": ["offset"]},
                  {"fix": {"S": "3 K"}}, {"bounds": {"S": (2, 1)}}, {"errors": "given"}, {"assume": {"t0": "1 K"}}, {"assume": {"tau": "1 s"}}):
        with pytest.raises(fk.FitkitError):
            fk.fit("log_decay", data, **wrong)
    for wrong in ("film.csv", [], [1], None):
        with pytest.raises((fk.FitkitError, TypeError)):
            fk.fit("log_decay", wrong)


@pytest.mark.parametrize("settings", [["tap_distance=0cm"], ["tap_distance=1cm", "Ec=0uV/cm"]])
def test_zero_where_a_size_is_wanted(settings, samples):
    options = [word for one in settings for word in ("--set", one)]
    done = fitkit("fit", "power_law", samples / "voltage_current" / "tape_77K.csv", *options)
    assert done.exit_code == 2 and done.stdout == ""
