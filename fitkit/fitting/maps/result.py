"""What fit_many gives: arrays over the map, with a verdict for each number."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import FitkitError
from ...measured import Measured
from ...units import Unit, parse_unit
from .derived import DerivedMap, derived_of, in_units
from .engine import Block
from .judge import FAILED, FIXED, VERDICTS
from .store import read


@dataclass(frozen=True)
class MapResult:
    """The fits of one law to the curves of a map.

    ``values["L_phi"]``, ``errors["L_phi"]`` are arrays in ``units["L_phi"]`` of the shape of the map, ``verdicts["L_phi"]`` the
    codes of :data:`codes`. A value is a number to be used where its verdict is 0 ("ok") or 1 ("conditional"); where the data do
    not determine it, the value says where the fit has ended. Errors are NaN where there is none.

    What the law derives from one fitted parameter, knowns and metadata is there as well: ``result["tau_phi"]`` with the metadata
    ``diffusivity``; ``derived`` names these, ``absent`` says what the others want.
    """

    law: str
    names: tuple[str, ...]
    units: Mapping[str, str]
    factors: Mapping[str, Unit]
    shape: tuple[int, ...]
    axes: Mapping[str, tuple[np.ndarray, str]]
    table: Block
    correlation: bool
    options: Mapping[str, Any]
    work: Any = field(default=None, repr=False)

    codes = dict(enumerate(VERDICTS))

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    def __getstate__(self) -> dict[str, Any]:
        """The results without the curves, as :func:`read_map` gives them: the curves are the caller's, and their law holds functions."""
        return {**{one.name: getattr(self, one.name) for one in fields(self)}, "work": None, "_derived": self._derived}

    # -- arrays ----------------------------------------------------------------------------------------------------------
    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """Parameters and derived quantities by name, each of the shape of the map."""
        return self._of_derived["values"] | {name: np.asarray(self.factors[name].from_si(self.table.values[:, place])).reshape(self.shape) for place, name in enumerate(self.names)}

    @cached_property
    def errors(self) -> dict[str, np.ndarray]:
        """Standard deviations; NaN where a parameter has none (fixed, a limit, no signal)."""
        return self._of_derived["errors"] | {name: (self.table.errors[:, place] / self.factors[name].factor).reshape(self.shape) for place, name in enumerate(self.names)}

    @cached_property
    def verdicts(self) -> dict[str, np.ndarray]:
        """Codes of the verdicts, see :data:`codes`."""
        return self._of_derived["verdicts"] | {name: self.table.codes[:, place].reshape(self.shape) for place, name in enumerate(self.names)}

    @cached_property
    def limits(self) -> dict[str, np.ndarray]:
        """-1 where the data give an upper limit ("<"), 1 where they give a lower one (">"), else 0."""
        return self._of_derived["limits"] | {name: self.table.sides[:, place].reshape(self.shape) for place, name in enumerate(self.names)}

    @cached_property
    def _derived(self) -> tuple[dict[str, DerivedMap], dict[str, str]]:
        return derived_of(self)

    @cached_property
    def _of_derived(self) -> dict[str, dict[str, np.ndarray]]:
        return in_units(self._derived[0], self.shape)

    @property
    def derived(self) -> tuple[str, ...]:
        """Names of the derived quantities."""
        return tuple(self._derived[0])

    @property
    def absent(self) -> dict[str, str]:
        """What is missing for the derived quantities that are not there."""
        return self._derived[1]

    def unit(self, name: str) -> str:
        """Unit of a parameter or derived quantity."""
        self._known(name)
        return self.units[name] if name in self.names else self._derived[0][name].unit.symbol

    @property
    def chi2(self) -> np.ndarray:
        """Weighted sum of squares (in SI where the errors are estimated)."""
        return self.table.chi2.reshape(self.shape)

    @property
    def points(self) -> np.ndarray:
        """Points of each curve that entered."""
        return self.table.points.reshape(self.shape)

    @property
    def autocorrelation(self) -> np.ndarray:
        """Lag-1 autocorrelation of the residuals where it is significant (slow noise or the wrong law), else 0."""
        return self.table.correlation.reshape(self.shape)

    @property
    def suspect(self) -> np.ndarray:
        """Where a caution of the law wants to see the single curve, as where residuals are correlated; ``curve(i)`` says more."""
        return self.table.unasked.reshape(self.shape)

    @property
    def failed(self) -> np.ndarray:
        """Where nothing could be fitted; ``curve(i)`` says why."""
        return (self.table.codes == FAILED).any(axis=1).reshape(self.shape)

    def determined(self, name: str) -> np.ndarray:
        """Where a parameter is a number with an error (or was fixed)."""
        self._known(name)
        return (self.verdicts[name] <= 1) | (self.verdicts[name] == FIXED)

    def masked(self, name: str) -> np.ndarray:
        """Values of a parameter, NaN where the data do not determine it."""
        return np.where(self.determined(name), self.values[name], np.nan)

    def __getitem__(self, name: str) -> np.ndarray:
        """The same as ``masked(name)``."""
        return self.masked(name)

    def _known(self, name: str) -> None:
        if name not in self.names and name not in self._derived[0]:
            why = f"'{name}': {self.absent[name]}" if name in self.absent else f"no '{name}' in this map"
            raise FitkitError(f"{why}. There are {', '.join((*self.names, *self.derived))}")

    # -- one curve -------------------------------------------------------------------------------------------------------
    def _number(self, where: int | Sequence[int]) -> int:
        if isinstance(where, (int, np.integer)):
            number, size = int(where), len(self)
            if not -size <= number < size:
                raise FitkitError(f"curve({number}): there are {size}")
            return number % size
        try:
            return int(np.ravel_multi_index(tuple(int(place) % length for place, length in zip(where, self.shape, strict=True)), self.shape))
        except (ValueError, TypeError):
            raise FitkitError(f"curve({where!r}): wanted a number, or a place in a map of shape {self.shape}") from None

    def curve(self, where: int | Sequence[int]):
        """The ordinary FitResult of one curve, fitted again with everything that ``fk.fit`` has to say.

        Parameters
        ----------
        where
            Its number, or its place in the map: ``curve((3, 17))``.

        Raises
        ------
        FitkitError
            No such curve; the curve cannot be fitted; the curves are not at hand (the results were read from a file, or come from another process).
        """
        number = self._number(where)
        if self.work is None:
            raise FitkitError("the curves are not at hand: call fk.fit_many(..., out=file) with them again, it fits nothing twice")
        return self.work.curve(number)

    def value(self, name: str, where: int | Sequence[int]) -> Measured:
        """One parameter or derived quantity of one curve with its error and verdict."""
        self._known(name)
        number = self._number(where)
        value, error, code, side = (one[name].ravel()[number] for one in (self.values, self.errors, self.verdicts, self.limits))
        return Measured(float(value), None if np.isnan(error) else float(error), self.unit(name), "fit", VERDICTS[code], limit={-1: "<", 1: ">"}.get(int(side), ""))

    # -- other forms -----------------------------------------------------------------------------------------------------
    def coordinates(self) -> dict[str, np.ndarray]:
        """The place of every curve in flat arrays: values of the axes, or numbers."""
        names = list(self.axes) or (["curve"] if len(self.shape) == 1 else [f"axis_{place}" for place in range(len(self.shape))])
        values = [one for one, _ in self.axes.values()] or [np.arange(length) for length in self.shape]
        return {name: one.ravel() for name, one in zip(names, np.meshgrid(*values, indexing="ij"))}

    def to_dataframe(self):
        """A pandas DataFrame, a row for each curve: axes, values, ``_err``, ``_verdict``, chi2, points."""
        import pandas as pd

        columns = self.coordinates()
        for name in (*self.names, *self.derived):
            columns[name], columns[f"{name}_err"] = self.values[name].ravel(), self.errors[name].ravel()
            columns[f"{name}_verdict"] = np.array(VERDICTS)[self.verdicts[name].ravel()]
        return pd.DataFrame(columns | {"chi2": self.table.chi2, "points": self.table.points})

    def to_xarray(self):
        """An xarray.Dataset on the axes of the map, with units as attributes.

        Raises
        ------
        FitkitError
            xarray is not installed.
        """
        try:
            import xarray
        except ImportError:
            raise FitkitError("to_xarray() wants xarray: pip install xarray") from None
        names = list(self.axes) or (["curve"] if len(self.shape) == 1 else [f"axis_{place}" for place in range(len(self.shape))])
        variables = {}
        for name in (*self.names, *self.derived):
            variables[name] = (names, self.values[name], {"units": self.unit(name)})
            variables[f"{name}_err"] = (names, self.errors[name], {"units": self.unit(name)})
            variables[f"{name}_verdict"] = (names, self.verdicts[name], {"codes": ", ".join(f"{code} {word}" for code, word in self.codes.items())})
        variables["chi2"], variables["points"] = (names, self.chi2), (names, self.points)
        return xarray.Dataset(variables, {name: (name, values, {"units": unit}) for name, (values, unit) in self.axes.items()}, {"law": self.law})

    def plot(self, name: str, path=None, *, ax=None, logarithmic: bool | None = None):
        """A parameter over the map: an image of two axes, lines for one or more than two. What is not determined is hatched.

        Parameters
        ----------
        path
            ``.pdf``, ``.svg`` or ``.png`` to save the figure in.
        ax
            Axes to draw into; None makes a figure.
        logarithmic
            Colours (or the axis) by the logarithm; None: where the values span more than a decade.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from ...report.figure import saved
        from ...report.map_plots import plot_map

        self._known(name)
        return saved(plot_map(self, name, ax=ax, logarithmic=logarithmic), path)

    def summary(self) -> str:
        """How many curves determine which parameter, in words."""
        size = len(self)
        lines = [f"{self.law}: {' x '.join(map(str, self.shape))} curves" + (f" ({', '.join(self.axes)})" if self.axes else "")]
        for name in (*self.names, *self.derived):
            counts = np.bincount(self.verdicts[name].ravel(), minlength=len(VERDICTS))
            told = ", ".join(f"{VERDICTS[code]} {count}" for code, count in enumerate(counts) if count)
            values, errors = (one[name].ravel() for one in (self.values, self.errors))
            used = self.determined(name).ravel() & ~np.isnan(values)
            unit = f" {self.unit(name)}" if self.unit(name) else ""
            span = f"{np.min(values[used]):.4g} to {np.max(values[used]):.4g}{unit}, median error {np.nanmedian(errors[used]):.2g}{unit}" \
                if np.any(~np.isnan(errors[used])) else ""
            lines.append(f"  {name:12s} {told}" + (f";  {span}" if span else ""))
        wrong = int(np.sum(self.table.correlation > 0))
        if wrong:
            lines.append(f"  residuals correlated in {wrong} of {size} curves: slow noise or the wrong law; the errors take it into account")
        if not self.correlation:
            sampled = self.options.get("correlation") == "auto"
            lines.append("  a sample of the curves shows no correlated residuals" if sampled else "  correlation of the residuals was not looked at")
        unasked = int(np.sum(self.table.unasked))
        if unasked:
            lines.append(f"  in {unasked} curves a caution of the law wants to see the single curve (.suspect): .curve(i)")
        return "\n".join(lines)

    __repr__ = summary


def read_map(path: str | os.PathLike) -> MapResult:
    """The results that ``fit_many(..., out=path)`` has written, also while it still writes; what is not fitted yet has the verdict "failed".

    Raises
    ------
    FitkitError
        No such file, or another kind of file.
    """
    header, table = read(Path(path))
    units = {name: parse_unit(text) for name, text in zip(header["names"], header["units"])}
    axes = {name: (np.array(values), unit) for name, (values, unit) in header["axes"].items()}
    return MapResult(law=header["law"], names=tuple(header["names"]), units=dict(zip(header["names"], header["units"])), factors=units, shape=tuple(header["shape"]),
                     axes=axes, table=table, correlation=header["correlation"], options=header["options"])
