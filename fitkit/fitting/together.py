"""Starts of the curves of a joint fit. Curves that differ in y alone share their scan: the law is evaluated once for all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from . import start
from .problem import Curve
from .start import Candidate

_LARGEST = 2_000_000    # numbers in a shared scan; beyond it every curve is scanned alone, in parts
_Table = Mapping[str, float]


class Together:
    """The best candidates of the curves of one law.

    The columns of the law are kept: a second look with other linear parameters held is a matrix product.
    """

    def __init__(self, curves: Sequence[Curve]):
        self.curves = list(curves)
        self.alike = [(curve.names, tuple(one.tobytes() for one in curve.x), None if curve.y_err is None else curve.y_err.tobytes(), curve.background.tobytes(),
                       tuple(curve.function_known.items()), number if curve.whitener is not None else -1) for number, curve in enumerate(self.curves)]
        self.columns: dict[tuple, np.ndarray] = {}
        first: dict[tuple, Curve] = {}
        for alike, curve in zip(self.alike, self.curves):
            if first.setdefault(alike, curve) is curve:
                for name in curve.model.nonlinear:
                    if curve.model.param(name).scan is not None:
                        start.scan_grid(curve, name)
            curve.scans.update(first[alike].scans)

    def best(self, fixed: Sequence[_Table], narrowed: Sequence[_Table]) -> list[Candidate | None]:
        """The first that :func:`start.candidates` gives for each curve; None where it gives none."""
        groups: dict[tuple, list[int]] = {}
        for number, alike in enumerate(self.alike):
            groups.setdefault((alike, tuple(fixed[number].items()), tuple(narrowed[number].items())), []).append(number)
        found: list[Candidate | None] = [None] * len(self.curves)
        for numbers in groups.values():
            if len(numbers) > 1:
                for number, one in zip(numbers, self._scanned(numbers, fixed[numbers[0]], narrowed[numbers[0]])):
                    found[number] = one
        return [one or next(iter(start.candidates(curve, held, user, most=1)), None)
                for one, curve, held, user in zip(found, self.curves, fixed, narrowed)]

    def _scanned(self, numbers: Sequence[int], fixed: _Table, narrowed: _Table) -> list[Candidate | None]:
        """Best candidates of curves with one scan; None where the lowest place is inadmissible and where a curve is better looked at alone."""
        curve, nothing = self.curves[numbers[0]], [None] * len(numbers)
        model, points = curve.model, len(curve.y)
        held = [name for name in model.linear if name in fixed]
        free, shape, mesh = start._mesh(curve, fixed, narrowed)
        if model.coefficients is None and (not model.linear or start._has_constant_part(curve, free, mesh, fixed)) or held and model.coefficients is not None or math.prod(shape) * points * max(len(model.params), 1) > _LARGEST:
            return nothing
        constant = {name: fixed[name] for name in model.nonlinear if name in fixed}
        names = curve.names[curve.model_size:]
        loose = [index for index, name in enumerate(names) if name not in fixed]
        stays = sum((fixed[name] * row for name, row in zip(names, curve.background) if name in fixed), np.zeros(points))
        wide, inside, basis, triangle = self._columns(numbers[0], dict(zip(free, mesh)) | constant, tuple(loose), math.prod(shape))
        targets = curve.weigh(np.array([self.curves[number].y for number in numbers]) - stays)
        offsets = targets @ basis
        kept = [index for index in range(len(wide)) if not held or model.linear[index] not in fixed]
        known = sum((fixed[name] * wide[model.linear.index(name)] for name in held), np.zeros(wide.shape[1:])) if held else None
        chi2, c = _solve(wide[kept], known, targets - offsets @ basis.T)
        places, rows = np.argmin(chi2, axis=0), np.arange(len(numbers))
        coefficients = np.empty((len(wide), len(numbers)))
        coefficients[kept] = c[:, places, rows]
        for name in held:
            coefficients[model.linear.index(name)] = fixed[name]
        theta = np.zeros((len(numbers), len(curve.names)))
        theta[:, [curve.names.index(name) for name in fixed]] = list(fixed.values())
        if loose:
            left = offsets - np.einsum("kg,kgb->gb", coefficients, inside[:, places])
            theta[:, [curve.model_size + index for index in loose]] = np.linalg.lstsq(triangle, left.T, rcond=None)[0].T
        found: list[Candidate | None] = nothing
        for row, place in enumerate(places):
            nonlinear = {name: float(axis[place, 0]) for name, axis in zip(free, mesh)} | constant
            values = model.parameters_of(coefficients[:, row], curve.x, nonlinear, curve.function_known) if math.isfinite(chi2[place, row]) else None
            if values is not None:
                theta[row, : curve.model_size] = [fixed[name] if name in fixed else values[name] for name in curve.names[: curve.model_size]]
                found[row] = Candidate(float(chi2[place, row]), theta[row])
        return found

    def _columns(self, number: int, nonlinear: Mapping[str, np.ndarray | float], loose: tuple[int, ...], size: int) -> tuple[np.ndarray, ...]:
        """Weighted columns (K, places, N) of the law without their part in the free background, that part, and the QR of the background."""
        curve = self.curves[number]
        key = (self.alike[number], tuple((name, value if isinstance(value, float) else value.tobytes()) for name, value in nonlinear.items()), loose)
        if key not in self.columns:
            basis, triangle = np.linalg.qr(curve.weigh(curve.background[list(loose)]).T)
            columns = curve.model.coefficient_columns(curve.x, nonlinear, curve.function_known)
            wide = np.empty((len(columns), size, len(curve.y)))
            for index, column in enumerate(columns):
                wide[index] = column
            wide = curve.weigh(wide)
            inside = wide @ basis
            if sum(one.size for one, *_ in self.columns.values()) + wide.size > _LARGEST:
                self.columns.clear()
            self.columns[key] = wide - inside @ basis.T, inside, basis, triangle
        return self.columns[key]


def _solve(columns: np.ndarray, known: np.ndarray | None, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares at every place for every target: columns (K, G, N), known part (G, N), targets (T, N) -> chi2 (G, T), coefficients (K, G, T)."""
    norms = np.sqrt(np.einsum("kgn,kgn->kg", columns, columns))
    norms[norms == 0] = 1.0
    unit = columns / norms[:, :, None]
    right = unit @ targets.T
    square = np.einsum("tn,tn->t", targets, targets)[None]
    if known is not None:
        right = right - np.einsum("kgn,gn->kg", unit, known)[:, :, None]
        square = square - 2 * known @ targets.T + np.einsum("gn,gn->g", known, known)[:, None]
    if len(columns) < 2:
        c = right
    else:
        gram = np.einsum("kgn,lgn->gkl", unit, unit) + 1e-14 * np.eye(len(columns))
        c = np.linalg.solve(gram, right.transpose(1, 0, 2)).transpose(1, 0, 2)
    chi2 = np.maximum(square - np.sum(c * right, axis=0), 0.0)
    return np.where(np.isfinite(chi2), chi2, np.inf), c / norms[:, :, None]
