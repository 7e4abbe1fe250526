"""What one result shows on the page: tables, figures, words, as plain values for the template."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ..budget.term import ErrorBudget
from ..errors import FitkitError
from ..fitting.compare import Comparison
from ..fitting.result import DatasetFit, FitResult
from ..fitting.window_scan import WindowScan, scan_window
from ..measured import Measured
from .budgets import budget_line, budget_rows
from .comparison_plots import plot_comparison, plot_window_scan
from .figure import new_figure, svg
from .methods import law_of, methods_html, rests_on_html
from .plots import plot_fit
from .script import script_of
from .series_plots import plot_series
from .symbols import symbol_html
from .text import comparison_footer, comparison_rows, footer, header, metadata_columns, shown, verdict_words, window_rows

_SERIES = {"log_decay": ("U_star", "S"), "hln": ("L_phi",), "power_law": ("Ic", "n")}
_SCANNED = ("time", "field", "current")     # windows of a series over temperature would hold two points
_MOST_SCANS = 12
_MOST_SHOWN = 60     # datasets with figures of their own; of more the first ones and those that have a verdict
_WIDEST = 114        # letters of a row of a table that fit on a printed page


@dataclass
class Beside:
    """What stands beside a result: comparisons of laws, window scans, error budgets."""

    comparisons: list[Comparison] = field(default_factory=list)
    scans: dict[str, WindowScan] = field(default_factory=dict)
    budgets: dict[str, list[ErrorBudget]] = field(default_factory=dict)

    def add(self, one: Comparison | WindowScan | ErrorBudget) -> None:
        """Take a further look at the data into the section."""
        if isinstance(one, Comparison):
            self.comparisons.append(one)
        elif isinstance(one, WindowScan):
            self.scans[one.data.name] = one
        else:
            self.budgets.setdefault(one.name, []).append(one)


def section_of(result: FitResult, beside: Beside, name: str, windows: bool | None, saved: str) -> dict:
    """Everything of one result."""
    told = _told(result)
    scans, unscanned = (dict(beside.scans), "") if windows is False else _scans(result, beside.scans, asked=bool(windows))
    return {
        **_head(result), "id": name, "tables": _tables(result), "unscanned": unscanned,
        "datasets": [_dataset(result, one, scans.get(one.name), beside.budgets.get(one.name, [])) for one in told],
        "untold": len(result.fits) - len(told), "series": _series(result), "comparisons": [_comparison(one) for one in beside.comparisons],
        "methods": methods_html(result, list(scans.values()), beside.comparisons, [one for several in beside.budgets.values() for one in several]),
        "script": script_of(result, saved),
    }


def _told(result: FitResult) -> list[DatasetFit]:
    """The datasets that the page shows one by one: all, or of very many those with a verdict or a caution and the first ones."""
    if len(result.fits) <= _MOST_SHOWN:
        return list(result.fits)
    chosen = sorted(range(len(result.fits)), key=lambda number: (result.fits[number].determined, not result.fits[number].cautions, number))[:_MOST_SHOWN]
    return [result.fits[number] for number in sorted(chosen)]


def fragment_of(result: FitResult) -> dict:
    """The table of a result for a notebook."""
    return {**_head(result), "id": "", "tables": [_table(result, metadata_columns(result), [name for name, _ in shown(result)])],
            "datasets": [{"fit": one, "reasons": _reasons(one)} for one in result.fits]}


def _head(result: FitResult) -> dict:
    return {
        "result": result, "equation": result.equation, "footer": footer(result).splitlines(), "absent": dict(pair for one in result.fits for pair in one.absent.items()),
        "quantities": [{"symbol": _symbol(result, name), "name": name, "unit": unit, "meaning": result.labels.get(name, ("", ""))[1], "rests": rests_on_html(result, name)}
                       for name, unit in shown(result)],
        "statistics": result.statistics if isinstance(result.statistics, list) else [result.statistics], "versions": result.versions,
    }


def _symbol(result: FitResult, name: str) -> str:
    return symbol_html(result.labels.get(name, (name, ""))[0] or name)


# -- tables -------------------------------------------------------------------------------------------------------------

def _tables(result: FitResult) -> list[dict]:
    """The table of a series, in as many pieces as fit side by side on a page."""
    meta, names = metadata_columns(result), [name for name, _ in shown(result)]
    if result.single:
        return []
    titles = {name: len(header(name, unit)) if len(name) < 4 else 9 for name, unit in shown(result)}
    width = {name: max(titles[name], *(len(_cell(one, name)["text"]) for one in result.fits)) + 2 for name in names}
    room = _WIDEST - min(max(len(one.name) for one in result.fits), 22) - 12 * len(meta) - 10
    return [_table(result, meta, piece) for piece in _shared_out(names, width, room)]


def _shared_out(names: list[str], width: dict[str, int], room: int) -> list[list[str]]:
    """Columns in the fewest tables that fit, about equally wide."""
    total = sum(width.values())
    for number in range(1, len(names) + 1):
        pieces: list[list[str]] = [[]]
        for name in names:
            used = sum(width[one] for one in pieces[-1])
            if pieces[-1] and used + width[name] / 2 > total / number and len(pieces) < number:
                pieces.append([])
            pieces[-1].append(name)
        if all(sum(width[one] for one in piece) <= room for piece in pieces):
            return pieces
    return [[name] for name in names]


def _table(result: FitResult, meta: list[tuple[str, str]], names: list[str]) -> dict:
    units = dict(shown(result))
    return {
        "titles": [header(name.replace("_", " "), unit) for name, unit in meta],
        "columns": [{"name": name, "symbol": _symbol(result, name), "unit": units[name], "meaning": result.labels.get(name, ("", ""))[1]} for name in names],
        "rows": [{"name": one.name, "meta": [_meta(one, name, unit) for name, unit in meta], "cells": [_cell(one, name) for name in names],
                  "verdict": verdict_words(one), "ok": one.determined} for one in result.fits],
    }


def _meta(one: DatasetFit, name: str, unit: str) -> str:
    value = one.data.meta.get(name)
    return f"{value.to(unit).value:.5g}" if isinstance(value, Measured) else str(value or "")


def _cell(one: DatasetFit, name: str) -> dict:
    value = one.get(name)
    if one.failed or (value.error is None and value.bound is None and not math.isfinite(value.value)):
        return {"text": "–", "verdict": value.verdict, "reason": value.reason, "weak": True}
    return {"text": value.number, "verdict": "" if value.verdict in ("ok", "") else value.verdict, "reason": value.reason, "weak": not value.determined}


# -- one dataset --------------------------------------------------------------------------------------------------------

def _dataset(result: FitResult, one: DatasetFit, scan: WindowScan | None, budgets: list[ErrorBudget]) -> dict:
    figures = []
    if not one.failed:
        drawn, axes = new_figure(width=4.0, height=3.1)
        plot_fit(one, axes[0], axes[1])
        figures.append(svg(drawn))
        if one.x_names[0] == "current" and np.any(one.model_part > 0):
            drawn, (ax,) = new_figure(width=4.0, height=2.6, rows=(1,))
            plot_fit(one, ax, view="log")
            figures.append(svg(drawn))
    return {
        "fit": one, "figures": figures, "reasons": _reasons(one), "source": one.data.source, "notes": one.data.notes[:8], "more_notes": max(len(one.data.notes) - 8, 0),
        "parameters": [{"symbol": _symbol(result, name), "name": name, "unit": unit, "meaning": result.labels.get(name, ("", ""))[1], "cell": _cell(one, name)}
                       for name, unit in shown(result) if name in one.parameters or name in one.derived],
        "meta": [(name, str(value), value.origin if isinstance(value, Measured) else "") for name, value in one.data.meta.items()],
        "found": [(record.line(), _found(record), [parent["name"] for parent in record.parents]) for record in one.data.history],
        "scan": None if scan is None else _scan(scan), "budgets": [{"symbol": _symbol(result, each.quantity), **_budget(each)} for each in budgets],
    }


def _reasons(one: DatasetFit) -> list[tuple[str, str, str]]:
    return [(name, str(value), reason) for name, value in {**one.parameters, **one.derived}.items() if (reason := _beyond_cautions(value.reason, one.cautions))]


def _beyond_cautions(reason: str, cautions) -> str:
    """What a reason says beside the caution that stands above it anyway."""
    for text in cautions:
        reason = reason.removeprefix(text).removeprefix("; ")
    return reason


def _found(record) -> str:
    return "; ".join(f"{name} {_brief(value)}" for name, value in record.found.items() if name not in ("left out", "options"))


def _brief(value) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if hasattr(value, "items"):
        return ", ".join(f"{key} {_brief(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return f"{len(value)} values" if len(value) > 6 else ", ".join(map(_brief, value)) or "none"
    return str(value)


# -- what stands beside -------------------------------------------------------------------------------------------------

def _scans(result: FitResult, given: dict[str, WindowScan], asked: bool) -> tuple[dict[str, WindowScan], str]:
    """A window scan of every dataset, and in words why there are none or fewer."""
    done = [one for one in result.fits if not one.failed]
    if not done or done[0].x_names[0] not in _SCANNED:
        return dict(given), ""
    x = done[0].x_names[0]
    options = {name: result.options[name] for name in ("fix", "free", "start", "bounds", "assume", "background", "errors") if result.options.get(name) not in (None, {})}
    if not asked and (len(done) > _MOST_SCANS or _costly(result, len(done))):
        return dict(given), f"Windows were not scanned, it would take long: save(..., windows=True) does, or of one dataset fk.scan_window({result.law!r}, data, {x!r})."
    if result.options.get("loss"):
        return dict(given), "Windows were not scanned: the fit is robust, a scan is least squares."
    scans, refused = dict(given), []
    for one in done:
        if one.name in scans:
            continue
        try:
            scans[one.name] = scan_window(result.law, one.data, x, **options)
        except (FitkitError, ArithmeticError, np.linalg.LinAlgError) as error:
            refused.append(f"{one.name}: no window scan, {str(error).splitlines()[0]}")
    if result.options.get("share") and len(done) > 1:
        refused.append("Each dataset was scanned on its own: what is common in the fit above is free there.")
    return {one.name: scans[one.name] for one in result.fits if one.name in scans}, " ".join(refused)


def _costly(result: FitResult, datasets: int) -> bool:
    """Whether a scan of all datasets is not done in seconds: each nonlinear parameter multiplies the places where a fit looks for its optimum."""
    law = law_of(result)
    if law is None:
        return False
    freed = (*result.options.get("free", ()), *(result.options.get("share") or {}))
    free = [name for name in law.nonlinear if name not in (result.options.get("fix") or {}) and (law.param(name).default is None or name in freed)]
    return len(free) > (2 if datasets == 1 else 1)


def _scan(scan: WindowScan) -> dict:
    head, *rows = window_rows(scan)
    return {"sentence": scan.sentence, "figure": svg(plot_window_scan(scan, names=scan.names[:3]).figure), "head": head, "rows": rows, "plateau": scan.plateau is not None}


def _budget(budget: ErrorBudget) -> dict:
    head, *rows = budget_rows(budget)
    return {"line": budget_line(budget).replace("+-", "±"), "head": head, "rows": rows, "words": [*budget.cautions, *budget.remarks]}


def _comparison(comparison: Comparison) -> dict:
    head, *rows = comparison_rows(comparison)
    figure = svg(plot_comparison(comparison).figure)
    below = [*map(str, comparison.nested), *(f"{name}: {text}" for name, score in comparison.scores.items() for text in score.cautions), *comparison_footer(comparison).splitlines()]
    return {"name": comparison.data.name, "sentence": comparison.sentence, "head": head, "rows": rows, "below": below, "figure": figure}


def _series(result: FitResult) -> list[str]:
    """Figures of the main quantities against each thing that tells the datasets apart."""
    done = [one for one in result.fits if not one.failed]
    levels = {name: {f"{value.si:.3g}" for one in done if isinstance(value := one.data.meta.get(name), Measured)} for name, _ in metadata_columns(result)}
    places = [name for name, found in levels.items() if len(found) > 2]
    shared = result.options.get("share") or {}
    names = _SERIES.get(result.law) or tuple(name for name, value in (done[0].parameters.items() if done else ()) if value.verdict != "fixed" and name not in shared)[:3]
    figures = []
    for place in places[:2]:
        for name in (name for name in names if any(math.isfinite(one.get(name).value) for one in done)):
            figure, (ax,) = new_figure(width=3.4, height=2.6, rows=(1,))
            plot_series(result, place, name, ax=ax)
            figures.append(svg(figure))
    return figures
