"""The HTML report: one file that opens offline, figures inline as SVG, prints cleanly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from ..fitting.result import DatasetFit, FitResult
from ..measured import Measured
from . import plots
from .text import footer, header, metadata_columns, shown, verdict_words

_SERIES = {"log_decay": ("U_star", "S"), "hln": ("L_phi",), "power_law": ("Ic", "n")}


@lru_cache(maxsize=1)
def _environment():
    import jinja2

    source = resources.files("fitkit.report").joinpath("report.html.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(source)


def report_page(results: Sequence[FitResult], title: str = "fitkit report", lead: str = "") -> str:
    """The whole page for one or several results."""
    from .. import __version__

    return _environment().render(title=title, lead=lead, version=__version__, fragment=False, sections=[_section(one, number) for number, one in enumerate(results)])


def result_fragment(result: FitResult) -> str:
    """The parameter table for a notebook."""
    return _environment().render(title="", lead="", version="", fragment=True, sections=[_section(result, 0, figures=False)])


def _section(result: FitResult, number: int, figures: bool = True) -> dict:
    quantities = dict(shown(result))
    meta = metadata_columns(result)
    return {
        "id": f"fit{number}", "result": result, "equation": result.equation, "titles": [header(*one) for one in meta],
        "quantities": [{"name": name, "unit": unit, "meaning": result.labels.get(name, ("", ""))[1]} for name, unit in quantities.items()],
        "rows": [{"name": one.name, "meta": [_meta(one, name, unit) for name, unit in meta], "cells": [_cell(one, name) for name in quantities],
                  "verdict": verdict_words(one), "ok": one.determined, "failed": one.failed} for one in result.fits],
        "footer": footer(result).splitlines(), "absent": dict(pair for one in result.fits for pair in one.absent.items()),
        "datasets": [_dataset(one, figures) for one in result.fits], "series": _series(result) if figures else [],
        "statistics": result.statistics if isinstance(result.statistics, list) else [result.statistics], "versions": result.versions,
        "options": {name: value for name, value in result.options.items() if value not in (None, {}, [], ())},
    }


def _meta(one: DatasetFit, name: str, unit: str) -> str:
    value = one.data.meta.get(name)
    return f"{value.to(unit).value:.5g}" if isinstance(value, Measured) else str(value or "")


def _cell(one: DatasetFit, name: str) -> dict:
    value = one.get(name)
    if one.failed or (value.error is None and not math.isfinite(value.value)):
        return {"text": "–", "verdict": value.verdict, "reason": value.reason, "weak": True}
    text = value.number
    return {"text": text, "verdict": "" if value.verdict in ("ok", "") else value.verdict, "reason": value.reason, "weak": not value.determined}


def _dataset(one: DatasetFit, figures: bool) -> dict:
    figure = ""
    if figures and not one.failed:
        drawn, axes = plots.new_figure(width=4.6, height=3.3)
        plots.plot_fit(one, axes[0], axes[1])
        figure = plots.svg(drawn)
    reasons = [(name, str(value), reason) for name, value in {**one.parameters, **one.derived}.items() if (reason := _beyond_cautions(value.reason, one.cautions))]
    return {"fit": one, "figure": figure, "reasons": reasons, "source": one.data.source, "history": one.data.history, "notes": one.data.notes[:8],
            "more_notes": max(len(one.data.notes) - 8, 0),
            "meta": [(name, str(value), value.origin if isinstance(value, Measured) else "") for name, value in one.data.meta.items()],
            "found": [(record.line(), _found(record), [parent["name"] for parent in record.parents]) for record in one.data.history]}


def _beyond_cautions(reason: str, cautions) -> str:
    """What a reason says beside the caution that stands above it anyway."""
    for text in cautions:
        reason = reason.removeprefix(text).removeprefix("; ")
    return reason


def _found(record) -> str:
    return "; ".join(f"{name} {_brief(value)}" for name, value in record.found.items())


def _brief(value) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if hasattr(value, "items"):
        return ", ".join(f"{key} {_brief(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)) and len(value) > 6:
        return f"{len(value)} values"
    return str(value)


def _series(result: FitResult) -> list[str]:
    """Figures of the main quantities against what tells the datasets apart."""
    meta = metadata_columns(result)
    if len(result.fits) < 3 or not meta:
        return []
    figures = []
    for name in _SERIES.get(result.law, tuple(name for name, value in result.fits[0].parameters.items() if value.verdict != "fixed")[:2]):
        figure, (ax,) = plots.new_figure(width=3.4, height=2.6, rows=(1,))
        plots.plot_series(result, meta[0][0], name, ax=ax)
        figures.append(plots.svg(figure))
    return figures
