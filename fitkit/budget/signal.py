"""What else is in the moment, and what S is divided by: background, reversible part, normalisation."""

from __future__ import annotations

import numpy as np

from ..errors import FitkitError
from .decay import Decay
from .term import Term

_PART = 0.2     # of the statistical error from which an effect is worth a caution


def background(decay: Decay) -> Term:
    """A constant moment (substrate, holder, the reversible magnetization) beside the one that decays.

    From the other branch measured alike, M_rev = (M_up + M_down)/2; from a stated ``background_moment``; else unknown.
    """
    unit = decay.data.units[decay.one.y_name]
    if decay.other_branch is not None:
        reversible, error = reversible_part(decay.data, decay.other_branch, decay.one.y_name)
        how = f"the other branch, '{decay.other_branch.name}': (M_up + M_down)/2"
    elif (stated := decay.meta("background_moment")) is not None:
        if decay.one.y_name != "moment":
            return Term("background", None, f"background_moment is a moment, the fit has '{decay.one.y_name}'")
        reversible, error, how = np.full(len(decay.one.y), stated.si), stated.to("A m2").error or 0.0, f"background_moment = {stated} ({stated.origin})"
    else:
        return Term("background", None, f"not known: every 1 % of M that does not decay makes {decay.quantity} wrong by about 1 %. Give the other branch "
                                        f"(other_branch=) or background_moment='0(1) {unit or '...'}'")
    try:
        shift = decay.change(decay.with_moment(decay.one.y - reversible))
        spread = decay.change(decay.with_moment(decay.one.y - error))
    except FitkitError as refused:
        return Term("background", None, f"{how}: without it there is no fit ({refused})")
    part = float(np.mean(reversible)) / float(np.mean(decay.one.y))
    caution = (f"a background of {part:+.1%} of M is in the moment ({how}) and does not decay: {decay.quantity} is {'lowered' if shift * decay.value > 0 else 'raised'} by it. Take it out: "
               "fk.irreversible_moment(data, other)") if abs(shift) > _PART * decay.statistical and abs(part) > 2 * error / decay.size else ""
    return Term("background", float(np.hypot(shift, spread)), f"{how}, {part:+.1%} of M", shift, caution)


def reversible_part(data, other, name: str) -> tuple[np.ndarray, float]:
    """(M_up + M_down)/2 [SI] at the times of ``data``, and the standard deviation of its mean.

    Raises
    ------
    FitkitError
        The two do not overlap in time, or both have the same sign: they are no two branches.
    """
    if name not in other:
        raise FitkitError(other.missing(name))
    order = np.argsort(other["time"])
    time, moment = other["time"][order], other[name][order]
    inside = (data["time"] >= time[0]) & (data["time"] <= time[-1])
    if inside.sum() < 5:
        raise FitkitError(f"{data.name} and {other.name} share {inside.sum()} of {len(data)} times: the branches must be measured over the same window after the ramp")
    there = np.interp(np.log(data["time"]), np.log(time), moment)
    if np.mean(there) * np.mean(data[name]) > 0:
        raise FitkitError(f"{data.name} and {other.name} have moments of the same sign: the other branch (field swept the other way, same final field) carries the opposite current")
    mean = (data[name] + there) / 2
    # both branches carry noise: what a line in ln t leaves over
    x = np.log(data["time"][inside])
    line = np.polyval(np.polyfit(x - x.mean(), mean[inside], 1), np.log(data["time"]) - x.mean())
    scatter = float(np.std(mean[inside] - line[inside]))
    return line, scatter / np.sqrt(inside.sum() / 2)


def normalisation(decay: Decay) -> Term | None:
    """S is -dlnM/dlnt at t_r; a slope divided by another moment is another number."""
    if decay.quantity == "S_0":
        S = decay.one.get("S").si
        M0, M_r = decay.one["M0"].si if "M0" in decay.one.known else decay.data.si("M0"), decay.one["M_r"].si
        what = f"the slope is divided by M0, {M0 / M_r:.3g} times the moment at t_r = {decay.t_r:.3g} s"
    elif decay.quantity == "dM_dlnt" and decay.one.y_name == "relative_moment":
        S, what = -decay.one["S"].si, f"the moment is divided by a reference, which is not the moment at t_r = {decay.t_r:.3g} s"
    else:
        return None
    shift = S - decay.value
    caution = f"normalisation: {what}. The rate -dlnM/dlnt there is S = {decay.one['S']}" if abs(shift) > _PART * decay.statistical else ""
    return Term("normalisation", abs(shift), what, shift, caution)
