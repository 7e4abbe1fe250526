"""Relaxation of a current density by thermally activated hops, integrated step by step as an ordinary differential equation.

    dJ/dt = sweep - (Jc/tau) exp[-U(J)/kT] {1 - exp(-2 (U0/kT) J/Jc)}

It knows no relaxation formula and no quadrature: what `fitkit.physics.rate_equation` and the laws say is tested against it.

Sources: P. W. Anderson and Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964); the barriers are those of `fitkit.physics.barriers`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from fitkit.constants import k_B
from fitkit.errors import FitkitError
from fitkit.physics.barriers import BARRIERS, Barrier, barrier_of_exponent


def current_relaxation(time: ArrayLike, barrier: str | float | Barrier, *, U0: float, temperature: float, Jc: float, tau: float, start: float = 1.0,
                       sweep: float = 0.0, back_hops: bool = True) -> np.ndarray:
    """Current density at given times after J = start Jc.

    Parameters
    ----------
    time : array (n,)
        Times [s], >= 0, rising.
    barrier
        Name in `fitkit.physics.barriers.BARRIERS` ("linear", "three halves", "single vortex", ...), an exponent mu, or a Barrier.
    U0 : float
        Barrier [J], in the convention with 1/mu.
    temperature : float
        Temperature [K].
    Jc : float
        Current density without barrier [A/m^2].
    tau : float
        Time in which J would fall by Jc without barrier [s].
    start : float
        J/Jc at t = 0.
    sweep : float
        dJ/dt [A/(m^2 s)] that a swept field adds.
    back_hops : bool
        Whether hops against the current are counted.

    Returns
    -------
    array (n,)
        J [A/m^2].

    Raises
    ------
    FitkitError
        An unknown barrier, times that do not rise from 0 on, a start outside 0 to 1.
    RuntimeError
        If the solver stops early.

    Notes
    -----
    Radau's implicit method in ln(1 + t/t_s), t_s the time in which J first falls by kT/U0; relative tolerance 1e-10.
    """
    if isinstance(barrier, str):
        if barrier not in BARRIERS:
            raise FitkitError(f"current_relaxation: no barrier '{barrier}'. Barriers: {', '.join(BARRIERS)}; or an exponent mu")
        barrier = BARRIERS[barrier]
    elif not isinstance(barrier, Barrier):
        barrier = barrier_of_exponent(float(barrier))
    time = np.atleast_1d(np.asarray(time, float))
    if np.any(time < 0) or np.any(np.diff(time) <= 0) or not 0 < start <= 1:
        raise FitkitError(f"current_relaxation: wanted rising times >= 0 and 0 < start <= 1, found start = {start:g}, times from {time.min():g} s")
    a = U0 / (k_B * temperature)

    def fall(j):
        rate = math.exp(-a * float(barrier.height(j))) / tau
        return rate * -math.expm1(-2 * a * j) if back_hops else rate

    t_s = 1 / (a * (fall(start) + abs(sweep) / Jc))

    def rhs(s, y):
        j = math.exp(y[0])
        return [(sweep / Jc - fall(min(j, 1.0))) / j * t_s * math.exp(s)]

    s = np.log1p(time / t_s)
    solution = solve_ivp(rhs, (0.0, float(s[-1]) + 1e-9), [math.log(start)], method="Radau", t_eval=s, rtol=1e-10, atol=1e-12)
    if not solution.success:
        raise RuntimeError(f"current_relaxation: the solver stopped: {solution.message}")
    return Jc * np.exp(solution.y[0])
