"""A folder of instrument files with several holds each: look, fit, and the Python that repeats it."""

import numpy as np
import pytest
from command import fitkit, strict

import fitkit as fk
from fitkit.simulate import write_mpms_dat


@pytest.fixture
def folder(tmp_path):
    """Two files of three temperatures each: the field is ramped before every hold, the moment decays as ln t."""
    runs = tmp_path / "runs"
    runs.mkdir()
    for number, temperatures in enumerate(((5.0, 8.0, 11.0), (14.0, 17.0, 20.0))):
        rng = np.random.default_rng(number)
        time, field, kelvin, moment, clock = [], [], [], [], 0.0
        for T in temperatures:
            # warm up, ramp the field from 3 T to 1 T within 20 s, hold for an hour
            age = np.concatenate([np.arange(-300.0, -20.0, 20.0), np.arange(-20.0, 0.0, 2.0), np.arange(0.0, 120.0, 4.0), np.geomspace(120, 3600, 60)])
            time.append(clock + age - age[0])
            clock = time[-1][-1] + 60
            field.append(np.where(age < -20, 3.0, np.where(age < 0, 3.0 - 2.0 * (age + 20) / 20, 1.0)))
            kelvin.append(T + np.where(age < -100, -1.0, 0.0) + rng.normal(0, 1e-4, len(age)))
            rate = T / (1200 - 20 * T)
            decay = 2e-3 * (1 - T / 60) * (1 - rate * np.log(np.maximum(age, 2.0) / 300))
            moment.append(np.where(age < 0, -1e-3 + 1e-5 * age, decay * (1 + rng.normal(0, 5e-4, len(age)))))
        write_mpms_dat(runs / f"series_{number + 1}.dat", time=np.concatenate(time), field=np.concatenate(field), temperature=np.concatenate(kelvin), moment=np.concatenate(moment))
    (runs / "notes.md").write_text("not data", encoding="utf-8")
    return runs


def test_look_at_a_folder(folder):
    done = fitkit("look", folder)
    assert done.exit_code == 0 and done.stdout.count("series_") >= 2
    assert "all of them: runs = fk.split_holds(data)" in done.stdout and "fk.join_runs(fk.split_holds(data))" in done.stdout
    assert "2 .dat files; 1 of other kinds left out" in done.stderr


def test_fit_every_hold_of_every_file(folder, tmp_path):
    done = fitkit("fit", "log_decay", folder, "--which", "all", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.stderr
    fits = strict(done.stdout)["fits"]
    assert len(fits) == 6 and [round(one["data"]["meta"]["temperature"]["value"]) for one in fits] == [5, 8, 11, 14, 17, 20]
    for one in fits:
        T = one["data"]["meta"]["temperature"]["value"]
        S = one["parameters"]["S"]
        t_r = one["known"]["t_r"]["value"]
        rate = T / (1200 - 20 * T)
        assert abs(S["value"] - rate / (1 - rate * np.log(t_r / 300))) < 4 * S["error"], one["name"]
        assert one["data"]["meta"]["ramp_rate"]["value"] == pytest.approx(100, rel=0.05)  # mT/s
    assert len({one["name"] for one in fits}) == 6 and fits[0]["name"] == "series_1 5 K"
    assert "fk.split_holds(data)" in done.stderr and (tmp_path / "out" / "report.html").exists()
    # the printed lines repeat it
    scope = {}
    exec(compile("\n".join(line for line in done.stderr.splitlines() if line.startswith(("import", "pieces", "result = "))), "printed", "exec"), scope)
    assert scope["result"]["S"].values == pytest.approx([one["parameters"]["S"]["value"] for one in fits], rel=1e-9)


def test_the_budget_of_every_hold(folder):
    done = fitkit("fit", "log_decay", folder / "series_1.dat", "--which", "all", "--budget", "S")
    assert done.exit_code == 0 and done.stdout.count("(statistics)") == 3 and done.stdout.count("time origin") >= 3
    assert "budgets = [fk.error_budget(result, 'S', dataset=one.name) for one in result.fits]" in done.stderr
    found = strict(fitkit("fit", "log_decay", folder / "series_1.dat", "--which", "all", "--budget", "U_star", "--json").stdout)
    assert [one["quantity"] for one in found["budgets"]] == ["U_star"] * 3 and found["schema"] == 1
    wrong = fitkit("fit", "log_decay", folder / "series_1.dat", "--which", "1", "--budget", "Ic")
    assert wrong.exit_code == 2 and "no 'Ic'" in wrong.stderr


def test_without_choice_the_error_says_both_ways(folder):
    done = fitkit("fit", "log_decay", folder)
    assert done.exit_code == 2 and "holds at constant temperature and field" in done.stderr
    assert "--which all" in done.stderr and "--which 0" in done.stderr
    one = fitkit("fit", "log_decay", folder / "series_1.dat", "--which", "-1")
    assert one.exit_code == 0 and "fk.relaxation_segment(data, which=-1)" in one.stderr
    wrong = fitkit("fit", "log_decay", folder / "series_1.dat", "--which", "some")
    assert wrong.exit_code == 2 and "wanted the number of a hold" in wrong.stderr


def test_an_empty_folder(tmp_path):
    done = fitkit("fit", "log_decay", tmp_path)
    assert done.exit_code == 2 and "no data file (.dat, .csv, .txt, .tsv) in this folder, it is empty" in done.stderr


def test_the_holds_in_python(folder):
    """The script of a person: one file, its holds, the series, Maley, and the same on the next file."""
    data = fk.load(folder / "series_1.dat")
    runs = fk.split_holds(data)
    assert [one.name for one in runs] == ["series_1 5 K", "series_1 8 K", "series_1 11 K"]
    assert all(one.history[-1].found["holds"] >= 3 and one["time"].min() > 0 for one in runs)
    assert runs[0].meta["time_origin_err"].si < 5
    assert any("was left out: it lasts" in note.text for note in runs[0].notes)
    with pytest.raises(fk.FitkitError, match="none of the 6 holds can be used: hold 0 was left out"):
        fk.split_holds(data, at_least="2 h")
    result = fk.fit("log_decay", runs)
    again = fk.repeat(result, folder / "series_1.dat")
    assert again["S"].values == pytest.approx(result["S"].values, rel=1e-12)
    everything = [hold for file in fk.load_all(str(folder / "*.dat")) for hold in fk.split_holds(file)]
    assert len(fk.join_runs(everything)) == sum(map(len, everything))
    assert len(np.unique(fk.maley(everything).points["temperature"])) == 6


def test_files_that_cannot_be_used_are_all_named_and_left_out_on_request(tmp_path):
    """One good file between an empty one and a picture: all failures in one message, exit code 2; --skip goes on and names them."""
    time = np.geomspace(10, 1e4, 40)
    rows = "\n".join(f"{t:.6g}, {1 - 0.02 * np.log(t):.8g}" for t in time)
    (tmp_path / "a.csv").write_text("", encoding="utf-8")
    (tmp_path / "b.csv").write_text("# temperature = 10 K\ntime [s], moment [emu]\n" + rows, encoding="utf-8")
    (tmp_path / "c.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    paths = [tmp_path / f"{name}.csv" for name in "abc"]
    done = fitkit("fit", "log_decay", *paths)
    assert done.exit_code == 2 and "2 of 3 files cannot be used; to go on with the others: --skip" in done.stderr
    assert "a.csv: the file is empty" in done.stderr and "c.csv" in done.stderr
    done = fitkit("fit", "log_decay", *paths, "--skip")
    assert done.exit_code == 0 and "U_star" in done.stdout and done.stderr.count("left out: ") == 2


def test_the_folder_of_the_samples_can_be_looked_at(samples):
    assert fitkit("look", samples).exit_code == 0
