"""Several laws on the same data: which one describes them, whether the data can tell, and what would.

AICc [1] ranks the laws. Neighbouring residuals that agree count once: with lag-1 autocorrelation rho the differences of
chi^2 and the number of points are those of N (1 - rho)/(1 + rho) independent points, rho of the law with the smallest
chi^2 (a worse law would add its own misfit to it). Two laws closer than 6 in AICc are not told apart: the evidence ratio
exp(6/2) = 20 is exceeded in favour of a wrong law in at most 1 of 20 experiments (Markov's inequality for the likelihood
ratio of two given curves).

[1] K. P. Burnham, D. R. Anderson, Model Selection and Multimodel Inference, 2nd ed., Springer (2002)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..model import Model, get_model
from ..units import parse_unit
from .advice import points_beyond
from .problem import bind
from .result import DatasetFit, FitResult, Statistics
from .run import fit
from .uncertainty import f_tail

THRESHOLD = 6.0     # difference of AICc below which two laws are not told apart: evidence ratio 20
_NESTED = 1e-6      # of the swing: a law that draws another's curve this well contains it; noise is never that small
_NEEDED = 0.05      # F-test probability above which a larger law has not shown that it is needed
_ALIKE = 1.0        # expected chi^2 below which a law with more parameters draws the other's curve within the noise
_APART = 25.0       # expected chi^2 of the rival on the better law's curve: then 97 of 100 experiments exceed THRESHOLD
_FACTORS = (1.0, 1.5, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class Score:
    """How one law does.

    Parameters
    ----------
    chi2
        Weighted with given errors, else in SI^2.
    free
        Free parameters, background columns included.
    aicc, bic
        With the effective number of points.
    delta, weight
        AICc above the lowest, and the Akaike weight.
    undetermined
        Names of the parameters that are no numbers with an error; such a law is never preferred.
    """

    chi2: float
    free: int
    aicc: float
    delta: float
    bic: float
    delta_bic: float
    weight: float
    undetermined: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class NestedTest:
    """F-test of a law against a larger one that contains it: ``p`` is the probability of such a gain by chance."""

    smaller: str
    larger: str
    F: float
    dof: tuple[float, float]
    p: float

    def __str__(self) -> str:
        second = "inf" if math.isinf(self.dof[1]) else f"{self.dof[1]:.4g}"
        return f"{self.larger} contains {self.smaller}: F({self.dof[0]:g}, {second}) = {self.F:.3g}, p = {self.p:.2g}"


@dataclass(frozen=True)
class Further:
    """What would tell a rival from the better law: data to ``x`` [``unit``], ``factor`` times the present reach, or less noise.

    ``x`` and ``factor`` are None where no extension that was tried is enough; ``noise`` is the factor by which the noise has
    to fall in the present window (infinite where the rival draws the same curve there).
    """

    rival: str
    x_name: str
    unit: str
    x: float | None
    factor: float | None
    noise: float

    def __str__(self) -> str:
        if self.factor == 1.0:
            return f"{self.rival}: another run of this window has a good chance to tell"
        further = f"measure to {self.x_name} = {f'{self.x:.3g} {self.unit}'.strip()} ({self.factor:g} times further)" if self.factor else \
            f"no window up to {_FACTORS[-1]:g} times further tells"
        return f"{self.rival}: {further}" + (f", or {self.noise:.2g} times less noise in this one" if self.noise < 1e6 else "")


@dataclass(frozen=True)
class Comparison:
    """Several laws on the same points with the same errors, the lowest AICc first.

    Attributes
    ----------
    best
        Name of the preferred law; None where the data cannot tell, or where the law that fits best has a parameter that is
        not determined.
    results
        {name: FitResult}.
    scores
        {name: Score}.
    failed
        {name: reason} of laws that could not be fitted.
    nested
        F-tests of the laws that contain one another (found by fitting one to the curve of the other).
    rivals
        Laws that these data do not tell apart; empty if there is a best one.
    further
        {rival: Further}: what would tell each from the first of ``rivals``.
    sentence
        The answer in words.
    """

    data: Dataset
    results: Mapping[str, FitResult]
    scores: Mapping[str, Score]
    failed: Mapping[str, str]
    points: int
    effective_points: float
    errors: str
    y_unit: str
    nested: tuple[NestedTest, ...] = ()
    best: str | None = None
    rivals: tuple[str, ...] = ()
    further: Mapping[str, Further] = field(default_factory=dict)
    sentence: str = ""

    def __getitem__(self, name: str) -> FitResult:
        if name not in self.results:
            raise FitkitError(f"no law '{name}' in this comparison"
                              + (f": {self.failed[name]}" if name in self.failed else f". There are {', '.join(self.results)}"))
        return self.results[name]

    def table(self) -> str:
        """A text table, one row for each law, the lowest AICc first."""
        from ..report.text import comparison_table

        return comparison_table(self)

    def __repr__(self) -> str:
        from ..report.text import comparison_summary

        return comparison_summary(self)

    def _repr_html_(self) -> str:
        from ..report.text import comparison_html

        return comparison_html(self)

    def plot(self, path=None, *, ax=None):
        """Draw the residuals of each law, one panel each; all in ``ax`` if given; with ``path`` save the figure. Returns the (upper) Axes."""
        from ..report.comparison_plots import plot_comparison
        from ..report.figure import saved

        return saved(plot_comparison(self, ax=ax), path)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for strict JSON: no NaN, no infinity (these are None)."""
        laws = {name: {**_plain(vars(score)), "law": self.results[name].law,
                       "parameters": {key: _plain(vars(value)) for key, value in self.results[name].fits[0].parameters.items()}}
                for name, score in self.scores.items()}
        return {"data": self.data.name, "points": self.points, "effective_points": _plain(self.effective_points), "errors": self.errors, "laws": laws,
                "failed": dict(self.failed), "nested": [_plain(vars(one)) for one in self.nested], "best": self.best, "rivals": list(self.rivals),
                "further": {name: _plain(vars(one)) for name, one in self.further.items()}, "sentence": self.sentence}


def _plain(value):
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def compare(models: Sequence[str | Model] | Mapping[str, Any], data: Dataset, *, fix: Mapping[str, Any] | None = None, free: Sequence[str] = (),
            start: Mapping[str, Any] | None = None, bounds: Mapping[str, Any] | None = None, assume: Mapping[str, Any] | None = None,
            background: Sequence[str] | None = None, errors: str | None = None) -> Comparison:
    """Compare laws on the same points with the same errors.

    Parameters
    ----------
    models
        Names of laws or Models; or ``{label: law}`` or ``{label: (law, {option of fk.fit: value})}``, which also compares a
        law with itself: ``{"plain": "hln", "+ B^2": ("hln", {"background": ["offset", "quadratic"]})}``.
    data
        One Dataset.
    fix, free, start, bounds, assume
        As in ``fk.fit``; each entry goes to the laws that have the name.
    background, errors
        As in ``fk.fit``, for all laws.

    Returns
    -------
    Comparison

    Raises
    ------
    FitkitError
        Fewer than two laws (or that can be fitted), a name that no law has, laws that read different columns.

    Examples
    --------
    >>> fk.compare(["log_decay", "power_law_decay", "exponential_decay"], run)
    """
    if not isinstance(data, Dataset):
        raise FitkitError("compare wants one Dataset" + (": [fk.compare(models, d) for d in runs]" if isinstance(data, (list, tuple))
                                                         else f", found {type(data).__name__}"))
    tables = {"fix": dict(fix or {}), "start": dict(start or {}), "bounds": dict(bounds or {}), "assume": dict(assume or {}), "free": tuple(free)}
    laws = _laws(models)
    _require_known(tables, laws)
    common = {"background": background, "errors": errors}
    options = {name: {**common, **_options_of(law, tables), **own} for name, (law, own) in laws.items()}
    results: dict[str, FitResult] = {}
    failed: dict[str, str] = {}
    for name, (law, _) in laws.items():
        try:
            results[name] = fit(law, data, **options[name])
        except (FitkitError, ArithmeticError, np.linalg.LinAlgError) as error:  # one law that cannot be fitted does not stop the others
            failed[name] = str(error)
    if len(results) < 2:
        raise FitkitError("nothing to compare: " + "; ".join(f"{name}: {text}" for name, text in failed.items()))
    _require_same(results)
    one = _Run(data, {name: law for name, (law, _) in laws.items()}, options, {name: result.fits[0] for name, result in results.items()})
    scores = one.scores()
    nested = one.nested()
    best, rivals, sentence = _judge(one, scores, nested)
    further = {rival: one.further(rivals[0], rival) for rival in rivals[1:]}
    if further:
        sentence += " To tell them apart: " + "; ".join(map(str, filter(None, further.values()))) + "."
    unit = data.units[next(iter(one.fits.values())).y_name] or ""
    return Comparison(data, {name: results[name] for name in scores}, scores, failed, one.points, one.effective, one.errors, unit, nested, best, rivals,
                      {name: value for name, value in further.items() if value}, sentence)


# -- the call -----------------------------------------------------------------------------------------------------------

def _laws(models) -> dict[str, tuple[Model, dict]]:
    if isinstance(models, (str, Model)):
        models = [models]
    if not isinstance(models, Mapping):
        listed = [get_model(one) for one in models]
        twice = {law.name for law in listed if sum(other.name == law.name for other in listed) > 1}
        if twice:
            raise FitkitError(f"'{min(twice)}' is there twice: label them, fk.compare({{'one': law, 'other': (law, {{'background': [...]}})}}, data)")
        models = {law.name: law for law in listed}
    if len(models) < 2:
        raise FitkitError(f"compare wants two laws or more, found {', '.join(models) or 'none'}")
    pairs = {label: value if isinstance(value, (tuple, list)) else (value, {}) for label, value in models.items()}
    return {label: (get_model(law), dict(own)) for label, (law, own) in pairs.items()}


def _names(law: Model, table: str) -> set[str]:
    if table == "assume":
        return {one.name for one in law.known}
    if table == "free":
        return {one.name for one in law.params if one.default is not None}
    return {one.name for one in law.params} | set(law.background) | {one.name for one in law.derived if one.inverse}


def _require_known(tables, laws) -> None:
    for table, values in tables.items():
        offered = set().union(*(_names(law, table) for law, _ in laws.values()))
        for name in values:
            if name not in offered:
                raise FitkitError(f"{table}: none of these laws has '{name}'. They have {', '.join(sorted(offered)) or 'none'}")


def _options_of(law: Model, tables) -> dict[str, Any]:
    return {table: {name: value for name, value in values.items() if name in _names(law, table)} if isinstance(values, dict)
            else [name for name in values if name in _names(law, table)] for table, values in tables.items()}


def _statistics(one: DatasetFit) -> Statistics:
    """Those of a fit that did not fail; others are not compared."""
    assert one.statistics is not None
    return one.statistics


def _require_same(results: Mapping[str, FitResult]) -> None:
    first, *others = results
    for name in others:
        a, b = results[first].fits[0], results[name].fits[0]
        if a.y_name != b.y_name or a.x_names[0] != b.x_names[0]:
            raise FitkitError(f"'{first}' describes {a.y_name}({a.x_names[0]}), '{name}' {b.y_name}({b.x_names[0]}): only laws of the same quantity can be compared")
        if _statistics(a).errors != _statistics(b).errors:
            raise FitkitError(f"'{first}' and '{name}' were given different errors= : the same points want the same errors")


# -- the numbers --------------------------------------------------------------------------------------------------------

@dataclass
class _Run:
    """The fits of one comparison with what it takes to repeat them on other curves."""

    data: Dataset
    laws: Mapping[str, Model]
    options: Mapping[str, dict]
    fits: Mapping[str, DatasetFit]

    def __post_init__(self):
        closest = min(self.fits.values(), key=lambda one: _statistics(one).chi2)
        self.points, self.errors = closest.statistics.points, closest.statistics.errors
        self.effective = min(closest.effective_points, self.points) if closest.statistics.corrected else float(self.points)
        self.given = self.errors == "given"

    def scores(self) -> dict[str, Score]:
        """Scores of the fitted laws, the lowest AICc first."""
        aicc, bic = {}, {}
        for name, one in self.fits.items():
            k, n = _statistics(one).free + (not self.given), self.effective
            # the same slow misfit on n independent points; with estimated errors the variance is one more parameter
            base = _statistics(one).chi2 * n / self.points if self.given else n * math.log(max(_statistics(one).chi2, 1e-300) / self.points)
            aicc[name] = base + 2 * k + (2 * k * (k + 1) / (n - k - 1) if n > k + 1 else math.inf)
            bic[name] = base + k * math.log(n)
        low, low_bic = min(aicc.values()), min(bic.values())
        delta = {name: value - low if math.isfinite(low) else math.nan for name, value in aicc.items()}
        likelihood = {name: math.exp(-value / 2) if math.isfinite(value) else 0.0 for name, value in delta.items()}
        total = sum(likelihood.values()) or 1.0
        order = sorted(self.fits, key=lambda name: (aicc[name], bic[name]))
        return {name: Score(_statistics(self.fits[name]).chi2, _statistics(self.fits[name]).free, aicc[name], delta[name], bic[name], bic[name] - low_bic,
                            likelihood[name] / total, tuple(key for key, value in self.fits[name].parameters.items() if not value.determined),
                            self.fits[name].cautions) for name in order}

    def nested(self) -> tuple[NestedTest, ...]:
        """F-tests of the pairs in which the larger law draws the curve of the smaller one exactly."""
        found = []
        for small, a in self.fits.items():
            for large, b in self.fits.items():
                more = _statistics(b).free - _statistics(a).free
                if more <= 0 or _statistics(b).chi2 > _statistics(a).chi2 * (1 + 1e-9) or not self._contains(large, a):
                    continue
                first, scale = (_statistics(a).chi2 - _statistics(b).chi2) / more, self.effective / self.points
                second = math.inf if self.given else max(self.effective - _statistics(b).free, 1.0)
                variance = 1.0 if self.given else _statistics(b).chi2 * scale / second
                ratio = max(first, 0.0) * scale / variance if variance > 0 else 0.0
                found.append(NestedTest(small, large, ratio, (float(more), second), f_tail(ratio, more, second)))
        return tuple(found)

    def _contains(self, name: str, other: DatasetFit) -> bool:
        swing = float(np.ptp(other.fitted))
        try:
            drawn = fit(self.laws[name], self.data.with_columns({other.y_name: other.fitted}), **self.options[name]).fits[0]
        except FitkitError:
            return False
        return float(np.sqrt(np.mean(drawn.residuals**2))) < _NESTED * swing

    def further(self, better: str, rival: str) -> Further | None:
        """How far to measure, or how quiet, until ``rival`` is expected to fail on the curve of ``better``; None if not known."""
        one = self.fits[better]
        if len(one.x) > 1 or len(self.fits[rival].x) > 1:
            return None
        here = self.expected(better, rival)
        if here is None:
            return None
        factor = next((each for each in _FACTORS if (value := here if each == 1.0 else self.expected(better, rival, each)) is not None and value > _APART), None)
        unit = parse_unit(self.data.units[one.x_names[0]] or "")
        reach = None if factor is None else factor * float(unit.from_si(np.abs(one.x[0]).max()))
        return Further(rival, one.x_names[0], unit.symbol, reach, factor, math.sqrt(_APART / here) if here > 0 else math.inf)

    def expected(self, better: str, rival: str, factor: float = 1.0) -> float | None:
        """chi^2 of the rival on the noise-free curve of the better law in a window ``factor`` times as far."""
        one, law = self.fits[better], self.laws[better]
        noise = one.y_err if one.y_err is not None else np.full(self.points, math.sqrt(_statistics(one).chi2 / max(self.points - _statistics(one).free, 1)))
        if not np.all(noise > 0):
            return None
        added, share = points_beyond(one.x[0], factor)
        x = np.concatenate([one.x[0], added])
        y_err = np.concatenate([noise, np.full(len(added), float(np.median(noise)) / math.sqrt(share))])
        longer = replace(self.data, columns={one.x_names[0]: x, one.y_name: x, one.y_name + "_err": y_err}, vendor={}, covariance={}, notes=(),
                         units={name: self.data.units[name] for name in (one.x_names[0], one.y_name)})

        def options(name):  # what the data knew stays known: the reference time of a longer window would be another
            return {**self.options[name], "errors": "given", "assume": {**self.fits[name].known, **(self.options[name].get("assume") or {})}}

        try:
            curve = bind(law, longer, **{key: value for key, value in options(better).items() if key in ("background", "errors", "assume")})
            with np.errstate(all="ignore"):
                y = curve.evaluate(np.array([one.parameters[name].si for name in curve.names]))[0]
            if not np.all(np.isfinite(y)):
                return None
            return _statistics(fit(self.laws[rival], longer.with_columns({one.y_name: y}), **options(rival)).fits[0]).chi2 * self.effective / self.points
        except FitkitError:
            return None


# -- the words ----------------------------------------------------------------------------------------------------------

def _judge(one: _Run, scores: Mapping[str, Score], nested: Sequence[NestedTest]) -> tuple[str | None, tuple[str, ...], str]:
    """(best, rivals, sentence)."""
    if not any(math.isfinite(score.aicc) for score in scores.values()):
        return None, (), f"{one.effective:.3g} independent points are too few to compare laws with {min(s.free for s in scores.values())} and more parameters."
    first = next(iter(scores))
    sound = [name for name, score in scores.items() if not score.undetermined]
    close = [name for name in sound if scores[name].delta < THRESHOLD]
    if not close:
        text = f"{first} has the lowest AICc, but {_list(scores[first].undetermined)} not determined there: it is not preferred."
        if sound:
            text += f" Of the laws whose parameters are determined, {sound[0]} comes next, AICc higher by {scores[sound[0]].delta:.1f}."
        return None, (), text + _misfit(one, first)
    # a law that contains another and gains nothing by it is no rival: it can never be excluded
    idle = {test.larger: test for test in nested if test.p > _NEEDED and test.smaller in close and test.larger in close}
    alike = {name: other for name in close for other in close if name not in idle and other not in idle and scores[name].free > scores[other].free
             and scores[name].delta > scores[other].delta and (value := one.expected(other, name)) is not None and value < _ALIKE}
    left = [name for name in close if name not in idle and name not in alike]
    extra = "".join(f" {name} contains {test.smaller} and gains nothing by its further parameter{'s' if test.dof[0] > 1 else ''} (p = {test.p:.2g})."
                    for name, test in idle.items())
    extra += "".join(f" {name}, with more parameters, draws the curve of {other} within the noise: these data neither need it nor exclude it."
                     for name, other in alike.items())
    extra += "".join(f" {name} fits as well, but {_list(score.undetermined)} not determined: it is not preferred."
                     for name, score in scores.items() if score.undetermined and score.delta < THRESHOLD)
    if len(left) == 1:
        best = left[0]
        told = {best, *idle, *alike, *(name for name, score in scores.items() if score.undetermined and score.delta < THRESHOLD)}
        others = [name for name in scores if name not in told]
        text = f"{best} is preferred"
        if others:
            text += f": the next, {others[0]}, has an AICc higher by {scores[others[0]].aicc - scores[best].aicc:.1f}"
        return best, (), text + "." + extra + _misfit(one, best)
    apart = ", ".join(f"{scores[name].delta:.1f}" for name in left[1:])
    return None, tuple(left), (f"{' and '.join(left) if len(left) == 2 else ', '.join(left)} cannot be distinguished in this window (AICc higher by {apart}; "
                               f"below {THRESHOLD:g} the evidence ratio is below 20)." + extra + _misfit(one, left[0]))


def _list(names: Sequence[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _misfit(one: _Run, name: str) -> str:
    """What the preferred law itself leaves: the best of bad laws is no good one."""
    said = [text for text in _statistics(one.fits[name]).remarks if "reduced chi^2" in text or "residuals correlated" in text]
    return "".join(f" Even so, {name}: {text}." for text in said)
