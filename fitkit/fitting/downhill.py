"""Levenberg-Marquardt steps for many curves at once, in numpy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .verdict import RELATIVE

SLACK = 3e-14             # relative to the sum of squares: comparing rounded sums stalls
_FLAT = 1e-4              # of the variance of the noise: a sum of squares that gains no more in a step does not tell the parameters any better
_SAME = 0.03              # part of the way down to a known optimum by which the paraboloid may miss it
_FEW = 4                  # steps after which a start must promise something beside an optimum that is known


def levenberg_many(evaluate, target: np.ndarray, theta: np.ndarray, free: np.ndarray, low: np.ndarray, high: np.ndarray, log: np.ndarray,
                   most: int = 200, rivals: bool = False, by_row: bool = False, noise: np.ndarray | None = None,
                   known: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None, linear: Sequence[int] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Levenberg-Marquardt steps for many curves at once, each with its own damping, inside bounds.

    Parameters
    ----------
    evaluate
        ``evaluate(theta (g, P)) -> weighted values (g, N), weighted derivatives by the free parameters (g, V, N)``.
    target
        Weighted data, shape (G, N).
    theta
        Starts [SI], shape (G, P), inside the bounds.
    free
        Positions of the V free parameters; ``low``, ``high`` their bounds, ``log`` whether they enter as logarithms.
    rivals
        The rows are starts for one curve: when one has arrived, those that creep above it are given up, and all far
        above it a few steps later; the last digits are left to what follows.
    by_row
        Every row has a curve of its own: ``evaluate(theta, rows)`` is told which.
    noise
        Variances (G,) of the weighted data: a curve in which a variable is not determined is left where the sum of squares has
        become flat beside it, and does not creep to the end of a valley.
    known
        Free parameters (G, V) and sums of squares (G,) of optima that are known, and the largest sums (G,) from which it is worth to go
        on after a few steps: a curve in whose paraboloid the known one lies is on its way to it. This one, and those that
        creep far above, are given up with an infinite sum of squares.
    linear
        Positions among the free ones in which the values are linear (no logarithms): these follow the others exactly, so that no step goes along the
        bent valleys of an amplitude and a length.

    Returns
    -------
    values (G, P), sum of squares (G,); infinite where the start is not finite.
    """
    theta = np.array(theta, float)
    theta[:, free] = np.where(log, np.maximum(theta[:, free], 1e-300), theta[:, free])
    value, gradient = evaluate(theta, np.arange(len(theta))) if by_row else evaluate(theta)
    followers = np.asarray(linear, int)
    rest = target - value
    if len(followers):
        places = theta[:, free]
        rest = _followed(followers, low, high, places, rest, gradient)
        theta[:, free] = places
    chi2 = np.einsum("gn,gn->g", rest, rest)
    rows = np.flatnonzero(np.isfinite(chi2) & np.isfinite(gradient).all(axis=(1, 2)))  # that still move
    chi2[~np.isfinite(chi2)] = np.inf
    if not len(free):
        return theta, chi2
    logs, diagonal = np.flatnonzero(log), np.arange(len(free))

    def moments(here, rest, gradient):
        if len(logs):
            gradient[:, logs] *= here[:, logs, None]
        return np.einsum("gvn,gn->gv", gradient, rest), gradient @ gradient.transpose(0, 2, 1)

    full, y, here, square = theta[rows], target[rows], theta[rows][:, free], chi2[rows]
    slack = SLACK * np.einsum("gn,gn->g", y, y)
    right, gram = moments(here, rest[rows], gradient[rows])
    damping = np.full(len(rows), 1e-4)
    largest = np.full((len(rows), len(free)), 1e-300)  # curvatures met so far: a variable whose column fades is not sent far away
    growth, more = np.full(len(rows), 8.0), 1.0 if noise is None else 4.0  # of the damping where a step fails: ever more, until one does not
    hope = np.full(len(rows), np.inf)  # what a rival may still gain in a step
    arrived = 0  # turns that the first to arrive has taken
    close = (1e-8, 1e-8) if rivals else (1e-13, 1e-12)
    lower, upper = (np.tile(one, (len(rows), 1)) for one in (low, high))   # quicker than a row of V numbers for all of them
    for turn in range(most):
        if not len(rows):
            break
        pinned = ((here <= lower[: len(rows)]) & (right < 0)) | ((here >= upper[: len(rows)]) & (right > 0))
        np.maximum(largest, gram[:, diagonal, diagonal], out=largest)
        scale = np.sqrt(largest)
        m = gram / (scale[:, :, None] * scale[:, None, :])
        if pinned.any():
            m[pinned[:, :, None] | pinned[:, None, :]] = 0.0
            m[:, diagonal, diagonal] += np.where(pinned, 1.0, damping[:, None] + 1e-15)
        else:
            m[:, diagonal, diagonal] += damping[:, None] + 1e-15
        step = np.linalg.solve(m, np.where(pinned, 0.0, right / scale)[:, :, None])[:, :, 0] / scale
        with np.errstate(all="ignore"):
            trial = here + step
            if len(logs):
                trial[:, logs] = here[:, logs] * np.exp(np.minimum(np.maximum(step[:, logs], -2.0), 2.0))
            np.maximum(trial, lower[: len(rows)], out=trial)
            np.minimum(trial, upper[: len(rows)], out=trial)
            moved = trial - here
            if len(logs):
                moved[:, logs] = np.log(np.maximum(trial[:, logs], 1e-300) / np.maximum(here[:, logs], 1e-300))
            predicted = np.einsum("gv,gv->g", moved, 2 * right - np.einsum("gvw,gw->gv", gram, moved))
            full[:, free] = trial
            value, gradient = evaluate(full, rows) if by_row else evaluate(full)
            rest = _followed(followers, low, high, trial, y - value, gradient) if len(followers) else y - value
            new = np.einsum("gn,gn->g", rest, rest)
            gain = square - new
            new_right, new_gram = moments(trial, rest, gradient)
            better = (gain >= -slack) & np.isfinite(new_right).all(axis=1) & np.isfinite(new_gram[:, diagonal, diagonal]).all(axis=1)
            still = np.abs(gain) <= close[0] * new + slack
            done = better & still & (predicted <= close[1] * new + slack)
            as_hoped = (gain > 0.25 * predicted) | still
        if noise is not None:
            flat = np.flatnonzero(better & (np.maximum(np.abs(gain), predicted) <= _FLAT * noise[rows]) & (damping < 1e-2))
            done[flat[_vague(m[flat], scale[flat], log, noise[rows[flat]])]] = True
        if better.all():
            here, square, right, gram = trial, new, new_right, new_gram
        elif better.any():
            here, square, right = np.where(better[:, None], trial, here), np.where(better, new, square), np.where(better[:, None], new_right, right)
            gram = np.where(better[:, None, None], new_gram, gram)
        damping = np.where(better & as_hoped, np.where(damping > 1e-14, damping / 10, 0.0), np.where(better, damping * 3, np.maximum(damping * growth, 1e-8)))
        growth = np.where(better, 8.0, more * growth)
        going = ~done & (damping < 1e12)
        if rivals or known is not None:
            hope = np.where(better, np.maximum(predicted, gain), hope / 2 if rivals else hope)
        if rivals:
            if done.any() and not arrived:
                arrived = turn + 1
            if arrived:
                lowest = min(square.min(), chi2.min())
                going &= (square - 10 * hope < lowest) & ((turn < arrived + 2) | (square < 1.2 * lowest))
        lost = np.zeros(len(rows), bool)
        if known is not None:
            there, least, worth = (one[rows] for one in known)
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                away = np.where(log, np.log(there / np.maximum(here, 1e-300)), there - here)
                fall = np.einsum("gv,gv->g", away, 2 * right - np.einsum("gvw,gw->gv", gram, away))
                lost = np.isfinite(least) & (np.abs(square - fall - least) <= _SAME * np.abs(square - least) + slack)   # on its way to the known one
            if turn == 1:
                lost |= (growth > 100) & ~(square < 20 * worth)   # no step has succeeded, and it is a long way
            if turn == _FEW - 1:
                lost |= ~(square < worth) | (np.max(np.abs(here - there) / (np.abs(here) + np.abs(there) + 1e-300), axis=1) <= 1e-3)
            if noise is not None and turn >= 2 * _FEW:
                lost |= square - 30 * hope > least + 9 * noise[rows]   # creeps, far above
            going &= ~lost
        if going.all():
            continue
        stop, kept = np.flatnonzero(~going), np.flatnonzero(going)
        theta[rows[stop, None], free], chi2[rows[stop]] = here[stop], np.where(lost, np.inf, square)[stop]
        rows, full, y, here, square, slack, right, gram, damping, growth, largest, hope = (
            one.take(kept, axis=0) for one in (rows, full, y, here, square, slack, right, gram, damping, growth, largest, hope))
    theta[rows[:, None], free], chi2[rows] = here, square
    return theta, chi2


def _followed(linear: np.ndarray, low: np.ndarray, high: np.ndarray, places: np.ndarray, rest: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """What is left (g, N) once the linear variables have taken their best values beside the others; these are written into ``places`` (g, V)."""
    columns = gradient[:, linear]
    norms = np.sqrt(np.einsum("gkn,gkn->gk", columns, columns))
    with np.errstate(all="ignore"):
        columns = columns / norms[:, :, None]
        gram, right = columns @ columns.transpose(0, 2, 1), np.einsum("gkn,gn->gk", columns, rest)
        fine = np.isfinite(gram).all(axis=(1, 2)) & np.isfinite(right).all(axis=1)
        gram = np.where(fine[:, None, None], gram, np.eye(len(linear))) + 1e-12 * np.eye(len(linear))
        change = np.linalg.solve(gram, np.where(fine[:, None], right, 0.0)[:, :, None])[:, :, 0]
        best = places[:, linear] + change / norms
        fine &= ((best >= low[linear]) & (best <= high[linear])).all(axis=1)
        places[:, linear] = np.where(fine[:, None], best, places[:, linear])
        return np.where(fine[:, None], rest - np.einsum("gk,gkn->gn", change, columns), rest)


def _vague(gram: np.ndarray, scale: np.ndarray, log: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Whether a variable that enters as a logarithm is far from being determined; ``gram`` (G, V, V) is that of variables of the size 1/``scale``."""
    size = gram.shape[1]
    variances = np.linalg.inv(gram + 1e-14 * np.eye(size))[:, range(size), range(size)] * noise[:, None]
    return np.any(log & (variances > (2 * RELATIVE * scale) ** 2), axis=1)
