"""The README: its scripts run as written, its table names every quantity of the catalogue."""

import re
import shutil
from pathlib import Path

import pytest

import fitkit as fk
from fitkit.background import BACKGROUNDS
from fitkit.names import QUANTITIES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"```python\n(.*?)```", README, re.S)


@pytest.mark.parametrize("script", SCRIPTS, ids=[f"script {number}" for number in range(len(SCRIPTS))])
def test_scripts_run_as_written(script, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    exec(compile(script, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_first_script_prints_what_stands_below_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    script, output = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.S).groups()
    exec(compile(script, "README.md", "exec"), {})
    assert capsys.readouterr().out.split() == output.split()


def test_nomenclature_names_every_quantity():
    table = README[README.index("## Nomenclature"):README.index("## Licence")]
    named = set(re.findall(r"`([^`]+)`", table))
    wanted = set(BACKGROUNDS)
    for name in fk.models():
        law = fk.get_model(name)
        wanted |= {one.name for one in (*law.params, *law.known, *law.derived)}
        wanted |= {name for column in (*law.columns_x, law.y) for name, _ in column.choices}
    assert wanted <= named, f"not in the nomenclature of README.md: {sorted(wanted - named)}. Add rows | quantity | `name` | symbol | unit |"
    columns = {name for law in map(fk.get_model, fk.models()) for column in (*law.columns_x, law.y) for name, _ in column.choices}
    assert columns <= set(QUANTITIES), f"not in QUANTITIES of fitkit/names.py: {sorted(columns - set(QUANTITIES))}. Add \"name\": (SI unit, unit to show, meaning)"


def test_says_the_right_name_of_the_distribution():
    assert "pip install fitkit`" not in README and "pip install fitkit\n" not in README and "fitkit-lab" in README
