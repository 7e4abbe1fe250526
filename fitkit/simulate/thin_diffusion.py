"""Magnetic relaxation of a thin strip or disc in a perpendicular field: nonlinear and nonlocal flux diffusion in one dimension.

A film of thickness d carries the sheet current J_s = J d. What its loops at x induce at all others makes the diffusion nonlocal:

    mu0 int Q(x, x') dJ_s(x')/dt dx' = -[E(J_s/d) + g(x) dB_a/dt],   g = x (strip, 0 < x < w),  g = r/2 (disc, 0 < r < R)

with E taken along the current and Q = (1/2 pi) ln|(x + x')/(x - x')| for the strip, an elliptic kernel for the disc. As in the slab, any E(J) may be put in,
and the magnetization that comes out has seen no relaxation formula.

Source: E. H. Brandt, Phys. Rev. B 49, 9024 (1994) (strip) and 50, 4034 (1994) (disc), recalled; the kernels are those of straight wires and of loops.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp
from scipy.special import ellipe, ellipkm1

from fitkit.constants import mu0
from fitkit.errors import FitkitError
from fitkit.simulate.flux_diffusion import ElectricField, Relaxation


def film_relaxation(electric_field: ElectricField, time: ArrayLike, *, shape: str, half_width: float, thickness: float, Jc: float, field_start: float,
                    field_stop: float, ramp_rate: float, ramp_time: ArrayLike = (0.0,), nodes: int = 60) -> Relaxation:
    """Magnetization of a thin strip or disc while the perpendicular field is ramped and then held.

    Parameters
    ----------
    electric_field : callable
        J [A/m^2] -> (E [V/m], dE/dJ [ohm m]), as for `slab_relaxation`.
    time : array (n,)
        Times since the end of the ramp [s], >= 0, rising.
    shape : str
        "strip" or "disc".
    half_width : float
        Half the width of the strip, or the radius of the disc [m].
    thickness : float
        Thickness d along the field [m].
    Jc : float
        Scale of the current density [A/m^2]: sets the solver's tolerance, not the physics.
    field_start, field_stop : float
        Applied flux density before and after the ramp [T]; no current before it.
    ramp_rate : float
        |dB/dt| of the ramp [T/s].
    ramp_time : array (m,), optional
        Times <= 0 during the ramp at which M is wanted as well [s], rising.
    nodes : int
        Points across the half width, denser towards the edge. With 60 the rate of a late decay is right to six digits.

    Returns
    -------
    Relaxation
        M is the moment per volume; the Bean value is Jc half_width/2 for the strip, Jc half_width/3 for the disc.

    Raises
    ------
    FitkitError
        Another shape, times on the wrong side of 0 or before the ramp, a ramp of no length, fewer than ten nodes.
    RuntimeError
        If the solver stops early.
    """
    time, ramp_time = np.atleast_1d(np.asarray(time, float)), np.atleast_1d(np.asarray(ramp_time, float))
    duration = abs(field_stop - field_start) / ramp_rate if ramp_rate > 0 else 0.0
    if shape not in _KERNELS:
        raise FitkitError(f"film_relaxation: no shape '{shape}', wanted 'strip' or 'disc'. A slab in parallel field: slab_relaxation")
    if duration == 0 or nodes < 10:
        raise FitkitError(f"film_relaxation: wanted a ramp (two fields, a rate > 0) and ten nodes or more, found {field_start} T to {field_stop} T at {ramp_rate} T/s, "
                          f"{nodes} nodes")
    if np.any(time < 0) or np.any(ramp_time > 0) or np.any(ramp_time < -duration):
        raise FitkitError(f"film_relaxation: 'time' counts from the end of the ramp (>= 0), 'ramp_time' lies in [{-duration:g}, 0] s")

    u = (np.arange(nodes) + 0.5) / nodes
    x, weight = 1.5 * u - 0.5 * u**3, 1.5 * (1 - u**2) / nodes      # in units of the half width, denser at the edge
    kernel, drive, moment = _KERNELS[shape](x, weight)
    # j = J/Jc is what the solver sees
    inverse = np.linalg.inv(kernel) / (mu0 * half_width * thickness * Jc)

    def rates(ramping):
        sweep = math.copysign(ramp_rate, field_stop - field_start) if ramping else 0.0

        def rate(t, j):
            return -inverse @ (electric_field(j * Jc)[0] + sweep * half_width * drive)

        def jacobian(t, j):
            return -inverse * (electric_field(j * Jc)[1] * Jc)

        return rate, jacobian

    def solve(ramping, j, start, stop, wanted, max_step):
        rate, jacobian = rates(ramping)
        solution = solve_ivp(rate, (start, stop), j, method="LSODA", t_eval=np.append(wanted, stop), jac=jacobian, rtol=1e-8, atol=1e-11, max_step=max_step)
        if not solution.success:
            raise RuntimeError(f"film_relaxation: the solver stopped: {solution.message}")
        return solution.y[:, :-1], solution.y[:, -1]

    ramp, j = solve(True, np.zeros(nodes), -duration, 0.0, ramp_time[ramp_time < 0], duration / 100)
    held, _ = solve(False, j, 0.0, 1.001 * time[-1] + 1e-9 * duration, time, np.inf)
    if ramp_time[-1] == 0:
        ramp = np.column_stack([ramp, j])
    scale = Jc * half_width
    field = field_stop + (field_stop - field_start) * ramp_time / duration
    return Relaxation(time, moment @ held * scale, ramp_time, field, moment @ ramp * scale)


def _strip(x, weight):
    """(Q, g/w, weights of M/(J w)) of a strip."""
    with np.errstate(divide="ignore"):
        kernel = weight / (2 * np.pi) * np.log(np.abs((x[:, None] + x) / (x[:, None] - x)))
    np.fill_diagonal(kernel, weight / (2 * np.pi) * np.log(4 * np.pi * x / weight))
    return kernel, x, x * weight


def _disc(r, weight):
    """The same of a disc; A of a loop of radius r' at r is mu0 I Q."""
    near = ((r[:, None] - r) / (r[:, None] + r)) ** 2       # 1 - k^2
    np.fill_diagonal(near, 1.0)
    k2 = 1 - near
    with np.errstate(divide="ignore", invalid="ignore"):
        kernel = weight / (np.pi * np.sqrt(k2)) * np.sqrt(r / r[:, None]) * ((1 - k2 / 2) * ellipkm1(near) - ellipe(k2))
    np.fill_diagonal(kernel, weight / (2 * np.pi) * (np.log(16 * np.pi * r / weight) - 2))
    return kernel, r / 2, r**2 * weight


_KERNELS = {"strip": _strip, "disc": _disc}
