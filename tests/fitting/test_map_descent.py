"""Maps of laws with several nonlinear parameters: what the small space holds, and the way down to the optimum."""

import math

import numpy as np
import pytest
from scipy.optimize import least_squares

import fitkit as fk

FIELD = np.linspace(-0.03, 0.03, 120)


def spin_orbit(rng, count: int, noise: float = 3e-3):
    """Curves of hln_spin_orbit with a share of their own: (parameters, Y)."""
    law = fk.get_model("hln_spin_orbit")
    params = np.array([[1.0, L, B, share, 0.0, 1 / 3, 0.0] for L, B, share in
                       zip(np.exp(rng.uniform(*np.log([4e-7, 1.5e-6]), count)), np.exp(rng.uniform(*np.log([5e-4, 1e-2]), count)), rng.uniform(0.05, 0.9, count))])
    Y = law.function(FIELD, *params.T[:, :, None])
    return params, Y + noise * np.ptp(Y, axis=1)[:, None] * rng.normal(size=Y.shape) + 2e-6


@pytest.mark.parametrize("background", [["offset"], ["offset", "quadratic"]])
def test_sums_of_squares_are_those_of_the_parameters(background):
    """Computed here from the law on all points: the small space leaves nothing out beside a background that looks like the law."""
    _, Y = spin_orbit(np.random.default_rng(3), 60)
    found = fk.fit_many("hln_spin_orbit", (FIELD, "T"), (Y, "S"), background=background, free=["zeta"], correlation=False)
    values = found.table.values
    left = Y - fk.get_model("hln_spin_orbit").function(FIELD, *values[:, :7].T[:, :, None]) - values[:, 7:] @ np.array([FIELD**0, FIELD**2])[: len(background)]
    assert found.chi2 == pytest.approx(np.einsum("gn,gn->g", left, left), rel=1e-8)


def test_no_lower_sum_of_squares_is_found_by_many_starts():
    """SciPy from 12 starts a curve finds none that is lower by more than 1e-5."""
    rng = np.random.default_rng(5)
    params, Y = spin_orbit(rng, 12)
    law = fk.get_model("hln_spin_orbit").function
    found = fk.fit_many("hln_spin_orbit", (FIELD, "T"), (Y, "S"), background=["offset"], free=["zeta"], correlation=False)
    for row, y in enumerate(Y):
        def residuals(theta):
            left = y - law(FIELD, 1.0, math.exp(theta[0]), math.exp(theta[1]), theta[2], 0.0, 1 / 3, 0.0)
            return (left - left.mean()) * 1e5

        lowest = math.inf
        for _ in range(12):
            start = [math.log(params[row, 1]) + rng.normal(), math.log(params[row, 2]) + rng.normal(), rng.uniform(0.1, 0.9)]
            lowest = min(lowest, 2e-10 * least_squares(residuals, start, bounds=([-18, -15, 0], [-9, 3, 1]), xtol=1e-12, ftol=1e-12).cost)
        assert found.chi2[row] <= lowest * (1 + 1e-5), row


def test_where_all_is_determined_a_further_step_changes_nothing():
    """Gauss-Newton steps on all points from the optimum of the map move no parameter by more than 1e-6 of its error."""
    _, Y = spin_orbit(np.random.default_rng(8), 200, noise=1e-3)
    found = fk.fit_many("hln_spin_orbit", (FIELD, "T"), (Y, "S"), background=["offset"], correlation=False)
    law = fk.get_model("hln_spin_orbit")
    names = ["L_phi", "B_so", "offset"]
    fine = np.flatnonzero(np.all([found.verdicts[name] == 0 for name in names], axis=0))
    assert len(fine) > 50
    for row in fine[:40]:
        values = found.table.values[row]
        gradient = law.gradient(FIELD, *values[:7])
        jacobian = np.array([gradient[1] * values[1], gradient[2] * values[2], np.ones_like(FIELD)]).T
        left = Y[row] - law.function(FIELD, *values[:7]) - values[7]
        scale = np.linalg.norm(jacobian, axis=0)
        step = np.linalg.lstsq(jacobian / scale, left, rcond=None)[0] / scale
        errors = found.table.errors[row, [1, 2, 7]] / np.array([values[1], values[2], 1.0])
        assert np.all(np.abs(step) < 1e-6 * errors), row


@pytest.mark.parametrize("free", [["alpha"], ["alpha", "zeta"]], ids=" and ".join)
def test_a_free_prefactor_is_sought_with_both_signs(free):
    """Antilocalization of strong spin-orbit scattering and a negative prefactor look alike: no curve is left above the parameters that it was made of."""
    rng, count, field = np.random.default_rng(2), 300, np.linspace(-0.1, 0.1, 161)
    alpha, L_phi, B_so = rng.uniform(0.5, 4, count), np.exp(rng.uniform(*np.log([2e-7, 2e-6]), count)), np.exp(rng.uniform(*np.log([5e-3, 0.3]), count))
    zeta = rng.uniform(0.02, 0.9, count) if "zeta" in free else np.full(count, 1 / 3)
    clean = fk.get_model("hln_spin_orbit").function(field, *(one[:, None] for one in (alpha, L_phi, B_so, zeta)), 0.0, 1 / 3, 0.0)
    Y = clean + rng.normal(size=clean.shape) * 0.01 * np.ptp(clean, axis=1)[:, None]
    found = fk.fit_many("hln_spin_orbit", (field, "T"), (Y, "S"), background=["offset"], free=free, correlation=False)
    left = Y - clean
    left -= left.mean(axis=1)[:, None]
    above = np.flatnonzero(found.chi2 > np.einsum("gn,gn->g", left, left))
    assert not len(above), above


def test_amplitudes_that_cancel_do_not_hide_the_minimum():
    """Two classes of Dirac electrons with amplitudes of hundreds that cancel nearly explain many curves: none is left above the parameters that it was made of."""
    rng, count, field, law = np.random.default_rng(3), 200, np.linspace(-0.5, 0.5, 151), fk.get_model("dirac")
    params = np.array([[rng.uniform(0.1, 0.5), rng.uniform(-0.5, -0.2), math.exp(rng.uniform(*np.log([1e-7, 4e-7]))), math.exp(rng.uniform(*np.log([0.5, 3]))), 0.0]
                       for _ in range(count)])
    clean = law.function(field, *params.T[:, :, None])
    Y = clean + rng.normal(size=clean.shape) * 0.01 * np.ptp(clean, axis=1)[:, None]
    found = fk.fit_many("dirac", (field, "T"), (Y, "S"), background=["offset"], correlation=False)
    left = Y - clean
    left -= left.mean(axis=1)[:, None]
    above = np.flatnonzero(found.chi2 > np.einsum("gn,gn->g", left, left))
    assert not len(above), above
