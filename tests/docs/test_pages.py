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
import make_pages
from typeset import typeset

WRITTEN = sorted([ROOT / "docs" / "start.md", *(ROOT / "docs" / "howto").glob("*.md"), *(ROOT / "docs" / "explanation").glob("*.md")])
SCRIPTS = [(page.stem, script) for page in WRITTEN for script in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)]


def words(text):
    """The words of a text without the signs of tables and escapes."""
    return " ".join(re.sub(r"[\\|`*#]", "", text).split())


def test_index_lists_every_law_once():
    index = make_pages.laws_index(make_pages.laws_by_room())
    listed = index[index.index(":hidden:"):].replace("```", "").split()[1:]
    assert sorted(listed) == sorted(fk.models())


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
    for line in typeset(law.equation, make_pages.symbols_of(law)):
        parser.parse(f"${line}$")
    _, curves = make_pages.curves_of(law)
    shapes = [y[np.isfinite(y)] for _, _, y in curves]
    assert all(y.size > 100 and np.ptp(y) > 0 for y in shapes)
    assert not np.array_equal(shapes[0], shapes[1]) and not np.array_equal(shapes[1], shapes[2])


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
