"""What a fit holds: one DatasetFit for each dataset, and the FitResult that people print, plot, save and fit again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..data import Dataset, StepRecord
from ..errors import FitkitError
from ..measured import Measured, MeasuredColumn
from ..names import QUANTITIES
from ..units import Unit, parse_unit


@dataclass(frozen=True)
class Statistics:
    """How well one problem (a dataset, or all of a joint fit) was fitted.

    ``errors``: "given" (absolute) or "estimated" (from the scatter). ``corrected``: the errors take the autocorrelation of
    the residuals into account. ``covariance`` [SI] belongs to ``variables``.
    """

    chi2: float
    points: int
    free: int
    dof: float
    errors: str
    corrected: bool
    aicc: float
    variables: tuple[str, ...]
    covariance: np.ndarray
    remarks: tuple[str, ...] = ()

    @property
    def reduced_chi2(self) -> float:
        """chi^2 over points minus free parameters; meaningful where the errors are given."""
        return self.chi2 / max(self.points - self.free, 1)

    @property
    def correlation(self) -> np.ndarray:
        """Correlation matrix of the variables."""
        deviation = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        outer = np.outer(deviation, deviation)
        return np.divide(self.covariance, outer, out=np.eye(len(deviation)), where=outer > 0)


@dataclass(frozen=True)
class DatasetFit:
    """One dataset with its fit: parameters, derived quantities and knowns as Measured; arrays in SI.

    ``fitted`` = ``model_part`` + ``background_part``. ``absent`` says of each derived quantity that could not be given what
    would bring it. ``failed`` is the reason where the dataset could not be fitted.
    """

    name: str
    data: Dataset
    law: str = ""
    x_names: tuple[str, ...] = ()
    y_name: str = ""
    x: tuple[np.ndarray, ...] = ()
    y: np.ndarray = field(default_factory=lambda: np.empty(0))
    y_err: np.ndarray | None = None
    fitted: np.ndarray = field(default_factory=lambda: np.empty(0))
    background_part: np.ndarray = field(default_factory=lambda: np.empty(0))
    parameters: Mapping[str, Measured] = field(default_factory=dict)
    derived: Mapping[str, Measured] = field(default_factory=dict)
    known: Mapping[str, Measured] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    autocorrelation: float = 0.0
    effective_points: float = 0.0
    statistics: Statistics | None = None
    failed: str = ""

    def __getitem__(self, name: str) -> Measured:
        for table in (self.parameters, self.derived, self.known):
            if name in table:
                return table[name]
        if name in self.absent:
            raise FitkitError(f"{self.name}: no '{name}': {self.absent[name]}")
        raise FitkitError(f"{self.name}: no '{name}'. There are {', '.join([*self.parameters, *self.derived])}" + (f" ({self.failed})" if self.failed else ""))

    def get(self, name: str) -> Measured:
        """A quantity, or an empty Measured (NaN) with its reason."""
        try:
            return self[name]
        except FitkitError as error:
            return Measured(math.nan, None, "", "fit", "failed" if self.failed else "not determined", self.failed or str(error))

    @property
    def residuals(self) -> np.ndarray:
        """y - fitted [SI]."""
        return self.y - self.fitted

    @property
    def model_part(self) -> np.ndarray:
        """What the law gives without the background columns [SI]."""
        return self.fitted - self.background_part

    def predict(self, *x) -> np.ndarray:
        """The fitted curve [SI] at other places x [SI], background included.

        Raises
        ------
        FitkitError
            The law is not in the catalogue, or a background needs the rows of the data.
        """
        from ..background import BACKGROUNDS
        from ..model import get_model

        law = get_model(self.law)
        known = {one.name: self.known[one.name].si if one.name in self.known else one.given_by.get(self.y_name, one.absent)
                 for one in law.known if not one.for_derived}
        x = tuple(np.asarray(values, float) for values in x)
        y = law.function(*x, *(self.parameters[param.name].si for param in law.params), **known)
        for name, value in self.parameters.items():
            if name in BACKGROUNDS:
                if name == "drift":
                    raise FitkitError(f"{self.name}: the drift in time belongs to the rows of the data, it has no value at another x")
                y = y + value.si * BACKGROUNDS[name].function(x[0], self.data)
        return y

    @property
    def determined(self) -> bool:
        """Whether every fitted parameter is a number with an error."""
        return not self.failed and all(one.determined for one in self.parameters.values())


@dataclass(frozen=True)
class FitResult:
    """The fits of one law to one dataset or to many.

    ``result["L_phi"]`` is a Measured after a fit of one Dataset, a MeasuredColumn after a fit of a list. ``fits`` holds one
    DatasetFit for each dataset.
    """

    law: str
    title: str
    equation: str
    references: tuple[str, ...]
    fits: tuple[DatasetFit, ...]
    single: bool
    options: Mapping[str, Any]
    versions: Mapping[str, str]
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)   # name -> (symbol, meaning)
    convention: str = ""

    # -- reading ------------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.fits)

    def __iter__(self) -> Iterator[DatasetFit]:
        return iter(self.fits)

    def __getitem__(self, name: str) -> Measured | MeasuredColumn:
        """A parameter, derived quantity or known by name: one Measured, or a column for a series."""
        if self.single:
            return self.fits[0][name]
        for one in self.fits:
            if not one.failed:
                one[name]  # raises with the names there are
                break
        unit = next((one[name].unit for one in self.fits if not one.failed), "")
        return MeasuredColumn([one.get(name) if not one.failed else Measured(math.nan, None, unit, "fit", "failed", one.failed) for one in self.fits],
                              [one.name for one in self.fits])

    def _names(self, table: str) -> list[str]:
        names: dict[str, None] = {}
        for one in self.fits:
            names |= dict.fromkeys(getattr(one, table))
        return list(names)

    @property
    def parameters(self) -> dict[str, Measured | MeasuredColumn]:
        """All fitted parameters, background columns included."""
        return {name: self[name] for name in self._names("parameters")}

    @property
    def derived(self) -> dict[str, Measured | MeasuredColumn]:
        """All derived quantities that could be given. An absent one prints what would bring it, and is no number."""
        absent = dict(pair for one in self.fits for pair in one.absent.items())
        return _Derived({name: self[name] for name in self._names("derived")}, absent)

    @property
    def determined(self) -> bool:
        """Whether every parameter of every dataset is a number with an error."""
        return all(one.determined for one in self.fits)

    @property
    def statistics(self) -> Statistics | list[Statistics]:
        """Sum of squares, points, degrees of freedom, AICc and covariance; one for a single or joint fit, a list for a series."""
        found: list[Statistics] = []
        for one in self.fits:
            if one.statistics is not None and all(one.statistics is not other for other in found):
                found.append(one.statistics)
        return found[0] if len(found) == 1 else found

    @property
    def correlation(self):
        """Correlation matrix (or a list of them) of the variables."""
        found = self.statistics
        return [one.correlation for one in found] if isinstance(found, list) else found.correlation

    def series(self, x: str, y: str, include: str = "determined") -> Dataset:
        """A Dataset of a fitted quantity against metadata of the datasets, ready for the next fit.

        Parameters
        ----------
        x
            Metadata name (``"temperature"``).
        y
            Parameter or derived quantity (``"U_star"``).
        include
            ``"determined"`` leaves out limits and undetermined values and names them in the notes; ``"all"`` keeps them.

        Returns
        -------
        Dataset
            Columns x, y, ``<y>_err``. Numeric metadata in which all datasets agree (the diffusion constant) come along, those that agree to within
            a tenth (the sheet resistance) as their mean with the scatter.

        Raises
        ------
        FitkitError
            A dataset has no such metadata, or nothing is left.
        """
        from ..data import Note

        if include not in ("determined", "all"):
            raise FitkitError(f"include={include!r}: 'determined' or 'all'")
        kept, notes = [], []
        for one in self.fits:
            value = one.get(y)
            if value.error is None or not math.isfinite(value.value) or (include != "all" and not value.determined):
                notes.append(Note(None, None, f"{one.name} left out: {y} {value} {value.reason or value.verdict}".strip()))
            else:
                kept.append((one, value))
        if not kept:
            self[y]
            raise FitkitError(f"no dataset has a determined '{y}': " + "; ".join(note.text for note in notes))
        times = [one.known["t_r"].si for one, _ in kept if "t_r" in one.known]
        if times and max(times) > 1.05 * min(times):
            middle = math.exp(sum(map(math.log, times)) / len(times))
            notes.append(Note(None, None, f"reference times differ, {min(times):.3g} to {max(times):.3g} s: rates belong to different ages. One for all: fk.fit(..., assume={{'t_r': '{middle:.3g} s'}})"))
        places, units, x_err = [], parse_unit(kept[0][1].unit), []
        for one, _ in kept:
            places.append(one.data.si(x))
            given = one.data.meta.get(x)
            x_err.append(parse_unit(given.unit).factor * given.error if isinstance(given, Measured) and given.error else 0.0)
        values = np.array([value.si for _, value in kept])
        errors = np.array([value.error for _, value in kept]) * units.factor
        columns = {x: np.array(places), y: values, f"{y}_err": errors}
        if any(x_err):
            columns[f"{x}_err"] = np.array(x_err)
        covariance = self._covariance_of(y, [one for one, _ in kept], errors)
        x_unit = next((given.unit for one, _ in kept if isinstance(given := one.data.meta.get(x), Measured)), "")
        sources = tuple({"name": one.name, "source": None if one.data.source is None else vars(one.data.source),
                         "history": [vars(record) for record in one.data.history]} for one, _ in kept)
        record = StepRecord("series", {"x": x, "y": y, "include": include}, {"law": self.law, "left_out": [note.text for note in notes if " left out: " in note.text],
                                                                                    "options": {name: value for name, value in self.options.items() if value not in (None, {}, [])}}, sources)
        display = {y: kept[0][1].unit, f"{y}_err": kept[0][1].unit}
        return Dataset(name=f"{y}({x})", columns=columns, units=display | ({x: x_unit} if x_unit else {}), notes=tuple(notes), history=(record,),
                       meta=_common_metadata([one.data.meta for one, _ in kept], (x, y)),
                       covariance={} if covariance is None else {y: covariance})

    def _covariance_of(self, name: str, fits: Sequence[DatasetFit], errors: np.ndarray) -> np.ndarray | None:
        """Joint covariance [SI] of one parameter over the datasets of a joint fit; None where they are independent."""
        statistics = fits[0].statistics
        labels = [f"{name}[{one.name}]" for one in fits]
        if statistics is None or any(one.statistics is not statistics for one in fits) or not all(label in statistics.variables for label in labels):
            return None
        places = [statistics.variables.index(label) for label in labels]
        matrix = statistics.covariance[np.ix_(places, places)]
        return matrix if np.all(np.linalg.eigvalsh(matrix) > 0) else None

    # -- showing: imported inside, nothing on the left of the house knows the right ------------------------------------
    def table(self) -> str:
        """A text table: one row for each dataset with its parameters, derived quantities and verdicts."""
        from ..report.text import result_table

        return result_table(self)

    def summary(self) -> str:
        """The table with cautions, assumptions, statistics and what would bring the absent quantities."""
        from ..report.text import result_summary

        return result_summary(self)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from ..report.html import result_fragment

        return result_fragment(self)

    def to_dataframe(self):
        """A tidy pandas DataFrame, units in the titles."""
        from ..report.tables import result_frame

        return result_frame(self)

    def to_csv(self, origin: bool = False, rounded: bool = False) -> str:
        """Tidy CSV text with units in the titles; ``origin``: Origin's Long Name, Units and Comments rows; ``rounded``: to the digit that the error leaves."""
        from ..report.tables import result_csv

        return result_csv(self, origin=origin, rounded=rounded)

    def to_latex(self) -> str:
        """A LaTeX table (booktabs, siunitx), rounded by the errors, verdicts in words."""
        from ..report.tables import table_of

        return table_of(self, "latex")

    def to_markdown(self) -> str:
        """A Markdown table, rounded by the errors, verdicts in words."""
        from ..report.tables import table_of

        return table_of(self, "markdown")

    def plot_series(self, x: str, y: str, *, ax=None, fitted: FitResult | None = None, view: str = "linear"):
        """Draw a fitted quantity against metadata, undetermined values hollow, a second-stage fit as a line; ``view="log"``: both axes. Returns the Axes."""
        from ..report.series_plots import plot_series

        return plot_series(self, x, y, ax=ax, fitted=fitted, view=view)

    def plot(self, path=None, *, ax=None, width: str | float | None = None, view: str = "auto", band: float | None = 0.95, overwrite: bool = True):
        """Draw data, fit and residuals; with ``path`` save the figure. Returns the Axes.

        Parameters
        ----------
        path
            ``.pdf`` or ``.svg`` (vectors, fonts embedded) or ``.png``.
        width
            ``"single"`` (86 mm, a column of a journal), ``"double"`` (178 mm), ``"120 mm"``, or a number in inch.
        view
            ``"auto"``: logarithmic time, else linear; ``"log"``: also V(I) as E-J with both logarithmic and ln |B|; ``"absolute"``: against |B|; ``"linear"``.
        band
            Probability of the confidence band of the curve; None for none.
        """
        from ..report.plots import plot_result

        return plot_result(self, path=path, ax=ax, width=width, view=view, band=band, overwrite=overwrite)

    def save(self, folder, overwrite: bool = False, *, beside: Sequence[Any] = (), windows: bool | None = None):
        """Write report.html, parameters.csv, result.json and a figure into ``folder``; existing files only with ``overwrite``.

        Parameters
        ----------
        beside
            What else the report shows: results of ``fk.compare``, ``fk.scan_window`` and ``fk.error_budget`` of these datasets.
        windows
            Refit every dataset in smaller windows (laws of time, field or current); None: up to twelve datasets of a law that is fitted quickly.
        """
        from ..report.save import save_result

        return save_result(self, folder, overwrite=overwrite, beside=beside, windows=windows)

    def methods(self) -> str:
        """A paragraph for the methods section of a paper, with the numbers in it."""
        from ..report.methods import methods_text

        return methods_text(self)

    def script(self) -> str:
        """The lines of Python that make this result again from its files."""
        from ..report.script import script_of

        return script_of(self)

    def to_json(self) -> str:
        """Strict JSON with a schema number; read back by ``fk.read_result``."""
        from ..report.results_json import result_to_json

        return result_to_json(self)


class _Derived(dict):
    """Derived quantities; asking for one that needs more metadata gives an :class:`Absent`."""

    def __init__(self, values: Mapping[str, Any], absent: Mapping[str, str]):
        super().__init__(values)
        self._absent = absent

    def __missing__(self, name):
        if name in self._absent:
            return Absent(name, self._absent[name])
        raise FitkitError(f"no derived quantity '{name}'. There are {', '.join([*self, *self._absent])}")


class Absent:
    """A derived quantity that could not be given: prints what would bring it; using it as a number is an error."""

    def __init__(self, name: str, reason: str):
        self._text = f"no {name}: {reason}"

    def __repr__(self) -> str:
        return self._text

    def __getattr__(self, attribute):
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        raise FitkitError(self._text)


@dataclass
class CurveFit:
    """What cautions and diagnostics see of a fit: numbers in SI by parameter name."""

    x: tuple[np.ndarray, ...]
    y: np.ndarray
    y_err: np.ndarray | None
    y_name: str
    y_unit: Unit
    fitted: np.ndarray
    background_part: np.ndarray
    values: Mapping[str, float]
    errors: Mapping[str, float | None]
    fixed: frozenset[str]
    known: Mapping[str, float]
    autocorrelation: float
    scatter: float
    dof: float
    verdicts: Mapping[str, str] = field(default_factory=dict)   # before the cautions
    slopes: Callable[[], np.ndarray] = lambda: np.empty((0, 0))

    @property
    def model_part(self) -> np.ndarray:
        """What the law alone gives at the points [SI], the fit without its background."""
        return self.fitted - self.background_part

    @property
    def gradient(self) -> np.ndarray:
        """d fitted/d fitted parameter [SI], shape (parameters, points)."""
        return self.slopes()

    @property
    def residuals(self) -> np.ndarray:
        """Data minus fit at the points [SI]."""
        return self.y - self.fitted

    def value(self, name: str) -> float:
        """Parameter [SI]."""
        return self.values[name]

    def error(self, name: str) -> float | None:
        """Standard deviation [SI]; None where the parameter is fixed or has none."""
        return self.errors.get(name)

    def free(self, name: str) -> bool:
        """Whether the parameter was fitted."""
        return name in self.values and name not in self.fixed

    def verdict(self, name: str) -> str:
        """What the data say of the parameter, before the cautions."""
        return self.verdicts.get(name, "")

    def has(self, name: str) -> bool:
        """Whether the parameter (or background column) is in the fit."""
        return name in self.values


def _common_metadata(metas: Sequence[Mapping], without: Sequence[str]) -> dict[str, Measured]:
    """Numbers that all datasets have: as they are where they agree, their mean with the scatter where they agree to within a tenth."""
    found = {}
    for name, first in metas[0].items():
        values = [one for meta in metas if isinstance(one := meta.get(name), Measured)]
        if name in without or name not in QUANTITIES or len(values) < len(metas):
            continue
        numbers = np.array([one.to(first.unit).value for one in values])
        if np.ptp(numbers) <= 1e-9 * abs(numbers[0]):
            found[name] = first
        elif np.ptp(numbers) < 0.1 * abs(numbers.mean()):
            found[name] = Measured(float(numbers.mean()), float(numbers.std(ddof=1)), first.unit, "mean of the series")
    return found
