"""The house: who may import whom, what `import fitkit` loads, names, constants."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
import scipy.constants

import fitkit as fk
from fitkit import constants

PACKAGE = Path(fk.__file__).parent

# room -> what its modules may import at module level (names of rooms or modules directly under fitkit/)
BASE = {"constants", "units", "errors", "names", "measured"}
MAY_IMPORT = {
    "errors": set(),
    "constants": set(),
    "progress": set(),
    "names": set(),
    "units": {"constants", "errors"},
    "measured": BASE,
    "physics": {"constants", "errors", "physics"},
    "background": {"errors"},
    "plugins": set(),
    "model": {"units", "errors", "plugins"},
    "shifted": {"errors", "model"},
    "cautions": {"physics", "constants", "measured", "model", "background"},
    "laws": {"physics", "constants", "errors", "model", "measured", "background", "cautions", "laws"},
    "data": BASE,
    "motion": set(),
    "segments": BASE | {"data", "motion"},
    "writing": BASE | {"data"},
    "transport": BASE | {"data", "physics"},
    "hopping": BASE | {"physics"},
    "grid": BASE | {"data"},
    "loaders": BASE | {"data", "grid", "loaders", "plugins"},
    "loading": BASE | {"data", "loaders", "progress"},
    "prepare": BASE | {"data", "physics", "prepare", "segments"},
    "chain": BASE | {"data", "model", "prepare", "segments"},
    "fitting": BASE | {"data", "model", "background", "fitting", "progress"},
    "replay": BASE | {"data", "fitting"},
    "inspection": BASE | {"data", "loading", "segments", "model"},
    "budget": BASE | {"data", "model", "background", "fitting", "physics", "budget"},
    "series": BASE | {"data", "model", "fitting", "physics", "series"},
    "critical": BASE | {"data", "model", "background", "fitting", "physics", "critical"},
    "report": BASE | {"model", "fitting", "budget", "series", "critical", "physics", "data", "report"},
    "simulate": {"constants", "simulate", "errors", "physics"},
    "demo": BASE | {"fitting"},
    "cli": {"errors", "__version__", "saved_commands"},
    "saved_commands": {"errors"},
    "__init__": set(),
    "__main__": {"cli"},
}
# the only functions that reach to the right of the house, each inside its body
REACH_RIGHT = {("fitting/result.py", name) for name in ("table", "summary", "_repr_html_", "to_dataframe", "to_csv", "to_latex", "to_markdown", "plot",
                                                           "plot_series", "save", "to_json", "methods", "script")} \
    | {("fitting/maps/result.py", "plot")} \
    | {(f"fitting/{module}.py", name) for module in ("compare", "window_scan") for name in ("table", "__repr__", "_repr_html_", "plot")} \
    | {("critical/ej.py", "plot")} | {("budget/term.py", name) for name in ("table", "__repr__", "_repr_html_", "plot")} \
    | {("series/maley.py", name) for name in ("__repr__", "plot")}


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


def imports(tree, path, deep=False):
    """Absolute names under fitkit that a module imports: at module level, or anywhere."""
    package = ("fitkit", *path.relative_to(PACKAGE).parts[:-1])
    nodes = ast.walk(tree) if deep else tree.body
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join((*base, *((node.module or "").split(".") if node.module else ())))
            yield name if node.module else None, node
            if not node.module or name == "fitkit":
                for alias in node.names:
                    yield f"{name or '.'.join(base)}.{alias.name}", node
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_import_rules(path):
    room = room_of(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name, _ in imports(tree, path):
        if name and name.startswith("fitkit."):
            other = name.split(".")[1]
            assert other in MAY_IMPORT[room], f"{path.name} ({room}) imports {name}"
            if room == "laws":
                # the vocabulary of its room (laws/relaxation/__init__.py) is shared, a sibling is not
                assert other != "laws" or not PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py").exists(), f"{path.name} imports a sibling law"
    for name, _ in imports(tree, path, deep=True):
        top = (name or "").split(".")[0]
        if top == "lmfit":
            assert path.relative_to(PACKAGE).as_posix() in ("fitting/solve.py", "fitting/lmfit_model.py"), f"{path.name} knows lmfit"
        if top == "matplotlib":
            assert path.relative_to(PACKAGE).as_posix() == "report/figure.py", f"{path.name} knows matplotlib"


def test_only_the_listed_functions_reach_right():
    """Nothing left of report/ imports it but these convenience methods, inside their bodies."""
    found = set()
    for path in modules():
        if room_of(path) in ("report", "cli", "saved_commands", "demo", "__init__"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for name, _ in imports(node, path, deep=True):
                    if name and (name.startswith("fitkit.report") or room_of(path) == "model" and name.startswith("fitkit.fitting")):
                        found.add((path.relative_to(PACKAGE).as_posix(), node.name))
    assert found == REACH_RIGHT | {("model.py", "to_lmfit")}


HEAVY = "('scipy', 'lmfit', 'pandas', 'matplotlib')"


@pytest.mark.parametrize("code", ["import fitkit", "import fitkit.cli", "import fitkit, fitkit.data, fitkit.model, fitkit.units"])
def test_import_is_light(code):
    text = f"{code}\nimport sys\nheavy = [m for m in {HEAVY} if m in sys.modules]\nassert not heavy, heavy"
    subprocess.run([sys.executable, "-c", text], check=True)


def test_help_is_light():
    text = f"""
import sys
from fitkit.cli import main
try:
    main(["--help"])
except SystemExit as stop:
    assert stop.code == 0
heavy = [m for m in (*{HEAVY}, "numpy") if m in sys.modules]
assert not heavy, heavy
"""
    shown = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True, encoding="utf-8").stdout
    assert all(command in shown for command in ("demo", "look", "models", "fit", "cite"))


def test_public_names():
    """Every public name is there, none equals a module, and importing every module replaces none of them."""
    top = {module.name for module in pkgutil.iter_modules(fk.__path__)}
    assert not (set(fk._HOME) & top)
    for module in pkgutil.walk_packages(fk.__path__, "fitkit."):
        if module.name != "fitkit.__main__":
            importlib.import_module(module.name)
    for name in fk.__all__:
        value = getattr(fk, name)
        assert name == "simulate" or callable(value), name
        assert value.__doc__, f"{name} has no docstring"
    with pytest.raises(AttributeError):
        fk.no_such_name


def test_constants():
    exact = {"e": "elementary charge", "h": "Planck constant", "hbar": "reduced Planck constant", "k_B": "Boltzmann constant", "Phi0": "mag. flux quantum"}
    measured = {"mu0": "vacuum mag. permeability", "mu_B": "Bohr magneton", "m_e": "electron mass"}
    for name, theirs in exact.items():
        assert getattr(constants, name) == pytest.approx(scipy.constants.value(theirs), rel=1e-10)
    for name, theirs in measured.items():  # CODATA 2018 against whatever edition scipy holds
        assert getattr(constants, name) == pytest.approx(scipy.constants.value(theirs), rel=1e-8)
    assert constants.G0 == pytest.approx(1.233147098337e-5, rel=1e-12)


def test_no_constant_is_typed_twice():
    for path in modules():
        if path.name in ("constants.py", "units.py"):
            continue
        text = path.read_text(encoding="utf-8")
        for digits in ("1.602", "6.626", "1.3806"):
            assert digits not in text, f"{path.name} types a physical constant"


@pytest.mark.parametrize("path", [*modules(), PACKAGE.parent / "run.py"], ids=lambda path: path.name)
def test_every_text_file_names_its_encoding(path):
    """A lab PC's default is cp1252."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else "open" if getattr(node.func, "id", "") == "open" else ""
            modes = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            binary = any(set(mode) <= set("rwxab+") and "b" in mode for mode in modes)
            # zipfile and npTDMS have an open of their own, for bytes
            theirs = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", getattr(node.func.value, "attr", "")) in ("archive", "TdmsFile")
            if name in ("open", "read_text", "write_text", "fdopen") and not binary and not theirs:
                assert any(keyword.arg == "encoding" for keyword in node.keywords), f"{path.name} line {node.lineno}: {name} without encoding"


def test_no_two_test_files_share_a_name():
    """pytest imports them by their name alone."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)
