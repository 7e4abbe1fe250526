"""Patterns that the residuals of a decay may hold: a column that they follow, a step. Plain numbers, no law."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_BESIDE = 6         # points beside a step whose means are compared
_SMALLEST = 6.0     # of the robust scatter: smaller steps are noise


def lag_one(residuals: np.ndarray) -> float:
    """Autocorrelation of neighbouring residuals, 0 to 0.98."""
    power = float(residuals @ residuals)
    return min(max(float(residuals[1:] @ residuals[:-1]) / power, 0.0), 0.98) if power > 0 else 0.0


def followed(residuals: np.ndarray, design: np.ndarray, columns: np.ndarray, prior: Sequence[float] | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients of columns in the residuals beside what the fitted parameters take over.

    Parameters
    ----------
    residuals
        Weighted residuals of the fit, shape (points,).
    design
        Weighted derivatives of the law, shape (parameters, points).
    columns
        Weighted columns, shape (columns, points).
    prior
        Standard deviation of each coefficient before the data are looked at (around 0); None: nothing is known.

    Returns
    -------
    coefficients, covariance, left
        The covariance is widened for correlated residuals; ``left`` are the residuals that remain.
    """
    basis = _basis(design)
    bare = columns - (columns @ basis.T) @ basis
    rest = residuals - (residuals @ basis.T) @ basis
    norms = np.linalg.norm(columns, axis=1)
    norms[norms == 0] = 1.0
    scaled = bare / norms[:, None]
    free = np.linalg.lstsq(scaled.T, rest, rcond=1e-7)[0]
    left = rest - free @ scaled
    rho = lag_one(left)
    variance = max(float(left @ left), 1e-300) / max(len(rest) - len(design) - len(columns), 1) * (1 + rho) / (1 - rho)
    information = scaled @ scaled.T / variance
    if prior is not None:
        information = information + np.diag((1 / (np.asarray(prior, float) * norms)) ** 2)
    covariance = np.linalg.pinv(information)
    coefficients = covariance @ (scaled @ rest) / variance
    return coefficients / norms, covariance / np.outer(norms, norms), left


def _basis(design: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(design, axis=1)
    kept = design[norms > 0] / norms[norms > 0, None]
    return np.linalg.svd(kept, full_matrices=False)[2] if len(kept) else np.empty((0, design.shape[1]))


def jumps(residuals: np.ndarray) -> list[tuple[int, float]]:
    """Steps in residuals: (first row after it, height), largest first.

    A step is a difference of neighbours beyond 6 robust standard deviations that stays: the medians of the points on either
    side differ as well. A single outlier comes back and is none.
    """
    if len(residuals) < 2 * _BESIDE:
        return []
    steps = np.diff(residuals)
    scatter = 1.4826 * float(np.median(np.abs(steps - np.median(steps))))
    if scatter == 0:
        return []
    found: list[tuple[int, float]] = []
    for row in np.argsort(-np.abs(steps)):
        if abs(steps[row]) <= _SMALLEST * scatter:
            break
        beside = max((float(np.median(np.abs(part))) for part in (steps[max(row - 3, 0):row], steps[row + 1:row + 4]) if len(part)), default=0.0)
        if abs(steps[row]) <= _SMALLEST * scatter + 2 * beside:  # part of a bend
            continue
        before, after = residuals[max(row + 1 - _BESIDE, 0):row + 1], residuals[row + 1:row + 1 + _BESIDE]
        if len(before) < 3 or len(after) < 3 or any(abs(row + 1 - other) < 3 for other, _ in found):
            continue
        height = float(np.median(after) - np.median(before))
        if abs(height) > 0.5 * abs(steps[row]) and abs(height) > _SMALLEST * scatter / math.sqrt(min(len(before), len(after))):
            found.append((int(row) + 1, height))
    return found
