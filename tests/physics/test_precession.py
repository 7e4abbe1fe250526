"""The triplet part of weak antilocalization with spin precession against its series of digammas in many digits, also where roots of its denominator meet."""

import mpmath as mp
import numpy as np
import pytest

import fitkit as fk
from fitkit.physics.precession import triplets, triplets_and_slopes, triplets_sketch

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.filterwarnings("ignore:Descending:DeprecationWarning")]  # of newer mpmath, about polyroots


def exact(c, b, h):
    """T by polynomial roots, complex digammas and the closed integral."""
    p2, p1, p0 = b - 4 * h, 4 * h * c - 1, 2 * h - b
    roots = mp.polyroots([1, p2, p1, p0], maxsteps=500, extraprec=500)
    total = sum((1 + 4 * h * a / (3 * a * a + 2 * p2 * a + p1)) * mp.psi(0, mp.mpf(3) / 2 + c - a) for a in roots)
    q, r = 2 * c + b - 4 * h, c * (c + b)
    d = mp.sqrt(mp.mpc(4 * r - q * q))
    first = c + mp.mpf(1) / 2
    integral = (2 / d * (mp.pi / 2 - mp.atan(q / d))).real
    return 1 / first + (2 * first + 1 + b) / ((first + 1) * (first + b) - 2 * h) + mp.log(c * c * (c + b)) - 4 * h * integral - total.real


def places():
    random = np.random.default_rng(1)
    h = 10 ** random.uniform(-4, 5, 40)
    b = h * np.where(random.random(40) < 0.5, 1, 1 + 10 ** random.uniform(-2, 2, 40))
    meeting = [(0.5600439410687396, 0.3313006762055773, 0.3313006762055773), (14244.993102711403, 14244.782893408139, 610.9123699238329),
               (0.5062769372303457, 0.4352242366951891, 0.4352242366951891)]  # two roots a hundredth of their size apart
    return np.concatenate([np.array([b + 10 ** random.uniform(-4, 5, 40), b, h]), np.array(meeting).T], axis=1)


def test_triplets_against_mpmath():
    """Value and logarithmic derivatives; those are of the order of one, as the curve is in units of G0."""
    rows = places()
    value, *slopes = triplets_and_slopes(*rows)
    assert np.abs(triplets(*rows) - value).max() < 1e-13
    with mp.workdps(50):
        step = mp.mpf(10) ** -15
        for index, place in enumerate(rows.T):
            given = [mp.mpf(float(one)) for one in place]
            assert abs(float(value[index] - exact(*given))) < 1e-13
            for which in range(3):
                up, down = ([one * (1 + side * step) if k == which else one for k, one in enumerate(given)] for side in (1, -1))
                wanted = (exact(*up) - exact(*down)) / (2 * step)
                assert abs(float(slopes[which][index] * place[which] - wanted)) < 1e-12


def test_a_long_array_is_the_sum_of_its_pieces():
    rows = np.tile(places(), (1, 300))
    np.testing.assert_array_equal(triplets(*rows)[:43], triplets(*rows)[-43:])
    assert triplets(*rows[:, :0]).shape == (0,) and triplets_and_slopes(*rows[:, :0]).shape == (4, 0)


def test_the_sketch_is_near():
    """What the scan of starts is shown: within 0.03 in units of G0, broadcast like the law."""
    random = np.random.default_rng(2)
    c = 10 ** random.uniform(-6, 4, (50, 40))
    b = c * random.random((50, 1))
    h = b * np.where(random.random((50, 1)) < 0.5, 1, random.random((50, 1)))
    wanted = triplets(*(one.reshape(-1) for one in np.broadcast_arrays(c, b, h))).reshape(c.shape)
    assert np.abs(triplets_sketch(c, b, h) - wanted).max() < 0.03


@pytest.mark.parametrize("name", [name for name in fk.models() if fk.get_model(name).sketch is not None])
def test_a_sketch_of_a_law_is_within_three_per_cent_of_its_swing(name):
    law, random = fk.get_model(name), np.random.default_rng(3)
    for _ in range(20):
        params = law.typical_parameters(random, optional=True)
        field = law.grid(200, **params)
        y = law.function(field, **params)
        assert np.abs(law.sketch(field, **params) - y).max() < 0.03 * np.ptp(y)
