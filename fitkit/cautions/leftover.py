"""What the residuals of a magnetoconductance look like: a parabola that was left out, a field offset, a second field scale.

A shape counts where it alone explains a good part of the residuals, after what the fitted parameters can take over of it.
"""

from __future__ import annotations

import numpy as np

from ..background import BACKGROUNDS
from ..constants import G0
from ..model import Caution
from ..physics.coherence import field_of_length, length_of_field
from ..physics.special import F_and_slope

_PART = 0.25      # of the squared residuals that a shape must explain to be named
_CLEAR = 0.5      # and from which on the fitted numbers are not to be relied on
_FAR = 3.0        # errors by which a cause may move a parameter that is still relied on
_F = 30.0         # ratio of what it explains to what is left for each independent point


def what_is_left(data, fit):
    """The one cause that explains the residuals best: the classical parabola or a field offset."""
    if not fit.autocorrelation > 0:   # a cause leaves neighbours that agree
        return None
    return _named(fit, [*_parabola(fit), *_offset(fit)])


def what_is_left_of_one_channel(data, fit):
    """As :func:`what_is_left` for one channel, with a second field scale among the causes: each is fitted beside a channel of any B_phi.

    The fit of the wrong law may lie far from any of them, so that its own tangent says little.
    """
    if len(fit.y) < 16 or _ended(fit) or not fit.autocorrelation > 0:
        return None
    B, weight = np.abs(fit.x[0]), 1.0 if fit.y_err is None else 1 / fit.y_err
    reach = float(B.max())
    here = field_of_length(fit.value("L_phi"))
    # the cusp may be narrower than the step of the field: far from it the logarithm still tells B_phi
    scales = np.geomspace(max(min(float(np.min(B[B > 0])), here) / 10, 1e-5 * reach), 3 * reach, 28) if fit.free("L_phi") else np.array([here])
    fixed = [BACKGROUNDS[name].function(fit.x[0], data) for name in fit.values if name in BACKGROUNDS]
    target, rest = fit.y * weight, fit.residuals * weight
    both = fit.x[0].min() < -0.2 * fit.x[0].max() and fit.x[0].max() > 0

    def without(kind, *B_phi):
        """What the channel and the cause leave of the data, and their coefficients."""
        values, slopes = F_and_slope(B / np.array(B_phi)[:, None])
        if kind == "offset":
            with np.errstate(divide="ignore", invalid="ignore"):
                columns = [values[0], np.where(B > 0, slopes[0] / fit.x[0], 0.0)]
        else:
            columns = [values[0], fit.x[0] ** 2] if kind == "parabola" else list(values)
        matrix = (np.array([*columns, *fixed]) * weight).T
        if fit.free("alpha"):
            c = np.linalg.lstsq(matrix, target, rcond=1e-12)[0]
        else:
            held = fit.value("alpha") * G0
            c = np.concatenate(([held], np.linalg.lstsq(matrix[:, 1:], target - held * matrix[:, 0], rcond=1e-12)[0]))
        return target - matrix @ c, c

    places = {"parabola": [] if fit.has("quadratic") else [(one,) for one in scales], "offset": [(one,) for one in scales] if both else [],
              "scale": [(one, other) for number, one in enumerate(scales[::2]) for other in scales[2 * number + 4::2] if other < reach]}
    best, size = {}, float(np.linalg.norm(rest))
    for kind, tried in places.items():
        allowed = [(float(left @ left), place) for place in tried for left, c in [without(kind, *place)] if _possible(kind, c)]
        if allowed:
            start = min(allowed)[1]
            refined = _refined(lambda *B_phi, kind=kind: without(kind, *B_phi)[0] / size, start, scales)
            place = refined if _possible(kind, without(kind, *refined)[1]) else start
            best[kind] = *without(kind, *place), place
    found = None
    for kind, (left, c, place) in best.items():
        part = _part(rest, left, len(fit.gradient))
        if part and (found is None or part > 1.02 * found[0]):  # a parabola is the limit of a second scale: the simpler cause comes first
            found = part, kind, place, c
    if found is None:
        return None
    part, kind, place, c = found
    text, names = {"parabola": lambda: _parabola_words(fit, c[1], part), "offset": lambda: _offset_words(-c[1] / c[0] if c[0] else 0.0, part),
                   "scale": lambda: _scale_words(place[-1], part, c[1] / c[0] if c[0] else 0.0)}[kind]()
    moved = kind != "scale" and _moved(fit, {"alpha": c[0] / G0, "L_phi": length_of_field(place[0])})
    return Caution(text, tuple(name for name in names if fit.free(name)), "not determined" if part > _CLEAR or moved else "")


def _possible(kind: str, c: np.ndarray) -> bool:
    """No interference has a channel of more than a few G0."""
    return kind != "scale" or max(abs(c[0]), abs(c[1])) < 4 * G0


def _moved(fit, values: dict[str, float]) -> bool:
    """Whether the cause puts a parameter farther away than its error admits."""
    return any(fit.free(name) and fit.error(name) and abs(value - fit.value(name)) > _FAR * fit.error(name) for name, value in values.items())


def _refined(residuals, place: tuple[float, ...], scales: np.ndarray) -> tuple[float, ...]:
    """The place of the smallest residuals, from the best of the grid."""
    from scipy.optimize import least_squares

    if len(scales) < 2:
        return place
    ends = np.log(scales[0]) - 0.1, np.log(scales[-1]) + 0.1
    return tuple(np.exp(least_squares(lambda logs: residuals(*np.exp(logs)), np.log(place), bounds=ends).x))


def _ended(fit) -> bool:
    """Whether a parameter stands at a limit: what is left then comes from that."""
    return any(fit.verdict(name) == "limit" for name in fit.values)


def _part(rest: np.ndarray, left: np.ndarray, free: int) -> float:
    """The part of the squared residuals that a cause explains, 0 where it is not significant."""
    power = float(left @ left)
    part = 1 - power / max(float(rest @ rest), 1e-300)
    rho = max(float(left[1:] @ left[:-1]) / max(power, 1e-300), 0.0)
    points = max(len(rest) * (1 - rho) / (1 + rho) - free - 1, 1.0)
    return part if part > _PART and part / max(1 - part, 1e-12) * points > _F else 0.0


def _named(fit, shapes) -> Caution | None:
    if len(fit.y) < 16 or not shapes or _ended(fit):
        return None
    weight = 1.0 if fit.y_err is None else 1 / fit.y_err
    tangent = fit.gradient * weight
    norms = np.linalg.norm(tangent, axis=1)
    tangent = tangent[norms > 0] / norms[norms > 0, None]
    basis = np.linalg.svd(tangent, full_matrices=False)[2] if len(tangent) else np.empty((0, len(fit.y)))
    rest = _without(fit.residuals * weight, basis)
    found = None
    for shape, words in shapes:
        raw = shape * weight
        column = _without(raw, basis)
        size = float(column @ column)
        if not size > 1e-6 * float(raw @ raw):  # the parameters of the fit take all of it over
            continue
        coefficient = float(column @ rest) / size
        left = rest - coefficient * column
        part = _part(rest, left, len(tangent))
        if part and (found is None or part > found[0]):
            found = part, words, coefficient
    if found is None:
        return None
    part, words, coefficient = found
    text, names = words(coefficient, part)
    return Caution(text, tuple(name for name in names if fit.free(name)), "not determined" if part > _CLEAR else "")


def _without(rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
    return rows - (rows @ basis.T) @ basis


def _parabola(fit):
    return [] if fit.has("quadratic") else [(fit.x[0] ** 2, lambda coefficient, part: _parabola_words(fit, coefficient, part))]


def _parabola_words(fit, coefficient, part):
    return (f"the residuals follow B^2 ({part:.0%} of them, {coefficient / fit.y_unit.factor:+.2g} {fit.y_unit.symbol}/T^2): the classical magnetoresistance was left out. Add it, "
            "background=['offset', 'quadratic'], or fit lower fields only", ("alpha", "L_phi"))


def _offset(fit):
    """The slope of the curve, where both polarities are there: y(B - B_0) = y(B) - B_0 dy/dB."""
    x = fit.x[0]
    if not x.min() < -0.2 * x.max() or not x.max() > 0:
        return []
    places, first = np.unique(x, return_index=True)
    if len(places) < 16:
        return []
    slope = np.interp(x, places, np.gradient(fit.model_part[first], places))
    return [(slope, lambda coefficient, part: _offset_words(-coefficient, part))]


def _offset_words(offset, part):
    return (f"the residuals change sign with the field as those of a field offset do ({part:.0%} of them, zero field reads about {offset * 1e3:.3g} mT): take it out before the fit, "
            f"fk.field_offset(data) or fk.shift_field(data, '{offset * 1e3:.2g} mT'), or fit it with the rest: 'hln+field_offset' for 'hln', and so for any law", ("alpha", "L_phi"))


def _scale_words(scale, part, ratio):
    if -1.3 < ratio < -0.7:  # F(B/B_phi) - F(B/B_e)
        return (f"the curve levels off beyond about {scale * 1e3:.3g} mT ({part:.0%} of the residuals): fields beyond B_e, where the diffusive formula ends, or another channel of the other "
                f"sign. Fit below {300 * scale:.3g} mT only", ("alpha", "L_phi"))
    return (f"the residuals follow a second field scale of about {scale * 1e3:.3g} mT ({part:.0%} of them): spin-orbit scattering, a second channel or valleys. One channel with its "
            "alpha does not hold such a curve; fit hln_spin_orbit, ilp or hln_channels and fk.compare them", ("alpha", "L_phi"))
