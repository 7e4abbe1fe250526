"""What the core function of weak localization costs and how exact it is, against scipy's digamma and trigamma functions on the same points."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import process_time

import mpmath as mp
import numpy as np
from scipy.special import polygamma, psi

from fitkit.physics.special import F_and_slope

POINTS = 100_000
SHORT = 200  # a typical curve
RANGES = {"": (-8, 12), "_realistic": (-3, 3)}  # log10 of x = B_i/B
ALLOWED_ERROR = 2e-15


def bench_kernel(repeats: int = 9) -> dict[str, float]:
    """Time and worst relative error of `F_and_slope`.

    Returns
    -------
    dict
        Medians of process CPU time over interleaved repeats, in ns/point of 1e5 points log-uniform in x = 1e-8 ... 1e12 (keys as they are) and
        x = 1e-3 ... 1e3 (keys ending in `_realistic`): `F_and_slope_ns`, `scipy_psi_ns` for psi(1/2 + x) - ln x, `scipy_polygamma_ns` for its
        derivative; `ratio_to_psi` and `ratio_to_psi_and_polygamma`, scipy's time over ours; `worst_relative_error` of value and slope and
        `scipy_worst_relative_error` of the plain expressions. A curve of 200 points in the realistic range: `F_and_slope_short_us`,
        `scipy_short_us` (both functions) [us/call].

    Raises
    ------
    ArithmeticError
        If the worst relative error exceeds 2e-15: a wrong result needs no time.
    """
    results = {}
    random = np.random.default_rng(0)
    for name, limits in RANGES.items():
        x = 10 ** random.uniform(*limits, POINTS)
        z = 1 / x
        error, scipy_error = _worst_relative_errors(z[:1000])
        if error > ALLOWED_ERROR:
            raise ArithmeticError(f"F_and_slope is wrong by {error:.1e} relative; allowed are {ALLOWED_ERROR:.0e}")
        own, value, slope = _seconds([partial(F_and_slope, z), partial(_scipy_value, x), partial(_scipy_slope, x)], repeats, calls=4)
        results |= {
            f"F_and_slope_ns{name}": own / POINTS * 1e9,
            f"scipy_psi_ns{name}": value / POINTS * 1e9,
            f"scipy_polygamma_ns{name}": slope / POINTS * 1e9,
            f"ratio_to_psi{name}": value / own,
            f"ratio_to_psi_and_polygamma{name}": (value + slope) / own,
            f"worst_relative_error{name}": error,
            f"scipy_worst_relative_error{name}": scipy_error,
        }
    x, z = x[:SHORT].copy(), z[:SHORT].copy()
    own, both = _seconds([partial(F_and_slope, z), lambda: (_scipy_value(x), _scipy_slope(x))], repeats, calls=500)
    return results | {"F_and_slope_short_us": own * 1e6, "scipy_short_us": both * 1e6}


def _scipy_value(x: np.ndarray) -> np.ndarray:
    return psi(0.5 + x) - np.log(x)


def _scipy_slope(x: np.ndarray) -> np.ndarray:
    return 1 - x * polygamma(1, 0.5 + x)


def _worst_relative_errors(z: np.ndarray) -> tuple[float, float]:
    """Of F_and_slope and of scipy's functions, over value and slope, against 70 digits."""
    found = np.array([F_and_slope(z), (_scipy_value(1 / z), _scipy_slope(1 / z))])
    worst = [0.0, 0.0]
    with mp.workdps(70):
        for k, field in enumerate(z):
            x = 1 / mp.mpf(float(field))
            s = x + mp.mpf(1) / 2
            for j, wanted in enumerate((mp.digamma(s) - mp.log(x), 1 - x * mp.psi(1, s))):
                for i in range(2):
                    worst[i] = max(worst[i], float(abs(mp.mpf(float(found[i, j, k])) / wanted - 1)))
    return worst[0], worst[1]


def _seconds(functions: list[Callable[[], object]], repeats: int, calls: int) -> list[float]:
    """Median CPU time of one call of each function; in turns, so that a busy moment of the machine hits all alike."""
    times = [[] for _ in functions]
    for _ in range(repeats):
        for function, record in zip(functions, times):
            begin = process_time()
            for _ in range(calls):
                function()
            record.append((process_time() - begin) / calls)
    return [median(record) for record in times]


if __name__ == "__main__":
    for key, number in bench_kernel().items():
        print(f"{key:40s} {number:.3g}")
