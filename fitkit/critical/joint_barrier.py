"""joint_barrier(): U0, Ic0 and V0 of Anderson-Kim from V(I) curves at several temperatures, which one curve cannot give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..constants import k_B
from ..errors import FitkitError
from ..fitting.result import FitResult
from ..measured import Measured
from ..units import parse_unit
from .curve import curves_of, measured_meta

_LAWS = ("anderson_kim", "anderson_kim_sinh")


@dataclass(frozen=True)
class JointBarrier:
    """What several temperatures tell together.

    Attributes
    ----------
    U0, Ic0, V0
        Barrier [meV], current without barrier [A], voltage there [V] (its error is a factor: the logarithm was fitted).
    ln_V0_error
        Standard deviation of ln V0.
    chi2, dof
        Of the two straight lines: far above dof where U0, Ic0 or V0 change with temperature.
    temperatures
        [K].
    caution
        Words where they do.
    """

    U0: Measured
    Ic0: Measured
    V0: Measured
    ln_V0_error: float
    chi2: float
    dof: int
    temperatures: tuple[float, ...]
    caution: str = ""

    def __repr__(self) -> str:
        lines = [f"Anderson-Kim at {len(self.temperatures)} temperatures from {min(self.temperatures):.4g} to {max(self.temperatures):.4g} K together:",
                 f"    U0 = {self.U0}, Ic0 = {self.Ic0}, V0 = {self.V0.value:.3g} V (within a factor {math.exp(self.ln_V0_error):.3g})",
                 f"    chi^2 = {self.chi2:.3g} for {self.dof} degrees of freedom; ASSUMES a linear barrier and U0, Ic0, V0 that do not depend on temperature"]
        return "\n".join([*lines, *([f"    caution: {self.caution}"] if self.caution else [])])


def joint_barrier(result: FitResult) -> JointBarrier:
    """U0, Ic0 and V0 of a linear barrier from curves at several temperatures.

    One curve holds Ic and I_1 only. With U0, Ic0 and V0 independent of temperature both are straight lines in T, I_1 = (Ic0 k/U0) T and
    Ic = Ic0 + (Ic0 k/U0) ln(Ec d/V0) T: three numbers, fitted to all curves with the covariance of Ic and I_1 of each.

    Parameters
    ----------
    result
        A fit of ``anderson_kim`` or ``anderson_kim_sinh`` to curves with ``temperature`` in their metadata.

    Returns
    -------
    JointBarrier

    Raises
    ------
    FitkitError
        Another law, fewer than three temperatures, no temperatures, or lines that no barrier has.

    Examples
    --------
    >>> print(fk.joint_barrier(fk.fit("anderson_kim_sinh", curves)))
    """
    curves = curves_of(result)
    if result.law not in _LAWS:
        raise FitkitError(f"fk.joint_barrier reads fits of {' or '.join(_LAWS)}, found '{result.law}'")
    usable = [curve for curve in curves if curve.one["Ic"].determined and curve.one["I_1"].determined]
    missing = [curve.one.name for curve in usable if measured_meta(curve.one.data, "temperature") is None]
    if missing:
        raise FitkitError(f"{missing[0]}: no temperature in the metadata: data.with_meta(temperature='77 K')")
    T = np.array([curve.one.data.si("temperature") for curve in usable])
    levels = [math.log(curve.known["Ec"] * curve.tap_distance) for curve in usable]
    if len(np.unique(T)) < 3:
        raise FitkitError(f"{len(np.unique(T))} temperatures with Ic and I_1 determined, 3 are needed: two lines of three numbers leave nothing to test with fewer")
    # unknowns: s = Ic0 k/U0, Ic0, s ln(V0/V) with V the mean criterion; the criterion of each curve beside it is known
    mean = float(np.mean(levels))
    y, design, weights = [], [], []
    for curve, t, level in zip(usable, T, levels):
        I_1, Ic = curve.one["I_1"].si, curve.one["Ic"].si
        transform = np.eye(2)
        if result.law == "anderson_kim_sinh":   # hops back: the line is that of I_1 ln[2 sinh(Ic/I_1)]
            back = math.exp(-2 * Ic / I_1)
            transform[1] = [math.log1p(-back) - 2 * Ic / I_1 * back / (1 - back), 1 + 2 * back / (1 - back)]
            Ic += I_1 * math.log1p(-back)
        y.append([I_1, Ic])
        design.append([[t, 0.0, 0.0], [(level - mean) * t, 1.0, -t]])
        weights.append(np.linalg.inv(transform @ _covariance(curve) @ transform.T))
    normal = sum(np.array(d).T @ w @ np.array(d) for d, w in zip(design, weights))
    right = sum(np.array(d).T @ w @ np.array(v) for d, w, v in zip(design, weights, y))
    covariance = np.linalg.inv(normal)
    s, Ic0, g = covariance @ right
    rest = [np.array(v) - np.array(d) @ (s, Ic0, g) for d, v in zip(design, y)]
    chi2, dof = float(sum(r @ w @ r for r, w in zip(rest, weights))), 2 * len(T) - 3
    if not (s > 0 and Ic0 > 0):
        raise FitkitError(f"Ic0 = {Ic0:.3g} A with I_1 growing by {s:.3g} A/K: no barrier has these lines. Ic grows with temperature, or the curves are not of one sample")
    covariance = covariance * max(chi2 / dof, 1.0)
    U0 = Ic0 * k_B / s
    by_U0, by_ln = np.array([-U0 / s, U0 / Ic0, 0.0]), np.array([-g / s**2, 0.0, 1 / s])
    error, ln_error = math.sqrt(by_U0 @ covariance @ by_U0), math.sqrt(by_ln @ covariance @ by_ln)
    meV = parse_unit("meV").factor
    caution = _caution(chi2, dof, T, np.array([r[1] for r in rest]))
    good = "ok" if error < 0.5 * U0 else "not determined"
    return JointBarrier(Measured(U0 / meV, error / meV, "meV", "fit", good, "", dof), Measured(float(Ic0), math.sqrt(covariance[1, 1]), "A", "fit", "ok", "", dof),
                        Measured(math.exp(min(mean + g / s, 700.0)), None, "V", "fit"), ln_error, chi2, dof, tuple(map(float, T)), caution)


def _covariance(curve) -> np.ndarray:
    """Of (I_1, Ic) [A^2]."""
    statistics = curve.one.statistics
    rows = [next(statistics.variables.index(label) for label in (f"{name}[{curve.one.name}]", name) if label in statistics.variables) for name in ("I_1", "Ic")]
    return statistics.covariance[np.ix_(rows, rows)]


def _caution(chi2: float, dof: int, T: np.ndarray, rest: np.ndarray) -> str:
    from scipy.special import chdtrc

    if chdtrc(dof, chi2) > 0.003:
        return ""
    bend = float(np.polyfit(T - T.mean(), rest, 2)[0])
    return (f"the lines miss the points (errors enlarged by {math.sqrt(chi2 / dof):.2g}; Ic(T) bends {'up' if bend > 0 else 'down'}): U0, Ic0 or V0 change with temperature, or the barrier is not "
            "linear. Take temperatures closer together, or state V0 and read U0(T) curve by curve")
