"""fitkit from a fresh checkout with nothing but Python and pip.

    python3 run.py demo             analyse sample_data/, write fitkit-demo/report.html and the tables
    python3 run.py test             the whole test suite (any pytest arguments may follow)
    python3 run.py test --slow      with the statistics that take minutes
    python3 run.py test --lowest    with the lowest versions that pyproject.toml allows, in .venv-lowest
    python3 run.py test --newest    with the newest versions there are, in .venv-newest
    python3 run.py check            type hints of the public modules (mypy) and style with docstrings (ruff)
    python3 run.py bench            the benchmark table (or some rows of it: B3 B4), written to benchmarks/results.json
    python3 run.py fuzz             load 100,000 mutated files: nothing but fitkit's own error may come out
    python3 run.py notebooks        run the notebooks again and keep their output
    python3 run.py docs             build the pages into docs/_build, a warning is an error

Makes .venv beside this file and reuses it while pyproject.toml is unchanged. Prints the plain commands that it runs.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(*command: object, **options) -> int:
    """Print a command as one would type it, run it, return its exit code."""
    words = [str(word) for word in command]
    print("$ " + " ".join(map(shlex.quote, words)), flush=True)
    return subprocess.run(words, cwd=ROOT, **options).returncode


def need(*command: object) -> None:
    """Run a command that must succeed."""
    code = run(*command)
    if code:
        sys.exit(code)


def lowest_versions() -> list[str]:
    """The requirements of pyproject.toml with every ``>=`` made ``==``."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    return [one.replace(">=", "==") for one in wanted if ">=" in one]


def environment(extra: str, versions: str = "") -> Path:
    """Make .venv with fitkit installed (editable), with an extra; reuse it while pyproject.toml is unchanged. Returns its Python.

    ``versions``: "" takes what pip takes, "lowest" the lowest allowed ones and "newest" the newest there are, each in an environment of its own.
    """
    venv = VENV.with_name(f"{VENV.name}-{versions}") if versions else VENV
    python = venv / PYTHON.relative_to(VENV)
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    mark = venv / f"fitkit-{extra or 'plain'}"
    if python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted and versions != "newest":
        return python
    if not python.exists():
        # without ensurepip (some Debian Pythons) the pip of the system installs into the environment from outside
        need(sys.executable, "-m", "venv", "--without-pip", venv)
    choice: list[object] = []
    if versions == "lowest":
        # pyparsing of the time: a later one warns at what the lowest matplotlib calls, and here a warning is a failure
        (venv / "lowest.txt").write_text("\n".join([*lowest_versions(), "pyparsing<3.3"]) + "\n", encoding="utf-8")
        choice = ["--constraint", venv / "lowest.txt"]
    if versions == "newest":
        choice = ["--upgrade", "--upgrade-strategy", "eager"]
    package = f".[{extra}]" if extra else "."
    need(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check", *choice, "--editable", package)
    mark.write_text(wanted, encoding="utf-8")
    return python


def main() -> int:
    if sys.version_info < (3, 11):
        print(f"fitkit wants Python 3.11 or newer, this is {sys.version.split()[0]}. Try: python3.11 run.py demo")
        return 2
    task, rest = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if task == "demo":
        environment("")
        return run(PYTHON, "-m", "fitkit", "demo", *rest)
    if task == "test":
        versions = next((word for word in ("lowest", "newest") if f"--{word}" in rest), "")
        python = environment("test", versions)
        slow = ["-m", "slow or not slow"] if "--slow" in rest else ["-m", "not slow"]
        spread = [] if "-n" in rest else ["-n", "auto"]  # a process for every core
        return run(python, "-m", "pytest", *slow, *spread, *[word for word in rest if word not in ("--slow", "--lowest", "--newest")])
    if task == "check":
        environment("check")
        return run(PYTHON, "-m", "mypy", *rest) or run(PYTHON, "-m", "ruff", "check", "--quiet", ".")
    if task == "bench":
        environment("test")
        return run(PYTHON, "-m", "benchmarks.run", *rest)
    if task == "fuzz":
        environment("test")
        return run(PYTHON, ROOT / "tests" / "fuzz" / "fuzz.py", *rest)
    if task == "notebooks":
        environment("test")
        return run(PYTHON, ROOT / "notebooks" / "make.py", *rest)
    if task == "docs":
        environment("docs")
        need(PYTHON, ROOT / "docs" / "make_pages.py")
        return run(PYTHON, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html", ROOT / "docs", ROOT / "docs" / "_build", *rest)
    print(__doc__)
    return 0 if task in ("", "-h", "--help") else 2


if __name__ == "__main__":
    sys.exit(main())
