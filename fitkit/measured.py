"""A number with its error, unit and origin. It prints, converts and gives intervals; it does no arithmetic."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .constants import k_B
from .errors import FitkitError
from .units import convert, parse_quantity, parse_unit, same_dimension


@dataclass(frozen=True)
class Measured:
    """A value with one standard deviation.

    Parameters
    ----------
    value, error
        In ``unit``. ``error`` is None where there is none: a given number, or a limit.
    unit
        As a person writes it, ``"nm"``.
    origin
        Where it comes from: ``"file"``, ``"file name"``, ``"user"``, ``"default"``, ``"fit"``...
    verdict, reason
        For fitted numbers: ``"ok"``, ``"limit"``, ``"not determined"``, ``"ambiguous"``, ``"conditional"``, ``"fixed"``
        and the reason in words; empty for a number that was given.
    dof
        Degrees of freedom behind ``error`` (Student's t in :meth:`interval`); infinite for given errors.
    limit
        ``"<"`` or ``">"`` where there is only an upper or a lower limit.
    bound
        That limit at 95 % in ``unit``, from the profile likelihood; None where ``value`` itself is the limit (a bound that
        the caller set).
    """

    value: float
    error: float | None = None
    unit: str = ""
    origin: str = ""
    verdict: str = ""
    reason: str = ""
    dof: float = math.inf
    limit: str = ""
    bound: float | None = None

    def to(self, unit: str) -> Measured:
        """The same quantity in another unit. Energies also convert to K (through k_B).

        Raises
        ------
        FitkitError
            The units measure different things.
        """
        value = convert_energy(self.value, self.unit, unit)
        if self.error is None:
            return replace(self, value=value, unit=unit, bound=None if self.bound is None else convert_energy(self.bound, self.unit, unit))
        return replace(self, value=value, error=abs(convert_energy(self.value + self.error, self.unit, unit) - value)
                       if parse_unit(unit).offset or parse_unit(self.unit).offset else convert_energy(self.error, self.unit, unit), unit=unit)

    @property
    def si(self) -> float:
        """The value in SI units."""
        return parse_unit(self.unit).to_si(self.value)

    @property
    def determined(self) -> bool:
        """Whether the value may be used as a number with a symmetric error."""
        return self.verdict in ("", "ok", "fixed", "conditional")

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval in ``unit`` from Student's t.

        Raises
        ------
        FitkitError
            The number has no symmetric error (a limit, a given number).
        """
        if self.error is None:
            raise FitkitError(f"{self} has no symmetric error, so no interval: {self.reason or 'it was given without one'}")
        from scipy.special import ndtri, stdtrit

        tail = 0.5 + level / 2
        half = float(ndtri(tail) if math.isinf(self.dof) else stdtrit(self.dof, tail)) * self.error
        return self.value - half, self.value + half

    @property
    def number(self) -> str:
        """The number without its unit, with its limit sign; ``?`` where not even its size is known."""
        lost = self.verdict == "not determined" and (self.error is None or self.error > 3 * abs(self.value))
        if self.bound is not None:
            return f"{self.limit}{self.bound:.3g}"
        return "?" if lost or not math.isfinite(self.value) else self.limit + format_value(self.value, self.error)

    def __str__(self) -> str:
        text = self.number
        text = f"{text} {self.unit}".strip() if self.unit != "%" else text + "%"
        shouted = self.verdict.upper() if self.verdict not in ("", "ok", "fixed", "conditional") else f"({self.verdict})"
        return text if self.verdict in ("", "ok") else f"{text} {shouted}"

    __repr__ = __str__


def convert_energy(value, unit: str, to: str):
    """Convert between units; J, meV and K (through k_B) are all units of energy here."""
    if same_dimension(unit, to):
        return convert(value, unit, to)
    if same_dimension(unit, "J") and same_dimension(to, "K"):
        return parse_unit(to).from_si(parse_unit(unit).to_si(value) / k_B)
    if same_dimension(unit, "K") and same_dimension(to, "J"):
        return parse_unit(to).from_si(parse_unit(unit).to_si(value) * k_B)
    return convert(value, unit, to)


def format_value(value: float, error: float | None = None) -> str:
    """``123.4(5)``: value and error rounded together (two digits of the error below 2, else one); ``4.2`` without error."""
    if value is None or not math.isfinite(value):
        return "none" if value is None else str(value)
    if error is None or not math.isfinite(error):
        return f"{value:.6g}"
    if error <= 0:
        return f"{value:.8g}"
    error = max(error, 1e-12 * abs(value))  # a double holds no more
    last = math.floor(math.log10(error))
    last -= error / 10.0**last < 1.95
    scale = max(math.floor(math.log10(abs(value))) if value else last, last)
    if -4 <= scale <= 5 and last <= 5:
        return _with_error(value, error, last)
    return f"{_with_error(value / 10.0**scale, error / 10.0**scale, last - scale)}e{scale:+03d}"


def format_range(low: float, high: float) -> str:
    """Both ends to two digits of their distance."""
    width = high - low
    if not (math.isfinite(width) and width > 0):
        return f"{low:.6g} to {high:.6g}"
    digits = max(4, math.ceil(math.log10(max(abs(low), abs(high)) / width)) + 3)
    return f"{low:.{digits}g} to {high:.{digits}g}"


def _with_error(value: float, error: float, last: int) -> str:
    if last >= 0:
        step = 10**last
        return f"{round(value / step) * step:.0f}({round(error / step) * step:.0f})"
    digits = round(error / 10.0**last)
    return f"{value:.{-last}f}({digits})" if error < 1 else f"{value:.{-last}f}({error:.{-last}f})"


# unit of SI -> what people write for a sample or a coil
_WRITTEN = {"T": "mT", "m": "mm", "m2": "mm2", "J": "meV", "A/m2": "A/cm2", "V/m": "uV/cm"}


def read_measured(value, unit: str, name: str, origin: str = "user", *, bare: bool = False) -> Measured:
    """A Measured from what people give: ``"4.2 K"``, ``"4.2(1) K"``, ``"4.2 +- 0.1 K"``, a Measured; where ``bare`` also a number or a pair (value, error) in ``unit``.

    Raises
    ------
    FitkitError
        No unit where one is wanted, a unit that does not fit, or the text is no quantity.
    """
    if isinstance(value, Measured):
        _require_dimension(value.unit, unit, name)
        return value
    if isinstance(value, str):
        value, error = _split_error(value)
        number, written = parse_quantity(value)
        if not written and parse_unit(unit).dimension != parse_unit("").dimension:
            raise FitkitError(f"{name} = {value!r} has no unit: write {name}='{value.strip()} {_WRITTEN.get(unit, unit)}'")
        _require_dimension(written, unit, name)
        return Measured(number, error, written, origin)
    pair = isinstance(value, tuple) and len(value) == 2 and all(map(_is_real, value))
    if pair or _is_real(value):
        if not bare and parse_unit(unit).dimension != parse_unit("").dimension:
            typed = f"{value[0]} +- {value[1]}" if pair else str(value)
            raise FitkitError(f"{name} = {value} has no unit: write {name}='{typed} {_WRITTEN.get(unit, unit)}'")
        return Measured(float(value[0]), float(value[1]), unit, origin) if pair else Measured(float(value), None, unit, origin)
    raise FitkitError(f"{name}: expected a number or a text such as '4.2 {unit}', found {value!r}")


def _is_real(value) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


_IN_LAST_DIGITS = re.compile(r"\s*([-+]?\d+(?:\.(\d*))?)\((\d+(?:\.\d+)?)\)((?:[eE][-+]?\d+)?)")
_PLUS_MINUS = re.compile(r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*(?:\+-|\+/-|\u00b1)\s*([\d.]+(?:[eE][-+]?\d+)?)")


def _split_error(text: str) -> tuple[str, float | None]:
    """``"4.2(1) K"`` or ``"4.2 +- 0.1 K"`` -> ("4.2 K", 0.1)."""
    if match := _IN_LAST_DIGITS.match(text):
        number, decimals, digits, power = match.groups()
        error = float(digits) if "." in digits or not decimals else float(digits) / 10 ** len(decimals)
        return number + power + text[match.end():], float(f"{error!r}{power}")
    if match := _PLUS_MINUS.match(text):
        return match[1] + text[match.end():], float(match[2])
    return text, None


def _require_dimension(found: str, wanted: str, name: str) -> None:
    try:
        convert_energy(1.0, found, wanted)
    except FitkitError:
        raise FitkitError(f"{name}: wanted a quantity in units of '{wanted}', found '{found}'") from None


class MeasuredColumn(Sequence):
    """One quantity for each dataset of a series: ``.values``, ``.errors``, ``.unit``, ``.verdicts``; items are Measured."""

    def __init__(self, items: Sequence[Measured], names: Sequence[str] = ()):
        self._items, self.names = tuple(items), tuple(names)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index):
        return MeasuredColumn(self._items[index], self.names[index]) if isinstance(index, slice) else self._items[index]

    def __iter__(self) -> Iterator[Measured]:
        return iter(self._items)

    @property
    def unit(self) -> str:
        """Unit of all values."""
        return self._items[0].unit if self._items else ""

    @property
    def values(self) -> np.ndarray:
        """Values in ``unit``, shape (number of datasets,); NaN where the fit failed."""
        return np.array([item.value for item in self._items], float)

    @property
    def errors(self) -> np.ndarray:
        """Standard deviations in ``unit``; NaN where there is no symmetric error."""
        return np.array([math.nan if item.error is None else item.error for item in self._items], float)

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Verdict of each value."""
        return tuple(item.verdict for item in self._items)

    def to(self, unit: str) -> MeasuredColumn:
        """The same column in another unit."""
        return MeasuredColumn([item.to(unit) for item in self._items], self.names)

    def __repr__(self) -> str:
        return "\n".join(f"{name + ':  ' if name else ''}{item}" for name, item in zip(self.names or [""] * len(self), self._items))
