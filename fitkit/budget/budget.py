"""error_budget(): the error of a fitted decay or V(I) curve, split by cause."""

from __future__ import annotations

from collections.abc import Callable

from ..data import Dataset
from ..errors import FitkitError
from ..fitting.result import DatasetFit, FitResult
from ..model import get_model
from . import clock, columns, signal
from .decay import Decay
from .term import STATISTICS, ErrorBudget, Term
from .voltage_current import voltage_current_budget

_WEIGHED: dict[str, Callable[..., Term | None]] = {"temperature drift": columns.temperature, "centring": columns.centring, "jumps": columns.flux_jumps}    # against a bend of another cause


def error_budget(result: FitResult, quantity: str | None = None, *, dataset: str | None = None, other_branch: Dataset | None = None) -> ErrorBudget:
    """The error of a fitted decay or V(I) curve, split by cause.

    A decay: statistics, time origin, background, temperature, centring, jumps, law. A V(I) curve: statistics with the autocorrelation of the points, tap
    distance, baseline (offset, drift, resistance), temperature, criterion outside the data, law.

    Each cause is taken from the data's own columns (field, temperature, centre position, fit quality), from metadata, or
    from an assumption that is printed with it. Where a cause is seen at work its full effect counts, and a caution names it.

    Parameters
    ----------
    result
        A fit of a relaxation law, or of a law of V(I).
    quantity
        Parameter or derived quantity: ``"S"``, ``"U_star"``, ``"dM_dlnt"``...; default ``"S"`` of a decay, ``"Ic"`` of a V(I) curve.
    dataset
        Name of the dataset, where the result holds several.
    other_branch
        The decay after the field was swept the other way to the same field, at the same temperature: gives the background.

    Returns
    -------
    ErrorBudget

    Raises
    ------
    FitkitError
        Neither a relaxation law nor one of V(I), a joint fit, several datasets, or a quantity without an error.

    Notes
    -----
    Metadata that it reads: ``time_origin_err`` and ``ramp_rate`` (fk.relaxation_segment writes both), ``volume``,
    ``background_moment``, ``dlnM_dT``. Of a V(I) curve: the error of ``tap_distance``, the error of ``temperature`` with ``dlnIc_dT`` or ``Tc``; a column
    ``temperature`` is looked at.

    Examples
    --------
    >>> print(fk.error_budget(fk.fit("log_decay", fk.relaxation_segment(raw))))
    """
    if not isinstance(result, FitResult):
        raise FitkitError(f"fk.error_budget wants the result of a fit, found {type(result).__name__}: fk.error_budget(fk.fit('log_decay', data))")
    law = get_model(result.law)
    over = tuple(column.name for column in law.columns_x)
    if over not in (("time",), ("current",)):
        raise FitkitError(f"fk.error_budget splits the error of a decay M(t) or a curve V(I); '{law.name}' is fitted over {' and '.join(column.name for column in law.columns_x)}")
    if result.options.get("share") and len(result.fits) > 1:
        raise FitkitError("fk.error_budget wants independent fits: in a joint fit (share=) every clock enters every error. Fit without share=")
    one = chosen_fit(result, dataset)
    if other_branch is not None and not isinstance(other_branch, Dataset):
        raise FitkitError(f"other_branch wants a Dataset, the decay of the other branch, found {type(other_branch).__name__}")
    if over == ("current",):
        return voltage_current_budget(result, one, quantity or "Ic")
    quantity = quantity or "S"
    decay = Decay(result, one, quantity, other_branch)
    one[quantity]  # says what there is
    ladder = clock.first_points(decay)
    asked = (columns.temperature(decay), columns.centring(decay), columns.fit_quality(decay), columns.flux_jumps(decay), signal.background(decay), signal.normalisation(decay))
    told = [term for term in asked if term is not None]
    ramp = clock.ramp_points(decay)
    # points of the ramp bend everything: before they are gone nothing else is looked for
    seen = [] if ramp else clock.suspects(decay, ladder, [term for term in told if term.source in _WEIGHED])
    blamed = {cause.source for cause in seen}
    counted = [_WEIGHED[term.source](decay, blameless=True) if term.source in _WEIGHED and term.caution and (ramp or blamed) and term.source not in blamed else term for term in told]
    first = ramp or clock.dropping(decay, ladder, seen)
    law_term = next((Term("law", abs(cause.shift), "a curved law in its place", cause.shift, cause.words, cause.left) for cause in seen if cause.source == "law"), None)
    terms: list[Term | None] = [clock.time_origin(decay, seen), first, law_term, *counted]
    remarks = () if len(seen) < 2 else (f"these causes describe the bend equally well: {', '.join(cause.source for cause in seen)}",)
    explained = [term.left for term in terms if term is not None and term.caution and term.left is not None]
    scatter = min((decay.statistical_of(left) for left in explained), default=decay.statistical)
    statistics = Term(STATISTICS, scatter, ("scatter of the points" if one.y_err is None else "given errors of the points") + (", what a cause below explains left out" if explained else ""))
    rest = sorted((term for term in terms if term is not None), key=lambda term: -1.0 if term.error is None else term.error, reverse=True)
    return ErrorBudget(one.name, law.name, quantity, one[quantity], (statistics, *rest), ladder, remarks)


def chosen_fit(result: FitResult, dataset: str | None) -> DatasetFit:
    """The fit of one dataset, which has to be named where there are several.

    Raises
    ------
    FitkitError
        Several and no name, no such name, or a failed fit.
    """
    names = [one.name for one in result.fits]
    if dataset is None and len(names) > 1:
        raise FitkitError(f"the result holds {len(names)} datasets: {', '.join(names[:6])}{'...' if len(names) > 6 else ''}.\n"
                          f"    choose: dataset={names[0]!r}   or all: [fk.error_budget(result, dataset=one.name) for one in result.fits]")
    if dataset is not None and dataset not in names:
        raise FitkitError(f"no dataset '{dataset}' in the result. There are {', '.join(names)}")
    one = result.fits[0 if dataset is None else names.index(dataset)]
    if one.failed:
        raise FitkitError(f"{one.name} was not fitted: {one.failed}")
    return one
