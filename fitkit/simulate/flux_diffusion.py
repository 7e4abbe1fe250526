"""Magnetic relaxation of a superconducting slab: nonlinear flux diffusion, solved as a differential equation.

A slab |x| < w, infinite along the field, obeys dB/dt = -dE/dx with J = -(1/mu0) dB/dx, E = E(J), E(0) = 0 in the centre and B(w) = the applied
flux density. Whatever law of creep is put in as E(J), the magnetization M(t) = <H> - H_applied that comes out has seen no relaxation formula.

Sources: E. H. Brandt, Phys. Rev. B 54, 4246 (1996) (flux creep as nonlinear diffusion); P. W. Anderson and Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964)
(the barrier U0 (1 - J/Jc)).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from fitkit.constants import k_B, mu0
from fitkit.errors import FitkitError

ElectricField = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

# exp(2 int_0^1 x ln(x - x^2/2) dx) of the late electric field profile, which is proportional to x - x^2/2: see macroscopic_time
_PROFILE_FACTOR = 0.39829655
# an implicit solver may try absurd current densities on its way; the exponential must survive them
_LARGEST_EXPONENT = 300.0


def anderson_kim(current_density: ArrayLike, E0: float, U0: float, temperature: float, Jc: float) -> tuple[np.ndarray, np.ndarray]:
    """Electric field of thermally activated hops over the barrier U0 (1 - J/Jc), back hops included.

    E = 2 E0 exp(-a) sinh(a J/Jc) with a = U0/(k_B T).

    Parameters
    ----------
    current_density : array of any shape
        Current density J [A/m^2], of either sign.
    E0 : float
        Electric field at J = Jc, where the barrier vanishes [V/m].
    U0 : float
        Barrier at J = 0 [J].
    temperature : float
        Temperature [K].
    Jc : float
        Barrier-free current density [A/m^2].

    Returns
    -------
    field, slope : arrays of the shape of `current_density`
        E [V/m] and dE/dJ [ohm m].

    References
    ----------
    P. W. Anderson and Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964).
    """
    j = np.asarray(current_density, float) / Jc
    a = U0 / (k_B * temperature)
    forward = E0 * np.exp(np.minimum(a * (np.abs(j) - 1), _LARGEST_EXPONENT))
    back = np.exp(-2 * a * np.abs(j))       # relative to the forward hops: neither a large nor a small a j loses digits
    return -np.sign(j) * forward * np.expm1(-2 * a * np.abs(j)), a / Jc * forward * (1 + back)


def power_law(current_density: ArrayLike, Ec: float, Jc: float, n: float) -> tuple[np.ndarray, np.ndarray]:
    """Electric field Ec (J/Jc) |J/Jc|^(n-1) of the logarithmic barrier U = n k_B T ln(Jc/J).

    Parameters
    ----------
    current_density : array of any shape
        Current density J [A/m^2], of either sign.
    Ec : float
        Electric field criterion [V/m].
    Jc : float
        Current density at Ec [A/m^2].
    n : float
        Exponent, > 1.

    Returns
    -------
    field, slope : arrays of the shape of `current_density`
        E [V/m] and dE/dJ [ohm m].

    References
    ----------
    E. Zeldov et al., Appl. Phys. Lett. 56, 680 (1990).
    """
    j = np.asarray(current_density, float) / Jc
    with np.errstate(divide="ignore"):      # J = 0: the logarithm is -inf and the slope 0
        slope = Ec / Jc * np.exp(np.minimum((n - 1) * np.log(np.abs(j)), _LARGEST_EXPONENT))
    return slope * Jc * j, n * slope


@dataclass(frozen=True)
class Relaxation:
    """What `slab_relaxation` and `film_relaxation` compute; t = 0 is the moment the ramp stops.

    Attributes
    ----------
    time : array (n,)
        Time since the end of the ramp [s].
    magnetization : array (n,)
        M = <H> - H_applied at these times [A/m].
    ramp_time : array (m,)
        Times during the ramp, negative up to 0 [s].
    ramp_field : array (m,)
        Applied flux density then [T].
    ramp_magnetization : array (m,)
        M then [A/m].
    """

    time: np.ndarray
    magnetization: np.ndarray
    ramp_time: np.ndarray
    ramp_field: np.ndarray
    ramp_magnetization: np.ndarray


def slab_relaxation(electric_field: ElectricField, time: ArrayLike, *, half_width: float, Jc: float, field_start: float, field_stop: float,
                    ramp_rate: float, ramp_time: ArrayLike = (0.0,), cells: int = 100) -> Relaxation:
    """Magnetization of a slab while the applied field is ramped and then held.

    Parameters
    ----------
    electric_field : callable
        J [A/m^2] -> (E [V/m], dE/dJ [ohm m]), odd and rising in J, such as ``functools.partial(anderson_kim, ...)``.
    time : array (n,)
        Times since the end of the ramp [s], >= 0, rising.
    half_width : float
        Half thickness w of the slab [m].
    Jc : float
        Scale of the current density [A/m^2]: sets the solver's tolerance, not the physics.
    field_start, field_stop : float
        Applied flux density before and after the ramp [T]; the slab starts with field_start everywhere and no current.
    ramp_rate : float
        |dB/dt| of the ramp [T/s].
    ramp_time : array (m,), optional
        Times <= 0 during the ramp at which M is wanted as well [s], rising; t = 0 is its end.
    cells : int
        Cells across the half width. The error of M falls as 1/cells^2; with 100 it is about 1e-5 of the Bean value Jc w/2.

    Returns
    -------
    Relaxation

    Raises
    ------
    FitkitError
        For times on the wrong side of 0 or before the ramp, for a ramp of no length, fewer than two cells.
    RuntimeError
        If the solver stops early.

    Notes
    -----
    Finite volumes: H in the centres of the cells, J and E on their faces, the outer face half a cell from the last centre. The Jacobian is
    tridiagonal and exact; LSODA takes it in banded form. Second order in the cell width.
    """
    time, ramp_time = np.atleast_1d(np.asarray(time, float)), np.atleast_1d(np.asarray(ramp_time, float))
    duration = abs(field_stop - field_start) / ramp_rate if ramp_rate > 0 else 0.0
    if duration == 0 or cells < 2:
        raise FitkitError(f"slab_relaxation: wanted a ramp (two fields, a rate > 0) and two cells or more, found {field_start} T to {field_stop} T "
                         f"at {ramp_rate} T/s, {cells} cells")
    if np.any(time < 0) or np.any(ramp_time > 0) or np.any(ramp_time < -duration):
        raise FitkitError(f"slab_relaxation: 'time' counts from the end of the ramp (>= 0), 'ramp_time' lies in [{-duration:g}, 0] s")

    width, scale = half_width / cells, Jc * half_width      # the solver sees h = H/(Jc w), of order one
    spacing = np.full(cells, width)
    spacing[-1] /= 2

    def applied(t):
        return (field_start + (field_stop - field_start) * min(1 + t / duration, 1.0)) / (mu0 * scale)

    def faces(t, h):
        return electric_field(-np.diff(h, append=applied(t)) * scale / spacing)

    def rate(t, h):
        return -np.diff(faces(t, h)[0], prepend=0.0) / (mu0 * width * scale)

    def jacobian(t, h):
        diffusion = faces(t, h)[1] / (mu0 * width * spacing)
        banded = np.zeros((3, cells))
        banded[0, 1:] = diffusion[:-1]
        banded[1] = -diffusion
        banded[1, 1:] -= diffusion[:-1]
        banded[2, :-1] = diffusion[:-1]
        return banded

    def solve(h, start, stop, wanted, max_step):
        solution = solve_ivp(rate, (start, stop), h, method="LSODA", t_eval=np.append(wanted, stop), jac=jacobian, lband=1, uband=1,
                             rtol=1e-8, atol=1e-11, max_step=max_step)
        if not solution.success:
            raise RuntimeError(f"slab_relaxation: the solver stopped: {solution.message}")
        return solution.y[:, :-1], solution.y[:, -1]

    # Nothing moves at the first instant of the ramp, so that a free step size would leap across all of it.
    ramp, h = solve(np.full(cells, applied(-duration)), -duration, 0.0, ramp_time[ramp_time < 0], duration / 100)
    held, _ = solve(h, 0.0, 1.001 * time[-1] + 1e-9 * duration, time, np.inf)
    if ramp_time[-1] == 0:
        ramp = np.column_stack([ramp, h])
    ramp_h = np.array([applied(t) for t in ramp_time])
    return Relaxation(time, (held.mean(axis=0) - applied(0.0)) * scale, ramp_time, ramp_h * mu0 * scale, (ramp.mean(axis=0) - ramp_h) * scale)


def macroscopic_time(half_width: float, U0: float, temperature: float, E0: float, Jc: float) -> float:
    """Time t0 of logarithmic creep of a whole slab: M(t) = (Jc w/2) [1 - (k_B T/U0) ln(t/t0)].

    t0 = 0.398 mu0 w^2 k_B T/(U0 rho) with rho = E0/Jc. It follows from the late profile E = mu0 w^2 (Jc/(a t)) (u - u^2/2), u = x/w, a =
    U0/(k_B T), of the linear barrier, averaged over the slab; 0.398 = exp(2 int_0^1 u ln(u - u^2/2) du). The size of the sample enters squared: t0
    is no attempt time.

    Parameters
    ----------
    half_width : float
        Half thickness w [m].
    U0 : float
        Barrier at J = 0 [J].
    temperature : float
        Temperature [K].
    E0 : float
        Electric field at Jc [V/m].
    Jc : float
        Barrier-free current density [A/m^2].

    Returns
    -------
    float
        t0 [s].
    """
    return _PROFILE_FACTOR * mu0 * half_width**2 * k_B * temperature * Jc / (U0 * E0)


def effective_barrier(time: ArrayLike, U0: float, temperature: float, t0: float) -> np.ndarray:
    """Barrier U* = -k_B T/(dlnM/dln t) = U0 - k_B T ln(t/t0) that the linear barrier U0 (1 - J/Jc) shows at time t.

    Parameters
    ----------
    time : array of any shape
        Time since the end of the ramp [s].
    U0 : float
        Barrier at J = 0 [J].
    temperature : float
        Temperature [K].
    t0 : float
        Macroscopic time [s], see `macroscopic_time`.

    Returns
    -------
    array of the shape of `time`
        U* [J].

    References
    ----------
    M. R. Beasley, R. Labusch and W. W. Webb, Phys. Rev. 181, 682 (1969).
    """
    return U0 - k_B * temperature * np.log(np.asarray(time, float) / t0)
