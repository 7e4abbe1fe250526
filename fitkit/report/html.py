"""The HTML report: one file that opens offline, figures inline as SVG, prints cleanly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

from ..budget.term import ErrorBudget
from ..errors import FitkitError
from ..fitting.compare import Comparison
from ..fitting.result import FitResult
from ..fitting.window_scan import WindowScan
from .figure import shown_unit
from .section import Beside, fragment_of, section_of

Part = FitResult | Comparison | WindowScan | ErrorBudget


@lru_cache(maxsize=1)
def _template():
    import jinja2

    source = resources.files("fitkit.report").joinpath("report.html.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["unit"] = lambda unit: shown_unit(unit).replace("$e^2/h$", "e²/h")
    return environment.from_string(source)


def report_page(parts: Sequence[Part], title: str = "fitkit report", lead: str = "", windows: bool | None = False, saved: str = "result.json") -> str:
    """The whole page.

    Parameters
    ----------
    parts
        Results, each a section; comparisons of laws, window scans and error budgets stand in the section of the result that has their dataset.
    windows
        Refit every dataset in smaller windows, where the law is one of time, field or current; None: where that is done in seconds.
    saved
        The file that the script of data made in memory reads.

    Raises
    ------
    FitkitError
        No result, or something that no result has the dataset of.
    """
    from .. import __version__

    results = [one for one in parts if isinstance(one, FitResult)]
    if not results:
        raise FitkitError("a report wants the result of a fit: fk.write_report('report.html', fk.fit(...))")
    beside = [Beside() for _ in results]
    for one in parts:
        if not isinstance(one, FitResult):
            beside[_place(results, one)].add(one)
    sections = [section_of(result, extra, f"fit{number}", windows, saved) for number, (result, extra) in enumerate(zip(results, beside))]
    return _template().render(title=title, lead=lead, version=__version__, fragment=False, sections=sections)


def _place(results: Sequence[FitResult], one: Comparison | WindowScan | ErrorBudget) -> int:
    """The result a comparison, scan or budget belongs to: it has the dataset, if possible by the same law."""
    if not isinstance(one, (Comparison, WindowScan, ErrorBudget)):
        raise FitkitError(f"a report holds results, comparisons, window scans and error budgets, found {type(one).__name__}")
    name = one.name if isinstance(one, ErrorBudget) else one.data.name
    places = [number for number, result in enumerate(results) if any(fit.name == name for fit in result.fits)]
    if not places:
        raise FitkitError(f"no result of this report has the dataset '{name}'. They have {', '.join(fit.name for result in results for fit in result.fits[:5])}")
    law = getattr(one, "law", "")
    return next((number for number in places if results[number].law == law), places[0])


def result_fragment(result: FitResult) -> str:
    """The parameter table for a notebook."""
    return _template().render(title="", lead="", version="", fragment=True, sections=[fragment_of(result)])


def write_report(path, *parts: Part, title: str = "", lead: str = "", windows: bool | None = None, overwrite: bool = False) -> Path:
    """Write one HTML page of results with what belongs to them. Returns the path.

    Parameters
    ----------
    path
        The file, ``"report.html"``; it needs nothing beside it.
    *parts
        Results of ``fk.fit``, each a section; what ``fk.compare``, ``fk.scan_window`` and ``fk.error_budget`` gave for their datasets.
    title, lead
        Heading, and a sentence below it.
    windows
        Refit every dataset in smaller windows, where the law is one of time, field or current; None: where that is done in seconds.
    overwrite
        Replace a file that exists.

    Raises
    ------
    FitkitError
        The file exists, no result among the parts, or a part whose dataset no result has.

    Examples
    --------
    >>> fk.write_report("film.html", result, fk.compare(["hln", "ilp"], sweeps[0]), title="Film 12")
    """
    from .save import free_folder, write_text

    path = Path(path)
    results = [one for one in parts if isinstance(one, FitResult)]
    folder = free_folder(path.parent, [path.name], overwrite)
    write_text(folder / path.name, report_page(parts, title or (results[0].title or results[0].law if results else ""), lead, windows))
    return path
