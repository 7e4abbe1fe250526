"""The documentation: a page for every law from the text of the catalogue, every public name in the reference, scripts that run."""

import re
import shutil
import sys
from pathlib import Path

import matplotlib.mathtext
import numpy as np
import pytest

import fitkit as fk

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "docs"))
import draw
import make_pages
from scripts import with_output
from typeset import typeset

WRITTEN = sorted([ROOT / "docs" / "start.md", *(ROOT / "docs" / "howto").glob("*.md"), *(ROOT / "docs" / "explanation").glob("*.md")])
SCRIPTS = [(page.stem, script) for page in WRITTEN for script in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)]


def words(text):
    """The words of a text without the signs of tables and escapes."""
    return " ".join(re.sub(r"[\\|`*#]", "", text).split())


def hidden(page):
    """The entries of the table of contents of a made page."""
    return page[page.index(":hidden:"):].replace("```", "").split()[1:]


def test_every_law_stands_in_one_room_and_on_the_index():
    rooms = make_pages.laws_by_room()
    index = make_pages.laws_index(rooms)
    listed = [name for room, laws in rooms.items() for name in hidden(make_pages.room_page(room, laws))]
    assert sorted(listed) == sorted(fk.models()) and hidden(index) == list(rooms)
    assert all(f"({name}.md)" in index for name in listed)
    assert not set(rooms) & set(listed), "a room and a law would be one file"


@pytest.mark.parametrize("name", list(fk.models()))
def test_page_says_what_the_terminal_says(name):
    law, page = fk.get_model(name), words(make_pages.law_page(fk.get_model(name)))
    texts = [law.equation, law.validity, law.convention, *law.references, *(one.meaning for one in (*law.params, *law.known, *law.derived)), *(m for _, m in law.diagnosed.values())]
    described = words(law.describe())
    missing = [text for text in texts if words(text) not in page or words(text) not in described]
    assert not missing


@pytest.mark.parametrize("name", list(fk.models()))
def test_equation_is_set_and_the_plot_has_three_different_curves(name):
    law, parser = fk.get_model(name), matplotlib.mathtext.MathTextParser("path")
    for line in typeset(law.equation, draw.symbols_of(law)):
        parser.parse(f"${line}$")
    _, curves = draw.curves_of(law)
    shapes = [y[np.isfinite(y)] for _, _, y in curves]
    assert all(y.size > 100 and np.ptp(y) > 0 for y in shapes)
    assert not np.array_equal(shapes[0], shapes[1]) and not np.array_equal(shapes[1], shapes[2])


@pytest.mark.parametrize("name", ["hln", "log_decay", "creep_series", "maley", "coherence_length_power", "two_branch_decay"])
def test_drawn_to_a_file(name, tmp_path):
    draw.draw_law(fk.get_model(name), tmp_path / "law.svg")
    draw.draw_equation(fk.get_model(name), tmp_path / "equation.svg")
    assert all((tmp_path / file).read_text(encoding="utf-8").rstrip().endswith("</svg>") for file in ("law.svg", "equation.svg"))


def test_output_of_a_script_stands_below_it(tmp_path):
    page = """# Page

```python
from pathlib import Path
print(len(list(Path("sample_data/relaxation").glob("*.csv"))), "files")
Path("curve.png").write_bytes(b"a picture")
```

and on

```python
print("no second picture")
```
"""
    made = with_output(page, "page", tmp_path / "output")
    assert made.count("```text") == 2 and "```\n\n```text\n8 files\n```\n" in made and made.count("![curve](/output/page_curve.png)") == 1
    assert (tmp_path / "output" / "page_curve.png").read_bytes() == b"a picture"
    with pytest.raises(RuntimeError, match="page: a script of the page stopped with ZeroDivisionError"):
        with_output("```python\n1 / 0\n```\n", "page", tmp_path)
    assert with_output("no script\n", "page", tmp_path / "none") == "no script\n"


def test_cite_and_models_say_what_the_page_says(capsys):
    from fitkit.cli import main

    for name in ("hln", "log_decay", "power_law"):
        for command, text in (("cite", fk.get_model(name).cite()), ("models", fk.get_model(name).describe())):
            try:
                main([command, name])
            except SystemExit as stop:
                assert stop.code == 0
            assert words(text) in words(capsys.readouterr().out)


def test_typeset_knows_greek_indices_powers_and_roots():
    assert typeset("a = sqrt(D tau_phi),  b = G0 x^(-1/mu)", {}) == [r"a = \sqrt{D\,\tau_{\varphi}}", r"b = G_{0}\,x^{-1/\mu}"]


def test_every_public_name_is_in_the_reference():
    named = [name for names in make_pages.REFERENCE.values() for name in names] + make_pages.steps()
    assert sorted(named) == sorted(set(fk.__all__) - {"simulate"})
    assert all(getattr(fk, name).__doc__ for name in named)


@pytest.mark.parametrize(("page", "script"), SCRIPTS, ids=[f"{page} {number}" for number, (page, _) in enumerate(SCRIPTS)])
def test_scripts_run_as_written(page, script, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    exec(compile(script, page, "exec"), {})
    assert capsys.readouterr().out.strip()


def test_version_is_one():
    assert f"\nversion: {fk.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {fk.__version__}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def contributing(number, module):
    """The names that the numbered example of CONTRIBUTING.md makes as a module of that name."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    room = {"__name__": module, "__package__": module.rpartition(".")[0]}
    exec(compile(re.findall(r"```python\n(.*?)```", text, re.S)[number], "CONTRIBUTING.md", "exec"), room)
    return text, room


def test_the_law_of_contributing_fulfils_the_contract(tmp_path):
    import law_contract

    _, room = contributing(0, "fitkit.laws.relaxation.second_order_decay")
    for check in law_contract.CONTRACT:
        check(room["MODEL"])
    assert "second-order decay" in make_pages.law_page(room["MODEL"]).lower()
    draw.draw_law(room["MODEL"], tmp_path / "law.svg")


def test_the_loader_of_contributing_fulfils_the_contract(tmp_path):
    from loader_contract import check_loader

    text, room = contributing(1, "fitkit.loaders.rig_3")
    name, (file, content, options) = eval("{" + re.search(r'^    "rig_3": .*,$', text, re.M)[0] + "}").popitem()
    (tmp_path / file).write_bytes(content.encode())
    check_loader(room["LOADER"], tmp_path / file, {"field": np.array([-0.05, 0.0, 0.05]), "resistance": np.array([1001.0, 1002.5, 1001.5])}, options)
    assert room["LOADER"].name == name


def test_the_step_of_contributing_fulfils_the_contract():
    from step_contract import check_step

    from fitkit.prepare.step import STEPS

    text, room = contributing(2, "fitkit.prepare.relative_moment")
    STEPS.pop("relative_moment")  # it is no step of the package
    data = fk.dataset(time=([1.0, 2.0, 3.0], "s"), moment=([-2.0, -1.5, -1.0], "emu"), moment_err=([0.1, 0.1, 0.1], "emu"))
    errors = eval("{" + re.search(r'^    "relative_moment": .*,$', text, re.M)[0] + "}", {"relaxation": None})["relative_moment"][2]
    check_step(room["relative_moment"], data, {}, errors)
    np.testing.assert_allclose(room["relative_moment"](data)["relative_moment"], [1, 0.75, 0.5])
    with pytest.raises(fk.FitkitError, match="moment of the first row is 0"):
        room["relative_moment"](data.with_columns({"moment": data["moment"] * 0}))
