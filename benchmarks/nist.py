"""B10: NIST's certified nonlinear problems as user laws, beside lmfit with its defaults."""

from __future__ import annotations

import math
import sys
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "fitting"))

import nist


def bench_nist() -> dict[str, int]:
    """How many of the 27 problems reach a number of digits from each start."""
    found: dict[str, int] = {}
    for start in (1, 2):
        ours = [nist.solve(name, start)[:2] for name in nist.PROBLEMS]
        theirs = [_plain_way(name, start) for name in nist.PROBLEMS]
        found[f"fitkit_start_{start}_parameters_6_digits"] = sum(parameters >= 6 for parameters, _ in ours)
        found[f"fitkit_start_{start}_errors_6_digits"] = sum(errors >= 6 for _, errors in ours)
        found[f"lmfit_start_{start}_parameters_4_digits"] = sum(digits >= 4 for digits in theirs)
        found[f"lmfit_start_{start}_parameters_6_digits"] = sum(digits >= 6 for digits in theirs)
    return found


def _plain_way(name: str, which: int) -> float:
    """Digits of the worst parameter by lmfit.Model.fit with its defaults."""
    import lmfit

    function, _ = nist.PROBLEMS[name]
    first, second, certified, _, (y, *x) = nist.read(name)
    predictors = ["x"] if len(x) == 1 else ["x1", "x2"]
    model = lmfit.Model(function, independent_vars=predictors)
    start = {f"b{k + 1}": value for k, value in enumerate((first, second)[which - 1])}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            fitted = model.fit(np.log(y) if name == "Nelson" else y, **start, **dict(zip(predictors, x)))
        return nist.digits([fitted.params[key].value for key in start], certified)
    except (ValueError, TypeError):
        return -math.inf
