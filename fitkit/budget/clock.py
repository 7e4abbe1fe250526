"""When did the decay begin? The clock, the first points, and laws that bend as a wrong clock does: they are weighed against each other.

A clock that is off, points of the ramp among the data and a curved law all bend M(ln t). The one that describes the
points best (AICc) is named; what cannot be told from it counts as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import FitkitError
from ..physics.creep import ramp_creep_time
from .decay import PRIOR, Decay
from .term import FirstPoints, Term

_ASSUMED = 0.1      # of the first time: where nothing is said of the clock
_CLEAR = -15.0      # AICc by which a cause must improve on the plain fit
_ALIKE = 4.0        # AICc within which two causes are not told apart
_ANY_BEND = 6.0     # AICc that a free exponent pays: it follows whatever bends
_DOUBT = 10.0       # AICc that a clock pays at most for being further off than is stated of it: such statements may be wrong
_AT_MOST = 0.45     # of the window in ln t that first points may take up
_LADDER = (1, 2, 3, 4, 6, 8, 11, 15, 20, 28, 40)


@dataclass(frozen=True)
class Suspect:
    """One explanation of a bend: its AICc against the plain fit, what it would change, its words, and the weighted residuals it leaves."""

    source: str
    score: float
    shift: float
    words: str
    left: np.ndarray


def suspects(decay: Decay, ladder: FirstPoints, told: Sequence[Term]) -> list[Suspect]:
    """Explanations that improve clearly on the plain fit and cannot be told from the best, the best first.

    ``told``: terms of columns and steps that are seen at work; they are weighed with the others.
    """
    off = _clock_off(decay)
    tried = [*off, *_first_points_off(decay, ladder, min((float(one.left @ one.left) for one in off), default=math.inf)), *_curved_law(decay)]
    for term in told:
        if term.caution and term.left is not None and term.shift is not None:
            tried.append(Suspect(term.source, decay.score(float(term.left @ term.left), term.freedom), term.shift, term.caution, term.left))
    tried = sorted((one for one in tried if one.score < _CLEAR and math.isfinite(one.shift)), key=lambda one: one.score)
    return [one for one in tried if one.score < tried[0].score + _ALIKE]


def _clock_off(decay: Decay) -> list[Suspect]:
    if not any(param.name == "t_shift" for param in decay.law.params) or decay.one.parameters["t_shift"].verdict != "fixed":
        return []
    try:
        freed = decay.refitted(decay.data, free=["t_shift"])
    except FitkitError:
        return []
    shift = freed["t_shift"]
    rest = freed.residuals * decay.weight
    if not shift.determined or not shift.error or abs(shift.value) < 3 * shift.error:
        return []
    side = "late" if shift.value > 0 else "early"
    meant = "the decay had begun before the zero of the clock" if shift.value > 0 else "the zero of the clock lies before the start of the decay"
    words = (f"the clock started about {abs(shift.value):.3g} s too {side} ({meant}; t_shift = {shift}): set the origin, fk.relaxation_segment(data, origin=...), "
             "or fit with free=['t_shift']")
    stated = decay.meta(PRIOR)
    unlikely = 0.0 if stated is None or not stated.si > 0 else min((shift.si / stated.si) ** 2, _DOUBT)
    return [Suspect("time origin", decay.score(float(rest @ rest), 1) + unlikely, decay.si_of(freed) - decay.value, words, rest)]


def _first_points_off(decay: Decay, ladder: FirstPoints, alone: float) -> list[Suspect]:
    """Each dropped point counts as a parameter of its own; points of a ramp come with a clock that started during it.

    That needs both: with the clock alone (chi^2 ``alone``) at least twice as much is left.
    """
    found = []
    order = np.argsort(decay.time)
    movable = any(param.name == "t_shift" for param in decay.law.params) and decay.one.parameters["t_shift"].verdict == "fixed"
    for dropped in map(int, ladder.dropped[1:]):
        kept = np.sort(order[dropped:])
        first = decay.time[order[dropped]]
        if math.log(first / decay.time.min()) > _AT_MOST * math.log(decay.time.max() / decay.time.min()):
            break
        leave = f"Leave them out: fk.window(data, over='time', low='{0.999 * first:.4g} s')"
        try:
            later, one = decay.without_first(dropped)
            freed = decay.refitted(later, free=["t_shift"]) if movable else None
        except FitkitError:
            break
        rest = one.residuals * decay.weight[kept]
        words = f"the first {dropped} points lie off the decay of the others: points of the ramp, or the instrument still settling. {leave}"
        found.append(Suspect("first points", decay.score(float(rest @ rest), dropped), decay.si_of(one) - decay.value, words, rest))
        if freed is not None and (shift := freed["t_shift"]).determined and shift.error and shift.value < -3 * shift.error:
            rest = freed.residuals * decay.weight[kept]
            if float(rest @ rest) > alone / 2:
                continue
            words = (f"the first {dropped} points lie off the decay of the others, and the clock of these started {-shift.value:.3g} s too early: "
                     f"points of the ramp. {leave} and set the origin to the end of the ramp")
            found.append(Suspect("first points", decay.score(float(rest @ rest), dropped + 1), decay.si_of(freed) - decay.value, words, rest))
    return sorted(found, key=lambda one: one.score)[:1]


def _curved_law(decay: Decay) -> list[Suspect]:
    """The interpolation formula with its exponent free; where no exponent of a barrier bends so, any curve."""
    if decay.law.name not in ("log_decay", "power_law_decay"):
        return []
    try:
        curved = decay.refitted(decay.data, law="interpolation_decay")
    except FitkitError:
        return []
    mu, value, rest = curved["mu"], decay.si_of(curved), curved.residuals * decay.weight
    words = f"the decay bends as the interpolation formula with mu = {mu} does: the barrier is another one. Compare the laws: " \
            f"fk.compare(['{decay.law.name}', 'interpolation_decay'], data)"
    odd = not abs(mu.value) < 8 or not mu.error or mu.error > abs(mu.value) + 1
    if odd or not math.isfinite(value):  # the formula has no such quantity: a parabola in ln t stands for it
        x = np.log(decay.time / decay.t_r)
        coefficient, _, left = decay.regressed(x**2)
        value = decay.value + coefficient[0] * decay.response(x**2)
        rest = left if odd else rest
    if odd:
        words = "the slope dM/dlnt changes over the whole window: no logarithm, and no exponent of a barrier either (two mechanisms, a distribution of rates). The slope holds for this window " \
                f"only: fk.scan_window('{decay.law.name}', data, 'time')"
    return [Suspect("law", decay.score(float(rest @ rest), 1) + _ANY_BEND, value - decay.value, words, rest)]


def first_points(decay: Decay) -> FirstPoints:
    """The quantity without its first 0, 1, 2... points; stable from the first place that agrees with all later ones.

    Nested fits share their data: the difference has the variance var(fewer points) - var(more points) [J. A. Hausman,
    Econometrica 46, 1251 (1978)]. They agree within three standard deviations of it.
    """
    order = np.argsort(decay.time)
    dropped, values, errors = [0], [decay.value], [decay.statistical]
    for number in _LADDER:
        if number > len(order) // 3 or len(order) - number < 8:
            break
        try:
            found = decay.with_error(*decay.without_first(number))
        except FitkitError:
            break
        dropped.append(number)
        values.append(found.si)
        errors.append((found.error or 0.0) * (found.si / found.value if found.value else 1.0))
    value, error = np.array(values), np.array(errors)
    stable = next(place for place in range(len(value)) if all(
        abs(value[place] - value[later]) <= 3 * math.sqrt(max(error[later] ** 2 - error[place] ** 2, (0.2 * error[later]) ** 2)) for later in range(place + 1, len(value))))
    return FirstPoints(np.array(dropped), decay.time[order][dropped], value, error, stable)


def time_origin(decay: Decay, seen: list[Suspect]) -> Term | None:
    """From what the data say of their clock: the ramp, the sampling, a stated error; or from the bend it makes."""
    param = next((param for param in decay.law.params if param.name == "t_shift"), None)
    if param is None:
        return None
    if decay.one.parameters["t_shift"].verdict != "fixed":
        return Term("time origin", 0.0, "t_shift was fitted: it is in the statistics")
    cause = next((one for one in seen if one.source == "time origin"), None)
    stated = decay.meta(PRIOR)
    first = float(decay.time.min())
    if stated is not None:
        deviation, how = stated.si, f"{stated} ({'one sampling step' if stated.origin == 'column' else stated.origin})"
    else:
        deviation, how = _ASSUMED * first, f"assumed: a tenth of the first time, {_ASSUMED * first:.3g} s; state it: time_origin_err='1 s'"
    deviation, how = _with_ramp(decay, deviation, how)
    values = dict(zip((one.name for one in decay.law.params), (decay.one.parameters[one.name].si for one in decay.law.params)))
    known = {k.name: decay.one.known[k.name].si for k in decay.law.known if not k.for_derived and k.name in decay.one.known}
    gradient = decay.law.evaluate(decay.one.x, list(values.values()), known)[1]
    error = abs(decay.response(-np.broadcast_to(gradient[[one.name for one in decay.law.params].index("t_shift")], decay.one.y.shape))) * deviation
    if cause is None:
        return Term("time origin", error, how)
    return Term("time origin", math.hypot(error, cause.shift), f"the bend of the curve; {how}", cause.shift, cause.words, cause.left)


def _with_ramp(decay: Decay, deviation: float, how: str) -> tuple[float, str]:
    """The creep during the ramp puts the start of the decay before the zero of the clock."""
    rate = decay.meta("ramp_rate")
    if rate is None:
        return deviation, how
    moment = decay.size
    if decay.one.y_name == "moment":
        volume = decay.meta("volume")
        if volume is None:
            return deviation, f"{how}; with a volume the creep during the ramp ({rate}) could be added"
        moment /= volume.si
    elif decay.one.y_name != "magnetization":
        return deviation, how
    S = abs(decay.one.get("S").value)
    if not math.isfinite(S):
        return deviation, how
    early = ramp_creep_time(moment, S, rate.si)
    return math.hypot(deviation, early), f"{how}; {early:.2g} s of creep during the ramp ({rate}, slab)"


def dropping(decay: Decay, ladder: FirstPoints, seen: list[Suspect]) -> Term:
    """First points that the others do not agree with."""
    cause = next((one for one in seen if one.source == "first points"), None)
    if cause is not None:
        return Term("first points", abs(cause.shift), "refitted without them", cause.shift, cause.words, cause.left)
    if ladder.stable == 0:
        return Term("first points", 0.0, f"stable: without the first {', '.join(map(str, ladder.dropped[1:4]))}... points it stays within its error")
    shift = float(ladder.value[ladder.stable] - ladder.value[0])
    if not ladder.found:
        how = f"not stable yet without the first {ladder.dropped[-1]} points" + (f": explained by the {seen[0].source}" if seen else "")
        return Term("first points", 0.0 if seen else abs(shift), how, shift)
    why = f"explained by the {seen[0].source}" if seen else "within its error"
    if seen:
        return Term("first points", 0.0, f"stable only from {ladder.time[ladder.stable]:.3g} s on: {why}", shift)
    return Term("first points", abs(shift), f"stable from {ladder.time[ladder.stable]:.3g} s on, without the first {ladder.dropped[ladder.stable]} points", shift)


def ramp_points(decay: Decay) -> Term | None:
    """Points at which the field column still moves; None where there are none, or no such column."""
    if "field" not in decay.data:
        return None
    order = np.argsort(decay.time)
    field = decay.data["field"][order]
    late = field[len(field) // 2:]
    final, scatter = float(np.median(late)), 1.4826 * float(np.median(np.abs(late - np.median(late))))
    moving = np.flatnonzero(np.abs(field[:len(field) // 2] - final) > max(2e-5, 1e-4 * abs(final), 6 * scatter, 3 * abs(late[: len(late) // 2].mean() - late[len(late) // 2:].mean())))
    if not len(moving):
        return None
    rows = int(moving[-1]) + 1
    time = decay.time[order]
    # the field arrives between the last moving row and the next: there the clock begins
    kept, start = np.sort(order[rows:]), float(time[rows - 1] + time[rows]) / 2
    kept = kept[decay.time[kept] > start]
    try:
        fresh = decay.data.select(kept)
        one = decay.refitted(fresh.with_columns({"time": fresh["time"] - start}))
    except FitkitError:
        return None
    shift = decay.si_of(one) - decay.value
    words = (f"the field still moves in the first {rows} points, from {1e3 * field[0]:.4g} mT to {1e3 * final:.4g} mT until {time[rows - 1]:.3g} s: points of the ramp, and the clock "
             "started before its end. Cut out the hold: fk.relaxation_segment(data)")
    return Term("first points", abs(shift), "refitted without the points of the ramp, the clock set to its end", shift, words, one.residuals * decay.weight[kept])
