"""Weak localization from random walks: the magnetoconductance of a film, made of the areas of closed diffusion paths.

An electron and its time-reversed partner interfere on every closed path; a field B turns the phase of a path of area A by 2 e B A/hbar. A diffusive
film therefore gains conductance

    delta sigma = (2 e^2 D/(pi hbar)) int dt p(t) exp(-t/tau_phi) <1 - cos(2 e B A/hbar)>,       p(t) = 1/(4 pi D t),

the mean taken over the closed paths of duration t. Paths of all durations are scaled copies of paths with D t = 1, A = a D t, for which the integral
over time is exact and leaves a mean over the areas a alone. The areas come from walks, step by step: no Cooperon and no digamma function is used.

Sources: G. Bergmann, Phys. Rep. 107, 1 (1984); S. Chakravarty and A. Schmid, Phys. Rep. 140, 193 (1986).
"""

from typing import Iterator

import numpy as np
from numpy.typing import ArrayLike

from fitkit.constants import G0, e, hbar
from fitkit.errors import FitkitError

_STEPS_AT_ONCE = 2**20      # walks are drawn in blocks of about so many steps: part of the definition of a seed's areas
_VALUES_AT_ONCE = 2**18     # loops x fields per block, small enough for the processor's cache


def loop_areas(n_loops: int, n_steps: int, seed: int) -> np.ndarray:
    """Algebraic areas of closed random walks in the plane, in units of D t.

    Each walk has `n_steps` Gaussian steps of variance 2/n_steps in x and in y, less their mean, so that it ends where it began. A polygon encloses
    less than the path through its corners: <a^2> = (1/3)(1 - 1/n)(1 - 2/n), not 1/3, and the areas are scaled up by that much.

    Parameters
    ----------
    n_loops : int
        Number of walks.
    n_steps : int
        Steps of each walk, at least 3; 300 and more for fields up to 100 B_phi.
    seed : int
        Seed of ``numpy.random.default_rng``.

    Returns
    -------
    array (n_loops,)
        Areas a, of either sign.

    Raises
    ------
    FitkitError
        For fewer than one loop or three steps.
    """
    if n_loops < 1 or n_steps < 3:
        raise FitkitError(f"loop_areas: wanted 1 loop or more of 3 steps or more, found {n_loops} of {n_steps}")
    rng = np.random.default_rng(seed)
    areas = np.empty(n_loops)
    block = max(_STEPS_AT_ONCE // n_steps, 1)
    for first in range(0, n_loops, block):
        out = areas[first:first + block]
        dx, dy = rng.standard_normal((2, len(out), n_steps))
        dx -= dx.mean(axis=1, keepdims=True)
        dy -= dy.mean(axis=1, keepdims=True)
        x = np.cumsum(dx, axis=1)
        x -= dx / 2                         # the middle of each step: the area is the sum of x dy round the polygon
        out[:] = np.einsum("ij,ij->i", x, dy)
    return areas * 2 / np.sqrt((n_steps - 1) * (n_steps - 2))       # variance 2/n of a step, times n/sqrt((n-1)(n-2))


def magnetoconductance(areas: ArrayLike, field: ArrayLike, L_phi: float) -> np.ndarray:
    """Magnetoconductance of a diffusive film without spin-orbit coupling, from loop areas.

    delta sigma = G0 <(1/2) ln(1 + (a B/(2 B_phi))^2)> with B_phi = hbar/(4 e L_phi^2): the integral over the durations is exact.

    Parameters
    ----------
    areas : array (n_loops,)
        Areas in units of D t, see `loop_areas`.
    field : array of any shape
        Flux density B [T].
    L_phi : float
        Phase coherence length [m].

    Returns
    -------
    array of the shape of `field`
        sigma(B) - sigma(0) of a square [S], spin degeneracy included: even in B, 0 at B = 0, positive.
    """
    return G0 * np.array([gain.mean() for gain in _gains(areas, field, L_phi)]).reshape(np.shape(field))


def magnetoconductance_error(areas: ArrayLike, field: ArrayLike, L_phi: float) -> np.ndarray:
    """Standard error of `magnetoconductance` that a finite number of loops leaves.

    All fields share the same loops, so that the errors of neighbouring fields are almost the same number, not independent ones.

    Parameters
    ----------
    areas, field, L_phi
        As in `magnetoconductance`.

    Returns
    -------
    array of the shape of `field`
        One standard error [S].
    """
    errors = [gain.std(ddof=1) / np.sqrt(gain.size) for gain in _gains(areas, field, L_phi)]
    return G0 * np.array(errors).reshape(np.shape(field))


def _gains(areas: ArrayLike, field: ArrayLike, L_phi: float) -> Iterator[np.ndarray]:
    """(1/2) ln(1 + (a B/(2 B_phi))^2) of every loop, one field after the other; the array is used again for the next field."""
    squares = np.asarray(areas, float) ** 2
    B_phi = hbar / (4 * e * L_phi**2)
    gain = np.empty_like(squares)
    for b in np.ravel(field) / (2 * B_phi):
        for first in range(0, squares.size, _VALUES_AT_ONCE):
            block = slice(first, first + _VALUES_AT_ONCE)
            np.log1p(np.multiply(squares[block], b * b, out=gain[block]), out=gain[block])
        gain *= 0.5
        yield gain
