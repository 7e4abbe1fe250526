"""The cautions of a law for many curves at once.

A caution is an ordinary function of one fit: ``caution(data, fit) -> Caution | None | list``. Here it is called with the
numbers of many curves (lanes) in the place of floats. Where it asks ``if`` and the lanes disagree, the call is given up and
made anew for those that say yes and for those that say no, so that each call follows one path. Where a path is met for the
first time, it is looked up on its first and last curve with plain numbers.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from ...background import BACKGROUNDS
from ...errors import FitkitError
from ...model import Caution, Model
from ...units import parse_unit
from ..problem import Curve
from ..result import CurveFit
from .judge import FIXED, VERDICTS
from .lane_arrays import Lane, LaneCurve, Rows, Split, Words, answered

_MOST = 64   # paths of one caution


class _Values(Mapping):
    """Parameters by name, a lane each."""

    def __init__(self, group: Group, rows: np.ndarray):
        self._group, self._rows = group, rows

    def __getitem__(self, name: str) -> Lane:
        return Lane(self._group.theta[:, self._group.curve.names.index(name)][self._rows])

    def __iter__(self):
        return iter(self._group.curve.names)

    def __len__(self):
        return len(self._group.curve.names)

    def __contains__(self, name):
        return name in self._group.curve.names


class LaneFit:
    """What a caution sees of many fits; see :class:`fitkit.fitting.result.CurveFit`."""

    def __init__(self, group: Group, rows):
        self._group, self._rows = group, rows
        self.y_err, self.known, self.fixed, self.dof = group.curve.y_err, group.curve.known, group.fixed, group.dof
        if group.x is not None:
            self.dof = group.dof if np.ndim(group.dof) == 0 else Lane(group.dof[rows])
            with np.errstate(divide="ignore"):   # what follows on the points of a curve has no weight
                self.y_err = None if group.curve.y_err is None else Rows(1 / group.weights[rows])
        self.values = _Values(group, rows)
        self.autocorrelation = Lane(group.correlation[rows]) if group.correlation is not None else 0.0

    @cached_property
    def x(self):
        group = self._group
        return group.curve.x if group.x is None else tuple(Rows(one[self._rows]) for one in group.x)

    @property
    def y_name(self):
        return self._group.curve.y_name

    @property
    def y_unit(self):
        return parse_unit(self._group.curve.data.units[self.y_name])

    def _bounds(self, name: str):
        group, rows = self._group, self._rows
        return None if group.bounds is None else lambda: group.bounds(name, rows)

    @cached_property
    def fitted(self):
        group, rows = self._group, self._rows
        return LaneCurve(lambda: group.fitted(rows), len(group.curve.y), self._bounds("fitted swing"), ends=None if group.away is None else lambda: group.fitted_ends(rows))

    @cached_property
    def model_part(self):
        group, rows = self._group, self._rows
        return LaneCurve(lambda: group.model_part(rows), len(group.curve.y), self._bounds("model swing"), self._bounds("model size"))

    @cached_property
    def y(self):
        group, rows = self._group, self._rows
        return LaneCurve(lambda: group.Y[rows], len(group.curve.y))

    def value(self, name: str):
        return self.values[name]

    def error(self, name: str):
        if name in self.fixed or name not in self.values:
            return None
        return Lane(self._group.errors[:, self._group.curve.names.index(name)][self._rows])

    def free(self, name: str) -> bool:
        return name in self.values and name not in self.fixed

    def has(self, name: str) -> bool:
        return name in self.values

    def verdict(self, name: str):
        if name not in self.values:
            return ""
        return "fixed" if name in self.fixed else Words(self._group.codes[self._rows, self._group.curve.names.index(name)])

    def part(self, rows: np.ndarray) -> LaneFit:
        """Some of these fits."""
        return LaneFit(self._group, rows if isinstance(self._rows, slice) else self._rows[rows])

    def without_background(self, look: Callable = np.asarray, constant: bool = True) -> np.ndarray:
        """The data without the fitted background [SI], shape (G, N), or what a linear ``look`` at curves (..., N) makes of them.

        ``constant=False``: what is constant in the background may stay. NaN follows on the points of a curve with a grid of its own.
        """
        return self._group.loose(self._rows, look, constant)

    @property
    def away(self) -> np.ndarray | None:
        """Not less than the root of the sum of squares of the residuals [SI], shape (G,), if it is known."""
        return None if self._group.away is None else self._group.away[self._rows]

    @property
    def scatter(self):
        if self.y_err is None or self._group.x is not None:
            return Lane(self._group.scatter[self._rows])
        rest = self._group.Y[self._rows] - self._group.fitted(self._rows)
        return Lane(np.sqrt(np.einsum("gn,gn->g", rest, rest) / max(rest.shape[1] - len(self.values) + len(self.fixed), 1)))


class Group:
    """Many fits of one law on one grid: all that cautions may ask of them. Numbers in SI, columns in the order of the names.

    ``bounds(name, rows)``: (low, high) of the ptp of the fitted curves ("fitted swing"), of the ptp and of the largest magnitude of the
    part of the law ("model swing", "model size"), as far as they are known. Curves with grids of their own: ``x`` (a tuple of
    (G, N)), their number of ``points``, the ``fitted`` curves and the weights 1/error; what comes after the points repeats the first.
    ``away``: how far the fitted curves may lie from the data. ``verified``: paths through cautions that are known to be right.
    """

    def __init__(self, curve: Curve, fixed: frozenset[str], Y, theta, errors, codes, dof: float, scatter, correlation=None,
                 bounds: Callable | None = None, x=None, points=None, fitted=None, model_part=None, weights=None,
                 away: np.ndarray | None = None, verified: set | None = None):
        self.curve, self.fixed, self.Y, self.theta, self.errors, self.codes = curve, fixed, Y, theta, errors, codes
        self.dof, self.scatter, self.correlation, self.bounds = dof, scatter, correlation, bounds
        self.x, self.points, self._fitted, self._model_part, self.weights = x, points, fitted, model_part, weights
        self.away, self._extremes, self.verified = away, None, set() if verified is None else verified
        self._ones: dict[int, CurveFit] = {}

    def model_part(self, rows: np.ndarray) -> np.ndarray:
        """The part of the law [SI], shape (G, N)."""
        if self.x is not None:
            return self._model_part[rows]
        with np.errstate(all="ignore"):
            return self.curve.model.function(*self.curve.x, *self.theta[rows][:, : self.curve.model_size].T[:, :, None], **self.curve.function_known)

    def fitted(self, rows: np.ndarray) -> np.ndarray:
        """The fitted curves [SI], shape (G, N)."""
        if self.x is not None:
            return self._fitted[rows]
        return self.model_part(rows) + self.theta[rows][:, self.curve.model_size:] @ self.curve.background

    def fitted_ends(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Smallest and largest values (G,) of the data [SI], and how far from these the ones of the fitted curves may be."""
        if self._extremes is None:
            self._extremes = self.Y.min(axis=1), self.Y.max(axis=1)
        return self._extremes[0][rows], self._extremes[1][rows], self.away[rows]

    def loose(self, rows, look: Callable = np.asarray, constant: bool = True) -> np.ndarray:
        """What :meth:`LaneFit.without_background` gives, of some rows."""
        if self.x is not None:
            return look(np.where(self.weights[rows] > 0, self.Y[rows] - (self._fitted[rows] - self._model_part[rows]), np.nan))
        found, columns = look(self.Y)[rows], look(self.curve.background)
        told = np.ptp(columns, axis=-1) > (-1.0 if constant else 1e-9 * np.abs(columns).max(axis=-1, initial=0.0))
        if not told.any():
            return found
        background = self.theta[rows][:, self.curve.model_size:][:, told] @ columns[told]
        return np.subtract(found, background, out=background)

    def one(self, row: int) -> CurveFit:
        """The fit of one curve in plain numbers."""
        if row not in self._ones:
            if len(self._ones) > 100:
                self._ones.clear()
            self._ones[row] = self._one(row)
        return self._ones[row]

    def _one(self, row: int) -> CurveFit:
        curve, names = self.curve, self.curve.names
        values, Y, dof = self.theta[row], self.Y[row], self.dof
        free = [place for place, name in enumerate(names) if name not in self.fixed]
        fitted = self.fitted(np.array([row]))[0]
        if self.x is not None:
            part = slice(int(self.points[row]))
            curve = _on(curve, tuple(one[row, part] for one in self.x), Y[part], None if curve.y_err is None else 1 / self.weights[row, part])
            Y, fitted, dof = Y[part], fitted[part], float(dof if np.ndim(dof) == 0 else dof[row])
        rest = Y - fitted
        return CurveFit(x=curve.x, y=Y, y_err=curve.y_err, y_name=curve.y_name, y_unit=parse_unit(curve.data.units[curve.y_name]), fitted=fitted,
                        background_part=values[curve.model_size:] @ curve.background, values=dict(zip(names, map(float, values))),
                        errors={name: None if name in self.fixed else float(self.errors[row, place]) for place, name in enumerate(names)}, fixed=self.fixed,
                        known=dict(curve.known), autocorrelation=float(self.correlation[row]) if self.correlation is not None else 0.0,
                        scatter=float(np.sqrt(rest @ rest / max(len(rest) - len(names) + len(self.fixed), 1))), dof=dof,
                        verdicts={name: "fixed" if name in self.fixed else VERDICTS[self.codes[row, place]] for place, name in enumerate(names)},
                        slopes=lambda: curve.evaluate(values)[1][free])


def _on(curve: Curve, x: tuple[np.ndarray, ...], y: np.ndarray, y_err: np.ndarray | None) -> Curve:
    """A curve on other places."""
    columns = [BACKGROUNDS[name].function(x[0], None) if name != "drift" else np.zeros_like(y) for name in curve.names[curve.model_size:]]
    return replace(curve, x=x, y=y, y_err=y_err, background=np.array(columns).reshape(-1, len(y)))


def _all_or(rows: np.ndarray, group: Group):
    """Rows as an index that copies nothing where they are all."""
    return slice(None) if len(rows) == len(group.codes) else rows


def asked(law: Model, group: Group, silent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (G, P) after the cautions of a law, and the curves for which one of them was not asked."""
    codes, said = group.codes.copy(), np.zeros(group.codes.shape, bool)
    unasked = np.zeros(len(codes), bool)
    every, seen = np.arange(len(codes)), np.flatnonzero(~silent)
    names = list(group.curve.names)
    for caution, rows in [*((one, every) for one in law.data_cautions), *((one, seen) for one in law.cautions)]:
        if getattr(caution, "words_only", False):
            continue
        if hasattr(caution, "asked_where"):
            rows = rows[np.asarray(caution.asked_where(LaneFit(group, _all_or(rows, group))))]
        for part, answer in _paths(caution, group, rows):
            alone = []
            if answer is None and group.correlation is not None:   # curves with slow noise or the wrong law want to be looked at one by one
                unasked[part[group.correlation[part] > 0]] = True
                part = part[group.correlation[part] <= 0]
            if answer is None:
                alone = [(np.array([row]), _plainly(caution, group, row)) for row in part]
            for some, words in alone or [(part, answer or ())]:
                for one in words:
                    if one.verdict:
                        _overrule(codes, said, some, VERDICTS.index(one.verdict), [names.index(name) for name in one.parameters if name in names])
    return codes, unasked


def _overrule(codes: np.ndarray, said: np.ndarray, rows: np.ndarray, code: int, places: Sequence[int]) -> None:
    """The first caution that finds a parameter worse than it looked has the word."""
    for place in places:
        change = rows[~said[rows, place] & (codes[rows, place] <= code) & (codes[rows, place] != FIXED)]
        codes[change, place], said[change, place] = code, True


def _plainly(caution: Callable, group: Group, row: int) -> list[Caution]:
    with np.errstate(all="ignore"):
        return _listed(caution(group.curve.data, group.one(int(row))))


def _paths(caution: Callable, group: Group, rows: np.ndarray) -> list[tuple[np.ndarray, list[Caution] | None]]:
    """The answer of a caution for each group of curves that follow one path through it; None where it cannot be asked."""
    found, waiting = [], [rows] if len(rows) else []
    while waiting:
        part = waiting.pop()
        answered.path = []
        if len(found) + len(waiting) > _MOST:
            found.append((part, None))
            continue
        try:
            with np.errstate(all="ignore"):
                answer = _listed(caution(group.curve.data, LaneFit(group, _all_or(part, group))))
        except Split as split:
            waiting += [part[split.yes], part[~split.yes]]
            continue
        except (TypeError, ValueError, IndexError, AttributeError, ArithmeticError, np.linalg.LinAlgError, FitkitError):
            answer = None
        if answer is not None and (path := (caution, tuple(answered.path))) not in group.verified:
            if _holds(caution, group, part, answer):
                group.verified.add(path)
            else:
                answer = None
        found.append((part, answer))
    return found


def _listed(answer) -> list[Caution]:
    return [one for one in (answer if isinstance(answer, (list, tuple)) else [answer]) if one is not None]


def _holds(caution: Callable, group: Group, part: np.ndarray, answer: Sequence[Caution]) -> bool:
    """Whether the first and the last curve of a path get the same verdicts with plain numbers."""
    wanted = [(one.parameters, one.verdict) for one in answer if one.verdict]
    for row in {int(part[0]), int(part[-1])}:
        alone = _plainly(caution, group, row)
        if [(one.parameters, one.verdict) for one in alone if one.verdict] != wanted:
            return False
    return True
