"""Maley's method: one constant C brings U(M) of all temperatures onto one curve; the curve gives the barrier.

    U(M, T)/g(T) = (kT/g) [C + ln g_J - ln|dM/dt|],   C = ln(Mc/tau)

C is found twice: from a smooth curve of any shape (a polynomial in ln M, its degree by AICc), and together with the three-parameter barrier (U0/mu) [(Mc/M)^mu - 1]. The first is
linear in C, so that its error is honest. Whether the temperatures do fall on one curve is tested, not assumed.

Source: M. P. Maley, J. O. Willis, H. Lessure, M. E. McHenry, Phys. Rev. B 42, 2639 (1990).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..constants import k_B
from ..data import Dataset
from ..errors import FitkitError
from ..fitting.result import FitResult
from ..fitting.run import fit
from ..fitting.uncertainty import f_tail
from ..measured import Measured, read_measured
from ..names import MOMENTS
from ..physics.creep_series import barrier_scale, log_barrier_scale
from .runs import local_rates

_DEGREES = (3, 6)   # of the polynomial in ln M, from and to; chosen by AICc
_CHANCE = 1e-3      # probability below which a misfit is no chance
_MISFIT = 2.0       # reduced chi^2 and relative distance below which nobody minds
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class MaleyCollapse:
    """What Maley's method gives; ``print`` says it in words, ``plot`` draws U(M).

    Attributes
    ----------
    points
        The local rates (``fk.local_rates``) with columns ``U`` = U/g [J] and ``U_err`` at this C.
    C
        The constant from the model-free collapse, ln(Mc/tau) in SI units of M and s.
    barrier
        Fit of the law ``maley``: C, mu, U0 of the three-parameter barrier.
    reduced_chi2
        Of the model-free collapse.
    scatter
        Mean relative distance (rms) of the temperatures from the common curve.
    collapses
        Whether the temperatures fall on one curve.
    sentence
        The answer in words.
    """

    points: Dataset
    C: Measured
    barrier: FitResult
    reduced_chi2: float
    scatter: float
    collapses: bool
    sentence: str
    quantity: str = "moment"
    off: Mapping[float, float] = field(default_factory=dict)     # temperature [K] -> its mean relative distance

    @property
    def mu(self) -> Measured:
        """Exponent of the three-parameter barrier."""
        return self.barrier.fits[0]["mu"]

    @property
    def U0(self) -> Measured:
        """Pinning energy of the three-parameter barrier, convention with 1/mu."""
        return self.barrier.fits[0]["U0"]

    def __repr__(self) -> str:
        from ..report.series import maley_summary

        return maley_summary(self)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"

    def plot(self, path=None, *, ax=None):
        """Draw U/g against M for all temperatures, with the three-parameter barrier. Returns the Axes."""
        from ..report.decay_plots import plot_maley

        return plot_maley(self, path=path, ax=ax)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for strict JSON."""
        barrier = {name: {"value": one.value if math.isfinite(one.value) else None, "error": one.error, "unit": one.unit, "verdict": one.verdict}
                   for name, one in {**self.barrier.fits[0].parameters, **self.barrier.fits[0].derived}.items()}
        return {"schema": 1, "program": "fitkit", "C": self.C.value, "C_err": self.C.error, "barrier": barrier, "reduced_chi2": self.reduced_chi2, "scatter": self.scatter,
                "collapses": self.collapses, "sentence": self.sentence,
                "points": {name: self.points[name].tolist() for name in ("temperature", self.quantity, "log_rate", "log_rate_err", "U", "U_err")}}


def maley(runs: Sequence[Dataset] | Dataset, *, Tc: str | float | None = None, q: float = 1.5, q_J: float = 0.0, p: float = 0.0, pieces: int | None = None) -> MaleyCollapse:
    """Barrier U(M) from relaxation at several temperatures, by Maley's method.

    Parameters
    ----------
    runs
        Decays with their clocks set, each with its temperature; or the dataset of ``fk.local_rates``.
    Tc
        Critical temperature, text with its unit or a number in K, of g(T) = (1 - (T/Tc)^2)^q, by which U is divided, and g_J = (1 - (T/Tc)^2)^q_J, by which M is. None: both 1, or the
        ``Tc`` of the metadata.
    q, q_J, p
        Exponents of U0(T), Jc(T) and of the hop rate without barrier, 1/tau ~ T^p.
    pieces
        Pieces of each decay in which dM/dlnt is fitted; None: as many as the noise allows.

    Returns
    -------
    MaleyCollapse

    Raises
    ------
    FitkitError
        Fewer than three temperatures, temperatures at Tc or above, too few points.

    Examples
    --------
    >>> print(fk.maley(fk.load_all("runs/*.csv"), Tc="92 K"))
    """
    points = runs if isinstance(runs, Dataset) and "log_rate" in runs else local_rates(runs, pieces)  # type: ignore[arg-type]  # it says itself what is wrong with one Dataset
    quantity = next((name for name in reversed(MOMENTS) if name in points), None)
    if quantity is None:
        raise FitkitError(points.missing("moment"))
    levels = np.unique(points["temperature"])
    if len(levels) < 3:
        raise FitkitError(f"fk.maley wants three temperatures or more, found {len(levels)}")
    if len(points) < len(levels) + _DEGREES[0] + 3:
        raise FitkitError(f"fk.maley: {len(points)} local rates for {len(levels)} temperatures are too few: more points for each decay, or pieces={max(2, (pieces or 2))}")
    given = read_measured(Tc, "K", "Tc", bare=True).si if Tc is not None else points.si("Tc") if "Tc" in points.meta else math.inf
    if levels.max() >= given:
        raise FitkitError(f"fk.maley: the decay at {levels.max():.4g} K is at or above Tc = {given:.4g} K: leave it out, or correct Tc")
    C, reduced, dof, off, gain = _collapse(points, quantity, given, q, q_J, p)
    scatter = math.sqrt(np.mean(np.square(list(off.values()))))
    chance = f_tail(max(gain, 0.0), max(len(levels) - 1, 1), max(dof - len(levels) + 1, 1))
    collapses = not (chance < _CHANCE and reduced > _MISFIT and scatter > _TOLERANCE)
    assume = {"q": q, "q_J": q_J, "p": p, **({"Tc": f"{given!r} K"} if math.isfinite(given) else {})}
    barrier = fit("maley", points, assume=assume)
    beta = barrier_scale(points["temperature"], given, q) / (k_B * points["temperature"])
    T = points["temperature"]
    U = (C.value + q_J * log_barrier_scale(T, given) + p * np.log(T / math.sqrt(T.min() * T.max())) - points["log_rate"]) / beta
    points = points.with_columns({"U": U, "U_err": points["log_rate_err"] / beta}, {"U": "J", "U_err": "J"})
    g = "g(T) = 1" if math.isinf(given) else f"g(T) = (1 - (T/{given:.4g} K)^2)^{q:g}"
    return MaleyCollapse(points, C, barrier, reduced, scatter, collapses, _sentence(collapses, g, scatter, reduced, off, math.isinf(given)), quantity, off)


def _collapse(points: Dataset, quantity: str, Tc: float, q: float, q_J: float, p: float):
    """C with its error, reduced chi^2, degrees of freedom, the mean distance of each temperature, and the F value of a factor of its own for each."""
    T = points["temperature"]
    shift = q_J * log_barrier_scale(T, Tc)
    log_M = np.log(points[quantity]) - shift
    span = max(np.ptp(log_M), 1e-12)
    y = (log_M.mean() - log_M) / span
    beta = barrier_scale(T, Tc, q) / (k_B * T)
    beta = beta / beta.mean()
    rate = points["log_rate"] - shift - p * np.log(T / math.sqrt(T.min() * T.max()))
    spread = points["log_rate_err"]
    for _ in range(3):  # U is steep in M: the error of M enters through the slope of the curve itself
        weight = 1 / spread
        columns, c, rest = _polynomial(y, beta, rate, weight, len(np.unique(T)))
        slope = sum(power * c[power + 1] * y ** (power - 1) for power in range(1, len(c) - 1)) * beta / span
        spread = np.hypot(points["log_rate_err"], slope * points[f"{quantity}_err"] / points[quantity]) if f"{quantity}_err" in points else spread
    dof = len(y) - len(columns)
    reduced = float(rest @ rest) / dof
    covariance = np.linalg.pinv(columns @ columns.T) * max(reduced, 1.0)
    # each temperature with its own factor of U, linearised: U (1 + f)
    fitted = -(c[1:] @ columns[1:])
    levels = np.unique(T)
    own = np.array([np.where(T == level, -fitted, 0.0) for level in levels[1:]])
    _, left = _solved(np.concatenate([columns, own]), rate * weight)
    free = len(y) - len(columns) - len(own)
    gain = (float(rest @ rest) - float(left @ left)) / len(own) / max(float(left @ left) / max(free, 1), 1e-300) if free > 0 else 0.0
    curve = fitted / weight     # U/kT of the common curve
    off = {float(level): float(np.mean((rest / weight / curve)[T == level])) for level in levels}
    return Measured(float(c[0]), math.sqrt(covariance[0, 0]), "", "fit", "ok", "", math.inf), reduced, dof, off, gain


def _polynomial(y: np.ndarray, beta: np.ndarray, rate: np.ndarray, weight: np.ndarray, levels: int):
    """Weighted columns, coefficients and residuals of C - beta sum_k c_k y^k, the degree chosen by AICc."""
    found, best = None, math.inf
    for degree in range(_DEGREES[0], max(min(_DEGREES[1], levels - 1, len(y) - 5), _DEGREES[0]) + 1):
        columns = np.array([np.ones_like(y), *(-beta * y**power for power in range(degree + 1))]) * weight
        c, rest = _solved(columns, rate * weight)
        free = len(columns)
        score = float(rest @ rest) + 2 * free * len(y) / max(len(y) - free - 1, 1)
        if score < best - 2:
            found, best = (columns, c, rest), score
    return found


def _solved(columns: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    norms = np.linalg.norm(columns, axis=1)
    norms[norms == 0] = 1.0
    c = np.linalg.lstsq((columns / norms[:, None]).T, target, rcond=1e-10)[0] / norms
    return c, target - c @ columns


def _sentence(collapses: bool, g: str, scatter: float, reduced: float, off: Mapping[float, float], constant: bool) -> str:
    if collapses:
        return f"with {g} the temperatures fall on one curve U(M) to {scatter:.2%} (reduced chi^2 {reduced:.2f})"
    worst = max(off, key=lambda level: abs(off[level]))
    advice = "U0 and Jc depend on temperature: give Tc (and q, q_J), or leave the highest temperatures out" if constant else \
        "another g(T) (q, q_J, Tc), another creep regime at some temperatures, or a background"
    return (f"THE COLLAPSE FAILS: with {g} the temperatures do not fall on one curve U(M): they lie {scatter:.2%} off it (rms; {off[worst]:+.2%} at {worst:.4g} K), reduced chi^2 {reduced:.3g}: "
            f"{advice}. C, U0 and mu mean nothing then")
