"""The table of an error budget: its terms, and how they are read, printed and drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import FitkitError
from ..measured import Measured

STATISTICS = "statistics"


@dataclass(frozen=True)
class Term:
    """One contribution to the error of a fitted quantity.

    Parameters
    ----------
    source
        ``"statistics"``, ``"time origin"``, ``"background"``...
    error
        Standard deviation [SI]; None where nothing is known of it.
    how
        What it was taken from: columns of the data, a stated prior, an assumption.
    shift
        Change of the quantity [SI] if the cause is removed, where its sign is known.
    caution
        Words for a cause that is seen at work; empty otherwise.
    left
        Weighted residuals once the cause is taken out, where it is seen at work: what remains is scatter.
    freedom
        Parameters that taking it out costs.
    """

    source: str
    error: float | None
    how: str
    shift: float | None = None
    caution: str = ""
    left: np.ndarray | None = field(default=None, repr=False, compare=False)
    freedom: int = 1


@dataclass(frozen=True)
class FirstPoints:
    """The quantity [SI] refitted without the first points, and from where on it is stable: what ``ErrorBudget.plot`` draws."""

    dropped: np.ndarray
    time: np.ndarray
    value: np.ndarray
    error: np.ndarray
    stable: int     # place in the arrays

    @property
    def found(self) -> bool:
        """Whether it becomes stable; the last refit alone has none to agree with."""
        return self.stable < len(self.value) - 1 or len(self.value) == 1


@dataclass(frozen=True)
class ErrorBudget:
    """A fitted quantity with its error split by cause.

    ``budget["time origin"]`` is one :class:`Term`; ``budget.total`` the value with all known errors added in squares.
    """

    name: str
    law: str
    quantity: str
    value: Measured
    terms: tuple[Term, ...]
    first_points: FirstPoints | None = None
    remarks: tuple[str, ...] = field(default=())

    def __getitem__(self, source: str) -> Term:
        for one in self.terms:
            if one.source == source:
                return one
        raise FitkitError(f"no term '{source}' in the budget of {self.quantity}. There are {', '.join(one.source for one in self.terms)}")

    @property
    def statistical(self) -> float:
        """Standard deviation from the scatter alone, in the unit of ``value``."""
        return self.in_unit(self[STATISTICS].error or 0.0)

    @property
    def systematic(self) -> float:
        """All other known errors added in squares, in the unit of ``value``."""
        return self.in_unit(math.sqrt(sum(one.error**2 for one in self.terms if one.error and one.source != STATISTICS)))

    @property
    def total(self) -> Measured:
        """The value with statistical and systematic error added in squares."""
        return replace(self.value, error=math.hypot(self.statistical, self.systematic), dof=math.inf)

    @property
    def cautions(self) -> tuple[str, ...]:
        """Words for the causes that are seen at work."""
        return tuple(one.caution for one in self.terms if one.caution)

    def in_unit(self, si: float) -> float:
        """A difference [SI] in the unit of ``value``."""
        from ..units import parse_unit

        return si / parse_unit(self.value.unit).factor

    # -- showing: the report is imported inside -------------------------------------------------------------------------
    def table(self) -> str:
        """A text table, one row for each cause, the largest first."""
        from ..report.budgets import budget_table

        return budget_table(self)

    def __repr__(self) -> str:
        from ..report.budgets import budget_summary

        return budget_summary(self)

    def _repr_html_(self) -> str:
        from ..report.budgets import budget_html

        return budget_html(self)

    def plot(self, path=None, *, ax=None):
        """Draw the quantity refitted without its first points, with what was chosen as stable. Returns the Axes."""
        from ..report.decay_plots import plot_first_points

        return plot_first_points(self, path=path, ax=ax)

    def to_dict(self) -> Mapping[str, Any]:
        """Plain values for strict JSON, in the unit of ``value``."""
        return {"schema": 1, "program": "fitkit", "dataset": self.name, "law": self.law, "quantity": self.quantity, "unit": self.value.unit,
                "value": self.value.value, "statistical": self.statistical, "systematic": self.systematic, "total": self.total.error,
                "terms": [{"source": one.source, "error": None if one.error is None else self.in_unit(one.error),
                           "shift": None if one.shift is None else self.in_unit(one.shift), "how": one.how, "caution": one.caution} for one in self.terms],
                "remarks": list(self.remarks)}
