"""ej_picture(): magnetization decays and transport as one E-J curve over many decades of electric field."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..fitting.result import FitResult
from ..measured import Measured
from .curve import Curve, curves_of, measured_meta
from .local_slope import _power_law, _windows
from .table import _areas

_GEOMETRY = 0.05    # relative error of J from size and cross-section, in each of both methods
_SAME_T, _SAME_B = 0.02, 0.05


@dataclass(frozen=True)
class EJPart:
    """One decay or one V(I) curve: points [A/m2, V/m] with errors, n in their middle, and in a decay 1 + 1/S beside it.

    ``kind`` is ``"decay"`` or ``"transport"``; ``n`` the slope dlnE/dlnJ; ``one_plus`` 1 + 1/S with S = -dlnJ/dlnt, None of transport. ``temperature`` [K] and
    ``field`` [T] are None where not known.
    """

    name: str
    kind: str
    J: np.ndarray
    E: np.ndarray
    E_err: np.ndarray
    n: Measured
    one_plus: Measured | None
    temperature: float | None
    field: float | None

    @property
    def centre(self) -> tuple[float, float]:
        """Geometric means of J and E."""
        return math.exp(float(np.log(self.J).mean())), math.exp(float(np.log(self.E).mean()))


@dataclass(frozen=True)
class EJPicture:
    """Decays and transport side by side; ``verdicts`` say of each pair at one temperature and field how n goes over."""

    parts: tuple[EJPart, ...]
    verdicts: tuple[str, ...]

    def __repr__(self) -> str:
        lines = [f"{'':24} {'T (K)':>7} {'B (T)':>7}  {'J (A/m2)':22} {'E (V/m)':22} {'n':10} 1 + 1/S"]
        for one in self.parts:
            T, B = ("" if value is None else f"{value:.4g}" for value in (one.temperature, one.field))
            lines.append(f"{one.kind + ' ' + one.name:24.24} {T:>7} {B:>7}  {one.J.min():.2e} to {one.J.max():.2e}   {one.E.min():.1e} to {one.E.max():.1e}     "
                         f"{one.n.number:10} {'' if one.one_plus is None else one.one_plus.number}")
        return "\n".join([*lines, *self.verdicts])

    def plot(self, path=None, *, ax=None):
        """Draw E against J on logarithmic axes, decays as circles and transport as squares. Returns the Axes."""
        from ..report.critical_plots import plot_ej

        return plot_ej(self, path=path, ax=ax)


def ej_picture(decays: Sequence[Dataset] | Dataset, transport: FitResult | None = None, *, cross_section: str | None = None) -> EJPicture:
    """One E-J curve from magnetization decays (1e-13 to 1e-7 V/m) and transport (from 1e-6 V/m on).

    Over a logarithmic barrier one power law runs through both and n = 1 + 1/S. Steeper at low fields is a glass (mu > 0), flatter a finite barrier, an ohmic
    contribution or a background in the decay. Where both are far apart it is the chord that compares them, and J must mean the same: full cross-section of the
    superconductor in both.

    Parameters
    ----------
    decays
        Results of ``fk.electric_field_of_decay``.
    transport
        A fit of a law of V(I), or none: the decays alone; its baseline is taken off, the voltages above the noise are taken together in windows.
    cross_section
        Of the current path, ``"1.2e-8 m2"``; default width times thickness of the metadata.

    Returns
    -------
    EJPicture

    Raises
    ------
    FitkitError
        A decay without electric field and current density, transport without cross-section.

    Examples
    --------
    >>> picture = fk.ej_picture(decays, fk.fit("power_law", tapes), cross_section="0.012 mm2")
    >>> picture.plot("ej.png")
    """
    decays = [decays] if isinstance(decays, Dataset) else list(decays)
    parts = [_decay(one) for one in decays]
    if transport is None:
        return EJPicture(tuple(parts), ())
    curves = curves_of(transport)
    areas = _areas([curve.one.data for curve in curves], cross_section)
    if areas is None:
        raise FitkitError(f"{curves[0].one.name}: J needs the cross-section: cross_section='0.012 mm2', or width and thickness of the conductor in the metadata")
    parts += [part for curve, area in zip(curves, areas) if (part := _transport(curve, float(area))) is not None]
    return EJPicture(tuple(parts), tuple(_verdicts(parts)))


def _place(data: Dataset, name: str) -> float | None:
    found = measured_meta(data, name)
    return None if found is None else found.si


def _decay(data: Dataset) -> EJPart:
    missing = [name for name in ("time", "current_density", "electric_field") if name not in data]
    if missing:
        raise FitkitError(f"{data.name}: no column {' and '.join(missing)}: fk.electric_field_of_decay(fk.bean_current_density(decay, shape=..., measure='branch'), shape=...)")
    if len(data) < 3:
        raise FitkitError(f"{data.name}: {len(data)} windows, 3 are needed for a slope: shorter windows, fk.electric_field_of_decay(..., window=0.1)")
    J, E = data["current_density"], data["electric_field"]
    E_err = data["electric_field_err"] if "electric_field_err" in data else 0.05 * E
    J_err = data["current_density_err"] if "current_density_err" in data else 1e-3 * J
    n, n_error = _slope(np.log(J), np.log(E), np.maximum(E_err / E, 1e-4))
    S, S_error = _slope(np.log(data["time"]), -np.log(J), np.maximum(J_err / J, 1e-6))
    one_plus = Measured(1 + 1 / S, S_error / S**2, "", "fit", "ok" if S > 3 * S_error else "not determined")
    return EJPart(data.name, "decay", J, E, E_err, Measured(n, n_error, "", "fit", "ok"), one_plus, _place(data, "temperature"), _place(data, "applied_field"))


def _slope(x: np.ndarray, y: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """Slope of a weighted straight line and its error, enlarged where the points scatter by more than their errors."""
    design = np.stack([np.ones_like(x), x - x.mean()], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    c = covariance @ design.T @ (y / error)
    chi2 = float(np.sum((y / error - design @ c) ** 2))
    return float(c[1]), math.sqrt(covariance[1, 1] * max(chi2 / max(len(x) - 2, 1), 1.0))


def _transport(curve: Curve, area: float) -> EJPart | None:
    """Windows of voltage above the noise; None where there is none."""
    one, level = curve.one, np.abs(curve.one.model_part)
    rise, current, d = np.sign(one.x[0]) * (one.y - one.background_part), np.abs(one.x[0]), curve.tap_distance
    rows = []
    for inside in _windows(level, 1.5 * curve.scatter, 6):
        centre = math.exp(float(np.average(np.log(current[inside]), weights=level[inside])))
        V, _, pseudo = _power_law(current[inside] / centre, rise[inside], float(level[inside].mean()), curve.slope(centre))
        if V > 0:
            rows.append((centre / area, V / d, curve.scatter * float(np.linalg.norm(pseudo[0])) / d))
    if not rows:
        return None
    J, E, E_err = (np.array(column) for column in zip(*rows))
    middle = math.exp(float(np.log(J).mean())) * area
    n, error = curve.with_error(lambda values: curve.slope(middle, values))
    return EJPart(one.name, "transport", J, E, E_err, Measured(n, error, "", "fit", "ok" if error is not None else "not determined"), None,
                  _place(one.data, "temperature"), _place(one.data, "applied_field"))


def _verdicts(parts: Sequence[EJPart]) -> list[str]:
    found = []
    for decay in (one for one in parts if one.kind == "decay"):
        pairs = [one for one in parts if one.kind == "transport" and _same(one.temperature, decay.temperature, _SAME_T) and _same(one.field, decay.field, _SAME_B)]
        if not pairs:
            found.append(f"{decay.name}: no transport at its temperature and field to compare with")
        found += [_verdict(decay, one) for one in pairs]
    return found


def _same(a: float | None, b: float | None, within: float) -> bool:
    return a is None or b is None or abs(a - b) <= within * max(abs(a), abs(b))


def _verdict(decay: EJPart, transport: EJPart) -> str:
    (J_d, E_d), (J_t, E_t) = decay.centre, transport.centre
    head, step = f"{decay.name} and {transport.name}, {math.log10(E_t / E_d):.2g} decades of E apart:", math.log(J_t / J_d)
    if step <= 0:
        return f"{head} J of the decay is larger although E is smaller: sizes, cross-section, temperature or field do not belong together"
    n = math.log(E_t / E_d) / step
    error = n * math.hypot(_GEOMETRY, _GEOMETRY) / step
    words = f"{head} n = {decay.n} in the decay (1 + 1/S = {decay.one_plus}), {n:.3g} +- {error:.2g} between both (J to {_GEOMETRY:.0%} each), {transport.n} in transport: "
    low, high = (2 * math.hypot(error, one.n.error or 0.0) for one in (decay, transport))
    gap = 2 * math.hypot(decay.n.error or 0.0, transport.n.error or 0.0)
    if abs(n - decay.n.value) < low and abs(n - transport.n.value) < high and abs(decay.n.value - transport.n.value) < max(gap, 0.1 * n):
        return words + "one power law (logarithmic barrier)"
    if decay.n.value > transport.n.value and decay.n.value > n - low and n > transport.n.value - high:
        return words + "steeper at low E, as in a glass or collective creep"
    if decay.n.value < transport.n.value and decay.n.value < n + low and n < transport.n.value + high:
        return words + "flatter at low E: a finite barrier, an ohmic part, or a background in the decay"
    return words + "the chord does not lie between both: J is not the same quantity in both (sizes, self-field, cross-section)"
