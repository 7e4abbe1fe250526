"""Laws of magnetic relaxation, M(t). Here is the vocabulary that they share."""

import numpy as np

from ...model import Column, Known, Param
from ...physics.creep import centre_of_window

TIME = Column("time", "s")
MOMENT = Column("moment", "A m2", alternatives=(("magnetization", "A/m"), ("mass_magnetization", "A m2/kg"), ("relative_moment", "")))


def shift_scan(time):
    """Starts of the decay [s] before the zero of the clock, and a little after it."""
    first = float(np.min(time))
    return first * np.array([-0.95, -0.7, 0.0, 0.5, 2.0, 5.0, 15.0, 40.0, 100.0, 300.0, 1000.0])


def shift_limits(time):
    """The decay starts before the first point: t + t_shift > 0."""
    return -0.99 * float(np.min(time)), np.inf


def rate_scan(time):
    """Relaxation rates S of either sign, from nothing seen to a moment that is gone within the window."""
    rates = np.geomspace(1e-4, 10.0, 26) / max(np.log(np.max(time) / np.min(time)), 1.0)
    return np.concatenate([-rates[::-1], [0.0], rates])


def late_grid(points, **params):
    """Three decades of time [s], logarithmic steps."""
    return np.geomspace(10.0, 1e4, points)


MOMENT_AT_REFERENCE = Param("M_r", unit="y", linear=True, typical=(0.1, 10), symbol="M_r", meaning="moment at the reference time t_r")
TIME_SHIFT = Param("t_shift", unit="s", default=0.0, scan=shift_scan, limits=shift_limits, typical=(0.1, 10), prior="time_origin_err", symbol=r"t_\mathrm{s}",
                   meaning="time from the start of the decay to the zero of the clock")
REFERENCE_TIME = Known("t_r", unit="s", of_x=centre_of_window, symbol="t_r", meaning="reference time, geometric centre of the window")
ATTEMPT_TIME = Known("t0", unit="s", default=1e-6, for_derived=True, positive=True, symbol="t_0", meaning="attempt time")
