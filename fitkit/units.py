"""Units as people write them -> SI factor and dimension. An unknown unit is an error, never a guess.

``parse_unit("uV/cm")`` gives a :class:`Unit`; ``parse_quantity("4.2K")`` a number with its unit.
Oe is read as the applied flux density mu0 H (1 Oe = 0.1 mT), as magnetometers mean it. ``ohm`` and ``ohm/sq``
differ (a resistance is not a sheet resistance); ``S`` and ``S/sq`` are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import pi

from .constants import G0, e, h
from .errors import FitkitError

BASE = ("kg", "m", "s", "A", "K", "mol", "sq")


def _dimension(**powers: int) -> tuple[int, ...]:
    return tuple(powers.get(name, 0) for name in BASE)


_NONE = _dimension()
_VOLT = _dimension(kg=1, m=2, s=-3, A=-1)
_OHM = _dimension(kg=1, m=2, s=-3, A=-2)
_SIEMENS = _dimension(kg=-1, m=-2, s=3, A=2)
_TESLA = _dimension(kg=1, s=-2, A=-1)
_JOULE = _dimension(kg=1, m=2, s=-2)
_MOMENT = _dimension(m=2, A=1)
_PASCAL = _dimension(kg=1, m=-1, s=-2)
_E, _H = Fraction(repr(e)), Fraction(repr(h))   # the decimals of the SI, exactly

# symbol: (factor to SI, dimension); these take the prefixes below
_PREFIXED = {
    "m": (Fraction(1), _dimension(m=1)),
    "g": (Fraction(1, 1000), _dimension(kg=1)),
    "s": (Fraction(1), _dimension(s=1)),
    "A": (Fraction(1), _dimension(A=1)),
    "K": (Fraction(1), _dimension(K=1)),
    "mol": (Fraction(1), _dimension(mol=1)),
    "T": (Fraction(1), _TESLA),
    "V": (Fraction(1), _VOLT),
    "ohm": (Fraction(1), _OHM),
    "S": (Fraction(1), _SIEMENS),
    "W": (Fraction(1), _dimension(kg=1, m=2, s=-3)),
    "J": (Fraction(1), _JOULE),
    "eV": (_E, _JOULE),
    "Hz": (Fraction(1), _dimension(s=-1)),
    "N": (Fraction(1), _dimension(kg=1, m=1, s=-2)),
    "Pa": (Fraction(1), _PASCAL),
    "bar": (Fraction(10**5), _PASCAL),
    "C": (Fraction(1), _dimension(s=1, A=1)),
    "F": (Fraction(1), _dimension(kg=-1, m=-2, s=4, A=2)),
    "H": (Fraction(1), _dimension(kg=1, m=2, s=-2, A=-2)),
    "Wb": (Fraction(1), _dimension(kg=1, m=2, s=-2, A=-1)),
    "Oe": (Fraction(1, 10**4), _TESLA),
    "G": (Fraction(1, 10**4), _TESLA),
    "emu": (Fraction(1, 1000), _MOMENT),
    "l": (Fraction(1, 1000), _dimension(m=3)),
}
_PREFIXES = {"f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1, "k": 3, "M": 6, "G": 9}
_PLAIN = {
    "": (Fraction(1), _NONE),
    "1": (Fraction(1), _NONE),
    "%": (Fraction(1, 100), _NONE),
    "ppm": (Fraction(1, 10**6), _NONE),
    "rad": (Fraction(1), _NONE),
    "deg": (Fraction(pi / 180), _NONE),
    "min": (Fraction(60), _dimension(s=1)),
    "h": (Fraction(3600), _dimension(s=1)),
    "d": (Fraction(86400), _dimension(s=1)),
    "sq": (Fraction(1), _dimension(sq=1)),
    "G0": (Fraction(G0), _SIEMENS),
    "e^2/h": (_E**2 / _H, _SIEMENS),
    "Torr": (Fraction(101325, 760), _PASCAL),
    "atm": (Fraction(101325), _PASCAL),
    "m_e": (Fraction("9.1093837015e-31"), _dimension(kg=1)),
}
_SPELLINGS = {
    "Ohm": "ohm", "Ohms": "ohm", "ohms": "ohm", "kilohm": "kohm", "kilohms": "kohm", "megohm": "Mohm", "\u03a9": "ohm", "\u2126": "ohm", "□": "sq", "square": "sq",
    "sec": "s", "second": "s", "seconds": "s", "Seconds": "s", "minute": "min", "minutes": "min", "hour": "h", "hours": "h",
    "gram": "g", "grams": "g", "gauss": "G", "Gauss": "G", "Oersted": "Oe", "tesla": "T", "Tesla": "T",
    "percent": "%", "amp": "A", "Amp": "A", "amps": "A", "Amps": "A", "ampere": "A", "Ampere": "A", "amperes": "A", "Amperes": "A",
    "volt": "V", "Volt": "V", "volts": "V", "Volts": "V", "watt": "W", "Watt": "W", "meter": "m", "metre": "m", "siemens": "S", "Siemens": "S", "hertz": "Hz", "Hertz": "Hz", "kelvin": "K", "Kelvin": "K", "°": "deg",
    "degree": "deg", "degrees": "deg", "torr": "Torr", "cc": "cm3", "a.u.": "", "dimensionless": "",
}
_LONG_PREFIXES = {"femto": "f", "pico": "p", "nano": "n", "micro": "u", "milli": "m", "centi": "c", "kilo": "k", "mega": "M", "giga": "G"}
# e^2/h and G0 are atomic: they hold a digit or a slash that the tokenizer would read as a power or a division
_ATOMIC = ((re.compile(r"e(?:\^2|2)\s*/\s*h(?![A-Za-z])"), "@"), (re.compile(r"G0(?!\d)"), "§"))
_MOMENT_IN_ONE_WORD = re.compile(r"(?<![A-Za-z])([fpnum\u00b5\u03bck]?)Am\^?2(?!\d)")
_TOKEN = re.compile(r"\s*(?:(?P<op>[*·/()]|(?<=[A-Za-z0-9)])\.(?=\s*[A-Za-z(]))|(?P<name>[@§]|[A-Za-z\u03a9\u2126\u00b5\u03bc%°□_]+(?:\.u\.)?)(?P<power>\^?[-+]?\d{1,2}(?!\d))?|(?P<one>1)(?=\s*/))")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_NUMBER = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)$", re.S)


@dataclass(frozen=True)
class Unit:
    """A unit: ``symbol`` as written, ``factor`` to SI, ``dimension`` (powers of kg, m, s, A, K, mol, sq), ``offset`` [SI]."""

    symbol: str
    factor: float
    dimension: tuple[int, ...]
    offset: float = 0.0

    def to_si(self, value):
        """Value or array in this unit -> SI."""
        return value * self.factor + self.offset if self.offset else value * self.factor

    def from_si(self, value):
        """SI value or array -> this unit."""
        return (value - self.offset) / self.factor if self.offset else value / self.factor


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """Read a unit such as ``"uV/cm"``, ``"emu/cm^3"``, ``"A m2/kg"``, ``"cm^2/(V s)"``, ``"e^2/h"``, ``"ohm/sq"``.

    Raises
    ------
    FitkitError
        The unit is unknown, or a division is ambiguous (``m2/V s`` -> write ``m2/(V s)``).
    """
    written = text.strip()
    if written in ("degC", "°C", "C deg", "deg C"):
        return Unit(written, 1.0, _dimension(K=1), 273.15)
    plain = written.translate(_SUPERSCRIPTS).replace("**", "^")
    plain = _MOMENT_IN_ONE_WORD.sub(r"\1A m2", plain)
    for pattern, mark in _ATOMIC:
        plain = pattern.sub(mark, plain)
    factor, dimension = _product(plain, written)
    if dimension == tuple(a + b for a, b in zip(_SIEMENS, _dimension(sq=-1))):
        dimension = _SIEMENS
    return Unit(written, float(factor), dimension)


def _product(text: str, written: str) -> tuple[Fraction, tuple[int, ...]]:
    factor, dimension = Fraction(1), [0] * len(BASE)
    if text.strip() == "1":
        return factor, tuple(dimension)
    sign, depth, divided, position = 1, 0, False, 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise FitkitError(f"cannot read the unit '{written}' at '{text[position:].strip()}'. Units look like mT, uV/cm, emu/cm^3, ohm/sq")
        position = match.end()
        if match["op"]:
            if match["op"] == "/":
                sign, divided = -1, True
            elif match["op"] == "(":
                depth += 1
            elif match["op"] == ")":
                depth -= 1
                sign = 1
            continue
        if match["one"]:
            continue
        if divided and not depth and sign > 0:
            raise FitkitError(f"unit '{written}' is ambiguous: write the whole denominator in brackets, for example m^2/(V s)")
        power = sign * int((match["power"] or "1").lstrip("^"))
        one_factor, one_dimension = _symbol(match["name"], written)
        factor *= one_factor**power
        dimension = [a + power * b for a, b in zip(dimension, one_dimension)]
        if sign < 0 and not depth:
            sign = 1
    if depth or sign < 0:
        raise FitkitError(f"unit '{written}': {'brackets do not match' if depth else 'nothing follows the division'}")
    return factor, tuple(dimension)


def _symbol(name: str, written: str) -> tuple[Fraction, tuple[int, ...]]:
    if name in "@§":
        return _PLAIN["e^2/h" if name == "@" else "G0"]
    name = name.replace("\u00b5", "u").replace("\u03bc", "u")
    name = _SPELLINGS.get(name, name)
    if name == "cm3":
        return Fraction(1, 10**6), _dimension(m=3)
    if name == "Vs":
        return Fraction(1), _dimension(kg=1, m=2, s=-2, A=-1)
    for long, short in _LONG_PREFIXES.items():  # microvolt
        rest = name[len(long):]
        if name.lower().startswith(long.lower()) and len(rest) > 1 and (symbol := _SPELLINGS.get(rest) or _SPELLINGS.get(rest.lower(), rest)) in _PREFIXED:
            return _symbol(short + symbol, written)
    if name in _PLAIN:
        return _PLAIN[name]
    if name in _PREFIXED:
        return _PREFIXED[name]
    body = _SPELLINGS.get(name[1:], name[1:])
    if name[:1] in _PREFIXES and body in _PREFIXED:
        factor, dimension = _PREFIXED[body]
        return factor * Fraction(10) ** _PREFIXES[name[0]], dimension
    raise FitkitError(f"unknown unit '{name}' in '{written}'. Known: {', '.join([*_PREFIXED, *filter(None, _PLAIN)])}, degC, with prefixes f to G")


def parse_quantity(text: str) -> tuple[float, str]:
    """``"4.2 K"`` or ``"4.2K"`` -> (4.2, "K"); a bare number has unit ``""``.

    Raises
    ------
    FitkitError
        The text is no number with a unit (``"07/01/2025"`` is none).
    """
    match = _NUMBER.match(text.strip())
    if match is None:
        raise FitkitError(f"expected a number with a unit such as '4.2 K', found '{text}'")
    try:
        parse_unit(match[2])
    except FitkitError as error:
        raise FitkitError(f"expected a number with a unit such as '4.2 K', found '{text}': {error}") from None
    return float(match[1]), match[2]


def same_dimension(first: str, second: str) -> bool:
    """Whether two units measure the same thing."""
    return parse_unit(first).dimension == parse_unit(second).dimension


def convert(value, unit: str, to: str):
    """Convert a number or array from one unit to another of the same dimension.

    Raises
    ------
    FitkitError
        The dimensions differ.
    """
    source, target = parse_unit(unit), parse_unit(to)
    if source.dimension != target.dimension:
        raise FitkitError(f"cannot convert '{unit}' to '{to}': they measure different things")
    return target.from_si(source.to_si(value))
