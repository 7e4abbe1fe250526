"""Sums of interference channels: every mode of the Cooperon with the field B_i contributes w_i f(B_i/|B|)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .special import F_and_slope


def sum_of_channels(field, channels: Sequence[tuple[float, np.ndarray]]) -> tuple[np.ndarray, list[np.ndarray]]:
    """sum_i w_i [psi(1/2 + B_i/|B|) - ln(B_i/|B|)] [dimensionless] and its derivatives by each B_i [1/T].

    Parameters
    ----------
    field
        B [T] of either sign; exactly 0 gives exactly 0.
    channels
        (w_i, B_i [T]) of each mode, B_i > 0; they broadcast against the field.
    """
    magnitude = np.abs(field)
    total: Any = 0.0
    slopes = []
    for weight, one in channels:
        value, slope = F_and_slope(magnitude / one)
        total = total + weight * value
        slopes.append(-weight * slope / one)
    return total, slopes
