"""Maley's collapse as text, ASCII only."""

from __future__ import annotations

import numpy as np

from ..constants import k_B
from ..measured import format_value
from ..series.maley import MaleyCollapse
from ..units import parse_unit
from .text import aligned


def maley_summary(collapse: MaleyCollapse) -> str:
    """What was found, a row for each temperature, the answer in a sentence."""
    points, unit = collapse.points, parse_unit(collapse.points.units[collapse.quantity] or "")
    rows = [("T (K)", "pieces", f"|M| ({unit.symbol})" if unit.symbol else "|M|", "U/g/k_B (K)")]
    for level in np.unique(points["temperature"]):
        here = points["temperature"] == level
        rows.append((f"{level:.5g}", str(int(here.sum())), _span(unit.from_si(points[collapse.quantity][here])), _span(points["U"][here] / k_B)))
    one = collapse.barrier.fits[0]
    lines = ["Maley's method: U(M)/g(T) = (kT/g) [C - ln|dM/dt|]", "", f"C = {format_value(collapse.C.value, collapse.C.error)}  from a smooth curve of any shape (M in SI units, t in s)",
             f"C = {one.get('C')}  with the barrier (U0/mu) [(Mc/M)^mu - 1]:  mu = {one.get('mu')}, U0 = {one.get('U0')}, U0/k_B = {one.get('U0_K')}", "", aligned(rows), "", collapse.sentence]
    lines += [f"caution: {text}" for text in one.cautions]
    lines += [note.text for note in points.notes]
    return "\n".join(lines)


def _span(values: np.ndarray) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:.4g}" if low == high else f"{high:.4g} to {low:.4g}"
