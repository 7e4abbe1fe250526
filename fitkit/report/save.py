"""Write a result into a folder: report.html, parameters.csv, result.json and figures. Nothing is overwritten unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import FitkitError
from ..fitting.result import FitResult


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with plain newlines, whole or not at all: a temporary file beside it, then an atomic replace."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def free_folder(folder, names: list[str], overwrite: bool) -> Path:
    """The folder, made if need be; an error if one of the names is there already.

    Raises
    ------
    FitkitError
        A file of that name exists and ``overwrite`` is off, or the folder is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise FitkitError(f"{folder} is a file, wanted a folder to write into")
    there = [name for name in names if (folder / name).exists()]
    if there and not overwrite:
        raise FitkitError(f"{folder} already holds {', '.join(there)}: nothing was written.\n    choose another folder, or overwrite=True / --overwrite")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FitkitError(f"{folder}: {error.strerror}") from None
    return folder


def save_result(result: FitResult, folder, *, overwrite: bool = False, beside: Sequence = (), windows: bool | None = None) -> Path:
    """Write the report of one result, with comparisons, window scans and budgets ``beside`` it. Returns the folder.

    Raises
    ------
    FitkitError
        The folder already holds a result and ``overwrite`` is off.
    """
    from .figure import save_figure
    from .html import report_page
    from .plots import figure_of
    from .results_json import result_to_json
    from .tables import result_csv

    figure = "figure.pdf"
    folder = free_folder(folder, ["report.html", "parameters.csv", "result.json", figure], overwrite)
    page = report_page([result, *beside], title=f"{result.law}: {result.title}", windows=windows)
    write_text(folder / "report.html", page)
    write_text(folder / "parameters.csv", result_csv(result))
    write_text(folder / "result.json", result_to_json(result))
    drawn = figure_of(result)
    save_figure(drawn, folder / figure)
    return folder
