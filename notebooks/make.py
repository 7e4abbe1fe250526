"""Build the notebooks from notebooks/source/*.py, run them and store their outputs: python notebooks/make.py

A source is a Python file whose cells begin with ``# %%`` (code) or ``# %% [markdown]`` (text behind ``# ``), the percent
format that most editors know. Names of notebooks as arguments make only those.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent
NAMES = ("relaxation", "magnetoresistance", "voltage_current", "critical_currents")
_MARK = "# %%"


class SameInterpreter(AsyncKernelManager):
    """A kernel of the Python that runs this, whatever kernels are installed for the user."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], display_name="Python 3", language="python")


def cells_of(text: str) -> list[tuple[str, str]]:
    """(kind, text) of the cells of a source; kind is "code" or "markdown".

    Raises
    ------
    ValueError
        Code before the first cell, or a line of a text cell without ``#``.
    """
    cells: list[tuple[str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(_MARK):
            cells.append(("markdown" if "[markdown]" in line else "code", []))
        elif not cells:
            if line.strip() and not line.startswith("#"):   # a comment for the editor or the linter
                raise ValueError(f"line {number}: code before the first '{_MARK}'")
        elif cells[-1][0] == "code":
            cells[-1][1].append(line)
        elif line.startswith("#"):
            cells[-1][1].append(line.removeprefix("#").removeprefix(" "))
        elif line.strip():
            raise ValueError(f"line {number}: a text cell wants '# ' before each line, found {line!r}")
    return [(kind, "\n".join(lines).strip("\n")) for kind, lines in cells]


def build(name: str) -> nbformat.NotebookNode:
    """The notebook of a source, not yet run; cell ids count, so that they stay the same."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    source = (FOLDER / "source" / f"{name}.py").read_text(encoding="utf-8")
    for number, (kind, text) in enumerate(cells_of(source)):
        new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        notebook.cells.append(new(text, id=f"{name.replace('_', '-')}-{number:02d}"))
    return notebook


def run(notebook: nbformat.NotebookNode, timeout: float = 120) -> nbformat.NotebookNode:
    """Run all cells in a fresh kernel, in the folder of the notebooks; the outputs go into ``notebook``.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raised.
    """
    import fitkit

    with tempfile.TemporaryDirectory() as scratch:
        # the fitkit and the paths of this process; nobody's IPython settings
        paths = [str(Path(fitkit.__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {"IPYTHONDIR": scratch, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONIOENCODING": "utf-8"}
        environment.pop("MPLBACKEND", None)
        # sockets in the scratch folder rather than network ports, where the system has them
        kernel = SameInterpreter(connection_file=str(Path(scratch) / "kernel.json"), transport="tcp" if os.name == "nt" else "ipc")
        client = NotebookClient(notebook, km=kernel, timeout=timeout, record_timing=False, resources={"metadata": {"path": str(FOLDER)}})
        client.execute(cleanup_kc=True, env=environment)
    notebook.metadata.language_info = {"name": "python"}   # the kernel writes its version here
    return notebook


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write the file in one piece, with unix line ends."""
    nbformat.validate(notebook)
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", encoding="utf-8", newline="\n") as file:
        nbformat.write(notebook, file)
    os.replace(temporary, path)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no source for {', '.join(unknown)}. There are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in names or NAMES:
        start = time.perf_counter()
        notebook = run(build(name))
        write(notebook, FOLDER / f"{name}.ipynb")
        print(f"{name}.ipynb  {len(notebook.cells)} cells, {time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
