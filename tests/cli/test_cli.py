"""The commands of the README on the sample data: exit codes, streams, steps printed as Python, files written."""

import shutil

import numpy as np
import pytest
from command import fitkit, strict

import fitkit as fk
from fitkit import chain
from fitkit import demo as demonstration

BRIDGE = ("--column", "resistance='Bridge 1 Resistance (Ohms)'", "--set", "width=2mm", "--set", "length=4mm")


def python(stderr):
    """The lines of Python among what went to stderr."""
    return "\n".join(line for line in stderr.splitlines() if not line.startswith("#"))


def repeated(stderr):
    scope = {}
    exec(compile(python(stderr), "printed", "exec"), scope)
    return scope["result"]


@pytest.fixture
def eight(samples):
    return sorted((samples / "relaxation").glob("*.csv"))


@pytest.fixture
def film(samples):
    return samples / "magnetoresistance" / "film.dat"


@pytest.fixture
def tape(samples):
    return samples / "voltage_current" / "tape_77K.csv"


# -- the printed lines are the Python that repeats the command ---------------------------------------------------------
@pytest.mark.parametrize("law, files, options, lines", [
    ("log_decay", ["relaxation/relaxation_05K.csv"], ["--set", "t0=1us", "--free", "t_shift", "--start", "t_shift=1", "--bounds", "t_shift=-10:30s"],
     ["t0='1us'", "free=['t_shift']", "start={'t_shift': 1.0}", "bounds={'t_shift': (-10.0, '30s')}"]),
    ("log_decay", ["relaxation/relaxation_*K.csv"], [], ["pieces = fk.load_all(["]),
    ("log_decay", ["relaxation/ramp_and_hold_12K.dat"], [], ["data = fk.relaxation_segment(data)"]),
    ("log_decay", ["relaxation/ramp_and_hold_12K.dat"], ["--which", "0"], ["data = fk.relaxation_segment(data, which=0)"]),
    ("log_decay", ["relaxation/relaxation_11K.csv", "relaxation/ramp_and_hold_12K.dat", "relaxation/relaxation_14K.csv"], ["--set", "sample=slab 7"],
     ["more = [fk.relaxation_segment(data) for data in more]", "sample='slab 7'"]),
    ("log_decay", ["relaxation/relaxation_05K.csv"], ["--where", "time > 100 s", "--background", "none", "--errors", "scatter"],
     ["data = fk.where(data, text='time > 100 s')", "background=[]", "errors='scatter'"]),
    ("hln", ["magnetoresistance/film.dat"], [*BRIDGE, "--share", "alpha", "--where", "abs(field) < 0.2 T"],
     ["pieces = fk.split_sweeps(data)", "pieces = [fk.magnetoconductance(data) for data in pieces]", "share=['alpha']"]),
    ("hln", ["magnetoresistance/film.dat"], [*BRIDGE, "--where", "temperature < 2.5 K", "--fix", "alpha=1", "--background", "offset,quadratic", "--bounds", "L_phi=:1um"],
     ["fk.fit('hln', pieces[0]", "fix={'alpha': 1.0}", "background=['offset', 'quadratic']", "(None, '1um')"]),
    ("power_law", ["voltage_current/tape_77K.csv"], ["--set", "tap_distance=1cm", "--set", "Ec=0.1uV/cm", "--start", "Ic=90A"],
     ["data = fk.drop_quench(data)", "Ec='0.1uV/cm'"]),
    ("power_law", ["voltage_current/tape_77K_2T.csv"], ["--set", "tap_distance=1cm"], ["data = fk.drop_quench(data)"]),
    ("power_law", ["voltage_current/tape_77K.csv"], ["--set", "tap_distance=1cm", "--read", "voltage=voltage [uV],uV", "--read", "current=1,A"],
     ["'voltage': ('voltage [uV]', 'uV')", "'current': (1, 'A')"]),
])
def test_printed_lines_repeat_the_command(samples, law, files, options, lines):
    done = fitkit("fit", law, *(samples / name for name in files), *options, "--json")
    assert done.exit_code in (0, 10), done.stderr
    for line in lines:
        assert line in done.stderr
    strict(done.stdout)
    assert repeated(done.stderr).to_json() == done.stdout.rstrip("\n")


def test_files_of_one_name(eight, tmp_path):
    for place, path in zip("ab", eight):
        (tmp_path / place).mkdir()
        shutil.copy(path, tmp_path / place / "run.csv")
    done = fitkit("fit", "log_decay", tmp_path / "a" / "run.csv", tmp_path / "b" / "run.csv", "--share", "M_r", "--json")
    again = repeated(done.stderr)
    assert [one.name for one in again.fits] == ["a/run", "b/run"] and again.to_json() == done.stdout.rstrip("\n")


def test_every_recorded_step_is_a_line_of_python(film):
    whole = fk.load(film, column={"resistance": "Bridge 1 Resistance (Ohms)"}, meta={"width": "2 mm", "length": "4 mm", "name": "no argument"})
    data = fk.magnetoconductance(fk.where(fk.split_sweeps(whole)[1], "abs(field) < 0.2 T"))
    scope = {"fk": fk}
    for number, record in enumerate(data.history):
        scope["data"] = eval(record.line(), scope)
        scope["data"] = scope["data"][1] if isinstance(scope["data"], list) else scope["data"]
        assert scope["data"].history[number].line() == record.line()
    assert (scope["data"]["delta_conductance"] == data["delta_conductance"]).all() and scope["data"].meta["name"] == "no argument"
    memory = fk.dataset(time=([1.0, 2.0], "s"), temperature="4 K")
    assert memory.history[0].line() == "fk.dataset(time=(..., 's'))"


def test_second_stage_says_where_it_came_from(eight):
    (record,) = fk.fit("log_decay", fk.load_all(eight)).series("temperature", "U_star").history
    assert record.line() == "result.series(x='temperature', y='U_star', include='determined')"


def test_a_clock_written_by_hand_stays(tmp_path):
    """time counts from the end of a ramp that is not in the file; a monitored temperature does not change that."""
    path = tmp_path / "run.csv"
    path.write_text("time [s], moment [emu], temperature [K]\n" + "".join(f"{30 + row}, {2 - 0.001 * row}, 5\n" for row in range(40)), encoding="utf-8")
    (made,) = chain.prepared(fk.get_model("log_decay"), fk.load(path)).datasets
    assert len(made) == 40 and made["time"][0] == 30


def test_several_holds_have_to_be_chosen(tmp_path):
    time = np.arange(400)
    field = np.select([time < 10, time < 200, time < 220], [2 - 0.1 * time, 1.0, 1 - 0.05 * (time - 200)], 0.0)
    moment = np.where(time < 220, 1.0, 0.5) - 0.02 * np.log(np.clip(time - np.where(time < 220, 9.5, 220), 1, None))
    path = tmp_path / "run.csv"
    path.write_text("time [s], field [T], temperature [K], moment [emu]\n" + "".join(f"{t}, {b:.5f}, 5, {m:.6f}\n" for t, b, m in zip(time, field, moment)), encoding="utf-8")
    done = fitkit("fit", "log_decay", path)
    assert done.exit_code == 2 and "2 holds" in done.stderr and done.stderr.rstrip().endswith("--which 0")
    assert "which=1" in fitkit("fit", "log_decay", path, "--which", "1").stderr
    assert "no hold 7, found 2" in fitkit("fit", "log_decay", path, "--which", "7").stderr


def test_several_sweeps_of_ready_conductance_are_split(tmp_path):
    rows = [f"{field}, {1e-6 * abs(field)}, {kelvin}" for kelvin in (2, 4) for field in range(-30, 31)]
    path = tmp_path / "both.csv"
    path.write_text("field [mT], delta_conductance [S], temperature [K]\n" + "\n".join(rows), encoding="utf-8")
    made = chain.prepared(fk.get_model("hln"), fk.load(path))
    assert len(made.datasets) == 2 and [call.name for call in made.calls] == ["split_sweeps"]


# -- what each measurement gives ---------------------------------------------------------------------------------------
def test_relaxation_runs(eight):
    done = fitkit("fit", "log_decay", *eight)
    assert done.exit_code == 0 and "U_star (meV)" in done.stdout and all(path.stem in done.stdout for path in eight)
    assert "import fitkit as fk" in done.stderr and "import" not in done.stdout


def test_film_stops_with_the_choices(film):
    done = fitkit("fit", "hln", film)
    assert done.exit_code == 2 and done.stdout == ""
    assert "Bridge 1 Resistance (Ohms), Bridge 2 Resistance (Ohms)" in done.stderr and "--column resistance='Bridge 1" in done.stderr
    done = fitkit("fit", "hln", film, *BRIDGE[:2])
    assert done.exit_code == 2 and "no 'length' and 'width'" in done.stderr and "--set length=" in done.stderr


def test_quench_is_cut_and_told(samples):
    done = fitkit("fit", "power_law", samples / "voltage_current" / "tape_77K_2T.csv", "--set", "tap_distance=1cm")
    assert done.exit_code == 0 and "quench at row" in done.stderr


def test_tapes_of_a_pattern_come_in_the_order_of_their_numbers(tape):
    done = fitkit("fit", "power_law", tape.parent / "tape_77K_*mT.csv", "--set", "tap_distance=1cm")
    assert done.exit_code == 0 and done.stdout.index("200mT") < done.stdout.index("500mT")


def test_assumption(eight):
    assert "t0 = 1 us (user)" in fitkit("fit", "log_decay", eight[0], "--set", "t0=1us").stdout


def test_not_determined_is_10(film):
    done = fitkit("fit", "hln", film, *BRIDGE, "--where", "abs(field) < 4 mT", "--json")
    assert done.exit_code == 10
    document = strict(done.stdout)
    assert any(one["parameters"]["L_phi"]["verdict"] == "not determined" for one in document["fits"])


# -- files -------------------------------------------------------------------------------------------------------------
def test_out_is_never_overwritten_unasked(eight, tmp_path):
    out = tmp_path / "out"
    done = fitkit("fit", "log_decay", eight[0], "--out", out)
    assert done.exit_code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(before) == {"report.html", "parameters.csv", "result.json", "figure.pdf"}
    refused = fitkit("fit", "log_decay", eight[1], "--out", out)
    assert refused.exit_code == 2 and "already holds report.html" in refused.stderr and "--overwrite" in refused.stderr and refused.stdout == ""
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    done = fitkit("fit", "log_decay", eight[1], "--out", out, "--overwrite", "--origin", "--json")
    assert done.exit_code == 0 and fk.read_result(out).fits[0].name == eight[1].stem
    assert "Comments" in (out / "parameters.csv").read_text(encoding="utf-8") or len((out / "parameters.csv").read_text(encoding="utf-8").splitlines()) > 3
    assert (out / "result.json").read_text(encoding="utf-8").strip() == done.stdout.strip()


def test_out_that_cannot_be_written_stops_before_the_fit(eight, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for out in (tmp_path / "notes.txt", tmp_path / "notes.txt" / "sub"):
        done = fitkit("fit", "log_decay", eight[0], "--out", out)
        assert done.exit_code == 2 and "is a file" in done.stderr and done.stdout == ""
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert fitkit("fit", "log_decay", eight[0], "--origin").exit_code == 2


# -- look, models, cite, demo ------------------------------------------------------------------------------------------
def test_look(film, eight):
    done = fitkit("look", film, eight[0])
    assert done.exit_code == 0 and done.stderr == ""
    assert "Bridge 1 Resistance (Ohms)" in done.stdout and "hln" in done.stdout and "log_decay" in done.stdout
    told = fitkit("look", film, *BRIDGE).stdout
    assert "width" in told and "choose" not in told


def test_models_and_cite():
    listed = fitkit("models").stdout
    for name in fk.models():
        assert name in listed
        told = fitkit("models", name)
        assert told.exit_code == 0 and fk.get_model(name).equation.splitlines()[0] in told.stdout
        assert fitkit("cite", name).stdout.strip() == fk.get_model(name).cite().strip()


def test_version_and_usage():
    assert fk.__version__ in fitkit("--version").stdout
    for wrong in (["fit"], ["fit", "hln"], ["look"], ["cite"], ["nonsense"], ["fit", "hln", "x.csv", "--which", "first"]):
        assert fitkit(*wrong).exit_code == 2, wrong


def test_demo_twice_then_beside_foreign_files(tmp_path, monkeypatch):
    out = tmp_path / "demo"
    results = demonstration.analyse(demonstration.sample_folder())
    monkeypatch.setattr(demonstration, "analyse", lambda samples: results)
    for _ in range(2):
        done = fitkit("demo", "--out", out)
        monkeypatch.setattr("fitkit.report.html.report_page", lambda parts, title, lead, windows: f"<title>{title}</title>")  # once is enough
        assert done.exit_code == 0 and "within 2 errors" in done.stdout
        assert sorted(path.name for path in out.iterdir()) == sorted(demonstration.FILES)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "report.html").write_text("<html>my thesis</html>", encoding="utf-8")
    done = fitkit("demo", "--out", foreign)
    assert done.exit_code == 2 and "already holds report.html" in done.stderr
    assert [path.name for path in foreign.iterdir()] == ["report.html"] and "thesis" in (foreign / "report.html").read_text(encoding="utf-8")


def test_steps_are_listed_and_described():
    listed = fitkit("steps")
    assert listed.exit_code == 0 and all(name in listed.stdout for name in ("van_der_pauw", "subtract_background", "symmetrise", "absolute_resistance"))
    one = fitkit("steps", "sheet_conductance")
    assert one.exit_code == 0 and "hall" in one.stdout and "rho_xy" in one.stdout and "\\|" not in listed.stdout
    assert fitkit("steps", "sheet_resistance").exit_code == 2


def test_the_zero_of_the_field_in_the_fit(samples):
    """The chain then leaves offset and mirror alone and keeps the sweep directions apart: the flux put in is +3 and -3 mT."""
    done = fitkit("fit", "hln+field_offset", samples / "magnetoresistance" / "film.dat", *BRIDGE, "--share", "alpha", "--json")
    assert done.exit_code == 0 and "offset='none', symmetrised=False" in done.stderr and "'direction'" in done.stderr
    found = strict(done.stdout)
    offsets = [one["parameters"]["field_offset"] for one in found["fits"]]
    assert len(offsets) == 12
    for one, true in zip(offsets, 6 * (3.0, -3.0)):
        assert abs(one["value"] - true) < 3.5 * one["error"]


def test_kawabata_from_the_resistance(samples):
    """The bulk law goes through the same chain as the film's, one step further: over the thickness."""
    film = samples / "magnetoresistance" / "film.dat"
    done = fitkit("fit", "kawabata", film, *BRIDGE, "--set", "thickness=1um", "--where", "temperature < 2.5 K")
    assert done.exit_code in (0, 10) and "fk.magnetoconductance(data" in done.stderr and "fk.delta_conductivity(" in done.stderr and "L_phi" in done.stdout
    done = fitkit("fit", "kawabata", film, *BRIDGE)
    assert done.exit_code == 2 and "thickness" in done.stderr


def test_a_map_whose_files_all_lack_the_same_is_a_wrong_call(samples):
    tapes = sorted((samples / "voltage_current").glob("*.csv"))
    done = fitkit("map", "power_law", *tapes, "--workers", "1")
    assert done.exit_code == 2 and f"each of the {len(tapes)} files failed alike" in done.stderr and "--set tap_distance=1cm" in done.stderr
    assert fitkit("map", "power_law", *tapes[:2], "--set", "tap_distance=1cm").exit_code == 0
