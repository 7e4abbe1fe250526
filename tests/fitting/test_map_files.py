"""Maps larger than the memory, interrupted maps, and folders of files in worker processes."""

import functools
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk

FIELD = np.linspace(-0.5, 0.5, 100)


def curves(count, seed=0):
    rng = np.random.default_rng(seed)
    L_phi = np.exp(rng.uniform(np.log(40e-9), np.log(300e-9), count))
    return fk.get_model("hln").function(FIELD, rng.uniform(0.4, 1.2, (count, 1)), L_phi[:, None]) + rng.normal(0, 2e-7, (count, len(FIELD)))


def same(a, b):
    return all(np.array_equal(getattr(a, table)[name], getattr(b, table)[name], equal_nan=True) for table in ("values", "errors", "verdicts") for name in a.names)


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    path = tmp_path_factory.mktemp("stack") / "curves.npy"
    np.save(path, curves(30_000))
    return path


def test_files_on_disk_are_read_in_pieces(stack, tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed: pip install fitkit-lab[hdf5]")
    Y = np.load(stack)[:6000]
    whole = fk.fit_many("hln", FIELD, Y)
    assert same(whole, fk.fit_many("hln", FIELD, np.load(stack, mmap_mode="r")[:6000]))
    np.save(tmp_path / "part.npy", Y)
    assert same(whole, fk.fit_many("hln", FIELD, tmp_path / "part.npy", chunk=2000))
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["flat"], file["map"] = Y, Y.reshape(60, 100, -1)
        assert same(whole, fk.fit_many("hln", FIELD, file["flat"], chunk=1500))
        folded = fk.fit_many("hln", FIELD, file["map"], chunk=1500)
        assert folded.shape == (60, 100) and np.array_equal(folded.values["L_phi"].ravel(), whole.values["L_phi"])


KILLED = """
import sys, numpy as np, fitkit as fk
path, out = sys.argv[1:]
done = lambda done, total: (sys.stdout.write(f"{done}\\n"), sys.stdout.flush(), __import__("time").sleep(0.2))
fk.fit_many("hln", np.linspace(-0.5, 0.5, 100), path, out=out, threads=2, chunk=4096, progress=done)
"""


def test_a_killed_map_goes_on_where_it_ended(stack, tmp_path):
    """SIGKILL in the middle: nothing is lost, nothing is done twice, and the numbers are those of one run."""
    out = tmp_path / "map.fit"
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(stack), str(out)], stdout=subprocess.PIPE, text=True,
                             env=os.environ | {"PYTHONPATH": str(Path(fk.__file__).parent.parent)})
    try:
        for line in child.stdout:
            if int(line) >= 8192:
                break
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=30)
    finally:
        child.kill()
        child.stdout.close()
    partial = fk.read_map(out)
    kept = int(np.sum(~partial.failed))
    assert 8192 <= kept < 30_000
    with open(out, "r+b") as file:   # the last record torn
        file.truncate(out.stat().st_size - 7)
    told = []
    result = fk.fit_many("hln", FIELD, stack, out=out, chunk=4096, progress=lambda done, total: told.append(done))
    assert min(told) > kept - 4096 and told[-1] == 30_000   # what was on the disk was not fitted again
    whole = fk.fit_many("hln", FIELD, stack)
    assert same(result, whole) and same(fk.read_map(out), whole)
    assert np.array_equal(partial.values["L_phi"][: kept - 1], whole.values["L_phi"][: kept - 1])
    began = time.perf_counter()
    assert same(fk.fit_many("hln", FIELD, stack, out=out, progress=lambda done, total: pytest.fail("fitted again")), whole)
    assert time.perf_counter() - began < 5


def test_a_file_of_other_results_is_left_alone(stack, tmp_path):
    out = tmp_path / "map.fit"
    fk.fit_many("hln", FIELD, curves(50), out=out)
    before = out.read_bytes()
    for call, words in ((lambda: fk.fit_many("hln", FIELD, curves(50, seed=1), out=out), "other curves"),
                        (lambda: fk.fit_many("hln", FIELD, curves(50), out=out, fix={"alpha": 1}), "options"),
                        (lambda: fk.fit_many("hln", FIELD, curves(60), out=out), "shape")):
        with pytest.raises(fk.FitkitError, match=words):
            call()
    assert out.read_bytes() == before
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(fk.FitkitError, match="no results of fit_many"):
        fk.fit_many("hln", FIELD, curves(50), out=tmp_path / "notes.txt")
    with pytest.raises(fk.FitkitError, match="no results of fit_many"):
        fk.read_map(tmp_path / "notes.txt")


MEMORY = """
import sys, numpy as np, fitkit as fk
result = fk.fit_many("hln", np.linspace(-0.5, 0.5, 100), sys.argv[1], out=sys.argv[2], threads=2)
print(next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))   # ru_maxrss would begin with that of the parent
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_memory_stays_bounded(tmp_path):
    """A stack of 320 MB is fitted in less than 300 MB."""
    path = tmp_path / "large.npy"
    table = np.lib.format.open_memmap(path, mode="w+", dtype=float, shape=(400_000, 100))
    part = curves(20_000)
    for row in range(0, len(table), len(part)):
        table[row: row + len(part)] = part
    table.flush()
    del table
    done = subprocess.run([sys.executable, "-c", MEMORY, str(path), str(tmp_path / "out.fit")], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(Path(fk.__file__).parent.parent), "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 300


# -- folders ---------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def wafer(tmp_path_factory):
    """Seven dies; one file is torn, one has no signal."""
    folder = tmp_path_factory.mktemp("wafer")
    rng = np.random.default_rng(0)
    current = np.linspace(0, 100, 80)
    for number in range(1, 8):
        voltage = fk.get_model("power_law").function(current, 70 + number, 20.0, 0.01, 1e-4) + rng.normal(0, 1e-8, 80)
        text = "# tap_distance = 1 cm\ncurrent [A], voltage [uV]\n" + "\n".join(f"{a!r}, {b!r}" for a, b in zip(current.tolist(), (voltage * 1e6).tolist()))
        (folder / f"die_{number}.csv").write_text("garbage \x00" if number == 4 else text, encoding="utf-8")
    return folder


def check_wafer(result):
    assert [one.name for one in result] == [f"die_{number}" for number in range(1, 8)]
    assert result.fits[3].failed and "die_4.csv" in result.fits[3].failed
    for number in (1, 2, 3, 5, 6, 7):
        assert result.fits[number - 1]["Ic"].value == pytest.approx(70 + number, abs=5 * result.fits[number - 1]["Ic"].error)
    assert "die_4" in str(result.table())


def test_files_in_processes_and_threads(wafer):
    told = []
    result = fk.fit_files("power_law", str(wafer / "*.csv"), progress=lambda done, total: told.append((done, total)))
    check_wafer(result)
    assert told[-1] == (7, 7)
    with ThreadPoolExecutor(2) as pool:
        threaded = fk.fit_files("power_law", sorted(wafer.glob("*.csv")), executor=pool, progress=None)
    assert [one.failed or one["Ic"].value for one in threaded] == [one.failed or one["Ic"].value for one in result]


def test_steps_of_the_caller(wafer):
    result = fk.fit_files("power_law", str(wafer / "*.csv"), prepare=[functools.partial(fk.where, text="current > 10 A")], progress=None, background=["offset"])
    check_wafer(result)
    assert all(one.failed or one.statistics.points < 80 for one in result)
    bad = fk.fit_files("power_law", str(wafer / "die_[123].csv"), prepare=[functools.partial(fk.where, text="current > 1000 A")], progress=None)
    assert all(one.failed for one in bad) and len(bad) == 3


def test_a_law_that_does_not_travel_says_so(wafer):
    law = fk.Model(name="mine", function=lambda current, a: a * current, x=fk.Column("current", "A"), y=fk.Column("voltage", "V"), params=(fk.Param("a", unit="y/x", linear=True),))
    with ProcessPoolExecutor(1) as pool, pytest.raises(fk.FitkitError, match=r"travel.*no lambda; or executor=ThreadPoolExecutor\(\)"):
        fk.fit_files(law, str(wafer / "*.csv"), executor=pool, progress=None)
    with ThreadPoolExecutor(1) as threads:
        fitted = fk.fit_files(law, str(wafer / "die_[123].csv"), executor=threads, progress=None)
    assert len(fitted) == 3 and not any("travel" in str(one.failed) for one in fitted)
    with pytest.raises(fk.FitkitError, match="no file"):
        fk.fit_files("power_law", str(wafer / "*.dat"))


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster(wafer):
    distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install fitkit-lab[dask]")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster, distributed.Client(cluster) as client:
        check_wafer(fk.fit_files("power_law", str(wafer / "*.csv"), executor=client.get_executor(), progress=None))


# -- the command -----------------------------------------------------------------------------------------------------------

def test_the_command_for_files_and_for_a_stack(wafer, tmp_path):
    from click.testing import CliRunner

    from fitkit.cli import main

    run = CliRunner().invoke
    table = tmp_path / "map.csv"
    done = run(main, ["map", "power_law", str(wafer / "*.csv"), "--out", str(table)])
    assert done.exit_code == 10 and "die_7" in done.output and "die_4" in table.read_text(encoding="utf-8")   # one die failed
    assert run(main, ["map", "power_law", str(wafer / "*.csv"), "--out", str(table)]).exit_code == 2
    np.save(tmp_path / "field.npy", FIELD * 1e3)
    np.save(tmp_path / "curves.npy", curves(200) * 1e6)
    stack = ["map", "hln", str(tmp_path / "curves.npy"), "--x", f"{tmp_path / 'field.npy'},mT", "--y", "uS", "--out", str(tmp_path / "map.fit")]
    done = run(main, stack)
    assert done.exit_code in (0, 10) and "200 curves" in done.output and "uS" in done.output
    assert run(main, stack).exit_code == done.exit_code
    assert fk.read_map(tmp_path / "map.fit").units["L_phi"] == "nm"
    assert run(main, ["map", "hln", str(tmp_path / "curves.npy")]).exit_code == 2
