"""Old consoles (cp1252, ascii) and processes that are spawned."""

import multiprocessing
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import fitkit as fk

ROOT = Path(fk.__file__).resolve().parent.parent


def console(encoding, folder, *arguments):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, "-m", "fitkit", *map(str, arguments)], cwd=folder, env=environment, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode(encoding)
    # click takes a console that calls itself ascii for a misconfigured one and writes UTF-8 there
    return done.returncode, *(text.decode("utf-8" if encoding == "ascii" else encoding) for text in (done.stdout, done.stderr))


@pytest.fixture
def greek(tmp_path):
    """A file whose titles no old console can show."""
    path = tmp_path / "\u03bcV \u65e5.csv"
    rows = "".join(f"{row}, {1e-3 * row**2:.6g}, {row}\n" for row in range(40))
    path.write_text("# sample = \u03a9-\u65e5\u672c\ncurrent [A], voltage [\u03bcV], \u03c1\u65e5 [1]\n" + rows, encoding="utf-8")
    return path


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_old_console(encoding, greek, tmp_path):
    code, shown, told = console(encoding, tmp_path, "look", greek)
    assert code == 0 and "voltage" in shown and ("?" in shown) == (encoding == "cp1252")
    code, shown, told = console(encoding, tmp_path, "fit", "power_law", greek, "--set", "tap_distance=1cm", "--out", "out")
    assert code in (0, 10) and "Ic" in shown and "fk.drop_quench" in told
    assert (tmp_path / "out" / "report.html").is_file()


def test_every_law_on_an_old_console():
    """What the catalogue prints from Python, where nothing replaces a letter."""
    repr(fk.models()).encode("cp1252")
    for name in fk.models():
        fk.get_model(name).describe().encode("cp1252")


def test_demo_on_an_old_console(tmp_path):
    code, shown, _ = console("cp1252", tmp_path, "demo")
    assert code == 0 and "within 2 errors" in shown and (tmp_path / "fitkit-demo" / "report.html").is_file()


def test_json_is_ascii(samples, tmp_path):
    code, shown, _ = console("ascii", tmp_path, "fit", "log_decay", samples / "relaxation" / "relaxation_05K.csv", "--json")
    assert code == 0 and shown.startswith("{") and shown.isascii()


def test_dataset_survives_pickle(samples):
    data = fk.relaxation_segment(fk.load(samples / "relaxation" / "ramp_and_hold_12K.dat"))
    back = pickle.loads(pickle.dumps(data))
    assert back.history == data.history and back.source == data.source and dict(back.meta) == dict(data.meta)
    assert all((back[name] == data[name]).all() for name in data.columns)
    with pytest.raises(ValueError):
        back["moment"][0] = 0.0


def test_spawned_processes(samples):
    """Datasets go out and results come back, as on Windows and macOS."""
    runs = fk.load_all([samples / "relaxation" / f"relaxation_{kelvin}K.csv" for kelvin in ("05", "26")])
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.starmap(fk.fit, [("log_decay", run) for run in runs])
        pool.close()
        pool.join()
    for run, result in zip(runs, results):
        assert result.to_json() == fk.fit("log_decay", run).to_json()
