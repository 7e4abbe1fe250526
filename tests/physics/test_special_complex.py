"""The digamma differences of complex argument, and the quotient of two mixing modes, against mpmath."""

import mpmath as mp
import numpy as np
import pytest

from fitkit.physics.special import F_and_slope, airy_ratio, airy_ratio_change, digamma_difference, digamma_half, kawabata, psi_half, split_difference

pytestmark = pytest.mark.filterwarnings("error")
HALF = mp.mpf(1) / 2


@pytest.fixture(scope="module")
def places():
    random = np.random.default_rng(5)
    size = np.concatenate([10 ** random.uniform(-6, 8, 200), 10 ** random.uniform(-0.5, 1.3, 200)])  # the two ways meet at |x| = 10
    widest = np.where(size < 30, 2.3, 1.55)  # mpmath steps one by one from far on the left
    return size * np.exp(1j * widest * random.uniform(-1, 1, size.size))


def test_digamma_difference_against_mpmath(places):
    value, derivative = digamma_difference(places)
    with mp.workdps(60):
        for x, one, slope in zip(places, value, derivative):
            z = mp.mpc(complex(x))
            assert abs(complex(mp.mpc(complex(one)) / (mp.digamma(HALF + z) - mp.log(z)) - 1)) < 1e-12
            assert abs(complex(mp.mpc(complex(slope)) / (mp.psi(1, HALF + z) - 1 / z) - 1)) < 1e-12
    half, alone = digamma_half(places), psi_half(places)
    with mp.workdps(60):
        for x, one, slope, again in zip(places, *half, alone):
            z = HALF + mp.mpc(complex(x))
            assert abs(complex(mp.mpc(complex(one)) / mp.digamma(z) - 1)) < 1e-12 and abs(complex(mp.mpc(complex(slope)) / mp.psi(1, z) - 1)) < 1e-12
            assert again == one


def test_on_the_real_axis_it_is_the_other_kernel():
    x = np.geomspace(1e-6, 1e8, 500)
    value, derivative = digamma_difference(x)
    F, slope = F_and_slope(1 / x)
    assert value.dtype == float and value == pytest.approx(F, rel=1e-12) and -x * derivative == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_shapes(shape):
    x = np.full(shape, 2 + 1j)
    assert all(one.shape == shape for one in digamma_difference(x))
    assert all(np.shape(one) == shape for one in split_difference(digamma_difference, np.full(shape, 2.0), 3.0))


@pytest.mark.parametrize("kernel, exact", [
    (digamma_difference, lambda z: mp.digamma(HALF + z) - mp.log(z)),
    (digamma_half, lambda z: mp.digamma(HALF + z)),
])
@pytest.mark.parametrize("ratio", [1e-8, 1e-3, 0.5, 0.94, 0.9501, 0.9499, 0.98, 1 - 1e-7, 1 + 1e-6, 1.0499, 1.0501, 1.3, 100.0])
def test_split_difference(kernel, exact, ratio):
    """Real, conjugate and nearly equal modes; derivatives by mpmath at fixed product and fixed middle."""
    m = np.geomspace(1e-3, 1e4, 12)
    p = ratio * m**2
    found = split_difference(kernel, m, p)

    def quotient(middle, product):
        d = mp.sqrt(mp.mpc(middle * middle - product))
        return mp.re((exact(middle + d) - exact(middle - d)) / (2 * d))

    with mp.workdps(60):
        for index, (a, b) in enumerate(zip(map(mp.mpf, m), map(mp.mpf, p))):
            wanted = (quotient(a, b), (quotient(a * (1 + mp.mpf("1e-20")), b) - quotient(a * (1 - mp.mpf("1e-20")), b)) / (2 * a * mp.mpf("1e-20")),
                      (quotient(a, b * (1 + mp.mpf("1e-20"))) - quotient(a, b * (1 - mp.mpf("1e-20")))) / (2 * b * mp.mpf("1e-20")))
            for one, right, scale in zip(found, wanted, (1, a, b)):
                assert float(abs(float(one[index]) - right) / (abs(right) + abs(wanted[0]) / scale)) < (3e-12 if a > 0.1 else 3e-11)  # below, psi changes little between the two


def test_equal_modes():
    """p = m^2: the derivative of the kernel."""
    m = np.geomspace(1e-3, 1e4, 30)
    assert split_difference(digamma_half, m, m**2)[0] == pytest.approx(digamma_half(m)[1], rel=1e-13)


def test_airy_ratio():
    z = np.concatenate([np.linspace(0, 60, 121), [1e2, 1e3, 1e4]])
    with mp.workdps(40):
        wanted = np.array([float(mp.airyai(mp.mpf(one)) / mp.airyai(mp.mpf(one), derivative=1)) for one in z])
    assert airy_ratio(z) == pytest.approx(wanted, rel=1e-13)
    assert airy_ratio(1e9) == pytest.approx(-1e9**-0.5, rel=1e-12)


@pytest.mark.parametrize("start", [0.0, 0.3, 5.0, 19.9, 20.1, 800.0])
def test_airy_ratio_change(start):
    step = np.array([0.0, 1e-12, 1e-3, 0.02, 0.05, 3.0, 300.0])
    with mp.workdps(60):
        def y(z):
            return mp.airyai(z) / mp.airyai(z, derivative=1)

        pairs = [(mp.mpf(start), mp.mpf(start) + mp.mpf(float(one))) for one in step]
        change = [float(y(b) - y(a)) for a, b in pairs]
        slopes = [float(a * y(a) ** 2 - b * y(b) ** 2) for a, b in pairs]
        last = [float(1 - b * y(b) ** 2) for _, b in pairs]
    for found, wanted in zip(airy_ratio_change(start, step), (change, slopes, last)):
        assert found == pytest.approx(np.array(wanted), rel=2e-11)


def test_kawabata_against_the_zeta_function():
    random = np.random.default_rng(8)
    size = 10 ** random.uniform(-5, 5, 120)
    for places in (size, size * np.exp(1j * random.uniform(-1.5, 1.5, size.size))):
        value, derivative = kawabata(places)
        with mp.workdps(50):
            for y, one, slope in zip(places, value, derivative):
                z = mp.mpmathify(complex(y))
                assert abs(complex(mp.mpmathify(complex(one)) / (-2 * mp.sqrt(z) - mp.zeta(HALF, z + HALF)) - 1)) < 1e-13
                assert abs(complex(mp.mpmathify(complex(slope)) / (-1 / mp.sqrt(z) + mp.zeta(mp.mpf(3) / 2, z + HALF) / 2) - 1)) < 1e-12
    assert kawabata(1e-12)[0] == pytest.approx(0.604898643, rel=1e-5) and kawabata(1e6)[0] == pytest.approx(1e-9 / 48, rel=1e-6)
