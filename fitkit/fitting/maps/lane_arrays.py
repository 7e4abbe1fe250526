"""Numbers of many curves (lanes) in the place of floats, and many curves in the place of one array: what a caution computes with.

Where it asks ``if`` and the lanes disagree, :class:`Split` says which say yes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from .judge import VERDICTS

_NUMPY = (np.ptp, np.min, np.max, np.mean, np.sum, np.median, np.std)
answered = threading.local()   # .path: what the lanes have said in the call of a caution that this thread is in


class Split(Exception):
    """Lanes that disagree: ``yes`` are those that say yes."""

    def __init__(self, yes: np.ndarray):
        self.yes = yes


class Lane(np.ndarray):
    """One number of many curves, shape (G,), that behaves as a float."""

    def __new__(cls, values):
        """View of the numbers, which are not copied."""
        return np.asarray(values).view(cls)

    def __bool__(self) -> bool:
        yes = np.asarray(self).astype(bool)
        if yes.ndim and yes.any() and not yes.all():
            raise Split(yes)
        said = bool(yes.any())
        answered.path.append(said)
        return said

    def __format__(self, spec: str) -> str:
        return "..."   # the words of single curves are not made here


class Rows(np.ndarray):
    """Curves of many fits, shape (G, N), that behave as one array (N,): indices and sums go along the points."""

    def __new__(cls, values):
        """View of the numbers, which are not copied."""
        return np.asarray(values).view(cls)

    def __getitem__(self, key):
        if isinstance(key, Rows):   # a condition: what does not fulfil it is left out
            return Rows(np.where(np.asarray(key), np.asarray(self), np.nan))
        found = np.asarray(self)[(slice(None), key)]
        return found.view(Lane if found.ndim == 1 else Rows)

    def __len__(self):
        return self.shape[1]

    def min(self):
        """Smallest value of each curve."""
        return Lane(np.nanmin(np.asarray(self), axis=1, initial=np.inf))

    def max(self):
        """Largest value of each curve."""
        return Lane(np.nanmax(np.asarray(self), axis=1, initial=-np.inf))

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        if method != "__call__" or kwargs:
            raise TypeError(f"{ufunc.__name__}.{method} of many curves")
        return Rows(ufunc(*(np.asarray(one)[:, None] if isinstance(one, Lane) and one.ndim else np.asarray(one) if isinstance(one, np.ndarray) else one for one in args)))

    def __array_function__(self, function, types, args, kwargs):
        if function in _NUMPY and len(args) == 1 and not kwargs:
            return Lane(function(np.asarray(self), axis=1))
        if function in (np.sort, np.diff) and len(args) == 1 and not kwargs:
            return Rows(function(np.asarray(self), axis=1))
        raise TypeError(f"numpy.{function.__name__} of many curves")


class Bounded:
    """A number of each curve that lies between known bounds, which decide most comparisons; the others ask for the curves."""

    def __init__(self, bounds: tuple[np.ndarray, np.ndarray], exact: Callable[[], np.ndarray], factor: float = 1.0):
        self.low, self.high, self.exact, self.factor = *bounds, exact, factor

    def __truediv__(self, other: float):
        return Bounded((self.low, self.high), self.exact, self.factor / other)

    def __mul__(self, other: float):
        return Bounded((self.low, self.high), self.exact, self.factor * other)

    __rmul__ = __mul__

    def __add__(self, other):
        return Lane(self.exact() * self.factor) + other

    __radd__ = __add__

    def __sub__(self, other):
        return Lane(self.exact() * self.factor) - other

    def __rsub__(self, other):
        return other - Lane(self.exact() * self.factor)

    def _compared(self, other, sign: int):
        low, high = (sign * one * self.factor for one in ((self.low, self.high) if sign > 0 else (self.high, self.low)))
        yes, no = low > sign * other, high <= sign * other
        open_ = ~(yes | no)
        if open_.any():
            if not open_.all():
                raise Split(open_)
            return Lane(sign * self.exact() * self.factor > sign * other)
        return Lane(yes)

    def __gt__(self, other):
        return self._compared(other, 1)

    def __lt__(self, other):
        return self._compared(other, -1)

    def __format__(self, spec: str) -> str:
        return "..."


class LaneCurve:
    """Curves (G, N) that are computed when they are looked at, with bounds of their ptp ``swing()`` and of their largest magnitude ``largest()`` if known.

    ``ends()``: their smallest and largest values, and how far from these the true ones may be.
    """

    def __init__(self, values: Callable[[], np.ndarray], size: int, swing: Callable | None = None, largest: Callable | None = None, ends: Callable | None = None):
        self._function, self._size, self._swing, self._largest, self._ends = values, size, swing, largest, ends
        self._found: Rows | None = None

    def rows(self) -> Rows:
        """The curves themselves."""
        if self._found is None:
            self._found = Rows(self._function())
        return self._found

    def __array_function__(self, function, types, args, kwargs):
        if function is np.ptp and len(args) == 1 and not kwargs and (self._swing is not None or self._ends is not None):
            if self._swing is not None:
                swing = self._swing()
            else:
                low, high, away = self._ends()
                swing = np.maximum(high - low - 2 * away, 0.0), high - low + 2 * away
            return Bounded(swing, lambda: np.ptp(np.asarray(self.rows()), axis=1))
        return function(*(one.rows() if isinstance(one, LaneCurve) else one for one in args), **kwargs)

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        if ufunc is np.absolute and self._largest is not None and not kwargs:
            return _Magnitude(self)
        return getattr(ufunc, method)(*(one.rows() if isinstance(one, LaneCurve) else one for one in args), **kwargs)

    def __getitem__(self, key):
        return self.rows()[key]

    def __len__(self):
        return self._size

    def min(self):
        """Smallest value of each curve, within its bounds if they are known."""
        return self.rows().min() if self._ends is None else self._end(0)

    def max(self):
        """Largest value of each curve, within its bounds if they are known."""
        return self.rows().max() if self._ends is None else self._end(1)

    def _end(self, side: int):
        assert self._ends is not None
        found = self._ends()
        return Bounded((found[side] - found[2], found[side] + found[2]), lambda: np.asarray(self.rows().max() if side else self.rows().min()))


class _Magnitude(LaneCurve):
    """np.abs of curves."""

    def __init__(self, curve: LaneCurve):
        super().__init__(lambda: np.abs(np.asarray(curve.rows())), len(curve), largest=curve._largest)

    def max(self):
        """Largest magnitude of each curve, within its bounds."""
        assert self._largest is not None
        return Bounded(self._largest(), lambda: np.asarray(self.rows().max()))


class Words:
    """The verdicts of a parameter in many curves, which compare with a word."""

    def __init__(self, codes: np.ndarray):
        self.codes = codes

    def __eq__(self, word):
        return Lane(self.codes == (VERDICTS.index(word) if word in VERDICTS else -1))

    def __ne__(self, word):
        return Lane(self.codes != (VERDICTS.index(word) if word in VERDICTS else -1))

    __hash__ = None  # type: ignore[assignment]  # what compares lane by lane is no key
