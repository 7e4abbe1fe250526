"""A result as strict JSON with a schema number, and back."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..data import Dataset, Note, Source, StepRecord
from ..errors import FitkitError
from ..fitting.result import DatasetFit, FitResult, Statistics
from ..measured import Measured

SCHEMA = 1


def result_to_json(result: FitResult) -> str:
    """Strict JSON (no NaN, no Infinity: these are null or the text "inf")."""
    statistics, places = [], {}
    for one in result.fits:
        if one.statistics is not None and id(one.statistics) not in places:
            places[id(one.statistics)] = len(statistics)
            statistics.append(one.statistics)
    document = {
        "schema": SCHEMA, "program": "fitkit", "law": result.law, "title": result.title, "equation": result.equation, "convention": result.convention,
        "references": list(result.references), "single": result.single, "options": result.options, "versions": dict(result.versions),
        "labels": {name: list(label) for name, label in result.labels.items()},
        "statistics": [_statistics(one) for one in statistics],
        "fits": [_fit(one, places) for one in result.fits],
    }
    return json.dumps(_strict(document), allow_nan=False, indent=1)


def _statistics(one: Statistics) -> dict:
    table = {f.name: getattr(one, f.name) for f in fields(one)}
    return table | {"reduced_chi2": one.reduced_chi2, "correlation": one.correlation}


def _fit(one: DatasetFit, places: dict[int, int]) -> dict:
    measured = {table: {name: _measured(value) for name, value in getattr(one, table).items()} for table in ("parameters", "derived", "known")}
    return {
        "name": one.name, "law": one.law, "failed": one.failed, **measured, "absent": dict(one.absent), "cautions": list(one.cautions),
        "autocorrelation": one.autocorrelation, "effective_points": one.effective_points,
        "statistics": places.get(id(one.statistics)), "x_names": list(one.x_names), "y_name": one.y_name,
        "curves": {"fitted": one.fitted, "background_part": one.background_part},
        "data": dataset_to_plain(one.data, [*one.x_names, one.y_name, *([one.y_name + "_err"] if one.y_err is not None else [])]),
    }


def dataset_to_plain(data: Dataset, columns: list[str]) -> dict:
    """A dataset with the named columns as JSON holds it."""
    return {
        "name": data.name, "columns": {name: data.columns[name] for name in columns if name in data.columns},
        "units": {name: data.units[name] for name in columns if name in data.columns},
        "meta": {name: _measured(value) if isinstance(value, Measured) else value for name, value in data.meta.items()},
        "notes": [[note.line, note.row, note.text] for note in data.notes],
        "source": None if data.source is None else vars(data.source), "history": [vars(record) for record in data.history],
    }


def _measured(value: Measured) -> dict:
    return {f.name: getattr(value, f.name) for f in fields(value)} | {"text": str(value)}


def _strict(value: Any) -> Any:
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _strict(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, np.generic):
        return _strict(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, Measured):
        return str(value)
    return value


def read_result(path) -> FitResult:
    """Read a result.json written by ``result.save``.

    Parameters
    ----------
    path
        The file, or the folder it lies in.

    Raises
    ------
    FitkitError
        No such file, no result of fitkit, or a schema of a newer version.
    """
    path = Path(path)
    path = path / "result.json" if path.is_dir() else path
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FitkitError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise FitkitError(f"{path}: no JSON ({error})") from None
    if not isinstance(document, dict) or document.get("program") != "fitkit":
        raise FitkitError(f"{path}: JSON, but no result of fitkit")
    if document["schema"] > SCHEMA:
        raise FitkitError(f"{path}: schema {document['schema']}, this fitkit reads up to {SCHEMA}: install a newer one")
    statistics = [Statistics(**{f.name: _number(one[f.name]) if f.name in ("chi2", "dof", "aicc") else one[f.name] for f in fields(Statistics)}
                             | {"variables": tuple(one["variables"]), "covariance": np.array(one["covariance"], float), "remarks": tuple(one["remarks"])})
                  for one in document["statistics"]]
    fits = tuple(_read_fit(one, statistics) for one in document["fits"])
    return FitResult(law=document["law"], title=document["title"], equation=document["equation"], references=tuple(document["references"]), fits=fits,
                     single=document["single"], options=document["options"], versions=document["versions"],
                     labels={name: tuple(label) for name, label in document["labels"].items()}, convention=document.get("convention", ""))


def _read_fit(one: dict, statistics: list[Statistics]) -> DatasetFit:
    data = dataset_from_plain(one["data"])
    arrays = {name: np.array([math.nan if v is None else v for v in values], float) for name, values in one["curves"].items()}
    ok = not one["failed"]
    return DatasetFit(
        name=one["name"], data=data, law=one["law"], x_names=tuple(one["x_names"]), y_name=one["y_name"], x=tuple(data[name] for name in one["x_names"]) if ok else (),
        y=data[one["y_name"]] if ok else np.empty(0), y_err=data.columns.get(one["y_name"] + "_err") if ok else None, **arrays,
        **{table: {name: _read_measured(value) for name, value in one[table].items()} for table in ("parameters", "derived", "known")},
        absent=one["absent"], cautions=tuple(one["cautions"]), autocorrelation=_number(one["autocorrelation"]),
        effective_points=_number(one["effective_points"]), statistics=None if one["statistics"] is None else statistics[one["statistics"]], failed=one["failed"])


def dataset_from_plain(table: dict) -> Dataset:
    """The dataset of :func:`dataset_to_plain`."""
    return Dataset(
        name=table["name"], columns=table["columns"], units=table["units"],
        meta={name: _read_measured(value) if isinstance(value, dict) else value for name, value in table["meta"].items()},
        notes=tuple(Note(*note) for note in table["notes"]), source=None if table["source"] is None else Source(**table["source"]),
        history=tuple(StepRecord(record["name"], record["arguments"], record["found"], tuple(record["parents"])) for record in table["history"]))


def _read_measured(table: dict) -> Measured:
    return Measured(**{f.name: _number(table[f.name]) if f.name in ("value", "dof") else table[f.name] for f in fields(Measured) if f.name in table})


def _number(value) -> float:
    return math.nan if value is None else float(value)
