import importlib.util
import subprocess
import sys
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest

from fitkit.physics import special_coefficients
from fitkit.physics.special import F, F_and_slope

pytestmark = pytest.mark.filterwarnings("error")
SCRIPT = Path(__file__).parents[1] / "reference" / "make_special_coefficients.py"
PSI_HALF = -1.9635100260214235
DIGITS = 80  # at x = 1e12 the difference psi - ln loses 26 of them, at 1e17 37


def exact(z):
    """F(z) and z dF/dz from their definitions."""
    x = 1 / mp.mpf(float(z))
    s = x + mp.mpf(1) / 2
    return mp.digamma(s) - mp.log(x), 1 - x * mp.psi(1, s)


def relative_error(found, wanted):
    return max(float(abs(mp.mpf(float(a)) / b - 1)) for a, b in zip(found, wanted))


@pytest.fixture(scope="module")
def reference():
    random = np.random.default_rng(20)
    z = np.concatenate(
        [
            np.logspace(-12, 8, 1001),  # x = 1e-8 ... 1e12
            10 ** random.uniform(-12, 8, 1000),
            10 ** random.uniform(-2, 2, 1000),  # where both q and D bend
        ]
    )
    with mp.workdps(DIGITS):
        value, slope = zip(*map(exact, z))
    return z, value, slope


def test_value_and_slope_against_mpmath(reference):
    z, wanted_value, wanted_slope = reference
    value, slope = F_and_slope(z)
    assert relative_error(value, wanted_value) < 2e-15
    assert relative_error(slope, wanted_slope) < 2e-15


def test_slope_is_the_derivative_of_the_value():
    """By mpmath's numeric derivative of F with respect to ln z: independent of the trigamma function."""
    z = np.logspace(-4, 4, 41)
    with mp.workdps(DIGITS):
        wanted = [mp.diff(lambda y: y + mp.digamma(mp.mpf(1) / 2 + mp.exp(-y)), mp.log(mp.mpf(float(v)))) for v in z]
    assert relative_error(F_and_slope(z)[1], wanted) < 2e-15


@pytest.mark.parametrize("z", [1e-150, 1e-60, 1e-17, 1e9, 1e17, 1e60])
def test_far_beyond_the_fields_of_any_experiment(z):
    with mp.workdps(400):
        wanted_value, wanted_slope = exact(z)
    value, slope = F_and_slope(z)
    assert relative_error([value], [wanted_value]) < 2e-15
    assert relative_error([slope], [wanted_slope]) < 2e-15


def test_zero_field_is_exact():
    value, slope = F_and_slope(0.0)
    assert value == 0 and slope == 0
    assert F(0.0) == 0


def test_low_field_rises_quadratically():
    z = np.array([1e-3, 2e-3, 4e-3])
    value, slope = F_and_slope(z)
    assert value == pytest.approx(z**2 / 24 - 7 * z**4 / 960, rel=1e-10, abs=0)
    assert slope == pytest.approx(z**2 / 12 - 7 * z**4 / 240, rel=1e-10, abs=0)
    assert F(1e-8) == pytest.approx(1e-16 / 24, rel=1e-15, abs=0)


def test_high_field_rises_logarithmically():
    z = np.array([1e6, 1e7, 1e8])
    value, slope = F_and_slope(z)
    assert value == pytest.approx(np.log(z) + PSI_HALF + np.pi**2 / 2 / z, rel=1e-12, abs=0)
    assert slope == pytest.approx(1 - np.pi**2 / 2 / z, rel=1e-10, abs=0)


def test_rises_from_end_to_end():
    value, slope = F_and_slope(np.logspace(-12, 8, 20001))
    assert np.all(np.diff(value) > 0)
    assert np.all(np.diff(slope) > -4e-16)  # flat at 1 but for rounding
    assert np.all(value > 0) and np.all((slope > 0) & (slope < 1 + 4e-16))


def test_extreme_arguments_stay_sane():
    value, slope = F_and_slope([1e-300, 1e-160, 5e-324, 1e149, 1e151, 1e300, np.inf])
    assert np.all((value[:3] >= 0) & (value[:3] < 1e-300)) and np.all((slope[:3] >= 0) & (slope[:3] < 1e-300))
    assert value[3:6] == pytest.approx(np.log([1e149, 1e151, 1e300]) + PSI_HALF, rel=1e-15)
    assert value[6] == np.inf
    assert slope[3:] == pytest.approx(1, abs=4e-16)


def test_nothing_but_underflow_is_ever_signalled():
    with np.errstate(all="raise", under="ignore"):
        F_and_slope([0.0, 1e-140, 1.0, 1e300, np.inf, np.nan])


def test_nan_stays_nan_and_harms_no_neighbour():
    clean = np.array([0.0, 1e-9, 0.3, 7.0, 1e200, np.inf])
    dirty = np.insert(clean, 3, np.nan)
    for found, wanted in zip(F_and_slope(dirty), F_and_slope(clean)):
        assert np.isnan(found[3])
        np.testing.assert_allclose(np.delete(found, 3), wanted, rtol=4e-16)
    assert np.isnan(F(np.nan))


@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (3, 4), (2, 0, 3), (2, 3, 4), (3, 4096)])
def test_any_shape(shape):
    z = np.random.default_rng(1).lognormal(size=shape)
    value, slope = F_and_slope(z)
    assert value.shape == slope.shape == F(z).shape == shape
    assert value.dtype == slope.dtype == np.float64
    assert np.array_equal(value, F(z))
    np.testing.assert_allclose(value.ravel(), F(z.ravel()), rtol=4e-16)


def test_scalars_and_lists_and_integers():
    for scalar in (2, 2.0, np.float32(2), np.array(2.0)):
        value, slope = F_and_slope(scalar)
        assert type(value) is type(slope) is type(F(scalar)) is np.float64
        assert (value, slope) == F_and_slope(2.0)
    assert F([1, 2]).dtype == np.float64
    assert F([1, 2])[1] == pytest.approx(F(2.0), rel=4e-16)


def test_array_equals_scalars():
    z = 10 ** np.random.default_rng(2).uniform(-12, 8, 100_000)
    value, slope = F_and_slope(z)
    some = np.r_[:300, 5900:6100, 99_700:100_000]  # both sides of a block's edge, and the tail
    one_by_one = np.array([F_and_slope(v) for v in z[some]])
    np.testing.assert_allclose(value[some], one_by_one[:, 0], rtol=9e-16, atol=0)
    np.testing.assert_allclose(slope[some], one_by_one[:, 1], rtol=9e-16, atol=0)
    np.testing.assert_allclose(F(z), value, rtol=4e-16, atol=0)


def test_strided_and_transposed_input():
    z = np.random.default_rng(3).lognormal(size=(6, 10))
    assert np.array_equal(F(z.T), F(z).T)
    assert np.array_equal(F(z[::2, ::-3]), F(z)[::2, ::-3])


def test_input_is_untouched_and_may_be_read_only():
    z = np.array([0.0, 0.5, -2.0, 1e200, np.nan])
    before = z.copy()
    z.flags.writeable = False
    F(z), F_and_slope(z)
    np.testing.assert_array_equal(z, before)


def test_even_in_the_field():
    z = np.array([1e-3, 1.0, 2.0, 1e200, np.inf])
    for positive, negative in zip(F_and_slope(z), F_and_slope(-z)):
        assert np.array_equal(positive, negative)


def test_needs_numpy_only():
    code = "import sys, fitkit.physics.special; sys.exit('scipy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_script_makes_the_committed_coefficients():
    spec = importlib.util.spec_from_file_location("make_special_coefficients", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    tables = script.make()  # raises where the approximation misses its accuracy
    committed = special_coefficients.VALUE, special_coefficients.DENOMINATOR, special_coefficients.SLOPE
    assert list(committed) == tables
    assert Path(special_coefficients.__file__).read_text(encoding="utf-8") == script.text(tables)
