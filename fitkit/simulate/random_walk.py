"""Weak localization from random walks: the magnetoconductance of a film, a strip or a thick conductor, made of the areas of closed diffusion paths.

An electron and its time-reversed partner interfere on every closed path; a field B turns the phase of a path of area A by 2 e B A/hbar. A diffusive
film therefore gains conductance

    delta sigma = (2 e^2 D/(pi hbar)) int dt p(t) exp(-t/tau_phi) <1 - cos(2 e B A/hbar)>,       p(t) = 1/(4 pi D t),

the mean taken over the closed paths of duration t. Paths of all durations are scaled copies of paths with D t = 1, A = a D t, for which the integral
over time is exact and leaves a mean over the areas a alone. The areas come from walks, step by step: no Cooperon and no digamma function is used.

A spin that is turned on the way, U after the path and its inverse after the reversed one, weighs the interference of the path with Tr(U^2)/2: 1 without
spin-orbit coupling, -1/2 in the mean over all rotations. The turns are made step by step too.

Sources: G. Bergmann, Phys. Rep. 107, 1 (1984); S. Chakravarty and A. Schmid, Phys. Rep. 140, 193 (1986).
"""

from collections.abc import Iterator

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
    _check("loop_areas", n_loops, n_steps)
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


def _check(name: str, n_loops: int, n_steps: int) -> None:
    if n_loops < 1 or n_steps < 3:
        raise FitkitError(f"{name}: wanted 1 loop or more of 3 steps or more, found {n_loops} of {n_steps}")


def magnetoconductivity(areas: ArrayLike, field: ArrayLike, L_phi: float) -> np.ndarray:
    """Magnetoconductivity of a conductor that is thick in all directions, from the areas of its loops seen along the field.

    p(t) = (4 pi D t)^(-3/2); delta sigma = (G0/L_phi) <Re sqrt(1 + i a B/(2 B_phi)) - 1>: the integral over the durations is exact.

    Parameters
    ----------
    areas, field, L_phi
        As in `magnetoconductance`; the projection of a three-dimensional walk is a walk in the plane.

    Returns
    -------
    array of the shape of `field`
        sigma(B) - sigma(0) [S/m].
    """
    areas = np.asarray(areas, float)
    B_phi = hbar / (4 * e * L_phi**2)
    gain = [np.mean(np.sqrt((1 + np.hypot(1, areas * b)) / 2) - 1) for b in np.ravel(field) / (2 * B_phi)]     # Re sqrt(1 + i z)
    return G0 / L_phi * np.array(gain).reshape(np.shape(field))


def magnetoconductance_spin_orbit(field: ArrayLike, L_phi: float, *, L_so: float | None = None, L_rashba: float | None = None, n_loops: int = 8000,
                                  n_steps: int = 200, n_times: int = 32, seed: int = 0) -> np.ndarray:
    """Magnetoconductance of a diffusive film with spin-orbit coupling.

    Parameters
    ----------
    field : array of any shape
        Flux density B [T].
    L_phi : float
        Phase coherence length [m].
    L_so : float, optional
        Spin-orbit scattering: turns about random axes in space, of rate 1/tau_so = <angle^2>/(4 time), L_so = sqrt(D tau_so) [m].
    L_rashba : float, optional
        Precession about the axis in the plane at right angles to each step, by the angle (length of the step)/L_rashba [m]; L_rashba = hbar^2/(2 m alpha_R).
    n_loops, n_steps, seed
        As in `loop_areas`.
    n_times : int
        Durations of the paths, from 1e-4 to 15 dephasing times or until a spin is long turned, in equal steps of the logarithm.

    Returns
    -------
    array of the shape of `field`
        sigma(B) - sigma(0) of a square [S], with the noise of a finite number of loops (about G0 times 0.1/sqrt(n_loops)).

    Raises
    ------
    FitkitError
        For fewer than one loop or three steps.
    """
    _check("magnetoconductance_spin_orbit", n_loops, n_steps)
    rng = np.random.default_rng(seed)
    largest = float(np.abs(field).max())
    first = min(1e-4, 1e-2 * hbar / (4 * e * L_phi**2) / max(largest, 1e-300))   # shorter paths enclose no flux
    times = np.geomspace(first, 15.0, n_times)                                     # in units of tau_phi
    sums = np.zeros((n_times, np.size(field)))
    block = max(_VALUES_AT_ONCE // n_times, 1)
    for begin in range(0, n_loops, block):
        count = min(block, n_loops - begin)
        dx, dy = rng.standard_normal((2, count, n_steps)) * np.sqrt(2 / n_steps)
        dx, dy = dx - dx.mean(axis=1, keepdims=True), dy - dy.mean(axis=1, keepdims=True)
        x = np.cumsum(dx, axis=1) - dx / 2
        areas = np.einsum("ij,ij->i", x, dy) * n_steps / np.sqrt((n_steps - 1) * (n_steps - 2))
        spin = _spin_factors(rng, dx, dy, np.sqrt(times) * L_phi, L_so, L_rashba)
        for number, time in enumerate(times):
            phase = np.multiply.outer(np.ravel(field), areas) * (2 * e * L_phi**2 * time / hbar)
            sums[number] += (1 - np.cos(phase)) @ spin[number]
    integrand = np.exp(-times)[:, None] * sums / n_loops                          # of d ln t
    return G0 * _over_logarithm(integrand, times).reshape(np.shape(field))


def _over_logarithm(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Trapezoidal integral over ln t, the first axis."""
    return np.einsum("ij,i->j", (values[1:] + values[:-1]) / 2, np.diff(np.log(times)))


def _spin_factors(rng, dx, dy, lengths, L_so, L_rashba) -> np.ndarray:
    """Tr(U^2)/2 = 2 q_0^2 - 1 of every loop at every duration (its length sqrt(D t)), shape (durations, loops); U as unit quaternions."""
    count, n_steps = dx.shape
    q = np.zeros((4, len(lengths), count))
    q[0] = 1.0
    if L_so is None and L_rashba is None:
        return 2 * q[0] ** 2 - 1
    scale = lengths[:, None]
    for k in range(n_steps):
        half = np.zeros((3, len(lengths), count))     # half the vector angle of this step
        if L_rashba is not None:
            half[1] += dx[:, k] * scale / (2 * L_rashba)
            half[0] -= dy[:, k] * scale / (2 * L_rashba)
        if L_so is not None:
            half += rng.standard_normal((3, 1, count)) * scale / L_so / np.sqrt(3 * n_steps)     # <angle^2> = 4 t/tau_so in all
        size = np.sqrt(np.einsum("cij,cij->ij", half, half))
        cosine, turn = np.cos(size), np.sinc(size / np.pi) * half
        w, v = q[0].copy(), q[1:].copy()
        q[0] = w * cosine - np.einsum("cij,cij->ij", v, turn)
        q[1:] = w * turn + v * cosine + np.cross(v, turn, axis=0)
    return 2 * q[0] ** 2 - 1


def strip_magnetoconductance(field: ArrayLike, L_phi: float, width: float, n_loops: int = 1200, n_times: int = 26, steps_per_width: int = 250, seed: int = 0) -> np.ndarray:
    """Magnetoconductance of a strip of finite width without spin-orbit coupling, the edges reflecting.

    Along the strip a path is a closed walk; across it ends at one of the mirror images of its start, chosen by their weight, and is folded back. With
    fewer steps than 250 T/W^2 the area is too small (T = D t): steps_per_width.

    Parameters
    ----------
    field : array of any shape
        Flux density B [T], perpendicular.
    L_phi, width : float
        Phase coherence length and width [m], width not below 0.2 L_phi (the number of steps grows as (L_phi/width)^2).
    n_loops, n_times, seed
        Walks for each duration, durations, seed.

    Returns
    -------
    array of the shape of `field`
        sigma(B) - sigma(0) of a square [S].

    Raises
    ------
    FitkitError
        For a width below 0.2 L_phi.
    """
    if width < 0.2 * L_phi:
        raise FitkitError(f"strip_magnetoconductance: width = {width / L_phi:.2g} L_phi wants too many steps; from 0.2 on")
    rng = np.random.default_rng(seed)
    durations = np.geomspace(1e-3 * width**2, 12 * L_phi**2, n_times)            # D t [m2]
    wave = 2 * e * np.ravel(field) / hbar
    integrand = np.empty((n_times, len(wave)))
    images = np.arange(-60, 61)
    for number, duration in enumerate(durations):
        n_steps = int(min(max(100, steps_per_width * duration / width**2), 40_000))
        gain, done, block = np.zeros(len(wave)), 0, max(2**21 // n_steps, 1)
        while done < n_loops:
            count = min(block, n_loops - done)
            start = rng.uniform(0, width, count)
            ends = np.concatenate((start[:, None] + 2 * width * images, -start[:, None] + 2 * width * images), axis=1)
            weights = np.exp(-(ends - start[:, None]) ** 2 / (4 * duration))
            total = weights.sum(axis=1)
            chosen = (np.cumsum(weights, axis=1) < (rng.uniform(size=count) * total)[:, None]).sum(axis=1)
            away = ends[np.arange(count), np.minimum(chosen, ends.shape[1] - 1)] - start
            dx, dy = rng.standard_normal((2, count, n_steps)) * np.sqrt(2 * duration / n_steps)
            dx -= dx.mean(axis=1, keepdims=True)
            dy += (away / n_steps - dy.mean(axis=1))[:, None]
            y = start[:, None] + np.cumsum(dy, axis=1) - dy / 2
            y = np.abs((y + width) % (2 * width) - width)                        # folded back between the edges
            areas = np.einsum("ij,ij->i", y, dx)
            gain += (1 - np.cos(np.multiply.outer(wave, areas))) @ total
            done += count
        # 4 pi G0 int dT exp(-T/L_phi^2) p_x p_y <1 - cos>, p_x p_y = (images)/(4 pi T)
        integrand[number] = np.exp(-duration / L_phi**2) * gain / n_loops
    return G0 * _over_logarithm(integrand, durations).reshape(np.shape(field))
