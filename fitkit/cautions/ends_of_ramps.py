"""Which of many power laws want the look for an end of their ramp: by the fit alone, then by the last rows, then by the data."""

from __future__ import annotations

import numpy as np

from ..physics.many_ramps import may_end, may_fall, may_jump, noise_of_steps
from ..physics.ramp import steps_of
from ..physics.unbroken import PowerLaw, each_may_go_down, may_go_down, may_stand, plain_ramp

_TAIL = 32   # rows in which a plateau is looked for


def may_have_ended(fits) -> np.ndarray:
    """Where :func:`ramp.end_of_curve` or :func:`ramp.mirrored` could find something, shape (G,); ``fits`` as ``asked_where`` has them."""
    return _ended(fits) | _mirrored(fits)


def _mirrored(fits) -> np.ndarray:
    """By the data with their background: exchanged leads are looked for in what was measured."""
    current, voltages = np.asarray(fits.x[0]), np.asarray(fits.y.rows())
    if current.ndim == 2:
        voltages = np.where(np.isfinite(fits.without_background()), voltages, np.nan)
        found = each_may_go_down(current, voltages)
    else:
        found = may_go_down(current, voltages) if plain_ramp(current) else np.ones(len(voltages), bool)
    some = np.flatnonzero(found)
    found[some] = may_end(current if current.ndim == 1 else current[some], voltages[some])
    return found


def _ended(fits) -> np.ndarray:
    current = np.asarray(fits.x[0])
    if fits.away is None or not plain_ramp(current):
        return may_end(current, fits.without_background())
    noise, last = noise_of_steps(fits.without_background(steps_of, constant=False)), _last(fits, 4)
    Ic, n = (np.asarray(fits.value(name)) for name in ("Ic", "n"))
    law = PowerLaw(current, last[-1], noise, fits.away, Ic, n, fits.known["Ec"] * fits.known["tap_distance"])
    falls, jumps, stands = ~law.cannot_fall(), ~law.cannot_jump(), may_stand(current, last, noise)
    for left, look in ((falls, may_fall), (jumps, may_jump)):
        some = np.flatnonzero(left)
        if len(some):
            left[some] = look(current[:, None], fits.part(some).without_background().T, len(current), noise[some])
    some = np.flatnonzero(stands)
    stands[some] = may_stand(current, _last(fits.part(some), _TAIL), noise[some])
    found = falls | jumps | stands
    some = np.flatnonzero(found)
    found[some] = may_end(current, fits.part(some).without_background())
    return found


def _last(fits, rows: int) -> np.ndarray:
    """The last voltages without the background, shape (rows, G)."""
    return np.ascontiguousarray(fits.without_background(lambda curves: curves[..., -rows:]).T)
