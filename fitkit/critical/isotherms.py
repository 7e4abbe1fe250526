"""isotherm_curvature(): on which side of a glass transition each isotherm lies, by the sense in which lnE bends against lnI."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..fitting.result import FitResult
from ..fitting.run import fit
from ..measured import Measured
from .curve import Curve, curves_of, measured_meta

_CLEAR = 3.0    # standard deviations of mu


@dataclass(frozen=True)
class Isotherm:
    """One temperature: mu from n(I) ~ I^-mu, the range of electric field [V/m] it was seen in, and the side in words."""

    name: str
    temperature: float
    mu: Measured
    n: float
    field: tuple[float, float]
    side: str


@dataclass(frozen=True)
class IsothermCurvature:
    """The isotherms by temperature, the interval in which the sense changes [K] (None where it does not), and a verdict in words."""

    isotherms: tuple[Isotherm, ...]
    transition: tuple[float, float] | None
    verdict: str

    def __repr__(self) -> str:
        lines = ["T (K)      mu           n at E_max   E (V/m)               lnE against lnI"]
        for one in self.isotherms:
            lines.append(f"{one.temperature:<10.5g} {one.mu.number:<12} {one.n:<12.3g} {one.field[0]:.1e} to {one.field[1]:.1e}    {one.side}")
        return "\n".join([*lines, self.verdict])


def isotherm_curvature(curves: Sequence[Dataset] | FitResult, *, background=("offset",)) -> IsothermCurvature:
    """Test for a vortex-glass transition by opposite curvature: below it lnE against lnI bends down (mu > 0), above it up.

    This is the test that a collapse plot does not replace: with free exponents and Tg isotherms collapse that have no opposite curvature. The law of collective
    creep is fitted to each isotherm, mu free and of either sign.

    Parameters
    ----------
    curves
        V(I) at three temperatures or more, ``temperature`` in the metadata; or a fit of a law of V(I) to them, whose curves are taken.
    background
        Baseline columns of the fits.

    Returns
    -------
    IsothermCurvature

    Raises
    ------
    FitkitError
        Fewer than three curves, one without a temperature, or a fit of another kind of law.

    References
    ----------
    D. R. Strachan et al., Phys. Rev. Lett. 87, 067007 (2001): opposite concavity as the criterion (recalled, not checked).
    """
    if isinstance(curves, FitResult):
        curves = [curve.one.data for curve in curves_of(curves)]
    curves = [curves] if isinstance(curves, Dataset) else list(curves)
    if len(curves) < 3:
        raise FitkitError(f"opposite curvature wants V(I) at three temperatures or more, found {len(curves)}")
    for data in curves:
        if measured_meta(data, "temperature") is None:
            raise FitkitError(f"{data.name}: no temperature in the metadata: data.with_meta(temperature='77 K')")
    result = fit("collective_creep", curves, background=list(background))
    found = sorted((_isotherm(one) for one in result.fits if not one.failed), key=lambda one: one.temperature)
    return IsothermCurvature(tuple(found), *_verdict(found))


def _isotherm(one) -> Isotherm:
    curve = Curve(one)
    mu, scale = one["mu"], curve.tap_distance
    field = (min(curve.scatter, curve.top) / scale, curve.top / scale)
    if mu.error is None or not math.isfinite(mu.value) or not (mu.determined or mu.error < abs(mu.value) / _CLEAR):
        side = "not told: " + (mu.reason or "mu has no error")
    elif abs(mu.value) < _CLEAR * mu.error:
        side = "straight within the errors"
    else:
        side = "bends down (glass)" if mu.value > 0 else "bends up (liquid, or a finite barrier)"
    return Isotherm(one.name, one.data.si("temperature"), mu, curve.slope(curve.reach), field, side)


def _verdict(found: Sequence[Isotherm]) -> tuple[tuple[float, float] | None, str]:
    down = [one.temperature for one in found if one.side.startswith("bends down")]
    up = [one.temperature for one in found if one.side.startswith("bends up")]
    decades = [math.log10(one.field[1] / one.field[0]) for one in found]
    short = f" The isotherms span only {np.median(decades):.2g} decades of E: a bend needs two or more." if np.median(decades) < 2 else ""
    if down and up and max(down) < min(up):
        return (max(down), min(up)), f"opposite curvature: down at {max(down):.5g} K and below, up at {min(up):.5g} K and above. A glass transition may lie between." + short
    if down and up:
        return None, f"no order: lnE bends down still at {max(down):.5g} K and up already at {min(up):.5g} K: no transition between two phases is seen; look at baseline and heating." + short
    if down or up:
        side, words = ("down", "the glass side") if down else ("up", "the liquid side, or a finite barrier")
        return None, f"no opposite curvature: where a bend is seen it is {side} ({words}): a collapse of these isotherms would not show a transition." + short
    return None, "no bend is seen in any isotherm: these data do not test for a transition." + short
