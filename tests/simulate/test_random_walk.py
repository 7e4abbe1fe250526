"""Random walks against Levy's area and against the Hikami-Larkin-Nagaoka formula, which they do not use."""

import numpy as np
import pytest
from scipy.special import digamma

from fitkit.constants import G0, e, hbar
from fitkit.errors import FitkitError
from fitkit.simulate import film_sample, loop_areas, magnetoconductance, magnetoconductance_error
from fitkit.simulate.samples import FILM_TRAPPED_FIELD, film_bridges

L_PHI = 100e-9
B_PHI = hbar / (4 * e * L_PHI**2)


@pytest.fixture(scope="module")
def areas():
    return loop_areas(200_000, 300, seed=1)


def test_areas_have_the_variance_and_kurtosis_of_brownian_loops(areas):
    """<cos(k a)> = k/sinh k (P. Levy 1951) for variance 2 D t per direction: <a^2> = 1/3, <a^4> = 7/15."""
    error = areas.var() * np.sqrt(2 / areas.size) * 2
    assert areas.mean() == pytest.approx(0, abs=4 * areas.std() / np.sqrt(areas.size))
    assert np.mean(areas**2) == pytest.approx(1 / 3, abs=4 * error)
    assert np.mean(areas**4) == pytest.approx(7 / 15, rel=0.05)
    k = np.array([0.5, 1.0, 3.0])
    np.testing.assert_allclose([np.cos(x * areas).mean() for x in k], k / np.sinh(k), atol=6e-3)


def test_few_steps_keep_the_variance():
    """The polygon's bias is removed exactly in <a^2>, even for 5 steps."""
    assert np.mean(loop_areas(400_000, 5, seed=2) ** 2) == pytest.approx(1 / 3, rel=0.02)


def test_a_seed_is_a_sample():
    np.testing.assert_array_equal(loop_areas(5000, 30, seed=3), loop_areas(5000, 30, seed=3))
    assert not np.allclose(loop_areas(50, 30, seed=3), loop_areas(50, 30, seed=4))


def test_agrees_with_hikami_larkin_nagaoka(areas):
    b = np.array([0.03, 0.3, 1, 3, 10, 30, 100])
    measured, error = magnetoconductance(areas, b * B_PHI, L_PHI), magnetoconductance_error(areas, b * B_PHI, L_PHI)
    exact = G0 * (digamma(0.5 + 1 / b) + np.log(b))
    assert np.all(np.abs(measured - exact) < 4 * error)
    assert np.all(error < 5e-3 * exact)


def test_low_field_sign_and_size(areas):
    """A small field raises the conductance by G0 (B/B_phi)^2/24, whatever its sign, and no field changes nothing."""
    b = 1e-3
    gain = magnetoconductance(areas, [[b * B_PHI, -b * B_PHI, 0.0]], L_PHI)
    assert gain.shape == (1, 3) and gain[0, 2] == 0 and gain[0, 0] == gain[0, 1] > 0
    assert gain[0, 0] == pytest.approx(G0 * b**2 / 24, rel=0.02)


def test_depends_on_field_over_B_phi_only(areas):
    np.testing.assert_allclose(magnetoconductance(areas, 0.05, 200e-9), magnetoconductance(areas, 0.2, 100e-9), rtol=1e-12)


def test_wrong_calls():
    for loops, steps in ((0, 100), (100, 2)):
        with pytest.raises(FitkitError):
            loop_areas(loops, steps, seed=1)


def test_film_has_its_cusps_at_the_trapped_field():
    film = film_sample(n_loops=20_000).columns
    coldest = film["temperature"] < 2.5
    assert set(film["direction"]) == {-1.0, 1.0}
    for direction in (-1, 1):
        sweep = coldest & (film["direction"] == direction)
        field, resistance = film["field"][sweep], film["resistance"][sweep]
        assert np.all(np.sign(np.diff(field)) == direction)
        near = np.abs(field - direction * FILM_TRAPPED_FIELD) < 1.5e-3
        mirror = np.abs(field + direction * FILM_TRAPPED_FIELD) < 1.5e-3
        assert resistance[near].mean() > resistance[mirror].mean() + 0.5


def test_bridges_mix_even_and_odd_parts():
    field = np.array([-0.3, 0.0, 0.3])
    interference = np.array([2e-5, 0.0, 2e-5])
    longitudinal, hall = film_bridges(interference, field)
    assert longitudinal[1] == pytest.approx(600) and longitudinal[0] + longitudinal[2] < 1200
    assert 0 < longitudinal[2] - longitudinal[0] < 0.3
    assert hall[2] - hall[0] == pytest.approx(0.6 / (1e19 * e), rel=0.02)


@pytest.mark.slow
def test_a_million_loops_agree_with_hikami_larkin_nagaoka():
    areas = loop_areas(1_000_000, 400, seed=10)
    b = np.geomspace(0.01, 300, 25)
    exact = G0 * (digamma(0.5 + 1 / b) + np.log(b))
    assert np.all(np.abs(magnetoconductance(areas, b * B_PHI, L_PHI) - exact) < 4 * magnetoconductance_error(areas, b * B_PHI, L_PHI))
