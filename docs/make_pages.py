"""Write the pages that are made from the code: one for each law, and the reference of the public names.

    python docs/make_pages.py      before  python -m sphinx docs docs/_build

The text of a law is what ``fitkit models NAME`` prints, read from the same fields; its plot is the law on the grid where people measure, its parameters in the
middle of their typical ranges and one of them at three values.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from draw import draw_equation, draw_law

import fitkit as fk
from fitkit.model import Model, unit_text

HERE = Path(__file__).resolve().parent
ROOMS = {
    "relaxation": "Magnetization against time",
    "voltage_current": "Voltage against current",
    "critical_current": "Critical current against field and temperature",
    "magnetoconductance": "Magnetoresistance against field",
    "temperature": "Against temperature: the second stage",
}
# the reference, page by page; every public name stands on one of them (a test holds that)
REFERENCE = {
    "Data": ("load", "load_all", "look", "Dataset", "dataset", "Measured", "MeasuredColumn", "FitkitError"),
    "Fits": ("fit", "FitResult", "read_result", "repeat", "compare", "scan_window", "bootstrap", "profile"),
    "Reports, tables": ("write_report", "write_table", "table_of"),
    "Laws": ("models", "get_model", "Model", "Param", "Known", "Derived", "Column", "Check", "Caution", "Coefficients"),
    "Maps": ("fit_many", "fit_files", "MapResult", "read_map"),
    "Creep": (
        "error_budget", "how_long", "join_runs", "local_rates", "maley", "creep_exponents", "attempt_frequency", "hop_rate", "ginzburg_number", "plot_barriers",
    ),
    "Critical current": (
        "critical_current", "local_n", "critical_table", "write_critical_table", "plot_critical_table", "joint_barrier", "isotherm_curvature", "ej_picture",
    ),
    "Transport": ("diffusivity", "transport_numbers"),
}


def room_of(law: Model) -> str:
    """Folder of the law's file, a key of ``ROOMS``."""
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
        (f"`{p.name}`", unit_text(p.unit), _cell(p.meaning) + (f"; off at {p.default:g} until freed" if p.default is not None else ""),
         f"{p.typical[0]:g} to {p.typical[1]:g}" if p.typical else "", *((_cell(p.source),) if sourced else ())) for p in law.params])
    if law.known:
        page += ["## Known beforehand", "", *_table(("name", "unit", "meaning"), [
            (f"`{k.name}`", unit_text(k.unit), _cell(k.meaning) + (f"; assumed {k.default:g} {k.unit} unless given" if k.default is not None else "")) for k in law.known])]
    if law.derived:
        page += ["## Follows from the fit", "", *_table(("name", "unit", "meaning"), [(f"`{d.name}`", unit_text(d.unit), _cell(d.meaning)) for d in law.derived])]
    if law.diagnosed:
        page += ["## From the data and the fit", "", *_table(("name", "meaning"), [(f"`{name}`", _cell(meaning)) for name, (_, meaning) in law.diagnosed.items()])]
    if law.background:
        default = f"by default {', '.join(law.background_default) or 'none'}" if isinstance(law.background_default, tuple) else "by default those that the data ask for"
        page += ["## Background", "", f"May be added: {', '.join(f'`{name}`' for name in law.background)}; {default}.", ""]
    if law.physics is not None:
        page += ["## Interference", "", f"{law.physics}. Where the zero of the field is unknown, `{law.name}+field_offset` has it as a parameter.", ""]
    if law.convention:
        page += ["## Convention", "", _cell(law.convention), ""]
    page += ["## Where it holds", "", _cell(law.validity), "", "## References", "", *(f"* {_cell(one)}" for one in law.references), "",
             "The same text in a terminal: " + f"`fitkit models {law.name}`, its references alone: `fitkit cite {law.name}`.", ""]
    return "\n".join(page)


def laws_index(rooms: dict[str, list[Model]]) -> str:
    """The catalogue as a page, a room a line."""
    page = ["# The laws", "", "One page for each, made from the text that `fitkit models NAME` prints. `fk.fit(\"hln\", data)` takes the name.", ""]
    for room, laws in rooms.items():
        page += [f"* [{ROOMS[room]}]({room}.md): {', '.join(f'[{law.name}]({law.name}.md)' for law in laws)}"]
    return "\n".join([*page, "", "A law of your own is the same object: a function and a table of its parameters, see [a file or a law of your own](../howto/your_own.md).", "",
                      "```{toctree}", ":hidden:", "", *rooms, "```", ""])


def room_page(room: str, laws: list[Model]) -> str:
    """The laws of one measurement, each with its curve."""
    rows = [(f"[{law.name}]({law.name}.md)", _cell(law.title), f"![{law.name}]({law.name}.svg){{width=230px}}") for law in laws]
    return "\n".join([f"# {ROOMS[room]}", "", *_table(("law", "what it is", "parameters from their typical ranges"), rows),
                      "```{toctree}", ":hidden:", "", *(law.name for law in laws), "```", ""])


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
    for room, laws in rooms.items():
        (folder / f"{room}.md").write_text(room_page(room, laws), encoding="utf-8")
    for law in (law for laws in rooms.values() for law in laws):
        (folder / f"{law.name}.md").write_text(law_page(law), encoding="utf-8")
        draw_equation(law, folder / f"{law.name}_equation.svg")
        draw_law(law, folder / f"{law.name}.svg")
    pages, folder = {**REFERENCE, "Steps": steps()}, fresh(HERE / "reference")
    files = {title: title.lower().replace(" ", "_") for title in pages}
    for title, names in pages.items():
        (folder / f"{files[title]}.md").write_text(reference_page(title, names), encoding="utf-8")
    index = ["# Reference", "", "Everything that `import fitkit as fk` offers, from its docstrings.", "", "```{toctree}", "", *files.values(), "```", ""]
    (folder / "index.md").write_text("\n".join(index), encoding="utf-8")


if __name__ == "__main__":
    main()
