"""What a law is: a pure function with its parameter table, knowns, derived quantities, cautions and reference points.

The catalogue is a listing of ``laws/``: one law = one file that ends in ``MODEL = Model(...)``.
"""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from .errors import FitkitError
from .plugins import from_other_packages
from .units import parse_unit


@dataclass(frozen=True)
class Column:
    """A dataset column that a law needs. ``alternatives``: (name, unit) of other columns that serve as well."""

    name: str
    unit: str
    alternatives: tuple[tuple[str, str], ...] = ()

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """Name and unit of each column that will do, the first choice first."""
        return ((self.name, self.unit), *self.alternatives)


@dataclass(frozen=True)
class Param:
    """A parameter of a law.

    Parameters
    ----------
    unit
        What people type and read. ``"y"``, ``"y/x"``, ``"y/x^2"`` follow the columns of the data.
    linear
        The law is proportional to it (or the law declares :class:`Coefficients`).
    scan
        For a nonlinear one: ``scan(x, **knowns) -> grid [SI]`` that covers every value data on x could show. Without it the
        ``typical`` range is scanned; with neither a fit wants a start.
    typical
        The range people meet, in ``unit``; tests and benchmarks draw from it.
    bounds
        Where the formula ends to be defined, in ``unit``.
    default
        For an optional parameter the value (in ``unit``) at which it is off; fixed there until it is freed.
    positive
        Enters the fit as a logarithm.
    limits
        ``limits(*x, **knowns) -> (low, high)`` [SI]: bounds that depend on where the data lie.
    prior
        Metadata name of the standard deviation of an optional parameter that stays fixed; its effect is added to the errors.
    share_of
        The positive parameter of which this one, from 0 to 1, is a share: many curves are fitted in the two parts.
    """

    name: str
    unit: str = ""
    linear: bool = False
    scan: Callable[..., np.ndarray] | None = None
    typical: tuple[float, float] | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)
    default: float | None = None
    positive: bool = False
    limits: Callable[..., tuple[float, float]] | None = None
    prior: str = ""
    share_of: str = ""
    symbol: str = ""
    meaning: str = ""
    source: str = ""


@dataclass(frozen=True)
class Known:
    """An input that is not fitted: metadata of the dataset, or a function of x.

    ``default`` (in ``unit``) makes it an assumption, printed with its origin; ``of_x(x) -> value [SI]`` computes it;
    ``given_by`` maps a y column to the value [SI] it implies; ``absent`` is used [SI] where it is optional and not given.
    ``carried``: its error is one for all points, and goes through the fit into the errors of the parameters.
    ``for_derived`` ones are not handed to the function, only to derived quantities; ``positive`` ones must be above 0.
    """

    name: str
    unit: str = ""
    default: float | None = None
    of_x: Callable[..., float] | None = None
    given_by: Mapping[str, float] = field(default_factory=dict)
    absent: float | None = None
    for_derived: bool = False
    carried: bool = False
    positive: bool = False
    meaning: str = ""
    symbol: str = ""


@dataclass(frozen=True)
class Derived:
    """A quantity that follows from parameters, knowns and metadata, named by the arguments of ``function`` (SI in, SI out).

    Where metadata are missing the row is absent and ``gain`` says what would bring it. ``via`` lists functions that give
    an argument from other metadata, named by their arguments. ``remark(values) -> str`` is printed with the value: what
    it assumes; ``values`` are the numbers of all arguments [SI]. ``inverse`` = (parameter, function) makes it usable in
    fix, share, start and bounds: ``function(value, ...)`` gives the parameter [SI]; further arguments name metadata or knowns. ``positive``: it cannot vanish, so with an error above half of it it is not determined.
    """

    name: str
    unit: str
    function: Callable[..., float]
    meaning: str = ""
    symbol: str = ""
    via: tuple[tuple[str, Callable[..., float]], ...] = ()
    remark: Callable[[Mapping[str, float]], str] | None = None
    inverse: tuple[str, Callable[..., float]] | None = None
    positive: bool = False

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """Names of the arguments of its function."""
        return tuple(inspect.signature(self.function).parameters)


@dataclass(frozen=True)
class Coefficients:
    """How a law is linear where its parameters are not: ``y = sum_k c_k columns_k``.

    ``columns(*x, **nonlinear, **known) -> tuple of arrays`` (they broadcast); ``to_parameters(c, *x, **nonlinear, **known) ->
    dict`` of the linear parameters, None (or not a number) where the coefficients are inadmissible; it is called with arrays
    for many curves, and curve by curve where it takes none. Keywords not in the signature are left out.
    """

    columns: Callable[..., Sequence[np.ndarray]]
    to_parameters: Callable[..., Mapping[str, float] | None]


@dataclass(frozen=True)
class Check:
    """A reference point from outside the code: inputs in SI, the value of the law there, and where it comes from."""

    x: Any
    params: Mapping[str, float]
    y: Any
    rtol: float = 1e-12
    atol: float = 0.0
    known: Mapping[str, float] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Caution:
    """Something the reader of a fit must know, in words; ``verdict`` overrides the one of ``parameters``."""

    text: str
    parameters: tuple[str, ...] = ()
    verdict: str = ""


def words_only(caution: Callable) -> Callable:
    """Mark a caution that never overrules a verdict: maps, which hold no words, do not ask it."""
    setattr(caution, "words_only", True)
    return caution


def asked_where(screen: Callable) -> Callable:
    """Mark a caution on the data with a quick look at many fits: maps ask it only of those that ``screen`` leaves.

    ``screen(fits) -> (G,)``, True wherever the caution could have something to say. ``fits`` is what cautions see of a fit
    with the numbers of many (:class:`fitkit.fitting.maps.lanes.LaneFit`).
    """

    def mark(caution: Callable) -> Callable:
        setattr(caution, "asked_where", screen)
        return caution

    return mark


SYMMETRY_CLASSES = ("orthogonal", "unitary", "symplectic")
SPIN_PROCESSES = ("spin-orbit", "magnetic impurities", "Zeeman")


@dataclass(frozen=True)
class Interference:
    """What kind of quantum interference a law describes.

    ``dimension``: "1D", "2D" or "3D". ``classes``: the symmetry classes that its parameters reach (orthogonal: weak localization; unitary: none; symplectic:
    antilocalization). ``holds``: which of spin-orbit, magnetic impurities and Zeeman have parameters of their own; the rest is not in the law, or only in alpha.
    """

    dimension: str
    classes: tuple[str, ...]
    holds: tuple[str, ...] = ()

    def __post_init__(self):
        strange = [*({self.dimension} - {"1D", "2D", "3D"}), *(set(self.classes) - set(SYMMETRY_CLASSES)), *(set(self.holds) - set(SPIN_PROCESSES))]
        if strange or not self.classes:
            raise FitkitError(f"Interference: unknown {', '.join(strange) or 'symmetry class'}; 1D, 2D, 3D; {', '.join(SYMMETRY_CLASSES)}; {', '.join(SPIN_PROCESSES)}")

    def __str__(self) -> str:
        return f"{self.dimension}; {', '.join(self.classes)}; {'with ' + ', '.join(self.holds) if self.holds else 'no spin process'}"


@dataclass(frozen=True)
class Model:
    """A law. See the fields; :meth:`function` and :meth:`gradient` take and give SI numbers and arrays.

    Parameters
    ----------
    function
        ``function(*x, *params, **known) -> y``; pure, any shape, x = 0 by its limit.
    gradient
        Same arguments, returns a tuple: d/d each parameter, exact. None: complex steps where the function takes complex
        parameters (as exact), else central differences.
    value_and_gradient
        Optional, same arguments, returns (y, gradient) where both share a kernel.
    sketch
        Optional, same arguments as ``function``, good to about a per cent of the swing: what a costly law shows to the scan for starts.
    background
        Names of the linear columns a fit may add; ``background_default`` those it adds by itself (a tuple, or a function
        of the dataset).
    signal
        Indices of the coefficients whose absence would mean "no signal".
    null
        For a law that goes over into a constant instead: the nonlinear parameters [SI] at which it does ({"S": 0.0}).
    cautions
        Functions ``caution(data, fit) -> Caution | None | list`` looked at after every fit of the law.
    data_cautions
        The same for what is said of the data themselves, looked at also where no signal is seen.
    diagnostics
        Functions ``diagnostic(data, fit) -> dict name -> Measured`` of quantities that need the data as well;
        ``diagnosed`` holds (symbol, meaning) of each name.
    invalid
        ``invalid(data)`` or ``invalid(data, known) -> str | None``: data that no fit of this law can mean, in words.
    void
        ``void(data) -> (mask, reason)``: rows that hold nothing of the law by construction; they are left out with a note.
    made_by
        The call that makes the data of the law out of what was measured; it stands in the error where a column is missing.
    convention
        One sentence: signs, prefactor, and which of several definitions in use a parameter follows; reports show it.
    physics
        Dimension, symmetry class and spin processes of a law of quantum interference; shown in the catalogue.
    grid
        ``grid(points, **params) -> x`` (or a tuple): where people measure a sample with these parameters [SI]; tests,
        benchmarks and the plots of the docs use it, with the metadata of ``example``.
    """

    name: str
    function: Callable[..., np.ndarray]
    x: Column | tuple[Column, ...]
    y: Column
    params: tuple[Param, ...]
    gradient: Callable[..., Sequence[np.ndarray]] | None = None
    value_and_gradient: Callable[..., tuple[np.ndarray, Sequence[np.ndarray]]] | None = None
    sketch: Callable[..., np.ndarray] | None = None
    known: tuple[Known, ...] = ()
    coefficients: Coefficients | None = None
    background: tuple[str, ...] = ()
    background_default: tuple[str, ...] | Callable[[Any], tuple[str, ...]] = ()
    derived: tuple[Derived, ...] = ()
    signal: tuple[int, ...] = (0,)
    null: Mapping[str, float] = field(default_factory=dict)
    cautions: tuple[Callable, ...] = ()
    data_cautions: tuple[Callable, ...] = ()
    diagnostics: tuple[Callable, ...] = ()
    diagnosed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    invalid: Callable[..., str | None] | None = None
    void: Callable[..., tuple[np.ndarray, str]] | None = None
    physics: Interference | None = None
    grid: Callable[..., Any] | None = None
    example: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    references: tuple[str, ...] = ()
    title: str = ""
    equation: str = ""
    validity: str = ""
    convention: str = ""
    made_by: str = ""

    def __post_init__(self):
        names = [p.name for p in self.params] + [k.name for k in self.known]
        if len(set(names)) != len(names):
            raise FitkitError(f"law {self.name}: a name occurs twice in {names}")
        wanted = [c.name for c in self.columns_x] + [p.name for p in self.params] + [k.name for k in self.known if not k.for_derived]
        signature = inspect.signature(self.function).parameters
        if not any(p.kind is p.VAR_KEYWORD for p in signature.values()):
            found = list(signature)[len(self.columns_x):]
            if found != wanted[len(self.columns_x):]:
                raise FitkitError(f"law {self.name}: its function takes {found}, its table lists {wanted[len(self.columns_x):]}")
        for param in self.params:
            if not param.unit.startswith("y"):
                parse_unit(param.unit)
        for other in (*self.known, *self.derived):
            parse_unit(other.unit if not other.unit.startswith("y") else "")
        from .background import BACKGROUNDS

        for name in self.background:
            if name not in BACKGROUNDS:
                raise FitkitError(f"law {self.name}: unknown background '{name}'. Known: {', '.join(BACKGROUNDS)}")

    @property
    def columns_x(self) -> tuple[Column, ...]:
        """The columns on which the law depends, in the order of its arguments."""
        return self.x if isinstance(self.x, tuple) else (self.x,)

    def param(self, name: str) -> Param:
        """The parameter of that name.

        Raises
        ------
        FitkitError
            There is none; the text lists those there are.
        """
        for param in self.params:
            if param.name == name:
                return param
        hint = f"\n    in the fit: '{self.name}+field_offset' in place of '{self.name}'" if name == "field_offset" and self.physics is not None else ""
        raise FitkitError(f"law {self.name} has no parameter '{name}'. It has: {', '.join(p.name for p in self.params)}{hint}")

    @cached_property
    def linear(self) -> tuple[str, ...]:
        """Names of the parameters in which the law is linear."""
        return tuple(p.name for p in self.params if p.linear)

    @cached_property
    def nonlinear(self) -> tuple[str, ...]:
        """Names of the other parameters."""
        return tuple(p.name for p in self.params if not p.linear)

    def evaluate(self, x: Sequence[np.ndarray], values: Sequence[float], known: Mapping[str, float]):
        """(y, gradient) at SI parameter values in table order."""
        if self.value_and_gradient is not None:
            return self.value_and_gradient(*x, *values, **known)
        y = self.function(*x, *values, **known)
        if self.gradient is not None:
            return y, self.gradient(*x, *values, **known)
        return y, self.numeric_gradient(x, values, known)

    def numeric_gradient(self, x: Sequence[np.ndarray], values: Sequence, known: Mapping[str, float]) -> tuple[np.ndarray, ...]:
        """Derivatives by complex steps where the function takes them, else by central differences.

        The first call compares both: abs, a comparison or a real special function in the law rules complex steps out.
        """
        if "complex" not in self._trusted:
            plain = self._central_differences(x, values, known)
            try:
                exact = self._complex_steps(x, values, known)
                self._trusted["complex"] = all(np.allclose(a, b, rtol=1e-4, atol=1e-6 * np.max(np.abs(b), initial=0.0)) for a, b in zip(exact, plain))
            except (TypeError, ValueError, ArithmeticError):
                self._trusted["complex"] = False
        return (self._complex_steps if self._trusted["complex"] else self._central_differences)(x, values, known)

    @cached_property
    def _trusted(self) -> dict[str, bool]:
        return {}

    def _complex_steps(self, x, values, known):
        gradient = []
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)  # an imaginary part thrown away is a derivative lost
            for index, value in enumerate(values):
                step = 1e-20 * np.where(np.abs(value) > 0, np.abs(value), 1.0)
                moved = [*values[:index], value + 1j * step, *values[index + 1:]]
                gradient.append(np.imag(self.function(*x, *moved, **known)) / step)
        return tuple(gradient)

    def _central_differences(self, x, values, known):
        gradient = []
        for index, value in enumerate(values):
            step = 6e-6 * np.where(np.abs(value) > 0, np.abs(value), 1.0)
            up, down = ([*values[:index], moved, *values[index + 1:]] for moved in (value + step, value - step))
            gradient.append((self.function(*x, *up, **known) - self.function(*x, *down, **known)) / (2 * step))
        return tuple(gradient)

    def coefficient_columns(self, x: Sequence[np.ndarray], nonlinear: Mapping[str, Any], known: Mapping[str, float], *, sketch: bool = False) -> tuple[np.ndarray, ...]:
        """The columns of which the law is a linear combination (one, itself, where nothing is linear); they broadcast over the nonlinear parameters.

        ``sketch``: by the cheaper function of that name where the law has one.
        """
        function = self.sketch if sketch and self.sketch is not None else self.function
        if self.coefficients is not None:
            return tuple(self.coefficients.columns(*x, **accepted(self.coefficients.columns, {**nonlinear, **known})))
        columns = []
        for one in self.linear:
            values = [nonlinear[p.name] if not p.linear else float(p.name == one) for p in self.params]
            columns.append(function(*x, *values, **known))
        return tuple(columns) if columns else (function(*x, *(nonlinear[p.name] for p in self.params), **known),)

    def held_coefficients(self, fixed: Mapping[str, float]) -> dict[int, float]:
        """Places of the coefficients that do not move, with their values: of fixed linear parameters, and the 1 before a law that has no linear one."""
        if self.coefficients is not None:
            return {}
        return {place: fixed[name] for place, name in enumerate(self.linear) if name in fixed} if self.linear else {0: 1.0}

    def parameters_of(self, c: Sequence[float], x: Sequence[np.ndarray], nonlinear: Mapping[str, float], known: Mapping[str, float]) -> dict[str, float] | None:
        """All parameters from coefficients and nonlinear parameters; None where the coefficients are inadmissible."""
        linear: Mapping[str, float] | None
        if self.coefficients is None:
            linear = dict(zip(self.linear, map(float, c)))
        else:
            linear = self.coefficients.to_parameters(c, *x, **accepted(self.coefficients.to_parameters, {**nonlinear, **known}))
            if linear is None or not all(math.isfinite(v) for v in linear.values()):
                return None
        return {p.name: float(linear[p.name] if p.linear else nonlinear[p.name]) for p in self.params}

    def to_lmfit(self, **known):
        """An ordinary lmfit.Model in SI, for people who work in lmfit.

        It has hints with bounds, ``guess(y, field=x)`` by the global start, derived quantities as expressions. Backgrounds are lmfit models to be added (``+ ConstantModel()``).

        Parameters
        ----------
        **known
            Knowns and metadata in SI (``temperature=4.2``); defaults are filled in.

        Raises
        ------
        FitkitError
            A known is missing.
        """
        from .fitting.lmfit_model import lmfit_model

        return lmfit_model(self, known)

    def typical_parameters(self, rng: np.random.Generator, optional: bool = False) -> dict[str, float]:
        """Parameters [SI] drawn from their typical ranges, log-uniform; optional ones at their default unless ``optional``."""
        drawn = {}
        for param in self.params:
            unit = parse_unit("" if param.unit.startswith("y") else param.unit)
            if param.default is not None and not (optional and param.typical):
                drawn[param.name] = unit.to_si(param.default)
            else:
                low, high = param.typical  # type: ignore[misc]  # asked of laws that have ranges
                drawn[param.name] = unit.to_si(float(np.exp(rng.uniform(math.log(low), math.log(high))) if low > 0 else rng.uniform(low, high)))
        return drawn

    def example_known(self, *x: np.ndarray) -> dict[str, Any]:
        """Knowns [SI] of the example of the law, for ``law.function(*x, *parameters, **law.example_known(*x))``."""
        from .data import read_meta

        found: dict[str, Any] = {}
        for known in self.known:
            if known.for_derived:
                continue
            if known.name in self.example:
                value = read_meta(known.name, self.example[known.name])
                found[known.name] = value if isinstance(value, str) else value.si
            elif known.of_x is not None:
                found[known.name] = known.of_x(*x)
            else:
                found[known.name] = known.absent if known.default is None else parse_unit(known.unit).to_si(known.default)
        return found

    def cite(self) -> str:
        """The references of the law, a line each."""
        return "\n".join(self.references)

    def describe(self) -> str:
        """Equation, parameters with units and meaning, knowns, derived quantities, validity, references."""
        rows = [(p.name, unit_text(p.unit), p.meaning + (f" (off at {p.default:g} until freed)" if p.default is not None else "")) for p in self.params]
        lines = [f"{self.name}: {self.title}", "", f"    {self.equation}", "",
                 f"needs    {', '.join(' or '.join(n for n, _ in c.choices) for c in self.columns_x)} -> "
                 f"{' or '.join(n for n, _ in self.y.choices)}", "parameters"]
        lines += [f"  {name:10s} [{unit}]  {meaning}" for name, unit, meaning in rows]
        if self.background:
            default = self.background_default if isinstance(self.background_default, tuple) else ("those that the data ask for",)
            lines.append(f"background  {', '.join(self.background)} (by default: {', '.join(default) or 'none'})")
        if self.known:
            lines.append("knowns")
            lines += [f"  {k.name:10s} [{unit_text(k.unit)}]  {k.meaning}" + (f" (assumed {k.default:g} {k.unit} unless given)" if k.default is not None else "") for k in self.known]
        if self.derived:
            lines.append("derived")
            lines += [f"  {d.name:10s} [{unit_text(d.unit)}]  {d.meaning}" for d in self.derived]
        if self.physics is not None:
            lacks = [one for one in SPIN_PROCESSES if one not in self.physics.holds]
            lines += ["interference", f"  dimension  {self.physics.dimension}", f"  classes    {', '.join(self.physics.classes)}",
                      f"  holds      {', '.join(self.physics.holds) or 'no spin process'}" + (f" (not {', not '.join(lacks)})" if lacks and self.physics.holds else "")]
            lines += [f"  field zero {self.name}+field_offset has it as a parameter"] if not self.name.endswith("+field_offset") else []
        if self.diagnosed:
            lines.append("from the data and the fit")
            lines += [f"  {name:10s} {meaning}" for name, (_, meaning) in self.diagnosed.items()]
        lines += ["convention", f"  {self.convention}"] if self.convention else []
        lines += ["validity", f"  {self.validity}", "references", *(f"  {r}" for r in self.references)]
        return "\n".join(lines)

    __repr__ = describe


def unit_text(unit: str) -> str:
    """A unit as a table shows it: 1 where there is none, words where it follows the measured column."""
    return {"": "1", "y": "of the data"}.get(unit, unit)


@lru_cache(maxsize=512)
def _argument_names(function: Callable) -> frozenset[str] | None:
    parameters = inspect.signature(function).parameters.values()
    return None if any(p.kind is p.VAR_KEYWORD for p in parameters) else frozenset(p.name for p in parameters)


@lru_cache(maxsize=512)
def required_arguments(function: Callable) -> tuple[str, ...]:
    """Names of the arguments without a default."""
    return tuple(p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty)


def accepted(function: Callable, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a function takes by name."""
    names = _argument_names(function)
    return dict(values) if names is None else {name: value for name, value in values.items() if name in names}


# -- the catalogue ----------------------------------------------------------------------------------------------------

@lru_cache(maxsize=1)
def _catalogue() -> dict[str, str]:
    from . import laws

    found: dict[str, str] = {}
    for room in pkgutil.iter_modules(laws.__path__, laws.__name__ + "."):
        if room.ispkg:
            package = importlib.import_module(room.name)
            found |= {module.name.rpartition(".")[2]: module.name for module in pkgutil.iter_modules(package.__path__, room.name + ".")}
    return found


@lru_cache(maxsize=1)
def _others() -> tuple[dict[str, Model], list[str]]:
    """Laws of other packages by name, and a sentence for each that is broken or bears the name of one of ours."""
    found, broken = from_other_packages("fitkit.models", Model, "MODEL")
    laws = {}
    for one in found:
        if one.name in _catalogue() or one.name in laws:
            broken.append(f"model '{one.name}' of another package bears a name that is taken, and is left out")
        else:
            laws[one.name] = one
    return laws, broken


class Catalogue(Sequence):
    """Names of the laws; prints with their titles."""

    def __init__(self, names: Sequence[str]):
        self._names = tuple(names)

    def __len__(self):
        return len(self._names)

    def __getitem__(self, index):
        return self._names[index]

    def __repr__(self):
        rooms = _catalogue()
        lines, last = [], ""
        for name in self._names:
            room = rooms[name].split(".")[-2] if name in rooms else _ELSEWHERE
            lines += [room] if room != last else []
            law = get_model(name)
            lines.append(f"  {name:28s} {law.title}")
            lines += [f"  {'':28s}   {law.physics}"] if law.physics is not None else []
            last = room
        return "\n".join([*lines, *_others()[1]])


_ELSEWHERE = "of other packages"


def models() -> Catalogue:
    """The names of all laws, ordered by what they describe."""
    rooms = _catalogue()
    return Catalogue([*sorted(rooms, key=lambda name: (rooms[name].split(".")[-2], name)), *sorted(_others()[0])])


def get_model(name: str | Model) -> Model:
    """The law of that name (a Model is returned as it is); ``"hln+field_offset"``: with the zero of the field among its parameters.

    Raises
    ------
    FitkitError
        No such law; the text names the nearest.
    """
    if isinstance(name, Model):
        return name
    if not isinstance(name, str):
        found = f"a list of {type(name[0]).__name__}" if isinstance(name, (list, tuple)) and name else type(name).__name__
        raise FitkitError(f"the law comes first, as its name or a Model: fk.fit('log_decay', data); found {found} in its place")
    if name.endswith("+field_offset"):
        from .shifted import with_field_offset

        return with_field_offset(get_model(name.removesuffix("+field_offset")))
    found = _catalogue().get(name)
    if found is None:
        import difflib

        others, broken = _others()
        if name in others:
            return others[name]
        near = difflib.get_close_matches(name, models(), n=3, cutoff=0.4)
        raise FitkitError(f"no law '{name}'." + (f" Did you mean {' or '.join(near)}?" if near else "") + f" All: {', '.join(models())}"
                          + "".join(f"\n    {text}" for text in broken))
    return importlib.import_module(found).MODEL
