"""critical_table(): Ic, Jc, n and pinning force of many V(I) curves against temperature, field and angle; write_critical_table() for field solvers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ..data import Dataset, Note, StepRecord
from ..errors import FitkitError
from ..fitting.result import FitResult
from ..measured import Measured, read_measured
from .criterion import CriticalCurrent
from .criterion import _one as at_criterion
from .curve import Curve, curves_of, measured_meta

_PLACES = ("temperature", "applied_field", "angle")
_WRITTEN = {"temperature": ("T (K)", 1.0), "applied_field": ("B (T)", 1.0), "angle": ("angle (deg)", 180 / math.pi)}


def critical_table(result: FitResult, *, criterion: str = "1 uV/cm", cross_section: str | None = None) -> Dataset:
    """One row for each fitted V(I) curve: where it was measured, Ic, n, and with a cross-section Jc and the pinning force.

    Parameters
    ----------
    result
        A fit of a law of V(I) to many curves, ``fk.fit("power_law", curves)``.
    criterion
        As in :func:`fitkit.critical_current`.
    cross_section
        Of the conductor, ``"0.40(2) mm2"``; default width times thickness of the metadata, and without both no Jc.

    Returns
    -------
    Dataset
        Columns ``temperature``, ``applied_field``, ``angle`` (those that every curve has), ``Ic``, ``n`` and their errors, ``current_density`` and, with a field,
        ``pinning_force`` = Jc B. Sorted by them. Curves without Ic are left out and named in the notes; an extrapolated Ic stays, with a note. The error of
        the cross-section is common to all rows and stated in the metadata, not in the errors.

    Raises
    ------
    FitkitError
        No temperature, field or angle in the metadata of all curves, or no determined Ic.

    Examples
    --------
    >>> table = fk.critical_table(fk.fit("power_law", curves), cross_section="0.4 mm2")
    >>> print(fk.fit("pinning_force_scaling", table))
    """
    curves = curves_of(result)
    places = [name for name in _PLACES if all(measured_meta(curve.one.data, name) is not None for curve in curves)]
    if not places:
        raise FitkitError(f"{curves[0].one.name}{' and the others' if len(curves) > 1 else ''}: no temperature, applied_field or angle in the metadata of every curve: "
                          "fk.load_all(..., name_pattern=...), or data.with_meta(applied_field='1 T')")
    kept: list[tuple[Curve, CriticalCurrent]] = []
    notes = [Note(None, None, f"{one.name} left out: {one.failed}") for one in result.fits if one.failed]
    for curve in curves:
        found = at_criterion(curve, criterion, cross_section)
        if not found.current.determined or found.current.error is None:
            notes.append(Note(None, None, f"{curve.one.name} left out: {found.current.reason or found.current.verdict}"))
            continue
        if found.current.reason:
            notes.append(Note(None, len(kept), f"{curve.one.name}: {found.current.reason}"))
        kept.append((curve, found))
    if not kept:
        raise FitkitError("no curve has a determined Ic: " + "; ".join(note.text for note in notes))
    columns = {name: np.array([curve.one.data.si(name) for curve, _ in kept]) for name in places}
    columns["Ic"], columns["Ic_err"] = (np.array(values) for values in zip(*((one.current.si, one.current.error) for _, one in kept)))
    columns["n"] = np.array([one.n.value for _, one in kept])
    columns["n_err"] = np.array([math.inf if one.n.error is None else one.n.error for _, one in kept])
    areas = _areas([curve.one.data for curve, _ in kept], cross_section)
    meta = dict(_common(curve.one.data.meta for curve, _ in kept))
    if areas is not None:
        columns["current_density"], columns["current_density_err"] = columns["Ic"] / areas, columns["Ic_err"] / areas
        if "applied_field" in places:
            for end in ("", "_err"):
                columns[f"pinning_force{end}"] = columns[f"current_density{end}"] * np.abs(columns["applied_field"])
        if cross_section is not None:
            meta["cross_section"] = read_measured(cross_section, "m2", "cross_section")
    order = np.lexsort([columns[name] for name in reversed(places)])
    notes = [Note(note.line, None if note.row is None else int(np.flatnonzero(order == note.row)[0]), note.text) for note in notes]
    words = sorted({one.criterion.split(" (")[0] for _, one in kept})
    meta["criterion"] = ", ".join(words)
    record = StepRecord("critical_table", {"criterion": criterion, "cross_section": cross_section}, {"law": result.law, "notes": [note.text for note in notes]},
                        tuple({"name": curve.one.name, "source": None if curve.one.data.source is None else vars(curve.one.data.source),
                               "history": [vars(step) for step in curve.one.data.history]} for curve, _ in kept))
    return Dataset(name=f"critical currents at {words[0]}", columns={name: values[order] for name, values in columns.items()}, meta=meta, notes=tuple(notes), history=(record,))


def _areas(datasets, cross_section) -> np.ndarray | None:
    """Cross-sections [m2] of all, or None where one has none."""
    if cross_section is not None:
        return np.full(len(datasets), read_measured(cross_section, "m2", "cross_section").si)
    sizes = [(measured_meta(data, "width"), measured_meta(data, "thickness")) for data in datasets]
    areas = [width.si * thickness.si for width, thickness in sizes if width is not None and thickness is not None]
    return np.array(areas) if len(areas) == len(sizes) else None


def _common(metas):
    """Metadata in which all agree, but for the places."""
    first, *others = list(metas)
    for name, value in first.items():
        same = all(name in other and (other[name] == value or isinstance(value, Measured) and isinstance(other[name], Measured) and other[name].si == value.si) for other in others)
        if name not in ("sample",) and same and (name not in _PLACES):
            yield name, value


def write_critical_table(table: Dataset, path, *, overwrite: bool = False) -> Path:
    """Write Jc and n over temperature, field and angle as the text table that field solvers (finite elements) interpolate.

    Comment lines begin with ``%``: the criterion that belongs to Jc and n in E = Ec (J/Jc)^n, and the quantities with units. Then one row for each place,
    arguments first.

    Parameters
    ----------
    table
        Of :func:`critical_table`, with a cross-section.
    path
        File to write.
    overwrite
        Whether an existing file may be replaced.

    Returns
    -------
    Path

    Raises
    ------
    FitkitError
        No Jc in the table, two rows at one place, or the file exists.
    """
    if not isinstance(table, Dataset) or "n" not in table or "current_density" not in table:
        raise FitkitError("wanted the table of fk.critical_table with Jc and n: fk.critical_table(result, cross_section='0.4 mm2')")
    target = Path(path)
    if target.exists() and not overwrite:
        raise FitkitError(f"{target} exists: another name, or overwrite=True")
    places = [name for name in _PLACES if name in table]
    rows = np.stack([*(table[name] * _WRITTEN[name][1] for name in places), table["current_density"], table["n"]], axis=1)
    seen, counts = np.unique(rows[:, :len(places)], axis=0, return_counts=True)
    if counts.max() > 1:
        where = ", ".join(f"{_WRITTEN[name][0]} = {value:g}" for name, value in zip(places, seen[np.argmax(counts)]))
        raise FitkitError(f"{counts.max()} rows at {where}: one Jc for each place is wanted. Leave repeated curves out, or average them")
    full = math.prod(len(np.unique(table[name])) for name in places) == len(rows)
    lines = [f"% E = Ec (J/Jc)^n, criterion {table.meta.get('criterion', 'not stated')}" + (f", cross-section {table.meta['cross_section']}" if "cross_section" in table.meta else ""),
             f"% {'every combination of the arguments is there' if full else 'scattered places, no full grid'}",
             "% " + "  ".join([*(_WRITTEN[name][0] for name in places), "Jc (A/m^2)", "n"])]
    lines += ["  ".join(f"{value:.10g}" for value in row) for row in rows]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target
