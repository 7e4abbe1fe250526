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


def test_the_law_of_contributing_fulfils_the_contract():
    import law_contract

    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    room = {"__name__": "fitkit.laws.relaxation.second_order_decay", "__package__": "fitkit.laws.relaxation"}
    exec(compile(re.search(r"```python\n(.*?)```", text, re.S)[1], "CONTRIBUTING.md", "exec"), room)
    for check in law_contract.CONTRACT:
        check(room["MODEL"])
    assert "second-order decay" in make_pages.law_page(room["MODEL"]).lower()
