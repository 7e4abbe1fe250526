"""Wheel and sdist: what they hold, and that they work where there is no checkout."""

import importlib.util
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def build(source, target, *kinds):
    """Wheel or sdist by the build backend itself, which needs no network; returns the archives."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; it is in the extra 'test'")
    kinds = [word for kind in kinds for word in ("-t", kind)]
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(target), *kinds], cwd=source, check=True, capture_output=True)
    return sorted(target.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    [path] = build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")
    return path


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    [path] = build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")
    return path


def held(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


def away(*command, cwd):
    """Run a command where no variable leads back to the checkout."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FITKIT", "VIRTUAL_ENV"))}
    return subprocess.run([str(word) for word in command], cwd=cwd, env=clean, check=False, capture_output=True, text=True, encoding="utf-8")


def test_wheel_holds_the_package_and_the_sample_data_and_nothing_else(wheel):
    wanted = {f"fitkit/{name}" for name in files_below(ROOT / "fitkit")} | {f"fitkit/sample_data/{name}" for name in files_below(ROOT / "sample_data")}
    assert held(wheel) == wanted


def test_wheel_has_the_command_and_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [entry] = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
        assert "fitkit = fitkit.cli:main" in archive.read(entry).decode()
        assert any("LICENSE" in name for name in archive.namelist())


def test_sdist_gives_the_same_wheel(wheel, sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [unpacked] = tmp_path.iterdir()
    [again] = build(unpacked, tmp_path / "again", "wheel")
    assert held(again) == held(wheel)
    assert not [name for name in ("run.py", "CONTRIBUTING.md", "CITATION.cff", "tests/conftest.py", "docs/overview.png") if not (unpacked / name).is_file()]


def test_unpacked_wheel_runs_away_from_the_checkout(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    script = (f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); import fitkit as fk; from fitkit.demo import sample_folder;"
              "print(fk.__file__, sample_folder(), len(fk.models()), fk.load(sample_folder() / 'relaxation' / 'relaxation_11K.csv').si('temperature'))")
    done = away(sys.executable, "-c", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    here, samples, laws, temperature = done.stdout.split()
    assert str(tmp_path) in here and str(tmp_path) in samples and int(laws) > 40 and float(temperature) == pytest.approx(11, abs=0.1)


@pytest.mark.slow
def test_installed_wheel_runs_the_demo_in_an_empty_environment(wheel, tmp_path):
    scripts = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "empty")], check=True)
    # an environment made without pip takes the one of the Python below it
    owner = sys.executable if importlib.util.find_spec("pip") else getattr(sys, "_base_executable", sys.executable)
    installed = subprocess.run([owner, "-m", "pip", "--python", str(scripts / "python"), "install", "--quiet", str(wheel)], check=False, capture_output=True, text=True, cwd=tmp_path)
    if installed.returncode:
        problem = (installed.stderr.strip().splitlines() or ["pip failed"])[-1]
        if any(word in installed.stderr for word in ("connection", "Connection", "Temporary failure")):
            pytest.skip(f"the dependencies cannot be installed here: {problem}")
        pytest.fail(installed.stderr)
    laws = away(scripts / "fitkit", "models", cwd=tmp_path)
    assert laws.returncode == 0 and "log_decay" in laws.stdout and "hln" in laws.stdout and "power_law" in laws.stdout, laws.stderr
    demo = away(scripts / "fitkit", "demo", cwd=tmp_path)
    assert demo.returncode == 0, demo.stderr
    assert (tmp_path / "fitkit-demo" / "report.html").stat().st_size > 100_000 and (tmp_path / "fitkit-demo" / "recovered.csv").is_file()
