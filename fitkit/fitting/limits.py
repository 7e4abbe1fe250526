"""Limits in numbers: where a parameter ran to the end of what the data show, the profile likelihood says how far it must be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..errors import FitkitError
from ..measured import Measured
from ..model import Model
from .profile import Profile, profile_of
from .rebound import Bound, rebind
from .result import DatasetFit, FitResult

_TOLERANCE = 3e-3    # of the distance to a limit: it is given in two digits


def with_limits(result: FitResult, law: Model, bounded: Collection[str]) -> FitResult:
    """The result with the 95 % limits of the parameters that are limits, and of what follows from one of them alone.

    Parameters
    ----------
    bounded
        Parameters for which the caller has set bounds: there the bound is the answer.
    """
    if not any(value.verdict == "limit" for one in result.fits for value in (*one.parameters.values(), *one.derived.values())):
        return result
    return replace(result, fits=tuple(one if one.failed else _one(result, one, law, bounded) for one in result.fits))


def _one(result: FitResult, one: DatasetFit, law: Model, bounded: Collection[str]) -> DatasetFit:
    ended = [name for name, value in one.parameters.items() if value.verdict == "limit" and name not in bounded]
    follows = [d.name for d in law.derived if d.name in one.derived and one.derived[d.name].verdict == "limit" and set(d.arguments) & set(ended)]
    if not (ended or follows):
        return one
    bound, known = _bound(result, one, law), dict[str, tuple]()

    def limited(table, names):
        return {name: _limit(bound, known, name, value) if name in names and bound is not None else value for name, value in table.items()}

    return replace(one, parameters=limited(one.parameters, ended), derived=limited(one.derived, follows))


def _bound(result: FitResult, one: DatasetFit, law: Model) -> Bound | None:
    try:
        return rebind(result, one.name, law, "profile")
    except FitkitError:
        return None


def _limit(bound: Bound, known: dict[str, tuple], name: str, value: Measured) -> Measured:
    try:
        found = profile_of(bound, name, 0.95, _TOLERANCE, known)
    except (FitkitError, ArithmeticError, ValueError):
        return value
    return _as_limit(found, value)


def _as_limit(found: Profile, value: Measured) -> Measured:
    if found.low is None and found.high is None:
        return replace(value, verdict="not determined", limit="", reason=f"these data do not limit it ({value.reason})")
    if found.low is not None and found.high is not None:
        return replace(value, reason=f"{found.text}; {value.reason}")
    side = ">" if found.high is None else "<"
    end = found.low if found.high is None else found.high
    return replace(value, limit=side, bound=None if end is None else end.value, reason="at 95 %, from the profile likelihood; open on the other side")
