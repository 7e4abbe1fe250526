"""Write the pages that are made from the code: one for each law, and the reference of the public names.

    python docs/make_pages.py      before  python -m sphinx docs docs/_build

The text of a law is what ``fitkit models NAME`` prints, read from the same fields; its plot is the law on the grid where people measure, its parameters in the
middle of their typical ranges and one of them at three values.
"""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from typeset import typeset

import fitkit as fk
from fitkit.data import read_meta
from fitkit.model import Model, Param
from fitkit.names import QUANTITIES
from fitkit.report import figure as figure_style
from fitkit.units import parse_unit

HERE = Path(__file__).resolve().parent
ROOMS = {
    "magnetoconductance": "Magnetoresistance: weak (anti)localization",
    "relaxation": "Relaxation of the moment: flux creep and its relatives",
    "voltage_current": "Voltage against current",
    "critical_current": "Critical current against field and temperature",
    "temperature": "Against temperature: the second stage",
}
# the reference, page by page; every public name stands on one of them (a test holds that)
REFERENCE = {
    "Data": ("load", "load_all", "look", "Dataset", "dataset", "Measured", "MeasuredColumn", "FitkitError"),
    "Fits": ("fit", "FitResult", "read_result", "repeat", "compare", "scan_window", "bootstrap", "profile"),
    "Laws": ("models", "get_model", "Model", "Param", "Known", "Derived", "Column", "Check", "Caution", "Coefficients"),
    "Maps": ("fit_many", "fit_files", "MapResult", "read_map"),
    "Creep": (
        "error_budget", "how_long", "join_runs", "local_rates", "maley", "creep_exponents", "attempt_frequency", "hop_rate", "ginzburg_number", "plot_barriers",
        "plot_electric_field",
    ),
    "Critical current": (
        "critical_current", "local_n", "critical_table", "write_critical_table", "plot_critical_table", "joint_barrier", "isotherm_curvature", "ej_picture",
    ),
    "Transport": ("diffusivity", "transport_numbers"),
}


def room_of(law: Model) -> str:
    """Folder of the law's file: magnetoconductance, relaxation, voltage_current or temperature."""
    return law.function.__module__.split(".")[2] if law.function.__module__.startswith("fitkit.laws.") else "temperature"


def laws_by_room() -> dict[str, list[Model]]:
    """The catalogue, room by room."""
    found: dict[str, list[Model]] = {room: [] for room in ROOMS}
    for name in fk.models():
        found[room_of(fk.get_model(name))].append(fk.get_model(name))
    return found


def steps() -> list[str]:
    """Public names of the preparation steps, and of what makes data for laws."""
    elsewhere = {name for names in REFERENCE.values() for name in names}
    return [name for name in fk.__all__ if name not in elsewhere and name != "simulate"]


# -- a law --------------------------------------------------------------------------------------------------------------

def _cell(text: str) -> str:
    """Text that stands in a table cell as it is."""
    for sign in "\\|*_`<[$":
        text = text.replace(sign, "\\" + sign)
    return text


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)] + [""]


def law_page(law: Model) -> str:
    """MyST text of the page of a law."""
    page = [f"# {law.name}", "", _cell(law.title[:1].upper() + law.title[1:]) + ".", "", f"![the equation of {law.name}]({law.name}_equation.svg)", "", "```text", *re.split(r"(?<=[,;])  +", law.equation), "```", "",
            f"Needs {' and '.join(' or '.join(f'`{n}`' for n, _ in c.choices) for c in law.columns_x)}; gives {' or '.join(f'`{n}`' for n, _ in law.y.choices)}.", "",
            f"![{law.name} with parameters from their typical ranges]({law.name}.svg)", "", "## Parameters", ""]
    sourced = any(p.source for p in law.params)
    page += _table(("name", "unit", "meaning", "typical", *(("source",) if sourced else ())), [
        (f"`{p.name}`", p.unit or "1", _cell(p.meaning) + (f"; off at {p.default:g} until freed" if p.default is not None else ""),
         f"{p.typical[0]:g} to {p.typical[1]:g}" if p.typical else "", *((_cell(p.source),) if sourced else ())) for p in law.params])
    if law.known:
        page += ["## Known beforehand", "", *_table(("name", "unit", "meaning"), [
            (f"`{k.name}`", k.unit or "1", _cell(k.meaning) + (f"; assumed {k.default:g} {k.unit} unless given" if k.default is not None else "")) for k in law.known])]
    if law.derived:
        page += ["## Follows from the fit", "", *_table(("name", "unit", "meaning"), [(f"`{d.name}`", d.unit or "1", _cell(d.meaning)) for d in law.derived])]
    if law.diagnosed:
        page += ["## From the data and the fit", "", *_table(("name", "meaning"), [(f"`{name}`", _cell(meaning)) for name, (_, meaning) in law.diagnosed.items()])]
    if law.background:
        default = ", ".join(law.background_default) or "none" if isinstance(law.background_default, tuple) else "by the data"
        page += ["## Background", "", f"May be added: {', '.join(f'`{name}`' for name in law.background)}; by default: {default}.", ""]
    if law.physics is not None:
        page += ["## Interference", "", f"{law.physics}. Where the zero of the field is unknown, `{law.name}+field_offset` has it as a parameter.", ""]
    if law.convention:
        page += ["## Convention", "", _cell(law.convention), ""]
    page += ["## Where it holds", "", _cell(law.validity), "", "## References", "", *(f"* {_cell(one)}" for one in law.references), "",
             "The same text in a terminal: " + f"`fitkit models {law.name}`, its references alone: `fitkit cite {law.name}`.", ""]
    return "\n".join(page)


def symbols_of(law: Model) -> dict[str, str]:
    """TeX of the names in the equation: what the law's own table says, but for symbols that are formulas themselves."""
    return {one.name: one.symbol for one in (*law.params, *law.known, *law.derived) if one.symbol and "/" not in one.symbol and r"\ln" not in one.symbol}


def draw_equation(law: Model, path: Path) -> None:
    """Write the equation as a picture that needs neither network nor script."""
    lines = typeset(law.equation, symbols_of(law))
    with matplotlib.rc_context({"mathtext.fontset": "cm", "svg.fonttype": "path", "svg.hashsalt": law.name}):
        figure = Figure(figsize=(0.1, 0.1))
        for number, line in enumerate(lines):
            figure.text(0, -4.2 * number, f"${line}$", fontsize=13)
        figure.savefig(path, bbox_inches="tight", pad_inches=0.05, transparent=True, metadata={"Date": None})


def known_of(law: Model, x: tuple[np.ndarray, ...]) -> dict[str, float]:
    """Knowns [SI] of the law's example metadata."""
    found = {}
    for known in law.known:
        if known.for_derived:
            continue
        if known.name in law.example:
            found[known.name] = read_meta(known.name, law.example[known.name]).si
        elif known.of_x is not None:
            found[known.name] = known.of_x(*x)
        elif known.default is not None:
            found[known.name] = parse_unit(known.unit).to_si(known.default)
        else:
            found[known.name] = known.absent
    return found


def _between(param: Param, share: float) -> float:
    """A value [SI] in the typical range, on a logarithmic scale where the range is positive; the default of one that is off."""
    unit = parse_unit("" if param.unit.startswith("y") else param.unit)
    if param.default is not None:
        return unit.to_si(param.default)
    low, high = param.typical
    return unit.to_si(low * (high / low) ** share if low > 0 else low + share * (high - low))


def curves_of(law: Model) -> tuple[Param, list[tuple[float, tuple[np.ndarray, ...], np.ndarray]]]:
    """The parameter that is varied (the last nonlinear one with a range) and for each value [SI] of it x and y [SI]."""
    ranged = [p for p in law.params if p.default is None]
    varied = next((p for p in reversed(ranged) if not p.linear), ranged[-1])
    curves = []
    for share in (0.25, 0.5, 0.75):
        values = {p.name: _between(p, share if p is varied else 0.5) for p in law.params}
        x = law.grid(200, **values)
        x = x if isinstance(x, tuple) else (x,)
        curves.append((values[varied.name], x, np.asarray(law.function(*x, *values.values(), **known_of(law, x)), dtype=float)))
    return varied, curves


def draw_law(law: Model, path: Path) -> None:
    """Write the plot of a law on the axes that its measurement wants."""
    varied, curves = curves_of(law)
    x_name, y_name = law.columns_x[0].name, law.y.name
    x_unit, y_unit = QUANTITIES[x_name][1], QUANTITIES[y_name][1]
    figure, (ax,) = figure_style.new_figure(4.6, 2.9, rows=(1,))
    unit = parse_unit("" if varied.unit.startswith("y") else varied.unit)
    for number, (value, x, y) in enumerate(curves):
        style = {"color": figure_style.COLOURS[number], "linestyle": ("-", "--", "-.")[number]}
        label = f"{varied.name} = {unit.from_si(value):.3g} {varied.unit}".strip()
        groups = np.unique(x[1]) if len(x) > 1 and np.unique(x[1]).size < 20 else (None,)
        for group in groups:   # a law of two columns is drawn as a curve for each value of the second
            rows = np.isfinite(y) if group is None else np.isfinite(y) & (x[1] == group)
            rows = np.flatnonzero(rows)[np.argsort(x[0][rows], kind="stable")]
            ax.plot(parse_unit(x_unit).from_si(x[0][rows]), parse_unit(y_unit).from_si(y[rows]), label=label, **style)
            label = None
    positive = all((y[np.isfinite(y)] > 0).all() for _, _, y in curves)
    spread = max(math.log10(np.nanmax(x[0]) / np.nanmin(x[0])) if np.nanmin(x[0]) > 0 else 0 for _, x, _ in curves)
    if x_name in ("time", "current") and spread > 0.5:
        ax.set_xscale("log")
    if (x_name == "current" or y_name in ("L_phi",)) and positive:
        ax.set_yscale("log")
    ax.set_xlabel(figure_style.label(x_name, x_unit))
    ax.set_ylabel(figure_style.label(y_name, y_unit))
    ax.legend()
    with matplotlib.rc_context({"svg.hashsalt": law.name}):
        figure.savefig(path, metadata={"Date": None})


def laws_index(rooms: dict[str, list[Model]]) -> str:
    """The catalogue as a page."""
    page = ["# The laws", "", "One page for each, made from the text that `fitkit models NAME` prints. `fk.fit(\"hln\", data)` takes the name.", ""]
    for room, laws in rooms.items():
        page += [f"## {ROOMS[room]}", "", *_table(("law", "what it is"), [(f"[{law.name}]({law.name}.md)", _cell(law.title)) for law in laws])]
    names = [law.name for laws in rooms.values() for law in laws]
    return "\n".join([*page, "```{toctree}", ":hidden:", "", *names, "```", ""])


# -- the reference ------------------------------------------------------------------------------------------------------

def reference_page(title: str, names: list[str] | tuple[str, ...]) -> str:
    """A page of public names with their docstrings."""
    page = [f"# {title}", "", "```{eval-rst}"]
    for name in names:
        thing = getattr(fk, name)
        kind = "autoexception" if isinstance(thing, type) and issubclass(thing, Exception) else "autoclass" if isinstance(thing, type) else "autofunction"
        page += [f".. {kind}:: fitkit.{name}", *(["   :members:"] if isinstance(thing, type) else []), ""]
    return "\n".join([*page, "```", ""])


def fresh(folder: Path) -> Path:
    """An empty folder for made pages."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def main() -> None:
    """Write laws/ and reference/ beside this file."""
    rooms, folder = laws_by_room(), fresh(HERE / "laws")
    (folder / "index.md").write_text(laws_index(rooms), encoding="utf-8")
    for law in (law for laws in rooms.values() for law in laws):
        (folder / f"{law.name}.md").write_text(law_page(law), encoding="utf-8")
        draw_equation(law, folder / f"{law.name}_equation.svg")
        draw_law(law, folder / f"{law.name}.svg")
    pages, folder = {**REFERENCE, "Steps": steps()}, fresh(HERE / "reference")
    for title, names in pages.items():
        (folder / f"{title.lower()}.md").write_text(reference_page(title, names), encoding="utf-8")
    index = ["# Reference", "", "Everything that `import fitkit as fk` offers, from its docstrings.", "", "```{toctree}", "", *map(str.lower, pages), "```", ""]
    (folder / "index.md").write_text("\n".join(index), encoding="utf-8")


if __name__ == "__main__":
    main()
